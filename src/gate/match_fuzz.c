/* match_fuzz.c: any bytes are read, and what is said to be found lies inside them. */
#include "gate/match.h"

#include <stdlib.h>

struct found {
    size_t len;
};

static err see(void *context, const struct match_hit *hit) {
    const struct found *found = context;
    if (hit->from >= hit->to || hit->to > found->len || hit->owner > 2) abort();
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct match_term terms[] = {{STR("김철수"), MATCH_NAME, 0},
                                              {STR("Johannes Vanderplank"), MATCH_NAME, 1},
                                              {STR("010-4821-7703"), MATCH_NUMBER, 2}};
    const struct sys sys = sys_real();
    struct arena a;
    const struct matcher *matcher = NULL;
    struct found found = {.len = size};
    size_t skipped = 0;
    arena_init(&a, &sys, 1 << 28);
    str text = {(const char *)data, size};
    if (matcher_make(&a, terms, COUNT_OF(terms), &matcher, &skipped).kind != ERR_NONE) abort();
    for (int kind = FOLD_TEXT; kind <= FOLD_HTML; kind++) {
        struct fold fold;
        if (fold_text(&a, text, (enum fold_kind)kind, &fold).kind != ERR_NONE) abort();
        err e = matcher_read(matcher, &fold, see, &found);
        if (e.kind != ERR_NONE && e.kind != ERR_LIMIT) abort();
    }
    arena_done(&a);
    return 0;
}
