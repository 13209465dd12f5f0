#!/usr/bin/env python3
"""Random walks over every resource of the Open API and the box office, in step with the contract in
memory (tests/lib/model.py): after each step the answer, the whole resource and its lists are
compared, and at the end of each walk every counter is counted again.

TG_STEPS how many steps (200 unless set), TG_SEED which walk. A disagreement is shrunk and shown as
curl lines. Then the walk itself is tested: each of the model's FLIPS must be found out."""
import os
import random
import sys
import time

from hypothesis import Phase

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from model import FLIPS  # noqa: E402
from harness import Site, check, finish  # noqa: E402
from random_walk_data import BASE, VENUES  # noqa: E402
from random_walk_runner import Run, Walk  # noqa: E402

STEPS = int(os.environ.get("TG_STEPS") or 200)
SEED = int(os.environ.get("TG_SEED") or random.SystemRandom().randrange(10**9))
BY_HAND = STEPS > 200
SOON = (
    "what came back may be deleted",
    "one more than there is",
    "holds do not end",
)  # planted bugs that take few steps to find


def site_for_walks():
    site = Site()
    site.organization = site.sql(
        "SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(id), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'),"
        " 24, 0, '-'))"
        " FROM organizations"
        " WHERE slug = 'test'"
    )[0][0]
    site.org("Other", "other")
    for v, name in zip(VENUES, ("Araneta", "Café Ñandú")):
        site.sql(
            "INSERT INTO venues (id, name, country, latitude, created_at, updated_at)"
            " VALUES (x'%s', '%s', 'PH', 14.62, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"
            % (v.replace("-", ""), name)
        )
    r = site.post(
        "/events", site.key(org="other"), dict(BASE["event"], name="Of another organization")
    )
    site.foreign = r.data["id"]
    return site


with site_for_walks() as site:
    print("# TG_SEED=%d TG_STEPS=%d" % (SEED, STEPS), flush=True)
    run = Run(site, Walk)
    began = time.monotonic()
    found = run.walk(STEPS, SEED)
    for line in found or []:
        print("# " + line[:1500], flush=True)
    check(
        "the site and the contract agree for %d steps (TG_SEED=%d)" % (run.steps, SEED),
        not found,
        "see the lines above",
    )
    print("# %.0f s" % (time.monotonic() - began), flush=True)
    for flip in FLIPS if BY_HAND else SOON:  # by walks that never change: they find it or do not
        found = run.walk(8000, 1, flip, phases=(Phase.generate,))
        check("a planted bug is found: %s (after %d steps)" % (flip, run.steps), found)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
    run.db.close()
finish()
