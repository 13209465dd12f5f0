"""The senders that cron starts, as processes of a test."""
import os
import random
import subprocess
import threading


class SenderProcesses:
    """Of a fixture that has a site. command: the program and what comes before its options."""

    def __init__(self, command, site):
        self.command, self.site, self.running = command, site, []

    def start(self, *args, env=None, wrap=()):
        p = subprocess.Popen(
            [*wrap, *self.command, "--conf", self.site.conf, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ, **(env or {})),
        )
        self.running.append(p)
        return p

    def run(self, *args, env=None, timeout=120):
        """Runs it to its end; --once unless told otherwise. (exit status, what it said)"""
        p = self.start(*(args or ("--once",)), env=env)
        out, err = p.communicate(timeout=timeout)
        return p.returncode, out + err

    def end(self):
        for p in self.running:
            if p.poll() is None:
                p.kill()
                p.wait()


class CronSender:
    """A sender that is started again when it ends. table: what it sends."""

    def __init__(self, site, command, table):
        self.site, self.command, self.table = site, command, table
        self.over, self.p = threading.Event(), None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over.is_set():
            self.p = self.start("--seconds", "3600")
            while self.p.poll() is None and not self.over.wait(0.05):
                pass
        self.p.kill()
        self.p.wait()

    def start(self, *args):
        return subprocess.Popen(
            [*self.command, "--conf", self.site.conf, *args],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, **self.site.env),
        )

    def kill(self):
        if self.p:
            self.p.kill()

    def stop(self):
        self.over.set()
        self.thread.join()

    def end(self, db):
        """Everything is sent; the leases of those that were killed have ended."""
        self.stop()
        for _ in range(3):
            db.sql("UPDATE %s SET due_at = NOW(3) WHERE due_at IS NOT NULL" % self.table)
            self.start("--once").wait()


class KilledSender(CronSender):
    """One that is killed each time it has run for a moment. kills: how often."""

    kills = 0

    def run(self):
        while not self.over.is_set():
            p = self.start()
            self.over.wait(random.uniform(0.2, 0.8))
            p.kill()
            p.wait()
            self.kills += 1
