#!/usr/bin/env python3
"""verify, ledger, sweep and org set on a site that sells: verify is clean after a demo and after
real sales, and names exactly what was planted wrong."""
import json
import os
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
from harness import Site, check, finish, free_port  # noqa: E402

BOX = "/box-office/v1"
ZERO, FIRST = "x'" + "00" * 16 + "'", "x'" + "00" * 15 + "01'"


def verify(site, *more):
    p = site.command("verify", "--json", *more, check_status=False)
    if not p.stdout:
        return p.returncode, {
            "disagreements": [],
            "found": {"(failed)": 1},
            "ok": False,
            "why": p.stderr,
        }
    return p.returncode, json.loads(p.stdout)


def clean(site, name, *more):
    status, got = verify(site, *more)
    return check(
        name, status == 0 and got["ok"] and not got["disagreements"], json.dumps(got, indent=1)
    )


class Shop:
    """One organization with an event that sells, and a client of the box office."""

    def __init__(self, site, org, **event):
        self.site, self.org = site, org
        self.key = site.key(
            "events:read,events:write,tickets:read,tickets:write,orders:read,boxoffice:sell",
            org=org,
        )
        body = {
            "name": "Night of " + org,
            "dateTime": "2031-05-01T12:00:00Z",
            "type": "PAID",
            "journeyType": "STANDARD",
            "visibility": "PUBLIC",
            "currency": "PHP",
            "timezone": "Asia/Manila",
            "absorbFees": False,
        }
        body.update(event)
        r = site.post("/events", self.key, body)
        self.event = r.data["id"] if r.data else sys.exit("event: %r" % r)
        self.slug = r.data["slug"]

    def type(self, name, price, quantity, **more):
        r = self.site.post(
            "/events/%s/tickets" % self.event,
            self.key,
            dict(
                name=name, price=price, quantity=quantity, published=True, maxPerOrder=100, **more
            ),
        )
        return r.data["id"] if r.data else sys.exit("ticket: %r" % r)

    def publish(self):
        r = self.site.post("/events/%s/publish" % self.event, self.key)
        return r.data or sys.exit("publish: %r" % r)

    def call(self, method, path, body=None):
        return self.site.request(method, path, self.key, body, mount=BOX)

    def hold(self, ticket, n, **more):
        return self.call(
            "POST",
            "/holds",
            dict(eventId=self.event, items=[{"ticketId": ticket, "quantity": n}], **more),
        )

    def buy(self, *items, **more):
        body = dict(
            buyer={"name": "A", "email": "a@example.com"},
            payment={"provider": "gcash", "reference": "r1"},
            **more
        )
        if items:
            body.update(
                eventId=self.event, items=[{"ticketId": t, "quantity": n} for t, n in items]
            )
        return self.call("POST", "/orders", body)


def sell(site):
    """Every kind of movement. The shop, its ticket types and some ids."""
    shop = Shop(site, "test", eventCapacity=60)
    a, b = shop.type("A", 100.01, 50), shop.type("B", 33.33, 40)
    shop.publish()
    done = [shop.buy((a, 3), (b, 2)), shop.buy((a, 1)), shop.buy((b, 4)), shop.buy((a, 2), (b, 1))]
    held = [shop.hold(a, 2), shop.hold(b, 1), shop.hold(a, 1), shop.hold(b, 3, ttlSeconds=60)]
    check("orders and holds are made", all(r.status == 201 for r in done + held), done + held)
    done.append(shop.buy(holdId=held[0].data["id"]))
    check("a hold becomes an order", done[-1].status == 201, done[-1])
    check(
        "a hold is released",
        shop.call("DELETE", "/holds/" + held[1].data["id"]).status in (200, 204),
    )
    ids = [r.data["id"] for r in done]
    items = done[0].data["items"]
    refunds = [
        shop.call(
            "POST",
            "/orders/%s/refund" % ids[0],
            {"items": [{"itemId": items[0]["id"], "quantity": 1}]},
        ),
        shop.call(
            "POST",
            "/orders/%s/refund" % ids[0],
            {"items": [{"itemId": items[1]["id"], "quantity": 1}], "restock": False},
        ),
        shop.call("POST", "/orders/%s/refund" % ids[1], {"reason": "asked"}),
    ]
    check("refunds", all(r.status == 200 for r in refunds), refunds)
    return shop, a, b, ids, held[3].data["id"]


def hexed(uuid):
    return "x'" + uuid.replace("-", "") + "'"


def plants(shop, a, b, ids):
    """What to do, how to undo it, and the checks that must name it, all of them and no other, with
    the id they name."""
    ev, ta, o0, o1, o2 = (hexed(x) for x in (shop.event, a, ids[0], ids[1], ids[2]))
    org = "(SELECT org_id FROM events WHERE id = %s)" % ev
    keep = (
        "CREATE TABLE IF NOT EXISTS kept LIKE {0};"
        " INSERT INTO kept SELECT *"
        " FROM {0}"
        " WHERE {1};"
        " DELETE"
        " FROM {0}"
        " WHERE {1}"
    )
    back = "INSERT INTO {0} SELECT * FROM kept; DROP TABLE kept"

    def column(table, name, where, by="+ 1", undo="- 1"):
        return (
            "UPDATE %s SET %s = %s %s WHERE %s" % (table, name, name, by, where),
            "UPDATE %s SET %s = %s %s WHERE %s" % (table, name, name, undo, where),
        )

    def gone(table, where):
        return keep.format(table, where), back.format(table)

    one_item = "order_id = %s AND ticket_id = %s" % (o2, hexed(b))
    hold = "hold_id = (SELECT h.id FROM holds h WHERE h.status = 'ACTIVE' ORDER BY h.id LIMIT 1)"
    return [
        (
            "sold too high",
            *column("ticket_types", "sold", "id = " + ta),
            {"ticket.sold", "ledger.sold", "stock.taken"},
        ),
        (
            "held too high",
            *column("ticket_types", "held", "id = " + ta),
            {"ticket.held", "ledger.held", "stock.taken"},
        ),
        (
            "oversold",
            *column("ticket_types", "quantity", "id = " + ta, "- 45", "+ 45"),
            {"ticket.quantity", "stock.low_floor"},
        ),
        (
            "capped",
            *column("ticket_types", "capped", "id = " + ta, "= 0", "= 0"),
            {"ticket.capped"},
        ),
        ("kept", *column("ticket_types", "kept", "id = " + ta, "= 0", "= 0"), {"ticket.kept"}),
        ("taken", *column("event_stock", "taken", "event_id = " + ev), {"stock.taken"}),
        (
            "capacity of the stock",
            *column("event_stock", "capacity", "event_id = " + ev),
            {"stock.capacity"},
        ),
        (
            "taken above capacity",
            "UPDATE event_stock s"
            " JOIN events e ON e.id = s.event_id"
            " SET s.capacity = 5, e.event_capacity = 5"
            " WHERE e.id = " + ev,
            "UPDATE event_stock s"
            " JOIN events e ON e.id = s.event_id"
            " SET s.capacity = 60, e.event_capacity = 60"
            " WHERE e.id = " + ev,
            {"stock.within"},
        ),
        (
            "floor",
            *column("event_stock", "low_floor", "event_id = " + ev),
            {"stock.low_floor"},
        ),
        ("no stock row", *gone("event_stock", "event_id = " + ev), {"stock.row"}),
        (
            "counter",
            *column("counters", "n", "name = 'events:PUBLISHED' AND org_id = " + org),
            {"event.counter"},
        ),
        (
            "parts",
            *column("events", "has_brands", "id = " + ev),
            {"event.parts"},
        ),
        ("no words", *gone("event_words", "event_id = " + ev), {"event.words"}),
        ("a hold without items", *gone("hold_items", hold), {"hold.items", "ticket.held"}),
        (
            "a hold whose end its items do not know",
            "UPDATE hold_items SET expires_at = expires_at + INTERVAL 1 SECOND WHERE " + hold,
            "UPDATE hold_items SET expires_at = expires_at - INTERVAL 1 SECOND WHERE " + hold,
            {"hold.items"},
        ),
        (
            "items of a hold that ended",
            "UPDATE holds"
            " SET status = 'RELEASED', version = version + 1000"
            " WHERE status = 'ACTIVE'"
            " LIMIT 1",
            "UPDATE holds SET status = 'ACTIVE', version = version - 1000 WHERE version > 1000",
            {"hold.ended"},
        ),
        (
            "an order without items",
            *gone("order_items", "order_id = " + o2),
            {"order.items", "ticket.sold"},
        ),
        (
            "subtotal",
            *column("orders", "subtotal", "id = " + o2),
            {"order.subtotal", "order.total"},
        ),
        ("fees", *column("orders", "fees", "id = " + o2), {"order.fees", "order.total"}),
        ("total", *column("orders", "total", "id = " + o2), {"order.total"}),
        (
            "refunded total",
            *column("orders", "refunded_total", "id = " + o0),
            {"order.refunded", "order.refunds"},
        ),
        (
            "refunded total without a refund",
            *column("orders", "refunded_total", "id = " + o2),
            {"order.refunded", "order.refunds"},
        ),
        (
            "a refund lost",
            *gone("refunds", "order_id = " + o1),
            {"order.refunds", "outbox.refunded"},
        ),
        (
            "a refund too many",
            "INSERT INTO refunds SELECT %s, org_id, order_id, 1, restocked, reason, at"
            " FROM refunds"
            " WHERE order_id = %s" % (ZERO, o1),
            "DELETE FROM refunds WHERE id = " + ZERO,
            {"order.refunds", "outbox.refunded", "sales.quarters"},
        ),  # by its id it is older than what the sweep has summed up
        (
            "status",
            "UPDATE orders SET status = 'COMPLETED' WHERE id = " + o0,
            "UPDATE orders SET status = 'PARTIALLY_REFUNDED' WHERE id = " + o0,
            {"order.status", "order.tally"},
        ),
        (
            "refunded at no time",
            "UPDATE orders SET refunded_at = NULL WHERE id = " + o1,
            "UPDATE orders SET refunded_at = created_at WHERE id = " + o1,
            {"order.status"},
        ),
        (
            "subtotal of an item",
            *column("order_items", "subtotal", one_item),
            {"item.subtotal", "order.subtotal"},
        ),
        ("fee of an item", *column("order_items", "unit_fee", one_item), {"order.fees"}),
        (
            "restocked more than refunded",
            *column("order_items", "restocked_quantity", one_item),
            {"item.restocked", "ticket.sold", "ticket.kept"},
        ),
        (
            "refunded quantity",
            *column("order_items", "refunded_quantity", one_item),
            {"order.refunded", "order.status"},
        ),
        (
            "an item of another organization",
            "UPDATE order_items SET org_id = %s WHERE %s" % (ZERO, one_item),
            "UPDATE order_items SET org_id = %s WHERE %s" % (org, one_item),
            {"item.order"},
        ),
        (
            "an item of no order",
            "UPDATE order_items SET order_id = %s WHERE %s" % (FIRST, one_item),
            "UPDATE order_items SET order_id = %s WHERE order_id = %s" % (o2, FIRST),
            {"item.order", "order.items", "ticket.sold"},
        ),
        (
            "an order of another event",
            "UPDATE orders SET event_id = %s WHERE id = %s" % (ZERO, o2),
            "UPDATE orders SET event_id = %s WHERE id = %s" % (ev, o2),
            {"item.ticket", "order.tally"},
        ),
        (
            "a movement lost",
            *gone("ledger", "source_id = %s AND kind = 'SALE'" % o2),
            {"ledger.sold"},
        ),
        (
            "a movement that was none",
            "INSERT INTO ledger SELECT %s, org_id, event_id, ticket_id, 'HOLD', 0, 1, source_id, at"
            " FROM ledger"
            " WHERE source_id = %s"
            " LIMIT 1" % (FIRST, o2),
            "DELETE FROM ledger WHERE id = " + FIRST,
            {"ledger.held"},
        ),
        (
            "nobody was told of a sale",
            *gone("outbox", "subject_id = %s AND type = 'order.completed'" % o2),
            {"outbox.completed"},
        ),
        (
            "told twice of a sale",
            "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at)"
            " SELECT UNHEX(CONCAT(LEFT(HEX(id), 31), IF(RIGHT(HEX(id), 1) = 'F', '0', 'F'))),"
            " org_id, event_id, type, subject_id, 'again', created_at"
            " FROM outbox"
            " WHERE type = 'order.completed'"
            " AND subject_id = " + o2,
            "DELETE FROM outbox WHERE body = 'again'",
            {"outbox.completed"},
        ),
        (
            "told of one instead of the other",
            "UPDATE outbox"
            " SET subject_id = %s, created_at = created_at + INTERVAL 1 SECOND"
            " WHERE type = 'order.completed' AND subject_id = %s" % (hexed(ids[3]), o2),
            "UPDATE outbox"
            " SET subject_id = %s"
            " WHERE type = 'order.completed' AND subject_id = %s AND id IN"
            " (SELECT id FROM (SELECT MIN(id) AS id FROM outbox"
            " WHERE type = 'order.completed' AND subject_id = %s) first)"
            % (o2, hexed(ids[3]), hexed(ids[3])),
            {"outbox.completed"},
        ),
        (
            "nobody was told of a refund",
            *gone("outbox", "subject_id = %s AND type = 'order.refunded' LIMIT 1" % o1),
            {"outbox.refunded"},
        ),
        (
            "the count of an event",
            *column("order_tallies", "completed", "event_id = " + ev),
            {"order.tally"},
        ),
        (
            "the count of an organization",
            *column("order_tallies", "refunded", "event_id = %s AND org_id = %s" % (ZERO, org)),
            {"order.tally"},
        ),
    ]


def plant_all(site, shop, a, b, ids):
    """Every order counts: as if the sweep had just come by, with marks beyond them all. What is
    planted breaks the CHECK constraints."""
    for table, name in site.sql(
        "SELECT table_name, constraint_name FROM information_schema.table_constraints"
        " WHERE constraint_schema = 'ticketgate' AND constraint_type = 'CHECK'"
    ):
        site.sql("ALTER TABLE %s DROP CONSTRAINT %s" % (table, name))
    site.sql(
        "UPDATE order_tallies"
        " SET mark = x'ffffffffffffffffffffffffffffffff', completed = 0, partially_refunded = 0,"
        " refunded = 0"
    )
    for at in ("o.event_id = t.event_id", "t.event_id = %s AND o.org_id = t.org_id" % ZERO):
        for name in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
            site.sql(
                "UPDATE order_tallies t"
                " SET %s = %s + (SELECT COUNT(*) FROM orders o WHERE %s AND o.status = '%s')"
                % (name.lower(), name.lower(), at, name)
            )
    clean(site, "clean with counts up to the last order")
    for name, do, undo, wanted in plants(shop, a, b, ids):
        site.sql(do)
        status, got = verify(site)
        named = set(got["found"])
        most = 2 if "instead" in name else 1
        once = all(
            n <= most
            for what, n in got["found"].items()
            if what not in ("order.tally", "sales.quarters")
        )  # kept for the event and for the organization
        check(
            "planted: %s" % name,
            status == 1 and named == wanted and once and not got["ok"],
            "%s wanted %s" % (json.dumps(got, indent=1), wanted),
        )
        site.sql(undo)
    clean(site, "clean when all is undone")


def test_text(site, ta):
    site.sql("UPDATE ticket_types SET sold = sold + 1 WHERE id = " + hexed(ta))
    p = site.command("verify", check_status=False)
    lines = p.stdout.splitlines()
    check(
        "a line says what, where, stored and computed",
        p.returncode == 1
        and any(
            x.startswith("ticket.sold: ticket type %s: stored " % ta) and ", computed " in x
            for x in lines
        )
        and not p.stderr,
        p,
    )
    check("the last line counts", lines[-1].endswith("3 mismatches."), lines[-1])
    status, got = verify(site, "--org", "other")
    check("another organization is not concerned", status == 0 and got["ok"], got)
    status, got = verify(site, "--org", "test")
    check("its own is", status == 1 and len(got["disagreements"]) == 3, got)
    site.sql("UPDATE ticket_types SET sold = sold - 1 WHERE id = " + hexed(ta))
    p = site.command("verify", "--org", "nobody", check_status=False)
    check("no such organization", p.returncode == 1 and "nobody" in p.stderr and not p.stdout, p)


def test_expiry(site, shop, a, b, hold):
    before = site.sql("SELECT sold, held FROM ticket_types WHERE id = " + hexed(b))
    site.sql(
        "UPDATE holds"
        " SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
        " WHERE id = %s;"
        " UPDATE hold_items"
        " SET expires_at ="
        " (SELECT expires_at FROM holds WHERE id = hold_id) WHERE hold_id = %s"
        % (hexed(hold), hexed(hold))
    )
    got = json.loads(site.command("sweep", "--json").stdout)
    check("sweep ends holds that are over", got["holdsExpired"] == 1, got)
    after = site.sql("SELECT sold, held FROM ticket_types WHERE id = " + hexed(b))
    check(
        "and gives back what they held",
        before == [["7", "3"]] and after == [["7", "0"]],
        (before, after),
    )
    check(
        "a second sweep finds none",
        json.loads(site.command("sweep", "--json").stdout)["holdsExpired"] == 0,
    )
    r = shop.buy(holdId=hold)
    check("an expired hold is of no use", r.status == 409, r)
    many = [shop.hold(a, 1) for i in range(20)]
    check("twenty holds", all(r.status == 201 for r in many), many[-1])
    site.sql(
        "UPDATE hold_items i"
        " JOIN holds h ON h.id = i.hold_id"
        " SET i.expires_at = '2020-01-01', h.expires_at = '2020-01-01'"
        " WHERE h.status = 'ACTIVE'"
    )
    site.command("sweep")
    check(
        "all are ended",
        site.sql("SELECT COUNT(*) FROM holds WHERE status = 'ACTIVE'") == [["0"]]
        and site.sql("SELECT COUNT(*) FROM hold_items") == [["0"]],
    )
    clean(site, "clean after a sweep")


def test_ledger(site, shop, a, b):
    got = json.loads(site.command("ledger", shop.slug, "--json").stdout)
    by_id = json.loads(site.command("ledger", shop.event, "--json", "--org", "test").stdout)
    check(
        "by slug and by id",
        got == by_id and got["eventId"] == shop.event and got["eventCapacity"] == 60,
        got,
    )
    types = {t["ticketId"]: t for t in got["ticketTypes"]}
    for ticket in (a, b):
        t = types[ticket]
        check(
            "the movements of %s add up" % t["name"],
            sum(m["sold"] for m in t["movements"]) == t["sold"]
            and sum(m["held"] for m in t["movements"]) == t["held"]
            and t["remaining"] == t["quantity"] - t["sold"] - t["held"],
            t,
        )
    kinds = {m["kind"]: m for m in types[a]["movements"]}
    check(
        "every kind",
        {"SALE", "HOLD", "SETTLE", "REFUND", "EXPIRE"} <= set(kinds)
        and kinds["SALE"]["sold"] == 6
        and kinds["REFUND"] == dict(kinds["REFUND"], count=2, sold=-2),
        kinds,
    )
    check(
        "released",
        any(m["kind"] == "RELEASE" and m["held"] == -1 for m in types[b]["movements"]),
        types[b],
    )
    check(
        "the latest, newest first",
        20 < len(got["latest"]) <= 100
        and got["latest"] == sorted(got["latest"], key=lambda m: m["id"], reverse=True),
        got["latest"][:2],
    )
    p = site.command("ledger", shop.slug)
    check(
        "as a table",
        all(w in p.stdout for w in ("TICKET TYPE", "SETTLE", "REMAINING", "60")) and not p.stderr,
        p,
    )
    for args in (("nothing-here",), (shop.slug, "--org", "other"), ("ünknown",)):
        p = site.command("ledger", *args, check_status=False)
        check(
            "no such event: %s" % " ".join(args),
            p.returncode == 1 and args[0] in p.stderr and not p.stdout,
            p,
        )


# Percent, fixed, price; the fee in centavos by decimal arithmetic, half a centavo up.
FEES = [
    (p, f, price)
    for p in ("0", "3.5", "0.01", "2.25", "33.33", "99.99", "100")
    for f in ("0", "0.01", "12.50", "15")
    for price in ("0.01", "1", "100.01", "33.33", "1999.99", "14.29", "10000000")
]


def test_fees(site):
    fees = Shop(site, "fees")
    tickets = {
        price: fees.type(price, float(price), 100000) for price in sorted({x[2] for x in FEES})
    }
    free = fees.type("free", 0, 100)
    fees.publish()
    wrong = []
    for percent, fixed in sorted({x[:2] for x in FEES}):
        site.command("org", "set", "fees", "--fee-percent", percent, "--fee-fixed", fixed)
        for price, ticket in tickets.items():
            unit = (Decimal(price) * Decimal(percent) / 100).quantize(
                Decimal("0.01"), ROUND_HALF_UP
            ) + Decimal(fixed)
            r = fees.buy((ticket, 3))
            got = (
                tuple(Decimal(str(r.data[n])) for n in ("subtotal", "fees", "total"))
                if r.status == 201
                else r
            )
            if got != (Decimal(price) * 3, unit * 3, (Decimal(price) + unit) * 3):
                wrong.append((percent, fixed, price, str(unit * 3), got))
    check("%d fees are exact to the centavo" % len(FEES), not wrong, "\n".join(map(str, wrong)))
    r = fees.buy((free, 2))
    check(
        "a free ticket has no fee",
        r.status == 201 and r.data["fees"] == 0 and r.data["total"] == 0,
        r,
    )
    absorbed = Shop(site, "fees", name="Absorbed", absorbFees=True)
    t = absorbed.type("x", 100, 10)
    absorbed.publish()
    r = absorbed.buy((t, 2))
    check(
        "absorbed fees are not the buyer's",
        r.status == 201 and (r.data["subtotal"], r.data["fees"], r.data["total"]) == (200, 0, 200),
        r,
    )


def test_org_set(site):
    site.org("Fees Inc.", "fees")
    got = json.loads(
        site.command(
            "org",
            "set",
            "fees",
            "--fee-percent",
            "3.5",
            "--fee-fixed=12.5",
            "--checkout-url",
            "https://pay.example/x",
            "--json",
        ).stdout
    )
    check(
        "org set --json",
        got
        == dict(
            got,
            slug="fees",
            name="Fees Inc.",
            feePercent=3.5,
            feeFixed=12.5,
            checkoutUrl="https://pay.example/x",
        ),
        got,
    )
    row = site.sql(
        "SELECT name, fee_basis_points, fee_fixed, checkout_url"
        " FROM organizations"
        " WHERE slug = 'fees'"
    )
    check("stored exactly", row == [["Fees Inc.", "350", "1250", "https://pay.example/x"]], row)
    p = site.command("org", "set", "fees", "--name", "Fees & Sons", "--checkout-url", "")
    row = site.sql(
        "SELECT name, fee_basis_points, fee_fixed, checkout_url"
        " FROM organizations"
        " WHERE slug = 'fees'"
    )
    check(
        "what is not named stays; an empty URL is none",
        row == [["Fees & Sons", "350", "1250", "NULL"]] and "3.50 %" in p.stdout,
        (row, p),
    )
    n = site.sql(
        "SELECT COUNT(*)"
        " FROM audit a"
        " JOIN organizations o ON o.id = a.resource_id"
        " WHERE o.slug = 'fees' AND a.action = 'org.update' AND a.actor_type = 'admin'"
    )
    check("in the audit trail", n == [["2"]], n)
    for text, points in (
        ("0", 0),
        ("100", 10000),
        ("100.00", 10000),
        ("0.01", 1),
        ("4.35", 435),
        ("8.2", 820),
        ("99.99", 9999),
    ):
        site.command("org", "set", "fees", "--fee-percent", text)
        row = site.sql("SELECT fee_basis_points FROM organizations WHERE slug = 'fees'")
        check("%s %%" % text, row == [[str(points)]], row)
    for args in (
        ("--fee-percent", "100.01"),
        ("--fee-percent", "3.555"),
        ("--fee-percent=-1",),
        ("--fee-percent", "3,5"),
        ("--fee-percent", "1e1"),
        ("--fee-percent", ""),
        ("--fee-percent", "5%"),
        ("--fee-percent", "3."),
        ("--fee-fixed", "1.005"),
        ("--fee-fixed=-5",),
        ("--fee-fixed", "x"),
        ("--fee-fixed", "99999999999999999999"),
        ("--checkout-url", "pay.example"),
        ("--checkout-url", "javascript:alert(1)"),
        ("--checkout-url", "https://x.example/" + "a" * 2048),
        ("--name", ""),
        ("--name", "x" * 201),
    ):
        p = site.command("org", "set", "fees", *args, check_status=False)
        check(
            "refused: %s" % " ".join(args)[:40],
            p.returncode == 1 and not p.stdout and p.stderr.count("\n") == 1,
            p,
        )
    check(
        "nothing to set: exit 2",
        site.command("org", "set", "fees", check_status=False).returncode == 2,
    )
    p = site.command("org", "set", "nobody", "--fee-fixed", "1", check_status=False)
    check("no such organization: exit 1", p.returncode == 1 and "nobody" in p.stderr, p)


def test_demo(site):
    clean(site, "clean on an empty site")
    site.command("demo", "load")
    clean(site, "clean on a fresh demo")
    check("the demo has sold", int(site.sql("SELECT SUM(sold) FROM ticket_types")[0][0]) > 5000)
    site.command("demo", "orders", "2500")
    clean(site, "clean with more orders")
    site.command("demo", "load")
    clean(site, "clean when loaded again")
    site.command("sweep")
    clean(site, "clean after a sweep")


def doctor(site, name):
    p = site.command("doctor", "--json", check_status=False)
    return p.returncode, next(x for x in json.loads(p.stdout) if x["check"] == name)


def cron_line(finding):
    """What the doctor wants in the crontab, as cron would run it."""
    return subprocess.run(
        [
            "sh",
            "-c",
            finding["fix"].split("* * * * * ")[1]
            + (" --once" if "webhook-flush" in finding["fix"] else ""),
        ],
        capture_output=True,
        text=True,
    )


def test_cron(site, shop, a):
    status, got = doctor(site, "webhooks sent")
    check(
        "doctor: what is sold waits for nobody, that is worth a warning",
        status == 0 and got["state"] == "warn" and got["message"].startswith("0 active"),
        got,
    )
    r = site.post(
        "/webhooks",
        site.key("webhooks:manage"),
        {"url": "http://127.0.0.1:%d/" % free_port(), "events": ["order.completed"]},
    )
    check("a webhook", r.status == 201, r)
    sold = shop.buy((a, 1))
    check("a sale", sold.status == 201, sold)
    site.sql(
        "UPDATE webhook_endpoints SET created_at = created_at - INTERVAL 1 HOUR"
    )  # so that what happened "minutes ago" is its business
    site.sql("UPDATE outbox SET created_at = UTC_TIMESTAMP(3) WHERE pending = 1")
    status, got = doctor(site, "webhooks sent")
    check(
        "doctor: a webhook and nobody who sends",
        status == 0
        and got["state"] == "warn"
        and got["message"].startswith("1 active")
        and "webhook-flush" in got["fix"],
        got,
    )
    site.sql(
        "UPDATE outbox SET created_at = UTC_TIMESTAMP(3) - INTERVAL 3 MINUTE WHERE pending = 1"
    )
    status, got = doctor(site, "webhooks sent")
    check(
        "doctor: after minutes that is a failure",
        status == 1
        and got["state"] == "fail"
        and "* * * * * TG_CONF=%s " % os.path.realpath(site.conf) in got["fix"],
        got,
    )
    line = cron_line(got)
    status, got = doctor(site, "webhooks sent")
    check(
        "the line it gives mends it",
        line.returncode == 0 and status == 0 and got["state"] == "ok",
        (line, got),
    )
    site.sql(
        "UPDATE webhook_deliveries"
        " SET due_at = UTC_TIMESTAMP(3) - INTERVAL 3 MINUTE"
        " WHERE due_at IS NOT NULL"
    )
    status, got = doctor(site, "webhooks sent")
    check(
        "doctor: deliveries wait although a sender is running",
        status == 0 and got["state"] == "warn" and "webhook status" in got["fix"],
        got,
    )


def test_cron_sweep(site, shop, a):
    site.command("sweep")
    status, got = doctor(site, "sweep")
    check("doctor: swept", status == 0 and got["state"] == "ok", got)
    held = shop.hold(a, 1)
    site.sql(
        "UPDATE hold_items i"
        " JOIN holds h ON h.id = i.hold_id"
        " SET i.expires_at = UTC_TIMESTAMP(3) - INTERVAL 6 MINUTE,"
        " h.expires_at = UTC_TIMESTAMP(3) - INTERVAL 6 MINUTE"
        " WHERE h.status = 'ACTIVE'"
    )
    status, got = doctor(site, "sweep")
    check(
        "doctor: a hold that ended and still holds",
        held.status == 201 and status == 0 and got["state"] == "warn" and "hold" in got["message"],
        got,
    )
    line = cron_line(got)
    status, got = doctor(site, "sweep")
    check(
        "the line it gives mends that",
        line.returncode == 0 and not line.stdout and got["state"] == "ok",
        (line, got),
    )
    site.sql("UPDATE order_tallies SET mark = x'%s'" % ("00" * 16))
    site.sql(
        "UPDATE orders"
        " SET id = CONCAT(UNHEX(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(UTC_TIMESTAMP() - INTERVAL 6 MINUTE)"
        " * 1000)), 12, 0)), SUBSTR(id, 7))"
        " ORDER BY id DESC"
        " LIMIT 1"
    )
    status, got = doctor(site, "sweep")
    check(
        "doctor: orders that nobody counts",
        status == 0
        and got["state"] == "warn"
        and "counted" in got["message"]
        and "sweep" in got["fix"],
        got,
    )


def main():
    with Site(conf="webhook_allow = 127.0.0.0/8\n") as site:
        site.org("Other", "other")
        test_demo(site)
        test_org_set(site)
        site.command("org", "set", "test", "--fee-percent", "3.5", "--fee-fixed", "12.50")
        shop, a, b, ids, hold = sell(site)
        clean(site, "clean after sales, holds and refunds")
        clean(site, "clean for one organization", "--org", "test")
        plant_all(site, shop, a, b, ids)
        test_text(site, a)
        test_expiry(site, shop, a, b, hold)
        test_ledger(site, shop, a, b)
        test_fees(site)
        clean(site, "clean at the end")
        test_cron(site, shop, a)
        test_cron_sweep(site, shop, a)
        check("no sanitizer reports", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


if __name__ == "__main__":
    main()
