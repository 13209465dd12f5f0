#!/usr/bin/env python3
"""The box office, sentence by sentence: holds, orders, refunds, every refusal with its reason, fees
to the centavo, and what webhooks will be told."""
import os
import re
import sys
import time
from decimal import ROUND_FLOOR, Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import (
    BUYER,
    Buyer,
    undetected_damages,
    json,
    outbox,
    raw_id,
    recount,
    stock_of,
    verify_output,
)  # noqa: E402
from concurrency import Db, event  # noqa: E402
from harness import Site, check, finish  # noqa: E402

NOWHERE = "01890000-0000-7000-8000-00000000dead"


def refused(name, r, *words, status=409, hint=None):
    """A refusal that tells its reason, and in the hint what to do."""
    message, told = r.error.get("message", ""), r.error.get("hint", "")
    check(
        name,
        r.status == status
        and (status != 409 or r.error.get("code") == "CONFLICT")
        and all(w in message for w in words)
        and told
        and (hint is None or hint in told),
        r,
    )


def due(db, hold_id, ms=0):
    """The hold's end is moved to so many milliseconds from now."""
    at = "NOW(3) + INTERVAL %d * 1000 MICROSECOND" % ms
    db.sql(
        "SET @at = %s;"
        " UPDATE holds"
        " SET expires_at = @at"
        " WHERE id = %s;"
        " UPDATE hold_items"
        " SET expires_at = @at"
        " WHERE hold_id = %s" % (at, raw_id(hold_id), raw_id(hold_id))
    )


def holds(c, db):
    e, (a, b) = c.on_sale(
        "Holds", [{"quantity": 10, "price": 1500}, {"quantity": 5, "price": 99.5}]
    )
    r = c.hold(e, [(a, 2), (b, 3)])
    d = r.data or {}
    check(
        "a hold: 201, ACTIVE, sums",
        r.status == 201
        and d["status"] == "ACTIVE"
        and d["eventId"] == e
        and d["extended"] is False
        and (d["subtotal"], d["fees"], d["total"]) == (3298.5, 0, 3298.5),
        r,
    )
    check(
        "its items",
        [(i["ticketId"], i["quantity"], i["unitPrice"], i["subtotal"]) for i in d.get("items", [])]
        == [(a, 2, 1500, 3000), (b, 3, 99.5, 298.5)],
        d,
    )
    check(
        "amounts without decimals when they are zero",
        b'"unitPrice":1500,' in r.raw and b'"total":3298.5' in r.raw,
        r,
    )
    seconds = db.one(
        "SELECT TIMESTAMPDIFF(MICROSECOND, created_at, expires_at) / 1000000"
        " FROM holds"
        " WHERE id = %s" % raw_id(d["id"])
    )
    check("it lasts 600 s", float(seconds) == 600, seconds)
    check(
        "GET shows the same",
        c.sell("GET", "/holds/" + d["id"]).data == d
        and c.sell("GET", "/holds/" + d["id"]).headers.get("etag"),
    )
    check("held, not sold", stock_of(db, a) == (0, 2, 10) and stock_of(db, b) == (0, 3, 5))
    check(
        "the API shows it",
        [(t["held"], t["sold"], t["remaining"]) for t in c.get("/events/" + e).data["tickets"]]
        == [(2, 0, 8), (3, 0, 2)],
    )
    refused(
        "all or nothing: one type has too few",
        c.hold(e, [(a, 1), (b, 3)]),
        "Only 2",
        "Type 1",
        hint="at most 2",
    )
    check(
        "nothing of it stays",
        stock_of(db, a) == (0, 2, 10)
        and db.one("SELECT COUNT(*) FROM holds") == "1"
        and not recount(db),
        recount(db),
    )
    for ttl, status in (
        (60, 201),
        (3600, 201),
        (59, 400),
        (3601, 400),
        (0, 400),
        ("600", 400),
        (60.5, 400),
    ):
        r = c.hold(e, [(a, 1)], ttlSeconds=ttl)
        ok = r.status == status and (status == 201 or r.fields == ["ttlSeconds"])
        check("ttlSeconds %r: %d" % (ttl, status), ok, r)
        if r.status == 201:
            check(
                "and it is as long",
                db.one(
                    "SELECT TIMESTAMPDIFF(SECOND, created_at, expires_at) FROM holds WHERE id = %s"
                    % raw_id(r.data["id"])
                )
                == str(ttl),
            )
            check("released", c.release(r.data["id"]).status == 200)
    due(db, d["id"], 5000)
    r = c.sell("POST", "/holds/%s/extend" % d["id"])
    seconds = float(
        db.one(
            "SELECT TIMESTAMPDIFF(MICROSECOND, NOW(3), expires_at) / 1000000"
            " FROM holds"
            " WHERE id = %s" % raw_id(d["id"])
        )
    )
    check(
        "extend starts its time anew",
        r.status == 200 and r.data["extended"] is True and 595 < seconds <= 600,
        (r, seconds),
    )
    refused("only once", c.sell("POST", "/holds/%s/extend" % d["id"]), "already been extended")
    r = c.release(d["id"])
    check(
        "release: 200 and deleted",
        r.status == 200 and r.data == {"id": d["id"], "deleted": True},
        r,
    )
    check("everything is back", stock_of(db, a) == (0, 0, 10) and stock_of(db, b) == (0, 0, 5))
    check("GET tells RELEASED", c.sell("GET", "/holds/" + d["id"]).data["status"] == "RELEASED")
    refused("released twice", c.release(d["id"]), "was released", hint="new hold")
    refused("extended after release", c.sell("POST", "/holds/%s/extend" % d["id"]), "was released")
    refused("an order from it", c.use(d["id"]), "was released")
    for body, fields in (
        ({}, ["eventId", "items"]),
        ({"eventId": e, "items": []}, ["items"]),
        (
            {"eventId": e, "items": [{"ticketId": "x", "quantity": 0}]},
            ["items.0.quantity", "items.0.ticketId"],
        ),
        (
            {
                "eventId": e,
                "items": [{"ticketId": a, "quantity": 1}, {"ticketId": a, "quantity": 1}],
            },
            ["items.1.ticketId"],
        ),
        ({"eventId": e, "items": [{"ticketId": NOWHERE, "quantity": 1}]}, ["items.0.ticketId"]),
    ):
        r = c.sell("POST", "/holds", body)
        check("refused as 400: %s" % fields, r.status == 400 and r.fields == fields, r)
    check("an event that is not there: 404", c.hold(NOWHERE, [(a, 1)]).status == 404)
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/extend")):
        check(
            "a hold that is not there, %s%s: 404" % (method, path),
            c.sell(method, "/holds/" + NOWHERE + path).status == 404,
        )


def expiry(c, db):
    e, (a,) = c.on_sale("Expiry", [4])
    h = c.hold(e, [(a, 4)]).data["id"]
    refused("sold out while all are held", c.hold(e, [(a, 1)]), "sold out", hint="released")
    due(db, h, 400)
    refused("not a moment before it ends", c.order(e, [(a, 1)]), "sold out")
    check(
        "and the hold itself is good until then",
        c.sell("GET", "/holds/" + h).data["status"] == "ACTIVE",
    )
    time.sleep(0.5)
    check(
        "GET tells EXPIRED, before anybody cleaned up",
        c.sell("GET", "/holds/" + h).data["status"] == "EXPIRED" and stock_of(db, a) == (0, 4, 4),
    )
    refused("an order from it", c.use(h), "has expired", hint="new hold")
    refused("an extension of it", c.sell("POST", "/holds/%s/extend" % h), "has expired")
    r = c.order(e, [(a, 1)])
    check(
        "who needs them gets them, without cron",
        r.status == 201 and stock_of(db, a) == (1, 0, 4),
        (r, stock_of(db, a)),
    )
    check(
        "the hold is EXPIRED in the table, its rows are gone",
        db.one("SELECT status FROM holds WHERE id = %s" % raw_id(h)) == "EXPIRED",
    )
    check(
        "the ledger tells it",
        [
            row[0]
            for row in db.sql(
                "SELECT kind FROM ledger WHERE source_id = %s ORDER BY id" % raw_id(h)
            )
        ]
        == ["HOLD", "EXPIRE"],
    )
    refused("released after that", c.release(h), "has expired")
    h = c.hold(e, [(a, 3)]).data["id"]
    due(db, h, -1)
    check(
        "released when it is over and nobody cleaned up",
        c.release(h).status == 200 and stock_of(db, a) == (1, 0, 4),
    )
    first, second = c.hold(e, [(a, 1)]).data["id"], c.hold(e, [(a, 2)]).data["id"]
    due(db, first, -1)
    refused(
        "one of two is over: says how many are left",
        c.order(e, [(a, 2)]),
        "Only 1",
        hint="at most 1",
    )
    check(
        "the one that is over gave back when asked for",
        c.order(e, [(a, 1)]).status == 201 and stock_of(db, a)[1] == 2,
    )
    due(db, second, 3600 * 1000)
    r = c.use(second)
    check("the other one becomes an order", r.status == 201 and stock_of(db, a) == (4, 0, 4), r)
    refused("used twice", c.use(second), "already used", hint="order that was created from it")
    refused("released after use", c.release(second), "already used")
    check("GET tells USED", c.sell("GET", "/holds/" + second).data["status"] == "USED")


def shown(c, e, a):
    """(held, remaining, soldOut, status) of the type wherever it is shown, and soldOut of the event
    wherever that is: each once, however often it is shown."""
    one, listed = c.get("/tickets/" + a).data, c.get("/events/%s/tickets" % e).data
    whole, lists = c.get("/events/" + e).data, [
        c.get(path).data
        for path in (
            "/events?take=100&sort=-createdAt",
            "/events?take=100&status=PUBLISHED",
            "/events?q=lapsed",
        )
    ]
    types = [
        one,
        *[t for t in listed if t["id"] == a],
        *[t for t in whole["tickets"] if t["id"] == a],
    ]
    events = [whole, *[x for page in lists for x in page if x["id"] == e]]
    return (
        {(t["held"], t["remaining"], t["soldOut"], t["status"]) for t in types},
        {x["soldOut"] for x in events},
        len(types) + len(events),
    )


def lapsed(c, db):
    """What holds that are over still hold is not shown, before anybody cleaned up."""
    e, (a, b) = c.on_sale("Lapsed", [{"quantity": 4}, {"quantity": 1, "published": False}])
    c.order(e, [(a, 1)])
    first, second = c.hold(e, [(a, 1)]).data["id"], c.hold(e, [(a, 2)]).data["id"]
    got = shown(c, e, a)
    check(
        "held to the last one: sold out wherever it is shown",
        got == ({(3, 0, True, "SOLD_OUT")}, {True}, 7),
        got,
    )
    due(db, first, -1)
    got = shown(c, e, a)
    check(
        "one hold is over: one remains, wherever it is shown",
        got == ({(2, 1, False, "PUBLISHED")}, {False}, 7) and stock_of(db, a) == (1, 3, 4),
        got,
    )
    due(db, second, -1)
    got = shown(c, e, a)
    check(
        "both are over: three remain",
        got == ({(0, 3, False, "PUBLISHED")}, {False}, 7) and stock_of(db, a) == (1, 3, 4),
        got,
    )
    refused(
        "reduced below what expired holds have not returned yet",
        c.request("PATCH", "/tickets/" + a, {"quantity": 2}),
        "being released",
        hint="minute",
    )
    check(
        "cut to what is gone and on its way",
        c.request("PATCH", "/tickets/" + a, {"quantity": 4}).status == 200,
    )
    r = c.post("/tickets/%s/sold-out" % a)
    check(
        "marked sold out: its state is what is shown",
        r.status == 200
        and (r.data["status"], r.data["remaining"], r.data["held"]) == ("SOLD_OUT", 3, 0),
        r,
    )
    got = shown(c, e, a)
    check("the mark stays when holds are over", got == ({(0, 3, True, "SOLD_OUT")}, {True}, 7), got)
    fresh = c.hold(e, [(a, 1)])
    refused("and nothing is sold", fresh, "sold out")
    e, (a, b) = c.on_sale("Lapsed, capped", [5, 5], eventCapacity=6)
    h = c.hold(e, [(a, 3), (b, 3)]).data["id"]
    got = shown(c, e, b)
    check("an event full of holds is sold out", got == ({(3, 0, True, "SOLD_OUT")}, {True}, 7), got)
    due(db, h, -1)
    got = shown(c, e, b)
    check(
        "and no longer when they are over", got == ({(0, 5, False, "PUBLISHED")}, {False}, 7), got
    )
    e, (a,) = c.on_sale("Lapsed, never sold", [5])
    h = c.hold(e, [(a, 2)]).data["id"]
    due(db, h, -1)
    refused(
        "deleted while tickets are on their way back",
        c.request("DELETE", "/tickets/" + a),
        "being released",
    )


def crowded(c, db):
    """More holds are over than one look-up finds, and most of them hold something else."""
    e, (b, a) = c.on_sale("Crowd", [{"quantity": 130, "maxPerOrder": 200}, {"quantity": 1}])
    held = [c.hold(e, [(b, 1)]).data["id"] for _ in range(130)] + [c.hold(e, [(a, 1)]).data["id"]]
    db.sql(
        "SET @at = NOW(3);"
        " UPDATE holds"
        " SET expires_at = @at"
        " WHERE event_id = %s;"
        " UPDATE hold_items"
        " SET expires_at = @at"
        " WHERE event_id = %s" % (raw_id(e), raw_id(e))
    )
    r = c.order(e, [(a, 1)])
    check(
        "130 holds of another type are over: the one that is asked for comes back",
        r.status == 201 and stock_of(db, a) == (1, 0, 1),
        r,
    )
    db.sql("BEGIN")
    for h in sorted(held)[:60]:
        db.sql("SELECT id FROM holds WHERE id = %s FOR UPDATE" % raw_id(h))
    r = c.order(e, [(b, 60)])
    check(
        "60 of them are in the hands of somebody else: 60 of the others come back",
        r.status == 201 and stock_of(db, b)[0] == 60,
        r,
    )
    db.sql("ROLLBACK")
    r = c.order(e, [(b, 70)])
    check(
        "and then the rest, all in one order",
        r.status == 201 and stock_of(db, b) == (130, 0, 130),
        (r, stock_of(db, b)),
    )
    e, (a, b) = c.on_sale(
        "Crowd, capped",
        [{"quantity": 100}, {"quantity": 100, "maxPerOrder": 200}],
        eventCapacity=70,
    )
    for _ in range(70):
        c.hold(e, [(a, 1)])
    db.sql(
        "SET @at = NOW(3);"
        " UPDATE holds"
        " SET expires_at = @at"
        " WHERE event_id = %s;"
        " UPDATE hold_items"
        " SET expires_at = @at"
        " WHERE event_id = %s" % (raw_id(e), raw_id(e))
    )
    r = c.order(e, [(b, 65)])
    check(
        "places of the event come back by holds of any type",
        r.status == 201 and stock_of(db, b)[0] == 65,
        r,
    )


def orders(c, db, site, key):
    e, (a, b) = c.on_sale(
        "Orders", [{"quantity": 20, "price": 250.25}, {"quantity": 20, "price": 10}]
    )
    body = {
        "buyer": {"name": " José Rizal ", "email": "jose@example.com", "phone": "+63 2 8123 4567"},
        "payment": {"provider": "gcash", "reference": "GC-1"},
    }
    r = c.order(e, [(a, 2), (b, 1)], **body)
    d = r.data or {}
    check(
        "an order: 201, COMPLETED, sums",
        r.status == 201
        and d["status"] == "COMPLETED"
        and (d["subtotal"], d["fees"], d["total"], d["refundedTotal"]) == (510.5, 0, 510.5, 0),
        r,
    )
    check(
        "buyer and payment",
        d["buyer"]["email"] == "jose@example.com"
        and d["buyer"]["phone"] == "+63 2 8123 4567"
        and d["payment"] == {"provider": "gcash", "reference": "GC-1"},
        d,
    )
    check(
        "times",
        d["createdAt"] == d["completedAt"]
        and d["refundedAt"] is None
        and abs(time.time() - int(d["id"][:8] + d["id"][9:13], 16) / 1000) < 60,
        d,
    )
    check(
        "items",
        [
            (
                i["ticketId"],
                i["name"],
                i["quantity"],
                i["unitPrice"],
                i["subtotal"],
                i["refundedQuantity"],
            )
            for i in d["items"]
        ]
        == [(a, "Type 0", 2, 250.25, 500.5, 0), (b, "Type 1", 1, 10, 10, 0)],
        d,
    )
    got = c.get("/orders/" + d["id"])
    same = (
        got.data == d
        or sorted(map(json.dumps, got.data["items"])) == sorted(map(json.dumps, d["items"]))
        and dict(got.data, items=0) == dict(d, items=0)
    )
    check("GET /orders/{id} is what the POST answered", got.status == 200 and same, (got, r))
    check("in the same bytes", got.raw == r.raw, (got.raw, r.raw))
    check(
        "and has its ETag",
        got.headers.get("etag") == r.headers.get("etag") and got.headers.get("etag"),
        (got.headers, r.headers),
    )
    check("found by its reference", c.get("/orders/" + d["reference"]).data["id"] == d["id"])
    told = outbox(db, "order.completed", d["id"])
    check("order.completed once", len(told) == 1, told)
    check(
        "with the bytes of the order",
        told and r.raw[len(b'{"data":') : -1] in told[0],
        (told, r.raw),
    )
    shape = (
        rb'^\{"id":"evt_[0-9a-zA-Z]+","event":"order\.completed","isTest":false,"timestamp":"\d{4}'
        rb'-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","data":\{.*\}\}$'
    )
    check("in the envelope of section 9", told and re.match(shape, told[0]), told)
    none = c.order(e, [(b, 1)])
    check(
        "without phone and payment: null",
        none.data["buyer"]["phone"] is None
        and none.data["payment"] is None
        and c.get("/orders/" + none.data["id"]).raw == none.raw,
        none,
    )
    check("payment: null is none", c.order(e, [(b, 1)], payment=None).status == 201)
    h = c.hold(e, [(a, 1), (b, 2)]).data
    r = c.use(h["id"])
    check(
        "an order from a hold",
        r.status == 201
        and r.data["eventId"] == e
        and r.data["total"] == h["total"]
        and stock_of(db, a)[:2] == (3, 0),
        (r, stock_of(db, a)),
    )
    check(
        "GET is the same, too",
        c.get("/orders/" + r.data["id"]).raw == r.raw,
        (c.get("/orders/" + r.data["id"]).raw, r.raw),
    )
    items = [{"ticketId": a, "quantity": 1}]
    for name, body, fields in (
        ("neither", {}, ["eventId", "items"]),
        ("both", {"holdId": h["id"], "eventId": e, "items": items}, ["holdId"]),
        ("hold and event", {"holdId": h["id"], "eventId": e}, ["holdId"]),
        ("hold and items", {"holdId": h["id"], "items": items}, ["holdId"]),
        ("event alone", {"eventId": e}, ["items"]),
        ("items alone", {"items": items}, ["eventId"]),
    ):
        r = c.sell("POST", "/orders", dict(body, buyer=BUYER))
        check("%s: 400" % name, r.status == 400 and r.fields == fields, r)
    for buyer, fields in (
        (None, ["buyer"]),
        ({}, ["buyer.email", "buyer.name"]),
        ({"name": "", "email": "x"}, ["buyer.email", "buyer.name"]),
        ({"name": "A", "email": "a@b.example", "phone": 5}, ["buyer.phone"]),
    ):
        body = {"eventId": e, "items": items, "buyer": buyer}
        r = c.sell(
            "POST",
            "/orders",
            body if buyer is not None else {k: v for k, v in body.items() if k != "buyer"},
        )
        check("buyer %r: 400 %s" % (buyer, fields), r.status == 400 and r.fields == fields, r)
    check("a hold that is not there: 404", c.use(NOWHERE).status == 404)
    check("an event that is not there: 404", c.order(NOWHERE, [(a, 1)]).status == 404)
    check(
        "a key without boxoffice:sell: 403",
        site.request(
            "POST", "/orders", site.key("events:write,orders:read"), {}, mount="/box-office/v1"
        ).status
        == 403,
    )
    ids = [c.order(e, [(b, 1)], headers={"Idempotency-Key": "r%d" % n}) for n in range(5)]
    references = [x.data["reference"] for x in ids]
    check(
        "references: unique, TN- and eight without look-alikes",
        len(set(references)) == 5
        and all(re.match(r"^TN-[2-9A-HJKMNP-Z]{8}$", x) and "U" not in x for x in references),
        references,
    )
    again = c.order(e, [(b, 1)], headers={"Idempotency-Key": "r0"})
    check(
        "the same key again: the same bytes, marked",
        again.raw == ids[0].raw
        and again.status == 201
        and again.headers.get("idempotency-replayed") == "true",
        again,
    )
    check("and nothing more is sold", stock_of(db, b)[0] == 10, stock_of(db, b))
    check(
        "another body under it: 422",
        c.order(e, [(b, 2)], headers={"Idempotency-Key": "r0"}).status == 422,
    )
    h = c.hold(e, [(a, 1)], headers={"Idempotency-Key": "h1"})
    check(
        "a hold again: the same one",
        c.hold(e, [(a, 1)], headers={"Idempotency-Key": "h1"}).raw == h.raw
        and stock_of(db, a)[1] == 1,
    )
    one, two = c.use(h.data["id"], headers={"Idempotency-Key": "u1"}), c.use(
        h.data["id"], headers={"Idempotency-Key": "u1"}
    )
    check(
        'its order again: the same order, not "already used"',
        one.status == two.status == 201 and one.raw == two.raw,
        (one, two),
    )
    c.release(c.hold(e, [(a, 1)]).data["id"])


def refusals(c, db):
    draft = c.post(
        "/events",
        event("Draft sale", tickets=[{"name": "T", "price": 1, "quantity": 5, "published": True}]),
    ).data
    t = draft["tickets"][0]["id"]
    for kind in ("hold", "order"):
        refused(
            "%s of an event that is not published" % kind,
            getattr(c, kind)(draft["id"], [(t, 1)]),
            "event is not published",
            hint="publish",
        )
    e, (plain, hidden, later, over, limited, few) = c.on_sale(
        "Refusals",
        [
            5,
            {"quantity": 5, "published": False},
            {"quantity": 5, "salesStartAt": "2039-01-01T00:00:00Z"},
            {"quantity": 5, "salesEndAt": "2020-01-01T00:00:00+08:00"},
            {"quantity": 50, "minPerOrder": 3, "maxPerOrder": 6},
            2,
        ],
    )
    for kind in ("hold", "order"):
        ask = getattr(c, kind)
        refused(
            "%s of a type that is not published" % kind,
            ask(e, [(hidden, 1)]),
            "not published",
            "Type 1",
            hint="publish",
        )
        refused(
            "%s before sales start" % kind,
            ask(e, [(later, 1)]),
            "Type 2",
            "2039-01-01T00:00:00.000Z",
            hint="started",
        )
        refused(
            "%s after sales end" % kind, ask(e, [(over, 1)]), "Type 3", "2019-12-31T16:00:00.000Z"
        )
        refused(
            "%s under the limit" % kind,
            ask(e, [(limited, 2)]),
            "at least 3",
            "Type 4",
            hint="at least 3",
        )
        refused(
            "%s over the limit" % kind,
            ask(e, [(limited, 7)]),
            "at most 6",
            "Type 4",
            hint="at most 6",
        )
        refused(
            "%s of more than are left" % kind,
            ask(e, [(few, 3)]),
            "Only 2",
            "Type 5",
            hint="at most 2",
        )
        refused(
            "%s: one refused item refuses all" % kind, ask(e, [(plain, 1), (hidden, 1)]), "Type 1"
        )
        r = ask(e, [(plain, 1001)])
        check(
            "%s of more than 1000: 400" % kind,
            r.status == 400 and r.fields == ["items.0.quantity"],
            r,
        )
    check(
        "nothing was moved",
        db.one("SELECT SUM(sold + held) FROM ticket_types WHERE event_id = %s" % raw_id(e)) == "0",
    )
    now = (
        db.one(
            "SELECT DATE_FORMAT(NOW(3) + INTERVAL 1200 * 1000 MICROSECOND, '%Y-%m-%dT%H:%i:%s.%fZ')"
        )[:23]
        + "Z"
    )
    check(
        "the window is moved",
        c.request("PATCH", "/tickets/" + later, {"salesStartAt": now}).status == 200,
    )
    refused("a second before the start", c.order(e, [(later, 1)]), "not on sale yet")
    time.sleep(1.3)
    check("and right after it", c.order(e, [(later, 1)]).status == 201)
    check(
        "limits themselves are allowed",
        c.order(e, [(limited, 3)]).status == 201 and c.order(e, [(limited, 6)]).status == 201,
    )
    check("the last two", c.order(e, [(few, 2)]).status == 201)
    refused("sold out", c.order(e, [(few, 1)]), "sold out", "Type 5", hint="Choose another")
    check("marked sold out by hand", c.post("/tickets/%s/sold-out" % plain).status == 200)
    refused("refused, though some are left", c.order(e, [(plain, 1)]), "sold out", "Type 0")
    check(
        "on sale again",
        c.post("/tickets/%s/on-sale" % plain).status == 200
        and c.order(e, [(plain, 1)]).status == 201,
    )
    h = c.hold(e, [(plain, 1)]).data["id"]
    check("unpublished while held", c.post("/events/%s/unpublish" % e).status == 200)
    refused("no new hold", c.hold(e, [(plain, 1)]), "event is not published")
    check("what is held may still be bought", c.use(h).status == 201)
    check(
        "quantity below sold: 409",
        c.request("PATCH", "/tickets/" + plain, {"quantity": 1}).status == 409,
    )
    check(
        "a type with sales is not deleted", c.request("DELETE", "/tickets/" + plain).status == 409
    )


def capacity(c, db):
    e, (a, b) = c.on_sale("Capacity", [10, 10], eventCapacity=6)
    h = c.hold(e, [(a, 2)]).data["id"]
    check("three of another type", c.order(e, [(b, 3)]).status == 201)
    refused(
        "one place is left at the event", c.order(e, [(a, 1), (b, 1)]), "Only 1 place", hint="fewer"
    )
    check("it is sold", c.order(e, [(b, 1)]).status == 201)
    refused("the event is full, its types are not", c.order(e, [(a, 1)]), "event is sold out")
    check("event.sold_out once", len(outbox(db, "event.sold_out", e)) == 1)
    shown = c.get("/events/" + e).data
    told = json.loads(outbox(db, "event.sold_out", e)[0])["data"]
    check(
        "it shows the event",
        told["id"] == e
        and told["soldOut"] is True
        and shown["soldOut"] is True
        and set(told)
        == set(shown) - {"tickets", "venue", "performers", "schedules", "brands", "webhookSecret"},
        (sorted(set(told) ^ set(shown))),
    )
    due(db, h, -1)
    other = c.get("/events/%s/tickets/%s" % (e, b)).data
    check(
        "an expired hold of one type: another type, without holds, shows the event's places",
        (other["remaining"], other["soldOut"]) == (2, False),
        other,
    )
    check(
        "an expired hold gives its places back",
        c.order(e, [(b, 2)]).status == 201 and stock_of(db, a) == (0, 0, 10),
    )
    check(
        "full again without having had room in between: not told again",
        len(outbox(db, "event.sold_out", e)) == 1,
    )
    refused(
        "a smaller capacity than is taken",
        c.request("PATCH", "/events/" + e, {"eventCapacity": 5}),
        "6",
    )
    check(
        "a larger one",
        c.request("PATCH", "/events/" + e, {"eventCapacity": 7}).status == 200
        and c.order(e, [(a, 1)]).status == 201,
    )
    check(
        "told again, for there had been room",
        len(outbox(db, "event.sold_out", e)) == 2,
        outbox(db, "event.sold_out", e),
    )
    check(
        "none at all",
        c.request("PATCH", "/events/" + e, {"eventCapacity": None}).status == 200
        and c.order(e, [(a, 3)]).status == 201,
    )
    check(
        "and back: counted anew",
        c.request("PATCH", "/events/" + e, {"eventCapacity": 11}).status == 200
        and db.one("SELECT taken FROM event_stock WHERE event_id = %s" % raw_id(e)) == "10",
    )


def exact_fee(price, basis_points, fixed):
    """Half a centavo and more rounded up, by decimal arithmetic."""
    return (price * basis_points / 10000 + Decimal("0.005")).quantize(
        Decimal("0.01"), ROUND_FLOOR
    ) + fixed


def fees(c, db):
    prices = ["0", "0.01", "0.5", "1", "3.33", "9.99", "10.1", "99.95", "1234.56", "99999.99"]
    e, ids = c.on_sale(
        "Fees", [{"quantity": 100, "price": float(p)} for p in prices], absorbFees=False
    )
    absorbed, (t,) = c.on_sale("Absorbed", [{"quantity": 10, "price": 100}])
    for points, fixed in ((0, 0), (250, 0), (500, 1500), (333, 1), (1, 0), (10000, 0), (50, 25)):
        db.sql("UPDATE organizations SET fee_basis_points = %d, fee_fixed = %d" % (points, fixed))
        want = [
            exact_fee(Decimal(p), points, Decimal(fixed) / 100) if p != "0" else Decimal(0)
            for p in prices
        ]
        r = c.order(e, [(i, 3) for i in ids])
        total = sum(3 * (Decimal(p) + f) for p, f in zip(prices, want))
        d = json.loads(r.raw, parse_float=Decimal)["data"]
        check(
            "fees of %d/10000 + %d: exact" % (points, fixed),
            r.status == 201
            and d["fees"] == sum(3 * f for f in want)
            and d["total"] == total
            and d["subtotal"] == total - d["fees"],
            (want, r),
        )
        unit = [
            Decimal(row[0]) / 100
            for row in db.sql(
                "SELECT unit_fee FROM order_items WHERE order_id = %s ORDER BY unit_price"
                % raw_id(r.data["id"])
            )
        ]
        check("each ticket its own", unit == want, (unit, want))
        h = c.hold(e, [(i, 3) for i in ids])
        check(
            "a hold has the same",
            (h.data["fees"], h.data["total"]) == (r.data["fees"], r.data["total"]),
            h,
        )
        db.sql("UPDATE organizations SET fee_basis_points = 9999")
        kept = c.use(h.data["id"])
        check(
            "and keeps them when the organization changes them",
            (kept.data["fees"], kept.data["total"]) == (r.data["fees"], r.data["total"]),
            kept,
        )
    check("absorbed: no fees", c.order(absorbed, [(t, 2)]).data["fees"] == 0)
    part = c.order(e, [(ids[4], 3)]).data
    one = c.refund(part["id"], {"items": [{"itemId": part["items"][0]["id"], "quantity": 1}]}).data
    check(
        "a refund gives back price and fee of one",
        abs(one["refundedTotal"] * 3 - part["total"]) < 0.001
        and one["status"] == "PARTIALLY_REFUNDED",
        (part, one),
    )
    db.sql("UPDATE organizations SET fee_basis_points = 500, fee_fixed = 1500")
    free, (f,) = c.on_sale("Free", [{"quantity": 5, "price": 0}], type="FREE", absorbFees=False)
    r = c.order(free, [(f, 2)])
    check(
        "a FREE event: total 0, no fees",
        r.status == 201 and r.data["total"] == 0 and r.data["fees"] == 0,
        r,
    )
    back = c.refund(r.data["id"])
    check(
        "refunded, too",
        back.status == 200
        and back.data["status"] == "REFUNDED"
        and back.data["refundedTotal"] == 0
        and stock_of(db, f)[0] == 0,
        back,
    )
    db.sql("UPDATE organizations SET fee_basis_points = 0, fee_fixed = 0")


def refunds(c, db, site):
    e, (a, b) = c.on_sale(
        "Refunds", [{"quantity": 10, "price": 100}, {"quantity": 10, "price": 7.5}]
    )
    d = c.order(e, [(a, 4), (b, 2)]).data
    item = {i["ticketId"]: i["id"] for i in d["items"]}
    r = c.refund(d["id"], {"items": [{"itemId": item[a], "quantity": 1}], "reason": "ill"})
    check(
        "part: 200, PARTIALLY_REFUNDED, on sale again",
        r.status == 200
        and r.data["status"] == "PARTIALLY_REFUNDED"
        and r.data["refundedTotal"] == 100
        and r.data["refundedAt"]
        and stock_of(db, a)[0] == 3,
        r,
    )
    check(
        "the item tells",
        {i["ticketId"]: i["refundedQuantity"] for i in r.data["items"]} == {a: 1, b: 0},
        r,
    )
    check(
        "GET /orders/{id} is the answer",
        c.get("/orders/" + d["id"]).raw == r.raw,
        (c.get("/orders/" + d["id"]).raw, r.raw),
    )
    told = outbox(db, "order.refunded", d["id"])
    check(
        "order.refunded once, with those bytes",
        len(told) == 1 and told[0].endswith(b'"data":' + r.raw[len(b'{"data":') :]),
        (told, r.raw),
    )
    check(
        "the reason is kept",
        db.sql(
            "SELECT amount, restocked, reason FROM refunds WHERE order_id = %s" % raw_id(d["id"])
        )
        == [["10000", "1", "ill"]],
    )
    for one in (d["id"], d["reference"]):
        listed = c.get("/orders/%s/refunds" % one)
        check(
            "… and listed",
            listed.status == 200
            and [(f["amount"], f["restocked"], f["reason"]) for f in listed.data]
            == [(100, True, "ill")]
            and listed.data[0]["createdAt"] == r.data["refundedAt"]
            and listed.json["meta"]["total"] == 1,
            listed,
        )
    refused(
        "more than is left",
        c.refund(d["id"], {"items": [{"itemId": item[a], "quantity": 4}]}),
        "Only 3",
        "Type 0",
        hint="at most 3",
    )
    r = c.refund(
        d["id"],
        {
            "items": [{"itemId": item[a], "quantity": 1}, {"itemId": item[b], "quantity": 2}],
            "restock": False,
        },
    )
    check(
        "without restock: refunded, not on sale",
        r.status == 200
        and r.data["refundedTotal"] == 215
        and stock_of(db, a)[0] == 3
        and stock_of(db, b)[0] == 2,
        r,
    )
    for name, body, fields in (
        (
            "an item of another order",
            {"items": [{"itemId": NOWHERE, "quantity": 1}]},
            ["items.0.itemId"],
        ),
        ("twice the same", {"items": [{"itemId": item[a], "quantity": 1}] * 2}, ["items.1.itemId"]),
        (
            "too many of one, and one that is not there",
            {"items": [{"itemId": item[a], "quantity": 900}, {"itemId": NOWHERE, "quantity": 1}]},
            ["items.1.itemId"],
        ),
        ("none", {"items": []}, ["items"]),
        ("zero", {"items": [{"itemId": item[a], "quantity": 0}]}, ["items.0.quantity"]),
        ("restock: maybe", {"restock": "maybe"}, ["restock"]),
    ):
        r = c.refund(d["id"], body)
        check("%s: 400" % name, r.status == 400 and r.fields == fields, r)
    tag = c.get("/orders/" + d["id"]).headers["etag"]
    check(
        "a stale If-Match: 412",
        c.refund(d["id"], {}, headers={"If-Match": '"nothing"'}).status == 412,
    )
    r = c.refund(d["id"], {}, headers={"If-Match": tag, "Idempotency-Key": "ref-1"})
    check(
        "the rest: REFUNDED, all of it",
        r.status == 200
        and r.data["status"] == "REFUNDED"
        and r.data["refundedTotal"] == r.data["total"] == 415
        and stock_of(db, a)[0] == 1,
        r,
    )
    again = c.refund(d["id"], {}, headers={"If-Match": tag, "Idempotency-Key": "ref-1"})
    check(
        "the same again under its key: the same answer",
        again.raw == r.raw and again.headers.get("idempotency-replayed") == "true",
        again,
    )
    refused("nothing is left", c.refund(d["id"]), "already been refunded")
    check("order.refunded three times in all", len(outbox(db, "order.refunded", d["id"])) == 3)
    check(
        "by its reference, too",
        c.refund(c.order(e, [(b, 1)]).data["reference"]).status in (200, 404),
    )
    check("an order that is not there: 404", c.refund(NOWHERE).status == 404)
    whole = c.order(e, [(a, 2)]).data["id"]
    r = c.sell("POST", "/orders/%s/refund" % whole)
    check("without a body: everything", r.status in (200, 400, 415), r)
    if r.status != 200:
        check("an empty object: everything", c.refund(whole).status == 200)
    gone, (x, y) = c.on_sale("All refunded", [5, 5])
    c.refund(c.order(gone, [(x, 1)]).data["id"])
    check(
        "everything came back",
        stock_of(db, x) == (0, 0, 5) and c.post("/events/%s/unpublish" % gone).status == 200,
    )
    refused(
        "orders keep their ticket type",
        c.request("DELETE", "/tickets/" + x),
        "0 are sold",
        "refunded",
        hint="Unpublish",
    )
    refused(
        "and their event",
        c.request("DELETE", "/events/" + gone),
        "0 tickets are sold",
        "refunded",
        hint="Archive",
    )
    check("a type that no order names may go", c.request("DELETE", "/tickets/" + y).status == 200)
    listed = {
        s: c.get("/orders?eventId=%s&status=%s" % (e, s)).json["meta"]["total"]
        for s in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
    }
    real = dict(
        db.sql(
            "SELECT status, COUNT(*) FROM orders WHERE event_id = %s GROUP BY status" % raw_id(e)
        )
    )
    check(
        "lists count by status",
        all(str(n) == real.get(s, "0") for s, n in listed.items()),
        (listed, real),
    )
    # another organization
    site.org("Other", "other")
    other = Buyer(site, site.key(org="other"))
    foreign = [other.refund(d["id"]), other.order(e, [(a, 1)]), other.hold(e, [(a, 1)])]
    check(
        "another organization sees nothing of it: 404",
        [x.status for x in foreign] == [404] * 3,
        foreign,
    )
    h = c.hold(e, [(a, 1)]).data["id"]
    foreign = [
        other.sell("GET", "/holds/" + h),
        other.release(h),
        other.sell("POST", "/holds/%s/extend" % h),
        other.use(h),
    ]
    check("nor of a hold", [x.status for x in foreign] == [404] * 4, foreign)
    nothing = other.sell("GET", "/holds/" + NOWHERE)
    check(
        "in the words of one that never was",
        foreign[0].raw.replace(h.encode(), b"X")[:90]
        == nothing.raw.replace(NOWHERE.encode(), b"X")[:90],
        (foreign[0], nothing),
    )
    mine, (x,) = other.on_sale("Theirs", [5])
    r = c.order(e, [(x, 1)])
    check(
        "another organization's ticket in my event: 400",
        r.status == 400 and r.fields == ["items.0.ticketId"],
        r,
    )


def notices(c, db):
    def low():
        return len(outbox(db, "ticket.inventory_low", t))

    def out():
        return len(outbox(db, "event.sold_out", e))

    e, (t,) = c.on_sale("Notices", [{"quantity": 20, "lowInventoryThreshold": 5}])
    check(
        "at the threshold nothing is told",
        c.order(e, [(t, 10)]).status == 201 and c.order(e, [(t, 5)]).status == 201 and low() == 0,
    )
    last = c.order(e, [(t, 1)])
    told = outbox(db, "ticket.inventory_low", t)
    check("below it, once", last.status == 201 and low() == 1, told)
    shown, said = c.get("/tickets/" + t).data, json.loads(told[0])["data"]
    check(
        "it shows the ticket type",
        said["id"] == t and said["remaining"] == 4 and set(said) == set(shown),
        (said, shown),
    )
    first = c.order(e, [(t, 1)])
    check("not again while it stays low", first.status == 201 and low() == 1)
    check(
        "the last ones: event.sold_out once",
        c.order(e, [(t, 3)]).status == 201 and out() == 1 and low() == 1,
    )
    refused("sold out", c.order(e, [(t, 1)]), "sold out")
    check("a refund of one", c.refund(last.data["id"]).status == 200)
    check(
        "still low: not told again; sold out again: told again",
        c.order(e, [(t, 1)]).status == 201 and low() == 1 and out() == 2,
        (low(), out()),
    )
    big = c.hold(e, [(t, 1)])
    refused("nothing to hold", big, "sold out")
    check(
        "quantity raised: above the threshold",
        c.request("PATCH", "/tickets/" + t, {"quantity": 30}).status == 200,
    )
    check("low again: told again", c.order(e, [(t, 6)]).status == 201 and low() == 2, low())
    h = c.hold(e, [(t, 4)]).data["id"]
    check("held is gone, too: sold out", out() == 3, out())
    due(db, h, -1)
    check(
        "given back by whom needs it",
        c.order(e, [(t, 1)]).status == 201
        and stock_of(db, t) == (27, 0, 30)
        and low() == 2
        and out() == 3,
        (stock_of(db, t), low(), out()),
    )
    check("and sold out once more", c.order(e, [(t, 3)]).status == 201 and out() == 4, out())
    # an expired hold lifts the stock over the threshold in the same transaction that takes of it
    e2, (t2,) = c.on_sale("Rearm", [{"quantity": 20, "lowInventoryThreshold": 5}])
    h = c.hold(e2, [(t2, 10)]).data["id"]
    check(
        "low",
        c.order(e2, [(t2, 8)]).status == 201 and len(outbox(db, "ticket.inventory_low", t2)) == 1,
    )
    due(db, h, -1)
    check(
        "lifted by an expired hold while buying",
        c.order(e2, [(t2, 3)]).status == 201 and stock_of(db, t2) == (11, 0, 20),
        stock_of(db, t2),
    )
    check(
        "low once more: told once more",
        c.order(e2, [(t2, 5)]).status == 201 and len(outbox(db, "ticket.inventory_low", t2)) == 2,
        len(outbox(db, "ticket.inventory_low", t2)),
    )
    # nothing threatens when nothing is low
    e3, (t3, t4) = c.on_sale(
        "Default threshold", [{"quantity": 25, "lowInventoryThreshold": None}, 1]
    )
    check(
        "a tenth, rounded up: 3",
        c.order(e3, [(t3, 10)]).status == 201
        and c.order(e3, [(t3, 10)]).status == 201
        and c.order(e3, [(t3, 2)]).status == 201
        and not outbox(db, "ticket.inventory_low", t3),
    )
    check(
        "2 are left: told",
        c.order(e3, [(t3, 1)]).status == 201 and len(outbox(db, "ticket.inventory_low", t3)) == 1,
    )
    check(
        "one of two types sold out: the event is not",
        c.order(e3, [(t4, 1)]).status == 201 and not outbox(db, "event.sold_out", e3),
    )
    check(
        "both: it is",
        c.order(e3, [(t3, 2)]).status == 201 and len(outbox(db, "event.sold_out", e3)) == 1,
    )


def follow_the_state(c, db):
    """What is told follows the state, whoever changed it, and once until it recovers."""

    def told(e, *tickets):
        low = sum(len(outbox(db, "ticket.inventory_low", t)) for t in tickets)
        return len(outbox(db, "event.sold_out", e)), low

    def change(path, body):
        return c.request("PATCH", path, body).status

    e, (a, b) = c.on_sale("Marked", [5, 5])
    c.post("/tickets/%s/sold-out" % a)
    check("one of two types marked sold out: nothing is told", told(e, a, b) == (0, 0))
    c.post("/tickets/%s/sold-out" % b)
    check("both: event.sold_out", told(e, a, b) == (1, 0), told(e, a, b))
    c.post("/tickets/%s/on-sale" % b)
    c.post("/tickets/%s/sold-out" % b)
    check("on sale again and marked again: told again", told(e)[0] == 2, told(e))
    e, (a,) = c.on_sale("Lowered", [{"quantity": 20, "lowInventoryThreshold": 5}])
    c.order(e, [(a, 10)])
    check("quantity lowered below the threshold", change("/tickets/" + a, {"quantity": 14}) == 200)
    check("… ticket.inventory_low", told(e, a) == (0, 1), told(e, a))
    check("quantity lowered to what is sold", change("/tickets/" + a, {"quantity": 10}) == 200)
    check("… event.sold_out, and low not again", told(e, a) == (1, 1), told(e, a))
    change("/tickets/" + a, {"quantity": 40})
    change("/tickets/" + a, {"lowInventoryThreshold": 31})
    check("a raised threshold: low again", told(e, a) == (1, 2), told(e, a))
    e, (a,) = c.on_sale("Capped", [20], eventCapacity=15)
    c.order(e, [(a, 10)])
    check("capacity lowered to what is sold", change("/events/" + e, {"eventCapacity": 10}) == 200)
    check("… event.sold_out", told(e) == (1, 0), told(e))
    change("/events/" + e, {"eventCapacity": 10, "name": "Capped again"})
    check("… and not again", told(e) == (1, 0), told(e))
    change("/events/" + e, {"eventCapacity": 12})
    c.order(e, [(a, 2)])
    check("raised and sold: again", told(e) == (2, 0), told(e))
    low_by_capacity(c, told, change)
    e, (a, b) = c.on_sale("Unpublished", [2, 5])
    c.order(e, [(a, 2)])
    c.post("/tickets/%s/unpublish" % b)
    check("the last open type unpublished: event.sold_out", told(e)[0] == 1, told(e))
    e, (a, b) = c.on_sale("Deleted", [2, 5])
    c.order(e, [(a, 2)])
    c.request("DELETE", "/tickets/" + b)
    check("the last open type deleted: event.sold_out", told(e)[0] == 1, told(e))
    e, (a,) = c.on_sale("Draft", [5])
    c.post("/events/%s/unpublish" % e)
    c.post("/tickets/%s/sold-out" % a)
    check("a draft tells nothing", told(e)[0] == 0, told(e))
    c.post("/events/%s/publish" % e)
    check("… until it is published", told(e)[0] == 1, told(e))


def low_by_capacity(c, told, change):
    """What remains of a type is limited by the event's capacity: also for inventory_low."""
    many = {"quantity": 100, "lowInventoryThreshold": 10}
    e, (a, b, few) = c.on_sale(
        "Low by capacity", [many, many, {"quantity": 50, "lowInventoryThreshold": 1}]
    )
    c.order(e, [(a, 10)])
    check("capacity lowered", change("/events/" + e, {"eventCapacity": 12}) == 200)
    remaining = [c.get("/tickets/" + t).data["remaining"] for t in (a, b, few)]
    check("… two remain of each type", remaining == [2, 2, 2], remaining)
    check("… low: each type that is below its threshold", told(e, a, b) == (0, 2), told(e, a, b))
    check("… and no other", told(e, few) == (0, 0), told(e, few))
    change("/events/" + e, {"eventCapacity": 13})
    change("/tickets/" + a, {"quantity": 90})
    check("… not again while they are low", told(e, a, b) == (0, 2), told(e, a, b))
    change("/events/" + e, {"eventCapacity": 20})
    change("/events/" + e, {"eventCapacity": 19})
    check("recovered and lowered: again", told(e, a, b) == (0, 4), told(e, a, b))
    change("/events/" + e, {"eventCapacity": None})
    c.order(e, [(b, 10)])
    check("without a capacity they are not low", told(e, a, b) == (0, 4), told(e, a, b))

    e, (a, b) = c.on_sale(
        "Sold to its capacity",
        [
            {"quantity": 10, "lowInventoryThreshold": 3},
            {"quantity": 40, "lowInventoryThreshold": 4},
        ],
        eventCapacity=5,
    )
    c.order(e, [(a, 2)])
    check("three places are left: nothing is low but B", told(e, a) == (0, 0), told(e, a))
    check("… whose threshold is four", told(e, b) == (0, 1), told(e, b))
    order = c.order(e, [(b, 2)]).data
    check("one place is left: low, though B was sold", told(e, a, b) == (0, 2), told(e, a, b))
    c.order(e, [(a, 1)])
    check("none: sold out, and low not again", told(e, a, b) == (1, 2), told(e, a, b))
    c.sell("POST", "/orders/%s/refund" % order["id"])
    c.order(e, [(a, 1)])
    check("two returned, one sold: not again", told(e, a, b) == (1, 2), told(e, a, b))
    change("/tickets/" + a, {"quantity": 40})
    check("a raised quantity changes nothing", told(e, a, b) == (1, 2), told(e, a, b))
    e, (a,) = c.on_sale("Held", [{"quantity": 10, "lowInventoryThreshold": 3}], eventCapacity=5)
    hold = c.hold(e, [(a, 3)]).data
    check("held: low", told(e, a) == (0, 1), told(e, a))
    c.release(hold["id"])
    c.order(e, [(a, 3)])
    check("released and sold: again", told(e, a) == (0, 2), told(e, a))


def fewer_than_the_minimum(c, db):
    """Fewer tickets than one order must have are none: for the guards, the API and webhooks."""
    e, (a,) = c.on_sale("Pairs", [{"quantity": 3, "minPerOrder": 2}])
    check("a pair is sold", c.order(e, [(a, 2)]).status == 201)
    for n in (1, 2):
        r = c.order(e, [(a, n)])
        check("one is left of pairs: %d refused" % n, r.status == 409, r)
    refused("… as sold out, not as too few", c.order(e, [(a, 2)]), "sold out")
    t = c.get("/tickets/" + a).data
    check(
        "… and shown so",
        (t["remaining"], t["soldOut"], t["status"]) == (1, True, "SOLD_OUT")
        and c.get("/events/" + e).data["soldOut"],
        t,
    )
    check("… and told", len(outbox(db, "event.sold_out", e)) == 1)
    e, (a,) = c.on_sale("Pairs, capped", [{"quantity": 9, "minPerOrder": 2}], eventCapacity=5)
    c.order(e, [(a, 4)])
    t = c.get("/tickets/" + a).data
    check(
        "one place is left of the event",
        (t["remaining"], t["soldOut"]) == (1, True)
        and c.get("/events/" + e).data["soldOut"]
        and c.get("/events?q=pairs").data[0]["soldOut"]
        and len(outbox(db, "event.sold_out", e)) == 1,
        t,
    )
    refused("… which is sold out", c.order(e, [(a, 2)]), "sold out")


def main():
    with Site(workers=2) as site:
        key = site.key()
        db, c = Db(site), Buyer(site, key)
        holds(c, db)
        expiry(c, db)
        lapsed(c, db)
        crowded(c, db)
        orders(c, db, site, key)
        refusals(c, db)
        capacity(c, db)
        fees(c, db)
        refunds(c, db, site)
        notices(c, db)
        follow_the_state(c, db)
        fewer_than_the_minimum(c, db)
        wrong = recount(db)
        check("everything counted again agrees", not wrong, "\n".join(wrong))
        unseen = undetected_damages(db)
        check(
            "the recount sees every kind of damage",
            not unseen and not recount(db),
            "\n".join(unseen),
        )
        wrong = verify_output(site)
        check("ticketgate verify agrees", not wrong, wrong)
        problems = [
            l for l in site.log().splitlines() if '"level":"error"' in l
        ] + site.sanitizer_reports()
        check("no error in the log", not problems, "\n".join(problems))
        db.close()
    finish()


main()
