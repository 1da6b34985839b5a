/* paper_past.h: what a PDF was before: behind the sandbox alone.
 *
 * A PDF that is saved again usually keeps its earlier states: what was changed is appended (ISO
 * 32000-1, 7.5.6). Each is read on its own, and whatever it says that the present one does not is
 * found. Objects that no table of offsets names any more are looked for as well. */
#pragma once

#include "scrub/paper_hidden.h"
#include "scrub/paper_tools.h"

/* At most LIMIT_PAPER_REVISIONS are read; that there are more is told. An earlier state that cannot
 * be read is told too, but for the first end of a file made for the web, which is none.
 * fails: ERR_NO_MEMORY. */
err paper_past_find(struct arena *a, str bytes, const struct paper_reading *present,
                    struct paper_finds *finds) MUST_USE;
