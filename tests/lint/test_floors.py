"""floors.py finds a violation of each kind, planted in a small tree, and none in a sound one."""
import os
import tempfile

import floors

SOUND = {
    "common/base/buf.h": "",
    "common/base/buf.c": '#include "buf.h"\n',
    "common/text/html.h": '#include "common/base/buf.h"\n',
    "common/ticketing/order.c": '#include "common/text/html.h"\n#include <stdio.h>\n',
    "common/ticketing/order.h": "",
    "fcgi/orders/orders.h": '#include "common/ticketing/order.h"\n',
    "fcgi/orders/main.c": '#include "fcgi/orders/orders.h"\n#include "orders.h"\n',
    "fcgi/events/events.h": "",
    "cron/core/sender.h": '#include "common/base/buf.h"\n',
    "cron/webhook_flush/sender.h": '#include "cron/core/sender.h"\n',
    "cli/core/cli.h": '#include "common/base/buf.h"\n',
    "cli/demo/demo.h": '#include "cli/core/cli.h"\n#include "cli/venue/directory.h"\n',
    "cli/venue/directory.h": '#include "cli/core/cli.h"\n',
    "tests/unit/base/test_buf.c": '#include "fcgi/orders/orders.h"\n',
}
# what is planted: (the file, what it includes, a part of what must be said)
PLANTED = {
    "a lower floor includes a higher one": (
        "common/base/up.h",
        "common/text/html.h",
        "common/text lies above common/base",
    ),
    "the highest below ticketing, too": (
        "common/api/up.h",
        "common/ticketing/order.h",
        "common/ticketing lies above common/api",
    ),
    "common includes a program": ("common/text/up.h", "fcgi/orders/orders.h", "nothing of fcgi/"),
    "common includes a job": ("common/text/up.h", "cron/webhook_flush/sender.h", "of cron/"),
    "common includes the command": ("common/text/up.h", "cli/core/cli.h", "nothing of cli/"),
    "a program includes another": ("fcgi/events/x.h", "fcgi/orders/orders.h", "another folder"),
    "a program includes the command": ("fcgi/events/x.h", "cli/core/cli.h", "nothing of cli/"),
    "a program includes a job": ("fcgi/events/x.h", "cron/webhook_flush/sender.h", "of cron/"),
    "a job includes a program": ("cron/other/x.h", "fcgi/orders/orders.h", "nothing of fcgi/"),
    "a job includes another": ("cron/other/x.h", "cron/webhook_flush/sender.h", "another folder"),
    "a job includes the command": ("cron/other/x.h", "cli/core/cli.h", "nothing of cli/"),
    "the command includes a program": ("cli/demo/x.h", "fcgi/orders/orders.h", "nothing of fcgi/"),
    "the command includes a job": ("cli/demo/x.h", "cron/webhook_flush/sender.h", "of cron/"),
    "two folders in a circle": ("cli/venue/x.h", "cli/demo/demo.h", "folders in a circle"),
    "a circle by way of the jobs' core": (
        "cron/core/x.h",
        "cron/webhook_flush/sender.h",
        "another folder",
    ),
    "a circle by way of the core": ("cli/core/x.h", "cli/demo/demo.h", "folders in a circle"),
    "a header that is not there": ("fcgi/orders/x.h", "common/base/gone.h", "gone.h"),
    "a header by its bare name": ("fcgi/orders/x.h", "buf.h", "buf.h"),
    "a header by way of the parent": ("fcgi/orders/x.h", "../events/events.h", "events.h"),
    "a header of the tests": ("fcgi/orders/x.h", "tests/unit/cases.h", "cases.h"),
    "a file beside the floors": ("common/loose.h", "common/base/buf.h", "lies in no folder"),
    "a floor that is none": ("common/other/x.h", "common/base/buf.h", "lies in no folder"),
    "a file beside the programs": ("fcgi/loose.h", "common/base/buf.h", "lies in no folder"),
}


def said_of(files):
    with tempfile.TemporaryDirectory(prefix="tg-floors.") as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                f.write(text)
        return floors.check(root)


found = said_of(SOUND)
if found:
    print(f"a sound tree: {found}")
for what, (path, included, wanted) in PLANTED.items():
    found = said_of(dict(SOUND, **{path: f'#include "{included}"\n'}))
    if len(found) != 1 or wanted not in found[0]:
        print(f"{what}: {found or 'not found'}")
