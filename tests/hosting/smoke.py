#!/usr/bin/env python3
"""Does this installation serve? usage: smoke.py BASE_URL [lighttpd|proxy|fcgid|cgi]; TG_KEY: a key
for the real programs.

The same questions for every web server. Programs that are really tests/hosting/echo.c are
recognised and asked more.
"""
import gzip, http.client, json, os, re, socket, sys, uuid
from urllib.parse import urlsplit

import servers
from servers import PROGRAMS, done, ok, poll

MIB = 1024 * 1024


def fnv(data):
    h = 14695981039346656037
    for b in data:
        h = ((h ^ b) * 1099511628211) & (2**64 - 1)
    return f"{h:016x}"


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.type = headers.get("content-type", "").split(";")[0]
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    def __repr__(self):
        return f"{self.status} {self.type} {self.body[:300]!r}"


def raw(base, data, seconds=20):
    """What comes back for these bytes, until the server closes."""
    u = urlsplit(base)
    out = b""
    with socket.create_connection((u.hostname, u.port), seconds) as s:
        try:
            s.sendall(data)
        except OSError:
            pass
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                out += piece
        except OSError:
            pass
    head, _, body = out.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, v in (ln.split(": ", 1) for ln in lines[1:] if ": " in ln)}
    if headers.get("transfer-encoding") == "chunked":
        plain, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size or b"0", 16)
            plain, rest = plain + rest[:n], rest[n + 2 :]
            if n == 0:
                break
        body = plain
    return Reply(int(lines[0].split()[1]) if " " in lines[0] else 0, headers, body)


def ask(base, path, method="GET", body=None, headers=None, seconds=30):
    u = urlsplit(base)
    h = {"api-key": os.environ.get("TG_KEY", "k"), "Connection": "close", **(headers or {})}
    c = http.client.HTTPConnection(u.hostname, u.port, timeout=seconds)
    try:
        c.request(method, path, body, {k: v for k, v in h.items() if v is not None})
        r = c.getresponse()
        return Reply(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
    except (OSError, http.client.HTTPException) as e:
        return Reply(0, {}, repr(e).encode())
    finally:
        c.close()


def is_error(r, *status):
    """The contract's error envelope (section 2)."""
    if r.status not in status or r.type != "application/json" or not isinstance(r.json, dict):
        return False
    e = r.json.get("error", {})
    return (
        all(isinstance(e.get(k), str) and e[k] for k in ("code", "message", "hint"))
        and isinstance(e.get("details"), list)
        and re.fullmatch(r"req_[0-9a-z]{12}", r.json.get("requestId", "")) is not None
    )


def compressed(base, path):
    """A file that is sent compressed to who asks so, with a validator; 304 if it is unchanged."""
    whole = ask(base, path)
    sent = {"Accept-Encoding": "gzip"}
    r = ask(base, path, headers=sent)
    tag = r.headers.get("etag", "")
    ok(
        r.headers.get("content-encoding") == "gzip"
        and "content-encoding" not in whole.headers
        and len(r.body) < len(whole.body) / 2
        and gzip.decompress(r.body) == whole.body
        and "accept-encoding" in r.headers.get("vary", "").lower(),
        f"{path}: compressed for who accepts gzip",
        (r, r.headers),
    )
    ok(
        tag.endswith('"') and tag != whole.headers.get("etag"),
        f"{path}: an ETag for each of both",
        (tag, whole.headers),
    )
    for name, known, more in (("compressed", tag, sent), ("plain", whole.headers.get("etag"), {})):
        again = ask(base, path, headers={"If-None-Match": known, **more})
        ok(
            again.status == 304 and not again.body,
            f"{path}: 304 for who has it {name}",
            (again, again.headers),
        )
    other = ask(base, path, headers={"If-None-Match": '"other-gzip"', **sent})
    ok(other.status == 200, f"{path}: 200 for who has another version", other)


def pages(base):
    r = ask(base, "/open-api/v1/openapi.json")
    ok(
        r.status == 200 and r.type == "application/json" and "openapi" in (r.json or {}),
        "openapi.json is a static JSON file",
        r,
    )
    r = ask(base, "/")
    ok(r.status == 200 and r.type == "text/html", "the front page is HTML", r)
    for path, kind in (
        ("/", "text/html"),
        ("/dashboard/", "text/html"),
        ("/dashboard/app.js", "text/javascript"),
    ):
        r = ask(base, path)
        policy = r.headers.get("content-security-policy", "")
        ok(
            r.status == 200
            and r.type == kind
            and "default-src 'none'" in policy
            and "unsafe" not in policy
            and r.headers.get("cache-control") == "no-cache"
            and r.headers.get("x-content-type-options") == "nosniff",
            f"{path}: a strict content security policy, nosniff, and asked for anew each time",
            (r, r.headers),
        )
    for path in ("/open-api/v1/openapi.json", "/openapi.json", "/dashboard/app.js"):
        compressed(base, path)
    r = ask(base, "/dashboard")
    ok(
        r.status in (301, 302, 308) and r.headers.get("location", "").endswith("/dashboard/"),
        "/dashboard leads to /dashboard/",
        (r, r.headers),
    )
    r = ask(base, "/dashboard/v1/session")
    ok(
        r.type == "application/json" and "content-security-policy" not in r.headers,
        "what programs answer has the headers that they set",
        (r, r.headers),
    )
    r = ask(base, "/no-such-page")
    ok(r.status == 404 and r.type == "text/html", "a page that is not there: 404, for people", r)


def server_errors(base, server, shared):
    """Errors the web server makes by itself are the API's JSON, too."""
    host = urlsplit(base).netloc.encode()
    head = b"GET /open-api/v1/me HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n"
    if not shared:
        r = raw(base, head + b"X-Big: " + b"a" * 9000 + b"\r\n\r\n")
        ok(is_error(r, 431, 400), "a header above 8 KiB: 431 or 400 in JSON", r)
        r = raw(base, head.replace(b"/me", b"/%00") + b"\r\n")
        ok(is_error(r, 400, 404), "%00 in the path: 400 or 404 in JSON", r)
        r = raw(base, head + b"broken header line\r\n\r\n")
        ok(is_error(r, 400), "a broken header line: 400 in JSON", r)
    r = raw(base, head.replace(b"GET", b"POST").replace(b"/me", b"/events") + b"api-key: k\r\n\r\n")
    if server == "lighttpd":
        ok(
            is_error(r, 411) and "-d ''" in r.json["error"]["hint"],
            "POST without Content-Length: 411 in JSON that says what to do",
            r,
        )
    else:
        ok(
            r.type == "application/json" and r.status != 411,
            "POST without Content-Length reaches the program",
            r,
        )
    r = ask(
        base, "/open-api/v1/events", "POST", b"x" * (MIB + 1), {"Content-Type": "application/json"}
    )
    ok(is_error(r, 413), "a body of 1 MiB and a byte: 413 in JSON", r)
    if server == "fcgid" and ask(base, "/open-api/v1/me?quiet").headers.get("x-echo"):
        # mod_fcgid hands over an empty body above LimitRequestBody: the program's case, not the
        # server's
        return
    r = ask(
        base, "/open-api/v1/events", "POST", b"x" * (5 * MIB), {"Content-Type": "application/json"}
    )
    # status 0: the server closed before this client had sent everything
    ok(is_error(r, 413, 400, 500) or r.status == 0, "a body of 5 MiB: refused in JSON", r)


def echo_says(base, server, shared):
    def data(r):
        return (r.json or {}).get("data", {}) if isinstance(r.json, dict) else {}

    for path, program in (
        ("/open-api/v1/events", "events"),
        ("/open-api/v1/events/4%2f2?x=1&y=%20", "events"),
        ("/open-api/v1/events/a/b/c", "events"),
        ("/open-api/v1/me", "keys"),
        ("/open-api/v1/eventsx", "keys"),
        ("/open-api/v1", "keys"),
        ("/open-api/v1/a%25b", "keys"),
        ("/open-api/v1/events/x/tickets", "tickets"),
        ("/open-api/v1/tickets/x/publish?a=b", "tickets"),
        ("/open-api/v1/ticketsx", "keys"),
        ("/open-api/v1/events/x/orders", "orders"),
        ("/open-api/v1/orders", "orders"),
        ("/open-api/v1/venues/x", "venues"),
        ("/open-api/v1/webhooks", "webhooks"),
        ("/box-office/v1/x", "boxoffice"),
        ("/dashboard/v1/session", "dashboard"),
        ("/dashboard/v1/keys", "keys"),
        ("/dashboard/v1/keys/x/rotate", "keys"),
        ("/dashboard/v1/scopes", "keys"),
        ("/dashboard/v1/keysx", "dashboard"),
        ("/dashboard/v1", "dashboard"),
        ("/public/v1/events/a/b", "public"),
        ("/public/v1/holds", "public"),
        ("/e/an-org/an-event?fbclid=x", "public"),
        ("/e/a/b/calendar.ics", "public"),
        ("/e", "public"),
        ("/t/TN-7K3M9QXW-1.1-4T0ZV6Q9KD", "public"),
        ("/o/AZ-_token?lang=fil", "public"),
    ):
        if program not in PROGRAMS:
            program = "events" if "/events/" in path else "keys"
        if shared and "%2f" in path:
            continue  # AllowEncodedSlashes is the server's
        d = data(ask(base, path))
        ok(
            d.get("program") == program + ".fcgi" and d.get("uri") == path,
            f"{path} goes to {program}, as it was sent",
            d,
        )
    d = data(ask(base, "/open-api/v1/me?a=1&b=%26"))
    ok(d.get("query") == "a=1&b=%26", "the query string arrives", d)
    d = data(
        ask(
            base,
            "/open-api/v1/me",
            headers={
                "Authorization": "Bearer abc",
                "Idempotency-Key": "i1",
                "If-None-Match": '"e"',
            },
        )
    )
    p = dict(d.get("params", []))
    ok(
        p.get("HTTP_API_KEY") == "k"
        and p.get("HTTP_IDEMPOTENCY_KEY") == "i1"
        and p.get("HTTP_IF_NONE_MATCH") == '"e"',
        "headers arrive",
        p,
    )
    ok(p.get("HTTP_AUTHORIZATION") == "Bearer abc", "Authorization arrives", p)
    ok("REMOTE_ADDR" in p and "REQUEST_METHOD" in p, "REMOTE_ADDR arrives", p)
    conf = d.get("conf") or p.get("TG_CONF") or p.get("REDIRECT_TG_CONF")
    ok(
        conf and conf.endswith("ticketgate.conf"),
        "TG_CONF arrives, by the environment or with the request",
        d,
    )
    r = raw(
        base,
        b"GET /open-api/v1/me HTTP/1.1\r\nHost: h\r\napi-key: a\r\napi-key: b\r\n"
        b"Connection: close\r\n\r\n",
    )
    keys = [v for k, v in data(r).get("params", []) if k == "HTTP_API_KEY"]
    ok(
        keys == ["a, b"] or sorted(keys) == ["a", "b"],
        "a header sent twice is seen to be two",
        keys,
    )
    for m in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        r = ask(base, "/open-api/v1/me?quiet", m)
        ok(r.status == 200 and data(r).get("method") == m, f"{m} arrives", r)
    r = ask(base, "/open-api/v1/me?quiet", "HEAD")
    ok(r.status == 200 and r.body == b"", "HEAD: no body", r)
    for s in (201, 304, 400, 401, 404, 409, 422, 429, 500, 503):
        r = ask(base, f"/open-api/v1/events?quiet&status={s}")
        ok(
            r.status == s and (s == 304 or (r.headers.get("x-echo") and data(r))),
            f"a program's {s} passes with its body",
            r,
        )


def echo_bodies(base, server):
    big = os.urandom(MIB)
    want = fnv(big)
    r = ask(base, "/open-api/v1/events?quiet", "POST", big)
    d = (r.json or {}).get("data", {})
    ok(d.get("body") == MIB and d.get("hash") == want, "1 MiB arrives unchanged", r)
    r = ask(
        base, "/open-api/v1/events?quiet", "POST", iter([big[:1000], big[1000:70000], big[70000:]])
    )
    d = (r.json or {}).get("data", {})
    ok(d.get("body") == MIB and d.get("hash") == want, "1 MiB in chunks arrives unchanged", r)
    r = ask(base, "/open-api/v1/events?quiet", "POST", b"")
    ok(r.status == 200 and r.json["data"]["body"] == 0, "an empty body", r)
    for i in range(5):
        r = ask(base, "/open-api/v1/events?quiet&unread", "POST", big)
        if not (r.status == 200 and r.json):
            break
    ok(r.status == 200 and r.json, "a program that leaves 1 MiB unread is heard", r)
    r = ask(base, "/open-api/v1/events?big=3000000&unread", "POST", big)
    ok(
        r.status == 200 and len(r.body) == 3000000,
        "a program that leaves 1 MiB unread and answers 3 MB is heard",
        r,
    )
    for n in (1, 8000, 8184, 8192, 65535, 65536, 5_000_000):
        r = ask(base, f"/open-api/v1/events?big={n}")
        if not (r.status == 200 and len(r.body) == n):
            break
    ok(r.status == 200 and len(r.body) == n, "answers of 1 byte to 5 MB are whole", n, r)
    r = ask(base, "/open-api/v1/events?stream=10")
    ok(r.status == 200 and r.body.count(b"\n") == 10, "an answer written in pieces", r)


def echo_trouble(base, server, shared):
    r = ask(base, "/open-api/v1/events?crash")
    if shared:  # one of a larger body than mod_fcgid's limit cannot be told apart
        ok(is_error(r, 500), "a program that dies: the server's error in JSON", r)
    else:
        again = r.headers.get("retry-after") == "1"
        ok(is_error(r, 503) and again, "a program that dies: 503 with Retry-After", r)
    r = ask(base, "/public/v1/events/a/b?crash")
    ok(is_error(r, 500, 502, 503), "the public API's program dies: the server's error in JSON", r)
    r = ask(base, "/e/a/b?crash")
    ok(
        r.status in (500, 502, 503) and r.type == "text/html" and r.json is None,
        "the page's program dies: the server's error for people",
        r,
    )
    r = ask(base, "/open-api/v1/events?quiet")
    ok(r.status == 200, "the next request is served", r)
    u = urlsplit(base)
    for i in range(12):
        with socket.create_connection(
            (u.hostname, u.port)
        ) as s:  # gone in the middle of an answer, or of a body
            if i % 2:
                s.sendall(b"GET /open-api/v1/events?big=4000000 HTTP/1.1\r\nHost: h\r\n\r\n")
                s.recv(1000)
            else:
                s.sendall(
                    b"POST /open-api/v1/events?quiet HTTP/1.1\r\nHost: h\r\n"
                    b"Content-Length: 500000\r\n\r\n" + b"x" * 200000
                )
    r = ask(base, "/open-api/v1/events?quiet")
    ok(r.status == 200, "12 clients that left half-way: the next request is served", r)


def real(base, server, shared):
    r = ask(base, "/open-api/v1/me", headers={"api-key": None})
    ok(is_error(r, 401), "no key: 401", r)
    r = ask(base, "/open-api/v1/me")
    ok(r.status == 200 and r.type == "application/json" and r.json["data"], "the key is known", r)
    ok(
        "x-request-id" in r.headers and r.headers.get("cache-control") == "no-store",
        "the headers that are always sent",
        r.headers,
    )
    r = ask(base, "/open-api/v1/events?take=2")
    ok(
        r.status == 200 and isinstance(r.json["data"], list) and "meta" in r.json,
        "the list of events",
        r,
    )
    for path in (
        "/open-api/v1/nothing",
        "/open-api/v1/",
        "/box-office/v1/nothing",
        "/dashboard/v1/nothing",
        "/open-api/v1/events/a%2fb",
    ):
        r = ask(base, path)
        ok(is_error(r, 404, 400) or (shared and "%2f" in path), f"{path}: 404 in JSON", r)
    visitors(base)
    r = ask(base, "/open-api/v1/me", "DELETE")
    ok(is_error(r, 405), "DELETE /me: 405", r)
    r = ask(base, "/open-api/v1/events", "POST", b"{", {"Content-Type": "application/json"})
    ok(is_error(r, 400, 403), "half a body: 400", r)
    r = ask(base, "/open-api/v1/events", "POST", b"", {"Content-Type": "application/json"})
    ok(is_error(r, 400, 403), "an empty body: 400", r)


def visitors(base):
    r = ask(base, "/public/v1/events/a/b", headers={"api-key": None})
    ok(
        is_error(r, 404) and "content-security-policy" not in r.headers,
        "/public/v1: 404 in JSON, no key asked for",
        r,
    )
    u = urlsplit(base)
    c = http.client.HTTPConnection(u.hostname, u.port, timeout=30)
    c.request("GET", "/e/a/b?utm_source=x", headers={"Connection": "close"})
    r = c.getresponse()
    body, headers = r.read(), [(k.lower(), v) for k, v in r.getheaders()]
    c.close()
    ok(
        r.status == 404
        and dict(headers).get("content-type") == "text/html; charset=utf-8"
        and b"no published event" in body,
        "/e: 404 that people can read",
        r.status,
        headers,
        body[:200],
    )
    twice = [
        k
        for k in (
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "cache-control",
            "content-type",
        )
        if [name for name, _ in headers].count(k) != 1
    ]
    ok(
        not twice and "img-src 'self' https:" in dict(headers)["content-security-policy"],
        "/e: its program's headers, each once",
        twice,
        headers,
    )
    r = ask(base, "/e/a/b", "POST", b"x")
    ok(r.status == 405 and r.type == "text/html", "/e: POST is 405, for people", r)


def no_command_line(base):
    """RFC 3875 4.4: under CGI a query without "=" becomes the program's arguments."""
    for q in ("--version", "--describe", "--check", "--help", "--listen+/tmp/x.sock", "-h"):
        a, b = ask(base, "/open-api/v1/me?" + q), ask(base, "/open-api/v1/me?x=1")
        if not (
            a.status == b.status
            and a.type == "application/json"
            and ("data" in (a.json or {}) or is_error(a, a.status))
        ):
            break
    ok(
        a.status == b.status
        and a.type == "application/json"
        and ("data" in (a.json or {}) or is_error(a, a.status)),
        "a query is no command line",
        q,
        a,
        b,
    )


def logs():
    """What the server and the programs have logged so far."""
    text, folder = "", servers.log_folder()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), errors="replace") as f:
            text += f.read()
    return text


def hold_ids_are_not_logged(base):
    """The id of a hold is its buyer's secret. Other paths are in the access log as they were sent;
    lighttpd writes it every few seconds."""
    secret, marker = str(uuid.uuid4()), "/public/v1/events/a/" + uuid.uuid4().hex
    for method in ("GET", "HEAD", "PATCH", "DELETE", "OPTIONS"):
        for path in (
            "/public/v1/holds/%s",
            "/public/v1/holds/%s/",
            "/public/v1/holds/%s/x?y=%s",
            "/box-office/v1/holds/%s/extend",
            "/dashboard/?hold=%s",
            # other notations of the same paths
            "/public/v1/h%6flds/%s",
            "/%70ublic/v1/%68%6F%6c%64%73/%s?x=1",
            "/box-office/v1/h%6flds/%s/extend",
            "/public%2Fv1%2fholds%2F%s",
            "/public/v1//holds/%s",
            "//public/v1/holds/%s",
            "/public/v1/./holds/%s",
            "/public/v1/events/../holds/%s",
            "/public/v1/Holds/%s",
            "/Public/v1/holds/%s",
            "/dashboard/?h%6fld=%s",
            "/dashboard/?HOLD=%s",
        ):
            ask(base, path.replace("%s", secret), method, headers={"Referer": base + "/?" + secret})
    ask(base, marker)
    text = poll(lambda: marker in logs() and "holds/{id}" in logs() and logs(), 30)
    ok(text, "the access log: a path, and that of a hold without its id", logs()[-600:])
    at = logs().find(secret)
    ok(at < 0, "no log has the id of a hold", logs()[max(at - 200, 0) : at + 100])


def smoke(base, server, shared=False):
    """`shared`: the server's own configuration is not ours, so what only it can decide is not
    asked."""
    pages(base)
    no_command_line(base)
    server_errors(base, server, shared)
    if not shared and servers.log_folder():
        hold_ids_are_not_logged(base)
    if ask(base, "/open-api/v1/me?quiet").headers.get("x-echo"):
        echo_says(base, server, shared)
        echo_bodies(base, server)
        echo_trouble(base, server, shared)
    elif os.environ.get("TG_KEY"):
        real(base, server, shared)
    else:
        ok(is_error(ask(base, "/open-api/v1/me", headers={"api-key": None}), 401), "no key: 401")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    smoke(sys.argv[1].rstrip("/"), sys.argv[2] if len(sys.argv) > 2 else "lighttpd")
    done()
