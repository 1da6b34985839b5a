/* clearance.c: see clearance.h. */
#include "wire/clearance.h"

#include <string.h>

#include "vault/vault.h"

struct clearance {
    struct clearance_terms terms;
    str bytes;
};

static const struct wire_member clearance_members[] = {
    WIRE_M_FIXED(struct clearance_terms, id),
    WIRE_M_TEXT(struct clearance_terms, key, LIMIT_NAME_BYTES),
    WIRE_M_TEXT(struct clearance_terms, road, CLEARANCE_ROAD_BYTES),
    WIRE_M_TEXT(struct clearance_terms, language, LIMIT_LANGUAGE_BYTES),
    WIRE_M_FIXED(struct clearance_terms, source),
    WIRE_M_NUMBER(struct clearance_terms, given),
    WIRE_M_NUMBER(struct clearance_terms, until),
    WIRE_M_NUMBER(struct clearance_terms, adopted),
    WIRE_M_NUMBER(struct clearance_terms, rules),
};
const struct wire_shape clearance_shape = WIRE_SHAPE(struct clearance_terms, clearance_members);

enum { CLEARANCE_MESSAGE_MAX = 4096 };

err clearance_message(struct arena *a, const struct clearance_terms *terms, str *ret_message) {
    struct buf message;
    buf_init(&message, a, CLEARANCE_MESSAGE_MAX);
    buf_add(&message, STR("hanji clearance 1"));
    wire_pack(&message, &clearance_shape, terms);
    return buf_finish(&message, ret_message);
}

err clearance_read(struct arena *a, const unsigned char clearing_key[32], str bytes,
                   const struct clearance **ret_clearance) {
    str copy;
    str message;
    unsigned char signature[CLEARANCE_SIGNATURE_BYTES];
    if (bytes.len <= CLEARANCE_SIGNATURE_BYTES || bytes.len > CLEARANCE_MESSAGE_MAX) {
        FAIL(ERR_INVALID, "these %zu bytes are not a clearance", bytes.len);
    }
    struct clearance *clearance = arena_alloc(a, sizeof *clearance);
    if (clearance == NULL) FAIL(ERR_NO_MEMORY, "no memory for a clearance");
    TRY(arena_copy(a, bytes, &copy));
    size_t end = copy.len - CLEARANCE_SIGNATURE_BYTES;
    err e = wire_unpack(a, &clearance_shape, str_slice(copy, 0, end), &clearance->terms);
    if (e.kind == ERR_LIMIT) e.kind = ERR_INVALID; /* too long for a clearance: not one */
    TRY(e);
    TRY(clearance_message(a, &clearance->terms, &message));
    memcpy(signature, copy.ptr + end, sizeof signature);
    if (!vault_verify(clearing_key, message, signature)) {
        FAIL(ERR_DENIED, "the clearance of " STR_FMT " is not signed by this site's gate",
             STR_ARG(clearance->terms.key));
    }
    clearance->bytes = copy;
    *ret_clearance = clearance;
    return OK;
}

err clearance_covers(const struct clearance *clearance, const struct clearance_use *use) {
    const struct clearance_terms *terms = &clearance->terms;
    if (!str_eq(terms->key, use->key)) {
        FAIL(ERR_DENIED, "the clearance is for " STR_FMT ", not for " STR_FMT, STR_ARG(terms->key),
             STR_ARG(use->key));
    }
    if (!str_eq(terms->road, use->road)) {
        FAIL(ERR_DENIED, STR_FMT " is cleared for the road " STR_FMT ", not for " STR_FMT,
             STR_ARG(use->key), STR_ARG(terms->road), STR_ARG(use->road));
    }
    if (memcmp(terms->source, use->source, sizeof terms->source) != 0) {
        FAIL(ERR_DENIED, STR_FMT " was changed since it was cleared; clear it again",
             STR_ARG(use->key));
    }
    if (use->now < terms->given || use->now >= terms->until) {
        FAIL(ERR_DENIED, "the clearance of " STR_FMT " has ended; clear it again",
             STR_ARG(use->key));
    }
    return OK;
}

const struct clearance_terms *clearance_terms(const struct clearance *clearance) {
    return &clearance->terms;
}

void clearance_hash(const struct clearance *clearance,
                    unsigned char ret_hash[CLEARANCE_HASH_BYTES]) {
    str bytes = clearance->bytes;
    vault_hash(str_slice(bytes, 0, bytes.len - CLEARANCE_SIGNATURE_BYTES), ret_hash);
}

err clearance_terms_hash(struct arena *a, const struct clearance_terms *terms,
                         unsigned char ret_hash[CLEARANCE_HASH_BYTES]) {
    struct arena_mark mark = arena_mark(a);
    struct buf packed;
    str bytes;
    buf_init(&packed, a, CLEARANCE_MESSAGE_MAX);
    wire_pack(&packed, &clearance_shape, terms);
    err e = buf_finish(&packed, &bytes);
    if (e.kind == ERR_NONE) vault_hash(bytes, ret_hash);
    arena_reset(a, mark);
    return e;
}
