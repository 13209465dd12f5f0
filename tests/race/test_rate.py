#!/usr/bin/env python3
"""The rate limit is one number for all worker processes of all programs, and stays it when workers
are killed."""
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Client, run_concurrently, workers  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402

QUOTA = 240  # a minute: one comes back every quarter of a second
STEP = 60 / QUOTA


def hammer(site, key, seconds, threads=8):
    """Every thread goes on until the time is over and its last answer was 429. -> admitted,
    unknown, earliest and latest length of the time it took, odd answers"""
    end = time.monotonic() + seconds

    def go(c, i):
        seen = []
        while True:
            began = time.monotonic()
            try:
                status = c.get("/events/nothing-here" if i % 2 else "/me").status
            except OSError:
                status = 0
            seen.append((began, time.monotonic(), status))
            if time.monotonic() > end and status == 429:
                return seen

    runs = run_concurrently([Client(site, key) for _ in range(threads)], go)
    broken = [r for r in runs if not isinstance(r, list)]
    answers = [a for r in runs if isinstance(r, list) for a in r]
    admitted = sum(a[2] in (200, 404) for a in answers)
    odd = [a[2] for a in answers if a[2] not in (200, 404, 429)]
    first = [a for a in answers if a[2] in (200, 404)]
    shortest = max(a[0] for a in answers) - min(a[1] for a in first)
    longest = max(a[1] for a in answers) - min(a[0] for a in first)
    return admitted, odd, shortest, longest, broken, len(answers)


def judge(name, site, key, seconds, kills=0):
    admitted, odd, shortest, longest, broken, n = hammer(site, key, seconds)
    least, most = QUOTA + int(shortest / STEP) - 1, QUOTA + int(longest / STEP) + 1
    print(
        "# %s: %d of %d admitted, expected %d to %d; odd: %s"
        % (name, admitted, n, least, most, odd)
    )
    check(name + ": every client lived", not broken, broken)
    check(name + ": the quota was reached", n > admitted + 50, (n, admitted))
    check(
        name + ": admitted what the quota and the time allow, +-1",
        least - len(odd) <= admitted <= most,
        (admitted, least, most, odd),
    )
    check(
        name + ": other answers only for killed workers",
        len(odd) <= kills and all(s in (0, 500, 502, 503) for s in odd),
        odd,
    )


def main():
    with Site(workers=4, conf="rate_standard = %d" % QUOTA) as site:
        judge("eight processes", site, site.key(tier="standard"), 3)
        key = site.key(tier="standard")
        killed, over = [], threading.Event()

        def killer():
            time.sleep(0.1)
            while not over.is_set() and len(killed) < 12:
                for program in ("events", "keys"):
                    pids = workers(site, program)
                    if pids:
                        try:
                            os.kill(pids[len(killed) % len(pids)], signal.SIGKILL)
                            killed.append(pids)
                        except ProcessLookupError:
                            pass
                over.wait(0.15)

        t = threading.Thread(target=killer)
        t.start()
        judge("with workers killed", site, key, 3, kills=12)
        over.set()
        t.join()
        check("workers were killed", len(killed) >= 4, len(killed))
        check(
            "the workers are back",
            wait_for(
                lambda: len(workers(site, "events")) == 4 and len(workers(site, "keys")) == 4, 10
            ),
        )
        other = site.get("/me", site.key(tier="standard"))
        check(
            "another key has its own quota",
            other.status == 200 and other.headers.get("x-ratelimit-remaining") == str(QUOTA - 1),
            other,
        )
    finish()


main()
