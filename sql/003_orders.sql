-- What was bought. One statement ends at each line that ends with a semicolon. Every statement can be run again after a crash.
--
-- An order's id is a UUID of version 7 whose first 48 bits are created_at: lists walk ids, and a span of time is a span of ids.
-- No foreign keys: checking one would lock a row of an event, a ticket type or an organization that every other buyer needs, too.
-- `ticketgate verify` looks for rows that lost their partner.
-- Each index is one way to list; org_id stands first in all of them, so that nothing of another organization is ever read.

CREATE TABLE IF NOT EXISTS orders (
  id                 BINARY(16)    NOT NULL,
  org_id             BINARY(16)    NOT NULL,
  event_id           BINARY(16)    NOT NULL,
  reference          VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status             ENUM('COMPLETED','PARTIALLY_REFUNDED','REFUNDED') NOT NULL,
  buyer_name         VARCHAR(200)  NOT NULL,
  buyer_email        VARCHAR(254)  NOT NULL,
  buyer_phone        VARCHAR(40)   NULL,
  currency           CHAR(3)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subtotal           BIGINT        NOT NULL,
  fees               BIGINT        NOT NULL,
  total              BIGINT        NOT NULL,
  refunded_total     BIGINT        NOT NULL DEFAULT 0,
  payment_provider   VARCHAR(60)   NULL,
  payment_reference  VARCHAR(200)  NULL,
  version            INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at         DATETIME(3)   NOT NULL,
  completed_at       DATETIME(3)   NOT NULL,
  refunded_at        DATETIME(3)   NULL,
  PRIMARY KEY (id),
  UNIQUE KEY order_reference (org_id, reference),
  KEY order_org (org_id, id, status, event_id),
  KEY order_status (org_id, status, id),
  KEY order_event (org_id, event_id, id, status),
  KEY order_email (org_id, buyer_email, id),
  CONSTRAINT order_adds_up CHECK (total BETWEEN subtotal AND subtotal + fees AND refunded_total BETWEEN 0 AND total)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- name and unit_price are as they were when it was bought.
CREATE TABLE IF NOT EXISTS order_items (
  order_id           BINARY(16)    NOT NULL,
  id                 BINARY(16)    NOT NULL,
  org_id             BINARY(16)    NOT NULL,
  ticket_id          BINARY(16)    NOT NULL,
  name               VARCHAR(120)  NOT NULL,
  quantity           INT UNSIGNED  NOT NULL,
  unit_price         BIGINT        NOT NULL,
  subtotal           BIGINT        NOT NULL,
  refunded_quantity  INT UNSIGNED  NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, id),
  CONSTRAINT order_item_refunds CHECK (refunded_quantity <= quantity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- How many orders there are, without counting them per request and without a row that every sale would have to touch.
-- A row counts, by status, the orders with id <= mark of one event, or of the whole organization (event_id sixteen zero bytes). The total of a list
-- is that, plus a COUNT of the short tail with id > mark. No row: all zero, nothing marked. Its three rules:
--   a sale      touches no row here. It makes its id after its transaction began, and commits within 60 s.
--   the sweep   (`ticketgate sweep`, every minute) locks one row, counts the tail up to ids older than 60 s, and moves the mark there: one transaction each.
--   a refund    in its own transaction, after it changed an order's status, moves the order from one count to the other in both rows of the order, whether
--               its id is marked or not: INSERT (…, refunds) VALUES (…, 1) ON DUPLICATE KEY UPDATE completed = completed - (mark >= :id), refunded =
--               refunded + (mark >= :id), refunds = refunds + 1. So the row is locked until it commits: a sweep either counted the old status before
--               (and the mark says so), or counts after. `refunds` changes each time, so that on a cluster, too, one of the two finds out.
CREATE TABLE IF NOT EXISTS order_tallies (
  org_id              BINARY(16)       NOT NULL,
  event_id            BINARY(16)       NOT NULL,
  mark                BINARY(16)       NOT NULL,
  completed           BIGINT           NOT NULL DEFAULT 0,
  partially_refunded  BIGINT           NOT NULL DEFAULT 0,
  refunded            BIGINT           NOT NULL DEFAULT 0,
  refunds             BIGINT UNSIGNED  NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, event_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
