/* rule_book_test.c: every rule is whole in both languages, and found by its id. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/unicode.h"
#include "wire/rule_book.h"

static bool has_hangul(const char *text) {
    str rest = str_of(text);
    while (rest.len > 0) {
        uint32_t c = utf8_take(&rest);
        if (unicode_is_hangul(c)) return true;
    }
    return false;
}

static void has_every_rule_in_both_languages(void **state) {
    (void)state;
    for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
        const struct rule_row *row = rule_row_of(rule);
        for (enum rule_language l = 0; l < RULE_LANGUAGE_COUNT; l++) {
            assert_non_null(row->in[l].refuses);
            assert_non_null(row->in[l].resolves);
            assert_true(utf8_is_valid(str_of(row->in[l].refuses)));
            assert_int_equal(has_hangul(row->in[l].refuses), l == RULE_KOREAN);
            assert_int_equal(has_hangul(row->in[l].resolves), l == RULE_KOREAN);
            assert_true(strlen(rule_answer_words(row, l)) > 0);
        }
    }
}

static void finds_a_rule_by_its_id_and_orders_them(void **state) {
    (void)state;
    for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
        str id = str_of(rule_row_of(rule)->id);
        assert_int_equal(id.len, 3);
        assert_int_equal(rule_of_id(id), rule);
        if (rule > 0) assert_true(strcmp(rule_row_of(rule - 1)->id, id.ptr) < 0);
    }
    const char *const none[] = {"", "R", "R0", "R99", "R000", "r00", " R00"};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_int_equal(rule_of_id(str_of(none[i])), RULE_COUNT);
    }
}

static void what_is_certain_needs_no_fewer_people_than_what_is_vague(void **state) {
    (void)state;
    for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
        const struct rule_row *row = rule_row_of(rule);
        assert_true(row->sure >= row->vague);
        if (row->vague == RULE_NO_ANSWER) assert_int_equal(row->sure, RULE_NO_ANSWER);
    }
}

static void knows_its_languages_by_their_tags(void **state) {
    (void)state;
    static const struct {
        const char *tag;
        int language; /* -1: none of the book's */
    } rows[] = {{"en", RULE_ENGLISH},
                {"en-GB", RULE_ENGLISH},
                {"EN", RULE_ENGLISH},
                {"ko", RULE_KOREAN},
                {"ko-KP", RULE_KOREAN},
                {"KO-kr", RULE_KOREAN},
                {"", -1},
                {"-ko", -1},
                {"k", -1},
                {"kok", -1},
                {"eng", -1},
                {"zh-Hans", -1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum rule_language language = RULE_LANGUAGE_COUNT;
        bool is_known = rule_language_of(str_of(rows[i].tag), &language);
        assert_int_equal(is_known, rows[i].language >= 0);
        assert_int_equal(language, is_known ? (unsigned)rows[i].language : RULE_LANGUAGE_COUNT);
    }
}

static void says_what_it_cannot_see_in_whole_sentences(void **state) {
    (void)state;
    for (size_t i = 0; i < RULE_CANNOT_SEE_COUNT; i++) {
        for (enum rule_language l = 0; l < RULE_LANGUAGE_COUNT; l++) {
            str sentence = str_of(rule_cannot_see(l, i));
            assert_true(utf8_is_valid(sentence));
            assert_true(str_ends(sentence, l == RULE_KOREAN ? STR("니다.") : STR(".")));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_rule_in_both_languages),
        cmocka_unit_test(finds_a_rule_by_its_id_and_orders_them),
        cmocka_unit_test(what_is_certain_needs_no_fewer_people_than_what_is_vague),
        cmocka_unit_test(knows_its_languages_by_their_tags),
        cmocka_unit_test(says_what_it_cannot_see_in_whole_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
