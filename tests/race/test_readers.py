#!/usr/bin/env python3
"""A client that goes on from the last order it saw, as the polling guide says, meets every order,
although orders wait for locks and are committed in another order than they were made. The same for
the tickets of an event, events and the audit log. TG_SECONDS: how long the 24 writers write (6)."""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import raw_id  # noqa: E402
from concurrency import Db, wait_for_a_lock_wait  # noqa: E402
from harness import Site, check, finish  # noqa: E402
from late_commits import WRITERS, HeldUp, rush  # noqa: E402
from pollers import missed, pollers  # noqa: E402

SECONDS = float(os.environ.get("TG_SECONDS") or 6)
TICKETS = "/events/%s/issued-tickets"


def walk(site, key, path, cursor=None):
    """What a walk by pages of one row meets from a cursor on, and the last cursor that it saw."""
    met, last = [], cursor
    while True:
        more = "&cursor=" + cursor if cursor else ""
        got = site.get(path + more, key).json
        met += got["data"]
        cursor = got["meta"]["nextCursor"]
        if not cursor:
            return met, last
        last = cursor


def tickets_in_csv(site, key, event):
    got = site.get(TICKETS % event, key, headers={"Accept": "text/csv"})
    return len(got.raw.splitlines()) - 1


def held_up(site, key, session, db, lock):
    """Order A is made first and waits; order B is committed before it; then A is."""
    watching = pollers(site, key, session)
    for p in watching.values():
        p.poll()
    orders = HeldUp(site, key, db, lock)
    event, second = orders.event, orders.second
    check("order A waits", orders.waits)
    check("order B is committed", second.status == 201, second)
    for p in watching.values():
        p.poll()
    check(
        "while A may still be committed, B is not listed",
        second.data["id"] not in watching["orders by time"].known,
    )
    check(
        "… but found by its id",
        site.get("/orders/" + second.data["id"], key).status == 200,
    )
    for filters in ("take=1", "take=1&q=A", "take=1&status=ISSUED"):
        got = site.get(TICKETS % event + "?" + filters, key).json
        check("… nor are its tickets by " + filters, got["meta"]["nextCursor"] is None, got["meta"])
        check("… none of them", got["data"] == [], got["data"])
    attendees = site.get("/events/%s/attendees" % event, key).data
    check("… nor its attendees", attendees == [], attendees)
    check("… nor are they in the CSV file", tickets_in_csv(site, key, event) == 0)
    own = site.get("/orders/%s/issued-tickets" % second.data["id"], key).data
    check("… but by the order they are found", len(own) == 1, own)
    first = orders.release()
    check("order A is committed", first.status == 201, first)
    met = [t["order"]["id"] for t in walk(site, key, TICKETS % event + "?take=1")[0]]
    both = [first.data["id"], second.data["id"]]
    check("then the tickets of both are met, in order", met == both, met)
    check("… and in the CSV file", tickets_in_csv(site, key, event) == 2)
    left = missed(db, watching)
    for name, (ids, in_order) in left.items():
        check("held up: %s misses nothing, in order" % name, not ids and in_order, ids)


def held_up_events(site, key, db, lock):
    """Event A is made first and waits for its slug; then B and C are; then A is committed."""
    body = {"name": "In time", "dateTime": "2031-01-01T20:00:00Z"}
    before = site.post("/events", key, body).data["id"]
    path = "/events?sort=createdAt&take=1"
    lock.sql("START TRANSACTION")
    lock.sql("UPDATE events SET slug = 'wanted' WHERE id = %s" % raw_id(before))
    first = []
    waiting = threading.Thread(
        target=lambda: first.append(site.post("/events", key, dict(body, slug="wanted")))
    )
    waiting.start()
    check("event A waits", wait_for_a_lock_wait(db))
    others = [site.post("/events", key, dict(body, name=n)).data["id"] for n in ("B", "C")]
    met, cursor = walk(site, key, path)
    lock.sql("ROLLBACK")
    waiting.join()
    check("event A is committed", first[0].status == 201, first)
    met += walk(site, key, path, cursor)[0]
    ids = [e["id"] for e in met]
    wanted = [before, first[0].data["id"], *others]
    check("held up: a walk by createdAt meets all events", set(wanted) <= set(ids), (wanted, ids))
    times = [e["createdAt"] for e in met]
    check("… in order", times == sorted(times), times)


def many(site, key, session, db, lock):
    """24 writers, rows locked at random, four pollers."""
    watching = pollers(site, key, session)
    made, refused = rush(site, key, lock, SECONDS, [p.poll for p in watching.values()])
    check("24 writers sell", len(made) > WRITERS and not refused, (len(made), refused[:3]))
    left = missed(db, watching)
    for name, (ids, in_order) in left.items():
        check(
            "%s misses none of %d orders, in order" % (name, len(made)),
            not ids and in_order,
            (in_order, ids[:5]),
        )
    rows = int(db.one("SELECT COUNT(*) FROM write_epochs"))
    check("epochs are ended: two for each organization at most", rows <= 4, rows)


with Site(workers=8) as site:
    key, session, db, lock = site.key(), site.session(site.user()), Db(site), Db(site)
    held_up(site, key, session, db, lock)
    held_up_events(site, key, db, lock)
    many(site, key, session, db, lock)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
    db.close()
    lock.close()
finish()
