#!/usr/bin/env python3
"""The sources compile with the headers of libcurl 7.74 and json-c 0.15 in Debian 11, and
configure.ac accepts these versions. (The rest of Debian 11 is too old: OpenSSL 1.1.1.)

TG_DEBIAN11: the folder that tests/lib/debian11.sh made."""
import glob
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import SRC, check, finish, skip  # noqa: E402

DEBIAN11 = os.environ.get("TG_DEBIAN11", "")
OF_DEBIAN_11 = ("libcurl", "json-c")
OTHERS = ("libmariadb", "libcrypto", "libcares", "libqrencode", "libutf8proc", "zlib", "fcgi")


def flags(names):
    p = subprocess.run(["pkg-config", "--cflags", *names], capture_output=True, text=True)
    return shlex.split(p.stdout)


def compiles(path, more=()):
    usr = DEBIAN11 + "/usr/include"
    triplet = os.path.basename(os.path.dirname(glob.glob(usr + "/*-linux-gnu/curl")[0]))
    return subprocess.run(
        ["gcc", "-fsyntax-only", "-std=c11", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]
        + ['-DTG_VERSION="x"', "-iquote", SRC, *more]
        + ["-I%s/%s" % (usr, triplet), "-I%s/json-c" % usr, "-I" + usr]
        + [*flags(OTHERS), path],
        capture_output=True,
        text=True,
    )


def main():
    if not os.path.exists(DEBIAN11 + "/.complete"):
        if os.geteuid() != 0:
            skip("headers of Debian 11", "debootstrap needs root")
        else:
            check("Debian 11: tests/lib/debian11.sh made it", False, DEBIAN11)
        finish()
    with open(SRC + "/configure.ac") as f:
        needs = re.findall(r"^TG_NEED\(\[\w+\], \[([\w-]+) >= ([\d.]+)\]", f.read(), re.M)
    wanted = dict(needs)
    for name in OF_DEBIAN_11:
        p = subprocess.run(
            ["pkg-config", "--exists", "%s >= %s" % (name, wanted[name])],
            env=dict(
                os.environ,
                PKG_CONFIG_LIBDIR=":".join(glob.glob(DEBIAN11 + "/usr/lib/*/pkgconfig")),
                PKG_CONFIG_SYSROOT_DIR=DEBIAN11,
            ),
        )
        check("configure accepts Debian 11's %s (>= %s)" % (name, wanted[name]), p.returncode == 0)
    sources = [
        path
        for top in ("common", "fcgi", "cron", "cli", "suite")
        for path in glob.glob("%s/%s/**/*.c" % (SRC, top), recursive=True)
    ]
    check("sources", len(sources) > 100, len(sources))
    bad = []
    for path in sources:
        p = compiles(path)
        if p.returncode:
            bad.append((path, p.stderr[:400]))
    check("%d files compile with its headers" % len(sources), not bad, bad[:5])
    # the headers are really its own: what only newer ones have is not there
    p = compiles(os.devnull, ["-xc", "-include", "curl/curl.h", "-include", "json.h"])
    check("the headers", p.returncode == 0, p.stderr[:400])
    p = subprocess.run(
        ["gcc", "-E", "-dM", "-include", "curl/curlver.h", "-xc", os.devnull]
        + ["-I" + d for d in glob.glob(DEBIAN11 + "/usr/include/*-linux-gnu")],
        capture_output=True,
        text=True,
    )
    version = re.search(r"LIBCURL_VERSION_NUM (0x\w+)", p.stdout)
    check("they are of a libcurl before 7.80", version and int(version[1], 16) < 0x075000, version)
    finish()


if __name__ == "__main__":
    main()
