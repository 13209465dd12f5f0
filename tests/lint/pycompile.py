"""Every python file compiles, and a suite can be executed."""
import os
import re

import tree

for path in tree.files(".py"):
    try:
        compile(open(path, encoding="utf-8").read(), path, "exec")
    except SyntaxError as e:
        print(f"{path}:{e.lineno}: {e.msg}")
for path in tree.files(".py", ".sh", under="tests"):
    if re.match(
        r"tests/(cli|db|sql|http|contract|fault|race|webhook|hosting)/test_", path
    ) and not os.access(path, os.X_OK):
        print(f"{path}: is a suite, but not executable: chmod +x")
