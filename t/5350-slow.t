#!/bin/bash
# Those who hold the front as long as they can: heads that drip, readers who take a byte now and then.
# Others are answered as if they were not there, and the slow ones are cut when their time is over.
. "${0%/*}/lib.sh"
plan 8

site=$TMP/site
ok "a site with pictures" hanji demo "$site"
printf '%s\n' 'listen = 127.0.0.1:0' >"$site/hanji.ini"
start_server hanji serve --site "$site"
front=$(cut -d ' ' -f 1 "/proc/$PID/task/$PID/children")
large=$(curl -s "$URL/en/blog/eleven-months-by-water/" | grep -o '/media/[0-9a-f]*\.jpg' | head -n 1)
like "$(curl -s -o /dev/null -w '%{http_code} %{size_download}' "$URL$large")" '^200 [0-9]{5,}$' "a large picture"
memory() { awk '/^RssAnon/ { print $2 }' "/proc/$front/status"; }

# A head may take 10 seconds; a reader who takes less than 4 kB in 30 is cut. The latter is waited for
# in the long run.
seconds=14
[ -z "${HANJI_LONG:-}" ] || seconds=50
before=$(memory)
perl "${0%/*}/slow.pl" "${URL#http://}" /en/ "$large" 200 $seconds >"$TMP/slow" &
slow=$!
most=$before
while kill -0 "$slow" 2>/dev/null; do
    now=$(memory)
    if [ "$now" -gt "$most" ]; then most=$now; fi
    sleep 0.2
done
wait "$slow"
diag "$(cat "$TMP/slow"); $((most - before)) kB of memory for 400 connections"
like "$(cat "$TMP/slow")" '^page: [0-9]{3,} good, 0 bad' "who asks beside them is answered every time"
ok "and within a second" awk '/^page/ { exit !($(NF - 1) < 1000) }' "$TMP/slow"
like "$(cat "$TMP/slow")" 'drips: 200 cut, after (10|11|12) to (10|11|12) s' "a head that drips is cut when its time is over"
ok "400 of them cost less than 16 MB" [ $((most - before)) -lt 16384 ]
stop "$PID"
is "$STATUS" 0 "serve ends well"
late=$(sed -n 's/^front: ended after .* refused, \([0-9]*\) late.*/\1/p' "$LOG.err")
if [ -n "${HANJI_LONG:-}" ]; then
    is "$late" 400 "and has cut those who took next to nothing too"
else
    is "$late" 200 "and has cut nobody else"
fi
