/* encode.h: new files from pixels, in the encoder's process.
 *
 * No byte of a submitted file is ever passed on: what is published is drawn anew here, from pixels
 * alone. The input is what the scrubber read, or what our own code drew. The same pixels give the
 * same bytes, so that equal pictures have one address. What the files are: picture_set.h. */
#pragma once

#include "scrub/picture_set.h"
#include "wire/pixels.h"

/* Makes libvips ready to encode, and keeps it to the thread that asks: several pictures at once are
 * quicker than several threads for one. Must be called before the first picture_rebuild, while
 * there is one thread; more often does no harm. fails: ERR_IO. */
err picture_ready(void) MUST_USE;

/* Draws a picture anew in every width; `with_avif`: photographs as AVIF too.
 * owns:  the files in *ret_set live in `a`.
 * fails: ERR_INVALID (pixels that do not fit their size), ERR_NO_MEMORY, ERR_IO (libvips failed).
 * Any thread, several at once. The AVIF encoder starts threads of its own and ends them. */
err picture_rebuild(struct arena *a, const struct pixels *pixels, bool with_avif,
                    struct picture_set *ret_set) MUST_USE;
