/* program_test.c: that a program has an id, and that it is the one in its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/program.h"

static void is_the_id_that_the_linker_gave(void **state) {
    (void)state;
    unsigned char id[PROGRAM_ID_BYTES];
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    str file = {0};
    size_t size = program_id(id);
    assert_true(size >= 16);
    arena_init(&a, &sys, (size_t)1 << 30);
    err e = file_read(&a, -1, STR("/proc/self/exe"), (size_t)1 << 28, &file);
    assert_int_equal(e.kind, ERR_NONE);
    size_t at = str_find(file, (str){(const char *)id, size});
    assert_true(at != STR_NONE && at > 4);
    assert_memory_equal(file.ptr + at - 4, "GNU", 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_the_id_that_the_linker_gave)};
    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
