#!/usr/bin/env python3
"""An evening on screen: from an empty organization to fifty people through the door. The mail is
handed over by the real sender; at the end the file of tickets and the database are looked at."""
import collections
import csv
import datetime
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import verify_output  # noqa: E402
from browser import browse  # noqa: E402
from harness import PASSWORD, SRC, Site, check, finish  # noqa: E402
from mail_fixture import FAST, FROM, SENDER, decoded, parts_of  # noqa: E402
from mail_server import MailServer  # noqa: E402
from sender_processes import SenderProcesses  # noqa: E402

EVENT = {"name": "Himig ng Bayan"}
MANILA = datetime.timedelta(hours=8)


class PostBox:
    """GET /?to=ADDRESS runs the sender and answers what has come for the address, in order:
    [{subject, links, codes}]. Codes are what a scanner reads from the pictures."""

    def __init__(self, site, server):
        self.senders, self.server = SenderProcesses(SENDER, site), server
        box = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                body = json.dumps(box.open(query["to"][0])).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *unused):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/" % self.http.server_port

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.http.shutdown()
        self.senders.end()

    def open(self, address):
        status, said = self.senders.run()
        if status:
            raise RuntimeError("mail-send: %d %s" % (status, said))
        return [self.describe(m.parsed) for m in self.server.messages if m.recipients == [address]]

    def describe(self, message):
        parts = parts_of(message)
        return {
            "subject": str(message["subject"]),
            "links": re.findall(r'href="([^"]+)"', parts["text/html"][0].get_content()),
            "codes": [decoded(p.get_content()) for p in parts.get("image/png", [])],
        }


def check_file(site, path):
    """The CSV of tickets against the rows of the database."""
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    check("the file is marked as UTF-8 for spreadsheets", text.startswith("\ufeff"), text[:80])
    rows = list(csv.DictReader(text[1:].splitlines()))
    counts = collections.Counter((r["ticket"], r["status"]) for r in rows)
    check(
        "it has every ticket with its type and status",
        counts
        == {
            ("General Admission", "CHECKED_IN"): 36,
            ("General Admission", "REFUNDED"): 1,
            ("Community", "CHECKED_IN"): 14,
        },
        counts,
    )
    check("and the name of the event", {r["event"] for r in rows} == {EVENT["name"]}, rows[:3])
    check("each code once", len({r["code"] for r in rows}) == 51, len(rows))
    admitted = site.sql(
        "SELECT o.reference, t.unit, t.checked_in_at, t.gate"
        " FROM issued_tickets t JOIN orders o ON o.id = t.order_id"
        " WHERE t.checked_in_at IS NOT NULL"
    )
    want = sorted(
        (
            reference,
            datetime.datetime.fromisoformat(at).replace(microsecond=0) + MANILA,
            gate,
        )
        for reference, _, at, gate in admitted
    )
    inside = [r for r in rows if r["status"] == "CHECKED_IN"]
    zones = {r["checkedInAt"][19:] for r in inside}
    got = sorted(
        (
            r["orderReference"],
            datetime.datetime.fromisoformat(r["checkedInAt"][:19]),
            r["gate"],
        )
        for r in inside
    )
    check("times of admission in the event's zone, and gates", got == want, (got[:3], want[:3]))
    check("which the times name", zones == {"+08:00"}, zones)
    out = [r for r in rows if r["status"] == "REFUNDED"]
    check("who is not in has neither", not out[0]["checkedInAt"] and not out[0]["gate"], out)


def check_rows(site):
    rows = dict(site.sql("SELECT status, COUNT(*) FROM check_ins GROUP BY status"))
    check(
        "fifty are in; one was admitted by two devices",
        rows == {"ADMITTED": "50", "SUPERSEDED": "1"},
        rows,
    )
    left = site.sql("SELECT status, COUNT(*) FROM mail_messages GROUP BY status")
    check("no mail is left", [r[0] for r in left] == ["DELIVERED"], left)
    wrong = verify_output(site)
    check("ticketgate verify agrees", not wrong, wrong)
    reports = site.sanitizer_reports()
    check("no sanitizer spoke", not reports, "\n".join(reports))


def evening(site, box, folder):
    file = folder + "/tickets.csv"
    browse(
        "night.mjs",
        site,
        folder=folder,
        csv=file,
        encoder=SRC + "/htdocs/door/qr/index.js",
        owner=site.user(),
        password=PASSWORD,
        user={"email": site.user("door"), "password": PASSWORD},
        event=EVENT,
        key=site.key(),
        post_box=box.url,
    )
    if check("the file was downloaded", os.path.exists(file)):
        check_file(site, file)
    check_rows(site)


def main():
    p = subprocess.run([SRC + "/htdocs/door/fetch"], capture_output=True, text=True)
    check("the QR decoder comes from its lock file", p.returncode == 0, p.stderr)
    with MailServer() as server, tempfile.TemporaryDirectory(prefix="tg-night-") as folder:
        conf = "mail_url = %s\nmail_from = %s\n%s" % (server.url(), FROM, FAST)
        with Site(conf=conf) as site, PostBox(site, server) as box:
            with open(site.conf, "a") as f:  # for the links of the mail
                f.write("public_url = http://127.0.0.1:%d\n" % site.port)
            site.command("org", "set", "test", "--checkout-url", "https://pay.example/")
            evening(site, box, folder)
    finish()


main()
