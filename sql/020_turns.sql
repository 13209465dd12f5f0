-- A rule over several rows of one parent (at most so many tickets, free events with free tickets
-- only, sold out told once) is kept by locking the parent's row first. On a cluster a lock is known
-- to its own node only: two transactions find out about each other by what both change. `turn` is
-- that; its value means nothing.

ALTER TABLE events ADD COLUMN IF NOT EXISTS turn INT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE event_stock ADD COLUMN IF NOT EXISTS turn INT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE webhook_endpoints ADD COLUMN IF NOT EXISTS turn INT UNSIGNED NOT NULL DEFAULT 0;
