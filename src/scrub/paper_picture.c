/* paper_picture.c: the picture of a page, as a PDF takes it. See paper_write.h. */
#include <libdeflate.h>
#include <string.h>

#include "scrub/paper_write.h"

enum {
    LEVEL = 8,
    PNG_SIGNATURE_BYTES = 8,
    PNG_FRAME_BYTES = 12,
    PNG_IHDR_END = 33,
    SLOTS = 1024, /* a power of two, four times the colours */
    NOBODY = 0xFFFFFFFF,
};

err paper_pack(struct arena *scratch, str plain, str *ret_packed) {
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(LEVEL);
    if (packer == NULL) FAIL(ERR_NO_MEMORY, "no memory for packing");
    size_t room = libdeflate_zlib_compress_bound(packer, plain.len);
    char *packed = arena_alloc(scratch, room);
    size_t len = 0;
    if (packed != NULL) len = libdeflate_zlib_compress(packer, plain.ptr, plain.len, packed, room);
    libdeflate_free_compressor(packer);
    if (len == 0) FAIL(ERR_NO_MEMORY, "no memory for packing");
    *ret_packed = (str){packed, len};
    return OK;
}

/* ---- Few colours ----------------------------------------------------------------------------- */

struct palette {
    uint32_t keys[SLOTS]; /* NOBODY: free */
    uint8_t numbers[SLOTS];
    struct paper_picture *picture;
};

/* The number of a colour, a new one where it is new; -1: there are too many. */
static int number_of(struct palette *p, uint32_t colour) {
    size_t slot = (colour * 2654435761U) >> 22; /* Fibonacci hashing: ten bits */
    while (p->keys[slot] != colour) {
        if (p->keys[slot] == NOBODY) {
            if (p->picture->colour_count == PAPER_COLOURS_MAX) return -1;
            p->keys[slot] = colour;
            p->numbers[slot] = (uint8_t)p->picture->colour_count;
            p->picture->colours[p->picture->colour_count++] = colour;
            break;
        }
        slot = (slot + 1) % SLOTS;
    }
    return p->numbers[slot];
}

err paper_picture_pack(struct arena *scratch, const struct pixels *pixels,
                       struct paper_picture *ret_picture, bool *ret_is_packed) {
    struct paper_picture picture = {
        .coding = PAPER_FEW_COLOURS, .width = pixels->width, .height = pixels->height};
    struct palette palette = {.picture = &picture};
    size_t count = (size_t)pixels->width * pixels->height;
    const uint8_t *from = (const uint8_t *)pixels->bytes.ptr;
    char *numbers = arena_alloc(scratch, count);
    if (numbers == NULL) FAIL(ERR_NO_MEMORY, "no memory for the picture of a page");
    memset(palette.keys, 0xFF, sizeof palette.keys);
    *ret_is_packed = false;
    for (size_t i = 0; i < count; i++, from += 3) {
        uint32_t colour = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        int number = number_of(&palette, colour);
        if (number < 0) return OK;
        numbers[i] = (char)(unsigned char)number;
    }
    TRY(paper_pack(scratch, (str){numbers, count}, &picture.bytes));
    *ret_picture = picture;
    *ret_is_packed = true;
    return OK;
}

/* ---- The encoder's --------------------------------------------------------------------------- */

static size_t big_endian(str bytes, size_t at) {
    const unsigned char *b = (const unsigned char *)bytes.ptr + at;
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* The packed rows of a PNG are those that a PDF takes (ISO 32000-1, 7.4.4.4). */
static err rows_of_png(struct arena *scratch, str png, str *ret_rows) {
    static const str RGB8 = {"\x08\x02\0\0\0", 5}; /* 8 bits, RGB, not interlaced */
    struct buf b;
    buf_init(&b, scratch, png.len);
    if (png.len < PNG_IHDR_END || !str_eq(str_slice(png, 24, 29), RGB8)) {
        FAIL(ERR_INVALID, "the picture of a page is no PNG in RGB");
    }
    for (str rest = str_skip(png, PNG_SIGNATURE_BYTES); rest.len >= PNG_FRAME_BYTES;) {
        size_t len = big_endian(rest, 0);
        if (len > rest.len - PNG_FRAME_BYTES) FAIL(ERR_INVALID, "the picture of a page is cut");
        if (str_eq(str_slice(rest, 4, 8), STR("IDAT"))) buf_add(&b, str_slice(rest, 8, 8 + len));
        rest = str_skip(rest, len + PNG_FRAME_BYTES);
    }
    return buf_finish(&b, ret_rows);
}

err paper_picture_take(struct arena *scratch, const struct picture_set *set,
                       struct paper_picture *ret_picture) {
    const struct picture_size *size = &set->sizes[set->count - 1];
    struct paper_picture picture = {
        .coding = PAPER_JPEG, .width = size->width, .height = size->height, .bytes = size->bytes};
    if (set->format == PICTURE_PNG) {
        picture.coding = PAPER_ROWS;
        TRY(rows_of_png(scratch, size->bytes, &picture.bytes));
    }
    *ret_picture = picture;
    return OK;
}
