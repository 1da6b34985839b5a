/* findings.h: what the gate found, told to people and to programs. */
#pragma once

#include "main/site.h"

/* "    R05 at body, line 3, column 14: ..." and, marked, the passage; on a terminal in bold. */
err findings_print(const struct gate_finding *finding) MUST_USE;
/* The same as an object of JSON, appended. */
err findings_json(struct buf *b, const struct gate_finding *finding) MUST_USE;
