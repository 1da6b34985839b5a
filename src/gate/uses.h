/* uses.h: the log of uses: what was let out, when, by which rules, and when it came back. */
#pragma once

#include "gate/ledger.h"

/* *ret_uses lives in `a` and borrows from the ledger.
 * fails: ERR_NOT_FOUND (nobody of that name), ERR_NO_MEMORY. */
err uses_list(const struct ledger *ledger, struct arena *a, const struct gate_uses_of *of,
              struct gate_uses *ret_uses) MUST_USE;

/* Whether the person was stated to be a subject of what this clearance covers, at the time when it
 * was given. `id` as the ledger knows the person. */
bool uses_shows(const struct ledger *ledger, const struct ledger_clearance *clearance, str id);
