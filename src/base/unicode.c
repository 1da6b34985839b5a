/* unicode.c: see unicode.h. */
#include "base/unicode.h"

#include <string.h>

uint32_t utf8_take(str *text) {
    const unsigned char *p = (const unsigned char *)text->ptr;
    size_t left = text->len;
    uint32_t c = p[0];
    size_t more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : 3;
    *text = str_skip(*text, 1);
    if (c < 0x80) return c;
    if (c < 0xC2 || c > 0xF4 || left <= more) return UNICODE_BAD;
    c &= 0x3FU >> more;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80) return UNICODE_BAD;
        c = c << 6 | (p[i] & 0x3FU);
    }
    bool is_overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    if (is_overlong || is_surrogate || c > 0x10FFFF) return UNICODE_BAD;
    *text = str_skip(*text, more);
    return c;
}

void utf8_add(struct buf *b, uint32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    char bytes[4];
    size_t len = 0;
    if (c < 0x80) {
        bytes[len++] = (char)c;
    } else if (c < 0x800) {
        bytes[len++] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        bytes[len++] = (char)(0xE0 | c >> 12);
        bytes[len++] = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        bytes[len++] = (char)(0xF0 | c >> 18);
        bytes[len++] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[len++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80) bytes[len++] = (char)(0x80 | (c & 0x3F));
    buf_add(b, (str){bytes, len});
}

/* How many bytes at the beginning are ASCII, eight at a time and then one by one. */
static size_t ascii_prefix(const unsigned char *p, size_t len) {
    size_t at = 0;
    for (uint64_t eight = 0; len - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, p + at, sizeof eight);
        if ((eight & 0x8080808080808080U) != 0) break;
    }
    while (at < len && p[at] < 0x80) at++;
    return at;
}

static bool goes_on(unsigned char c) { return (c & 0xC0) == 0x80; }

/* How many bytes the character has that begins at `p`, which is not ASCII; 0 where none does. The
 * rows are those of RFC 3629, 4: what a second byte may be depends on the first. */
static size_t length_of(const unsigned char *p, size_t left) {
    unsigned c = p[0];
    if (c < 0xC2 || c > 0xF4) return 0;
    if (c < 0xE0) return left >= 2 && goes_on(p[1]) ? 2 : 0;
    if (c < 0xF0) {
        if (left < 3 || !goes_on(p[1]) || !goes_on(p[2])) return 0;
        return (c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] >= 0xA0) ? 0 : 3;
    }
    if (left < 4 || !goes_on(p[1]) || !goes_on(p[2]) || !goes_on(p[3])) return 0;
    return (c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] >= 0x90) ? 0 : 4;
}

bool utf8_is_valid(str text) {
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t at = 0;
    while (at < text.len) {
        at += ascii_prefix(p + at, text.len - at);
        while (at < text.len && p[at] >= 0x80) {
            size_t len = length_of(p + at, text.len - at);
            if (len == 0) return false;
            at += len;
        }
    }
    return true;
}

void utf8_add_mended(struct buf *b, str text) {
    while (text.len > 0) {
        str before = text;
        uint32_t c = utf8_take(&text);
        if (c == UNICODE_BAD)
            buf_add(b, STR("\xEF\xBF\xBD"));
        else if (c != 0)
            buf_add(b, str_slice(before, 0, before.len - text.len));
    }
}

str utf8_cut(str text, size_t max) {
    if (text.len <= max) return text;
    size_t end = max;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) end--;
    return str_slice(text, 0, end);
}

bool unicode_is_hangul(uint32_t c) {
    return (c >= 0xAC00 && c <= 0xD7FF) || /* syllables, extended letters B */
           (c >= 0x1100 && c <= 0x11FF) || /* letters that compose */
           (c >= 0x3130 && c <= 0x318F) || /* compatibility letters */
           (c >= 0xA960 && c <= 0xA97F) || /* extended letters A */
           (c >= 0xFFA0 && c <= 0xFFDC);   /* half width */
}

bool unicode_is_cjk(uint32_t c) {
    return unicode_is_hangul(c) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

bool unicode_is_invisible(uint32_t c) {
    return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x17B4 ||
           c == 0x17B5 || (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0x3164 ||
           c == 0xFEFF || c == 0xFFA0 || (c >= 0xE0000 && c <= 0xE0FFF);
}
