#!/usr/bin/env python3
"""Dashboard, docs and event page by keyboard and for screen readers: tab order, visible
focus, names and roles, focus in dialogs, and announcements."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from public_page_fixture import PublicPageFixture  # noqa: E402
from harness import Site, finish  # noqa: E402

with Site(conf="webhook_allow = 127.0.0.0/8") as site:
    site.user()
    owner, shop = site.session(), PublicPageFixture(site)
    shop.states()
    event = shop.events["paid"]
    buyer = {"name": "Ben Cruz", "email": "ben@example.com"}
    order = shop.call(
        "/orders",
        {
            "eventId": event["id"],
            "items": [{"ticketId": event["tickets"][0], "quantity": 2}],
            "buyer": buyer,
        },
        "/box-office/v1",
    )
    hook = shop.call("/webhooks", {"url": "http://127.0.0.1:29999/", "events": ["order.completed"]})
    browse(
        "keyboard.mjs",
        site,
        cookie=owner.cookie,
        event=event["id"],
        order=order["reference"],
        webhook=hook["id"],
        free=shop.events["free"],
    )
finish()
