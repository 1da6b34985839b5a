/* seeking_test.c: what lies in the files is found, wherever it begins; what cannot be read proves
 * nothing. */
#include <libdeflate.h>
#include <string.h>
#include <sys/mman.h>

#include "gate/gate_testing.h"
#include "gate/seeking.h"
#include "pressing/pressing.h"

enum { CHUNK = 1 << 20 };

static int file_of(str bytes) {
    int fd = memfd_create("pages", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static err seek_in(struct bench *bench, str needle, str bytes, struct gate_sought *ret_sought) {
    struct gate_bytes needles[] = {{STR("another needle")}, {needle}};
    struct gate_seek seek = {.needles = needles, .count = 2};
    CLEANUP(fd_close) int file = file_of(bytes);
    const struct seeking_wish wish = {.seek = &seek, .files = &file, .file_count = 1};
    return seeking_read(&bench->arena, &wish, ret_sought);
}

/* At the beginning, at the end, and across every border of what is read at once. */
static void it_is_found_wherever_it_lies(void **state) {
    struct bench *bench = *state;
    str needle = STR("the kettle whistled");
    size_t size = 3 * (size_t)CHUNK + 77;
    const size_t places[] = {
        0,     1,         CHUNK - 400, CHUNK - 19,           CHUNK - 10,
        CHUNK, CHUNK + 1, 2 * CHUNK,   2 * CHUNK - 19 - 381, size - needle.len};
    char *room = arena_alloc(&bench->arena, size);
    assert_non_null(room);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct gate_sought sought;
        memset(room, 't', size);
        memcpy(room + places[i], needle.ptr, needle.len);
        good(seek_in(bench, needle, (str){room, size}, &sought));
        assert_int_equal(sought.bytes, size);
        assert_int_equal(sought.count, 1);
        assert_int_equal(sought.found[0].needle, 1);
        room[places[i] + needle.len - 1] = 'D';
        good(seek_in(bench, needle, (str){room, size}, &sought));
        assert_int_equal(sought.count, 0);
    }
}

static void needles_with_one_beginning_are_told_apart(void **state) {
    struct bench *bench = *state;
    struct gate_bytes needles[] = {
        {STR("the kettle fell")}, {STR("the kettle")}, {STR("a lamp off")}};
    struct gate_seek seek = {.needles = needles, .count = 3};
    CLEANUP(fd_close) int file = file_of(STR("so the kettle fe the kettle"));
    const struct seeking_wish wish = {.seek = &seek, .files = &file, .file_count = 1};
    struct gate_sought sought;
    good(seeking_read(&bench->arena, &wish, &sought));
    assert_int_equal(sought.count, 1); /* once a file */
    assert_int_equal(sought.found[0].needle, 1);
}

static void what_cannot_be_looked_for_is_refused(void **state) {
    struct bench *bench = *state;
    struct gate_sought sought;
    assert_int_equal(seek_in(bench, STR("seven b"), STR("..."), &sought).kind, ERR_INVALID);
    struct gate_seek seek = {.has_index = 1, .packs = 3};
    CLEANUP(fd_close) int file = file_of(STR("an index it is not"));
    struct seeking_wish wish = {.seek = &seek, .files = &file, .file_count = 1};
    assert_int_equal(seeking_read(&bench->arena, &wish, &sought).kind, ERR_INVALID);
    seek.packs = -1;
    assert_int_equal(seeking_read(&bench->arena, &wish, &sought).kind, ERR_INVALID);
    seek.packs = 0;
    lseek(file, 0, SEEK_SET);
    assert_int_equal(seeking_read(&bench->arena, &wish, &sought).kind, ERR_INVALID);
}

/* ---- In packs -------------------------------------------------------------------------------- */

static int open_file(const struct bench *bench, str name, const char *suffix) {
    char path[64];
    snprintf(path, sizeof path, STR_FMT "%s", STR_ARG(name), suffix);
    int fd = openat(bench->folder, path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    unlinkat(bench->folder, path, 0);
    return fd;
}

/* One page, and its form: which is the page's own, or that of another body. */
static void press(struct bench *bench, str form_of, int files[2]) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    const struct pressing_place place = {.sys = &bench->sys, .folder = bench->folder};
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    char gzip[256];
    size_t size = libdeflate_gzip_compress(compressor, form_of.ptr, form_of.len, gzip, sizeof gzip);
    libdeflate_free_compressor(compressor);
    struct pressing_page page = {.path = STR("/en/blog/kettle/"),
                                 .status = 200,
                                 .body = STR("<p>The kettle whistled, whistled, whistled.</p>"),
                                 .gzip = {gzip, size}};
    str name;
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    good(pressing_writer_page(writer, &page));
    good(pressing_writer_finish(writer, &bench->arena, &name));
    good(pressing_open(&place, name, &pressing));
    files[0] = open_file(bench, name, ".index");
    files[1] = open_file(bench, pressing_pack_name(pressing, 0), ".pack");
}

static err seek_in_pack(const struct sys *sys, const int files[2], struct gate_sought *ret_sought,
                        bool *ret_is_page) {
    CLEANUP(arena_done) struct arena a;
    struct gate_bytes needles[] = {{STR("kettle whistled, w")}, {STR("a lamp goes out")}};
    struct gate_seek seek = {.needles = needles, .count = 2, .has_index = 1, .packs = 1};
    const struct seeking_wish wish = {.seek = &seek, .files = files, .file_count = 2};
    arena_init(&a, sys, BENCH_ARENA_CAP);
    lseek(files[0], 0, SEEK_SET);
    lseek(files[1], 0, SEEK_SET);
    TRY(seeking_read(&a, &wish, ret_sought));
    for (size_t i = 0; i < ret_sought->count; i++) {
        *ret_is_page = *ret_is_page || str_eq(ret_sought->found[i].path, STR("/en/blog/kettle/"));
    }
    return OK;
}

static void a_page_is_found_by_its_path_and_in_its_file(void **state) {
    struct bench *bench = *state;
    struct gate_sought sought;
    bool is_page = false;
    int files[2];
    press(bench, STR("<p>The kettle whistled, whistled, whistled.</p>"), files);
    good(seek_in_pack(&bench->sys, files, &sought, &is_page));
    assert_int_equal(sought.count, 2);
    assert_true(is_page);
    assert_int_equal(sought.forms, 1);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, seek_in_pack(&sys, files, &sought, &is_page))) break;
    }
    fd_close(&files[0]);
    fd_close(&files[1]);
}

static void a_form_that_opens_to_something_else_proves_nothing(void **state) {
    struct bench *bench = *state;
    struct gate_sought sought;
    bool is_page = false;
    int files[2];
    press(bench, STR("<p>A lamp goes out, and what else is said is not on the page.</p>"), files);
    assert_int_equal(seek_in_pack(&bench->sys, files, &sought, &is_page).kind, ERR_INVALID);
    fd_close(&files[0]);
    fd_close(&files[1]);
}

#define SEEKING_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        SEEKING_TEST(it_is_found_wherever_it_lies),
        SEEKING_TEST(needles_with_one_beginning_are_told_apart),
        SEEKING_TEST(what_cannot_be_looked_for_is_refused),
        SEEKING_TEST(a_page_is_found_by_its_path_and_in_its_file),
        SEEKING_TEST(a_form_that_opens_to_something_else_proves_nothing),
    };
    return cmocka_run_group_tests_name("gate/seeking", tests, NULL, NULL);
}
