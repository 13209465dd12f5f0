"""The runner of random walks: what outlives one walk, and one walk's exchange with the site and
with the contract in memory."""
import http.client
import json
import random
import time

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from box_office_client import recount
from model import World
from model_calls import OPEN_API, Call, differences, disagreements
from model_resources import KINDS, STATES, TICKET_STATES
from concurrency import Db
from random_walk_data import (
    BASE,
    EVENT_QUERIES,
    MOVES,
    ONE_TICKET,
    QUERIES,
    SCOPES,
    TIMES,
    UNKNOWN,
    VENUES,
    below,
    changes,
    kinds,
    apply_changes,
    manner,
    move,
    pick,
    queries,
    some,
)
from random_walk_sales import Shop

WALK = 40  # steps of one walk
SHRINK_SECONDS = 40
NUMBERS = st.lists(st.integers(0, 2**24), min_size=WALK, max_size=WALK)


class Disagreement(AssertionError):
    pass


class Enough(BaseException):
    """All steps are done, or it was shrunk for long enough."""


class Run:
    """What outlives one walk: the site, what was found, and the shortest walk that found it."""

    def __init__(self, site, made):
        self.site, self.made, self.db, self.organization, self.flip = (
            site,
            made,
            Db(site),
            site.organization,
            None,
        )  # made: the class of walks
        self.keys = {scope: site.key(scope) for scope in SCOPES}
        self.keys["all"] = site.key(",".join(SCOPES))
        self.scopes = dict(
            {
                scope: {scope, "orders:read"} if scope.startswith("events:") else {scope}
                for scope in SCOPES
            },
            all=set(SCOPES),
        )
        self.venues = {v: site.get("/venues/" + v, self.keys["all"]).data for v in VENUES}
        self.steps, self.found, self.first, self.connection, self.last = 0, None, 0, None, 0.0

    def reset(self):
        """An empty organization again."""
        mine = "org_id = x'%s'" % self.organization.replace("-", "")
        for table in ("events", "event_words", "counters"):
            self.db.sql("DELETE FROM %s WHERE %s" % (table, mine))
        for table in (
            "idempotency",
            "orders",
            "order_items",
            "order_tallies",
            "refunds",
            "holds",
            "hold_items",
            "ledger",
            "outbox",
            "audit",
        ):
            self.db.sql("DELETE FROM " + table)
        self.db.sql("UPDATE organizations SET fee_basis_points = 0, fee_fixed = 0")

    def send(self, call):
        if not self.connection or time.monotonic() - self.last > 3:
            if self.connection:
                self.connection.close()
            self.connection = self.site.connect()
        key = self.keys.get(call.key) or ("tn_live_" + "x" * 38 if call.key else None)
        try:
            return self.site.request(
                call.method,
                call.target,
                key,
                call.body,
                call.headers,
                mount=call.mount,
                connection=self.connection,
            )
        except http.client.RemoteDisconnected:  # a connection that the server had just closed
            self.connection.close()
            return self.site.request(
                call.method,
                call.target,
                key,
                call.body,
                call.headers,
                mount=call.mount,
                connection=self.connection,
            )
        finally:
            self.last = time.monotonic()

    def walk(self, steps, number, flip=None, phases=(Phase.generate, Phase.shrink)):
        """Walks on until so many steps are done or a disagreement is found."""
        self.flip, self.found, self.first, self.steps, self.wanted = flip, None, 0, 0, steps
        rounds = 0
        while self.steps < steps and not self.found:

            @seed(number + rounds)
            @settings(
                max_examples=100,
                deadline=None,
                database=None,
                phases=phases,
                verbosity=Verbosity.quiet,
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            )
            @given(NUMBERS)
            def one_walk(numbers):
                self.made(self).go(numbers)

            rounds += 1
            try:
                one_walk()
            except Enough:
                break
            except Exception:  # noqa: hypothesis wraps what the walk raised in several ways
                if not self.found:
                    raise
        return self.found


class Walk(Shop):
    """A step is one number, and all about it is drawn from a die that this number throws; 0 is no
    step. Hypothesis chooses the numbers, and shrinks a walk by making them 0."""

    def __init__(self, run):
        self.run = run
        self.world = World(run.organization, run.scopes, run.venues, run.flip)
        self.lines, self.names, self.marks, self.repeatable = [], {}, {}, []
        run.reset()

    # ---- one step ----

    def step(self, call, touched=None, kind=None):
        self.run.steps += 1
        self.exchange(call)
        self.look_around(touched, kind)

    def exchange(self, call):
        if (
            time.monotonic() - self.run.first > SHRINK_SECONDS
            if self.run.first
            else self.run.steps > self.run.wanted
        ):
            raise Enough
        answer = self.world.call(call)
        self.note(call)
        r = self.run.send(call)
        wrong = disagreements(self.world, call, answer, r)
        if wrong:
            self.fail(
                wrong + ([] if r.status < 500 else ["the log: " + self.run.site.log()[-1500:]])
            )
        thing = getattr(answer, "of", None)
        if thing:
            self.marks.setdefault(thing.id, []).append(r.headers.get("etag"))
            if thing.id not in self.names:
                self.name(thing.id, "X%d" % (len(self.names) + 1), ".data.id")
                for i, t in enumerate(getattr(thing, "below", {}).get("tickets", [])):
                    self.name(t.id, "X%d" % (len(self.names) + 1), ".data.tickets[%d].id" % i)
        if call.method == "POST" and call.idem:
            self.repeatable.append(call)

    def name(self, value, variable, path):
        self.names[value] = "$" + variable
        self.lines[-1] += '; %s=$(jq -r "%s" answer)' % (variable, path)

    def look_around(self, touched, kind):
        """The whole event, the list of what was touched, and the list of events."""
        events = self.world.events
        e = touched if touched in events else None
        if e:
            self.exchange(Call("GET", "/events/" + e.id))
            for k in [kind] if kind else []:
                self.exchange(Call("GET", "/events/%s/%s" % (e.id, k), query=[("take", "100")]))
        self.exchange(
            Call(
                "GET",
                "/events",
                query=[
                    ("take", "100"),
                    ("sort", ("-createdAt", "name", "dateTime")[self.run.steps % 3]),
                ],
            )
        )

    def fail(self, wrong):
        run = self.run
        run.first = run.first or time.monotonic()
        if not run.found or len(self.lines) <= len(
            [x for x in run.found if x.startswith(("curl", "mariadb"))]
        ):
            run.found = self.lines + ["# " + w for w in wrong]
        raise Disagreement("; ".join(wrong)[:3000])

    def note(self, call):
        """As a line for a shell that has both mounts as $BASE and $BOX, and the keys as $KEY_all
        and the like."""

        def quoted(s):
            s = "'" + s.replace("'", "'\\''") + "'"
            for value, variable in self.names.items():
                s = s.replace(value, "'\"%s\"'" % variable)
            return s

        line = 'curl -s -o answer -X %s "$%s"%s' % (
            call.method,
            "BASE" if call.mount == OPEN_API else "BOX",
            quoted(call.target),
        )
        if call.key:
            line += ' -H "api-key: $KEY_%s"' % call.key.replace(":", "_")
        for name, value in call.headers.items():
            line += " -H " + quoted("%s: %s" % (name, value))
        self.lines.append(line + (" -d " + quoted(call.body) if call.body else ""))

    # ---- choosing ----

    def event(self, n):
        events = self.world.events
        return events[n % len(events)] if events else None

    def thing(self, e, kind, n):
        things = e.below[kind] if e and kind else []
        return things[n % len(things)] if things else None

    def make(self, method, e, kind=None, thing=None, manners=(), tail="", body=None):
        """The call, spelled as the manners say. thing: None for a list or creation, False where
        there is none to name."""
        m = {k: v for one in manners for k, v in one.items()}
        by = m.get("by", "id") if e or m.get("by") in ("foreign", "garbage") else "unknown"
        first = {
            "id": e and e.id,
            "upper": e and e.id.upper(),
            "slug": e and e.values["slug"],
            "unknown": UNKNOWN,
            "foreign": self.run.site.foreign,
            "garbage": "not-there",
        }[by]
        path = "/events/" + first
        if kind and thing is not None:
            other = [t for x in self.world.events if x is not e for t in x.below[kind]]
            which = thing.id if thing else UNKNOWN
            which = {
                None: which,
                "unknown": UNKNOWN,
                "upper": which.upper(),
                "other": other[0].id if other else "x",
            }[m.get("one")]
            path = (
                "/tickets/" + which
                if kind == "tickets" and m.get("alone")
                else "%s/%s/%s" % (path, kind, which)
            )
        elif kind:
            path += "/" + kind
        call = Call(
            "PUT" if method == "PATCH" and m.get("put") else method,
            path + tail,
            m.get("key", "all"),
            prefer=m.get("prefer"),
            idem=m.get("idem") if method == "POST" else None,
        )
        if method != "GET":
            marks = (
                self.marks.get((thing or e).id, []) if (thing or e) and thing is not False else []
            )
            wanted = m.get("if_match")
            call.if_match = {
                "fresh": marks[-1] if marks else None,
                "stale": marks[0] if marks else None,
            }.get(wanted, wanted)
        if method in ("POST", "PATCH"):
            if m.get("noise"):
                body = dict(body or {}, zzz=1, id=UNKNOWN)
            call.body = m.get("raw", json.dumps(body) if body is not None else None)
            call.content_type = m.get("type", "application/json")
        return call

    def with_performers(self, body, e):
        """Numbers in performerIds stand for the event's performers."""
        ids = body.get("performerIds")
        if isinstance(ids, list):
            there = [p.id for p in e.below["performers"]] if e else []
            body["performerIds"] = [
                (there[i % len(there)] if there else UNKNOWN) if isinstance(i, int) else i
                for i in ids
            ]
        return body

    # ---- the rules ----

    def go(self, numbers):
        self.begin("events") if numbers[0] % 3 == 1 else self.open_shop(
            numbers[0] % 5, numbers[0] % 2
        )
        for number in numbers:
            if number:
                dice = random.Random(number)
                method, choices = dice.choice(MOVES)
                method(self, **{name: choose(dice) for name, choose in choices.items()})
        wrong = recount(self.run.db)
        if wrong:
            self.fail(["counted again: " + w for w in wrong])

    @move(5, kind=some(sorted(KINDS) + ["tickets", "schedules", "performers", "free"]))
    def begin(self, kind):
        """Something simple to walk on, whatever else is refused."""
        e = self.event(0)
        if kind in ("events", "free") or not e:
            price, name = (0, "FREE") if kind == "free" else (100, "PAID")
            self.step(
                Call(
                    "POST",
                    "/events",
                    body=json.dumps(
                        dict(
                            BASE["event"],
                            name="Event, " + name,
                            type=name,
                            tickets=[
                                dict(ONE_TICKET, price=price),
                                dict(ONE_TICKET, name="Two", price=0, published=True),
                            ],
                        )
                    ),
                )
            )
        else:
            body = (
                dict(BASE[kind], endsAt=TIMES[1], stage="Main")
                if kind == "schedules"
                else BASE[kind]
            )
            self.step(Call("POST", "/events/%s/%s" % (e.id, kind), body=json.dumps(body)), e, kind)

    @move(1, sent=changes("event"), how=manner)
    def create_event(self, sent, how):
        call = self.make("POST", None, manners=how, body=apply_changes(BASE["event"], sent))
        call.path, call.if_match = "/events", None
        self.step(call)
        if self.world.events:
            self.look_around(self.world.events[-1], "tickets")

    @move(3, n=pick, sent=changes("event"), how=manner)
    def patch_event(self, n, sent, how):
        e = self.event(n)
        self.step(self.make("PATCH", e, manners=how, body=apply_changes({}, sent)), e)

    @move(2, n=pick, verb=some(sorted(STATES)), how=manner)
    def act_event(self, n, verb, how):
        e = self.event(n)
        self.step(self.make("POST", e, manners=how, tail="/" + verb), e)

    @move(1, n=pick, how=manner)
    def delete_event(self, n, how):
        e = self.event(n)
        self.step(self.make("DELETE", e, manners=how), e)

    @move(4, n=pick, sent=below, how=manner)
    def create_below(self, n, sent, how):
        e, kind = self.event(n), sent[0]
        self.step(
            self.make(
                "POST",
                e,
                kind,
                None,
                how,
                body=self.with_performers(apply_changes(BASE[kind], sent[1]), e),
            ),
            e,
            kind,
        )

    @move(
        3,
        n=pick,
        start=some(TIMES[:3]),
        end=some((TIMES[1], TIMES[2], TIMES[4], None)),
        stage=some(("Main", "main", "Hall B", None)),
        who=some(([], [0], [1])),
        how=manner,
    )
    def meet(self, n, start, end, stage, who, how):
        """Entries of a programme that overlap, touch or miss each other."""
        e = self.event(n)
        body = self.with_performers(
            dict(
                BASE["schedules"], startsAt=start, endsAt=end, stage=stage, performerIds=list(who)
            ),
            e,
        )
        self.step(self.make("POST", e, "schedules", None, how, body=body), e, "schedules")

    @move(4, n=pick, i=pick, sent=below, how=manner)
    def patch_below(self, n, i, sent, how):
        e, kind = self.event(n), sent[0]
        self.step(
            self.make(
                "PATCH",
                e,
                kind,
                self.thing(e, kind, i) or False,
                how,
                body=self.with_performers(apply_changes({}, sent[1]), e),
            ),
            e,
            kind,
        )

    @move(3, n=pick, i=pick, sent=changes("tickets"))
    def patch_ticket(self, n, i, sent):
        e = self.event(n)
        self.step(
            self.make(
                "PATCH",
                e,
                "tickets",
                self.thing(e, "tickets", i) or False,
                body=apply_changes({}, sent),
            ),
            e,
            "tickets",
        )

    @move(2, n=pick, i=pick, kind=kinds, how=manner)
    def delete_below(self, n, i, kind, how):
        e = self.event(n)
        self.step(self.make("DELETE", e, kind, self.thing(e, kind, i) or False, how), e, kind)

    @move(6, n=pick, i=pick, verb=some(sorted(TICKET_STATES)), how=manner)
    def act_ticket(self, n, i, verb, how):
        e = self.event(n)
        self.step(
            self.make(
                "POST", e, "tickets", self.thing(e, "tickets", i) or False, how, tail="/" + verb
            ),
            e,
            "tickets",
        )

    @move(
        2, n=pick, i=pick, kind=some([None] + sorted(KINDS)), how=manner, known=some((False, True))
    )
    def get(self, n, i, kind, how, known):
        e = self.event(n)
        thing = self.thing(e, kind, i) or False if kind else None
        call = self.make("GET", e, kind, thing, how)
        seen = self.world.seen.get((thing or e).id) if e and thing is not False else None
        call.if_none_match = seen[0] if known and seen else None
        self.step(call)

    @move(
        1,
        n=pick,
        kind=kinds,
        query=some(
            QUERIES + [(("sort", "position"),), (("sort", "-position"),), (("sort", "name"),)]
        ),
        how=manner,
    )
    def list_below(self, n, kind, query, how):
        call = self.make("GET", self.event(n), kind, None, how)
        call.query = list(query)
        self.step(call)

    @move(2, paging=some(QUERIES), filters=queries(EVENT_QUERIES), how=manner)
    def list_events(self, paging, filters, how):
        call = self.make("GET", None, manners=how)
        call.path, call.query = "/events", list(
            dict(pair for part in [paging] + filters for pair in part).items()
        )
        self.step(call)

    @move(
        1,
        take=some(("1", "2", "100")),
        sort=some(("name", "-name", "dateTime", "-dateTime", "createdAt", "-createdAt")),
    )
    def walk_by_cursor(self, take, sort):
        """Every event once and in order, however the pages are cut."""
        want = self.world.call(
            Call("GET", "/events", query=[("take", "100"), ("sort", sort)])
        ).take(None)
        got, query, self.run.steps = [], [("take", take), ("sort", sort)], self.run.steps + 1
        for _ in range(len(want) + 2):
            self.note(Call("GET", "/events", query=query))
            r = self.run.send(Call("GET", "/events", query=query))
            got += r.data or []
            query = [("take", take), ("cursor", (r.json.get("meta") or {}).get("nextCursor"))]
            if not query[1][1]:
                break
        wrong = differences(got, want, "the walk")
        if wrong:
            self.fail(wrong)

    @move(1, n=pick, first=some(sorted(STATES)), second=some(sorted(STATES)))
    def act_twice(self, n, first, second):
        for verb in (first, second):
            e = self.event(n)
            self.step(self.make("POST", e, tail="/" + verb), e)

    @move(2, n=pick, twist=some((None, None, "body", "path", "key")))
    def again(self, n, twist):
        """An earlier POST under its Idempotency-Key, the same or not."""
        if not self.repeatable:
            return
        first = self.repeatable[n % len(self.repeatable)]
        call = Call(
            first.method,
            first.path,
            first.key,
            first.body,
            (),
            first.content_type,
            first.if_match,
            None,
            first.prefer,
            first.idem,
            first.mount,
        )
        if twist == "body":
            call.body = '{"name":"Another"}'
        elif twist == "path":
            call.path = (
                call.path.upper()
                if call.path.startswith("/tickets")
                else "/events"
                if call.path != "/events"
                else "/events/%s/publish" % UNKNOWN
            )
        elif twist == "key":
            call.key = "events:write"
        self.step(call, self.world.events[-1] if self.world.events else None)

    @move(
        1,
        method=some(("GET", "POST", "PATCH", "DELETE", "PUT")),
        path=some(
            (
                "/events",
                "/events/%s" % UNKNOWN,
                "/events/%s/publish" % UNKNOWN,
                "/events/%s/brands/x" % UNKNOWN,
                "/tickets/x",
                "/tickets",
                "/nothing",
                "/events/",
                "/events/x/y",
                "/venues/" + VENUES[0],
                "/venues/" + VENUES[1].upper(),
                "/venues/" + UNKNOWN,
                "/venues/x",
            )
        ),
        how=manner,
    )
    def anything(self, method, path, how):
        call = self.make(method, None, manners=how, body={})
        call.path, call.if_match = path, None
        self.step(call)
