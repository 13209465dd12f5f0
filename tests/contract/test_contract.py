#!/usr/bin/env python3
"""Every described route, by the rules that hold for all routes. What to try is read from
`--describe`; samples.json adds data only:

bodies     a valid body for each resource that can be created, or for a route by its name; $now is
           the present time
before     actions to do first, so that a route's own call is legal: route name -> list of path
           endings
prepare    SQL to run first, for the same; $id is the id in the path before its last part
conditional  fields of a route that may be null only together with others
shared     resources that belong to all organizations
setup      SQL run once, for bodies that name what exists
instances  for a collection path without a POST, with its mount or for every mount: {"is": a name
           that is there}, {"sql": [statements with $id, $org, and $parent: the id before the path's
           last part], "id": null} or {"create": "another collection path"}

A described route that is never exercised with success fails the run."""
import copy
import json
import os
import re
import subprocess
import sys
import time
import uuid

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from abuse_fixture import wrong_key  # noqa: E402
from harness import (  # noqa: E402
    ALL_SCOPES,
    BUILD,
    SHARED_FOR_TWO_SECONDS,
    SRC,
    Site,
    check,
    finish,
)

SAMPLES = json.load(open(os.path.join(SRC, "tests/contract/samples.json")))
ALWAYS = (
    "x-request-id",
    "cache-control",
    "x-content-type-options",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit",
    "ratelimit-policy",
)
STATUS = {
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "SCOPE_REQUIRED": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "ALREADY_CHECKED_IN": 409,
    "REFUNDED": 409,
    "REISSUED": 409,
    "WRONG_EVENT": 409,
    "PRECONDITION_FAILED": 412,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "IDEMPOTENCY_MISMATCH": 422,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
METHODS = {
    "GET": ("GET", "HEAD"),
    "POST": ("POST",),
    "PATCH": ("PATCH", "PUT"),
    "DELETE": ("DELETE",),
}
# signed in by a one-time code alone
BY_CODE = ("/dashboard/v1/door-session", "/dashboard/v1/password/set")
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_time(v):
    return not isinstance(v, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", v)
    )


@FORMATS.checks("uuid")
def is_uuid(v):
    return not isinstance(v, str) or bool(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", v)
    )


def describe():
    programs = []
    folder = os.path.join(BUILD, "fcgi")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".fcgi"):
            out = subprocess.run(
                [os.path.join(folder, name), "--describe"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            programs.append(json.loads(out))
    return programs


def is_of(template, path):
    """Whether a path is one of a route's."""
    return re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path)


class Contract:
    def __init__(self, site):
        self.site = site
        self.connection = site.connect()
        self.routes, self.resources, self.wrong, self.ids, self.exercised = [], {}, [], set(), set()
        for program in describe():
            self.routes += [
                r for r in program["routes"] if r["mount"] not in ("/e", "/o", "/t")
            ]  # pages for people: test_public.py, test_ticket_pages.py
            self.resources.update(program["resources"])
        self.allowed = {}
        for r in self.routes:
            r["path"] = r.get("mount", "/open-api/v1") + r["path"]
            self.allowed.setdefault(r["path"], set()).update(METHODS[r["method"]])
        for line in SAMPLES["setup"]:
            site.sql(line)
        self.key = site.key(ALL_SCOPES)
        site.org("Other", "other")
        self.foreign_key = site.key(ALL_SCOPES, org="other")
        for org in ("test", "other"):
            site.user(org=org)
        site.user("viewer")
        site.user(email="leaving@test.example")
        self.owner, self.viewer, self.foreign_owner = (
            site.session(email)
            for email in ("owner@test.example", "viewer@test.example", "owner@other.example")
        )

    # ---- who asks ----
    def own(self, method, path):
        """The dashboard's routes are for signed-in users. What ends a session ends one that nobody
        else needs."""
        if path.startswith("/public/") or path in BY_CODE:
            return None
        if not path.startswith("/dashboard/"):
            return self.key
        if path.startswith("/dashboard/v1/session") and method not in ("GET", "HEAD", "OPTIONS"):
            return (
                None
                if path == "/dashboard/v1/session" and method == "POST"
                else self.site.session("leaving@test.example")
            )
        return self.owner

    def foreign(self, path):
        return self.foreign_owner if path.startswith("/dashboard/") else self.foreign_key

    # ---- asking, with what holds for every answer ----
    def ask(self, method, path, key="own", body=None, headers=None):
        key = self.own(method, path) if key == "own" else key
        try:
            r = self.site.request(
                method, path, key, body, headers=headers, mount="", connection=self.connection
            )
        except OSError:
            self.connection = self.site.connect()
            r = self.site.request(
                method, path, key, body, headers=headers, mount="", connection=self.connection
            )
        fault = self.fault(
            method,
            r,
            SHARED_FOR_TWO_SECONDS
            if r.status in (200, 304) and path.startswith("/public/v1/events/")
            else "no-store",
        )
        if fault:
            self.wrong.append("%s %s: %s: %r" % (method, path, fault, r))
        return r

    def fault(self, method, r, caching):
        missing = [h for h in ALWAYS if h not in r.headers]
        request_id = r.headers.get("x-request-id", "")
        if missing:
            return "without " + ", ".join(missing)
        if not re.fullmatch("req_[0-9a-z]{12}", request_id) or request_id in self.ids:
            return "not a fresh request id"
        self.ids.add(request_id)
        if (
            r.headers["cache-control"] != (caching if method != "OPTIONS" else "no-store")
            or r.headers["x-content-type-options"] != "nosniff"
        ):
            return "Cache-Control or X-Content-Type-Options"
        if method in ("HEAD", "OPTIONS") or r.status in (204, 304):
            return "a body where none may be" if r.raw else None
        if not r.headers.get("content-type", "").startswith("application/json") or not isinstance(
            r.json, dict
        ):
            return "not JSON"
        return (
            self.error_fault(r, request_id)
            if r.status >= 400
            else None
            if "data" in r.json
            else "no data"
        )

    @staticmethod
    def error_fault(r, request_id):
        e = r.error
        if sorted(r.json) != ["error", "requestId"] or sorted(e) != [
            "code",
            "details",
            "hint",
            "message",
        ]:
            return "not the error envelope"
        if r.json["requestId"] != request_id:
            return "requestId is not X-Request-Id"
        if STATUS.get(e["code"]) != r.status:
            return "code and status do not belong together"
        if not e["message"] or len(e["hint"]) < 10 or not isinstance(e["details"], list):
            return "message, hint or details"
        return None if all(sorted(d) == ["field", "message"] for d in e["details"]) else "details"

    # ---- instances ----
    def body_for(self, route):
        body = copy.deepcopy(
            SAMPLES["bodies"].get(route["name"], SAMPLES["bodies"].get(route["resource"]))
        )
        if body is None:
            raise SystemExit("samples.json has no body for " + route["resource"])
        fresh = {
            "$now": lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "$hold": self.free_hold,
            "$code": self.ticket_code,
            "$email": lambda: "u%s@test.example" % uuid.uuid4().hex,
            "$doorCode": lambda: self.link_code("door-links", "url"),
            "$inviteCode": lambda: self.link_code("users", "inviteUrl"),
        }
        return {
            k: fresh[v]() if isinstance(v, str) and v in fresh else v
            for k, v in body.items()
            if k in route["body"]["properties"]
        }

    def link_code(self, collection, member):
        path = "/dashboard/v1/" + collection
        route = next(r for r in self.routes if r["path"] == path and r["creates"])
        made = self.ask("POST", route["path"], body=self.body_for(route))
        return re.search("[0-9A-Za-z]+$", made.data[member]).group()

    def ticket_code(self):
        made = self.ask("POST", "/box-office/v1/orders", body=SAMPLES["bodies"]["order"])
        return made.data["issuedTickets"][0]["code"]

    def free_hold(self):
        return self.ask("POST", "/public/v1/holds", None, SAMPLES["bodies"]["freeHold"]).data["id"]

    def needs_body(self, route):
        return bool(route.get("body")) and (route["creates"] or bool(route["body"].get("required")))

    def body_or_none(self, route):
        return self.body_for(route) if self.needs_body(route) else {} if route.get("body") else None

    def make(self, template, key="own"):
        """The template with the id of a fresh instance for each {…}."""
        done, generic = "", ""
        for part in template.strip("/").split("/"):
            done += "/" + (self.instance(done, generic, key) if part.startswith("{") else part)
            generic += "/" + part
        return done

    def instance(self, collection, generic, key):
        mount = re.match("/[a-z-]+/v1", generic).group()
        how = SAMPLES["instances"].get(generic, SAMPLES["instances"].get(generic[len(mount) :]))
        if how and key in (self.foreign_key, self.foreign_owner) and "foreign" in how:
            return how["foreign"]
        if how and "is" in how:
            return how["is"]
        if how and "create" in how:
            own = re.match("/[a-z-]+/v1/", how["create"])
            generic = how["create"] if own else mount + how["create"]
            collection = self.make(generic, key)
        elif how:
            new = uuid.UUID(
                bytes=bytes.fromhex("018f")
                + os.urandom(4)
                + b"\x70"
                + os.urandom(1)
                + b"\x80"
                + os.urandom(7)
            )
            slug = "other" if key in (self.foreign_key, self.foreign_owner) else "test"
            above = collection.split("/")[-2]
            for line in how["sql"]:
                self.site.sql(
                    line.replace("$parent", "x'%s'" % above.replace("-", ""))
                    .replace("$id", "x'%s'" % new.hex)
                    .replace("$org", "(SELECT id FROM organizations WHERE slug = '%s')" % slug)
                )
            return str(new)
        route = next(r for r in self.routes if r["method"] == "POST" and r["path"] == generic)
        made = self.ask("POST", collection, key, self.body_for(route))
        if made.status != 201:
            raise SystemExit("POST %s with the sample body: %r" % (collection, made))
        return self.pick(made.data, how and how.get("pick", "id") or "id")

    @staticmethod
    def pick(data, path):
        for part in path.split("."):
            data = data[int(part) if part.isdigit() else part]
        return data

    def ready(self, route):
        """A path for which the route's call is legal."""
        path = self.make(route["path"])
        last = path.rsplit("/", 1)[0]
        for verb in SAMPLES["before"].get(route["name"], []):
            self.ask("POST", last + verb)
        for line in SAMPLES["prepare"].get(route["name"], []):
            self.site.sql(line.replace("$id", "x'%s'" % last.rsplit("/", 1)[1].replace("-", "")))
        return path

    # ---- what a route must do ----
    def run(self, route):
        self.title = "%s %s" % (route["method"], route["path"])
        self.authentication(route)
        self.scope(route)
        self.missing(route)
        self.methods(route)
        self.success(route)
        if route["method"] == "GET":
            self.head(route)
        else:
            self.bodies(route)
        if route.get("body"):
            self.fields(route)

    def ok(self, what, good, detail=""):
        check("%s: %s" % (self.title, what), good, detail)

    def some_path(self, route):
        return re.sub(r"\{[^}]*\}", str(uuid.uuid4()), route["path"])

    def authentication(self, route):
        path, method = self.some_path(route), route["method"]
        if route["for"] == "anyone":
            return
        if route["for"] != "key":
            self.sessions_only(route, path, method)
            return
        r = self.ask(method, path, key=None)
        self.ok(
            "no key gives 401 with WWW-Authenticate",
            r.status == 401
            and r.error["code"] == "UNAUTHORIZED"
            and "www-authenticate" in r.headers,
            r,
        )
        revoked = self.site.key_object("events:read")
        self.site.command("key", "revoke", revoked["id"])
        last = "0" if self.key[-1] != "0" else "1"
        bodies = []
        for key in (
            "x",
            self.key[:-1] + last,
            self.key + "a",
            self.key[:-1],
            self.key.upper(),
            "tn_test_" + self.key[8:],
            UNKNOWN,
            revoked["key"],
        ):
            r = self.ask(method, path, key=key)
            bodies.append(
                (
                    r.status,
                    json.dumps(dict(r.json or {}, requestId="")),
                    sorted(set(r.headers) - {"connection"}),
                    r.headers.get("www-authenticate"),
                )
            )
        self.ok(
            "malformed, mistyped, unknown and revoked keys are told the same 401",
            bodies[0][0] == 401
            and len({b[:2] for b in bodies}) == 1
            and len({str(b[2:]) for b in bodies}) == 1,
            bodies,
        )

    def sessions_only(self, route, path, method):
        r = self.ask(method, path, key=None)
        self.ok(
            "nobody signed in gives 401 with WWW-Authenticate",
            r.status == 401
            and r.error["code"] == "UNAUTHORIZED"
            and "www-authenticate" in r.headers,
            r,
        )
        r = self.ask(method, path, self.key)
        self.ok("a key gives 403", r.status == 403 and r.error["code"] == "FORBIDDEN", r)
        if method != "GET":
            r = self.ask(method, path, self.owner, headers={"X-CSRF-Token": ""})
            self.ok(
                "without X-CSRF-Token 403", r.status == 403 and r.error["code"] == "FORBIDDEN", r
            )
        if route["for"] == "owner":
            r = self.ask(method, path, self.viewer)
            self.ok("a viewer gets 403", r.status == 403 and r.error["code"] == "FORBIDDEN", r)

    def scope(self, route):
        if not route["scope"]:
            return
        enough = [s for s in (route["scope"], route["orScope"]) if s]
        others = ",".join(s for s in ALL_SCOPES.split(",") if s not in enough)
        if route["scope"] == "orders:read":
            others = "webhooks:manage"
        if others not in KEYS:
            KEYS[others] = self.site.key(others)
        path = self.make(route["path"])
        for p in (path, self.some_path(route)):
            r = self.ask(route["method"], p, KEYS[others])
            self.ok(
                "without its scope 403" + ("" if p == path else ", also for an unknown id"),
                r.status == 403
                and r.error["code"] == "SCOPE_REQUIRED"
                and r.error["message"]
                == "This endpoint requires the '%s' scope." % "' or '".join(enough),
                r,
            )
        if route["scope"] not in KEYS:
            KEYS[route["scope"]] = self.site.key(route["scope"])
        body = self.body_or_none(route)
        r = self.ask(
            route["method"],
            self.ready(route) if "{" in route["path"] else path,
            KEYS[route["scope"]],
            body,
        )
        self.ok("its scope alone is enough", r.status < 300, r)

    def missing(self, route):
        if "{" not in route["path"]:
            return
        if route["for"] == "anyone":  # whoever knows it: nothing is foreign
            path = self.some_path(route)
            r = self.ask(route["method"], path)
            self.ok(
                "404 names what was sent",
                r.status == 404
                and r.error["code"] == "NOT_FOUND"
                and r.error["message"].endswith(" not found: " + path.split("/", 4)[4]),
                r,
            )
            return
        body = self.body_or_none(route)
        foreign = self.make(route["path"], self.foreign(route["path"]))
        random = re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", lambda m: "ffffffff" + m.group()[8:], foreign)
        answers = []
        shared = route["resource"] in SAMPLES["shared"]
        for path in (random,) if shared else (foreign, random):
            r = self.ask(route["method"], path, body=body)
            ids = re.findall("[0-9a-f]{8}-[0-9a-f-]{27}|TN-[0-9A-Z.-]{20,}", path)
            self.ok(
                "404 names the id as sent",
                r.status == 404
                and r.error["code"] == "NOT_FOUND"
                and any(r.error["message"].endswith(" not found: " + i) for i in ids),
                r,
            )
            answers.append(
                re.sub(
                    "[0-9a-f]{8}-[0-9a-f-]{27}", "", json.dumps(dict(r.json or {}, requestId=""))
                )
                + str(sorted(set(r.headers) - {"connection"}))
            )
        self.ok(
            "another organization's is as if it were not there",
            shared or answers[0] == answers[1],
            answers,
        )

    def methods(self, route):
        path = self.some_path(route)
        allowed = set().union(*(m for t, m in self.allowed.items() if is_of(t, path)))
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - allowed:
            r = self.ask(method, path)
            self.ok(
                "%s gives 405 and Allow" % method,
                r.status == 405
                and set(r.headers.get("allow", "").split(", ")) == allowed | {"OPTIONS"},
                r,
            )
        for key in (None, "own"):
            r = self.ask("OPTIONS", path, key)
            self.ok(
                "OPTIONS gives 204 and Allow",
                r.status == 204
                and set(r.headers.get("allow", "").split(", ")) == allowed | {"OPTIONS"},
                r,
            )

    def success(self, route):
        body = self.body_or_none(route)
        methods = METHODS[route["method"]] if route["method"] != "GET" else ("GET",)
        for method in methods:
            path = self.ready(route)
            r = self.ask(method, path, body=body)
            self.ok(
                "%s gives %d" % (method, 201 if route["creates"] else 200),
                r.status == (201 if route["creates"] else 200),
                r,
            )
            if r.status >= 300:
                return
            self.exercised.add(route["name"])
            self.shape(route, r, path)

    def shape(self, route, r, path):
        if route["method"] == "DELETE":
            self.ok(
                "says what is deleted",
                sorted(r.data) == ["deleted", "id"]
                and r.data["deleted"] is True
                and ("{" not in route["path"] or r.data["id"] == path.rsplit("/", 1)[1]),
                r,
            )
            return
        schema = self.resources.get(route["resource"])
        if not schema:
            self.ok("has a described resource", False, route["resource"])
            return
        rows = r.data if route["list"] else [r.data]
        problems = [] if isinstance(rows, list) else ["not a list"]
        for row in rows:
            problems += [
                "%s: %s" % (list(e.path), e.message)
                for e in jsonschema.Draft202012Validator(
                    closed(schema), format_checker=FORMATS
                ).iter_errors(row)
            ]
            if not route["list"]:
                problems += ["no " + name for name in schema["properties"] if name not in row]
        self.ok("the answer is as described", not problems, "\n".join(problems))
        if route["list"]:
            meta = r.json.get("meta", {})
            self.ok(
                "meta is complete",
                sorted(meta) == ["nextCursor", "page", "take", "total", "totalPages"]
                and meta["page"] == 1
                and meta["take"] == 10
                and len(rows) == min(10, meta["total"]),
                r,
            )
        else:
            self.ok(
                "a strong ETag",
                bool(re.fullmatch(r'"[\x21\x23-\x7e]+"', r.headers.get("etag", ""))),
                r,
            )

    def head(self, route):
        path = self.ready(route)
        get, head = self.ask("GET", path), self.ask("HEAD", path)
        same = lambda h: {
            k: v
            for k, v in h.items()
            if k
            not in (
                "x-request-id",
                "date",
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
                "ratelimit",
            )
        }
        if route["name"] in (
            "account.get",
            "key.get",
        ):  # lastUsedAt may have been written in between
            same = sorted
        self.ok(
            "HEAD has the same headers and no body",
            head.status == get.status and same(head.headers) == same(get.headers) and not head.raw,
            "%r\n%r" % (get, head),
        )
        if not route["list"]:
            r = self.ask("GET", path, headers={"If-None-Match": get.headers.get("etag", "")})
            self.ok(
                "If-None-Match gives 304",
                r.status == 304 and r.headers.get("etag") == get.headers.get("etag"),
                r,
            )
        for q in route["query"]:
            r = self.ask("GET", path + "?%s=%s&%s=%s" % (q["name"], "a", q["name"], "a"))
            self.ok("?%s twice gives 400" % q["name"], r.status == 400 and q["name"] in r.fields, r)
            schema = q["schema"]
            bad = (
                "nonsense"
                if "enum" in schema
                or "format" in schema
                or schema["type"] in ("integer", "number", "boolean")
                or q["name"] in ("sort", "cursor")
                else "x" * (schema.get("maxLength", 0) + 1)
            )
            r = self.ask("GET", path + "?%s=%s" % (q["name"], bad))
            self.ok(
                "?%s=%.20s gives 400 naming it" % (q["name"], bad),
                r.status == 400 and r.fields == [q["name"]],
                r,
            )
        r = self.ask("GET", path + "?zzz=1")
        self.ok(
            "an unknown query parameter is ignored and named",
            r.status == 200 and r.headers.get("ignored-fields") == "zzz",
            r,
        )
        r = self.ask("GET", path + "?zzz=1", headers={"Prefer": "handling=strict"})
        self.ok(
            "an unknown query parameter is refused when strict",
            r.status == 400 and r.fields == ["zzz"],
            r,
        )

    def bodies(self, route):
        if route["method"] == "DELETE":
            return
        path, method = self.ready(route), route["method"]
        for text, why in (
            ('{"a":1', "cut off"),
            ("{'a':1}", "single quotes"),
            ('{"a":1,"a":2}', "duplicate key"),
            ("{} x", "something behind"),
            ("[]", "an array"),
            ("null", "null"),
            ('"x"', "a string"),
            ("NaN", "NaN"),
            (b'{"name":"\xff"}', "bad UTF-8"),
            ("[" * 40 + "]" * 40, "too deep"),
        ):
            r = self.ask(method, path, body=text)
            self.ok(
                "a body that is %s gives 400" % why,
                r.status == 400
                and r.fields == ["body"]
                and r.error["message"] == "Validation failed",
                r,
            )
        for kind in (
            "text/plain",
            "application/xml",
            "application/json; charset=utf-16",
            "application/json-patch+json",
            "application/jsonx",
            "multipart/form-data",
        ):
            r = self.ask(method, path, body="{}", headers={"Content-Type": kind})
            self.ok("%s gives 415" % kind, r.status == 415, r)
        r = self.ask(method, path, body=b" " * (1 << 20) + b"{}")
        self.ok("more than 1 MiB gives 413", r.status == 413, r)
        unknown = dict(self.body_for(route) if self.needs_body(route) else {}, zzz=1)
        r = self.ask(method, path, body=unknown, headers={"Prefer": "handling=strict"})
        self.ok(
            "an unknown field is refused when strict", r.status == 400 and r.fields == ["zzz"], r
        )
        r = self.ask(method, path, body=unknown)
        self.ok(
            "an unknown field is ignored and named",
            r.status < 300 and r.headers.get("ignored-fields") == "zzz",
            r,
        )
        if route.get("body"):
            r = self.ask(method, self.ready(route), body=b"")
            if route["bare"]:
                self.ok("needs no body", r.status < 300, r)
            else:
                self.ok("an empty body gives 400", r.status == 400 and r.fields == ["body"], r)

    def fields(self, route):
        create = route["method"] == "POST"  # a default or null stands in for what is not sent
        base = self.body_for(route) if create else {}
        path = self.ready(route)
        schema = route["body"]
        for name, field in schema["properties"].items():
            self.one_field(
                route, path, base, name, field, name in schema.get("required", []), create
            )
        everything = {name: wrong_type(f) for name, f in schema["properties"].items()}
        r = self.ask(route["method"], path, body=everything)
        self.ok("all problems at once", r.status == 400 and r.fields == sorted(everything), r)
        if create and schema.get("required"):
            r = self.ask(route["method"], path, body={})
            self.ok(
                "all missing fields at once",
                r.status == 400 and r.fields == sorted(schema["required"]),
                r,
            )

    def one_field(self, route, path, base, name, field, required, create):
        def refused(value, phrase, what, where=name, top=name):
            body = dict(base)
            if value is MISSING:
                body.pop(top, None)
            else:
                body[top] = value
            r = self.ask(route["method"], path, body=body)
            message = [d["message"] for d in r.error.get("details", [])]
            said = len(message) == 1 and (
                message == ["%s %s" % (where, phrase)]
                if phrase
                else message[0].startswith(where + ": ")
            )
            self.ok(
                "%s %s" % (where, what),
                r.status == 400 and r.fields == [where] and said,
                "wanted: %s %s\n%r" % (where, phrase, r),
            )

        def accepted(value, what):
            target = path if route["creates"] else self.ready(route)
            mine = dict(self.body_for(route) if create and route["creates"] else base)
            r = self.ask(route["method"], target, body=dict(mine, **{name: value}))
            self.ok("%s %s" % (name, what), r.status < 300, r)

        if required:
            refused(MISSING, "should not be empty", "missing")
        if "null" in types(field) and name not in SAMPLES["conditional"].get(route["name"], []):
            accepted(None, "null")
        elif required or not create:
            refused(None, "should not be empty", "null")
        for value, phrase, what in wrong_values(field):
            refused(value, phrase, what)
        items = field.get("items")
        if "array" not in types(field) or not items or field.get("format") == "ip-allowlist":
            return
        if items["type"] == "object":
            good = base[name][0] if base.get(name) else SAMPLES["bodies"][name.rstrip("s")]
            refused(["x"], "must be an object", "with a string in it", name + ".0")
            for inner, f in items["properties"].items():
                where = "%s.0.%s" % (name, inner)
                if inner in items.get("required", []):
                    refused(
                        [{k: v for k, v in good.items() if k != inner}],
                        "should not be empty",
                        "missing",
                        where,
                    )
                for value, phrase, what in wrong_values(f):
                    refused([dict(good, **{inner: value})], phrase, what, where)
        else:
            for value, phrase, what in wrong_values(items):
                refused([value], phrase, "in the list " + what, name + ".0")


MISSING = object()
KEYS = {}


def types(field):
    t = field.get("type", "object")
    return t if isinstance(t, list) else [t]


def closed(schema):
    """The same, without room for members that are not described."""
    schema = copy.deepcopy(schema)

    def walk(s):
        if isinstance(s, dict):
            if isinstance(s.get("properties"), dict):
                s["additionalProperties"] = False
            for v in s.values():
                walk(v)
        elif isinstance(s, list):
            for v in s:
                walk(v)

    walk(schema)
    return schema


def wrong_type(field):
    return [v for v, _, what in wrong_values(field) if what == "of a wrong type"][0]


def wrong_values(field):
    """Values a field must refuse: value, phrase, what."""
    t = [x for x in types(field) if x != "null"][0]
    out = []
    if "enum" in field:
        phrase = "must be one of the following values: " + ", ".join(v for v in field["enum"] if v)
        return [
            (5, phrase, "of a wrong type"),
            ("NOPE", phrase, "with an unknown choice"),
            (field["enum"][0].swapcase(), phrase, "in the wrong case"),
            ([], phrase, "as an array"),
        ]
    if t == "string" and field.get("format") == "date-time":
        phrase = "must be a valid ISO 8601 date string"
        return [(5, phrase, "of a wrong type")] + [
            (v, phrase, "as " + (v or "nothing"))
            for v in (
                "",
                "tomorrow",
                "2030-06-15",
                "2030-06-15T18:00:00",
                "2030-02-30T18:00:00Z",
                "2030-06-15T24:00:00Z",
            )
        ]
    if t == "string" and field.get("format") == "uuid":
        return [
            (v, "must be a UUID", what)
            for v, what in ((5, "of a wrong type"), ("x", "that is no UUID"), ("", "that is empty"))
        ]
    if t == "string":
        out = [
            (v, "must be a string", what)
            for v, what in (
                (5, "of a wrong type"),
                ({}, "as an object"),
                (True, "as a boolean"),
                (["a"], "as an array"),
            )
        ]
        if field.get("format") == "uri":
            longest = field.get("maxLength", 2048)
            out.append(
                (
                    "https://example.com/" + "a" * (longest - 19),
                    "must be shorter than or equal to %d characters" % longest,
                    "too long",
                )
            )
        elif field.get("maxLength") and (field.get("pattern") or field["maxLength"] != 64):
            out.append(
                (
                    "a" * (field["maxLength"] + 1),
                    "must be shorter than or equal to %d characters" % field["maxLength"],
                    "too long",
                )
            )
        if field.get("minLength") == 1:
            out += [("", "should not be empty", "empty"), (" \t ", "should not be empty", "blank")]
        out.append(("a\0b", "must not contain the character U+0000", "with U+0000"))
        return out
    if t in ("integer", "number"):
        phrase = "must be an integer number" if t == "integer" else "must be a number"
        out = [
            (v, phrase, what)
            for v, what in (("5", "of a wrong type"), (True, "as a boolean"), ([], "as an array"))
        ]
        out.append(
            (5.5, phrase, "with a fraction")
            if t == "integer"
            else (5.555, "must have no more than two decimals", "with three decimals")
        )
        if "minimum" in field:
            out.append(
                (field["minimum"] - 1, "must not be less than %d" % field["minimum"], "too small")
            )
            out.append(
                (-(10**30), "must not be less than %d" % field["minimum"], "far too small")
            )
        if "maximum" in field:
            out.append(
                (
                    field["maximum"] + 1,
                    "must not be greater than %d" % field["maximum"],
                    "too large",
                )
            )
            out.append(
                (10**30, "must not be greater than %d" % field["maximum"], "far too large")
            )
        return out
    if t == "boolean":
        return [
            (v, "must be a boolean value", what)
            for v, what in (("true", "of a wrong type"), (1, "as a number"))
        ]
    if field.get("format") == "ip-allowlist":
        phrase = "must be an array of addresses and ranges, or a comma-separated string"
        return [
            (5, phrase, "of a wrong type"),
            ({}, phrase, "as an object"),
            ("10.0.0.5/24", None, "with host bits set"),
            ("example.com", None, "with a name"),
            (["1.2.3.4", "::1%eth0"], None, "with a zone"),
            ("\x0010.0.0.0/8", "must not contain the character U+0000", "as text with U+0000"),
            (" ", None, "that is blank"),
            (",", None, "with nothing but a comma"),
        ]
    if t == "object":
        return [
            (v, "must be an object", what)
            for v, what in ((5, "of a wrong type"), ([], "as an array"))
        ]
    out = [
        (v, "must be an array", what)
        for v, what in (("x", "of a wrong type"), ({}, "as an object"))
    ]
    if field.get("minItems"):
        out.append(([], "should not be empty", "empty"))
    if field.get("maxItems"):
        inner = {} if field["items"]["type"] == "object" else "https://example.com/"
        out.append(
            (
                [inner] * (field["maxItems"] + 1),
                "must contain no more than %d elements" % field["maxItems"],
                "with too many elements",
            )
        )
    return out


# nothing is sent here; mail to users has links with the suite's address
MAIL = (
    "mail_url = smtp://127.0.0.1:9\nmail_from = tickets@shop.example\n"
    "public_url = http://tickets.example\n"
)
with Site(conf=MAIL) as site:
    contract = Contract(site)
    UNKNOWN = wrong_key()
    names = [r["name"] for r in contract.routes]
    check("every route has a name of its own", len(set(names)) == len(names), names)
    for one in contract.routes:
        contract.run(one)
    check(
        "every answer had its headers and its envelope",
        not contract.wrong,
        "\n".join(contract.wrong),
    )
    check(
        "every described route was exercised",
        contract.exercised == set(names),
        set(names) - contract.exercised,
    )
    check(
        "every described resource is a closed object",
        all("required" in s for s in contract.resources.values()),
    )
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
