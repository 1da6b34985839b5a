#!/bin/bash
# A few hundred commands in random order, and beside them a model of what the rules allow, written
# here from the specification and sharing nothing with the gate. After every few commands the site is
# pressed: exactly the words that the model allows are in the pressing. HANJI_SEED repeats a run.
. "${0%/*}/lib.sh"
steps=160
if [ -n "${HANJI_LONG:-}" ]; then steps=1500; fi
plan 5

seed=${HANJI_SEED:-$((10#$(date +%N) % 32768))}
RANDOM=$seed
diag "HANJI_SEED=$seed gives this sequence again"
site=$TMP/site by=(--by "A. Person")
step() { hanji "$@" --site "$site" >"$TMP/step" 2>&1; }
pick() { local list=("$@"); picked=${list[RANDOM % ${#list[@]}]}; }

# ---- What there is: stories 1 to 6 (the even ones were public elsewhere), three people ---------

declare -A text statement stated risk
declare -A cleared # "HOW EDITION" of the clearance that lies in the archive
declare -A given   # the same of the one that the gate gave last
declare -A left           # people who withdrew once
declare -A withdrawn ended_by # by itself; together with a person's consent
declare -a consents # "PERSON MATERIAL ROAD LANGUAGE SHOWS WHEN STATE"
people=(Haneul Dorim Captive)
mkdir -p "$TMP/texts/en"
write() { # STORY: its words name story and edition
    local word="qz$1v${text[$1]}qz" url=
    ((${1} % 2)) || url="url: https://old.example.org/$1/"
    printf '%s\n' --- "title: \"Story $word\"" 'kind: story' 'status: published' "date: 2026-03-0$1" \
        "slug: story-$1" $url --- '' "Here stands $word." >"$TMP/texts/en/$1.md"
    [ -z "$url" ] || sed -i "s|^url:\$|$url|; /^https:/d" "$TMP/texts/en/$1.md"
}
begin() {
    local i person
    for i in 1 2 3 4 5 6; do text[$i]=1; statement[$i]=none; cleared[$i]=; withdrawn[$i]=; write "$i"; done
    printf '%s\n' --- 'title: "Always"' 'kind: story' 'status: published' 'date: 2026-03-09' 'slug: always' --- \
        '' 'qzalwaysqz' >"$TMP/texts/en/always.md"
    hanji init "$site" --name "A house" >/dev/null && step import markdown "$TMP/texts" || return
    for person in "${people[@]}"; do
        risk[$person]=none
        step people add --pseudonym "$person" --role speaker "${by[@]}" \
            --status "$([ "$person" = Captive ] && echo pow || echo free)" || return
    done
    step appears site/en --nobody "${by[@]}" && step appears en/always --nobody "${by[@]}" &&
        step clear site/en "${by[@]}" && step clear en/always "${by[@]}"
}
ok "a site of seven stories and three people" begin
declare -A keys
while IFS=$'\t' read -r key slug; do keys[${slug#story-}]=$key; done \
    < <(hanji list --site "$site" --json | jq -r '.[] | [.key, .slug] | @tsv')

# ---- The model ---------------------------------------------------------------------------------

# Whether the people in story $1 allow it on the web in English now: R01 to R03.
people_allow() {
    local subject person shows one found all=3 bits
    [ "${statement[$1]}" != none ] || return 0
    [ "${statement[$1]}" != nobody ] || return 0
    for subject in ${statement[$1]}; do # PERSON:SHOWS, 1 alias and 2 face
        person=${subject%:*} shows=${subject#*:} found= all=3
        if [ "$person" = Captive ] && ((shows)); then return 1; fi
        for one in "${consents[@]}"; do
            read -r who material road language bits when state <<<"$one"
            [ "$who" = "$person" ] && [ "$road" = web ] || continue
            case $material in '*' | "${keys[$1]}" | "${keys[$1]%/*}/*") ;; *) continue ;; esac
            case $language in en | '*') ;; *) continue ;; esac
            [ "$state" = given ] || continue
            case $when in
            now) ;;
            embargo) return 1 ;;
            *) continue ;;
            esac
            found=yes all=$((all & bits))
        done
        [ -n "$found" ] && (((shows & ~all) == 0)) && [ "${risk[$person]}" = fresh ] || return 1
    done
}
# Whether the gate may give a clearance ($2: clear or adopt) to story $1 now.
may() {
    [ -z "${withdrawn[$1]}" ] || return 1
    if [ "$2" = adopt ]; then (($1 % 2 == 0)) || return 1
    else [ "${statement[$1]}" != none ] && [ "${stated[$1]}" = "${text[$1]}" ] || return 1; fi
    people_allow "$1"
}
# Whether the clearance $2 of story $1 still stands.
stands() {
    local how of
    read -r how of <<<"$2"
    [ -n "$how" ] && [ -z "${withdrawn[$1]}" ] && people_allow "$1" || return 1
    [ "$how" = adopt ] || [ "${stated[$1]}" = "$of" ]
}
# A press forgets what ended. What was withdrawn with a person's consent and cleared anew since waits
# for its editors: it may be out and need not.
press_model() {
    local i how of
    : >"$TMP/allowed"
    : >"$TMP/wanted"
    for i in 1 2 3 4 5 6; do
        stands "$i" "${cleared[$i]}" || { cleared[$i]=; continue; }
        read -r how of <<<"${cleared[$i]}"
        [ "$of" = "${text[$i]}" ] || continue
        echo "qz${i}v${of}qz" >>"$TMP/allowed"
        [ -n "${ended_by[$i]:-}" ] || echo "qz${i}v${of}qz" >>"$TMP/wanted"
    done
}

# ---- The commands ------------------------------------------------------------------------------

give() { # clear|adopt STORY
    step "$1" "${keys[$2]}" "${by[@]}"
    local status=$?
    if may "$2" "$1"; then
        cleared[$2]="$1 ${text[$2]}" given[$2]="$1 ${text[$2]}"
        [ $status = 0 ] || problem="$1 of story $2 was refused, and the rules allow it"
    else
        [ $status != 0 ] || problem="$1 of story $2 was granted, and the rules forbid it"
    fi
}
say() { # STORY: states who appears
    local bits words
    if ((RANDOM % 8 == 0)); then
        step appears "${keys[$1]}" --nobody "${by[@]}" && statement[$1]=nobody
    else
        local arguments=() model= count=$((RANDOM % 4 == 0 ? 2 : 1)) from=$((RANDOM % 8 ? RANDOM % 2 : 2))
        for ((; count > 0; count--)); do
            bits=$((RANDOM % 3 ? 1 : RANDOM % 4))
            words=$(case $bits in 0) echo nothing ;; 1) echo alias ;; 2) echo face ;; 3) echo alias,face ;; esac)
            arguments+=(--subject "${people[from]}:$words") model="$model ${people[from]}:$bits"
            from=$(((from + 1) % 2))
        done
        step appears "${keys[$1]}" "${arguments[@]}" "${by[@]}" && statement[$1]=$model
    fi || { problem="a statement was refused: $(cat "$TMP/step")"; return; }
    stated[$1]=${text[$1]} cleared[$1]= given[$1]= # a statement ends the clearance before it
}
agree() { # STORY
    local person material road language bits when words dates=()
    pick Haneul Haneul Dorim Dorim Captive; person=$picked
    pick '*' '*' '*' "${keys[$1]}" "${keys[$1]%/*}/*" "${keys[$((RANDOM % 6 + 1))]}"; material=$picked
    pick web web web web mail; road=$picked
    pick en en '*' ko; language=$picked
    pick 1 1 3 3 2; bits=$picked
    pick now now now now now past future embargo; when=$picked
    [ "$when" != embargo ] || ((RANDOM % 4 == 0)) || when=now # one holds the person back for good
    words=$(case $bits in 1) echo alias ;; 2) echo face ;; 3) echo alias,face ;; esac)
    case $when in
    past) dates=(--from 2020-01-01 --until 2021-01-01) ;;
    future) dates=(--from 2090-01-01 --until 2091-01-01) ;;
    embargo) dates=(--embargo 2090-01-01) ;;
    esac
    ((RANDOM % 3)) || dates+=(--witness z)
    step consent add --person "$person" --for "$material $road $language $words" --given-by self \
        --informed x --taken-by y "${dates[@]}"
    local status=$?
    # Giving back is for two: whoever withdrew once agrees again before a witness.
    if [ -n "${left[$person]:-}" ] && [[ " ${dates[*]} " != *' --witness '* ]]; then
        [ $status != 0 ] || problem="$person, who had withdrawn, agreed again without a witness"
        return
    fi
    [ $status = 0 ] || { problem="a consent was refused: $(cat "$TMP/step")"; return; }
    consents+=("$person $material $road $language $bits $when given")
}
assess() {
    pick "${people[@]}"
    if ((RANDOM % 5)); then
        step risk add --person "$picked" --remaining low --by a --second b && risk[$picked]=fresh
    else
        step risk add --person "$picked" --remaining low --by a --second b --date 2020-01-01
        [ "${risk[$picked]}" = fresh ] || risk[$picked]=old # the newest date counts
    fi
}
edit() { # STORY: a new edition is imported
    local before=${text[$1]}
    text[$1]=$((before + 1))
    write "$1"
    step import markdown "$TMP/texts" || problem="an import failed: $(cat "$TMP/step")"
    # What was withdrawn stays as it was: an import leaves it alone.
    [ -z "${withdrawn[$1]}${ended_by[$1]:-}" ] || text[$1]=$before
}
forge() { # STORY: bytes that are a clearance of another story, put in by hand
    sqlite3 "$site/archive.db" "INSERT OR REPLACE INTO clearance
        SELECT '${keys[$1]}', 'web', bytes FROM clearance WHERE key = '${keys[always]}'"
    cleared[$1]=
}
call_back() { # STORY
    step withdraw "${keys[$1]}" "${by[@]}"
    withdrawn[$1]=yes cleared[$1]=
    press_model
}
call_back_person() {
    local i kept=()
    pick Haneul Dorim
    for i in 1 2 3 4 5 6; do stood[$i]=; ! stands "$i" "${given[$i]:-}" || stood[$i]=yes; done
    step withdraw --person "$picked" "${by[@]}"
    for i in "${!consents[@]}"; do
        [[ ${consents[i]} = "$picked "* ]] || continue
        consents[i]="${consents[i]% *} withdrawn" left[$picked]=yes
    done
    for i in 1 2 3 4 5 6; do # what rested on it is withdrawn in the archive too
        [ -z "${stood[$i]}" ] || stands "$i" "${given[$i]:-}" || ended_by[$i]=yes
    done
    press_model
}
declare -A stood

# ---- The run -----------------------------------------------------------------------------------

problem= presses=0 most=0 log=$TMP/sequence
compare() {
    step press
    press_model
    presses=$((presses + 1))
    for i in 1 2 3 4 5 6; do for ((v = 1; v <= text[$i]; v++)); do echo "qz${i}v${v}qz"; done; done >"$TMP/needles"
    perl t/pressing.pl find "$site/pressings" "$TMP/needles" | grep -o "^'qz[0-9v]*qz'" | tr -d "'" | sort -u >"$TMP/out"
    [ "$(wc -l <"$TMP/out")" -le "$most" ] || most=$(wc -l <"$TMP/out")
    [ -z "$(comm -23 "$TMP/out" "$TMP/allowed")" ] ||
        problem="out, and the rules forbid it: $(comm -23 "$TMP/out" "$TMP/allowed" | tr '\n' ' ')"
    [ -z "$(comm -13 "$TMP/out" "$TMP/wanted")" ] ||
        problem="not out, and the rules allow it: $(comm -13 "$TMP/out" "$TMP/wanted" | tr '\n' ' ') ($(tail -n 5 "$TMP/step" | tr '\n' ' '))"
}
run() {
    local n story
    for ((n = 1; n <= steps; n++)); do
        story=$((RANDOM % 6 + 1))
        case $((RANDOM % 24)) in
        [0-4]) what="say $story" ;;
        [5-9]) what="agree $story" ;;
        10 | 11) what=assess ;;
        1[2-5]) what="give clear $story" ;;
        16 | 17) what="give adopt $story" ;;
        18 | 19) what="edit $story" ;;
        20) what="forge $story" ;;
        21) what="call_back $story"; ((RANDOM % 4 == 0)) || what="give clear $story" ;;
        22) what=call_back_person; ((RANDOM % 2)) || what=assess ;;
        23) what=compare ;;
        esac
        echo "$n $what" >>"$log"
        $what
        case $what in say*) ((RANDOM % 2)) || give clear "$story" ;; esac
        ((n % 5)) || compare
        [ -z "$problem" ] || { echo "step $n, $what: $problem"; tail -n 30 "$log"; return 1; }
    done
}
ok "after $steps commands nothing is out that the rules forbid, and all that they allow" run
ok "often something was out" test "$most" -ge 1
step clear en/always "${by[@]}"
compare
is "$problem" "" "at the end too"
ok "and what nobody objected to stayed" eval '! perl t/pressing.pl find "$site/pressings" <(echo qzalwaysqz)'
