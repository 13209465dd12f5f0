#!/usr/bin/env python3
"""What makes retries and concurrent edits safe: Idempotency-Key (contract section 5), ETag,
If-None-Match, If-Match (section 1)."""
import concurrent.futures
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Db  # noqa: E402
from harness import Site, check, finish  # noqa: E402

EVENT = {"name": "Once", "dateTime": "2030-01-01T00:00:00Z"}


def post(site, key, idem, body=None, path="/events", **more):
    return site.post(
        path, key, EVENT if body is None else body, headers=dict({"Idempotency-Key": idem}, **more)
    )


def count(site):
    return int(site.sql("SELECT COUNT(*) FROM events")[0][0])


def idempotency(site):
    key, before = site.key(), count(site)
    first, second = post(site, key, "a"), post(site, key, "a")
    check(
        "idempotency: the first is done",
        first.status == 201 and "idempotency-replayed" not in first.headers,
        first,
    )
    check(
        "idempotency: the second gets the first answer",
        second.status == 201
        and second.raw == first.raw
        and second.headers.get("idempotency-replayed") == "true"
        and second.headers.get("etag") == first.headers.get("etag"),
        second,
    )
    wordy = [
        post(
            site,
            key,
            "wordy",
            dict(EVENT, foo=1, tickets=[{"name": "A", "price": 1, "quantity": 1, "bar": 2}]),
        )
        for _ in range(2)
    ]
    check(
        "idempotency: with its headers",
        wordy[0].headers["ignored-fields"] == "tickets.0.bar, foo"
        and all(wordy[1].headers.get(h) == wordy[0].headers[h] for h in ("etag", "ignored-fields")),
        wordy,
    )
    before += 1
    check("idempotency: one event was made", count(site) == before + 1)
    check(
        "idempotency: the replay has its own request id",
        second.headers["x-request-id"] != first.headers["x-request-id"],
    )
    check(
        "idempotency: quoted and bare name the same key",
        post(site, key, '"a"').headers.get("idempotency-replayed") == "true",
    )
    r = post(site, key, "a", dict(EVENT, name="Twice"))
    check(
        "idempotency: another body gives 422",
        r.status == 422 and r.error["code"] == "IDEMPOTENCY_MISMATCH",
        r,
    )
    r = post(site, key, "a", path="/events/%s/publish" % first.data["id"])
    check("idempotency: another path gives 422", r.status == 422, r)
    check(
        "idempotency: 422 changed nothing",
        count(site) == before + 1
        and site.get("/events/" + first.data["id"], key).data["status"] == "DRAFT",
    )
    check("idempotency: 422 does not forget the first", post(site, key, "a").raw == first.raw)
    r = post(site, site.key(), "a")
    check(
        "idempotency: another key of the organization has its own",
        r.status == 201 and "idempotency-replayed" not in r.headers and count(site) == before + 2,
        r,
    )

    bad = post(site, key, "b", {"name": 5})
    again = post(site, key, "b", {"name": 5})
    check(
        "idempotency: a 400 is remembered",
        again.status == 400
        and again.headers.get("idempotency-replayed") == "true"
        and again.error == bad.error,
        (bad, again),
    )
    check(
        "idempotency: with the present request id",
        again.json["requestId"] == again.headers["x-request-id"] != bad.json["requestId"],
        again,
    )
    check(
        "idempotency: a mended body under the same key gives 422",
        post(site, key, "b").status == 422,
    )
    path = "/events/%s/unpublish" % first.data["id"]
    refused = post(site, key, "c", {}, path)
    site.post("/events/%s/publish" % first.data["id"], key)
    r = post(site, key, "c", {}, path)
    check(
        "idempotency: a 409 is not remembered, and the retry works when its cause has passed",
        refused.status == 409
        and r.status == 200
        and "idempotency-replayed" not in r.headers
        and post(site, key, "c", {}, path).headers.get("idempotency-replayed") == "true",
        r,
    )
    gone = "/events/01900000-0000-7000-8000-000000000000/publish"
    one, two = post(site, key, "n", {}, gone), post(site, key, "n", {}, gone)
    check(
        "idempotency: a 404 is remembered",
        one.status == 404
        and two.status == 404
        and two.headers.get("idempotency-replayed") == "true",
        two,
    )
    none = [post(site, k, "d", b) for k, b in ((None, EVENT), (site.key("webhooks:manage"), EVENT))]
    r = post(site, key, "d")
    check(
        "idempotency: what failed at the gates is not",
        [x.status for x in none] == [401, 403]
        and r.status == 201
        and "idempotency-replayed" not in r.headers,
        none,
    )

    site.sql(
        "UPDATE idempotency"
        " SET created_at = created_at - INTERVAL 86100 SECOND"
        " WHERE idem_key = 'a'"
    )
    check(
        "idempotency: kept for 24 hours",
        post(site, key, "a").headers.get("idempotency-replayed") == "true",
    )
    site.sql(
        "UPDATE idempotency SET created_at = created_at - INTERVAL 400 SECOND WHERE idem_key = 'a'"
    )
    r = post(site, key, "a", dict(EVENT, name="A day later"))
    check(
        "idempotency: then forgotten",
        r.status == 201
        and "idempotency-replayed" not in r.headers
        and r.data["name"] == "A day later",
        r,
    )
    check(
        "idempotency: and remembered anew",
        post(site, key, "a", dict(EVENT, name="A day later")).raw == r.raw,
    )

    for name, sent in (
        ("a space inside", "a b"),
        ("256 characters", "x" * 256),
        ("quotes around nothing", '""'),
        ("a byte above 0x7f", "caf\xe9"),
        ("a tab inside", "a\tb"),
    ):
        r = post(site, key, sent)
        check(
            "idempotency: %s gives 400" % name,
            r.status == 400 and r.fields == ["Idempotency-Key"],
            r,
        )
    r = post(site, key, "x" * 255)
    check("idempotency: 255 characters are fine", r.status == 201, r)
    body = b'{"name":"Two headers","dateTime":"2030-01-01T00:00:00Z"}'
    for two in (
        ["Idempotency-Key: y", "Idempotency-Key: z"],
        ["Idempotency-Key: y", "Idempotency_Key: z"],
        ["Idempotency_Key: z", "Idempotency-Key: y"],
    ):
        r = site.raw(
            [
                "POST /open-api/v1/events HTTP/1.1",
                "Host: x",
                "Connection: close",
                "api-key: " + key,
                "Content-Type: application/json",
                "Content-Length: %d" % len(body),
            ]
            + two,
            body,
        )
        check(
            "idempotency: %s gives 400" % " and ".join(two),
            r is not None and r.status == 400 and r.fields == ["Idempotency-Key"],
            r,
        )
    r = site.get("/me", key, headers={"Idempotency-Key": "a"})
    check(
        "idempotency: a GET does not care",
        r.status == 200 and "idempotency-replayed" not in r.headers,
        r,
    )


def in_flight(site):
    key = site.key_object()
    hold = subprocess.Popen(
        ["mariadb", "--no-defaults", "-S", site.socket, "-N", "-B", "-n", "ticketgate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    hold.stdin.write(
        "BEGIN; INSERT INTO idempotency (key_id, idem_key, fingerprint, created_at) VALUES (x'%s', "
        "'busy', REPEAT('x', 32), UTC_TIMESTAMP(3)); SELECT 'held';\n" % key["id"].replace("-", "")
    )
    hold.stdin.flush()
    hold.stdout.readline()
    r = post(site, key["key"], "busy")
    check(
        "in flight: 409 with Retry-After",
        r.status == 409
        and r.error["code"] == "CONFLICT"
        and int(r.headers.get("retry-after", 0)) >= 1,
        r,
    )
    r = post(site, key["key"], "other")
    check("in flight: another key is not held up", r.status == 201, r)
    hold.stdin.write("ROLLBACK;\n")
    hold.stdin.close()
    hold.wait()
    r = post(site, key["key"], "busy")
    check(
        "in flight: when the first failed, the second does it",
        r.status == 201 and "idempotency-replayed" not in r.headers,
        r,
    )
    before = count(site)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(site, key["key"], "race"), range(24)))
    done = [r for r in answers if r.status == 201]
    check(
        "in flight: of many at once one is done",
        count(site) == before + 1 and len({r.data["id"] for r in done}) == 1,
        answers[0],
    )
    check(
        "in flight: the rest is replayed or told to wait",
        len([r for r in done if "idempotency-replayed" not in r.headers]) == 1
        and all(
            r.status == 201 or (r.status == 409 and "retry-after" in r.headers) for r in answers
        ),
        [r.status for r in answers],
    )


def locked_elsewhere(site):
    """A row that another transaction has locked delays no request: the server counts no wait."""
    lock, session = Db(site), site.session(site.user(), age=300)
    keys = {name: site.key_object(name=name) for name in ("touched", "claims")}
    site.get("/events", keys["claims"]["key"])  # so that this one is not touched again
    waits = lambda: lock.sql("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'")[0][1]
    lock.sql("START TRANSACTION")
    lock.sql("SELECT id FROM api_keys WHERE name = 'touched' FOR UPDATE", told=False)
    lock.sql("SELECT id FROM sessions FOR UPDATE", told=False)
    lock.sql(
        "INSERT INTO idempotency (key_id, idem_key, fingerprint, created_at)"
        " SELECT id, 'busy', REPEAT('x', 32), UTC_TIMESTAMP(3) FROM api_keys"
        " WHERE name = 'claims'",
        told=False,
    )
    before = waits()
    tried = {
        "a key": (site.get("/events", keys["touched"]["key"]), 200),
        "a session": (site.get("/session", session, mount="/dashboard/v1"), 200),
        "an Idempotency-Key": (post(site, keys["claims"]["key"], "busy"), 409),
    }
    for what, (r, status) in tried.items():
        check("locked elsewhere: %s" % what, r.status == status, r)
    check("locked elsewhere: no request waited", waits() == before, (before, waits()))
    lock.sql("ROLLBACK")
    check(
        "locked elsewhere: the Idempotency-Key can be used afterwards",
        post(site, keys["claims"]["key"], "busy").status == 201,
    )
    lock.close()


def etags(site):
    key = site.key()
    made = site.post("/events", key, EVENT)
    path = "/events/" + made.data["id"]
    got = site.get(path, key)
    tag = got.headers["etag"]
    check(
        "etag: strong, the same for the same bytes",
        re.fullmatch('"[!#-~]+"', tag)
        and made.headers["etag"] == tag
        and site.get("/events/" + made.data["slug"], key).headers["etag"] == tag,
        got,
    )
    for name, sent, status in (
        ("the tag", tag, 304),
        ("weak", "W/" + tag, 304),
        ("compressed by Apache", tag[:-1] + '-gzip"', 304),
        ("compressed and weak, in a list", '"x", W/%s-br"' % tag[:-1], 304),
        ("with another ending", tag[:-1] + 'gzip"', 200),
        ("with digits behind it", tag[:-1] + '-1"', 200),
        ("a list with it", '"x", %s , "y"' % tag, 304),
        ("a list without spaces", '"x",W/%s' % tag, 304),
        ("*", "*", 304),
        ("another", '"x"', 200),
        ("without quotes", tag.strip('"'), 200),
        ("an open quote", tag[:-1], 200),
        ("empty", "", 200),
        ("8 KB of others", ",".join(['"abcdefg"'] * 700), 200),
        ("the tag behind rubbish", "zz, " + tag, 200),
        ("upper case", tag.upper(), 200),
    ):
        r = site.get(path, key, headers={"If-None-Match": sent})
        check(
            "If-None-Match: %s gives %d" % (name, status),
            r.status == status and r.headers.get("etag") == tag and (status == 200) == bool(r.raw),
            r,
        )
    r = site.request("HEAD", path, key, headers={"If-None-Match": tag})
    check("If-None-Match: on HEAD", r.status == 304, r)
    r = site.get(
        "/events/01900000-0000-7000-8000-000000000000", key, headers={"If-None-Match": "*"}
    )
    check("If-None-Match: nothing there is 404", r.status == 404, r)

    for name, sent in (
        ("another", '"x"'),
        ("another one, weak", 'W/"x"'),
        ("without quotes", tag.strip('"')),
        ("an open quote", '"x'),
        ("a list of others", '"x", "y"'),
    ):
        for method, where, body in (
            ("PATCH", path, {"name": "Never"}),
            ("PUT", path, {"name": "Never"}),
            ("DELETE", path, None),
            ("POST", path + "/publish", None),
        ):
            r = site.request(method, where, key, body, headers={"If-Match": sent})
            check(
                "If-Match: %s, %s gives 412" % (name, method),
                r.status == 412 and r.error["code"] == "PRECONDITION_FAILED",
                r,
            )
    check("If-Match: nothing happened", site.get(path, key).raw == got.raw)
    r = site.patch(path, key, {"description": "a"}, headers={"If-Match": tag})
    check("If-Match: the tag", r.status == 200 and r.headers["etag"] != tag, r)
    for name, seen in (
        ("weakened by nginx", lambda tag: "W/" + tag),
        ("suffixed by Apache", lambda tag: tag[:-1] + '-gzip"'),
        ("both, in a list", lambda tag: '"y", W/%s-br"' % tag[:-1]),
    ):
        body = {"description": name}
        for tag, status in ((tag, 412), (r.headers["etag"], 200)):
            r = site.patch(path, key, body, headers={"If-Match": seen(tag)})
            check("If-Match: %s, %s gives %d" % (name, tag, status), r.status == status, (tag, r))
    new, tag = r.headers["etag"], tag
    check(
        "If-Match: only once",
        site.patch(path, key, {"description": "b"}, headers={"If-Match": tag}).status == 412,
    )
    check(
        "If-Match: the new tag in a list",
        site.patch(path, key, {"description": "b"}, headers={"If-Match": '"x", ' + new}).status
        == 200,
    )
    check(
        "If-Match: *",
        site.patch(path, key, {"description": "c"}, headers={"If-Match": "*"}).status == 200,
    )
    check(
        "If-Match: * on nothing is no success",
        site.patch(
            "/events/01900000-0000-7000-8000-000000000000", key, {}, headers={"If-Match": "*"}
        ).status
        in (404, 412),
    )
    tag = site.get(path, key).headers["etag"]
    site.post(path + "/publish", key)
    check(
        "If-Match: an action makes it stale",
        site.patch(path, key, {"description": "d"}, headers={"If-Match": tag}).status == 412,
    )
    tag = site.get(path, key).headers["etag"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda i: site.patch(
                    path, key, {"description": str(i)}, headers={"If-Match": tag}
                ).status,
                range(16),
            )
        )
    check("If-Match: of many at once one wins", sorted(answers) == [200] + [412] * 15, answers)
    tag = site.get(path, key).headers["etag"]
    r = site.patch(path, key, {}, headers={"If-Match": tag})
    check("an empty PATCH changes nothing", r.status == 200 and r.headers["etag"] == tag, r)
    body = b"{}"
    r = site.raw(
        [
            "PATCH /open-api/v1%s HTTP/1.1" % path,
            "Host: x",
            "Connection: close",
            "api-key: " + key,
            "Content-Type: application/json",
            "Content-Length: 2",
            'If-Match: "x"',
            "If-Match: " + tag,
        ],
        body,
    )
    check("If-Match: two headers are one list", r is not None and r.status in (200, 400), r)


def sizes():
    """What is stored under Idempotency-Keys is limited in size and number."""
    with Site(conf="idempotency_keys = 60\n") as site:
        key = site.key()
        tickets = [
            {"name": "T%d" % i, "description": "d" * 2000, "price": 1, "quantity": 1}
            for i in range(60)
        ]
        body = {"name": "Large", "dateTime": "2031-01-01T00:00:00Z", "tickets": tickets}
        one, two = post(site, key, "large", body), post(site, key, "large", body)
        check(
            "idempotency: a large response is not stored, and the retry says what happened",
            one.status == 201
            and two.status == 409
            and "succeeded with status 201" in two.error["message"]
            and site.sql("SELECT COUNT(*) FROM events WHERE name = 'Large'") == [["1"]],
            two,
        )
        bad = {"name": 5, "tickets": [{"x%d" % i: 1} for i in range(100)]}
        refused = [post(site, key, "bad%d" % i, bad) for i in range(3)]
        stored = int(site.sql("SELECT COALESCE(SUM(LENGTH(body)), 0) FROM idempotency")[0][0])
        check(
            "idempotency: neither is a large refusal",
            {r.status for r in refused} == {400} and stored < 3 * 17000,
            (refused[0].status, stored),
        )
        many = [post(site, key, "k%d" % i, {"name": 5}) for i in range(70)]
        last = many[-1]
        check(
            "idempotency: a limited number of keys, then 429 that says why",
            many[0].status == 400
            and last.status == 429
            and "Idempotency-Keys" in last.error["message"]
            and 1 <= int(last.headers["retry-after"]) <= 24 * 60 + 1,
            last,
        )
        check(
            "idempotency: without one the same request is answered",
            site.post("/events", key, {"name": 5}).status == 400,
        )
        check("another key has its own", post(site, site.key(), "k", {"name": 5}).status == 400)


def organization():
    """All API keys and users of an organization share a second limit; other organizations and
    visitors do not."""
    with Site(conf="idempotency_keys = 20\norg_idempotency_keys = 50\n") as site:
        site.org("Other", "other")
        keys = [site.key() for _ in range(4)]
        tried = [[post(site, k, "k%d" % i, {"name": 5}) for i in range(25)] for k in keys[:2]]
        check(
            "idempotency: each key has its own limit",
            [[r.status for r in list_] for list_ in tried] == [[400] * 20 + [429] * 5] * 2,
            [[r.status for r in list_] for list_ in tried],
        )
        third = [post(site, keys[2], "k%d" % i, {"name": 5}) for i in range(15)]
        last = third[-1]
        check(
            "idempotency: all keys of the organization share one",
            [r.status for r in third] == [400] * 10 + [429] * 5
            and "at most 50" in last.error["message"]
            and "org_idempotency_keys" in last.error["hint"]
            and 1 <= int(last.headers["retry-after"]) <= 24 * 60 * 60 // 50 + 1,
            (last, [r.status for r in third]),
        )
        check(
            "idempotency: a new key of the organization gets no more",
            post(site, keys[3], "k", {"name": 5}).status == 429,
        )
        check(
            "idempotency: neither do users",
            post(site, site.session(site.user()), "k", {"name": 5}).status == 429,
        )
        stored = int(site.sql("SELECT COUNT(*) FROM idempotency")[0][0])
        check("idempotency: no more rows than the limit", stored <= 50, stored)
        check(
            "idempotency: another organization has its own",
            post(site, site.key(org="other"), "k", {"name": 5}).status == 400,
        )


with Site() as site:
    idempotency(site)
    in_flight(site)
    locked_elsewhere(site)
    etags(site)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
sizes()
organization()
finish()
