# lib.sh: what a test of the real programs needs. Sourced by every t/NNNN-area.t:
#
#     #!/bin/bash
#     . "${0%/*}/lib.sh"
#     plan 3
#
#     ok "init makes a site" hanji init "$TMP/site"
#     start_server hanji serve --site "$TMP/site" --listen 127.0.0.1:0   # sets $URL and $PID
#     is "$(curl -s -o "$TMP/home" -w '%{http_code}' "$URL/en/")" 200 "the home page is there"
#     like "$(cat "$TMP/home")" '<h1' "and has a heading"
#
# A test is numbered by its area: 0 the ground, 1 the whole way and the importers, 2 the gate,
# 3 crashes, 4 commands typed wrongly, 5 behind a proxy, 7 a browser, 8 whole systems, 9 the source
# itself.
#
# TAP        plan N; skip_all REASON; ok NAME COMMAND...; not_ok NAME COMMAND...; is GOT WANTED
#            NAME; isnt GOT UNWANTED NAME; like TEXT REGEX NAME; unlike TEXT REGEX NAME; skip COUNT
#            REASON; diag TEXT. The exit status is 1 when a test failed or the plan was not met.
#            What a failed COMMAND printed is shown; it is also in $OUT, its status in $STATUS.
# Places     $ROOT the project (where the test runs), $TMP a folder that is removed at the end. A
#            function named at_end, when there is one, is called then, after the servers ended.
# Programs   hanji: the program under test, gcc's dev build unless $HANJI names another.
# Servers    start_server COMMAND...: waits at most $READY_SECONDS (30) for a line of its standard
#            output that matches $READY (an http address) and leaves it in $LINE, the address
#            in $URL, the process in $PID, what it prints in the files $LOG.out and $LOG.err. Can
#            be called many times. COMMAND is a program, or a function that ends with exec. Let the
#            system choose the port (127.0.0.1:0); free_port is for programs that cannot.
#            stop PID: SIGTERM, then at most 30 seconds; its status is in $STATUS (137: had to be
#            killed). The end of the test stops what is still running. stop never touches others.
# No sleeps: wait for a line, an exit, a file name; and always for a bounded time.

set -u
cd "${BASH_SOURCE[0]%/*}/.." || exit 1
ROOT=$PWD
HANJI=${HANJI:-$ROOT/build/dev-gcc/hanji}
TMP=$(mktemp -d "${TMPDIR:-/tmp}/hanji-t-XXXXXX") || exit 1
READY='https?://[^ ]+' READY_SECONDS=30
OUT='' STATUS=0 URL='' PID='' LINE='' LOG=''
tap_planned=0 tap_count=0 tap_failed=0
server_count=0
declare -A server_running=()

hanji() { "$HANJI" "$@"; }
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

tap_end() {
    local status=$? pid
    for pid in "${!server_running[@]}"; do
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if declare -F at_end >/dev/null; then at_end; fi
    rm -rf "$TMP"
    [ "$status" -eq 0 ] || exit "$status"
    if [ "$tap_count" -ne "$tap_planned" ]; then
        diag "planned $tap_planned tests, ran $tap_count"
        exit 1
    fi
    [ "$tap_failed" -eq 0 ] || exit 1
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

plan() { tap_planned=$1; echo "1..$1"; }
skip_all() { echo "1..0 # SKIP $*"; tap_planned=0; exit 0; }
skip() {
    local i
    for ((i = 0; i < $1; i++)); do
        tap_count=$((tap_count + 1))
        echo "ok $tap_count # SKIP $2"
    done
}

# Whether it holds, and the name.
tap_line() {
    tap_count=$((tap_count + 1))
    if [ "$1" = yes ]; then echo "ok $tap_count - $2"; return 0; fi
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $2"
    return 1
}
tap_run() {
    "$@" >"$TMP/.ok" 2>&1
    STATUS=$?
    OUT=$(tr -d '\0' <"$TMP/.ok")
}
ok() {
    local name=$1
    shift
    tap_run "$@"
    if [ "$STATUS" -eq 0 ]; then tap_line yes "$name"; return; fi
    tap_line no "$name"
    diag "status $STATUS from: $*"
    diag "$OUT"
    return 1
}
not_ok() { # fails as a program should: by itself, not by a signal
    local name=$1
    shift
    tap_run "$@"
    if [ "$STATUS" -gt 0 ] && [ "$STATUS" -lt 126 ]; then tap_line yes "$name"; return; fi
    tap_line no "$name"
    diag "status $STATUS from: $*"
    diag "$OUT"
    return 1
}
is() {
    if [ "$1" = "$2" ]; then tap_line yes "$3"; return; fi
    tap_line no "$3"
    diag "     got: $1"
    diag "  wanted: $2"
    return 1
}
isnt() {
    if [ "$1" != "$2" ]; then tap_line yes "$3"; return; fi
    tap_line no "$3"
    diag "     got what it must not be: $1"
    return 1
}
like() {
    if [[ $1 =~ $2 ]]; then tap_line yes "$3"; return; fi
    tap_line no "$3"
    diag "     got: ${1:0:2000}"
    diag " to match: $2"
    return 1
}
unlike() {
    if ! [[ $1 =~ $2 ]]; then tap_line yes "$3"; return; fi
    tap_line no "$3"
    diag "     got: ${1:0:2000}"
    diag "which must not match: $2"
    return 1
}

# A port of the loopback that nobody uses now.
free_port() {
    perl -MIO::Socket::INET -e \
        'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

start_server() {
    local out deadline=$((SECONDS + READY_SECONDS))
    if [ "$1" = hanji ]; then set -- "$HANJI" "${@:2}"; fi # the program itself, not our function
    server_count=$((server_count + 1))
    LOG=$TMP/server.$server_count
    mkfifo "$LOG.pipe"
    : >"$LOG.out"
    "$@" 2>"$LOG.err" >"$LOG.pipe" </dev/null &
    PID=$!
    server_running[$PID]=1
    exec {out}<"$LOG.pipe"
    while IFS= read -r -t $((deadline > SECONDS ? deadline - SECONDS : 1)) -u "$out" LINE; do
        printf '%s\n' "$LINE" >>"$LOG.out"
        if [[ $LINE =~ $READY ]]; then
            URL=
            if [[ $LINE =~ https?://[^\ ]+ ]]; then URL=${BASH_REMATCH[0]%/}; fi
            cat <&"$out" >>"$LOG.out" & # a full pipe would stop the server
            disown $!
            exec {out}<&-
            return 0
        fi
        [ "$SECONDS" -lt "$deadline" ] || break
    done
    exec {out}<&-
    diag "not ready after $((SECONDS - deadline + READY_SECONDS)) seconds: $*"
    diag "$(tail -n 20 "$LOG.out" "$LOG.err")"
    stop "$PID"
    return 1
}

stop() {
    local pid=$1
    if [ -z "${server_running[$pid]:-}" ]; then diag "stop: $pid was not started here"; return 1; fi
    kill -TERM "$pid" 2>/dev/null
    timeout 30 tail -s 0.05 -f --pid="$pid" /dev/null || kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    STATUS=$?
    unset "server_running[$pid]"
}
