/* str_test.c: what str.h promises. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_str(str got, str wanted) {
    assert_int_equal(got.len, wanted.len);
    if (wanted.len > 0) assert_memory_equal(got.ptr, wanted.ptr, wanted.len);
}

static void borrows_a_c_string_and_takes_null_for_empty(void **state) {
    (void)state;
    assert_str(str_of("paper"), STR("paper"));
    assert_str(str_of(""), STR(""));
    assert_int_equal(str_of(NULL).len, 0);
}

static void compares_bytes_and_not_only_up_to_a_nul(void **state) {
    (void)state;
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eq(STR("a"), STR("ab")));
    assert_true(str_eq((str){0}, STR("")));
}

static void folds_ascii_letters_and_nothing_else(void **state) {
    (void)state;
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_true(str_eq_nocase(STR("AZaz"), STR("azAZ")));
    assert_false(str_eq_nocase(STR("@"), STR("`")));               /* one below A and a */
    assert_false(str_eq_nocase(STR("["), STR("{")));               /* one above Z and z */
    assert_false(str_eq_nocase(STR("\xC3\x89"), STR("\xC3\xA9"))); /* an accented E */
    assert_false(str_eq_nocase(STR("ab"), STR("abc")));
}

static void orders_by_unsigned_bytes_with_a_prefix_first(void **state) {
    (void)state;
    assert_true(str_cmp(STR("abc"), STR("abd")) < 0);
    assert_true(str_cmp(STR("ab"), STR("abc")) < 0);
    assert_true(str_cmp(STR("abc"), STR("ab")) > 0);
    assert_true(str_cmp(STR("\xEA"), STR("z")) > 0);
    assert_int_equal(str_cmp(STR("abc"), STR("abc")), 0);
    assert_int_equal(str_cmp((str){0}, STR("")), 0);
    assert_true(str_cmp((str){0}, STR("a")) < 0);
}

static void knows_how_a_string_begins_and_ends(void **state) {
    (void)state;
    assert_true(str_starts(STR("/en/blog/"), STR("/en/")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_true(str_starts(STR("/en/"), STR("/en/")));
    assert_false(str_starts(str_slice(STR("/en/"), 0, 2), STR("/en/"))); /* it ends before */
    assert_false(str_starts(STR("/e"), STR("/en/")));
    assert_true(str_ends(STR("a.jpg"), STR(".jpg")));
    assert_true(str_ends(STR(""), STR("")));
    assert_false(str_ends(STR("jpg"), STR(".jpg")));
    assert_false(str_ends(STR("a.jpg "), STR(".jpg")));
}

static void finds_the_first_occurrence(void **state) {
    (void)state;
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abc"), STR("")), 0);
    assert_int_equal(str_find(STR("abc"), STR("abc")), 0);
    assert_int_equal(str_find(STR("ab"), STR("abc")), STR_NONE);
    assert_int_equal(str_find(STR("abc"), STR("d")), STR_NONE);
    assert_int_equal(str_find_byte(STR("a\0b\0"), '\0'), 1);
    assert_int_equal(str_find_byte((str){0}, 'a'), STR_NONE);
    assert_true(str_contains(STR("a\0needle"), STR("needle")));
    assert_false(str_contains((str){0}, STR("needle")));
}

static void clamps_both_ends_of_a_slice(void **state) {
    (void)state;
    assert_str(str_slice(STR("abcdef"), 2, 4), STR("cd"));
    assert_str(str_slice(STR("abc"), 1, SIZE_MAX), STR("bc"));
    assert_str(str_slice(STR("abc"), 3, 3), STR(""));
    assert_str(str_slice(STR("abc"), 2, 1), STR(""));
    assert_str(str_slice(STR("abc"), 9, 12), STR(""));
    assert_str(str_skip(STR("abc"), 1), STR("bc"));
    assert_str(str_skip(STR("abc"), 4), STR(""));
    assert_str(str_skip((str){0}, 0), STR(""));
}

static void trims_ascii_space_and_no_other_byte(void **state) {
    (void)state;
    assert_str(str_trim(STR(" \t\r\n\v\f a b \n")), STR("a b"));
    assert_str(str_trim(STR(" \n ")), STR(""));
    assert_str(str_trim(STR("\xC2\xA0x")), STR("\xC2\xA0x")); /* a no-break space stays */
    for (int c = 0; c < 256; c++) {
        bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
        assert_int_equal(str_is_space((char)c), is_space);
    }
}

static void cuts_at_the_first_separator(void **state) {
    (void)state;
    str before = STR("untouched");
    str after = STR("untouched");
    assert_true(str_cut(STR("key=a=b"), '=', &before, &after));
    assert_str(before, STR("key"));
    assert_str(after, STR("a=b"));
    assert_true(str_cut(STR("="), '=', &before, &after));
    assert_int_equal(before.len + after.len, 0);
    assert_false(str_cut(STR("key"), '=', &before, &after));
    assert_str(before, STR("key"));
    assert_int_equal(after.len, 0);
}

static void cuts_a_text_into_lines_with_itself_as_output(void **state) {
    (void)state;
    static const char *const wanted[] = {"one", "", "three"};
    str rest = STR("one\n\nthree");
    str line;
    size_t count = 0;
    while (rest.len > 0) {
        str_cut(rest, '\n', &line, &rest);
        assert_true(count < COUNT_OF(wanted));
        assert_str(line, str_of(wanted[count++]));
    }
    assert_int_equal(count, COUNT_OF(wanted));
}

static void reads_decimal_numbers_up_to_the_largest(void **state) {
    (void)state;
    uint64_t value = 7;
    assert_true(str_to_u64(STR("0"), &value));
    assert_int_equal(value, 0);
    assert_true(str_to_u64(STR("007"), &value));
    assert_int_equal(value, 7);
    assert_true(str_to_u64(STR("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
}

static void refuses_what_is_not_a_number_and_leaves_the_output(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "a",
        "18446744073709551616",
        "99999999999999999999",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint64_t value = 7;
        assert_false(str_to_u64(str_of(bad[i]), &value));
        assert_int_equal(value, 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borrows_a_c_string_and_takes_null_for_empty),
        cmocka_unit_test(compares_bytes_and_not_only_up_to_a_nul),
        cmocka_unit_test(folds_ascii_letters_and_nothing_else),
        cmocka_unit_test(orders_by_unsigned_bytes_with_a_prefix_first),
        cmocka_unit_test(knows_how_a_string_begins_and_ends),
        cmocka_unit_test(finds_the_first_occurrence),
        cmocka_unit_test(clamps_both_ends_of_a_slice),
        cmocka_unit_test(trims_ascii_space_and_no_other_byte),
        cmocka_unit_test(cuts_at_the_first_separator),
        cmocka_unit_test(cuts_a_text_into_lines_with_itself_as_output),
        cmocka_unit_test(reads_decimal_numbers_up_to_the_largest),
        cmocka_unit_test(refuses_what_is_not_a_number_and_leaves_the_output),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
