#!/usr/bin/env python3
"""An organizer's page (/e/{org}), its calendar and its feed: which events they have, in what order,
and that all three say the same."""
import os
import sys
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import SHARED_FOR_TWO_SECONDS, Site, check, finish  # noqa: E402
from public_pages import HOST, Page, Visitor, World, is_page, unfolded  # noqa: E402

ATOM = "{http://www.w3.org/2005/Atom}"
HOUR = 3600


def ask(w, tail="", org="test", **headers):
    w.fresh()
    return Visitor(w.site).ask("GET", "/e/" + org + tail, mount="", **headers)


def in_hours(n):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + n * HOUR))


def entries(raw):
    return xml.fromstring(raw).findall(ATOM + "entry")


def shown(w, org="test"):
    """The slugs of the page, the calendar and the feed, which are the same."""
    prefix = HOST + "/e/%s/" % org
    page = [
        a["href"][len(prefix) :]
        for a in Page(ask(w, org=org).raw).all("a")
        if a["href"].startswith(prefix) and "." not in a["href"][len(prefix) :]
    ]
    calendar = unfolded(ask(w, "/calendar.ics", org).raw).get("URL", [])
    feed = [e.find(ATOM + "link").get("href") for e in entries(ask(w, "/feed.xml", org).raw)]
    check(
        "page, calendar and feed have the same events in the same order",
        [prefix + s for s in page] == calendar == feed,
        (page, calendar, feed),
    )
    return page


def nobody_yet(w):
    """Nothing tells an organization that has published nothing from one that does not exist."""
    draft = w.event([{}], publish=False)
    hidden = w.event([{}], visibility="PRIVATE")
    for org in ("test", "nobody", "no%2Fbody", "x" * 200):
        for tail in ("", "/calendar.ics", "/feed.xml"):
            r = ask(w, tail, org)
            check("404 before the first public event: " + (org + tail)[-40:], is_page(r, 404), r)
    check(
        "a private event does not lead to the organizer's page",
        HOST + "/e/test" not in [a["href"] for a in Page(hidden.page().raw).all("a")],
    )
    return draft


VENUE = "01890000-0000-7000-8000-000000000009"


def the_page(w):
    w.db.sql(
        "INSERT INTO venues (id, name, address, city, country, created_at, updated_at) VALUES"
        " (X'%s', 'Araneta Coliseum', 'General Roxas Ave', 'Quezon City', 'PH', NOW(3), NOW(3))"
        % VENUE.replace("-", "")
    )
    s = w.event(
        [{}],
        name="Himig & <Bayan>",
        description="Two\nlines & <b>",
        venueId=VENUE,
        imageUrl="https://img.example/a.jpg",
    )
    r = ask(w)
    p = Page(r.raw)
    check(
        "the organizer's page",
        is_page(r, 200) and r.headers["cache-control"] == SHARED_FOR_TWO_SECONDS,
        r,
    )
    check(
        "it names the event, its time in its zone, and its place",
        all(
            text in p.text
            for text in (
                "Himig & <Bayan>",
                "Sun 15 June 2031, 20:00",
                "Asia/Manila",
                "Araneta Coliseum, General Roxas Ave, Quezon City",
            )
        ),
        p.text,
    )
    check("its picture", p.all("img", src="https://img.example/a.jpg", alt=""))
    check("its address", p.all("link", rel="canonical", href=HOST + "/e/test"))
    check(
        "where programs find calendar and feed",
        {a["href"]: a["type"] for a in p.all("link", rel="alternate") if "type" in a}
        == {
            HOST + "/e/test/feed.xml": "application/atom+xml",
            HOST + "/e/test/calendar.ics": "text/calendar",
        },
    )
    check("search engines may list it", p.meta("robots") is None)
    check(
        "no script but the one that remembers the language",
        [s["src"] for s in p.all("script")] == ["/event/language.js"],
    )
    check(
        "the event's page leads here",
        HOST + "/e/test" in [a["href"] for a in Page(s.page().raw).all("a")],
    )
    for tail in ("", "/calendar.ics", "/feed.xml"):
        tag = ask(w, tail).headers["etag"]
        again = ask(w, tail, If_None_Match=tag)
        check("304 for what is known: /e/test" + tail, again.status == 304, again)
    for path in ("/e/test/", "/e/Test", "/e/TEST/Feed.xml/"):
        r = Visitor(w.site).ask("GET", path, mount="")
        check(
            "one address: " + path,
            r.status == 301 and r.headers["location"] == HOST + path.rstrip("/").lower(),
            r,
        )
    check(
        "read only",
        ask(w).status == 200 and is_page(Visitor(w.site).ask("POST", "/e/test", {}, mount=""), 405),
    )
    return s


def forms(w, s):
    r = ask(w, "/calendar.ics")
    lines = unfolded(r.raw)
    check(
        "a calendar that can be subscribed to",
        r.headers["content-type"] == "text/calendar; charset=utf-8"
        and lines["NAME"] == lines["X-WR-CALNAME"] == ["Test Org"]
        and lines["REFRESH-INTERVAL;VALUE=DURATION"] == ["PT1H"]
        and lines["BEGIN"] == ["VCALENDAR", "VEVENT"]
        and lines["END"] == ["VEVENT", "VCALENDAR"]
        and lines["UID"] == [s.id],
        lines,
    )
    r = ask(w, "/feed.xml")
    feed = xml.fromstring(r.raw)
    text = lambda e, name: e.find(ATOM + name).text
    links = {a.get("rel"): a.get("href") for a in feed.findall(ATOM + "link")}
    e = entries(r.raw)[0]
    check(
        "a feed",
        r.headers["content-type"] == "application/atom+xml; charset=utf-8"
        and r.raw.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        and text(feed, "title") == "Test Org"
        and text(feed, "id").startswith("urn:uuid:")
        and links == {"self": HOST + "/e/test/feed.xml", "alternate": HOST + "/e/test"}
        and text(feed, "updated") == text(e, "updated"),
        r.raw,
    )
    check(
        "an entry says what, when and where",
        (text(e, "id"), text(e, "title"), text(e, "summary"))
        == (
            "urn:uuid:" + s.id,
            "Himig & <Bayan>",
            "Sun 15 June 2031, 20:00, Araneta Coliseum, General Roxas Ave, Quezon City."
            " Two lines & <b>",
        ),
        r.raw,
    )
    w.site.patch("/events/" + s.id, w.key, {"description": "\ufffe\uffff\u0001 x"})
    check("whatever a text has, it stays a feed", len(entries(ask(w, "/feed.xml").raw)) == 1)


def which(w, first, draft):
    names = {first.slug: "first"}

    def event(what, starts, ends=None, **more):
        if ends is not None:
            more["endDateTime"] = in_hours(ends)
        e = w.event([{}], dateTime=in_hours(starts), **more)
        names[e.slug] = what
        return e

    event("tomorrow", 24)
    event("in an hour", 1)
    event("began, no end", -11)
    event("over, no end", -13)
    event("running for a month", -700, 1)
    event("over, with an end", -3, -1)
    event("over for a month", -800, -700)
    event("private", 2, visibility="PRIVATE")
    gone = event("archived", 3)
    w.site.post("/events/%s/archive" % gone.id, w.key)
    w.event([{}], key=w.other)
    check(
        "what is public and not over, in the order of its start",
        [names.get(s, s) for s in shown(w)]
        == ["running for a month", "began, no end", "in an hour", "tomorrow", "first"],
        [names.get(s, s) for s in shown(w)],
    )
    check("each organization its own", len(shown(w, "other")) == 1)
    w.site.post("/events/%s/publish" % draft.id, w.key)
    check("published: listed", draft.slug in shown(w))


def many(w):
    w.site.org("Many", "many")
    key = w.site.key(org="many")
    for i in range(101):
        w.event([{}], key=key, dateTime=in_hours(24 + i))
        if i == 99:
            r = ask(w, org="many")
            check("a hundred events, all there", b"the next 100" not in r.raw, r)
    slugs = shown(w, "many")
    check(
        "a hundred at most, the next ones",
        len(slugs) == 100 and b"These are the next 100 events." in ask(w, org="many").raw,
        len(slugs),
    )


def all_over(w):
    w.db.sql(
        "UPDATE events SET end_date_time = date_time + INTERVAL 1 SECOND, date_time ="
        " '2020-01-01' WHERE org_id = (SELECT id FROM organizations WHERE slug = 'other')"
    )
    w.db.sql(
        "UPDATE events SET end_date_time = '2020-01-02'"
        " WHERE org_id = (SELECT id FROM organizations WHERE slug = 'other')"
    )
    r = ask(w, org="other")
    check(
        "all are over: a page that says so", is_page(r, 200) and b"No upcoming events." in r.raw, r
    )
    feed = ask(w, "/feed.xml", "other")
    check("and an empty feed", entries(feed.raw) == [] and b"<updated>20" in feed.raw, feed.raw)
    check(
        "and an empty calendar",
        unfolded(ask(w, "/calendar.ics", "other").raw)["BEGIN"] == ["VCALENDAR"],
    )


def main():
    with Site(workers=2, conf="trusted_proxies = 127.0.0.1\npublic_url = " + HOST) as site:
        w = World(site)
        draft = nobody_yet(w)
        first = the_page(w)
        forms(w, first)
        which(w, first, draft)
        many(w)
        all_over(w)
        problems = [l for l in site.log().splitlines() if '"level":"error"' in l]
        check("no error in the log", not problems, "\n".join(problems))
        check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


main()
