"""What the rules share: the files that count, and C without comments and strings."""
import os
import re
import subprocess
import sys

SKIP = {"var", ".git", "build-aux", "autom4te.cache", "__pycache__", "node_modules"}


def files(*suffixes, under="."):
    """Paths in the tree; what git ignores is left out where git is there."""
    try:
        out = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", under],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        out = []
        for folder, folders, names in os.walk(under):
            folders[:] = [f for f in folders if f not in SKIP and not f.startswith("ticketgate-")]
            out += [os.path.relpath(os.path.join(folder, n)) for n in names]
    return sorted(
        p for p in set(out) if os.path.isfile(p) and (not suffixes or p.endswith(suffixes))
    )


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(path, strings=False):
    """The text of a C file with comments blanked (and strings emptied), lines kept."""

    def blank(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s if strings else s[0] + s[0]
        return "\n" * s.count("\n") or " "

    return TOKEN.sub(blank, open(path, encoding="utf-8").read())


def line_of(text, at):
    return text.count("\n", 0, at) + 1


if __name__ == "__main__":
    print("\n".join(files(*sys.argv[1:])))
