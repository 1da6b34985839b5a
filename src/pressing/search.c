/* search.c: segments as bytes: made, looked at, proven. See search.h and docs/SEARCH.md.
 *
 * A segment is an SQLite database of four pages and more. Its schema is created first, by the same
 * statements each time, and lies whole on the first page, which nothing touches later; so the first
 * page of any segment, but for a few counters, is the first page of every other, and a stranger's
 * can be told by comparing bytes, before SQLite reads a word of it.
 *
 * The index is contentless and keeps no sizes: the texts stand in tables of our own beside it. It
 * is written in one go, from one hash table in memory: no level of it is ever merged with another,
 * so no page is ever freed. */
#include <assert.h>
#include <string.h>

#include "base/unicode.h"
#include "pressing/search_impl.h"

enum {
    PAGE_BYTES = 4096,
    PATH_MAX_BYTES = 1024, /* as PRESSING_PATH_MAX */
    HEADER_BYTES = 100,    /* fileformat2.html, section 1.3 */
};

/* The application_id is "HanS", for file(1) and for people with a hex editor. */
static const char SCHEMA[] =
    "PRAGMA page_size = 4096;"
    "PRAGMA auto_vacuum = NONE;"
    "PRAGMA encoding = 'UTF-8';"
    "PRAGMA journal_mode = OFF;"
    "PRAGMA secure_delete = OFF;" /* nothing is deleted; zeroing costs a tenth of the time */
    "PRAGMA application_id = 0x48616E53;"
    "PRAGMA user_version = 1;"
    "BEGIN;"
    "CREATE TABLE story(id INTEGER PRIMARY KEY, path TEXT NOT NULL, published INTEGER NOT NULL,"
    " size INTEGER NOT NULL, title TEXT NOT NULL, deck TEXT NOT NULL, byline TEXT NOT NULL)"
    " STRICT;"
    "CREATE TABLE body(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
    "CREATE VIRTUAL TABLE words USING fts5(title, deck, byline, body, content='', columnsize=0,"
    " tokenize='hanji');"
    "INSERT INTO words(words, rank) VALUES ('automerge', 0), ('hashsize', 268435456);";

/* ---- Helpers around SQLite ------------------------------------------------------------------- */

err search_error(int code, const char *what) {
    switch (code & 0xFF) {
    case SQLITE_NOMEM: FAIL(ERR_NO_MEMORY, "%s: SQLite has no memory", what);
    case SQLITE_TOOBIG: FAIL(ERR_LIMIT, "%s: larger than a segment may hold", what);
    default: FAIL(ERR_INVALID, "%s: %s", what, sqlite3_errstr(code));
    }
}

void search_db_close(sqlite3 **db) {
    sqlite3_close(*db);
    *db = NULL;
}

void search_statement_end(sqlite3_stmt **statement) {
    sqlite3_finalize(*statement);
    *statement = NULL;
}

err search_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement) {
    int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL);
    return code == SQLITE_OK ? OK : search_error(code, "a segment does not understand us");
}

str search_text(sqlite3_stmt *statement, int column) {
    const void *bytes = sqlite3_column_blob(statement, column);
    return (str){bytes, (size_t)sqlite3_column_bytes(statement, column)};
}

static err connect(sqlite3 **ret_db) {
    sqlite3 *db = NULL;
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(":memory:", &db, flags, NULL);
    if (code == SQLITE_OK) {
        *ret_db = db;
        return OK;
    }
    sqlite3_close(db); /* there is one even then, if there was memory for it */
    return search_error(code, "no database in memory");
}

/* ---- Making ---------------------------------------------------------------------------------- */

/* A segment being made. */
struct builder {
    sqlite3 *db;
    sqlite3_stmt *story;
    sqlite3_stmt *body;
    sqlite3_stmt *words;
    size_t count;
    size_t text; /* bytes of all texts so far */
};

static void builder_done(struct builder *b) {
    search_statement_end(&b->story);
    search_statement_end(&b->body);
    search_statement_end(&b->words);
    search_db_close(&b->db);
}

static err builder_init(struct builder *b) {
    fts5_api *fts = NULL;
    TRY(connect(&b->db));
    TRY(tokens_install(b->db, &fts));
    int code = sqlite3_exec(b->db, SCHEMA, NULL, NULL, NULL);
    if (code != SQLITE_OK) return search_error(code, "a segment cannot be begun");
    TRY(search_prepare(b->db, "INSERT INTO story VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", &b->story));
    TRY(search_prepare(b->db, "INSERT INTO body VALUES (?1, ?2)", &b->body));
    return search_prepare(b->db,
                          "INSERT INTO words(rowid, title, deck, byline, body)"
                          " VALUES (?1, ?2, ?3, ?4, ?5)",
                          &b->words);
}

static err check_text(str text, const char *name, size_t max) {
    if (text.len > max) FAIL(ERR_LIMIT, "a story's %s has %zu bytes", name, text.len);
    if (!utf8_is_valid(text) || str_find_byte(text, '\0') != STR_NONE)
        FAIL(ERR_INVALID, "a story's %s is not UTF-8", name);
    return OK;
}

static err check_story(const struct search_story *s) {
    if (s->path.len == 0) FAIL(ERR_INVALID, "a story has no path");
    TRY(check_text(s->path, "path", PATH_MAX_BYTES));
    TRY(check_text(s->title, "title", LIMIT_TITLE_BYTES));
    TRY(check_text(s->deck, "deck", LIMIT_FIELD_BYTES));
    TRY(check_text(s->byline, "byline", LIMIT_FIELD_BYTES));
    return check_text(s->body, "body", LIMIT_BODY_BYTES);
}

/* Binds; the text must live until the statement was run. Only memory can fail here, and shows. */
static int bind_text(sqlite3_stmt *statement, int place, str text) {
    const char *bytes = text.ptr != NULL ? text.ptr : "";
    return sqlite3_bind_text(statement, place, bytes, (int)text.len, SQLITE_STATIC);
}

static err run(sqlite3_stmt *statement, int code) {
    if (code == SQLITE_OK) {
        sqlite3_step(statement); /* what it says, sqlite3_reset says again */
        code = sqlite3_reset(statement);
    }
    return code == SQLITE_OK ? OK : search_error(code, "a story cannot be added to a segment");
}

static err builder_add(struct builder *b, const struct search_story *s) {
    TRY(check_story(s));
    size_t size = s->title.len + s->deck.len + s->byline.len + s->body.len;
    if (b->count == SEARCH_SEGMENT_STORIES) FAIL(ERR_LIMIT, "a segment has too many stories");
    if (b->text + size > SEARCH_SEGMENT_TEXT) FAIL(ERR_LIMIT, "a segment has too much text");
    sqlite3_int64 id = (sqlite3_int64)++b->count;
    b->text += size;

    int code = sqlite3_bind_int64(b->story, 1, id);
    if (code == SQLITE_OK) code = bind_text(b->story, 2, s->path);
    if (code == SQLITE_OK) code = sqlite3_bind_int64(b->story, 3, s->published);
    if (code == SQLITE_OK) code = sqlite3_bind_int64(b->story, 4, (sqlite3_int64)size);
    if (code == SQLITE_OK) code = bind_text(b->story, 5, s->title);
    if (code == SQLITE_OK) code = bind_text(b->story, 6, s->deck);
    if (code == SQLITE_OK) code = bind_text(b->story, 7, s->byline);
    TRY(run(b->story, code));

    code = sqlite3_bind_int64(b->body, 1, id);
    if (code == SQLITE_OK) code = bind_text(b->body, 2, s->body);
    TRY(run(b->body, code));

    code = sqlite3_bind_int64(b->words, 1, id);
    if (code == SQLITE_OK) code = bind_text(b->words, 2, s->title);
    if (code == SQLITE_OK) code = bind_text(b->words, 3, s->deck);
    if (code == SQLITE_OK) code = bind_text(b->words, 4, s->byline);
    if (code == SQLITE_OK) code = bind_text(b->words, 5, s->body);
    return run(b->words, code);
}

/* The finished bytes, in memory of SQLite's: to be given back with sqlite3_free. */
static err builder_finish(struct builder *b, str *ret_bytes) {
    sqlite3_int64 size = 0;
    int code = sqlite3_exec(b->db, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK) return search_error(code, "a segment cannot be finished");
    unsigned char *bytes = sqlite3_serialize(b->db, "main", &size, 0);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a finished segment");
    if (size > SEARCH_SEGMENT_BYTES) {
        sqlite3_free(bytes);
        FAIL(ERR_LIMIT, "a segment has %lld bytes", (long long)size);
    }
    *ret_bytes = (str){(const char *)bytes, (size_t)size};
    return OK;
}

/* Ties bytes of SQLite's to the arena. */
static err adopt(struct arena *a, str bytes) {
    err e = arena_at_end(a, sqlite3_free, (void *)(uintptr_t)bytes.ptr);
    if (e.kind != ERR_NONE) sqlite3_free((void *)(uintptr_t)bytes.ptr);
    return e;
}

err search_empty(struct arena *a, str *ret_empty) {
    CLEANUP(builder_done) struct builder b = {0};
    str bytes = {0};
    TRY(builder_init(&b));
    TRY(builder_finish(&b, &bytes));
    TRY(adopt(a, bytes));
    *ret_empty = bytes;
    return OK;
}

/* Newest first, then by path: so the number of a story in its segment is also its place among those
 * that answer a question equally well. */
static int compare_stories(const void *left, const void *right) {
    const struct search_story *a = *(const struct search_story *const *)left;
    const struct search_story *b = *(const struct search_story *const *)right;
    if (a->published != b->published) return a->published > b->published ? -1 : 1;
    return str_cmp(a->path, b->path);
}

str search_maker(void) { return str_of(sqlite3_sourceid()); } /* the library's, not the header's */

err search_build(struct arena *a, const struct search_story *stories, size_t count,
                 str *ret_segment) {
    if (count == 0 || count > SEARCH_SEGMENT_STORIES)
        FAIL(ERR_LIMIT, "a segment of %zu stories", count);
    CLEANUP(builder_done) struct builder b = {0};
    str bytes = {0};
    const struct search_story **sorted = arena_array(a, count, sizeof(struct search_story *));
    if (sorted == NULL) FAIL(ERR_NO_MEMORY, "no memory to sort %zu stories", count);
    for (size_t i = 0; i < count; i++) sorted[i] = &stories[i];
    sort_things(sorted, count, sizeof(struct search_story *), compare_stories);
    TRY(builder_init(&b));
    for (size_t i = 0; i < count; i++) TRY(builder_add(&b, sorted[i]));
    TRY(builder_finish(&b, &bytes));
    TRY(adopt(a, bytes));
    *ret_segment = bytes;
    return OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static uint32_t be32(str bytes, size_t at) {
    const unsigned char *p = (const unsigned char *)bytes.ptr + at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Compares the first page with that of an empty segment. Of the header (fileformat2.html, 1.3) the
 * counters of changes (24, 92) and the number of SQLite's version (96) may differ; the number of
 * pages (28) must be that of the bytes, and no page may be free (32, 36). */
static err check_first_page(str segment, str empty) {
    bool fits = segment.len >= PAGE_BYTES && segment.len <= SEARCH_SEGMENT_BYTES &&
                segment.len % PAGE_BYTES == 0;
    if (!fits) FAIL(ERR_INVALID, "%zu bytes are no search segment", segment.len);
    bool is_ours = str_eq(str_slice(segment, 0, 24), str_slice(empty, 0, 24)) &&
                   str_eq(str_slice(segment, 40, 92), str_slice(empty, 40, 92)) &&
                   str_eq(str_slice(segment, HEADER_BYTES, PAGE_BYTES),
                          str_slice(empty, HEADER_BYTES, PAGE_BYTES));
    if (!is_ours) FAIL(ERR_INVALID, "a search segment has a schema that is not ours");
    if (be32(segment, 28) != segment.len / PAGE_BYTES)
        FAIL(ERR_INVALID, "a search segment is cut off, or longer than it says");
    if (be32(segment, 32) != 0 || be32(segment, 36) != 0)
        FAIL(ERR_INVALID, "a search segment has free pages");
    return OK;
}

/* Lets statements read, and call what FTS5 and we call. FTS5 asks for data_version by itself, and
 * declares its columns by a CREATE TABLE that is parsed and never run. */
static int authorize(void *context, int action, const char *first, const char *second,
                     const char *database, const char *trigger) {
    (void)context;
    (void)second;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION: return SQLITE_OK;
    case SQLITE_UPDATE: return strcmp(first, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA:
        return strcmp(first, "data_version") == 0 || strcmp(first, "mmap_size") == 0 ? SQLITE_OK
                                                                                     : SQLITE_DENY;
    default: return SQLITE_DENY;
    }
}

/* security.html: what to switch off before a database of a stranger. None of these can fail with
 * these arguments. A small page cache, since pages come straight out of the bytes (mmap_size). */
static int harden(sqlite3 *db) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, SEARCH_SEGMENT_BYTES);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 4096);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
    return sqlite3_exec(db,
                        "PRAGMA cell_size_check = ON; PRAGMA cache_size = 2;"
                        "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 268435456;",
                        NULL, NULL, NULL);
}

err search_db_open(str segment, str empty, sqlite3 **ret_db) {
    CLEANUP(search_db_close) sqlite3 *db = NULL;
    TRY(check_first_page(segment, empty));
    TRY(connect(&db));
    unsigned char *bytes = (unsigned char *)(uintptr_t)segment.ptr; /* READONLY keeps it const */
    sqlite3_int64 size = (sqlite3_int64)segment.len;
    int code = sqlite3_deserialize(db, "main", bytes, size, size, SQLITE_DESERIALIZE_READONLY);
    if (code == SQLITE_ERROR)
        code = SQLITE_NOMEM; /* its word for whatever failed inside it, where
                                                      nothing but memory can */
    if (code == SQLITE_OK) code = harden(db);
    if (code == SQLITE_OK) code = sqlite3_set_authorizer(db, authorize, NULL);
    if (code != SQLITE_OK) return search_error(code, "a search segment cannot be opened");
    *ret_db = db;
    db = NULL;
    return OK;
}

/* ---- Proving --------------------------------------------------------------------------------- */

/* Reads the rows of both tables side by side, hands each story over, and builds. */
static err read_stories(sqlite3 *db, struct builder *b, search_visit *visit, void *context) {
    CLEANUP(search_statement_end) sqlite3_stmt *story = NULL;
    CLEANUP(search_statement_end) sqlite3_stmt *body = NULL;
    TRY(search_prepare(db, "SELECT path, published, title, deck, byline FROM story ORDER BY id",
                       &story));
    TRY(search_prepare(db, "SELECT text FROM body ORDER BY id", &body));
    int code;
    while ((code = sqlite3_step(story)) == SQLITE_ROW) {
        code = sqlite3_step(body);
        if (code != SQLITE_ROW) break;
        struct search_story s = {
            .path = search_text(story, 0),
            .published = sqlite3_column_int64(story, 1),
            .title = search_text(story, 2),
            .deck = search_text(story, 3),
            .byline = search_text(story, 4),
            .body = search_text(body, 0),
        };
        TRY(builder_add(b, &s));
        TRY(visit(context, &s));
    }
    return code == SQLITE_DONE ? OK : search_error(code, "a search segment cannot be read");
}

err search_check(const struct sys *sys, str segment, search_visit *visit, void *context) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(search_db_close) sqlite3 *db = NULL;
    CLEANUP(builder_done) struct builder b = {0};
    str empty = {0};
    str again = {0};
    arena_init(&a, sys, SEARCH_SEGMENT_BYTES);
    TRY(search_empty(&a, &empty));
    TRY(search_db_open(segment, empty, &db));
    TRY(builder_init(&b));
    TRY(read_stories(db, &b, visit, context));
    if (b.count == 0) FAIL(ERR_INVALID, "a search segment has no story");
    TRY(builder_finish(&b, &again));
    bool is_same = str_eq(segment, again);
    sqlite3_free((void *)(uintptr_t)again.ptr);
    if (!is_same) FAIL(ERR_INVALID, "a search segment has more in it than its stories");
    return OK;
}
