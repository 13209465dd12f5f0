#!/usr/bin/env python3
"""`ticketgate sweep` when something goes wrong: sums of money beyond 63 bits, an organization whose
sales cannot be summed, a hold that cannot be released. Nobody else's job waits for it."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402

LARGE = 50 * 1000 * 10**12  # 50 types, 1,000 each, 10,000,000,000.00 a ticket; in minor units
ORDERS = 215
ID = "CONCAT(UNHEX(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(UTC_TIMESTAMP() - INTERVAL %d MINUTE) * 1000)),"
ID += " 12, '0')), RANDOM_BYTES(10))"


def orders(site, org, n, total, minutes=10):
    """Completed orders of some minutes ago, straight into the tables. What the sweep has summed up
    ends before them."""
    mark = "UNHEX(RPAD(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(UTC_TIMESTAMP() - INTERVAL %d SECOND) * 1000"
    mark += ")), 12, '0'), 32, '0'))"
    site.sql("UPDATE sales_marks SET orders_mark = " + mark % (minutes * 60 + 30))
    site.sql(
        "INSERT INTO orders (id, org_id, event_id, reference, status, buyer_name, buyer_email,"
        " currency, subtotal, fees, total, created_at, completed_at)"
        " SELECT %s, o.id, o.id, CONCAT('TN-', UPPER(HEX(RANDOM_BYTES(4)))), 'COMPLETED', 'Ana',"
        " 'a@example.com', 'PHP', %d, 0, %d, UTC_TIMESTAMP(3) - INTERVAL %d MINUTE,"
        " UTC_TIMESTAMP(3) FROM organizations o JOIN seq_1_to_%d WHERE o.slug = '%s'"
        % (ID % minutes, total, total, minutes, n, org)
    )
    site.sql(
        "INSERT INTO order_items (order_id, id, org_id, ticket_id, name, quantity, unit_price,"
        " subtotal) SELECT o.id, o.id, o.org_id, o.org_id, 'VIP', 1, o.total, o.total"
        " FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id)"
    )


def revenue(site, org):
    return int(
        site.sql(
            "SELECT COALESCE(SUM(q.revenue), 0) FROM sales_quarters q"
            " JOIN organizations o ON o.id = q.org_id"
            " WHERE o.slug = '%s' AND q.event_id = X'%s'" % (org, "00" * 16)
        )[0][0]
    )


def finding(site):
    out = json.loads(site.command("doctor", "--json", check_status=False).stdout)
    return next(f for f in out if f["check"] == "sweep")


def large(site):
    """More money in a quarter of an hour than 63 bits of minor units."""
    orders(site, "test", ORDERS, LARGE)
    orders(site, "other", 3, 100)
    p = site.command("sweep", check_status=False)
    check(
        "sums beyond 63 bits: the sweep succeeds, and they are exact",
        p.returncode == 0
        and revenue(site, "test") == ORDERS * LARGE > 2**63
        and revenue(site, "other") == 300,
        (p, revenue(site, "test"), revenue(site, "other")),
    )
    r = site.get("/stats", site.session(), mount="/dashboard/v1")
    check(
        "the statistics show the largest sum that there is",
        r.status == 200 and float(r.data["totals"][0]["revenue"]) > 9.2e16,
        r,
    )
    orders(site, "test", ORDERS, LARGE, 9)
    p = site.command("sweep", check_status=False)
    check("and the next ones are added", revenue(site, "test") == 2 * ORDERS * LARGE, (p.stderr, p))


def failing(site):
    """The sums of one organization cannot be written."""
    site.sql(
        "CREATE TRIGGER refuse BEFORE INSERT ON sales_quarters FOR EACH ROW SET NEW.org_id ="
        " IF(NEW.org_id = (SELECT id FROM organizations WHERE slug = 'test'), NULL, NEW.org_id)"
    )
    site.sql(
        "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at, pending)"
        " SELECT %s, id, id, 'order.completed', id, '{}', UTC_TIMESTAMP(3) - INTERVAL 40 DAY, NULL"
        " FROM organizations WHERE slug = 'other'" % (ID % (40 * 24 * 60))
    )
    before = revenue(site, "other"), revenue(site, "test")
    orders(site, "test", 1, 1000, 8)
    orders(site, "other", 1, 1000, 8)
    p = site.command("sweep", check_status=False)
    check(
        "an organization whose sales cannot be summed: exit 1, and it is named",
        p.returncode == 1 and "organization test" in p.stderr and "other" not in p.stderr,
        p,
    )
    check(
        "the others are summed, and the jobs behind are done",
        (revenue(site, "other"), revenue(site, "test")) == (before[0] + 1000, before[1])
        and site.sql("SELECT COUNT(*) FROM outbox") == [["0"]],
        (before, revenue(site, "other"), revenue(site, "test")),
    )
    got = finding(site)
    check(
        "doctor names it",
        got["state"] == "warn" and "(test)" in got["message"] and "sums" in got["message"],
        got,
    )
    site.sql("DROP TRIGGER refuse")
    p = site.command("sweep", check_status=False)
    check("and all is well again", p.returncode == 0 and finding(site)["state"] == "ok", p)


def broken_hold(site):
    """A hold that cannot be given back, since the ticket type does not count it as held."""
    key = site.key()
    body = {
        "name": "Held",
        "dateTime": "2031-05-01T12:00:00Z",
        "tickets": [{"name": n, "price": 0, "quantity": 9, "published": True} for n in "ab"],
        "type": "FREE",
    }
    event = site.post("/events", key, body).data
    site.post("/events/%s/publish" % event["id"], key)
    for t in event["tickets"]:
        r = site.post(
            "/holds",
            key,
            {"eventId": event["id"], "items": [{"ticketId": t["id"], "quantity": 2}]},
            mount="/box-office/v1",
        )
        check("a hold", r.status == 201, r)
    site.sql("UPDATE ticket_types SET held = 0 WHERE name = 'a'")
    site.sql(
        "UPDATE holds h JOIN hold_items i ON i.hold_id = h.id SET"
        " h.expires_at = UTC_TIMESTAMP(3) - INTERVAL IF(i.name = 'a', 9, 8) MINUTE,"
        " i.expires_at = UTC_TIMESTAMP(3) - INTERVAL IF(i.name = 'a', 9, 8) MINUTE"
    )
    p = site.command("sweep", check_status=False)
    left = site.sql("SELECT i.name FROM hold_items i JOIN holds h ON h.id = i.hold_id")
    check(
        "a hold that cannot be released is reported, and the one behind it is released",
        p.returncode == 1
        and "releasing 1 of the expired holds failed" in p.stderr
        and left == [["a"]]
        and site.sql("SELECT name, held FROM ticket_types ORDER BY name")
        == [["a", "0"], ["b", "0"]],
        (p, left),
    )


def old(days):
    return "CONCAT(UNHEX(LPAD(HEX((UNIX_TIMESTAMP() - %d) * 1000), 12, '0')), SUBSTR(id, 7))" % (
        days * 86400
    )


def count(site, what):
    return int(site.sql("SELECT COUNT(*) FROM " + what)[0][0])


def retention(site):
    """What visitors leave behind: gone after 30 days, and the counters still agree."""
    key = site.key()
    event = site.post(
        "/events",
        key,
        {
            "name": "Visited",
            "dateTime": "2031-05-01T12:00:00Z",
            "type": "FREE",
            "tickets": [{"name": "v", "price": 0, "quantity": 99, "published": True}],
        },
    ).data
    site.post("/events/%s/publish" % event["id"], key)
    body = {
        "eventId": event["id"],
        "items": [{"ticketId": event["tickets"][0]["id"], "quantity": 2}],
    }
    holds = [site.post("/holds", None, body, mount="/public/v1") for _ in range(8)]
    check("visitors hold", all(r.status == 201 for r in holds), holds[0])
    ids = [r.data["id"] for r in holds]
    for hold in ids[:3]:
        r = site.request("DELETE", "/holds/" + hold, None, mount="/public/v1")
        check("one lets go", r.status == 200, r)
    r = site.post(
        "/orders",
        None,
        {"holdId": ids[3], "buyer": {"name": "Ana", "email": "ana@example.com"}},
        mount="/public/v1",
    )
    check("one orders", r.status == 201, r)
    mine = "event_id = X'%s'" % event["id"].replace("-", "")
    over = "id IN (%s)" % ", ".join("X'%s'" % i.replace("-", "") for i in ids[4:6])
    site.sql(
        "UPDATE holds SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE "
        + over
        + "; UPDATE hold_items SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE "
        + over.replace("id IN", "hold_id IN")
    )
    site.command("sweep")
    # 40 days later: the HOLD of one of them is old, and what ended it is not
    site.sql("UPDATE holds SET expires_at = expires_at - INTERVAL 40 DAY WHERE status <> 'ACTIVE'")
    site.sql("UPDATE ledger SET id = %s WHERE kind <> 'EXPIRE' AND %s" % (old(40), mine))
    site.sql("UPDATE audit SET id = %s WHERE actor_type = 'visitor'" % old(40))
    kept = count(site, "audit WHERE actor_type <> 'visitor'")
    done = json.loads(site.command("sweep", "--json").stdout)
    check(
        "ended holds are gone, those that run are not",
        count(site, "holds WHERE " + mine) == 2 == count(site, "hold_items WHERE " + mine),
        site.sql("SELECT status, COUNT(*) FROM holds WHERE %s GROUP BY status" % mine),
    )
    check(
        "visitors' entries of the audit log are gone, the others are not",
        count(site, "audit WHERE actor_type = 'visitor'") == 0
        and count(site, "audit WHERE actor_type <> 'visitor'") == kept,
    )
    rows = dict(site.sql("SELECT kind, COUNT(*) FROM ledger WHERE %s GROUP BY kind" % mine))
    check(
        "old movements are carried forward as one row",
        rows == {"SETTLE": "1", "EXPIRE": "2", "CARRIED": "1"} and done["holdRowsDeleted"] > 0,
        (rows, done),
    )
    p = site.command("verify", "--json", check_status=False)
    wrong = [d for d in json.loads(p.stdout)["disagreements"] if "ledger" in d["check"]]
    check("the ledger agrees", not wrong, wrong)
    site.sql("UPDATE ledger SET id = %s WHERE kind = 'EXPIRE' AND %s" % (old(39), mine))
    site.command("sweep")
    rows = dict(site.sql("SELECT kind, COUNT(*) FROM ledger WHERE %s GROUP BY kind" % mine))
    p = site.command("verify", "--json", check_status=False)
    wrong = [d for d in json.loads(p.stdout)["disagreements"] if "ledger" in d["check"]]
    check(
        "later ones are added to it",
        rows == {"SETTLE": "1", "CARRIED": "1"} and not wrong,
        (rows, wrong),
    )
    check(
        "nothing more is deleted",
        json.loads(site.command("sweep", "--json").stdout)["holdRowsDeleted"] == 0,
    )


def doctor_sees(site):
    """Whatever the sweep should have done an hour ago, doctor names, and a sweep ends it."""
    key = site.key()
    body = {
        "name": "Seen",
        "dateTime": "2031-05-01T12:00:00Z",
        "tickets": [{"name": "v", "price": 0, "quantity": 99, "published": True}],
        "type": "FREE",
    }
    event = site.request("POST", "/events", key, body, {"Idempotency-Key": "seen"}).data
    site.post("/events/%s/publish" % event["id"], key)
    items = [{"ticketId": event["tickets"][0]["id"], "quantity": 1}]
    for _ in range(4):
        r = site.post(
            "/holds", key, {"eventId": event["id"], "items": items}, mount="/box-office/v1"
        )
        check("a hold", r.status == 201, r)
    orders(site, "test", 1, 100)
    site.session(site.user(email="seen@test.example"))
    site.command("sweep")
    check("nothing is late", finding(site)["state"] == "ok", finding(site))
    ended = "UPDATE holds SET status = '%s', expires_at = UTC_TIMESTAMP(3) - INTERVAL 31 DAY"
    ended += " WHERE status = 'ACTIVE' LIMIT 1"
    late = "UTC_TIMESTAMP(3) - INTERVAL 1 HOUR"
    for word, sql in (
        ("Idempotency-Keys", "UPDATE idempotency SET created_at = %s - INTERVAL 1 DAY" % late),
        ("expired sessions", "UPDATE sessions SET expires_at = " + late),
        ("expired holds are kept", ended % "EXPIRED"),
        ("released holds", ended % "RELEASED"),
        ("holds of orders", ended % "USED"),
        ("indexed", "DELETE FROM order_word_marks"),
        ("counted", "DELETE FROM order_tallies"),
        ("sums of sales", "DELETE FROM sales_marks"),
        (
            "deliveries",
            "INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event, status, created_at)"
            " SELECT %s, id, id, 'order.completed', 'DELIVERED', %s FROM organizations"
            % (ID % (31 * 24 * 60), late),
        ),
        (
            "still counts as held",
            "UPDATE holds h JOIN hold_items i ON i.hold_id = h.id SET h.expires_at = %s,"
            " i.expires_at = %s WHERE h.status = 'ACTIVE'" % (late, late),
        ),
    ):
        site.sql(sql)
        got = finding(site)
        check(
            "doctor sees what is late: " + word,
            got["state"] == "warn" and word in got["message"] and "sweep" in got["fix"],
            got,
        )
        site.command("sweep", check_status=False)
        check("and that it is done: " + word, finding(site)["state"] == "ok", finding(site))


def expired_keys(site):
    """The webhook of a key ends with the key: soon after, and once a day for all keys; no others
    are looked at in between."""

    def expire(name, ago):
        site.key("events:read", callback="https://example.com/", name=name)
        site.sql(
            "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3) - INTERVAL %s WHERE name = '%s'"
            % (ago, name)
        )

    def disabled():
        site.command("sweep")
        return sorted(
            row[0]
            for row in site.sql(
                "SELECT k.name FROM api_keys k JOIN webhook_endpoints w ON w.source_id = k.id"
                " WHERE w.status = 'DISABLED' AND w.disabled_reason LIKE '%expired%'"
            )
        )

    expire("long ago", "9 DAY")
    got = disabled()
    check("the first sweep disables the webhooks of all expired keys", got == ["long ago"], got)
    expire("just now", "1 SECOND")
    got = disabled()
    check("the next one those of the keys that have expired", "just now" in got, got)
    site.sql(
        "UPDATE webhook_endpoints SET status = 'ACTIVE', disabled_reason = NULL WHERE kind = 'KEY'"
    )
    site.sql(
        "UPDATE sweep_marks SET mark = UNHEX(RPAD(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(UTC_TIMESTAMP(3)"
        " - INTERVAL 1 DAY) * 1000)), 12, '0'), 32, '0')) WHERE name = 'expired_keys'"
    )
    got = disabled()
    check("the first one of a day all of them", got == ["just now", "long ago"], got)


def migrating(site):
    """Cron's minute during `ticketgate migrate`, when tables are missing."""
    site.sql("RENAME TABLE holds TO later")
    site.sql("UPDATE migration_lease SET expires_at = NOW(3) + INTERVAL 100 SECOND")
    p = site.command("sweep", check_status=False)
    said = p.returncode == 0 and not p.stderr and "Migrations are being applied" in p.stdout
    check("a sweep during migrations leaves the work to the next", said, p)
    p = site.command("sweep", "--json", check_status=False)
    check("… in JSON as well", set(json.loads(p.stdout).values()) == {0}, p)
    site.sql("UPDATE migration_lease SET expires_at = NOW(3) - INTERVAL 1 SECOND")
    p = site.command("sweep", check_status=False)
    check("without one it tells what is missing", p.returncode == 1 and "migrate" in p.stderr, p)
    site.sql("RENAME TABLE later TO holds")
    p = site.command("sweep", check_status=False)
    check("… and works when it is there", p.returncode == 0 and "Deleted" in p.stdout, p)


def main():
    with Site() as site:
        expired_keys(site)
        migrating(site)
    with Site() as site:
        retention(site)
    with Site() as site:
        doctor_sees(site)
    with Site() as site:
        site.org("Other", "other")
        site.user()
        large(site)
        failing(site)
        broken_hold(site)
    finish()


if __name__ == "__main__":
    main()
