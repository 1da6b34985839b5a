#!/bin/bash
# A withdrawal holds: it does not come back by another import, is not outwitted by how it is typed, and
# takes the whole site down rather than leave online what was called back.
. "${0%/*}/lib.sh"
plan 16

site=$TMP/site by=(--by "A. Person")
mkdir "$TMP/texts"
printf '%s\n' --- 'title: Kettle' 'status: published' 'url: https://old.example.org/kettle/' --- '' \
    'qzkettleqz stands here.' >"$TMP/texts/kettle.md"
printf '%s\n' --- 'title: Draft' 'draft: yes' 'url: https://old.example.org/draft/' --- '' 'qzdraftqz' \
    >"$TMP/texts/draft.md"
begin() {
    hanji init "$site" --name "A house" && hanji import markdown "$TMP/texts" --site "$site" &&
        hanji appears site/en --nobody "${by[@]}" --site "$site" &&
        hanji clear site/en "${by[@]}" --site "$site" &&
        hanji adopt --all "${by[@]}" --site "$site" && hanji press --site "$site"
}
out() { printf '%s\n' "$1" >"$TMP/needle"; ! perl t/pressing.pl find "$site/pressings" "$TMP/needle"; }
ok "a site with one story is live" begin
ok "its words are out" out qzkettleqz
ok "what says 'draft: yes' is a draft" eval '! out qzdraftqz'

ok "a picture typed with a nought is refused or meant" \
    eval '! hanji withdraw m01 "${by[@]}" --site "$site" 2>"$TMP/err"'
ok "a language that is not there is no withdrawal" \
    eval '! hanji withdraw site/kr "${by[@]}" --site "$site" 2>"$TMP/err"'
like "$(cat "$TMP/err")" "nothing in the language 'kr'" "and says so"

ok "the story is withdrawn" hanji withdraw kettle "${by[@]}" --site "$site"
ok "its words are gone" eval '! out qzkettleqz'
cp -a "$TMP/texts" "$TMP/again"
sed -i 's/https:/http:/; s/Kettle/Kettle again/' "$TMP/again/kettle.md"
hanji import markdown "$TMP/again" --site "$site" >"$TMP/report"
like "$(cat "$TMP/report")" "was withdrawn here" "an import from elsewhere does not bring it back"
hanji adopt --all "${by[@]}" --site "$site" >"$TMP/out" 2>&1
ok "the site is pressed again" hanji press --site "$site"
ok "and it stays gone" eval '! out qzkettleqz'

# ---- When the new pages cannot be made ----------------------------------------------------------

printf '%s\n' --- 'title: Lamp' 'status: published' 'url: https://old.example.org/lamp/' --- '' 'qzlampqz' \
    >"$TMP/texts/lamp.md"
another() {
    hanji import markdown "$TMP/texts" --site "$site" && hanji adopt --all "${by[@]}" --site "$site" &&
        hanji press --site "$site"
}
another >"$TMP/out" 2>&1
ok "another story is out" out qzlampqz
mkdir -p "$site/theme/html"
echo '{{#broken' >"$site/theme/html/story.mustache"
hanji withdraw lamp "${by[@]}" --site "$site" >"$TMP/out" 2>"$TMP/err"
is "$?" 65 "a withdrawal with a broken template ends with the template's error"
like "$(cat "$TMP/err")" "the whole site is dark" "and says that the site is dark"
ok "what was withdrawn is gone all the same" eval '! out qzlampqz'
rm "$site/theme/html/story.mustache"
ok "and the next press brings the rest back" hanji press --site "$site"
