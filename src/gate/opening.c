/* opening.c: see opening.h. */
#include "gate/opening.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <string.h>

enum {
    GZIP_BYTES_MIN = 18, /* head and tail, RFC 1952 */
    /* How sure it must be that bytes are text and no chance, in tenths of a bit. Characters of one
     * to four bytes come by chance with p = 0.37, 0.029, 0.0039, 0.00031 and say -log2 p each. A
     * run that says T bits begins at a byte of chance with 2^(-0.57 T), where 0.57 solves
     * sum(p^(1 - x)) = 1: for 83 bits once in 2^47, so of 200 MB of forms one in a million is
     * refused without a cause. It is the length of a sentence: 58 of ASCII, 11 of Hangul. */
    TEXT_TENTHS = 830,
    TENTHS_OF_ASCII = 14, /* 95 of 256 bytes are printable ASCII */
    WORD_BYTES = 8,
    ENDS_BYTES = 4,
};

/* ---- Texts in the clear --------------------------------------------------------------------- */

/* How many bytes the character has that begins with this one: 0 where no printable one does. Not
 * asked is whether they are its shortest form; what looks like text is text enough. */
static size_t size_of(unsigned char first) {
    if (first < 0x80) return first >= ' ' && first != 0x7F;
    if (first < 0xC2 || first > 0xF4) return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool goes_on(const unsigned char *bytes, size_t size) {
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return false;
    }
    return true;
}

/* Where the run of text ends that begins at `at`; *ret_tenths is what it says against chance. */
static size_t run_end(str form, size_t at, int *ret_tenths) {
    static const int tenths[] = {0, TENTHS_OF_ASCII, 51, 80, 117};
    const unsigned char *bytes = (const unsigned char *)form.ptr;
    int sum = 0;
    while (at < form.len) {
        size_t size = size_of(bytes[at]);
        if (size == 0 || size > form.len - at || !goes_on(bytes + at, size)) break;
        sum += tenths[size];
        at += size;
    }
    *ret_tenths = sum;
    return at;
}

/* Whether one of eight bytes is a control character, which no text has ("hasless", from the sums of
 * a word's bytes: a byte below 0x20 borrows from its own highest bit). */
static bool has_control(const char *eight) {
    uint64_t word = 0;
    memcpy(&word, eight, sizeof word);
    return ((word - 0x2020202020202020U) & ~word & 0x8080808080808080U) != 0;
}

/* Whether a run is a part of the page. At its ends may stand bytes that are text by chance. */
static bool is_of(str body, str run) {
    return str_contains(body, str_slice(run, ENDS_BYTES, run.len - ENDS_BYTES));
}

/* Whether a form holds a run of text that the page does not have. A form may hold a part of the
 * page as it is, where compressing saved nothing. Every byte that is served is looked at here, so
 * it is done by words of eight: what is long enough to be text fills one, wherever it begins. */
static bool carries_text(str form, str body) {
    size_t next = 0; /* all before it was looked at */
    for (size_t word = 0; word + WORD_BYTES <= form.len; word += WORD_BYTES) {
        if (word + WORD_BYTES <= next || has_control(form.ptr + word)) continue;
        size_t at = word > next + WORD_BYTES ? word - WORD_BYTES : next;
        while (at < word + WORD_BYTES) {
            int tenths = 0;
            size_t end = run_end(form, at, &tenths);
            if (tenths >= TEXT_TENTHS && !is_of(body, str_slice(form, at, end))) return true;
            at = end + 1;
        }
        next = at;
    }
    return false;
}
_Static_assert(TEXT_TENTHS >= 117 * (2 * WORD_BYTES - 1) / 4, "a run of text fills a word");

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
