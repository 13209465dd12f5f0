"""What the tests of the public pages share: pages taken apart, visitors, and shows they look at."""
import base64
import hmac
import html.parser
import json
import re
import uuid

from concurrency import Db
from harness import clear_shared_memory

PUBLIC = "/public/v1"
HOST = "https://tickets.example"
ANA = {"name": "Ana Reyes", "email": "ana@example.com"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
VOID = {"meta", "link", "img", "br", "input"}


class Page(html.parser.HTMLParser):
    """The elements of a page in their order, what is said in each, and whether they are nested as
    they should be."""

    def __init__(self, raw):
        super().__init__()
        self.tags, self.texts, self.open, self.faults = [], [], [], []
        self.blocks = []  # data blocks: the type of the script, and its text
        self.feed(raw.decode())
        if self.open:
            self.faults.append("never closed: %s" % self.open)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if len(dict(attributes)) != len(attributes):
            self.faults.append("an attribute twice: %s" % attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append("</%s> closes something else" % tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.blocks.append((self.tags[-1][1].get("type"), data))
        else:
            self.texts.append(data)

    def all(self, tag, **attributes):
        return [
            a
            for t, a in self.tags
            if t == tag
            and all(a.get(k.replace("_", "-").rstrip("-")) == v for k, v in attributes.items())
        ]

    def meta(self, name):
        found = [
            a["content"]
            for t, a in self.tags
            if t == "meta" and name in (a.get("name"), a.get("property"))
        ]
        return found[0] if len(found) == 1 else found or None

    @property
    def shape(self):
        return [(t, sorted(a)) for t, a in self.tags]

    @property
    def text(self):
        return " ".join(self.texts)

    def data(self, kind):
        """The only data block of a type; None when there is none."""
        found = [text for of, text in self.blocks if of == kind]
        return json.loads(found[0]) if len(found) == 1 else None

    @property
    def learned(self):
        return self.data("application/ld+json")


def order_path(site, order):
    """The path of an order's page, made from the master secret as issued_ticket.h says."""
    with open(site.dir + "/ticketgate.key") as f:
        master = bytes.fromhex(f.read().strip())
    key = hmac.digest(master, b"ticketgate issued tickets", "sha256")
    id = uuid.UUID(order["id"]).bytes
    token = id + hmac.digest(key, b"order:" + id, "sha256")[:10]
    return "/o/" + base64.urlsafe_b64encode(token).decode().rstrip("=")


def published_event(site, key, quantity=100):
    """An event with one free ticket type, on sale, as the API answers it."""
    ticket = {"name": "Regular", "price": 0, "quantity": quantity, "published": True}
    made = {"name": "Show", "dateTime": "2031-01-01T20:00:00Z", "tickets": [ticket]}
    e = site.post("/events", key, made).data
    site.post("/events/%s/publish" % e["id"], key)
    return site.get("/events/" + e["id"], key).data


class World:
    def __init__(self, site):
        self.site, self.key, self.db, self.n = site, site.key(), Db(site), 0
        site.org("Other", "other")
        self.other = site.key(org="other")

    def event(self, tickets, key=None, publish=True, **more):
        """A published event; each call has a name of its own."""
        self.n += 1
        tickets = [
            dict({"name": "Type %d" % i, "price": 0, "quantity": 10, "published": True}, **t)
            for i, t in enumerate(tickets)
        ]
        r = self.site.post(
            "/events",
            key or self.key,
            dict(
                {
                    "name": "Show %d" % self.n,
                    "dateTime": "2031-06-15T20:00:00+08:00",
                    "tickets": tickets,
                },
                **more
            ),
        )
        if r.status != 201:
            raise RuntimeError(repr(r))
        if (
            publish
            and self.site.post("/events/%s/publish" % r.data["id"], key or self.key).status != 200
        ):
            raise RuntimeError("publish")
        return Show(self, r.data)

    def set(self, sql):
        self.db.sql(sql)

    def fresh(self):
        """What is remembered of what visitors see is forgotten: a test does not wait the second
        that it may be old."""
        clear_shared_memory(self.site, "UPDATE")


class Visitor:
    """One address."""

    count = 0

    def __init__(self, site, address=None):
        Visitor.count += 1
        self.site, self.address = site, address or "198.51.%d.%d" % divmod(Visitor.count, 250)

    def ask(self, method, path, body=None, mount=PUBLIC, **headers):
        sent = {
            "X-Forwarded-For": self.address,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return self.site.request(method, path, None, body, sent, mount=mount)

    def hold(self, show, items, **headers):
        return self.ask(
            "POST",
            "/holds",
            {
                "eventId": show.id,
                "items": [{"ticketId": show.tickets[i], "quantity": n} for i, n in items],
            },
            **headers
        )

    def order(self, hold, buyer=ANA, **headers):
        return self.ask("POST", "/orders", {"holdId": hold, "buyer": buyer}, **headers)


class Show:
    def __init__(self, w, data):
        self.w, self.id, self.slug, self.name, self.tickets = (
            w,
            data["id"],
            data["slug"],
            data["name"],
            [t["id"] for t in data["tickets"]],
        )

    def page(self, org="test", method="GET", tail="", **headers):
        return Visitor(self.w.site).ask(
            method, "/e/%s/%s%s" % (org, self.slug, tail), mount="", **headers
        )

    def json(self, org="test", **headers):
        return Visitor(self.w.site).ask("GET", "/events/%s/%s" % (org, self.slug), **headers)

    @property
    def states(self):
        self.w.fresh()
        d = self.json().data
        return (
            d["sale"]["state"],
            [t["state"] for t in d["tickets"]],
            [t["remaining"] for t in d["tickets"]],
        )


def is_page(r, status):
    return (
        r.status == status
        and r.headers.get("content-type") == "text/html; charset=utf-8"
        and r.headers.get("content-security-policy") == CSP
        and not Page(r.raw).faults
    )


def unfolded(raw):
    out = {}
    for line in raw.decode().replace("\r\n ", "").split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        out.setdefault(name, []).append(value)
    return out


def escaped(text):
    text = re.sub("\r\n|[\r\v\f\x85\u2028\u2029]", "\n", text)
    text = re.sub("[\x00-\x08\x0e-\x1f\x7f]", "", text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")
