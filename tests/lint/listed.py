"""Makefile.am lists every C file, migration and installed file that is there, and none twice.
(Headers are found by its dist-hook.)"""
import re
from collections import Counter

import tree

PRODUCT = ("common/", "fcgi/", "cli/", "cron/", "suite/")
INSTALLED = ("sql/", "conf/", "htdocs/", "clients/", "examples/")
PROGRAM = re.compile(r"tests/(?:unit|fuzz)/(?:.*/)?(?:test|fuzz)_\w+\.c$")
NAMED = re.compile(
    r"(?:%s)[\w./-]+\.(?:c|h|sql|in|json|html|css|js|md|php|svg|ts)" % "|".join(PRODUCT + INSTALLED)
)

makefile = tree.read("Makefile.am")
words = Counter(re.split(r"[\s\\=]+", re.sub(r"^#.*", "", makefile, flags=re.M)))
there = tree.files()
for path in there:
    folder = "/".join(path.split("/")[:2])
    if path.startswith(PRODUCT) and path.endswith(".c"):
        listed = path in words
    elif path.startswith(INSTALLED):
        listed = path in words or folder in words
    elif PROGRAM.match(path):
        path = path[:-2]
        listed = path in words
    else:
        continue
    if not listed:
        print(f"{path}: Makefile.am does not list it")
for word, times in sorted(words.items()):
    if not NAMED.fullmatch(word):
        continue
    if word not in there:
        print(f"Makefile.am: lists {word}, which is not there")
    if times > 1:
        print(f"Makefile.am: lists {word} {times} times")
