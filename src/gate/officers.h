/* officers.h: who can open the ledger: its key slots, by name.
 *
 * The file `keys` holds a slot for each officer: the same ledger key under another passphrase.
 * Whose a slot is stands in an event of the ledger, sealed: nobody can read off the disk who the
 * officers are. A slot without an event is shown as such: it was made by another
 * hand, or a machine stopped between the two; and so is the slot a ledger was made with. */
#pragma once

#include "gate/ledger.h"

/* The officers of today, in the order of their slots. fails: ERR_IO, ERR_INVALID (the file is
 * damaged), ERR_NO_MEMORY. */
err officers_list(const struct ledger *ledger, struct arena *a,
                  struct gate_officers *ret_officers) MUST_USE;

/* Adds, removes or changes a slot, inside ledger_begin and commit; `passphrase` is the new one,
 * empty for a removal. The file is replaced in one step before the event counts.
 * fails: ERR_INVALID (no name, nobody does it), ERR_EXISTS, ERR_NOT_FOUND, ERR_LIMIT (all slots are
 * taken), ERR_DENIED (the last one stays), ERR_IO, ERR_NO_MEMORY. */
err officers_change(struct ledger *ledger, struct arena *a, const struct gate_officer_wish *wish,
                    str passphrase) MUST_USE;
