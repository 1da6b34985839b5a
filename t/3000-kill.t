#!/bin/bash
# Whatever is killed at whatever moment, the site comes up whole: the archive is sound, readers get
# the old pages or the new ones, the next command succeeds, no litter stays. And while the pages are
# changed under them, readers on kept connections miss nothing.
. "${0%/*}/lib.sh"
rounds=12 swaps=5 crowd=200
if [ -n "${HANJI_LONG:-}" ]; then rounds=120 swaps=100 crowd=1000; fi
plan $((9 + rounds * 6 + 6))

seed=${HANJI_SEED:-$((10#$(date +%N) % 32768))}
RANDOM=$seed
diag "HANJI_SEED=$seed gives these moments again"
site=$TMP/site by=(--by "A. Person")

mkdir -p "$TMP/texts/en" "$TMP/texts/pictures"
picture() { # NUMBER
    perl -MCompress::Zlib -e '
        my ($n, $seed, $rows) = (300, $ARGV[0], "");
        $rows .= "\0" . join "", map { chr(($_ * $seed) % 256) x 3 } 1 .. $n for 1 .. $n;
        sub chunk { my ($t, $d) = @_; pack("N", length $d) . $t . $d . pack("N", crc32($t . $d)) }
        print "\x89PNG\r\n\x1a\n", chunk("IHDR", pack("NNC5", $n, $n, 8, 2, 0, 0, 0)),
            chunk("IDAT", compress($rows)), chunk("IEND", "")' "$1" >"$TMP/texts/pictures/p$1.png"
}
story() { # NUMBER WORD
    printf '%s\n' --- "title: \"Story $1 $2\"" 'kind: story' 'status: published' 'date: 2026-03-04' \
        "slug: story-$1" "url: https://old.example.org/$1/" --- '' "$2 words of story $1." '' \
        "![a pattern](pictures/p$1.png)" >"$TMP/texts/en/story$1.md"
}
for i in $(seq 16); do story "$i" First; picture "$i"; done
begin() {
    hanji init "$site" --name "A house" && hanji import markdown "$TMP/texts" --site "$site" &&
        hanji appears site/en --nobody "${by[@]}" --site "$site" &&
        hanji clear site/en "${by[@]}" --site "$site"
}
ok "a site is made" begin
stories=(en/story-{1..16})
ok "adopted" hanji adopt "${stories[@]}" "${by[@]}" --site "$site"
ok "pressed" hanji press --site "$site"
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
house=$PID

# ---- Readers miss nothing ----------------------------------------------------------------------

edition() { # WORD: story 1 says it, from the text to the street
    story 1 "$1"
    hanji import markdown "$TMP/texts" --site "$site" && hanji adopt en/story-1 "${by[@]}" --site "$site" &&
        hanji press --site "$site"
}
sums() { perl t/pressing.pl sums "$site/pressings" | awk '$1 == 200 && $3 !~ /search/ { print $3, $5 }' | sort; }
edition Second >"$TMP/out" 2>&1; sums >"$TMP/second"
edition First >"$TMP/out" 2>&1; sums >"$TMP/first"
join "$TMP/first" "$TMP/second" >"$TMP/both"
ok "there are pages that change and pages that stay" \
    test "$(awk '$2 != $3' "$TMP/both" | wc -l)" -ge 2 -a "$(awk '$2 == $3' "$TMP/both" | wc -l)" -ge 2
perl t/street.pl hammer "$URL" "$TMP/stop" 500 <"$TMP/both" >"$TMP/hammer.1" 2>&1 & one=$!
perl t/street.pl hammer "$URL" "$TMP/stop" 500 <"$TMP/both" >"$TMP/hammer.2" 2>&1 & two=$!
perl t/crowd.pl "$URL" "$TMP/stop" "$crowd" 5 <"$TMP/both" >"$TMP/crowd" 2>&1 & many=$!
failed=
for ((i = 0; i < swaps; i++)); do
    if ((i % 2)); then edition First; else edition Second; fi >"$TMP/out" 2>&1 || failed="$failed $i"
done
: >"$TMP/stop"
is "$failed" "" "$swaps times the pages change"
wait "$one"; is "$?" 0 "meanwhile a reader misses no answer and gets no wrong byte"
diag "$(cat "$TMP/hammer.1")"
wait "$two"; is "$?" 0 "nor does another"
wait "$many"; is "$?" 0 "nor do $crowd on as many connections, none of which is closed"
diag "$(cat "$TMP/crowd")"

# ---- One killing after another -----------------------------------------------------------------

kinds=(import press withdraw adopt)
litter() {
    find "$site" -name '*.new' -o -name '*.tmp' -o -name '*-journal' -o -name '.*' ! -name . -type f
    local live file
    live=$(cat "$site/pressings/current")
    for file in "$site"/pressings/*; do # the live index, and the packs that it names
        case ${file##*/} in
        current | "$live.index") ;;
        *.pack) LC_ALL=C grep -q -a -F "$(basename "$file" .pack)" "$site/pressings/$live.index" || echo "$file" ;;
        *) echo "$file" ;;
        esac
    done
}
whole() {
    perl t/pressing.pl sums "$site/pressings" >"$TMP/sums" && perl t/street.pl same "$URL" <"$TMP/sums"
}
sound() {
    [ "$(sqlite3 "$site/archive.db" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" = ok ]
}
front_of() { pgrep -P "$house" | head -n 1; }
kill_front() {
    local old i
    old=$(front_of)
    kill -KILL "$old" || return 1
    for ((i = 0; i < 3000; i++)); do
        [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$URL/en/")" = 200 ] &&
            [ "$(front_of)" != "$old" ] && return 0
    done
    return 1
}
live() { # the front follows the name of the live pressing; wait until it has
    local i
    for ((i = 0; i < 300; i++)); do whole >/dev/null 2>&1 && return 0; done
    whole
}

withdrawn=1
for ((round = 1; round <= rounds; round++)); do
    what=${kinds[RANDOM % 4]} whom=hanji
    case $((RANDOM % 3)) in 0) whom=gate ;; 1) [ "$what" != import ] || whom=scrubber ;; esac
    [ "$what/$whom" != import/gate ] || whom=hanji # an import asks the gate nothing
    after=$((RANDOM % 250))
    case $what in
    import)
        number=$((100 + round))
        story "$number" New; picture "$number"; story 2 "Word$round"
        command=("$HANJI" import markdown "$TMP/texts" --site "$site")
        ;;
    press) command=("$HANJI" press --site "$site") ;;
    adopt) command=("$HANJI" adopt en/story-1{3..6} "${by[@]}" --site "$site") ;; # never withdrawn
    withdraw)
        withdrawn=$((withdrawn % 12 + 1))
        command=("$HANJI" withdraw "en/story-$withdrawn" "${by[@]}" --site "$site")
        ;;
    esac
    said=$(perl t/kill.pl "$whom" "$after" "${command[@]}")
    while [[ $said = *before ]] && ((after > 1)); do
        after=$((RANDOM % after))
        said=$(perl t/kill.pl "$whom" "$after" "${command[@]}")
    done
    [ $((RANDOM % 4)) -ne 0 ] || { kill_front && said="$said; the front too"; }
    ok "$round, $what: $said: the archive is sound" sound
    ok "  readers get one pressing, whole" live
    ok "  the same command succeeds next" "${command[@]}"
    ok "  and a press" hanji press --site "$site"
    ok "  whose pages are served" live
    is "$(litter)" "" "  no litter stays"
done
ok "the front is killed and comes again" kill_front
ok "with every page" live
hanji list --site "$site" --json >"$TMP/list"
ok "the list of stories can be read" jq -e 'length >= 12' "$TMP/list"
ok "the parent has told of each front that ended" grep -q 'the front ended' "$LOG.err"
stop "$house"
is "$STATUS" 0 "and serve ends as asked"
is "$(find "$site" -name '*.db-wal' -size +0 | head -n 1)" "" "nothing waits in a log"
