#!/usr/bin/env python3
"""The public pages in each language: which one a visitor gets, that nothing of another one is left
on them, and that no cache mixes them."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import SRC, Site, check, finish  # noqa: E402
from public_pages import HOST, Page, Visitor, World, is_page  # noqa: E402

FIL = {"Accept-Language": "fil-PH,fil;q=0.9,en-US;q=0.8"}
EN = {"Accept-Language": "en-PH,en;q=0.9,fil;q=0.8"}


def language(r):
    p = Page(r.raw)
    return p.all("html")[0]["lang"], r.headers["content-language"]


def which(show):
    for asked, query, expected in (
        ({}, "", "en"),
        (EN, "", "en"),
        (FIL, "", "fil"),
        ({"Accept-Language": "tl"}, "", "fil"),
        ({"Accept-Language": "de"}, "", "en"),
        ({"Accept-Language": "x" * 4000}, "", "en"),
        (EN, "?lang=fil", "fil"),
        (FIL, "?lang=en", "en"),
        (FIL, "?fbclid=x&lang=en", "en"),
        (FIL, "?lang=de", "fil"),
        (EN, "?lang=", "en"),
        (EN, "?lang=fil%zz", "en"),
        (EN, "?slang=fil", "en"),
    ):
        r = show.page(tail=query, **asked)
        check(
            "%s, %s: %s" % (list(asked.values())[:1], query, expected),
            is_page(r, 200) and language(r) == (expected, expected),
            r,
        )
        check(
            "  caches are told what it depends on",
            r.headers["vary"] == "Accept-Encoding, Accept-Language",
            r.headers["vary"],
        )
    r = show.page(tail="/calendar.ics", **FIL)
    check(
        "a calendar is the same for all",
        r.status == 200 and r.headers["vary"] == "Accept-Encoding",
        r,
    )


def translations(show):
    url = HOST + "/e/test/" + show.slug
    p = Page(show.page(tail="?lang=fil&utm_source=x", **EN).raw)
    check(
        "canonical is the page in its language",
        p.all("link", rel="canonical", href=url + "?lang=fil"),
    )
    check(
        "the other languages, for search engines",
        {a["hreflang"]: a["href"] for a in p.all("link", rel="alternate")}
        == {"en": url + "?lang=en", "fil": url + "?lang=fil", "x-default": url},
    )
    switch = [a for a in p.all("a") if "hreflang" in a]
    check(
        "the switch: each language by its own name",
        [(a["href"], a["lang"], a.get("aria-current")) for a in switch]
        == [("?lang=en", "en", None), ("?lang=fil", "fil", "true")]
        and "English" in p.text
        and "Filipino" in p.text,
        switch,
    )
    check(
        "links to other pages keep a language that was chosen",
        p.all("a", href=HOST + "/e/test?lang=fil")
        and Page(show.page(**FIL).raw).all("a", href=HOST + "/e/test"),
    )
    organizer = Page(Visitor(show.w.site).ask("GET", "/e/test?lang=fil", mount="").raw)
    check("  on the organizer's page, too", organizer.all("a", href=url + "?lang=fil"))


def sentences(name):
    """The sentences of a language, in the order of the catalogue."""
    with open("%s/common/messages/%s.c" % (SRC, name), encoding="utf-8") as f:
        found = re.findall(r'\[MSG_(\w+)\] =((?:\s*"(?:[^"\\]|\\.)*")+),', f.read())
    return {i: "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)) for i, text in found}


def left_over(w, raw):
    """Which English sentences are on a page in Filipino, of those that differ."""
    english, filipino = sentences("en"), sentences("fil")
    text = " " + " ".join(Page(raw).text.split()) + " "
    found = []
    for i, sentence in english.items():
        if sentence == filipino[i] or len(sentence) < 5:
            continue
        pattern = r"(?<!\w)" + re.sub(r"\\\{\w+\\\}", ".{1,60}", re.escape(sentence)) + r"(?!\w)"
        # "{count} left" and the like: a sentence of placeholders alone says nothing
        if re.search("[a-z]{4}", re.sub(r"\{\w+\}", "", sentence)) and re.search(pattern, text):
            found.append(sentence)
    return found


def all_translated(w):
    show = w.event(
        [{}, {"price": 100}, {"salesStart": "2031-01-01T00:00:00Z"}, {"quantity": 1}],
        description="Gabi ng musika",
        galleryUrls=["https://img.example/1.png"],
    )
    for kind, body in (
        ("performers", {"name": "Tala", "role": "SPEAKER"}),
        ("schedules", {"title": "Simula", "startsAt": "2031-06-15T12:00:00Z"}),
        ("brands", {"name": "Kape", "role": "SPONSOR"}),
    ):
        w.site.post("/events/%s/%s" % (show.id, kind), w.key, body)
    w.fresh()
    r = show.page(**FIL)
    p = Page(r.raw)
    check("no sentence is left in English", left_over(w, r.raw) == [], left_over(w, r.raw))
    for wanted in (
        "Lin, Hunyo 15, 2031, 20:00",
        "Mga ticket",
        "10 ang natitira",
        "Libre",
        "Idagdag sa kalendaryo",
        "Tagapagsalita",
        "Mga ticket mula sa Test Org",
    ):
        check("it says: " + wanted, wanted in p.text, p.text)
    for path in ("/e/test", "/e/test/nothing", "/e/nobody"):
        r = Visitor(w.site).ask("GET", path, mount="", **FIL)
        check(path + ": no sentence is left in English", left_over(w, r.raw) == [], r.raw)
    r = show.page(method="POST", **FIL)
    check(
        "an error: in Filipino",
        is_page(r, 405) and "Pangbasa lang" in Page(r.raw).text,
        r,
    )
    check(
        "the script's file is that of the language",
        p.all("link", rel="modulepreload", href="/event/messages-fil.js"),
    )


def apart(w):
    """The server's cache keeps a response for each language, and one when the address names it."""
    show = w.event([{}])
    first = {q + str(h): show.page(tail=q, **h) for q in ("", "?lang=fil") for h in (EN, FIL)}
    again = {q + str(h): show.page(tail=q, **h) for q in ("", "?lang=fil") for h in (EN, FIL)}
    check(
        "what is remembered is remembered by language",
        all(language(first[k]) == language(again[k]) for k in first)
        and all(first[k].raw == again[k].raw for k in first)
        and len({r.raw for r in first.values()}) == 3
        and len({r.headers["etag"] for r in first.values()}) == 3,
        {k: (language(r), r.headers["etag"]) for k, r in first.items()},
    )
    tag = first[str(EN)].headers["etag"]
    check(
        "a validator of one language is none of another",
        show.page(**EN, If_None_Match=tag).status == 304
        and show.page(**FIL, If_None_Match=tag).status == 200,
    )


def main():
    with Site(workers=2, conf="trusted_proxies = 127.0.0.1\npublic_url = " + HOST) as site:
        w = World(site)
        show = w.event([{}])
        which(show)
        translations(show)
        all_translated(w)
        apart(w)
        problems = [l for l in site.log().splitlines() if '"level":"error"' in l]
        check("no error in the log", not problems, "\n".join(problems))
        check("no sanitizer spoke", not site.sanitizer_reports(), site.sanitizer_reports())
    finish()


main()
