#!/usr/bin/env python3
"""Mail servers that are slow, drop, refuse, talk too much or lie: each has a defined answer, the
sender ends within its limits, and no login or message is told to whom it is not for."""
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from certificates import Authority, self_signed  # noqa: E402
from mail_fixture import MailFixture, MailServer  # noqa: E402
from mail_server import ACCEPT, CLOSE, HANG, RESET  # noqa: E402
from harness import check, finish  # noqa: E402

SENT, AGAIN, FAILED = "DELIVERED", "PENDING", "FAILED"
BUDGET = 30  # seconds that one attempt may take: cron/mail_send/mail.h
LONG = b"250-" + b"x" * 200000
HERE = "IP:127.0.0.1"

# (what, command, its steps, what becomes of the message, a word of the error)
CASES = [
    ("no service, 554 as greeting", "CONNECT", ["554 5.3.2 go away"], AGAIN, "554"),
    ("too busy, 421 as greeting", "CONNECT", ["421 4.3.2 later"], AGAIN, "421"),
    ("a connection that ends at once", "CONNECT", [CLOSE], AGAIN, ""),
    ("a reset at once", "CONNECT", [RESET], AGAIN, ""),
    ("another protocol", "CONNECT", [b"HTTP/1.1 400 Bad Request\r\n\r\n", CLOSE], AGAIN, ""),
    ("bytes that are no text", "CONNECT", [b"\0\xff\xfe\r\n", CLOSE], AGAIN, ""),
    ("a greeting without an end", "CONNECT", [b"220" + b"y" * 500000, CLOSE], AGAIN, ""),
    ("EHLO is not known, HELO is", "EHLO", ["502 5.5.1 what?"], SENT, ""),
    ("EHLO: the connection ends", "EHLO", [CLOSE], AGAIN, ""),
    ("fifty extensions", "EHLO", [b"250-X\r\n" * 50, "250 end"], SENT, ""),
    ("an extension without an end", "EHLO", [LONG, CLOSE], AGAIN, ""),
    ("MAIL: 550", "MAIL", ["550 5.7.1 not from you"], FAILED, "550 5.7.1 not from you"),
    ("MAIL: 452", "MAIL", ["452 4.3.1 disk full"], AGAIN, "452 4.3.1 disk full"),
    ("MAIL: the connection ends", "MAIL", [CLOSE], AGAIN, ""),
    ("RCPT: 550 in lines", "RCPT", ["550-5.1.1 no", "550 5.1.1 such user"], FAILED, "such user"),
    ("RCPT: 450", "RCPT", ["450 4.2.0 greylisted"], AGAIN, "450 4.2.0 greylisted"),
    ("RCPT: a reset", "RCPT", [RESET], AGAIN, ""),
    ("RCPT: a long line", "RCPT", ["550 " + "n" * 900], FAILED, "nnn"),
    ("RCPT: bytes that are no text", "RCPT", [b"550 \xff\0\x1b[31m\x07 no\r\n"], FAILED, "550"),
    ("RCPT: a code that is none", "RCPT", ["999 what"], AGAIN, ""),
    ("RCPT: words", "RCPT", ["no"], AGAIN, ""),
    ("DATA: 554", "DATA", ["554 5.5.1 no valid recipients"], FAILED, "554"),
    ("DATA: 451", "DATA", ["451 4.3.0 later"], AGAIN, "451"),
    ("DATA: the connection ends", "DATA", [CLOSE], AGAIN, ""),
    ("the message is refused: 554", "BODY", ["554 5.7.1 spam"], FAILED, "554 5.7.1 spam"),
    ("the message is put off: 451", "BODY", ["451 4.7.1 scanner is busy"], AGAIN, "451"),
    ("no reply to the message", "BODY", [CLOSE], AGAIN, ""),
    ("a reset in place of that reply", "BODY", [RESET], AGAIN, ""),
    ("a pause before each reply", "MAIL", [1, ACCEPT], SENT, ""),
    ("bytes one by one", "RCPT", [b"2", 0.1, b"5", 0.1, b"0", 0.1, b" ok\r\n"], SENT, ""),
]


def attempt(h, name):
    """One message and one attempt: (state, seconds, exit status, said)."""
    own = h.queue(1, kind="PASSWORD_RESET", to="%s@example.com" % name)[0]
    began = time.monotonic()
    status, said = h.send()
    return h.state("id = X'%s'" % own)[0], time.monotonic() - began, status, said


def put_aside(h):
    h.db.sql("DELETE FROM mail_messages")


def test_cases(h):
    for what, verb, steps, want, word in CASES:
        h.server.answer(verb, *steps)
        got, seconds, status, said = attempt(h, "ana")
        h.server.usual()
        check(
            "%s: %s" % (what, want),
            got[0] == want and got[1] == 1 and word in got[3] and status == 0,
            (got, seconds, status, said),
        )
        check(
            "%s: what is shown of it is short and clean" % what,
            len(got[3]) <= 300 and got[3].isprintable(),
            got,
        )
        if want == AGAIN:
            h.server.messages.clear()
            h.rounds(1)
            left = h.state()[0]
            check("%s: sent once it works" % what, left[:2] == (SENT, 2), left)
        put_aside(h)


def test_slow(h):
    """Servers that never end a reply have as long as the budget says, all at the same time."""
    h.server.answer("BODY", HANG)
    h.server.answer("RCPT", *([b"2"] + [5, b"5"] * 20), when="drip")
    for name in ("hang", "drip"):
        h.queue(1, kind="PASSWORD_RESET", to="%s@example.com" % name)
    began = time.monotonic()
    status, said = h.send()
    seconds = time.monotonic() - began
    got = h.state()
    check(
        "a reply that never comes, and one byte by byte: tried again",
        [(s[0], s[1]) for s in got] == [(AGAIN, 1)] * 2 and all("imeout" in s[3] for s in got),
        (got, status, said),
    )
    check("both together took one budget", BUDGET - 1 < seconds < 2 * BUDGET, seconds)
    h.server.usual()
    h.rounds(1)
    check("and are sent then", [s[0] for s in h.state()] == [SENT] * 2, h.state())
    put_aside(h)


def test_ahead(h):
    """Replies that come before their commands: whether libcurl takes them or not, the attempt ends
    soon, and a message that counts as taken is not sent again."""
    h.server.answer("MAIL", "250 ok", "250 ok", "354 go on", "250 taken", CLOSE)
    got, seconds, status, _ = attempt(h, "ana")
    check(
        "replies ahead of the commands: the attempt ends",
        got[0] in (SENT, AGAIN, FAILED) and status == 0 and seconds < BUDGET + 10,
        (got, seconds),
    )
    h.server.usual()
    h.server.messages.clear()
    h.rounds(1)
    check(
        "and what counted as taken is not sent again",
        len(h.server.messages) == (got[0] == AGAIN),
        (got, h.server.messages),
    )
    put_aside(h)


def test_login(h):
    with MailServer(users={"shop": "p@ss:word"}) as server:
        h.hand_to(server.url("shop:p%40ss%3Aword"))
        got = attempt(h, "ana")[0]
        check(
            "AUTH with a percent-encoded password",
            got[0] == SENT and server.messages[0].login == "shop",
            got,
        )
        h.hand_to(server.url("shop:wrong"))
        got, _, status, said = attempt(h, "ana")
        check(
            "a wrong password: tried again, since it may be put right",
            got[0] == AGAIN and "535" in got[3],
            got,
        )
        check(
            "and neither log nor history has it",
            "wrong@" not in said and "shop:" not in said + got[3],
            (said, got),
        )
        put_aside(h)


def tls_case(h, what, server, ca, want):
    with server:
        h.hand_to(server.url("shop:secret"), *(["mail_ca = " + ca] if ca else []))
        got, seconds, status, said = attempt(h, "ana")
        check(
            "TLS, %s: %s" % (what, want),
            got[0] == want and got[1] == 1 and status == 0 and seconds < BUDGET + 10,
            (got, seconds, status, said, server.seen),
        )
        clear = [m for m in server.offered if not m.tls]
        told = "AUTH" in server.seen or "MAIL" in server.seen
        if want == SENT:
            check(
                "TLS, %s: nothing in clear" % what, not clear and server.messages[0].login == "shop"
            )
        else:
            check("TLS, %s: neither login nor message was told" % what, not told, server.seen)
    put_aside(h)


def test_tls(h, folder):
    root, other = Authority(folder), Authority(folder, "stranger")
    users = {"shop": "secret"}
    good = root.leaf("good", HERE)
    bad = {
        "self-signed": self_signed(folder, HERE),
        "expired": root.leaf("expired", HERE, -86400 * 3, -3600),
        "for another name": root.leaf("elsewhere", "IP:127.0.0.9, DNS:example.com"),
        "of an authority that is not trusted": other.leaf("foreign", HERE),
    }
    for implicit in (False, True):
        how = "smtps" if implicit else "STARTTLS"
        tls_case(h, how, MailServer(good, implicit, users), root.cert, SENT)
        for what, cert in bad.items():
            tls_case(h, "%s, %s" % (how, what), MailServer(cert, implicit, users), root.cert, AGAIN)
    tls_case(h, "not offered", MailServer(users=users), root.cert, AGAIN)
    for what, steps in {
        "refused": ["454 4.7.0 not now"],
        "an end after STARTTLS": ["220 go on", CLOSE],
        "no TLS after STARTTLS": ["220 go on", "250 ok", HANG],
    }.items():
        server = MailServer(good, False, users)
        server.answer("STARTTLS", *steps)
        tls_case(h, what, server, root.cert, AGAIN)
    server = MailServer(good, False, users)
    # replies that were injected before TLS began are not those of the server (CVE-2021-22947)
    server.answer("STARTTLS", b"220 go on\r\n250 ok\r\n235 in\r\n250 ok\r\n250 ok\r\n", ACCEPT)
    with server:
        h.hand_to(server.url("shop:secret"), "mail_ca = " + root.cert)
        got = attempt(h, "ana")[0]
        check("replies injected before TLS are not believed", got[0] == AGAIN, got)
    put_aside(h)


def main():
    folder = tempfile.mkdtemp(prefix="tg-tls-")
    try:
        with MailFixture(rate="mail_rate = 60000\n") as h:
            test_cases(h)
            test_ahead(h)
            test_login(h)
            test_tls(h, folder)
            h.hand_to(h.server.url())
            test_slow(h)
            check("at rest everything agrees", not h.wrong(), h.wrong())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
