/* ledger_keys.c: the keys of the ledger's boxes, and of its people. See ledger_impl.h.
 *
 *     passphrase --(slot)--> ledger key --+--> keys of events (one more with each rotation)
 *                                         +--> keys of people (destroyed one by one)
 *
 * An event about somebody is sealed twice: inside under the key of the person, outside under a key
 * of events. So the key of a person can be destroyed and the chain still be read to its end. After
 * a rotation the old ledger key opens nothing any more: what a copy from before teaches is what was
 * in that copy. */
#include "gate/ledger_impl.h"

#include <endian.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

static str bytes_of(const unsigned char key[VAULT_KEY_BYTES]) {
    return (str){(const char *)key, VAULT_KEY_BYTES};
}

static str column_bytes(sqlite3_stmt *statement, int column) {
    const void *bytes = sqlite3_column_blob(statement, column);
    return (str){bytes, (size_t)sqlite3_column_bytes(statement, column)};
}

static void finalize(sqlite3_stmt **statement) { sqlite3_finalize(*statement); }

/* ---- Keys in boxes --------------------------------------------------------------------------- */

/* What a box with a key is bound to: that it is the key of these events, or of this person. */
struct key_place {
    char purpose[24];
    char name[40]; /* of a person */
    uint64_t first;
};
_Static_assert(sizeof(struct key_place) == 72, "no padding");

static struct key_place place_of_events(int64_t first) {
    struct key_place place = {.purpose = "hanji event key 2", .first = htole64((uint64_t)first)};
    return place;
}

static struct key_place place_of_person(str person) {
    struct key_place place = {.purpose = "hanji person key 2"};
    memcpy(place.name, person.ptr, person.len < sizeof place.name ? person.len : sizeof place.name);
    return place;
}

static str place_bytes(const struct key_place *place) {
    return (str){(const char *)place, sizeof *place};
}

static err open_key(struct arena *a, const unsigned char with[VAULT_KEY_BYTES],
                    const struct key_place *place, str box,
                    unsigned char ret_key[VAULT_KEY_BYTES]) {
    str plain;
    TRY(vault_box_open(a, with, place_bytes(place), box, &plain));
    if (plain.len != VAULT_KEY_BYTES) FAIL(ERR_INVALID, "a key of the ledger is damaged");
    memcpy(ret_key, plain.ptr, VAULT_KEY_BYTES);
    ledger_wipe(plain);
    return OK;
}

/* ---- Keys of events -------------------------------------------------------------------------- */

err ledger_keys_load(struct ledger *ledger) {
    CLEANUP(finalize) sqlite3_stmt *rows = NULL;
    CLEANUP(arena_done) struct arena a;
    int step = SQLITE_DONE;
    size_t count = 0;
    arena_init(&a, ledger->sys, 1 << 20);
    TRY(ledger_prepare(ledger, "ledger_keys.sql", &rows));
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        int64_t first = sqlite3_column_int64(rows, 0);
        const struct key_place place = place_of_events(first);
        if (count == LEDGER_KEYS_MAX || (count == 0) != (first == 1))
            FAIL(ERR_INVALID, "the ledger's keys are not in order");
        TRY(open_key(&a, ledger->secrets->ledger_key, &place, column_bytes(rows, 1),
                     ledger->secrets->event_keys[count]));
        ledger->key_firsts[count++] = first;
    }
    if (step != SQLITE_DONE) return ledger_database_err(ledger, "reading its keys");
    if (count == 0) FAIL(ERR_INVALID, "the ledger has lost its keys");
    ledger->key_count = count;
    ledger->kept_key_count = count;
    return OK;
}

static err put_event_key(struct ledger *ledger, const unsigned char with[VAULT_KEY_BYTES],
                         size_t number) {
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    CLEANUP(arena_done) struct arena a;
    const struct key_place place = place_of_events(ledger->key_firsts[number]);
    str box;
    arena_init(&a, ledger->sys, 1 << 16);
    TRY(ledger_prepare(ledger, "ledger_key_put.sql", &statement));
    TRY(vault_box_seal(&a, with, place_bytes(&place), bytes_of(ledger->secrets->event_keys[number]),
                       &box));
    sqlite3_bind_int64(statement, 1, ledger->key_firsts[number]);
    sqlite3_bind_blob(statement, 2, box.ptr, (int)box.len, SQLITE_STATIC);
    return ledger_step_once(ledger, statement, "keeping a key");
}

err ledger_key_add(struct ledger *ledger, const unsigned char key[VAULT_KEY_BYTES], int64_t first) {
    size_t number = ledger->key_count;
    if (number == LEDGER_KEYS_MAX)
        FAIL(ERR_LIMIT, "the ledger key was changed %d times; it cannot be changed again",
             LEDGER_KEYS_MAX);
    if (!ledger->sys->random(ledger->sys->ctx, ledger->secrets->event_keys[number],
                             VAULT_KEY_BYTES)) {
        FAIL(ERR_IO, "the system gives no random bytes");
    }
    ledger->key_firsts[number] = first;
    TRY(put_event_key(ledger, key, number));
    ledger->key_count++;
    return OK;
}

err ledger_keys_check(struct ledger *ledger) {
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    TRY(ledger_prepare(ledger, "ledger_key_count.sql", &statement));
    if (sqlite3_step(statement) != SQLITE_ROW) return ledger_database_err(ledger, "its keys");
    if (sqlite3_column_int64(statement, 0) == (int64_t)ledger->kept_key_count) return OK;
    FAIL(ERR_BUSY, "the ledger key was changed meanwhile: try again");
}

static const unsigned char *key_of_event(const struct ledger *ledger, int64_t id) {
    size_t number = ledger->key_count - 1;
    while (number > 0 && ledger->key_firsts[number] > id) number--;
    return ledger->secrets->event_keys[number];
}

/* In the middle of a rotation the keys lie under the next one already. */
static const unsigned char *key_of_keys(const struct ledger *ledger) {
    return ledger->is_rotating ? ledger->secrets->next_key : ledger->secrets->ledger_key;
}

/* ---- Keys of people -------------------------------------------------------------------------- */

err ledger_person_key_make(struct ledger *ledger, str person) {
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    CLEANUP(arena_done) struct arena a;
    const struct key_place place = place_of_person(person);
    unsigned char key[VAULT_KEY_BYTES];
    str box;
    arena_init(&a, ledger->sys, 1 << 16);
    TRY(ledger_prepare(ledger, "person_key_add.sql", &statement));
    if (!ledger->sys->random(ledger->sys->ctx, key, sizeof key))
        FAIL(ERR_IO, "the system gives no random bytes");
    err e = vault_box_seal(&a, key_of_keys(ledger), place_bytes(&place), bytes_of(key), &box);
    sodium_memzero(key, sizeof key);
    TRY(e);
    sqlite3_bind_text(statement, 1, person.ptr, (int)person.len, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, box.ptr, (int)box.len, SQLITE_STATIC);
    return ledger_step_once(ledger, statement, "keeping a key");
}

err ledger_person_key_get(struct ledger *ledger, str person,
                          unsigned char ret_key[VAULT_KEY_BYTES]) {
    CLEANUP(arena_done) struct arena a;
    sqlite3_stmt *statement = ledger->person_key_get;
    const struct key_place place = place_of_person(person);
    err e = OK;
    arena_init(&a, ledger->sys, 1 << 16);
    sqlite3_bind_text(statement, 1, person.ptr, (int)person.len, SQLITE_STATIC);
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        e = open_key(&a, key_of_keys(ledger), &place, column_bytes(statement, 0), ret_key);
    } else if (step == SQLITE_DONE) {
        e = err_make(ERR_NOT_FOUND, __FILE__, __LINE__, "the key of " STR_FMT " is gone",
                     STR_ARG(person));
    } else {
        e = ledger_database_err(ledger, "reading a key");
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return e;
}

err ledger_person_key_destroy(struct ledger *ledger, str person) {
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    TRY(ledger_prepare(ledger, "person_key_destroy.sql", &statement));
    sqlite3_bind_text(statement, 1, person.ptr, (int)person.len, SQLITE_STATIC);
    TRY(ledger_step_once(ledger, statement, "destroying a key"));
    ledger->must_scrub = true;
    return OK;
}

/* A person's key as it lies in the table. */
struct person_key {
    str person;
    str box;
    struct person_key *next;
};

/* All of them, before one is changed: a table that changes under a walk may show a row twice. */
static err gather_person_keys(struct ledger *ledger, struct arena *a,
                              struct person_key **ret_first) {
    CLEANUP(finalize) sqlite3_stmt *rows = NULL;
    struct person_key *first = NULL;
    int step = SQLITE_DONE;
    TRY(ledger_prepare(ledger, "person_keys.sql", &rows));
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        struct person_key *one = arena_alloc(a, sizeof *one);
        if (one == NULL) FAIL(ERR_NO_MEMORY, "no memory for the keys of people");
        TRY(arena_copy(a, column_bytes(rows, 0), &one->person));
        TRY(arena_copy(a, column_bytes(rows, 1), &one->box));
        one->next = first;
        first = one;
    }
    *ret_first = first;
    return step == SQLITE_DONE ? OK : ledger_database_err(ledger, "reading the keys of people");
}

static err rewrap_one(struct ledger *ledger, struct arena *a, const struct person_key *one,
                      sqlite3_stmt *put) {
    const struct key_place place = place_of_person(one->person);
    unsigned char key[VAULT_KEY_BYTES];
    str box;
    TRY(open_key(a, ledger->secrets->ledger_key, &place, one->box, key));
    err e = vault_box_seal(a, ledger->secrets->next_key, place_bytes(&place), bytes_of(key), &box);
    sodium_memzero(key, sizeof key);
    TRY(e);
    sqlite3_bind_text(put, 1, one->person.ptr, (int)one->person.len, SQLITE_STATIC);
    sqlite3_bind_blob(put, 2, box.ptr, (int)box.len, SQLITE_STATIC);
    return ledger_step_once(ledger, put, "keeping a key");
}

static err rewrap_people(struct ledger *ledger, struct arena *a) {
    CLEANUP(finalize) sqlite3_stmt *put = NULL;
    struct person_key *first = NULL;
    TRY(gather_person_keys(ledger, a, &first));
    TRY(ledger_prepare(ledger, "person_key_put.sql", &put));
    for (const struct person_key *one = first; one != NULL; one = one->next) {
        struct arena_mark mark = arena_mark(a);
        TRY(rewrap_one(ledger, a, one, put));
        arena_reset(a, mark);
    }
    return OK;
}

err ledger_keys_rewrap(struct ledger *ledger) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, ledger->sys, 1 << 26);
    for (size_t i = 0; i < ledger->key_count; i++) {
        TRY(put_event_key(ledger, ledger->secrets->next_key, i));
    }
    TRY(rewrap_people(ledger, &a));
    ledger->must_scrub = true;
    return OK;
}

/* ---- Boxes of events ------------------------------------------------------------------------- */

static str event_bytes(const struct event_place *place) {
    return (str){(const char *)place, sizeof *place};
}

/* The key of all owners together: without one of theirs there is none. */
static err key_of_owners(struct ledger *ledger, const struct ledger_envelope *event,
                         unsigned char ret_key[VAULT_KEY_BYTES]) {
    crypto_generichash_state state;
    err e = OK;
    crypto_generichash_init(&state, NULL, 0, VAULT_KEY_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)"hanji owners 2", 14);
    for (size_t i = 0; i < event->owner_count && e.kind == ERR_NONE; i++) {
        unsigned char key[VAULT_KEY_BYTES] = {0};
        e = ledger_person_key_get(ledger, event->owners[i].text, key);
        crypto_generichash_update(&state, key, sizeof key);
        sodium_memzero(key, sizeof key);
    }
    crypto_generichash_final(&state, ret_key, VAULT_KEY_BYTES);
    sodium_memzero(&state, sizeof state);
    return e;
}

err ledger_box_seal(struct ledger *ledger, struct arena *a, const struct event_place *place,
                    const struct ledger_envelope *event, str *ret_box) {
    struct ledger_envelope whole = *event;
    struct buf packed;
    str plain;
    if (event->owner_count > 0) {
        unsigned char key[VAULT_KEY_BYTES];
        err e = key_of_owners(ledger, event, key);
        if (e.kind == ERR_NONE)
            e = vault_box_seal(a, key, event_bytes(place), event->inner, &whole.inner);
        sodium_memzero(key, sizeof key);
        TRY(e);
    }
    buf_init(&packed, a, LIMIT_MESSAGE_BYTES + LIMIT_FIELD_BYTES);
    wire_pack(&packed, &ledger_envelope_shape, &whole);
    TRY(buf_finish(&packed, &plain));
    err e = vault_box_seal(a, key_of_event(ledger, (int64_t)le64toh(place->id)), event_bytes(place),
                           plain, ret_box);
    if (place->id == htole64(1)) ledger_wipe(plain); /* the birth holds the secret keys */
    return e;
}

err ledger_box_open(struct ledger *ledger, const struct event_place *place, str box,
                    struct ledger_envelope *ret_event, bool *ret_is_readable) {
    struct arena *a = &ledger->state.arena;
    struct ledger_envelope event;
    unsigned char key[VAULT_KEY_BYTES];
    str plain;
    TRY(vault_box_open(a, key_of_event(ledger, (int64_t)le64toh(place->id)), event_bytes(place),
                       box, &plain));
    TRY(wire_unpack(a, &ledger_envelope_shape, plain, &event));
    *ret_is_readable = true;
    if (event.owner_count > 0) {
        err e = key_of_owners(ledger, &event, key);
        if (e.kind == ERR_NOT_FOUND) {
            *ret_is_readable = false;
            *ret_event = event;
            return OK;
        }
        if (e.kind == ERR_NONE)
            e = vault_box_open(a, key, event_bytes(place), event.inner, &event.inner);
        sodium_memzero(key, sizeof key);
        TRY(e);
    }
    *ret_event = event;
    return OK;
}

/* ---- Traces ---------------------------------------------------------------------------------- */

static const char JOURNAL[] = "ledger.db-journal";

int ledger_journal_hold(const struct ledger *ledger) {
    const struct sys *sys = ledger->sys;
    return sys->open(sys->ctx, ledger->folder, JOURNAL, O_WRONLY | O_CLOEXEC, 0);
}

/* Zeros over all of it, whether its name is there still or not. */
err ledger_journal_wipe(const struct ledger *ledger, int *journal) {
    static const char ZEROS[1 << 16];
    struct stat about;
    err e = OK;
    if (*journal < 0) return OK;
    off_t left = fstat(*journal, &about) == 0 ? about.st_size : 0;
    while (left > 0 && e.kind == ERR_NONE) {
        size_t size = left < (off_t)sizeof ZEROS ? (size_t)left : sizeof ZEROS;
        e = file_write_all(ledger->sys, *journal, (str){ZEROS, size});
        left -= (off_t)size;
    }
    bool is_synced = ledger->sys->sync(ledger->sys->ctx, *journal) == 0;
    ledger->sys->close(ledger->sys->ctx, *journal);
    *journal = -1;
    TRY(e);
    if (!is_synced) FAIL(ERR_IO, "the journal could not be overwritten");
    return OK;
}

err ledger_rebuild(struct ledger *ledger) {
    TRY(ledger_run_sql(ledger, "PRAGMA journal_mode=PERSIST; VACUUM", "building the file anew"));
    int journal = ledger_journal_hold(ledger);
    TRY(ledger_journal_wipe(ledger, &journal));
    return ledger_run_sql(ledger, "PRAGMA journal_mode=DELETE", "building the file anew");
}
