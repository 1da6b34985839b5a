/* front_matter.c: see front_matter.h. One line of look-ahead, no recursion. */
#include "intake/front_matter.h"

#include "base/unicode.h"

enum { FIELDS_MAX = 200 };

struct lines {
    struct arena *arena;
    str rest;
    int64_t number; /* of the line taken last */
    size_t field_count;
};

static err bad(const struct lines *l, const char *why) {
    FAIL(ERR_INVALID, "line %lld: %s", (long long)l->number, why);
}

static bool peek_line(const struct lines *l, str *ret_line) {
    str rest = {0};
    if (l->rest.len == 0) return false;
    str_cut(l->rest, '\n', ret_line, &rest);
    if (str_ends(*ret_line, STR("\r"))) ret_line->len--;
    return true;
}

static void take_line(struct lines *l) {
    str line = {0};
    str_cut(l->rest, '\n', &line, &l->rest);
    l->number++;
}

static size_t indent_of(str line) {
    size_t count = 0;
    while (count < line.len && line.ptr[count] == ' ') count++;
    return count;
}

static bool is_blank(str line) {
    str text = str_trim(line);
    return text.len == 0 || text.ptr[0] == '#';
}

/* --- Scalars --- */

/* A double-quoted scalar's escapes (YAML 1.2, 5.7), those that occur. */
static err add_escape(struct lines *l, struct buf *b, str *text) {
    static const char from[] = "\"\\/nt rabef0";
    static const char to[] = "\"\\/\n\t \r\a\b\033\f";
    if (text->len == 0) return bad(l, "a quoted text does not end on its line");
    char c = text->ptr[0];
    *text = str_skip(*text, 1);
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits > 0) {
        uint32_t value = 0;
        if (text->len < digits) return bad(l, "an escape is cut short");
        for (size_t i = 0; i < digits; i++) {
            char d = text->ptr[i];
            char low = (char)(d | 0x20);
            bool is_number = d >= '0' && d <= '9';
            if (!is_number && !(low >= 'a' && low <= 'f')) return bad(l, "an escape is no number");
            value = value << 4 | (uint32_t)(is_number ? d - '0' : low - 'a' + 10);
        }
        if (value == 0) return bad(l, "a NUL is not accepted");
        utf8_add(b, value);
        *text = str_skip(*text, digits);
        return OK;
    }
    size_t at = str_find_byte(STR(from), c);
    if (at == STR_NONE || c == '0') return bad(l, "an escape is not known");
    buf_add_byte(b, to[at]);
    return OK;
}

/* Takes a quoted scalar off the front of *text. */
static err take_quoted(struct lines *l, str *text, str *ret_value) {
    char quote = text->ptr[0];
    struct buf b;
    buf_init(&b, l->arena, LIMIT_BODY_BYTES);
    *text = str_skip(*text, 1);
    for (;;) {
        if (text->len == 0) return bad(l, "a quoted text does not end on its line");
        char c = text->ptr[0];
        *text = str_skip(*text, 1);
        if (c == quote && quote == '\'' && str_starts(*text, STR("'"))) {
            *text = str_skip(*text, 1); /* '' is one quote */
        } else if (c == quote) {
            return buf_finish(&b, ret_value);
        } else if (c == '\\' && quote == '"') {
            TRY(add_escape(l, &b, text));
            continue;
        }
        buf_add_byte(&b, c);
    }
}

/* Takes a plain scalar: to one of `ends`, to " #", or to the end of the line. */
static err take_plain(struct lines *l, str *text, const char *ends, str *ret_value) {
    size_t end = 0;
    if (text->len > 0 && str_find_byte(STR("&*!|>%@`"), text->ptr[0]) != STR_NONE) {
        return bad(l, "a text that begins with this sign must be quoted");
    }
    while (end < text->len && str_find_byte(str_of(ends), text->ptr[end]) == STR_NONE) {
        bool is_comment = text->ptr[end] == '#' && end > 0 && str_is_space(text->ptr[end - 1]);
        bool is_key = text->ptr[end] == ':' && (end + 1 == text->len || text->ptr[end + 1] == ' ');
        if (is_comment) break;
        if (is_key) return bad(l, "a text with a colon and a space must be quoted");
        end++;
    }
    *ret_value = str_trim(str_slice(*text, 0, end));
    *text = str_skip(*text, end);
    if (str_eq(*ret_value, STR("~")) || str_eq(*ret_value, STR("null"))) *ret_value = (str){0};
    return OK;
}

static err take_scalar(struct lines *l, str *text, const char *ends, str *ret_value) {
    bool is_quoted = text->len > 0 && (text->ptr[0] == '"' || text->ptr[0] == '\'');
    return is_quoted ? take_quoted(l, text, ret_value) : take_plain(l, text, ends, ret_value);
}

/* Nothing but white space and a comment may be left of a line. */
static err end_of_line(struct lines *l, str text) {
    if (!is_blank(text)) return bad(l, "something stands after the value");
    return OK;
}

/* "key: " at the front of *text; false when there is none. */
static bool take_key(str *text, str *ret_key) {
    size_t end = 0;
    while (end < text->len && text->ptr[end] != ':') {
        char c = text->ptr[end];
        bool is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
        if (!is_fine) return false;
        end++;
    }
    if (end == 0 || end >= text->len) return false;
    if (end + 1 < text->len && text->ptr[end + 1] != ' ') return false;
    *ret_key = str_slice(*text, 0, end);
    *text = str_trim(str_skip(*text, end + 1));
    return true;
}

/* --- Block scalars --- */

/* Text after | (line breaks stay) or > (they become spaces; an empty line is a break). */
static err take_block(struct lines *l, str header, size_t outer, str *ret_value) {
    bool is_folded = header.ptr[0] == '>';
    bool is_kept = str_eq(str_skip(header, 1), STR("+"));
    bool is_plain = header.len == 1 || is_kept || str_eq(str_skip(header, 1), STR("-"));
    if (!is_plain) return bad(l, "this kind of block text is not known; | > |- >- are");
    size_t indent = 0;
    size_t breaks = 0; /* line breaks that wait for a line that has something */
    struct buf b;
    str line = {0};
    buf_init(&b, l->arena, LIMIT_BODY_BYTES);
    while (peek_line(l, &line)) {
        size_t here = indent_of(line);
        if (here == line.len) { /* an empty line */
            take_line(l);
            if (indent > 0) breaks++;
            continue;
        }
        if (here <= outer) break;
        if (indent == 0) indent = here;
        take_line(l);
        if (here < indent) return bad(l, "the indentation of a block text is uneven");
        if (b.len > 0) {
            bool joins = is_folded && breaks == 0;
            buf_add_byte(&b, joins ? ' ' : '\n');
            for (size_t i = is_folded ? 1 : 0; i < breaks; i++) buf_add_byte(&b, '\n');
        }
        breaks = 0;
        buf_add(&b, str_skip(line, indent));
    }
    return buf_finish(&b, ret_value);
}

/* --- Lists and flat maps --- */

static err add_pair(struct lines *l, struct front_entry **map, str key, str value) {
    size_t count = 0;
    while (*map != NULL) {
        if (str_eq((*map)->key, key)) return bad(l, "a key stands twice in one map");
        if (++count >= LIMIT_LIST_ITEMS) return bad(l, "a map is too long");
        map = &(*map)->next;
    }
    *map = arena_alloc(l->arena, sizeof **map);
    if (*map == NULL) FAIL(ERR_NO_MEMORY, "no memory for front matter");
    **map = (struct front_entry){.key = key, .value = value};
    return OK;
}

static err add_item(struct lines *l, struct front_field *field, struct front_item **ret_item) {
    struct front_item **tail = &field->items;
    size_t count = 0;
    while (*tail != NULL) {
        if (++count >= LIMIT_LIST_ITEMS) return bad(l, "a list is too long");
        tail = &(*tail)->next;
    }
    *tail = arena_alloc(l->arena, sizeof **tail);
    if (*tail == NULL) FAIL(ERR_NO_MEMORY, "no memory for front matter");
    *ret_item = *tail;
    return OK;
}

/* {key: value, key: value} */
static err take_inline_map(struct lines *l, str *text, struct front_entry **ret_map) {
    *text = str_trim(str_skip(*text, 1));
    while (!str_starts(*text, STR("}"))) {
        str key = {0};
        str value = {0};
        if (!take_key(text, &key)) return bad(l, "a map needs \"key: value\" and a } at its end");
        TRY(take_scalar(l, text, ",}", &value));
        TRY(add_pair(l, ret_map, key, value));
        *text = str_trim(*text);
        if (str_starts(*text, STR(","))) {
            *text = str_trim(str_skip(*text, 1));
        } else if (!str_starts(*text, STR("}"))) {
            return bad(l, "a comma or a } is missing");
        }
    }
    *text = str_skip(*text, 1);
    return OK;
}

/* [a, "b", {c: d}] on one line */
static err take_inline_list(struct lines *l, str text, struct front_field *field) {
    field->is_list = true;
    text = str_trim(str_skip(text, 1));
    while (!str_starts(text, STR("]"))) {
        struct front_item *item = NULL;
        if (text.len == 0) return bad(l, "a list needs a ] on its line");
        TRY(add_item(l, field, &item));
        if (text.ptr[0] == '{')
            TRY(take_inline_map(l, &text, &item->map));
        else if (text.ptr[0] == '[')
            return bad(l, "a list in a list is not accepted");
        else
            TRY(take_scalar(l, &text, ",]", &item->value));
        text = str_trim(text);
        if (str_starts(text, STR(","))) {
            text = str_trim(str_skip(text, 1));
        } else if (!str_starts(text, STR("]"))) {
            return bad(l, "a comma or a ] is missing");
        }
    }
    return end_of_line(l, str_skip(text, 1));
}

static err take_value(struct lines *l, str text, size_t outer, str *ret_value) {
    if (text.len > 0 && (text.ptr[0] == '|' || text.ptr[0] == '>')) {
        return take_block(l, text, outer, ret_value);
    }
    if (text.len > 0 && (text.ptr[0] == '[' || text.ptr[0] == '{')) {
        return bad(l, "a list or map is nested too deeply");
    }
    TRY(take_scalar(l, &text, "", ret_value));
    return end_of_line(l, text);
}

/* "- a", or "- key: value" with more keys below it. */
static err take_list(struct lines *l, struct front_field *field) {
    str line = {0};
    size_t indent = STR_NONE;
    field->is_list = true;
    while (peek_line(l, &line)) {
        size_t here = indent_of(line);
        str text = str_skip(line, here);
        if (is_blank(line)) {
            take_line(l);
            continue;
        }
        bool is_dash = str_starts(text, STR("- ")) || str_eq(text, STR("-"));
        if (indent == STR_NONE) indent = here;
        if (!is_dash && here == 0) return OK;
        if (str_starts(line, STR("---"))) return OK;
        take_line(l);
        if (is_dash && here != indent) return bad(l, "a list is indented unevenly");
        struct front_item *item = field->items;
        while (item != NULL && item->next != NULL) item = item->next;
        if (is_dash) TRY(add_item(l, field, &item));
        if (is_dash) text = str_trim(str_skip(text, 1));
        bool is_more = !is_dash && item != NULL && item->map != NULL && here > indent;
        if (!is_dash && !is_more)
            return bad(l, "this is neither an item of the list nor a part of one");
        str key = {0};
        str value = {0};
        if (text.len > 0 && text.ptr[0] == '{') {
            TRY(take_inline_map(l, &text, &item->map));
            TRY(end_of_line(l, text));
        } else if (take_key(&text, &key)) {
            TRY(take_value(l, text, here, &value));
            TRY(add_pair(l, &item->map, key, value));
        } else if (is_more) {
            return bad(l, "a \"key: value\" was expected");
        } else {
            TRY(take_value(l, text, here, &item->value));
        }
    }
    return OK;
}

/* --- The whole --- */

static err take_field(struct lines *l, str line, struct front_matter *matter,
                      struct front_field ***tail) {
    str text = line;
    str key = {0};
    str next = {0};
    if (indent_of(line) > 0) return bad(l, "this line is indented, but belongs to nothing");
    if (line.ptr[0] == '\t') return bad(l, "a tab cannot indent");
    if (!take_key(&text, &key)) return bad(l, "a \"key: value\" was expected");
    if (front_find(matter, key) != NULL) return bad(l, "this key stands twice");
    if (++l->field_count > FIELDS_MAX) return bad(l, "there are too many keys");
    struct front_field *field = arena_alloc(l->arena, sizeof *field);
    if (field == NULL) FAIL(ERR_NO_MEMORY, "no memory for front matter");
    field->key = key;
    field->line = l->number;
    **tail = field;
    *tail = &field->next;
    if (text.len > 0 && text.ptr[0] == '[') return take_inline_list(l, text, field);
    if (!is_blank(text)) return take_value(l, text, 0, &field->value);
    while (peek_line(l, &next) && is_blank(next)) take_line(l);
    size_t indent = indent_of(next);
    bool is_list = peek_line(l, &next) && str_starts(str_skip(next, indent), STR("-")) &&
                   !str_starts(next, STR("---"));
    return is_list ? take_list(l, field) : OK;
}

err front_matter_read(struct arena *a, str source, struct front_matter *ret_matter) {
    struct front_matter matter = {.body = source, .body_line = 1};
    struct front_field **tail = &matter.fields;
    struct lines l = {.arena = a, .rest = source};
    str line = {0};
    if (!utf8_is_valid(source)) FAIL(ERR_INVALID, "line 1: the file is not UTF-8");
    if (str_find_byte(source, '\0') != STR_NONE) FAIL(ERR_INVALID, "line 1: the file holds a NUL");
    if (str_starts(l.rest, STR("\xEF\xBB\xBF"))) l.rest = str_skip(l.rest, 3);
    matter.body = l.rest;
    if (!peek_line(&l, &line) || !str_eq(line, STR("---"))) {
        *ret_matter = matter;
        return OK;
    }
    take_line(&l);
    for (;;) {
        if (!peek_line(&l, &line)) return bad(&l, "the front matter has no closing ---");
        take_line(&l);
        if (str_eq(line, STR("---")) || str_eq(line, STR("..."))) break;
        if (!is_blank(line)) TRY(take_field(&l, line, &matter, &tail));
    }
    matter.body = l.rest;
    matter.body_line = l.number + 1;
    *ret_matter = matter;
    return OK;
}

const struct front_field *front_find(const struct front_matter *matter, str key) {
    for (const struct front_field *field = matter->fields; field != NULL; field = field->next) {
        if (str_eq(field->key, key)) return field;
    }
    return NULL;
}

str front_text(const struct front_matter *matter, str key) {
    const struct front_field *field = front_find(matter, key);
    return field == NULL ? (str){0} : field->value;
}

str front_of(const struct front_entry *map, str key) {
    for (; map != NULL; map = map->next) {
        if (str_eq(map->key, key)) return map->value;
    }
    return (str){0};
}
