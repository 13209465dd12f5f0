"""C: at most one `?:` in an expression. Arguments of a call and elements of an initializer are
expressions of their own, but may have none inside an expression that has one already. (For
JavaScript: javascript.mjs.) With --figures: how many there are per 1,000 lines."""
import re
import sys

import tree

TOKEN = re.compile(r"[A-Za-z_]\w*|[0-9][\w.]*|[^\s\w]")
CONDITIONS = ("if", "while", "for", "switch")
NO_CALL = ("return", "case", "else", "do")
# A brace after one of these holds values, not statements.
BEFORE_VALUES = ("=", ",", "(", "[", "return")


class Part:
    """What stands in a pair of brackets, or outside of all. Of the expression that is being read
    there: `own` counts its `?`, `groups` those in parentheses that only group, `inner` those of
    arguments and values. `total` counts all of the part."""

    def __init__(self, kind):
        self.kind, self.first, self.total = kind, None, 0
        self.begin()

    def begin(self):
        self.own = self.groups = self.inner = 0
        self.line, self.bad = None, False

    def judge(self):
        nested = self.own and (self.groups or self.inner)
        self.bad = self.bad or nested or self.own + self.groups > 1
        return self.bad

    def add(self, part):
        """`part`, a bracket in this expression, has ended."""
        self.total += part.total
        self.line = self.line or part.line
        if part.kind == "group":
            self.groups += part.own + part.groups
            self.inner += part.inner
            self.bad = self.bad or part.judge()
        elif part.kind in ("call", "values"):
            self.inner += part.total
        else:
            self.begin()


def kind_of(token, before, closed, outer):
    """What the bracket `token` opens: after the token `before`, and after the part `closed`, when
    that is what ended there, in a part of the kind `outer`."""
    if token == "[":
        return "group"
    if token == "{":
        literal = before == ")" and closed.kind == "group"
        values = before in BEFORE_VALUES or literal or outer == "values"
        return "values" if values else "block"
    if before in CONDITIONS:
        return "condition"
    if before == ")":  # a cast, or a call by a pointer
        return "call" if closed.first == "*" else "group"
    return "call" if re.match(r"[A-Za-z_]", before) and before not in NO_CALL else "group"


def crowded(text):
    """The lines of `text`, C without comments, strings and directives, with one too many."""
    stack, before, closed, found = [Part("block")], "", None, set()
    for m in TOKEN.finditer(text):
        token, part = m.group(0), stack[-1]
        part.first = part.first or token
        if token in "([{":
            stack.append(Part(kind_of(token, before, closed, part.kind)))
        elif token == "?":
            part.own += 1
            part.total += 1
            part.line = part.line or tree.line_of(text, m.start())
        elif token in ")]}" or token == ";" or (token == "," and part.kind != "group"):
            if part.kind != "group" and part.judge():
                found.add(part.line)
            if token in ")]}" and len(stack) > 1:
                closed = stack.pop()
                stack[-1].add(closed)
            elif part.kind != "group":
                part.begin()
        before = token
    return found


def violations(text):
    """Directives are read one by one: a macro is an expression of its own."""
    found = crowded(tree.DIRECTIVE.sub(lambda m: "\n" * m.group(0).count("\n"), text))
    for m in tree.DIRECTIVE.finditer(text):
        before = tree.line_of(text, m.start()) - 1
        lone = re.sub(r"\\$", " ", m.group(0), flags=re.M)
        # the parameters of a macro stand before its expression
        lone = re.sub(r"^([ \t]*#[ \t]*define[ \t]+\w+(?:\([^)]*\))?)", r"\1;", lone) + ";"
        found |= {before + line for line in crowded(lone)}
    return sorted(found)


def figures():
    """How many `?:` the product has per 1,000 lines."""
    texts = [tree.code(path) for path in tree.sources()]
    lines = sum(text.count("\n") for text in texts)
    return 1000 * sum(text.count("?") for text in texts) / max(lines, 1)


def main():
    if "--figures" in sys.argv:
        print("%.1f `?:` per 1,000 lines" % figures())
        return
    for path in tree.files(".c", ".h"):
        for line in violations(tree.code(path)):
            print(f"{path}:{line}: more than one `?:` in an expression")


if __name__ == "__main__":
    main()
