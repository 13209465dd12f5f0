-- Whether holders may change the names on their tickets, which the organizer decides.

ALTER TABLE organizations ADD COLUMN IF NOT EXISTS ticket_names BOOLEAN NOT NULL DEFAULT FALSE;
