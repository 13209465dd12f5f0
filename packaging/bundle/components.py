#!/usr/bin/env python3
"""The list of what is linked into the portable program, as CycloneDX 1.5.

usage: components.py VERSION EPOCH SOURCES COMPILER SCRIPTS

SOURCES is the folder that fetch filled, COMPILER a file with the name and version of the compiler's
source package, whose libgcc is linked in, SCRIPTS the lock file of what the pages load of others.
Prints the JSON: name, version, licence, package URL and the SHA-256 hashes of the source archives,
as the .dsc names them."""
import base64
import hashlib
import json
import os
import re
import sys
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))


def rows():
    with open(os.path.join(HERE, "sources.list")) as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                yield line.split()


def archives(folder, name, version):
    """(file name, SHA-256) of a source package's files, the .dsc first."""
    dsc = os.path.join(folder, "%s_%s.dsc" % (name, version.split(":")[-1]))
    with open(dsc, "rb") as f:
        raw = f.read()
    yield os.path.basename(dsc), hashlib.sha256(raw).hexdigest()
    listed = re.search(r"^Checksums-Sha256:\n((?: .*\n)+)", raw.decode(), re.M)[1]
    for line in listed.splitlines():
        digest, _, file_name = line.split()
        yield file_name, digest


def licence(name):
    """As CycloneDX wants it: an id that SPDX knows, or an expression."""
    return {"expression": name} if " " in name else {"license": {"id": name}}


def package_url(name, version):
    escaped = version.replace(":", "%3A").replace("+", "%2B")
    return "pkg:deb/debian/%s@%s?arch=source&distro=bookworm" % (name, escaped)


def component(folder, name, version, spdx, part=None):
    files = list(archives(folder, name, version))
    if part == "original":  # without Debian's patches
        files = files[:1] + [f for f in files if ".orig.tar." in f[0]]
    return {
        "type": "library",
        "bom-ref": "pkg:deb/debian/%s@%s" % (name, version),
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": files[0][1]}],
        "licenses": [licence(spdx)],
        "purl": package_url(name, version),
        "externalReferences": [
            {
                "type": "distribution",
                "url": "urn:debian:source:" + file_name,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
            for file_name, digest in files
        ],
    }


def part_of_compiler(path):
    with open(path) as f:
        name, version = f.read().split()
    return {
        "type": "library",
        "bom-ref": "pkg:deb/debian/%s@%s" % (name, version),
        "name": "libgcc of " + name,
        "version": version,
        "licenses": [licence("GPL-3.0-or-later WITH GCC-exception-3.1")],
        "purl": package_url(name, version),
    }


def scripts(path):
    """What the pages load of others."""
    with open(path) as f:
        packages = json.load(f)["packages"]
    for folder, package in packages.items():
        if not folder:
            continue
        name, version = folder[len("node_modules/") :], package["version"]
        algorithm, digest = package["integrity"].split("-", 1)
        yield {
            "type": "library",
            "bom-ref": "pkg:npm/%s@%s" % (name, version),
            "name": name,
            "version": version,
            "hashes": [
                {
                    "alg": algorithm.upper().replace("SHA", "SHA-"),
                    "content": base64.b64decode(digest).hex(),
                }
            ],
            "licenses": [licence(package["license"].strip("()"))],
            "purl": "pkg:npm/%s@%s" % (name, version),
        }


def main():
    version, epoch, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    parts = [component(folder, *row) for row in rows()] + [part_of_compiler(sys.argv[4])]
    parts += scripts(sys.argv[5])
    program = {
        "type": "application",
        "bom-ref": "ticketgate",
        "name": "ticketgate",
        "version": version,
        "licenses": [{"license": {"id": "MIT"}}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([program, parts]) + str(epoch))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:%s" % serial,
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "component": program,
        },
        "components": parts,
        "dependencies": [
            {"ref": "ticketgate", "dependsOn": [part["bom-ref"] for part in parts]},
        ],
    }
    json.dump(document, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main()
