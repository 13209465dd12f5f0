#!/usr/bin/env python3
"""Keys (contract section 3) through the real programs: who is let in, from where, until when."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Db  # noqa: E402
from harness import ALL_SCOPES, Site, check, finish, wait_for  # noqa: E402

PROXIES = "trusted_proxies = 127.0.0.1, 10.0.0.0/8, ::1\n"


def raw_get(site, *headers, path="/open-api/v1/me"):
    return site.raw(["GET %s HTTP/1.1" % path, "Host: localhost", "Connection: close", *headers])


def headers(site):
    key, other = site.key(), site.key()
    for name, sent, status in (
        ("api-key once", ["api-key: " + key], 200),
        ("API-KEY", ["API-KEY: " + key], 200),
        ("spaces around the value", ["api-key:  \t" + key + "\t "], 200),
        ("the same key twice", ["api-key: " + key] * 2, 401),
        ("two keys", ["api-key: " + key, "api-key: " + other], 401),
        ("a bad key first", ["api-key: x", "api-key: " + key], 401),
        ("a bad key behind", ["api-key: " + key, "api-key: x"], 401),
        ("an empty header beside it", ["api-key:", "api-key: " + key], None),
        ("api-key and api_key", ["api-key: " + key, "api_key: " + key], 401),
        ("api_key and api-key", ["api_key: " + other, "api-key: " + key], 401),
        ("api-key and a bad api_key", ["api-key: " + key, "api_key: x"], 401),
        ("Authorization: Bearer", ["Authorization: Bearer " + key], 401),
        ("X-Api-Key", ["X-Api-Key: " + key], 401),
        ("a quoted key", ['api-key: "%s"' % key], 401),
        ("a comma behind", ["api-key: %s," % key], 401),
        ("two in one header", ["api-key: %s, %s" % (key, key)], 401),
        ("percent-encoded", ["api-key: tn%5Flive" + key[7:]], 401),
        ("upper case", ["api-key: " + key.upper()], 401),
        ("a byte above 0x7f", [b"api-key: " + key.encode() + b"\xa0"], 401),
        ("6000 bytes", ["api-key: " + "a" * 6000], 401),
        ("129 bytes", ["api-key: " + key + "a" * (129 - len(key))], 401),
    ):
        r = raw_get(site, *sent)
        check(
            "header: " + name,
            r is not None and (r.status in (200, 401) if status is None else r.status == status),
            r,
        )
    r = raw_get(site, path="/open-api/v1/me?api-key=" + key)
    check("header: a key in the query is no key", r.status == 401, r)
    check("header: and is not in our log", key not in site.log())
    r = raw_get(site, b"api-key: " + key.encode() + b"\x01")
    check("header: a control byte", r is None or r.status in (400, 401), r)


def me(site):
    made = site.key_object(
        "events:read,webhooks:manage",
        description="For the shop",
        expires="2031-01-01T08:00:00+08:00",
        callback="https://example.com/hook",
    )
    r = site.get("/me", made["key"])
    key = r.data["apiKey"]
    check(
        "me: name, scopes and times",
        key["scopes"] == ["events:read", "orders:read", "webhooks:manage"]
        and key["expiresAt"] == "2031-01-01T00:00:00.000Z"
        and key["callbackUrl"] == "https://example.com/hook"
        and key["id"] == made["id"]
        and sorted(key)
        == ["callbackUrl", "createdAt", "expiresAt", "id", "lastUsedAt", "name", "scopes"],
        r,
    )
    check(
        "me: the organization",
        sorted(r.data) == ["apiKey", "organization"]
        and sorted(r.data["organization"]) == ["id", "name", "slug"]
        and r.data["organization"]["slug"] == "test",
        r,
    )
    r = site.get("/me", site.key("webhooks:manage"))
    check(
        "me: any key, and null for what is not set",
        r.status == 200
        and r.data["apiKey"]["expiresAt"] is None
        and r.data["apiKey"]["callbackUrl"] is None,
        r,
    )
    check(
        "me: no orders:read without an event scope",
        r.data["apiKey"]["scopes"] == ["webhooks:manage"],
        r,
    )
    dump = site.sql("SELECT HEX(key_hash), hint, name FROM api_keys")
    check(
        "the database does not know the key",
        not any(made["key"] in str(row) for row in dump)
        and any(row[1].startswith(made["key"][:12]) for row in dump),
        dump,
    )


def names_that_collide(site, key):
    """CGI turns what is no letter or digit in a header's name into _: whoever can spell a name in
    two ways must not be believed in place of the proxy, whichever comes first."""
    proxy, anyone = "198.51.100.1", site.key()
    for c in "_.!~+'*^|#$%&`":
        folded = "X%sForwarded%sFor: 203.0.113.7" % (c, c)
        genuine = "X-Forwarded-For: 9.9.9.9, " + proxy
        for sent in ([genuine, folded], [folded, genuine]):
            r = raw_get(site, "api-key: " + key, *sent)
            check("forwarded: %s is not believed" % folded, r.status in (400, 403), r)
            r = raw_get(site, "api-key: " + anyone, "api%skey: %s" % (c, anyone), *sent)
            check("api-key and api%skey: neither is believed" % c, r.status in (400, 401), r)
            r = site.raw(
                [
                    "POST /open-api/v1/events HTTP/1.1",
                    "Host: x",
                    "Connection: close",
                    "api-key: " + anyone,
                    "Content-Type: application/json",
                    "Content-Length: 2",
                    "Idempotency-Key: a",
                    "Idempotency%sKey: b" % c,
                ],
                "{}",
            )
            check(
                "Idempotency-Key and Idempotency%sKey: refused" % c,
                r.status == 400 and r.fields in ([], ["Idempotency-Key"]),
                r,
            )


def allowlist(site):
    def said(key, forwarded):
        return site.get("/me", key, headers={"X-Forwarded-For": forwarded} if forwarded else {})

    for allow, client, status in (
        ("127.0.0.1", None, 200),
        ("127.0.0.0/8", None, 200),
        ("203.0.113.9", None, 403),
        ("::1", None, 403),
        ("::/0", None, 403),
        ("203.0.113.0/24", "203.0.113.255", 200),
        ("203.0.113.0/24", "203.0.114.0", 403),
        ("203.0.113.0/24", "::ffff:203.0.113.7", 200),
        ("203.0.113.128/25", "203.0.113.127", 403),
        ("203.0.113.128/25", "203.0.113.128", 200),
        ("0.0.0.0/0", "2001:db8::1", 403),
        ("2001:db8::/32", "2001:db8:ffff::1", 200),
        ("2001:db8::/32", "2001:db9::", 403),
        ("2001:db8::5", "[2001:db8::5]:443", 200),
        ("198.51.100.1,2001:db8::/64", "2001:db8::9", 200),
        ("198.51.100.1,2001:db8::/64", "198.51.100.1:9999", 200),
        ("198.51.100.1,2001:db8::/64", "198.51.100.2", 403),
    ):
        key = site.key("events:read", allow=allow)
        r = said(key, client)
        check(
            "allowlist %s from %s gives %d" % (allow, client, status),
            r.status == status and (status == 200 or r.error["code"] == "FORBIDDEN"),
            r,
        )
    key = site.key("events:read", allow="203.0.113.7")
    refused = [
        ("a spoof before the client", ["X-Forwarded-For: 203.0.113.7, 198.51.100.1"]),
        (
            "a spoof in a first header",
            ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 198.51.100.1"],
        ),
        ("a spoof behind an empty hop", ["X-Forwarded-For: 203.0.113.7,"]),
        ("a spoof behind rubbish", ["X-Forwarded-For: 203.0.113.7, unknown"]),
        ("an octal spelling", ["X-Forwarded-For: 203.0.0113.7"]),
        ("the underscore header alone", ["X_Forwarded_For: 203.0.113.7"]),
        (
            "the underscore header behind",
            ["X-Forwarded-For: 198.51.100.1", "X_Forwarded_For: 203.0.113.7"],
        ),
        (
            "the underscore header before",
            ["X_Forwarded_For: 203.0.113.7", "X-Forwarded-For: 198.51.100.1"],
        ),
        (
            "mixed spellings",
            [
                "X-Forwarded-For: 198.51.100.1",
                "X-Forwarded_For: 203.0.113.7",
                "x_forwarded-for: 203.0.113.7",
            ],
        ),
        ("X-Real-IP", ["X-Real-IP: 203.0.113.7", "X-Forwarded-For: 198.51.100.1"]),
        ("Forwarded", ["Forwarded: for=203.0.113.7", "X-Forwarded-For: 198.51.100.1"]),
        (
            "True-Client-IP and CF-Connecting-IP",
            ["True-Client-IP: 203.0.113.7", "CF-Connecting-IP: 203.0.113.7"],
        ),
    ]
    for name, sent in refused:
        r = raw_get(site, "api-key: " + key, *sent)
        check(
            "forwarded: %s gives 403" % name, r.status == 403 and r.error["code"] == "FORBIDDEN", r
        )
    names_that_collide(site, key)
    for name, sent in (
        ("the client", ["X-Forwarded-For: 203.0.113.7"]),
        ("past trusted hops", ["X-Forwarded-For: 203.0.113.7, 10.1.2.3, 10.9.9.9"]),
        (
            "past trusted hops in two headers",
            ["X-Forwarded-For: 198.51.100.1, 203.0.113.7", "X-Forwarded-For: 10.1.2.3"],
        ),
    ):
        r = raw_get(site, "api-key: " + key, *sent)
        check("forwarded: %s gives 200" % name, r.status == 200, r)
    r = site.get("/me", key, headers={"X-Forwarded-For": ",".join(["10.1.1.1"] * 600)})
    check("forwarded: very many hops", r.status == 403, r)


def ends(site):
    soon = time.time() + 3
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(soon)) + ".%03dZ" % (soon % 1 * 1000)
    key = site.key("events:read", expires=text)
    check("expiry: before the instant", site.get("/me", key).status == 200)
    late = False
    while time.time() < soon + 0.5:
        asked, r = time.time(), site.get("/me", key)
        if r.status == 401:
            late = asked < soon - 0.3
            break
        late = late or asked > soon + 0.05
    check("expiry: at the instant, though the key was remembered", r.status == 401 and not late, r)
    check(
        "expiry: is said, for only a holder gets there", "expired" in r.error.get("message", ""), r
    )

    old = site.key_object("events:read", allow="127.0.0.1", description="shop")
    check("rotation: the old key works", site.get("/me", old["key"]).status == 200)
    new = json.loads(site.command("key", "rotate", old["id"], "--overlap", "60s", "--json").stdout)
    both = site.get("/me", old["key"]), site.get("/me", new["key"])
    check("rotation: both work during the overlap", [r.status for r in both] == [200, 200], both)
    check(
        "rotation: the same settings",
        both[1].data["apiKey"]["scopes"] == both[0].data["apiKey"]["scopes"]
        and both[1].data["apiKey"]["name"] == both[0].data["apiKey"]["name"],
        both,
    )
    check(
        "rotation: the new one has the allowlist",
        site.get("/me", new["key"], headers={"X-Forwarded-For": "203.0.113.1"}).status == 403,
    )
    row = " FROM api_keys WHERE id = x'%s'" % old["id"].replace("-", "")
    left = site.sql("SELECT TIMESTAMPDIFF(SECOND, updated_at, expires_at)" + row)
    check("rotation: the old one ends after the overlap", left == [["60"]], left)
    site.sql(
        "UPDATE api_keys SET expires_at = expires_at - INTERVAL 60 SECOND"
        + row[len(" FROM api_keys") :]
    )
    check("rotation: and is refused then", site.get("/me", old["key"]).status == 401)
    check("rotation: the new one works on", site.get("/me", new["key"]).status == 200)
    now = site.key_object("events:read")
    site.get("/me", now["key"])
    site.command("key", "rotate", now["id"], "--overlap", "0")
    check(
        "rotation: without overlap the old key is dead at once",
        site.get("/me", now["key"]).status == 401,
    )

    one = revoked_at_once(site, "on the very next request, in every worker")
    r = site.get("/me", one["key"])
    check(
        "revocation: is not told apart from an unknown key",
        r.error.get("message") == site.get("/me", "tn_live_x").error.get("message"),
        r,
    )

    os.unlink(site.dir + "/shm")
    time.sleep(1.1)
    revoked_at_once(site, "although the shared file was removed under the programs")


def revoked_at_once(site, name):
    for _ in range(10):
        one = site.key_object("events:read")
        before = [site.get("/me", one["key"]).status for _ in range(4)]
        site.command("key", "revoke", one["id"])
        after = [site.get("/me", one["key"]).status for _ in range(8)]
        if before != [200] * 4 or after != [401] * 8:
            break
    check("revocation: " + name, before == [200] * 4 and after == [401] * 8, (before, after))
    return one


def others_stay(site):
    """A change of one organization's keys forgets no caller of another one. The other key is ended
    in the database, which nobody told the programs: while it is remembered it works. A round that
    took longer than it is remembered says nothing, and is repeated."""
    site.org("Noisy", "noisy")
    owner = site.session(site.user(org="noisy"))
    path = "/keys/" + site.key_object("events:read", org="noisy")["id"]
    db = Db(site)
    for i in range(30):
        quiet = site.key_object("events:read")
        begin = time.monotonic()
        warm = site.get("/events", quiet["key"]).status
        db.sql(
            "UPDATE api_keys SET revoked_at = NOW(3) WHERE id = x'%s'"
            % quiet["id"].replace("-", ""),
            told=False,
        )
        changed = site.request(
            "PATCH", path, owner, {"name": "Name %d" % i}, mount="/dashboard/v1"
        ).status
        still = site.get("/events", quiet["key"]).status
        if still == 200 or time.monotonic() - begin < 1.5:
            break
    check(
        "a change of another organization's key forgets nobody here",
        (warm, changed, still) == (200, 200, 200),
        (warm, changed, still),
    )


def last_used(site):
    one = site.key_object("events:read")
    read = lambda: site.sql(
        "SELECT last_used_at FROM api_keys WHERE id = x'%s'" % one["id"].replace("-", "")
    )[0][0]
    check("lastUsedAt: null at first", read() == "NULL", read())
    site.get("/me", one["key"])
    first = wait_for(lambda: read() != "NULL" and read(), 5)
    check("lastUsedAt: written with the first use", bool(first))
    for _ in range(5):
        site.get("/me", one["key"])
    check("lastUsedAt: at most once a minute", read() == first, (first, read()))
    shown = wait_for(lambda: site.get("/me", one["key"]).data["apiKey"]["lastUsedAt"], 5)
    check("lastUsedAt: shown", shown and shown[:19].replace("T", " ") == first[:19], (shown, first))


with Site(conf=PROXIES) as site:
    headers(site)
    me(site)
    allowlist(site)
    ends(site)
    others_stay(site)
    last_used(site)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
