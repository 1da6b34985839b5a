/* maker_test.c: pictures made by the programs, and programs that are none.
 *
 * They are looked for in $HANJI_LIBEXEC, or in libexec/hanji under the current folder. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "scrub/encode.h"
#include "scrub/maker.h"

enum { ARENA_CAP = 1 << 28, PATH_ROOM = 4096, WIDTH = 700, HEIGHT = 500 };

struct bench {
    struct sys sys;
    struct arena arena;
    char scrubber[PATH_ROOM];
    char encoder[PATH_ROOM];
    struct maker_spec spec;
    bool has_programs;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL || picture_ready().kind != ERR_NONE) return -1;
    const char *folder = getenv("HANJI_LIBEXEC");
    if (folder == NULL) folder = "libexec/hanji";
    snprintf(bench->scrubber, sizeof bench->scrubber, "%s/scrubber", folder);
    snprintf(bench->encoder, sizeof bench->encoder, "%s/encoder", folder);
    bench->spec =
        (struct maker_spec){.encoder = bench->encoder, .scrub = {.program = bench->scrubber}};
    bench->has_programs = access(bench->scrubber, X_OK) == 0 && access(bench->encoder, X_OK) == 0;
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

/* cmocka's own skip counts as a failure under prove. */
static bool lacks_programs(const struct bench *bench) {
    if (!bench->has_programs) printf("# SKIP no %s or %s\n", bench->scrubber, bench->encoder);
    return !bench->has_programs;
}

static struct pixels photograph(struct bench *bench) {
    size_t size = (size_t)WIDTH * HEIGHT * 3;
    uint8_t *bytes = arena_alloc(&bench->arena, size);
    assert_non_null(bytes);
    uint32_t noise = 1;
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525U + 1013904223U;
        bytes[i] = (uint8_t)(90 + i / 3 % WIDTH * 60 / WIDTH + i % 3 * 20 + (noise >> 28));
    }
    return (struct pixels){PIXELS_FORMAT_DRAWN, WIDTH, HEIGHT, 3, {(const char *)bytes, size}};
}

static int file_of(str bytes) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    return fd;
}

static void start(struct bench *bench, struct maker *ret_maker) {
    err e = maker_start(&bench->spec, ret_maker);
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static void expect_equal(const struct picture_set *one, const struct picture_set *other) {
    assert_int_equal(one->format, other->format);
    assert_int_equal(one->colour, other->colour);
    assert_int_equal(one->count, other->count);
    assert_int_equal(one->has_avif, other->has_avif);
    for (size_t i = 0; i < one->count; i++) {
        assert_int_equal(one->sizes[i].width, other->sizes[i].width);
        assert_int_equal(one->sizes[i].height, other->sizes[i].height);
        assert_true(str_eq(one->sizes[i].bytes, other->sizes[i].bytes));
        if (one->has_avif) assert_true(str_eq(one->avif[i].bytes, other->avif[i].bytes));
    }
}

static void makes_of_pixels_what_the_encoder_makes(void **state) {
    struct bench *bench = *state;
    if (lacks_programs(bench)) return;
    CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
    struct pixels pixels = photograph(bench);
    start(bench, &maker);
    for (int with_avif = 0; with_avif < 2; with_avif++) {
        struct picture_set made;
        struct picture_set expected;
        err e = maker_give_pixels(&maker, &bench->sys, &pixels, with_avif);
        if (e.kind == ERR_NONE) e = maker_take(&maker, &bench->arena, &made);
        if (e.kind != ERR_NONE) fail_msg("%s", e.message);
        e = picture_rebuild(&bench->arena, &pixels, with_avif, &expected);
        assert_int_equal(e.kind, ERR_NONE);
        assert_int_equal(made.has_avif, with_avif);
        expect_equal(&made, &expected);
    }
}

static void makes_of_a_file_what_scrubber_and_encoder_make(void **state) {
    struct bench *bench = *state;
    if (lacks_programs(bench)) return;
    CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
    CLEANUP(scrub_stop) struct scrub scrub = {0};
    struct pixels pixels = photograph(bench);
    struct picture_set set;
    struct picture_set expected;
    assert_int_equal(picture_rebuild(&bench->arena, &pixels, false, &set).kind, ERR_NONE);
    CLEANUP(fd_close) int fd = file_of(set.sizes[set.count - 1].bytes);
    assert_int_equal(scrub_start(&bench->spec.scrub, &scrub).kind, ERR_NONE);
    assert_int_equal(scrub_picture(scrub.socket, &bench->arena, fd, &pixels).kind, ERR_NONE);
    assert_int_equal(picture_rebuild(&bench->arena, &pixels, true, &expected).kind, ERR_NONE);
    start(bench, &maker);
    assert_int_equal(maker_give(&maker, &bench->sys, fd, true).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &set).kind, ERR_NONE);
    expect_equal(&set, &expected);
}

static void goes_on_after_a_picture_that_was_refused(void **state) {
    struct bench *bench = *state;
    if (lacks_programs(bench)) return;
    CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
    CLEANUP(fd_close) int fd = file_of(STR("GIF89a"));
    struct pixels wrong = photograph(bench);
    struct picture_set set = {.count = 77};
    start(bench, &maker);
    assert_int_equal(maker_give(&maker, &bench->sys, fd, true).kind, ERR_NONE);
    err e = maker_take(&maker, &bench->arena, &set);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(str_contains(str_of(e.message), STR("GIF")));
    wrong.width = 0;
    assert_int_equal(maker_give_pixels(&maker, &bench->sys, &wrong, false).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &set).kind, ERR_IO);
    assert_int_equal(set.count, 77);
    struct pixels pixels = photograph(bench);
    assert_int_equal(maker_give_pixels(&maker, &bench->sys, &pixels, false).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &set).kind, ERR_NONE);
}

static struct card card_of(const char *title) {
    return (struct card){.title = str_of(title),
                         .line = STR("The House"),
                         .language = STR("en"),
                         .ground = 0xFFFFFF,
                         .ink = 0x222222};
}

/* Cards need no scrubber; and fonts are found behind the encoder's closed doors as before them. */
static void makes_of_words_the_card_that_is_drawn_here(void **state) {
    struct bench *bench = *state;
    if (lacks_programs(bench)) return;
    CLEANUP(card_fonts_close) struct card_fonts *fonts = NULL;
    CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
    struct card card = card_of("Words, and 종이");
    struct card empty = card_of(" ");
    struct picture_set made;
    struct picture_set expected;
    err e = card_fonts_open(&bench->sys, &fonts);
    if (e.kind == ERR_NOT_FOUND) printf("# SKIP %s\n", e.message);
    if (e.kind == ERR_NOT_FOUND) return;
    assert_int_equal(e.kind, ERR_NONE);
    assert_int_equal(card_draw(&bench->arena, fonts, &card, &expected).kind, ERR_NONE);
    bench->spec.scrub.program = NULL;
    start(bench, &maker);
    assert_int_equal(maker_give_card(&maker, &bench->sys, &empty).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &made).kind, ERR_INVALID);
    assert_int_equal(maker_give_card(&maker, &bench->sys, &card).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &made).kind, ERR_NONE);
    expect_equal(&made, &expected);
    char long_title[5 * CARD_TEXT_BYTES_MAX + 1];
    memset(long_title, 'w', sizeof long_title - 1);
    long_title[sizeof long_title - 1] = '\0';
    card.title = card.line = str_of(long_title);
    assert_int_equal(maker_give_card(&maker, &bench->sys, &card).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &made).kind, ERR_NONE);
}

static void says_when_a_program_is_gone_or_was_never_there(void **state) {
    struct bench *bench = *state;
    if (lacks_programs(bench)) return;
    CLEANUP(fd_close) int fd = file_of(STR("GIF89a"));
    struct pixels pixels = photograph(bench);
    for (int whom = 0; whom < 2; whom++) { /* the scrubber, the encoder */
        CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
        struct picture_set set = {.count = 77};
        start(bench, &maker);
        assert_int_equal(maker_give_pixels(&maker, &bench->sys, &pixels, false).kind, ERR_NONE);
        assert_int_equal(maker_take(&maker, &bench->arena, &set).kind, ERR_NONE);
        child_kill(whom == 0 ? &maker.scrub.child : &maker.encoder);
        set.count = 77;
        err e = maker_give(&maker, &bench->sys, fd, false);
        if (e.kind == ERR_NONE) e = maker_take(&maker, &bench->arena, &set);
        assert_int_equal(e.kind, ERR_IO);
        assert_int_equal(set.count, 77);
    }
    struct maker maker = MAKER_STOPPED;
    struct maker_spec spec = bench->spec;
    spec.encoder = "/nowhere/encoder";
    assert_int_equal(maker_start(&spec, &maker).kind, ERR_NOT_FOUND);
    spec = bench->spec;
    spec.scrub.program = "/nowhere/scrubber";
    assert_int_equal(maker_start(&spec, &maker).kind, ERR_NOT_FOUND);
    assert_int_equal(maker.socket, -1);
}

static void gives_back_the_set_that_was_put(void **state) {
    struct bench *bench = *state;
    struct maker maker = MAKER_STOPPED;
    struct picture_set put = {.format = PICTURE_JPEG,
                              .colour = 0x123456,
                              .count = 2,
                              .sizes = {{480, 20, {"narrow", 6}}, {700, 30, {"wide", 4}}},
                              .has_avif = true,
                              .avif = {{480, 20, {"n", 1}}, {700, 30, {"", 0}}}};
    struct picture_set taken;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    maker.socket = ends[0];
    maker.answer = file_of(STR(""));
    assert_int_equal(maker_put(&bench->sys, maker.answer, &put).kind, ERR_NONE);
    assert_int_equal(wire_send(ends[1], MAKER_DONE, (str){0}, NULL, 0).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &taken).kind, ERR_NONE);
    expect_equal(&taken, &put);
    /* and none that makes no sense, or is torn */
    struct maker_head heads[] = {{.count = 0},
                                 {.count = PICTURE_SIZES_MAX + 1},
                                 {.count = 1, .format = 2},
                                 {.count = 1, .has_avif = 2},
                                 {.count = 1, .files = {{1, 1, UINT32_MAX}}},
                                 {.count = 1, .files = {{1, 1, 1}}}};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        taken.count = 77;
        maker.answer = file_of((str){(const char *)&heads[i], sizeof heads[i]});
        assert_int_equal(wire_send(ends[1], MAKER_DONE, (str){0}, NULL, 0).kind, ERR_NONE);
        assert_int_equal(maker_take(&maker, &bench->arena, &taken).kind, ERR_IO);
        assert_int_equal(taken.count, 77);
    }
    maker_stop(&maker);
    close(ends[1]);
}

static void walks_every_fault_of_giving_and_taking(void **state) {
    struct bench *bench = *state;
    if (lacks_programs(bench)) return;
    CLEANUP(fd_close) int fd = file_of(STR("GIF89a"));
    struct pixels pixels = photograph(bench);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena arena;
        struct picture_set set = {.count = 77};
        start(bench, &maker);
        arena_init(&arena, &sys, ARENA_CAP);
        err e = maker_give(&maker, &sys, fd, false);
        if (e.kind == ERR_NONE) {
            e = maker_take(&maker, &arena, &set);
            if (e.kind == ERR_INVALID) e = OK; /* a GIF, refused: as it should be */
        }
        if (e.kind == ERR_NONE) e = maker_give_pixels(&maker, &sys, &pixels, false);
        if (e.kind == ERR_NONE) e = maker_take(&maker, &arena, &set);
        assert_true(e.kind == ERR_NONE || set.count == 77);
        arena_done(&arena);
        if (fault_ended(&fault, e)) break;
    }
}

/* It reads no stranger's bytes, but it is a large library at work. */
static void leaves_the_encoder_few_calls(void **state) {
    struct bench *bench = *state;
    CLEANUP(maker_stop) struct maker maker = MAKER_STOPPED;
    struct picture_set set;
    char path[64];
    str status = {0};
    if (lacks_programs(bench) || !sandbox_has_seccomp()) return;
    start(bench, &maker);
    struct pixels pixels = photograph(bench);
    assert_int_equal(maker_give_pixels(&maker, &bench->sys, &pixels, true).kind, ERR_NONE);
    assert_int_equal(maker_take(&maker, &bench->arena, &set).kind, ERR_NONE);
    snprintf(path, sizeof path, "/proc/%d/status", (int)maker.encoder.pid);
    err e = file_read(&bench->arena, AT_FDCWD, str_of(path), 1 << 16, &status);
    assert_int_equal(e.kind, ERR_NONE);
    assert_true(str_contains(status, STR("\nSeccomp:\t2\n")));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(makes_of_pixels_what_the_encoder_makes),
        TEST(makes_of_a_file_what_scrubber_and_encoder_make),
        TEST(goes_on_after_a_picture_that_was_refused),
        TEST(makes_of_words_the_card_that_is_drawn_here),
        TEST(says_when_a_program_is_gone_or_was_never_there),
        TEST(gives_back_the_set_that_was_put),
        TEST(leaves_the_encoder_few_calls),
        TEST(walks_every_fault_of_giving_and_taking),
    };
#undef TEST
    return cmocka_run_group_tests_name("maker", tests, NULL, NULL);
}
