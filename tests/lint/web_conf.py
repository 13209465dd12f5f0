"""The Debian package's files for Apache and lighttpd can be made from the templates in conf/."""
import subprocess
import sys

PACKAGE = "packaging/debian/"
for server, template in (
    ("apache", "conf/apache-proxy-fcgi.conf.in"),
    ("lighttpd", "conf/lighttpd.conf.in"),
):
    with open(f"{PACKAGE}{server}.conf.in", encoding="utf-8") as skeleton:
        p = subprocess.run(
            [sys.executable, PACKAGE + "web_conf.py", server, template],
            stdin=skeleton,
            capture_output=True,
            text=True,
        )
    if p.returncode:
        print(f"{template}: {p.stderr.strip()}")
