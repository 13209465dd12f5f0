#!/usr/bin/env python3
"""A shared host: Apache runs the programs by plain CGI as the owner of the home folder (suEXEC),
the account may have 15 database connections, and there is no shell. From the uploaded files to a
sold ticket, a delivered webhook and a refund. Needs root: suEXEC does."""
import http.client
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, order_body  # noqa: E402
from concurrency import Client, run_concurrently  # noqa: E402
from harness import check, finish, wait_for  # noqa: E402
from hosted import PASSWORD, USER  # noqa: E402
from uploaded import Host  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

CONNECTIONS, CLIENTS, ROUNDS = 15, 40, 6
SERVER = """User www-data
Group www-data
SuexecUserGroup nobody nogroup
"""


class SuExec(Host):
    """Apache is root's, and its workers are www-data."""

    def __init__(self):
        super().__init__(modules=("cgid", "suexec"), server=SERVER)

    def launch(self, argv):
        allow_folder(self.dir)
        super().launch(argv, start=lambda *words: list(words))


def allow_folder(folder):
    """suEXEC runs nothing outside of the folder in its configuration. This process has a view of
    its own of the file system, in which that is another one."""
    path = folder + "/suexec"
    with open(path, "w") as f:
        f.write("%s\npublic_html\n" % folder)
    os.chmod(path, 0o644)
    log = "mount -t tmpfs none /var/log && mkdir /var/log/apache2"  # it wants one there
    if os.system("mount --bind %s /etc/apache2/suexec/www-data && %s" % (path, log)):
        raise RuntimeError("suEXEC cannot be configured")


def put_socket(host):
    """Where Debian has it."""
    place = "/run/mysqld/mysqld.sock"
    steps = "mkdir -p /run/mysqld && mount -t tmpfs none /run/mysqld && ln -s %s %s"
    if os.system(steps % (host.socket, place)):
        raise RuntimeError("no %s" % place)
    host.sql(
        "CREATE USER you@localhost IDENTIFIED BY '%s';"
        "GRANT ALL ON ticketgate.* TO you@localhost" % PASSWORD,
        "mysql",
    )


def setup(host):
    status, lines = host.install(host.form("x"))
    check("a stranger sets nothing up", status == 403, lines)
    r = host.state()
    code, mode = host.code()
    check("setup names the file with the code", r.status == 200 and r.data["codeFile"], r)
    owner = os.stat(os.path.dirname(host.conf)).st_uid
    check("files belong to the account", owner == USER.pw_uid and mode == "600", (owner, mode))
    host.browse("-suexec", host="localhost")
    check("set up", os.path.exists(host.conf), os.listdir(os.path.dirname(host.conf)))
    with open(host.conf) as f:
        check("by a socket in one of the usual places", "db_host = localhost\n" in f.read())
    with open(host.conf, "a") as f:
        f.write("webhook_allow = 127.0.0.0/8\n")
    return host.key(org="bayanihan-live")


def trade(host, key):
    receiver = Receiver()
    hook = {"url": receiver.url("/told"), "events": ["order.completed", "order.refunded"]}
    check("a webhook", host.post("/webhooks", key, hook).status == 201)
    c = Buyer(host, key)
    event, (ticket,) = c.on_sale("On a shared host", [9])
    order = c.sell("POST", "/orders", order_body(event, [(ticket, 2)]))
    check("a sold ticket", order.status == 201, order)
    check("a delivered webhook", wait_for(lambda: len(receiver.log()) == 1, 60), receiver.log())
    back = c.sell("POST", "/orders/%s/refund" % order.data["id"], {})
    check("a refund", back.status in (200, 201), back)
    check("is told, too", wait_for(lambda: len(receiver.log()) == 2, 60), receiver.log())
    receiver.stop()


def search(client, path):
    """The status. A kept connection that Apache closes meanwhile is opened again, as clients do
    with what they may repeat (RFC 9110 section 9.2.2)."""
    try:
        return client.get(path).status
    except http.client.RemoteDisconnected:
        client.close()
        return client.get(path).status


def crowd(host, key):
    host.sql(
        "GRANT ALL ON ticketgate.* TO you@localhost WITH MAX_USER_CONNECTIONS %d" % CONNECTIONS,
        "mysql",
    )
    clients = [Client(host, key) for _ in range(CLIENTS)]
    results = run_concurrently(
        clients,
        lambda c, i: [search(c, "/venues?q=%d" % (i * ROUNDS + n)) for n in range(ROUNDS)],
    )
    wrong = [r for r in results if r != [200] * ROUNDS]
    check(
        "%d clients and %d connections: all are served" % (CLIENTS, CONNECTIONS), not wrong, wrong
    )


def main():
    if os.geteuid() != 0:
        print("# not root: suEXEC cannot be tried")
        finish()
    with SuExec() as host:
        put_socket(host)
        key = setup(host)
        trade(host, key)
        crowd(host, key)
        r = host.command("verify")
        check("verify finds no mismatches", "no mismatches" in r.stdout, r.stdout)
        os.system("umount /etc/apache2/suexec/www-data")
    finish()


if os.geteuid() == 0 and "TG_OWN_MOUNTS" not in os.environ:
    os.environ["TG_OWN_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--", sys.executable, *sys.argv])
main()
