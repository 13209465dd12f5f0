#!/usr/bin/env python3
"""The form for lost tickets on the event page, where the server sends mail."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from public_page_fixture import PublicPageFixture  # noqa: E402
from harness import Site, check, finish  # noqa: E402

MAIL = "mail_url = smtp://127.0.0.1:1\nmail_from = tickets@shop.example\n"

with Site(conf=MAIL) as site:
    shop = PublicPageFixture(site)
    shop.states()
    shop.sell("free", 1)
    site.sql("DELETE FROM mail_messages")
    browse("lost_tickets.mjs", site, events=shop.events)
    queued = site.sql("SELECT kind, recipient, language FROM mail_messages")
    check(
        "the link is queued once, in the language of the page",
        [tuple(row) for row in queued] == [("LINK", "ben@example.com", "fil")],
        queued,
    )
finish()
