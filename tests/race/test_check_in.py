#!/usr/bin/env python3
"""Many doors scan one ticket at the same time: exactly one admits; and a refund in the same moment
either comes first or takes a ticket that is in."""
import os
import sys
import threading
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, verify_output  # noqa: E402
from harness import Site, check, finish  # noqa: E402

SCANNERS = 50
ROUNDS = 6


def together(jobs):
    """Results of the jobs, which begin at once."""
    barrier, out = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(i):
        barrier.wait()
        out[i] = jobs[i]()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(jobs))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return out


def scan(door, event, code, **more):
    return lambda: door.sell("POST", "/check-ins", dict({"eventId": event, "code": code}, **more))


def one_code(c, doors):
    event, ids = c.on_sale("One code", [100])
    for n in range(ROUNDS):
        code = c.order(event, [(ids[0], 1)]).data["issuedTickets"][0]["code"]
        got = together([scan(d, event, code, gate="Gate %d" % i) for i, d in enumerate(doors)])
        won = [r for r in got if r.status == 201]
        lost = [r for r in got if r.status == 409 and r.error["code"] == "ALREADY_CHECKED_IN"]
        check(
            "round %d: one of %d scanners admits" % (n, SCANNERS),
            len(won) == 1 and len(lost) == SCANNERS - 1,
            [(r.status, r.error.get("code")) for r in got],
        )
        told = {d["message"] for r in lost for d in r.error["details"] if d["field"] == "gate"}
        check("and all others are told where", told == {won[0].data["gate"]}, told)
    rows = c.site.sql("SELECT COUNT(*) FROM check_ins WHERE status = 'ADMITTED'")
    check("each is written down once", rows == [[str(ROUNDS)]], rows)


def batches(c, doors):
    """Devices that were offline send what they scanned; the earliest scan of each ticket wins."""
    event, ids = c.on_sale("Batches", [100])
    codes = [t["code"] for t in c.order(event, [(ids[0], 10)]).data["issuedTickets"]]

    def send(i, door):
        scans = [
            {
                "id": str(uuid.uuid4()),
                "code": code,
                "at": "2026-01-01T10:%02d:%02dZ" % (n, (i * 7 + n) % 20),
                "gate": "Gate %d" % i,
            }
            for n, code in enumerate(codes if i % 2 else reversed(codes))
        ]
        return lambda: (
            scans,
            door.sell("POST", "/check-ins/batch", {"eventId": event, "scans": scans}),
        )

    got = together([send(i, d) for i, d in enumerate(doors[:20])])
    check("every batch is answered", all(r.status == 200 for _, r in got), got[0][1])
    earliest = {}
    for scans, _ in got:
        for s in scans:
            earliest[s["code"]] = min(earliest.get(s["code"], "z"), s["at"].replace("Z", ".000Z"))
    now = c.get("/events/%s/issued-tickets" % event).data
    found = {t["code"]: t["checkedInAt"] for t in now}
    check("the earliest scan of each is the admission", found == earliest, (found, earliest))
    rows = c.site.sql(
        "SELECT COUNT(*), COUNT(DISTINCT c.order_id, c.item_id, c.unit) FROM check_ins c"
        " JOIN issued_tickets t ON t.check_in_id = c.id WHERE c.status = 'ADMITTED'"
        " AND c.event_id = UNHEX('%s')" % event.replace("-", "")
    )
    check("one admission is left of each", rows == [["10", "10"]], rows)


def refund(c, doors):
    event, ids = c.on_sale("Refund", [1000])
    for n in range(ROUNDS):
        order = c.order(event, [(ids[0], 2)]).data
        codes = [t["code"] for t in order["issuedTickets"]]
        items = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
        buyer = Buyer(c.site, c.key)
        got = together([scan(doors[0], event, codes[1]), lambda: buyer.refund(order["id"], items)])
        states = [t["status"] for t in c.get("/orders/" + order["id"]).data["issuedTickets"]]
        admitted = got[0].status == 201
        want = ["REFUNDED", "CHECKED_IN"] if admitted else ["ISSUED", "REFUNDED"]
        check("round %d: a refund leaves who is in" % n, states == want, (got, states))


def main():
    with Site(workers=8) as site:
        c = Buyer(site, site.key())
        key = site.key("door:scan")
        doors = [Buyer(site, key) for _ in range(SCANNERS)]
        one_code(c, doors)
        batches(c, doors)
        refund(c, doors)
        wrong = verify_output(site)
        check("ticketgate verify agrees", not wrong, wrong)
    finish()


main()
