#!/usr/bin/env python3
"""The door in a browser: a fake camera that shows real QR codes, typed codes, a hand-held scanner,
names, the network gone and back, and two devices at once; then the database is looked at."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, verify_output  # noqa: E402
from browser import browse  # noqa: E402
from harness import SRC, Site, check, finish  # noqa: E402

USER = {"email": "door@example.com", "password": "correct horse battery"}
STANDARD = {"name": "Standard", "quantity": 500}


def codes(order):
    return [t["code"] for t in order["issuedTickets"]]


def main():
    folder = tempfile.mkdtemp(prefix="tg-door-")
    p = subprocess.run([SRC + "/htdocs/door/fetch"], capture_output=True, text=True)
    check("the QR decoder comes from its lock file", p.returncode == 0, p.stderr)
    with Site() as site:
        site.command(
            *("user create --org test --role door --email".split()),
            USER["email"],
            stdin=USER["password"],
        )
        c = Buyer(site, site.key())
        event, ids = c.on_sale("Himig ng Bayan", [STANDARD])
        other, others = c.on_sale("Another night", [STANDARD])
        buyer = {"name": "Lea Santos", "email": "lea@example.com"}
        order = c.order(event, [(ids[0], 10)], buyer=buyer).data
        mine = codes(order)
        c.refund(order["id"], {"tickets": [{"code": mine[9]}]})
        c.sell("POST", "/orders/%s/issued-tickets/1.9/reissue" % order["id"])
        browse(
            "door.mjs",
            site,
            folder=folder,
            encoder=SRC + "/htdocs/door/qr/index.js",
            codes=mine[:8],
            refunded_code=mine[9],
            old_code=mine[8],
            other_code=codes(c.order(other, [(others[0], 1)]).data)[0],
            event={"id": event, "name": "Himig ng Bayan"},
            other_event={"name": "Another night"},
            user=USER,
        )
        rows = site.sql("SELECT status, COUNT(*) FROM check_ins GROUP BY status ORDER BY status")
        check(
            "seven are in; two devices admitted two of them",
            dict(rows).get("ADMITTED") == "7" and dict(rows).get("SUPERSEDED") == "2",
            rows,
        )
        first = site.sql(
            "SELECT t.gate FROM issued_tickets t WHERE t.unit IN (5, 6)"
            " AND t.order_id = UNHEX('%s') ORDER BY t.unit" % order["id"].replace("-", "")
        )
        check("the earlier scan is the admission", first == [["West"], ["South"]], first)
        wrong = verify_output(site)
        check("ticketgate verify agrees", not wrong, wrong)
    shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
