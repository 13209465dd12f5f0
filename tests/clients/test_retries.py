#!/usr/bin/env python3
"""What the clients repeat, what they do not, how long they wait, and what their errors say: against
a server that answers by a script. Waits are written down, not waited for."""
import datetime
import email.utils
import os
import ssl
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from api_clients import ApiStub, clients  # noqa: E402
from certificates import Authority  # noqa: E402
from harness import check, finish  # noqa: E402

DONE = (200, {"ETag": '"v1"'}, {"data": {"id": "a"}})
GATEWAY = (502, {"Content-Type": "text/html"}, "<h1>Bad Gateway</h1>")
FIREWALL = (403, {"Content-Type": "text/html"}, "<h1>Forbidden</h1>")
HOLD = {"eventId": "e", "items": []}


def error(status, code="CONFLICT", headers=None, **more):
    body = {"code": code, "message": "No.", "hint": "Wait.", "details": [], **more}
    return status, headers or {}, {"error": body, "requestId": "req_abcdefghijkl"}


def busy(seconds, status=429):
    return error(status, "RATE_LIMITED", {"Retry-After": str(seconds)})


class Cases:
    def __init__(self, client, stub):
        self.client, self.stub = client, stub

    def check(self, name, ok, *detail):
        check("%s: %s" % (self.client.name, name), ok, "\n".join(repr(d) for d in detail))

    def made(self, script, *one, **more):
        """The call's line and the requests."""
        self.stub.say(*script)
        line = self.client.calls(self.stub.url, [one], **more)[0]
        return line, self.stub.requests

    def repeats(self, name, script, *one, waits=None):
        line, requests = self.made(script, *one)
        keys = {r.headers.get("idempotency-key") for r in requests}
        bodies = {r.body for r in requests}
        ok = line.get("value") == {"id": "a"} and len(requests) == len(script)
        ok = ok and len(keys) == 1 and len(bodies) == 1 and len(line["waits"]) == len(script) - 1
        ok = ok and (
            waits is None or all(lo <= w < hi for w, (lo, hi) in zip(line["waits"], waits))
        )
        self.check(name, ok, line, requests)

    def stops(self, name, script, *one, sent=1, settings=None, **want):
        line, requests = self.made(script, *one, settings=settings)
        got = line.get("error", {})
        ok = len(requests) == sent and all(got.get(k) == v for k, v in want.items())
        self.check(name, ok, line, want, requests)

    # ---- what is repeated ----

    def passing(self):
        post = ("createHold", [HOLD])
        self.repeats("429: after Retry-After", [busy(3), DONE], *post, waits=[(3, 4)])
        self.repeats("503: after Retry-After", [busy(2, 503), DONE], *post, waits=[(2, 3)])
        self.repeats("a gateway's 502, a POST: same key, same body", [GATEWAY, DONE], *post)
        self.repeats("a lost response to a POST: same key, same body", ["close", DONE], *post)
        self.repeats("a lost response to a GET", ["close", DONE], "getEvent", ["a"])
        self.repeats("409 with Retry-After: the first is running", [busy(1, 409), DONE], *post)
        self.repeats(
            "waits double, with jitter",
            [GATEWAY, GATEWAY, GATEWAY, GATEWAY, DONE],
            *post,
            waits=[(0.25, 0.51), (0.5, 1.01), (1, 2.01), (2, 4.01)],
        )
        then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
        date = email.utils.format_datetime(then, usegmt=True)
        line, _ = self.made([busy(date), DONE], *post)
        # the client's clock is read up to some time later, never earlier
        waited = line["waits"] and line["waits"][0]
        self.check("Retry-After as a date", waited and 0 < waited < 61, line, date)
        line, requests = self.made([DONE], "createHold", [HOLD, {"idempotencyKey": "cart-7"}])
        key = requests[0].headers.get("idempotency-key")
        self.check("the caller's Idempotency-Key is sent", key == "cart-7", requests)

    # ---- what is not ----

    def lasting(self):
        post = ("createHold", [HOLD])
        details = [{"field": "eventId", "message": "eventId must be a UUID"}]
        self.stops(
            "400: once, with code, hint, details and request id",
            [error(400, "VALIDATION_ERROR", details=details)],
            *post,
            code="VALIDATION_ERROR",
            status=400,
            message="No.",
            hint="Wait.",
            details=details,
            requestId="req_abcdefghijkl",
            attempts=1,
            uncertain=False,
        )
        self.stops("409 without Retry-After: once", [error(409)], *post, code="CONFLICT")
        without = ("createHold", [HOLD, {"idempotencyKey": False}])
        self.stops("a POST without a key: once", ["close"], *without, uncertain=True)
        self.stops("a POST without a key: once, also for 429", [busy(1)], *without, status=429)
        self.stops("five attempts", ["close"], *post, sent=5, code="NETWORK_ERROR", attempts=5)
        self.stops(
            "a Retry-After beyond the total time ends it",
            [busy(1000)],
            *post,
            retryAfter=1000,
            attempts=1,
        )
        self.stops("the total time counts the waits", [busy(40)], *post, sent=3, attempts=3)
        self.stops(
            "no response in time",
            ["hang"],
            *post,
            sent=2,
            settings={"timeout": 0.4, "maxAttempts": 2},
            code="NETWORK_ERROR",
            status=0,
            uncertain=True,
        )
        self.stops(
            "another server's page is no success",
            [(200, {}, "<html>")],
            "getEvent",
            ["a"],
            code="UNEXPECTED_RESPONSE",
        )

    def versions(self):
        change = ("updateEvent", ["a", {"name": "x"}, {"ifMatch": '"v1"'}])
        lost = dict(uncertain=True, code="NETWORK_ERROR")
        self.stops("If-Match, response lost: once, and uncertain", ["close"], *change, **lost)
        self.repeats("If-Match, 429", [busy(1), DONE], *change)
        self.repeats(
            "without If-Match, response lost", ["close", DONE], "updateEvent", ["a", {"name": "x"}]
        )
        self.stub.say(DONE)
        self.client.calls(
            self.stub.url,
            [("getEvent", ["a"]), ("updateEvent", ["a", {}, {"ifMatch": {"$": 0}}])],
        )
        sent = self.stub.requests[-1].headers.get("if-match")
        self.check("a result is its version", sent == '"v1"', self.stub.requests)

    # ---- what stands between ----

    def firewalls(self):
        self.stub.say(FIREWALL, DONE, DONE)
        calls = [("updateEvent", ["a", {"name": "x"}]), ("deleteEvent", ["a"])]
        lines = self.client.calls(self.stub.url, calls)
        sent = [
            (r.method, r.headers.get("x-http-method-override"), r.body) for r in self.stub.requests
        ]
        want = [
            ("PATCH", None, b'{"name":"x"}'),
            ("POST", "PATCH", b'{"name":"x"}'),
            ("POST", "DELETE", b""),
        ]
        ok = sent == want and all("error" not in line for line in lines)
        self.check("a PATCH refused on the way: POST with the method in a header", ok, sent, lines)
        self.stops(
            "403 of the API: no override", [error(403, "FORBIDDEN")], *calls[1], code="FORBIDDEN"
        )
        refused = dict(code="UNEXPECTED_RESPONSE", status=403)
        self.stops(
            "the POST is refused as well: an error", [FIREWALL], *calls[1], sent=2, **refused
        )
        self.stops("a POST that is refused", [FIREWALL], "publishEvent", ["a"], **refused)
        with ApiStub() as other:
            other.say(DONE)
            moved = [(302, {"Location": other.url + "/"}, "")]
            self.stops("redirects are not followed", moved, "getAccount", [], status=302)
            self.check("the key goes nowhere else", other.requests == [], other.requests)

    def arguments(self):
        for value in ("", ".", ".."):
            line, requests = self.made([DONE], "getEvent", [value])
            ok = requests == [] and "missing" in line.get("error", {}).get("message", "")
            self.check('the argument "%s" is refused' % value, ok, line)


def check_certificates(client, authority, pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    with ApiStub(context) as stub:
        cases = Cases(client, stub)
        cases.stops(
            "an unknown certificate: nothing is sent, and once",
            [DONE],
            "createHold",
            [HOLD],
            sent=0,
            code="NETWORK_ERROR",
            attempts=1,
            uncertain=False,
        )
        client.env = {"NODE_EXTRA_CA_CERTS": authority.cert}
        line, _ = cases.made([DONE], "createHold", [HOLD], settings={"caFile": authority.cert})
        cases.check("a known certificate", line.get("value") == {"id": "a"}, line)
        client.env = {}


def main():
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        pair = authority.leaf("localhost", "DNS:localhost")
        for client in clients():
            with ApiStub() as stub:
                cases = Cases(client, stub)
                cases.passing()
                cases.lasting()
                cases.versions()
                cases.firewalls()
                cases.arguments()
            check_certificates(client, authority, pair)
    finish()


main()
