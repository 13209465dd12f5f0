#!/usr/bin/env python3
"""Lists (contract sections 2 and 7): filters, words, order, pages, totals, and cursor walks while
others insert."""
import base64
import itertools
import os
import random
import re
import struct
import sys
import unicodedata
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Site, check, finish  # noqa: E402

SORTS = [s + n for n in ("dateTime", "createdAt", "name") for s in ("", "-")]
VENUES = ["01900000-0000-7000-8000-0000000000%02x" % i for i in range(3)]
WORDS = [
    "Manila",
    "manila",
    "Mañana",
    "Niño",
    "nino",
    "Jazz",
    "JAZZ",
    "Festival",
    "Fest",
    "Café",
    "cafeteria",
    "Rock",
    "2030",
    "Ang",
    "Pasko",
    "Łódź",
    "Zürich",
    "été",
    "東京",
    "a",
    "b-side",
    "O'Brien",
]
RANDOM = random.Random(20300615)


class Lists:
    def __init__(self, site):
        self.site, self.key, self.connection = site, site.key(), site.connect()
        self.rows = {}

    def get(self, query=""):
        return self.site.get("/events" + query, self.key, connection=self.connection)

    def create(self, name=None):
        body = {
            "name": name or " ".join(RANDOM.choice(WORDS) for _ in range(RANDOM.randint(1, 4))),
            "dateTime": "20%02d-01-01T00:00:00.%03dZ"
            % (RANDOM.randint(26, 31), RANDOM.randint(0, 2)),
            "visibility": RANDOM.choice(["PUBLIC", "PRIVATE"]),
            "venueId": RANDOM.choice(VENUES + [None]),
        }
        r = self.site.post("/events", self.key, body, connection=self.connection)
        assert r.status == 201, r
        self.rows[r.data["id"]] = r.data
        return r.data["id"]

    def change(self):
        one = RANDOM.choice(list(self.rows))
        verb = RANDOM.choice(
            ["publish", "unpublish", "archive", "restore", "delete", "rename", "publish"]
        )
        path = "/events/" + one
        r = (
            self.site.delete(path, self.key, connection=self.connection)
            if verb == "delete"
            else self.site.patch(
                path,
                self.key,
                {"name": RANDOM.choice(WORDS) + " renamed"},
                connection=self.connection,
            )
            if verb == "rename"
            else self.site.post("%s/%s" % (path, verb), self.key, connection=self.connection)
        )
        if r.status == 200 and verb == "delete":
            del self.rows[one]
        elif r.status == 200:
            self.rows[one] = r.data

    def matching(self, status=None, visibility=None, venueId=None, **bounds):
        return [
            r
            for r in self.rows.values()
            if status in (None, r["status"])
            and visibility in (None, r["visibility"])
            and venueId in (None, r["venueId"])
            and bounds.get("from", "") <= r["dateTime"] <= bounds.get("to", "z")
        ]


def fold(s):
    return "".join(
        c
        for c in unicodedata.normalize("NFD", s.replace("Ł", "L").replace("ł", "l")).casefold()
        if not unicodedata.combining(c)
    )


def words(s):
    return [w for w in re.split("[^0-9a-z\u0080-\U0010ffff]+", fold(s)) if w]


def totals(x):
    r = x.get()
    check(
        "an empty list",
        r.status == 200
        and r.data == []
        and r.json["meta"]
        == {"page": 1, "take": 10, "total": 0, "totalPages": 0, "nextCursor": None}
        and "link" not in r.headers,
        r,
    )
    wrong = []
    for step in range(180):
        if step < 60 or RANDOM.random() < 0.4 or not x.rows:
            x.create()
        else:
            x.change()
        if step % 12:
            continue
        for status in (None, "DRAFT", "PUBLISHED", "ARCHIVED"):
            total = x.get("?take=1" + ("&status=" + status if status else "")).json["meta"]["total"]
            if total != len(x.matching(status)):
                wrong.append((step, status, total, len(x.matching(status))))
    check("meta.total is true after every change", not wrong, wrong)
    check(
        "the counters agree with the rows",
        x.site.sql(
            "SELECT COUNT(*)"
            " FROM counters c"
            " WHERE c.name LIKE 'events:%' AND c.n != (SELECT COUNT(*) FROM events e"
            " WHERE e.org_id = c.org_id AND CONCAT('events:', e.status) = c.name)"
        )[0][0]
        == "0",
    )
    other = x.site.key(org="other")
    check(
        "another organization's list is its own",
        x.site.get("/events", other).json["meta"]["total"] == 0,
    )


def filters(x):
    choices = {
        "status": [None, "DRAFT", "PUBLISHED", "ARCHIVED"],
        "visibility": [None, "PUBLIC", "PRIVATE"],
        "venueId": [None, VENUES[0], VENUES[2]],
        "from": [None, "2028-01-01T00:00:00.001Z"],
        "to": [None, "2030-01-01T00:00:00.001Z"],
    }
    wrong = []
    for values in itertools.product(*choices.values()):
        asked = {k: v for k, v in zip(choices, values) if v}
        r = x.get("?take=100&" + "&".join("%s=%s" % (k, quote(v)) for k, v in asked.items()))
        want = x.matching(**asked)
        if (
            r.status != 200
            or r.json["meta"]["total"] != len(want)
            or len(want) <= 100
            and sorted(e["id"] for e in r.data) != sorted(e["id"] for e in want)
        ):
            wrong.append((asked, len(want), r))
    check("every combination of filters", not wrong, wrong[:3])
    r = x.get("?from=2028-01-01T08:00:00.001%2B08:00&take=1")
    check(
        "a bound with an offset",
        r.json["meta"]["total"] == len(x.matching(**{"from": "2028-01-01T00:00:00.001Z"})),
        r,
    )
    r = x.get("?from=2031-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")
    check(
        "bounds the wrong way round find nothing",
        r.status == 200 and r.json["meta"]["total"] == 0,
        r,
    )
    r = x.get("?status=draft&take=101&page=0&sort=id&from=today&venueId=x&visibility=")
    check(
        "all bad parameters at once",
        r.status == 400
        and r.fields == ["from", "sort", "status", "take", "venueId"] + []
        or r.fields == ["from", "page", "sort", "status", "take", "venueId"],
        r,
    )


def search(x):
    x.create("Jazz sa Mañana Festival ng Łódź")
    x.create("one two three four five six")
    wrong = []
    for q in WORDS + [
        "man",
        "MAN",
        "mana",
        "fest",
        "festi",
        "caf",
        "jazz man",
        "manana jazz",
        "zzz",
        "lodz",
        "LÓDZ",
        "nin",
        "fest jazz manana",
        "-",
        "%",
        "_",
        "'",
        "b side",
        "203",
        "one two three four five",
        "   jazz   ",
        "ete",
        "東",
        "é",
        "o",
        "brien",
    ]:
        r = x.get("?take=100&q=" + quote(q))
        want = sorted(
            e["id"]
            for e in x.rows.values()
            if words(q)
            and all(any(w.startswith(p) for w in words(e["name"])) for p in words(q)[:5])
        )
        if (
            r.status != 200
            or sorted(e["id"] for e in r.data) != want
            or r.json["meta"]["total"] != len(want)
        ):
            wrong.append(
                (
                    q,
                    len(want),
                    len(r.data or []),
                    sorted({e["name"] for e in r.data or [] if e["id"] not in want})[:3],
                    [x.rows[i]["name"] for i in want if i not in {e["id"] for e in r.data or []}][
                        :3
                    ],
                )
            )
    check(
        "q: words by their beginnings, whatever case and accents",
        not wrong,
        "\n".join(map(str, wrong)),
    )
    for status in ("DRAFT", "PUBLISHED"):
        r = x.get("?take=100&q=jazz&status=%s&visibility=PUBLIC" % status)
        want = [
            e["id"]
            for e in x.matching(status, "PUBLIC")
            if any(w.startswith("jazz") for w in words(e["name"]))
        ]
        check(
            "q with other filters, %s" % status,
            sorted(e["id"] for e in r.data) == sorted(want)
            and r.json["meta"]["total"] == len(want),
            r,
        )


def order(x):
    for sort, more in itertools.product(SORTS, ("", "&status=DRAFT", "&q=fest")):
        ids, keys, page, total = [], [], 1, None
        while True:
            r = x.get("?sort=%s&take=40&page=%d%s" % (sort, page, more))
            total = r.json["meta"]["total"]
            if not r.data:
                break
            ids += [e["id"] for e in r.data]
            keys += [e[sort.lstrip("-")] for e in r.data]
            page += 1
        fine = (
            len(ids) == len(set(ids)) == total
            and r.json["meta"]["totalPages"] == page - 1
            and r.json["meta"]["page"] == page
        )
        key = (lambda v: fold(v)) if "name" in sort else (lambda v: v)
        ascii_only = [k for k in keys if "name" not in sort or re.fullmatch("[A-Za-z ]+", k)]
        down = sort.startswith("-")
        sorted_well = all(
            (key(a) >= key(b)) if down else (key(a) <= key(b))
            for a, b in zip(ascii_only, ascii_only[1:])
        )
        check("pages by %s%s" % (sort, more), fine and sorted_well, (len(ids), total, page))
        if r.status == 200:
            check(
                "past the end by %s%s" % (sort, more),
                r.data == [] and r.json["meta"]["nextCursor"] is None and "link" not in r.headers,
                r,
            )
    default = [e["id"] for e in x.get("?take=50").data]
    check(
        "newest first unless asked otherwise",
        default == [e["id"] for e in x.get("?take=50&sort=-createdAt").data],
    )
    r = x.get("?page=1000000000&take=100")
    check("a very far page", r.status == 200 and r.data == [], r)


def walks(x):
    start = list(x.rows)
    for sort, more in itertools.product(SORTS, ("", "&status=DRAFT", "&q=fest")):
        wanted = {
            i
            for i in x.rows
            if (
                not more
                or "status" in more
                and x.rows[i]["status"] == "DRAFT"
                or "q=" in more
                and any(w.startswith("fest") for w in words(x.rows[i]["name"]))
            )
        }
        seen, r = [], x.get("?take=23&sort=%s%s" % (sort, more))
        for _ in range(200):
            seen += [e["id"] for e in r.data]
            cursor, link = r.json["meta"]["nextCursor"], r.headers.get("link")
            if not cursor:
                break
            x.create()  # somewhere, in any order
            if len(seen) % 2:
                r = x.get("?take=23%s&cursor=%s" % (more, cursor))
                continue
            target = re.fullmatch(r'<(/open-api/v1)(/events\?[!-~]*)>; rel="next"', link or "")
            if not target:
                seen = ["bad link %s" % link]
                break
            r = x.site.get(target[2], x.key, connection=x.connection)
        check(
            "a walk by %s%s visits each row once" % (sort, more),
            len(seen) == len(set(seen)) and wanted <= set(seen) and not link,
            (len(seen), len(set(seen)), len(wanted - set(seen)), seen[-1]),
        )
    check("walks left the first rows alone", all(i in x.rows for i in start))
    cursor = x.get("?take=1&sort=name").json["meta"]["nextCursor"]
    for bad in (
        "x",
        cursor[:-3],
        cursor + "A",
        cursor[::-1],
        "!" * 20,
        "A" * 1400,
        cursor.swapcase(),
        "%00",
        "%0d%0aX:1",
    ):
        r = x.get("?cursor=" + bad)
        check(
            "cursor %.30s is refused or harmless" % bad,
            r.status == 400 and "x" not in r.headers or r.status == 200 and bad != "x",
            r,
        )
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for number, status in (
        (0, 400),
        (1, 200),
        (10**9, 200),
        (10**9 + 1, 400),
        (2**32 - 1, 400),
    ):
        raw[4:8] = struct.pack("=I", number)
        forged = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        r = x.get("?take=1&cursor=" + forged)
        check("a cursor to page %d: %d" % (number, status), r.status == status, r)
        if r.status == 200:
            r = x.get("?take=1&cursor=" + r.json["meta"]["nextCursor"])
            check("and the one after it", r.status == 200, r)
    check("a cursor of another sort", x.get("?sort=dateTime&cursor=" + cursor).fields == ["sort"])
    check("a cursor with its own sort", x.get("?sort=name&cursor=" + cursor).status == 200)
    long = "&".join("unknown%d=%s" % (i, "x" * 80) for i in range(80))
    r = x.get("?take=1&%%73ort=name&%s&from=2020-01-01T00:00:00%%2B08:00" % long)
    link = r.headers.get("link", "")
    check(
        "the link has the filters, however they were written, and nothing that is ignored",
        link.endswith('&sort=name&from=2020-01-01T00:00:00%2B08:00>; rel="next"')
        and "unknown" not in link
        and "take=1&" in link,
        r,
    )
    r = x.get("?take=1&q=%22%3E%3Cfest&status=DRAFT")
    check(
        "a query with brackets does not end the link early",
        r.status == 200 and ("link" not in r.headers or r.headers["link"].count(">") == 1),
        r,
    )


with Site() as site:
    site.org("Other", "other")
    for v in VENUES:
        site.sql(
            "INSERT INTO venues (id, name, country, created_at, updated_at)"
            " VALUES (x'%s', 'V', 'PH', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))" % v.replace("-", "")
        )
    lists = Lists(site)
    totals(lists)
    filters(lists)
    search(lists)
    order(lists)
    walks(lists)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
