#!/usr/bin/env python3
"""The portable program where nothing else is: in an empty folder as its root, in Debian 11, and,
for the other processor, under qemu. There it prints its version, checks all statements against the
database, and answers a request by CGI and by FastCGI.

TG_DEBIAN11: the folder that tests/lib/debian11.sh made."""
import json
import os
import platform
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from fastcgi_client import connect, reply, request  # noqa: E402
from harness import Site, check, finish, skip, wait_for  # noqa: E402
from hosted import unpack  # noqa: E402

DEBIAN11 = os.environ.get("TG_DEBIAN11", "")
CHROOT = shutil.which("chroot", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
OTHER = {"x86_64": "aarch64", "aarch64": "x86_64"}[platform.machine()]


class Place(Site):
    """A database whose socket is in the place; `before` is the command that enters it, and `inside`
    its path as the program sees it."""

    def __init__(self, place, before, inside, program):
        self.place, self.before, self.inside = place, before, inside
        self.folder = place + "/ticketgate"
        self.seen = inside + "/ticketgate"
        os.makedirs(self.folder)
        shutil.copy(program, self.folder + "/ticketgate.fcgi")
        self.database_env = {"TG_DB_RUN": self.folder + "/db", "TG_DB_USER": "root"}
        super().__init__()

    def start_web(self):
        """No web server; the configuration with the paths that the program sees."""
        for name in ("ticketgate.conf", "ticketgate.key"):
            shutil.copy(self.dir + "/" + name, self.folder)
        with open(self.folder + "/ticketgate.conf") as f:
            text = f.read().replace(self.folder, self.seen).replace(self.dir, self.seen)
        with open(self.folder + "/ticketgate.conf", "w") as f:
            f.write(text)

    def run(self, *argv, **env):
        return subprocess.run(
            [*self.before, self.seen + "/ticketgate.fcgi", *argv],
            env={"TG_CONF": self.seen + "/ticketgate.conf", **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def fastcgi(site, what, key):
    socket = site.folder + "/web.sock"
    p = subprocess.Popen(
        [*site.before, site.seen + "/ticketgate.fcgi", "--listen", site.seen + "/web.sock"]
        + ["--workers", "2"],
        env={"TG_CONF": site.seen + "/ticketgate.conf"},
        stdin=subprocess.DEVNULL,
        stderr=open(site.folder + "/log", "w"),
    )
    try:
        wait_for(lambda: os.path.exists(socket), 60)
        for path in ("/open-api/v1/me", "/open-api/v1/events", "/open-api/v1/venues"):
            c = connect(socket, 60)
            c.sendall(request("GET", path, [("API-Key", key)]))
            out, ended, _ = reply(c)
            c.close()
            check(
                "%s: FastCGI, %s" % (what, path),
                ended and out.startswith(b"Status: 200 ") and b'"data":' in out,
                out[:300],
            )
    finally:
        p.terminate()
        p.wait(60)
    check(what + ": FastCGI ends by SIGTERM", p.returncode == 0, p.returncode)


def everything(what, place, before, inside, arch=None):
    program = unpack(place + "/unpacked", arch) + "/site/ticketgate.fcgi"
    with Place(place, before, inside, program) as site:
        p = site.run("--version")
        check(
            what + ": --version",
            p.returncode == 0 and p.stdout.startswith("suite.fcgi (ticketgate) "),
            (p.returncode, p.stdout, p.stderr),
        )
        for argv in (["--check"], ["webhook-flush", "--check"], ["mail-send", "--check"]):
            p = site.run(*argv)
            check(
                "%s: %s" % (what, " ".join(argv)),
                p.returncode == 0 and " statements checked, 0 failed" in p.stdout,
                (p.returncode, p.stdout, p.stderr),
            )
        key = site.key()
        cgi = dict(GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", REMOTE_ADDR="127.0.0.1")
        p = site.run(REQUEST_URI="/open-api/v1/me", HTTP_API_KEY=key, **cgi)
        head, _, body = p.stdout.partition("\n\n")
        check(
            what + ": CGI",
            head.startswith("Status: 200 ") and json.loads(body)["data"],
            (p.returncode, p.stdout, p.stderr),
        )
        p = site.run("ticketgate", "org", "list")
        check(what + ": the command", p.returncode == 0 and "Test Org" in p.stdout, p.stderr)
        fastcgi(site, what, key)


def main():
    here = Site(start=False)  # for its folder
    try:
        root = here.dir + "/root"
        os.makedirs(root)
        if os.geteuid() != 0:
            skip("an empty root, and Debian 11", "chroot needs root")
        else:
            everything("empty root", root, [CHROOT, root], "")
            if os.path.exists(DEBIAN11 + "/.complete"):
                everything("Debian 11", DEBIAN11 + "/srv", [CHROOT, DEBIAN11], "/srv")
                shutil.rmtree(DEBIAN11 + "/srv/unpacked")
            else:
                check("Debian 11: tests/lib/debian11.sh made it", False, DEBIAN11)
        qemu = shutil.which("qemu-%s-static" % OTHER) or shutil.which("qemu-" + OTHER)
        if qemu:
            os.makedirs(here.dir + "/other")
            everything(OTHER, here.dir + "/other", [qemu], here.dir + "/other", OTHER)
        else:
            skip(OTHER, "qemu-user-static is not installed")
    finally:
        here.stop()
    finish()


if __name__ == "__main__":
    main()
