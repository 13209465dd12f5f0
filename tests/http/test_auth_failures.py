#!/usr/bin/env python3
"""Failed authentications are counted per address before anything is looked up, a caller from off
the allowlist is one of them, and known callers behind the same address go on. Idempotency-Keys stay
with a line of rotated keys."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from abuse_fixture import wrong_key  # noqa: E402
from harness import Site, check, finish  # noqa: E402

MOST = 20
CONF = "auth_failures = %d\ntrusted_proxies = 127.0.0.1\nkey_cache = %s\n"


def statements(site):
    return sum(
        int(row[1])
        for row in site.sql("SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_stmt_execute')")
    )


def me(site, key, address):
    return site.get("/me", key, headers={"X-Forwarded-For": address}).status


def wrong_keys(site, known):
    """More wrong keys than an address may try; a known key and a new one from the same address."""
    fresh = site.key("events:read")
    check("a key is known at its address", me(site, known, "203.0.113.7") == 200)
    before = statements(site)
    got = [me(site, wrong_key(), "203.0.113.7") for _ in range(10 * MOST)]
    ran = statements(site) - before
    check(
        "wrong keys: 401, then 429, and what is refused runs no statement",
        got[0] == 401 and got[-1] == 429 and set(got) == {401, 429} and ran <= got.count(401) + 20,
        (got.count(401), got.count(429), ran),
    )
    check("the known key passes", me(site, known, "203.0.113.7") == 200)
    check("another address is not concerned", me(site, fresh, "203.0.113.8") == 200)


def off_the_allowlist(site):
    key = site.key("events:read", allow="198.51.100.0/24")
    check("allowed", me(site, key, "198.51.100.1") == 200)
    before = statements(site)
    got = [me(site, key, "203.0.113.9") for _ in range(10 * MOST)]
    ran = statements(site) - before
    check(
        "from off the allowlist: 403, then 429",
        got[0] == 403 and got[-1] == 429 and set(got) == {403, 429},
        got,
    )
    check("and few statements", ran <= got.count(403) + 20, (ran, got.count(403)))
    check("the allowed address passes", me(site, key, "198.51.100.1") == 200)


def revoked(site):
    """A known key that is revoked is no longer known."""
    made = site.key_object("events:read")
    check("known", me(site, made["key"], "203.0.113.20") == 200)
    for _ in range(2 * MOST):
        me(site, wrong_key(), "203.0.113.20")
    check("it passes", me(site, made["key"], "203.0.113.20") == 200)
    site.command("key", "revoke", made["id"])
    got = [me(site, made["key"], "203.0.113.20") for _ in range(5)]
    before = statements(site)
    got += [me(site, made["key"], "203.0.113.20") for _ in range(20)]
    check(
        "a revoked key is refused, then not looked up",
        set(got) <= {401, 429} and got[-1] == 429 and statements(site) - before <= 5,
        (got, statements(site) - before),
    )


def inherited(site):
    """The successor of a rotated key, and its successor, know what was bought."""
    session = site.session()
    first = site.key_object("events:read,events:write,tickets:write,boxoffice:sell")
    event = site.post(
        "/events",
        first["key"],
        {
            "name": "Once",
            "dateTime": "2031-05-01T12:00:00Z",
            "tickets": [{"name": "GA", "price": 100, "quantity": 9, "published": True}],
        },
    ).data
    site.post("/events/%s/publish" % event["id"], first["key"])
    body = {
        "eventId": event["id"],
        "items": [{"ticketId": event["tickets"][0]["id"], "quantity": 1}],
        "buyer": {"name": "Ana", "email": "ana@example.com"},
    }

    def buy(key, name="order-1"):
        return site.post(
            "/orders", key, body, mount="/box-office/v1", headers={"Idempotency-Key": name}
        )

    bought = [buy(first["key"])]
    newest, keys = first, [first["key"]]
    for _ in range(2):
        newest = site.post(
            "/keys/%s/rotate" % newest["id"], session, {}, mount="/dashboard/v1"
        ).data
        keys.append(newest["key"])
        bought.append(buy(newest["key"]))
    bought += [buy(k) for k in keys]
    sold = site.sql("SELECT COUNT(*) FROM orders")[0][0]
    check(
        "one Idempotency-Key under a line of rotated keys: one order",
        {r.status for r in bought} == {201}
        and len({r.data["id"] for r in bought}) == 1
        and all(r.headers.get("idempotency-replayed") == "true" for r in bought[1:])
        and sold == "1",
        (bought, sold),
    )
    later = [buy(k, "order-2") for k in reversed(keys)]
    check("and backwards", len({r.data["id"] for r in later}) == 1, later)
    other = buy(site.key("boxoffice:sell"))
    check(
        "an unrelated key has its own",
        other.status == 201 and other.data["id"] != bought[0].data["id"],
        other,
    )


def main():
    for cache in ("2s", "0"):
        with Site(conf=CONF % (MOST, cache)) as site:
            site.user()
            known = site.key("events:read")
            wrong_keys(site, known)
            off_the_allowlist(site)
            revoked(site)
            inherited(site)
    finish()


if __name__ == "__main__":
    main()
