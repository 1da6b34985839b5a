/* picture_jpeg.c: a JPEG, segment by segment.
 *
 * The letters of the standard, ITU-T T.81, annex B:
 *
 *     SOI  APP0(JFIF)  { DQT | DHT | DRI | SOF | SOS entropy-data }  EOI
 *
 * A segment is FF, a marker byte, two bytes of length that count themselves, and its body; only
 * entropy data has no length and runs to the next marker. Known: one JFIF header without a
 * thumbnail, tables, one frame (baseline or progressive, 8 bits, 1 or 3 components), scans. Every
 * APPn and COM beside that is metadata; any other marker is not understood and ends the reading. */
#include "gate/picture_impl.h"

enum marker {
    MARKER_SOF0 = 0xC0, /* baseline */
    MARKER_SOF2 = 0xC2, /* progressive */
    MARKER_DHT = 0xC4,
    MARKER_RST0 = 0xD0,
    MARKER_RST7 = 0xD7,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_DQT = 0xDB,
    MARKER_DRI = 0xDD,
    MARKER_APP0 = 0xE0,
    MARKER_APP15 = 0xEF,
    MARKER_COM = 0xFE,
};

enum {
    COMPONENTS_MAX = 3,
    TABLES_MAX = 4,       /* T.81, B.2.4: destinations 0 to 3 */
    JFIF_BODY_BYTES = 14, /* JFIF 1.02: fixed part, with a thumbnail of 0 x 0 */
    SAMPLING_MAX = 4,
    CODE_LENGTHS = 16,
    SYMBOLS_MAX = 256,
};

struct jpeg {
    str bytes;
    size_t at; /* the next byte to be read */
    struct picture_report *report;
    bool has_jfif;
    bool is_progressive;
    bool has_restarts;
    size_t component_count; /* 0 until the frame header */
    uint8_t components[COMPONENTS_MAX];
    size_t scan_count;
};

/* One segment: where its marker stands, and its body without the length. */
struct segment {
    size_t offset;
    uint8_t marker;
    str body;
};

/* What an application segment is known to hold, by how it begins. */
static const char *name_of_application(const struct segment *segment) {
    static const struct {
        uint8_t marker;
        str mark;
        const char *name;
    } KNOWN[] = {
        {0xE0, {"JFXX", 4}, "a JFXX thumbnail"},
        {0xE0, {"AVI1", 4}, "a video frame's header"},
        {0xE1, {"Exif", 4}, "EXIF data"},
        {0xE1, {"http://ns.adobe.com/", 20}, "XMP data"},
        {0xE2, {"ICC_PROFILE", 11}, "an ICC profile"},
        {0xE2, {"MPF", 3}, "an index of further pictures (MPF)"},
        {0xE1, {"FLIR", 4}, "a thermal camera's data"},
        {0xEB, {"JP", 2}, "a JUMBF box (provenance data)"},
        {0xED, {"Photoshop", 9}, "Photoshop data (IPTC)"},
        {0xEE, {"Adobe", 5}, "an Adobe header"},
    };
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++) {
        if (KNOWN[i].marker == segment->marker && str_starts(segment->body, KNOWN[i].mark)) {
            return KNOWN[i].name;
        }
    }
    return NULL;
}

static bool note_application(struct jpeg *jpeg, const struct segment *segment) {
    const char *name = name_of_application(segment);
    if (name != NULL) {
        return picture_note(jpeg->report, "R08", segment->offset, "%s of %zu bytes", name,
                            segment->body.len);
    }
    return picture_note(jpeg->report, "R08", segment->offset,
                        "an application segment APP%d of %zu bytes", segment->marker - MARKER_APP0,
                        segment->body.len);
}

/* JFIF 1.02: "JFIF\0", version, unit and two densities, thumbnail's size. It comes first, once. */
static bool read_app0(struct jpeg *jpeg, const struct segment *segment) {
    str body = segment->body;
    if (!str_starts(body, STR("JFIF\0"))) return note_application(jpeg, segment);
    if (jpeg->has_jfif || segment->offset != 2) {
        return picture_note(jpeg->report, "R08", segment->offset, "a second or late JFIF header");
    }
    jpeg->has_jfif = true;
    if (body.len < JFIF_BODY_BYTES) {
        picture_stop(jpeg->report, segment->offset, "a JFIF header that is too short");
        return false;
    }
    if (body.len > JFIF_BODY_BYTES || byte_at(body, 12) != 0 || byte_at(body, 13) != 0) {
        return picture_note(jpeg->report, "R08", segment->offset, "a thumbnail in the JFIF header");
    }
    return true;
}

/* T.81, B.2.4.1: tables of 64 numbers, each behind a byte with precision and destination. */
static bool read_quantisation(struct jpeg *jpeg, const struct segment *segment) {
    enum { TABLE_BYTES = 1 + 64 };
    str rest = segment->body;
    while (rest.len >= TABLE_BYTES && byte_at(rest, 0) < TABLES_MAX) {
        rest = str_skip(rest, TABLE_BYTES);
    }
    if (rest.len == 0 && segment->body.len > 0) return true;
    picture_stop(jpeg->report, segment->offset, "a quantisation table that is not one");
    return false;
}

/* T.81, B.2.4.2: class and destination, how many codes of each length, the symbols. The counts
 * must describe a code: no length may ask for more codes than are left (annex C). */
static bool read_huffman_table(str *rest) {
    if (rest->len < 1 + CODE_LENGTHS) return false;
    uint8_t head = byte_at(*rest, 0);
    if (head >> 4 > 1 || (head & 0x0F) >= TABLES_MAX) return false;
    size_t symbols = 0;
    size_t free_codes = 1;
    for (size_t i = 1; i <= CODE_LENGTHS; i++) {
        size_t count = byte_at(*rest, i);
        free_codes *= 2;
        if (count > free_codes) return false;
        free_codes -= count;
        symbols += count;
    }
    if (symbols > SYMBOLS_MAX || rest->len < 1 + CODE_LENGTHS + symbols) return false;
    *rest = str_skip(*rest, 1 + CODE_LENGTHS + symbols);
    return true;
}

static bool read_huffman(struct jpeg *jpeg, const struct segment *segment) {
    str rest = segment->body;
    bool is_sound = rest.len > 0;
    while (is_sound && rest.len > 0) is_sound = read_huffman_table(&rest);
    if (!is_sound) picture_stop(jpeg->report, segment->offset, "a Huffman table that is not one");
    return is_sound;
}

/* T.81, B.2.2. */
static bool is_frame(str body) {
    if (body.len < 6) return false;
    size_t count = byte_at(body, 5);
    if (byte_at(body, 0) != 8 || u16_at(body, 1) == 0 || u16_at(body, 3) == 0) return false;
    if ((count != 1 && count != COMPONENTS_MAX) || body.len != 6 + 3 * count) return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t sampling = byte_at(body, 7 + 3 * i);
        uint8_t across = sampling >> 4;
        uint8_t down = sampling & 0x0F;
        if (across == 0 || across > SAMPLING_MAX || down == 0 || down > SAMPLING_MAX) return false;
        if (byte_at(body, 8 + 3 * i) >= TABLES_MAX) return false;
    }
    return true;
}

static bool read_frame(struct jpeg *jpeg, const struct segment *segment) {
    if (jpeg->component_count != 0 || !is_frame(segment->body)) {
        picture_stop(jpeg->report, segment->offset, "a second frame, or one that is not known");
        return false;
    }
    jpeg->is_progressive = segment->marker == MARKER_SOF2;
    jpeg->component_count = byte_at(segment->body, 5);
    for (size_t i = 0; i < jpeg->component_count; i++) {
        jpeg->components[i] = byte_at(segment->body, 6 + 3 * i);
    }
    return true;
}

static bool read_restarts(struct jpeg *jpeg, const struct segment *segment) {
    if (segment->body.len != 2) {
        picture_stop(jpeg->report, segment->offset, "a restart interval that is not one");
        return false;
    }
    jpeg->has_restarts = u16_at(segment->body, 0) != 0;
    return true;
}

static bool has_component(const struct jpeg *jpeg, uint8_t id) {
    for (size_t i = 0; i < jpeg->component_count; i++) {
        if (jpeg->components[i] == id) return true;
    }
    return false;
}

/* T.81, B.2.3: which components with which tables, which coefficients, which bits of them. */
static bool is_scan(const struct jpeg *jpeg, str body) {
    if (body.len < 1) return false;
    size_t count = byte_at(body, 0);
    if (count == 0 || count > jpeg->component_count || body.len != 4 + 2 * count) return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t tables = byte_at(body, 2 + 2 * i);
        if (!has_component(jpeg, byte_at(body, 1 + 2 * i))) return false;
        if (tables >> 4 >= TABLES_MAX || (tables & 0x0F) >= TABLES_MAX) return false;
    }
    uint8_t first = byte_at(body, 1 + 2 * count);
    uint8_t last = byte_at(body, 2 + 2 * count);
    uint8_t bits = byte_at(body, 3 + 2 * count);
    if (!jpeg->is_progressive) return first == 0 && last == 63 && bits == 0;
    return first <= last && last <= 63 && bits >> 4 <= 13 && (bits & 0x0F) <= 13;
}

/* Entropy data runs to the next marker; FF 00 is a stuffed byte, and restart markers, numbered in
 * turn, stand inside it where a restart interval was set (T.81, B.1.1.5 and E.1.3). */
static bool read_scan(struct jpeg *jpeg, const struct segment *segment) {
    if (!is_scan(jpeg, segment->body)) {
        picture_stop(jpeg->report, segment->offset, "a scan that is not one");
        return false;
    }
    str bytes = jpeg->bytes;
    size_t begin = jpeg->at;
    uint8_t restart = MARKER_RST0;
    jpeg->scan_count++;
    for (;;) {
        str rest = str_skip(bytes, jpeg->at);
        size_t skipped = str_find_byte(rest, '\xFF');
        if (skipped == STR_NONE || rest.len - skipped < 2) {
            picture_stop(jpeg->report, bytes.len, "the file ends inside the picture");
            return false;
        }
        uint8_t marker = byte_at(rest, skipped + 1);
        jpeg->at += skipped;
        if (marker != 0 && !(jpeg->has_restarts && marker == restart)) break;
        if (marker != 0) restart = marker == MARKER_RST7 ? MARKER_RST0 : (uint8_t)(marker + 1);
        jpeg->at += 2;
    }
    if (jpeg->at > begin) return true;
    picture_stop(jpeg->report, begin, "a scan without data");
    return false;
}

static bool read_segment(struct jpeg *jpeg, const struct segment *segment) {
    switch (segment->marker) {
    case MARKER_APP0: return read_app0(jpeg, segment);
    case MARKER_DQT: return read_quantisation(jpeg, segment);
    case MARKER_DHT: return read_huffman(jpeg, segment);
    case MARKER_DRI: return read_restarts(jpeg, segment);
    case MARKER_SOF0:
    case MARKER_SOF2: return read_frame(jpeg, segment);
    case MARKER_SOS: return read_scan(jpeg, segment);
    case MARKER_COM:
        return picture_note(jpeg->report, "R08", segment->offset, "a comment of %zu bytes",
                            segment->body.len);
    default: return note_application(jpeg, segment);
    }
}

static bool is_known(uint8_t marker) {
    switch (marker) {
    case MARKER_DQT:
    case MARKER_DHT:
    case MARKER_DRI:
    case MARKER_SOF0:
    case MARKER_SOF2:
    case MARKER_SOS:
    case MARKER_COM: return true;
    default: return marker >= MARKER_APP0 && marker <= MARKER_APP15;
    }
}

/* Takes the segment at jpeg->at. False when there is none that can be read, which is noted. */
static bool next_segment(struct jpeg *jpeg, struct segment *ret_segment) {
    str rest = str_skip(jpeg->bytes, jpeg->at);
    if (rest.len < 4) {
        picture_stop(jpeg->report, jpeg->at, "the file ends before the picture does");
        return false;
    }
    uint8_t marker = byte_at(rest, 1);
    if (byte_at(rest, 0) != 0xFF || !is_known(marker)) {
        picture_stop(jpeg->report, jpeg->at, "bytes that are no part of a JPEG we know");
        return false;
    }
    size_t length = u16_at(rest, 2);
    if (length < 2 || length > rest.len - 2) {
        picture_stop(jpeg->report, jpeg->at, "a segment longer than the file");
        return false;
    }
    *ret_segment = (struct segment){
        .offset = jpeg->at, .marker = marker, .body = str_slice(rest, 4, length + 2)};
    jpeg->at += length + 2;
    return true;
}

static void read_end(struct jpeg *jpeg) {
    if (jpeg->scan_count == 0) {
        picture_stop(jpeg->report, jpeg->at, "the picture has no scan");
        return;
    }
    str after = str_skip(jpeg->bytes, jpeg->at + 2);
    if (after.len == 0) return;
    bool is_picture = str_starts(after, STR("\xFF\xD8\xFF"));
    picture_note(jpeg->report, "R08", jpeg->at + 2, "%s of %zu bytes after the end of the picture",
                 is_picture ? "a second picture" : "something", after.len);
}

void picture_jpeg(str bytes, struct picture_report *report) {
    struct jpeg jpeg = {.bytes = bytes, .at = 2, .report = report};
    struct segment segment;
    do {
        if (str_starts(str_skip(bytes, jpeg.at), STR("\xFF\xD9"))) {
            read_end(&jpeg);
            return;
        }
    } while (next_segment(&jpeg, &segment) && read_segment(&jpeg, &segment));
}
