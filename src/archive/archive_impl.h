/* archive_impl.h: what the files of this room share and nobody else sees.
 *
 * Three things. A QUERY is one use of a prepared statement: values are bound in the order of its
 * parameters, columns are taken in their order, and the first failure is remembered and reported by
 * the next query_next, query_run or query_check, so that a query reads like its SQL:
 *
 *     CLEANUP(query_end) struct query q = query_start(archive, SQL_SETTING_GET);
 *     query_bind_text(&q, key);
 *     query_bind_text(&q, language);
 *     TRY(query_next(&q, &found));
 *     if (found) value = query_text(&q, a);
 *
 * A CHANGE is what a public function writes, whole or not at all: a transaction, or inside
 * archive_begin a step that can be undone alone. A READING sees one state of the archive.
 *
 * A CODE is the bytes a hash is made of: numbers as eight bytes, least significant first, texts as
 * their length and their bytes, so no two different things have the same code. */
#pragma once

#include <sqlite3.h>

#include "archive/archive.h"

/* One name for each file of archive/sql that is one statement (statement_names in
 * archive_query.c); archive_open refuses to go on when a file has no name or a name no file. */
enum statement {
    SQL_AUDIT_ADD,
    SQL_AUDIT_LAST,
    SQL_AUDIT_NEXT,
    SQL_BEGIN,
    SQL_BLOCK_ITEM_ADD,
    SQL_BLOCK_ITEMS_DROP,
    SQL_BLOCK_ITEMS_GET,
    SQL_BLOCK_PUT,
    SQL_BLOCKS_GET,
    SQL_CARD_GET,
    SQL_CARD_PUT,
    SQL_CLEARANCE_DROP,
    SQL_CLEARANCE_GET,
    SQL_CLEARANCE_PUT,
    SQL_COMMIT,
    SQL_CONTRIBUTOR_ADD,
    SQL_CONTRIBUTORS_DROP,
    SQL_CONTRIBUTORS_GET,
    SQL_GROUP_ADD,
    SQL_GROUP_GET,
    SQL_GROUP_SET_KIND,
    SQL_JOB_ADD,
    SQL_JOB_DROP,
    SQL_JOB_GET,
    SQL_JOB_HASTEN,
    SQL_JOB_MARK,
    SQL_JOB_WAIT,
    SQL_JOBS_DUE,
    SQL_LANGUAGES,
    SQL_MARK_PUT,
    SQL_MEDIA_ADD,
    SQL_MEDIA_BY_ORIGINAL,
    SQL_MEDIA_GET,
    SQL_MEDIA_IDS,
    SQL_MEDIA_SET,
    SQL_OLD_PATH_NEXT,
    SQL_OLD_PATH_PUT,
    SQL_REVISION_ADD,
    SQL_REVISION_MISSING,
    SQL_REVISION_NEXT,
    SQL_ROLLBACK,
    SQL_SEARCH_ADD,
    SQL_SEARCH_DROP,
    SQL_SEARCH_FIND,
    SQL_SETTING_GET,
    SQL_SETTING_PUT,
    SQL_SOURCE_GET,
    SQL_SOURCE_PUT,
    SQL_STEP_BEGIN,
    SQL_STEP_KEEP,
    SQL_STEP_UNDO,
    SQL_TICK_GET,
    SQL_TOPIC_NAME_PUT,
    SQL_TOPIC_PUT,
    SQL_TOPICS_GET,
    SQL_TOUCHED_SINCE,
    SQL_VARIANT_ADD,
    SQL_VARIANTS_GET,
    SQL_VERIFY_PAGES,
    SQL_VERIFY_REFERENCES,
    SQL_VERSION_ADD,
    SQL_VERSION_BY_KEY,
    SQL_VERSION_BY_SLUG,
    SQL_VERSION_GET,
    SQL_VERSION_RELATED_ADD,
    SQL_VERSION_RELATED_DROP,
    SQL_VERSION_RELATED_GET,
    SQL_VERSION_REPORTS_ADD,
    SQL_VERSION_REPORTS_DROP,
    SQL_VERSION_REPORTS_GET,
    SQL_VERSION_SET,
    SQL_VERSION_TOPICS_ADD,
    SQL_VERSION_TOPICS_DROP,
    SQL_VERSION_TOPICS_GET,
    SQL_VERSION_WITHDRAWN,
    SQL_VERSIONS_BY_DATE,
    SQL_VERSIONS_BY_ID,
    SQL_VERSIONS_BY_SLUG,
    SQL_VERSIONS_DUE,
    SQL_COUNT
};

struct archive {
    const struct sys *sys;
    sqlite3 *db;
    struct arena scratch; /* for the length of one call: marked at its start, reset at its end */
    bool in_change;       /* between archive_begin and its end */
    sqlite3_stmt *statements[SQL_COUNT];
};

enum { HASH_BYTES = 32 };

/* ---- Statements (archive_query.c) ----------------------------------------------------------- */

/* The text of archive/sql/NAME. fails: ERR_NOT_FOUND. */
err statement_file(const char *name, const char **ret_sql) MUST_USE;
/* Prepares every statement. fails: ERR_INVALID with the name of the one that does not fit. */
err statements_prepare(struct archive *archive) MUST_USE;
void statements_finalize(struct archive *archive);
/* What a result code of SQLite means to our callers. */
err sqlite_error(sqlite3 *db, int code, const char *what) MUST_USE;

struct query {
    struct archive *archive;
    enum statement which;
    int parameter;  /* the next to bind, from 1 */
    int column;     /* the next to take, from 0 */
    int code;       /* SQLite's, of the first failure */
    bool no_memory; /* the arena refused a column */
};
struct query query_start(struct archive *archive, enum statement which);
void query_end(struct query *q); /* fits CLEANUP */
void query_bind_int(struct query *q, int64_t value);
void query_bind_id(struct query *q, int64_t id); /* 0 is bound as NULL */
void query_bind_text(struct query *q, str text); /* must live until query_end */
void query_bind_blob(struct query *q, str bytes);
void query_bind_null(struct query *q);
err query_next(struct query *q, bool *ret_row) MUST_USE; /* also starts with column 0 again */
err query_run(struct query *q) MUST_USE;                 /* to its end, whatever rows it gives */
err query_check(const struct query *q) MUST_USE;
int64_t query_int(struct query *q);
str query_text(struct query *q, struct arena *a);                         /* of a blob too */
void query_bytes(struct query *q, unsigned char *ret_bytes, size_t size); /* exactly so many */
void query_hash(struct query *q, unsigned char ret_hash[HASH_BYTES]);

/* The first column of every row. fails: ERR_LIMIT (more than IDS_MAX). */
enum { IDS_MAX = 10000000 };
err query_ids(struct query *q, struct arena *a, int64_t **ret_ids, size_t *ret_count) MUST_USE;

/* Room for one more thing behind `count` others of `size` bytes, or NULL. Doubles at powers of two,
 * so an array grown by nothing else needs no other count. */
void *array_room(struct arena *a, void *array, size_t count, size_t size);

/* ---- Changes and readings (archive.c) ------------------------------------------------------- */

err change_start(struct archive *archive) MUST_USE;
err change_end(struct archive *archive, err e) MUST_USE; /* keeps after success, undoes otherwise */
err reading_start(struct archive *archive) MUST_USE;
err reading_end(struct archive *archive, err e) MUST_USE;

/* ---- Codes and hashes (archive_query.c) ----------------------------------------------------- */

void code_int(struct buf *b, int64_t value);
void code_text(struct buf *b, str text);
void code_hash(str code, unsigned char ret_hash[HASH_BYTES]);

/* ---- What texts may be (archive_slug.c) ----------------------------------------------------- */

/* UTF-8 without NUL, at most `max` bytes. `what` names it in the message.
 * fails: ERR_INVALID, ERR_LIMIT. */
err text_check(const char *what, str text, size_t max) MUST_USE;
/* A language tag: two to eight small letters, then subtags of one to eight letters and digits
 * (RFC 5646, 2.1, in shape). fails: ERR_INVALID, ERR_LIMIT. */
err language_check(str language) MUST_USE;
/* The same, or empty: for all languages. */
err language_check_or_empty(str language) MUST_USE;
/* A slug made of any text: see archive_slug.c. Never empty. fails: ERR_NO_MEMORY. */
err slug_make(struct arena *a, str text, str *ret_slug) MUST_USE;
/* "the-road-2": the same slug with a number, cut so that it fits. */
err slug_number(struct arena *a, str slug, int number, str *ret_slug) MUST_USE;
/* A slug that would hide a path the site itself uses. */
bool slug_is_reserved(str slug);

/* ---- Inside a version (archive_state.c, archive_version.c) ---------------------------------- */

/* The code of everything a version says, its key included, the id not. */
void version_code(struct buf *b, const struct archive_version *version);
/* The version as it stands. Belongs inside a reading or a change. fails: ERR_NOT_FOUND. */
err version_read(struct archive *archive, struct arena *a, int64_t id,
                 struct archive_version *ret_version) MUST_USE;
/* Remembers a path, checked already. Belongs inside a change. */
err old_path_put(struct archive *archive, str path, int64_t version) MUST_USE;

/* ---- Inside the audit log (archive_log.c) --------------------------------------------------- */

err audit_hash(struct arena *a, const unsigned char before[HASH_BYTES],
               const struct archive_audit *line, unsigned char ret_hash[HASH_BYTES]) MUST_USE;
/* Makes *line the one after it, from {0} on. */
err audit_next(struct archive *archive, struct arena *a, struct archive_audit *line,
               unsigned char ret_hash[HASH_BYTES], bool *ret_found) MUST_USE;

/* archive_search.c: takes a saved version's texts into the search, in place of what was there. */
err search_keep(struct archive *archive, const struct archive_version *v) MUST_USE;
