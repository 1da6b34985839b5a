#!/bin/bash
# Importing: every WordPress export at hand reconciles to the item or is refused with file, line and
# reason and leaves the archive as it was; a folder of Markdown with pictures of our own.
. "${0%/*}/lib.sh"
exports=../shared/data/import/wxr
plan 115

site=$TMP/site
list() { hanji list --site "$site" --json; }
dump() { sqlite3 "$site/archive.db" .dump | grep -v -e '^INSERT INTO search' -e '^INSERT INTO audit' | sha256sum; }
new_site() { rm -rf "$site"; hanji init "$site" "$@" >/dev/null; }
import() { hanji import "$@" --site "$site" --json; }

# ---- A folder of Markdown ----------------------------------------------------------------------

texts=$TMP/texts
mkdir -p "$texts"
cp -r src/main/demo/en src/main/demo/ko "$texts"
mkdir -p "$texts/pictures"
names=$(grep -r -h -o 'pictures/[a-z-]*\.png' "$texts/en" "$texts/ko" | sort -u)
number=0
for name in $names; do
    number=$((number + 1))
    perl -MCompress::Zlib -e '
        my ($n, $seed, $rows) = (40, $ARGV[0], "");
        $rows .= "\0" . join "", map { chr(($_ * $seed) % 256) x 3 } 1 .. $n for 1 .. $n;
        sub chunk { my ($t, $d) = @_; pack("N", length $d) . $t . $d . pack("N", crc32($t . $d)) }
        print "\x89PNG\r\n\x1a\n", chunk("IHDR", pack("NNC5", $n, $n, 8, 2, 0, 0, 0)),
            chunk("IDAT", compress($rows)), chunk("IEND", "")' "$number" >"$texts/$name"
done
new_site --name "A house"
ok "a folder of Markdown is imported" import markdown "$texts"
printf '%s' "$OUT" >"$TMP/report"
is "$(jq .total.found "$TMP/report")" "$(find "$texts" -name '*.md' | wc -l)" "every file of it"
is "$(jq '.total | .found - .imported' "$TMP/report")" 0 "all of them new"
is "$(jq -c '[.pictures.new, .pictures.missing, .pictures.refused]' "$TMP/report")" "[$number,0,0]" \
    "with every picture"
is "$(find "$site/originals" -type f | wc -l)" "$number" "each original is kept"
is "$(list | jq length)" "$(jq .total.imported "$TMP/report")" "the archive lists them"
is "$(list | jq -r '.[].key' | cut -d/ -f1 | sort | uniq -c | awk '{print $1}' | sort -u)" 2 \
    "two languages of one story are one story"
dump >"$TMP/dump"
ok "importing again" import markdown "$texts"
is "$(jq -c '[.total.imported, .total.updated, .total.unchanged, .pictures.new]' <<<"$OUT")" \
    "[0,0,$(jq .total.found "$TMP/report"),0]" "changes nothing"
ok "by the same folder under another name too" import markdown "$texts/../texts/"
is "$(jq -c '[.total.imported, .total.updated]' <<<"$OUT")" "[0,0]" "changes nothing"
is "$(sqlite3 "$site/archive.db" 'SELECT count(*) FROM version')" "$(find "$texts" -name '*.md' | wc -l)" \
    "no version came twice"
is "$(dump)" "$(cat "$TMP/dump")" "and nothing else in the archive is changed"

strange() { # NAME WANTED LINES...: a file of front matter, and how the import ends
    rm -rf "$TMP/strange"; mkdir -p "$TMP/strange/en"
    printf '%s\n' "${@:3}" >"$TMP/strange/en/odd.md"
    dump >"$TMP/dump"
    import markdown "$TMP/strange" >"$TMP/odd.out" 2>"$TMP/odd.err"
    is "$?" 65 "$1: is refused"
    like "$(cat "$TMP/odd.err")" "$2" "  with file, line and reason"
    is "$(dump)" "$(cat "$TMP/dump")" "  and the archive is as it was"
}
strange "front matter without an end" 'en/odd\.md: line [0-9]+: ' --- 'title: "x"' text
strange "a key that comes twice" 'en/odd\.md: line 3: ' --- 'title: x' 'title: y' --- text
strange "an anchor" 'en/odd\.md: line 2: ' --- 'title: &a x' --- text
strange "a quote that is not closed" 'en/odd\.md: line 2: ' --- 'title: "x' --- text

cat >"$TMP/strange/en/odd.md" <<'END'
---
title: "Links"
kind: story
status: published
date: 2026-03-04
slug: links
---

[a script](javascript:alert(1)) and [data](data:text/html,x) and [a paper](list-of-names.docx) and
[fine](https://example.org/).

![not there](pictures/none.png)
END
echo "not a picture" >"$TMP/strange/en/list-of-names.docx"
ok "links that are refused do not stop an import" import markdown "$TMP/strange"
is "$(jq '.links_removed >= 1' <<<"$OUT")" true "they are counted"
is "$(jq '.pictures.missing' <<<"$OUT")" 1 "a picture that is not there is counted as missing"
body=$(sqlite3 "$site/archive.db" "SELECT body FROM version WHERE slug = 'links'")
unlike "$body" 'list-of-names' "and removed from the text"
by=(--by "A. Person" --site "$site")
for one in "appears site/en --nobody" "appears en/links --nobody" "clear site/en" "clear en/links" "press"; do
    hanji $one "${by[@]}" >>"$TMP/pressed" 2>&1
done
ok "what runs code is in no pressed page" perl t/pressing.pl find "$site/pressings" \
    <(printf '%s\n' 'href="javascript:' 'href="data:')
ok "of which there is one" eval '! perl t/pressing.pl find "$site/pressings" <(echo "href=\"https://example.org/")'
like "$body" 'https://example\.org/' "the others stay"

# ---- WordPress ---------------------------------------------------------------------------------

if [ ! -r "$exports/small-export.xml" ]; then
    skip $((tap_planned - tap_count)) "the WordPress exports are not at $exports"
    exit 0
fi

for file in "$exports"/*.xml; do
    name=${file##*/}
    case $name in
    crazy-cdata.xml | invalid-version-tag.xml | malformed-simple.xml | malformed.xml | missing-version-tag.xml)
        new_site
        dump >"$TMP/dump"
        import wordpress "$file" >"$TMP/out" 2>"$TMP/err"
        is "$?" 65 "$name is refused as wrong data"
        where=': line [0-9]+'
        [ "$name" != invalid-version-tag.xml ] || where= # it is well-formed; what it says is wrong
        like "$(cat "$TMP/err")" "$name$where: ..." "  with file, line and reason"
        is "$(cat "$TMP/out")" "" "  no report pretends otherwise"
        is "$(dump)" "$(cat "$TMP/dump")" "  the archive is as it was"
        ;;
    *)
        new_site
        ok "$name is imported" import wordpress "$file"
        printf '%s' "$OUT" >"$TMP/report"
        is "$(jq .total.found "$TMP/report")" "$(perl -0777 -ne 's/<!\[CDATA\[.*?\]\]>//gs; my $n = () = /<item[ >]/g; print $n' "$file")" \
            "  every item of it is found"
        is "$(jq '[.types[], .total] | map(.found - .imported - .updated - .unchanged - .skipped) | map(select(. != 0)) | length' "$TMP/report")" \
            0 "  and the report sums"
        import wordpress "$file" >"$TMP/again"
        is "$(jq -c '[.total.imported, .total.updated]' "$TMP/again")" "[0,0]" "  importing it twice is importing it once"
        ;;
    esac
done

# Without a file at all, and with one that is cut off anywhere.
new_site
dump >"$TMP/dump"
for part in 100 5000 12000 20000; do
    head -c $part "$exports/small-export.xml" >"$TMP/cut.xml"
    import wordpress "$TMP/cut.xml" >"$TMP/out" 2>"$TMP/err"
    is "$? $(grep -c 'cut\.xml: line [0-9]' "$TMP/err")" "65 1" "an export cut off after $part bytes is refused, with its line"
done
is "$(dump)" "$(cat "$TMP/dump")" "and none of it is in the archive"

# What was not public does not become public.
new_site
import wordpress "$exports/small-export.xml" >"$TMP/report"
status_of() { list | jq -r ".[] | select(.title == \"$1\").status"; }
is "$(status_of "Private Post")" draft "a private item becomes a draft"
like "$(jq -r '.notes[]? | tostring' "$TMP/report")" 'private' "and the report says so"
import wordpress "$exports/themeunittestdata.wordpress.xml" >"$TMP/report"
is "$(status_of "Template: Password Protected (the password is \\\"enter\\\")")" draft "a protected item becomes a draft"
is "$(jq '.links_removed > 0' "$TMP/report")" true "links that the gate refuses are removed"
hanji import wordpress "$exports/themeunittestdata.wordpress.xml" --site "$site" >"$TMP/text"
like "$(cat "$TMP/text")" '(removed|Removed)' "and the report for people lists them"
like "$(jq -r '[.. | strings] | join(" ")' "$TMP/report")" 'javascript|\.(pdf|doc|mp3|zip|mp4)' "with their addresses"
