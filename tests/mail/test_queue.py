#!/usr/bin/env python3
"""The queue of mail: what is written when, how often it is tried, what is shown of it, what two
senders do at once, and that no organization waits for another."""
import os
import stat
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mail_fixture import MailFixture, MailServer, own_id  # noqa: E402
from mail_server import ACCEPT, HANG  # noqa: E402
from harness import Site, check, finish, wait_for  # noqa: E402
from kill_victims import Disaster  # noqa: E402

SENDMAIL = """#!/bin/sh
for a in "$@"; do printf '%%s\\n' "$a"; done >%(folder)s/arguments
cat >%(folder)s/message
%(then)s
"""


def raw(order):
    return order["id"].replace("-", "")


def test_sale(h):
    h.on_sale("Concert")
    order = h.order(2)
    check("a sale queues one message", h.state() == [("PENDING", 0, "", "")], h.state())
    history = h.history(order["reference"])
    check(
        "which the order shows",
        len(history) == 1
        and (history[0]["kind"], history[0]["status"], history[0]["attempts"])
        == ("ORDER", "PENDING", 0)
        and history[0]["recipient"] == "ana@example.com"
        and history[0]["sentAt"] is None,
        history,
    )
    check("it is sent", h.send() == (0, "") and len(h.server.messages) == 1, h.state())
    history = h.history(order["id"])
    check(
        "the order shows when",
        history[0]["status"] == "DELIVERED"
        and history[0]["attempts"] == 1
        and history[0]["sentAt"] >= history[0]["createdAt"],
        history,
    )
    check("nothing is left to send", h.send()[0] == 0 and len(h.server.messages) == 1)
    failed = h.c.order(h.event, [(h.types[0], 1001)])
    check(
        "a sale that fails queues none",
        failed.status >= 400 and len(h.state()) == 1,
        (failed, h.state()),
    )


def test_shared_sales(h):
    """Buyers whose sales share a transaction get a message each."""
    from concurrency import run_concurrently
    from box_office_client import Buyer

    before = len(h.state())
    buyers = [Buyer(h.site, h.key) for _ in range(12)]
    sold = run_concurrently(buyers, lambda c, i: c.order(h.event, [(h.types[0], 1)]))
    for c in buyers:
        c.close()
    check("twelve at once", all(r.status == 201 for r in sold), sold)
    check("have a message each", len(h.state()) - before == 12, h.state())
    orders = h.db.one(
        "SELECT COUNT(*) FROM orders o"
        " WHERE NOT EXISTS (SELECT 1 FROM mail_messages m WHERE m.order_id = o.id)"
    )
    check("no order is without", orders == "0", orders)
    h.send()


def test_resend(h):
    order = h.order()
    h.send()
    path = "/orders/%s/resend" % order["id"]
    h.server.messages.clear()
    r = h.c.sell("POST", path)
    check("resend", r.status == 200 and r.data["id"] == order["id"], r)
    h.send()
    check("is another message", len(h.server.messages) == 1, h.state())
    got = [h.c.sell("POST", path).status for _ in range(5)]
    check("five in an hour, no more", got == [200, 200, 200, 429, 429], got)
    r = h.c.sell("POST", path)
    wait = int(r.headers.get("retry-after", 0))
    check("Retry-After says when", 3000 < wait <= 3600, r)
    check(
        "by reference", h.c.sell("POST", "/orders/%s/resend" % h.order()["reference"]).status == 200
    )
    check("unknown: 404", h.c.sell("POST", "/orders/TN-22222222/resend").status == 404)
    other = h.site.key("orders:read")
    r = h.site.request("POST", path, other, mount="/box-office/v1")
    check("a key that may not sell: 403", r.status == 403, r)
    h.send()


def test_attempts(h):
    order = h.order()
    h.server.answer("RCPT", "450 4.2.0 greylisted, come back")
    for n in (1, 2):
        h.due()
        status, said = h.send()
        got = h.state("order_id = X'%s'" % raw(order))[0]
        check(
            "attempt %d: 450, it waits" % n,
            got[:3] == ("PENDING", n, "450") and "greylisted" in got[3] and status == 0,
            (status, said, got),
        )
    h.due()
    h.send()
    got = h.history(order["id"])[0]
    check(
        "three attempts: failed, with the reply",
        (got["status"], got["attempts"]) == ("FAILED", 3)
        and got["lastError"] == "450 4.2.0 greylisted, come back",
        got,
    )
    h.server.usual()
    h.due()
    h.server.messages.clear()
    h.send()
    check("it is not tried again", not h.server.messages, h.state())
    order = h.order()
    h.server.answer("RCPT", "550 5.1.1 no such user")
    h.send()
    got = h.history(order["id"])[0]
    check(
        "550: failed at once",
        (got["status"], got["attempts"], got["lastError"])
        == ("FAILED", 1, "550 5.1.1 no such user"),
        got,
    )
    h.server.usual()
    order = h.order()
    h.server.answer("RCPT", "451 4.3.0 later", times=1)
    h.rounds(2)
    check("451 and then accepted", h.history(order["id"])[0]["status"] == "DELIVERED", h.state())
    check("without the error of before", h.history(order["id"])[0]["lastError"] is None)


def test_backoff():
    with MailFixture(rate="mail_rate = 60000\n") as h:
        h.on_sale()
        h.order()
        h.server.answer("MAIL", "421 4.3.2 going down")
        for what, least, most in (
            ("a minute, with jitter", 40, 72),
            ("then a quarter of an hour", 600, 1080),
        ):
            said = h.send()
            pause = h.db.sql(
                "SELECT COALESCE(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), due_at) / 1e6, 0)"
                " FROM mail_messages"
            )
            ok = len(pause) == 1 and least < float(pause[0][0]) <= most
            check(what, ok, (pause, said, h.state(), h.server.seen))
            h.due()


def test_interrupted(h):
    """A sender that is killed while it hands over: its lease ends, the attempt counts."""
    order = h.order()
    h.server.answer("DATA", HANG)
    h.server.seen.clear()
    p = h.start()
    check("it is handing over", wait_for(lambda: "DATA" in h.server.seen), h.server.seen)
    p.kill()
    p.wait()
    h.server.usual()
    got = h.state("order_id = X'%s'" % raw(order))[0]
    check("killed: the message is leased", got[:2] == ("PENDING", 1), got)
    h.server.messages.clear()
    h.send("--seconds", "1")
    check("and waits for the lease to end", not h.server.messages, h.state())
    h.due()
    h.send()
    got = h.state("order_id = X'%s'" % raw(order))[0]
    check("then it is sent, by the second attempt", got[:2] == ("DELIVERED", 2), got)
    order = h.order()
    h.db.sql(
        "UPDATE mail_messages SET attempts = 3, lease = X'%s' WHERE order_id = X'%s'"
        % (own_id(), raw(order))
    )
    h.send()
    got = h.state("order_id = X'%s'" % raw(order))[0]
    check("three senders were killed: failed", got == ("FAILED", 3, "", "interrupted"), got)


def test_not_sent(h):
    old = h.order()
    h.db.sql(
        "UPDATE mail_messages SET created_at = created_at - INTERVAL 73 HOUR"
        " WHERE order_id = X'%s'" % raw(old)
    )
    gone = h.queue(1, order="X'%s'" % own_id())[0]
    h.server.messages.clear()
    h.send()
    check(
        "older than three days: cancelled",
        h.history(old["id"])[0]["status"] == "CANCELLED" and not h.server.messages,
        h.state(),
    )
    got = h.state("id = X'%s'" % gone)[0]
    check("its order does not exist: cancelled", got[0] == "CANCELLED" and "exist" in got[3], got)


def test_two_senders(h):
    """Each message is handed over once, however many senders there are."""
    orders = [h.order() for _ in range(40)]
    h.server.messages.clear()
    senders = [h.start("--once") for _ in range(4)]
    ended = [p.wait(60) for p in senders]
    check("four senders end well", ended == [0] * 4, ended)
    ids = [str(m.parsed["message-id"]) for m in h.server.messages]
    check(
        "forty messages, each once",
        len(ids) == len(orders) and len(set(ids)) == len(ids),
        (len(ids), len(set(ids))),
    )


def test_rate():
    with MailFixture(rate="mail_rate = 120\n") as h:
        h.on_sale()
        for _ in range(30):
            h.order()
        p = h.start()
        q = h.start()
        wait_for(lambda: len(h.server.messages) >= 18, 60)
        at = [m.at for m in h.server.messages]
        for one in (p, q):
            one.terminate()
            one.wait(40)
        over = [
            (i, k)
            for i in range(len(at))
            for k in range(i + 1, len(at))
            # two a second, and five seconds' worth at once; the clocks are two
            if k - i + 1 > 10 + 2 * (at[k] - at[i]) + 2
        ]
        check("18 of 30 were sent", len(at) >= 18, at)
        check("not faster than the rate, by two senders together", not over, (over[:3], at))


def test_clock():
    """The clock is set back by an hour under a sender that waits for the rate."""
    with MailFixture(rate="mail_rate = 240\n") as h:
        clock = Disaster(h.site.dir, "clock")
        clock.clock(3600)
        h.queue(30, kind="PASSWORD_RESET")
        p = h.start("--seconds", "60", env=clock.env)
        ahead = "SELECT next_at > UTC_TIMESTAMP(3) + INTERVAL 3000 SECOND FROM mail_pace"
        fast = wait_for(lambda: len(h.server.messages) >= 20 and h.db.one(ahead) == "1", 40)
        check("an hour ahead it sends until the rate stops it", fast, h.state())
        clock.clock(0)
        done = wait_for(lambda: len(h.server.messages) == 30, 40)
        check("the clock is right again: it goes on", done, h.state())
        p.terminate()
        p.wait(40)


def test_tenants(h):
    """One organization has much, and its messages hang; the other one's go out."""
    h.site.org("Other", "other")
    other = h.db.one("SELECT HEX(id) FROM organizations WHERE slug = 'other'")
    h.queue(2000, kind="PASSWORD_RESET", to="slow%d@example.com")
    h.server.answer("RCPT", HANG, when="slow")
    p = h.start()
    wait_for(lambda: h.server.seen.count("RCPT") >= 2)
    few = h.queue(5, org=other, kind="PASSWORD_RESET", to="fast%d@example.com")
    where = "id IN (%s)" % ",".join("X'%s'" % own for own in few)
    done = wait_for(lambda: all(s[0] == "DELIVERED" for s in h.state(where)), 60)
    left = h.db.one("SELECT COUNT(*) FROM mail_messages WHERE status = 'PENDING'")
    check(
        "the other's five arrive while 2,000 wait", done and int(left) > 100, (h.state(where), left)
    )
    p.terminate()
    p.wait(60)
    h.db.sql("DELETE FROM mail_messages")


def test_suspended(h):
    h.site.command("org", "suspend", "test")
    h.queue(1, kind="PASSWORD_RESET")
    h.server.messages.clear()
    h.send("--seconds", "1")
    check("a suspended organization's mail waits", not h.server.messages, h.state())
    h.site.command("org", "resume", "test")
    h.send()
    check("until it goes on", len(h.server.messages) == 1, h.state())


def test_users(h):
    """The link of a user is sealed, sent once, and then forgotten."""
    for kind, subject in (
        ("INVITATION", "You are invited to the team of Test Org"),
        ("PASSWORD_RESET", "Choose a new password"),
    ):
        own = h.queue(1, kind=kind, to="new@example.com")[0]
        path = "/dashboard/#invitation=" + own
        h.db.sql(
            "UPDATE mail_messages SET sealed = X'%s' WHERE id = X'%s'" % (h.seal(own, path), own)
        )
        h.server.messages.clear()
        h.send()
        m = h.server.messages[0].parsed
        text = m.get_body(("plain",)).get_content()
        check(
            "%s: subject and link" % kind,
            str(m["subject"]) == subject and "https://shop.example" + path in text,
            (m["subject"], text),
        )
        left = h.db.one("SELECT sealed IS NULL FROM mail_messages WHERE id = X'%s'" % own)
        check("%s: the link is forgotten" % kind, left == "1", left)
    own = h.queue(1, kind="INVITATION")[0]
    h.db.sql(
        "UPDATE mail_messages SET sealed = X'%s' WHERE id = X'%s'"
        % (h.seal(own_id(), "/dashboard/"), own)
    )
    h.send()
    got = h.state("id = X'%s'" % own)[0]
    check("sealed for another message: failed", got[0] == "FAILED" and "decrypt" in got[3], got)
    own = h.queue(1, kind="INVITATION")[0]
    h.db.sql("UPDATE mail_messages SET sealed = REPEAT(X'01', 60) WHERE id = X'%s'" % own)
    h.send()
    got = h.state("id = X'%s'" % own)[0]
    check(
        "a link that cannot be decrypted: failed", got[0] == "FAILED" and "decrypt" in got[3], got
    )
    check("the log has no link", "http" not in h.site.log() or "/o/" not in h.site.log())


def test_stop(h):
    order = h.order()
    h.server.answer("DATA", 2, ACCEPT)
    h.server.seen.clear()
    p = h.start()
    wait_for(lambda: "DATA" in h.server.seen)
    p.terminate()
    check("SIGTERM: what is being handed over is finished", p.wait(40) == 0)
    got = h.state("order_id = X'%s'" % raw(order))[0]
    check("and stored", got[:2] == ("DELIVERED", 1), got)
    h.server.usual()


def test_handover(h):
    """A sender runs until its successor on this machine has started."""
    first = h.start("--seconds", "4")
    wait_for(lambda: h.db.sql("SELECT 1 FROM mail_senders WHERE pid = %d" % first.pid))
    second = h.start("--seconds", "2")
    check("both end", (first.wait(30), second.wait(30)) == (0, 0))
    rows = h.db.sql("SELECT pid, ended_at IS NOT NULL FROM mail_senders")
    check("the machine has one row", len(rows) == 1 and rows[0][0] == str(second.pid), rows)


def test_database(h):
    """The database is away while a message is handed over: the result is stored when it is back,
    and nothing is sent twice."""
    order = h.order()
    h.server.messages.clear()
    h.server.answer("BODY", 3, ACCEPT)
    h.server.seen.clear()
    h.server.offered.clear()
    p = h.start("--seconds", "60")
    check(
        "it is handing over",
        wait_for(lambda: len(h.server.offered) == 1),
    )
    h.site.mariadb("stop")
    check("the server takes it", wait_for(lambda: len(h.server.messages) == 1, 30))
    h.site.mariadb("start")
    h.db.close()
    from concurrency import Db

    h.db = Db(h.site)
    done = wait_for(lambda: h.state("order_id = X'%s'" % raw(order))[0][0] == "DELIVERED", 40)
    check("the result is stored when the database is back", done, h.state())
    h.server.usual()
    p.terminate()
    p.wait(60)
    check("it was sent once", len(h.server.messages) == 1, h.server.messages)


def test_off():
    """Without mail_url nothing is written, and the sender has nothing to do."""
    with Site() as site:
        from box_office_client import Buyer

        c = Buyer(
            site,
            site.key(
                "events:read,events:write,tickets:read,tickets:write,orders:read,boxoffice:sell"
            ),
        )
        event, types = c.on_sale("Concert", [10])
        sold = c.order(event, [(types[0], 1)])
        rows = site.sql("SELECT COUNT(*) FROM mail_messages")[0][0]
        check("without mail_url a sale queues nothing", sold.status == 201 and rows == "0", rows)
        r = c.sell("POST", "/orders/%s/resend" % sold.data["id"])
        check("and resend says so", r.status == 409 and "no mail" in r.error["message"], r)
        from mail_fixture import SENDER
        import subprocess

        p = subprocess.run(
            [*SENDER, "--conf", site.conf], capture_output=True, text=True, timeout=30
        )
        check("the sender ends at once", p.returncode == 0, p)
        c.close()


def test_settings(h):
    for lines, word in (
        ("mail_url = %s\n" % h.server.url(), "mail_from"),
        ("mail_from = a@shop.example\n", "mail_url"),
    ):
        conf = h.site.dir + "/half.conf"
        with open(h.site.conf) as f, open(conf, "w") as g:
            g.writelines(line for line in f if not line.startswith(("mail_url", "mail_from")))
            g.write(lines)
        os.chmod(conf, 0o600)
        p = h.start("--once", "--conf", conf)
        check(
            "only one of mail_url and mail_from: it says which file",
            p.wait(30) == 1 and "half.conf" in p.stderr.read(),
        )


def test_sendmail():
    """sendmail in place of a server: arguments, text, statuses."""
    server = MailServer()
    with MailFixture(url="/nonexistent/sendmail", server=server) as h:
        program = h.site.dir + "/sendmail"

        def program_that(then):
            with open(program, "w") as f:
                f.write(SENDMAIL % {"folder": h.site.dir, "then": then})
            os.chmod(program, stat.S_IRWXU)

        h.on_sale()
        h.order()
        h.send("--seconds", "1")
        got = h.state()[0]
        check(
            "a program that is not there: it is tried again",
            got[1] >= 1 and got[0] in ("PENDING", "FAILED"),
            got,
        )
        h.db.sql("DELETE FROM mail_messages")
        with open(h.site.conf) as f:
            text = f.read().replace("/nonexistent/sendmail", program)
        with open(h.site.conf, "w") as f:
            f.write(text)
        for then, want in (
            ("exit 0", ("DELIVERED", "")),
            ("echo 'user unknown' >&2; exit 67", ("FAILED", "user unknown")),
            ("exit 75", ("FAILED", "sendmail ended with status 75")),
            ("kill -9 $$", ("FAILED", "sendmail was killed")),
            ("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 0", ("DELIVERED", "")),
        ):
            program_that(then)
            own = h.queue(1, kind="PASSWORD_RESET", to="-oQ@example.com")[0]
            status, said = h.rounds()
            got = h.state("id = X'%s'" % own)[0]
            check(
                "sendmail: %s" % then,
                got[0] == want[0]
                and want[1] in got[3]
                and got[1] == (3 if "75" in then or "kill" in then else 1),
                (status, said, got),
            )
        with open(h.site.dir + "/arguments") as f:
            arguments = f.read().split("\n")[:-1]
        check(
            "its arguments: the recipient behind --",
            arguments == ["-i", "-f", "tickets@arena.example", "--", "-oQ@example.com"],
            arguments,
        )
        with open(h.site.dir + "/message", "rb") as f:
            message = f.read()
        check(
            "lines end with LF",
            b"\r" not in message and message.startswith(b"Date: "),
            message[:200],
        )


def main():
    with MailFixture() as h:
        test_sale(h)
        test_shared_sales(h)
        test_resend(h)
        test_attempts(h)
        test_interrupted(h)
        test_not_sent(h)
        test_two_senders(h)
        test_stop(h)
        test_handover(h)
        test_users(h)
        test_suspended(h)
        test_settings(h)
        check("at rest everything agrees", not h.wrong(), h.wrong())
        test_tenants(h)
        test_database(h)
    test_backoff()
    test_rate()
    test_clock()
    test_off()
    test_sendmail()
    finish()


main()
