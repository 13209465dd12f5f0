#!/usr/bin/env python3
"""What a message is: read by Python's mail library, its text, HTML, calendar entry and QR codes, in
each language; and that nothing anybody can enter becomes a header, a line or a part of its own."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mail_fixture import MailFixture, decoded, parts_of  # noqa: E402
from harness import check, finish  # noqa: E402

HEADERS = {
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
}
# What buyers and organizers might call themselves.
NAMES = {
    "CR LF and a header": "Ana\r\nBcc: all@victims.example",
    "LF and a header": "Ana\nBcc: all@victims.example",
    "CR alone": "Ana\rBcc: all@victims.example",
    "an empty line and a body": "Ana\r\n\r\n<script>alert(1)</script>",
    "NUL": "Ana\0Reyes",
    "escape and delete": "Ana\x1b[31m\x7fReyes",
    "C1 controls": "Ana\x85Bcc: all@victims.example\x9b",
    "line separators": "Ana\u2028Bcc: all@victims.example\u2029",
    "quotes and backslashes": 'Ana "\\" Reyes\\',
    "angle brackets": "Ana <ana@evil.example>, Bob <bob@evil.example>",
    "an encoded word": "=?UTF-8?B?QW5hDQpCY2M6IGFsbEB2aWN0aW1zLmV4YW1wbGU=?=",
    "a boundary": "--=_mixed_",
    "a comment": "Ana (Reyes) ; , : @",
    "Chinese": "王小明",
    "Arabic": "محمد علي",
    "combining characters": "A\u0301na\u0308 Z\u0335\u0321\u0320a\u0353l\u0317g\u0326o\u0349",
    "emoji": "Ana 👩‍👩‍👧‍👦🎟",
    "a right-to-left override": "Ana \u202egpj.exe",
    "200 characters": "ñ" * 200,
    "200 characters of ASCII": "a" * 200,
    "one space": " ",
    "leading spaces": "   Ana",
    "HTML": '<img src=x onerror="alert(1)"> & "Ana"',
    "a placeholder": "{event} {name}",
    "a percent sign": "%s %n %d =3D =\r\n.",
    "a dot on a line of its own": "Ana\r\n.\r\nQUIT",
}


def sql_text(text):
    return "CONVERT(X'%s' USING utf8mb4)" % text.encode().hex()


def defects(message):
    return [d for part in message.walk() for d in part.defects] + [
        d for name in message.keys() for d in getattr(message[name], "defects", [])
    ]


def one_message(h, **buyer):
    """A sale and what arrives of it."""
    order = h.order(**buyer)
    h.server.messages.clear()
    status, said = h.send()
    if status or len(h.server.messages) != 1:
        raise RuntimeError("mail-send: %s %s %s" % (status, said, h.state()))
    return order, h.server.messages[0]


def is_well_formed(raw):
    """What RFC 5322 wants of the bytes; a text, empty when all is well."""
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        return "a line is longer than 998 bytes"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        return "a bare CR or LF"
    if re.search(rb"[^\x20-\x7e\r\n]", raw):
        return "a byte that is neither printable ASCII nor a line end"
    return ""


def test_order(h):
    h.on_sale(
        "Lechon & Bass – Fiesta ₱☂",
        [{"name": "Standing <A>", "quantity": 50, "price": 150}],
        timezone="Asia/Manila",
    )
    order, got = one_message(h, n=3, name="Ana Reyes")
    m = got.parsed
    parts = parts_of(m)
    check(
        "the envelope",
        (got.sender, got.recipients) == ("tickets@arena.example", ["ana@example.com"]),
        vars(got),
    )
    check("no defects", not defects(m), defects(m))
    check("the bytes are in order", not is_well_formed(got.raw), is_well_formed(got.raw))
    check("its headers, each once", sorted(m.keys()) == sorted(HEADERS), m.keys())
    check("From has the name", str(m["from"]) == "Example Arena <tickets@arena.example>", m["from"])
    check("To has the name", str(m["to"]) == "Ana Reyes <ana@example.com>", m["to"])
    check(
        "the subject names the event",
        str(m["subject"]) == "Your tickets: Lechon & Bass – Fiesta ₱☂",
        m["subject"],
    )
    check(
        "Message-ID is of the sender's domain",
        re.fullmatch(r"<[0-9a-f-]{36}@arena\.example>", str(m["message-id"])),
        m["message-id"],
    )
    check("the date is now", abs(m["date"].datetime.timestamp() - time.time()) < 600, m["date"])
    structure = [p.get_content_type() for p in m.walk()]
    check(
        "its parts",
        structure
        == [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
        ]
        + ["image/png"] * 3
        + ["text/calendar"],
        structure,
    )
    codes = [
        t for t in re.findall(r"TN-\w{8}-\d+\.\d+-\w{10}", parts["text/plain"][0].get_content())
    ]
    pictures = [decoded(p.get_content()) for p in parts["image/png"]]
    check(
        "three codes in the text",
        len(codes) == 3 and codes[0].startswith(order["reference"]),
        codes,
    )
    check("each is a QR code", [p.rsplit("/", 1)[-1] for p in pictures] == codes, (pictures, codes))
    ids = [p["content-id"].strip("<>") for p in parts["image/png"]]
    html = parts["text/html"][0].get_content()
    check("the HTML shows each picture", re.findall(r'src="cid:([^"]+)"', html) == ids, (ids, html))
    check(
        "and loads nothing else",
        not re.search(r'(src|url)\s*[=(]\s*"?(?!cid:)(https?:)?//', html),
        html,
    )
    link = re.search(r'href="(https://shop\.example/o/[\w-]{35})"', html)
    check(
        "HTML and text have the link",
        link and link[1] in parts["text/plain"][0].get_content(),
        html,
    )
    check("names are escaped", "Standing &lt;A&gt;" in html and "<A>" not in html, html)
    text = parts["text/plain"][0].get_content()
    for word in (
        "Hello Ana Reyes,",
        "Wed 7 May 2031, 03:00",
        order["reference"],
        "₱450.00",
        "Test Org",
    ):
        check("the text has %s" % word, word in text, text)
    ics = parts["text/calendar"][0].get_content()
    check(
        "the calendar entry",
        ics.startswith("BEGIN:VCALENDAR\r\n")
        and "DTSTART:20310506T190000Z" in ics
        and "Lechon & Bass" in ics
        and ics.endswith("END:VCALENDAR\r\n"),
        ics,
    )
    check("is an attachment", parts["text/calendar"][0].get_filename() == "event.ics", ics)


def test_names(h):
    for what, name in NAMES.items():
        order = h.order()
        h.db.sql(
            "UPDATE orders SET buyer_name = %s WHERE id = X'%s'"
            % (sql_text(name), order["id"].replace("-", ""))
        )
        h.db.sql(
            "UPDATE events SET name = %s WHERE id = X'%s'"
            % (sql_text(name), h.event.replace("-", ""))
        )
        h.db.sql(
            "UPDATE order_items SET name = %s WHERE order_id = X'%s'"
            % (sql_text(name[:100]), order["id"].replace("-", ""))
        )
        h.db.sql("UPDATE organizations SET name = %s" % sql_text(name[:100]))
        h.server.messages.clear()
        h.send()
        if not check("%s: it is sent" % what, len(h.server.messages) == 1, h.state()):
            continue
        got = h.server.messages[0]
        m = got.parsed
        parts = parts_of(m)
        to = m["to"].addresses
        wrong = [
            problem
            for problem, is_so in {
                is_well_formed(got.raw): is_well_formed(got.raw),
                "headers": sorted(m.keys()) != sorted(HEADERS),
                "recipients": [a.addr_spec for a in to] != ["ana@example.com"],
                "envelope": got.recipients != ["ana@example.com"],
                "defects": defects(m),
                "parts": sorted(parts) != ["image/png", "text/calendar", "text/html", "text/plain"],
                "a tag": re.search("<script|<img src=x", parts["text/html"][0].get_content()),
                "a control in a header": any(
                    re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", str(m[k]))
                    for k in ("To", "From", "Subject")
                ),
                "a line of the text": re.search(
                    r"^(Bcc|QUIT)", parts["text/plain"][0].get_content(), re.M
                ),
                "a line of the calendar": re.search(
                    r"^(Bcc|QUIT)", parts["text/calendar"][0].get_content(), re.M
                ),
            }.items()
            if is_so
        ]
        check("%s: it changes nothing but the name" % what, not wrong, (wrong, got.raw[:1500]))
    shown = "".join(str(h.server.messages[-1].parsed["subject"]).split())
    check("the last name was in the subject", shown.startswith("Yourtickets:Ana"), shown)


def test_advertisements(h):
    for name in ("Win now: https://evil.example/x", "visit WWW.EVIL.EXAMPLE today"):
        _, got = one_message(h, name=name)
        body = got.parsed.get_body(("plain",)).get_content()
        check(
            "%s is not sent along" % name,
            "evil" not in (str(got.parsed["to"]) + body).lower() and body.startswith("Hello,\r\n"),
            (str(got.parsed["to"]), body),
        )


def test_addresses(h):
    _, got = one_message(h, email="jörg@exämple.example")
    check("an address in UTF-8 stays one", got.recipients == ["jörg@exämple.example"], vars(got))
    check(
        "and stands in the header as it is",
        "<jörg@exämple.example>\r\n".encode() in got.raw,
        got.raw[:400],
    )
    order = h.order()
    for bad in (
        "ana@example.com\r\nRCPT TO:<bob@example.com>",
        "ana",
        "a b@example.com",
        "-oQ/tmp",
        "<ana@example.com>",
    ):
        h.db.sql(
            "UPDATE mail_messages SET recipient = %s, status = 'PENDING', attempts = 0,"
            " due_at = UTC_TIMESTAMP(3), last_error = NULL"
            " WHERE order_id = X'%s'" % (sql_text(bad), order["id"].replace("-", ""))
        )
        h.server.messages.clear()
        h.send()
        got = h.state("order_id = X'%s'" % order["id"].replace("-", ""))[0]
        check(
            "%r is no recipient" % bad,
            not h.server.messages and got[0] == "FAILED" and "not an email" in got[3],
            got,
        )


def test_kinds(h):
    order, _ = one_message(h, n=3)
    h.server.messages.clear()
    items = [{"itemId": order["items"][0]["id"], "quantity": 1}]
    check("a refund", h.c.refund(order["id"], {"items": items}).status == 200)
    h.send()
    m = h.server.messages[0].parsed
    parts = parts_of(m)
    check("a refund is mailed", str(m["subject"]).startswith("Refund: "), m["subject"])
    check("with the tickets that are left", len(parts["image/png"]) == 2, parts)
    check("and what was refunded", "Refunded: " in m.get_body(("plain",)).get_content())
    check("the rest is refunded", h.c.refund(order["id"]).status == 200)
    h.server.messages.clear()
    h.send()
    m = h.server.messages[0].parsed
    check(
        "then there is no ticket and no calendar entry",
        sorted(parts_of(m)) == ["text/html", "text/plain"]
        and "All tickets of this order were refunded." in m.get_body(("plain",)).get_content(),
        m.as_string()[:2000],
    )


def test_many(h):
    _, got = one_message(h, n=120)
    parts = parts_of(got.parsed)
    check(
        "of 120 tickets the message has 50", len(parts["image/png"]) == 50, len(parts["image/png"])
    )
    text = parts["text/plain"][0].get_content()
    check("and says so", "50 of 120" in text, text[-400:])


def main():
    with MailFixture() as h:
        test_order(h)
        test_addresses(h)
        test_advertisements(h)
        test_kinds(h)
        h.on_sale("Crowd", [{"name": "Any", "quantity": 5000, "maxPerOrder": 500}])
        test_many(h)
        test_names(h)
        check("at rest everything agrees", not h.wrong(), h.wrong())
    finish()


main()
