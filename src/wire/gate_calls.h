/* gate_calls.h: everything that can be asked of the gate, and how.
 *
 * The gate is a process of its own that nobody shares a file with. It is asked over a socket, in
 * the calls below and no others; each is a request and a reply with a shape (wire.h), and one const
 * table (gate_call_of) serves both sides. A refusal by a rule is not an error: it comes back as
 * FINDINGS, each with its rule, the place and the way out. An error is an `err` of the gate,
 * carried over as it was made. */
#pragma once

#include "wire/clearance.h"

/* How sure a finding is of its ground: it stops, or somebody must answer. */
enum gate_severity {
    GATE_BLOCKS,
    GATE_WARNS,    /* stops a clearance too, until somebody answers */
    GATE_ANSWERED, /* somebody did: stops nothing */
};

struct gate_finding {
    str rule;         /* "R01" */
    int64_t severity; /* enum gate_severity */
    str place;        /* "cover", "body", "/media/1f.jpg", "picture 7" */
    str text;         /* what is wrong; names no protected person */
    str way_out;      /* what to do about it */
    int64_t line; /* of a text, from 1, and the character in it, from 1; 0: no place in a text */
    int64_t column;
    str before;  /* what stands there, with a little on both sides */
    str passage; /* what was found */
    str after;
    str person; /* id of whom it is about, or empty */
};

/* ---- State ---------------------------------------------------------------------------------- */

struct gate_nothing {
    int64_t zero;
};
struct gate_status {
    unsigned char clearing_key[32];  /* Ed25519, public */
    unsigned char originals_key[32]; /* X25519, public: what originals are sealed to */
    int64_t people;
    int64_t events;
    int64_t rules;
    int64_t until;  /* when it locks by itself; 0: with the command that started it */
    str officer;    /* whose passphrase opened it; of a slot without a name its digits */
    int64_t memory; /* enum gate_memory */
    int64_t process;
};
enum gate_memory { /* what of the gate's memory can not be written to a swap disk */
                   GATE_MEMORY_NONE,
                   GATE_MEMORY_KEYS, /* the keys; the limit of locked memory leaves out the names */
                   GATE_MEMORY_ALL,
};

/* ---- People, consents, risks ---------------------------------------------------------------- */

/* What of a person a use shows. Not agreed means hidden. */
enum gate_part_of_person {
    GATE_NAME = 1 << 0,
    GATE_ALIAS = 1 << 1,
    GATE_FACE = 1 << 2,
    GATE_VOICE = 1 << 3,
    GATE_PLACE = 1 << 4,
    GATE_AGE = 1 << 5,
    GATE_UNIT = 1 << 6,
    GATE_FAMILY = 1 << 7,
    GATE_ALL_PARTS = (1 << 8) - 1,
};

struct gate_name { /* one text in a list */
    str text;
};

struct gate_person {
    str id;                  /* "p" and eight random hex digits; given by the gate */
    str pseudonym;           /* as shown to readers */
    str role;                /* speaker, relative, helper, interpreter, bystander */
    str status;              /* free, detained, pow, deceased, child, unknown */
    struct gate_name *links; /* ids of people put at risk together with this one */
    size_t link_count;
    str by;
    int64_t at;
};
/* Adding may carry one open file, from which the gate reads (on a terminal: asks for) the real
 * names, one a line. They are sealed in the ledger; GATE_REVEAL alone shows them. */
struct gate_person_record { /* as the ledger keeps it; no call carries one */
    struct gate_person person;
    str names;
};
extern const struct wire_shape gate_person_record_shape;
struct gate_people {
    struct gate_person *people;
    size_t count;
};
struct gate_id {
    str id;
};

/* One use that was agreed to. Empty material, road or language agrees to none: "*" means any. */
struct gate_scope {
    str material; /* "12/en", "12/" + "*" for every language of a group, "m7" for a picture, "*" */
    str road;     /* "web", ... */
    str language;
    int64_t shows; /* enum gate_part_of_person, together; the rest stays hidden */
};
struct gate_consent {
    str id; /* given by the gate */
    str person;
    str given_by; /* self, guardian, next of kin */
    str language_used;
    str interpreter; /* pseudonym or empty */
    str informed;    /* in words: what was explained, read back, time to think, without pressure */
    str form;        /* version of the questions */
    struct gate_scope *scopes;
    size_t scope_count;
    int64_t from;
    int64_t until;   /* required; 24 months when not said */
    int64_t embargo; /* not before; 0 none */
    str evidence;    /* where the proof lies: a sealed reference, never a scan */
    str taken_by;
    str witness;
    int64_t withdrawn; /* when; set by the gate */
    int64_t at;
};
struct gate_consents {
    struct gate_consent *consents;
    size_t count;
};
struct gate_risk {
    str person;
    int64_t date;
    str author;
    str remaining; /* in words */
    str second;    /* the second person who read it */
};

/* ---- Officers -------------------------------------------------------------------------------- */

/* Who can open the ledger. A slot whose name is empty is one that nobody recorded: the one that the
 * ledger was made with, or one to be removed. */
struct gate_officer {
    str slot; /* eight digits that tell it from the others */
    str name;
    str by; /* who added or changed it */
    int64_t at;
};
struct gate_officers {
    struct gate_officer *officers;
    size_t count;
};
enum gate_officer_action {
    GATE_OFFICER_ADD,
    GATE_OFFICER_REMOVE,
    GATE_OFFICER_CHANGE, /* of the passphrase */
};
/* Adding and changing carry an open file, from which the gate reads (on a terminal: asks for) the
 * new passphrase. */
struct gate_officer_wish {
    int64_t action; /* enum gate_officer_action */
    str name;       /* or the digits of a slot, unless it is added */
    str by;
};

/* Proves to a gate who asks: carries the file of an officer's passphrase. From then on this
 * connection is the officer's. Without a file: that it is this officer's already. */
struct gate_proof {
    str officer; /* name or digits of a slot; empty: whoever the passphrase belongs to */
};

/* What an officer alone is told: who asked about whom. Newest first. */
enum gate_notice_kind {
    GATE_NOTICE_STOPPED, /* somebody unproven asked about a text, and a name stopped it */
    GATE_NOTICE_DECOY,   /* a text met a decoy */
    GATE_NOTICE_REVEAL,  /* a real name was shown */
};
struct gate_notice {
    int64_t kind;
    int64_t at;
    str about; /* key of the item, "a pressing", or the pseudonym */
    str who;   /* the officer, proven; else what the asker typed, or empty */
    str reason;
};
struct gate_watch {
    int64_t asked; /* texts that the unproven asked about, lately */
    int64_t stopped;
    int64_t max; /* that many are answered */
    int64_t seconds;
    struct gate_notice *notices;
    size_t count;
};

/* The real names of a person, shown to an officer: carries a file that the gate writes to, which is
 * none on a disk, and to a gate that stays that of the passphrase, which it asks for each time. */
struct gate_reveal {
    str person;
    str officer; /* as in gate_proof */
    str reason;
};

/* Another ledger key. Carries an open file for each officer who is there, with the passphrase of
 * that officer's own slot; the others lose theirs and are added again. */
struct gate_rotate {
    str by;
};
struct gate_rotated {
    int64_t kept;
    struct gate_officer *dropped;
    size_t dropped_count;
};

/* ---- Who appears ---------------------------------------------------------------------------- */

enum gate_part {
    GATE_SUBJECT,   /* needs a record, consent and a risk assessment */
    GATE_PUBLIC,    /* public figure or official in that role: needs a reason */
    GATE_STAFF,     /* staff or author, standing consent */
    GATE_MENTIONED, /* mentioned, not identifiable: needs a written answer */
    GATE_PART_COUNT
};
struct gate_appearance {
    str person;    /* of a subject: id or pseudonym of a record; otherwise the name as written */
    int64_t part;  /* enum gate_part */
    str reason;    /* of a public figure; the written answer of a mentioned person */
    int64_t shows; /* of a subject: what the item shows of the person */
};
/* A signed statement about an item or a picture. No people at all says: "no private person
 * appears". It is bound to the source it was made about: after an edit it must be made again. A
 * picture ("m7") does not change, so neither does its statement. */
struct gate_statement {
    str key;                  /* "12/en", "site/en", "m7" */
    unsigned char source[32]; /* of a picture: zeros */
    struct gate_appearance *people;
    size_t count;
    str by;
};

/* ---- Clearing, adopting, calling back ------------------------------------------------------- */

struct gate_examine {
    struct source source;
    str road;
    str by; /* who asks for the clearance; empty when only checking */
};
struct gate_answer {
    struct gate_finding *findings;
    size_t count;
    int64_t passes; /* 1 when nothing stops it */
    str clearance;  /* its bytes; empty when something stops it, and for a check */
    int64_t until;
};

/* Somebody answers for what a rule found in exactly this source. */
struct gate_override {
    struct source source;
    str road;
    str rule;   /* "R06" */
    str reason; /* in words */
    str by;
    str second; /* another person, where the rule asks for two */
};

struct gate_withdraw {
    str key;    /* "12/en", "12/" + "*", "m7"; or */
    str person; /* everything that rests on this person's consent */
    str by;
    str how; /* how the wish reached us; may be empty: no reason is needed */
};
struct gate_keys { /* the items whose clearances ended by it, on any road */
    struct gate_name *keys;
    size_t count;
};

/* Of a person who is withdrawn everywhere already: all that is known of the person is destroyed. */
struct gate_erase {
    str person;
    str by;
    str reason; /* it stays: without a name in it */
};
struct gate_erased {
    str person;              /* the id */
    struct gate_name *items; /* that stay called back */
    size_t item_count;
    int64_t names; /* lines that the watch list has lost: texts are not read for them any more */
};

/* ---- What of it is left ---------------------------------------------------------------------- */

/* Looks for bytes in a folder of finished pages. Carries open files, read from where they stand:
 * with has_index (1) the first is an index and `packs` of them follow it; their forms are opened
 * and what those open to is looked through as well. The others are looked through as they lie. */
struct gate_bytes {
    str bytes;
};
struct gate_seek {
    struct gate_bytes *needles; /* each of GATE_NEEDLE_MIN bytes or more */
    size_t count;
    int64_t has_index;
    int64_t packs;
};
enum { GATE_NEEDLE_MIN = 8, GATE_NEEDLES_MAX = 4096 };
struct gate_place {
    int64_t needle; /* by its number */
    int64_t file;   /* by its number */
    str path;       /* of the page, where it is one; or empty */
};
struct gate_sought {
    struct gate_place *found; /* each needle once a file and once a page, and not without end */
    size_t count;
    int64_t bytes;        /* of the files */
    int64_t forms;        /* compressed ones that were opened */
    int64_t opened_bytes; /* which they opened to */
};

/* One use: that a sealing let exactly this content out. */
struct gate_use {
    str key;
    unsigned char source[32]; /* hash of its content */
    str road;
    str language;
    int64_t given; /* when it was cleared, by whom, by which rules */
    str by;
    int64_t cleared_rules;
    int64_t adopted;
    int64_t out; /* when it was sealed, by which rules, in which pressing */
    int64_t sealed_rules;
    unsigned char pressing[32]; /* hash of its index */
    int64_t back;               /* when a sealing left it out again; 0: it is out still */
};
struct gate_uses {
    struct gate_use *uses; /* in order of clearing */
    size_t count;
};
struct gate_uses_of {
    str key;    /* as gate_withdraw; both empty: all there are */
    str person; /* every use of what the person was stated to appear in when it was cleared */
};

struct gate_clearance_line {
    str key;
    str road;
    str by;
    int64_t given;
    int64_t until;
    int64_t adopted;
    int64_t stands; /* 1 while nothing ended it */
    str ended;      /* why not */
};
struct gate_clearance_list {
    struct gate_clearance_line *lines;
    size_t count;
};

/* A PDF that somebody brought, as the house had it read: what it says besides what it shows. Comes
 * with the rebuilt file, whose words are those that are seen. */
struct gate_paper_text {
    str place; /* "page 3, a bookmark's title" */
    str text;  /* empty: a thing that says nothing in letters */
};
struct gate_paper {
    struct gate_paper_text *hidden;
    size_t count;
};
struct gate_paper_answer {
    struct gate_finding *findings; /* R12 for what is hidden; R05, R06, R24 for either */
    size_t count;
    int64_t pages;      /* of the rebuilt file; 0: it is none of ours */
    int64_t may_leave;  /* 1: nothing that blocks is in the rebuilt file */
    int64_t names_read; /* 1: a ledger was at hand, and names were looked for */
};

/* Sealing a finished pressing; carries open files: the index; with has_live (1) the index of the
 * pressing that readers have now; then the packs in the order of the first. */
struct gate_seal_request {
    str by;
    int64_t has_live;
};
struct gate_hash {
    unsigned char hash[32]; /* clearance_hash */
};
struct gate_seal_reply {
    struct gate_finding *findings; /* any that blocks: no seal */
    size_t count;
    int64_t sealed; /* 1 with a seal */
    int64_t sealed_at;
    int64_t rules;
    unsigned char signature[64];
    int64_t blobs;           /* how many finished bodies were read */
    struct gate_hash *ended; /* clearances in it that stand no more, or never did */
    size_t ended_count;
};

/* ---- The calls ------------------------------------------------------------------------------ */

enum gate_call {
    GATE_STATUS,       /* gate_nothing -> gate_status */
    GATE_PERSON_ADD,   /* gate_person -> gate_id; may carry a file */
    GATE_PERSON_LIST,  /* gate_nothing -> gate_people */
    GATE_CONSENT_ADD,  /* gate_consent -> gate_id */
    GATE_CONSENT_LIST, /* gate_id (a person, or empty for all) -> gate_consents */
    GATE_RISK_ADD,     /* gate_risk -> gate_nothing */
    GATE_APPEARS,      /* gate_statement -> gate_keys: clearances that ended by it */
    GATE_STATEMENT,    /* gate_id (a key) -> gate_statement; ERR_NOT_FOUND */
    GATE_CHECK,        /* gate_examine -> gate_answer without a clearance */
    GATE_CLEAR,        /* gate_examine -> gate_answer */
    GATE_ADOPT,        /* gate_examine -> gate_answer */
    GATE_WITHDRAW,     /* gate_withdraw -> gate_keys */
    GATE_OVERRIDE,     /* gate_override -> gate_answer: how it stands then */
    GATE_OFFICER_LIST, /* gate_nothing -> gate_officers */
    GATE_OFFICER,      /* gate_officer_wish -> gate_officers; may carry a file */
    GATE_LIST,         /* gate_nothing -> gate_clearance_list */
    GATE_SEAL,         /* gate_seal_request with files -> gate_seal_reply */
    GATE_PROVE,        /* gate_proof with a file -> gate_id: the officer's name */
    GATE_LOCK,         /* gate_nothing -> gate_nothing, and the gate ends */
    GATE_WATCH,        /* gate_nothing -> gate_watch */
    GATE_REVEAL,       /* gate_reveal with files -> gate_id: the pseudonym */
    GATE_PAPER,        /* gate_paper with the rebuilt file -> gate_paper_answer */
    GATE_DRILL,        /* gate_withdraw -> gate_keys: what it would end; nothing is kept */
    GATE_ROTATE,       /* gate_rotate with files -> gate_rotated */
    GATE_ERASE,        /* gate_erase -> gate_erased */
    GATE_USES,         /* gate_uses_of -> gate_uses */
    GATE_SEEK,         /* gate_seek with files -> gate_sought */
    GATE_CALL_COUNT
};
struct gate_call_row {
    const char *name;
    const struct wire_shape *request;
    const struct wire_shape *reply;
    bool is_for_officers; /* a gate that stays asks for a proof before it */
};
const struct gate_call_row *gate_call_of(enum gate_call call);

/* An err on its way back. */
enum { GATE_REPLY_OK = 1 << 16, GATE_REPLY_ERROR = 1 << 17 }; /* message types of replies */
struct gate_error {
    int64_t kind;
    str message;
};
extern const struct wire_shape gate_error_shape;

/* Asks: packs `request`, sends it with `files`, waits (LIMIT_GATE_CALL_SECONDS), unpacks into
 * `ret_reply`, whose texts live in `a`. fails: as the gate answered; as wire_receive, and then the
 * socket is of no further use; ERR_LIMIT when the request is longer than its shape. */
struct gate_request {
    enum gate_call call;
    const void *body;
    const int *files;
    size_t file_count;
};
err gate_ask(struct arena *a, int socket, const struct gate_request *request,
             void *ret_reply) MUST_USE;
