/* address_test.c: addresses of an old site, and new destinations in a Markdown text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "intake/address.h"
#include "intake/relink.h"
#include "intake/table.h"

struct pair {
    const char *given;
    const char *expected;
};

static void assert_str(str text, const struct pair *pair) {
    if (!str_eq(text, str_of(pair->expected))) {
        fail_msg("%s gave \"" STR_FMT "\" instead of \"%s\"", pair->given, STR_ARG(text),
                 pair->expected);
    }
}

static void knows_what_lies_on_the_site(void **state) {
    (void)state;
    static const struct pair pairs[] = {{"https://old.example/a/b/", "/a/b/"},
                                        {"HTTP://www.OLD.example/%EA%B8%B8/#x", "/\xEA\xB8\xB8/"},
                                        {"//old.example", "/"},
                                        {"https://old.example?p=1", "/?p=1"},
                                        {"/a", "/a"},
                                        {"https://other.example/a", ""},
                                        {"https://old.example.evil/a", ""},
                                        {"a/b", ""},
                                        {"mailto:a@old.example", ""},
                                        {"", ""}};
    struct sys sys = sys_real();
    struct arena a;
    arena_init(&a, &sys, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        str path = {0};
        err e = address_on_site(&a, str_of(pairs[i].given), STR("https://old.example"), &path);
        assert_int_equal(e.kind, ERR_NONE);
        assert_str(path, &pairs[i]);
    }
    arena_done(&a);
}

static void finds_uploads_and_lets_none_climb_out(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"https://x/wp-content/uploads/2020/01/a%20b.jpg?w=300", "2020/01/a b.jpg"},
        {"/wp-content/uploads/a.png", "a.png"},
        {"https://x.files.wordpress.com/2008/06/c.jpg", "2008/06/c.jpg"},
        {"https://x/wp-content/uploads/../../wp-config.php", ""},
        {"https://x/wp-content/uploads/%2e%2e/a", ""},
        {"https://x/wp-content/uploads//etc/passwd", ""},
        {"https://x/wp-content/uploads/a%00b.jpg", "a%00b.jpg"},
        {"https://x/a.jpg", ""}};
    struct sys sys = sys_real();
    struct arena a;
    arena_init(&a, &sys, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        str path = {0};
        assert_int_equal(address_of_upload(&a, str_of(pairs[i].given), &path).kind, ERR_NONE);
        assert_str(path, &pairs[i]);
    }
    arena_done(&a);
}

static void finds_the_original_of_a_size(void **state) {
    (void)state;
    static const struct pair pairs[] = {{"2020/a-300x200.jpg", "2020/a.jpg"},
                                        {"a-1x1.png", "a.png"},
                                        {"a-x200.jpg", ""},
                                        {"a.jpg", ""},
                                        {"a-300x200", ""},
                                        {"300x200/a.jpg", ""},
                                        {"a-3x2x1.jpg", ""}};
    struct sys sys = sys_real();
    struct arena a;
    arena_init(&a, &sys, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        str path = {0};
        bool is_sized = address_without_size(&a, str_of(pairs[i].given), &path);
        assert_int_equal(is_sized, pairs[i].expected[0] != '\0');
        assert_str(path, &pairs[i]);
    }
    arena_done(&a);
}

static err answer(void *context, bool is_picture, str destination, enum relink_verdict *ret_verdict,
                  str *ret_destination) {
    (void)context;
    *ret_verdict = str_ends(destination, STR(".pdf")) ? RELINK_REMOVE : RELINK_KEEP;
    *ret_destination = is_picture ? STR("media:7") : STR("/new/");
    return OK;
}

static void gives_texts_their_new_destinations(void **state) {
    (void)state;
    static const struct pair pairs[] = {
        {"a ![b](c.png \"t\") d", "a ![b](media:7 \"t\") d"},
        {"[x](y) [p](q.pdf) [r]", "[x](/new/) p [r]"},
        {"[![a](b)](c.pdf)", "![a](media:7)"},
        {"[a](b(c)d) \\[e](f) `[g](h)`", "[a](/new/) \\[e](f) `[g](h)`"},
        {"[a](<b c>)", "[a](/new/)"},
        {"::: figure\nmedia: a.png\nalt: x\n:::", "::: figure\nmedia: 7\nalt: x\n:::"},
        {"```\n[a](b)\n```\n[a](b)", "```\n[a](b)\n```\n[a](/new/)"},
        {"[a](b", "[a](b"},
        {"](x)", "](x)"},
        {"![", "!["},
        {"`", "`"},
        {"\\", "\\"}};
    struct sys sys = sys_real();
    struct arena a;
    arena_init(&a, &sys, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct relink how = {.answer = answer};
        struct buf b;
        buf_init(&b, &a, 1 << 16);
        assert_int_equal(relink(&b, str_of(pairs[i].given), &how).kind, ERR_NONE);
        assert_str(buf_text(&b), &pairs[i]);
    }
    arena_done(&a);
}

static void finds_what_was_put_into_a_table(void **state) {
    (void)state;
    struct sys sys = sys_real();
    struct arena a;
    arena_init(&a, &sys, 1 << 24);
    struct table table = {.arena = &a};
    assert_null(table_get(&table, STR("1")));
    for (int i = 0; i < 5000; i++) {
        str key = {0};
        assert_int_equal(arena_printf(&a, &key, "%d", i).kind, ERR_NONE);
        assert_int_equal(table_put(&table, key, arena_alloc(&a, (size_t)i + 1)).kind, ERR_NONE);
    }
    assert_int_equal(table_put(&table, STR("7"), &table).kind, ERR_NONE);
    assert_int_equal(table.count, 5000);
    assert_non_null(table_get(&table, STR("4999")));
    assert_ptr_not_equal(table_get(&table, STR("7")), &table); /* the first one stays */
    assert_null(table_get(&table, STR("5000")));
    arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_lies_on_the_site),
        cmocka_unit_test(finds_uploads_and_lets_none_climb_out),
        cmocka_unit_test(finds_the_original_of_a_size),
        cmocka_unit_test(gives_texts_their_new_destinations),
        cmocka_unit_test(finds_what_was_put_into_a_table),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
