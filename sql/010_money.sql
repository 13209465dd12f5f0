-- Amounts of currencies whose minor unit has three decimals are stored in thousandths of a unit;
-- all others stay in hundredths, so that every amount stored so far is kept exactly. A fixed fee is
-- an amount of one currency.

-- Conversions of stored values that must not run twice, and whether they have.
CREATE TABLE IF NOT EXISTS conversions (
  name  VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  done  BOOLEAN      NOT NULL DEFAULT FALSE,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

INSERT IGNORE INTO conversions (name)
VALUES ('ticket_types'), ('orders'), ('order_items'), ('refunds'), ('holds'), ('hold_items'),
  ('sales_quarters'), ('organizations');

-- Each statement below sets its row in the same transaction as the amounts.
UPDATE conversions c
  JOIN events e ON e.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  JOIN ticket_types t ON t.event_id = e.id
  SET t.price = t.price * 10, c.done = TRUE
  WHERE c.name = 'ticket_types' AND NOT c.done;

UPDATE conversions c
  JOIN orders o ON o.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  JOIN order_items i ON i.order_id = o.id
  SET i.unit_price = i.unit_price * 10, i.unit_fee = i.unit_fee * 10,
    i.subtotal = i.subtotal * 10, c.done = TRUE
  WHERE c.name = 'order_items' AND NOT c.done;

UPDATE conversions c
  JOIN orders o ON o.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  JOIN refunds r ON r.order_id = o.id
  SET r.amount = r.amount * 10, c.done = TRUE
  WHERE c.name = 'refunds' AND NOT c.done;

UPDATE conversions c
  JOIN orders o ON o.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  SET o.subtotal = o.subtotal * 10, o.fees = o.fees * 10, o.total = o.total * 10,
    o.refunded_total = o.refunded_total * 10, c.done = TRUE
  WHERE c.name = 'orders' AND NOT c.done;

UPDATE conversions c
  JOIN holds h ON h.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  JOIN hold_items i ON i.hold_id = h.id
  SET i.unit_price = i.unit_price * 10, i.unit_fee = i.unit_fee * 10, c.done = TRUE
  WHERE c.name = 'hold_items' AND NOT c.done;

UPDATE conversions c
  JOIN holds h ON h.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  SET h.subtotal = h.subtotal * 10, h.fees = h.fees * 10, h.total = h.total * 10, c.done = TRUE
  WHERE c.name = 'holds' AND NOT c.done;

UPDATE conversions c
  JOIN sales_quarters q ON q.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
  SET q.revenue = q.revenue * 10, q.refunded = q.refunded * 10, c.done = TRUE
  WHERE c.name = 'sales_quarters' AND NOT c.done;

ALTER TABLE organizations
  ADD COLUMN IF NOT EXISTS fee_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin
  NOT NULL DEFAULT 'PHP' AFTER fee_fixed;

-- A fixed fee so far was added in the currency of each event: from now on it is in the one that
-- most of the organization's events have.
UPDATE conversions c
  JOIN organizations o ON o.fee_fixed > 0
  JOIN (SELECT org_id, currency, ROW_NUMBER() OVER (PARTITION BY org_id
    ORDER BY COUNT(*) DESC, currency) AS place
    FROM events
    GROUP BY org_id, currency) e ON e.org_id = o.id AND e.place = 1
  SET o.fee_currency = e.currency,
    o.fee_fixed = o.fee_fixed
      * IF(e.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'), 10, 1),
    c.done = TRUE
  WHERE c.name = 'organizations' AND NOT c.done;

-- Names are split into words by the command, which indexes them again after this.
INSERT IGNORE INTO conversions (name)
VALUES ('event_words'), ('venue_words');
