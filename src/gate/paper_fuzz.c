/* paper_fuzz.c: any bytes before the gate's reader of rebuilt PDFs. */
#include "gate/paper.h"

#include <stdlib.h>

#include "base/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    struct paper_read read;
    arena_init(&a, &sys, (size_t)256 << 20);
    err e = paper_read(&a, (str){(const char *)data, size}, &read);
    if (e.kind == ERR_NO_MEMORY || e.kind == ERR_LIMIT) return 0;
    if (e.kind != ERR_NONE) abort();
    if (read.count == 0 && (read.offset > size || read.reason[0] == '\0')) abort();
    for (size_t i = 0; i < read.count; i++) {
        if (!utf8_is_valid(read.pages[i].text)) abort();
    }
    return 0;
}
