#!/bin/bash
# The gate that stays: an officer unlocks it once, commands use it side by side, whoever is slow,
# killed or hostile harms nobody, and whoever is not an officer learns no name from it. The people
# are invented.
. "${0%/*}/lib.sh"
plan 128
unset HANJI_PASSPHRASE_FILE

site=$TMP/site
mkdir -p "$TMP/texts"
echo "the passphrase of officer 1" >"$TMP/p1"
echo "the passphrase of officer 2" >"$TMP/p2"
echo "not a passphrase at all" >"$TMP/wrong"
by=(--by "A. Editor")
here() { setsid -w "$HANJI" "$@" --site "$site" </dev/null; } # nobody to ask: no terminal
with() { here "${@:2}" --passphrase-file "$TMP/p$1"; }        # N COMMAND...
gate_of() { here status --json | jq -r '.process // empty'; }
ended() { timeout 30 tail -s 0.05 -f --pid="$1" /dev/null; } # of a process that is not our child
at_end() { here lock >/dev/null 2>&1; }
story() { # SLUG BODY
    printf '%s\n' --- "title: \"A letter\"" "slug: $1" "status: published" "date: 2026-06-11" --- '' "$2" >"$TMP/texts/$1.md"
}

printf '%s\n' 김철수 'phone: 010-4821-7703' >"$TMP/names1"
printf '%s\n' 리은별 'name: Tilda Quennevel' >"$TMP/names2"
printf '%s\n' 'decoy: Ambrose Lanternfield' >"$TMP/names3"
story soup "Nobody is named here."
story whole "There came Kim Chol Su."
story other "There came Tilda Quennevel."
story five "Kim Chol Su, Cheolsu Kim, 金哲秀, Tilda Quennevel and 리은별 came; call 010 4821 7703."
story vague "In the file he is K.C.S., and no more."
story sound "They called him Khim Tchol Suh."
story decoy "There came Ambrose Lanternfield."
story signs $'Some\u200bthing is hidden.'
made() {
    "$HANJI" init "$site" --name "A house" --passphrase-file "$TMP/p1" && here import markdown "$TMP/texts" --language en &&
        with 1 officer add --name "B. Officer" --new-passphrase-file "$TMP/p2" "${by[@]}" &&
        with 1 people add --pseudonym Haneul --status free --names-file "$TMP/names1" "${by[@]}" &&
        with 1 people add --pseudonym Byol --status free --names-file "$TMP/names2" "${by[@]}" &&
        with 1 people add --pseudonym Lamp --status free --names-file "$TMP/names3" "${by[@]}"
}
ok "a site, two officers, three entries of people" made
rm -f "$TMP"/names?
key_of() { here list --json | jq -r ".[] | select(.slug == \"$1\").key"; }
declare -A key=()
for slug in soup whole other five vague sound decoy signs; do key[$slug]=$(key_of "$slug"); done

# ---- Locked ------------------------------------------------------------------------------------

ok "it says that it is locked" here status
like "$OUT" 'gate is locked.*hanji unlock' "and what opens it"
is "$(here status --json | jq -c .)" '{"locked":true}' "for programs too"
not_ok "without an officer nothing is pressed" here press
is "$STATUS" 69 "which has an exit code of its own"
like "$OUT" 'gate is locked.*hanji unlock' "and says so"
not_ok "a wrong passphrase unlocks nothing" here unlock --passphrase-file "$TMP/wrong"
is "$STATUS" 77 "which is a refusal"
like "$OUT" 'does not open the ledger' "and says so"
ok "no socket is left behind" test ! -e "$site/gate.sock"
not_ok "no passphrase and no terminal" here unlock
is "$STATUS" 69 "is a locked gate"
for time in 0 25 25h x 1d -1 1441m; do not_ok "it is not unlocked for $time" with 1 unlock --for="$time"; done
ok "locking what is locked is fine" here lock

# ---- Unlocked ----------------------------------------------------------------------------------

ok "the second officer unlocks it" with 2 unlock --for 2
like "$OUT" 'unlocked until 20[0-9-]+ [0-9:]+ UTC, by B. Officer' "and is named"
gate=$(gate_of)
ok "the socket is its owner's alone" test "$(stat -c '%F %a' "$site/gate.sock")" = "socket 600"
left=$(($(here status --json | jq .until) - $(date +%s)))
ok "its time is two hours" test "$left" -gt 7100 -a "$left" -le 7200
not_ok "it is not unlocked twice" with 1 unlock
is "$STATUS" 73 "for there is one"
ok "a command needs no passphrase now" here people list
like "$OUT" Haneul "and is answered"
ok "a story is stated" here appears "${key[soup]}" --nobody "${by[@]}"
ok "and what stands around it" here appears site/en --nobody "${by[@]}"
ok "cleared" here clear "${key[soup]}" site/en "${by[@]}"
ok "and pressed" here press "${by[@]}"
ok "called back, by anybody" here withdraw "${key[soup]}" "${by[@]}"
like "$OUT" '1 gone' "from the next pressing on"
is "$(gate_of)" "$gate" "all by the same gate"

# ---- What that process is ----------------------------------------------------------------------

of_process() { sed -n "s/^$1:[ \t]*//p" "/proc/$gate/status"; }
is "$(of_process Seccomp)" 2 "it runs under a system call filter"
is "$(of_process NoNewPrivs)" 1 "and can gain no rights"
is "$(of_process NSsid)" "$gate" "in a session of its own"
like "$(grep 'core file' "/proc/$gate/limits")" 'size +0 +0 ' "it leaves no core file"
is "$(readlink "/proc/$gate/fd/"* | sed "s|$site|SITE|; s|\[[0-9]*\]||" | sort | uniq -c | xargs)" \
    "3 /dev/null 1 SITE 1 SITE/ledger 1 SITE/ledger/ledger.db 1 anon_inode:[signalfd] 1 socket:" \
    "it holds the ledger, one socket, and the name of the site's folder" || diag "$(ls -l "/proc/$gate/fd")"
inode=$(readlink "/proc/$gate/fd/"* | sed -n 's/^socket:\[\(.*\)\]/\1/p')
is "$(awk -v inode="$inode" '$7 == inode {print $8}' /proc/net/unix)" gate.sock "which is no network's"
if [ "$(id -u)" -eq 0 ]; then
    reading=$(setpriv --reuid 65534 --clear-groups cat "/proc/$gate/maps" 2>&1)
    like "$reading" 'Permission denied' "nobody else reads its memory"
else
    not_ok "nobody reads its memory, not even its own user" cat "/proc/$gate/mem"
fi

# ---- Side by side, killed, stale ---------------------------------------------------------------

side_by_side() {
    local pids=() pid slug
    for slug in soup whole other vague sound soup whole other; do
        (here check "${key[$slug]}" --json >"$TMP/side.$slug.$BASHPID" 2>&1; mv "$TMP/side.$slug.$BASHPID" "$TMP/done.$slug.$BASHPID") &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
}
side_by_side
is "$(for f in "$TMP"/done.*; do jq -r '.[0].key' "$f"; done | sort | xargs)" \
    "$(for s in soup soup whole whole other other vague sound; do echo "${key[$s]}"; done | sort | xargs)" \
    "eight commands at once are each answered about their own story"
half_a_message() { exec perl -MIO::Socket::UNIX -e 'chdir shift; my $s = IO::Socket::UNIX->new(Peer => "gate.sock") or exit 1;
    syswrite $s, "\x20\0\0\0\0\0\0\0abc"; print "said http://x\n"; $| = 1; sleep' "$site"; }
READY='said' start_server half_a_message
half=$PID
ok "while one says half of something, others are answered" here people list
kill -KILL "$half"
ok "and when it was killed" here people list
for i in 1 2 3 4 5; do
    hanji clear --all "${by[@]}" --site "$site" >/dev/null 2>&1 &
    victim=$!
    ok "a command is asked of, round $i" here status
    kill -KILL "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
done
ok "killed commands harm no later one" here people list
is "$(gate_of)" "$gate" "it is the same gate still"
if [ "$(id -u)" -eq 0 ]; then
    chmod 711 "$TMP" "$site"
    chmod 666 "$site/gate.sock"
    stranger() { setpriv --reuid 65534 --clear-groups perl -MIO::Socket::UNIX -e 'chdir shift; $SIG{PIPE} = "IGNORE";
        my $s = IO::Socket::UNIX->new(Peer => "gate.sock") or do { print "no socket: $!"; exit }; syswrite $s, "\x08\0\0\0\0\0\0\0" . "\0" x 8; my $n = sysread $s, my $x, 100; print $n ? "answered" : "sent away"' "$site"; }
    is "$(stranger)" "sent away" "another user is not answered, though the socket's mode lets them"
    chmod 600 "$site/gate.sock"
else
    skip 1 "only root can be another user"
fi
kill -STOP "$gate" # in the middle of whatever it is asked now
"$HANJI" people list --site "$site" >"$TMP/under" 2>&1 </dev/null &
under=$!
for ((i = 0; i < 1000; i++)); do grep -q poll "/proc/$under/wchan" && break; done # it waits for the answer
kill -KILL "$gate"
ended "$gate"
wait "$under"
is "$?" 74 "a command whose gate is killed under it ends"
like "$(cat "$TMP/under")" 'the gate has ended without an answer|the other process is gone' "and says why"
like "$(here status)" 'is locked' "a gate that was killed is a locked one"
ok "its socket is there still" test -S "$site/gate.sock"
not_ok "and nobody is answered on it" here people list
is "$STATUS" 69 "but told that the gate is locked"
ok "a command starts one of its own, as ever" with 1 people list
ok "the stale socket is replaced" with 1 unlock
isnt "$(gate_of)" "$gate" "by that of another gate"
ok "which answers" here people list
gate=$(gate_of)
cp -a "$site/ledger" "$TMP/ledger.copy"
mv "$site/ledger" "$site/ledger.old"
mv "$TMP/ledger.copy" "$site/ledger"
ok "when the ledger's folder is another, the gate ends" ended "$gate"
ok "the other opens with its passphrase" with 1 unlock
gate=$(gate_of)
rm -rf "$site/ledger.old"
kill -TERM "$gate"
ok "it ends when it is told to" ended "$gate"
ok "unlocked again" with 1 unlock
gate=$(gate_of)
kill -STOP "$gate"
ok "one that hangs is locked all the same" here lock
ok "and is gone" ended "$gate"
ok "unlocked for two seconds" with 1 unlock --for 2s
gate=$(gate_of)
ok "it ends by itself" ended "$gate"
like "$(here status)" 'is locked' "and is locked"
two_at_once() {
    with 1 unlock >"$TMP/one" 2>&1 & local one=$!
    with 2 unlock >"$TMP/two" 2>&1 & local two=$!
    wait "$one"; local first=$?
    wait "$two"; local second=$?
    echo "$first $second"
}
like "$(two_at_once)" '^(0 7[35]|7[35] 0)$' "of two who unlock at once one does"
ok "and it answers" here people list
ok "it is locked" here lock
if [ "$(id -u)" -eq 0 ]; then
    limited_user() { (ulimit -l 64; setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock "$HANJI" unlock --for 1m --passphrase-file "$TMP/p1" --site "$site"); }
else
    limited_user() { (ulimit -l 64; with 1 unlock --for 1m); }
fi
ok "unlocked where little memory may be locked" limited_user
like "$OUT" 'may be: the limit of locked memory' "it says what may reach a disk"
like "$(here status --json | jq -r .memory)" '^(keys|none)$' "for programs too"

# ---- Two kinds of answers ----------------------------------------------------------------------

ok "locked again" here lock
ok "unlocked by the first" with 1 unlock
for slug in whole other five vague sound decoy signs; do here appears "${key[$slug]}" --nobody "${by[@]}" >/dev/null 2>&1; done
answer() { here "$1" "${key[$2]}" "${@:3}" | sed "s|${key[$2]}|KEY|g"; } # without its own number
answer check whole >"$TMP/first"
like "$(cat "$TMP/first")" 'R05-R07 at KEY: stopped here; ask the protection officer' "a name is stopped with one sentence"
unlike "$(cat "$TMP/first")" 'Haneul|Kim|line [0-9]|letters' "and no more"
for slug in other five vague sound decoy; do
    answer check "$slug" >"$TMP/next"
    ok "$slug: to the byte the same answer" cmp "$TMP/first" "$TMP/next"
done
answer clear whole "${by[@]}" >"$TMP/first"
answer clear decoy "${by[@]}" >"$TMP/next"
ok "a clearance is refused in the same words" cmp "$TMP/first" "$TMP/next"
not_ok "what is no name is told in full" here check "${key[signs]}"
like "$OUT" 'R20[^:]* at body, line 1, column 5' "with its place"
not_ok "an officer is told all" with 2 check "${key[five]}" --as "B. Officer"
like "$OUT" 'R05 at body, line 1, column 1: this names Haneul' "whom and where"
like "$OUT" '\[\[金哲秀\]\]' "and what stands there"
not_ok "with another officer's passphrase nothing is told" with 1 check "${key[five]}" --as "B. Officer"
is "$STATUS" 77 "it is a refusal"
unlike "$OUT" Haneul "that tells nothing"
not_ok "an officer of no such name" with 1 check "${key[five]}" --as "C. Officer"
not_ok "nobody answers for a name without being an officer" here override "${key[vague]}" --rule R06 --reason x "${by[@]}"
like "$OUT" "passphrase" "but is asked for the passphrase"
ok "an officer does" with 2 override "${key[vague]}" --rule R06 --reason 'a king of old' "${by[@]}"
not_ok "nobody is entered without an officer" here people add --pseudonym New --status free "${by[@]}"
not_ok "nor made one" here officer add --name "D. Officer" --new-passphrase-file "$TMP/wrong" "${by[@]}"
not_ok "nor consents for others" here consent add --person Haneul --for '* web en name' --informed x --taken-by x

# ---- What the officer is told ------------------------------------------------------------------

not_ok "others are not told what was asked" here status --as "B. Officer"
ok "the officer is" with 2 status --as "B. Officer"
like "$OUT" 'unlocked until' "how it stands"
like "$OUT" "ALARM: met a decoy" "that a text met a decoy"
like "$OUT" "${key[five]}: stopped for a name" "and what a name stopped"
for ((i = 0; i < 60; i++)); do story "probe$i" "Was it $i, or was it not?"; done
here import markdown "$TMP/texts" --language en >/dev/null
mapfile -t probes < <(here list --json | jq -r '.[] | select(.slug | startswith("probe")).key')
not_ok "sixty more texts are not answered about" here check "${probes[@]}"
like "$OUT" 'try again at [0-9]{2}:[0-9]{2} UTC' "it is said when to try again"
is "$STATUS" 75 "for later"
here lock >/dev/null
with 1 unlock >/dev/null
not_ok "a gate that starts anew remembers" here check "${probes[59]}" "${probes[58]}" "${probes[57]}"
not_ok "and an officer is answered" with 2 check "${probes[@]}" --as "B. Officer"
like "$OUT" '60 examined' "about all"
ok "calling back is never refused for it" here withdraw "${key[whole]}" "${by[@]}"

# ---- A real name -------------------------------------------------------------------------------

reveal() { here people reveal Byol --reason "her lawyer asks" "$@" 2>"$TMP/err" | cat; }
is "$(reveal)" "" "no real name without a passphrase"
is "$(reveal --passphrase-file "$TMP/wrong")" "" "nor with a wrong one"
is "$(reveal --as "B. Officer" --passphrase-file "$TMP/p2" | xargs)" "리은별 name: Tilda Quennevel" "an officer is shown it"
not_ok "not into a file" with 2 people reveal Byol --reason "her lawyer asks"
unlike "$OUT" 'Tilda' "which stays without it"
not_ok "nor without a reason" with 2 people reveal Byol
is "$(with 2 status --as "B. Officer" --json | jq -c '[.notices[] | select(.kind == "reveal") | [.about, .who, .reason]]')" \
    '[["Byol","B. Officer","her lawyer asks"]]' "the ledger has who was shown whom, and why"
unlike "$(here people show Byol)" 'Tilda|은별' "people show does not show it"
is "$(LC_ALL=C grep -r -l -a -F -e Tilda -e 은별 -e Lanternfield "$site/ledger" "$site"/*.log 2>/dev/null)" "" "it is not in the clear on the disk"

gate=$(gate_of)
ok "it is locked" here lock
ok "and its memory is gone" ended "$gate"
ok "its socket too" test ! -e "$site/gate.sock"
