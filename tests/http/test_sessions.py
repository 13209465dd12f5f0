#!/usr/bin/env python3
"""Signing in to the dashboard (contract section 11): passwords, tries, the cookie, forged requests,
what ends a session, and what an owner and a viewer may do at every door."""
import json
import os
import re
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, PASSWORD, Session, Site, check, finish, wait_for  # noqa: E402

DASHBOARD = "/dashboard/v1"
OWNER, VIEWER = "owner@test.example", "viewer@test.example"


def ask(site, method, path, who=None, body=None, **more):
    return site.request(method, path, who, body, mount=DASHBOARD, **more)


def try_in(site, email, password, **headers):
    return ask(
        site, "POST", "/session", None, {"email": email, "password": password}, headers=headers
    )


def described():
    for program in sorted(os.listdir(BUILD + "/fcgi")):
        if program.endswith(".fcgi"):
            out = subprocess.run(
                [BUILD + "/fcgi/" + program, "--describe"],
                check=True,
                capture_output=True,
                stdin=subprocess.DEVNULL,
            ).stdout
            yield from json.loads(out)["routes"]


# ---- signing in ----


def signing_in(site):
    r = try_in(site, "OWNER@Test.Example", PASSWORD)
    check(
        "sign-in: 201, whoever writes the address in capitals",
        r.status == 201
        and r.data["user"] == {"id": r.data["user"]["id"], "email": OWNER, "role": "owner"},
        r,
    )
    check(
        "sign-in: organization, scopes, address and token",
        r.data["organization"]["slug"] == "test"
        and "events:write" in r.data["scopes"]
        and r.data["clientAddress"] == "127.0.0.1"
        and re.fullmatch("[A-Za-z0-9_-]{43}", r.data["csrfToken"]),
        r,
    )
    cookie = r.headers["set-cookie"]
    check(
        "cookie: HttpOnly, SameSite=Strict, Path=/, no Domain",
        re.fullmatch(
            r"tg_session=[0-9A-Za-z]{43}; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict", cookie
        ),
        cookie,
    )
    me = Session(r)
    got = ask(site, "GET", "/session", me)
    check("GET session says the same", got.status == 200 and got.data == r.data, got)
    checkout = "https://pay.example/tickets?lang=fil"
    site.command("org", "set", "test", "--checkout-url", checkout)
    got = ask(site, "GET", "/session", me)
    check(
        "the checkout URL is null at first; a session shows it as soon as it is set",
        r.data["organization"]["checkoutUrl"] is None
        and got.data["organization"]["checkoutUrl"] == checkout,
        [r, got],
    )
    check(
        "the token is nowhere in the database",
        not any(
            me.cookie[11:] in str(row) or me.csrf in str(row)
            for row in site.sql(
                "SELECT HEX(token_hash), TO_BASE64(token_hash), address FROM sessions"
            )
        ),
    )
    check(
        "nor in the log",
        me.cookie[11:] not in site.log()
        and me.csrf not in site.log()
        and PASSWORD not in site.log(),
    )
    row = site.sql("SELECT password_hash FROM users WHERE email = '%s'" % OWNER)[0][0]
    check(
        "the password is stored as scrypt",
        row.startswith("$scrypt$ln=15,r=8,p=3$") and PASSWORD not in row,
        row,
    )
    audit = site.sql(
        "SELECT actor_type, actor_name, address FROM audit WHERE action = 'session.create'"
    )
    check("signing in is audited", audit == [["user", OWNER, "127.0.0.1"]], audit)
    r = site.get("/me", me)
    check(
        "/me: no key, the organization",
        r.status == 200 and r.data["apiKey"] is None and r.data["organization"]["slug"] == "test",
        r,
    )
    return me


def refusals(site):
    def told(r):
        return (
            r.status,
            json.dumps(dict(r.json, requestId="")),
            sorted(set(r.headers) - {"connection"}),
        )

    wrong, unknown = try_in(site, OWNER, "not the password"), try_in(
        site, "nobody@test.example", PASSWORD
    )
    check(
        "a wrong password and an unknown account: the same 401",
        wrong.status == 401 and told(wrong) == told(unknown),
        (wrong, unknown),
    )
    check(
        "and no cookie",
        "set-cookie" not in wrong.headers and "set-cookie" not in unknown.headers,
        wrong,
    )
    odd = try_in(site, "ównér@test.example", PASSWORD)
    check("an address that only looks alike is an unknown one", told(odd) == told(unknown), odd)
    least = {}
    for name, email in (("known", OWNER), ("unknown", "nobody@test.example")) * 3:
        began = time.monotonic()
        try_in(site, email, "x" * 12)
        least[name] = min(least.get(name, 99), time.monotonic() - began)
    check("and the same time", 0.5 < least["known"] / least["unknown"] < 2, least)
    for name, body in (("a form", "email=a&password=b"), ("no body", b""), ("an array", "[]")):
        r = ask(
            site,
            "POST",
            "/session",
            None,
            body,
            headers={"Content-Type": "application/x-www-form-urlencoded"}
            if name == "a form"
            else {},
        )
        check(
            "sign-in by %s is refused: no other site can sign a browser in" % name,
            r.status in (400, 415) and "set-cookie" not in r.headers,
            r,
        )
    r = ask(
        site,
        "POST",
        "/session",
        None,
        json.dumps({"email": OWNER, "password": PASSWORD}),
        headers={"Content-Type": "text/plain"},
    )
    check("nor by JSON that says to be text", r.status == 415, r)
    r = try_in(site, OWNER, PASSWORD, **{"Idempotency-Key": "one"})
    again = try_in(site, OWNER, PASSWORD, **{"Idempotency-Key": "one"})
    check(
        "an Idempotency-Key means nothing here: no token is kept",
        r.status == again.status == 201
        and r.headers["set-cookie"] != again.headers["set-cookie"]
        and site.sql("SELECT COUNT(*) FROM idempotency") == [["0"]],
        again,
    )


def fixation(site):
    planted = "tg_session=" + "A" * 43
    r = try_in(site, OWNER, PASSWORD, Cookie=planted)
    fresh = Session(r)
    check(
        "fixation: a planted cookie does not become the session",
        fresh.cookie != planted
        and site.get("/me", None, headers={"Cookie": planted}).status == 401,
        r,
    )
    r = try_in(site, OWNER, PASSWORD, Cookie=fresh.cookie)
    second = Session(r)
    check(
        "fixation: signing in again makes a new token",
        second.cookie != fresh.cookie and second.csrf != fresh.csrf,
        r,
    )
    check(
        "and ends the session that the browser had",
        [site.get("/me", fresh).status for _ in range(6)] == [401] * 6
        and site.get("/me", second).status == 200,
    )


def lockout():
    conf = "signin_account = 3\nsignin_account_total = 7\nsignin_address = 12\n"
    with Site(conf=conf + "trusted_proxies = 127.0.0.1\n") as site:
        site.user()
        site.user("viewer")

        def at(address, email=OWNER, password="wrong wrong", **headers):
            return try_in(site, email, password, **{"X-Forwarded-For": address}, **headers)

        known = at("198.51.100.1", password=PASSWORD).cookies["tg_device"]
        for _ in range(4):
            r = at("203.0.113.1", password=PASSWORD)
            check("signing in is no failure", r.status == 201, r)
        tries = [at("203.0.113.1") for i in range(5)]
        check(
            "lock-out: three failures an account and address",
            [r.status for r in tries] == [401, 401, 401, 429, 429],
            tries,
        )
        check(
            "with Retry-After, and told as little as before",
            int(tries[3].headers["retry-after"]) > 60 and "account" not in tries[3].raw.decode(),
            tries[3],
        )
        r = at("203.0.113.1", "OWNER@test.example", PASSWORD)
        check("not even the right password there, however it is written", r.status == 429, r)
        r = at("203.0.113.2", password=PASSWORD)
        check("its owner elsewhere is not locked out", r.status == 201, r)
        unknown = [at("203.0.113.9", "nobody@test.example") for i in range(4)]
        check(
            "an unknown account is locked just so",
            [r.status for r in unknown] == [401, 401, 401, 429]
            and unknown[3].raw[:60] == tries[3].raw[:60],
            unknown,
        )
        check("another account is not", at("203.0.113.1", VIEWER, PASSWORD).status == 201)
        crowd = [at("203.0.113.%d" % (20 + i)).status for i in range(6)]
        check(
            "lock-out: seven failures an account from everywhere",
            crowd.count(401) == 4 and crowd[-1] == 429,
            crowd,
        )
        r = at("203.0.113.50", password=PASSWORD)
        check("then a strange browser must wait", r.status == 429, r)
        for address in ("203.0.113.50", "203.0.113.1"):
            r = at(address, password=PASSWORD, Cookie=known)
            check("and one that signed in before passes, wherever it is", r.status == 201, r)
        r = at("203.0.113.51", VIEWER, PASSWORD, Cookie=known)
        check("the cookie of another account is none", r.status == 201, r)
        forged = known[:-1] + ("A" if known[-1] != "A" else "B")
        check(
            "a forged one is none either",
            [at("203.0.113.52", password=PASSWORD, Cookie=c).status for c in (forged, known + "x")]
            == [429, 429],
        )
        tries = [at("203.0.113.%d" % (60 + i), Cookie=known).status for i in range(5)]
        check("a browser has three failures, too", tries == [401] * 3 + [429] * 2, tries)
        many = [at("2001:db8::%x" % i, "n%d@test.example" % i).status for i in range(13)]
        check(
            "lock-out: twelve tries an address, which of IPv6 is a /64",
            many == [401] * 12 + [429],
            many,
        )
        check(
            "and the API is not touched by it",
            site.get("/me", site.key(), headers={"X-Forwarded-For": "2001:db8::1"}).status == 200,
        )
        junk = [
            ask(
                site,
                "POST",
                "/session",
                None,
                {"email": i},
                headers={"X-Forwarded-For": "203.0.113.200"},
            ).status
            for i in range(15)
        ]
        check("malformed sign-ins count", junk == [400] * 12 + [429] * 3, junk)
        browser = at("198.51.100.2", VIEWER, PASSWORD).cookies["tg_device"]
        r = at("203.0.113.200", VIEWER, PASSWORD)
        check("then nobody signs in from that address", r.status == 429, r)
        r = at("203.0.113.200", VIEWER, PASSWORD, Cookie=browser)
        check("… but for a browser that signed in before", r.status == 201, r)
        nonce = browser.split("=")[1]
        for what, cookie in (
            ("that is forged", browser.replace(nonce[:3], "AbC")),
            ("of another account", known),
        ):
            r = at("203.0.113.200", VIEWER, PASSWORD, Cookie=cookie)
            check("… and for none with a cookie %s" % what, r.status == 429, r)
        more = [at("203.0.113.200", VIEWER, Cookie=browser).status for _ in range(4)]
        check("… which has few failures, too", more[-1] == 429 and 401 in more, more)


def much_junk(site):
    """A body of unknown members gives a short answer."""
    body = {"member%d%s" % (i, "x" * 20): i for i in range(9000)}
    body.update({"name": 5, "y" * 300000: 1})
    key = site.key()
    for headers in ({}, {"Prefer": "handling=strict"}):
        r = site.post("/events", key, body, headers=headers)
        check(
            "a large body of unknown members: a small answer",
            r.status == 400 and len(r.raw) < 64000 and len(r.headers["ignored-fields"]) < 1100,
            (r.status, len(r.raw), len(r.headers["ignored-fields"])),
        )
        check(
            "that says how many more were ignored",
            re.search(r"\([0-9]+ more\)$", r.headers["ignored-fields"]),
            r.headers["ignored-fields"][-80:],
        )
    details = r.error["details"]
    check(
        "and lists a hundred problems, and the number of the others",
        len(details) == 101
        and re.fullmatch("89[0-9][0-9] more problems are not listed", details[-1]["message"]),
        (len(details), details[-2:]),
    )
    check(
        "none of them is long",
        max(len(d["message"]) + len(d["field"]) for d in details) < 900,
        max(details, key=lambda d: len(d["message"])),
    )


# ---- the cookie ----


def https():
    with Site(conf="trusted_proxies = 127.0.0.1\n") as site:
        site.user()
        plain = try_in(site, OWNER, PASSWORD)
        secure = try_in(
            site,
            OWNER,
            PASSWORD,
            **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
        )
        check(
            "by https: __Host-, Secure",
            re.fullmatch(
                r"__Host-tg_session=[0-9A-Za-z]{43}; Path=/; Max-Age=604800; HttpOnly; "
                r"SameSite=Strict; Secure",
                secure.headers["set-cookie"],
            ),
            secure,
        )
        name, token = Session(secure).cookie.split("=")
        forwarded = {"X-Forwarded-Proto": "https"}
        check(
            "and works by https",
            site.get(
                "/me", None, headers=dict(forwarded, Cookie="__Host-tg_session=" + token)
            ).status
            == 200,
        )
        check(
            "a cookie without the prefix is not taken by https: another host could have set it",
            site.get("/me", None, headers=dict(forwarded, Cookie="tg_session=" + token)).status
            == 401,
        )
        check(
            "nor the other way round",
            site.get("/me", None, headers={"Cookie": "__Host-tg_session=" + token}).status == 401
            and site.get("/me", Session(plain)).status == 200,
        )
    with Site(conf="public_url = https://tickets.example\n") as site:
        site.user()
        r = try_in(site, OWNER, PASSWORD)
        check(
            "public_url https: Secure",
            r.headers["set-cookie"].startswith("__Host-")
            and r.headers["set-cookie"].endswith("Secure"),
            r,
        )


def cookies(site):
    me, other = site.session(OWNER), site.session(OWNER)
    token = me.cookie.split("=")[1]
    for name, header, status in (
        ("among others", "a=b; %s; c=d" % me.cookie, 200),
        ("behind an empty one", "; %s" % me.cookie, 200),
        ("twice the same", "%s; %s" % (me.cookie, me.cookie), 401),
        ("two of them", "%s; %s" % (me.cookie, other.cookie), 401),
        ("a name that ends like it", "x%s" % me.cookie, 401),
        ("cut", me.cookie[:-1], 401),
        ("with something behind", me.cookie + "a", 401),
        ("quoted", 'tg_session="%s"' % token, 401),
        ("another case", me.cookie.replace("tg_", "TG_"), 401),
        ("empty", "tg_session=", 401),
        ("unknown", "tg_session=" + "b" * 43, 401),
        ("of 4000 bytes", "tg_session=" + "b" * 4000, 401),
    ):
        r = site.get("/me", None, headers={"Cookie": header})
        check("cookie %s gives %d" % (name, status), r.status == status, r)
    key = site.key("events:read")
    r = site.get("/me", key, headers={"Cookie": me.cookie})
    check(
        "a key and a cookie: the key decides",
        r.status == 200
        and r.data["apiKey"]
        and r.data["apiKey"]["scopes"] == ["events:read", "orders:read"],
        r,
    )
    r = site.post(
        "/events", key, {"name": "x", "dateTime": "2031-01-01T00:00:00Z"}, headers=me.headers
    )
    check("also where it may do less", r.status == 403 and r.error["code"] == "SCOPE_REQUIRED", r)
    r = site.get("/me", "tn_live_x", headers={"Cookie": me.cookie})
    check("also when it is no good", r.status == 401, r)
    r = site.get("/me", me, headers={"X-Forwarded-Proto": "https"})
    check("X-Forwarded-Proto of a stranger counts for nothing", r.status == 200, r)


def forged(site):
    me, other = site.session(OWNER), site.session(OWNER)
    body = {"name": "Forged", "dateTime": "2031-01-01T00:00:00Z"}
    for name, headers in (
        ("without a token", {}),
        ("an empty one", {"X-CSRF-Token": ""}),
        ("another session's", {"X-CSRF-Token": other.csrf}),
        ("a cut one", {"X-CSRF-Token": me.csrf[:-1]}),
        ("the cookie as the token", {"X-CSRF-Token": me.cookie.split("=")[1]}),
    ):
        for mount, path in (
            ("/open-api/v1", "/events"),
            (DASHBOARD, "/keys"),
            ("/box-office/v1", "/holds"),
        ):
            r = site.request(
                "POST", path, None, body, headers=dict(headers, Cookie=me.cookie), mount=mount
            )
            check(
                "forged: %s at %s gives 403" % (name, mount),
                r.status == 403 and r.error["code"] == "FORBIDDEN",
                r,
            )
    check("forged: nothing was made", site.get("/events?q=forged", me).json["meta"]["total"] == 0)
    raw = site.raw(
        [
            "POST /open-api/v1/events HTTP/1.1",
            "Host: x",
            "Connection: close",
            "Content-Type: application/json",
            "Cookie: " + me.cookie,
            "X-CSRF-Token: " + me.csrf,
            "X-CSRF-Token: " + me.csrf,
            "Content-Length: %d" % len(json.dumps(body)),
        ],
        json.dumps(body),
    )
    check("forged: the token twice", raw.status == 403, raw)
    r = site.post("/events", me, body)
    check("with its token it is made", r.status == 201, r)
    r = ask(site, "DELETE", "/session", None, headers={"Cookie": me.cookie})
    check("nobody else signs a user out", r.status == 403 and site.get("/me", me).status == 200, r)


# ---- what ends a session ----


def signing_out(site):
    for _ in range(5):
        me = site.session(OWNER)
        before = [site.get("/me", me).status for _ in range(4)] + [site.get("/events", me).status]
        r = ask(site, "DELETE", "/session", me)
        after = (
            [site.get("/me", me).status for _ in range(8)]
            + [site.get("/events", me).status for _ in range(4)]
            + [ask(site, "GET", "/session", me).status]
        )
        if before != [200] * 5 or after != [401] * 13:
            break
    check(
        "sign-out: on the very next request, in every worker of every program",
        before == [200] * 5 and after == [401] * 13,
        (before, after),
    )
    check(
        "sign-out: takes the cookie away",
        r.status == 200
        and re.fullmatch(
            "tg_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", r.headers["set-cookie"]
        )
        and r.data["deleted"] is True,
        r,
    )


def passwords(site):
    email = site.user(email="changes@test.example")
    here, there = site.sign_in(email), site.session(email)
    r = ask(
        site,
        "POST",
        "/session/password",
        here,
        {"currentPassword": "wrong wrong", "newPassword": "another horse entirely"},
    )
    check(
        "password: the current one is asked for",
        r.status == 400 and r.fields == ["currentPassword"],
        r,
    )
    r = ask(
        site,
        "POST",
        "/session/password",
        here,
        {"currentPassword": PASSWORD, "newPassword": "short"},
    )
    check("password: ten characters at least", r.status == 400 and r.fields == ["newPassword"], r)
    check(
        "password: after refusals all is as it was",
        site.get("/me", here).status == site.get("/me", there).status == 200,
    )
    r = ask(
        site,
        "POST",
        "/session/password",
        here,
        {"currentPassword": PASSWORD, "newPassword": "another horse entirely"},
    )
    now = Session(r)
    check(
        "password: changed, with a new cookie and token",
        r.status == 200 and now.cookie != here.cookie and now.csrf != here.csrf,
        r,
    )
    check(
        "password: every other session has ended, at once",
        [site.get("/me", s).status for s in (here, there) * 4] == [401] * 8
        and site.get("/me", now).status == 200,
    )
    check(
        "password: the old one is none any more",
        try_in(site, email, PASSWORD).status == 401
        and try_in(site, email, "another horse entirely").status == 201,
    )
    site.command("user", "password", email, stdin="the administrator says so\n")
    check(
        "ticketgate user password: signs out everywhere, at once",
        [site.get("/me", now).status for _ in range(4)] == [401] * 4
        and try_in(site, email, "the administrator says so").status == 201,
    )
    last = site.session(email)
    site.get("/me", last)
    site.command("user", "remove", email)
    check(
        "ticketgate user remove: likewise",
        [site.get("/me", last).status for _ in range(4)] == [401] * 4
        and try_in(site, email, "the administrator says so").status == 401,
    )


def expiry():
    """Times of the session's rows are moved instead of waited for. Where time must pass, the bounds
    are those of what this test saw, so that a slow machine changes nothing."""
    with Site(conf="session_idle = 60s\nsession_life = 8s\n") as site:
        site.user()
        before = time.monotonic()
        busy = site.sign_in()
        after = worked = sent = time.monotonic()
        while site.get("/me", busy).status == 200:
            time.sleep(0.2)
            worked, sent = sent, time.monotonic()
        refused = time.monotonic()
        check(
            "expiry: what is used ends after its life, neither before nor later",
            refused - before > 7.8 and worked - after < 8.2,
            (refused - before, worked - after),
        )
        idle = site.session(OWNER)
        check("expiry: fresh", site.get("/me", idle).status == 200)
        site.sql("UPDATE sessions SET last_seen_at = last_seen_at - INTERVAL 61 SECOND")
        check("expiry: what is not used ends when idle", site.get("/me", idle).status == 401)
        for _ in range(20):  # a machine that stands still for a second leaves it idle: once more
            begin = time.monotonic()
            old = site.session(OWNER, age=59)
            first = site.get("/me", old).status
            if first == 200 or time.monotonic() - begin < 1:
                break
        check("expiry: idle for less", first == 200, first)
        time.sleep(1.2)
        check(
            "expiry: used a moment ago, which what is remembered of it does not know",
            site.get("/me", old).status == 200,
        )
        site.sql("UPDATE sessions SET expires_at = NOW(3) - INTERVAL 1 SECOND")
        left = json.loads(site.command("sweep", "--json").stdout)
        check(
            "sweep: deletes sessions that are over",
            left["sessionsDeleted"] > 0 and site.sql("SELECT COUNT(*) FROM sessions") == [["0"]],
            left,
        )


def seen(site):
    me = site.session(OWNER, age=7200)
    ago = lambda: int(
        site.sql("SELECT MAX(TIMESTAMPDIFF(SECOND, last_seen_at, NOW(3))) FROM sessions")[0][0]
    )
    before = ago()
    site.get("/me", me)
    check(
        "last_seen_at is written",
        before >= 7200 and wait_for(lambda: ago() < 3600, 5),
        (before, ago()),
    )


# ---- who may do what ----


def some(route):
    return re.sub(r"\{[^}]*\}", str(uuid.uuid4()), route["path"])


def rights(site):
    viewer, owner = site.session(VIEWER), site.session(OWNER)
    wrong, count = [], 0
    for route in described():
        if route["for"] == "anyone":
            continue
        writes = route["method"] != "GET"
        body = b"" if writes else None
        r = site.request(route["method"], some(route), viewer, body, mount=route["mount"])
        reads = (
            not writes
            and route["scope"] not in ("webhooks:manage", "boxoffice:sell", "door:scan")
            and route["for"] != "owner"
        )
        own_affair = route["name"] in ("session.delete", "password.change")
        refused = r.status == 403 and r.error["code"] in ("SCOPE_REQUIRED", "FORBIDDEN")
        if (reads or own_affair) == refused or r.status == 401:
            wrong.append("viewer %s %s: %r" % (route["method"], route["path"], r))
        if own_affair:
            viewer = site.session(VIEWER)
            continue
        if writes:
            r = site.request(
                route["method"],
                some(route),
                None,
                body,
                headers={"Cookie": owner.cookie},
                mount=route["mount"],
            )
            if r.status != 403 or r.error["code"] != "FORBIDDEN":
                wrong.append("without a token %s %s: %r" % (route["method"], route["path"], r))
        r = site.request(route["method"], some(route), owner, body, mount=route["mount"])
        if r.status in (401, 403) or r.status >= 500:
            wrong.append("owner %s %s: %r" % (route["method"], route["path"], r))
        count += 1
    check(
        "a viewer is refused at every write and only there, an owner nowhere, "
        "a forged request at every write (%d routes)" % count,
        count > 50 and not wrong,
        "\n".join(wrong),
    )


def everything_as_owner(site):
    """One walk through the doors with a session alone."""
    me = site.session(OWNER)
    event = site.post(
        "/events",
        me,
        {
            "name": "By session",
            "dateTime": "2031-01-01T00:00:00Z",
            "tickets": [{"name": "A", "price": 10, "quantity": 5, "published": True}],
        },
        headers={"Idempotency-Key": "walk"},
    )
    again = site.post(
        "/events",
        me,
        {
            "name": "By session",
            "dateTime": "2031-01-01T00:00:00Z",
            "tickets": [{"name": "A", "price": 10, "quantity": 5, "published": True}],
        },
        headers={"Idempotency-Key": "walk"},
    )
    check(
        "idempotency: the same answer",
        event.status == again.status == 201
        and again.headers.get("idempotency-replayed") == "true"
        and again.data == event.data,
        again,
    )
    other = site.session(VIEWER)
    r = site.post(
        "/events",
        site.key(),
        {"name": "Another", "dateTime": "2031-01-01T00:00:00Z"},
        headers={"Idempotency-Key": "walk"},
    )
    check(
        "idempotency: a user and a key do not share it",
        r.status == 201 and "idempotency-replayed" not in r.headers,
        r,
    )
    r = site.patch(
        "/events/" + event.data["id"],
        me,
        {"description": "x"},
        headers={"If-Match": event.headers["etag"]},
    )
    stale = site.patch(
        "/events/" + event.data["id"],
        me,
        {"description": "y"},
        headers={"If-Match": event.headers["etag"]},
    )
    check("editing together: the second is told", r.status == 200 and stale.status == 412, stale)
    check("published", site.post("/events/%s/publish" % event.data["id"], me).status == 200)
    sold = site.post(
        "/orders",
        me,
        {
            "eventId": event.data["id"],
            "items": [{"ticketId": event.data["tickets"][0]["id"], "quantity": 2}],
            "buyer": {"name": "Ana", "email": "ana@example.com"},
        },
        mount="/box-office/v1",
    )
    check("sold", sold.status == 201, sold)
    check("a viewer sees the order", site.get("/orders/" + sold.data["id"], other).status == 200)
    back = site.post(
        "/orders/%s/refund" % sold.data["id"], me, {"reason": "rain"}, mount="/box-office/v1"
    )
    check("refunded", back.status in (200, 201) and back.data["status"] == "REFUNDED", back)
    rows = site.sql(
        "SELECT DISTINCT actor_type, actor_name"
        " FROM audit"
        " WHERE action IN ('event.publish', 'sale.create', 'sale.refund', 'event.update')"
    )
    check("audit: by the user", rows == [["user", OWNER]], rows)
    site.org("Else", "else")
    site.user(org="else")
    stranger = site.session("owner@else.example")
    for path in ("/events/" + event.data["id"], "/orders/" + sold.data["id"]):
        r = site.get(path, stranger)
        check("another organization: 404 at " + path.split("/")[1], r.status == 404, r)


def main():
    with Site() as site:
        site.user()
        site.user("viewer")
        signing_in(site)
        much_junk(site)
        refusals(site)
        fixation(site)
        cookies(site)
        forged(site)
        seen(site)
        signing_out(site)
        passwords(site)
        rights(site)
        everything_as_owner(site)
        check(
            "no sanitizer spoke", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports())
        )
    lockout()
    https()
    expiry()
    finish()


main()
