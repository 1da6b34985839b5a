/* seeking.h: looking for bytes in finished pages: the proof that what was called back is gone.
 *
 * Whoever pressed says that it is; the gate looks for itself, in every byte of the files it is
 * handed: as they lie, and in all that their compressed forms open to. It knows nothing of stories:
 * it is told what to look for. */
#pragma once

#include "wire/gate_calls.h"

struct seeking_wish {
    const struct gate_seek *seek;
    const int *files;
    size_t file_count;
};

/* *ret_sought lives in `a`.
 * fails: ERR_INVALID (a needle is too short; the index and its packs are not a sound pressing: then
 *        nothing is proven), ERR_IO, ERR_NO_MEMORY. */
err seeking_read(struct arena *a, const struct seeking_wish *wish,
                 struct gate_sought *ret_sought) MUST_USE;
