#!/usr/bin/env python3
"""TLS of webhooks: who is believed, and that nothing is sent to anybody else."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from certificates import Authority, self_signed  # noqa: E402
from webhook_fixture import WebhookFixture, raw_id  # noqa: E402
from webhook_receiver import Receiver, status  # noqa: E402
from harness import check, finish  # noqa: E402

HERE, ELSEWHERE = "IP:127.0.0.1", "IP:127.0.0.9, DNS:example.com"


def outcome(h, endpoint):
    return tuple(
        h.db.sql(
            "SELECT d.status, COALESCE(a.http_status, ''), COALESCE(a.error, ''),"
            " a.duration_ms DIV 1000"
            " FROM webhook_deliveries d"
            " JOIN webhook_attempts a ON a.delivery_id = d.id"
            " WHERE d.endpoint_id = %s" % raw_id(endpoint)
        )[0]
    )


def receivers(folder):
    """name: (receiver, scheme, word in the history or '' for delivered)"""
    root, other = Authority(folder), Authority(folder, "stranger")
    middle = Authority(folder, "middle", root)
    good = root.leaf("good", HERE)
    plain, stalled = Receiver(), Receiver()
    stalled.script("*", [["early"], ["hang"]])
    plain.script(
        "*",
        [["early"], ["send", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"], ["close"]],
    )
    broken = Receiver(cert=root.leaf("broken", HERE))
    broken.script("*", [["send", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"], ["reset"]])
    return root, {
        "a certificate of our CA": (Receiver(cert=good), "https", ""),
        "TLS 1.2": (Receiver(cert=good, tls="1.2"), "https", ""),
        "TLS 1.3": (Receiver(cert=good, tls="1.3"), "https", ""),
        "an intermediate that is sent along": (
            Receiver(cert=middle.leaf("sub", HERE)),
            "https",
            "",
        ),
        "a client certificate that is asked for, not demanded": (
            Receiver(cert=good, ca=root.cert),
            "https",
            "",
        ),
        "a reset after the status line": (broken, "https", ""),
        "self-signed": (Receiver(cert=self_signed(folder, HERE)), "https", "tls_error"),
        "expired": (
            Receiver(cert=root.leaf("expired", HERE, -86400 * 3, -3600)),
            "https",
            "tls_error",
        ),
        "not valid yet": (
            Receiver(cert=root.leaf("early", HERE, 86400, 86400 * 3)),
            "https",
            "tls_error",
        ),
        "of another host": (Receiver(cert=root.leaf("wrong", ELSEWHERE)), "https", "tls_error"),
        "without the address in it": (
            Receiver(cert=root.leaf("nameless", "DNS:127.0.0.1")),
            "https",
            "tls_error",
        ),
        "of a CA that nobody knows": (
            Receiver(cert=other.leaf("strange", HERE)),
            "https",
            "tls_error",
        ),
        "an intermediate that is missing": (
            Receiver(cert=middle.leaf("cut", HERE, chain=False)),
            "https",
            "tls_error",
        ),
        "RSA of 1024 bits": (
            Receiver(cert=root.leaf("short", HERE, bits=1024)),
            "https",
            "tls_error",
        ),
        "SHA-1": (Receiver(cert=root.leaf("sha1", HERE, digest="sha1")), "https", "tls_error"),
        "TLS 1.1 only": (Receiver(cert=good, tls="1.1"), "https", "tls_error"),
        "https to a plain port": (plain, "https", "tls_error"),
        "http to a TLS port": (Receiver(cert=good), "http", None),
        "a handshake that stalls": (stalled, "https", "timeout"),
    }


def judged(h, made, expected):
    h.events(1)
    code, said = h.flush()
    check("the run ends well", code == 0 and not said, (code, said))
    for name, (r, _, error) in expected.items():
        got = outcome(h, made[name])
        good = (
            got[0] == "DELIVERED" and got[1:3] == ("200", "")
            if error == ""
            else got[0] == "PENDING" and got[1] == "" and (got[2] == error or error is None)
        )
        check("%s: %s" % (name, error or ("delivered" if error == "" else "refused")), good, got)
        check(
            "  and %s" % ("it was sent" if error == "" else "nothing was sent"),
            len(r.log()) == (1 if error == "" else 0),
            r.log(),
        )


def main():
    folder = tempfile.mkdtemp(prefix="tg-tls-")
    try:
        root, all_of = receivers(folder)
        with WebhookFixture(conf="webhook_ca = %s\n" % root.cert) as h:
            judged(
                h,
                {
                    name: h.endpoint("%s://127.0.0.1:%d/" % (scheme, r.port))
                    for name, (r, scheme, _) in all_of.items()
                },
                all_of,
            )
        good = all_of["a certificate of our CA"][0]
        good.clear()
        with WebhookFixture(conf="webhook_require_https = 1\n") as h:
            e = h.endpoint(good.url("/"))
            judged(
                h,
                {"our CA, which the configuration does not name": e},
                {"our CA, which the configuration does not name": (good, "https", "tls_error")},
            )
            refused = h.site.post(
                "/webhooks", h.key, {"url": "http://8.8.8.8/", "events": ["order.completed"]}
            )
            check(
                "webhook_require_https: http is refused when saved",
                refused.status == 400 and "https" in refused.error["details"][0]["message"],
                refused,
            )
            h.db.sql("UPDATE webhook_endpoints SET url = 'http://127.0.0.1:%d/'" % good.port)
            h.due()
            h.flush()
            check("  and when sent", h.attempts(e)[-1][4] == "blocked_address", h.attempts(e))
        with WebhookFixture(conf="webhook_ca = %s/missing.pem\n" % folder) as h:
            e = h.endpoint(good.url("/"))
            judged(
                h,
                {"a CA file that is missing": e},
                {"a CA file that is missing": (good, "https", "tls_error")},
            )
        for r, _, _ in all_of.values():
            r.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish()


if __name__ == "__main__":
    main()
