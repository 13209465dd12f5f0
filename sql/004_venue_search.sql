-- The venues' search index: keys and packed lists, written whole by `ticketgate venue import` and read by venues.fcgi. What the entries hold is said in fcgi/venue_words.h.
-- Each import writes a new generation beside the current one and makes it the current one when it commits; the one before stays, so that a search or a walk
-- that began on it ends on it.

CREATE TABLE IF NOT EXISTS venue_entries (
  generation  BIGINT UNSIGNED  NOT NULL,
  entry       VARCHAR(64)      COLLATE utf8mb4_bin NOT NULL,
  data        MEDIUMBLOB       NOT NULL,
  PRIMARY KEY (generation, entry)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One row: which generation counts (0: none yet). Imports lock it, so that they run one after the other.
CREATE TABLE IF NOT EXISTS venue_index (
  id          TINYINT UNSIGNED  NOT NULL,
  generation  BIGINT UNSIGNED   NOT NULL,
  venues      INT UNSIGNED      NOT NULL,
  built_at    DATETIME(3)       NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

INSERT IGNORE INTO venue_index (id, generation, venues) VALUES (1, 0, 0);
