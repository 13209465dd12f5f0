#!/usr/bin/env python3
"""Forty buyers at the page of an event with ten places: ten orders, and correct counters."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse, mysql  # noqa: E402
from public_page_fixture import FREE, PublicPageFixture, ticket  # noqa: E402
from harness import Site, check, finish  # noqa: E402

with Site() as site:
    event = PublicPageFixture(site).event("rush", [ticket("Entrance", quantity=10)], **FREE)
    browse("rush.mjs", site, event=event, mysql=mysql(site))
    p = site.command("verify", check_status=False)
    check("verify finds every counter right", p.returncode == 0, p.stdout + p.stderr)
finish()
