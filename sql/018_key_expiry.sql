-- The sweep disables the webhooks of the keys that have expired since the last one, and reads no
-- others.

ALTER TABLE api_keys
  ADD KEY IF NOT EXISTS api_key_expiry (expires_at);
