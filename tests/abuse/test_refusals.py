#!/usr/bin/env python3
"""What a refused request costs, on every route that can be called without a key, and on every other
one called without a key or with a wrong one: at most one statement and never a row. Nor does it
make the organization's own requests dearer, nor a worker larger."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from abuse_fixture import (  # noqa: E402
    CEILING_KIB,
    RANDOM_UUID,
    UUID,
    Cost,
    described_routes,
    free_event,
    highest_memory,
    table_sizes,
    wrong_key,
)
from concurrency import Db, wait_for_workers  # noqa: E402
from harness import Site, check, finish  # noqa: E402

CONF = """trusted_proxies = 127.0.0.1
auth_failures = 60
public_held = 20
public_holds = 120
answer_cache = 2s
"""
PUBLIC, DASHBOARD = "/public/v1", "/dashboard/v1"
BUYER = {"name": "Ana Reyes", "email": "ana@example.com"}
SIGN_IN = {"email": "nobody@example.com", "password": "correct horse battery"}
TIMES = 4
PASSWORD_KIB = 32 << 10


class Addresses:
    """Another one at each call, so that no limit of an address answers."""

    n = 0

    def next(self):
        self.n += 1
        return {"X-Forwarded-For": "10.%d.%d.1" % (self.n >> 8, self.n & 255)}


def cost_of(world, send):
    """(statuses, the most that one call cost): calls of send(headers), after one to warm up."""
    send(world["addresses"].next())
    statuses, most = set(), {}
    for _ in range(TIMES):
        r, cost = world["cost"].of(lambda: send(world["addresses"].next()))
        statuses.add(r.status if r else None)
        most = {name: max(n, most.get(name, 0)) for name, n in cost.items()}
    return statuses, most


def judge(world, name, send, expected):
    statuses, cost = cost_of(world, send)
    if statuses <= expected and cost["questions"] <= 1:
        return []
    return ["%s: %s, %s" % (name, statuses, cost)]


def without_a_key(world, site):
    """Every route that wants one: none, a malformed one, a wrong one, a session that is none."""
    ways = {
        "none": {},
        "malformed": {"api-key": "x" * 3000},
        "wrong": lambda: {"api-key": wrong_key()},
        "no session": {"Cookie": "tg_session=" + "a" * 43},
    }
    wrong, n = [], 0
    for method, mount, path, who in described_routes(site.build):
        for name, headers in ways.items() if who != "anyone" else ():

            def send(address, headers=headers):
                more = headers() if callable(headers) else headers
                body = "[" * 30 if method in ("POST", "PATCH") else None
                return site.request(method, path, None, body, dict(address, **more), mount=mount)

            wrong += judge(world, "%s %s%s, key: %s" % (method, mount, path, name), send, {401})
            n += 1
    check("%d calls without a valid key cost at most one statement" % n, n and not wrong, wrong)


def public_requests(e):
    """(name, method, mount, path, body, expected statuses) of requests that are refused."""
    item = {"ticketId": e["tickets"][0]["id"], "quantity": 1}
    hold = {"eventId": e["id"], "items": [item]}
    slug = "/test/" + e["slug"]
    holds = (
        ("nothing", {}, {400}),
        ("no items", dict(hold, items=[]), {400}),
        ("too many", dict(hold, items=[dict(item, quantity=900)]), {429}),
        ("no event", dict(hold, eventId=UUID), {404}),
        ("list", [[]], {400}),
        ("text", "{" * 2000, {400}),
        ("items of numbers", dict(hold, items=[1] * 500), {400}),
        ("large", {"x": "x" * 70000}, {413}),
    )
    for name, body, expected in holds:
        yield "hold, " + name, "POST", PUBLIC, "/holds", body, expected
    orders = (
        ("nothing", {}, {400}),
        ("unknown", {"holdId": RANDOM_UUID, "buyer": BUYER}, {404}),
        ("guessed", {"holdId": UUID, "buyer": BUYER}, {404}),
        ("no buyer", {"holdId": RANDOM_UUID}, {400}),
    )
    for name, body, expected in orders:
        yield "order, " + name, "POST", PUBLIC, "/orders", body, expected
    for method in ("GET", "DELETE"):
        for hold_id in (RANDOM_UUID, UUID, "x" * 3000, "%00"):
            yield method + " hold", method, PUBLIC, "/holds/" + hold_id, None, {400, 404}
    for mount, path in ((PUBLIC, "/events%s"), ("/e", "%s"), ("/e", "%s/calendar.ics")):
        for of in ("/nobody/nothing", "/test/nothing", "/" + "a" * 2000 + "/x"):
            yield "GET", "GET", mount, path % of, None, {404}
        yield "PUT", "PUT", mount, path % slug, {}, {405}
    code = "TN-22222222-1.1-0000000000"
    for mount, words in (("/o", ("x", "A" * 35)), ("/t", ("x", code))):
        for word in words:
            yield "ticket page", "GET", mount, "/" + word, None, {404}
    for path, body, expected in (
        ("/ticket-names", {}, {400}),
        ("/ticket-names", {"code": code, "name": "A"}, {404}),
        ("/lost-tickets", {}, {400}),
        ("/lost-tickets", {"org": "nobody", "event": "x", "email": "a@example.com"}, {409}),
    ):
        yield "tickets", "POST", PUBLIC, path, body, expected
    for path in ("/door-session", "/password/set"):
        body = {"code": "A" * 43, "password": "correct horse battery"}
        yield "a code", "POST", DASHBOARD, path, body, {401}
        yield "no code", "POST", DASHBOARD, path, {}, {400}
    yield "GET beside health", "GET", "/-", "/nothing", None, {404}
    for name, body, expected in (
        ("nothing", {}, {400}),
        ("malformed", "x", {400}),
        ("wrong", SIGN_IN, {401}),
    ):
        yield "sign in, " + name, "POST", DASHBOARD, "/session", body, expected


def open_routes(world, site, e):
    wrong, n, paths = [], 0, set()
    for name, method, mount, path, body, expected in public_requests(e):

        def send(address):
            return site.request(method, path, None, body, address, mount=mount)

        # a wrong password takes its time, and two statements: the transaction is begun and undone;
        # so is that of a wrong code
        statuses, cost = cost_of(world, send)
        most = 3 if name in ("sign in, wrong", "a code") else 1
        n += 1
        paths.add((method, mount))
        if not statuses <= expected or cost["questions"] > most:
            wrong.append("%s %s%s: %s, %s" % (name, mount, path[:80], statuses, cost))
    check(
        "%d refused requests to open routes cost at most one statement" % n,
        not wrong,
        "\n".join(wrong),
    )
    missing = {r[:2] for r in described_routes(site.build) if r[3] == "anyone"} - paths
    check("every open route is among them", not missing, missing)


def states(world, site, e):
    """Refusals that the state decides cost what reading the state costs."""
    hold = {"eventId": e["id"], "items": [{"ticketId": e["tickets"][0]["id"], "quantity": 1}]}
    r = site.post("/holds", None, hold, mount=PUBLIC, headers=world["addresses"].next())
    path = "/holds/" + r.data["id"]
    site.delete(path, mount=PUBLIC, headers=world["addresses"].next())
    sizes = table_sizes(world["db"])
    statuses, cost = cost_of(world, lambda a: site.delete(path, mount=PUBLIC, headers=a))
    check(
        "releasing a hold again: two statements in a transaction",
        statuses == {409} and cost["questions"] <= 4,
        (statuses, cost),
    )
    order = {"holdId": r.data["id"], "buyer": BUYER}
    statuses, cost = cost_of(
        world, lambda a: site.post("/orders", None, order, mount=PUBLIC, headers=a)
    )
    check(
        "ordering it: two statements in a transaction",
        statuses == {409} and cost["questions"] <= 4,
        (statuses, cost),
    )
    check("neither leaves a row", table_sizes(world["db"]) == sizes)


def limits(world, site, e):
    """Beyond a limit nothing is asked of the database, from an address, a /64 or a /48."""
    hold = {"eventId": e["id"], "items": []}
    sources = {
        "an address": lambda i: "203.0.113.9",
        "a /64": lambda i: "2001:db8:7:7::%x" % i,
        "a /48": lambda i: "2001:db8:8:%x::1" % (i % 9),
    }
    wrong = []
    for name, address in sources.items():
        for what in ("hold", "key"):

            def send(i):
                headers = {"X-Forwarded-For": address(i)}
                if what == "hold":
                    return site.post("/holds", None, hold, mount=PUBLIC, headers=headers)
                return site.get("/me", wrong_key(), headers=headers)

            if what == "key" and name == "a /48":
                continue  # failures are counted by /64
            for i in range(1, 600):
                if send(i).status == 429:
                    break
            got, cost = world["cost"].of(lambda: [send(i).status for i in range(600, 640)])
            admitted = len(got) - got.count(429)
            if not got.count(429) or cost["questions"] > admitted:
                wrong.append("%s, %s: %s, %s" % (name, what, got, cost))
    check("what a limit refuses costs no statement", not wrong, "\n".join(wrong))


def cached_responses(world, site, key, e):
    """Strangers' refused requests leave the organization's cached responses alone."""
    hold = {"eventId": e["id"], "items": [{"ticketId": UUID, "quantity": 1}]}

    def round_of():
        site.get("/events/" + e["id"], key)
        r = site.post("/holds", None, hold, mount=PUBLIC, headers=world["addresses"].next())
        got, cost = world["cost"].of(lambda: site.get("/events/" + e["id"], key))
        return r.status == 400 and got.status == 200 and cost["statements"] == 0

    # a cached response lives for two seconds, which a slow machine may need for a round
    check("refused holds leave cached responses", any(round_of() for _ in range(20)))


def main():
    with Site(workers=1, conf=CONF) as site:
        key = site.key()
        e = free_event(site, key)
        wait_for_workers(site)
        db = Db(site)
        world = {"addresses": Addresses(), "db": db, "cost": Cost(db)}
        sizes = table_sizes(db)
        without_a_key(world, site)
        open_routes(world, site, e)
        limits(world, site, e)
        check("no table has grown", table_sizes(db) == sizes, (sizes, table_sizes(db)))
        states(world, site, e)
        cached_responses(world, site, key, e)
        peaks, kept = highest_memory(site, "VmHWM"), highest_memory(site, "VmRSS")
        print("# peak of each program in KiB: %s" % peaks)
        # scrypt needs 32 MiB for a password, by design; they are given back
        peaks["dashboard"] -= PASSWORD_KIB
        check(
            "no worker had more than 24 MiB, and for passwords 32 more",
            max(peaks.values()) <= CEILING_KIB and max(kept.values()) <= CEILING_KIB,
            (peaks, kept),
        )
        check("no sanitizer report", not site.sanitizer_reports(), site.sanitizer_reports())
        db.close()
    finish()


if __name__ == "__main__":
    main()
