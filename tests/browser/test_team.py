#!/usr/bin/env python3
"""Settings › Team in a browser: an owner invites, the invited person sets a password and signs in,
a door link opens the door page signed in, and whoever is removed is out."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import EVIL, browse  # noqa: E402
from harness import PASSWORD, Site, check, finish, wait_for  # noqa: E402

MAIL = "mail_url = smtp://127.0.0.1:9\nmail_from = tickets@shop.example\n"  # no sender runs


def main():
    with Site(conf=MAIL) as site:
        site.stop_web()
        with open(site.conf, "a") as f:  # links of mail have the site's own address
            f.write("public_url = http://127.0.0.1:%d\n" % site.port)
        site.launch_web()
        wait_for(site.answers, 60)
        done = browse("team.mjs", site, owner=site.user(), password=PASSWORD, evil=EVIL)
        mail = site.sql("SELECT kind, recipient FROM mail_messages ORDER BY id")
        check(
            "the invitation, its new link and the reset are mailed",
            done
            and mail
            == [
                [kind, "ana@test.example"]
                for kind in ("INVITATION", "INVITATION", "PASSWORD_RESET")
            ],
            mail,
        )
        log = site.log()
        check("no link in the log", "#set-password" not in log and "door/#" not in log)
    finish()


main()
