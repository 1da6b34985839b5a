/* opening.h: compressed forms of pages, opened by the gate.
 *
 * A form is refused when it does not open to at most so many bytes, when anything follows its end,
 * and when it carries a text of its own: both formats have places that a decoder skips, and what is
 * skipped would leave unread. That is looked for as text in the clear, in ASCII and in UTF-8, which
 * is what a slip would leave behind; who means to hide bytes in the choices of a compressor can. */
#pragma once

#include "base/base.h"

/* *ret_body lives in `a`. fails: ERR_INVALID (says why), ERR_NO_MEMORY. */
err opening_gzip(struct arena *a, str gzip, size_t size_max, str *ret_body) MUST_USE;
err opening_brotli(struct arena *a, str brotli, size_t size_max, str *ret_body) MUST_USE;
