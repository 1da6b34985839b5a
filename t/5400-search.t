#!/bin/bash
# Search from end to end: imported, pressed, sealed, served, asked by curl; and called back.
. "${0%/*}/lib.sh"
plan 43

site=$TMP/site
texts=$TMP/texts
by=(--by "A. Person")
mkdir "$texts"
story() { # LANGUAGE NAME TITLE BODY
    printf -- '---\ntitle: "%s"\nlang: %s\nslug: %s\nurl: https://old.example/%s/%s/\ndate: 2026-0%s-11\n---\n%s\n' \
        "$3" "$1" "$2" "$1" "$2" $((RANDOM % 9 + 1)) "$4" >"$texts/$2.$1.md"
}
story en kettle 'The kettle' 'It whistled, and she closed the **door**. Zanzibar & "salt" were on the shelf.'
story en lamp 'A lamp' 'The door stayed open. Nobody knew why, and the lamp went on burning.'
story en marks '<b>Marks</b> & signs' 'A <script>alert(1)</script> stood in the whitewash, beside a door.'
story ko school '우리 학교' '아침마다 학교에서 종이 울렸다. 우리학교는 강 옆에 있었다.'
story ko letter '편지' '학교로 보낸 편지는 돌아오지 않았다. 종이배를 접었다.'
for ((i = 10; i < 35; i++)); do story en "many-$i" "Many $i" "A paper boat, number $i, went down the river."; done
made() {
    hanji init "$site" --name "A house" --address http://127.0.0.1:8080 &&
        hanji import markdown "$texts" --site "$site" &&
        sqlite3 "$site/archive.db" "INSERT INTO setting VALUES ('site.name', 'ko', '집')" || return 1
    hanji adopt --all "${by[@]}" --site "$site" # stops at what stands around the stories: cleared next
    local language
    for language in en ko; do
        hanji appears "site/$language" --nobody "${by[@]}" --site "$site" &&
            hanji clear "site/$language" "${by[@]}" --site "$site" || return 1
    done
    hanji press "${by[@]}" --site "$site"
}
ok "a site in two languages is pressed" made
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
front=$(pgrep -P "$PID" | head -n 1)
ask() { # LANGUAGE WORDS [PAGE]: the page, without its blank lines, in $page
    page=$(curl -s -G -D "$TMP/head" --data-urlencode "q=$2" ${3:+--data-urlencode "page=$3"} "$URL/$1/search/" | grep .)
}
hits() { grep -o 'card-title"><a href="[^"]*' <<<"$page" | sed 's/.*"//' | xargs; }

# ---- What is found -----------------------------------------------------------------------------

ask en zanzibar
is "$(hits)" /en/blog/kettle/ "an English word"
like "$page" '<mark>Zanzibar</mark> &amp; &quot;salt&quot;' "marked where it stands, and the rest is text"
like "$page" '1 text with “zanzibar”' "and counted"
ask en DOOR
is "$(hits | wc -w)" 3 "in capitals"
like "$page" '3 texts with' "counted in words"
ask en '"closed the door"'
is "$(hits)" /en/blog/kettle/ "words side by side"
ask ko 학교
is "$(hits | wc -w)" 2 "a Korean word before particles and inside a longer one"
like "$page" '<mark>학교</mark>에서' "marked without the particle"
like "$page" '‘학교’ 검색 결과 2건' "in Korean words"
ask ko 강
is "$(hits)" /ko/blog/school/ "a word of one syllable"
ask ko 종이
is "$(hits | wc -w)" 2 "also at the beginning of a longer word"
ask en 학교
is "$(hits)" "" "each language has its own"
ask en xylophone
like "$page" 'Nothing with “xylophone”.*Fewer words find more' "nothing, and advice"
ask en 'lamp xylophone'
like "$page" 'No text has all of “lamp xylophone”' "some of the words, and it says so"
is "$(hits)" /en/blog/lamp/ "with what has them"

# ---- Pages of an answer ------------------------------------------------------------------------

ask en boat
is "$(hits | wc -w)" 10 "ten on a page"
like "$page" '25 texts with .*<a class="older" href="\?q=boat&amp;page=2" rel="next">' "and a way on"
unlike "$page" 'rel="prev"' "but none back"
ask en boat 3
is "$(hits | wc -w)" 5 "the rest on the last one"
like "$page" 'href="\?q=boat&amp;page=2" rel="prev".*Page 3 of 3' "and a way back"
ask en boat 4
like "$page" 'no more results.* <a href="\?q=boat">' "a page too many leads to the first"
ask en boat 99999999999999999999
is "$(hits | wc -w)" 10 "a page that is no number is the first"

# ---- What is typed stays text ------------------------------------------------------------------

for words in '<script>alert(1)</script>' '"><img src=x onerror=alert(1)>' "' autofocus onfocus='alert(1)" \
    '<!--=query--><!--[hits-->' '</title><h1>' '&lt;b&gt;' 'javascript:alert(1)'; do
    ask en "$words"
    plain=$(grep -o -E '<(script|img|h1|b|title)[ >]' <<<"$page" | sort | uniq -c | xargs)
    is "$plain$(grep -c 'onerror=alert(1)>\|onfocus=.alert\|<!--' <<<"$page")" "1 <h1> 1 <title>0" "nothing of it is markup: $words"
done
ask en door
like "$page" '&lt;b&gt;Marks&lt;/b&gt; &amp; signs' "what a story says is text too"
ask en "$(printf 'door%.0s ' {1..400})"
like "$page" 'its end was not looked at' "of a long question the beginning is asked"
ask en "$(head -c 3000 /dev/urandom | base64 -w0)"
like "$(head -n 1 "$TMP/head")" 200 "and a longer one does no harm"

# ---- How it is sent ----------------------------------------------------------------------------

ask en door
like "$(tr -d '\r' <"$TMP/head")" "form-action 'self'.*" "its form leads to us"
is "$(grep -c -i -E '^(etag|content-encoding|vary|set-cookie)' "$TMP/head")$(grep -i '^cache-control' "$TMP/head" | tr -d '\r')" \
    "0Cache-Control: no-store" "and the answer is nobody's to keep"
is "$(curl -s -o "$TMP/empty" -w '%{http_code}' "$URL/en/search/")$(grep -c -E '<!--|found' "$TMP/empty")" 2000 \
    "asked nothing, it is a form"
segment=$(perl t/pressing.pl list "$site/pressings" | sed -n 's/^200 13 //p' | head -n 1)
is "$(curl -s -o /dev/null -w '%{http_code}' "$URL$segment")" 404 "what is searched in is not served"
is "$(awk '/^VmRSS/ { print ($2 < 20480) }' "/proc/$front/status")" 1 "the front holds less than 20 MB"

# ---- Called back -------------------------------------------------------------------------------

key=$(hanji list --site "$site" | sed -n 's|^ *\([0-9]*/en\) .*(kettle)$|\1|p')
ok "a story is withdrawn" hanji withdraw "$key" "${by[@]}" --site "$site"
for ((i = 0; i < 200; i++)); do
    ask en zanzibar
    [[ $page =~ Nothing ]] && break
done
is "$(hits)" "" "and found no longer"
ask en lamp
is "$(hits)" /en/blog/lamp/ "the others are"
printf '%s\n' Zanzibar zanzibar 'The kettle' >"$TMP/needles"
ok "no byte of it is in a file" perl t/pressing.pl find "$site/pressings" "$TMP/needles"
