/* buf.h: text that grows.
 *
 * A buf builds bytes in an arena, up to a maximum given at birth. The appends return nothing: the
 * first failure is remembered, later appends do nothing, and buf_finish, which must be called and
 * checked, reports it. So a page of appends reads like the page.
 *
 * The escape is in the name of the append: html_text for text between tags, html_attr inside a
 * quoted attribute, url_part for one part of a path, json_text inside quotes of JSON. buf_add is
 * for bytes that need no escape. */
#pragma once

#include <string.h>

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *ptr;
    size_t len;
    size_t room;
    size_t max;
    enum err_kind failed;
};

/* A buf of at most `max` bytes; its bytes live in `a` and die with it. */
void buf_init(struct buf *b, struct arena *a, size_t max);

/* Makes room for `more` bytes at once, where the size is known before: nothing is copied while it
 * grows. More than the buf may hold is not made room for; the appends will say so. */
void buf_reserve(struct buf *b, size_t more);

void buf_add_slowly(struct buf *b, str s); /* makes room first */
static inline void buf_add(struct buf *b, str s) {
    bool has_room = b->failed == ERR_NONE && s.len < b->room - b->len && s.len <= b->max - b->len;
    if (!has_room || s.len == 0) {
        buf_add_slowly(b, s);
        return;
    }
    memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
}
static inline void buf_add_byte(struct buf *b, char byte) { buf_add(b, (str){&byte, 1}); }
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Escapes. html_text and html_attr write & < > " ' as references (WHATWG HTML, 13.3), so either is
 * safe in both places; they differ in name so that the reader sees which was meant. url_part keeps
 * the unreserved characters of RFC 3986, 2.3 and percent-encodes every other byte. json_text
 * follows RFC 8259, 7 and also escapes <, so that JSON may stand inside a script element. */
void html_text(struct buf *b, str s);
void html_attr(struct buf *b, str s);
void url_part(struct buf *b, str s);
void json_text(struct buf *b, str s);

/* What was built so far, without ending it; empty after a failure. */
str buf_text(const struct buf *b);

/* Ends the building. *ret_text lives as long as the arena.
 * fails: ERR_NO_MEMORY, ERR_LIMIT (longer than `max`). */
err buf_finish(struct buf *b, str *ret_text) MUST_USE;

/* The failure that buf_finish would report, or success, while building goes on. */
err buf_check(const struct buf *b) MUST_USE;
