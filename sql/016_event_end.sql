-- Events by their end: which ones are still running, however long ago they began.

ALTER TABLE events
  ADD KEY IF NOT EXISTS event_status_end (org_id, status, end_date_time, date_time, visibility, id);
