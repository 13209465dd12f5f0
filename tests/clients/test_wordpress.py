#!/usr/bin/env python3
"""examples/wordpress in Debian's WordPress with a private MariaDB, in Chromium: the plugin is
activated and set up in the settings page, lists events, shows one, reserves and orders its tickets,
escapes what it shows, and goes on with the last response when ticketgate is away."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import EVIL, browse  # noqa: E402
from harness import SRC, Site, check, finish  # noqa: E402
from php_site import PhpSite  # noqa: E402

PASSWORD = "correct horse battery staple"
KEPT = " WHERE option_name LIKE '\\_transient\\_ticketgate\\_%'"
PAGES = (
    "[ticketgate_events]",
    '[ticketgate_event slug="free"]',
    '[ticketgate_event slug="paid"]',
    '[ticketgate_event slug="none"]',
)


def wordpress():
    """The folder of WordPress, or None and why not."""
    p = subprocess.run(
        [os.path.join(SRC, "tests/lib/wordpress.sh"), "get"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return (p.stdout.strip().split("\n")[-1], "") if p.returncode == 0 else (None, p.stderr)


def document_root(code, place):
    """A folder that has the code by links, and its own wp-content with the plugin, installed as the
    README says."""
    root = os.path.join(place, "root")
    content = root + "/wp-content"
    os.makedirs(content + "/plugins")
    for name in os.listdir(code):
        if name != "wp-content":
            os.symlink(os.path.join(code, name), os.path.join(root, name))
    os.symlink(code + "/wp-content/themes", content + "/themes")
    plugin = content + "/plugins/ticketgate"
    shutil.copytree(SRC + "/examples/wordpress/ticketgate", plugin)
    shutil.copy(SRC + "/clients/js/ticketgate.js", plugin)
    return root


def add_events(site):
    key = site.key()
    site.command("org", "set", "test", "--checkout-url", "http://127.0.0.1:%d/pay" % site.port)
    for slug, price in (("free", 0), ("paid", 1500.5)):
        event = {"name": "Concert %s %s" % (slug, EVIL), "slug": slug, "description": EVIL}
        event["dateTime"] = "2040-11-14T19:00:00+08:00"
        event["tickets"] = [{"name": "Seat", "price": price, "quantity": 9, "published": True}]
        site.post("/events", key, event)
        site.post("/events/%s/publish" % slug, key)


class WordPress(PhpSite):
    """WordPress on a free port, with a database on the server of the site."""

    def __init__(self, site, code, place):
        root = document_root(code, place)
        super().__init__(["php"], root, settings=["error_reporting=-1"])
        site.sql("CREATE DATABASE wordpress", "mysql")
        self.env.update(
            WP_DATABASE="wordpress",
            WP_USER=site.sql("SELECT SUBSTRING_INDEX(USER(), '@', 1)", "mysql")[0][0],
            WP_HOST="localhost:" + site.socket,
            WP_URL="http://127.0.0.1:%d" % self.port,
            WP_CONTENT=root + "/wp-content",
            WP_LOG=place + "/debug.log",
            WP_FOLDER=code,
            WP_PASSWORD=PASSWORD,
        )

    def install(self):
        """The ids of the pages."""
        p = subprocess.run(
            ["php", SRC + "/tests/clients/wp-install.php", *PAGES],
            env=self.env,
            capture_output=True,
            text=True,
        )
        words = p.stdout.split()
        ok = p.returncode == 0 and len(words) == len(PAGES)
        said = p.stderr + p.stdout[-300:] + "".join(self.problems(""))
        check("WordPress is installed and the plugin activated", ok, said)
        return words if ok else None

    def problems(self, about="ticketgate"):
        """What PHP said about the plugin."""
        path = self.env["WP_LOG"]
        if not os.path.exists(path):
            return []
        with open(path, errors="replace") as f:
            return [line for line in f if about in line]


def check_plugin(code, place):
    with Site() as site:
        add_events(site)
        pages = WordPress(site, code, place)
        ids = pages.install()
        if not ids:
            return
        facts = dict(password=PASSWORD, api="http://127.0.0.1:%d" % site.port, pages=ids)
        with pages:
            browse("../clients/wordpress.mjs", pages, **facts)
            old = "UPDATE wp_options SET option_value = REPLACE(option_value, 'i:1', 'i:0')" + KEPT
            site.sql(old, "wordpress")  # the responses are of long ago
            site.stop_web()
            browse("../clients/wordpress_away.mjs", pages, **facts)
            asked = "SELECT COUNT(*) FROM wp_options" + KEPT + " AND option_value LIKE '%i:1%'"
            count = site.sql(asked, "wordpress")
            check(
                "ticketgate is away: it was asked, and each failure is kept",
                count == [["2"]],
                count,
            )
        check("no warning of PHP", not pages.problems(), "".join(pages.problems()))


def main():
    code, why = wordpress()
    if check("WordPress is fetched from Debian and unpacked", code, why):
        with tempfile.TemporaryDirectory() as place:
            check_plugin(code, place)
    finish()


main()
