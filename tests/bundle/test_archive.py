#!/usr/bin/env python3
"""The archives themselves: two builds in different folders are the same to the bit; modes, owners
and times; what is in them, and that none of it names the machine it was made on; the list of
components; the .htaccess files.

TG_BUNDLE_AGAIN: a folder with the archives of the second build."""
import glob
import gzip
import hashlib
import json
import os
import platform
import re
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import SRC, check, finish, skip  # noqa: E402
from hosted import FOLDER, archive  # noqa: E402

AGAIN = os.environ.get("TG_BUNDLE_AGAIN")
PACKAGING = os.path.join(SRC, "packaging/bundle")
ARCHES = sorted(
    re.search(r"-linux-(\w+)\.tar\.gz$", path)[1] for path in glob.glob(FOLDER + "/*.tar.gz")
)
MACHINES = {"x86_64": 62, "aarch64": 183}  # e_machine of ELF
# What brings the QR decoder of the door page, which stays out, and the decoder.
FETCHED_BY = {"door/fetch", "door/package.json", "door/package-lock.json"}
DECODER = {"door/qr/decode.js", "door/qr/index.js"}


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def test_reproducible():
    if not AGAIN:
        skip("two builds are the same", "there is one: ./check bundle makes two")
        return
    for ending in (".tar.gz", ".zip"):
        one, two = archive(ending), archive(ending, folder=AGAIN)
        check(
            "%s: two builds in different folders, the same bytes" % ending,
            os.path.realpath(one) != os.path.realpath(two) and digest(one) == digest(two),
            (one, two),
        )


def test_members(arch):
    """Both archives have the same files, with the modes that they need."""
    with tarfile.open(archive(".tar.gz", arch)) as tar:
        members = tar.getmembers()
        texts = {m.name: tar.extractfile(m).read() for m in members if m.isfile()}
    with zipfile.ZipFile(archive(".zip", arch)) as packed:
        infos = packed.infolist()
        zipped = {i.filename: packed.read(i) for i in infos if not i.is_dir()}
    check(
        arch + ": .zip and .tar.gz have the same files", zipped == texts, set(zipped) ^ set(texts)
    )
    wrong = [
        m.name
        for m in members
        if m.mode != (0o755 if m.isdir() or m.name.endswith("/ticketgate.fcgi") else 0o644)
        or not (m.isdir() or m.isfile())
        or (m.uid, m.gid, m.uname, m.gname) != (0, 0, "root", "root")
        or m.mtime != members[0].mtime
    ]
    check(arch + ": .tar.gz: modes, kinds, owners, one time", not wrong, wrong[:9])
    wrong = [
        i.filename
        for i in infos
        if i.create_system != 3
        or stat.S_IMODE(i.external_attr >> 16)
        != (0o755 if i.is_dir() or i.filename.endswith("/ticketgate.fcgi") else 0o644)
        or i.date_time != infos[0].date_time
    ]
    check(arch + ": .zip: modes of Unix, one time", not wrong, wrong[:9])
    names = [m.name for m in members]
    check(arch + ": sorted, one folder", names == sorted(names), names[:5])
    return {name.split("/", 1)[1]: text for name, text in texts.items()}


def test_unzip():
    """As "Extract" in a file manager does it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["unzip", "-q", archive(".zip"), "-d", folder], check=True, umask=0o022)
        path = glob.glob(folder + "/*/site/ticketgate.fcgi")
        p = subprocess.run([path[0], "--version"], capture_output=True, text=True, env={})
        check("unzip: the program runs", p.returncode == 0 and "ticketgate" in p.stdout, p)


def test_program(arch, files):
    elf = files["site/ticketgate.fcgi"]
    machine = int.from_bytes(elf[18:20], "little")
    check(arch + ": a program of this processor", machine == MACHINES[arch], machine)
    start, size, count = elf[32:40], elf[54:56], elf[56:58]
    start, size, count = (int.from_bytes(n, "little") for n in (start, size, count))
    kinds = [int.from_bytes(elf[start + i * size :][:4], "little") for i in range(count)]
    check(
        arch + ": no loader and no shared library (PT_INTERP, PT_DYNAMIC)", not {2, 3} & set(kinds)
    )
    check(arch + ": at most 6 MB", len(elf) <= 6000000, len(elf))
    print("# %s: the program has %d bytes" % (arch, len(elf)))


def test_contents(arch, files):
    wanted = [
        "README-hosting.txt",
        "components.cdx.json",
        "database/ticketgate.sql",
        "htaccess/full.htaccess",
        "licences/mariadb-LGPL-2.1",
        "licences/openssl-Apache-2.0",
        "licences/qr/LICENSE-MIT",
        "licences/qrencode-LGPL-2.1",
        "licences/ticketgate",
        "private/sql/001_foundation.sql",
        "private/ticketgate.conf.example",
        "site/dashboard/index.html",
        "site/door/qr/decode.js",
        "site/gateway.php",
        "site/openapi.json",
    ]
    check(arch + ": what has to be there", set(wanted) <= set(files), set(wanted) - set(files))
    own = {
        os.path.relpath(os.path.join(root, name), SRC + "/htdocs")
        for root, _, names in os.walk(SRC + "/htdocs")
        for name in names
    } - FETCHED_BY
    site = {name[5:] for name in files if name.startswith("site/")}
    check(arch + ": all pages", own <= site, own - site)
    own |= DECODER
    rest = site - own - {n + ".gz" for n in own} - {".htaccess", "gateway.php", "ticketgate.fcgi"}
    check(arch + ": nothing else in the document root", not rest, rest)
    texts = {n for n in own if n.endswith((".html", ".js", ".css", ".svg", ".json"))}
    wrong = [n for n in texts if gzip.decompress(files["site/" + n + ".gz"]) != files["site/" + n]]
    check(arch + ": each page with its compressed twin", not wrong, wrong)
    sql = {n for n in os.listdir(SRC + "/sql") if n.endswith(".sql")}
    there = {n[len("private/sql/") :] for n in files if n.startswith("private/sql/")}
    check(arch + ": all migrations", sql == there, sql ^ there)
    places = [os.path.realpath(SRC), os.path.realpath(FOLDER), os.uname().nodename]
    named = [
        (n, place)
        for n, text in files.items()
        for place in places
        if len(place) > 4 and place.encode() in text
    ]
    check(arch + ": no path and no name of this machine", not named, named)


def test_components(arch, files):
    bom = json.loads(files["components.cdx.json"])
    check(
        arch + ": CycloneDX 1.5",
        (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.5", 1)
        and re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bom["serialNumber"])
        and bom["metadata"]["component"]["name"] == "ticketgate",
        bom.get("metadata"),
    )
    with open(PACKAGING + "/sources.list") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    found = {c["name"]: c for c in bom["components"]}
    check(
        arch + ": the libraries of sources.list, in its versions, and libgcc",
        {tuple(row[:2]) for row in rows}
        == {
            (c["name"], c["version"])
            for c in bom["components"]
            if c["purl"].startswith("pkg:deb") and "libgcc" not in c["name"]
        }
        and any(name.startswith("libgcc") for name in found),
        sorted(found),
    )
    for name, _, spdx, *part in rows:
        c = found[name]
        refs = c["externalReferences"]
        check(
            "%s: %s: package URL, licence and hashes of its archives" % (arch, name),
            c["purl"].startswith("pkg:deb/debian/%s@" % name)
            and c["licenses"] == [{"license": {"id": spdx}}]
            and len(refs) >= (2 if part else 3)
            and all(
                re.fullmatch("[0-9a-f]{64}", h["content"]) and h["alg"] == "SHA-256"
                for r in refs
                for h in r["hashes"]
            ),
            c,
        )
        # an archive without Debian's part has the text of the licence alone
        texts = [t for n, t in files.items() if n.startswith("licences/" + name)]
        check("%s: %s: its licence" % (arch, name), texts and min(map(len, texts)) > 500)
    refs = {c["bom-ref"] for c in bom["components"]}
    check(
        arch + ": what the program depends on is in the list",
        len(refs) == len(bom["components"])
        and bom["dependencies"]
        == [{"ref": "ticketgate", "dependsOn": bom["dependencies"][0]["dependsOn"]}]
        and set(bom["dependencies"][0]["dependsOn"]) == refs,
        refs,
    )


def test_htaccess(arch, files):
    """All say the same about routes; the minimal ones have no directive that needs more."""
    made = {}
    for kind in ("full", "minimal", "gateway"):
        text = files["htaccess/%s.htaccess" % kind].decode()
        p = subprocess.run(
            [sys.executable, PACKAGING + "/htaccess.py", kind], capture_output=True, text=True
        )
        check("%s: %s.htaccess comes from conf/htaccess" % (arch, kind), p.stdout == text, p.stderr)
        made[kind] = re.findall(r"^RewriteRule (\S+) \S+\.(?:fcgi|php) \[L\]$", text, re.M)
    with open(SRC + "/conf/htaccess") as f:
        own = re.findall(r"^RewriteRule (\S+) \w+\.fcgi \[L\]$", f.read(), re.M)
    check(
        arch + ": the same routes everywhere: %d" % len(own),
        own and all(routes == own for routes in made.values()),
        made,
    )
    for kind in ("minimal", "gateway"):
        text = files["htaccess/%s.htaccess" % kind].decode()
        beyond = re.findall(r"^\s*(?:Options|DirectoryIndex|Require|CGIPassAuth)\b.*", text, re.M)
        check("%s: %s.htaccess needs FileInfo only" % (arch, kind), not beyond, beyond)
    check(
        arch + ": site/.htaccess is the minimal one",
        files["site/.htaccess"] == files["htaccess/minimal.htaccess"],
    )


def main():
    check("an archive for this machine", platform.machine() in ARCHES, ARCHES)
    test_reproducible()
    test_unzip()
    for arch in ARCHES:
        files = test_members(arch)
        test_program(arch, files)
        test_contents(arch, files)
        test_components(arch, files)
        test_htaccess(arch, files)
    finish()


if __name__ == "__main__":
    main()
