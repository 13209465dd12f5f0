"""The first line of each file in common/ says `/* floor N · name: …`; it includes its own floor and
lower ones, nothing of the product."""
import os
import re

import tree

FIRST = re.compile(r"^/\* floor ([0-9]) · ([a-z0-9_]+): \S")
floors = {}
found = tree.files(".c", ".h", under="common")
for path in found:
    first = open(path, encoding="utf-8").readline()
    m = FIRST.match(first)
    if not m:
        print(f"{path}: the first line is not `/* floor N · name: …`")
        continue
    floors[os.path.basename(path)] = int(m.group(1))
    stem = os.path.splitext(os.path.basename(path))[0]
    if m.group(2) != stem:
        print(f"{path}: calls itself {m.group(2)} in the first line")
for path in found:
    mine = floors.get(os.path.basename(path))
    if mine is None:
        continue
    for m in re.finditer(
        r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', tree.code(path, strings=True), re.M
    ):
        name = os.path.basename(m.group(1))
        if re.match(r"(\.\./)*(fcgi|cli|cron|tests)/", m.group(1)) or name not in floors:
            if m.group(1) not in ("sql_head.txt",):
                print(f"{path}: includes {m.group(1)}, which is not in common/")
        elif floors[name] > mine:
            print(f"{path}: floor {mine} includes {name} of floor {floors[name]}")
for stem in {p[:-2] for p in found}:
    if os.path.exists(stem + ".h") and os.path.exists(stem + ".c"):
        a, b = (floors.get(os.path.basename(stem) + s) for s in (".c", ".h"))
        if a is not None and b is not None and a != b:
            print(f"{stem}: .c says floor {a}, .h floor {b}")
