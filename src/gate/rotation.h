/* rotation.h: another ledger key, for whom nobody from before is let in.
 *
 * Whoever once had the ledger key (an officer who left, a copy of the folder with its passphrase)
 * can open every later copy of the file until the key is changed. A rotation makes a new one, seals
 * all keys of people and of events anew under it, and lets new events be sealed with a key that the
 * old one never opened. The slots are made anew for the officers who are THERE: each gives the
 * passphrase of a slot that is theirs, and keeps it. A slot whose passphrase was not given is gone,
 * for without it the new key cannot be put in; the officer is added again.
 *
 * Crash-safe: the new slots are written to keys.next, then the change of the database is kept, then
 * keys.next becomes keys. Cut off before the commit, the old slots open and the file beside them is
 * removed; cut off after it, the new ones open and get their name with the next change. */
#pragma once

#include "gate/ledger.h"

enum { ROTATION_PASSPHRASES_MAX = LEDGER_SLOTS_MAX };

/* Inside begin and commit. `passphrases`, of officers who are there, each opens a slot.
 * fails: ERR_DENIED (one of them opens none: nothing is changed), ERR_INVALID (nobody is there),
 *        ERR_LIMIT (rotated too often), ERR_IO, ERR_NO_MEMORY. */
struct rotation {
    str by;
    const str *passphrases;
    size_t count;
};
err rotation_run(struct ledger *ledger, struct arena *a, const struct rotation *rotation,
                 struct gate_rotated *ret_rotated) MUST_USE;
