#!/usr/bin/env python3
"""The limits of an organization: keys, users and webhooks, however they are created and however
many are created at once."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import PASSWORD, Site, check, finish  # noqa: E402

DASHBOARD = "/dashboard/v1"
MAX = 3
CONF = "org_keys = %d\norg_users = %d\norg_webhooks = %d\nwebhook_allow = 127.0.0.0/8\n" % (
    MAX,
    MAX,
    MAX,
)


def count(site, what):
    return int(site.sql("SELECT COUNT(*) FROM " + what)[0][0])


def at_once(jobs):
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [f.result() for f in [pool.submit(job) for job in jobs]]


def users(site):
    def create(n):
        return lambda: site.command(
            "user",
            "create",
            "--org",
            "test",
            "--email",
            "u%d@test.example" % n,
            "--role",
            "viewer",
            stdin=PASSWORD + "\n",
            check_status=False,
        )

    done = at_once([create(n) for n in range(MAX + 3)])  # the owner is there already
    refused = [p for p in done if p.returncode]
    check(
        "users created at once: %d, and no more" % MAX,
        count(site, "users") == MAX
        and len(refused) == 4
        and all("at most %d users" % MAX in p.stderr for p in refused),
        [(p.returncode, p.stderr) for p in done],
    )


def keys(site):
    session = site.session()

    def by_dashboard(n):
        body = {"name": "d%d" % n, "scopes": ["events:read"]}
        return lambda: site.post("/keys", session, body, mount=DASHBOARD).status

    def by_command(n):
        return lambda: site.command(
            "key",
            "create",
            "--org",
            "test",
            "--name",
            "c%d" % n,
            "--scopes",
            "events:read",
            check_status=False,
        ).returncode

    got = at_once([make(n) for n in range(4) for make in (by_dashboard, by_command)])
    check(
        "keys created at once by dashboard and command: %d, and no more" % MAX,
        count(site, "api_keys") == MAX and sorted(got)[-4:].count(409) + got.count(1) == 8 - MAX,
        got,
    )
    r = site.post("/keys", session, {"name": "x", "scopes": ["events:read"]}, mount=DASHBOARD)
    check(
        "one more: 409 that says the limit and what to do",
        r.status == 409
        and "at most %d valid keys" % MAX in r.error["message"]
        and "revoke" in r.error["message"],
        r,
    )
    rotated = []
    newest = site.sql("SELECT LOWER(HEX(id)) FROM api_keys ORDER BY id LIMIT 1")[0][0]
    newest = "-".join((newest[:8], newest[8:12], newest[12:16], newest[16:20], newest[20:]))
    for _ in range(MAX + 1):
        r = site.post("/keys/%s/rotate" % newest, session, {}, mount=DASHBOARD)
        rotated.append(r.status)
        newest = r.data["id"] if r.status == 201 else newest
    check(
        "a key can be rotated at the limit, but not without end",
        rotated == [201] * MAX + [409] and count(site, "api_keys") == 2 * MAX,
        (rotated, r),
    )
    site.sql("UPDATE api_keys SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE rotated_to IS NULL")
    site.sql("UPDATE api_keys SET revoked_at = NOW(3) WHERE rotated_to IS NOT NULL")
    r = site.post("/keys", session, {"name": "x", "scopes": ["events:read"]}, mount=DASHBOARD)
    check("revoked and expired keys do not count", r.status == 201, r)


def webhooks(site):
    session = site.session()
    got = at_once(
        [
            lambda: site.post(
                "/webhooks",
                session,
                {"url": "http://127.0.0.1:8099/hook", "events": ["order.completed"]},
            ).status
            for _ in range(MAX + 2)
        ]
    )
    check(
        "webhooks created at once: %d, and no more" % MAX,
        sorted(got) == [201] * MAX + [409] * 2
        and count(site, "webhook_endpoints WHERE kind = 'WEBHOOK' AND deleted_at IS NULL") == MAX,
        got,
    )


def main():
    with Site(conf=CONF, workers=3) as site:
        site.user("owner")
        users(site)
        keys(site)
        webhooks(site)
    finish()


if __name__ == "__main__":
    main()
