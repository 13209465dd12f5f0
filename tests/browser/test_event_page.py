#!/usr/bin/env python3
"""Every state of the public event page and every step of the checkout, in both themes and two
widths: axe, layout, content security policy, and text that looks like markup. Screenshots are in
var/check/screens/."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import EVIL, browse  # noqa: E402
from public_page_fixture import PublicPageFixture  # noqa: E402
from harness import Site, finish  # noqa: E402

with Site() as site:
    site.command(
        "org",
        "set",
        "test",
        "--checkout-url",
        "https://pay.habagat.example/tickets",
        "--fee-percent",
        "5",
    )
    shop = PublicPageFixture(site)
    shop.states()
    shop.lists()
    shop.hostile(EVIL)
    browse("event_page.mjs", site, events=shop.events, evil=EVIL)
finish()
