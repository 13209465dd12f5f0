#!/usr/bin/env python3
"""An organization moves to another installation: everything of it, once, and nothing of others.
Streams that were cut or changed, and imports that were killed, leave nothing behind."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, order_body, raw_id  # noqa: E402
from concurrency import Db  # noqa: E402
from harness import PASSWORD, Site, check, finish, wait_for  # noqa: E402
from webhook_fixture import ALLOW, FLUSH, WebhookFixture  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

VENUE, SHARED, NEW = ("01890000-0000-7000-8000-00000000000%d" % i for i in (1, 2, 3))


class Target(Site):
    """Another installation with the key file of the first, and without its organization."""

    def __init__(self, source):
        self.master = open(source.dir + "/ticketgate.key").read().strip()
        super().__init__(conf=ALLOW, workers=2)

    def write_configuration(self, database, key=None):
        super().write_configuration(database, key or self.master)

    def org(self, name="Neighbour", slug="neighbour"):
        return super().org(name, slug)

    def load(self, stream, **more):
        """`org import` of these bytes: (exit status, what it said)"""
        p = subprocess.run(
            [self.build + "/ticketgate", "--conf", self.conf, "org", "import"],
            input=stream,
            capture_output=True,
            timeout=300,
            **more
        )
        return p.returncode, (p.stdout + p.stderr).decode()


def export(site, slug="test"):
    p = subprocess.run(
        [site.build + "/ticketgate", "--conf", site.conf, "org", "export", slug],
        capture_output=True,
        timeout=300,
    )
    if p.returncode:
        raise RuntimeError(p.stderr)
    return p.stdout


def tables(db):
    return [
        row[0]
        for row in db.sql(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'ticketgate' ORDER BY table_name"
        )
    ]


def contents(db, leave=(), org=None):
    """{table: its rows, sorted}. org: of tables that name organizations, only its rows."""
    out = {}
    for table in tables(db):
        if table not in leave:
            columns = [
                row[0]
                for row in db.sql(
                    "SELECT column_name FROM information_schema.columns"
                    " WHERE table_schema = 'ticketgate' AND table_name = '%s'" % table
                )
            ]
            where = ""
            if org and "org_id" in columns:
                where = " WHERE org_id = X'%s'" % org
            out[table] = sorted(
                db.sql(
                    "SELECT %s FROM %s%s"
                    % (", ".join("COALESCE(HEX(%s), 'NULL')" % c for c in columns), table, where)
                )
            )
    return out


# What an import that failed may have touched: who wrote when.
PASSING = (
    "audit",
    "migration_lease",
    "order_word_marks",
    "sales_marks",
    "sweep_marks",
    "write_epochs",
)


def differences(before, after):
    return [
        "%s: %d rows, %d before" % (t, len(after[t]), len(before[t]))
        for t in before
        if before[t] != after[t]
    ]


def in_source(name):
    """The names in one of the tables of cli/move/tables.c."""
    text = open(os.path.join(Site.source, "cli/move/tables.c")).read()
    body = text[text.index(name + "[] = {") :]
    body = body[: body.index("\n};")]
    return re.findall(r'(?:\{|\b(?:TABLE_ROWS|BY_INDEX|OF_\w+)\()"(\w+)"', body)


def every_table(db):
    moved, kept = in_source("moved_tables"), in_source("kept_tables")
    check(
        "every table is moved or kept, with a reason, and none is both",
        sorted(moved + kept) == sorted(tables(db)),
        sorted(set(moved + kept) ^ set(tables(db))),
    )


# ---- an organization that has everything ----


def add_venues(site, ids):
    for venue, external in ids:
        name = "Hall \u201c%s\u201d \U0001f3aa" % external
        site.sql(
            "INSERT INTO venues (id, external_id, name, country, latitude, longitude, created_at,"
            " updated_at) VALUES (%s, '%s', CONVERT(X'%s' USING utf8mb4), 'PH', -12.345678,"
            " 179.999999, NOW(3), NOW(3))" % (raw_id(venue), external, name.encode().hex())
        )


def catalogue(c):
    ids = []
    for i, venue in enumerate((VENUE, SHARED, NEW, None)):
        types = [{"name": "A 🎫", "quantity": 40}, {"name": "B", "quantity": 5, "price": 0}]
        event, tickets = c.on_sale(
            "Feria %d 🎉 'x' \\ \"y\"" % i, types, venueId=venue, eventCapacity=44 if i else None
        )
        for path, body in (
            ("performers", {"name": "Ana", "role": "HEADLINER"}),
            ("brands", {"name": "Acme", "role": "SPONSOR"}),
        ):
            made = c.post("/events/%s/%s" % (event, path), body)
            if path == "performers":
                performer = made.data["id"]
        c.post(
            "/events/%s/schedules" % event,
            {"title": "Doors", "startsAt": "2030-06-15T18:00:00Z", "performerIds": [performer]},
        )
        ids.append((event, tickets))
    return ids


def sales(c, events):
    event, (a, b) = events[0]
    orders = [c.order(event, [(a, 1), (b, 1)]).data["id"] for _ in range(4)]
    for order, body in ((orders[0], None), (orders[1], {"restock": False, "reason": "ill 🤒"})):
        c.refund(order, body)
    for event, (a, _) in events[1:]:
        orders.append(c.order(event, [(a, 2)]).data["id"])
    held = c.hold(event, [(a, 3)]).data["id"]
    c.release(c.hold(event, [(a, 1)]).data["id"])
    c.use(c.hold(event, [(a, 1)]).data["id"])
    return orders, held


def deliveries(w, receiver, events):
    """Endpoints whose deliveries are in each state, and events that were not fanned out yet."""
    w.good, w.bad = w.endpoint(receiver.url("/good")), w.endpoint(receiver.url("/bad"))
    receiver.script("/bad", [["status", 500, {}, "no"]])
    event, (a, _) = events[0]
    w.c.order(event, [(a, 1)])
    w.rounds(3)
    w.c.order(event, [(a, 1)])
    w.flush()
    w.c.order(event, [(a, 1)])


def extremes(w, seed):
    """Rows as no request makes them: the largest and smallest, and random ones."""
    rng = random.Random(seed)
    texts = ["", "\\", "'\"`\t\n", "🎟" * 100, "\u2028 ​ﬀ", "t", "NULL", "\\N", "é" * 200]
    for i in range(60):
        text = rng.choice(texts) + "".join(
            chr(rng.choice((rng.randrange(1, 0x250), rng.randrange(0x1F300, 0x1F600))))
            for _ in range(rng.randrange(20))
        )
        body = bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 15, 16, 17, 300, 70000))))
        w.db.sql(
            "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at, pending)"
            " VALUES (UUID_TO_BIN_%d, X'%s', X'%s', 'order.refunded', X'%s', X'%s',"
            " '%s', NULL)".replace("UUID_TO_BIN_%d", "X'%s'")
            % (
                bytes(rng.randrange(256) for _ in range(16)).hex(),
                w.org,
                "00" * 16,
                "ff" * 16,
                body.hex(),
                rng.choice(("1000-01-01 00:00:00.000", "9999-12-31 23:59:59.999", "2024-02-29")),
            )
        )
        w.db.sql(
            "INSERT INTO audit (id, org_id, at, actor_type, actor_name, action, address) VALUES"
            " (X'%s', X'%s', '1969-12-31 23:59:59.999', 'system', CONVERT(X'%s' USING utf8mb4),"
            " 'x', %s)"
            % (
                ("%012x7%s" % (i, os.urandom(10).hex()[:19])),
                w.org,
                text[:190].encode().hex(),
                rng.choice(("NULL", "''")),
            )
        )
    for name, n in (("largest", 2**63 - 1), ("smallest", -(2**63))):
        w.db.sql("INSERT INTO counters VALUES (X'%s', '%s', %d)" % (w.org, name, n))
    w.db.sql(
        "INSERT INTO sales_quarters VALUES (X'%s', X'%s', '1000-01-01', X'%s', 'PHP', 1, 2,"
        " 99999999999999999999999999999999999999, -99999999999999999999999999999999999999)"
        % (w.org, "fe" * 16, "00" * 16)
    )


def undo_extremes(site):
    site.sql("DELETE FROM counters WHERE name IN ('largest', 'smallest')")
    site.sql("DELETE FROM sales_quarters WHERE event_id = X'%s'" % ("fe" * 16))
    site.sql("DELETE FROM outbox WHERE subject_id = X'%s'" % ("ff" * 16))


# ---- what is asked of both ----


def answers(site, key, session, w, events):
    """What callers see. The requests' own ids and times of use differ."""
    seen = {}
    paths = ["/events?take=50", "/orders?take=100", "/webhooks", "/webhooks/%s" % w.good]
    paths += ["/webhooks/%s/deliveries?take=100" % e for e in (w.good, w.bad)]
    paths += ["/events/" + event for event, _ in events]
    for path in paths:
        seen[path] = site.get(path, key)
    seen["csv"] = site.get("/orders", key, headers={"Accept": "text/csv"})
    seen["audit"] = site.get("/audit?take=100", session, mount="/dashboard/v1")
    seen["page"] = site.get("/test", None, mount="/e")
    out = {}
    for name, r in seen.items():
        data = r.data
        if name == "audit":
            data = [e for e in data if e["action"] != "org.import"][:99]
        out[name] = (r.status, data if r.json else r.raw)
    return out


def refused(r):
    return (
        r.status == 503
        and "suspended" in r.error.get("message", "")
        and int(r.headers.get("retry-after", 0)) > 0
    )


def suspended(w, session, events, orders):
    """Nothing can be changed, by whomever; everything can be read."""
    event, (a, free) = events[1]
    passing = ("api_keys", "sessions", "sweep_marks", "webhook_senders")
    w.due()
    before = contents(w.db, passing, w.org)
    calls = {
        "a sale": w.c.order(event, [(a, 1)]),
        "a hold": w.c.hold(event, [(a, 1)]),
        "a refund": w.c.refund(orders[2]),
        "a change of an event": w.site.patch("/events/" + event, w.key, {"name": "Other"}),
        "a change of a webhook": w.site.patch("/webhooks/" + w.good, w.key, {"description": "x"}),
        "an owner's new key": w.site.post(
            "/keys", session, {"name": "k", "scopes": ["events:read"]}, mount="/dashboard/v1"
        ),
        "signing in": w.site.post(
            "/session",
            None,
            {"email": "owner@test.example", "password": PASSWORD},
            mount="/dashboard/v1",
        ),
        "a visitor's hold": w.site.post(
            "/holds",
            None,
            {"eventId": event, "items": [{"ticketId": free, "quantity": 1}]},
            mount="/public/v1",
        ),
    }
    for name, r in calls.items():
        check("suspended: %s is refused, with Retry-After" % name, refused(r), r)
    p = w.site.command("key", "create", "--org", "test", "--name", "k", "--scopes", "events:read",
                       check_status=False)  # fmt: skip
    check(
        "suspended: the command is refused as well", p.returncode == 1 and "resume" in p.stderr, p
    )
    check("suspended: reading goes on", w.site.get("/events/" + event, w.key).status == 200)
    check("suspended: lists go on", w.site.get("/orders", w.key).status == 200)
    w.flush()
    w.site.command("sweep")
    after = contents(w.db, passing, w.org)
    check(
        "suspended: nothing has changed", not differences(before, after), differences(before, after)
    )


# ---- streams that are refused ----


def lines_of(stream):
    return stream.split(b"\n")[:-1]


def with_header(stream, **changed):
    head, rest = stream.split(b"\n", 1)
    return json.dumps(dict(json.loads(head), **changed)).encode() + b"\n" + rest


def broken(stream):
    """(what is wrong, the stream, what the message says)"""
    lines = lines_of(stream)
    cut = lambda n: b"\n".join(lines[:n]) + b"\n"
    migrations = json.loads(lines[0])["migrations"]
    changed = bytearray(stream)
    at = stream.index(b"tCOMPLETED")
    changed[at : at + 10] = b"tREFUNDED "
    digit = stream.rindex(b'"b') + 10
    flipped = bytearray(stream)
    flipped[digit] ^= 1
    event = next(i for i, line in enumerate(lines) if line.startswith(b'{"table":"brands"'))
    return [
        ("nothing", b"", "empty"),
        ("something else", b"hello\n", "not written by"),
        ("cut after its header", cut(1), "cut"),
        ("cut among its rows", cut(len(lines) // 2), "cut"),
        ("cut before its end", cut(len(lines) - 1), "cut"),
        ("cut within a line", stream[: len(stream) * 2 // 3], "cut"),
        ("cut within its last line", stream[:-20], "cut"),
        ("longer than its end", stream + b"[]\n", "follows"),
        ("with a changed byte", bytes(flipped), ""),
        ("with a changed row", bytes(changed), ""),
        ("without a row", b"\n".join(lines[:20] + lines[21:]) + b"\n", ""),
        ("without a table", b"\n".join(lines[:event] + lines[event + 2 :]) + b"\n", ""),
        ("of another version", with_header(stream, version=2), "format"),
        ("with another name", with_header(stream, slug="renamed"), "changed"),
        ("of a newer schema", with_header(stream, migrations=migrations + ["999_x"]), "999_x"),
        ("of an older schema", with_header(stream, migrations=migrations[:-1]), migrations[-1]),
        ("with another key file", with_header(stream, key="00" * 32), "key file"),
    ]


def refused_streams(b, db, stream):
    before = contents(db, PASSING)
    for name, bad, says in broken(stream):
        status, said = b.load(bad)
        after = contents(db, PASSING)
        check(
            "a stream %s is refused, and leaves nothing" % name,
            status == 1 and says in said and not differences(before, after),
            (status, said, differences(before, after)),
        )


def conflicts(b, db, stream):
    """Names that are taken on the other side."""
    b.command("org", "create", "--name", "Squatter", "--slug", "test")
    before = contents(db, PASSING)
    status, said = b.load(stream)
    after = contents(db, PASSING)
    good = status == 1 and "slug test" in said and not differences(before, after)
    check("a slug that is taken is refused", good, (said, differences(before, after)))
    b.sql("UPDATE organizations SET slug = 'squatter' WHERE slug = 'test'")
    b.user(email="owner@test.example", org="squatter")
    before = contents(db, PASSING)
    status, said = b.load(stream)
    after = contents(db, PASSING)
    good = status == 1 and "owner@test.example" in said and not differences(before, after)
    check("an e-mail address that is taken is refused", good, (said, differences(before, after)))
    b.command("user", "remove", "owner@test.example")


def begun(b, db, stream):
    """An import that has read three quarters of its stream: (process, its slug)"""
    p = subprocess.Popen(
        [b.build + "/ticketgate", "--conf", b.conf, "org", "import"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    p.stdin.write(stream[: len(stream) * 3 // 4])
    p.stdin.flush()
    slug = lambda: db.one(
        "SELECT MAX(slug) FROM organizations o WHERE slug LIKE '~import%'"
        " AND EXISTS (SELECT 1 FROM orders r WHERE r.org_id = o.id)"
    )
    return p, wait_for(lambda: slug() not in (None, "NULL", "") and slug(), 60)


def killed(b, db, stream):
    """An import dies in the middle: it is hidden and suspended until it is removed."""
    p, slug = begun(b, db, stream)
    p.send_signal(signal.SIGKILL)
    p.wait()
    p.stdin.close()
    check("killed: what it has written is hidden", bool(slug), slug)
    state = {o["slug"]: o["state"] for o in json.loads(b.command("org", "list", "--json").stdout)}
    check("killed: it is listed as incomplete", state.get(slug) == "incomplete import", state)
    b.command("sweep")
    p = b.command("org", "resume", slug or "x", check_status=False)
    check("killed: it cannot be resumed", p.returncode == 1 and "has not ended" in p.stderr, p)
    return slug


def disconnected(b, db, stream):
    """The database ends the import's connection: it is refused and leaves nothing, or goes on with
    another connection and is complete."""
    before = contents(db, PASSING)
    p, _ = begun(b, db, stream)
    own = db.one("SELECT CONNECTION_ID()")
    for row in db.sql("SELECT id FROM information_schema.processlist WHERE id <> %s" % own):
        try:
            db.sql("KILL %s" % row[0])
        except RuntimeError:
            pass  # it has gone by itself
    out, err = p.communicate(stream[len(stream) * 3 // 4 :], timeout=120)
    kept, n = (), "0"
    if p.returncode == 0:
        kept, n = ("venues", "venue_index", "venue_entries"), db.one(
            "SELECT COUNT(*) FROM orders r JOIN organizations o ON o.id = r.org_id"
            " WHERE o.slug = 'test'"
        )
        b.command("org", "remove", "test")
    wrong = [d for d in differences(before, contents(db, PASSING)) if d.split(":")[0] not in kept]
    whole = int(n) == (len(rows_of(stream, "orders")) if p.returncode == 0 else 0)
    check(
        "disconnected: all or nothing is there",
        whole and not wrong,
        (p.returncode, out, err, wrong),
    )


def overtaken(b, stream, slow):
    """An import goes on after another one has removed what it had written, and has ended."""
    out, err = slow.communicate(stream[len(stream) * 3 // 4 :], timeout=120)
    check("overtaken: the slower import is refused", slow.returncode == 1, (out, err))
    p = b.command("verify", "--org", "test", check_status=False)
    check("overtaken: what the faster one has imported stays", p.returncode == 0, p)


# ---- the move ----


def replay(b, c, events, body, first):
    """A sale whose response was lost, retried on the other side."""
    r = b.post("/orders", c.key, body, mount="/box-office/v1", headers={"Idempotency-Key": "lost"})
    check(
        "an order that is retried after the move is replayed",
        r.status == 201 and r.data["id"] == first.data["id"],
        r,
    )
    n = b.sql("SELECT COUNT(*) FROM orders WHERE reference = '%s'" % first.data["reference"])
    check("and was not sold twice", n == [["1"]], n)


def webhooks_go_on(w, b, receiver):
    receiver.clear()
    w.due()
    w.flush()
    check("webhooks: the old side sends nothing", receiver.log() == [], receiver.log())
    b.sql("UPDATE webhook_deliveries SET due_at = UTC_TIMESTAMP(3) WHERE due_at IS NOT NULL")
    subprocess.run([FLUSH, "--conf", b.conf, "--once"], timeout=120, capture_output=True)
    paths = sorted({r["path"] for r in receiver.log()})
    check(
        "webhooks: the new side goes on",
        paths == ["/bad", "/good", "/key"],
        (paths, receiver.log()),
    )
    signed = [dict(map(tuple, r["headers"])) for r in receiver.log("/good")]
    names = [{k.lower() for k in h} for h in signed]
    check("webhooks: signed", all("webhook-signature" in n for n in names) and signed, names)


def moved(w, b, db, stream, seen, session, events):
    status, said = b.load(stream)
    if not check("the import ends", status == 0, said):
        return
    check(
        "a venue was added, one found by its external id",
        ", and 1 were here" in said,
        said,
    )
    check_rows(w.db, db, w.org)
    undo_extremes(w.site)
    undo_extremes(b)
    p = b.command("verify", "--org", "test", check_status=False)
    check("verify is clean on the other side", p.returncode == 0, p.stdout)
    got = answers(b, w.key, session, w, events)
    for name in seen:
        want = seen[name]
        if name in ("/events?take=50",) + tuple("/events/" + e for e, _ in events):
            got[name], want = without_venues(got[name]), without_venues(want)
        check(
            "the same response: %s" % name, got[name] == want and want[0] == 200, (got[name], want)
        )
    r = b.post("/orders", w.key, order_body(events[0][0], [(events[0][1][0], 1)]),
               mount="/box-office/v1")  # fmt: skip
    check("what was imported is suspended", refused(r), r)


def without_venues(answer):
    """One venue has another id over there."""
    return json.loads(
        re.sub(r'"01890000-0000-7...-8000-0000000000\d\d"', '"v"', json.dumps(answer))
    )


def whole_move(w, receiver):
    a = w.site
    add_venues(a, [(VENUE, "here"), (SHARED, "shared"), (NEW, "new")])
    neighbour = a.org("Old neighbour", "old")
    w.key2 = a.key(org="old")
    a.user(org="test")
    session = a.session("owner@test.example")
    events = catalogue(w.c)
    orders, _ = sales(w.c, events)
    deliveries(w, receiver, events)
    a.key(name="callback", callback=receiver.url("/key"), allow="127.0.0.0/8")
    other = Buyer(a, w.key2)
    other.order(*[(e, [(t[0], 1)]) for e, t in [other.on_sale("Theirs", [5])]][0])
    body = order_body(events[1][0], [(events[1][1][0], 1)])
    lost = w.c.sell("POST", "/orders", body, {"Idempotency-Key": "lost"})
    a.command("sweep")
    extremes(w, 7)

    p = a.command("org", "suspend", "test", check_status=False)
    check("the organization is suspended", p.returncode == 0, p)
    suspended(w, session, events, orders)
    check("the other organization sells", other.order(*[(e, [(t[0], 1)]) for e, t in
          [other.on_sale("Theirs too", [5])]][0]).status == 201)  # fmt: skip
    stream = export(a)
    seen = answers(a, w.key, session, w, events)
    every_table(w.db)
    with Target(a) as b:
        db = Db(b)
        add_venues(b, [(VENUE, "here"), (SHARED.replace("7000", "7fff"), "shared")])
        b.command("venue", "index")
        refused_streams(b, db, stream)
        conflicts(b, db, stream)
        b.command("sweep")
        before = contents(db, PASSING)
        slug = killed(b, db, stream)
        p = b.command("org", "remove", slug, check_status=False)
        after = contents(db, PASSING)
        check(
            "killed: it can be removed", not differences(before, after), differences(before, after)
        )
        disconnected(b, db, stream)
        killed(b, db, stream)
        slow, _ = begun(b, db, stream)
        moved(w, b, db, stream, seen, session, events)
        overtaken(b, stream, slow)
        status, said = b.load(stream)
        check("an organization that is there is refused", status == 1 and "already" in said, said)
        check("and stays", b.get("/orders", w.key).status == 200)
        b.command("org", "resume", "test")
        replay(b, w.c, events, body, lost)
        webhooks_go_on(w, b, receiver)
        sold = b.post("/orders", w.key, order_body(events[0][0], [(events[0][1][0], 1)]),
                      mount="/box-office/v1")  # fmt: skip
        listed = b.get("/orders?take=1", w.key).data
        check("it sells, and the sale is listed", sold.status == 201
              and listed[0]["id"] == sold.data["id"], (sold, listed))  # fmt: skip
        b.command("sweep")
        p = b.command("verify", check_status=False)
        check("verify is clean after that", p.returncode == 0, p.stdout)
        removed(w, a, neighbour)
        check("no sanitizer has found anything", not b.sanitizer_reports(), b.sanitizer_reports())
        db.close()


def check_rows(source, target, org):
    """Every row of the organization, every column, but those that are the installation's."""
    one, two = contents(source), contents(target)
    wrong = []
    for table in in_source("moved_tables"):
        if table == "venues":
            continue
        mine = {tuple(r) for r in one[table]}
        theirs = {tuple(r) for r in two[table]}
        own = {r for r in theirs if table == "organizations" or org in r or r in mine}
        missing = len([r for r in mine if (org in r) and r not in theirs])
        if table not in ("audit", "events") and missing:
            wrong.append("%s: %d rows are missing or differ" % (table, missing))
        if not own and mine:
            wrong.append("%s: none of %d rows" % (table, len(mine)))
    check("every row has arrived as it was", not wrong, "\n".join(wrong))


def removed(w, a, neighbour):
    p = a.command("org", "remove", "old", check_status=False)
    check("an organization that is not suspended is not removed", p.returncode == 1, p)
    a.command("org", "remove", "test")
    left = [
        table
        for table, rows in contents(w.db, ("audit",)).items()
        for row in rows
        if w.org in row or (table == "organizations" and row[0] == w.org)
    ]
    check("removed: nothing of it is left", not left, left)
    check("removed: its key is unknown", a.get("/events", w.key).status == 401)
    check("removed: the other organization is there", len(a.get("/orders", w.key2).data) == 2)
    p = a.command("verify", check_status=False)
    check("removed: verify is clean", p.returncode == 0, p.stdout)


def back_and_forth(w):
    """Resumed where it was, it is as before: also what is written after it is listed."""
    w.site.command("org", "suspend", "test")
    again = w.site.command("org", "suspend", "test")
    check("suspending twice is the same", again.returncode == 0, again)
    w.site.get("/orders", w.key)
    w.site.command("org", "resume", "test")
    p = w.site.command("org", "resume", "test", check_status=False)
    check(
        "what is not suspended is not resumed", p.returncode == 1 and "not suspended" in p.stderr, p
    )
    event, tickets = w.c.on_sale("After", [5])
    for _ in range(3):
        sold = w.c.order(event, [(tickets[0], 1)])
        listed = w.site.get("/orders?take=1", w.key).data
        check(
            "resumed: a sale is listed", bool(listed) and listed[0]["id"] == sold.data["id"], sold
        )


def while_selling(w):
    """Buyers do not stop while the organization is suspended: what was acknowledged is in the
    stream, and nothing comes after it."""
    event, tickets = w.c.on_sale("Rush", [100000])
    sold, other, over = [], [], threading.Event()

    def buy():
        c = Buyer(w.site, w.key)
        while not over.is_set():
            r = c.order(event, [(tickets[0], 1)])
            (sold if r.status == 201 else other).append(r.data["id"] if r.status == 201 else r)
        c.close()

    buyers = [threading.Thread(target=buy) for _ in range(6)]
    for b in buyers:
        b.start()
    wait_for(lambda: len(sold) > 400, 60)
    w.site.command("org", "suspend", "test")
    told = len(sold)
    stream = export(w.site)
    wait_for(lambda: len(other) > 20, 60)
    over.set()
    for b in buyers:
        b.join()
    ids = {line[2:34] for line in rows_of(stream, "orders")}
    lost = [i for i in sold if i.replace("-", "") not in ids]
    check("while selling: every acknowledged order is in the stream", not lost, lost[:5])
    check("while selling: the others were told to wait", all(refused(r) for r in other), other[:1])
    again = {line[2:34] for line in rows_of(export(w.site), "orders")}
    check("while selling: nothing came after the stream", again == ids, len(again - ids))
    print("# %d orders, %d before the command ended, %d refused" % (len(sold), told, len(other)))
    w.site.command("org", "resume", "test")


def rows_of(stream, table):
    """The rows of a table, as text without their first bracket."""
    body = stream.decode().split('{"table":"%s",' % table)[1].split("\n{")[0]
    return [line[1:] for line in body.split("\n")[1:] if line]


def main():
    with Receiver() as receiver, WebhookFixture() as w:
        back_and_forth(w)
        while_selling(w)
        whole_move(w, receiver)
        check("no sanitizer has found anything", not w.site.sanitizer_reports())
    finish()


if __name__ == "__main__":
    main()
