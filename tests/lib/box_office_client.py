"""For the tests of the box office: an organizer's shop, its buyers, and every counter counted again
from the rows."""
import http.client
import json
import time
import uuid

from concurrency import Client, event, wait_for

MOUNT = "/box-office/v1"
BUYER = {"name": "Ana Reyes", "email": "ana@example.com"}


class Buyer(Client):
    """A kept-alive client that speaks to both mounts: sell() to the box office, request() to the
    Open API."""

    def sell(self, method, path, body=None, headers=None):
        self.connect()
        try:
            return self.site.request(
                method, path, self.key, body, headers, mount=MOUNT, connection=self.connection
            )
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def order(self, event_id, items, headers=None, **more):
        return self.sell("POST", "/orders", order_body(event_id, items, **more), headers)

    def hold(self, event_id, items, headers=None, **more):
        return self.sell("POST", "/holds", hold_body(event_id, items, **more), headers)

    def use(self, hold_id, headers=None, **more):
        return self.sell(
            "POST", "/orders", dict({"holdId": hold_id, "buyer": BUYER}, **more), headers
        )

    def release(self, hold_id):
        return self.sell("DELETE", "/holds/" + hold_id)

    def refund(self, order_id, body=None, headers=None):
        return self.sell(
            "POST", "/orders/%s/refund" % order_id, body if body is not None else {}, headers
        )

    def on_sale(self, name, types, **more):
        """A published event. types: quantities, or ticket types as a POST wants them. -> (event id,
        [ticket ids])"""
        wanted = [
            dict(
                {
                    "name": "Type %d" % i,
                    "price": 100,
                    "published": True,
                    "lowInventoryThreshold": 0,
                },
                **(t if isinstance(t, dict) else {"quantity": t})
            )
            for i, t in enumerate(types)
        ]
        once = {"Idempotency-Key": str(uuid.uuid4())}
        made = self.post("/events", event(name, tickets=wanted, **more), headers=once)
        end = time.monotonic() + 60
        while made.status == 503 and time.monotonic() < end:  # as Retry-After asks
            time.sleep(0.5)
            made = self.post("/events", event(name, tickets=wanted, **more), headers=once)
        if made.status != 201:
            raise RuntimeError("POST /events: %r" % made)
        done = self.post("/events/%s/publish" % made.data["id"])
        if done.status != 200:
            raise RuntimeError("publish: %r" % done)
        return made.data["id"], [t["id"] for t in made.data["tickets"]]


def lines(items):
    return [{"ticketId": t, "quantity": n} for t, n in items]


def order_body(event_id, items, **more):
    return dict({"eventId": event_id, "items": lines(items), "buyer": BUYER}, **more)


def hold_body(event_id, items, **more):
    return dict({"eventId": event_id, "items": lines(items)}, **more)


def raw_id(text):
    """A UUID as SQL."""
    return "X'%s'" % text.replace("-", "")


# ---- everything counted again ----

CHECKS = [
    (
        "sold",
        "SELECT t.name, t.sold, COALESCE(i.n, 0) AS real_"
        " FROM ticket_types t"
        " LEFT JOIN (SELECT ticket_id, SUM(quantity - restocked_quantity) AS n"
        " FROM order_items GROUP BY ticket_id) i"
        " ON i.ticket_id = t.id WHERE t.sold <> COALESCE(i.n, 0)",
    ),
    (
        "held",
        "SELECT t.name, t.held, COALESCE(h.n, 0)"
        " FROM ticket_types t"
        " LEFT JOIN (SELECT i.ticket_id, SUM(i.quantity) AS n FROM hold_items i JOIN holds h"
        " ON h.id = i.hold_id AND h.status = 'ACTIVE'"
        " GROUP BY i.ticket_id) h ON h.ticket_id = t.id WHERE t.held <> COALESCE(h.n, 0)",
    ),
    (
        "oversold",
        "SELECT name, sold, held, quantity"
        " FROM ticket_types"
        " WHERE CAST(sold AS SIGNED) + held > quantity",
    ),
    (
        "ledger",
        "SELECT t.name, t.sold, t.held, l.sold, l.held"
        " FROM ticket_types t"
        " LEFT JOIN (SELECT ticket_id, SUM(sold) AS sold, SUM(held) AS held"
        " FROM ledger GROUP BY ticket_id) l ON l.ticket_id = t.id"
        " WHERE t.sold <> COALESCE(l.sold, 0) OR t.held <> COALESCE(l.held, 0)",
    ),
    (
        "taken",
        "SELECT e.name, s.taken, SUM(t.sold + t.held) AS n"
        " FROM event_stock s"
        " JOIN events e ON e.id = s.event_id"
        " LEFT JOIN ticket_types t ON t.event_id = e.id"
        " WHERE s.capacity IS NOT NULL"
        " GROUP BY e.id HAVING s.taken <> COALESCE(n, 0)",
    ),
    (
        "over capacity",
        "SELECT e.name, s.taken, s.capacity"
        " FROM event_stock s"
        " JOIN events e ON e.id = s.event_id"
        " WHERE s.capacity IS NOT NULL AND s.taken > s.capacity",
    ),
    (
        "capacity",
        "SELECT e.name, e.event_capacity, s.capacity"
        " FROM events e"
        " LEFT JOIN event_stock s ON s.event_id = e.id"
        " WHERE s.event_id IS NULL OR NOT s.capacity <=> e.event_capacity",
    ),
    (
        "capped",
        "SELECT e.name, t.capped"
        " FROM ticket_types t"
        " JOIN events e ON e.id = t.event_id"
        " WHERE t.capped <> (e.event_capacity IS NOT NULL)",
    ),
    (
        "hold without items",
        "SELECT HEX(h.id), h.status"
        " FROM holds h"
        " LEFT JOIN hold_items i ON i.hold_id = h.id"
        " GROUP BY h.id"
        " HAVING (h.status = 'ACTIVE') <> (COUNT(i.hold_id) > 0)",
    ),
    (
        "item without hold",
        "SELECT HEX(i.hold_id)"
        " FROM hold_items i"
        " LEFT JOIN holds h ON h.id = i.hold_id"
        " WHERE h.id IS NULL OR h.expires_at <> i.expires_at",
    ),
    (
        "used hold",
        "SELECT HEX(h.id), h.status, HEX(h.order_id)"
        " FROM holds h"
        " LEFT JOIN orders o ON o.id = h.order_id"
        " WHERE (h.status = 'USED') <> (o.id IS NOT NULL)"
        " OR (o.id IS NOT NULL AND (o.total <> h.total OR o.fees <> h.fees))",
    ),
    (
        "hold in the ledger",
        "SELECT HEX(h.id), h.status, l.n, l.made"
        " FROM holds h"
        " LEFT JOIN (SELECT source_id, SUM(held) AS n, SUM(IF(kind = 'HOLD', held, 0)) AS made"
        " FROM ledger GROUP BY source_id) l ON l.source_id = h.id"
        " WHERE COALESCE(l.made, 0) < 1 OR l.n <> IF(h.status IN ('ACTIVE', 'USED'), l.made, 0)",
    ),
    (
        "order sums",
        "SELECT o.reference, o.subtotal, o.fees, o.total, o.refunded_total, i.*"
        " FROM orders o"
        " LEFT JOIN (SELECT order_id, SUM(subtotal) AS s, SUM(unit_fee * quantity) AS f,"
        " SUM(refunded_quantity * (unit_price + unit_fee)) AS r"
        " FROM order_items"
        " GROUP BY order_id) i ON i.order_id = o.id"
        " WHERE i.order_id IS NULL OR o.subtotal <> i.s OR o.fees <> i.f OR o.total <> i.s + i.f"
        " OR o.refunded_total <> i.r",
    ),
    (
        "item sums",
        "SELECT HEX(order_id), quantity, unit_price, subtotal, refunded_quantity,"
        " restocked_quantity"
        " FROM order_items"
        " WHERE subtotal <> quantity * unit_price OR restocked_quantity > refunded_quantity",
    ),
    (
        "item without order",
        "SELECT HEX(i.order_id)"
        " FROM order_items i"
        " LEFT JOIN orders o ON o.id = i.order_id"
        " WHERE o.id IS NULL",
    ),
    (
        "status",
        "SELECT o.reference, o.status, i.q, i.r"
        " FROM orders o"
        " JOIN (SELECT order_id, SUM(quantity) AS q, SUM(refunded_quantity) AS r"
        " FROM order_items GROUP BY order_id) i ON i.order_id = o.id"
        " WHERE o.status <> IF(i.r = 0, 'COMPLETED', IF(i.r < i.q, 'PARTIALLY_REFUNDED',"
        " 'REFUNDED'))",
    ),
    (
        "refunds",
        "SELECT o.reference, o.refunded_total, r.n"
        " FROM orders o"
        " LEFT JOIN (SELECT order_id, SUM(amount) AS n FROM refunds GROUP BY order_id) r"
        " ON r.order_id = o.id"
        " WHERE o.refunded_total <> COALESCE(r.n, 0)",
    ),
    (
        "refund version",
        "SELECT o.reference, o.version, r.n"
        " FROM orders o"
        " LEFT JOIN (SELECT order_id, COUNT(*) AS n FROM refunds GROUP BY order_id) r"
        " ON r.order_id = o.id"
        " WHERE o.version <> 1 + COALESCE(r.n, 0)"
        " AND NOT EXISTS (SELECT 1 FROM check_ins c WHERE c.order_id = o.id)",
    ),
    (
        "order in the ledger",
        "SELECT o.reference, i.q, i.back, l.*"
        " FROM orders o"
        " JOIN (SELECT order_id, SUM(quantity) AS q, SUM(restocked_quantity) AS back"
        " FROM order_items GROUP BY order_id) i ON i.order_id = o.id"
        " LEFT JOIN (SELECT source_id, SUM(IF(kind IN ('SALE', 'SETTLE'), sold, 0)) AS bought,"
        " SUM(IF(kind = 'REFUND', -sold, 0)) AS back FROM ledger GROUP BY source_id) l"
        " ON l.source_id = o.id"
        " WHERE l.source_id IS NULL OR l.bought <> i.q OR l.back <> i.back",
    ),
    (
        "ledger without source",
        "SELECT l.kind, HEX(l.source_id)"
        " FROM ledger l"
        " LEFT JOIN orders o ON o.id = l.source_id"
        " LEFT JOIN holds h ON h.id = l.source_id"
        " WHERE o.id IS NULL AND h.id IS NULL",
    ),
    (
        "order.completed",
        "SELECT o.reference, b.n"
        " FROM orders o"
        " LEFT JOIN (SELECT subject_id, COUNT(*) AS n FROM outbox"
        " WHERE type = 'order.completed' GROUP BY subject_id) b ON b.subject_id = o.id"
        " WHERE COALESCE(b.n, 0) <> 1",
    ),
    (
        "order.refunded",
        "SELECT o.reference, b.n, r.n"
        " FROM orders o"
        " LEFT JOIN (SELECT subject_id, COUNT(*) AS n FROM outbox"
        " WHERE type = 'order.refunded' GROUP BY subject_id) b ON b.subject_id = o.id"
        " LEFT JOIN (SELECT order_id, COUNT(*) AS n FROM refunds GROUP BY order_id) r"
        " ON r.order_id = o.id"
        " WHERE COALESCE(b.n, 0) <> COALESCE(r.n, 0)",
    ),
    (
        "outbox without order",
        "SELECT b.type, HEX(b.subject_id)"
        " FROM outbox b"
        " LEFT JOIN orders o ON o.id = b.subject_id"
        " WHERE b.type LIKE 'order.%' AND o.id IS NULL",
    ),
    (
        "outbox body",
        "SELECT type, HEX(subject_id), LEFT(CONVERT(body USING utf8mb4), 200)"
        " FROM outbox"
        " WHERE NOT JSON_VALID(CONVERT(body USING utf8mb4))"
        " OR NOT BINARY JSON_VALUE(CONVERT(body USING utf8mb4), '$.event') <=> BINARY type"
        " OR NOT UNHEX(REPLACE(IF(type = 'ticket.checked_in',"
        " JSON_VALUE(CONVERT(body USING utf8mb4), '$.data.order.id'),"
        " JSON_VALUE(CONVERT(body USING utf8mb4), '$.data.id')), '-', '')) <=> subject_id",
    ),
    (
        "audit",
        "SELECT o.reference, a.n"
        " FROM orders o"
        " LEFT JOIN (SELECT resource_id, COUNT(*) AS n FROM audit WHERE action IN ('sale.create',"
        " 'public.order.create') GROUP BY resource_id) a ON a.resource_id = o.id"
        " WHERE COALESCE(a.n, 0) <> 1",
    ),
    (
        "audit without order",
        "SELECT HEX(a.resource_id)"
        " FROM audit a"
        " LEFT JOIN orders o ON o.id = a.resource_id"
        " WHERE a.action = 'sale.create' AND o.id IS NULL",
    ),
    ("idempotency", "SELECT idem_key, status FROM idempotency WHERE status IS NULL"),
]


def recount(db):
    """What disagrees, a line each; empty when all is well."""
    return ["%s: %s" % (name, row) for name, text in CHECKS for row in db.sql(text)]


DAMAGES = [
    "UPDATE ticket_types SET sold = sold - 1 WHERE sold > 0 LIMIT 1",
    "UPDATE ticket_types SET held = held + 1 WHERE sold + held < quantity LIMIT 1",
    "DELETE FROM ledger LIMIT 1",
    "DELETE FROM outbox WHERE type = 'order.completed' LIMIT 1",
    "DELETE FROM outbox WHERE type = 'order.refunded' LIMIT 1",
    "DELETE FROM order_items LIMIT 1",
    "DELETE FROM orders LIMIT 1",
    "DELETE FROM refunds LIMIT 1",
    "UPDATE orders SET refunded_total = refunded_total - 1 WHERE refunded_total > 0 LIMIT 1",
    "DELETE FROM hold_items LIMIT 1",
    "DELETE FROM holds LIMIT 1",
    "UPDATE event_stock SET taken = taken - 1 WHERE capacity IS NOT NULL AND taken > 0 LIMIT 1",
    "UPDATE orders SET status = 'REFUNDED' WHERE status = 'COMPLETED' LIMIT 1",
    "UPDATE holds SET status = 'ACTIVE' WHERE status = 'USED' LIMIT 1",
    "UPDATE ticket_types SET capped = NOT capped LIMIT 1",
    "DELETE FROM audit WHERE action = 'sale.create' LIMIT 1",
    "UPDATE outbox SET body = 'x' LIMIT 1",
    "UPDATE order_items SET unit_fee = unit_fee + 1 LIMIT 1",
]


def undetected_damages(db):
    """The damages that recount does not see: each is done and undone."""
    out = []
    for damage in DAMAGES:
        db.sql("BEGIN")
        db.sql(damage)
        if not recount(db):
            out.append(damage)
        db.sql("ROLLBACK")
    return out


def verify_output(site):
    """What `ticketgate verify` says is wrong; '' when nothing is, or when there is no such command
    yet."""
    p = site.command("verify", check_status=False)
    return "" if p.returncode == 0 or "no command verify" in p.stderr else p.stdout + p.stderr


def outbox(db, kind, subject=None):
    """The bodies, oldest first."""
    where = " AND subject_id = %s" % raw_id(subject) if subject else ""
    return [
        bytes.fromhex(row[0])
        for row in db.sql(
            "SELECT HEX(body) FROM outbox WHERE type = '%s'%s ORDER BY id" % (kind, where)
        )
    ]


def stock_of(db, ticket_id):
    """(sold, held, quantity)"""
    return tuple(
        int(n)
        for n in db.sql(
            "SELECT sold, held, quantity FROM ticket_types WHERE id = %s" % raw_id(ticket_id)
        )[0]
    )


__all__ = [
    "Buyer",
    "BUYER",
    "MOUNT",
    "lines",
    "order_body",
    "hold_body",
    "raw_id",
    "recount",
    "undetected_damages",
    "verify_output",
    "outbox",
    "stock_of",
    "wait_for",
    "json",
]
