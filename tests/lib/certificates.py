"""Certificates for tests: a CA of one's own, and what it signs, good and bad."""
import os
import subprocess
import time

CONFIG = """[ca]
default_ca = me
[me]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {cn}
[ca_ext]
basicConstraints = critical, CA:true
keyUsage = keyCertSign, cRLSign
[leaf]
subjectAltName = {san}
"""


class Authority:
    def __init__(self, folder, name="root", parent=None):
        self.folder, self.parent, self.name = os.path.join(folder, name), parent, name
        os.makedirs(self.folder)
        open(self.path("index.txt"), "w").close()
        with open(self.path("serial"), "w") as f:
            f.write("1000\n")
        self.config("Test " + name, "DNS:unused")
        self.cert, self.key = self.path("ca.pem"), self.path("ca.key")
        if parent:
            self.run(
                "req",
                "-new",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "ca.key",
                "-out",
                "ca.csr",
                "-config",
                "conf",
            )
            parent.run(
                "ca",
                "-batch",
                "-notext",
                "-config",
                "conf",
                "-cert",
                "ca.pem",
                "-keyfile",
                "ca.key",
                "-in",
                self.path("ca.csr"),
                "-out",
                self.cert,
                "-days",
                "30",
                "-extensions",
                "ca_ext",
            )
        else:
            self.run(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem",
                "-days",
                "30",
                "-config",
                "conf",
                "-extensions",
                "ca_ext",
            )

    def path(self, name):
        return os.path.join(self.folder, name)

    def config(self, cn, san):
        with open(self.path("conf"), "w") as f:
            f.write(CONFIG.format(cn=cn, san=san))

    def run(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

    def leaf(self, name, san, begin=-86400, end=86400 * 7, bits=2048, digest="sha256", chain=True):
        """The file of a certificate with its key, and the intermediate behind it when there is one
        and it is wanted."""
        self.config(name, san)
        when = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + s)) for s in (begin, end)]
        self.run(
            "req",
            "-new",
            "-newkey",
            "rsa:%d" % bits,
            "-nodes",
            "-keyout",
            name + ".key",
            "-out",
            name + ".csr",
            "-config",
            "conf",
            "-reqexts",
            "leaf",
        )
        self.run(
            "ca",
            "-batch",
            "-notext",
            "-config",
            "conf",
            "-cert",
            "ca.pem",
            "-keyfile",
            "ca.key",
            "-md",
            digest,
            "-startdate",
            when[0],
            "-enddate",
            when[1],
            "-in",
            name + ".csr",
            "-out",
            name + ".crt",
        )
        with open(self.path(name + ".pem"), "w") as out:
            for part in [name + ".key", name + ".crt"] + (
                ["ca.pem"] if self.parent and chain else []
            ):
                with open(self.path(part)) as f:
                    out.write(f.read())
        return self.path(name + ".pem")


def self_signed(folder, san):
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "self.key",
            "-out",
            "self.crt",
            "-days",
            "5",
            "-subj",
            "/CN=self",
            "-addext",
            "subjectAltName = " + san,
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with open(os.path.join(folder, "self.pem"), "w") as out:
        for part in ("self.key", "self.crt"):
            with open(os.path.join(folder, part)) as f:
                out.write(f.read())
    return os.path.join(folder, "self.pem")
