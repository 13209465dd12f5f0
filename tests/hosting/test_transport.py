#!/usr/bin/env python3
"""common/http/fastcgi.c and master.c without a web server: a FastCGI client of our own asks
tests/hosting/echo.c."""
import json, os, shutil, signal, socket, struct, subprocess, sys, threading, time
import servers as s

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from fastcgi_client import (  # noqa: E402
    ABORT,
    BEGIN,
    END,
    PARAMS,
    STDIN,
    connect,
    pairs,
    record,
    reply,
    stream,
)

MIB = 1024 * 1024


def opening(query="quiet", method="GET", length=None, keep=0, more=()):
    p = [("REQUEST_METHOD", method), ("REQUEST_URI", "/e?" + query), ("QUERY_STRING", query), *more]
    if length is not None:
        p.append(("CONTENT_LENGTH", str(length)))
    return record(BEGIN, struct.pack(">HB5x", 1, keep)) + stream(PARAMS, pairs(p))


def ask(where, query="quiet", body=b"", method=None, length=None, keep=0, more=()):
    with connect(where) as c:
        c.sendall(
            opening(
                query,
                method or ("POST" if body else "GET"),
                len(body) if length is None else length,
                keep,
                more,
            )
        )
        try:
            c.sendall(stream(STDIN, body))
        except OSError:
            pass
        out, ended, eof = reply(c)
    head, _, text = out.partition(b"\r\n\r\n")
    try:
        d = json.loads(text)["data"]
    except (ValueError, KeyError):
        d = {}
    return {"head": head, "text": text, "end": ended, "eof": eof, **d}


def good(r):
    return r["end"] and r["eof"] and r["head"].startswith(b"Status: 200")


def fnv(data):
    h = 14695981039346656037
    for b in data:
        h = ((h ^ b) * 1099511628211) & (2**64 - 1)
    return f"{h:016x}"


def launch(exe, *argv, listen=None, **kw):
    if listen:
        argv = ("--listen", listen) + argv
    p = s.start(
        [exe, *argv],
        stdout=open(tmp + "/log/echo", "a"),
        stderr=subprocess.STDOUT,
        env=dict(os.environ, ECHO_TRACE="1"),
        **kw,
    )
    if listen:

        def answers():
            try:
                return good(ask(listen)) or p.poll() is not None
            except OSError:
                return p.poll() is not None

        s.poll(answers)
        if "--workers" in argv:  # the first of them answers before the last one is there
            s.poll(
                lambda: len(s.children(p.pid)) == int(argv[argv.index("--workers") + 1])
                or p.poll() is not None
            )
    return p


def log():
    with open(tmp + "/log/echo", errors="replace") as f:
        return f.read()


def exchange(exe, name):
    """One program: bodies, answers, and clients that misbehave."""
    where = tmp + "/run/x.sock"
    p = launch(exe, "--workers", "2", listen=where)
    s.ok(good(ask(where)), f"{name}: an answer on a Unix socket")
    s.ok(oct(os.stat(where).st_mode & 0o777) == "0o660", f"{name}: the socket's mode is 0660")
    big = os.urandom(MIB)
    r = ask(where, body=big)
    s.ok(
        good(r) and r["body"] == MIB and r["hash"] == fnv(big), f"{name}: 1 MiB arrives", r["head"]
    )
    for what, kw in (
        ("a length too small", {"length": 10}),
        ("a length too large", {"length": 10 * MIB}),
        ("no length", {"length": ""}),
        ("a length that is none", {"length": "x"}),
    ):
        r = ask(where, body=big[:100000], **kw)
        s.ok(
            good(r) and r.get("body") == 100000, f"{name}: {what}: the end of the stream decides", r
        )
    r = ask(where, "quiet&unread", body=big)
    s.ok(good(r), f"{name}: 1 MiB left unread: the whole answer, closed cleanly", r)
    r = ask(where, "big=3000000&unread", body=big)
    s.ok(
        good(r) and len(r["text"]) == 3000000,
        f"{name}: 1 MiB left unread, 3 MB answered",
        len(r["text"]),
    )
    t = time.monotonic()
    r = ask(where, "quiet&unread", body=big * 4)
    s.ok(
        time.monotonic() - t < 60,
        f"{name}: 4 MiB left unread: given up after 2",
        time.monotonic() - t,
    )
    for n in (1, 8100, 8150, 8176, 8184, 8192, 65536, 1000000):
        r = ask(where, f"big={n}")
        if not (good(r) and len(r["text"]) == n):
            break
    s.ok(
        good(r) and len(r["text"]) == n,
        f"{name}: answers of 1 byte to 1 MB, each with its END_REQUEST",
        n,
        r["head"],
    )
    more = [("HTTP_X", "a"), ("HTTP_X", "b"), ("HTTP_Y", "ä" * 3000), ("HTTP_Z", "")]
    with connect(where) as c:
        c.sendall(opening("", more=more) + record(STDIN))
        got = json.loads(reply(c)[0].partition(b"\r\n\r\n")[2])["data"]["params"]
    s.ok(
        [v for k, v in got if k == "HTTP_X"] == ["a", "b"]
        and ["HTTP_Z", ""] in got
        and len(dict(got)["HTTP_Y"]) == 6000,
        f"{name}: parameters arrive as they are, duplicates too",
    )
    with connect(where) as c:
        c.sendall(
            opening("quiet", "POST", 300000) + record(STDIN, b"x" * 1000)
        )  # and no more: an answer all the same?
        c.shutdown(socket.SHUT_WR)
        out = reply(c)
        s.ok(
            b'"body":-1' in out[0],
            f"{name}: a body that breaks off is told from one that ends",
            out,
        )
    early(where, name)
    trouble(where, name, big)
    s.end(p)
    s.ok(
        p.returncode == 0 and not os.path.exists(where),
        f"{name}: SIGTERM: ends with 0 and takes its socket away",
        p.returncode,
    )


def early(where, name):
    """A client that waits for the answer before it sends its body gets it."""
    with connect(where, 5) as c:
        c.sendall(opening("quiet&unread", "POST", 100000))
        try:
            first = c.recv(100, socket.MSG_PEEK)
        except OSError:
            first = b""
        c.sendall(stream(STDIN, b"x" * 100000))
        s.ok(
            first and reply(c)[1],
            f"{name}: an answer that does not need the body does not wait for it",
        )


def trouble(where, name, big):
    for i in range(30):
        with connect(where) as c:
            if i % 6 == 0:
                c.sendall(opening("quiet", "POST", MIB) + record(STDIN, big[:60000]))
            elif i % 6 == 1:
                c.sendall(opening("big=4000000") + record(STDIN))
                c.recv(100)
            elif i % 6 == 2:
                c.sendall(opening("quiet")[: int(37 + i)])
            elif i % 6 == 3:
                c.sendall(os.urandom(500))
            elif i % 6 == 4:
                c.sendall(opening("quiet", "POST", 10) + record(ABORT))
            else:
                c.sendall(b"\x02" + opening("quiet")[1:])
    s.ok(
        all(good(ask(where)) for _ in range(10)),
        f"{name}: after 30 clients that left, or talked nonsense, all is well",
    )
    r = ask(where, keep=1)
    s.ok(good(r), f"{name}: a kept connection is answered and given back", r)
    silent = [connect(where) for _ in range(2)]
    t = time.monotonic()
    r = ask(where)
    s.ok(
        good(r) and time.monotonic() - t < 60,
        f"{name}: two silent peers hold two workers for some seconds only",
        time.monotonic() - t,
    )
    for c in silent:
        c.close()


def drip(where, query, stop):
    """A body of which one byte comes each second, until the other side has had enough. How long
    that took."""
    t = time.monotonic()
    with connect(where, 1) as c:
        c.sendall(opening(query, "POST", MIB))
        while not stop.is_set():
            try:
                c.sendall(record(STDIN, b"x"))
                if c.recv(4096, socket.MSG_PEEK) == b"" or not c.recv(4096):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - t


def sip(where, stop):
    """A long response, of which a little is read each second, until the other side has had enough
    and is gone, which only a write tells before the end of what it sent. The bytes read."""
    got = 0
    with connect(where) as c:
        c.sendall(opening("quiet&big=%d" % (16 * MIB)) + stream(STDIN, b""))
        while not stop.wait(1):
            try:
                got += len(c.recv(1024))
                c.sendall(record(STDIN, b""))
            except OSError:
                return got
    return None


def slow(exe):
    """Clients that send a body byte by byte, as a server that passes them on at once lets them, or
    take a response that way, hold a worker for a time only."""
    where = tmp + "/run/slow.sock"
    p = launch(exe, "--workers", "3", listen=where)
    took, stop = {}, threading.Event()

    def one(query):
        took[query] = sip(where, stop) if query == "sip" else drip(where, query, stop)

    ts = [threading.Thread(target=one, args=(q,)) for q in ("quiet", "quiet&unread", "sip")]
    for t in ts:
        t.start()
    yield
    for t in ts:
        t.join(120)
    stop.set()
    for t in ts:
        t.join()
    s.ok(
        took["quiet&unread"] < 60,
        "a body that nobody wants, byte by byte: given up in seconds",
        took,
    )
    s.ok(took["quiet"] < 90, "a body that is wanted: given up after half a minute", took)
    s.ok(took["sip"], "a response taken a thousand bytes at a time: given up, too", took)
    s.ok(good(ask(where)), "and the workers are free", took)
    s.end(p)
    yield


def flood(where, n, threads=8, query="quiet&sleep=2", pause=None):
    bad, lock, left = [], threading.Lock(), [n]

    def client():
        while True:
            with lock:
                if left[0] <= 0:
                    return
                left[0] -= 1
            try:
                r = ask(where, query)
                if not good(r):
                    bad.append(r)
            except OSError as e:
                bad.append(e)

    ts = [threading.Thread(target=client, daemon=True) for _ in range(threads)]
    for t in ts:
        t.start()
    if pause:
        pause(lambda: left[0])
    for t in ts:
        t.join()
    return bad


def recycling(exe):
    where = tmp + "/run/r.sock"
    p = launch(exe, "--workers", "3", "--max-requests", "20", listen=where)
    bad = flood(where, 1500)
    s.ok(not bad, "1500 requests to workers that live for 20: none lost", len(bad), bad[:2])
    s.ok(s.poll(lambda: len(s.children(p.pid)) == 3), "three workers afterwards")
    s.end(p)
    p = launch(exe, "--workers", "3", listen=where)
    told = set()  # to end

    def all_new():
        workers = set(s.children(p.pid))
        return len(workers) == 3 and not workers & told

    def storm(left):
        last = 1200
        while left() > 0:
            if left() < last - 40:
                last = left()
                for w in s.children(p.pid)[:1]:
                    told.add(w)
                    try:
                        os.kill(w, signal.SIGTERM)
                    except ProcessLookupError:
                        pass  # it has ended by itself
            time.sleep(0.001)

    bad = flood(where, 1200, pause=storm)
    s.ok(
        not bad,
        "1200 requests while workers are told to end again and again: none lost",
        len(bad),
        bad[:2],
    )
    least = [9]

    def hup(left):
        os.kill(p.pid, signal.SIGHUP)
        while left() > 0:
            least[0] = min(least[0], len(s.children(p.pid)))
            time.sleep(0.002)

    s.ok(s.poll(all_new), "the last of them ends, and another one is there")
    told |= set(s.children(p.pid))
    bad = flood(where, 300, pause=hup)
    s.ok(not bad and least[0] >= 3, "SIGHUP: never fewer workers than before", least, bad[:2])
    s.ok(s.poll(all_new), "all replaced")
    s.end(p)


def broken_image():
    """SIGHUP with a program file that does not work: the old one goes on."""
    exe, where = tmp + "/bin/soon-broken", tmp + "/run/b.sock"
    shutil.copy(tmp + "/bin/echo", exe)
    p = launch(exe, "--workers", "2", listen=where)
    first = set(s.children(p.pid))
    with open(exe + ".new", "w") as f:
        f.write("#!/bin/sh\nexit 1\n")
    os.chmod(exe + ".new", 0o755)
    os.rename(exe + ".new", exe)
    os.kill(p.pid, signal.SIGHUP)
    s.ok(
        s.poll(lambda: len(s.children(p.pid)) == 2 and not first & set(s.children(p.pid)))
        and good(ask(where)),
        "a broken program file does not replace a working one; the workers are recycled all the "
        "same",
        log()[-300:],
    )
    s.end(p)


def replaced_at_the_start():
    """The file is replaced while the program starts: the next SIGHUP takes up what lies at its path
    all the same."""
    exe, where = tmp + "/bin/replaced", tmp + "/run/n.sock"
    shutil.copy(tmp + "/bin/echo", exe)
    fd = os.open(exe, os.O_RDONLY)
    shutil.copy(tmp + "/bin/echo", exe + ".new")
    os.rename(exe + ".new", exe)
    p = launch(f"/proc/self/fd/{fd}", "--workers", "2", listen=where, pass_fds=(fd,))
    os.close(fd)
    want = os.stat(exe).st_ino
    s.ok(
        os.stat(f"/proc/{p.pid}/exe").st_ino != want and good(ask(where)),
        "a program whose file was replaced while it started serves",
    )
    os.kill(p.pid, signal.SIGHUP)
    s.ok(
        s.poll(lambda: os.stat(f"/proc/{p.pid}/exe").st_ino == want)
        and s.poll(lambda: good(ask(where))),
        "and SIGHUP takes up the file at its path",
        log()[-300:],
    )
    s.end(p)


def ending(exe):
    where = tmp + "/run/e.sock"
    p = launch(exe, "--workers", "2", listen=where)
    got = []
    t = threading.Thread(target=lambda: got.append(ask(where, "quiet&sleep=1500")))
    t.start()
    time.sleep(0.3)
    p.send_signal(signal.SIGTERM)
    t.join()
    s.ok(
        good(got[0]) and p.wait(10) == 0,
        "SIGTERM: a request of 1.5 s is answered, then all end",
        got,
    )
    # a body that is still coming in when the order arrives, and two that wait behind it
    p = launch(exe, "--workers", "1", listen=where)
    c = connect(where)
    c.sendall(opening("quiet", "POST", 50000) + record(STDIN, b"x" * 25000))
    behind = [connect(where) for _ in range(2)]
    for b in behind:
        b.sendall(opening() + record(STDIN))
    time.sleep(0.2)
    p.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    c.sendall(record(STDIN, b"x" * 25000) + record(STDIN))
    out = reply(c)
    s.ok(
        b'"body":50000' in out[0] and out[1],
        "SIGTERM in the middle of a body: it is read to its end and answered",
        out,
    )
    s.ok(
        all(reply(b)[1] for b in behind) and p.wait(10) == 0,
        "and what waited on the socket is answered before the master ends",
    )
    for sig in (signal.SIGINT, signal.SIGUSR1):
        p = launch(exe, "--workers", "2", listen=where)
        p.send_signal(sig)
        s.ok(p.wait(5) == 0, f"{sig.name} ends a master with 0")
    p = launch(exe, "--workers", "2", listen=where)
    ws = s.children(p.pid)
    p.kill()
    p.wait()
    s.ok(
        len(ws) == 2 and s.poll(lambda: not any(s.alive(w) for w in ws)),
        "SIGKILL of the master: the workers follow",
    )
    s.ok(os.path.exists(where), "its socket is left behind")
    p = launch(exe, "--workers", "2", listen=where)
    s.ok(good(ask(where)), "and is replaced by the next master")
    q = launch(exe, "--workers", "1", "--listen", where)
    s.ok(q.wait(5) == 1 and good(ask(where)), "a socket that answers is not taken away")
    ws = s.children(p.pid)
    for w in ws:
        os.kill(w, signal.SIGKILL)
    s.poll(
        lambda: not any(s.alive(w) for w in ws)
    )  # until then one may still take a connection with it
    s.ok(
        s.poll(lambda: len(s.children(p.pid)) == 2) and good(ask(where)),
        "killed workers are replaced",
    )
    before = log().count("exited with status 9")
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        try:
            ask(where, "crash")
        except OSError:
            pass
    n = log().count("exited with status 9") - before
    s.ok(2 <= n <= 10, "workers that die at once are replaced once a second", n)
    s.end(p)


def places(exe):
    port = s.free_port()
    for where in (f"127.0.0.1:{port}", f"[::1]:{port}"):
        try:
            p = launch(exe, "--workers", "2", listen=where)
        except OSError as e:
            s.skip(where, e)
            continue
        s.ok(
            good(ask(where, "big=100000&unread", body=b"x" * MIB)),
            f"{where.rsplit(':', 1)[0]}: TCP, with an unread body",
        )
        s.ok(not flood(where, 300), "300 requests over TCP")
        s.end(p)
    for where in (
        f"0.0.0.0:{port}",
        "192.0.2.1:9000",
        f"[::]:{port}",
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:70000",
        "127.0.0.1:9x",
        "localhost:9000",
        "/" + "x" * 200,
        tmp + "/bin/echo",
    ):
        p = launch(exe, "--listen", where)
        if p.wait(5) == 0:
            break
    s.ok(p.returncode == 1, "addresses for everybody, and places that are none, are refused", where)
    s.ok(os.path.exists(tmp + "/bin/echo"), "a file that is no socket is left alone")


def lone(exe):
    """As mod_fcgid and spawn-fcgi start a program: fd 0 is the socket, there is no master."""
    where = tmp + "/run/l.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(where)
        sock.listen(200)
        run = [s.start([exe], stdin=sock, stderr=open(tmp + "/log/echo", "a"))]

        def storm(left):
            while left() > 0:
                old, at = run[0], left()
                s.poll(lambda: left() < at - 10 or left() <= 0)
                run[0] = s.start([exe], stdin=sock, stderr=open(tmp + "/log/echo", "a"))
                old.send_signal(signal.SIGTERM)
                s.poll(lambda: old.poll() is not None)

        bad = flood(where, 600, pause=storm)
        s.ok(
            not bad,
            "600 requests while lone workers follow one another: none lost",
            len(bad),
            bad[:2],
        )
        s.ok(s.end(run[0]) == 0, "a lone worker ends with 0")


def cgi(exe):
    def run(body=b"", **env):
        env = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": "POST",
            "REQUEST_URI": "/x",
            "QUERY_STRING": "quiet",
            **env,
        }
        p = subprocess.run([exe], input=body, capture_output=True, env=env, timeout=20)
        try:
            return p.returncode, json.loads(p.stdout.partition(b"\r\n\r\n")[2])["data"]["body"]
        except ValueError:
            return p.returncode, p.stdout[:200]

    big = os.urandom(MIB)
    s.ok(run(big, CONTENT_LENGTH=str(MIB)) == (0, MIB), "CGI: 1 MiB")
    s.ok(
        run(big, HTTP_TRANSFER_ENCODING="chunked") == (0, MIB),
        "CGI: no CONTENT_LENGTH: to the end of the input",
    )
    s.ok(run(b"abc", CONTENT_LENGTH="9999") == (0, 3), "CGI: a CONTENT_LENGTH too large")
    s.ok(run(b"abcdef", CONTENT_LENGTH="3") == (0, 3), "CGI: never more than CONTENT_LENGTH")
    s.ok(
        run(b"abc", CONTENT_LENGTH="-5")[0] == 0 and run(b"abc", CONTENT_LENGTH="0") == (0, 0),
        "CGI: a negative length, and none",
    )
    s.ok(
        run(big, CONTENT_LENGTH=str(MIB), QUERY_STRING="quiet&unread") == (0, 0),
        "CGI: a body left unread",
    )
    s.ok(run(REQUEST_METHOD="GET") == (0, 0), "CGI: GET")
    r, w = os.pipe()  # a server that never closes the input: GET must not wait for it
    p = subprocess.run(
        [exe],
        stdin=r,
        capture_output=True,
        env={"REQUEST_METHOD": "GET", "QUERY_STRING": "quiet"},
        timeout=10,
    )
    s.ok(
        p.returncode == 0 and b'"body":0' in p.stdout,
        "CGI: GET does not wait for the end of the input",
    )
    os.close(r)
    os.close(w)


s.REAL = False  # echo only
asan = os.path.join(os.environ.get("TG_ASAN_BUILD", "/none"), "tests/hosting/echo")
tmp = s.folder(also=asan if os.access(asan, os.X_OK) else None)
echo = tmp + "/bin/echo"
exchange(echo, "echo")
if os.access(tmp + "/bin/echo-asan", os.X_OK):
    exchange(tmp + "/bin/echo-asan", "sanitized echo")
    s.ok(
        "Sanitizer" not in log() and "runtime error" not in log(),
        "nothing to report by the sanitizers",
        log()[-500:],
    )
slowly = slow(echo)
next(slowly)
recycling(echo)
broken_image()
replaced_at_the_start()
ending(echo)
places(echo)
lone(echo)
cgi(echo)
next(slowly)
s.done()
