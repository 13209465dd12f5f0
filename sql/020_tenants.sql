-- Tenants: one organization never delays another's webhooks.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again
-- after a crash.

-- The outbox is fanned out per organization in turn: the index says which ones have events waiting,
-- with one entry read for each.
ALTER TABLE outbox
  DROP KEY outbox_pending,
  ADD KEY outbox_pending (pending, org_id, id);
