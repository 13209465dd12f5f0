"""Webhook events: the table of common/ticketing/webhook_event.c, the database's SET, the
dashboard's choices and the guide name the same events."""
import re

import tree


def read(path):
    return open(path, encoding="utf-8").read()


table = re.findall(r'\[WEBHOOK_\w+\] = "([a-z_.]+)"', read("common/ticketing/webhook_event.c"))
if not table:
    print("common/ticketing/webhook_event.c: no names were found")
column = re.compile(
    r"^\s*(?:MODIFY\s+(?:COLUMN\s+)?(?:IF\s+EXISTS\s+)?)?events\s+SET\(([^)]*)\)", re.M | re.I
)
sets = [
    (path, m.group(1))
    for path in tree.files(".sql", under="sql")
    for m in column.finditer(read(path))
]
if not sets:
    print("sql: no migration declares the column events")
for path, names in sets[-1:]:
    if re.findall(r"'([^']*)'", names) != table:
        print(f"{path}: the SET of webhook_endpoints.events is not the table's list, in its order")
page = "htdocs/dashboard/webhooks.js"
choices = re.search(r"EVENTS = \[(.*?)\n\];", read(page), re.S)
if not choices or re.findall(r'value: "([^"]*)"', choices.group(1)) != table:
    print(f"{page}: EVENTS is not the table's list, in its order")
for guide in ("htdocs/docs/webhooks.html",):
    for name in table:
        if name not in read(guide):
            print(f"{guide}: does not mention {name}")
