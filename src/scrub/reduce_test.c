/* reduce_test.c: smaller pictures, beside the formula, slowly and in floating point. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"
#include "scrub/reduce.h"

enum { LOBES = 3 };

static double lanczos(double x) {
    if (x == 0) return 1;
    return fabs(x) >= LOBES ? 0
                            : LOBES * sin(M_PI * x) * sin(M_PI * x / LOBES) / (M_PI * M_PI * x * x);
}

static long within(long k, uint32_t count) {
    return k < 0 ? 0 : k >= (long)count ? (long)count - 1 : k;
}

/* One new number by the formula: all old ones in reach, each by its weight. */
static double formula(const struct reduction *r, const uint8_t *from, uint32_t x, uint32_t y,
                      uint32_t band) {
    double across = (double)r->from_width / r->width;
    double down = (double)r->from_height / r->height;
    double centre_x = (x + 0.5) * across - 0.5;
    double centre_y = (y + 0.5) * down - 0.5;
    double sum = 0;
    double weights = 0;
    for (long j = (long)floor(centre_y - LOBES * down); (double)j <= centre_y + LOBES * down; j++) {
        for (long i = (long)floor(centre_x - LOBES * across);
             (double)i <= centre_x + LOBES * across; i++) {
            double weight =
                lanczos(((double)i - centre_x) / across) * lanczos(((double)j - centre_y) / down);
            size_t at = (size_t)within(j, r->from_height) * r->from_width +
                        (size_t)within(i, r->from_width);
            sum += weight * from[at * r->bands + band];
            weights += weight;
        }
    }
    double value = sum / weights;
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static uint8_t *picture(uint32_t width, uint32_t height, uint32_t bands) {
    size_t size = (size_t)width * height * bands;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    uint32_t noise = 1;
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525U + 1013904223U;
        /* noise beside fields of black and white: overshoot, and the ends of the range */
        bytes[i] = i / bands % width / 7 % 2 ? (uint8_t)(noise >> 24) : (noise >> 31 ? 255 : 0);
    }
    return bytes;
}

static uint8_t *reduced(const struct reduction *r, const uint8_t *from) {
    uint8_t *to = malloc((size_t)r->width * r->height * r->bands);
    void *room = malloc(reduce_room(r));
    assert_non_null(to);
    assert_non_null(room);
    reduce_picture(r, from, to, room);
    free(room);
    return to;
}

static void gives_what_the_formula_gives(void **state) {
    (void)state;
    static const struct reduction CASES[] = {
        {97, 61, 96, 60, 3},  {97, 61, 48, 31, 3},   {200, 33, 60, 10, 1}, {65, 65, 1, 1, 3},
        {300, 1, 48, 1, 3},   {1, 300, 1, 48, 3},    {64, 40, 64, 20, 4},  {64, 40, 32, 40, 2},
        {700, 20, 21, 17, 3}, {400, 300, 37, 29, 3}, {21, 16, 20, 16, 3},
    };
    for (size_t c = 0; c < COUNT_OF(CASES); c++) {
        const struct reduction *r = &CASES[c];
        uint8_t *from = picture(r->from_width, r->from_height, r->bands);
        uint8_t *to = reduced(r, from);
        for (uint32_t y = 0; y < r->height; y++) {
            for (uint32_t x = 0; x < r->width; x++) {
                for (uint32_t b = 0; b < r->bands; b++) {
                    double wanted = formula(r, from, x, y, b);
                    uint8_t got = to[((size_t)y * r->width + x) * r->bands + b];
                    if (fabs(wanted - got) > 1) {
                        fail_msg("case %zu, %u x %u: %u, wanted %.2f", c, x, y, got, wanted);
                    }
                }
            }
        }
        free(from);
        free(to);
    }
}

static void leaves_a_plain_field_as_it_is(void **state) {
    (void)state;
    static const uint8_t SHADES[] = {0, 1, 127, 254, 255};
    struct reduction r = {1000, 100, 333, 33, 3};
    for (size_t s = 0; s < COUNT_OF(SHADES); s++) {
        uint8_t *from = picture(r.from_width, r.from_height, r.bands);
        memset(from, SHADES[s], (size_t)r.from_width * r.from_height * r.bands);
        uint8_t *to = reduced(&r, from);
        for (size_t i = 0; i < (size_t)r.width * r.height * r.bands; i++) {
            assert_int_equal(to[i], SHADES[s]);
        }
        free(from);
        free(to);
    }
}

static void leaves_a_picture_of_its_own_size_as_it_is(void **state) {
    (void)state;
    struct reduction r = {130, 70, 130, 70, 3};
    uint8_t *from = picture(r.from_width, r.from_height, r.bands);
    uint8_t *to = reduced(&r, from);
    assert_memory_equal(from, to, (size_t)r.width * r.height * r.bands);
    free(from);
    free(to);
}

static void keeps_the_shape(void **state) {
    (void)state;
    assert_int_equal(reduce_height(4000, 3000, 1600), 1200);
    assert_int_equal(reduce_height(3000, 1, 480), 1);
    assert_int_equal(reduce_height(1600, 1067, 480), 320);
    assert_int_equal(reduce_height(32767, 32767, 1600), 1600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_the_formula_gives),
        cmocka_unit_test(leaves_a_plain_field_as_it_is),
        cmocka_unit_test(leaves_a_picture_of_its_own_size_as_it_is),
        cmocka_unit_test(keeps_the_shape),
    };
    return cmocka_run_group_tests_name("reduce", tests, NULL, NULL);
}
