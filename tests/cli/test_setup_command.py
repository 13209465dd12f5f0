#!/usr/bin/env python3
"""`ticketgate setup` at a terminal: prompts, secrets that are not shown, and an installation."""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, SRC, Site, check, finish, free_port, remove_shared_memory  # noqa: E402

SECRETS = ("the secret of the database", "correct horse battery")


class Terminal:
    """A command at a terminal of its own, that is answered prompt by prompt."""

    def __init__(self, *argv, env=None):
        self.fd, end = pty.openpty()
        self.p = subprocess.Popen(argv, stdin=end, stdout=end, stderr=end, env=env, close_fds=True)
        os.close(end)
        self.shown = ""

    def read(self, until, seconds=60):
        """Reads until the pattern is shown; false at the end or when it is not in time."""
        end, at = time.monotonic() + seconds, len(self.shown)
        while not re.search(until, self.shown[at:]):
            ready = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
            try:
                piece = os.read(self.fd, 4096) if ready else b""
            except OSError:  # the command has ended
                piece = b""
            if not piece:
                return False
            self.shown += piece.decode("utf-8", "replace")
        return True

    def answer(self, prompt, text):
        if not self.read(prompt):
            raise RuntimeError("no prompt %r: %s" % (prompt, self.shown))
        os.write(self.fd, (text + "\n").encode())

    def end(self):
        while self.read("\0"):
            pass
        os.close(self.fd)
        return self.p.wait()


def command(folder, *more, env=None):
    known = {k: v for k, v in os.environ.items() if k != "TG_CONF"}
    argv = (BUILD + "/ticketgate", "setup", "--folder", folder, *more)
    return Terminal(*argv, env={**known, "TG_DATA": SRC, **(env or {})})


def run(folder, port, password, owner=SECRETS[1]):
    t = command(folder)
    for prompt, text in (
        ("Database host", "127.0.0.1:%d" % port),
        ("Database name", "tickets"),
        ("Database user", "you"),
        ("Database password", password),
        ("organization", "Bayanihan Live"),
        ("email", "ana@example.com"),
        ("Your password", owner),
        ("Address of the site", "https://tickets.example"),
        ("Path of ticketgate", "/shop"),
    ):
        t.answer(prompt, text)
    return t.end(), t.shown


def main():
    port = free_port()
    lines = "skip-networking=0\nbind-address=127.0.0.1\nport=%d\nskip-name-resolve=1" % port
    with Site(database=lines) as site, tempfile.TemporaryDirectory() as folder:
        site.sql(
            "CREATE DATABASE tickets; CREATE USER you@127.0.0.1 IDENTIFIED BY '%s';"
            "GRANT ALL ON tickets.* TO you@127.0.0.1" % SECRETS[0],
            "mysql",
        )
        status, shown = run(folder, port, "wrong")
        check(
            "a wrong password: the server's words, what to do, and no files",
            status == 1 and "Access denied" in shown and "panel" in shown,
            shown,
        )
        left = [n for n in os.listdir(folder) if n.endswith((".conf", ".new", ".setup"))]
        check("and nothing that programs could find", not left, left)
        status, shown = run(folder, port, SECRETS[0])
        check("set up", status == 0 and "tn_live_" in shown, shown)
        check("secrets are not shown", not any(s in shown for s in SECRETS), shown)
        conf = folder + "/ticketgate.conf"
        check(
            "the files are the owner's", os.stat(conf).st_mode & 0o777 == 0o600, os.listdir(folder)
        )
        p = subprocess.run(
            [BUILD + "/ticketgate", "--conf", conf, "user", "list"], capture_output=True, text=True
        )
        check("the owner is there", "ana@example.com" in p.stdout and "owner" in p.stdout, p)
        t = command(folder, env={"TG_CONF": conf})
        check(
            "a second time: told that it is done", t.end() == 1 and "was done" in t.shown, t.shown
        )
        remove_shared_memory(conf)
    finish()


main()
