"""The victims of tests/kill: each breaks one thing in the middle of a rush, and does what an init
system does: it starts the database, the web server and the senders again, nothing else."""
import os
import struct
import subprocess
import time

from harness import SRC, Site
from mail_fixture import FAST, FROM, SENDER
from mail_server import MailServer
from program_processes import Processes, kill, kill_by_name, kill_web_server
from sender_processes import CronSender
from shim import build_shim
from webhook_fixture import ALLOW, FLUSH

PROGRAM = "boxoffice"


class Disaster:
    """The shim of tests/lib/disaster.c."""

    def __init__(self, folder, name):
        self.file, self.so = "%s/%s" % (folder, name), "%s/%s.so" % (folder, name)
        build_shim("tests/lib/disaster.c", self.so)
        with open(self.file, "wb") as f:
            f.write(struct.pack("=qqq", 0, 0, 0))
        for path, mode in ((self.so, 0o755), (self.file, 0o666)):
            os.chmod(path, mode)  # the database's user is another one
        self.env = {"LD_PRELOAD": self.so, "TG_DISASTER": self.file}

    def put(self, at, value):
        with open(self.file, "r+b", buffering=0) as f:
            f.seek(8 * at)
            f.write(struct.pack("=q", value))

    def clock(self, seconds):
        self.put(0, seconds)

    def disk_full(self, full):
        self.put(1, int(full))

    def met(self):
        """How often a file could not grow."""
        with open(self.file, "rb") as f:
            return struct.unpack("=qqq", f.read(24))[2]


class KillSite(Site):
    """A site with a Disaster for the web server and the programs, one for the database, a mail
    server and both senders."""

    def __init__(self, folder):
        self.disaster, self.store = Disaster(folder, "web"), Disaster(folder, "store")
        self.database_pid = None  # of the one that should be running
        self.database_ends = 0  # how often it has ended by itself
        self.mail = MailServer(bodies=False)
        Site.__init__(
            self,
            workers=3,
            conf=ALLOW
            + "public_url = https://shop.example\n"
            + "mail_url = %s\nmail_from = %s\n" % (self.mail.url(), FROM)
            + FAST,
            database="innodb-flush-log-at-trx-commit=1",
            env=self.disaster.env,
        )
        self.damaged = False  # the database has lost rows by itself, and says so
        self.command("org", "set", "test", "--checkout-url", "https://shop.example/pay")
        self.webhook_sender = CronSender(self, [FLUSH], "webhook_deliveries")
        self.mail_sender = CronSender(self, SENDER, "mail_messages")
        self.senders = [self.webhook_sender, self.mail_sender]

    def stop(self):
        Site.stop(self)
        self.mail.stop()

    def mariadb(self, verb):
        """A start that is needed, and that no kill or stop came before, counts in database_ends:
        the server's log cannot tell, for it has no room for a last word on a full disk."""
        self.database_env = self.store.env
        out = Site.mariadb(self, verb)
        if verb in ("kill", "stop"):
            self.database_pid = None
        elif verb == "start":
            pid = int(Site.mariadb(self, "status"))
            self.database_ends += self.database_pid not in (None, pid)
            self.database_pid = pid
        return out

    def clock(self, seconds):
        self.disaster.clock(seconds)
        self.store.clock(seconds)

    def database_log(self):
        with open(self.dir + "/db/log/db.err", errors="replace") as f:
            return f.read()

    def database_has_room(self):
        """After a full disk: what an init system does, and what doc/databases.md tells to do."""
        self.store.disk_full(False)
        for left in (1, 0):  # one that gives up answers on while it writes its last words
            self.mariadb("start")  # if it has ended: InnoDB gives up on some of its files
            try:
                return rebuild_indexes(self)
            except subprocess.CalledProcessError:
                if left == 0:
                    raise


# ---- one thing each, at a moment that was chosen before ----


def one_worker(site, dice):
    workers = Processes(site, PROGRAM).workers
    return kill(*dice.sample(workers, min(1, len(workers))))


def several_workers(site, dice):
    n = 0
    for _ in range(dice.randint(2, 4)):
        n += one_worker(site, dice)
        time.sleep(dice.random() * 0.3)
    return n


def all_workers(site, dice):
    return kill(*Processes(site, PROGRAM).workers)


def master(site, dice):
    return kill(*filter(None, [Processes(site, PROGRAM).master]))


def standby(site, dice):
    return kill(*filter(None, [Processes(site, PROGRAM).standby]))


def all_by_name(site, dice):
    return kill_by_name(site, PROGRAM)


def web_server(site, dice):
    kill_web_server(site)
    return 1


def database(site, dice):
    site.mariadb("kill")
    time.sleep(dice.random() * 0.3)
    site.mariadb("start")
    return 1


def database_twice(site, dice):
    database(site, dice)
    time.sleep(dice.random() * 0.4)
    return 1 + database(site, dice)


def database_and_web_server(site, dice):
    site.mariadb("kill")
    kill_web_server(site)
    site.mariadb("start")
    return 2


def kill_sender(sender, dice):
    for _ in range(3):
        sender.kill()
        time.sleep(0.1 + dice.random() * 0.2)
    return 3


def webhook_sender(site, dice):
    return kill_sender(site.webhook_sender, dice)


def mail_sender(site, dice):
    return kill_sender(site.mail_sender, dice)


def sweep(site, dice):
    for _ in range(4):
        p = subprocess.Popen(
            [site.build + "/ticketgate", "sweep"],
            env=dict(os.environ, TG_CONF=site.conf, TG_DATA=SRC, **site.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(dice.random() * 0.05)
        p.kill()
        p.wait()
    return 4


def rebuild_indexes(site):
    """What doc/databases.md tells to do after a full disk: a file that cannot grow while InnoDB
    splits a page may leave a secondary index that disagrees with its table."""
    tables = [row[0] for row in site.sql("SHOW TABLES")]
    found = site.sql("CHECK TABLE " + ", ".join(tables))
    damaged = sorted({row[0] for row in found if row[2] != "status"})
    for table in damaged:
        site.sql("ALTER TABLE %s FORCE" % table)
    if damaged:
        site.damaged = True
        print("# the full disk damaged indexes, rebuilt: %s" % " ".join(damaged), flush=True)


def disk_full(site, dice):
    site.store.disk_full(True)
    time.sleep(0.3 + dice.random())
    site.database_has_room()
    return 1


def clock_forward(site, dice):
    site.clock(3600)
    return 1


def clock_back(site, dice):
    site.clock(-3600)
    return 1


VICTIMS = {
    "one worker": one_worker,
    "several workers": several_workers,
    "all workers": all_workers,
    "master": master,
    "standby process": standby,
    "all of the program's name": all_by_name,
    "web server": web_server,
    "database": database,
    "database twice": database_twice,
    "database and web server": database_and_web_server,
    "webhook sender": webhook_sender,
    "mail sender": mail_sender,
    "sweep": sweep,
    "disk full": disk_full,
    "clock an hour forward": clock_forward,
    "clock an hour back": clock_back,
}
