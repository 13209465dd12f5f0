#!/usr/bin/env python3
"""The public page of an event, its calendar file and the API behind it (/e, /public/v1): what
anybody sees and takes without a key, and what nobody gets."""
import concurrent.futures
import html.parser
import json
import os
import re
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import raw_id, recount, stock_of, verify_output  # noqa: E402
from concurrency import Db  # noqa: E402
from harness import (  # noqa: E402
    SHARED_FOR_TWO_SECONDS,
    SRC,
    Response,
    Site,
    check,
    finish,
    wait_for,
)
from public_pages import (  # noqa: E402
    ANA,
    CSP,
    HOST,
    PUBLIC,
    Page,
    Visitor,
    World,
    escaped,
    is_page,
    unfolded,
)

# ---- the page ----


def the_page(w):
    w.site.command(
        "org",
        "set",
        "test",
        "--fee-percent",
        "5",
        "--fee-fixed",
        "10",
        "--checkout-url",
        "https://shop.example/pay",
    )
    w.db.sql(
        "INSERT INTO venues (id, name, address, city, region, country, latitude, longitude,"
        " created_at, updated_at)"
        " VALUES (X'01890000000070008000000000000009', 'Araneta Coliseum', 'General Roxas Ave',"
        " 'Quezon City', 'Metro Manila', 'PH', 14.620833, 121.053333, NOW(3), NOW(3))"
    )
    s = w.event(
        [
            {"name": "Free seats", "description": "Above"},
            {"name": "VIP", "price": 1500},
            {"name": "Not shown", "published": False},
        ],
        name="Bagong Tunog",
        endDateTime="2031-06-15T23:30:00+08:00",
        description="Five bands.\nOne stage.\n\nGates open at 6.",
        imageUrl="https://img.example/p.jpg",
        galleryUrls=[
            "https://img.example/1.jpg",
            "https://img.example/2.jpg",
            "http://img.example/3.jpg",
        ],
        absorbFees=False,
        venueId="01890000-0000-7000-8000-000000000009",
    )
    for path, body in (
        ("performers", {"name": "Luntiang Kalye", "role": "HEADLINER", "bio": "Five voices."}),
        ("brands", {"name": "Kape Bayani", "websiteUrl": "https://kape.example/"}),
        (
            "schedules",
            {"title": "Doors", "startsAt": "2031-06-15T18:00:00+08:00", "stage": "Main gate"},
        ),
    ):
        w.site.post("/events/%s/%s" % (s.id, path), w.key, body)
    r = s.page()
    p = Page(r.raw)
    check("the page is HTML, and sound", is_page(r, 200), (p.faults, r))
    check(
        "it says what browsers must keep to",
        r.headers.get("referrer-policy") == "same-origin"
        and r.headers.get("x-content-type-options") == "nosniff"
        and r.headers.get("cache-control") == SHARED_FOR_TWO_SECONDS
        and "x-robots-tag" not in r.headers,
        r.headers,
    )
    check(
        "title and description",
        "<title>Bagong Tunog · Test Org</title>" in r.raw.decode()
        and p.meta("description") == "Five bands. One stage. Gates open at 6.",
        p.meta("description"),
    )
    url = HOST + "/e/test/bagong-tunog"
    check(
        "canonical address",
        [a["href"] for a in p.all("link", rel="canonical")] == [url],
        p.all("link"),
    )
    said = {
        name: p.meta(name)
        for name in (
            "og:title",
            "og:description",
            "og:type",
            "og:url",
            "og:image",
            "og:site_name",
            "twitter:card",
        )
    }
    check(
        "Open Graph",
        said
        == {
            "og:title": "Bagong Tunog",
            "og:description": p.meta("description"),
            "og:type": "website",
            "og:url": url,
            "og:image": "https://img.example/p.jpg",
            "og:site_name": "Test Org",
            "twitter:card": "summary_large_image",
        }
        and p.meta("robots") is None,
        said,
    )
    learned(p.learned, url, s)
    check(
        "its own scripts and styles only",
        [a.get("src") for a in p.all("script") if a.get("type") != "application/ld+json"]
        == ["/event/first-read.js", "/event/page.js"]
        and [a["href"] for a in p.all("link", rel="stylesheet")]
        == ["/style.css", "/event/page.css"],
        p.all("link"),
    )
    section = p.all("section", id="tickets")
    check(
        "what its script needs to know",
        section
        == [
            {
                "id": "tickets",
                "aria-labelledby": "tickets-title",
                "data-api": PUBLIC,
                "data-event": "test/bagong-tunog",
                "data-checkout": "EXTERNAL",
            }
        ],
        section,
    )
    lines = p.all("li", **{"class": "ticket"})
    check(
        "a line for each published ticket type",
        [(a["data-ticket"], a["data-state"]) for a in lines]
        == [(s.tickets[0], "ON_SALE"), (s.tickets[1], "ON_SALE")]
        and "Not shown" not in p.text,
        lines,
    )
    for words in (
        "Free",
        "10 left",
        "₱1,500.00 + ₱85.00 fee",
        "Sun 15 June 2031, 20:00 – 23:30",
        "Asia/Manila",
        "Araneta Coliseum, General Roxas Ave, Quezon City",
        "Five voices.",
        "Headliner",
        "Main gate",
        "Kape Bayani",
        "Above",
    ):
        check("it says: " + words, words in p.text, p.text)
    check(
        "paragraphs, in the direction of their script",
        '<p dir="auto">Five bands.<br>One stage.</p><p dir="auto">Gates open at 6.</p>'
        in r.raw.decode(),
    )
    check(
        "a picture that the policy would not load is not asked for", "3.jpg" not in r.raw.decode()
    )
    check(
        "every picture has an alt, every link a target that may be",
        all("alt" in a for a in p.all("img"))
        and len(p.all("img")) == 3
        and all(re.match("https://|/|#|[?]lang=", a["href"]) for a in p.all("a")),
        p.all("a"),
    )
    check(
        "the time for machines",
        "2031-06-15T20:00:00+08:00" in [a["datetime"] for a in p.all("time")],
        p.all("time"),
    )
    check(
        "nothing is said of a state when it can be had",
        not p.all("p", **{"class": "notice", "data-state": "ON_SALE"}),
    )
    return s


def learned(d, url, s):
    offers = d.pop("offers")
    check(
        "JSON-LD: the event",
        d
        == {
            "@context": "https://schema.org",
            "@type": "Event",
            "name": "Bagong Tunog",
            "startDate": "2031-06-15T20:00:00+08:00",
            "endDate": "2031-06-15T23:30:00+08:00",
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "location": {
                "@type": "Place",
                "name": "Araneta Coliseum",
                "address": {
                    "@type": "PostalAddress",
                    "streetAddress": "General Roxas Ave",
                    "addressLocality": "Quezon City",
                    "addressRegion": "Metro Manila",
                    "addressCountry": "PH",
                },
                "geo": {"@type": "GeoCoordinates", "latitude": 14.620833, "longitude": 121.053333},
            },
            "image": "https://img.example/p.jpg",
            "description": "Five bands. One stage. Gates open at 6.",
            "url": url,
            "performer": [{"@type": "PerformingGroup", "name": "Luntiang Kalye"}],
            "organizer": {"@type": "Organization", "name": "Test Org"},
        },
        d,
    )
    since = offers[0].pop("validFrom")
    check(
        "JSON-LD: the offers, with what the buyer pays in all",
        offers[0]
        == {
            "@type": "Offer",
            "name": "Free seats",
            "price": "0.00",
            "priceCurrency": "PHP",
            "availability": "https://schema.org/InStock",
            "url": url,
        }
        and offers[1]["price"] == "1585.00"
        and len(offers) == 2
        and re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", since),
        offers,
    )


def manners(w, s):
    r = s.page()
    again = s.page(If_None_Match=r.headers["etag"])
    check(
        "304",
        again.status == 304
        and not again.raw
        and again.headers["etag"] == r.headers["etag"]
        and again.headers["content-security-policy"] == CSP,
        again,
    )
    head = s.page(method="HEAD")
    check(
        "HEAD",
        head.status == 200
        and not head.raw
        and head.headers["content-length"] == str(len(r.raw))
        and head.headers["etag"] == r.headers["etag"],
        head,
    )
    options = s.page(method="OPTIONS")
    check(
        "OPTIONS",
        options.status == 204 and options.headers["allow"] == "GET, HEAD, OPTIONS",
        options,
    )
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        r = s.page(method=method)
        check(
            "%s: 405 as a page" % method,
            is_page(r, 405)
            and r.headers["allow"] == "GET, HEAD, OPTIONS"
            and "This page is read-only" in Page(r.raw).text,
            r,
        )
    plain = s.page()
    tagged = s.page(tail="?fbclid=%s&utm_source=x&%%zz" % ("a" * 100))
    check(
        "what others hang on its address changes nothing",
        tagged.status == 200 and tagged.raw == plain.raw and "ignored-fields" not in tagged.headers,
        tagged,
    )
    words = "Sixteen thousand letters and more. "
    long = w.event(
        [{"name": "Type %d" % i, "description": words} for i in range(20)], description=words * 180
    )
    first = long.page()
    check(
        "a long page, too, is remembered",
        len(first.raw) > 17000 and asked_by(w, lambda: [long.page() for _ in range(5)]) < 5,
        (len(first.raw), first.status),
    )
    n = asked_by(
        w,
        lambda: [
            (
                s.page(tail="?fbclid=%d" % i),
                s.page(tail="/calendar.ics?x=%d" % i) if i % 2 else s.json(),
            )
            for i in range(20)
        ],
    )
    check("a rush on the page is answered from memory", n < 20, n)
    r = Visitor(w.site).ask(
        "GET",
        "/e/test/" + s.slug,
        mount="",
        api_key="nonsense",
        Cookie="tg_session=%s" % ("a" * 43),
    )
    check("neither key nor cookie is looked at", r.status == 200 and r.raw == plain.raw, r)
    r = s.json()
    check(
        "the same as JSON, with a validator",
        r.status == 200
        and r.headers["cache-control"] == SHARED_FOR_TWO_SECONDS
        and s.json(If_None_Match=r.headers["etag"]).status == 304,
        r,
    )
    w.site.patch("/events/" + s.id, w.key, {"name": "Bagong Tunog II"})
    check(
        "an edit shows at once, whatever is remembered",
        b"Bagong Tunog II" in s.page().raw and s.json().data["name"] == "Bagong Tunog II",
    )


def asked_by(w, ask):
    before = asked(w)
    ask()
    return asked(w) - before


def asked(w):
    return int(w.db.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])


# ---- who is not shown ----


def not_shown(w):
    draft, gone = w.event([{}], publish=False), w.event([{}])
    w.site.post("/events/%s/archive" % gone.id, w.key)
    theirs = w.event([{}], key=w.other)
    cases = [
        ("a draft", "/test/" + draft.slug),
        ("archived", "/test/" + gone.slug),
        ("another organization's", "/test/" + theirs.slug),
        ("an unknown organization", "/nobody/" + theirs.slug),
        ("an unknown event", "/test/nothing"),
        ("an id for a slug", "/test/" + theirs.id),
        ("a name that none can have", "/test/" + "a" * 500),
        ("letters that none can have", "/Test/%F0%9F%8E%AB"),
    ]
    shapes, answers = set(), set()
    for what, path in cases:
        r = Visitor(w.site).ask("GET", "/e" + path, mount="")
        p = Page(r.raw)
        check(
            "%s: a page that says so and why that can be" % what,
            is_page(r, 404)
            and r.headers["cache-control"] == "no-store"
            and "There is no published event at this address" in p.text
            and all(word in p.text for word in ("not be published yet", "removed", "typo"))
            and p.meta("robots") == "noindex, nofollow",
            r,
        )
        shapes.add(re.sub(rb"req_\w+", b"", r.raw))
        j = Visitor(w.site).ask("GET", "/events" + path)
        check(
            "%s: 404 in JSON" % what,
            j.status == 404
            and j.error["code"] == "NOT_FOUND"
            and j.error["message"] == "Event not found: " + urllib.parse.unquote(path[1:]),
            j,
        )
        answers.add(j.error["hint"])
        c = Visitor(w.site).ask("GET", "/e%s/calendar.ics" % path, mount="")
        check("%s: no calendar file either" % what, is_page(c, 404), c)
    check(
        "one cannot be told from the other",
        len(shapes) == 1 and len(answers) == 1,
        (len(shapes), answers),
    )
    check("the other organization shows it", is_page(theirs.page(org="other"), 200))
    for path in (
        "/e",
        "/e/",
        "/e/nobody",
        "/e/test/a/b",
        "/e/test/%zz",
        "/e//x",
        "/e/../e/x",
    ):
        r = w.site.raw(["GET %s HTTP/1.1" % path, "Host: x", "Connection: close"])
        check(
            "%s: the same page" % path,
            r.status in (404, 400) and "html" in r.headers["content-type"],
            r,
        )
    w.site.post("/events/%s/publish" % draft.id, w.key)
    check("published: there at once", is_page(draft.page(), 200))
    w.site.post("/events/%s/unpublish" % draft.id, w.key)
    check("unpublished: gone at once", is_page(draft.page(), 404) and draft.json().status == 404)
    r = Visitor(w.site).hold(draft, [(0, 1)])
    check(
        "and nothing of it can be had",
        r.status == 404 and r.error["message"] == "Event not found: " + draft.id,
        r,
    )


def private(w):
    s = w.event([{}], visibility="PRIVATE")
    r = s.page()
    p = Page(r.raw)
    check(
        "private: shown to whoever has the link, not to search engines",
        is_page(r, 200)
        and r.headers.get("x-robots-tag") == "noindex, nofollow"
        and p.meta("robots") == "noindex, nofollow"
        and p.learned is None
        and "ld+json" not in r.raw.decode(),
        r,
    )
    check(
        "private: the calendar file, too",
        s.page(tail="/calendar.ics").headers.get("x-robots-tag") == "noindex, nofollow",
    )


# ---- states ----


def states(w):
    times = {
        "not yet": {
            "salesStartAt": "2031-01-01T10:00:00+08:00",
            "salesEndAt": "2031-02-01T00:00:00Z",
        },
        "closed": {"salesEndAt": "2021-01-01T00:00:00Z"},
    }
    cases = [
        (
            "ON_SALE",
            ["ON_SALE", "NOT_YET", "CLOSED", "SOLD_OUT"],
            [{}, times["not yet"], times["closed"], {"quantity": 0}],
            None,
        ),
        (
            "NOT_YET",
            ["NOT_YET", "SOLD_OUT", "CLOSED"],
            [times["not yet"], {"quantity": 0}, times["closed"]],
            "go on sale on Wed 1 January 2031, 10:00 (Asia/Manila).",
        ),
        ("SOLD_OUT", ["SOLD_OUT", "CLOSED"], [{"quantity": 0}, times["closed"]], "Sold out."),
        ("CLOSED", ["CLOSED"], [times["closed"]], "Ticket sales have ended."),
        ("NOT_YET", [], [{"published": False}], None),
        ("SOLD_OUT", ["SOLD_OUT"], [{"quantity": 3, "minPerOrder": 4}], "Sold out."),
    ]
    for state, each, tickets, words in cases:
        s = w.event(tickets)
        d, p = s.json().data, Page(s.page().raw)
        check(
            "%s of %s" % (state, each),
            d["sale"]["state"] == state and [t["state"] for t in d["tickets"]] == each,
            d["sale"],
        )
        notices = p.all("p", **{"class": "notice", "data-state": state})
        check(
            "%s: the page says %s" % (state, words),
            (len(notices) == 1 and words in p.text) if words else not notices,
            p.text,
        )
        check(
            "%s: nothing is offered that cannot be had" % state,
            all(
                (t["remaining"] > 0) <= (t["state"] != "SOLD_OUT")
                and t["maxPerOrder"] <= max(t["remaining"], 0)
                for t in d["tickets"]
            ),
            d["tickets"],
        )
    s = w.event([times["not yet"]])
    check(
        "when it opens, not when it closes",
        s.json().data["sale"]
        == {"state": "NOT_YET", "opensAt": "2031-01-01T02:00:00.000Z", "closesAt": None},
        s.json().data["sale"],
    )
    s = w.event([{"salesEndAt": "2031-02-01T00:00:00Z"}, {"salesEndAt": "2031-03-01T00:00:00Z"}])
    check(
        "when the last one closes",
        s.json().data["sale"]
        == {"state": "ON_SALE", "opensAt": None, "closesAt": "2031-03-01T00:00:00.000Z"},
        s.json().data["sale"],
    )
    empty(w)
    over(w)
    counted(w)


def empty(w):
    """No published ticket type."""
    s = w.event([{"published": False}])
    for language, words in (
        ("en", "No tickets have been published yet."),
        ("fil", "Wala pang inilalabas na ticket."),
    ):
        p = Page(s.page(tail="?lang=" + language).raw)
        check(
            "no ticket type, %s: the card says it, and nothing else does" % language,
            p.text.count(words) == 1
            and not p.all("p", **{"class": "notice"})
            and not p.all("noscript"),
            p.text,
        )
    s = w.event([], dateTime="2021-06-15T20:00:00+08:00")
    p = Page(s.page().raw)
    check(
        "no ticket type, and the event is over: said once, and that there are none yet is not",
        p.text.count("This event is over.") == 1
        and "No tickets" not in p.text
        and not p.all("p", **{"class": "notice"}),
        p.text,
    )


def over(w):
    for more, state in (
        (
            {"dateTime": "2021-06-15T20:00:00+08:00", "endDateTime": "2021-06-15T23:00:00+08:00"},
            "OVER",
        ),
        ({"dateTime": "2021-06-15T20:00:00+08:00"}, "OVER"),
        (
            {"dateTime": "2021-06-15T20:00:00+08:00", "endDateTime": "2031-06-15T23:00:00+08:00"},
            "ON_SALE",
        ),
    ):
        s = w.event([{}], **more)
        r = Visitor(w.site).hold(s, [(0, 1)])
        check(
            "over or not: " + state,
            s.states[0] == state
            and ("This event is over." in Page(s.page().raw).text) == (state == "OVER")
            and ("Add to calendar" in Page(s.page().raw).text) == (state != "OVER")
            and r.status == (409 if state == "OVER" else 201),
            r,
        )


def counted(w):
    """What can be had right now: the organizer's capacity, and holds that are over."""
    s, v = w.event([{"quantity": 6, "maxPerOrder": 5}, {"quantity": 9}], eventCapacity=8), Visitor(
        w.site
    )
    check(
        "the event's own capacity counts",
        s.states == ("ON_SALE", ["ON_SALE", "ON_SALE"], [6, 8])
        and [t["maxPerOrder"] for t in s.json().data["tickets"]] == [5, 8],
        s.states,
    )
    h = v.hold(s, [(0, 5), (1, 3)]).data["id"]
    check(
        "held: none are left at the event",
        s.states == ("SOLD_OUT", ["SOLD_OUT", "SOLD_OUT"], [0, 0]),
        s.states,
    )
    w.set(
        "SET @at = NOW(3) - INTERVAL 1 SECOND;"
        " UPDATE hold_items"
        " SET expires_at = @at"
        " WHERE hold_id = %s;"
        " UPDATE holds"
        " SET expires_at = @at"
        " WHERE id = %s" % (raw_id(h), raw_id(h))
    )
    check(
        "held by a hold that is over: free",
        s.states == ("ON_SALE", ["ON_SALE", "ON_SALE"], [6, 8]),
        s.states,
    )
    check(
        "and whoever wants them gets them",
        v.hold(s, [(0, 5), (1, 3)]).status == 201 and stock_of(w.db, s.tickets[0]) == (0, 5, 6),
        stock_of(w.db, s.tickets[0]),
    )
    w.site.post("/tickets/%s/sold-out" % s.tickets[1], w.key)
    check("marked sold out", s.states[1][1] == "SOLD_OUT")


# ---- taking tickets ----


def free(w):
    s, v = w.event(
        [{"quantity": 5}, {"price": 100}],
        venueId="01890000-0000-7000-8000-000000000009",
        endDateTime="2031-06-15T23:00:00+08:00",
    ), Visitor(w.site)
    check(
        "a mixed event: what costs something goes elsewhere",
        s.json().data["checkout"] == "EXTERNAL" and w.event([{}]).json().data["checkout"] == "FREE",
    )
    r = v.hold(s, [(0, 2)])
    h = r.data
    check(
        "hold: as the box office shows it, for ten minutes, no checkout",
        r.status == 201
        and h["status"] == "ACTIVE"
        and h["total"] == 0
        and h["checkoutUrl"] is None
        and h["items"][0]["quantity"] == 2
        and r.headers["cache-control"] == "no-store",
        r,
    )
    check(
        "its id is nothing but chance",
        re.fullmatch(
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", h["id"]
        ),
        h["id"],
    )
    life = w.db.one(
        "SELECT TIMESTAMPDIFF(SECOND, created_at, expires_at) FROM holds WHERE id = %s"
        % raw_id(h["id"])
    )
    more = v.ask(
        "POST",
        "/holds",
        {"eventId": s.id, "items": [{"ticketId": s.tickets[0], "quantity": 1}], "ttlSeconds": 3600},
    )
    check(
        "ten minutes, whatever is asked for",
        life == "600"
        and more.headers.get("ignored-fields") == "ttlSeconds"
        and v.ask("DELETE", "/holds/" + more.data["id"]).status == 200,
        (life, more),
    )
    check(
        "anybody who knows it can look at it",
        Visitor(w.site).ask("GET", "/holds/" + h["id"]).data == h,
    )
    r = v.order(h["id"], {"name": "Ana Reyes", "email": "ana@example.com", "phone": "+63 917"})
    o = r.data
    check(
        "order: a reference, who, what, when, where",
        r.status == 201
        and re.fullmatch("TN-[0-9A-Z]{8}", o["reference"])
        and o["buyer"] == {"name": "Ana Reyes", "email": "ana@example.com", "phone": "+63 917"}
        and o["total"] == 0
        and [(i["name"], i["quantity"]) for i in o["items"]] == [("Type 0", 2)]
        and o["completedAt"]
        and o["event"]
        == {
            "id": s.id,
            "name": s.name,
            "startsAt": "2031-06-15T12:00:00.000Z",
            "endsAt": "2031-06-15T15:00:00.000Z",
            "timezone": "Asia/Manila",
            "venue": "Araneta Coliseum, Quezon City",
            "page": HOST + "/e/test/" + s.slug,
            "calendar": HOST + "/e/test/" + s.slug + "/calendar.ics",
        },
        r,
    )
    check("sold", stock_of(w.db, s.tickets[0]) == (2, 0, 5))
    mine = w.site.get("/orders/" + o["reference"], w.key).data
    check(
        "the organizer sees the order",
        mine["buyer"] == o["buyer"] and mine["status"] == "COMPLETED" and mine["payment"] is None,
        mine,
    )
    told = json.loads(
        bytes.fromhex(
            w.db.one(
                "SELECT HEX(body) FROM outbox WHERE type = 'order.completed' AND subject_id = %s"
                % raw_id(mine["id"])
            )
        )
    )
    check("webhooks are told what the Open API shows", told["data"] == mine, told)
    check("the hold is used", v.ask("GET", "/holds/" + h["id"]).data["status"] == "USED")
    r = v.order(h["id"])
    check("and cannot be used again", r.status == 409 and "already used" in r.error["message"], r)
    check("nor given back", v.ask("DELETE", "/holds/" + h["id"]).status == 409)
    r = v.hold(s, [(0, 3)])
    check(
        "given back",
        v.ask("DELETE", "/holds/" + r.data["id"]).status == 200
        and stock_of(w.db, s.tickets[0]) == (2, 0, 5)
        and v.order(r.data["id"]).status == 409,
    )
    row = w.db.sql(
        "SELECT actor_type, actor_id, actor_name, address"
        " FROM audit"
        " WHERE action = 'public.order.create' AND resource_id = %s" % raw_id(mine["id"])
    )
    check("the audit trail has it", row == [["visitor", "NULL", "visitor", v.address]], row)
    refusals(w, s, v)


def refusals(w, s, v):
    for what, items, message in (
        ("too many", [(0, 4)], "Only 3 of"),
        ("more than an order may have", [(0, 11)], "at most 10"),
        ("none", [], None),
        ("a million", [(0, 1000000)], None),
    ):
        r = v.hold(s, items)
        check(
            "hold: %s: refused as at the box office" % what,
            r.status == (409 if message else 400)
            and (not message or message in r.error["message"])
            and r.error["hint"],
            r,
        )
        v = Visitor(w.site)
    theirs = w.event([{}], key=w.other)
    r = v.ask(
        "POST",
        "/holds",
        {"eventId": s.id, "items": [{"ticketId": theirs.tickets[0], "quantity": 1}]},
    )
    check(
        "hold: another organization's ticket is none of this event",
        r.status == 400 and r.fields == ["items.0.ticketId"],
        r,
    )
    for body, fields in (
        ({}, ["buyer", "holdId"]),
        (
            {"holdId": "x", "buyer": {"name": " ", "email": "nobody"}},
            ["buyer.email", "buyer.name", "holdId"],
        ),
        ("{", ["body"]),
        ("", ["body"]),
    ):
        r = v.ask("POST", "/orders", body)
        check(
            "order: every problem at its field: %s" % fields,
            r.status == 400 and r.fields == fields,
            r,
        )
    nothing = "6be4b1d7-17c1-40ed-96f0-350e06488f2a"
    for method, path, body in (
        ("GET", "/holds/" + nothing, None),
        ("DELETE", "/holds/" + nothing, None),
        ("POST", "/orders", {"holdId": nothing, "buyer": ANA}),
    ):
        r = v.ask(method, path, body)
        check(
            "%s %s: an unknown hold is 404" % (method, path),
            r.status == 404 and r.error["message"] == "Hold not found: " + nothing,
            r,
        )


def paid(w):
    s = w.event([{"price": 1000}, {}], absorbFees=False)
    w.site.command("org", "set", "test", "--fee-percent", "5", "--fee-fixed", "10")
    for checkout, before, after in (
        ("https://shop.example/pay", "?", ""),
        ("https://shop.example/pay?lang=fil", "&", ""),
        ("https://shop.example/?a=1#/pay", "&", "#/pay"),
        ("https://shop.example#top", "?", "#top"),
    ):
        w.site.command("org", "set", "test", "--checkout-url", checkout)
        w.fresh()
        r = Visitor(w.site).hold(s, [(0, 2)])
        wanted = checkout.split("#")[0] + before + "hold=" + r.data["id"] + after
        check(
            "checkout %s" % checkout,
            r.status == 201
            and r.data["checkoutUrl"] == wanted
            and (r.data["subtotal"], r.data["fees"], r.data["total"]) == (2000, 120, 2120),
            r,
        )
        Visitor(w.site).ask("DELETE", "/holds/" + r.data["id"])
    v = Visitor(w.site)
    h = v.hold(s, [(0, 1), (1, 1)]).data
    r = v.order(h["id"])
    check(
        "what costs something is no order here",
        r.status == 409
        and "Payment required" in r.error["message"]
        and "checkoutUrl" in r.error["hint"]
        and stock_of(w.db, s.tickets[0])[:2] == (0, 1),
        r,
    )
    shop = w.site.get("/holds/" + h["id"], w.key, mount="/box-office/v1")
    check(
        "the shop finds the hold at the box office",
        shop.status == 200
        and shop.data["total"] == h["total"]
        and shop.data["items"] == h["items"],
        shop,
    )
    r = w.site.post(
        "/orders",
        w.key,
        {"holdId": h["id"], "buyer": ANA, "payment": {"provider": "gcash", "reference": "1"}},
        mount="/box-office/v1",
    )
    check(
        "and completes the order when it is paid",
        r.status == 201
        and r.data["total"] == h["total"]
        and v.ask("GET", "/holds/" + h["id"]).data["status"] == "USED",
        r,
    )
    r = w.site.post(
        "/holds",
        w.key,
        {"eventId": s.id, "items": [{"ticketId": s.tickets[1], "quantity": 1}]},
        mount="/box-office/v1",
    ).data
    for method, path, body in (
        ("GET", "/holds/" + r["id"], None),
        ("DELETE", "/holds/" + r["id"], None),
        ("POST", "/orders", {"holdId": r["id"], "buyer": ANA}),
    ):
        check(
            "the box office's own holds are not for visitors: %s" % method,
            v.ask(method, path, body).status == 404,
        )
    w.site.command("org", "set", "test", "--checkout-url", "")
    w.fresh()
    r = Visitor(w.site).hold(s, [(0, 1)])
    check(
        "without a checkout nothing that costs something can be held",
        s.json().data["checkout"] == "NONE"
        and r.status == 409
        and "organizer" in r.error["hint"]
        and stock_of(w.db, s.tickets[0])[1] == 0,
        r,
    )
    check("what is free can", Visitor(w.site).hold(s, [(1, 1)]).status == 201)
    w.site.command("org", "set", "test", "--fee-percent", "0", "--fee-fixed", "0")


def retries(w):
    s, v = w.event([{"quantity": 50}]), Visitor(w.site)
    a, b = v.hold(s, [(0, 1)], Idempotency_Key="one"), v.hold(s, [(0, 1)], Idempotency_Key="one")
    check(
        "a hold that is asked for again is the same one",
        a.status == b.status == 201
        and a.raw == b.raw
        and b.headers.get("idempotency-replayed") == "true"
        and stock_of(w.db, s.tickets[0])[1] == 1,
        b,
    )
    check(
        "another request under the same key is none",
        v.hold(s, [(0, 2)], Idempotency_Key="one").status == 422,
    )
    c = Visitor(w.site).hold(s, [(0, 1)], Idempotency_Key="one")
    check(
        "another address that thought of the same key gets its own",
        c.status == 201
        and c.data["id"] != a.data["id"]
        and "idempotency-replayed" not in c.headers,
        c,
    )
    o = v.order(a.data["id"], Idempotency_Key="two")
    p = Visitor(w.site).order(a.data["id"], Idempotency_Key="two")
    check(
        "an order is the same one, from wherever its buyer asks again",
        o.status == p.status == 201
        and o.raw == p.raw
        and p.headers.get("idempotency-replayed") == "true",
        p,
    )
    q = v.order(c.data["id"], Idempotency_Key="two")
    check(
        "the same key with another hold is another order",
        q.status == 201 and q.data["reference"] != o.data["reference"],
        q,
    )
    few, v = w.event([{"quantity": 1}]), Visitor(w.site)
    last = Visitor(w.site).hold(few, [(0, 1)]).data["id"]
    rows = w.db.one("SELECT COUNT(*) FROM idempotency")
    r = v.hold(few, [(0, 1)], Idempotency_Key="three")
    check(
        "a refusal is not kept: nobody fills the database with them",
        r.status == 409 and w.db.one("SELECT COUNT(*) FROM idempotency") == rows,
        r,
    )
    Visitor(w.site).ask("DELETE", "/holds/" + last)
    check(
        "and asked again it is judged again",
        v.hold(few, [(0, 1)], Idempotency_Key="three").status == 201,
    )
    check(
        "nothing of it can be read where it is kept",
        w.db.one(
            "SELECT COUNT(*)"
            " FROM idempotency"
            " WHERE INSTR(body, 'ana@example.com') OR INSTR(body, %s)"
            % json.dumps(o.data["reference"])
        )
        == "0",
    )


def limits(w, rate, holds):
    s, v = w.event([{"quantity": 1000}]), Visitor(w.site)
    got = [v.hold(s, [(0, 1)]).status for _ in range(holds + 3)]
    check("so many new holds a minute from one address", got == [201] * holds + [429] * 3, got)
    r = v.hold(s, [(0, 1)])
    check(
        "429 says what and for how long",
        r.error["code"] == "RATE_LIMITED"
        and "new holds" in r.error["message"]
        and 1 <= int(r.headers["retry-after"]) <= 60 // holds + 1
        and r.headers["x-ratelimit-limit"] == str(holds),
        r,
    )
    check(
        "everything else still works",
        v.ask("GET", "/events/test/" + s.slug).status == 200
        and Visitor(w.site).hold(s, [(0, 1)]).status == 201,
    )
    v6 = [Visitor(w.site, "2001:db8:1:2::%x" % i) for i in range(1, holds + 3)]
    got = [x.hold(s, [(0, 1)]).status for x in v6]
    check(
        "a /64 of IPv6 is one address",
        got == [201] * holds + [429] * 2
        and Visitor(w.site, "2001:db8:1:3::1").hold(s, [(0, 1)]).status == 201,
        got,
    )
    v = Visitor(w.site)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda i: v.ask(
                    "GET",
                    ("/e/test/%s" if i % 2 else PUBLIC + "/events/test/%s") % s.slug,
                    mount="",
                ),
                range(rate + 40),
            )
        )
    late = [r for r in answers if r.status == 429]
    check(
        "so many requests a minute from one address, pages and API together",
        15 <= len(late) <= 40 and all(r.status in (200, 429) for r in answers),
        len(late),
    )
    r = v.ask("GET", "/e/test/" + s.slug, mount="")
    check(
        "429 is a page for people, with Retry-After",
        is_page(r, 429)
        and "Too many requests" in Page(r.raw).text
        and int(r.headers["retry-after"]) >= 1,
        r,
    )
    r = v.ask("GET", "/events/test/" + s.slug)
    check(
        "and JSON for programs",
        r.status == 429 and r.error["code"] == "RATE_LIMITED" and r.headers["retry-after"],
        r,
    )
    # nobody but a trusted proxy says where a request comes from
    codes = [
        cgi(
            w.site, "/e/test/" + s.slug, REMOTE_ADDR="203.0.113.77", HTTP_X_FORWARDED_FOR=v.address
        ).status
        for _ in range(2)
    ]
    mine = [
        cgi(
            w.site, "/e/test/" + s.slug, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=v.address
        ).status
        for _ in range(6)
    ]  # two a second come back
    check(
        "X-Forwarded-For of a stranger is not believed, a trusted proxy's is",
        codes == [200, 200] and 429 in mine,
        (codes, mine),
    )


def cgi(site, path, conf=None, **env):
    """public.fcgi as a CGI program, asked by whomever."""
    full = dict(
        os.environ,
        GATEWAY_INTERFACE="CGI/1.1",
        REQUEST_METHOD="GET",
        REQUEST_URI=path,
        TG_CONF=conf or site.conf,
        **env
    )
    out = subprocess.run(
        [site.build + "/fcgi/public.fcgi"],
        env=full,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout
    head, _, body = out.partition(b"\r\n\r\n")
    headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
    return Response(int(dict(headers)["Status"].split()[0]), headers, body)


def elsewhere(w):
    """A suite that is mounted below another path, and does not know its own host."""
    conf = w.site.dir + "/mounted.conf"
    with open(w.site.conf) as f, open(conf, "w") as to:
        to.write(f.read().replace("public_url = " + HOST, "base_path = /shop"))
    os.chmod(conf, 0o600)
    s = w.event([{}])
    r = cgi(w.site, "/shop/e/test/" + s.slug, conf, REMOTE_ADDR="203.0.113.9")
    p = Page(r.raw)
    check(
        "below another path: every address begins with it",
        is_page(r, 200)
        and p.all("section", id="tickets")[0]["data-api"] == "/shop/public/v1"
        and all(
            a.get("href", a.get("src", "/shop/")).startswith(("/shop/", "#", "?lang="))
            for t, a in p.tags
            if t in ("a", "link", "script")
        ),
        p.tags,
    )
    check(
        "without a known host nothing claims one",
        not p.all("link", rel="canonical")
        and p.meta("og:url") is None
        and "url" not in p.learned
        and "url" not in p.learned["offers"][0],
        p.learned,
    )
    j = cgi(w.site, "/shop/public/v1/events/test/" + s.slug, conf, REMOTE_ADDR="203.0.113.9")
    check(
        "JSON: links are paths",
        j.data["links"]
        == {
            "page": "/shop/e/test/" + s.slug,
            "calendar": "/shop/e/test/" + s.slug + "/calendar.ics",
        },
        j,
    )
    w.fresh()
    r = cgi(w.site, "/shop/e/test/" + s.slug, conf, REMOTE_ADDR="203.0.113.9", TZDIR="/nowhere")
    w.fresh()
    check(
        "a machine without time zones tells UTC, and says so",
        "Sun 15 June 2031, 12:00" in Page(r.raw).text
        and "UTC" in Page(r.raw).texts
        and "Manila" not in Page(r.raw).text,
        Page(r.raw).text,
    )
    r = cgi(w.site, "/e/test/" + s.slug, "/nowhere/ticketgate.conf", REMOTE_ADDR="203.0.113.9")
    check(
        "not configured: a page that says so",
        is_page(r, 503) and "temporarily unavailable" in Page(r.raw).text,
        r,
    )
    check(
        "and nothing is at the old path",
        cgi(w.site, "/e/test/" + s.slug, conf, REMOTE_ADDR="203.0.113.9").status == 404,
    )


# ---- hostile texts ----

EVIL = (
    "</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)> &lt;b&gt; "
    "\u2028\u2029 \\u003c ${x} {{y}} ]]> \u202e\x07"
)


def dressed(w, text, org):
    """An event with `text` in everything that holds text."""
    key = w.site.key(org=org)
    s = w.event(
        [{"name": text[:119], "description": text}],
        key=key,
        name=text,
        description=text + "\n\n" + text,
        venueId="01890000-0000-7000-8000-00000000000%d" % (len(org) % 8),
        imageUrl="https://img.example/x",
        endDateTime="2031-06-15T23:00:00+08:00",
        slug="dressed",
    )
    for path, body in (
        ("performers", {"name": text, "bio": text, "role": "HOST"}),
        (
            "schedules",
            {
                "title": text,
                "description": text,
                "stage": text[:119],
                "startsAt": "2031-06-15T12:00:00Z",
            },
        ),
        ("brands", {"name": text, "websiteUrl": "https://x.example/?a=%22%3E&b='(c)"}),
    ):
        r = w.site.post("/events/%s/%s" % (s.id, path), key, body)
        if r.status != 201:
            raise RuntimeError(repr(r))
    return s


def hostile(w):
    for org, name in (("evil", EVIL), ("goodly", "Good")):
        w.site.org(name.replace("\x07", ""), org)
        w.db.sql(
            "INSERT INTO venues (id, name, address, city, region, country, created_at, updated_at)"
            " SELECT X'0189000000007000800000000000000%d', t, t, t, t, 'PH', NOW(3), NOW(3)"
            " FROM (SELECT %s AS t) x"
            % (len(org) % 8, "CONVERT(X'%s' USING utf8mb4)" % name[:119].encode().hex())
        )
    evil, good = dressed(w, EVIL, "evil"), dressed(w, "Good", "goodly")
    a, b = evil.page(org="evil"), good.page(org="goodly")
    p, q = Page(a.raw), Page(b.raw)
    check(
        "hostile text makes no element and no attribute",
        is_page(a, 200) and p.shape == q.shape,
        [x for x in zip(p.shape, q.shape) if x[0] != x[1]][:5],
    )
    check(
        "it stands there as text",
        p.text.count("<script>alert(1)</script>") >= 12
        and p.meta("og:title") == EVIL.replace("\x07", "\ufffd"),
        p.text[:300],
    )
    check(
        "JSON-LD: one script, and it says the same",
        len(p.blocks) == 1
        and p.learned["name"] == EVIL
        and p.learned["performer"][0]["name"] == EVIL
        and p.learned["offers"][0]["name"] == EVIL[:119]
        and p.learned["location"]["address"]["addressLocality"] == EVIL[:119],
        p.blocks,
    )
    check(
        "JSON-LD: nothing in it could end it",
        not re.search("[<>&\u2028\u2029]", p.blocks[0][1]),
        p.blocks,
    )
    raw = evil.page(org="evil", tail="/calendar.ics").raw
    lines = unfolded(raw)
    check(
        "the calendar file says the same",
        lines["SUMMARY"] == [escaped(EVIL)] and len(lines["BEGIN"]) == 2,
        lines,
    )
    d = evil.json(org="evil").data
    check("JSON, too", d["name"] == EVIL and d["tickets"][0]["name"] == EVIL[:119])


# ---- the calendar file ----


def calendar(w):
    text = "Kuwento; at, awit \\ sayaw: " + "₱é🎫" * 40 + "\r\nSecond line, " + "x" * 200
    s = w.event(
        [{}],
        name="Himig, ng; Bayan",
        description=text,
        endDateTime="2031-06-16T02:00:00+08:00",
        venueId="01890000-0000-7000-8000-000000000009",
    )
    r = s.page(tail="/calendar.ics")
    check(
        "calendar: a file to keep",
        r.status == 200
        and r.headers["content-type"] == "text/calendar; charset=utf-8"
        and r.headers["content-disposition"] == 'attachment; filename="%s.ics"' % s.slug
        and r.headers["cache-control"] == SHARED_FOR_TWO_SECONDS
        and s.page(tail="/calendar.ics", If_None_Match=r.headers["etag"]).status == 304,
        r,
    )
    check(
        "calendar: CR LF everywhere, no line above 75 octets, no character cut",
        b"\n" not in r.raw.replace(b"\r\n", b"")
        and r.raw.endswith(b"END:VCALENDAR\r\n")
        and all(len(line) <= 75 and line.decode() is not None for line in r.raw.split(b"\r\n")),
        max(len(line) for line in r.raw.split(b"\r\n")),
    )
    lines = unfolded(r.raw)
    stamp = lines.pop("DTSTAMP", [""])[0]
    check(
        "calendar: one event",
        lines
        == {
            "BEGIN": ["VCALENDAR", "VEVENT"],
            "VERSION": ["2.0"],
            "PRODID": ["-//ticketgate//event page//EN"],
            "UID": [s.id],
            "SEQUENCE": ["2"],
            "DTSTART": ["20310615T120000Z"],
            "DTEND": ["20310615T180000Z"],
            "SUMMARY": ["Himig\\, ng\\; Bayan"],
            "LOCATION": ["Araneta Coliseum\\, General Roxas Ave\\, Quezon City"],
            "GEO": ["14.620833;121.053333"],
            "DESCRIPTION": [escaped(text)],
            "URL": [HOST + "/e/test/" + s.slug],
            "STATUS": ["CONFIRMED"],
            "END": ["VEVENT", "VCALENDAR"],
        }
        and re.fullmatch(r"\d{8}T\d{6}Z", stamp),
        lines,
    )


# ---- a rush, and a database that is away ----


def rush(w):
    s = w.event([{"quantity": 10}])

    def buy(i):
        v = Visitor(w.site, "198.18.%d.%d" % divmod(i, 250))
        h = v.hold(s, [(0, 1)])
        if h.status != 201:
            return h.status
        return v.order(h.data["id"], {"name": "B", "email": "b%d@example.com" % i}).status

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        got = sorted(pool.map(buy, range(40)))
    check(
        "40 at once for 10: exactly 10 get one, the others are told",
        got == [201] * 10 + [409] * 30 and stock_of(w.db, s.tickets[0]) == (10, 0, 10),
        (got, stock_of(w.db, s.tickets[0])),
    )
    check(
        "sold out is said once",
        w.db.one(
            "SELECT COUNT(*) FROM outbox WHERE type = 'event.sold_out' AND event_id = %s"
            % raw_id(s.id)
        )
        == "1"
        and s.states[0] == "SOLD_OUT",
    )
    check(
        "verify agrees, and so does a recount",
        not verify_output(w.site) and not recount(w.db),
        (verify_output(w.site), recount(w.db)),
    )


def away(w):
    s = w.event([{}])
    w.db.close()
    w.site.mariadb("kill")
    r = s.page()
    check(
        "no database: a page that says so",
        is_page(r, 503)
        and r.headers.get("retry-after")
        and "temporarily unavailable" in Page(r.raw).text
        and r.headers["cache-control"] == "no-store",
        r,
    )
    r = s.json()
    check(
        "no database: JSON",
        r.status == 503
        and r.error["code"] == "SERVICE_UNAVAILABLE"
        and r.headers.get("retry-after"),
        r,
    )
    r = Visitor(w.site).hold(s, [(0, 1)])
    check("no database: no hold", r.status == 503 and r.error["hint"], r)
    w.site.mariadb("start")
    check("it is back: so is the page", wait_for(lambda: s.page().status == 200, 15), s.page())


# ---- rights ----


def rights(site):
    """Everything here runs with the rights of sql/grants.sql."""
    with open(SRC + "/sql/grants.sql") as f:
        site.sql(re.sub("@PASSWORD_[A-Z]*@", "abc123", f.read()).replace("@DB@", "ticketgate"))
    with open(site.conf, "a") as f:
        f.write("[public]\ndb_user = ticketgate_public\ndb_password = abc123\n")
    site.stop_web()
    site.start_web()


def cannot(site):
    for text in (
        "SELECT * FROM users",
        "SELECT * FROM api_keys",
        "SELECT * FROM sessions",
        "SELECT buyer_phone FROM orders",
        "SELECT * FROM order_items",
        "UPDATE orders SET total = 0",
        "DELETE FROM orders",
        "DELETE FROM holds",
        "UPDATE holds SET total = 0",
        "UPDATE ticket_types SET price = 0",
        "UPDATE ticket_types SET quantity = 1",
        "UPDATE events SET status = 1",
        "SELECT * FROM outbox",
        "DELETE FROM ledger",
        "SELECT * FROM webhook_secrets",
        "DELETE FROM audit",
        "UPDATE organizations SET checkout_url = NULL",
    ):
        p = subprocess.run(
            [
                "mariadb",
                "--no-defaults",
                "-S",
                site.socket,
                "-uticketgate_public",
                "-pabc123",
                "ticketgate",
            ],
            input=text,
            capture_output=True,
            text=True,
        )
        check(
            "the program's user may not: " + text, p.returncode and "denied" in p.stderr, p.stderr
        )
    p = subprocess.run(
        [site.build + "/fcgi/public.fcgi", "--check", "--conf", site.conf],
        capture_output=True,
        text=True,
    )
    check("its statements fit its rights", p.returncode == 0, p.stdout + p.stderr)


RATE, HOLDS = 120, 4


def main():
    with Site(
        workers=2,
        conf="trusted_proxies = 127.0.0.1\npublic_url = %s\npublic_rate = %d\npublic_holds = %d"
        % (HOST, RATE, HOLDS),
    ) as site:
        rights(site)
        w = World(site)
        manners(w, the_page(w))
        not_shown(w)
        private(w)
        states(w)
        free(w)
        paid(w)
        retries(w)
        limits(w, RATE, HOLDS)
        elsewhere(w)
        hostile(w)
        calendar(w)
        rush(w)
        problems = [
            l for l in site.log().splitlines() if '"level":"error"' in l
        ] + site.sanitizer_reports()
        check("no error in the log", not problems, "\n".join(problems))
        cannot(site)
        away(w)
        check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


main()
