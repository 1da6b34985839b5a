#!/bin/bash
# The ledger key is changed: who is there keeps a slot, who is not is added again, nothing from before
# opens what comes after. Killed at any moment, the ledger opens with the old slots or the new ones.
. "${0%/*}/lib.sh"
rounds=4
if [ -n "${HANJI_LONG:-}" ]; then rounds=80; fi
plan $((29 + rounds * 4))

seed=${HANJI_SEED:-$((10#$(date +%N) % 32768))}
RANDOM=$seed
diag "HANJI_SEED=$seed gives these moments again"
site=$TMP/site by=(--by "A. Officer")
for n in 1 2 3; do echo "the passphrase of officer $n" >"$TMP/p$n"; done
echo "a passphrase of nobody" >"$TMP/p4"
with() { hanji "${@:2}" --site "$site" --passphrase-file "$TMP/p$1"; } # N COMMAND...
add() { with 1 officer add --name "$1" --new-passphrase-file "$TMP/p$2" "${by[@]}"; }
mkdir -p "$TMP/texts/en"
printf '%s\n' --- 'title: "Hers"' 'status: published' 'date: 2026-03-04' 'slug: hers' --- '' 'Words.' \
    >"$TMP/texts/en/hers.md"
begin() {
    hanji init "$site" --name "A house" --passphrase-file "$TMP/p1" && add "B. Officer" 2 && add "C. Officer" 3 &&
        hanji import markdown "$TMP/texts" --site "$site" &&
        with 1 people add --pseudonym Haneul --status free "${by[@]}" &&
        with 1 people add --pseudonym Miru --status free --linked-to Haneul "${by[@]}" &&
        with 1 appears site/en --nobody "${by[@]}" && with 1 appears en/hers --nobody "${by[@]}" &&
        with 1 clear --all "${by[@]}" && with 1 press
}
ok "a ledger of three officers" begin
base=$TMP/base
cp -a "$site" "$base"

not_ok "somebody who is no officer" with 1 officer rotate --with "$TMP/p4" "${by[@]}"
like "$OUT" 'opens no slot: nothing was changed' "is not there"
ok "and nothing was changed" with 3 people list
not_ok "nobody says who does it" with 1 officer rotate
like "$OUT" '--by is missing' "which is asked for"
ok "two of three are there" with 1 officer rotate --with "$TMP/p2" "${by[@]}"
like "$OUT" 'another one. It opens with the passphrases of 2 who were there' "and stay"
like "$OUT" 'to be added again, if still an officer: [0-9a-f]{8}  C. Officer' "the third is named"
unlike "$OUT" 'One passphrase alone' "two are enough"
ok "the first opens it" with 1 people list
ok "the second too" with 2 people list --json
is "$(printf '%s' "$OUT" | jq -r '[.[].pseudonym] | sort | join(" ")')" "Haneul Miru" "with everybody in it"
not_ok "the third does not" with 3 people list
is "$(with 2 officer list --json | jq -r '[.[].name] | sort | join("|")')" "|B. Officer" "the list says so"
ok "and is added again" add "C. Officer" 3
ok "and opens it" with 3 press
is "$(ls "$site/ledger")" $'keys\nledger.db' "no other file is left"

# ---- What is from before -----------------------------------------------------------------------

ok "a copy from before opens with what opened it" hanji people list --site "$base" --passphrase-file "$TMP/p3"
cp "$site/ledger/keys" "$TMP/keys"
cp "$base/ledger/keys" "$site/ledger/keys"
not_ok "its slots do not open the file of today" with 3 people list
like "$OUT" 'not those of this ledger.db' "and that is said"
cp "$TMP/keys" "$site/ledger/keys"
keys_of() { sqlite3 "$1/ledger/ledger.db" "SELECT hex(box) FROM person_key UNION ALL SELECT hex(box) FROM ledger_key" | sort; }
is "$(comm -12 <(keys_of "$base") <(keys_of "$site"))" "" "every key lies in another box"
hex_of() { od -An -v -tx1 "$@" | tr -d ' \n' | tr a-f A-F; }
is "$(hex_of "$site"/ledger/* | grep -c -F -f <(keys_of "$base" | cut -c1-32))" 0 "and no old box is left in a file"
ok "as JSON" with 1 officer rotate --json "${by[@]}"
is "$(printf '%s' "$OUT" | jq -c '[.kept, (.dropped | map(.name))]')" '[1,["B. Officer","C. Officer"]]' "alone"
ok "what is entered after it" with 1 people add --pseudonym Bada --status free --linked-to Miru "${by[@]}"
ok "is read after it" with 1 people list
like "$OUT" 'Haneul.*Miru.*Bada' "like what was entered before"

# ---- Killed at any moment ----------------------------------------------------------------------

# A site that is being tried out, whose slot opens fast.
trial=$TMP/trial
at() { hanji "$@" --site "$site"; }
site=$trial
begin_trial() {
    hanji init "$trial" --name "A house" && at people add --pseudonym Haneul --status free "${by[@]}" &&
        at people add --pseudonym Miru --status free --linked-to Haneul "${by[@]}"
}
ok "a site that is being tried out" begin_trial
cp -a "$trial" "$TMP/trial.base"
for ((round = 1; round <= rounds; round++)); do
    rm -rf "$site"; cp -a "$TMP/trial.base" "$site"
    after=$((RANDOM % 130))
    said=$(perl t/kill.pl gate "$after" "$HANJI" officer rotate "${by[@]}" --site "$site")
    ok "$round: $said: it opens" at people list
    like "$OUT" 'Haneul.*Miru' "  whole"
    ok "  a change succeeds" at people add --pseudonym Bada --status free "${by[@]}"
    is "$(ls "$site/ledger")" $'keys\nledger.db' "  and no other file is left"
done
