#!/usr/bin/env python3
"""Workers killed at any moment, no configuration or a broken one, no room for the log: the site
lives, and loses nothing it acknowledged."""
import http.client
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import (
    Client,
    Db,
    event,
    wait_for_no_transactions,
    tickets,
    is_well_formed_error,
    find_inconsistencies,
    run_concurrently,
    workers,
)  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402


def killed_workers(site, key, seconds=6):
    end, dice, kills = time.monotonic() + seconds, random.Random(5), []

    def go(c, i):
        made, bad, n = [], [], 0
        while time.monotonic() < end:
            n += 1
            slug = "kill-%d-%d" % (i, n)
            try:
                r = c.post(
                    "/events", event("Kill %d %d t2" % (i, n), slug=slug, tickets=tickets(2))
                )
            except (OSError, http.client.HTTPException) as e:
                r = e
            if getattr(r, "status", 0) == 201:
                made.append(slug)
            else:
                bad.append((slug, r))
        return made, bad

    def killer():
        while time.monotonic() < end - 0.5:
            time.sleep(dice.uniform(0.05, 0.3))
            pids = workers(site, "events")
            if pids:
                try:
                    os.kill(dice.choice(pids), signal.SIGKILL)
                    kills.append(time.monotonic())
                except ProcessLookupError:
                    pass

    t = threading.Thread(target=killer)
    t.start()
    got = run_concurrently([Client(site, key) for _ in range(6)], go)
    t.join()
    broken = [g for g in got if not isinstance(g, tuple)]
    made = [slug for g in got if isinstance(g, tuple) for slug in g[0]]
    bad = [b for g in got if isinstance(g, tuple) for b in g[1]]
    print(
        "# %d workers killed, %d events acknowledged, %d requests failed"
        % (len(kills), len(made), len(bad))
    )
    check(
        "workers killed: the load went on",
        not broken and len(kills) >= 8 and len(made) > 50,
        broken,
    )
    check(
        "workers killed: no more requests failed than workers were killed",
        len(bad) <= len(kills),
        bad[:5],
    )
    check(
        "workers killed: who failed was told so in JSON",
        all(getattr(r, "status", 0) in (500, 502, 503) and r.error.get("code") for _, r in bad),
        bad[:3],
    )
    check(
        "workers killed: they are back",
        wait_for(lambda: len(workers(site, "events")) == site.workers, 10),
        workers(site, "events"),
    )
    db = Db(site)
    there = {row[0] for row in db.sql("SELECT slug FROM events WHERE slug LIKE 'kill-%'")}
    check(
        "workers killed: every acknowledged event is there",
        set(made) <= there,
        sorted(set(made) - there)[:5],
    )
    check("workers killed: no transaction left open", wait_for_no_transactions(db))
    wrong = find_inconsistencies(db)
    check("workers killed: nothing half done", not wrong, "\n".join(wrong))
    db.close()


def answers_anything(site):
    try:
        return site.request("GET", "/me").status in (401, 503)
    except OSError:
        return False


def unconfigured(site, key):
    with open(site.conf) as f:
        good = f.read()
    site.answers = lambda: answers_anything(site)
    for name, text in (
        ("missing", None),
        ("broken", good + "no_such_key = 1\n"),
        ("without a key file", good + "key_file = /nonexistent/key\n"),
    ):
        site.stop_web()
        os.unlink(site.conf)
        if text:
            with open(site.conf, "w") as f:
                f.write(text)
            os.chmod(site.conf, 0o600)
        site.start_web()
        got = [
            site.get("/me", key),
            site.get("/events", key),
            site.post("/events", key, event("No")),
        ]
        check(
            "configuration %s: 503 as JSON with hint and Retry-After" % name,
            all(r.status == 503 and is_well_formed_error(r) for r in got),
            got,
        )
        check(
            "configuration %s: the hint tells whom and what" % name,
            all("configuration" in r.error.get("hint", "") for r in got),
            got[0],
        )
        check(
            "configuration %s: neither path nor text of it is told" % name,
            not any(site.dir.encode() in r.raw or b"no_such_key" in r.raw for r in got),
            got[0],
        )
        check(
            "configuration %s: the log says what is wrong" % name,
            "onfiguration" in site.log() or "no_such_key" in site.log(),
        )
        if os.path.exists(site.conf):
            os.unlink(site.conf)
        with open(site.conf, "w") as f:
            f.write(good)
        os.chmod(site.conf, 0o600)
        mended = wait_for(
            lambda: all(site.get(path, key).status == 200 for path in ("/me", "/events") * 4), 15
        )
        check("configuration %s: mended, it serves without a restart" % name, mended)
    site.__dict__.pop("answers")


def full_disk(site, key):
    site.stop_web()
    with open(site.conf) as f:
        good = f.read()
    with open(site.conf, "w") as f:
        f.write(good + "log_file = /dev/full\n")
    site.start_web()
    got = [
        site.get("/me", key).status,
        site.get("/events", key).status,
        site.post("/events", key, event("Full", slug="full")).status,
        site.post("/events/full/publish", key).status,
        site.get("/events/none", key).status,
        site.get("/events", "tn_live_nothing").status,
        site.patch("/events/full", key, {"name": ""}).status,
    ]
    check(
        "no room for the log: requests are answered as ever",
        got == [200, 200, 201, 200, 404, 401, 400],
        got,
    )
    site.stop_web()
    with open(site.conf, "w") as f:
        f.write(good + "log_file = %s/not/there/log\n" % site.dir)
    site.start_web()
    got = [site.get("/me", key).status, site.get("/events", key).status]
    check(
        "a log file that cannot be made: the same",
        got == [200, 200] and "cannot open log file" in site.log(),
        got,
    )
    with open(site.conf, "w") as f:
        f.write(good)


def main():
    with Site(workers=4) as site:
        key = site.key()
        killed_workers(site, key)
        unconfigured(site, key)
        full_disk(site, key)
    finish()


main()
