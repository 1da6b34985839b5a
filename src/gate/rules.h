/* rules.h: what may not leave, and why.
 *
 * The rules are the rows of the rule book (wire/rule_book.h). Judging an item collects FINDINGS;
 * nothing here decides to let anything pass that a rule has found. The same judgement is made when
 * something is cleared, when it is asked whether a clearance still stands, and when a finished
 * pressing is sealed: so a consent that ended ends all three. */
#pragma once

#include "gate/ledger.h"
#include "wire/rule_book.h"

/* Findings, collected in an arena. */
struct findings {
    struct arena *arena;
    struct gate_finding *list;
    size_t count;
    size_t room;
    bool blocks; /* one of them does */
    bool warns;
    bool names;  /* one is about a person, and nobody has answered for it */
    bool decoys; /* a certain one is of a decoy (watch.h), answered for or not */
};
void findings_init(struct findings *findings, struct arena *a);
/* Adds a finding that blocks. The words live as long as the arena; place and text name no person.
 * fails: ERR_NO_MEMORY, ERR_LIMIT. */
err findings_add(struct findings *findings, enum rule rule, str place, str text,
                 str way_out) MUST_USE;
/* Adds one that is made up already, but for its rule. */
err findings_put(struct findings *findings, enum rule rule, struct gate_finding finding) MUST_USE;

/* A use of an item, as far as people are concerned. */
struct rule_use {
    str key;
    str road;
    str language;
    const struct gate_name *media; /* keys of the pictures in it */
    size_t media_count;
    const unsigned char *source; /* 32 bytes: its hash */
    bool is_adopted;             /* what nobody has stated yet is a debt, not a block */
    int64_t now;
};
/* Judges a use by R00 to R04. *ret_until is the earliest end of what it rests on.
 * fails: ERR_NO_MEMORY, ERR_LIMIT. */
err rules_judge(const struct ledger *ledger, const struct rule_use *use, struct findings *findings,
                int64_t *ret_until) MUST_USE;
