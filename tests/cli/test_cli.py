#!/usr/bin/env python3
"""The administrator's command against a private MariaDB. Needs TG_BUILD: the folder with the built
`ticketgate`."""
import binascii
import hashlib
import hmac
import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from harness import portable  # noqa: E402

LIB = ROOT / "tests" / "lib" / "mariadb.sh"
BUILD = Path(
    os.environ.get("TG_BUILD")
    or sys.exit("TG_BUILD is not set: the folder with the built ticketgate")
)
TICKETGATE = BUILD / "ticketgate"
MASTER = "00112233445566778899aabbccddeeff" * 2
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SCOPES = (
    "events:read,events:write,tickets:read,tickets:write,orders:read,webhooks:manage,"
    "boxoffice:sell,door:scan"
)
failed = 0


def ok(name, good, note=""):
    global failed
    failed += not good
    print(("ok - " if good else "not ok - ") + name, flush=True)
    if not good and note:
        print("# " + str(note)[:1500].replace("\n", "\n# "), flush=True)
    return good


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("TG_CONF")}
    env["TG_DATA"] = str(ROOT)
    env["LC_ALL"] = "C.UTF-8"
    return env


class Site:
    """One configuration file and what is asked through it."""

    def __init__(self, folder, socket):
        self.folder, self.socket = folder, socket
        self.conf = folder / "ticketgate.conf"
        self.write()

    def write(self, mode=0o600, key=MASTER, extra="", **values):
        lines = {
            "db_socket": self.socket,
            "db_name": "tg",
            "db_user": "root",
            "key_file": "site.key",
            "shm_path": self.folder / "shm",
            "public_url": "https://tickets.example",
        }
        lines.update(values)
        self.conf.write_text("".join(f"{k} = {v}\n" for k, v in lines.items()) + extra)
        self.conf.chmod(mode)
        file = self.folder / "site.key"
        if file.exists():
            file.unlink()
        if key:
            file.write_text(key + "\n")
            file.chmod(0o600)

    def run(self, *args, stdin=None):
        return subprocess.run(
            [str(TICKETGATE), "--conf", str(self.conf), *map(str, args)],
            capture_output=True,
            text=True,
            env=environment(),
            input=stdin,
            timeout=120,
        )

    def start(self, *args):
        return subprocess.Popen(
            [str(TICKETGATE), "--conf", str(self.conf), *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def json(self, *args):
        p = self.run(*args, "--json")
        if p.returncode not in (0, 1):
            raise AssertionError(f"{args}: exit {p.returncode}: {p.stderr}")
        return json.loads(p.stdout)

    def key(self, *args, org="acme", name="k", scopes="events:read"):
        return self.json("key", "create", "--org", org, "--name", name, "--scopes", scopes, *args)

    def sql(self, text, db="tg"):
        p = subprocess.run(
            [
                "mariadb",
                "--no-defaults",
                "--batch",
                "--skip-column-names",
                "-S",
                self.socket,
                *([db] if db else []),
            ],
            input=portable(text),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
        )
        if p.returncode:
            raise AssertionError(p.stderr)
        return p.stdout.strip()


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def checksum(text):
    n, out = binascii.crc32(text.encode()), ""
    for _ in range(6):
        n, digit = divmod(n, 62)
        out = ALPHABET[digit] + out
    return out


# ---- words, options, help ----


def test_words(s):
    p = s.run("--help")
    ok("--help exits 0 on standard output", p.returncode == 0 and p.stdout and not p.stderr, p)
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?: ID)?  +[A-Z]", p.stdout, re.M)
    p = s.run("version")
    q = subprocess.run([str(TICKETGATE), "--version"], capture_output=True, text=True)
    ok(
        "--version",
        q.returncode == 0 and q.stdout == p.stdout and q.stdout.startswith("ticketgate "),
        q,
    )
    ok(
        "--help lists the commands",
        {"org create", "key rotate", "migrate", "doctor", "demo load", "sweep", "version"}
        <= set(commands),
        commands,
    )
    for c in commands:
        h = s.run(*c.split(), "--help")
        ok(
            f"{c} --help",
            h.returncode == 0
            and "Usage: ticketgate" in h.stdout
            and c in h.stdout
            and not h.stderr,
            h,
        )
    ok("key --help lists verbs", "key revoke ID" in s.run("key", "--help").stdout)
    for args in [
        (),
        ("nope",),
        ("key",),
        ("key", "nope"),
        ("key", "create"),
        ("key", "show"),
        ("key", "show", "a", "b"),
        ("org", "list", "--nope"),
        ("org", "list", "extra"),
        ("org", "create", "--name"),
        ("org", "create", "--name", "--slug"),
        ("version", "--json=1"),
        ("-x",),
        ("--name", "x", "org", "create"),
        ("org", "create", "--name", "a", "--name", "b"),
        ("key", "rotate", "x", "--overlap", "soon"),
    ]:
        p = s.run(*args)
        ok(
            f"usage error exits 2: {' '.join(args) or '(nothing)'}",
            p.returncode == 2
            and not p.stdout
            and p.stderr.startswith("ticketgate: ")
            and p.stderr.count("\n") == 1,
            p,
        )
    ok("version", re.fullmatch(r"ticketgate \S+\n", s.run("version").stdout))
    ok("version --json", list(s.json("version")) == ["version"])
    p = subprocess.run(
        [str(TICKETGATE), "--conf", "/nonexistent/x.conf", "org", "list", "--json"],
        capture_output=True,
        text=True,
    )
    ok(
        "no configuration: exit 1, a sentence, nothing on stdout",
        p.returncode == 1 and "/nonexistent/x.conf" in p.stderr and not p.stdout,
        p,
    )
    with open("/dev/full", "w") as full:
        p = subprocess.run(
            [str(TICKETGATE), "--help"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    ok("a full disk is an error", p.returncode == 1 and "standard output" in p.stderr, p)


def test_migrate(s):
    p = s.run("key", "list", "--org", "acme")
    ok("before migrate: says what to do", p.returncode == 1 and "ticketgate migrate" in p.stderr, p)
    d = s.run("doctor", "--json")
    rows = {r["check"]: r for r in json.loads(d.stdout)}
    ok(
        "before migrate: doctor fails on migrations",
        d.returncode == 1 and rows["migrations"]["state"] == "fail",
        d.stdout,
    )
    two = [s.start("migrate") for _ in range(2)]
    out = [p.communicate(timeout=100) for p in two]
    ok("two migrations at once both end well", all(p.returncode == 0 for p in two), out)
    p = s.run("migrate", "--json")
    ok("again: nothing to apply", p.returncode == 0 and json.loads(p.stdout) == {"applied": []}, p)


def test_org(s):
    o = s.json("org", "create", "--name", "Acme Niño Events!", "--slug=acme")
    ok(
        "org create --json",
        o["slug"] == "acme"
        and o["name"] == "Acme Niño Events!"
        and re.fullmatch(r"[0-9a-f-]{36}", o["id"]),
        o,
    )
    ok(
        "slug from the name",
        s.json("org", "create", "--name", " Peña & Sons  (Cebu) ")["slug"] == "pena-sons-cebu",
    )
    p = s.run("org", "create", "--name", "Other", "--slug", "acme", "--json")
    ok("slug taken: refused", p.returncode == 1 and "acme" in p.stderr and not p.stdout, p)
    for slug in ["A", "a_b", "-a", "a-", "a b", "é", "a" * 121]:
        ok(
            f"slug refused: {slug[:10]}",
            s.run("org", "create", "--name", "x", "--slug", slug).returncode == 1,
        )
    for name in ["", "x" * 201, "!!!"]:
        ok(f"name refused: {name[:10]!r}", s.run("org", "create", "--name", name).returncode == 1)
    ok(
        "name of 200 accented characters",
        s.run("org", "create", "--name", "é" * 200, "--slug", "long").returncode == 0,
    )
    ok(
        "org list --json",
        {x["slug"] for x in s.json("org", "list")} == {"acme", "pena-sons-cebu", "long"},
    )
    ok("org list", "acme" in s.run("org", "list").stdout)
    ok(
        "audit row",
        s.sql("SELECT COUNT(*) FROM audit WHERE action = 'org.create' AND actor_type = 'admin'")
        == "3",
    )


# ---- keys ----


def test_key_create(s):
    k = s.key(
        "--description",
        "For the box office",
        "--allow",
        "10.0.0.0/8, 2001:db8::1,10.0.0.0/8",
        "--callback",
        "https://example.com/hook?a=b",
        "--expires",
        "2099-01-01T00:00:00+08:00",
        "--tier",
        "plus",
        scopes="events:write, tickets:read",
    )
    ok(
        "members",
        list(k)[:8]
        == ["id", "name", "description", "scopes", "callbackUrl", "ipAllowlist", "tier", "hint"]
        and {"createdAt", "expiresAt", "lastUsedAt", "revokedAt", "key"} <= set(k)
        and re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", k["webhookSecret"]),
        k,
    )
    ok(
        "orders:read comes with an event scope",
        k["scopes"] == ["events:write", "tickets:read", "orders:read"],
        k,
    )
    ok(
        "allowlist canonical, once each",
        sorted(k["ipAllowlist"]) == ["10.0.0.0/8", "2001:db8::1"],
        k,
    )
    ok(
        "settings",
        k["tier"] == "plus"
        and k["expiresAt"] == "2098-12-31T16:00:00.000Z"
        and k["lastUsedAt"] is None,
        k,
    )
    ok(
        "format and checksum",
        re.fullmatch(r"tn_live_[0-9A-Za-z]{38}", k["key"])
        and checksum(k["key"][:40]) == k["key"][40:],
        k["key"],
    )
    ok("hint", k["hint"] == k["key"][:12] + "…" + k["key"][-4:], k)
    pepper = hmac.new(bytes.fromhex(MASTER), b"ticketgate api key pepper", hashlib.sha256).digest()
    digest = hmac.new(pepper, k["key"].encode(), hashlib.sha256).hexdigest()
    ok(
        "stored as keyed hash",
        s.sql(f"SELECT COUNT(*) FROM api_keys WHERE LOWER(HEX(key_hash)) = '{digest}'") == "1",
    )
    ok(
        "no orders:read without an event scope",
        s.key(scopes="tickets:read")["scopes"] == ["tickets:read"],
    )
    ok("all scopes", s.key(scopes=SCOPES)["scopes"] == SCOPES.split(","))
    p = s.run("key", "create", "--org", "acme", "--name", "human", "--scopes", "events:read")
    ok(
        "human output shows the key and says once",
        p.returncode == 0 and re.search(r"^tn_live_\w{38}$", p.stdout, re.M) and "once" in p.stdout,
        p,
    )
    ok("keys differ", len({s.key()["key"] for _ in range(5)}) == 5)
    ok(
        "name of 120 characters",
        s.run(
            "key", "create", "--org", "acme", "--name", "ñ" * 120, "--scopes", "events:read"
        ).returncode
        == 0,
    )


def test_key_refusals(s):
    before = s.sql("SELECT COUNT(*) FROM api_keys"), s.sql("SELECT COUNT(*) FROM audit")
    soon = iso(datetime.now(timezone.utc) - timedelta(seconds=1))
    cases = [
        (["--scopes", "events:reed"], ["events:reed", "boxoffice:sell"]),
        (["--scopes", ""], ["events:read"]),
        (["--scopes", "events:read,"], ["empty"]),
        (["--scopes", "EVENTS:READ"], ["EVENTS:READ"]),
        (["--allow", ""], ["--allow", "at least one address"]),
        (["--allow", "10.0.0.5/24"], ["10.0.0.0/24"]),
        (["--allow", "fe80::1%eth0"], ["fe80"]),
        (["--allow", "::ffff:10.0.0.0/104"], ["10.0.0.0/8"]),
        (["--allow", "localhost"], ["localhost"]),
        (["--allow", "10.0.0.1,,10.0.0.2"], []),
        (["--allow", "10.0.0.1-10.0.0.9"], []),
        (["--allow", ",".join(f"10.0.0.{i}" for i in range(65))], ["64"]),
        (["--expires", soon], ["future"]),
        (["--expires", "2020-01-01T00:00:00Z"], ["future"]),
        (["--expires", "tomorrow"], ["ISO 8601"]),
        (["--expires", "2099-01-01"], ["ISO 8601"]),
        (["--expires", "2099-13-01T00:00:00Z"], ["ISO 8601"]),
        (["--tier", "gold"], ["standard, plus, unlimited"]),
        (["--name", "x" * 121], ["120"]),
        (["--name", ""], ["empty"]),
        (["--name", "a\nb"], ["line breaks"]),
        (["--description", "x" * 501], ["500"]),
        (["--org", "nobody"], ["org list"]),
        (["--org", "é"], ["org list"]),
    ]
    for url in [
        "ftp://example.com/",
        "example.com",
        "https://",
        "https:///x",
        "https://u:p@example.com/",
        "https://example.com/#f",
        "https://example.com/a b",
        "https://exämple.com/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:8a/",
        "https://[::1",
        "https://[1.2.3.4]/",
        "https://a..b/",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://10.1/",
        "http://[::1]/",
        "http://169.254.169.254/",
        "https://exa<mple/",
        "https://example.com\\@evil/",
        "javascript:alert(1)",
        "https://" + "a" * 2048 + "/",
    ]:
        cases.append((["--callback", url], ["callbackUrl"]))
    for change, words in cases:
        args = {"--org": "acme", "--name": "n", "--scopes": "events:read"}
        args.update({change[0]: change[1]})
        p = s.run("key", "create", *[x for pair in args.items() for x in pair], "--json")
        ok(
            f"refused: {change[0]} {change[1][:40]!r}",
            p.returncode == 1
            and not p.stdout
            and all(w in p.stderr for w in words)
            and p.stderr.count("\n") == 1,
            p,
        )
    for url in [
        "http://example.com",
        "HTTPS://example.com:8443/a/b?c=%20d",
        "https://[2606:4700:4700::1111]:443/x",
        "http://8.8.8.8/",
    ]:
        ok(f"callback taken: {url}", s.key("--callback", url)["callbackUrl"] == url)
    after = s.sql("SELECT COUNT(*) FROM api_keys"), s.sql("SELECT COUNT(*) FROM audit")
    ok(
        "refusals leave nothing behind",
        int(after[0]) == int(before[0]) + 4 and int(after[1]) == int(before[1]) + 4,
        (before, after),
    )


def test_key_show(s):
    k = s.key(name="shown")
    for text in [k["id"], k["id"].upper(), k["hint"], k["hint"].replace("…", "...")]:
        ok(f"show {text}", s.json("key", "show", text)["id"] == k["id"])
    ok("show has no key", "key" not in s.json("key", "show", k["id"]))
    p = s.run("key", "show", k["key"])
    ok(
        "the key itself is refused and not repeated",
        p.returncode == 1 and k["key"] not in p.stderr + p.stdout,
        p,
    )
    for text in [
        "01900000-0000-7000-8000-000000000000",
        "tn_live_nope…nope",
        "x",
        "\udcff".encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"),
    ]:
        ok(f"unknown: {text[:20]!r}", s.run("key", "show", text).returncode == 1)
    ok("show for people", "anywhere" in s.run("key", "show", k["id"]).stdout)
    ok(
        "list has it, without the key",
        any(x["id"] == k["id"] and "key" not in x for x in s.json("key", "list", "--org", "acme")),
    )
    ok("list for people", k["hint"] in s.run("key", "list", "--org", "acme").stdout)
    ok(
        "list of an empty organization",
        s.json("key", "list", "--org", "long") == []
        and "key create" in s.run("key", "list", "--org", "long").stdout,
    )
    ok("list of no organization", s.run("key", "list", "--org", "zzz").returncode == 1)


def test_rotate(s):
    k = s.key(
        "--allow",
        "192.0.2.0/24",
        "--tier",
        "plus",
        "--description",
        "d",
        "--callback",
        "https://example.com/x",
        scopes=SCOPES,
    )
    before = datetime.now(timezone.utc)
    n = s.json("key", "rotate", k["id"])
    old = s.json("key", "show", k["id"])
    ok(
        "rotation copies the settings",
        all(
            n[m] == k[m]
            for m in (
                "name",
                "description",
                "scopes",
                "callbackUrl",
                "ipAllowlist",
                "tier",
                "expiresAt",
            )
        ),
        n,
    )
    ok(
        "another key, linked both ways",
        n["key"] != k["key"] and n["rotatedFrom"] == k["id"] and old["rotatedTo"] == n["id"],
        (n, old),
    )
    off = (moment(old["expiresAt"]) - before - timedelta(hours=24)).total_seconds()
    ok("default overlap is 24 hours", -1 < off < 20 and old["status"] == "rotated", old)
    p = s.run("key", "rotate", k["id"])
    ok(
        "rotating a rotated key is refused",
        p.returncode == 1 and "already been rotated" in p.stderr,
        p,
    )
    ok(
        "the successor can be rotated",
        s.run("key", "rotate", n["id"], "--overlap", "7d").returncode == 0,
    )
    k = s.key()
    s.json("key", "rotate", k["id"], "--overlap", "0")
    ok("overlap 0 ends the old key at once", s.json("key", "show", k["id"])["status"] == "expired")
    end = iso(datetime.now(timezone.utc) + timedelta(hours=1))
    k = s.key("--expires", end)
    n = s.json("key", "rotate", k["id"], "--overlap", "7d")
    ok(
        "overlap never extends the old key",
        s.json("key", "show", k["id"])["expiresAt"] == end and n["expiresAt"] == end,
        end,
    )
    k = s.key("--expires", iso(datetime.now(timezone.utc) + timedelta(seconds=1.2)))
    while s.json("key", "show", k["id"])["status"] != "expired":
        time.sleep(0.1)
    p = s.run("key", "rotate", k["id"])
    ok("an expired key cannot be rotated", p.returncode == 1 and "expired" in p.stderr, p)
    ok(
        "list hides expired keys, --all shows them",
        all(x["id"] != k["id"] for x in s.json("key", "list", "--org", "acme"))
        and any(x["id"] == k["id"] for x in s.json("key", "list", "--org", "acme", "--all")),
    )
    k = s.key()
    for overlap in ["8d", "169h", "604801s"]:
        ok(
            f"overlap {overlap} refused",
            s.run("key", "rotate", k["id"], "--overlap", overlap).returncode == 1,
        )
    for overlap in ["-1h", "1w", "h", "1 h", "", "99999999h"]:
        ok(
            f"overlap {overlap!r} not understood",
            s.run("key", "rotate", k["id"], f"--overlap={overlap}").returncode == 2,
        )
    racers = [s.start("key", "rotate", k["id"], "--json") for _ in range(8)]
    out = [p.communicate(timeout=100) for p in racers]
    ok(
        "eight rotations at once: one winner",
        sorted(p.returncode for p in racers) == [0] + [1] * 7,
        out,
    )
    ok(
        "and one successor",
        s.sql(
            "SELECT COUNT(*)"
            " FROM api_keys"
            f" WHERE rotated_from = UNHEX(REPLACE('{k['id']}', '-', ''))"
        )
        == "1",
    )


def test_revoke(s):
    k = s.key()
    shm = s.folder / "shm"
    before = shm.read_bytes()
    r = s.json("key", "revoke", k["hint"])
    ok("revoked", r["revokedAt"] and r["status"] == "revoked", r)
    ok("the node is told to forget", shm.read_bytes() != before)
    again = s.run("key", "revoke", k["id"], "--json")
    ok(
        "again: same time, exit 0",
        again.returncode == 0 and json.loads(again.stdout)["revokedAt"] == r["revokedAt"],
        again,
    )
    ok(
        "one audit row",
        s.sql(
            "SELECT COUNT(*)"
            " FROM audit"
            f" WHERE action = 'key.revoke' AND resource_id = UNHEX(REPLACE('{k['id']}', '-', ''))"
        )
        == "1",
    )
    ok("a revoked key cannot be rotated", "revoked" in s.run("key", "rotate", k["id"]).stderr)
    ok("list hides it", all(x["id"] != k["id"] for x in s.json("key", "list", "--org", "acme")))


def test_secrets(s):
    k = s.key()
    files = [f for f in (s.folder / "db").rglob("*") if f.is_file()]
    secret = k["key"][8:40].encode()
    ok(
        "the key is in no file of the database",
        len(files) > 20 and not [f for f in files if secret in f.read_bytes()],
    )
    ok(
        "nor in what is read from it",
        secret
        not in s.sql("SELECT * FROM api_keys; SELECT * FROM audit").encode("utf-8", "replace"),
    )
    ok(
        "every change has its audit row",
        s.sql(
            "SELECT (SELECT COUNT(*) FROM api_keys) = (SELECT COUNT(*) FROM audit"
            " WHERE action IN ('key.create', 'key.rotate'))"
        )
        == "1",
    )


# ---- the installation ----

# ---- users ----


def at_terminal(s, args, *lines):
    """The command at a terminal of its own, `lines` typed at its prompts: its exit status and what
    the terminal showed."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(str(TICKETGATE), [str(TICKETGATE), "--conf", str(s.conf), *args], environment())
    shown, typed, end = "", 0, time.monotonic() + 60
    while time.monotonic() < end:
        try:
            got = os.read(fd, 1000).decode() if select.select([fd], [], [], 1)[0] else ""
        except OSError:  # the other side is closed
            break
        shown += got
        if typed < len(lines) and shown.count(": ") > typed:
            os.write(fd, lines[typed].encode() + b"\n")
            typed += 1
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_users(s):
    p = s.run(
        "user",
        "create",
        "--org",
        "acme",
        "--email",
        "Ana.Reyes@Example.COM",
        "--role",
        "owner",
        "--json",
        stdin="nine tricycles at dawn\n",
    )
    user = json.loads(p.stdout)
    ok(
        "user create --json",
        p.returncode == 0
        and user["email"] == "ana.reyes@example.com"
        and user["role"] == "owner"
        and user["organization"] == "acme",
        p,
    )
    hashed = s.sql("SELECT password_hash FROM users")
    ok(
        "the password is stored as scrypt, salted",
        hashed.startswith("$scrypt$ln=15,r=8,p=3$") and "tricycles" not in hashed,
        hashed,
    )
    for name, args, said in (
        ("the same address again", {"--email": "ana.reyes@EXAMPLE.com"}, "already"),
        ("no such organization", {"--org": "zzz"}, "zzz"),
        ("no such role", {"--role": "admin"}, "owner, viewer or door"),
        ("an address that is none", {"--email": "ana"}, "address"),
        ("one that is not ASCII", {"--email": "ána@example.com"}, "ASCII"),
        ("two at signs", {"--email": "a@b@c.d"}, "address"),
    ):
        args = {"--org": "acme", "--email": "b@example.com", "--role": "viewer", **args}
        p = s.run(
            "user",
            "create",
            *[x for pair in args.items() for x in pair],
            stdin="nine tricycles at dawn\n",
        )
        ok(
            f"user create: {name} is refused",
            p.returncode == 1 and said in p.stderr and not p.stdout,
            p,
        )
    for name, typed in (
        ("too short", "short"),
        ("nothing", ""),
        ("only a line end", "\n"),
        ("too long", "x" * 201),
        ("far too long", "x" * 5000),
        ("the address itself", "b.longer@example.com"),
    ):
        p = s.run(
            "user",
            "create",
            "--org",
            "acme",
            "--email",
            "b.longer@example.com",
            "--role",
            "viewer",
            stdin=typed,
        )
        ok(
            f"password: {name} is refused",
            p.returncode == 1 and "password" in p.stderr and not p.stdout,
            p,
        )
    p = s.run(
        "user",
        "create",
        "--org",
        "acme",
        "--email",
        "b@example.com",
        "--role",
        "viewer",
        stdin="ñ" * 10,
    )
    ok("password: ten characters without a line end", p.returncode == 0 and "viewer" in p.stdout, p)
    status, shown = at_terminal(
        s,
        ["user", "create", "--org", "acme", "--email", "c@example.com", "--role", "owner"],
        "typed and not shown",
        "typed and not shown",
    )
    ok(
        "at a terminal: asked twice, shown never",
        status == 0
        and "New password: " in shown
        and "Repeat password: " in shown
        and "typed" not in shown,
        (status, shown),
    )
    status, shown = at_terminal(
        s, ["user", "password", "c@example.com"], "one of these words", "another of these words"
    )
    ok(
        "at a terminal: two that differ change nothing",
        status == 1 and "do not match" in shown and "these words" not in shown,
        (status, shown),
    )
    ok(
        "user list",
        [u["email"] for u in s.json("user", "list", "--org", "acme")]
        == ["ana.reyes@example.com", "b@example.com", "c@example.com"]
        and s.json("user", "list", "--org", "long") == []
        and "viewer" in s.run("user", "list").stdout
        and "user create" in s.run("user", "list", "--org", "long").stdout,
    )
    s.sql(
        "INSERT INTO sessions (id, org_id, user_id, token_hash, address, created_at, last_seen_at,"
        " expires_at) SELECT id, org_id, id, UNHEX(SHA2(email, 256)), '::1', NOW(3), NOW(3),"
        " NOW(3) + INTERVAL 1 DAY"
        " FROM users"
    )
    p = s.run("user", "password", "ANA.reyes@example.com", stdin="ten tricycles at dusk\n")
    ok(
        "user password",
        p.returncode == 0
        and s.sql("SELECT password_hash FROM users WHERE email LIKE 'ana%'") != hashed,
        p,
    )
    ok(
        "ends the user's sessions, and no other",
        s.sql(
            "SELECT GROUP_CONCAT(u.email ORDER BY u.email)"
            " FROM sessions s"
            " JOIN users u ON u.id = s.user_id"
        )
        == "b@example.com,c@example.com",
    )
    p = s.run("user", "remove", "b@example.com", "--json")
    ok(
        "user remove --json",
        p.returncode == 0
        and json.loads(p.stdout)["email"] == "b@example.com"
        and s.sql("SELECT COUNT(*) FROM users") == "2"
        and s.sql("SELECT COUNT(*) FROM sessions") == "1",
        p,
    )
    for verb in ("password", "remove"):
        p = s.run("user", verb, "b@example.com", stdin="ten tricycles at dusk\n")
        ok(f"user {verb}: nobody of that name", p.returncode == 1 and "user list" in p.stderr, p)
    actions = s.sql(
        "SELECT GROUP_CONCAT(action ORDER BY id)"
        " FROM audit"
        " WHERE action LIKE 'user.%' AND actor_type = 'admin' AND resource_id IS NOT NULL"
    )
    ok(
        "every change has its audit row",
        actions == "user.create,user.create,user.create,user.password,user.remove",
        actions,
    )


def test_sweep(s):
    s.sql(
        """INSERT INTO idempotency (key_id, idem_key, fingerprint, created_at)
        SELECT UNHEX(LEFT(SHA2('k', 256), 32)), CONCAT('old', seq), REPEAT('x', 32),
            UTC_TIMESTAMP(3) - INTERVAL 25 HOUR
        FROM seq_1_to_2500;
        INSERT INTO idempotency (key_id, idem_key, fingerprint, created_at)
        SELECT UNHEX(LEFT(SHA2('k', 256), 32)), CONCAT('new', seq), REPEAT('x', 32),
            UTC_TIMESTAMP(3) - INTERVAL 23 HOUR
        FROM seq_1_to_10;"""
    )
    ok(
        "sweep deletes what is older than 24 hours",
        s.json("sweep")
        == {
            "idempotencyDeleted": 2500,
            "sessionsDeleted": 0,
            "ordersCounted": 0,
            "holdsExpired": 0,
            "webhookRowsDeleted": 0,
            "holdRowsDeleted": 0,
            "mailDeleted": 0,
            "doorLinksDeleted": 0,
        },
    )
    ok("and nothing else", s.sql("SELECT COUNT(*) FROM idempotency") == "10")


COUNTERS = """SELECT COUNT(*)
    FROM (
        SELECT org_id, CONCAT('events:', status) AS name, COUNT(*) AS n
        FROM events
        GROUP BY org_id, status
    ) e
    LEFT JOIN counters c ON c.org_id = e.org_id AND c.name = e.name
    WHERE c.n IS NULL OR c.n <> e.n"""


def test_demo(s):
    two = [s.start("demo", "load", "--json") for _ in range(2)]
    out = [p.communicate(timeout=100) for p in two]
    ok("two loads at once both end well", all(p.returncode == 0 for p in two), out)
    first = s.json("demo", "load")
    ok(
        "again: nothing is added",
        first["venuesAdded"] == first["venuesChanged"] == first["eventsAdded"] == 0
        and first["venues"] >= 50,
        first,
    )
    ok(
        "ten events, one organization",
        s.sql("SELECT COUNT(*), COUNT(DISTINCT org_id), COUNT(DISTINCT status) FROM events")
        == "10\t1\t3",
    )
    ok(
        "counters agree with the rows",
        s.sql(COUNTERS) == "0"
        and s.sql("SELECT SUM(n) FROM counters WHERE name LIKE 'events:%'") == "10",
    )
    ok(
        "every event has one to five ticket types and a venue",
        s.sql(
            "SELECT MIN(t.n), MAX(t.n), COUNT(e.venue_id)"
            " FROM events e"
            " JOIN (SELECT event_id, COUNT(*) n FROM ticket_types GROUP BY event_id) t"
            " ON t.event_id = e.id"
        )
        in ("1\t5\t10", "1\t4\t10"),
    )
    ok(
        "something is sold out",
        int(
            s.sql(
                "SELECT COUNT(*)"
                " FROM (SELECT event_id FROM ticket_types GROUP BY event_id HAVING SUM(sold) ="
                " SUM(quantity)) x"
            )
        )
        >= 1,
    )
    ok(
        "past and future",
        s.sql(
            "SELECT SUM(date_time < UTC_TIMESTAMP()) > 0 AND SUM(date_time > UTC_TIMESTAMP()) > 0"
            " FROM events"
        )
        == "1",
    )
    ok(
        "free events cost nothing",
        s.sql(
            "SELECT COUNT(*)"
            " FROM events e"
            " JOIN ticket_types t ON t.event_id = e.id"
            " WHERE e.type = 'FREE' AND t.price <> 0"
        )
        == "0",
    )
    ok(
        "words are found by prefix",
        s.sql(
            "SELECT COUNT(DISTINCT event_id)"
            " FROM event_words"
            " WHERE word LIKE 'kundi%' OR word = '12'"
        )
        == "2",
    )
    ok(
        "venues are in the Philippines",
        s.sql(
            "SELECT COUNT(*)"
            " FROM venues"
            " WHERE latitude BETWEEN 4 AND 21 AND longitude BETWEEN 116 AND 127 AND country = 'PH'"
        )
        == str(first["venues"]),
    )
    ok(
        "events have their people, programme and names on the poster, each entry's performers are "
        "of its event",
        s.sql(
            "SELECT (SELECT COUNT(DISTINCT event_id) FROM performers) >= 2,"
            " (SELECT COUNT(DISTINCT event_id) FROM schedules) >= 2,"
            " (SELECT COUNT(DISTINCT event_id) FROM brands) >= 2,"
            " (SELECT COUNT(*) FROM schedule_performers x JOIN schedules s ON s.id = x.schedule_id"
            " JOIN performers p ON p.id = x.performer_id WHERE s.event_id = p.event_id) >= 5,"
            " (SELECT COUNT(*) FROM schedule_performers x JOIN schedules s ON s.id = x.schedule_id"
            " JOIN performers p ON p.id = x.performer_id WHERE s.event_id <> p.event_id)"
        )
        == "1\t1\t1\t1\t0",
    )
    s.sql("UPDATE venues SET capacity = 1, name = 'x' WHERE external_id = 'ph-smart-araneta'")
    ok(
        "a changed venue is set right",
        s.json("demo", "load")["venuesChanged"] == 1
        and s.sql("SELECT name FROM venues WHERE external_id = 'ph-smart-araneta'")
        == "Smart Araneta Coliseum",
    )
    ok("a key for the demo", s.key(org="demo", scopes=SCOPES)["organization"] == "demo")


def doctor(s, *checks):
    p = s.run("doctor", "--json")
    rows = {r["check"]: r for r in json.loads(p.stdout)}
    return p, [rows.get(c, {"state": "missing", "message": ""}) for c in checks]


def test_doctor(s):
    p = s.run("doctor", "--json")
    rows = json.loads(p.stdout)
    ok(
        "doctor finds nothing wrong",
        p.returncode == 0
        and rows
        and all(
            r["state"] != "fail" and list(r) == ["check", "state", "message", "fix"] for r in rows
        ),
        p.stdout,
    )
    for program in (BUILD / "fcgi").glob("*.fcgi"):
        row = next((r for r in rows if r["check"] == "program " + program.stem), None)
        ok(
            f"{program.name} can be run",
            row is None or (row["state"] == "ok" and program.name in row["message"]),
            rows,
        )
    ok("doctor for people", " ok, " in s.run("doctor").stdout)
    s.sql(
        "CREATE USER app@localhost IDENTIFIED BY 'pass-word';"
        " GRANT SELECT ON tg.events TO app@localhost;",
        None,
    )
    s.write(mode=0o644, extra="[events]\ndb_user = app\ndb_password = pass-word\n")
    p, (mode, events, keys) = doctor(
        s, "configuration mode", "database for events", "database for keys"
    )
    ok(
        "an open file with a password fails",
        p.returncode == 1 and mode["state"] == "fail" and "chmod" in mode["fix"],
        p.stdout,
    )
    ok(
        "missing rights are named",
        events["state"] == "fail"
        and "SELECT on api_keys" in events["message"]
        and "INSERT on audit" in events["message"]
        and "`ticketgate grants" in events["fix"]
        and keys["state"] == "ok",
        p.stdout,
    )
    s.sql("GRANT SELECT ON tg.* TO app@localhost;", None)
    p, (events,) = doctor(s, "database for events")
    ok(
        "rights to write, too",
        events["state"] == "fail"
        and "SELECT" not in events["message"]
        and "DELETE on idempotency" in events["message"]
        and "UPDATE on api_keys" in events["message"],
        p.stdout,
    )
    ok("no password is shown", "pass-word" not in p.stdout + p.stderr + s.run("doctor").stdout)
    s.write(extra="[events]\ndb_user = app\ndb_password = wrong\n")
    ok("a wrong password", "db_password" in doctor(s, "database for events")[1][0]["message"])
    s.write(db_name="nowhere")
    p, (db,) = doctor(s, "database")
    ok(
        "an unknown database",
        p.returncode == 1 and "CREATE DATABASE nowhere" in db["message"],
        p.stdout,
    )
    s.write(db_socket="/nonexistent/db.sock")
    p, (db,) = doctor(s, "database")
    ok(
        "a missing socket",
        p.returncode == 1 and "/nonexistent/db.sock does not exist" in db["message"],
        p.stdout,
    )
    p = s.run("org", "list", "--json")
    ok(
        "and the other commands say so too",
        p.returncode == 1 and "/nonexistent/db.sock" in p.stderr and not p.stdout,
        p,
    )
    s.write(key=None)
    p, (key,) = doctor(s, "key file")
    ok(
        "a missing key file",
        p.returncode == 1 and key["state"] == "fail" and "openssl rand" in key["message"],
        p.stdout,
    )
    s.write(base_path="/shop", public_url="http://tickets.example")
    p, (url,) = doctor(s, "public_url")
    ok(
        "an unencrypted public_url is worth a warning",
        p.returncode == 0 and url["state"] == "warn",
        p.stdout,
    )
    s.write(extra="no_such_key = 1\n")
    ok("a bad line", doctor(s, "configuration")[1][0]["state"] == "fail")
    s.write()
    ok("mended", s.run("doctor").returncode == 0)


def test_grants(s):
    accounts = sorted(re.findall(r"@PASSWORD_([A-Z]+)@", (ROOT / "sql/grants.sql").read_text()))
    words = {a: f"word{i}" for i, a in enumerate(accounts)}
    sections = "".join(
        f"[{'ticketgate' if a == 'ADMIN' else a.lower()}]\ndb_user = root\ndb_password = {w}\n"
        for a, w in words.items()
    )
    s.write(db_name="granted", extra=sections)
    p = s.run("grants")
    ok(
        "grants: every password of the configuration",
        all(f"IDENTIFIED BY '{w}'" in p.stdout for w in words.values())
        and "@" not in p.stdout.replace("@localhost", ""),
        p,
    )
    few = s.run("grants", "--admin")
    ok(
        "grants --admin: the database and one account",
        few.stdout.count("\n") == 4
        and "CREATE DATABASE IF NOT EXISTS `granted`" in few.stdout
        and words["ADMIN"] in few.stdout,
        few,
    )
    ok("grants --json: the same", s.json("grants")["sql"] == p.stdout)
    far = s.run("grants", "--host", "10.0.0.%", "--ssl").stdout
    accounts = p.stdout.count("IDENTIFIED BY")
    ok(
        "grants --host --ssl: the same accounts for another machine, by TLS only",
        far.count("@'10.0.0.%' IDENTIFIED BY") == far.count(" REQUIRE SSL;") == accounts
        and "@localhost" not in far
        and far.replace("@'10.0.0.%'", "@localhost").replace(" REQUIRE SSL", "") == p.stdout,
        far,
    )
    for wrong in ("", "10.0.0.1' WITH GRANT OPTION", "a b", "x" * 61):
        r = s.run("grants", "--host", wrong)
        ok("grants --host %r is refused" % wrong[:20], r.returncode and not r.stdout, r)
    s.sql(few.stdout, None)
    s.write(
        db_name="granted", extra=sections.replace("db_user = root", "db_user = ticketgate_admin")
    )
    ok("migrate with that account", s.run("migrate").returncode == 0)
    s.sql(p.stdout, None)
    s.sql(p.stdout, None)
    s.write(
        db_name="granted",
        extra="".join(
            f"[{'ticketgate' if a == 'ADMIN' else a.lower()}]\ndb_user = ticketgate_{a.lower()}\n"
            f"db_password = {w}\n"
            for a, w in words.items()
        ),
    )
    p = s.run("doctor")
    ok(
        "the doctor finds every program able to do its work",
        p.returncode == 0 and "FAIL" not in p.stdout,
        p.stdout,
    )
    s.sql(
        "REVOKE UPDATE (last_used_at) ON granted.api_keys"
        " FROM ticketgate_orders@localhost;"
        " REVOKE DELETE ON granted.events"
        " FROM ticketgate_events@localhost;",
        None,
    )
    p, (events, orders) = doctor(s, "database for events", "database for orders")
    ok(
        "and names the one right that is missing",
        "DELETE on events" in events["message"] and "UPDATE on api_keys" in orders["message"],
        p.stdout,
    )
    s.sql("DROP TABLE granted.schedule_performers", None)
    ok("or the table", "schedule_performers" in doctor(s, "database for events")[1][0]["message"])
    s.sql("DROP DATABASE granted", None)
    for wrong in ("", "@PASSWORD_EVENTS@", "it's", "a\\b"):
        s.write(extra=sections.replace(words["EVENTS"] + "\n", wrong + "\n"))
        p = s.run("grants")
        ok(
            f"grants: the password {wrong!r} is refused",
            p.returncode == 1 and not p.stdout and "[events]" in p.stderr,
            p,
        )
    s.write()


def main():
    with tempfile.TemporaryDirectory(prefix="tg-cli-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        env = dict(os.environ, TG_DB_EXTRA="innodb-flush-log-at-trx-commit=2")
        started = subprocess.run(
            [str(LIB), "start", str(folder / "db")], capture_output=True, text=True, env=env
        )
        if started.returncode:
            sys.exit("not ok - the private MariaDB starts\n# " + started.stderr)
        try:
            s = Site(folder, started.stdout.strip())
            s.sql("CREATE DATABASE tg CHARACTER SET utf8mb4", None)
            for test in (
                test_words,
                test_migrate,
                test_org,
                test_key_create,
                test_key_refusals,
                test_key_show,
                test_rotate,
                test_revoke,
                test_secrets,
                test_users,
                test_sweep,
                test_demo,
                test_doctor,
                test_grants,
            ):
                try:
                    test(s)
                except Exception as e:  # one broken test must not hide the others
                    ok(test.__name__, False, repr(e))
        finally:
            subprocess.run([str(LIB), "stop", str(folder / "db")], check=False)
    sys.exit(1 if failed else 0)


main()
