/* json.h: JSON (RFC 8259): writing it, and judging what somebody else has written.
 *
 * Nothing is read into memory: who must judge bytes keeps nothing of them. */
#pragma once

#include "base/buf.h"

/* Appends to a buf, member by member; the commas come by themselves. `name` is NULL in a list, a
 * plain ASCII word elsewhere; `bracket` is one of {[ to open and of }] to close. Because json_text
 * escapes <, what is written may stand inside a script element of HTML.
 *
 *     json_open(b, NULL, '{');
 *     json_member(b, "name", name);
 *     json_close(b, '}');
 *
 * An empty text is left out: a member that says nothing is none. */
void json_open(struct buf *b, const char *name, char bracket);
void json_close(struct buf *b, char bracket);
void json_member(struct buf *b, const char *name, str text);
void json_number(struct buf *b, const char *name, int64_t number);

/* One value of UTF-8 with white space around it at most, nested at most LIMIT_DEPTH deep; strict:
 * no byte order mark, no half of a surrogate pair. False: *ret_at is where it stops being one, in
 * bytes from the start. */
bool json_is_sound(str text, size_t *ret_at);
