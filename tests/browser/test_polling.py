#!/usr/bin/env python3
"""How often an open event page asks for the event: the intervals alone, then a browser whose clock
is advanced."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from public_page_fixture import FREE, PublicPageFixture, ticket  # noqa: E402
from harness import SRC, Site, check, finish  # noqa: E402

p = subprocess.run(
    ["node", SRC + "/tests/browser/poll_interval.mjs", SRC], capture_output=True, text=True
)
print(p.stdout, end="", flush=True)
check("poll_interval.mjs came to its end", p.returncode == 0, p.stderr)
with Site() as site:
    event = PublicPageFixture(site).event("open", [ticket("Entrance")], **FREE)
    browse("polling.mjs", site, event=event)
finish()
