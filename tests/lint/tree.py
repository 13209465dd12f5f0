"""What the rules share: the files that count, C without comments and strings, and its functions."""
import os
import re
import subprocess
import sys
from collections import namedtuple

SKIP = {"var", ".git", "build-aux", "autom4te.cache", "__pycache__", "node_modules"}


def files(*suffixes, under=".", root="."):
    """Paths in the tree `root`; what git ignores is left out where git is there."""
    command = ["git", "-c", "safe.directory=*", "-C", root]
    try:
        out = subprocess.run(
            command + ["ls-files", "-co", "--exclude-standard", under],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        out = []
        for folder, folders, names in os.walk(os.path.join(root, under)):
            folders[:] = [f for f in folders if f not in SKIP and not f.startswith("ticketgate-")]
            out += [os.path.relpath(os.path.join(folder, n), root) for n in names]
    return sorted(
        p
        for p in set(out)
        if os.path.isfile(os.path.join(root, p)) and (not suffixes or p.endswith(suffixes))
    )


def is_test(path):
    return path.startswith("tests/")


def sources():
    """The C of the product."""
    return [p for p in files(".c", ".h") if not is_test(p)]


LANGUAGES = {".py": "python", ".sh": "shell"}


def scripts(language):
    """The files written in Python or shell: by their ending, else by their first line."""
    found = []
    for path in files():
        ending = os.path.splitext(os.path.basename(path))[1]
        if ending:
            if LANGUAGES.get(ending) == language:
                found.append(path)
            continue
        with open(path, "rb") as f:
            first = f.readline(200)
        if re.match(rb"#!.*\b(python3?|(ba|da)?sh)\b", first):
            if (b"python" in first) == (language == "python"):
                found.append(path)
    return found


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(path, strings=False):
    """The text of a C file with comments blanked (and strings emptied), lines kept."""

    def blank(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s if strings else s[0] + s[0]
        return "\n" * s.count("\n") or " "

    return TOKEN.sub(blank, read(path))


def comments(path):
    """The comments of a C file, in order."""
    return [s for s in TOKEN.findall(read(path)) if s[0] == "/"]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


# `lines`: how many the body has between its braces; None for a prototype.
Function = namedtuple("Function", "name line parameters lines")

ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
# A return type, the name, the parameters; nothing after them.
HEAD = re.compile(r"^[A-Za-z_][\w\s*]*[\s*](\w+)\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)\s*$")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
WORDS = ("return", "else", "typedef", "case", "goto", "do")


def split_parameters(text):
    """`text` cut at the commas that stand in no parentheses; `void` and `...` are no parameters."""
    parts, depth, begin = [], 0, 0
    for at, c in enumerate(text + ","):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return [p for p in parts if p not in ("", "void", "...")]


def functions(path):
    """The definitions and prototypes at file scope, in order."""
    text = DIRECTIVE.sub(lambda m: "\n" * m.group(0).count("\n"), code(path))
    text = ATTRIBUTE.sub(lambda m: "\n" * m.group(0).count("\n") + " ", text)
    found, depth, begin, opened = [], 0, 0, None
    for m in re.finditer(r"[{};]", text):
        c, at = m.group(0), m.start()
        if depth == 0 and c in "{;":
            head = text[begin:at]
            h = HEAD.match(head.strip())
            if h and head.split()[0] not in WORDS:
                start = begin + len(head) - len(head.lstrip())
                opened = Function(
                    h.group(1), line_of(text, start), split_parameters(h.group(2)), None
                )
            if opened and c == ";":
                found.append(opened)
                opened = None
            elif opened:
                body = line_of(text, at)
        depth += (c == "{") - (c == "}")
        if depth == 0:
            begin = at + 1
            if opened:
                lines = line_of(text, at) - body - 1
                found.append(opened._replace(lines=max(lines, 0)))
                opened = None
    return found


def main(words):
    if words[:1] == ["--scripts"]:
        return scripts(words[1])
    return files(*words)


if __name__ == "__main__":
    print("\n".join(main(sys.argv[1:])))
