"""A sender whose calls to the database fail, one after the other, each in several ways."""
import signal

from concurrency import Fault, wait_for_no_transactions
from harness import check

MODES = [
    ("killed before", signal.SIGKILL, 0),
    ("killed after", signal.SIGKILL, 1),
    ("deadlock", 1213, 0),
    ("lost before", 2013, 0),
    ("lost reply", 2013, 1),
]
KINDS = {1: "prepare", 2: "execute", 3: "query", 4: "commit", 5: "rollback"}
MOST = 200  # calls of a run


class FailingCalls:
    """fixture: with start() and db. prepare(): anew before each run. judge(fired, code): what is
    wrong after it, or ""; fired: a call has failed; code: of the run."""

    def __init__(self, folder, fixture, prepare, judge):
        self.fault, self.fixture = Fault(folder), fixture
        self.prepare, self.judge = prepare, judge

    def run(self, n, error, late):
        """The nth call fails. (whether there is one, what is wrong)"""
        self.prepare()
        self.fault.arm(n, error, late)
        p = self.fixture.start("--once", wrap=self.fault.wrap.split(" "))
        code = p.wait(60)
        said = p.stderr.read()
        fired, kind = self.fault.disarm()
        problem = ""
        if error == signal.SIGKILL and fired and code != -signal.SIGKILL:
            problem = "not killed: %d %s" % (code, said)
        problem = problem or self.judge(fired, code)
        return fired, problem and "call %d (%s): %s" % (n, KINDS.get(kind, "-"), problem)

    def check_all(self, least, what):
        """In each mode: all calls, of which there are more than `least`."""
        for name, error, late in MODES:
            wrong, n, fired = [], 0, True
            while fired and n < MOST:
                n += 1
                fired, problem = self.run(n, error, late)
                wrong += [problem] if problem else []
            check(
                "%s each of %d calls: %s" % (name, n - 1, what),
                not wrong and least < n < MOST,
                "\n".join(wrong) or n,
            )
            check("  no transaction left open", wait_for_no_transactions(self.fixture.db))
