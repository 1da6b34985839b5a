/* demo_png.c: see demo_png.h. PNG as the W3C specification (third edition) has it: signature, IHDR,
 * one IDAT with unfiltered rows, IEND. */
#include "main/demo_png.h"

#include <arpa/inet.h>
#include <libdeflate.h>
#include <string.h>

enum { LEVEL = 1, COLOUR_RGB = 2, COLOUR_RGBA = 6 };

static void add_u32(struct buf *b, uint32_t value) {
    uint32_t big = htonl(value);
    buf_add(b, (str){(const char *)&big, sizeof big});
}

static void add_chunk(struct buf *b, const char *type, str data) {
    uint32_t crc = libdeflate_crc32(0, type, 4);
    if (data.len > 0) crc = libdeflate_crc32(crc, data.ptr, data.len); /* NULL would begin anew */
    add_u32(b, (uint32_t)data.len);
    buf_add(b, (str){type, 4});
    buf_add(b, data);
    add_u32(b, crc);
}

/* Every row behind a byte that says "not filtered". */
static err add_rows(struct arena *a, const struct demo_picture *picture, str *ret_rows) {
    size_t row = (size_t)picture->width * picture->bands;
    char *rows = arena_array(a, picture->height, row + 1);
    if (rows == NULL) FAIL(ERR_NO_MEMORY, "no memory for a drawn picture");
    for (uint32_t y = 0; y < picture->height; y++) {
        memcpy(rows + y * (row + 1) + 1, picture->pixels + y * row, row);
    }
    *ret_rows = (str){rows, (row + 1) * picture->height};
    return OK;
}

static err compress(struct arena *a, str rows, str *ret_packed) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    if (compressor == NULL) FAIL(ERR_NO_MEMORY, "no memory for a drawn picture");
    size_t room = libdeflate_zlib_compress_bound(compressor, rows.len);
    char *packed = arena_alloc(a, room);
    size_t len = 0;
    if (packed != NULL) {
        len = libdeflate_zlib_compress(compressor, rows.ptr, rows.len, packed, room);
    }
    libdeflate_free_compressor(compressor);
    if (len == 0) FAIL(ERR_NO_MEMORY, "no memory for a drawn picture");
    *ret_packed = (str){packed, len};
    return OK;
}

err demo_png(struct arena *a, const struct demo_picture *picture, str *ret_file) {
    struct buf file;
    struct buf header;
    str rows = {0};
    str packed = {0};
    str about = {0};
    TRY(add_rows(a, picture, &rows));
    TRY(compress(a, rows, &packed));
    buf_init(&header, a, 64);
    add_u32(&header, picture->width);
    add_u32(&header, picture->height);
    buf_add_byte(&header, 8); /* bits a sample */
    buf_add_byte(&header, picture->bands == 4 ? COLOUR_RGBA : COLOUR_RGB);
    buf_add(&header, (str){"\0\0\0", 3}); /* deflate, standard filters, not interlaced */
    TRY(buf_finish(&header, &about));
    buf_init(&file, a, packed.len + 256);
    buf_add(&file, STR("\x89PNG\r\n\x1a\n"));
    add_chunk(&file, "IHDR", about);
    add_chunk(&file, "IDAT", packed);
    add_chunk(&file, "IEND", (str){0});
    return buf_finish(&file, ret_file);
}
