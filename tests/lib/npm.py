"""The npm packages of tests/npm/, put below var/ from their lock file; they stay until it
changes."""
import fcntl
import hashlib
import os
import shutil
import subprocess

import harness


INSTALL = (
    "npm",
    "ci",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--omit-lockfile-registry-resolved",
)


def packages():
    """The folder that has them in node_modules/, or None; and why not."""
    if not shutil.which("npm"):
        return None, "npm is not installed. On Debian: apt-get install nodejs npm"
    source = os.path.join(harness.SRC, "tests/npm")
    with open(source + "/package-lock.json", "rb") as f:
        folder = os.path.join(
            harness.SRC, "var/check/npm-" + hashlib.sha256(f.read()).hexdigest()[:12]
        )
    os.makedirs(folder, exist_ok=True)
    # suites run side by side: the first one installs, the others wait for it
    with open(folder + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(folder + "/done"):
            return folder, ""
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(source, name), folder)
        p = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True)
        if p.returncode:
            return None, p.stdout + p.stderr
        open(folder + "/done", "w").close()
    return folder, ""
