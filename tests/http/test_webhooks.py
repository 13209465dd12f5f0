#!/usr/bin/env python3
"""Webhooks (contract section 9) from the API's side: endpoints and their secrets, the callbackUrl
of keys and events, history, redelivery, recovery, tests."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Client, run_concurrently  # noqa: E402
from harness import BUILD, Site, check, finish, free_port, wait_for  # noqa: E402
from model_fields import iso  # noqa: E402

HOOK = {"url": "https://hooks.example.com/in", "events": ["order.completed"]}
EVENT = {"name": "Told", "dateTime": "2030-01-01T00:00:00Z"}
SECRET = r"whsec_[A-Za-z0-9+/]{43}="
ALL = [
    "order.completed",
    "order.refunded",
    "event.sold_out",
    "ticket.inventory_low",
    "ticket.checked_in",
]
seen = []  # every secret that was ever shown


def secret_of(r, name="secret"):
    """The secret an answer shows; remembered, to be looked for where it must not be."""
    text = ((r.data if hasattr(r, "data") else r) or {}).get(name)
    if text:
        seen.append(text)
    return text


def raw(text):
    return "x'%s'" % text.replace("-", "")


class Hooks:
    """One organization's webhooks, and rows as a sender would have left them."""

    def __init__(self, site, slug="test"):
        self.site, self.key, self.n = site, site.key(org=slug), 0
        self.org = site.sql("SELECT HEX(id) FROM organizations WHERE slug = '%s'" % slug)[0][0]

    def make(self, **more):
        r = self.site.post("/webhooks", self.key, dict(HOOK, **more))
        secret_of(r)
        return r.data["id"]

    def post(self, path, body=None, **more):
        r = self.site.post(path, self.key, body, **more)
        if r.status < 300 and isinstance(r.data, dict):
            secret_of(r)
        return r

    def get(self, path, **more):
        return self.site.get(path, self.key, **more)

    def patch(self, path, body, **more):
        return self.site.patch(path, self.key, body, **more)

    def notice(self, ago="1 HOUR", kind="order.completed", event=None, pending="NULL"):
        """A row of the outbox, `ago`; its id."""
        self.n += 1
        id_ = self.site.sql(
            "SELECT CONCAT(LPAD(HEX(CAST(UNIX_TIMESTAMP(NOW(3) - INTERVAL %s) * 1000 AS UNSIGNED)),"
            " 12, '0'), '70008', LPAD(HEX(%d), 15, '0'))" % (ago, self.n)
        )[0][0].lower()
        self.site.sql(
            "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at, pending)"
            " VALUES (x'%s', x'%s', %s, '%s', x'%s', '{\"id\":\"evt_%s\"}', NOW(3) - INTERVAL %s,"
            " %s)"
            % (id_, self.org, raw(event) if event else "x'%s'" % id_, kind, id_, id_, ago, pending)
        )
        return id_

    def delivery(self, hook, status, notice=None, kind="order.completed", **more):
        """A delivery of a notice, with its tally; its id as the API shows it."""
        notice = notice or self.notice(kind=kind)
        row = dict(
            id="x'%s'" % notice,
            org_id="x'%s'" % self.org,
            endpoint_id=raw(hook),
            outbox_id="x'%s'" % notice,
            event="'%s'" % kind,
            status="'%s'" % status,
            attempts="3",
            tries="3",
            due_at="NOW(3) + INTERVAL 1 MINUTE" if status == "PENDING" else "NULL",
            completed_at="NULL" if status == "PENDING" else "NOW(3)",
            created_at="NOW(3) - INTERVAL 1 HOUR",
        )
        row.update(more)
        self.site.sql(
            "INSERT INTO webhook_deliveries (%s) VALUES (%s)"
            % (", ".join(row), ", ".join(row.values()))
        )
        if row["outbox_id"] == "NULL":
            self.site.sql("DELETE FROM outbox WHERE id = x'%s'" % notice)
        self.site.sql(
            "UPDATE webhook_tallies SET %s = %s + 1 WHERE endpoint_id = %s"
            % (status.lower(), status.lower(), raw(hook))
        )
        return re.sub("^(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", notice)

    def status(self, delivery):
        return self.site.sql("SELECT status FROM webhook_deliveries WHERE id = %s" % raw(delivery))[
            0
        ][0]

    def tally(self, hook):
        """What is stored, after a look whether it is what there is."""
        stored = self.site.sql(
            "SELECT pending, delivered, failed, cancelled"
            " FROM webhook_tallies"
            " WHERE endpoint_id = %s" % raw(hook)
        )[0]
        counted = self.site.sql(
            "SELECT COUNT(CASE status WHEN 'PENDING' THEN 1 END),"
            " COUNT(CASE status WHEN 'DELIVERED' THEN 1 END),"
            " COUNT(CASE status WHEN 'FAILED' THEN 1 END),"
            " COUNT(CASE status WHEN 'CANCELLED' THEN 1 END)"
            " FROM webhook_deliveries"
            " WHERE endpoint_id = %s" % raw(hook)
        )[0]
        if stored != counted:
            check("the tally of %s equals its rows" % hook, False, (stored, counted))
        return [int(n) for n in stored]


def endpoints(site):
    h = Hooks(site)
    r = h.post(
        "/webhooks",
        dict(
            HOOK,
            events=["event.sold_out", "order.completed", "event.sold_out"],
            description="Books",
        ),
    )
    w = r.data
    check(
        "create: 201 and everything the contract names",
        r.status == 201
        and sorted(w)
        == sorted(
            [
                "id",
                "url",
                "events",
                "description",
                "isActive",
                "status",
                "disabledReason",
                "disabledAt",
                "consecutiveFailures",
                "lastDeliveryAt",
                "source",
                "sourceId",
                "createdAt",
                "updatedAt",
                "secret",
            ]
        ),
        r,
    )
    check(
        "create: active, and what was sent, each event once",
        (w["isActive"], w["status"], w["events"], w["description"], w["source"], w["sourceId"])
        == (True, "ACTIVE", ["order.completed", "event.sold_out"], "Books", "WEBHOOK", None),
        w,
    )
    check(
        "create: the secret is whsec_ and base64 of 32 bytes",
        re.fullmatch(SECRET, w["secret"]) and len(base64.b64decode(w["secret"][6:])) == 32,
        w,
    )
    other = h.post("/webhooks", HOOK)
    check("create: no two secrets are the same", other.data["secret"] != w["secret"])
    path = "/webhooks/" + w["id"]
    shown = [h.get(path), h.patch(path, {"description": "Accounts"}), h.get("/webhooks")]
    check(
        "the secret is never shown again",
        all(
            s.status == 200 and "whsec_" not in s.raw.decode() and "secret" not in s.raw.decode()
            for s in shown
        ),
        shown,
    )
    check(
        "patch: changes what is sent",
        shown[1].data["description"] == "Accounts" and shown[1].data["events"] == w["events"],
        shown[1],
    )
    check(
        "list: total and order of making",
        [x["id"] for x in shown[2].data] == [w["id"], other.data["id"]]
        and shown[2].json["meta"]["total"] == 2,
        shown[2],
    )
    r = h.patch(
        path,
        {
            "url": "http://hooks.example.com:8080/x",
            "events": ["ticket.inventory_low"],
            "description": None,
        },
    )
    check(
        "patch: url, events, description",
        (r.data["url"], r.data["events"], r.data["description"])
        == ("http://hooks.example.com:8080/x", ["ticket.inventory_low"], None),
        r,
    )
    check(
        "patch: a stale If-Match gives 412",
        h.patch(path, {"description": "x"}, headers={"If-Match": '"v1.0"'}).status == 412,
    )
    for url in (
        "ftp://hooks.example.com/",
        "https://me:pw@hooks.example.com/",
        "https://hooks.example.com/#x",
        "https://",
        "hooks.example.com",
        "https://hööks.example.com/",
    ):
        r = h.post("/webhooks", dict(HOOK, url=url))
        check("create: the url %s is refused" % url, r.status == 400 and r.fields == ["url"], r)
    inactive = h.post("/webhooks", dict(HOOK, isActive=False))
    check(
        "create: may be made disabled",
        inactive.data["status"] == "DISABLED"
        and inactive.data["disabledReason"]
        and inactive.data["disabledAt"],
        inactive,
    )
    r = site.delete("/webhooks/" + inactive.data["id"], h.key)
    check(
        "delete: gone",
        r.data == {"id": inactive.data["id"], "deleted": True}
        and h.get("/webhooks/" + inactive.data["id"]).status == 404,
        r,
    )
    check(
        "delete: counted, and its secret is no more",
        h.get("/webhooks").json["meta"]["total"] == 2
        and site.sql(
            "SELECT COUNT(*) FROM webhook_secrets WHERE endpoint_id = %s" % raw(inactive.data["id"])
        )
        == [["0"]],
    )
    check(
        "delete: twice gives 404",
        site.delete("/webhooks/" + inactive.data["id"], h.key).status == 404,
    )
    actions = [
        row[0]
        for row in site.sql(
            "SELECT action FROM audit WHERE resource_id IN (%s, %s) ORDER BY id"
            % (raw(w["id"]), raw(inactive.data["id"]))
        )
    ]
    check(
        "every change leaves its audit row",
        actions
        == [
            "webhook.create",
            "webhook.update",
            "webhook.update",
            "webhook.create",
            "webhook.delete",
        ],
        actions,
    )


def limit(site):
    site.org("Many", "many")
    key = site.key(org="many")
    for i in range(3):
        site.post("/events", key, dict(EVENT, callbackUrl="https://hooks.example.com/%d" % i))
    results = run_concurrently(
        [Client(site, key) for _ in range(30)],
        lambda c, i: c.post("/webhooks", dict(HOOK, description=str(i))),
    )
    states = sorted(getattr(r, "status", str(r)) for r in results)
    for r in results:
        secret_of(r)
    check("limit: of 30 at once exactly 20 are made", states == [201] * 20 + [409] * 10, states)
    r = site.get("/webhooks?take=100", key)
    check(
        "limit: callbackUrls are listed, and do not count",
        len(r.data) == 23 and r.json["meta"]["total"] == 23,
        r.json["meta"],
    )
    for source, n in (("WEBHOOK", 20), ("EVENT", 3), ("API_KEY", 0)):
        r = site.get("/webhooks?take=100&source=" + source, key)
        check(
            "list: source %s" % source,
            len(r.data) == n
            and r.json["meta"]["total"] == n
            and {x["source"] for x in r.data} <= {source},
            r.json["meta"],
        )
    refused = next(r for r in results if r.status == 409)
    check(
        "limit: 409 says so",
        refused.error["code"] == "CONFLICT" and "20" in refused.error["message"],
        refused,
    )
    site.delete("/webhooks/" + next(r for r in results if r.status == 201).data["id"], key)
    again = [site.post("/webhooks", key, HOOK) for _ in range(2)]
    secret_of(again[0])
    check("limit: one deleted makes room for one", [r.status for r in again] == [201, 409], again)
    walked, cursor = [], ""
    while cursor is not None:
        page = site.get("/webhooks?take=7" + cursor, key)
        walked += [x["id"] for x in page.data]
        cursor = (
            "&cursor=" + page.json["meta"]["nextCursor"]
            if page.json["meta"]["nextCursor"]
            else None
        )
    check("list: a walk by cursor visits each once", len(walked) == 23 == len(set(walked)), walked)


def alive(site, hook):
    """(seconds to live or None for the current one) of a webhook's secrets, the current one
    first."""
    return [
        None if s == "NULL" else int(s)
        for (s,) in site.sql(
            "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), expires_at)"
            " FROM webhook_secrets"
            " WHERE endpoint_id = %s"
            " ORDER BY expires_at IS NOT NULL, expires_at" % raw(hook)
        )
    ]


def rotation(site):
    h = Hooks(site)
    first = h.post("/webhooks", HOOK)
    hook, path = first.data["id"], "/webhooks/%s/rotate-secret" % first.data["id"]
    r = h.post(path)
    check(
        "rotate: another secret, with the webhook, 200",
        r.status == 200
        and re.fullmatch(SECRET, r.data["secret"])
        and r.data["secret"] != first.data["secret"]
        and r.data["id"] == hook,
        r,
    )
    left = alive(site, hook)
    check(
        "rotate: the old one signs along for a day",
        left[0] is None and len(left) == 2 and 86390 <= left[1] <= 86400,
        left,
    )
    for seconds in (-1, 7 * 86400 + 1, "x", 1.5):
        check(
            "rotate: overlapSeconds %s gives 400" % seconds,
            h.post(path, {"overlapSeconds": seconds}).fields == ["overlapSeconds"],
        )
    h.post(path, {"overlapSeconds": 7 * 86400})
    h.post(path, {"overlapSeconds": 0})
    left = alive(site, hook)
    check(
        "rotate: seven days, and none",
        len(left) == 3 and left[0] is None and left[2] > 7 * 86400 - 20,
        left,
    )
    states = [h.post(path, {"overlapSeconds": 3600}).status for _ in range(9)]
    check(
        "rotate: ten old secrets may be alive, then 409",
        states == [200] * 8 + [409] and len(alive(site, hook)) == 11,
        (states, alive(site, hook)),
    )
    check(
        "rotate: not when the old one ends at once",
        h.post(path, {"overlapSeconds": 0}).status == 200 and len(alive(site, hook)) == 11,
    )
    site.sql(
        "UPDATE webhook_secrets"
        " SET expires_at = UTC_TIMESTAMP() - INTERVAL 1 SECOND"
        " WHERE endpoint_id = %s AND expires_at IS NOT NULL" % raw(hook)
    )
    check(
        "rotate: those that have ended make room",
        h.post(path).status == 200 and len(alive(site, hook)) == 2,
    )
    etag = h.get("/webhooks/" + hook).headers["etag"]
    check(
        "rotate: counts as a change",
        h.post(path, headers={"If-Match": first.headers["etag"]}).status == 412
        and h.post(path, headers={"If-Match": etag}).status == 200,
    )
    one, two = (h.post(path, headers={"Idempotency-Key": "turn"}) for _ in range(2))
    check(
        "rotate: a retry gets the same secret and makes none",
        one.raw == two.raw
        and two.headers.get("idempotency-replayed") == "true"
        and len(alive(site, hook)) == 4,
        (one, two),
    )
    one, two = (h.post("/webhooks", HOOK, headers={"Idempotency-Key": "make"}) for _ in range(2))
    check(
        "create: a retry gets the same webhook and secret",
        one.status == two.status == 201 and one.raw == two.raw,
        (one, two),
    )
    site.sql(
        "UPDATE idempotency"
        " SET body = CONCAT(LEFT(body, 20), CHAR(255 - ORD(SUBSTRING(body, 21, 1))),"
        " SUBSTRING(body, 22))"
        " WHERE idem_key = 'make'"
    )
    r = h.post("/webhooks", HOOK, headers={"Idempotency-Key": "make"})
    check(
        "a stored answer that was changed is not given out",
        r.status == 500 and b"whsec_" not in r.raw,
        r,
    )


def disabling(site):
    h = Hooks(site)
    hook = h.make()
    path = "/webhooks/" + hook
    waiting, done = h.delivery(hook, "PENDING"), h.delivery(hook, "DELIVERED")
    flying = h.delivery(hook, "PENDING", lease="x'%s'" % ("ab" * 16))
    stale = h.delivery(
        hook, "PENDING", lease="x'%s'" % ("ab" * 16), due_at="NOW(3) - INTERVAL 1 SECOND"
    )
    site.sql(
        "UPDATE webhook_endpoints"
        " SET consecutive_failures = 7, not_before = NOW(3) + INTERVAL 1 HOUR"
        " WHERE id = %s" % raw(hook)
    )
    check(
        "an edit leaves the count of failures",
        h.patch(path, {"description": "x", "isActive": True}).data["consecutiveFailures"] == 7,
    )
    r = h.patch(path, {"isActive": False})
    check(
        "isActive false: disabled, with reason and time",
        (r.data["status"], r.data["isActive"]) == ("DISABLED", False)
        and r.data["disabledReason"]
        and r.data["disabledAt"],
        r,
    )
    check(
        "isActive false: what waits is cancelled, what a sender has in hand is not",
        [h.status(d) for d in (waiting, stale, flying, done)]
        == ["CANCELLED", "CANCELLED", "PENDING", "DELIVERED"],
    )
    check("isActive false: tallied", h.tally(hook) == [1, 1, 0, 2], h.tally(hook))
    at = r.data["disabledAt"]
    check(
        "disabled: again changes neither reason nor time",
        h.patch(path, {"isActive": False}).data["disabledAt"] == at,
    )
    r = h.post("%s/deliveries/%s/redeliver" % (path, done))
    check(
        "disabled: redeliver gives 409 and a way out",
        r.status == 409 and "isActive" in r.error["hint"],
        r,
    )
    check(
        "disabled: recover gives 409",
        h.post(path + "/recover", {"since": h.get(path).data["createdAt"]}).status == 409,
    )
    r = h.patch(path, {"isActive": True})
    check(
        "isActive true: enabled, nothing left of it",
        [r.data[k] for k in ("status", "disabledReason", "disabledAt", "consecutiveFailures")]
        == ["ACTIVE", None, None, 0]
        and site.sql("SELECT not_before FROM webhook_endpoints WHERE id = %s" % raw(hook))
        == [["NULL"]],
        r,
    )
    check("isActive true: what was cancelled stays so", h.status(waiting) == "CANCELLED")
    site.sql("DELETE FROM webhook_secrets WHERE endpoint_id = %s" % raw(hook))
    h.patch(path, {"isActive": False})
    r = h.patch(path, {"isActive": True})
    check(
        "without a secret it cannot be enabled",
        r.status == 409 and "ecret" in r.error["message"],
        r,
    )
    h.post(path + "/rotate-secret")
    check("rotating gives it one", h.patch(path, {"isActive": True}).status == 200)


def history(site):
    h, other = Hooks(site), Hooks(site, "other")
    hook = h.make(events=ALL)
    path = "/webhooks/%s/deliveries" % hook
    for i, status in enumerate(
        ["DELIVERED"] * 12 + ["FAILED"] * 5 + ["PENDING"] * 2 + ["CANCELLED"]
    ):
        kind = ALL[i % 4]
        h.delivery(hook, status, h.notice("%d MINUTE" % (200 - i), kind), kind)
    r = h.get(path)
    check(
        "history: newest first, with the total",
        len(r.data) == 10
        and r.json["meta"]["total"] == 20
        and [x["id"] for x in r.data] == sorted((x["id"] for x in r.data), reverse=True),
        r.json["meta"],
    )
    for query, n in (
        ("status=DELIVERED", 12),
        ("status=FAILED", 5),
        ("status=PENDING", 2),
        ("status=CANCELLED", 1),
        ("event=order.completed", 5),
        ("status=FAILED&event=order.refunded", 1),
    ):
        r = h.get("%s?take=100&%s" % (path, query))
        wanted = dict(q.split("=") for q in query.split("&"))
        check(
            "history: " + query,
            len(r.data) == n == r.json["meta"]["total"]
            and all(x[k] == v for x in r.data for k, v in wanted.items()),
            r.json["meta"],
        )
    everything = h.get(path + "?take=100&sort=createdAt").data
    ms = [int(x["id"].replace("-", "")[:12], 16) for x in everything]
    r = h.get("%s?take=100&from=%s&to=%s" % (path, iso(ms[3]), iso(ms[7])))
    check(
        "history: from and to, both included",
        [x["id"] for x in r.data] == [x["id"] for x in everything[3:8]][::-1]
        and r.json["meta"]["total"] == 5,
        r.json["meta"],
    )
    walked, cursor = [], ""
    while cursor is not None:
        page = h.get(path + "?take=6" + cursor)
        walked += [x["id"] for x in page.data]
        cursor = (
            "&cursor=" + page.json["meta"]["nextCursor"]
            if page.json["meta"]["nextCursor"]
            else None
        )
    check(
        "history: a walk by cursor visits each once",
        walked == [x["id"] for x in everything][::-1],
        walked,
    )
    check(
        "history: page 3", [x["id"] for x in h.get(path + "?take=6&page=3").data] == walked[12:18]
    )
    one = h.delivery(hook, "FAILED", last_status="503", last_error="'http_5xx'")
    site.sql(
        "INSERT INTO webhook_attempts (delivery_id, n, org_id, cause, started_at, duration_ms,"
        " http_status, error, response)"
        " VALUES (%s, 1, x'%s', 'AUTOMATIC', NOW(3), 17, 503, 'http_5xx', x'%s'),"
        " (%s, 2, x'%s', 'AUTOMATIC', NOW(3), 10001, NULL, 'timeout', NULL), (%s, 3, x'%s',"
        " 'MANUAL', NOW(3), NULL, NULL, NULL, x'')"
        % (
            raw(one),
            h.org,
            ('a<b>"\n'.encode() + b"\xff\xed\xa0\x80\x00\x1b[2J" + "é".encode() + b"\xc3").hex(),
            raw(one),
            h.org,
            raw(one),
            h.org,
        )
    )
    r = h.get("%s/%s" % (path, one))
    d = r.data
    check(
        "one delivery: its body, exactly",
        d["body"] == '{"id":"%s"}' % d["messageId"]
        and d["messageId"] == "evt_" + one.replace("-", ""),
        d,
    )
    check(
        "one delivery: its attempts",
        [
            (a["number"], a["cause"], a["durationMs"], a["responseStatus"], a["error"])
            for a in d["attempts"]
        ]
        == [
            (1, "AUTOMATIC", 17, 503, "http_5xx"),
            (2, "AUTOMATIC", 10001, None, "timeout"),
            (3, "MANUAL", None, None, None),
        ],
        d["attempts"],
    )
    check(
        "one delivery: a response of any bytes is shown as text",
        d["attempts"][0]["response"] == 'a<b>"\n' + "\ufffd" * 6 + "[2Jé"
        and d["attempts"][1]["response"] is None
        and d["attempts"][2]["response"] == "",
        d["attempts"],
    )
    check(
        "one delivery: the last attempt",
        (d["responseStatus"], d["error"], d["attemptCount"], d["nextAttemptAt"])
        == (503, "http_5xx", 3, None),
        d,
    )
    foreign = other.make()
    strange = other.delivery(foreign, "FAILED")
    for what, p in (
        ("of another webhook", "/webhooks/%s/deliveries/%s" % (h.make(), one)),
        ("of another organization's", "%s/%s" % (path, strange)),
        ("another organization's webhook", "/webhooks/%s/deliveries" % foreign),
    ):
        r = h.get(p)
        check(
            "history: a delivery %s is not found" % what
            if "webhook" not in what[-8:]
            else "history: %s is not found" % what,
            r.status == 404,
            r,
        )
    site.sql("DELETE FROM outbox WHERE id = %s" % raw(one))
    check(
        "one delivery: body is null once it was purged",
        h.get("%s/%s" % (path, one)).data["body"] is None,
    )


def redelivery(site):
    h = Hooks(site)
    hook = h.make()
    path = "/webhooks/%s/deliveries/%%s/redeliver" % hook
    ids = {s: h.delivery(hook, s) for s in ("DELIVERED", "FAILED", "CANCELLED", "PENDING")}
    before = h.get("/webhooks/%s/deliveries/%s" % (hook, ids["FAILED"])).data
    for status in ("DELIVERED", "FAILED", "CANCELLED"):
        r = h.post(path % ids[status])
        check(
            "redeliver: what was %s is on its way, due now" % status,
            r.status == 200
            and (r.data["status"], r.data["id"]) == ("PENDING", ids[status])
            and r.data["nextAttemptAt"]
            and not r.data["completedAt"],
            r,
        )
    row = site.sql(
        "SELECT attempts, tries, manual, due_at <= UTC_TIMESTAMP(3), lease"
        " FROM webhook_deliveries"
        " WHERE id = %s" % raw(ids["FAILED"])
    )[0]
    check(
        "redeliver: all attempts before it, numbered on, by hand",
        row == ["0", "3", "1", "1", "NULL"],
        row,
    )
    after = h.get("/webhooks/%s/deliveries/%s" % (hook, ids["FAILED"])).data
    check(
        "redeliver: same id and bytes",
        all(before[k] == after[k] for k in ("id", "messageId", "body", "createdAt")),
        after,
    )
    check("redeliver: tallied", h.tally(hook) == [4, 0, 0, 0], h.tally(hook))
    r = h.post(path % ids["PENDING"])
    check(
        "redeliver: what is on its way gives 409",
        r.status == 409 and "already queued" in r.error["message"],
        r,
    )
    test = h.delivery(hook, "FAILED", is_test="TRUE", outbox_id="NULL", body="'{}'")
    check("redeliver: a test gives 409", h.post(path % test).status == 409)
    racers = h.delivery(hook, "FAILED")
    states = sorted(
        r.status
        for r in run_concurrently(
            [Client(site, h.key) for _ in range(8)], lambda c, i: c.post(path % racers)
        )
    )
    check(
        "redeliver: of 8 at once one sets it going",
        states == [200] + [409] * 7 and h.tally(hook) == [5, 0, 1, 0],
        (states, h.tally(hook)),
    )
    check(
        "redeliver: leaves its audit row",
        site.sql(
            "SELECT COUNT(*)"
            " FROM audit"
            " WHERE action = 'webhook.delivery.redeliver' AND resource_id = %s" % raw(racers)
        )
        == [["1"]],
    )


def recovery(site):
    site.org("Lost", "lost")
    h = Hooks(site, "lost")
    event = h.post("/events", dict(EVENT, callbackUrl="https://hooks.example.com/event")).data
    own = h.get("/webhooks?source=EVENT").data[0]["id"]
    hook = h.make(events=["order.completed", "order.refunded"])
    path = "/webhooks/%s/recover" % hook
    since = lambda ago: {
        "since": site.sql(
            "SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL %s, '%%Y-%%m-%%dT%%H:%%i:%%sZ')" % ago
        )[0][0]
    }
    missed = [h.notice("2 DAY"), h.notice("3 HOUR", "order.refunded")]
    h.notice("2 DAY", "event.sold_out")
    h.notice("12 DAY")
    h.notice("3 HOUR", pending="1")
    failed, cancelled, done = (h.delivery(hook, s) for s in ("FAILED", "CANCELLED", "DELIVERED"))
    test = h.delivery(hook, "FAILED", is_test="TRUE", outbox_id="NULL", body="'{}'")
    for ago, why in (("-1 HOUR", "in the future"), ("15 DAY", "15 days ago")):
        r = h.post(path, since(ago))
        check("recover: since %s gives 400" % why, r.status == 400 and r.fields == ["since"], r)
    r = h.post(path, since("3 DAY"))
    check(
        "recover: what failed, was cancelled, and was never sent; what it wants and is not waiting",
        r.status == 200 and r.data == {"recovered": 4, "complete": True, "since": None},
        r,
    )
    got = {
        row[0].lower(): row[1:]
        for row in site.sql(
            "SELECT HEX(outbox_id), event, status, attempts,"
            " due_at <= UTC_TIMESTAMP(3) + INTERVAL 6 SECOND"
            " FROM webhook_deliveries"
            " WHERE endpoint_id = %s AND outbox_id IS NOT NULL" % raw(hook)
        )
    }
    check(
        "recover: each is due in the next slot",
        [got.get(m) for m in missed]
        == [["order.completed", "PENDING", "0", "1"], ["order.refunded", "PENDING", "0", "1"]],
        got,
    )
    check(
        "recover: deliveries kept their ids",
        [h.status(d) for d in (failed, cancelled, done, test)]
        == ["PENDING", "PENDING", "DELIVERED", "FAILED"],
    )
    check("recover: tallied", h.tally(hook) == [4, 1, 1, 0], h.tally(hook))
    check("recover: again finds nothing", h.post(path, since("3 DAY")).data["recovered"] == 0)
    check("recover: further back finds more", h.post(path, since("13 DAY")).data["recovered"] == 1)
    mine = h.notice("1 HOUR", "ticket.inventory_low", event=event["id"])
    r = h.post("/webhooks/%s/recover" % own, since("3 DAY"))
    check(
        "recover: an event's callbackUrl gets that event's only",
        r.data["recovered"] == 1
        and site.sql(
            "SELECT LOWER(HEX(outbox_id)) FROM webhook_deliveries WHERE endpoint_id = %s" % raw(own)
        )
        == [[mine]],
        r,
    )
    site.sql(
        "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at, pending)"
        " SELECT UNHEX(CONCAT(LPAD(HEX(CAST(UNIX_TIMESTAMP(NOW(3) - INTERVAL 1 DAY) * 1000 + seq AS"
        " UNSIGNED)), 12, '0'),"
        " '7000800000000', LPAD(HEX(seq), 7, '0'))), x'%s', x'%s', 'order.completed', x'%s', '{}',"
        " NOW(3), NULL FROM seq_1_to_12500" % (h.org, h.org, h.org)
    )
    total, body, calls = 0, since("3 DAY"), 0
    while body["since"] and calls < 10:
        r = h.post(path, body)
        total, body, calls = total + r.data["recovered"], {"since": r.data["since"]}, calls + 1
        check(
            "recover: in bounds",
            r.status == 200
            and r.data["recovered"] <= 10000
            and r.data["complete"] == (r.data["since"] is None),
            r,
        )
    check(
        "recover: what is too much for one request takes several",
        total == 12500 and 1 < calls < 10 and h.tally(hook)[0] == 12505,
        (total, calls, h.tally(hook)),
    )
    slots = [
        (int(n), float(at))
        for n, at in site.sql(
            "SELECT COUNT(*), UNIX_TIMESTAMP(due_at) FROM webhook_deliveries WHERE endpoint_id = %s"
            " AND outbox_id IN (SELECT id FROM outbox WHERE body = '{}') AND due_at IS NOT NULL"
            " GROUP BY due_at ORDER BY due_at" % raw(hook)
        )
    ]
    gaps = [b[1] - a[1] for a, b in zip(slots[-208:], slots[-207:])]
    check(
        "recover: at a pace of 600 a minute, one request's after the other's",
        max(n for n, _ in slots) == 60 and len(slots) >= 209 and min(gaps) > 5.999,
        (slots[:3], slots[-3:], len(slots), min(gaps)),
    )
    again = run_concurrently(
        [Client(site, h.key) for _ in range(4)], lambda c, i: c.post(path, since("13 DAY"))
    )
    check(
        "recover: several at once queue nothing twice",
        all(r.status == 200 and r.data["recovered"] == 0 for r in again),
        again,
    )


def recovery_pace(site):
    """All webhooks of an organization at one host share a pace, however its URL is written; other
    hosts and other organizations do not wait for it."""
    site.org("Paced", "paced")
    site.org("Beside", "beside")
    h, beside = Hooks(site, "paced"), Hooks(site, "beside")
    urls = [
        "https://busy.example.com/a",
        "https://busy.example.com/b",
        "HTTP://Busy.Example.COM/c",
        "https://busy.example.com:8443?of=http://[d]/",
        "https://busy.example.com",
        "https://busy.example.com/f",
    ]
    busy = [h.make(url=u) for u in urls]
    literal = [h.make(url=u) for u in ("https://[2606:4700::1]/", "http://[2606:4700::1]:8080")]
    other = h.make(url="https://busy.example.com.example.net/")
    theirs = beside.make(url=urls[0])
    for _ in range(100):
        h.notice("1 HOUR")
    beside.notice("1 HOUR")
    since = {
        "since": site.sql(
            "SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 2 HOUR, '%Y-%m-%dT%H:%i:%sZ')"
        )[0][0]
    }
    path = "/webhooks/%s/recover"
    results = run_concurrently(
        [Client(site, h.key) for _ in busy], lambda c, i: c.post(path % busy[i], since)
    )
    check(
        "pace: several webhooks of one host recover at once",
        [(r.status, r.status == 200 and r.data["recovered"]) for r in results]
        == [(200, 100)] * len(busy),
        results,
    )

    def slots(hooks):
        return [
            (int(n), float(at))
            for n, at in site.sql(
                "SELECT COUNT(*), UNIX_TIMESTAMP(due_at) FROM webhook_deliveries"
                " WHERE endpoint_id IN (%s) GROUP BY due_at ORDER BY due_at"
                % ", ".join(raw(x) for x in hooks)
            )
        ]

    due = slots(busy)
    check(
        "pace: together they are due at 600 a minute",
        sum(n for n, _ in due) == 600
        and max(n for n, _ in due) <= 60
        and min(b[1] - a[1] for a, b in zip(due, due[1:])) > 5.999,
        due,
    )
    for x in literal:
        h.post(path % x, since)
    gaps = [b[1] - a[1] for a, b in zip(slots(literal), slots(literal)[1:])]
    check("pace: an IPv6 address is one host", len(gaps) == 3 and min(gaps) > 5.999, gaps)
    site.sql(
        "UPDATE webhook_deliveries SET due_at = due_at + INTERVAL 1 DAY"
        " WHERE endpoint_id = %s" % raw(busy[0])
    )
    h.post(path % other, since)
    beside.post(path % theirs, since)
    check(
        "pace: another host and another organization do not wait",
        max(at for _, at in slots([other]) + slots([theirs])) < slots(busy[:1])[0][1],
        (slots([other]), slots([theirs]), due),
    )
    first = slots([theirs])[0][1]
    later = beside.make(url=urls[1])
    beside.post(path % later, since)
    check(
        "pace: a second request does not add to the slot that has begun",
        slots([later])[0][1] > first + 5.999,
        (first, slots([later])),
    )


def callbacks(site):
    h = Hooks(site)
    url = "https://hooks.example.com/party"
    r = h.post("/events", dict(EVENT, callbackUrl=url))
    e = r.data
    check(
        "event: its callbackUrl gets a secret, shown once",
        re.fullmatch(SECRET, secret_of(r, "webhookSecret") or ""),
        r,
    )
    path = "/events/" + e["id"]
    check(
        "event: never again",
        h.get(path).data["webhookSecret"] is None
        and h.patch(path, {"name": "Told again", "callbackUrl": url}).data["webhookSecret"] is None,
    )
    w = [x for x in h.get("/webhooks?take=100").data if x["sourceId"] == e["id"]][0]
    check(
        "event: it is a webhook of the source EVENT that is told everything",
        (w["source"], w["url"], w["events"], w["status"]) == ("EVENT", url, ALL, "ACTIVE"),
        w,
    )
    hook = "/webhooks/" + w["id"]
    for body in ({"url": "https://hooks.example.com/other"}, {"events": ["order.completed"]}):
        r = h.patch(hook, body)
        check(
            "event: %s is changed elsewhere, and 409 says where" % list(body)[0],
            r.status == 409 and "PATCH /events/" + e["id"] in r.error["hint"],
            r,
        )
    check(
        "event: the same url is no change",
        h.patch(hook, {"url": url, "description": "Party"}).data["description"] == "Party",
    )
    r = site.delete(hook, h.key)
    check("event: it cannot be deleted there", r.status == 409 and e["id"] in r.error["hint"], r)
    h.patch(hook, {"isActive": False})
    secret = h.post(hook + "/rotate-secret")
    check(
        "event: its secret is rotated like any",
        re.fullmatch(SECRET, secret.data.get("secret", "")),
        secret,
    )
    r = h.patch(path, {"callbackUrl": url + "/2"})
    w2 = h.get(hook).data
    check(
        "event: another callbackUrl is the same webhook, enabled again, with the secret it had",
        (w2["url"], w2["status"], r.data["webhookSecret"]) == (url + "/2", "ACTIVE", None),
        (r, w2),
    )
    r = h.patch(path, {"callbackUrl": None})
    check("event: none ends it", r.data["callbackUrl"] is None and h.get(hook).status == 404)
    r = h.patch(path, {"callbackUrl": url})
    check(
        "event: one again is another webhook with another secret",
        re.fullmatch(SECRET, secret_of(r, "webhookSecret") or "")
        and h.get("/webhooks?source=EVENT").data[-1]["id"] != w["id"],
        r,
    )
    site.delete(path, h.key)
    check(
        "event: deleted, its webhook is gone",
        not [x for x in h.get("/webhooks?take=100").data if x["sourceId"] == e["id"]],
    )
    r = h.patch("/events/" + h.post("/events", EVENT).data["id"], {"callbackUrl": url})
    check(
        "event: set later, it shows the secret then",
        re.fullmatch(SECRET, secret_of(r, "webhookSecret") or ""),
        r,
    )
    one, two = (
        h.post(
            "/events",
            dict(EVENT, name="Twice", callbackUrl=url),
            headers={"Idempotency-Key": "party"},
        )
        for _ in range(2)
    )
    secret_of(one, "webhookSecret")
    check(
        "event: a retry gets the same secret",
        one.raw == two.raw and one.data["webhookSecret"] is not None,
    )
    refused = h.post("/events", dict(EVENT, callbackUrl=url, slug=one.data["slug"]))
    check(
        "event: refused, it leaves no webhook",
        refused.status == 409
        and len(h.get("/webhooks?take=100&source=EVENT").data)
        == h.get("/webhooks?source=EVENT").json["meta"]["total"],
        refused,
    )


def key_callbacks(site):
    site.org("Keyed", "keyed")
    h = Hooks(site, "keyed")
    k = site.key_object(org="keyed", callback="https://hooks.example.com/key", name="Shop")
    check(
        "key: created with a callback it gets a secret beside it",
        re.fullmatch(SECRET, secret_of(k, "webhookSecret") or ""),
        k,
    )
    w = h.get("/webhooks?source=API_KEY").data
    check(
        "key: it is a webhook of the source API_KEY",
        len(w) == 1
        and (w[0]["sourceId"], w[0]["url"], w[0]["events"])
        == (k["id"], "https://hooks.example.com/key", ALL),
        w,
    )
    hook = "/webhooks/" + w[0]["id"]
    check(
        "key: shown never again",
        "webhookSecret" not in site.command("key", "show", k["id"], "--json").stdout,
    )
    for r in (h.patch(hook, {"url": "https://hooks.example.com/x"}), site.delete(hook, h.key)):
        check(
            "key: neither its url nor itself is changed there",
            r.status == 409 and "API key" in r.error["message"],
            r,
        )
    secrets = alive(site, w[0]["id"])
    new = json.loads(site.command("key", "rotate", k["id"], "--json").stdout)
    w = h.get("/webhooks?source=API_KEY").data
    check(
        "key: the successor takes it over, secret and all",
        len(w) == 1
        and w[0]["sourceId"] == new["id"]
        and "webhookSecret" not in new
        and alive(site, w[0]["id"]) == secrets,
        (w, new),
    )
    site.command("key", "revoke", k["id"])
    check("key: the old one revoked leaves it", h.get(hook).status == 200)
    text = site.command("key", "rotate", new["id"]).stdout
    check(
        "key: rotating says that the secret stays", "with the current signing secret" in text, text
    )
    newest = json.loads(site.command("key", "list", "--org", "keyed", "--json").stdout)[-1]
    site.command("key", "revoke", newest["id"])
    check(
        "key: revoked, its webhook is gone",
        h.get(hook).status == 404 and h.get("/webhooks").json["meta"]["total"] == 0,
    )
    check(
        "key: revoking twice ends it once",
        site.command("key", "revoke", newest["id"]).returncode == 0
        and h.get("/webhooks").json["meta"]["total"] == 0,
    )
    text = site.command(
        "key",
        "create",
        "--org",
        "keyed",
        "--name",
        "Ends",
        "--scopes",
        "events:read",
        "--callback",
        "https://hooks.example.com/e",
        "--expires",
        "2030-01-01T00:00:00Z",
    ).stdout
    shown = re.search(SECRET, text)
    seen.extend(re.findall(SECRET, text))
    check("key: people are shown the secret, too", shown and "shown only once" in text, text)
    site.sql(
        "UPDATE api_keys SET expires_at = UTC_TIMESTAMP() - INTERVAL 1 SECOND WHERE name = 'Ends'"
    )
    site.command("sweep")
    w = h.get("/webhooks").data
    check(
        "key: expired, its webhook is disabled and says why",
        len(w) == 1 and w[0]["status"] == "DISABLED" and "expired" in w[0]["disabledReason"],
        w,
    )


class Receiver(http.server.ThreadingHTTPServer):
    """Answers what `status` and `answer` say, and keeps what it saw."""

    def __init__(self):
        self.status, self.answer, self.seen = 200, b"thanks", []
        self.go_on = threading.Event()  # until it is cleared nobody waits
        self.go_on.set()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        to = self.server
        to.seen.append(
            (
                self.path,
                {k.lower(): v for k, v in self.headers.items()},
                self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
        )
        to.go_on.wait(20)
        self.send_response(to.status)
        if to.status == 302:
            self.send_header("Location", to.url + "elsewhere")
        self.send_header("Content-Length", str(len(to.answer)))
        self.end_headers()
        self.wfile.write(to.answer)

    def log_message(self, *unused):
        pass


def signed(secret, headers, body):
    text = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    return (
        "v1,"
        + base64.b64encode(
            hmac.new(base64.b64decode(secret[6:]), text, hashlib.sha256).digest()
        ).decode()
    )


def described():
    """What a resource always shows, and what it may show, by name."""
    out = {}
    for program in ("events", "orders", "tickets"):
        out.update(
            json.loads(
                subprocess.run(
                    ["%s/fcgi/%s.fcgi" % (BUILD, program), "--describe"],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    check=True,
                ).stdout
            )["resources"]
        )
    return {
        name: (set(schema["required"]), set(schema["properties"])) for name, schema in out.items()
    }


def trials(site):
    h, to, shapes = Hooks(site), Receiver(), described()
    made = h.post("/webhooks", dict(HOOK, url=to.url + "in", events=["order.refunded"]))
    hook, path = made.data["id"], "/webhooks/%s/test" % made.data["id"]
    r = h.post(path)
    where, headers, body = to.seen[-1]
    sent = json.loads(body)
    check(
        "test: without a body it tells of a completed order, and says what came of it",
        r.status == 200
        and where == "/in"
        and r.data
        == dict(
            r.data,
            delivered=True,
            responseStatus=200,
            error=None,
            response="thanks",
            messageId=sent["id"],
        )
        and 0 <= r.data["durationMs"] < 5000,
        r,
    )
    check(
        "test: isTest is true",
        sorted(sent) == ["data", "event", "id", "isTest", "timestamp"]
        and sent["isTest"] is True
        and sent["event"] == "order.completed"
        and re.fullmatch("evt_[0-9a-f]{32}", sent["id"]),
        sent,
    )
    check(
        "test: signed like any",
        headers["webhook-id"] == sent["id"]
        and headers["webhook-signature"] == signed(made.data["secret"], headers, body)
        and headers["webhook-attempt"] == "1"
        and headers["x-tn-signature"]
        == "sha256=" + hmac.new(made.data["secret"].encode(), body, hashlib.sha256).hexdigest(),
        headers,
    )
    d = h.get("/webhooks/%s/deliveries/%s" % (hook, r.data["deliveryId"])).data
    check(
        "test: stands in the history, with its body",
        (
            d["isTest"],
            d["status"],
            d["body"],
            d["messageId"],
            [(a["cause"], a["responseStatus"], a["response"]) for a in d["attempts"]],
        )
        == (True, "DELIVERED", body.decode(), sent["id"], [("TEST", 200, "thanks")]),
        d,
    )
    for kind, shape in zip(ALL, ("order", "order", "event", "ticket", "issuedTicket")):
        r = h.post(path, {"event": kind})
        sent = json.loads(to.seen[-1][2])
        check(
            "test: %s has the shape of the real thing" % kind,
            r.data["delivered"]
            and sent["event"] == kind
            and shapes[shape][0] <= set(sent["data"]) <= shapes[shape][1],
            (shapes[shape][0] ^ set(sent["data"]), sent),
        )
    second = h.post("/webhooks/%s/rotate-secret" % hook).data["secret"]
    h.post(path)
    headers, body = to.seen[-1][1:]
    check(
        "test: after a rotation the new secret signs first, the old one along",
        headers["webhook-signature"]
        == signed(second, headers, body) + " " + signed(made.data["secret"], headers, body),
        headers,
    )
    h.patch("/webhooks/" + hook, {"isActive": False})
    to.status, to.answer = 503, ("é" * 300).encode()
    r = h.post(path)
    check(
        "test: works on a disabled webhook; a failure is told with at most 256 bytes of the answer",
        (r.data["delivered"], r.data["responseStatus"], r.data["error"], r.data["response"])
        == (False, 503, "http_5xx", "é" * 128),
        r,
    )
    to.status = 302
    seen = len(to.seen)
    r = h.post(path)
    check(
        "test: a redirect is a failure and not followed",
        (r.data["responseStatus"], r.data["error"]) == (302, "http_3xx")
        and len(to.seen) == seen + 1,
        r,
    )
    w = h.get("/webhooks/" + hook).data
    check(
        "test: never counts",
        (w["consecutiveFailures"], w["lastDeliveryAt"], w["status"]) == (0, None, "DISABLED"),
        w,
    )
    check("test: tallied", h.tally(hook) == [0, 7, 2, 0], h.tally(hook))
    to.status, to.answer = 200, b""
    one, two = (h.post(path, headers={"Idempotency-Key": "try"}) for _ in range(2))
    check(
        "test: a retry of the request sends nothing",
        one.raw == two.raw
        and two.headers.get("idempotency-replayed") == "true"
        and len(to.seen) == seen + 2,
        (one, two),
    )
    results = [h.post(path) for _ in range(2)]
    limited = results[-1]
    check(
        "test: ten a minute, then 429 with Retry-After",
        [x.status for x in results] == [429, 429]
        and 1 <= int(limited.headers["retry-after"]) <= 7
        and limited.error["code"] == "RATE_LIMITED",
        results,
    )
    other = h.make(url=to.url)
    check(
        "test: another webhook has its own ten",
        h.post("/webhooks/%s/test" % other).data["delivered"],
    )
    check(
        "test: an unknown event gives 400",
        h.post("/webhooks/%s/test" % other, {"event": "order.lost"}).fields == ["event"],
    )
    site.sql(
        "UPDATE webhook_endpoints SET url = 'http://169.254.169.254/latest/' WHERE id = %s"
        % raw(other)
    )
    r = h.post("/webhooks/%s/test" % other)
    check(
        "test: the address is judged when it is called, too, and told nothing of",
        (
            r.status,
            r.data["delivered"],
            r.data["error"],
            r.data["responseStatus"],
            r.data["response"],
        )
        == (200, False, "blocked_address", None, None),
        r,
    )
    site.sql(
        "UPDATE webhook_endpoints SET url = 'http://127.0.0.1:%d/' WHERE id = %s"
        % (free_port(), raw(other))
    )
    check(
        "test: nobody there", h.post("/webhooks/%s/test" % other).data["error"] == "connect_refused"
    )
    site.sql("DELETE FROM webhook_secrets WHERE endpoint_id = %s" % raw(other))
    r = h.post("/webhooks/%s/test" % other)
    check("test: nothing is sent unsigned", r.status == 409 and "ecret" in r.error["message"], r)
    h.post("/webhooks/%s/rotate-secret" % other)
    site.sql(
        "UPDATE webhook_secrets"
        " SET sealed = CONCAT(LEFT(sealed, 30), REVERSE(SUBSTRING(sealed, 31)))"
        " WHERE endpoint_id = %s" % raw(other)
    )
    n = len(to.seen)
    r = h.post("/webhooks/%s/test" % other)
    check(
        "test: a secret that does not open is an error, in the log with what may be wrong",
        r.status == 500 and len(to.seen) == n and "wrong key_file" in site.log(),
        r,
    )
    site.delete("/webhooks/" + other, h.key)
    e = h.post("/events", dict(EVENT, name="Tried", callbackUrl=to.url + "event")).data
    seen_secret = e["webhookSecret"]
    secret_of(e, "webhookSecret")
    own = [
        x["id"] for x in h.get("/webhooks?take=100&source=EVENT").data if x["sourceId"] == e["id"]
    ][0]
    r = h.post("/webhooks/%s/test" % own)
    where, headers, body = to.seen[-1]
    check(
        "test: an event's callbackUrl is tested like any",
        r.data["delivered"]
        and where == "/event"
        and headers["webhook-signature"] == signed(seen_secret, headers, body),
        r,
    )
    to.shutdown()
    to.server_close()


def waiting(site):
    """A receiver takes its time: the database knows nothing of it meanwhile."""
    site.org("Patient", "patient")
    h, to = Hooks(site, "patient"), Receiver()
    hook, got = h.make(url=to.url), []
    path, key = "/webhooks/%s/test" % hook, {"Idempotency-Key": "slow"}

    def ask():
        to.go_on.clear()
        t = threading.Thread(target=lambda: got.append(h.post(path, headers=key)))
        n = len(to.seen)
        t.start()
        check(
            "test: the receiver is asked, and takes its time",
            wait_for(lambda: len(to.seen) > n),
            to.seen,
        )
        return t

    t = ask()
    check(
        "test: no transaction is open meanwhile",
        site.sql("SELECT trx_state, trx_query, trx_rows_locked FROM information_schema.innodb_trx")
        == [],
    )
    same, other = h.post(path, headers=key), h.post(path, {"event": "event.sold_out"}, headers=key)
    check(
        "test: the same request again, meanwhile: 409, and wait",
        [(x.status, x.headers.get("retry-after")) for x in (same, other)] == [(409, "1")] * 2
        and len(to.seen) == 1,
        (same, other),
    )
    check(
        "test: the webhook can be changed meanwhile",
        h.patch("/webhooks/" + hook, {"description": "patient"}).status == 200,
    )
    to.go_on.set()
    t.join()
    again = h.post(path, headers=key)
    check(
        "test: its answer is stored when it is there",
        got[0].status == 200
        and got[0].data["delivered"]
        and again.raw == got[0].raw
        and len(to.seen) == 1
        and h.tally(hook) == [0, 1, 0, 0],
        (got, again, h.tally(hook)),
    )
    other = h.post(path, {"event": "event.sold_out"}, headers=key)
    check("test: another request under its key: 422", other.status == 422, other)
    # whoever asked was killed: the key is claimed, and stays without an answer
    site.sql(
        "UPDATE idempotency"
        " SET status = NULL, headers = NULL, body = NULL,"
        " created_at = UTC_TIMESTAMP(3) - INTERVAL 55 SECOND"
        " WHERE idem_key = 'slow'"
    )
    check(
        "test: nobody answered, for less than a minute: 409",
        h.post(path, headers=key).status == 409 and len(to.seen) == 1,
    )
    site.sql(
        "UPDATE idempotency SET created_at = created_at - INTERVAL 6 SECOND WHERE idem_key = 'slow'"
    )
    once = h.post(path, headers=key)
    check(
        "test: after a minute it is sent anew",
        once.status == 200
        and once.data["deliveryId"] != got[0].data["deliveryId"]
        and len(to.seen) == 2,
        once,
    )
    key["Idempotency-Key"] = "slower"
    t, n = ask(), len(to.seen)
    site.sql("RENAME TABLE webhook_attempts TO elsewhere")
    to.go_on.set()
    t.join()
    site.sql("RENAME TABLE elsewhere TO webhook_attempts")
    once = h.post(path, headers=key)
    check(
        "test: what came of it could not be written: 500, nothing of it stays, "
        "and the next try does it",
        got[1].status == 500
        and once.status == 200
        and len(to.seen) == n + 1
        and "idempotency-replayed" not in once.headers
        and h.tally(hook) == [0, 3, 0, 0],
        (got, once, h.tally(hook)),
    )
    to.shutdown()
    to.server_close()


def flush(site):
    p = subprocess.run(
        [BUILD + "/cron/webhook-flush", "--conf", site.conf, "--once"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    check("the sender ends well", p.returncode == 0, p.stderr)


def end_to_end(site):
    """From a sale to what each receiver got, and back: redelivered, missed, recovered."""
    site.org("Wired", "wired")
    h, to = Hooks(site, "wired"), Receiver()
    ours = h.post("/webhooks", dict(HOOK, url=to.url + "hook")).data
    k = site.key_object(org="wired", callback=to.url + "key", name="Shop")
    e = h.post(
        "/events",
        dict(
            EVENT,
            callbackUrl=to.url + "event",
            tickets=[
                {
                    "name": "One",
                    "price": 100,
                    "quantity": 50,
                    "published": True,
                    "lowInventoryThreshold": 0,
                }
            ],
        ),
    ).data
    secrets = {
        "/hook": ours["secret"],
        "/key": secret_of(k, "webhookSecret"),
        "/event": secret_of(e, "webhookSecret"),
    }
    h.post("/events/%s/publish" % e["id"])
    ids = {
        "/hook": ours["id"],
        **{
            {"API_KEY": "/key", "EVENT": "/event"}[w["source"]]: w["id"]
            for w in h.get("/webhooks").data
            if w["source"] != "WEBHOOK"
        },
    }

    def sell():
        r = h.post(
            "/orders",
            {
                "eventId": e["id"],
                "items": [{"ticketId": e["tickets"][0]["id"], "quantity": 1}],
                "buyer": {"name": "Ana", "email": "ana@example.com"},
            },
            mount="/box-office/v1",
        )
        assert r.status == 201, r
        to.seen.clear()
        flush(site)
        return r.data

    order = sell()
    got = {where: (headers, body) for where, headers, body in to.seen}
    check(
        "a sale: the webhook, the key and the event are told, once each",
        sorted(x[0] for x in to.seen) == ["/event", "/hook", "/key"],
        [x[0] for x in to.seen],
    )
    check(
        "a sale: each is signed with its own secret",
        all(
            headers["webhook-signature"] == signed(secrets[where], headers, body)
            for where, (headers, body) in got.items()
        ),
        got,
    )
    check(
        "a sale: all get the same bytes, with the order as the API shows it",
        len({body for _, body in got.values()}) == 1
        and json.loads(got["/hook"][1])["data"] == order,
        got,
    )
    d = h.get("/webhooks/%s/deliveries" % ours["id"]).data
    check(
        "a sale: it stands in the history",
        len(d) == 1
        and (d[0]["status"], d[0]["responseStatus"], d[0]["messageId"])
        == ("DELIVERED", 200, got["/hook"][0]["webhook-id"])
        and h.get("/webhooks/" + ours["id"]).data["lastDeliveryAt"],
        d,
    )
    to.seen.clear()
    h.post("/webhooks/%s/deliveries/%s/redeliver" % (ours["id"], d[0]["id"]))
    flush(site)
    one = h.get("/webhooks/%s/deliveries/%s" % (ours["id"], d[0]["id"])).data
    check(
        "redelivered: the same id and bytes, a second attempt by hand",
        [(x[0], x[1]["webhook-id"], x[2]) for x in to.seen]
        == [("/hook", d[0]["messageId"], got["/hook"][1])]
        and one["status"] == "DELIVERED"
        and [a["cause"] for a in one["attempts"]] == ["AUTOMATIC", "MANUAL"],
        (to.seen, one),
    )
    h.patch("/webhooks/" + ids["/event"], {"isActive": False})
    secrets["/hook"] = h.post("/webhooks/%s/rotate-secret" % ours["id"]).data["secret"]
    new = json.loads(site.command("key", "rotate", k["id"], "--json").stdout)
    missed = sell()
    got = {where: (headers, body) for where, headers, body in to.seen}
    check(
        "what is disabled is not told; a rotated key is told once",
        sorted(x[0] for x in to.seen) == ["/hook", "/key"] and new["rotatedFrom"] == k["id"],
        [x[0] for x in to.seen],
    )
    check(
        "after a rotation the new secret signs, and the old one along",
        got["/hook"][0]["webhook-signature"].split()
        == [signed(s, *got["/hook"]) for s in (secrets["/hook"], ours["secret"])],
        got,
    )
    h.patch("/webhooks/" + ids["/event"], {"isActive": True})
    r = h.post("/webhooks/%s/recover" % ids["/event"], {"since": order["createdAt"]})
    site.sql(
        "UPDATE webhook_deliveries SET due_at = NOW(3)"
        " WHERE endpoint_id = %s AND due_at IS NOT NULL" % raw(ids["/event"])
    )
    to.seen.clear()
    flush(site)
    check(
        "recovered: what was missed comes, and nothing else",
        r.data["recovered"] == 1
        and [(x[0], json.loads(x[2])["data"]["id"]) for x in to.seen] == [("/event", missed["id"])],
        (r, to.seen),
    )
    site.delete("/webhooks/" + ours["id"], h.key)
    site.command("key", "revoke", new["id"])
    h.patch("/events/" + e["id"], {"callbackUrl": None})
    sell()
    check(
        "deleted, revoked, taken away: nobody is told",
        not to.seen and h.get("/webhooks").json["meta"]["total"] == 0,
        to.seen,
    )
    to.shutdown()
    to.server_close()


def nowhere_in_the_database(site):
    check("some dozen secrets were shown", len(set(seen)) > 40, len(set(seen)))
    tables = [row[0] for row in site.sql("SHOW TABLES")]
    rows = b"".join(
        subprocess.run(
            [
                "mariadb",
                "--no-defaults",
                "-S",
                site.socket,
                "-N",
                "-B",
                "--raw",
                "ticketgate",
                "-e",
                "SELECT * FROM " + t,
            ],
            check=True,
            capture_output=True,
        ).stdout
        for t in tables
    )
    check(
        "the whole database was read",
        len(tables) > 25 and rows.count(b"hooks.example.com") > 20,
        (len(tables), len(rows)),
    )
    found = [
        s
        for s in set(seen)
        if any(
            form in rows
            for form in (
                s[6:].encode(),
                base64.b64decode(s[6:]),
                base64.b64decode(s[6:]).hex().encode(),
                s[6:30].encode().hex().encode(),
            )
        )
    ]
    check("in the database there is none of them", not found, found)
    check("nor anything that looks like one", b"whsec_" not in rows)
    check("nor in a log", "whsec_" not in site.log())
    # long enough that random bytes do not contain it
    stored = site.sql("SELECT COUNT(*), SUM(body LIKE BINARY '%{\"data\":%') FROM idempotency")[0]
    check("stored answers are sealed, all of them", int(stored[0]) > 2 and stored[1] == "0", stored)


def disagreements(site):
    """What verify finds, but for the notices above: nobody bought what they tell."""
    found = json.loads(site.command("verify", "--json", check_status=False).stdout)["found"]
    return {k: v for k, v in found.items() if k not in ("outbox.completed", "outbox.refunded")}


def verified(site):
    check("verify: everything agrees", disagreements(site) == {}, disagreements(site))
    site.sql("UPDATE webhook_tallies SET failed = failed + 1 ORDER BY endpoint_id LIMIT 1")
    site.sql("UPDATE counters SET n = n + 1 WHERE name = 'endpoints:EVENT' LIMIT 1")
    site.sql("UPDATE webhook_deliveries SET due_at = NULL WHERE status = 'PENDING' LIMIT 1")
    org, made = site.sql(
        "SELECT HEX(org_id), UNIX_TIMESTAMP(created_at)"
        " FROM webhook_endpoints"
        " WHERE deleted_at IS NULL"
        " LIMIT 1"
    )[0]
    site.sql(
        "UPDATE webhook_endpoints SET created_at = created_at - INTERVAL 1 DAY WHERE org_id = x'%s'"
        % org
    )
    site.sql(
        "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at)"
        " VALUES (UNHEX(CONCAT(LPAD(HEX(CAST(UNIX_TIMESTAMP(NOW(3) - INTERVAL 2 HOUR) * 1000 AS"
        " UNSIGNED)), 12, '0'),"
        " '70008000000000000001')), x'%s', x'%s', 'event.sold_out', x'%s', '{}',"
        " NOW(3) - INTERVAL 2 HOUR)" % (org, org, org)
    )
    wrong = disagreements(site)
    check(
        "verify: finds what does not",
        wrong
        == {"webhook.tally": 1, "endpoint.counter": 1, "delivery.due": 1, "outbox.pending": 1},
        wrong,
    )


def another_key_file(site):
    shutil.copy(site.dir + "/ticketgate.key", site.dir + "/kept.key")
    with open(site.dir + "/ticketgate.key", "w") as f:
        f.write(os.urandom(32).hex() + "\n")
    p = site.command("doctor", check_status=False)
    line = [x for x in p.stdout.splitlines() if "webhook secrets" in x]
    check(
        "another key file: the doctor says so and what to do",
        p.returncode == 1
        and "FAIL" in line[0]
        and "cannot be decrypted" in line[0]
        and "Restore the key file" in p.stdout,
        line,
    )
    check(
        "another key file: verify finds every secret",
        disagreements(site).get("webhook.secret", 0) > 5,
        disagreements(site),
    )
    os.replace(site.dir + "/kept.key", site.dir + "/ticketgate.key")
    line = [
        x
        for x in site.command("doctor", check_status=False).stdout.splitlines()
        if "webhook secrets" in x
    ]
    check("the right one: the doctor is content", line and line[0].startswith("ok"), line)


with Site(conf="webhook_allow = 127.0.0.0/8\n") as the_site:
    the_site.org("Other", "other")
    for part in (
        end_to_end,  # first: the others leave a great deal to send
        endpoints,
        limit,
        rotation,
        disabling,
        history,
        redelivery,
        recovery,
        recovery_pace,
        callbacks,
        key_callbacks,
        trials,
        waiting,
        nowhere_in_the_database,
        verified,
        another_key_file,
    ):
        part(the_site)
    check(
        "no sanitizer report",
        not the_site.sanitizer_reports(),
        "\n".join(the_site.sanitizer_reports()),
    )
finish()
