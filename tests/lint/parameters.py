"""At most five parameters: more of them want a struct."""
import tree

PARAMETERS = 5
FIXED = {"mysql_real_connect"}  # its parameters are the library's
for path in tree.files(".c", ".h"):
    for f in tree.functions(path):
        count = len(f.parameters)
        if count > PARAMETERS and f.name not in FIXED:
            print(f"{path}:{f.line}: {f.name} has {count} parameters, {PARAMETERS} at most")
