-- The buyer's address as an identity: ASCII letters in lower case, everything else byte by byte.
-- The column's collation ignores accents and invisible characters, so that one buyer's orders were
-- found under another's address. LOWER in the character set geostd8 changes ASCII letters only. The
-- index keeps its name, which statements force.

ALTER TABLE orders
  ADD COLUMN IF NOT EXISTS buyer_email_key VARBINARY(1016)
    AS (CAST(LOWER(CONVERT(CAST(buyer_email AS BINARY) USING geostd8)) AS BINARY)) STORED,
  DROP KEY IF EXISTS order_email,
  ADD KEY order_email (org_id, buyer_email_key, id);
