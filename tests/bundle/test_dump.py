#!/usr/bin/env python3
"""The dump for phpMyAdmin: imported into an empty database, by one account without other rights, it
is what the migrations make; the command finds nothing to do and nothing wrong."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402
from hosted import PASSWORD, archive, unpack  # noqa: E402

SERVERS = ("", "mysql-9.7")


class Imported(Site):
    """Two databases of one server: `ticketgate` is imported, `migrated` is migrated."""

    def __init__(self, server):
        self.database_env = {"TG_DB_SERVER": server}
        super().__init__()

    def start(self):
        top = unpack(self.dir)
        self.program, self.data = top + "/site/ticketgate.fcgi", top + "/private"
        self.mariadb("start")
        self.socket = self.mariadb("socket")
        self.sql(
            "CREATE DATABASE ticketgate; CREATE DATABASE migrated;"
            "CREATE USER you@localhost IDENTIFIED BY '%s';"
            "GRANT ALL PRIVILEGES ON ticketgate.* TO you@localhost;"
            "GRANT ALL PRIVILEGES ON migrated.* TO you@localhost" % PASSWORD,
            "mysql",
        )
        with open(top + "/database/ticketgate.sql") as f:
            self.imported = subprocess.run(
                ["mariadb", "--no-defaults", "-S", self.socket, "-u", "you", "ticketgate"],
                stdin=f,
                env=dict(os.environ, MYSQL_PWD=PASSWORD),
                capture_output=True,
                text=True,
            )
        self.account = "db_socket = %s\ndb_user = you\ndb_password = %s\n" % (
            self.socket,
            PASSWORD,
        )
        self.write_configuration(self.account)

    def run(self, *argv):
        return subprocess.run(
            [self.program, *argv],
            env={"TG_CONF": self.conf, "TG_DATA": self.data},
            capture_output=True,
            text=True,
        )


def schema(site, database):
    """{table: its definition}, without counters and without the server's default collation, which
    the table of the migrations' lease has."""
    out = {}
    for (table,) in site.sql("SHOW TABLES", database):
        text = site.sql("SHOW CREATE TABLE `%s`" % table, database)[0][1]
        text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
        out[table] = re.sub(r" COLLATE utf8mb4_(general|0900_ai)_ci", "", text)
    return out


def test(server):
    what = server or "MariaDB"
    with Imported(server) as site:
        check(what + ": import", site.imported.returncode == 0, site.imported.stderr)
        p = site.run("ticketgate", "migrate")
        check(what + ": nothing to migrate", "up to date" in p.stdout, p.stdout + p.stderr)
        p = site.run("ticketgate", "verify")
        check(what + ": verify", p.returncode == 0 and "no mismatches" in p.stdout, p.stdout)
        for argv in (["--check"], ["webhook-flush", "--check"], ["mail-send", "--check"]):
            p = site.run(*argv)
            check("%s: %s" % (what, argv), p.returncode == 0 and ", 0 failed" in p.stdout, p.stdout)
        p = site.run("ticketgate", "doctor", "--json")
        bad = [f for f in json.loads(p.stdout) if f["state"] == "fail"]
        check(what + ": doctor finds no error", p.returncode == 0 and not bad, bad)
        imported = schema(site, "ticketgate")
        site.write_configuration(site.account + "db_name = migrated\n")
        p = site.run("ticketgate", "migrate")
        check(what + ": the migrations", p.returncode == 0, p.stdout + p.stderr)
        migrated = schema(site, "migrated")
        differ = [
            (t, imported.get(t), migrated.get(t))
            for t in sorted(set(imported) | set(migrated))
            if imported.get(t) != migrated.get(t)
        ]
        check(
            "%s: %d tables, as the migrations make them" % (what, len(migrated)),
            len(migrated) > 30 and not differ,
            differ[:3],
        )


def main():
    check("an archive", os.path.exists(archive()))
    for server in SERVERS:
        test(server)
    finish()


if __name__ == "__main__":
    main()
