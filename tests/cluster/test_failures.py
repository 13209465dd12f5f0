#!/usr/bin/env python3
"""A Galera cluster, two web nodes and shoppers at both, while something fails: every acknowledged
order is on every node, once; nothing is oversold; nobody gives up, and no answer is a 500.

TG_FAILURES: which ones, with commas, or "all"; the default is a short choice. TG_STALL: the longest
time without an acknowledgement, in seconds, that passes; it is only printed otherwise, because it
depends on the machine. TG_WINDOW: for how long sales are counted before and after (3 s)."""
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from box_office_client import Buyer, verify_output  # noqa: E402
from galera import Cluster, Proxy, WebNode, network  # noqa: E402
from harness import check, finish, wait_for  # noqa: E402
from buyer_processes import BuyerProcesses, find_losses  # noqa: E402
from webhook_fixture import ALLOW, FLUSH  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

network()
STALL = float(os.environ.get("TG_STALL") or 0)
WINDOW = float(os.environ.get("TG_WINDOW") or 3)
FAILURES = {}


def failure(name, proxy=False):
    def add(function):
        FAILURES[name] = (function, proxy, function.__doc__)
        return function

    return add


def away_for(node, seconds):
    """Killed, and started again after some seconds."""
    node.kill()
    time.sleep(seconds)
    node.start()


@failure("writer")
def kill_writer(world):
    """The node that is written to is killed and comes back"""
    away_for(world.nodes[0], 6)


@failure("proxied", proxy=True)
def kill_proxied_writer(world):
    """Behind HAProxy: it is killed, then the node that is written to"""
    world.proxy.kill()
    time.sleep(1)
    world.proxy.start()
    time.sleep(2)
    away_for(world.nodes[0], 6)


@failure("partition")
def partition(world):
    """The node that is written to is cut off from the others, not from the web nodes"""
    world.cluster.part(world.nodes[0])
    time.sleep(20)
    world.cluster.heal()


@failure("hang")
def hang(world):
    """The node that is written to stands still for 25 s"""
    world.nodes[0].pause()
    time.sleep(25)
    world.nodes[0].go_on()


@failure("read-only")
def read_only(world):
    """The node that is written to becomes read-only"""
    world.nodes[0].sql("SET GLOBAL read_only = 1", "")
    time.sleep(8)
    world.nodes[0].sql("SET GLOBAL read_only = 0", "")


@failure("full")
def connections_used_up(world):
    """No connections are left at the first node when a web node starts"""
    node = world.nodes[0]
    node.sql("SET GLOBAL max_connections = 10", "")
    world.webs[1].stop_web()
    world.webs[1].start_web()
    time.sleep(4)
    node.sql("SET GLOBAL max_connections = 300", "")


@failure("rolling")
def rolling_restart(world):
    """Each node is restarted, one after the other"""
    for node in reversed(world.nodes):
        node.stop()
        node.start()
        time.sleep(2)


@failure("transfer")
def full_transfer(world):
    """A node has lost its data and gets a copy from another one"""
    node = world.nodes[2]
    node.kill()
    shutil.rmtree(node.dir + "/data")
    os.remove(node.dir + "/made")
    time.sleep(2)
    node.start()


@failure("everything")
def all_killed(world):
    """All three nodes are killed at once and started again"""
    for node in world.nodes:
        node.kill()
    for node in world.nodes:
        node.begin()
    for node in world.nodes:
        node.joined()


@failure("slow")
def slow_node(world):
    """A node is slowed by 200 ms, again and again; one web node's sender and sweep work on it"""
    node, over = world.nodes[2], threading.Event()

    def slow():
        pid = node.pid()
        while not over.is_set():
            os.kill(pid, 19)
            time.sleep(0.2)
            os.kill(pid, 18)
            time.sleep(0.1)

    web = world.webs[1]
    hosts = web.hosts
    web.set_hosts([node.address])
    sender = world.sender(web)
    thread = threading.Thread(target=slow)
    thread.start()
    try:
        for _ in range(3):
            web.command("sweep")
            time.sleep(1)
    finally:
        sender.terminate()
        sender.wait()
        over.set()
        thread.join()
        web.set_hosts(hosts)


@failure("workers")
def kill_workers(world):
    """Workers of both web nodes are killed, one after the other"""
    from concurrency import workers

    for n in range(24):
        pids = workers(world.webs[n % 2], "boxoffice")
        if pids:
            os.kill(pids[n % len(pids)], 9)
        time.sleep(0.25)


class World:
    def __init__(self, cluster):
        self.cluster, self.nodes, self.receiver = cluster, cluster.nodes, Receiver()
        self.addresses = [n.address for n in cluster.nodes]
        self.proxy, self.webs = Proxy(cluster), []
        self.proxy.start()
        self.webs.append(WebNode(cluster, self.addresses, conf=ALLOW))
        self.webs.append(WebNode(cluster, self.addresses, like=self.webs[0], conf=ALLOW))
        self.key = self.webs[0].key()
        hook = {"url": self.receiver.url("/sold"), "events": ["order.completed"]}
        check("a webhook", self.webs[0].post("/webhooks", self.key, hook).status == 201)
        self.senders = [self.sender(web) for web in self.webs]

    def sender(self, web):
        """Each web node's cron keeps one running."""
        return subprocess.Popen(
            [FLUSH, "--conf", web.conf, "--seconds", "3600"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        for p in self.senders:
            p.terminate()
            p.wait()
        for web in self.webs:
            web.stop()
        self.proxy.stop()
        self.receiver.stop()

    def reach(self, proxied):
        for web in self.webs:
            hosts = [self.proxy.address] if proxied else self.addresses
            if web.hosts != hosts:
                web.stop_web()
                web.set_hosts(hosts)
                web.start_web()

    def sells_at_first(self):
        """No connection of the box office is left at the others: there is one writer."""
        ask = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = "
        try:
            return all(n.sql(ask + "'ticketgate_boxoffice'")[0][0] == "0" for n in self.nodes[1:])
        except RuntimeError:  # a node that has just left, and comes again
            return False

    def judge(self, name, shoppers):
        bad = [r for r in shoppers.rows if "gave up" in r]
        check("%s: nobody gave up" % name, not bad, bad[:3])
        bad = [r["said"] for r in shoppers.rows if "said" in r]
        check("%s: no 500" % name, not bad, "\n".join(bad[:5]))
        for node in self.nodes:
            wrong = find_losses(shoppers, node)
            check("%s: node %d has every order, once" % (name, node.n), not wrong, wrong[:6])
        wrong = self.cluster.differing()
        check("%s: all nodes have the same rows" % name, not wrong, wrong)
        wrong = verify_output(self.webs[0])
        check("%s: verify is clean" % name, not wrong, wrong)

    def run(self, name):
        happens, proxied, doc = FAILURES[name]
        print("# %s: %s" % (name, doc), flush=True)
        self.reach(proxied)
        event, types = Buyer(self.webs[0], self.key).on_sale(name, [1000000, 3000, 200])
        time.sleep(1)
        shoppers = BuyerProcesses(self.webs, self.key, event, types, 3600, name=name)
        try:
            wait_for(lambda: len(shoppers.so_far()) > 30, 30)
            time.sleep(WINDOW)
            began = time.time()
            happens(self)
            whole = wait_for(self.cluster.whole, 120, 0.5)
            back = wait_for(self.sells_at_first, 60, 0.5)
            mended = time.time()
            time.sleep(WINDOW)
        finally:
            shoppers.end()
        check("%s: the cluster is whole again" % name, whole)
        check("%s: sales are made at the first node again" % name, back)
        sold = len(shoppers.of("order"))
        before = shoppers.rate(began - WINDOW, began)
        after = shoppers.rate(mended, mended + WINDOW)
        print(
            "# %s: %d orders; longest gap %.1f s; %.0f a second before, %.0f after; %s"
            % (name, sold, shoppers.longest_gap(), before, after, shoppers.statuses()),
            flush=True,
        )
        check("%s: it sells afterwards" % name, after > 0, (before, after))
        if STALL:
            check("%s: the longest gap" % name, shoppers.longest_gap() <= STALL)
        self.judge(name, shoppers)

    def every_sale_was_told(self):
        web = self.webs[0]
        check("both senders are still running", [p.poll() for p in self.senders] == [None, None])
        waiting = "SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'PENDING'"
        fresh = "SELECT COUNT(*) FROM outbox WHERE pending = 1"
        wait_for(lambda: web.sql(waiting)[0][0] == web.sql(fresh)[0][0] == "0", 240, 1)
        told = {x["header"]["webhook-id"] for x in self.receiver.log()}
        there = web.sql("SELECT LOWER(HEX(id)) FROM outbox WHERE type = 'order.completed'")
        untold = [r[0] for r in there if "evt_" + r[0] not in told]
        check(
            "the receiver was told of all %d sales" % len(there), there and not untold, untold[:3]
        )


chosen = os.environ.get("TG_FAILURES") or "writer,proxied,read-only"
with Cluster(sst=os.environ.get("TG_SST") or "rsync") as whole_cluster:
    world = World(whole_cluster)
    try:
        for failure_name in list(FAILURES) if chosen == "all" else chosen.split(","):
            world.run(failure_name)
        world.every_sale_was_told()
    finally:
        world.stop()
finish()
