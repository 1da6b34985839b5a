/* pixels_test.c: what is believed of a scrubber's answer. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "wire/pixels.h"

static struct pixels_header sound(void) {
    return (struct pixels_header){.magic = PIXELS_MAGIC,
                                  .version = PIXELS_VERSION,
                                  .status = PIXELS_READ,
                                  .format = PIXELS_FORMAT_JPEG,
                                  .width = 1600,
                                  .height = 1200,
                                  .bands = 3};
}

static void expect(const struct pixels_header *header, enum err_kind kind, const char *words) {
    size_t size = 77;
    err e = pixels_check(header, &size);
    assert_int_equal(e.kind, kind);
    assert_int_equal(size, 77); /* untouched */
    assert_true(str_contains(str_of(e.message), str_of(words)));
}

static void gives_the_size_of_a_sound_answer(void **state) {
    (void)state;
    struct pixels_header header = sound();
    size_t size = 0;
    assert_int_equal(pixels_check(&header, &size).kind, ERR_NONE);
    assert_int_equal(size, 1600 * 1200 * 3);
}

static void takes_zeros_for_no_answer(void **state) {
    (void)state;
    struct pixels_header header = {0};
    expect(&header, ERR_IO, "gave no answer");
}

static void refuses_a_forged_head(void **state) {
    (void)state;
    struct pixels_header header = sound();
    header.magic++;
    expect(&header, ERR_IO, "is not one");
    header = sound();
    header.version = PIXELS_VERSION + 1;
    expect(&header, ERR_IO, "is not one");
    header = sound();
    header.status = PIXELS_STATUS_COUNT;
    expect(&header, ERR_IO, "is not one");
    header.status = UINT32_MAX;
    expect(&header, ERR_IO, "is not one");
    header.status = PIXELS_SILENT;
    expect(&header, ERR_IO, "is not one");
    header = sound();
    header.format = UINT32_MAX;
    expect(&header, ERR_IO, "is not one");
}

static void refuses_sizes_that_do_not_fit(void **state) {
    (void)state;
    static const struct {
        uint32_t width, height, bands;
    } SIZES[] = {
        {0, 10, 3},
        {10, 0, 3},
        {10, 10, 0},
        {10, 10, 2},
        {10, 10, 5},
        {10, 10, UINT32_MAX},
        {LIMIT_PICTURE_WIDTH + 1, 10, 3},
        {10, LIMIT_PICTURE_SIDE + 1, 3},
        {UINT32_MAX, UINT32_MAX, 4},
        {1, UINT32_MAX, 3},
        {0x10000, 0x10000, 4}, /* 2^34 bytes, 0 in 32 bits */
    };
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        struct pixels_header header = sound();
        header.width = SIZES[i].width;
        header.height = SIZES[i].height;
        header.bands = SIZES[i].bands;
        expect(&header, ERR_IO, "makes no sense");
    }
}

static void refuses_pixels_of_a_kind_that_is_not_read(void **state) {
    (void)state;
    struct pixels_header header = sound();
    header.format = PIXELS_FORMAT_GIF;
    expect(&header, ERR_IO, "makes no sense");
    header.format = PIXELS_FORMAT_DRAWN;
    expect(&header, ERR_IO, "makes no sense");
}

static void has_words_for_every_refusal(void **state) {
    (void)state;
    static const struct {
        enum pixels_status status;
        enum pixels_format format;
        enum err_kind kind;
        const char *words;
    } REFUSALS[] = {
        {PIXELS_EMPTY, PIXELS_FORMAT_UNKNOWN, ERR_INVALID, "empty"},
        {PIXELS_FILE_BYTES, PIXELS_FORMAT_UNKNOWN, ERR_INVALID, "larger than 64 MB"},
        {PIXELS_KIND, PIXELS_FORMAT_GIF, ERR_INVALID, "not read yet: GIF"},
        {PIXELS_KIND, PIXELS_FORMAT_UNKNOWN, ERR_INVALID, "not a kind of picture"},
        {PIXELS_SIDE, PIXELS_FORMAT_PNG, ERR_INVALID, "1600 x 1200"},
        {PIXELS_COUNT, PIXELS_FORMAT_PNG, ERR_INVALID, "at most 104 million"},
        {PIXELS_BROKEN, PIXELS_FORMAT_JPEG, ERR_INVALID, "the JPEG is broken or cut short"},
    };
    for (size_t i = 0; i < COUNT_OF(REFUSALS); i++) {
        struct pixels_header header = sound();
        header.status = REFUSALS[i].status;
        header.format = REFUSALS[i].format;
        expect(&header, REFUSALS[i].kind, REFUSALS[i].words);
    }
}

static void has_a_name_for_every_format(void **state) {
    (void)state;
    for (int i = 0; i < PIXELS_FORMAT_COUNT; i++) {
        assert_non_null(pixels_format_name((enum pixels_format)i));
    }
}

static void counts_the_largest_answer_it_accepts(void **state) {
    (void)state;
    size_t largest = pixels_size(LIMIT_PICTURE_WIDTH, LIMIT_PICTURE_SIDE, PIXELS_BANDS_MAX);
    assert_int_equal(largest + sizeof(struct pixels_header), PIXELS_ANSWER_BYTES_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_size_of_a_sound_answer),
        cmocka_unit_test(takes_zeros_for_no_answer),
        cmocka_unit_test(refuses_a_forged_head),
        cmocka_unit_test(refuses_sizes_that_do_not_fit),
        cmocka_unit_test(refuses_pixels_of_a_kind_that_is_not_read),
        cmocka_unit_test(has_words_for_every_refusal),
        cmocka_unit_test(has_a_name_for_every_format),
        cmocka_unit_test(counts_the_largest_answer_it_accepts),
    };
    return cmocka_run_group_tests_name("pixels", tests, NULL, NULL);
}
