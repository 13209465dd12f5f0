#!/usr/bin/env python3
"""Prints ticketgate.d.ts: the types of ticketgate.js, made of htdocs/openapi.json and of
types-head.txt, which has what the document does not: options, errors, pages and webhooks.

    python3 clients/js/make_types.py >clients/js/ticketgate.d.ts"""
import json
import os
import re
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
MOUNTS = ("/open-api/v1/", "/box-office/v1/", "/public/v1/")
NOT_AMOUNTS = {"latitude", "longitude"}
PRIMITIVES = {"string": "string", "integer": "number", "boolean": "boolean", "null": "null"}


def reference(schema):
    return schema["$ref"].rsplit("/", 1)[1]


class Types:
    def __init__(self, document):
        self.schemas = document["components"]["schemas"]
        self.parameters = document["components"]["parameters"]
        self.used = {}  # name: whether a caller sends it
        operations = [
            (path, method.upper(), operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if path.startswith(MOUNTS)
        ]
        self.methods = [self.method(*one) for one in operations]
        self.events = [self.event(item["post"]) for item in document["webhooks"].values()]

    def use(self, name, sent=False):
        if name not in self.used:
            self.used[name] = sent
            for found in re.findall(r'schemas/(\w+)"', json.dumps(self.schemas[name])):
                self.use(found, sent)
        return name

    # ---- schemas ----

    def type_of(self, schema, name="", sent=False):
        if "$ref" in schema:
            return reference(schema)
        if "anyOf" in schema:
            return " | ".join(self.type_of(s, name, sent) for s in schema["anyOf"])
        if "const" in schema:
            return json.dumps(schema["const"])
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return " | ".join(self.type_of_kind(kind, schema, name, sent) for kind in kinds)

    def type_of_kind(self, kind, schema, name, sent):
        if kind == "string" and "enum" in schema:
            return " | ".join(json.dumps(v) for v in schema["enum"] if v is not None)
        if kind == "number" and name not in NOT_AMOUNTS:  # an amount
            return "string | number" if sent else "string"
        if kind == "number":
            return "number"
        if kind == "array":
            item = self.type_of(schema["items"], name, sent)
            return "(%s)[]" % item if " | " in item else item + "[]"
        return PRIMITIVES[kind]

    def interface(self, name):
        schema, sent = self.schemas[name], self.used[name]
        lines = ["export interface %s {" % name]
        for field, one in schema["properties"].items():
            mark = "" if field in schema.get("required", ()) else "?"
            lines += comment(one.get("description", ""))
            kind = self.type_of(one, field, sent)
            if sent and one.get("format") == "date-time":
                kind += " | Date"
            lines += member("%s%s:" % (field, mark), kind)
        return lines + ["}", ""]

    # ---- operations ----

    def method(self, path, method, operation):
        given = [self.parameter(p) for p in operation["parameters"]]
        arguments = ["%s: string" % p["name"] for p in given if p["in"] == "path"]
        if any(p["name"] == "take" for p in given):
            return operation, self.list_method(operation, arguments, given)
        body = operation.get("requestBody")
        if body:
            name = self.use(reference(body["content"]["application/json"]["schema"]), True)
            arguments.append("body%s: %s" % ("" if body.get("required") else "?", name))
        result = self.data_type(operation)
        head = "%s(%s): Promise<%s>;"
        asked = "".join(" %s?: %s;" % self.query_field(p) for p in given if p["in"] == "query")
        query = asked and " & { query?: {%s } }" % asked
        every = ", ".join(arguments + [options(given) + query])
        text = head % (operation["operationId"], every, result)
        lines = [text]
        if any(p["name"] == "If-None-Match" for p in given):
            every = ", ".join(arguments + ["options: IfChanged" + query])
            lines.append(head % (operation["operationId"], every, result + " | null"))
        return operation, lines

    def list_method(self, operation, arguments, given):
        query = ["%s?: %s" % self.query_field(p) for p in given if p["in"] == "query"]
        rows = self.use(reference(self.list_items(operation)))
        lines = ["%s(" % operation["operationId"]]
        lines += ["\t%s," % a for a in arguments]
        lines += ["\tquery?: {"]
        for text in query:
            lines += ["\t\t" + line for line in member(*text.split(" ", 1), indent="")]
        return lines + ["\t},", "): Promise<Page<%s>>;" % rows]

    def parameter(self, given):
        return self.parameters[reference(given)] if "$ref" in given else given

    def query_field(self, p):
        kind = self.type_of(p["schema"]) if p["schema"]["type"] != "number" else "number"
        return p["name"], kind + (" | Date" if p["schema"].get("format") == "date-time" else "")

    def data_schema(self, operation):
        good = next(r for status, r in operation["responses"].items() if status[0] == "2")
        schema = good["content"]["application/json"]["schema"]
        return self.schemas[reference(schema)]["properties"]["data"]

    def list_items(self, operation):
        return self.data_schema(operation)["items"]

    def data_type(self, operation):
        return self.use(reference(self.data_schema(operation)))

    def event(self, operation):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return self.use(reference(schema))

    # ---- the file ----

    def lines(self):
        out = ["export class Ticketgate {", "\tconstructor(settings: Settings);"]
        out += ["\t// An operation that has no method; the path begins with a mount point."]
        out += ["\tcall(method: string, path: string, options?: CallOptions): Promise<unknown>;"]
        for operation, lines in self.methods:
            out += ["", "\t// %s." % operation["summary"]]
            for line in lines:
                out += ["\t" + part for part in wrap_signature(line)]
        out += ["}", ""]
        union = ["export type WebhookEvent ="] + ["\t| %s" % name for name in self.events]
        union[-1] += ";"
        out += union + [""]
        for name in sorted(self.used):
            out += self.interface(name)
        return out


def options(given):
    names = {p["name"] for p in given}
    if "Idempotency-Key" in names:
        return "options?: PostOptions"
    return "options?: ChangeOptions" if "If-Match" in names else "options?: Options"


def comment(text):
    return ["\t// " + line for line in textwrap.wrap(text, 90)]


def member(head, kind, indent="\t"):
    line = "%s%s %s;" % (indent, head, kind)
    if len(line) <= 90:
        return [line]
    array = kind.endswith(")[]")
    choices = ["%s\t| %s" % (indent, one) for one in kind.strip("()[]").split(" | ")]
    if array:
        return [indent + head + " ("] + choices + [indent + ")[];"]
    choices[-1] += ";"
    return [indent + head] + choices


def wrap_signature(line):
    if len(line) <= 92 or not line.endswith(";"):
        return [line]
    name, rest = line.split("(", 1)
    arguments, result = rest.rsplit("): ", 1)
    return [name + "(", *("\t%s," % a for a in arguments.split(", ")), "): " + result]


def main():
    with open(os.path.join(HERE, "../../htdocs/openapi.json"), encoding="utf-8") as f:
        types = Types(json.load(f))
    with open(os.path.join(HERE, "types-head.txt"), encoding="utf-8") as f:
        print(f.read())
    print("\n".join(types.lines()).rstrip())


main()
