/* unicode.h: UTF-8 and the few properties of characters that more than one room asks for. */
#pragma once

#include "base/buf.h"

enum { UNICODE_BAD = 0xFFFFFFFF };

/* Takes one character off the front of *text. Bytes that are not UTF-8 (RFC 3629: no overlong form,
 * no surrogate, at most U+10FFFF) give UNICODE_BAD and take one byte. `text->len` must not be 0. */
uint32_t utf8_take(str *text);

/* Appends one character, U+FFFD for what is not one. */
void utf8_add(struct buf *b, uint32_t character);

bool utf8_is_valid(str text);

/* Appends `text` with every byte that is not UTF-8 replaced by U+FFFD, and without NUL. */
void utf8_add_mended(struct buf *b, str text);

/* The longest beginning of `text` of at most `max` bytes that does not cut a character. */
str utf8_cut(str text, size_t max);

bool unicode_is_hangul(uint32_t c);    /* syllables and letters, all blocks */
bool unicode_is_cjk(uint32_t c);       /* Hangul, Han, kana: scripts written without word spaces or
                                       whose words carry particles */
bool unicode_is_invisible(uint32_t c); /* zero-width, bidi controls, BOM, soft hyphen, tags */
