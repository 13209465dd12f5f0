-- Issued tickets: one per unit of an order item. Codes are derived (issued_ticket.h), so a sale
-- writes nothing here. A row is of a unit that was checked in, refunded, issued again or renamed.

CREATE TABLE IF NOT EXISTS issued_tickets (
  order_id       BINARY(16)    NOT NULL,
  item_id        BINARY(16)    NOT NULL,
  unit           INT UNSIGNED  NOT NULL,
  org_id         BINARY(16)    NOT NULL,
  event_id       BINARY(16)    NOT NULL,
  ticket_id      BINARY(16)    NOT NULL,
  generation     INT UNSIGNED  NOT NULL DEFAULT 1,
  holder_name    VARCHAR(200)  NULL,
  refunded_at    DATETIME(3)   NULL,
  check_in_id    BINARY(16)    NULL,
  checked_in_at  DATETIME(3)   NULL,
  gate           VARCHAR(60)   NULL,
  changed_at     DATETIME(3)   NOT NULL,
  turn           INT UNSIGNED  NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, item_id, unit),
  KEY issued_changed (org_id, event_id, changed_at),
  KEY issued_order (org_id, event_id, order_id, checked_in_at),
  KEY issued_checked_in (org_id, event_id, checked_in_at, refunded_at, ticket_id, gate)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Every admission, by the id that the scanning device gave it, so that one that is sent twice
-- counts once. Two devices that were offline may both have admitted a ticket: the earlier one is
-- ADMITTED, the other one SUPERSEDED.
CREATE TABLE IF NOT EXISTS check_ins (
  org_id      BINARY(16)    NOT NULL,
  id          BINARY(16)    NOT NULL,
  event_id    BINARY(16)    NOT NULL,
  order_id    BINARY(16)    NOT NULL,
  item_id     BINARY(16)    NOT NULL,
  unit        INT UNSIGNED  NOT NULL,
  status      ENUM('ADMITTED','SUPERSEDED','UNDONE') NOT NULL,
  gate        VARCHAR(60)   NULL,
  at          DATETIME(3)   NOT NULL,
  created_at  DATETIME(3)   NOT NULL,
  PRIMARY KEY (org_id, id),
  KEY check_in_over (status, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The page of a ticket is found by the reference in its code, which does not say whose it is.
ALTER TABLE orders
  DROP KEY IF EXISTS order_reference,
  ADD UNIQUE KEY order_reference (reference, org_id);

ALTER TABLE api_keys
  MODIFY COLUMN IF EXISTS scopes SET('events:read','events:write','tickets:read','tickets:write',
    'orders:read','webhooks:manage','boxoffice:sell','door:scan') NOT NULL;

ALTER TABLE users
  MODIFY COLUMN IF EXISTS role ENUM('owner','viewer','door') NOT NULL;

ALTER TABLE outbox
  MODIFY COLUMN IF EXISTS type ENUM('order.completed','order.refunded','event.sold_out',
    'ticket.inventory_low','ticket.checked_in') NOT NULL;

ALTER TABLE webhook_deliveries
  MODIFY COLUMN IF EXISTS event ENUM('order.completed','order.refunded','event.sold_out',
    'ticket.inventory_low','ticket.checked_in') NOT NULL;

ALTER TABLE webhook_endpoints
  MODIFY COLUMN IF EXISTS events SET('order.completed','order.refunded','event.sold_out',
    'ticket.inventory_low','ticket.checked_in') NOT NULL;
