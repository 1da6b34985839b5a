#!/bin/bash
# Feeds, maps and facts for machines: read by other programs than ours, and held against the pages.
. "${0%/*}/lib.sh"
plan 30

site=$TMP/site
base=http://127.0.0.1:8080 # the demo's own address; the server listens elsewhere
ok "a demo is made" hanji demo "$site"
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
get() { curl -sf --path-as-is "$URL$1"; }
value() { xmllint --xpath "string($1)" "$2"; }
count() { xmllint --xpath "count($1)" "$2"; }
local_name() { printf '*[local-name()="%s"]' "$1"; }
feed="/$(local_name feed)" entry="/$(local_name entry)"

# ---- Feeds -------------------------------------------------------------------------------------

for language in en ko; do
    get "/$language/atom.xml" >"$TMP/atom"
    get "/$language/feed.xml" >"$TMP/rss"
    get "/$language/feed.json" >"$TMP/json"
    ok "$language: both are XML" xmllint --noout --nonet "$TMP/atom" "$TMP/rss"
    # RFC 4287, 4.1.1 and 4.1.2: exactly one of each, in the feed and in each entry.
    wrong=
    for name in id title updated; do
        [ "$(count "$feed/$(local_name $name)" "$TMP/atom")" = 1 ] || wrong="$wrong feed:$name"
        [ "$(count "$feed$entry[count($(local_name $name))!=1]" "$TMP/atom")" = 0 ] ||
            wrong="$wrong entry:$name"
    done
    is "$wrong$(count "$feed$entry[not($(local_name summary))]" "$TMP/atom")" 0 \
        "$language: Atom says all that is required, once"
    is "$(value "$feed/$(local_name link)[@rel='self']/@href" "$TMP/atom")" \
        "$base/$language/atom.xml" "$language: where it is itself"
    ok "$language: its moments are those of RFC 3339" test -z "$(grep -oE \
        '<(updated|published)>[^<]*' "$TMP/atom" | grep -vE '>[0-9]{4}(-[0-9]{2}){2}T[0-9:]{8}Z$')"
    ids=$(grep -o '<id>[^<]*' "$TMP/atom" | tail -n +2 | cut -c5-)
    is "$(sort -u <<<"$ids" | wc -l)" "$(count "$feed$entry" "$TMP/atom")" \
        "$language: each entry has an id of its own"
    is "$(grep -o '<guid[^<]*' "$TMP/rss" | sed 's/.*>//')" "$ids" "$language: RSS has the same ones"
    is "$(jq -r '.items[].id' "$TMP/json")" "$ids" "$language: so has JSON Feed"
    is "$(jq -r '[.version, .language, .feed_url] | join(" ")' "$TMP/json")" \
        "https://jsonfeed.org/version/1.1 $language $base/$language/feed.json" \
        "$language: which says what it is"
    ok "$language: a feed reader reads RSS and Atom, and finds the same in both" \
        t/feeds.py "$base" "$TMP/rss" "$TMP/atom"
    # JSON Feed 1.1: what an item and a feed must have, each of its kind.
    ok "$language: JSON Feed holds to its own rules" jq -e --arg base "$base/" '
        (.title | type == "string") and (.home_page_url | startswith($base)) and
        (.items | type == "array" and length > 0) and ([.items[].id] | length == (unique | length)) and
        all(.items[]; (.id | type == "string") and (.url | startswith($base)) and
            (has("content_html") or has("content_text") or has("summary")) and
            (.date_published | fromdateiso8601 > 0) and
            ((.tags // []) | all(.[]; type == "string")) and
            ((.authors // []) | all(.[]; has("name") or has("url"))))' "$TMP/json"
done

# ---- Maps --------------------------------------------------------------------------------------

pages() { # of the pressing: the canonical address of each page that may be found
    perl t/pressing.pl list "$site/pressings" | sed -n 's/^200 0 //p' | while IFS= read -r path; do
        get "$(perl -pe 'chomp; s/([^!-~])/sprintf "%%%02X", ord $1/ge' <<<"$path")" >"$TMP/page"
        grep -q '"robots" content="noindex"' "$TMP/page" ||
            sed -n 's/.*rel="canonical" href="\([^"]*\)".*/\1/p' "$TMP/page"
    done | sort -u
}
locs() { grep -o '<loc>[^<]*' | cut -c6-; }
get /sitemap.xml | locs >"$TMP/maps"
while IFS= read -r map; do get "${map#"$base"}"; done <"$TMP/maps" >"$TMP/map"
is "$(locs <"$TMP/map" | sort)" "$(pages)" "the maps name every page, and each once"
maps=("$TMP/sitemap.xml")
get /sitemap.xml >"${maps[0]}"
while IFS= read -r map; do
    maps+=("$TMP/sitemap.${#maps[@]}.xml")
    get "${map#"$base"}" >"${maps[-1]}"
done <"$TMP/maps"
ok "index and maps hold to the protocol; languages name each other" t/sitemap.py "$base" "${maps[@]}"
like "$(get /robots.txt)" "Sitemap: $base/sitemap.xml" "robots.txt names their index"
is "$(grep -c 'hreflang="en"' "$TMP/map")" "$(grep -c 'hreflang="x-default"' "$TMP/map")" \
    "what is translated has a default"

# ---- Facts -------------------------------------------------------------------------------------

facts() { get "$1" | sed -n 's/.*<script type="application\/ld+json">\(.*\)<\/script>/\1/p'; }
facts /en/blog/i-did-not-know-which-switch/ >"$TMP/facts"
is "$(jq -r '."@graph"[] | ."@type"' "$TMP/facts" | xargs)" \
    "Organization WebSite Article BreadcrumbList" "a story tells of the house, itself and its way"
is "$(jq -r '."@graph"[3].itemListElement | map(.position) | join(",")' "$TMP/facts")" 1,2,3 \
    "home, list, story"
is "$(jq -c '[."@graph"[2] | .author | if type == "array" then .[].name else ."@id" end] |
    map(select(test("withheld"; "i"))) | length' "$TMP/facts")" 0 "nobody is called Name withheld"
is "$(get /manifest.webmanifest | jq -r '[.start_url, .display, .theme_color] | join(" ")')" \
    "/en/ browser #fbf9f5" "the manifest opens the site's own language in its colours"
