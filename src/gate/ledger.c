/* ledger.c: events on the disk: sealed, chained, appended, read back. See ledger.h. */
#include "gate/ledger_impl.h"

#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <sodium.h>

#include "gate_sql_files.h"

enum { APPLICATION_ID = 0x48616e4c /* "HanL" */, BUSY_MS = 5000 };

static err database_err(const struct ledger *ledger, const char *what) {
    int code = sqlite3_errcode(ledger->db);
    enum err_kind kind = code == SQLITE_NOMEM                              ? ERR_NO_MEMORY
                         : code == SQLITE_BUSY || code == SQLITE_LOCKED    ? ERR_BUSY
                         : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? ERR_INVALID
                                                                           : ERR_IO;
    FAIL(kind, "the ledger: %s: %s", what, sqlite3_errmsg(ledger->db));
}

static err run(struct ledger *ledger, const char *sql, const char *what) {
    return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? OK
               : database_err(ledger, what);
}

static const struct embedded *sql_file(const char *name) {
    for (size_t i = 0; i < COUNT_OF(gate_sql_files); i++) {
        if (strcmp(gate_sql_files[i].name, name) == 0) return &gate_sql_files[i];
    }
    return NULL;
}

static err prepare(struct ledger *ledger, const char *name, sqlite3_stmt **ret_statement) {
    const struct embedded *file = sql_file(name);
    if (file == NULL) FAIL(ERR_INVALID, "no SQL is named %s", name);
    if (sqlite3_prepare_v3(ledger->db, (const char *)file->bytes, (int)file->size + 1,
                           SQLITE_PREPARE_PERSISTENT, ret_statement, NULL) != SQLITE_OK) {
        return database_err(ledger, name);
    }
    return OK;
}

/* ---- Chain and box -------------------------------------------------------------------------- */

struct event_row {
    int64_t id;
    int64_t at;
    str kind;
    str box;
    unsigned char hash[32];
};

/* Where an event stands: what comes before it, its number, its time, its kind. The box is bound to
 * all of it, so that whoever cannot open boxes can change nothing of an event and move none, for
 * the hashes alone could be computed anew by anybody. Integers are little-endian. */
struct event_place {
    char purpose[16];
    unsigned char before[32];
    uint64_t id;
    uint64_t at;
    char kind[16];
};
_Static_assert(sizeof(struct event_place) == 80, "no padding");

static struct event_place place_of(const unsigned char before[32], const struct event_row *row) {
    struct event_place place = {.id = htole64((uint64_t)row->id), .at = htole64((uint64_t)row->at)};
    memcpy(place.purpose, "hanji ledger 1\0", sizeof place.purpose);
    memcpy(place.before, before, sizeof place.before);
    assert(row->kind.len <= sizeof place.kind);
    memcpy(place.kind, row->kind.ptr, row->kind.len);
    return place;
}

static str place_bytes(const struct event_place *place) {
    return (str){(const char *)place, sizeof *place};
}

static void chain(const struct event_place *place, str box, unsigned char ret_hash[32]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const unsigned char *)place, sizeof *place);
    crypto_generichash_update(&state, (const unsigned char *)box.ptr, box.len);
    crypto_generichash_final(&state, ret_hash, 32);
}

/* The birth holds the secret keys: what was packed or opened on the way must not stay in memory. */
static void wipe(str bytes) {
    union {
        const char *read;
        void *plain; /* an arena's bytes: ours to write */
    } place = {.read = bytes.ptr};
    sodium_memzero(place.plain, bytes.len);
}

static err take_row(struct ledger *ledger, const struct event_row *row) {
    struct ledger_state *state = &ledger->state;
    unsigned char expected[32];
    str plain;
    enum ledger_event kind = LEDGER_BORN;
    while (kind < LEDGER_EVENT_COUNT && !str_eq(row->kind, str_of(ledger_event_name(kind)))) kind++;
    if (kind == LEDGER_EVENT_COUNT) {
        FAIL(ERR_INVALID, "event %lld was written by a newer program", (long long)row->id);
    }
    const struct event_place place = place_of(state->head, row);
    chain(&place, row->box, expected);
    if (row->id != state->last_event + 1 || memcmp(expected, row->hash, 32) != 0) {
        FAIL(ERR_INVALID, "the ledger's chain is broken at event %lld: it was changed from outside",
             (long long)row->id);
    }
    const struct wire_shape *shape = ledger_event_shape(kind);
    void *message = arena_alloc(&state->arena, shape->size);
    if (message == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    TRY(vault_box_open(&state->arena, ledger->secrets->ledger_key, place_bytes(&place), row->box,
                       &plain));
    TRY(wire_unpack(&state->arena, shape, plain, message));
    TRY(ledger_state_take(ledger, kind, row->id, row->at, message));
    if (kind == LEDGER_BORN) wipe(plain);
    state->last_event = row->id;
    memcpy(state->head, expected, 32);
    return OK;
}

static str column_bytes(sqlite3_stmt *statement, int column) {
    const void *bytes = sqlite3_column_blob(statement, column);
    return (str){bytes, (size_t)sqlite3_column_bytes(statement, column)};
}

/* Reads what is on the disk and not yet in memory. */
static err refresh(struct ledger *ledger) {
    sqlite3_stmt *statement = ledger->events_after;
    err e = OK;
    int step = SQLITE_DONE;
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, ledger->state.last_event);
    while (e.kind == ERR_NONE && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        str hash = column_bytes(statement, 4);
        struct event_row row = {.id = sqlite3_column_int64(statement, 0),
                                .at = sqlite3_column_int64(statement, 1),
                                .kind = column_bytes(statement, 2),
                                .box = column_bytes(statement, 3)};
        if (hash.len != sizeof row.hash) {
            e = err_make(ERR_INVALID, __FILE__, __LINE__, "event %lld has no hash",
                         (long long)row.id);
            break;
        }
        memcpy(row.hash, hash.ptr, sizeof row.hash);
        e = take_row(ledger, &row);
    }
    if (e.kind == ERR_NONE && step != SQLITE_DONE) e = database_err(ledger, "reading");
    sqlite3_reset(statement);
    return e;
}

err ledger_append(struct ledger *ledger, enum ledger_event kind, const void *message) {
    CLEANUP(arena_done) struct arena a;
    struct event_row row = {.id = ledger->state.last_event + 1,
                            .at = ledger_now(ledger),
                            .kind = str_of(ledger_event_name(kind))};
    struct buf packed;
    str plain;
    arena_init(&a, ledger->sys, 4UL * LIMIT_MESSAGE_BYTES);
    buf_init(&packed, &a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, ledger_event_shape(kind), message);
    TRY(buf_finish(&packed, &plain));
    const struct event_place place = place_of(ledger->state.head, &row);
    err e = vault_box_seal(&a, ledger->secrets->ledger_key, place_bytes(&place), plain, &row.box);
    if (kind == LEDGER_BORN) wipe(plain);
    TRY(e);
    chain(&place, row.box, row.hash);
    sqlite3_stmt *statement = ledger->event_add;
    sqlite3_bind_int64(statement, 1, row.id);
    sqlite3_bind_int64(statement, 2, row.at);
    sqlite3_bind_text(statement, 3, row.kind.ptr, (int)row.kind.len, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 4, row.box.ptr, (int)row.box.len, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 5, row.hash, sizeof row.hash, SQLITE_STATIC);
    int step = sqlite3_step(statement);
    e = step == SQLITE_DONE ? OK : database_err(ledger, "appending");
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (e.kind != ERR_NONE) return e;
    return take_row(ledger, &row); /* read back exactly as it will be read after a restart */
}

/* ---- Life cycle ----------------------------------------------------------------------------- */

err ledger_slots(struct arena *a, int folder, str *ret_slots) {
    TRY(file_read(a, folder, STR("keys"), (size_t)LEDGER_SLOTS_MAX * VAULT_SLOT_BYTES, ret_slots));
    if (ret_slots->len > 0 && ret_slots->len % VAULT_SLOT_BYTES == 0) return OK;
    FAIL(ERR_INVALID, "the file of the ledger's key slots is damaged");
}

static err read_slots(struct arena *a, int folder, str passphrase, unsigned char ret_key[32],
                      unsigned char ret_opener[32]) {
    str slots;
    TRY(ledger_slots(a, folder, &slots));
    bool is_sound = false;
    for (; slots.len > 0; slots = str_skip(slots, VAULT_SLOT_BYTES)) {
        err e = vault_slot_open(passphrase, (const unsigned char *)slots.ptr, ret_key);
        if (e.kind == ERR_NONE) vault_hash(str_slice(slots, 0, VAULT_SLOT_BYTES), ret_opener);
        if (e.kind != ERR_DENIED && e.kind != ERR_INVALID) return e;
        is_sound = is_sound || e.kind == ERR_DENIED; /* a damaged slot must not lock the others */
    }
    if (!is_sound) FAIL(ERR_INVALID, "every key slot of the ledger is damaged");
    FAIL(ERR_DENIED, "the passphrase does not open the ledger");
}

static err open_database(struct ledger *ledger, bool is_new) {
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE | (is_new ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2("ledger.db", &ledger->db, flags, NULL) != SQLITE_OK) {
        return database_err(ledger, "opening");
    }
    sqlite3_extended_result_codes(ledger->db, 0);
    sqlite3_busy_timeout(ledger->db, BUSY_MS);
    TRY(run(ledger,
            "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA trusted_schema=OFF;"
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0",
            "setting up"));
    if (is_new) {
        const struct embedded *schema = sql_file("schema.sql");
        TRY(run(ledger, "BEGIN IMMEDIATE; PRAGMA application_id=1214344780; PRAGMA user_version=1",
                "making"));
        _Static_assert(APPLICATION_ID == 1214344780, "as the pragma above says");
        TRY(run(ledger, (const char *)schema->bytes, "making its tables"));
    }
    TRY(prepare(ledger, "event_add.sql", &ledger->event_add));
    return prepare(ledger, "events_after.sql", &ledger->events_after);
}

static err check_version(struct ledger *ledger) {
    sqlite3_stmt *statement = NULL;
    int64_t application = 0;
    int64_t version = 0;
    const char *sql = "SELECT (SELECT application_id FROM pragma_application_id()), "
                      "(SELECT user_version FROM pragma_user_version())";
    if (sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        application = sqlite3_column_int64(statement, 0);
        version = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    if (application != APPLICATION_ID || version < 1) {
        FAIL(ERR_INVALID, "ledger.db is not a ledger of Hanji");
    }
    if (version > 1) FAIL(ERR_INVALID, "the ledger was written by a newer program");
    return OK;
}

static err ledger_new(const struct sys *sys, struct ledger **ret_ledger) {
    CLEANUP(ledger_close) struct ledger *ledger = sys->alloc(sys->ctx, sizeof *ledger);
    unsigned char *secrets = NULL;
    if (ledger == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    memset(ledger, 0, sizeof *ledger);
    ledger->sys = sys;
    ledger_state_init(&ledger->state, sys);
    TRY(vault_secret(sizeof *ledger->secrets, &secrets));
    ledger->secrets = (void *)secrets;
    *ret_ledger = ledger;
    ledger = NULL;
    return OK;
}

/* Neither file may be there. A ledger without its keys is not made over: a backup may have them. */
static err check_nothing_there(struct arena *a, int folder) {
    static const char *const FILES[] = {"keys", "ledger.db"};
    for (size_t i = 0; i < COUNT_OF(FILES); i++) {
        CLEANUP(fd_close) int existing = -1;
        err e = file_open(a, folder, str_of(FILES[i]), O_RDONLY, &existing);
        if (e.kind == ERR_NONE) FAIL(ERR_EXISTS, "there is a ledger already: %s", FILES[i]);
        if (e.kind != ERR_NOT_FOUND) return e;
    }
    return OK;
}

static err make_database(struct ledger *ledger) {
    struct event_born born;
    vault_sign_pair(born.clearing_public, born.clearing_secret);
    vault_box_pair(born.originals_public, born.originals_secret);
    err e = open_database(ledger, true);
    if (e.kind == ERR_NONE) e = ledger_append(ledger, LEDGER_BORN, &born);
    sodium_memzero(&born, sizeof born);
    TRY(e);
    return run(ledger, "COMMIT", "making");
}

static err make_keys(const struct ledger *ledger, struct arena *a, int folder, str passphrase,
                     bool is_random) {
    unsigned char slot[VAULT_SLOT_BYTES];
    TRY(vault_slot_seal(passphrase, is_random, ledger->secrets->ledger_key, slot));
    return file_replace(a, folder, STR("keys"), (str){(const char *)slot, sizeof slot}, 0600);
}

err ledger_make(const struct sys *sys, int folder, str passphrase, bool is_random) {
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, 1 << 16);
    TRY(check_nothing_there(&a, folder));
    TRY(ledger_new(sys, &ledger));
    if (!sys->random(sys->ctx, ledger->secrets->ledger_key, VAULT_KEY_BYTES)) {
        FAIL(ERR_IO, "the system gives no random bytes");
    }
    err e = make_database(ledger);
    /* The slots last: a folder with them has a whole ledger. */
    if (e.kind == ERR_NONE) e = make_keys(ledger, &a, folder, passphrase, is_random);
    if (e.kind != ERR_NONE) { /* nobody can open what was made: leave room for another try */
        ledger_close(&ledger);
        sys->unlink(sys->ctx, folder, "ledger.db");
        sys->unlink(sys->ctx, folder, "keys");
    }
    return e;
}

err ledger_open(const struct sys *sys, int folder, str passphrase, struct ledger **ret_ledger) {
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, 1 << 16);
    TRY(ledger_new(sys, &ledger));
    ledger->folder = folder;
    TRY(read_slots(&a, folder, passphrase, ledger->secrets->ledger_key, ledger->opener));
    TRY(open_database(ledger, false));
    TRY(check_version(ledger));
    TRY(refresh(ledger));
    if (ledger->state.last_event == 0) FAIL(ERR_INVALID, "the ledger is empty");
    *ret_ledger = ledger;
    ledger = NULL;
    return OK;
}

void ledger_close(struct ledger **closed) {
    struct ledger *ledger = *closed;
    *closed = NULL;
    if (ledger == NULL) return;
    sqlite3_finalize(ledger->event_add);
    sqlite3_finalize(ledger->events_after);
    sqlite3_close(ledger->db);
    ledger_state_done(&ledger->state);
    unsigned char *secrets = (void *)ledger->secrets;
    vault_secret_free(&secrets);
    ledger->sys->free(ledger->sys->ctx, ledger);
}

err ledger_begin(struct ledger *ledger) {
    TRY(run(ledger, "BEGIN IMMEDIATE", "beginning a change"));
    err e = refresh(ledger);
    if (e.kind != ERR_NONE) sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return e;
}

err ledger_commit(struct ledger *ledger) { return run(ledger, "COMMIT", "keeping a change"); }

err ledger_rollback(struct ledger *ledger) {
    /* Memory first: should undoing fail, nothing that was not kept is believed any more. */
    ledger_state_done(&ledger->state);
    ledger_state_init(&ledger->state, ledger->sys);
    if (!sqlite3_get_autocommit(ledger->db)) TRY(run(ledger, "ROLLBACK", "undoing a change"));
    return refresh(ledger);
}

int64_t ledger_now(const struct ledger *ledger) {
    return ledger->sys->now_seconds(ledger->sys->ctx);
}

void ledger_status(const struct ledger *ledger, struct gate_status *ret_status) {
    *ret_status = (struct gate_status){.people = ledger->state.person_count,
                                       .events = ledger->state.last_event,
                                       .rules = LEDGER_RULES_VERSION};
    memcpy(ret_status->clearing_key, ledger->state.clearing_public, 32);
    memcpy(ret_status->originals_key, ledger->state.originals_public, 32);
}
