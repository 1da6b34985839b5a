/* paper_finds.c: what was found, by page and kind. See paper_hidden.h. */
#include "base/unicode.h"
#include "scrub/paper_hidden.h"

enum { LINE_BYTES_MAX = 8 << 10 };

err paper_finds_init(struct paper_finds *finds, struct arena *a, size_t page_count) {
    size_t places = (page_count + 1) * PAPER_KIND_COUNT;
    *finds = (struct paper_finds){.a = a, .page_count = page_count};
    finds->texts = arena_array(a, places, sizeof *finds->texts);
    finds->is_found = arena_array(a, places, sizeof *finds->is_found);
    if (finds->texts == NULL || finds->is_found == NULL) {
        FAIL(ERR_NO_MEMORY, "no memory for what is found");
    }
    return OK;
}

/* A line as it may be shown: no control character, nothing that turns the direction of writing. */
static err clean_line(struct arena *a, str text, str *ret_line) {
    struct buf b;
    buf_init(&b, a, LINE_BYTES_MAX * 4);
    text = utf8_cut(text, LINE_BYTES_MAX);
    bool was_space = true;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
        if (c == UNICODE_BAD || unicode_is_invisible(c)) continue;
        if (is_control || c == ' ') {
            if (!was_space) buf_add_byte(&b, ' ');
            was_space = true;
            continue;
        }
        utf8_add(&b, c);
        was_space = false;
    }
    TRY(buf_finish(&b, ret_line));
    *ret_line = str_trim(*ret_line);
    return OK;
}

static bool has_line(str text, str line) {
    while (text.len > 0) {
        str one;
        str_cut(text, '\n', &one, &text);
        if (str_eq(one, line)) return true;
    }
    return false;
}

err paper_finds_add(struct paper_finds *finds, size_t page, enum paper_kind kind, str text) {
    size_t place = (page > finds->page_count ? 0 : page) * PAPER_KIND_COUNT + kind;
    struct buf *b = &finds->texts[place];
    if (!finds->is_found[place]) buf_init(b, finds->a, PAPER_TEXT_BYTES);
    finds->is_found[place] = true;
    str line;
    TRY(clean_line(finds->a, text, &line));
    bool fits = b->len + line.len + 1 <= PAPER_TEXT_BYTES &&
                finds->bytes + line.len + 1 <= PAPER_FINDS_BYTES;
    if (line.len == 0 || !fits || has_line(buf_text(b), line)) return OK;
    finds->bytes += line.len + 1;
    if (b->len > 0) buf_add_byte(b, '\n');
    buf_add(b, line);
    return buf_check(b);
}

err paper_finds_list(const struct paper_finds *finds, struct paper_hidden **ret_list,
                     size_t *ret_count) {
    size_t places = (finds->page_count + 1) * PAPER_KIND_COUNT;
    size_t count = 0;
    for (size_t i = 0; i < places; i++) count += finds->is_found[i];
    struct paper_hidden *list = arena_array(finds->a, count + 1, sizeof *list);
    if (list == NULL) FAIL(ERR_NO_MEMORY, "no memory for what is found");
    *ret_count = 0;
    for (size_t i = 0; i < places; i++) {
        if (!finds->is_found[i]) continue;
        list[(*ret_count)++] = (struct paper_hidden){.page = (int64_t)(i / PAPER_KIND_COUNT),
                                                     .kind = (int64_t)(i % PAPER_KIND_COUNT),
                                                     .text = buf_text(&finds->texts[i])};
    }
    *ret_list = list;
    return OK;
}
