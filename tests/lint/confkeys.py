"""Every configuration key is explained in conf/ticketgate.conf.in and named in README.md, and the
template knows no other."""
import os
import re

import tree

table = re.compile(r"\bconf_keys\s*\[\s*\]\s*=\s*\{(.*?)^\};", re.S | re.M)
keys = []
for path in tree.files(".c", under="common"):
    m = table.search(tree.code(path, strings=True))
    if m:
        keys = re.findall(r'^\s*(?:\{|[A-Z_]+\s*\()\s*"([a-z0-9_]+)"', m.group(1), re.M)
if not keys:
    print("common/runtime/config.c: no table conf_keys[] with its keys was found")
template = open("conf/ticketgate.conf.in", encoding="utf-8").read()
readme = open("README.md", encoding="utf-8").read() if os.path.exists("README.md") else ""
said = re.findall(r"^#?([a-z0-9_]+) =", template, re.M)
for key in keys:
    if key not in said:
        print(f"conf/ticketgate.conf.in: {key} is not there (as `{key} = …` or `#{key} = …`)")
    if not re.search(rf"\b{key}\b", readme):
        print(f"README.md: the key {key} is not mentioned")
for key in sorted(set(said)):
    if keys and key not in keys:
        print(f"conf/ticketgate.conf.in: {key} is no key of common/runtime/config.c")
