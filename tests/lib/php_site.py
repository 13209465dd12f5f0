"""Pages in PHP on a free port of 127.0.0.1, by PHP's own server.

    with PhpSite(["php"], "/folder/public") as pages:
        pages.port, pages.log()"""
import os
import subprocess
import urllib.error
import urllib.request

from harness import free_port, wait_for


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
