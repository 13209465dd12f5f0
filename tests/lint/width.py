"""No line over 100 columns in what people write by hand. A URL alone on a comment's line may be
longer, as it cannot be broken. A migration is left alone: databases know it by its checksum. So is
what is made from the message catalogue."""
import os
import re

import tree

COLUMNS = 100
TAB = 4
WIDE_TAB = 8
WIDE_TABS = (".c", ".h", "Makefile.am", "configure.ac")
ENDINGS = (".c", ".h", ".js", ".mjs", ".php", ".py", ".sh", ".sql", ".css") + WIDE_TABS[2:]
URL = re.compile(r"^\s*(?://|/?\*|#|--)?\s*\(?https?://\S+\s*(?:\*/)?$")
# Applied wherever ticketgate runs: these keep their text to the letter.
SENTENCES = re.compile(r"^htdocs/\w+/messages-\w+\.js$")
RELEASED = re.compile(r"^sql/00[1-8]_\w+\.sql$")

for path in sorted({*tree.files(*ENDINGS), *tree.scripts("python"), *tree.scripts("shell")}):
    if RELEASED.match(path) or SENTENCES.match(path) or os.path.islink(path):
        continue
    tab = WIDE_TAB if path.endswith(WIDE_TABS) else TAB
    for number, line in enumerate(tree.read(path).split("\n"), 1):
        width = len(line.expandtabs(tab))
        if width > COLUMNS and not URL.match(line):
            print(f"{path}:{number}: {width} columns, {COLUMNS} at most")
