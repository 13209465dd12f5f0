#!/usr/bin/env python3
"""All web server configurations send requests to the same programs."""
import servers as s

for conf in ("apache-proxy-fcgi.conf.in", "apache-fcgid.conf.in", "apache-cgi.conf.in", "htaccess"):
    s.ok(s.routed(conf) == s.PROGRAMS, f"conf/{conf} knows the programs of conf/lighttpd.conf.in", s.routed(conf), s.PROGRAMS)
s.done()
