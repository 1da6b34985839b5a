/* slots_fuzz.c: any bytes as a page, filled with themselves and with nothing. */
#include <assert.h>

#include "pressing/slots.h"

enum { MEMORY_MAX = 32 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, MEMORY_MAX);
    str page = {(const char *)data, size};
    const struct slot slots[] = {{"t", page}};
    const struct slot_scope none = {0};
    const struct slot_scope items[] = {{slots, 1, NULL, 0}, {0}};
    const struct slot_list lists[] = {{"l", items, 2}, {"y", items, 1}};
    const struct slot_scope scope = {slots, 1, lists, 2};
    str filled = {0};
    str empty = {0};
    err e = slots_fill(&arena, page, &scope, &filled);
    err of_nothing = slots_fill(&arena, page, &none, &empty);
    assert(e.kind == ERR_NONE || e.kind == ERR_INVALID || e.kind == ERR_LIMIT ||
           e.kind == ERR_NO_MEMORY);
    if (of_nothing.kind != ERR_NONE) return 0;
    assert(empty.len <= size); /* nothing is only taken away */
    if (empty.len == size) assert(str_eq(empty, page));
    return 0;
}
