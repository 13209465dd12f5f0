#!/usr/bin/env python3
"""From an empty organization to a sign-in, an API key, a webhook, an event, orders on its public
page, the live sales chart, a refund, and the deliveries of the webhook."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse, mysql  # noqa: E402
from webhook_receiver import Receiver, status  # noqa: E402
from harness import BUILD, PASSWORD, Site, check, finish  # noqa: E402

PAY = (
    '<!DOCTYPE html><html lang="en"><title>Checkout</title><link rel="icon" href="data:,"><h1>Pay '
    "here</h1>"
)
with Receiver() as receiver, Site(conf="webhook_allow = 127.0.0.0/8") as site:
    receiver.script("/hook", status(200, text="thank you"))
    receiver.script("/checkout", status(200, {"Content-Type": "text/html"}, PAY))
    site.command("org", "set", "test", "--checkout-url", receiver.url("/checkout"))
    browse(
        "end_to_end.mjs",
        site,
        owner=site.user(),
        password=PASSWORD,
        hook=receiver.url("/hook"),
        conf=site.conf,
        build=BUILD,
        mysql=mysql(site),
    )
    log = receiver.log("/hook")
    check(
        "the receiver saw four deliveries, one of them twice, all signed",
        len(log) == 4
        and len({r["header"]["webhook-id"] for r in log}) == 3
        and all("webhook-signature" in r["header"] for r in log),
        log,
    )
finish()
