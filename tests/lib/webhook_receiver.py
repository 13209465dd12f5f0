#!/usr/bin/env python3
"""A receiver of webhooks that does what it is told, and writes down what it saw.

As a program:  webhook_receiver.py [--bind 127.0.0.1] [--port 0]
               [--cert FILE [--key FILE] [--ca FILE] [--tls 1.1]]
prints one line of JSON: {"port": …, "control": …}. The control port, on 127.0.0.1, speaks HTTP:

    PUT /script {"/path": [SCRIPT, …]}   what requests for that path get, one script each, the last
                                         one again and again. Others get 200.
    GET /log                             the requests so far, in order: {at, path, headers: [[name,
                                         value], …], body (base64), sni}
    GET /count                           {"connections": …, "requests": …, "bytes": …, "at": {own
                                         address: connections}}: also of those who never sent a
                                         whole request
    DELETE /log

A SCRIPT is a list of steps: ["status", 503, {"Retry-After": "5"}, "text"] a whole answer; ["send",
"latin-1 text"]; ["sleep", seconds]; ["repeat", "text", seconds between, times]; ["close"];
["reset"]; ["hang"] until the other side leaves. A script that begins with "early" runs before the
request is read. After its last step the connection is kept.

As a library: Receiver(…) starts the program; .script(path, *scripts), .log(path), .count(),
.clear(), .url(path), .stop()."""
import argparse
import asyncio
import base64
import http.client
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
import warnings

PLAIN = [["status", 200, {}, "ok"]]


class Server:
    def __init__(self):
        self.scripts, self.turn, self.log, self.connections, self.bytes, self.at = (
            {},
            {},
            [],
            0,
            0,
            {},
        )

    # ---- what senders see ----

    def next_script(self, path):
        scripts = self.scripts.get(path.split("?")[0]) or self.scripts.get("*") or [PLAIN]
        n = self.turn[path] = self.turn.get(path, -1) + 1
        return scripts[min(n, len(scripts) - 1)]

    async def head(self, reader):
        data = b""
        while b"\r\n\r\n" not in data and b"\n\n" not in data:
            more = await reader.read(65536)
            if not more:
                return None, b""
            self.bytes += len(more)
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head.decode("latin-1").split("\r\n"), rest

    async def request(self, reader, writer):
        lines, body = await self.head(reader)
        if lines is None:
            return False
        at = time.time()
        headers = [
            line.split(": ", 1) if ": " in line else [line.rstrip(":"), ""] for line in lines[1:]
        ]
        length = int(dict((n.lower(), v) for n, v in headers).get("content-length", 0))
        path = lines[0].split(" ")[1]
        script = self.next_script(path)
        if script and script[0] == ["half"]:
            script = script[1:]
        else:
            while len(body) < length:
                more = await reader.read(65536)
                if not more:
                    return False
                self.bytes += len(more)
                body += more
        tls = writer.get_extra_info("ssl_object")
        self.log.append(
            {
                "at": at,
                "path": path,
                "line": lines[0],
                "headers": headers,
                "body": base64.b64encode(body).decode(),
                "sni": getattr(tls, "sni", None) if tls else None,
            }
        )
        return await self.play(script, reader, writer)

    async def play(self, script, reader, writer):
        for step in script:
            what = step[0]
            if what == "status":
                text = step[3].encode() if len(step) > 3 else b""
                extra = "".join(
                    "%s: %s\r\n" % pair for pair in (step[2] if len(step) > 2 else {}).items()
                )
                writer.write(
                    b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n%s"
                    % (step[1], len(text), extra.encode("latin-1"), text)
                )
            elif what == "send":
                writer.write(step[1].encode("latin-1"))
            elif what == "sleep":
                await writer.drain()
                await asyncio.sleep(step[1])
            elif what == "repeat":
                for _ in range(step[3] if len(step) > 3 else 1 << 30):
                    writer.write(step[1].encode("latin-1"))
                    await writer.drain()
                    if step[2]:
                        await asyncio.sleep(step[2])
            elif what == "hang":
                while await reader.read(65536):
                    pass
                return False
            elif what == "close":
                return False
            elif what == "reset":
                await writer.drain()
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
        await writer.drain()
        return True

    async def connection(self, reader, writer):
        self.connections += 1
        own = writer.get_extra_info("sockname")[0]
        self.at[own] = self.at.get(own, 0) + 1
        try:
            early = next(
                (s[0][1:] for s in self.scripts.values() if s and s[0] and s[0][0] == ["early"]),
                None,
            )
            if early is None or await self.play(early, reader, writer):
                while await self.request(reader, writer):
                    pass
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    # ---- what tests say ----

    async def control(self, reader, writer):
        lines, body = await self.head(reader)
        if lines is not None:
            length = next(
                (
                    int(line.split(":")[1])
                    for line in lines
                    if line.lower().startswith("content-length:")
                ),
                0,
            )
            while len(body) < length:
                body += await reader.read(65536)
            method, path = lines[0].split(" ")[:2]
            answer = {}
            if method == "PUT" and path == "/script":
                for name, scripts in json.loads(body).items():
                    self.scripts[name] = scripts
                    self.turn = {p: n for p, n in self.turn.items() if p.split("?")[0] != name}
            elif path == "/count":
                answer = {
                    "connections": self.connections,
                    "requests": len(self.log),
                    "bytes": self.bytes,
                    "at": self.at,
                }
            elif method == "DELETE":
                self.log, self.connections, self.bytes, self.at = [], 0, 0, {}
            else:
                answer = self.log
            data = json.dumps(answer).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(data)
                + data
            )
            await writer.drain()
        writer.close()


def context_of(args):
    if not args.cert:
        return None
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.set_ciphers("ALL:@SECLEVEL=0")  # the other side is to judge
    if args.tls:
        warnings.simplefilter("ignore", DeprecationWarning)
        c.minimum_version = c.maximum_version = getattr(
            ssl.TLSVersion, "TLSv" + args.tls.replace(".", "_")
        )
    c.load_cert_chain(args.cert, args.key or args.cert)
    if args.ca:
        c.load_verify_locations(args.ca)
        c.verify_mode = ssl.CERT_OPTIONAL

    def sni(sock, name, unused):
        sock.sni = name

    c.sni_callback = sni
    return c


async def serve(args):
    s, loop, stop = Server(), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(
        s.connection, args.bind, args.port, ssl=context_of(args), backlog=1024, limit=1 << 22
    )
    control = await asyncio.start_server(s.control, "127.0.0.1", 0)
    print(
        json.dumps(
            {
                "port": server.sockets[0].getsockname()[1],
                "control": control.sockets[0].getsockname()[1],
            }
        ),
        flush=True,
    )
    await stop.wait()


class Receiver:
    def __init__(self, bind="127.0.0.1", port=0, host=None, **tls):
        args = [sys.executable, os.path.abspath(__file__), "--bind", bind, "--port", str(port)]
        for name, value in tls.items():
            args += ["--" + name, value]
        self.p = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
        line = self.p.stdout.readline()
        if not line:
            raise RuntimeError("the receiver did not start")
        ports = json.loads(line)
        self.port, self.control, self.scheme = (
            ports["port"],
            ports["control"],
            "https" if "cert" in tls else "http",
        )
        self.host = host or ("[%s]" % bind if ":" in bind else bind)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.control, timeout=30)
        c.request(method, path, json.dumps(body) if body is not None else None)
        out = json.loads(c.getresponse().read())
        c.close()
        return out

    def url(self, path="/", host=None):
        return "%s://%s:%d%s" % (self.scheme, host or self.host, self.port, path)

    def script(self, path, *scripts):
        self.ask("PUT", "/script", {path: list(scripts)})

    def log(self, path=None):
        out = []
        for r in self.ask("GET", "/log"):
            if path is None or r["path"] == path:
                out.append(
                    dict(
                        r,
                        body=base64.b64decode(r["body"]),
                        header={n.lower(): v for n, v in r["headers"]},
                    )
                )
        return out

    def count(self):
        return self.ask("GET", "/count")

    def clear(self):
        self.ask("DELETE", "/log")

    def stop(self):
        self.p.terminate()
        self.p.wait()
        self.p.stdout.close()


def status(code, headers=None, text="", delay=0):
    """A script: a whole answer, perhaps late."""
    return ([["sleep", delay]] if delay else []) + [["status", code, headers or {}, text]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ("bind", "port", "cert", "key", "ca", "tls"):
        parser.add_argument("--" + option, default={"bind": "127.0.0.1", "port": 0}.get(option))
    asyncio.run(serve(parser.parse_args()))
