#!/usr/bin/env python3
"""A Galera cluster on which both web nodes write, each to a node of its own, and what they do to
each other: rules that are kept by locks hold, nothing is done by half, readers miss nothing, and
what one web node changes the other shows.

TG_ROUNDS: how often each race is run (12). TG_RUSHES: how many rushes for the last tickets (1), of
TG_SECONDS (8); for a long run: TG_RUSHES=100 TG_SECONDS=20."""
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, raw_id, verify_output  # noqa: E402
from concurrency import run_concurrently  # noqa: E402
from galera import Cluster, WebNode, network  # noqa: E402
from harness import BUILD, check, finish, wait_for  # noqa: E402
from pollers import AUDIT, ORDERS, Poller  # noqa: E402
from buyer_processes import BuyerProcesses, find_losses  # noqa: E402

network()
ROUNDS = int(os.environ.get("TG_ROUNDS") or 12)
RUSHES = int(os.environ.get("TG_RUSHES") or 1)
SECONDS = float(os.environ.get("TG_SECONDS") or 8)
CONFLICTS = 25 * ROUNDS


def whole_or_nothing(a, b):
    """Several rows changed by one statement, while another node changes one of them."""
    a.cluster.nodes[0].sql("GRANT ALL ON ticketgate.test_conflicts TO ticketgate_admin@127.0.0.1")
    p = subprocess.run(
        [BUILD + "/tests/db/conflicts", str(CONFLICTS)],
        env=dict(os.environ, TG_CONF=a.conf, TG_OTHER=b.conf),
        capture_output=True,
        text=True,
    )
    check(
        "changes of several rows in conflict: all or none", p.returncode == 0, p.stdout + p.stderr
    )
    print("# " + p.stdout.strip())
    check("there were conflicts", " %d conflicts" % CONFLICTS in p.stdout, p.stdout)
    a.sql("DROP TABLE test_conflicts")


def overtaken(a, b):
    """Rows that are written at one node, and read up to their marks at another one."""
    p = subprocess.run(
        [BUILD + "/tests/db/overtaken", str(5 * ROUNDS)],
        env=dict(os.environ, TG_CONF=a.conf, TG_OTHER=b.conf),
        capture_output=True,
        text=True,
    )
    check(
        "no row is committed behind a reader at another node",
        p.returncode == 0,
        p.stdout + p.stderr,
    )
    print("# " + p.stdout.strip())
    a.sql("DROP TABLE test_overtaken")


def both(clients, first, second):
    """Two requests at the same moment, at one web node each; again, while told to."""

    def insist(send):
        return wait_for(lambda: (lambda r: r if r.status not in (503, 429) else None)(send()), 30)

    return run_concurrently(clients, lambda c, i: insist(lambda: (first, second)[i](c)))


def admitted_once(a, clients):
    """One ticket at two doors, each at a node of its own; and a refund beside a scan."""
    event, types = clients[0].on_sale("Doors", [1000])
    won, states = [], []
    for _ in range(ROUNDS):
        order = clients[0].order(event, [(types[0], 2)]).data
        codes = [t["code"] for t in order["issuedTickets"]]

        def scan(c, code=codes[0]):
            return c.sell("POST", "/check-ins", {"eventId": event, "code": code})

        won.append(sorted(r.status for r in both(clients, scan, scan)))
        item = {"itemId": order["items"][0]["id"], "quantity": 1}
        both(
            clients,
            lambda c: scan(c, codes[1]),
            lambda c: c.refund(order["id"], {"items": [item]}),
        )
        now = clients[0].get("/orders/" + order["id"]).data["issuedTickets"]
        states.append([t["status"] for t in now])
    check("one of two doors admits", won == [[201, 409]] * ROUNDS, won)
    # whichever was first: all are in then, and the refund takes the last one
    check("a refunded ticket is not in", states == [["CHECKED_IN", "REFUNDED"]] * ROUNDS, states)
    rows = a.sql("SELECT COUNT(*) FROM check_ins WHERE status = 'ADMITTED'")
    inside = a.sql(
        "SELECT COUNT(*) FROM issued_tickets WHERE check_in_id IS NOT NULL"
        " AND refunded_at IS NULL"
    )
    kept = sum(s.count("CHECKED_IN") for s in states)
    check("check-ins are those of tickets", inside == [[str(kept)]], (rows, inside, kept))


def sold_out_once(a, clients):
    """The last tickets of two types go at the same moment, at two nodes."""
    told = []
    for n in range(ROUNDS):
        event, types = clients[0].on_sale("Last two %d" % n, [1, 1])
        done = both(clients, *[lambda c, t=t: c.order(event, [(t, 1)]) for t in types])
        ask = "SELECT COUNT(*) FROM outbox WHERE type = 'event.sold_out' AND subject_id = "
        told.append(([r.status for r in done], a.sql(ask + raw_id(event))[0][0]))
    right = ([201, 201], "1")
    check("the last two tickets: event.sold_out once", told.count(right) == ROUNDS, told)


def free_events(clients):
    """One makes the event free, the other adds a ticket with a price."""
    wrong = []
    for n in range(ROUNDS):
        e = clients[0].post("/events", {"name": "Free %d" % n, "dateTime": "2031-01-01T20:00:00Z"})
        path = "/events/" + e.data["id"]
        ticket = {"name": "Paid", "price": 100, "quantity": 5}
        done = both(
            clients,
            lambda c: c.request("PATCH", path, {"type": "FREE"}),
            lambda c: c.post(path + "/tickets", ticket),
        )
        got = clients[0].get(path).data
        if got["type"] == "FREE" and any(t["price"] for t in got["tickets"]):
            wrong.append([r.status for r in done])
    check("a free event has no ticket with a price", not wrong, wrong)


def positions(a, clients):
    """Children of one event, made at both nodes."""
    wrong = []
    for n in range(ROUNDS):
        e = clients[0].post("/events", {"name": "Many %d" % n, "dateTime": "2031-01-01T20:00:00Z"})
        path = "/events/%s/performers" % e.data["id"]
        done = both(clients, *[lambda c: c.post(path, {"name": "Some band"})] * 2)
        rows = a.sql(
            "SELECT position FROM performers WHERE event_id = %s ORDER BY position"
            % raw_id(e.data["id"])
        )
        if [r.status for r in done] != [201, 201] or [r[0] for r in rows] != ["0", "1"]:
            wrong.append((done, rows))
    check("positions are different", not wrong, wrong[:2])


def one_key(a, clients):
    """The same request under the same Idempotency-Key at both."""
    event, types = clients[0].on_sale("Once", [1000])
    for n in range(ROUNDS):
        key = {"Idempotency-Key": "both-%d" % n}
        both(clients, *[lambda c: c.order(event, [(types[0], 1)], headers=key)] * 2)
    sold = a.sql("SELECT COUNT(*) FROM orders WHERE event_id = " + raw_id(event))[0][0]
    check("one order for each Idempotency-Key", sold == str(ROUNDS), sold)


def visible_elsewhere(a, b, key, session):
    """What is made at one web node is there at the other; what is taken away there is gone at the
    other within two seconds."""
    missing = []
    for n in range(ROUNDS * 4):
        made = a.post("/events", key, {"name": "Seen %d" % n, "dateTime": "2031-01-01T20:00:00Z"})
        if b.get("/events/" + made.data["id"], key).status != 200:
            missing.append(n)
    check("what was made at one web node is there at the other", not missing, missing)
    event = made.data["id"]
    b.get("/events/" + event, key)
    a.patch("/events/" + event, key, {"name": "Renamed"})
    began = time.monotonic()
    seen = wait_for(lambda: b.get("/events/" + event, key).data["name"] == "Renamed", 30)
    took = time.monotonic() - began
    check("a change is seen at the other", seen, took)
    path = {"mount": "/dashboard/v1"}
    ok = b.get("/session", session, **path).status == 200
    a.delete("/session", session, **path)
    gone = wait_for(lambda: b.get("/session", session, **path).status == 401, 30)
    check("a session that ended at one web node ends at the other", ok and gone)
    other = a.key_object("events:read", name="revoked")
    ok = b.get("/me", other["key"]).status == 200
    a.command("key", "revoke", other["id"])
    began = time.monotonic()
    gone = wait_for(lambda: b.get("/me", other["key"]).status == 401, 30)
    print(
        "# seen elsewhere: a change %.1f s, a revoked key %.1f s" % (took, time.monotonic() - began)
    )
    check("a key revoked at one web node is refused at the other", ok and gone)


def last_tickets(a, b, key):
    """Sales at both until everything is sold, or nearly; how many were acknowledged."""
    event, types = Buyer(a, key).on_sale("Last", [int(150 * SECONDS), 300, 100], eventCapacity=9999)
    time.sleep(1)
    shoppers = BuyerProcesses([a, b], key, event, types, SECONDS)
    shoppers.wait()
    bad = [r for r in shoppers.rows if "gave up" in r or "said" in r]
    wrong = [w for node in a.cluster.nodes for w in find_losses(shoppers, node)]
    sold = len(shoppers.of("order"))
    check("%d orders: all there, once, on each node" % sold, not bad and not wrong, bad + wrong)
    return sold + len(shoppers.of("hold")) + len(shoppers.of("refund"))


def rush(a, b, key, session):
    """Sales at both, while clients at both poll."""
    pollers = {
        "%s at %s" % (what, where): Poller(site, caller, path, field, True)
        for where, site in (("a", a), ("b", b))
        for what, caller, path, field in (
            ("orders", key, ORDERS, "createdAt"),
            ("audit", session, AUDIT, "at"),
        )
    }
    event, types = Buyer(a, key).on_sale("Rush", [100000, 300, 100], eventCapacity=100000)
    time.sleep(1)
    shoppers = BuyerProcesses([a, b], key, event, types, SECONDS)
    over = threading.Event()

    def watch(p):
        while not over.is_set():
            p.poll()

    threads = [threading.Thread(target=watch, args=(p,)) for p in pollers.values()]
    for t in threads:
        t.start()
    told = a.command("doctor", check_status=False).stdout
    check("doctor: 3 nodes, and 2 of them are written to", "2 nodes are written to" in told, told)
    shoppers.wait()
    over.set()
    for t in threads:
        t.join()
    print("# %d orders, %s" % (len(shoppers.of("order")), shoppers.statuses()))
    check("shoppers bought", len(shoppers.of("order")) > 50, shoppers.statuses())
    check("nobody gave up, no 500", not [r for r in shoppers.rows if "gave up" in r or "said" in r])
    for node in a.cluster.nodes:
        wrong = find_losses(shoppers, node)
        check("node %d has what was acknowledged" % node.n, not wrong, "\n".join(wrong[:9]))
    for name, p in pollers.items():
        table = "orders" if "orders" in name else "audit"
        rows = a.sql(
            "SELECT LOWER(HEX(x.id)) FROM %s x JOIN organizations o ON o.id = x.org_id"
            " WHERE o.slug = 'test' ORDER BY x.id" % table
        )

        def unseen():
            p.poll()
            return {r[0] for r in rows} ^ {i.replace("-", "") for i in p.seen}

        wait_for(lambda: not unseen(), 10)  # the mark may stand below the last rows for a moment
        left = unseen()
        check("%s: the poller missed none of %d" % (name, len(rows)), not left, list(left)[:5])


def doctor_and_health(a, b):
    """A node that is cut off from the others: what the doctor and load balancers are told."""
    told = a.command("doctor", check_status=False).stdout
    whole = "3 nodes" in told and told.count("is Synced") == 3 and "FAIL" not in told
    check("doctor: a cluster that is well", whole, told)
    ask = lambda site: site.get("/health", mount="/-").status
    check("health: 200 at both web nodes", ask(a) == ask(b) == 200)
    third = a.cluster.nodes[2]
    b.stop_web()
    b.set_hosts([third.address])
    b.start_web()
    a.cluster.part(third)
    try:
        wait_for(lambda: ask(b) == 503, 60)
        check(
            "health: 503 where the node is cut off, 200 elsewhere", (ask(a), ask(b)) == (200, 503)
        )
        told = a.command("doctor", check_status=False).stdout
        check(
            "doctor: 2 nodes, one is not ready", "2 nodes" in told and third.address in told, told
        )
        p = b.command("doctor", check_status=False)
        check("doctor on that web node fails", p.returncode and "not ready" in p.stdout, p)
    finally:
        a.cluster.heal()
    check("health: 200 when it is back", wait_for(lambda: ask(b) == 200, 90))
    wait_for(a.cluster.whole, 90, 0.5)


PLANTED = [
    ("an order lost", "DELETE FROM orders LIMIT 1", "order"),
    (
        "an order's sale lost",
        "UPDATE ticket_types SET sold = sold - 1 WHERE sold > 1 LIMIT 1",
        "sold",
    ),
    ("a notice lost", "UPDATE event_stock SET sold_out = FALSE WHERE sold_out LIMIT 1", "sold_out"),
    (
        "a price in a free event",
        "UPDATE events e JOIN ticket_types t ON t.event_id = e.id SET e.type = 'FREE'"
        " WHERE t.price > 0",
        "event.free",
    ),
    ("two at one position", "UPDATE performers SET position = 0", "event.positions"),
]


def planted(a):
    """The judges see damage of this kind."""
    for name, damage, said in PLANTED:
        tables = ("orders", "ticket_types", "event_stock", "events", "performers")
        a.sql("".join("CREATE TABLE kept_%s AS SELECT * FROM %s;" % (t, t) for t in tables))
        a.sql("SET foreign_key_checks = 0; " + damage)
        check("verify sees %s" % name, said in verify_output(a), verify_output(a))
        columns = {
            t: ", ".join(
                "`%s`" % r[0]
                for r in a.sql("SHOW COLUMNS FROM " + t)
                if "GENERATED" not in r[-1].upper()
            )
            for t in tables
        }
        a.sql(
            "SET foreign_key_checks = 0;"
            + "".join(
                "DELETE FROM {0}; INSERT INTO {0} ({1}) SELECT {1} FROM kept_{0};"
                " DROP TABLE kept_{0};".format(t, columns[t])
                for t in tables
            )
        )
    check("and nothing when it is undone", not verify_output(a), verify_output(a))


def main(cluster):
    addresses = [n.address for n in cluster.nodes]
    a = WebNode(cluster, addresses)
    b = None
    try:
        b = WebNode(cluster, addresses[1:] + addresses[:1], like=a)
        key, user = a.key(), a.user()
        clients = [Buyer(a, key), Buyer(b, key)]
        whole_or_nothing(a, b)
        admitted_once(a, clients)
        sold_out_once(a, clients)
        free_events(clients)
        positions(a, clients)
        one_key(a, clients)
        visible_elsewhere(a, b, key, a.session(user))
        rush(a, b, key, a.session(user))
        told = sum(last_tickets(a, b, key) for _ in range(RUSHES))
        print("# %d acknowledgements in %d rushes for the last tickets" % (told, RUSHES))
        check("verify is clean", not verify_output(a), verify_output(a))
        check("all nodes have the same rows", not cluster.differing(), cluster.differing())
        planted(a)
        doctor_and_health(a, b)
        overtaken(a, b)  # the nodes wait for each other then, of which the doctor warns
    finally:
        for site in filter(None, (a, b)):
            site.stop()


with Cluster() as whole:
    main(whole)
finish()
