#!/usr/bin/env python3
"""Plain CGI: conf/htaccess where there is no mod_fcgid, then conf/apache-cgi.conf.in."""
import shutil
import servers as s
from smoke import smoke

tmp = s.folder()
shared = tmp + "/shared"
shutil.copytree(tmp + "/www", shared)
for n in s.PROGRAMS:
    shutil.copy(f"{tmp}/bin/{n}.fcgi", shared)
s.fill("htaccess", shared + "/.htaccess")
CGI = f'ScriptSock "{tmp}/run/cgisock"\n'
HOST = (
    'DocumentRoot "{0}"\n<Directory "{0}">\n\tRequire all granted\n\tAllowOverride All\n'
    "</Directory>\n"
).format(shared)

s.ok(True, "shared hosting")
server, base = s.apache(["cgid"], lambda port: CGI + HOST)
smoke(base, "cgi", shared=True)
r = s.statuses(base, 60, 4)
s.ok(r == {200: 60}, "60 requests, 4 at a time: all 200", r, s.log_tail())
s.end(server)

s.ok(True, "server configuration")
server, base = s.apache(
    ["cgid", "reqtimeout"],
    lambda port: CGI + "Include " + s.fill("apache-cgi.conf.in", tmp + "/site.conf", PORT=port),
)
smoke(base, "cgi")
s.half_requests(base)
s.end(server)
s.done()
