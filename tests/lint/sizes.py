"""Functions of at most 80 lines, C files of at most 500."""
import re

import tree

FUNCTION, FILE = 80, 500
for path in tree.files(".c", ".h"):
    text = tree.code(path)
    lines = text.split("\n")
    if len(lines) - 1 > FILE:
        print(f"{path}: {len(lines) - 1} lines, {FILE} at most")
    start, name = None, "?"
    for n, line in enumerate(lines, 1):
        if start is None and line.startswith("{"):
            head = " ".join(lines[max(0, n - 6) : n - 1])
            m = re.findall(r"(\w+)\s*\(", head)
            start, name = n, (m[-1] if m else "?")
        elif (
            start is None
            and re.match(r"^\w.*\)\s*\{\s*$", line)
            and not re.match(r"^(struct|enum|union|typedef)\b[^(]*\{", line)
        ):
            m = re.search(r"(\w+)\s*\(", line)
            start, name = n, (m.group(1) if m else "?")
        elif start is not None and line.startswith("}"):
            if n - start - 1 > FUNCTION:
                print(f"{path}:{start}: {name} has {n - start - 1} lines, {FUNCTION} at most")
            start = None
