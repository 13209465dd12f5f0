#!/usr/bin/env python3
"""Many clients at the same moment: one winner, no counter off by one, one effect per
Idempotency-Key."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import (
    Client,
    Db,
    event,
    wait_for_no_transactions,
    statuses,
    tickets,
    run_concurrently,
    find_inconsistencies,
)  # noqa: E402
from harness import Site, check, finish  # noqa: E402


def publishers(site, clients, rounds=60):
    wrong, overlaps = [], 0
    for n in range(rounds):
        slug = "publish-%d" % n
        clients[0].post("/events", event("Publish %d" % n, slug=slug))

        def go(c, i):
            began = time.monotonic()
            r = c.post("/events/%s/publish" % slug)
            r.span = (began, time.monotonic())
            return r

        got = run_concurrently(clients[:2], go)
        if statuses(got) != {200: 1, 409: 1}:
            wrong.append((slug, got))
            continue
        overlaps += got[0].span[0] < got[1].span[1] and got[1].span[0] < got[0].span[1]
        loser = got[0] if got[0].status == 409 else got[1]
        if "PUBLISHED" not in loser.error.get("message", ""):
            wrong.append((slug, loser))
    check(
        "two publishers, %d rounds: one 200, one 409 that says PUBLISHED" % rounds,
        not wrong,
        wrong[:3],
    )
    check(
        "the two really met (%d of %d rounds)" % (overlaps, rounds),
        overlaps * 4 >= rounds,
        overlaps,
    )


def slugs(clients, db):
    got = run_concurrently(
        clients,
        lambda c, i: c.post("/events", event("One Slug t1", slug="one-slug", tickets=tickets(1))),
    )
    check(
        "50 creates of one explicit slug: one 201, 49 x 409",
        statuses(got) == {201: 1, 409: 49},
        statuses(got),
    )
    check(
        "that slug is there once",
        db.one("SELECT COUNT(*) FROM events WHERE slug = 'one-slug'") == "1",
    )
    got = run_concurrently(
        clients, lambda c, i: c.post("/events", event("Same Name t2", tickets=tickets(2)))
    )
    check(
        "50 creates of one name: 50 x 201",
        statuses(got) == {201: 50},
        (statuses(got), [r for r in got if getattr(r, "status", 0) != 201][:3]),
    )
    made = {r.data["slug"] for r in got if getattr(r, "status", 0) == 201}
    check(
        "with 50 slugs, all made from the name",
        len(made) == 50 and all(s.startswith("same-name") for s in made),
        sorted(made),
    )


def idempotent(clients, db):
    for n in range(4):
        name, key = "Idem %d t3" % n, "idem-%d" % n

        def post(c, i=0):
            return c.post(
                "/events", event(name, tickets=tickets(3)), headers={"Idempotency-Key": key}
            )

        got = run_concurrently(clients[:30], post)
        told = statuses(got)
        made = [r for r in got if getattr(r, "status", 0) == 201]
        first = [r for r in made if "idempotency-replayed" not in r.headers]
        waits = [r for r in got if getattr(r, "status", 0) == 409]
        check(
            "30 times one Idempotency-Key (%d): 201 or 409 only" % n,
            set(told) <= {201, 409} and len(made) >= 1,
            told,
        )
        check(
            "one of them did it, the others are replays (%d)" % n,
            len(first) == 1 and len({r.raw for r in made}) == 1,
            (len(first), made[:3]),
        )
        check(
            "each 409 has Retry-After (%d)" % n,
            all(r.headers.get("retry-after") for r in waits),
            waits[:2],
        )
        again = [post(clients[0]) for _ in range(3)]
        check(
            "asking again gives the replay (%d)" % n,
            all(
                r.status == 201
                and r.headers.get("idempotency-replayed") == "true"
                and made
                and r.raw == made[0].raw
                for r in again
            ),
            again,
        )
        check(
            "one event is there (%d)" % n,
            db.one("SELECT COUNT(*) FROM events WHERE name = '%s'" % name) == "1",
        )
    other = clients[0].post("/events", event("Another"), headers={"Idempotency-Key": "idem-0"})
    check("the key with another body: 422", other.status == 422, other)
    clients[0].post("/events", event("Twice", slug="twice"))
    got = run_concurrently(
        clients[:20],
        lambda c, i: c.post("/events/twice/publish", headers={"Idempotency-Key": "twice"}),
    )
    check(
        "20 times one publish under one key: 200 or 409 with Retry-After",
        all(
            getattr(r, "status", 0) == 200
            or (getattr(r, "status", 0) == 409 and r.headers.get("retry-after"))
            for r in got
        )
        and statuses(got).get(200),
        statuses(got),
    )


def preconditions(clients, rounds=10):
    wrong = []
    clients[0].post("/events", event("Match 0", slug="match"))
    for n in range(rounds):
        tag = clients[0].get("/events/match").headers["etag"]
        got = run_concurrently(
            clients[:10],
            lambda c, i: c.request(
                "PATCH", "/events/match", {"name": "Match %d by %d" % (n, i)}, {"If-Match": tag}
            ),
        )
        if statuses(got) != {200: 1, 412: 9}:
            wrong.append(statuses(got))
        elif (
            clients[0].get("/events/match").data["name"]
            != [r.data["name"] for r in got if r.status == 200][0]
        ):
            wrong.append("the winner is not what is stored")
    check("10 x PATCH with one If-Match, %d rounds: one 200, nine 412" % rounds, not wrong, wrong)


def storm(site, clients, db, seconds=6):
    """All transitions, deletes, renames and creates of a few events at once."""
    verbs = ["publish", "unpublish", "archive", "restore", "delete", "rename", "create"]
    names = ["storm-%d" % i for i in range(6)]
    end = time.monotonic() + seconds

    def go(c, i):
        dice, seen = random.Random(i), {}
        while time.monotonic() < end:
            verb, slug = dice.choice(verbs), dice.choice(names)
            if verb == "create":
                r = c.post(
                    "/events", event("Storm %s t2" % slug[-1], slug=slug, tickets=tickets(2))
                )
            elif verb == "delete":
                r = c.request("DELETE", "/events/" + slug)
            elif verb == "rename":
                r = c.request(
                    "PATCH",
                    "/events/" + slug,
                    {"name": "Storm renamed %d t2" % dice.randrange(1000)},
                )
            else:
                r = c.post("/events/%s/%s" % (slug, verb))
            seen.setdefault(r.status, []).append((verb, r))
        return seen

    got = run_concurrently(clients[:12], go)
    broken = [g for g in got if not isinstance(g, dict)]
    total, odd = {}, []
    for g in got:
        for status, list_ in g.items() if isinstance(g, dict) else ():
            total[status] = total.get(status, 0) + len(list_)
            if status not in (200, 201, 404, 409):
                odd += list_
    print("# storm: %s" % total)
    check("storm: every client lived", not broken, broken)
    check("storm: no answer but 200, 201, 404, 409", not odd, odd[:3])
    check("storm: writes went through", total.get(200, 0) > 50, total)
    check("storm: no transaction left open", wait_for_no_transactions(db))
    wrong = find_inconsistencies(db)
    check(
        "storm: counters are the real counts; words, tickets, versions, audit agree",
        not wrong,
        "\n".join(wrong),
    )


def parts(clients, db, seconds=4):
    """Performers and ticket types of two events, made, moved, changed and deleted by many at once,
    and one of the events with them."""
    for slug in ("parts-0", "parts-1"):
        clients[0].post("/events", event("Parts %s" % slug[-1], slug=slug))
    end = time.monotonic() + seconds

    def go(c, i):
        dice, total, odd = random.Random(100 + i), {}, []
        while time.monotonic() < end:
            at = "/events/parts-%d" % dice.randrange(2)
            kind = dice.choice(("performers", "tickets"))
            verb = dice.choice(("create", "create", "move", "delete", "flat", "event"))
            body = {"name": "Part %d" % i}
            if kind == "tickets":
                body.update(price=5, quantity=10)
            if verb == "create":
                if dice.randrange(2):
                    body["position"] = dice.randrange(6)
                r = c.post("%s/%s" % (at, kind), body)
            elif verb == "event" and at.endswith("1") and dice.randrange(4) == 0:
                r = c.request("DELETE", at)
                if r.status == 200:
                    c.post("/events", event("Parts 1", slug="parts-1"))
            else:
                known = c.get("%s/%s?take=20" % (at, kind)).data or []
                if not known:
                    continue
                one = "%s/%s/%s" % (at, kind, dice.choice(known)["id"])
                if verb == "flat" and kind == "tickets":
                    one = "/tickets/" + one.rsplit("/", 1)[1]
                r = (
                    c.request("PATCH", one, {"position": dice.randrange(8)})
                    if verb != "delete" and dice.randrange(3)
                    else c.request("DELETE", one)
                )
            total[r.status] = total.get(r.status, 0) + 1
            if r.status not in (200, 201, 404, 409):
                odd.append((verb, kind, r))
        return total, odd

    got = run_concurrently(clients[:10], go)
    print("# parts: %s" % [g[0] if isinstance(g, tuple) else g for g in got][:4])
    check(
        "parts of an event: every client lived",
        all(isinstance(g, tuple) for g in got),
        [g for g in got if not isinstance(g, tuple)],
    )
    odd = [o for g in got if isinstance(g, tuple) for o in g[1]]
    check("parts of an event: no answer but 200, 201, 404, 409", not odd, odd[:3])
    check("parts of an event: no transaction left open", wait_for_no_transactions(db))
    wrong = find_inconsistencies(db)
    check(
        "parts of an event: places 0, 1, 2 … without gap, versions, audit",
        not wrong,
        "\n".join(wrong),
    )


def proof(db):
    """The look at the tables finds what is wrong: each damage is done and undone."""
    db.sql(
        "INSERT INTO idempotency (key_id, idem_key, fingerprint, status, created_at) SELECT key_id,"
        " 'other', fingerprint, 404, NOW(3)"
        " FROM idempotency"
        " WHERE idem_key = 'idem-1'"
    )
    blind = []
    for damage in (
        "UPDATE counters SET n = n + 1 WHERE name = 'events:DRAFT'",
        "DELETE FROM event_words LIMIT 1",
        "DELETE FROM ticket_types WHERE event_id = (SELECT id FROM events WHERE slug = 'one-slug')",
        "DELETE FROM audit WHERE action = 'event.create' LIMIT 1",
        "UPDATE events SET version = version + 1 LIMIT 1",
        "UPDATE events SET published_at = NULL WHERE status = 'PUBLISHED'",
        "DELETE FROM events WHERE slug = 'one-slug'",
        "UPDATE idempotency SET status = NULL WHERE idem_key = 'other'",
        "DELETE FROM counters",
    ):
        db.sql("BEGIN")
        db.sql(damage)
        if not find_inconsistencies(db):
            blind.append(damage)
        db.sql("ROLLBACK")
    check(
        "the look at the tables sees every kind of damage",
        not blind and not find_inconsistencies(db),
        blind or find_inconsistencies(db),
    )


def main():
    with Site(workers=8) as site:
        key = site.key()
        db = Db(site)
        clients = [Client(site, key) for _ in range(50)]
        publishers(site, clients)
        slugs(clients, db)
        idempotent(clients, db)
        preconditions(clients)
        storm(site, clients, db)
        proof(db)
        parts(clients, db)
        listed = clients[0].get("/events?take=1").json["meta"]["total"]
        check(
            "meta.total is the count", str(listed) == db.one("SELECT COUNT(*) FROM events"), listed
        )
        problems = [l for l in site.log().splitlines() if '"level":"error"' in l]
        check("no error in the log", not problems, "\n".join(problems))
        db.close()
    finish()


main()
