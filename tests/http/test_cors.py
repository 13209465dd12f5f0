#!/usr/bin/env python3
"""Pages of other origins call the public API, and nothing else (CORS): preflight, responses,
errors, and the list of origins."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402

PUBLIC = "/public/v1"
SHOP, OTHER = "https://shop.example", "https://other.example"


def allowed(r):
    return r.headers.get("access-control-allow-origin")


def free_event(site, key):
    ticket = {"name": "Place", "price": 0, "quantity": 50, "published": True}
    body = {"name": "Public", "dateTime": "2031-01-01T20:00:00Z", "type": "FREE"}
    made = site.post("/events", key, dict(body, tickets=[ticket])).data
    site.post("/events/%s/publish" % made["id"], key)
    return made


def preflight(site, path, method, mount=PUBLIC, origin=SHOP):
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if not origin:
        del headers["Origin"]
    headers["Access-Control-Request-Headers"] = "content-type,idempotency-key"
    return site.request("OPTIONS", path, headers=headers, mount=mount)


def any_origin(site, key):
    e = free_event(site, key)
    path = "/events/test/" + e["slug"]
    r = preflight(site, "/holds", "POST")
    check(
        "a preflight allows the method and the headers",
        r.status == 204
        and allowed(r) == "*"
        and "POST" in r.headers["access-control-allow-methods"]
        and {"content-type", "idempotency-key", "if-none-match"}
        <= set(r.headers["access-control-allow-headers"].lower().split(", "))
        and int(r.headers["access-control-max-age"]) >= 600,
        r,
    )
    first = site.get(path, headers={"Origin": SHOP}, mount=PUBLIC)
    again = site.get(path, headers={"Origin": OTHER}, mount=PUBLIC)
    tag = {"If-None-Match": first.headers["etag"], "Origin": SHOP}
    same = site.get(path, headers=tag, mount=PUBLIC)
    hold = {"eventId": e["id"], "items": [{"ticketId": e["tickets"][0]["id"], "quantity": 1}]}
    held = site.post("/holds", None, hold, headers={"Origin": SHOP}, mount=PUBLIC)
    wrong = site.post("/holds", None, {}, headers={"Origin": SHOP}, mount=PUBLIC)
    missing = site.get("/nothing", headers={"Origin": SHOP}, mount=PUBLIC)
    for name, r, status in (
        ("a response", first, 200),
        ("a cached one to another origin", again, 200),
        ("a 304", same, 304),
        ("a hold", held, 201),
        ("an invalid request", wrong, 400),
        ("an unknown route", missing, 404),
    ):
        exposed = r.headers.get("access-control-expose-headers", "").lower().split(", ")
        check(
            "any origin may read %s, without credentials" % name,
            r.status == status
            and allowed(r) == "*"
            and "access-control-allow-credentials" not in r.headers
            and {"etag", "retry-after", "x-request-id"} <= set(exposed),
            r,
        )
    check(
        "without an Origin the same, because shared caches store the response for all",
        allowed(site.get(path, mount=PUBLIC)) == "*",
    )
    for mount, where in (
        ("/open-api/v1", "/events"),
        ("/box-office/v1", "/orders"),
        ("/dashboard/v1", "/session"),
        ("/e", "/test/" + e["slug"]),
    ):
        r = preflight(site, where, "GET", mount)
        got = site.get(where, key, headers={"Origin": SHOP}, mount=mount)
        check("%s has no CORS" % mount, not allowed(r) and not allowed(got), (r, got))


def listed_origins(site, key):
    path = "/events/test/" + free_event(site, key)["slug"]
    for origin, expected in (
        (SHOP, SHOP),
        ("http://localhost:3000", "http://localhost:3000"),
        (OTHER, None),
        (None, None),
        (SHOP + ".evil.example", None),
        ("https://shop.exampl", None),
        ("null", None),
        ("*", None),
    ):
        r = site.get(path, headers={"Origin": origin} if origin else {}, mount=PUBLIC)
        p = preflight(site, "/holds", "POST", origin=origin)
        check(
            "of a list of origins, %s is %s" % (origin, "allowed" if expected else "not"),
            r.status == 200
            and allowed(r) == expected
            and allowed(p) == expected
            and "Origin" in r.headers.get("vary", "").split(", "),
            (r, p),
        )


with Site(workers=1) as site:
    any_origin(site, site.key())
    check("no sanitizer report", not site.sanitizer_reports(), site.sanitizer_reports())
with Site(workers=1, conf="public_origins = %s, http://localhost:3000\n" % SHOP) as site:
    listed_origins(site, site.key())
    for bad in ("shop.example", "https://Shop.example", SHOP + "/", "https://", "*"):
        with open(site.conf) as f:
            text = f.read()
        with open(site.dir + "/bad.conf", "w") as f:
            f.write(text + "\npublic_origins = %s\n" % bad)
        os.chmod(site.dir + "/bad.conf", 0o600)
        p = site.command("--conf", site.dir + "/bad.conf", "org", "list", check_status=False)
        check(
            "public_origins = %s is refused" % bad, p.returncode and "public_origins" in p.stderr, p
        )
finish()
