-- The dashboard: who is signed in, what the audit trail is searched by, and sales by the quarter of an hour.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again after a crash.

-- An address is looked up by its very bytes, in lower case: no two spellings of one account.
ALTER TABLE users MODIFY COLUMN IF EXISTS email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL;

-- The token itself is in the browser's cookie only: token_hash is HMAC-SHA-256 of it under the pepper of the key file. A session that is over has no row, or one that
-- the sweep will delete: expires_at is its end whatever happens, last_seen_at is written at most once a minute.
CREATE TABLE IF NOT EXISTS sessions (
  id            BINARY(16)   NOT NULL,
  org_id        BINARY(16)   NOT NULL,
  user_id       BINARY(16)   NOT NULL,
  token_hash    BINARY(32)   NOT NULL,
  address       VARCHAR(46)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at    DATETIME(3)  NOT NULL,
  last_seen_at  DATETIME(3)  NOT NULL,
  expires_at    DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY session_token (token_hash),
  KEY session_user (user_id),
  KEY session_end (expires_at),
  CONSTRAINT session_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Every look into the trail is of one organization: its rows lie together, in the order of their ids, and need no index besides; what is gained pays for searching by action and by actor.
ALTER TABLE audit
  DROP PRIMARY KEY, ADD PRIMARY KEY (org_id, id),
  DROP KEY IF EXISTS audit_org,
  ADD KEY IF NOT EXISTS audit_action (org_id, action, id),
  ADD KEY IF NOT EXISTS audit_actor (org_id, actor_type, actor_id, id);

ALTER TABLE refunds ADD KEY IF NOT EXISTS refund_org (org_id, id);

-- What was sold and given back in the quarter of an hour that begins at `at`: of a ticket type; of an event (ticket_id sixteen zero bytes); of the organization (event_id, too).
-- revenue: of a ticket type its items' subtotals, else the orders' totals. Written by the sweep alone, which counts each order and each refund once, up to the marks; what
-- is behind them is read from the rows themselves (fcgi/stats.c). A quarter is a part of a day in every time zone there is.
CREATE TABLE IF NOT EXISTS sales_quarters (
  org_id     BINARY(16)  NOT NULL,
  event_id   BINARY(16)  NOT NULL,
  at         DATETIME    NOT NULL,
  ticket_id  BINARY(16)  NOT NULL,
  currency   CHAR(3)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  orders     BIGINT      NOT NULL DEFAULT 0,
  tickets    BIGINT      NOT NULL DEFAULT 0,
  revenue    BIGINT      NOT NULL DEFAULT 0,
  refunded   BIGINT      NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, event_id, at, ticket_id, currency)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS sales_marks (
  org_id       BINARY(16)  NOT NULL,
  orders_mark  BINARY(16)  NOT NULL,
  refunds_mark BINARY(16)  NOT NULL,
  PRIMARY KEY (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
