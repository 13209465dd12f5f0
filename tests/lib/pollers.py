"""Clients that read a list from where they stopped: what is committed must be met, whatever
overtakes what."""
import urllib.parse


class Poller:
    """Reads a list in ascending order, again and again, each time from where it stopped: by the
    time of the last row, or by the last cursor."""

    def __init__(self, site, caller, path, field, by_cursor):
        self.site, self.caller, self.path, self.field = site, caller, path, field
        self.by_cursor, self.cursor, self.since = by_cursor, None, None
        self.seen = []  # ids, in the order they were met first
        self.known = set()

    def poll(self):
        cursor = self.cursor if self.by_cursor else None
        while True:
            query = {"sort": self.field, "take": 7}
            if cursor:
                query["cursor"] = cursor
            if self.since and not self.by_cursor:
                query["from"] = self.since
            mount, path = self.path
            got = self.site.get(
                path + "?" + urllib.parse.urlencode(query), self.caller, mount=mount
            ).json
            for row in got["data"]:
                if row["id"] not in self.known:
                    self.known.add(row["id"])
                    self.seen.append(row["id"])
                last = row[self.field]
            cursor = got["meta"]["nextCursor"]
            if cursor and self.by_cursor:
                self.cursor = cursor
            if not cursor:
                if got["data"]:
                    self.since = last
                return


ORDERS = ("/open-api/v1", "/orders")
AUDIT = ("/dashboard/v1", "/audit")


def pollers(site, key, session):
    return {
        "orders by time": Poller(site, key, ORDERS, "createdAt", False),
        "orders by cursor": Poller(site, key, ORDERS, "createdAt", True),
        "the audit log by time": Poller(site, session, AUDIT, "at", False),
        "the audit log by cursor": Poller(site, session, AUDIT, "at", True),
    }


def committed(db, table):
    rows = db.sql("SELECT LOWER(HEX(id)) FROM %s ORDER BY id" % table)
    org = db.one("SELECT HEX(id) FROM organizations WHERE slug = 'test'")
    if table == "audit":
        rows = db.sql("SELECT LOWER(HEX(id)) FROM audit WHERE org_id = x'%s' ORDER BY id" % org)
    return [r[0] for r in rows]


def missed(db, watching):
    """What is committed and was not met, for each poller after its last poll."""
    out = {}
    for name, p in watching.items():
        p.poll()
        table = "orders" if "orders" in name else "audit"
        there, met = committed(db, table), [i.replace("-", "") for i in p.seen]
        out[name] = sorted(set(there) ^ set(met)), met == sorted(met)
    return out
