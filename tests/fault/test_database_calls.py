#!/usr/bin/env python3
"""Every request again and again with its first, second, third … database call failing, until one
passes untouched: nothing is ever half done."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from concurrency import (
    sessions,
    Client,
    Db,
    Fault,
    event,
    wait_for_no_transactions,
    tickets,
    is_well_formed_error,
    find_inconsistencies,
    workers,
)  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402

DEADLOCK, LOCK_WAIT, LOST, SYNTAX = 1213, 1205, 2013, 1064
MODES = [
    ("deadlock", DEADLOCK, 0),
    ("lock wait", LOCK_WAIT, 0),
    ("lost before", LOST, 0),
    ("lost reply", LOST, 1),
    ("unknown error", SYNTAX, 0),
]
KINDS = {1: "prepare", 2: "execute", 3: "query", 4: "commit", 5: "rollback"}


class Case:
    """A request that can be sent many times: setup() before each, done(r) says whether its effect
    is there: exactly once, not at all, or something else."""

    def __init__(self, world, name, status):
        self.w, self.name, self.status, self.n = world, name, status, 0

    def setup(self):
        self.n += 1
        self.slug = "%s-%d" % (self.name.replace(" ", "-"), self.n)

    def send(self):
        raise NotImplementedError

    def effect(self):
        """0 or 1; None for reads"""
        return None

    def again(self):
        """The same request once more, where that is safe; None where it is not."""
        return None


class Read(Case):
    def __init__(self, world, name, path):
        Case.__init__(self, world, name, 200)
        self.path = path

    def send(self):
        return self.w.client.get(self.path)


class Create(Case):
    def __init__(self, world, name, headers=False):
        Case.__init__(self, world, name, 201)
        self.idem = headers

    def send(self):
        headers = {"Idempotency-Key": self.slug} if self.idem else {}
        return self.w.client.post(
            "/events",
            event("Made %d t3" % self.n, slug=self.slug, venueId=self.w.venue, tickets=tickets(3)),
            headers=headers,
        )

    def effect(self):
        return int(self.w.db.one("SELECT COUNT(*) FROM events WHERE slug = '%s'" % self.slug))

    def again(self):
        return self.send() if self.idem else None


class Change(Case):
    """Something that is done to an event made beforehand; what: a condition that is true of it
    afterwards."""

    def __init__(self, world, name, what, call):
        Case.__init__(self, world, name, 200)
        self.what, self.call = what, call

    def setup(self):
        Case.setup(self)
        made = self.w.client.post(
            "/events",
            event(
                "Before %d%s" % (self.n, "" if self.what is None else " t2"),
                slug=self.slug,
                tickets=tickets(2),
            ),
        )
        assert made.status == 201, made

    def send(self):
        return self.call(self.w.client, "/events/" + self.slug)

    def effect(self):
        row = self.w.db.sql(
            "SELECT version, %s FROM events WHERE slug = '%s'" % (self.what or "0", self.slug)
        )
        if not self.what:
            return int(not row)
        version, true = row[0]
        return {("1", "0"): 0, ("2", "1"): 1}.get((version, true), row[0])


class IdemChange(Change):
    def __init__(self, world, name, what, call):
        Change.__init__(
            self, world, name, what, lambda c, path: call(c, path, {"Idempotency-Key": self.slug})
        )

    def again(self):
        return self.send()


class Part(Change):
    """Something done to a performer or ticket type of an event that has two of each; what: (the
    condition before, the condition after)."""

    def __init__(self, world, name, status, before, after, call):
        Change.__init__(self, world, name, None, call)
        self.status, self.before, self.after = status, before, after

    def setup(self):
        Change.setup(self)
        for name in ("First", "Second"):
            r = self.w.client.post("/events/%s/performers" % self.slug, {"name": name})
            assert r.status == 201, r
        at = "/events/" + self.slug
        self.performer = at + "/performers/" + self.w.client.get(at + "/performers").data[0]["id"]
        self.ticket = at + "/tickets/" + self.w.client.get(at).data["tickets"][0]["id"]

    def send(self):
        return self.call(self.w.client, self)

    def effect(self):
        seen = tuple(
            self.w.db.one(
                "SELECT COALESCE(GROUP_CONCAT(t.name ORDER BY t.position), '')"
                " FROM %s t"
                " JOIN events e ON e.id = t.event_id"
                " WHERE e.slug = '%s'" % (table, self.slug)
            )
            for table in ("performers", "ticket_types")
        )
        return 0 if seen == self.before else 1 if seen == self.after else seen


def parts(w):
    names = "First,Second", "Type 0,Type 1"
    at = "/events/"
    return [
        Part(
            w,
            "performer create",
            201,
            names,
            ("New,First,Second", names[1]),
            lambda c, p: c.post(at + p.slug + "/performers", {"name": "New", "position": 0}),
        ),
        Part(
            w,
            "performer move",
            200,
            names,
            ("Second,First", names[1]),
            lambda c, p: c.request("PATCH", p.performer, {"position": 1}),
        ),
        Part(
            w,
            "performer delete",
            200,
            names,
            ("Second", names[1]),
            lambda c, p: c.request("DELETE", p.performer),
        ),
        Part(
            w,
            "ticket create",
            201,
            names,
            (names[0], "New,Type 0,Type 1"),
            lambda c, p: c.post(
                at + p.slug + "/tickets", {"name": "New", "price": 1, "quantity": 1, "position": 0}
            ),
        ),
        Part(
            w,
            "ticket delete",
            200,
            names,
            (names[0], "Type 1"),
            lambda c, p: c.request("DELETE", "/tickets/" + p.ticket.rsplit("/", 1)[1]),
        ),
    ]


class Hook(Case):
    """Something done to webhooks: the tables hold what they held before, or what they should hold
    after."""

    SEEN = (
        "SELECT CONCAT_WS(' ', (SELECT CONCAT(COUNT(*), ' ', COALESCE(GROUP_CONCAT(status), '-'))"
        " FROM webhook_endpoints WHERE deleted_at IS NULL),"
        " (SELECT CONCAT('counted ', COALESCE(SUM(n), 0)) FROM counters"
        " WHERE name LIKE 'endpoints:%'),"
        " (SELECT CONCAT('secrets ', COUNT(CASE WHEN expires_at IS NULL THEN 1 END), '+',"
        " COUNT(expires_at)) FROM webhook_secrets),"
        " (SELECT CONCAT('tally ', COALESCE(SUM(pending), 0), COALESCE(SUM(failed), 0),"
        " COALESCE(SUM(cancelled), 0)) FROM webhook_tallies t JOIN webhook_endpoints w"
        " ON w.id = t.endpoint_id"
        " WHERE w.deleted_at IS NULL), (SELECT COALESCE(GROUP_CONCAT(status), '-')"
        " FROM webhook_deliveries))"
    )

    def __init__(self, world, name, status, delivery, after, call):
        Case.__init__(self, world, name, status)
        self.delivery, self.after, self.call = delivery, after, call

    def setup(self):
        Case.setup(self)
        db = self.w.db
        for table in ("endpoints", "secrets", "deliveries", "tallies"):
            db.sql("DELETE FROM webhook_" + table)
        db.sql("DELETE FROM counters WHERE name LIKE 'endpoints:%'")
        if self.delivery:
            made = self.w.client.post("/webhooks", HOOK)
            assert made.status == 201, made
            self.path = "/webhooks/" + made.data["id"]
            self.d = "%s/deliveries/%s" % (self.path, made.data["id"])
            db.sql(
                "INSERT INTO webhook_deliveries (id, org_id, endpoint_id, outbox_id, event, status,"
                " due_at, created_at) SELECT id, org_id, id, id, 'order.completed', '%s',"
                " IF('%s' = 'PENDING', NOW(3), NULL), NOW(3)"
                " FROM webhook_endpoints" % (self.delivery, self.delivery)
            )
            db.sql("UPDATE webhook_tallies SET %s = 1" % self.delivery.lower())
        self.before = db.one(self.SEEN)

    def send(self):
        return self.call(self.w.client, self)

    def effect(self):
        seen = self.w.db.one(self.SEEN)
        return 0 if seen == self.before else 1 if seen == self.after else seen


class IdemHook(Hook):
    """The second time there is the very same answer, secret and all."""

    def send(self):
        r = self.w.client.post("/webhooks", HOOK, headers={"Idempotency-Key": self.slug})
        if r.status == 201:
            same, self.said = getattr(self, "said", (None, None)), (self.n, r.raw)
            assert same[0] != self.n or same[1] == r.raw, (same, r)
        return r

    again = send


HOOK = {"url": "https://hooks.example.com/in", "events": ["order.completed"]}


def hooks(w):
    after = lambda there, secrets, tally, deliveries: "%s counted %s secrets %s tally %s %s" % (
        there,
        there[0],
        secrets,
        tally,
        deliveries,
    )
    since = lambda: {
        "since": w.db.one(
            "SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 1 HOUR, '%Y-%m-%dT%H:%i:%sZ')"
        )
    }
    return [
        Hook(
            w,
            "webhook create",
            201,
            None,
            after("1 ACTIVE", "1+0", "000", "-"),
            lambda c, h: c.post("/webhooks", HOOK),
        ),
        IdemHook(w, "idem webhook create", 201, None, after("1 ACTIVE", "1+0", "000", "-"), None),
        Hook(
            w,
            "webhook rotate",
            200,
            "FAILED",
            after("1 ACTIVE", "1+1", "010", "FAILED"),
            lambda c, h: c.post(h.path + "/rotate-secret"),
        ),
        Hook(
            w,
            "webhook disable",
            200,
            "PENDING",
            after("1 DISABLED", "1+0", "001", "CANCELLED"),
            lambda c, h: c.request("PATCH", h.path, {"isActive": False}),
        ),
        Hook(
            w,
            "webhook redeliver",
            200,
            "FAILED",
            after("1 ACTIVE", "1+0", "100", "PENDING"),
            lambda c, h: c.post(h.d + "/redeliver"),
        ),
        Hook(
            w,
            "webhook recover",
            200,
            "CANCELLED",
            after("1 ACTIVE", "1+0", "100", "PENDING"),
            lambda c, h: c.post(h.path + "/recover", since()),
        ),
        Hook(
            w,
            "webhook delete",
            200,
            "FAILED",
            after("0 -", "0+0", "000", "FAILED"),
            lambda c, h: c.request("DELETE", h.path),
        ),
        Hook(
            w,
            "event with callbackUrl",
            201,
            None,
            after("1 ACTIVE", "1+0", "000", "-"),
            lambda c, h: c.post(
                "/events", event("Told %d t0" % h.n, callbackUrl="https://hooks.example.com/e")
            ),
        ),
    ]


def cases(w):
    return [
        Read(w, "me", "/me"),
        Read(w, "list", "/events?take=3"),
        Read(w, "list status", "/events?status=DRAFT&visibility=PUBLIC&sort=name"),
        Read(w, "search", "/events?q=fixed"),
        Read(w, "get", "/events/fixed-event"),
        Create(w, "create"),
        Create(w, "idem create", True),
        Change(
            w,
            "patch",
            "name LIKE 'After%'",
            lambda c, path: c.request(
                "PATCH", path, {"name": "After all t2", "eventCapacity": 500}
            ),
        ),
        Change(w, "publish", "status = 'PUBLISHED'", lambda c, path: c.post(path + "/publish")),
        IdemChange(
            w,
            "idem archive",
            "status = 'ARCHIVED'",
            lambda c, path, h: c.post(path + "/archive", headers=h),
        ),
        Change(w, "delete", "", lambda c, path: c.request("DELETE", path)),
    ]


class World:
    pass


def judge(case, r, error, fired, late):
    """What is wrong with this answer under that failure; '' when nothing is."""
    effect = case.effect()
    if effect not in (None, 0, 1):
        return "half an effect: %s" % effect
    if r.status == case.status:
        return "" if effect in (None, 1) else "acknowledged, but nothing is there"
    allowed = (500,) if error == SYNTAX else (503, 409)
    if not fired or r.status not in allowed:
        return "status %s" % r.status
    if (
        r.status == 500
        and r.error.get("code") != "INTERNAL_ERROR"
        or not is_well_formed_error(r)
        or (r.status == 409 and not r.headers.get("retry-after"))
    ):
        return "an untidy refusal"
    if any(
        word in r.raw.lower()
        for word in (b"injected", b"select", b"deadlock found", b"mysql", b"mariadb")
    ):
        return "internals are told"
    if effect == 1:
        return "refused, yet done" if not late else ""
    return ""


def retried(case):
    """After a refusal: the same request under the same Idempotency-Key must end in success and one
    effect."""
    r = case.again()
    if r is None:
        return ""
    if r.status == 409 and r.headers.get(
        "retry-after"
    ):  # the server has not yet noticed that the first one's session is gone
        r = wait_for(lambda: (lambda a: a if a.status != 409 else None)(case.again()), 5) or r
    if r.status != case.status:
        return "the retry answers %s" % r.status
    return "" if case.effect() == 1 else "after the retry: %s" % case.effect()


def forget_connections(w):
    """The program's sessions end: what follows meets a dead idle connection, and prepares
    everything anew."""
    own = w.db.one("SELECT CONNECTION_ID()")
    for id_, _, database, _ in sessions(w.db):
        if database != "ticketgate" or id_ == own:
            continue
        try:
            w.db.sql("KILL " + id_)
        except RuntimeError:
            pass


def sweep(w, case, error, late, cold):
    """Returns (calls tried, what went wrong, statuses)."""
    wrong, told = [], {}
    for n in range(1, 80):
        case.setup()
        if cold:
            forget_connections(w)
        w.fault.arm(n, error, late)
        r = case.send()
        fired, where = w.fault.disarm()
        told[r.status] = told.get(r.status, 0) + 1
        problem = judge(case, r, error, fired, late)
        if not problem and r.status != case.status:
            problem = retried(case)
        elif not problem and fired:
            case_again = case.again()
            if case_again is not None and (case_again.status != case.status or case.effect() != 1):
                problem = "asked again after success: %s" % case_again
        if problem:
            wrong.append("call %d (%s): %s: %r" % (n, KINDS.get(where, "-"), problem, r))
        if not fired:
            return n - 1, wrong, told
    return n, wrong + ["never a clean pass"], told


def run(chosen, few, programs):
    """Every case of chosen(world) in every mode; those of the classes `few` only in the ways that
    leave most behind, for the machinery below is the same."""
    folder = tempfile.mkdtemp(prefix="tg-fault-")
    w = World()
    w.fault = Fault(folder)
    try:
        with Site(workers=1, wrap=w.fault.wrap, conf="key_cache = 0\nanswer_cache = 0") as site:
            w.site, w.db = site, Db(site)
            w.client = Client(site, site.key())
            w.db.sql(
                "INSERT INTO venues (id, name, country, created_at, updated_at)"
                " VALUES (UNHEX('01890000000070008000000000000001'), 'Hall', 'PH', NOW(3), NOW(3))"
            )
            w.venue = "01890000-0000-7000-8000-000000000001"
            w.client.post(
                "/events",
                event("Fixed Event t1", slug="fixed-event", tickets=tickets(1), venueId=w.venue),
            )
            for case in chosen(w):
                short = isinstance(case, few)
                for mode, error, late in MODES:
                    if short and error in (LOCK_WAIT, SYNTAX):
                        continue
                    for cold in (
                        (False, True) if error == LOST and not late and not short else (False,)
                    ):
                        n, wrong, told = sweep(w, case, error, late, cold)
                        name = "%s, %s%s: %d calls" % (
                            case.name,
                            mode,
                            " on a dead connection" if cold else "",
                            n,
                        )
                        check(
                            name,
                            not wrong and n >= 1 and told.get(case.status),
                            "\n".join(wrong) or (n, told),
                        )
                        refused = sum(told.values()) - told.get(case.status, 0)
                        if error in (DEADLOCK, LOCK_WAIT) or (
                            error == LOST and case.effect() is None
                        ):
                            check(
                                name + ": run again, but for the key's look-up and the claim",
                                refused <= 2,
                                told,
                            )
                        if told != {case.status: n + 1}:
                            print("#   " + str(told))
                state = find_inconsistencies(w.db)
                check(
                    case.name + ": counters, words, tickets, versions, audit agree",
                    not state,
                    "\n".join(state),
                )
                check(case.name + ": no transaction left open", wait_for_no_transactions(w.db))
            after = [
                w.client.get("/me"),
                w.client.get("/events"),
                w.client.post("/events", event("Afterwards t1", tickets=tickets(1))),
            ]
            check("afterwards all is well", [r.status for r in after] == [200, 200, 201], after)
            check(
                "the same workers, not new ones",
                all(len(workers(site, p)) == 1 for p in programs)
                and "killed by signal" not in site.log(),
            )
            w.db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


if __name__ == "__main__":
    run(
        lambda w: cases(w) + parts(w) + hooks(w),
        (Part, Hook),
        ("events", "tickets", "keys", "webhooks"),
    )
