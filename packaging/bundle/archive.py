#!/usr/bin/env python3
"""One folder as .tar.gz and .zip, the same bytes each time: names sorted, one time for all, owner
root, and modes 0755 for folders and programs, 0644 for everything else, so that "Extract" in a file
manager makes programs that run.

usage: archive.py FOLDER EPOCH TARGET      writes TARGET.tar.gz and TARGET.zip"""
import gzip
import os
import stat
import sys
import tarfile
import time
import zipfile


def entries(folder):
    """(path, name in the archive), parents first. Symbolic links are not allowed: FTP has none."""
    top = os.path.basename(folder)
    yield folder, top
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(folders + files):
            path = os.path.join(root, name)
            if os.path.islink(path):
                sys.exit("archive.py: %s is a symbolic link" % path)
            yield path, top + "/" + os.path.relpath(path, folder)


def mode_of(path):
    if os.path.isdir(path) or os.stat(path).st_mode & stat.S_IXUSR:
        return 0o755
    return 0o644


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write_tar(folder, epoch, path):
    # without a name and with this time in gzip's header
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, epoch) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for source, name in sorted(entries(folder), key=lambda e: e[1]):
                info = tarfile.TarInfo(name)
                info.mode, info.mtime = mode_of(source), epoch
                info.uname = info.gname = "root"
                if os.path.isdir(source):
                    info.type = tarfile.DIRTYPE
                    tar.addfile(info)
                else:
                    info.size = os.path.getsize(source)
                    with open(source, "rb") as f:
                        tar.addfile(info, f)


def write_zip(folder, epoch, path):
    when = time.gmtime(max(epoch, 315532800))[:6]  # zip's times begin in 1980
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for source, name in sorted(entries(folder), key=lambda e: e[1]):
            is_folder = os.path.isdir(source)
            info = zipfile.ZipInfo(name + "/" * is_folder, when)
            info.create_system = 3  # Unix: the upper half of external_attr is the mode
            kind = stat.S_IFDIR if is_folder else stat.S_IFREG
            info.external_attr = (kind | mode_of(source)) << 16 | (0x10 if is_folder else 0)
            if is_folder:
                packed.writestr(info, b"", zipfile.ZIP_STORED)
            else:
                packed.writestr(info, read(source), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    write_tar(sys.argv[1].rstrip("/"), int(sys.argv[2]), sys.argv[3] + ".tar.gz")
    write_zip(sys.argv[1].rstrip("/"), int(sys.argv[2]), sys.argv[3] + ".zip")
