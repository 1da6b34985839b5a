/* rules_text.h: R05, R06 and R07: who is named in the texts of an item.
 *
 * Every text that is shown of an item is read with the watch list: title, deck, body, slug, names
 * of contributors, alt texts, captions, credits, links. A person whose name the item may show, by
 * its statement and the person's consent, is no finding; nor is one that somebody has answered for,
 * but it is told. */
#pragma once

#include "gate/rules.h"
#include "gate/watch.h"

/* fails: ERR_NO_MEMORY, ERR_LIMIT. A text that cannot be read is a finding (R24). */
err rules_read_texts(struct ledger *ledger, struct arena *a, const struct source *source,
                     const struct rule_use *use, struct findings *findings) MUST_USE;

/* Who answered for what this rule found in this source about the person (empty: about nobody), or
 * NULL. */
const struct ledger_override *rules_answer_for(const struct ledger *ledger, str key,
                                               const unsigned char source[32], str rule,
                                               str person);
/* Makes of a finding one that was answered for: it stops nothing, and says by whom and why.
 * fails: ERR_NO_MEMORY. */
err rules_answered(struct arena *a, const struct ledger_override *answer,
                   struct gate_finding *finding) MUST_USE;

/* Whether what was cleared may hold this hit: for the sealing pass. */
bool rules_may_hold(const struct ledger *ledger, const struct ledger_clearance *clearance,
                    const struct watch_hit *hit);
/* "in Latin letters": how a hit was found, in words. */
const char *rules_way_of(enum match_lane lane);
