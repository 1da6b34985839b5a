/* papers.h: PDFs that somebody brought: read, judged, rebuilt.
 *
 *     file --> paper reader --> pixels, words --> encoder, writer --> a new file --> gate
 *              (sandbox)    \-> what is hidden ------------------------------------->/ \-> findings
 */
#pragma once

#include "main/site.h"

/* Whether what was typed is the path of a PDF rather than the name of a story. */
bool papers_is_one(str operand);

/* hanji check FILE.pdf...: tells of each what it hides and whom it names; writes nothing. */
err papers_check(struct run *run, int *ret_exit) MUST_USE;

/* hanji scrub FILE.pdf OUT.pdf. */
err papers_scrub(struct run *run, int *ret_exit) MUST_USE;
