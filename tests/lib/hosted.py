"""The portable bundle as its user has it: unpacked into a home folder, one database account, and a
web server that belongs to the host. For tests/bundle.

Environment: TG_BUNDLE a folder with the archives (make bundle), TG_SRC the source root."""
import glob
import os
import platform
import pwd
import shutil
import subprocess
import sys
import tarfile

from harness import SRC, Site, free_port, wait_for

sys.path.insert(0, os.path.join(SRC, "tests", "hosting"))
from servers import apache_conf  # noqa: E402

FOLDER = os.environ.get("TG_BUNDLE") or os.path.join(SRC, "var", "check", "bundle")
PASSWORD = "a password of one account"
# The host's user: Apache does not run programs as root.
USER = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

# A program that shows two of the variables it gets, and sends a status and two cookies.
SHOWS = r"""#!/bin/sh
printf 'Status: 202 Accepted\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\n'
printf 'Set-Cookie: b=2\r\n\r\n[%s][%s]' "$HTTP_AUTHORIZATION" "$HTTP_PROXY"
"""


def archive(ending=".tar.gz", arch=None, folder=FOLDER):
    """The path of the one archive of this ending."""
    found = glob.glob("%s/ticketgate-*-linux-%s%s" % (folder, arch or platform.machine(), ending))
    if len(found) != 1:
        raise RuntimeError("not one archive *%s in %s: %s" % (ending, folder, found))
    return found[0]


def unpack(to, arch=None):
    """Unpacks the .tar.gz; the folder it has."""
    with tarfile.open(archive(arch=arch)) as tar:
        top = tar.getnames()[0]
        tar.extractall(to)
    return os.path.join(to, top)


def as_user(*argv):
    """The command line that runs argv as the host's user."""
    if os.geteuid() != 0:
        return list(argv)
    ids = ["--reuid", str(USER.pw_uid), "--regid", str(USER.pw_gid), "--clear-groups"]
    return ["setpriv", *ids, "--", *argv]


def cgi_apache_conf(folder, port, modules, more):
    """apache_conf(), with what mod_cgid needs."""
    cgi = '<IfModule mod_cgid.c>\nScriptSock "%s/run/cgisock"\n</IfModule>\n' % folder
    return apache_conf(folder, port, modules, cgi + more)


class Hosted(Site):
    """variant: which .htaccess; override: AllowOverride of the host; modules: of its Apache besides
    the usual ones; server: lines of its configuration; php: PHP's built-in server in place of
    Apache."""

    def __init__(self, variant=None, override="FileInfo", modules=("cgid",), server="", php=None):
        self.variant, self.override, self.modules = variant, override, modules
        self.server, self.php = server, php
        super().__init__()

    # ---- what the user does ----
    def start(self):
        self.home = os.path.join(self.dir, "home")
        top = unpack(self.dir)
        os.makedirs(self.home)
        os.rename(top + "/site", self.home + "/public_html")
        os.rename(top + "/private", self.home + "/private")
        self.root = self.home + "/public_html"
        self.program = self.root + "/ticketgate.fcgi"
        self.unpacked = top
        if self.variant:
            shutil.copy("%s/htaccess/%s.htaccess" % (top, self.variant), self.root + "/.htaccess")
        self.conf = self.home + "/ticketgate.conf"
        self.start_database()
        self.org()
        self.start_web()

    def start_database(self):
        self.mariadb("start")
        self.socket = self.mariadb("socket")
        self.sql("CREATE DATABASE ticketgate", "mysql")
        self.sql(
            "CREATE USER you@localhost IDENTIFIED BY '%s';"
            "GRANT ALL PRIVILEGES ON ticketgate.* TO you@localhost" % PASSWORD,
            "mysql",
        )
        with open(self.unpacked + "/database/ticketgate.sql") as f:
            self.sql(f.read())
        self.write_configuration(
            "db_socket = %s\ndb_user = you\ndb_password = %s\n" % (self.socket, PASSWORD)
        )
        self.give()

    def write_configuration(self, database, key=None):
        folder, self.dir = self.dir, self.home  # where the configuration and the key lie
        try:
            super().write_configuration(database, key)
        finally:
            self.dir = folder

    def give(self):
        """Everything in the home folder belongs to the user."""
        for root, folders, files in os.walk(self.home):
            for name in [root] + [os.path.join(root, f) for f in folders + files]:
                os.chown(name, USER.pw_uid, USER.pw_gid, follow_symlinks=False)

    def replace_program(self, text):
        """Puts a script in the place of the program."""
        os.path.exists(self.program) and os.unlink(self.program)
        with open(self.program, "w") as f:
            f.write(text)
        os.chmod(self.program, 0o755)

    def command(self, *args, check_status=True, stdin=None):
        p = subprocess.run(
            as_user(self.program, "ticketgate", *args),
            env={"PATH": os.environ["PATH"], **self.env},
            capture_output=True,
            text=True,
            input=stdin,
        )
        if check_status and p.returncode:
            raise RuntimeError("ticketgate %s: %s %s" % (args, p.stdout, p.stderr))
        return p

    # ---- what the host does ----
    def start_web(self):
        self.port = free_port()
        for name in ("run", "log"):
            os.makedirs(self.dir + "/" + name, exist_ok=True)
            os.chown(self.dir + "/" + name, USER.pw_uid, USER.pw_gid)
        if self.php:
            argv = [*self.php, "-S", "127.0.0.1:%d" % self.port, "-t", self.root]
            self.launch(argv + [self.root + "/gateway.php"])
        else:
            self.launch(["apache2", "-f", self.apache(), "-DFOREGROUND"])
        if not wait_for(self.answers, 60):
            raise RuntimeError("the site does not answer: " + self.log())

    def apache(self):
        more = (
            'DocumentRoot "{root}"\n<Directory "{root}">\n'
            "\tRequire all granted\n\tOptions +ExecCGI\n\tAllowOverride {override}\n"
            "</Directory>\n{server}"
        ).format(
            root=self.root,
            override=self.override,
            server=self.server.format(dir=self.dir),
        )
        return cgi_apache_conf(self.dir, self.port, self.modules, more)

    def launch(self, argv, start=as_user):
        env = {"PATH": os.environ["PATH"] + ":/usr/sbin", **self.env}
        with open(self.dir + "/log/stderr.log", "a") as log:
            self.lighttpd = subprocess.Popen(
                start(*argv), env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
