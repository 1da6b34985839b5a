/* paper_document_fuzz.c: any bytes as a PDF that qpdf wrote: objects, what they hide, twins. */
#include <stdlib.h>

#include "base/unicode.h"
#include "scrub/paper_hidden.h"
#include "scrub/paper_twin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct arena *a, const struct paper_document *document) {
    struct paper_finds finds;
    struct paper_hidden *list = NULL;
    size_t count = 0;
    err e = paper_finds_init(&finds, a, document->sheet_count);
    if (e.kind == ERR_NONE) e = paper_hidden_find(document, &finds);
    if (e.kind == ERR_NONE) e = paper_finds_list(&finds, &list, &count);
    if (e.kind != ERR_NONE && e.kind != ERR_NO_MEMORY && e.kind != ERR_LIMIT) abort();
    for (size_t i = 0; i < count; i++) {
        if (!utf8_is_valid(list[i].text) || list[i].text.len > PAPER_TEXT_BYTES) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    struct paper_document document;
    arena_init(&a, &sys, (size_t)512 << 20);
    err e = paper_document_read(&a, (str){(const char *)data, size}, &document);
    if (e.kind != ERR_NONE) return 0;
    look(&a, &document);
    for (size_t twin = 0; twin < PAPER_TWIN_COUNT; twin++) {
        struct arena_mark mark = arena_mark(&a);
        struct buf b;
        str bytes;
        buf_init(&b, &a, (size_t)128 << 20);
        e = paper_twin_write(&b, &document, (enum paper_twin)twin, &bytes);
        if (e.kind == ERR_NONE && !str_starts(bytes, document.bytes)) abort();
        arena_reset(&a, mark);
    }
    return 0;
}
