#!/usr/bin/env python3
"""CSV files at once: slow readers of one organization occupy as many workers as org_exports says,
but never all of a master's, and a worker that is killed gives its place back."""
import glob
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, raw_id  # noqa: E402
from concurrency import Db, wait_for_workers, workers  # noqa: E402
from harness import BUILD, Site, check, finish, wait_for  # noqa: E402

BEGIN, PARAMS, STDIN = 1, 4, 5
CSV = {"Accept": "text/csv"}
ORDERS = 40000  # more than the buffers between a worker and its client
SLOTS = 2


def record(kind, data=b""):
    return struct.pack(">BBHHBB", 1, kind, 1, len(data), 0, 0) + data


class SlowReader:
    """A client of the program itself, as a front that does not buffer: it takes 16 KiB a second."""

    def __init__(self, site, key, path=None):
        self.c = socket.socket(socket.AF_UNIX)
        self.c.settimeout(60)
        self.c.connect(path or glob.glob(site.dir + "/run/orders.sock*")[0])
        env = {
            "REQUEST_METHOD": "GET",
            "REQUEST_URI": "/open-api/v1/orders",
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_API_KEY": key,
            "HTTP_ACCEPT": "text/csv",
        }
        pairs = b"".join(bytes([len(k), len(v)]) + k.encode() + v.encode() for k, v in env.items())
        self.c.sendall(
            record(BEGIN, struct.pack(">HB5x", 1, 0))
            + record(PARAMS, pairs)
            + record(PARAMS)
            + record(STDIN)
        )
        self.head = self.c.recv(4096)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while not self.over.wait(0.5):
            try:
                self.c.recv(8192)
            except OSError:
                return

    def leave(self):
        self.over.set()
        self.thread.join()
        self.c.close()


def fill(site, key):
    c, db = Buyer(site, key), Db(site)
    event, tickets = c.on_sale("Sold", [{"quantity": 1000, "price": 0}], type="FREE")
    body = {
        "eventId": event,
        "items": [{"ticketId": tickets[0], "quantity": 1}],
        "buyer": {"name": "Ana Reyes", "email": "ana@example.com"},
    }
    made = site.post("/orders", key, body, mount="/box-office/v1")
    columns = [
        row[0]
        for row in db.sql(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'ticketgate'"
            " AND table_name = 'orders' AND extra NOT LIKE '%GENERATED%'"
        )
    ]
    changed = {
        "id": "UNHEX(CONCAT(LEFT(HEX(o.id), 16), LPAD(HEX(s.seq), 16, '0')))",
        "reference": "CONCAT('TN-', s.seq)",
    }
    db.sql(
        "INSERT INTO orders (%s) SELECT %s FROM seq_1_to_%d s JOIN orders o ON o.id = %s"
        % (
            ", ".join(columns),
            ", ".join(changed.get(c, "o." + c) for c in columns),
            ORDERS,
            raw_id(made.data["id"]),
        )
    )
    db.close()
    c.close()


def holders(site):
    """The workers that have a place: the file of shared memory is open."""
    out = []
    for pid in workers(site, "orders"):
        try:
            fds = os.listdir("/proc/%d/fd" % pid)
            names = [os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in fds]
        except OSError:
            continue
        if site.dir + "/shm" in names:
            out.append(pid)
    return out


def refused(reader):
    return b"429" in reader.head.split(b"\r\n")[0]


def all_but_one():
    """The bound by the number of workers, which the option --workers gives; none where other
    programs start the processes."""
    with Site(workers=2, conf="org_exports = 3\n") as site:
        key = site.key()
        fill(site, key)
        wait_for_workers(site)
        readers = [SlowReader(site, key) for _ in range(2)]
        try:
            check(
                "one worker is left to others, whatever org_exports says",
                [refused(r) for r in readers] == [False, True] and b"at most 1 " in readers[1].head,
                [r.head for r in readers],
            )
        finally:
            for r in readers:
                r.leave()
        path = site.dir + "/run/own.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(16)
        program = [BUILD + "/fcgi/orders.fcgi", "--conf", site.conf]
        processes = [
            subprocess.Popen(program, stdin=listener, stderr=subprocess.DEVNULL) for _ in range(4)
        ]
        readers = []
        try:
            check("the files of the workers have ended", wait_for(lambda: not holders(site), 60))
            readers = [SlowReader(site, key, path) for _ in range(4)]
            check(
                "processes that were started one by one send as many files as org_exports says",
                [refused(r) for r in readers] == [False] * 3 + [True],
                [r.head for r in readers],
            )
        finally:
            for r in readers:
                r.leave()
            for p in processes:
                p.terminate()
                p.wait()
            listener.close()


def main():
    with Site(workers=4, conf="org_exports = %d\n" % SLOTS) as site:
        key = site.key()
        fill(site, key)
        site.org("Other", "other")
        other = site.key(org="other")
        wait_for_workers(site)
        export = lambda k=key: site.get("/orders", k, headers=CSV)  # noqa: E731
        readers = [SlowReader(site, key) for _ in range(SLOTS)]
        try:
            check(
                "as many files as org_exports says are sent at once",
                all(b"text/csv" in r.head for r in readers),
                [r.head for r in readers],
            )
            r = export()
            check(
                "one more is refused with Retry-After",
                r.status == 429
                and r.error["code"] == "RATE_LIMITED"
                and int(r.headers["retry-after"]) > 0,
                r,
            )
            check("the list itself is answered", site.get("/orders?take=1", key).status == 200)
            r = export(other)
            check("another organization's file is sent", r.status == 200, r)
            held = holders(site)
            check("each has a worker", len(held) == SLOTS, held)
            os.kill(held[0], signal.SIGKILL)
            check(
                "a killed worker gives its place back",
                wait_for(lambda: held[0] not in workers(site, "orders"), 30)
                and export().status == 200,
                site.log()[-500:],
            )
        finally:
            for r in readers:
                r.leave()
        check("a client that leaves gives it back", wait_for(lambda: not holders(site), 60))
        statuses = [export().status for _ in range(2 * SLOTS)]
        check("files one after the other are all sent", statuses == [200] * 2 * SLOTS, statuses)
    all_but_one()
    finish()


if __name__ == "__main__":
    main()
