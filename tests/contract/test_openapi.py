#!/usr/bin/env python3
"""htdocs/openapi.json: what the programs say, sound by a standard validator, and true of a live
site.

The validator is the npm package of tests/npm/, put below var/ from its lock file; the schemas and
examples are judged by python3-jsonschema as well."""
import copy
import json
import os
import re
import subprocess
import sys

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import npm  # noqa: E402
from harness import BUILD, SRC, Site, check, finish  # noqa: E402
from webhook_fixture import WebhookFixture  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

PATH = os.path.join(SRC, "htdocs", "openapi.json")
with open(PATH, "rb") as file:
    RAW = file.read()
DOCUMENT = json.loads(RAW)
MOUNT = "/open-api/v1"
MOUNTS = (MOUNT, "/box-office/v1", "/dashboard/v1", "/public/v1")
UNKEPT = (
    "/dashboard/v1/door-session",
    "/dashboard/v1/password/set",
    "/dashboard/v1/session",
    "/dashboard/v1/session/password",
)  # an Idempotency-Key means nothing here
METHODS = ("get", "post", "patch", "delete")
FORMATS = jsonschema.FormatChecker(formats=())
PATTERNS = {
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "uri": r"https?://[^\s]+",
}
for name, pattern in PATTERNS.items():
    FORMATS.checks(name)(
        lambda value, pattern=pattern: not isinstance(value, str)
        or bool(re.fullmatch(pattern, value))
    )


# ---- reading the document ----


def follow(node):
    """The node that a reference stands for; KeyError when it leads nowhere."""
    while isinstance(node, dict) and "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def nodes(node, path=""):
    yield path, node
    for key, inner in (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    ):
        yield from nodes(inner, "%s/%s" % (path, key))


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def faults(value, schema):
    """What makes a value unfit for a schema of the document."""
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": DOCUMENT["components"],
    }
    found = jsonschema.Draft202012Validator(whole, format_checker=FORMATS).iter_errors(value)
    return ["%s: %s" % (".".join(map(str, e.absolute_path)), e.message[:200]) for e in found]


def undeclared(value, schema, path=""):
    """Members that the schema does not know: allowed to JSON Schema, but here the document would be
    behind the programs."""
    schema = follow(schema)
    for one in schema.get("anyOf", []):
        if isinstance(value, dict) and follow(one).get("properties"):
            schema = follow(one)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return [path + key for key in value if key not in known] + [
            u
            for key in value
            if key in known
            for u in undeclared(value[key], known[key], "%s%s." % (path, key))
        ]
    if isinstance(value, list) and "items" in schema:
        return [
            u
            for i, one in enumerate(value)
            for u in undeclared(one, schema["items"], "%s%d." % (path, i))
        ]
    return []


# ---- the file ----


def test_drift():
    p = subprocess.run(
        [sys.executable, os.path.join(SRC, "doc/openapi.py"), "--check", BUILD],
        capture_output=True,
        text=True,
    )
    check("the document is what the programs say", p.returncode == 0, p.stdout + p.stderr)
    folder = os.path.join(BUILD, "fcgi")
    said = set()
    for program in sorted(os.listdir(folder)):
        if program.endswith(".fcgi"):
            out = json.loads(
                subprocess.run(
                    [os.path.join(folder, program), "--describe"],
                    check=True,
                    capture_output=True,
                    stdin=subprocess.DEVNULL,
                ).stdout
            )
            said |= {
                (r["method"].lower(), re.sub(r"{\w+}", "{}", r["mount"] + r["path"]))
                for r in out["routes"]
                if r["mount"] in MOUNTS
            }
    there = {(method, re.sub(r"{\w+}", "{}", path)) for method, path, _ in operations()}
    check("every declared route is in the document", not said - there, sorted(said - there))
    check("every route of the document is declared", not there - said, sorted(there - said))
    check(
        "two-space indent and a newline at the end",
        RAW == (json.dumps(DOCUMENT, indent=2, ensure_ascii=False) + "\n").encode(),
    )


def test_standard():
    folder, why = npm.packages()
    if not check("the validator installs from its lock file", folder, why):
        return
    tool = os.path.join(folder, "node_modules/.bin/validate-api")
    p = subprocess.run([tool, PATH], capture_output=True, text=True)
    check(
        "a standard validator takes the document",
        p.returncode == 0 and '"valid": true' in p.stdout,
        p.stdout + p.stderr,
    )
    broken = copy.deepcopy(DOCUMENT)
    del broken["info"]["title"]
    with open(os.path.join(folder, "broken.json"), "w", encoding="utf-8") as f:
        json.dump(broken, f)
    p = subprocess.run([tool, f.name], capture_output=True, text=True)
    check("and refuses one without a title", '"valid": true' not in p.stdout, p.stdout)


def test_references():
    lost = []
    used = set()
    for path, node in nodes(DOCUMENT):
        if path.endswith("/$ref"):
            used.add(node)
            try:
                follow({"$ref": node})
            except (KeyError, TypeError):
                lost.append("%s -> %s" % (path, node))
    check("every reference leads somewhere", used and not lost, "\n".join(lost))
    idle = [
        "%s/%s" % (kind, name)
        for kind, all_of in DOCUMENT["components"].items()
        if kind != "securitySchemes"
        for name in all_of
        if "#/components/%s/%s" % (kind, name) not in used
    ]
    check("every component is used", not idle, idle)


def test_operations():
    ids = [o["operationId"] for _, _, o in operations()]
    check(
        "every operationId is there once",
        len(ids) == len(set(ids)),
        sorted(i for i in ids if ids.count(i) > 1),
    )
    check(
        "every operationId is a name in any language",
        all(re.fullmatch(r"[a-z][A-Za-z0-9]*", i) for i in ids),
        ids,
    )
    wrong = []
    tags = [t["name"] for t in DOCUMENT["tags"]]
    for method, path, o in operations():
        where = "%s %s: " % (method, path)
        parameters = [follow(p) for p in o["parameters"]]
        names = [(p["in"], p["name"].lower()) for p in parameters]
        if sorted(p["name"] for p in parameters if p["in"] == "path") != sorted(
            re.findall(r"{(\w+)}", path)
        ):
            wrong.append(where + "path parameters")
        if len(names) != len(set(names)):
            wrong.append(where + "a parameter twice")
        if not set(o["tags"]) <= set(tags) or not o["summary"] or not o["description"]:
            wrong.append(where + "tag, summary or description")
        scope = o["x-required-scope"]
        if scope and (scope not in o["description"] or o["security"] != [{"apiKey": [scope]}]):
            wrong.append(where + "scope")
        if (method == "post" and path not in UNKEPT) != (("header", "idempotency-key") in names):
            wrong.append(where + "Idempotency-Key")
        for status, response in o["responses"].items():
            headers = follow(response)["headers"]
            if not {"X-Request-Id", "X-RateLimit-Limit", "RateLimit"} <= set(headers):
                wrong.append(where + status + " headers")
    check("every operation is complete", not wrong, "\n".join(wrong))


def test_schemas():
    wrong = []
    for name, schema in DOCUMENT["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as e:
            wrong.append("%s: %s" % (name, e.message))
    check("every schema is JSON Schema 2020-12", not wrong, "\n".join(wrong))


def test_examples():
    wrong, count = [], 0
    for path, node in nodes(DOCUMENT):
        if (
            not isinstance(node, dict)
            or not isinstance(node.get("schema"), dict)
            or "/schemas/" in path
        ):
            continue
        values = [e["value"] for e in node.get("examples", {}).values()] + (
            [node["example"]] if "example" in node else []
        )
        for value in values:
            count += 1
            wrong += [
                "%s: %s" % (path, fault)
                for fault in faults(value, node["schema"])
                + ["%s is not declared" % u for u in undeclared(value, node["schema"])]
            ]
    check(
        "every example fits its schema",
        count > 20 and not wrong,
        "\n".join(wrong) or "%d examples" % count,
    )
    check(
        "a wrong value would be found",
        faults({"data": {"id": 1}}, {"$ref": "#/components/schemas/DeletedResponse"}),
    )
    bare = [
        o["operationId"] + " " + status
        for _, _, o in operations()
        for status, r in o["responses"].items()
        if status != "304" and not all(c.get("examples") for c in follow(r)["content"].values())
    ]
    check("every answer has an example", not bare, bare)


# ---- a live site ----


def judge(title, response, method, path, status):
    """A real response against what the document says of the operation."""
    operation = DOCUMENT["paths"][path][method]
    detail = (
        [] if response.status == status else ["status %d instead of %d" % (response.status, status)]
    )
    declared = follow(operation["responses"].get(str(response.status), {}))
    if not declared:
        detail.append("status %d is not in the document" % response.status)
    elif "content" in declared:
        schema = declared["content"]["application/json"]["schema"]
        detail += faults(response.json, schema) + [
            "%s is not in the document" % u for u in undeclared(response.json, schema)
        ]
    elif response.raw:
        detail.append("a body where the document has none")
    always = set(HEADERS_ALWAYS) | ({"etag"} if "ETag" in declared.get("headers", {}) else set())
    detail += ["header %s is missing" % h for h in sorted(always - set(response.headers))]
    check("live: " + title, not detail, "\n".join(detail) + "\n" + repr(response))
    return response


HEADERS_ALWAYS = (
    "x-request-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit-policy",
    "ratelimit",
)
EVENTS = MOUNT + "/events"
ONE = EVENTS + "/{idOrSlug}"


def test_served(site):
    r = site.get("/openapi.json")
    check(
        "served without a key, byte by byte",
        r.status == 200 and r.raw == RAW,
        "%d, %d bytes instead of %d" % (r.status, len(r.raw), len(RAW)),
    )
    check(
        "served as application/json",
        r.headers.get("content-type", "").split(";")[0] == "application/json",
        r.headers,
    )


def test_live(site):
    key, reader = site.key(), site.key("tickets:read")
    judge("me", site.get("/me", key), "get", MOUNT + "/me", 200)
    judge("me without a key", site.get("/me"), "get", MOUNT + "/me", 401)
    body = DOCUMENT["paths"][EVENTS]["post"]["requestBody"]["content"]["application/json"][
        "examples"
    ]["example"]["value"]
    made = judge(
        "create, with the document's own example",
        site.post("/events", key, body),
        "post",
        EVENTS,
        201,
    )
    event = made.data["id"]
    patch = DOCUMENT["paths"][ONE]["patch"]["requestBody"]["content"]["application/json"][
        "examples"
    ]["example"]["value"]
    judge(
        "update, with the document's own example",
        site.patch("/events/" + event, key, patch),
        "patch",
        ONE,
        200,
    )
    got = judge("get", site.get("/events/" + event, key), "get", ONE, 200)
    judge(
        "get what has not changed",
        site.get("/events/" + event, key, headers={"If-None-Match": got.headers["etag"]}),
        "get",
        ONE,
        304,
    )
    judge("list", site.get("/events", key), "get", EVENTS, 200)
    for sort in [
        s
        for p in DOCUMENT["paths"][EVENTS]["get"]["parameters"]
        if p.get("name") == "sort"
        for s in p["schema"]["enum"]
    ]:
        judge("list by " + sort, site.get("/events?sort=" + sort, key), "get", EVENTS, 200)
    judge(
        "400",
        site.post("/events", key, {"name": "", "dateTime": "soon", "tickets": [{}]}),
        "post",
        EVENTS,
        400,
    )
    judge("403", site.get("/events", reader), "get", EVENTS, 403)
    judge("404", site.get("/events/nothing-here", key), "get", ONE, 404)
    judge(
        "415",
        site.post("/events", key, "name=x", headers={"Content-Type": "text/plain"}),
        "post",
        EVENTS,
        415,
    )
    judge("publish", site.post("/events/" + event + "/publish", key), "post", ONE + "/publish", 200)
    judge("409", site.post("/events/" + event + "/publish", key), "post", ONE + "/publish", 409)
    judge(
        "412",
        site.post("/events/" + event + "/archive", key, headers={"If-Match": got.headers["etag"]}),
        "post",
        ONE + "/archive",
        412,
    )
    judge(
        "unpublish",
        site.post("/events/" + event + "/unpublish", key),
        "post",
        ONE + "/unpublish",
        200,
    )
    once = {"Idempotency-Key": "openapi-1"}
    judge(
        "archive",
        site.post("/events/" + event + "/archive", key, headers=once),
        "post",
        ONE + "/archive",
        200,
    )
    judge(
        "422",
        site.post("/events/" + event + "/restore", key, headers=once),
        "post",
        ONE + "/restore",
        422,
    )
    judge("restore", site.post("/events/" + event + "/restore", key), "post", ONE + "/restore", 200)
    judge("delete", site.delete("/events/" + event, key), "delete", ONE, 200)


def test_live_parts(site):
    """Whatever lies below an event and can be created there: create with the document's example,
    get, list, delete."""
    key = site.key()
    event = site.post(
        "/events", key, {"name": "Parts", "dateTime": "2026-11-14T19:00:00+08:00"}
    ).data["id"]
    for path in [
        p
        for p, item in DOCUMENT["paths"].items()
        if re.fullmatch(re.escape(ONE) + r"/\w+", p) and {"get", "post"} <= set(item)
    ]:
        real = path.removeprefix(MOUNT).replace("{idOrSlug}", event)
        one = path + "/{id}"
        body = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"][
            "examples"
        ]["example"]["value"]
        made = judge("create below " + path, site.post(real, key, body), "post", path, 201)
        judge("list " + path, site.get(real, key), "get", path, 200)
        if one in DOCUMENT["paths"] and made.data:
            judge("get " + one, site.get("%s/%s" % (real, made.data["id"]), key), "get", one, 200)
            judge("the event shows " + path, site.get("/events/" + event, key), "get", ONE, 200)
            judge(
                "delete " + one,
                site.delete("%s/%s" % (real, made.data["id"]), key),
                "delete",
                one,
                200,
            )


def test_live_box_office(site):
    key, mount = site.key(), "/box-office/v1"
    event = site.post(
        "/events",
        key,
        {
            "name": "Sale",
            "dateTime": "2040-11-14T19:00:00+08:00",
            "tickets": [{"name": "One", "price": 1500, "quantity": 9, "published": True}],
        },
    ).data
    ticket = site.get("/events/%s/tickets" % event["id"], key).data[0]["id"]
    site.post("/events/%s/publish" % event["id"], key)
    wish = {"eventId": event["id"], "items": [{"ticketId": ticket, "quantity": 2}]}
    hold = judge(
        "hold", site.post("/holds", key, wish, mount=mount), "post", mount + "/holds", 201
    ).data["id"]
    judge(
        "get a hold",
        site.get("/holds/" + hold, key, mount=mount),
        "get",
        mount + "/holds/{id}",
        200,
    )
    judge(
        "extend a hold",
        site.post("/holds/%s/extend" % hold, key, mount=mount),
        "post",
        mount + "/holds/{id}/extend",
        200,
    )
    body = dict(
        DOCUMENT["paths"][mount + "/orders"]["post"]["requestBody"]["content"]["application/json"][
            "examples"
        ]["example"]["value"],
        holdId=hold,
    )
    order = judge(
        "order, with the document's own example",
        site.post("/orders", key, body, mount=mount),
        "post",
        mount + "/orders",
        201,
    ).data
    back = DOCUMENT["paths"][mount + "/orders/{id}/refund"]["post"]["requestBody"]["content"][
        "application/json"
    ]["examples"]["example"]["value"]
    back = dict(back, items=[dict(back["items"][0], itemId=order["items"][0]["id"])])
    judge(
        "refund, with the document's own example",
        site.post("/orders/%s/refund" % order["id"], key, back, mount=mount),
        "post",
        mount + "/orders/{id}/refund",
        200,
    )
    judge(
        "more than there is",
        site.post(
            "/holds", key, dict(wish, items=[{"ticketId": ticket, "quantity": 9}]), mount=mount
        ),
        "post",
        mount + "/holds",
        409,
    )
    hold = site.post("/holds", key, wish, mount=mount).data["id"]
    judge(
        "release a hold",
        site.delete("/holds/" + hold, key, mount=mount),
        "delete",
        mount + "/holds/{id}",
        200,
    )


def test_live_public(site):
    key, mount = site.key(), "/public/v1"
    event = site.post(
        "/events",
        key,
        {
            "name": "Open house",
            "dateTime": "2040-11-14T19:00:00+08:00",
            "tickets": [{"name": "Free", "price": 0, "quantity": 9, "published": True}],
        },
    ).data
    ticket = event["tickets"][0]["id"]
    path, real = mount + "/events/{orgSlug}/{eventSlug}", "/events/test/" + event["slug"]
    judge("not published", site.get(real, mount=mount), "get", path, 404)
    site.post("/events/%s/publish" % event["id"], key)
    got = judge("get", site.get(real, mount=mount), "get", path, 200)
    judge(
        "get what has not changed",
        site.get(real, mount=mount, headers={"If-None-Match": got.headers["etag"]}),
        "get",
        path,
        304,
    )
    wish = {"eventId": event["id"], "items": [{"ticketId": ticket, "quantity": 2}]}
    hold = judge(
        "hold", site.post("/holds", None, wish, mount=mount), "post", mount + "/holds", 201
    ).data["id"]
    judge("get a hold", site.get("/holds/" + hold, mount=mount), "get", mount + "/holds/{id}", 200)
    body = dict(
        DOCUMENT["paths"][mount + "/orders"]["post"]["requestBody"]["content"]["application/json"][
            "examples"
        ]["example"]["value"],
        holdId=hold,
    )
    judge(
        "order, with the document's own example",
        site.post("/orders", None, body, mount=mount),
        "post",
        mount + "/orders",
        201,
    )
    hold = site.post("/holds", None, wish, mount=mount).data["id"]
    judge(
        "release a hold",
        site.delete("/holds/" + hold, mount=mount),
        "delete",
        mount + "/holds/{id}",
        200,
    )
    judge(
        "more than there is",
        site.post(
            "/holds", None, dict(wish, items=[{"ticketId": ticket, "quantity": 9}]), mount=mount
        ),
        "post",
        mount + "/holds",
        409,
    )


def test_live_webhooks():
    """Every event of the document as a receiver gets it."""
    with Receiver() as receiver, WebhookFixture() as w:
        w.endpoint(receiver.url(), sorted(DOCUMENT["webhooks"]))
        event = w.site.post(
            "/events",
            w.key,
            {
                "name": "Last ones",
                "dateTime": "2040-11-14T19:00:00+08:00",
                "tickets": [{"name": "One", "price": 100, "quantity": 9, "published": True}],
            },
        ).data
        w.site.post("/events/%s/publish" % event["id"], w.key)
        items = [{"ticketId": event["tickets"][0]["id"], "quantity": 9}]
        buyer = {"name": "Ana", "email": "ana@example.com"}
        box = {"mount": "/box-office/v1"}
        order = w.site.post(
            "/orders", w.key, {"eventId": event["id"], "items": items, "buyer": buyer}, **box
        ).data
        code = order["issuedTickets"][0]["code"]
        w.site.post("/check-ins", w.key, {"code": code, "eventId": event["id"]}, **box)
        w.site.post("/orders/%s/refund" % order["id"], w.key, {}, **box)
        w.flush("--once")
        got = {json.loads(r["body"])["event"]: r for r in receiver.log()}
    check("live: every webhook event", set(got) == set(DOCUMENT["webhooks"]), sorted(got))
    for name, request in got.items():
        operation = DOCUMENT["webhooks"][name]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.loads(request["body"])
        wrong = faults(body, schema) + undeclared(body, schema)
        for parameter in map(follow, operation["parameters"]):
            value = request["header"].get(parameter["name"].lower())
            wrong += ["%s: %s" % (parameter["name"], f) for f in faults(value, parameter["schema"])]
        check("live: %s is what the document says" % name, not wrong, "\n".join(wrong))


def main():
    test_drift()
    test_standard()
    test_references()
    test_operations()
    test_schemas()
    test_examples()
    with Site() as site:
        test_served(site)
        test_live(site)
        test_live_parts(site)
        test_live_box_office(site)
        test_live_public(site)
        reports = site.sanitizer_reports()
        check("no sanitizer spoke", not reports, "\n".join(reports))
    test_live_webhooks()
    finish()


main()
