#!/usr/bin/env python3
"""conf/lighttpd.conf.in: the smoke, then restarts of every kind under load."""
import os, signal
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


s.half_requests(base)
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
