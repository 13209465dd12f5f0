#!/usr/bin/env python3
"""Selling to several buyers in one transaction while things break. Each database call of a shared
transaction, and of what is run alone behind it, fails once, in several ways: every request is
answered with success or asked to retry, whoever is told of success has it, and asked again under
the same Idempotency-Key each is done once."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import BUYER, Buyer, hold_body, recount, stock_of  # noqa: E402
from concurrency import (  # noqa: E402
    Db,
    Fault,
    is_well_formed_error,
    wait_for_no_transactions,
    wait_for_workers,
    workers,
)
from harness import Site, check, finish, wait_for  # noqa: E402
from waiting_requests import Ask, order, together  # noqa: E402

LOOKUPS = 5  # of the five keys: they come first, and no duplicate key is possible there
# name, error, whether the call was executed, the first call
MODES = [
    ("deadlock", 1213, 0, 1),
    ("lock wait", 1205, 0, 1),
    ("duplicate key", 1062, 0, LOOKUPS + 1),
    ("lost before", 2013, 0, 1),
    ("lost reply", 2013, 1, 1),
]
# two orders of one, an order of a hold of two, a hold of three, a release of four
SOLD, HELD = 1 + 1 + 2, 3


class Batch:
    def __init__(self, c, db, key):
        self.c, self.db, self.key, self.n = c, db, key, 0
        self.event, (self.ticket,) = c.on_sale("Shared fault", [10**6])

    def prepare(self):
        self.n += 1
        held = [self.c.hold(self.event, [(self.ticket, n)]) for n in (2, 4)]
        self.before = stock_of(self.db, self.ticket)[:2]
        use = {"holdId": held[0].data["id"], "buyer": BUYER}
        self.asks = [
            order(self.event, [(self.ticket, 1)], self.key, **self.named("first")),
            Ask("POST", "/orders", use, self.key, **self.named("use")),
            Ask(
                "POST",
                "/holds",
                hold_body(self.event, [(self.ticket, 3)]),
                self.key,
                **self.named("hold")
            ),
            Ask("DELETE", "/holds/" + held[1].data["id"], None, self.key),
            order(self.event, [(self.ticket, 1)], self.key, **self.named("second")),
        ]

    def named(self, what):
        return {"idempotency_key": "%s-%d" % (what, self.n)}

    def moved(self):
        now = stock_of(self.db, self.ticket)[:2]
        return now[0] - self.before[0], now[1] - self.before[1]


def is_fine(r):
    """Success, or an error that asks for a retry. 409: the release was done, but not told."""
    if r is None:
        return False
    return r.status < 300 or (
        r.status in (409, 503)
        and is_well_formed_error(r)
        and (r.headers.get("retry-after") or "released" in r.error.get("message", ""))
    )


def insist(site, ask):
    """Asks again until it is done."""
    return wait_for(
        lambda: (
            lambda r: r if r.status < 300 or "released" in r.error.get("message", "") else None
        )(together(site, [ask])[0]),
        20,
    )


def sweep(site, batch, fault, mode):
    _, error, late, first_call = mode
    wrong = []
    for n in range(first_call, 200):
        batch.prepare()
        fault.arm(n, error, late)
        got = together(site, batch.asks)
        fired, _ = fault.disarm()
        if not all(is_fine(r) for r in got):
            wrong.append("call %d: %r" % (n, [r for r in got if not is_fine(r)]))
        again = [insist(site, ask) for ask in batch.asks]
        if not all(again):
            wrong.append("call %d: never done: %r" % (n, again))
        for first, second in zip(got, again):
            if first and second and first.status == 201 and first.data != second.data:
                wrong.append("call %d: two answers: %r %r" % (n, first, second))
        if batch.moved() != (SOLD, HELD - 2 - 4):
            wrong.append("call %d: moved %s" % (n, batch.moved()))
        if not fired:
            return n - 1, wrong
    return 200, wrong + ["never a clean pass"]


def main():
    folder = tempfile.mkdtemp(prefix="tg-fault-")
    fault = Fault(folder)
    try:
        with Site(workers=1, wrap=fault.wrap, conf="key_cache = 0\nanswer_cache = 0") as site:
            key, db = site.key(), Db(site)
            wait_for_workers(site)
            pid = workers(site, "boxoffice")
            batch = Batch(Buyer(site, key), db, key)
            for mode in MODES:
                n, wrong = sweep(site, batch, fault, mode)
                check(
                    "five requests together, %s at each of %d calls: done once" % (mode[0], n),
                    not wrong and n >= 20,
                    "\n".join(wrong)[:3000] or n,
                )
                wrong = recount(db)
                check("  everything counted again agrees", not wrong, "\n".join(wrong))
                check("  no transaction left open", wait_for_no_transactions(db))
            check("the same worker", workers(site, "boxoffice") == pid)
            check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
            db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
