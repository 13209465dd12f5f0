-- Which kinds of nested rows an event has, so that reading one asks for no others. Kept by every
-- creation and deletion of such a row, whose transaction has locked the event's row.

ALTER TABLE events
  ADD COLUMN IF NOT EXISTS has_performers BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS has_schedules BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS has_brands BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE events e JOIN (SELECT DISTINCT event_id FROM performers) c ON c.event_id = e.id
  SET e.has_performers = TRUE;
UPDATE events e JOIN (SELECT DISTINCT event_id FROM schedules) c ON c.event_id = e.id
  SET e.has_schedules = TRUE;
UPDATE events e JOIN (SELECT DISTINCT event_id FROM brands) c ON c.event_id = e.id
  SET e.has_brands = TRUE;
