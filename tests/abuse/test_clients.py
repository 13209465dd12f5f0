#!/usr/bin/env python3
"""Slow clients, hostile headers and floods: workers do not wait for them, no worker grows, and a
normal client is served beside them."""
import itertools
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from abuse_fixture import (  # noqa: E402
    CEILING_KIB,
    RANDOM_UUID,
    described_routes,
    free_event,
    highest_memory,
    median,
    percentile,
    timed,
    wrong_key,
)
from harness import Site, check, finish, wait_for  # noqa: E402

CONF = """trusted_proxies = 127.0.0.1
public_rate = 60
public_holds = 20
auth_failures = 20
signin_address = 30
"""
SLOW = 60  # connections of each kind
PER_ROUND = 50  # less than the limits of an address
ROUNDS = 9
FRESH = itertools.count(1)  # the last byte of a visitor's address
SPARE_S = 0.05  # a difference that a busy machine makes

HEADERS = {
    "150 headers": ["X-%d: y" % i for i in range(150)],
    "a header of 7000 bytes": ["X-Long: " + "y" * 7000],
    "a name of 7000 bytes": ["X" * 7000 + ": y"],
    "headers of 70000 bytes": ["X-%d: %s" % (i, "y" * 700) for i in range(100)],
    "bytes that are no text": [b"X-Bytes: \x80\xff\xfe"],
    "a name that is none": ["X y: z", ": z"],
    "forwarded for everybody": ["X-Forwarded-For: " + ", ".join(["10.0.0.1"] * 500)],
    "forwarded for nonsense": ["X-Forwarded-For: ::1%25lo, 999.1.1.1, [" + "," * 500],
    "names that collide": ["X.Forwarded.For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2"],
    "many cookies": ["Cookie: " + "; ".join("c%d=x" % i for i in range(900))],
    "two keys": ["api-key: a", "api-key: b", "Api_Key: c"],
    "many entity tags": ["If-None-Match: " + ", ".join(['"x%d"' % i for i in range(800)])],
    "many preferences": ["Prefer: " + ", ".join(["handling=strict"] * 400)],
    "many types": ["Accept: " + ", ".join(["text/csv;q=0.%d" % (i % 10) for i in range(500)])],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "a length without an end": ["Content-Length: " + "9" * 300],
    "a length below zero": ["Content-Length: -1"],
    "length and chunks": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "an encoding that is none": ["Transfer-Encoding: gzip"],
    "a range of every byte": ["Range: bytes=" + ",".join("%d-" % i for i in range(500))],
    "expectations": ["Expect: 200-maybe"],
}


def headers(site):
    wrong, n = [], 0
    open_routes = [r for r in described_routes(site.build) if r[3] == "anyone"]
    keyed = [r for r in described_routes(site.build) if r[3] != "anyone" and r[0] == "GET"][::6]
    for method, mount, path, _ in open_routes + keyed:
        for name, lines in HEADERS.items():
            start = "%s %s%s HTTP/1.1" % (method, mount, path)
            r = site.raw([start, "Host: localhost", "Connection: close", *lines], shutdown=True)
            n += 1
            if r and r.status == 200 and mount == "/-":
                continue  # the health check reads no headers
            if r and (r.status < 400 or r.status >= 500) and r.status not in (501, 505):
                wrong.append((method, mount + path, name, r))
    check("%d requests with hostile headers are refused" % n, n and not wrong, wrong[:3])


class Slow:
    """Connections that hold on: half a request, a body a byte at a time, a body that never comes,
    and readers that do not read."""

    def __init__(self, site, page):
        post = "POST /public/v1/holds HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        body = post + "X-Forwarded-For: 198.51.100.9\r\nContent-Length: 5000\r\n\r\n"
        many = ("GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % page) * 40
        self.drip, self.all, self.over = [], [], False
        for first, drips in ((post, True), (body, True), (body, False), (many, False)):
            for _ in range(SLOW):
                c = socket.create_connection(("127.0.0.1", site.port), timeout=10)
                c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                c.sendall(first.encode())
                self.all.append(c)
                if drips:
                    self.drip.append(c)
        self.thread = threading.Thread(target=self.trickle)
        self.thread.start()

    def trickle(self):
        while not self.over:
            for c in self.drip:
                try:
                    c.send(b"x")
                except OSError:
                    pass
            time.sleep(0.2)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.over = True
        self.thread.join()
        for c in self.all:
            c.close()


class Flood:
    """Clients that send as fast as they are answered, refused most of the time: from one address, a
    /64 and a /48. (What many share behind a carrier's address: test_visitors.py.)"""

    addresses = (
        lambda i: "203.0.113.5",
        lambda i: "2001:db8:5:5::%x" % (i % 60000),
        lambda i: "2001:db8:6:%x::1" % (i % 60000),
    )

    seen = {}  # {status: how often}, in all rounds

    def __init__(self, site, page):
        self.site, self.page, self.over = site, page, False
        self.threads = [threading.Thread(target=self.run, args=(a,)) for a in self.addresses]
        for t in self.threads:
            t.start()

        refused = self.seen.get(429, 0)
        if not wait_for(lambda: self.seen.get(429, 0) > refused + 60, 60):
            raise RuntimeError("no flood: %s" % self.seen)

    def run(self, address):
        connection, i = self.site.connect(), 0
        while not self.over:
            i += 1
            send = (
                lambda **m: self.site.get(self.page, mount="", **m),
                lambda **m: self.site.post("/holds", None, {}, mount="/public/v1", **m),
                lambda **m: self.site.get("/holds/" + RANDOM_UUID, mount="/public/v1", **m),
                lambda **m: self.site.get("/me", wrong_key(), **m),
                lambda **m: self.site.post("/session", None, {}, mount="/dashboard/v1", **m),
            )[i % 5]
            try:
                r = send(headers={"X-Forwarded-For": address(i)}, connection=connection)
                self.seen[r.status] = self.seen.get(r.status, 0) + 1
            except OSError:
                connection = self.site.connect()
            time.sleep(0.001)  # the client shares the machine with the server

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.over = True
        for t in self.threads:
            t.join()


def visit(site, page, statuses, address, i):
    path, mount = (page, "") if i % 2 else ("/holds/" + RANDOM_UUID, "/public/v1")
    statuses.add(site.get(path, headers={"X-Forwarded-For": address}, mount=mount).status)


def beside(site, page, what, attack):
    """A normal client alone and beside the attack, in turn."""
    alone, attacked, statuses = [], [], set()

    def p99():
        address = "192.0.2.%d" % next(FRESH)
        times = [timed(lambda: visit(site, page, statuses, address, i)) for i in range(PER_ROUND)]
        return percentile(times, 0.99)

    for _ in range(ROUNDS):
        alone.append(p99())
        with attack(site, page):
            attacked.append(p99())
    one, other = median(alone), median(attacked)
    print("# %s: p99 %.1f ms alone, %.1f ms beside" % (what, 1000 * one, 1000 * other))
    check("%s: every visit is answered" % what, statuses == {200, 404}, statuses)
    check(
        "… within three times of its time alone",
        other <= max(3 * one, one + SPARE_S),
        (alone, attacked),
    )


def main():
    with Site(workers=2, conf=CONF) as site:
        key = site.key()
        e = free_event(site, key)
        page = "/e/test/" + e["slug"]
        headers(site)
        beside(site, page, "slow clients", Slow)
        beside(site, page, "floods", Flood)
        print("# the floods were answered %s" % sorted(Flood.seen.items()))
        peaks = highest_memory(site, "VmHWM")
        print("# peak of each program in KiB: %s" % peaks)
        check("no worker had more than 24 MiB", max(peaks.values()) <= CEILING_KIB, peaks)
        check("no sanitizer report", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


if __name__ == "__main__":
    main()
