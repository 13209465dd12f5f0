#!/usr/bin/env python3
"""The worked example of CONTRIBUTING.md: its text is taken out, compiled, migrated and called."""
import os
import re
import shutil
import subprocess
import sys
import textwrap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import BUILD, SRC, Site, check, finish  # noqa: E402


def example(language, begins):
    """The block of code in that language that begins so, without its indentation."""
    text = open(SRC + "/CONTRIBUTING.md", encoding="utf-8").read()
    blocks = re.findall(r"^ *```%s\n(.*?)^ *```" % language, text, re.S | re.M)
    return next(b for b in map(textwrap.dedent, blocks) if b.startswith(begins))


def build_with_notices(to):
    """A folder like the build folder, whose events.fcgi has the module of the example."""
    os.makedirs(to + "/fcgi")
    shutil.copy(BUILD + "/ticketgate", to)
    for program in os.listdir(BUILD + "/fcgi"):
        if program.endswith(".fcgi") and program != "events.fcgi":
            shutil.copy(BUILD + "/fcgi/" + program, to + "/fcgi")
    open(to + "/notices.c", "w").write(example("c", "/* notices"))
    modules = open(SRC + "/fcgi/events/modules.c").read()
    first, last = "const struct module *const events_modules[]", "\tNULL,\n};"
    assert first in modules and last in modules
    modules = modules.replace(last, "\t&notices_module,\n" + last).replace(
        first, "extern const struct module notices_module;\n" + first
    )
    open(to + "/modules.c", "w").write(modules)
    libraries = [
        "fcgi",
        "json-c",
        "libmariadb",
        "openssl",
        "libcurl",
        "libcares",
        "libqrencode",
        "libutf8proc",
        "zlib",
    ]
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs"] + libraries, check=True, capture_output=True, text=True
    ).stdout.split()
    command = (
        [
            "gcc",
            "-std=c11",
            "-D_GNU_SOURCE",
            "-Wall",
            "-Wextra",
            "-Wshadow",
            "-Wmissing-prototypes",
            "-Werror",
            "-O1",
            "-iquote",
            SRC,
            SRC + "/fcgi/events/main.c",
            to + "/modules.c",
            to + "/notices.c",
            BUILD + "/fcgi/libresources.a",
            BUILD + "/common/libcommon.a",
        ]
        + flags
        + ["-lm", "-o", to + "/fcgi/events.fcgi"]
    )
    if b"__asan_init" in open(BUILD + "/fcgi/events.fcgi", "rb").read():
        command.insert(1, "-fsanitize=address,undefined")
    return subprocess.run(command, capture_output=True, text=True)


site = Site(start=False)
try:
    made = build_with_notices(site.dir + "/build")
    if check("the example compiles without warnings", made.returncode == 0, made.stderr):
        site.build = site.dir + "/build"
        site.start()
        site.sql(example("sql", "CREATE TABLE IF NOT EXISTS notices"))
        key = site.key()
        site.post("/events", key, {"name": "Example", "dateTime": "2031-01-01T00:00:00Z"})
        made = site.post("/events/example/notices", key, {"title": "Doors at seven"})
        check(
            "a notice is created",
            made.status == 201
            and made.data["title"] == "Doors at seven"
            and made.data["position"] == 0,
            made,
        )
        site.post("/events/example/notices", key, {"title": "Rain expected", "position": 0})
        listed = site.get("/events/example/notices", key)
        check(
            "listed in order",
            [n["title"] for n in listed.data] == ["Rain expected", "Doors at seven"]
            and listed.json["meta"]["total"] == 2,
            listed,
        )
        one = "/events/example/notices/" + made.data["id"]
        check(
            "changed", site.patch(one, key, {"text": "Bring a coat"}).data["text"] == "Bring a coat"
        )
        refused = site.patch(one, key, {"title": ""})
        check(
            "refused by its table", refused.status == 400 and refused.fields == ["title"], refused
        )
        check(
            "needs its scope",
            site.post("/events/example/notices", site.key("events:read"), {"title": "x"}).status
            == 403,
        )
        check("removed", site.delete(one, key).status == 200 and site.get(one, key).status == 404)
        check(
            "audited",
            site.sql("SELECT COUNT(*) FROM audit WHERE action LIKE 'notice.%'") == [["4"]],
            site.sql("SELECT action FROM audit"),
        )
        described = subprocess.run(
            [site.build + "/fcgi/events.fcgi", "--describe"], capture_output=True, text=True
        ).stdout
        check("described", "notice.create" in described)
        check("no sanitizer report", not site.sanitizer_reports(), site.log()[-2000:])
finally:
    site.stop()
finish()
