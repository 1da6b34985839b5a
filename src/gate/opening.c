/* opening.c: see opening.h. */
#include "gate/opening.h"

#include <brotli/decode.h>
#include <libdeflate.h>

#include "base/unicode.h"

enum {
    GZIP_BYTES_MIN = 18, /* head and tail, RFC 1952 */
    /* How sure it must be that bytes are text and no chance: in tenths of a bit. Of 100 MB of
     * chance a run like this is met once in a million. */
    TEXT_TENTHS = 460,
    TENTHS_OF_ASCII = 14, /* 95 of 256 bytes are printable ASCII */
};

/* ---- Texts in the clear --------------------------------------------------------------------- */

/* What a character of so many bytes says against chance. */
static int tenths_of(size_t bytes) {
    static const int tenths[] = {0, TENTHS_OF_ASCII, 51, 80, 117};
    return tenths[bytes];
}

/* The length of the printable character at the front, or 0. */
static size_t character(str bytes) {
    str rest = bytes;
    uint32_t c = utf8_take(&rest);
    bool is_printable = c != UNICODE_BAD && c >= ' ' && c != 0x7F && !(c >= 0x80 && c < 0xA0);
    return is_printable ? bytes.len - rest.len : 0;
}

/* Whether a form holds a run of text that the page does not have. A form may hold a part of the
 * page as it is, where compressing saved nothing. */
static bool carries_text(str form, str body) {
    size_t begin = 0;
    int tenths = 0;
    for (size_t at = 0; at < form.len;) {
        size_t size = character(str_skip(form, at));
        if (size > 0) {
            tenths += tenths_of(size);
            at += size;
            continue;
        }
        if (tenths >= TEXT_TENTHS && !str_contains(body, str_slice(form, begin, at))) return true;
        begin = ++at;
        tenths = 0;
    }
    return tenths >= TEXT_TENTHS && !str_contains(body, str_slice(form, begin, form.len));
}

static err judge(str form, str body, str *ret_body) {
    if (carries_text(form, body))
        FAIL(ERR_INVALID, "the compressed form carries a text of its own");
    *ret_body = body;
    return OK;
}

/* ---- Opening -------------------------------------------------------------------------------- */

/* The head of a gzip form may say a file name, a comment, a time: ours says nothing. */
static bool is_plain_gzip(str gzip) {
    return gzip.len >= GZIP_BYTES_MIN &&
           str_starts(gzip, STR("\x1F\x8B\x08\0\0\0\0\0")); /* no flags, no time */
}

err opening_gzip(struct arena *a, str gzip, size_t size_max, str *ret_body) {
    if (!is_plain_gzip(gzip)) FAIL(ERR_INVALID, "the compressed form has a head that says more");
    char *body = arena_stretch(a, NULL, 0, size_max);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (body == NULL || decompressor == NULL) {
        libdeflate_free_decompressor(decompressor);
        FAIL(ERR_NO_MEMORY, "no memory to open a compressed page");
    }
    size_t used = 0;
    size_t got = 0;
    enum libdeflate_result result = libdeflate_gzip_decompress_ex(decompressor, gzip.ptr, gzip.len,
                                                                  body, size_max, &used, &got);
    libdeflate_free_decompressor(decompressor);
    if (result != LIBDEFLATE_SUCCESS || used != gzip.len)
        FAIL(ERR_INVALID, "the compressed form is damaged or carries something behind it");
    return judge(gzip, (str){body, got}, ret_body);
}

err opening_brotli(struct arena *a, str brotli, size_t size_max, str *ret_body) {
    char *body = arena_stretch(a, NULL, 0, size_max);
    BrotliDecoderState *decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (body == NULL || decoder == NULL) {
        BrotliDecoderDestroyInstance(decoder);
        FAIL(ERR_NO_MEMORY, "no memory to open a compressed page");
    }
    size_t left = brotli.len;
    size_t room = size_max;
    /* why: the library reads and writes bytes, which it calls by another name than we */
    const uint8_t *from = (const uint8_t *)brotli.ptr;
    uint8_t *to = (uint8_t *)body;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(decoder, &left, &from, &room, &to, NULL);
    BrotliDecoderDestroyInstance(decoder);
    if (result != BROTLI_DECODER_RESULT_SUCCESS || left > 0)
        FAIL(ERR_INVALID, "the compressed form is damaged or carries something behind it");
    return judge(brotli, (str){body, size_max - room}, ret_body);
}
