"""Makefile.am lists every source, header, migration and installed file that is there."""
import re

import tree

words = set(re.split(r"[\s\\=]+", open("Makefile.am", encoding="utf-8").read()))
for path in tree.files():
    top = path.split("/")[0]
    if (
        top in ("common", "fcgi", "cli", "cron")
        and path.endswith((".c", ".h"))
        or top in ("sql", "conf", "htdocs")
    ):
        if path not in words and "/".join(path.split("/")[:2]) not in words:
            print(f"{path}: Makefile.am does not list it")
    elif (
        path.startswith(("tests/unit/test_", "tests/fuzz/fuzz_"))
        and path.endswith(".c")
        and path[:-2] not in words
    ):
        print(f"{path}: Makefile.am does not list {path[:-2]}")
for word in words:
    if (
        re.fullmatch(
            r"(common|fcgi|cli|cron|sql|conf|htdocs)/[\w./-]+\.(c|h|sql|in|json|html|css|js)", word
        )
        and word not in tree.files()
    ):
        print(f"Makefile.am: lists {word}, which is not there")
