/* press_compress_test.c: pages leave in the order they came, with forms that open to them, however
 * many threads work. Built with ThreadSanitizer as well. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <brotli/decode.h>
#include <cmocka.h>
#include <libdeflate.h>

#include "base/fault.h"
#include "press/press_impl.h"

enum { PAGES = 200, PAGES_FEW = 24, BODY_MAX = 40000, ARENA_CAP = 1 << 28 };

struct bench {
    struct sys sys;
    struct arena a;
    char path[64];
    int folder;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    bench->sys = sys_real();
    arena_init(&bench->a, &bench->sys, ARENA_CAP);
    snprintf(bench->path, sizeof bench->path, "/tmp/compress-test-XXXXXX");
    assert_non_null(mkdtemp(bench->path));
    bench->folder = open(bench->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = bench;
    return 0;
}

static int forget(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->a);
    close(bench->folder);
    nftw(bench->path, forget, 8, FTW_DEPTH | FTW_PHYS);
    free(bench);
    return 0;
}

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        err macro_result = (call);                                                                 \
        if (macro_result.kind != ERR_NONE) fail_msg("%s", macro_result.message);                   \
    } while (0)

/* Page `number`: of any length, from one byte on; half of them compress well, half do not. */
static err body_of(struct arena *a, size_t number, str *ret_body) {
    size_t size = number % 7 == 0 ? number / 7 + 1 : number * 7919 % BODY_MAX;
    char *bytes = arena_alloc(a, size + 1);
    uint64_t chance = number + 1;
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a page");
    for (size_t i = 0; i < size; i++) {
        chance = chance * 6364136223846793005U + 1442695040888963407U;
        bytes[i] = number % 2 == 0 ? "so many kettles "[i % 16] : (char)(chance >> 56);
    }
    *ret_body = (str){bytes, size};
    return OK;
}

static err press_pages(struct compressing *c, struct arena *a, size_t count) {
    for (size_t i = 0; i < count; i++) {
        str path = {0};
        TRY(arena_printf(a, &path, "/%zu/", i));
        struct pressing_page page = {.path = path, .status = 200, .type = PRESSING_HTML};
        TRY(body_of(a, i, &page.body));
        TRY(compressing_page(c, &page, i % 5 != 4));
    }
    return compressing_flush(c);
}

static err press(const struct sys *sys, const struct bench *bench, size_t workers) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    CLEANUP(compressing_close) struct compressing *c = NULL;
    str name = {0};
    arena_init(&a, sys, ARENA_CAP);
    TRY(pressing_writer_open(sys, bench->folder, NULL, &writer));
    TRY(compressing_open(sys, writer, workers, &c));
    TRY(press_pages(c, &a, PAGES_FEW));
    return pressing_writer_finish(writer, &a, &name);
}

static void open_pressing(struct bench *bench, size_t workers, struct pressing **ret_pressing) {
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    CLEANUP(compressing_close) struct compressing *c = NULL;
    const struct pressing_place place = {.sys = &bench->sys, .folder = bench->folder};
    str name = {0};
    assert_ok(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    assert_ok(compressing_open(&bench->sys, writer, workers, &c));
    assert_ok(press_pages(c, &bench->a, PAGES));
    assert_ok(pressing_writer_finish(writer, &bench->a, &name));
    assert_ok(pressing_open(&place, name, ret_pressing));
}

static void assert_is(str form, str body, size_t size, const char *opened) {
    assert_true(form.len < body.len);
    assert_int_equal(size, body.len);
    assert_memory_equal(opened, body.ptr, size);
}

static void assert_gzip(struct bench *bench, str form, str body) {
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    char *opened = arena_alloc(&bench->a, body.len);
    size_t size = 0;
    if (form.len > 0) {
        assert_int_equal(
            libdeflate_gzip_decompress(decompressor, form.ptr, form.len, opened, body.len, &size),
            LIBDEFLATE_SUCCESS);
        assert_is(form, body, size, opened);
    }
    libdeflate_free_decompressor(decompressor);
}

static void assert_brotli(struct bench *bench, str form, str body) {
    char *opened = arena_alloc(&bench->a, body.len);
    size_t size = body.len;
    if (form.len == 0) return;
    assert_int_equal(
        BrotliDecoderDecompress(form.len, (const uint8_t *)form.ptr, &size, (uint8_t *)opened),
        BROTLI_DECODER_RESULT_SUCCESS);
    assert_is(form, body, size, opened);
}

static void forms_open_to_their_pages(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    size_t forms = 0;
    open_pressing(bench, 3, &pressing);
    for (size_t i = 0; i < PAGES; i++) {
        char path[32];
        struct pressing_page page = {0};
        str body = {0};
        snprintf(path, sizeof path, "/%zu/", i);
        assert_true(pressing_find(pressing, str_of(path), &page));
        assert_ok(body_of(&bench->a, i, &body));
        assert_true(str_eq(page.body, body));
        assert_gzip(bench, page.gzip, page.body);
        assert_brotli(bench, page.brotli, page.body);
        forms += (size_t)(page.gzip.len > 0) + (size_t)(page.brotli.len > 0);
        if (i % 5 == 4) assert_int_equal(page.gzip.len + page.brotli.len, 0);
        if (i % 2 == 0 && page.body.len > 100 && i % 5 != 4) assert_true(page.brotli.len > 0);
    }
    assert_true(forms > PAGES / 2);
}

static void the_bytes_do_not_tell_how_many_worked(void **state) {
    struct bench *bench = *state;
    CLEANUP(pressing_close) struct pressing *alone = NULL;
    CLEANUP(pressing_close) struct pressing *many = NULL;
    struct pressing_page first = {0};
    open_pressing(bench, 0, &alone);
    open_pressing(bench, 7, &many);
    assert_true(pressing_find(alone, STR("/0/"), &first));
    const char *first_a = first.body.ptr;
    assert_true(pressing_find(many, STR("/0/"), &first));
    const char *first_b = first.body.ptr;
    for (size_t i = 0; i < PAGES; i++) {
        struct pressing_page a = {0};
        struct pressing_page b = {0};
        pressing_page_at(alone, i, &a);
        pressing_page_at(many, i, &b);
        assert_true(str_eq(a.path, b.path) && str_eq(a.body, b.body) && str_eq(a.gzip, b.gzip) &&
                    str_eq(a.brotli, b.brotli));
        /* and they lie in the same order */
        assert_int_equal(a.body.ptr - first_a, b.body.ptr - first_b);
    }
}

static void survives_every_failing_call(void **state) {
    struct bench *bench = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, press(&sys, bench, 2))) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forms_open_to_their_pages, begin, end),
        cmocka_unit_test_setup_teardown(the_bytes_do_not_tell_how_many_worked, begin, end),
        cmocka_unit_test_setup_teardown(survives_every_failing_call, begin, end),
    };
    return cmocka_run_group_tests_name("press_compress", tests, NULL, NULL);
}
