#!/bin/bash
# What a reader's browser makes of the pages: the demo, and a real WordPress export. Each line is
# one check over many looks; what was found, and on which page, stands under it. HANJI_LONG=1
# looks at everything on every screen.
. "${0%/*}/lib.sh"

DEMO=16
IMPORTED=6
EXPORT=$ROOT/../shared/data/import/wxr/themeunittestdata.wordpress.xml
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

[ -x "$CHROMIUM" ] || skip_all "no chromium at $CHROMIUM"
command -v node >/dev/null || skip_all "no node"
for package in playwright-core axe-core html-validate; do
    [ -d "node_modules/$package" ] || skip_all "no node_modules/$package: npm ci puts it there"
done

# relay NAME COUNT COMMAND...: runs a script of looks, and counts each of its lines as a test.
relay() {
    local name=$1 wanted=$2 before=$tap_count line
    shift 2
    if ! "$@" >"$TMP/$name.tap" 2>"$TMP/$name.err"; then diag "$(tail -n 20 "$TMP/$name.err")"; fi
    while IFS= read -r line; do
        case $line in
        'ok - '*) tap_line yes "${line#ok - }" ;;
        'not ok - '*) tap_line no "${line#not ok - }" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$TMP/$name.tap"
    if [ $((tap_count - before)) -ne "$wanted" ]; then diag "$name: not $wanted checks"; fi
}

plan $((4 + DEMO + 5 + IMPORTED))

ok "the demo is made" hanji demo "$TMP/demo"
export HANJI_PASSPHRASE_FILE=$TMP/demo/keys/passphrase
ok "a story is listed" hanji list --site "$TMP/demo"
story=$(sed -n 's|^ *\([0-9]*/en\) .*(words-that-dry)$|\1|p' <<<"$OUT")
ok "and withdrawn" hanji withdraw "$story" --every-language --by "A. Person" --site "$TMP/demo"
ok "the rest is served" start_server hanji serve --site "$TMP/demo" --listen 127.0.0.1:0
relay demo "$DEMO" node t/browser/demo.mjs "$URL"

if [ ! -e "$EXPORT" ]; then
    skip $((5 + IMPORTED)) "no ${EXPORT##*/} in ../shared/data"
    exit
fi
node t/browser/uploads.mjs "$EXPORT" "$TMP/uploads" || diag "no pictures for the export"
unset HANJI_PASSPHRASE_FILE
ok "an empty site is made" hanji init "$TMP/imported"
export HANJI_PASSPHRASE_FILE=$TMP/imported/keys/passphrase
ok "a real export comes in" \
    hanji import wordpress "$EXPORT" --media "$TMP/uploads" --site "$TMP/imported"
ok "is adopted" hanji adopt --all --by "A. Person" --site "$TMP/imported"
ok "is pressed" hanji press --site "$TMP/imported"
ok "is served" start_server hanji serve --site "$TMP/imported" --listen 127.0.0.1:0
relay imported "$IMPORTED" node t/browser/imported.mjs "$URL"
