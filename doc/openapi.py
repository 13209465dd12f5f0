#!/usr/bin/env python3
"""Writes htdocs/openapi.json from --describe of the built programs.

usage: doc/openapi.py [--check] FOLDER

FOLDER holds the built programs (*.fcgi), in itself or in fcgi/. --check writes nothing: it exits 1
and shows where the committed document differs."""
import copy
import difflib
import glob
import json
import os
import re
import subprocess
import sys

from openapi_words import (
    ABOUT,
    ALWAYS,
    ASKING,
    CHANGES,
    CSV,
    CSV_WORDS,
    HEADERS,
    LEFT_OUT,
    SAID,
    SENT,
    SENT_TO,
    SERVER,
    TAGGED_AS,
    TAGS,
    VALUES,
    WEBHOOK_RESPONSES,
)

TARGET = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "htdocs", "openapi.json"
)
MOUNT = "/open-api/v1"
BESIDE = {
    "/box-office/v1": "box office",
    "/dashboard/v1": "dashboard",
    "/public/v1": "public page",
}  # other mounts, and their one tag
OBJECT = {"type": "object"}


# ---- input: --describe ----


def described(folder):
    """--describe of every program, in the order of their names."""
    found = sorted(
        glob.glob(os.path.join(folder, "*.fcgi"))
        or glob.glob(os.path.join(folder, "fcgi", "*.fcgi"))
    )
    if not found:
        sys.exit("openapi.py: no *.fcgi in %s" % folder)
    return [
        json.loads(
            subprocess.run(
                [program, "--describe"], check=True, capture_output=True, stdin=subprocess.DEVNULL
            ).stdout
        )
        for program in found
    ]


def routes_of(programs):
    """Every route of the Open API, the box office, the dashboard and the public pages once."""
    routes, seen = [], set()
    for program in programs:
        for route in program["routes"]:
            if route["mount"] not in (MOUNT, *BESIDE):
                continue
            path = route["mount"] + route["path"]
            key = route["method"], re.sub(r"\{[^}]*\}", "{}", path)
            if key in seen:
                sys.exit("openapi.py: two programs declare %s %s" % (route["method"], path))
            seen.add(key)
            routes.append(route)
    return sorted(routes, key=lambda route: [MOUNT, *BESIDE].index(route["mount"]))


# ---- names ----


def pascal(text):
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", text) if word)


def camel(text):
    word = pascal(text)
    return word[:1].lower() + word[1:]


def plural(word):
    return (
        word[:-1] + "ies"
        if re.search(r"[^aeiou]y$", word)
        else word + ("es" if re.search(r"(s|x|ch|sh)$", word) else "s")
    )


def singular(word):
    return word[:-3] + "y" if word.endswith("ies") else word[:-1] if word.endswith("s") else word


def operation_ids(routes):
    """event.create is createEvent. Where a route has a second path, the longer one names its
    parent, too: getTicket, getEventTicket."""
    by_name, ids = {}, {}
    for route in routes:
        by_name.setdefault((route["name"], route["method"]), []).append(route)
    for (name, _), same in by_name.items():
        thing, _, verb = name.rpartition(".")
        for i, route in enumerate(sorted(same, key=lambda r: len(r["path"]))):
            parent = pascal(singular(route["path"].split("/")[1])) if i else ""
            noun = parent + pascal(thing)
            ids[id(route)] = camel(verb) + (plural(noun) if route["list"] else noun)
    return ids


# ---- schemas ----


def default_in_words(schema):
    """A property of a request without the keyword `default`, which generators of clients take for
    "always there": the description names the default instead."""
    out = dict(schema)
    if "default" in out:
        value = out.pop("default")
        value = value if isinstance(value, str) else json.dumps(value)
        out["description"] = ("%s Default: %s." % (out.get("description", ""), value)).strip()
    return out


class Schemas:
    """components/schemas. Objects that are a known resource, or lie inside another, become
    components of their own."""

    def __init__(self, resources):
        self.all = {}
        self.raw = {}
        self.resources = {pascal(name): schema for name, schema in sorted(resources.items())}
        for name, schema in self.resources.items():
            self.add(name, schema)
            self.all[name]["required"] = list(schema["properties"])  # in lists: list_item()

    def add(self, name, raw, suffix=""):
        """A reference to the component; `suffix` is what nested objects are called after: Create,
        Patch, or nothing for what is shown."""
        if name in self.raw and self.raw[name] != raw:
            sys.exit("openapi.py: two different schemas want to be %s" % name)
        if name not in self.raw:
            self.raw[name] = raw
            self.all[name] = None  # keeps its place before what lies inside
            self.all[name] = self.tidy(name, raw, suffix)
        return {"$ref": "#/components/schemas/" + name}

    def tidy(self, name, raw, suffix):
        out = {key: value for key, value in raw.items() if not (key == "required" and not value)}
        if "properties" in out:
            out["properties"] = {
                key: self.inner(name, key, value, suffix)
                for key, value in raw["properties"].items()
            }
        return out

    def inner(self, name, key, schema, suffix):
        out = default_in_words(schema)
        if schema.get("type") == "object" and "properties" in schema:
            ref = self.nested(
                name, key, {k: v for k, v in schema.items() if k != "description"}, suffix
            )
            return dict(ref, description=schema["description"]) if "description" in schema else ref
        if isinstance(schema.get("items"), dict):
            out["items"] = self.inner(name, singular(key), schema["items"], suffix)
        for word in ("anyOf", "allOf", "oneOf"):
            if word in schema:
                out[word] = [self.inner(name, key, one, suffix) for one in schema[word]]
                if len(out[word]) == 1:  # one of one is that one
                    out.update(out.pop(word)[0])
        return out

    def nested(self, name, key, schema, suffix):
        if not suffix:
            for known, raw in self.resources.items():
                if raw == schema:
                    return self.add(known, raw)
        if (
            suffix
            and pascal(key) in self.resources
            and self.raw.get(pascal(key) + suffix, schema) == schema
        ):
            return self.add(pascal(key) + suffix, schema, suffix)
        stem = name[: -len(suffix)] if suffix and name.endswith(suffix) else name
        return self.add(stem + pascal(key) + suffix, schema, suffix)

    def list_item(self, name):
        """What a list shows of a resource: not the members that only a single one shows, which are
        never required."""
        raw = self.resources[name]
        shown = {key: value for key, value in raw["properties"].items() if key in raw["required"]}
        return (
            name
            if shown == raw["properties"]
            else self.add(name + "ListItem", dict(raw, properties=shown))["$ref"].rpartition("/")[2]
        )

    def envelope(self, name, data, meta=False):
        properties = {"data": data}
        if meta:
            properties["meta"] = {"$ref": "#/components/schemas/ListMeta"}
        self.all[name] = {"type": "object", "properties": properties, "required": list(properties)}
        return {"$ref": "#/components/schemas/" + name}

    def sorted(self):
        return {name: self.all[name] for name in sorted(self.all)}


def without_idle(document):
    """Schemas that nothing points to belong to other doors than this document's: they go, until
    none is left."""
    schemas = document["components"]["schemas"]
    while True:
        text = json.dumps(document)
        idle = [name for name in schemas if '"#/components/schemas/%s"' % name not in text]
        if not idle:
            return document
        for name in idle:
            del schemas[name]


def common_schemas(schemas, errors):
    text = {"type": "string"}
    schemas.all["ListMeta"] = {
        "type": "object",
        "description": "Position of the page in the list.",
        "properties": {
            "page": {"type": "integer", "minimum": 1, "description": "Page number, from 1."},
            "take": {
                "type": "integer",
                "minimum": 1,
                "maximum": 100,
                "description": "Number of rows per page.",
            },
            "total": {
                "type": "integer",
                "minimum": 0,
                "description": "Number of rows of the whole list.",
            },
            "totalPages": {
                "type": "integer",
                "minimum": 0,
                "description": "Number of pages.",
            },
            "nextCursor": {
                "type": ["string", "null"],
                "description": "Value of cursor for the next page; null on the last page.",
            },
        },
        "required": ["page", "take", "total", "totalPages", "nextCursor"],
    }
    schemas.all["Deleted"] = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "deleted": {"type": "boolean", "const": True},
        },
        "required": ["id", "deleted"],
    }
    schemas.all["ErrorDetail"] = {
        "type": "object",
        "properties": {
            "field": dict(text, description="Path of the field, such as tickets.0.price."),
            "message": dict(text, description="Problem with the field."),
        },
        "required": ["field", "message"],
    }
    schemas.all["Error"] = {
        "type": "object",
        "properties": {
            "code": dict(
                text, enum=[e["code"] for e in errors], description="Error code, for programs."
            ),
            "message": dict(text, description="Error message, for people."),
            "hint": dict(text, description="What to do next."),
            "details": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/ErrorDetail"},
                "description": "All invalid fields; may be empty.",
            },
        },
        "required": ["code", "message", "hint", "details"],
    }
    schemas.all["ErrorEnvelope"] = {
        "type": "object",
        "properties": {
            "error": {"$ref": "#/components/schemas/Error"},
            "requestId": dict(
                text, pattern="^req_[a-z0-9]{12}$", description="Request id, as in X-Request-Id."
            ),
        },
        "required": ["error", "requestId"],
    }
    schemas.envelope("DeletedResponse", {"$ref": "#/components/schemas/Deleted"})


# ---- examples ----

BY_FORMAT = {
    "uuid": "01989f3e-7d00-7000-8000-000000000001",
    "date-time": "2026-08-01T02:30:00.000Z",
    "uri": "https://example.com/",
}
BY_TYPE = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}


def fits(value, schema):
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if value is None:
        return "null" in types
    kinds = {
        bool: ["boolean"],
        int: ["integer", "number"],
        float: ["number"],
        str: ["string"],
        list: ["array"],
        dict: ["object"],
    }[type(value)]
    if not set(kinds) & set(types) or ("enum" in schema and value not in schema["enum"]):
        return False
    if type(value) in (int, float):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    uuid = (
        not isinstance(value, str)
        or schema.get("format") != "uuid"
        or re.fullmatch(r"[0-9a-f-]{36}", value)
    )
    return bool(uuid) and (
        not isinstance(value, str)
        or len(value) <= schema.get("maxLength", len(value))
        and bool(re.search(schema.get("pattern", ""), value))
    )


class Examples:
    def __init__(self, schemas):
        self.schemas, self.raw = schemas.all, schemas.raw

    def component(self, name):
        """An example of a component in a response: every member."""
        return {
            key: self.value(name, key, schema)
            for key, schema in self.schemas[name].get("properties", {}).items()
        }

    def value(self, owner, key, schema, sent=False):
        owner = re.sub(r"(Create|Patch|ListItem)$", "", owner)
        for known in ("%s.%s" % (owner, key), key):
            if known in VALUES and fits(VALUES[known], schema):
                return copy.deepcopy(SENT.get(key, VALUES[known]) if sent else VALUES[known])
        return self.by_type(owner, key, schema, sent)

    def by_type(self, owner, key, schema, sent):
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.body(name) if sent else self.component(name)
        for word in ("allOf", "anyOf", "oneOf"):
            if word in schema:
                return self.by_type(owner, key, schema[word][0], sent)
        types = schema.get("type", "object")
        if isinstance(types, list) and "null" in types:
            return None
        types = types[0] if isinstance(types, list) else types
        if "enum" in schema:
            return schema["enum"][0]
        if types == "array":
            inner = schema.get("items", {})
            return [self.by_type(owner, key, inner, sent)] if "$ref" in inner else []
        if types == "string":
            text = (
                BY_FORMAT.get(schema.get("format")) or re.sub(r"(?<!^)([A-Z])", r" \1", key).lower()
            )
            return text if fits(text, schema) else key.lower()
        return (
            max(BY_TYPE.get(types, 1), schema.get("minimum", 0))
            if types in ("integer", "number")
            else copy.deepcopy(BY_TYPE[types])
        )

    def body(self, name):
        """An example of a request body: the required members, and those worth showing."""
        schema = self.schemas[name]
        if name in CHANGES and not set(CHANGES[name]) - set(schema["properties"]):
            return copy.deepcopy(CHANGES[name])
        out = {}
        for key, one in schema["properties"].items():
            value = self.value(name, key, one, sent=True)
            worth = (
                value is not None
                and value != self.raw[name]["properties"][key].get("default")
                and key not in LEFT_OUT
                and (
                    key in VALUES
                    or "%s.%s" % (re.sub("(Create|Patch)$", "", name), key) in VALUES
                    or isinstance(value, list)
                    and value
                )
            )
            if key in schema.get("required", []) or worth:
                out[key] = value
        if name.endswith("Patch"):
            out = dict(list(out.items())[:2])
        if not out and schema["properties"]:
            key, one = next(iter(schema["properties"].items()))
            out[key] = self.value(
                name,
                key,
                dict(one, type=one["type"][0]) if isinstance(one.get("type"), list) else one,
                sent=True,
            )
        return out

    def moved(self, name, to):
        """A resource after a transition."""
        out = self.component(name)
        if to in self.schemas[name]["properties"].get("status", {}).get("enum", []):
            out["status"] = to
            if "publishedAt" in out:
                out["publishedAt"] = None if to == "DRAFT" else VALUES["publishedAt"]
            for member, there in (("published", to != "DRAFT"), ("soldOut", to == "SOLD_OUT")):
                if member in out:
                    out[member] = there
        return out

    def changed(self, name, body):
        """A resource after a PATCH."""
        out = self.component(name)
        out.update(
            (key, value)
            for key, value in body.items()
            if key in out and not isinstance(value, list)
        )
        if "quantity" in body and "remaining" in out:
            out["remaining"] = body["quantity"] - out["sold"] - out["held"]
        return out


# ---- operations ----


def ref(kind, name):
    return {"$ref": "#/components/%s/%s" % (kind, name)}


def header_refs(names):
    return {name: ref("headers", name) for name in names}


def json_content(schema, value, title=None):
    return {
        "application/json": {"schema": schema, "examples": {title or "example": {"value": value}}}
    }


def path_of(route):
    """The path with its mount, and its parameters' names. Two of the same name in one path
    (/webhooks/{id}/deliveries/{id}) would not be told apart: the first get their parents' names."""
    parts = route["path"].split("/")
    names = [part[1:-1] for part in parts if part.startswith("{")]
    out = []
    for i, part in enumerate(parts):
        if part.startswith("{") and part in parts[i + 1 :]:
            part = "{%s%s}" % (camel(singular(parts[i - 1])), pascal(part[1:-1]))
        out.append(part)
    return route["mount"] + "/".join(out), [
        (part[1:-1], singular(out[i - 1]), name)
        for (i, part), name in zip([(i, p) for i, p in enumerate(out) if p.startswith("{")], names)
    ]


def path_parameter(name, thing, declared, examples):
    noun = re.sub(r"[-_]", " ", thing)
    schema, words, sample = (
        {"type": "string", "minLength": 1, "maxLength": 120},
        declared,
        "example",
    )
    if declared == "id":
        schema, words, sample = (
            {"type": "string", "format": "uuid"},
            "id",
            VALUES.get(pascal(thing) + ".id", BY_FORMAT["uuid"]),
        )
    elif declared.endswith("Slug") and not declared.startswith("idOr"):
        noun, words = {"org": "organization"}.get(declared[:-4], declared[:-4]), "slug"
        sample = VALUES["%s.slug" % pascal(noun)]
    elif declared.startswith("idOr"):
        words, sample = "id or " + declared[4:].lower(), VALUES.get(
            "%s.%s" % (pascal(thing), declared[4:].lower()),
            VALUES.get(declared[4:].lower(), BY_FORMAT["uuid"]),
        )
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": "%s %s." % (noun[:1].upper() + noun[1:], words),
        "schema": schema,
        "example": sample,
    }


def query_parameter(one, route, shared):
    schema = dict(one["schema"])
    words = schema.pop("description", "")
    if one["name"] == "sort" and route.get("sorts"):
        schema = {
            "type": "string",
            "enum": [sign + name for name in route["sorts"] for sign in ("", "-")],
        }
        if route.get("defaultSort"):
            schema["default"] = route["defaultSort"]
    out = {"name": one["name"], "in": "query", "description": words, "schema": schema}
    if one["name"] in ("page", "take", "cursor") and route["list"]:
        name = pascal(one["name"])
        if shared.setdefault(name, out) == out:
            return ref("parameters", name)
    return out


def errors_of(route, parameters):
    """The statuses a route may answer besides its success: the gates', then what its kind can
    meet."""
    method = route["method"]
    writes, posts = method != "GET", method == "POST"
    on_one = bool(parameters) and writes and not route["creates"]
    keyless = route["mount"] == "/public/v1"
    wanted = {
        400: True,
        401: not keyless,
        403: not keyless,
        404: bool(parameters),
        409: writes,
        412: on_one,
        413: method in ("POST", "PATCH"),
        415: method in ("POST", "PATCH"),
        422: posts and not route["unkept"],
        429: True,
        500: True,
        503: True,
    }
    return [status for status, there in wanted.items() if there]


def asking_headers(route, parameters):
    method = route["method"]
    names = ["Idempotency-Key"] if method == "POST" and not route["unkept"] else []
    if method != "GET" and route["for"] in ("user", "owner"):
        names.append("X-CSRF-Token")
    if method != "GET" and parameters and not route["creates"]:
        names.append("If-Match")
    if method == "GET" and not route["list"]:
        names.append("If-None-Match")
    return names + ["Prefer"]


def title_of(description):
    """An operation's title: its first sentence in the imperative, without details. "Creates
    an order from a hold or from items (all or nothing)." gives "Create an order"."""
    sentence = description.split(". ")[0].rstrip(".")
    details = r" \(|[,:;]| (?:with|from a|that|in order|and|if|without|even|whose|once)\b"
    sentence = re.split(details, sentence)[0]
    verb, _, rest = sentence.partition(" ")
    verb = {"Returns": "Get"}.get(verb) or re.sub(r"(?<=sh|ch|do)es$|s$", "", verb)
    return "%s %s" % (verb, rest)


def description_of(route, scopes):
    words = [route["description"]]
    if "transition" in route:
        words.append("Requires status %s, else 409." % " or ".join(route["transition"]["from"]))
    if route.get("csv"):
        words.append(CSV_WORDS)
    if route["scope"]:
        words.append(
            "Requires the scope `%s` (%s)%s."
            % (
                route["scope"],
                scopes[route["scope"]]["label"],
                " or `%s`" % route["orScope"] if route["orScope"] else "",
            )
        )
    else:
        words.append(
            {
                "key": "Requires any valid API key or session.",
                "user": "Requires a signed-in user; API keys are not accepted.",
                "owner": "Requires a signed-in owner; viewers and API keys are not accepted.",
                "anyone": "Requires no authentication.",
            }[route["for"]]
        )
    return "\n\n".join([words[0], " ".join(words[1:])])


def security_of(route):
    if route["for"] == "anyone":
        return []
    return (
        [{"session": []}]
        if route["for"] != "key"
        else [{"apiKey": [route["scope"]] if route["scope"] else []}]
    )


class Document:
    def __init__(self, programs):
        first = programs[0]
        resources = {}
        for program in programs:
            for name, schema in program["resources"].items():
                if resources.setdefault(name, schema) != schema:
                    sys.exit("openapi.py: two programs describe the resource %s differently" % name)
        self.version, self.errors = first["version"], first["errors"]
        self.scopes = {scope["name"]: scope for scope in first["scopes"]}
        self.routes = routes_of(programs)
        self.ids = operation_ids(self.routes)
        self.events = [e for program in programs for e in program.get("webhookEvents", [])]
        self.schemas = Schemas(resources)
        common_schemas(self.schemas, self.errors)
        self.examples = Examples(self.schemas)
        self.parameters = {
            name: dict(
                {"name": header, "in": "header"},
                **({"required": True} if header in SENT_TO else {}),
                description=words,
                schema=schema,
                example=sample,
            )
            for header, (name, schema, words, sample) in {**ASKING, **SENT_TO}.items()
        }
        self.by_status = {}
        for error in self.errors:
            self.by_status.setdefault(error["status"], []).append(error)

    def body_of(self, route):
        """The component of what is sent, named EventCreate, EventPatch, OrderRefund."""
        if "body" not in route:
            return None
        suffix = "Patch" if route["method"] == "PATCH" else pascal(route["name"].rpartition(".")[2])
        return self.schemas.add(
            pascal(route["resource"] or route["name"].rpartition(".")[0]) + suffix,
            route["body"],
            suffix,
        )["$ref"].rpartition("/")[2]

    def success(self, route, body):
        """Status, schema, example and the headers of a success."""
        name = pascal(route["resource"] or "")
        tagged = ["ETag", "Ignored-Fields"]
        if route["method"] == "DELETE":
            return (
                200,
                ref("schemas", "DeletedResponse"),
                {"data": {"id": VALUES.get(name + ".id", BY_FORMAT["uuid"]), "deleted": True}},
                ["Ignored-Fields"],
            )
        if name not in self.schemas.resources:
            return (
                201 if route["creates"] else 200,
                self.schemas.envelope("AnyResponse", OBJECT),
                {"data": {}},
                ["Ignored-Fields"],
            )
        if route["list"]:
            item = self.schemas.list_item(name)
            schema = self.schemas.envelope(
                name + "ListResponse", {"type": "array", "items": ref("schemas", item)}, meta=True
            )
            meta = {"page": 1, "take": 10, "total": 1, "totalPages": 1, "nextCursor": None}
            return (
                200,
                schema,
                {"data": [self.examples.component(item)], "meta": meta},
                ["Link", "Ignored-Fields"],
            )
        schema = self.schemas.envelope(name + "Response", ref("schemas", name))
        value = self.examples.component(name)
        if "transition" in route:
            value = self.examples.moved(name, route["transition"]["to"])
        elif route["method"] == "PATCH" and body:
            value = self.examples.changed(name, self.examples.body(body))
        return 201 if route["creates"] else 200, schema, {"data": value}, tagged

    def responses(self, route, body, parameters):
        status, schema, value, headers = self.success(route, body)
        if route["method"] == "POST" and not route["unkept"]:
            headers = headers + ["Idempotency-Replayed"]
        if route["unkept"] or route["name"] == "session.delete":
            headers = headers + ["Set-Cookie"]
        words = (
            "Created."
            if status == 201
            else "A page of the list."
            if route["list"]
            else "Deleted."
            if route["method"] == "DELETE"
            else "Success."
            if route["method"] != "GET"
            else "Success."
        )
        out = {
            str(status): {
                "description": words,
                "headers": header_refs(ALWAYS + headers),
                "content": json_content(schema, value),
            }
        }
        if route.get("csv"):
            out[str(status)]["x-text-csv"] = CSV
        if route["method"] == "GET" and not route["list"]:
            out["304"] = ref("responses", "NotModified")
        for number in errors_of(route, parameters):
            if number in self.by_status:
                out[str(number)] = ref(
                    "responses", pascal(self.by_status[number][0]["code"].lower())
                )
        return out

    def operation(self, route):
        path, named = path_of(route)
        parameters = [path_parameter(*one, self.examples) for one in named]
        body = self.body_of(route)
        out = {
            "operationId": self.ids[id(route)],
            "tags": [self.tag(route)[0]],
            "summary": title_of(route["description"]),
            "description": description_of(route, self.scopes),
            "x-required-scope": route["scope"],
            "security": security_of(route),
            "parameters": parameters
            + [query_parameter(one, route, self.parameters) for one in route["query"]]
            + [ref("parameters", ASKING[name][0]) for name in asking_headers(route, named)],
        }
        if body:
            out["requestBody"] = {
                "required": not route.get("bare"),
                "content": json_content(ref("schemas", body), self.examples.body(body)),
            }
        out["responses"] = self.responses(route, body, named)
        return path, out

    def tag(self, route):
        if route["mount"] in BESIDE:
            return BESIDE[route["mount"]].capitalize(), TAGS[BESIDE[route["mount"]]]
        resource = route["resource"] or singular(route["path"].split("/")[1])
        resource = TAGGED_AS.get(resource, resource)
        listed = any(
            r["list"] and TAGGED_AS.get(r["resource"], r["resource"]) == resource
            for r in self.routes
        )
        name = re.sub(r"(?<!^)([A-Z])", r" \1", pascal(resource))
        return (plural(name) if listed else name), TAGS.get(resource)

    def error_response(self, status):
        codes = self.by_status[status]
        headers = list(ALWAYS) + {
            401: ["WWW-Authenticate"],
            409: ["Retry-After"],
            429: ["Retry-After"],
            503: ["Retry-After"],
        }.get(status, [])
        samples = {}
        for row in codes:
            error = dict(code=row["code"], message=row["message"], hint=row["hint"], details=[])
            error.update(SAID.get(row["code"], {}))
            samples[row["code"]] = {"value": {"error": error, "requestId": "req_a1b2c3d4e5f6"}}
        return {
            "description": " ".join(
                dict.fromkeys(
                    "`%s`: %s" % (row["code"], row["message"].rstrip(".") + ".") for row in codes
                )
            ),
            "headers": header_refs(headers),
            "content": {
                "application/json": {"schema": ref("schemas", "ErrorEnvelope"), "examples": samples}
            },
        }

    def payload(self, event):
        """A delivery has the resource as lists show it (see publish_state()), unless the event's
        row says that it is whole."""
        name = pascal(event["payload"])
        return name if event["embedded"] else self.schemas.list_item(name)

    def webhook(self, event):
        """The request that an endpoint receives for an event."""
        properties = {
            "id": {"type": "string", "pattern": "^evt_[0-9a-f]{32}$", "description": "Event id."},
            "event": {"type": "string", "const": event["name"], "description": "Event type."},
            "isTest": {"type": "boolean", "description": "Whether the event is a test."},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": "When the event occurred.",
            },
            "data": ref("schemas", self.payload(event)),
        }
        name = pascal(re.sub(r"\W", "_", event["name"]))
        self.schemas.all[name + "Event"] = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
        }
        sample = {
            "id": VALUES["messageId"],
            "event": event["name"],
            "isTest": False,
            "timestamp": "2026-08-02T01:00:00.000Z",
            "data": self.examples.component(properties["data"]["$ref"].rpartition("/")[2]),
        }
        return {
            "post": {
                "operationId": "on" + name,
                "summary": event["name"],
                "description": event["description"],
                "tags": ["Webhook events"],
                "security": [],
                "parameters": [ref("parameters", component) for component, *_ in SENT_TO.values()],
                "requestBody": {
                    "required": True,
                    "content": json_content(ref("schemas", name + "Event"), sample),
                },
                "responses": WEBHOOK_RESPONSES,
            }
        }

    def build(self):
        paths, tags, spelled = {}, {}, {}
        for route in self.routes:
            path, operation = self.operation(route)
            path = spelled.setdefault(re.sub(r"\{[^}]*\}", "{}", path), path)
            paths.setdefault(path, {})[route["method"].lower()] = operation
            name, words = self.tag(route)
            tags[name] = {"name": name, "description": words} if words else {"name": name}
        used = {
            status
            for status in self.by_status
            for item in paths.values()
            for operation in item.values()
            if str(status) in operation["responses"]
        }
        responses = {
            "NotModified": {
                "description": "Not modified: If-None-Match lists the current ETag.",
                "headers": header_refs(ALWAYS + ["ETag"]),
            }
        }
        responses.update(
            (pascal(self.by_status[status][0]["code"].lower()), self.error_response(status))
            for status in sorted(used)
        )
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "ticketgate Open API",
                "version": self.version,
                "summary": "Self-hosted event ticketing.",
                "description": ABOUT,
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/", "description": SERVER}],
            "security": [{"apiKey": []}],
            "tags": [
                *tags.values(),
                {"name": "Webhook events", "description": TAGS["webhook events"]},
            ],
            "paths": paths,
            "webhooks": {event["name"]: self.webhook(event) for event in self.events},
            "components": {
                "securitySchemes": {
                    "apiKey": {
                        "type": "apiKey",
                        "in": "header",
                        "name": "api-key",
                        "description": "API key, `tn_live_…`; sent exactly once. Scopes: %s."
                        % ", ".join("`%s`" % name for name in self.scopes),
                    },
                    "session": {
                        "type": "apiKey",
                        "in": "cookie",
                        "name": "tg_session",
                        "description": "Session cookie, set by signing in; over https its name is "
                        "`__Host-tg_session`. A session is accepted wherever an API key is: "
                        "owners have all scopes, viewers the read scopes. All requests but GET "
                        "must send `X-CSRF-Token`.",
                    },
                },
                "parameters": {name: self.parameters[name] for name in sorted(self.parameters)},
                "headers": {
                    name: {"description": words, "schema": schema, "example": sample}
                    for name, (schema, words, sample) in HEADERS.items()
                },
                "responses": responses,
                "schemas": self.schemas.sorted(),
            },
        }


def main(arguments):
    checking = "--check" in arguments
    folders = [a for a in arguments if a != "--check"]
    if len(folders) != 1 or folders[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    text = (
        json.dumps(
            without_idle(Document(described(folders[0])).build()), indent=2, ensure_ascii=False
        )
        + "\n"
    )
    if not checking:
        with open(TARGET, "w", encoding="utf-8") as f:
            f.write(text)
        return 0
    try:
        with open(TARGET, encoding="utf-8") as f:
            committed = f.read()
    except OSError:
        committed = ""
    if committed == text:
        return 0
    lines = list(
        difflib.unified_diff(
            committed.splitlines(),
            text.splitlines(),
            "htdocs/openapi.json",
            "--describe of the programs",
            lineterm="",
            n=1,
        )
    )
    print(
        "\n".join(
            lines[:40] + (["… and %d lines more" % (len(lines) - 40)] if len(lines) > 40 else [])
        )
    )
    print(
        "htdocs/openapi.json is out of date: run doc/openapi.py with the folder of the built "
        "programs, and commit it."
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
