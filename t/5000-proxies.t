#!/bin/bash
# The sample configurations of docs/proxies, run by nginx and by Caddy on loopback in front of the
# demo: what a reader gets through them, by curl and by wget, is what the front itself gives.
. "${0%/*}/lib.sh"
for program in nginx caddy openssl curl wget; do
    command -v "$program" >/dev/null || skip_all "$program is not installed"
done
plan 74

running=()
at_end() { # in the background since they were ready, and so not children of ours
    for file in "${running[@]}"; do kill -TERM "$(cat "$file")" 2>/dev/null; done
}

ok "the demo is made" hanji demo "$TMP/demo"
echo 'trusted = 127.0.0.1/8' >>"$TMP/demo/hanji.ini"
not_ok "a network that is none is refused" timeout 30 "$HANJI" serve --site "$TMP/demo" --listen 127.0.0.1:0
like "$OUT" 'hanji.ini.*127.0.0.1/8' "and named"
sed -i 's|^trusted = .*|trusted = 127.0.0.0/8|' "$TMP/demo/hanji.ini"
ok "and served" start_server hanji serve --site "$TMP/demo" --listen 127.0.0.1:0
direct=$URL
front=${URL#http://}

ok "there is a certificate for an hour" openssl req -x509 -newkey ec -pkeyopt \
    ec_paramgen_curve:prime256v1 -nodes -keyout "$TMP/key.pem" -out "$TMP/certificate.pem" -days 1 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1

# ---- nginx -------------------------------------------------------------------------------------

plain_port=$(free_port) nginx_port=$(free_port)
sed -e "s|127\.0\.0\.1:8080|$front|" -e "s|listen 80;|listen 127.0.0.1:$plain_port;|" \
    -e "s|listen 443 |listen 127.0.0.1:$nginx_port |" -e "s|story\.example\.org|localhost|" \
    -e "s|/etc/ssl/[^ ]*/fullchain\.pem|$TMP/certificate.pem|" \
    -e "s|/etc/ssl/[^ ]*/privkey\.pem|$TMP/key.pem|" docs/proxies/nginx.conf >"$TMP/hanji.conf"
{
    if [ "$(id -u)" = 0 ]; then echo 'user root;'; fi # its workers share our private folder
    echo "pid $TMP/nginx.pid; error_log $TMP/nginx.log; events {} http {"
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $TMP/nginx-$kind;"; done
    echo "include $TMP/hanji.conf; }"
} >"$TMP/nginx.conf"
start_nginx() { nginx -p "$TMP" -c "$TMP/nginx.conf"; } # back when it listens
ok "nginx starts by its sample" start_nginx
running+=("$TMP/nginx.pid")
like "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: localhost' \
    "http://127.0.0.1:$plain_port/en/?a=b")" '^301 https://localhost/en/\?a=b$' \
    "nginx: who comes without TLS is sent to it"

# ---- Caddy -------------------------------------------------------------------------------------

caddy_port=$(free_port)
{
    printf '{\n admin off\n auto_https disable_redirects\n skip_install_trust\n}\n'
    sed -e "s|127\.0\.0\.1:8080|$front|" \
        -e "s|^story\.example\.org {|https://localhost:$caddy_port {\ntls $TMP/certificate.pem $TMP/key.pem|" \
        docs/proxies/Caddyfile
} >"$TMP/Caddyfile"
start_caddy() { # back when it listens
    env HOME="$TMP" XDG_DATA_HOME="$TMP" XDG_CONFIG_HOME="$TMP" caddy start --adapter caddyfile \
        --config "$TMP/Caddyfile" --pidfile "$TMP/caddy.pid" </dev/null
}
ok "Caddy starts by its sample" start_caddy
running+=("$TMP/caddy.pid")

# ---- What a reader gets ------------------------------------------------------------------------

# Statuses and fields that a proxy has no say in; names in small letters, as HTTP/2 has them.
fields() {
    tr -d '\r' <"$1" | sed -n -e '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' \
        -e '2,$s/^\([^:]*\):/\L\1:/p' |
        grep -v -i -e '^date:' -e '^connection:' -e '^server:' -e '^keep-alive:' -e '^alt-svc:' \
            -e '^transfer-encoding:' -e '^strict-transport-security:' | sort
}
get() { # NAME URL [OPTION...]: head and body into files of that name
    : >"$TMP/$1.body" # curl leaves it alone when there is nothing to write
    curl -s -k -o "$TMP/$1.body" -D "$TMP/$1.head" "${@:3}" "$2"
    fields "$TMP/$1.head" >"$TMP/$1.fields"
}
same() { # NAME PATH [OPTION...]: through the proxy as without it
    get direct "$direct$2" "${@:3}"
    get through "$base$2" "${@:3}"
    is "$(cat "$TMP/through.fields")" "$(cat "$TMP/direct.fields")" "$proxy: $1: the same fields"
    ok "$proxy: $1: the same bytes" cmp "$TMP/through.body" "$TMP/direct.body"
}
story=$(curl -s "$direct/en/blog/" | grep -o 'href="/en/blog/[^"/]*/"' | head -n 1 | cut -d'"' -f2)
picture=$(curl -s "$direct$story" | grep -o 'src="/media/[^"]*"' | head -n 1 | cut -d'"' -f2)
korean=$(curl -s "$direct/ko/blog/" | grep -o 'href="/ko/blog/[^"/]*/"' | head -n 1 | cut -d'"' -f2)
sheet=$(curl -s "$direct$story" | grep -o 'href="/assets/[^"]*\.css"' | head -n 1 | cut -d'"' -f2)
like "$story$picture$korean$sheet" '^/en/blog/.+/media/.+/ko/blog/.+/assets/.+' \
    "the demo has a story in two languages, with a picture and a sheet of style"

through() { # PROXY URL
    proxy=$1 base=$2
    same "the home page" /en/ --http1.1
    same "a story by HTTP/2" "$story" --http2
    like "$(cat "$TMP/through.head")" 'trict-[Tt]ransport-[Ss]ecurity: max-age=31536000' \
        "$proxy: who came by TLS is told to come so for a year"
    unlike "$(cat "$TMP/direct.head")" 'trict-[Tt]ransport-[Ss]ecurity' "$proxy: who did not is not"
    is "$(curl -s -k --http2 -o /dev/null -w '%{http_version}' "$base$story")" 2 \
        "$proxy: HTTP/2 is what it was"
    same "a story, compressed" "$story" --http2 -H 'Accept-Encoding: gzip'
    same "a Korean story" "$korean" --http2
    same "a picture" "$picture" --http1.1
    same "a part of a picture" "$picture" --http2 -H 'Range: bytes=10-99'
    same "a part beyond the end" "$picture" --http1.1 -H 'Range: bytes=99999999-'
    same "the sheet of style" "$sheet" --http2
    same "the feed" /en/feed.xml --http2
    same "what is not there" /en/no-such-page/ --http2
    is "$(curl -s -k -o /dev/null -w '%{http_code}' --path-as-is "$base/en/../../archive.db")" 400 \
        "$proxy: no path climbs out"
    local etag
    etag=$(curl -s -I "$direct$story" | sed -n 's/^ETag: \(.*\)\r$/\1/p')
    same "a story that the reader has" "$story" --http2 -H "If-None-Match: $etag"
    like "$(head -n 1 "$TMP/through.head")" ' 304' "$proxy: is not sent again"
    is "$(curl -s -k -I --http2 "$base$story" | sed -n 's/^content-length: //p')" \
        "$(curl -s -I "$direct$story" | sed -n 's/^Content-Length: //p')" \
        "$proxy: HEAD tells the length"
    wget -q --no-check-certificate -O "$TMP/wget" "$base$story"
    ok "$proxy: wget gets the story too" cmp "$TMP/wget" <(curl -s "$direct$story")
    is "$(curl -s -k -o /dev/null -w '%{http_code}' -H 'X-Forwarded-For: 192.0.2.66, nonsense' \
        -H 'Forwarded: for=192.0.2.66' "$base$story")" 200 \
        "$proxy: what a reader says of itself is no harm"
    is "$(curl -s -k -Z $(for i in 1 2 3 4 5 6 7 8 9 10; do printf -- '-o /dev/null %s ' "$base$story"; done) \
        -w '%{http_code}\n' 2>/dev/null | sort | uniq -c | tr -s ' ')" " 10 200" "$proxy: ten at once"
}
through nginx "https://localhost:$nginx_port"
through Caddy "https://localhost:$caddy_port"

stop "$PID"
is "$STATUS" 0 "the front ends when it is asked to"
is "$(curl -s -k -o /dev/null -w '%{http_code}' "https://localhost:$nginx_port/en/")" 502 \
    "nginx says when there is nothing behind it"
is "$(curl -s -k -o /dev/null -w '%{http_code}' "https://localhost:$caddy_port/en/")" 502 \
    "so does Caddy"
