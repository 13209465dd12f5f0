"""No command that the documentation, the templates or the scripts run has a secret in its
arguments, which ps(1) shows to every user of the machine. Builtins of the shell (echo, printf, an
assignment) and its functions start no process: in theirs a secret may stand."""
import re

import tree

BUILTINS = set(": [ case echo export for local printf read readonly test".split())
KEYWORDS = {"!", "do", "elif", "else", "if", "then", "until", "while", "{"}
# What makes a secret, or a variable that holds one.
SECRET = re.compile(
    r"\$\((?:openssl\s+rand|pwgen|secret|stored_key|stored_password)\b"
    r"|\$\{?\w*(?:password|passwd)\w*",
    re.I,
)
# Options that take a password as an argument. `-p` alone asks for it.
OPTION = re.compile(
    r"\b(?:mariadb|mysql)\w*(?:-\w+)*\s(?:[^|;&]*\s)?(?:-p[^\s|;&]+|--password=\S+)"
    r"|\b(?:mariadb|mysql)\w*\s[^|;&]*-e\s[^|;&]*IDENTIFIED (?:BY|VIA)"
    r"|\bcurl\s(?:[^|;&]*\s)?(?:-u\s*|--user[= ])[^\s|;&:]+:\S"
    r"|\bticketgate\s(?:[^|;&]*\s)?--password"
    r"|\bopenssl\s(?:[^|;&]*\s)?-pass(?:in|out)?\s+pass:"
)
HERE = re.compile(r"<<<\s*(?:\"[^\"]*\"|'[^']*'|\S+)")  # a here-string is no argument
SINGLE = re.compile(r"'[^']*'")


def program(command):
    """The first word of a command, without keywords and assignments before it."""
    for word in command.split():
        if word not in KEYWORDS and not re.match(r"\w+\+?=", word):
            return word
    return ":"


def starts_of_commands(line):
    """For each byte: where the innermost command around it begins. Quotes and $(…) are followed."""
    begins, at, stack = [], 0, [(0, False)]
    while at < len(line):
        begin, quoted = stack[-1]
        begins.append(begin)
        if line[at] == '"':
            stack[-1] = (begin, not quoted)
        elif line.startswith("$(", at):
            begins.append(begin)
            at += 1
            stack.append((at + 1, False))
        elif line[at] == ")" and len(stack) > 1 and not quoted:
            stack.pop()
        elif line[at] in ";&|(" and not quoted:
            stack[-1] = (at + 1, False)
        at += 1
    return begins


def exposed(line, functions=()):
    """Whether a command of this line of shell has a secret in its arguments."""
    line = HERE.sub("", re.sub(r"(?:^|\s)#.*", "", line))
    if OPTION.search(line):
        return True
    begins = starts_of_commands(line)
    for m in SECRET.finditer(line):
        command = line[begins[m.start()] : m.start()]
        redirected = re.search(r"[<>]\s*\"?$", command)
        name = program(command)
        if not redirected and name not in BUILTINS and name not in functions:
            return True
    return False


def shell(path):
    """(number, line) of the commands of a file: all of it, or what a page shows as code. Without
    here-documents, which are no arguments."""
    text = re.sub(r"\\\n", "  ", tree.read(path))
    page, code, here = path.endswith((".md", ".html")), False, None
    for i, line in enumerate(text.splitlines(), 1):
        if here:
            here = None if line.strip() == here else here
            continue
        if page and re.match(r"\s*```|.*</?pre\b", line):
            code = not code if "```" in line else "<pre" in line
        if not page or code:
            yield i, line
        opened = re.search(r"(?<!<)<<-?\s*['\"]?(\w+)", line)
        here = opened[1] if opened and not page else None


def paths():
    scripts = [p for p in tree.scripts("shell") if not p.startswith(("tests/", "build-aux"))]
    return sorted(scripts + tree.files(".md", ".html") + tree.files(under="conf"))


if __name__ == "__main__":
    LIBRARY = "tests/lib/setup.sh"
    own = re.findall(r"^(\w+)\(\)", tree.read(LIBRARY), re.M)
    for path in paths() + [LIBRARY]:
        functions = own + re.findall(r"^(\w+)\(\)", tree.read(path), re.M)
        for number, line in shell(path):
            if exposed(line, functions):
                print(f"{path}:{number}: a secret in the arguments of a command: {line.strip()}")
