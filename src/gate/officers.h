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

/* Who opened the ledger: a name, or the digits of a slot that has none. In `a`.
 * fails: ERR_NO_MEMORY. */
err officers_opener(const struct ledger *ledger, struct arena *a, str *ret_name) MUST_USE;

/* Whose passphrase it is: of the officer of that name (or those digits), or, when `name` is empty,
 * of any. Takes about a second a slot. *ret_name is as officers_opener gives it.
 * fails: ERR_DENIED (another's or nobody's), ERR_NOT_FOUND (no such officer), ERR_IO, ERR_INVALID,
 * ERR_NO_MEMORY. */
err officers_prove(const struct ledger *ledger, struct arena *a, str name, str passphrase,
                   str *ret_name) MUST_USE;
