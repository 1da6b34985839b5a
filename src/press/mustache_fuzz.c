/* mustache_fuzz.c: any bytes as a template that includes itself, over a view with every kind. */
#include <assert.h>

#include "press/mustache.h"

enum { MEMORY_MAX = 16 << 20, OUTPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena arena = {0};
    arena_init(&arena, &sys, MEMORY_MAX);
    struct view view;
    view_init(&view, &arena);
    view_text(&view, &view.root, "t", STR("text"));
    view_flag(&view, &view.root, "y", true);
    view_flag(&view, &view.root, "n", false);
    struct value *list = view_list(&view, &view.root, "l");
    view_text(&view, view_map(&view, list, NULL), "t", STR("<inner>"));
    view_text(&view, list, NULL, STR("item"));
    assert(view_check(&view).kind == ERR_NONE);
    const struct mustache_source sources[] = {{STR("p"), {(const char *)data, size}},
                                              {STR("q"), STR("{{t}}\n{{#l}}{{.}}{{/l}}\n")}};
    const struct mustache *set = NULL;
    err e = mustache_compile(&arena, sources, COUNT_OF(sources), &set);
    if (e.kind != ERR_NONE) {
        assert(set == NULL && e.message[0] != '\0');
        return 0;
    }
    struct buf out;
    buf_init(&out, &arena, OUTPUT_MAX);
    e = mustache_render(set, STR("p"), &view.root, &out);
    assert(e.kind == ERR_NONE || e.kind == ERR_LIMIT || e.kind == ERR_NO_MEMORY);
    return 0;
}
