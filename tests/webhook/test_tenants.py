#!/usr/bin/env python3
"""Organizations share the sender: however many endpoints, events and slow receivers one has, the
others' webhooks are sent."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from webhook_fixture import WebhookFixture  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402
from harness import check, finish, free_port  # noqa: E402

KEYS = 210
EVENTS = 303
FIRST = 3 * KEYS


def other(h, url, slug="other"):
    """A second organization with an endpoint: (its id, the endpoint's)."""
    h.site.org(slug.title(), slug)
    endpoint = h.endpoint(url, key=h.site.key(org=slug))
    org = h.db.one("SELECT HEX(id) FROM organizations WHERE slug = '%s'" % slug)
    return org, endpoint


def endpoints_of_keys(h, n, url):
    """Keys with a callbackUrl: one by the command, the others as copies of its rows."""
    h.site.key("events:read", callback=url)
    w = h.db.one("SELECT HEX(id) FROM webhook_endpoints WHERE kind = 'KEY' AND url = '%s'" % url)
    h.db.sql(
        "CREATE TEMPORARY TABLE copies AS"
        " SELECT UUID_SHORT() AS n, UNHEX(CONCAT(HEX(RANDOM_BYTES(16)))) AS id"
        " FROM seq_1_to_%d" % (n - 1)
    )
    h.db.sql(
        "INSERT INTO api_keys (id, org_id, name, key_hash, hint, scopes, created_at, updated_at)"
        " SELECT c.id, k.org_id, 'copy', UNHEX(SHA2(c.n, 256)), 'x', k.scopes, k.created_at,"
        " k.updated_at"
        " FROM copies c JOIN webhook_endpoints w ON w.id = X'%s'"
        " JOIN api_keys k ON k.id = w.source_id" % w
    )
    h.db.sql(
        "INSERT INTO webhook_endpoints (id, org_id, kind, source_id, url, events, created_at,"
        " updated_at)"
        " SELECT c.id, w.org_id, 'KEY', c.id, w.url, w.events, w.created_at, w.updated_at"
        " FROM copies c JOIN webhook_endpoints w ON w.id = X'%s'" % w
    )
    h.db.sql(
        "INSERT INTO webhook_tallies (endpoint_id, org_id)"
        " SELECT c.id, w.org_id FROM copies c JOIN webhook_endpoints w ON w.id = X'%s'" % w
    )
    h.db.sql(
        "INSERT INTO counters (org_id, name, n) VALUES (X'%s', 'endpoints:KEY', %d)"
        " ON DUPLICATE KEY UPDATE n = n + VALUES(n)" % (h.org, n - 1)
    )


def pending(h, org=None):
    where = " AND org_id = X'%s'" % org if org else ""
    return int(h.db.one("SELECT COUNT(*) FROM outbox WHERE pending = 1" + where))


def crowd(h, r):
    """More deliveries than any batch holds wait for one organization, and three for another."""
    endpoints_of_keys(h, KEYS, "http://127.0.0.1:%d/closed" % free_port())
    org, endpoint = other(h, r.url("/other"))
    h.events(EVENTS)
    h.events(3, org=org)
    code, said = h.flush("--seconds", "20", timeout=200)
    check(
        "an organization with %d deliveries to fan out does not keep another's from being sent"
        % (KEYS * EVENTS),
        h.states(endpoint) == {"DELIVERED": 3},
        (h.states(endpoint), code, said),
    )
    # an event is taken to be 64 wide before the first was seen: two of each, then one of each
    first = int(
        h.db.one(
            "SELECT COUNT(*) FROM webhook_deliveries WHERE org_id = X'%s' AND created_at <="
            " (SELECT MAX(created_at) FROM webhook_deliveries WHERE org_id = X'%s')" % (h.org, org)
        )
    )
    check("no more than %d of its deliveries come first" % FIRST, 0 < first <= FIRST, first)
    while pending(h, h.org) and time.monotonic() < h.deadline:
        h.flush("--seconds", "10", timeout=200)
    made = int(
        h.db.one(
            "SELECT COUNT(*) FROM webhook_deliveries d JOIN webhook_endpoints w"
            " ON w.id = d.endpoint_id WHERE w.kind = 'KEY' AND w.org_id = X'%s'" % h.org
        )
    )
    check("each endpoint gets each event", made == KEYS * EVENTS, (made, pending(h)))


def failing(h, r):
    """What goes wrong with one organization's events is said, and stops nobody else."""
    bad, bad_endpoint = other(h, r.url("/bad"), "bad")
    org, endpoint = other(h, r.url("/good"), "good")
    h.db.sql(
        "CREATE TRIGGER refuse BEFORE INSERT ON webhook_deliveries FOR EACH ROW"
        " SET NEW.endpoint_id = IF(NEW.org_id = X'%s', NULL, NEW.endpoint_id)" % bad
    )
    h.events(2, org=bad)
    h.events(3, org=org)
    code, said = h.flush("--once")
    check(
        "an organization whose events cannot be fanned out is logged and passed over",
        h.states(endpoint) == {"DELIVERED": 3}
        and code == 1
        and "cannot fan out the events of organization" in said
        and pending(h, bad) == 2,
        (h.states(endpoint), code, said),
    )
    h.db.sql("DROP TRIGGER refuse")
    h.db.sql(
        "CREATE TRIGGER before_us AFTER INSERT ON webhook_deliveries FOR EACH ROW"
        " UPDATE outbox SET pending = NULL WHERE id = NEW.outbox_id AND org_id = X'%s'" % bad
    )
    h.events(1, org=org)
    code, said = h.flush("--once")
    check(
        "so is one of whose events not all are handed over: none of their deliveries stays",
        h.states(endpoint) == {"DELIVERED": 4}
        and h.states(bad_endpoint) == {}
        and "outbox_handed changed 0 rows instead of 2" in said
        and pending(h, bad) == 2,
        (h.states(endpoint), h.states(bad_endpoint), code, said),
    )
    h.db.sql("DROP TRIGGER before_us")
    code, said = h.flush("--once")
    check(
        "and served once the cause is gone",
        code == 0 and h.states(bad_endpoint) == {"DELIVERED": 2},
        (code, said, h.states(bad_endpoint)),
    )


def main():
    for part in (crowd, failing):
        with WebhookFixture() as h:
            h.deadline = time.monotonic() + 300
            r = Receiver()
            try:
                part(h, r)
            finally:
                r.stop()
    finish()


if __name__ == "__main__":
    main()
