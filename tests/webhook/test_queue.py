#!/usr/bin/env python3
"""The queue of webhooks: who is told what, three attempts and when, ten failures disable, leases,
several senders at once, the database away, 30 days of history."""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from webhook_fixture import WebhookFixture, raw_id, wait_for  # noqa: E402
from webhook_receiver import Receiver, status  # noqa: E402
from concurrency import Db  # noqa: E402
from harness import check, finish  # noqa: E402


def delivered(h, endpoint, n):
    return h.states(endpoint) == {"DELIVERED": n}


# ---- who is told what ----


def matching(h, r):
    all_of, only_refunds = h.endpoint(r.url("/all")), h.endpoint(
        r.url("/refunds"), ["order.refunded"]
    )
    off = h.endpoint(r.url("/off"))
    h.site.patch("/webhooks/" + off, h.key, {"isActive": False})
    gone = h.endpoint(r.url("/gone"))
    h.site.delete("/webhooks/" + gone, h.key)
    h.site.org("Other", "other")
    h.endpoint(r.url("/other"), key=h.site.key(org="other"))
    a, b = (
        h.c.post(
            "/events",
            {"name": n, "dateTime": "2031-01-01T00:00:00Z", "callbackUrl": r.url("/event-" + n)},
        ).data["id"]
        for n in "ab"
    )
    h.site.key("events:read", callback=r.url("/key"))
    dead = h.site.key_object("events:read", callback=r.url("/dead-key"))
    h.site.command("key", "revoke", dead["id"])
    old = h.events(1)[0]
    h.db.sql("UPDATE outbox SET created_at = created_at - INTERVAL 1 DAY WHERE id = X'%s'" % old)
    h.events(2, "order.completed", event=a)
    h.events(1, "order.refunded", event=b)
    rc = h.flush()
    seen = {}
    for x in r.log():
        seen[x["path"]] = seen.get(x["path"], 0) + 1
    want = {"/all": 3, "/refunds": 1, "/event-a": 2, "/event-b": 1, "/key": 3}
    check(
        "each endpoint is told what it wants, of its organization, its event, since it was made; "
        "nobody else is",
        rc[0] == 0 and seen == want,
        (rc, seen, want),
    )
    check(
        "the outbox is handed on",
        h.db.one("SELECT COUNT(*) FROM outbox WHERE pending IS NOT NULL") == "0",
    )
    h.site.patch("/webhooks/" + only_refunds, h.key, {"events": ["order.completed"]})
    h.events(1, "order.completed")
    h.flush()
    check("other events from now on", len(r.log("/refunds")) == 2)
    h.events(3)
    h.db.sql("UPDATE outbox SET pending = 1")
    h.flush()
    check(
        "handed on twice is delivered once",
        not [
            row
            for row in h.db.sql(
                "SELECT endpoint_id"
                " FROM webhook_deliveries"
                " GROUP BY endpoint_id, outbox_id"
                " HAVING COUNT(*) > 1"
            )
            if row
        ]
        and h.states(all_of) == {"DELIVERED": 7},
        h.states(all_of),
    )
    t = h.site.post("/webhooks/%s/test" % off, h.key)
    check(
        "a test counts for nothing, and is sent to a disabled endpoint, too",
        t.status == 200 and len(r.log("/off")) == 1 and h.alive(off)[1] == 0,
        t,
    )


def sent_at_once(h, r):
    """A delivery whose endpoint has nothing else to receive is leased by the transaction that
    creates it; where older ones wait, it waits behind them."""
    endpoint = h.endpoint(r.url("/free"))

    def joins():
        return int(h.db.sql("SHOW GLOBAL STATUS LIKE 'Com_update_multi'")[0][1])

    before, first = joins(), h.events(1)
    h.flush()
    n = joins() - before
    check(
        "handed on and settled (three updates), without being taken from the queue",
        h.states(endpoint) == {"DELIVERED": 1} and n == 4,
        "%s, %d" % (h.states(endpoint), n),
    )
    h.db.sql(
        "UPDATE webhook_deliveries SET status = 'PENDING', due_at = created_at, attempts = 0;"
        " UPDATE webhook_tallies SET pending = 1, delivered = 0 WHERE endpoint_id = %s"
        % raw_id(endpoint)
    )
    second = h.events(1)
    h.flush()
    seen = [x["header"]["webhook-id"] for x in r.log("/free")]
    check(
        "what waits is sent first",
        seen == ["evt_" + x.lower() for x in first + first + second],
        "%s, %s" % (seen, first + second),
    )


def history_costs_nothing(h, r):
    """What is handed on, sent and settled reads what is new, however much was delivered before."""
    old, endpoint = (h.endpoint(r.url(path)) for path in ("/old", "/new"))
    h.site.patch("/webhooks/" + old, h.key, {"isActive": False})
    h.db.sql(
        "INSERT INTO webhook_deliveries (id, org_id, endpoint_id, outbox_id, event, status,"
        " created_at) SELECT UNHEX(LEFT(SHA2(CONCAT('d', seq), 256), 32)), UNHEX('%s'), %s,"
        " UNHEX(LEFT(SHA2(seq, 256), 32)), 'order.completed', 'DELIVERED', NOW(3)"
        " FROM seq_1_to_50000" % (h.org, raw_id(old))
    )
    h.db.sql("ANALYZE TABLE webhook_deliveries")

    def reads():
        return sum(int(n) for _, n in h.db.sql("SHOW GLOBAL STATUS LIKE 'Handler_read%'"))

    before = reads()
    h.events(5)
    h.flush()
    n = reads() - before
    check(
        "five events beside 50,000 old deliveries: few rows are read",
        h.states(endpoint) == {"DELIVERED": 5} and n < 10000,
        "%s, %d rows" % (h.states(endpoint), n),
    )
    h.db.sql("DELETE FROM webhook_deliveries WHERE endpoint_id = %s" % raw_id(old))


# ---- three attempts ----


def attempts(h, r):
    r.script("/third", status(500), status(503, text="no"), status(200, text="ok"))
    r.script("/never", status(404, text="nothing here"))
    third, never = h.endpoint(r.url("/third")), h.endpoint(r.url("/never"))
    event = h.events(1)[0]
    for n in (1, 2, 3):
        h.flush()
        check(
            "attempt %d, and no more before its time" % n,
            len(r.log("/third")) == n and h.flush()[0] == 0 and len(r.log("/third")) == n,
            r.count(),
        )
        h.due()
    log = r.log("/third")
    check(
        "the same id and bytes each time, attempts counted",
        len({x["header"]["webhook-id"] for x in log}) == 1
        and log[0]["header"]["webhook-id"] == "evt_" + event
        and len({x["body"] for x in log}) == 1
        and [x["header"]["webhook-attempt"] for x in log] == ["1", "2", "3"],
        log,
    )
    check(
        "delivered at the third",
        h.states(third) == {"DELIVERED": 1}
        and [a[1:] for a in h.attempts(third)]
        == [
            ("1", "AUTOMATIC", "500", "http_5xx"),
            ("2", "AUTOMATIC", "503", "http_5xx"),
            ("3", "AUTOMATIC", "200", ""),
        ],
        h.attempts(third),
    )
    h.flush()
    check(
        "given up after the third, and one failure counted",
        h.states(never) == {"FAILED": 1}
        and len(r.log("/never")) == 3
        and h.alive(never) == ("ACTIVE", 1, None),
        h.alive(never),
    )
    one = h.get(never, "/deliveries").data[0]
    told = h.get(never, "/deliveries/" + one["id"]).data
    check(
        "its history: three attempts with what was answered",
        len(told["attempts"]) == 3 and told["attempts"][2]["responseStatus"] == 404,
        told,
    )
    r.script("/never", status(200))
    again = h.site.post("/webhooks/%s/deliveries/%s/redeliver" % (never, one["id"]), h.key)
    h.flush()
    log = r.log("/never")
    check(
        "redelivered by hand: the same id, one more row, MANUAL, and the failure is forgotten",
        again.status in (200, 202)
        and len(log) == 4
        and log[3]["header"]["webhook-id"] == log[0]["header"]["webhook-id"]
        and [a[1:3] for a in h.attempts(never)]
        == [("1", "AUTOMATIC"), ("2", "AUTOMATIC"), ("3", "AUTOMATIC"), ("4", "MANUAL")]
        and h.alive(never)[1] == 0,
        (again, h.attempts(never)),
    )


def schedule():
    with WebhookFixture() as h:
        r = Receiver()
        r.script("/no", status(500))
        e = h.endpoint(r.url("/no"))
        h.events(1000)
        h.flush()
        rows = [
            float(x[0])
            for x in h.db.sql(
                "SELECT TIMESTAMPDIFF(MICROSECOND, a.started_at, d.due_at) / 1e6"
                " FROM webhook_deliveries d"
                " JOIN webhook_attempts a ON a.delivery_id = d.id"
            )
        ]
        check(
            "1000 second attempts after 60 s, give or take a fifth, spread over all of it",
            len(rows) == 1000
            and min(rows) >= 47.9
            and max(rows) <= 74
            and min(rows) < 49.5
            and max(rows) > 70.5
            and 58.5 < sum(rows) / 1000 < 62.5
            and len(set(rows)) > 900,
            (len(rows), min(rows), max(rows), sum(rows) / 1000),
        )
        h.db.sql("DELETE FROM webhook_attempts")
        h.due()
        h.flush()
        rows = [
            float(x[0])
            for x in h.db.sql(
                "SELECT TIMESTAMPDIFF(MICROSECOND, a.started_at, d.due_at) / 1e6"
                " FROM webhook_deliveries d"
                " JOIN webhook_attempts a ON a.delivery_id = d.id"
            )
        ]
        check(
            "third attempts after 300 s likewise",
            len(rows) == 1000
            and min(rows) >= 239.9
            and max(rows) <= 363
            and min(rows) < 246
            and max(rows) > 354,
            (len(rows), min(rows), max(rows)),
        )
        check(
            "nothing failed for good yet",
            h.alive(e) == ("ACTIVE", 0, None) and h.states(e) == {"PENDING": 1000},
        )
        r.stop()


HOUR = 3600  # no receiver delays a delivery, or the endpoint's others, by more
DATE = "%a, %d %b %Y %H:%M:%S GMT"


def http_date(seconds, form=DATE):
    return time.strftime(form, time.gmtime(time.time() + seconds))


def retry_after_cases():
    """(Retry-After, the seconds that it asks for: 0 when it asks for nothing)"""
    return [
        ("5", 5),
        (" 600 ", 600),
        ("0600", 600),
        ("3600", HOUR),
        ("3601", HOUR),
        ("99999", HOUR),
        ("604800", HOUR),
        ("604801", HOUR),
        ("99999999999", HOUR),
        ("9223372036854775808", HOUR),
        ("18446744073709551617", HOUR),
        ("9" * 63, HOUR),
        (http_date(600), 600),
        (http_date(600, "%A, %d-%b-%y %H:%M:%S GMT"), 600),  # RFC 850
        (http_date(600, "%a %b %e %H:%M:%S %Y"), 600),  # asctime
        (http_date(86400), HOUR),
        (http_date(30 * 86400), HOUR),
        ("Fri, 31 Dec 9999 23:59:59 GMT", HOUR),
        (http_date(-600), 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Wed, 31 Dec 1969 23:59:59 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("0", 0),
        ("-0", 0),
        ("-1", 0),
        ("-600", 0),
        ("-9223372036854775809", 0),
        ("+600", 0),
        ("600.5", 0),
        ("600 seconds", 0),
        ("600, 600", 0),
        ("1e3", 0),
        ("0x258", 0),
        ("abc", 0),
        ("", 0),
        (" ", 0),
        ("9" * 500, 0),
        ("Someday, 99 Foo", 0),
        ("Fri, 32 Dec 2031 25:61:61 GMT", 0),
        ("2031-01-01T00:00:00Z", 0),
        ("\xe9\xff", 0),
    ]


def retry_after():
    """When a failed delivery is tried again, and how long the whole endpoint rests after 429: both
    between the usual pause and an hour, whatever the receiver says."""
    with WebhookFixture(conf="org_webhooks = 100\n") as h:
        r = Receiver()
        began = time.time()
        cases = retry_after_cases()
        made = []
        for i, (text, asked) in enumerate(cases):
            for code in (500, 429):
                path = "/%d-%d" % (code, i)
                r.script(path, status(code, {"Retry-After": text}))
                made.append((h.endpoint(r.url(path)), code, text, asked))
        h.events(1)
        h.flush()
        took = time.time() - began  # by so much a pause may seem longer, or a date nearer
        for e, code, text, asked in made:
            due, rest = h.db.sql(
                "SELECT TIMESTAMPDIFF(MICROSECOND, a.started_at, d.due_at) / 1e6,"
                " COALESCE(TIMESTAMPDIFF(MICROSECOND, a.started_at, e.not_before) / 1e6, 0)"
                " FROM webhook_deliveries d"
                " JOIN webhook_attempts a ON a.delivery_id = d.id"
                " JOIN webhook_endpoints e ON e.id = d.endpoint_id"
                " WHERE d.endpoint_id = %s" % raw_id(e)
            )[0]
            least, most = max(asked - took - 1, 48), max(asked, 72) + took
            check(
                "%d, Retry-After: %.40r: tried again after %d s" % (code, text, max(asked, 60)),
                least <= float(due) <= most,
                due,
            )
            if code == 429:
                least, most = (asked - took - 1, asked + took) if asked else (-took, took)
                check(
                    "429, Retry-After: %.40r: the endpoint rests for %d s" % (text, asked),
                    least <= float(rest) <= most,
                    rest,
                )
        r.script("/rest", status(429, {"Retry-After": "600"}), status(200))
        e = h.endpoint(r.url("/rest"))
        h.events(1)
        h.flush()
        h.events(3)
        h.due()
        h.flush()
        check(
            "429 with Retry-After: the whole endpoint rests",
            len(r.log("/rest")) == 1 and h.states(e) == {"PENDING": 4},
            (len(r.log("/rest")), h.states(e)),
        )
        h.db.sql("UPDATE webhook_endpoints SET not_before = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND")
        h.flush()
        check("and goes on afterwards", delivered(h, e, 4), h.states(e))
        r.stop()


# ---- ten in a row ----


def ten(h, r):
    r.script("/bad", status(500))
    e = h.endpoint(r.url("/bad"))
    h.events(9)
    h.rounds()
    check(
        "nine used up their attempts: still active",
        h.alive(e) == ("ACTIVE", 9, None) and h.states(e) == {"FAILED": 9},
        (h.alive(e), h.states(e)),
    )
    r.script("/bad", status(204))
    h.events(1)
    h.flush()
    check("one success, and none counts", h.alive(e)[:2] == ("ACTIVE", 0), h.alive(e))
    r.script("/bad", status(500))
    h.events(9)
    h.rounds()
    check("nine again", h.alive(e)[:2] == ("ACTIVE", 9), h.alive(e))
    h.events(1)
    h.flush()
    h.due()
    h.flush()
    check("the tenth failed twice: still active", h.alive(e)[0] == "ACTIVE")
    h.due()
    h.events(4)
    said = h.flush()[1]
    s = h.alive(e)
    check(
        "the tenth disables, with a reason, a line in the log and a row in the audit trail",
        s[:2] == ("DISABLED", 10)
        and "10 consecutive deliveries" in s[2]
        and " disabled: " in said
        and h.db.sql(
            "SELECT actor_type FROM audit WHERE action = 'webhook.disable' AND resource_id = %s"
            % raw_id(e)
        )
        == [["system"]],
        (s, said),
    )
    check(
        "what was pending is cancelled",
        h.states(e).get("PENDING") is None
        and h.states(e)["CANCELLED"] == 4
        and h.states(e)["FAILED"] == 19,
        h.states(e),
    )
    n = len(r.log("/bad"))
    h.events(2)
    h.flush()
    check(
        "a disabled endpoint gets nothing",
        len(r.log("/bad")) == n and sum(h.states(e).values()) == 24,
        h.states(e),
    )
    r.script("/bad", status(200))
    h.site.patch("/webhooks/" + e, h.key, {"isActive": True})
    h.events(1)
    h.flush()
    check(
        "enabled again: from the next on",
        h.alive(e)[:2] == ("ACTIVE", 0) and len(r.log("/bad")) == n + 1,
        h.alive(e),
    )


def many_at_once(h, r):
    """30 deliveries that all use up their attempts at the same time, under three senders."""
    r.script("/slow-no", status(500, delay=0.02))
    e = h.endpoint(r.url("/slow-no"))
    h.events(30)
    for _ in range(3):
        running = [h.start("--once") for _ in range(3)]
        codes = [p.wait(60) for p in running]
        h.due()
    s = h.states(e)
    check(
        "three senders: disabled once, at ten; what was left is cancelled",
        h.alive(e)[:2] == ("DISABLED", 10)
        and s["FAILED"] >= 10
        and s["FAILED"] + s.get("CANCELLED", 0) == 30
        and codes == [0, 0, 0]
        and h.db.one(
            "SELECT COUNT(*) FROM audit WHERE action = 'webhook.disable' AND resource_id = %s"
            % raw_id(e)
        )
        == "1",
        (s, h.alive(e), codes),
    )


def gone(h, r):
    r.script("/410", status(410))
    e = h.endpoint(r.url("/410"))
    h.events(1)
    h.flush()
    check(
        "410 disables at once",
        h.alive(e)[0] == "DISABLED"
        and "410" in h.alive(e)[2]
        and h.states(e) == {"FAILED": 1}
        and len(r.log("/410")) == 1,
        (h.alive(e), h.states(e)),
    )


def backlog_of_disabled(h, r):
    e = h.endpoint(r.url("/later"))
    h.events(2500)
    h.db.sql(
        "UPDATE webhook_endpoints SET not_before = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE id = %s"
        % raw_id(e)
    )
    h.flush()
    h.db.sql(
        "UPDATE webhook_endpoints SET status = 'DISABLED', not_before = NULL WHERE id = %s"
        % raw_id(e)
    )
    h.flush()
    check(
        "however much was pending is cancelled, batch by batch",
        h.states(e) == {"CANCELLED": 2500} and not r.log("/later"),
        h.states(e),
    )


# ---- changes on the way ----


def changes(h, r):
    r.script("/from", status(500))
    e = h.endpoint(r.url("/from"))
    h.events(1)
    h.flush()
    rotated = h.site.post("/webhooks/%s/rotate-secret" % e, h.key, {})
    h.site.patch("/webhooks/" + e, h.key, {"url": r.url("/to")})
    h.due()
    h.flush()
    to = r.log("/to")
    check(
        "the next attempt goes to the new URL, under the new secret and the old one",
        rotated.status in (200, 201)
        and len(to) == 1
        and len(to[0]["header"]["webhook-signature"].split(" ")) == 2,
        to,
    )
    r.script("/slow", status(200, delay=1))
    e = h.endpoint(r.url("/slow"))
    h.events(1)
    p = h.start("--once")
    wait_for(lambda: r.log("/slow"))
    h.site.delete("/webhooks/" + e, h.key)
    check(
        "an endpoint deleted while a delivery is on its way: the run ends well",
        p.wait(30) == 0 and not p.stderr.read(),
    )


# ---- several senders, killed ones, stopped ones ----


def eight(h, r):
    made = [h.endpoint(r.url("/eight%d" % i)) for i in range(3)]
    h.events(400)
    running = [h.start("--once") for _ in range(8)]
    codes = [p.wait(60) for p in running]
    said = "".join(p.stderr.read() for p in running)
    counts = {}
    for x in r.log():
        if x["path"].startswith("/eight"):
            key = x["path"], x["header"]["webhook-id"]
            counts[key] = counts.get(key, 0) + 1
    check(
        "eight senders at once: each delivery once, none lost, no complaint",
        codes == [0] * 8
        and not said
        and len(counts) == 1200
        and set(counts.values()) == {1}
        and all(delivered(h, e, 400) for e in made),
        (codes, said[:300], len(counts), [h.states(e) for e in made]),
    )


def fenced(h, r):
    r.script("/fence", status(200, delay=1.5), status(200))
    e = h.endpoint(r.url("/fence"))
    h.events(1)
    a = h.start("--once")
    wait_for(lambda: r.log("/fence"))
    a.send_signal(signal.SIGSTOP)
    h.due()
    b = h.flush()
    check(
        "a lease that ran out is taken over, and its attempt counts",
        b[0] == 0
        and [x[1:] for x in h.attempts(e)]
        == [("1", "AUTOMATIC", "", "interrupted"), ("2", "AUTOMATIC", "200", "")]
        and [x["header"]["webhook-attempt"] for x in r.log("/fence")] == ["1", "2"],
        (b, h.attempts(e)),
    )
    a.send_signal(signal.SIGCONT)
    check(
        "who comes late changes nothing but its own row of the history",
        a.wait(30) == 0
        and delivered(h, e, 1)
        and [x[3:] for x in h.attempts(e)] == [("200", ""), ("200", "")],
        h.attempts(e),
    )


def spent(h, r):
    """Killed three times with the same delivery on its way: it has had its three attempts."""
    r.script("/kill", [["hang"]])
    e = h.endpoint(r.url("/kill"))
    h.events(1)
    for n in (1, 2, 3):
        p = h.start("--once")
        wait_for(lambda: len(r.log("/kill")) >= n)
        p.kill()
        p.wait()
        h.flush()
        check(
            "killed: nobody else takes it while the lease holds (%d)" % n, len(r.log("/kill")) == n
        )
        h.due()
    h.flush()
    check(
        "three attempts that nobody ended are three attempts",
        h.states(e) == {"FAILED": 1}
        and len(r.log("/kill")) == 3
        and [x[1:] for x in h.attempts(e)]
        == [(str(n), "AUTOMATIC", "", "interrupted") for n in (1, 2, 3)]
        and h.alive(e)[1] == 1,
        (h.states(e), h.attempts(e)),
    )


def purged(h, r):
    """The event of a delivery is gone, which retention does only to deliveries as old."""
    r.script("/purged", status(500))
    e = h.endpoint(r.url("/purged"))
    h.events(1)
    h.flush()
    h.db.sql("DELETE FROM outbox")
    h.due()
    h.flush()
    check(
        "a delivery without an event is cancelled, not counted as sent",
        h.states(e) == {"CANCELLED": 1} and len(r.log("/purged")) == 1 and len(h.attempts(e)) == 1,
        (h.states(e), h.attempts(e)),
    )


def stopped(h, r):
    r.script("/stop", status(200, delay=1))
    e = h.endpoint(r.url("/stop"))
    h.events(20)
    p = h.start("--seconds", "50")
    wait_for(
        lambda: len(r.log("/stop")) >= 2
        and h.db.one("SELECT COUNT(*) FROM outbox WHERE pending = 1") == "0"
    )
    p.terminate()
    code = p.wait(60)
    n = len(r.log("/stop"))
    check(
        "SIGTERM: what is on its way ends, the rest is given back untried",
        code == 0
        and n < 20
        and h.states(e) == {"DELIVERED": n, "PENDING": 20 - n}
        and h.db.one("SELECT COUNT(*) FROM webhook_deliveries WHERE lease IS NOT NULL") == "0"
        and h.db.one(
            "SELECT COALESCE(SUM(attempts), 0)"
            " FROM webhook_deliveries"
            " WHERE status = 'PENDING' AND endpoint_id = %s" % raw_id(e)
        )
        == "0",
        (code, n, h.states(e)),
    )
    r.script("/stop", status(200))
    h.flush()
    check("and goes out with the next", delivered(h, e, 20), h.states(e))


def blocked(h, r):
    """What a sender has locked is in no writer's way."""
    h.endpoint(r.url("/lock"))
    h.events(5)
    other = Db(h.site)
    other.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    other.sql("BEGIN")
    other.sql(
        "SELECT id"
        " FROM outbox FORCE INDEX (outbox_pending)"
        " WHERE pending = 1"
        " ORDER BY id"
        " LIMIT 256 FOR UPDATE SKIP LOCKED"
    )
    h.events(1)  # or fails: the lock ends below
    rc = h.flush()
    other.sql("ROLLBACK")
    other.close()
    check(
        "an event is written at once while others are handed on, and another sender sends it",
        rc[0] == 0 and len(r.log("/lock")) == 1,
        (rc, len(r.log("/lock"))),
    )
    h.flush()
    check("and the rest", len(r.log("/lock")) == 6)


def database_away(h, r):
    e = h.endpoint(r.url("/away"))
    p = h.start("--seconds", "12")
    for _ in range(3):
        h.events(100)
        time.sleep(0.4)
        h.db.close()
        h.site.mariadb("kill")
        time.sleep(0.5)
        h.site.mariadb("start")
        h.db = Db(h.site)
    wait_for(lambda: h.states(e).get("DELIVERED") == 300, 6)
    code = p.wait(60)

    def all_are_sent():
        h.due("lease IS NOT NULL")
        h.flush()
        return h.states(e).get("DELIVERED") == 300

    wait_for(all_are_sent, 60)
    log = {}
    for x in r.log("/away"):
        log[x["header"]["webhook-id"]] = log.get(x["header"]["webhook-id"], 0) + 1
    check(
        "the database killed three times under a sender: nothing lost, at most one duplicate each",
        delivered(h, e, 300) and len(log) == 300 and max(log.values()) <= 2 and code in (0, 1),
        (code, h.states(e), len(log), max(log.values() or [0])),
    )
    h.db.close()
    h.site.mariadb("kill")
    code, said = h.flush("--seconds", "2")
    check(
        "away to the end: exit status 1, said once",
        code == 1 and len(re.findall("cannot connect", said)) == 1,
        (code, said),
    )
    code, said = h.flush("--once")
    check("--once likewise, without waiting", code == 1, (code, said))
    h.site.mariadb("start")
    h.db = Db(h.site)


# ---- watching ----


def watching(h, r):
    e, ids = h.c.on_sale("Watched", [1000])
    h.endpoint(r.url("/watch"), ["order.completed"])
    p = h.start("--seconds", "30")
    wait_for(
        lambda: h.db.one(
            "SELECT COUNT(*) FROM webhook_senders WHERE ended_at IS NULL AND pid = %d" % p.pid
        )
        == "1"
    )
    times = []
    for n in range(20):
        sold = h.c.order(e, [(ids[0], 1)])
        at = time.time()
        got = wait_for(lambda: r.log("/watch")[n : n + 1], 5)
        times.append(got[0]["at"] - at if got else 99)
        if n == 0:
            check(
                "a sale arrives: the order as the API shows it",
                sold.data["id"].encode() in got[0]["body"] and b'"isTest":false' in got[0]["body"],
                got,
            )
    times.sort()
    print(
        "# from the order answered to the receiver: p50 %.0f ms, slowest %.0f ms"
        % (times[10] * 1000, times[-1] * 1000)
    )
    check("a second after the sale at the latest", times[10] < 1 and times[-1] < 2, times)
    with open("/proc/%d/stat" % p.pid) as f:
        begin = sum(int(x) for x in f.read().split()[13:15])
    time.sleep(4)
    with open("/proc/%d/stat" % p.pid) as f:
        used = (sum(int(x) for x in f.read().split()[13:15]) - begin) / os.sysconf("SC_CLK_TCK")
    check("watching costs next to nothing", used < 0.15, used)
    p.terminate()
    check("told to stop: 0", p.wait(20) == 0)
    check(
        "and says when it ended",
        h.db.one("SELECT ended_at IS NOT NULL FROM webhook_senders") == "1",
    )


def options(h):
    code, said = h.flush("--help")
    check("--help", code == 0 and "usage: webhook-flush" in said, said)
    for args in (
        ("--nonsense",),
        ("--seconds", "0"),
        ("--seconds", "x"),
        ("--seconds", "99999999"),
        ("stray",),
    ):
        code, said = h.flush(*args)
        check("not understood: %s" % " ".join(args), code == 2 and "usage" in said, (code, said))
    code, said = h.flush("--once", "--seconds", "300", timeout=60)
    check("--once with --seconds ends when nothing is due", code == 0, (code, said))
    code, said = h.flush("--check")
    check("--check", code == 0 and " 0 failed" in said, said)
    p = h.start("--once", wrap=("env", "TG_CONF=/nonexistent"))
    check("--conf wins over the environment", p.wait(30) == 0)
    import subprocess
    from webhook_fixture import FLUSH

    p = subprocess.run([FLUSH, "--conf", "/nonexistent.conf"], capture_output=True, text=True)
    check("no configuration: 1, and why", p.returncode == 1 and "/nonexistent.conf" in p.stderr, p)


# ---- 30 days ----


def purge(h, r):
    e, dropped = h.endpoint(r.url("/old")), h.endpoint(r.url("/dropped"))
    h.events(1500)
    h.flush()
    h.events(5)
    h.flush()
    shift = (
        "UNHEX(CONCAT(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) - 31 * 86400000), 12, '0'), "
        "RIGHT(HEX(%s), 20)))"
    )
    for table, column in (("webhook_attempts", "delivery_id"), ("webhook_deliveries", "id")):
        h.db.sql(
            "UPDATE %s"
            " SET %s = %s"
            " WHERE delivery_id IN (SELECT d.id FROM webhook_deliveries d JOIN (SELECT outbox_id"
            " FROM webhook_deliveries ORDER BY id DESC LIMIT 10) n ON 1 = 1 GROUP BY d.id"
            " HAVING SUM(d.outbox_id = n.outbox_id) = 0)" % (table, column, shift % column)
            if column == "delivery_id"
            else "UPDATE webhook_deliveries"
            " SET id = %s"
            " WHERE outbox_id NOT IN (SELECT * FROM (SELECT DISTINCT outbox_id"
            " FROM webhook_deliveries ORDER BY id DESC LIMIT 5) x)" % (shift % "id")
        )
    h.db.sql(
        "UPDATE outbox"
        " SET id = %s"
        " WHERE id NOT IN (SELECT outbox_id FROM webhook_deliveries"
        " WHERE id > UNHEX(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) - 86400000), 12, '0')))"
        % (shift % "id")
    )
    h.events(1, "order.completed")
    h.db.sql("UPDATE outbox SET id = %s WHERE pending = 1" % (shift % "id"))
    h.site.delete("/webhooks/" + dropped, h.key)
    h.site.command("sweep")
    left = [
        int(h.db.one("SELECT COUNT(*) FROM " + t))
        for t in ("webhook_deliveries", "webhook_attempts", "outbox")
    ]
    check(
        "what is older than 30 days is gone, what is not or still waits is not, "
        "and deleted endpoints went with all they had",
        left == [5, 5, 6]
        and h.db.one("SELECT COUNT(*) FROM webhook_endpoints WHERE id = %s" % raw_id(dropped))
        == "0"
        and h.db.one(
            "SELECT COUNT(*) FROM webhook_secrets WHERE endpoint_id = %s" % raw_id(dropped)
        )
        == "0"
        and h.db.one(
            "SELECT COUNT(*) FROM webhook_tallies WHERE endpoint_id = %s" % raw_id(dropped)
        )
        == "0"
        and h.get(e).status == 200,
        left,
    )
    check(
        "the tallies followed",
        h.db.sql(
            "SELECT pending, delivered, failed, cancelled"
            " FROM webhook_tallies"
            " WHERE endpoint_id = %s" % raw_id(e)
        )
        == [["0", "5", "0", "0"]],
    )


# ---- status ----


def shown(h, r):
    import json

    r.script("/sick", status(500))
    sick = h.endpoint(r.url("/sick"))
    h.events(1)
    h.rounds()
    said = json.loads(h.site.command("webhook", "status", "--json").stdout)
    check(
        "webhook status: the failing endpoint",
        [x["id"] for x in said["endpoints"]] == [sick]
        and said["endpoints"][0]["consecutiveFailures"] == 1
        and not said["nobodySends"],
        said,
    )
    h.events(3)
    h.db.sql("UPDATE outbox SET created_at = created_at - INTERVAL 5 MINUTE WHERE pending = 1")
    p = h.site.command("webhook", "status", "--json", check_status=False)
    said = json.loads(p.stdout)
    check(
        "webhook status: what waits too long, exit status 1",
        p.returncode == 1 and said["eventsWaiting"] == 3 and said["late"],
        said,
    )
    h.db.sql("UPDATE webhook_senders SET seen_at = seen_at - INTERVAL 1 HOUR")
    p = h.site.command("webhook", "status", check_status=False)
    check(
        "webhook status: nobody sends",
        p.returncode == 1
        and "No sender is running" in p.stdout
        and "/sick" in p.stdout
        and sick in p.stdout,
        p.stdout,
    )


def on_a_site(*parts):
    """Each part has endpoints of its own; those of the parts before are ended."""
    with WebhookFixture() as h:
        for part in parts:
            r = Receiver()
            try:
                part(h, r)
                wrong = h.wrong()
                check(
                    "%s: everything counted again agrees" % part.__name__,
                    not wrong,
                    "\n".join(wrong),
                )
            finally:
                r.stop()
            h.db.sql(
                "UPDATE webhook_endpoints"
                " SET deleted_at = UTC_TIMESTAMP(3), source_id = NULL;"
                " DELETE"
                " FROM webhook_deliveries;"
                " DELETE"
                " FROM webhook_attempts;"
                " UPDATE outbox"
                " SET pending = NULL;"
                " UPDATE webhook_tallies"
                " SET pending = 0, delivered = 0, failed = 0, cancelled = 0;"
                " DELETE"
                " FROM audit"
                " WHERE action = 'webhook.disable';"
                " DELETE"
                " FROM counters"
                " WHERE name LIKE 'endpoints:%'"
            )
        options(h)


if __name__ == "__main__":
    on_a_site(
        matching,
        sent_at_once,
        history_costs_nothing,
        attempts,
        ten,
        many_at_once,
        gone,
        backlog_of_disabled,
        changes,
        eight,
        fenced,
        spent,
        purged,
        stopped,
        blocked,
        watching,
        database_away,
        purge,
        shown,
    )
    schedule()
    retry_after()
    finish()
