/* examine.h: having many items examined, for the commands that do. */
#pragma once

#include "main/site.h"

/* Asks `call` (GATE_CLEAR or GATE_ADOPT) for every published story and for what stands around the
 * stories in each language; keeps what the gate gives. Prints nothing but what was stopped.
 * fails: as site_ask and the archive. */
err examine_everything(struct site *site, enum gate_call call, str by,
                       size_t *ret_stopped) MUST_USE;
