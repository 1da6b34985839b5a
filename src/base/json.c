/* json.c: see json.h. */
#include "base/json.h"

#include <string.h>

#include "base/limits.h"
#include "base/unicode.h"

/* ---- Writing -------------------------------------------------------------------------------- */

/* Whatever stands before a member tells whether it is the first. */
static void begin_member(struct buf *b, const char *name) {
    str before = buf_text(b);
    if (before.len > 0 && memchr("{[", before.ptr[before.len - 1], 2) == NULL) buf_add_byte(b, ',');
    if (name != NULL) buf_printf(b, "\"%s\":", name);
}

void json_open(struct buf *b, const char *name, char bracket) {
    begin_member(b, name);
    buf_add_byte(b, bracket);
}

void json_close(struct buf *b, char bracket) { buf_add_byte(b, bracket); }

void json_member(struct buf *b, const char *name, str text) {
    if (text.len == 0) return;
    begin_member(b, name);
    buf_add_byte(b, '"');
    json_text(b, text);
    buf_add_byte(b, '"');
}

void json_number(struct buf *b, const char *name, int64_t number) {
    begin_member(b, name);
    buf_printf(b, "%lld", (long long)number);
}

/* ---- Judging -------------------------------------------------------------------------------- */

/* Each function takes what its name says off the front of `*rest`; false leaves `*rest` where it
 * went wrong. */
static bool take_value(str *rest, int depth);

static void skip_space(str *rest) {
    while (rest->len > 0 && memchr(" \t\r\n", rest->ptr[0], 4) != NULL) *rest = str_skip(*rest, 1);
}

static bool take(str *rest, str wanted) {
    if (!str_starts(*rest, wanted)) return false;
    *rest = str_skip(*rest, wanted.len);
    return true;
}

/* Digits, at least one; how many. */
static size_t take_digits(str *rest) {
    size_t count = 0;
    while (count < rest->len && rest->ptr[count] >= '0' && rest->ptr[count] <= '9') count++;
    *rest = str_skip(*rest, count);
    return count;
}

static bool take_number(str *rest) {
    take(rest, STR("-"));
    if (!take(rest, STR("0")) && take_digits(rest) == 0) return false;
    if (take(rest, STR(".")) && take_digits(rest) == 0) return false;
    if (!take(rest, STR("e")) && !take(rest, STR("E"))) return true;
    if (!take(rest, STR("+"))) take(rest, STR("-"));
    return take_digits(rest) > 0;
}

/* Four hexadecimal digits behind \u. */
static bool take_unit(str *rest, unsigned *ret_unit) {
    static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
    unsigned unit = 0;
    if (!str_starts(*rest, STR("\\u")) || rest->len < 6) return false;
    for (size_t i = 2; i < 6; i++) {
        const char *digit = memchr(digits, rest->ptr[i], sizeof digits - 1);
        if (digit == NULL) return false;
        unit = unit * 16 + (unsigned)(digit - digits) / 2;
    }
    *rest = str_skip(*rest, 6);
    *ret_unit = unit;
    return true;
}

/* RFC 8259, 7: a character beyond the first plane is two units, and a half alone is none. */
static bool take_escape(str *rest) {
    unsigned unit = 0;
    if (rest->len > 1 && memchr("\"\\/bfnrt", rest->ptr[1], 8) != NULL) {
        *rest = str_skip(*rest, 2);
        return true;
    }
    if (!take_unit(rest, &unit)) return false;
    if (unit < 0xD800 || unit > 0xDFFF) return true;
    return unit <= 0xDBFF && take_unit(rest, &unit) && unit >= 0xDC00 && unit <= 0xDFFF;
}

static bool take_string(str *rest) {
    if (!take(rest, STR("\""))) return false;
    while (rest->len > 0) {
        if (take(rest, STR("\""))) return true;
        if (rest->ptr[0] == '\\') {
            if (!take_escape(rest)) return false;
            continue;
        }
        str after = *rest;
        uint32_t character = utf8_take(&after);
        if (character == UNICODE_BAD || character < 0x20) return false;
        *rest = after;
    }
    return false;
}

static bool take_member(str *rest, bool is_named, int depth) {
    skip_space(rest);
    if (is_named) {
        if (!take_string(rest)) return false;
        skip_space(rest);
        if (!take(rest, STR(":"))) return false;
    }
    return take_value(rest, depth);
}

/* What stands between brackets: members, with commas between them. */
static bool take_members(str *rest, bool is_named, int depth) {
    str end = is_named ? STR("}") : STR("]");
    *rest = str_skip(*rest, 1);
    skip_space(rest);
    if (take(rest, end)) return true;
    do {
        if (!take_member(rest, is_named, depth)) return false;
    } while (take(rest, STR(",")));
    return take(rest, end);
}

/* A value and the white space on both sides of it. */
static bool take_value(str *rest, int depth) {
    skip_space(rest);
    if (depth > LIMIT_DEPTH || rest->len == 0) return false;
    bool is_good = false;
    switch (rest->ptr[0]) {
    case '{': is_good = take_members(rest, true, depth + 1); break;
    case '[': is_good = take_members(rest, false, depth + 1); break;
    case '"': is_good = take_string(rest); break;
    case 't': is_good = take(rest, STR("true")); break;
    case 'f': is_good = take(rest, STR("false")); break;
    case 'n': is_good = take(rest, STR("null")); break;
    default: is_good = take_number(rest); break;
    }
    if (is_good) skip_space(rest);
    return is_good;
}

bool json_is_sound(str text, size_t *ret_at) {
    str rest = text;
    if (take_value(&rest, 1) && rest.len == 0) return true;
    *ret_at = text.len - rest.len;
    return false;
}
