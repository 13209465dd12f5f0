#!/usr/bin/env python3
"""Two installations behind one front (conf/front.conf.in): requests reach the one that has their
organization, by host name, API key, public path and page; then an organization moves."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, order_body  # noqa: E402
from harness import SRC, Site, check, finish, free_port, wait_for  # noqa: E402

TRUSTED = "trusted_proxies = 127.0.0.1\n"


class Second(Site):
    """An installation with the key file of another one and no organization."""

    def __init__(self, master):
        self.master = master
        super().__init__(conf=TRUSTED, workers=2)

    def write_configuration(self, database, key=None):
        super().write_configuration(database, self.master)

    def org(self, name=None, slug=None):
        return super().org(name, slug) if slug else None


class Front(Site):
    """The front has a client's methods only; what it routes to the second is in `lists`."""

    def __init__(self, one, two):
        super().__init__(start=False)
        os.makedirs(self.dir + "/run")
        self.one, self.two, self.port = one, two, free_port()
        self.lists = {"HOSTS": set(), "SLUGS": set(), "KEYS": set()}
        self.write()
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin")
        self.lighttpd = subprocess.Popen(
            ["lighttpd", "-D", "-f", self.dir + "/front.conf"], env=env
        )
        wait_for(self.answers, 60)

    def write(self):
        with open(SRC + "/conf/front.conf.in") as f:
            text = f.read()
        values = {
            "PORT": self.port,
            "RUN": self.dir + "/run",
            "LOG": self.dir,
            "ONE": self.one.port,
            "TWO": self.two.port,
        }
        for name, members in self.lists.items():
            values[name] = "|".join(sorted(members)) or "(?!)"
        for name, value in values.items():
            text = text.replace("@%s@" % name, str(value))
        with open(self.dir + "/front.conf", "w") as f:
            f.write(text)

    def route(self, **more):
        """Adds to the lists, and reloads: requests in progress end as they began."""
        for name, value in more.items():
            self.lists[name.upper()].add(value)
        self.write()
        self.lighttpd.send_signal(signal.SIGUSR1)

    def mariadb(self, verb):
        """It has none."""


def fill(site, org):
    """(key, event id, slug, ticket id) of an organization that sells free tickets."""
    site.org(org.title(), org)
    key = site.key(org=org)
    c = Buyer(site, key)
    event, tickets = c.on_sale("Night of " + org, [{"quantity": 50, "price": 0}])
    c.close()
    slug = site.get("/events/" + event, key).data["slug"]
    return key, event, slug, tickets[0]


def visit(front, org, of):
    """Who is asked, for each way to ask: (page, JSON, hold, order)"""
    key, event, slug, ticket = of
    page = {"Referer": "http://127.0.0.1:%d/e/%s/%s" % (front.port, org, slug)}
    public = lambda method, path, body=None: front.request(
        method, path, None, body, headers=page, mount="/public/v1"
    )
    held = public(
        "POST", "/holds", {"eventId": event, "items": [{"ticketId": ticket, "quantity": 1}]}
    )
    buyer = {"name": "Ana", "email": "ana@example.com"}
    sold = public("POST", "/orders", {"holdId": (held.data or {}).get("id"), "buyer": buyer})
    return (
        front.get("/%s/%s" % (org, slug), None, mount="/e").status,
        public("GET", "/events/%s/%s" % (org, slug)).status,
        held.status,
        sold.status,
    )


def routed(front, org, of, name):
    key, event, _, ticket = of
    r = front.get("/events/" + event, key)
    check(name + ": its key", r.status == 200 and r.data["id"] == event, r)
    r = front.post("/orders", key, order_body(event, [(ticket, 1)]), mount="/box-office/v1")
    check(name + ": a sale", r.status == 201, r)
    seen = visit(front, org, of)
    check(name + ": a visitor reads and buys", seen == (200, 200, 201, 201), seen)


def hosts(front, key, event):
    r = front.get("/events/" + event, key, headers={"Host": "Fiesta.example:8080"})
    check("a host name of its own is enough", r.status == 200, r)
    r = front.get("/events/" + event, key, headers={"Host": "fiesta.example.net"})
    check("another host name that begins like it is not", r.status == 401, r)


def move(front, one, two, of):
    """The steps of doc/scale.md, while a buyer goes on."""
    key, event, slug, ticket = of
    buy = lambda: front.post(
        "/orders", key, order_body(event, [(ticket, 1)]), mount="/box-office/v1"
    )
    one.command("org", "suspend", "moving")
    r = buy()
    check("while it moves: a sale is to be retried", r.status == 503, r)
    check("while it moves: reading goes on", front.get("/events/" + event, key).status == 200)
    stream = one.command("org", "export", "moving").stdout
    two.command("org", "import", stdin=stream)
    two.command("verify", "--org", "moving")
    front.route(slugs="moving", keys=key[:12])
    two.command("org", "resume", "moving")
    sold = wait_for(lambda: (lambda r: r.status == 201 and r)(buy()), 60)
    check("moved: sales go on", bool(sold), buy())
    one.command("org", "remove", "moving")
    routed(front, "moving", of, "moved")
    listed = front.get("/orders?take=100", key).data
    check("moved: old and new orders are listed", len(listed) >= 4, listed)


def main():
    with Site(conf=TRUSTED, workers=2) as one:
        with open(one.dir + "/ticketgate.key") as f:
            master = f.read().strip()
        with Second(master) as two, Front(one, two) as front:
            first, second = fill(one, "shows"), fill(two, "fiesta")
            moving = fill(one, "moving")
            routed(front, "shows", first, "on the first")
            r = front.get("/events/" + second[1], second[0])
            check("a key that is in no list goes to the first, unknown there", r.status == 401, r)
            front.route(slugs="fiesta", keys=second[0][:12], hosts=r"fiesta\.example")
            wait_for(lambda: front.get("/events", second[0]).status == 200, 60)
            routed(front, "fiesta", second, "on the second")
            routed(front, "shows", first, "still on the first")
            third = two.key(org="fiesta")
            hosts(front, third, second[1])
            routed(front, "moving", moving, "before it moves")
            move(front, one, two, moving)
            for site, name in ((one, "first"), (two, "second")):
                p = site.command("verify", check_status=False)
                check("verify is clean on the " + name, p.returncode == 0, p.stdout)
    finish()


if __name__ == "__main__":
    main()
