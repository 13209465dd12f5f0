#!/usr/bin/env python3
"""A host whose firewall, the OWASP Core Rule Set with its defaults, lets only GET, HEAD, POST and
OPTIONS pass: X-HTTP-Method-Override does, and the pages use it by themselves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse  # noqa: E402
from harness import check, finish  # noqa: E402
from uploaded import Uploaded  # noqa: E402

FIREWALL = """SecRuleEngine On
SecRequestBodyAccess On
SecDataDir "{dir}/run"
SecTmpDir "{dir}/run"
Include /etc/modsecurity/crs/crs-setup.conf
Include /usr/share/modsecurity-crs/rules/*.conf
"""


def main():
    modules = ("cgid", "unique_id", "security2")
    with Uploaded(modules=modules, server=FIREWALL) as host:
        host.configure()
        key = host.key()
        made = host.post("/events", key, {"name": "Behind", "dateTime": "2030-01-01T00:00:00Z"})
        check("the firewall lets JSON pass", made.status == 201, made)
        path = "/events/" + made.data["id"]
        r = host.patch(path, key, {"name": "Renamed"})
        check("it refuses PATCH", r.status == 403 and r.json is None, r)
        r = host.delete(path, key)
        check("and DELETE", r.status == 403 and r.json is None, r)
        as_patch = {"X-HTTP-Method-Override": "PATCH"}
        r = host.post(path, key, {"name": "Renamed"}, headers=as_patch)
        check("POST as PATCH passes", r.status == 200 and r.data["name"] == "Renamed", r)
        browse("firewall.mjs", host, key=key, path="/open-api/v1" + path)
        check("DELETE was sent by a page", host.get(path, key).status == 404)
    finish()


main()
