"""npm.packages() installs once, however many suites ask for it at the same time."""
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness
import npm

# an npm that fails where another one is at work
FAKE = """#!/bin/sh
mkdir busy 2>/dev/null || { echo two at once; exit 1; }
sleep 0.3
echo >>runs
rmdir busy
"""


def ask(folder):
    os.environ["PATH"] = folder + ":" + os.environ["PATH"]
    harness.SRC = folder
    return npm.packages()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + "/tests/npm")
        for name in ("package.json", "package-lock.json"):
            open(folder + "/tests/npm/" + name, "w").close()
        with open(folder + "/npm", "w") as f:
            f.write(FAKE)
        os.chmod(folder + "/npm", 0o755)
        with ProcessPoolExecutor(4) as suites:
            answers = list(suites.map(ask, [folder] * 4))
        for where, why in answers:
            if not where:
                print("not installed:", why.strip())
        if len({where for where, _ in answers}) != 1:
            print("not one folder:", answers)
            return
        with open(answers[0][0] + "/runs") as f:
            runs = f.read().count("\n")
        if runs != 1:
            print("installed", runs, "times")


main()
