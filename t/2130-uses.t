#!/bin/bash
# What went out is entered with its content, its rules and its date, and so is what came back.
. "${0%/*}/lib.sh"
plan 16

site=$TMP/site by=(--by "A. Person")
mkdir -p "$TMP/texts/en"
for name in hers his; do
    printf '%s\n' --- "title: \"$name\"" 'kind: story' 'status: published' 'date: 2026-03-04' "slug: $name" --- '' \
        "Words of $name." >"$TMP/texts/en/$name.md"
done
at() { hanji "$@" --site "$site"; }
begin() {
    hanji init "$site" --name "A house" && at import markdown "$TMP/texts" &&
        at people add --pseudonym Haneul --status free "${by[@]}" &&
        at consent add --person Haneul --for '* web * alias' --informed "Read aloud" --taken-by "A. P." &&
        at risk add --person Haneul --remaining low --by "A. P." --second "B. P." &&
        at appears en/hers --subject Haneul:alias "${by[@]}" && at appears en/his --nobody "${by[@]}" &&
        at appears site/en --nobody "${by[@]}" && at clear --all "${by[@]}"
}
ok "two stories are cleared" begin
ok "nothing is out" at uses
like "$OUT" 'No sealing has let it out' "and that is said"
ok "a press" at press
ok "lists what went out" at uses --json
printf '%s' "$OUT" >"$TMP/uses"
is "$(jq -r '[.[].key] | sort | join(" ")' "$TMP/uses")" "1/en 2/en site/en" "by its key"
ok "with content, road, rules and date" \
    jq -e 'all(.[]; (.content | test("^[0-9a-f]{64}$")) and .road == "web" and .sealed_rules >= 2 and
        .cleared_rules >= 2 and .out > 1700000000 and .back == 0 and (.pressing | test("^[0-9a-f]{64}$")))' "$TMP/uses"
is "$(at uses en/hers --json | jq -c '[.[].key]')" '["1/en"]' "of a story"
is "$(at uses Haneul --json | jq -c '[.[].key]')" '["1/en"]' "of a person"
like "$(at uses en/his)" '^20[0-9-]+  2/en on web in en, content [0-9a-f]{16}; cleared by A. Person under rules [0-9]+, sealed under rules [0-9]+ in pressing [0-9a-f]{16}; out still$' \
    "in words"
at press >/dev/null
is "$(at uses --json | jq length)" 3 "another press of the same enters nothing"
at withdraw en/hers "${by[@]}" >/dev/null
ok "a withdrawal" jq -e '.[0].back > 0' <(at uses en/hers --json)
is "$(at uses en/his --json | jq -c '[.[].back]')" '[0]' "ends its use alone"
is "$(at uses Haneul --json | jq length)" 1 "and stays in the log of the person"
not_ok "of nobody" at uses Nobody
like "$OUT" 'no story has this name' "is refused"
