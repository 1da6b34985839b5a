/* passage.c: see passage.h. */
#include "gate/passage.h"

#include "base/unicode.h"

enum {
    AROUND_BYTES = 40, /* shown before and behind what was found */
    PASSAGE_BYTES = 200,
};

/* Where a byte of the text stands, as an editor counts. */
static void place_of(str text, size_t at, struct gate_finding *finding) {
    str before = str_slice(text, 0, at);
    finding->line = 1;
    for (size_t i = 0; i < before.len; i++) finding->line += before.ptr[i] == '\n';
    while (before.len > 0 && str_find_byte(before, '\n') != STR_NONE)
        str_cut(before, '\n', &(str){0}, &before);
    finding->column = 1;
    while (before.len > 0) {
        utf8_take(&before);
        finding->column++;
    }
}

/* The end of a text of at most `max` bytes that begins with a whole character. */
static str last_bytes(str text, size_t max) {
    if (text.len <= max) return text;
    text = str_skip(text, text.len - max);
    while (text.len > 0 && ((unsigned char)text.ptr[0] & 0xC0) == 0x80) text = str_skip(text, 1);
    return text;
}

/* In valid UTF-8, for it is shown to people and travels in JSON. */
static err mend(struct arena *a, str text, str *ret_text) {
    struct buf b;
    buf_init(&b, a, 4 * (PASSAGE_BYTES + 8));
    utf8_add_mended(&b, text);
    return buf_finish(&b, ret_text);
}

err passage_show(struct arena *a, const struct passage *p, struct gate_finding *finding) {
    str found = utf8_cut(str_slice(p->text, p->from, p->to), PASSAGE_BYTES);
    place_of(p->text, p->from, finding);
    TRY(mend(a, last_bytes(str_slice(p->text, 0, p->from), AROUND_BYTES), &finding->before));
    TRY(mend(a, found, &finding->passage));
    return mend(a, utf8_cut(str_skip(p->text, p->to), AROUND_BYTES), &finding->after);
}
