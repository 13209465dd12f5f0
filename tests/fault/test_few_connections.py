#!/usr/bin/env python3
"""Database accounts that may open fewer connections than there are processes, as on shared hosting:
those that find none wait, those that do not need theirs give it up, and nobody is refused."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import Client, Db, run_concurrently  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402

WORKERS, ALLOWED, CLIENTS, ROUNDS = 8, 2, 16, 8
CONF = "%s\n[venues]\ndb_user = shop\ndb_password = shop\n"


def connections(db):
    """Of the program that has an account of its own. MySQL refuses its processlist while a
    statement has bytes that are no text (error 3854)."""
    while True:
        try:
            ask = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'shop'"
            return int(db.one(ask))
        except RuntimeError as e:
            if "3854" not in str(e):
                raise


def limit(db, n):
    db.sql("CREATE USER IF NOT EXISTS shop@localhost IDENTIFIED BY 'shop'")
    db.sql("GRANT ALL ON ticketgate.* TO shop@localhost")
    db.sql("ALTER USER shop@localhost WITH MAX_USER_CONNECTIONS %d" % n)


def crowd(site, db):
    clients = [Client(site, site.key()) for _ in range(CLIENTS)]
    limit(db, ALLOWED)

    def work(c, i):
        got = [c.get("/venues?q=x%d-%d" % (i, n)).status for n in range(ROUNDS)]
        return got

    results = run_concurrently(clients, work)
    wrong = [r for r in results if r != [200] * ROUNDS]
    check(
        "%d clients of %d workers with %d connections: all are served"
        % (CLIENTS, WORKERS, ALLOWED),
        not wrong,
        wrong,
    )


def none_free(site, db):
    """Something else keeps all connections in use: the wait has an end, and a reason."""
    limit(db, 1)
    site.stop_web()
    wait_for(lambda: not connections(db))
    other = subprocess.Popen(
        ["mariadb", "--no-defaults", "-S", site.socket, "-u", "shop", "-pshop", "-n"],
        stdin=subprocess.PIPE,
    )
    wait_for(lambda: connections(db))
    site.start_web()
    key = site.key()
    r = site.get("/venues?q=none", key)
    check(
        "none becomes free: 503 with Retry-After, and the log says why",
        r.status == 503 and r.headers.get("retry-after") and "max_user_connections" in site.log(),
        r,
    )
    other.stdin.close()
    other.wait()
    free = wait_for(lambda: site.get("/venues?q=free", key).status == 200, 20)
    check("and served when one is", free)


def idle():
    with Site(workers=2, conf=CONF % "db_idle = 1s") as site:
        db = Db(site)
        limit(db, 0)
        key = site.key()
        check("a request opens a connection", site.get("/venues?q=a", key).status == 200)
        check(
            "which is closed when it was idle for db_idle",
            connections(db) and wait_for(lambda: not connections(db), 30),
            connections(db),
        )
        check("and opened again", site.get("/venues?q=b", key).status == 200)
        db.close()


def main():
    with Site(workers=WORKERS, conf=CONF % "") as site:
        db = Db(site)
        crowd(site, db)
        none_free(site, db)
        db.close()
    idle()
    finish()


main()
