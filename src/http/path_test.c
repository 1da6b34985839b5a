/* path_test.c: names of pages out of targets, against a table and a slower reading of the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/unicode.h"
#include "http/http.h"

static const struct {
    str raw;
    const char *path; /* NULL: refused */
} PATHS[] = {
    {STR("/"), "/"},
    {STR("/en/blog/"), "/en/blog/"},
    {STR("/en//blog///x"), "/en/blog/x"},
    {STR("//"), "/"},
    {STR("/."), "/"},
    {STR("/a/."), "/a/"},
    {STR("/a/./b"), "/a/b"},
    {STR("/a/../b"), "/b"},
    {STR("/a/.."), "/"},
    {STR("/a/b/../"), "/a/"},
    {STR("/a/b/..//../c"), "/c"},
    {STR("/..."), "/..."},
    {STR("/.a/..b"), "/.a/..b"},
    {STR("/%61%2Eb"), "/a.b"},
    {STR("/ko/%EC%A2%85%EC%9D%B4/"), "/ko/종이/"},
    {STR("/ko/%ec%a2%85/"), "/ko/종/"},
    {STR("/%252e%252e/"), "/%2e%2e/"}, /* decoded once */
    {STR("/a%20b+c"), "/a b+c"},
    {STR(""), NULL},
    {STR("a"), NULL},
    {STR("%2fa"), NULL},
    {STR("/.."), NULL},
    {STR("/a/../.."), NULL},
    {STR("/%2e%2e"), NULL},
    {STR("/.%2E/x"), NULL},
    {STR("/%"), NULL},
    {STR("/%4"), NULL},
    {STR("/%4g"), NULL},
    {STR("/%G4"), NULL},
    {STR("/%00"), NULL},
    {STR("/a\0b"), NULL},
    {STR("/a%2Fb"), NULL},
    {STR("/a%2fb"), NULL},
    {STR("/a\\b"), NULL},
    {STR("/a%5Cb"), NULL},
    {STR("/a%0D%0Ab"), NULL},
    {STR("/a%7F"), NULL},
    {STR("/%C0%AE"), NULL},       /* an overlong dot */
    {STR("/%ED%A0%80"), NULL},    /* a surrogate */
    {STR("/%F4%90%80%80"), NULL}, /* beyond U+10FFFF */
    {STR("/%EC%A2"), NULL},       /* cut short */
    {STR("/%FF"), NULL},
};

static void reads_each_path_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        char room[64];
        str path = STR("untouched");
        bool is_good = http_path(PATHS[i].raw, room, &path);
        str wanted = PATHS[i].path != NULL ? str_of(PATHS[i].path) : STR("untouched");
        if (is_good != (PATHS[i].path != NULL) || !str_eq(path, wanted)) {
            fail_msg("row %zu: \"" STR_FMT "\" became \"" STR_FMT "\"", i, STR_ARG(PATHS[i].raw),
                     STR_ARG(path));
        }
    }
}

/* The rules again, as a list of parts. */
static bool slow_path(str raw, char *room, size_t *ret_len) {
    char text[64];
    str parts[64];
    size_t len = 0, count = 0;
    bool ends_open = false;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            static const char DIGITS[] = "0123456789abcdef0123456789ABCDEF";
            const char *high = i + 1 < raw.len ? memchr(DIGITS, raw.ptr[i + 1], 32) : NULL;
            const char *low = i + 2 < raw.len ? memchr(DIGITS, raw.ptr[i + 2], 32) : NULL;
            if (high == NULL || low == NULL) return false;
            c = (char)((high - DIGITS) % 16 * 16 + (low - DIGITS) % 16);
            if (c == '/') return false;
            i += 2;
        }
        if ((unsigned char)c < ' ' || c == 127 || c == '\\') return false;
        text[len++] = c;
    }
    if (len == 0 || text[0] != '/' || !utf8_is_valid((str){text, len})) return false;
    str rest = {text + 1, len - 1};
    for (bool is_more = true; is_more;) {
        str part;
        is_more = str_cut(rest, '/', &part, &rest);
        ends_open = part.len == 0 || str_eq(part, STR(".")) || str_eq(part, STR(".."));
        if (str_eq(part, STR(".."))) {
            if (count == 0) return false;
            count--;
        } else if (!ends_open) {
            parts[count++] = part;
        }
    }
    len = 0;
    for (size_t i = 0; i < count; i++) {
        room[len++] = '/';
        memcpy(room + len, parts[i].ptr, parts[i].len);
        len += parts[i].len;
    }
    if (ends_open || count == 0) room[len++] = '/';
    *ret_len = len;
    return true;
}

/* All strings of up to six of the pieces that matter, after a slash. */
static void agrees_with_the_slow_reading(void **state) {
    (void)state;
    static const str PIECES[] = {STR("/"), STR("."), STR("a"), STR("%2e"), STR("%2F"), STR("%")};
    size_t total = 1;
    for (int depth = 0; depth < 6; depth++) total *= COUNT_OF(PIECES);
    for (size_t number = 0; number < total; number++) {
        char raw[64] = "/", fast[64], slow[64];
        size_t len = 1, slow_len = 0, left = number;
        for (; left > 0; left /= COUNT_OF(PIECES)) {
            str piece = PIECES[left % COUNT_OF(PIECES)];
            memcpy(raw + len, piece.ptr, piece.len);
            len += piece.len;
        }
        str path = STR("");
        bool is_good = http_path((str){raw, len}, fast, &path);
        assert_int_equal(is_good, slow_path((str){raw, len}, slow, &slow_len));
        if (is_good) assert_true(str_eq(path, (str){slow, slow_len}));
    }
}

static void may_work_in_the_memory_of_its_input(void **state) {
    (void)state;
    char room[] = "/a/%2e%2e/%62//c";
    str path;
    assert_true(http_path(str_of(room), room, &path));
    assert_true(str_eq(path, STR("/b/c")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_path_as_the_table_says),
        cmocka_unit_test(agrees_with_the_slow_reading),
        cmocka_unit_test(may_work_in_the_memory_of_its_input),
    };
    return cmocka_run_group_tests_name("http path", tests, NULL, NULL);
}
