#!/usr/bin/env python3
"""What cron starts reads from where it stopped, too: of orders that are made first and committed
last, each is sent to the webhook once, listed among its deliveries and counted in the sums of
sales. TG_SECONDS: how long the 24 writers write (6)."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Db, wait_for_a_lock_wait  # noqa: E402
from harness import check, finish, wait_for  # noqa: E402
from kill_victims import Disaster  # noqa: E402
from late_commits import WRITERS, HeldUp, buy, on_sale, rush  # noqa: E402
from pollers import Poller  # noqa: E402
from webhook_fixture import WebhookFixture, raw_id  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

SECONDS = float(os.environ.get("TG_SECONDS") or 6)
LATER = 90  # seconds; the sweep leaves the last minute to the next run
SUMS = (
    "SELECT COALESCE(SUM(orders), 0) FROM sales_quarters"
    " WHERE event_id = X'" + "00" * 16 + "' AND ticket_id = event_id"
)


class Readers:
    """The sender of webhooks with its receiver, a client that reads on in the list of deliveries,
    and `ticketgate sweep`, each time LATER seconds later."""

    def __init__(self, h, receiver, folder):
        self.h, self.receiver = h, receiver
        self.endpoint = h.endpoint(receiver.url("/all"), ["order.completed"])
        path = ("/open-api/v1", "/webhooks/%s/deliveries" % self.endpoint)
        self.poller = Poller(h.site, h.key, path, "createdAt", True)
        self.ahead = Disaster(folder, "ahead")
        self.seconds, self.failures = 0, []

    def ran(self, what, code, said):
        if code:
            self.failures.append((what, code, said))

    def send(self):
        self.ran("webhook-flush", *self.h.flush())

    def sweep(self):
        self.seconds += LATER
        self.ahead.clock(self.seconds)
        p = self.h.site.command("sweep", check_status=False, env=self.ahead.env)
        self.ran("sweep", p.returncode, p.stderr)

    def counted(self):
        return int(self.h.db.one(SUMS))

    def received(self):
        return [x["header"]["webhook-id"] for x in self.receiver.log()]

    def settle(self):
        """After the last COMMIT."""
        self.send()
        self.sweep()
        self.poller.poll()

    def judge(self, name, orders):
        ids = self.received()
        check(
            "%s: each of %d orders is sent once" % (name, orders),
            len(ids) == len(set(ids)) == orders,
            (len(ids), len(set(ids))),
        )
        there = [
            r[0]
            for r in self.h.db.sql(
                "SELECT LOWER(HEX(id)) FROM webhook_deliveries WHERE endpoint_id = %s ORDER BY id"
                % raw_id(self.endpoint)
            )
        ]
        met = [i.replace("-", "") for i in self.poller.seen]
        check(
            "%s: every delivery is met in the list, in order" % name,
            met == there and len(met) == orders,
            (len(met), len(there), sorted(set(there) - set(met))[:3]),
        )
        check(
            "%s: every order is in the sums of sales" % name,
            self.counted() == orders,
            (self.counted(), orders),
        )
        found = self.h.wrong()
        check("%s: nothing disagrees" % name, not found, found)
        check("%s: no run failed" % name, not self.failures, self.failures[:3])


def held_up(h, readers, lock):
    """Order B is read while A, which was made before it, may still be committed."""
    orders = HeldUp(h.site, h.key, h.db, lock)
    check("order A waits", orders.waits)
    check("order B is committed", orders.second.status == 201, orders.second)
    readers.settle()
    check("B is sent at once", len(readers.received()) == 1, readers.received())
    check("the sums do not go past A", readers.counted() == 0, readers.counted())
    made = orders.release()
    check("order A is committed", made.status == 201, made)
    readers.settle()
    readers.judge("held up", 2)


def senders(h, readers, lock):
    """The delivery of order A is made first and committed last: its sender waits for another
    transaction that makes the same one, and a second sender hands over order B meanwhile."""
    event, (ticket, *_) = on_sale(h.site, h.key)
    buy(h.site, h.key, event, ticket)
    lock.sql("START TRANSACTION")
    lock.sql(
        "INSERT INTO webhook_deliveries (id, org_id, endpoint_id, outbox_id, event, created_at)"
        " SELECT RANDOM_BYTES(16), org_id, %s, id, type, NOW(3) FROM outbox WHERE pending = 1"
        % raw_id(readers.endpoint)
    )
    running = [h.start("--once")]
    check("the sender of A waits", wait_for_a_lock_wait(h.db))
    buy(h.site, h.key, event, ticket)
    running.append(h.start("--once"))
    sent = wait_for(lambda: len(readers.received()) == 3)
    check("B is sent at once", sent, readers.received())
    readers.poller.poll()
    check("but not listed", len(readers.poller.seen) == 2, readers.poller.seen)
    lock.sql("ROLLBACK")
    for p in running:
        said = p.communicate()
        readers.ran("webhook-flush", p.returncode, said)
    readers.settle()
    readers.judge("two senders", 4)


def many(h, readers, lock):
    """24 writers, rows locked at random, three senders at once."""
    beside = [readers.send] * 3 + [readers.sweep, readers.poller.poll]
    made, refused = rush(h.site, h.key, lock, SECONDS, beside)
    check("24 writers sell", len(made) > WRITERS and not refused, (len(made), refused[:3]))
    readers.settle()
    readers.judge("24 writers", 4 + len(made))


with tempfile.TemporaryDirectory(prefix="tg-overtaken-") as folder:
    with WebhookFixture(workers=8) as h, Receiver() as receiver:
        lock = Db(h.site)
        readers = Readers(h, receiver, folder)
        held_up(h, readers, lock)
        senders(h, readers, lock)
        many(h, readers, lock)
        lock.close()
        reports = h.site.sanitizer_reports()
        check("no sanitizer report", not reports, "\n".join(reports))
finish()
