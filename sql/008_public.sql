-- Public pages: what visitors take stands in the audit trail, too.

ALTER TABLE audit MODIFY COLUMN IF EXISTS actor_type ENUM('key','user','admin','system','visitor') NOT NULL;
