"""Orders that are committed in another order than they were made."""
import random
import threading
import time

from box_office_client import order_body, raw_id
from concurrency import wait_for_a_lock_wait

WRITERS = 24
TYPE = {"price": 100, "quantity": 1000000, "maxPerOrder": 10, "published": True}


def on_sale(site, key):
    """(event, its three ticket types)"""
    types = [dict(TYPE, name=name) for name in ("A", "B", "C")]
    body = {"name": "Watched", "dateTime": "2031-01-01T20:00:00Z", "tickets": types}
    e = site.post("/events", key, body).data
    site.post("/events/%s/publish" % e["id"], key)
    return e["id"], [t["id"] for t in e["tickets"]]


def buy(site, key, event, ticket, connection=None):
    body = order_body(event, [(ticket, 1)])
    return site.post("/orders", key, body, mount="/box-office/v1", connection=connection)


def hold_row(lock, ticket):
    lock.sql("START TRANSACTION")
    lock.sql("SELECT id FROM ticket_types WHERE id = %s FOR UPDATE" % raw_id(ticket))


class HeldUp:
    """Order A (`first`, after release()) is made first and waits; order B (`second`) is committed
    before it. waits: whether A did."""

    def __init__(self, site, key, db, lock):
        self.lock, self.first = lock, None
        self.event, (a, b, _) = on_sale(site, key)
        hold_row(lock, a)
        self.thread = threading.Thread(target=self.make, args=(site, key, a))
        self.thread.start()
        self.waits = wait_for_a_lock_wait(db)
        self.second = buy(site, key, self.event, b)

    def make(self, site, key, ticket):
        self.first = buy(site, key, self.event, ticket)

    def release(self):
        self.lock.sql("COMMIT")
        self.thread.join()
        return self.first


def rush(site, key, lock, seconds, beside):
    """24 writers, and rows locked at random. beside: functions that are called again and again
    until the end, each in a thread. (orders, refusals)"""
    event, types = on_sale(site, key)
    end = time.monotonic() + seconds
    made, refused = [], []

    def write():
        c = site.connect()
        while time.monotonic() < end:
            r = buy(site, key, event, random.choice(types), c)
            (made if r.status == 201 else refused).append(r)
        c.close()

    def disturb():
        while time.monotonic() < end:
            hold_row(lock, random.choice(types))
            time.sleep(random.uniform(0.01, 0.2))
            lock.sql("COMMIT")

    def repeat(step):
        while time.monotonic() < end:
            step()
            time.sleep(random.uniform(0, 0.05))

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    threads += [threading.Thread(target=disturb)]
    threads += [threading.Thread(target=repeat, args=(step,)) for step in beside]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return made, refused
