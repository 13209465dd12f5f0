#!/usr/bin/env python3
"""mod_fcgid: shared hosting (nothing but conf/htaccess and the programs in a folder), then
conf/apache-fcgid.conf.in."""
import os, shutil, signal
import servers as s
from smoke import smoke, ask, is_error, MIB

tmp = s.folder()
shared = tmp + "/shared"
shutil.copytree(tmp + "/www", shared)
for n in s.PROGRAMS:
    shutil.copy(f"{tmp}/bin/{n}.fcgi", shared)
s.fill("htaccess", shared + "/.htaccess")
FCGID = (
    f'FcgidIPCDir "{tmp}/run/fcgid"\nFcgidProcessTableFile "{tmp}/run/fcgid_shm"\n'
    "FcgidMaxProcessesPerClass 4\nFcgidSpawnScoreUpLimit 100\n"
)
HOST = (
    'DocumentRoot "{0}"\n<Directory "{0}">\n\tRequire all granted\n\tAllowOverride All\n'
    "</Directory>\n"
).format(shared)

s.ok(True, "shared hosting")
server, base = s.apache(["fcgid"], lambda port: FCGID + "FcgidMaxRequestLen 4194304\n" + HOST)
smoke(base, "fcgid", shared=True)
r = ask(base, "/.htaccess")
s.ok(r.status in (403, 404), ".htaccess is not shown", r)


def processes():
    """Of our programs: the children of mod_fcgid's manager."""
    return [
        c
        for m in s.children(server.pid)
        for c in s.children(m)
        if "fcgi" in open(f"/proc/{c}/cmdline").read()
    ]


total = {}
for sig in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1):
    gone = processes()
    for p in gone:
        os.kill(p, sig)
    s.poll(
        lambda: not any(s.alive(p) for p in gone)
    )  # what connects to a dying process dies with it: its socket is its own
    for k, v in s.statuses(base, 200, 4).items():
        total[k] = total.get(k, 0) + v
s.ok(
    total == {200: 600},
    "600 requests after SIGTERM, SIGKILL, SIGUSR1 to all waiting programs: all 200",
    total,
    s.log_tail(),
)
# During a graceful restart mod_fcgid's manager itself loses about one request in a thousand (a bare
# libfcgi program shows the same): so it is asked what comes after, not what comes in between. It is
# over when the children of before, the manager among them, are gone.
before = set(s.children(server.pid))
os.kill(server.pid, signal.SIGUSR1)
s.ok(
    before and s.poll(lambda: not before & set(s.children(server.pid)), 60),
    "a graceful restart replaces all children of Apache",
    before,
)
s.poll(lambda: ask(base, "/open-api/v1/me", seconds=3).status == 200, 20)
r = s.statuses(base, 300, 4)
s.ok(r == {200: 300}, "300 requests after a graceful restart of Apache: all 200", r, s.log_tail())
shutil.copy(shared + "/events.fcgi", shared + "/new")
os.rename(shared + "/new", shared + "/events.fcgi")
want = os.stat(shared + "/events.fcgi").st_ino
s.ok(
    s.poll(
        lambda: ask(base, "/open-api/v1/events/x?quiet").status in (200, 404)
        and any(os.stat(f"/proc/{c}/exe").st_ino == want for c in processes())
    ),
    "a program replaced by mv is taken up by the next request",
)
s.end(server)

server, base = s.apache(["fcgid"], lambda port: FCGID + HOST)
r = ask(
    base, "/open-api/v1/events", "POST", b"x" * (MIB // 2), {"Content-Type": "application/json"}
)
s.ok(is_error(r, 500, 413), "mod_fcgid's own limit of 128 KiB: its 500 in JSON", r)
s.end(server)

s.ok(True, "server configuration")
server, base = s.apache(
    ["fcgid", "reqtimeout"],
    lambda port: FCGID + "Include " + s.fill("apache-fcgid.conf.in", tmp + "/site.conf", PORT=port),
)
smoke(base, "fcgid")
s.half_requests(base)
s.end(server)
s.done()
