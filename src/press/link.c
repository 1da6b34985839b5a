/* link.c: see link.h. */
#include "press/link.h"

#include <string.h>

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* An own address, and not merely one that begins like it ("https://example.org.evil.net"). */
static bool is_under(str address, str base) {
    if (base.len == 0 || !str_starts(address, base)) return false;
    return address.len == base.len || strchr("/?#", address.ptr[base.len]) != NULL;
}

enum link_kind link_judge(str address, str base) {
    if (address.len == 0 || address.ptr[0] == ' ') return LINK_REFUSED;
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = (unsigned char)address.ptr[i];
        if (c < 0x20 || c == 0x7F) return LINK_REFUSED; /* a browser would drop it */
        if (c == '\\') return LINK_REFUSED;             /* it would take it for a slash */
    }
    if (is_under(address, base)) return LINK_INSIDE;
    if (str_starts(address, STR("//"))) return LINK_OUTSIDE;
    size_t end = 0;
    while (end < address.len && strchr(":/?#", address.ptr[end]) == NULL) end++;
    if (end == address.len || address.ptr[end] != ':') return LINK_INSIDE;
    str scheme = str_slice(address, 0, end);
    if (str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("https")))
        return LINK_OUTSIDE;
    if (str_eq_nocase(scheme, STR("mailto")) || str_eq_nocase(scheme, STR("tel")))
        return LINK_CONTACT;
    return LINK_REFUSED;
}

/* Reserved and unreserved characters and % (RFC 3986, 2), less those that need care in HTML. */
static bool may_stand(char c) {
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("-._~:/?#[]@!$()*+,;=%", c) != NULL);
}

void link_attr(struct buf *b, str address) {
    for (size_t i = 0; i < address.len; i++) {
        if (may_stand(address.ptr[i]))
            buf_add_byte(b, address.ptr[i]);
        else if (address.ptr[i] == '&')
            buf_add(b, STR("&amp;"));
        else
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)address.ptr[i]);
    }
}

void link_path(struct buf *b, str path) {
    while (path.len > 0) {
        str part = {0};
        bool is_cut = str_cut(path, '/', &part, &path);
        url_part(b, part);
        if (is_cut) buf_add_byte(b, '/');
    }
}
