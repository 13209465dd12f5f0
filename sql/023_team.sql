-- The team of an organization: people who are invited, and doors that sign in by a link.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again
-- after a crash.

-- What the gate of a door link, or a person, is called. A user whose password_hash is empty was
-- invited and has not come yet. Addresses of door links end with @invalid, which no other does.
ALTER TABLE users ADD COLUMN IF NOT EXISTS name VARCHAR(100) NULL;

-- One-time codes of links. The code itself is stored nowhere but in mail that is not sent yet: hash
-- is HMAC-SHA-256 of it under the pepper of the key file. Whoever deletes the row has used it.
CREATE TABLE IF NOT EXISTS user_codes (
  hash        BINARY(32)   NOT NULL,
  org_id      BINARY(16)   NOT NULL,
  user_id     BINARY(16)   NOT NULL,
  purpose     ENUM('INVITATION','PASSWORD_RESET','DOOR') NOT NULL,
  expires_at  DATETIME(3)  NOT NULL,
  created_at  DATETIME(3)  NOT NULL,
  PRIMARY KEY (hash),
  KEY user_code_user (user_id),
  KEY user_code_end (expires_at),
  CONSTRAINT user_code_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
