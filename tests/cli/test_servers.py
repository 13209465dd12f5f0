#!/usr/bin/env python3
"""Which database servers are refused: MariaDB that says it is an older version. And on each server,
that the accounts of `ticketgate grants` may do what the programs do."""
import os
import secrets
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, account_sections, check, database_accounts, finish  # noqa: E402

OLD = "10.5.29-MariaDB-0+deb11u1"


def configure(site):
    site.mariadb("start")
    site.socket = site.mariadb("socket")
    site.sql("CREATE DATABASE ticketgate", "mysql")
    user = site.sql("SELECT SUBSTRING_INDEX(USER(), '@', 1)", "mysql")[0][0]
    with open(site.dir + "/ticketgate.key", "w") as f:
        f.write(os.urandom(32).hex() + "\n")
    with open(site.conf, "w") as f:
        f.write("db_socket = %s\ndb_user = %s\n" % (site.socket, user))
    for name in (site.dir + "/ticketgate.key", site.conf):
        os.chmod(name, 0o600)


def version(site):
    lines = site.command("doctor", check_status=False).stdout.splitlines()
    return next((line for line in lines if "server version" in line), lines)


def too_old():
    site = Site(start=False, database="version=" + OLD)
    try:
        configure(site)
        p = site.command("migrate", check_status=False)
        check(
            "an old server is refused, with what to do",
            p.returncode == 1 and OLD in p.stderr and "supported are MariaDB 10.6" in p.stderr,
            (p.returncode, p.stdout, p.stderr),
        )
        check("nothing is changed", site.sql("SHOW TABLES") == [], site.sql("SHOW TABLES"))
        line = version(site)
        check("the doctor says so", "too old" in line and line.startswith("FAIL"), line)
    finally:
        site.stop()


def tested():
    site = Site(start=False)
    try:
        configure(site)
        p = site.command("migrate", check_status=False)
        check("a tested server is accepted", p.returncode == 0, p.stdout + p.stderr)
        line = version(site)
        check("the doctor says that it is tested", line.endswith(": tested"), line)
        rights(site)
    finally:
        site.stop()


def rights(site):
    """Each program prepares its statements with the rights of its own account."""
    accounts = {name: secrets.token_hex(12) for name in database_accounts()}
    with open(site.conf, "a") as f:
        f.write(account_sections(accounts))
    site.sql(site.command("grants").stdout, "mysql")
    programs = [site.build + "/cron/webhook-flush", site.build + "/cron/mail-send"]
    for name in sorted(os.listdir(site.build + "/fcgi")):
        if name.endswith(".fcgi"):
            programs.append(site.build + "/fcgi/" + name)
    check(
        "there is an account for each program and the command",
        len(accounts) == len(programs) + 1,
        accounts,
    )
    for program in programs:
        p = subprocess.run(
            [program, "--check", "--conf", site.conf],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        check(
            "the rights of %s are enough" % os.path.basename(program),
            p.returncode == 0 and " 0 failed" in p.stdout,
            p.stdout + p.stderr,
        )


if not os.environ.get("TG_DB_SERVER", "").startswith("mysql"):  # which has no such option
    too_old()
tested()
finish()
