#!/usr/bin/env python3
"""The .htaccess files of the bundle, all made from conf/htaccess, so that they cannot differ in
what they route, refuse or send:

full      conf/htaccess with one program in place of nine; needs AllowOverride All, or FileInfo,
          Options, Indexes and AuthConfig
minimal   what needs AllowOverride FileInfo only; in the place of the rest are rewriting rules
gateway   the same with gateway.php in place of the program

usage: htaccess.py full|minimal|gateway [FILE]"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATE = os.path.join(HERE, "../../conf/htaccess")

# What each directive needs in AllowOverride (the "Override:" lines of Apache's documentation); ""
# is any of them.
OVERRIDE = {
    "AddEncoding": "FileInfo",
    "AddHandler": "FileInfo",
    "AddOutputFilterByType": "FileInfo",
    "AddType": "FileInfo",
    "CGIPassAuth": "AuthConfig",
    "DirectoryIndex": "Indexes",
    "ErrorDocument": "FileInfo",
    "Header": "FileInfo",
    "LimitRequestBody": "",
    "Options": "Options",
    "RequestHeader": "FileInfo",
    "Require": "AuthConfig",
    "RewriteCond": "FileInfo",
    "RewriteEngine": "FileInfo",
    "RewriteRule": "FileInfo",
    "SetEnv": "FileInfo",
    "SetOutputFilter": "FileInfo",
}
CONTAINERS = ("Files", "FilesMatch", "If", "IfModule")

HEADS = {
    "full": """# ticketgate on shared hosting, where AllowOverride permits Options and AuthConfig.
# If the web server answers 500 to everything with this file, use minimal.htaccess.
""",
    "minimal": """# ticketgate on shared hosting, with directives of FileInfo only: where
# AllowOverride permits less than everything. The host must run programs (*.fcgi) in this
# folder by itself.
""",
    "gateway": """# ticketgate on hosts that run PHP and no other programs: gateway.php starts the
# program for each request.
""",
}
AUTHORIZATION = [
    "# Pass the Authorization header to the programs.",
    "RewriteCond %{HTTP:Authorization} .",
    "RewriteRule ^ - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]",
]
COMPRESSED = "# ---- Files that lie there compressed, as in the portable bundle ----"


def fail(line, why):
    sys.exit("htaccess.py: conf/htaccess: %s: %s" % (line.strip(), why))


def denied(pattern):
    """The rule that forbids the files whose names match the pattern of a <FilesMatch>."""
    if not pattern.startswith("^\\.|"):
        fail(pattern, "expected ^\\.| first, files that begin with a dot")
    return "RewriteRule (^|/)\\.[^/]*$|%s - [F]" % pattern[len("^\\.|") :]


def blocks(lines):
    """The template as a list of items: a line, or (opening line, items, closing line)."""
    top = []
    stack = [top]
    opened = []
    for line in lines:
        word = line.strip()
        if word.startswith("</"):
            items = stack.pop()
            stack[-1].append((opened.pop(), items, line))
        elif word.startswith("<"):
            if re.match(r"<(\w+)", word)[1] not in CONTAINERS:
                fail(line, "unknown section")
            opened.append(line)
            stack.append([])
        else:
            stack[-1].append(line)
    return top


def needs(line):
    """What a line needs in AllowOverride; "" for a comment."""
    word = line.split(None, 1)[0] if line.strip() else "#"
    if word.startswith("#"):
        return ""
    if word not in OVERRIDE:
        fail(line, "htaccess.py does not know what this directive needs")
    return OVERRIDE[word]


def reduce(items, denying):
    """The items without what needs more than FileInfo; adds to `denying` the rules that replace
    sections about files. (Passing the Authorization header on: see variant().)"""
    out = []
    for item in items:
        if isinstance(item, tuple):
            opening, inner, closing = item
            if inner == ["\tRequire all denied"]:
                denying.append(denied(re.search(r'"(.*)"', opening)[1]))
                continue
            out.append((opening, reduce(inner, denying), closing))
        elif needs(item) in ("", "FileInfo"):
            out.append(item)
        elif item == "CGIPassAuth On":
            out.pop()  # its comment
        elif not item.startswith(("Options ", "DirectoryIndex ")):
            fail(item, "has no replacement that needs FileInfo only")
    return out


def without_handlers(items):
    """The items without the sections that only choose a handler for *.fcgi."""
    out = []
    for item in items:
        if isinstance(item, tuple):
            if all(str(i).strip().startswith("AddHandler ") for i in item[1]):
                continue
        out.append(item)
    return out


def flat(items):
    for item in items:
        if isinstance(item, tuple):
            yield item[0]
            yield from flat(item[1])
            yield item[2]
        else:
            yield item


def variant(kind, text):
    lines = text.splitlines()
    while lines[0].startswith("#") or not lines[0].strip():  # the head is this script's own
        lines.pop(0)
    if lines[0] != "SetEnv TG_CONF @TG_CONF@":
        fail(lines[0], "expected SetEnv TG_CONF first")
    items = blocks(lines[1:])
    for line in flat(items):
        if not line.strip().startswith("<"):
            needs(line)
    if kind != "full":
        denying = []
        items = reduce(items, denying)
        if kind == "gateway":
            items = without_handlers(items)
            denying.append("RewriteRule \\.fcgi$ - [F]")
        at = items.index(COMPRESSED) - 1  # after the routes: an id may end like a file
        items[at:at] = denying
        at = items.index("RewriteEngine On") + 1
        items[at:at] = AUTHORIZATION
    to = "gateway.php" if kind == "gateway" else "ticketgate.fcgi"
    out = []
    for line in flat(items):
        out.append(re.sub(r"^(RewriteRule \S+) \w+\.fcgi( \[)", r"\1 %s\2" % to, line))
    conf = [
        "# The configuration is found in the folders above this one (README-hosting.txt). If yours",
        "# lies elsewhere, OUTSIDE of the document root:",
        "#SetEnv TG_CONF /the/whole/path/private/ticketgate.conf",
    ]
    return HEADS[kind] + "\n" + "\n".join(conf + out) + "\n"


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in HEADS:
        sys.exit(__doc__)
    with open(sys.argv[2] if len(sys.argv) > 2 else TEMPLATE) as source:
        sys.stdout.write(variant(sys.argv[1], source.read()))
