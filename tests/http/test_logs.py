#!/usr/bin/env python3
"""The id of a hold on a public page is its buyer's secret: no log has it, of the programs or of the
web server, whatever is asked with it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish, wait_for  # noqa: E402
from public_pages import published_event  # noqa: E402

PUBLIC = "/public/v1"


def hold(site, e):
    items = [{"ticketId": e["tickets"][0]["id"], "quantity": 1}]
    return site.post("/holds", None, {"eventId": e["id"], "items": items}, mount=PUBLIC).data["id"]


def use(site, key, e, id):
    """Everything that visitors and shops do with a hold, and some mistakes."""
    for method in ("GET", "HEAD", "OPTIONS", "PATCH", "POST"):
        site.request(method, "/holds/" + id, None, mount=PUBLIC)
    for path in ("/holds/%s/", "/holds/%s?x=1", "/holds/%s/extend", "/holds//%s"):
        site.get(path % id, mount=PUBLIC)
    site.get("/holds/" + id.upper(), mount=PUBLIC)
    site.get("/holds/" + id, key, mount="/box-office/v1")
    site.post("/holds/%s/extend" % id, key, mount="/box-office/v1")
    for path in ("/e/test/%s?hold=%s" % (e["slug"], id), "/docs/selling.html?hold=" + id):
        site.get(path, mount="", headers={"Referer": "http://127.0.0.1/?hold=" + id})
    other = hold(site, e)
    site.delete("/holds/" + other, mount=PUBLIC)
    site.delete("/holds/" + other, mount=PUBLIC)
    buyer = {"name": "Ana Ramos", "email": "ana@example.com"}
    sold = site.post("/orders", None, {"holdId": id, "buyer": buyer}, mount=PUBLIC)
    check("a hold is used", sold.status == 201, sold)
    site.get("/holds/" + id, mount=PUBLIC)
    return other


def lines(site):
    folder = site.dir + "/log"
    found = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), errors="replace") as f:
            found += ["%s: %s" % (name, line) for line in f.read().splitlines()]
    return found


def main():
    with Site(workers=1) as site:
        key = site.key()
        e = published_event(site, key)
        id = hold(site, e)
        ids = [id, use(site, key, e, id)]
        site.get("/last-line", mount=PUBLIC)

        def written(program):
            return [x for x in lines(site) if x.startswith(program) and "/last-line" in x]

        # lighttpd writes its log every few seconds
        wait_for(lambda: written("lighttpd-access.log") and written("programs.log"), 30)
        log = lines(site)
        check(
            "both logs have the requests",
            written("lighttpd-access.log")
            and written("programs.log")
            and any(" /holds/{id} " in x for x in log)
            and any('"path":"/public/v1/holds/%s-****-' % id[:8] in x for x in log),
            log[-5:],
        )
        for id in ids:
            # the rest of the id after what may be logged
            found = [x for x in log if id[9:] in x.lower()]
            check("no log has the id of a hold", not found, "\n".join(found))
    finish()


main()
