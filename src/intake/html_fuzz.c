/* html_fuzz.c: any bytes as HTML; what comes out is UTF-8 and holds no control characters. */
#include <assert.h>

#include "base/unicode.h"
#include "intake/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err picture(void *context, struct html_picture *picture) {
    (void)context;
    if (picture->url.len % 2 == 0) picture->media = STR("7");
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    struct arena a;
    struct html_result result = {0};
    struct html_world world = {.picture = picture};
    arena_init(&a, &sys, (size_t)256 << 20);
    err e = html_to_markdown(&a, (str){(const char *)data, size}, &world, &result);
    assert(e.kind == ERR_NONE || e.kind == ERR_LIMIT || e.kind == ERR_NO_MEMORY);
    assert(utf8_is_valid(result.markdown));
    assert(str_find_byte(result.markdown, '\0') == STR_NONE);
    arena_done(&a);
    return 0;
}
