-- Whose a hold of the public page is, for the limits of one address: keyed hashes of the address
-- (IPv6: its /64) and of its site (its /48), never the address itself. NULL for the box office.
-- tickets: the sum of the hold's quantities, which stays when its items are gone.

ALTER TABLE holds
  ADD COLUMN IF NOT EXISTS tickets INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS visitor BINARY(8) NULL,
  ADD COLUMN IF NOT EXISTS site BINARY(8) NULL,
  ADD KEY IF NOT EXISTS hold_site (event_id, site, created_at);
