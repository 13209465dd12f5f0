"""Each C file begins with a comment of one plain sentence, `/* name: what it is for. */`. Of the
product, comments are at least 16 % of the characters; assertions at least 3 and `?:` under 12 per
1,000 lines. With --figures: these and the sizes as a table."""
import os
import re
import sys

import sizes
import ternary
import tree

SHARE, ASSERTS, TERNARIES = 16, 3, 12
ASSERT = re.compile(r"\b(?:assert|static_assert|_Static_assert)\s*\(")
ANY_NAME = ("main",)  # it bears the program's


def first_comment(path):
    """What is wrong with the comment that a file begins with, or nothing."""
    text = tree.read(path)
    m = re.match(r"/\*\s+(.*?)\s*\*/", text, re.S)
    if not m:
        return "does not begin with a comment `/* name: what it is for. */`"
    words = re.sub(r"\s*\n\s*(?:\*\s*)?", " ", m.group(1))
    stem = os.path.splitext(os.path.basename(path))[0]
    m = re.match(r"([\w.-]+): (\S.*)$", words)
    if not m:
        return "the first comment is not `/* name: what it is for. */`"
    if m.group(1) != stem and stem not in ANY_NAME:
        return f"calls itself {m.group(1)} in the first comment"
    if not words.endswith("."):
        return "the first comment is no sentence with a full stop"
    if re.search(r"[.!?] +[A-Z`(]", m.group(2)):
        return "the first comment is more than one sentence"
    return None


def figures():
    """The product's: [(what, value, wanted, well)]."""
    paths = tree.sources()
    characters = sum(len(tree.read(p)) for p in paths)
    comments = sum(len(c) for p in paths for c in tree.comments(p))
    lines = sum(tree.read(p).count("\n") for p in paths)
    asserts = sum(len(ASSERT.findall(tree.code(p))) for p in paths)
    share = 100 * comments / max(characters, 1)
    per_1000 = 1000 * asserts / max(lines, 1)
    conditional = ternary.figures()
    return [
        ("comments, % of the characters", share, f"at least {SHARE}", share >= SHARE),
        ("assertions per 1,000 lines", per_1000, f"at least {ASSERTS}", per_1000 >= ASSERTS),
        ("`?:` per 1,000 lines", conditional, f"under {TERNARIES}", conditional < TERNARIES),
    ]


def main():
    if "--figures" in sys.argv:
        for name, value, wanted in [row[:3] for row in figures()] + sizes.figures():
            print(f"{name:32} {value:8.2f}   {wanted}")
        return
    for path in tree.files(".c", ".h"):
        wrong = first_comment(path)
        if wrong:
            print(f"{path}: {wrong}")
    for name, value, wanted, well in figures():
        if not well:
            print(f"{name}: {value:.2f}, {wanted}")


if __name__ == "__main__":
    main()
