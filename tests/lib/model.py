"""The contract in memory: what the Open API must answer, said in plain Python. A World is one organization; World.call(call) is the answer that the contract wants.

Ids, instants and a few slugs are the server's to choose: an Answer therefore takes the real data, lets the world adopt what was chosen, and gives back what all of it should have been.
Places are not stored: a thing's position is its index in the list that holds it.

FLIPS are wrong readings of one rule each. A World made with one of them must be found out; that is how the walk is tested."""
import datetime
import json
import re
import time
import unicodedata
import urllib.parse
import zoneinfo

FLIPS = ('archive twice', 'insert behind', 'touching entries clash', 'held may be cut', 'free price on patch', 'names in order of createdAt', 'mark goes with unpublish', 'stale validators pass',
         'replays forget the path', 'performer stays in the programme')
ZONES = zoneinfo.available_timezones()


# ---- the kinds of value ----

class Bad(Exception):
    """A value that its kind refuses; args are the places in it, '' for itself."""


def refuse(condition):
    if condition:
        raise Bad('')


def unique(members):
    refuse(len(dict(members)) < len(members))
    return dict(members)


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def text(low, high):
    def read(v):
        refuse(not isinstance(v, str) or '\0' in v or not low <= len(v) <= high or (low and not v.strip(' \t\r\n')))
        return v
    return read


def integer(low, high):
    def read(v):
        refuse(not is_number(v) or v != int(v) or not low <= v <= high)
        return int(v)
    return read


def money(v):
    refuse(not is_number(v) or not 0 <= v <= 10 ** 10 or round(v, 2) != v)
    return v


def boolean(v):
    refuse(not isinstance(v, bool))
    return v


def choice(*names):
    def read(v):
        refuse(v not in names)
        return v
    return read


def moment(v):
    """ISO 8601 with Z or an offset; UTC with milliseconds."""
    refuse(not isinstance(v, str) or not re.fullmatch(r'\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)', v))
    try:
        fraction = re.search(r'\.(\d+)', v)
        t = datetime.datetime.fromisoformat(re.sub(r'\.\d+', '', v.upper()).replace('Z', '+00:00')).astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError):
        raise Bad('') from None
    return t.strftime('%Y-%m-%dT%H:%M:%S') + '.%sZ' % (fraction.group(1)[:3].ljust(3, '0') if fraction else '000')


def uuid(v):
    refuse(not isinstance(v, str) or not is_uuid(v))
    return v.lower()


def url(v):
    refuse(not isinstance(v, str) or len(v) > 2048 or not re.fullmatch(r'https?://[A-Za-z0-9][A-Za-z0-9._-]*(:\d{1,5})?([/?#][!-~]*)?', v, re.I))
    return v


def webhook(v):
    refuse('#' in url(v))
    return v


def zone(v):
    refuse(v not in ZONES)
    return v


def currency(v):
    refuse(v not in ('PHP', 'USD', 'EUR', 'JPY', 'SGD'))
    return v


def slug(v):
    refuse(not isinstance(v, str) or not re.fullmatch('[a-z0-9-]{1,120}', v) or not v.strip('-') or is_uuid(v))
    return v


def many(most, read_item):
    def read(v):
        refuse(not isinstance(v, list) or len(v) > most)
        out, bad = [], []
        for i, item in enumerate(v):
            try:
                out.append(read_item(item))
            except Bad:
                bad.append('.%d' % i)
        if bad:
            raise Bad(*bad)
        return out
    return read


def once(read):
    """An id that came before is left out."""
    return lambda v: list(dict.fromkeys(read(v)))


def is_uuid(s):
    return bool(re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', s, re.I))


def ms(t):
    return int(datetime.datetime.fromisoformat(t.replace('Z', '+00:00')).timestamp() * 1000 + 0.5)


def fold(s):
    """As the database compares: case and accents do not matter, nor do spaces at the end."""
    return ''.join(c for c in unicodedata.normalize('NFKD', s.casefold()) if not unicodedata.combining(c)).rstrip(' ')


def words(s):
    return [fold(w)[:40] for w in re.findall('[0-9A-Za-z\x80-\U0010ffff]+', s)]


# ---- the resources ----

class Field:
    def __init__(self, read, required=False, nullable=False, default=None, create_only=False):
        self.read, self.required, self.nullable, self.default, self.create_only = read, required, nullable, default, create_only


def required(read):
    return Field(read, required=True)


def nullable(read):
    return Field(read, nullable=True)


def default(value, read):
    return Field(read, default=value)


TICKET = {
    'name': required(text(1, 120)), 'description': nullable(text(0, 2000)), 'price': required(money), 'quantity': required(integer(0, 10000000)), 'published': default(False, boolean),
    'minPerOrder': default(1, integer(1, 10000000)), 'maxPerOrder': default(10, integer(1, 10000000)), 'salesStartAt': nullable(moment), 'salesEndAt': nullable(moment),
    'lowInventoryThreshold': nullable(integer(0, 10000000)), 'position': nullable(integer(0, 1000000)),
}
EVENT = {
    'name': required(text(1, 200)), 'dateTime': required(moment), 'endDateTime': nullable(moment), 'description': nullable(text(0, 20000)), 'venueId': nullable(uuid),
    'type': default('PAID', choice('PAID', 'FREE')), 'journeyType': default('STANDARD', choice('STANDARD', 'RSVP', 'PRESELLING')), 'visibility': default('PUBLIC', choice('PUBLIC', 'PRIVATE')),
    'imageUrl': nullable(url), 'galleryUrls': default([], many(20, url)), 'absorbFees': default(True, boolean), 'timezone': default('Asia/Manila', zone), 'currency': default('PHP', currency),
    'eventCapacity': nullable(integer(1, 10000000)), 'callbackUrl': nullable(webhook), 'slug': default(None, slug), 'tickets': Field(TICKET, default=[], create_only=True),
}
PERFORMER = {
    'name': required(text(1, 200)), 'bio': nullable(text(0, 5000)), 'imageUrl': nullable(url), 'role': default('OTHER', choice('HEADLINER', 'SUPPORT', 'HOST', 'SPEAKER', 'OTHER')),
    'position': nullable(integer(0, 1000000)), 'startsAt': nullable(moment), 'endsAt': nullable(moment), 'links': default([], many(20, url)),
}
SCHEDULE = {
    'title': required(text(1, 200)), 'description': nullable(text(0, 5000)), 'startsAt': required(moment), 'endsAt': nullable(moment), 'stage': nullable(text(1, 120)),
    'performerIds': default([], once(many(50, uuid))), 'position': nullable(integer(0, 1000000)),
}
BRAND = {
    'name': required(text(1, 200)), 'logoUrl': nullable(url), 'websiteUrl': nullable(url), 'role': default('SPONSOR', choice('PRESENTER', 'ORGANIZER', 'SPONSOR', 'PARTNER', 'MEDIA')),
    'position': nullable(integer(0, 1000000)),
}
KINDS = {'tickets': ('Ticket', TICKET, 'tickets'), 'performers': ('Performer', PERFORMER, 'events'), 'schedules': ('Schedule', SCHEDULE, 'events'), 'brands': ('Brand', BRAND, 'events')}
STATES = {'publish': (('DRAFT',), 'PUBLISHED'), 'unpublish': (('PUBLISHED',), 'DRAFT'), 'archive': (('DRAFT', 'PUBLISHED'), 'ARCHIVED'), 'restore': (('ARCHIVED',), 'DRAFT')}
TICKET_STATES = {'publish': ('DRAFT',), 'unpublish': ('PUBLISHED', 'SOLD_OUT'), 'sold-out': ('PUBLISHED',), 'on-sale': ('SOLD_OUT',)}


class Thing:
    """A row: what was sent (values), what the server chose, and the version that a validator stands for."""

    def __init__(self, values, data):
        self.values = {k: v for k, v in values.items() if k != 'position'}
        self.id, self.created, self.updated, self.version = data['id'], data['createdAt'], data['updatedAt'], 1

    def changed(self, data):
        self.updated, self.version = data['updatedAt'], self.version + 1

    def own(self):
        return dict(self.values, id=self.id, createdAt=self.created, updatedAt=self.updated)


class Ticket(Thing):
    def __init__(self, values, data):
        super().__init__(values, data)
        self.sold = self.held = 0
        self.marked = False

    @property
    def remaining(self):
        return self.values['quantity'] - self.sold - self.held

    @property
    def sold_out(self):
        return self.marked or self.remaining <= 0

    @property
    def status(self):
        return 'DRAFT' if not self.values['published'] else 'SOLD_OUT' if self.sold_out else 'PUBLISHED'


class Event(Thing):
    def __init__(self, values, data):
        super().__init__({k: v for k, v in values.items() if k != 'tickets'}, data)
        self.status, self.published_at = 'DRAFT', None
        self.below = {kind: [] for kind in KINDS}

    @property
    def taken(self):
        return sum(t.sold + t.held for t in self.below['tickets'])

    @property
    def sold_out(self):
        offered = [t for t in self.below['tickets'] if t.values['published']]
        capacity = self.values['eventCapacity']
        return bool(offered and all(t.sold_out for t in offered)) or bool(self.below['tickets'] and capacity is not None and self.taken >= capacity)


# ---- calls and answers ----

class Call:
    """One request. body is text as it is sent, or None; key is the name of a key of the world, 'bad' or None."""

    def __init__(self, method, path, key='all', body=None, query=(), content_type='application/json', if_match=None, if_none_match=None, prefer=None, idem=None):
        self.method, self.path, self.key, self.body, self.query, self.content_type = method, path, key, body, list(query), content_type
        self.if_match, self.if_none_match, self.prefer, self.idem = if_match, if_none_match, prefer, idem

    @property
    def headers(self):
        out = {'Content-Type': self.content_type} if self.body else {}
        for name, value in (('If-Match', self.if_match), ('If-None-Match', self.if_none_match), ('Prefer', self.prefer), ('Idempotency-Key', self.idem)):
            if value is not None:
                out[name] = value
        return out

    @property
    def target(self):
        return self.path + ('?' + urllib.parse.urlencode(self.query) if self.query else '')

    @property
    def fingerprint(self):
        return ('POST', self.path, self.body or '')


class Refusal(Exception):
    CODES = {400: 'VALIDATION_ERROR', 401: 'UNAUTHORIZED', 403: 'SCOPE_REQUIRED', 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED', 409: 'CONFLICT', 412: 'PRECONDITION_FAILED', 415: 'UNSUPPORTED_MEDIA_TYPE',
             422: 'IDEMPOTENCY_MISMATCH'}

    def __init__(self, status, says=(), fields=()):
        super().__init__(status)
        self.status, self.code, self.says, self.fields = status, self.CODES[status], [says] if isinstance(says, str) else list(says), sorted(set(fields))


class Answer:
    """What is wanted. take(data) adopts what the server chose and gives what data should be; meta for lists; kept: a response that must come again."""

    def __init__(self, status, take=None, meta=None, ignored=(), kept=None, of=None):
        self.status, self.take, self.meta, self.ignored, self.kept, self.of = status, take, meta, sorted(ignored), kept, of


class Ask:
    """A call on its way through the checks."""

    def __init__(self, call, args):
        self.call, self.args = call, args
        self.body, self.asked, self.problems, self.ignored = {}, {}, [], []
        self.strict = call.prefer == 'handling=strict'
        self.lenient = call.prefer == 'handling=lenient'

    def settle(self):
        """The body is judged before the resource."""
        if self.problems:
            raise Refusal(400, 'Validation failed', self.problems)


def read_fields(table, body, creating, prefix, problems, ignored):
    """What a body says, by its table: defaults on create, only what was sent otherwise."""
    values = {}
    for name, f in table.items():
        place = prefix + name
        if f.create_only and not creating:
            continue
        if name not in body:
            if creating and f.required:
                problems.append(place)
            elif creating:
                values[name] = f.default
        elif body[name] is None:
            if f.nullable or (creating and not f.required):
                values[name] = f.default
            else:
                problems.append(place)
        elif isinstance(f.read, dict):
            values[name] = read_rows(f.read, body[name], place, problems, ignored)
        else:
            try:
                values[name] = f.read(body[name])
            except Bad as bad:
                problems += [place + inner for inner in bad.args]
    ignored += [prefix + name for name in body if name not in table or (table[name].create_only and not creating)]
    return values


def read_rows(table, rows, place, problems, ignored):
    if not isinstance(rows, list) or len(rows) > 100:
        problems.append(place)
        return []
    out = []
    for i, row in enumerate(rows):
        if isinstance(row, dict):
            out.append(read_fields(table, row, True, '%s.%d.' % (place, i), problems, ignored))
        else:
            problems.append('%s.%d' % (place, i))
            out.append({})
    return out


def in_order(values, first, second, prefix, problems):
    if values.get(first) and values.get(second) and values[second] <= values[first]:
        problems.append(prefix + second)


def ticket_rules(values, free, prefix, problems):
    if free and values.get('price'):
        problems.append(prefix + 'price')
    if values.get('maxPerOrder') is not None and values.get('minPerOrder') is not None and values['maxPerOrder'] < values['minPerOrder']:
        problems.append(prefix + 'maxPerOrder')
    in_order(values, 'salesStartAt', 'salesEndAt', prefix, problems)


def slug_of(name):
    """Letters without their accents, runs of anything else as one hyphen; 'event' when nothing is left."""
    plain = ''.join(c for c in unicodedata.normalize('NFKD', name.lower()) if not unicodedata.combining(c))
    s = re.sub('[^a-z0-9]+', '-', plain).lstrip('-')[:110].rstrip('-')
    return 'event' if not s or is_uuid(s) else s


class World:
    """keys: {name: set of scopes}; venues: {id: as shown}; orders: as shown, newest first."""

    def __init__(self, organization, keys, venues, flip=None):
        self.organization, self.keys, self.venues, self.flip = organization, keys, venues, flip
        self.events, self.kept, self.tags = [], {}, {}
        self.seen = {}  # where a thing was shown: its last validator, and what it stood for

    # ---- the order of checks: route, key, scope, body, idempotency, resource ----

    def call(self, call):
        try:
            return self.judge(call)
        except Refusal as refusal:
            return refusal

    def judge(self, call):
        method = 'PATCH' if call.method == 'PUT' else call.method
        fitting = [(m, scope, handle, args) for m, pattern, scope, handle in ROUTES for args in [pattern.fullmatch(call.path)] if args]
        if not fitting:
            raise Refusal(404, 'Route not found: ' + call.method)
        route = next((f for f in fitting if f[0] == method), None)
        if not route:
            raise Refusal(405)
        if call.key not in self.keys:
            raise Refusal(401)
        if route[1] and route[1] not in self.keys[call.key]:
            raise Refusal(403, "This endpoint requires the '%s' scope." % route[1])
        if method != 'GET' and method != 'DELETE' and call.body and call.content_type.split(';')[0] != 'application/json':
            raise Refusal(415)
        if method == 'POST' and call.idem is not None:
            known = self.known(call)
            if known:
                return known
        ask = Ask(call, [a for a in route[3].groups()])
        handle = getattr(self, route[2][0])
        return handle(ask, *route[2][1:])

    def known(self, call):
        if not re.fullmatch('[!-~]{1,255}', call.idem):
            raise Refusal(400, fields=['Idempotency-Key'])
        first = self.kept.get((call.key, call.idem.strip('"')))
        if not first:
            return None
        same = first[0] == call.fingerprint or (self.flip == 'replays forget the path' and first[0][2] == call.fingerprint[2])
        if not same:
            raise Refusal(422)
        return Answer(first[1].status, kept=first[1])

    def answered(self, call, answer, response):
        """What a real answer leaves behind: validators, and answers kept under idempotency keys. 415 and whatever comes before it are not kept."""
        if call.method == 'POST' and call.idem is not None and getattr(answer, 'kept', None) is None and response.status not in (401, 403, 405, 415, 422, 500, 503):
            if re.fullmatch('[!-~]{1,255}', call.idem) and not (response.status == 404 and response.error.get('message', '').startswith('Route')):
                self.kept.setdefault((call.key, call.idem.strip('"')), (call.fingerprint, response))
        thing = getattr(answer, 'of', None)
        tag = response.headers.get('etag')
        if thing and tag and response.status != 304:
            self.tags[tag] = (thing.id, thing.version)
            self.seen[thing.id] = (tag, response.data)

    def body(self, ask, table, creating=False):
        raw = ask.call.body
        if not raw and table is None:
            return
        try:
            ask.body = json.loads(raw or '', parse_constant=lambda _: refuse(True), object_pairs_hook=unique)
            refuse(not isinstance(ask.body, dict))
        except (ValueError, Bad):
            raise Refusal(400, fields=['body']) from None
        ask.values = read_fields(table or {}, ask.body, creating, '', ask.problems, ask.ignored)
        if ask.strict:
            ask.problems += ask.ignored

    # ---- finding ----

    def event_named(self, name):
        for e in self.events:
            if e.id == name.lower() or (e.values['slug'] == name and not is_uuid(name)):
                return e
        raise Refusal(404, 'Event not found: ' + name)

    def find(self, ask, kind):
        """(the event, the thing), of the two names in the path or, at /tickets/{id}, of one."""
        if kind is None:
            e = self.event_named(ask.args[0])
            return e, e
        events = [self.event_named(ask.args[0])] if len(ask.args) == 2 else self.events
        for e in events:
            for thing in e.below[kind]:
                if thing.id == ask.args[-1].lower():
                    return e, thing
        raise Refusal(404, '%s not found: %s' % (KINDS[kind][0], ask.args[-1]))

    def fresh(self, ask, thing):
        wanted = ask.call.if_match
        if wanted is not None and wanted != '*' and not (self.flip == 'stale validators pass' and wanted in self.tags) and self.tags.get(wanted) != (thing.id, thing.version):
            raise Refusal(412)

    def reach(self, ask, kind):
        """For a change: a body's problem wins over a thing that is missing or stale."""
        try:
            e, thing = self.find(ask, kind)
            self.fresh(ask, thing)
        except Refusal:
            ask.settle()
            raise
        return e, thing

    # ---- showing ----

    def show(self, thing, e=None, whole=True):
        if isinstance(thing, Event):
            return self.show_event(thing, whole)
        out = dict(thing.own(), eventId=e.id)
        kind = next(k for k, things in e.below.items() if thing in things)
        out['position'] = e.below[kind].index(thing)
        if isinstance(thing, Ticket):
            if out['lowInventoryThreshold'] is None:
                out['lowInventoryThreshold'] = -(-out['quantity'] // 10)
            out.update(currency=e.values['currency'], sold=thing.sold, held=thing.held, remaining=thing.remaining, soldOut=thing.sold_out, status=thing.status)
        return out

    def show_event(self, e, whole):
        out = dict(e.own(), status=e.status, soldOut=e.sold_out, ticketsSold=sum(t.sold for t in e.below['tickets']), publishedAt=e.published_at, organizationId=self.organization)
        if whole:
            out.update({kind: [self.show(t, e) for t in things] for kind, things in e.below.items()})
            out['venue'] = self.venues.get(e.values['venueId'])
        return out

    def shown(self, ask, thing, e, status=200, change=None):
        def take(data):
            if change:
                change(data)
            return self.show(thing, e)
        return Answer(status, take, ignored=ask.ignored, of=thing)

    # ---- reading ----

    def get(self, ask, kind):
        self.query(ask, {})
        ask.settle()
        e, thing = self.find(ask, kind)
        answer = self.shown(ask, thing, e)
        known = self.seen.get(thing.id)
        if ask.call.if_none_match and known and known[0] == ask.call.if_none_match and known[1] == self.show(thing, e):
            answer.status = 304
        return answer

    def get_venue(self, ask):
        name = ask.args[0]
        if name.lower() not in self.venues:
            raise Refusal(404, 'Venue not found: ' + name)
        return Answer(200, lambda _: self.venues[name.lower()])

    def query(self, ask, filters, orders=(), down=False):
        """What a query string says; for lists with their page."""
        known = dict(filters, **({'page': integer(1, 10 ** 9), 'take': integer(1, 100), 'sort': choice(*[s + o for o in orders for s in ('', '-')])} if orders else {}))
        ask.asked = {'page': 1, 'take': 10, 'sort': ('-' if down else '') + orders[0]} if orders else {}
        for name, value in ask.call.query:
            if name not in known:
                ask.ignored.append(name)
                ask.problems += [name] if ask.strict else []
            elif value:
                try:
                    number = name in ('page', 'take') and re.fullmatch('-?[0-9]+', value)
                    ask.asked[name] = known[name](int(value) if number else value)
                except Bad:
                    ask.problems.append(name)

    def paged(self, ask, rows, key, shown):
        sort, page, take = ask.asked['sort'], ask.asked['page'], ask.asked['take']
        rows = sorted(rows, key=lambda row: (key(row, sort.lstrip('-')), row.id), reverse=sort[0] == '-')
        part = rows[(page - 1) * take:page * take]
        meta = {'page': page, 'take': take, 'total': len(rows), 'totalPages': -(-len(rows) // take), 'more': page * take < len(rows)}
        return Answer(200, lambda _: [shown(row) for row in part], meta, ask.ignored)

    def list_events(self, ask):
        self.query(ask, {'status': choice('DRAFT', 'PUBLISHED', 'ARCHIVED'), 'q': text(1, 200), 'from': moment, 'to': moment, 'venueId': uuid, 'visibility': choice('PUBLIC', 'PRIVATE')},
                   ('createdAt', 'dateTime', 'name'), down=True)
        ask.settle()
        a = ask.asked

        def fits(e):
            begins = [any(w.startswith(q) for w in words(e.values['name'])) for q in words(a.get('q', ''))[:5]]
            return (('status' not in a or e.status == a['status']) and ('visibility' not in a or e.values['visibility'] == a['visibility']) and ('venueId' not in a or e.values['venueId'] == a['venueId'])
                    and a.get('from', '') <= e.values['dateTime'] <= a.get('to', '~') and ('q' not in a or (begins and all(begins))))

        def key(e, name):
            if name == 'name' and self.flip != 'names in order of createdAt':
                return fold(e.values['name'])
            return e.values['dateTime'] if name == 'dateTime' else e.created
        return self.paged(ask, [e for e in self.events if fits(e)], key, lambda e: self.show(e, whole=False))

    def list_below(self, ask, kind):
        self.query(ask, {}, ('position',))
        ask.settle()
        e = self.event_named(ask.args[0])
        return self.paged(ask, e.below[kind], lambda thing, _: e.below[kind].index(thing), lambda thing: self.show(thing, e))

    # ---- events ----

    def create_event(self, ask):
        self.body(ask, EVENT, creating=True)
        values, problems = ask.values, ask.problems
        in_order(values, 'dateTime', 'endDateTime', '', problems)
        for i, ticket in enumerate(values.get('tickets', [])):
            ticket_rules(ticket, values.get('type') == 'FREE', 'tickets.%d.' % i, problems)
        self.venue_known(values, problems)
        ask.settle()
        chosen, tried, random = values['slug'], slug_of(values['name']), False
        if chosen is None:
            names = [tried] + ['%s-%d' % (tried, n) for n in (2, 3, 4, 5)]
            values['slug'] = next((s for s in names if not self.slug_taken(s)), None)
            random = values['slug'] is None
        elif self.slug_taken(chosen):
            raise Refusal(409, "'%s'" % chosen)

        def take(data):
            if random and re.fullmatch(re.escape(tried) + '-[a-z0-9]{6}', data['slug']) and not self.slug_taken(data['slug']):
                values['slug'] = data['slug']
            e = Event(values, data)
            order = sorted(range(len(values['tickets'])), key=lambda i: i if values['tickets'][i]['position'] is None else values['tickets'][i]['position'])
            e.below['tickets'] = [Ticket(values['tickets'][i], one) for i, one in zip(order, data['tickets'])]
            self.events.append(e)
            answer.of = e
            return self.show(e)
        answer = Answer(201, take, ignored=ask.ignored)
        return answer

    def slug_taken(self, s, but=None):
        return any(e.values['slug'] == s for e in self.events if e is not but)

    def venue_known(self, values, problems):
        if values.get('venueId') is not None and values['venueId'] not in self.venues:
            problems.append('venueId')

    def patch_event(self, ask):
        self.body(ask, EVENT)
        e, _ = self.reach(ask, None)
        after, tickets = dict(e.values, **ask.values), e.below['tickets']
        in_order(after, 'dateTime', 'endDateTime', '', ask.problems)
        self.venue_known(after, ask.problems)
        ask.settle()
        changed = {name for name in after if after[name] != e.values[name]}
        priced = [t.values['name'] for t in tickets if t.values['price']]
        if 'type' in changed and after['type'] == 'FREE' and priced:
            raise Refusal(409, priced)
        if 'currency' in changed and any(t.sold for t in tickets):
            raise Refusal(409, 'currency')
        if 'eventCapacity' in changed and after['eventCapacity'] is not None and after['eventCapacity'] < e.taken:
            raise Refusal(409, str(e.taken))
        if self.slug_taken(after['slug'], but=e):
            raise Refusal(409, "'%s'" % after['slug'])
        return self.changing(ask, e, e, after)

    def changing(self, ask, thing, e, after):
        def change(data):
            if ask.values or self.flip == 'stale validators pass':
                thing.changed(data)
            thing.values = after
        return self.shown(ask, thing, e, change=change)

    def act_event(self, ask, verb):
        self.body(ask, None)
        ask.settle()
        e, _ = self.reach(ask, None)
        before, after = STATES[verb]
        if e.status not in before and not (self.flip == 'archive twice' and verb == 'archive'):
            raise Refusal(409, e.status)

        def change(data):
            if after == 'PUBLISHED':
                e.published_at = data['publishedAt'] if recent(data['publishedAt']) else 'now'
            elif after == 'DRAFT':
                e.published_at = None
            e.status = after
            e.changed(data)
        return self.shown(ask, e, e, change=change)

    def deleting(self, thing, things):
        def take(_):
            things.remove(thing)
            return {'id': thing.id, 'deleted': True}
        return Answer(200, take)

    def delete_event(self, ask):
        e, _ = self.reach(ask, None)
        if e.status != 'DRAFT':
            raise Refusal(409, e.status)
        if e.taken:
            raise Refusal(409)
        return self.deleting(e, self.events)

    # ---- what stands below an event ----

    def rules(self, ask, kind, e, thing, after):
        """The rules that look at several fields or at other rows; a 409 comes only when the body is without problems."""
        if kind == 'tickets':
            free = e.values['type'] == 'FREE' and not (thing and self.flip == 'free price on patch')
            ticket_rules(after, free, '', ask.problems)
            ask.settle()
            taken = thing and (thing.sold if self.flip == 'held may be cut' else thing.sold + thing.held)
            if thing and after['quantity'] < taken:
                raise Refusal(409, [str(thing.sold), str(thing.held)])
        elif kind != 'brands':
            in_order(after, 'startsAt', 'endsAt', '', ask.problems)
        strangers = [p for p in after.get('performerIds', []) if p not in [x.id for x in e.below['performers']]]
        if strangers and self.flip != 'performer stays in the programme':
            ask.problems.append('performerIds')
        ask.settle()
        if kind == 'schedules':
            self.no_clash(ask, e, thing, after)

    def no_clash(self, ask, e, thing, after):
        moved = not thing or any(after[name] != thing.values[name] for name in ('startsAt', 'endsAt', 'stage', 'performerIds'))
        if ask.lenient or not moved:
            return

        def span(v):
            until = ms(v['endsAt']) if v['endsAt'] else ms(v['startsAt']) + 1
            return ms(v['startsAt']), until + (self.flip == 'touching entries clash')
        start, end = span(after)
        for other in sorted(e.below['schedules'], key=lambda s: (s.values['startsAt'], s.id)):
            s, until = span(other.values)
            same_stage = after['stage'] is not None and other.values['stage'] is not None and fold(after['stage']) == fold(other.values['stage'])
            if other is not thing and s < end and start < until and (same_stage or set(after['performerIds']) & set(other.values['performerIds'])):
                raise Refusal(409, [other.id, other.values['title']])

    def create_below(self, ask, kind):
        self.body(ask, KINDS[kind][1], creating=True)
        try:
            e = self.event_named(ask.args[0])
        except Refusal:
            ask.settle()
            raise
        self.rules(ask, kind, e, None, ask.values)
        if len(e.below[kind]) >= (100 if kind == 'tickets' else 200):
            raise Refusal(409)
        place = ask.values['position']

        def take(data):
            thing = (Ticket if kind == 'tickets' else Thing)(ask.values, data)
            e.below[kind].insert(len(e.below[kind]) if place is None else place + (self.flip == 'insert behind'), thing)
            answer.of = thing
            return self.show(thing, e)
        answer = Answer(201, take, ignored=ask.ignored)
        return answer

    def patch_below(self, ask, kind):
        self.body(ask, KINDS[kind][1])
        e, thing = self.reach(ask, kind)
        after = dict(thing.values, **{k: v for k, v in ask.values.items() if k != 'position'})
        self.rules(ask, kind, e, thing, after)
        place = ask.values.get('position')
        answer = self.changing(ask, thing, e, after)
        if place is not None:
            changed = answer.take

            def take(data):
                e.below[kind].remove(thing)
                e.below[kind].insert(place, thing)
                return changed(data)
            answer.take = take
        return answer

    def delete_below(self, ask, kind):
        e, thing = self.reach(ask, kind)
        if kind == 'tickets' and thing.sold + thing.held:
            raise Refusal(409, [str(thing.sold), str(thing.held)])
        if kind == 'performers' and self.flip != 'performer stays in the programme':
            answer = self.deleting(thing, e.below[kind])
            removed = answer.take

            def take(data):
                for entry in e.below['schedules']:
                    entry.values['performerIds'] = [p for p in entry.values['performerIds'] if p != thing.id]
                return removed(data)
            answer.take = take
            return answer
        return self.deleting(thing, e.below[kind])

    def act_ticket(self, ask, verb):
        self.body(ask, None)
        ask.settle()
        e, t = self.reach(ask, 'tickets')
        if t.status not in TICKET_STATES[verb] or (verb == 'on-sale' and t.remaining <= 0):
            raise Refusal(409, t.status)

        def change(data):
            t.values['published'] = verb != 'unpublish'
            if verb in ('sold-out', 'on-sale') or (verb == 'unpublish' and self.flip == 'mark goes with unpublish'):
                t.marked = verb == 'sold-out'
            t.changed(data)
        return self.shown(ask, t, e, change=change)


def routes():
    def row(method, path, scope, *handle):
        return method, re.compile(re.sub(r'\{\w+\}', '([^/]+)', path)), scope, handle
    out = [row('GET', '/venues/{id}', 'events:read', 'get_venue'), row('GET', '/events', 'events:read', 'list_events'), row('POST', '/events', 'events:write', 'create_event'),
           row('GET', '/events/{id}', 'events:read', 'get', None), row('PATCH', '/events/{id}', 'events:write', 'patch_event'), row('DELETE', '/events/{id}', 'events:write', 'delete_event')]
    out += [row('POST', '/events/{id}/' + verb, 'events:write', 'act_event', verb) for verb in STATES]
    for kind, (_, _, scope) in KINDS.items():
        read, write, under = scope + ':read', scope + ':write', '/events/{id}/' + kind
        out += [row('GET', under, read, 'list_below', kind), row('POST', under, write, 'create_below', kind)]
        for one in [under + '/{id}'] + (['/tickets/{id}'] if kind == 'tickets' else []):
            out += [row('GET', one, read, 'get', kind), row('PATCH', one, write, 'patch_below', kind), row('DELETE', one, write, 'delete_below', kind)]
            out += [row('POST', one + '/' + verb, write, 'act_ticket', verb) for verb in TICKET_STATES if kind == 'tickets']
    return out


ROUTES = routes()


# ---- is it what was wanted? ----

def recent(t):
    return isinstance(t, str) and bool(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', t)) and abs(ms(t) / 1000 - time.time()) < 20


def differences(got, wanted, place=''):
    """Where two JSON values differ, in words."""
    if isinstance(got, dict) and isinstance(wanted, dict):
        return [d for name in sorted(set(got) | set(wanted)) for d in differences(got.get(name, '(missing)'), wanted.get(name, '(missing)'), place + '.' + name)]
    if isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        return [d for i in range(len(got)) for d in differences(got[i], wanted[i], '%s.%d' % (place, i))]
    return [] if got == wanted and type(got == 1) is type(wanted == 1) and isinstance(got, bool) == isinstance(wanted, bool) else ['%s is %.300r, the contract wants %.300r' % (place.lstrip('.') or 'data', got, wanted)]


def disagreements(world, call, answer, r):
    """What is wrong with a real response. The world moves on only when the status is right."""
    if r.status != answer.status:
        return ['status %d %s, the contract wants %d %s' % (r.status, r.raw[:300], answer.status, '; '.join(getattr(answer, 'fields', [])))]
    if isinstance(answer, Refusal):
        out = [] if r.error.get('code') == answer.code else ['code %r, the contract wants %r' % (r.error.get('code'), answer.code)]
        if sorted(set(r.fields)) != answer.fields:
            out.append('details name %s, the contract wants %s' % (r.fields, answer.fields))
        out += ['the message %r lacks %r' % (r.error.get('message'), say) for say in answer.says if say not in r.error.get('message', '')]
        out += [] if r.error.get('hint') and re.fullmatch('req_[a-z0-9]{12}', r.json.get('requestId', '')) else ['no hint or requestId: %s' % r.raw]
    elif answer.kept is not None:
        first, again = dict(answer.kept.json), dict(r.json)
        first.pop('requestId', None), again.pop('requestId', None)
        out = differences(again, first) + ([] if r.headers.get('idempotency-replayed') == 'true' else ['no Idempotency-Replayed'])
    elif r.status == 304:
        out = [] if not r.raw else ['304 with a body']
    else:
        out = success(answer, r)
    world.answered(call, answer, r)
    return out


def success(answer, r):
    changed = answer.of
    before = changed and (changed.version, changed.updated)
    out = differences(r.data, answer.take(r.data))
    if answer.of is not None:
        thing = answer.of
        bumped = before is None or thing.version != before[0]
        out += [] if r.headers.get('etag') else ['no ETag']
        if bumped and not (recent(thing.updated) and thing.updated >= (before[1] if before else thing.created)):
            out.append('updatedAt %s of a change just now' % thing.updated)
        if before is None and not (thing.created == thing.updated and re.fullmatch('[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}', thing.id)):
            out.append('id %s, createdAt %s, updatedAt %s of a new one' % (thing.id, thing.created, thing.updated))
    if answer.meta:
        meta = dict(r.json['meta'])
        cursor = meta.pop('nextCursor', 0)
        meta['more'] = cursor is not None
        out += differences(meta, answer.meta, 'meta')
        if (cursor is not None) != ('rel="next"' in r.headers.get('link', '')):
            out.append('nextCursor %r with Link %r' % (cursor, r.headers.get('link')))
    ignored = sorted(n for n in r.headers.get('ignored-fields', '').split(', ') if n)
    return out + ([] if ignored == answer.ignored else ['Ignored-Fields: %s, the contract wants %s' % (ignored, answer.ignored)])
