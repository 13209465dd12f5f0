-- The sweep lists the expired holds of all organizations, to take some of each in turn. The index
-- has all that the list needs, so that reading it is not one look into the table for each hold.

ALTER TABLE holds
  DROP KEY IF EXISTS hold_due,
  ADD KEY hold_due (status, expires_at, id, org_id);
