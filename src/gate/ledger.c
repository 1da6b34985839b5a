/* ledger.c: events on the disk: sealed, chained, appended, read back. See ledger.h. */
#include "gate/ledger_impl.h"

#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "gate_sql_files.h"

enum { APPLICATION_ID = 0x48616e4c /* "HanL" */, BUSY_MS = 5000 };

err ledger_database_err(const struct ledger *ledger, const char *what) {
    int code = sqlite3_errcode(ledger->db);
    enum err_kind kind = code == SQLITE_NOMEM                              ? ERR_NO_MEMORY
                         : code == SQLITE_BUSY || code == SQLITE_LOCKED    ? ERR_BUSY
                         : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? ERR_INVALID
                                                                           : ERR_IO;
    FAIL(kind, "the ledger: %s: %s", what, sqlite3_errmsg(ledger->db));
}

err ledger_run_sql(struct ledger *ledger, const char *sql, const char *what) {
    return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? OK
               : ledger_database_err(ledger, what);
}

/* A file of gate/sql, which ends with a NUL. fails: ERR_INVALID (there is none). */
err ledger_sql(const char *name, str *ret_sql) {
    for (size_t i = 0; i < COUNT_OF(gate_sql_files); i++) {
        if (strcmp(gate_sql_files[i].name, name) != 0) continue;
        *ret_sql = (str){(const char *)gate_sql_files[i].bytes, gate_sql_files[i].size};
        return OK;
    }
    FAIL(ERR_INVALID, "no SQL is named %s", name);
}

err ledger_prepare(struct ledger *ledger, const char *name, sqlite3_stmt **ret_statement) {
    str sql;
    TRY(ledger_sql(name, &sql));
    if (sqlite3_prepare_v3(ledger->db, sql.ptr, (int)sql.len + 1, SQLITE_PREPARE_PERSISTENT,
                           ret_statement, NULL) != SQLITE_OK) {
        return ledger_database_err(ledger, name);
    }
    return OK;
}

err ledger_step_once(struct ledger *ledger, sqlite3_stmt *statement, const char *what) {
    int step = sqlite3_step(statement);
    err e = step == SQLITE_DONE ? OK : ledger_database_err(ledger, what);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return e;
}

/* ---- The chain ------------------------------------------------------------------------------ */

struct event_place ledger_place(int format, const unsigned char before[32],
                                const struct event_row *row) {
    struct event_place place = {.id = htole64((uint64_t)row->id), .at = htole64((uint64_t)row->at)};
    memcpy(place.purpose, format == 1 ? "hanji ledger 1\0" : "hanji ledger 2\0",
           sizeof place.purpose);
    memcpy(place.before, before, sizeof place.before);
    assert(row->kind.len <= sizeof place.kind);
    memcpy(place.kind, row->kind.ptr, row->kind.len);
    return place;
}

void ledger_chain(const struct event_place *place, str box, unsigned char ret_hash[32]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const unsigned char *)place, sizeof *place);
    crypto_generichash_update(&state, (const unsigned char *)box.ptr, box.len);
    crypto_generichash_final(&state, ret_hash, 32);
}

/* The birth holds the secret keys: what was packed or opened on the way must not stay in memory. */
void ledger_wipe(str bytes) {
    union {
        const char *read;
        void *plain; /* an arena's bytes: ours to write */
    } place = {.read = bytes.ptr};
    sodium_memzero(place.plain, bytes.len);
}

static enum ledger_event event_of(str name) {
    enum ledger_event kind = LEDGER_BORN;
    while (kind < LEDGER_EVENT_COUNT && !str_eq(name, str_of(ledger_event_name(kind)))) kind++;
    return kind;
}

/* What a box holds, when all whose it is have their keys; otherwise that somebody was there. */
static err take_event(struct ledger *ledger, enum ledger_event kind, const struct event_row *row,
                      const struct event_place *place) {
    struct ledger_state *state = &ledger->state;
    const struct wire_shape *shape = ledger_event_shape(kind);
    struct ledger_envelope event;
    bool is_readable = false;
    TRY(ledger_box_open(ledger, place, row->box, &event, &is_readable));
    if (!is_readable) {
        return kind == LEDGER_PERSON ? ledger_state_take_stranger(ledger, event.owners[0].text)
                                     : OK;
    }
    void *message = arena_alloc(&state->arena, shape->size);
    if (message == NULL) FAIL(ERR_NO_MEMORY, "no memory for the ledger");
    TRY(wire_unpack(&state->arena, shape, event.inner, message));
    TRY(ledger_state_take(ledger, kind, row->id, row->at, message));
    if (kind == LEDGER_BORN) ledger_wipe(event.inner);
    return OK;
}

static err take_row(struct ledger *ledger, const struct event_row *row) {
    struct ledger_state *state = &ledger->state;
    unsigned char expected[32];
    enum ledger_event kind = event_of(row->kind);
    if (kind == LEDGER_EVENT_COUNT) {
        FAIL(ERR_INVALID, "event %lld was written by a newer program", (long long)row->id);
    }
    const struct event_place place = ledger_place(LEDGER_FORMAT_NOW, state->head, row);
    ledger_chain(&place, row->box, expected);
    if (row->id != state->last_event + 1 || memcmp(expected, row->hash, 32) != 0) {
        FAIL(ERR_INVALID, "the ledger's chain is broken at event %lld: it was changed from outside",
             (long long)row->id);
    }
    TRY(take_event(ledger, kind, row, &place));
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
    if (e.kind == ERR_NONE && step != SQLITE_DONE) e = ledger_database_err(ledger, "reading");
    sqlite3_reset(statement);
    TRY(e);
    return ledger_state_check(&ledger->state);
}

static err insert(struct ledger *ledger, const struct event_row *row) {
    sqlite3_stmt *statement = ledger->event_add;
    sqlite3_bind_int64(statement, 1, row->id);
    sqlite3_bind_int64(statement, 2, row->at);
    sqlite3_bind_text(statement, 3, row->kind.ptr, (int)row->kind.len, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 4, row->box.ptr, (int)row->box.len, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 5, row->hash, sizeof row->hash, SQLITE_STATIC);
    return ledger_step_once(ledger, statement, "appending");
}

err ledger_append_at(struct ledger *ledger, enum ledger_event kind, int64_t at,
                     const void *message) {
    CLEANUP(arena_done) struct arena a;
    struct event_row row = {
        .id = ledger->state.last_event + 1, .at = at, .kind = str_of(ledger_event_name(kind))};
    struct ledger_envelope event;
    struct buf packed;
    arena_init(&a, ledger->sys, 8UL * LIMIT_MESSAGE_BYTES);
    TRY(ledger_owners(&a, kind, message, &event));
    if (kind == LEDGER_PERSON) TRY(ledger_person_key_make(ledger, event.owners[0].text));
    buf_init(&packed, &a, LIMIT_MESSAGE_BYTES);
    wire_pack(&packed, ledger_event_shape(kind), message);
    TRY(buf_finish(&packed, &event.inner));
    const struct event_place place = ledger_place(LEDGER_FORMAT_NOW, ledger->state.head, &row);
    err e = ledger_box_seal(ledger, &a, &place, &event, &row.box);
    if (kind == LEDGER_BORN) ledger_wipe(event.inner);
    TRY(e);
    ledger_chain(&place, row.box, row.hash);
    TRY(insert(ledger, &row));
    return take_row(ledger, &row); /* read back exactly as it will be read after a restart */
}

err ledger_append(struct ledger *ledger, enum ledger_event kind, const void *message) {
    return ledger_append_at(ledger, kind, ledger_now(ledger), message);
}

/* ---- Life cycle ----------------------------------------------------------------------------- */

err ledger_slots(struct arena *a, int folder, str name, str *ret_slots) {
    TRY(file_read(a, folder, name, (size_t)LEDGER_SLOTS_MAX * VAULT_SLOT_BYTES, ret_slots));
    if (ret_slots->len > 0 && ret_slots->len % VAULT_SLOT_BYTES == 0) return OK;
    FAIL(ERR_INVALID, "the file of the ledger's key slots is damaged");
}

static err read_slots(struct arena *a, struct ledger *ledger, str name, str passphrase) {
    unsigned char *ret_key = ledger->secrets->ledger_key; /* in protected memory */
    str slots;
    TRY(ledger_slots(a, ledger->folder, name, &slots));
    bool is_sound = false;
    for (; slots.len > 0; slots = str_skip(slots, VAULT_SLOT_BYTES)) {
        err e = vault_slot_open(passphrase, (const unsigned char *)slots.ptr, ret_key);
        if (e.kind == ERR_NONE) vault_hash(str_slice(slots, 0, VAULT_SLOT_BYTES), ledger->opener);
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
        return ledger_database_err(ledger, "opening");
    }
    sqlite3_extended_result_codes(ledger->db, 0);
    sqlite3_busy_timeout(ledger->db, BUSY_MS);
    TRY(ledger_run_sql(
        ledger,
        "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA trusted_schema=OFF;"
        "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA secure_delete=ON",
        "setting up"));
    if (is_new) {
        str schema;
        TRY(ledger_sql("schema.sql", &schema));
        TRY(ledger_run_sql(
            ledger, "BEGIN IMMEDIATE; PRAGMA application_id=1214344780; PRAGMA user_version=2",
            "making"));
        _Static_assert(APPLICATION_ID == 1214344780, "as the pragma above says");
        TRY(ledger_run_sql(ledger, schema.ptr, "making its tables"));
    }
    return OK;
}

err ledger_prepare_all(struct ledger *ledger) {
    TRY(ledger_prepare(ledger, "event_add.sql", &ledger->event_add));
    TRY(ledger_prepare(ledger, "person_key_get.sql", &ledger->person_key_get));
    return ledger_prepare(ledger, "events_after.sql", &ledger->events_after);
}

static err check_version(struct ledger *ledger, int64_t *ret_version) {
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
    if (version > LEDGER_FORMAT_NOW) FAIL(ERR_INVALID, "the ledger was written by a newer program");
    *ret_version = version;
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
    if (e.kind == ERR_NONE) e = ledger_prepare_all(ledger);
    if (e.kind == ERR_NONE) e = ledger_key_add(ledger, ledger->secrets->ledger_key, 1);
    if (e.kind == ERR_NONE) e = ledger_append(ledger, LEDGER_BORN, &born);
    sodium_memzero(&born, sizeof born);
    TRY(e);
    return ledger_run_sql(ledger, "COMMIT", "making");
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

/* With the slots of `name`. An older format is written anew first. */
static err unlock(struct ledger *ledger, str name, str passphrase) {
    CLEANUP(arena_done) struct arena a;
    int64_t version = 0;
    arena_init(&a, ledger->sys, 1 << 16);
    TRY(read_slots(&a, ledger, name, passphrase));
    if (ledger->db == NULL) TRY(open_database(ledger, false));
    TRY(check_version(ledger, &version));
    if (version < LEDGER_FORMAT_NOW) TRY(ledger_move(ledger));
    if (ledger->event_add == NULL) TRY(ledger_prepare_all(ledger));
    err e = ledger_keys_load(ledger);
    if (e.kind != ERR_DENIED) return e;
    FAIL(ERR_DENIED,
         "these key slots are not those of this ledger.db: both belong together, as one "
         "backup has them");
}

/* A rotation writes its slots to keys.next, keeps the change, then gives them their name: should it
 * be cut off before the last step, they are the ones that open. */
static err unlock_either(struct ledger *ledger, str passphrase) {
    err e = unlock(ledger, STR("keys"), passphrase);
    bool has_next = faccessat(ledger->folder, "keys.next", F_OK, 0) == 0 ||
                    faccessat(ledger->folder, "keys.next.new", F_OK, 0) == 0; /* half written */
    ledger->next_is_stale = e.kind == ERR_NONE && has_next;
    if (e.kind != ERR_DENIED && e.kind != ERR_INVALID) return e;
    err next = unlock(ledger, STR("keys.next"), passphrase);
    if (next.kind == ERR_NOT_FOUND || next.kind == ERR_DENIED) return e;
    TRY(next);
    ledger->slots_are_next = true;
    return ledger_next_slots(ledger);
}

err ledger_next_slots(struct ledger *ledger) {
    CLEANUP(arena_done) struct arena a;
    str slots;
    arena_init(&a, ledger->sys, 1 << 16);
    TRY(ledger_slots(&a, ledger->folder, STR("keys.next"), &slots));
    vault_hash(slots, ledger->next_hash);
    return OK;
}

err ledger_open(const struct sys *sys, int folder, str passphrase, struct ledger **ret_ledger) {
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    TRY(ledger_new(sys, &ledger));
    ledger->folder = folder;
    TRY(unlock_either(ledger, passphrase));
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
    sqlite3_finalize(ledger->person_key_get);
    sqlite3_close(ledger->db);
    ledger_state_done(&ledger->state);
    unsigned char *secrets = (void *)ledger->secrets;
    vault_secret_free(&secrets);
    ledger->sys->free(ledger->sys->ctx, ledger);
}

/* Whether keys.next is there still, and is the one that counts: another gate may have given it its
 * name, and then begun a rotation of its own that was cut off. fails: ERR_IO, ERR_NO_MEMORY. */
static err is_next_ours(const struct ledger *ledger, bool *ret_is_ours) {
    CLEANUP(arena_done) struct arena a;
    unsigned char hash[VAULT_HASH_BYTES];
    str slots;
    arena_init(&a, ledger->sys, 1 << 16);
    err e = ledger_slots(&a, ledger->folder, STR("keys.next"), &slots);
    *ret_is_ours = false;
    if (e.kind == ERR_NOT_FOUND || e.kind == ERR_INVALID) return OK;
    TRY(e);
    vault_hash(slots, hash);
    *ret_is_ours = memcmp(hash, ledger->next_hash, sizeof hash) == 0;
    return OK;
}

/* Gives the new slots their name, and overwrites those of the key from before, which would lie on
 * in the blocks of the disk. */
static void name_slots(struct ledger *ledger) {
    static const char ZEROS[LEDGER_SLOTS_MAX * VAULT_SLOT_BYTES];
    const struct sys *sys = ledger->sys;
    int old = sys->open(sys->ctx, ledger->folder, "keys", O_WRONLY | O_CLOEXEC, 0);
    bool is_done = sys->rename(sys->ctx, ledger->folder, "keys.next", "keys") == 0;
    if (is_done) {
        ledger->slots_are_next = false;
        sys->sync(sys->ctx, ledger->folder);
    }
    if (old < 0) return;
    err e = is_done ? file_write_all(sys, old, (str){ZEROS, sizeof ZEROS}) : OK;
    if (e.kind == ERR_NONE) sys->sync(sys->ctx, old);
    sys->close(sys->ctx, old);
}

/* What a rotation that was cut off has left: its slots, which count when it was kept. Under the
 * write lock. Benign when it fails: the next change does it. */
static void tidy_slots(struct ledger *ledger) {
    const struct sys *sys = ledger->sys;
    bool is_ours = false;
    if (ledger->next_is_stale) { /* whichever of them there is */
        sys->unlink(sys->ctx, ledger->folder, "keys.next.new");
        sys->unlink(sys->ctx, ledger->folder, "keys.next");
        ledger->next_is_stale = false;
    }
    if (!ledger->slots_are_next) return;
    err e = is_next_ours(ledger, &is_ours);
    if (e.kind != ERR_NONE) return;
    if (is_ours)
        name_slots(ledger);
    else
        ledger->slots_are_next = false;
}

err ledger_begin(struct ledger *ledger) {
    TRY(ledger_run_sql(ledger, "BEGIN IMMEDIATE", "beginning a change"));
    err e = ledger_keys_check(ledger);
    if (e.kind == ERR_NONE) tidy_slots(ledger);
    if (e.kind == ERR_NONE) e = refresh(ledger);
    if (e.kind != ERR_NONE) sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return e;
}

/* After the commit of a rotation: the new key is the key. */
static void turn_key(struct ledger *ledger) {
    memcpy(ledger->secrets->ledger_key, ledger->secrets->next_key, VAULT_KEY_BYTES);
    sodium_memzero(ledger->secrets->next_key, VAULT_KEY_BYTES);
    ledger->kept_key_count = ledger->key_count;
    ledger->is_rotating = false;
    ledger->slots_are_next = true;
    if (sqlite3_exec(ledger->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) return;
    tidy_slots(ledger);
    sqlite3_exec(ledger->db, "COMMIT", NULL, NULL, NULL);
}

err ledger_commit(struct ledger *ledger) {
    int journal = ledger->must_scrub ? ledger_journal_hold(ledger) : -1;
    err e = ledger_run_sql(ledger, "COMMIT", "keeping a change");
    if (e.kind != ERR_NONE) {
        if (journal >= 0) ledger->sys->close(ledger->sys->ctx, journal);
        return e;
    }
    if (ledger->is_rotating) turn_key(ledger);
    if (!ledger->must_scrub) return OK;
    ledger->must_scrub = false;
    e = ledger_journal_wipe(ledger, &journal);
    if (e.kind == ERR_NONE) e = ledger_rebuild(ledger);
    return err_wrap(e,
                    "it was done and is kept, but the disk may hold traces of the old key: do it "
                    "again");
}

void ledger_forget(struct ledger *ledger) {
    ledger_state_done(&ledger->state);
    ledger_state_init(&ledger->state, ledger->sys);
    ledger->key_count = ledger->kept_key_count;
    ledger->is_rotating = false;
    ledger->must_scrub = false;
}

err ledger_rollback(struct ledger *ledger) {
    /* Memory first: should undoing fail, nothing that was not kept is believed any more. */
    ledger_forget(ledger);
    if (!sqlite3_get_autocommit(ledger->db))
        TRY(ledger_run_sql(ledger, "ROLLBACK", "undoing a change"));
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
