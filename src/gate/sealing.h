/* sealing.h: reading a finished pressing, every byte of it, with other readers than the writer's.
 *
 * R24  what cannot be read is not sealed: an unknown type, a damaged index, a pack that differs, a
 *      search segment with more in it than its stories
 * R08  a picture holds pixels and nothing else, by our own strict readers
 * R25  a compressed form opens to its page; text is text
 * R26  every page names the clearances it contains; each was given here and still stands; every
 *      picture's bytes are among the files its clearance was given for; what is searched is what
 *      readers can open, each text under a clearance that its page names too */
#pragma once

#include "gate/clearing.h"
#include "pressing/pressing.h"

/* What is to be sealed. With `live`, the index of the pressing that readers have now, whatever lies
 * there unchanged and was sealed here by the same rules is not read a second time: a page under the
 * same clearances at the same place of the same pack. Whether its clearances still stand is asked
 * each time. All files stay the caller's. */
struct sealing_wish {
    struct pressing_files files;
    int live; /* or -1 */
    str by;
    str officer;    /* proven, or empty */
    bool is_veiled; /* who asks is not proven, and is told no names (probes.h) */
};

/* Reads the pressing and, when nothing blocks, signs it; inside ledger_begin and commit.
 * fails: ERR_IO, ERR_NO_MEMORY. */
err sealing_read(struct ledger *ledger, struct arena *a, const struct sealing_wish *wish,
                 struct gate_seal_reply *ret_reply) MUST_USE;
