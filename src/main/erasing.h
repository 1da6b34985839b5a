/* erasing.h: hanji people erase. */
#pragma once

#include "main/site.h"

/* Calls back all that rests on the person's consent, as hanji withdraw does, and destroys what the
 * ledger knows of the person. The options --by and --reason say who and why.
 * fails: ERR_NOT_FOUND, ERR_INVALID (the reason names somebody), as withdrawing_run. */
err erasing_run(struct site *site, str name, int *ret_exit) MUST_USE;
