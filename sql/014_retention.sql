-- Retention: what visitors leave behind is deleted after a while.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again
-- after a crash.

-- CARRIED: the sum of the old HOLD, RELEASE and EXPIRE movements of a ticket type, which were
-- deleted. There is one such row per ticket type, with the ticket type's id as its own.
ALTER TABLE ledger
  MODIFY COLUMN kind ENUM('SALE','HOLD','RELEASE','EXPIRE','SETTLE','REFUND','CARRIED') NOT NULL;

-- Where a job of the sweep that walks through a table goes on.
CREATE TABLE IF NOT EXISTS sweep_marks (
  name  VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  mark  BINARY(16)   NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
