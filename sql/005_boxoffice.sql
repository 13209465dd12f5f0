-- Selling: holds, the ledger of every capacity movement, and what is to be told to webhooks.

ALTER TABLE organizations
  ADD COLUMN IF NOT EXISTS fee_basis_points INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS fee_fixed BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS checkout_url VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- capped: the event has a capacity of its own, so a sale must also pass event_stock. The flag stands here so that a buyer who read "no capacity" finds out at the very update.
-- low_notified: ticket.inventory_low was sent and the stock has not recovered since.
-- kept: something of it was sold and came back. Nothing may be sold any more, but orders name it: it is not deleted.
ALTER TABLE ticket_types
  ADD COLUMN IF NOT EXISTS capped BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS low_notified BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS kept BOOLEAN NOT NULL DEFAULT FALSE;

-- The one row that all buyers of an event share: touched only where eventCapacity is set, and when an event sells out.
CREATE TABLE IF NOT EXISTS event_stock (
  event_id  BINARY(16)    NOT NULL,
  org_id    BINARY(16)    NOT NULL,
  capacity  INT UNSIGNED  NULL,
  taken     INT UNSIGNED  NOT NULL DEFAULT 0,
  sold_out  BOOLEAN       NOT NULL DEFAULT FALSE,
  PRIMARY KEY (event_id),
  CONSTRAINT stock_event FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT stock_within_capacity CHECK (capacity IS NULL OR taken <= capacity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

UPDATE ticket_types t JOIN events e ON e.id = t.event_id SET t.capped = TRUE WHERE e.event_capacity IS NOT NULL;

INSERT IGNORE INTO event_stock (event_id, org_id, capacity, taken)
  SELECT e.id, e.org_id, e.event_capacity, COALESCE((SELECT SUM(t.sold + t.held) FROM ticket_types t WHERE t.event_id = e.id), 0) FROM events e;

-- unit_fee: what the buyer paid on top for one. restocked_quantity: how many of the refunded ones are on sale again.
ALTER TABLE order_items
  ADD COLUMN IF NOT EXISTS unit_fee BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS restocked_quantity INT UNSIGNED NOT NULL DEFAULT 0;

-- A hold in the state ACTIVE has rows in hold_items; one that is over has none, so the index by ticket stays as small as what is held right now.
CREATE TABLE IF NOT EXISTS holds (
  id           BINARY(16)    NOT NULL,
  org_id       BINARY(16)    NOT NULL,
  event_id     BINARY(16)    NOT NULL,
  status       ENUM('ACTIVE','USED','RELEASED','EXPIRED') NOT NULL DEFAULT 'ACTIVE',
  items        MEDIUMTEXT    NOT NULL,
  currency     CHAR(3)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subtotal     BIGINT        NOT NULL,
  fees         BIGINT        NOT NULL,
  total        BIGINT        NOT NULL,
  ttl_seconds  INT UNSIGNED  NOT NULL,
  extended     BOOLEAN       NOT NULL DEFAULT FALSE,
  expires_at   DATETIME(3)   NOT NULL,
  order_id     BINARY(16)    NULL,
  version      INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at   DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  KEY hold_due (status, expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS hold_items (
  hold_id     BINARY(16)    NOT NULL,
  ticket_id   BINARY(16)    NOT NULL,
  org_id      BINARY(16)    NOT NULL,
  event_id    BINARY(16)    NOT NULL,
  name        VARCHAR(120)  NOT NULL,
  quantity    INT UNSIGNED  NOT NULL,
  unit_price  BIGINT        NOT NULL,
  unit_fee    BIGINT        NOT NULL,
  expires_at  DATETIME(3)   NOT NULL,
  PRIMARY KEY (hold_id, ticket_id),
  KEY hold_item_ticket (ticket_id, expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Every movement of capacity: how many more are sold and held than before, and by what.
CREATE TABLE IF NOT EXISTS ledger (
  id         BINARY(16)    NOT NULL,
  org_id     BINARY(16)    NOT NULL,
  event_id   BINARY(16)    NOT NULL,
  ticket_id  BINARY(16)    NOT NULL,
  kind       ENUM('SALE','HOLD','RELEASE','EXPIRE','SETTLE','REFUND') NOT NULL,
  sold       INT           NOT NULL,
  held       INT           NOT NULL,
  source_id  BINARY(16)    NOT NULL,
  at         DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  KEY ledger_event (event_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- What happened, in the exact bytes that every receiver gets, written by the transaction that made it happen.
CREATE TABLE IF NOT EXISTS outbox (
  id          BINARY(16)    NOT NULL,
  org_id      BINARY(16)    NOT NULL,
  event_id    BINARY(16)    NOT NULL,
  type        ENUM('order.completed','order.refunded','event.sold_out','ticket.inventory_low') NOT NULL,
  subject_id  BINARY(16)    NOT NULL,
  body        MEDIUMBLOB    NOT NULL,
  created_at  DATETIME(3)   NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS refunds (
  id         BINARY(16)    NOT NULL,
  org_id     BINARY(16)    NOT NULL,
  order_id   BINARY(16)    NOT NULL,
  amount     BIGINT        NOT NULL,
  restocked  BOOLEAN       NOT NULL,
  reason     VARCHAR(500)  NULL,
  at         DATETIME(3)   NOT NULL,
  PRIMARY KEY (order_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
