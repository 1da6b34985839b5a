/* ledger_impl.h: the two halves of the ledger, what lies on the disk (ledger.c) and what it adds up
 * to (ledger_state.c); between them the shapes of the events (ledger_shapes.c). */
#pragma once

#include <sqlite3.h>

#include "gate/ledger.h"
#include "gate/match.h"
#include "vault/vault.h"

/* The secrets, in one block of protected memory. */
struct ledger_secrets {
    unsigned char ledger_key[VAULT_KEY_BYTES];
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
    LEDGER_USE,
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
const struct wire_shape *ledger_event_shape(enum ledger_event kind);
const char *ledger_event_name(enum ledger_event kind);

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
    struct ledger_secrets *secrets;
    struct ledger_state state;
};

/* The bytes of all key slots, one or more of VAULT_SLOT_BYTES each.
 * fails: ERR_INVALID, ERR_IO, ERR_NO_MEMORY. */
err ledger_slots(struct arena *a, int folder, str *ret_slots) MUST_USE;

void ledger_state_init(struct ledger_state *state, const struct sys *sys);
void ledger_state_done(struct ledger_state *state);

/* Takes one event in. The message of the kind's shape lives in the state's arena.
 * fails: ERR_INVALID (refers to nothing), ERR_NO_MEMORY. */
err ledger_state_take(struct ledger *ledger, enum ledger_event kind, int64_t id, int64_t at,
                      void *message) MUST_USE;

/* Packs, seals, chains and inserts one event, then takes it in. */
err ledger_append(struct ledger *ledger, enum ledger_event kind, const void *message) MUST_USE;
