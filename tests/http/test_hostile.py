#!/usr/bin/env python3
"""Nothing a client can send gives a 5xx: paths, bodies, raw bytes, and a seeded storm of mutated
requests (TG_SEED, TG_STORM change it)."""
import json
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import SRC, Site, check, finish  # noqa: E402


def lines(name):
    """Fields of each line, as bytes, with \\xHH read."""
    for line in open(os.path.join(SRC, "tests/data", name), "rb"):
        line = line.rstrip(b"\n")
        if line and not line.startswith(b"#"):
            yield [
                re.sub(rb"\\x([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), f)
                for f in line.split(b"\t")
            ]


def sane(r):
    """An answer that is no 5xx (501 and 505: the server's own, to a method or version nobody knows)
    and, when an error, in the envelope."""
    if r is None:
        return False
    if r.status >= 500 and r.status not in (501, 505):
        return False
    if r.status < 400:
        return True
    return (
        r.raw == b""
        or isinstance(r.json, dict)
        and sorted(r.json) == ["error", "requestId"]
        and len(r.error.get("hint", "")) > 10
        and isinstance(r.error.get("details"), list)
    )


def paths(site, key, event):
    for want, target in lines("http/paths.txt"):
        target = re.sub(rb"\bE\b", event.encode(), target)
        r = site.raw(
            [
                b"GET " + target + b" HTTP/1.1",
                "Host: localhost",
                "Connection: close",
                "api-key: " + key,
            ]
        )
        want = want.decode()
        good = r is not None and (400 <= r.status < 500 if want == "4xx" else r.status == int(want))
        ours = target.startswith((b"/open-api/", b"http://localhost/open-api"))
        check(
            "path %s gives %s" % (target.decode("latin-1"), want),
            good and "x-evil" not in r.headers and (not ours or sane(r)),
            r,
        )
    r = site.raw(
        [
            "GET /open-api/v1/events/%s HTTP/1.1" % ("a" * 7000),
            "Host: x",
            "Connection: close",
            "api-key: " + key,
        ]
    )
    check("a path of 7000 bytes", sane(r) and r.status in (404, 414, 431), r)
    r = site.raw(
        [
            "GET /open-api/v1/events?%s HTTP/1.1" % "&".join("a%d=1" % i for i in range(101)),
            "Host: x",
            "Connection: close",
            "api-key: " + key,
        ]
    )
    check("101 parameters", r is not None and r.status == 400, r)


def bodies(site, key):
    connection, wrong, n = site.connect(), [], 0
    for want, text in lines("json.txt"):
        r = site.request("POST", "/events", key, text or b" ", connection=connection)
        n += 1
        bad = want != b"ok"
        if (
            not sane(r)
            or r.status >= 500
            or bad
            and (r.status != 400 or r.fields != ["body"])
            or not bad
            and r.status not in (201, 400)
        ):
            wrong.append((want, text[:80], r))
    check("bodies: %d JSON texts as a whole body" % n, not wrong, "\n".join(map(str, wrong[:5])))
    wrong = []
    for want, text in lines("json.txt"):
        if b"}" in text and want == b"ok" or text.count(b"[") > 20:
            continue
        r = site.request(
            "POST",
            "/events",
            key,
            b'{"dateTime":"2030-01-01T00:00:00Z","name":"x","description":' + text + b"}",
            connection=connection,
        )
        if (
            not sane(r)
            or r.status not in (201, 400)
            or want != b"ok"
            and r.status == 201
            and b'"' not in text
        ):
            wrong.append((want, text[:80], r))
    check("bodies: and as a member", not wrong, "\n".join(map(str, wrong[:5])))
    deep = lambda n: '{"name":"x","dateTime":"2030-01-01T00:00:00Z","zzz":%s%s}' % (
        "[" * n,
        "]" * n,
    )
    check(
        "bodies: depth 32",
        site.post("/events", key, deep(31)).status == 201
        and site.post("/events", key, deep(32)).status == 400
        and site.post("/events", key, deep(100000)).status == 400,
    )
    base = '{"name":"x","dateTime":"2030-01-01T00:00:00Z","description":"'
    r = site.post("/events", key, base + "a" * ((1 << 20) - len(base) - 2) + '"}')
    check("bodies: exactly 1 MiB is read", r.status == 400 and r.fields == ["description"], r)
    for n, field in ((15000, "tickets"), (25000, "body"), (250000, "body")):
        r = site.post(
            "/events",
            key,
            '{"name":"x","dateTime":"2030-01-01T00:00:00Z","tickets":[' + "{}," * n + "{}]}",
        )
        check("bodies: %d tickets" % n, r.status == 400 and r.fields == [field], r)
    r = site.post(
        "/events",
        key,
        '{"name":"x","dateTime":"2030-01-01T00:00:00Z","tickets":['
        + ",".join(['{"a%d":1}' % i for i in range(100)])
        + "]}",
    )
    check(
        "bodies: 300 problems at once, of which 100 are listed",
        r.status == 400 and len(r.fields) == 101,
        r,
    )
    r = site.post("/events", key, "{%s}" % ",".join('"k%d":1' % i for i in range(60000)))
    check("bodies: 60,000 unknown members", r.status == 400 and sane(r), r.status)
    r = site.post(
        "/events",
        key,
        {
            "name": "x",
            "dateTime": "2030-01-01T00:00:00Z",
            "a\r\nX-Evil: 1": 1,
            "caf\u00e9": 2,
            "": 3,
        },
    )
    check(
        "bodies: member names cannot make headers",
        r.status == 201 and "x-evil" not in r.headers and "ignored-fields" in r.headers,
        r,
    )


def raw(site, key):
    head = [
        "Host: localhost",
        "Connection: close",
        "api-key: " + key,
        "Content-Type: application/json",
    ]
    body = b'{"name":"Raw","dateTime":"2030-01-01T00:00:00Z"}'
    post = lambda *more, **k: site.raw(
        ["POST /open-api/v1/events HTTP/1.1"] + head + list(more), k.pop("body", body), **k
    )
    n = len(body)
    chunked = (
        b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, n, 7))
        + b"0\r\n\r\n"
    )
    for name, want, r in (
        ("a right Content-Length", (201,), post("Content-Length: %d" % n)),
        ("chunked", (201,), post("Transfer-Encoding: chunked", body=chunked)),
        (
            "chunked with extensions and trailer",
            (201, 400),
            post(
                "Transfer-Encoding: chunked",
                body=b"%x;a=b\r\n%s\r\n0\r\nX-Evil: 1\r\n\r\n" % (n, body),
            ),
        ),
        (
            "chunked and Content-Length",
            (201, 400),
            post("Transfer-Encoding: chunked", "Content-Length: 5", body=chunked),
        ),
        ("a bad chunk size", (400,), post("Transfer-Encoding: chunked", body=b"zz\r\n")),
        (
            "a huge chunk size",
            (400, 413),
            post("Transfer-Encoding: chunked", body=b"ffffffffffffffff\r\n"),
        ),
        ("an unknown transfer encoding", (400, 501), post("Transfer-Encoding: gzip", body=b"")),
        ("Content-Length too small", (400,), post("Content-Length: %d" % (n - 3))),
        ("Content-Length empty", (400, 411), post("Content-Length:", body=b"")),
        ("Content-Length -1", (400,), post("Content-Length: -1")),
        ("Content-Length +3", (400,), post("Content-Length: +3")),
        ("Content-Length 2^63", (400, 413), post("Content-Length: 9223372036854775808")),
        (
            "Content-Length far too large",
            (400, 413),
            post("Content-Length: 99999999999999999999999"),
        ),
        ("Content-Length a word", (400,), post("Content-Length: x")),
        ("two Content-Lengths", (400,), post("Content-Length: %d" % n, "Content-Length: 3")),
        (
            "two Content-Types",
            (400, 415),
            post("Content-Type: text/plain", "Content-Length: %d" % n),
        ),
        (
            "Content_Type beside it",
            (201, 400, 415),
            post("Content_Type: text/plain", "Content-Length: %d" % n),
        ),
        (
            "Expect: 100-continue",
            (201, 417),
            post("Expect: 100-continue", "Content-Length: %d" % n),
        ),
        (
            "no Host in HTTP/1.1",
            (400,),
            site.raw(["GET /open-api/v1/me HTTP/1.1", "api-key: " + key, "Connection: close"]),
        ),
        (
            "a Host of rubbish",
            (200, 400),
            site.raw(
                [
                    "GET /open-api/v1/me HTTP/1.1",
                    "Host: a b\x7f",
                    "api-key: " + key,
                    "Connection: close",
                ]
            ),
        ),
        (
            "a Host with a port",
            (200,),
            site.raw(
                [
                    "GET /open-api/v1/me HTTP/1.1",
                    "Host: x:8080",
                    "api-key: " + key,
                    "Connection: close",
                ]
            ),
        ),
        ("HTTP/1.0", (200,), site.raw(["GET /open-api/v1/me HTTP/1.0", "api-key: " + key])),
        (
            "HTTP/3.7",
            (400, 505),
            site.raw(["GET /open-api/v1/me HTTP/3.7", "Host: x", "api-key: " + key]),
        ),
        (
            "a method in lower case",
            (400, 405, 501),
            site.raw(
                ["get /open-api/v1/me HTTP/1.1", "Host: x", "api-key: " + key, "Connection: close"]
            ),
        ),
        (
            "TRACE",
            (405, 501),
            site.raw(
                [
                    "TRACE /open-api/v1/me HTTP/1.1",
                    "Host: x",
                    "api-key: " + key,
                    "Connection: close",
                ]
            ),
        ),
        (
            "GET with a body",
            (200, 400),
            site.raw(["GET /open-api/v1/me HTTP/1.1"] + head + ["Content-Length: 2"], b"{}"),
        ),
        (
            "DELETE with a body",
            (404, 400),
            site.raw(
                ["DELETE /open-api/v1/events/not-there HTTP/1.1"] + head + ["Content-Length: 2"],
                b"{}",
            ),
        ),
        (
            "a folded header",
            (200, 400),
            site.raw(
                [
                    "GET /open-api/v1/me HTTP/1.1",
                    "Host: x",
                    "api-key: " + key,
                    "Connection: close",
                    "X-A: 1",
                    " 2",
                ]
            ),
        ),
        (
            "a NUL in a header",
            (400,),
            site.raw(
                [
                    "GET /open-api/v1/me HTTP/1.1",
                    "Host: x",
                    "api-key: " + key,
                    "Connection: close",
                    b"X-A: a\0b",
                ]
            ),
        ),
        (
            "bytes above 0x7f in headers",
            (200, 400),
            site.raw(
                [
                    "GET /open-api/v1/me HTTP/1.1",
                    "Host: x",
                    "api-key: " + key,
                    "Connection: close",
                    b"User-Agent: \xff\xfe",
                    b"Prefer: \xff",
                ]
            ),
        ),
        (
            "a method override",
            (405,),
            site.raw(
                ["PATCH /open-api/v1/me HTTP/1.1"]
                + head
                + ["X-HTTP-Method-Override: GET", "Content-Length: 2"],
                b"{}",
            ),
        ),
        (
            "Proxy and Range",
            (200, 206),
            site.raw(
                ["GET /open-api/v1/me HTTP/1.1"]
                + head
                + ["Proxy: http://127.0.0.1:1", "Range: bytes=0-3"]
            ),
        ),
        (
            "Accept: text/html",
            (200,),
            site.raw(["GET /open-api/v1/me HTTP/1.1"] + head + ["Accept: text/html"]),
        ),
    ):
        check(
            "raw: %s gives %s" % (name, want),
            sane(r) and r.status in want and "x-evil" not in r.headers,
            r,
        )
    r = post("Content-Length: %d" % (n + 10), shutdown=True, timeout=20)
    check("raw: a body that ends early makes nothing", r is None or r.status == 400, r)
    check("raw: and the site goes on", site.get("/me", key).status == 200)


def overrides(site, key):
    """A firewall in front may let only GET and POST pass."""
    r = site.post("/events", key, {"name": "Override", "dateTime": "2030-01-01T00:00:00Z"})
    path, as_patch = "/events/" + r.data["id"], {"X-HTTP-Method-Override": "PATCH"}
    r = site.post(path, key, {"name": "By another method"}, headers=as_patch)
    check("POST as PATCH changes", r.status == 200 and r.data["name"] == "By another method", r)
    for other in ("GET", "POST", "HEAD", "TRACE", "patch", "PATCH, GET", ""):
        r = site.post(path, key, {"name": "No"}, headers={"X-HTTP-Method-Override": other})
        check(
            "POST as %r: 405" % other,
            r.status == 405 and site.get(path, key).data["name"] == "By another method",
            r,
        )
    r = site.get(path, key, headers={"X-HTTP-Method-Override": "DELETE"})
    check("GET stays GET", r.status == 200 and site.get(path, key).status == 200, r)
    r = site.post(path, key, headers={"X-HTTP-Method-Override": "DELETE"})
    check("POST as DELETE deletes", r.status in (200, 204), r)
    check("and it is gone", site.get(path, key).status == 404)


SEEDS = [
    ("GET", "/open-api/v1/me", {}, b""),
    (
        "GET",
        "/open-api/v1/events?page=1&take=10&sort=-name&q=x&status=DRAFT&from=2030-01-01T00:00:00Z",
        {},
        b"",
    ),
    ("GET", "/open-api/v1/events/EVENT", {"If-None-Match": '"v1.x"'}, b""),
    (
        "POST",
        "/open-api/v1/events",
        {
            "Content-Type": "application/json",
            "Idempotency-Key": '"k1"',
            "Prefer": "handling=strict",
        },
        b'{"name":"Storm","dateTime":"2030-01-01T00:00:00Z","endDateTime":null,'
        b'"tickets":[{"name":"A","price":15.50,"quantity":10}],"galleryUrls":["https://example.com/'
        b'"],"currency":"PHP","slug":"storm"}',
    ),
    (
        "PATCH",
        "/open-api/v1/events/EVENT",
        {"Content-Type": "application/json; charset=utf-8", "If-Match": "*"},
        b'{"name":"New","eventCapacity":100,"type":"FREE","timezone":"Asia/Manila"}',
    ),
    ("POST", "/open-api/v1/events/EVENT/publish", {}, b""),
    ("POST", "/open-api/v1/events/EVENT/unpublish", {"Content-Type": "application/json"}, b"{}"),
    ("POST", "/open-api/v1/events/EVENT/archive", {}, b""),
    ("POST", "/open-api/v1/events/EVENT/restore", {}, b""),
    ("DELETE", "/open-api/v1/events/01900000-0000-7000-8000-000000000000", {}, b""),
]
PIECES = [
    b"null",
    b"[]",
    b"{}",
    b"-1",
    b"1e400",
    b'"',
    b"\\u0000",
    b"\\ud800",
    b"\xff",
    b"\xc3\xa9",
    b"%00",
    b"%ff",
    b"%2f",
    b"../",
    b"//",
    b";",
    b"&",
    b"=",
    b",",
    b"'",
    b"99999999999999999999",
    b"A" * 300,
    b"\t",
    b" ",
    b"*",
    b'W/"',
    b"0.001",
    b"true",
    b"\xe2\x80\xa8",
]


def mutate(rnd, data):
    data = bytearray(data)
    for _ in range(rnd.randint(1, 3)):
        at, how = rnd.randint(0, len(data)), rnd.randint(0, 4)
        if how == 0:
            data[at:at] = rnd.choice(PIECES)
        elif how == 1:
            data[at : at + rnd.randint(1, 8)] = b""
        elif how == 2 and at < len(data):
            data[at] = rnd.randint(1, 255)
        elif how == 3:
            data[at : at + rnd.randint(1, 12)] = rnd.choice(PIECES)
        else:
            data[at:at] = data[at : at + rnd.randint(1, 30)]
    return bytes(data)


def storm(site, key, event):
    seed, count = int(os.environ.get("TG_SEED", "2030")), int(os.environ.get("TG_STORM", "1500"))
    rnd, wrong, tally = random.Random(seed), [], {}
    for i in range(count):
        method, target, headers, body = rnd.choice(SEEDS)
        target, headers = target.replace("EVENT", event).encode(), {
            k: v.encode() for k, v in headers.items()
        }
        where = rnd.randint(0, 9)
        if where < 5 and body:
            body = mutate(rnd, body)
        elif where < 8:
            target = re.sub(rb"[\x00-\x20\x7f]", b"", mutate(rnd, target)) or b"/"
        else:
            name = rnd.choice(
                list(headers)
                + [
                    "Prefer",
                    "X-Forwarded-For",
                    "If-None-Match",
                    "If-Match",
                    "Idempotency-Key",
                    "Content-Type",
                ]
            )
            headers[name] = re.sub(
                rb"[\x00-\x08\x0a-\x1f\x7f]", b"", mutate(rnd, headers.get(name, b'"a", "b"'))
            )
        sent = [
            method.encode() + b" " + target + b" HTTP/1.1",
            b"Host: localhost",
            b"Connection: close",
            b"api-key: " + key.encode(),
        ] + [k.encode() + b": " + v for k, v in headers.items()]
        if body or method in ("POST", "PATCH"):
            sent.append(b"Content-Length: %d" % len(body))
        r = site.raw(sent, body)
        tally[r.status if r else None] = tally.get(r.status if r else None, 0) + 1
        # outside /open-api/ the server may answer pages of its own
        ours = target.startswith(b"/open-api/v1")
        if r is None or r.status >= 500 and r.status not in (501, 505) or ours and not sane(r):
            wrong.append((i, sent, body, r))
    check(
        "storm: %d requests of seed %d, no 5xx, always the envelope" % (count, seed),
        not wrong,
        "\n".join(str(w)[:590] for w in wrong[:8]),
    )
    check(
        "storm: met many answers",
        len(tally) >= 5 and tally.get(200, 0) > 20 and tally.get(201, 0) > 0,
        tally,
    )


with Site(conf="trusted_proxies = 127.0.0.1\n") as site:
    KEY = site.key()
    EVENT = site.post("/events", KEY, {"name": "Target", "dateTime": "2030-01-01T00:00:00Z"}).data[
        "id"
    ]
    paths(site, KEY, EVENT)
    bodies(site, KEY)
    raw(site, KEY)
    overrides(site, KEY)
    storm(site, KEY, EVENT)
    bad = site.sql(
        "SELECT COUNT(*)"
        " FROM counters c"
        " WHERE c.name LIKE 'events:%' AND c.n != (SELECT COUNT(*) FROM events e"
        " WHERE e.org_id = c.org_id AND CONCAT('events:', e.status) = c.name)"
    )
    check("after all that the counters are true", bad == [["0"]], bad)
    check(
        "no worker died",
        "signal" not in site.log().lower() and "INTERNAL" not in site.log(),
        site.log()[-1500:],
    )
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
