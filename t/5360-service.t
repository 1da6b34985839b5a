#!/bin/bash
# `hanji serve` as a service manager runs it: sockets that somebody else opened and named, logs that
# go to standard error.
. "${0%/*}/lib.sh"
plan 18

site=$TMP/site by=(--by "A. Person")
mkdir "$TMP/texts"
printf '%s\n' --- 'title: A kettle' 'status: published' 'url: https://old.example.org/kettle/' --- '' \
    'The kettle sang.' >"$TMP/texts/kettle.md"
begin() {
    hanji init "$site" --name "A house" && hanji import markdown "$TMP/texts" --site "$site" &&
        hanji appears site/en --nobody "${by[@]}" --site "$site" &&
        hanji clear site/en "${by[@]}" --site "$site" &&
        hanji adopt en/kettle "${by[@]}" --site "$site" && hanji press --site "$site"
}
ok "a site is pressed" begin
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=kettle \
    -addext 'subjectAltName=IP:127.0.0.1' -keyout "$site/key.pem" -out "$site/chain.pem" 2>"$TMP/openssl"
code() { curl -s -m 20 -o /dev/null -w '%{http_code}' "$@"; }
wait_for() { for i in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }
said_at() { wait_for grep -qF "$1" "$LOG.out"; sed -n "s|^$1\([^ /]*\).*|\1|p" "$LOG.out" | head -n 1; }

# ---- Logs to standard error ----------------------------------------------------------------------

cp "$site/hanji.ini" "$TMP/hanji.ini"
printf '%s\n' 'access_log = -' 'counts = -' >>"$site/hanji.ini"
ok "it serves with logs on standard error" start_server hanji serve --site "$site" --listen 127.0.0.1:0
for n in $(seq 12); do code "$URL/en/blog/kettle/?q=secret" >"$TMP/code"; done
logged() { [ "$(grep -cE '^20[0-9-]{8}T[0-9:]{5}Z GET /en/blog/kettle/ 200 [0-9]+ http$' "$LOG.err")" = "$1" ]; }
ok "each request is a line there" wait_for logged 12
unlike "$(cat "$LOG.err")" '127\.0\.0\.1|secret' "which names no reader and no question"
kill -HUP "$PID"
again() { code "$URL/en/blog/kettle/" >"$TMP/code"; logged "$1"; }
ok "after SIGHUP too" again 13
kill -USR2 "$PID"
finished() { grep -q '^front: ended' "$LOG.err"; }
ok "a front that was replaced ends" wait_for finished
like "$(cat "$LOG.err")" '20[0-9-]{8} 13 /en/blog/kettle/' "and tells its sums there"
stop "$PID"
is "$STATUS" 0 "serve ends when it is asked to"
is "$(ls "$site" | grep -c '^-$')" 0 "no file has that name"

# ---- Sockets with names --------------------------------------------------------------------------

cp "$TMP/hanji.ini" "$site/hanji.ini"
printf '%s\n' 'listen = 127.0.0.1:1' 'certificate = chain.pem' 'certificate_key = key.pem' \
    'trusted = 127.0.0.0/8' >>"$site/hanji.ini" # it is not that address
cat >"$TMP/activate.pl" <<'PERL'
# NAMES PROGRAM...: listens once for each name and hands the sockets over as systemd does.
use Fcntl; use IO::Socket::INET; use POSIX;
my @names = split /:/, shift;
$^F = 100;
my @sockets = map { IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die } @names;
my @high = map { POSIX::dup2(fileno $sockets[$_], 40 + $_) or die; 40 + $_ } 0 .. $#names;
POSIX::dup2($high[$_], 3 + $_) or die for 0 .. $#names;
POSIX::close($_) for @high;
@ENV{qw(LISTEN_FDS LISTEN_PID LISTEN_FDNAMES)} = (scalar @names, $$, join ":", @names);
exec @ARGV;
PERL
activated() { start_server perl "$TMP/activate.pl" "$1" "$HANJI" serve --site "$site"; }
ok "sockets that have names are taken" activated 'metrics:tls:web:proxy'
metrics=$(said_at 'Metrics at http://') tls=$(said_at 'Serving https://')
plain=$(said_at 'Serving http://') proxy=$(said_at 'Serving a proxy (PROXY v2) at ')
is "$(code "http://$metrics/metrics")" 200 "the one named metrics tells them"
is "$(code --cacert "$site/chain.pem" "https://$tls/en/")" 200 "the one named tls speaks it"
is "$(code "http://$plain/en/")" 200 "any other name is plain"
is "$(code "http://$plain/metrics")" 404 "and has no metrics"
is "${proxy:+there} $(code "http://$proxy/en/")" "there 000" "the one named proxy wants its header"
stop "$PID"

# The real one, where it is installed. It listens first and starts us at the first connection.
if ! command -v systemd-socket-activate >/dev/null; then
    skip 3 "there is no systemd-socket-activate"
else
    one=$(free_port) two=$(free_port)
    READY='Listening on.*' # its own word, on standard error
    by_systemd() {
        exec systemd-socket-activate -l "127.0.0.1:$one" -l "127.0.0.1:$two" --fdname=web:metrics \
            "$HANJI" serve --site "$site" 2>&1
    }
    ok "systemd-socket-activate starts it" start_server by_systemd
    is "$(code "http://127.0.0.1:$one/en/")" 200 "its sockets are served"
    is "$(code "http://127.0.0.1:$two/metrics")" 200 "by their names"
    stop "$PID"
fi
