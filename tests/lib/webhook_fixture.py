"""For the tests of sending webhooks: endpoints with their secrets, things to tell, the flusher, and
what must hold in the tables at rest."""
import json
import os
import time

from box_office_client import Buyer, raw_id
from concurrency import Db
from harness import BUILD, Site, wait_for
from sender_processes import SenderProcesses

ALLOW = "webhook_allow = 127.0.0.0/8, ::1\n"
FLUSH = os.path.join(BUILD, "cron/webhook-flush")


class WebhookFixture:
    """A site with a key, a database session, and the flusher at hand. conf: further lines."""

    def __init__(self, conf="", allow=ALLOW, **more):
        self.site = Site(conf=allow + conf, **more)
        self.key = self.site.key()
        self.c, self.db = Buyer(self.site, self.key), Db(self.site)
        self.org = self.db.one("SELECT HEX(id) FROM organizations WHERE slug = 'test'")
        self.secrets, self.senders = {}, SenderProcesses([FLUSH], self.site)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.senders.end()
        self.c.close()
        self.db.close()
        self.site.stop()

    # ---- endpoints ----
    def endpoint(self, url, events=None, key=None, **more):
        """Its id. The secret is in .secrets[id]."""
        r = self.site.post(
            "/webhooks",
            key or self.key,
            dict(
                {
                    "url": url,
                    "events": events
                    or [
                        "order.completed",
                        "order.refunded",
                        "event.sold_out",
                        "ticket.inventory_low",
                    ],
                },
                **more
            ),
        )
        if r.status != 201:
            raise RuntimeError("POST /webhooks: %r" % r)
        self.secrets[r.data["id"]] = r.data["secret"]
        return r.data["id"]

    def get(self, endpoint, what=""):
        return self.site.get("/webhooks/%s%s" % (endpoint, what), self.key)

    def alive(self, endpoint):
        """(status, consecutiveFailures, disabledReason)"""
        d = self.get(endpoint).data
        return d["status"], d["consecutiveFailures"], d["disabledReason"]

    def states(self, endpoint):
        """{status: how many deliveries}"""
        return {
            row[0]: int(row[1])
            for row in self.db.sql(
                "SELECT status, COUNT(*)"
                " FROM webhook_deliveries"
                " WHERE endpoint_id = %s"
                " GROUP BY status" % raw_id(endpoint)
            )
        }

    def attempts(self, endpoint):
        """[(delivery, n, cause, status, error)] in order"""
        return [
            tuple(row)
            for row in self.db.sql(
                "SELECT HEX(a.delivery_id), a.n, a.cause, COALESCE(a.http_status, ''),"
                " COALESCE(a.error, '')"
                " FROM webhook_attempts a"
                " JOIN webhook_deliveries d ON d.id = a.delivery_id"
                " WHERE d.endpoint_id = %s ORDER BY a.started_at, a.delivery_id, a.n"
                % raw_id(endpoint)
            )
        ]

    # ---- things to tell ----
    def events(self, n=1, kind="order.completed", event="00" * 16, data=None, org=None):
        """Rows of the outbox, as the box office writes them. Their ids, hex."""
        ids = []
        for first in range(0, n, 500):
            rows = []
            for _ in range(first, min(n, first + 500)):
                own = "%012x7%s" % (int(time.time() * 1000), os.urandom(10).hex()[:19])
                body = json.dumps(
                    {
                        "id": "evt_" + own,
                        "event": kind,
                        "isTest": False,
                        "timestamp": "2031-01-01T00:00:00.000Z",
                        "data": data or {"id": own},
                    },
                    separators=(",", ":"),
                    ensure_ascii=False,
                )
                rows.append(
                    "(X'%s', X'%s', X'%s', '%s', X'%s', X'%s', NOW(3))"
                    % (own, org or self.org, event.replace("-", ""), kind, own, body.encode().hex())
                )
                ids.append(own)
            self.db.sql(
                "INSERT INTO outbox (id, org_id, event_id, type, subject_id, body, created_at)"
                " VALUES " + ",".join(rows)
            )
        return ids

    # ---- sending ----
    def start(self, *args, **more):
        return self.senders.start(*args, **more)

    def flush(self, *args, **more):
        """Runs it to its end; --once unless told otherwise. (exit status, what it said)"""
        return self.senders.run(*args, **more)

    def due(self, where="1"):
        """Time passes: what waits for its turn, or for a lease to end, is due."""
        self.db.sql(
            "UPDATE webhook_deliveries"
            " SET due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
            " WHERE due_at IS NOT NULL AND %s" % where
        )

    def rounds(self, n=3):
        """n attempts, one after the other."""
        out = [self.flush()]
        for _ in range(n - 1):
            self.due()
            out.append(self.flush())
        return out

    # ---- at rest ----
    def wrong(self):
        """What disagrees, a line each."""
        out = ["%s: %s" % (name, row) for name, text in CHECKS for row in self.db.sql(text)]
        p = self.site.command("verify", check_status=False)
        return out + [
            line
            for line in p.stdout.splitlines()
            if p.returncode and "mismatch" not in line and not line.startswith("outbox.")
        ]  # what events() makes has no order


CHECKS = [
    (
        "tallies",
        "SELECT HEX(t.endpoint_id), t.pending, t.delivered, t.failed, t.cancelled,"
        " SUM(d.status = 'PENDING') AS p, SUM(d.status = 'DELIVERED') AS y,"
        " SUM(d.status = 'FAILED') AS n,"
        " SUM(d.status = 'CANCELLED') AS c"
        " FROM webhook_tallies t"
        " LEFT JOIN webhook_deliveries d ON d.endpoint_id = t.endpoint_id AND NOT d.is_test"
        " GROUP BY t.endpoint_id"
        " HAVING t.pending <> COALESCE(p, 0) OR t.failed <> COALESCE(n, 0)"
        " OR t.cancelled <> COALESCE(c, 0)",
    ),
    (
        "more than three attempts",
        "SELECT HEX(id), attempts, tries FROM webhook_deliveries WHERE attempts > 3",
    ),
    (
        "a state that is none",
        "SELECT HEX(id), status, due_at, lease IS NULL"
        " FROM webhook_deliveries"
        " WHERE (status = 'PENDING') <> (due_at IS NOT NULL) OR (status <> 'PENDING'"
        " AND lease IS NOT NULL)",
    ),
    (
        "attempts without a number",
        "SELECT HEX(a.delivery_id), a.n, d.tries"
        " FROM webhook_attempts a"
        " JOIN webhook_deliveries d ON d.id = a.delivery_id"
        " WHERE a.n > d.tries",
    ),
    (
        "twice",
        "SELECT HEX(endpoint_id), HEX(outbox_id)"
        " FROM webhook_deliveries"
        " WHERE outbox_id IS NOT NULL"
        " GROUP BY endpoint_id, outbox_id"
        " HAVING COUNT(*) > 1",
    ),
    (
        "disabled more than once",
        "SELECT HEX(resource_id), COUNT(*)"
        " FROM audit"
        " WHERE action = 'webhook.disable'"
        " GROUP BY resource_id"
        " HAVING COUNT(*) > 1",
    ),
]

__all__ = ["WebhookFixture", "ALLOW", "FLUSH", "raw_id", "wait_for", "Buyer"]
