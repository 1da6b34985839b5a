/* Any bytes as a title, a language, a text and a query: slugs keep their promises, search text
 * stays UTF-8, and no query reaches SQLite as its own syntax. */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "archive/archive_impl.h"
#include "base/unicode.h"

static void check_slug(struct arena *a, str text) {
    str slug = {0};
    str again = {0};
    err e = slug_make(a, text, &slug);
    assert(e.kind == ERR_NONE && slug.len > 0 && slug.len <= LIMIT_SLUG_BYTES);
    assert(utf8_is_valid(slug) && !str_contains(slug, STR("/")) && !str_contains(slug, STR("--")));
    assert(!str_starts(slug, STR("-")) && !str_ends(slug, STR("-")));
    e = slug_make(a, slug, &again);
    assert(e.kind == ERR_NONE && str_eq(slug, again));
}

static void check_search(struct archive *archive, struct arena *a, str text) {
    int64_t *ids = NULL;
    size_t count = 0;
    struct buf b;
    str words = {0};
    if (text_check("text", text, LIMIT_TITLE_BYTES).kind != ERR_NONE) return;
    buf_init(&b, a, 5 * text.len + 2);
    archive_search_text(&b, text);
    err e = buf_finish(&b, &words);
    assert(e.kind == ERR_NONE && utf8_is_valid(words));
    e = archive_search(archive, a, text, 10, &ids, &count);
    assert(e.kind == ERR_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sys sys;
    static struct archive *archive; /* opened once, its file gone at once: it is only asked */
    struct arena a;
    if (archive == NULL) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/archive-fuzz-%d.db", (int)getpid());
        sys = sys_real();
        err e = archive_open(&sys, path, (struct archive_options){.may_create = true}, &archive);
        assert(e.kind == ERR_NONE);
        for (size_t i = 0; i < 3; i++) {
            static const char *const endings[] = {"", "-wal", "-shm"};
            char name[80];
            snprintf(name, sizeof name, "%s%s", path, endings[i]);
            unlink(name);
        }
    }
    arena_init(&a, &sys, (size_t)1 << 24);
    str text = {(const char *)data, size};
    err ignored = language_check(text);
    (void)ignored;
    check_slug(&a, text);
    check_search(archive, &a, text);
    arena_done(&a);
    return 0;
}
