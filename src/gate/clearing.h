/* clearing.h: giving clearances, and asking whether one still stands. */
#pragma once

#include "gate/rules.h"

/* Examines an item for a road. With `gives` false nothing is recorded; otherwise, when nothing
 * blocks, a clearance is made and recorded (inside ledger_begin and commit). An adoption demands
 * that the item was public elsewhere and the road is web.
 * *ret_answer lives in `a`. fails: ERR_INVALID (not an item, not in its language, nobody asks),
 * ERR_IO, ERR_LIMIT, ERR_NO_MEMORY. */
struct clearing_wish {
    const struct gate_examine *examine;
    bool adopts;
    bool gives;
    bool is_veiled; /* who asks is not proven: names are findings without words (probes.h) */
    struct clearing_met *ret_met; /* or NULL */
};
struct clearing_met { /* what an answer does not say */
    bool name;        /* one that nobody has answered for */
    bool decoy;
};
err clearing_examine(struct ledger *ledger, struct arena *a, const struct clearing_wish *wish,
                     struct gate_answer *ret_answer) MUST_USE;

/* Records that somebody answers for what a rule found in this source, and examines it again. The
 * rule must have found something and must allow it: one person for a warning, two for a name.
 * fails: ERR_DENIED (nobody may answer for this rule; a second person is missing), ERR_NOT_FOUND
 * (no such rule, or it found nothing here), and as clearing_examine. */
err clearing_override(struct ledger *ledger, struct arena *a, const struct gate_override *override,
                      struct gate_answer *ret_answer) MUST_USE;

/* Whether the clearance, as recorded, stands now: it is the newest for its item and road, has not
 * ended, nothing it rests on was withdrawn, ended or stated anew. *ret_reason is empty when it
 * stands. fails: ERR_NO_MEMORY, ERR_LIMIT. */
err clearing_stands(const struct ledger *ledger, struct arena *a,
                    const struct ledger_clearance *clearance, str *ret_reason) MUST_USE;

/* Every clearance this gate has given, in order of its hash, which is all that a pressing says of
 * one. fails: ERR_NO_MEMORY. clearing_index_find gives NULL when it is not one of ours. */
struct clearing_index {
    const struct ledger_clearance **list;
    size_t count;
};
err clearing_index_make(const struct ledger *ledger, struct arena *a,
                        struct clearing_index *ret_index) MUST_USE;
const struct ledger_clearance *clearing_index_find(const struct clearing_index *index,
                                                   const unsigned char hash[CLEARANCE_HASH_BYTES]);

/* The newest clearances that stand: for knowing afterwards which of them a change ended. With a
 * `key` only those of that item or with that picture, which is all that a statement about it can
 * end. */
struct clearing_snapshot {
    const struct ledger_clearance **list;
    size_t count;
};
err clearing_snapshot(const struct ledger *ledger, struct arena *a, str key,
                      struct clearing_snapshot *ret_snapshot) MUST_USE;
err clearing_ended_since(const struct ledger *ledger, struct arena *a,
                         const struct clearing_snapshot *before,
                         struct gate_keys *ret_keys) MUST_USE;
