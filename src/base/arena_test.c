/* arena_test.c: what arena.h promises. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"

enum { CAP = 1 << 20 };

static bool is_zero(const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) return false;
    }
    return true;
}

static void gives_zeroed_memory_aligned_for_any_type(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    for (size_t size = 0; size < 600; size++) { /* past one chunk */
        char *block = arena_alloc(&a, size);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        assert_true(is_zero(block, size));
        memset(block, 0xA5, size); /* a neighbour would see it */
    }
}

static void zeroes_memory_that_is_used_again_after_a_reset(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    assert_non_null(arena_alloc(&a, 8));
    struct arena_mark mark = arena_mark(&a);
    char *first = arena_alloc(&a, 100);
    memset(first, 0xA5, 100);
    arena_reset(&a, mark);
    char *second = arena_alloc(&a, 100);
    assert_ptr_equal(first, second);
    assert_true(is_zero(second, 100));
}

static void never_passes_its_cap(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, 1000);
    size_t count = 0;
    while (count < 1000 && arena_alloc(&a, 16) != NULL) count++;
    assert_int_equal(count, 62); /* 62 times 16 is 992 */
    assert_true(a.used <= a.cap);
    assert_null(arena_alloc(&a, 9)); /* 16 with its padding */
    assert_int_equal(a.used, 992);
}

static void gives_out_the_last_byte_of_its_cap(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, 1024);
    for (int i = 0; i < 64; i++) assert_non_null(arena_alloc(&a, 16));
    assert_int_equal(a.used, a.cap);
    assert_null(arena_alloc(&a, 0));
}

static void refuses_sizes_that_overflow(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX - 15)); /* rounds, and the header no longer fits */
    assert_null(arena_array(&a, SIZE_MAX / 8 + 1, 8));
    assert_non_null(arena_array(&a, 3, 8));
    assert_int_equal(a.used, 32);
}

static void grows_the_last_block_where_it_stands(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    char *block = arena_alloc(&a, 20);
    memset(block, 'x', 20);
    char *grown = arena_grow(&a, block, 20, 200);
    assert_ptr_equal(grown, block);
    assert_int_equal(a.used, 208);
    assert_memory_equal(grown, "xxxxxxxxxxxxxxxxxxxx", 20);
    assert_true(is_zero(grown + 20, 180));
    char *next = arena_alloc(&a, 16);
    assert_true(next >= grown + 200); /* what follows does not stand in it */
}

static void zeroes_what_a_block_grows_by(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    assert_non_null(arena_alloc(&a, 1)); /* keeps the chunk over the reset */
    struct arena_mark mark = arena_mark(&a);
    memset(arena_alloc(&a, 1000), 0xA5, 1000);
    arena_reset(&a, mark);
    char *block = arena_alloc(&a, 16);
    char *grown = arena_grow(&a, block, 16, 900);
    assert_ptr_equal(grown, block);
    assert_true(is_zero(grown, 900));
}

/* Step by step past the end of several chunks: a sanitizer sees a byte written outside one. */
static void grows_a_block_by_small_steps(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    char *block = NULL;
    for (size_t size = 0; size < 20000; size += 7) {
        block = arena_grow(&a, block, size, size + 7);
        assert_non_null(block);
        memset(block + size, (char)(size % 251), 7);
    }
    for (size_t i = 0; i < 20000; i++) assert_int_equal(block[i], (char)(i / 7 * 7 % 251));
}

static void grows_any_other_block_by_copying(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    char *block = arena_alloc(&a, 20);
    memset(block, 'x', 20);
    char *other = arena_alloc(&a, 20);
    memset(other, 'y', 20);
    char *grown = arena_grow(&a, block, 20, 40);
    assert_ptr_not_equal(grown, block);
    assert_memory_equal(grown, "xxxxxxxxxxxxxxxxxxxx", 20);
    assert_true(is_zero(grown + 20, 20));
    assert_int_equal(other[0], 'y');
    char *large = arena_grow(&a, grown, 40, 100000); /* the last one, but its chunk is too small */
    assert_memory_equal(large, "xxxxxxxxxxxxxxxxxxxx", 20);
    assert_true(is_zero(large + 20, 100000 - 20));
}

static void grows_nothing_into_something(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    assert_non_null(arena_grow(&a, NULL, 0, 0));
    assert_non_null(arena_grow(&a, NULL, 0, 64));
    assert_non_null(arena_grow(&a, arena_alloc(&a, 0), 0, 0));
    char *grown = arena_grow(&a, arena_alloc(&a, 0), 0, 64);
    assert_true(is_zero(grown, 64));
}

static void leaves_the_old_block_when_it_cannot_grow(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, 256);
    char *block = arena_alloc(&a, 100);
    memset(block, 'x', 100);
    assert_null(arena_grow(&a, block, 100, 300));
    assert_int_equal(a.used, 112);
    assert_int_equal(block[99], 'x');
    assert_non_null(arena_grow(&a, block, 100, 256));
}

static void copies_strings(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    str copy = {0};
    const char *cstr = NULL;
    char source[] = "kettle";
    assert_int_equal(arena_copy(&a, str_of(source), &copy).kind, ERR_NONE);
    assert_int_equal(arena_cstr(&a, str_of(source), &cstr).kind, ERR_NONE);
    source[0] = 'X';
    assert_true(str_eq(copy, STR("kettle")));
    assert_string_equal(cstr, "kettle");
    assert_int_equal(arena_copy(&a, STR("k"), &copy).kind, ERR_NONE);
    assert_true(str_eq(copy, STR("k")));
    assert_int_equal(arena_cstr(&a, STR("k"), &cstr).kind, ERR_NONE);
    assert_string_equal(cstr, "k");
    assert_int_equal(arena_copy(&a, (str){0}, &copy).kind, ERR_NONE);
    assert_int_equal(copy.len, 0);
    assert_int_equal(arena_cstr(&a, (str){0}, &cstr).kind, ERR_NONE);
    assert_string_equal(cstr, "");
}

/* Sixteen bytes fill a block: the NUL must have one of its own. */
static void ends_c_strings_before_the_next_block(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    const char *cstr = NULL;
    str text = {0};
    assert_int_equal(arena_cstr(&a, STR("sixteen letters!"), &cstr).kind, ERR_NONE);
    memset(arena_alloc(&a, 16), 'x', 16);
    assert_string_equal(cstr, "sixteen letters!");
    assert_int_equal(arena_printf(&a, &text, "%s", "sixteen letters!").kind, ERR_NONE);
    memset(arena_alloc(&a, 16), 'x', 16);
    assert_string_equal(text.ptr, "sixteen letters!");
}

static void refuses_a_nul_where_the_system_would_stop_reading(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    const char *cstr = "untouched";
    assert_int_equal(arena_cstr(&a, STR("a\0b"), &cstr).kind, ERR_INVALID);
    assert_string_equal(cstr, "untouched");
}

static void formats_into_the_arena(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    str text = {0};
    assert_int_equal(arena_printf(&a, &text, "%s-%d", "page", 17).kind, ERR_NONE);
    assert_true(str_eq(text, STR("page-17")));
    assert_int_equal(text.ptr[text.len], '\0');
    assert_int_equal(arena_printf(&a, &text, "%*d", CAP, 1).kind, ERR_NO_MEMORY);
    assert_true(str_eq(text, STR("page-17")));
}

/* A note of the order in which cleanups ran. */
struct trace {
    struct arena *arena;
    char order[8];
    size_t count;
};
static void note_a(void *context) {
    struct trace *trace = context;
    trace->order[trace->count++] = 'a';
}
static void note_b(void *context) {
    struct trace *trace = context;
    trace->order[trace->count++] = 'b';
}
static void note_c_and_tie_a(void *context) {
    struct trace *trace = context;
    trace->order[trace->count++] = 'c';
    assert_int_equal(arena_at_end(trace->arena, note_a, trace).kind, ERR_NONE);
}

static void runs_cleanups_once_and_newest_first(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    struct arena a;
    struct trace trace = {.arena = &a};
    arena_init(&a, &sys, CAP);
    assert_int_equal(arena_at_end(&a, note_a, &trace).kind, ERR_NONE);
    assert_int_equal(arena_at_end(&a, note_b, &trace).kind, ERR_NONE);
    arena_done(&a);
    arena_done(&a);
    assert_string_equal(trace.order, "ba");
    assert_int_equal(a.used, 0);
}

static void lets_a_cleanup_tie_another(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    struct arena a;
    struct trace trace = {.arena = &a};
    arena_init(&a, &sys, CAP);
    assert_int_equal(arena_at_end(&a, note_b, &trace).kind, ERR_NONE);
    assert_int_equal(arena_at_end(&a, note_c_and_tie_a, &trace).kind, ERR_NONE);
    arena_done(&a);
    assert_string_equal(trace.order, "cab");
}

static void ends_at_a_reset_what_began_after_the_mark(void **state) {
    (void)state;
    struct fault fault;
    const struct sys sys = fault_sys(&fault, 0);
    struct trace trace = {0};
    struct arena a;
    arena_init(&a, &sys, CAP);
    struct arena_mark start = arena_mark(&a);
    char *kept = arena_alloc(&a, 10);
    memset(kept, 'k', 10);
    assert_int_equal(arena_at_end(&a, note_a, &trace).kind, ERR_NONE);
    struct arena_mark mark = arena_mark(&a);
    assert_int_equal(arena_at_end(&a, note_b, &trace).kind, ERR_NONE);
    assert_non_null(arena_alloc(&a, 100000)); /* chunks of its own */
    assert_non_null(arena_alloc(&a, 200000));
    assert_int_equal(fault.live, 3);
    arena_reset(&a, mark);
    assert_string_equal(trace.order, "b");
    assert_int_equal(fault.live, 1);
    assert_int_equal(a.used, mark.used);
    assert_int_equal(kept[9], 'k');
    arena_reset(&a, start);
    assert_string_equal(trace.order, "ba");
    assert_int_equal(fault.live, 0);
    assert_int_equal(a.used, 0);
    arena_done(&a);
    assert_string_equal(trace.order, "ba");
}

/* Every function of arena.h that allocates. Each leaves its output alone when it fails. */
static err use_all(const struct sys *sys) {
    struct trace trace = {0}; /* before the arena, whose end runs cleanups that write to it */
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    str text = STR("untouched");
    const char *cstr = "untouched";
    err e = arena_copy(&a, STR("kettle"), &text);
    if (e.kind != ERR_NONE) assert_true(str_eq(text, STR("untouched")));
    TRY(e);
    e = arena_cstr(&a, STR("kettle"), &cstr);
    if (e.kind != ERR_NONE) assert_string_equal(cstr, "untouched");
    TRY(e);
    text = STR("untouched");
    e = arena_printf(&a, &text, "%*d", 5000, 1);
    if (e.kind != ERR_NONE) assert_true(str_eq(text, STR("untouched")));
    TRY(e);
    char *block = arena_alloc(&a, 20000);
    if (block == NULL) FAIL(ERR_NO_MEMORY, "a block");
    block = arena_grow(&a, block, 20000, 60000);
    if (block == NULL) FAIL(ERR_NO_MEMORY, "a longer block");
    if (arena_array(&a, 100, 1000) == NULL) FAIL(ERR_NO_MEMORY, "an array");
    for (int i = 0; i < 4; i++) {
        e = arena_at_end(&a, note_a, &trace);
        if (e.kind != ERR_NONE) {
            arena_done(&a);
            assert_int_equal(trace.count, i); /* what could not be tied is not run */
            return e;
        }
        if (arena_alloc(&a, 200000) == NULL) FAIL(ERR_NO_MEMORY, "another chunk");
    }
    return OK;
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        const struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, use_all(&sys))) break;
    }
    assert_true(n > 6 && n < FAULT_RUNS_MAX); /* the loop met real faults, and ended */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_memory_aligned_for_any_type),
        cmocka_unit_test(zeroes_memory_that_is_used_again_after_a_reset),
        cmocka_unit_test(never_passes_its_cap),
        cmocka_unit_test(gives_out_the_last_byte_of_its_cap),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(grows_the_last_block_where_it_stands),
        cmocka_unit_test(zeroes_what_a_block_grows_by),
        cmocka_unit_test(grows_a_block_by_small_steps),
        cmocka_unit_test(grows_any_other_block_by_copying),
        cmocka_unit_test(grows_nothing_into_something),
        cmocka_unit_test(leaves_the_old_block_when_it_cannot_grow),
        cmocka_unit_test(copies_strings),
        cmocka_unit_test(ends_c_strings_before_the_next_block),
        cmocka_unit_test(refuses_a_nul_where_the_system_would_stop_reading),
        cmocka_unit_test(formats_into_the_arena),
        cmocka_unit_test(runs_cleanups_once_and_newest_first),
        cmocka_unit_test(lets_a_cleanup_tie_another),
        cmocka_unit_test(ends_at_a_reset_what_began_after_the_mark),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
