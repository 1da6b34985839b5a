/* archive_query.c: prepared statements and their use, errors of SQLite in our words, codes.
 *
 * Every file of archive/sql has a place here by its name:
 *   migrate_NNNN.sql  one step of the schema, run once in its life (archive.c)
 *   open_*.sql        run by each archive_open, by name (archive.c)
 *   any other         one statement, prepared once and kept, used through a struct query. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "archive/archive_impl.h"
#include "archive_sql_files.h"

static const char *const statement_names[] = {
    [SQL_AUDIT_ADD] = "audit_add.sql",
    [SQL_AUDIT_LAST] = "audit_last.sql",
    [SQL_AUDIT_NEXT] = "audit_next.sql",
    [SQL_BEGIN] = "begin.sql",
    [SQL_BLOCK_ITEM_ADD] = "block_item_add.sql",
    [SQL_BLOCK_ITEMS_DROP] = "block_items_drop.sql",
    [SQL_BLOCK_ITEMS_GET] = "block_items_get.sql",
    [SQL_BLOCK_PUT] = "block_put.sql",
    [SQL_BLOCKS_GET] = "blocks_get.sql",
    [SQL_CARD_GET] = "card_get.sql",
    [SQL_CARD_PUT] = "card_put.sql",
    [SQL_CLEARANCE_DROP] = "clearance_drop.sql",
    [SQL_CLEARANCE_GET] = "clearance_get.sql",
    [SQL_CLEARANCE_PUT] = "clearance_put.sql",
    [SQL_COMMIT] = "commit.sql",
    [SQL_CONTRIBUTOR_ADD] = "contributor_add.sql",
    [SQL_CONTRIBUTORS_DROP] = "contributors_drop.sql",
    [SQL_CONTRIBUTORS_GET] = "contributors_get.sql",
    [SQL_GROUP_ADD] = "group_add.sql",
    [SQL_GROUP_GET] = "group_get.sql",
    [SQL_GROUP_SET_KIND] = "group_set_kind.sql",
    [SQL_JOB_ADD] = "job_add.sql",
    [SQL_JOB_DROP] = "job_drop.sql",
    [SQL_JOB_GET] = "job_get.sql",
    [SQL_JOB_HASTEN] = "job_hasten.sql",
    [SQL_JOB_MARK] = "job_mark.sql",
    [SQL_JOB_WAIT] = "job_wait.sql",
    [SQL_JOBS_DUE] = "jobs_due.sql",
    [SQL_LANGUAGES] = "languages.sql",
    [SQL_MARK_PUT] = "mark_put.sql",
    [SQL_MEDIA_ADD] = "media_add.sql",
    [SQL_MEDIA_BY_ORIGINAL] = "media_by_original.sql",
    [SQL_MEDIA_GET] = "media_get.sql",
    [SQL_MEDIA_IDS] = "media_ids.sql",
    [SQL_MEDIA_SET] = "media_set.sql",
    [SQL_OLD_PATH_NEXT] = "old_path_next.sql",
    [SQL_OLD_PATH_PUT] = "old_path_put.sql",
    [SQL_REVISION_ADD] = "revision_add.sql",
    [SQL_REVISION_MISSING] = "revision_missing.sql",
    [SQL_REVISION_NEXT] = "revision_next.sql",
    [SQL_ROLLBACK] = "rollback.sql",
    [SQL_SEARCH_ADD] = "search_add.sql",
    [SQL_SEARCH_DROP] = "search_drop.sql",
    [SQL_SEARCH_FIND] = "search_find.sql",
    [SQL_SETTING_GET] = "setting_get.sql",
    [SQL_SETTING_PUT] = "setting_put.sql",
    [SQL_SOURCE_GET] = "source_get.sql",
    [SQL_SOURCE_PUT] = "source_put.sql",
    [SQL_STEP_BEGIN] = "step_begin.sql",
    [SQL_STEP_KEEP] = "step_keep.sql",
    [SQL_STEP_UNDO] = "step_undo.sql",
    [SQL_TICK_GET] = "tick_get.sql",
    [SQL_TOPIC_NAME_PUT] = "topic_name_put.sql",
    [SQL_TOPIC_PUT] = "topic_put.sql",
    [SQL_TOPICS_GET] = "topics_get.sql",
    [SQL_TOUCHED_SINCE] = "touched_since.sql",
    [SQL_VARIANT_ADD] = "variant_add.sql",
    [SQL_VARIANTS_GET] = "variants_get.sql",
    [SQL_VERIFY_PAGES] = "verify_pages.sql",
    [SQL_VERIFY_REFERENCES] = "verify_references.sql",
    [SQL_VERSION_ADD] = "version_add.sql",
    [SQL_VERSION_BY_KEY] = "version_by_key.sql",
    [SQL_VERSION_BY_SLUG] = "version_by_slug.sql",
    [SQL_VERSION_GET] = "version_get.sql",
    [SQL_VERSION_RELATED_ADD] = "version_related_add.sql",
    [SQL_VERSION_RELATED_DROP] = "version_related_drop.sql",
    [SQL_VERSION_RELATED_GET] = "version_related_get.sql",
    [SQL_VERSION_REPORTS_ADD] = "version_reports_add.sql",
    [SQL_VERSION_REPORTS_DROP] = "version_reports_drop.sql",
    [SQL_VERSION_REPORTS_GET] = "version_reports_get.sql",
    [SQL_VERSION_SET] = "version_set.sql",
    [SQL_VERSION_TOPICS_ADD] = "version_topics_add.sql",
    [SQL_VERSION_TOPICS_DROP] = "version_topics_drop.sql",
    [SQL_VERSION_TOPICS_GET] = "version_topics_get.sql",
    [SQL_VERSION_WITHDRAWN] = "version_withdrawn.sql",
    [SQL_VERSIONS_BY_DATE] = "versions_by_date.sql",
    [SQL_VERSIONS_BY_ID] = "versions_by_id.sql",
    [SQL_VERSIONS_BY_SLUG] = "versions_by_slug.sql",
    [SQL_VERSIONS_DUE] = "versions_due.sql",
};
_Static_assert(COUNT_OF(statement_names) == SQL_COUNT, "one file for each statement");

err sqlite_error(sqlite3 *db, int code, const char *what) {
    const char *words = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    enum err_kind kind = ERR_IO;
    switch (code & 0xFF) {
    case SQLITE_OK: return OK;
    case SQLITE_NOMEM: kind = ERR_NO_MEMORY; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: kind = ERR_BUSY; break;
    case SQLITE_CONSTRAINT:
    case SQLITE_NOTADB: kind = ERR_INVALID; break;
    case SQLITE_TOOBIG: kind = ERR_LIMIT; break;
    default: break; /* SQLITE_CORRUPT too: it is also how SQLite tells of a block it cannot read */
    }
    if (code == SQLITE_IOERR_NOMEM) kind = ERR_NO_MEMORY;
    FAIL(kind, "%s: %s", what, words);
}

/* ---- The files ------------------------------------------------------------------------------ */

err statement_file(const char *name, const char **ret_sql) {
    for (size_t i = 0; i < COUNT_OF(archive_sql_files); i++) {
        if (strcmp(archive_sql_files[i].name, name) != 0) continue;
        *ret_sql = (const char *)archive_sql_files[i].bytes;
        return OK;
    }
    FAIL(ERR_NOT_FOUND, "archive/sql/%s: no such statement", name);
}

static bool is_kept_statement(str name) {
    return !str_starts(name, STR("migrate_")) && !str_starts(name, STR("open_"));
}

/* A file that nobody uses is a mistake as much as a use without a file. */
static err check_files_are_used(void) {
    for (size_t i = 0; i < COUNT_OF(archive_sql_files); i++) {
        const char *name = archive_sql_files[i].name;
        bool is_used = !is_kept_statement(str_of(name));
        for (size_t k = 0; k < SQL_COUNT && !is_used; k++) {
            is_used = strcmp(statement_names[k], name) == 0;
        }
        if (!is_used) FAIL(ERR_INVALID, "archive/sql/%s: nobody uses it", name);
    }
    return OK;
}

err statements_prepare(struct archive *archive) {
    TRY(check_files_are_used());
    for (size_t k = 0; k < SQL_COUNT; k++) {
        const char *sql = NULL;
        const char *rest = NULL;
        TRY(statement_file(statement_names[k], &sql));
        int code = sqlite3_prepare_v3(archive->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &archive->statements[k], &rest);
        if (code == SQLITE_ERROR) {
            FAIL(ERR_INVALID, "archive/sql/%s: %s", statement_names[k],
                 sqlite3_errmsg(archive->db));
        }
        TRY(sqlite_error(archive->db, code, statement_names[k]));
        if (str_trim(str_of(rest)).len > 0) {
            FAIL(ERR_INVALID, "archive/sql/%s: more than one statement", statement_names[k]);
        }
    }
    return OK;
}

void statements_finalize(struct archive *archive) {
    for (size_t k = 0; k < SQL_COUNT; k++) {
        sqlite3_finalize(archive->statements[k]); /* accepts NULL; reports only earlier errors */
        archive->statements[k] = NULL;
    }
}

/* ---- One use of a statement ----------------------------------------------------------------- */

static sqlite3_stmt *statement_of(const struct query *q) {
    return q->archive->statements[q->which];
}

struct query query_start(struct archive *archive, enum statement which) {
    assert(!sqlite3_stmt_busy(archive->statements[which])); /* one use at a time */
    return (struct query){.archive = archive, .which = which, .parameter = 1};
}

void query_end(struct query *q) {
    sqlite3_reset(statement_of(q)); /* repeats the error of the last step, reported already */
    sqlite3_clear_bindings(statement_of(q));
}

static void remember(struct query *q, int code) {
    if (q->code == SQLITE_OK) q->code = code;
}

void query_bind_int(struct query *q, int64_t value) {
    remember(q, sqlite3_bind_int64(statement_of(q), q->parameter++, value));
}

void query_bind_null(struct query *q) {
    remember(q, sqlite3_bind_null(statement_of(q), q->parameter++));
}

void query_bind_id(struct query *q, int64_t id) {
    if (id == 0)
        query_bind_null(q);
    else
        query_bind_int(q, id);
}

/* A NULL address would be bound as NULL: an empty text must stay a text. */
void query_bind_text(struct query *q, str text) {
    remember(q, sqlite3_bind_text64(statement_of(q), q->parameter++, text.len > 0 ? text.ptr : "",
                                    text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void query_bind_blob(struct query *q, str bytes) {
    remember(q, sqlite3_bind_blob64(statement_of(q), q->parameter++, bytes.len > 0 ? bytes.ptr : "",
                                    bytes.len, SQLITE_STATIC));
}

err query_check(const struct query *q) {
    if (q->no_memory) FAIL(ERR_NO_MEMORY, "no memory for what %s reads", statement_names[q->which]);
    return sqlite_error(q->archive->db, q->code, statement_names[q->which]);
}

err query_next(struct query *q, bool *ret_row) {
    TRY(query_check(q));
    int code = sqlite3_step(statement_of(q));
    q->column = 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        q->code = code;
        return query_check(q);
    }
    *ret_row = code == SQLITE_ROW;
    return OK;
}

err query_run(struct query *q) {
    bool is_row = true;
    while (is_row) TRY(query_next(q, &is_row));
    return OK;
}

int64_t query_int(struct query *q) { return sqlite3_column_int64(statement_of(q), q->column++); }

str query_text(struct query *q, struct arena *a) {
    /* Our texts are UTF-8 in the file, so column_blob converts and allocates nothing. */
    const char *bytes = sqlite3_column_blob(statement_of(q), q->column);
    size_t len = (size_t)sqlite3_column_bytes(statement_of(q), q->column);
    str copy = {0};
    q->column++;
    if (bytes == NULL || len == 0) return copy;
    if (arena_copy(a, (str){bytes, len}, &copy).kind != ERR_NONE) q->no_memory = true;
    return copy;
}

void query_bytes(struct query *q, unsigned char *ret_bytes, size_t size) {
    const void *bytes = sqlite3_column_blob(statement_of(q), q->column);
    size_t len = (size_t)sqlite3_column_bytes(statement_of(q), q->column);
    q->column++;
    if (bytes != NULL && len == size)
        memcpy(ret_bytes, bytes, size);
    else
        remember(q, SQLITE_CORRUPT); /* the schema allows no other length */
}

void query_hash(struct query *q, unsigned char ret_hash[HASH_BYTES]) {
    query_bytes(q, ret_hash, HASH_BYTES);
}

void *array_room(struct arena *a, void *array, size_t count, size_t size) {
    if ((count & (count - 1)) != 0) return array; /* grown at 0, 1, 2, 4, 8 ... */
    size_t old_bytes = 0;
    size_t new_bytes = 0;
    if (__builtin_mul_overflow(count, size, &old_bytes)) return NULL;
    if (__builtin_mul_overflow(count == 0 ? 1 : 2 * count, size, &new_bytes)) return NULL;
    return arena_grow(a, array, old_bytes, new_bytes);
}

err query_ids(struct query *q, struct arena *a, int64_t **ret_ids, size_t *ret_count) {
    int64_t *ids = NULL;
    size_t count = 0;
    bool is_row = false;
    TRY(query_next(q, &is_row));
    while (is_row) {
        ids = array_room(a, ids, count, sizeof *ids);
        if (ids == NULL) FAIL(ERR_NO_MEMORY, "no memory for %zu numbers", count + 1);
        ids[count++] = query_int(q);
        if (count > IDS_MAX) FAIL(ERR_LIMIT, "more than %d at once", IDS_MAX);
        TRY(query_next(q, &is_row));
    }
    *ret_ids = ids;
    *ret_count = count;
    return OK;
}

/* ---- Codes ---------------------------------------------------------------------------------- */

void code_int(struct buf *b, int64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
        buf_add_byte(b, (char)((uint64_t)value >> shift & 0xFF));
    }
}

void code_text(struct buf *b, str text) {
    code_int(b, (int64_t)text.len);
    buf_add(b, text);
}

void code_hash(str code, unsigned char ret_hash[HASH_BYTES]) {
    /* With these sizes and no key it cannot fail (libsodium, crypto_generichash). */
    int failed = crypto_generichash(ret_hash, HASH_BYTES, (const unsigned char *)code.ptr, code.len,
                                    NULL, 0);
    assert(failed == 0);
    (void)failed;
}
