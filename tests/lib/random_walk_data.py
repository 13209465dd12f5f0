"""What a random walk may send: good values and bad ones, and the manners of a call."""
from model_resources import KINDS

UNKNOWN = "01900000-0000-7000-8000-000000000001"
VENUES = ("01900000-0000-7000-8000-00000000beef", "01900000-0000-7000-8000-00000000cafe")
SCOPES = (
    "events:read",
    "events:write",
    "tickets:read",
    "tickets:write",
    "orders:read",
    "boxoffice:sell",
    "webhooks:manage",
)

# ---- what may be sent: (field, value), the simplest first ----

TIMES = (
    "2030-06-15T18:00:00Z",
    "2030-06-15T19:00:00.000Z",
    "2030-06-16T03:00:00+08:00",
    "2030-06-15T18:00:00.001Z",
    "2030-06-15T20:30:00Z",
    "2030-06-15T17:59:59.999Z",
    "2031-01-01T00:00:00-05:30",
)
PAST = ("2020-01-01T00:00:00Z", "2021-01-01T00:00:00.5+08:00")
BAD_TIMES = ("tomorrow", "2030-06-15T18:00:00", "2030-02-30T00:00:00Z", "", 5, True)
NAMES = (
    "Gig",
    "gig",
    "Gig two",
    "Caf\u00e9 del Mar",
    "\u00d1and\u00fa Night 2030",
    "\u65e5\u672c",
    "A" * 200,
    "  padded ",
    "0 zero",
    "Anna-Lena 7",
)
BAD_NAMES = ("", "   ", "x" * 201, None, 5, [], "a\0b", True)
LINKS = ("https://example.com/a", "http://example.com:8080/x?y=1&z=%20", "HTTPS://example.com")
BAD_LINKS = (
    "ftp://x/",
    "example.com",
    "",
    "https://",
    5,
    "https://a b/",
    "https://example.com/" + "x" * 2040,
)


def pairs(**values):
    return [(name, value) for name, several in values.items() for value in several]


PLACES = (0, 1, 2, 5, 1000000, None)
BAD_PLACES = (-1, 1000001, "first", 0.5, True)
ONE_TICKET = {"name": "General", "price": 100, "quantity": 10}
GOOD = {
    "event": pairs(
        name=NAMES,
        dateTime=TIMES,
        endDateTime=TIMES + (None,),
        description=("", 'Two\nlines "quoted" <b> \\', None),
        venueId=VENUES + (None, VENUES[0].upper()),
        type=("PAID", "FREE"),
        journeyType=("RSVP", "PRESELLING", "STANDARD"),
        visibility=("PRIVATE", "PUBLIC"),
        imageUrl=LINKS + (None,),
        galleryUrls=([], list(LINKS), [LINKS[0]]),
        absorbFees=(False, True),
        timezone=("Europe/Berlin", "Asia/Manila"),
        currency=("USD", "JPY", "PHP"),
        eventCapacity=(1, 7, 20, 10000000, None, 5.0),
        callbackUrl=("https://example.org/hook", None),
        slug=("gig", "own", "own-2", "0"),
        tickets=(
            [],
            [ONE_TICKET],
            [dict(ONE_TICKET, price=0), dict(ONE_TICKET, name="Two", price=0, published=True)],
            [
                dict(ONE_TICKET, published=True),
                dict(ONE_TICKET, name="Two", quantity=3, published=True),
                dict(ONE_TICKET, name="Three", lowInventoryThreshold=0),
            ],
            [
                dict(ONE_TICKET, position=7),
                dict(ONE_TICKET, name="First", position=0),
                dict(ONE_TICKET, name="Between"),
            ],
        ),
    ),
    "tickets": pairs(
        name=("General", "VIP", "x" * 120),
        description=("", "Good", None),
        price=(100, 0, 0.01, 1500.5, 9999999999.99, 1e3),
        quantity=(10, 0, 1, 4, 7, 10000000, 12.0),
        published=(True, False),
        minPerOrder=(1, 2, 10),
        maxPerOrder=(10, 2, 1),
        salesStartAt=TIMES + PAST + (None,),
        salesEndAt=TIMES + PAST + (None,),
        lowInventoryThreshold=(0, 3, None),
        position=PLACES,
    ),
    "performers": pairs(
        name=NAMES,
        bio=("", "Sings", None),
        imageUrl=LINKS + (None,),
        role=("HEADLINER", "SPEAKER"),
        position=PLACES,
        startsAt=TIMES + (None,),
        endsAt=TIMES + (None,),
        links=([], list(LINKS)),
    ),
    "schedules": pairs(
        title=("Main set", "Talk", "x" * 200),
        description=("More", None),
        startsAt=TIMES,
        endsAt=TIMES + (None,),
        stage=("Main", "main", "M\u00e1in", "Hall B", None),
        performerIds=([], [0], [1], [0, 1], [1, 0, 0]),
        position=PLACES,
    ),
    "hold": pairs(ttlSeconds=(60, 3600, 600.0, None)),
    "order": pairs(
        buyer=(
            {"name": "José", "email": "ANA@example.com", "phone": "+63 2 8123"},
            {"name": " x ", "email": "o'b+c@mail.example.ph", "phone": None},
        ),
        payment=(
            None,
            {},
            {"provider": "gcash"},
            {"provider": None, "reference": "r-1"},
            {"provider": "maya", "reference": "x" * 200},
        ),
    ),
    "refund": pairs(restock=(True, False, None), reason=("ill", None)),
    "brands": pairs(
        name=NAMES,
        logoUrl=LINKS + (None,),
        websiteUrl=LINKS,
        role=("PRESENTER", "MEDIA", "SPONSOR"),
        position=PLACES,
    ),
}
OFTEN = {
    "event": ("name", "type", "eventCapacity", "currency", "slug", "tickets"),
    "tickets": ("price", "quantity", "published", "position"),
    "schedules": ("startsAt", "endsAt", "stage", "performerIds"),
    "performers": ("position",),
    "brands": ("position",),
}
for _of, _names in OFTEN.items():
    GOOD[_of] += 3 * [pair for pair in GOOD[_of] if pair[0] in _names]
MISSING = object()
NOISE = pairs(
    zzz=(1,),
    id=(UNKNOWN,),
    createdAt=TIMES[:1],
    eventId=(UNKNOWN,),
    version=(7,),
    status=("PUBLISHED",),
    sold=(3,),
)
BAD = {
    "event": pairs(
        name=BAD_NAMES + (MISSING,),
        dateTime=BAD_TIMES + (None, MISSING),
        endDateTime=BAD_TIMES,
        description=("x" * 20001, 5),
        venueId=(UNKNOWN, "x", "", 5),
        type=("FREEMIUM", "", 5, None, "free"),
        journeyType=("X", None),
        visibility=("SECRET", 5),
        imageUrl=BAD_LINKS,
        galleryUrls=("x", [5], [LINKS[0], "x", None], ["x"] * 21, None),
        absorbFees=("true", 1, None),
        timezone=("Mars", 5, ""),
        currency=("php", "XYZ", 5, None),
        eventCapacity=(0, -1, 10000001, "many", 1.5),
        callbackUrl=BAD_LINKS + ("https://u:p@example.com/", "https://example.org/#f"),
        slug=("A", "a b", "", "---", UNKNOWN, "x" * 121, 5),
        tickets=(
            "x",
            [5],
            [{}],
            [dict(ONE_TICKET, price=-1), dict(ONE_TICKET, quantity="x")],
            [dict(ONE_TICKET, zzz=1)],
            [dict(ONE_TICKET, minPerOrder=20)],
            [ONE_TICKET] * 101,
            None,
        ),
    ),
    "tickets": pairs(
        name=("", "x" * 121, None, MISSING),
        description=("x" * 2001,),
        price=(-1, 0.001, "5", None, 10000000001, MISSING, True),
        quantity=(-1, 10000001, 1.5, "5", None, MISSING),
        published=("yes", 1, None),
        minPerOrder=(0, 20, None),
        maxPerOrder=(0, "x"),
        salesStartAt=BAD_TIMES,
        salesEndAt=BAD_TIMES,
        lowInventoryThreshold=(-1, "x"),
        position=BAD_PLACES,
    ),
    "performers": pairs(
        name=BAD_NAMES + (MISSING,),
        bio=("x" * 5001,),
        imageUrl=BAD_LINKS,
        role=("X", None),
        position=BAD_PLACES,
        startsAt=BAD_TIMES,
        endsAt=BAD_TIMES,
        links=("x", ["x"], None),
    ),
    "schedules": pairs(
        title=BAD_NAMES + (MISSING,),
        description=(5,),
        startsAt=BAD_TIMES + (None, MISSING),
        endsAt=BAD_TIMES,
        stage=("", "  ", "x" * 121),
        performerIds=([UNKNOWN], [0, UNKNOWN], ["x"], "x", None),
        position=BAD_PLACES,
    ),
    "hold": pairs(
        ttlSeconds=(59, 3601, "600", 60.5, True),
        eventId=(UNKNOWN, "x", None, MISSING),
        items=([], {}, "x", [5], [{}], None, MISSING, [{"ticketId": "x", "quantity": 0}]),
    ),
    "order": pairs(
        buyer=(
            None,
            MISSING,
            "x",
            {},
            {"name": "", "email": "x"},
            {"name": "A", "email": "a@b@c.ph"},
            {"name": "A", "email": "a@b.ph", "phone": 5},
            {"name": "A", "email": "a@b.ph", "zzz": 1},
        ),
        payment=("cash", {"provider": 5}, {"reference": ""}, []),
        holdId=(UNKNOWN, "x"),
        eventId=(None, MISSING),
        items=(None, [], MISSING),
    ),
    "refund": pairs(
        restock=("yes", 1),
        reason=("", "x" * 501),
        items=(
            [],
            "x",
            [{}],
            [{"itemId": UNKNOWN, "quantity": 1}],
            [{"itemId": UNKNOWN, "quantity": 0}],
        ),
    ),
    "brands": pairs(
        name=BAD_NAMES + (MISSING,),
        logoUrl=BAD_LINKS,
        websiteUrl=BAD_LINKS,
        role=("X", 5),
        position=BAD_PLACES,
    ),
}
BASE = {
    "event": {"name": "Gig", "dateTime": TIMES[0]},
    "tickets": ONE_TICKET,
    "performers": {"name": "Ana"},
    "schedules": {"title": "Main set", "startsAt": TIMES[0]},
    "brands": {"name": "Habagat"},
}

# How a call is made, most often plainly. Several may come together.
PLAIN = {}
MANNERS = [PLAIN] * 100 + [
    dict(by="slug"),
    dict(by="slug"),
    dict(by="upper"),
    dict(by="foreign"),
    dict(by="unknown"),
    dict(by="garbage"),
    dict(one="unknown"),
    dict(one="other"),
    dict(one="upper"),
    dict(if_match="fresh"),
    dict(if_match="fresh"),
    dict(if_match="stale"),
    dict(if_match="stale"),
    dict(if_match="*"),
    dict(if_match='"zzz"'),
    dict(prefer="handling=strict"),
    dict(prefer="handling=lenient"),
    dict(prefer="handling=lenient"),
    dict(idem="one"),
    dict(idem="two"),
    dict(idem='"one"'),
    dict(idem="has space"),
    dict(idem="x" * 256),
    dict(key="events:read"),
    dict(key="events:write"),
    dict(key="tickets:read"),
    dict(key="tickets:write"),
    dict(key="webhooks:manage"),
    dict(key="boxoffice:sell"),
    dict(key="orders:read"),
    dict(key="bad"),
    dict(key=None),
    dict(raw=""),
    dict(raw='{"name":'),
    dict(raw="[]"),
    dict(raw="{'a':1}"),
    dict(raw='{"name":"a","name":"b"}'),
    dict(type="text/plain"),
    dict(type="application/json; charset=utf-8"),
    dict(put=True),
    dict(alone=True),
    dict(alone=True),
    dict(noise=True),
]
QUERIES = [
    (),
    (("page", "1"),),
    (("page", "2"), ("take", "2")),
    (("take", "1"),),
    (("page", "99"),),
    (("take", "100"),),
    (("page", "0"),),
    (("take", "101"),),
    (("take", "x"),),
    (("take", ""),),
    (("zzz", "1"),),
]
EVENT_QUERIES = (
    [
        (("sort", s),)
        for s in ("name", "-name", "dateTime", "-dateTime", "createdAt", "-createdAt", "price")
    ]
    + [(("status", s),) for s in ("DRAFT", "PUBLISHED", "ARCHIVED", "draft")]
    + [
        (("q", q),)
        for q in (
            "gig",
            "CAFE",
            "caf mar",
            "nan night",
            "\u65e5",
            "x",
            "-",
            "a" * 50,
            "two gig",
            "lena",
        )
    ]
    + [
        (("from", TIMES[3]),),
        (("to", TIMES[3]),),
        (("from", TIMES[2]), ("to", TIMES[4])),
        (("from", "x"),),
        (("venueId", VENUES[0]),),
        (("venueId", "x"),),
        (("visibility", "PRIVATE"),),
    ]
)

ORDER_QUERIES = (
    [(("sort", s),) for s in ("createdAt", "-createdAt", "total")]
    + [(("status", s),) for s in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "PAID")]
    + [
        (("email", "ana@EXAMPLE.com"),),
        (("email", "\u00e1na@example.com"),),
        (("email", "nobody@example.com"),),
        (("from", "2020-01-01T00:00:00Z"),),
        (("to", "2020-01-01T00:00:00Z"),),
        (("from", "x"),),
        (("reference", "TN-1"),),
        (("eventId", "x"),),
        (("eventId", UNKNOWN),),
    ]
)


def some(values):
    return lambda dice: dice.choice(values)


def changes(of):
    """What to lay over a body: good fields, and in a quarter of the calls bad ones."""
    return lambda dice: (
        [dice.choice(GOOD[of]) for _ in range(dice.randrange(5))],
        [dice.choice(BAD[of] + NOISE) for _ in range(dice.choice((0, 0, 0, 0, 0, 0, 1, 2, 3)))],
    )


def below(dice):
    kind = dice.choice(sorted(KINDS))
    return kind, changes(kind)(dice)


def manner(dice):
    return [dice.choice(MANNERS) for _ in range(dice.choice((1, 1, 2)))]


def queries(of):
    return lambda dice: [dice.choice(of) for _ in range(dice.randrange(3))]


def line_items(dice):
    """(which ticket type, how many), seldom something that is no ticket type of the event or no
    number, or the same twice."""
    kinds = (
        dice.sample((0, 1, 2), dice.choice((1, 1, 1, 2, 2, 3)))
        if dice.randrange(10)
        else [dice.choice((0, 1, "other", UNKNOWN)) for _ in range(2)]
    )
    return [
        (
            which,
            dice.choice(
                (0, 11, 1000, 1001, "2", 2.0) if dice.randrange(20) == 0 else (1, 1, 2, 3, 4)
            ),
        )
        for which in kinds
    ]


def mostly(of):
    """As changes, but nine in ten are good; selling has enough refusals of its own."""
    return (
        lambda dice: changes(of)(dice)
        if dice.randrange(4) == 0
        else ([dice.choice(GOOD[of]) for _ in range(dice.randrange(3))], [])
    )


def gently(dice):
    return manner(dice) if dice.randrange(2) else []


pick = some((0, 0, 0, 1, 1, 2))
kinds = some(sorted(KINDS))


def apply_changes(base, sent):
    body = dict(base)
    for name, value in sent[0] + sent[1]:
        body[name] = value
        if value is MISSING:
            body.pop(name)
    return body


MOVES = []


def move(weight, **choices):
    """A method of Walk that a step may be, so often among the others."""

    def register(method):
        MOVES.extend([(method, choices)] * weight)
        return method

    return register
