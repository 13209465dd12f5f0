"""For the race, fault and SQL tests: a database session that stays open, clients that run at the
same moment, the processes of a site, and what must hold in the tables at rest."""
import http.client
import json
import os
import re
import struct
import subprocess
import threading
import time

from harness import BUILD, clear_shared_memory, portable, wait_for
from shim import build_shim


class Db:
    """One `mariadb` client as root: rows of a statement in about a millisecond, locks and
    transactions kept between calls."""

    def __init__(self, site):
        self.site = site
        self.p = subprocess.Popen(
            [
                "mariadb",
                "--no-defaults",
                "-S",
                site.socket,
                "-N",
                "-B",
                "-n",
                "--force",
                "--default-character-set=utf8mb4",
                "ticketgate",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def sql(self, text, told=True):
        self.p.stdin.write(portable(text).rstrip().rstrip(";") + ";\nSELECT '~end~';\n")
        self.p.stdin.flush()
        rows, error = [], None
        for line in self.p.stdout:
            line = line.rstrip("\n")
            if line == "~end~":
                if error:
                    raise RuntimeError(error + ": " + text[:300])
                if told:
                    clear_shared_memory(self.site, text)
                return rows
            if line.startswith("ERROR "):
                error = line
            rows.append(line.split("\t"))
        raise RuntimeError("the database session ended: %s" % rows)

    def one(self, text):
        return self.sql(text)[0][0]

    def close(self):
        self.p.stdin.close()
        self.p.wait()
        self.p.stdout.close()


class Client:
    """Kept-alive requests of one key. A connection that stood idle is replaced, for the server may
    be closing it."""

    def __init__(self, site, key):
        self.site, self.key, self.connection, self.last = site, key, None, 0.0

    def connect(self):
        if not self.connection or time.monotonic() - self.last > 3:
            self.close()
            self.connection = self.site.connect()
            self.connection.connect()
        self.last = time.monotonic()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def request(self, method, path, body=None, headers=None):
        self.connect()
        try:
            r = self.site.request(method, path, self.key, body, headers, connection=self.connection)
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        self.last = time.monotonic()
        return r

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)


def run_concurrently(clients, work):
    """work(client, number) of all clients from the same moment on; the results in order. An
    exception is a result, too."""
    gate, results = threading.Barrier(len(clients)), [None] * len(clients)

    def run(i):
        try:
            clients[i].connect()
            gate.wait()
            results[i] = work(clients[i], i)
        except Exception as e:  # noqa: told to the caller
            results[i] = e

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(clients))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def statuses(results):
    """{status: how often}; exceptions by their name."""
    seen = {}
    for r in results:
        what = getattr(r, "status", None) or type(r).__name__
        seen[what] = seen.get(what, 0) + 1
    return seen


# ---- processes ----


def children(pid):
    out = []
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/children" % (pid, task)) as f:
            out += [int(p) for p in f.read().split()]
    return out


def masters(site):
    """{program: pid of its master}"""
    found = {}
    for pid in children(site.lighttpd.pid):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                name = re.search(rb"/fcgi/(\w+)\.fcgi", f.read())
        except OSError:
            continue
        if name:
            found[name.group(1).decode()] = pid
    return found


def process_name(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except OSError:
        return ""


def workers(site, program):
    master = masters(site).get(program)
    try:
        return [p for p in children(master) if process_name(p) != "standby"] if master else []
    except OSError:
        return []


def wait_for_workers(site):
    """{program: its workers}, when every program has all of them: right after the start some are
    still coming."""
    programs = [name for name in os.listdir(site.build + "/fcgi") if name.endswith(".fcgi")]
    got = {}

    def whole():
        got.clear()
        got.update((p, sorted(workers(site, p))) for p in masters(site))
        return len(got) == len(programs) and all(len(w) == site.workers for w in got.values())

    if not wait_for(whole, 30):
        raise RuntimeError("workers are missing: %s" % got)
    return dict(got)


# ---- the shim of tests/db/fault.c ----


class Fault:
    """Site(wrap=fault.wrap): arm(n, error, late) makes the nth call from now fail."""

    def __init__(self, folder):
        self.file, so = folder + "/fault", BUILD + "/tests/db/fault.so"
        if not os.path.exists(so):
            so = folder + "/fault.so"
            flags = subprocess.run(
                ["pkg-config", "--cflags", "libmariadb"], capture_output=True, text=True
            ).stdout.split() or ["-I/usr/include/mariadb"]
            build_shim("tests/db/fault.c", so, *flags)
        self.write(0, 0, 0)
        self.wrap = "env LD_PRELOAD=%s TG_FAULT_FILE=%s" % (so, self.file)

    def write(self, *words):
        with open(self.file, "wb") as f:
            f.write(struct.pack("=iiiiii", *words, *[0] * (6 - len(words))))

    def put(self, at, value):
        with open(self.file, "r+b", buffering=0) as f:
            f.seek(4 * at)
            f.write(struct.pack("=i", value))

    def arm(self, n, error, late=0):
        self.put(0, 0)
        self.put(1, error)
        self.put(2, late)
        self.put(4, 0)
        self.put(5, 0)
        self.put(0, n)

    def disarm(self):
        """(how many have failed, the kind of the last one)"""
        self.put(0, 0)
        with open(self.file, "rb") as f:
            words = struct.unpack("=iiiiii", f.read(24))
        return words[4], words[5]


# ---- what holds at rest ----


def wait_for_no_transactions(db, seconds=10):
    """No transaction is open any more. InnoDB renews this table only when nobody has read it for
    100 ms: whoever asks more often is shown the same old one."""

    def none():
        try:
            open_ = db.one(
                "SELECT COUNT(*)"
                " FROM information_schema.innodb_trx"
                " WHERE trx_mysql_thread_id <> CONNECTION_ID()"
            )
        except RuntimeError:  # MySQL cannot show a statement with bytes that are no text
            return False
        return open_ == "0"

    return wait_for(none, seconds, 0.25)


def wait_for_a_lock_wait(db, seconds=30):
    """A transaction waits for a row that another one has locked."""
    waits = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'"
    return wait_for(lambda: int(db.sql(waits)[0][1]) > 0, seconds)


def sessions(db):
    """Those of the server: number, user, database and state of each."""
    return [(row[0], row[1], row[3], row[6]) for row in db.sql("SHOW PROCESSLIST", told=False)]


def find_inconsistencies(db):
    """What is wrong in the tables: counters, words, tickets ("… t3" in a name: made with three),
    versions, audit rows, idempotency. A list, empty when all is well."""
    out = [
        "counter: %s" % row
        for row in db.sql(
            "SELECT o.slug, s.st, COALESCE(c.n, 0) AS kept, COUNT(e.id) AS there"
            " FROM organizations o"
            " JOIN (SELECT 'DRAFT' AS st UNION ALL SELECT 'PUBLISHED' UNION ALL"
            " SELECT 'ARCHIVED') s"
            " LEFT JOIN counters c ON c.org_id = o.id AND c.name = CONCAT('events:', s.st)"
            " LEFT JOIN events e ON e.org_id = o.id AND e.status = s.st"
            " GROUP BY o.slug, s.st, c.n HAVING kept <> there"
        )
    ]
    for name, words, tickets, version, created, changed, deleted, status, published in db.sql(
        "SELECT e.name, COALESCE((SELECT GROUP_CONCAT(w.word SEPARATOR ' ') FROM event_words w"
        " WHERE w.event_id = e.id AND w.org_id = e.org_id), ''),"
        " (SELECT COUNT(*) FROM ticket_types t WHERE t.event_id = e.id AND t.org_id = e.org_id),"
        " e.version, COALESCE(a.created, 0), COALESCE(a.changed, 0), COALESCE(a.deleted, 0),"
        " e.status, e.published_at IS NOT NULL"
        " FROM events e"
        " LEFT JOIN (SELECT resource_id, SUM(action = 'event.create') AS created,"
        " SUM(action NOT IN ('event.create', 'event.delete')) AS changed,"
        " SUM(action = 'event.delete') AS deleted"
        " FROM audit"
        " GROUP BY resource_id) a ON a.resource_id = e.id"
    ):
        if set(words.lower().split()) != set(re.findall("[a-z0-9]+", name.lower())):
            out.append('words of "%s": %s' % (name, words))
        made_with = re.search(r" t(\d+)$", name)
        if made_with and made_with.group(1) != tickets:
            out.append('tickets of "%s": %s' % (name, tickets))
        if created != "1" or int(version) != 1 + int(changed) or deleted != "0":
            out.append(
                '"%s": version %s, audit: created %s, changed %s, deleted %s'
                % (name, version, created, changed, deleted)
            )
        if (status == "PUBLISHED" and published == "0") or (status == "DRAFT" and published == "1"):
            out.append('"%s": %s, publishedAt set: %s' % (name, status, published))
    out += [
        "audit without its effect: %s" % row
        for row in db.sql(
            "SELECT HEX(a.resource_id), SUM(a.action = 'event.create') AS created,"
            " SUM(a.action = 'event.delete') AS deleted"
            " FROM audit a"
            " LEFT JOIN events e ON e.id = a.resource_id"
            " WHERE a.actor_type = 'key' AND a.action LIKE 'event.%'"
            " AND a.action NOT LIKE 'event.%.%' AND e.id IS NULL"
            " GROUP BY a.resource_id"
            " HAVING created <> 1 OR deleted <> 1"
        )
    ]
    there = {row[0] for row in db.sql("SHOW TABLES")}
    for table in ("ticket_types", "performers", "schedules", "brands"):
        if table in there:
            out += [
                "places in %s: %s" % (table, row)
                for row in db.sql(
                    "SELECT e.name, GROUP_CONCAT(t.position ORDER BY t.position)"
                    " FROM %s t"
                    " JOIN events e ON e.id = t.event_id"
                    " GROUP BY e.id"
                    " HAVING MAX(t.position) + 1 <> COUNT(*)"
                    " OR COUNT(DISTINCT t.position) <> COUNT(*)" % table
                )
            ]
            out += [
                "version in %s: %s" % (table, row)
                for row in db.sql(
                    "SELECT t.id, t.version, COALESCE(a.changed, 0)"
                    " FROM %s t"
                    " LEFT JOIN (SELECT resource_id, SUM(action NOT LIKE '%%.create') AS changed"
                    " FROM audit GROUP BY resource_id) a ON a.resource_id = t.id"
                    " WHERE t.version <> 1 + COALESCE(a.changed, 0)" % table
                )
            ]
    # the answer itself is sealed; its row and the audit row of its effect bear the time of the one
    # request that made both
    out += [
        "idempotency: %s" % row
        for row in db.sql(
            "SELECT i.idem_key, i.status"
            " FROM idempotency i"
            " LEFT JOIN audit a ON a.actor_id = i.key_id AND a.at = i.created_at AND i.status = 201"
            " WHERE i.status IS NULL OR (i.status = 201 AND a.id IS NULL)"
        )
    ]
    return out


def is_well_formed_error(r):
    """A refusal as the contract wants it: JSON with code, hint and request id; 503 with
    Retry-After."""
    if (
        not isinstance(r.json, dict)
        or not r.error.get("code")
        or not r.error.get("hint")
        or not r.json.get("requestId")
    ):
        return False
    return r.status != 503 or r.headers.get("retry-after", "").isdigit()


def event(name, **more):
    return dict({"name": name, "dateTime": "2031-05-06T19:00:00Z"}, **more)


def tickets(n):
    return [{"name": "Type %d" % i, "price": 100 + i, "quantity": 50} for i in range(n)]


__all__ = [
    "Db",
    "Client",
    "Fault",
    "run_concurrently",
    "statuses",
    "masters",
    "workers",
    "children",
    "wait_for_no_transactions",
    "find_inconsistencies",
    "is_well_formed_error",
    "event",
    "tickets",
    "json",
]
