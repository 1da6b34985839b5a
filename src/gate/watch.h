/* watch.h: the watch list: what the ledger's people are called, as a matcher over it.
 *
 * The names of a person are lines, as the officer typed them. A line may say what it is:
 *
 *     김철수                    a name; so is any line without a word before a colon
 *     alias: Grey Heron         another name
 *     phone: 010-4821-7703      a number: found with and without country code, in any digits
 *     document: M8812-40317     the letters and digits of a paper
 *     address: 회령시 남문동 17  found as it stands
 *     decoy: 한빛돌             a name that belongs to nobody: whose text holds it was asking
 *
 * The words may be Korean: 이름, 별명, 전화, 문서, 주소, 미끼. The list lives in the gate's memory alone; it
 * is made when it is first asked for and made anew when somebody was entered. */
#pragma once

#include "gate/ledger.h"
#include "gate/match.h"

struct watch_hit {
    const struct ledger_person *person;
    const struct match_hit *at;
    bool is_decoy;
};
typedef err watch_see(void *context, const struct watch_hit *hit);

/* Reads a text. Costs nothing while nobody is on the list. What it needs in `a` it gives back.
 * fails: ERR_NO_MEMORY, ERR_LIMIT (a text that cannot be read), and what `see` gives. */
struct watch_text {
    str text;
    enum fold_kind kind;
};
err watch_read(struct ledger *ledger, struct arena *a, const struct watch_text *text,
               watch_see *see, void *context) MUST_USE;

/* Whether every line of `names` can be looked for. fails: ERR_INVALID (says which line, not what
 * stands in it), ERR_NO_MEMORY. */
err watch_check(const struct sys *sys, str names) MUST_USE;
