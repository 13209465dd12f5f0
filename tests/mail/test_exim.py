#!/usr/bin/env python3
"""A real mail server: Debian's exim4 with TLS of a test authority and a login, as the server of
mail_url and as its sendmail. What arrives is what was sent; what it refuses is shown."""
import os
import shutil
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from certificates import Authority  # noqa: E402
from exim import Exim  # noqa: E402
from mail_fixture import MailFixture  # noqa: E402
from harness import check, finish, wait_for  # noqa: E402


def accepts(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            return s.recv(100).startswith(b"220")
    except OSError:
        return False


def message_of(h, exim, order, n):
    """The message of an order as it was delivered."""
    own = h.history(order["id"])[-1]["id"]
    return exim.messages(n).get("<%s@arena.example>" % own, (b"", None))


def test_server(h, exim):
    h.on_sale("Fiesta ₱ – Ünïcode", [{"name": "Standing", "quantity": 500, "price": 10}])
    order = h.order(3, name="Ana Reyes")
    status, said = h.send()
    got = h.history(order["id"])[0]
    check(
        "TLS, AUTH, delivered",
        (status, got["status"], got["attempts"]) == (0, "DELIVERED", 1),
        (said, got, exim.log()),
    )
    raw, m = message_of(h, exim, order, 1)
    if not check("it arrives", m is not None, exim.log()):
        return
    defects = [d for part in m.walk() for d in part.defects]
    check("without defects", not defects, defects)
    check(
        "by TLS, authenticated",
        "with esmtpsa" in str(m["received"]) and "TLS1" in str(m["received"]),
        m["received"],
    )
    check(
        "with its envelope",
        (str(m["return-path"]), str(m["envelope-to"]))
        == ("<tickets@arena.example>", "ana@example.com"),
        m.items(),
    )
    check("subject", str(m["subject"]) == "Your tickets: Fiesta ₱ – Ünïcode", m["subject"])
    pictures = [p for p in m.walk() if p.get_content_type() == "image/png"]
    check("three codes", len(pictures) == 3, m.get_body(("plain",)).get_content())
    order = h.order(1, email="jörg@example.com")
    h.send()
    check(
        "an address in UTF-8",
        h.history(order["id"])[0]["status"] == "DELIVERED" and message_of(h, exim, order, 2)[1],
        (h.history(order["id"]), exim.log()),
    )


def test_refusals(h, exim):
    for name, want, code, word in (
        ("nobody", "FAILED", "550", "no such user here"),
        ("later", "PENDING", "451", "greylisted"),
    ):
        order = h.order(1, email="%s@example.com" % name)
        h.send()
        got = h.history(order["id"])[0]
        check(
            "%s: %s" % (name, want),
            got["status"] == want
            and got["lastError"].startswith(code)
            and word in got["lastError"],
            got,
        )
    h.db.sql("DELETE FROM mail_messages")


def test_login(h, exim, ca):
    for login, word in (("shop:wrong", "535"), ("", "550")):
        h.hand_to("smtp://%s127.0.0.1:%d" % (login and login + "@", exim.port), ca)
        order = h.order()
        h.send()
        got = h.history(order["id"])[0]
        check(
            "login %r: %s" % (login, word),
            got["lastError"].startswith(word)
            and got["status"] == ("PENDING" if login else "FAILED"),
            got,
        )
    h.db.sql("DELETE FROM mail_messages")


def test_sendmail(h, exim):
    h.hand_to(exim.sendmail())
    before = len(exim.messages())
    order = h.order(2)
    status, said = h.send()
    got = h.history(order["id"])[0]
    check("by sendmail: delivered", (status, got["status"]) == (0, "DELIVERED"), (said, got))
    raw, m = message_of(h, exim, order, before + 1)
    check(
        "it arrives whole",
        m is not None
        and not [d for part in m.walk() for d in part.defects]
        and len([p for p in m.walk() if p.get_content_type() == "image/png"]) == 2
        and str(m["return-path"]) == "<tickets@arena.example>",
        exim.log(),
    )


def main():
    folder = tempfile.mkdtemp(prefix="tg-exim-")
    os.chmod(folder, 0o755)
    exim = None
    try:
        root = Authority(folder)
        cert = root.leaf("mail", "IP:127.0.0.1")
        os.chmod(root.folder, 0o755)
        os.mkdir(folder + "/exim")
        exim = Exim(folder + "/exim", cert)
        ready = wait_for(lambda: accepts(exim.port), 30)
        if check("exim runs", ready, exim.daemon.poll()):
            ca = "mail_ca = " + root.cert
            url = "smtp://shop:s%%40cret@127.0.0.1:%d" % exim.port
            with MailFixture(url=url, conf=ca + "\n", rate="mail_rate = 60000\n") as h:
                test_server(h, exim)
                test_refusals(h, exim)
                test_login(h, exim, ca)
                test_sendmail(h, exim)
                check("at rest everything agrees", not h.wrong(), h.wrong())
    finally:
        if exim:
            exim.stop()
        shutil.rmtree(folder, ignore_errors=True)
    finish()


main()
