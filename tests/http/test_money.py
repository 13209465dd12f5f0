#!/usr/bin/env python3
"""Money has the decimals that ISO 4217 gives the currency: prices with more are refused, fees are
rounded to the minor unit, a fixed fee is an amount of one currency, and what was stored before that
is kept exactly."""
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, outbox, verify_output  # noqa: E402
from concurrency import Db, event  # noqa: E402
from harness import SRC, Site, check, finish  # noqa: E402

THREE = "KWD"  # three decimals
NONE = "JPY"


def refused(name, r, field, *words):
    message = " ".join(d["message"] for d in r.error.get("details", []))
    check(name, r.status == 400 and r.fields == [field] and all(w in message for w in words), r)


def ticket(price, name="A", **more):
    return dict({"name": name, "price": price, "quantity": 100, "published": True}, **more)


def decimals(c):
    """Create, inline tickets, PATCH."""
    for currency, fits, too_fine in (
        ("PHP", [1050.5, 0.01], [1.005]),
        (NONE, [1050, 1e3], [100.5, 0.01]),
        ("RWF", [1500], [1500.25]),
        (THREE, [1.005, 2.5, 3], [1.0005]),
    ):
        for price in too_fine:
            r = c.post("/events", event("x", currency=currency, tickets=[ticket(1), ticket(price)]))
            refused("%s %s inline" % (currency, price), r, "tickets.1.price", "decimal")
        e = c.post("/events", event("y", currency=currency)).data["id"]
        path = "/events/%s/tickets" % e
        for price in too_fine:
            refused("%s %s" % (currency, price), c.post(path, ticket(price)), "price", "decimal")
        for price in fits:
            r = c.post(path, ticket(price))
            check(
                "%s %s is kept" % (currency, price),
                r.status == 201 and r.data["price"] == price,
                r,
            )
            one = "/tickets/" + r.data["id"]
            for wrong in too_fine:
                r = c.request("PATCH", one, {"price": wrong})
                refused("%s %s by PATCH" % (currency, wrong), r, "price", "decimal")
            r = c.request("PATCH", one, {"name": "B"})
            check("another change keeps the price", r.status == 200 and r.data["price"] == price, r)
            r = c.request("PATCH", one, {"price": fits[0]})
            check("PATCH %s %s" % (currency, fits[0]), r.data["price"] == fits[0], r)
    raw = c.post("/events", event("z", currency=THREE, tickets=[ticket(1.5), ticket(1.005)])).raw
    check("printed with all decimals or none", b'"price":1.500' in raw and b"1.005" in raw, raw)


def new_currency(c):
    """A draft's prices are the same amounts in its new currency, or the change is refused."""
    made = c.post("/events", event("moves", tickets=[ticket(100.5, "VIP"), ticket(200)]))
    e, (vip, plain) = made.data["id"], [t["id"] for t in made.data["tickets"]]
    r = c.request("PATCH", "/events/" + e, {"currency": NONE})
    refused("to a currency without decimals", r, "currency", "VIP", "no decimals")
    prices = lambda r: [t["price"] for t in r.data["tickets"]]
    r = c.request("PATCH", "/events/" + e, {"currency": THREE})
    check("to one with three", r.status == 200 and prices(r) == [100.5, 200], r)
    r = c.request("PATCH", "/tickets/" + vip, {"price": 100.505})
    check("which are used", r.status == 200 and r.data["price"] == 100.505, r)
    r = c.request("PATCH", "/events/" + e, {"currency": "PHP"})
    refused("and back: refused", r, "currency", "VIP", "two decimals")
    c.request("PATCH", "/tickets/" + vip, {"price": 100})
    r = c.request("PATCH", "/events/" + e, {"currency": NONE})
    check("to one without, once they fit", r.status == 200 and prices(r) == [100, 200], r)
    refused(
        "whose prices are whole", c.request("PATCH", "/tickets/" + plain, {"price": 0.5}), "price"
    )


def fees(c, db, site):
    set_fees = lambda *args: site.command("org", "set", "test", *args)
    set_fees("--fee-percent", "2.5")
    for currency, price, fee in (
        (NONE, 1050, 26),  # 26.25
        (NONE, 1020, 26),  # 25.5 rounds up
        ("PHP", 1050.1, 26.25),  # 26.2525
        (THREE, 1.02, 0.026),  # 0.0255 rounds up
    ):
        e, (t,) = c.on_sale("Fees", [ticket(price)], currency=currency, absorbFees=False)
        hold, order = c.hold(e, [(t, 3)]).data, c.order(e, [(t, 3)]).data
        want = (round(3 * price, 3), round(3 * fee, 3), round(3 * (price + fee), 3))
        for what, got in (("hold", hold), ("order", order)):
            sums = (got["subtotal"], got["fees"], got["total"])
            check("%s of 3 at %s %s" % (what, currency, price), sums == want, (sums, want))
        check(
            "the items of both",
            [(i["unitPrice"], i["subtotal"]) for i in hold["items"] + order["items"]]
            == [(price, want[0])] * 2,
            (hold, order),
        )
        used = c.use(hold["id"]).data
        check("the hold as an order", (used["fees"], used["total"]) == want[1:], used)
        back = c.refund(
            order["id"], {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
        )
        check(
            "one refunded",
            back.data["refundedTotal"] == round(price + fee, 3),
            back,
        )
        data = json.loads(outbox(db, "order.refunded", order["id"])[-1])["data"]
        check(
            "the webhook has the same amounts",
            (data["total"], data["refundedTotal"]) == (want[2], round(price + fee, 3)),
            data,
        )
        r = site.get("/orders?eventId=" + e, c.key, headers={"Accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(r.raw.decode())))
        check(
            "and the CSV",
            {float(row["total"]) for row in rows} == {want[2]} and len(rows) == 2,
            r,
        )
    stats(c, site)


def stats(c, site):
    site.user()
    r = site.get("/stats", site.session(), mount="/dashboard/v1")
    got = {t["currency"]: (t["revenue"], t["refunded"]) for t in r.data["totals"]}
    want = {
        NONE: (6 * (1076 + 1046), 1076 + 1046),
        "PHP": (6458.1, 1076.35),
        THREE: (6.276, 1.046),
    }
    check("statistics by currency", got == want, (got, want))


def fixed_fee(c, site):
    """15 is an amount of one currency."""
    run = lambda *args: site.command("org", "set", "test", *args, check_status=False)
    got = json.loads(run("--fee-percent", "0", "--fee-fixed", "15", "--json").stdout)
    check("PHP at first", (got["feeFixed"], got["feeCurrency"]) == (15, "PHP"), got)
    for currency, fee in (("PHP", 15), ("USD", 0), (NONE, 0)):
        e, (t,) = c.on_sale("Fixed", [ticket(100)], currency=currency, absorbFees=False)
        r = c.order(e, [(t, 2)])
        check("a fixed fee in PHP at an event in " + currency, r.data["fees"] == 2 * fee, r)
        slug = c.get("/events/" + e).data["slug"]
        r = site.get("/events/test/" + slug, None, mount="/public/v1")
        check("and on its page", r.data["tickets"][0]["fee"] == fee, r)
    p = run("--fee-fixed", "12.50", "--fee-currency", NONE)
    check("12.50 JPY: refused", p.returncode == 1 and "no decimals" in p.stderr, p)
    p = run("--fee-fixed", "1.005")
    check("1.005 PHP: refused", p.returncode == 1 and "two decimals" in p.stderr, p)
    p = run("--fee-currency", "XXX")
    check("no currency: refused", p.returncode == 1 and "ISO 4217" in p.stderr, p)
    p = run("--fee-fixed", "1.005", "--fee-currency", THREE)
    check("1.005 KWD", p.returncode == 0 and "plus KWD 1.005" in p.stdout, p)
    p = run("--fee-currency", "PHP")
    check("which is no amount of PHP", p.returncode == 1 and "two decimals" in p.stderr, p)
    p = run("--fee-fixed", "0", "--fee-currency", "PHP")
    check("none", p.returncode == 0, p)


def page(c, site):
    for currency, price, text, machine in (
        (NONE, 1050, "¥1,050", "1050"),
        ("IQD", 2500.5, "IQD\u00a02,500.500", "2500.500"),
        ("RSD", 999.99, "RSD\u00a0999.99", "999.99"),
        ("CAD", 10, "CA$10.00", "10.00"),
        ("RWF", 1500, "RWF\u00a01,500", "1500"),
    ):
        e, _ = c.on_sale("Page " + currency, [ticket(price)], currency=currency)
        slug = c.get("/events/" + e).data["slug"]
        got = site.get("/%s/%s" % ("test", slug), None, mount="/e").raw.decode()
        check(
            "the page says " + text,
            '<p class="price">%s</p>' % text in got and '"price":"%s"' % machine in got,
            got[:3000],
        )


# ---- amounts from before ----

AMOUNTS = (
    "SELECT price FROM ticket_types",
    "SELECT subtotal, fees, total, refunded_total FROM orders",
    "SELECT unit_price, unit_fee, subtotal FROM order_items",
    "SELECT amount FROM refunds",
    "SELECT subtotal, fees, total FROM holds",
    "SELECT unit_price, unit_fee FROM hold_items",
    "SELECT revenue, refunded FROM sales_quarters",
)
OLD = """INSERT INTO organizations (id, name, slug, fee_basis_points, fee_fixed, created_at,
  updated_at)
  VALUES (UNHEX(LPAD('1{n}', 32, '0')), '{c}', LOWER('{c}'), 250, 1250, NOW(3), NOW(3));
INSERT INTO events (id, org_id, slug, name, date_time, type, journey_type, visibility,
  gallery_urls, absorb_fees, timezone, currency, status, created_at, updated_at)
  VALUES (UNHEX(LPAD('2{n}', 32, '0')), UNHEX(LPAD('1{n}', 32, '0')), 'e', 'E', '2040-01-01',
  'PAID', 'STANDARD', 'PUBLIC', '[]', FALSE, 'UTC', '{c}', 'PUBLISHED', NOW(3), NOW(3));
INSERT INTO ticket_types (id, org_id, event_id, name, price, quantity, sold, published,
  min_per_order, max_per_order, position, created_at, updated_at)
  SELECT UNHEX(LPAD(CONCAT('3{n}', i), 32, '0')), UNHEX(LPAD('1{n}', 32, '0')),
  UNHEX(LPAD('2{n}', 32, '0')), 'T', 10050, 10, 2, TRUE, 1, 10, i, NOW(3), NOW(3)
  FROM JSON_TABLE('[1, 2, 3]', '$[*]' COLUMNS (i INT PATH '$')) x;
INSERT INTO orders (id, org_id, event_id, reference, status, buyer_name, buyer_email, currency,
  subtotal, fees, total, refunded_total, created_at, completed_at)
  SELECT UNHEX(LPAD(CONCAT('4{n}', i), 32, '0')), UNHEX(LPAD('1{n}', 32, '0')),
  UNHEX(LPAD('2{n}', 32, '0')), CONCAT('TN-{n}', i), 'PARTIALLY_REFUNDED', 'A', 'a@b.example',
  '{c}', 20100, 2825, 22925, 11462, NOW(3), NOW(3)
  FROM JSON_TABLE('[1, 2, 3]', '$[*]' COLUMNS (i INT PATH '$')) x;
INSERT INTO order_items (id, order_id, org_id, ticket_id, name, quantity, unit_price, unit_fee,
  subtotal) SELECT o.id, o.id, o.org_id, t.id, 'T', 2, 10050, 1412, 20100
  FROM orders o JOIN ticket_types t ON t.event_id = o.event_id AND t.position = 1
  WHERE o.currency = '{c}';
INSERT INTO refunds (id, org_id, order_id, amount, restocked, at)
  SELECT o.id, o.org_id, o.id, 11462, TRUE, NOW(3) FROM orders o WHERE o.currency = '{c}';
INSERT INTO holds (id, org_id, event_id, items, currency, subtotal, fees, total, ttl_seconds,
  expires_at, created_at) VALUES (UNHEX(LPAD('5{n}', 32, '0')), UNHEX(LPAD('1{n}', 32, '0')),
  UNHEX(LPAD('2{n}', 32, '0')), '[]', '{c}', 10050, 1412, 11462, 600, NOW(3), NOW(3));
INSERT INTO hold_items (hold_id, ticket_id, org_id, event_id, name, quantity, unit_price, unit_fee,
  expires_at) SELECT h.id, t.id, h.org_id, h.event_id, 'T', 1, 10050, 1412, NOW(3)
  FROM holds h JOIN ticket_types t ON t.event_id = h.event_id WHERE h.currency = '{c}';
INSERT INTO sales_quarters (org_id, event_id, at, ticket_id, currency, revenue, refunded)
  SELECT org_id, event_id, '2026-01-01', id, '{c}', 22925, 11462 FROM orders WHERE currency = '{c}';
"""


def amounts(site, currency):
    """Every stored amount of a currency."""
    of = {
        "ticket_types": " WHERE event_id IN (SELECT id FROM events WHERE currency = '%s')",
        "order_items": " WHERE order_id IN (SELECT id FROM orders WHERE currency = '%s')",
        "refunds": " WHERE order_id IN (SELECT id FROM orders WHERE currency = '%s')",
        "hold_items": " WHERE hold_id IN (SELECT id FROM holds WHERE currency = '%s')",
    }
    rows = []
    for query in AMOUNTS:
        where = of.get(query.split()[-1], " WHERE currency = '%s'") % currency
        rows += [[int(n) for n in row] for row in site.sql(query + where, "old")]
    return rows


def conversion(site):
    """Rows that the tables held before 010_money.sql, in a second database."""
    data = tempfile.mkdtemp(prefix="tg-data-")
    os.mkdir(data + "/sql")
    conf = data + "/ticketgate.conf"
    with open(site.conf) as f, open(conf, "w") as to:
        to.write(f.read() + "db_name = old\n")
    os.chmod(conf, 0o600)
    shutil.copy(site.dir + "/ticketgate.key", data)
    migrate = lambda: subprocess.run(
        [os.path.join(site.build, "ticketgate"), "migrate"],
        env=dict(os.environ, TG_CONF=conf, TG_DATA=data),
        capture_output=True,
        text=True,
    )
    files = sorted(f for f in os.listdir(SRC + "/sql") if f[:3].isdigit())
    for name in files:
        if name < "010":
            shutil.copy(SRC + "/sql/" + name, data + "/sql")
    site.sql("CREATE DATABASE old", "mysql")
    p = migrate()
    check("the tables of before", p.returncode == 0, p)
    for n, currency in enumerate(("PHP", NONE, THREE, "IQD")):
        site.sql(OLD.format(n=n, c=currency), "old")
    before = {c: amounts(site, c) for c in ("PHP", NONE, THREE, "IQD")}
    shutil.copy(SRC + "/sql/010_money.sql", data + "/sql")
    p = migrate()
    check("010_money.sql is applied", p.returncode == 0, p)
    check("to rows in every table", all(len(rows) == 19 for rows in before.values()), before)
    for currency, rows in before.items():
        by = 10 if currency in (THREE, "IQD") else 1
        got = amounts(site, currency)
        check(
            "%s: %s" % (currency, "thousandths" if by > 1 else "as before"),
            got == [[n * by for n in row] for row in rows],
            (got, rows),
        )
    fees = site.sql("SELECT slug, fee_currency, fee_fixed FROM organizations ORDER BY slug", "old")
    want = [["iqd", "IQD", "12500"], ["jpy", "JPY", "1250"], ["kwd", "KWD", "12500"]]
    check("a fixed fee is in the currency of the events", fees == want + [["php", "PHP", "1250"]])
    # as after a crash between a statement and the note that it was done
    site.sql("UPDATE migrations SET done = 0, finished_at = NULL WHERE name = '010_money'", "old")
    p = migrate()
    check(
        "a second run changes nothing",
        p.returncode == 0
        and "010_money: applied" in p.stdout
        and all(
            amounts(site, c) == [[n * (10 if c in (THREE, "IQD") else 1) for n in r] for r in rows]
            for c, rows in before.items()
        )
        and fees
        == site.sql("SELECT slug, fee_currency, fee_fixed FROM organizations ORDER BY slug", "old"),
        amounts(site, THREE),
    )
    shutil.rmtree(data)


def kept_fractions(c, db, site):
    """A yen amount with decimals from before stays what it was, in every reading."""
    e, (t,) = c.on_sale("Old yen", [ticket(1050)], currency=NONE, absorbFees=False)
    db.sql("UPDATE ticket_types SET price = 105050 WHERE id = X'%s'" % t.replace("-", ""))
    site.command("org", "set", "test", "--fee-percent", "2.5")
    order = c.order(e, [(t, 2)]).data
    check(
        "stored hundredths of a yen are shown and charged",
        (order["subtotal"], order["fees"], order["total"]) == (2101, 52, 2153),
        order,
    )
    r = c.request("PATCH", "/tickets/" + t, {"name": "Renamed"})
    check("another change keeps them", r.status == 200 and r.data["price"] == 1050.5, r)


def main():
    with Site() as site:
        key = site.key()
        db, c = Db(site), Buyer(site, key)
        decimals(c)
        new_currency(c)
        fees(c, db, site)
        fixed_fee(c, site)
        page(c, site)
        kept_fractions(c, db, site)
        conversion(site)
        wrong = verify_output(site)
        check("ticketgate verify agrees", not wrong, wrong)
        problems = [
            l for l in site.log().splitlines() if '"level":"error"' in l
        ] + site.sanitizer_reports()
        check("no error in the log", not problems, "\n".join(problems))
        db.close()
    finish()


main()
