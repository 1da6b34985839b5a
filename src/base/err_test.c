/* err_test.c: what err.h promises. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/unicode.h"

static err refuse(int page) { FAIL(ERR_INVALID, "page %d", page); }
static err pass_on(void) {
    TRY(err_ok());
    TRY(refuse(17));
    FAIL(ERR_IO, "not reached");
}

static void says_what_and_where(void **state) {
    (void)state;
    int line_before = __LINE__;
    err e = err_make(ERR_DENIED, __FILE__, __LINE__, "%s %d", "page", 17);
    assert_int_equal(e.kind, ERR_DENIED);
    assert_int_equal(e.line, line_before + 1);
    assert_string_equal(e.file, __FILE__);
    assert_string_equal(e.message, "page 17");
}

static void try_returns_the_first_failure_and_fail_returns_at_once(void **state) {
    (void)state;
    err e = pass_on();
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(e.message, "page 17");
    assert_non_null(strstr(e.file, "err_test.c"));
}

static void wraps_from_the_outside_in(void **state) {
    (void)state;
    err e = err_wrap(err_wrap(refuse(17), "chapter %d", 2), "edition %d", 12);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(e.message, "edition 12: chapter 2: page 17");
    assert_non_null(strstr(e.file, "err_test.c")); /* where it was made, not where it was wrapped */
}

static void wrapping_success_gives_success(void **state) {
    (void)state;
    assert_int_equal(err_wrap(OK, "edition %d", 12).kind, ERR_NONE);
}

/* What a message must be: the longest beginning that fits and does not cut a character. */
static void assert_cut(err e, const char *whole) {
    str wanted = utf8_cut(str_of(whole), ERR_MESSAGE_MAX - 1);
    assert_true(str_eq(str_of(e.message), wanted));
}

/* Characters of two, three and four bytes, and each place the limit can fall in them. */
static void cuts_a_long_message_between_characters(void **state) {
    (void)state;
    static const char *const letters[] = {"\xC3\xA9", "\xE0\xA4\xA8", "\xED\x95\x9C",
                                          "\xF0\x9F\x95\xAF"};
    for (size_t letter = 0; letter < COUNT_OF(letters); letter++) {
        for (int before = ERR_MESSAGE_MAX - 20; before < ERR_MESSAGE_MAX + 4; before++) {
            char whole[ERR_MESSAGE_MAX + 40];
            memset(whole, 'x', sizeof whole);
            snprintf(whole + before, sizeof whole - (size_t)before, "%s%s%s", letters[letter],
                     letters[letter], letters[letter]);
            assert_cut(err_make(ERR_INVALID, __FILE__, __LINE__, "%s", whole), whole);
            char wrapped[sizeof whole + 20];
            snprintf(wrapped, sizeof wrapped, "%s: page 1", whole);
            assert_cut(err_wrap(refuse(1), "%s", whole), wrapped);
            err inner = err_make(ERR_INVALID, __FILE__, __LINE__, "%s", whole + 10);
            snprintf(wrapped, sizeof wrapped, "page 12: %s", whole + 10);
            assert_cut(err_wrap(inner, "page %d", 12), wrapped);
        }
    }
}

static void keeps_a_message_that_just_fits(void **state) {
    (void)state;
    char text[ERR_MESSAGE_MAX] = "";
    memset(text, 'x', ERR_MESSAGE_MAX - 4);
    memcpy(text + ERR_MESSAGE_MAX - 4, "\xED\x95\x9C", 4);
    err e = err_make(ERR_INVALID, __FILE__, __LINE__, "%s", text);
    assert_string_equal(e.message, text);
}

static void names_every_kind(void **state) {
    (void)state;
    for (int kind = 0; kind < ERR_KIND_COUNT; kind++) {
        assert_true(strlen(err_kind_name((enum err_kind)kind)) > 1);
        for (int other = 0; other < kind; other++) {
            assert_string_not_equal(err_kind_name((enum err_kind)kind),
                                    err_kind_name((enum err_kind)other));
        }
    }
    assert_string_equal(err_kind_name(ERR_KIND_COUNT), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_and_where),
        cmocka_unit_test(try_returns_the_first_failure_and_fail_returns_at_once),
        cmocka_unit_test(wraps_from_the_outside_in),
        cmocka_unit_test(wrapping_success_gives_success),
        cmocka_unit_test(cuts_a_long_message_between_characters),
        cmocka_unit_test(keeps_a_message_that_just_fits),
        cmocka_unit_test(names_every_kind),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
