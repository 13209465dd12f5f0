#!/usr/bin/env python3
"""The cache of the public pages in Apache's configurations. Whether the program or the cache
responded is told by X-Request-Id, which is never stored; nothing is measured by its speed."""
import gzip
import json
import threading
import time
import uuid

import servers as s
from smoke import ask, is_error

tmp = s.folder()
CACHE = ["cache", "cache_socache", "socache_shmcb"]
VISITOR = {"api-key": None}
GZIP = {**VISITOR, "Accept-Encoding": "gzip, deflate, br"}
FRESH = {**VISITOR, "Cache-Control": "no-cache"}
SHARED = "public, max-age=0, s-maxage=2, stale-while-revalidate=10"
OF_ONE_REQUEST = (
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    "x-ratelimit-remaining",
    "set-cookie",
)


def get(path, headers=VISITOR, method="GET"):
    return ask(base, path, method, headers=headers)


def from_program(r):
    return "x-request-id" in r.headers


def cached(path, headers=VISITOR, seconds=60):
    """The first response from the cache, or None."""

    def stored():
        r = get(path, headers)
        return not from_program(r) and r

    return s.poll(stored, seconds)


def never_stored(name, path, headers=VISITOR, method="GET"):
    """Three different responses: the cache would have the second one ready."""
    got = [get(path, headers, method) for _ in range(3)]
    s.ok(
        len({r.body for r in got}) == 3
        and not any(r.status != 200 or "age" in r.headers for r in got),
        f"{name}: not stored",
        got,
    )


def crowd(name, path, n=200, threads=8):
    """Many visitors at once, each with a query and headers of its own, while a stored response is
    renewed: at most once a second, and by more than one where the lock is late."""
    cached(path, GZIP)
    left, got, lock = list(range(n)), [], threading.Lock()

    def visitor():
        while True:
            with lock:
                if not left:
                    return
                i = left.pop()
            headers = {
                **VISITOR,
                "Accept-Encoding": f"x{i}, gzip",
                "Cache-Control": "max-age=0",
                "If-None-Match": '"old"',
            }
            r = get(f"{path}{'&' if '?' in path else '?'}fbclid={i}", headers)
            with lock:
                got.append(r)

    begin = time.monotonic()
    ts = [threading.Thread(target=visitor, daemon=True) for _ in range(threads)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    seconds = time.monotonic() - begin
    asked = sum(1 for r in got if from_program(r))
    s.ok(
        len(got) == n and all(r.status == 200 for r in got),
        f"{name}: {n} visitors get the page",
        [r for r in got if r.status != 200][:3],
    )
    s.ok(
        asked <= 2 * (seconds + 2),
        f"{name}: the program is asked once a second, not by each of {n} visitors",
        (asked, seconds),
    )


def headers_of_the_cache(path):
    r = cached(path)
    s.ok(
        r
        and r.status == 200
        and r.headers.get("cache-control") == SHARED
        and r.headers.get("age", "").isdigit()
        and r.body
        and not any(h in r.headers for h in OF_ONE_REQUEST),
        "a stored response: its age, and nothing about another request",
        r and r.headers,
    )


def fresh_reads(path):
    cached(path)
    got = [get(path, FRESH) for _ in range(3)]
    s.ok(
        all(from_program(r) and r.status == 200 for r in got),
        "Cache-Control: no-cache is passed on to the program",
        [r.headers for r in got],
    )


def encodings(path):
    """Each client gets what it accepts; from the cache, too."""
    for _ in range(2):
        plain, packed = cached(path), cached(path, GZIP)
        other = cached(path, {**VISITOR, "Accept-Encoding": "br, gzip"})
        s.ok(
            plain
            and packed
            and other
            and "content-encoding" not in plain.headers
            and packed.headers.get("content-encoding") == "gzip"
            and other.headers.get("content-encoding") == "gzip"
            and gzip.decompress(packed.body)[:15] == plain.body[:15]
            and "accept-encoding" in packed.headers.get("vary", "").lower()
            and int(packed.headers["content-length"]) == len(packed.body),
            f"{path.partition('?')[0]}: plain and compressed responses are stored apart",
            (plain and plain.headers, packed and packed.headers, other and other.headers),
        )
        s.ok(
            plain and "cache-control" not in plain.headers.get("vary", "").lower(),
            "Vary names no header that the cache has rewritten",
            plain and plain.headers,
        )
        time.sleep(3)  # the next ones are renewed


def head(path):
    r = cached(path)
    h = get(path, method="HEAD")
    s.ok(
        r
        and h.status == 200
        and not h.body
        and h.headers.get("content-type") == r.headers["content-type"],
        "HEAD: no body",
        h.headers,
    )
    lone = path.replace("/a/", "/head/")
    get(lone, method="HEAD")
    r = get(lone)
    s.ok(r.status == 200 and r.body, "GET after HEAD has a body", r)


# ---- with the program that responds as it is told ----


def echo(programs):
    crowd("page", "/e/a/page?public&tag=1&html")
    crowd("API", "/public/v1/events/a/crowd?public&tag=1")
    headers_of_the_cache("/e/a/cookie?public&tag=1&cookie")
    fresh_reads("/public/v1/events/a/fresh?public&tag=1")
    encodings("/e/a/encodings?public&tag=1&html")
    head("/e/a/head?public&tag=1")

    never_stored("a page without s-maxage", "/e/a/none")
    for path in (
        "/public/v1/holds/x",
        "/public/v1/orders",
        "/open-api/v1/events/x",
        "/box-office/v1/holds/x",
        "/dashboard/v1/session",
    ):
        never_stored(path, path + "?public&tag=1")
    for method in ("POST", "PATCH", "DELETE"):
        never_stored(f"{method} to a public page", "/e/a/methods?public&tag=1", method=method)
    never_stored(
        "a client's no-store", "/e/a/b?public&tag=1", {**VISITOR, "Cache-Control": "no-store"}
    )
    renewals("/e/a/renewals?public&tag=1")
    changes("/e/a/changes?public&tag=")
    errors("/e/a/errors?")
    if programs:
        down("/e/a/down?public&tag=1", programs)


def first(path, wanted, headers=VISITOR):
    """The first response that is as wanted, or None."""

    def asked():
        r = get(path, headers)
        return wanted(r) and r

    return s.poll(asked)


def changes(path):
    """Responses hold the query that the program saw."""
    old = cached(path + "1")
    new = first(path + "2", lambda r: b"tag=2" in r.body, {**VISITOR, "If-None-Match": '"v1"'})
    s.ok(
        old and b"tag=1" in old.body and new and new.status == 200,
        "a new version replaces the stored one",
        (old, new),
    )


def errors(path):
    """The stored page may be shown instead of an error, for a while; the error is not stored."""
    cached(path + "public&tag=1")
    r = first(path + "status=503", lambda r: r.status == 503)
    s.ok(r, "503 of the program arrives", r)
    r = get(path + "public&tag=2")
    s.ok(r.status == 200 and b"tag=2" in r.body, "the page as soon as the program returns it", r)


def renewals(path):
    """A program that confirms the ETag has no say: renewed responses are complete."""
    cached(path)
    got = []
    for _ in range(3):
        got.append(first(path, from_program))
        got.append(cached(path))
    s.ok(
        all(r and r.status == 200 and r.body for r in got)
        and len({r.body for r in got}) >= (1 if s.REAL else 3),
        "a response that is renewed again and again is complete",
        got,
    )


def down(path, programs):
    """Without the program, other visitors do not see its error as long as the page is stored."""
    cached(path)
    for p in programs:
        s.end(p)
    r = first(path, lambda r: r.status == 503)
    s.ok(r and r.type == "text/html", "no program: 503, for people, when nothing is stored", r)


# ---- with the real programs ----


JSON = {"Content-Type": "application/json"}
EVENT = {
    "timezone": "Asia/Manila",
    "dateTime": "2030-06-15T18:00:00Z",
    "tickets": [{"name": "Free", "price": 0, "quantity": 50, "published": True}],
}


def api(method, path, body):
    r = ask(base, path, method, json.dumps(body), JSON)
    if r.status not in (200, 201) or not r.json:
        s.ok(False, f"{method} {path}", r)
        s.done()
    return r.json["data"]


def remaining(r):
    return r.json["data"]["tickets"][0]["remaining"]


def buyer(event, path):
    """Who has just reserved tickets sees it, whatever is stored; others within seconds."""
    left = remaining(cached(path))
    items = [{"ticketId": event["tickets"][0]["id"], "quantity": 3}]
    hold = {"eventId": event["id"], "items": items}
    r = ask(base, "/public/v1/holds", "POST", json.dumps(hold), {**VISITOR, **JSON})
    s.ok(r.status == 201 and "age" not in r.headers, "a visitor reserves tickets", r)
    mine = get(path, FRESH)
    s.ok(
        remaining(mine) == left - 3,
        "the buyer's next response, with no-cache, shows the reservation",
        (left, mine),
    )
    for method in ("GET", "GET", "DELETE"):
        again = get(f"/public/v1/holds/{r.json['data']['id']}", method=method)
        s.ok(
            again.status in (200, 204) and from_program(again) and "age" not in again.headers,
            f"{method} of the reservation is not stored",
            (again, again.headers),
        )
    s.ok(first(path, lambda r: remaining(r) == left), "all see that it was released")


def languages(page):
    """Neither browsers' languages nor those that an address names are mixed."""
    english = {**VISITOR, "Accept-Language": "en-PH,en;q=0.9,fil;q=0.8"}
    filipino = {**VISITOR, "Accept-Language": "fil-PH,fil;q=0.9,en;q=0.8"}
    for _ in range(3):
        for query, headers, expected in (
            ("", english, b"en"),
            ("", filipino, b"fil"),
            ("?lang=fil", english, b"fil"),
            ("?fbclid=x&lang=en", filipino, b"en"),
            ("", VISITOR, b"en"),
            ("?lang=fil", VISITOR, b"fil"),
            ("", {**VISITOR, "Accept-Language": "de,fil;q=0.5"}, b"fil"),
        ):
            r = get(page + query, headers)
            s.ok(
                r.status == 200 and b'<html lang="%s">' % expected in r.body,
                f"{query or 'no query'}, {headers.get('Accept-Language')}: {expected.decode()}",
                (r.headers, r.body[:80]),
            )
        time.sleep(1)  # the next ones are stored, and then renewed
    r = cached(page, {**VISITOR, "Accept-Language": "fil"})
    s.ok(r and b'lang="fil"' in r.body, "a language is stored once for all who ask for it first")


def real(programs):
    slug = ask(base, "/open-api/v1/me").json["data"]["organization"]["slug"]
    event = api("POST", "/open-api/v1/events", {"name": "Crowd " + uuid.uuid4().hex, **EVENT})
    api("POST", f"/open-api/v1/events/{event['id']}/publish", {})
    page, public = (f"{at}/{slug}/{event['slug']}" for at in ("/e", "/public/v1/events"))
    crowd("page", page)
    crowd("API", public)
    for path in (page, public, page + "/calendar.ics", f"/e/{slug}", f"/e/{slug}/feed.xml"):
        headers_of_the_cache(path)
        fresh_reads(path)
    encodings(page)
    languages(page)
    renewals(public)
    head(page)
    buyer(event, public)
    name = "Changed " + uuid.uuid4().hex
    api("PATCH", f"/open-api/v1/events/{event['id']}", {"name": name})
    for path in (page, public, page + "/calendar.ics"):
        s.ok(
            first(path, lambda r: name.encode() in r.body.replace(b"\r\n ", b"")),
            f"{path}: shows a change",
        )
    for path, status in (
        (page + "-not", 404),
        (public + "-not", 404),
        (page + "/", 301),
        (public + "?x=1", 200),
    ):
        got = [get(path, {**VISITOR, "Prefer": "handling=strict"}) for _ in range(3)]
        s.ok(
            all(r.status == status for r in got)
            and (status == 200 or all(from_program(r) for r in got)),
            f"{path}: {status}, which is not stored unless it is 200",
            got,
        )
    api("POST", f"/open-api/v1/events/{event['id']}/unpublish", {})
    s.ok(first(page, lambda r: r.status == 404), "a page that is unpublished disappears")


PROXY = ["proxy", "proxy_fcgi", *CACHE]
FCGID = (
    f'FcgidIPCDir "{tmp}/run/fcgid"\nFcgidProcessTableFile "{tmp}/run/fcgid_shm"\n'
    "FcgidMaxProcessesPerClass 4\nFcgidSpawnScoreUpLimit 100\n"
)
SERVERS = (
    ("proxy-fcgi", PROXY, ""),
    ("fcgid", ["fcgid", *CACHE], FCGID),
    ("cgi", ["cgid", *CACHE], f'ScriptSock "{tmp}/run/cgisock"\n'),
)
for name, modules, more in SERVERS:
    s.ok(True, f"apache-{name}.conf.in")
    programs = [s.program(n) for n in s.PROGRAMS] if name == "proxy-fcgi" else []
    server, base = s.apache(
        modules,
        lambda port: f'CacheLockPath "{tmp}/run/lock"\n{more}Include '
        + s.fill(f"apache-{name}.conf.in", tmp + "/site.conf", PORT=port),
    )
    (real if s.REAL else echo)(programs)
    s.end(server)
    for p in programs:
        s.end(p)
s.done()
