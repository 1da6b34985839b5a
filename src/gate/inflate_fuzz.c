/* inflate_fuzz.c: any bytes as a zlib stream, with libdeflate as the judge. */
#include <assert.h>
#include <libdeflate.h>
#include <string.h>

#include "gate/inflate.h"

enum { PLAIN_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    str stream;
    size_t len;
    uint8_t plain[PLAIN_MAX];
};

static bool next(void *context, str *ret_piece) {
    struct reading *reading = context;
    if (reading->stream.len == 0) return false;
    *ret_piece = str_slice(reading->stream, 0, 5);
    reading->stream = str_skip(reading->stream, 5);
    return true;
}

static bool take(void *context, uint8_t byte) {
    struct reading *reading = context;
    if (reading->len == PLAIN_MAX) return false;
    reading->plain[reading->len++] = byte;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reading reading;
    reading.stream = (str){(const char *)data, size};
    reading.len = 0;
    struct inflate_source source = {next, take, &reading};
    enum inflate_result result = inflate_read(&source);
    if (result == INFLATE_STOPPED) return 0;
    struct libdeflate_decompressor *reader = libdeflate_alloc_decompressor();
    assert(reader != NULL);
    uint8_t plain[PLAIN_MAX];
    size_t used = 0;
    size_t len = 0;
    enum libdeflate_result other =
        libdeflate_zlib_decompress_ex(reader, data, size, plain, sizeof plain, &used, &len);
    libdeflate_free_decompressor(reader);
    if (result != INFLATE_BROKEN) { /* what we accept, it accepts: ours may be the stricter one */
        assert(other == LIBDEFLATE_SUCCESS && len == reading.len);
        assert(len == 0 || memcmp(plain, reading.plain, len) == 0);
        assert((used == size) == (result == INFLATE_DONE));
    }
    return 0;
}
