"""The contract's resources: their fields, and what a row remembers."""
from model_fields import (
    Field,
    Object,
    Rows,
    boolean,
    choice,
    currency,
    default,
    email,
    integer,
    iso,
    many,
    minor,
    moment,
    ms,
    money,
    nullable,
    once,
    required,
    slug,
    text,
    url,
    uuid,
    webhook,
    whole,
    zone,
)

TICKET = {
    "name": required(text(1, 120)),
    "description": nullable(text(0, 2000)),
    "price": required(money),
    "quantity": required(integer(0, 10000000)),
    "published": default(False, boolean),
    "minPerOrder": default(1, integer(1, 10000000)),
    "maxPerOrder": default(10, integer(1, 10000000)),
    "salesStartAt": nullable(moment),
    "salesEndAt": nullable(moment),
    "lowInventoryThreshold": nullable(integer(0, 10000000)),
    "position": nullable(integer(0, 1000000)),
}
EVENT = {
    "name": required(text(1, 200)),
    "dateTime": required(moment),
    "endDateTime": nullable(moment),
    "description": nullable(text(0, 20000)),
    "venueId": nullable(uuid),
    "type": default("PAID", choice("PAID", "FREE")),
    "journeyType": default("STANDARD", choice("STANDARD", "RSVP", "PRESELLING")),
    "visibility": default("PUBLIC", choice("PUBLIC", "PRIVATE")),
    "imageUrl": nullable(url),
    "galleryUrls": default([], many(20, url)),
    "absorbFees": default(True, boolean),
    "timezone": default("Asia/Manila", zone),
    "currency": default("PHP", currency),
    "eventCapacity": nullable(integer(1, 10000000)),
    "callbackUrl": nullable(webhook),
    "slug": default(None, slug),
    "tickets": Field(Rows(TICKET, 100), default=[], create_only=True),
}
PERFORMER = {
    "name": required(text(1, 200)),
    "bio": nullable(text(0, 5000)),
    "imageUrl": nullable(url),
    "role": default("OTHER", choice("HEADLINER", "SUPPORT", "HOST", "SPEAKER", "OTHER")),
    "position": nullable(integer(0, 1000000)),
    "startsAt": nullable(moment),
    "endsAt": nullable(moment),
    "links": default([], many(20, url)),
}
SCHEDULE = {
    "title": required(text(1, 200)),
    "description": nullable(text(0, 5000)),
    "startsAt": required(moment),
    "endsAt": nullable(moment),
    "stage": nullable(text(1, 120)),
    "performerIds": default([], once(many(50, uuid))),
    "position": nullable(integer(0, 1000000)),
}
BRAND = {
    "name": required(text(1, 200)),
    "logoUrl": nullable(url),
    "websiteUrl": nullable(url),
    "role": default("SPONSOR", choice("PRESENTER", "ORGANIZER", "SPONSOR", "PARTNER", "MEDIA")),
    "position": nullable(integer(0, 1000000)),
}
WISH = {"ticketId": required(uuid), "quantity": required(integer(1, 1000))}
HOLD = {
    "eventId": required(uuid),
    "items": required(Rows(WISH, 50)),
    "ttlSeconds": default(600, integer(60, 3600)),
}
BUYER = {"name": required(text(1, 200)), "email": required(email), "phone": nullable(text(1, 40))}
PAYMENT = {"provider": nullable(text(1, 60)), "reference": nullable(text(1, 200))}
SALE = {
    "holdId": nullable(uuid),
    "eventId": nullable(uuid),
    "items": nullable(Rows(WISH, 50)),
    "buyer": required(Object(BUYER)),
    "payment": nullable(Object(PAYMENT)),
}
REFUND = {
    "items": nullable(Rows({"itemId": required(uuid), "quantity": required(integer(1, 1000))}, 50)),
    "restock": default(True, boolean),
    "reason": nullable(text(1, 500)),
}
KINDS = {
    "tickets": ("Ticket", TICKET, "tickets"),
    "performers": ("Performer", PERFORMER, "events"),
    "schedules": ("Schedule", SCHEDULE, "events"),
    "brands": ("Brand", BRAND, "events"),
}
STATES = {
    "publish": (("DRAFT",), "PUBLISHED"),
    "unpublish": (("PUBLISHED",), "DRAFT"),
    "archive": (("DRAFT", "PUBLISHED"), "ARCHIVED"),
    "restore": (("ARCHIVED",), "DRAFT"),
}
TICKET_STATES = {
    "publish": ("DRAFT",),
    "unpublish": ("PUBLISHED", "SOLD_OUT"),
    "sold-out": ("PUBLISHED",),
    "on-sale": ("SOLD_OUT",),
}


class Resource:
    """A row: what was sent (values), what the server chose, and the version that a validator stands
    for."""

    def __init__(self, values, data):
        self.values = {k: v for k, v in values.items() if k != "position"}
        self.id, self.created, self.updated, self.version = (
            data["id"],
            data["createdAt"],
            data.get("updatedAt", data["createdAt"]),
            1,
        )

    def changed(self, data):
        self.updated, self.version = data["updatedAt"], self.version + 1

    def own(self):
        return dict(self.values, id=self.id, createdAt=self.created, updatedAt=self.updated)


class Ticket(Resource):
    def __init__(self, values, data):
        super().__init__(values, data)
        self.sold = (
            self.held
        ) = (
            self.lapsed
        ) = 0  # lapsed: of holds that are over and not given back yet; shown as if they were
        self.marked = self.kept = False  # kept: some of it was sold and came back
        self.event = None

    @property
    def left(self):
        return self.values["quantity"] - self.sold - self.held

    @property
    def remaining(self):
        """What can be bought: no more than the event's own capacity leaves."""
        capacity = self.event.values["eventCapacity"]
        places = self.left if capacity is None else capacity - self.event.taken
        return max(min(self.left, places), 0)

    @property
    def gone(self):
        return self.sold + self.held + self.lapsed

    @property
    def sold_out(self):
        return self.marked or self.remaining < self.values["minPerOrder"]

    @property
    def status(self):
        return (
            "DRAFT"
            if not self.values["published"]
            else "SOLD_OUT"
            if self.sold_out
            else "PUBLISHED"
        )


class Event(Resource):
    def __init__(self, values, data):
        super().__init__({k: v for k, v in values.items() if k != "tickets"}, data)
        self.status, self.published_at = "DRAFT", None
        self.below = {kind: [] for kind in KINDS}

    @property
    def taken(self):
        return sum(t.sold + t.held for t in self.below["tickets"])

    @property
    def gone(self):
        return sum(t.gone for t in self.below["tickets"])

    @property
    def sold_out(self):
        offered = [t for t in self.below["tickets"] if t.values["published"]]
        capacity = self.values["eventCapacity"]
        return bool(offered and all(t.sold_out for t in offered)) or bool(
            self.below["tickets"] and capacity is not None and self.taken >= capacity
        )


class Part:
    """Some tickets of one type, at the price and fee of that moment, in hundredths."""

    def __init__(self, ticket, quantity, price, fee):
        (
            self.ticket,
            self.ticket_id,
            self.name,
            self.quantity,
            self.price,
            self.fee,
            self.refunded,
            self.id,
        ) = (ticket, ticket.id, ticket.values["name"], quantity, price, fee, 0, None)

    def show(self):
        return {
            "ticketId": self.ticket_id,
            "name": self.name,
            "quantity": self.quantity,
            "unitPrice": whole(self.price),
            "subtotal": whole(self.price * self.quantity),
        }


def bill(parts):
    subtotal, fees = sum(p.price * p.quantity for p in parts), sum(
        p.fee * p.quantity for p in parts
    )
    return {"subtotal": whole(subtotal), "fees": whole(fees), "total": whole(subtotal + fees)}


class Hold(Resource):
    """state: as the row says; over: its end has passed."""

    def __init__(self, event, parts, ttl, data):
        super().__init__({}, data)
        self.event, self.parts, self.ttl, self.state, self.over, self.extended, self.currency = (
            event,
            parts,
            ttl,
            "ACTIVE",
            False,
            False,
            event.values["currency"],
        )
        self.expires = iso(ms(self.created) + ttl * 1000)

    def changed(self, data):
        self.expires, self.updated, self.version = (
            data["expiresAt"],
            iso(ms(data["expiresAt"]) - self.ttl * 1000),
            self.version + 1,
        )

    def end(self, state):
        self.state = state
        for p in self.parts:
            if self.over:
                p.ticket.lapsed -= p.quantity
            else:
                p.ticket.held -= p.quantity

    def lapse(self, at):
        self.over, self.expires = True, at
        for p in self.parts:
            p.ticket.held -= p.quantity
            p.ticket.lapsed += p.quantity

    @property
    def status(self):
        return "EXPIRED" if self.state == "ACTIVE" and self.over else self.state

    def show(self):
        return dict(
            bill(self.parts),
            id=self.id,
            eventId=self.event.id,
            status=self.status,
            items=[p.show() for p in self.parts],
            expiresAt=self.expires,
            extended=self.extended,
            currency=self.currency,
            createdAt=self.created,
        )


class Order(Resource):
    def __init__(self, event, parts, values, data, currency):
        super().__init__(values, data)
        self.event, self.parts, self.reference, self.currency, self.refunded_at = (
            event,
            parts,
            data["reference"],
            currency,
            None,
        )
        for part, item in zip(parts, data["items"]):
            part.id = item["id"]
        # codes are the server's to make, in the form of section 13, and stay
        self.codes = [t["code"] for t in data.get("issuedTickets") or []]

    def issued(self):
        """The first hundred tickets; refunds take the highest units of an item."""
        units = [(n, u, p) for n, p in enumerate(self.parts, 1) for u in range(1, p.quantity + 1)]
        out = []
        for (n, u, part), code in zip(units, self.codes + [""] * len(units)):
            form = "%s-%d.%d-" % (self.reference, n, u)
            right = code.startswith(form) and len(code) == len(form) + 10
            out.append(
                {
                    "code": code if right else form + "and a check of ten characters",
                    "itemId": part.id,
                    "status": "REFUNDED" if u > part.quantity - part.refunded else "ISSUED",
                    "holderName": None,
                    "checkedInAt": None,
                    "gate": None,
                }
            )
        return out[:100]

    def listed(self):
        """As lists show it."""
        shown = self.show()
        del shown["issuedTickets"]
        return shown

    def changed(self, data):
        self.refunded_at, self.updated, self.version = (
            data["refundedAt"],
            data["refundedAt"],
            self.version + 1,
        )

    @property
    def status(self):
        back, bought = sum(p.refunded for p in self.parts), sum(p.quantity for p in self.parts)
        return "COMPLETED" if not back else "REFUNDED" if back == bought else "PARTIALLY_REFUNDED"

    def show(self):
        payment = self.values["payment"]
        made = iso(int(self.id[:8] + self.id[9:13], 16))  # the instant inside the id
        return dict(
            bill(self.parts),
            id=self.id,
            reference=self.reference,
            eventId=self.event.id,
            status=self.status,
            buyer=self.values["buyer"],
            currency=self.currency,
            items=[dict(p.show(), id=p.id, refundedQuantity=p.refunded) for p in self.parts],
            refundedTotal=whole(sum(p.refunded * (p.price + p.fee) for p in self.parts)),
            payment=payment if payment and any(payment.values()) else None,
            createdAt=made,
            completedAt=made,
            refundedAt=self.refunded_at,
            issuedTickets=self.issued(),
        )
