/* opening_fuzz.c: the first byte says which form, the rest is one. What opens fits its room, and is
 * the same a second time. */
#include <assert.h>
#include <stdint.h>

#include "gate/opening.h"

enum { ARENA_CAP = 4 << 20, BODY_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err open_form(struct arena *a, uint8_t which, str form, str *ret_body) {
    return which % 2 == 0 ? opening_gzip(a, form, BODY_MAX, ret_body)
                          : opening_brotli(a, form, BODY_MAX, ret_body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    str body = {0};
    str again = {0};
    if (size == 0) return 0;
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, ARENA_CAP);
    str form = {(const char *)data + 1, size - 1};
    if (open_form(&a, data[0], form, &body).kind != ERR_NONE) return 0;
    assert(body.len <= BODY_MAX);
    err e = open_form(&a, data[0], form, &again);
    assert(e.kind == ERR_NONE && str_eq(body, again));
    return 0;
}
