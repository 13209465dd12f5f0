"""Pages: no script parses markup, no page has a script, a style or a handler within it, nothing
comes from another host; modules of at most 500 lines."""
import re

import tree

SCRIPT = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe|"
    r"eval)\b|document\.write|new Function|setTimeout\(\s*[\"'`]|import\(\s*[\"']https?:|from "
    r"[\"']https?:"
)
PAGE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style|\s(?:on\w+|style)\s*=|<(?:script|link|img|iframe|"
    r"source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//",
    re.I,
)
SHEET = re.compile(r"@import|url\(|expression\(")
for path in tree.files(".js", ".html", ".css", under="htdocs"):
    text = open(path, encoding="utf-8").read()
    rule = SCRIPT if path.endswith(".js") else SHEET if path.endswith(".css") else PAGE
    code = (
        re.sub(r"<pre.*?</pre>", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
        if path.endswith(".html")
        else text
    )
    for m in rule.finditer(code):
        print(f"{path}:{tree.line_of(code, m.start())}: {m.group(0).strip()!r}")
    if path.endswith(".js") and text.count("\n") > 500:
        print(f"{path}: {text.count(chr(10))} lines, 500 at most")
