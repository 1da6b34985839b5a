#!/bin/bash
# PDFs that somebody brings: what they hide is told by page and kind and read for names, and what is
# made of them holds what their pages show and nothing else. The people are invented.
. "${0%/*}/lib.sh"
for tool in qpdf pdftotext pdftoppm jq exiftool; do
    command -v $tool >/dev/null || skip_all "$tool is not here"
done
plan 94

dirty=../shared/data/dirty
name=PROTECTED-NAME-0001
by=(--by "A. Officer")
mkdir "$TMP/empty" && cd "$TMP/empty" || exit 1
dirty=$ROOT/$dirty

# A PDF of objects, one a line of standard input; the trailer's members are the argument.
pdf() {
    perl -e '
        my ($out, @at) = ("%PDF-1.7\n");
        while (my $value = <STDIN>) {
            chomp $value;
            $value =~ s/\\n/\n/g;
            push @at, length $out;
            $out .= @at . " 0 obj\n$value\nendobj\n";
        }
        my $table = length $out;
        $out .= "xref\n0 " . (1 + @at) . "\n0000000000 65535 f \n";
        $out .= sprintf "%010d 00000 n \n", $_ for @at;
        print $out, "trailer\n<</Size ", 1 + @at, "/Root 1 0 R$ARGV[0]>>\nstartxref\n$table\n%%EOF\n"' -- "${1-}"
}
# A page that draws CONTENT; with members of the catalog, and more objects from 8 on (6 and 7 are a
# Korean font, F2).
page() { # CONTENT [CATALOG] [OBJECT...]
    printf '%s\n' "<</Type/Catalog/Pages 2 0 R ${2-}>>" '<</Type/Pages/Kids[3 0 R]/Count 1>>' \
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>>>' \
        "<</Length ${#1}>>stream\\n$1\\nendstream" '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>' \
        '<</Type/Font/Subtype/Type0/BaseFont/HYSMyeongJo-Medium/Encoding/UniKS-UCS2-H/DescendantFonts[7 0 R]>>' \
        '<</Type/Font/Subtype/CIDFontType0/BaseFont/HYSMyeongJo-Medium/CIDSystemInfo<</Registry(Adobe)/Ordering(Korea1)/Supplement 1>>/DW 1000>>' \
        "${@:3}" | pdf
}

# What is true of every file that was made: FILE, and the words that must still be seen in it.
sound() { # FILE LABEL WORDS
    ok "$2: qpdf accepts it" qpdf --check "$1"
    qpdf --qdf --object-streams=disable "$1" "$TMP/plain.pdf"
    is "$(cat "$1" "$TMP/plain.pdf" | grep -ac "$name")" 0 "  the name is nowhere in its bytes, packed or not"
    is "$(pdftotext -layout "$1" - | tr -s ' \n\f' ' ' | sed 's/^ //; s/ $//')" "$3" "  what was seen can be read"
    is "$(exiftool -a -G1 -s -x System:all -x ExifTool:all -x File:all "$1" | grep -vcE ' (PDFVersion|Linearized|PageCount) +:')" 0 \
        "  ExifTool finds no metadata"
}

# ---- Planted leaks -----------------------------------------------------------------------------

# Each is found on its page as its kind, and what is made of it is sound.
leak() { # FILE PAGE KIND WORDS
    local out=$TMP/out-$1
    "$HANJI" scrub "$dirty/$1" "$out" --json >"$TMP/said" 2>"$TMP/said.err"
    is "$?" 1 "$1: it is told that something was hidden"
    is "$(jq -r --arg name "$name" '.hidden[] | select(.text | contains($name)) | "\(.page) \(.kind)"' "$TMP/said")" "$2 $3" \
        "  the name, by page and kind"
    sound "$out" "$1" "$4"
}
if [ -d "$dirty" ]; then
    leak made_actualtext.pdf 1 spoken 'Witness K.'
    leak made_attachment.pdf 0 attachment 'Witness K. speaks'
    leak made_black_box_over_text.pdf 1 covered 'Witness speaks'
    leak made_bookmark_title.pdf 1 bookmark 'Witness K.'
    leak made_incremental_update.pdf 0 revision 'Witness K. speaks'
    leak made_white_text.pdf 1 faint ''
    for file in exiftool_PDF exiftool_PDF2; do
        "$HANJI" scrub "$dirty/$file.pdf" "$TMP/$file.pdf" >"$TMP/said" 2>&1
        is "$?" 1 "$file: it is told that something was hidden"
        sound "$TMP/$file.pdf" "$file" ''
    done
    ok "a long report: something was hidden" test "$("$HANJI" scrub "$dirty/mat2_dirty.pdf" "$TMP/long.pdf" >"$TMP/said" 2>&1; echo $?)" -eq 1
    words=$(pdftotext "$dirty/mat2_dirty.pdf" - | wc -w) kept=$(pdftotext "$TMP/long.pdf" - | wc -w)
    ok "  of $words words, $kept are kept" test $((kept * 100)) -ge $((words * 99))
    like "$(cat "$TMP/said")" 'R12 at the document, the document information.*Producer: cairo' "  and the program that made it is told"
    ok "  qpdf accepts it" qpdf --check "$TMP/long.pdf"
else
    skip 50 "no $dirty"
fi

# ---- Without a site ----------------------------------------------------------------------------

page 'BT /F1 14 Tf 20 150 Td (Witness K. speaks) Tj ET' >clean.pdf
ok "of a file that hides nothing, a new one is made" hanji scrub clean.pdf out.pdf
like "$OUT" "1 pages, 3 words seen, 0 hidden things.*no site is here.*nobody's name was looked for.*out.pdf written" "  which is said, and that names were not looked for"
sound out.pdf "a file that hides nothing" 'Witness K. speaks'
hanji scrub clean.pdf again.pdf >/dev/null
ok "the same file gives the same bytes again" cmp out.pdf again.pdf
ok "checking it finds nothing" hanji check clean.pdf
is "$(hanji check clean.pdf --json | jq -c '.[] | [.pages, .words, .names_read, .written, .hidden, .findings]')" \
    '[1,3,false,null,[],[]]' "  as JSON"
is "$(stat -c %a out.pdf)" 600 "what is made is its owner's alone"

refused() { # CODE REGEX ARGUMENTS...
    "$HANJI" "${@:3}" >"$TMP/said" 2>&1
    is "$?" "$1" "hanji ${*:3} ends with $1"
    like "$(cat "$TMP/said")" "$2" "  and says why"
}
refused 73 'out.pdf: is there already' scrub clean.pdf out.pdf
refused 66 'none.pdf: cannot be opened' scrub none.pdf new.pdf
refused 64 'hanji scrub FILE.pdf OUT.pdf' scrub clean.pdf
refused 64 'without stories beside them' check clean.pdf en/kettle
qpdf --encrypt secret secret 256 -- clean.pdf locked.pdf
refused 65 'locked with a passphrase; open it and save it without one' scrub locked.pdf new.pdf
qpdf --encrypt '' owner 256 -- clean.pdf owned.pdf
ok "what anybody can open is read, whoever owns it" hanji check owned.pdf
echo "a letter" >letter.pdf
refused 65 'letter.pdf: it is not a PDF' check letter.pdf
head -c 300 clean.pdf >cut.pdf
refused 65 'cut.pdf: it is broken' scrub cut.pdf new.pdf
not_ok "nothing was made of what was refused" test -e new.pdf
is "$(find "$TMP/empty" -newer clean.pdf -name '*.pdf.*' | wc -l)" 0 "and nothing lies about"

# ---- With a site, names are looked for ---------------------------------------------------------

site=$TMP/site
printf '%s\n' 김철수 'phone: 010-4821-7703' >"$TMP/names"
made() {
    hanji init "$site" --name "A house" &&
        hanji people add --pseudonym Haneul --status free --names-file "$TMP/names" "${by[@]}" --site "$site"
}
ok "a site with a protected person" made
rm -f "$TMP/names"
page 'BT /F1 14 Tf 20 150 Td (Witness K.) Tj ET' '/Outlines 8 0 R' '<</First 9 0 R/Last 9 0 R/Count 1>>' \
    '<</Title(The call to Kim Chol-su)/Parent 8 0 R/Dest[3 0 R/Fit]>>' >bookmark.pdf
not_ok "a name in a bookmark stops the file" hanji check bookmark.pdf --site "$site"
like "$OUT" "R05 at page 1, a bookmark's title.*this names Haneul \(a protected person\), in Latin letters.*\[\[Kim Chol-su\]\].*what hanji scrub makes of it" \
    "  with page, kind and the way out"
like "$OUT" "R12 at page 1, a bookmark's title" "  and a bookmark is hidden whatever it says"
not_ok "a clean file is made of it all the same" hanji scrub bookmark.pdf nobookmark.pdf --site "$site"
like "$OUT" 'nobookmark.pdf written' "  and that is said"
sound nobookmark.pdf "without its bookmark" 'Witness K.'

page 'BT /F2 20 Tf 20 150 Td <AE40CCA0C218B2940020C99DC5B8D588B2E4> Tj ET' >korean.pdf
not_ok "a name on the page stops it" hanji scrub korean.pdf new.pdf --site "$site"
like "$OUT" "R05 at page 1.*this names Haneul.*\[\[김철수\]\]는 증언했다.*take it off the page.*new.pdf: not written" "  it is told where"
not_ok "  and nothing is written" test -e new.pdf
ok "without a site it is written" hanji scrub korean.pdf new.pdf
is "$(pdftotext new.pdf - | tr -s '\n\f ' ' ')" '김철수는 증언했다 ' "  and Korean can be read in it"
is "$(hanji check bookmark.pdf --json --site "$site" | jq -r '.[0] | .names_read, (.findings[] | select(.rule == "R05") | .place)')" \
    $'true\npage 1, a bookmark\'s title' "as JSON"
is "$(grep -rac 김철수 "$site" "$TMP/empty" --include='*.pdf' --include='*.db*' | grep -vc ':0$')" 0 "the name is in the clear in no file"
