/* press_view_test.c: excerpts, and words with something filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "press/press_impl.h"

enum { ARENA_MAX = 1 << 20 };

static void cuts_an_excerpt_at_a_word(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t characters;
        const char *excerpt;
    } cases[] = {
        {"", 10, ""},
        {"short", 10, "short"},
        {"exactly ten", 11, "exactly ten"},
        {"one two three", 9, "one two…"},
        {"one two three", 7, "one two…"},
        {"one two  \n ", 7, "one two"},
        {"one\n\ntwo\tthree", 20, "one two three"},
        {"  leading", 20, "leading"},
        {"unbreakable", 4, "unbr…"},
        {"종이 다리를 건너다", 6, "종이 다리를…"},
        {"종이 다리를 건너다", 4, "종이…"},
        {"a\xFF"
         "b",
         10, "a b"},
    };
    struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        arena_init(&arena, &sys, ARENA_MAX);
        str text = {0};
        const char *cstr = NULL;
        err e = excerpt(&arena, str_of(cases[i].text), cases[i].characters, &text);
        assert_int_equal(e.kind, ERR_NONE);
        assert_int_equal(arena_cstr(&arena, text, &cstr).kind, ERR_NONE);
        assert_string_equal(cstr, cases[i].excerpt);
    }
}

static void fills_words_into_braces(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *filled;
    } cases[] = {
        {"Page {page} of {pages}", "Page 2 of 3"},
        {"{page}{page}", "22"},
        {"{unknown}!", "!"},
        {"no braces", "no braces"},
        {"open {page", "open {page"},
        {"}{page}", "}2"},
    };
    const struct fill fills[] = {{STR("page"), STR("2")}, {STR("pages"), STR("3")}};
    struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        arena_init(&arena, &sys, ARENA_MAX);
        struct buf out;
        buf_init(&out, &arena, ARENA_MAX);
        fill_words(&out, str_of(cases[i].text), fills, COUNT_OF(fills));
        buf_add_byte(&out, '\0');
        assert_string_equal(buf_text(&out).ptr, cases[i].filled);
    }
}

static void finds_a_word_through_its_levels(void **state) {
    (void)state;
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, ARENA_MAX);
    const struct press_options options = {.theme = -1};
    struct press p = {.sys = &sys, .options = &options, .site = &arena};
    struct edition korean = {.language = STR("ko-KP")};
    assert_int_equal(theme_words(&p, korean.language, &korean.words).kind, ERR_NONE);
    struct edition english = {.language = STR("xx")};
    assert_int_equal(theme_words(&p, english.language, &english.words).kind, ERR_NONE);
    assert_true(str_eq(word(&korean, STR("language.ko")), STR("한국어")));
    assert_true(str_eq(word(&english, STR("language.ko")), STR("Korean")));
    assert_true(str_eq(word(&english, STR("no.such.word")), STR("no.such.word")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_an_excerpt_at_a_word),
        cmocka_unit_test(fills_words_into_braces),
        cmocka_unit_test(finds_a_word_through_its_levels),
    };
    return cmocka_run_group_tests_name("press_view", tests, NULL, NULL);
}
