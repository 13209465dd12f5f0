-- Galera tells its nodes what a transaction wrote, not what it locked. On a cluster writers put a
-- row here that refers to their epoch, and delete it again in the same transaction: the foreign key
-- puts the epoch into what is compared between nodes, so that a writer and the end of its epoch
-- cannot both be committed (common/access/epoch.h). The table is always empty.

CREATE TABLE IF NOT EXISTS epoch_entries (
  id      BINARY(16)  NOT NULL PRIMARY KEY,
  org_id  BINARY(16)  NOT NULL,
  mark    BINARY(16)  NOT NULL,
  KEY epoch_entry_epoch (org_id, mark),
  CONSTRAINT epoch_entry_epoch FOREIGN KEY (org_id, mark) REFERENCES write_epochs (org_id, mark)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
