-- With fewer places than low_floor, ticket.inventory_low of a type of the event is due: a sale
-- reads it with the places, instead of all types.

ALTER TABLE event_stock ADD COLUMN IF NOT EXISTS low_floor INT UNSIGNED NOT NULL DEFAULT 0;

UPDATE event_stock s
  SET s.low_floor = (
    SELECT COALESCE(MAX(COALESCE(x.low_inventory_threshold, (x.quantity + 9) DIV 10)), 0)
    FROM ticket_types x
    WHERE x.event_id = s.event_id AND x.published AND NOT x.low_notified)
  WHERE s.capacity IS NOT NULL;
