"""Buyers in processes of their own, for runs in which things break: whatever happens, the same
request under the same Idempotency-Key until it is answered, at another web node each time. What
they were told is compared with the tables afterwards.

    shoppers = BuyerProcesses(sites, key, event, tickets, seconds=20)
    …
    shoppers.wait()
    wrong = find_losses(shoppers, node)"""
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from box_office_client import raw_id, recount

PATIENCE = 90  # seconds until a shopper gives up
THREADS = 6


class Shopper:
    def __init__(self, spec, number, tell):
        self.spec, self.number, self.tell = spec, number, tell
        self.dice = random.Random("%s-%d" % (spec["name"], number))
        self.connections, self.bought = {}, []

    def send(self, port, path, body, key):
        c = self.connections.get(port)
        if c is None:
            c = self.connections[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
        headers = {"api-key": self.spec["key"], "Content-Type": "application/json"}
        try:
            c.request("POST", path, json.dumps(body), dict(headers, **{"Idempotency-Key": key}))
            r = c.getresponse()
            raw = r.read()
            return r.status, raw, r.headers
        except BaseException:
            c.close()
            del self.connections[port]
            raise

    def insist(self, kind, path, body, subject=None):
        """The data of a success, or None."""
        ports, at = self.spec["ports"], self.number
        row = {"kind": kind, "key": str(uuid.uuid4()), "tries": [], "ok": False, "id": subject}
        row["began"], pause = time.time(), 0.05
        if kind == "order":
            body = dict(body, payment={"provider": "test", "reference": row["key"]})
        data = None
        while True:
            try:
                status, raw, headers = self.send(ports[at % len(ports)], path, body, row["key"])
            except (OSError, http.client.HTTPException) as e:
                status, raw, headers = type(e).__name__, b"", {}
            row["tries"].append(status)
            row["ok"] = status in (200, 201)
            final = status in (400, 401, 403, 404, 422)
            if row["ok"] or final or (status == 409 and not headers.get("Retry-After")):
                data = json.loads(raw)["data"] if row["ok"] else None
                break
            if status == 500:
                row["said"] = raw.decode(errors="replace")[:300]
            if time.time() - row["began"] > PATIENCE:
                row["gave up"] = raw.decode(errors="replace")[:300]
                break
            time.sleep(pause * (0.5 + self.dice.random()))
            pause = min(0.5, pause * 1.5)
            at += 1
        row["ended"] = time.time()
        row["id"] = subject or (data or {}).get("id")
        self.tell(row)
        return data

    def items(self):
        types, few = self.spec["tickets"], self.dice.random() < 0.4
        some = types[:1] if few else self.dice.sample(types, self.dice.randint(1, len(types)))
        return [{"ticketId": t, "quantity": self.dice.choice((1, 1, 2))} for t in some]

    def shop(self):
        fate, buyer = self.dice.random(), {"name": "Ana Reyes", "email": "ana@example.com"}
        if fate < 0.05 and self.bought:
            order = self.bought.pop(self.dice.randrange(len(self.bought)))
            self.insist("refund", "/box-office/v1/orders/%s/refund" % order, {}, order)
            return
        body = {"eventId": self.spec["event"], "items": self.items()}
        if fate < 0.2:
            hold = self.insist("hold", "/box-office/v1/holds", body)
            if not hold:
                return
            body = {"holdId": hold["id"]}
        got = self.insist("order", "/box-office/v1/orders", dict(body, buyer=buyer))
        if got:
            self.bought = self.bought[-20:] + [got["id"]]
        else:
            time.sleep(0.05)

    def run(self):
        over = self.spec["file"] + ".end"
        while time.time() < self.spec["end"] and not os.path.exists(over):
            self.shop()


class BuyerProcesses:
    """sites: where they shop, each beginning at another one."""

    def __init__(self, sites, key, event, tickets, seconds, name="buyers", processes=2):
        self.file = tempfile.mkstemp(prefix="tg-buyers-")[1]
        self.event, self.began = event, time.time()
        spec = {
            "ports": [s.port for s in sites],
            "key": key,
            "event": event,
            "tickets": tickets,
            "end": self.began + seconds,
            "file": self.file,
        }
        self.processes = [
            subprocess.Popen(
                [sys.executable, __file__, json.dumps(dict(spec, name="%s-%d" % (name, i)))],
                env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
            )
            for i in range(processes)
        ]
        self.rows = []

    def so_far(self):
        with open(self.file) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def end(self):
        """They finish what they have begun."""
        with open(self.file + ".end", "w"):
            pass
        self.wait()
        os.remove(self.file + ".end")

    def wait(self):
        for p in self.processes:
            p.wait()
        self.rows = self.so_far()
        os.remove(self.file)
        return self.rows

    def of(self, kind):
        return [r for r in self.rows if r["ok"] and r["kind"] == kind]

    def statuses(self):
        told = {}
        for row in self.rows:
            for status in row["tries"]:
                told[status] = told.get(status, 0) + 1
        return told

    def longest_gap(self):
        """Seconds without an acknowledgement between two."""
        ends = sorted(r["ended"] for r in self.rows if r["ok"])
        return max([b - a for a, b in zip(ends, ends[1:])] or [0.0])

    def rate(self, begin, end):
        """Acknowledgements a second between two times."""
        return sum(r["ok"] and begin <= r["ended"] < end for r in self.rows) / max(end - begin, 0.1)


def find_losses(shoppers, db):
    """What was acknowledged and is not there, is there twice, or is more than there was; and which
    counters are wrong when everything is counted again."""
    there = {
        row[0]: row
        for row in db.sql(
            "SELECT LOWER(HEX(id)), payment_reference, status FROM orders WHERE event_id = "
            + raw_id(shoppers.event)
        )
    }
    plain = lambda rows: {r["id"].replace("-", ""): r for r in rows}
    wrong = ["lost: %s" % r for i, r in plain(shoppers.of("order")).items() if i not in there]
    wrong += [
        "refund lost: %s" % r
        for i, r in plain(shoppers.of("refund")).items()
        if i in there and there[i][2] != "REFUNDED"
    ]
    keys = {}
    for order in there.values():
        keys.setdefault(order[1], []).append(order[0])
    wrong += ["twice: %s" % ids for ids in keys.values() if len(ids) > 1]
    gave_up = {r["key"] for r in shoppers.rows if r["kind"] == "order" and not r["ok"]}
    told = {r["key"] for r in shoppers.of("order")}
    wrong += ["nobody's: %s" % k for k in keys if k not in told and k not in gave_up]
    return wrong + recount(db)


def main():
    spec, lock = json.loads(sys.argv[1]), threading.Lock()
    with open(spec["file"], "a", buffering=1) as out:

        def tell(row):
            with lock:
                out.write(json.dumps(row) + "\n")

        threads = [
            threading.Thread(target=Shopper(spec, i, tell).run)
            for i in range(spec.get("n", THREADS))
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


if __name__ == "__main__":
    main()
