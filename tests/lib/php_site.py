"""Pages in PHP on a free port of 127.0.0.1, by PHP's own server, or by Apache and php-cgi.

    with PhpSite(["php"], "/folder/public") as pages:
        pages.port, pages.log()"""
import os
import subprocess
import urllib.error
import urllib.request

from harness import free_port, wait_for
from hosted import USER, as_user, cgi_apache_conf

# What Apache needs besides cgid and actions for Debian's php-cgi.
PHP_CGI = """ScriptAlias /php-bin/ /usr/lib/cgi-bin/
<Directory /usr/lib/cgi-bin>
	Require all granted
</Directory>
AddHandler application/x-php .php
Action application/x-php /php-bin/php
"""


class PhpSite:
    """settings: of php.ini; workers: how many requests at the same time."""

    def __init__(self, command, root, settings=(), workers=4):
        self.port = free_port()
        self.log_file = root.rstrip("/") + ".log"
        options = [word for one in settings for word in ("-d", one)]
        self.command = [*command, *options, "-S", "127.0.0.1:%d" % self.port, "-t", root]
        self.env = dict(os.environ, PHP_CLI_SERVER_WORKERS=str(workers))
        self.process = None

    def __enter__(self):
        with open(self.log_file, "w") as log:
            # its workers are of its process group, which is ended as a whole
            self.process = subprocess.Popen(
                self.command, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        if not wait_for(self.answers, 60):
            self.__exit__()
            raise RuntimeError("PHP's server does not answer: " + self.log())
        return self

    def __exit__(self, *unused):
        try:
            os.killpg(self.process.pid, 15)
        except ProcessLookupError:
            pass
        self.process.wait()

    def answers(self):
        try:
            urllib.request.urlopen("http://127.0.0.1:%d/none.txt" % self.port, timeout=10)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def log(self):
        with open(self.log_file, errors="replace") as f:
            return f.read()


class ApachePhpSite(PhpSite):
    """The pages as a host has them: Apache, plain CGI, and the account of the host's user, which
    owns the folder above root. Its last component is where the server's files lie."""

    def __init__(self, root, place, settings=()):
        super().__init__([], root)
        self.root, self.place = root, place
        self.log_file = place + "/log/error.log"
        for name in ("run", "log", "php", "sessions"):
            os.makedirs(place + "/" + name)
        open(self.log_file, "w").close()  # so that it will be the user's
        with open(place + "/php/php.ini", "w") as f:
            # each request cleans up sessions, as Debian's php.ini never lets PHP do
            own = [
                "log_errors=1",
                "session.gc_divisor=1",
                'session.save_path="%s/sessions"' % place,
            ]
            f.write("\n".join([*own, *settings]) + "\n")
        self.command = as_user("/usr/sbin/apache2", "-f", self.conf(), "-DFOREGROUND")

    def conf(self):
        pages = (
            'SetEnv PHPRC "{0}/php"\nDocumentRoot "{1}"\nDirectoryIndex index.php\n'
            '<Directory "{1}">\n\tRequire all granted\n</Directory>\n'
        ).format(self.place, self.root)
        return cgi_apache_conf(self.place, self.port, ("cgid", "actions"), pages + PHP_CGI)

    def __enter__(self):
        for folder in (self.place, os.path.dirname(self.root)):
            subprocess.run(
                ["chown", "-R", "%d:%d" % (USER.pw_uid, USER.pw_gid), folder], check=True
            )
        return super().__enter__()
