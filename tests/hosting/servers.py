"""What the hosting tests share: private web servers, programs in a temporary folder, ok/not ok
lines.

Two kinds of programs. Without further ado it is `echo` (`make check-programs`) under the names
events.fcgi and keys.fcgi. With TG_KEY (a key), TG_CONF (ticketgate.conf) and TG_BIN (folder of the
build, or of the .fcgi) it is the real ones. Run as root, the tests become TG_USER (default: nobody;
for the real programs: a user who may read TG_CONF). """
# idna: imported before the change of user, because a Python in root's home is unreadable after it.
import atexit
import contextlib
import encodings.idna
import http.client
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from ports import free_port  # noqa: E402

SRC = os.environ.get("TG_SRC") or os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("TG_BUILD") or SRC


def routed(conf):
    """The programs a configuration sends requests to."""
    with open(os.path.join(SRC, "conf", conf)) as f:
        lines = [ln for ln in f if not ln.lstrip().startswith("#")]
    return sorted(
        set(
            re.findall(
                r"(\w+)(?:\.fcgi|\.sock)",
                " ".join(
                    ln for ln in lines if re.search(r"rewrite|Rewrite|=> \"/-/|SetHandler", ln)
                ),
            )
        )
    )


PROGRAMS = routed("lighttpd.conf.in")
REAL = all(os.environ.get(v) for v in ("TG_KEY", "TG_CONF", "TG_BIN"))
SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

_count = {"ok": 0, "bad": 0}
_children = []
_tmp = None


def ok(good, what, *more):
    _count["ok" if good else "bad"] += 1
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        for m in more:
            print("#   " + str(m)[:600].replace("\n", "\n#   "), flush=True)
    return good


def skip(what, why):
    print(f"ok - {what} # SKIP {why}", flush=True)


def done():
    print(f"# {_count['ok']} passed, {_count['bad']} failed", flush=True)
    sys.exit(1 if _count["bad"] else 0)


def poll(what, seconds=60):
    """Until what() is true; its value."""
    end = time.monotonic() + seconds
    while True:
        v = what()
        if v or time.monotonic() > end:
            return v
        time.sleep(0.01)


# ---- processes: ended by their id ----


def start(argv, **kw):
    kw.setdefault("stdin", subprocess.DEVNULL)
    kw.setdefault("cwd", _tmp)
    p = subprocess.Popen(argv, **kw)
    _children.append(p)
    return p


def end(p, sig=signal.SIGTERM, seconds=15):
    if p.poll() is None:
        p.send_signal(sig)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            for pid in children(p.pid) + [p.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            p.wait()
    return p.returncode


def _end_all():
    for p in reversed(_children):
        end(p, seconds=5)
    if _tmp and not os.environ.get("KEEP"):
        shutil.rmtree(_tmp, ignore_errors=True)


def children(pid):
    """Without the standby process of a master (common/runtime/standby.c)."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(c) for c in f.read().split() if process_name(c) != "standby"]
    except OSError:
        return []


def process_name(pid):
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().strip()
    except OSError:
        return ""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ---- the folder ----


def folder(also=None):
    """A fresh folder with bin/ www/ run/ log/ conf/, in which we then are the user who owns it."""
    global _tmp
    sys.stdout.reconfigure(line_buffering=True)
    _tmp = tempfile.mkdtemp(prefix="tg-hosting.")
    atexit.register(_end_all)
    for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(s, lambda *_: sys.exit(1))
    for d in ("bin", "www", "run", "log"):
        os.mkdir(os.path.join(_tmp, d))
    shutil.copytree(os.path.join(SRC, "conf"), os.path.join(_tmp, "conf"))
    if not REAL:
        shutil.copy(os.path.join(BUILD, "tests/hosting/echo"), os.path.join(_tmp, "bin/echo"))
    if also:
        shutil.copy(also, os.path.join(_tmp, "bin/echo-asan"))
    where = os.environ.get("TG_BIN", "")
    if os.path.isdir(os.path.join(where, "fcgi")):
        where = os.path.join(where, "fcgi")
    for p in PROGRAMS:
        shutil.copy(
            os.path.join(where, p + ".fcgi") if REAL else os.path.join(_tmp, "bin/echo"),
            os.path.join(_tmp, "bin", p + ".fcgi"),
        )
    with open(os.path.join(_tmp, "www/index.html"), "w") as f:
        f.write("<!doctype html><title>front page</title>\n")
    os.mkdir(os.path.join(_tmp, "www/dashboard"))
    for name, text in (
        ("index.html", "<!doctype html><title>dashboard</title>\n"),
        ("app.js", "export {};\n" * 1000),
    ):
        with open(os.path.join(_tmp, "www/dashboard", name), "w") as f:
            f.write(text)
    with open(os.path.join(_tmp, "www/openapi.json"), "w") as f:
        f.write('{"openapi":"3.1.0","tags":[%s]}\n' % ",".join(['"tag"'] * 1000))
    become()
    return _tmp


def become():
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam(os.environ.get("TG_USER", "nobody"))
    for root, dirs, files in os.walk(_tmp):
        for n in [root] + [os.path.join(root, f) for f in files]:
            os.chown(n, user.pw_uid, user.pw_gid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = _tmp


def fill(name, to, **more):
    """A file of conf/ with its placeholders filled."""
    values = {
        "BIN": _tmp + "/bin",
        "HTDOCS": _tmp + "/www",
        "RUN": _tmp + "/run",
        "LOG": _tmp + "/log",
        "ERRORS": _tmp + "/conf/errors",
        "WORKERS": "4",
        "TG_CONF": os.environ["TG_CONF"] if REAL else "/nowhere/ticketgate.conf",
        **more,
    }
    with open(os.path.join(_tmp, "conf", name)) as f:
        text = f.read()
    for k, v in values.items():
        text = text.replace(f"@{k}@", str(v))
    with open(to, "w") as f:
        f.write(text)
    return to


def log_folder():
    """None: the server is not ours."""
    return _tmp and _tmp + "/log"


def log_tail():
    out = []
    for n in sorted(os.listdir(_tmp + "/log")):
        with open(f"{_tmp}/log/{n}", errors="replace") as f:
            out += [
                f"{n}: {line.rstrip()[:300]}" for line in [x for x in f if ":notice]" not in x][-8:]
            ]
    return "\n".join(out)


# ---- servers ----


def up(port, process):
    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return process.poll() is not None

    good = poll(answers) and process.poll() is None
    if not ok(good, "the server starts", log_tail()):
        done()
    return f"http://127.0.0.1:{port}"


def lighttpd():
    exe = shutil.which("lighttpd", path=SBIN)
    if not exe:
        skip("lighttpd", "not installed")
        done()
    port = free_port()
    conf = fill("lighttpd.conf.in", _tmp + "/lighttpd.conf", PORT=port)
    p = start(
        [exe, "-D", "-f", conf], stdout=open(_tmp + "/log/out", "a"), stderr=subprocess.STDOUT
    )
    return p, up(port, p)


APACHE = """ServerRoot "{tmp}"
PidFile "{tmp}/run/httpd.pid"
DefaultRuntimeDir "{tmp}/run"
Mutex "file:{tmp}/run" default
ServerName localhost
Listen 127.0.0.1:{port}
{modules}
TypesConfig "{tmp}/mime.types"
ErrorLog "{tmp}/log/error.log"
LogLevel warn
GracefulShutdownTimeout 10
StartServers 2
ThreadsPerChild 16
ServerLimit 32
MaxRequestWorkers 512
<Directory />
	Require all denied
	AllowOverride None
</Directory>
{more}
"""
MODULES = "mpm_event authz_core dir mime alias env setenvif headers rewrite filter deflate".split()


def apache_conf(folder, port, modules, more):
    """Writes the configuration of an Apache whose files are in folder/run and folder/log; its path.
    modules: besides the usual ones."""
    with open(folder + "/mime.types", "w") as f:
        f.write("text/html html\ntext/css css\nimage/svg+xml svg\napplication/json json\n")
        f.write("application/gzip gz\n")
    load = "\n".join(
        f"LoadModule {m}_module {apache_modules()}/mod_{m}.so" for m in [*MODULES, *modules]
    )
    with open(folder + "/httpd.conf", "w") as f:
        f.write(APACHE.format(tmp=folder, port=port, modules=load, more=more))
    return folder + "/httpd.conf"


def apache_modules():
    """The folder of Apache's modules; None: there is none."""
    folders = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules")
    return next((d for d in folders if os.path.isdir(d)), None)


def apache(modules, more):
    """A private Apache with no more than these modules."""
    exe = shutil.which("apache2", path=SBIN) or shutil.which("httpd", path=SBIN)
    at = apache_modules()
    if not exe or not at or not all(os.path.exists(f"{at}/mod_{m}.so") for m in modules):
        skip("apache", "not installed: " + " ".join(modules))
        done()
    port = free_port()
    p = start(
        [exe, "-f", apache_conf(_tmp, port, modules, more(port)), "-DFOREGROUND"],
        stdout=open(_tmp + "/log/out", "a"),
        stderr=subprocess.STDOUT,
    )
    return p, up(port, p)


def program(name, *argv, **kw):
    """One program as its own prefork master on run/NAME.sock."""
    env = dict(os.environ, TG_CONF=os.environ["TG_CONF"] if REAL else "/nowhere/ticketgate.conf")
    sock = f"{_tmp}/run/{name}.sock"
    p = start(
        [f"{_tmp}/bin/{name}.fcgi", "--listen", sock, "--workers", "4", *argv],
        env=env,
        stdout=open(f"{_tmp}/log/{name}", "a"),
        stderr=subprocess.STDOUT,
        **kw,
    )
    ok(
        poll(lambda: os.path.exists(sock) and len(children(p.pid)) == 4),
        f"{name}: the master has four workers",
        log_tail(),
    )
    return p


# ---- load ----


def half_requests(base):
    """Clients that begin a request and send nothing more: the templates give them ten seconds."""
    at, left = urlsplit(base), []
    for _ in range(40):
        c = socket.create_connection((at.hostname, at.port), 10)
        c.sendall(b"POST /open-api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Le")
        left.append(c)
    ok(statuses(base, 5) == {200: 5}, "others are served beside half requests")
    end = time.monotonic() + 30
    while left and time.monotonic() < end:
        left[0].settimeout(max(0.1, end - time.monotonic()))
        try:
            while left[0].recv(4096):
                pass
        except TimeoutError:
            break
        except OSError:
            pass
        left.pop(0).close()
    ok(not left, "half requests are ended long before a minute", len(left))


def statuses(base, n=600, threads=8, meanwhile=None, path=None):
    """n requests, each on a connection of its own, while `meanwhile` happens; {status or error:
    count}."""
    path = path or ("/open-api/v1/me" if REAL else "/open-api/v1/events/x?quiet&sleep=3")
    host = base.split("//")[1]
    result, lock, left = {}, threading.Lock(), [n]

    def client():
        while True:
            with lock:
                if left[0] <= 0:
                    return
                left[0] -= 1
            try:
                c = http.client.HTTPConnection(host, timeout=40)
                c.request(
                    "GET",
                    path,
                    headers={"api-key": os.environ.get("TG_KEY", "k"), "Connection": "close"},
                )
                r = c.getresponse()
                body = r.read()
                what = r.status if r.status != 200 or json.loads(body)["data"] else "empty"
            except Exception as e:
                what = type(e).__name__
            finally:
                c.close()
            with lock:
                result[what] = result.get(what, 0) + 1

    ts = [threading.Thread(target=client, daemon=True) for _ in range(threads)]
    for t in ts:
        t.start()
    if meanwhile:
        meanwhile(lambda share: poll(lambda: left[0] <= n * (1 - share), 40))
    for t in ts:
        t.join()
    return result


def masters(server_pid):
    """The prefork masters below a web server: those of its children that have children."""
    return [c for c in children(server_pid) if children(c)]


def recycle_under_load(base, pids, what="SIGHUP to the masters"):
    """All of 600 requests get 200 while the masters are recycled again and again; the workers are
    others afterwards."""
    poll(lambda: all(len(children(p)) == 4 for p in pids))
    before = {p: set(children(p)) for p in pids}

    def hup(at):
        for share in (0.1, 0.3, 0.5, 0.7):
            at(share)
            for p in pids:
                os.kill(p, signal.SIGHUP)

    r = statuses(base, 600, meanwhile=hup)
    ok(r == {200: 600}, f"600 requests during 4 x {what}: all 200", r, log_tail())
    for p in pids:
        ok(
            poll(lambda: len(children(p)) == len(before[p]) and not before[p] & set(children(p))),
            f"all workers of {p} were replaced, and are as many",
            before[p],
            children(p),
        )


def kill_idle(base, pids):
    """A worker killed while it waits costs no request."""
    total = {}
    for _ in range(6):
        poll(lambda: all(len(children(p)) == 4 for p in pids))
        gone = [children(p)[0] for p in pids]
        for w in gone:
            with contextlib.suppress(ProcessLookupError):  # one that a SIGHUP has replaced
                os.kill(w, signal.SIGKILL)
        poll(
            lambda: not any(alive(w) for w in gone)
        )  # until then it may still take a connection with it
        for k, v in statuses(base, 100).items():
            total[k] = total.get(k, 0) + v
    ok(
        total == {200: 600},
        "600 requests around 6 x SIGKILL of idle workers: all 200",
        total,
        log_tail(),
    )
    ok(
        poll(lambda: all(len(children(p)) == 4 for p in pids)),
        "the killed workers were replaced",
        [children(p) for p in pids],
    )


def new_image(pids, name="events"):
    """A program file replaced by mv is what runs after SIGHUP, in the same master process."""
    path = f"{_tmp}/bin/{name}.fcgi"
    shutil.copy(path, path + ".new")
    os.rename(path + ".new", path)
    want = os.stat(path).st_ino

    def ino(pid):
        try:
            return os.stat(f"/proc/{pid}/exe").st_ino
        except OSError:
            return 0

    for p in pids:
        os.kill(p, signal.SIGHUP)
    ok(
        poll(
            lambda: any(
                ino(p) == want
                and len(children(p)) == 4
                and all(ino(c) == want for c in children(p))
                for p in pids
            )
        ),
        "SIGHUP takes up a program file that was replaced",
        want,
        [(p, ino(p), [(c, ino(c)) for c in children(p)]) for p in pids],
        log_tail(),
    )
