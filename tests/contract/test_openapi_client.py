#!/usr/bin/env python3
"""Clients generated from htdocs/openapi.json work: types by openapi-typescript, calls by
openapi-fetch, both with default options. client.ts compiles in strict mode and calls every
operation of the document on a live site, and on one with a base_path."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import npm  # noqa: E402
from harness import BUILD, PASSWORD, SRC, Site, check, finish  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

DOCUMENT = SRC + "/htdocs/openapi.json"
VENUE = "01890000-0000-7000-8000-0000000000aa"
OPTIONS = {
    "compilerOptions": {
        "strict": True,
        "target": "es2022",
        "module": "nodenext",
        "lib": ["es2022", "dom", "dom.iterable"],
        "types": [],
        "rootDir": ".",
        "outDir": "out",
    },
    "files": ["client.ts"],
}


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def compile_client(packages, place):
    """Generates the types and compiles client.ts in the folder; whether both went well."""
    tools = packages + "/node_modules/.bin/"
    os.symlink(packages + "/node_modules", place + "/node_modules")
    shutil.copy(SRC + "/tests/contract/client.ts", place)
    for name, text in (("package.json", {"type": "module"}), ("tsconfig.json", OPTIONS)):
        with open(os.path.join(place, name), "w") as f:
            json.dump(text, f)
    p = run(tools + "openapi-typescript", DOCUMENT, "-o", place + "/schema.ts")
    made = check("openapi-typescript generates types", p.returncode == 0, p.stdout + p.stderr)
    p = run(tools + "tsc", "-p", place)
    return made and check("the client compiles in strict mode", p.returncode == 0, p.stdout)


def operations():
    """ "GET /open-api/v1/me" and the statuses that the document has for it."""
    with open(DOCUMENT, encoding="utf-8") as f:
        paths = json.load(f)["paths"]
    return {
        "%s %s" % (method.upper(), path): set(operation["responses"])
        for path, item in paths.items()
        for method, operation in item.items()
    }


def call_all(title, site, place, receiver):
    site.sql(
        "INSERT INTO venues (id, external_id, name, city, country, created_at, updated_at)"
        " VALUES (x'%s', 'hall', 'Sample Hall', 'Manila', 'PH', NOW(3), NOW(3))"
        % VENUE.replace("-", "")
    )
    site.command("venue", "index")
    site.command("org", "set", "test", "--ticket-names", "on")
    facts = dict(
        baseUrl="http://127.0.0.1:%d%s" % (site.port, site.base_path),
        key=site.key(),
        email=site.user(),
        password=PASSWORD,
        hook=receiver.url(),
        venue=VENUE,
        org="test",
    )
    sender = subprocess.Popen([BUILD + "/cron/webhook-flush", "--conf", site.conf])
    p = run("node", place + "/out/client.js", env=dict(os.environ, TG_CLIENT=json.dumps(facts)))
    sender.terminate()
    sender.wait()
    check(title + ": the client comes to its end", p.returncode == 0, p.stderr)
    answers = [line.rsplit(" ", 1) for line in json.loads(p.stdout or "[]")]
    known = operations()
    good = {name for name, status in answers if status[0] == "2"}
    check(
        "%s: every operation was called with success" % title,
        len(known) > 80 and set(known) == good,
        sorted(set(known) ^ good),
    )
    strange = [(name, status) for name, status in answers if status not in known.get(name, ())]
    check(title + ": every status is in the document", not strange, strange)


class MountedSite(Site):
    base_path = "/shop/tickets"


def main():
    packages, why = npm.packages()
    if not check("the generators install from their lock file", packages, why):
        finish()
    place = tempfile.mkdtemp(prefix="tg-client-")
    try:
        if compile_client(packages, place):
            conf = (
                "webhook_allow = 127.0.0.0/8\npublic_url = http://tickets.example\n"
                "mail_url = smtp://127.0.0.1:1\nmail_from = tickets@shop.example\n"
            )
            with Receiver() as receiver, Site(conf=conf) as site:
                call_all("at the root", site, place, receiver)
            mounted = conf + "base_path = /shop/tickets\n"
            with Receiver() as receiver, MountedSite(conf=mounted) as site:
                call_all("below a base_path", site, place, receiver)
    finally:
        shutil.rmtree(place)
    finish()


main()
