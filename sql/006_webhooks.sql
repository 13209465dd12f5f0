-- Webhooks: who is told, what is on its way to whom, and what became of each attempt.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again after a crash.

-- pending: not yet handed to the endpoints that want it. NULL afterwards, so the index's range "pending = 1" is as short as what is waiting.
-- What happened before there were webhooks stays NULL: nobody waits for it.
ALTER TABLE outbox
  ADD COLUMN IF NOT EXISTS pending TINYINT NULL,
  ADD KEY IF NOT EXISTS outbox_pending (pending, id),
  ADD KEY IF NOT EXISTS outbox_org (org_id, id);

ALTER TABLE outbox ALTER COLUMN pending SET DEFAULT 1;

-- kind WEBHOOK: made at /webhooks. KEY and EVENT: the callbackUrl of an API key or an event; source_id is that key or event, and the row lives and ends with it.
-- deleted_at: gone for everybody, its source_id NULL so that the source may get another; the purge removes its rows in small batches.
-- not_before: the endpoint asked for a rest (429, 503, Retry-After) or timed out; nothing is sent to it until then.
CREATE TABLE IF NOT EXISTS webhook_endpoints (
  id                    BINARY(16)     NOT NULL,
  org_id                BINARY(16)     NOT NULL,
  kind                  ENUM('WEBHOOK','KEY','EVENT') NOT NULL,
  source_id             BINARY(16)     NULL,
  url                   VARCHAR(2048)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  events                SET('order.completed','order.refunded','event.sold_out','ticket.inventory_low') NOT NULL,
  description           VARCHAR(500)   NULL,
  status                ENUM('ACTIVE','DISABLED') NOT NULL DEFAULT 'ACTIVE',
  disabled_reason       VARCHAR(300)   NULL,
  disabled_at           DATETIME(3)    NULL,
  consecutive_failures  INT UNSIGNED   NOT NULL DEFAULT 0,
  not_before            DATETIME(3)    NULL,
  last_delivery_at      DATETIME(3)    NULL,
  deleted_at            DATETIME(3)    NULL,
  version               INT UNSIGNED   NOT NULL DEFAULT 1,
  created_at            DATETIME(3)    NOT NULL,
  updated_at            DATETIME(3)    NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY endpoint_source (source_id),
  KEY endpoint_org (org_id, deleted_at, id),
  KEY endpoint_kind (org_id, kind, deleted_at),
  KEY endpoint_deleted (deleted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The secrets that sign for an endpoint. sealed: the text "whsec_…", by seal() of common/seal.h with secrets_key of the configuration and the 16 bytes of id as `about`.
-- The current one has no expires_at; those before it sign along until theirs.
CREATE TABLE IF NOT EXISTS webhook_secrets (
  endpoint_id  BINARY(16)      NOT NULL,
  id           BINARY(16)      NOT NULL,
  org_id       BINARY(16)      NOT NULL,
  sealed       VARBINARY(255)  NOT NULL,
  expires_at   DATETIME(3)     NULL,
  created_at   DATETIME(3)     NOT NULL,
  PRIMARY KEY (endpoint_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One notice to one endpoint. outbox_id names the bytes that are sent; a test has none and carries its own body.
-- due_at: when the next attempt may start; NULL once nothing is to be done any more. lease: a sender is at it, until due_at. Whoever ends it must still have the
-- lease; one that ran out is due like any other, and the attempt it was for counts.
-- attempts: begun since it was last set going (3 at most); tries: begun in all its life, the number of the latest row in webhook_attempts. Both count when a sender
-- takes it. manual: set going by hand; its failure does not count against the endpoint.
-- delivery_due: attempts stands before due_at, so that a sender takes what is further on first, and finds out which endpoints have something due without reading what is not.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  id            BINARY(16)    NOT NULL,
  org_id        BINARY(16)    NOT NULL,
  endpoint_id   BINARY(16)    NOT NULL,
  outbox_id     BINARY(16)    NULL,
  event         ENUM('order.completed','order.refunded','event.sold_out','ticket.inventory_low') NOT NULL,
  is_test       BOOLEAN       NOT NULL DEFAULT FALSE,
  body          MEDIUMBLOB    NULL,
  status        ENUM('PENDING','DELIVERED','FAILED','CANCELLED') NOT NULL DEFAULT 'PENDING',
  attempts      TINYINT UNSIGNED NOT NULL DEFAULT 0,
  tries         INT UNSIGNED  NOT NULL DEFAULT 0,
  manual        BOOLEAN       NOT NULL DEFAULT FALSE,
  due_at        DATETIME(3)   NULL,
  lease         BINARY(16)    NULL,
  last_status   SMALLINT UNSIGNED NULL,
  last_error    VARCHAR(40)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  completed_at  DATETIME(3)   NULL,
  created_at    DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY delivery_once (endpoint_id, outbox_id),
  KEY delivery_due (endpoint_id, attempts, due_at),
  KEY delivery_list (endpoint_id, id, status, event),
  KEY delivery_status (endpoint_id, status, id, event)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- What became of each try, numbered from 1 over all of a delivery's life. error: one word for what went wrong; NULL when it was delivered.
CREATE TABLE IF NOT EXISTS webhook_attempts (
  delivery_id  BINARY(16)      NOT NULL,
  n            INT UNSIGNED    NOT NULL,
  org_id       BINARY(16)      NOT NULL,
  cause        ENUM('AUTOMATIC','MANUAL','TEST') NOT NULL,
  started_at   DATETIME(3)     NOT NULL,
  duration_ms  INT UNSIGNED    NULL,
  http_status  SMALLINT UNSIGNED NULL,
  error        VARCHAR(40)     CHARACTER SET ascii COLLATE ascii_bin NULL,
  response     VARBINARY(1024) NULL,
  PRIMARY KEY (delivery_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- How many deliveries of an endpoint are in each state, kept by the transactions that move them.
CREATE TABLE IF NOT EXISTS webhook_tallies (
  endpoint_id  BINARY(16)  NOT NULL,
  org_id       BINARY(16)  NOT NULL,
  pending      BIGINT      NOT NULL DEFAULT 0,
  delivered    BIGINT      NOT NULL DEFAULT 0,
  failed       BIGINT      NOT NULL DEFAULT 0,
  cancelled    BIGINT      NOT NULL DEFAULT 0,
  PRIMARY KEY (endpoint_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Who sends, one row a machine: `ticketgate webhook status` shows it.
CREATE TABLE IF NOT EXISTS webhook_senders (
  host        VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pid         INT UNSIGNED  NOT NULL,
  started_at  DATETIME(3)   NOT NULL,
  seen_at     DATETIME(3)   NOT NULL,
  ended_at    DATETIME(3)   NULL,
  delivered   BIGINT        NOT NULL DEFAULT 0,
  failed      BIGINT        NOT NULL DEFAULT 0,
  PRIMARY KEY (host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- What the suite does by itself.
ALTER TABLE audit MODIFY COLUMN IF EXISTS actor_type ENUM('key','user','admin','system') NOT NULL;

-- The callbackUrl of keys and events that are older than this table. They have no secret, and nothing is ever sent unsigned.
INSERT IGNORE INTO webhook_endpoints (id, org_id, kind, source_id, url, events, status, disabled_reason, disabled_at, created_at, updated_at)
  SELECT id, org_id, 'KEY', id, callback_url, 15, 'DISABLED', 'It has no secret yet: rotate the secret, then enable it.', NOW(3), NOW(3), NOW(3)
  FROM api_keys WHERE callback_url IS NOT NULL AND revoked_at IS NULL AND rotated_to IS NULL
  UNION ALL
  SELECT id, org_id, 'EVENT', id, callback_url, 15, 'DISABLED', 'It has no secret yet: rotate the secret, then enable it.', NOW(3), NOW(3), NOW(3)
  FROM events WHERE callback_url IS NOT NULL;

INSERT IGNORE INTO webhook_tallies (endpoint_id, org_id) SELECT id, org_id FROM webhook_endpoints;

-- How many endpoints there are, by kind.
INSERT INTO counters (org_id, name, n)
  SELECT org_id, CONCAT('endpoints:', kind), COUNT(*) FROM webhook_endpoints WHERE deleted_at IS NULL GROUP BY org_id, kind
  ON DUPLICATE KEY UPDATE n = VALUES(n);
