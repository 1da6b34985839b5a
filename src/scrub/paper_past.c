/* paper_past.c: see paper_past.h. */
#include "scrub/paper_past.h"

#include <string.h>

static const str END = {"startxref", 9};

/* The end of the next state of the file: behind its "startxref N". */
static size_t next_end(str bytes, size_t from) {
    size_t at = str_find(str_skip(bytes, from), END);
    if (at == STR_NONE) return STR_NONE;
    at += from + END.len;
    struct paper_lexeme number = paper_lex(bytes, &at);
    return number.token == PAPER_T_NUMBER ? number.to : at;
}

static bool has_word(const struct paper_list *list, str word) {
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->words[i].text, word)) return true;
    }
    return false;
}

/* Lines that hold a word which the same page does not have now. */
static err tell_lines(const struct paper_list *past, const struct paper_list *present,
                      struct paper_finds *finds) {
    struct buf line;
    bool is_new = false;
    buf_init(&line, finds->a, PAPER_TEXT_BYTES);
    for (size_t i = 0; i < past->count; i++) {
        const struct paper_found *word = &past->words[i];
        if (line.len > 0) buf_add_byte(&line, ' ');
        buf_add(&line, word->text);
        is_new = is_new || present == NULL || !has_word(present, word->text);
        bool goes_on = i + 1 < past->count && !word->ends_line && line.len < PAPER_TEXT_BYTES / 16;
        if (goes_on) continue;
        TRY(buf_check(&line));
        if (is_new) TRY(paper_finds_add(finds, 0, PAPER_REVISION, buf_text(&line)));
        is_new = false;
        line.len = 0;
    }
    return OK;
}

static bool is_told(const struct paper_hidden *list, size_t count, str line) {
    for (size_t i = 0; i < count; i++) {
        if (str_contains(list[i].text, line)) return true;
    }
    return false;
}

/* What was hidden then and is not now. */
static err tell_hidden(struct paper_finds *then, struct paper_finds *finds) {
    struct paper_hidden *was = NULL;
    struct paper_hidden *is = NULL;
    size_t was_count = 0;
    size_t is_count = 0;
    TRY(paper_finds_list(then, &was, &was_count));
    TRY(paper_finds_list(finds, &is, &is_count));
    for (size_t i = 0; i < was_count; i++) {
        for (str rest = was[i].text; rest.len > 0;) {
            str line;
            str_cut(rest, '\n', &line, &rest);
            if (is_told(is, is_count, line)) continue;
            TRY(paper_finds_add(finds, 0, PAPER_REVISION, line));
        }
    }
    return OK;
}

static err read_past(struct arena *a, str bytes, const struct paper_reading *present,
                     struct paper_finds *finds) {
    struct paper_reading past;
    struct paper_finds then;
    enum paper_status status = PAPER_SILENT;
    struct buf whole;
    str text;
    buf_init(&whole, a, bytes.len + 16);
    buf_add(&whole, bytes);
    buf_add(&whole, STR("\n%%EOF\n"));
    TRY(buf_finish(&whole, &text));
    TRY(paper_read_bytes(a, text, &past, &status));
    if (status != PAPER_READ) FAIL(ERR_INVALID, "an earlier state cannot be read");
    for (size_t i = 0; i < past.document.sheet_count; i++) {
        bool is_there = i < present->document.sheet_count;
        TRY(tell_lines(&past.lists[i], is_there ? &present->lists[i] : NULL, finds));
    }
    TRY(paper_finds_init(&then, a, past.document.sheet_count));
    TRY(paper_hidden_find(&past.document, &then));
    return tell_hidden(&then, finds);
}

/* The file as if it had no table of offsets: qpdf then takes every object that stands anywhere in
 * it. A file that packs its objects may not be read so; then there is nothing to tell. */
static err read_without_table(struct arena *a, str bytes, const struct paper_reading *present,
                              struct paper_finds *finds) {
    CLEANUP(arena_done) struct arena scratch;
    arena_init(&scratch, a->sys, (size_t)1 << 30);
    char *copy = arena_alloc(&scratch, bytes.len);
    if (copy == NULL) FAIL(ERR_NO_MEMORY, "no memory for a copy of the file");
    memcpy(copy, bytes.ptr, bytes.len);
    for (size_t at = 0, found = 0; (found = str_find(str_skip(bytes, at), END)) != STR_NONE;) {
        at += found;
        memset(copy + at, ' ', END.len);
        at += END.len;
    }
    err e = read_past(&scratch, (str){copy, bytes.len}, present, finds);
    return e.kind == ERR_NO_MEMORY ? e : OK;
}

err paper_past_find(struct arena *a, str bytes, const struct paper_reading *present,
                    struct paper_finds *finds) {
    bool is_for_web = str_contains(str_slice(bytes, 0, 1024), STR("/Linearized"));
    size_t count = 0;
    size_t end = next_end(bytes, 0);
    size_t after = end == STR_NONE ? STR_NONE : next_end(bytes, end);
    for (; after != STR_NONE; end = after, after = next_end(bytes, end), count++) {
        CLEANUP(arena_done) struct arena scratch;
        bool is_none = is_for_web && count == 0;
        if (count == LIMIT_PAPER_REVISIONS) {
            return paper_finds_add(finds, 0, PAPER_REVISION, STR("(more states than are read)"));
        }
        if (!is_none) TRY(paper_finds_add(finds, 0, PAPER_REVISION, STR("")));
        arena_init(&scratch, a->sys, (size_t)1 << 30);
        err e = read_past(&scratch, str_slice(bytes, 0, end), present, finds);
        if (e.kind == ERR_NO_MEMORY) return e;
        if (e.kind != ERR_NONE && !is_none) {
            TRY(paper_finds_add(finds, 0, PAPER_REVISION, STR("(a state that cannot be read)")));
        }
    }
    return read_without_table(a, bytes, present, finds);
}
