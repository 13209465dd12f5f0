#!/usr/bin/env python3
"""The team of an organization: owners invite users, reset passwords and remove people, doors sign
in by a link; each one-time code works once, and a removed user is out at once."""
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import PASSWORD, Session, Site, check, finish  # noqa: E402

DASHBOARD = "/dashboard/v1"
OWNER, OTHER = "owner@test.example", "owner@other.example"
NEW = "a new password here"
MAIL = (
    "mail_url = smtp://127.0.0.1:1\nmail_from = tickets@shop.example\n"
    "public_url = http://tickets.example\n"
)


def ask(site, method, path, who=None, body=None, **more):
    return site.request(method, path, who, body, mount=DASHBOARD, **more)


def sign_in(site, email, password):
    return ask(site, "POST", "/session", None, {"email": email, "password": password})


def code_of(url):
    return url.replace("#set-password/", "#").split("#")[1]


def at_once(jobs):
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [f.result() for f in [pool.submit(job) for job in jobs]]


def invite(site, owner, email, role="viewer", **more):
    return ask(site, "POST", "/users", owner, dict({"email": email, "role": role}, **more))


def set_password(site, code, password=NEW, **more):
    return ask(site, "POST", "/password/set", None, {"code": code, "password": password}, **more)


def enter(site, code, **more):
    return ask(site, "POST", "/door-session", None, {"code": code}, **more)


def users(site, owner):
    return {u["email"]: u for u in ask(site, "GET", "/users?take=100", owner).data}


def all_stored(site):
    """What the tables hold that may have seen a code or password, in hexadecimal."""
    return "\n".join(
        row[0]
        for table, columns in (
            ("users", "email, name, password_hash"),
            ("user_codes", "hash"),
            ("audit", "action, actor_name, request_id"),
            ("idempotency", "idem_key, headers, body"),
            ("mail_messages", "recipient, sealed"),
        )
        for row in site.sql(
            "SELECT CONCAT_WS('-', HEX(%s)) FROM %s" % (columns.replace(", ", "), HEX("), table)
        )
    )


# ---- invitations ----


def inviting(site, owner):
    r = invite(site, owner, "Ana@Test.Example", "viewer", name="Ana Reyes")
    check(
        "an invitation: 201 with the user and a link",
        r.status == 201
        and r.data["email"] == "ana@test.example"
        and (r.data["name"], r.data["role"], r.data["status"]) == ("Ana Reyes", "viewer", "INVITED")
        and r.data["lastSeenAt"] is None
        and r.data["mailed"] is False
        and r.data["inviteUrl"].startswith("/dashboard/#set-password/"),
        r,
    )
    code = code_of(r.data["inviteUrl"])
    listed = users(site, owner)["ana@test.example"]
    check(
        "it is listed without the link",
        listed["status"] == "INVITED" and "inviteUrl" not in listed and "url" not in listed,
        listed,
    )
    for password in ("", NEW, "-"):
        r = sign_in(site, "ana@test.example", password)
        check("nobody signs in before: %r" % password, r.status in (400, 401), r)
    r = set_password(site, code, "short")
    check(
        "a short password is refused, and the code remains",
        r.status == 400 and r.fields == ["password"],
        r,
    )
    check("a door code it is not", enter(site, code).status == 401)
    r = set_password(site, code)
    check(
        "the password is set, and the user signed in",
        r.status == 201
        and r.data["user"]["email"] == "ana@test.example"
        and r.data["user"]["role"] == "viewer"
        and site.get("/me", Session(r)).status == 200,
        r,
    )
    again = set_password(site, code)
    unknown = set_password(site, "x" * 32)
    check(
        "the code works once, and a used one is as an unknown one",
        again.status == unknown.status == 401 and again.error == unknown.error,
        (again, unknown),
    )
    check("by password, too", sign_in(site, "ana@test.example", NEW).status == 201)
    check("now it is active", users(site, owner)["ana@test.example"]["status"] == "ACTIVE")
    return code


def invitation_rules(site, owner):
    check(
        "the address of a user here is taken",
        invite(site, owner, "ana@test.example").status == 409,
    )
    here, there = invite(site, owner, "ANA@test.example"), invite(site, owner, OTHER)
    check(
        "one elsewhere, too, and nothing tells where",
        there.status == here.status == 409 and there.error == here.error,
        (here, there),
    )
    r = invite(site, owner, "ána@test.example")
    check("an address beyond ASCII", r.status == 400 and r.fields == ["email"], r)
    r = invite(site, owner, "door-x@invalid")
    check("an address of a door", r.status == 400 and r.fields == ["email"], r)
    body = {"email": "twice@test.example", "role": "door"}
    key = {"Idempotency-Key": "invite-1"}
    first = ask(site, "POST", "/users", owner, body, headers=key)
    again = ask(site, "POST", "/users", owner, body, headers=key)
    check(
        "an Idempotency-Key gives the same link again",
        first.status == again.status == 201
        and first.data["inviteUrl"] == again.data["inviteUrl"]
        and again.headers.get("idempotency-replayed") == "true",
        again,
    )
    user = first.data["id"]
    r = ask(site, "POST", "/users/%s/invite" % user, owner)
    check(
        "a new link for who has not come",
        r.status == 201 and r.data["inviteUrl"] != first.data["inviteUrl"],
        r,
    )
    check(
        "ends the old one",
        set_password(site, code_of(first.data["inviteUrl"])).status == 401
        and set_password(site, code_of(r.data["inviteUrl"])).status == 201,
    )
    r = ask(site, "POST", "/users/%s/invite" % user, owner)
    check("who has come is not invited again", r.status == 409, r)
    r = ask(site, "POST", "/users/%s/reset-password" % user, owner)
    check(
        "without mail no password is reset, and the hint says what to do",
        r.status == 409 and "ticketgate user password" in r.error["hint"],
        r,
    )


def expiry(site, owner):
    url = invite(site, owner, "late@test.example").data["inviteUrl"]
    left = site.sql(
        "SELECT TIMESTAMPDIFF(MINUTE, created_at, expires_at) FROM user_codes"
        " ORDER BY created_at DESC LIMIT 1"
    )
    check("an invitation lasts 7 days", left == [[str(7 * 24 * 60)]], left)
    site.sql("UPDATE user_codes SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND")
    check("an expired code is refused", set_password(site, code_of(url)).status == 401)
    site.command("sweep")
    check(
        "and swept; its user remains",
        site.sql("SELECT COUNT(*) FROM user_codes") == [["0"]]
        and users(site, owner)["late@test.example"]["status"] == "INVITED",
    )


def races(site, owner):
    for attempt in range(3):
        email = "race%d@test.example" % attempt
        code = code_of(invite(site, owner, email).data["inviteUrl"])
        got = [r.status for r in at_once([lambda: set_password(site, code)] * 6)]
        check("six with one code at once: one sets the password", sorted(got) == [201] + [401] * 5)
        url = ask(site, "POST", "/door-links", owner, {"name": "Gate %d" % attempt}).data["url"]
        got = [r.status for r in at_once([lambda: enter(site, code_of(url))] * 6)]
        check("six with one door link at once: one comes in", sorted(got) == [201] + [401] * 5)


# ---- removing ----


def removing(site, owner):
    user = invite(site, owner, "gone@test.example", "owner").data
    r = set_password(site, code_of(user["inviteUrl"]))
    gone = Session(r)
    check("an owner who is invited", ask(site, "GET", "/users", gone).status == 200)
    for _ in range(3):
        site.get("/me", gone)  # cached by each program
    code = code_of(invite(site, owner, "never@test.example").data["inviteUrl"])
    r = ask(site, "DELETE", "/users/%s" % user["id"], owner)
    check("is removed", r.status == 200 and r.data == {"id": user["id"], "deleted": True}, r)
    check(
        "and refused at once",
        [site.get("/me", gone).status for _ in range(6)] == [401] * 6
        and ask(site, "GET", "/users", gone).status == 401
        and sign_in(site, "gone@test.example", NEW).status == 401
        and "gone@test.example" not in users(site, owner),
    )
    never = users(site, owner)["never@test.example"]["id"]
    ask(site, "DELETE", "/users/%s" % never, owner)
    check("with a user go the codes", set_password(site, code).status == 401)
    mine = users(site, owner)[OWNER]["id"]
    r = ask(site, "DELETE", "/users/%s" % mine, owner)
    check("oneself cannot be removed", r.status == 409 and "yourself" in r.error["message"], r)
    audit = {row[0] for row in site.sql("SELECT action FROM audit")}
    check(
        "each action is in the audit log",
        {"user.create", "user.invite", "user.remove", "password.set", "doorLink.create"} <= audit,
        audit,
    )


def last_owner(site):
    """Two owners who remove each other: one of them stays."""
    site.org("Duel", "duel")
    for attempt in range(4):
        emails = ["a%d@duel.example" % attempt, "b%d@duel.example" % attempt]
        for email in emails:
            site.user(email=email, org="duel")
        sessions = [site.session(email) for email in emails]
        ids = [users(site, sessions[0])[email]["id"] for email in emails]
        got = at_once(
            [
                lambda i=i: ask(site, "DELETE", "/users/" + ids[1 - i], sessions[i]).status
                for i in (0, 1)
            ]
        )
        left = site.sql(
            "SELECT COUNT(*) FROM users u JOIN organizations o ON o.id = u.org_id"
            " WHERE o.slug = 'duel'"
        )
        check(
            "owners who remove each other: one stays",
            left == [["1"]] and got.count(200) == 1 and set(got) <= {200, 401, 409},
            (got, left),
        )
        site.sql("DELETE FROM users WHERE email LIKE '%@duel.example'")


def others(site, owner):
    foreign = site.session(OTHER)
    mine = users(site, owner)["ana@test.example"]["id"]
    check("another organization does not see them", "ana@test.example" not in users(site, foreign))
    for method, path in (
        ("DELETE", "/users/" + mine),
        ("POST", "/users/%s/invite" % mine),
        ("POST", "/users/%s/reset-password" % mine),
    ):
        r = ask(site, method, path, foreign)
        check(
            "another organization: %s %s gives 404" % (method, path.split("/")[-1][:14]),
            r.status == 404,
            r,
        )
    viewer = Session(sign_in(site, "ana@test.example", NEW))
    door = Session(
        enter(site, code_of(ask(site, "POST", "/door-links", owner, {"name": "G"}).data["url"]))
    )
    for name, who in (("a viewer", viewer), ("a door", door)):
        got = [
            ask(site, "GET", "/users", who).status,
            invite(site, who, "x@test.example").status,
            ask(site, "POST", "/door-links", who, {"name": "G"}).status,
            ask(site, "DELETE", "/users/" + mine, who).status,
        ]
        check("%s manages nobody" % name, got == [403] * 4, got)


# ---- doors ----


def doors(site, owner):
    r = ask(site, "POST", "/door-links", owner, {"name": "Gate B", "hours": 2})
    check(
        "a door link",
        r.status == 201
        and r.data["url"].startswith("/door/#")
        and r.data["name"] == "Gate B"
        and (r.data["role"], r.data["status"]) == ("door", "INVITED")
        and r.data["email"].startswith("door-")
        and r.data["email"].endswith("@invalid"),
        r,
    )
    link, code = r.data, code_of(r.data["url"])
    left = site.sql(
        "SELECT TIMESTAMPDIFF(MINUTE, created_at, expires_at) FROM user_codes"
        " ORDER BY created_at DESC LIMIT 1"
    )
    check("it lasts as long as asked", left == [["120"]], left)
    check("a password it does not set", set_password(site, code).status == 401)
    for path in ("invite", "reset-password"):
        r = ask(site, "POST", "/users/%s/%s" % (link["id"], path), owner)
        check("nor is one offered: " + path, r.status == 409, r)
    r = enter(site, code)
    check(
        "it signs in once, to the door alone",
        r.status == 201
        and r.data["user"]["role"] == "door"
        and r.data["scopes"] == ["door:scan"]
        and enter(site, code).status == 401,
        r,
    )
    door = Session(r)
    opens = lambda: site.get("/door", door, mount="/box-office/v1").status
    check("the door opens", opens() == 200)
    for password in ("-", "-" * 10):
        check("no password fits", sign_in(site, link["email"], password).status in (400, 401))
    check("it is active then", users(site, owner)[link["email"]]["status"] == "ACTIVE")
    r = ask(site, "DELETE", "/users/" + link["id"], owner)
    check("revoked, it is out at once", r.status == 200 and [opens()] * 3 == [401] * 3, r)
    return code


def sweeping(site, owner):
    """Door links that expired unused go, and those whose session ended three days ago."""
    make = lambda name: ask(site, "POST", "/door-links", owner, {"name": name}).data
    site.sql("DELETE FROM users WHERE email LIKE 'door-%'")
    links = {name: make(name) for name in ("fresh", "unused", "in use", "signed out", "over")}
    for name in ("in use", "signed out", "over"):
        enter(site, code_of(links[name]["url"]))
    by = lambda name: "(SELECT id FROM users WHERE email = '%s')" % links[name]["email"]
    site.sql(
        "UPDATE user_codes SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
        " WHERE user_id = " + by("unused")
    )
    site.sql("DELETE FROM sessions WHERE user_id IN (%s, %s)" % (by("signed out"), by("over")))
    site.sql(
        "UPDATE users SET updated_at = UTC_TIMESTAMP(3) - INTERVAL 11 DAY"
        " WHERE email IN ('%s', '%s')" % (links["over"]["email"], links["in use"]["email"])
    )
    out = json.loads(site.command("sweep", "--json").stdout)
    left = {u["name"] for u in users(site, owner).values() if u["email"].startswith("door-")}
    check(
        "swept: what expired unused, and what is over",
        left == {"fresh", "in use", "signed out"} and out["doorLinksDeleted"] == 2,
        (left, out),
    )


# ---- mail, limits, secrets ----


def secrets(site, used):
    log, stored = site.log(), all_stored(site)
    for name, word in dict(used, password=NEW).items():
        check(
            "%s: neither in the log nor in the database" % name,
            word not in log and word.encode().hex().upper() not in stored,
        )


def mailing():
    with Site(conf=MAIL + "org_users = 6\n") as site:
        site.user()
        owner = site.session()
        r = invite(site, owner, "ana@test.example")
        url = r.data["inviteUrl"]
        check(
            "with mail the invitation is mailed, and the link shown as well",
            r.data["mailed"] is True and url.startswith("http://tickets.example/dashboard/#set-"),
            r,
        )
        user = r.data["id"]
        r = ask(site, "POST", "/users/%s/reset-password" % user, owner)
        check("an invited user has no password to reset", r.status == 409, r)
        first = Session(set_password(site, code_of(url)))
        r = ask(site, "POST", "/users/%s/reset-password" % user, owner)
        check(
            "a reset: mailed, and not shown",
            r.status == 200 and r.data["status"] == "ACTIVE" and "inviteUrl" not in r.data,
            r,
        )
        mail = site.sql("SELECT kind, recipient, sealed IS NOT NULL FROM mail_messages ORDER BY id")
        check(
            "both messages wait, their links sealed",
            mail == [[kind, "ana@test.example", "1"] for kind in ("INVITATION", "PASSWORD_RESET")],
            mail,
        )
        check(
            "the old password works until then",
            site.get("/me", first).status == 200
            and sign_in(site, "ana@test.example", NEW).status == 201,
        )
        sent = site.sql("SELECT TIMESTAMPDIFF(MINUTE, created_at, expires_at) FROM user_codes")
        check("a reset lasts an hour", sent == [["60"]], sent)
        secrets(site, {"an invitation": code_of(url)})
        reset = "/users/%s/reset-password" % user
        got = [ask(site, "POST", reset, owner) for _ in range(6)]
        check(
            "an organization mails its users org_users times within an hour",
            [r.status for r in got] == [200] * 4 + [429] * 2
            and int(got[-1].headers["retry-after"]) > 0,
            [r.status for r in got],
        )
        check(
            "a refused one queues nothing",
            site.sql("SELECT COUNT(*) FROM mail_messages") == [["6"]],
        )


def resetting():
    """The link of a mail is known to its reader alone: the code's hash is planted instead."""
    with Site() as site:
        site.user()
        site.user("viewer")
        owner, old = site.session(), site.session("viewer@test.example")
        code = code_of(invite(site, owner, "x@test.example").data["inviteUrl"])
        site.sql(
            "UPDATE user_codes SET purpose = 'PASSWORD_RESET', user_id ="
            " (SELECT id FROM users WHERE email = 'viewer@test.example')"
        )
        check("signed in", site.get("/me", old).status == 200)
        r = set_password(site, code)
        check(
            "a reset password: the old one and all sessions end",
            r.status == 201
            and [site.get("/me", old).status] * 3 == [401] * 3
            and sign_in(site, "viewer@test.example", PASSWORD).status == 401
            and sign_in(site, "viewer@test.example", NEW).status == 201,
            r,
        )


def limits():
    conf = "org_users = 3\nsignin_address = 5\ntrusted_proxies = 127.0.0.1\n"
    with Site(conf=conf) as site:
        site.user()
        owner = site.session()
        got = at_once([lambda n=n: invite(site, owner, "u%d@x.example" % n) for n in range(5)])
        full = [r for r in got if r.status == 409]
        check(
            "users that are invited at once: no more than org_users",
            len(full) == 3 and "at most 3 users" in full[0].error["message"],
            got,
        )
        r = ask(site, "POST", "/door-links", owner, {"name": "Gate"})
        check("door links count", r.status == 409, r)
        there = {"X-Forwarded-For": "203.0.113.7"}
        tries = [enter(site, "x" * 32, headers=there).status for _ in range(3)]
        tries += [set_password(site, "x" * 32, headers=there).status for _ in range(4)]
        check("codes are tried as often as passwords", tries == [401] * 5 + [429] * 2, tries)


def main():
    with Site() as site:
        site.org("Other", "other")
        site.user()
        site.user(email=OTHER, org="other")
        owner = site.session()
        invited = inviting(site, owner)
        invitation_rules(site, owner)
        expiry(site, owner)
        races(site, owner)
        door = doors(site, owner)
        removing(site, owner)
        last_owner(site)
        others(site, owner)
        sweeping(site, owner)
        secrets(site, {"an invitation": invited, "a door link": door})
        p = site.command("verify", check_status=False)
        check("verify agrees", p.returncode == 0, p.stdout + p.stderr)
        check("no sanitizer report", not site.sanitizer_reports(), site.sanitizer_reports()[:5])
    mailing()
    resetting()
    limits()
    finish()


main()
