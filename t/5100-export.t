#!/bin/bash
# hanji export site: the folder, written again and again, and what nginx makes of it, path by path
# beside hanji serve.
. "${0%/*}/lib.sh"
command -v nginx >/dev/null || PATH=$PATH:/usr/sbin
command -v nginx >/dev/null || skip_all "no nginx"
plan 43

site=$TMP/site
out=$TMP/out
folder=$TMP/stories
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
export_site() { hanji export site "$out" --site "$site" "$@"; }
tree() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2); }

# ---- The folder --------------------------------------------------------------------------------

ok "a demo is made" hanji demo "$site"
export HANJI_PASSPHRASE_FILE=$site/keys/passphrase
ok "it is exported" export_site --json
is "$(jq -r '.removed, .unchanged, (.left_out | length)' <<<"$OUT" | xargs)" "0 0 0" \
    "nothing was there, nothing is left out"
is "$(jq .written <<<"$OUT")" "$(($(find "$out" -type f | wc -l) - 1))" \
    "every file but the list of them is counted"
is "$(grep -vc '^Written' "$out/written.txt")" "$(jq .written <<<"$OUT")" "and listed"
is "$(find "$out/site" ! -perm -o=r | wc -l)" 0 "a web server may read all of it"
tree "$out" >"$TMP/once"
is "$(find "$out" -path '*/.search*')" "" "what the house searches in is not in it"
is "$(grep -c -E 'class="hint"|<!--' "$out/site/en/search/index.html")" 1 \
    "and its search page says one thing: that a copy cannot search"
ok "it is exported again" export_site --json
is "$(jq -r '.written, .removed' <<<"$OUT" | xargs)" "0 0" "and nothing is written"
echo changed >>"$out/site/en/index.html"
rm "$out/site/robots.txt"
echo mine >"$out/site/mine.txt"
ok "what was changed or lost" export_site --json
is "$(jq .written <<<"$OUT")" 2 "is mended"
is "$(cat "$out/site/mine.txt")" mine "what is not ours stays"
rm "$out/site/mine.txt"
ok "the same as the first time" cmp "$TMP/once" <(tree "$out")

mkdir "$TMP/full"
echo mine >"$TMP/full/mine"
not_ok "a folder with other things in it is refused" hanji export site "$TMP/full" --site "$site"
like "$OUT" 'no export has written' "with the reason"
is "$(ls -A "$TMP/full")" mine "and is not touched"
mkdir "$TMP/trap" "$TMP/trap/site"
printf 'Written by hanji export; leave this file where it is.\n../full/mine\n' >"$TMP/trap/written.txt"
not_ok "a list that names files elsewhere is refused" hanji export site "$TMP/trap" --site "$site"
is "$(cat "$TMP/full/mine")" mine "and nothing elsewhere is removed"
mkdir "$TMP/linked" "$TMP/linked/far"
printf 'Written by hanji export; leave this file where it is.\n' >"$TMP/linked/written.txt"
ln -s far "$TMP/linked/site"
not_ok "a link in the place of a folder is not followed" \
    hanji export site "$TMP/linked" --site "$site"
is "$(ls -A "$TMP/linked/far")" "" "and nothing is written behind it"
not_ok "what is no site cannot be exported" hanji export letters "$out" --site "$site"
is "$STATUS" 64 "which is how it was typed"

# ---- Called back -------------------------------------------------------------------------------

ok "a story is listed" hanji list --site "$site"
story=$(sed -n 's|^ *\([0-9]*/en\) .*(words-that-dry)$|\1|p' <<<"$OUT")
ok "and withdrawn in every language" \
    hanji withdraw "$story" --every-language --by "A. Person" --site "$site"
ok "the next export" export_site --json
ok "removes files" test "$(jq .removed <<<"$OUT")" -gt 0
printf '%s\n' words-that-dry 'Words that dry' 마르는-글씨 >"$TMP/needles"
ok "and no byte of it is left" perl t/pressing.pl find "$out" "$TMP/needles"
ok "not even an empty folder" test -z "$(find "$out" -type d -empty)"
cp -r "$site/pressings" "$TMP/sound"
for pack in "$site"/pressings/*.pack; do
    printf 'X' | dd of="$pack" bs=1 seek=5000 conv=notrunc status=none
done
tree "$out" >"$TMP/before"
not_ok "a pressing with one changed byte is refused" export_site
ok "before anything is written" cmp "$TMP/before" <(tree "$out")
rm -r "$site/pressings"
mv "$TMP/sound" "$site/pressings"

# ---- Carried by nginx --------------------------------------------------------------------------

start_nginx() { # sets $MIRROR
    local port
    port=$(free_port)
    MIRROR=http://127.0.0.1:$port
    cat >"$TMP/nginx.conf" <<CONF
daemon off; master_process off; pid $TMP/nginx.pid; error_log /dev/stdout notice;
events { worker_connections 64; }
http {
    client_body_temp_path $TMP/n1; proxy_temp_path $TMP/n2; fastcgi_temp_path $TMP/n3;
    uwsgi_temp_path $TMP/n4; scgi_temp_path $TMP/n5;
    server {
        listen 127.0.0.1:$port;
        root $out/site;
        include $out/nginx.conf;
        include $out/redirects.conf;
    }
}
CONF
    chmod a+rx "$TMP" # nginx gives up being root
    nginx -p "$TMP" -c "$TMP/nginx.conf" -t -q || return 1
    READY='event method' start_server nginx -p "$TMP" -c "$TMP/nginx.conf" # it listens then
}
# Of one path: status, type, redirect, policy of pages, and the bytes of the body.
answer() { # address path
    local told='Content-Type|Location|Content-Security-Policy|Referrer-Policy|X-Content-Type-Options'
    curl -s -o "$TMP/body" -D "$TMP/head" --path-as-is "$1$2"
    if grep -q '^HTTP/1.1 301' "$TMP/head"; then # its words are each server's own
        told=Location
        : >"$TMP/body"
    elif ! grep -q 'text/html' "$TMP/head"; then # nginx has one policy, that of pages, for all
        told=Content-Type
    fi
    sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$TMP/head"
    grep -Ei "^($told): " "$TMP/head" | tr -d '\r' | sort
    sha256sum <"$TMP/body"
}
compare() { # prints what differs
    local path encoded count=0
    while IFS= read -r path; do
        encoded=$(perl -pe 's/([^!-~]|[%?#])/sprintf "%%%02X", ord $1/ge' <<<"$path")
        encoded=${encoded%\%0A}
        count=$((count + 1))
        [ "$(answer "$HOUSE" "$encoded")" = "$(answer "$MIRROR" "$encoded")" ] && continue
        echo "$path"
        answer "$HOUSE" "$encoded"
        answer "$MIRROR" "$encoded"
    done
    echo "$count compared"
}
paths() { perl t/pressing.pl list "$site/pressings" | cut -d' ' -f3- | grep -v -E '^/\.(gone|search)/|^/[^/]+/search/$'; }

ok "the house serves it" start_server hanji serve --site "$site" --listen 127.0.0.1:0
HOUSE=$URL
ok "nginx serves the mirror" start_nginx
paths >"$TMP/paths"
printf '%s\n' /en/nothing-is-here/ /ko/nothing-is-here/ /nothing /en/404.html /media/ >>"$TMP/paths"
is "$(compare <"$TMP/paths")" "$(wc -l <"$TMP/paths") compared" \
    "every path answers with the same status, type, policy and bytes"
curl -s -H 'Accept-Encoding: gzip' -D "$TMP/head" -o "$TMP/page.gz" "$MIRROR/en/"
like "$(cat "$TMP/head")" 'Content-Encoding: gzip' "nginx sends the compressed form"
ok "which is the house's own" cmp "$TMP/page.gz" "$out/site/en/index.html.gz"
curl -s -H 'Accept-Encoding: br' -o "$TMP/page.br" "$HOUSE/en/"
ok "the brotli form lies beside it" cmp "$TMP/page.br" "$out/site/en/index.html.br"
is "$(code "$MIRROR/en/blog/words-that-dry/")" 404 "what was withdrawn is not there"
like "$(curl -s -o /dev/null -D - "$MIRROR$(grep -m1 ^/media/ "$TMP/paths")")" 'max-age=3[0-9]+' \
    "pictures may be kept"
if command -v wget >/dev/null; then
    ok "wget takes a page with all it needs" wget -q -p -nH -P "$TMP/taken" "$MIRROR/en/about/"
else
    skip 1 "no wget"
fi

# ---- Addresses that have moved -----------------------------------------------------------------

wxr=../shared/data/import/wxr/themeunittestdata.wordpress.xml
if [ ! -r "$wxr" ]; then
    skip 3 "the WordPress theme unit test is not at $wxr"
    exit
fi
unset HANJI_PASSPHRASE_FILE
site=$TMP/moved out=$TMP/moved-out
{
    hanji init "$site" && hanji import wordpress "$wxr" --site "$site" &&
        hanji adopt --all --by "A. Person" --site "$site" && hanji press --site "$site"
} >"$TMP/moved.log" 2>&1 || diag "$(tail -n 5 "$TMP/moved.log")"
ok "a site with old addresses is exported" export_site --json
start_server hanji serve --site "$site" --listen 127.0.0.1:0 && HOUSE=$URL
start_nginx
perl t/pressing.pl list "$site/pressings" | sed -n 's/^301 [0-9]* //p' | head -n 40 >"$TMP/paths"
is "$(compare <"$TMP/paths")" "$(wc -l <"$TMP/paths") compared" "nginx answers 301 where the house does"
moved=$(grep -m1 '/$' "$TMP/paths")
like "$(cat "$out/site${moved}index.html")" '<meta http-equiv="refresh" content="0; url=/en/' \
    "and another server has a page there that leads on"
