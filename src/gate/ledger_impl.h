/* ledger_impl.h: the two halves of the ledger, what lies on the disk (ledger.c) and what it adds up
 * to (ledger_state.c); between them the shapes of the events (ledger_shapes.c) and the keys of
 * their boxes (ledger_keys.c). */
#pragma once

#include <sqlite3.h>

#include "gate/ledger.h"
#include "gate/match.h"
#include "vault/vault.h"

enum {
    LEDGER_FORMAT_NOW = 2, /* user_version of the file */
    LEDGER_KEYS_MAX = 256, /* of events: one more with each rotation */
};

/* The secrets, in one block of protected memory. */
struct ledger_secrets {
    unsigned char ledger_key[VAULT_KEY_BYTES]; /* in the slots; opens the keys and nothing else */
    unsigned char next_key[VAULT_KEY_BYTES];   /* takes its place with the commit of a rotation */
    unsigned char event_keys[LEDGER_KEYS_MAX][VAULT_KEY_BYTES]; /* seal the events */
    unsigned char clearing_secret[VAULT_SECRET_BYTES];
    unsigned char originals_secret[VAULT_KEY_BYTES];
};

enum ledger_event {
    LEDGER_BORN,
    LEDGER_PERSON,
    LEDGER_CONSENT,
    LEDGER_RISK,
    LEDGER_STATEMENT,
    LEDGER_CLEARANCE,
    LEDGER_WITHDRAWAL,
    LEDGER_SEAL,
    LEDGER_OVERRIDE,
    LEDGER_OFFICER,
    LEDGER_PROBE,
    LEDGER_REVEAL,
    LEDGER_USE,
    LEDGER_ERASURE,
    LEDGER_ROTATION,
    LEDGER_FORMAT,
    LEDGER_EVENT_COUNT
};

struct event_born {
    unsigned char clearing_public[32];
    unsigned char clearing_secret[64];
    unsigned char originals_public[32];
    unsigned char originals_secret[32];
};
struct event_clearance {
    struct clearance_terms terms;
    struct ledger_cleared cleared;
};
struct ledger_officer { /* whose a key slot is */
    str name;
    str by;
    unsigned char slot[32]; /* hash of its bytes */
    int64_t removed;
    int64_t at;
};
struct ledger_probe { /* a text was asked about, or met a decoy: see probes.h */
    str about;
    unsigned char source[32];
    str officer; /* proven; else empty */
    str by;      /* what the asker typed */
    int64_t met; /* enum probe_met, together */
};
struct ledger_reveal { /* a real name was shown */
    str person;
    str officer;
    str reason;
};
struct event_erasure { /* what remains of a person */
    str person;
    str by;
    str reason;
    struct gate_name *items; /* in which the person was: they stay called back */
    size_t item_count;
    struct gate_name *at_risk; /* who is in danger through this person, and stays hidden */
    size_t at_risk_count;
};
struct event_rotation {
    str by;
    int64_t kept;    /* officers who were there */
    int64_t dropped; /* and whose slots went */
};
struct event_format { /* that the file was written anew in another format */
    int64_t from;
    int64_t events;
    unsigned char head[32]; /* of its chain before */
};
/* What a box holds: a packed event, or one that is sealed once more, under the keys of the people
 * it is about, all of them together. */
struct ledger_envelope {
    struct gate_name *owners; /* ids */
    size_t owner_count;
    str inner;
};
extern const struct wire_shape ledger_envelope_shape;

const struct wire_shape *ledger_event_shape(enum ledger_event kind);
const char *ledger_event_name(enum ledger_event kind);

/* Whose event it is: the ids borrow from the message. fails: ERR_NO_MEMORY. */
err ledger_owners(struct arena *a, enum ledger_event kind, const void *message,
                  struct ledger_envelope *ret_owners) MUST_USE;

/* Finds things by name: open lists of the names that share a bucket. */
enum { TABLE_BUCKETS = 1 << 14 };
struct ledger_table {
    struct ledger_named {
        str name;
        void *thing;
        struct ledger_named *next;
    } * buckets[TABLE_BUCKETS];
};

struct ledger_officer_list { /* newest first */
    const struct ledger_officer *about;
    struct ledger_officer_list *next;
};

struct ledger_notice { /* newest first; one of the two */
    const struct ledger_probe *probe;
    const struct ledger_reveal *reveal;
    int64_t event;
    int64_t at;
    struct ledger_notice *next;
};

/* The watch list, made when it is needed (watch.c). */
struct ledger_watch {
    struct arena arena;
    const struct matcher *matcher;
    const struct ledger_person **people; /* by their number */
    size_t term_count;
    int64_t person_count; /* of whom it was made */
};

/* What the events add up to. */
struct ledger_state {
    struct arena arena;
    unsigned char clearing_public[32];
    unsigned char originals_public[32];
    struct ledger_person *people;
    struct ledger_person **people_end;
    int64_t person_count;
    struct ledger_item *items;
    struct ledger_item **items_end;
    struct ledger_table items_by_key;
    struct ledger_table people_by_name; /* id and pseudonym */
    struct ledger_table clearances_by_hash;
    struct ledger_watch watch;
    struct ledger_officer_list *officers;
    struct ledger_notice *notices;
    int64_t last_person;            /* event that entered somebody last */
    const struct ledger_seal *seal; /* the newest, and its event */
    int64_t seal_event;
    int64_t last_event;
    unsigned char head[32]; /* hash of the last event */
};

struct ledger {
    const struct sys *sys;
    int folder; /* open as long as the ledger is; the caller's */
    sqlite3 *db;
    sqlite3_stmt *event_add;
    sqlite3_stmt *events_after;
    sqlite3_stmt *person_key_get;
    struct ledger_secrets *secrets;
    unsigned char opener[32];            /* hash of the slot that opened it */
    int64_t key_firsts[LEDGER_KEYS_MAX]; /* the event from which on a key seals */
    size_t key_count;
    size_t kept_key_count; /* of them on the disk; more while a rotation is not kept yet */
    bool slots_are_next;   /* a rotation was kept, and its slots lie in keys.next still */
    unsigned char next_hash[VAULT_HASH_BYTES]; /* of keys.next then */
    bool next_is_stale;                        /* or was not, and they are to be removed */
    bool is_rotating;                          /* this change is one */
    bool must_scrub;                           /* this change removes a key */
    struct ledger_state state;
};

/* ---- ledger.c ------------------------------------------------------------------------------- */

err ledger_run_sql(struct ledger *ledger, const char *sql, const char *what) MUST_USE;
err ledger_sql(const char *name, str *ret_sql) MUST_USE; /* a file of gate/sql */
err ledger_prepare_all(struct ledger *ledger) MUST_USE;  /* what is used often */
void ledger_forget(struct ledger *ledger); /* all that memory learned, and what was not kept */
/* A statement out of gate/sql, to be finalized by the caller. */
err ledger_prepare(struct ledger *ledger, const char *name, sqlite3_stmt **ret_statement) MUST_USE;
/* Steps a statement that gives no row, and resets it. */
err ledger_step_once(struct ledger *ledger, sqlite3_stmt *statement, const char *what) MUST_USE;
err ledger_database_err(const struct ledger *ledger, const char *what) MUST_USE;
void ledger_wipe(str bytes); /* of an arena: overwrites them */

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
struct event_row {
    int64_t id;
    int64_t at;
    str kind;
    str box;
    unsigned char hash[32];
};
/* `format`: 1 or 2. */
struct event_place ledger_place(int format, const unsigned char before[32],
                                const struct event_row *row);
void ledger_chain(const struct event_place *place, str box, unsigned char ret_hash[32]);

/* Notes which slots in keys.next are those of this change. fails: ERR_IO, ERR_NO_MEMORY ... */
err ledger_next_slots(struct ledger *ledger) MUST_USE;

/* ---- ledger_keys.c -------------------------------------------------------------------------- */

/* Opens all keys that events were sealed with. fails: ERR_DENIED (the ledger key is another one),
 * ERR_LIMIT, ERR_INVALID, ERR_IO, ERR_NO_MEMORY. */
err ledger_keys_load(struct ledger *ledger) MUST_USE;
/* Makes the first, or one more, for the events from `first` on, sealed under `key`.
 * fails: ERR_LIMIT ... */
err ledger_key_add(struct ledger *ledger, const unsigned char key[VAULT_KEY_BYTES],
                   int64_t first) MUST_USE;
/* Seals every key anew, under next_key. */
err ledger_keys_rewrap(struct ledger *ledger) MUST_USE;
/* fails: ERR_BUSY when another gate has changed the ledger key. */
err ledger_keys_check(struct ledger *ledger) MUST_USE;

/* A key of a person's own. Getting fails: ERR_NOT_FOUND (it was destroyed), ERR_DENIED ... */
err ledger_person_key_make(struct ledger *ledger, str person) MUST_USE;
err ledger_person_key_get(struct ledger *ledger, str person,
                          unsigned char ret_key[VAULT_KEY_BYTES]) MUST_USE;
/* Removes it from the database, which overwrites it; its traces go with the commit. */
err ledger_person_key_destroy(struct ledger *ledger, str person) MUST_USE;

/* The box of an event at its place, and back. *ret_is_readable is false where the key of somebody
 * it is about was destroyed: then there is no plain text, but its owners are known. */
err ledger_box_seal(struct ledger *ledger, struct arena *a, const struct event_place *place,
                    const struct ledger_envelope *event, str *ret_box) MUST_USE;
err ledger_box_open(struct ledger *ledger, const struct event_place *place, str box,
                    struct ledger_envelope *ret_event, bool *ret_is_readable) MUST_USE;

/* Overwrites what the journal of the coming commit holds: opens it before, ends it after. */
int ledger_journal_hold(const struct ledger *ledger);                        /* -1: there is none */
err ledger_journal_wipe(const struct ledger *ledger, int *journal) MUST_USE; /* fails: ERR_IO */
/* Builds the file anew out of what is in it, so that no free space of it holds what was.
 * fails: ERR_IO, ERR_BUSY ... */
err ledger_rebuild(struct ledger *ledger) MUST_USE;

/* ---- ledger_move.c -------------------------------------------------------------------------- */

/* Writes a ledger of format 1 anew, whole or not at all. fails: as ledger_open. */
err ledger_move(struct ledger *ledger) MUST_USE;

/* The bytes of all key slots, one or more of VAULT_SLOT_BYTES each. `name`: "keys", or "keys.next".
 * fails: ERR_NOT_FOUND, ERR_INVALID, ERR_IO, ERR_NO_MEMORY. */
err ledger_slots(struct arena *a, int folder, str name, str *ret_slots) MUST_USE;

void ledger_state_init(struct ledger_state *state, const struct sys *sys);
void ledger_state_done(struct ledger_state *state);

/* Takes one event in. The message of the kind's shape lives in the state's arena.
 * fails: ERR_INVALID (refers to nothing), ERR_NO_MEMORY. */
err ledger_state_take(struct ledger *ledger, enum ledger_event kind, int64_t id, int64_t at,
                      void *message) MUST_USE;

/* A person whose key is gone: what is known is the id. */
err ledger_state_take_stranger(struct ledger *ledger, str id) MUST_USE;
/* Every person without a key was erased. fails: ERR_INVALID, saying who was not. */
err ledger_state_check(const struct ledger_state *state) MUST_USE;

/* Packs, seals, chains and inserts one event, then takes it in. */
err ledger_append(struct ledger *ledger, enum ledger_event kind, const void *message) MUST_USE;
err ledger_append_at(struct ledger *ledger, enum ledger_event kind, int64_t at,
                     const void *message) MUST_USE;
