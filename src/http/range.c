/* range.c: see range.h. */
#include "http/range.h"

#include <inttypes.h>
#include <stdio.h>

/* Reads digits off the front of *text; a number that does not fit is as good as the largest, since
 * no file is so long. False when there is none. */
static bool take_number(str *text, uint64_t *ret_number) {
    uint64_t number = 0;
    size_t len = 0;
    for (; len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9'; len++) {
        unsigned digit = (unsigned)(text->ptr[len] - '0');
        if (__builtin_mul_overflow(number, 10U, &number) ||
            __builtin_add_overflow(number, digit, &number)) {
            number = UINT64_MAX;
        }
    }
    *ret_number = number;
    *text = str_skip(*text, len);
    return len > 0;
}

/* What one range-spec means for `size` bytes. */
enum spec { SPEC_BAD, SPEC_OUTSIDE, SPEC_GOOD };

static enum spec read_spec(str text, uint64_t size, struct http_range *ret_range) {
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first = take_number(&text, &first);
    if (text.len == 0 || text.ptr[0] != '-') return SPEC_BAD;
    text = str_skip(text, 1);
    bool has_last = take_number(&text, &last);
    if (text.len > 0 || (!has_first && !has_last)) return SPEC_BAD;
    if (!has_first) { /* "-5": the last five, or all when there are fewer */
        if (last == 0) return SPEC_OUTSIDE;
        if (size == 0) return SPEC_BAD; /* satisfiable, but 206 cannot say "no byte" */
        first = last < size ? size - last : 0;
        last = size - 1;
    } else if (has_last && last < first) {
        return SPEC_BAD;
    } else if (!has_last) {
        last = UINT64_MAX;
    }
    if (first >= size) return SPEC_OUTSIDE;
    if (last >= size) last = size - 1;
    *ret_range = (struct http_range){first, last - first + 1};
    return SPEC_GOOD;
}

static bool overlap(const struct http_range *a, const struct http_range *b) {
    return a->first < b->first + b->size && b->first < a->first + a->size;
}

bool http_ranges(str value, uint64_t size, struct http_range *room, unsigned room_count,
                 unsigned *ret_count) {
    static const str UNIT = STR("bytes=");
    unsigned count = 0;
    bool has_spec = false;
    if (!str_eq_nocase(str_slice(value, 0, UNIT.len), UNIT)) return false;
    value = str_skip(value, UNIT.len);
    while (value.len > 0) {
        str spec;
        struct http_range range;
        str_cut(value, ',', &spec, &value);
        spec = str_trim(spec);
        if (spec.len == 0) continue; /* empty items of a list mean nothing (RFC 9110, 5.6.1.2) */
        has_spec = true;
        enum spec what = read_spec(spec, size, &range);
        if (what == SPEC_BAD) return false;
        if (what == SPEC_OUTSIDE) continue;
        if (count == room_count) return false;
        for (unsigned i = 0; i < count; i++) {
            if (overlap(&room[i], &range)) return false;
        }
        room[count++] = range;
    }
    if (!has_spec) return false;
    *ret_count = count;
    return true;
}

str http_content_range(const struct http_range *range, uint64_t size,
                       char room[HTTP_CONTENT_RANGE_TEXT]) {
    int len = range == NULL ? snprintf(room, HTTP_CONTENT_RANGE_TEXT, "bytes */%" PRIu64, size)
                            : snprintf(room, HTTP_CONTENT_RANGE_TEXT,
                                       "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range->first,
                                       range->first + range->size - 1, size);
    return (str){room, (size_t)len};
}

bool http_if_range(str if_range, str etag) {
    return str_starts(etag, STR("\"")) && str_eq(str_trim(if_range), etag);
}
