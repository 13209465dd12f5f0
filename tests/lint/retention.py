"""What is kept how long: doc/limits.md names every table."""
import glob
import re

made = set()
for path in glob.glob("sql/[0-9]*.sql") + ["common/db/migrate.c"]:
    with open(path, encoding="utf-8") as f:
        made |= set(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", f.read()))
with open("doc/limits.md", encoding="utf-8") as f:
    text = f.read()
told = set(re.findall(r"`(\w+)`", text[text.index("| table | row | size | kept |") :]))
if len(made) < 40:
    print("sql: only %d tables were found" % len(made))
for name in sorted(made - told):
    print("doc/limits.md: the table %s is missing from what is kept how long" % name)
