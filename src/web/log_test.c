/* log_test.c: what is kept of answers: lines byte for byte, counts that name nobody, a disk that is
 * full, memory that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fault.h"
#include "web/web_impl.h"

enum { DAY_SECONDS = 86400, KEPT_BYTES = 1 << 20, EVENING = 1795374181 /* 2026-11-22T19:03:01Z */ };

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

/* ---- A web without a server ------------------------------------------------------------------ */

/* Files are the real world's; memory, the clock and writes of the web can fail. */
struct desk {
    struct sys real;
    struct sys sys;
    struct fault fault;
    struct arena arena;
    char path[64];
    int folder;
    struct edition live;
    struct web web;
    int access; /* what was logged, for us to read */
    int sums;
    int troubles;
    enum err_kind trouble;
    char kept[KEPT_BYTES];
};

static void note_trouble(void *ctx, err problem) {
    struct desk *desk = ctx;
    desk->troubles++;
    desk->trouble = problem.kind;
}

static void press(struct desk *desk, const char *const *paths, struct pressing **ret_pressing) {
    struct pressing_writer *writer = NULL;
    str name;
    good(pressing_writer_open(&desk->real, desk->folder, NULL, &writer));
    for (; *paths != NULL; paths++) {
        struct pressing_page page = {.path = str_of(*paths), .status = 200, .body = STR("text")};
        if (str_starts(page.path, STR("/assets/"))) page.type = PRESSING_CSS;
        good(pressing_writer_page(writer, &page));
    }
    good(pressing_writer_finish(writer, &desk->arena, &name));
    pressing_writer_close(&writer);
    const struct pressing_place place = {.sys = &desk->real, .folder = desk->folder};
    good(pressing_open(&place, name, ret_pressing));
}

static struct desk *desk_open(void) {
    static const char *const paths[] = {"/en/",      "/en/a/",        "/en/b/",
                                        "/ko/종이/", "/assets/a.css", NULL};
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    desk->real = sys_real();
    desk->sys = fault_sys(&desk->fault, 0);
    desk->fault.now = EVENING;
    arena_init(&desk->arena, &desk->real, 1 << 20);
    snprintf(desk->path, sizeof desk->path, "/tmp/hanji-log-test-XXXXXX");
    assert_non_null(mkdtemp(desk->path));
    desk->folder = open(desk->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(desk->folder >= 0);
    press(desk, paths, &desk->live.pressing);
    desk->web.sys = &desk->sys;
    desk->web.options.ctx = desk;
    desk->web.options.trouble = note_trouble;
    desk->web.live = &desk->live;
    desk->web.log.access = desk->web.log.sums = -1;
    desk->access = memfd_create("access", MFD_CLOEXEC);
    desk->sums = memfd_create("sums", MFD_CLOEXEC);
    assert_true(desk->access >= 0 && desk->sums >= 0);
    return desk;
}

static void desk_done(struct desk *desk) {
    web_log_close(&desk->web);
    assert_int_equal(desk->fault.live, 0);
    pressing_close(&desk->live.pressing);
    good(pressing_sweep(&desk->arena, desk->folder));
    assert_int_equal(rmdir(desk->path), 0);
    close(desk->folder);
    close(desk->access);
    close(desk->sums);
    arena_done(&desk->arena);
    free(desk);
}

static void keep(struct desk *desk, bool has_access, bool has_sums, bool tells_addresses) {
    web_use_logs(&desk->web, &(struct web_logs){.access = has_access ? dup(desk->access) : -1,
                                                .counts = has_sums ? dup(desk->sums) : -1,
                                                .tells_addresses = tells_addresses});
}

static const struct http_peer PEER = {
    .family = HTTP_FAMILY_V4,
    .address = {[10] = 0xFF, [11] = 0xFF, [12] = 192, [13] = 0, [14] = 2, [15] = 7}};

static void answer(struct desk *desk, const char *path, int status) {
    struct http_request request = {
        .method = HTTP_METHOD_GET, .path = str_of(path), .query = STR("q=a"), .peer = &PEER};
    struct http_response response = {.status = status, .body = STR("text")};
    web_log_answer(&desk->web, &request, &response);
}

static void answer_times(struct desk *desk, const char *path, int times) {
    while (times-- > 0) answer(desk, path, 200);
}

/* All that was written to a log so far. */
static const char *kept(struct desk *desk, int log) {
    ssize_t len = pread(log, desk->kept, KEPT_BYTES - 1, 0);
    assert_true(len >= 0);
    desk->kept[len] = '\0';
    return desk->kept;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void writes_each_request_as_a_line(void **state) {
    (void)state;
    static const struct {
        enum http_method method;
        const char *path;
        int status;
        const char *body;
        bool is_secure;
        const char *line;
    } rows[] = {
        {HTTP_METHOD_GET, "/en/", 200, "text", false, "GET /en/ 200 4 http"},
        {HTTP_METHOD_HEAD, "/en/", 200, "text", true, "HEAD /en/ 200 0 https"},
        {HTTP_METHOD_POST, "/en/a/", 405, "", false, "POST /en/a/ 405 0 http"},
        {HTTP_METHOD_OTHER, "", 405, "", false, "OTHER * 405 0 http"},
        {HTTP_METHOD_GET, "/a b\n\"%", 404, "none", false, "GET /a%20b%0A\"%25 404 4 http"},
        {HTTP_METHOD_GET, "/종", 404, "", true, "GET /%EC%A2%85 404 0 https"},
        {HTTP_METHOD_GET, "/\x7F", 404, "", true, "GET /%7F 404 0 https"},
    };
    struct desk *desk = desk_open();
    char wanted[1024] = "";
    keep(desk, true, false, false);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request request = {.method = rows[i].method,
                                       .path = str_of(rows[i].path),
                                       .query = STR("q=secret"),
                                       .is_secure = rows[i].is_secure,
                                       .peer = &PEER};
        struct http_response response = {.status = rows[i].status, .body = str_of(rows[i].body)};
        web_log_answer(&desk->web, &request, &response);
        size_t len = strlen(wanted);
        snprintf(wanted + len, sizeof wanted - len, "2026-11-22T19:03Z %s\n", rows[i].line);
    }
    assert_string_equal(kept(desk, desk->access), ""); /* a line waits for the end of a turn */
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->access), wanted);
    desk_done(desk);
}

static void tells_an_address_only_when_asked_to(void **state) {
    (void)state;
    struct desk *desk = desk_open();
    keep(desk, true, false, true);
    answer(desk, "/en/", 200);
    keep(desk, true, false, false); /* what was said before is written first */
    answer(desk, "/en/", 200);
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->access),
                        "2026-11-22T19:03Z 192.0.2.7 GET /en/ 200 4 http\n"
                        "2026-11-22T19:03Z GET /en/ 200 4 http\n");
    desk_done(desk);
}

/* More than fits into the memory for lines: a turn with many answers. */
static void loses_no_line_of_a_busy_turn(void **state) {
    (void)state;
    enum { LINES = 2000 };
    static const char line[] = "2026-11-22T19:03Z GET /en/a/ 200 4 http\n";
    struct desk *desk = desk_open();
    keep(desk, true, false, false);
    answer_times(desk, "/en/a/", LINES);
    web_log_turn(&desk->web);
    assert_int_equal(strlen(kept(desk, desk->access)), LINES * (sizeof line - 1));
    for (size_t i = 0; i < LINES; i++)
        assert_memory_equal(desk->kept + i * (sizeof line - 1), line, sizeof line - 1);
    desk_done(desk);
}

/* ---- Counts ---------------------------------------------------------------------------------- */

static void counts_pages_from_ten_readings_on(void **state) {
    (void)state;
    struct desk *desk = desk_open();
    keep(desk, false, true, false);
    answer_times(desk, "/en/a/", 10);
    answer_times(desk, "/en/b/", 9);
    answer_times(desk, "/ko/종이/", 11);
    answer_times(desk, "/en/", 2);
    answer_times(desk, "/assets/a.css", 20); /* no page */
    answer_times(desk, "/en/nothing", 20);   /* not there */
    answer(desk, "/en/b/", 304);             /* not read again */
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->sums), ""); /* the day is not over */
    desk->fault.now += DAY_SECONDS;
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->sums), "2026-11-22 10 /en/a/\n"
                                                "2026-11-22 11 /ko/%EC%A2%85%EC%9D%B4/\n"
                                                "2026-11-22 11 others\n");
    answer_times(desk, "/en/a/", 12); /* another day begins at nothing */
    answer_times(desk, "/en/", 10);
    web_log_close(&desk->web);
    kept(desk, desk->sums);
    assert_non_null(strstr(desk->kept, "others\n2026-11-23 10 /en/\n2026-11-23 12 /en/a/\n"));
    desk_done(desk);
}

/* Reading a page before and after a new pressing is reading it twice; what is gone is not told. */
static void keeps_counting_when_the_pressing_changes(void **state) {
    (void)state;
    static const char *const paths[] = {"/en/a/", "/en/new/", "/ko/종이/", NULL};
    struct desk *desk = desk_open();
    struct pressing *next = NULL;
    keep(desk, false, true, false);
    answer_times(desk, "/en/a/", 6);
    answer_times(desk, "/en/b/", 50);
    press(desk, paths, &next);
    web_log_edition(&desk->web, next);
    pressing_close(&desk->live.pressing);
    desk->live.pressing = next;
    answer_times(desk, "/en/a/", 6);
    answer_times(desk, "/en/new/", 10);
    desk->fault.now += DAY_SECONDS;
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->sums), "2026-11-22 12 /en/a/\n2026-11-22 10 /en/new/\n");
    desk_done(desk);
}

/* ---- What goes wrong ------------------------------------------------------------------------- */

static void says_once_that_the_disk_is_full(void **state) {
    (void)state;
    struct desk *desk = desk_open();
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    web_use_logs(&desk->web, &(struct web_logs){.access = full, .counts = -1});
    for (int i = 0; i < 5; i++) {
        answer(desk, "/en/", 200);
        web_log_turn(&desk->web);
    }
    assert_int_equal(desk->troubles, 1);
    assert_int_equal(desk->trouble, ERR_IO);
    assert_int_equal(desk->web.sums.by_class[1], 5); /* and what is answered goes on */
    desk->fault.now += 60;
    answer(desk, "/en/", 200);
    web_log_turn(&desk->web);
    assert_int_equal(desk->troubles, 2); /* still full a minute later */
    keep(desk, true, false, false);
    answer(desk, "/en/a/", 200);
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->access), "2026-11-22T19:04Z GET /en/a/ 200 4 http\n");
    desk_done(desk);
}

static void begins_a_line_behind_half_a_one(void **state) {
    (void)state;
    struct desk *desk = desk_open();
    struct rlimit all;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    struct rlimit few = {.rlim_cur = 50, .rlim_max = all.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    keep(desk, true, false, false);
    answer_times(desk, "/en/", 2); /* 38 bytes each */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
    web_log_turn(&desk->web);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    assert_int_equal(desk->troubles, 1);
    answer(desk, "/en/a/", 200);
    web_log_turn(&desk->web);
    assert_string_equal(kept(desk, desk->access), "2026-11-22T19:03Z GET /en/ 200 4 http\n"
                                                  "2026-11-22T1\n"
                                                  "2026-11-22T19:03Z GET /en/a/ 200 4 http\n");
    desk_done(desk);
}

static void answers_on_whatever_fails(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct desk *desk = desk_open();
        desk->fault.fail_at = n;
        keep(desk, true, true, false);
        answer_times(desk, "/en/a/", 12);
        web_log_turn(&desk->web);
        desk->fault.now += DAY_SECONDS;
        answer_times(desk, "/en/a/", 12);
        web_log_turn(&desk->web);
        web_log_close(&desk->web);
        bool is_clean = desk->fault.calls < n;
        assert_int_equal(desk->troubles, is_clean ? 0 : 1);
        assert_int_equal(desk->web.sums.by_class[1], 24);
        assert_int_equal(desk->fault.live, 0);
        if (is_clean) assert_string_equal(kept(desk, desk->sums), "2026-11-22 24 /en/a/\n");
        desk_done(desk);
        if (is_clean) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_request_as_a_line),
        cmocka_unit_test(tells_an_address_only_when_asked_to),
        cmocka_unit_test(loses_no_line_of_a_busy_turn),
        cmocka_unit_test(counts_pages_from_ten_readings_on),
        cmocka_unit_test(keeps_counting_when_the_pressing_changes),
        cmocka_unit_test(says_once_that_the_disk_is_full),
        cmocka_unit_test(begins_a_line_behind_half_a_one),
        cmocka_unit_test(answers_on_whatever_fails),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
