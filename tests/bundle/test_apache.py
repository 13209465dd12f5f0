#!/usr/bin/env python3
"""The bundle on a host with Apache and plain CGI or mod_fcgid, with each shipped .htaccess: a sale,
the pages and their compressed twins, and what must not be served. The host permits no more than
that .htaccess says it needs."""
import gzip
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, order_body  # noqa: E402
from harness import check, finish  # noqa: E402
from hosted import SHOWS, Hosted  # noqa: E402

KINDS = {
    "/": "text/html",
    "/dashboard/": "text/html",
    "/dashboard/app.js": "text/javascript",
    "/dashboard/dashboard.css": "text/css",
    "/icon.svg": "image/svg+xml",
    "/openapi.json": "application/json",
    "/open-api/v1/openapi.json": "application/json",
}
FCGID = 'FcgidIPCDir "{dir}/run/fcgid"\nFcgidProcessTableFile "{dir}/run/fcgid_shm"\n'


def fetch(site, path, method="GET", **headers):
    return site.request(method, path, headers=headers, mount="")


def sale(site, what):
    """An organizer sells a ticket, and reads the order."""
    key = site.key("events:write,tickets:write,boxoffice:sell,orders:read")
    c = Buyer(site, key)
    e, (ticket,) = c.on_sale("Sold by the bundle", [3])
    r = c.sell("POST", "/orders", order_body(e, [(ticket, 2)]))
    check(what + ": a sale", r.status == 201 and r.data["reference"], r)
    got = c.get("/orders/" + r.data["id"])
    check(what + ": the order", got.status == 200 and got.data["id"] == r.data["id"], got)
    r = c.sell("POST", "/orders", order_body(e, [(ticket, 2)]))
    check(what + ": not more than there is", r.status == 409, r)
    r = site.patch("/events/" + e, key, {"name": "Renamed"})
    check(what + ": PATCH", r.status == 200 and r.data["name"] == "Renamed", r)
    r = site.request("DELETE", "/me", key)
    check(what + ": 405 in JSON", r.status == 405 and r.error["code"] == "METHOD_NOT_ALLOWED", r)
    r = site.command("verify")
    check(what + ": verify finds no mismatches", "no mismatches" in r.stdout, r.stdout)


def pages(site, what):
    for path, kind in KINDS.items():
        plain = fetch(site, path)
        packed = fetch(site, path, **{"Accept-Encoding": "gzip"})
        name = {"/": "/index.html", "/dashboard/": "/dashboard/index.html"}.get(path, path)
        with open(site.root + name.replace("/open-api/v1/", "/"), "rb") as f:
            text = f.read()
        with open(site.root + name.replace("/open-api/v1/", "/") + ".gz", "rb") as f:
            twin = f.read()
        check(
            "%s: %s as it lies there" % (what, path),
            plain.status == 200
            and plain.raw == text
            and plain.headers["content-type"].split(";")[0] == kind
            and "content-encoding" not in plain.headers,
            (plain.status, plain.headers),
        )
        check(
            "%s: %s, compressed beforehand" % (what, path),
            packed.status == 200
            and packed.raw == twin
            and gzip.decompress(packed.raw) == text
            and packed.headers["content-type"].split(";")[0] == kind
            and packed.headers["content-encoding"] in ("gzip", "x-gzip")
            and "accept-encoding" in packed.headers.get("vary", "").lower(),
            (packed.status, packed.headers),
        )
        for r in (plain, packed):
            check(
                "%s: %s with the headers of pages" % (what, path),
                "default-src 'none'" in r.headers.get("content-security-policy", "")
                and r.headers.get("cache-control") == "no-cache"
                and "accept-encoding" in r.headers.get("vary", "").lower(),
                r.headers,
            )


def secrets(site, what):
    """Files that a careless user may have put there."""
    for name in ("ticketgate.conf", "dump.sql", "ticketgate.key", "a.log", "x.pem"):
        with open(site.root + "/" + name, "w") as f:
            f.write("secret\n")
    for path in ("ticketgate.conf", "dump.sql", "ticketgate.key", "a.log", "x.pem", ".htaccess"):
        r = fetch(site, "/" + path)
        check(
            "%s: /%s is not served" % (what, path),
            r.status == 403 and b"secret" not in r.raw and b"Rewrite" not in r.raw,
            r,
        )
    os.makedirs(site.root + "/.well-known/acme-challenge", exist_ok=True)
    with open(site.root + "/.well-known/acme-challenge/token", "w") as f:
        f.write("token\n")
    r = fetch(site, "/.well-known/acme-challenge/token")
    check(what + ": certificates can be renewed", r.status == 200 and r.raw == b"token\n", r)
    for path in ("/ticketgate.fcgi", "/ticketgate.fcgi?ticketgate+version"):
        r = fetch(site, path)
        check(
            "%s: %s is a request that no route has" % (what, path),
            r.status == 404 and r.error.get("code") == "NOT_FOUND",
            r,
        )


def authorization(site, what):
    """A program that shows what it gets, in the place of ours."""
    site.replace_program(SHOWS)
    r = fetch(site, "/open-api/v1/me", Authorization="Basic eDp5", Proxy="http://127.0.0.1:1")
    check(
        what + ": the Authorization header arrives, Proxy does not",
        r.status == 202
        and r.raw == b"[Basic eDp5][]"
        and sorted(r.cookies.values()) == ["a=1", "b=2"],
        r,
    )
    r = fetch(site, "/open-api/v1/me")
    check(what + ": without one there is none", r.status == 202 and r.raw == b"[][]", r)


def main():
    for variant, override in (("minimal", "FileInfo"), ("full", "All")):
        with Hosted(variant, override) as site:
            sale(site, variant)
            pages(site, variant)
            secrets(site, variant)
            authorization(site, variant)
    with Hosted("minimal", "FileInfo", ("fcgid",), FCGID) as site:
        sale(site, "minimal, mod_fcgid")
    finish()


if __name__ == "__main__":
    main()
