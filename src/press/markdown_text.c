/* markdown_text.c: a body's words, and its pictures' numbers. See markdown.h. */
#include "press/markdown_impl.h"

#include "base/unicode.h"

/* One reading of a body, for either purpose. */
struct reader {
    struct buf *words; /* NULL: pictures alone are asked for */
    size_t max;
    struct arena *arena;
    int64_t *numbers;
    size_t count;
    size_t room;
    struct buf address;
    int picture_depth;
    err failed;
};

/* Starts the next paragraph on a line of its own. */
static void end_line(struct buf *b) {
    if (b->failed == ERR_NONE && b->len > 0 && b->ptr[b->len - 1] != '\n') buf_add_byte(b, '\n');
}

static int go_on(struct reader *r) {
    if (r->address.failed != ERR_NONE) r->failed = buf_check(&r->address);
    if (r->words != NULL && r->words->failed != ERR_NONE) r->failed = buf_check(r->words);
    bool is_full = r->words != NULL && r->words->len >= r->max;
    return is_full || r->failed.kind != ERR_NONE;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct reader *r = context;
    (void)detail;
    bool is_cell = type == MD_BLOCK_TD || type == MD_BLOCK_TH;
    if (r->words == NULL) return 0;
    if (is_cell && r->words->len > 0)
        buf_add_byte(r->words, ' ');
    else
        end_line(r->words);
    return go_on(r);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct reader *r = context;
    (void)detail;
    if (r->words != NULL && type != MD_BLOCK_TD && type != MD_BLOCK_TH) end_line(r->words);
    return go_on(r);
}

static void add_number(struct reader *r, int64_t number) {
    if (r->count == r->room) {
        size_t room = r->room == 0 ? 8 : r->room * 2;
        int64_t *grown = arena_grow(r->arena, r->numbers, r->room * sizeof *r->numbers,
                                    room * sizeof *r->numbers);
        if (grown == NULL) {
            r->failed =
                err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "no memory for %zu pictures", room);
            return;
        }
        r->numbers = grown;
        r->room = room;
    }
    r->numbers[r->count++] = number;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context) {
    struct reader *r = context;
    if (type != MD_SPAN_IMG) return 0;
    r->picture_depth++;
    if (r->words != NULL) return 0;
    r->address.len = 0;
    markdown_add_attribute(&r->address, &((MD_SPAN_IMG_DETAIL *)detail)->src);
    int64_t number = 0;
    if (markdown_media_number(str_trim(buf_text(&r->address)), &number)) add_number(r, number);
    return go_on(r);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *context) {
    struct reader *r = context;
    if (type != MD_SPAN_IMG) return 0;
    r->picture_depth--;
    if (r->words == NULL || r->picture_depth > 0) return 0;
    markdown_add_attribute(r->words, &((MD_SPAN_IMG_DETAIL *)detail)->title); /* its caption */
    return go_on(r);
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context) {
    struct reader *r = context;
    if (r->words == NULL || r->picture_depth > 0) return 0;
    if (type == MD_TEXT_ENTITY)
        markdown_add_entity(r->words, (str){text, size});
    else if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        buf_add_byte(r->words, ' ');
    else
        buf_add(r->words, (str){text, size});
    return go_on(r);
}

static err read_block(struct reader *r, const struct block *block) {
    static const enum attribute shown[] = {ATTRIBUTE_TITLE, ATTRIBUTE_CAPTION, ATTRIBUTE_CREDIT,
                                           ATTRIBUTE_BY};
    for (size_t i = 0; r->words != NULL && i < COUNT_OF(shown); i++) {
        buf_add(r->words, block->attributes[shown[i]]);
        end_line(r->words);
    }
    str media = block->attributes[ATTRIBUTE_MEDIA];
    if (str_starts(media, STR("media:"))) media = str_skip(media, 6);
    uint64_t number = 0;
    if (str_to_u64(media, &number) && number > 0 && number <= INT64_MAX)
        add_number(r, (int64_t)number);
    const MD_PARSER callbacks = {.enter_block = enter_block,
                                 .leave_block = leave_block,
                                 .enter_span = enter_span,
                                 .leave_span = leave_span,
                                 .text = add_text};
    r->picture_depth = 0;
    TRY(markdown_parse(block->text, callbacks, r));
    return r->failed;
}

static err read_body(struct reader *r, str body) {
    buf_init(&r->address, r->arena, (size_t)LIMIT_BODY_BYTES * 3);
    str rest = {0};
    TRY(markdown_clean(r->arena, body, &rest));
    struct block block = {0};
    while (markdown_next_block(&rest, &block)) {
        TRY(read_block(r, &block));
        if (r->words != NULL && r->words->len >= r->max) break;
    }
    return OK;
}

err markdown_text(struct arena *a, str body, size_t max, str *ret_text) {
    struct buf words;
    buf_init(&words, a, (size_t)LIMIT_BODY_BYTES * 6);
    struct reader r = {.arena = a, .words = &words, .max = max};
    TRY(read_body(&r, body));
    str text = {0};
    TRY(buf_finish(&words, &text));
    *ret_text = str_trim(utf8_cut(text, max));
    return OK;
}

static int compare_numbers(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one;
    int64_t b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

/* Whether `mark` is in the text. Its first character is a rare one, for which memchr is several
 * times faster than a search for all of it. */
static bool holds(str text, str mark) {
    for (;;) {
        size_t at = str_find_byte(text, mark.ptr[0]);
        if (at == STR_NONE) return false;
        text = str_skip(text, at);
        if (str_starts(text, mark)) return true;
        text = str_skip(text, 1);
    }
}

err markdown_media(struct arena *a, str body, int64_t **ret_numbers, size_t *ret_count) {
    struct reader r = {.arena = a};
    /* However it is dressed, a picture begins with one of these: most bodies need no parsing. */
    bool may_show = holds(body, STR("![")) || holds(body, STR(":::"));
    if (may_show) TRY(read_body(&r, body));
    sort_things(r.numbers, r.count, sizeof *r.numbers, compare_numbers);
    size_t kept = 0;
    for (size_t i = 0; i < r.count; i++) {
        if (kept == 0 || r.numbers[kept - 1] != r.numbers[i]) r.numbers[kept++] = r.numbers[i];
    }
    *ret_numbers = r.numbers;
    *ret_count = kept;
    return OK;
}
