#!/usr/bin/env python3
"""The pages of orders and tickets in a browser: axe, two widths and both themes, QR codes decoded
from screenshots, print as PDF on A4 and Letter, and everything without JavaScript. Screenshots and
PDFs are in var/check/screens/."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from harness import Site, check, finish  # noqa: E402
from public_page_fixture import PublicPageFixture, ticket  # noqa: E402
from public_pages import order_path  # noqa: E402


def order(shop, what, quantities, name):
    e = shop.events[what]
    items = [{"ticketId": t, "quantity": n} for t, n in zip(e["tickets"], quantities)]
    buyer = {"name": name, "email": "ana@example.com"}
    made = shop.call(
        "/orders", {"eventId": e["id"], "items": items, "buyer": buyer}, "/box-office/v1"
    )
    listed = shop.site.get("/orders/%s/issued-tickets?take=100" % made["id"], shop.key).data
    return made, [t["code"] for t in listed]


def states(shop, what, made, codes):
    """Of a ticket each: valid, checked in, refunded, and replaced."""
    e = shop.events[what]
    shop.call(
        "/check-ins", {"code": codes[1], "eventId": e["id"], "gate": "Gate B"}, "/box-office/v1"
    )
    path = "/orders/%s/" % made["id"]
    shop.call(path + "refund", {"tickets": [{"code": codes[2]}]}, "/box-office/v1")
    shop.call(path + "issued-tickets/1.4/reissue", None, "/box-office/v1")
    return dict(zip(("valid", "in", "refunded", "reissued"), ("/t/" + c for c in codes)))


with Site() as site:
    missing = [tool for tool in ("zbarimg", "pdftoppm") if not shutil.which(tool)]
    check("the tools that look at pictures and PDFs are there", not missing, missing)
    shop = PublicPageFixture(site)
    shop.states()
    made, codes = order(shop, "free", [4], "Maria Concepcion de los Santos-Villanueva")
    shop.event(
        "long",
        [ticket("Upper Box, Section 412, restricted view " * 2)],
        name="Bagong Tunog: The Twenty-Fifth Anniversary Homecoming Concert, Second Night",
    )
    five, five_codes = order(
        shop, "long", [5], "Juan Miguel Alejandro dela Cruz y Buenaventura III"
    )
    tickets = states(shop, "free", made, codes)
    site.command("org", "set", "test", "--ticket-names", "on")
    tickets["other"] = "/t/" + five_codes[0]
    browse(
        "ticket_pages.mjs",
        site,
        order={"path": order_path(site, made)},
        five={"path": order_path(site, five), "codes": five_codes},
        code=codes[0],
        refunded=codes[2],
        tickets=tickets,
        event=shop.events["free"]["path"],
    )
finish()
