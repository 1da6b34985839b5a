/* probes.h: who asks about texts, how often, and what that may tell.
 *
 * Whoever may have a text examined could ask "is X on your list?". So who has not proven to be an
 * officer is told one fixed sentence, whatever was found of whomever; each text that they ask about
 * is an event of the ledger's chain, so that a restart forgets none; and beyond LIMIT_PROBES in
 * LIMIT_PROBE_SECONDS they are refused. Whoever asks about a text that holds a decoy leaves a
 * notice for the officer. */
#pragma once

#include "gate/rules.h"

enum probe_met {
    PROBE_NAME = 1 << 0,  /* a name stopped it */
    PROBE_DECOY = 1 << 1, /* a certain one that belongs to nobody */
};

struct probe {
    str about; /* key of the item, or "a pressing" */
    const unsigned char *source;
    str officer; /* proven; empty: nobody is */
    str by;
};

/* Whether somebody unproven may ask about this text now. The same text may be asked about again,
 * until somebody is entered: it tells nothing new. fails: ERR_BUSY (says when to try again). */
err probes_allow(const struct ledger *ledger, const unsigned char source[32]) MUST_USE;

/* Records what was asked, where that is needed; inside ledger_begin and commit. */
err probes_record(struct ledger *ledger, const struct probe *probe, int64_t met) MUST_USE;

/* What an officer is told. Texts in `a` or the ledger. fails: ERR_NO_MEMORY. */
err probes_report(const struct ledger *ledger, struct arena *a, struct gate_watch *ret) MUST_USE;

/* Replaces all findings about people, by whatever rule, by one that is always the same and tells
 * nothing but the class of the rule; first, so that no order tells either. Those that are answered
 * are left out. fails: ERR_NO_MEMORY. */
err probes_veil(struct findings *findings, str place) MUST_USE;
