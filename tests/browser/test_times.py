#!/usr/bin/env python3
"""Times in the dashboard, in browsers of other time zones than the event: days of filters, and the
local times that clocks skip or show twice."""
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse, mysql  # noqa: E402
from harness import Site, finish  # noqa: E402

MS = datetime.timedelta(milliseconds=1)
# On both sides of the bounds of 2026-03-08 in Kolkata and New York, whose day has 23 hours.
INSTANTS = {
    "A": "2026-03-07 18:29:59.999",
    "B": "2026-03-07 18:30:00.000",
    "C": "2026-03-08 04:59:59.999",
    "D": "2026-03-08 05:00:00.000",
    "E": "2026-03-08 18:29:59.999",
    "F": "2026-03-08 18:30:00.000",
    "G": "2026-03-09 03:59:59.999",
    "H": "2026-03-09 04:00:00.000",
}


def move_order(site, order, instant):
    """An order made at another time: its id begins with the milliseconds since 1970."""
    utc = datetime.datetime.fromisoformat(instant + "+00:00")
    ms = (utc - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) // MS
    moved = "%012x" % ms + order[12:]
    site.sql(
        "UPDATE order_items SET order_id = x'%s' WHERE order_id = x'%s';"
        "UPDATE orders SET id = x'%s', created_at = '%s' WHERE id = x'%s'"
        % (moved, order, moved, instant, order)
    )


with Site() as site:
    site.user()
    owner, key = site.session(), site.key()
    event = site.post(
        "/events",
        key,
        {
            "name": "Winter time",
            "timezone": "Europe/Berlin",
            "dateTime": "2027-10-31T01:30:00.250Z",  # the second 2:30 of the day
            "tickets": [{"name": "Free", "price": 0, "quantity": 50, "published": True}],
        },
    ).data
    site.post("/events/%s/publish" % event["id"], key)
    for name, instant in INSTANTS.items():
        sale = {
            "eventId": event["id"],
            "items": [{"ticketId": event["tickets"][0]["id"], "quantity": 1}],
            "buyer": {"name": name, "email": "ben@example.com"},
        }
        order = site.post("/orders", key, sale, mount="/box-office/v1").data
        move_order(site, order["id"].replace("-", ""), instant)
    browse("times.mjs", site, cookie=owner.cookie, event=event["id"], key=key, mysql=mysql(site))
finish()
