#!/usr/bin/env python3
"""htdocs/openapi.json without a warning of Redocly CLI and of Spectral; the rules and their
exceptions are in tests/npm/."""
import copy
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import npm  # noqa: E402
from harness import SRC, check, finish  # noqa: E402

PATH = os.path.join(SRC, "htdocs/openapi.json")
LINTERS = {
    "Redocly": ["redocly", "lint", "--config", SRC + "/tests/npm/redocly.yaml"],
    "Spectral": [
        *("spectral", "lint", "--fail-severity", "hint", "--ruleset"),
        SRC + "/tests/npm/spectral.yaml",
    ],
}


def lint(folder, command, path):
    """The linter's status and words; it must not need the network."""
    return subprocess.run(
        [os.path.join(folder, "node_modules/.bin", command[0]), *command[1:], path],
        cwd=folder,
        env=dict(
            os.environ, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true", CI="1"
        ),
        capture_output=True,
        text=True,
    )


def main():
    folder, why = npm.packages()
    if not check("the linters install from their lock file", folder, why):
        finish()
    with open(PATH, encoding="utf-8") as f:
        broken = copy.deepcopy(json.load(f))
    path, item = next(iter(broken["paths"].items()))
    del next(iter(item.values()))["operationId"]
    with tempfile.TemporaryDirectory() as place:
        with open(place + "/broken.json", "w", encoding="utf-8") as f:
            json.dump(broken, f)
        for name, command in LINTERS.items():
            p = lint(folder, command, PATH)
            check(name + " has nothing to say", p.returncode == 0, p.stdout + p.stderr)
            p = lint(folder, command, f.name)
            check(name + " sees a missing operationId", p.returncode == 1, p.stdout + p.stderr)
    finish()


main()
