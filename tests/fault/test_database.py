#!/usr/bin/env python3
"""The database is killed, away at the start, or holds a lock: honest answers meanwhile, recovery by
itself, nothing lost that was acknowledged."""
import http.client
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import (
    Client,
    Db,
    event,
    masters,
    wait_for_no_transactions,
    wait_for_workers,
    tickets,
    is_well_formed_error,
    find_inconsistencies,
    workers,
)  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402


class Load:
    """Clients that create, publish and read until told to stop; every answer with the time it
    came."""

    def __init__(self, site, key, prefix, n=6):
        self.site, self.prefix, self.stop, self.answers, self.made, self.lock = (
            site,
            prefix,
            threading.Event(),
            [],
            [],
            threading.Lock(),
        )
        self.threads = [
            threading.Thread(target=self.run, args=(Client(site, key), i)) for i in range(n)
        ]
        for t in self.threads:
            t.start()

    def run(self, c, i):
        n = 0
        while not self.stop.is_set():
            n += 1
            slug = "%s-%d-%d" % (self.prefix, i, n)
            kind = n % 4
            try:
                if kind == 3:
                    r = c.get("/events?take=2")
                else:
                    r = c.post(
                        "/events",
                        event("%s %d %d t2" % (self.prefix, i, n), slug=slug, tickets=tickets(2)),
                        headers={"Idempotency-Key": slug} if kind == 2 else {},
                    )
            except (OSError, http.client.HTTPException) as e:
                r = e
            with self.lock:
                self.answers.append((time.monotonic(), r))
                if getattr(r, "status", 0) == 201:
                    self.made.append(slug)
            if getattr(r, "status", 0) not in (200, 201):
                time.sleep(0.02)

    def end(self):
        self.stop.set()
        for t in self.threads:
            t.join()

    def bad(self):
        return [(t, r) for t, r in self.answers if getattr(r, "status", 0) not in (200, 201)]


def killed(site, key):
    before = wait_for_workers(site)
    for round_ in range(2):
        load = Load(site, key, "load%d" % round_)
        if not wait_for(lambda: len(load.made) >= 40, 60):
            check("load before the kill", False, load.bad()[:3])
        site.mariadb("kill")
        gone = time.monotonic()
        time.sleep(1.5 if round_ else 0.2)  # how long it is away
        away = site.get("/me", key), site.post("/events", key, event("While away"))
        site.mariadb("start")
        back = time.monotonic()
        wait_for(
            lambda: any(t > back and getattr(r, "status", 0) == 201 for t, r in load.answers), 10
        )
        time.sleep(1.5)
        load.end()
        bad = load.bad()
        last = max([t for t, _ in bad], default=gone)
        name = "killed, round %d: " % (round_ + 1)
        print(
            "# %s%d answers, %d refused, the last %.1f s after the database was back"
            % (name, len(load.answers), len(bad), last - back)
        )
        check(
            name + "meanwhile 503 as JSON with hint and Retry-After",
            all(r.status == 503 and is_well_formed_error(r) for r in away),
            away,
        )
        check(
            name + "nothing but 503 to anybody",
            all(getattr(r, "status", 0) == 503 and is_well_formed_error(r) for _, r in bad),
            [r for _, r in bad if getattr(r, "status", 0) != 503][:3],
        )
        check(
            name + "it serves again within 3 s",
            last - back < 3 and load.answers[-1][0] > back,
            last - back,
        )
        db = Db(site)
        there = {row[0] for row in db.sql("SELECT slug FROM events WHERE slug LIKE 'load%'")}
        check(
            name + "every acknowledged event is there (%d)" % len(load.made),
            set(load.made) <= there,
            sorted(set(load.made) - there)[:10],
        )
        check(name + "no transaction left open", wait_for_no_transactions(db))
        wrong = find_inconsistencies(db)
        check(name + "nothing half done", not wrong, "\n".join(wrong))
        db.close()
    after = {p: sorted(workers(site, p)) for p in masters(site)}
    check(
        "the same processes throughout",
        before == after,
        {p: (before[p], after.get(p)) for p in before if before[p] != after.get(p)},
    )
    said = [line for line in site.log().splitlines() if "cannot connect" in line]
    check("being away is logged once a process, not once a try", 0 < len(said) <= 3 * 8, len(said))


def start_without(site, key):
    site.stop_web()
    site.mariadb("kill")
    site.start_web()  # answers 401 to no key, which needs no database
    for path in ("/me", "/events", "/events/nothing"):
        r = site.get(path, key)
        check("away at the start: 503 on " + path, r.status == 503 and is_well_formed_error(r), r)
    r = site.request("OPTIONS", "/events")
    check(
        "away at the start: no key is told at once",
        site.get("/me").status == 401 and r.status in (204, 401),
        r,
    )
    began = time.monotonic()
    site.mariadb("start")
    back = time.monotonic()
    ok = wait_for(
        lambda: site.get("/me", key).status == 200 and site.get("/events", key).status == 200, 60
    )
    check("the database comes: served again", ok, (time.monotonic() - back, back - began))
    time.sleep(1)
    got = [site.get("/events", key).status for _ in range(12)]
    check("and by every worker", got == [200] * 12, got)


def revoked(site):
    o = site.key_object()
    key, id_ = o["key"], o["id"].replace("-", "")
    check("the key works", site.get("/events", key).status == 200)
    db = Db(site)
    db.sql(
        "UPDATE api_keys SET revoked_at = NOW(3) WHERE id = UNHEX('%s')" % id_
    )  # as another node would
    db.close()
    site.mariadb("kill")
    end = time.monotonic() + 2.2
    seen = set()
    while time.monotonic() < end:
        seen.add(site.get("/events", key).status)
    got = [site.get(path, key) for path in ("/me", "/events", "/events/x") * 4]
    check(
        "revoked while the database is away: 503 once the memory is over, never 200",
        all(r.status == 503 and is_well_formed_error(r) for r in got) and seen <= {503},
        (seen, got[:1]),
    )
    site.mariadb("start")
    # the log-out of another node is in the database: refused from the first answer on
    first = wait_for(
        lambda: (lambda r: r if r.status != 503 else None)(site.get("/events", key)), 10
    )
    check("and 401 when it is back", first and first.status == 401, first)


def locks(site, key):
    db = Db(site)
    db.sql("UPDATE api_keys SET last_used_at = NULL")
    wait_for(lambda: site.get("/events", key).status == 200, 5)
    o = site.key_object()
    fresh, id_ = o["key"], o["id"].replace("-", "")
    db.sql("BEGIN")
    db.sql("SELECT id FROM api_keys WHERE id = UNHEX('%s') FOR UPDATE" % id_)
    times = []
    for i in range(24):
        began = time.monotonic()
        r = site.get("/events" if i % 2 else "/me", fresh)
        times.append((time.monotonic() - began) * 1000)
        if r.status != 200:
            check("a locked key row: answered", False, r)
    check(
        "lastUsedAt locked by another session: %d requests, the slowest under 200 ms" % len(times),
        sorted(times)[-1] < 200,
        times,
    )
    db.sql("ROLLBACK")
    db.sql("UPDATE api_keys SET last_used_at = NULL WHERE id = UNHEX('%s')" % id_)

    site.post("/events", key, event("Held", slug="held"))
    db.sql("BEGIN")
    db.sql("SELECT id FROM events WHERE slug = 'held' FOR UPDATE")
    began = time.monotonic()
    r = site.patch("/events/held", key, {"name": "Held no more"})
    took = time.monotonic() - began
    check(
        "a row held for long: 503 with Retry-After, before a client gives up",
        r.status == 503 and is_well_formed_error(r) and took < 12,
        (took, r),
    )
    seen = site.get("/events/held", key)
    check("readers do not wait for it", seen.status == 200 and seen.data["name"] == "Held", seen)
    db.sql("ROLLBACK")
    r = site.patch("/events/held", key, {"name": "Held no more"})
    check("let go: done", r.status == 200, r)
    check("no transaction left open", wait_for_no_transactions(db))
    wrong = find_inconsistencies(db)
    check("nothing half done", not wrong, "\n".join(wrong))
    db.close()


def main():
    with Site(
        workers=4,
        database="innodb-flush-log-at-trx-commit=1",
        conf="db_lock = 2s\nanswer_cache = 0",
    ) as site:
        key = site.key()
        killed(site, key)
        start_without(site, key)
        revoked(site)
        locks(site, key)
    finish()


main()
