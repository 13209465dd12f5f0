#!/usr/bin/env python3
"""Buyers on the public event page: free orders, holds that are restored, changed and expired,
concurrent buyers, rate limits, and paid orders at an external checkout."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse, mysql  # noqa: E402
from webhook_receiver import Receiver, status  # noqa: E402
from public_page_fixture import FREE, PublicPageFixture, ticket  # noqa: E402
from harness import Site, finish  # noqa: E402

PAY = (
    '<!DOCTYPE html><html lang="en"><title>Checkout</title><link rel="icon" href="data:,"><h1>Pay '
    "here</h1>"
)
with Receiver() as receiver, Site(
    conf="trusted_proxies = 127.0.0.1\npublic_rate = 1000000\npublic_holds = 10"
) as site:
    receiver.script("/checkout", status(200, {"Content-Type": "text/html"}, PAY))
    checkout = receiver.url("/checkout?shop=1")
    site.command("org", "set", "test", "--checkout-url", checkout, "--fee-percent", "5")
    shop = PublicPageFixture(site)
    shop.states()
    shop.event("rush", [ticket("Entrance", quantity=3)], **FREE)
    shop.event("busy", [ticket("Entrance")], **FREE)
    shop.event("changing", [ticket("Entrance")], absorbFees=False)
    site.org("Plain Org", "plain")
    nowhere = PublicPageFixture(site, "plain").event(
        "concert", [ticket("Seat", 500), ticket("Child")]
    )
    browse(
        "buyer.mjs",
        site,
        events=shop.events,
        nowhere=nowhere,
        key=shop.key,
        checkout=checkout,
        mysql=mysql(site),
    )
finish()
