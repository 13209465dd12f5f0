"""The steps of a random walk that sell: holds, orders, refunds, fees, and holds that come to their
end."""
import json

from model_calls import BOX_OFFICE, Call
from random_walk_data import (
    BASE,
    ORDER_QUERIES,
    QUERIES,
    UNKNOWN,
    gently,
    apply_changes,
    mostly,
    move,
    pick,
    queries,
    some,
    line_items,
)

BUYER = {"name": "Ana", "email": "ana@example.com"}


class Shop:
    def call_shop(self, method, path, how, body=None, mount=BOX_OFFICE, marks=()):
        m = {k: v for one in how for k, v in one.items()}
        call = Call(
            method,
            path,
            m.get("key", "all"),
            prefer=m.get("prefer"),
            idem=m.get("idem") if method == "POST" else None,
            mount=mount,
        )
        if method == "POST" and body is not None:
            body = dict(body, zzz=1, id=UNKNOWN) if m.get("noise") else body
            call.body = m.get("raw", json.dumps(body))
            call.content_type = m.get("type", "application/json")
        call.if_match = {
            "fresh": marks[-1] if marks else None,
            "stale": marks[0] if marks else None,
        }.get(m.get("if_match"), m.get("if_match"))
        return call

    def trade(self, call, e):
        """The exchange; then which holds the server ended on its way; then a look around."""
        self.run.steps += 1
        self.exchange(call)
        ids = {
            "%s-%s-%s-%s-%s" % (i[:8], i[8:12], i[12:16], i[16:20], i[20:])
            for i, in self.run.db.sql("SELECT LOWER(HEX(id)) FROM holds WHERE status = 'EXPIRED'")
        }
        wrong = self.world.ended(ids)
        if wrong:
            self.fail(wrong)
        self.look_around(e, "tickets")
        self.exchange(Call("GET", "/orders", query=[("take", "100")]))

    def items(self, e, wanted):
        tickets = e.below["tickets"] if e else []
        others = [t.id for x in self.world.events if x is not e for t in x.below["tickets"]]

        def named(which):
            if isinstance(which, int):
                return tickets[which % len(tickets)].id if tickets else UNKNOWN
            return (others or [UNKNOWN])[0] if which == "other" else which

        return [{"ticketId": named(which), "quantity": quantity} for which, quantity in wanted]

    def selling(self, n):
        """An event that sells, if there is one, and sometimes one that does not."""
        there = [
            e
            for e in self.world.events
            if e.status == "PUBLISHED"
            and any(t.values["published"] and not t.sold_out for t in e.below["tickets"])
        ]
        return there[n % len(there)] if there and n < 2 else self.event(n)

    def latest(self, things, i):
        return things[-1 - i % len(things)] if things else None

    # ---- the rules ----

    @move(3, capacity=some((None, 3, 8)), absorb=some((False, True)))
    def open_shop(self, capacity, absorb):
        """A published event with ticket types on sale."""
        types = [
            {"name": "General", "price": 33.33, "quantity": 6, "published": True, "maxPerOrder": 5},
            {"name": "VIP", "price": 100.01, "quantity": 4, "published": True},
        ]
        self.step(
            Call(
                "POST",
                "/events",
                body=json.dumps(
                    dict(
                        BASE["event"],
                        name="Shop",
                        absorbFees=bool(absorb),
                        eventCapacity=capacity or None,
                        tickets=types,
                    )
                ),
            )
        )
        e = self.world.events[-1]
        self.step(Call("POST", "/events/%s/publish" % e.id), e)

    @move(9, n=pick, wanted=line_items, sent=mostly("hold"), how=gently)
    def hold(self, n, wanted, sent, how):
        e = self.selling(n)
        body = apply_changes(
            {"eventId": e.id if e else UNKNOWN, "items": self.items(e, wanted)}, sent
        )
        self.trade(self.call_shop("POST", "/holds", how, body), e)

    @move(12, n=pick, wanted=line_items, sent=mostly("order"), how=gently)
    def order(self, n, wanted, sent, how):
        e = self.selling(n)
        body = apply_changes(
            {"eventId": e.id if e else UNKNOWN, "items": self.items(e, wanted), "buyer": BUYER},
            sent,
        )
        self.trade(self.call_shop("POST", "/orders", how, body), e)

    @move(6, i=pick, sent=mostly("order"), spelled=some((str, str, str, str.upper)), how=gently)
    def use_hold(self, i, sent, spelled, how):
        h = self.latest(self.world.holds, i)
        if h:
            body = apply_changes(
                {"holdId": spelled(h.id), "buyer": BUYER},
                ([p for p in sent[0] if p[0] != "items"], sent[1]),
            )
            self.trade(self.call_shop("POST", "/orders", how, body), h.event)

    @move(
        7,
        i=pick,
        what=some((("GET", ""), ("DELETE", ""), ("POST", "/extend"), ("POST", "/extend"))),
        named=some(("id", "id", "id", "id", "upper", "unknown", "garbage")),
        how=gently,
    )
    def end_hold(self, i, what, named, how):
        h = self.latest(self.world.holds, i)
        if not h:
            return
        name = {"id": h.id, "upper": h.id.upper(), "unknown": UNKNOWN, "garbage": "not-there"}[
            named
        ]
        self.trade(self.call_shop(what[0], "/holds/%s%s" % (name, what[1]), how), h.event)

    @move(4, i=pick)
    def expire(self, i):
        """A hold comes to its end."""
        live = [h for h in self.world.holds if h.state == "ACTIVE" and not h.over]
        h = self.latest(live, i)
        if h:
            h.lapse("2026-01-02T03:04:05.678Z")
            for table, key in (("holds", "id"), ("hold_items", "hold_id")):
                statement = (
                    "UPDATE %s SET expires_at = '2026-01-02 03:04:05.678' WHERE %s = x'%s'"
                    % (table, key, h.id.replace("-", ""))
                )
                self.lines.append('mariadb ticketgate -e "%s"' % statement)
                self.run.db.sql(statement)
            self.trade(self.call_shop("GET", "/holds/" + h.id, ()), h.event)

    @move(
        9,
        i=pick,
        parts=some(
            (
                None,
                None,
                ((0, 1),),
                ((0, 1),),
                ((1, 1),),
                ((0, 2), (1, 1)),
                ((0, 1), (0, 1)),
                ((0, 9),),
                ((0, 1), (None, 1)),
            )
        ),
        sent=mostly("refund"),
        named=some(("id", "id", "id", "id", "id", "reference", "upper", "unknown")),
        how=gently,
    )
    def refund(self, i, parts, sent, named, how):
        o = self.latest(self.world.orders, i)
        if not o:
            return
        name = {"id": o.id, "reference": o.reference, "upper": o.id.upper(), "unknown": UNKNOWN}[
            named
        ]
        body = (
            {}
            if parts is None
            else {
                "items": [
                    {
                        "itemId": UNKNOWN if k is None else o.parts[k % len(o.parts)].id,
                        "quantity": n,
                    }
                    for k, n in parts
                ]
            }
        )
        self.trade(
            self.call_shop(
                "POST",
                "/orders/%s/refund" % name,
                how,
                apply_changes(body, sent),
                marks=self.marks.get(o.id, []),
            ),
            o.event,
        )

    @move(2, i=pick, restock=some((True, True, False)))
    def take_back(self, i, restock):
        """Everything of an order comes back, and then its ticket type is to go."""
        o = self.latest(self.world.orders, i)
        if o:
            self.trade(
                self.call_shop("POST", "/orders/%s/refund" % o.id, (), {"restock": restock}),
                o.event,
            )
            self.step(Call("DELETE", "/tickets/" + o.parts[0].ticket_id, "all"), o.event, "tickets")

    @move(3, i=pick, by=some((-1, -1, 0, 1)), what=some(("quantity", "quantity", "eventCapacity")))
    def shrink(self, i, by, what):
        """As far down as it goes, and one further: of what is held or was bought last."""
        last = self.latest(self.world.holds if i == 0 else self.world.orders, i)
        if last and last.event in self.world.events:
            t, e = last.parts[0].ticket, last.event
            value = (t if what == "quantity" else e).gone + by
            path = "/tickets/" + t.id if what == "quantity" else "/events/" + e.id
            self.step(Call("PATCH", path, "all", json.dumps({what: value})), e, "tickets")

    @move(2, points=some((0, 1, 250, 333, 10000)), fixed=some((0, 1, 1500)))
    def fees(self, points, fixed):
        self.world.fee = (points, fixed)
        statement = (
            "UPDATE organizations SET fee_basis_points = %d, fee_fixed = %d WHERE slug = 'test'"
            % (points, fixed)
        )  # as `ticketgate org set` does
        self.lines.append('mariadb ticketgate -e "%s"' % statement)
        self.run.db.sql(statement)

    @move(
        3,
        i=pick,
        named=some(("id", "id", "reference", "upper", "unknown", "lower")),
        known=some((False, True)),
        how=gently,
    )
    def get_order(self, i, named, known, how):
        o = self.latest(self.world.orders, i)
        if not o:
            return
        name = {
            "id": o.id,
            "reference": o.reference,
            "upper": o.id.upper(),
            "unknown": UNKNOWN,
            "lower": o.reference.lower(),
        }[named]
        call = self.call_shop("GET", "/orders/" + name, how, mount="/open-api/v1")
        seen = self.world.seen.get(o.id)
        call.if_match, call.if_none_match = None, seen[0] if known and seen else None
        self.run.steps += 1
        self.exchange(call)

    @move(
        3,
        n=pick,
        under=some((False, True)),
        paging=some(QUERIES),
        filters=queries(ORDER_QUERIES),
        exact=some((None, None, "eventId", "reference")),
        how=gently,
    )
    def list_orders(self, n, under, paging, filters, exact, how):
        e, o = self.event(n), self.latest(self.world.orders, n)
        call = self.call_shop(
            "GET",
            "/events/%s/orders" % (e.values["slug"] if n else e.id) if under and e else "/orders",
            how,
            mount="/open-api/v1",
        )
        call.if_match, query = None, dict(pair for part in [paging] + filters for pair in part)
        if exact and o:
            query[exact] = o.reference if exact == "reference" else o.event.id
        call.query = list(query.items())
        self.run.steps += 1
        self.exchange(call)
