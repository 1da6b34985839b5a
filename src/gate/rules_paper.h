/* rules_paper.h: R12: what a PDF hides; and R05, R06 and R24 for what is left of it.
 *
 * A PDF is never passed on. What it hides is told (R12) and read for names, so that the person who
 * brought it learns what was in it; what is rebuilt is read again here, with the gate's own reader,
 * and its words for names. */
#pragma once

#include "gate/rules.h"

struct papers_wish {
    struct ledger *ledger; /* NULL: no name is looked for */
    const struct gate_paper *paper;
    int file; /* the rebuilt one */
};

/* fails: ERR_IO (the file), ERR_LIMIT, ERR_NO_MEMORY. */
err rules_read_paper(struct arena *a, const struct papers_wish *wish,
                     struct gate_paper_answer *ret_answer) MUST_USE;
