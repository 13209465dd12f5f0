#!/usr/bin/env python3
"""Events (contract section 7): every field, slugs, states, and what sold tickets forbid."""
import itertools
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402

BASE = {"name": "Base", "dateTime": "2030-06-15T18:00:00Z"}
DEFAULTS = {
    "endDateTime": None,
    "description": None,
    "venueId": None,
    "type": "PAID",
    "journeyType": "STANDARD",
    "visibility": "PUBLIC",
    "imageUrl": None,
    "galleryUrls": [],
    "absorbFees": True,
    "timezone": "Asia/Manila",
    "currency": "PHP",
    "eventCapacity": None,
    "callbackUrl": None,
    "tickets": [],
    "status": "DRAFT",
    "soldOut": False,
    "ticketsSold": 0,
    "publishedAt": None,
    "venue": None,
}
TICKET_DEFAULTS = {
    "description": None,
    "published": False,
    "minPerOrder": 1,
    "maxPerOrder": 10,
    "salesStartAt": None,
    "salesEndAt": None,
    "lowInventoryThreshold": 3,
    "position": 0,
    "currency": "PHP",
    "sold": 0,
    "held": 0,
    "remaining": 25,
    "soldOut": False,
    "status": "DRAFT",
}
VENUE = "01900000-0000-7000-8000-00000000beef"


class Events:
    def __init__(self, site):
        self.site, self.key = site, site.key()

    def make(self, **fields):
        r = self.site.post("/events", self.key, dict(BASE, **fields))
        return r

    def made(self, **fields):
        r = self.make(**fields)
        assert r.status == 201, r
        return r.data["id"]

    def patch(self, of, **fields):
        return self.site.patch("/events/" + of, self.key, fields)

    def act(self, of, verb):
        return self.site.post("/events/%s/%s" % (of, verb), self.key)

    def sold(self, of, sold=0, held=0):
        self.site.sql(
            "UPDATE ticket_types SET sold = %d, held = %d WHERE event_id = x'%s'"
            % (sold, held, of.replace("-", ""))
        )


def fields(e):
    r = e.make()
    wrong = {k: r.data.get(k, "?") for k, v in DEFAULTS.items() if r.data.get(k, "?") != v}
    check("defaults", r.status == 201 and not wrong, wrong)
    full = {
        "name": "Ang Pasko ay Sumapit \u2013 Café \U0001f384",
        "dateTime": "2030-12-24T20:00:00.250+08:00",
        "endDateTime": "2030-12-25T00:00:00+08:00",
        "description": 'Two\nlines\t"quoted" \\ <b> \u2028',
        "venueId": VENUE,
        "type": "PAID",
        "journeyType": "RSVP",
        "visibility": "PRIVATE",
        "imageUrl": "https://example.com/a?b=1&c=%20",
        "galleryUrls": ["http://example.com/1", "https://example.com/2"],
        "absorbFees": False,
        "timezone": "America/Argentina/Buenos_Aires",
        "currency": "JPY",
        "eventCapacity": 10000000,
        "callbackUrl": "https://example.org/hook",
        "slug": "pasko-2030",
    }
    shown = dict(full, dateTime="2030-12-24T12:00:00.250Z", endDateTime="2030-12-24T16:00:00.000Z")
    for how in ("created", "patched"):
        r = (
            e.make(**full)
            if how == "created"
            else e.patch(e.made(), **dict(full, slug="pasko-2031"))
        )
        want = dict(shown, slug="pasko-2030" if how == "created" else "pasko-2031")
        wrong = {k: r.data.get(k) for k, v in want.items() if r.data.get(k) != v} if r.data else r
        check("every field round trip, " + how, not wrong, wrong)
        check(
            "the venue is embedded, " + how,
            r.data
            and r.data["venue"]
            and r.data["venue"]["name"] == "Araneta"
            and r.data["venue"]["latitude"] == 14.62,
            r,
        )
    again = e.site.get("/events/pasko-2030", e.key)
    check(
        "by slug",
        again.data
        and again.data["slug"] == "pasko-2030"
        and {k: again.data[k] for k in shown} == shown,
        again,
    )
    for name, default in DEFAULTS.items():
        if name in ("tickets", "status", "soldOut", "ticketsSold", "publishedAt", "venue", "type"):
            continue
        r = e.patch(again.data["id"], **{name: None})
        nullable = default is None
        check(
            "patch %s to null gives %d" % (name, 200 if nullable else 400),
            (r.status == 200 and r.data[name] is None)
            if nullable
            else (r.status == 400 and r.fields == [name]),
            r,
        )
    check(
        "PUT changes only what is sent",
        e.site.request("PUT", "/events/" + again.data["id"], e.key, {"description": "x"}).data[
            "currency"
        ]
        == "JPY",
    )
    r = e.patch(
        again.data["id"],
        id=VENUE,
        status="PUBLISHED",
        ticketsSold=5,
        tickets=[],
        organizationId=VENUE,
    )
    check(
        "what only the suite sets is ignored and named",
        r.status == 200
        and r.data["status"] == "DRAFT"
        and r.headers["ignored-fields"] == "id, status, ticketsSold, tickets, organizationId",
        r,
    )
    for sent, want in (
        ("2030-01-01T00:00:00+14:00", "2029-12-31T10:00:00.000Z"),
        ("2030-01-01T00:00:00-12:00", "2030-01-01T12:00:00.000Z"),
        ("2030-01-01t00:00:00.5z", "2030-01-01T00:00:00.500Z"),
        ("2030-01-01T00:00:00.123999Z", "2030-01-01T00:00:00.123Z"),
        ("1999-12-31T23:59:59.999Z", "1999-12-31T23:59:59.999Z"),
        ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ):
        r = e.make(dateTime=sent)
        check("time %s" % sent, r.status == 201 and r.data["dateTime"] == want, r)
    for start, end, good in (
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.001Z", True),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z", False),
        ("2030-01-01T00:00:00Z", "2030-01-01T01:00:00+08:00", False),
    ):
        r = e.make(dateTime=start, endDateTime=end)
        check(
            "end %s after %s: %s" % (end, start, good),
            r.status == 201 if good else r.fields == ["endDateTime"],
            r,
        )
    one = e.made(endDateTime="2030-06-15T20:00:00Z")
    check(
        "patching dateTime past endDateTime names endDateTime",
        e.patch(one, dateTime="2030-06-16T00:00:00Z").fields == ["endDateTime"],
    )
    check(
        "an unknown venue",
        e.make(venueId="01900000-0000-7000-8000-000000000001").fields == ["venueId"],
    )
    for name, bad in (
        ("currency", ["XYZ", "php", "PH", "", 5]),
        (
            "timezone",
            [
                "Mars/Olympus",
                "",
                "../etc/passwd",
                "/etc/passwd",
                "Asia/",
                "asia/manila x",
                "Asia",
                5,
            ],
        ),
        (
            "imageUrl",
            [
                "ftp://x/",
                "javascript:alert(1)",
                "//x",
                "https://",
                "x",
                "https://a b/",
                "https://exa\nmple.com/",
            ],
        ),
        (
            "callbackUrl",
            ["https://u:p@example.com/", "https://example.com/#f", "https://ex\u00e4mple.com/"],
        ),
        (
            "slug",
            [
                "A",
                "a b",
                "a/b",
                "",
                "-",
                "---",
                "caf\u00e9",
                "a.b",
                VENUE,
                VENUE.replace("-", "")[:32] and VENUE.upper(),
            ],
        ),
    ):
        for value in bad:
            r = e.make(**{name: value})
            check("%s %.40r is refused" % (name, value), r.status == 400 and r.fields == [name], r)
    r = e.make(name="\u00e9" * 200)
    check("200 characters, not bytes", r.status == 201 and r.data["name"] == "\u00e9" * 200, r)
    r = e.make(name="\U0001f3ab" * 200)
    check(
        "200 characters of four bytes", r.status == 201 and r.data["name"] == "\U0001f3ab" * 200, r
    )
    r = e.make(description="\u20b1" * 20000)
    check("20000 characters", r.status == 201 and len(r.data["description"]) == 20000, r)


def tickets(e):
    r = e.make(
        tickets=[
            {"name": "A", "price": 1500, "quantity": 25},
            {
                "name": "B",
                "price": 0,
                "quantity": 0,
                "published": True,
                "salesStartAt": "2030-01-01T00:00:00+08:00",
                "position": 7,
                "lowInventoryThreshold": 0,
            },
        ]
    )
    a, b = r.data["tickets"] if r.status == 201 else ({}, {})
    check(
        "tickets: defaults",
        {k: v for k, v in TICKET_DEFAULTS.items() if a.get(k, "?") != v} == {},
        r,
    )
    check(
        "tickets: what was sent",
        b.get("salesStartAt") == "2029-12-31T16:00:00.000Z"
        and b["lowInventoryThreshold"] == 0
        and b["position"] == 1
        and b["eventId"] == r.data["id"],
        r,
    )
    for sent, raw in (
        (1500, b"1500"),
        (1500.5, b"1500.50"),
        (0.01, b"0.01"),
        (0.1, b"0.10"),
        (19.99, b"19.99"),
        (9999999999.99, b"9999999999.99"),
        (1e3, b"1000"),
        (100.00, b"100"),
        (4.35, b"4.35"),
        (1.10, b"1.10"),
    ):
        r = e.make(tickets=[{"name": "A", "price": sent, "quantity": 1}])
        check(
            "money %s is printed %s" % (sent, raw.decode()),
            r.status == 201 and b'"price":' + raw + b"," in r.raw,
            r,
        )
    r = e.site.post(
        "/events",
        e.key,
        '{"name":"m","dateTime":"2030-01-01T00:00:00Z","tickets":[{"name":"a","price":12.30e1,'
        '"quantity":1},{"name":"b","price":-0,"quantity":1e2}]}',
    )
    check(
        "money in other spellings",
        r.status == 201
        and [t["price"] for t in r.data["tickets"]] == [123, 0]
        and r.data["tickets"][1]["quantity"] == 100,
        r,
    )
    r = e.make(
        tickets=[
            {"name": "A", "price": 1.005, "quantity": 1},
            {"quantity": -1, "price": "x"},
            5,
            {
                "name": "D",
                "price": 1,
                "quantity": 1,
                "minPerOrder": 5,
                "maxPerOrder": 4,
                "salesStartAt": "2030-01-02T00:00:00Z",
                "salesEndAt": "2030-01-01T00:00:00Z",
            },
        ]
    )
    check(
        "tickets: all problems by their place",
        r.fields
        == [
            "tickets.0.price",
            "tickets.1.name",
            "tickets.1.price",
            "tickets.1.quantity",
            "tickets.2",
            "tickets.3.maxPerOrder",
            "tickets.3.salesEndAt",
        ],
        r,
    )
    r = e.make(tickets=[{"name": "A", "price": 1, "quantity": 1, "zzz": 1}])
    check(
        "tickets: unknown members are named",
        r.status == 201 and r.headers.get("ignored-fields") == "tickets.0.zzz",
        r,
    )
    before = e.site.get("/events", e.key).json["meta"]["total"]
    r = e.make(
        name="All or nothing",
        tickets=[
            {"name": "ok", "price": 1, "quantity": 1},
            {"name": "x" * 121, "price": 1, "quantity": 1},
        ],
    )
    check(
        "tickets: one bad ticket makes no event",
        r.status == 400 and e.site.get("/events", e.key).json["meta"]["total"] == before,
    )
    r = e.make(tickets=[{"name": "T%d" % i, "price": i, "quantity": i} for i in range(100)])
    check(
        "tickets: a hundred, in order",
        r.status == 201 and [t["price"] for t in r.data["tickets"]] == list(range(100)),
        r,
    )
    free = e.make(
        type="FREE",
        tickets=[
            {"name": "A", "price": 0, "quantity": 1},
            {"name": "B", "price": 0.01, "quantity": 1},
        ],
    )
    check("FREE: every price must be 0", free.fields == ["tickets.1.price"], free)
    priced = e.made(tickets=[{"name": "A", "price": 5, "quantity": 1}])
    r = e.patch(priced, type="FREE")
    check(
        "FREE: not with a price",
        r.status == 409 and e.site.get("/events/" + priced, e.key).data["type"] == "PAID",
        r,
    )
    gratis = e.made(tickets=[{"name": "A", "price": 0, "quantity": 1}])
    check("FREE: with all prices 0", e.patch(gratis, type="FREE").status == 200)


def private_slugs(e):
    """The address of a private event cannot be guessed, unless the organizer chose it."""
    random = "hidden-gala-[a-z2-9]{16}"
    made = [e.make(name="Hidden Gala", visibility="PRIVATE").data["slug"] for _ in range(3)]
    check(
        "slug of a private event: a random part",
        len(set(made)) == 3 and all(re.fullmatch(random, s) for s in made),
        made,
    )
    long = e.make(name="n" * 200, visibility="PRIVATE")
    check(
        "also of a long name",
        long.status == 201 and re.fullmatch("n{103}-[a-z2-9]{16}", long.data["slug"]),
        long,
    )
    r = e.make(name="Hidden Gala", visibility="PRIVATE", slug="chosen-by-me")
    check("a slug that is chosen is used", r.data["slug"] == "chosen-by-me", r)
    one = e.make(name="Hidden Gala").data
    two = e.make(name="Hidden Gala").data
    for event in (one, two):
        r = e.patch(event["id"], visibility="PRIVATE", slug=event["slug"])
        check("a draft that becomes private", re.fullmatch(random, r.data["slug"]), r)
    again = e.patch(two["id"], visibility="PRIVATE", description="x")
    check("keeps its new slug", again.data["slug"] == r.data["slug"], again)
    own = e.make(name="Hidden Gala", slug="my-gala").data
    r = e.patch(own["id"], visibility="PRIVATE")
    check("a chosen slug stays", r.data["slug"] == "my-gala", r)
    r = e.patch(e.make(name="Hidden Gala").data["id"], visibility="PRIVATE", slug="new-gala")
    check("and one that is chosen with the change", r.data["slug"] == "new-gala", r)
    known = e.make(name="Known Gala").data
    e.site.post("/events/%s/publish" % known["id"], e.key)
    r = e.patch(known["id"], visibility="PRIVATE")
    check("a published address stays", r.data["slug"] == known["slug"], r)


def slugs(e):
    for name, want in (
        ("Café del Mar 2025!", "cafe-del-mar-2025"),
        ("  Ñandú -- Peñafrancia  ", "nandu-penafrancia"),
        ("ÀÉÎÕÜ Łódź ß", "aeiou-lodz-ss"),
        ("A" * 200, "a" * 110),
        ("C++ & C#", "c-c"),
    ):
        r = e.make(name=name)
        check("slug of %.30r" % name, r.status == 201 and r.data["slug"] == want, r.data)
    r = e.make(name="日本語")
    check(
        "slug of a name without Latin letters",
        r.status == 201 and re.fullmatch("event(-[a-z0-9]+)?", r.data["slug"]),
        r.data,
    )
    r = e.make(name=VENUE)
    check(
        "slug of a name that looks like a UUID", r.status == 201 and r.data["slug"] != VENUE, r.data
    )
    got = [e.make(name="Same Name").data["slug"] for _ in range(8)]
    check(
        "slug: suffixes when taken",
        len(set(got)) == 8
        and got[0] == "same-name"
        and all(s.startswith("same-name-") for s in got[1:]),
        got,
    )
    r = e.make(slug="same-name")
    check(
        "slug: one that is chosen and taken gives 409",
        r.status == 409 and r.error["code"] == "CONFLICT" and "same-name" in r.error["message"],
        r,
    )
    one = e.made()
    r = e.patch(one, slug="same-name")
    check("slug: the same on patch", r.status == 409, r)
    r = e.patch(one, slug="my-own")
    check(
        "slug: may be changed",
        r.status == 200 and e.site.get("/events/my-own", e.key).data["id"] == one,
        r,
    )
    check("slug: to itself", e.patch(one, slug="my-own").status == 200)
    check(
        "slug: stays when the name changes", e.patch(one, name="Renamed").data["slug"] == "my-own"
    )
    other = e.site.key(org="other")
    r = e.site.post("/events", other, dict(BASE, slug="my-own"))
    check(
        "slug: another organization may have it, too",
        r.status == 201 and e.site.get("/events/my-own", other).data["id"] == r.data["id"] != one,
        r,
    )
    check("slug: leads to the own event", e.site.get("/events/my-own", e.key).data["id"] == one)
    check(
        "id: upper case is the same id", e.site.get("/events/" + one.upper(), e.key).status == 200
    )


TARGET = {
    ("DRAFT", "publish"): "PUBLISHED",
    ("PUBLISHED", "unpublish"): "DRAFT",
    ("DRAFT", "archive"): "ARCHIVED",
    ("PUBLISHED", "archive"): "ARCHIVED",
    ("ARCHIVED", "restore"): "DRAFT",
}
WAY = {"DRAFT": (), "PUBLISHED": ("publish",), "ARCHIVED": ("publish", "archive")}


def states(e):
    for status, verb in itertools.product(
        WAY, ("publish", "unpublish", "archive", "restore", "delete")
    ):
        one = e.made()
        for step in WAY[status]:
            e.act(one, step)
        r = e.site.delete("/events/" + one, e.key) if verb == "delete" else e.act(one, verb)
        after = e.site.get("/events/" + one, e.key)
        want = TARGET.get((status, verb))
        if verb == "delete" and status == "DRAFT":
            check(
                "delete a DRAFT",
                r.status == 200 and r.data == {"id": one, "deleted": True} and after.status == 404,
                r,
            )
        elif want:
            check(
                "%s a %s gives %s" % (verb, status, want),
                r.status == 200 and r.data["status"] == after.data["status"] == want,
                r,
            )
            check(
                "%s a %s: publishedAt" % (verb, status),
                (r.data["publishedAt"] is not None)
                == (want == "PUBLISHED" or status == "PUBLISHED" and verb == "archive"),
                r,
            )
        else:
            check(
                "%s a %s gives 409 with the status" % (verb, status),
                r.status == 409 and status in r.error["message"] and after.data["status"] == status,
                r,
            )
    for sold, held, status in ((1, 0, 409), (0, 1, 409), (0, 0, 200)):
        one = e.made(tickets=[{"name": "A", "price": 5, "quantity": 10}])
        e.sold(one, sold, held)
        r = e.site.delete("/events/" + one, e.key)
        check(
            "delete a DRAFT with %d sold and %d held gives %d" % (sold, held, status),
            r.status == status,
            r,
        )
    check("delete twice gives 404", e.site.delete("/events/" + one, e.key).status == 404)
    r = e.make(slug="after-delete")
    e.site.delete("/events/" + r.data["id"], e.key)
    check("a slug is free after its event is deleted", e.make(slug="after-delete").status == 201)


def stock(e):
    one = e.made(
        tickets=[
            {"name": "A", "price": 5, "quantity": 10, "published": True},
            {"name": "B", "price": 5, "quantity": 10},
        ],
        eventCapacity=20,
    )
    check("currency: may change while nothing is sold", e.patch(one, currency="USD").status == 200)
    e.sold(one, 3, 2)
    r = e.site.get("/events/" + one, e.key)
    check(
        "ticketsSold and remaining",
        r.data["ticketsSold"] == 6
        and [t["remaining"] for t in r.data["tickets"]] == [5, 5]
        and r.data["soldOut"] is False
        and r.data["tickets"][0]["currency"] == "USD",
        r,
    )
    r = e.patch(one, currency="PHP")
    check(
        "currency: fixed once something is sold",
        r.status == 409 and e.site.get("/events/" + one, e.key).data["currency"] == "USD",
        r,
    )
    check("currency: the same one is no change", e.patch(one, currency="USD").status == 200)
    r = e.patch(one, eventCapacity=9)
    check(
        "capacity: not below what is sold and held",
        r.status == 409 and "10" in r.error["message"],
        r,
    )
    r = e.patch(one, eventCapacity=10)
    check(
        "capacity: down to what is sold and held, which sells the event out",
        r.status == 200 and r.data["soldOut"] is True,
        r,
    )
    check("capacity: away again", e.patch(one, eventCapacity=None).data["soldOut"] is False)
    e.sold(one, 10, 0)
    r = e.site.get("/events/" + one, e.key)
    check(
        "soldOut: when nothing on offer is left",
        r.data["soldOut"] is True
        and r.data["tickets"][0]["status"] == "SOLD_OUT"
        and r.data["tickets"][1]["status"] == "DRAFT",
        r,
    )
    check("a sold event may be renamed", e.patch(one, name="Renamed and sold").status == 200)
    check(
        "nothing of it was told to another organization",
        e.site.get("/events/" + one, e.site.key(org="other")).status == 404,
    )


PARTS = {
    "performers": {"name": "Ana"},
    "schedules": {"title": "Doors", "startsAt": "2030-06-15T18:00:00Z"},
    "brands": {"name": "Acme"},
}


def nested(e):
    """What an event has is nested in it, what it had is not, and nothing else is asked for."""

    def statements(path):
        # once a minute there is one more, which notes that the key is in use
        return min((counted(path) for _ in range(3)), key=lambda c: c[0])

    def counted(path):
        e.site.get(path, e.key)  # so that the key is known
        before = int(e.site.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])
        again = e.site.get(path + "?&"["?" in path] + "fresh=%d" % before, e.key)
        after = int(e.site.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])
        return after - before, again

    one = e.made(name="Parts", tickets=[{"name": "A", "price": 1, "quantity": 5}])
    path = "/events/" + one
    by_id = statements(path)
    by_slug = statements("/events/" + by_id[1].data["slug"])
    check("an event without parts: two statements", by_id[0] == 2, by_id)
    check(
        "by its slug: the same and no more",
        by_slug[0] == 2 and by_slug[1].raw == by_id[1].raw,
        by_slug,
    )
    for what, most in (("tickets", 1), ("tickets?take=1", 1), ("performers", 2)):
        asked, r = statements(path + "/" + what)
        check("%s: %d at most" % (what, most), r.status == 200 and asked <= most, (asked, r))
    lost = "01900000-0000-7000-8000-00000000dead"
    for below in ("tickets", "tickets/" + lost, "tickets/nothing", "performers?take=1"):
        r = e.site.get("/events/%s/%s" % (lost, below), e.key)
        check(
            "%s of no event: it is the event that is missing" % below,
            r.status == 404 and r.error["message"] == "Event not found: " + lost,
            r,
        )
    for child in (lost, "nothing"):
        r = e.site.get("%s/tickets/%s" % (path, child), e.key)
        check(
            "no such ticket type of an event: %s" % child,
            r.status == 404 and r.error["message"] == "Ticket not found: " + child,
            r,
        )
    for n, (kind, body) in enumerate(PARTS.items()):
        rows = [e.site.post("%s/%s" % (path, kind), e.key, body) for _ in range(2)]
        asked, r = statements(path)
        check(
            "%s: nested, by one more statement" % kind,
            asked == 3 + n and [x["id"] for x in r.data[kind]] == [x.data["id"] for x in rows],
            (asked, r),
        )
        PARTS[kind] = [x["id"] for x in r.data[kind]]
    for n, (kind, ids) in enumerate(PARTS.items()):
        e.site.delete("%s/%s/%s" % (path, kind, ids[0]), e.key)
        check(
            "%s: one deleted, one left" % kind,
            [x["id"] for x in e.site.get(path, e.key).data[kind]] == ids[1:],
        )
        e.site.delete("%s/%s/%s" % (path, kind, ids[1]), e.key)
        asked, r = statements(path)
        check(
            "%s: all deleted, and not asked for" % kind,
            asked == 4 - n and r.data[kind] == [],
            (asked, r),
        )
    verified = e.site.command("verify", check_status=False)
    check("ticketgate verify agrees", "event.parts" not in str(verified), verified)


with Site() as site:
    site.org("Other", "other")
    site.sql(
        "INSERT INTO venues (id, name, country, latitude, created_at, updated_at)"
        " VALUES (x'%s', 'Araneta', 'PH', 14.62, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"
        % VENUE.replace("-", "")
    )
    events = Events(site)
    fields(events)
    tickets(events)
    slugs(events)
    private_slugs(events)
    states(events)
    nested(events)
    stock(events)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
