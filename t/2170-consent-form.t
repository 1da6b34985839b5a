#!/bin/bash
# The form by which somebody is asked: one page file for paper, in two languages, that names nobody,
# fetches nothing and runs nothing; and the same questions as text.
. "${0%/*}/lib.sh"
plan 25

for language in en ko; do
    ok "the form in $language, without a site" hanji consent form --language $language
    printf '%s\n' "$OUT" >"$TMP/form.$language.html"
    like "$OUT" "<html lang=\"$language\">" "says its language"
    unlike "$OUT" '<script|<img|<link|@import|url\(|https?:|<input' "loads nothing and runs nothing"
    ok "it is well-formed" xmllint --html --noout "$TMP/form.$language.html"
    ok "the questions in $language" hanji consent questions --language $language
    printf '%s\n' "$OUT" >"$TMP/questions.$language"
done
shape() { sed 's/^\(.\).*/\1/' "src/main/consent/$1.txt"; }
is "$(shape en)" "$(shape ko)" "both have the same lines in the same order"
is "$(grep -c '^[0-9]*\. ' "$TMP/questions.en")" "$(grep -c '^[0-9]*\. ' "$TMP/questions.ko")" "and the same questions"
text_of() { xmllint --html --xpath 'string(//body)' "$1" 2>/dev/null | tr -s ' \n'; }
while IFS= read -r line; do
    question=${line#*. }
    grep -q -F -- "$question" <(text_of "$TMP/form.en.html") || echo "$question"
done < <(grep '^[0-9]*\. ' "$TMP/questions.en") >"$TMP/missing"
is "$(cat "$TMP/missing")" "" "every question of the text is on the page"
for part in 'name' 'Another name' 'face' 'voice' 'Where I was' 'age' 'unit' 'family'; do
    grep -q "^  [A-Z].*$part\|^  $part" "$TMP/questions.en" || echo "$part"
done >"$TMP/missing"
is "$(cat "$TMP/missing")" "" "each thing that can be shown of a person has its line"
like "$(cat "$TMP/questions.en")" 'Do not write your name here' "no name is asked for"
like "$(cat "$TMP/questions.ko")" '이름도 쓰지 마십시오' "in Korean too"
unlike "$(cat "$TMP/questions.en")" '[Ss]ignature|[Yy]our name:|Telephone:' "nor a signature"
ok "English, where no language is said" hanji consent form
like "$OUT" 'Your story, and what you agree to' "is what is printed"
not_ok "a language that is not there" hanji consent form --language fr
is "$STATUS" 64 "is typed wrongly"
like "$OUT" "in en and ko, not in 'fr'" "and says which there are"
pages() { # LANGUAGE: how many A4 pages
    timeout 60 chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer \
        --print-to-pdf="$TMP/$1.pdf" "$TMP/form.$1.html" >"$TMP/out" 2>&1
    pdfinfo "$TMP/$1.pdf" 2>&1 | sed -n 's/^Pages: *//p; s/.*(\(A4\)).*/\1/p' | xargs
}
if command -v chromium >/dev/null && command -v pdfinfo >/dev/null; then
    for language in en ko; do like "$(pages $language)" '^[34] A4$' "$language is three or four sheets of A4"; done
else
    skip 2 "no chromium or pdfinfo to print with"
fi
is "$(ls "$TMP"/*.db 2>/dev/null)" "" "nothing is written"
