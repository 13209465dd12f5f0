"""An organization with an event for everything that a public page can say, for the tests that look
at it or buy from it."""

DESCRIPTION = (
    "Sixty young companies of Mindanao show what they make.\n\n"
    "Talks in the morning, demonstrations and a job board in the afternoon."
)
DAY = {
    "dateTime": "2040-12-05T01:00:00Z",
    "endDateTime": "2040-12-05T09:00:00Z",
    "timezone": "Asia/Manila",
}
PICTURES = "https://img.example/"  # which browser.mjs answers
FREE = {"type": "FREE", "journeyType": "RSVP"}


def ticket(name, price=0, quantity=100, **more):
    return dict({"name": name, "price": price, "quantity": quantity, "published": True}, **more)


class PublicPageFixture:
    """.events: {what: {id, slug, tickets: [id]}}; .key sells."""

    def __init__(self, site, org="test"):
        self.site, self.org, self.key, self.events = site, org, site.key(org=org), {}

    def call(self, path, body=None, mount="/open-api/v1"):
        r = self.site.post(path, self.key, body, mount=mount)
        if r.status not in (200, 201):
            raise RuntimeError("%s: %r" % (path, r))
        return r.data

    def event(self, what, tickets, parts=(), publish=True, **fields):
        """parts: [(sub-resource, body)], made in order."""
        e = self.call(
            "/events", dict(DAY, **dict({"name": what}, slug=what, tickets=tickets, **fields))
        )
        for kind, body in parts:
            self.call("/events/%s/%s" % (e["id"], kind), body)
        if publish:
            self.call("/events/%s/publish" % e["id"])
        self.events[what] = {
            "id": e["id"],
            "path": "/e/%s/%s" % (self.org, what),
            "tickets": [t["id"] for t in e["tickets"]],
        }
        return self.events[what]

    def sell(self, what, quantity):
        e = self.events[what]
        self.call(
            "/orders",
            {
                "eventId": e["id"],
                "items": [{"ticketId": e["tickets"][0], "quantity": quantity}],
                "buyer": {"name": "Ben", "email": "ben@example.com"},
            },
            "/box-office/v1",
        )

    def states(self):
        """One event for each thing that a page says about its sale."""
        self.event(
            "free",
            [
                ticket("Visitor", description="With lunch."),
                ticket("Student", quantity=40, maxPerOrder=1),
                ticket("Company table", quantity=6, minPerOrder=2, maxPerOrder=4),
            ],
            name="Davao Startup Open Day",
            description=DESCRIPTION,
            **FREE,
            parts=[
                (
                    "performers",
                    {
                        "name": "Maya Alonto",
                        "role": "SPEAKER",
                        "bio": "Builds boats that sail themselves.",
                    },
                ),
                ("performers", {"name": "Kulintang Ensemble"}),
                (
                    "schedules",
                    {
                        "title": "Talks",
                        "startsAt": "2040-12-05T01:30:00Z",
                        "endsAt": "2040-12-05T04:00:00Z",
                        "stage": "Hall A",
                        "description": "Ten minutes each.",
                    },
                ),
                ("schedules", {"title": "Job board", "startsAt": "2040-12-05T05:00:00Z"}),
                (
                    "brands",
                    {
                        "name": "Habagat",
                        "websiteUrl": "https://habagat.example/",
                        "role": "PRESENTER",
                    },
                ),
            ]
        )
        self.event(
            "paid",
            [
                ticket("General Admission", 850),
                ticket("Lower Box", 3200.5, 12),
                ticket("Child", 0, 20),
            ],
            name="Tala at Tinig: The Homecoming Concert",
            absorbFees=False,
            imageUrl=PICTURES + "cover",
            galleryUrls=[PICTURES + "one", PICTURES + "two", PICTURES + "three"],
            parts=[
                (
                    "performers",
                    {
                        "name": "Tala at Tinig",
                        "role": "HEADLINER",
                        "imageUrl": PICTURES + "band",
                        "bio": "Six friends from Marikina and two albums.",
                    },
                ),
                ("brands", {"name": "Radyo Kalye", "role": "MEDIA", "logoUrl": PICTURES + "logo"}),
            ],
        )
        self.event("sold-out", [ticket("Entrance", quantity=2)], **FREE)
        self.sell("sold-out", 2)
        self.event("not-yet", [ticket("Entrance", salesStartAt="2040-11-01T04:00:00Z")], **FREE)
        self.event("closed", [ticket("Entrance", salesEndAt="2040-11-01T04:00:00Z")], **FREE)
        self.event("over", [ticket("Entrance")], **FREE)
        self.event("draft", [ticket("Entrance")], publish=False, **FREE)
        self.event("private", [ticket("Invitation")], visibility="PRIVATE", **FREE)
        self.site.sql(
            "UPDATE ticket_types"
            " SET sales_end_at = NOW(3) - INTERVAL 1 DAY"
            " WHERE sales_end_at IS NOT NULL"
        )
        self.site.sql(
            "UPDATE events"
            " SET date_time = NOW(3) - INTERVAL 3 DAY, end_date_time = NOW(3) - INTERVAL 2 DAY"
            " WHERE slug = 'over'"
        )

    def lists(self):
        """Events with a long list of ticket types, and with an empty one, also when it is over."""
        self.event(
            "many",
            [ticket("Section %d" % n, 100 * n, description="Row A to F.") for n in range(1, 31)],
            name="A night with many sections",
            description=DESCRIPTION,
        )
        self.event("empty", [ticket("Entrance", published=False)], **FREE)

    def hostile(self, evil):
        """Every text that people can write looks like a script."""
        self.event(
            "evil",
            [ticket(evil[:120], description=evil)],
            name=evil,
            description="%s\n\n%s" % (evil, evil),
            **FREE,
            parts=[
                ("performers", {"name": evil, "bio": evil}),
                (
                    "schedules",
                    {
                        "title": evil,
                        "description": evil,
                        "stage": evil[:100],
                        "startsAt": "2040-12-05T01:00:00Z",
                    },
                ),
                ("brands", {"name": evil}),
            ]
        )
