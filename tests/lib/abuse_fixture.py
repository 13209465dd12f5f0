"""For the tests of abuse and tenancy: the routes as the programs describe them, the memory of the
workers, and what requests cost the database."""
import json
import os
import re
import secrets
import subprocess
import time
import zlib

from concurrency import wait_for_workers

CEILING_KIB = 24 << 10  # resident memory of a worker
UUID = "01900000-0000-7000-8000-000000000000"
RANDOM_UUID = "01900000-0000-4000-8000-000000000000"  # as the ids of public holds
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def wrong_key():
    """A key that nobody has, but well-formed: the checksum is right."""
    text = "tn_live_" + "".join(secrets.choice(BASE62) for _ in range(32))
    n, sum_ = zlib.crc32(text.encode()), ""
    for _ in range(6):
        n, digit = divmod(n, 62)
        sum_ = BASE62[digit] + sum_
    return text + sum_


def described_routes(build):
    """(method, mount, path below it with sample ids, for whom) of all routes of all programs."""
    out = []
    for name in sorted(os.listdir(build + "/fcgi")):
        if name.endswith(".fcgi"):
            described = subprocess.run(
                [build + "/fcgi/" + name, "--describe"], capture_output=True, check=True
            )
            for r in json.loads(described.stdout)["routes"]:
                path = re.sub(r"{[^}]+}", UUID, r["path"])
                out.append((r["method"], r["mount"], path, r["for"]))
    return out


def free_event(site, key):
    """A published event of 500 places for nothing."""
    ticket = {"name": "Place", "price": 0, "quantity": 500, "published": True}
    body = {"name": "Public", "dateTime": "2031-01-01T20:00:00Z", "type": "FREE"}
    made = site.post("/events", key, dict(body, tickets=[ticket])).data
    site.post("/events/%s/publish" % made["id"], key)
    return made


def kib(pid, name):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"^%s:\s+(\d+)" % name, f.read(), re.M)[1])


def highest_memory(site, field):
    """{program: the highest value among its workers}, in KiB; field: VmHWM or VmRSS."""
    return {name: max(kib(p, field) for p in pids) for name, pids in wait_for_workers(site).items()}


class Cost:
    """What requests cost: statements, transactions and rows read, counted by the database. Only one
    program may be at work meanwhile. `db` is a session of concurrency.Db."""

    def __init__(self, db):
        self.db = db
        first, second = self.read(), self.read()
        self.own = {name: second[name] - first[name] for name in first}

    def read(self):
        rows = self.db.sql(
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_stmt_execute', 'Com_stmt_prepare',"
            " 'Com_begin', 'Questions') OR Variable_name LIKE 'Handler_read_%'"
        )
        found = {name.lower(): int(n) for name, n in rows}
        return {
            "statements": found["com_stmt_execute"] + found["com_stmt_prepare"],
            "transactions": found["com_begin"],
            "questions": found["questions"],
            "rows": sum(n for name, n in found.items() if name.startswith("handler_read_")),
        }

    def of(self, what):
        """(the result of what(), what it cost)"""
        before = self.read()
        result = what()
        after = self.read()
        return result, {name: after[name] - before[name] - self.own[name] for name in after}


def table_sizes(db):
    """{table: its number of rows}"""
    return {
        row[0]: int(db.one("SELECT COUNT(*) FROM `%s`" % row[0])) for row in db.sql("SHOW TABLES")
    }


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def timed(what):
    """Seconds that what() takes."""
    began = time.monotonic()
    what()
    return time.monotonic() - began


def percentile(numbers, share):
    return sorted(numbers)[min(int(len(numbers) * share), len(numbers) - 1)]
