#!/usr/bin/env python3
"""Lost your tickets?": the links of orders go to the address that bought, and nobody learns
whether an address has bought."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402
from public_pages import Page, Visitor, World  # noqa: E402

MAIL = "mail_url = smtp://127.0.0.1:1\nmail_from = tickets@shop.example\n"
LIMITS = "trusted_proxies = 127.0.0.1\npublic_holds = 10\n"


def ask(w, show, email, visitor=None, org="test", **headers):
    body = {"org": org, "event": show.slug, "email": email}
    return (visitor or Visitor(w.site)).ask("POST", "/lost-tickets", body, **headers)


def buy(w, show, email):
    visitor = Visitor(w.site)
    hold = visitor.hold(show, [(0, 1)])
    r = visitor.order(hold.data["id"], {"name": "Ana Reyes", "email": email})
    if r.status != 201:
        raise RuntimeError(repr(r))
    w.set("DELETE FROM mail_messages")  # the sale's own message
    return r.data["reference"]


def queued(w):
    """Kind, recipient, order reference and language of each message."""
    return w.db.sql(
        "SELECT m.kind, m.recipient, o.reference, m.language FROM mail_messages m"
        " JOIN orders o ON o.id = m.order_id ORDER BY m.id"
    )


def finds(w):
    show, other = w.event([{}]), w.event([{}])
    first = buy(w, show, "Ana@Example.com")
    second = buy(w, show, "ana@example.com")
    buy(w, other, "ana@example.com")
    r = ask(w, show, "ANA@example.com", Accept_Language="fil")
    check("accepted", r.status == 200 and r.data == {"accepted": True}, r)
    check(
        "the orders of this event, to the address of each, in the language of the page",
        [tuple(row) for row in queued(w)]
        == [
            ("LINK", "Ana@Example.com", first, "fil"),
            ("LINK", "ana@example.com", second, "fil"),
        ],
        queued(w),
    )
    w.set("DELETE FROM mail_messages")
    nobody = ask(w, show, "nobody@example.com")
    check(
        "an address that has not bought: the same answer, and no message",
        (nobody.status, nobody.data) == (r.status, r.data) and queued(w) == [],
        (nobody, queued(w)),
    )
    for what, answer in (
        ("another organization", ask(w, show, "ana@example.com", org="other")),
        ("an unknown organization", ask(w, show, "ana@example.com", org="nobody")),
    ):
        check(
            what + ": the same, and no message",
            answer.status == 200 and answer.data == r.data and queued(w) == [],
            answer,
        )
    for body, field in (
        ({"org": "test", "event": show.slug, "email": "x"}, "email"),
        ({"org": "test", "event": show.slug}, "email"),
        ({"org": "test", "email": "ana@example.com"}, "event"),
        ({"event": show.slug, "email": "ana@example.com"}, "org"),
    ):
        bad = Visitor(w.site).ask("POST", "/lost-tickets", body)
        check("not valid: " + field, bad.status == 400 and bad.fields == [field], bad)


def limits(w):
    show = w.event([{}])
    for _ in range(7):
        buy(w, show, "many@example.com")
    for i in range(5):
        r = ask(w, show, "many@example.com")
        check("asked for again (%d): the same answer" % i, r.status == 200, r)
    check("five orders at most, three times an hour", len(queued(w)) == 15, len(queued(w)))
    w.set("DELETE FROM mail_messages")
    one = Visitor(w.site)
    tries = [ask(w, show, "a%d@example.com" % i, one).status for i in range(12)]
    check("a limit for each network address", tries == [200] * 10 + [429] * 2, tries)
    refunded = w.event([{}])
    buy(w, refunded, "gone@example.com")
    w.set("UPDATE orders SET status = 'REFUNDED' WHERE buyer_email = 'gone@example.com'")
    ask(w, refunded, "gone@example.com")
    check("a refunded order: no message", queued(w) == [], queued(w))


def main():
    with Site(workers=2, conf=LIMITS + MAIL) as site:
        w = World(site)
        finds(w)
        limits(w)
        p = Page(w.event([{}]).page().raw)
        check("the page offers it", "data-mail" in p.all("section", id="tickets")[0])
        problems = [l for l in site.log().splitlines() if '"level":"error"' in l]
        check("no error in the log", not problems, "\n".join(problems))
        check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
    with Site(workers=1, conf=LIMITS) as site:
        w = World(site)
        show = w.event([{}])
        r = ask(w, show, "ana@example.com")
        check("without mail: 409", r.status == 409 and "sends no mail" in r.error["message"], r)
        p = Page(show.page().raw)
        check(
            "  and the page does not offer it", "data-mail" not in p.all("section", id="tickets")[0]
        )
    finish()


main()
