-- Tenants: what one organization does never stops another's webhooks and sums.
-- One statement ends at each line that ends with a semicolon. Every statement can be run again
-- after a crash.

-- The outbox is fanned out per organization in turn: the index says which ones have events waiting,
-- with one entry read for each.
ALTER TABLE outbox
  DROP KEY outbox_pending,
  ADD KEY outbox_pending (pending, org_id, id);

-- The sums of money of a quarter of an hour can exceed 63 bits, although no single order can.
ALTER TABLE sales_quarters
  MODIFY COLUMN revenue DECIMAL(38,0) NOT NULL DEFAULT 0,
  MODIFY COLUMN refunded DECIMAL(38,0) NOT NULL DEFAULT 0;
