#!/usr/bin/env python3
"""Venues (contract section 8) through the real programs: the search by
tests/data/venues/queries.txt, and against a plain search in Python; the directory's import and
export."""
import csv
import json
import math
import os
import random
import re
import subprocess
import sys
import threading
import unicodedata
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import venues as generator  # noqa: E402
from harness import SRC, Site, check, finish  # noqa: E402

DATA = SRC + "/tests/data/venues/"
DEMO = SRC + "/sql/demo/venues.csv"
MEMBERS = [
    "address",
    "capacity",
    "city",
    "country",
    "distanceKm",
    "id",
    "latitude",
    "longitude",
    "name",
    "postalCode",
    "region",
    "timezone",
]


def write(path, rows, head=generator.HEAD, **how):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, **how)
        out.writerow(head)
        out.writerows(rows)
    return path


def load(path, site, *more):
    p = site.command("venue", "import", path, "--json", *more, check_status=False)
    return p, json.loads(p.stdout) if p.stdout else {}


class Search:
    def __init__(self, site):
        self.site, self.key, self.connection = site, site.key("events:read"), site.connect()

    def external(self):
        return {
            row[0]: row[1]
            for row in self.site.sql(
                "SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(id), 9, 0, '-'), 14, 0, '-'), 19, 0,"
                " '-'), 24, 0, '-')), external_id"
                " FROM venues"
            )
        }

    def __call__(self, query="", **filters):
        if query:
            filters["search"] = query
        return self.get("/venues?" + urllib.parse.urlencode(filters))

    def get(self, path):
        try:
            return self.site.get(path, self.key, connection=self.connection)
        except OSError:  # the server lets go of connections that rest
            self.connection = self.site.connect()
            return self.site.get(path, self.key, connection=self.connection)


def first_hits(site, search):
    names = search.external()
    wrong, n = [], 0
    for number, line in enumerate(open(DATA + "queries.txt", encoding="utf-8"), 1):
        if line.startswith("#"):
            continue
        query, filters, want = line.rstrip("\n").split("\t")
        path = "/venues?" + "&".join(
            x for x in ("search=" + urllib.parse.quote(query) if query else "", filters) if x
        )
        r = search.get(path)
        got = [names[v["id"]] for v in r.data] if r.status == 200 else [r]
        n += 1
        if (got[:1] or ["-"]) != [want] or (want == "-" and r.json["meta"]["total"]):
            wrong.append("line %d: %s: %s, not %s" % (number, path, got[:5], want))
    check("%d queries have the expected first hit" % n, not wrong and n >= 80, "\n".join(wrong))


def one(site, search):
    r = search("araneta")
    check(
        "a hit has every member",
        sorted(r.data[0]) == MEMBERS
        and r.data[0]["distanceKm"] is None
        and r.data[0]["latitude"] == 14.6207
        and r.data[0]["capacity"] == 16035,
        r,
    )
    got = site.get("/venues/" + r.data[0]["id"], search.key)
    check(
        "the same by id, with an ETag",
        got.status == 200
        and {k: v for k, v in r.data[0].items() if k != "distanceKm"} == got.data
        and "etag" in got.headers,
        got,
    )
    check("q is search", search(q="araneta").data == r.data)
    check("both must be found", search("araneta", q="zzz").json["meta"]["total"] == 0)
    r = search("hall", near="51.5009,-0.1774")
    check(
        "distances are in kilometres",
        r.data[0]["distanceKm"] == 0
        and abs(search("usher", near="51.5009,-0.1774").data[0]["distanceKm"] - 532.6) < 1,
        r,
    )
    check(
        "and null where a place is not known",
        search("arena", near="1,1").data[0]["distanceKm"] is None,
    )
    for name, value in (
        ("near", "91,0"),
        ("near", "0,181"),
        ("near", "x"),
        ("near", "1"),
        ("near", "1,2,3"),
        ("near", "nan,0"),
        ("near", "0x10,0"),
        ("near", "1e1,0"),
        ("near", ","),
        ("country", "1x"),
        ("country", "PHL"),
        ("cursor", "x"),
        ("sort", "name"),
        ("sort", "-relevance"),
        ("take", "101"),
        ("page", "0"),
        ("search", "x" * 201),
    ):
        r = search(**{name: value})
        check(
            "%s=%.20s gives 400 naming it" % (name, value),
            r.status == 400
            and r.fields == [name]
            and (name != "near" or "latitude,longitude" in r.error["details"][0]["message"]),
            r,
        )
    for radius in ("0", "-1", "x", "1km", "inf"):
        r = search(near="1,1", radiusKm=radius)
        check(
            "radiusKm=%s gives 400 naming it" % radius,
            r.status == 400 and r.fields == ["radiusKm"],
            r,
        )
    r = search(radiusKm="5")
    check("radiusKm without near, too", r.status == 400 and r.fields == ["radiusKm"], r)
    r = search(near=" 14.62, +121.05 ", radiusKm="2.5")
    check(
        "blanks and signs are taken",
        r.status == 200 and r.data and all(v["distanceKm"] <= 2.5 for v in r.data),
        r,
    )
    check(
        "wildcards are letters like others",
        search("%").json["meta"]["total"] == 0
        and search("_").json["meta"]["total"] == 0
        and search("a%").status == 200,
    )


def walk(site, search):
    everything = int(site.sql("SELECT COUNT(*) FROM venues")[0][0])
    for filters in (
        {},
        {"search": "a"},
        {"near": "14.6,121.0"},
        {"search": "center", "near": "10,123", "radiusKm": "900"},
        {"country": "PH"},
    ):
        r = search(**dict(filters, take=7))
        total, seen, pages = r.json["meta"]["total"], [], 1
        while r.status == 200:
            seen += [v["id"] for v in r.data]
            cursor = r.json["meta"]["nextCursor"]
            if not cursor:
                break
            check(
                "the Link header is the next page", "cursor=" + cursor in r.headers.get("link", "")
            ) if pages == 1 else None
            r = search(**dict(filters, take=7, cursor=cursor))
            pages += 1
        if r.status != 200:
            check("a walk with %s" % filters, False, r)
            continue
        by_page = [
            v["id"]
            for page in range(1, pages + 1)
            for v in search(**dict(filters, take=7, page=page)).data
        ]
        check(
            "a walk with %s: all %d once, the same by pages" % (filters, total),
            len(seen) == len(set(seen)) == total
            and by_page == seen
            and (filters or total == everything),
            (len(seen), total),
        )
    r = search(page=1000)
    check(
        "past the end: empty, with the right meta",
        r.status == 200
        and r.data == []
        and r.json["meta"]["total"] == everything
        and r.json["meta"]["nextCursor"] is None,
        r,
    )


def walk_over_imports(site, search):
    first = search(take=50)
    before = search(take=50, page=2)
    load(
        write(
            site.dir + "/more.csv",
            [["new-1", "Huge Place", "", "Nowhere", "", "ZZ", "", "", "", "99999999", ""]],
        ),
        site,
        "--apply",
    )
    r = search(take=50, cursor=first.json["meta"]["nextCursor"])
    check(
        "a cursor goes on where it stood, whatever is imported meanwhile",
        [v["id"] for v in r.data] == [v["id"] for v in before.data],
        r,
    )
    check("new searches see the import", search(take=1).data[0]["name"] == "Huge Place")
    load(
        write(
            site.dir + "/more.csv",
            [["new-1", "Huge Place", "", "Nowhere", "", "ZZ", "", "", "", "1", ""]],
        ),
        site,
        "--apply",
    )
    r = search(take=50, cursor=first.json["meta"]["nextCursor"])
    check(
        "a cursor of two imports ago is refused by name",
        r.status == 400 and r.fields == ["cursor"],
        r,
    )
    site.sql("DELETE FROM venues WHERE external_id = 'new-1'")
    site.command("venue", "index")


# ---- the same search, the plain way ----


def words(text):
    text = unicodedata.normalize(
        "NFKD",
        text.replace("'", "")
        .replace("’", "")
        .replace("đ", "d")
        .replace("Đ", "D")
        .replace("ø", "o")
        .replace("Ø", "O")
        .replace("ł", "l")
        .replace("ß", "ss"),
    ).lower()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return "".join(c if c.isalnum() else " " for c in text).split()


def parts(row):
    """The parts of words with apostrophes: L and Olympia of L'Olympia."""
    texts = (row[1], row[3], row[4], row[2], row[6])
    return [w for t in texts for w in words(re.sub("['’]", " ", t)) if re.search("['’]", t)]


def one_typo(a, b):
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    i = next((i for i in range(min(len(a), len(b))) if a[i] != b[i]), min(len(a), len(b)))
    return (
        a[i + 1 :] == b[i:]
        or a[i:] == b[i + 1 :]
        or a[i + 1 :] == b[i + 1 :]
        or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    )


class Plain:
    """Every venue looked at."""

    def __init__(self, rows):
        self.rows = [
            (r, words(r[1]), words(r[3]), words(r[4]) + words(r[2]) + words(r[6]) + parts(r))
            for r in rows
        ]
        self.rows.sort(key=lambda v: (-(int(v[0][9]) if v[0][9] else -1), " ".join(v[1][:4])))

    def cost(self, word, venue):
        best = None
        for part in (1, 2, 3):
            for w in venue[part]:
                fit = (
                    0
                    if w == word
                    else 1
                    if w.startswith(word)
                    else 2
                    if len(w) >= 5
                    and w.isascii()
                    and w.isalpha()
                    and word.isalpha()
                    and word.isascii()
                    and one_typo(w, word)
                    else None
                )
                if fit is not None and (best is None or 3 * fit + part - 1 < best):
                    best = 3 * fit + part - 1
        return best

    def find(self, query):
        asked, out = words(query)[:10], []
        for place, venue in enumerate(self.rows):
            costs = [self.cost(w, venue) for w in dict.fromkeys(asked)]
            if None not in costs:
                out.append((0 if venue[1][:10] == asked else 1 + sum(costs), place, venue[0]))
        return sorted(out, key=lambda x: x[:2])


def far(a, b, c, d):
    a, b, c, d = (math.radians(float(x)) for x in (a, b, c, d))
    return (
        2
        * 6371.0088
        * math.asin(
            math.sqrt(
                math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
            )
        )
    )


def against_plain(site, search, rnd):
    """2,000 generated venues, every search compared in total, scores and the first page."""
    rows = list(generator.venues(2000, seed=5))
    p, said = load(write(site.dir + "/2000.csv", rows), site, "--apply")
    check("2,000 venues are imported", said.get("new") == 2000, p)
    names, plain, wrong = search.external(), Plain(rows), []
    for _ in range(250):
        row = rnd.choice(rows)
        pool = (row[1] + " " + row[3] + " " + row[2]).split()
        some = rnd.sample(pool, min(rnd.randint(1, 3), len(pool)))
        query = " ".join(
            w[: rnd.randint(1, len(w))]
            if rnd.random() < 0.3
            else w[:2] + w[3:]
            if rnd.random() < 0.3 and len(w) > 4
            else w
            for w in some
        )
        want, r = plain.find(query), search(query, take=20)
        got = [names[v["id"]] for v in r.data]
        cost = {v[2][0]: v[0] for v in want}
        if (
            r.json["meta"]["total"] != len(want)
            or [cost.get(g) for g in got] != [v[0] for v in want[:20]]
            or (
                want
                and want[0][0] != want[min(len(want), 20) - 1][0]
                and got[0] not in [v[2][0] for v in want]
            )
        ):
            wrong.append(
                "%r: %d %s, not %d %s"
                % (query, r.json["meta"]["total"], got[:5], len(want), [v[2][0] for v in want[:5]])
            )
        at = rnd.choice(rows)[7:9]
        reach = rnd.choice((None, 30, 300))
        r = search(
            query,
            near=",".join(at),
            take=20,
            page=rnd.choice((1, 1, 2, 3)),
            **({"radiusKm": reach} if reach else {})
        )
        near = sorted(
            (v[0], far(at[0], at[1], v[2][7], v[2][8]), v[2][0])
            for v in want
            if not reach or far(at[0], at[1], v[2][7], v[2][8]) <= reach
        )
        page = near[20 * (r.json["meta"]["page"] - 1) :][:20]
        if (
            r.json["meta"]["total"] != len(near)
            or any(abs(v["distanceKm"] - n[1]) > 0.02 for v, n in zip(r.data, page))
            or len(page) != len(r.data)
        ):
            wrong.append(
                "%r near %s within %s: %d %s, not %d %s"
                % (
                    query,
                    at,
                    reach,
                    r.json["meta"]["total"],
                    [v["distanceKm"] for v in r.data][:5],
                    len(near),
                    page[:5],
                )
            )
    check(
        "250 searches find what a plain search finds, near and within, too",
        not wrong,
        "\n".join(wrong[:10]),
    )


# ---- import and export ----

GOOD = [
    "a-1",
    "Hall",
    "1 Street",
    "Town",
    "Region",
    "PH",
    "1000",
    "1.5",
    "2.5",
    "100",
    "Asia/Manila",
]


def imports(site):
    path = write(site.dir + "/i.csv", [GOOD])
    p, said = load(path, site)
    check(
        "a dry run says what would change and changes nothing",
        p.returncode == 0
        and said["new"] == 1
        and not said["applied"]
        and site.sql("SELECT COUNT(*) FROM venues WHERE external_id = 'a-1'") == [["0"]],
        p,
    )
    p, said = load(path, site, "--apply")
    check(
        "--apply does it",
        p.returncode == 0
        and said["applied"]
        and said["new"] == 1
        and site.sql("SELECT name, latitude FROM venues WHERE external_id = 'a-1'")
        == [["Hall", "1.500000"]],
        p,
    )
    check(
        "with an audit row",
        site.sql("SELECT COUNT(*) FROM audit WHERE action = 'venue.import'")[0][0] != "0",
    )
    p, said = load(path, site, "--apply")
    check("again: all unchanged", said["unchanged"] == 1 and said["new"] == said["changed"] == 0, p)
    changed = list(GOOD)
    changed[1], changed[7] = "Häll", "1.25"
    id_before = site.sql("SELECT HEX(id), version FROM venues WHERE external_id = 'a-1'")[0]
    p, said = load(write(path, [changed]), site)
    check(
        "differences are shown",
        [(d["column"], d["before"], d["after"], d["line"]) for d in said["differences"]]
        == [("name", "Hall", "Häll", 2), ("latitude", "1.500000", "1.250000", 2)],
        p,
    )
    text = site.command("venue", "import", path).stdout
    check(
        "for people, too",
        "1 changed" in text and "name changes from Hall to Häll" in text and "--apply" in text,
        text,
    )
    load(path, site, "--apply")
    check(
        "the id stays, the version moves",
        site.sql("SELECT HEX(id), version FROM venues WHERE external_id = 'a-1'")[0]
        == [id_before[0], str(int(id_before[1]) + 1)],
    )
    p, said = load(
        write(path, [["PH", "a-1", "Hall Two"]], head=["country", "external_id", "name"]),
        site,
        "--apply",
    )
    check(
        "columns in any order; those that are missing are left alone",
        said["changed"] == 1
        and site.sql("SELECT name, city FROM venues WHERE external_id = 'a-1'")
        == [["Hall Two", "Town"]],
        p,
    )
    with open(path, "w", encoding="utf-8-sig", newline="") as f:
        f.write('external_id,name,country,address\r\n"a-2","Say ""Hi"", Hall",ph,"Two\tx"\r\n')
    p, said = load(path, site)
    check(
        "a byte order mark, quotes and CRLF; a control character is named",
        p.returncode == 1
        and said["bad"] == [{"line": 2, "reason": "address contains a control character"}],
        p,
    )
    with open(path, "w", encoding="utf-8-sig", newline="") as f:
        f.write('external_id,name,country,address\r\n"a-2","Say ""Hi"", Hall", ph ,\r\n\r\n')
    p, said = load(path, site, "--apply")
    check(
        "what is right is taken",
        said["new"] == 1
        and site.sql("SELECT name, country, address FROM venues WHERE external_id = 'a-2'")
        == [['Say "Hi", Hall', "PH", "NULL"]],
        p,
    )
    refused(site, path)


def refused(site, path):
    def changed(**values):
        row = dict(zip(generator.HEAD, GOOD), external_id="bad-1")
        row.update(values)
        return [row[name] for name in generator.HEAD]

    for what, values in (
        ("external_id must not be empty", {"external_id": ""}),
        ("name must not be empty", {"name": "  "}),
        ("external_id must be at most", {"external_id": "x" * 65}),
        ("name must be at most", {"name": "ä" * 201}),
        ("country must be", {"country": "12"}),
        ("country must be at most", {"country": "PHL"}),
        ("latitude must be a decimal number", {"latitude": "1e1"}),
        ("latitude must be between", {"latitude": "90.1"}),
        ("longitude must be between", {"longitude": "-180.5"}),
        ("latitude and longitude", {"latitude": ""}),
        ("capacity must be", {"capacity": "-1"}),
        ("capacity must be", {"capacity": "4294967296"}),
        ("capacity must be", {"capacity": "1.5"}),
        ("timezone must be", {"timezone": "Asia/Nowhere"}),
    ):
        p, said = load(
            write(path, [changed(external_id="ok-1"), changed(**values)]), site, "--apply"
        )
        check(
            "refused: %s" % what,
            p.returncode == 1
            and said["badLines"] == 1
            and said["bad"][0]["line"] == 3
            and what in said["bad"][0]["reason"],
            p,
        )
    p, said = load(
        write(path, [changed(external_id="d"), changed(external_id="e"), changed(external_id="d")]),
        site,
        "--apply",
    )
    check(
        "refused: the same external id twice",
        p.returncode == 1 and said["bad"][0]["line"] == 4 and "line 2" in said["bad"][0]["reason"],
        p,
    )
    with open(path, "wb") as f:
        f.write(
            b'external_id,name,country\nx-1,A,PH\nx-2,"A\n" B,PH\nx-3,A\nx-4,\xff,PH\nx-5,A,PH,\n'
            b'x-6,a"b,PH\nx-7,"open,PH\n'
        )
    p, said = load(path, site, "--apply")
    check(
        "every bad line is named",
        p.returncode == 1
        and [b["line"] for b in said["bad"]] == [3, 5, 6, 7, 8, 9]
        and "not valid UTF-8" in said["bad"][2]["reason"],
        p.stdout,
    )
    check(
        "on standard error, too",
        all("line %d:" % n in p.stderr for n in (3, 5, 6, 7, 8, 9)),
        p.stderr,
    )
    p, said = load(
        write(path, [changed(external_id="y-%d" % i, capacity="x") for i in range(250)]),
        site,
        "--apply",
    )
    check(
        "a hundred are shown, all are counted",
        p.returncode == 1
        and said["badLines"] == 250
        and len(said["bad"]) == 100
        and "and 150 more" in p.stderr,
        p,
    )
    for head, why in (
        (["external_id", "name", "country", "colour", "shape"], '"colour", "shape"'),
        (["external_id", "name"], "country"),
        (["external_id", "name", "country", "name"], '"name"'),
    ):
        p, said = load(write(path, [], head=head), site)
        check(
            "a heading is refused: %s" % why,
            p.returncode == 1 and why in said["bad"][0]["reason"],
            p,
        )
    for content in (b"", "external_id,name\n".encode("utf-16"), b"\0\0"):
        with open(path, "wb") as f:
            f.write(content)
        check("no venue file: %r" % content[:10], load(path, site)[0].returncode == 1)
    check(
        "a file that is not there",
        site.command("venue", "import", site.dir + "/no", check_status=False).returncode == 1,
    )
    check(
        "nothing of all that was written",
        site.sql(
            "SELECT COUNT(*) FROM venues WHERE external_id IN ('ok-1', 'd', 'e', 'x-1', 'y-1')"
        )
        == [["0"]],
    )


def export(site):
    path = site.dir + "/export.csv"
    with open(path, "wb") as f:
        f.write(
            subprocess.run(
                [os.path.join(site.build, "ticketgate"), "venue", "export"],
                env=dict(os.environ, TG_CONF=site.conf, TG_DATA=SRC),
                capture_output=True,
                check=True,
            ).stdout
        )
    p, said = load(path, site)
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    check(
        "export, then import: all unchanged",
        said["unchanged"] == said["read"] == len(rows) - 1 == 2000 and rows[0] == generator.HEAD,
        p,
    )
    listed = json.loads(site.command("venue", "export", "--json").stdout)
    check("as JSON, too", len(listed) == len(rows) - 1 and list(listed[0]) == generator.HEAD)


def races(site, search):
    """Imports at once end well and one after the other; searches go on meanwhile and see one state
    or the other."""
    files = [
        write(
            site.dir + "/race%d.csv" % i,
            [
                [
                    "race-%d" % n,
                    "Racing %s Hall" % name,
                    "",
                    "Racetown",
                    "",
                    "ZZ",
                    "",
                    "",
                    "",
                    str(i + 1),
                    "",
                ]
                for n in range(300)
            ],
        )
        for i, name in enumerate(("Alpha", "Bravo"))
    ]
    bad, done = [], threading.Event()

    def look():
        mine = Search(site)
        while not done.is_set():
            r = mine("racing", take=100)
            if r.status != 200 or r.json["meta"]["total"] not in (0, 300):
                bad.append(r)

    thread = threading.Thread(target=look)
    thread.start()
    outcomes = []
    for _ in range(3):
        running = [
            subprocess.Popen(
                [os.path.join(site.build, "ticketgate"), "venue", "import", f, "--apply", "--json"],
                env=dict(os.environ, TG_CONF=site.conf, TG_DATA=SRC),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for f in files
        ]
        outcomes += [(p.communicate(), p.returncode) for p in running]
    done.set()
    thread.join()
    check("imports at once all end well", all(code == 0 for _, code in outcomes), outcomes)
    check("searches see all of an import or nothing", not bad, bad[:1])
    names = {
        row[0]
        for row in site.sql("SELECT DISTINCT name FROM venues WHERE external_id LIKE 'race-%'")
    }
    found = search("racing", take=100)
    check(
        "and the last one stands, in table and index",
        len(names) == 1
        and {v["name"] for v in found.data} == names
        and search(names.pop()).json["meta"]["total"] == 300,
        found,
    )


with Site() as site:
    search = Search(site)
    r = search("anything")
    check(
        "before the first import nothing is found",
        r.status == 200
        and r.data == []
        and r.json["meta"]["total"] == 0
        and search(near="1,1").status == 200,
        r,
    )
    for path in (DEMO, DATA + "world.csv"):
        p, said = load(path, site, "--apply")
        check(
            "%s is imported" % os.path.basename(path),
            p.returncode == 0 and said["new"] == said["read"] > 30,
            p,
        )
    first_hits(site, search)
    one(site, search)
    walk(site, search)
    walk_over_imports(site, search)
    imports(site)
    site.sql("DELETE FROM venues")
    against_plain(site, search, random.Random(3))
    export(site)
    races(site, search)
    check("no sanitizer report", not site.sanitizer_reports(), "\n".join(site.sanitizer_reports()))
finish()
