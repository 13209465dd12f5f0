#!/usr/bin/env python3
"""The sender of mail is killed at every step: before and after each call to the database, and with
each of those calls failing in other ways. Nothing is lost, nothing has more than three attempts,
and a message arrives twice only when the sender died, or lost the database, after the server took
it."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mail_fixture import MailFixture  # noqa: E402
from failing_calls import FailingCalls  # noqa: E402
from harness import finish  # noqa: E402

GOOD = ["good0@example.com", "good1@example.com"]


def anew(h):
    h.server.messages.clear()
    h.db.sql("DELETE FROM mail_messages")
    h.queue(2, kind="PASSWORD_RESET", to="good%d@example.com")
    h.queue(1, kind="PASSWORD_RESET", to="bad@example.com")


def end(h, rounds=5):
    """Time passes, and others go on."""
    for _ in range(rounds):
        if all(s[0] != "PENDING" for s in h.state()):
            break
        h.due()
        code, said = h.send()
        if code:
            return "a later run: %d %s" % (code, said)
    return ""


def judge(h, fired, code):
    wrong = []
    seen = [m.recipients[0] for m in h.server.messages]
    if set(seen) != set(GOOD) or any(seen.count(to) > 2 for to in GOOD):
        wrong.append("seen: %s" % seen)
    if len(seen) > 2 and not fired:
        wrong.append("twice: %s" % seen)
    states = {to: h.state("recipient = '%s'" % to)[0] for to in GOOD + ["bad@example.com"]}
    if [states[to][0] for to in GOOD] != ["DELIVERED"] * 2:
        wrong.append("good: %s" % states)
    if states["bad@example.com"][0] != "FAILED":
        wrong.append("bad: %s" % states)
    if h.wrong():
        wrong.append("at rest: %s" % h.wrong())
    if not fired and code:
        wrong.append("status %s" % code)
    return "; ".join(wrong)


def main():
    folder = tempfile.mkdtemp(prefix="tg-kill-")
    try:
        with MailFixture() as h:
            h.server.answer("RCPT", "550 5.1.1 no such user", when="bad@")
            calls = FailingCalls(folder, h, lambda: anew(h), lambda *run: end(h) or judge(h, *run))
            calls.check_all(15, "nothing lost, three attempts at most")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
