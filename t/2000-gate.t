#!/bin/bash
# A story whose subject has not agreed cannot be pressed by any sequence of commands, nor by editing
# the files of the site by hand. Each sequence begins from a copy of one site; after it the pressing
# is searched, byte by byte and inside every gzip member, for the words of the story.
. "${0%/*}/lib.sh"
plan 99

# ---- The site that every sequence begins from --------------------------------------------------

mkdir -p "$TMP/texts/en" "$TMP/texts/ko" "$TMP/texts/pictures"
text() { # FILE TITLE MARKER [LINE...]
    {
        printf -- '---\ntitle: "%s"\nkind: story\nstatus: published\ndate: 2026-06-1%d\n' "$2" 1
        printf '%s\n' "${@:4}" '---' '' "In this text stands $3, and nothing else of note." ''
        case $1 in *secret*) printf '![a plain square](pictures/square.png "A %s caption")\n' "$3" ;; esac
    } >"$TMP/texts/$1"
}
perl -MCompress::Zlib -e '
    my ($n, $rows) = (64, "");
    for my $y (0 .. $n - 1) { $rows .= "\0" . join "", map { chr($_ * 4) . chr($y * 4) . chr(90) } 0 .. $n - 1 }
    sub chunk { my ($t, $d) = @_; pack("N", length $d) . $t . $d . pack("N", crc32($t . $d)) }
    print "\x89PNG\r\n\x1a\n", chunk("IHDR", pack("NNC5", $n, $n, 8, 2, 0, 0, 0)),
        chunk("IDAT", compress($rows)), chunk("IEND", "")' >"$TMP/texts/pictures/square.png"
text en/secret.md "Qztitle of hers" qzsecretqz "group: secret" "slug: qzslugqz"
text ko/secret.md "그의 이야기" qzkoreanqz "group: secret" "slug: qzkoslugqz"
text en/harmless.md "About soup" qzharmlessqz "slug: soup"
text en/public.md "Public before" qzpublicqz "slug: qzpublicqz" "url: https://old.example.org/p/"

base=$TMP/base
printf '%s\n' Qztitle qzsecretqz qzslugqz qzkoreanqz qzkoslugqz qzchangedqz >"$TMP/secret"
echo qzharmlessqz >"$TMP/harmless"
echo qzpublicqz >"$TMP/public"
by=(--by "A. Person")
step() { hanji "$@" --site "$site" >"$TMP/step" 2>&1; }
state() { step appears "$@" "${by[@]}"; }
consent() { step consent add --person Haneul --given-by self --informed "Read aloud" --taken-by "A. P." "$@"; }
risk() { step risk add --person "${1:-Haneul}" --remaining low --by "A. P." --second "B. P." "${@:2}"; }
clear() { step clear "$1" "${by[@]}"; }
sql() { sqlite3 "$site/archive.db" "$@"; }

site=$base
make_base() {
    hanji init "$base" --name "A house" &&
        hanji import markdown "$TMP/texts" --site "$base" &&
        step people add --pseudonym Haneul --status free --role speaker "${by[@]}" &&
        step people add --pseudonym Dorim --status free --role speaker "${by[@]}" &&
        step people add --pseudonym Captive --status pow --role speaker "${by[@]}" &&
        step people add --pseudonym Child --status child --role speaker "${by[@]}" &&
        state m1 --nobody && state site/en --nobody && state site/ko --nobody &&
        state en/soup --nobody && clear site/en && clear site/ko && clear en/soup
}
ok "a site is made, with one harmless story cleared" make_base
key=$(hanji list --site "$base" --json | jq -r '.[] | select(.slug == "qzslugqz").key')
group=${key%/en}

# ---- How a sequence is judged ------------------------------------------------------------------

fresh() { rm -rf "$TMP/site"; cp -a "$base" "$TMP/site"; site=$TMP/site; }
press() { hanji press --site "$site" --json >"$TMP/pressed" 2>"$TMP/pressed.err"; }
absent() { perl t/pressing.pl find "$site/pressings" "${1:-$TMP/secret}"; }
present() { ! perl t/pressing.pl find "$site/pressings" "${1:-$TMP/secret}" >"$TMP/found"; }
stays_in() { # NAME: after a press the story is nowhere, the harmless one is there
    press
    ok "$1" absent
    ok "  while the rest goes out" present "$TMP/harmless"
}
agree() { consent --for "$group/* web * alias,place"; }
cleared_site() { fresh; state "$key" --subject Haneul:alias && agree && risk && clear "$key"; }

# The way that is meant, first: without it, all that follows would prove nothing.
ok "with a statement, a consent and a risk assessment it is cleared" cleared_site
press
ok "and pressed" present
is "$(jq .stories "$TMP/pressed")" 2 "beside the harmless one"

# ---- Something is missing ----------------------------------------------------------------------

fresh; agree; risk
not_ok "R00: cleared without a statement" hanji clear "$key" "${by[@]}" --site "$site"
like "$OUT" 'R00' "is refused by the rule"
stays_in "no statement"
fresh; state "$key" --subject Haneul:alias; risk
not_ok "R01: cleared without a consent" hanji clear "$key" "${by[@]}" --site "$site"
like "$OUT" 'R01' "is refused by the rule"
stays_in "no consent"
fresh; state "$key" --subject Haneul:alias; agree; clear "$key"
stays_in "no risk assessment"
fresh; state "$key" --subject Haneul:alias; agree; risk Haneul --date 2020-01-01; clear "$key"
stays_in "a risk assessment of years ago"
fresh; state "$key" --subject Nobody-we-know:alias; agree; risk; clear "$key"
stays_in "a subject without a record"
fresh; state "$key" --subject Haneul:alias --subject Dorim:alias; agree; risk; clear "$key"
stays_in "two subjects, of whom one agreed"
fresh; state "$key" --subject Haneul:alias,face; agree; risk; clear "$key"
stays_in "more is shown than was agreed to"

# ---- A consent for something else --------------------------------------------------------------

otherwise() { # NAME, options of the consent
    fresh; state "$key" --subject Haneul:alias; risk; consent "${@:2}"; clear "$key"
    stays_in "$1"
}
otherwise "a consent for another language" --for "$group/* web ko alias"
otherwise "a consent for another road" --for "$group/* mail en alias"
otherwise "a consent for another story" --for "en/soup web en alias"
otherwise "a consent for a picture alone" --for "m1 web en alias"
otherwise "a consent that shows nothing" --for "$group/* web en nothing"
otherwise "an expired consent" --for "$group/* web en alias" --from 2020-01-01 --until 2021-01-01
otherwise "a consent that has not begun" --for "$group/* web en alias" --from 2090-01-01 --until 2091-01-01
otherwise "a consent under embargo" --for "$group/* web en alias" --embargo 2090-01-01
fresh; state "$key" --subject Haneul:alias; agree; risk; step clear "$key" --road mail "${by[@]}"
stays_in "a clearance for another road"
fresh; state "$key" --subject Captive:alias; risk Captive
step consent add --person Captive --for '* web * alias' --given-by self --informed x --taken-by y
clear "$key"
stays_in "R03: a captive's consent"
fresh; state "$key" --subject Child:alias; risk Child
step consent add --person Child --for '* web * alias' --given-by self --informed x --taken-by y
clear "$key"
stays_in "R04: a child's own consent"
fresh; agree; risk; state "$key" --nobody; state m1 --subject Dorim:face; clear "$key"
stays_in "a picture whose subject has not agreed"

# ---- After it was cleared ----------------------------------------------------------------------

cleared_site; step withdraw --person Haneul "${by[@]}"; clear "$key"; step clear --all "${by[@]}"
stays_in "cleared again after the person withdrew"
cleared_site; step withdraw "$key" "${by[@]}"; state "$key" --nobody; clear "$key"
stays_in "stated and cleared again after the story was withdrawn"
cleared_site; press; state "$key" --subject Haneul:alias,face
stays_in "stated anew after it was cleared"
cleared_site; press; state m1 --subject Dorim:face
stays_in "a picture stated anew after the story was cleared"
cleared_site; press; consent --for "$group/* web * alias" --embargo 2090-01-01
stays_in "a later embargo"
cleared_site; press
cp "$TMP/texts/en/secret.md" "$TMP/before"
sed -i 's/In this text/qzchangedqz/' "$TMP/texts/en/secret.md"
ok "an edit after the clearance is imported" hanji import markdown "$TMP/texts" --site "$site" --json
is "$(jq .total.updated <<<"$OUT")" 1 "as an update"
cp "$TMP/before" "$TMP/texts/en/secret.md"
stays_in "the edited text"
clear "$key"
stays_in "cleared again without reading it again"
state "$key" --subject Haneul:alias; clear "$key"; press
ok "stated and cleared again it goes out" present

# ---- Adoption ----------------------------------------------------------------------------------

fresh; state "$key" --subject Haneul:alias; step adopt "$key" "${by[@]}"; step adopt --all "${by[@]}"
stays_in "adopted, though it was public nowhere"
fresh; step adopt en/qzpublicqz "${by[@]}"; press
ok "what was public elsewhere is adopted" present "$TMP/public"
state en/qzpublicqz --subject Haneul:alias; press
ok "until a subject is stated who has not agreed" absent "$TMP/public"
fresh; state en/qzpublicqz --subject Haneul:alias; step adopt en/qzpublicqz "${by[@]}"; press
ok "or not at all when it is stated before" absent "$TMP/public"

# ---- By hand -----------------------------------------------------------------------------------

fresh; state "$key" --subject Haneul:alias
sql "INSERT INTO clearance VALUES ('$key', 'web', randomblob(220))"
stays_in "random bytes as its clearance"
fresh; state "$key" --subject Haneul:alias
sql "INSERT INTO clearance SELECT '$key', 'web', bytes FROM clearance WHERE key NOT LIKE 'site/%'"
stays_in "the clearance of the harmless story, copied"
cleared_site
hanji init "$TMP/other" --name Other >/dev/null
cp "$site/archive.db" "$TMP/cleared.db"
fresh
(site=$TMP/other; step import markdown "$TMP/texts"; state m1 --nobody; state "$key" --nobody; clear "$key")
sqlite3 "$TMP/other/archive.db" "SELECT hex(bytes) FROM clearance WHERE key = '$key'" >"$TMP/hex"
ok "another site clears the same text" test -s "$TMP/hex"
sql "INSERT INTO clearance VALUES ('$key', 'web', x'$(cat "$TMP/hex")')"
stays_in "the clearance of another site"
hex=$(sqlite3 "$TMP/cleared.db" "SELECT hex(bytes) FROM clearance WHERE key = '$key'")
sql "INSERT OR REPLACE INTO clearance VALUES ('$key', 'web', x'$hex')"
stays_in "a clearance that this ledger does not know"
cleared_site
hex=$(sql "SELECT hex(bytes) FROM clearance WHERE key = '$key'")
step withdraw --person Haneul "${by[@]}"
sql "INSERT OR REPLACE INTO clearance VALUES ('$key', 'web', x'$hex'); UPDATE version SET status = 'published'"
stays_in "its own clearance, put back after the person withdrew"
cleared_site
for at in 5 40 90 130; do # somewhere in the terms, the source, the dates
    flipped=$(perl -e 'my ($hex, $at) = @ARGV; substr($hex, 2 * $at, 2) =~ s/^(..)/sprintf "%02X", hex($1) ^ 1/e; print $hex' "$hex" "$at")
    sql "INSERT OR REPLACE INTO clearance VALUES ('$key', 'web', x'$flipped')"
    press
    ok "a clearance with one bit changed in byte $at" absent
done
fresh
sql "UPDATE version SET body = 'qzsecretqz' WHERE slug = 'soup'"
press
ok "its words, put into the cleared story" absent
fresh
sql "UPDATE setting SET value = 'qzsecretqz' WHERE key = 'site.name'"
press
ok "its words, put into the site's name" absent
cleared_site
hash=$(sql "SELECT lower(hex(hash)) FROM variant LIMIT 1")
printf 'qzchangedqz' >>"$site/media/$hash"
printf 'qzchangedqz\n' >"$TMP/changed.bytes"
press
ok "bytes added to a cleared picture's file" absent "$TMP/changed.bytes"

# ---- The folder of pressings -------------------------------------------------------------------

served() { curl -s "$URL$1"; curl -s --compressed "$URL$1"; }
serving() { start_server hanji serve --site "$site" --listen 127.0.0.1:0; }
fresh; press; cleared_site_pressing=$TMP/cleared-pressing
cp -a "$site/pressings" "$TMP/own"
cleared_site; press; cp -a "$site/pressings" "$cleared_site_pressing"
not_live() { # NAME: the edited folder is served from the start, and nothing of the story comes out
    serving
    unlike "$(served /en/blog/qzslugqz/)$(served /en/)$(served /en/blog/soup/)" 'qz(secret|slug|title)' "$1"
    stop "$PID"
}
edit() { perl -0777 -pi -e "$1" "$2"; }
(site=$TMP/other; state site/en --nobody; state site/ko --nobody; clear site/en; clear site/ko; press)
ok "the other site presses the story" eval 'site=$TMP/other present'
fresh; rm -rf "$site/pressings"; cp -a "$TMP/other/pressings" "$site/pressings"
not_live "another site's pressing is not served"
fresh; press
index=$(find "$site/pressings" -name '*.index')
edit 's{/en/blog/soup/}{/en/qzsecretqz/}' "$index"
serving
is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/en/qzsecretqz/")" 503 "an edited index is not served"
stop "$PID"
fresh; press
index=$(find "$site/pressings" -name '*.index')
perl -e 'truncate $ARGV[0], (-s $ARGV[0]) - 96 or die' "$index"
serving
is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/en/")" 503 "a pressing without its seal is not served"
stop "$PID"
fresh; press
pack=$(find "$site/pressings" -name '*.pack')
edit 's/qzharmlessqz/qzsecretqz12/g' "$pack"
not_live "edited pages are not served"

# ---- Its hour ----------------------------------------------------------------------------------

mkdir -p "$TMP/later/en"
printf -- '---\ntitle: Later\nkind: story\nslug: later\nstatus: scheduled\ndate: 2099-01-01\n---\n\nqzlaterqz\n' \
    >"$TMP/later/en/later.md"
echo qzlaterqz >"$TMP/later.words"
status_of_later() { hanji list --site "$site" --json | jq -r '.[] | select(.slug == "later").status'; }
fresh
schedule() { step import markdown "$TMP/later" && state en/later --nobody && clear en/later; }
ok "a scheduled story is cleared before its hour" schedule
press
ok "and stays off the street" absent "$TMP/later.words"
is "$(jq .due "$TMP/pressed")" 0 "as none is due"
sql "UPDATE version SET published = 1780000000 WHERE slug = 'later'"
press
ok "when its hour has come a press takes it along" present "$TMP/later.words"
is "$(jq .due "$TMP/pressed") $(status_of_later)" "1 published" "and it is published from then on"
like "$(sql "SELECT what || ' ' || detail FROM audit ORDER BY id DESC LIMIT 3")" \
    'publish its hour came' "which the audit log tells"
sql "UPDATE version SET status = 'scheduled' WHERE slug = 'later'"
sql "DELETE FROM clearance WHERE key = (SELECT group_id || '/en' FROM version WHERE slug = 'later')"
press
ok "without a clearance the hour opens nothing" absent "$TMP/later.words"
is "$(status_of_later)" published "though it has come"
