#!/usr/bin/env python3
"""The sender of mail is killed at every step: before and after each call to the database, and with
each of those calls failing in other ways. Nothing is lost, nothing has more than three attempts,
and a message arrives twice only when the sender died, or lost the database, after the server took
it."""
import os
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mail_fixture import MailFixture  # noqa: E402
from concurrency import Fault, wait_for_no_transactions  # noqa: E402
from harness import check, finish  # noqa: E402

MODES = [
    ("killed before", signal.SIGKILL, 0),
    ("killed after", signal.SIGKILL, 1),
    ("deadlock", 1213, 0),
    ("lost before", 2013, 0),
    ("lost reply", 2013, 1),
]
KINDS = {1: "prepare", 2: "execute", 3: "query", 4: "commit", 5: "rollback"}
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


def every_call(h, fault, name, error, late):
    wrong, n = [], 0
    while n < 200:
        n += 1
        anew(h)
        fault.arm(n, error, late)
        p = h.start("--once", wrap=fault.wrap.split(" "))
        code = p.wait(60)
        said = p.stderr.read()
        fired, where = fault.disarm()
        problem = ""
        if error == signal.SIGKILL and fired and code != -signal.SIGKILL:
            problem = "not killed: %d %s" % (code, said)
        problem = problem or end(h) or judge(h, fired, code)
        if problem:
            wrong.append("call %d (%s): %s" % (n, KINDS.get(where, "-"), problem))
        if not fired:
            break
    check(
        "%s each of %d calls: nothing lost, three attempts at most" % (name, n - 1),
        not wrong and 15 < n < 200,
        "\n".join(wrong) or n,
    )
    check("  no transaction left open", wait_for_no_transactions(h.db))


def main():
    folder = tempfile.mkdtemp(prefix="tg-kill-")
    try:
        with MailFixture() as h:
            h.server.answer("RCPT", "550 5.1.1 no such user", when="bad@")
            fault = Fault(folder)
            for name, error, late in MODES:
                every_call(h, fault, name, error, late)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
