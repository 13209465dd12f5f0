#!/usr/bin/env python3
"""A rolling upgrade as doc/cluster.md tells: the programs of the previous release sell while the
new ones migrate the database, then both sell side by side on one schema, then the new ones alone.

The previous release is the last tag before this commit, or the commit in tests/data/previous; it is
built from this repository's history. TG_PREVIOUS names another one. It is skipped where the history
is not there (a source archive, a shallow clone)."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, verify_output  # noqa: E402
from harness import BUILD, SRC, Site, check, finish, skip, wait_for  # noqa: E402
from buyer_processes import BuyerProcesses, find_losses  # noqa: E402


def git(*args):
    p = subprocess.run(["git", "-C", SRC, *args], capture_output=True, text=True)
    return p.stdout.strip() if p.returncode == 0 else ""


def previous():
    with open(SRC + "/tests/data/previous") as f:
        recorded = f.read().split()[0]
    name = os.environ.get("TG_PREVIOUS") or git("describe", "--tags", "--abbrev=0", "HEAD^")
    name = name or recorded
    return git("rev-parse", "--verify", "--quiet", name + "^{commit}")


def build(commit, folder):
    """The programs of a commit, without optimization: it is built fast."""
    source = folder + "/source"
    os.makedirs(folder + "/build")
    os.makedirs(source)
    archive = subprocess.Popen(["git", "-C", SRC, "archive", commit], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", source], stdin=archive.stdout, check=True)
    steps = "cd %s && ./autogen.sh && cd ../build && ../source/configure -q CFLAGS=-O0" % source
    steps += " && make -s -j2 all"
    p = subprocess.run(steps, shell=True, capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(p.stdout[-2000:] + p.stderr[-2000:])
    return folder + "/build"


# that the old programs know
SCOPES = "events:read,events:write,tickets:write,boxoffice:sell"


class OldSite(Site):
    """A site of the previous release, with its migrations and pages."""

    def __init__(self, build_dir, source):
        self.source = source
        super().__init__(build=build_dir)


class NewNode(Site):
    """A second web node on the same database, with the programs of this tree."""

    def __init__(self, old):
        self.old = old
        super().__init__()

    def start(self):
        self.socket = self.old.socket
        with open(self.old.dir + "/ticketgate.key") as f:
            key = f.read().strip()
        with open(self.old.conf) as f:
            lines = [x for x in f if x.startswith(("db_socket", "db_user"))]
        self.write_configuration("".join(lines), key)
        self.start_web()

    def mariadb(self, verb):
        """The database is the old site's."""


def tickets(new, key, event):
    """Tickets of orders that the old programs sold and refunded, which wrote nothing of them."""
    wrong, n = [], 0
    for status in ("REFUNDED", "PARTIALLY_REFUNDED", "COMPLETED"):
        for o in new.get("/events/%s/orders?take=20&status=%s" % (event, status), key).data:
            shown = new.get("/orders/" + o["id"], key).data
            back = [t["status"] for t in shown["issuedTickets"]].count("REFUNDED")
            n += back
            if back != sum(i["refundedQuantity"] for i in shown["items"]):
                wrong.append(shown)
    check("orders have their tickets, %d of them refunded" % n, n and not wrong, wrong[:1])


def upgrade(folder, commit):
    old_build = build(commit, folder)
    with OldSite(old_build, folder + "/source") as old:
        key = old.key(SCOPES)
        event, types = Buyer(old, key).on_sale("Upgraded", [100000, 300, 100])
        before = {row[0] for row in old.sql("SELECT name FROM migrations")}
        new = NewNode(old)
        shoppers = BuyerProcesses([old], key, event, types, 3600, processes=1)
        try:
            wait_for(lambda: len(shoppers.so_far()) > 30, 30)
            new.command("migrate")
            after = {row[0] for row in old.sql("SELECT name FROM migrations")}
            print("# new migrations: %s" % ", ".join(sorted(after - before)))
            time.sleep(2)
            both = BuyerProcesses([old, new], key, event, types, 4)
            both.wait()
        finally:
            shoppers.end()
        last = BuyerProcesses([new], key, event, types, 2, processes=1)
        last.wait()
        for name, group in (("old", shoppers), ("both", both), ("new", last)):
            bad = [r for r in group.rows if "gave up" in r or "said" in r]
            check("%s: %d orders, no 500" % (name, len(group.of("order"))), not bad, bad[:3])
            check("%s: tickets were sold" % name, len(group.of("order")) > 5, group.statuses())
        whole = shoppers
        whole.rows = shoppers.rows + both.rows + last.rows
        wrong = find_losses(whole, old)
        check("every acknowledged order is there, once", not wrong, "\n".join(wrong[:5]))
        check("the new verify is clean", not verify_output(new), verify_output(new))
        tickets(new, key, event)
        r = old.get("/events/" + event, key)
        check("the old programs still answer", r.status == 200, r)
        new.stop()


previous_commit = previous()
if previous_commit:
    place = tempfile.mkdtemp(prefix="tg-upgrade-")
    os.chmod(place, 0o755)
    try:
        print("# from %s to %s" % (previous_commit[:12], BUILD))
        upgrade(place, previous_commit)
    finally:
        shutil.rmtree(place, ignore_errors=True)
else:
    skip("a rolling upgrade", "the previous release is not in this repository's history")
finish()
