/* withdrawing.h: calling back, in the order that matters: the ledger, the archive, the pages; then
 * the lists and the proof. What fails later undoes nothing of what was done before. */
#pragma once

#include "main/site.h"

struct withdrawing_wish {
    const struct gate_withdraw *request;
    str key;             /* the item or group named, or empty */
    int64_t version;     /* the version named, or 0 */
    bool every_language; /* of it */
    bool is_of_person;   /* what ends is withdrawn, and does not only wait for its editors */
    str by;
    str how;
    str first_words; /* printed once it has taken effect */
};
/* Sets *ret_exit when something of it was found, or when there is no proof.
 * fails: as site_ask; ERR_DENIED and the cause when the whole site had to go dark. */
err withdrawing_run(struct site *site, const struct withdrawing_wish *wish, int *ret_exit) MUST_USE;

/* Without a gate: the whole site goes dark, and a note is entered in the ledger before the next
 * press. `request` is a struct gate_withdraw. fails: ERR_INVALID (nobody enters it), as dark_go. */
err withdrawing_dark(struct site *site, const struct withdrawing_wish *wish) MUST_USE;

/* What it would be. Changes nothing, in the ledger or elsewhere. fails: as site_ask. */
err withdrawing_drill(struct site *site, const struct gate_withdraw *wish) MUST_USE;
