#!/usr/bin/env python3
"""The health check for load balancers: this node serves requests, and its database accepts
writes."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import is_well_formed_error  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402


def health(site, method="GET"):
    return site.request(method, "/health", mount="/-")


def becomes(site, status):
    r = wait_for(lambda: (lambda a: a if a.status == status else None)(health(site)), 20)
    return r or health(site)


with Site(workers=2) as site:
    r = health(site)
    check("200 without a key", r.status == 200 and r.data == {"status": "ok"}, r)
    check("never kept by a cache", r.headers.get("cache-control") == "no-store", r)
    r = health(site, "POST")
    check("POST: 405 with Allow", r.status == 405 and "GET" in r.headers.get("allow", ""), r)
    check("HEAD as GET", health(site, "HEAD").status == 200)
    check("nothing else is there", site.get("/other", mount="/-").status == 404)

    site.sql("SET GLOBAL read_only = 1", "mysql")
    r = becomes(site, 503)
    check(
        "read-only database: 503 with Retry-After", r.status == 503 and is_well_formed_error(r), r
    )
    site.sql("SET GLOBAL read_only = 0", "mysql")
    check("writable again: 200", becomes(site, 200).status == 200)

    site.mariadb("kill")
    r = becomes(site, 503)
    check("no database: 503 with Retry-After", r.status == 503 and is_well_formed_error(r), r)
    site.mariadb("start")
    check("back again: 200", becomes(site, 200).status == 200)
finish()
