#!/bin/bash
# A person is erased: off the street, out of the ledger, the key overwritten in the file; the chain
# still holds, what must not be published stays so, and whatever is killed meanwhile, the ledger is
# whole and the next try succeeds.
. "${0%/*}/lib.sh"
rounds=10
if [ -n "${HANJI_LONG:-}" ]; then rounds=60; fi
plan $((35 + rounds * 4))

seed=${HANJI_SEED:-$((10#$(date +%N) % 32768))}
RANDOM=$seed
diag "HANJI_SEED=$seed gives these moments again"
site=$TMP/site by=(--by "A. Person")
at() { hanji "$@" --site "$site"; }
mkdir -p "$TMP/texts/en"
for name in hers his; do
    printf '%s\n' --- "title: \"The words of $name\"" 'kind: story' 'status: published' 'date: 2026-03-04' \
        "slug: $name" --- '' "These are some words of $name, and of nobody else at all." >"$TMP/texts/en/$name.md"
done
printf 'Hong Qzildong\n홍길동큐\n' >"$TMP/names"
begin() {
    hanji init "$site" --name "A house" && at import markdown "$TMP/texts" &&
        at people add --pseudonym Haneul --status free --names-file "$TMP/names" "${by[@]}" &&
        at people add --pseudonym Miru --status free "${by[@]}" &&
        at consent add --person Haneul --for '* web * alias' --informed "Read aloud" --taken-by "A. P." &&
        at consent add --person Miru --for '* web * alias' --informed "Read aloud" --taken-by "A. P." &&
        at risk add --person Haneul --remaining low --by "A. P." --second "B. P." &&
        at risk add --person Miru --remaining low --by "A. P." --second "B. P." &&
        at appears en/hers --subject Haneul:alias "${by[@]}" && at appears en/his --subject Miru:alias "${by[@]}" &&
        at appears site/en --nobody "${by[@]}" && at clear --all "${by[@]}" && at press
}
ok "two people with a story each" begin
base=$TMP/base
cp -a "$site" "$base"
id=$(at people list --json | jq -r '.[] | select(.pseudonym == "Haneul").id')
boxes() { sqlite3 "$1/ledger/ledger.db" "SELECT lower(hex(box)) FROM person_key WHERE person = '$id'"; }
boxes "$site" >"$TMP/box"
hex_of() { od -An -v -tx1 "$@" | tr -d ' \n'; }
holds_key() { hex_of "$1"/ledger/* | grep -q -F -f <(cut -c1-32 "$TMP/box"; cut -c49-80 "$TMP/box"); }
ok "the person has a key of their own in the ledger" test -s "$TMP/box"
ok "whose box is in the file" holds_key "$site"

# ---- Erasing -----------------------------------------------------------------------------------

not_ok "without a reason" at people erase Haneul "${by[@]}"
like "$OUT" '--reason is missing' "is refused"
not_ok "of nobody" at people erase Nobody "${by[@]}" --reason "asked for it"
like "$OUT" 'nobody is known as Nobody.*people list' "is refused"
ok "a person is erased" at people erase Haneul "${by[@]}" --reason "asked for it in writing"
like "$OUT" "Erased: $id" "which is said by the id"
like "$OUT" 'stays called back: 1/en' "with what stays called back"
like "$OUT" 'names the gate has forgotten: 2' "and that the gate forgets the names"
like "$OUT" 'A backup from before opens still' "and that backups do not"
like "$OUT" 'pictures\): 0 found' "after the proof that the story is gone"
not_ok "no byte of the key's box is left" holds_key "$site"
is "$(sqlite3 "$site/ledger/ledger.db" 'PRAGMA freelist_count; PRAGMA integrity_check')" $'0\nok' "nor a free page"
is "$(ls "$site/ledger")" $'keys\nledger.db' "nor another file"
ok "the names are nowhere" perl t/pressing.pl find "$site" "$TMP/names"
ok "the ledger opens, its chain unbroken" at people list
like "$OUT" "$id  erased on 20[0-9-]+ by A. Person" "the erasure is in it"
unlike "$OUT" Haneul "the pseudonym is not"
is "$(at people list --json | jq -r ".[] | select(.id == \"$id\").status")" erased "in JSON too"
at appears en/hers --nobody "${by[@]}" >/dev/null 2>&1
not_ok "the story is not cleared again, whoever says that nobody is in it" at clear 1/en "${by[@]}"
like "$OUT" 'this was withdrawn' "for it is called back"
is "$(at uses "$id" --json | jq -c '[.[] | [.key, .back > 0]]')" '[["1/en",true]]' "the log of uses still knows what went out"
ok "the other's story stays" perl t/pressing.pl list "$site/pressings"
like "$OUT" '200 0 /en/blog/his/' "on the street"
ok "once more does no harm" at people erase "$id" "${by[@]}" --reason "to be sure" --json
is "$(printf '%s' "$OUT" | jq -c '.erased | [.person, .names_forgotten]')" "[\"$id\",0]" "and enters nothing"
ok "the pseudonym is free again" at people add --pseudonym Haneul --status free "${by[@]}"
ok "a backup from before opens still" hanji people list --site "$base"
like "$OUT" Haneul "with the person in it"
cp "$base/ledger/ledger.db" "$TMP/newer.db"
sqlite3 "$base/ledger/ledger.db" 'PRAGMA user_version = 3'
not_ok "a ledger of a newer program" hanji people list --site "$base"
like "$OUT" 'written by a newer program' "is refused"
cp "$TMP/newer.db" "$base/ledger/ledger.db"
sqlite3 "$base/ledger/ledger.db" "DELETE FROM person_key WHERE person = '$id'"
not_ok "a ledger from which somebody took a key away" hanji people list --site "$base"
like "$OUT" "the key of $id is missing, and nobody erased this person" "is found out"
cp "$TMP/newer.db" "$base/ledger/ledger.db"

# ---- Killed at any moment ----------------------------------------------------------------------

for ((round = 1; round <= rounds; round++)); do
    rm -rf "$site"; cp -a "$base" "$site"
    whom=gate after=$((RANDOM % 120))
    [ $((RANDOM % 3)) -ne 0 ] || whom=hanji
    said=$(perl t/kill.pl "$whom" "$after" "$HANJI" people erase "$id" "${by[@]}" --reason "asked" --site "$site")
    ok "$round: $said: the ledger opens" at people list
    like "$OUT" "$id  (erased|speaker)" "  and knows the person, or that there was one"
    ok "  the next try succeeds" at people erase "$id" "${by[@]}" --reason "asked"
    not_ok "  and no byte of the key's box is left" holds_key "$site"
done
