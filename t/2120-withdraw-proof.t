#!/bin/bash
# Before calling back: a rehearsal says what would go, and leaves no trace. After it: the same lists,
# and the gate's own search through every byte that is live. The withdrawal stands whatever comes of
# the proof.
. "${0%/*}/lib.sh"
plan 46

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
story() { # NAME TITLE WORDS
    printf '%s\n' --- "title: \"$2\"" 'kind: story' 'status: published' 'date: 2026-03-04' "slug: $1" \
        "aliases: [/old/$1/]" "url: https://old.example.org/$1/" --- '' "$3" >"$TMP/texts/en/$1.md"
}
picture 3; picture 5
story the-kettle-at-dawn 'The kettle at dawn & after' "She put the kettle on before anybody else was awake.

![a pattern](pictures/p3.png)

The water took a long time and nobody came down the stairs."
story the-lamp-at-night 'The lamp at night, again' "He kept one lamp lit in the window for eleven winters.

![a pattern](pictures/p5.png)

As she said: The water took a long time and nobody came down the stairs."
story bread 'Bread' 'Hers.'
begin() {
    hanji init "$site" --name "A house" && hanji import markdown "$TMP/texts" --site "$site" &&
        hanji people add --pseudonym Haneul --status free "${by[@]}" --site "$site" &&
        hanji people add --pseudonym bread --status free "${by[@]}" --site "$site" &&
        hanji consent add --person Haneul --for '* web * alias' --informed "Read aloud" --taken-by "A. P." --site "$site" &&
        hanji risk add --person Haneul --remaining low --by "A. P." --second "B. P." --site "$site" &&
        hanji appears site/en --nobody "${by[@]}" --site "$site" &&
        hanji clear site/en "${by[@]}" --site "$site" &&
        hanji adopt --all "${by[@]}" --site "$site" &&
        hanji appears en/bread --subject Haneul:alias "${by[@]}" --site "$site" &&
        hanji clear en/bread "${by[@]}" --site "$site" &&
        hanji press --site "$site"
}
ok "a site of three stories is live" begin
answers() { perl t/pressing.pl list "$site/pressings" | awk '$1 == 200 || $1 == 301' | cut -d' ' -f3- | sort; }
answers >"$TMP/before"
is "$(grep -c -E '^/en/blog/[^/]+/$' "$TMP/before")" 3 "with three pages"
base=$TMP/base
cp -a "$site" "$base"

# ---- The rehearsal -----------------------------------------------------------------------------

sums() { find "$site" -type f ! -name '*-shm' ! -name '*-wal' -exec sha256sum {} + | sort; }
sums >"$TMP/sums"
ok "a drill" hanji withdraw --drill the-kettle-at-dawn --site "$site"
like "$OUT" 'Nothing was withdrawn' "says that it is one"
like "$OUT" 'Would be removed: 3 addresses, [1-9][0-9]* picture files, 1 search seg' "counts what would go"
like "$OUT" 'address +/en/blog/the-kettle-at-dawn/' "names the address"
like "$OUT" 'address +/old/the-kettle-at-dawn/' "the old address"
like "$OUT" 'Asked to remove: nobody' "says who is asked"
like "$OUT" 'editions: none.*mails: none.*casts: none' "and what cannot be called back"
is "$(sums)" "$(cat "$TMP/sums")" "and not one byte of the site is another"
ok "the same as JSON" hanji withdraw --drill the-kettle-at-dawn --site "$site" --json
printf '%s' "$OUT" >"$TMP/drill"
is "$(jq -r '.drill' "$TMP/drill")" true "is JSON"
is "$(jq '.proof.pieces - .proof.pieces_found' "$TMP/drill")" 0 "every piece that would be looked for is out today"
ok "and there are some" jq -e '.proof.pieces >= 8' "$TMP/drill"
like "$(jq -r '.others_tell[]' "$TMP/drill")" "passage 'The water took a long time" "what another story tells as well is said"
like "$(jq -c .proof.too_short "$TMP/drill")" '^\[\]$' "nothing is too short"

# ---- For once ----------------------------------------------------------------------------------

ok "it is withdrawn" hanji withdraw the-kettle-at-dawn "${by[@]}" --site "$site" --json
printf '%s' "$OUT" >"$TMP/real"
is "$(jq -S -c '[.removed, .cannot_be_called_back, .asked_to_remove]' "$TMP/real")" \
    "$(jq -S -c '[.removed, .cannot_be_called_back, .asked_to_remove]' "$TMP/drill")" "the drill said it exactly"
is "$(jq -c '[.drill, .proof.pieces_found, .proof.found, .proof.still_answer, .pressing.live]' "$TMP/real")" \
    '[false,0,[],[],true]' "nothing of it is found"
is "$(jq .proof.bytes "$TMP/real")" "$(cat "$site"/pressings/* | wc -c)" "in every byte of the folder"
is "$(jq .proof.pieces "$TMP/real")" "$(jq .proof.pieces "$TMP/drill")" "looking for the same pieces"
answers >"$TMP/after"
comm -23 "$TMP/before" "$TMP/after" >"$TMP/vanished"
jq -r '.removed.addresses[], .removed.pictures[]' "$TMP/real" | sort >"$TMP/said"
is "$(comm -13 "$TMP/vanished" "$TMP/said")" "" "every address and picture that was named is gone"
jq -r '.removed.segments[], .removed.anew[]' "$TMP/real" | sort >>"$TMP/said"
is "$(sort "$TMP/said" | comm -23 "$TMP/vanished" -)" "" "and nothing is gone that was not named"
echo 'She put the kettle on before anybody' >"$TMP/needle"
ok "a stranger finds it nowhere" perl t/pressing.pl find "$site/pressings" "$TMP/needle"

# ---- What is left is found ---------------------------------------------------------------------

rm -rf "$site"; cp -a "$base" "$site"
printf 'junk She put the kettle on before anybody else was awake. junk' >"$site/pressings/left-behind"
not_ok "something of it lies in the folder" hanji withdraw the-kettle-at-dawn "${by[@]}" --site "$site"
is "$STATUS" 1 "which is a finding"
like "$OUT" "FOUND +passage 'She put the kettle on[^']*' in left-behind" "that says what and where"
like "$OUT" 'Read again by the gate, sealed, and live' "withdrawn it is all the same"
is "$(answers | grep -c kettle)" 0 "and answers no more"

rm -rf "$site"; cp -a "$base" "$site"
for n in $(seq 210); do : >"$site/pressings/stray-$n"; done
not_ok "the proof cannot be made" hanji withdraw the-kettle-at-dawn "${by[@]}" --site "$site"
is "$STATUS" 1 "which shows"
like "$OUT" 'There is no proof: pressings holds more than' "and is said, with the reason"
is "$(answers | grep -c kettle)" 0 "withdrawn it is all the same"

rm -rf "$site"; cp -a "$base" "$site"
mkdir -p "$site/theme/html"; echo '{{#broken' >"$site/theme/html/story.mustache"
hanji withdraw the-kettle-at-dawn "${by[@]}" --site "$site" --json >"$TMP/dark" 2>"$TMP/err"
is "$?" 65 "a site that had to go dark ends with the cause"
is "$(jq -c '[.proof.pieces_found, .pressing]' "$TMP/dark")" '[0,null]' "and is searched as well"

# ---- By person, and by what is typed -----------------------------------------------------------

rm -rf "$site"; cp -a "$base" "$site"
ok "a person by name" hanji withdraw --drill Haneul --site "$site" --json
is "$(printf '%s' "$OUT" | jq -c .removed.addresses)" '["/en/blog/bread/","/bread/","/old/bread/"]' "takes what rests on the consent"
is "$(printf '%s' "$OUT" | jq -c .proof.too_short)" '["Bread","/bread/","/old/bread/"]' "what is too short to be looked for is said"
not_ok "a name that a story and a person have" hanji withdraw bread "${by[@]}" --site "$site"
like "$OUT" "a story and a person are called 'bread': write the story as [0-9]+/en, or the person with --person" \
    "is not guessed"
not_ok "a name that nobody has" hanji withdraw Nobody "${by[@]}" --site "$site"
like "$OUT" 'no story has this name' "is told"
ok "a picture" hanji withdraw --drill m1 --site "$site" --json
is "$(printf '%s' "$OUT" | jq -c '[(.removed.items | length), .proof.pieces - .proof.pieces_found]')" '[1,0]' "takes the story that shows it"
ok "and for once" hanji withdraw m1 "${by[@]}" --site "$site"
like "$OUT" 'pictures\): 0 found' "of which nothing is found"
