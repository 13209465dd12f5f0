#!/usr/bin/env python3
"""What people type: names in any script and how they are found, email addresses, times, addresses
of pages, and the files that spreadsheets and calendars open."""
import csv
import io
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer  # noqa: E402
from concurrency import Db, event  # noqa: E402
from harness import Site, check, finish  # noqa: E402

NAMES = {
    "“Fiesta” Unplugged": ("fiesta", "FIESTA unplugged", "“fiesta”", "unplug"),
    "Rock’n’Roll Night": ("roll", "rock", "rock'n'roll", "rock’n’roll", "rocknroll", "ｒｏｃｋ"),
    "Salsa—Cumbia": ("cumbia", "salsa", "salsa-cumbia"),
    "«Soirée» parisienne": ("soiree", "soirée", "«soirée»"),
    "Gala\u00a0Benefit": ("benefit", "gala\u00a0benefit"),
    "夏祭り\u3000花火": ("花火", "夏祭り", "祭"),
    "スター・ナイト": ("ナイト", "スター", "ｽﾀｰ"),
    "El Nin\u0303o live": ("niño", "nin\u0303o", "nino"),
    "ភ្លេង\u200bខ្មែរ": ("ខ្មែរ", "ភ្លេង"),
    "Straße der Musik": ("strasse", "straße", "STRASSE", "musik"),
    "Đêm Nhạc Việt": ("dem", "nhac viet", "Nhạc"),
}


def searches(c):
    ids = {}
    for name in NAMES:
        r = c.post("/events", event(name))
        ids[name] = r.data["id"]
        check("%r is kept as it is" % name, r.status == 201 and r.data["name"] == name, r)
    for name, queries in NAMES.items():
        for q in queries:
            r = c.get("/events?take=100&q=" + urllib.parse.quote(q))
            found = [e["name"] for e in r.data or []]
            check("%r finds %r" % (q, name), found == [name] and r.json["meta"]["total"] == 1, r)
    r = c.request("PATCH", "/events/" + ids["Salsa—Cumbia"], {"name": "Merengue·Bachata"})
    check(
        "a new name is found, the old one is not",
        [e["name"] for e in c.get("/events?q=bachata").data] == ["Merengue·Bachata"]
        and c.get("/events?q=cumbia").data == [],
        r,
    )


def indexed_again(c, db, site):
    """The words of names as an earlier version split them, then the migration."""
    db.sql("DELETE FROM event_words")
    db.sql("UPDATE conversions SET done = FALSE WHERE name = 'event_words'")
    check("without words nothing is found", c.get("/events?q=strasse").data == [])
    p = site.command("migrate")
    db.sql("SELECT 1")
    r = c.get("/events?q=strasse&take=1")
    check("migrate indexes names again", len(r.data) == 1 and p.returncode == 0, (r, p))
    db.sql("DELETE FROM event_words")
    site.command("migrate")
    left = db.sql("SELECT COUNT(*) FROM event_words")[0][0]
    check("but only once", int(left) == 0, left)
    db.sql("UPDATE conversions SET done = FALSE WHERE name = 'event_words'")
    site.command("migrate")


def slugs(c):
    for name, slug in (
        ("Nhạc Việt Đêm", "nhac-viet-dem"),
        ("Cafe\u0301 Sen\u0303or", "cafe-senor"),
        ("Straße", "strasse"),
        ("Night\u200bmarket", "night-market"),
        ("Rock Ωmegaqq 2030", "rock-2030"),
        ("Ａ・Ｂ\u3000Ｃ", "a-b-c"),
    ):
        r = c.post("/events", event(name))
        check("%r: %s" % (name, slug), r.status == 201 and r.data["slug"] == slug, r)


def blank_names(c, site):
    for name in ("\u200b", "\u00a0", "\u3000", "\u200b\u2060 \ufeff", "\u202e", "\u3164"):
        r = c.post("/events", event(name))
        check("an event named %r: refused" % name, r.status == 400 and r.fields == ["name"], r)
        check("as empty", "should not be empty" in r.error["details"][0]["message"], r)
        p = site.command("org", "create", "--name", name, "--slug", "b", check_status=False)
        check("an organization, too", p.returncode == 1, p)
        p = site.command(
            "key",
            "create",
            "--org",
            "test",
            "--name",
            name,
            "--scopes",
            "events:read",
            check_status=False,
        )
        check("and a key", p.returncode == 1, p)
    r = c.post("/events", event("\u200bx"))
    check("with one letter it is a name", r.status == 201, r)


def addresses(c, site):
    e, (t,) = c.on_sale("Mail", [100])
    item = {"eventId": e, "items": [{"ticketId": t, "quantity": 1}]}
    for email, word in (
        ("ana\u200b@example.com", "U+200B"),
        ("ana@example.com\u00a0", "U+00A0"),
        ("ana\u202e@example.com", "U+202E"),
        ("ana@example..com", "'.'"),
        (".a@example.com", "'.'"),
        ("a..b@example.com", "'.'"),
    ):
        r = c.sell("POST", "/orders", dict(item, buyer={"name": "Ana", "email": email}))
        check(
            "%r: refused" % email,
            r.status == 400
            and r.fields == ["buyer.email"]
            and word in r.error["details"][0]["message"],
            r,
        )
        p = site.command(
            "user",
            "create",
            "--org",
            "test",
            "--email",
            email,
            "--role",
            "owner",
            check_status=False,
            stdin="correct horse battery\n",
        )
        check("as a user, too", p.returncode == 1 and word in p.stderr, p)
    buyer = {"name": "Ana", "email": "Ana.Cruz@mail.example"}
    check("a plain one", c.sell("POST", "/orders", dict(item, buyer=buyer)).status == 201)


def urls(c):
    for url, word in (
        ("https://img.example/señor.png", "%C3%B1"),
        ("https://niño.example/x.png", "xn--"),
        ("https://img.example/x\u200b.png", "%E2%80%8B"),
    ):
        for field, value in (("imageUrl", url), ("galleryUrls", [url]), ("callbackUrl", url)):
            r = c.post("/events", event("u", **{field: value}))
            check(
                "%s %r says how to write it" % (field, url),
                r.status == 400 and word in r.error["details"][0]["message"],
                r,
            )


def times(c):
    for sent in ("2030-06-15T20:00+08:00", "2030-06-15T12:00Z", "2030-06-15T20:00:00+0800"):
        r = c.post("/events", event("Timed", dateTime=sent))
        check(sent, r.status == 201 and r.data["dateTime"] == "2030-06-15T12:00:00.000Z", r)
    sent = "2030-06-15T20:00:00+08:00"
    spans = (
        "from=%s&to=%s" % (sent, sent),  # the plus sign arrives as a blank
        "from=%s&to=%s" % (urllib.parse.quote(sent), urllib.parse.quote(sent)),
        "from=2030-06-15T20:00+08:00&to=2030-06-15T20:00+0800",
    )
    for span in spans:
        r = c.get("/events?take=100&" + span)
        check(span, r.status == 200 and [e["name"] for e in r.data] == ["Timed"] * 3, r)
    r = c.get("/events?from=2030-06-15%2020:00:00Z")
    check("a blank elsewhere is none", r.status == 400 and r.fields == ["from"], r)


def pages(c, site):
    e, _ = c.on_sale("Nowhere yet", [10])
    slug = c.get("/events/" + e).data["slug"]
    path = "/e/test/" + slug
    page = site.get(path, None, mount="").raw.decode()
    check(
        "an event without a venue has a location",
        '"location":{"@type":"Place","name":"Test Org","address":"To be announced"}' in page,
        page[:3000],
    )
    for typed, at in (
        (path + "/", path),
        (path + "//", path),
        ("/e/test/" + slug.upper(), path),
        ("/e/TEST/%s/" % slug.title(), path),
        (path + "/?fbclid=A%20b&x=1", path + "?fbclid=A%20b&x=1"),
        (path + "/calendar.ics/", path + "/calendar.ics"),
        ("/e/Test/%s/Calendar.ICS?a=B" % slug, path + "/calendar.ics?a=B"),
        ("/e/test/No-Such-Event", "/e/test/no-such-event"),
    ):
        r = site.get(typed, None, mount="")
        check(
            "%s leads to %s" % (typed, at),
            r.status == 301 and r.headers.get("location") == at and not r.raw,
            r,
        )
    r = site.request("HEAD", path + "/", mount="")
    check("HEAD, too", r.status == 301, r)
    for other in ("/e/", "/e//", "/e/test/%s/a/b" % slug, path + "/%2e%2e/"):
        r = site.get(other, None, mount="")
        check("%s: none" % other, r.status in (400, 404), r)
    r = site.get("/events/", c.key)
    check("the API has no such addresses", r.status == 404, r)
    c.request("PATCH", "/events/" + e, {"description": "one\rtwo\r\nthree\nfour"})
    r = site.get(path + "/calendar.ics", None, mount="")
    check(
        "the calendar file: no METHOD, every line end is \\n",
        b"METHOD" not in r.raw and b"DESCRIPTION:one\\ntwo\\nthree\\nfour\r\n" in r.raw,
        r,
    )


def files(c, site):
    e, (t,) = c.on_sale("Files", [{"name": "General; =1+1", "quantity": 10}])
    buyer = {"name": 'Ana;=HYPERLINK("x")', "email": "a@b.example", "phone": "+63 917 000 0000"}
    r = c.sell(
        "POST",
        "/orders",
        {"eventId": e, "items": [{"ticketId": t, "quantity": 2}], "buyer": buyer},
    )
    check("an order", r.status == 201, r)
    ask = lambda tail: site.get("/orders" + tail, c.key, headers={"Accept": "text/csv"})
    plain, marked = ask("?eventId=" + e), ask("?bom=1&eventId=" + e)
    check(
        "?bom=1 begins with a byte order mark, nothing else differs",
        marked.raw == b"\xef\xbb\xbf" + plain.raw and not plain.raw.startswith(b"\xef"),
        marked,
    )
    row = list(csv.DictReader(io.StringIO(plain.raw.decode())))[0]
    check("items are counted with an ASCII x", row["items"] == "2 x General; '=1+1", row)
    check("a formula after a semicolon is text", row["buyer.name"].startswith("Ana;'=HYPER"), row)
    check("a phone number can be read", row["buyer.phone"].lstrip("'") == buyer["phone"], row)
    check("for an event, too", c.get("/events/%s/orders?bom=1" % e).status == 200)
    check("bom=2: refused", ask("?bom=2").status == 400)


def zones(site):
    site.user()
    r = site.get("/timezones", site.session(), mount="/dashboard/v1")
    names = r.data["timezones"]
    check("time zones to choose from", "Asia/Manila" in names and "UTC" in names, r)
    key = site.key()
    wrong = [
        z for z in names[::40] if site.post("/events", key, event("Z", timezone=z)).status != 201
    ]
    check("the API accepts them", len(names) > 300 and not wrong, wrong)
    check("without a session: none", site.get("/timezones", mount="/dashboard/v1").status == 401)


def main():
    with Site() as site:
        db, c = Db(site), Buyer(site, site.key())
        searches(c)
        indexed_again(c, db, site)
        slugs(c)
        blank_names(c, site)
        addresses(c, site)
        urls(c)
        times(c)
        pages(c, site)
        files(c, site)
        zones(site)
        problems = [
            l for l in site.log().splitlines() if '"level":"error"' in l
        ] + site.sanitizer_reports()
        check("no error in the log", not problems, "\n".join(problems))
        db.close()
    finish()


main()
