#!/usr/bin/env python3
"""conf/apache-proxy-fcgi.conf.in with programs started by --listen and --workers."""
import os, signal
import servers as s
from smoke import smoke

tmp = s.folder()
programs = [s.program(n) for n in s.PROGRAMS]
server, base = s.apache(
    ["proxy", "proxy_fcgi", "reqtimeout"],
    lambda port: "Include " + s.fill("apache-proxy-fcgi.conf.in", tmp + "/site.conf", PORT=port),
)
smoke(base, "proxy")
s.half_requests(base)
pids = [p.pid for p in programs]
s.recycle_under_load(base, pids)
s.new_image([pids[s.PROGRAMS.index("events")]])
s.kill_idle(base, pids)


def graceful(at):
    for share in (0.2, 0.6):
        at(share)
        os.kill(server.pid, signal.SIGUSR1)


r = s.statuses(base, 600, meanwhile=graceful)
s.ok(
    r == {200: 600}, "600 requests during 2 x graceful restart of Apache: all 200", r, s.log_tail()
)
workers = [c for p in pids for c in s.children(p)]
for p in programs:
    s.ok(s.end(p) == 0, "a master ends in good order on SIGTERM", p.returncode)
s.ok(not any(s.alive(w) for w in workers), "its workers are gone")
s.ok(not os.path.exists(tmp + "/run/events.sock"), "and its socket")
s.end(server)
s.done()
