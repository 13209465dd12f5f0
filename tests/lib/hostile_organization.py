"""An organization that has everything it may have, and more waiting than any batch takes: made by
the API once, and multiplied by SQL, behind the programs' back."""
import time

from box_office_client import raw_id
from concurrency import Db

AMOUNT = 500_000_000_000_000  # 50 types, 1000 tickets each, of 10^10 each
WIDE = "𝔘" * 120  # four bytes a letter
LARGE = 300  # orders and holds of 50 ticket types


class Hostile:
    def __init__(self, site, url, scale=1.0):
        self.site, self.db, self.url = site, Db(site), url
        self.n = lambda most: max(int(most * scale), 1)
        self.code = 0
        self.now = int(time.time() * 1000)
        site.org("Hostile", "hostile")
        self.org = self.db.one("SELECT HEX(id) FROM organizations WHERE slug = 'hostile'")
        self.key = site.key(org="hostile", callback=url)

    def id(self, n="s.seq", code=None):
        """SQL of an id as those of UUIDv7: ordered by n, two minutes ago."""
        at = "LPAD(HEX(%d), 12, '0')" % (self.now - 120000)
        tail = "LPAD(HEX(%s), 15, '0')" % n
        return "UNHEX(CONCAT(%s, '7%03X8', %s))" % (at, self.code if code is None else code, tail)

    def multiply(self, table, n, where, **changed):
        """Copies the one row `where` names n times, with other values in some columns."""
        columns = [
            row[0]
            for row in self.db.sql(
                "SELECT column_name FROM information_schema.columns WHERE table_schema ="
                " 'ticketgate' AND table_name = '%s' AND extra NOT LIKE '%%GENERATED%%'" % table
            )
        ]
        missing = set(changed) - set(columns)
        if missing:
            raise RuntimeError("%s has no %s" % (table, missing))
        if "id" in columns and "id" not in changed:
            self.code += 1
            changed["id"] = self.id()
        self.db.sql(
            "INSERT INTO %s (%s) SELECT %s FROM seq_1_to_%d s"
            " STRAIGHT_JOIN (SELECT * FROM %s WHERE %s LIMIT 1) t"
            % (
                table,
                ", ".join(columns),
                ", ".join(str(changed.get(c, "t." + c)) for c in columns),
                n,
                table,
                where,
            )
        )
        return self.code

    def mine(self, more="1"):
        return "org_id = X'%s' AND %s" % (self.org, more)

    def fill(self):
        for part in (self.accounts, self.catalogue, self.sales, self.holds, self.notices):
            began = time.monotonic()
            part()
            print("# filled: %s, %.1f s" % (part.__name__, time.monotonic() - began), flush=True)
        self.db.close()

    def accounts(self):
        """50 keys with 64 networks and a callback URL each, 50 users, 20 webhooks, every
        Idempotency-Key of one key."""
        self.site.user("owner", org="hostile")
        for i in range(20):
            r = self.site.post("/webhooks", self.key, self.webhook("hook%d" % i))
            if r.status != 201:
                raise RuntimeError("webhook: %r" % r)
        code = self.multiply("api_keys", 49, self.mine(), key_hash="UNHEX(SHA2(s.seq, 256))")
        self.db.sql(
            "INSERT INTO api_key_allowlist (key_id, cidr) SELECT %s,"
            " CONCAT('10.', a.seq, '.0.0/16')"
            " FROM seq_1_to_49 s JOIN seq_1_to_64 a" % self.id(code=code)
        )
        code = self.multiply(
            "webhook_endpoints", 49, self.mine("kind = 'KEY'"), source_id=self.id(code=code)
        )
        one = self.mine("endpoint_id IN (SELECT id FROM webhook_endpoints WHERE kind = 'KEY')")
        self.multiply("webhook_secrets", 49, one, endpoint_id=self.id(code=code), id="t.id")
        self.multiply("users", 49, self.mine(), email="CONCAT('u', s.seq, '@hostile.example')")
        # as common/access/idempotency.c writes them
        self.db.sql(
            "INSERT INTO idempotency (key_id, idem_key, fingerprint, status, body, created_at)"
            " SELECT k.id, CONCAT('key', s.seq), UNHEX(SHA2('', 256)), 400, REPEAT('x', 60), NOW(3)"
            " FROM seq_1_to_%d s STRAIGHT_JOIN (SELECT id FROM api_keys WHERE %s LIMIT 1) k"
            % (self.n(200000), self.mine())
        )

    def webhook(self, name):
        return {
            "url": self.url + name,
            "events": ["order.completed", "order.refunded", "event.sold_out"],
        }

    def catalogue(self):
        """One event of 100 ticket types by the API, 20 copies of it, and 2,000 without any."""
        types = [
            {
                "name": WIDE,
                "description": "x" * 2000,
                "price": 10_000_000_000,
                "quantity": 10_000_000,
                "maxPerOrder": 1000,
                "published": True,
            }
        ] * 100
        body = {"name": WIDE + "𝔘" * 80, "dateTime": "2031-01-01T20:00:00Z", "tickets": types}
        r = self.site.post("/events", self.key, body)
        if r.status != 201:
            raise RuntimeError("event: %r" % r)
        self.event, self.tickets = r.data["id"], [t["id"] for t in r.data["tickets"]]
        self.site.post("/events/%s/publish" % self.event, self.key)
        code = self.multiply("events", self.n(2000), self.mine(), slug="CONCAT('event-', s.seq)")
        self.copies = code
        self.multiply(
            "ticket_types",
            20 * 100,
            self.mine(),
            event_id=self.id("(s.seq - 1) DIV 100 + 1", code),
            position="(s.seq - 1) % 100",
        )
        for table in ("event_stock", "event_words"):
            self.multiply(table, self.n(2000), self.mine(), event_id=self.id(code=code))
        self.db.sql(
            "UPDATE counters SET n = n + %d WHERE org_id = X'%s' AND name = 'events:PUBLISHED'"
            % (self.n(2000), self.org)
        )

    def sales(self):
        """20,000 orders of the highest amounts, not counted by a sweep yet. The first ones have 50
        items, and are of an event each."""
        body = {
            "eventId": self.event,
            "items": [{"ticketId": t, "quantity": 1} for t in self.tickets[:50]],
            "buyer": {"name": "x" * 200, "email": "a@hostile.example"},
        }
        r = self.site.post("/orders", self.key, body, mount="/box-office/v1")
        if r.status != 201:
            raise RuntimeError("order: %r" % r)
        n, of = self.n(20000), raw_id(r.data["id"])
        copy = self.id("(s.seq - 1) %% %d + 1" % self.n(2000), self.copies)
        code = self.multiply(
            "orders",
            n,
            "id = " + of,
            event_id="IF(s.seq <= %d, %s, t.event_id)" % (LARGE, copy),
            reference="CONCAT('TN-', s.seq)",
            subtotal=AMOUNT,
            fees=0,
            total=AMOUNT,
            created_at="t.created_at - INTERVAL 2 MINUTE",
        )
        self.multiply("order_items", n, "order_id = " + of, order_id=self.id(code=code))
        order = self.id("(s.seq - 1) DIV 49 + 1", code)
        self.multiply("order_items", 49 * LARGE, "order_id = " + of, order_id=order)
        self.multiply("audit", self.n(50000), self.mine("action LIKE '%order%'"))
        self.multiply("audit", self.n(50000), self.mine(), actor_type="'visitor'", actor_id="NULL")

    def holds(self):
        """Holds that have all expired and that no sweep has released yet; the first ones of 50
        ticket types."""
        body = {"eventId": self.event, "items": [{"ticketId": self.tickets[0], "quantity": 1}]}
        r = self.site.post("/holds", self.key, body, mount="/box-office/v1")
        n, of = self.n(3000), raw_id(r.data["id"])
        over = "NOW(3) - INTERVAL 1 MINUTE"
        code = self.multiply("holds", n, "id = " + of, expires_at=over)
        self.multiply(
            "hold_items", n, "hold_id = " + of, hold_id=self.id(code=code), expires_at=over
        )
        self.db.sql(
            "UPDATE ticket_types SET held = held + %d WHERE id = %s" % (n, raw_id(self.tickets[0]))
        )
        types = "t.event_id = %s AND t.position BETWEEN 1 AND 49" % raw_id(self.event)
        self.db.sql(
            "INSERT INTO hold_items (hold_id, ticket_id, org_id, event_id, name, quantity,"
            " unit_price, unit_fee, expires_at) SELECT i.hold_id, t.id, t.org_id, t.event_id,"
            " t.name, 1, 0, 0, i.expires_at FROM hold_items i JOIN ticket_types t ON %s"
            " WHERE i.hold_id IN (SELECT %s FROM seq_1_to_%d s);"
            "UPDATE ticket_types t SET held = held + %d WHERE %s"
            % (types, self.id(code=code), LARGE, LARGE, types)
        )

    def notices(self):
        """100,000 events to fan out to 70 endpoints, and 50,000 deliveries that are due."""
        self.multiply(
            "outbox", self.n(100000), self.mine("type = 'order.completed'"), body="'{}'", pending=1
        )
        hooks = (
            "SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS k FROM webhook_endpoints"
            " WHERE " + self.mine("kind = 'WEBHOOK'")
        )
        n = self.n(50000)
        self.code += 1
        self.db.sql(
            "INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event, body, due_at,"
            " created_at) SELECT %s, X'%s', w.id, 'order.completed', '{}', NOW(3), NOW(3)"
            " FROM seq_1_to_%d s JOIN (%s) w ON w.k = s.seq %% 20" % (self.id(), self.org, n, hooks)
        )
        self.db.sql(
            "UPDATE webhook_tallies t JOIN (SELECT endpoint_id, COUNT(*) AS n"
            " FROM webhook_deliveries WHERE %s GROUP BY endpoint_id) d"
            " ON d.endpoint_id = t.endpoint_id SET t.pending = d.n" % self.mine()
        )
