#!/usr/bin/env python3
"""The whole schema in one file, for phpMyAdmin's Import: what `ticketgate migrate` makes of an
empty database, with the rows that tell it that nothing is left to do.

usage: dump.py PROGRAM SQL EPOCH

PROGRAM  the bundle's program, which applies the migrations to a private MariaDB
SQL      the folder of the migrations' parent: SQL/sql has them
EPOCH    seconds since 1970: the time that the rows have; the text depends on nothing else

Prints the text. The statements are those that MariaDB 10.6 and MySQL 8.0 understand; a test imports
the file and compares."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = os.path.join(HERE, "../../tests/lib/mariadb.sh")
HEAD = """-- ticketgate: all tables, for Import in phpMyAdmin or any client, into an EMPTY database.
-- MariaDB 10.6 or newer, MySQL 8.0 or newer.
SET NAMES utf8mb4;
SET time_zone = '+00:00';
SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';
SET foreign_key_checks = 0;
"""
TAIL = "SET foreign_key_checks = 1;\n"


class Server:
    """A private MariaDB whose clock stands still for the account that migrates."""

    def __init__(self, epoch):
        self.folder = tempfile.mkdtemp(prefix="tg-dump.")
        os.chmod(self.folder, 0o755)
        self.run("start")
        self.socket = self.run("socket")
        self.sql(
            "CREATE DATABASE ticketgate CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;"
            "CREATE USER migrator@localhost IDENTIFIED BY 'private';"
            "GRANT ALL ON ticketgate.* TO migrator@localhost;"
            "SET GLOBAL init_connect = 'SET timestamp = %d'" % epoch,
            "mysql",
        )

    def run(self, verb):
        return subprocess.run(
            ["bash", SERVER, verb, self.folder + "/db"], check=True, capture_output=True, text=True
        ).stdout.strip()

    def sql(self, text, database="ticketgate"):
        """The rows of the statements, each a list of texts as they are."""
        out = subprocess.run(
            ["mariadb", "--no-defaults", "-S", self.socket, "-N", "-B", "-r"]
            + ["--default-character-set=utf8mb4", database],
            input="SET time_zone = '+00:00';" + text,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        return [line.split("\t") for line in out.rstrip("\n").split("\n") if line]

    def stop(self):
        self.run("stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def migrate(server, program, data):
    conf = server.folder + "/ticketgate.conf"
    with open(server.folder + "/ticketgate.key", "w") as f:
        f.write("0" * 64 + "\n")
    with open(conf, "w") as f:
        f.write(
            "db_socket = %s\ndb_name = ticketgate\ndb_user = migrator\ndb_password = private\n"
            "key_file = ticketgate.key\nshm_path = %s/shm\n" % (server.socket, server.folder)
        )
    for path in (conf, server.folder + "/ticketgate.key"):
        os.chmod(path, 0o600)
    p = subprocess.run(
        [program, "ticketgate", "--conf", conf, "migrate"],
        env=dict(os.environ, TG_DATA=data),
        capture_output=True,
        text=True,
    )
    if p.returncode:
        sys.exit("dump.py: migrate: " + p.stdout + p.stderr)


def create(server, table):
    """CREATE TABLE without what depends on the server's version or on former rows."""
    text = "\n".join("\t".join(row) for row in server.sql("SHOW CREATE TABLE `%s`" % table))
    text = text.split("\t", 1)[1]
    text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
    return text + ";\n"


def insert(server, table):
    """INSERT for the rows of a table in the order of its primary key, or nothing."""
    columns = server.sql(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'ticketgate' AND table_name = '%s'"
        " AND generation_expression IS NULL ORDER BY ordinal_position" % table
    )
    key = server.sql(
        "SELECT column_name FROM information_schema.key_column_usage"
        " WHERE table_schema = 'ticketgate' AND table_name = '%s'"
        " AND constraint_name = 'PRIMARY' ORDER BY ordinal_position" % table
    )
    values = []
    for name, kind in columns:
        if kind in ("binary", "varbinary", "blob", "mediumblob", "longblob"):
            values.append("IF(`%s` IS NULL, 'NULL', CONCAT('x''', HEX(`%s`), ''''))" % (name, name))
        else:
            values.append("QUOTE(`%s`)" % name)
    rows = server.sql(
        "SELECT CONCAT('(', CONCAT_WS(', ', %s), ')') FROM `%s` ORDER BY %s"
        % (", ".join(values), table, ", ".join("`%s`" % k[0] for k in key))
    )
    if not rows:
        return ""
    names = ", ".join("`%s`" % c[0] for c in columns)
    return "INSERT INTO `%s` (%s) VALUES\n  %s;\n" % (
        table,
        names,
        ",\n  ".join("\t".join(row) for row in rows),
    )


def main():
    program, data, epoch = sys.argv[1], sys.argv[2], int(sys.argv[3])
    server = Server(epoch)
    try:
        migrate(server, program, data)
        server.sql(  # what comes from the machine and its clock
            "UPDATE migration_lease SET holder = '';"
            "UPDATE venue_index SET built_at = FROM_UNIXTIME(%d)" % epoch
        )
        tables = [row[0] for row in server.sql("SHOW TABLES")]
        other = server.sql(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'ticketgate'"
            " AND table_type <> 'BASE TABLE' UNION ALL SELECT COUNT(*) FROM"
            " information_schema.routines WHERE routine_schema = 'ticketgate' UNION ALL"
            " SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'ticketgate'"
        )
        if other != [["0"]] * 3:
            sys.exit("dump.py: views, routines or triggers: this script does not write them")
        text = HEAD
        for table in sorted(tables):
            text += "\n" + create(server, table) + insert(server, table)
        sys.stdout.write(text + "\n" + TAIL)
    finally:
        server.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()
