#!/usr/bin/env python3
"""The dashboard's requests with their first, second, third … database call failing: no key without
its allowlist and webhook, no session half begun."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from test_database_calls import Case, run  # noqa: E402
from harness import PASSWORD  # noqa: E402


class Desk(Case):
    """Something done at the dashboard: keys with their allowlist and callback, and sessions."""

    SEEN = (
        "SELECT CONCAT_WS(' ', (SELECT COALESCE(GROUP_CONCAT(IF(revoked_at IS NOT NULL, 'revoked',"
        " IF(rotated_to IS NOT NULL, 'rotated', name)) ORDER BY id), '-') FROM api_keys"
        " WHERE name LIKE 'Desk%'),"
        " (SELECT CONCAT('allowed ', COUNT(*)) FROM api_key_allowlist), (SELECT CONCAT('told ',"
        " COUNT(*)) FROM webhook_endpoints WHERE deleted_at IS NULL),"
        " (SELECT CONCAT('sessions ', COUNT(*)) FROM sessions))"
    )

    def __init__(self, world, name, status, after, call, idem=False):
        Case.__init__(self, world, name, status)
        self.after, self.call, self.idem = after, call, idem

    def setup(self):
        Case.setup(self)
        db = self.w.db
        db.sql("DELETE FROM api_keys WHERE name LIKE 'Desk%'")
        for table in ("endpoints", "secrets", "tallies"):
            db.sql("DELETE FROM webhook_" + table)
        db.sql("DELETE FROM counters WHERE name LIKE 'endpoints:%'")
        db.sql("DELETE FROM sessions")
        self.who = self.w.site.session()
        made = self.ask("POST", "/keys", dict(DESK, name="Desk"))
        assert made.status == 201, made
        self.path = "/keys/" + made.data["id"]
        self.before = db.one(self.SEEN)

    def ask(self, method, path, body=None, who="own"):
        headers = (
            {"Idempotency-Key": self.slug}
            if self.idem and path != "/session" and body and body.get("name") != "Desk"
            else {}
        )
        return self.w.site.request(
            method, path, self.who if who == "own" else who, body, headers, mount="/dashboard/v1"
        )

    def send(self):
        return self.call(self)

    def effect(self):
        seen = self.w.db.one(self.SEEN)
        return 0 if seen == self.before else 1 if seen == self.after else seen

    def again(self):
        return self.send() if self.idem else None


DESK = {
    "scopes": ["events:read"],
    "ipAllowlist": ["127.0.0.1", "::1"],
    "callbackUrl": "https://hooks.example.com/key",
}


def desk(w):
    w.site.user()
    two = "Desk,Desk two allowed 4 told 2 sessions 1"
    return [
        Desk(
            w, "key create", 201, two, lambda d: d.ask("POST", "/keys", dict(DESK, name="Desk two"))
        ),
        Desk(
            w,
            "idem key create",
            201,
            two,
            lambda d: d.ask("POST", "/keys", dict(DESK, name="Desk two")),
            idem=True,
        ),
        Desk(
            w,
            "key change",
            200,
            "Desk new allowed 1 told 0 sessions 1",
            lambda d: d.ask(
                "PATCH",
                d.path,
                {"name": "Desk new", "ipAllowlist": ["10.0.0.0/8"], "callbackUrl": None},
            ),
        ),
        Desk(
            w,
            "key rotate",
            201,
            "rotated,Desk allowed 4 told 1 sessions 1",
            lambda d: d.ask("POST", d.path + "/rotate"),
        ),
        Desk(
            w,
            "key revoke",
            200,
            "revoked allowed 2 told 0 sessions 1",
            lambda d: d.ask("DELETE", d.path),
        ),
        Desk(
            w,
            "sign in",
            201,
            "Desk allowed 2 told 1 sessions 2",
            lambda d: d.ask(
                "POST", "/session", {"email": "owner@test.example", "password": PASSWORD}, None
            ),
        ),
        Desk(
            w,
            "sign out",
            200,
            "Desk allowed 2 told 1 sessions 0",
            lambda d: d.ask("DELETE", "/session"),
        ),
    ]


if __name__ == "__main__":
    run(desk, Desk, ("events", "keys", "dashboard"))
