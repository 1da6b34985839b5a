#!/bin/bash
# A picture with a position, a thumbnail, a second picture or bytes behind its end is served without
# any of it; and its original lies sealed.
. "${0%/*}/lib.sh"
dirty=../shared/data/dirty
[ -r "$dirty/exiftool_GPS.jpg" ] || skip_all "the dirty pictures are not at $dirty"
command -v exiftool >/dev/null || skip_all "ExifTool is not installed"
pictures="exiftool_GPS.jpg exiftool_Google.jpg made_trailing_after_EOI.jpg exiftool_IPTC.jpg
    exiftool_ExtendedXMP.jpg mat2_dirty.jpg mat2_dirty.png exiftool_PNG.png made_acropalypse_trailer.png"
plan 88

# What ExifTool may say of a picture that holds pixels alone, besides its size and coding.
told() {
    exiftool -a -G1 -s -api LargeFileSupport=1 "$1" | grep -v -E \
        '^\[(System|ExifTool)\]|^\[File\] +(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess|BitsPerSample|ColorComponents|YCbCrSubSampling)|^\[Composite\] +(ImageSize|Megapixels)|^\[JFIF\] +(JFIFVersion|ResolutionUnit|XResolution|YResolution)|^\[PNG\] +(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|SRGBRendering)|^\[PNG-pHYs\]|^\[QuickTime\] +(MajorBrand|MinorVersion|CompatibleBrands|HandlerType|ColorProfiles|ColorPrimaries|TransferCharacteristics|MatrixCoefficients|VideoFullRangeFlag|AV1ConfigurationVersion|ChromaFormat|ChromaSamplePosition|ImageSpatialExtent|ImagePixelDepth|MediaDataSize|MediaDataOffset)|^\[Meta\] +PrimaryItemReference'
}
# Words of its metadata that stand in the file as they are, eight letters and longer.
planted() {
    exiftool -a -s -s -s -b "$1" 2>/dev/null | tr '\0' '\n' | LC_ALL=C grep -a -o '[A-Za-z][A-Za-z0-9 ./:_-]\{9,60\}' |
        sort -u | while read -r word; do grep -q -a -F -- "$word" "$1" && printf '%s\n' "$word"; done | head -n 40
}

# Whether a file is one picture, and ends where the picture does.
ends() {
    perl -0777 -ne '
        my $png = index $_, "IEND\xae\x42\x60\x82";
        my ($boxes, $at) = ("", 0); # of an AVIF: exactly these, one behind the other
        while (/^....ftypavif/s && $at + 8 <= length) {
            my ($size, $name) = unpack "Na4", substr $_, $at, 8;
            $boxes .= "$name ";
            $at += $size < 8 ? length : $size;
        }
        exit !($boxes ? $boxes eq "ftyp meta mdat " && $at == length : /^\x89PNG/ ? $png == length($_) - 8 : /^\xff\xd8.*\xff\xd9\z/s && !/\xff\xd9.*\xff\xd8/s)' "$1"
}

mkdir -p "$TMP/texts/en" "$TMP/texts/pictures"
printf '%s\n' --- 'title: "Pictures"' 'kind: story' 'status: published' 'date: 2026-03-04' 'slug: pictures' \
    "cover: pictures/exiftool_GPS.jpg" 'cover_alt: "A cover"' --- '' >"$TMP/texts/en/pictures.md"
for picture in $pictures; do
    cp "$dirty/$picture" "$TMP/texts/pictures/"
    printf '![%s](pictures/%s "%s")\n\n' "picture $picture" "$picture" a >>"$TMP/texts/en/pictures.md"
done
chmod -R u+w "$TMP/texts"

site=$TMP/site by=(--by "A. Person" --site "$site")
hanji init "$site" --name "A house" >"$TMP/out"
ok "they are imported with a story" hanji import markdown "$TMP/texts" --site "$site" --json
is "$(jq -c '[.pictures.new, .pictures.missing, .pictures.refused]' <<<"$OUT")" "[9,0,0]" "all nine"
publish() {
    local number
    for number in 1 2 3 4 5 6 7 8 9; do hanji appears "m$number" --nobody "${by[@]}" || return; done
    hanji appears site/en --nobody "${by[@]}" && hanji appears en/pictures --nobody "${by[@]}" &&
        hanji clear --all "${by[@]}" && hanji press --site "$site"
}
ok "it is stated, cleared, pressed" publish
ok "and served" start_server hanji serve --site "$site" --listen 127.0.0.1:0
curl -s "$URL/en/blog/pictures/" >"$TMP/page"
like "$(cat "$TMP/page")" 'alt="picture exiftool_GPS.jpg"' "the story shows them with alt text"
unlike "$(cat "$TMP/page")" 'src="/[^"]*(exiftool|mat2|made)' "under names that tell nothing"

for picture in $pictures; do
    original=$dirty/$picture
    hash=$(b2sum -l 256 "$original" | cut -d' ' -f1)
    number=$(sqlite3 "$site/archive.db" "SELECT id FROM media WHERE lower(hex(original_hash)) = '$hash'")
    isnt "$number" "" "$picture: the archive knows it by its hash"
    sqlite3 "$site/archive.db" "SELECT lower(hex(hash)) FROM variant WHERE media_id = '$number'" >"$TMP/variants"
    rm -f "$TMP"/served.*
    told_of= wrong=
    while read -r variant; do
        address=$(grep -o "/media/$variant\.[a-z]*" "$TMP/page" | head -n 1)
        [ -n "$address" ] || address=$(grep -o "/media/${variant:0:16}[0-9a-f]*\.[a-z]*" "$TMP/page" | head -n 1)
        [ -n "$address" ] || { wrong="$wrong $variant is not on the page"; continue; }
        file=$TMP/served.${variant:0:12}.${address##*.}
        curl -s -o "$file" "$URL$address"
        told_of=$told_of$(told "$file")
    done <"$TMP/variants"
    is "$wrong" "" "$picture: each of its sizes is on the page"
    isnt "$(told "$original")$(ends "$original" || echo bytes behind the end)" "" "$picture: the original is dirty"
    is "$told_of" "" "$picture: and nothing in what is served"
    planted "$original" >"$TMP/words"
    printf '%s\n' GPSLatitude Photoshop http://ns.adobe.com MPF Exif >>"$TMP/words"
    is "$(LC_ALL=C grep -l -a -F -f "$TMP/words" "$TMP"/served.* 2>&1)" "" \
        "$picture: none of its planted words is in a served byte"
    is "$(for file in "$TMP"/served.*; do ends "$file" || echo "$file"; done)" "" \
        "$picture: one picture, and no byte behind its end"
    sealed=$site/originals/$hash
    ok "$picture: the original is kept" test -s "$sealed"
    is "$(LC_ALL=C grep -c -a -F -f "$TMP/words" "$sealed")" 0 "$picture: sealed, no word of it to be read"
    unlike "$(head -c 16 "$sealed" | od -An -tx1 | tr -d ' \n')" '^(ffd8|89504e47)' \
        "$picture: nor what kind of file it is"
done
is "$(find "$site/media" "$site/originals" ! -perm 0700 ! -perm 0600 | head -n 1)" "" \
    "nobody but the owner reads either folder"
