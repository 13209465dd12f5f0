#!/usr/bin/env python3
"""conf/lighttpd.conf.in: the smoke, then restarts of every kind under load."""
import os, signal, socket, time
from urllib.parse import urlsplit
import servers as s
from smoke import smoke, ask

s.folder()
server, base = s.lighttpd()
s.ok(
    s.poll(lambda: len(s.masters(server.pid)) == len(s.PROGRAMS)),
    "each program is a master with workers",
)
smoke(base, "lighttpd")
ms = s.masters(server.pid)
s.recycle_under_load(base, ms)
s.new_image(ms)
s.kill_idle(base, ms)


def half_requests(n):
    """Clients that begin a request and send nothing more: how many the server has left, once it
    has had three times the time of the template (server.max-read-idle)."""
    at, left = urlsplit(base), []
    for _ in range(n):
        c = socket.create_connection((at.hostname, at.port), 10)
        c.sendall(b"POST /open-api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Le")
        left.append(c)
    s.ok(s.statuses(base, 5) == {200: 5}, "others are served meanwhile")
    end = time.monotonic() + 30
    while left and time.monotonic() < end:
        left[0].settimeout(max(0.1, end - time.monotonic()))
        try:
            while left[0].recv(4096):
                pass
        except TimeoutError:
            break
        except OSError:
            pass
        left.pop(0).close()
    return len(left)


s.ok(half_requests(40) == 0, "half requests are ended long before a minute")
if not s.REAL:

    def term(at):
        for share in (0.2, 0.5, 0.8):
            at(share)
            for m in s.masters(server.pid):
                os.kill(m, signal.SIGTERM)

    r = s.statuses(base, 600, meanwhile=term)
    # a new master needs a new socket: what comes in between, lighttpd answers with 503
    s.ok(
        set(r) <= {200, 503} and r[200] >= 100,
        "SIGTERM to the masters: 200, or 503 while lighttpd starts another",
        r,
    )
    s.ok(
        s.poll(
            lambda: len(s.masters(server.pid)) == len(s.PROGRAMS)
            and s.statuses(base, 5) == {200: 5}
        ),
        "lighttpd has started them all again",
    )


def graceful(at):
    for share in (0.2, 0.6):
        at(share)
        os.kill(server.pid, signal.SIGUSR1)


r = s.statuses(base, 600, meanwhile=graceful)
s.ok(
    r == {200: 600},
    "600 requests during 2 x graceful restart of lighttpd (SIGUSR1): all 200",
    r,
    s.log_tail(),
)
s.ok(ask(base, "/open-api/v1/openapi.json").status == 200, "still there")
old = [c for m in s.masters(server.pid) for c in [m] + s.children(m)]
s.end(server, signal.SIGINT)
s.ok(
    s.poll(lambda: not any(s.alive(p) for p in old)),
    "no process is left when lighttpd has ended",
    old,
)
s.done()
