/* archive_log.c: clearances held, jobs that outlive a crash, and the audit log. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "archive/archive_impl.h"

/* ---- Clearances ----------------------------------------------------------------------------- */

static err put_clearance(struct archive *archive, str key, str road, str bytes) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_CLEARANCE_PUT);
    query_bind_text(&q, key);
    query_bind_text(&q, road);
    query_bind_blob(&q, bytes);
    return query_run(&q);
}

err archive_clearance_put(struct archive *archive, str key, str road, str bytes) {
    TRY(text_check("key", key, LIMIT_NAME_BYTES));
    TRY(text_check("road", road, LIMIT_NAME_BYTES));
    if (bytes.len > LIMIT_MESSAGE_BYTES) FAIL(ERR_LIMIT, "a clearance of %zu bytes", bytes.len);
    TRY(change_start(archive));
    return change_end(archive, put_clearance(archive, key, road, bytes));
}

err archive_clearance_get(struct archive *archive, struct arena *a, str key, str road,
                          str *ret_bytes) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_CLEARANCE_GET);
    bool found = false;
    query_bind_text(&q, key);
    query_bind_text(&q, road);
    TRY(query_next(&q, &found));
    if (!found) {
        FAIL(ERR_NOT_FOUND, STR_FMT ": no clearance for the road " STR_FMT, STR_ARG(key),
             STR_ARG(road));
    }
    str bytes = query_text(&q, a);
    TRY(query_check(&q));
    *ret_bytes = bytes;
    return OK;
}

static err drop_clearance(struct archive *archive, str key) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_CLEARANCE_DROP);
    query_bind_text(&q, key);
    return query_run(&q);
}

err archive_clearance_drop(struct archive *archive, str key) {
    TRY(change_start(archive));
    return change_end(archive, drop_clearance(archive, key));
}

/* ---- Jobs ----------------------------------------------------------------------------------- */

static err hasten_job(struct archive *archive, str kind, str detail, int64_t due, bool *ret_found,
                      int64_t *ret_id) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOB_HASTEN);
    query_bind_text(&q, kind);
    query_bind_text(&q, detail);
    query_bind_int(&q, due);
    TRY(query_next(&q, ret_found));
    if (*ret_found) *ret_id = query_int(&q);
    return query_run(&q);
}

static err add_job(struct archive *archive, str kind, str detail, int64_t due, int64_t *ret_id) {
    bool found = false;
    TRY(hasten_job(archive, kind, detail, due, &found, ret_id));
    if (found) return OK;
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOB_ADD);
    query_bind_text(&q, kind);
    query_bind_text(&q, detail);
    query_bind_int(&q, due);
    TRY(query_next(&q, &found));
    *ret_id = query_int(&q);
    return query_run(&q);
}

err archive_job_add(struct archive *archive, str kind, str detail, int64_t due, int64_t *ret_id) {
    int64_t id = 0;
    TRY(text_check("kind of a job", kind, LIMIT_NAME_BYTES));
    TRY(text_check("detail of a job", detail, LIMIT_FIELD_BYTES));
    TRY(change_start(archive));
    TRY(change_end(archive, add_job(archive, kind, detail, due, &id)));
    *ret_id = id;
    return OK;
}

/* Whether a process has ended. EPERM says that it lives under another user. */
static bool is_gone(int64_t process) { return kill((pid_t)process, 0) != 0 && errno == ESRCH; }

static err find_due(struct archive *archive, struct arena *a, str kind, int64_t now,
                    struct archive_job *ret_job) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOBS_DUE);
    bool found = false;
    query_bind_text(&q, kind);
    query_bind_int(&q, now);
    for (;;) {
        TRY(query_next(&q, &found));
        if (!found) FAIL(ERR_NOT_FOUND, "no " STR_FMT " job is due", STR_ARG(kind));
        ret_job->id = query_int(&q);
        int64_t taker = query_int(&q);
        if (taker != 0 && !is_gone(taker)) continue;
        ret_job->due = query_int(&q);
        ret_job->tries = query_int(&q) + 1;
        ret_job->detail = query_text(&q, a);
        TRY(query_check(&q));
        return arena_copy(a, kind, &ret_job->kind);
    }
}

static err take_job(struct archive *archive, struct arena *a, str kind, int64_t now, int64_t taker,
                    struct archive_job *ret_job) {
    TRY(find_due(archive, a, kind, now, ret_job));
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOB_MARK);
    query_bind_int(&q, ret_job->id);
    query_bind_int(&q, taker);
    return query_run(&q);
}

err archive_job_take(struct archive *archive, struct arena *a, str kind, int64_t now, int64_t taker,
                     struct archive_job *ret_job) {
    struct archive_job job = {0};
    TRY(change_start(archive));
    TRY(change_end(archive, take_job(archive, a, kind, now, taker, &job)));
    *ret_job = job;
    return OK;
}

static err drop_job(struct archive *archive, int64_t id) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOB_DROP);
    query_bind_int(&q, id);
    return query_run(&q);
}

err archive_job_done(struct archive *archive, int64_t id) {
    TRY(change_start(archive));
    return change_end(archive, drop_job(archive, id));
}

static err read_job(struct archive *archive, struct arena *a, int64_t id, str *ret_kind,
                    str *ret_detail) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOB_GET);
    bool found = false;
    query_bind_int(&q, id);
    TRY(query_next(&q, &found));
    if (!found) FAIL(ERR_NOT_FOUND, "there is no job %lld", (long long)id);
    *ret_kind = query_text(&q, a);
    *ret_detail = query_text(&q, a);
    return query_check(&q);
}

/* An equal job may have been added while this one was worked on: then that one is enough. */
static err retry_job(struct archive *archive, int64_t id, int64_t due) {
    str kind = {0};
    str detail = {0};
    bool found = false;
    int64_t waiting = 0;
    TRY(read_job(archive, &archive->scratch, id, &kind, &detail));
    TRY(hasten_job(archive, kind, detail, due, &found, &waiting));
    if (found && waiting != id) return drop_job(archive, id);
    CLEANUP(query_end) struct query q = query_start(archive, SQL_JOB_WAIT);
    query_bind_int(&q, id);
    query_bind_int(&q, due);
    return query_run(&q);
}

err archive_job_retry(struct archive *archive, int64_t id, int64_t due) {
    TRY(change_start(archive));
    struct arena_mark mark = arena_mark(&archive->scratch);
    err e = change_end(archive, retry_job(archive, id, due));
    arena_reset(&archive->scratch, mark);
    return e;
}

/* ---- Audit ---------------------------------------------------------------------------------- */

/* The hash of a line: of the hash before it and everything the line says. The first line's
 * predecessor is all zeros. */
err audit_hash(struct arena *a, const unsigned char before[HASH_BYTES],
               const struct archive_audit *line, unsigned char ret_hash[HASH_BYTES]) {
    struct buf b;
    str code = {0};
    buf_init(&b, a, 8 * LIMIT_FIELD_BYTES);
    buf_add(&b, (str){(const char *)before, HASH_BYTES});
    code_int(&b, line->id);
    code_int(&b, line->at);
    code_text(&b, line->who);
    code_text(&b, line->what);
    code_text(&b, line->key);
    code_text(&b, line->detail);
    TRY(buf_finish(&b, &code));
    code_hash(code, ret_hash);
    return OK;
}

static err last_line(struct archive *archive, int64_t *ret_id, unsigned char ret_hash[HASH_BYTES]) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_AUDIT_LAST);
    bool found = false;
    TRY(query_next(&q, &found));
    if (!found) return OK; /* the outputs stay 0: the chain's beginning */
    *ret_id = query_int(&q);
    query_hash(&q, ret_hash);
    return query_check(&q);
}

static err add_line(struct archive *archive, struct archive_audit *line) {
    int64_t last = 0;
    unsigned char before[HASH_BYTES] = {0};
    unsigned char hash[HASH_BYTES];
    TRY(last_line(archive, &last, before));
    line->id = last + 1;
    line->at = archive->sys->now_seconds(archive->sys->ctx);
    TRY(audit_hash(&archive->scratch, before, line, hash));
    CLEANUP(query_end) struct query q = query_start(archive, SQL_AUDIT_ADD);
    query_bind_int(&q, line->id);
    query_bind_int(&q, line->at);
    query_bind_text(&q, line->who);
    query_bind_text(&q, line->what);
    query_bind_text(&q, line->key);
    query_bind_text(&q, line->detail);
    query_bind_blob(&q, (str){(const char *)hash, HASH_BYTES});
    return query_run(&q);
}

err archive_audit_add(struct archive *archive, str who, str what, str key, str detail) {
    struct archive_audit line = {.who = who, .what = what, .key = key, .detail = detail};
    TRY(text_check("who", who, LIMIT_NAME_BYTES));
    TRY(text_check("what", what, LIMIT_NAME_BYTES));
    TRY(text_check("key", key, LIMIT_NAME_BYTES));
    TRY(text_check("detail", detail, LIMIT_FIELD_BYTES));
    TRY(change_start(archive));
    struct arena_mark mark = arena_mark(&archive->scratch);
    err e = change_end(archive, add_line(archive, &line));
    arena_reset(&archive->scratch, mark);
    return e;
}

err audit_next(struct archive *archive, struct arena *a, struct archive_audit *line,
               unsigned char ret_hash[HASH_BYTES], bool *ret_found) {
    CLEANUP(query_end) struct query q = query_start(archive, SQL_AUDIT_NEXT);
    query_bind_int(&q, line->id);
    TRY(query_next(&q, ret_found));
    if (!*ret_found) return OK;
    line->id = query_int(&q);
    line->at = query_int(&q);
    line->who = query_text(&q, a);
    line->what = query_text(&q, a);
    line->key = query_text(&q, a);
    line->detail = query_text(&q, a);
    query_hash(&q, ret_hash);
    return query_check(&q);
}

err archive_audit_each(struct archive *archive, struct arena *a,
                       err (*each)(void *context, const struct archive_audit *line),
                       void *context) {
    struct archive_audit line = {0};
    unsigned char hash[HASH_BYTES];
    struct arena_mark mark = arena_mark(a);
    bool found = true;
    TRY(audit_next(archive, a, &line, hash, &found));
    while (found) {
        err e = each(context, &line);
        arena_reset(a, mark);
        TRY(e);
        TRY(audit_next(archive, a, &line, hash, &found));
    }
    return OK;
}
