#!/bin/bash
# The commands of the README, on a real WordPress export: init, import, adopt, press, serve; and what
# readers then get.
. "${0%/*}/lib.sh"
export_file=../shared/data/import/wxr/themeunittestdata.wordpress.xml
[ -r "$export_file" ] || skip_all "the WordPress theme unit test is not at $export_file"
plan 67

site=$TMP/site
hanji_json() { hanji "$@" --json; }
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
old_paths() { # of what was published: where readers know it
    perl -0777 -ne '
        while (m{<item>(.*?)</item>}gs) {
            my $item = $1;
            next unless $item =~ m{<wp:post_type>(?:<!\[CDATA\[)?(?:post|page)\b};
            next unless $item =~ m{<wp:status>(?:<!\[CDATA\[)?publish\b};
            next unless $item =~ m{<wp:post_password>(?:<!\[CDATA\[\]\]>)?</wp:post_password>|<wp:post_password/>};
            print "$1\n" if $item =~ m{<link>https://wpthemetestdata\.wordpress\.com(/[^<?]+)</link>};
        }' "$export_file"
}

# ---- From nothing to live ----------------------------------------------------------------------

ok "init makes a site" hanji init "$site"
like "$OUT" 'FOR TRYING OUT' "and says loudly that its passphrase is for trying out"
ok "import reads the export" hanji_json import wordpress "$export_file" --site "$site"
printf '%s' "$OUT" >"$TMP/report"
is "$(jq .total.found "$TMP/report")" "$(grep -c '<item>' "$export_file")" \
    "as many items are found as the file holds"
is "$(jq .total.found "$TMP/report")" 186 "which are 186"
is "$(jq '[.types[].found] | add' "$TMP/report")" 186 "the types sum to the total"
is "$(jq '[.types[], .total] | map(.found - .imported - .updated - .unchanged - .skipped)
    | map(select(. != 0)) | length' "$TMP/report")" 0 \
    "found = imported + updated + unchanged + skipped, for each type and in all"
is "$(jq '.skipped | length' "$TMP/report")" "$(jq .total.skipped "$TMP/report")" \
    "every skipped item is listed"
is "$(jq '[.skipped[] | select(.why == "")] | length' "$TMP/report")" 0 "each with its reason"
is "$(hanji list --site "$site" --json | jq length)" "$(jq .total.imported "$TMP/report")" \
    "the archive lists as many stories as were imported"

hanji list --site "$site" --json >"$TMP/list.once"
ok "import can be run again" hanji_json import wordpress "$export_file" --site "$site"
is "$(jq '.total.imported + .total.updated' <<<"$OUT")" 0 "and nothing is new then"
hanji list --site "$site" --json >"$TMP/list.twice"
ok "importing twice is importing once" cmp "$TMP/list.once" "$TMP/list.twice"

not_ok "before anything is cleared there is nothing to press" hanji press --site "$site"
is "$STATUS" 77 "which is a refusal"
ok "adopt takes what was public already" hanji adopt --all --by "A. Person" --site "$site"
like "$OUT" ' 0 stopped' "all of it"
ok "press makes it live" hanji_json press --site "$site"
printf '%s' "$OUT" >"$TMP/pressed"
is "$(jq .live "$TMP/pressed")" true "and says so"
is "$(jq .stories "$TMP/pressed")" \
    "$(jq '[.[] | select(.status == "published")] | length' "$TMP/list.once")" \
    "every published story is pressed"
is "$(jq '.left_out | length' "$TMP/pressed")" 0 "none is left out"
is "$(hanji list --debt --site "$site" | tail -n 1 | cut -d' ' -f1)" \
    "$(($(jq .stories "$TMP/pressed") + 1))" "what was adopted is listed as a debt"

# ---- Pressing again ----------------------------------------------------------------------------

perl t/pressing.pl sums "$site/pressings" >"$TMP/sums.once"
ok "press can be run again" hanji press --site "$site"
perl t/pressing.pl sums "$site/pressings" >"$TMP/sums.twice"
ok "the same archive gives the same pages, byte for byte" cmp "$TMP/sums.once" "$TMP/sums.twice"
is "$(find "$site/pressings" -name '*.index' -printf x)" x \
    "the folder holds one pressing and its name"

# ---- What readers get --------------------------------------------------------------------------

ok "serve prints where" start_server hanji serve --site "$site" --listen 127.0.0.1:0
is "$(code "$URL/")" 200 "the front page is there"
is "$(code "$URL/en/")" 200 "so is the home of the language"
story=/en/blog/wp-6-1-font-size-scale/
curl -s -D "$TMP/story.head" -o "$TMP/story" "$URL$story"
like "$(cat "$TMP/story")" '<h1[^>]*>WP 6\.1 Font size scale</h1>' "a story is there under its title"
like "$(cat "$TMP/story")" '<html lang="en"' "in its language"
like "$(cat "$TMP/story.head")" "Content-Security-Policy: default-src 'none'" "its policy forbids all"
unlike "$(cat "$TMP/story.head")" [Ss]et-[Cc]ookie "no cookie is set"
unlike "$(cat "$TMP/story.head")" $'\nServer:' "nothing tells which server it is"
unlike "$(sed 's/<script type="application\/ld+json">//' "$TMP/story")" '<script' \
    "there is no script in it, only facts for machines"
is "$(code "$URL/en/no-such-thing/")" 404 "what is not there answers 404"
like "$(curl -s "$URL/en/no-such-thing/")" '<html lang="en"' "with a page"
is "$(code -X POST "$URL/en/")" 405 "POST is not for pages"
is "$(code --path-as-is "$URL/../archive.db")" 400 "no path climbs out"
is "$(code "$URL/archive.db")" 404 "the archive is no page"

etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$TMP/story.head")
like "$etag" '^"[0-9a-f]+"$' "a page has an ETag"
is "$(code -H "If-None-Match: $etag" "$URL$story")" 304 "who has it already gets 304"
is "$(curl -s -H "If-None-Match: $etag" "$URL$story" | wc -c)" 0 "and no body"
is "$(code -H 'If-None-Match: "other"' "$URL$story")" 200 "another ETag gets the page"
curl -s -H 'Accept-Encoding: gzip' -D "$TMP/gzip.head" -o "$TMP/story.gz" "$URL$story"
like "$(cat "$TMP/gzip.head")" 'Content-Encoding: gzip' "gzip is sent to who takes it"
ok "and opens to the same bytes" cmp <(gzip -dc <"$TMP/story.gz") "$TMP/story"
ok "and is smaller" test "$(stat -c %s "$TMP/story.gz")" -lt "$(stat -c %s "$TMP/story")"
curl -s --compressed -H 'Accept-Encoding: br' -D "$TMP/br.head" -o "$TMP/story.br" "$URL$story"
like "$(cat "$TMP/br.head")" 'Content-Encoding: br' "brotli is sent to who takes it"
ok "and opens to the same bytes" cmp "$TMP/story.br" "$TMP/story"
without_date() { grep -vi '^date:'; }
curl -s -I "$URL$story" | without_date >"$TMP/head"
ok "HEAD answers as GET does" cmp "$TMP/head" <(without_date <"$TMP/story.head")
is "$(curl -s -X HEAD -m 5 --ignore-content-length -I "$URL$story" | wc -l)" \
    "$(wc -l <"$TMP/story.head")" "without a body"

# ---- Every address -----------------------------------------------------------------------------

base=http://127.0.0.1:8080
perl t/pressing.pl list "$site/pressings" >"$TMP/pages"
awk '$1 == 200 || $1 == 301' "$TMP/pages" | cut -d' ' -f3- >"$TMP/paths"
crawl() { perl t/street.pl crawl "$URL" "$base" <"$TMP/paths"; }
ok "every href and src on every page leads to 200, by way of 301 at most" crawl
like "$OUT" '^[0-9]{3,} addresses$' "hundreds of them"
old_paths >"$TMP/old"
check_old() { perl t/street.pl check "$URL" 200 301 <"$TMP/old"; }
ok "every old address of the WordPress site still answers" check_old
ok "all of them" test "$(wc -l <"$TMP/old")" -ge 70
is "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$URL/wp-6-1-font-size-scale/")" \
    "301 $URL$story" "an old address leads to the story"
is "$(code -L "$URL/2018/10/20/keyboard-navigation/")" 200 "so does one with a date in it"
curl -s "$URL/sitemap-pages.xml" >"$TMP/sitemap.xml"
curl -s "$URL/en/feed.xml" >"$TMP/feed.xml"
ok "the sitemap is well-formed" xmllint --noout --nonet "$TMP/sitemap.xml"
ok "the feed is well-formed" xmllint --noout --nonet "$TMP/feed.xml"
is "$(xmllint --xpath 'count(//*[local-name()="loc"])' "$TMP/sitemap.xml")" \
    "$(grep -o '<loc>' "$TMP/sitemap.xml" | wc -l)" "the sitemap says where"
ok "the feed has items" test "$(xmllint --xpath 'count(/rss/channel/item)' "$TMP/feed.xml")" -ge 10
like "$(curl -s "$URL/robots.txt")" 'Sitemap: ' "robots.txt names the sitemap"
stop "$PID"
is "$STATUS" 0 "serve ends when it is asked to"

# ---- Behind a proxy that compresses ------------------------------------------------------------

sed -i 's/^# forms = all/forms = some/' "$site/hanji.ini"
not_ok "forms that there are none of" hanji press --site "$site"
like "$OUT" 'hanji.ini: forms = some: write all, or none' "are told with their place"
sed -i 's/^forms = some/forms = none/' "$site/hanji.ini"
ok "a site without compressed forms is pressed" hanji press --site "$site"
start_server hanji serve --site "$site" --listen 127.0.0.1:0
curl -s -H 'Accept-Encoding: br, gzip' -D "$TMP/plain.head" -o "$TMP/plain" "$URL$story"
ok "everybody gets the plain page" cmp "$TMP/plain" "$TMP/story"
is "$(grep -ci '^content-encoding\|^vary' "$TMP/plain.head")" 0 "and is told of no other"
stop "$PID"
