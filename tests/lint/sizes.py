"""Functions of at most 80 lines, hardly any of more than 40; C files of at most 500."""
import tree

FUNCTION, LONG, FILE = 80, 40, 500
LONG_SHARE = 0.5  # percent of the product's functions


def figures():
    """The product's, as a table for people: [(what, value, wanted)]."""
    lengths = [f.lines for p in tree.sources() for f in tree.functions(p) if f.lines is not None]
    files = [tree.read(p).count("\n") for p in tree.sources()]
    long = 100 * sum(n > LONG for n in lengths) / max(len(lengths), 1)
    return [
        ("functions over %d lines, %%" % LONG, long, "under %s" % LONG_SHARE),
        ("functions over %d lines" % FUNCTION, sum(n > FUNCTION for n in lengths), "0"),
        ("files over %d lines" % FILE, sum(n > FILE for n in files), "0"),
    ]


def main():
    for path in tree.files(".c", ".h"):
        lines = tree.read(path).count("\n")
        if lines > FILE:
            print(f"{path}: {lines} lines, {FILE} at most")
        for f in tree.functions(path):
            if f.lines is not None and f.lines > FUNCTION:
                print(f"{path}:{f.line}: {f.name} has {f.lines} lines, {FUNCTION} at most")
    name, share, wanted = figures()[0]
    if share >= LONG_SHARE:
        print(f"{name}: {share:.2f}, {wanted}")


if __name__ == "__main__":
    main()
