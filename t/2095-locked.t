#!/bin/bash
# While the gate is locked: what is live is served, a press says what waits, and calling back goes on: the
# whole site is dark at once, and the ledger hears of it before anything is pressed again.
. "${0%/*}/lib.sh"
plan 41
unset HANJI_PASSPHRASE_FILE

site=$TMP/site
by=(--by "A. Editor")
mkdir -p "$TMP/texts"
echo "the passphrase of an officer" >"$TMP/phrase"
here() { setsid -w "$HANJI" "$@" --site "$site" </dev/null; } # nobody to ask: no terminal
officer() { here "$@" --passphrase-file "$TMP/phrase"; }
at_end() { here lock >/dev/null 2>&1; }
story() { printf '%s\n' --- "title: \"About $1\"" "slug: $1" "status: $2" "date: $3" --- '' "Words on $1." >"$TMP/texts/$1.md"; }
story soup published 2026-06-11
story rice published 2026-06-12
story late scheduled 2026-06-13
story far scheduled 2090-06-13
made() {
    "$HANJI" init "$site" --name "A house" --passphrase-file "$TMP/phrase" && here import markdown "$TMP/texts" --language en &&
        officer unlock && for slug in site/en soup rice far; do here appears "$slug" --nobody "${by[@]}" || return; done &&
        here clear site/en soup rice far "${by[@]}" && here press "${by[@]}" && here lock
}
ok "a site is made, pressed, and its gate locked" made
sqlite3 "$site/archive.db" "UPDATE version SET status = 'scheduled' WHERE slug = 'late'"
key_of() { here list --json | jq -r ".[] | select(.slug == \"$1\").key"; }
late=$(key_of late) soup=$(key_of soup)
start_server setsid -w "$HANJI" serve --site "$site" --listen 127.0.0.1:0
code() { curl -s -o "$TMP/page" -w '%{http_code}' "$URL$1"; }
is "$(code /en/blog/soup/)" 200 "what is live is served"

# ---- A press ------------------------------------------------------------------------------------

not_ok "nothing is pressed" here press
is "$STATUS" 69 "which has an exit code of its own"
like "$OUT" "waits +$late  its hour has come  About late" "a story whose hour has come is named"
unlike "$OUT" 'About far' "one whose hour has not is not"
like "$OUT" 'gate is locked.*hanji unlock' "and who opens the gate"
waiting() { here press --json 2>/dev/null; }
is "$(waiting | jq -c '[.locked, .waiting]')" "[true,[\"$late\"]]" "for programs too"
is "$(code /en/blog/soup/)" 200 "what is live stays live"

# ---- Calling back -------------------------------------------------------------------------------

not_ok "nothing is called back in passing" here withdraw "$soup" "${by[@]}"
is "$STATUS" 69 "for the gate is locked"
like "$OUT" 'NOT withdrawn, and STILL ONLINE.*--dark' "it is said what to do"
is "$(code /en/blog/soup/)" 200 "it is online indeed"
not_ok "nobody in particular calls back" here withdraw "$soup" --dark
ok "it is called back in the dark" here withdraw "$soup" --dark --how "by telephone" "${by[@]}"
like "$OUT" 'whole site is dark.*hanji unlock' "and it is said what is to be done"
goes_dark() { for ((i = 0; i < 400; i++)); do [ "$(code "$1")" = 200 ] || return 0; done; return 1; }
ok "its page is gone at once" goes_dark /en/blog/soup/
ok "so are all others" goes_dark /en/blog/rice/
ok "the home page too" goes_dark /en/
printf '%s\n' 'Words on soup' 'About soup' >"$TMP/needles"
ok "no file on the street side has a word of it" perl t/pressing.pl find "$site/pressings" "$TMP/needles"
is "$(here list --json | jq -r '.[] | select(.slug == "soup").status')" withdrawn "it is withdrawn in the archive"
ok "a person is called back in the dark" here withdraw --person Haneul --dark "${by[@]}"
ok "and the same story again" here withdraw "$soup" --dark --how "by telephone" "${by[@]}"
is "$(sqlite3 "$site/archive.db" "SELECT count(*) FROM job WHERE kind = 'withdraw'")" 2 "both are noted, once each"
not_ok "nothing is pressed" here press
is "$STATUS" 69 "while it is locked"

# ---- Unlocked again -----------------------------------------------------------------------------

not_ok "unlocked, the one that names nobody is told" officer unlock
like "$OUT" 'gate is unlocked until' "after it was unlocked"
like "$OUT" 'while the gate was locked, by A. Editor.*nobody is known as Haneul' "with who entered it"
is "$(sqlite3 "$site/archive.db" "SELECT count(*) FROM job WHERE kind = 'withdraw'")" 0 "none is noted any more"
not_ok "the ledger knows of the other" here check "$soup"
like "$OUT" 'R02[^:]*: this was withdrawn' "which is withdrawn"
not_ok "and is cleared no more" here clear "$soup" "${by[@]}"
ok "it is pressed" here press "${by[@]}"
comes_back() { for ((i = 0; i < 400; i++)); do [ "$(code "$1")" = 200 ] && return 0; done; return 1; }
ok "the other story is back" comes_back /en/blog/rice/
ok "the home page too" comes_back /en/
is "$(code /en/blog/soup/)" 410 "what was called back is gone"
ok "and in no file" perl t/pressing.pl find "$site/pressings" "$TMP/needles"
ok "a site that was never pressed" "$HANJI" init "$TMP/new" --passphrase-file "$TMP/phrase"
not_ok "has nothing to go dark with" setsid -w "$HANJI" withdraw --person X --dark "${by[@]}" --site "$TMP/new"
like "$OUT" "STOP 'hanji serve' now" "and says what is left to do"
