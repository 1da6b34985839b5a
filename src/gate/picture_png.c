/* picture_png.c: a PNG, chunk by chunk, and its pixels counted.
 *
 * PNG (third edition): a signature, then chunks of length, type, data and CRC. Known is what draws:
 *
 *     IHDR  [PLTE]  [tRNS]  IDAT...  IEND
 *
 * 8 bits a sample, not interlaced. The IDAT chunks are one zlib stream (10.1); it is inflated and
 * must hold exactly the rows that the header promises: cropped pictures are known to keep their old
 * pixels behind the new ones. Every other chunk is metadata. */
#include "gate/inflate.h"
#include "gate/picture_impl.h"

enum {
    SIGNATURE_BYTES = 8,
    CHUNK_FRAME_BYTES = 12, /* length, type, CRC */
    IHDR_BYTES = 13,
    FILTER_MAX = 4, /* 9.2 */
    GREY = 0,       /* colour types, 11.2.1 */
    RGB = 2,
    INDEXED = 3,
    GREY_ALPHA = 4,
    RGB_ALPHA = 6,
};

enum order { BEFORE_IHDR, AFTER_IHDR, AFTER_PLTE, AFTER_TRNS, IN_IDAT, AFTER_IDAT };

struct png {
    str bytes;
    size_t at; /* the next chunk */
    struct picture_report *report;
    enum order order;
    uint8_t colour_type;
    uint32_t width;
    uint32_t height;
    size_t palette_len; /* entries */
    size_t first_idat;  /* offset of the first IDAT chunk */
};

struct chunk {
    size_t offset;
    str type;
    str data;
};

/* Annex D: the CRC of ISO 3309, one bit at a time over four bits at once. */
static uint32_t crc_of(str bytes) {
    static const uint32_t NIBBLES[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                         0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                         0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                         0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= byte_at(bytes, i);
        crc = crc >> 4 ^ NIBBLES[crc & 0x0F];
        crc = crc >> 4 ^ NIBBLES[crc & 0x0F];
    }
    return ~crc;
}

static bool stop(struct png *png, const struct chunk *chunk, const char *why) {
    picture_stop(png->report, chunk->offset, why);
    return false;
}

static size_t channels_of(uint8_t colour_type) {
    switch (colour_type) {
    case GREY:
    case INDEXED: return 1;
    case GREY_ALPHA: return 2;
    case RGB: return 3;
    case RGB_ALPHA: return 4;
    default: return 0;
    }
}

/* 11.2.1: width, height, bits a sample, colour type; the last three bytes name methods, of which
 * there is one each. */
static bool read_header(struct png *png, const struct chunk *chunk) {
    str data = chunk->data;
    if (png->order != BEFORE_IHDR || data.len != IHDR_BYTES) {
        return stop(png, chunk, "a header that is not one");
    }
    png->width = u32_at(data, 0);
    png->height = u32_at(data, 4);
    png->colour_type = byte_at(data, 9);
    if (png->width == 0 || png->width > LIMIT_PICTURE_SIDE || png->height == 0 ||
        png->height > LIMIT_PICTURE_SIDE) {
        return stop(png, chunk, "a size that is not accepted");
    }
    if (byte_at(data, 8) != 8 || channels_of(png->colour_type) == 0) {
        return stop(png, chunk, "a kind of pixel that is not known");
    }
    if (byte_at(data, 10) != 0 || byte_at(data, 11) != 0 || byte_at(data, 12) != 0) {
        return stop(png, chunk, "a method that is not known");
    }
    png->order = AFTER_IHDR;
    return true;
}

/* 11.2.2; only where pixels are numbers of its entries: elsewhere it draws nothing. */
static bool read_palette(struct png *png, const struct chunk *chunk) {
    size_t len = chunk->data.len;
    if (png->order != AFTER_IHDR || png->colour_type != INDEXED || len == 0 || len % 3 != 0 ||
        len > 256 * 3) {
        return stop(png, chunk, "a palette that is not one");
    }
    png->palette_len = len / 3;
    png->order = AFTER_PLTE;
    return true;
}

/* 11.3.1.1. */
static bool read_transparency(struct png *png, const struct chunk *chunk) {
    bool is_after_header = png->order == AFTER_IHDR || png->order == AFTER_PLTE;
    size_t len = chunk->data.len;
    bool fits = false;
    if (png->colour_type == GREY) fits = len == 2;
    if (png->colour_type == RGB) fits = len == 6;
    if (png->colour_type == INDEXED) fits = len > 0 && len <= png->palette_len;
    if (!is_after_header || !fits) return stop(png, chunk, "a transparency that is not one");
    png->order = AFTER_TRNS;
    return true;
}

static bool begin_data(struct png *png, const struct chunk *chunk) {
    if (png->order == BEFORE_IHDR || png->order == AFTER_IDAT) {
        return stop(png, chunk, "pixels where none may be");
    }
    if (png->colour_type == INDEXED && png->palette_len == 0) {
        return stop(png, chunk, "no palette");
    }
    if (png->order != IN_IDAT) png->first_idat = chunk->offset;
    png->order = IN_IDAT;
    return true;
}

static bool next_chunk(struct png *png, struct chunk *ret_chunk) {
    str rest = str_skip(png->bytes, png->at);
    struct chunk chunk = {.offset = png->at};
    if (rest.len < CHUNK_FRAME_BYTES) return stop(png, &chunk, "the file ends too early");
    size_t length = u32_at(rest, 0);
    if (length > rest.len - CHUNK_FRAME_BYTES) {
        return stop(png, &chunk, "a chunk longer than the file");
    }
    chunk.type = str_slice(rest, 4, 8);
    chunk.data = str_slice(rest, 8, 8 + length);
    if (crc_of(str_slice(rest, 4, 8 + length)) != u32_at(rest, 8 + length)) {
        return stop(png, &chunk, "a chunk with a wrong checksum");
    }
    png->at += length + CHUNK_FRAME_BYTES;
    *ret_chunk = chunk;
    return true;
}

/* What other chunks are known to hold (11.3 and the extensions). */
static bool note_other(struct png *png, const struct chunk *chunk) {
    static const struct {
        char type[5];
        const char *name;
    } KNOWN[] = {
        {"tEXt", "text"},
        {"zTXt", "compressed text"},
        {"iTXt", "text (XMP)"},
        {"eXIf", "EXIF data"},
        {"iCCP", "an ICC profile"},
        {"tIME", "a time"},
        {"pHYs", "a density"},
        {"caBX", "a JUMBF box (provenance data)"},
        {"acTL", "an animation"},
        {"fcTL", "a further frame"},
        {"fdAT", "a further frame"},
    };
    const char *name = "a chunk that draws nothing";
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++) {
        if (str_eq(chunk->type, str_of(KNOWN[i].type))) name = KNOWN[i].name;
    }
    if (png->order == BEFORE_IHDR) return stop(png, chunk, "no header at the beginning");
    if (png->order == IN_IDAT) png->order = AFTER_IDAT;
    return picture_note(png->report, "R08", chunk->offset, "%s of %zu bytes", name,
                        chunk->data.len);
}

static bool read_chunk(struct png *png, const struct chunk *chunk) {
    if (str_eq(chunk->type, STR("IHDR"))) return read_header(png, chunk);
    if (str_eq(chunk->type, STR("PLTE"))) return read_palette(png, chunk);
    if (str_eq(chunk->type, STR("tRNS"))) return read_transparency(png, chunk);
    if (str_eq(chunk->type, STR("IDAT"))) return begin_data(png, chunk);
    return note_other(png, chunk);
}

/* The rows as they come out of the stream: a filter byte, then `row_bytes` of samples. */
struct rows {
    str bytes; /* the file from the next IDAT on */
    size_t row_bytes;
    size_t at; /* in the row, its filter byte being 0 */
    size_t rows_left;
    bool has_bad_filter;
};

/* The chunks were walked before: lengths are sound, and the IDATs stand together. */
static bool next_piece(void *context, str *ret_piece) {
    struct rows *rows = context;
    if (!str_eq(str_slice(rows->bytes, 4, 8), STR("IDAT"))) return false;
    size_t length = u32_at(rows->bytes, 0);
    *ret_piece = str_slice(rows->bytes, 8, 8 + length);
    rows->bytes = str_skip(rows->bytes, length + CHUNK_FRAME_BYTES);
    return true;
}

static bool take_byte(void *context, uint8_t byte) {
    struct rows *rows = context;
    if (rows->rows_left == 0) return false;
    rows->has_bad_filter = rows->at == 0 && byte > FILTER_MAX;
    if (rows->has_bad_filter) return false;
    if (++rows->at > rows->row_bytes) {
        rows->at = 0;
        rows->rows_left--;
    }
    return true;
}

static void count_pixels(const struct png *png) {
    struct rows rows = {.bytes = str_skip(png->bytes, png->first_idat),
                        .row_bytes = (size_t)png->width * channels_of(png->colour_type),
                        .rows_left = png->height};
    struct inflate_source source = {next_piece, take_byte, &rows};
    switch (inflate_read(&source)) {
    case INFLATE_DONE:
        if (rows.rows_left > 0) picture_stop(png->report, png->first_idat, "too few pixels");
        return;
    case INFLATE_TRAILING:
        picture_note(png->report, "R08", png->first_idat, "something behind the pixels");
        return;
    case INFLATE_STOPPED:
        if (rows.has_bad_filter) {
            picture_stop(png->report, png->first_idat, "a filter that does not exist");
            return;
        }
        picture_note(png->report, "R08", png->first_idat, "more pixels than the picture has");
        return;
    case INFLATE_BROKEN:
        picture_stop(png->report, png->first_idat, "pixels that cannot be read");
        return;
    }
}

void picture_png(str bytes, struct picture_report *report) {
    struct png png = {.bytes = bytes, .at = SIGNATURE_BYTES, .report = report};
    struct chunk chunk;
    do {
        if (!next_chunk(&png, &chunk)) return;
        if (str_eq(chunk.type, STR("IEND"))) break;
    } while (read_chunk(&png, &chunk));
    if (!str_eq(chunk.type, STR("IEND"))) return; /* stopped, with a finding */
    if (chunk.data.len > 0) {
        picture_note(report, "R08", chunk.offset, "something in the end mark");
        return;
    }
    if (png.order != IN_IDAT && png.order != AFTER_IDAT) {
        picture_stop(report, chunk.offset, "the picture has no pixels");
        return;
    }
    str after = str_skip(bytes, png.at);
    if (after.len > 0 &&
        !picture_note(report, "R08", png.at, "something of %zu bytes after the end of the picture",
                      after.len)) {
        return;
    }
    count_pixels(&png);
}
