/* slots.c: see slots.h. */
#include "pressing/slots.h"

static const str OPENING = {"<!--", 4};
static const str CLOSING = {"-->", 3};

/* One item, and the one around it. */
struct frame {
    const struct slot_scope *scope;
    const struct frame *outer;
    int depth;
};

struct mark {
    char kind; /* '=', '[' or ']'; 0 for a comment that is none of ours */
    str name;
    size_t len; /* of the whole mark, or of the comment's beginning */
};

static bool is_name(str name) {
    if (name.len == 0 || name.len > SLOT_NAME_MAX) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_sound = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!is_sound) return false;
    }
    return true;
}

/* The mark that `text` begins with. */
static struct mark read_mark(str text) {
    struct mark mark = {.len = OPENING.len};
    char kind = text.len > OPENING.len ? text.ptr[OPENING.len] : '\0';
    if (kind != '=' && kind != '[' && kind != ']') return mark;
    size_t from = OPENING.len + 1;
    size_t end = str_find(str_slice(text, from, from + SLOT_NAME_MAX + CLOSING.len), CLOSING);
    if (end == STR_NONE) return mark;
    str name = str_slice(text, from, from + end);
    if (!is_name(name)) return mark;
    return (struct mark){.kind = kind, .name = name, .len = from + end + CLOSING.len};
}

/* Where the list that was opened before `text` ends. */
static bool find_end(str text, str name, size_t *ret_at, size_t *ret_len) {
    size_t at = 0;
    size_t found;
    while ((found = str_find(str_skip(text, at), OPENING)) != STR_NONE) {
        at += found;
        struct mark mark = read_mark(str_skip(text, at));
        if (mark.kind == ']' && str_eq(mark.name, name)) {
            *ret_at = at;
            *ret_len = mark.len;
            return true;
        }
        at += mark.len;
    }
    return false;
}

static str find_text(const struct frame *frame, str name) {
    for (; frame != NULL; frame = frame->outer) {
        for (size_t i = 0; i < frame->scope->slot_count; i++) {
            if (str_eq(str_of(frame->scope->slots[i].name), name))
                return frame->scope->slots[i].text;
        }
    }
    return (str){0};
}

static struct slot_list find_list(const struct frame *frame, str name) {
    for (; frame != NULL; frame = frame->outer) {
        for (size_t i = 0; i < frame->scope->list_count; i++) {
            if (str_eq(str_of(frame->scope->lists[i].name), name)) return frame->scope->lists[i];
        }
    }
    return (struct slot_list){0};
}

static err fill(struct buf *out, str text, const struct frame *frame) {
    if (frame->depth > LIMIT_DEPTH) FAIL(ERR_INVALID, "lists stand too deep in one another");
    size_t at;
    while ((at = str_find(text, OPENING)) != STR_NONE) {
        struct mark mark = read_mark(str_skip(text, at));
        buf_add(out, str_slice(text, 0, at));
        if (mark.kind == '\0') buf_add(out, OPENING);
        if (mark.kind == '=') html_text(out, find_text(frame, mark.name));
        if (mark.kind == ']')
            FAIL(ERR_INVALID, "a list ends that did not begin: " STR_FMT, STR_ARG(mark.name));
        text = str_skip(text, at + mark.len);
        if (mark.kind != '[') continue;
        size_t end = 0;
        size_t end_len = 0;
        struct slot_list list = find_list(frame, mark.name);
        if (!find_end(text, mark.name, &end, &end_len))
            FAIL(ERR_INVALID, "a list does not end: " STR_FMT, STR_ARG(mark.name));
        for (size_t i = 0; i < list.count; i++) {
            struct frame inner = {&list.items[i], frame, frame->depth + 1};
            TRY(fill(out, str_slice(text, 0, end), &inner));
            TRY(buf_check(out));
        }
        text = str_skip(text, end + end_len);
    }
    buf_add(out, text);
    return OK;
}

err slots_fill(struct arena *a, str page, const struct slot_scope *scope, str *ret_filled) {
    struct buf out;
    struct frame frame = {.scope = scope};
    buf_init(&out, a, SLOTS_PAGE_MAX);
    TRY(fill(&out, page, &frame));
    return buf_finish(&out, ret_filled);
}
