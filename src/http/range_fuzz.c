/* range_fuzz.c: hostile Range fields. The first eight bytes are the size of the file. */
#include <assert.h>

#include "http/range.h"

enum { RANGES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t file_size = 0, total = 0;
    if (size < sizeof file_size) return 0;
    memcpy(&file_size, data, sizeof file_size);
    str value = {(const char *)data + sizeof file_size, size - sizeof file_size};
    struct http_range ranges[RANGES];
    unsigned count = 0;
    if (!http_ranges(value, file_size, ranges, RANGES, &count)) return 0;
    assert(count <= RANGES);
    for (unsigned i = 0; i < count; i++) {
        char room[HTTP_CONTENT_RANGE_TEXT];
        assert(ranges[i].size > 0 && ranges[i].first < file_size);
        assert(ranges[i].size <= file_size - ranges[i].first);
        assert(ranges[i].size <= file_size - total); /* never more than there is */
        total += ranges[i].size;
        str text = http_content_range(&ranges[i], file_size, room);
        assert(text.len < HTTP_CONTENT_RANGE_TEXT && str_starts(text, STR("bytes ")));
    }
    return 0;
}
