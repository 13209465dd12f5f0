#!/usr/bin/env python3
"""Remembered answers (answer_cache): they save the database the work, and no key or user on this
node can tell them from fresh ones. Visitors can, after a sale, for that time."""
import gzip
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Db  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402

TICKET = {"name": "Regular", "price": 100, "quantity": 100000, "maxPerOrder": 10, "published": True}
SECONDS = float(os.environ.get("TG_SECONDS") or 4)


def asked(db, ask):
    """How many statements the programs ran in the database meanwhile."""
    before = int(db.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])
    ask()
    return int(db.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1]) - before


def on_sale(site, key, **more):
    e = site.post(
        "/events",
        key,
        dict(
            {"name": "Remembered", "dateTime": "2031-01-01T20:00:00Z", "tickets": [TICKET]}, **more
        ),
    ).data
    site.post("/events/%s/publish" % e["id"], key)
    return site.get("/events/" + e["id"], key).data


def buy(site, key, e, n=1):
    return site.post(
        "/orders",
        key,
        {
            "eventId": e["id"],
            "items": [{"ticketId": e["tickets"][0]["id"], "quantity": n}],
            "buyer": {"name": "A", "email": "a@example.com"},
        },
        mount="/box-office/v1",
    )


def spares_the_database(site, key, db):
    e = on_sale(site, key)
    for path in (
        "/events/" + e["id"],
        "/events/" + e["slug"],
        "/events?take=5",
        "/events/%s/tickets" % e["id"],
        "/tickets/" + e["tickets"][0]["id"],
        "/orders",
        "/venues?search=dome",
    ):
        first = site.get(path, key)
        again = []
        n = asked(db, lambda: again.extend(site.get(path, key) for _ in range(5)))
        same = all(
            r.raw == first.raw
            and r.headers.get("etag") == first.headers.get("etag")
            and r.headers.get("link") == first.headers.get("link")
            for r in again
        )
        check(
            "GET %s again: the same answer, no statement"
            % path.replace(e["id"], "{id}").replace(e["tickets"][0]["id"], "{id}"),
            first.status == 200 and same and n == 0,
            "%d statements, %r" % (n, again[:1]),
        )
    check(
        "each has its own request id",
        len({site.get("/events", key).headers["x-request-id"] for _ in range(3)}) == 3,
    )
    path = "/events/" + e["id"]
    tag = site.get(path, key).headers["etag"]
    r = site.get(path, key, headers={"If-None-Match": tag})
    check(
        "304 from a remembered answer",
        r.status == 304 and not r.raw and r.headers["etag"] == tag,
        r,
    )
    r = site.request("HEAD", path, key)
    check(
        "HEAD from a remembered answer",
        r.status == 200
        and not r.raw
        and r.headers["etag"] == tag
        and int(r.headers["content-length"]) > 100,
        r,
    )
    site.get("/orders", key)
    r = site.get("/orders", key, headers={"Accept": "text/csv"})
    check(
        "CSV is no remembered JSON",
        r.headers["content-type"].startswith("text/csv")
        and site.get("/orders", key).headers["content-type"].startswith("application/json"),
        r,
    )
    for _ in range(2):
        check(
            "what is ignored is named each time",
            site.get(path + "?colour=red", key).headers.get("ignored-fields") == "colour",
        )
    site.get("/events?color=red", key)
    check(
        "strict is judged each time",
        site.get("/events?color=red", key, headers={"Prefer": "handling=strict"}).status == 400,
    )


def follows_changes(site, key):
    e = on_sale(site, key)
    path, ticket = "/events/" + e["id"], "/tickets/" + e["tickets"][0]["id"]

    def seen(what, read, wanted):
        got = read()
        check("%s is seen at once" % what, got == wanted, "%r, wanted %r" % (got, wanted))

    site.get(path, key), site.get("/events?q=renamed", key)
    site.patch(path, key, {"name": "Renamed"})
    seen("an edit", lambda: site.get(path, key).data["name"], "Renamed")
    seen("an edit, in a list", lambda: site.get("/events?q=renamed", key).json["meta"]["total"], 1)
    site.get(path, key)
    site.patch(ticket, key, {"price": 7})
    seen(
        "a ticket's price, changed by another program,",
        lambda: site.get(path, key).data["tickets"][0]["price"],
        7,
    )
    site.get(path, key), site.get(ticket, key), site.get("/orders", key)
    order = buy(site, key, e, 3).data
    seen(
        "a sale",
        lambda: (
            site.get(path, key).data["ticketsSold"],
            site.get(ticket, key).data["sold"],
            site.get("/orders", key).data[0]["id"],
        ),
        (3, 3, order["id"]),
    )
    site.post("/orders/%s/refund" % order["id"], key, {}, mount="/box-office/v1")
    seen(
        "a refund",
        lambda: (
            site.get(path, key).data["ticketsSold"],
            site.get("/orders/" + order["id"], key).data["status"],
        ),
        (0, "REFUNDED"),
    )
    site.get(path + "/performers", key), site.get(path, key)
    site.post(path + "/performers", key, {"name": "Ana"})
    seen(
        "a performer",
        lambda: (
            len(site.get(path + "/performers", key).data),
            len(site.get(path, key).data["performers"]),
        ),
        (1, 1),
    )
    site.get("/events?status=ARCHIVED", key)
    site.post(path + "/archive", key)
    seen(
        "a transition",
        lambda: (
            site.get(path, key).data["status"],
            site.get("/events?status=ARCHIVED", key).json["meta"]["total"],
        ),
        ("ARCHIVED", 1),
    )
    r = site.post("/events", key, {"name": "Gone", "dateTime": "2031-01-01T20:00:00Z"})
    site.get("/events/" + r.data["id"], key)
    site.delete("/events/" + r.data["id"], key)
    seen("a deletion", lambda: site.get("/events/" + r.data["id"], key).status, 404)


def judges_callers(site, key):
    e = on_sale(site, key)
    path = "/events/" + e["id"]
    site.org("Other", "other")
    stranger, blind = site.key(org="other"), site.key("tickets:read")
    site.get(path, key), site.get("/events", key)
    check(
        "another organization does not get it",
        site.get(path, stranger).status == 404 and site.get("/events", stranger).data == [],
    )
    check(
        "a key without the scope does not get it",
        site.get(path, blind).error.get("code") == "SCOPE_REQUIRED",
    )
    check("nobody without a key gets it", site.get(path).status == 401)
    ended = site.key_object()
    site.get(path, ended["key"])
    site.command("key", "revoke", ended["id"])
    check("a revoked key does not get it", site.get(path, ended["key"]).status == 401)
    site.get("/venues?search=unheard", key)
    with open(site.dir + "/more.csv", "w") as f:
        f.write("external_id,name,country\nx1,Unheard Of Hall,PH\n")
    site.command("venue", "import", site.dir + "/more.csv", "--apply")
    check(
        "what the administrator's command changes is seen at once",
        [v["name"] for v in site.get("/venues?search=unheard", key).data] == ["Unheard Of Hall"],
    )


def alone(site, key):
    """No memory is shared: then nothing is remembered, because nobody could be told of a change."""
    site.stop_web()
    os.unlink(site.dir + "/shm")
    os.mkdir(site.dir + "/shm")
    site.start_web()
    e = on_sale(site, key)
    path, behind = "/events/" + e["id"], 0
    for n in range(40):
        site.get(path, key)
        site.patch(
            "/tickets/" + e["tickets"][0]["id"], key, {"price": n}
        )  # another program than the one that reads
        behind += sum(site.get(path, key).data["tickets"][0]["price"] != n for _ in range(4))
    check("without shared memory nobody is behind either", behind == 0, "%d of 160 reads" % behind)


def visitors_see_their_own_changes(site, key):
    """Sales leave what visitors are shown in the cache; whoever has just taken tickets asks with
    Cache-Control: no-cache, as browsers do for a fetch with cache: "reload"."""
    e = on_sale(site, key)
    path, behind = "/events/test/" + e["slug"], []

    def left(**headers):
        r = site.get(path, headers=headers, mount="/public/v1")
        return r.data["tickets"][0]["remaining"]

    for n in range(1, 9):
        left()
        r = buy(site, key, e)
        seen = left(**{"Cache-Control": "max-age=0, No-Cache"})
        if r.status != 201 or seen != 100000 - n:
            behind.append((n, r.status, seen))
    check("a visitor who asks for it sees what was just sold", not behind, behind)
    check("… and everybody after that", left() == 100000 - 8)


def visitors_wait_for_sales(site, key):
    """What doc/configuration.md says of answer_cache: a sale on this node is seen on the public
    pages within that time, by holders of keys and every other change at once."""
    e = on_sale(site, key)
    path = "/events/test/" + e["slug"]

    def left():
        return site.get(path, mount="/public/v1").data["tickets"][0]["remaining"]

    def sells_behind_the_cache():
        before = left()
        order = buy(site, key, e)
        own = site.get("/events/" + e["id"], key).data["tickets"][0]["remaining"]
        seen = left()
        behind.append((order.status, own - (before - 1)))
        return seen == before

    behind = []
    # again, should a second have passed between the two readings
    check("after a sale visitors still see the cached page", wait_for(sells_behind_the_cache, 30))
    check("… a key does not", set(behind) == {(201, 0)}, behind)
    sold = len(behind)
    check("… and visitors see it afterwards", wait_for(lambda: left() == 100000 - sold, 30), left())
    stale = []
    for n in range(8):
        left()
        site.patch("/events/" + e["id"], key, {"name": "Named %d" % n})
        name = site.get(path, mount="/public/v1").data["name"]
        stale += [] if name == "Named %d" % n else [(n, name)]
    check("an edit is seen by visitors at once", not stale, stale)


def outlives_nothing(site, key, db):
    e = on_sale(site, key)
    path = "/events/" + e["id"]
    site.get(path, key)
    db.p.stdin.write(
        "UPDATE events SET name = 'Elsewhere' WHERE id = x'%s';\n" % e["id"].replace("-", "")
    )  # as another node would: nobody here is told
    db.p.stdin.flush()
    began = time.monotonic()
    while site.get(path, key).data["name"] != "Elsewhere" and time.monotonic() - began < 5:
        time.sleep(0.02)
    took = time.monotonic() - began
    check("a change made on another node is seen within a second", took < 1.5, "%.2f s" % took)


def forgets_only_what_changed(site, key, db):
    """On a single node: what a change leaves is not read from the database again. Names are changed
    in the database, where nobody is told of it: who reads it again shows the new one."""

    def rename(to):
        for table in ("events", "ticket_types", "performers"):
            db.p.stdin.write("UPDATE %s SET name = '%s';\n" % (table, to))
        db.sql("SELECT 1")

    a, b = on_sale(site, key), on_sale(site, key)
    site.post("/events/%s/performers" % a["id"], key, {"name": "Ana"})
    reads = {
        "it": lambda: site.get("/events/" + a["id"], key),
        "it by its slug": lambda: site.get("/events/" + a["slug"], key),
        "its ticket type": lambda: site.get("/tickets/" + a["tickets"][0]["id"], key),
        "its ticket types": lambda: site.get("/events/%s/tickets" % a["id"], key),
        "its performers": lambda: site.get("/events/%s/performers" % a["id"], key),
        "another": lambda: site.get("/events/" + b["id"], key),
        "another by its slug": lambda: site.get("/events/" + b["slug"], key),
        "another's ticket types": lambda: site.get("/events/%s/tickets" % b["id"], key),
        "another's public page": lambda: site.get("/test/" + b["slug"], mount="/e"),
        "another as visitors see it": lambda: site.get(
            "/events/test/" + b["slug"], mount="/public/v1"
        ),
    }
    others = {name for name in reads if "another" in name}
    sold = {"orders": [None]}

    def sell():
        sold["orders"].append(buy(site, key, a).data["id"])
        return 201

    changes = [
        ("a sale of an event", sell, others | {"its performers"}),
        (
            "its refund",
            lambda: site.post(
                "/orders/%s/refund" % sold["orders"][-1], key, {}, mount="/box-office/v1"
            ).status,
            others | {"its performers"},
        ),
        ("an edit", lambda: site.patch("/events/" + a["id"], key, {"type": "PAID"}).status, others),
        (
            "a ticket type's edit",
            lambda: site.patch("/tickets/" + a["tickets"][0]["id"], key, {"price": 3}).status,
            others,
        ),
        (
            "another performer",
            lambda: site.post("/events/%s/performers" % a["id"], key, {"name": "Bo"}).status,
            others,
        ),
        ("its archiving", lambda: site.post("/events/%s/archive" % a["id"], key).status, others),
    ]
    for read in reads.values():
        read(), read()
    for n, (name, change, kept) in enumerate(changes):
        rename("Name %d" % n)
        status = change()
        rename("Name %d, later" % n)
        new = {what for what, read in reads.items() if b"Name %d, later" % n in read().raw}
        wrong = new ^ (set(reads) - kept)
        check(
            "%s: the database is asked again for what shows it, and for nothing else" % name,
            status in (200, 201) and not wrong,
            "%s: %s" % (status, wrong),
        )


def outlasts_a_second(site, key, db):
    """On a single node a response that shows one event is kept while nothing changes."""
    e = on_sale(site, key)
    path, public = "/events/" + e["id"], "/events/test/" + e["slug"]

    def left():
        return site.get(public, mount="/public/v1").data["tickets"][0]["remaining"]

    for read in (lambda: site.get(path, key), left):
        read(), read()
        n = 1
        for _ in range(5):  # the key is read again now and then
            time.sleep(1.2)  # longer than answer_cache
            n = min(n, asked(db, read))
            if n == 0:
                break
        check("kept for longer than answer_cache", n == 0, n)
    buy(site, key, e)
    check("visitors see a sale in time", wait_for(lambda: left() == 100000 - 1, 60), left())
    hold = site.post(
        "/holds",
        key,
        {"eventId": e["id"], "items": [{"ticketId": e["tickets"][0]["id"], "quantity": 2}]},
        mount="/box-office/v1",
    )
    site.get(path, key)
    check(
        "what a hold may change by ending is not kept for longer",
        wait_for(lambda: asked(db, lambda: site.get(path, key)) > 0, 60),
        hold,
    )
    site.delete("/holds/" + hold.data["id"], key, mount="/box-office/v1")
    opens = time.time() + 3
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(opens))
    site.patch("/tickets/" + e["tickets"][0]["id"], key, {"salesStartAt": soon})
    before = site.get(public, mount="/public/v1").data["sale"]["state"]
    check(
        "sales begin in time on a kept page",
        wait_for(
            lambda: site.get(public, mount="/public/v1").data["sale"]["state"] == "ON_SALE", 60
        )
        and before in ("NOT_YET", "ON_SALE"),
        before,
    )
    site.get(public, mount="/public/v1")
    site.command("org", "set", "test", "--name", "Renamed by command")
    check(
        "a command's change is seen at once",
        site.get(public, mount="/public/v1").data["organization"]["name"] == "Renamed by command",
    )
    site.get(public, mount="/public/v1")
    site.stop_web()
    with open(site.dir + "/ticketgate.conf", "a") as f:
        f.write("\npublic_url = https://tickets.example\n")
    site.start_web()
    check(
        "another configuration has responses of its own",
        site.get(public, mount="/public/v1").data["links"]["page"].startswith("https://tickets."),
    )


def compressed_once(site, key, db):
    """What visitors are shown is kept compressed beside the plain response."""
    e = on_sale(site, key, description="An evening. " * 50)
    zip = {"Accept-Encoding": "br, gzip"}
    page = "Accept-Encoding, Accept-Language"
    for mount, path, whole, vary in (
        ("/public/v1", "/events/test/" + e["slug"], "the event", "Accept-Encoding"),
        ("/e", "/test/" + e["slug"], "its page", page),
        ("/e", "/test", "the organizer's page", page),
    ):
        plain = site.get(path, mount=mount)
        first = site.get(path, mount=mount, headers=zip)
        tag, plain_tag = first.headers["etag"], plain.headers["etag"]
        check(
            "%s: compressed for who accepts it, plain for others" % whole,
            first.headers.get("content-encoding") == "gzip"
            and "content-encoding" not in plain.headers
            and gzip.decompress(first.raw) == plain.raw
            and len(first.raw) * 2 < len(plain.raw)
            and all(r.headers["vary"] == vary for r in (plain, first))
            and tag == plain_tag[:-1] + '-gzip"',
            "%r %r" % (first.headers, plain.headers),
        )
        again = []
        n = asked(
            db,
            lambda: again.extend(
                site.get(path, mount=mount, headers=h) for h in (zip, {}, zip, {}, zip)
            ),
        )
        check(
            "  again: the same bytes, no statement",
            n == 0 and [r.raw for r in again[:2]] == [first.raw, plain.raw],
            n,
        )
        known = [
            site.get(path, mount=mount, headers=dict(zip, **{"If-None-Match": t}))
            for t in (tag, plain_tag)
        ] + [site.get(path, mount=mount, headers={"If-None-Match": plain_tag})]
        check(
            "  304 by its own tag, and by the one without the coding",
            [(r.status, r.raw, r.headers["etag"]) for r in known]
            == [(304, b"", tag), (304, b"", tag), (304, b"", plain_tag)],
            known,
        )
        head = site.request("HEAD", path, mount=mount, headers=zip)
        check(
            "  HEAD names the length of the compressed bytes",
            int(head.headers["content-length"]) == len(first.raw) and not head.raw,
            head.headers,
        )
    for refused in ("gzip;q=0", "br, gzip ; q=0.00, x", "identity", "gzipped", "*;q=0"):
        r = site.get(
            "/events/test/" + e["slug"],
            mount="/public/v1",
            headers={"Accept-Encoding": refused},
        )
        check("plain with Accept-Encoding: %s" % refused, "content-encoding" not in r.headers)
    for accepted in ("gzip;q=0.001", "GZIP", "br;q=0, gzip", "deflate, gzip;q=1.0, *;q=0.5"):
        r = site.get(
            "/events/test/" + e["slug"],
            mount="/public/v1",
            headers={"Accept-Encoding": accepted},
        )
        check("compressed with Accept-Encoding: %s" % accepted, "content-encoding" in r.headers)
    site.patch("/events/" + e["id"], key, {"name": "Changed"})
    r = site.get("/events/test/" + e["slug"], mount="/public/v1", headers=zip)
    check("a change is compressed anew", b'"Changed"' in gzip.decompress(r.raw))
    r = site.get("/events/" + e["id"], key, headers=zip)
    check("what a key reads is left to the web server", "content-encoding" not in r.headers)


def never_behind(site, key):
    """Readers race a writer: who starts to read after a change was answered must see it."""
    e = on_sale(site, key)
    path, ticket = "/events/" + e["id"], "/tickets/" + e["tickets"][0]["id"]
    answered, stale, reads = [0], [], [0]
    end = time.monotonic() + SECONDS

    def write():
        c = site.connect()
        n = 0
        while time.monotonic() < end:
            n += 1
            if site.patch(ticket, key, {"price": n}, connection=c).status == 200:
                answered[0] = n
        c.close()

    def read():
        c = site.connect()
        while time.monotonic() < end:
            least = answered[0]
            got = site.get(path, key, connection=c).data["tickets"][0]["price"]
            reads[0] += 1
            if got < least:
                stale.append((least, got))
        c.close()

    threads = [threading.Thread(target=write)] + [threading.Thread(target=read) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(
        "%d reads beside %d changes: none was behind" % (reads[0], answered[0]),
        reads[0] > 100 and answered[0] > 10 and not stale,
        stale[:3],
    )


with Site() as site:
    key, db = site.key(), Db(site)
    spares_the_database(site, key, db)
    follows_changes(site, key)
    judges_callers(site, key)
    visitors_see_their_own_changes(site, key)
    visitors_wait_for_sales(site, key)
    outlives_nothing(site, key, db)
    never_behind(site, key)
    alone(site, key)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
    db.close()
with Site(workers=1, conf="single_node_cache = 3600s") as site:
    key, db = site.key(), Db(site)
    follows_changes(site, key)
    forgets_only_what_changed(site, key, db)
    visitors_see_their_own_changes(site, key)
    compressed_once(site, key, db)
    never_behind(site, key)
    outlasts_a_second(site, key, db)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
    db.close()
finish()
