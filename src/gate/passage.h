/* passage.h: where in a text something was found, as an editor counts, and what stands there. */
#pragma once

#include "wire/gate_calls.h"

struct passage {
    str text;
    size_t from; /* bytes */
    size_t to;
};

/* Sets line, column, before, passage and after of a finding; they live in `a` and are valid UTF-8.
 * fails: ERR_NO_MEMORY. */
err passage_show(struct arena *a, const struct passage *passage,
                 struct gate_finding *finding) MUST_USE;
