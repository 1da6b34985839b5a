/* json_test.c: what json.h promises, with jansson as the second reader. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/fault.h"
#include "base/limits.h"

/* ---- Writing -------------------------------------------------------------------------------- */

static void writes_members_with_commas_between_them(void **state) {
    (void)state;
    struct fault fault = {0};
    struct sys sys = fault_sys(&fault, 0);
    struct arena a;
    struct buf b;
    arena_init(&a, &sys, 1 << 16);
    buf_init(&b, &a, 1 << 10);
    json_open(&b, NULL, '{');
    json_member(&b, "name", STR("\"</script>\n{"));
    json_member(&b, "nothing", STR(""));
    json_open(&b, "list", '[');
    json_number(&b, NULL, -5);
    json_open(&b, NULL, '{');
    json_close(&b, '}');
    json_member(&b, NULL, STR("["));
    json_member(&b, NULL, STR("x"));
    json_close(&b, ']');
    json_number(&b, "n", 7);
    json_close(&b, '}');
    static const char wanted[] = "{\"name\":\"\\\"\\u003c/script>\\n{\","
                                 "\"list\":[-5,{},\"[\",\"x\"],\"n\":7}";
    assert_true(str_eq(buf_text(&b), str_of(wanted)));
    arena_done(&a);
}

/* ---- Judging -------------------------------------------------------------------------------- */

static bool is_sound(str text) {
    size_t at = 0;
    return json_is_sound(text, &at);
}

static void takes_what_rfc_8259_calls_json(void **state) {
    (void)state;
    static const char *const good[] = {"{}",
                                       " [ ] \r\n\t",
                                       "null",
                                       "true",
                                       "false",
                                       "0",
                                       "-0",
                                       "-1.50e+3",
                                       "1E9",
                                       "\"\"",
                                       "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00 종이\"",
                                       "{\"a\":[1,2,{\"b\":null}], \"a\" : \"\"}"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (!is_sound(str_of(good[i]))) fail_msg("%s", good[i]);
    }
}

static void says_where_it_stops_being_json(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {{"", 0},
               {"  ", 2},
               {"\xEF\xBB\xBF{}", 0},
               {"{} x", 3},
               {"[1,]", 3},
               {"{\"a\":1,}", 7},
               {"{a:1}", 1},
               {"{\"a\" 1}", 5},
               {"[1 2]", 3},
               {"[1", 2},
               {"tru", 0},
               {"01", 1},
               {"1.", 2},
               {".5", 0},
               {"+1", 0},
               {"1e", 2},
               {"NaN", 0},
               {"'a'", 0},
               {"\"a\nb\"", 2},
               {"\"\\x\"", 1},
               {"\"\\u12\x10g\"", 1},
               {"\"\\uD83D\"", 7},
               {"\"\\uDE00\"", 7},
               {"\"\xED\xA0\x80\"", 1},
               {"\"a", 2}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        size_t at = 99;
        if (json_is_sound(str_of(bad[i].text), &at)) fail_msg("%s", bad[i].text);
        if (at != bad[i].at) fail_msg("%s: %zu", bad[i].text, at);
    }
    assert_false(is_sound((str){"\"\0\"", 3}));
}

static void goes_as_deep_as_its_limit(void **state) {
    (void)state;
    char text[2 * LIMIT_DEPTH + 2];
    memset(text, '[', LIMIT_DEPTH);
    memset(text + LIMIT_DEPTH, ']', LIMIT_DEPTH);
    assert_true(is_sound((str){text, 2 * LIMIT_DEPTH}));
    memset(text, '[', LIMIT_DEPTH + 1);
    memset(text + LIMIT_DEPTH + 1, ']', LIMIT_DEPTH + 1);
    assert_false(is_sound((str){text, 2 * LIMIT_DEPTH + 2}));
}

/* jansson has limits of its own, on numbers and on NUL in strings, that are not the grammar's. */
static bool jansson_takes(str text) {
    json_error_t error;
    json_t *value = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, &error);
    if (value != NULL) {
        json_decref(value);
        return true;
    }
    enum json_error_code code = json_error_code(&error);
    return code == json_error_numeric_overflow || code == json_error_null_character;
}

static uint32_t next_chance(uint32_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void agrees_with_another_reader_on_damaged_texts(void **state) {
    (void)state;
    static const char whole[] = "{\"a\": [1, -2.5e+3, \"\\u00e9\\ud83d\\ude00\\n\", true, null],\n"
                                " \"\xED\x95\x9C\": {\"\": false}}";
    static const char bytes[] = "{}[]\",:\\u0e+-. dD8\xED\x95tnf\n";
    uint32_t seed = 2463534242U;
    size_t sound = 0;
    for (int n = 0; n < 100000; n++) {
        char text[sizeof whole];
        size_t len = sizeof whole - 1;
        memcpy(text, whole, sizeof whole);
        for (uint32_t changes = 1 + next_chance(&seed) % 3; changes > 0; changes--) {
            size_t at = next_chance(&seed) % len;
            bool is_dropped = next_chance(&seed) % 2 == 0;
            if (is_dropped)
                memmove(text + at, text + at + 1, --len - at);
            else
                text[at] = bytes[next_chance(&seed) % (sizeof bytes - 1)];
        }
        bool is_good = jansson_takes((str){text, len});
        if (is_good != is_sound((str){text, len})) fail_msg("%.*s", (int)len, text);
        sound += is_good;
    }
    assert_true(sound > 1000 && sound < 99000); /* both answers were given often */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_members_with_commas_between_them),
        cmocka_unit_test(takes_what_rfc_8259_calls_json),
        cmocka_unit_test(says_where_it_stops_being_json),
        cmocka_unit_test(goes_as_deep_as_its_limit),
        cmocka_unit_test(agrees_with_another_reader_on_damaged_texts),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
