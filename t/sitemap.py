#!/usr/bin/python3
"""sitemap.py: site maps held to their protocol (sitemaps.org, 0.9) and to what search engines add to
it for languages, for the tests.

    sitemap.py BASE FILE...

Every element must be one that the protocol knows, stand where it may and not twice; every address
must be absolute, under BASE, escaped, shorter than 2,048 bytes and named once; a moment must be one
of W3C's profile of ISO 8601; a map holds at most 50,000 addresses and 50 MB. Of languages: a page
names itself, and who is named names back. Prints what is wrong, and exits with 1 if something is."""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
ORDER = {"sitemapindex": ("sitemap", ["loc", "lastmod"]),
         "urlset": ("url", ["loc", "lastmod", "changefreq", "priority"])}
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
MOMENT = re.compile(rf"(\d{{4}}(-(0[1-9]|1[0-2]))?|{DAY}"
                    rf"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)")
LANGUAGE = re.compile(r"x-default|[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")

complaints = []
seen = set()
groups = {}  # of a page: its languages and their addresses


def expect(is_right, *words):
    if not is_right:
        complaints.append(" ".join(words))


def address(base, name, text):
    expect(text.startswith(base + "/"), name, "not under the base:", text)
    expect(re.fullmatch(r"[!-~]+", text) and not re.search(r'["<>\\^`{|}#]', text),
           name, "bytes that must be escaped:", text)
    expect(len(text) < 2048, name, "too long:", text)


def languages(base, name, loc, links):
    group = {}
    for link in links:
        language, to = link.get("hreflang", ""), link.get("href", "")
        expect(link.get("rel") == "alternate", name, loc, "another rel")
        expect(LANGUAGE.fullmatch(language), name, loc, "no language:", language)
        expect(language not in group, name, loc, "twice:", language)
        address(base, name, to)
        group[language] = to
    expect(not group or loc in group.values(), name, loc, "does not name itself")
    groups[loc] = group


def entry_of(base, name, order, entry):
    parts = [part for part in entry if part.tag != LINK]
    places = [order.index(part.tag[len(MAP):]) if part.tag.startswith(MAP) and
              part.tag[len(MAP):] in order else -1 for part in parts]
    expect(-1 not in places and places == sorted(set(places)), name, "parts:",
           *[part.tag for part in parts])
    loc = entry.findtext(MAP + "loc", "")
    address(base, name, loc)
    expect(loc not in seen, name, "twice:", loc)
    seen.add(loc)
    moment = entry.findtext(MAP + "lastmod")
    expect(moment is None or MOMENT.fullmatch(moment), name, "no moment:", str(moment))
    return loc


def read(base, name):
    expect(os.path.getsize(name) <= 50 << 20, name, "too large")
    with open(name, "rb") as file:
        text = file.read()
    expect(re.match(rb'<\?xml version="1\.0" encoding="UTF-8"\?>', text, re.I), name, "not UTF-8")
    root = ElementTree.fromstring(text)
    kind = root.tag[len(MAP):] if root.tag.startswith(MAP) else ""
    if kind not in ORDER:
        expect(False, name, "no map:", root.tag)
        return
    child, order = ORDER[kind]
    expect(1 <= len(root) <= 50000, name, "empty or too many:", str(len(root)))
    for entry in root:
        expect(entry.tag == MAP + child, name, "unknown:", entry.tag)
        loc = entry_of(base, name, order, entry)
        links = entry.findall(LINK)
        expect(not links or kind == "urlset", name, "languages in an index")
        languages(base, name, loc, links)


def main():
    base, names = sys.argv[1], sys.argv[2:]
    for name in names:
        read(base, name)
    for loc, group in groups.items():
        for to in group.values():
            expect(loc in groups.get(to, {}).values(), loc, "is not named back by", to)
    print("\n".join(complaints) or f"{len(names)} maps, {len(seen)} addresses")
    sys.exit(1 if complaints or not names else 0)


main()
