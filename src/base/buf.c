/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

enum { ROOM_MIN = 128 };

void buf_init(struct buf *b, struct arena *a, size_t max) {
    *b = (struct buf){.arena = a, .max = max};
}

static void grow(struct buf *b, size_t room) {
    char *grown = arena_stretch(b->arena, b->ptr, b->room, room);
    if (grown == NULL) {
        b->failed = ERR_NO_MEMORY;
        return;
    }
    b->ptr = grown;
    b->room = room;
}

void buf_reserve(struct buf *b, size_t more) {
    size_t need = 0;
    bool is_possible = !__builtin_add_overflow(b->len, more, &need) && need < b->max;
    if (b->failed == ERR_NONE && is_possible && need >= b->room) grow(b, need + 1);
}

/* Makes room for `more` bytes and gives the place to write them, or NULL and remembers why. The
 * place is one byte longer: vsnprintf wants to end with a NUL that is no part of the text. */
static char *make_room(struct buf *b, size_t more) {
    if (b->failed != ERR_NONE) return NULL;
    size_t need = 0;
    if (__builtin_add_overflow(b->len, more, &need) || need > b->max) {
        b->failed = ERR_LIMIT;
        return NULL;
    }
    if (need >= b->room) {
        size_t room = b->room < ROOM_MIN ? ROOM_MIN : b->room * 2;
        if (room <= need) room = need + 1;
        grow(b, room);
        if (b->failed != ERR_NONE) return NULL;
    }
    return b->ptr + b->len;
}

void buf_add_slowly(struct buf *b, str s) {
    char *place = make_room(b, s.len);
    if (place == NULL || s.len == 0) return;
    memcpy(place, s.ptr, s.len);
    b->len += s.len;
}

void buf_printf(struct buf *b, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0 && b->failed == ERR_NONE) b->failed = ERR_INVALID;
    char *place = len < 0 ? NULL : make_room(b, (size_t)len);
    if (place == NULL) return;
    va_start(arguments, format);
    vsnprintf(place, (size_t)len + 1, format, arguments);
    va_end(arguments);
    b->len += (size_t)len;
}

static const char *html_reference(char c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void html_text(struct buf *b, str s) {
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        const char *reference = html_reference(s.ptr[i]);
        if (reference == NULL) continue;
        buf_add(b, str_slice(s, from, i));
        buf_add(b, str_of(reference));
        from = i + 1;
    }
    buf_add(b, str_skip(s, from));
}

void html_attr(struct buf *b, str s) { html_text(b, s); }

static bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void url_part(struct buf *b, str s) {
    for (size_t i = 0; i < s.len; i++) {
        if (is_unreserved(s.ptr[i]))
            buf_add_byte(b, s.ptr[i]);
        else
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)s.ptr[i]);
    }
}

void json_text(struct buf *b, str s) {
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c == '\n')
            buf_add(b, STR("\\n"));
        else if (c == '\t')
            buf_add(b, STR("\\t"));
        else if (c < 0x20 || c == '<' || c == 0x7F)
            buf_printf(b, "\\u%04x", (unsigned)c);
        else
            buf_add_byte(b, (char)c);
    }
}

str buf_text(const struct buf *b) {
    return b->failed != ERR_NONE ? (str){0} : (str){b->ptr, b->len};
}

err buf_check(const struct buf *b) {
    switch (b->failed) {
    case ERR_NONE: return OK;
    case ERR_LIMIT: FAIL(ERR_LIMIT, "a text passes its limit of %zu bytes", b->max);
    case ERR_NO_MEMORY: FAIL(ERR_NO_MEMORY, "no memory for a text of more than %zu bytes", b->len);
    default: FAIL(b->failed, "a text could not be built");
    }
}

err buf_finish(struct buf *b, str *ret_text) {
    TRY(buf_check(b));
    *ret_text = (str){b->ptr, b->len};
    return OK;
}
