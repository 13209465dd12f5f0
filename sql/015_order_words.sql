-- The words of buyers' names, by which orders are found. The sweep adds those of orders after the
-- mark, so that a sale writes none of them; lists search the names of the few orders after it
-- themselves.

CREATE TABLE IF NOT EXISTS order_words (
  org_id    BINARY(16)   NOT NULL,
  word      VARCHAR(40)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  order_id  BINARY(16)   NOT NULL,
  PRIMARY KEY (org_id, word, order_id),
  KEY order_word_order (order_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS order_word_marks (
  org_id  BINARY(16)  NOT NULL,
  mark    BINARY(16)  NOT NULL,
  PRIMARY KEY (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
