#!/usr/bin/env python3
"""Random walks over every resource of the Open API, in step with the contract in memory (tests/lib/model.py): after each step the answer, the whole resource and its lists are compared.

TG_STEPS how many steps (200 unless set), TG_SEED which walk. A disagreement is shrunk and shown as curl lines. Then the walk itself is tested: each of the model's FLIPS must be found out."""
import http.client
import json
import os
import random
import sys
import time

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from model import FLIPS, KINDS, STATES, TICKET_STATES, Call, World, disagreements, differences  # noqa: E402
from state import Db  # noqa: E402
from tg import Site, check, finish  # noqa: E402

STEPS = int(os.environ.get('TG_STEPS') or 200)
SEED = int(os.environ.get('TG_SEED') or random.SystemRandom().randrange(10 ** 9))
BY_HAND = STEPS > 200
WALK = 40  # steps of one walk
SHRINK_SECONDS = 40
UNKNOWN = '01900000-0000-7000-8000-000000000001'
VENUES = ('01900000-0000-7000-8000-00000000beef', '01900000-0000-7000-8000-00000000cafe')
SCOPES = ('events:read', 'events:write', 'tickets:read', 'tickets:write', 'webhooks:manage')

# ---- what may be sent: (field, value), the simplest first ----

TIMES = ('2030-06-15T18:00:00Z', '2030-06-15T19:00:00.000Z', '2030-06-16T03:00:00+08:00', '2030-06-15T18:00:00.001Z', '2030-06-15T20:30:00Z', '2030-06-15T17:59:59.999Z', '2031-01-01T00:00:00-05:30')
BAD_TIMES = ('tomorrow', '2030-06-15T18:00:00', '2030-02-30T00:00:00Z', '', 5, True)
NAMES = ('Gig', 'gig', 'Gig two', 'Caf\u00e9 del Mar', '\u00d1and\u00fa Night 2030', '\u65e5\u672c', 'A' * 200, '  padded ', '0 zero', 'Anna-Lena 7')
BAD_NAMES = ('', '   ', 'x' * 201, None, 5, [], 'a\0b', True)
LINKS = ('https://example.com/a', 'http://example.com:8080/x?y=1&z=%20', 'HTTPS://example.com')
BAD_LINKS = ('ftp://x/', 'example.com', '', 'https://', 5, 'https://a b/', 'https://example.com/' + 'x' * 2040)


def pairs(**values):
    return [(name, value) for name, several in values.items() for value in several]


PLACES = (0, 1, 2, 5, 1000000, None)
BAD_PLACES = (-1, 1000001, 'first', 0.5, True)
ONE_TICKET = {'name': 'General', 'price': 100, 'quantity': 10}
GOOD = {
    'event': pairs(name=NAMES, dateTime=TIMES, endDateTime=TIMES + (None,), description=('', 'Two\nlines "quoted" <b> \\', None), venueId=VENUES + (None, VENUES[0].upper()), type=('PAID', 'FREE'),
                   journeyType=('RSVP', 'PRESELLING', 'STANDARD'), visibility=('PRIVATE', 'PUBLIC'), imageUrl=LINKS + (None,), galleryUrls=([], list(LINKS), [LINKS[0]]), absorbFees=(False, True),
                   timezone=('Europe/Berlin', 'Asia/Manila'), currency=('USD', 'JPY', 'PHP'), eventCapacity=(1, 7, 20, 10000000, None, 5.0), callbackUrl=('https://example.org/hook', None),
                   slug=('gig', 'own', 'own-2', '0'),
                   tickets=([], [ONE_TICKET], [dict(ONE_TICKET, price=0), dict(ONE_TICKET, name='Two', price=0, published=True)],
                            [dict(ONE_TICKET, published=True), dict(ONE_TICKET, name='Two', quantity=3, published=True), dict(ONE_TICKET, name='Three', lowInventoryThreshold=0)],
                            [dict(ONE_TICKET, position=7), dict(ONE_TICKET, name='First', position=0), dict(ONE_TICKET, name='Between')])),
    'tickets': pairs(name=('General', 'VIP', 'x' * 120), description=('', 'Good', None), price=(100, 0, 0.01, 1500.5, 9999999999.99, 1e3), quantity=(10, 0, 1, 4, 7, 10000000, 12.0), published=(True, False),
                     minPerOrder=(1, 2, 10), maxPerOrder=(10, 2, 1), salesStartAt=TIMES + (None,), salesEndAt=TIMES + (None,), lowInventoryThreshold=(0, 3, None), position=PLACES),
    'performers': pairs(name=NAMES, bio=('', 'Sings', None), imageUrl=LINKS + (None,), role=('HEADLINER', 'SPEAKER'), position=PLACES, startsAt=TIMES + (None,), endsAt=TIMES + (None,),
                        links=([], list(LINKS))),
    'schedules': pairs(title=('Main set', 'Talk', 'x' * 200), description=('More', None), startsAt=TIMES, endsAt=TIMES + (None,), stage=('Main', 'main', 'M\u00e1in', 'Hall B', None),
                       performerIds=([], [0], [1], [0, 1], [1, 0, 0]), position=PLACES),
    'brands': pairs(name=NAMES, logoUrl=LINKS + (None,), websiteUrl=LINKS, role=('PRESENTER', 'MEDIA', 'SPONSOR'), position=PLACES),
}
OFTEN = {'event': ('name', 'type', 'eventCapacity', 'currency', 'slug', 'tickets'), 'tickets': ('price', 'quantity', 'published', 'position'), 'schedules': ('startsAt', 'endsAt', 'stage', 'performerIds'),
         'performers': ('position',), 'brands': ('position',)}
for _of, _names in OFTEN.items():
    GOOD[_of] += 3 * [pair for pair in GOOD[_of] if pair[0] in _names]
MISSING = object()
NOISE = pairs(zzz=(1,), id=(UNKNOWN,), createdAt=TIMES[:1], eventId=(UNKNOWN,), version=(7,), status=('PUBLISHED',), sold=(3,))
BAD = {
    'event': pairs(name=BAD_NAMES + (MISSING,), dateTime=BAD_TIMES + (None, MISSING), endDateTime=BAD_TIMES, description=('x' * 20001, 5), venueId=(UNKNOWN, 'x', '', 5), type=('FREEMIUM', '', 5, None, 'free'),
                   journeyType=('X', None), visibility=('SECRET', 5), imageUrl=BAD_LINKS, galleryUrls=('x', [5], [LINKS[0], 'x', None], ['x'] * 21, None), absorbFees=('true', 1, None), timezone=('Mars', 5, ''),
                   currency=('php', 'XYZ', 5, None), eventCapacity=(0, -1, 10000001, 'many', 1.5), callbackUrl=BAD_LINKS + ('https://u:p@example.com/', 'https://example.org/#f'),
                   slug=('A', 'a b', '', '---', UNKNOWN, 'x' * 121, 5),
                   tickets=('x', [5], [{}], [dict(ONE_TICKET, price=-1), dict(ONE_TICKET, quantity='x')], [dict(ONE_TICKET, zzz=1)], [dict(ONE_TICKET, minPerOrder=20)], [ONE_TICKET] * 101, None)),
    'tickets': pairs(name=('', 'x' * 121, None, MISSING), description=('x' * 2001,), price=(-1, 0.001, '5', None, 10000000001, MISSING, True), quantity=(-1, 10000001, 1.5, '5', None, MISSING),
                     published=('yes', 1, None), minPerOrder=(0, 20, None), maxPerOrder=(0, 'x'), salesStartAt=BAD_TIMES, salesEndAt=BAD_TIMES, lowInventoryThreshold=(-1, 'x'), position=BAD_PLACES),
    'performers': pairs(name=BAD_NAMES + (MISSING,), bio=('x' * 5001,), imageUrl=BAD_LINKS, role=('X', None), position=BAD_PLACES, startsAt=BAD_TIMES, endsAt=BAD_TIMES, links=('x', ['x'], None)),
    'schedules': pairs(title=BAD_NAMES + (MISSING,), description=(5,), startsAt=BAD_TIMES + (None, MISSING), endsAt=BAD_TIMES, stage=('', '  ', 'x' * 121), performerIds=([UNKNOWN], [0, UNKNOWN], ['x'], 'x', None),
                       position=BAD_PLACES),
    'brands': pairs(name=BAD_NAMES + (MISSING,), logoUrl=BAD_LINKS, websiteUrl=BAD_LINKS, role=('X', 5), position=BAD_PLACES),
}
BASE = {'event': {'name': 'Gig', 'dateTime': TIMES[0]}, 'tickets': ONE_TICKET, 'performers': {'name': 'Ana'}, 'schedules': {'title': 'Main set', 'startsAt': TIMES[0]}, 'brands': {'name': 'Habagat'}}

# How a call is made, most often plainly. Several may come together.
PLAIN = {}
MANNERS = [PLAIN] * 100 + [
    dict(by='slug'), dict(by='slug'), dict(by='upper'), dict(by='foreign'), dict(by='unknown'), dict(by='garbage'), dict(one='unknown'), dict(one='other'), dict(one='upper'),
    dict(if_match='fresh'), dict(if_match='fresh'), dict(if_match='stale'), dict(if_match='stale'), dict(if_match='*'), dict(if_match='"zzz"'),
    dict(prefer='handling=strict'), dict(prefer='handling=lenient'), dict(prefer='handling=lenient'),
    dict(idem='one'), dict(idem='two'), dict(idem='"one"'), dict(idem='has space'), dict(idem='x' * 256),
    dict(key='events:read'), dict(key='events:write'), dict(key='tickets:read'), dict(key='tickets:write'), dict(key='webhooks:manage'), dict(key='bad'), dict(key=None),
    dict(raw=''), dict(raw='{"name":'), dict(raw='[]'), dict(raw="{'a':1}"), dict(raw='{"name":"a","name":"b"}'), dict(type='text/plain'), dict(type='application/json; charset=utf-8'),
    dict(put=True), dict(alone=True), dict(alone=True), dict(noise=True),
]
QUERIES = [(), (('page', '1'),), (('page', '2'), ('take', '2')), (('take', '1'),), (('page', '99'),), (('take', '100'),), (('page', '0'),), (('take', '101'),), (('take', 'x'),), (('take', ''),), (('zzz', '1'),)]
EVENT_QUERIES = [(('sort', s),) for s in ('name', '-name', 'dateTime', '-dateTime', 'createdAt', '-createdAt', 'price')] + [(('status', s),) for s in ('DRAFT', 'PUBLISHED', 'ARCHIVED', 'draft')] + [
    (('q', q),) for q in ('gig', 'CAFE', 'caf mar', 'nan night', '\u65e5', 'x', '-', 'a' * 50, 'two gig', 'lena')] + [
    (('from', TIMES[3]),), (('to', TIMES[3]),), (('from', TIMES[2]), ('to', TIMES[4])), (('from', 'x'),), (('venueId', VENUES[0]),), (('venueId', 'x'),), (('visibility', 'PRIVATE'),)]

def some(values):
    return lambda dice: dice.choice(values)


def changes(of):
    """What to lay over a body: good fields, and in a quarter of the calls bad ones."""
    return lambda dice: ([dice.choice(GOOD[of]) for _ in range(dice.randrange(5))], [dice.choice(BAD[of] + NOISE) for _ in range(dice.choice((0, 0, 0, 0, 0, 0, 1, 2, 3)))])


def below(dice):
    kind = dice.choice(sorted(KINDS))
    return kind, changes(kind)(dice)


def manner(dice):
    return [dice.choice(MANNERS) for _ in range(dice.choice((1, 1, 2)))]


def queries(dice):
    return [dice.choice(EVENT_QUERIES) for _ in range(dice.randrange(3))]


pick = some((0, 0, 0, 1, 1, 2))
kinds = some(sorted(KINDS))
NUMBERS = st.lists(st.integers(0, 2 ** 24), min_size=WALK, max_size=WALK)


def laid_over(base, sent):
    body = dict(base)
    for name, value in sent[0] + sent[1]:
        body[name] = value
        if value is MISSING:
            body.pop(name)
    return body


class Disagreement(AssertionError):
    pass


class Enough(BaseException):
    """All steps are done, or it was shrunk for long enough."""


class Run:
    """What outlives one walk: the site, what was found, and the shortest walk that found it."""

    def __init__(self, site):
        self.site, self.db, self.organization, self.flip = site, Db(site), site.organization, None
        self.keys = {'all': site.key()}
        self.keys.update({scope: site.key(scope) for scope in SCOPES})
        self.scopes = dict({scope: {scope} for scope in SCOPES}, all=set(SCOPES))
        self.venues = {v: site.get('/venues/' + v, self.keys['all']).data for v in VENUES}
        self.steps, self.found, self.first, self.connection, self.last = 0, None, 0, None, 0.0

    def reset(self):
        """An empty organization again."""
        mine = "org_id = x'%s'" % self.organization.replace('-', '')
        for table in ('events', 'event_words', 'counters'):
            self.db.sql('DELETE FROM %s WHERE %s' % (table, mine))
        self.db.sql('DELETE FROM idempotency')

    def send(self, call):
        if not self.connection or time.monotonic() - self.last > 3:
            if self.connection:
                self.connection.close()
            self.connection = self.site.connect()
        key = self.keys.get(call.key) or ('tn_live_' + 'x' * 38 if call.key else None)
        try:
            return self.site.request(call.method, call.target, key, call.body, call.headers, connection=self.connection)
        except http.client.RemoteDisconnected:  # a connection that the server had just closed
            self.connection.close()
            return self.site.request(call.method, call.target, key, call.body, call.headers, connection=self.connection)
        finally:
            self.last = time.monotonic()

    def walk(self, steps, number, flip=None, phases=(Phase.generate, Phase.shrink)):
        """Walks on until so many steps are done or a disagreement is found."""
        self.flip, self.found, self.first, self.steps, self.wanted = flip, None, 0, 0, steps
        rounds = 0
        while self.steps < steps and not self.found:
            @seed(number + rounds)
            @settings(max_examples=100, deadline=None, database=None, phases=phases, verbosity=Verbosity.quiet, print_blob=False, report_multiple_bugs=False, suppress_health_check=list(HealthCheck))
            @given(NUMBERS)
            def one_walk(numbers):
                Walk(self).go(numbers)
            rounds += 1
            try:
                one_walk()
            except Enough:
                break
            except Exception:  # noqa: hypothesis wraps what the walk raised in several ways
                if not self.found:
                    raise
        return self.found


MOVES = []


def move(weight, **choices):
    """A method of Walk that a step may be, so often among the others."""
    def register(method):
        MOVES.extend([(method, choices)] * weight)
        return method
    return register


class Walk:
    """A step is one number, and all about it is drawn from a die that this number throws; 0 is no step. Hypothesis chooses the numbers, and shrinks a walk by making them 0."""

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
        if time.monotonic() - self.run.first > SHRINK_SECONDS if self.run.first else self.run.steps > self.run.wanted:
            raise Enough
        answer = self.world.call(call)
        self.note(call)
        r = self.run.send(call)
        wrong = disagreements(self.world, call, answer, r)
        if wrong:
            self.fail(wrong + ([] if r.status < 500 else ['the log: ' + self.run.site.log()[-1500:]]))
        thing = getattr(answer, 'of', None)
        if thing:
            self.marks.setdefault(thing.id, []).append(r.headers.get('etag'))
            if thing.id not in self.names:
                self.name(thing.id, 'X%d' % (len(self.names) + 1), '.data.id')
                for i, t in enumerate(getattr(thing, 'below', {}).get('tickets', [])):
                    self.name(t.id, 'X%d' % (len(self.names) + 1), '.data.tickets[%d].id' % i)
        if call.method == 'POST' and call.idem:
            self.repeatable.append(call)

    def name(self, value, variable, path):
        self.names[value] = '$' + variable
        self.lines[-1] += '; %s=$(jq -r "%s" answer)' % (variable, path)

    def look_around(self, touched, kind):
        """The whole event, the list of what was touched, and the list of events."""
        events = self.world.events
        e = touched if touched in events else None
        if e:
            self.exchange(Call('GET', '/events/' + e.id))
            for k in ([kind] if kind else []):
                self.exchange(Call('GET', '/events/%s/%s' % (e.id, k), query=[('take', '100')]))
        self.exchange(Call('GET', '/events', query=[('take', '100'), ('sort', ('-createdAt', 'name', 'dateTime')[self.run.steps % 3])]))

    def fail(self, wrong):
        run = self.run
        run.first = run.first or time.monotonic()
        if not run.found or len(self.lines) <= len([x for x in run.found if x.startswith(('curl', 'mariadb'))]):
            run.found = self.lines + ['# ' + w for w in wrong]
        raise Disagreement('; '.join(wrong)[:3000])

    def note(self, call):
        """As a line for a shell that has $BASE, and the keys as $KEY_all and the like."""
        def quoted(s):
            s = "'" + s.replace("'", "'\\''") + "'"
            for value, variable in self.names.items():
                s = s.replace(value, "'\"%s\"'" % variable)
            return s
        line = 'curl -s -o answer -X %s "$BASE"%s' % (call.method, quoted(call.target))
        if call.key:
            line += ' -H "api-key: $KEY_%s"' % call.key.replace(':', '_')
        for name, value in call.headers.items():
            line += ' -H ' + quoted('%s: %s' % (name, value))
        self.lines.append(line + (' -d ' + quoted(call.body) if call.body else ''))

    # ---- choosing ----

    def event(self, n):
        events = self.world.events
        return events[n % len(events)] if events else None

    def thing(self, e, kind, n):
        things = e.below[kind] if e and kind else []
        return things[n % len(things)] if things else None

    def make(self, method, e, kind=None, thing=None, manners=(), tail='', body=None):
        """The call, spelled as the manners say. thing: None for a list or creation, False where there is none to name."""
        m = {k: v for one in manners for k, v in one.items()}
        by = m.get('by', 'id') if e or m.get('by') in ('foreign', 'garbage') else 'unknown'
        first = {'id': e and e.id, 'upper': e and e.id.upper(), 'slug': e and e.values['slug'], 'unknown': UNKNOWN, 'foreign': self.run.site.foreign, 'garbage': 'not-there'}[by]
        path = '/events/' + first
        if kind and thing is not None:
            other = [t for x in self.world.events if x is not e for t in x.below[kind]]
            which = thing.id if thing else UNKNOWN
            which = {None: which, 'unknown': UNKNOWN, 'upper': which.upper(), 'other': other[0].id if other else 'x'}[m.get('one')]
            path = '/tickets/' + which if kind == 'tickets' and m.get('alone') else '%s/%s/%s' % (path, kind, which)
        elif kind:
            path += '/' + kind
        call = Call('PUT' if method == 'PATCH' and m.get('put') else method, path + tail, m.get('key', 'all'), prefer=m.get('prefer'), idem=m.get('idem') if method == 'POST' else None)
        if method != 'GET':
            marks = self.marks.get((thing or e).id, []) if (thing or e) and thing is not False else []
            wanted = m.get('if_match')
            call.if_match = {'fresh': marks[-1] if marks else None, 'stale': marks[0] if marks else None}.get(wanted, wanted)
        if method in ('POST', 'PATCH'):
            if m.get('noise'):
                body = dict(body or {}, zzz=1, id=UNKNOWN)
            call.body = m.get('raw', json.dumps(body) if body is not None else None)
            call.content_type = m.get('type', 'application/json')
        return call

    def with_performers(self, body, e):
        """Numbers in performerIds stand for the event's performers."""
        ids = body.get('performerIds')
        if isinstance(ids, list):
            there = [p.id for p in e.below['performers']] if e else []
            body['performerIds'] = [(there[i % len(there)] if there else UNKNOWN) if isinstance(i, int) else i for i in ids]
        return body

    # ---- the rules ----

    def go(self, numbers):
        self.begin('events')
        for number in numbers:
            if number:
                dice = random.Random(number)
                method, choices = dice.choice(MOVES)
                method(self, **{name: choose(dice) for name, choose in choices.items()})

    @move(5, kind=some(sorted(KINDS) + ['tickets', 'schedules', 'performers', 'free']))
    def begin(self, kind):
        """Something simple to walk on, whatever else is refused."""
        e = self.event(0)
        if kind in ('events', 'free') or not e:
            price, name = (0, 'FREE') if kind == 'free' else (100, 'PAID')
            self.step(Call('POST', '/events', body=json.dumps(dict(BASE['event'], name='Event, ' + name, type=name, tickets=[dict(ONE_TICKET, price=price), dict(ONE_TICKET, name='Two', price=0, published=True)]))))
        else:
            body = dict(BASE[kind], endsAt=TIMES[1], stage='Main') if kind == 'schedules' else BASE[kind]
            self.step(Call('POST', '/events/%s/%s' % (e.id, kind), body=json.dumps(body)), e, kind)

    @move(1, sent=changes('event'), how=manner)
    def create_event(self, sent, how):
        call = self.make('POST', None, manners=how, body=laid_over(BASE['event'], sent))
        call.path, call.if_match = '/events', None
        self.step(call)
        if self.world.events:
            self.look_around(self.world.events[-1], 'tickets')

    @move(3, n=pick, sent=changes('event'), how=manner)
    def patch_event(self, n, sent, how):
        e = self.event(n)
        self.step(self.make('PATCH', e, manners=how, body=laid_over({}, sent)), e)

    @move(2, n=pick, verb=some(sorted(STATES)), how=manner)
    def act_event(self, n, verb, how):
        e = self.event(n)
        self.step(self.make('POST', e, manners=how, tail='/' + verb), e)

    @move(1, n=pick, how=manner)
    def delete_event(self, n, how):
        e = self.event(n)
        self.step(self.make('DELETE', e, manners=how), e)

    @move(4, n=pick, sent=below, how=manner)
    def create_below(self, n, sent, how):
        e, kind = self.event(n), sent[0]
        self.step(self.make('POST', e, kind, None, how, body=self.with_performers(laid_over(BASE[kind], sent[1]), e)), e, kind)

    @move(3, n=pick, start=some(TIMES[:3]), end=some((TIMES[1], TIMES[2], TIMES[4], None)), stage=some(('Main', 'main', 'Hall B', None)), who=some(([], [0], [1])), how=manner)
    def meet(self, n, start, end, stage, who, how):
        """Entries of a programme that overlap, touch or miss each other."""
        e = self.event(n)
        body = self.with_performers(dict(BASE['schedules'], startsAt=start, endsAt=end, stage=stage, performerIds=list(who)), e)
        self.step(self.make('POST', e, 'schedules', None, how, body=body), e, 'schedules')

    @move(4, n=pick, i=pick, sent=below, how=manner)
    def patch_below(self, n, i, sent, how):
        e, kind = self.event(n), sent[0]
        self.step(self.make('PATCH', e, kind, self.thing(e, kind, i) or False, how, body=self.with_performers(laid_over({}, sent[1]), e)), e, kind)

    @move(3, n=pick, i=pick, sent=changes('tickets'))
    def patch_ticket(self, n, i, sent):
        e = self.event(n)
        self.step(self.make('PATCH', e, 'tickets', self.thing(e, 'tickets', i) or False, body=laid_over({}, sent)), e, 'tickets')

    @move(2, n=pick, i=pick, kind=kinds, how=manner)
    def delete_below(self, n, i, kind, how):
        e = self.event(n)
        self.step(self.make('DELETE', e, kind, self.thing(e, kind, i) or False, how), e, kind)

    @move(6, n=pick, i=pick, verb=some(sorted(TICKET_STATES)), how=manner)
    def act_ticket(self, n, i, verb, how):
        e = self.event(n)
        self.step(self.make('POST', e, 'tickets', self.thing(e, 'tickets', i) or False, how, tail='/' + verb), e, 'tickets')

    @move(2, n=pick, i=pick, kind=some([None] + sorted(KINDS)), how=manner, known=some((False, True)))
    def get(self, n, i, kind, how, known):
        e = self.event(n)
        thing = self.thing(e, kind, i) or False if kind else None
        call = self.make('GET', e, kind, thing, how)
        seen = self.world.seen.get((thing or e).id) if e and thing is not False else None
        call.if_none_match = seen[0] if known and seen else None
        self.step(call)

    @move(1, n=pick, kind=kinds, query=some(QUERIES + [(('sort', 'position'),), (('sort', '-position'),), (('sort', 'name'),)]), how=manner)
    def list_below(self, n, kind, query, how):
        call = self.make('GET', self.event(n), kind, None, how)
        call.query = list(query)
        self.step(call)

    @move(2, paging=some(QUERIES), filters=queries, how=manner)
    def list_events(self, paging, filters, how):
        call = self.make('GET', None, manners=how)
        call.path, call.query = '/events', list(dict(pair for part in [paging] + filters for pair in part).items())
        self.step(call)

    @move(1, take=some(('1', '2', '100')), sort=some(('name', '-name', 'dateTime', '-dateTime', 'createdAt', '-createdAt')))
    def walk_by_cursor(self, take, sort):
        """Every event once and in order, however the pages are cut."""
        want = self.world.call(Call('GET', '/events', query=[('take', '100'), ('sort', sort)])).take(None)
        got, query, self.run.steps = [], [('take', take), ('sort', sort)], self.run.steps + 1
        for _ in range(len(want) + 2):
            self.note(Call('GET', '/events', query=query))
            r = self.run.send(Call('GET', '/events', query=query))
            got += r.data or []
            query = [('take', take), ('cursor', (r.json.get('meta') or {}).get('nextCursor'))]
            if not query[1][1]:
                break
        wrong = differences(got, want, 'the walk')
        if wrong:
            self.fail(wrong)

    @move(1, n=pick, first=some(sorted(STATES)), second=some(sorted(STATES)))
    def act_twice(self, n, first, second):
        for verb in (first, second):
            e = self.event(n)
            self.step(self.make('POST', e, tail='/' + verb), e)

    @move(3, n=pick, i=pick, sold=some((1, 2, 0, 5, 10)), held=some((0, 1, 4)))
    def sell(self, n, i, sold, held):
        """As the box office would: never more than there are."""
        e = self.event(n)
        t = self.thing(e, 'tickets', i)
        if not t:
            return
        room = t.values['quantity']
        if e.values['eventCapacity'] is not None:
            room = min(room, e.values['eventCapacity'] - e.taken + t.sold + t.held)
        t.sold = min(sold, room)
        t.held = min(held, room - t.sold)
        statements = ("UPDATE ticket_types SET sold = %d, held = %d WHERE id = x'%s'" % (t.sold, t.held, t.id.replace('-', '')),
                      "UPDATE event_stock SET taken = %d WHERE capacity IS NOT NULL AND event_id = x'%s'" % (e.taken, e.id.replace('-', '')))
        for statement in statements:
            self.lines.append('mariadb ticketgate -e "%s"' % statement)
            self.run.db.sql(statement)
        self.run.steps += 1
        self.look_around(e, 'tickets')

    @move(2, n=pick, twist=some((None, None, 'body', 'path', 'key')))
    def again(self, n, twist):
        """An earlier POST under its Idempotency-Key, the same or not."""
        if not self.repeatable:
            return
        first = self.repeatable[n % len(self.repeatable)]
        call = Call(first.method, first.path, first.key, first.body, (), first.content_type, first.if_match, None, first.prefer, first.idem)
        if twist == 'body':
            call.body = '{"name":"Another"}'
        elif twist == 'path':
            call.path = call.path.upper() if call.path.startswith('/tickets') else '/events' if call.path != '/events' else '/events/%s/publish' % UNKNOWN
        elif twist == 'key':
            call.key = 'events:write'
        self.step(call, self.world.events[-1] if self.world.events else None)

    @move(1, method=some(('GET', 'POST', 'PATCH', 'DELETE', 'PUT')), path=some(
        ('/events', '/events/%s' % UNKNOWN, '/events/%s/publish' % UNKNOWN, '/events/%s/brands/x' % UNKNOWN, '/tickets/x', '/tickets', '/nothing', '/events/', '/events/x/y', '/venues/' + VENUES[0],
         '/venues/' + VENUES[1].upper(), '/venues/' + UNKNOWN, '/venues/x')), how=manner)
    def anything(self, method, path, how):
        call = self.make(method, None, manners=how, body={})
        call.path, call.if_match = path, None
        self.step(call)



def site_for_walks():
    site = Site()
    site.organization = site.sql("SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(id), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')) FROM organizations WHERE slug = 'test'")[0][0]
    site.org('Other', 'other')
    for v, name in zip(VENUES, ('Araneta', 'Café Ñandú')):
        site.sql("INSERT INTO venues (id, name, country, latitude, created_at, updated_at) VALUES (x'%s', '%s', 'PH', 14.62, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))" % (v.replace('-', ''), name))
    r = site.post('/events', site.key(org='other'), dict(BASE['event'], name='Of another organization'))
    site.foreign = r.data['id']
    return site


with site_for_walks() as site:
    print('# TG_SEED=%d TG_STEPS=%d' % (SEED, STEPS), flush=True)
    run = Run(site)
    began = time.monotonic()
    found = run.walk(STEPS, SEED)
    for line in found or []:
        print('# ' + line[:1500], flush=True)
    check('the site and the contract agree for %d steps (TG_SEED=%d)' % (run.steps, SEED), not found, 'see the lines above')
    print('# %.0f s' % (time.monotonic() - began), flush=True)
    for flip in FLIPS if BY_HAND else FLIPS[-3:]:  # by walks that never change: they find it or do not
        found = run.walk(4000, 1, flip, phases=(Phase.generate,))
        check('a planted bug is found: %s (after %d steps)' % (flip, run.steps), found)
    check('no sanitizer report', not site.sanitizer_reports(), '\n'.join(site.sanitizer_reports()))
    run.db.close()
finish()
