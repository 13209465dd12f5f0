#!/usr/bin/env python3
"""mod_fcgid: shared hosting (nothing but conf/htaccess and the programs in a folder), then conf/apache-fcgid.conf.in."""
import os, shutil, signal
import servers as s
from smoke import smoke, ask, is_error, MIB

tmp = s.folder()
shared = tmp + "/shared"
shutil.copytree(tmp + "/www", shared)
for n in s.PROGRAMS:
    shutil.copy(f"{tmp}/bin/{n}.fcgi", shared)
s.fill("htaccess", shared + "/.htaccess")
FCGID = f'FcgidIPCDir "{tmp}/run/fcgid"\nFcgidProcessTableFile "{tmp}/run/fcgid_shm"\nFcgidMaxProcessesPerClass 4\nFcgidSpawnScoreUpLimit 100\n'
HOST = 'DocumentRoot "{0}"\n<Directory "{0}">\n\tRequire all granted\n\tAllowOverride All\n</Directory>\n'.format(shared)

s.ok(True, "shared hosting")
server, base = s.apache(["fcgid"], lambda port: FCGID + "FcgidMaxRequestLen 4194304\n" + HOST)
smoke(base, "fcgid", shared=True)
r = ask(base, "/.htaccess")
s.ok(r.status in (403, 404), ".htaccess is not shown", r)


def kill(at):
    for share in (0.2, 0.5, 0.8):
        at(share)
        os.kill(server.pid, signal.SIGUSR1)


r = s.statuses(base, 600, 4, meanwhile=kill)
s.ok(r == {200: 600}, "600 requests during 3 x graceful restart of Apache: all 200", r, s.log_tail())
s.end(server)

server, base = s.apache(["fcgid"], lambda port: FCGID + HOST)
r = ask(base, "/open-api/v1/events", "POST", b"x" * (MIB // 2), {"Content-Type": "application/json"})
s.ok(is_error(r, 500, 413), "mod_fcgid's own limit of 128 KiB: its 500 in JSON", r)
s.end(server)

s.ok(True, "server configuration")
server, base = s.apache(["fcgid"], lambda port: FCGID + "Include " + s.fill("apache-fcgid.conf.in", tmp + "/site.conf", PORT=port))
smoke(base, "fcgid")
s.end(server)
s.done()
