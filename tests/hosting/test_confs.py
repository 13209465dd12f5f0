#!/usr/bin/env python3
"""All web server configurations send requests to the same programs; the unit of systemd starts,
reloads and ends one as it says."""
import os, re, shlex, signal, socket, subprocess, sys
import servers as s

for conf in ("apache-proxy-fcgi.conf.in", "apache-fcgid.conf.in", "apache-cgi.conf.in", "htaccess"):
    s.ok(
        s.routed(conf) == s.PROGRAMS,
        f"conf/{conf} knows the programs of conf/lighttpd.conf.in",
        s.routed(conf),
        s.PROGRAMS,
    )

BLOCK = re.compile(r"^\t# ---- Cache of the public pages ----\n.*?^\t</IfModule>$", re.M | re.S)
blocks = set()
for conf in ("apache-proxy-fcgi.conf.in", "apache-fcgid.conf.in", "apache-cgi.conf.in"):
    with open(os.path.join(s.SRC, "conf", conf)) as f:
        blocks.add(BLOCK.search(f.read())[0])
s.ok(len(blocks) == 1, "Apache's configurations have the same cache", blocks)

UNIT = "conf/ticketgate@.service"
with open(os.path.join(s.SRC, UNIT)) as f:
    text = f.read()
unit = dict(re.findall(r"^(\w+)=(.*)$", text, re.M))
here = s.folder()
s.ok(
    unit["ExecStart"].startswith("/usr/local/libexec/ticketgate/%i.fcgi "),
    f"{UNIT}: the program where make install puts it",
    unit["ExecStart"],
)
s.ok(
    "--listen /" + "run/" + unit["RuntimeDirectory"] + "/" in unit["ExecStart"],
    f"{UNIT}: its socket in its own folder",
    unit["ExecStart"],
)
line = (
    unit["ExecStart"]
    .replace("%i", "events")
    .replace("/usr/local/libexec/ticketgate", here + "/bin")
    .replace("/run/ticketgate", here + "/run")
)
program = s.start(
    shlex.split(line),
    env=dict(os.environ, TG_CONF=os.environ.get("TG_CONF", "/nowhere")),
    stderr=open(here + "/log/unit.log", "w"),
)


def answers():
    try:
        with socket.socket(socket.AF_UNIX) as c:
            c.connect(here + "/run/events.sock")
        return len(s.children(program.pid)) == 8
    except OSError:
        return False


s.ok(s.poll(answers), f"{UNIT}: it listens, with its workers", s.log_tail())
before = set(s.children(program.pid))
reload = re.fullmatch(r"/bin/kill -(\w+) \$MAINPID", unit["ExecReload"])
os.kill(program.pid, getattr(signal, "SIG" + reload[1]))
s.ok(
    s.poll(lambda: len(s.children(program.pid)) == 8 and not before & set(s.children(program.pid))),
    f"{UNIT}: reload replaces all workers",
    s.log_tail(),
)
program.terminate()
s.ok(
    program.wait(int(unit["TimeoutStopSec"])) == 0
    and not os.path.exists(here + "/run/events.sock"),
    f"{UNIT}: and SIGTERM ends it",
    s.log_tail(),
)
s.done()
