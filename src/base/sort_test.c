/* sort_test.c: what sort.h promises. */
#include "base/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { THINGS_MAX = 9 };

static size_t compared; /* how often, in one sorting */

static int by_value(const void *one, const void *other) {
    int a = *(const int *)one;
    int b = *(const int *)other;
    compared++;
    return (a > b) - (a < b);
}

/* Every list of up to seven of the numbers 0 to 3, and what is left of each is what was put in. */
static void sorts_every_small_list(void **state) {
    (void)state;
    for (size_t count = 0; count <= 7; count++) {
        for (unsigned which = 0; which < 1U << (2 * count); which++) {
            int things[THINGS_MAX] = {0};
            size_t held[4] = {0};
            for (size_t i = 0; i < count; i++) {
                things[i] = (int)(which >> (2 * i) & 3);
                held[things[i]]++;
            }
            sort_things(things, count, sizeof *things, by_value);
            for (size_t i = 0; i < count; i++) {
                if (i > 0) assert_true(things[i - 1] <= things[i]);
                held[things[i]]--;
            }
            for (size_t i = 0; i < 4; i++) assert_int_equal(held[i], 0);
        }
    }
}

static void looks_once_at_what_is_in_order(void **state) {
    (void)state;
    int things[THINGS_MAX] = {1, 1, 2, 3, 5, 8, 13, 21, 34};
    compared = 0;
    sort_things(things, THINGS_MAX, sizeof *things, by_value);
    assert_int_equal(compared, THINGS_MAX - 1);
}

static void takes_nothing_for_nothing(void **state) {
    (void)state;
    compared = 0;
    sort_things(NULL, 0, sizeof(int), by_value);
    assert_int_equal(compared, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_every_small_list),
        cmocka_unit_test(looks_once_at_what_is_in_order),
        cmocka_unit_test(takes_nothing_for_nothing),
    };
    return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
