/* rule_book.h: what the gate refuses, what resolves it, and what it cannot see: in words.
 *
 * Each rule is a row of const data. The gate judges by the rows, the house shows them to people
 * (hanji rules, hanji check), and neither can say something else than the other. Every word is
 * here in English and in Korean; docs/RULES.md and docs/CANNOT_SEE.md repeat them, and a test
 * compares. */
#pragma once

#include "base/base.h"

/* Rises with every change of what a rule refuses. */
enum { RULE_BOOK_VERSION = 3 };

enum rule {
    RULE_R00, /* nobody has stated who appears */
    RULE_R01, /* a subject has not agreed to this use */
    RULE_R02, /* expired, withdrawn, embargoed, or the risk was not assessed lately */
    RULE_R03, /* a captive, or somebody at risk through one, above "hide" */
    RULE_R04, /* a child without its guardian */
    RULE_R05, /* a protected name, number or address in a text */
    RULE_R06, /* what sounds like one, a given name alone, initials: somebody must answer */
    RULE_R07, /* either of them in a title, a slug, an alt text, a caption, an address */
    RULE_R08, /* anything but pixels in a picture */
    RULE_R12, /* a PDF says what its pages do not show */
    RULE_R18, /* a link to a drive, a draft, a private place */
    RULE_R20, /* invisible and turning characters, words of two scripts */
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

enum rule_language { RULE_ENGLISH, RULE_KOREAN, RULE_LANGUAGE_COUNT };
/* "en", "ko-KP" and their like. False, and the output untouched, for a language the book is not
 * written in. */
bool rule_language_of(str tag, enum rule_language *ret_language);

struct rule_row {
    const char *id;
    enum rule_answer sure;  /* for what blocks */
    enum rule_answer vague; /* for what warns */
    struct {
        const char *refuses;
        const char *resolves;
    } in[RULE_LANGUAGE_COUNT];
};
const struct rule_row *rule_row_of(enum rule rule);
/* RULE_COUNT when there is none of that id. */
enum rule rule_of_id(str id);

/* "one person": who may answer, in words. */
const char *rule_answer_words(const struct rule_row *row, enum rule_language language);

/* What no rule can see, in RULE_CANNOT_SEE_COUNT sentences: to be shown wherever somebody is told
 * that something would pass. */
enum { RULE_CANNOT_SEE_COUNT = 6 };
const char *rule_cannot_see(enum rule_language language, size_t at);
