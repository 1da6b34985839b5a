/* rules.h: what may not leave, and why.
 *
 * Each rule is a row of const data: its id, what it says in words, and what resolves it. Judging an
 * item collects FINDINGS; nothing here decides to let anything pass that a rule has found. The same
 * judgement is made when something is cleared, when it is asked whether a clearance still stands,
 * and when a finished pressing is sealed: so a consent that ended ends all three. */
#pragma once

#include "gate/ledger.h"

enum rule {
    RULE_R00, /* nobody has stated who appears */
    RULE_R01, /* a subject has not agreed to this use */
    RULE_R02, /* expired, withdrawn, embargoed, or the risk was not assessed lately */
    RULE_R03, /* a captive, or somebody at risk through one, above "hide" */
    RULE_R04, /* a child without its guardian */
    RULE_R05, /* a protected name, number or address in a text */
    RULE_R06, /* what sounds like one, a given name alone, initials: somebody must answer */
    RULE_R07, /* either of them in a title, a slug, an alt text, a caption, an address */
    RULE_R12, /* a PDF says what its pages do not show */
    RULE_R18, /* a link to a drive, a draft, a private place */
    RULE_R20, /* invisible and turning characters, words of two scripts */
    RULE_R08, /* anything but pixels in a picture */
    RULE_R24, /* what cannot be read is not published */
    RULE_R25, /* the finished bytes differ from what they must be */
    RULE_R26, /* what leaves is not what passed */
    RULE_COUNT
};

/* Who may answer for what a rule found, so that it passes all the same. */
enum rule_answer {
    RULE_NO_ANSWER, /* nobody: the material is to be changed */
    RULE_ONE_PERSON,
    RULE_TWO_PEOPLE,
};
struct rule_row {
    const char *id;
    enum rule_answer sure;  /* for what blocks */
    enum rule_answer vague; /* for what warns */
    const char *english;    /* what it refuses */
    const char *korean;
};
const struct rule_row *rule_row_of(enum rule rule);
/* RULE_COUNT when there is none of that id. */
enum rule rule_of_id(str id);

/* Findings, collected in an arena. */
struct findings {
    struct arena *arena;
    struct gate_finding *list;
    size_t count;
    size_t room;
    bool blocks; /* one of them does */
    bool warns;
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
