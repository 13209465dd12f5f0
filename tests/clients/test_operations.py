#!/usr/bin/env python3
"""Each operation of htdocs/openapi.json outside the dashboard is a method of the clients, and sends
method, path, query, body and headers as the document has them. Its result is the document's
example, with amounts as strings."""
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from api_clients import KEY, ApiStub, clients  # noqa: E402
from harness import SRC, check, finish  # noqa: E402

MOUNTS = ("/open-api/v1/", "/box-office/v1/", "/public/v1/")
with open(SRC + "/htdocs/openapi.json", encoding="utf-8") as f:
    DOCUMENT = json.load(f)


def amount_fields():
    """The names of the amounts, by the schemas: all numbers but these."""
    found = set()
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if name.startswith("Stats"):  # of the dashboard
            continue
        for field, one in schema.get("properties", {}).items():
            if "number" in json.dumps(one.get("type", "")):
                found.add(field)
    return found - {"latitude", "longitude"}


AMOUNTS = amount_fields()


class Operation:
    """What a call of it must send, and what the server then answers."""

    def __init__(self, path, method, operation):
        self.name, self.template, self.method = operation["operationId"], path, method.upper()
        self.keyed = bool(operation["security"])
        every = [self.resolved(p) for p in operation["parameters"]]
        self.values = [
            "a b/ü"[: 5 if p["schema"].get("format") else None] for p in self.at(every, "path")
        ]
        self.is_list = any(p["name"] == "take" for p in every)
        self.query = {p["name"]: self.sample(p) for p in self.at(every, "query")}
        body = operation.get("requestBody")
        self.body = body and self.example(body)
        self.status, good = next((s, r) for s, r in operation["responses"].items() if s < "3")
        self.answer = self.example(good)

    @staticmethod
    def at(parameters, where):
        return [p for p in parameters if p["in"] == where]

    @staticmethod
    def resolved(p):
        if "$ref" in p:
            return DOCUMENT["components"]["parameters"][p["$ref"].rsplit("/", 1)[1]]
        return p

    @staticmethod
    def sample(p):
        schema = p["schema"]
        if "enum" in schema:
            return schema["enum"][-1]
        return 7 if schema["type"] in ("integer", "number") else "x & ñ=+"

    @staticmethod
    def example(part):
        return part["content"]["application/json"]["examples"]["example"]["value"]

    @property
    def arguments(self):
        last = [self.query] if self.is_list else [{"query": self.query}] if self.query else []
        return self.values + ([self.body] if self.body is not None else []) + last

    @property
    def path(self):
        values = iter(self.values)
        quoted = lambda m: urllib.parse.quote(next(values), safe="")
        return re.sub(r"\{\w+\}", quoted, self.template)

    def problems(self, request, line):
        """What is not as it must be, of a request that was received and the result of the call."""
        want = {
            "method": (request.method, self.method),
            "path": (request.path, self.path),
            "query": (request.query, {k: str(v) for k, v in self.query.items()}),
            "body": (json.loads(request.body) if request.body else None, self.body),
            "api-key": (request.headers.get("api-key"), KEY if self.keyed else None),
            "idempotency-key": ("idempotency-key" in request.headers, self.method == "POST"),
            "content-type": (
                request.headers.get("content-type"),
                "application/json" if self.body is not None else None,
            ),
            "result": (line.get("value"), with_text_amounts(self.answer["data"])),
        }
        return ["%s: %r, not %r" % (k, got, good) for k, (got, good) in want.items() if got != good]


def with_text_amounts(value, name=""):
    if isinstance(value, dict):
        return {k: with_text_amounts(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [with_text_amounts(v) for v in value]
    return str(value) if name in AMOUNTS else value


def operations():
    return [
        Operation(path, method, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if path.startswith(MOUNTS)
    ]


def check_client(client, every):
    """All calls in one run of the client; the stub answers them in order."""
    with ApiStub() as stub:
        stub.say(*((int(o.status), {}, o.answer) for o in every))
        lines = client.calls(stub.url, [(o.name, o.arguments) for o in every])
        wrong = []
        if len(stub.requests) == len(every):
            for o, request, line in zip(every, stub.requests, lines):
                wrong += ["%s: %s" % (o.name, p) for p in o.problems(request, line)]
        else:
            wrong += [
                "%s: %s" % (o.name, line["error"])
                for o, line in zip(every, lines)
                if "error" in line
            ]
        check(
            "%s: %d operations send what the document says" % (client.name, len(every)),
            len(every) > 60 and len(stub.requests) == len(every) and not wrong,
            "\n".join(wrong) or len(stub.requests),
        )


def check_amounts(client):
    """The names that the clients treat as amounts are those of the document."""
    with open(client.source, encoding="utf-8") as f:
        text = f.read()
    found = re.search(r"""AMOUNTS = [\["](.*?)[\]"]""", text, re.S)
    names = set(re.findall(r"\w+", found[1])) if found else set()
    check("%s: the amounts are the document's" % client.name, names == AMOUNTS, names ^ AMOUNTS)


def main():
    every = operations()
    for client in clients():
        check_client(client, every)
        check_amounts(client)
    finish()


main()
