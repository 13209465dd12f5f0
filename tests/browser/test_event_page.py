#!/usr/bin/env python3
"""An event's page in everything it can say: on sale, sold out, not yet, closed, over, private, not
there, and each step of buying; in both themes, wide and narrow: axe finds nothing, nothing is too
wide, nothing is asked of another host, no policy is broken, and what looks like a script stays
text. Pictures in var/check/screens/."""
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
    shop.hostile(EVIL)
    browse("event_page.mjs", site, events=shop.events, evil=EVIL)
finish()
