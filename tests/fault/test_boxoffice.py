#!/usr/bin/env python3
"""Selling while things break. Each database call of a sale fails once, in several ways; workers,
the web server and the database are killed in the middle of a rush. Afterwards everything counted
again agrees, every acknowledged order is there, and whoever asked again with the same
Idempotency-Key bought once. TG_RUNS: how often each of them is killed in a rush of its own."""
import os
import random
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import (
    BUYER,
    Buyer,
    hold_body,
    raw_id,
    recount,
    stock_of,
    verify_output,
)  # noqa: E402
from concurrency import (
    Db,
    Fault,
    children,
    masters,
    wait_for_no_transactions,
    is_well_formed_error,
    workers,
)  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402
from sender_processes import KilledSender  # noqa: E402
from shoppers import Shoppers  # noqa: E402
from webhook_fixture import ALLOW, FLUSH  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

RUNS = int(os.environ.get("TG_RUNS", "1"))
DEADLOCK, LOCK_WAIT, LOST = 1213, 1205, 2013
MODES = [
    ("deadlock", DEADLOCK, 0),
    ("lock wait", LOCK_WAIT, 0),
    ("lost before", LOST, 0),
    ("lost reply", LOST, 1),
]
FEW = [MODES[0], MODES[3]]  # of what differs from the others in who asks
KINDS = {1: "prepare", 2: "execute", 3: "query", 4: "commit", 5: "rollback"}


class Case:
    """setup() before each try; send() may be sent again; (sold, held) of the ticket type must have
    moved by `effect`, or not at all."""

    def __init__(
        self, c, db, name, status, effect, setup, send, types=1, price=10, modes=MODES, **more
    ):
        (
            self.c,
            self.db,
            self.name,
            self.status,
            self.moves,
            self.prepare,
            self.post,
            self.modes,
            self.n,
        ) = (c, db, name, status, effect, setup, send, modes, 0)
        self.event, self.tickets = c.on_sale(
            "Fault: " + name, [{"quantity": 5000, "price": price}] * types, **more
        )

    def setup(self):
        self.n += 1
        self.key = {"Idempotency-Key": "%s-%d" % (self.name.replace(" ", "-"), self.n)}
        self.wanted = [(t, 2) for t in self.tickets]
        self.before = None
        self.made = self.prepare(self)
        self.before = [stock_of(self.db, t)[:2] for t in self.tickets]

    def send(self):
        return self.post(self)

    def effect(self):
        moved = [
            (s - b[0], h - b[1])
            for (s, h, _), b in zip([stock_of(self.db, t) for t in self.tickets], self.before)
        ]
        return (
            0
            if moved == [(0, 0)] * len(moved)
            else 1
            if moved == [self.moves] * len(moved)
            else moved
        )


def made(r):
    if r.status != 201:
        raise RuntimeError(repr(r))
    return r.data


def near_the_end(k):
    """Two are left of those that were told to be low: the order takes them, so everything is
    told."""
    for t in k.tickets:
        k.db.sql(
            "UPDATE ticket_types"
            " SET quantity = sold + held + 2, low_inventory_threshold = 3, low_notified = FALSE"
            " WHERE id = %s" % raw_id(t)
        )
    k.db.sql("UPDATE event_stock SET sold_out = FALSE WHERE event_id = %s" % raw_id(k.event))


def over(k):
    """Everything is held by a hold that is over."""
    near_the_end(k)
    h = made(k.c.hold(k.event, k.wanted))["id"]
    k.db.sql(
        "SET @at = NOW(3);"
        " UPDATE hold_items"
        " SET expires_at = @at"
        " WHERE hold_id = %s;"
        " UPDATE holds"
        " SET expires_at = @at"
        " WHERE id = %s" % (raw_id(h), raw_id(h))
    )


def visit(k, path, body, again=True):
    return k.c.site.post(path, None, body, headers=k.key if again else None, mount="/public/v1")


def cases(c, db):
    def hold(k):
        return made(k.c.hold(k.event, k.wanted))["id"]

    def order(k):
        return made(k.c.order(k.event, k.wanted))["id"]

    def buy(k):
        return k.c.order(k.event, k.wanted, headers=k.key)

    return [
        Case(c, db, "order", 201, (2, 0), lambda k: None, buy),
        Case(
            c,
            db,
            "order of the last",
            201,
            (2, 0),
            near_the_end,
            buy,
            types=2,
            eventCapacity=100000,
        ),
        Case(c, db, "order after an expired hold", 201, (2, -2), over, buy),
        Case(
            c,
            db,
            "hold",
            201,
            (0, 2),
            lambda k: None,
            lambda k: k.c.hold(k.event, k.wanted, headers=k.key),
        ),
        Case(
            c, db, "order from a hold", 201, (2, -2), hold, lambda k: k.c.use(k.made, headers=k.key)
        ),
        Case(
            c,
            db,
            "a visitor's hold",
            201,
            (0, 2),
            lambda k: None,
            lambda k: visit(k, "/holds", hold_body(k.event, k.wanted)),
            modes=FEW,
        ),
        Case(
            c,
            db,
            "a visitor's order",
            201,
            (2, -2),
            lambda k: made(visit(k, "/holds", hold_body(k.event, k.wanted), False))["id"],
            lambda k: visit(k, "/orders", {"holdId": k.made, "buyer": BUYER}),
            price=0,
            modes=FEW,
        ),
        Case(c, db, "refund", 200, (-2, 0), order, lambda k: k.c.refund(k.made, headers=k.key)),
    ]


def judge(case, r, fired, late):
    effect = case.effect()
    if effect not in (0, 1):
        return "half an effect: %s" % effect
    if r.status == case.status:
        return "" if effect == 1 else "acknowledged, but nothing is there"
    if (
        not fired
        or r.status not in (409, 503)
        or not is_well_formed_error(r)
        or not r.headers.get("retry-after")
    ):
        return "status %d" % r.status
    return "refused, yet done" if effect and not late else ""


def retried(case):
    """Under the same key until it is answered: success, and one effect."""
    r = wait_for(
        lambda: (
            lambda a: a if a.status == case.status or not a.headers.get("retry-after") else None
        )(case.send()),
        10,
    )
    if not r or r.status != case.status:
        return "the retry answers %r" % r
    return "" if case.effect() == 1 else "after the retry: %s" % case.effect()


def sweep(case, fault, error, late):
    wrong, told = [], {}
    for n in range(1, 90):
        case.setup()
        fault.arm(n, error, late)
        r = case.send()
        fired, where = fault.disarm()
        told[r.status] = told.get(r.status, 0) + 1
        problem = judge(case, r, fired, late) or (retried(case) if fired else "")
        if problem:
            wrong.append("call %d (%s): %s: %r" % (n, KINDS.get(where, "-"), problem, r))
        if not fired:
            return n - 1, wrong, told
    return 90, wrong + ["never a clean pass"], told


def every_call():
    folder = tempfile.mkdtemp(prefix="tg-fault-")
    fault = Fault(folder)
    try:
        with Site(workers=1, wrap=fault.wrap, conf="key_cache = 0\nanswer_cache = 0") as site:
            c, db = Buyer(site, site.key()), Db(site)
            site.command("org", "set", "test", "--checkout-url", "https://shop.example/pay")
            for case in cases(c, db):
                for mode, error, late in case.modes:
                    n, wrong, told = sweep(case, fault, error, late)
                    check(
                        "%s, %s: %d calls: done, or 409 or 503 with Retry-After; asked again: "
                        "done once" % (case.name, mode, n),
                        not wrong and n >= 6,
                        "\n".join(wrong) or (n, told),
                    )
                    if set(told) != {case.status}:
                        print("#   %s" % told)
                    if error in (DEADLOCK, LOCK_WAIT):
                        check(
                            "  run again by itself, but for the look-up of the key and the claim",
                            sum(told.values()) - told.get(case.status, 0) <= 2,
                            told,
                        )
                wrong = recount(db)
                check(case.name + ": everything counted again agrees", not wrong, "\n".join(wrong))
                check(case.name + ": no transaction left open", wait_for_no_transactions(db))
            again = c.order(*c.on_sale("Afterwards", [5])[:1], [])
            check(
                "afterwards all is well", again.status == 400 and c.get("/me").status == 200, again
            )
            check(
                "the same workers, not new ones",
                len(workers(site, "boxoffice")) == 1 and "killed by signal" not in site.log(),
            )
            db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kill_workers(site, shoppers, seconds=4):
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        pids = workers(site, "boxoffice")
        if pids:
            try:
                os.kill(random.choice(pids), signal.SIGKILL)
                n += 1
            except ProcessLookupError:
                pass
        time.sleep(random.uniform(0.05, 0.3))
    return n


def kill_database(site, shoppers):
    for _ in range(3):
        time.sleep(random.uniform(0.5, 1.5))
        site.mariadb("kill")
        site.mariadb("start")
    return 3


def kill_web(site, shoppers):
    for _ in range(2):
        time.sleep(random.uniform(0.5, 1.0))
        programs = list(masters(site).values())
        helpers = children(site.lighttpd.pid)
        site.lighttpd.kill()
        site.lighttpd.wait()
        site.lighttpd = None
        for pid in set(programs + helpers):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        wait_for(
            lambda: not any(os.path.exists("/proc/%d" % pid) for pid in programs + helpers), 20
        )
        site.start_web()
    return 2


def killed():
    receiver = Receiver()
    with Site(workers=6, database="innodb-flush-log-at-trx-commit=1", conf=ALLOW) as site:
        key = site.key()
        hook = {"url": receiver.url("/sold"), "events": ["order.completed"]}
        check("a webhook", site.post("/webhooks", key, hook).status == 201)
        seller = Buyer(site, key)
        kinds = (
            ("workers", kill_workers),
            ("the database", kill_database),
            ("the web server", kill_web),
        )
        for run, (name, kill) in ((run, kind) for run in range(RUNS) for kind in kinds):
            e, ids = seller.on_sale("Killed: " + name, [400, 400, 400], eventCapacity=900)
            shoppers = Shoppers(site, key, e, ids, "%s-%d" % (name.split()[-1], run))
            sender = KilledSender(site, [FLUSH], "webhook_deliveries")
            if not wait_for(lambda: len(shoppers.bought) > 20, 30):
                check("%s: a rush before the kill" % name, False, shoppers.answers)
            kills = kill(site, shoppers)
            sold = len(shoppers.bought)
            wait_for(lambda: len(shoppers.bought) > sold + 20 or len(shoppers.bought) >= 450, 15)
            shoppers.end()
            db = Db(site)
            print(
                "# %s: %d kills, answers %s, %d bought"
                % (name, kills, shoppers.answers, len(shoppers.bought))
            )
            check(
                "%s killed %d times: everybody got an answer in the end" % (name, kills),
                kills and not shoppers.stuck,
                shoppers.stuck[:3],
            )
            check(
                "it sells again",
                len(shoppers.bought) > sold or len(shoppers.bought) >= 450,
                (sold, len(shoppers.bought)),
            )
            sender.end(db)
            check("no transaction left open", wait_for_no_transactions(db, 30))
            told = {x["header"]["webhook-id"] for x in receiver.log()}
            receiver.clear()
            untold = [
                row[0]
                for row in db.sql(
                    "SELECT LOWER(HEX(x.id)) FROM outbox x JOIN orders o ON o.id = x.subject_id"
                    " WHERE x.type = 'order.completed' AND o.event_id = %s" % raw_id(e)
                )
                if "evt_" + row[0] not in told
            ]
            check(
                "the receiver was told of every sale, although %d senders were killed"
                % sender.kills,
                told and sender.kills and not untold,
                (len(told), untold[:3]),
            )
            there = {
                row[0]: row[1]
                for row in db.sql(
                    "SELECT LOWER(HEX(id)), buyer_email FROM orders WHERE event_id = %s" % raw_id(e)
                )
            }
            lost = [
                (i, n)
                for i, n in shoppers.bought
                if there.get(i.replace("-", "")) != n + "@example.com"
            ]
            check(
                "every acknowledged order is there (%d)" % len(shoppers.bought), not lost, lost[:5]
            )
            check(
                "nobody bought twice, and nothing is there that nobody knows",
                len(there) == len(shoppers.bought) == len(set(there.values())),
                (len(there), len(shoppers.bought), len(set(there.values()))),
            )
            wrong = recount(db)
            check("everything counted again agrees", not wrong, "\n".join(wrong))
            db.close()
        wrong = verify_output(site)
        check("ticketgate verify agrees", not wrong, wrong)
    receiver.stop()


every_call()
killed()
finish()
