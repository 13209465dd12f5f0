"""No path of one machine, no credentials, no leftovers of merging or hurrying."""
import re

import tree

RULES = [
    (re.compile(r"(?<![\w./-])/(?:root|home/\w+|work)/[\w.-]+"), "a path of one machine"),
    (re.compile(r"^(?:<{7}|>{7}|={7})(?: |$)", re.M), "a merge marker"),
    (re.compile(r"\b(?:FIXME|HACK|TODO)\b|\bXXX:"), "say it in an issue, or do it"),
    (re.compile(r"-----BEGIN (?:RSA |EC )?PRIVATE KEY-----"), "a private key"),
    (re.compile(r"[ \t]+$", re.M), "blanks at the end of a line"),
]
BINARY = (".png", ".ico", ".woff2", ".gz", ".xz", ".jpg")
for path in tree.files():
    if path.endswith(BINARY) or path.startswith(
        ("tests/fuzz/seeds/", "tests/fuzz/corpus/", "tests/lint/words.py")
    ):
        continue
    try:
        text = open(path, encoding="utf-8").read()
    except UnicodeDecodeError:
        if not path.startswith("tests/data/"):
            print(f"{path}: is not UTF-8")
        continue
    for rule, why in RULES:
        if path.startswith("tests/data/") and why.startswith("blanks"):
            continue
        m = rule.search(text)
        if m:
            print(f"{path}:{tree.line_of(text, m.start())}: {m.group(0)!r}: {why}")
