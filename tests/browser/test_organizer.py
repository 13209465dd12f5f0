#!/usr/bin/env python3
"""An organizer's work, starting with an empty organization: sign-in, API keys, events, live sales,
refunds, webhooks, concurrent edits, an expired session, and the viewer role."""
import http.server
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import browse, mysql  # noqa: E402
from harness import BUILD, PASSWORD, SRC, Site, check, finish  # noqa: E402


class Receiver(http.server.BaseHTTPRequestHandler):
    """Records webhook deliveries."""

    got = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((dict(self.headers), json.loads(body)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"thank <b>you</b>")

    def log_message(self, *unused):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
MAIL = "mail_url = smtp://127.0.0.1:9\nmail_from = tickets@shop.example\n"  # no sender runs
with Site(
    conf=MAIL + "webhook_allow = 127.0.0.0/8\nkey_cache = 0"
) as site:  # a session that is deleted has ended at once
    site.command("venue", "import", os.path.join(SRC, "sql/demo/venues.csv"), "--apply")
    owner, viewer = site.user(), site.user(role="viewer")
    done = browse(
        "organizer.mjs",
        site,
        owner=owner,
        viewer=viewer,
        password=PASSWORD,
        hook="http://127.0.0.1:%d/hook" % receiver.server_port,
        conf=site.conf,
        build=BUILD,
        mysql=mysql(site),
    )
    tests = [body for _, body in Receiver.got if body["isTest"]]
    check(
        "the receiver got the test, signed",
        done
        and len(tests) == 1
        and all(h.get("webhook-signature", "").startswith("v1,") for h, _ in Receiver.got),
        Receiver.got,
    )
receiver.shutdown()
finish()
