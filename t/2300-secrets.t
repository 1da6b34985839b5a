#!/bin/bash
# What must not be readable is not: real names and the passphrase lie nowhere in the site folder, no
# command opens the gate without the officer, the front holds neither archive nor ledger.
. "${0%/*}/lib.sh"
plan 41

site=$TMP/site
phrase='qz correct horse battery 배터리'
name='Hong Qzildong' korean='홍길동큐' other='Pak Qzumi'
printf '%s\n' "$phrase" >"$TMP/phrase"
printf '%s\n%s\n%s\n' "$name" "$korean" "$other" >"$TMP/names"
printf '%s\n' 'not the passphrase' >"$TMP/wrong"
chmod 600 "$TMP/phrase" "$TMP/names" "$TMP/wrong"
officer() { hanji "$@" --site "$site" --passphrase-file "$TMP/phrase"; }
nowhere() { perl t/pressing.pl find "$site" "$1"; }
by=(--by "A. Person")
no_terminal() { setsid -w "$HANJI" "$@" </dev/null; }
unset HANJI_PASSPHRASE_FILE

# ---- Making ------------------------------------------------------------------------------------

ok "init takes the passphrase from a file" hanji init "$site" --passphrase-file "$TMP/phrase" --name "A house"
unlike "$OUT" 'TRYING OUT' "and then does not speak of trying out"
ok "and keeps none" test ! -e "$site/keys/passphrase"
ok "a person is entered with real names" officer people add --pseudonym Haneul --status free --role speaker \
    --names-file "$TMP/names" "${by[@]}"
unlike "$OUT" 'Qz|큐' "which are not printed"
mkdir -p "$TMP/texts/en"
printf '%s\n' --- 'title: "Hers"' 'kind: story' 'status: published' 'date: 2026-03-04' 'slug: hers' --- '' \
    'Words by Haneul.' >"$TMP/texts/en/hers.md"
whole() {
    hanji import markdown "$TMP/texts" --site "$site" && officer appears en/hers --subject Haneul:alias "${by[@]}" &&
        officer consent add --person Haneul --for '* web * alias' --given-by self --informed "Read aloud" \
            --taken-by "A. P." && officer risk add --person Haneul --remaining low --by "A. P." --second "B. P." &&
        officer appears site/en --nobody "${by[@]}" && officer clear --all "${by[@]}" && officer press
}
ok "import needs no passphrase; the rest is given it" whole
officer people list >"$TMP/list"
officer people list --json >>"$TMP/list"
officer consent list >>"$TMP/list"
like "$(cat "$TMP/list")" Haneul "people list shows the pseudonym"
unlike "$(cat "$TMP/list")" 'Qz|큐' "and no real name"

# ---- Nowhere -----------------------------------------------------------------------------------

printf '%s\n' "$name" "$korean" "$other" Qzildong Qzumi >"$TMP/needles"
ok "no real name lies in the site's folder, in UTF-8 or UTF-16" nowhere "$TMP/needles"
ok "nor the passphrase" nowhere "$TMP/phrase"
reversed_bytes() { printf '%s' "$1" | od -An -tx1 | tr -d ' \n'; }
hex_of_all() { find "$site" -type f -exec cat {} + | LC_ALL=C grep -a -c -i -F -e "$(reversed_bytes "$name")" -e "$(reversed_bytes "$phrase")"; }
is "$(hex_of_all)" 0 "nor either in hex"
base64_of_all() { find "$site" -type f -exec cat {} + | LC_ALL=C grep -a -c -F -e "$(printf '%s' "$name" | base64)" -e "$(printf '%s' "$phrase" | base64)"; }
is "$(base64_of_all)" 0 "nor in base64"
printf 'Haneul\n' >"$TMP/pseudonym"
not_in_clear() { ! LC_ALL=C grep -q -a Haneul "$site/ledger/ledger.db"; }
ok "the ledger does not show even the pseudonym" not_in_clear
is "$(cat "$site/archive.db" | LC_ALL=C grep -c -a -F -f "$TMP/needles")" 0 "the archive holds no real name"

# ---- Nobody else -------------------------------------------------------------------------------

is "$(find "$site" -type f ! -name '*.pub' ! -name hanji.ini ! -perm 0600 -printf '%P %m\n')" "" \
    "every file is its owner's alone"
is "$(find "$site" -type d ! -perm 0700 -printf '%P %m\n')" "" "every folder too"
open_modes() { (umask 000; hanji init "$TMP/open" --name X; find "$TMP/open" -type d ! -perm 0700 -o -type f ! -name '*.pub' \
    ! -name hanji.ini ! -perm 0600) 2>&1 | grep -v -e 'is made' -e '^$' | grep "^$TMP"; }
is "$(open_modes)" "" "also where the umask forbids nothing"

# ---- No officer, no gate -----------------------------------------------------------------------

not_ok "a wrong passphrase opens nothing" hanji people list --site "$site" --passphrase-file "$TMP/wrong"
is "$STATUS" 77 "which is a refusal"
like "$OUT" 'passphrase does not open the ledger' "and says so"
not_ok "no passphrase and no terminal" no_terminal people list --site "$site"
is "$STATUS" 69 "is a locked gate"
like "$OUT" 'passphrase-file' "that says what to do"
not_ok "a passphrase file that is not there" hanji people list --site "$site" --passphrase-file "$TMP/none"
is "$STATUS" 66 "is a missing input"
like "$OUT" "$TMP/none" "and is named"
: >"$TMP/empty"
not_ok "an empty passphrase file" hanji people list --site "$site" --passphrase-file "$TMP/empty"
is "$STATUS" 77 "opens nothing"
not_ok "press without the officer" no_terminal press --site "$site"
is "$STATUS" 69 "is told: the gate is locked"
in_environment() { HANJI_PASSPHRASE_FILE=$TMP/phrase no_terminal people list --site "$site"; }
ok "HANJI_PASSPHRASE_FILE is read too" in_environment
not_ok "a passphrase of seven letters makes no ledger" hanji init "$TMP/short" --passphrase-file <(echo sevenle)
one_locked() { cp -a "$site" "$TMP/locked"; start_server setsid -w "$HANJI" serve --site "$TMP/locked" --listen 127.0.0.1:0; }
ok "serving goes on while the gate is locked" one_locked
is "$(curl -s -o "$TMP/page" -w '%{http_code}' "$URL/en/blog/hers/")" 200 "with all that was sealed"
stop "$PID"

# ---- The front ---------------------------------------------------------------------------------

start_server hanji serve --site "$site" --listen 127.0.0.1:0
front=$(pgrep -P "$PID" | head -n 1)
is "$(sed -n 's/^Seccomp:\t//p' "/proc/$front/status")" 2 "the front runs under a system call filter"
is "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$front/status")" 1 "and can gain no rights"
is "$(find "/proc/$front/fd" -lname "*archive.db*" -o -lname "*ledger*" -o -lname '*/keys*')" "" \
    "it holds neither archive, ledger nor keys open"
is "$(grep -c -E 'vips|libxml|libarchive|ledger' "/proc/$front/maps")" 0 \
    "none of their libraries is in its memory, but SQLite, which reads what is sealed"
ended=$(cat "/proc/$front/environ" 2>/dev/null | tr '\0' '\n' | grep -c -i passphrase)
is "$ended" 0 "nor a word about the passphrase in its environment"
stop "$PID"
map=${HANJI%/*}/front.map
if [ -r "$map" ]; then
    is "$(grep -c -E 'lib(archive|gate|press|intake|scrub)\.a\(' "$map")" 0 \
        "its link map has no object of archive, gate, press, intake or scrubber"
else
    skip 1 "no link map at $map"
fi
gate_program=${HANJI%/*}/libexec/hanji/gate
not_ok "the gate is not started by hand" "$gate_program" open
