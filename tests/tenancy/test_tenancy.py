#!/usr/bin/env python3
"""A hostile organization, with everything at its limits and more waiting than any batch takes,
beside a normal one. What the normal one does costs the database what it costs alone: measured on
two sites in turn, of which only one has the hostile organization."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from abuse_fixture import Cost, median, timed  # noqa: E402
from concurrency import wait_for_workers  # noqa: E402
from hostile_organization import Hostile  # noqa: E402
from webhook_fixture import WebhookFixture, wait_for  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402
from harness import check, finish  # noqa: E402

DATABASE = """innodb-flush-log-at-trx-commit=0
innodb-doublewrite=0
innodb-buffer-pool-size=256M
innodb-log-file-size=256M
"""
CONF = "org_keys = 50\norg_users = 50\nanswer_cache = 0\n"
BOX_OFFICE, DASHBOARD, PUBLIC = "/box-office/v1", "/dashboard/v1", "/public/v1"
BUYER = {"name": "Ana Reyes", "email": "ana@example.com"}
ROUNDS = 15
# {what the sweep does: (an organization's share in the first turn as in cli/maintenance, how much
# its largest hold, order or name may go beyond it)}
SWEEP_SHARES = {
    "items of holds": (3, 50),
    "orders": (250, 0),
    "events of orders": (8, 0),
    "items of orders": (125, 50),
    "words": (125, 20),
}
HOSTILE_ENDPOINTS = 70  # more than half of FANOUT_SHARE in cron/webhook_flush/flush.h
SPARE_ROWS = 60  # what a deeper index or another list of organizations may read


class Normal:
    """The normal organization of one of the sites."""

    def __init__(self, fixture, receiver):
        self.f, self.site, self.key = fixture, fixture.site, fixture.key
        self.hooks = [fixture.endpoint(receiver.url("/normal%d" % i)) for i in range(2)]
        self.event, self.tickets = fixture.c.on_sale(
            "Normal", [{"quantity": 100000, "price": 0}] * 2, type="FREE"
        )
        self.slug = self.site.get("/events/" + self.event, self.key).data["slug"]
        self.user = None

    def sell(self):
        items = [{"ticketId": t, "quantity": 1} for t in self.tickets]
        body = {"eventId": self.event, "items": items, "buyer": BUYER}
        return self.site.post("/orders", self.key, body, mount=BOX_OFFICE)

    def hold(self):
        body = {"eventId": self.event, "items": [{"ticketId": self.tickets[0], "quantity": 1}]}
        return self.site.post("/holds", None, body, mount=PUBLIC)

    def read(self, path, mount="/open-api/v1", **more):
        return self.site.get(path, self.user, mount=mount, **more)

    def work(self):
        """{what: a request}"""
        today = time.strftime("%Y-%m-%d")
        return {
            "a sale": self.sell,
            "a visitor's hold": self.hold,
            "the event page": lambda: self.site.get("/test/" + self.slug, mount="/e"),
            "the public event": lambda: self.site.get("/events/test/" + self.slug, mount=PUBLIC),
            "the list of events": lambda: self.read("/events?take=50"),
            "a search": lambda: self.read("/events?q=nor"),
            "the list of orders": lambda: self.read("/orders?take=50"),
            "orders of an email address": lambda: self.read("/orders?email=ana@example.com"),
            "orders as CSV": lambda: self.read("/orders", headers={"Accept": "text/csv"}),
            "the list of webhooks": lambda: self.read("/webhooks"),
            "the deliveries of a webhook": lambda: self.read(
                "/webhooks/%s/deliveries" % self.hooks[0]
            ),
            "the audit log": lambda: self.read("/audit?take=50", DASHBOARD),
            "statistics": lambda: self.read(
                "/stats?from=%sT00:00:00Z&to=%sT23:59:59Z" % (today, today), DASHBOARD
            ),
            "the list of keys": lambda: self.read("/keys", DASHBOARD),
        }


def requests(alone, beside):
    """Each kind of request on both sites in turn."""
    costs = {id(side): Cost(side.f.db) for side in (alone, beside)}
    wrong, slow = [], []
    for what in alone.work():
        rows, times = {}, {}
        for _ in range(ROUNDS):
            for side in (alone, beside):
                send = side.work()[what]
                began = time.monotonic()
                r, cost = costs[id(side)].of(send)
                times.setdefault(id(side), []).append(time.monotonic() - began)
                rows.setdefault(id(side), []).append((cost["rows"], cost["statements"]))
                if r.status not in (200, 201):
                    wrong.append((what, r))
        one, other = min(rows[id(alone)][2:]), min(rows[id(beside)][2:])
        ms = [1000 * median(times[id(side)]) for side in (alone, beside)]
        print("# %-28s rows %5d %5d, ms %6.1f %6.1f" % (what, one[0], other[0], *ms), flush=True)
        if other[1] > one[1] or other[0] > 2 * one[0] + SPARE_ROWS:
            slow.append((what, one, other))
    check("every request of the normal organization is answered", not wrong, wrong[:2])
    check("none reads more than twice the rows beside the hostile one", not slow, slow)


def deliveries(alone, beside, hostile):
    """The sender: how much of the hostile organization's it does before the normal one's. That is
    counted in deliveries, not in time: all of them wait when the sender starts."""
    took = {}
    for side in (alone, beside):
        db, sold = side.f.db, [side.sell() for _ in range(5)]
        check("sales", {r.status for r in sold} == {201}, sold[0])
        ids = ", ".join("X'%s'" % r.data["id"].replace("-", "") for r in sold)
        wanted = (
            "SELECT COUNT(*) FROM outbox o JOIN webhook_deliveries d ON d.outbox_id = o.id"
            " WHERE o.subject_id IN (%s) AND d.status = 'DELIVERED'" % ids
        )
        began = time.monotonic()
        p = side.f.start("--seconds", "120")
        done = wait_for(lambda: db.one(wanted) == "10", 110, 0.05)
        took[id(side)] = time.monotonic() - began
        if side is beside:
            # those of one transaction are created at the same time
            made = int(
                db.one(
                    "SELECT COUNT(*) FROM webhook_deliveries WHERE org_id = X'%s' AND outbox_id IS"
                    " NOT NULL AND created_at <= (SELECT MAX(d.created_at) FROM outbox o"
                    " JOIN webhook_deliveries d ON d.outbox_id = o.id WHERE o.subject_id IN (%s))"
                    % (hostile.org, ids)
                )
            )
            tried = int(
                db.one(
                    "SELECT COALESCE(SUM(tries), 0) FROM webhook_deliveries WHERE org_id = X'%s'"
                    % hostile.org
                )
            )
        p.terminate()
        p.communicate(timeout=60)
        check("every notice of the normal organization is delivered", done, db.sql(wanted))
    print(
        "# delivered after s: %.2f alone, %.2f beside; of the hostile organization %d deliveries"
        " made until these were, %d taken" % (took[id(alone)], took[id(beside)], made, tried)
    )
    # in two transactions, because the sales before wait, too: each with one event of the hostile
    # one's, since those of two are more than a share
    check("… beside two events of the hostile one's", 0 < made <= 2 * HOSTILE_ENDPOINTS, made)
    check("few of the hostile one's are taken more than fly at once", tried <= 600, tried)


def watch_sweep(db):
    """Notes in which order the sweep does what: done (n, org_id, what, amount)."""
    db.sql(
        "CREATE TABLE done (n BIGINT AUTO_INCREMENT PRIMARY KEY, org_id BINARY(16), what CHAR(20),"
        " amount BIGINT)"
    )
    whole = "NEW.event_id %s UNHEX(REPEAT('00', 16))"
    for i, (what, table, change, where, amount) in enumerate(
        (
            ("items of holds", "hold_items", "DELETE", "1", "1"),
            ("orders", "order_tallies", "UPDATE", whole % "=", "NEW.completed - OLD.completed"),
            ("events of orders", "order_tallies", "UPDATE", whole % "<>", "1"),
            ("items of orders", "sales_quarters", "INSERT", whole % "=", "NEW.tickets"),
            (
                "items of orders",
                "sales_quarters",
                "UPDATE",
                whole % "=",
                "NEW.tickets - OLD.tickets",
            ),
            ("words", "order_words", "INSERT", "1", "1"),
        )
    ):
        row = "OLD" if change == "DELETE" else "NEW"
        db.sql(
            "CREATE TRIGGER done_%d AFTER %s ON %s FOR EACH ROW INSERT INTO done (org_id, what,"
            " amount) SELECT %s.org_id, '%s', %s FROM DUAL WHERE %s"
            % (i, change, table, row, what, amount, where)
        )


def done_before(db, hostile):
    """{what: (how much of it was done for others than the hostile organization, how much for that
    one before the last of theirs)}"""
    found = db.sql(
        "SELECT o.what, o.amount, COALESCE(SUM(d.amount), 0) FROM (SELECT what, MAX(n) AS n,"
        " SUM(amount) AS amount FROM done WHERE org_id <> X'%s' GROUP BY what) o"
        " LEFT JOIN done d ON d.what = o.what AND d.n < o.n AND d.org_id = X'%s' GROUP BY o.what"
        % (hostile.org, hostile.org)
    )
    for row in db.sql("SHOW TRIGGERS"):
        db.sql("DROP TRIGGER " + row[0])
    return {what: (int(own), int(n)) for what, own, n in found}


def fair_amount(own, share, spare):
    """How much of another's work may come before an organization's own: shares double in each turn,
    until its own is done."""
    fair = spare
    while own > 0:
        fair += share
        own, share = own - share, 2 * share
    return fair


def age_orders(db):
    """The orders of the organization "test" become two minutes older: the sweep leaves the last
    minute to the next one."""
    old = "UNHEX(CONCAT(LPAD(HEX(CONV(LEFT(HEX(%s), 12), 16, 10) - 120000), 12, '0'),"
    old += " SUBSTR(HEX(%s), 13)))"
    whose = " WHERE org_id = (SELECT id FROM organizations WHERE slug = 'test')"
    db.sql("UPDATE order_items SET order_id = " + old % ("order_id", "order_id") + whose)
    db.sql(
        "UPDATE orders SET created_at = created_at - INTERVAL 2 MINUTE, id = "
        + old % ("id", "id")
        + whose
    )


def sweeps(alone, beside, hostile):
    """The sweep does everybody's work once, and then next to nothing. What the hostile organization
    has waiting is done after the normal one's, except for a share."""
    watch_sweep(beside.f.db)
    for side in (alone, beside):
        r = side.hold()
        side.f.db.sql(
            "UPDATE holds h JOIN hold_items i ON i.hold_id = h.id SET h.expires_at = NOW(3) -"
            " INTERVAL 1 SECOND, i.expires_at = h.expires_at WHERE h.org_id = X'%s'" % side.f.org
        )
        age_orders(side.f.db)
        began = time.monotonic()
        p = side.site.command("sweep", check_status=False)
        print("# the first sweep: %.2f s" % (time.monotonic() - began))
        check("a sweep", r.status == 201 and p.returncode == 0, p.stdout + p.stderr)
        left = side.f.db.one(
            "SELECT COUNT(*) FROM holds WHERE status = 'ACTIVE' AND expires_at < NOW(3)"
        )
        check("… ends every hold that has expired", left == "0", left)
    before = done_before(beside.f.db, hostile)
    print("# done for the normal organization, and for the hostile one before it: %s" % before)
    check(
        "… and nobody waits for more of the hostile organization's than of its own, and a share",
        before.keys() == SWEEP_SHARES.keys()
        and all(n <= fair_amount(own, *SWEEP_SHARES[w]) for w, (own, n) in before.items()),
        before,
    )
    costs, rows, times = {}, {}, {}
    for side in (alone, beside):
        costs[id(side)] = Cost(side.f.db)
    for _ in range(5):
        for side in (alone, beside):
            began = time.monotonic()
            _, cost = costs[id(side)].of(lambda: side.site.command("sweep"))
            times.setdefault(id(side), []).append(time.monotonic() - began)
            rows.setdefault(id(side), []).append(cost["rows"])
    one, other = min(rows[id(alone)]), min(rows[id(beside)])
    print(
        "# sweeps with nothing to do: rows %d %d, s %.2f %.2f"
        % (one, other, median(times[id(alone)]), median(times[id(beside)]))
    )
    # two organizations instead of one
    check("a sweep with nothing to do reads few rows", other <= 2 * one + 500, (one, other))


def long_lists(beside, hostile):
    """A page of a list reads a page, however long the list is."""
    site, cost = beside.site, Cost(beside.f.db)
    user = site.session("owner@hostile.example")
    hook = site.get("/webhooks?take=1", hostile.key).data[0]["id"]
    wrong = []
    for mount, path, most in (
        ("/open-api/v1", "/orders?take=50", 2000),
        ("/open-api/v1", "/orders?take=50&sort=createdAt", 8000),  # of 50 items each
        ("/open-api/v1", "/orders?take=100&page=1000000000", 2000),
        ("/open-api/v1", "/webhooks/%s/deliveries?take=50" % hook, 2000),
        ("/open-api/v1", "/webhooks/%s/deliveries?take=100&page=1000000000" % hook, 2000),
        ("/open-api/v1", "/events?take=50", 2000),
        ("/open-api/v1", "/events?take=100&page=1000000000", 2000),
        (DASHBOARD, "/audit?take=50", 21000),  # the total counts up to 10000, by two tables
        (DASHBOARD, "/audit?take=100&page=1000000000", 21000),
    ):
        site.get(path, user, mount=mount)
        r, price = cost.of(lambda: site.get(path, user, mount=mount))
        print("# hostile %-60s rows %5d" % (path[:60], price["rows"]))
        if r.status not in (200, 400) or price["rows"] > most:
            wrong.append((path, price, r))
    check("the hostile organization's long lists are read by the page", not wrong, wrong[:2])


def main():
    r = Receiver()
    try:
        r.script("*", [["status", 200, {}, "ok"]])
        more = {"workers": 2, "database": DATABASE}
        with WebhookFixture(CONF, **more) as a, WebhookFixture(CONF, **more) as b:
            sides = []
            for f in (a, b):
                f.site.user()
                sides.append(Normal(f, r))
                for _ in range(30):
                    sides[-1].sell()
            hostile = Hostile(b.site, r.url("/hang"))
            for i in range(20):
                r.script("/hanghook%d" % i, [["hang"]])
            r.script("/hang", [["hang"]])
            print("# filled in %.1f s" % timed(hostile.fill), flush=True)
            for side in sides:
                side.user = side.site.session()
                wait_for_workers(side.site)
            requests(*sides)
            deliveries(*sides, hostile)
            sweeps(*sides, hostile)
            long_lists(sides[1], hostile)
            requests(*sides)
    finally:
        r.stop()
    finish()


if __name__ == "__main__":
    main()
