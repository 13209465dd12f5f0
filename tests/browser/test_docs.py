#!/usr/bin/env python3
"""The guides match the code: their receivers are those of doc/receivers, and every path they name
exists. The client-side validation and formatting of the dashboard match the C code."""
import glob
import html
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, SRC, check, finish  # noqa: E402

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


receivers()
paths()
p = subprocess.run(
    ["node", SRC + "/tests/browser/modules.mjs", SRC], capture_output=True, text=True
)
print(p.stdout, end="", flush=True)
check("modules.mjs came to its end", p.returncode == 0, p.stderr)
finish()
