#!/bin/bash
# Several officers can open the ledger, each with a passphrase of their own; one can leave, be given
# another passphrase, or forget theirs.
. "${0%/*}/lib.sh"
plan 37

site=$TMP/site
for n in 1 2 3 4; do echo "the passphrase of officer $n" >"$TMP/p$n"; done
echo short >"$TMP/short"
: >"$TMP/empty"
with() { hanji "${@:2}" --site "$site" --passphrase-file "$TMP/p$1"; } # N COMMAND...
opens() { with "$1" people list; }
by=(--by "A. Officer")
officer() { with "$1" officer "${@:2}" "${by[@]}"; }

ok "a ledger under one passphrase" hanji init "$site" --name "A house" --passphrase-file "$TMP/p1"
ok "is listed" with 1 officer list
like "$OUT" 'One passphrase alone.*hanji officer add' "with advice to have a second"
ok "a second officer is added" officer 1 add --name "B. Officer" --new-passphrase-file "$TMP/p2"
like "$OUT" 'B. Officer, since 20[0-9-]+, by A. Officer' "and listed by name"
unlike "$OUT" 'One passphrase alone' "the advice is followed"
ok "both open it" opens 1
ok "the second too" opens 2
not_ok "a third passphrase does not" opens 3
like "$OUT" 'does not open the ledger' "and says so"
ok "the second changes the passphrase" officer 2 change --name "B. Officer" --new-passphrase-file "$TMP/p3"
not_ok "the old one opens nothing" opens 2
ok "the new one does" opens 3
ok "what was entered stays" with 3 people add --pseudonym Haneul --status free "${by[@]}"
ok "for the first as well" with 1 people list
like "$OUT" Haneul "it is one ledger"

# ---- The first slot has no name -----------------------------------------------------------------

slot=$(with 1 officer list --json | jq -r '.[] | select(.name == "").slot')
like "$slot" '^[0-9a-f]{8}$' "the first slot is told by its digits"
not_ok "it is not changed" officer 1 change --name "$slot" --new-passphrase-file "$TMP/p4"
like "$OUT" 'has no name: add an officer' "but replaced"
ok "an officer is added for it" officer 1 add --name "A. Officer" --new-passphrase-file "$TMP/p4"
ok "and it is removed" officer 4 remove --name "$slot"
not_ok "its passphrase opens nothing" opens 1
ok "the others do" opens 4
is "$(with 3 officer list --json | jq -r '[.[].name] | sort | join(", ")')" "A. Officer, B. Officer" "two are left, by name"

# ---- What is refused -----------------------------------------------------------------------------

not_ok "a name that is taken" officer 3 add --name "B. Officer" --new-passphrase-file "$TMP/p1"
not_ok "a passphrase that is short" officer 3 add --name "C. Officer" --new-passphrase-file "$TMP/short"
like "$OUT" 'shorter than 8' "says how long one is"
not_ok "none at all" officer 3 add --name "C. Officer" --new-passphrase-file "$TMP/empty"
not_ok "nobody of that name" officer 3 remove --name "C. Officer"
ok "one of two leaves" officer 3 remove --name "A. Officer"
not_ok "the last one stays" officer 3 remove --name "B. Officer"
like "$OUT" 'the last slot' "for nobody could open it"
ok "and opens it" opens 3
for n in $(seq 7); do officer 3 add --name "Officer $n" --new-passphrase-file "$TMP/p1" >"$TMP/out" 2>&1; done
not_ok "there are eight slots" officer 3 add --name "One more" --new-passphrase-file "$TMP/p1"
is "$(stat -c '%a %s' "$site/ledger/keys")" "600 $((8 * 112))" "in the file, for its owner alone"
is "$(grep -c -a 'Officer' "$site/ledger/keys" "$site/ledger/ledger.db" | cut -d: -f2 | xargs)" "0 0" "no name is on the disk"
not_ok "a word that is none" officer 3 promote
