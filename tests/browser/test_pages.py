#!/usr/bin/env python3
"""Every page of the dashboard and the docs in both themes and two widths: axe, layout, content
security policy, and text that looks like markup. Screenshots are in var/check/screens/."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import EVIL, browse  # noqa: E402
from harness import Site, finish  # noqa: E402


def fill(site, owner):
    """Fills an organization with texts that look like markup. Returns the ids for the pages."""
    key = site.key(name="Shop", description=EVIL)
    site.key_object(
        "events:read",
        name=EVIL[:110],
        allow="192.0.2.0/24,2001:db8::/32",
        expires="2040-01-01T00:00:00Z",
    )

    def made(path, body, mount="/open-api/v1", who=owner):
        r = site.post(path, who, body, mount=mount)
        assert r.status in (200, 201), (path, r.error or r)
        return r.data

    event = made(
        "/events",
        {
            "name": EVIL,
            "slug": "evil",
            "description": EVIL,
            "dateTime": "2040-03-01T12:00:00Z",
            "endDateTime": "2040-03-01T15:00:00Z",
            "eventCapacity": 60,
            "absorbFees": False,
            "imageUrl": "https://img.example/%3Cscript%3E.png",
            "tickets": [
                {
                    "name": EVIL[:120],
                    "description": EVIL,
                    "price": 1500.5,
                    "quantity": 40,
                    "published": True,
                },
                {"name": "Second", "price": 0, "quantity": 30, "published": True},
            ],
        },
    )
    path = "/events/" + event["id"]
    performer = made(
        path + "/performers", {"name": EVIL, "bio": EVIL, "links": ["https://example.com/a"]}
    )
    made(
        path + "/schedules",
        {
            "title": EVIL,
            "description": EVIL,
            "stage": EVIL[:100],
            "startsAt": "2040-03-01T12:00:00Z",
            "performerIds": [performer["id"]],
        },
    )
    made(path + "/brands", {"name": EVIL})
    made(path + "/publish", None)
    tickets = [t["id"] for t in site.get(path, owner).data["tickets"]]
    buyer = {"name": EVIL[:120], "email": "buyer@example.com", "phone": "+63 2 8123 4567"}
    orders = [
        made(
            "/orders",
            {
                "eventId": event["id"],
                "items": [{"ticketId": t, "quantity": n}],
                "buyer": buyer,
                "payment": {"provider": EVIL[:40], "reference": EVIL[:80]},
            },
            "/box-office/v1",
            key,
        )
        for t, n in ((tickets[0], 3), (tickets[1], 2), (tickets[0], 1))
    ]
    made(
        "/orders/%s/refund" % orders[0]["id"],
        {"items": [{"itemId": orders[0]["items"][0]["id"], "quantity": 1}], "reason": EVIL},
        "/box-office/v1",
        key,
    )
    made("/events", {"name": "A draft", "dateTime": "2040-05-01T12:00:00Z"})
    hook = made(
        "/webhooks",
        {
            "url": "http://127.0.0.1:29999/%3Cb%3E",
            "events": ["order.completed", "event.sold_out"],
            "description": EVIL,
        },
    )
    off = made(
        "/webhooks",
        {"url": "http://127.0.0.1:29999/off", "events": ["order.refunded"], "isActive": False},
    )
    return {
        "event": event["id"],
        "order": orders[0]["reference"],
        "webhook": hook["id"],
        "disabled": off["id"],
        "key": site.get("/keys", owner, mount="/dashboard/v1").data[0]["id"],
        "evil": EVIL,
    }


with Site(conf="webhook_allow = 127.0.0.0/8") as site:
    site.user()
    site.user(role="viewer")
    owner = site.session()
    facts = fill(site, owner)
    browse("pages.mjs", site, cookie=owner.cookie, **facts)
finish()
