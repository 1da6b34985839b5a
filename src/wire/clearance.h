/* clearance.h: the gate's permission, as everyone but the gate sees it.
 *
 * A clearance says: this item, with exactly this source, may take this road until then. Only the
 * gate's process can make one, for it alone holds the clearing key. Here one can be read, which
 * verifies its signature, asked, and carried on. `struct clearance` is incomplete outside
 * clearance.c and clearance_read is its only source: who holds a pointer to one holds a verified
 * one, and a function that takes one as an argument cannot be called without the gate's word.
 *
 * That it verifies does not say that it still stands: the gate may have revoked it since. The road
 * asks that at the moment of leaving (gate_calls.h, GATE_SEAL). */
#pragma once

#include "wire/source.h"

enum { CLEARANCE_ROAD_BYTES = 16, CLEARANCE_SIGNATURE_BYTES = 64 };

/* What a clearance says, before it is signed. The packed form, with the fixed words
 * "hanji clearance 1" before it, is what is signed; the bytes of a clearance are the packed form
 * and the 64 bytes of the signature (Ed25519). */
struct clearance_terms {
    unsigned char id[16]; /* random */
    str key;
    str road; /* "web" */
    str language;
    unsigned char source[32]; /* hash of the source it is bound to */
    int64_t given;            /* when */
    int64_t until;            /* the earliest end of what it rests on */
    int64_t adopted;          /* 1: adopted as already public, not examined in full */
    int64_t rules;            /* version of the rule set */
};
extern const struct wire_shape clearance_shape;

struct clearance;

/* The message that is signed. fails: ERR_LIMIT, ERR_NO_MEMORY. */
err clearance_message(struct arena *a, const struct clearance_terms *terms,
                      str *ret_message) MUST_USE;

/* Reads and verifies. owns: *ret_clearance lives in `a` and borrows nothing.
 * fails: ERR_INVALID (not a clearance), ERR_DENIED (not the gate's), ERR_NO_MEMORY. */
err clearance_read(struct arena *a, const unsigned char clearing_key[32], str bytes,
                   const struct clearance **ret_clearance) MUST_USE;

/* Whether it covers this use now. fails: ERR_DENIED, saying which part does not fit. */
struct clearance_use {
    str key;
    str road;
    const unsigned char *source; /* 32 bytes */
    int64_t now;
};
err clearance_covers(const struct clearance *clearance, const struct clearance_use *use) MUST_USE;

const struct clearance_terms *clearance_terms(const struct clearance *clearance);

/* What a pressing knows a clearance by: BLAKE2b-256 of its packed terms, which hold an id made of
 * chance. Who has the terms can make it; nothing can be read out of it.
 * clearance_terms_hash fails: ERR_LIMIT, ERR_NO_MEMORY; it leaves nothing in `a`. */
enum { CLEARANCE_HASH_BYTES = 32 };
void clearance_hash(const struct clearance *clearance,
                    unsigned char ret_hash[CLEARANCE_HASH_BYTES]);
err clearance_terms_hash(struct arena *a, const struct clearance_terms *terms,
                         unsigned char ret_hash[CLEARANCE_HASH_BYTES]) MUST_USE;
