#!/usr/bin/env python3
"""Setup in the browser: from uploaded files and an empty database to a dashboard, on a host with
plain CGI, with mod_fcgid, in a folder below another site; what can go wrong on the way, each told;
and that a stranger can do nothing."""
import fcntl
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, order_body  # noqa: E402
from harness import SRC, check, finish, wait_for  # noqa: E402
from hosted import USER  # noqa: E402
from uploaded import Host  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

FCGID = 'FcgidIPCDir "{dir}/run/fcgid"\nFcgidProcessTableFile "{dir}/run/fcgid_shm"\n'
WORDPRESS = """RewriteEngine On
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
"""


def told(site, what, field, words, **answers):
    p = site.problem(**answers)
    check(
        "%s: told at the field %s" % (what, field),
        p.get("field") == field
        and words in p.get("message", "")
        and p.get("hint")
        and not os.path.exists(site.conf)
        and not os.path.exists(site.conf + ".new"),
        p,
    )


def strangers(host):
    r = host.state()
    code, mode = host.code()
    check(
        "before setup: the page is told where the code is",
        r.status == 200 and r.data["codeFile"] == os.path.dirname(host.conf) + "/setup-code.txt",
        r,
    )
    check("the code is for its owner only", mode == "600" and code not in r.raw.decode(), mode)
    for wrong in ("", "a" * 24, code[:-1], code + "a", code.upper(), "../" + code):
        status, error = host.install(host.form(wrong))
        check("a wrong code: 403", status == 403 and error["code"] == "FORBIDDEN", (status, error))
    status, error = host.install(dict(host.form(code), more=[{}] * 700))
    check("many values are not read, even with the code: 403", status == 403, (status, error))
    check("the code stays the same", host.state().status == 200 and host.code()[0] == code)
    r = host.get("/me", "tn_live_x")
    check("the API is 503 and says so", r.status == 503 and "not configured" in str(r.error), r)
    r = host.get("/events/x")
    check("and so is every other path", r.status == 503, r)


def mistakes(host):
    told(host, "a wrong password", "password", "Access denied for user", password="wrong")
    told(host, "a wrong user", "user", "Access denied for user", user="nobody")
    told(host, "no such host", "host", "127.0.0.1", host="127.0.0.1:1")
    host.new_database("readonly", "SELECT")
    told(host, "no rights", "user", "may not drop tables", name="readonly")
    told(host, "a database of others", "name", "Access denied", name="mysql")
    host.new_database("taken")
    host.sql("CREATE TABLE events (id INT PRIMARY KEY); CREATE TABLE wp_posts (id INT)", "taken")
    told(
        host,
        "another application's tables",
        "name",
        "tables of another application: events",
        name="taken",
    )
    told(host, "a short password", "ownerPassword", "10 to 200", ownerPassword="short")
    told(host, "no address", "email", "must be an email", email="ana")
    told(host, "no name", "organization", "missing", organization="")
    told(host, "a value that no line can have", "user", "blank", user="you ")
    lock = open(os.path.dirname(host.conf) + "/ticketgate.setup", "w")
    os.chmod(lock.name, 0o666)
    fcntl.flock(lock, fcntl.LOCK_EX)
    told(host, "two people at once", None, "running already")
    lock.close()
    os.unlink(lock.name)


def done(host, what):
    """What setup has made works, and setup is over."""
    mode = os.stat(host.conf).st_mode & 0o777
    check(what + ": the configuration is for its owner only", mode == 0o600, oct(mode))
    left = sorted(os.listdir(os.path.dirname(host.conf)))
    check(
        what + ": no code and no other trace is left",
        not [n for n in left if "setup" in n or n.endswith(".new")],
        left,
    )
    api = host.below + "/open-api/v1"
    served = wait_for(lambda: host.get("/me", mount=api).status == 401, 20)
    check(what + ": the API answers", served, host.get("/me", mount=api))
    r = host.state()
    check(what + ": setup is over", r.status == 404, r)
    status, error = host.install(host.form("a" * 24))
    check(what + ": for everybody", status == 404, (status, error))


def by_api(host, what):
    host.state()
    status, lines = host.install(host.form(host.code()[0]))
    result = lines[-1].get("result", lines) if status == 200 else lines
    check(what + ": set up", status == 200 and isinstance(result, dict), lines)
    done(host, what)
    r = host.get("/me", result["apiKey"], mount=host.below + "/open-api/v1")
    check(what + ": the key works", r.status == 200, r)
    with open(SRC + "/common/schema/scope.c", encoding="utf-8") as f:
        scopes = re.findall(r'\{SCOPE_\w+, "([^"]+)"', f.read())
    check(what + ": with all scopes", r.data["apiKey"]["scopes"] == scopes, (r.data, scopes))
    failed = [f for f in result["doctor"] if f["state"] == "fail"]
    check(what + ": doctor finds nothing wrong", not failed, failed)
    return result


def without_cron(host, result):
    """Webhooks are sent after a sale, and by the secret URL."""
    with open(host.conf, "a") as f:
        f.write("webhook_allow = 127.0.0.0/8\n")
    receiver, key = Receiver(), result["apiKey"]
    hook = {"url": receiver.url("/sold"), "events": ["order.completed"]}
    check("a webhook", host.post("/webhooks", key, hook).status == 201)
    c = Buyer(host, key)
    event, (ticket,) = c.on_sale("Without cron", [9])
    r = c.sell("POST", "/orders", order_body(event, [(ticket, 1)]))
    check("a sale", r.status == 201, r)
    check("is told without cron", wait_for(lambda: len(receiver.log()) == 1, 30), receiver.log())
    path = result["cronPath"]
    r = host.get(path, mount="")
    check(
        "the cron URL sends and sweeps",
        r.status == 200 and r.data == {"ran": True, "webhooks": "ok", "mail": "ok", "sweep": "ok"},
        r,
    )
    r = host.get(path, mount="")
    check("but not all the time", r.status == 200 and r.data == {"ran": False}, r)
    for wrong in (path[:-1], path + "a", "/-/cron/", "/-/cron/" + "0" * 40):
        r = host.get(wrong, mount="")
        check("another secret: 404", r.status == 404, r)
    receiver.stop()


def read_only(host):
    """A host where programs run as another user: nothing can be written."""
    folder = os.path.dirname(host.conf)
    os.chmod(folder, 0o555)
    r = host.state()
    check("read-only: no code is written", r.status == 200 and r.data["codeFile"] is None, r)
    code = "abcdefgh" * 3
    status, error = host.install(host.form(code))
    check("read-only: without the owner's file 403", status == 403, (status, error))
    os.chmod(folder, 0o755)
    with open("%s/setup-%s.txt" % (folder, code), "w"):
        pass
    os.chmod(folder, 0o555)
    status, lines = host.install(host.form(code))
    result = lines[-1].get("result", {}) if status == 200 else {}
    check(
        "read-only: the files are shown instead",
        result.get("written") is False
        and result["configuration"] == host.conf
        and "db_user = you" in result["configurationText"],
        lines,
    )
    os.chmod(folder, 0o755)
    for name, text in (("conf", "configurationText"), ("key", "keyText")):
        path = "%s/ticketgate.%s" % (folder, name)
        with open(path, "w") as f:
            f.write(result[text])
        os.chmod(path, 0o600)
        os.chown(path, USER.pw_uid, USER.pw_gid)
    key = result["apiKey"]
    check(
        "read-only: uploaded, they work", wait_for(lambda: host.get("/me", key).status == 200, 20)
    )


def main():
    with Host() as host:
        strangers(host)
        mistakes(host)
        host.browse()
        done(host, "by the page")
    with Host(modules=("fcgid",), server=FCGID, variant="full", override="All") as host:
        host.browse("-fcgid")
        done(host, "mod_fcgid")
    with Host(below="/shop") as host:
        with open(host.document_root + "/.htaccess", "w") as f:
            f.write(WORDPRESS)
        host.browse("-folder")
        done(host, "in a folder below another site")
        with open(host.conf) as f:
            check("it knows its folder", "base_path = /shop\n" in f.read())
        for path, kind in (("/e/x/y", "text/html"), ("/open-api/v1/events", "application/json")):
            r = host.post(path, None, b"x" * 3000000, mount="/shop")
            check(
                "an error of the web server at %s is %s" % (path, kind),
                r.status == 413 and r.headers["content-type"].startswith(kind),
                r,
            )
        private, host.conf = os.path.dirname(host.conf), host.document_root + "/ticketgate.conf"
        shutil.move(private + "/ticketgate.conf", host.conf)
        shutil.move(private + "/ticketgate.key", host.document_root)
        r = host.get("/me", "tn_live_x", mount="/shop/open-api/v1")
        check(
            "a configuration in the document root: refused, with what to do",
            r.status == 503 and "DOCUMENT_ROOT" in r.error["hint"],
            r,
        )
    with Host() as host:
        without_cron(host, by_api(host, "plain CGI"))
    with Host() as host:
        read_only(host)
    finish()


main()
