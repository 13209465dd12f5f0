#!/usr/bin/env python3
"""The public pages in Filipino, from the organizer's page to the tickets: what the scripts say, the
switch and its memory, and axe. Screenshots are in var/check/screens/."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from public_page_fixture import PublicPageFixture  # noqa: E402
from harness import Site, finish  # noqa: E402

with Site() as site:
    shop = PublicPageFixture(site)
    shop.states()
    browse("languages.mjs", site, events=shop.events)
finish()
