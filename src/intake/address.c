/* address.c: see address.h. */
#include "intake/address.h"

#include "base/unicode.h"

static int hex(char c) {
    char low = (char)(c | 0x20);
    if (c >= '0' && c <= '9') return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

err address_decode(struct arena *a, str text, str *ret_text) {
    struct buf b;
    str decoded = {0};
    buf_init(&b, a, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool is_code = text.ptr[i] == '%' && i + 2 < text.len && hex(text.ptr[i + 1]) >= 0 &&
                       hex(text.ptr[i + 2]) >= 0;
        if (is_code) {
            buf_add_byte(&b, (char)(hex(text.ptr[i + 1]) << 4 | hex(text.ptr[i + 2])));
            i += 2;
        } else {
            buf_add_byte(&b, text.ptr[i]);
        }
    }
    TRY(buf_finish(&b, &decoded));
    bool is_good = utf8_is_valid(decoded) && str_find_byte(decoded, '\0') == STR_NONE;
    *ret_text = is_good ? decoded : text;
    return OK;
}

/* "https://www.Example.org/a?b#c" is split into "Example.org" and "/a?b"; false: another scheme. */
static bool split(str address, str *ret_host, str *ret_path) {
    str rest = address;
    *ret_host = (str){0};
    if (str_starts(rest, STR("//")))
        rest = str_skip(rest, 2);
    else if (str_eq_nocase(str_slice(rest, 0, 8), STR("https://")))
        rest = str_skip(rest, 8);
    else if (str_eq_nocase(str_slice(rest, 0, 7), STR("http://")))
        rest = str_skip(rest, 7);
    else if (!str_starts(rest, STR("/")))
        return false;
    str without_fragment = {0};
    str fragment = {0};
    str_cut(rest, '#', &without_fragment, &fragment);
    rest = without_fragment;
    if (address.len > 1 && address.ptr[0] == '/' && address.ptr[1] != '/') {
        *ret_path = rest;
        return true;
    }
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') end++;
    *ret_host = str_slice(rest, 0, end);
    if (str_eq_nocase(str_slice(*ret_host, 0, 4), STR("www."))) *ret_host = str_skip(*ret_host, 4);
    *ret_path = str_skip(rest, end);
    return true;
}

err address_on_site(struct arena *a, str address, str base, str *ret_path) {
    str host = {0};
    str path = {0};
    str base_host = {0};
    str base_path = {0};
    *ret_path = (str){0};
    if (!split(address, &host, &path)) return OK;
    if (!split(base, &base_host, &base_path)) base_host = (str){0};
    bool is_relative = host.len == 0 && str_starts(address, STR("/"));
    if (!is_relative && !(base_host.len > 0 && str_eq_nocase(host, base_host))) return OK;
    if (path.len == 0 || path.ptr[0] != '/') {
        TRY(arena_printf(a, &path, "/" STR_FMT, STR_ARG(path)));
    }
    TRY(address_decode(a, path, ret_path));
    return address_without_empty_parts(a, *ret_path, ret_path);
}

err address_without_empty_parts(struct arena *a, str path, str *ret_path) {
    struct buf b;
    buf_init(&b, a, path.len);
    for (size_t i = 0; i < path.len; i++) {
        bool is_empty_part = i > 0 && path.ptr[i] == '/' && path.ptr[i - 1] == '/';
        if (!is_empty_part) buf_add_byte(&b, path.ptr[i]);
    }
    return buf_finish(&b, ret_path);
}

bool address_is_safe(str path) {
    if (path.len == 0 || path.len >= LIMIT_PATH_BYTES || path.ptr[0] == '/') return false;
    if (str_find_byte(path, '\0') != STR_NONE) return false;
    while (path.len > 0) {
        str part = {0};
        str_cut(path, '/', &part, &path);
        if (part.len == 0 || str_eq(part, STR(".")) || str_eq(part, STR(".."))) return false;
    }
    return true;
}

err address_of_upload(struct arena *a, str address, str *ret_path) {
    static const char *const folders[] = {"/wp-content/uploads/", "/wp-content/blogs.dir/"};
    str path = {0};
    str query = {0};
    str host = {0};
    *ret_path = (str){0};
    str_cut(address, '?', &path, &query);
    str_cut(path, '#', &path, &query);
    str found = {0};
    for (size_t i = 0; i < COUNT_OF(folders) && found.len == 0; i++) {
        size_t at = str_find(path, str_of(folders[i]));
        if (at != STR_NONE) found = str_skip(path, at + str_of(folders[i]).len);
    }
    str below = {0};
    if (found.len == 0 && split(path, &host, &below)) {
        if (str_ends(host, STR(".files.wordpress.com"))) found = str_skip(below, 1);
    }
    TRY(address_decode(a, found, &found));
    if (address_is_safe(found)) *ret_path = found;
    return OK;
}

static bool is_digits(str s) {
    uint64_t number = 0;
    return s.len <= 5 && str_to_u64(s, &number);
}

bool address_without_size(struct arena *a, str path, str *ret_path) {
    size_t dot = path.len;
    while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/') dot--;
    if (dot == 0 || path.ptr[dot - 1] != '.') return false;
    str stem = str_slice(path, 0, dot - 1);
    size_t dash = stem.len;
    while (dash > 0 && stem.ptr[dash - 1] != '-' && stem.ptr[dash - 1] != '/') dash--;
    if (dash == 0 || stem.ptr[dash - 1] != '-') return false;
    str width = {0};
    str height = {0};
    if (!str_cut(str_skip(stem, dash), 'x', &width, &height)) return false;
    if (!is_digits(width) || !is_digits(height)) return false;
    err e = arena_printf(a, ret_path, STR_FMT "." STR_FMT, STR_ARG(str_slice(stem, 0, dash - 1)),
                         STR_ARG(str_skip(path, dot)));
    return e.kind == ERR_NONE; /* without memory the name as it is will be tried */
}

bool address_is_picture(str path) {
    static const char *const ends[] = {".jpg", ".jpeg", ".png", ".jpe", ".jfif"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        str end = str_of(ends[i]);
        if (path.len > end.len && str_eq_nocase(str_skip(path, path.len - end.len), end)) {
            return true;
        }
    }
    return false;
}
