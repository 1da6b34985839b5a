/* findings.h: what the gate found, told to people and to programs. */
#pragma once

#include "main/rule_language.h"
#include "main/site.h"

/* "    R05 at body, line 3, column 14: ..." and, marked, the passage; on a terminal in bold. The
 * gate speaks English; in Korean its rule and the way out are told in the words of the rule book,
 * and what it says of this one finding in a line of its own. */
err findings_print(const struct gate_finding *finding, enum rule_language language) MUST_USE;
/* The same as an object of JSON, appended; `refuses` and `resolves` are the rule book's. */
err findings_json(struct buf *b, const struct gate_finding *finding,
                  enum rule_language language) MUST_USE;
