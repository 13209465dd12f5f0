#!/usr/bin/env python3
"""The guides match the code: their receivers are those of doc/receivers, and every path they name
exists. The forms of the reference send what the API accepts. The client-side validation and
formatting of the dashboard match the C code."""
import glob
import html
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from harness import BUILD, SRC, Site, check, finish  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

RECEIVERS = {"php": "webhook.php", "python": "webhook.py", "node": "webhook.mjs"}


def receivers():
    """Each line of a sample is in the receiver, in the same order; its function has no gaps."""
    with open(SRC + "/htdocs/docs/webhooks.html", encoding="utf-8") as f:
        page = f.read()
    for language, name in RECEIVERS.items():
        sample = html.unescape(
            re.search(
                r'<pre id="receiver-%s"[^>]*><code>(.*?)</code></pre>' % language, page, re.S
            ).group(1)
        )
        with open(SRC + "/doc/receivers/" + name, encoding="utf-8") as f:
            whole = f.read()
        rest = iter(whole.splitlines())
        function = sample[sample.index("TOLERANCE") :].strip()
        check(
            "the receiver in %s is that of doc/receivers" % language,
            all(line in rest for line in sample.splitlines())
            and function in whole
            and len(function) > 500,
            sample,
        )


def paths():
    known = set()
    for program in glob.glob(BUILD + "/fcgi/*.fcgi"):
        for route in json.loads(
            subprocess.run(
                [program, "--describe"], check=True, capture_output=True, stdin=subprocess.DEVNULL
            ).stdout
        )["routes"]:
            known.add((route.get("mount", "/open-api/v1") + re.sub(r"{\w+}", "*", route["path"])))
    for file in sorted(glob.glob(SRC + "/htdocs/docs/*.html") + [SRC + "/htdocs/index.html"]):
        with open(file, encoding="utf-8") as f:
            text = html.unescape(re.sub(r"<[^>]+>", "", f.read()))
        text = text.replace("$API", "/open-api/v1").replace("$SELL", "/box-office/v1")
        for path in sorted(set(re.findall(r"/(?:open-api|box-office)/v1/[A-Za-z0-9/_{}-]+", text))):
            wild = re.sub(r"/(himig-ng-bayan|ORDER_ID|HOLD_ID|\{id\})(?=/|$)", "/*", path)
            check(
                "%s: %s is a path of the API" % (os.path.basename(file), path),
                wild in known,
                sorted(known),
            )
        for target in re.findall(
            r'(?:href|src)="(?!https?:)([^"#]+)[^"]*"', open(file, encoding="utf-8").read()
        ):
            there = os.path.join(os.path.dirname(file), target)
            check(
                "%s: %s leads somewhere" % (os.path.basename(file), target),
                os.path.exists(there) or target.endswith("open-api/v1/openapi.json"),
                there,
            )


def stocked(site, key, receiver):
    """One of everything that a form can name."""
    event = site.post(
        "/events",
        key,
        {
            "name": "Open house",
            "dateTime": "2040-11-14T19:00:00+08:00",
            "tickets": [{"name": "Free", "price": 0, "quantity": 500, "published": True}],
        },
    ).data
    place = "/events/" + event["id"]
    site.post(place + "/performers", key, {"name": "Ana"})
    site.post(place + "/schedules", key, {"title": "Doors", "startsAt": event["dateTime"]})
    site.post(place + "/brands", key, {"name": "Kape"})
    site.post(place + "/publish", key)
    items = [{"ticketId": event["tickets"][0]["id"], "quantity": 2}]
    sale = {"eventId": event["id"], "items": items}
    buyer = {"name": "Ana", "email": "ana@example.com"}
    site.post("/orders", key, dict(sale, buyer=buyer), mount="/box-office/v1")
    hook = site.post("/webhooks", key, {"url": receiver.url(), "events": ["order.completed"]})
    site.post("/webhooks/%s/test" % hook.data["id"], key, {})
    site.sql(
        "INSERT INTO venues (id, external_id, name, city, country, created_at, updated_at)"
        " VALUES (x'01890000000070008000000000000003', 'hall', 'Hall', 'Manila', 'PH', NOW(3),"
        " NOW(3))"
    )
    site.command("venue", "index")
    site.command("org", "set", "test", "--checkout-url", "https://pay.example/tickets")


def samples_of_sessions(site, document):
    """What needs a session has no form: the samples are sent here."""
    session = site.session(site.user())
    key = site.get("/keys", session, mount="/dashboard/v1").data[0]["id"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if operation["security"] != [{"session": []}] or "requestBody" not in operation:
                continue
            media = operation["requestBody"]["content"]["application/json"]
            sample = next(iter(media["examples"].values()))["value"]
            r = site.request(method.upper(), path.replace("{id}", key), session, sample, mount="")
            good = r.status in (200, 201) or r.fields == ["currentPassword"]  # is nobody's
            check("the sample of %s is valid" % operation["operationId"], good, r)


def forms():
    with open(SRC + "/htdocs/openapi.json", encoding="utf-8") as f:
        document = json.load(f)
    # the sample's webhook has a host that no test may ask for
    conf = "webhook_allow = 127.0.0.0/8\n"
    with Receiver() as receiver, Site(conf=conf) as site:
        key = site.key()
        stocked(site, key, receiver)
        browse("docs.mjs", site, key=key)
        samples_of_sessions(site, document)  # changes the key


receivers()
paths()
forms()
p = subprocess.run(
    ["node", SRC + "/tests/browser/modules.mjs", SRC], capture_output=True, text=True
)
print(p.stdout, end="", flush=True)
check("modules.mjs came to its end", p.returncode == 0, p.stderr)
finish()
