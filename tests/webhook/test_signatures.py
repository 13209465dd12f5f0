#!/usr/bin/env python3
"""What arrives is signed as Standard Webhooks says: judged by implementations that are not ours,
and by the receivers of doc/receivers/, each of which also takes a real delivery."""
import base64
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from webhook_fixture import WebhookFixture, raw_id, wait_for  # noqa: E402
from npm import packages  # noqa: E402
from webhook_receiver import Receiver, status  # noqa: E402
from harness import SRC, check, finish, free_port  # noqa: E402

SAMPLES = os.path.join(SRC, "doc/receivers")
with open(os.path.join(SRC, "tests/data/webhook-vectors.json"), encoding="utf-8") as vectors:
    VECTORS = json.load(vectors)["vectors"]


def judges(deliveries):
    """deliveries: [(secret, a row of the receiver's log)]. One verdict each."""
    folder, why = packages()
    if not folder:
        return [why]
    text = json.dumps(
        [
            {"secret": s, "headers": x["header"], "body": base64.b64encode(x["body"]).decode()}
            for s, x in deliveries
        ]
    )
    p = subprocess.run(
        ["node", SRC + "/tests/webhook/standard.mjs", folder],
        input=text,
        capture_output=True,
        text=True,
    )
    return json.loads(p.stdout) if p.returncode == 0 else [p.stderr]


def openssl(secret, x):
    key = base64.b64decode(secret[6:]).hex()
    signed = b".".join(
        (x["header"]["webhook-id"].encode(), x["header"]["webhook-timestamp"].encode(), x["body"])
    )
    p = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + key, "-binary"],
        input=signed,
        capture_output=True,
        check=True,
    )
    return "v1," + base64.b64encode(p.stdout).decode()


GOOD = {"standard": True, "crypto": True, "simple": True}


def real_ones():
    with WebhookFixture() as h:
        r = Receiver()
        r.script("/a", status(500), status(200))
        a, b = h.endpoint(r.url("/a")), h.endpoint(r.url("/b"))
        h.events(1, data={"text": "é漢字😀", "nul": "\0", "number": 1.10, "slash": "/"})
        h.events(1, data={"big": "x" * 200000})
        h.flush()
        h.due()
        time.sleep(1.1)
        h.flush()
        log = [(h.secrets[a if x["path"] == "/a" else b], x) for x in r.log()]
        check(
            "standardwebhooks, Node and openssl agree with every delivery",
            len(log) == 5
            and judges(log) == [GOOD] * 5
            and all(openssl(s, x) in x["header"]["webhook-signature"].split(" ") for s, x in log),
            judges(log),
        )
        exact = [
            x
            for _, x in log
            if not re.fullmatch("evt_[0-9a-f]{32}", x["header"]["webhook-id"])
            or not re.fullmatch("[1-9][0-9]{9,10}", x["header"]["webhook-timestamp"])
            or not re.fullmatch(
                "v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*", x["header"]["webhook-signature"]
            )
            or not re.fullmatch("sha256=[0-9a-f]{64}", x["header"]["x-tn-signature"])
            or abs(int(x["header"]["webhook-timestamp"]) - x["at"]) > 2
            or json.loads(x["body"])["id"] != x["header"]["webhook-id"]
            or x["header"]["content-type"] != "application/json"
        ]
        check(
            "to the letter: id, time of this attempt, signatures; the body has the same id",
            not exact,
            exact,
        )
        tries = [x for _, x in log if x["path"] == "/a"]
        # two deliveries run at once: the one that failed need not be the one logged first
        ids = [x["header"]["webhook-id"] for x in tries]
        first = [x for x in tries if ids.count(x["header"]["webhook-id"]) > 1]
        check(
            "a retry: the same bytes under the same id at another time",
            len(first) == 2
            and first[0]["body"] == first[1]["body"]
            and first[0]["header"]["webhook-timestamp"] != first[1]["header"]["webhook-timestamp"]
            and first[0]["header"]["webhook-signature"] != first[1]["header"]["webhook-signature"],
            first,
        )
        check(
            "the secret of one endpoint is no other's",
            [
                v["standard"] is True or v["crypto"] or v["simple"]
                for v in judges([(h.secrets[b], first[0])])
            ]
            == [False],
        )
        rotation(h, r, b)
        foreign(h, r)
        r.stop()


def rotation(h, r, e):
    old = h.secrets[e]
    new = h.site.post("/webhooks/%s/rotate-secret" % e, h.key, {}).data["secret"]
    r.clear()
    h.events(1)
    h.flush()
    x = r.log("/b")[0]
    got = judges([(new, x), (old, x)])
    check(
        "during a rotation either secret is good, the new one signs first",
        x["header"]["webhook-signature"].split(" ") == [openssl(new, x), openssl(old, x)]
        and got[0] == GOOD
        and got[1]["standard"] is True,
        got,
    )
    h.db.sql(
        "UPDATE webhook_secrets"
        " SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
        " WHERE expires_at IS NOT NULL"
    )
    r.clear()
    h.events(1)
    h.flush()
    x = r.log("/b")[0]
    check(
        "afterwards the new one only",
        x["header"]["webhook-signature"] == openssl(new, x),
        x["header"],
    )


def foreign(h, r):
    """With another key file nothing can be signed, and nothing is sent."""
    r.clear()
    h.events(1)
    path = os.path.join(h.site.dir, "ticketgate.key")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write("ab" * 32 + "\n")
    code, said = h.flush()
    with open(path, "w") as f:
        f.write(text)
    check(
        "another key file: nothing leaves unsigned, and the log says why",
        not r.log() and code == 1 and "key_file" in said,
        (code, said, r.log()),
    )
    h.due()
    h.flush()
    check("with the right one it leaves", len(r.log()) == 2, len(r.log()))


# ---- the receivers of doc/receivers/ ----


def python_says(v):
    sys.path.insert(0, SAMPLES)
    from webhook import verify

    try:
        verify(v["secret"], v["headers"], v["body"].encode(), v["now"])
        return True
    except ValueError:
        return False


def node_says(v):
    code = (
        "import {verify} from '%s/webhook.mjs'; import {readFileSync} from 'node:fs'; "
        "const v = JSON.parse(readFileSync(0));"
        "try { verify(v.secret, v.headers, Buffer.from(v.body), v.now); "
        "console.log('yes') } catch { console.log('no') }"
    ) % SAMPLES
    return (
        subprocess.run(
            ["node", "--input-type=module", "-e", code],
            input=json.dumps(v),
            capture_output=True,
            text=True,
        ).stdout
        == "yes\n"
    )


def php_says(v):
    code = (
        "require '%s/webhook.php'; $v = json_decode(stream_get_contents(STDIN), true); $s = []; "
        "foreach ($v['headers'] as $k => $h) $s['HTTP_' . strtoupper(strtr($k, '-', '_'))] = $h;"
        "echo webhook_verify($v['secret'], $s, $v['body'], $v['now']) === null ? 'no' : 'yes';"
    ) % SAMPLES
    return (
        subprocess.run(
            ["php", "-n", "-r", code], input=json.dumps(v), capture_output=True, text=True
        ).stdout
        == "yes"
    )


def cgi_env(headers, n, secret):
    env = {"HTTP_" + k.upper().replace("-", "_"): v for k, v in headers.items()}
    return dict(
        env,
        PATH=os.environ["PATH"],
        WEBHOOK_SECRET=secret,
        CONTENT_LENGTH=str(n),
        REQUEST_METHOD="POST",
        GATEWAY_INTERFACE="CGI/1.1",
    )


def shell_says(v):
    with tempfile.TemporaryDirectory() as folder:  # whose clock shows v['now']
        with open(folder + "/date", "w") as f:
            f.write("#!/bin/sh\necho %d\n" % v["now"])
        os.chmod(folder + "/date", 0o755)
        env = cgi_env(v["headers"], len(v["body"].encode()), v["secret"])
        env["PATH"] = folder + ":" + env["PATH"]
        out = subprocess.run(
            ["sh", SAMPLES + "/webhook.sh"], input=v["body"].encode(), env=env, capture_output=True
        ).stdout
    return out.startswith(b"Status: 200")


class Cgi(http.server.BaseHTTPRequestHandler):
    """As much of RFC 3875 as a shell script needs."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        env = cgi_env(dict(self.headers.items()), len(body), self.server.secret)
        out = subprocess.run(
            ["sh", SAMPLES + "/webhook.sh"],
            input=body,
            env=dict(env, WEBHOOK_INBOX=self.server.inbox),
            capture_output=True,
        ).stdout
        self.send_response(int(out.split()[1]))
        self.end_headers()

    def log_message(self, *unused):
        pass


def served(command, secret, port):
    p = subprocess.Popen(
        command,
        env=dict(os.environ, WEBHOOK_SECRET=secret),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return lambda: (p.terminate(), p.communicate(timeout=10)[0])[1]


def shell_served(secret, port, inbox):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Cgi)
    server.secret, server.inbox = secret, inbox
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop():
        server.shutdown()
        server.server_close()
        return " ".join(os.listdir(inbox))

    return stop


def samples():
    says = {"Python": python_says, "Node.js": node_says, "PHP": php_says, "shell": shell_says}
    for name, judge in says.items():
        if name == "PHP" and not shutil.which("php"):
            check("PHP is there. On Debian: apt-get install php-cli", False)
            continue
        wrong = [v["name"] for v in VECTORS if judge(v) != v["valid"]]
        check(
            "%s: %d vectors judged as they should be" % (name, len(VECTORS)),
            not wrong,
            "\n".join(wrong),
        )
    inbox = tempfile.mkdtemp(prefix="tg-inbox-")
    with WebhookFixture() as h:
        start = {
            "Python": lambda s, p: served([sys.executable, SAMPLES + "/webhook.py", str(p)], s, p),
            "Node.js": lambda s, p: served(["node", SAMPLES + "/webhook.mjs", str(p)], s, p),
            "PHP": lambda s, p: served(
                ["php", "-n", "-S", "127.0.0.1:%d" % p, SAMPLES + "/webhook.php"], s, p
            ),
            "shell": lambda s, p: shell_served(s, p, inbox),
        }
        for name, run in start.items():
            deliver(h, name, run)
    shutil.rmtree(inbox)


def deliver(h, name, run):
    port = free_port()
    e = h.endpoint("http://127.0.0.1:%d/" % port)
    event = h.events(1, data={"text": 'é漢字😀 "\\ /', "lines": "a\nb"})[0]
    stop = run(h.secrets[e], port)
    wait_for(
        lambda: subprocess.run(
            [
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "--noproxy",
                "*",
                "-d",
                "x",
                "http://127.0.0.1:%d/" % port,
            ]
        ).returncode
        == 0,
        10,
    )
    h.flush()
    said = stop()
    check(
        "%s takes a real delivery" % name,
        h.states(e) == {"DELIVERED": 1} and event in said,
        (h.states(e), h.attempts(e), said),
    )
    other = h.secrets[e][:10] + ("+" if h.secrets[e][10] != "+" else "/") + h.secrets[e][11:]
    stop = run(other, port)
    wait_for(
        lambda: subprocess.run(
            [
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "--noproxy",
                "*",
                "-d",
                "x",
                "http://127.0.0.1:%d/" % port,
            ]
        ).returncode
        == 0,
        10,
    )
    h.events(1)
    h.flush()
    stop()
    check(
        "%s refuses it when its secret is another" % name,
        h.attempts(e)[-1][3:] == ("401", "http_4xx"),
        h.attempts(e),
    )
    h.site.delete("/webhooks/" + e, h.key)


if __name__ == "__main__":
    real_ones()
    samples()
    finish()
