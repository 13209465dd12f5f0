#!/usr/bin/env python3
"""Nobody sells one ticket too many: hundreds of buyers on few tickets, holds at the moment they
end, refunds, changes of quantity and capacity, all at once. TG_RUNS: how often the 300 buyers come
(8; the acceptance wants 200). First the harness proves itself: with the guards compiled out it sees
the oversell."""
import os
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, raw_id, recount, stock_of, verify_output  # noqa: E402
from concurrency import Db, wait_for_no_transactions, statuses, run_concurrently  # noqa: E402
from harness import BUILD, SRC, Site, check, finish  # noqa: E402

RUNS = int(os.environ.get("TG_RUNS", "8"))


def unguarded(to):
    """A folder like the build folder, whose boxoffice.fcgi moves stock without asking whether there
    is any."""
    os.makedirs(to + "/fcgi")
    shutil.copy(BUILD + "/ticketgate", to)
    for program in os.listdir(BUILD + "/fcgi"):
        if program.endswith(".fcgi") and program != "boxoffice.fcgi":
            shutil.copy(BUILD + "/fcgi/" + program, to + "/fcgi")
    libraries = ["fcgi", "json-c", "libmariadb", "libqrencode", "libutf8proc", "openssl", "zlib"]
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs"] + libraries, check=True, capture_output=True, text=True
    ).stdout.split()
    command = (
        [
            "gcc",
            "-std=c11",
            "-D_GNU_SOURCE",
            "-DTG_TEST_NO_GUARD",
            "-O1",
            "-iquote",
            SRC,
            SRC + "/fcgi/boxoffice/main.c",
            SRC + "/common/ticketing/inventory.c",
            BUILD + "/fcgi/libresources.a",
            BUILD + "/common/libcommon.a",
        ]
        + flags
        + ["-lm", "-o", to + "/fcgi/boxoffice.fcgi"]
    )
    if b"__asan_init" in open(BUILD + "/fcgi/boxoffice.fcgi", "rb").read():
        command.insert(1, "-fsanitize=address,undefined")
    return subprocess.run(command, capture_output=True, text=True)


def proof():
    site = Site(workers=8, start=False)
    try:
        made = unguarded(site.dir + "/build")
        if not check("the build without guards", made.returncode == 0, made.stderr):
            return
        site.build = site.dir + "/build"
        site.start()
        db = Db(site)
        for table in ("ticket_types", "event_stock"):
            for (name,) in db.sql(
                "SELECT constraint_name"
                " FROM information_schema.table_constraints"
                " WHERE constraint_schema = 'ticketgate' AND constraint_type = 'CHECK'"
                " AND table_name = '%s'" % table
            ):
                db.sql("ALTER TABLE %s DROP CONSTRAINT %s" % (table, name))
        clients = [Buyer(site, site.key()) for _ in range(60)]
        caught = 0
        for n in range(5):
            e, (t,) = clients[0].on_sale("No guard %d" % n, [10])
            run_concurrently(clients, lambda c, i: c.order(e, [(t, 1)]))
            caught += stock_of(db, t)[0] > 10 and any(
                line.startswith("oversold") for line in recount(db)
            )
        check("without guards the harness sees an oversell (%d of 5 runs)" % caught, caught >= 1)
        db.close()
    finally:
        site.stop()


def honest(results, allowed):
    """Those answers that are none of the allowed statuses; a 409 must tell why."""
    return [
        r
        for r in results
        if getattr(r, "status", 0) not in allowed or (r.status == 409 and not r.error.get("hint"))
    ]


def rush(clients, db, runs):
    """300 buyers, 100 tickets."""
    wrong, slowest = [], 0.0
    for n in range(runs):
        e, (t,) = clients[0].on_sale(
            "Rush %d" % n,
            [{"quantity": 100, "lowInventoryThreshold": None}],
            **({"eventCapacity": 100} if n % 4 == 3 else {})
        )
        began = time.monotonic()
        answers = run_concurrently(clients, lambda c, i: c.order(e, [(t, 1)]))
        slowest = max(slowest, time.monotonic() - began)
        told = statuses(answers)
        if (
            told != {201: 100, 409: 200}
            or stock_of(db, t) != (100, 0, 100)
            or honest(answers, (201, 409))
        ):
            wrong.append((n, told, stock_of(db, t), honest(answers, (201, 409))[:2]))
        notices = db.sql(
            "SELECT type, COUNT(*)"
            " FROM outbox"
            " WHERE event_id = %s AND type IN ('event.sold_out', 'ticket.inventory_low')"
            " GROUP BY type"
            " ORDER BY type" % raw_id(e)
        )
        if notices != [["event.sold_out", "1"], ["ticket.inventory_low", "1"]]:
            wrong.append((n, notices))
    print("# rush: %d runs, the slowest %.2f s" % (runs, slowest))
    check(
        "300 buyers, 100 tickets, %d runs: 100 x 201, 200 x 409, nothing else; "
        "sold out and low told once" % runs,
        not wrong,
        wrong[:4],
    )


def baskets(clients, db, runs=4):
    """Several types in every order, named in any order, with holds among them: no deadlock
    shows."""
    wrong = []
    for n in range(runs):
        e, ids = clients[0].on_sale(
            "Baskets %d" % n, [15] * 5, **({"eventCapacity": 60} if n % 2 else {})
        )

        def go(c, i):
            dice = random.Random(i)
            some = dice.sample(ids, dice.randint(2, 4))
            wanted = [(t, dice.randint(1, 2)) for t in some]
            return c.hold(e, wanted) if i % 3 == 0 else c.order(e, wanted)

        got = run_concurrently(clients[:60], go)
        if honest(got, (201, 409)) or [
            r for r in got if r.status == 409 and r.headers.get("retry-after")
        ]:
            wrong.append(
                (
                    statuses(got),
                    honest(got, (201, 409))[:2],
                    [r for r in got if getattr(r, "headers", {}).get("retry-after")][:2],
                )
            )
        free = int(
            db.one(
                "SELECT SUM(CAST(quantity AS SIGNED) - sold - held)"
                " FROM ticket_types"
                " WHERE event_id = %s" % raw_id(e)
            )
        )
        if n % 2 and free < 15:
            wrong.append("over the capacity: %d free of 75" % free)
    check(
        "orders and holds of several types, %d runs: 201 or a reason" % runs, not wrong, wrong[:3]
    )


def boundary(clients, db, runs=6):
    """Holds of all tickets end while buyers ask, and while those who hold them try to use and
    extend them."""
    wrong, used = [], 0
    for n in range(runs):
        e, (t,) = clients[0].on_sale("Boundary %d" % n, [20])
        held = [clients[i].hold(e, [(t, 2)]).data["id"] for i in range(10)]
        db.sql(
            "SET @at = NOW(3) + INTERVAL 300000 MICROSECOND;"
            " UPDATE hold_items"
            " SET expires_at = @at"
            " WHERE event_id = %s;"
            " UPDATE holds"
            " SET expires_at = @at"
            " WHERE event_id = %s" % (raw_id(e), raw_id(e))
        )
        start = time.monotonic()

        def go(c, i):
            if i < 10:
                time.sleep(max(0, start + 0.2 + 0.02 * i - time.monotonic()))
                return [c.sell("POST", "/holds/%s/extend" % held[i]) if i == 9 else c.use(held[i])]
            seen = []
            while time.monotonic() < start + 0.6:
                seen.append(c.order(e, [(t, 1)]))
            return seen

        got = run_concurrently(clients[:26], go)
        answers = [r for g in got for r in (g if isinstance(g, list) else [g])]
        used += sum(g[0].status in (200, 201) for g in got[:10] if isinstance(g, list))
        sold, still, quantity = stock_of(db, t)
        if honest(answers, (200, 201, 409)) or sold + still > quantity:
            wrong.append((statuses(answers), sold, still, honest(answers, (200, 201, 409))[:2]))
        if sold + still != 20:  # buyers asked until long after the end: nothing may be left lying
            wrong.append("%d sold, %d held of 20: %s" % (sold, still, statuses(answers)))
    print("# boundary: %d of %d holds were in time" % (used, 10 * runs))
    check(
        "holds that end while buyers ask, %d runs: every ticket sold once" % runs,
        not wrong,
        wrong[:3],
    )


def one_winner(clients, db, runs=12):
    """Release, use and expiry of the same hold; two refunds of the same order."""
    wrong = []
    e, (t,) = clients[0].on_sale("One winner", [50])
    for n in range(runs):
        before = stock_of(db, t)[0]
        h = clients[0].hold(e, [(t, 2)]).data["id"]
        got = run_concurrently(clients[:6], lambda c, i: c.use(h) if i % 2 else c.release(h))
        won = [r for r in got if getattr(r, "status", 0) in (200, 201)]
        if len(won) != 1 or honest(got, (200, 201, 409)):
            wrong.append(statuses(got))
        sold = won[0].status == 201 if won else 0
        if stock_of(db, t)[:2] != (before + 2 * sold, 0):
            wrong.append((stock_of(db, t), statuses(got)))
        if not sold:
            continue
        got = run_concurrently(clients[:6], lambda c, i: c.refund(won[0].data["id"]))
        if statuses(got) != {200: 1, 409: 5} or stock_of(db, t)[:2] != (before, 0):
            wrong.append((statuses(got), stock_of(db, t)))
    check(
        "release, use, refund of the same thing, %d runs: one winner" % runs, not wrong, wrong[:3]
    )
    wrong = []
    for n in range(4):
        key = {"Idempotency-Key": "same-%d" % n}
        before = stock_of(db, t)[0]
        got = run_concurrently(clients[:30], lambda c, i: c.order(e, [(t, 1)], headers=key))
        first = [r for r in got if getattr(r, "status", 0) == 201]
        if (
            honest(got, (201, 409))
            or len({r.raw for r in first}) != 1
            or stock_of(db, t)[0] != before + 1
        ):
            wrong.append((statuses(got), stock_of(db, t)))
    check("30 times one Idempotency-Key: one order", not wrong, wrong)


def refund_and_buy(clients, db, runs=4):
    """What one gives back another one buys."""
    wrong = []
    for n in range(runs):
        e, (t,) = clients[0].on_sale(
            "Refund and buy %d" % n, [20], **({"eventCapacity": 20} if n % 2 else {})
        )
        bought = [clients[i].order(e, [(t, 2)]).data for i in range(10)]

        def go(c, i):
            if i < 10:
                return [
                    c.refund(
                        bought[i]["id"],
                        {"items": [{"itemId": bought[i]["items"][0]["id"], "quantity": 1}]},
                    ),
                    c.refund(bought[i]["id"]),
                ]
            return [c.order(e, [(t, 1)]) for _ in range(6)]

        got = run_concurrently(clients[:30], go)
        answers = [r for g in got for r in (g if isinstance(g, list) else [g])]
        sold = sum(r.status == 201 for r in answers if hasattr(r, "status"))
        if (
            honest(answers, (200, 201, 409))
            or stock_of(db, t)[0] != sold
            or statuses(answers).get(200) != 20
        ):
            wrong.append((statuses(answers), stock_of(db, t), honest(answers, (200, 201, 409))[:2]))
    check("refunds against purchases, %d runs" % runs, not wrong, wrong[:3])


def shrinking(clients, db, runs=4):
    """The organizer lowers quantity or capacity, sets one, takes it away, while buyers buy."""
    wrong, lowered = [], 0
    for n in range(runs):
        e, (a, b) = clients[0].on_sale(
            "Shrinking %d" % n, [80, 80], **({"eventCapacity": 150} if n % 2 else {})
        )
        over = threading.Event()

        def go(c, i):
            seen = []
            if i < 2:  # one lowers the quantity, the other one plays with the capacity
                value = 80 if i == 0 else 150
                while not over.is_set() and value > 20:
                    value -= 3
                    path, body = (
                        ("/tickets/" + a, {"quantity": value})
                        if i == 0
                        else (
                            "/events/" + e,
                            {"eventCapacity": None if value % 2 and n > 1 else value},
                        )
                    )
                    seen.append(c.request("PATCH", path, body))
                return seen
            for k in range(12):
                seen.append(
                    c.order(e, [(random.choice((a, b)), 1)])
                    if i % 4
                    else c.hold(e, [(a, 1), (b, 1)])
                )
            if i == 20:
                over.set()
            return seen

        got = run_concurrently(clients[:24], go)
        over.set()
        answers = [r for g in got for r in (g if isinstance(g, list) else [g])]
        lowered += sum(r.status == 200 for g in got[:2] if isinstance(g, list) for r in g)
        allowed = (
            (200, 201, 409, 503) if n > 1 else (200, 201, 409)
        )  # a capacity that comes and goes thirty times a second may exhaust a buyer's eight runs
        odd = honest(answers, allowed) + [
            r
            for r in answers
            if getattr(r, "status", 0) == 503 and not r.headers.get("retry-after")
        ]
        if odd:
            wrong.append((statuses(answers), odd[:2]))
        row = [
            int(x)
            for x in db.sql(
                "SELECT SUM(sold + held), SUM(quantity), COALESCE((SELECT capacity FROM event_stock"
                " WHERE event_id = %s), 1000000)"
                " FROM ticket_types"
                " WHERE event_id = %s" % (raw_id(e), raw_id(e))
            )[0]
        ]
        if row[0] > row[1] or row[0] > row[2]:
            wrong.append(row)
    check(
        "%d changes of quantity and capacity went through while buyers bought" % lowered,
        lowered >= 2 * runs,
        lowered,
    )
    check(
        "quantity and capacity shrink against purchases, %d runs: never below what is taken" % runs,
        not wrong,
        wrong[:3],
    )


def removing(clients, db, runs=40):
    """The organizer deletes the event or a ticket type the moment it is sold: either it goes and
    nobody has bought of it, or it stays."""
    wrong, gone = [], 0
    for n in range(runs):
        e, ids = clients[0].on_sale("Removing %d" % n, [5, 5])

        def go(c, i):
            time.sleep(random.uniform(0, 0.004 if i == 0 else 0.012))
            if i == 0 and n % 2:
                return [c.post("/events/%s/unpublish" % e), c.request("DELETE", "/events/" + e)]
            if i == 0:
                return [c.request("DELETE", "/tickets/" + t) for t in ids]
            return [c.hold(e, [(ids[i % 2], 1)]) if i % 5 == 0 else c.order(e, [(ids[i % 2], 1)])]

        got = run_concurrently(clients[:5], go)
        answers = [r for g in got for r in (g if isinstance(g, list) else [g])]
        gone += (
            sum(r.status == 200 and (r.data or {}).get("deleted", False) for r in got[0])
            if isinstance(got[0], list)
            else 0
        )
        if honest(answers, (200, 201, 400, 404, 409)):
            wrong.append((statuses(answers), honest(answers, (200, 201, 400, 404, 409))[:2]))
    lost = db.sql(
        "SELECT o.reference"
        " FROM orders o"
        " JOIN order_items i ON i.order_id = o.id"
        " LEFT JOIN ticket_types t ON t.id = i.ticket_id"
        " LEFT JOIN events e ON e.id = o.event_id"
        " WHERE t.id IS NULL OR e.id IS NULL"
        " UNION SELECT HEX(i.hold_id)"
        " FROM hold_items i"
        " LEFT JOIN ticket_types t ON t.id = i.ticket_id"
        " WHERE t.id IS NULL"
    )
    check(
        "events and ticket types deleted against purchases, %d runs, %d went: "
        "none that somebody bought or holds" % (runs, gone),
        gone and not wrong and not lost,
        (gone, wrong[:3], lost[:5]),
    )


def storm(clients, db, seconds):
    """Everything at once."""
    events = [
        clients[0].on_sale(
            "Storm %d" % n, [60, 40, 30], **({"eventCapacity": 100} if n == 1 else {})
        )
        for n in range(3)
    ]
    end = time.monotonic() + seconds

    def go(c, i):
        dice, seen, held, bought, odd = random.Random(i), {}, [], [], []
        while time.monotonic() < end:
            e, ids = dice.choice(events)
            wanted = [(t, dice.randint(1, 3)) for t in dice.sample(ids, dice.randint(1, 3))]
            what = dice.choice(
                (
                    "order",
                    "order",
                    "order",
                    "hold",
                    "hold",
                    "use",
                    "use",
                    "release",
                    "extend",
                    "refund",
                    "refund",
                    "part",
                    "expire",
                    "patch",
                    "cap",
                )
            )
            key = (
                {"Idempotency-Key": "storm-%d-%d" % (i, dice.randrange(10**9))}
                if dice.randrange(2)
                else {}
            )
            if what == "order":
                r = c.order(e, wanted, headers=key)
            elif what == "hold":
                r = c.hold(e, wanted, headers=key)
                held += [r.data["id"]] if r.status == 201 else []
            elif what in ("use", "release", "extend", "expire") and held:
                h = dice.choice(held)
                if what == "expire":
                    if i % 5 == 0:
                        with lock:
                            db.sql(
                                "SET @at = NOW(3);"
                                " UPDATE hold_items"
                                " SET expires_at = @at"
                                " WHERE hold_id = %s;"
                                " UPDATE holds h"
                                " SET expires_at = @at"
                                " WHERE id = %s" % (raw_id(h), raw_id(h))
                            )
                    continue
                r = (
                    c.use(h, headers=key)
                    if what == "use"
                    else c.release(h)
                    if what == "release"
                    else c.sell("POST", "/holds/%s/extend" % h)
                )
            elif what == "refund" and bought:
                r = c.refund(
                    dice.choice(bought)["id"], {"restock": dice.randrange(4) > 0}, headers=key
                )
            elif what == "part" and bought:
                o = dice.choice(bought)
                r = c.refund(
                    o["id"], {"items": [{"itemId": dice.choice(o["items"])["id"], "quantity": 1}]}
                )
            elif what == "patch" and dice.randrange(4) == 0:
                r = c.request(
                    "PATCH", "/tickets/" + dice.choice(ids), {"quantity": dice.randint(20, 70)}
                )
            elif what == "cap" and dice.randrange(4) == 0:
                r = c.request(
                    "PATCH", "/events/" + e, {"eventCapacity": dice.choice((None, 60, 90, 120))}
                )
            else:
                continue
            if r.status == 201 and "items" in r.data and "reference" in r.data:
                bought.append(r.data)
            name = "%s %d" % (what, r.status)
            seen[name] = seen.get(name, 0) + 1
            if r.status not in (200, 201, 409) or (
                r.status == 409 and r.headers.get("retry-after")
            ):
                odd.append((what, r))
        return seen, odd

    lock = threading.Lock()
    got = run_concurrently(clients[:32], go)
    check(
        "storm: every client lived",
        all(isinstance(g, tuple) for g in got),
        [g for g in got if not isinstance(g, tuple)][:3],
    )
    total = {}
    for g in got:
        for name, n in g[0].items() if isinstance(g, tuple) else ():
            total[name] = total.get(name, 0) + n
    print("# storm: %s" % dict(sorted(total.items())))
    odd = [o for g in got if isinstance(g, tuple) for o in g[1]]
    check("storm: no answer but 200, 201 and a 409 that tells why", not odd, (len(odd), odd[:3]))
    check(
        "storm: everything went through sometimes",
        all(
            total.get(n, 0) >= 3
            for n in (
                "order 201",
                "hold 201",
                "use 201",
                "refund 200",
                "part 200",
                "patch 200",
                "cap 200",
                "release 200",
            )
        ),
        total,
    )


def main():
    proof()
    with Site(workers=8) as site:
        key = site.key()
        db = Db(site)
        clients = [Buyer(site, key) for _ in range(300)]
        steps = [
            lambda: rush(clients, db, RUNS),
            lambda: baskets(clients, db),
            lambda: boundary(clients, db),
            lambda: one_winner(clients, db),
            lambda: refund_and_buy(clients, db),
            lambda: shrinking(clients, db),
            lambda: removing(clients, db),
            lambda: storm(clients, db, 10),
        ]
        for step in steps:
            step()
            check("no transaction left open", wait_for_no_transactions(db))
            wrong = recount(db)
            check("everything counted again agrees", not wrong, "\n".join(wrong))
        wrong = verify_output(site)
        check("ticketgate verify agrees", not wrong, wrong)
        problems = [
            l for l in site.log().splitlines() if '"level":"error"' in l
        ] + site.sanitizer_reports()
        check("no error in the log", not problems, "\n".join(problems))
        again = site.log().count("retrying transaction")
        print("# requests run again: %d" % again)
        db.close()
    finish()


main()
