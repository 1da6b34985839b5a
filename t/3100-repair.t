#!/bin/bash
# Damage: a byte of a pack, of the index, the index whole. It is told where it is, nothing damaged is
# served, and it is mended from the packs, or pressed anew.
. "${0%/*}/lib.sh"
plan 22

site=$TMP/site by=(--by "A. Person")
mkdir "$TMP/texts"
for n in 1 2 3; do
    printf '%s\n' --- "title: Kettle $n" 'status: published' "url: https://old.example.org/kettle-$n/" --- '' \
        "The kettle sang, for the ${n}th time." >"$TMP/texts/kettle-$n.md"
done
begin() {
    hanji init "$site" --name "A house" && hanji import markdown "$TMP/texts" --site "$site" &&
        hanji appears site/en --nobody "${by[@]}" --site "$site" &&
        hanji clear site/en "${by[@]}" --site "$site" &&
        hanji adopt --all "${by[@]}" --site "$site" && hanji press --site "$site"
}
ok "a site is live" begin
sums() { perl t/pressing.pl sums "$site/pressings"; }
sums >"$TMP/before"
ok "a sound one is said to be sound" hanji press --check --site "$site"
like "$OUT" 'as it was sealed' "in words"
not_ok "checking and repairing at once is no wish" hanji press --check --repair --site "$site"
like "$OUT" 'two things' "and is told"
base=$TMP/base
cp -a "$site" "$base"
fresh() { rm -rf "$site"; cp -a "$base" "$site"; index=$(ls "$site"/pressings/*.index) pack=$(ls "$site"/pressings/*.pack); }
flip() { # FILE OFFSET: one bit of that byte
    perl -e 'open my $f, "+<:raw", $ARGV[0]; seek $f, $ARGV[1], 0; read $f, my $b, 1; seek $f, $ARGV[1], 0; print $f chr(ord($b) ^ 1)' "$@"
}

# ---- A pack ------------------------------------------------------------------------------------

fresh
at=$(grep -abo '<h1>Kettle 2' "$pack" | head -n 1 | cut -d: -f1)
flip "$pack" "$at"
not_ok "a flipped bit of a page is found" hanji press --check --site "$site"
like "$OUT" 'DAMAGED +/en/blog/kettle-2/' "and the page named"
not_ok "by machine as well" hanji press --check --json --site "$site"
is "$(printf '%s' "$OUT" | jq -r 'select(.path == "/en/blog/kettle-2/").path' | head -n 1)" \
    /en/blog/kettle-2/ "one object a line"
ok "it is made anew" hanji press --anew --site "$site"
ok "and all is sound" hanji press --check --site "$site"
sums >"$TMP/after"
ok "the same pages, byte by byte" cmp "$TMP/before" "$TMP/after"

# ---- The index ---------------------------------------------------------------------------------

fresh
flip "$index" 200
not_ok "a damaged index is no pressing" hanji press --check --site "$site"
ok "it is written anew from the packs" hanji press --repair --site "$site"
sums >"$TMP/after"
ok "every path answers as before" cmp "$TMP/before" "$TMP/after"

fresh
rm "$index"
not_ok "a lost one is told" hanji press --check --site "$site"
ok "and mended likewise" hanji press --repair --site "$site"
sums >"$TMP/after"
ok "to the byte" cmp "$TMP/before" "$TMP/after"
start_server hanji serve --site "$site" --listen 127.0.0.1:0
is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/en/blog/kettle-2/")" 200 "and readers have it"
stop "$PID"

# ---- Both --------------------------------------------------------------------------------------

fresh
rm "$index"
flip "$pack" "$at"
not_ok "packs that are damaged too mend nothing" hanji press --repair --site "$site"
like "$OUT" 'hanji press --anew' "but say what does"
ok "which it does" hanji press --site "$site"
