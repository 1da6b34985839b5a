#!/bin/bash
# Cards: a page without a picture is shared with one that is drawn of its title. It is cleared with
# the story, changes with the title and goes with the story; a title is text, whatever stands in it.
. "${0%/*}/lib.sh"
[ -n "$(find /usr/share/fonts -name 'NotoSerifCJK-Bold*' 2>/dev/null)" ] || skip_all "no fonts"
plan 54

site=$TMP/site by=(--by "A. Person" --site "$TMP/site")
story() { # LANGUAGE SLUG TITLE [LINE OF FRONT MATTER]
    mkdir -p "$TMP/texts/$1"
    printf '%s\n' --- "title: $3" 'kind: story' 'status: published' 'date: 2026-03-04' "slug: $2" ${4:+"$4"} \
        --- '' "The body of $2." >"$TMP/texts/$1/$2.md"
}
import() { hanji import markdown "$TMP/texts" --site "$site"; }
state() { hanji appears "$1" --nobody "${by[@]}"; }
card() { curl -s "$URL$1" | sed -n 's|.*<meta property="og:image" content="[a-z]*://[^/]*\(/[^"]*\)">.*|\1|p'; }
fact() { curl -s "$URL$2" | sed -n 's|.*<meta [a-z]*="'"$1"'" content="\(.*\)">.*|\1|p'; }
code() { curl -s -o /dev/null -w '%{http_code}' "$URL$1"; }
type_of() { curl -s -o /dev/null -w '%{content_type}' "$URL$1"; }
size_of() { # width x height, as the header of the PNG says
    curl -s "$URL$1" | perl -0777 -ne 'print join "x", unpack "x16 NN"'
}
cards() { sqlite3 "$site/archive.db" "SELECT $1 FROM card ORDER BY key"; }

# ---- A story's, and the site's own --------------------------------------------------------------

story en lamp '"The lamp in the window"'
story ko lamp '"창가의 등불"' 'group: lamp'
hanji init "$site" --name "A house" >"$TMP/out"
ok "stories are imported" import
is "$(cards key)" "" "no card is drawn before somebody answers for a story"
for item in site/en site/ko en/lamp ko/lamp; do ok "$item is stated" state "$item"; done
is "$(cards "key || ' ' || title || ' ' || line" | tr '\n' ';')" \
    "1/en The lamp in the window A house;2/ko 창가의 등불 A house;site/en A house ;site/ko A house ;" \
    "then there is one of each"
ok "they are cleared" hanji clear --all "${by[@]}"
ok "and pressed" hanji press --site "$site"
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
lamp=$(card /en/blog/lamp/) korean=$(card /ko/blog/lamp/) house=$(card /en/)
like "$lamp" '^/media/[0-9a-f]{64}\.png$' "the story names its card"
is "$(code "$lamp") $(type_of "$lamp") $(size_of "$lamp")" "200 image/png 1200x630" \
    "which is a PNG of the size asked for"
ok "and a small file" test "$(curl -s "$URL$lamp" | wc -c)" -lt 40000
is "$(fact og:image:width /en/blog/lamp/)x$(fact og:image:height /en/blog/lamp/)" 1200x630 \
    "its size is told"
is "$(fact og:image:alt /en/blog/lamp/)" "The lamp in the window" "so are its words"
is "$(fact twitter:card /en/blog/lamp/)" summary_large_image "and how to show it"
is "$(curl -s "$URL/en/blog/lamp/" | sed -n 's|<script type="application/ld+json">\(.*\)</script>|\1|p' |
    jq -r '.["@graph"][] | select(.headline) | .image | .url, .width, .height' | sed 's|.*/media|/media|' | xargs)" \
    "$lamp 1200 630" "search engines hear the same"
is "$(code "$korean") $(size_of "$korean")" "200 1200x630" "the Korean one has its own"
isnt "$korean" "$lamp" "with other words"
is "$(code "$house") $(size_of "$house")" "200 1200x630" "the home page has the site's"
is "$(card /en/blog/)" "$house" "and so have lists"
isnt "$house" "$lamp" "which is not the story's"
is "$(curl -s "$URL/en/search/" | grep -c '<img')" 0 "no page shows a card itself"
if command -v exiftool >/dev/null; then
    curl -s "$URL$lamp" >"$TMP/lamp.png"
    is "$(exiftool -a -G1 -s "$TMP/lamp.png" |
        grep -v -E '^\[(System|ExifTool|File|Composite)\]|^\[PNG\] +(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|Palette) ')" \
        "" "it holds pixels and a palette alone"
else
    skip 1 "no ExifTool"
fi
stop "$PID"

# ---- What stays, and what changes ----------------------------------------------------------------

before=$(cd "$site/media" && ls -i)
ok "a second press" hanji press --site "$site"
ok "clearing once more" hanji clear --all "${by[@]}"
ok "stating once more" state en/lamp
is "$(cd "$site/media" && ls -i)" "$before" "draws no card that is there"
story en lamp '"Another lamp"'
ok "a story gets another title" import
not_ok "its clearance ends" hanji clear en/lamp "${by[@]}"
ok "it is stated" state en/lamp
ok "cleared" hanji clear --all "${by[@]}"
ok "and pressed" hanji press --site "$site"
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
other=$(card /en/blog/lamp/)
isnt "$other" "$lamp" "it has another card"
is "$(code "$other") $(code "$lamp")" "200 404" "and the old one is gone"
is "$(card /ko/blog/lamp/) $(card /en/)" "$korean $house" "the others stay"
ok "the site is exported" hanji export site "$TMP/exported" --site "$site"
ok "with its cards" test -s "$TMP/exported/site$other"
curl -s "$URL$other" >"$TMP/other.png"
bytes() { perl -0777 -e 'undef $/; open F, "<", shift; $n = <F>; $n = substr $n, 200, 400; $f = 0;
    for (@ARGV) { open G, "<", $_ or next; $f ||= index(<G>, $n) >= 0 } exit !$f' "$@"; }
ok "its bytes lie in a pack" bytes "$TMP/other.png" "$site"/pressings/*
ok "the story is called back" hanji withdraw en/lamp --how "by telephone" "${by[@]}"
wait_gone() { local i; for ((i = 0; i < 500; i++)); do [ "$(code "$other")" = 200 ] || return 0; done; return 1; }
ok "its card is gone with it" wait_gone
not_ok "and in no file of the street" bytes "$TMP/other.png" "$site"/pressings/*
is "$(code "$korean") $(code "$house")" "200 200" "the others stay"
stop "$PID"

# ---- Titles that nobody would give ---------------------------------------------------------------

story en markup '"<b>&amp; <span size=\"99999\"> </b>"'
story en long "\"$(printf 'Rindfleischetikettierungsueberwachung%.0s' 1 2 3 4 5 6 7 8 9)\""
story en turned '"من وراء النهر 😀 \u202Ex"'
story en adopted '"Public before"' 'url: https://example.org/before/'
ok "hostile titles are imported" import
ok "what was public elsewhere is adopted" hanji adopt en/adopted "${by[@]}"
publish() {
    local slug
    for slug in markup long turned; do state "en/$slug" || return; done
    hanji override en/turned --rule R20 --reason "a test" "${by[@]}" --site "$site" &&
        hanji clear en/markup en/long en/turned "${by[@]}" && hanji press --site "$site"
}
ok "the others are stated, cleared, pressed" publish
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
got=
for slug in markup long turned adopted; do
    path=$(card "/en/blog/$slug/")
    got+="$slug $(code "$path") $(size_of "$path") "
    all+="$path "
done
is "$got" "markup 200 1200x630 long 200 1200x630 turned 200 1200x630 adopted 200 1200x630 " \
    "each has a card"
is "$(tr ' ' '\n' <<<"$all $house" | sort -u | grep -c media)" 5 "of its own"
stop "$PID"

# ---- A site that wants none ----------------------------------------------------------------------

echo 'cards = none' >>"$site/hanji.ini"
count=$(cards 'count(*)')
story en plain '"A plain one"'
ok "another story is imported" import
ok "and stated" state en/plain
is "$(cards 'count(*)')" "$count" "with cards = none it gets none"
sed -i 's/^cards = none/cards = some/' "$site/hanji.ini"
like "$(hanji appears en/plain --nobody "${by[@]}" 2>&1)" 'cards = some: write all, or none' "what is neither is told"
