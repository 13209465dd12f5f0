"""Requests that wait together at the only worker of a program, which is stopped while they are
sent, so that it finds all of them whatever the machine's speed."""
import glob
import json
import os
import signal
import time

from box_office_client import MOUNT, order_body
from concurrency import workers
from fastcgi_client import connect, reply, request
from harness import Response, wait_for


class Ask:
    """One request to a program."""

    def __init__(self, method, path, body=None, key=None, mount=MOUNT, **headers):
        self.method, self.path, self.mount = method, path, mount
        self.body = b"" if body is None else json.dumps(body).encode()
        self.headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if key:
            self.headers["api-key"] = key

    def bytes(self):
        return request(self.method, self.mount + self.path, self.headers.items(), self.body)


def order(event, items, key, **headers):
    return Ask("POST", "/orders", order_body(event, items), key, **headers)


def answer(connection):
    out = reply(connection)[0]
    connection.close()
    if not out:
        return None
    head, _, body = out.partition(b"\r\n\r\n")
    fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
    return Response(int(fields[0][1][:3]), fields, body)


def state_of(pid):
    """One letter: proc(5)."""
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0]


class Stopped:
    """The only worker of a program, stopped: what is sent waits at its socket."""

    def __init__(self, site, program="boxoffice"):
        self.socket = glob.glob("%s/run/%s.sock*" % (site.dir, program))[0]
        (self.pid,) = workers(site, program)
        self.connections = []
        os.kill(self.pid, signal.SIGSTOP)
        if not wait_for(lambda: state_of(self.pid) == "T", 30):
            raise RuntimeError("the worker does not stop")

    def send(self, asks):
        for ask in asks:
            c = connect(self.socket, 60)
            c.sendall(ask if isinstance(ask, bytes) else ask.bytes())
            self.connections.append(c)

    def go(self):
        os.kill(self.pid, signal.SIGCONT)

    def answers(self):
        return [answer(c) for c in self.connections]


def together(site, asks, program="boxoffice"):
    stopped = Stopped(site, program)
    stopped.send(asks)
    stopped.go()
    return stopped.answers()
