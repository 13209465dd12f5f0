-- Mail: what is to be sent to buyers and users, and what became of it.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again
-- after a crash.

-- One message to one recipient. Its text is made when it is sent, from the order or the user that
-- it is about. sealed: a link with a one-time code, by seal() of common/crypto/seal.h with
-- secrets_key of the configuration and the 16 bytes of id as `about`; NULL once it was sent.
-- due_at: when the next attempt may start; NULL when none is left. lease: a sender is at it, until
-- due_at; whoever stores a result must still have it. attempts counts when a sender takes it.
-- DELIVERED: the mail server has taken it. last_code: the server's reply, as in RFC 5321 section
-- 4.2, or sendmail's exit status; last_error: its text.
CREATE TABLE IF NOT EXISTS mail_messages (
  id          BINARY(16)        NOT NULL,
  org_id      BINARY(16)        NOT NULL,
  kind        ENUM('ORDER','REFUND','REISSUE','LINK','INVITATION','PASSWORD_RESET') NOT NULL,
  order_id    BINARY(16)        NULL,
  user_id     BINARY(16)        NULL,
  recipient   VARCHAR(254)      NOT NULL,
  language    VARCHAR(16)       CHARACTER SET ascii COLLATE ascii_bin NULL,
  sealed      VARBINARY(1100)   NULL,
  status      ENUM('PENDING','DELIVERED','FAILED','CANCELLED') NOT NULL DEFAULT 'PENDING',
  attempts    TINYINT UNSIGNED  NOT NULL DEFAULT 0,
  due_at      DATETIME(3)       NULL,
  lease       BINARY(16)        NULL,
  last_code   SMALLINT UNSIGNED NULL,
  last_error  VARCHAR(300)      NULL,
  sent_at     DATETIME(3)       NULL,
  created_at  DATETIME(3)       NOT NULL,
  PRIMARY KEY (id),
  KEY mail_due (org_id, due_at),
  KEY mail_order (order_id, id),
  KEY mail_user (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The rate of all senders together: one row; each message moves next_at on by its share of a
-- minute.
CREATE TABLE IF NOT EXISTS mail_pace (
  id       TINYINT UNSIGNED  NOT NULL,
  next_at  DATETIME(3)       NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

INSERT IGNORE INTO mail_pace (id, next_at) VALUES (1, '1970-01-01 00:00:00.000');

-- Who sends, one row a machine, like webhook_senders.
CREATE TABLE IF NOT EXISTS mail_senders (
  host        VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pid         INT UNSIGNED  NOT NULL,
  started_at  DATETIME(3)   NOT NULL,
  seen_at     DATETIME(3)   NOT NULL,
  ended_at    DATETIME(3)   NULL,
  delivered   BIGINT        NOT NULL DEFAULT 0,
  failed      BIGINT        NOT NULL DEFAULT 0,
  PRIMARY KEY (host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
