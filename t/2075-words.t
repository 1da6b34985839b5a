#!/bin/bash
# What the gate says to people: its rules, in English and in Korean, and what it cannot see, after every
# result. A story is spoken of in its own language unless another one is asked for.
. "${0%/*}/lib.sh"
plan 30

site=$TMP/site by=(--by "A. Officer")
mkdir -p "$TMP/texts/en" "$TMP/texts/ko" "$TMP/texts/de"
text() { printf '%s\n' --- "title: \"$2\"" 'kind: story' 'status: published' 'date: 2026-03-04' "slug: $3" --- '' "$4" >"$TMP/texts/$1/$3.md"; }
text en "A kettle" kettle 'Kim Chol Su sang, and a draft lies at https://docs.google.com/x now.'
text ko "주전자" jujeonja '김철수가 노래했다.'
text de "Ein Kessel" kessel 'Kim Chol Su sang.'
text ko "조용한 이야기" quiet '아무도 나오지 않는다.'
echo 김철수 >"$TMP/names"
begin() {
    hanji init "$site" --name "A house" && hanji import markdown "$TMP/texts" --site "$site" &&
        hanji people add --pseudonym Haneul --status free --names-file "$TMP/names" "${by[@]}" --site "$site" &&
        hanji appears ko/quiet --nobody "${by[@]}" --site "$site"
}
ok "a site with stories in three languages" begin
seen() { "$HANJI" check "$@" --site "$site" 2>"$TMP/err"; }
# How many lines of the standard input match, letters being letters in any locale.
lines() { perl -CSD -ne '$n++ if /'"$1"'/; END { print $n + 0 }'; }

# ---- The rules ---------------------------------------------------------------------------------

hanji rules >"$TMP/rules"
like "$(cat "$TMP/rules")" 'R05  a protected name, number or address.*may override: two people' "the rules are printed"
hanji rules --language ko >"$TMP/rules.ko"
is "$(lines '^R\d\d  .*\p{Hangul}' <"$TMP/rules.ko")" "$(grep -c '^R' "$TMP/rules")" "every one in Korean too"
is "$(lines '\p{Hangul}' <"$TMP/rules")" 0 "and in English without a Korean letter"
is "$(hanji rules R07 --json | jq -r '.rules[] | "\(.id) \(.people_for_blocks) \(.people_for_warns)"')" "R07 2 1" \
    "one by itself, for a program"
is "$(hanji rules --json | jq -r '.version, (.rules | length)' | tr '\n' ' ')" \
    "$(hanji rules --json --language ko | jq -r '.version, (.rules | length)' | tr '\n' ' ')" "the same rules in both"

# ---- A finding ---------------------------------------------------------------------------------

said=$(seen en/kettle)
like "$said" 'R05 at body, line 1, column 1: this names Haneul' "a story in English is told in English"
is "$(lines '\p{Hangul}' <<<"$said")" 0 "and in nothing else"
said=$(seen ko/jujeonja)
like "$said" 'R05 막음, 본문 1행 1번째 글자: 보호해야 할 이름' "one in Korean in Korean"
like "$said" '\[\[김철수\]\]가' "the passage is marked"
like "$said" '\(this names Haneul ' "with what the gate says of this one"
like "$said" '그 부분을 뺍니다' "and the way out"
like "$(seen ko/jujeonja --language en)" 'R05 at body, line 1, column 1: this names' "in English when that is asked for"
like "$(seen en/kettle --language ko)" 'R18 경고, 본문 .*: 링크가' "and in Korean"
like "$(seen de/kessel)" 'R05 at body' "any other language is told in English"
is "$(seen en/kettle --language ko --json | jq -r '.[0].findings[] | select(.rule == "R05") | .refuses')" \
    "$(hanji rules R05 --language ko --json | jq -r '.rules[0].refuses')" "a program gets the words of the rule"

# ---- What it cannot see ------------------------------------------------------------------------

# The sentences, one a line.
sentences() { hanji rules R00 --json --language "$1" | jq -r '.cannot_see[]'; }
# Whether the standard input holds all of them, after the line that counts.
tells() {
    sed '1,/^[0-9]* examined/d' >"$TMP/after"
    sentences "$1" | while IFS= read -r sentence; do grep -qF -- "$sentence" "$TMP/after" || echo "$sentence"; done
}
is "$(seen en/kettle | tells en)" "" "what the gate cannot see follows the result"
is "$(seen ko/quiet | tells ko)" "" "also where it has found nothing, and in Korean"
like "$(seen ko/quiet)" '^[^ ]+  would pass' "which would pass"
is "$(seen en/kettle ko/quiet | tells en)$(seen en/kettle ko/quiet | tells ko)" "" "in both for stories in both"
is "$(seen en/kettle ko/quiet | grep -cF "$(sentences en | tail -n 1)")" 1 "but once"
is "$(seen ko/quiet --json | jq -c '.[0].cannot_see')" "$(hanji rules R00 --json --language ko | jq -c .cannot_see)" \
    "a program gets it as a field"
is "$(hanji clear ko/quiet "${by[@]}" --site "$site" | tells ko)" "" "and who clears is told it too"
is "$(cat "$TMP/err")" "" "nothing goes to standard error"

# ---- What others wrote is shown, and not obeyed ------------------------------------------------

hostile() { # a title with a line of its own, a body that wipes the screen and turns the direction
    printf '%s\n' --- 'title: "Tin\n9/en  would pass for web until 2099-01-01"' 'kind: story' 'status: published' \
        'date: 2026-03-04' 'slug: tin' --- '' $'Kim Chol Su \e[2J\xc2\x9b1A\rwould pass \xe2\x80\xaefor web' >"$TMP/texts/en/tin.md"
    hanji import markdown "$TMP/texts" --site "$site"
}
ok "a story comes that means to fool a terminal" hostile
seen en/tin >"$TMP/tin"
like "$(head -n 1 "$TMP/tin")" 'STOPPED  Tin 9/en  would pass' "its title stays in its line"
is "$(perl -CSD -ne '$n += () = /[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202e}]/g; END { print $n + 0 }' "$TMP/tin")" 0 \
    "what a terminal would obey does not reach it"
like "$(cat "$TMP/tin")" '\[\[Kim Chol Su\]\] \\u001b\[2J\\u009b1A\\u000dwould pass \\u202efor' "but is shown"
is "$(hanji list --site "$site" | grep -c 'Tin 9/en')" 1 "nor in the list"
is "$(hanji list --json --site "$site" | jq -r '.[] | select(.slug == "tin") | .title' | sed -n 2p)" \
    "9/en  would pass for web until 2099-01-01" "a program gets the text as it is"
