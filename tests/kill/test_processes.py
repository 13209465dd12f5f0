#!/usr/bin/env python3
"""kill -9 of any process of a program, or of the web server, idle and busy: it serves again without
anybody's help, all processes are there again, and none is left over. TG_KILLS: kills of each."""
import http.client
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish, skip, wait_for  # noqa: E402
from program_processes import (
    Processes,
    all_of,
    end_all,
    kill,
    kill_by_name,
    kill_web_server,
)  # noqa: E402
from shim import build_shim  # noqa: E402

KILLS = int(os.environ.get("TG_KILLS", "3"))
PROGRAM = "boxoffice"
INSIDE = "--inside"


def kill_one_worker(site):
    kill(*Processes(site, PROGRAM).workers[:1])


def kill_all_workers(site):
    kill(*Processes(site, PROGRAM).workers)


def kill_master(site):
    kill(Processes(site, PROGRAM).master)


def kill_standby(site):
    kill(*filter(None, [Processes(site, PROGRAM).standby]))


def kill_master_and_standby(site):
    p = Processes(site, PROGRAM)
    kill(*filter(None, [p.standby, p.master]))


def kill_name(site):
    kill_by_name(site, PROGRAM)


VICTIMS = {
    "a worker": kill_one_worker,
    "all workers": kill_all_workers,
    "the master": kill_master,
    "the standby process": kill_standby,
    "the master and the standby process": kill_master_and_standby,
    "all of its name": kill_name,
    "the web server": kill_web_server,
}


class Load:
    """Clients that ask until they are stopped; answers counts their statuses."""

    def __init__(self, site, key, n=6):
        self.site, self.key, self.over, self.answers = site, key, threading.Event(), {}
        self.threads = [threading.Thread(target=self.run) for _ in range(n)]
        for t in self.threads:
            t.start()

    def run(self):
        while not self.over.is_set():
            status = ask(self.site, self.key)
            self.answers[status] = self.answers.get(status, 0) + 1
            if status != 400:
                time.sleep(0.01)

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()


def ask(site, key):
    """The status of an order without a body: 400 when all is well."""
    try:
        return site.post("/orders", key, {}, mount="/box-office/v1").status
    except (OSError, http.client.HTTPException) as e:
        return type(e).__name__


def heals(site, key):
    """Seconds until it serves, and until all processes are there; None: never."""
    begin = time.monotonic()
    if not wait_for(lambda: ask(site, key) == 400, 15):
        return None
    serves = time.monotonic() - begin
    p = wait_for(lambda: Processes(site, PROGRAM).whole(site), 15)
    ends = p and wait_for(lambda: not Processes(site, PROGRAM).others, 40)
    return (serves, time.monotonic() - begin) if ends else None


def kills(site, key, name, busy):
    took, down, told = [], 0, {}
    for _ in range(KILLS):
        load = Load(site, key) if busy else None
        if busy:
            wait_for(lambda: load.answers.get(400, 0) > 30, 20)
        VICTIMS[name](site)
        got = heals(site, key)
        if load:
            load.stop()
            for status, n in load.answers.items():
                told[status] = told.get(status, 0) + n
        if got:
            took.append(got)
        else:
            down += 1
            start_over(site)
    print(
        "# %s, %s: down until restarted %d of %d; served again after %s s; answers %s"
        % (
            name,
            "busy" if busy else "idle",
            down,
            KILLS,
            ", ".join("%.2f" % t[0] for t in sorted(took)),
            told,
        ),
        flush=True,
    )
    what = "%s, killed %d times while %s" % (name, KILLS, "busy" if busy else "idle")
    check(what + ": it always heals by itself", down == 0, told)
    check(what + ": nobody is told 500", 500 not in told, told)


def start_over(site):
    site.stop_web()
    end_all(site)
    site.start_web()


def ends_with_the_web_server(site):
    """Also the masters that lighttpd has not started itself."""
    site.stop_web()
    check(
        "all processes end with the web server",
        wait_for(lambda: not all_of(site), 20),
        all_of(site),
    )


def late_standby(site, key):
    """A standby process that comes to run only when its master was killed and the next one has a
    standby process."""
    ends_with_the_web_server(site)
    shim, hold = site.dir + "/late_standby.so", site.dir + "/hold"
    build_shim("tests/lib/late_standby.c", shim)
    site.env = {"LD_PRELOAD": shim, "TG_HOLD": hold}
    site.start_web()
    whole = lambda: Processes(site, PROGRAM).whole(site)
    check("with the shim it serves", ask(site, key) == 400 and wait_for(whole, 30))
    p = Processes(site, PROGRAM)
    open(hold, "w").close()
    kill(p.standby)
    check("the next standby process is held", wait_for(lambda: os.path.exists(hold + ".held"), 30))
    kill(p.master)
    check("another master has one", wait_for(whole, 30), all_of(site, PROGRAM))
    os.unlink(hold + ".held")
    ends = wait_for(lambda: not Processes(site, PROGRAM).others, 30)
    check("the late one ends", ends and whole(), all_of(site, PROGRAM))
    site.env = {}


def start_without_the_web_server(site):
    """lighttpd is killed while the programs start, before they know who started them."""
    ends_with_the_web_server(site)
    shim = site.dir + "/orphan.so"
    build_shim("tests/lib/orphan.c", shim)
    site.env = {"LD_PRELOAD": shim}
    site.launch_web()
    programs = [name for name in os.listdir(site.build + "/fcgi") if name.endswith(".fcgi")]
    started = wait_for(lambda: len(all_of(site)) == len(programs), 30)
    check("all programs are starting", started, all_of(site))
    site.lighttpd.kill()
    site.lighttpd.wait()
    check("none stays without it", wait_for(lambda: not all_of(site), 20), all_of(site))


def all_of_it(site):
    key = site.key()
    for name in VICTIMS:
        for busy in (False, True):
            kills(site, key, name, busy)
    kill_master(site)
    check("a last kill of the master", heals(site, key))
    late_standby(site, key)
    start_without_the_web_server(site)


def in_a_container():
    """Again where process 1, the parent of orphans, has their session."""
    own = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    own += [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if subprocess.run([*own, "true"], capture_output=True).returncode:
        skip("orphans in a container", "a process namespace of its own is not permitted here")
        return
    script = [os.path.abspath(__file__), INSIDE]
    rc = subprocess.run(
        [*own, "sh", "-c", '"$0" "$@"; exit $?', sys.executable, *script]
    ).returncode
    check("none stays in a container, either", rc == 0)


def run(steps):
    with Site(workers=3) as site:
        try:
            steps(site)
        finally:
            site.stop_web()
            end_all(site)


if sys.argv[1:] == [INSIDE]:
    run(start_without_the_web_server)
else:
    run(all_of_it)
    in_a_container()
finish()
