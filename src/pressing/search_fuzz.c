/* search_fuzz.c: questions to a segment in which some bytes were changed, and the gate's look at
 * it. The first byte says how long the question is; behind it every three bytes change one of
 * the segment's. Without a change the gate must agree; with one it must refuse, or have been
 * told of another text. */
#include <stdlib.h>
#include <string.h>

#include "pressing/search.h"

enum { CAP = 64 << 20, EDITS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FNV-1a over all that the gate is told. */
static void mix(uint64_t *hash, str text) {
    for (size_t i = 0; i < text.len; i++) {
        *hash = (*hash ^ (unsigned char)text.ptr[i]) * 0x100000001B3;
    }
    *hash = (*hash ^ 0xFF) * 0x100000001B3;
}

static err see_story(void *context, const struct search_story *story) {
    mix(context, story->path);
    mix(context, story->title);
    mix(context, story->deck);
    mix(context, story->byline);
    mix(context, story->body);
    mix(context, (str){(const char *)&story->published, sizeof story->published});
    return OK;
}

static void make(struct arena *a, str question, str *ret_segment) {
    const struct search_story stories[] = {
        {STR("/a/"), STR("The kettle"), STR("deck"), STR("by"), STR("kettle river 학교에서"), 5},
        {STR("/b/"), STR("학교 앞"), STR(""), STR(""), STR("a long river, a small boat"), 4},
        {STR("/c/"), STR("fuzz"), STR(""), STR(""), question, 3},
    };
    if (search_build(a, stories, 3, ret_segment).kind == ERR_NONE) return;
    if (search_build(a, stories, 2, ret_segment).kind != ERR_NONE) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    CLEANUP(search_close) struct search *search = NULL;
    struct search_result result;
    uint64_t before = 0;
    uint64_t after = 0;
    str segment = {0};
    str copy = {0};
    arena_init(&a, &sys, CAP);
    if (size == 0) return 0;
    str rest = {(const char *)data + 1, size - 1};
    str question = str_slice(rest, 0, data[0]);
    rest = str_skip(rest, question.len);
    make(&a, question, &segment);
    if (arena_copy(&a, segment, &copy).kind != ERR_NONE) abort();
    char *bytes = (char *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i + 3 <= rest.len && i < 3 * (size_t)EDITS_MAX; i += 3) {
        const unsigned char *edit = (const unsigned char *)rest.ptr + i;
        bytes[((size_t)edit[0] << 8 | edit[1]) % copy.len] = (char)edit[2];
    }
    if (search_check(&sys, segment, see_story, &before).kind != ERR_NONE) abort();
    err e = search_check(&sys, copy, see_story, &after);
    bool is_same = str_eq(copy, segment);
    if (is_same && e.kind != ERR_NONE) abort();
    if (!is_same && e.kind == ERR_NONE && after == before) abort();
    if (search_open(&sys, &copy, 1, &search).kind != ERR_NONE) return 0;
    e = search_find(search, &a, &(struct search_query){.text = question}, &result);
    if (e.kind != ERR_NONE && e.kind != ERR_INVALID && e.kind != ERR_LIMIT) abort();
    return 0;
}
