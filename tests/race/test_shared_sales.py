#!/usr/bin/env python3
"""Requests that wait at one worker are sold in one transaction: each gets what it would get alone,
the last tickets go in order of arrival, and whatever fails is judged alone. The worker is stopped
while the requests are sent, so that they wait together whatever the machine's speed."""
import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import (  # noqa: E402
    BUYER,
    Buyer,
    hold_body,
    order_body,
    raw_id,
    recount,
    stock_of,
    verify_output,
)
from concurrency import Db, wait_for_a_lock_wait, wait_for_workers  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402
from waiting_requests import (  # noqa: E402
    Ask,
    Stopped,
    answer,
    order,
    together,
)

PUBLIC = "/public/v1"


def commits(db):
    return int(db.sql("SHOW GLOBAL STATUS LIKE 'Com_commit'")[0][1])


def told(r):
    """What an answer says, without what differs by its nature: ids, times, references, codes."""
    text = json.dumps(
        r.data
        if r.status < 400
        else [r.error.get("code"), r.error.get("message"), r.error.get("details")]
        if r.raw
        else None,
        sort_keys=True,
    )
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
    text = re.sub(r"TN-[0-9A-Z]{8}", "REFERENCE", text)
    text = re.sub(r"(REFERENCE-\d+\.\d+)-[0-9A-Z]{10}", r"\1-CHECK", text)
    return r.status, text, "etag" in r.headers, r.headers.get("idempotency-replayed")


def one_transaction(site, db, c, key):
    event, (t,) = c.on_sale("Shared", [1000])
    asks = [order(event, [(t, 1 + i % 2)], key, idempotency_key="shared-%d" % i) for i in range(20)]
    before = commits(db)
    got = together(site, asks)
    used = commits(db) - before
    check("twenty orders that wait: all are sold", [r.status for r in got] == [201] * 20, got)
    check("  in fewer transactions than orders", used < 20, used)
    check("  each has its own", len({r.data["reference"] for r in got}) == 20)
    check(
        "  each with an audit row, a notice and a ledger row of its own",
        db.sql(
            "SELECT COUNT(DISTINCT a.id), COUNT(DISTINCT x.id), COUNT(DISTINCT l.id) FROM orders o"
            " JOIN audit a ON a.resource_id = o.id JOIN outbox x ON x.subject_id = o.id"
            " JOIN ledger l ON l.source_id = o.id WHERE o.event_id = %s GROUP BY o.id"
            % raw_id(event)
        )
        == [["1", "1", "1"]] * 20,
    )
    check(
        "  and the request id of its own",
        int(
            db.one(
                "SELECT COUNT(DISTINCT a.request_id)"
                " FROM orders o JOIN audit a ON a.resource_id = o.id"
                " WHERE o.event_id = %s" % raw_id(event)
            )
        )
        == 20,
    )
    check("  the stock is right", stock_of(db, t)[:2] == (30, 0), stock_of(db, t))
    again = together(site, asks)
    check(
        "asked again together: the same answers, replayed",
        [r.data for r in again] == [r.data for r in got]
        and all(r.headers.get("idempotency-replayed") == "true" for r in again),
        again[0],
    )
    twice = together(site, [order(event, [(t, 1)], key, idempotency_key="twice")] * 3)
    check(
        "three with one key together: one is sold, the others are told the same",
        [r.status for r in twice] == [201] * 3 and len({r.data["id"] for r in twice}) == 1,
        twice,
    )
    check("  the stock moved once", stock_of(db, t)[0] == 31)


def mixture(c, key, poor, foreign, n):
    """Requests of every kind, about an event of their own: the requests, and its ticket types."""
    event, types = c.on_sale("Mixture", [50, 50, {"quantity": 5, "maxPerOrder": 2}, 1])
    a, b, few, last = types
    c.order(event, [(last, 1)])
    holds = [c.hold(event, [(a, 1), (b, 2)]).data["id"] for _ in range(4)]
    use = {"holdId": holds[0], "buyer": BUYER}
    return types, [
        order(event, [(a, 1)], key),
        order(event, [(a, 1), (b, 1)], key, idempotency_key="mix-%d-a" % n),
        Ask("POST", "/orders", use, key),
        Ask("POST", "/orders", use, key),
        Ask("POST", "/holds", hold_body(event, [(b, 2)]), key),
        Ask("POST", "/holds", hold_body(event, [(b, 2)], ttlSeconds=61), key),
        Ask("DELETE", "/holds/" + holds[1], None, key),
        Ask("DELETE", "/holds/" + holds[1], None, key),
        Ask("GET", "/holds/" + holds[2], None, key),
        Ask("POST", "/holds/%s/extend" % holds[2], {}, key),
        Ask("POST", "/orders", {"holdId": holds[3], "eventId": event, "buyer": BUYER}, key),
        Ask("POST", "/orders", {"eventId": event, "items": [], "buyer": BUYER}, key),
        order(event, [(few, 3)], key),
        order(event, [(few, 2)], key),
        order(event, [(last, 1)], key),
        order(event, [(a, 1), (a, 1)], key),
        order(event, [(foreign, 1)], key),
        order(foreign, [(a, 1)], key),
        order(event, [(a, 0)], key),
        order(event, [(a, 1)], poor),
        order(event, [(a, 1)], None),
        Ask("POST", "/orders", dict(order_body(event, [(a, 1)]), extra=1), key),
        Ask(
            "POST",
            "/orders",
            dict(order_body(event, [(a, 1)]), extra=1),
            key,
            prefer="handling=strict",
        ),
        order(event, [(b, 1)], key, idempotency_key="mix-%d-b" % n),
        order(event, [(b, 2)], key, idempotency_key="mix-%d-b" % n),
        order(event, [(b, 1)], key, idempotency_key="mix-%d-b" % n),
    ]


def as_alone(site, db, c, key):
    """The same requests one after the other, and together."""
    poor = site.key("events:read")
    site.org("Other", "other")
    other = Buyer(site, site.key(org="other"))
    foreign = other.on_sale("Foreign", [10])[1][0]
    types, asks = mixture(c, key, poor, foreign, 1)
    alone = [together(site, [ask])[0] for ask in asks]
    twins, asks = mixture(c, key, poor, foreign, 2)
    shared = together(site, asks)
    # what is not sold is answered at once, so that it may come before what was sent earlier
    for i, (x, y) in enumerate(zip(alone, shared)):
        check("request %d of a mixture: told what it is told alone" % i, told(x) == told(y), (x, y))
    check(
        "  and the same was moved",
        [stock_of(db, t)[:2] for t in types] == [stock_of(db, t)[:2] for t in twins],
        [stock_of(db, t)[:2] for t in types + twins],
    )
    return other


def last_tickets(site, db, c, key):
    for name, quantity, wanted, right in [
        ("one each", 7, [1] * 10, [201] * 7 + [409] * 3),
        ("a large one does not fit", 7, [3, 3, 3, 1], [201, 201, 409, 201]),
        ("the first of all does not fit", 4, [5, 2, 2, 1], [409, 201, 201, 409]),
        ("all gone", 1, [1, 1, 1], [201, 409, 409]),
    ]:
        for kind in ("tickets", "places"):
            if kind == "tickets":
                event, types = c.on_sale("Last", [quantity])
            else:
                event, types = c.on_sale("Last", [1000, 1000], eventCapacity=quantity)
            got = together(
                site,
                [order(event, [(types[i % len(types)], n)], key) for i, n in enumerate(wanted)],
            )
            check(
                "the last %s, %s: in order of arrival" % (kind, name),
                [r.status for r in got] == right,
                [r.status for r in got],
            )
            sold = sum(n for n, status in zip(wanted, right) if status == 201)
            check("  and counted", sum(stock_of(db, t)[0] for t in types) == sold)
    event, (t,) = c.on_sale("Low", [{"quantity": 20, "lowInventoryThreshold": 10}])
    got = together(site, [order(event, [(t, 1)], key) for _ in range(20)])
    check("twenty of twenty with a threshold: all are sold", [r.status for r in got] == [201] * 20)
    told_low, told_out = (
        db.one(
            "SELECT COUNT(*) FROM outbox WHERE event_id = %s AND type = '%s'"
            % (raw_id(event), name)
        )
        for name in ("ticket.inventory_low", "event.sold_out")
    )
    check(
        "  low and sold out are told once",
        (int(told_low), int(told_out)) == (1, 1),
        (told_low, told_out),
    )


def several_tenants(site, db, c, key, other):
    mine, (a,) = c.on_sale("Mine", [100])
    theirs, (b,) = other.on_sale("Theirs", [100])
    asks = [order(mine, [(a, 1)], key), order(theirs, [(b, 1)], other.key)] * 5
    before = commits(db)
    got = together(site, asks + [order(mine, [(a, 1)], other.key), order(theirs, [(b, 1)], key)])
    check(
        "two organizations together: each sells its own, and not the other's",
        [r.status for r in got] == [201] * 10 + [404] * 2,
        got,
    )
    check("  in one transaction", commits(db) - before < 10, commits(db) - before)
    check(
        "  and each is written under its own",
        db.sql(
            "SELECT COUNT(DISTINCT o.org_id), COUNT(DISTINCT a.org_id), COUNT(*) FROM orders o"
            " JOIN audit a ON a.resource_id = o.id AND a.org_id = o.org_id"
            " WHERE o.event_id IN (%s, %s) GROUP BY o.event_id" % (raw_id(mine), raw_id(theirs))
        )
        == [["1", "1", "5"]] * 2,
    )


def behind_a_lock(site, db, c, key):
    """Another transaction takes nearly everything after the members have read: their guard fails,
    and each is judged by what is left."""
    event, (t,) = c.on_sale("Overtaken", [100])
    locker = Db(site)
    locker.sql("START TRANSACTION")
    locker.sql("UPDATE ticket_types SET sold = sold + 97 WHERE id = %s" % raw_id(t))
    stopped = Stopped(site)
    stopped.send([order(event, [(t, 1)], key) for _ in range(6)])
    stopped.go()
    waits = wait_for_a_lock_wait(db)
    locker.sql("COMMIT")
    got = stopped.answers()
    locker.close()
    check(
        "overtaken while it waited: three are left for six",
        waits and [r.status for r in got] == [201] * 3 + [409] * 3,
        got,
    )
    db.sql("UPDATE ticket_types SET sold = sold - 97 WHERE id = %s" % raw_id(t))


def killed(site, db, c, key):
    event, (t,) = c.on_sale("Killed", [100])
    locker = Db(site)
    locker.sql("START TRANSACTION")
    locker.sql("SELECT id FROM ticket_types WHERE id = %s FOR UPDATE" % raw_id(t))
    asks = [order(event, [(t, 1)], key, idempotency_key="killed-%d" % i) for i in range(8)]
    stopped = Stopped(site)
    stopped.send(asks)
    stopped.go()
    waits = wait_for_a_lock_wait(db)
    os.kill(stopped.pid, signal.SIGKILL)
    locker.sql("ROLLBACK")
    got = stopped.answers()
    locker.close()
    check("killed before COMMIT: nobody is told anything", waits and got == [None] * 8, got)
    wait_for_workers(site)
    check(
        "  and nothing is there",
        wait_for(lambda: stock_of(db, t)[:2] == (0, 0), 10)
        and db.one("SELECT COUNT(*) FROM orders WHERE event_id = %s" % raw_id(event)) in ("0", 0),
    )
    again = together(site, asks)
    check(
        "  asked again: each is sold once",
        [r.status for r in again] == [201] * 8 and stock_of(db, t)[0] == 8,
        again,
    )


def half_a_request(site, db, c, key):
    event, (t,) = c.on_sale("Half", [100])
    whole = order(event, [(t, 1)], key).bytes()
    stopped = Stopped(site)
    stopped.send([whole, whole, whole[: len(whole) // 2], whole])
    stopped.go()
    early = [answer(x) for x in stopped.connections[:2]]
    check(
        "half a request: those before it do not wait for the rest",
        [r.status for r in early] == [201] * 2,
        early,
    )
    stopped.connections[2].sendall(whole[len(whole) // 2 :])
    late = [answer(x) for x in stopped.connections[2:]]
    check(
        "  it is answered when it is whole, and so is the next",
        [r.status for r in late] == [201] * 2,
        late,
    )


def more_than_fit(site, db, c, key):
    event, (t,) = c.on_sale("Many", [1000])
    got = together(site, [order(event, [(t, 1)], key) for _ in range(80)])
    check(
        "eighty at once: all are sold",
        [r.status for r in got] == [201] * 80,
        [r.status for r in got],
    )
    check("  and counted", stock_of(db, t)[0] == 80)
    many = c.on_sale("Hundred", [10] * 60)
    got = together(
        site, [order(many[0], [(x, 1) for x in many[1][i : i + 50]], key) for i in range(10)]
    )
    check("ten orders of fifty types: all are sold", [r.status for r in got] == [201] * 10, got)


def visitors(site, db, c):
    event, (t,) = c.on_sale("Free", [{"quantity": 1000, "price": 0}], type="FREE")
    hold = Ask("POST", "/holds", hold_body(event, [(t, 10)]), mount=PUBLIC)
    before = commits(db)
    got = together(site, [hold] * 8, "public")
    check(
        "eight holds of ten by one visitor together: those within the limit of 50",
        [r.status for r in got] == [201] * 5 + [429] * 3,
        [r.status for r in got],
    )
    check("  in fewer transactions", commits(db) - before < 5, commits(db) - before)
    ids = [r.data["id"] for r in got if r.status == 201]
    asks = [Ask("POST", "/orders", {"holdId": x, "buyer": BUYER}, mount=PUBLIC) for x in ids[:3]]
    asks += [Ask("DELETE", "/holds/" + x, mount=PUBLIC) for x in ids[3:]]
    got = together(site, asks, "public")
    check(
        "their orders and releases together",
        [r.status for r in got] == [201] * 3 + [200] * 2,
        got,
    )
    check("  are counted", stock_of(db, t)[:2] == (30, 0), stock_of(db, t))


def with_mail():
    """Sales that are mailed share transactions as others do, with a message each."""
    lines = "mail_url = smtp://127.0.0.1:9\nmail_from = tickets@shop.example\n"  # no sender runs
    with Site(workers=1, conf=lines) as site:
        key, db = site.key(), Db(site)
        c = Buyer(site, key)
        wait_for_workers(site)
        one_transaction(site, db, c, key)
        without = db.sql(
            "SELECT HEX(o.id), COUNT(m.id) AS n FROM orders o"
            " LEFT JOIN mail_messages m ON m.order_id = o.id GROUP BY o.id HAVING n <> 1"
        )
        check("  and with a message of its own", not without, without)
        event, types = c.on_sale("Four types", [50] * 4)
        before = commits(db)
        got = together(site, [order(event, [(t, 1) for t in types], key) for _ in range(10)])
        used = commits(db) - before
        check(
            "orders of four types and their mail share, too",
            [r.status for r in got] == [201] * 10 and used < 10,
            (used, got),
        )
        c.close()
        db.close()


def main():
    with_mail()
    with Site(workers=1, conf="public_held = 50\npublic_holds = 1000\n") as site:
        key, db = site.key(), Db(site)
        c = Buyer(site, key)
        wait_for_workers(site)
        one_transaction(site, db, c, key)
        other = as_alone(site, db, c, key)
        last_tickets(site, db, c, key)
        several_tenants(site, db, c, key, other)
        more_than_fit(site, db, c, key)
        half_a_request(site, db, c, key)
        visitors(site, db, c)
        wrong = recount(db)
        check("everything counted again agrees", not wrong, "\n".join(wrong))
        behind_a_lock(site, db, c, key)
        killed(site, db, c, key)
        wrong = verify_output(site)
        check("ticketgate verify is clean", not wrong, wrong)
        check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
        db.close()
    finish()


main()
