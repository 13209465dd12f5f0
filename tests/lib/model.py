"""The contract in memory: what the Open API must answer, said in plain Python. A World is one
organization; World.call(call) is the answer that the contract wants.

Ids, instants and a few slugs are the server's to choose: an Answer therefore takes the real data,
lets the world adopt what was chosen, and gives back what all of it should have been. Places are not
stored: a thing's position is its index in the list that holds it.

FLIPS are wrong readings of one rule each. A World made with one of them must be found out; that is
how the walk is tested."""
import json
import re

from model_calls import BOX_OFFICE, OPEN_API, Answer, Ask, Refusal
from model_catalogue import Catalogue
from model_fields import (
    Bad,
    choice,
    fold,
    integer,
    is_uuid,
    moment,
    read_fields,
    refuse,
    text,
    unique,
    uuid,
    words,
)
from model_sales import Sales
from model_resources import KINDS, STATES, TICKET_STATES, Event, Hold, Order, Ticket

FLIPS = (
    "archive twice",
    "insert behind",
    "touching entries clash",
    "held may be cut",
    "free price on patch",
    "names in order of createdAt",
    "mark goes with unpublish",
    "stale validators pass",
    "replays forget the path",
    "performer stays in the programme",
    "one more than there is",
    "holds do not count for the capacity",
    "half a centavo is dropped",
    "a fee on each line",
    "holds do not end",
    "a hold has no price",
    "extended twice",
    "refunds are always on sale again",
    "a refund keeps the fee",
    "what came back may be deleted",
    "a maximum is for all types together",
)


class World(Catalogue, Sales):
    """keys: {name: set of scopes}; venues: {id: as shown}; fee: (hundredths of a per cent,
    hundredths of the currency)."""

    def __init__(self, organization, keys, venues, flip=None):
        self.organization, self.keys, self.venues, self.flip = organization, keys, venues, flip
        self.events, self.holds, self.orders, self.fee, self.kept, self.tags = (
            [],
            [],
            [],
            (0, 0),
            {},
            {},
        )
        self.seen = {}  # where a thing was shown: its last validator, and what it stood for

    # ---- the order of checks: route, key, scope, body, idempotency, resource ----

    def call(self, call):
        try:
            return self.judge(call)
        except Refusal as refusal:
            return refusal

    def judge(self, call):
        method = "PATCH" if call.method == "PUT" else call.method
        fitting = [
            (m, scope, handle, args)
            for mount, m, pattern, scope, handle in ROUTES
            for args in [mount == call.mount and pattern.fullmatch(call.path)]
            if args
        ]
        if not fitting:
            raise Refusal(404, "Route not found: " + call.method)
        route = next((f for f in fitting if f[0] == method), None)
        if not route:
            raise Refusal(405)
        if call.key not in self.keys:
            raise Refusal(401)
        if route[1] and route[1] not in self.keys[call.key]:
            raise Refusal(403, "This endpoint requires the '%s' scope." % route[1])
        if (
            method != "GET"
            and method != "DELETE"
            and call.body
            and call.content_type.split(";")[0] != "application/json"
        ):
            raise Refusal(415)
        if method == "POST" and call.idem is not None:
            known = self.known(call)
            if known:
                return known
        ask = Ask(call, [a for a in route[3].groups()])
        handle = getattr(self, route[2][0])
        return handle(ask, *route[2][1:])

    def known(self, call):
        if not re.fullmatch("[!-~]{1,255}", call.idem):
            raise Refusal(400, fields=["Idempotency-Key"])
        first = self.kept.get((call.key, call.idem.strip('"')))
        if not first:
            return None
        same = first[0] == call.fingerprint or (
            self.flip == "replays forget the path" and first[0][2] == call.fingerprint[2]
        )
        if not same:
            raise Refusal(422)
        return Answer(first[1].status, kept=first[1])

    def answered(self, call, answer, response):
        """What a real answer leaves behind: validators, and answers kept under idempotency keys.
        415 and whatever comes before it are not kept, nor refusals that may pass by themselves."""
        if (
            call.method == "POST"
            and call.idem is not None
            and getattr(answer, "kept", None) is None
            and response.status not in (401, 403, 405, 409, 415, 422, 429, 500, 503)
        ):
            if re.fullmatch("[!-~]{1,255}", call.idem) and not (
                response.status == 404 and response.error.get("message", "").startswith("Route")
            ):
                self.kept.setdefault((call.key, call.idem.strip('"')), (call.fingerprint, response))
        thing = getattr(answer, "of", None)
        tag = response.headers.get("etag")
        if thing and tag and response.status != 304:
            self.tags[tag] = (thing.id, thing.version)
            self.seen[thing.id] = (tag, response.data)

    def body(self, ask, table, creating=False):
        raw = ask.call.body
        if not raw and table is None:
            return
        try:
            ask.body = json.loads(
                raw or "", parse_constant=lambda _: refuse(True), object_pairs_hook=unique
            )
            refuse(not isinstance(ask.body, dict))
        except (ValueError, Bad):
            raise Refusal(400, fields=["body"]) from None
        ask.values = read_fields(table or {}, ask.body, creating, "", ask.problems, ask.ignored)
        if ask.strict:
            ask.problems += ask.ignored

    # ---- finding ----

    def event_named(self, name):
        for e in self.events:
            if e.id == name.lower() or (e.values["slug"] == name and not is_uuid(name)):
                return e
        raise Refusal(404, "Event not found: " + name)

    def find(self, ask, kind):
        """(the event, the thing), of the two names in the path or, at /tickets/{id}, of one."""
        if kind is None:
            e = self.event_named(ask.args[0])
            return e, e
        events = [self.event_named(ask.args[0])] if len(ask.args) == 2 else self.events
        for e in events:
            for thing in e.below[kind]:
                if thing.id == ask.args[-1].lower():
                    return e, thing
        raise Refusal(404, "%s not found: %s" % (KINDS[kind][0], ask.args[-1]))

    def fresh(self, ask, thing):
        wanted = ask.call.if_match
        if (
            wanted is not None
            and wanted != "*"
            and not (self.flip == "stale validators pass" and wanted in self.tags)
            and self.tags.get(wanted) != (thing.id, thing.version)
        ):
            raise Refusal(412)

    def reach(self, ask, kind):
        """For a change: a body's problem wins over a thing that is missing or stale."""
        try:
            e, thing = self.find(ask, kind)
            self.fresh(ask, thing)
        except Refusal:
            ask.settle()
            raise
        return e, thing

    # ---- showing ----

    def show(self, thing, e=None, whole=True):
        if isinstance(thing, Event):
            return self.show_event(thing, whole)
        if isinstance(thing, (Hold, Order)):
            return thing.show()
        out = dict(thing.own(), eventId=e.id)
        kind = next(k for k, things in e.below.items() if thing in things)
        out["position"] = e.below[kind].index(thing)
        if isinstance(thing, Ticket):
            if out["lowInventoryThreshold"] is None:
                out["lowInventoryThreshold"] = -(-out["quantity"] // 10)
            out.update(
                currency=e.values["currency"],
                sold=thing.sold,
                held=thing.held,
                remaining=thing.remaining,
                soldOut=thing.sold_out,
                status=thing.status,
            )
        return out

    def show_event(self, e, whole):
        out = dict(
            e.own(),
            status=e.status,
            soldOut=e.sold_out,
            ticketsSold=sum(t.sold for t in e.below["tickets"]),
            publishedAt=e.published_at,
            organizationId=self.organization,
        )
        if whole:
            out.update(
                {kind: [self.show(t, e) for t in things] for kind, things in e.below.items()}
            )
            out["venue"] = self.venues.get(e.values["venueId"])
            out["webhookSecret"] = None
        return out

    def shown(self, ask, thing, e, status=200, change=None):
        def take(data):
            if change:
                change(data)
            return self.show(thing, e)

        return Answer(status, take, ignored=ask.ignored, of=thing)

    # ---- reading ----

    def get(self, ask, kind):
        self.query(ask, {})
        ask.settle()
        e, thing = self.find(ask, kind)
        answer = self.shown(ask, thing, e)
        known = self.seen.get(thing.id)
        if (
            ask.call.if_none_match
            and known
            and known[0] == ask.call.if_none_match
            and known[1] == self.show(thing, e)
        ):
            answer.status = 304
        return answer

    def get_venue(self, ask):
        name = ask.args[0]
        if name.lower() not in self.venues:
            raise Refusal(404, "Venue not found: " + name)
        return Answer(200, lambda _: self.venues[name.lower()])

    def query(self, ask, filters, orders=(), down=False):
        """What a query string says; for lists with their page."""
        known = dict(
            filters,
            **(
                {
                    "page": integer(1, 10**9),
                    "take": integer(1, 100),
                    "sort": choice(*[s + o for o in orders for s in ("", "-")]),
                }
                if orders
                else {}
            )
        )
        ask.asked = (
            {"page": 1, "take": 10, "sort": ("-" if down else "") + orders[0]} if orders else {}
        )
        for name, value in ask.call.query:
            if name not in known:
                ask.ignored.append(name)
                ask.problems += [name] if ask.strict else []
            elif value:
                try:
                    number = name in ("page", "take") and re.fullmatch("-?[0-9]+", value)
                    ask.asked[name] = known[name](int(value) if number else value)
                except Bad:
                    ask.problems.append(name)

    def paged(self, ask, rows, key, shown):
        sort, page, take = ask.asked["sort"], ask.asked["page"], ask.asked["take"]
        rows = sorted(
            rows, key=lambda row: (key(row, sort.lstrip("-")), row.id), reverse=sort[0] == "-"
        )
        part = rows[(page - 1) * take : page * take]
        meta = {
            "page": page,
            "take": take,
            "total": len(rows),
            "totalPages": -(-len(rows) // take),
            "more": page * take < len(rows),
        }
        return Answer(200, lambda _: [shown(row) for row in part], meta, ask.ignored)

    def list_events(self, ask):
        self.query(
            ask,
            {
                "status": choice("DRAFT", "PUBLISHED", "ARCHIVED"),
                "q": text(1, 200),
                "from": moment,
                "to": moment,
                "venueId": uuid,
                "visibility": choice("PUBLIC", "PRIVATE"),
            },
            ("createdAt", "dateTime", "name"),
            down=True,
        )
        ask.settle()
        a = ask.asked

        def fits(e):
            begins = [
                any(w.startswith(q) for w in words(e.values["name"]))
                for q in words(a.get("q", ""))[:5]
            ]
            return (
                ("status" not in a or e.status == a["status"])
                and ("visibility" not in a or e.values["visibility"] == a["visibility"])
                and ("venueId" not in a or e.values["venueId"] == a["venueId"])
                and a.get("from", "") <= e.values["dateTime"] <= a.get("to", "~")
                and ("q" not in a or (begins and all(begins)))
            )

        def key(e, name):
            if name == "name" and self.flip != "names in order of createdAt":
                return fold(e.values["name"])
            return e.values["dateTime"] if name == "dateTime" else e.created

        return self.paged(
            ask, [e for e in self.events if fits(e)], key, lambda e: self.show(e, whole=False)
        )

    def list_below(self, ask, kind):
        self.query(ask, {}, ("position",))
        ask.settle()
        e = self.event_named(ask.args[0])
        return self.paged(
            ask,
            e.below[kind],
            lambda thing, _: e.below[kind].index(thing),
            lambda thing: self.show(thing, e),
        )


def routes():
    def row(method, path, scope, *handle, mount=OPEN_API):
        return mount, method, re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), scope, handle

    def sells(method, path, *handle):
        return row(method, path, "boxoffice:sell", *handle, mount=BOX_OFFICE)

    out = [
        row("GET", "/venues/{id}", "events:read", "get_venue"),
        row("GET", "/events", "events:read", "list_events"),
        row("POST", "/events", "events:write", "create_event"),
        row("GET", "/events/{id}", "events:read", "get", None),
        row("PATCH", "/events/{id}", "events:write", "patch_event"),
        row("DELETE", "/events/{id}", "events:write", "delete_event"),
        row("GET", "/orders", "orders:read", "list_orders"),
        row("GET", "/events/{id}/orders", "orders:read", "list_orders"),
        row("GET", "/orders/{id}", "orders:read", "get_order"),
        sells("POST", "/holds", "create_hold"),
        sells("GET", "/holds/{id}", "get_hold"),
        sells("DELETE", "/holds/{id}", "release"),
        sells("POST", "/holds/{id}/extend", "extend"),
        sells("POST", "/orders", "sell"),
        sells("POST", "/orders/{id}/refund", "refund"),
    ]
    out += [
        row("POST", "/events/{id}/" + verb, "events:write", "act_event", verb) for verb in STATES
    ]
    for kind, (_, _, scope) in KINDS.items():
        read, write, under = scope + ":read", scope + ":write", "/events/{id}/" + kind
        out += [
            row("GET", under, read, "list_below", kind),
            row("POST", under, write, "create_below", kind),
        ]
        for one in [under + "/{id}"] + (["/tickets/{id}"] if kind == "tickets" else []):
            out += [
                row("GET", one, read, "get", kind),
                row("PATCH", one, write, "patch_below", kind),
                row("DELETE", one, write, "delete_below", kind),
            ]
            out += [
                row("POST", one + "/" + verb, write, "act_ticket", verb)
                for verb in TICKET_STATES
                if kind == "tickets"
            ]
    return out


ROUTES = routes()
