#!/usr/bin/env python3
"""The clients on a live site: the examples of their READMEs, walks by cursor, versions, amounts,
Idempotency-Keys, errors and a sale; webhooks that are verified; the types of the JavaScript client;
and the JavaScript client in Chromium on a page of another origin."""
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import npm  # noqa: E402
from api_clients import clients  # noqa: E402
from browser import browse  # noqa: E402
from harness import SRC, Site, check, finish  # noqa: E402

OPTIONS = {
    "compilerOptions": {
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "target": "es2022",
        "module": "nodenext",
        "lib": ["es2022", "dom", "dom.iterable"],
        "types": [],
        "noEmit": True,
    },
    "files": ["types.ts"],
}
EVENT = {"dateTime": "2040-11-14T19:00:00+08:00"}
TICKETS = [
    {"name": "Seat", "price": "1500.50", "quantity": 20, "published": True},
    {"name": "Visitor", "price": 0, "quantity": 20, "published": True},
]


# ---- webhooks ----


def check_vectors(client):
    with open(SRC + "/tests/data/webhook-vectors.json", encoding="utf-8") as f:
        vectors = json.load(f)["vectors"]
    other = "whsec_" + "A" * 32
    calls = [
        ("verifyWebhook", [v["body"], v["headers"], secrets, {"now": v["now"]}])
        for v in vectors
        for secrets in (v["secret"], [other, v["secret"]], [other])
    ]
    lines = client.calls("http://localhost", calls)
    wrong = []
    for v, *three in zip(vectors, lines[0::3], lines[1::3], lines[2::3]):
        believed = ["error" not in line for line in three]
        wrong += [] if believed == [v["valid"], v["valid"], False] else [(v["name"], three)]
    check("%s: %d deliveries to verify" % (client.name, len(vectors)), vectors and not wrong, wrong)
    empty = client.calls(
        "http://localhost",
        [
            ("verifyWebhook", [v["body"], v["headers"], s, {"now": v["now"]}])
            for s in ("", "whsec_")
            for v in vectors[:1]
        ],
    )
    ok = all("a webhook secret is" in line.get("error", {}).get("message", "") for line in empty)
    check(client.name + ": a secret that is not set verifies nothing", ok, empty)


# ---- on a site ----


def example(client, site, key, place):
    """Runs the first example of the README beside the client, as a reader would."""
    folder = os.path.dirname(client.source)
    with open(folder + "/README.md", encoding="utf-8") as f:
        code = re.search(r"```(?:php|js)\n(.*?)```", f.read(), re.S)[1]
    where = os.path.join(place, client.name.replace(" ", ""))
    os.makedirs(where)
    shutil.copy(client.source, where)
    file = os.path.join(where, "example" + (".php" if client.is_php else ".mjs"))
    with open(file, "w", encoding="utf-8") as f:
        f.write(code)
    p = client.run(file, TG_URL="http://127.0.0.1:%d" % site.port, TG_KEY=key)
    ok = p.returncode == 0 and "Concert" in p.stdout and not p.stderr
    check(client.name + ": the README's first example", ok, p.stdout + p.stderr)


def check_site(client, site, key, number):
    slug = "concert-%d" % number
    event = {"name": "Concert %d" % number, "slug": slug, "tickets": TICKETS, **EVENT}
    more = {"name": "Act"}
    calls = [
        ("createEvent", [event, {"idempotencyKey": "event-" + slug}]),
        ("createEvent", [event, {"idempotencyKey": "event-" + slug}]),
        ("publishEvent", [slug]),
        ("getEvent", [slug]),
        ("updateEvent", [slug, {"eventCapacity": 35}, {"ifMatch": {"$": 3}}]),
        ("updateEvent", [slug, {"eventCapacity": 36}, {"ifMatch": {"$": 3}}]),
        ("getEvent", [slug, {"ifNoneMatch": {"$": 4}}]),
        *[("createPerformer", [slug, more])] * 7,
        ("listPerformers", [slug, {"take": 3}], {"all": True}),
        ("createEvent", [{"name": ""}]),
        ("createEvent", [{**event, "colour": "red"}, {"strict": True}]),
    ]
    lines = client.calls("http://127.0.0.1:%d" % site.port, calls, key=key)
    made, again, _, read, changed, stale, same, *_, acts, invalid, strict = lines
    say = lambda name, ok, *detail: check("%s: %s" % (client.name, name), ok, detail)
    prices = [t["price"] for t in read.get("value", {}).get("tickets", ())]
    say("amounts are strings", prices == ["1500.50", "0"], made, read)
    say("the same Idempotency-Key, the same event", made["value"] == again["value"], made, again)
    say("ifMatch: the read version", changed.get("value", {}).get("eventCapacity") == 35, changed)
    say("ifMatch: a stale version is 412", stale.get("error", {}).get("status") == 412, stale)
    say("ifNoneMatch: nothing when unchanged", same.get("value", 1) is None, same)
    rows = acts.get("value") or []
    ids = {row["id"] for row in rows}
    say("a list by cursor: each row once", len(rows) == len(ids) == 7, acts)
    say("a page's total is a number", acts["meta"]["total"] == 7, acts["meta"])
    fields = [d["field"] for d in invalid["error"]["details"]]
    say("a refusal names its fields", "dateTime" in fields and "name" in fields, invalid)
    say("strict: an unknown field is refused", strict.get("error", {}).get("status") == 400, strict)
    sale(client, site, key, read["value"], say)


def sale(client, site, key, event, say):
    items = [{"ticketId": event["tickets"][0]["id"], "quantity": 2}]
    buyer = {"name": "Ana Ramos", "email": "ana@example.com"}
    visitor = {
        "eventId": event["id"],
        "items": [{"ticketId": event["tickets"][1]["id"], "quantity": 1}],
    }
    url = "http://127.0.0.1:%d" % site.port
    held = client.calls(url, [("createHold", [{"eventId": event["id"], "items": items}])], key=key)
    hold = held[0]["value"]
    bought = client.calls(
        url,
        [("extendHold", [hold["id"]]), ("createSale", [{"holdId": hold["id"], "buyer": buyer}])],
        key=key,
    )
    order = bought[1].get("value", {})
    say("hold and order", hold["total"] == order.get("total") == "3001", held, bought)
    public = client.calls(
        url,
        [("getPublicEvent", ["test", event["slug"]]), ("createPublicHold", [visitor])],
        key=None,
    )
    hold = public[1]["value"]
    given = {"holdId": hold["id"], "buyer": buyer}
    got = client.call(url, "createPublicOrder", [given], key=None)
    reference = got.get("value", {}).get("reference", "")
    say("without a key: event, hold, order", reference.startswith("TN-"), public, got)
    back = client.call(url, "refundSale", [order["id"], {"reason": "x"}], key=key)
    say("refund", back.get("value", {}).get("refundedTotal") == "3001", back)


# ---- types ----


def check_types(place):
    with open(SRC + "/clients/js/ticketgate.d.ts", encoding="utf-8") as f:
        text = f.read()
    p = subprocess.run(
        [sys.executable, SRC + "/clients/js/make_types.py"], capture_output=True, text=True
    )
    check("ticketgate.d.ts is what make_types.py makes of openapi.json", p.stdout == text, p.stderr)
    packages, why = npm.packages()
    if not check("the compiler installs from its lock file", packages, why):
        return
    for name in (
        "clients/js/ticketgate.d.ts",
        "clients/js/ticketgate.js",
        "tests/clients/types.ts",
    ):
        shutil.copy(os.path.join(SRC, name), place)
    for name, value in (("package.json", {"type": "module"}), ("tsconfig.json", OPTIONS)):
        with open(os.path.join(place, name), "w") as f:
            json.dump(value, f)
    p = subprocess.run(
        [packages + "/node_modules/.bin/tsc", "-p", place], capture_output=True, text=True
    )
    check("a program with the types compiles in strict mode", p.returncode == 0, p.stdout)


# ---- in a browser ----


class OwnPage:
    """A server of clients/js and an empty page: an origin of its own."""

    def __enter__(self):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=SRC + "/clients/js")

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def port(self):
        return self.server.server_port


def check_browser(site, place):
    with OwnPage() as page:
        browse(
            "../clients/browser_client.mjs",
            page,
            api="http://127.0.0.1:%d" % site.port,
            event="concert-0",
        )


def main():
    every = clients()
    for client in every:
        check_vectors(client)
    with tempfile.TemporaryDirectory() as place, Site() as site:
        key = site.key()
        for number, client in enumerate(every):
            check_site(client, site, key, number)
            example(client, site, key, place)
        check_types(place)
        check_browser(site, place)
    finish()


main()
