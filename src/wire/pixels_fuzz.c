/* pixels_fuzz.c: any header from a scrubber: what is accepted fits into the answer. */
#include <assert.h>
#include <string.h>

#include "wire/pixels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pixels_header header = {.magic = PIXELS_MAGIC, .version = PIXELS_VERSION};
    size_t rest = sizeof header - offsetof(struct pixels_header, status);
    if (size < rest) return 0;
    memcpy((char *)&header + offsetof(struct pixels_header, status), data, rest);
    size_t bytes = 0;
    err e = pixels_check(&header, &bytes);
    if (e.kind == ERR_NONE) {
        assert(bytes > 0 && bytes <= PIXELS_ANSWER_BYTES_MAX - sizeof header);
        assert(bytes == (size_t)header.width * header.height * header.bands);
    } else {
        assert(bytes == 0 && (e.kind == ERR_IO || e.kind == ERR_INVALID));
    }
    return 0;
}
