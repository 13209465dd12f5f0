"""For the tests of mail: a site that sells, its mail server, and the sender."""
import ctypes
import ctypes.util
import hmac
import os
import subprocess
import tempfile
import time
import uuid

from box_office_client import BUYER, Buyer, raw_id
from concurrency import Db
from harness import BUILD, SUITE, Site
from mail_server import MailServer
from sender_processes import SenderProcesses

SENDER = [SUITE, "mail-send"] if SUITE else [os.path.join(BUILD, "cron/mail-send")]
SCOPES = "events:read,events:write,tickets:read,tickets:write,orders:read,boxoffice:sell"
FAST = "mail_rate = 60000\nmail_retry_first = 100ms\nmail_retry_second = 100ms\n"
FROM = "Example Arena <tickets@arena.example>"


class MailFixture:
    """A site with a key, an event on sale, a database session, a mail server and the sender at
    hand. url: of another server; conf: further lines."""

    def __init__(self, url=None, conf="", rate=FAST, server=None, **more):
        self.server = server or MailServer()
        lines = "mail_url = %s\nmail_from = %s\n" % (url or self.server.url(), FROM)
        if "public_url" not in conf:
            lines += "public_url = https://shop.example\n"
        self.site = Site(conf=lines + rate + conf, **more)
        self.key = self.site.key(SCOPES)
        self.c, self.db = Buyer(self.site, self.key), Db(self.site)
        self.org = self.db.one("SELECT HEX(id) FROM organizations WHERE slug = 'test'")
        self.senders = SenderProcesses(SENDER, self.site)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.senders.end()
        self.c.close()
        self.db.close()
        self.site.stop()
        self.server.stop()

    # ---- what there is to send ----
    def on_sale(self, name="Concert", types=(1000,), **more):
        self.event, self.types = self.c.on_sale(name, types, **more)
        return self.event

    def order(self, n=1, name=None, email=None):
        """An order of n tickets of the first type; its data."""
        buyer = dict(
            BUYER, **({"name": name} if name else {}), **({"email": email} if email else {})
        )
        r = self.c.order(self.event, [(self.types[0], n)], buyer=buyer)
        if r.status != 201:
            raise RuntimeError("POST /orders: %r" % r)
        return r.data

    def queue(self, n, org=None, order=None, kind="ORDER", to="buyer%d@example.com"):
        """Rows as a sale writes them, for another organization or in number. Their ids, hex."""
        ids = ["%s" % own_id() for _ in range(n)]
        self.db.sql(
            "INSERT INTO mail_messages (id, org_id, kind, order_id, recipient, due_at, created_at)"
            " VALUES "
            + ",".join(
                "(X'%s', X'%s', '%s', %s, '%s', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"
                % (own, org or self.org, kind, order or "NULL", to % i if "%" in to else to)
                for i, own in enumerate(ids)
            )
        )
        return ids

    def seal(self, own, path):
        """A link of a user, as common/crypto/seal.c seals it for the message; hexadecimal."""
        with open(self.site.dir + "/ticketgate.key") as f:
            key = hmac.digest(
                bytes.fromhex(f.read().strip()), b"ticketgate webhook secrets", "sha256"
            )
        return (b"\1" + aes_256_gcm(key, bytes.fromhex(own), path.encode())).hex()

    # ---- sending ----
    def hand_to(self, url, *lines):
        """From now on the sender hands mail to another server."""
        with open(self.site.conf) as f:
            kept = [line for line in f if not line.startswith(("mail_url", "mail_ca"))]
        with open(self.site.conf, "w") as f:
            f.writelines(kept + ["mail_url = %s\n" % url] + [line + "\n" for line in lines])

    def start(self, *args, **more):
        return self.senders.start(*args, **more)

    def send(self, *args, **more):
        """Runs it to its end; --once unless told otherwise. (exit status, what it said)"""
        return self.senders.run(*args, **more)

    def rounds(self, n=3):
        """n attempts, one after the other; the last one's (exit status, what it said)"""
        for _ in range(n):
            self.due()
            out = self.send()
        return out

    def due(self):
        """Time passes: what waits for its turn, or for a lease to end, is due."""
        self.db.sql(
            "UPDATE mail_messages SET due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
            " WHERE due_at IS NOT NULL"
        )

    def state(self, where="1"):
        """[(status, attempts, code, error)] in the order of ids"""
        return [
            (row[0], int(row[1]), row[2], row[3])
            for row in self.db.sql(
                "SELECT status, attempts, COALESCE(last_code, ''), COALESCE(last_error, '')"
                " FROM mail_messages WHERE %s ORDER BY id" % where
            )
        ]

    def history(self, order):
        return self.site.get("/orders/%s/mail" % order, self.key).data

    def wrong(self):
        """What must not be at rest, a line each."""
        return self.db.sql(
            "SELECT HEX(id), status, attempts, due_at FROM mail_messages"
            " WHERE attempts > 3 OR (status = 'PENDING') <> (due_at IS NOT NULL)"
            " OR (status = 'DELIVERED') <> (sent_at IS NOT NULL)"
            " OR (status <> 'PENDING' AND (lease IS NOT NULL OR sealed IS NOT NULL))"
        )


def aes_256_gcm(key, about, plain):
    """Nonce, ciphertext and tag, by the library that the programs use."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_aes_256_gcm.restype = ctypes.c_void_p
    context, nonce = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new()), os.urandom(12)
    out, tag, n = (
        ctypes.create_string_buffer(len(plain) + 16),
        ctypes.create_string_buffer(16),
        ctypes.c_int(),
    )
    cipher, done = ctypes.c_void_p(crypto.EVP_aes_256_gcm()), ctypes.byref(n)
    crypto.EVP_EncryptInit_ex(context, cipher, None, key, nonce)
    crypto.EVP_EncryptUpdate(context, None, done, about, len(about))
    crypto.EVP_EncryptUpdate(context, out, done, plain, len(plain))
    crypto.EVP_EncryptFinal_ex(context, tag, done)
    crypto.EVP_CIPHER_CTX_ctrl(context, 0x10, 16, tag)  # EVP_CTRL_GCM_GET_TAG
    crypto.EVP_CIPHER_CTX_free(context)
    return nonce + out.raw[: len(plain)] + tag.raw


def own_id():
    """A UUIDv7 of now, in hexadecimal."""
    now = int(time.time() * 1000)
    return "%012x7%s8%s" % (now, uuid.uuid4().hex[:3], uuid.uuid4().hex[:15])


def parts_of(message):
    """{content type: [part, …]} of those that are no multipart."""
    out = {}
    for part in message.walk():
        if not part.is_multipart():
            out.setdefault(part.get_content_type(), []).append(part)
    return out


def decoded(png):
    """What a scanner reads from the picture."""
    with tempfile.NamedTemporaryFile(suffix=".png") as f:
        f.write(png)
        f.flush()
        p = subprocess.run(["zbarimg", "--quiet", "--raw", f.name], capture_output=True, text=True)
    return p.stdout.strip()


__all__ = ["MailFixture", "MailServer", "decoded", "own_id", "parts_of", "raw_id"]
