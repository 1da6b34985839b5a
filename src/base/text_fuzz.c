/* text_fuzz.c: hostile bytes through everything of this room that reads text. */
#include <assert.h>

#include "base/date.h"
#include "base/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is mended is UTF-8 without NUL, and what was UTF-8 without NUL is not touched. */
static void mend(struct arena *a, str text) {
    struct buf b;
    buf_init(&b, a, 3 * text.len + 1);
    utf8_add_mended(&b, text);
    str mended = buf_text(&b);
    assert(utf8_is_valid(mended) && str_find_byte(mended, '\0') == STR_NONE);
    bool was_sound = utf8_is_valid(text) && str_find_byte(text, '\0') == STR_NONE;
    assert(str_eq(mended, text) == was_sound);
    for (size_t max = 0; was_sound && max < 8; max++) assert(utf8_is_valid(utf8_cut(text, max)));
}

/* A moment that could be read can be printed and read again. */
static void read_dates(struct arena *a, str text) {
    int64_t seconds = 0;
    int64_t again = 0;
    if (!date_parse(text, &seconds) && !date_parse_mail(text, &seconds)) return;
    seconds = date_seconds(date_of(seconds)); /* an offset may lead out of the years 1 to 9999 */
    struct buf b;
    buf_init(&b, a, 100);
    date_add(&b, seconds);
    assert(date_parse(buf_text(&b), &again) && again == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, 1 << 24);
    union {
        const uint8_t *bytes;
        const char *chars;
    } p = {.bytes = data};
    str text = {p.chars, size};
    mend(&a, text);
    read_dates(&a, text);
    uint64_t number = 0;
    if (str_to_u64(text, &number)) assert(size > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9');
    return 0;
}
