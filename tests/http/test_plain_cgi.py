#!/usr/bin/env python3
"""Programs started by plain CGI, one process for each request, when another user has taken the
place of the shared file: limits are counted in a file beside the key file, or nobody signs in."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, Site, check, finish  # noqa: E402

TRIES = 5


def cgi(site, program, method, path, body="", **env):
    """(status, body) of one request."""
    p = subprocess.run(
        [os.path.join(BUILD, "fcgi", program + ".fcgi")],
        input=body.encode(),
        capture_output=True,
        env={
            "GATEWAY_INTERFACE": "CGI/1.1",
            "TG_CONF": site.conf,
            "REQUEST_METHOD": method,
            "REQUEST_URI": path,
            "REMOTE_ADDR": "203.0.113.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body.encode())),
            **env,
        },
        timeout=60,
    )
    head, _, rest = p.stdout.partition(b"\r\n\r\n")
    return int(head.split()[1]), rest.decode()


def sign_in(site):
    return cgi(site, "dashboard", "POST", "/dashboard/v1/session", '{"email": 5}')


def finding(site):
    out = json.loads(site.command("doctor", "--json", check_status=False).stdout)
    return next(f for f in out if f["check"] == "shared memory")


def main():
    with Site(conf="signin_address = %d\n" % TRIES) as site:
        key = site.key()
        site.stop_web()
        shared, beside = site.dir + "/shm", site.dir + "/ticketgate.key.shm"
        os.path.exists(shared) and os.unlink(shared)
        os.mkdir(shared)  # what the programs cannot use, as a file of another user
        got = [sign_in(site)[0] for _ in range(TRIES + 2)]
        check(
            "another's file: limits are counted beside the key file",
            got == [400] * TRIES + [429] * 2 and os.stat(beside).st_mode & 0o777 == 0o600,
            got,
        )
        f = finding(site)
        check("doctor says so", f["state"] == "warn" and beside in f["message"], f)
        os.unlink(beside)
        os.mkdir(beside)
        got = sign_in(site)
        check(
            "without that file nobody signs in",
            got[0] == 503 and "ticketgate doctor" in got[1],
            got,
        )
        got = cgi(site, "public", "POST", "/public/v1/holds", "{}")
        check("and nobody reserves tickets without a key", got[0] == 503, got)
        got = cgi(site, "keys", "GET", "/open-api/v1/me", HTTP_API_KEY=key)
        check("what needs a key works", got[0] == 200, got)
        f = finding(site)
        check("doctor fails", f["state"] == "fail" and "sign in" in f["fix"], f)
        os.rmdir(shared)
        os.rmdir(beside)
        got = sign_in(site)[0], finding(site)["state"]
        check("all is well again", got == (400, "ok"), got)
    finish()


if __name__ == "__main__":
    main()
