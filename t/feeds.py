#!/usr/bin/python3
"""feeds.py: feeds read as a feed reader reads them, by feedparser, for the tests.

    feeds.py BASE FILE...

Each FILE, RSS or Atom, must be read without a complaint; each must tell its title, language and
address, and of each entry its title, its address under BASE, an id, a moment, and a summary. All
must tell the same entries in the same order. Prints the addresses of the entries."""
import sys

import feedparser


def read(base, name):
    with open(name, "rb") as file:
        feed = feedparser.parse(file.read(), response_headers={"content-type": "application/xml"})
    if feed.bozo:
        sys.exit(f"{name}: {feed.bozo_exception}")
    if feed.version not in ("rss20", "atom10"):
        sys.exit(f"{name}: taken for {feed.version}")
    for key in ("title", "language", "link"):
        if not feed.feed.get(key):
            sys.exit(f"{name}: no {key}")
    if not feed.entries:
        sys.exit(f"{name}: no entries")
    for entry in feed.entries:
        moment = entry.get("published_parsed") or entry.get("updated_parsed")
        if not (entry.get("title") and entry.get("id") and entry.get("summary") and moment):
            sys.exit(f"{name}: something is missing in {entry}")
        if not entry.link.startswith(base + "/"):
            sys.exit(f"{name}: {entry.link} is elsewhere")
        if "<script" in entry.summary or "&lt;" in entry.title:
            sys.exit(f"{name}: markup where none belongs: {entry.title}")
    return [(entry.link, entry.id, entry.title) for entry in feed.entries]


def main():
    base, names = sys.argv[1], sys.argv[2:]
    lists = [read(base, name) for name in names]
    if any(entries != lists[0] for entries in lists):
        sys.exit("they do not tell the same")
    for link, _, _ in lists[0]:
        print(link)


main()
