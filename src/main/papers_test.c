/* papers_test.c: the PDF that the house writes, read by the gate, who did not write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "gate/paper.h"
#include "scrub/encode.h"
#include "scrub/paper_write.h"

enum { ARENA_CAP = 256 << 20, WIDTH = 40, HEIGHT = 20 };

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

static void must(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s: %s", err_kind_name(e.kind), e.message);
}

static struct paper_word WORDS[] = {
    {{"Witness", 7}, 200, 300, 900, 200, 0},
    {{"김철수는", 12}, 1200, 300, 900, 200, 1},
    {{"\xF0\x9F\x98\x80", 4}, 0, 0, 4000, 2000, 0}, /* beyond two bytes */
    {{"x", 1}, 3999, 1999, 1, 1, 0},
};
static const struct paper_page PAGE = {.width = WIDTH,
                                       .height = HEIGHT,
                                       .paper_width = 1920,
                                       .paper_height = 960,
                                       .words = WORDS,
                                       .word_count = COUNT_OF(WORDS)};
#define SAID "Witness 김철수는 \xF0\x9F\x98\x80 x"

/* Two colours, or as many as there are pixels. */
static struct pixels draw(struct arena *a, bool has_few) {
    size_t size = (size_t)WIDTH * HEIGHT * 3;
    uint8_t *bytes = arena_alloc(a, size);
    uint32_t noise = 1;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525U + 1013904223U;
        bytes[i] = has_few ? (i / 60 % 2 == 0 ? 255 : 0) : (uint8_t)(noise >> 24);
    }
    return (struct pixels){PIXELS_FORMAT_DRAWN, WIDTH, HEIGHT, 3, {(const char *)bytes, size}};
}

/* A PDF of two pages, one in print and one with a photograph. */
static err write_both(struct arena *a, const struct picture_set *photo, str *ret_pdf) {
    struct paper_writer writer;
    struct paper_picture pictures[2];
    bool is_packed = false;
    struct pixels pixels = draw(a, true);
    TRY(paper_picture_pack(a, &pixels, &pictures[0], &is_packed));
    assert_true(is_packed);
    assert_int_equal(pictures[0].colour_count, 2);
    TRY(paper_picture_take(a, photo, &pictures[1]));
    TRY(paper_write_begin(&writer, a, 2));
    for (size_t i = 0; i < 2; i++) TRY(paper_write_page(&writer, a, &PAGE, &pictures[i]));
    return paper_write_end(&writer, ret_pdf);
}

static str make(struct bench *bench, bool is_jpeg) {
    struct pixels pixels = draw(&bench->arena, !is_jpeg);
    struct picture_set photo;
    str pdf;
    must(picture_rebuild(&bench->arena, &pixels, false, &photo));
    if (!is_jpeg) assert_int_equal(photo.format, PICTURE_PNG);
    if (is_jpeg) assert_int_equal(photo.format, PICTURE_JPEG);
    must(write_both(&bench->arena, &photo, &pdf));
    return pdf;
}

static bool is_ours(struct bench *bench, str pdf, struct paper_read *ret_read) {
    must(paper_read(&bench->arena, pdf, ret_read));
    return ret_read->count > 0;
}

static void reads_what_was_written(void **state) {
    struct bench *bench = *state;
    for (int is_jpeg = 0; is_jpeg < 2; is_jpeg++) {
        struct paper_read read;
        str pdf = make(bench, is_jpeg != 0);
        if (!is_ours(bench, pdf, &read)) fail_msg("byte %zu: %s", read.offset, read.reason);
        assert_int_equal(read.count, 2);
        for (size_t i = 0; i < 2; i++) assert_true(str_eq(read.pages[i].text, STR(SAID)));
    }
}

static void writes_the_same_bytes_again(void **state) {
    struct bench *bench = *state;
    str one = make(bench, true);
    str other = make(bench, true);
    assert_true(str_eq(one, other));
    static const char *const TELLING[] = {"/Info",    "/ID",     "Date",
                                          "Producer", "Creator", "/Metadata"};
    for (size_t i = 0; i < COUNT_OF(TELLING); i++) {
        assert_false(str_contains(one, str_of(TELLING[i])));
    }
}

/* Every byte of the file, changed: it is none of ours any more. But for the colours of print, of
 * which one is as good as another, and bytes of a JPEG's pixels. */
static void takes_nothing_else(void **state) {
    struct bench *bench = *state;
    str pdf = make(bench, true);
    size_t palette = str_find(pdf, STR("/Indexed/DeviceRGB 1<")) + 21;
    size_t jpeg = str_find(pdf, STR("\xFF\xD8\xFF"));
    size_t jpeg_end = jpeg + str_find(str_skip(pdf, jpeg), STR("\nendstream"));
    char *copy = arena_alloc(&bench->arena, pdf.len);
    assert_non_null(copy);
    memcpy(copy, pdf.ptr, pdf.len);
    for (size_t i = 0; i < pdf.len; i++) {
        static const char CHANGES[] = {1, 16, (char)0x80};
        bool is_free = (i >= palette && i < palette + 12) || (i >= jpeg && i < jpeg_end);
        struct arena_mark mark = arena_mark(&bench->arena);
        for (size_t k = 0; k < sizeof CHANGES && !is_free; k++) {
            struct paper_read read;
            copy[i] = (char)(pdf.ptr[i] ^ CHANGES[k]);
            if (is_ours(bench, (str){copy, pdf.len}, &read)) fail_msg("byte %zu is free", i);
            assert_true(read.reason[0] != '\0');
        }
        copy[i] = pdf.ptr[i];
        arena_reset(&bench->arena, mark);
    }
}

static void takes_no_part_and_nothing_more(void **state) {
    struct bench *bench = *state;
    struct paper_read read;
    str pdf = make(bench, false);
    str more;
    for (size_t len = 0; len < pdf.len; len++) {
        struct arena_mark mark = arena_mark(&bench->arena);
        assert_false(is_ours(bench, str_slice(pdf, 0, len), &read));
        arena_reset(&bench->arena, mark);
    }
    must(arena_printf(&bench->arena, &more, "%s", "\n"));
    struct buf b;
    buf_init(&b, &bench->arena, pdf.len + 1);
    buf_add(&b, pdf);
    buf_add(&b, more);
    assert_false(is_ours(bench, buf_text(&b), &read));
    assert_int_equal(read.offset, pdf.len);
}

static void takes_no_other_pdf(void **state) {
    struct bench *bench = *state;
    struct paper_read read;
    static const char *const OTHERS[] = {"", "%PDF-1.7\n", "\xFF\xD8\xFF\xE0", "a letter"};
    for (size_t i = 0; i < COUNT_OF(OTHERS); i++) {
        assert_false(is_ours(bench, str_of(OTHERS[i]), &read));
    }
}

static void packs_only_few_colours(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = draw(&bench->arena, false);
    struct paper_picture picture;
    bool is_packed = true;
    must(paper_picture_pack(&bench->arena, &pixels, &picture, &is_packed));
    assert_false(is_packed);
}

static err write_and_read(const struct sys *sys, const struct picture_set *photo) {
    CLEANUP(arena_done) struct arena a;
    struct paper_read read;
    str pdf;
    arena_init(&a, sys, ARENA_CAP);
    uint8_t *bytes = arena_alloc(&a, 12);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for four pixels");
    memset(bytes, 9, 12);
    struct pixels pixels = {PIXELS_FORMAT_DRAWN, 2, 2, 3, {(const char *)bytes, 12}};
    struct paper_writer writer;
    struct paper_picture pictures[2];
    bool is_packed = false;
    TRY(paper_picture_pack(&a, &pixels, &pictures[0], &is_packed));
    TRY(paper_picture_take(&a, photo, &pictures[1]));
    TRY(paper_write_begin(&writer, &a, 2));
    for (size_t i = 0; i < 2; i++) TRY(paper_write_page(&writer, &a, &PAGE, &pictures[i]));
    TRY(paper_write_end(&writer, &pdf));
    TRY(paper_read(&a, pdf, &read));
    assert_int_equal(read.count, 2);
    return OK;
}

static void has_no_memory_and_says_so(void **state) {
    struct bench *bench = *state;
    struct pixels pixels = draw(&bench->arena, true);
    struct picture_set photo;
    int n = 1;
    must(picture_rebuild(&bench->arena, &pixels, false, &photo));
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, write_and_read(&sys, &photo))) break;
    }
    assert_true(n > 3);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(reads_what_was_written),    TEST(writes_the_same_bytes_again),
        TEST(takes_nothing_else),        TEST(takes_no_part_and_nothing_more),
        TEST(takes_no_other_pdf),        TEST(packs_only_few_colours),
        TEST(has_no_memory_and_says_so),
    };
#undef TEST
    return cmocka_run_group_tests_name("rebuilt papers", tests, NULL, NULL);
}
