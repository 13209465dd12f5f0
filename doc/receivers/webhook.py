#!/usr/bin/env python3
"""A receiver of ticketgate's webhooks, in Python (3.8 or later, nothing else needed).

    WEBHOOK_SECRET=whsec_… python3 webhook.py 8080

Copy verify() into your application. See doc/webhooks.md."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

TOLERANCE = 300  # seconds


def verify(secret, headers, body, now=None):
    """Returns the event if the signature is valid, else raises ValueError. body: raw bytes."""
    moment = time.time() if now is None else now
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(moment - int(stamp)) > TOLERANCE:
        raise ValueError("timestamp out of tolerance")
    key = base64.b64decode(secret[len("whsec_") :])
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    want = "v1," + base64.b64encode(digest).decode()
    # during a rotation there are several signatures
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(want.encode(), got.encode()) for got in given):
        raise ValueError("no matching signature")
    return json.loads(body)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            event = verify(os.environ["WEBHOOK_SECRET"], self.headers, body)
        except ValueError as e:
            self.send_error(401, str(e))
            return
        # Deliveries can repeat: store event["id"] under a unique key. Respond within ten seconds
        # and process the event afterwards.
        print(event["id"], event["event"], "test" if event["isTest"] else "real", flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *unused):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
