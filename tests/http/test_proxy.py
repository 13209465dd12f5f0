#!/usr/bin/env python3
"""Visitors behind a CDN or reverse proxy: with trusted_proxies each address has limits of its own;
without, all share those of the proxy, and the doctor says what to set."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402
from public_pages import published_event  # noqa: E402

PROXY = "trusted_proxies = 127.0.0.1, 192.0.2.0/24\n"


def hold(site, e, forwarded):
    """The status of a new hold of a visitor, whose requests the web server gets from 127.0.0.1."""
    body = {"eventId": e["id"], "items": [{"ticketId": e["tickets"][0]["id"], "quantity": 1}]}
    headers = {"X-Forwarded-For": forwarded}
    return site.post("/holds", None, body, headers=headers, mount="/public/v1").status


def addresses(site):
    return int(site.sql("SELECT COUNT(DISTINCT visitor) FROM holds")[0][0])


def repeat_hold(site, times, visitor):
    """As many more holds like the first, of visitors by that expression."""
    columns = [row[0] for row in site.sql("SHOW COLUMNS FROM holds")]
    values = [{"id": "RANDOM_BYTES(16)", "visitor": visitor}.get(c, c) for c in columns]
    site.sql(
        "INSERT INTO holds (%s) SELECT %s FROM (SELECT * FROM holds ORDER BY created_at LIMIT 1) h,"
        " seq_1_to_%d" % (", ".join(columns), ", ".join(values), times)
    )


def doctor(site):
    findings = json.loads(site.command("doctor", "--json", check_status=False).stdout)
    return next(f for f in findings if f["check"] == "visitor addresses")


def untrusted(site, e):
    got = [hold(site, e, a) for a in ("198.51.100.1", "198.51.100.2", "2001:db8::1")]
    check("without trusted_proxies: one limit for all visitors", got == [201, 429, 429], got)
    check("and one address in the database", addresses(site) == 1, addresses(site))
    check("doctor: a single hold says nothing", doctor(site)["state"] == "ok", doctor(site))
    repeat_hold(site, 48, "visitor")
    check("doctor: nor do 49", doctor(site)["state"] == "ok", doctor(site))
    repeat_hold(site, 1, "visitor")
    f = doctor(site)
    check(
        "doctor: 50 of one address are worth a warning, which names trusted_proxies",
        f["state"] == "warn" and "trusted_proxies" in f["fix"] and "50 " in f["message"],
        f,
    )


def trusted(site, e):
    first, second = "198.51.100.1", "198.51.100.2"
    forwarded = [
        first,
        second,
        first + ", 192.0.2.7",  # through two proxies
        second + ":4711",
        "203.0.113.9, " + first,  # what the client itself wrote before
        "2001:db8::1",
        "2001:db8::2",  # the same /64
        "2001:db8:0:1::1",
    ]
    got = [hold(site, e, f) for f in forwarded]
    want = [201, 201, 429, 429, 429, 201, 429, 201]
    check("with trusted_proxies: a limit for each address", got == want, (got, want))
    check("and as many addresses in the database", addresses(site) == 5, addresses(site))
    check("doctor: most are of one address still", doctor(site)["state"] == "warn", doctor(site))
    repeat_hold(site, 20, "RANDOM_BYTES(8)")
    check("doctor: holds of many addresses are fine", doctor(site)["state"] == "ok", doctor(site))


def main():
    with Site(workers=1, conf="public_holds = 1\n") as site:
        e = published_event(site, site.key(), 1000)
        untrusted(site, e)
        site.stop_web()
        with open(site.conf) as f:
            text = f.read()
        with open(site.conf, "w") as f:
            f.write(text.replace("public_holds = 1\n", "public_holds = 1\n" + PROXY, 1))
        site.start_web()
        trusted(site, e)
        check("no sanitizer report", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


main()
