#!/bin/bash
# Every command typed wrongly: the exit code is sysexits', the message names what, where and what to
# do about it, nothing goes to standard output, and nothing is changed.
. "${0%/*}/lib.sh"
plan 173

site=$TMP/site
hanji init "$site" --name "A house" >/dev/null
mkdir -p "$TMP/texts/en" "$TMP/empty"
printf '%s\n' --- 'title: "One"' 'kind: story' 'status: published' 'date: 2026-03-04' 'slug: one' --- '' Words. \
    >"$TMP/texts/en/one.md"
hanji import markdown "$TMP/texts" --site "$site" >/dev/null

# wrong CODE REGEX ARGUMENTS...: how it ends, and what is said of it.
wrong() {
    local code=$1 regex=$2 status
    shift 2
    "$HANJI" "$@" >"$TMP/said.out" 2>"$TMP/said.err" </dev/null
    status=$?
    like "$status" "^($code)$" "hanji ${*//$TMP/...} ends with $code"
    like "$(cat "$TMP/said.err" "$TMP/said.out")" "$regex" "  and says why"
}

# ---- What is typed -----------------------------------------------------------------------------

wrong 64 'usage: hanji COMMAND'
wrong 64 "no command 'frobnicate'.*hanji help" frobnicate
wrong 64 'no option --bogus' list --bogus --site "$site"
wrong 64 'no option -x' list -x --site "$site"
wrong 64 '--site needs a value: DIR' list --site
wrong 64 '--json takes no value' list --json=1 --site "$site"
wrong 64 'hanji init DIR' init
wrong 64 "'b' is too much" init a b
wrong 64 'wordpress\|markdown PATH' import wordpress --site "$site"
wrong 64 'too much' press extra --site "$site"
wrong 64 'too much' serve extra --site "$site"
wrong 64 'hanji appears STORY' appears --site "$site"
wrong 64 'hanji people add\|list' people --site "$site"
wrong 64 'hanji demo DIR' demo
wrong 64 'too many options' list $(printf -- '--json %.0s' {1..70}) --site "$site"
for command in demo init import list people consent risk appears check clear adopt withdraw override officer press export serve unlock lock status rules scrub uses; do
    "$HANJI" "$command" --help >"$TMP/help" 2>&1
    is "$? $(head -n 1 "$TMP/help" | cut -d' ' -f1-3)" "0 usage: hanji $command" "hanji $command --help helps"
    is "$("$HANJI" help "$command")" "$(cat "$TMP/help")" "  as hanji help $command does"
done
is "$("$HANJI" help | grep -c '^  [a-z]')" 25 "hanji help lists every command"

# ---- What is not there -------------------------------------------------------------------------

wrong 66 "$TMP/nosite is not a site.*hanji init" press --site "$TMP/nosite"
wrong 66 "$TMP/empty is not a site.*no hanji.ini" list --site "$TMP/empty"
wrong 66 "$TMP/none.xml: cannot be opened" import wordpress "$TMP/none.xml" --site "$site"
wrong 66 "$TMP/none: cannot be opened" import markdown "$TMP/none" --site "$site"
wrong 66 '--media: .*cannot be opened' import wordpress "$TMP/texts/en/one.md" --media "$TMP/none" --site "$site"
wrong 66 "en/nope: no story has this name.*hanji list" check en/nope --site "$site"
wrong 66 'en/nope: no story' clear en/nope --by "A. Person" --site "$site"
wrong 66 'en/nope: no story' appears en/nope --nobody --by "A. Person" --site "$site"
wrong 66 'en/nope: no story' withdraw en/nope --by "A. Person" --site "$site"
wrong 66 'no picture 999' appears m999 --nobody --by "A. Person" --site "$site"
wrong 66 'nobody is known as Nobody' consent add --person Nobody --for '* web en alias' --given-by self \
    --informed x --taken-by x --site "$site"
wrong 73 "there is a site already" init "$site"
wrong 73 "there is a site already" demo "$site"

# ---- What makes no sense -----------------------------------------------------------------------

wrong '6[45]' "'ghost' cannot be imported: wordpress FILE, or markdown DIR" import ghost x --site "$site"
wrong '6[45]' "'frob' is not one of: add, list" people frob --site "$site"
wrong '6[45]' "'nose' is nothing one shows" appears en/one --subject X:nose --by x --site "$site"
wrong '6[45]' 'say who appears' appears en/one --by x --site "$site"
wrong '6[45]' "who states it \(--by\)" appears en/one --nobody --site "$site"
wrong '6[45]' "named person.*--by" clear en/one --site "$site"
wrong '6[45]' "named person.*--by" adopt --all --site "$site"
wrong '6[45]' 'not a road that is built' clear en/one --road mail --by x --site "$site"
wrong '6[45]' '--rule is missing: hanji check' override en/one --site "$site"
wrong '6[45]' '--reason is missing' override en/one --rule R06 --site "$site"
wrong '6[45]' "a named person answers: --by" override en/one --rule R06 --reason x --site "$site"
wrong 66 "'R99' is not a rule: R05, R06, R07, R18, R20" override en/one --rule R99 --reason x --by x --site "$site"
wrong 66 "'R99' is not a rule: hanji rules lists them" rules R99
wrong 64 "'fr' is not a language of the rules: en, ko" rules --language fr
wrong 64 "'fr' is not a language of the rules: en, ko" check en/one --language fr --site "$site"
wrong 64 'too much: hanji rules' rules R05 R06
wrong 66 'R06 finds nothing in .*/en that waits' override en/one --rule R06 --reason x --by x --site "$site"
wrong '6[45]' "'frob' is not one of: add, change, list, remove" officer frob --site "$site"
wrong '6[45]' '--name is missing' officer add --site "$site"
wrong '6[45]' '--by is missing' officer add --name x --site "$site"
wrong '6[45]' 'new-passphrase-file is missing' officer add --name x --by x --site "$site"
wrong 66 'none: cannot be opened' officer add --name x --by x --new-passphrase-file "$TMP/none" --site "$site"
wrong 66 'no officer has that name' officer remove --name x --by x --site "$site"
wrong '6[45]' 'ending-within is a number of days, as 60' consent list --ending-within soon --site "$site"
wrong '6[45]' "line 1 of the names is too short" people add --pseudonym Q --by x --names-file <(echo Q) --site "$site"
wrong '6[45]' "not an address to listen on.*127.0.0.1:8080" serve --listen nonsense --site "$site"
wrong '6[45]' "not an address" serve --listen 127.0.0.1:99999 --site "$site"
wrong '6[45]' "'weird' is not a status" people add --pseudonym X --status weird --role speaker --by x --site "$site"
wrong '6[45]' 'name one story or picture' withdraw --site "$site"
wrong '6[45]' 'name one story or picture' withdraw en/one --person X --by x --site "$site"
unused=$(free_port)
start_server hanji serve --site "$site" --listen "127.0.0.1:$unused"
wrong 75 "cannot listen on 127.0.0.1:$unused.*--listen" serve --site "$site" --listen "127.0.0.1:$unused"
stop "$PID"
is "$(hanji list --site "$site" | wc -l)" 1 "after all this the archive is as it was"

# ---- What the system refuses -------------------------------------------------------------------

full() { # COMMAND... with 2 MB of disk and no more, at $TMP/disk
    unshare -m sh -c 'mount -t tmpfs -o size=2m none "$0" && cp -a "$1/." "$0" && head -c 3000000 /dev/zero >"$0/fill" 2>/dev/null
        shift; "$@" >"$0.out" 2>"$0.err"; echo $? >"$0.status"; rm -f "$0/fill"
        "$1" list --site "$0" >"$0.after" 2>&1; echo $? >>"$0.status"' "$TMP/disk" "$site" "$@"
}
mkdir -p "$TMP/disk"
if [ "$(id -u)" -eq 0 ] && unshare -m mount -t tmpfs none "$TMP/disk" 2>/dev/null; then
    cp -r "$TMP/texts" "$TMP/more"
    for i in $(seq 40); do sed "s/One/Two $i/; s/one/two$i/" "$TMP/texts/en/one.md" >"$TMP/more/en/two$i.md"; done
    full "$HANJI" import markdown "$TMP/more" --site "$TMP/disk"
    like "$(head -n 1 "$TMP/disk.status")" '^7[1345]$' "an import onto a full disk fails as input and output do"
    like "$(cat "$TMP/disk.err")" '(full|[Nn]o space)' "  and says so"
    is "$(tail -n 1 "$TMP/disk.status") $(wc -l <"$TMP/disk.after")" "0 1" "  the archive is as it was"
    full "$HANJI" appears en/one --nobody --by x --site "$TMP/disk"
    like "$(head -n 1 "$TMP/disk.status")" '^7[1345]$' "a statement that cannot be written is none"
    like "$(cat "$TMP/disk.err")" '(full|[Nn]o space)' "  and says so"
else
    skip 5 "only root can mount a small disk to fill"
fi
if [ "$(id -u)" -ne 0 ]; then
    chmod 000 "$TMP/texts/en"
    wrong '(66|74|77)' 'cannot be' import markdown "$TMP/texts" --site "$site"
    chmod 700 "$TMP/texts/en"
else
    skip 2 "root reads every folder"
fi
