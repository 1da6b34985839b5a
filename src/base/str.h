/* str.h: a run of bytes that somebody else owns.
 *
 * A `str` is a pointer and a length. It never owns, may hold NUL bytes, and is passed by value.
 * C strings live only at the border to the operating system (arena_cstr makes one).
 *
 * Invariant: `ptr` may be NULL only when `len` is 0. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct str {
    const char *ptr;
    size_t len;
} str;

/* A string literal as a str; for printf, "title " STR_FMT with STR_ARG(title). */
#define STR(literal) ((str){(literal), sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, (s).ptr != NULL ? (s).ptr : ""
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What str_find gives when there is nothing to find. */
#define STR_NONE SIZE_MAX

str str_of(const char *cstr); /* borrows; NULL gives the empty str */
bool str_eq(str a, str b);
bool str_eq_nocase(str a, str b); /* ASCII letters alone are folded */
int str_cmp(str a, str b);        /* by bytes, a shorter prefix first: <0, 0, >0 */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
size_t str_find(str s, str needle); /* offset of the first occurrence, or STR_NONE */
size_t str_find_byte(str s, char byte);
bool str_contains(str s, str needle);
static inline str str_slice(str s, size_t from, size_t to) { /* both ends are clamped to `s` */
    if (to > s.len) to = s.len;
    if (from >= to) return (str){NULL, 0};
    return (str){s.ptr + from, to - from};
}
static inline str str_skip(str s, size_t count) { /* all but the first `count` bytes */
    return str_slice(s, count, s.len);
}
str str_trim(str s);          /* without ASCII white space at both ends */
bool str_is_space(char byte); /* space, tab, CR, LF, VT, FF */

/* Cuts `s` at the first `separator`. False where there is none: then *ret_before is all of `s` and
 * *ret_after is empty. The outputs may be `s` itself:
 *     while (rest.len > 0) { str_cut(rest, '\n', &line, &rest); ... } */
bool str_cut(str s, char separator, str *ret_before, str *ret_after);

/* Reads a decimal number that fills the whole string: digits alone, no sign, no space.
 * False (output untouched) when it is anything else or does not fit. */
bool str_to_u64(str s, uint64_t *ret_value);
