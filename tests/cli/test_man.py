#!/usr/bin/env python3
"""The manual pages and the completion for bash: they are what the programs' tables say now, mandoc
finds nothing wrong with the pages, and bash completes nouns, verbs, options and files."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, SRC, check, finish  # noqa: E402

PAGES = ("ticketgate.1", "ticketgate.conf.5", "ticketgate-fcgi.8", "webhook-flush.8", "mail-send.8")
COMPLETION = os.path.join(SRC, "doc", "completion", "ticketgate")
# What bash does at the tab key: the words of the line, cut at "=" as well, and the place in them.
COMPLETE = """
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_ticketgate
printf '%s\\n' "${COMPREPLY[@]}"
"""


def run(*argv, **kwargs):
    """A program and what it printed."""
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, **kwargs)


def rendered(name):
    """The text of a page, with runs of blanks as one."""
    done = run("mandoc", "-Tutf8", os.path.join(SRC, "doc", "man", name))
    text = done.stdout
    while "\b" in text:  # bold and underlined characters are struck twice
        at = text.index("\b")
        text = text[: at - 1] + text[at + 1 :]
    return " ".join(text.split())


def up_to_date():
    """The generator finds no difference; and it does find one that is planted."""
    script = os.path.join(SRC, "doc", "man.py")
    done = run(sys.executable, script, "--check", BUILD)
    check("pages and completion are up to date (make man)", done.returncode == 0, done.stdout)
    with tempfile.TemporaryDirectory() as folder:
        run("cp", "-r", os.path.join(SRC, "doc"), os.path.join(SRC, "CHANGELOG.md"), folder)
        with open(os.path.join(folder, "doc", "man", "ticketgate.1"), "a") as f:
            f.write("more\n")
        done = run(sys.executable, os.path.join(folder, "doc", "man.py"), "--check", BUILD)
        check(
            "a page that differs is named",
            done.returncode == 1 and "ticketgate.1" in done.stdout,
            done.stdout + done.stderr,
        )


def pages():
    """mandoc accepts them, and each row of the tables is in one."""
    for name in PAGES:
        done = run("mandoc", "-Tlint", "-W", "warning", os.path.join(SRC, "doc", "man", name))
        check("mandoc: " + name, done.returncode == 0 and not done.stdout, done.stdout)
    table = json.loads(run(os.path.join(BUILD, "ticketgate"), "--describe").stdout)
    text = rendered("ticketgate.1")
    missing = [
        words
        for c in table["commands"]
        for words in [" ".join(filter(None, ("ticketgate", c["noun"], c["verb"])))]
        if words not in text
    ]
    check("ticketgate(1) has every command", not missing, missing)
    options = {o["name"] for c in table["commands"] for o in c["options"]}
    missing = [o for o in options if "--%s " % o not in text]
    check("ticketgate(1) has every option", options and not missing, missing)
    text = rendered("ticketgate.conf.5")
    missing = [k["name"] for k in table["config"] if " %s " % k["name"] not in text]
    check("ticketgate.conf(5) has every key", table["config"] and not missing, missing)
    text = rendered("ticketgate-fcgi.8")
    names = [n for n in os.listdir(os.path.join(BUILD, "fcgi")) if n.endswith(".fcgi")]
    missing = [n for n in names if n not in text]
    check("ticketgate-fcgi(8) has every program", names and not missing, missing)


def completed(*words, cwd=None):
    """What bash offers for the last of the words."""
    done = run("bash", "-c", COMPLETE, "bash", COMPLETION, "ticketgate", *words, cwd=cwd)
    if done.stderr:
        return done.stderr
    return done.stdout.split()


def completion():
    """Nouns, verbs, options, files, and nothing where nothing is known."""
    for words, expected in (
        (("or",), ["org"]),
        (("ve",), ["venue", "verify", "version"]),
        (("org", "s"), ["set", "suspend"]),
        (("--json", "org", "s"), ["set", "suspend"]),
        (("--conf", "key", "org", "s"), ["set", "suspend"]),
        (("--conf", "=", "key", "org", "s"), ["set", "suspend"]),
        (("org", "create", "--"), ["--name", "--slug", "--conf", "--json", "--help"]),
        (("org", "create", "--name", "x", "--s"), ["--slug"]),
        (("org", "create", "--name", ""), []),
        (("grants", "--s"), ["--ssl"]),
        (("doctor", ""), []),
        (("org", "list", ""), []),
    ):
        got = completed(*words)
        check("completes %s" % " ".join(words), got == expected, got)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a one", "b-two", "b-three"):
            open(os.path.join(folder, name), "w").close()
        for words in (("--conf", "b-"), ("--conf", "=", "b-"), ("venue", "import", "b-")):
            got = completed(*words, cwd=folder)
            check("files: %s" % " ".join(words), sorted(got) == ["b-three", "b-two"], got)
        got = completed("venue", "export", "b-", cwd=folder)
        check("no files where none belongs", got == [], got)


up_to_date()
pages()
completion()
finish()
