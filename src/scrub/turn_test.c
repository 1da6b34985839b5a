/* turn_test.c: the eight ways a camera may have been held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base.h"
#include "scrub/turn.h"

/* The letter F, which no turn maps to itself: two columns, three rows, one byte a pixel.
 *
 *     F e        what is stored for each orientation so that it stands upright again, EXIF 2.32
 *     F n
 *     F .   */
static const char UPRIGHT[] = "FeFnF.";

static void turns_every_orientation_upright(void **state) {
    (void)state;
    static const struct {
        int orientation;
        uint32_t width, height;
        const char *stored;
    } WAYS[] = {
        {1, 2, 3, "FeFnF."}, {2, 2, 3, "eFnF.F"}, {3, 2, 3, ".FnFeF"}, {4, 2, 3, "F.FnFe"},
        {5, 3, 2, "FFFen."}, {6, 3, 2, "en.FFF"}, {7, 3, 2, ".neFFF"}, {8, 3, 2, "FFF.ne"},
    };
    for (size_t i = 0; i < COUNT_OF(WAYS); i++) {
        struct turn turn = {WAYS[i].orientation, WAYS[i].width, WAYS[i].height, 1};
        uint8_t upright[7] = {0};
        turn_upright(&turn, (const uint8_t *)WAYS[i].stored, upright);
        assert_string_equal((const char *)upright, UPRIGHT);
    }
}

static void leaves_an_unknown_orientation_as_it_is(void **state) {
    (void)state;
    static const int UNKNOWN[] = {0, 9, -1, 0x7FFFFFFF};
    for (size_t i = 0; i < COUNT_OF(UNKNOWN); i++) {
        struct turn turn = {UNKNOWN[i], 2, 3, 1};
        uint8_t upright[7] = {0};
        turn_upright(&turn, (const uint8_t *)UPRIGHT, upright);
        assert_string_equal((const char *)upright, UPRIGHT);
    }
}

static void keeps_the_bytes_of_a_pixel_together(void **state) {
    (void)state;
    struct turn turn = {6, 2, 1, 4};
    uint8_t upright[9] = {0};
    turn_upright(&turn, (const uint8_t *)"abcdwxyz", upright);
    assert_string_equal((const char *)upright, "abcdwxyz"); /* a row became a column */
    turn.orientation = 8;
    turn_upright(&turn, (const uint8_t *)"abcdwxyz", upright);
    assert_string_equal((const char *)upright, "wxyzabcd");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_every_orientation_upright),
        cmocka_unit_test(leaves_an_unknown_orientation_as_it_is),
        cmocka_unit_test(keeps_the_bytes_of_a_pixel_together),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
