#!/usr/bin/env python3
"""HTTP/2 to Apache: bodies that tell no length, by plain CGI. (mod_fcgid 2.3.9 loses such bodies
itself: the programs see a length without a body, and answer 400. Browsers tell the length.)"""
import json, os, shutil, subprocess
import servers as s
from smoke import fnv

tmp = s.folder()
shared = tmp + "/shared"
shutil.copytree(tmp + "/www", shared)
for n in s.PROGRAMS:
    shutil.copy(f"{tmp}/bin/{n}.fcgi", shared)
s.fill("htaccess", shared + "/.htaccess")
HOST = (
    'Protocols h2c http/1.1\nDocumentRoot "{0}"\n<Directory "{0}">\n\tRequire all granted\n'
    "\tAllowOverride All\n</Directory>\n"
).format(shared)
CGI = f'ScriptSock "{tmp}/run/cgisock"\n'


def post(base, body, method="POST"):
    """(version, status, body) of a request whose body has no content-length."""
    p = subprocess.run(
        ["curl", "-s", "--max-time", "60", "--http2-prior-knowledge", "-X", method]
        + ["-H", "Content-Type: application/json", "-w", "\\n%{http_version} %{http_code}"]
        + ["-T", "-", base + "/open-api/v1/events?quiet"],
        input=body,
        capture_output=True,
    )
    text, _, end = p.stdout.rpartition(b"\n")
    version, _, status = end.decode().partition(" ")
    return version, status, text


if s.REAL:
    s.skip("HTTP/2", "asks tests/hosting/echo.c")
    s.done()
server, base = s.apache(["cgid", "http2"], lambda port: CGI + HOST)
for n in (0, 2, 70_000, 1 << 20):
    body = os.urandom(n)
    version, status, text = post(base, body)
    try:
        d = json.loads(text)["data"]
    except (KeyError, ValueError):
        d = {}
    s.ok(
        version == "2" and status == "200" and d.get("body") == n and d.get("hash") == fnv(body),
        f"{n} bytes without a length arrive unchanged",
        (version, status, text[:300]),
    )
version, status, text = post(base, b"{}", "PATCH")
s.ok(status == "200" and json.loads(text)["data"]["body"] == 2, "so does PATCH", text)
s.end(server)
s.done()
