"""A whole site for a test: private MariaDB, configuration, lighttpd on a free port of 127.0.0.1,
the built programs, and a client.

    with Site() as site:
        key = site.key('events:read,events:write')
        r = site.get('/events', key)            # paths below /open-api/v1
        assert r.status == 200, r

Environment: TG_BUILD folder with the built tree (fcgi/*.fcgi, ticketgate), TG_SRC source root.
TG_SUITE a program that has all of it (suite/main.c): it is the command, and serves all routes in
the processes of one program.
Everything lives in one temporary folder and is ended by process id. Results are told with
check(name, condition, detail): TAP-like lines, and finish() gives the exit status."""
import base64
import hashlib
import hmac
import http.client
import json
import mmap
import os
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from ports import free_port

SRC = os.environ.get("TG_SRC") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
BUILD = os.environ.get("TG_BUILD") or os.path.join(SRC, "var", "build")
SUITE = os.environ.get("TG_SUITE")
ALL_SCOPES = "events:read,events:write,tickets:read,tickets:write,webhooks:manage,boxoffice:sell,"
ALL_SCOPES += "door:scan"

_failed = 0
_passed = 0


SHARED_FOR_TWO_SECONDS = "public, max-age=0, s-maxage=2, stale-while-revalidate=10"


def check(name, ok, detail=""):
    """One result. The detail is shown on failure only."""
    global _failed, _passed
    if ok:
        _passed += 1
        print("ok - " + name, flush=True)
    else:
        _failed += 1
        print("not ok - " + name, flush=True)
        for line in str(detail).splitlines()[:20]:
            print("# " + line[:600], flush=True)
    return bool(ok)


def skip(name, why):
    """What cannot be tested here; counted by itself."""
    global _passed
    _passed += 1
    print("ok - %s # SKIP %s" % (name, why), flush=True)


def finish():
    print("# %d passed, %d failed" % (_passed, _failed), flush=True)
    sys.exit(1 if _failed or not _passed else 0)


def wait_for(what, seconds=15, every=0.02):
    """Polls until what() is true; its value, or None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(every)
    return None


def database_accounts():
    """Of sql/grants.sql, as their passwords are named there: ADMIN, BOXOFFICE, …"""
    with open(SRC + "/sql/grants.sql") as f:
        return sorted(set(re.findall("@PASSWORD_([A-Z]+)@", f.read())))


def account_sections(passwords):
    """Of ticketgate.conf; {account: password}"""
    return "".join(
        "[%s]\ndb_user = ticketgate_%s\ndb_password = %s\n"
        % ("ticketgate" if name == "ADMIN" else name.lower(), name.lower(), password)
        for name, password in passwords.items()
    )


def remove_shared_memory(conf):
    """Removes the file in /dev/shm of a configuration, if that is where it is: it would take memory
    until the machine starts again."""
    try:
        with open(conf) as f:
            named = re.search(r"^shm_path *= *(\S+)", f.read(), re.M)
    except OSError:
        return
    digest = hashlib.sha256(os.path.realpath(conf).encode()).hexdigest()
    path = named.group(1) if named else "/dev/shm/ticketgate-" + digest[:12]
    if path.startswith("/dev/shm/") and os.path.exists(path):
        os.unlink(path)


def clear_shared_memory(site, text=""):
    """What the programs remember of answers and keys is forgotten, as after a command of the
    administrator: common/runtime/shm_layout.h. For rows that a test changed behind their back."""
    path = site.dir + "/shm"
    if text.lstrip().upper().startswith(("SELECT", "SHOW", "EXPLAIN")) or not os.path.exists(path):
        return
    with open(path, "r+b") as f, mmap.mmap(f.fileno(), 4096) as m:
        if m[:16] != struct.pack("<QQ", 0x3165746167746B74, 5):
            raise RuntimeError("not the layout that forget() knows")
        m[64:80] = struct.pack("<QQ", *(n + 1 for n in struct.unpack("<QQ", m[64:80])))


def portable(text):
    """MariaDB's sequences, as in "FROM seq_1_to_300 s", for MySQL."""
    if not os.environ.get("TG_DB_SERVER", "").startswith("mysql"):
        return text
    return re.sub(
        r"\bseq_1_to_(\d+)\b( [a-z]\w*\b)?",
        lambda m: "JSON_TABLE(CONCAT('[0', REPEAT(',0', %d), ']'), '$[*]'"
        " COLUMNS (seq FOR ORDINALITY))%s" % (int(m[1]) - 1, m[2] or " " + m[0]),
        text,
    )


class Response:
    def __init__(self, status, headers, raw):
        self.status, self.raw = status, raw
        self.headers, self.cookies = {}, {}
        for name, value in headers:
            name, first = name.lower(), self.headers.get(name.lower())
            one = first is None or name == "set-cookie"
            self.headers[name] = value if one else "%s, %s" % (first, value)
            if name == "set-cookie":
                self.cookies[value.split("=")[0]] = value.split(";")[0]
        try:
            self.json = json.loads(raw) if raw else None
        except ValueError:
            self.json = None

    @property
    def data(self):
        return (self.json or {}).get("data")

    @property
    def error(self):
        return (self.json or {}).get("error") or {}

    @property
    def fields(self):
        return sorted(d["field"] for d in self.error.get("details", []))

    def __repr__(self):
        return "%s %s %s" % (self.status, self.headers, self.raw[:1500])


class Session:
    """Who is signed in: what a browser sends along. Goes wherever a key does."""

    def __init__(self, response=None, cookie=None, csrf=None):
        self.cookie = cookie or response.headers["set-cookie"].split(";")[0]
        self.csrf = csrf or response.data["csrfToken"]
        self.data = response and response.data

    @property
    def headers(self):
        return {"Cookie": self.cookie, "X-CSRF-Token": self.csrf}


PASSWORD = "correct horse battery"


class Site:
    """conf: further lines for ticketgate.conf; env: for the programs; wrap: a command before each
    program (valgrind, say); database: lines for my.cnf. base_path: all paths begin with it, see
    start_web()."""

    base_path = ""
    source = SRC  # of migrations and pages
    database_env = {}

    def __init__(self, conf="", workers=4, env=None, build=None, wrap="", database="", start=True):
        self.build, self.workers, self.env, self.wrap, self.extra, self.database = (
            build or BUILD,
            workers,
            dict(env or {}),
            wrap,
            conf,
            database,
        )
        self.dir = tempfile.mkdtemp(prefix="tg-")
        os.chmod(self.dir, 0o755)
        self.conf = os.path.join(self.dir, "ticketgate.conf")
        self.lighttpd = None
        if start:
            try:
                self.start()
            except BaseException:
                self.stop()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    # ---- the database ----
    def mariadb(self, verb):
        extra = self.database or "innodb-flush-log-at-trx-commit=2"
        env = dict(os.environ, TG_DB_EXTRA=extra, **self.database_env)
        return subprocess.run(
            ["bash", os.path.join(SRC, "tests/lib/mariadb.sh"), verb, self.dir + "/db"],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def sql(self, text, database="ticketgate"):
        """Rows of the last statement, each a list of strings."""
        out = subprocess.run(
            ["mariadb", "--no-defaults", "-S", self.socket, "-N", "-B", database],
            input=portable(text),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        clear_shared_memory(self, text)
        return [line.split("\t") for line in out.splitlines()]

    # ---- the command ----
    def command(self, *args, check_status=True, stdin=None, env=None):
        env = dict(os.environ, TG_CONF=self.conf, TG_DATA=self.source, **(env or {}))
        p = subprocess.run(
            [SUITE, "ticketgate", *args] if SUITE else [self.build + "/ticketgate", *args],
            env=env,
            capture_output=True,
            text=True,
            input=stdin,
        )
        if check_status and p.returncode:
            raise RuntimeError(
                "ticketgate %s: %d %s %s" % (" ".join(args), p.returncode, p.stdout, p.stderr)
            )
        return p

    def org(self, name="Test Org", slug="test"):
        return json.loads(
            self.command("org", "create", "--name", name, "--slug", slug, "--json").stdout
        )

    def key(self, scopes=ALL_SCOPES, org="test", tier="unlimited", **options):
        """The key itself. options: allow, expires, callback, name, description."""
        return self.key_object(scopes, org, tier, **options)["key"]

    def key_object(self, scopes=ALL_SCOPES, org="test", tier="unlimited", **options):
        args = [
            "key",
            "create",
            "--org",
            org,
            "--name",
            options.pop("name", "test"),
            "--scopes",
            scopes,
            "--tier",
            tier,
            "--json",
        ]
        for name, value in options.items():
            args += ["--" + name, value]
        return json.loads(self.command(*args).stdout)

    def user(self, role="owner", email=None, org="test", password=PASSWORD):
        """Makes a user who may sign in; the email address."""
        email = email or "%s@%s.example" % (role, org)
        self.command(
            "user", "create", "--org", org, "--email", email, "--role", role, stdin=password + "\n"
        )
        return email

    def sign_in(self, email="owner@test.example", password=PASSWORD):
        r = self.post(
            "/session", None, {"email": email, "password": password}, mount="/dashboard/v1"
        )
        if r.status != 201:
            raise RuntimeError("sign-in: %r" % r)
        return Session(r)

    def session(self, email="owner@test.example", age=0, token=None):
        """The same without asking for the password, which takes its time: the row that signing in
        would have written `age` seconds ago."""
        with open(self.dir + "/ticketgate.key") as f:
            pepper = hmac.digest(
                bytes.fromhex(f.read().strip()), b"ticketgate api key pepper", "sha256"
            )
        token = token or "".join(
            secrets.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
            for _ in range(43)
        )
        keyed = lambda about: hmac.digest(pepper, (about + ":" + token).encode(), "sha256")
        then = "NOW(3) - INTERVAL %d SECOND" % age
        self.sql(
            "INSERT INTO sessions (id, org_id, user_id, token_hash, address, created_at,"
            " last_seen_at, expires_at) SELECT x'%s', org_id, id, x'%s', '127.0.0.1', %s, %s,"
            " %s + INTERVAL 7 DAY"
            " FROM users WHERE email = '%s'"
            % (
                "018f%s7%s8%s"
                % (secrets.token_hex(4), secrets.token_hex(2)[:3], secrets.token_hex(8)[:15]),
                keyed("session").hex(),
                then,
                then,
                then,
                email,
            )
        )
        return Session(
            cookie="tg_session=" + token,
            csrf=base64.urlsafe_b64encode(keyed("csrf")).decode().rstrip("="),
        )

    # ---- up and down ----
    def start(self):
        self.mariadb("start")
        self.socket = self.mariadb("socket")
        self.sql("CREATE DATABASE ticketgate", "mysql")
        user = self.sql("SELECT SUBSTRING_INDEX(USER(), '@', 1)", "mysql")[0][0]
        self.write_configuration("db_socket = %s\ndb_user = %s\n" % (self.socket, user))
        self.command("migrate")
        self.org()
        self.start_web()

    def write_configuration(self, database, key=None):
        """The configuration file with these lines for the database, and the key file."""
        with open(self.dir + "/ticketgate.key", "w") as f:
            f.write((key or os.urandom(32).hex()) + "\n")
        os.chmod(self.dir + "/ticketgate.key", 0o600)
        with open(self.conf, "w") as f:
            f.writelines(
                key + " = 1000000\n"
                for key in (
                    "signin_account",
                    "signin_account_total",
                    "signin_address",
                    "public_rate",
                    "public_holds",
                    "public_held",
                    "auth_failures",
                )
                if key not in self.extra
            )  # tests sign in and visit often
            f.writelines(
                key + " = 100000\n" for key in ("org_keys", "org_users") if key not in self.extra
            )
            f.write("%sshm_path = %s/shm\n%s\n" % (database, self.dir, self.extra))
        os.chmod(self.conf, 0o600)

    def start_web(self):
        self.port = free_port()
        os.makedirs(self.dir + "/run", exist_ok=True)
        os.makedirs(self.dir + "/log", exist_ok=True)
        with open(SRC + "/conf/lighttpd.conf.in") as f:
            text = f.read()
        # the configuration names BIN/x.fcgi: a folder of our own lets a wrapper stand before each
        # program
        bin_dir = self.dir + "/bin"
        os.makedirs(bin_dir, exist_ok=True)
        for program in os.listdir(self.build + "/fcgi"):
            if program.endswith(".fcgi"):
                with open(bin_dir + "/" + program, "w") as f:
                    path = SUITE or "%s/fcgi/%s" % (self.build, program)
                    f.write('#!/bin/sh\nexec %s %s "$@"\n' % (self.wrap, path))
                os.chmod(bin_dir + "/" + program, 0o755)
        for name, value in dict(
            BIN=bin_dir,
            HTDOCS=self.source + "/htdocs",
            RUN=self.dir + "/run",
            LOG=self.dir + "/log",
            PORT=str(self.port),
            TG_CONF=self.conf,
            WORKERS=str(self.workers),
            ERRORS=SRC + "/conf/errors",
        ).items():
            text = text.replace("@%s@" % name, value)
        if SUITE:  # all routes lead to one program
            text = re.sub(r'(=> "/-/[a-z/]*?)[a-z]+(\.fcgi\$)', r"\1keys\2", text)
        if self.base_path:  # the routes of the template, with the path before each
            text = text.replace('\t"^/', '\t"^%s/' % self.base_path)
        with open(self.dir + "/lighttpd.conf", "w") as f:
            f.write(text)
        self.launch_web()
        if not wait_for(self.answers, 60):
            raise RuntimeError("the site does not answer: " + self.log())

    def launch_web(self):
        """Starts lighttpd with the configuration that is there, and does not wait for it."""
        env = dict(os.environ, **self.env)
        env["PATH"] += ":/usr/sbin"
        with open(self.dir + "/log/stderr.log", "a") as log:
            self.lighttpd = subprocess.Popen(
                ["lighttpd", "-D", "-f", self.dir + "/lighttpd.conf"], env=env, stderr=log
            )

    def answers(self):
        try:
            return self.request("GET", "/me").status == 401
        except OSError:
            return False

    def stop_web(self):
        if self.lighttpd:
            self.lighttpd.send_signal(signal.SIGINT)
            try:
                self.lighttpd.wait(15)
            except subprocess.TimeoutExpired:
                self.lighttpd.kill()
                self.lighttpd.wait()
            self.lighttpd = None

    def stop(self):
        self.stop_web()
        if os.environ.get("TG_KEEP"):
            self.mariadb("stop")
            print("# kept " + self.dir)
        else:
            # a shutdown waits up to 2 s for the programs' connections
            self.mariadb("kill")
            remove_shared_memory(self.conf)
            shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        out = ""
        for name in ("programs.log", "error.log", "stderr.log"):
            try:
                with open(self.dir + "/log/" + name, errors="replace") as f:
                    out += f.read()
            except OSError:
                pass
        return out

    def sanitizer_reports(self):
        """Lines in the logs that a sanitizer or valgrind wrote."""
        return [
            line
            for line in self.log().splitlines()
            if "ERROR: AddressSanitizer" in line
            or "runtime error:" in line
            or "LeakSanitizer" in line
        ]

    # ---- the client ----
    def request(
        self, method, path, key=None, body=None, headers=None, mount="/open-api/v1", connection=None
    ):
        """body: a dict is sent as JSON; bytes or text as they are. path is below the mount."""
        sent = dict(headers or {})
        if isinstance(key, Session):
            sent = dict(key.headers, **sent)
        elif key:
            sent["api-key"] = key
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body and not any(h.lower() == "content-type" for h in sent):
            sent["Content-Type"] = "application/json"
        if body is None and method in ("POST", "PUT", "PATCH"):
            body = b""
        c = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request(method, self.base_path + mount + path, body=body, headers=sent)
        r = c.getresponse()
        out = Response(r.status, r.getheaders(), r.read())
        if not connection:
            c.close()
        return out

    def get(self, path, key=None, **more):
        return self.request("GET", path, key, **more)

    def post(self, path, key=None, body=None, **more):
        return self.request("POST", path, key, body, **more)

    def patch(self, path, key=None, body=None, **more):
        return self.request("PATCH", path, key, body, **more)

    def delete(self, path, key=None, **more):
        return self.request("DELETE", path, key, **more)

    def connect(self):
        """A kept-alive connection for request(connection=…)."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def raw(self, lines, body=b"", timeout=30, shutdown=False):
        """Bytes as they are: `lines` is the request line and the headers, a list. None when the
        server closes without an answer."""
        if isinstance(body, str):
            body = body.encode()
        data = (
            b"\r\n".join(x if isinstance(x, bytes) else x.encode() for x in lines)
            + b"\r\n\r\n"
            + body
        )
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            s.sendall(data)
            if shutdown:
                s.shutdown(socket.SHUT_WR)
            r = http.client.HTTPResponse(s, method=data.split(b" ")[0].decode("latin-1"))
            try:
                r.begin()
                return Response(r.status, r.getheaders(), r.read())
            except (OSError, http.client.HTTPException):
                return None
