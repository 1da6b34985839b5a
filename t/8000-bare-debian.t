#!/bin/bash
# ./run and ./test, the two commands of the README, typed by a newcomer on a Debian that has nothing.
. "${0%/*}/lib.sh"
[ -n "${HANJI_LONG:-}" ] || skip_all "takes minutes and a network: ./test --long runs it"
[ "$(id -u)" -eq 0 ] || skip_all "a bare Debian can be made by root alone"
command -v debootstrap >/dev/null || skip_all "debootstrap is not installed"
plan 11

bare=$ROOT/build/bare-debian
debs=$ROOT/build/bare-debs
rm -rf "$bare"
ok "a bare Debian is made" tools/bare "$bare" || exit 1
at_end() { rm -rf "$bare"; }
ok "it has no compiler" test ! -e "$bare/usr/bin/cc"

# The project as git would clone it, changes not yet committed included.
mkdir -p "$bare/hanji" "$debs"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -C "$bare/hanji" -x
git -C "$bare/hanji" init -q
git -C "$bare/hanji" add -A
# What apt fetched the last time, so that a second run asks the mirror for little.
find "$debs" -name '*.deb' -exec cp -t "$bare/var/cache/apt/archives" {} +

# In a mount namespace of its own, so that nothing stays mounted, whatever happens. ./run is given
# /proc, because the programs find each other by /proc/self/exe; ./test also what a browser and a
# terminal need. npm is told whom this machine trusts.
bare_command() { # what to mount, then a command
    exec unshare --mount sh -c '
        for folder in $2; do mount --rbind "/$folder" "$1/$folder" || exit; done
        bare=$1 && shift 2 && cd / && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            LANG=C.UTF-8 NODE_EXTRA_CA_CERTS=/etc/ssl/machine.crt chroot "$bare" "$@"' sh "$bare" "$@"
}
bare_run() { bare_command proc /hanji/run --listen 127.0.0.1:0; }
bare_test() (bare_command "proc sys dev" /hanji/test </dev/null)
keep_debs() {
    find "$bare/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -exec cp -u -t "$debs" {} +
}

READY_SECONDS=2400
start_server bare_run
is "$?" 0 "./run installs, builds, makes the demo and prints an address"
keep_debs

curl -s --max-time 20 -o "$TMP/en" "$URL/en/"
like "$(cat "$TMP/en")" '<html[^>]* lang="en' "its home page is there in English"
like "$(cat "$TMP/en")" '<h[12]' "and says something"
curl -s --max-time 20 -o "$TMP/ko" "$URL/ko/"
like "$(cat "$TMP/ko")" '<html[^>]* lang="ko' "and in Korean"
like "$(cat "$TMP/ko")" '한|이|다' "with Korean words"

stop "$PID"
is "$STATUS" 0 "and SIGTERM ends it"

ok "./test installs, builds and passes there too" bare_test
keep_debs
log=$OUT
like "$log" 'Result: PASS' "as prove says"
like "$log" 'Files=[0-9]+, Tests=[0-9]{4}' "with thousands of cases"
diag "$(printf '%s\n' "$log" | grep -a -e '^Files=' -e skipped)"
