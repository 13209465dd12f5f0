#!/usr/bin/env python3
"""Cached responses while processes are killed. On a single node they are kept for an hour here, so
whatever is outdated and not invalidated stays so. A change is made by a process that is killed
before or after each of its database calls, COMMIT among them, and by a command likewise: soon
after, everybody reads what the database holds. Then readers race writers whose processes are killed
at random: who starts to read after a change was answered sees it."""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer  # noqa: E402
from concurrency import Db, Fault, sessions, wait_for_workers, workers  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402

SECONDS = float(os.environ.get("TG_SECONDS") or 6)
CONF = "single_node_cache = 3600s\nkey_cache = 0"
MOST_CALLS = 60


class Shown:
    """An event, as a key and as visitors read it, and as the database holds it."""

    def __init__(self, site, key, db):
        self.site, self.key, self.db, self.n = site, key, db, 0
        self.buyer = Buyer(site, key)
        self.event, (self.ticket,) = self.buyer.on_sale("Killed", [10**6])
        self.slug = self.buyer.get("/events/" + self.event).data["slug"]

    def by_key(self):
        e = self.site.get("/events/" + self.event, self.key).data
        return e["name"], e["ticketsSold"]

    def by_visitors(self):
        e = self.site.get("/events/test/" + self.slug, mount="/public/v1").data
        return e["name"], 10**6 - e["tickets"][0]["remaining"]

    def stored(self):
        name, sold = self.db.sql(
            "SELECT e.name, t.sold FROM events e JOIN ticket_types t ON t.event_id = e.id"
            " WHERE e.id = x'%s'" % self.event.replace("-", "")
        )[0]
        return name, int(sold)

    def agrees(self):
        stored = self.stored()
        return self.by_key() == stored and self.by_visitors() == stored

    def rename(self):
        self.n += 1
        self.site.patch("/events/" + self.event, self.key, {"name": "Named %d" % self.n})

    def sell(self):
        self.buyer.order(self.event, [(self.ticket, 1)])


def attempt(change):
    try:
        change()
    except (OSError, ValueError, RuntimeError):
        pass  # killed


def killed_at_each_call(shown, fault, name, change):
    wrong, fired, n = [], 1, 0
    while fired and n < MOST_CALLS:
        n += 1
        for _ in range(2):
            shown.by_key(), shown.by_visitors()  # cached again
        fault.arm(n, signal.SIGKILL, 1)
        attempt(change)
        fired, _ = fault.disarm()
        if not wait_for(shown.agrees, 20):
            wrong.append((n, shown.by_key(), shown.by_visitors(), shown.stored()))
    check(
        "%s, killed after each of %d calls: nothing outdated is kept" % (name, n - 1),
        n > 3 and not wrong,
        wrong[:3],
    )


def command_killed(site, shown, fault):
    """The organization's name is shown with its events."""
    wrong, fired, n = [], 1, 0

    def seen():
        r = site.get("/events/test/" + shown.slug, mount="/public/v1")
        return r.data["organization"]["name"]

    while fired and n < MOST_CALLS:
        n += 1
        seen(), seen()
        fault.arm(n, signal.SIGKILL, 1)
        subprocess.run(
            fault.wrap.split()
            + [site.build + "/ticketgate", "--conf", site.conf, "org", "set", "test"]
            + ["--name", "Org %d" % n],
            capture_output=True,
        )
        fired, _ = fault.disarm()
        stored = shown.db.sql("SELECT name FROM organizations WHERE slug = 'test'")[0][0]
        if not wait_for(lambda: seen() == stored, 20):
            wrong.append((n, seen(), stored))
    check(
        "a command, killed after each of %d calls: likewise" % (n - 1), n > 3 and not wrong, wrong
    )


def file_replaced(site, shown):
    """The shared file is removed while programs run (RemoveIPC in logind.conf(5)): one makes
    another and keeps a response there, another has looked for the file a moment ago and changes the
    event."""
    path, ticket = "/events/" + shown.event, "/tickets/" + shown.ticket

    def price():
        return site.get(path, shown.key).data["tickets"][0]["price"]

    price()
    time.sleep(1.2)  # its program is going to look again
    site.patch(ticket, shown.key, {"price": 7})
    os.unlink(site.dir + "/shm")
    seen = [price(), price()]
    site.patch(ticket, shown.key, {"price": 8})
    seen.append(price())
    check("a change through a file that was removed is seen", seen == [7, 7, 8], seen)


def slow_read(shown, meanwhile):
    """A visitor's read that waits in the middle until `meanwhile` has returned; then another."""
    lock = Db(shown.site)
    lock.sql("LOCK TABLES performers WRITE", told=False)
    path, fresh = "/events/test/" + shown.slug, {"Cache-Control": "no-cache"}
    slow = threading.Thread(target=lambda: shown.site.get(path, mount="/public/v1", headers=fresh))
    slow.start()
    waits = wait_for(
        lambda: any(state.startswith("Waiting for table") for *_, state in sessions(lock)),
        30,
    )
    meanwhile()
    lock.sql("UNLOCK TABLES", told=False)
    slow.join()
    lock.close()
    return waits, shown.site.get(path, mount="/public/v1").data


def slow_reads(site, shown):
    """What was read before a change is not kept as if it had been read when it was stored."""
    site.post("/events/%s/performers" % shown.event, shown.key, {"name": "Ana"})
    left = shown.site.get("/events/test/" + shown.slug, mount="/public/v1").data
    left = left["tickets"][0]["remaining"]

    def sell():
        shown.sell()
        time.sleep(1.1)  # longer than answer_cache

    waits, seen = slow_read(shown, sell)
    check(
        "a sale beside a slow read is seen in time",
        waits and seen["tickets"][0]["remaining"] == left - 1,
        (waits, left, seen),
    )
    opens = time.time() + 4
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(opens))
    site.patch("/tickets/" + shown.ticket, shown.key, {"salesStartAt": soon})
    waits, seen = slow_read(shown, lambda: time.sleep(max(opens - time.time(), 0) + 0.1))
    check(
        "sales that begin beside a slow read have begun for the next",
        waits and seen["sale"]["state"] == "ON_SALE",
        (waits, seen["sale"]),
    )


def race(site, shown):
    """Changes carry rising numbers; each reader must see at least the last one answered before."""
    answered, reads, stale = [0], [0], []
    end = time.monotonic() + SECONDS

    def write():
        n = 0
        while time.monotonic() < end:
            n += 1
            try:
                r = site.patch("/tickets/" + shown.ticket, shown.key, {"price": n})
                if r.status == 200:
                    answered[0] = n
            except (OSError, ValueError):
                pass

    def read():
        while time.monotonic() < end:
            least = answered[0]
            try:
                r = site.get("/events/" + shown.event, shown.key)
            except (OSError, ValueError):
                continue
            if r.status == 200:
                reads[0] += 1
                if r.data["tickets"][0]["price"] < least:
                    stale.append((least, r.data["tickets"][0]["price"]))

    def sell():
        while time.monotonic() < end:
            attempt(shown.sell)

    def kill():
        while time.monotonic() < end:
            time.sleep(random.uniform(0.05, 0.2))
            for program in ("tickets", "events", "boxoffice"):
                pids = workers(site, program)
                if pids:
                    try:
                        os.kill(random.choice(sorted(pids)), signal.SIGKILL)
                    except ProcessLookupError:
                        pass

    threads = [threading.Thread(target=f) for f in (write, sell, kill, read, read, read)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(
        "%d reads beside changes and killed workers: none was behind" % reads[0],
        reads[0] and answered[0] and not stale,
        stale[:3],
    )
    check("in the end everybody reads what the database holds", wait_for(shown.agrees, 30))


def main():
    folder = tempfile.mkdtemp(prefix="tg-fault-")
    fault = Fault(folder)
    try:
        with Site(workers=1, wrap=fault.wrap, conf=CONF) as site:
            wait_for_workers(site)
            db = Db(site)
            shown = Shown(site, site.key(), db)
            killed_at_each_call(shown, fault, "an edit", shown.rename)
            killed_at_each_call(shown, fault, "a sale", shown.sell)
            command_killed(site, shown, fault)
            db.close()
        with Site(workers=1, conf=CONF) as site:
            db = Db(site)
            shown = Shown(site, site.key(), db)
            file_replaced(site, shown)
            db.close()
        with Site(workers=3, conf=CONF) as site:
            wait_for_workers(site)
            db = Db(site)
            slow_reads(site, Shown(site, site.key(), db))
            race(site, Shown(site, site.key(), db))
            db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
