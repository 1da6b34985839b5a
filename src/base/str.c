/* str.c: see str.h. */
#include "base/str.h"

#include <string.h>

str str_of(const char *cstr) { return cstr == NULL ? (str){0} : (str){cstr, strlen(cstr)}; }

bool str_eq(str a, str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

bool str_eq_nocase(str a, str b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    }
    return true;
}

int str_cmp(str a, str b) {
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);
    if (order != 0) return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(str s, str prefix) {
    return s.len >= prefix.len && str_eq((str){s.ptr, prefix.len}, prefix);
}

bool str_ends(str s, str suffix) {
    return s.len >= suffix.len && str_eq(str_skip(s, s.len - suffix.len), suffix);
}

size_t str_find(str s, str needle) {
    if (needle.len == 0) return 0;
    if (s.len < needle.len) return STR_NONE;
    const char *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return hit == NULL ? STR_NONE : (size_t)(hit - s.ptr);
}

size_t str_find_byte(str s, char byte) {
    const char *hit = s.len == 0 ? NULL : memchr(s.ptr, byte, s.len);
    return hit == NULL ? STR_NONE : (size_t)(hit - s.ptr);
}

bool str_contains(str s, str needle) { return str_find(s, needle) != STR_NONE; }

bool str_is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

str str_trim(str s) {
    size_t from = 0;
    size_t to = s.len;
    while (from < to && str_is_space(s.ptr[from])) from++;
    while (to > from && str_is_space(s.ptr[to - 1])) to--;
    return str_slice(s, from, to);
}

bool str_cut(str s, char separator, str *ret_before, str *ret_after) {
    size_t at = str_find_byte(s, separator);
    *ret_before = at == STR_NONE ? s : str_slice(s, 0, at);
    *ret_after = at == STR_NONE ? (str){0} : str_skip(s, at + 1);
    return at != STR_NONE;
}

bool str_to_u64(str s, uint64_t *ret_value) {
    uint64_t value = 0;
    if (s.len == 0) return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10U, &value)) return false;
        if (__builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value)) return false;
    }
    *ret_value = value;
    return true;
}
