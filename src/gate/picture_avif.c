/* picture_avif.c: an AVIF, box by box, and the AV1 picture in it, unit by unit.
 *
 * The container is ISO/IEC 14496-12 with the items of ISO/IEC 23008-12, as the AVIF specification
 * (AOMedia, v1.1) uses them. A box is its length, four letters, and its body:
 *
 *     ftyp                          what the file is
 *     meta  hdlr                    "pict"
 *           pitm                    which item is the picture
 *           iloc                    where its bytes stand
 *           iinf  infe              the one item, "av01"
 *           iprp  ipco  colr av1C ispe pixi
 *                 ipma              the item has all four
 *     mdat                          the picture's bytes and no other
 *
 * The bytes are AV1 (AV1 Bitstream & Decoding Process Specification, "AV1" below), three units: a
 * temporal delimiter, a sequence header for one still picture, a frame. Any other box, item or unit
 * carries something beside pixels. Each number has to have the one value it can have in such a
 * file, so that none of them holds a message either. */
#include <string.h>

#include "gate/picture_impl.h"

enum {
    BOX_HEAD_BYTES = 8,
    PROPERTIES = 4,
    FULL_RANGE = 0x80,
    UNIT_SIZE_BYTES_MAX = 8, /* AV1, 4.10.5: of a leb128 number */
};

/* AV1, 6.2.2, with the bits of a header that says how long its unit is. */
enum unit {
    UNIT_SEQUENCE = 1,
    UNIT_DELIMITER = 2,
    UNIT_METADATA = 5,
    UNIT_FRAME = 6,
    UNIT_PADDING = 15,
};

/* Bytes of the file from `at` on. */
struct part {
    str bytes;
    size_t at;
};

struct box {
    size_t offset; /* of its first byte in the file */
    str type;      /* four letters */
    struct part body;
};

struct avif {
    struct picture_report *report;
    uint32_t width;
    uint32_t height;
    str config; /* av1C: four bytes */
    size_t located_at;
    size_t located_len;
    struct part data; /* the body of mdat */
};

/* A kind of box that may stand in another, once, and must. */
struct kind {
    str type;
    bool (*read)(struct avif *avif, const struct box *box);
};

static bool stop(struct avif *avif, size_t offset, const char *why) {
    picture_stop(avif->report, offset, why);
    return false;
}

/* ---- Boxes ---------------------------------------------------------------------------------- */

static bool next_box(struct avif *avif, struct part *rest, struct box *ret_box) {
    size_t length = rest->bytes.len < BOX_HEAD_BYTES ? 0 : u32_at(rest->bytes, 0);
    if (length < BOX_HEAD_BYTES || length > rest->bytes.len) {
        return stop(avif, rest->at, "a box that is longer than what holds it, or no box");
    }
    *ret_box = (struct box){.offset = rest->at,
                            .type = str_slice(rest->bytes, 4, BOX_HEAD_BYTES),
                            .body = {.bytes = str_slice(rest->bytes, BOX_HEAD_BYTES, length),
                                     .at = rest->at + BOX_HEAD_BYTES}};
    rest->bytes = str_skip(rest->bytes, length);
    rest->at += length;
    return true;
}

/* What a box is known to hold that has no place here. */
static const char *name_of_box(str type) {
    static const struct {
        str type;
        const char *name;
    } KNOWN[] = {
        {{"uuid", 4}, "a private box (XMP)"},
        {{"free", 4}, "an empty place"},
        {{"skip", 4}, "an empty place"},
        {{"idat", 4}, "data in the header"},
        {{"iref", 4}, "ties between items"},
        {{"grpl", 4}, "groups of items"},
        {{"moov", 4}, "a film"},
        {{"udta", 4}, "a user's data"},
        {{"Exif", 4}, "EXIF data"},
        {{"jumb", 4}, "a JUMBF box (provenance data)"},
        {{"dinf", 4}, "addresses of data"},
        {{"ipro", 4}, "protection"},
        {{"auxC", 4}, "a depth or gain map"},
        {{"clap", 4}, "a cut that hides pixels"},
        {{"irot", 4}, "a turn"},
        {{"imir", 4}, "a mirror"},
        {{"mdat", 4}, "further data"},
        {{"colr", 4}, "a second description of colour"},
    };
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++) {
        if (str_eq(KNOWN[i].type, type)) return KNOWN[i].name;
    }
    return "a box that draws nothing";
}

static bool note_box(struct avif *avif, const struct box *box) {
    return picture_note(avif->report, "R08", box->offset, "%s of %zu bytes", name_of_box(box->type),
                        box->body.bytes.len);
}

/* Reads the boxes of `rest`: each of the `kinds` once, in any order; others are findings. */
static bool read_boxes(struct avif *avif, struct part rest, const struct kind *kinds,
                       size_t count) {
    unsigned seen = 0;
    while (rest.bytes.len > 0) {
        struct box box;
        size_t i = 0;
        /* Behind the last part it is no box that is missing: something was put there. */
        if (seen + 1 == 1U << count && rest.bytes.len < BOX_HEAD_BYTES) {
            return picture_note(avif->report, "R08", rest.at, "something of %zu bytes at the end",
                                rest.bytes.len);
        }
        if (!next_box(avif, &rest, &box)) return false;
        while (i < count && !str_eq(kinds[i].type, box.type)) i++;
        bool is_known = i < count && (seen & 1U << i) == 0;
        if (is_known) seen |= 1U << i;
        if (!(is_known ? kinds[i].read(avif, &box) : note_box(avif, &box))) return false;
    }
    if (seen + 1 != 1U << count) return stop(avif, rest.at, "a part of the picture is missing");
    return true;
}

/* True when a body is what `bytes` says, to the byte. */
static bool expect(struct avif *avif, const struct box *box, str bytes) {
    if (str_eq(box->body.bytes, bytes)) return true;
    return stop(avif, box->offset, "a part of the header that is not as it has to be");
}

/* The body of a box behind its version and flags, which are all 0 (14496-12, 4.2). */
static bool open_full(struct avif *avif, const struct box *box, struct part *ret_rest) {
    if (!str_starts(box->body.bytes, STR("\0\0\0\0"))) {
        return stop(avif, box->offset, "a part of the header in a version that is not known");
    }
    *ret_rest = (struct part){str_skip(box->body.bytes, 4), box->body.at + 4};
    return true;
}

/* ---- The header ----------------------------------------------------------------------------- */

/* Major brand, minor version, compatible brands: AVIF, and what every AVIF is as well. */
static bool read_ftyp(struct avif *avif, const struct box *box) {
    static const str BRANDS[] = {{"avif", 4}, {"mif1", 4}, {"miaf", 4}, {"MA1B", 4}, {"MA1A", 4}};
    str body = box->body.bytes;
    unsigned seen = 0;
    bool is_known = str_starts(body, STR("avif\0\0\0\0")) && body.len % 4 == 0;
    for (size_t at = 8; is_known && at < body.len; at += 4) {
        size_t i = 0;
        while (i < COUNT_OF(BRANDS) && !str_eq(str_slice(body, at, at + 4), BRANDS[i])) i++;
        is_known = i < COUNT_OF(BRANDS) && (seen & 1U << i) == 0;
        if (is_known) seen |= 1U << i;
    }
    return is_known || stop(avif, box->offset, "a kind of file that is not known");
}

/* 14496-12, 8.4.3: nothing, "pict", nothing, and an empty name. */
static bool read_hdlr(struct avif *avif, const struct box *box) {
    return expect(avif, box, (str){"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0", 25});
}

static bool read_pitm(struct avif *avif, const struct box *box) {
    return expect(avif, box, STR("\0\0\0\0\0\1"));
}

/* 14496-12, 8.11.3: sizes of what follows, and per item its number and the pieces of its bytes. */
static bool read_iloc(struct avif *avif, const struct box *box) {
    enum { ONE_ITEM_BYTES = 22 };
    struct part rest;
    if (!open_full(avif, box, &rest)) return false;
    str body = rest.bytes;
    if (!str_starts(body, STR("\x44\x40")) || body.len < ONE_ITEM_BYTES) {
        return stop(avif, box->offset, "a list of places that is not known");
    }
    if (u16_at(body, 2) != 1 || body.len != ONE_ITEM_BYTES) {
        return picture_note(avif->report, "R08", box->offset, "places of further data");
    }
    bool is_known = u16_at(body, 4) == 1 && u16_at(body, 6) == 0 && u16_at(body, 12) == 1;
    uint32_t base = u32_at(body, 8);
    uint32_t offset = u32_at(body, 14);
    if (!is_known || (base != 0 && offset != 0)) {
        return stop(avif, box->offset, "a list of places that is not known");
    }
    avif->located_at = base != 0 ? base : offset;
    avif->located_len = u32_at(body, 18);
    return true;
}

/* 14496-12, 8.11.6, version 2: number, protection, type, name. */
static bool read_infe(struct avif *avif, const struct box *box) {
    str body = box->body.bytes;
    if (str_eq(body, (str){"\2\0\0\0\0\1\0\0av01\0", 13})) return true;
    str type = body.len < 12 ? (str){0} : str_slice(body, 8, 12);
    const char *name = "an item that draws nothing";
    if (str_eq(type, STR("Exif"))) name = "EXIF data";
    if (str_eq(type, STR("mime"))) name = "a document (XMP)";
    if (str_eq(type, STR("av01"))) name = "a second, hidden or named picture";
    return picture_note(avif->report, "R08", box->offset, "%s as an item", name);
}

static bool read_iinf(struct avif *avif, const struct box *box) {
    struct part rest;
    if (!open_full(avif, box, &rest)) return false;
    if (rest.bytes.len < 2) return stop(avif, box->offset, "a list of items that is not one");
    size_t count = u16_at(rest.bytes, 0);
    rest = (struct part){str_skip(rest.bytes, 2), rest.at + 2};
    for (; count > 0; count--) {
        struct box item;
        if (!next_box(avif, &rest, &item)) return false;
        if (!str_eq(item.type, STR("infe")))
            return stop(avif, item.offset, "a list of items that is not one");
        if (!read_infe(avif, &item)) return false;
    }
    return rest.bytes.len == 0 || stop(avif, rest.at, "a list of items that is not one");
}

/* 14496-12, 12.1.5, numbers of ISO/IEC 23091-2: sRGB, or nothing said, which means sRGB. */
static bool read_colr(struct avif *avif, const struct box *box) {
    str body = box->body.bytes;
    if (str_starts(body, STR("prof")) || str_starts(body, STR("rICC"))) {
        return picture_note(avif->report, "R08", box->offset, "an ICC profile of %zu bytes",
                            body.len);
    }
    bool is_known = str_starts(body, STR("nclx")) && body.len == 11 &&
                    (u16_at(body, 4) == 1 || u16_at(body, 4) == 2) &&
                    (u16_at(body, 6) == 13 || u16_at(body, 6) == 2) &&
                    (u16_at(body, 8) == 1 || u16_at(body, 8) == 6) &&
                    byte_at(body, 10) == FULL_RANGE;
    return is_known || stop(avif, box->offset, "colours that are not known");
}

/* AV1 in ISOBMFF 2.3.3: what the sequence header says, a second time; compared when that is
 * read. */
static bool read_av1c(struct avif *avif, const struct box *box) {
    if (box->body.bytes.len != 4) return stop(avif, box->offset, "a configuration that is not one");
    avif->config = box->body.bytes;
    return true;
}

static bool read_ispe(struct avif *avif, const struct box *box) {
    struct part rest;
    if (!open_full(avif, box, &rest)) return false;
    if (rest.bytes.len != 8) return stop(avif, box->offset, "a size that is not one");
    avif->width = u32_at(rest.bytes, 0);
    avif->height = u32_at(rest.bytes, 4);
    return true;
}

/* Three channels of 8 bits. */
static bool read_pixi(struct avif *avif, const struct box *box) {
    return expect(avif, box, (str){"\0\0\0\0\3\x08\x08\x08", 8});
}

static bool read_ipco(struct avif *avif, const struct box *box) {
    static const struct kind KINDS[PROPERTIES] = {{{"colr", 4}, read_colr},
                                                  {{"av1C", 4}, read_av1c},
                                                  {{"ispe", 4}, read_ispe},
                                                  {{"pixi", 4}, read_pixi}};
    return read_boxes(avif, box->body, KINDS, COUNT_OF(KINDS));
}

/* 23008-12, 9.3.2: one item, four properties by number; the high bit says "essential". */
static bool read_ipma(struct avif *avif, const struct box *box) {
    str body = box->body.bytes;
    bool is_known = str_starts(body, (str){"\0\0\0\0\0\0\0\1\0\1\4", 11}) && body.len == 15;
    for (size_t i = 0; is_known && i < PROPERTIES; i++) {
        is_known = (byte_at(body, 11 + i) & 0x7F) == i + 1;
    }
    if (is_known) return true;
    return picture_note(avif->report, "R08", box->offset, "properties of further data");
}

static bool read_iprp(struct avif *avif, const struct box *box) {
    static const struct kind KINDS[] = {{{"ipco", 4}, read_ipco}, {{"ipma", 4}, read_ipma}};
    return read_boxes(avif, box->body, KINDS, COUNT_OF(KINDS));
}

static bool read_meta(struct avif *avif, const struct box *box) {
    static const struct kind KINDS[] = {{{"hdlr", 4}, read_hdlr},
                                        {{"pitm", 4}, read_pitm},
                                        {{"iloc", 4}, read_iloc},
                                        {{"iinf", 4}, read_iinf},
                                        {{"iprp", 4}, read_iprp}};
    struct part rest;
    return open_full(avif, box, &rest) && read_boxes(avif, rest, KINDS, COUNT_OF(KINDS));
}

static bool read_mdat(struct avif *avif, const struct box *box) {
    avif->data = box->body;
    return true;
}

/* ---- The picture ---------------------------------------------------------------------------- */

/* Bits from the highest of the first byte on; 0 behind the end, which `is_over` remembers. */
struct bits {
    str bytes;
    size_t at;
    bool is_over;
};

static uint32_t take(struct bits *bits, unsigned count) {
    uint32_t value = 0;
    for (; count > 0; count--) {
        size_t byte = bits->at / 8;
        bits->is_over = bits->is_over || byte >= bits->bytes.len;
        uint32_t bit = bits->is_over ? 0 : byte_at(bits->bytes, byte) >> (7 - bits->at % 8) & 1;
        value = value << 1 | bit;
        bits->at++;
    }
    return value;
}

/* AV1, 5.5.2: 8 bits, colour (said or not, but then as colr), full range, chroma halved both ways.
 */
static bool is_plain_colour(struct bits *bits) {
    if (take(bits, 1) != 0 || take(bits, 1) != 0) return false; /* more than 8 bits; grey */
    if (take(bits, 1) != 0) {
        uint32_t primaries = take(bits, 8);
        uint32_t transfer = take(bits, 8);
        uint32_t matrix = take(bits, 8);
        bool is_known = (primaries == 1 || primaries == 2) && (transfer == 13 || transfer == 2) &&
                        (matrix == 1 || matrix == 6);
        if (!is_known) return false;
    }
    if (take(bits, 1) != 1) return false;
    if (take(bits, 2) != 0) return false; /* where chroma lies: not said */
    take(bits, 1);                        /* separate_uv_delta_q */
    return true;
}

/* AV1, 5.5.1 and 5.3.4: the header of one still picture in its short form, and a 1 with zeros to
 * the end of the byte. */
static bool is_sequence(const struct avif *avif, str unit) {
    struct bits bits = {.bytes = unit};
    if (take(&bits, 3) != 0 || take(&bits, 1) != 1 || take(&bits, 1) != 1) return false;
    uint32_t level = take(&bits, 5);
    unsigned width_bits = take(&bits, 4) + 1;
    unsigned height_bits = take(&bits, 4) + 1;
    if (take(&bits, width_bits) + 1 != avif->width) return false;
    if (take(&bits, height_bits) + 1 != avif->height) return false;
    take(&bits, 6); /* six tools of the coder, each on or off */
    if (!is_plain_colour(&bits) || take(&bits, 1) != 0) return false; /* and no film grain */
    uint32_t padding = take(&bits, 8 - (unsigned)(bits.at % 8));
    bool is_at_end = !bits.is_over && bits.at == unit.len * 8 && (padding & (padding - 1)) == 0;
    uint8_t config[4] = {0x81, (uint8_t)level, 0x0C, 0};
    bool is_same = memcmp(avif->config.ptr, config, sizeof config) == 0;
    return is_at_end && padding != 0 && is_same;
}

/* A unit's length: seven bits a byte, the lowest first, in as few bytes as it takes. */
static bool take_length(str *rest, size_t *ret_length) {
    uint64_t length = 0;
    for (size_t i = 0; i < UNIT_SIZE_BYTES_MAX && i < rest->len; i++) {
        uint8_t byte = byte_at(*rest, i);
        length |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) != 0) continue;
        if (i > 0 && byte == 0) return false;
        *rest = str_skip(*rest, i + 1);
        *ret_length = (size_t)length;
        return length <= rest->len;
    }
    return false;
}

static bool note_unit(struct avif *avif, size_t offset, unsigned type, size_t length) {
    if (type == UNIT_METADATA)
        return picture_note(avif->report, "R08", offset, "metadata of %zu bytes", length);
    if (type == UNIT_PADDING)
        return picture_note(avif->report, "R08", offset, "padding of %zu bytes", length);
    return picture_note(avif->report, "R08", offset, "a further unit of %zu bytes", length);
}

/* AV1, 5.3: one header byte (no extension, with a length), the length, the unit. */
static void read_units(struct avif *avif) {
    static const unsigned ORDER[] = {UNIT_DELIMITER, UNIT_SEQUENCE, UNIT_FRAME};
    str rest = avif->data.bytes;
    size_t step = 0;
    while (rest.len > 0) {
        size_t offset = avif->data.at + avif->data.bytes.len - rest.len;
        uint8_t head = byte_at(rest, 0);
        unsigned type = head >> 3 & 0x0F;
        size_t length = 0;
        rest = str_skip(rest, 1);
        if ((head & 0x87) != 2 || !take_length(&rest, &length)) {
            return picture_stop(avif->report, offset, "bytes that are no part of an AV1 picture");
        }
        str unit = str_slice(rest, 0, length);
        rest = str_skip(rest, length);
        if (step == COUNT_OF(ORDER) || type != ORDER[step]) {
            if (!note_unit(avif, offset, type, length)) return;
            continue;
        }
        bool is_sound = type == UNIT_DELIMITER  ? length == 0
                        : type == UNIT_SEQUENCE ? is_sequence(avif, unit)
                                                : length > 0;
        if (!is_sound) return picture_stop(avif->report, offset, "a unit that is not known");
        step++;
    }
    if (step < COUNT_OF(ORDER)) {
        picture_stop(avif->report, avif->data.at, "the data ends before the picture does");
    }
}

void picture_avif(str bytes, struct picture_report *report) {
    static const struct kind KINDS[] = {
        {{"ftyp", 4}, read_ftyp}, {{"meta", 4}, read_meta}, {{"mdat", 4}, read_mdat}};
    struct avif avif = {.report = report};
    if (!read_boxes(&avif, (struct part){bytes, 0}, KINDS, COUNT_OF(KINDS))) return;
    if (avif.located_at != avif.data.at || avif.located_len != avif.data.bytes.len) {
        picture_note(report, "R08", avif.data.at, "bytes beside those of the picture");
        return;
    }
    read_units(&avif);
}
