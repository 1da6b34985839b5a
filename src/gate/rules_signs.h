/* rules_signs.h: R18 and R20: what stands in a text beside its words.
 *
 * R18  a link to where people keep what is not public: a drive, a draft, an editor's preview,
 *      an address inside a house
 * R20  characters that nobody sees (zero width, turning the direction, tags), which hide a word
 *      from a reader or mark a copy; words of two scripts, where a letter only looks like another
 *
 * Both warn: one person answers. */
#pragma once

#include "gate/rules.h"

struct signs_of_text {
    const struct ledger *ledger;
    const struct rule_use *use;
    str place;
    str text;
};
/* fails: ERR_NO_MEMORY, ERR_LIMIT. */
err rules_read_signs(struct arena *a, const struct signs_of_text *signs,
                     struct findings *findings) MUST_USE;
