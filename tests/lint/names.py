"""A function or macro that three or more C files define for themselves needs a longer name: a
reader, and every tool that goes by names, takes them for one."""
import re

import tree

FILES = 2
EXEMPT = {"main"}
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
where = {}
for path in tree.sources():
    if not path.endswith(".c"):
        continue
    names = {f.name for f in tree.functions(path) if f.lines is not None}
    names.update(MACRO.findall(tree.code(path)))
    for name in names - EXEMPT:
        where.setdefault(name, []).append(path)
for name, paths in sorted(where.items()):
    if len(paths) > FILES:
        print(f"{name} is defined in {len(paths)} files: {' '.join(paths)}")
