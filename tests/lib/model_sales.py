"""The box office's part of the contract: holds, orders, refunds, and the lists of orders."""
import datetime
import re

from model_calls import Answer, Refusal, recent
from model_fields import DECIMALS, address_key, choice, is_uuid, minor, moment, text, uuid
from model_resources import HOLD, REFUND, SALE, Hold, Order, Part

REFERENCE = "TN-[2-9A-HJKMNPQRSTVWXYZ]{8}"


def normalize_reference(name):
    """The reference that somebody typed."""
    bare = re.fullmatch(
        "(?:TN)?([2-9A-HJKMNPQRSTVWXYZ]{8})",
        re.sub("[a-z]", lambda c: c[0].upper(), re.sub("[ -]", "", name)),
    )
    return bare and "TN-" + bare[1]


class Sales:
    # ---- may it be sold? ----

    def offer(self, ask, event_id, line_items):
        """(the event, its parts that are bought), or the refusal of whatever speaks against it
        first."""
        if not line_items:
            raise Refusal(400, fields=["items"])
        e = next((e for e in self.events if e.id == event_id), None)
        if not e:
            raise Refusal(404, "Event not found: " + event_id)
        there, seen, parts = {t.id: t for t in e.below["tickets"]}, set(), []
        for i, line_item in enumerate(line_items):
            t = there.get(line_item["ticketId"])
            if not t or t.id in seen:
                ask.problems.append("items.%d.ticketId" % i)
            seen.add(line_item["ticketId"])
            parts += [self.part(t, line_item["quantity"], e)] if t else []
        ask.settle()
        if e.status != "PUBLISHED":
            raise Refusal(409, "event is not published")
        for p in parts:
            self.on_offer(p, parts)
        self.enough(e, parts)
        return e, parts

    def part(self, t, quantity, e):
        price, (points, fixed) = minor(t.values["price"]), self.fee
        step = 10 ** (2 - DECIMALS[e.values["currency"]])
        half = 0 if self.flip == "half a centavo is dropped" else 5000 * step
        if e.values["currency"] != "PHP" or (self.flip == "a fee on each line" and quantity > 1):
            fixed = 0  # the organization's fixed fee is in PHP
        fee = (
            0
            if e.values["absorbFees"] or not price
            else (price * points + fixed * 10000 + half) // (10000 * step) * step
        )
        return Part(t, quantity, price, fee)

    def on_offer(self, p, parts):
        v, now = p.ticket.values, datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        asked = (
            sum(x.quantity for x in parts)
            if self.flip == "a maximum is for all types together"
            else p.quantity
        )
        for wrong, says in (
            (not v["published"], "not published"),
            (
                v["salesStartAt"] and v["salesStartAt"] > now,
                "not on sale yet: sales start at %s" % v["salesStartAt"],
            ),
            (
                v["salesEndAt"] and v["salesEndAt"] <= now,
                "no longer on sale: sales ended at %s" % v["salesEndAt"],
            ),
            (p.quantity < v["minPerOrder"], "at least %d" % v["minPerOrder"]),
            (asked > v["maxPerOrder"], "at most %d" % v["maxPerOrder"]),
            (p.ticket.marked, "sold out"),
        ):
            if wrong:
                raise Refusal(409, [says, "'%s'" % p.name])

    def over(self, e):
        """Holds whose end has passed give back at once to whoever needs it."""
        return [
            h
            for h in self.holds
            if h.event is e and h.state == "ACTIVE" and h.over and self.flip != "holds do not end"
        ]

    def enough(self, e, parts):
        coming = [p for h in self.over(e) for p in h.parts]
        for p in parts:
            left = (
                p.ticket.values["quantity"]
                - p.ticket.gone
                + sum(x.quantity for x in coming if x.ticket is p.ticket)
                + (self.flip == "one more than there is")
            )
            if left < p.quantity:
                raise Refusal(
                    409,
                    [
                        "Only %d of" % left
                        if left >= p.ticket.values["minPerOrder"]
                        else "sold out",
                        "'%s'" % p.name,
                    ],
                )
        capacity = e.values["eventCapacity"]
        if capacity is None:
            return
        taken = (
            sum(t.sold for t in e.below["tickets"])
            if self.flip == "holds do not count for the capacity"
            else e.gone - sum(x.quantity for x in coming)
        )
        if capacity - taken < sum(p.quantity for p in parts):
            raise Refusal(
                409,
                "Only %d place" % (capacity - taken)
                if capacity - taken >= min(p.ticket.values["minPerOrder"] for p in parts)
                else "The event is sold out",
            )

    def ended(self, ids):
        """Which of the holds that are over were ended on the way is the server's to choose. What is
        wrong with its choice."""
        chosen = [h for h in self.holds if h.id in ids and h.state == "ACTIVE"]
        for h in chosen:
            h.end("EXPIRED")
        return ["the hold %s was ended, but is not over" % h.id for h in chosen if not h.over]

    # ---- holds ----

    def create_hold(self, ask):
        self.body(ask, HOLD, creating=True)
        ask.settle()
        e, parts = self.offer(ask, ask.values["eventId"], ask.values["items"])

        def take(data):
            h = Hold(e, parts, ask.values["ttlSeconds"], data)
            for p in parts:
                p.ticket.held += p.quantity
            self.holds.append(h)
            answer.of = h
            return h.show()

        answer = Answer(201, take, ignored=ask.ignored)
        return answer

    def hold_named(self, name):
        for h in self.holds:
            if h.id == name.lower():
                return h
        raise Refusal(404, "Hold not found: " + name)

    def usable(self, h, over=False):
        if h.state != "ACTIVE" or (h.over and not over):
            raise Refusal(
                409,
                {"USED": "already used", "RELEASED": "was released", "EXPIRED": "has expired"}[
                    h.status
                ],
            )

    def get_hold(self, ask):
        self.query(ask, {})
        ask.settle()
        return self.shown_or_304(ask, self.hold_named(ask.args[0]))

    def release(self, ask):
        h = self.hold_named(ask.args[0])
        self.usable(h, over=True)

        def take(_):
            h.end("RELEASED")
            return {"id": h.id, "deleted": True}

        return Answer(200, take)

    def extend(self, ask):
        self.body(ask, None)
        ask.settle()
        h = self.hold_named(ask.args[0])
        self.usable(h)
        if h.extended and self.flip != "extended twice":
            raise Refusal(409, "already been extended")

        def change(data):
            h.extended = True
            h.changed(data)

        return self.shown(ask, h, None, change=change)

    # ---- orders ----

    def sell(self, ask):
        self.body(ask, SALE, creating=True)
        ask.settle()
        v, h = ask.values, None
        if v["holdId"] and (v["eventId"] or v["items"] is not None):
            ask.problems.append("holdId")
        if not v["holdId"]:
            ask.problems += [name for name in ("eventId", "items") if v[name] is None]
        ask.settle()
        if v["holdId"]:
            h = self.hold_named(v["holdId"])
            self.usable(h)
            e, currency = h.event, h.currency
            parts = [
                Part(
                    p.ticket,
                    p.quantity,
                    minor(p.ticket.values["price"])
                    if self.flip == "a hold has no price"
                    else p.price,
                    p.fee,
                )
                for p in sorted(h.parts, key=lambda p: p.ticket_id)
            ]
            for p, held in zip(parts, sorted(h.parts, key=lambda p: p.ticket_id)):
                p.name = held.name
        else:
            e, parts = self.offer(ask, v["eventId"], v["items"])
            currency = e.values["currency"]

        def take(data):
            o = Order(e, parts, {"buyer": v["buyer"], "payment": v["payment"]}, data, currency)
            if not re.fullmatch(REFERENCE, o.reference) or any(
                o.reference == x.reference for x in self.orders
            ):
                o.reference = "a new one, as section 8 shows it"
            if h:
                h.end("USED")
            for p in parts:
                p.ticket.sold += p.quantity
            self.orders.append(o)
            answer.of = o
            return o.show()

        answer = Answer(201, take, ignored=ask.ignored)
        return answer

    def order_named(self, name):
        for o in self.orders:
            if o.id == name.lower() or (
                o.reference == normalize_reference(name) and not is_uuid(name)
            ):
                return o
        raise Refusal(404, "Order not found: " + name)

    def get_order(self, ask):
        self.query(ask, {})
        ask.settle()
        return self.shown_or_304(ask, self.order_named(ask.args[0]))

    def shown_or_304(self, ask, thing):
        answer, known = self.shown(ask, thing, None), self.seen.get(thing.id)
        if (
            ask.call.if_none_match
            and known
            and known[0] == ask.call.if_none_match
            and known[1] == thing.show()
        ):
            answer.status = 304
        return answer

    def list_orders(self, ask):
        under = len(ask.args) == 1
        filters = {
            "status": choice("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"),
            "from": moment,
            "to": moment,
            "email": text(1, 254),
            "reference": text(1, 16),
        }
        self.query(
            ask, filters if under else dict(filters, eventId=uuid), ("createdAt",), down=True
        )
        ask.settle()
        a = ask.asked
        event = self.event_named(ask.args[0]).id if under else a.get("eventId")

        def fits(o):
            return (
                (not event or o.event.id == event)
                and o.status == a.get("status", o.status)
                and a.get("from", "") <= o.created <= a.get("to", "~")
                and address_key(a.get("email", o.values["buyer"]["email"]))
                == address_key(o.values["buyer"]["email"])
                and o.reference == normalize_reference(a.get("reference", o.reference))
            )

        return self.paged(
            ask, [o for o in self.orders if fits(o)], lambda o, _: o.id, lambda o: o.listed()
        )

    # ---- refunds ----

    def refund(self, ask):
        self.body(ask, REFUND, creating=True)
        ask.settle()
        o = self.order_named(ask.args[0])
        self.fresh(ask, o)
        if o.status == "REFUNDED":
            raise Refusal(409, "already been refunded")
        asked = self.asked_parts(ask, o)
        for p, n in asked:
            if n > p.quantity - p.refunded:
                raise Refusal(409, ["Only %d of" % (p.quantity - p.refunded), "'%s'" % p.name])

        def change(data):
            for p, n in asked:
                p.refunded += n
                if ask.values["restock"] or self.flip == "refunds are always on sale again":
                    p.ticket.sold -= n
                    p.ticket.kept = p.ticket.kept or n > 0
                if self.flip == "a refund keeps the fee":
                    p.fee = 0
            o.changed(data)
            if not recent(o.refunded_at):
                o.refunded_at = "now"

        return self.shown(ask, o, None, change=change)

    def asked_parts(self, ask, o):
        wanted = ask.values["items"]
        if wanted is None:
            return [(p, p.quantity - p.refunded) for p in o.parts]
        ask.problems += [] if wanted else ["items"]
        there, seen, out = {p.id: p for p in o.parts}, set(), []
        for i, w in enumerate(wanted):
            if w["itemId"] not in there or w["itemId"] in seen:
                ask.problems.append("items.%d.itemId" % i)
            seen.add(w["itemId"])
            out += [(there[w["itemId"]], w["quantity"])] if w["itemId"] in there else []
        ask.settle()
        return out
