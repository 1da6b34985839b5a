/* archive.c: opening, migrating, and changing the archive whole or not at all. See archive.h.
 *
 * The file names itself: application_id says that it is ours, user_version which schema it has.
 * Both are read before anything is written, so that a stranger's file stays as it was. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "archive/archive_impl.h"

enum {
    APPLICATION_ID = 0x48616E6A, /* 'Hanj' */
    SCHEMA = 5,                  /* the newest migrate_NNNN.sql */
    BUSY_MS = 5000,
    SCRATCH_BYTES_MAX = 128 << 20, /* a version of the largest size, held and coded twice */
};

static err run_script(struct archive *archive, const char *name) {
    const char *sql = NULL;
    TRY(statement_file(name, &sql));
    return sqlite_error(archive->db, sqlite3_exec(archive->db, sql, NULL, NULL, NULL), name);
}

/* ---- Opening -------------------------------------------------------------------------------- */

/* Makes an empty file that its owner alone may read; SQLite would let the umask decide. Only ever
 * opens a file that was not there: closing one that is open elsewhere in this process would drop
 * SQLite's locks on it (POSIX, fcntl: "all locks ... shall be removed"). */
static err make_file(const struct sys *sys, const char *path) {
    int fd = sys->open(sys->ctx, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) sys->close(sys->ctx, fd);
    if (fd >= 0 || errno == EEXIST) return OK;
    FAIL(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

static err open_file(struct archive *archive, const char *path, struct archive_options options) {
    int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE; /* one thread uses it */
    int code = sqlite3_open_v2(path, &archive->db, flags, NULL);
    if (archive->db == NULL) FAIL(ERR_NO_MEMORY, "%s: no memory to open it", path);
    if ((code & 0xFF) == SQLITE_CANTOPEN && sqlite3_system_errno(archive->db) == ENOENT) {
        FAIL(ERR_NOT_FOUND, "%s: no such archive", path);
    }
    TRY(sqlite_error(archive->db, code, path));
    sqlite3_busy_timeout(archive->db, BUSY_MS);
    /* Nothing we run writes to the schema's own table or takes "text" for a name. */
    sqlite3_db_config(archive->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(archive->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(archive->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    return OK;
}

/* Which schema the file has; 0 for an empty one.
 * fails: ERR_INVALID (somebody else's, or newer than we are). */
static err identify(struct archive *archive, const char *path, int *ret_schema) {
    const char *sql = NULL;
    sqlite3_stmt *statement = NULL;
    TRY(statement_file("open_identity.sql", &sql));
    int code = sqlite3_prepare_v2(archive->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    if (code != SQLITE_ROW) {
        err e = sqlite_error(archive->db, code, path);
        sqlite3_finalize(statement);
        return e;
    }
    int application = sqlite3_column_int(statement, 0);
    int schema = sqlite3_column_int(statement, 1);
    int tables = sqlite3_column_int(statement, 2);
    sqlite3_finalize(statement);
    bool is_empty = application == 0 && schema == 0 && tables == 0;
    if (application != APPLICATION_ID && !is_empty) {
        FAIL(ERR_INVALID, "%s: a database, but not an archive of Hanji", path);
    }
    if (schema < 0 || schema > SCHEMA) {
        FAIL(ERR_INVALID, "%s: written by a newer Hanji (schema %d, this program knows %d)", path,
             schema, SCHEMA);
    }
    *ret_schema = schema;
    return OK;
}

/* Runs the migrations that are missing, inside one transaction. The schema is asked for again in
 * it: another process may have migrated while we waited for our turn. */
static err migrate_inside(struct archive *archive, const char *path) {
    int schema = 0;
    TRY(identify(archive, path, &schema));
    for (int next = schema + 1; next <= SCHEMA; next++) {
        char name[32];
        snprintf(name, sizeof name, "migrate_%04d.sql", next);
        TRY(run_script(archive, name));
        TRY(identify(archive, path, &schema));
        if (schema != next) FAIL(ERR_INVALID, "archive/sql/%s: does not set its number", name);
    }
    return OK;
}

static err migrate(struct archive *archive, const char *path) {
    TRY(run_script(archive, "begin.sql"));
    err e = migrate_inside(archive, path);
    if (e.kind == ERR_NONE) e = run_script(archive, "commit.sql");
    if (e.kind != ERR_NONE && !sqlite3_get_autocommit(archive->db)) {
        /* Closing would undo it as well; a failure here adds nothing to the first. */
        err ignored = run_script(archive, "rollback.sql");
        (void)ignored;
    }
    return e;
}

static err open_inside(struct archive *archive, const char *path, struct archive_options options) {
    int schema = 0;
    TRY(open_file(archive, path, options));
    TRY(identify(archive, path, &schema));
    if (schema == 0 && !options.may_create) {
        FAIL(ERR_INVALID, "%s: empty, not an archive", path);
    }
    TRY(run_script(archive, "open_connection.sql"));
    if (!options.read_only) TRY(run_script(archive, "open_writer.sql"));
    if (schema < SCHEMA && options.read_only) {
        FAIL(ERR_INVALID, "%s: of an older Hanji; open it for writing once", path);
    }
    if (schema < SCHEMA) TRY(migrate(archive, path));
    return statements_prepare(archive);
}

err archive_open(const struct sys *sys, const char *path, struct archive_options options,
                 struct archive **ret_archive) {
    CLEANUP(archive_close) struct archive *archive = sys->alloc(sys->ctx, sizeof *archive);
    if (archive == NULL) FAIL(ERR_NO_MEMORY, "no memory for an archive");
    *archive = (struct archive){.sys = sys};
    arena_init(&archive->scratch, sys, SCRATCH_BYTES_MAX);
    if (sodium_init() < 0) FAIL(ERR_IO, "the system gives no random bytes");
    if (options.may_create && !options.read_only) TRY(make_file(sys, path));
    TRY(open_inside(archive, path, options));
    *ret_archive = archive;
    archive = NULL;
    return OK;
}

void archive_close(struct archive **archive) {
    struct archive *closed = *archive;
    *archive = NULL;
    if (closed == NULL) return;
    statements_finalize(closed);
    int code = sqlite3_close(closed->db); /* accepts NULL; undoes an open transaction */
    assert(code == SQLITE_OK);            /* every statement is ours and finalized */
    (void)code;
    arena_done(&closed->scratch);
    closed->sys->free(closed->sys->ctx, closed);
}

/* ---- Changes -------------------------------------------------------------------------------- */

static err run_statement(struct archive *archive, enum statement which) {
    CLEANUP(query_end) struct query q = query_start(archive, which);
    return query_run(&q);
}

/* For the way back from a failure, where the first error is the one to report. */
static void run_in_vain(struct archive *archive, enum statement which) {
    err ignored = run_statement(archive, which);
    (void)ignored;
}

/* SQLite itself undoes a transaction when memory or the disk ends in the middle of it. What follows
 * must then not be written as if nothing had happened. */
static err check_not_undone(const struct archive *archive) {
    if (!archive->in_change || !sqlite3_get_autocommit(archive->db)) return OK;
    FAIL(ERR_IO, "this change was undone by a failure before; roll it back and start again");
}

err archive_begin(struct archive *archive) {
    assert(!archive->in_change);
    TRY(run_statement(archive, SQL_BEGIN));
    archive->in_change = true;
    return OK;
}

err archive_commit(struct archive *archive) {
    assert(archive->in_change);
    err e = check_not_undone(archive);
    if (e.kind == ERR_NONE) e = run_statement(archive, SQL_COMMIT);
    if (e.kind != ERR_NONE) archive_rollback(archive);
    archive->in_change = false;
    return e;
}

void archive_rollback(struct archive *archive) {
    if (!sqlite3_get_autocommit(archive->db)) run_in_vain(archive, SQL_ROLLBACK);
    archive->in_change = false;
}

err reading_start(struct archive *archive) {
    TRY(check_not_undone(archive));
    return run_statement(archive, SQL_STEP_BEGIN);
}

/* A step that cannot be undone alone takes the whole change with it: check_not_undone then refuses
 * what comes after, so nothing half done is ever committed. */
static void undo_step(struct archive *archive) {
    if (sqlite3_get_autocommit(archive->db)) return; /* undone by SQLite already */
    err e = archive->in_change ? run_statement(archive, SQL_STEP_UNDO) : OK;
    if (archive->in_change && e.kind == ERR_NONE) e = run_statement(archive, SQL_STEP_KEEP);
    if (!archive->in_change || e.kind != ERR_NONE) run_in_vain(archive, SQL_ROLLBACK);
}

err reading_end(struct archive *archive, err e) {
    if (e.kind == ERR_NONE) e = run_statement(archive, SQL_STEP_KEEP);
    if (e.kind != ERR_NONE) undo_step(archive);
    return e;
}

/* Outside archive_begin a change is a transaction of its own, inside it a step. */
err change_start(struct archive *archive) {
    if (archive->in_change) return reading_start(archive);
    return run_statement(archive, SQL_BEGIN);
}

err change_end(struct archive *archive, err e) {
    if (archive->in_change) return reading_end(archive, e);
    if (e.kind == ERR_NONE) e = run_statement(archive, SQL_COMMIT);
    if (e.kind != ERR_NONE) undo_step(archive);
    return e;
}
