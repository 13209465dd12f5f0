#!/usr/bin/env python3
"""No room on a disk: the database's, the web server's for request bodies, that of logs and of the
shared file. Requests are told 503 with Retry-After, nothing that was acknowledged is lost, and with
room again all goes on by itself."""
import os
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer  # noqa: E402
from concurrency import Db, is_well_formed_error, wait_for_no_transactions  # noqa: E402
from harness import check, finish, wait_for  # noqa: E402
from kill_judge import judge  # noqa: E402
from kill_victims import KillSite  # noqa: E402
from program_processes import Processes, end_all, kill, started  # noqa: E402
from shoppers import Shoppers  # noqa: E402


def refused(c, event, tickets):
    """The first answer to an order that the full disk refuses; None: none was."""
    body = {"name": "N" * 100, "email": "n@example.com"}
    for _ in range(3000):
        r = c.order(event, [(t, 1) for t in tickets], buyer=body)
        if r.status != 201:
            return r
    return None


def selling(site, key):
    c = Buyer(site, key)
    event, ids = c.on_sale("Disk full", [100000] * 3)
    shoppers = Shoppers(site, key, event, ids, "full", n=6, visitors=True)
    wait_for(lambda: len(shoppers.bought) > 20, 30)
    site.store.disk_full(True)
    met = wait_for(lambda: shoppers.answers.get(503, 0) > 20, 60)
    check("the database's disk is full: orders are told 503", met, shoppers.answers)
    log = [line for line in site.log().splitlines() if "is full" in line or "Disk full" in line]
    check("the log says what is full", log, site.log()[-800:])
    r = c.get("/events/" + event)
    site.database_has_room()
    check(
        "reading goes on, if the database does",
        r.status == 200 or site.database_ends > 0,
        (r.status, site.database_log()[-900:]),
    )
    sold = len(shoppers.bought)
    again = wait_for(lambda: len(shoppers.bought) > sold + 20, 30)
    check("with room again it sells by itself", again, (sold, len(shoppers.bought)))
    shoppers.end()
    db = Db(site)
    check("no transaction is left open", wait_for_no_transactions(db, 30))
    wrong = judge(db, shoppers)
    check("nothing is lost, twice or counted wrong", not wrong, "\n".join(wrong))
    db.close()


def the_message(site, key):
    c = Buyer(site, key)
    event, ids = c.on_sale("Disk full: message", [100000] * 3)
    site.store.disk_full(True)
    r = refused(c, event, ids)
    site.database_has_room()
    check(
        "the refusal is 503 as JSON with hint and Retry-After",
        r is not None and r.status == 503 and is_well_formed_error(r),
        r,
    )
    check("the next order is sold", c.order(event, [(ids[0], 1)]).status == 201)


def giving_up(site, key):
    """What InnoDB does when a rollback finds no room: the server ends, and is started again."""
    c = Buyer(site, key)
    event, ids = c.on_sale("Disk full: the database ends", [100000])
    ends = site.database_ends
    site.store.disk_full(True)
    os.kill(site.database_pid, signal.SIGABRT)
    wait_for(lambda: not started(site.database_pid), 30)
    r = c.order(event, [(ids[0], 1)])
    site.database_has_room()
    check("the database has ended: 503", r.status == 503 and is_well_formed_error(r), r)
    check("that it ended is counted once", site.database_ends == ends + 1, site.database_ends)
    check("started again, it sells", c.order(event, [(ids[0], 1)]).status == 201)


def each_table(site, key):
    """Whichever table is full first: the log names it."""
    db = Db(site)
    for table in ("idempotency", "audit", "events"):
        db.sql(
            f"CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW"
            f" SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = '{table} has no room'"
        )
        body = {"name": table, "dateTime": "2030-01-01T00:00:00Z"}
        r = site.post("/events", key, body, headers={"Idempotency-Key": table})
        db.sql("DROP TRIGGER no_room")
        check(f"{table} is full: 503", r.status == 503 and is_well_formed_error(r), r)
        check(f"{table} is full: the log names it", f"{table} has no room" in site.log())
    db.close()


def senders(site):
    """The senders live on, and send what they could not write down."""
    before = [s.p.pid for s in site.senders]
    site.store.disk_full(True)
    wait_for(lambda: site.store.met() > 0, 5)
    site.database_has_room()
    db = Db(site)
    for what, left in (
        ("everything is dequeued", "SELECT COUNT(*) FROM outbox WHERE pending = 1"),
        ("all mail is sent", "SELECT COUNT(*) FROM mail_messages WHERE status <> 'DELIVERED'"),
    ):
        check(what, wait_for(lambda: db.one(left) == "0", 60), db.one(left))
    after = [s.p.pid for s in site.senders if s.p.poll() is None]
    check("the senders did not end", after == before, (before, after))
    db.close()


def bodies(site, key):
    """Bodies above 64 KiB, which lighttpd keeps on disk until they have arrived."""
    large = {"name": "Large", "dateTime": "2030-01-01T00:00:00Z", "notes": "x" * 200000}
    usual = site.post("/events", key, large).status
    site.disaster.disk_full(True)
    r = site.post("/events", key, large)
    small = site.get("/me", key)
    site.disaster.disk_full(False)
    check(
        "no room for a large body: an error of 5xx or 413 as JSON, or the usual answer",
        r.status in (413, 503, 507, usual) and (r.error.get("code") or r.status == usual),
        r,
    )
    check("meanwhile others are answered", small.status == 200, small)
    check("with room again it is as usual", site.post("/events", key, large).status == usual)


def starting(site, key):
    """A program that starts on a full disk, without a shared file."""
    wait_for(lambda: Processes(site, "keys").whole(site), 20)
    os.unlink(site.dir + "/shm")
    site.disaster.disk_full(True)
    before = Processes(site, "keys").master
    kill(before)
    new = wait_for(lambda: Processes(site, "keys").master not in (None, before), 20)
    got = [site.get("/me", key).status for _ in range(20)]
    check("a program starts on a full disk, and serves", new and got == [200] * 20, got)
    site.disaster.disk_full(False)
    check("and serves with room again", site.get("/me", key).status == 200)


def main():
    folder = tempfile.mkdtemp(prefix="tg-full-")
    os.chmod(folder, 0o755)
    site = KillSite(folder)
    try:
        key = site.key()
        for test in (selling, the_message, giving_up, each_table, bodies, starting):
            test(site, key)
        senders(site)
    finally:
        site.disaster.disk_full(False)
        site.store.disk_full(False)
        for sender in site.senders:
            sender.stop()
        site.stop_web()
        end_all(site)
        site.stop()
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
