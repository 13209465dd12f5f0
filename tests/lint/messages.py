"""The message catalogue: each message is used, in C or by a script, and the files that scripts load
are made from it."""
import re
import subprocess
import sys

import tree

HEADER = "common/messages/messages.h"
CATALOGUES = "common/messages/"
# Months and days are named by the first one, as the two forms of a count are.
FIRST = {"MSG_JANUARY", "MSG_SUN"}


def messages_of(path):
    return set(re.findall(r"\bMSG_[A-Z_]+\b", tree.code(path)))


declared = re.findall(r"^\t(MSG_[A-Z_]+),$", tree.read(HEADER), re.M)
used = set()
for path in tree.sources():
    if path.endswith(".c") and path.startswith(("common/", "fcgi/", "cron/", "cli/")):
        if not path.startswith(CATALOGUES) or path.endswith("formats.c"):
            used |= messages_of(path)
for path in tree.files(".js", under="htdocs"):
    if "/messages-" in path:
        words = re.findall(r'^\t"(\w+)": (\[?)', tree.read(path), re.M)
        used |= {"MSG_" + w.upper() + ("_ONE" if list_ else "") for w, list_ in words}
for before, name in zip([None] + declared, declared):
    if before in FIRST and name != "MSG_DATE_TIME":
        FIRST.add(name)
    if name not in used and name not in FIRST and not name.endswith("_OTHER"):
        print(f"{HEADER}: {name} is used nowhere")
subprocess.run([sys.executable, CATALOGUES + "scripts.py", "--check"], check=True)
