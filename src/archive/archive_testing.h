/* archive_testing.h: what the test programs of this room share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/archive.h"
#include "base/fault.h"

struct house {
    struct sys sys;
    struct arena a;
    char folder[64];
    char path[80];
    struct archive *archive;
};

static const struct archive_options writing = {.may_create = true};

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        err macro_result = (call);                                                                 \
        if (macro_result.kind != ERR_NONE)                                                         \
            fail_msg("%s:%d: %s", macro_result.file, macro_result.line, macro_result.message);     \
    } while (0)
#define assert_fails(call, expected)                                                               \
    do {                                                                                           \
        err macro_result = (call);                                                                 \
        if (macro_result.kind != (expected)) {                                                     \
            fail_msg("%s instead of %s: %s", err_kind_name(macro_result.kind),                     \
                     err_kind_name(expected),                                                      \
                     macro_result.kind == ERR_NONE ? "" : macro_result.message);                   \
        }                                                                                          \
    } while (0)
#define assert_str(s, literal)                                                                     \
    do {                                                                                           \
        str macro_text = (s);                                                                      \
        if (!str_eq(macro_text, STR(literal))) {                                                   \
            fail_msg("\"" STR_FMT "\" instead of \"%s\"", STR_ARG(macro_text), literal);           \
        }                                                                                          \
    } while (0)

static inline void house_folder(struct house *h) {
    *h = (struct house){.sys = sys_real()};
    snprintf(h->folder, sizeof h->folder, "/tmp/archive-test-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    snprintf(h->path, sizeof h->path, "%s/archive.db", h->folder);
    arena_init(&h->a, &h->sys, (size_t)1 << 30);
}

static inline void house_empty(const struct house *h) {
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", h->path, endings[i]);
        unlink(name);
    }
}

static inline int house_open(void **state) {
    struct house *h = calloc(1, sizeof *h);
    house_folder(h);
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    *state = h;
    return 0;
}

/* Whatever a test did, the archive it leaves is sound. */
static inline int house_close(void **state) {
    struct house *h = *state;
    if (h->archive != NULL) assert_ok(archive_verify(h->archive, &h->a));
    archive_close(&h->archive);
    arena_done(&h->a);
    house_empty(h);
    rmdir(h->folder);
    free(h);
    return 0;
}

static inline struct archive_version english(const char *title) {
    return (struct archive_version){.language = STR("en"), .title = str_of(title)};
}

static inline void save(struct house *h, struct archive_version *v, enum archive_saved expected) {
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), v, &saved));
    assert_int_equal(saved, expected);
}
