/* encode_test.c: files drawn anew, looked at from outside.
 *
 * What stands in such a file beside pixels is judged elsewhere, by a reader that is not ours
 * (main/dirty_test.c); here it is read back and compared with what went in. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <vips/vips.h>

#include "base/fault.h"
#include "scrub/encode.h"
#include "scrub/look.h"

enum { ARENA_CAP = 1 << 28 };

struct bench {
    struct sys sys;
    struct arena arena;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL || picture_ready().kind != ERR_NONE) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

static struct pixels blank(struct bench *bench, uint32_t width, uint32_t height, uint32_t bands) {
    size_t size = (size_t)width * height * bands;
    char *bytes = arena_alloc(&bench->arena, size);
    assert_non_null(bytes);
    return (struct pixels){PIXELS_FORMAT_DRAWN, width, height, bands, {bytes, size}};
}

static uint8_t *writable(struct bench *bench, struct pixels *pixels) {
    str copy;
    assert_int_equal(arena_copy(&bench->arena, pixels->bytes, &copy).kind, ERR_NONE);
    pixels->bytes = copy;
    union {
        const char *given;
        uint8_t *ours;
    } place = {.given = copy.ptr};
    return place.ours;
}

/* Like a photograph: soft changes and noise in every pixel. */
static struct pixels photograph(struct bench *bench, uint32_t width, uint32_t height) {
    struct pixels pixels = blank(bench, width, height, 3);
    uint8_t *bytes = writable(bench, &pixels);
    uint32_t state = 1;
    for (size_t i = 0; i < pixels.bytes.len; i++) {
        state = state * 1664525U + 1013904223U;
        bytes[i] = (uint8_t)(90 + i / 3 % width * 60 / width + i % 3 * 20 + (state >> 28));
    }
    return pixels;
}

/* Like a drawing: broad stripes of three colours. */
static struct pixels drawing(struct bench *bench, uint32_t width, uint32_t height) {
    static const uint8_t INKS[3][3] = {{200, 40, 30}, {240, 230, 210}, {20, 30, 60}};
    struct pixels pixels = blank(bench, width, height, 3);
    uint8_t *bytes = writable(bench, &pixels);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        memcpy(bytes + i * 3, INKS[i % width * 5 / width % 3], 3);
    }
    return pixels;
}

static struct picture_set rebuild(struct bench *bench, const struct pixels *pixels) {
    struct picture_set set;
    err e = picture_rebuild(&bench->arena, pixels, true, &set);
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
    return set;
}

/* What another decoder makes of a file of ours. */
static struct pixels read_back(struct bench *bench, const struct picture_size *size) {
    VipsImage *image = vips_image_new_from_buffer(size->bytes.ptr, size->bytes.len, "", NULL);
    assert_non_null(image);
    size_t len = 0;
    void *block = vips_image_write_to_memory(image, &len);
    assert_non_null(block);
    struct pixels pixels = {PIXELS_FORMAT_DRAWN,
                            (uint32_t)vips_image_get_width(image),
                            (uint32_t)vips_image_get_height(image),
                            (uint32_t)vips_image_get_bands(image),
                            {0}};
    assert_int_equal(arena_copy(&bench->arena, (str){block, len}, &pixels.bytes).kind, ERR_NONE);
    g_free(block);
    g_object_unref(image);
    assert_int_equal(pixels.width, size->width);
    assert_int_equal(pixels.height, size->height);
    return pixels;
}

static void writes_photographs_a_second_time_as_avif(void **state) {
    struct bench *bench = *state;
    struct pixels photo = photograph(bench, 700, 500);
    struct pixels drawn = drawing(bench, 700, 500);
    struct picture_set set = rebuild(bench, &photo);
    assert_int_equal(set.format, PICTURE_JPEG);
    assert_true(set.has_avif);
    struct picture_set again = rebuild(bench, &photo);
    for (size_t i = 0; i < set.count; i++) {
        assert_int_equal(set.avif[i].width, set.sizes[i].width);
        assert_int_equal(set.avif[i].height, set.sizes[i].height);
        assert_true(set.avif[i].bytes.len < set.sizes[i].bytes.len);
        assert_true(str_eq(set.avif[i].bytes, again.avif[i].bytes));
        read_back(bench, &set.avif[i]);
    }
    assert_false(rebuild(bench, &drawn).has_avif);
    struct picture_set without;
    assert_int_equal(picture_rebuild(&bench->arena, &photo, false, &without).kind, ERR_NONE);
    assert_false(without.has_avif);
}

static void gives_every_width_that_is_not_wider_than_the_picture(void **state) {
    struct bench *bench = *state;
    static const struct {
        uint32_t width;
        size_t count;
        uint32_t widths[PICTURE_SIZES_MAX];
    } CASES[] = {
        {1, 1, {1}},
        {479, 1, {479}},
        {480, 1, {480}},
        {481, 2, {480, 481}},
        {960, 2, {480, 960}},
        {961, 3, {480, 960, 961}},
        {1599, 3, {480, 960, 1599}},
        {1600, 3, {480, 960, 1600}},
        {2400, 3, {480, 960, 1600}},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct pixels pixels = photograph(bench, CASES[i].width, 90);
        struct picture_set set = rebuild(bench, &pixels);
        assert_int_equal(set.count, CASES[i].count);
        for (size_t s = 0; s < set.count; s++) {
            assert_int_equal(set.sizes[s].width, CASES[i].widths[s]);
            read_back(bench, &set.sizes[s]);
        }
    }
}

static void keeps_at_least_one_row(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = photograph(bench, 3000, 1);
    struct picture_set set = rebuild(bench, &pixels);
    assert_int_equal(set.sizes[0].width, 480);
    assert_int_equal(set.sizes[0].height, 1);
    read_back(bench, &set.sizes[0]);
}

static void makes_a_jpeg_of_a_photograph(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = photograph(bench, 700, 500);
    assert_false(look_is_flat(&pixels));
    struct picture_set set = rebuild(bench, &pixels);
    assert_int_equal(set.format, PICTURE_JPEG);
    assert_int_equal(set.count, 2);
    for (size_t i = 0; i < set.count; i++) {
        assert_true(str_starts(set.sizes[i].bytes, STR("\xFF\xD8\xFF")));
        assert_true(str_contains(set.sizes[i].bytes, STR("\xFF\xC2"))); /* progressive */
    }
    struct pixels seen = read_back(bench, &set.sizes[1]);
    for (size_t i = 0; i < seen.bytes.len; i++) {
        int difference = (uint8_t)seen.bytes.ptr[i] - (uint8_t)pixels.bytes.ptr[i];
        assert_in_range(difference + 40, 0, 80);
    }
}

static void makes_a_png_of_a_drawing_and_changes_no_pixel(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = drawing(bench, 400, 300);
    assert_true(look_is_flat(&pixels));
    struct picture_set set = rebuild(bench, &pixels);
    assert_int_equal(set.format, PICTURE_PNG);
    struct pixels seen = read_back(bench, &set.sizes[0]);
    assert_true(str_eq(seen.bytes, pixels.bytes));
}

static void keeps_alpha_and_lets_no_hidden_colour_bleed(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = blank(bench, 1000, 40, 4);
    uint8_t *bytes = writable(bench, &pixels);
    for (size_t i = 0; i < 1000 * 40; i++) { /* white, and green that cannot be seen */
        static const uint8_t SEEN[4] = {255, 255, 255, 255};
        static const uint8_t UNSEEN[4] = {0, 255, 0, 0};
        memcpy(bytes + i * 4, i % 1000 < 501 ? SEEN : UNSEEN, 4);
    }
    struct picture_set set = rebuild(bench, &pixels);
    assert_int_equal(set.format, PICTURE_PNG);
    assert_int_equal(set.count, 3);
    struct pixels seen = read_back(bench, &set.sizes[0]);
    assert_int_equal(seen.bands, 4);
    for (size_t i = 0; i < (size_t)seen.width * seen.height; i++) {
        const uint8_t *pixel = (const uint8_t *)seen.bytes.ptr + i * 4;
        if (pixel[3] > 20) assert_in_range(pixel[0], 240, 255);
    }
}

static void drops_alpha_that_says_nothing(void **state) {
    struct bench *bench = *state;
    struct pixels rgb = photograph(bench, 300, 200);
    struct pixels rgba = blank(bench, 300, 200, 4);
    uint8_t *bytes = writable(bench, &rgba);
    for (size_t i = 0; i < 300 * 200; i++) {
        memcpy(bytes + i * 4, rgb.bytes.ptr + i * 3, 3);
        bytes[i * 4 + 3] = 255;
    }
    struct picture_set with = rebuild(bench, &rgba);
    struct picture_set without = rebuild(bench, &rgb);
    assert_int_equal(with.format, PICTURE_JPEG);
    assert_true(str_eq(with.sizes[0].bytes, without.sizes[0].bytes));
}

static void gives_the_same_bytes_for_the_same_pixels(void **state) {
    struct bench *bench = *state;
    struct pixels pictures[] = {photograph(bench, 1700, 300), drawing(bench, 1700, 300)};
    for (size_t p = 0; p < COUNT_OF(pictures); p++) {
        struct picture_set first = rebuild(bench, &pictures[p]);
        struct picture_set second = rebuild(bench, &pictures[p]);
        assert_int_equal(first.count, second.count);
        for (size_t i = 0; i < first.count; i++) {
            assert_true(str_eq(first.sizes[i].bytes, second.sizes[i].bytes));
        }
    }
}

static void writes_only_what_draws_into_a_png(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = drawing(bench, 600, 300);
    struct picture_set set = rebuild(bench, &pixels);
    for (size_t i = 0; i < set.count; i++) {
        assert_false(str_contains(set.sizes[i].bytes, STR("pHYs")));
        assert_true(str_ends(set.sizes[i].bytes, STR("IEND\xAE\x42\x60\x82")));
    }
}

static void names_the_dominant_colour(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = drawing(bench, 500, 10); /* two of five stripes are red, two light */
    assert_int_equal(look_colour(&pixels), 0xC8281E);
    struct pixels unseen = blank(bench, 4, 4, 4);
    assert_int_equal(look_colour(&unseen), 0xFFFFFF);
    struct pixels black = blank(bench, 4, 4, 3);
    assert_int_equal(look_colour(&black), 0x000000);
}

static void refuses_pixels_that_do_not_fit_their_size(void **state) {
    struct bench *bench = *state;
    struct pixels sound = photograph(bench, 20, 10);
    struct picture_set set = {.count = 77};
    struct pixels wrong = sound;
    wrong.bytes.len--;
    assert_int_equal(picture_rebuild(&bench->arena, &wrong, true, &set).kind, ERR_INVALID);
    wrong = sound;
    wrong.width = 0;
    assert_int_equal(picture_rebuild(&bench->arena, &wrong, true, &set).kind, ERR_INVALID);
    wrong = sound;
    wrong.bands = 1;
    assert_int_equal(picture_rebuild(&bench->arena, &wrong, true, &set).kind, ERR_INVALID);
    wrong = sound;
    wrong.height = UINT32_MAX;
    assert_int_equal(picture_rebuild(&bench->arena, &wrong, true, &set).kind, ERR_INVALID);
    assert_int_equal(set.count, 77);
}

static void walks_every_fault_of_rebuilding(void **state) {
    struct bench *bench = *state;
    struct pixels pictures[] = {photograph(bench, 500, 40), drawing(bench, 500, 40),
                                blank(bench, 500, 40, 4)};
    for (size_t p = 0; p < COUNT_OF(pictures); p++) {
        for (int n = 1; n < FAULT_RUNS_MAX; n++) {
            struct fault fault;
            struct sys sys = fault_sys(&fault, n);
            struct arena arena;
            struct picture_set set = {.count = 77};
            arena_init(&arena, &sys, ARENA_CAP);
            err e = picture_rebuild(&arena, &pictures[p], true, &set);
            assert_true(e.kind == ERR_NONE || set.count == 77);
            arena_done(&arena);
            if (fault_ended(&fault, e)) break;
        }
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(writes_photographs_a_second_time_as_avif),
        TEST(gives_every_width_that_is_not_wider_than_the_picture),
        TEST(keeps_at_least_one_row),
        TEST(makes_a_jpeg_of_a_photograph),
        TEST(makes_a_png_of_a_drawing_and_changes_no_pixel),
        TEST(keeps_alpha_and_lets_no_hidden_colour_bleed),
        TEST(drops_alpha_that_says_nothing),
        TEST(gives_the_same_bytes_for_the_same_pixels),
        TEST(writes_only_what_draws_into_a_png),
        TEST(names_the_dominant_colour),
        TEST(refuses_pixels_that_do_not_fit_their_size),
        TEST(walks_every_fault_of_rebuilding),
    };
#undef TEST
    return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
