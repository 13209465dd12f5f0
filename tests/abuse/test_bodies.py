#!/usr/bin/env python3
"""Hostile bodies: many small values in few bytes. A worker's memory must not follow them: its peak
stays small on the routes that anybody may call, and comes back on all others."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from abuse_fixture import CEILING_KIB, described_routes, highest_memory  # noqa: E402
from harness import Site, check, finish  # noqa: E402

MIB = 1 << 20
PUBLIC = "/public/v1"
OPEN_BODY = 64 << 10  # of the routes that need no key: OPEN_BODY_MAX of common/http/request.h


def filled(head, unit, tail, size):
    """head, then as many units as fit, separated by commas, then tail; of about `size` bytes."""
    n = (size - len(head) - len(tail)) // (len(unit) + 1)
    return head + ",".join([unit] * n) + tail


def keys(size):
    """An object of as many different keys as fit."""
    out, n = [], 0
    while n < size - 12:
        out.append('"%x":0' % len(out))
        n += len(out[-1]) + 1
    return "{" + ",".join(out) + "}"


def shapes(size):
    yield "objects", filled("[", "{}", "]", size)
    yield "arrays", filled("[", "[]", "]", size)
    yield "numbers", filled("[", "0", "]", size)
    yield "texts", filled("[", '""', "]", size)
    yield "nested objects", filled('{"a":[', '{"a":{"a":{}}}', "]}", size)
    yield "deep and wide", filled("[" * 31, "{}", "]" * 31, size)
    yield "keys", keys(size)
    yield "one text", '{"name":"%s"}' % ("x" * (size - 20))
    yield "items", filled('{"items":[', "{}", "]}", size)
    yield "tickets", filled('{"name":"x","tickets":[', "{}", "]}", size)


def attack(site, callers, found, size):
    """Every shape to every route that one of the callers may use; the statuses seen."""
    seen = {}
    for method, mount, path, who in found:
        for name, body in shapes(size) if who in callers else ():
            r = site.request(method, path, callers[who], body, mount=mount)
            seen.setdefault(r.status, []).append((method, path, name))
    return seen


def open_routes(site, found):
    for size in (OPEN_BODY, MIB):
        seen = attack(site, {"anyone": None}, found, size - 64)
        check(
            "routes for everybody refuse %d KiB of values" % (size >> 10),
            seen and not {s for s in seen if s not in (400, 401, 404, 413, 429)},
            seen,
        )
    peaks = highest_memory(site, "VmHWM")
    print("# peak of each program in KiB: %s" % peaks)
    check(
        "… and no worker ever had more than %d MiB" % (CEILING_KIB >> 10),
        0 < max(peaks.values()) <= CEILING_KIB,
        peaks,
    )


def other_routes(site, found):
    session = site.session(site.user())
    callers = {"key": site.key(), "user": session, "owner": session}
    seen = attack(site, callers, found, MIB)
    check(
        "routes with a key or session refuse 1 MiB of values",
        seen and not {s for s in seen if s not in (400, 404, 413)},
        {s: where[:3] for s, where in seen.items()},
    )
    kept = highest_memory(site, "VmRSS")
    print("# memory of each program in KiB afterwards: %s" % kept)
    check(
        "… and no worker keeps more than %d MiB" % (CEILING_KIB >> 10),
        0 < max(kept.values()) <= CEILING_KIB,
        kept,
    )


def large_responses(site, key):
    """What an organizer has stored is written in up to six times its bytes: U+0007 as \\u0007."""
    bell, link = "\u0007", "https://example.com/" + "x" * 2000
    event = {
        "name": "Large",
        "dateTime": "2031-01-01T20:00:00Z",
        "type": "FREE",
        "tickets": [
            {"name": "T%d" % i, "price": 0, "quantity": 1, "published": True} for i in range(100)
        ],
    }
    made = site.post("/events", key, event)
    path = "/events/" + made.data["id"]
    stored = [
        site.post(path + "/performers", key, {"name": "P%d" % i, "bio": bell * 4900})
        for i in range(190)
    ]
    stored.append(site.post(path + "/publish", key))
    lists = dict(event, tickets=[], description=bell * 19000, imageGallery=[link] * 5)
    stored += [site.post("/events", key, dict(lists, name="L%d" % i)) for i in range(100)]
    check("large events are stored", {r.status for r in stored} <= {200, 201}, str(stored)[:500])
    before = highest_memory(site, "VmHWM")
    sizes = []
    for path, caller, mount in (
        ("/events/" + made.data["id"], key, "/open-api/v1"),
        ("/events?take=100", key, "/open-api/v1"),
        ("/events/test/" + made.data["slug"], None, PUBLIC),
    ):
        r = site.get(path, caller, mount=mount)
        check("%s answers" % path, r.status == 200, r.status)
        sizes.append(int(r.headers["content-length"]))
    print("# bytes: %s, peaks in KiB before: %s" % (sizes, before))
    peaks, kept = highest_memory(site, "VmHWM"), highest_memory(site, "VmRSS")
    print("# peaks in KiB: %s" % peaks)
    print("# memory in KiB afterwards: %s" % kept)
    check("responses of many MiB", min(sizes) > 5 << 20, sizes)
    check(
        "… take little more than their size while they are made",
        max(peaks.values()) <= CEILING_KIB // 3 + 3 * max(sizes) // 2048,
        peaks,
    )
    check(
        "… and the worker gives the memory back",
        0 < max(kept.values()) <= CEILING_KIB // 2,
        kept,
    )


with Site(workers=1) as site:
    large_responses(site, site.key())
with Site(workers=1) as site:
    found = [r for r in described_routes(site.build) if r[0] in ("POST", "PATCH")]
    check(
        "every caller is known", {r[3] for r in found} == {"anyone", "key", "user", "owner"}, found
    )
    open_routes(site, found)
    other_routes(site, found)
finish()
