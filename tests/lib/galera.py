"""A MariaDB Galera cluster on this machine: three nodes with conf/galera/node.cnf.in at the
addresses 127.0.0.11 to .13, at the ports of a real cluster. The caller has a network of its own:

    network()                        # first of all: the script again, in a network namespace
    with Cluster() as cluster:
        cluster.nodes[0].sql("SELECT 1")

Nodes are ended by process id (tests/lib/mariadb.sh)."""
import glob
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from harness import SRC, Site, account_sections, database_accounts, finish, skip, wait_for

PROVIDER = "/usr/lib/galera/libgalera_smm.so"
CACHE = os.path.join(SRC, "var", "cluster")
DEADLINE = 120
# Programs of packages that are not to be installed, because that would start a server; ./check
# installs the libraries that they need.
UNPACKED = {
    "haproxy": ("haproxy", "usr/sbin/haproxy"),
    "transfer": ("mariadb-server", "usr/bin/wsrep_sst_rsync"),
}


def network():
    """Runs the script again in a network namespace, unless it is in one: in there all loopback
    addresses and ports are its own, and a firewall can part the nodes."""
    if os.environ.get("TG_NETWORK") == "own":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nodes are ended on the way out
        return
    rights = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    if subprocess.run([*rights, "true"], capture_output=True).returncode:
        skip("a cluster", "a network namespace of its own is not permitted here")
        finish()
    for package, path in UNPACKED.values():
        unpacked(package, path)
    script = os.path.abspath(sys.argv[0])
    up = 'ip link set lo up && exec "$0" "$@"'
    os.environ["TG_NETWORK"] = "own"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.execvp(rights[0], [*rights, "sh", "-c", up, sys.executable, script, *sys.argv[1:]])


def unpacked(package, path):
    """The file `path` of a Debian package."""
    folder = os.path.join(CACHE, package)
    if not os.path.exists(folder + "/" + path):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        for file in glob.glob(folder + "/*.deb"):
            subprocess.run(["dpkg-deb", "-x", file, folder], check=True)
    return folder + "/" + path


class Node:
    def __init__(self, folder, number, all_addresses, options):
        self.n, self.dir = number, "%s/n%d" % (folder, number)
        self.address = "127.0.0.%d" % (10 + number)
        self.addresses, self.options, self.starting = all_addresses, options, None

    def lines(self, first):
        """What my.cnf gets besides conf/my.cnf.in."""
        with open(SRC + "/conf/galera/node.cnf.in") as f:
            text = f.read()
        for name, value in dict(
            NAME="n%d" % self.n,
            ADDRESS=self.address,
            ADDRESSES="" if first else ",".join(self.addresses),
            PROVIDER=PROVIDER,
            GCACHE="512M",
            SST=self.options.get("sst", "rsync"),
            SST_AUTH="",
        ).items():
            text = text.replace("@%s@" % name, value)
        return text + self.position() + "max-connections = 300\n" + self.options.get("more", "")

    def position(self):
        """Where a node that was killed stands, as Debian's service asks before each start
        (galera_recovery). Without it, a cluster of which all nodes were killed may go on with nodes
        that differ in the last transaction."""
        if not os.path.exists(self.dir + "/made"):
            return ""
        owner = os.stat(self.dir + "/data").st_uid
        p = subprocess.run(
            ["mariadbd", "--defaults-file=%s/my.cnf" % self.dir, "--wsrep-recover"]
            + ["--disable-log-error", "--user=%s" % pwd.getpwuid(owner).pw_name],
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        found = re.findall(r"Recovered position: (\S+)", p.stderr)
        return "wsrep-start-position = %s\n" % found[-1] if found else ""

    def script(self, verb, first=False):
        path = os.path.dirname(unpacked(*UNPACKED["transfer"]))
        lines = self.lines(first) if verb == "start" else ""
        env = dict(os.environ, TG_DB_EXTRA=lines, PATH=path + ":" + os.environ["PATH"])
        return subprocess.Popen(
            ["bash", SRC + "/tests/lib/mariadb.sh", verb, self.dir],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, verb, first=False):
        p = self.script(verb, first)
        out, err = p.communicate(timeout=DEADLINE)
        if p.returncode:
            raise RuntimeError("node %d: %s: %s" % (self.n, verb, err[-2000:]))
        return out.strip()

    def begin(self):
        """Starts without waiting; start() or joined() waits."""
        self.starting = self.script("start")

    def start(self, first=False):
        if first:
            self.socket = self.run("start", True)
        elif not self.starting:
            self.begin()
        self.joined()

    def joined(self):
        if self.starting:
            out, err = self.starting.communicate(timeout=DEADLINE)
            if self.starting.returncode:
                raise RuntimeError("node %d: %s" % (self.n, err[-2000:]))
            self.socket, self.starting = out.strip(), None
        if not wait_for(self.synced, DEADLINE, 0.1):
            raise RuntimeError("node %d does not join: %s/log/db.err" % (self.n, self.dir))

    def pid(self):
        return int(self.run("status"))

    def kill(self):
        self.run("kill")

    def stop(self):
        if self.starting:
            self.starting.kill()
            self.starting.communicate()
            self.starting = None
        if os.path.isdir(self.dir):
            self.run("stop")

    def pause(self):
        os.kill(self.pid(), signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid(), signal.SIGCONT)

    def sql(self, text, database="ticketgate", timeout=60):
        p = subprocess.run(
            ["mariadb", "--no-defaults", "-S", self.socket, "-N", "-B"]
            + ["--default-character-set=utf8mb4", database],
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if p.returncode:
            raise RuntimeError("node %d: %s: %s" % (self.n, p.stderr.strip(), text[:300]))
        return [line.split("\t") for line in p.stdout.splitlines()]

    def status(self, name):
        """'' while it does not answer."""
        try:
            rows = self.sql("SHOW GLOBAL STATUS LIKE 'wsrep_%s'" % name, "", 10)
        except (RuntimeError, subprocess.TimeoutExpired, AttributeError):
            return ""
        return rows[0][1] if rows else ""

    def synced(self):
        return self.status("local_state_comment") == "Synced" and self.status("ready") == "ON"


class Cluster:
    """options: sst (rsync, mariabackup), more: further lines for [mysqld]."""

    def __init__(self, **options):
        self.dir = tempfile.mkdtemp(prefix="tg-cluster-")
        os.chmod(self.dir, 0o755)
        addresses = ["127.0.0.%d" % (10 + n) for n in (1, 2, 3)]
        self.nodes = [Node(self.dir, n, addresses, options) for n in (1, 2, 3)]

    def __enter__(self):
        try:
            for node in self.nodes:
                node.start(first=node is self.nodes[0])
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *unused):
        self.stop()

    def stop(self):
        for node in reversed(self.nodes):
            node.stop()
        if os.environ.get("TG_KEEP"):
            print("# kept " + self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def whole(self):
        """All nodes are in, and have what the others have."""
        return all(n.synced() and n.status("cluster_size") == "3" for n in self.nodes)

    def differing(self):
        """Tables whose rows are not the same on all nodes. (CHECKSUM TABLE also covers unused bits
        of a row, which replication does not copy.)"""
        out = []
        for (table,) in self.nodes[0].sql("SHOW TABLES"):
            columns = [row[0] for row in self.nodes[0].sql("SHOW COLUMNS FROM " + table)]
            row = ", ".join("COALESCE(HEX(`%s`), '-')" % c for c in columns)
            ask = "SELECT COUNT(*), SUM(CRC32(CONCAT_WS(' ', %s))) FROM %s" % (row, table)
            sums = [n.sql("SET SESSION wsrep_sync_wait = 1; " + ask) for n in self.nodes]
            if sums.count(sums[0]) != len(sums):
                out.append("%s: %s" % (table, sums))
        return out

    def part(self, node):
        """No packets between a node and the others; heal() ends it."""
        others = [n.address for n in self.nodes if n is not node]
        rules = ["add table inet tg", "add chain inet tg i { type filter hook input priority 0; }"]
        for a, b in [(node.address, o) for o in others] + [(o, node.address) for o in others]:
            rules.append("add rule inet tg i ip saddr %s ip daddr %s drop" % (a, b))
        subprocess.run(["nft", "-f", "-"], input="\n".join(rules), text=True, check=True)

    def heal(self):
        subprocess.run(["nft", "delete", "table", "inet", "tg"], check=True)


class WebNode(Site):
    """A web node with a configuration, shared memory and lighttpd of its own. `like`: another web
    node, whose key file and accounts it gets."""

    def __init__(self, cluster, hosts, like=None, **more):
        self.cluster, self.hosts, self.like = cluster, hosts, like
        super().__init__(**more)

    def sql(self, text, database="ticketgate"):
        node = next(n for n in self.cluster.nodes if n.synced())
        return node.sql("SET SESSION wsrep_sync_wait = 1; " + text, database)

    def set_hosts(self, hosts):
        """For commands and programs that start afterwards."""
        with open(self.conf) as f:
            text = f.read()
        self.hosts = hosts
        with open(self.conf, "w") as f:
            f.write(re.sub("(?m)^db_host = .*$", "db_host = " + ",".join(hosts), text))

    def start(self):
        if self.like:
            self.words = self.like.words
        else:
            self.words = {name: secrets.token_hex(12) for name in database_accounts()}
        self.pepper = self.like.pepper if self.like else secrets.token_hex(32)
        self.write_configuration("db_host = %s\n" % ",".join(self.hosts), self.pepper)
        with open(self.conf, "a") as f:
            f.write(account_sections(self.words))
        if not self.like:
            grants = ["grants", "--host", "127.0.0.1"]
            self.cluster.nodes[0].sql(self.command(*grants, "--admin").stdout, "")
            self.command("migrate")
            self.cluster.nodes[0].sql(self.command(*grants).stdout, "")
            self.org()
        self.start_web()

    def mariadb(self, verb):
        """The cluster is not this web node's to start or stop."""


class Proxy:
    """HAProxy with conf/galera/haproxy.cfg.in in front of a cluster."""

    def __init__(self, cluster):
        self.file, self.process = cluster.dir + "/haproxy.cfg", None
        self.address = "127.0.0.1:3307"
        with open(SRC + "/conf/galera/haproxy.cfg.in") as f:
            text = f.read()
        names = {"NODE%d" % n.n: n.address + ":3306" for n in cluster.nodes}
        for name, value in dict(names, ADDRESS="127.0.0.1", PORT="3307").items():
            text = text.replace("@%s@" % name, value)
        with open(self.file, "w") as f:
            f.write(text)
        cluster.nodes[0].sql("CREATE USER IF NOT EXISTS ticketgate_check@'127.0.0.1'", "")

    def start(self):
        with open(self.file[:-4] + ".log", "a") as log:
            self.process = subprocess.Popen(
                [unpacked(*UNPACKED["haproxy"]), "-f", self.file, "-db"], stdout=log, stderr=log
            )
        ended = lambda: self.process.poll() is not None
        if not wait_for(lambda: ended() or self.listens(), DEADLINE) or ended():
            with open(log.name) as f:
                raise RuntimeError("HAProxy does not start: " + f.read()[-2000:])

    def listens(self):
        host, port = self.address.split(":")
        try:
            socket.create_connection((host, int(port)), 5).close()
            return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None
