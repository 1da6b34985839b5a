/* path.c: one place where the path of a request becomes a name. See http_path in http.h.
 *
 * Two steps in one memory. First every %XX becomes its byte and every byte is judged; then parts
 * are walked and empty ones, "." and ".." resolved. Decoding comes first, so that an encoded dot is
 * a dot, and it happens once, so that "%252e" is the text "%2e" and nothing else. */
#include "base/unicode.h"
#include "http/http.h"

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Bytes that no name of a page holds, and that other programs on the way may read otherwise. */
static bool is_refused(unsigned char byte) { return byte < 0x20 || byte == 0x7F || byte == '\\'; }

static bool decode(str raw, char *room, size_t *ret_len) {
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        int byte = (unsigned char)raw.ptr[i];
        if (byte == '%') {
            if (raw.len - i < 3) return false;
            int high = hex_value(raw.ptr[i + 1]);
            int low = hex_value(raw.ptr[i + 2]);
            if (high < 0 || low < 0) return false;
            byte = high * 16 + low;
            if (byte == '/') return false; /* two readers would see two different trees */
            i += 2;
        }
        if (is_refused((unsigned char)byte)) return false;
        room[len++] = (char)byte;
    }
    *ret_len = len;
    return true;
}

/* Resolves the parts of path[0..len) in place; path[0] is '/'. */
static bool resolve(char *path, size_t len, size_t *ret_len) {
    size_t put = 1;
    for (size_t at = 1; at < len;) {
        size_t end = at;
        while (end < len && path[end] != '/') end++;
        size_t size = end - at;
        bool is_up = size == 2 && path[at] == '.' && path[at + 1] == '.';
        bool is_here = size == 0 || (size == 1 && path[at] == '.');
        if (is_up) {
            if (put == 1) return false;
            put--; /* onto the slash behind the part before */
            while (path[put - 1] != '/') put--;
        } else if (!is_here) {
            memmove(path + put, path + at, size);
            put += size;
            if (end < len) path[put++] = '/';
        }
        at = end + 1;
    }
    *ret_len = put;
    return true;
}

bool http_path(str raw, char *room, str *ret_path) {
    size_t len = 0;
    if (raw.len == 0 || raw.ptr[0] != '/') return false;
    if (!decode(raw, room, &len) || !utf8_is_valid((str){room, len})) return false;
    if (!resolve(room, len, &len)) return false;
    *ret_path = (str){room, len};
    return true;
}
