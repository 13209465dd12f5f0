"""Pages: no script parses markup, no page has an inline script, style or handler,
nothing is loaded from another host, and the documentation pages have the same head."""
import re

import tree

SCRIPT = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe"
    r"|eval)\b|document\.write|new Function|setTimeout\(\s*[\"'`]"
    r"|import\(\s*[\"']https?:|from [\"']https?:"
)
PAGE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style|\s(?:on\w+|style)\s*="
    r"|<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//",
    re.I,
)
SHEET = re.compile(r"@import|url\(|expression\(")
for path in tree.files(".js", ".html", ".css", under="htdocs"):
    text = open(path, encoding="utf-8").read()
    rule = SCRIPT if path.endswith(".js") else SHEET if path.endswith(".css") else PAGE
    code = text
    if path.endswith(".html"):
        code = re.sub(r"<pre.*?</pre>", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    for m in rule.finditer(code):
        print(f"{path}:{tree.line_of(code, m.start())}: {m.group(0).strip()!r}")

# Without a build step each documentation page repeats the head. Only the title, the description and
# the script of the reference, with what it preloads, may differ.
heads = {}
for path in tree.files(".html", under="htdocs/docs"):
    head = open(path, encoding="utf-8").read().partition("<main")[0]
    head = re.sub(r"<title>.*?</title>|(?<=description\" content=)\"[^\"]*\"", "", head)
    head = re.sub(r"<script[^>]*reference\.js.*?</script>\n", "", head)
    head = re.sub(r"<link rel=\"(?:module)?preload\".*?>\n", "", head)
    heads.setdefault(head, []).append(path)
for others in sorted(heads.values(), key=len)[:-1]:
    for path in others:
        print(f"{path}: its head differs from that of the other documentation pages")
