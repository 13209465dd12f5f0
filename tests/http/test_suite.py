#!/usr/bin/env python3
"""The program that has everything: what it is by its name, its first argument and its environment;
its tables are those of all programs together; it serves from one database account and without
sections in the configuration."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, Site, check, finish  # noqa: E402

PROGRAM = os.environ.get("TG_SUITE") or os.path.join(BUILD, "suite/ticketgate.fcgi")
PARTS = sorted(f for f in os.listdir(BUILD + "/fcgi") if f.endswith(".fcgi"))


def run(*argv, name=PROGRAM, **env):
    """The ended process; `name` is its argv[0]."""
    return subprocess.run(
        [name, *argv],
        executable=PROGRAM,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def describe(path):
    return json.loads(
        subprocess.run([path, "--describe"], check=True, capture_output=True, text=True).stdout
    )


def test_words():
    for name, argv, wanted in (
        ("/x/ticketgate.fcgi", ["--version"], "suite.fcgi (ticketgate) "),
        ("ticketgate.fcgi", ["--version"], "suite.fcgi (ticketgate) "),
        ("ticketgate", ["version"], "ticketgate "),
        ("/x/ticketgate", ["version"], "ticketgate "),
        ("mail-send", ["--version"], "mail-send (ticketgate) "),
        ("webhook-flush", ["--version"], "webhook-flush (ticketgate) "),
        ("/x/y.fcgi", ["ticketgate", "version"], "ticketgate "),
        ("/x/y.fcgi", ["webhook-flush", "--version"], "webhook-flush (ticketgate) "),
    ):
        p = run(*argv, name=name)
        check(
            "%s %s" % (name, " ".join(argv)),
            p.returncode == 0 and p.stdout.startswith(wanted),
            (p.returncode, p.stdout, p.stderr),
        )
    for argv in (["doctor"], ["ticketgate.fcgi"], [""], ["--version", "more"]):
        p = run(*argv)
        check(
            "%s: a usage error" % argv,
            p.returncode == 2 and p.stderr.startswith("usage: suite.fcgi ") and not p.stdout,
            (p.returncode, p.stdout, p.stderr),
        )


def test_cgi(site):
    """The arguments of a CGI program are the client's query."""
    env = dict(
        GATEWAY_INTERFACE="CGI/1.1",
        TG_CONF=site.conf,
        REQUEST_METHOD="GET",
        REMOTE_ADDR="127.0.0.1",
    )
    for name, argv in (
        (PROGRAM, ["ticketgate", "org", "list"]),
        (PROGRAM, ["webhook-flush", "--version"]),
        (PROGRAM, ["--describe"]),
        ("ticketgate", ["org", "list"]),
        ("webhook-flush", ["--once"]),
    ):
        p = run(*argv, name=name, REQUEST_URI="/open-api/v1/me?" + "+".join(argv), **env)
        check(
            "CGI, %s %s: a request and nothing else" % (os.path.basename(name), " ".join(argv)),
            p.returncode == 0
            and re.match(r"Status: 40[01] ", p.stdout)
            and '"error":{' in p.stdout
            and "ticketgate)" not in p.stdout,
            (p.returncode, p.stdout[:300], p.stderr[:300]),
        )
    # the first segment of each path decides which tables are asked, and 404s have their form
    for path, status, kind in (
        ("/open-api/v1/none", 404, "application/json"),
        ("/box-office/v1/none", 404, "application/json"),
        ("/dashboard/v1/none", 404, "application/json"),
        ("/public/v1/none", 404, "application/json"),
        ("/e/none/none", 404, "text/html"),
        ("/none", 404, "application/json"),
        ("/-/health", 200, "application/json"),
    ):
        p = run(REQUEST_URI=path, **env)
        head = p.stdout.partition("\r\n\r\n")[0]
        check(
            "CGI, %s: %d %s" % (path, status, kind),
            re.search(r"^Status: %d " % status, head, re.M)
            and re.search(r"^Content-Type: " + kind, head, re.M | re.I),
            (p.returncode, p.stdout[:300], p.stderr[:300]),
        )


def test_tables():
    whole = describe(PROGRAM)
    parts = [describe(os.path.join(BUILD, "fcgi", part)) for part in PARTS]
    own = [row for row in whole["routes"] if row["name"] == "cron.run"]  # suite/cron.c
    check("one route of its own", len(own) == 1 and own[0]["path"] == "/cron/{secret}", own)
    for what in ("routes", "statements"):
        got = {json.dumps(row, sort_keys=True) for row in whole[what] if row not in own}
        wanted = {json.dumps(row, sort_keys=True) for p in parts for row in p[what]}
        check("the %s of all programs: %d" % (what, len(wanted)), got == wanted, got ^ wanted)
    routes = [json.dumps(row, sort_keys=True) for row in whole["routes"]]
    check("each route once", len(routes) == len(set(routes)), len(routes))
    names = {name for p in parts for name in p["resources"]}
    check("the resources of all programs", set(whole["resources"]) == names, names)
    for member in ("errors", "scopes", "gates", "config"):
        check("the same " + member, whole[member] == parts[0][member])


def test_one_account(site):
    """One account for everything: each statement of the API, of the sender and of the command."""
    for argv in (["--check"], ["webhook-flush", "--check"], ["mail-send", "--check"]):
        p = run(*argv, TG_CONF=site.conf)
        check(
            " ".join(argv) + " with the common account",
            p.returncode == 0 and re.search(r"^\d+ statements checked, 0 failed$", p.stdout, re.M),
            p.stdout + p.stderr,
        )
    with open(site.conf) as f:
        text = f.read()
    wrong = site.dir + "/section.conf"
    with open(wrong, "w") as f:
        f.write(text + "\n[suite]\ndb_user = nobody_here\n")
    os.chmod(wrong, 0o600)
    p = run("--check", TG_CONF=wrong)
    check(
        "[suite] overrides the common section",
        p.returncode == 1 and "nobody_here" in p.stderr,
        p.stdout + p.stderr,
    )
    p = run("ticketgate", "org", "list", TG_CONF=wrong)
    check("and only for the API", p.returncode == 0 and "Test Org" in p.stdout, p.stderr)


def main():
    test_words()
    test_tables()
    with Site() as site:
        test_cgi(site)
        test_one_account(site)
    finish()


if __name__ == "__main__":
    main()
