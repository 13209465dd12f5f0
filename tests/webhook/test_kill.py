#!/usr/bin/env python3
"""The sender of webhooks is killed at every step: before and after each call to the database, and
with each of those calls failing in other ways. Nothing is lost, nothing arrives more than twice,
nobody has more than three attempts."""
import os
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from webhook_fixture import WebhookFixture  # noqa: E402
from webhook_receiver import Receiver, status  # noqa: E402
from failing_calls import FailingCalls  # noqa: E402
from harness import finish  # noqa: E402

EVENTS = 3


def end(h, rounds=4):
    """Time passes, and others go on."""
    for _ in range(rounds):
        if (
            h.db.one(
                "SELECT (SELECT COUNT(*) FROM webhook_deliveries"
                " WHERE status = 'PENDING') + (SELECT COUNT(*) FROM outbox WHERE pending = 1)"
            )
            == "0"
        ):
            break
        h.due()
        code, said = h.flush()
        if code:
            return "a later run: %d %s" % (code, said)
    return ""


def judge(h, r, good, bad, events, killed, code):
    seen = {}
    for x in r.log():
        key = x["path"], x["header"]["webhook-id"]
        seen[key] = seen.get(key, 0) + 1
    wrong = []
    if h.states(good) != {"DELIVERED": EVENTS}:
        wrong.append("good: %s" % h.states(good))
    if (
        sorted(k[1] for k in seen if k[0] == "/good") != sorted("evt_" + e for e in events)
        or max(seen.values()) > 3
        or max(n for k, n in seen.items() if k[0] == "/good") > 2
    ):
        wrong.append("seen: %s" % seen)
    if h.states(bad) != {"FAILED": EVENTS} or h.alive(bad)[1] != EVENTS:
        wrong.append("bad: %s %s" % (h.states(bad), h.alive(bad)))
    if len(h.attempts(good)) > 3 * EVENTS or len(h.attempts(bad)) != 3 * EVENTS:
        wrong.append("attempts: %s %s" % (h.attempts(good), h.attempts(bad)))
    if not killed and code:
        wrong.append("status %s" % code)
    for text in (
        "SELECT COUNT(*) FROM webhook_deliveries WHERE tries > 3 OR attempts > 3",
        "SELECT COUNT(*) FROM outbox WHERE pending IS NOT NULL",
    ):
        if h.db.one(text) != "0":
            wrong.append(text)
    tallies = h.db.sql(
        "SELECT pending, delivered, failed, cancelled FROM webhook_tallies ORDER BY failed"
    )
    if tallies != [["0", str(EVENTS), "0", "0"], ["0", "0", str(EVENTS), "0"]]:
        wrong.append("tallies: %s" % tallies)
    return "; ".join(wrong)


def anew(h, r):
    r.clear()
    h.db.sql(
        "DELETE"
        " FROM webhook_attempts;"
        " DELETE"
        " FROM webhook_deliveries;"
        " DELETE"
        " FROM outbox;"
        " UPDATE webhook_tallies"
        " SET pending = 0, delivered = 0, failed = 0, cancelled = 0;"
        " UPDATE webhook_endpoints SET consecutive_failures = 0, not_before = NULL"
    )
    return h.events(EVENTS)


def main():
    folder = tempfile.mkdtemp(prefix="tg-kill-")
    try:
        with WebhookFixture() as h:
            r, events = Receiver(), []
            r.script("/bad", status(500))
            good, bad = h.endpoint(r.url("/good")), h.endpoint(r.url("/bad"))

            def prepare():
                events[:] = anew(h, r)

            def after(fired, code):
                killed = fired or code == -signal.SIGKILL
                return end(h) or judge(h, r, good, bad, events, killed, code)

            FailingCalls(folder, h, prepare, after).check_all(
                20, "nothing lost, at most one more than once, three attempts at most"
            )
            r.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


if __name__ == "__main__":
    main()
