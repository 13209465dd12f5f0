"""Who may include whom. common/: a folder includes itself and the ones before it in FLOORS. A
program in fcgi/ and a job in cron/ include common/ and their own folder, a job also cron/core; a
noun of cli/ also cli/core, and others. No folder includes, by whatever way, one that includes it.
suite/, the program that has everything, includes all of them, and none includes it."""
import os
import re
import sys

import tree

FLOORS = (
    "base",
    "text",
    "messages",
    "crypto",
    "runtime",
    "net",
    "schema",
    "db",
    "http",
    "access",
    "api",
    "ticketing",
)
TOPS = ("common", "fcgi", "cron", "cli")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def folder_of(path):
    """common/text of common/text/cidr.h; None where no file may lie."""
    parts = path.split("/")
    if len(parts) < 3 or parts[0] not in TOPS:
        return None
    if parts[0] == "common" and parts[1] not in FLOORS:
        return None
    return "/".join(parts[:2])


def refused(of, to):
    """Why a file of the folder `of` may not include one of the folder `to`, or nothing."""
    if of == to:
        return None
    (top, name), (other_top, other_name) = of.split("/"), to.split("/")
    if top == "common":
        if other_top != "common":
            return f"common/ includes nothing of {other_top}/"
        if FLOORS.index(other_name) > FLOORS.index(name):
            return f"{to} lies above {of}"
    elif other_top not in ("common", top):
        return f"{top}/ includes nothing of {other_top}/"
    elif other_top == top and top != "cli" and to != "cron/core":
        return f"{of} includes nothing of another folder in {top}/"
    return None


def circle(edges):
    """A circle of folders, each followed by one it includes and the first one again; or nothing."""
    done, way = set(), []

    def visit(folder):
        if folder in way:
            return way[way.index(folder) :] + [folder]
        if folder in done:
            return None
        done.add(folder)
        way.append(folder)
        for to in sorted(edges.get(folder, ())):
            found = visit(to)
            if found:
                return found
        way.pop()
        return None

    for folder in sorted(edges):
        found = visit(folder)
        if found:
            return found
    return None


def check(root):
    """What breaks the rule in the tree `root`, a line each."""
    wrong, edges = [], {}
    found = [p for p in tree.files(".c", ".h", root=root) if p.split("/")[0] in TOPS]
    for path in found:
        of = folder_of(path)
        if of is None:
            wrong.append(f"{path}: lies in no folder of the layout")
            continue
        for name in INCLUDE.findall(tree.code(os.path.join(root, path), strings=True)):
            beside = os.path.dirname(path) + "/" + name
            target = beside if "/" not in name else name
            to = folder_of(target)
            if target not in found or to is None:
                wrong.append(f'{path}: "{name}" is no header beside it, nor from the tree\'s top')
                continue
            why = refused(of, to)
            if why:
                wrong.append(f"{path}: includes {target}: {why}")
            elif of != to:
                edges.setdefault(of, set()).add(to)
    around = circle(edges)
    if around:
        wrong.append("folders in a circle: " + " -> ".join(around))
    return wrong


if __name__ == "__main__":
    for line in check(sys.argv[1] if len(sys.argv) > 1 else "."):
        print(line)
