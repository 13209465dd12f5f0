-- Up to which id everything of an organization is committed (common/access/epoch.h). Writers lock
-- the newest row of their organization in share mode and write no id below its mark; readers begin
-- epochs and end those that nobody holds, so there are one or two rows for each organization. The
-- organization of zeros is the installation itself, which has rows in the audit log.

CREATE TABLE IF NOT EXISTS write_epochs (
  org_id  BINARY(16)  NOT NULL,
  mark    BINARY(16)  NOT NULL,
  PRIMARY KEY (org_id, mark)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

INSERT IGNORE INTO write_epochs (org_id, mark)
  SELECT id, x'00000000000000000000000000000000'
  FROM organizations
  UNION ALL
  SELECT x'00000000000000000000000000000000', x'00000000000000000000000000000000';
