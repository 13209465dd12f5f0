#!/usr/bin/env python3
"""The portable program's own memcpy() copies what memmove() copies, and touches nothing else."""
import os
import platform
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import SRC, check, finish, skip  # noqa: E402

SOURCE = SRC + "/packaging/bundle/memcpy_x86_64.c"
FLAGS = ["-O2", "-fno-builtin", "-fno-tree-loop-distribute-patterns", "-Wall", "-Wextra", "-Werror"]


def main():
    if platform.machine() != "x86_64":
        skip("memcpy", "this machine is no x86-64")
        finish()
    with tempfile.TemporaryDirectory() as folder:
        copy, program = folder + "/memcpy.o", folder + "/copies"
        for argv in (
            ["gcc", *FLAGS, "-Dmemcpy=tested_memcpy", "-c", SOURCE, "-o", copy],
            ["gcc", "-O1", "-Wall", "-Werror", SRC + "/tests/bundle/copies.c", copy, "-o", program],
        ):
            p = subprocess.run(argv, capture_output=True, text=True)
            check("compiles: " + os.path.basename(argv[-1]), p.returncode == 0, p.stderr)
        p = subprocess.run([program], capture_output=True, text=True)
        check("copies as memmove() does", p.returncode == 0 and ", 0 wrong" in p.stdout, p.stdout)
    finish()


if __name__ == "__main__":
    main()
