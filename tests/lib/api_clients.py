"""The clients of clients/, called from tests: under Debian's PHP and the versions of
tests/lib/php.sh, and Node.js; and a server that answers them by a script.

    for client in clients():
        with ApiStub() as stub:
            stub.say((429, {"Retry-After": "3"}, ERROR), (201, {}, {"data": {}}))
            lines = client.calls(stub.url, [("createHold", [{}])])
            stub.requests                   # what it received: Request"""
import http.server
import json
import os
import shutil
import subprocess
import threading
import urllib.parse
from collections import namedtuple

from harness import SRC, check

Request = namedtuple("Request", "method path query headers body")
KEY = "tn_live_" + "k" * 38


class ApiStub:
    """Answers each request with the next one of say(): (status, headers, body); "close" ends the
    connection without an answer, "hang" answers when the stub ends. The last one is repeated."""

    def __init__(self, context=None):
        self.requests, self.script, self.ended = [], [], threading.Event()
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *unused):
                pass

            def answer(self):
                stub.answer(self)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *unused: None  # a client that refuses the certificate
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = "http%s://localhost:%d" % ("s" if context else "", self.server.server_port)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.ended.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def say(self, *script):
        self.script, self.requests = list(script), []

    def answer(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append(Request(handler.command, url.path, query, headers, body))
        says = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if says in ("close", "hang"):
            if says == "hang":
                self.ended.wait()
            handler.close_connection = True
            return
        status, headers, body = says
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)


class ApiClient:
    """name: for results; command: runs a file; driver and source: the file and the client."""

    def __init__(self, name, command, driver, source, env=None):
        self.name, self.command = name, command
        self.driver = os.path.join(SRC, "tests/clients", driver)
        self.source = os.path.join(SRC, "clients", source)
        self.env = env or {}

    @property
    def is_php(self):
        return self.driver.endswith(".php")

    def calls(self, url, calls, key=KEY, settings=None):
        """calls: [(method, arguments, more)]. What calls.php prints."""
        job = {
            "client": self.source,
            "url": url,
            "key": key,
            "settings": settings or {},
            "calls": [dict(method=c[0], args=c[1], **(c[2] if c[2:] else {})) for c in calls],
        }
        p = subprocess.run(
            [*self.command, self.driver],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=300,
            env=dict(os.environ, **self.env),
        )
        if p.returncode:
            raise RuntimeError("%s: %d %s %s" % (self.name, p.returncode, p.stdout, p.stderr))
        return json.loads(p.stdout)

    def call(self, *one, **more):
        return self.calls(one[0], [one[1:]], **more)[0]

    def run(self, file, **env):
        return subprocess.run(
            [*self.command, file],
            capture_output=True,
            text=True,
            timeout=300,
            env=dict(os.environ, **self.env, **env),
        )


def unpacked_php(version):
    """The path of its php, or None and why not."""
    p = subprocess.run(
        [os.path.join(SRC, "tests/lib/php.sh"), "get", version],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if p.returncode:
        return None, p.stdout + p.stderr
    return p.stdout.strip().split("\n")[-1], ""


def php_versions():
    """[(name, command)] of Debian's PHP and of those that are fetched; a failure is a result."""
    found = [("PHP", ["php"])]
    for version in ("7.4", "8.4"):
        path, why = unpacked_php(version)
        if check("PHP %s is fetched from Debian and unpacked" % version, path, why):
            found.append(("PHP " + version, [path]))
    return found


def clients():
    every = [ApiClient(n, c, "calls.php", "php/Ticketgate.php") for n, c in php_versions()]
    node = [shutil.which("node")]
    return every + [ApiClient("Node.js", node, "calls.mjs", "js/ticketgate.js")]
