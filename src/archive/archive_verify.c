/* archive_verify.c: whether the archive is what it was when it was written.
 *
 * SQLite looks after pages, indexes and references. We look after what they mean: every revision
 * has its hash, every version says what its last revision says, every line of the audit log follows
 * from the one before. Lines cut off the end of the log leave a shorter chain that is whole: only
 * a copy kept elsewhere shows that. */
#include <stdio.h>
#include <string.h>

#include "archive/archive_impl.h"

static err verify_pages(struct archive *archive) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERIFY_PAGES);
    struct arena_mark mark = arena_mark(&archive->scratch);
    bool is_row = false;
    TRY(query_next(&q, &is_row));
    str words = is_row ? query_text(&q, &archive->scratch) : STR("no answer");
    TRY(query_check(&q));
    if (!str_eq(words, STR("ok")))
        FAIL(ERR_INVALID, "the file is damaged: " STR_FMT, STR_ARG(words));
    arena_reset(&archive->scratch, mark);
    return OK;
}

static err verify_references(struct archive *archive, struct arena *a) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_VERIFY_REFERENCES);
    bool is_row = false;
    TRY(query_next(&q, &is_row));
    if (!is_row) return OK;
    str table = query_text(&q, a);
    FAIL(ERR_INVALID, "table " STR_FMT ", row %lld: refers to nothing", STR_ARG(table),
         (long long)query_int(&q));
}

/* ---- Revisions ------------------------------------------------------------------------------ */

struct revision {
    int64_t id;
    int64_t version;
    unsigned char hash[HASH_BYTES];
    str state;
    bool is_last; /* of its version */
};

static err next_revision(struct archive *archive, struct arena *a, struct revision *revision,
                         bool *ret_found) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_REVISION_NEXT);
    query_bind_int(&q, revision->id);
    TRY(query_next(&q, ret_found));
    if (!*ret_found) return OK;
    revision->id = query_int(&q);
    revision->version = query_int(&q);
    query_hash(&q, revision->hash);
    revision->state = query_text(&q, a);
    revision->is_last = query_int(&q) != 0;
    return query_check(&q);
}

static err verify_revision(struct archive *archive, struct arena *a,
                           const struct revision *revision) {
    unsigned char hash[HASH_BYTES];
    code_hash(revision->state, hash);
    if (memcmp(hash, revision->hash, HASH_BYTES) != 0) {
        FAIL(ERR_INVALID, "revision %lld: its text does not have its hash",
             (long long)revision->id);
    }
    if (!revision->is_last) return OK;
    struct archive_version version = {0};
    struct buf b;
    str code = {0};
    TRY(version_read(archive, a, revision->version, &version));
    buf_init(&b, a, a->cap);
    version_code(&b, &version);
    TRY(buf_finish(&b, &code));
    if (str_eq(code, revision->state)) return OK;
    FAIL(ERR_INVALID, "version %lld: it was changed without a revision",
         (long long)revision->version);
}

static err verify_revisions(struct archive *archive, struct arena *a) {
    struct revision revision = {0};
    struct arena_mark mark = arena_mark(a);
    bool found = true;
    TRY(next_revision(archive, a, &revision, &found));
    while (found) {
        TRY(verify_revision(archive, a, &revision));
        arena_reset(a, mark);
        TRY(next_revision(archive, a, &revision, &found));
    }
    CLEANUP(query_end) struct query q = query_start(archive, SQL_REVISION_MISSING);
    TRY(query_next(&q, &found));
    if (found) FAIL(ERR_INVALID, "version %lld: it has no revision", (long long)query_int(&q));
    return OK;
}

/* ---- The audit log -------------------------------------------------------------------------- */

static err verify_audit(struct archive *archive, struct arena *a) {
    struct archive_audit line = {0};
    unsigned char before[HASH_BYTES] = {0};
    unsigned char held[HASH_BYTES] = {0};
    unsigned char hash[HASH_BYTES];
    struct arena_mark mark = arena_mark(a);
    bool found = true;
    TRY(audit_next(archive, a, &line, held, &found));
    while (found) {
        TRY(audit_hash(a, before, &line, hash));
        if (memcmp(hash, held, HASH_BYTES) != 0) {
            FAIL(ERR_INVALID, "audit log: line %lld does not follow from the one before it",
                 (long long)line.id);
        }
        memcpy(before, hash, HASH_BYTES);
        arena_reset(a, mark);
        TRY(audit_next(archive, a, &line, held, &found));
    }
    return OK;
}

static err verify_inside(struct archive *archive, struct arena *a) {
    TRY(verify_pages(archive));
    TRY(verify_references(archive, a));
    TRY(verify_revisions(archive, a));
    return verify_audit(archive, a);
}

err archive_verify(struct archive *archive, struct arena *a) {
    TRY(reading_start(archive));
    struct arena_mark mark = arena_mark(a);
    err e = reading_end(archive, verify_inside(archive, a));
    arena_reset(a, mark);
    return e;
}
