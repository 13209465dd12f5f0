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

-- A key that was rotated and its successors are one line: they share their Idempotency-Keys under
-- the id of the first. NULL: the key is the first of its line.
ALTER TABLE api_keys ADD COLUMN IF NOT EXISTS lineage BINARY(16) NULL;

UPDATE api_keys k JOIN (
  WITH RECURSIVE line (id, first) AS (
    SELECT id, id FROM api_keys WHERE rotated_from IS NULL
    UNION ALL
    SELECT s.id, l.first FROM line l JOIN api_keys s ON s.rotated_from = l.id)
  SELECT id, first FROM line) l ON l.id = k.id
  SET k.lineage = l.first
  WHERE k.rotated_from IS NOT NULL AND k.lineage IS NULL;
