#!/usr/bin/env python3
"""Writes the sentences that scripts name from the message catalogue: for each folder with scripts,
a module for each language, messages-en.js and so on.

usage: common/messages/scripts.py [--check]

--check writes nothing and prints what differs, as lint asks for it. A script names a sentence by
its id in lower case, as a literal: say("sale_over"). Names that end with _one and _other are one
name without that: count("seconds", 5)."""
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CATALOGUE = "common/messages"
FOLDERS = ("htdocs/door", "htdocs/event")
NAMED = re.compile(r'\b(?:say|say_with|count)\(\s*"(\w+)"')
LITERAL = re.compile(r'"([a-z]+(?:_[a-z]+)*)"')
MONTHS, DAYS = ("january", 12), ("sun", 7)


def read(path):
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def languages():
    """Tag and table of each language, in the order of languages[]."""
    listed = read(CATALOGUE + "/messages.c")
    return re.findall(r'\{"([\w-]+)", "[^"]+", (?:NULL|"[^"]*"), messages_(\w+)\}', listed)


def catalogue(name):
    """The sentences of a language by id in lower case, in their order."""
    text = read("%s/%s.c" % (CATALOGUE, name))
    return {
        found[1].lower(): "".join(json.loads(s) for s in re.findall(r'"(?:[^"\\]|\\.)*"', found[2]))
        for found in re.finditer(r'\[MSG_(\w+)\] =((?:\s*"(?:[^"\\]|\\.)*")+),', text)
    }


def names_in(folder, known):
    """The sentences that the scripts of a folder name, sorted; and the names that are unknown."""
    named, unknown = set(), set()
    for file in sorted(os.listdir(os.path.join(ROOT, folder))):
        if not file.endswith(".js") or file.startswith("messages-"):
            continue
        text = read(folder + "/" + file)
        named |= {n for n in LITERAL.findall(text) if n in known}
        unknown |= {(file, n) for n in NAMED.findall(text) if n not in known}
    return sorted(named), sorted(unknown)


def module(tag, table, names):
    ids = list(table)
    rows = []
    for plural, (first, n) in (("months", MONTHS), ("days", DAYS)):
        at = ids.index(first)
        rows.append((plural, [table[i] for i in ids[at : at + n]]))
    for name in names:
        if name in table:
            rows.append((name, table[name]))
        else:
            rows.append((name, [table[name + "_one"], table[name + "_other"]]))
    text = "".join('\t"%s": %s,\n' % (n, json.dumps(v, ensure_ascii=False)) for n, v in rows)
    head = "// messages-%s: made from the message catalogue by common/messages/scripts.py.\n" % tag
    return "%s// prettier-ignore\nexport default {\n%s};\n" % (head, text)


def main(check):
    english = catalogue("en")
    known = set(english) | {i[: -len("_one")] for i in english if i.endswith("_one")}
    for folder in FOLDERS:
        names, unknown = names_in(folder, known)
        for file, name in unknown:
            print("%s/%s: there is no message %s" % (folder, file, name))
        for tag, name in languages():
            path = "%s/messages-%s.js" % (folder, tag)
            text = module(tag, catalogue(name), names)
            if text == read(path):
                continue
            if check:
                print(path + ": differs, run common/messages/scripts.py")
                continue
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as f:
                f.write(text)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    main(sys.argv[1:] == ["--check"])
