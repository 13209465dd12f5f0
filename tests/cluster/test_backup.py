#!/usr/bin/env python3
"""The recipe of doc/cluster.md for backups: taken with mariadb-backup while tickets are sold, and
restored into an empty server. The copy is one moment of the whole database: verify is clean, and
every order that was acknowledged before the backup began is there."""
import os
import pwd
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, verify_output  # noqa: E402
from harness import SRC, Site, check, finish, wait_for  # noqa: E402
from buyer_processes import BuyerProcesses  # noqa: E402


def recipe(name):
    """The commands below a heading of doc/cluster.md."""
    with open(SRC + "/doc/cluster.md") as f:
        text = f.read().split("## " + name)[1].split("\n## ")[0]
    return "".join(part.split("```")[0] for part in text.split("```sh\n")[1:])


def run(commands, folder, names):
    for name, value in names.items():
        commands = commands.replace(name, value)
    p = subprocess.run(
        ["bash", "-eu"], input=commands, capture_output=True, text=True, cwd=folder, timeout=300
    )
    check("the commands of the recipe succeed", p.returncode == 0, commands + p.stderr[-1500:])


def acknowledged(shoppers, until):
    return {
        r["id"].replace("-", "")
        for r in shoppers.rows
        if r["ok"] and r["kind"] == "order" and r["ended"] < until
    }


with Site(database="innodb-flush-log-at-trx-commit=1") as site:
    key = site.key()
    event, types = Buyer(site, key).on_sale("Backed up", [100000, 300, 100])
    shoppers = BuyerProcesses([site], key, event, types, 3600, processes=1)
    try:
        wait_for(lambda: len(shoppers.so_far()) > 50, 30)
        began = time.time()
        copy = site.dir + "/copy"
        me = pwd.getpwuid(os.geteuid()).pw_name
        login = "--defaults-file=%s/db/my.cnf --socket=%s --user=%s" % (site.dir, site.socket, me)
        run(recipe("Backup"), site.dir, {"/var/backups/ticketgate": copy, "--user=root": login})
    finally:
        shoppers.end()
    before = acknowledged(shoppers, began)
    check("tickets were sold before and during the backup", len(before) > 20, len(before))
    after = len(shoppers.of("order"))
    site.stop_web()
    site.mariadb("stop")
    shutil.rmtree(site.dir + "/db/data")
    names = {
        "/var/backups/ticketgate": copy,
        "/var/lib/mysql": site.dir + "/db/data",
        "systemctl stop mariadb": "true",
        "systemctl start mariadb": "true",
        "chown -R mysql:": "chown -R %s:" % ("nobody" if os.geteuid() == 0 else os.geteuid()),
    }
    run(recipe("Restore"), site.dir, names)
    site.mariadb("start")
    there = {row[0] for row in site.sql("SELECT LOWER(HEX(id)) FROM orders")}
    check("every order that was acknowledged before is there", before <= there, len(before - there))
    print(
        "# %d orders before the backup, %d in it, %d in the end" % (len(before), len(there), after)
    )
    check("verify is clean", not verify_output(site), verify_output(site))
    site.start_web()
    e, t = Buyer(site, key).on_sale("Afterwards", [5])
    check("it sells again", Buyer(site, key).order(e, [(t[0], 1)]).status == 201)
finish()
