#!/usr/bin/env python3
"""examples/php-shop, installed as its README says, in Chromium under each version of PHP: a sale by
bank transfer, a free order, a refund that a webhook brings, and requests that must be refused.
Under the first version its tables are in MariaDB, each page is looked at (widths, axe), holds
expire and payments are late. Under the others the tables are in SQLite. Once more under Apache and
php-cgi, as another user."""
import http.client
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from api_clients import php_versions  # noqa: E402
from browser import EVIL, browse, mysql  # noqa: E402
from harness import BUILD, SRC, Site, check, finish, wait_for  # noqa: E402
from php_site import ApachePhpSite, PhpSite  # noqa: E402

PASSWORD = "correct horse battery"
SCOPES = "events:read,orders:read,boxoffice:sell"
CONF = "webhook_allow = 127.0.0.0/8\n"


def php_text(value):
    return "'%s'" % value.replace("\\", "\\\\").replace("'", "\\'")


class Shop:
    """The files of the shop in a folder, and its pages."""

    def __init__(self, site, command, folder, key, apache):
        self.site, self.command, self.folder, self.key = site, command, folder, key
        # the packages of the system have both drivers
        self.is_sqlite = command != ["php"] or apache
        shutil.copytree(SRC + "/examples/php-shop", folder)
        shutil.copy(SRC + "/clients/php/Ticketgate.php", folder + "/lib")
        os.mkdir(folder + "/data")
        self.pages = self.server(folder + "/public", ["error_reporting=-1"], apache)

    def server(self, root, settings, apache):
        if apache:
            return ApachePhpSite(root, self.folder + ".apache", settings)
        return PhpSite(self.command, root, settings)

    def configure(self, secret):
        """config.php, by the lines of config.sample.php."""
        with open(self.folder + "/config.sample.php", encoding="utf-8") as f:
            text = f.read()
        php = self.command + ["-r", "echo password_hash('%s', PASSWORD_DEFAULT);" % PASSWORD]
        hashed = subprocess.run(php, check=True, capture_output=True, text=True).stdout
        for name, value in {
            **self.database_lines(),
            "base_url": php_text("http://127.0.0.1:%d" % self.site.port),
            "api_key": php_text(self.site.key(SCOPES)),
            "webhook_secrets": "[%s]" % php_text(secret),
            "admin_password_hash": php_text(hashed),
        }.items():
            line = "    '%s' => %s," % (name, value)
            text, n = re.subn(r"(?m)^    '%s' => .*$" % name, lambda m: line, text)
            assert n == 1, name
        with open(self.folder + "/config.php", "w", encoding="utf-8") as f:
            f.write(text)

    def database_lines(self):
        """The settings of a database on the server of the site; none for the sample's SQLite."""
        if self.is_sqlite:
            return {}
        self.site.sql("CREATE DATABASE shop CHARACTER SET utf8mb4", "mysql")
        user = self.site.sql("SELECT SUBSTRING_INDEX(USER(), '@', 1)", "mysql")[0][0]
        source = "mysql:unix_socket=%s;dbname=shop;charset=utf8mb4" % self.site.socket
        return {"database": php_text(source), "database_user": php_text(user)}

    def webhook(self):
        """Creates the webhook; its secret."""
        url = "http://127.0.0.1:%d/webhook.php" % self.pages.port
        events = ["order.completed", "order.refunded"]
        return self.site.post("/webhooks", self.key, {"url": url, "events": events}).data["secret"]

    def rows(self, text):
        if not self.is_sqlite:
            return [tuple(row) for row in self.site.sql(text, "shop")]
        with sqlite3.connect(self.folder + "/data/shop.sqlite", timeout=10) as db:
            return [tuple(map(str, row)) for row in db.execute(text)]

    def request(self, method, path, body=b"", headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.pages.port, timeout=60)
        c.request(method, path, body, headers or {})
        r = c.getresponse()
        r.content = r.read()
        c.close()
        return r


def add_event(site, key, slug, tickets):
    body = {"name": "Concert " + slug, "slug": slug, "dateTime": "2040-11-14T19:00:00+08:00"}
    body.update(description=EVIL, absorbFees=False, tickets=tickets)
    event = site.post("/events", key, body).data
    site.post("/events/%s/publish" % slug, key)
    return event


def check_refusals(name, shop):
    """What the pages must not do: forms of others, webhooks of others, files that are no pages."""
    r = shop.request("POST", "/admin.php", "action=received&r=x", FORM)
    check(name + ": a form without a token is refused", r.status == 403, r.status)
    body = json.dumps({"id": "evt_1", "event": "order.refunded", "isTest": False, "data": {}})
    forged = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,AA=="}
    r = shop.request("POST", "/webhook.php", body, forged)
    check(name + ": a webhook without a valid signature is refused", r.status == 401, r.status)
    check(name + ": webhook.php takes POST only", shop.request("GET", "/webhook.php").status == 405)
    r = shop.request("GET", "/index.php")
    cookie = r.getheader("Set-Cookie") or ""
    ok = "HttpOnly" in cookie and "SameSite=Lax" in cookie
    policy = r.getheader("Content-Security-Policy") or ""
    check(name + ": session cookie and policy", ok and "default-src 'none'" in policy, r.headers)
    served = [shop.request("GET", p).content for p in ("/config.php", "/data/shop.sqlite")]
    found = [text for text in served if b"api_key" in text or b"SQLite format" in text]
    check(name + ": settings and data are not served", not found, found)
    fixed = {"Cookie": "shop=0123456789abcdef0123456789abcdef"}
    renewed = shop.request("GET", "/index.php", headers=fixed).getheader("Set-Cookie") or ""
    check(
        name + ": a session id that the browser was given is replaced", "shop=" in renewed, renewed
    )


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def check_webhooks(name, site, shop, reference):
    """The refund of an order reaches the shop's table, once for each event."""
    order = site.get("/orders/" + reference, shop.key).data
    mount = "/box-office/v1"
    one = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    for body, status in ((one, "PARTIALLY_REFUNDED"), ({}, "REFUNDED")):
        site.post("/orders/%s/refund" % order["id"], shop.key, body, mount=mount)
        got = wait_for(
            lambda: shop.rows("SELECT status FROM orders WHERE reference = '%s'" % reference)
            == [(status,)],
            60,
        )
        check("%s: a webhook brings %s" % (name, status), got, shop.pages.log())
    repeat(name, site, shop)


def check_checkout(name, site, shop):
    """A hold of the public page becomes a reservation, once."""
    url = "http://127.0.0.1:%d/pay.php" % shop.pages.port
    site.command("org", "set", "test", "--checkout-url", url)
    event = site.get("/events/paid", shop.key).data
    items = [{"ticketId": event["tickets"][0]["id"], "quantity": 1}]
    body = {"eventId": event["id"], "items": items}
    hold = site.post("/holds", None, body, mount="/public/v1")
    path = hold.data["checkoutUrl"].replace(url, "/pay.php")
    replies = [shop.request("GET", path) for _ in range(2)]
    places = {r.getheader("Location") for r in replies}
    ok = len(places) == 1 and all(re.match(r"pay\.php\?r=[0-9a-f]{32}$", p or "") for p in places)
    check(name + ": the public page's checkout", ok, places)
    shown = shop.request("GET", "/" + (places.pop() or ""))
    check(name + ": it shows the amount", b"PHP 1,545.52" in shown.content, shown.content)


def repeat(name, site, shop):
    """All deliveries once more: as repetitions, then as if they were new, in the wrong order."""
    count = lambda: int(shop.rows("SELECT COUNT(*) FROM webhook_events")[0][0])
    events, before = count(), shop.rows("SELECT * FROM orders ORDER BY id")
    hook = "/webhooks/" + site.get("/webhooks", shop.key).data[0]["id"]
    redeliver(site, shop, hook)
    check(name + ": repeated deliveries are ignored", count() == events, (events, count()))
    shop.rows("DELETE FROM webhook_events")
    redeliver(site, shop, hook)
    after = shop.rows("SELECT * FROM orders ORDER BY id")
    ok = count() == events and after == before
    check(name + ": older states do not replace newer ones", ok, (before, after, count()))


def redeliver(site, shop, hook):
    """Sends everything again, the newest first, and waits until all of it has arrived."""
    ids = [d["id"] for d in site.get(hook + "/deliveries", shop.key).data]
    for one in ids:
        path = "%s/deliveries/%s" % (hook, one)
        tried = len(site.get(path, shop.key).data["attempts"])
        site.post(path + "/redeliver", shop.key)
        arrived = lambda: len(site.get(path, shop.key).data["attempts"]) > tried and (
            site.get(path, shop.key).data["status"] == "DELIVERED"
        )
        check("a delivery arrives again", wait_for(arrived, 60), site.get(path, shop.key))


def check_shop(name, command, place, apache=False):
    with Site(conf=CONF) as site:
        key = site.key()
        site.command("org", "set", "test", "--fee-percent", "3")
        seats = [{"name": "Seat", "price": 1500.5, "quantity": 6, "published": True}]
        add_event(site, key, "paid", seats)
        add_event(site, key, "free", [{**seats[0], "name": "Visitor", "price": 0}])
        add_event(site, key, "late", [{**seats[0], "quantity": 2}])
        shop = Shop(site, command, os.path.join(place, name.replace(" ", "")), key, apache)
        with shop.pages:
            shop.configure(shop.webhook())
            sender = subprocess.Popen([BUILD + "/cron/webhook-flush", "--conf", site.conf])
            try:
                browse(
                    "../clients/shop.mjs",
                    shop.pages,
                    name=name,
                    password=PASSWORD,
                    full=not shop.is_sqlite,
                    mysql=mysql(site),
                )
                orders = shop.rows("SELECT total, reference FROM orders ORDER BY id")
                totals = [total for total, _ in orders]
                want = ["3091.04", "0"] if shop.is_sqlite else ["3091.04", "0", "1545.52"]
                if check(name + ": the orders are in the table", totals == want, orders):
                    check_webhooks(name, site, shop, orders[0][1])
                check_checkout(name, site, shop)
                check_refusals(name, shop)
            finally:
                sender.terminate()
                sender.wait()
            noise = [x for x in shop.pages.log().split("\n") if re.search(r"PHP \w+:|Exception", x)]
            check(name + ": no warning and no exception", not noise, "\n".join(noise))
        check(name + ": the books agree", site.command("verify").returncode == 0)


def main():
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)  # for the host's user
        check_shop("Apache", ["php"], place, apache=True)
        for name, command in php_versions():
            check_shop(name, command, place)
    finish()


main()
