"""A host as it is before setup: a home folder with what was uploaded, an empty database with one
account, and Apache. The program is TG_SUITE, or that of the build."""
import json
import os
import shutil
import subprocess
import sys

from browser import browse
from harness import BUILD, PASSWORD as OWNER, SRC, SUITE, free_port
from hosted import PASSWORD, Hosted

sys.path.insert(0, os.path.join(SRC, "packaging", "bundle"))
import htaccess  # noqa: E402

PROGRAM = SUITE or BUILD + "/suite/ticketgate.fcgi"


class Uploaded(Hosted):
    """below: a folder of the document root that has the site, "" for the document root itself."""

    def __init__(self, variant="minimal", below="", **more):
        self.below = below
        super().__init__(variant, **more)

    def start(self):
        self.home = self.dir + "/home"
        self.document_root = self.home + "/public_html"
        self.root = self.document_root + self.below
        self.program = self.root + "/ticketgate.fcgi"
        self.conf = self.home + "/private/ticketgate.conf"
        shutil.copytree(SRC + "/htdocs", self.root)
        shutil.copytree(
            SRC + "/sql", self.root + "/sql" if self.below else self.home + "/private/sql"
        )
        shutil.copy(PROGRAM, self.program)
        with open(SRC + "/conf/htaccess") as f:
            text = htaccess.variant(self.variant, f.read())
        with open(self.root + "/.htaccess", "w") as f:
            f.write(text)
        self.mariadb("start")
        self.socket = self.mariadb("socket")
        self.new_database("ticketgate")
        self.give()
        self.start_web()

    def new_database(self, name, privileges="ALL PRIVILEGES"):
        self.sql(
            "CREATE DATABASE IF NOT EXISTS %s;"
            "CREATE USER IF NOT EXISTS you@localhost IDENTIFIED BY '%s';"
            "GRANT %s ON %s.* TO you@localhost" % (name, PASSWORD, privileges, name),
            "mysql",
        )

    def configure(self):
        """What setup does: the tables, a configuration, an organization."""
        self.write_configuration(
            "db_socket = %s\ndb_user = you\ndb_password = %s\n" % (self.socket, PASSWORD)
        )
        self.give()
        self.command("migrate")
        self.org()

    def write_configuration(self, database, key=None):
        folder, self.home = self.home, os.path.dirname(self.conf)
        try:
            super().write_configuration(database, key)
        finally:
            self.home = folder

    def apache(self):
        """The document root is the same for all of the domain."""
        root, self.root = self.root, self.document_root
        try:
            return super().apache()
        finally:
            self.root = root

    def code(self):
        """The code that the owner reads by FTP."""
        path = self.home + "/private/setup-code.txt"
        mode = subprocess.run(["stat", "-c", "%a", path], capture_output=True, text=True).stdout
        with open(path) as f:
            return f.read().strip(), mode.strip()

    def answers(self):
        """The web server runs the program, which has no configuration yet."""
        try:
            return self.get("/me", mount=self.below + "/open-api/v1").status in (401, 503)
        except OSError:
            return False


class Host(Uploaded):
    """The database is reached by TCP: its socket is not where programs look for one."""

    def __init__(self, **more):
        self.db_port = free_port()
        super().__init__(**more)

    def mariadb(self, verb):
        self.database = (
            "innodb-flush-log-at-trx-commit=2\nskip-networking=0\nbind-address=127.0.0.1\n"
            "port=%d\nskip-name-resolve=1" % self.db_port
        )
        return super().mariadb(verb)

    def new_database(self, name, privileges="ALL PRIVILEGES"):
        self.sql(
            "CREATE DATABASE IF NOT EXISTS %s;"
            "CREATE USER IF NOT EXISTS you@127.0.0.1 IDENTIFIED BY '%s';"
            "GRANT %s ON %s.* TO you@127.0.0.1" % (name, PASSWORD, privileges, name),
            "mysql",
        )

    def state(self):
        return self.get("/state", mount=self.below + "/setup/v1")

    def form(self, code, **other):
        return {
            "code": code,
            "host": "127.0.0.1:%d" % self.db_port,
            "name": "ticketgate",
            "user": "you",
            "password": PASSWORD,
            "organization": "Bayanihan Live",
            "email": "ana@example.com",
            "ownerPassword": OWNER,
            "publicUrl": "http://127.0.0.1:%d" % self.port,
            "basePath": self.below,
            **other,
        }

    def browse(self, name="", host=None):
        """A person fills in the page in Chromium; then there is a configuration."""
        self.state()
        browse(
            "setup.mjs",
            self,
            code=self.code()[0],
            host=host or "127.0.0.1:%d" % self.db_port,
            password=PASSWORD,
            base=self.below,
            name=name,
        )

    def install(self, answers):
        """(status, the lines of the answer, or its error)"""
        r = self.post("/installation", None, answers, mount=self.below + "/setup/v1")
        if r.status != 200:
            return r.status, r.error
        return r.status, [json.loads(line) for line in r.raw.decode().splitlines()]

    def problem(self, **other):
        """What is wrong with answers of which some are other ones."""
        status, lines = self.install(self.form(self.code()[0], **other))
        return lines[-1].get("problem", lines[-1]) if status == 200 else {"status": status}
