"""Functions that have no place here, and where the few exceptions are."""
import re

import tree

BANNED = {
    "strcpy": "say how large",
    "strcat": "say how large",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "stpcpy": "say how large",
    "gets": "fgets",
    "strtok": "keeps state",
    "scanf": "read it by hand",
    "fscanf": "read it by hand",
    "atoi": "strtoll",
    "atol": "strtoll",
    "atoll": "strtoll",
    "atof": "no floating point",
    "rand": "common/base/uuid.h",
    "srand": "common/base/uuid.h",
    "random": "common/base/uuid.h",
    "drand48": "common/base/uuid.h",
    "rand_r": "common/base/uuid.h",
    "system": "no shell",
    "popen": "no shell",
    "alloca": "arena",
    "tmpnam": "mkstemp",
    "mktemp": "mkstemp",
    "setlocale": "text is bytes",
    "localtime": "time is UTC",
    "ctime": "time is UTC",
    "asctime": "time is UTC",
    "gmtime": "gmtime_r",
    "mysql_query": "common/db/statement.c prepares constants",
    "mysql_real_query": "common/db/statement.c prepares constants",
    "mysql_escape_string": "bind it",
    "mysql_real_escape_string": "bind it",
    "vfork": "fork",
    "usleep": "nanosleep",
    "bcopy": "memcpy",
    "strncat": "buf",
}
ALLOWED = {
    "common/db/connection.c": {"mysql_query", "mysql_real_query"},
    "common/db/login.c": {"mysql_real_query"},
}
# A test may be short: what it copies it has written itself.
TESTS = {
    "mysql_query",
    "mysql_real_query",
    "usleep",
    "system",
    "popen",
    "strcpy",
    "strcat",
    "sprintf",
    "atoi",
    "atol",
    "rand",
    "srand",
}
PATTERN = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")[ \t]*\(")
for path in tree.files(".c", ".h"):
    text = tree.code(path)
    allowed = set(ALLOWED.get(path, ()))
    if path.startswith("tests/"):
        allowed |= TESTS
    for m in PATTERN.finditer(text):
        if m.group(1) not in allowed:
            print(f"{path}:{tree.line_of(text, m.start())}: {m.group(1)} ({BANNED[m.group(1)]})")
