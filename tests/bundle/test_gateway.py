#!/usr/bin/env python3
"""The PHP gateway: php-cgi under Apache with the shipped .htaccess, and PHP's built-in server. It
must pass everything on as the program said it, and explain in the API's form of errors why it
cannot."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, order_body  # noqa: E402
from harness import SRC, check, finish, wait_for  # noqa: E402
from hosted import SHOWS, Hosted  # noqa: E402
from php_site import PHP_CGI  # noqa: E402

GATEWAY = os.path.join(SRC, "packaging/bundle/gateway.php")


def same(site, what, method, path, key=None, body=None, headers=None, mount="/open-api/v1"):
    """The answer, which has the form that a program gives it: no header of PHP, a length."""
    r = site.request(method, path, key, body, headers, mount)
    check(
        what + ": headers of the program",
        "x-powered-by" not in r.headers
        and r.headers.get("x-request-id", "").startswith("req_")
        and "php" not in json.dumps(r.headers).lower().replace("gateway.php", ""),
        r,
    )
    return r


def requests(site, what):
    key = site.key("events:read,events:write,tickets:write,boxoffice:sell,orders:read")
    c = Buyer(site, key)
    e, (ticket,) = c.on_sale("Through PHP", [5])
    r = c.sell("POST", "/orders", order_body(e, [(ticket, 2)]))
    check(what + ": a sale", r.status == 201, r)
    r = same(site, what + ", GET", "GET", "/events/" + e, key)
    check(what + ": GET", r.status == 200 and r.data["id"] == e, r)
    tag = r.headers["etag"]
    length = r.headers.get("content-length")
    r = same(site, what + ", 304", "GET", "/events/" + e, key, headers={"If-None-Match": tag})
    check(what + ": 304, no body", r.status == 304 and r.raw == b"" and r.headers["etag"] == tag, r)
    r = same(site, what + ", HEAD", "HEAD", "/events/" + e, key)
    check(
        what + ": HEAD has the length of GET and no body",
        r.status == 200 and r.raw == b"" and r.headers.get("content-length") == length,
        (r, length),
    )
    r = same(site, what + ", 401", "GET", "/me")
    check(what + ": 401", r.status == 401 and r.error["code"] == "UNAUTHORIZED", r)
    r = same(site, what, "GET", "/nothing", key)
    check(what + ": 404", r.status == 404 and r.error["code"] == "NOT_FOUND", r)
    text = "ä\u00df\u20ac " * 2000
    r = same(site, what, "PATCH", "/events/" + e, key, {"description": text})
    check(what + ": a body of some kilobytes", r.status == 200 and r.data["description"] == text, r)
    big = json.dumps({"description": "x" * (1 << 20)})
    r = same(site, what, "PATCH", "/events/" + e, key, big)
    check(what + ": a body above 1 MiB: 413", r.status == 413, r)
    r = same(site, what, "GET", "/orders", key, headers={"Accept": "text/csv"})
    check(
        what + ": CSV",
        r.status == 200
        and r.headers["content-type"].startswith("text/csv")
        and r.raw.count(b"\n") >= 2,
        r,
    )
    return e


def cookies(site, what):
    site.user()
    body = {"email": "owner@test.example", "password": "correct horse battery"}
    r = site.request("POST", "/session", None, body, mount="/dashboard/v1")
    sent = {
        "Cookie": "; ".join(r.cookies.values()),
        "X-CSRF-Token": (r.data or {}).get("csrfToken"),
    }
    check(what + ": sign-in sets two cookies", r.status == 201 and len(r.cookies) == 2, r)
    got = site.request("GET", "/session", None, headers=sent, mount="/dashboard/v1")
    check(what + ": the session", got.status == 200, got)
    r = site.request("OPTIONS", "/session", None, mount="/dashboard/v1")
    check(
        what + ": 204, no body and no type",
        r.status == 204
        and r.raw == b""
        and "content-type" not in r.headers
        and "POST" in r.headers.get("allow", ""),
        r,
    )


def headers(site, what):
    """A program that shows what it gets, in the place of ours."""
    site.replace_program(SHOWS)
    sent = {"Authorization": "Basic eDp5", "Proxy": "http://127.0.0.1:1"}
    r = site.request("GET", "/me", headers=sent)
    check(
        what + ": Authorization arrives, Proxy does not; the status and each cookie come back",
        r.status == 202
        and r.raw == b"[Basic eDp5][]"
        and sorted(r.cookies.values()) == ["a=1", "b=2"],
        r,
    )
    r = site.request("GET", "/me")
    check(what + ": without one there is none", r.status == 202 and r.raw == b"[][]", r)


def broken(site, php, what, text):
    """What the gateway answers when the program or PHP is not as it needs them."""
    site.stop_web()
    site.php = php
    site.start_gateway()
    for method in ("GET", "HEAD"):
        r = site.request(method, "/me")
        check(
            "%s: 503 in the API's form (%s)" % (what, method),
            r.status == 503
            and r.headers["content-type"] == "application/json"
            and r.headers["x-request-id"].startswith("req_")
            and (r.raw == b"" if method == "HEAD" else text in r.error.get("hint", "")),
            r,
        )
        if method == "GET":
            check(
                what + ": all members",
                r.error.get("code") == "SERVICE_UNAVAILABLE"
                and r.error.get("details") == []
                and r.json["requestId"] == r.headers["x-request-id"],
                r,
            )


class Php(Hosted):
    def answers(self):
        try:
            return self.request("GET", "/me").status in (401, 503)
        except OSError:
            return False

    def start_gateway(self):
        self.start_web()


def trouble():
    with Php("gateway", php=["php", "-n"]) as site:
        for name in ("proc_open", "stream_select"):
            off = ["php", "-n", "-d", "disable_functions=" + name]
            broken(site, off, name + " disabled", name)
        os.chmod(site.program, 0o644)
        broken(site, ["php", "-n"], "not executable", "mode 0755")
        os.rename(site.program, site.program + ".away")
        broken(site, ["php", "-n"], "the program is missing", "ticketgate.fcgi must lie")
        site.replace_program("#!/bin/sh\nexit 3\n")
        broken(site, ["php", "-n"], "it ends at once", "Retry later")
        check("the log tells the status", wait_for(lambda: "status 3" in site.log()), site.log())
        site.replace_program("#!/bin/sh\nwhile :; do printf '%08192d' 0; done\n")
        broken(site, ["php", "-n"], "it sends no header fields", "Retry later")
        # in private/, where the gateway looks first
        shutil.copy(site.program + ".away", site.home + "/private/ticketgate.fcgi")
        os.chmod(site.home + "/private/ticketgate.fcgi", 0o755)
        os.rename(site.conf, site.home + "/private/ticketgate.conf")
        os.rename(site.home + "/ticketgate.key", site.home + "/private/ticketgate.key")
        site.program = site.home + "/private/ticketgate.fcgi"
        site.conf = site.home + "/private/ticketgate.conf"
        site.env["TG_CONF"] = site.conf
        r = site.get("/me", site.key())
        check("program and configuration in private/", r.status == 200, r)


def main():
    p = subprocess.run(["php", "-l", GATEWAY], capture_output=True, text=True)
    check("gateway.php: syntax", p.returncode == 0, p.stdout + p.stderr)
    with Php("gateway", php=["php", "-n"]) as site:
        requests(site, "PHP's server")
        cookies(site, "PHP's server")
        headers(site, "PHP's server")
    with Php("gateway", modules=("cgid", "actions"), server=PHP_CGI) as site:
        requests(site, "Apache and php-cgi")
        cookies(site, "Apache and php-cgi")
        headers(site, "Apache and php-cgi")
        r = site.request("GET", "/ticketgate.fcgi", mount="")
        check("Apache and php-cgi: the program is not for download", r.status == 403, r.status)
    trouble()
    finish()


if __name__ == "__main__":
    main()
