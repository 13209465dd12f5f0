#!/usr/bin/env python3
"""Envelopes, rate limits and the address throttle (contract sections 2 and 4)."""
import concurrent.futures
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402


def numbers(r):
    """limit, remaining and seconds to full of both families; None when they disagree."""
    policy = re.fullmatch(r'"(\w+)";q=(\d+);w=60', r.headers.get("ratelimit-policy", ""))
    state = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', r.headers.get("ratelimit", ""))
    if not policy or not state or policy[1] != state[1]:
        return None
    old = [
        int(r.headers[h])
        for h in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
    ]
    if (
        old[:2] != [int(policy[2]), int(state[2])]
        or not -1 <= old[2] - time.time() - int(state[3]) <= 2.5
    ):
        return None
    return policy[1], old[0], old[1], int(state[3])


def tiers(site):
    key = site.key("events:read", tier="standard")
    r = site.get("/me", key)
    check("standard: first request", numbers(r) == ("standard", 600, 599, 1), r)
    began, c = time.monotonic(), site.connect()
    for n in range(2, 51):
        r = site.get("/me", key, connection=c)
    refilled = (time.monotonic() - began) * 10 + 2
    got = numbers(r)
    check(
        "standard: each request takes one, ten a second come back",
        got and 550 <= got[2] <= 550 + refilled and abs(got[3] - (600 - got[2]) / 10) <= 1.1,
        (r, refilled),
    )
    for r in (
        site.get("/events/x", key),
        site.post("/events", key, {}),
        site.get("/nothing", key),
        site.get("/me", None),
        site.request("OPTIONS", "/me"),
    ):
        check("rate headers: in both families on a %d" % r.status, numbers(r) is not None, r)
    check(
        "unlimited: has numbers, too",
        numbers(site.get("/me", site.key("events:read")))[0] == "unlimited",
    )

    key = site.key("events:read", tier="plus")  # 20 a minute here: one every three seconds
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        answers = list(pool.map(lambda _: site.get("/me", key), range(40)))
        took = time.monotonic() - began
    good, late = [r for r in answers if r.status == 200], [r for r in answers if r.status == 429]
    check(
        "429: exactly the quota is let through, by all workers together",
        20 <= len(good) <= 20 + int(took / 3) + (took > 2.9) and len(good) + len(late) == 40,
        (len(good), len(late), took),
    )
    check(
        "429: remaining counts down to 0",
        sorted({numbers(r)[2] for r in good})[0] == 0 and numbers(good[0])[:2] == ("plus", 20),
        [numbers(r) for r in good],
    )
    r = late[-1]
    wait = int(r.headers.get("retry-after", 0))
    check(
        "429: envelope and Retry-After",
        r.error.get("code") == "RATE_LIMITED"
        and 1 <= wait <= 4
        and len(r.error["hint"]) > 10
        and numbers(r)[2] == 0,
        r,
    )
    time.sleep(wait)
    r = site.get("/me", key)
    check("429: after Retry-After it works", r.status == 200, r)
    check("429: and only once", site.get("/me", key).status == 429)
    check(
        "429: another key is not concerned",
        site.get("/me", site.key("events:read", tier="plus")).status == 200,
    )
    check("429: comes before scope and body", site.post("/events", key, "{").status == 429)


def throttle(site):
    key = site.key("events:read")
    remembered = site.get("/me", key, headers={"X-Forwarded-For": "203.0.113.50"})
    answers = [
        site.get("/me", k, headers={"X-Forwarded-For": "203.0.113.50"})
        for k in (None, "x", key[:-1], "tn_live_", None, None, "x")
    ]
    check(
        "throttle: five failures, then 429",
        [r.status for r in answers] == [401] * 5 + [429] * 2,
        answers,
    )
    r = answers[-1]
    check(
        "throttle: says when",
        r.error["code"] == "RATE_LIMITED"
        and 1 <= int(r.headers.get("retry-after", 0)) <= 13
        and numbers(r)[:2] == ("address", 5),
        r,
    )
    check(
        "throttle: 401 counts down",
        [numbers(a)[2] for a in answers[:5]] == [4, 3, 2, 1, 0],
        answers[:5],
    )
    r = site.get("/me", key, headers={"X-Forwarded-For": "203.0.113.50"})
    check("throttle: a valid key from there works", r.status == 200 and remembered.status == 200, r)
    check(
        "throttle: one never seen there is not looked up",
        site.get("/me", site.key("events:read"), headers={"X-Forwarded-For": "203.0.113.50"}).status
        == 429,
    )
    check(
        "throttle: another address is not concerned",
        site.get("/me", "x", headers={"X-Forwarded-For": "203.0.113.51"}).status == 401,
    )
    six = [
        site.get("/me", "x", headers={"X-Forwarded-For": "2001:db8:1:2::%x" % i}).status
        for i in range(1, 8)
    ]
    check("throttle: an IPv6 host owns its /64", six == [401] * 5 + [429] * 2, six)
    check(
        "throttle: the next /64 does not suffer",
        site.get("/me", "x", headers={"X-Forwarded-For": "2001:db8:1:3::1"}).status == 401,
    )
    expired = site.key_object("events:read")
    site.sql(
        "UPDATE api_keys SET expires_at = '2020-01-01' WHERE id = x'%s'"
        % expired["id"].replace("-", "")
    )
    got = [
        site.get("/me", expired["key"], headers={"X-Forwarded-For": "203.0.113.60"}).status
        for _ in range(7)
    ]
    check("throttle: an expired key counts as a failure", got == [401] * 5 + [429] * 2, got)


def envelopes(site):
    key, ids = site.key(), set()
    answers = [
        site.get(p, key)
        for p in ("/events/abc-123", "/events?take=0", "/nothing", "/me/x", "/events/x/nope")
    ]
    answers += [
        site.patch("/me", key),
        site.get("/me", None),
        site.get("/events", site.key("webhooks:manage")),
    ] + [site.post("/events", key, {}) for _ in range(5)]
    for r in answers:
        good = (
            sorted(r.json) == ["error", "requestId"]
            and sorted(r.error) == ["code", "details", "hint", "message"]
            and r.json["requestId"] == r.headers["x-request-id"]
        )
        check(
            "envelope: of a %d" % r.status,
            good
            and r.json["requestId"] not in ids
            and re.fullmatch("req_[0-9a-z]{12}", r.json["requestId"]),
            r,
        )
        ids.add(r.json["requestId"])
    r = site.get("/events/abc-123", key)
    check(
        "envelope: Event not found: abc-123",
        r.status == 404
        and r.error["message"] == "Event not found: abc-123"
        and r.error["details"] == [],
        r,
    )
    r = site.post("/events", key, {})
    check(
        "envelope: Validation failed, with its details",
        r.error["message"] == "Validation failed"
        and {"field": "name", "message": "name should not be empty"} in r.error["details"],
        r,
    )
    r = site.get("/me", key, headers={"X-Request-Id": "req_aaaaaaaaaaaa"})
    check(
        "a request id of the client is not taken over",
        r.headers["x-request-id"] != "req_aaaaaaaaaaaa",
        r,
    )
    r = site.request("GET", "/me", key, mount="/open-api/v2")
    check(
        "another version is 404 in the envelope",
        r.status == 404 and (r.error.get("code") == "NOT_FOUND"),
        r,
    )
    for mount in ("/box-office/v1", "/dashboard/v1"):
        r = site.request("GET", "/me", key, mount=mount)
        check("/me is not below %s" % mount, r.status == 404, r)
        r = site.request("GET", "/events", key, mount=mount)
        check("/events is not below %s" % mount, r.status == 404, r)


with Site(conf="trusted_proxies = 127.0.0.1\nrate_plus = 20\n") as site:
    envelopes(site)
    tiers(site)
    with open(site.conf) as f:
        text = f.read()
    with open(site.conf, "w") as f:
        f.write(text.replace("auth_failures = 1000000", "auth_failures = 5"))
    site.stop_web()
    site.start_web()
    throttle(site)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
