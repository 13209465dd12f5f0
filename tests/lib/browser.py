"""Runs a script of tests/browser/ in Debian's Chromium against a site. The script prints "ok - …"
lines itself; what it needs is in TG_BROWSER, as JSON."""
import json
import os
import subprocess
import sys

import npm
from harness import SRC, check

# What people may write into any field.
EVIL = '<script>window.pwned=1</script><img src=x onerror="window.pwned=1">\'"&amp;{{7*7}}${7*7}'
SCREENS = os.path.join(SRC, "var/check/screens")


def browse(script, site, **facts):
    """Runs tests/browser/SCRIPT; false when it did not end well."""
    folder, why = npm.packages()
    if not check("playwright-core and axe-core install from their lock file", folder, why):
        return False
    os.makedirs(SCREENS, exist_ok=True)
    facts.update(
        url="http://127.0.0.1:%d" % site.port,
        packages=os.path.join(folder, "node_modules"),
        screens=SCREENS,
        chromium=os.environ.get("TG_CHROMIUM", "/usr/bin/chromium"),
    )
    sys.stdout.flush()
    p = subprocess.run(
        ["node", os.path.join(SRC, "tests/browser", script)],
        env=dict(os.environ, TG_BROWSER=json.dumps(facts)),
        timeout=300,
    )
    return check("%s came to its end" % script, p.returncode == 0, "status %d" % p.returncode)


def mysql(site):
    """How a script asks the database of the site."""
    return ["mariadb", "--no-defaults", "-S", site.socket, "-N", "-B", "ticketgate"]
