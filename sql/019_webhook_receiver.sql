-- The host of an endpoint's URL: what an organization recovers for one host shares one pace.
-- url_guard.h says how a URL is written; an IPv6 address keeps its left bracket.

ALTER TABLE webhook_endpoints
  ADD COLUMN IF NOT EXISTS receiver VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin
    AS (LEFT(LOWER(IF(SUBSTRING_INDEX(url, '/', 3) LIKE '%//[%',
      SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(url, '/', 3), '/', -1), ']', 1),
      SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(url, '/', 3), '/', -1),
        '?', 1), ':', 1))), 255)) STORED,
  ADD KEY IF NOT EXISTS endpoint_receiver (org_id, receiver, id);
