/* front_matter_fuzz.c: any bytes as a Markdown file with front matter. */
#include <assert.h>

#include "base/unicode.h"
#include "intake/front_matter.h"
#include "intake/relink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err answer(void *context, bool is_picture, str destination, enum relink_verdict *ret_verdict,
                  str *ret_destination) {
    (void)context;
    *ret_verdict = is_picture ? RELINK_KEEP : RELINK_REMOVE;
    *ret_destination = destination;
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    struct arena a;
    struct front_matter matter = {0};
    struct buf b;
    struct relink how = {.answer = answer};
    arena_init(&a, &sys, (size_t)64 << 20);
    err e = front_matter_read(&a, (str){(const char *)data, size}, &matter);
    for (const struct front_field *f = matter.fields; f != NULL; f = f->next) {
        assert(utf8_is_valid(f->value) && f->key.len > 0);
    }
    if (e.kind == ERR_NONE) {
        buf_init(&b, &a, (size_t)16 << 20);
        e = relink(&b, matter.body, &how);
        assert(e.kind != ERR_NONE || utf8_is_valid(buf_text(&b)));
    }
    arena_done(&a);
    return 0;
}
