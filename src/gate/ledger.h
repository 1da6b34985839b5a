/* ledger.h: what the gate knows, and the only place where it is written down.
 *
 * The ledger is a list of EVENTS (a person was entered, a consent was given, a clearance was made),
 * append-only, each sealed and hashed together with the one before it. What is true now is the sum
 * of the events: it is built in memory when the ledger is opened and never stored. What is about a
 * person is sealed under a key of that person's own as well, which can be destroyed. The folder of
 * the ledger holds `ledger.db` and `keys`, the key slots; the gate's process has this one folder
 * and nothing else.
 *
 * Invariants: an event in memory was chained, opened and understood; an event counts from the
 * moment its insert is on the disk (synchronous=EXTRA), not before. Only this room can make a
 * clearance, with the clearing key that the first event holds. */
#pragma once

#include "wire/gate_calls.h"
#include "wire/rule_book.h"

struct ledger;

enum {
    LEDGER_RULES_VERSION = RULE_BOOK_VERSION, /* what clearances and seals are made by */
    LEDGER_SLOTS_MAX = 8,
    LEDGER_MONTH_SECONDS = 2629746, /* a twelfth of a Gregorian year */
};

/* Makes a new ledger in `folder` (open, empty of one) under a passphrase, with its clearing and
 * originals keys. fails: ERR_EXISTS, ERR_IO, ERR_NO_MEMORY. */
err ledger_make(const struct sys *sys, int folder, str passphrase, bool is_random) MUST_USE;

/* Opens it. The process must have `folder` as its current one, for SQLite opens files by name.
 * owns:  *ret_ledger, close with ledger_close, which wipes the keys.
 * fails: ERR_NOT_FOUND, ERR_DENIED (passphrase), ERR_INVALID (the chain is broken: says where),
 *        ERR_IO, ERR_NO_MEMORY. A ledger of an older format is written anew, in one step. */
err ledger_open(const struct sys *sys, int folder, str passphrase,
                struct ledger **ret_ledger) MUST_USE;
void ledger_close(struct ledger **ledger);

/* One change: takes the write lock and first reads what another gate has added since. All that the
 * calls below append until the commit is kept whole or not at all. fails: ERR_BUSY, ERR_IO ... */
err ledger_begin(struct ledger *ledger) MUST_USE;
err ledger_commit(struct ledger *ledger) MUST_USE;
/* Undoes; what memory learned is learned anew from the disk. fails as ledger_open. */
err ledger_rollback(struct ledger *ledger) MUST_USE;

void ledger_status(const struct ledger *ledger, struct gate_status *ret_status);
int64_t ledger_now(const struct ledger *ledger);

/* ---- Keys ----------------------------------------------------------------------------------- */

/* What the ledger speaks about: an item is GROUP/LANGUAGE, letters, digits and hyphens alone
 * ("12/en", "site/ko-KP"), a picture is "m" and its number ("m7"), a group all its languages ("12/"
 * and "*"). LEDGER_KEY_NONE is anything else: a slip of the hand must not look like an answer. */
enum ledger_key { LEDGER_KEY_NONE, LEDGER_KEY_ITEM, LEDGER_KEY_PICTURE, LEDGER_KEY_GROUP };
enum ledger_key ledger_key_kind(str key);

/* ---- Appending; each inside begin and commit ------------------------------------------------ */

/* `names`: real names, one a line as in watch.h, or empty. *ret_id borrows from the ledger.
 * The links of a person lead to people entered before.
 * fails: ERR_INVALID (says which member), ERR_EXISTS (the pseudonym). */
err ledger_add_person(struct ledger *ledger, const struct gate_person *person, str names,
                      str *ret_id) MUST_USE;
err ledger_add_consent(struct ledger *ledger, const struct gate_consent *consent,
                       str *ret_id) MUST_USE; /* fails: ERR_INVALID, ERR_NOT_FOUND (person) */
err ledger_add_risk(struct ledger *ledger,
                    const struct gate_risk *risk) MUST_USE; /* fails: ERR_INVALID, ERR_NOT_FOUND */
err ledger_add_statement(struct ledger *ledger, const struct gate_statement *statement)
    MUST_USE; /* fails: ERR_INVALID, ERR_NOT_FOUND (a subject without a record) */

/* That somebody answers for what a rule found. It is bound to the source: another text needs
 * another answer. `people`: those of the findings, so that nobody else is let through by it. */
struct ledger_override {
    str key;
    unsigned char source[32];
    str rule;
    str reason;
    str by;
    str second;
    struct gate_name *people; /* ids */
    size_t count;
};
err ledger_add_override(struct ledger *ledger, const struct ledger_override *override) MUST_USE;

err ledger_add_withdrawal(struct ledger *ledger, const struct gate_withdraw *withdrawal)
    MUST_USE; /* fails: ERR_INVALID, ERR_NOT_FOUND */

/* Destroys what is known of a person, and enters that it was done. What remains: the id, the items
 * and pictures the person was stated to be in, which stay called back for ever; who is in danger
 * through the person. The key is gone from the file with the commit. A person who was erased
 * before: nothing is entered, and the file is built anew once more. *ret_erased lives in `a`.
 * fails: ERR_INVALID (by, reason; a reason that names somebody protected), ERR_NOT_FOUND. */
err ledger_erase_person(struct ledger *ledger, struct arena *a, const struct gate_erase *wish,
                        struct gate_erased *ret_erased) MUST_USE;

/* What a clearance was given for, so that it can be judged again at any later moment. */
struct ledger_cleared {
    str key;
    str road;
    str language;
    str by;
    struct gate_name *media; /* "m7", the keys of its pictures */
    size_t media_count;
    struct source_file *files; /* the files of its pictures */
    size_t file_count;
};
/* Signs the terms and records them. *ret_bytes is the clearance, in `a`. */
err ledger_add_clearance(struct ledger *ledger, struct arena *a,
                         const struct clearance_terms *terms, const struct ledger_cleared *cleared,
                         str *ret_bytes) MUST_USE;

/* Signs a finished pressing and records that it was sealed. */
struct ledger_seal {
    unsigned char index[32];
    int64_t blobs;
    str by;
};
err ledger_add_seal(struct ledger *ledger, const struct ledger_seal *seal,
                    const unsigned char *message, size_t message_size,
                    unsigned char ret_signature[64]) MUST_USE;

/* What a sealing let out that was not out before, and what came back by it. */
struct ledger_use {
    unsigned char index[32]; /* hash of the pressing's index */
    str road;
    int64_t rules; /* by which it was sealed */
    struct gate_hash *out;
    size_t out_count;
    struct gate_hash *back;
    size_t back_count;
};
enum { LEDGER_USES_MAX = 10000 }; /* in one event; a sealing may need several */

/* Enters the difference between what was out and what is now: `now` holds the clearances that the
 * pressing contains, NULL among them. fails: ERR_NO_MEMORY ... */
struct ledger_outing {
    const unsigned char *index; /* 32 bytes */
    str road;
    const struct ledger_clearance *const *now;
    size_t count;
};
err ledger_add_uses(struct ledger *ledger, const struct ledger_outing *outing) MUST_USE;

/* ---- Asking --------------------------------------------------------------------------------- */

struct ledger_person {
    struct gate_person about;
    str names;                       /* real ones, one a line; for the watch list alone */
    struct ledger_consent *consents; /* newest first */
    const struct gate_risk *risk;    /* the newest, or NULL */
    bool is_at_risk;                 /* a captive, or linked to one from either side */
    bool is_stranger;                /* the key is gone: nothing is known but the id */
    int64_t erased;                  /* when, or 0: then the status is "erased", and nothing else */
    struct ledger_person *next;
};
struct ledger_consent {
    struct gate_consent about; /* `withdrawn` is set by the withdrawal */
    struct ledger_consent *next;
};
/* What is known of one key ("12/en", "site/ko", "m7"). */
struct ledger_item {
    str key;
    const struct gate_statement *statement; /* the newest, or NULL */
    int64_t statement_event;
    struct ledger_stated *stated;       /* all there were, newest first */
    int64_t withdrawn;                  /* when, or 0 */
    struct ledger_clearance *clearance; /* newest first, all roads */
    struct ledger_answer *answers;      /* newest first */
    struct ledger_item *next;           /* in order of first mention */
};
struct ledger_stated {
    const struct gate_statement *about;
    int64_t event;
    struct ledger_stated *next;
};
struct ledger_answer {
    const struct ledger_override *about;
    struct ledger_answer *next;
};
struct ledger_clearance {
    struct clearance_terms terms;
    struct ledger_cleared cleared;
    unsigned char hash[CLEARANCE_HASH_BYTES]; /* what a pressing knows it by */
    int64_t event;
    struct ledger_used *uses; /* newest first */
    struct ledger_clearance *next;
};
struct ledger_used {
    const struct ledger_use *about;
    int64_t out;
    int64_t back; /* 0: it is out still */
    struct ledger_used *next;
};

const struct ledger_person *ledger_people(const struct ledger *ledger);
/* By id or pseudonym; NULL when there is none. */
const struct ledger_person *ledger_person(const struct ledger *ledger, str name);
const struct ledger_item *ledger_items(const struct ledger *ledger);
const struct ledger_item *ledger_item(const struct ledger *ledger, str key); /* NULL: unknown */
/* Whether the pressing with this index is the one that was sealed last, and nobody was entered
 * since: then its texts were read for every name there is. */
bool ledger_sealed_for_all(const struct ledger *ledger, const unsigned char index[32]);
/* True when the key itself, or "GROUP/" + "*" for its group, was called back. */
bool ledger_is_withdrawn(const struct ledger *ledger, str key);
