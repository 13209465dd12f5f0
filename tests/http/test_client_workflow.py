#!/usr/bin/env python3
"""A client's walk: everything that somebody with an SDK does with an event, in order, through
lighttpd; and that such a client is told what it needs when a call fails."""
import http.client
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, Site, check, finish  # noqa: E402

VENUES = (
    "external_id,name,address,city,region,country,postal_code,latitude,longitude,capacity,"
    "timezone\n"
    "v1,Smart Araneta Coliseum,General Roxas Avenue,Quezon City,Metro Manila,PH,1109,"
    "14.6206,121.0535,16500,Asia/Manila\n"
    "v2,Mall of Asia Arena,J.W. Diokno Boulevard,Pasay,Metro Manila,PH,1300,14.5316,"
    "120.9840,15000,Asia/Manila\n"
    "v3,Teatro Peñafrancia,,Naga,Camarines Sur,PH,4400,13.6218,123.1948,800,Asia/Manila\n"
)
STARTS, ENDS = "2031-06-15T18:00:00+08:00", "2031-06-15T23:00:00+08:00"


class ApiError(Exception):
    def __init__(self, status, body):
        error = body.get("error") or {}
        self.status, self.code, self.message, self.hint = (
            status,
            error.get("code"),
            error.get("message"),
            error.get("hint"),
        )
        self.details, self.request_id = error.get("details"), body.get("requestId")
        super().__init__("%s %s: %s" % (self.status, self.code, self.message))


class Client:
    """Made as the SDKs are: a bare host; data unwrapped; {data, meta} of lists; again after 5xx,
    never after 4xx."""

    def __init__(self, base_url, api_key, retries=3, timeout=30, pause=0.05):
        self.host, self.key, self.retries, self.timeout, self.pause = (
            urllib.parse.urlsplit(base_url).netloc,
            api_key,
            retries,
            timeout,
            pause,
        )
        self.sent, self.headers = 0, {}
        self.events, self.tickets, self.venues, self.orders = (
            Events(self),
            Tickets(self),
            Venues(self),
            Orders(self),
        )

    def call(self, method, path, body=None, query=None, headers=None):
        path = "/open-api/v1" + path + ("?" + urllib.parse.urlencode(query) if query else "")
        sent = dict(
            {"api-key": self.key, "Accept": "application/json", "Content-Type": "application/json"},
            **headers or {}
        )
        for attempt in range(self.retries + 1):
            status, answer = self.once(
                method, path, json.dumps(body) if body is not None else None, sent
            )
            if status < 500 or attempt == self.retries:
                break
            time.sleep(self.pause * 2**attempt)
        if status >= 400:
            raise ApiError(status, answer)
        return (
            {"data": answer["data"], "meta": answer["meta"]} if "meta" in answer else answer["data"]
        )

    def once(self, method, path, body, headers):
        self.sent += 1
        c = http.client.HTTPConnection(self.host, timeout=self.timeout)
        try:
            c.request(method, path, body, headers)
            r = c.getresponse()
            self.headers = {name.lower(): value for name, value in r.getheaders()}
            return r.status, json.loads(r.read())
        finally:
            c.close()

    def me(self):
        return self.call("GET", "/me")


class Part:
    def __init__(self, client):
        self.call = client.call


class Rows(Part):
    """list, create, get, update, delete below one path."""

    def __init__(self, client, path):
        super().__init__(client)
        self.path = path

    def list(self, **query):
        return self.call("GET", self.path, query=query)

    def create(self, **body):
        return self.call("POST", self.path, body)

    def get(self, one):
        return self.call("GET", self.path + "/" + one)

    def update(self, one, **body):
        return self.call("PATCH", self.path + "/" + one, body)

    def delete(self, one):
        return self.call("DELETE", self.path + "/" + one)

    def act(self, one, verb, **headers):
        return self.call("POST", "%s/%s/%s" % (self.path, one, verb), headers=headers)


class Events(Rows):
    def __init__(self, client):
        super().__init__(client, "/events")
        self.client = client

    def below(self, event, kind):
        return Rows(self.client, "/events/%s/%s" % (event, kind))


class Tickets(Rows):
    def __init__(self, client):
        super().__init__(client, "/tickets")


class Venues(Rows):
    def __init__(self, client):
        super().__init__(client, "/venues")


class Orders(Rows):
    def __init__(self, client):
        super().__init__(client, "/orders")


def skip(name, why):
    print("ok - %s # skip %s" % (name, why), flush=True)


def refused(call, *args, **named):
    try:
        return None if call(*args, **named) else None
    except ApiError as e:
        return e


def told(e, status, code, message=None, fields=None):
    """An error as an SDK shows it, nothing of it missing."""
    return (
        e is not None
        and e.status == status
        and e.code == code
        and e.message
        and e.hint
        and isinstance(e.details, list)
        and re.fullmatch("req_[a-z0-9]{12}", e.request_id or "")
        and (message is None or e.message == message)
        and (fields is None or sorted(d["field"] for d in e.details) == fields)
        and all(d["message"] for d in e.details)
    )


class Walk:
    def __init__(self, site):
        self.site, self.base = site, "http://127.0.0.1:%d" % site.port
        self.api = Client(self.base, site.key(name="The walk"))

    def built(self, program):
        return os.path.exists("%s/fcgi/%s.fcgi" % (BUILD, program))

    def go(self):
        self.me()
        self.find_venue()
        self.create()
        self.performers()
        self.schedules()
        self.brands()
        self.publish()
        self.change_tickets()
        self.sold_out()
        self.orders()
        self.archive()
        self.errors()

    def me(self):
        me = self.api.me()
        check(
            "me: the key and its organization",
            me["apiKey"]["name"] == "The walk"
            and "events:write" in me["apiKey"]["scopes"]
            and me["organization"]["slug"] == "test",
            me,
        )

    def find_venue(self):
        self.venue = None
        if not self.built("venues"):
            skip("venues: search", "venues.fcgi is not built")
            return
        with open(self.site.dir + "/venues.csv", "w") as f:
            f.write(VENUES)
        self.site.command("venue", "import", self.site.dir + "/venues.csv", "--apply")
        for query, want in (
            ("araneta", "Smart Araneta Coliseum"),
            ("arneta colis", "Smart Araneta Coliseum"),
            ("penafrancia", "Teatro Peñafrancia"),
        ):
            found = self.api.venues.list(search=query)
            check(
                'venues: "%s" finds %s' % (query, want),
                found["data"]
                and found["data"][0]["name"] == want
                and found["meta"]["page"] == 1
                and found["meta"]["total"] >= 1,
                found,
            )
        self.venue = self.api.venues.list(search="araneta")["data"][0]
        near = self.api.venues.list(near="14.53,120.98", radiusKm=5)
        check(
            "venues: near a place",
            [v["name"] for v in near["data"]] == ["Mall of Asia Arena"],
            near,
        )
        check(
            "venues: one",
            self.api.venues.get(self.venue["id"])
            == {k: self.venue[k] for k in self.api.venues.get(self.venue["id"])},
            self.venue,
        )

    def create(self):
        e = self.api.events.create(
            name="Walk the Line",
            dateTime=STARTS,
            endDateTime=ENDS,
            description="All of it.",
            venueId=self.venue and self.venue["id"],
            timezone="Asia/Manila",
            eventCapacity=500,
            tickets=[
                {"name": "General", "price": 1500, "quantity": 300, "published": True},
                {
                    "name": "VIP",
                    "price": 4500.5,
                    "quantity": 20,
                    "published": True,
                    "maxPerOrder": 4,
                },
            ],
        )
        self.id, self.general, self.vip = e["id"], e["tickets"][0]["id"], e["tickets"][1]["id"]
        check(
            "create: a DRAFT with its tickets",
            e["status"] == "DRAFT"
            and e["dateTime"] == "2031-06-15T10:00:00.000Z"
            and e["slug"] == "walk-the-line"
            and [t["name"] for t in e["tickets"]] == ["General", "VIP"]
            and e["tickets"][1]["price"] == 4500.5
            and e["absorbFees"] is True,
            e,
        )
        check(
            "create: the venue comes with it",
            e["venue"] == (self.venue and self.api.venues.get(self.venue["id"])),
            e,
        )
        check(
            "create: found by id and by slug",
            self.api.events.get(self.id) == self.api.events.get("walk-the-line") == e,
        )
        listed = self.api.events.list(status="DRAFT", q="walk")
        check(
            "create: in the list",
            [x["id"] for x in listed["data"]] == [self.id]
            and {k: listed["meta"][k] for k in ("page", "take", "total", "totalPages")}
            == {"page": 1, "take": 10, "total": 1, "totalPages": 1},
            listed,
        )

    def performers(self):
        rows = self.api.events.below(self.id, "performers")
        ana, ben = rows.create(
            name="Ana", role="HEADLINER", links=["https://example.com/ana"]
        ), rows.create(name="Ben", role="SUPPORT")
        opener = rows.create(name="Opener", position=0)
        check(
            "performers: in their order",
            [(p["name"], p["position"]) for p in rows.list()["data"]]
            == [("Opener", 0), ("Ana", 1), ("Ben", 2)],
            rows.list(),
        )
        ana = rows.update(ana["id"], bio="Sings.", position=2)
        check(
            "performers: changed and moved",
            ana["bio"] == "Sings."
            and [p["name"] for p in rows.list()["data"]] == ["Opener", "Ben", "Ana"]
            and rows.get(ana["id"]) == ana,
            ana,
        )
        gone = rows.delete(opener["id"])
        check(
            "performers: removed, the others move up",
            gone == {"id": opener["id"], "deleted": True}
            and [(p["name"], p["position"]) for p in rows.list()["data"]]
            == [("Ben", 0), ("Ana", 1)],
            rows.list(),
        )
        self.ana, self.ben = ana["id"], ben["id"]

    def schedules(self):
        rows = self.api.events.below(self.id, "schedules")
        first = rows.create(
            title="Warm-up",
            startsAt="2031-06-15T18:00:00+08:00",
            endsAt="2031-06-15T19:00:00+08:00",
            stage="Main",
            performerIds=[self.ben],
        )
        main = rows.create(
            title="Main set",
            startsAt="2031-06-15T19:00:00+08:00",
            endsAt="2031-06-15T21:00:00+08:00",
            stage="Main",
            performerIds=[self.ana, self.ben],
        )
        check(
            "schedules: one after the other",
            [s["title"] for s in rows.list()["data"]] == ["Warm-up", "Main set"]
            and main["performerIds"] == [self.ana, self.ben],
            rows.list(),
        )
        late = dict(title="Late", startsAt="2031-06-15T20:00:00+08:00", performerIds=[self.ana])
        e = refused(rows.create, **late)
        check(
            "schedules: a clash is refused and names the other",
            told(e, 409, "CONFLICT")
            and main["id"] in e.message
            and "Main set" in e.message
            and "lenient" in e.hint,
            e,
        )
        e = refused(rows.create, **dict(late, stage="MAIN", performerIds=[]))
        check("schedules: the case of a stage does not matter", told(e, 409, "CONFLICT"), e)
        other = rows.create(
            title="Elsewhere",
            startsAt="2031-06-15T20:00:00+08:00",
            stage="Máin",
            performerIds=[],
        )
        check("schedules: another stage is no clash, whatever its accents", other["stage"], other)
        rows.delete(other["id"])
        both = self.api.call("POST", rows.path, late, headers={"Prefer": "handling=lenient"})
        check(
            "schedules: unless both are wanted",
            both["title"] == "Late" and both["position"] == 2,
            both,
        )
        moved = rows.update(first["id"], endsAt="2031-06-15T18:45:00+08:00")
        check("schedules: changed", moved["endsAt"] == "2031-06-15T10:45:00.000Z", moved)
        check(
            "schedules: removed",
            rows.delete(both["id"])["deleted"] and rows.list()["meta"]["total"] == 2,
        )

    def brands(self):
        rows = self.api.events.below(self.id, "brands")
        one = rows.create(name="Habagat", role="PRESENTER", websiteUrl="https://example.com")
        other = rows.create(name="Amihan", position=0)
        check(
            "brands: in their order",
            [b["name"] for b in rows.list()["data"]] == ["Amihan", "Habagat"]
            and other["role"] == "SPONSOR",
            rows.list(),
        )
        check(
            "brands: changed",
            rows.update(one["id"], logoUrl="https://example.com/l.png")["logoUrl"]
            == "https://example.com/l.png",
        )
        check(
            "brands: removed",
            rows.delete(other["id"])["deleted"] and rows.get(one["id"])["position"] == 0,
        )
        e = self.api.events.get(self.id)
        check(
            "the event shows all of them",
            [len(e[k]) for k in ("tickets", "performers", "schedules", "brands")] == [2, 2, 2, 1],
            e,
        )

    def publish(self):
        e = self.api.events.act(self.id, "publish", **{"Idempotency-Key": "publish-1"})
        again = self.api.events.act(self.id, "publish", **{"Idempotency-Key": "publish-1"})
        check(
            "publish",
            e["status"] == "PUBLISHED"
            and e["publishedAt"]
            and again == e
            and self.api.headers.get("idempotency-replayed") == "true",
            e,
        )
        e = refused(self.api.events.act, self.id, "publish")
        check("publish: not twice", told(e, 409, "CONFLICT") and "PUBLISHED" in e.message, e)
        check(
            "publish: in the list of published ones",
            [x["id"] for x in self.api.events.list(status="PUBLISHED")["data"]] == [self.id],
        )
        draft = self.api.events.act(self.id, "unpublish")
        check(
            "unpublish and publish again",
            draft["status"] == "DRAFT"
            and draft["publishedAt"] is None
            and self.api.events.act(self.id, "publish")["status"] == "PUBLISHED",
            draft,
        )

    def change_tickets(self):
        here, alone = self.api.events.below(self.id, "tickets"), self.api.tickets
        early = here.create(
            name="Early bird",
            price=999.99,
            quantity=50,
            position=0,
            salesEndAt="2031-06-01T00:00:00+08:00",
        )
        check(
            "tickets: added in front",
            [(t["name"], t["position"]) for t in here.list()["data"]]
            == [("Early bird", 0), ("General", 1), ("VIP", 2)]
            and early["status"] == "DRAFT",
            here.list(),
        )
        check(
            "tickets: published, unpublished, published",
            [alone.act(early["id"], v)["status"] for v in ("publish", "unpublish", "publish")]
            == ["PUBLISHED", "DRAFT", "PUBLISHED"],
        )
        vip = alone.update(self.vip, price=5000, quantity=25)
        check(
            "tickets: changed at one place, seen at the other",
            here.get(self.vip) == vip == alone.get(self.vip)
            and vip["price"] == 5000
            and vip["remaining"] == 25,
            vip,
        )
        e = refused(alone.update, self.vip, minPerOrder=9)
        check(
            "tickets: at least more than at most",
            told(e, 400, "VALIDATION_ERROR", "Validation failed", ["maxPerOrder"]),
            e,
        )
        check(
            "tickets: removed",
            alone.delete(early["id"]) == {"id": early["id"], "deleted": True}
            and [t["position"] for t in here.list()["data"]] == [0, 1],
        )
        check(
            "tickets: gone at both places",
            all(
                told(
                    refused(rows.get, early["id"]),
                    404,
                    "NOT_FOUND",
                    "Ticket not found: " + early["id"],
                )
                for rows in (here, alone)
            ),
        )

    def sold_out(self):
        vip = self.api.tickets.act(self.vip, "sold-out")
        check(
            "sold out: marked",
            vip["status"] == "SOLD_OUT"
            and vip["soldOut"] is True
            and vip["remaining"] == 25
            and self.api.events.get(self.id)["soldOut"] is False,
            vip,
        )
        check(
            "sold out: not twice",
            told(refused(self.api.tickets.act, self.vip, "sold-out"), 409, "CONFLICT"),
        )
        self.api.events.below(self.id, "tickets").act(self.general, "sold-out")
        check(
            "sold out: the event, when all of it is",
            self.api.events.get(self.id)["soldOut"] is True,
        )
        back = self.api.events.below(self.id, "tickets").act(self.general, "on-sale")
        check(
            "sold out: on sale again",
            back["status"] == "PUBLISHED" and self.api.events.get(self.id)["soldOut"] is False,
            back,
        )

    def buy(self):
        """Through the box office where there is one: the walk's own order."""
        r = self.site.post(
            "/orders",
            self.api.key,
            {
                "eventId": self.id,
                "items": [{"ticketId": self.general, "quantity": 3}],
                "buyer": {"name": "Juan", "email": "juan@example.com"},
            },
            mount="/box-office/v1",
        )
        check(
            "orders: bought at the box office",
            r.status == 201 and r.data["status"] == "COMPLETED",
            r,
        )
        e = self.api.events.get(self.id)
        check(
            "orders: counted",
            e["ticketsSold"] == 3 and self.api.tickets.get(self.general)["remaining"] == 297,
            e,
        )
        return self.api, r.data

    def orders(self):
        if not self.built("orders"):
            skip("orders", "orders.fcgi is not built")
            return
        api, bought = self.api, None
        if self.built("boxoffice"):
            api, bought = self.buy()
        else:
            p = self.site.command("demo", "orders", "20", check_status=False)
            owner = (
                self.site.sql(
                    "SELECT DISTINCT g.slug FROM orders o JOIN organizations g ON g.id = o.org_id"
                )
                if p.returncode == 0
                else []
            )
            if not owner:
                skip("orders", "nothing sells yet: no boxoffice.fcgi, no demo orders")
                return
            api = Client(self.base, self.site.key(org=owner[0][0]))
        listed = api.orders.list(take=5)
        one = bought or listed["data"][0]
        check(
            "orders: listed with their items",
            listed["meta"]["total"] >= 1
            and all(o["items"] and o["total"] == o["subtotal"] + o["fees"] for o in listed["data"]),
            listed,
        )
        check(
            "orders: by id and by reference",
            api.orders.get(one["id"]) == api.orders.get(one["reference"])
            and api.orders.get(one["id"])["id"] == one["id"],
            one,
        )
        mine = api.events.below(one["eventId"], "orders").list(take=100)
        check(
            "orders: of one event",
            one["id"] in [o["id"] for o in mine["data"]]
            and {o["eventId"] for o in mine["data"]} == {one["eventId"]},
            mine,
        )
        found = api.orders.list(
            email=one["buyer"]["email"], status=one["status"], reference=one["reference"]
        )
        check("orders: filtered", [o["id"] for o in found["data"]] == [one["id"]], found)
        csv = self.site.get("/orders", api.key, headers={"Accept": "text/csv"})
        check(
            "orders: as CSV",
            csv.status == 200
            and csv.headers["content-type"].startswith("text/csv")
            and one["reference"].encode() in csv.raw,
            csv,
        )
        check(
            "orders: read only",
            told(refused(api.call, "POST", "/orders", {}), 405, "METHOD_NOT_ALLOWED"),
        )
        if bought:
            check(
                "orders: what is sold stays",
                told(refused(api.tickets.delete, self.general), 409, "CONFLICT")
                and told(refused(api.tickets.update, self.general, quantity=2), 409, "CONFLICT")
                and told(refused(api.events.update, self.id, currency="USD"), 409, "CONFLICT"),
            )

    def archive(self):
        e = self.api.events.act(self.id, "archive")
        check(
            "archive",
            e["status"] == "ARCHIVED"
            and e["publishedAt"]
            and [x["id"] for x in self.api.events.list(status="ARCHIVED")["data"]] == [self.id],
            e,
        )
        check(
            "archive: not deleted", told(refused(self.api.events.delete, self.id), 409, "CONFLICT")
        )
        check("restore", self.api.events.act(self.id, "restore")["status"] == "DRAFT")
        other = self.api.events.create(name="Never mind", dateTime=STARTS)
        check(
            "delete a draft",
            self.api.events.delete(other["id"]) == {"id": other["id"], "deleted": True}
            and told(
                refused(self.api.events.get, other["id"]),
                404,
                "NOT_FOUND",
                "Event not found: " + other["id"],
            ),
        )

    # ---- the client on failures ----

    def errors(self):
        api = self.api
        sent = api.sent
        e = refused(
            api.events.create,
            name="",
            dateTime="soon",
            tickets=[{"name": "A", "price": -1, "quantity": 1}],
        )
        check(
            "error: validation, all fields at once",
            told(
                e,
                400,
                "VALIDATION_ERROR",
                "Validation failed",
                ["dateTime", "name", "tickets.0.price"],
            ),
            e and e.details,
        )
        check(
            "error: in the documented words",
            e
            and {d["field"]: d["message"] for d in e.details}["dateTime"]
            == "dateTime must be a valid ISO 8601 date string"
            and {d["field"]: d["message"] for d in e.details}["name"] == "name should not be empty",
            e and e.details,
        )
        check(
            "error: not found",
            told(
                refused(api.events.get, "abc-123"), 404, "NOT_FOUND", "Event not found: abc-123", []
            ),
        )
        check(
            "error: a key that is none",
            told(refused(Client(self.base, "tn_live_nonsense").me), 401, "UNAUTHORIZED", fields=[]),
        )
        reader = Client(self.base, self.site.key("events:read"))
        check(
            "error: a scope is missing",
            told(
                refused(reader.events.create, name="x", dateTime=STARTS),
                403,
                "SCOPE_REQUIRED",
                "This endpoint requires the 'events:write' scope.",
                [],
            ),
        )
        stale = refused(
            api.call, "PATCH", "/events/" + self.id, {"name": "x"}, headers={"If-Match": '"old"'}
        )
        check("error: stale", told(stale, 412, "PRECONDITION_FAILED"), stale)
        check(
            "error: 4xx is never sent again",
            api.sent - sent == 3 and reader.sent == 1,
            (api.sent - sent, reader.sent),
        )
        slow = Client(self.base, self.site.key(tier="standard"))
        e, calls = None, 0
        while not e and calls < 2000:
            e, calls = refused(slow.me), calls + 1
        check(
            "error: too fast, and not sent again",
            told(e, 429, "RATE_LIMITED") and slow.sent == calls,
            e,
        )
        self.retries()

    def retries(self):
        """Against a server that answers what it is told to."""
        answers = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status = answers.pop(0)
                code = {
                    200: None,
                    429: "RATE_LIMITED",
                    500: "INTERNAL_ERROR",
                    503: "SERVICE_UNAVAILABLE",
                }[status]
                body = json.dumps(
                    {"data": {"path": self.path}}
                    if status == 200
                    else {
                        "error": {"code": code, "message": "m", "hint": "h", "details": []},
                        "requestId": "req_a1b2c3d4e5f6",
                    }
                ).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *unused):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            api = Client("http://127.0.0.1:%d" % server.server_port, "k", pause=0.001)
            answers += [503, 500, 200]
            check(
                "client: again after 5xx; the mount is its own affair",
                api.me() == {"path": "/open-api/v1/me"} and api.sent == 3,
            )
            answers += [503] * 4
            check(
                "client: gives up after its retries",
                told(refused(api.me), 503, "SERVICE_UNAVAILABLE") and api.sent == 7 and not answers,
            )
            answers += [429]
            check(
                "client: not after 429",
                told(refused(api.me), 429, "RATE_LIMITED") and api.sent == 8,
            )
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


with Site() as site:
    Walk(site).go()
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
