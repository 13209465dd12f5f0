-- Foundation: who may call, what they sell, and what keeps retries honest.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again after a crash.
-- MariaDB 10.6 to 11: no UUID type (10.7), no uca1400 collations (10.10).

CREATE TABLE IF NOT EXISTS organizations (
  id          BINARY(16)    NOT NULL,
  name        VARCHAR(200)  NOT NULL,
  slug        VARCHAR(120)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at  DATETIME(3)   NOT NULL,
  updated_at  DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY organization_slug (slug)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS users (
  id             BINARY(16)    NOT NULL,
  org_id         BINARY(16)    NOT NULL,
  email          VARCHAR(254)  NOT NULL,
  role           ENUM('owner','viewer') NOT NULL,
  password_hash  VARBINARY(255) NOT NULL,
  created_at     DATETIME(3)   NOT NULL,
  updated_at     DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY user_email (email),
  KEY user_org (org_id, id),
  CONSTRAINT user_org FOREIGN KEY (org_id) REFERENCES organizations (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The key itself is nowhere: key_hash is HMAC-SHA-256 of it under the pepper of the key file.
CREATE TABLE IF NOT EXISTS api_keys (
  id            BINARY(16)    NOT NULL,
  org_id        BINARY(16)    NOT NULL,
  name          VARCHAR(120)  NOT NULL,
  description   VARCHAR(500)  NULL,
  key_hash      BINARY(32)    NOT NULL,
  hint          VARCHAR(24)   NOT NULL,
  scopes        SET('events:read','events:write','tickets:read','tickets:write','orders:read','webhooks:manage','boxoffice:sell') NOT NULL,
  callback_url  VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL,
  tier          ENUM('standard','plus','unlimited') NOT NULL DEFAULT 'standard',
  expires_at    DATETIME(3)   NULL,
  revoked_at    DATETIME(3)   NULL,
  last_used_at  DATETIME(3)   NULL,
  rotated_from  BINARY(16)    NULL,
  rotated_to    BINARY(16)    NULL,
  version       INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at    DATETIME(3)   NOT NULL,
  updated_at    DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY api_key_hash (key_hash),
  KEY api_key_org (org_id, id),
  CONSTRAINT api_key_org FOREIGN KEY (org_id) REFERENCES organizations (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One range of a key's allowlist, canonical text ("10.0.0.0/8", "2001:db8::1").
CREATE TABLE IF NOT EXISTS api_key_allowlist (
  key_id      BINARY(16)   NOT NULL,
  cidr        VARCHAR(50)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (key_id, cidr),
  CONSTRAINT allowlist_key FOREIGN KEY (key_id) REFERENCES api_keys (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Every write leaves one row in its own transaction. The id is made before COMMIT is sent, so a lost reply to COMMIT is settled by looking for it.
CREATE TABLE IF NOT EXISTS audit (
  id           BINARY(16)    NOT NULL,
  org_id       BINARY(16)    NOT NULL,
  at           DATETIME(3)   NOT NULL,
  actor_type   ENUM('key','user','admin') NOT NULL,
  actor_id     BINARY(16)    NULL,
  actor_name   VARCHAR(200)  NOT NULL,
  action       VARCHAR(120)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  resource_id  BINARY(16)    NULL,
  address      VARCHAR(46)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  request_id   VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (id),
  KEY audit_org (org_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The directory is shared by all organizations and loaded by the administrator.
CREATE TABLE IF NOT EXISTS venues (
  id           BINARY(16)    NOT NULL,
  external_id  VARCHAR(64)   COLLATE utf8mb4_bin NULL,
  name         VARCHAR(200)  NOT NULL,
  address      VARCHAR(300)  NULL,
  city         VARCHAR(120)  NULL,
  region       VARCHAR(120)  NULL,
  country      CHAR(2)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  postal_code  VARCHAR(16)   NULL,
  latitude     DECIMAL(9,6)  NULL,
  longitude    DECIMAL(9,6)  NULL,
  capacity     INT UNSIGNED  NULL,
  timezone     VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  version      INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at   DATETIME(3)   NOT NULL,
  updated_at   DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY venue_external (external_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Each list order has its own index, alone and behind a status; what may filter a list stands at the index's end, so that a walk reads the index only.
CREATE TABLE IF NOT EXISTS events (
  id              BINARY(16)    NOT NULL,
  org_id          BINARY(16)    NOT NULL,
  slug            VARCHAR(120)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status          ENUM('DRAFT','PUBLISHED','ARCHIVED') NOT NULL DEFAULT 'DRAFT',
  name            VARCHAR(200)  NOT NULL,
  date_time       DATETIME(3)   NOT NULL,
  end_date_time   DATETIME(3)   NULL,
  description     MEDIUMTEXT    NULL,
  venue_id        BINARY(16)    NULL,
  type            ENUM('PAID','FREE') NOT NULL,
  journey_type    ENUM('STANDARD','RSVP','PRESELLING') NOT NULL,
  visibility      ENUM('PUBLIC','PRIVATE') NOT NULL,
  image_url       VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL,
  gallery_urls    MEDIUMTEXT    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  absorb_fees     BOOLEAN       NOT NULL,
  timezone        VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency        CHAR(3)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_capacity  INT UNSIGNED  NULL,
  callback_url    VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL,
  published_at    DATETIME(3)   NULL,
  version         INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at      DATETIME(3)   NOT NULL,
  updated_at      DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY event_slug (org_id, slug),
  KEY event_date (org_id, date_time, id, status, visibility, venue_id),
  KEY event_created (org_id, created_at, id, status, visibility, venue_id, date_time),
  KEY event_name (org_id, name, id, status, visibility, venue_id, date_time),
  KEY event_status_date (org_id, status, date_time, id, visibility, venue_id),
  KEY event_status_created (org_id, status, created_at, id, visibility, venue_id, date_time),
  KEY event_status_name (org_id, status, name, id, visibility, venue_id, date_time),
  CONSTRAINT event_org FOREIGN KEY (org_id) REFERENCES organizations (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The words of an event's name: what `q` looks up, by prefix, accents and case ignored by the collation.
CREATE TABLE IF NOT EXISTS event_words (
  org_id    BINARY(16)   NOT NULL,
  word      VARCHAR(40)  NOT NULL,
  event_id  BINARY(16)   NOT NULL,
  PRIMARY KEY (org_id, word, event_id),
  KEY event_word_event (event_id),
  CONSTRAINT event_word_event FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- price is in minor units. sold and held are moved by the box office only; the CHECK is the last line of its defence.
CREATE TABLE IF NOT EXISTS ticket_types (
  id                       BINARY(16)    NOT NULL,
  org_id                   BINARY(16)    NOT NULL,
  event_id                 BINARY(16)    NOT NULL,
  name                     VARCHAR(120)  NOT NULL,
  description              TEXT          NULL,
  price                    BIGINT        NOT NULL,
  quantity                 INT UNSIGNED  NOT NULL,
  sold                     INT UNSIGNED  NOT NULL DEFAULT 0,
  held                     INT UNSIGNED  NOT NULL DEFAULT 0,
  published                BOOLEAN       NOT NULL DEFAULT FALSE,
  marked_sold_out          BOOLEAN       NOT NULL DEFAULT FALSE,
  min_per_order            INT UNSIGNED  NOT NULL DEFAULT 1,
  max_per_order            INT UNSIGNED  NOT NULL DEFAULT 10,
  sales_start_at           DATETIME(3)   NULL,
  sales_end_at             DATETIME(3)   NULL,
  low_inventory_threshold  INT UNSIGNED  NULL,
  position                 INT UNSIGNED  NOT NULL DEFAULT 0,
  version                  INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at               DATETIME(3)   NOT NULL,
  updated_at               DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  KEY ticket_event (event_id, position, id),
  CONSTRAINT ticket_event FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT ticket_never_oversold CHECK (sold + held <= quantity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The answer to a POST under an Idempotency-Key, written in the transaction of its effect. status is NULL only inside that transaction.
CREATE TABLE IF NOT EXISTS idempotency (
  key_id       BINARY(16)     NOT NULL,
  idem_key     VARBINARY(255) NOT NULL,
  fingerprint  BINARY(32)     NOT NULL,
  status       SMALLINT       NULL,
  headers      VARBINARY(4096) NULL,
  body         MEDIUMBLOB     NULL,
  created_at   DATETIME(3)    NOT NULL,
  PRIMARY KEY (key_id, idem_key),
  KEY idempotency_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- How many rows a list has, kept by the transactions that change it: "events:DRAFT". Only organizers move these; what orders move is another matter.
CREATE TABLE IF NOT EXISTS counters (
  org_id  BINARY(16)   NOT NULL,
  name    VARCHAR(60)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  n       BIGINT       NOT NULL,
  PRIMARY KEY (org_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
