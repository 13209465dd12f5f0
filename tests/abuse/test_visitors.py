#!/usr/bin/env python3
"""What one address can take from a public event, and what a crowd behind one address can: 500
viewers and 50 buyers share it without being refused, but nobody holds everything."""
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402

PUBLIC = "/public/v1"
CARRIER = "198.51.100.7"
ANA = {"name": "Ana Reyes", "email": "ana@example.com"}


class Event:
    def __init__(self, site, key, quantity, **more):
        ticket = {"name": "Place", "price": 0, "quantity": quantity, "published": True}
        body = {"name": "Public", "dateTime": "2031-01-01T20:00:00Z", "type": "FREE"}
        made = site.post("/events", key, dict(body, tickets=[ticket], **more)).data
        site.post("/events/%s/publish" % made["id"], key)
        self.site, self.id, self.ticket = site, made["id"], made["tickets"][0]["id"]
        self.path = "/events/test/" + made["slug"]

    def read(self, address, tag=None):
        headers = {"X-Forwarded-For": address}
        if tag:
            headers["If-None-Match"] = tag
        return self.site.get(self.path, headers=headers, mount=PUBLIC)

    def hold(self, address, n=1):
        body = {"eventId": self.id, "items": [{"ticketId": self.ticket, "quantity": n}]}
        headers = {"X-Forwarded-For": address}
        return self.site.post("/holds", None, body, headers=headers, mount=PUBLIC)

    def order(self, address, hold):
        body = {"holdId": hold.data["id"], "buyer": ANA}
        headers = {"X-Forwarded-For": address}
        return self.site.post("/orders", None, body, headers=headers, mount=PUBLIC)

    def release(self, hold):
        return self.site.delete("/holds/" + hold.data["id"], mount=PUBLIC)

    def take(self, addresses, n=10):
        """Holds n tickets from each address in turn until 30 in a row are refused."""
        held, refused, turn = [], [], 0
        while len(refused) < 30:
            r = self.hold(addresses[turn % len(addresses)], n)
            turn += 1
            if r.status == 201:
                held.append(r)
                refused = []
            else:
                refused.append(r)
        return held, refused[0]


def crowd(site, key):
    e = Event(site, key, 1000)
    first = [e.read(CARRIER) for _ in range(500)]
    tag = first[0].headers["etag"]
    polls = [e.read(CARRIER, tag) for _ in range(6 * 500)]
    check(
        "500 viewers behind one address read the page, and poll it for a minute",
        {r.status for r in first} == {200} and {r.status for r in polls} == {304},
        [r for r in first + polls if r.status not in (200, 304)][:2],
    )
    left = int(polls[-1].headers["x-ratelimit-remaining"])
    check("… which takes less than a quarter of their limit", left > 4500, left)
    holds = [e.hold(CARRIER, 2) for _ in range(50)]
    check(
        "50 buyers behind one address hold two tickets each at once",
        {r.status for r in holds} == {201},
        (
            len([r for r in holds if r.status != 201]),
            [r.error for r in holds if r.status != 201][:1],
        ),
    )
    orders = [e.order(CARRIER, h) for h in holds]
    check("… and order them", {r.status for r in orders} == {201}, orders[:1])


def one_address(site, key):
    e = Event(site, key, 500)
    held, refused = e.take(["203.0.113.1"])
    check("one address holds 100 of 500 tickets", len(held) == 10, len(held))
    check(
        "… and is told when to come again",
        refused.status == 429
        and 1 <= int(refused.headers["retry-after"]) <= 600
        and "on hold for this IP address" in refused.error["message"]
        and refused.error["hint"],
        refused,
    )
    check("another address is not concerned", e.hold("203.0.113.2", 10).status == 201)
    e.release(held[0])
    check("a hold that is released makes room", e.hold("203.0.113.1", 10).status == 201)
    site.sql("UPDATE holds SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE status = 'ACTIVE'")
    check("so does one that has expired", e.hold("203.0.113.1", 10).status == 201)
    before = site.sql("SELECT COUNT(*) FROM holds")
    again = [e.hold("203.0.113.1", 200) for _ in range(20)]
    check(
        "what is refused leaves no row",
        {r.status for r in again} <= {400, 409, 429}
        and site.sql("SELECT COUNT(*) FROM holds") == before,
        again[:1],
    )


def at_once(e, addresses, n=10):
    """Statuses of holds that all workers get at the same moment: everything but the last byte of
    each is sent before."""
    body = {"eventId": e.id, "items": [{"ticketId": e.ticket, "quantity": n}]}
    text = json.dumps(body).encode()
    head = (
        "POST %s/holds HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    open_ = []
    for address in addresses:
        open_.append(socket.create_connection(("127.0.0.1", e.site.port), timeout=60))
        open_[-1].sendall((head % (PUBLIC, address, len(text))).encode() + text[:-1])
    for s in open_:
        s.sendall(text[-1:])
    statuses = []
    for s in open_:
        with s, s.makefile("rb") as f:
            statuses.append(int(f.read().split()[1]))
    return statuses


def concurrent(site, key):
    """Requests that all workers have at the same moment do not pass a limit that one after another
    would meet, and what fits is not refused."""

    for round_ in range(5):
        e = Event(site, key, 1000)
        got = at_once(e, ["203.0.113.%d" % (100 + round_)] * 110)
        check(
            "one address holds 100 of 1,000 tickets, however many ask at once",
            set(got) == {201, 429} and got.count(201) == 10,
            (got.count(201), set(got)),
        )
    e = Event(site, key, 1000)
    got = at_once(e, ["2001:db8:5:%x::1" % i for i in range(60)])
    check(
        "… and a /48 twice as many",
        set(got) == {201, 429} and got.count(201) == 20,
        (got.count(201), set(got)),
    )
    e = Event(site, key, 1000)
    got = at_once(e, [CARRIER] * 50, 2)
    check("50 buyers behind one address who ask at once get two each", set(got) == {201}, set(got))


def small_events(site, key):
    e = Event(site, key, 200)
    held, _ = e.take(["203.0.113.10"])
    check("of 200 places one address holds a quarter", len(held) == 5, len(held))
    orders = [e.order("203.0.113.10", h) for h in held]
    check("… and orders them for nothing", {r.status for r in orders} == {201}, orders[:1])
    check(
        "… but no more: what is ordered for nothing counts for a day",
        e.hold("203.0.113.10", 1).status == 429,
    )
    check("another buyer gets some", e.hold("203.0.113.11", 10).status == 201)
    site.sql("UPDATE holds SET created_at = created_at - INTERVAL 25 HOUR")
    check("the day after it may order again", e.hold("203.0.113.10", 10).status == 201)
    e = Event(site, key, 30)
    held, _ = e.take(["203.0.113.10"])
    check("of a small event it may hold 20 tickets", len(held) == 2, len(held))
    e = Event(site, key, 1000, eventCapacity=120)
    held, _ = e.take(["203.0.113.10"])
    check("the event's own capacity counts", len(held) == 3, len(held))


def networks(site, key):
    e = Event(site, key, 500)
    held, _ = e.take(["2001:db8:1:2::%x" % n for n in range(1, 30)])
    check("the addresses of an IPv6 /64 are one", len(held) == 10, len(held))
    e = Event(site, key, 500)
    held, _ = e.take(["2001:db8:2:%x::1" % n for n in range(1, 30)])
    check("30 networks of one /48 hold twice as much as one", len(held) == 20, len(held))
    check("the next /48 is not concerned", e.hold("2001:db8:3::1", 10).status == 201)


def flood(e, addresses, n, quota):
    """How many of n requests are answered, and how many may be: the quota comes back meanwhile."""
    began = time.monotonic()
    got = [e.read(addresses[i % len(addresses)]).status for i in range(n)]
    return got.count(200), quota + int((time.monotonic() - began) * quota / 60) + 1


def floods(site, key):
    """The limits of requests: an address, and four times as much for a /48."""
    e = Event(site, key, 1000)
    e.read(CARRIER)
    many, most = flood(e, ["192.0.2.1"], 200, 120)
    check("requests of one address are limited", 120 <= many <= most, (many, most))
    many, most = flood(e, ["2001:db8:9:%x::1" % n for n in range(12)], 800, 480)
    check("those of a /48 to four times as many", 480 <= many <= most, (many, most))


with Site(
    workers=2, conf="trusted_proxies = 127.0.0.1\npublic_rate = 6000\npublic_held = 100\n"
) as s:
    key = s.key()
    crowd(s, key)
    one_address(s, key)
    small_events(s, key)
    networks(s, key)
    concurrent(s, key)
    check("no sanitizer report", not s.sanitizer_reports(), s.sanitizer_reports())
with Site(workers=2, conf="trusted_proxies = 127.0.0.1\npublic_rate = 120\n") as s:
    floods(s, s.key())
finish()
