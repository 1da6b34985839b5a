#!/bin/bash
# What an operator asks of `hanji serve`: TLS with a certificate that is renewed, several addresses, a
# proxy, metrics, logs that name nobody, and a restart that no reader notices.
. "${0%/*}/lib.sh"
plan 81

site=$TMP/site by=(--by "A. Person")
mkdir "$TMP/texts"
for n in 1 2 3; do
    printf '%s\n' --- "title: Kettle $n" 'status: published' "url: https://old.example.org/kettle-$n/" --- '' \
        "The kettle sang, for the ${n}th time." >"$TMP/texts/kettle-$n.md"
done
begin() {
    hanji init "$site" --name "A house" --address https://house.example &&
        hanji import markdown "$TMP/texts" --site "$site" &&
        hanji appears site/en --nobody "${by[@]}" --site "$site" &&
        hanji clear site/en "${by[@]}" --site "$site" &&
        hanji adopt --all "${by[@]}" --site "$site" && hanji press --site "$site"
}
ok "a site is pressed" begin
cp "$site/hanji.ini" "$TMP/hanji.ini"

certify() { # NAME: a certificate for an hour, that says so
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$1" \
        -addext 'subjectAltName=IP:127.0.0.1' -keyout "$site/key.pem" -out "$site/chain.pem" 2>"$TMP/openssl"
}
certify first
said() { cat "$LOG.out" "$LOG.err"; }
# What was said of an address: said_at 'Serving https://'
said_at() { for i in $(seq 100); do grep -qF "$1" "$LOG.out" && break; sleep 0.05; done
    sed -n "s|^$1\([^ /]*\).*|\1|p" "$LOG.out" | head -n 1; }
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
wait_for() { for i in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }
configure() { cp "$TMP/hanji.ini" "$site/hanji.ini"; printf '%s\n' "$@" >>"$site/hanji.ini"; }
serve() { start_server hanji serve --site "$site"; }
refused() { # WORDS NAME LINE...: a wrong line is told with its place and nothing is served
    local words=$1 name=$2
    shift 2
    configure "$@"
    tap_run timeout 20 "$HANJI" serve --site "$site"
    like "$STATUS $OUT" "^[1-9][0-9]* .*$words" "$name"
}

# ---- Addresses and TLS --------------------------------------------------------------------------

configure 'listen = 127.0.0.1:0 [::1]:0' 'listen_tls = 127.0.0.1:0' 'certificate = chain.pem' \
    'certificate_key = key.pem' 'trusted = 127.0.0.0/8' 'listen_proxy = 127.0.0.1:0' \
    'onion = http://kettlekettlekettle.onion' 'metrics = 127.0.0.1:0' 'access_log = access.log' \
    'counts = counts.log'
serve
plain=$URL tls=$(said_at 'Serving https://') metrics=$(said_at 'Metrics at http://')
proxy=$(said_at 'Serving a proxy (PROXY v2) at ')
six=$(sed -n 's|^Serving http://\(\[::1\]:[0-9]*\)/.*|\1|p' "$LOG.out")
is "$(code "$plain/en/")" 200 "plain requests are answered"
is "$(code "http://$six/en/")" 200 "by IPv6 too"
curl -s --cacert "$site/chain.pem" -D "$TMP/head" -o "$TMP/page" "https://$tls/en/"
like "$(cat "$TMP/head")" 'Strict-Transport-Security: max-age=' "TLS answers, and wants to be kept"
curl -s "$plain/en/" >"$TMP/plain"
ok "the same page" cmp "$TMP/plain" "$TMP/page"
like "$(cat "$TMP/head")" 'Onion-Location: http://kettlekettlekettle.onion/en/' \
    "a page says where its onion is"
unlike "$(curl -sI "$plain/en/feed.xml")" 'Onion-Location' "a feed does not"
unlike "$(curl -sI "$plain/en/nothing")" 'Onion-Location' "nor what is not there"
handshake() { openssl s_client -connect "$tls" "$@" </dev/null 2>&1; }
like "$(handshake -tls1_3)" 'TLSv1.3' "TLS 1.3 is spoken"
like "$(handshake -tls1_2)" 'TLSv1.2' "and 1.2"
unlike "$(handshake -tls1_1 -cipher 'ALL:@SECLEVEL=0')" 'Cipher is [A-Z]*-' "and nothing older"
is "$(code -m 5 "http://$tls/en/")" 400 "who speaks plainly to TLS is told so"

# ---- A proxy -----------------------------------------------------------------------------------

is "$(code --haproxy-protocol "http://$proxy/en/")" 000 \
    "the first version of the PROXY protocol is not taken"
proxied() { # a PROXY v2 header of 192.0.2.7, then a request
    perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(PeerAddr => shift, Timeout => 5) or die;
        print $s "\r\n\r\n\0\r\nQUIT\n", pack("C2 n a4 a4 n n", 0x21, 0x11, 12,
            pack("C4", 192, 0, 2, 7), pack("C4", 127, 0, 0, 1), 4000, 80),
            "GET /en/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        local $/; print <$s>' "$proxy"
}
like "$(proxied)" '^HTTP/1.1 200 OK' "the second is"
is "$(code "http://$proxy/en/")" 000 "who says nothing of the kind is no proxy"

# ---- Another certificate -----------------------------------------------------------------------

subject() { openssl s_client -connect "$tls" </dev/null 2>/dev/null | openssl x509 -noout -subject; }
like "$(subject)" 'CN *= *first' "the certificate is the first one"
certify second
kill -HUP "$PID"
is_second() { subject | grep -q 'CN *= *second'; }
ok "after SIGHUP it is the second" wait_for is_second
printf 'no certificate\n' >"$site/chain.pem"
kill -HUP "$PID"
ok "one that is none is told" wait_for grep -q 'certificate is refused, the old one stays' "$LOG.err"
ok "and the old one stays" is_second
unlike "$(said)" 'BEGIN [A-Z ]*PRIVATE' "no key is ever printed"
certify third

# ---- Metrics -----------------------------------------------------------------------------------

curl -s -D "$TMP/head" -o "$TMP/metrics" "http://$metrics/metrics"
like "$(cat "$TMP/head")" 'Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8' \
    "metrics are OpenMetrics"
is "$(tail -n 1 "$TMP/metrics")" '# EOF' "to their end"
# The format, strictly: metadata of a family once and before its samples, units in names, counters
# with _total, no family twice.
well_formed() {
    perl -ne '
        BEGIN { our (%type, %help, %unit, %done, $family) }
        chomp; die "after EOF: $_\n" if $ended; $ended = 1, next if $_ eq "# EOF";
        if (/^# (TYPE|HELP|UNIT) ([a-z_]+) (.+)$/) {
            my ($what, $name, $value) = ($1, $2, $3);
            if (!defined $family || $name ne $family) { die "$name twice\n" if $done{$name}++; $family = $name }
            die "$name: metadata behind samples\n" if $sampled{$name};
            die "$what $name twice\n" if $seen{"$what $name"}++;
            $type{$name} = $value if $what eq "TYPE";
            die "$name has no unit $value\n" if $what eq "UNIT" && $name !~ /_$value$/;
        } elsif (/^([a-z_]+)(\{[a-z]+="[^"\\]*"\})? (-?\d+)$/) {
            my ($name, $value) = ($1, $3);
            my $is_counter = ($type{$family} // "") eq "counter";
            die "$name in $family\n" if $name ne ($is_counter ? "${family}_total" : $family);
            die "$name: a counter below zero\n" if $is_counter && $value < 0;
            $sampled{$family} = 1;
        } else { die "not a line of the format: $_\n" }
        END { die "no EOF\n" unless $ended }' "$TMP/metrics"
}
ok "line by line" well_formed
like "$(cat "$TMP/metrics")" 'hanji_answers_total\{class="2xx"\} [1-9]' "they count what was answered"
like "$(cat "$TMP/metrics")" 'hanji_answers_total\{class="4xx"\} [1-9]' "and what was not there"
like "$(cat "$TMP/metrics")" 'hanji_pressing_sealed_timestamp_seconds [1-9]' "and when the site was sealed"
unlike "$(cat "$TMP/metrics")" '127\.0\.0\.1|kettle' "and name no reader and no page"
is "$(code "http://$metrics/")" 404 "there is nothing else there"
is "$(code "$plain/metrics")" 404 "and readers do not get them"

# ---- Logs --------------------------------------------------------------------------------------

for n in $(seq 12); do code "$plain/en/blog/kettle-1/?from=letter" >"$TMP/code"; done
for n in $(seq 7); do
    code -A 'Kettlebrowser/1.0' -e 'http://from.example/' "$plain/en/blog/kettle-2/" >"$TMP/code"
done
code "$plain/en/%0Akettle%20x" >"$TMP/code"
logged() { grep -q 'GET /en/blog/kettle-2/ 200' "$site/access.log"; }
ok "a request is logged" wait_for logged
like "$(grep -m 1 kettle-1 "$site/access.log")" \
    '^20[0-9-]*T[0-9]{2}:[0-9]{2}Z GET /en/blog/kettle-1/ 200 [0-9]+ http$' \
    "by minute, method, path, status and size"
unlike "$(cat "$site/access.log")" '127\.0\.0|::1|192\.0\.2|Kettlebrowser|from\.example|letter' \
    "without an address, a browser, a referrer, a question"
is "$(stat -c %a "$site/access.log")" 600 "for its owner alone"
is "$(grep -cvE '^[^ ]+ [A-Z]+ [^ ]+ [0-9]+ [0-9]+ https?$' "$site/access.log")" 0 "a line is a request"
mv "$site/access.log" "$site/access.log.1"
kill -HUP "$PID"
ok "after SIGHUP the log is another file" wait_for test -e "$site/access.log"
for n in $(seq 7); do code "$plain/en/blog/kettle-3/" >"$TMP/code"; done
ok "which is written to" wait_for grep -q kettle-3 "$site/access.log"
is "$(grep -c kettle-3 "$site/access.log.1")" 0 "and the old one no more"

# A head alone is a request whose body never left.
curl -sI "$plain/en/blog/kettle-1/" >"$TMP/head"
ok "of HEAD no bytes are told" wait_for grep -q 'HEAD /en/blog/kettle-1/ 200 0 http' "$site/access.log"
mv "$site/chain.pem" "$TMP/chain.pem"
mv "$site/access.log" "$site/access.log.2"
kill -HUP "$PID"
ok "without a certificate to read the log is another one all the same" wait_for test -e "$site/access.log"
ok "and what is missing is told" wait_for grep -q 'the certificate stays as it was: hanji.ini: certificate' "$LOG.err"
mv "$TMP/chain.pem" "$site/chain.pem"

# ---- A restart that nobody notices ---------------------------------------------------------------

fronts() { cat "/proc/$PID/task/$PID/children"; }
is_alone() { [ "$(fronts | wc -w)" = 1 ]; }
is_another() { is_alone && [ "$(fronts)" != "$before" ]; }
readers=()
for kind in close keep; do
    perl "${0%/*}/reader.pl" $kind "${plain#http://}" "$TMP/enough" >"$TMP/$kind" &
    readers+=($!)
done
restarts=0
for n in 1 2 3; do
    before=$(fronts)
    kill -USR2 "$PID"
    wait_for is_another && restarts=$((restarts + 1))
done
touch "$TMP/enough"
wait "${readers[@]}"
is $restarts 3 "three restarts, another front each time"
like "$(cat "$TMP/close")" '^[1-9][0-9]+ good, 0 bad$' "cost no request of those who come"
like "$(cat "$TMP/keep")" '^[1-9][0-9]+ good, 0 bad$' "and none of those who stay"
like "$(subject)" 'CN *= *third' "the certificate is that of today"

printf 'no certificate\n' >"$site/chain.pem"
kill -KILL $(fronts)
again() { [ "$(code "$plain/en/")" = 200 ]; }
ok "one that is killed is started again, though the certificate went bad meanwhile" wait_for again
like "$(subject)" 'CN *= *third' "with the one it had before"
like "$(said)" 'certificate that was served before is served on' "which is told"
certify third
kill -HUP "$PID"

for kind in "USR2 TERM" "USR2 USR2 TERM"; do
    go=$TMP/${kind// /}
    perl "${0%/*}/reader.pl" half "${plain#http://}" "$go" >"$go.out" &
    reader=$!
    wait_for test -e "$go.ready"
    sleep 0.1 # what it sent is with the front by now, or is not needed
    before=$(fronts)
    for signal in $kind; do
        kill -"$signal" "$PID"
        is_two() { [ "$(fronts | wc -w)" = 2 ]; }
        [ "$signal" = TERM ] || wait_for is_two
    done
    (sleep 1.5; touch "$go") &
    wait "$reader"
    like "$(cat "$go.out")" '^HTTP/1.1 200 ' "a reader in the middle of a request is answered: $kind"
    stop "$PID"
    is "$STATUS" 0 "and serve ends well"
    [ "$kind" = "USR2 TERM" ] && serve && plain=$URL
done
serve
perl "${0%/*}/reader.pl" half "${URL#http://}" "$TMP/never" >"$TMP/never.out" &
reader=$!
wait_for test -e "$TMP/never.ready"
sleep 0.1 # its half a head is with the front by now, or nobody is under way and it ends anyway
since=$SECONDS
kill -TERM "$PID"
sleep 0.5   # two at once would be one
stop "$PID" # asks again
is "$STATUS" 0 "who asks twice does not wait"
ok "for the slowest reader" [ $((SECONDS - since)) -lt 5 ]
touch "$TMP/never"
wait "$reader"
like "$(cat "$site/counts.log")" '20[0-9-]* [1-9][0-9]+ /en/blog/kettle-1/' "a page that was read often is counted"
unlike "$(cat "$site/counts.log")" 'kettle-[23]' "those that were read seldom are not told"
like "$(cat "$site/counts.log")" '20[0-9-]* [1-9][0-9] others' "but together"
unlike "$(cat "$site/counts.log")" ' [0-9] ' "and nothing is told that is fewer than ten"

# ---- From plain to TLS -------------------------------------------------------------------------

configure 'listen = 127.0.0.1:0' 'listen_tls = 127.0.0.1:0' 'certificate = chain.pem' \
    'certificate_key = key.pem' 'redirect_to_tls = yes' 'access_log = access.log' \
    'access_log_addresses = yes'
serve
tls=$(said_at 'Serving https://')
is "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$URL/en/search/?q=a%20b")" \
    "308 https://house.example/en/search/?q=a%20b" "plain requests are sent to https"
is "$(code "$URL/healthz")" 200 "but for the one that machines ask"
is "$(code --cacert "$site/chain.pem" "https://$tls/en/")" 200 "where they are answered"
with_address() { grep -qE 'Z 127\.0\.0\.1 GET /en/ 200 [0-9]+ https$' "$site/access.log"; }
ok "addresses are logged when that is wanted" wait_for with_address
stop "$PID"

# ---- Two fronts on one folder ----------------------------------------------------------------------

configure 'listen = 127.0.0.1:0'
serve
one=$URL first=$PID
serve
two=$URL
begin() { # a fourth story, pressed while both serve
    sed 's/Kettle 1/Kettle 4/; s/kettle-1/kettle-4/; s/1th/4th/' "$TMP/texts/kettle-1.md" >"$TMP/texts/kettle-4.md" &&
        hanji import markdown "$TMP/texts" --site "$site" && hanji adopt --all "${by[@]}" --site "$site" &&
        hanji press --site "$site"
}
both() { [ "$(code "$one$1") $(code "$two$1")" = "$2 $2" ]; }
ok "a story is pressed while two fronts serve one folder" begin
ok "both have it" wait_for both /en/blog/kettle-4/ 200
ok "it is withdrawn" hanji withdraw kettle-4 "${by[@]}" --site "$site"
ok "both say that it has gone" wait_for both /en/blog/kettle-4/ 410
not_ok "and its words lie in no file that they can read" grep -rqa '4th time' "$site/pressings"
for pid in "$first" "$PID"; do
    stop "$pid"
    is "$STATUS" 0 "a front ends well"
done

# ---- Sockets that somebody else opened ---------------------------------------------------------

configure 'listen = 127.0.0.1:1' # it is not this one
cat >"$TMP/activate.pl" <<'PERL'
use IO::Socket::INET; use POSIX; use Fcntl;
my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die;
POSIX::dup2(fileno $s, 3) or die;
$ENV{LISTEN_FDS} = 1; $ENV{LISTEN_PID} = $$;
fcntl(my $f = IO::Handle->new_from_fd(3, "r"), F_SETFD, 0); $^F = 10;
exec @ARGV;
PERL
start_server perl "$TMP/activate.pl" "$HANJI" serve --site "$site"
is "$(code "$URL/en/")" 200 "a listener that was inherited is served"
stop "$PID"

# ---- What is wrong is told ---------------------------------------------------------------------

refused "listen: 'nowhere' is not an address" "an address that is none" 'listen = nowhere'
refused "listen: '\[::1:8080' is not an address" "half a bracket" 'listen = [::1:8080'
refused 'no certificate for TLS|did not start' "TLS without a certificate" 'listen_tls = 127.0.0.1:0'
refused 'certificate and certificate_key go together' "a key alone" 'certificate_key = key.pem'
refused 'hanji.ini: certificate: ' "a chain that is not there" 'certificate = none.pem' 'certificate_key = key.pem'
refused 'write yes or no' "half a yes" 'redirect_to_tls = perhaps'
refused 'an address of this machine alone' "metrics for everybody" 'metrics = 0.0.0.0:0'
refused 'write it as http://' "an onion without its scheme" 'onion = kettle.onion'
refused 'hanji.ini: access_log: ' "a log in a folder that is not there" 'access_log = none/access.log'
refused 'write yes or no' "half an address" 'access_log_addresses = some'
refused 'more than 8 addresses' "too many addresses" \
    "listen = $(for n in $(seq 9); do printf '127.0.0.1:0 '; done)"
configure 'listen = 127.0.0.1:0'
serve
port=${URL##*:}
stop "$PID"
configure "listen = 127.0.0.1:$port"
serve
refused 'Address already in use' "an address that is taken" "listen = 127.0.0.1:$port"
stop "$PID"
