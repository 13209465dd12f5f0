"""Every configuration key is explained in conf/ticketgate.conf.in, which knows no other, and has
its row of common/runtime/config_keys.c in doc/configuration.md: key, default, description. The rows
of README.md are some of them."""
import re

import tree

SOURCE = "common/runtime/config_keys.c"
table = re.search(r"\bconfig_keys\[\] = \{(.*?)^\};", tree.code(SOURCE, strings=True), re.S | re.M)
entry = re.compile(
    r'\{"(?P<key>\w+)", CONFIG_\w+, AT\(\w+\), "(?P<default>[^"]*)",[^"]*'
    r'(?P<doc>"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*)'
)
keys = list(entry.finditer(table.group(1))) if table else []
if not keys:
    print(f"{SOURCE}: no table config_keys[] with its keys was found")
template = open("conf/ticketgate.conf.in", encoding="utf-8").read()
manual = open("doc/configuration.md", encoding="utf-8").read().splitlines()
readme = open("README.md", encoding="utf-8").read().splitlines()
rows = {}
said = re.findall(r"^#?([a-z0-9_]+) =", template, re.M)
for m in keys:
    key, default = m["key"], f"`{m['default']}`" if m["default"] else ""
    doc = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', m["doc"]))
    row = rows[key] = f"| `{key}` | {default} | {doc} |"
    if key not in said:
        print(f"conf/ticketgate.conf.in: {key} is missing (write `{key} = …` or `#{key} = …`)")
    if row not in manual:
        print(f"doc/configuration.md: the table lacks this row: {row}")
for key in sorted(set(said) - {m["key"] for m in keys}):
    if keys:
        print(f"conf/ticketgate.conf.in: {SOURCE} has no key {key}")
for line in readme:
    m = re.match(r"\| `(\w+)` \|", line)
    if m and m[1] in rows and line != rows[m[1]]:
        print(f"README.md: this row of the configuration table should be: {rows[m[1]]}")
