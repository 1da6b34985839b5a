#!/bin/bash
# Calling back: a story of the demo is gone from every page, feed, map, list and file on the street
# side, its addresses answer 410, and everything else stays whole.
. "${0%/*}/lib.sh"
plan 44

base=$TMP/base texts=src/main/demo
title='I did not know which switch' slug=i-did-not-know-which-switch
korean_title='어느 스위치인지 몰랐다' korean_slug=어느-스위치인지-몰랐다
by=(--by "Im Garam")

ok "the demo is made" hanji demo "$base"

# Before: which pictures are the story's alone, and what they are made of.
page_pictures() { curl -s "$URL$1" | grep -o '/media/[0-9a-f]*\.[a-z]*' | sort -u; }
before() {
    start_server hanji serve --site "$base" --listen 127.0.0.1:0 || return 1
    perl t/pressing.pl list "$base/pressings" | awk '$1 == 200 && $2 == 0' | cut -d' ' -f3- >"$TMP/pages"
    page_pictures "/en/blog/$slug/" >"$TMP/shown"
    sqlite3 "$base/archive.db" "SELECT lower(hex(v.hash)) FROM variant v JOIN media m ON m.id = v.media_id
        WHERE m.name IN ('pictures/oil-lamp.png', 'pictures/kettle-bowls.png')" >"$TMP/own.hashes"
    while read -r hash; do
        cp "$base/media/$hash" "$TMP/picture.$hash"
        grep "$hash" "$TMP/shown"
    done <"$TMP/own.hashes" >"$TMP/own"
    stop "$PID"
}
ok "its pictures are known" before
ok "it shows some" test "$(wc -l <"$TMP/shown")" -ge 4
ok "some of them are its alone" test -s "$TMP/own"

# The beginnings of its sentences, as readers see them.
sentences() {
    perl -CSD -Mutf8 -ne '$fences++ if /^---$/; next if $fences < 2 || /^(?:---|:::|#|>|\w+:)/;
        print "$1\n" while /(?:^|[.?!] )(\p{L}[\p{L} ,]{20,60})/g' "$1" | head -n 12
}
sentences "$texts/en/which-switch.md" >"$TMP/en.words"
sentences "$texts/ko/which-switch.md" >"$TMP/ko.words"
ok "sentences to look for in both languages" test "$(cat "$TMP/en.words" "$TMP/ko.words" | wc -l)" -ge 8
ok "they are there before" eval '! perl t/pressing.pl find "$base/pressings" "$TMP/en.words"'
like "$OUT" 'gzip member' "in the packed forms too"
like "$OUT" 'brotli form' "in both of them"

fresh() { rm -rf "$TMP/site"; cp -a "$base" "$TMP/site"; site=$TMP/site; }
serve() { start_server hanji serve --site "$site" --listen 127.0.0.1:0; }
code() { curl -s -o /dev/null -w '%{http_code}' "$URL$1"; }
nowhere() { perl t/pressing.pl find "$site/pressings" "$1"; }
crawl() { perl t/pressing.pl list "$site/pressings" | awk '$1 == 200 || $1 == 301' | cut -d' ' -f3- |
    perl t/street.pl crawl "$URL" http://127.0.0.1:8080; }
grep_site() { # WORDS: in no page, feed, map
    perl t/pressing.pl list "$site/pressings" | awk '$1 == 200' | cut -d' ' -f3- | while read -r path; do
        curl -s -g "$URL$path" | grep -q -a -F -- "$1" && echo "$path"
    done
}

# ---- One language, while it is being served ----------------------------------------------------

fresh; serve
is "$(code "/en/blog/$slug/")" 200 "the story answers before it is called back"
ok "withdraw calls it back" hanji withdraw "en/$slug" --how "by telephone" "${by[@]}" --site "$site"
like "$OUT" 'cannot be called back' "and says what cannot be"
wait_for() { # STATUS PATH: a swap is seen by the front at once, not sooner
    local i
    for ((i = 0; i < 500; i++)); do [ "$(code "$2")" = "$1" ] && return 0; done
    return 1
}
ok "its address answers 410" wait_for 410 "/en/blog/$slug/"
unlike "$(curl -s "$URL/en/blog/$slug/")" "which switch" "with no word of it"
is "$(code "/ko/blog/$korean_slug/")" 200 "the other language stays"
printf '%s\n' "$title" | cat - "$TMP/en.words" >"$TMP/needles"
ok "its title and sentences are in no file of the street" nowhere "$TMP/needles"
ok "nor is its address" nowhere <(echo "$slug")
is "$(grep_site "$title")" "" "no page, feed or map names it"
ok "every link on what is left leads somewhere" crawl
is "$(find "$site/pressings" -type f | wc -l)" 3 "no file of the old pressing is left"
stop "$PID"
not_ok "it is not cleared again" hanji clear "en/$slug" "${by[@]}" --site "$site"
hanji press --site "$site" >/dev/null
ok "and the next pressing does not hold it" nowhere "$TMP/needles"

# ---- Every language ----------------------------------------------------------------------------

fresh
ok "withdraw --every-language" hanji withdraw "en/$slug" --every-language "${by[@]}" --site "$site"
serve
is "$(code "/en/blog/$slug/") $(code "/ko/blog/$korean_slug/")" "410 410" "both answer 410"
printf '%s\n' "$title" "$korean_title" | cat - "$TMP/en.words" "$TMP/ko.words" >"$TMP/needles"
ok "titles and sentences are in no file" nowhere "$TMP/needles"
ok "nor are its addresses" nowhere <(printf '%s\n' "$slug" "$korean_slug")
gone() { perl t/street.pl check "$URL" 404 410 <"$TMP/own"; }
ok "its pictures' addresses answer 404 or 410" gone
ok "the bytes of its pictures are in no file" \
    perl t/pressing.pl find-file "$site/pressings" "$TMP"/picture.*
ok "nor is their name" nowhere "$TMP/own.hashes"
ok "every link on what is left leads somewhere" crawl
stories() { grep -E '^/(en|ko)/blog/[^/]+/$'; }
others() {
    diff <(stories <"$TMP/pages" | grep -v -e "/$slug/" -e "/$korean_slug/") \
        <(perl t/pressing.pl list "$site/pressings" | awk '$1 == 200' | cut -d' ' -f3- | stories)
}
ok "every other story is still there" others
stop "$PID"

# ---- By person ---------------------------------------------------------------------------------

fresh
ok "withdraw --person" hanji withdraw --person 'Haneul (not her name)' "${by[@]}" --site "$site"
serve
is "$(code "/en/blog/$slug/") $(code "/ko/blog/$korean_slug/")" "410 410" "her story is gone in both languages"
ok "no word of it is left" nowhere "$TMP/needles"
ok "nor a byte of its pictures" perl t/pressing.pl find-file "$site/pressings" "$TMP"/picture.*
is "$(code /en/blog/words-that-dry/)" 200 "another's story stays"
ok "every link on what is left leads somewhere" crawl
stop "$PID"

# ---- By picture --------------------------------------------------------------------------------

fresh
picture=m$(sqlite3 "$site/archive.db" "SELECT id FROM media WHERE name = 'pictures/kettle-bowls.png'")
sqlite3 "$site/archive.db" "SELECT lower(hex(hash)) FROM variant WHERE media_id = ${picture#m}" >"$TMP/one"
ok "withdraw of a picture" hanji withdraw "$picture" "${by[@]}" --site "$site"
serve
ok "its files are gone" nowhere "$TMP/one"
no_bytes() { local hash; while read -r hash; do
    perl t/pressing.pl find-file "$site/pressings" "$site/media/$hash" || return 1; done <"$TMP/one"; }
ok "byte by byte" no_bytes
isnt "$(code "/en/blog/$slug/")" 200 "the story that showed it waits for its editors"
ok "every link on what is left leads somewhere" crawl
stop "$PID"

# ---- Old addresses -----------------------------------------------------------------------------

mkdir -p "$TMP/moved/en"
cat >"$TMP/moved/en/one.md" <<'END'
---
title: "A moved story"
kind: story
status: published
date: 2026-01-02
slug: qzmoved
aliases: [/2019/05/qzmoved/, /old/qzmoved.html]
url: https://old.example.org/p/qzmoved/
---

Words of the moved story.
END
site=$TMP/moving
hanji init "$site" --name "A house" >"$TMP/out"
hanji import markdown "$TMP/moved" --site "$site" >>"$TMP/out"
{ hanji appears site/en --nobody "${by[@]}" --site "$site"; hanji appears en/qzmoved --nobody "${by[@]}" --site "$site"
    hanji clear --all "${by[@]}" --site "$site"; hanji press --site "$site"; } >>"$TMP/out" 2>&1
serve
is "$(code /2019/05/qzmoved/) $(code /old/qzmoved.html) $(code /en/blog/qzmoved/)" "301 301 200" \
    "old addresses of a story lead to it"
hanji withdraw en/qzmoved "${by[@]}" --site "$site" >>"$TMP/out" 2>&1
wait_for 410 /en/blog/qzmoved/
is "$(code /2019/05/qzmoved/) $(code /old/qzmoved.html) $(code /en/blog/qzmoved/)" "410 410 410" \
    "once it is called back they answer 410"
ok "and are in no file of the street" nowhere <(echo qzmoved)
stop "$PID"
