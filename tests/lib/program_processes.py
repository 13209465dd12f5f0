"""The processes of a program of a site, whoever their parent is, and killing them."""
import os
import re
import signal
import time

from concurrency import process_name
from harness import wait_for


class Processes:
    """master: a pid or None; workers: its children; standby: beside it, or None; others: of a
    master before it."""

    def __init__(self, site, program):
        parents = {pid: parent for pid, parent in all_of(site, program).items()}
        heads = {p for p in parents.values() if p in parents}
        self.master = max(heads, key=started, default=None)  # numbers begin again at the highest
        mine = [p for p, parent in parents.items() if parent == self.master and p != self.master]
        self.standby = next((p for p in mine if process_name(p) == "standby"), None)
        self.workers = [p for p in mine if p != self.standby]
        self.others = [p for p in parents if p != self.master and p not in mine]

    def whole(self, site):
        return self.master and self.standby and len(self.workers) == site.workers


def stat(pid):
    """(parent, start in ticks since the machine's: proc(5)); None when it has ended."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            words = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if words[0] == "Z" else (int(words[1]), int(words[19]))


def started(pid):
    """0 when it has ended."""
    return (stat(pid) or (0, 0))[1]


def all_of(site, program=r"\w+"):
    """{pid: its parent} of a program, or of all."""
    found = {}
    wanted, conf = (
        re.compile(rb"/fcgi/%s\.fcgi" % program.encode()),
        b"TG_CONF=" + site.conf.encode(),
    )
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/cmdline" % name, "rb") as f:
                if not wanted.search(f.read()):
                    continue
            with open("/proc/%s/environ" % name, "rb") as f:
                if conf not in f.read():
                    continue
        except OSError:
            continue
        state = stat(int(name))
        if state:
            found[int(name)] = state[0]
    return found


def kill(*pids):
    """SIGKILL; those that have ended already are passed over. How many there were."""
    n = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            n += 1
        except ProcessLookupError:
            pass
    return n


def kill_web_server(site):
    """Of lighttpd alone, which is started again as an init system would: systemd waits 100 ms."""
    site.lighttpd.kill()
    site.lighttpd.wait()
    time.sleep(0.1)
    site.launch_web()


def kill_by_name(site, program):
    """All processes that `killall -9 boxoffice.fcgi` finds."""
    pids = [p for p in sorted(all_of(site, program)) if process_name(p) == program + ".fcgi"]
    return kill(*pids)


def end_all(site):
    """For the end of a test: nothing is left behind, whatever it broke."""
    wait_for(lambda: not all_of(site), 10)
    kill(*all_of(site))
