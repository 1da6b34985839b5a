/* sys_test.c: what sys.h promises, and that the failing world of fault.h fails as it says. */
#include "base/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fault.h"

enum { CAP = 1 << 22 };

/* A folder of its own for each test, gone when the test is. */
struct place {
    char path[64];
    int folder;
};

static void place_init(struct place *place) {
    snprintf(place->path, sizeof place->path, "/tmp/hanji-sys-test-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->folder = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(place->folder >= 0);
}

/* Counts what lies in an open folder, or takes it all away. */
static size_t entries(int folder, bool removes) {
    size_t count = 0;
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fdopendir(fd);
    assert_non_null(listing);
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        count++;
        if (!removes) continue;
        if (unlinkat(folder, entry->d_name, 0) != 0) {
            unlinkat(folder, entry->d_name, AT_REMOVEDIR);
        }
    }
    closedir(listing);
    return count;
}

static void place_done(struct place *place) {
    entries(place->folder, true);
    close(place->folder);
    rmdir(place->path);
}

static size_t open_files(void) {
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t count = entries(folder, false);
    close(folder);
    return count;
}

static void assert_file(struct place *place, const char *name, str wanted) {
    char bytes[8192];
    int fd = openat(place->folder, name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t len = read(fd, bytes, sizeof bytes);
    close(fd);
    assert_int_equal(len, wanted.len);
    assert_memory_equal(bytes, wanted.ptr, wanted.len);
}

static void put_file(struct place *place, const char *name, str bytes) {
    int fd = openat(place->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    close(fd);
}

static void the_real_world_tells_time_and_chance(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    assert_true(sys.now_seconds(sys.ctx) > 1700000000);
    int64_t before = sys.ticks_ns(sys.ctx);
    assert_true(sys.ticks_ns(sys.ctx) >= before);
    unsigned char once[32] = {0};
    unsigned char again[32] = {0};
    assert_true(sys.random(sys.ctx, once, sizeof once));
    assert_true(sys.random(sys.ctx, again, sizeof again));
    assert_memory_not_equal(once, again, sizeof once);
}

static void opens_files_that_no_child_inherits(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    put_file(&place, "text", STR("paper"));
    CLEANUP(fd_close) int fd = -1;
    assert_int_equal(file_open(&a, place.folder, STR("text"), O_RDONLY, &fd).kind, ERR_NONE);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    fd_close(&fd);
    assert_int_equal(fd, -1);
    fd_close(&fd);
}

static void says_why_a_file_cannot_be_opened(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    put_file(&place, "text", STR("paper"));
    int fd = 77;
    err e = file_open(&a, place.folder, STR("none"), O_RDONLY, &fd);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(e.message, "none"));
    e = file_open(&a, place.folder, STR("text/below"), O_RDONLY, &fd);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    e = file_open(&a, place.folder, STR("text"), O_WRONLY | O_CREAT | O_EXCL, &fd);
    assert_int_equal(e.kind, ERR_EXISTS);
    e = file_open(&a, place.folder, STR("te\0xt"), O_RDONLY, &fd);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(fd, 77);
}

static void reads_a_whole_file(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 100000};
    static char content[100000];
    for (size_t i = 0; i < sizeof content; i++) content[i] = (char)(i % 251);
    const struct sys sys = sys_real();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        CLEANUP(place_done) struct place place;
        CLEANUP(arena_done) struct arena a;
        place_init(&place);
        arena_init(&a, &sys, CAP);
        put_file(&place, "text", (str){content, sizes[i]});
        str bytes = {0};
        err e = file_read(&a, place.folder, STR("text"), sizes[i], &bytes); /* just allowed */
        assert_int_equal(e.kind, ERR_NONE);
        assert_int_equal(bytes.len, sizes[i]);
        assert_memory_equal(bytes.ptr, content, sizes[i]);
    }
}

static void refuses_a_file_that_is_one_byte_too_large(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    put_file(&place, "text", STR("paper"));
    str bytes = STR("untouched");
    assert_int_equal(file_read(&a, place.folder, STR("text"), 4, &bytes).kind, ERR_LIMIT);
    assert_int_equal(file_read(&a, place.folder, STR("text"), 0, &bytes).kind, ERR_LIMIT);
    assert_int_equal(file_read(&a, place.folder, STR("none"), 4, &bytes).kind, ERR_NOT_FOUND);
    assert_int_equal(file_read(&a, place.folder, STR("."), 4, &bytes).kind, ERR_IO);
    assert_true(str_eq(bytes, STR("untouched")));
}

static void replaces_a_file_with_the_mode_asked_for(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    mode_t umask_before = umask(022);
    assert_int_equal(file_replace(&a, place.folder, STR("key"), STR("one"), 0600).kind, ERR_NONE);
    assert_file(&place, "key", STR("one"));
    struct stat status;
    assert_int_equal(fstatat(place.folder, "key", &status, 0), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(file_replace(&a, place.folder, STR("key"), STR(""), 0644).kind, ERR_NONE);
    assert_file(&place, "key", STR(""));
    assert_int_equal(fstatat(place.folder, "key", &status, 0), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
    assert_int_equal(entries(place.folder, false), 1);
    umask(umask_before);
}

/* A crash may have left half a file beside the one meant, with another mode. */
static void is_not_misled_by_what_a_crash_left_behind(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    put_file(&place, "key.new", STR("half of something much longer than the new one"));
    assert_int_equal(fchmodat(place.folder, "key.new", 0666, 0), 0);
    assert_int_equal(file_replace(&a, place.folder, STR("key"), STR("one"), 0600).kind, ERR_NONE);
    assert_file(&place, "key", STR("one"));
    struct stat status;
    assert_int_equal(fstatat(place.folder, "key", &status, 0), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(entries(place.folder, false), 1);
}

static void syncs_the_folder_that_holds_the_name(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    assert_int_equal(folder_make(&a, place.folder, STR("keys"), 0700).kind, ERR_NONE);
    err e = file_replace(&a, place.folder, STR("keys/house"), STR("one"), 0600);
    assert_int_equal(e.kind, ERR_NONE);
    assert_file(&place, "keys/house", STR("one"));
    e = file_replace(&a, place.folder, STR("no/house"), STR("one"), 0600);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    assert_int_equal(unlinkat(place.folder, "keys/house", 0), 0);
}

static void makes_a_folder_and_is_content_when_it_is_there(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(place_done) struct place place;
    CLEANUP(arena_done) struct arena a;
    place_init(&place);
    arena_init(&a, &sys, CAP);
    assert_int_equal(folder_make(&a, place.folder, STR("keys"), 0700).kind, ERR_NONE);
    assert_int_equal(folder_make(&a, place.folder, STR("keys"), 0700).kind, ERR_NONE);
    assert_int_equal(folder_make(&a, place.folder, STR("no/keys"), 0700).kind, ERR_NOT_FOUND);
    assert_int_equal(folder_make(&a, place.folder, STR("a\0b"), 0700).kind, ERR_INVALID);
}

static str old_text(void) { return STR("the old text"); }
static str new_text(void) { return STR("the new text, a little longer than the old one was"); }

static err replace_old(const struct sys *sys, int folder) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    return file_replace(&a, folder, STR("text"), new_text(), 0600);
}

static void leaves_the_old_file_or_the_new_whichever_call_fails(void **state) {
    (void)state;
    CLEANUP(place_done) struct place place;
    place_init(&place);
    size_t files = open_files();
    int n = 1;
    int kept_old = 0;
    for (; n < FAULT_RUNS_MAX; n++) {
        put_file(&place, "text", old_text());
        struct fault fault;
        const struct sys sys = fault_sys(&fault, n);
        err e = replace_old(&sys, place.folder);
        bool is_clean = fault_ended(&fault, e);
        char first[64] = "";
        int fd = openat(place.folder, "text", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0 && read(fd, first, sizeof first - 1) > 0);
        close(fd);
        bool is_old = str_eq(str_of(first), old_text());
        assert_true(is_old || str_eq(str_of(first), new_text()));
        assert_true(e.kind != ERR_NONE || !is_old);
        assert_int_equal(entries(place.folder, false), 1); /* no litter */
        assert_int_equal(open_files(), files);
        kept_old += is_old;
        if (is_clean) break;
    }
    assert_true(n > 10 && n < FAULT_RUNS_MAX); /* memory, open, writes, sync, rename, folder */
    assert_true(kept_old > 5);
}

static err read_text(const struct sys *sys, int folder) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    str bytes = STR("untouched");
    err e = file_read(&a, folder, STR("text"), 50000, &bytes);
    if (e.kind != ERR_NONE) assert_true(str_eq(bytes, STR("untouched")));
    if (e.kind == ERR_NONE) assert_int_equal(bytes.len, 50000);
    TRY(e);
    return folder_make(&a, folder, STR("keys"), 0700);
}

static void reading_survives_every_failing_call(void **state) {
    (void)state;
    static char content[50000];
    CLEANUP(place_done) struct place place;
    place_init(&place);
    put_file(&place, "text", (str){content, sizeof content});
    size_t files = open_files();
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        const struct sys sys = fault_sys(&fault, n);
        bool is_clean = fault_ended(&fault, read_text(&sys, place.folder));
        assert_int_equal(open_files(), files);
        if (is_clean) break;
    }
    assert_true(n > 5 && n < FAULT_RUNS_MAX);
}

static void the_failing_world_fails_once_and_counts(void **state) {
    (void)state;
    struct fault fault;
    const struct sys sys = fault_sys(&fault, 2);
    void *block = sys.alloc(sys.ctx, 10);
    assert_non_null(block);
    assert_int_equal(fault.live, 1);
    char byte = 0;
    assert_false(sys.random(sys.ctx, &byte, 1));
    assert_true(sys.random(sys.ctx, &byte, 1));
    sys.free(sys.ctx, block);
    sys.free(sys.ctx, NULL);
    assert_int_equal(fault.live, 0);
    assert_int_equal(fault.calls, 3);
    fault.now = 1234;
    assert_int_equal(sys.now_seconds(sys.ctx), 1234);
    fault.now = 0;
    assert_true(sys.now_seconds(sys.ctx) > 1700000000);
    assert_true(sys.ticks_ns(sys.ctx) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_world_tells_time_and_chance),
        cmocka_unit_test(opens_files_that_no_child_inherits),
        cmocka_unit_test(says_why_a_file_cannot_be_opened),
        cmocka_unit_test(reads_a_whole_file),
        cmocka_unit_test(refuses_a_file_that_is_one_byte_too_large),
        cmocka_unit_test(replaces_a_file_with_the_mode_asked_for),
        cmocka_unit_test(is_not_misled_by_what_a_crash_left_behind),
        cmocka_unit_test(syncs_the_folder_that_holds_the_name),
        cmocka_unit_test(makes_a_folder_and_is_content_when_it_is_there),
        cmocka_unit_test(leaves_the_old_file_or_the_new_whichever_call_fails),
        cmocka_unit_test(reading_survives_every_failing_call),
        cmocka_unit_test(the_failing_world_fails_once_and_counts),
    };
    return cmocka_run_group_tests_name("sys", tests, NULL, NULL);
}
