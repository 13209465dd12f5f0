#!/usr/bin/env python3
"""Finding people among a million tickets: as many rows are read as among a thousand."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer  # noqa: E402
from harness import Site, check, finish  # noqa: E402

UNITS = 10
FEW, MANY = 100, 100000  # orders: a thousand tickets, a million
COUNTERS = "SHOW GLOBAL STATUS LIKE 'Handler_read%'"
REFERENCE = "LPAD(CONV(seq, 10, 8), 8, '0')"
for digit in "76543210":  # the digits of references are 2 to 9
    REFERENCE = "REPLACE(%s, '%s', '%d')" % (REFERENCE, digit, int(digit) + 2)
NAMES = "CONCAT('Name', seq % 997, ' Family', seq)"


def fill(site, event, ticket, orders, begin):
    """Orders of the event, as if they had been sold and swept; ids in the order of seq."""
    ids = "UNHEX(CONCAT(LPAD(HEX(%d + seq), 12, '0'), '70008', LPAD(HEX(seq), 15, '0')))" % begin
    rows = "seq_1_to_%d s JOIN events e ON e.id = UNHEX('%s')" % (orders, event)
    site.sql(
        "INSERT INTO orders (id, org_id, event_id, reference, status, buyer_name, buyer_email,"
        " currency, subtotal, fees, total, created_at, completed_at)"
        " SELECT %s, e.org_id, e.id, CONCAT('TN-', %s),"
        " 'COMPLETED', %s, CONCAT('b', seq, '@example.com'), 'PHP', 1000, 0, 1000,"
        " NOW(3), NOW(3) FROM %s" % (ids, REFERENCE, NAMES, rows)
    )
    site.sql(
        "INSERT INTO order_items (order_id, id, org_id, ticket_id, name, quantity, unit_price,"
        " subtotal) SELECT o.id, o.id, o.org_id, UNHEX('%s'), 'Type', %d, 100, 1000"
        " FROM orders o WHERE o.event_id = UNHEX('%s')" % (ticket, UNITS, event)
    )
    for word in ("CONCAT('name', seq % 997)", "CONCAT('family', seq)"):
        site.sql(
            "INSERT INTO order_words (org_id, word, order_id) SELECT e.org_id, %s, %s FROM %s"
            % (word, ids, rows)
        )
    site.sql(
        "INSERT INTO issued_tickets (order_id, item_id, unit, org_id, event_id, ticket_id,"
        " check_in_id, checked_in_at, gate, changed_at)"
        " SELECT o.id, o.id, 1, o.org_id, o.event_id, UNHEX('%s'), o.id, NOW(3), 'Gate A', NOW(3)"
        " FROM orders o WHERE o.event_id = UNHEX('%s')" % (ticket, event)
    )
    for table, column in (("order_word_marks", "mark"), ("sales_marks", "orders_mark")):
        more = ", refunds_mark" if table == "sales_marks" else ""
        site.sql(
            "REPLACE INTO %s (org_id, %s%s) SELECT org_id, MAX(id)%s FROM orders"
            " WHERE event_id = UNHEX('%s') GROUP BY org_id"
            % (table, column, more, ", MAX(id)" if more else "", event)
        )
    site.sql(
        "INSERT INTO sales_quarters (org_id, event_id, at, ticket_id, currency, orders, tickets)"
        " SELECT org_id, id, '2026-01-01', REPEAT('\\0', 16), 'PHP', %d, %d FROM events"
        " WHERE id = UNHEX('%s')" % (orders, orders * UNITS, event)
    )
    site.sql("ANALYZE TABLE orders, order_items, order_words, issued_tickets")


class Shop:
    def __init__(self, site, org, orders, begin):
        self.c = Buyer(site, site.key(org=org))
        self.site = site
        self.event, types = self.c.on_sale("Event of " + org, [10000000])
        fill(site, self.event.replace("-", ""), types[0].replace("-", ""), orders, begin)

    def reads(self):
        return sum(int(row[1]) for row in self.site.sql(COUNTERS))

    def ask(self, query):
        """The rows that were read, without those of counting them, and the response."""
        path = "/events/%s/issued-tickets?take=20&%s" % (self.event, query)
        self.c.get(path)  # statements are prepared
        idle = -self.reads() + self.reads()
        before = self.reads()
        r = self.c.get(path)
        return self.reads() - before - idle, r


def main():
    with Site() as site:
        site.command("org", "create", "--name", "Big", "--slug", "big")
        few = Shop(site, "test", FEW, 1700000000000)
        many = Shop(site, "big", MANY, 1710000000000)
        code = few.c.get("/events/%s/issued-tickets?q=family77" % few.event).data[3]["code"]
        big_code = many.c.get("/events/%s/issued-tickets?q=family77777" % many.event).data[3][
            "code"
        ]
        queries = {
            "a name": ("q=family77", "q=family77777", UNITS),
            "two words": ("q=name77%20family77", "q=name7%20family77773", UNITS),
            "an address": ("q=b77%40example.com", "q=b77777%40example.com", UNITS),
            "a code": ("q=" + code, "q=" + big_code, 1),
            "the first page": ("", "", None),
            "who is in": ("status=CHECKED_IN", "status=CHECKED_IN", None),
        }
        for what, (small, large, found) in queries.items():
            one, r = few.ask(small)
            other, s = many.ask(large)
            right = r.status == s.status == 200
            right = (
                right and len(r.data) == len(s.data) == (found or 20) if found != UNITS else right
            )
            check("%s: found" % what, right and s.data, (r, s))
            # the total of who is in counts an index
            grows = MANY if what == "who is in" else 0
            check("%s: as few rows" % what, other <= 2 * one + 50 + 1.1 * grows, (one, other))
        first = many.c.get("/events/%s/issued-tickets" % many.event)
        check(
            "the total is a million",
            first.json["meta"]["total"] == MANY * UNITS,
            first.json["meta"],
        )
    finish()


main()
