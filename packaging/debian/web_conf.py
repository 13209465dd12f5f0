#!/usr/bin/env python3
"""Fills in a web server's configuration for the package, below /ticketgate.

usage: web_conf.py apache|lighttpd TEMPLATE <SKELETON >RESULT

TEMPLATE is the file in conf/ for a whole site at /. Its routing and its errors are put below
/ticketgate in place of the lines @ROUTES@ and @ERRORS@ of SKELETON, so that a program or route is
added in one place only. A template in which they are not found as expected is an error."""
import re
import sys

PREFIX = "/ticketgate"
WORDS = {"@RUN@": "/run/ticketgate", "@HTDOCS@": "/usr/share/ticketgate/htdocs"}
PROGRAMS = 9


def between(text, begin, end):
    """The lines after the one that contains `begin`, before the one that contains `end`."""
    m = re.search(r"^[^\n]*%s[^\n]*\n(.*?)^[^\n]*%s" % (begin, end), text, re.S | re.M)
    if not m:
        sys.exit("web_conf.py: the template has no part between %s and %s" % (begin, end))
    return m[1]


def moved(text, pattern, replacement, least):
    """Replaces all that matches; exits when there is less than expected."""
    text, n = re.subn(pattern, replacement, text)
    if n < least:
        sys.exit("web_conf.py: %d times %s in the template, not %d" % (n, pattern, least))
    return text


def apache(template):
    """Routes and errors of conf/apache-proxy-fcgi.conf.in."""
    routes = between(template, "---- Routing", r"^\tProxyTimeout")
    routes = moved(routes, r'<LocationMatch "\^/', '<LocationMatch "^%s/' % PREFIX, PROGRAMS)
    routes = moved(routes, r'(Alias|<Location) "/', r'\1 "%s/' % PREFIX, 2)
    errors = between(template, "---- Errors of the web server", "---- Routing")
    errors = moved(errors, r"\[A-Z\]\+ /", "[A-Z]+ %s/" % PREFIX, 1)
    errors = moved(errors, r"(is at|reference at) /open-api", r"\1 %s/open-api" % PREFIX, 2)
    return {"@ROUTES@": re.sub(r"^\t", "", routes, flags=re.M), "@ERRORS@": errors}


def lighttpd(template):
    """Routes of conf/lighttpd.conf.in. The sockets are those of other processes."""
    routes = between(template, r"^url\.rewrite-once = \(", r"^\)")
    routes = moved(routes, r'"\^/', '"^%s/' % PREFIX, PROGRAMS)
    routes = moved(routes, r'=> "/', '=> "%s/' % PREFIX, PROGRAMS)
    servers = between(template, r"^fastcgi\.server = \(", r"^\)")
    found = re.findall(r'"(?:/-/)?(\w+)\.fcgi" => \(\( "bin-path"', servers)
    if len(found) < PROGRAMS:
        sys.exit("web_conf.py: %d programs in the template, not %d" % (len(found), PROGRAMS))
    row = '\t"%s/-/%s%s.fcgi" => (( "socket" => "@RUN@/%s.sock", "check-local" => "disable" )),\n'
    places = {
        "boxoffice": ("", "hold/"),
        "public": ("", "hold/", "page/", "page/ticket/"),
        "keys": ("", "hold/"),
        "orders": ("", "code/"),
    }
    sockets = "".join(
        row % (PREFIX, place, name, name) for name in found for place in places.get(name, ("",))
    )
    return {"@ROUTES@": re.sub(r"^\t", "\t\t", routes, flags=re.M), "@SOCKETS@": sockets}


def main(server, path):
    """Writes the result to standard output."""
    with open(path, encoding="utf-8") as f:
        parts = {"apache": apache, "lighttpd": lighttpd}[server](f.read())
    text = sys.stdin.read()
    for word, value in parts.items():
        if text.count(word + "\n") != 1:
            sys.exit("web_conf.py: %s must be once in the skeleton" % word)
        text = text.replace(word + "\n", value.rstrip("\n") + "\n")
    for word, value in WORDS.items():
        text = text.replace(word, value)
    left = re.search(r"@[A-Z_]+@", text)
    if left:
        sys.exit("web_conf.py: %s is left in the result" % left[0])
    sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
