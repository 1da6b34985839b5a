/* range_test.c: Range against a table and against a slow oracle, which marks every byte asked for
 * in a small file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/range.h"

enum { RANGES = 4 };

static const struct {
    const char *value;
    uint64_t size;
    const char *wanted; /* "ignored", "416", or ranges */
} ROWS[] = {
    {"bytes=0-0", 10, "0-0"},
    {"bytes=0-9", 10, "0-9"},
    {"bytes=0-", 10, "0-9"},
    {"bytes=9-", 10, "9-9"},
    {"bytes=5-100", 10, "5-9"},
    {"bytes=-3", 10, "7-9"},
    {"bytes=-100", 10, "0-9"},
    {"BYTES=1-2", 10, "1-2"},
    {"bytes=1-2,4-5", 10, "1-2 4-5"},
    {"bytes=4-5,1-2", 10, "4-5 1-2"}, /* in the order asked for */
    {"bytes= 1-2 ,\t4-5 ", 10, "1-2 4-5"},
    {"bytes=,1-2,,", 10, "1-2"},
    {"bytes=1-2,3-4", 10, "1-2 3-4"}, /* side by side is not over each other */
    {"bytes=1-2,20-30", 10, "1-2"},
    {"bytes=0-18446744073709551615", 10, "0-9"},
    {"bytes=0-99999999999999999999999999", 10, "0-9"},
    {"bytes=-99999999999999999999999999", 10, "0-9"},
    {"bytes=0-18446744073709551619", 10, "0-9"}, /* wraps to 3 in 64 bits */
    {"bytes=18446744073709551614-", UINT64_MAX, "18446744073709551614-18446744073709551614"},
    {"bytes=0-1,18446744073709551613-", UINT64_MAX,
     "0-1 18446744073709551613-18446744073709551614"},

    {"bytes=10-", 10, "416"},
    {"bytes=10-20", 10, "416"},
    {"bytes=-0", 10, "416"},
    {"bytes=99999999999999999999999999-", 10, "416"},
    {"bytes=10-,11-,12-,13-,14-,15-", 10, "416"},
    {"bytes=0-", 0, "416"},
    {"bytes=-0", 0, "416"},
    {"bytes=18446744073709551619-", 10, "416"}, /* wraps to 3 in 64 bits */

    {"", 10, "ignored"},
    {"bytes", 10, "ignored"},
    {"bytes=", 10, "ignored"},
    {"bytes=,", 10, "ignored"},
    {"bytes=-", 10, "ignored"},
    {"bytes=--1", 10, "ignored"},
    {"bytes=1", 10, "ignored"},
    {"bytes=2-1", 10, "ignored"},
    {"bytes=a-b", 10, "ignored"},
    {"bytes=0x1-2", 10, "ignored"},
    {"bytes=+1-2", 10, "ignored"},
    {"bytes=1-2x", 10, "ignored"},
    {"bytes=1 -2", 10, "ignored"},
    {"bytes=1-2;3-4", 10, "ignored"},
    {"bytes =1-2", 10, "ignored"},
    {"lines=1-2", 10, "ignored"},
    {"bytes=1-2,x", 10, "ignored"},
    {"bytes=-3", 0, "ignored"}, /* satisfiable by nothing, which 206 cannot say */
    {"bytes=0-5,3-8", 10, "ignored"},
    {"bytes=0-,0-", 10, "ignored"},
    {"bytes=0-0,1-1,2-2,3-3,4-4", 10, "ignored"}, /* one more than there is room for */
};

struct line {
    size_t len;
    char text[256];
};

static void PRINTF_LIKE(2, 3) line_add(struct line *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line->text + line->len, sizeof line->text - line->len, format, arguments);
    va_end(arguments);
    assert_in_range(len, 0, sizeof line->text - line->len - 1);
    line->len += (size_t)len;
}

static void read_in_words(str value, uint64_t size, struct line *line) {
    struct http_range ranges[RANGES];
    unsigned count = 77;
    if (!http_ranges(value, size, ranges, RANGES, &count)) {
        assert_int_equal(count, 77);
        line_add(line, "ignored");
        return;
    }
    if (count == 0) line_add(line, "416");
    for (unsigned i = 0; i < count; i++) {
        line_add(line, "%s%" PRIu64 "-%" PRIu64, i > 0 ? " " : "", ranges[i].first,
                 ranges[i].first + ranges[i].size - 1);
    }
}

static void reads_ranges_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct line said = {0};
        read_in_words(str_of(ROWS[i].value), ROWS[i].size, &said);
        if (strcmp(said.text, ROWS[i].wanted) != 0) fail_msg("%s: %s", ROWS[i].value, said.text);
    }
}

/* One range-spec at random: "3-", "-3" or "3-5". */
struct spec {
    bool has_first, has_last;
    unsigned first, last;
};

static struct spec spec_at_random(unsigned *seed) {
    unsigned form = (unsigned)rand_r(seed) % 4;
    return (struct spec){.has_first = form != 0,
                         .has_last = form != 1,
                         .first = (unsigned)rand_r(seed) % 24,
                         .last = (unsigned)rand_r(seed) % 24};
}

/* The oracle: asks each byte of the file whether it is meant. */
static unsigned long mark(const struct spec *spec, unsigned size) {
    unsigned long marks = 0;
    for (unsigned i = 0; i < size; i++) {
        bool is_meant = spec->has_first ? i >= spec->first && (!spec->has_last || i <= spec->last)
                                        : i + spec->last >= size;
        if (is_meant) marks |= 1UL << i;
    }
    return marks;
}

/* A value at random for a file of `size` bytes, and what must come of it. */
static void ask_the_oracle(unsigned *seed, unsigned size, struct line *value, struct line *wanted) {
    unsigned specs = 1 + (unsigned)rand_r(seed) % 5, good = 0;
    unsigned long all = 0;
    bool is_ignored = false;
    line_add(value, "bytes=");
    for (unsigned i = 0; i < specs; i++) {
        struct spec spec = spec_at_random(seed);
        if (i > 0) line_add(value, ",");
        if (spec.has_first) line_add(value, "%u", spec.first);
        line_add(value, "-");
        if (spec.has_last) line_add(value, "%u", spec.last);
        if (spec.has_first && spec.has_last && spec.last < spec.first) is_ignored = true;
        unsigned long marks = mark(&spec, size);
        if (marks == 0) continue;
        if ((all & marks) != 0 || good++ == RANGES) is_ignored = true;
        all |= marks;
        line_add(wanted, "%s%d-%d", good > 1 ? " " : "", __builtin_ctzl(marks),
                 63 - __builtin_clzl(marks));
    }
    if (good == 0) line_add(wanted, "416");
    if (is_ignored) *wanted = (struct line){.text = "ignored"};
}

static void agrees_with_a_slow_oracle(void **state) {
    (void)state;
    unsigned seed = 3;
    for (int round = 0; round < 200000; round++) {
        struct line value = {0}, wanted = {0}, said = {0};
        unsigned size = 1 + (unsigned)rand_r(&seed) % 20;
        ask_the_oracle(&seed, size, &value, &wanted);
        read_in_words(str_of(value.text), size, &said);
        if (strcmp(said.text, wanted.text) != 0) {
            fail_msg("%s of %u: %s, not %s", value.text, size, said.text, wanted.text);
        }
    }
}

static void writes_what_content_range_says(void **state) {
    (void)state;
    char room[HTTP_CONTENT_RANGE_TEXT];
    struct http_range range = {0, 10}, far = {UINT64_MAX - 2, 2};
    assert_true(str_eq(http_content_range(&range, 100, room), STR("bytes 0-9/100")));
    assert_true(str_eq(http_content_range(NULL, 100, room), STR("bytes */100")));
    assert_true(str_eq(http_content_range(&far, UINT64_MAX, room),
                       STR("bytes 18446744073709551613-18446744073709551614/"
                           "18446744073709551615")));
}

static void lets_a_range_stand_for_the_same_strong_tag_alone(void **state) {
    (void)state;
    assert_true(http_if_range(STR("\"abc\""), STR("\"abc\"")));
    assert_true(http_if_range(STR(" \"abc\"\t"), STR("\"abc\"")));
    assert_false(http_if_range(STR("\"abd\""), STR("\"abc\"")));
    assert_false(http_if_range(STR("W/\"abc\""), STR("\"abc\"")));
    assert_false(http_if_range(STR("W/\"abc\""), STR("W/\"abc\"")));
    assert_false(http_if_range(STR("abc"), STR("\"abc\"")));
    assert_false(http_if_range(STR("*"), STR("\"abc\"")));
    assert_false(http_if_range(STR("\"abc\", \"x\""), STR("\"abc\"")));
    assert_false(http_if_range(STR("Mon, 23 Nov 2026 06:27:21 GMT"), STR("\"abc\"")));
    assert_false(http_if_range(STR(""), STR("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ranges_as_the_table_says),
        cmocka_unit_test(agrees_with_a_slow_oracle),
        cmocka_unit_test(writes_what_content_range_says),
        cmocka_unit_test(lets_a_range_stand_for_the_same_strong_tag_alone),
    };
    return cmocka_run_group_tests_name("http ranges", tests, NULL, NULL);
}
