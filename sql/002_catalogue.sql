-- Who performs, when, and whose names stand on the poster. position counts from 0 among the rows of an event.

CREATE TABLE IF NOT EXISTS performers (
  id          BINARY(16)    NOT NULL,
  org_id      BINARY(16)    NOT NULL,
  event_id    BINARY(16)    NOT NULL,
  name        VARCHAR(200)  NOT NULL,
  bio         TEXT          NULL,
  image_url   VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL,
  role        ENUM('HEADLINER','SUPPORT','HOST','SPEAKER','OTHER') NOT NULL,
  position    INT UNSIGNED  NOT NULL,
  starts_at   DATETIME(3)   NULL,
  ends_at     DATETIME(3)   NULL,
  links       MEDIUMTEXT    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version     INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at  DATETIME(3)   NOT NULL,
  updated_at  DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  KEY performer_place (event_id, position, id),
  CONSTRAINT performer_event FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS schedules (
  id           BINARY(16)    NOT NULL,
  org_id       BINARY(16)    NOT NULL,
  event_id     BINARY(16)    NOT NULL,
  title        VARCHAR(200)  NOT NULL,
  description  TEXT          NULL,
  starts_at    DATETIME(3)   NOT NULL,
  ends_at      DATETIME(3)   NULL,
  stage        VARCHAR(120)  NULL,
  position     INT UNSIGNED  NOT NULL,
  version      INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at   DATETIME(3)   NOT NULL,
  updated_at   DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  KEY schedule_place (event_id, position, id),
  KEY schedule_time (event_id, starts_at, ends_at),
  CONSTRAINT schedule_event FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS schedule_performers (
  schedule_id   BINARY(16)         NOT NULL,
  performer_id  BINARY(16)         NOT NULL,
  place         SMALLINT UNSIGNED  NOT NULL,
  PRIMARY KEY (schedule_id, performer_id),
  KEY schedule_performer (performer_id),
  CONSTRAINT schedule_performer_schedule FOREIGN KEY (schedule_id) REFERENCES schedules (id) ON DELETE CASCADE,
  CONSTRAINT schedule_performer_performer FOREIGN KEY (performer_id) REFERENCES performers (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS brands (
  id           BINARY(16)    NOT NULL,
  org_id       BINARY(16)    NOT NULL,
  event_id     BINARY(16)    NOT NULL,
  name         VARCHAR(200)  NOT NULL,
  logo_url     VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL,
  website_url  VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL,
  role         ENUM('PRESENTER','ORGANIZER','SPONSOR','PARTNER','MEDIA') NOT NULL,
  position     INT UNSIGNED  NOT NULL,
  version      INT UNSIGNED  NOT NULL DEFAULT 1,
  created_at   DATETIME(3)   NOT NULL,
  updated_at   DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  KEY brand_place (event_id, position, id),
  CONSTRAINT brand_event FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
