#!/usr/bin/env python3
"""The pages of orders and tickets: what they show in each state, to whom, and that neither caches,
nor logs, nor other sites get to know their addresses."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish, skip, wait_for  # noqa: E402
from public_pages import HOST, Page, Visitor, World, is_page, order_path  # noqa: E402

BOX = "/box-office/v1"
VENUE = (
    "INSERT INTO venues (id, name, city, country, latitude, longitude, created_at, updated_at)"
    " VALUES (X'01890000000070008000000000000009', 'Sala ng Bayan', 'Baguio', 'PH', 16.4, 120.6,"
    " NOW(3), NOW(3))"
)


def look(w, path, method="GET", visitor=None, **headers):
    return (visitor or Visitor(w.site)).ask(method, path, mount="", **headers)


def is_secret(r):
    return (
        r.headers["cache-control"] == "private, no-store"
        and r.headers["referrer-policy"] == "no-referrer"
        and "noindex" in r.headers["x-robots-tag"]
        and "etag" not in r.headers
        and Page(r.raw).meta("robots") == "noindex, nofollow"
        and not Page(r.raw).all("link", rel="canonical")
        and Page(r.raw).meta("og:url") is None
    )


def sell(w, show, quantities, key=None, name="Ana <Reyes>"):
    """An order of the box office with its tickets' codes, in their order."""
    key = key or w.key
    r = w.site.post(
        "/orders",
        key,
        {
            "eventId": show.id,
            "items": [
                {"ticketId": show.tickets[i], "quantity": n} for i, n in enumerate(quantities) if n
            ],
            "buyer": {"name": name, "email": "ana@example.com"},
        },
        mount=BOX,
    )
    if r.status != 201:
        raise RuntimeError(repr(r))
    return r.data, codes_of(w, r.data, key)


def codes_of(w, order, key=None):
    r = w.site.get("/orders/%s/issued-tickets?take=100" % order["id"], key or w.key)
    return [t["code"] for t in r.data]


def shapes(r):
    """The codes that a page has as pictures, by decoding them; None without a decoder."""
    svg = re.findall(rb"<svg class=\"qr\".*?</svg>", r.raw)
    return [decoded(s) for s in svg]


def decoded(svg):
    side = int(re.search(rb'viewBox="0 0 (\d+)', svg)[1])
    scale = 6
    rows = [bytearray(b"\xff" * side * scale) for _ in range(side * scale)]
    for x, y, n in re.findall(rb"M(\d+) (\d+)h(\d+)v1h-\d+z", svg.partition(b"#000")[2]):
        for row in rows[int(y) * scale : (int(y) + 1) * scale]:
            at = int(x) * scale
            row[at : at + int(n) * scale] = b"\x00" * (int(n) * scale)
    picture = b"P5 %d %d 255\n" % (side * scale, side * scale) + b"".join(rows)
    p = subprocess.run(["zbarimg", "-q", "--raw", "-"], input=picture, capture_output=True)
    return p.stdout.decode().strip()


def one_ticket(w, show):
    order, codes = sell(w, show, [2, 1])
    r = look(w, "/t/" + codes[0])
    p = Page(r.raw)
    check("a ticket's page", is_page(r, 200) and is_secret(r), r)
    for what in (
        show.name,
        "Sun 15 June 2031, 20:00",
        "Asia/Manila",
        "Sala ng Bayan, Baguio",
        "Gate <A>",
        "Ana <Reyes>",
        codes[0],
        "Show this code at the entrance.",
        "Tickets by Test Org",
    ):
        check("it says: " + what, what in p.text, p.text)
    check(
        "links to the calendar and the map",
        p.all("a", href=HOST + "/e/test/%s/calendar.ics" % show.slug)
        and [a for a in p.all("a") if "openstreetmap.org/?mlat=16.4" in a["href"]],
        p.all("a"),
    )
    w.site.sql("UPDATE venues SET latitude = NULL, longitude = NULL, address = 'J. Felipe & 1st'")
    search = (
        "openstreetmap.org/search?query=Sala%20ng%20Bayan%2C%20J.%20Felipe%20%26%201st%2C%20Baguio"
    )
    links = Page(look(w, "/t/" + codes[0]).raw).all("a")
    check(
        "to a search of the map without coordinates",
        [a for a in links if a["href"].endswith(search)],
        links,
    )
    check(
        "one QR code, with a label", len(p.all("svg", role="img")) == 1 and shapes(r) == codes[:1]
    )
    check(
        "nothing of the other tickets or the order", codes[1] not in p.text and "/o/" not in p.text
    )
    for form in (codes[0].lower(), codes[0].replace("-", ""), codes[0].replace("-", "%20")):
        again = look(w, "/t/" + form)
        check(
            "the code as people type it: " + form,
            again.status == 200 and shapes(again) == codes[:1],
        )
    r = look(w, "/t/%s?lang=fil" % codes[0])
    p = Page(r.raw)
    check(
        "in Filipino",
        p.all("html", lang="fil")
        and "Ipakita ang code na ito" in p.text
        and "Lin, Hunyo 15, 2031, 20:00" in p.text,
        p.text,
    )
    return order, codes


def all_of_an_order(w, show, order, codes):
    path = order_path(w.site, order)
    r = look(w, path)
    p = Page(r.raw)
    check("an order's page", is_page(r, 200) and is_secret(r), r)
    check("all its tickets", shapes(r) == codes and p.text.count("Ana <Reyes>") == 3, p.text)
    check("its reference", order["reference"] in p.text)
    check(
        "each with a link to its own page",
        [a["href"] for a in p.all("a") if "/t/" in a["href"]] == [HOST + "/t/" + c for c in codes],
    )
    check("a choice of paper", [a["id"] for a in p.all("input")] == ["print-one", "print-four"])
    check("HEAD", look(w, path, "HEAD").status == 200)
    r = look(w, path, "POST")
    check("POST: 405 as a page", is_page(r, 405), r)
    return path


def states(w, show, path, order, codes):
    r = w.site.post(
        "/check-ins", w.key, {"code": codes[0], "eventId": show.id, "gate": "Gate <B>"}, mount=BOX
    )
    check("checked in", r.status == 201, r)
    r = look(w, "/t/" + codes[0])
    p = Page(r.raw)
    check(
        "checked in: when and where, and no QR code",
        r.status == 200
        and not p.all("svg")
        and p.all("article", data_state="CHECKED_IN")
        and re.search(r"Checked in at \w{3} \d+ \w+ \d{4}, \d\d:\d\d, Gate <B>\.", p.text),
        p.text,
    )
    r = w.site.post("/orders/%s/issued-tickets/1.2/reissue" % order["id"], w.key, mount=BOX)
    check("issued again", r.status == 200, r)
    new = r.data["code"]
    r = look(w, "/t/" + codes[1])
    p = Page(r.raw)
    check(
        "the old code: reissued, no QR code, and not the new code",
        r.status == 200
        and not p.all("svg")
        and p.all("article", data_state="REISSUED")
        and "Use the ticket that you received last." in p.text
        and new not in p.text
        and "Ana" not in p.text,
        p.text,
    )
    r = look(w, "/t/" + new)
    check("the new one: valid", shapes(r) == [new], r)
    r = w.site.post(
        "/orders/%s/refund" % order["id"], w.key, {"tickets": [{"code": codes[2]}]}, mount=BOX
    )
    check("refunded", r.status in (200, 201), r)
    r = look(w, "/t/" + codes[2])
    p = Page(r.raw)
    check(
        "refunded: no QR code",
        r.status == 200
        and not p.all("svg")
        and p.all("article", data_state="REFUNDED")
        and "This ticket is no longer valid." in p.text,
        p.text,
    )
    r = look(w, path)
    check(
        "the order shows each ticket's state",
        shapes(r) == [new]
        and sorted(a["data-state"] for a in Page(r.raw).all("article"))
        == ["CHECKED_IN", "ISSUED", "REFUNDED"],
        (shapes(r), Page(r.raw).all("article"), Page(r.raw).text),
    )


def unknown(w, path, codes):
    code = codes[0]
    wrong = [
        "/t/" + code[:-1] + ("0" if code[-1] != "0" else "1"),
        "/t/" + code.replace("-1.1-", "-1.3-"),
        "/t/" + code.replace("-1.1-", "-9.1-"),
        "/t/TN-00000000-1.1-0000000000",
        "/t/x",
        "/t/" + "x" * 500,
        "/t",
        "/t/",
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.lower(),
        path + "x",
        "/o/" + "A" * 35,
        "/o/x",
        "/o",
    ]
    bodies = set()
    for one in wrong:
        r = look(w, one)
        bodies.add(re.sub(rb"req_\w+", b"", r.raw))
        check("404: " + one[:60], is_page(r, 404), r)
    check("no unknown one can be told from another", len(bodies) == 1, len(bodies))
    guesser = Visitor(w.site)
    tries = [look(w, "/t/TN-00000000-1.1-%010d" % i, visitor=guesser).status for i in range(40)]
    check("guessing: 404, then 429", tries == [404] * 30 + [429] * 10, tries)
    r = look(w, "/t/TN-00000000-1.1-0000000000", visitor=guesser)
    check(
        "  as a page that says when to try again",
        is_page(r, 429) and "retry-after" in r.headers,
    )
    check("  who knows a code still sees it", look(w, "/t/" + code, visitor=guesser).status == 200)


def same_reference(w, show):
    """References are unique in an organization only."""
    order, codes = sell(w, show, [1])
    other = w.event([{"name": "Elsewhere"}], key=w.other)
    theirs, _ = sell(w, other, [1], key=w.other, name="Ben")
    w.db.sql(
        "UPDATE orders SET reference = '%s' WHERE reference = '%s'"
        % (order["reference"], theirs["reference"])
    )
    code = codes_of(w, theirs, w.other)[0]
    mine, his = Page(look(w, "/t/" + codes[0]).raw), Page(look(w, "/t/" + code).raw)
    check(
        "two organizations with one reference: each code opens its own ticket",
        "Gate <A>" in mine.text and "Elsewhere" in his.text and "Ben" in his.text,
        (mine.text, his.text),
    )


def many(w):
    show = w.event([{"quantity": 200, "maxPerOrder": 120, "name": "Row"}, {"quantity": 9}])
    order, _ = sell(w, show, [118, 3])
    codes = [
        t["code"]
        for n in (1, 2)
        for t in w.site.get(
            "/orders/%s/issued-tickets?take=100&page=%d" % (order["id"], n), w.key
        ).data
    ]
    path = order_path(w.site, order)
    seen = []
    for page in (1, 2, 3):
        r = look(w, path + "?page=%d&lang=en" % page)
        p = Page(r.raw)
        seen += [
            a["href"].partition("/t/")[2].partition("?")[0]
            for a in p.all("a")
            if "/t/" in a["href"]
        ]
        check(
            "page %d of a large order" % page,
            len(p.all("article")) == (50, 50, 21)[page - 1]
            and ("Tickets %s of 121" % ("1 to 50", "51 to 100", "101 to 121")[page - 1]) in p.text
            and [a["href"] for a in p.all("a") if "page=" in a["href"]]
            == [["?page=2&lang=en"], ["?page=1&lang=en", "?page=3&lang=en"], ["?page=2&lang=en"]][
                page - 1
            ],
            p.all("a"),
        )
    check("together all tickets, each once", seen == codes, (len(seen), len(codes)))
    for query in ("?page=0", "?page=-1", "?page=x", "?page=", "?page=99999999999999"):
        check("%s: a page that there is" % query, look(w, path + query).status == 200)
    check("?page=7: the last one", len(Page(look(w, path + "?page=7").raw).all("article")) == 21)


def names(w, path, order):
    """The name on a ticket, which its holder may change if the organizer lets holders do so."""
    show = w.event([{"name": "Floor", "quantity": 20}])
    _, codes = sell(w, show, [4])

    def change(code, name="Ben <Cruz>", visitor=None, **more):
        body = {"code": code, "name": name, **more}
        return (visitor or Visitor(w.site)).ask("POST", "/ticket-names", body)

    def may(on):
        w.site.command("org", "set", "test", "--ticket-names", on)

    r = change(codes[0])
    check(
        "off by default: 409", r.status == 409 and "does not let holders" in r.error["message"], r
    )
    check(
        "  and no form", not Page(look(w, "/t/" + codes[0]).raw).all("article", data_code=codes[0])
    )
    may("on")
    p = Page(look(w, "/t/" + codes[0]).raw)
    check(
        "on: the page has what its script needs",
        p.all("article", data_code=codes[0], data_api="/public/v1"),
    )
    r = change(codes[0].lower())
    check(
        "the name is changed",
        r.status == 200 and r.data == {"code": codes[0], "name": "Ben <Cruz>"},
        r,
    )
    p = Page(look(w, "/t/" + codes[0]).raw)
    check("  on the ticket", "Ben <Cruz>" in p.text and "Ana" not in p.text, p.text)
    check("  and not on others", "Ana" in Page(look(w, "/t/" + codes[1]).raw).text)
    check("  the code stays", look(w, "/t/" + codes[0]).status == 200)
    check("again, to the same name", change(codes[0]).status == 200)
    rows = w.db.sql(
        "SELECT COUNT(*) FROM issued_tickets t JOIN events e ON e.id = t.event_id"
        " WHERE e.slug = '%s'" % show.slug
    )
    check("one row, of the ticket that was renamed", rows == [["1"]], rows)
    for name in ("", " ", "x" * 201, 5, None):
        r = change(codes[1], name)
        check("not a name: %r" % str(name)[:20], r.status == 400 and r.fields == ["name"], r)
    r = change(codes[0][:-1] + ("0" if codes[0][-1] != "0" else "1"))
    check("an unknown code: 404", r.status == 404, r)
    w.site.post("/check-ins", w.key, {"code": codes[1], "eventId": show.id}, mount=BOX)
    order = w.site.get("/issued-tickets/" + codes[2], w.key).data["order"]["id"]
    w.site.post("/orders/%s/refund" % order, w.key, {"tickets": [{"code": codes[2]}]}, mount=BOX)
    w.site.post("/orders/%s/issued-tickets/1.4/reissue" % order, w.key, mount=BOX)
    for code, why in ((codes[1], "checked in"), (codes[2], "refunded"), (codes[3], "issued again")):
        r = change(code)
        check("%s: 409" % why, r.status == 409 and why in r.error["message"], r)
    one = Visitor(w.site)
    tries = [change(codes[0], "Ben %d" % i, one).status for i in range(42)]
    check("a limit for each address", tries == [200] * 40 + [429] * 2, tries)
    w.set("UPDATE events SET date_time = '2020-01-01' WHERE slug = '%s'" % show.slug)
    check("the event has ended: 409", change(codes[0]).status == 409)
    may("off")


def unpublished(w):
    show = w.event([{}])
    _, codes = sell(w, show, [1])
    w.site.post("/events/%s/unpublish" % show.id, w.key)
    w.set("UPDATE events SET status = 'DRAFT' WHERE slug = '%s'" % show.slug)
    p = Page(look(w, "/t/" + codes[0]).raw)
    check(
        "a ticket of an event that is not published any more: no links that lead nowhere",
        len(p.all("svg")) == 1 and not [a for a in p.all("a") if "/e/" in a["href"]],
        p.all("a"),
    )


def slashes(w, path, codes):
    """A slash at the end leads to the page. Tokens keep their case."""
    for at in (path, "/t/" + codes[0], "/t/" + codes[0].lower()):
        for more in ("/", "//"):
            r = look(w, at + more)
            check(
                "%s and a slash: 301 without it" % at[:3],
                r.status == 301 and r.headers.get("location") == HOST + at and not r.raw,
                r,
            )
            check("… which is not kept", "no-store" in r.headers["cache-control"], r.headers)
    r = look(w, path + "/?fbclid=A")
    check("… with its query", r.headers.get("location") == HOST + path + "?fbclid=A", r.headers)
    for none in ("/o/", "/t/", "/t//", path + "/x/y/"):
        r = look(w, none)
        check("no page: 404, or 301 to one", r.status in (301, 404), (none, r))


def not_logged(w, path, codes):
    key = w.site.key("orders:read")
    for more in ("", "/", "/x", "?x=1"):
        w.site.get("/issued-tickets/%s%s" % (codes[0], more), key)
        w.site.post("/issued-tickets/%s%s" % (codes[0], more), key)
    look(w, "/o/last-line-%s" % "x" * 3)
    w.site.get("/last-line", mount="/public/v1")
    folder = w.site.dir + "/log"

    def text(name):
        with open(os.path.join(folder, name), errors="replace") as f:
            return f.read()

    names = ("lighttpd-access.log", "programs.log")
    wait_for(lambda: all("/last-line" in text(name) for name in names), 30)
    for name in names:
        log = text(name)
        check(
            "%s: has the requests, but no token and no check of a code" % name,
            ('"path":"/t"' in log or " /{ticket} " in log)
            and path.rpartition("/")[2] not in log
            and not any(c.rpartition("-")[2].lower() in log.lower() for c in codes),
            [
                line
                for line in log.splitlines()
                if path.rpartition("/")[2] in line
                or any(c.rpartition("-")[2].lower() in line.lower() for c in codes)
            ][:5]
            or log[-800:],
        )


def main():
    if subprocess.run(["sh", "-c", "command -v zbarimg"], capture_output=True).returncode:
        skip("ticket pages", "zbarimg is missing")
        finish()
    with Site(
        workers=2, conf="trusted_proxies = 127.0.0.1\npublic_holds = 40\npublic_url = " + HOST
    ) as site:
        w = World(site)
        w.set(VENUE)
        show = w.event(
            [{"name": "Gate <A>"}, {"name": "Balcony"}],
            timezone="Asia/Manila",
            venueId="01890000-0000-7000-8000-000000000009",
        )
        order, codes = one_ticket(w, show)
        path = all_of_an_order(w, show, order, codes)
        states(w, show, path, order, codes)
        unknown(w, path, codes)
        same_reference(w, show)
        many(w)
        names(w, path, order)
        unpublished(w)
        slashes(w, path, codes)
        not_logged(w, path, codes)
        problems = [l for l in site.log().splitlines() if '"level":"error"' in l]
        check("no error in the log", not problems, "\n".join(problems))
        check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


main()
