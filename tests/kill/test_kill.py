#!/usr/bin/env python3
"""A rush, and kill -9 of something, a full disk or a stepped clock at a random moment: everybody is
answered, nobody is told 500, everything that was acknowledged is there once, and all is counted
right, without anybody's help. TG_RUNS: how many runs; TG_SEED: of all that is random; TG_RUN: one
run alone; TG_VICTIM: always this one."""
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, verify_output  # noqa: E402
from concurrency import Db, wait_for_no_transactions  # noqa: E402
from harness import check, finish, wait_for  # noqa: E402
from kill_judge import faults_not_seen, judge  # noqa: E402
from kill_victims import PROGRAM, VICTIMS, KillSite  # noqa: E402
from program_processes import Processes, all_of, end_all  # noqa: E402
from shoppers import Shoppers  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

RUNS = int(os.environ.get("TG_RUNS", "20"))
SEED = os.environ.get("TG_SEED", "1")
ONLY = os.environ.get("TG_RUN")
ALWAYS = os.environ.get("TG_VICTIM")
PER_SITE = 25  # runs; then the tables are so full that counting them takes long
OPEN = (
    "SELECT NOW(3), t.trx_id, t.trx_started, t.trx_state, t.trx_rows_modified,"
    " p.user, p.command, p.time, p.info"
    " FROM information_schema.innodb_trx t"
    " JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"
)
UNDELIVERED = (
    "SELECT status, attempts, last_error, COUNT(*) FROM mail_messages"
    " WHERE status <> 'DELIVERED' GROUP BY 1, 2, 3"
)
UNSENT = (
    "SELECT 'outbox', o.pending, MIN(o.created_at), MAX(o.created_at), COUNT(*), NOW(3)"
    " FROM outbox o GROUP BY o.pending"
    " UNION ALL SELECT 'deliveries', d.status, MIN(d.due_at), MAX(d.due_at), COUNT(*), NOW(3)"
    " FROM webhook_deliveries d GROUP BY d.status"
)
LOST_ROW = "Clustered record for sec rec not found"
DAMAGE = ("corrupt", "[ERROR] InnoDB", "[FATAL] InnoDB", " got signal ")


def lost_rows(site):
    """Whether the database found an index entry of a row that is not there any more."""
    return LOST_ROW in site.database_log()


def print_damage(site):
    """What the database's own log says of its files."""
    lines = [x for x in site.database_log().splitlines() if any(word in x for word in DAMAGE)]
    for line in lines[:10] + lines[10:][-10:]:
        print("# database: " + line[:240], flush=True)


def victim_of(n):
    """Each in turn, in an order of the seed's, so that a short run sees them all."""
    names = list(VICTIMS)
    random.Random("%s %d" % (SEED, n // len(names))).shuffle(names)
    return ALWAYS or names[n % len(names)]


class World:
    """A site for some runs, and what receives its webhooks."""

    def __init__(self):
        self.folder, self.receiver = tempfile.mkdtemp(prefix="tg-kill-"), Receiver()
        os.chmod(self.folder, 0o755)
        self.site = KillSite(self.folder)
        self.key = self.site.key()
        hook = {
            "url": self.receiver.url("/sold"),
            "events": ["order.completed", "order.refunded"],
        }
        if self.site.post("/webhooks", self.key, hook).status != 201:
            raise RuntimeError("no webhook")
        # events from before an endpoint was made are not for it: also by a clock that was set back
        self.site.sql("UPDATE webhook_endpoints SET created_at = NOW(3) - INTERVAL 2 HOUR")

    def end(self):
        self.site.clock(0)
        db = Db(self.site)
        for sender in self.site.senders:
            sender.end(db)
        self.judge_mail(db)
        told = {x["header"]["webhook-id"] for x in self.receiver.log()}
        written = [
            row[0] for row in db.sql("SELECT LOWER(HEX(id)) FROM outbox WHERE type LIKE 'order.%'")
        ]
        untold = [i for i in written if "evt_" + i not in told]
        if untold:
            print("# sender's state: %s" % db.sql(UNSENT), flush=True)
            print_damage(self.site)
        wrong = verify_output(self.site)
        if self.site.damaged or lost_rows(self.site):
            # doc/databases.md, "A full disk": not ours to prevent, but to see
            what = "ticketgate verify sees that the database lost rows"
            check(what, wrong or not untold, untold[:5])
        else:
            what = "the receiver was told of all %d sales and refunds" % len(written)
            check(what, not untold, untold[:5])
            check("ticketgate verify agrees", not wrong, wrong)
        db.close()
        self.site.stop_web()
        left = wait_for(lambda: not all_of(self.site), 40)
        check("all programs end with the web server", left, all_of(self.site))
        self.close()

    def judge_mail(self, db):
        """Every buyer got the mail, as often as it was handed over at the most. A message whose
        sender was killed three times is given up: it may have arrived."""
        got = Counter(m.id for m in self.site.mail.messages)
        rows = db.sql("SELECT LOWER(HEX(id)), kind, status, attempts, recipient FROM mail_messages")
        wrong = [
            "%s to %s: %s after %s attempts, arrived %d times" % (kind, to, status, tries, got[own])
            for own, kind, status, tries, to in rows
            if got[own] > int(tries) or (got[own] == 0 and (status, tries) != ("FAILED", "3"))
        ]
        wrong += ["nobody's: %s" % own for own in got.keys() - {row[0] for row in rows}]
        again = sum(n > 1 for n in got.values())
        print("# %d of %d messages arrived again" % (again, len(got)), flush=True)
        if self.site.damaged or lost_rows(self.site):
            return  # end() tells
        what = "all %d mails have arrived" % len(rows)
        check(what, rows and not wrong, "\n".join(wrong[:5] + [repr(db.sql(UNDELIVERED))]))

    def close(self):
        end_all(self.site)
        self.site.stop()
        self.receiver.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def one_run(world, n):
    """(victim, longest time without an acknowledgement)"""
    site, dice, name = world.site, random.Random("%s run %d" % (SEED, n)), victim_of(n)
    capacity = {"eventCapacity": 5000} if dice.random() < 0.3 else {}
    c = Buyer(site, world.key)
    event, ids = c.on_sale("Run %d" % n, [dice.choice([60, 4000]), 4000, 4000], **capacity)
    shoppers = Shoppers(site, world.key, event, ids, "run%d" % n, n=8, visitors=True)
    if not wait_for(lambda: len(shoppers.bought) > 20, 30):
        check("run %d: a rush before the kill" % n, False, shoppers.answers)
    time.sleep(dice.random() * 0.6)
    begin, ends = time.monotonic(), site.database_ends
    # what has just ended by itself is there again in a moment
    hits = wait_for(lambda: VICTIMS[name](site, dice), 10, 0.1)
    sold = len(shoppers.acks)
    again = wait_for(lambda: len(shoppers.acks) > sold + 40, 30)
    shoppers.end()
    site.clock(0)
    acks = [t for t in sorted(shoppers.acks) if t > begin - 0.2]
    gap = max((b - a for a, b in zip(acks, acks[1:])), default=99)
    db = Db(site)
    if site.database_ends > ends:
        print("# run %d: the database ended by itself" % n, flush=True)
    wrong = [] if again else ["it does not sell again"]
    wrong += [] if hits else ["nothing was killed"]
    if not wait_for_no_transactions(db, 30):
        for _ in range(3):
            wrong += ["open: %s" % row for row in db.sql(OPEN)]
            time.sleep(1)
    wrong += judge(db, shoppers)
    if not wait_for(lambda: Processes(site, PROGRAM).whole(site), 20):
        wrong.append("processes are missing")
    what = "run %d, %s: %d orders and %d refunds acknowledged, and all is well" % (
        n,
        name,
        len(shoppers.bought),
        len(shoppers.refunded),
    )
    if not check(
        what, not wrong, "TG_SEED=%s TG_RUN=%d replays it\n%s" % (SEED, n, "\n".join(wrong))
    ):
        print("# answers %s" % shoppers.answers, flush=True)
        print_damage(site)
    if n == 0 and shoppers.refunded:
        unseen = faults_not_seen(db, shoppers)
        check("the judge sees faults that are planted", not unseen, unseen)
    db.close()
    return name, gap


def table(gaps):
    print("# %-28s %5s %8s %8s" % ("seconds without a sale", "runs", "median", "longest"))
    for name in VICTIMS:
        if name in gaps:
            g = gaps[name]
            print("# %-28s %5d %8.2f %8.2f" % (name, len(g), statistics.median(g), max(g)))


def main():
    world, gaps = None, {}
    numbers = [int(ONLY)] if ONLY else range(RUNS)
    try:
        for i, n in enumerate(numbers):
            if i % PER_SITE == 0:
                if world:
                    world.end()
                world = World()
            name, gap = one_run(world, n)
            gaps.setdefault(name, []).append(gap)
        world.end()
        world = None
        table(gaps)
    finally:
        if world:
            for sender in world.site.senders:
                sender.stop()
            world.close()
    finish()


main()
