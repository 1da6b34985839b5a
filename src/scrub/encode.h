/* encode.h: new files from pixels.
 *
 * No byte of a submitted file is ever passed on: what is published is drawn anew here, in the
 * house, from pixels alone. The input is what the scrubber read, or what our own code drew. The
 * same pixels give the same bytes, so that equal pictures have one address.
 *
 * A photograph becomes JPEG: progressive, quality 82, chroma halved both ways. Something drawn,
 * with flat fields and hard edges, keeps its full chroma and becomes PNG where that is smaller. A
 * picture one can see through becomes PNG. All sizes of a picture have one format.
 *
 * A photograph is written a second time as AVIF, which browsers that know it load instead: less
 * than half the bytes. Where it would not be smaller, and of everything drawn, there is none.
 *
 * The files hold what drawing needs and nothing else: no profile, no density in PNG, no comment. */
#pragma once

#include "wire/pixels.h"

/* The widths we publish are 480, 960 and 1600 pixels. A picture gets those that are narrower than
 * it, and its own width up to the last. */
enum { PICTURE_SIZES_MAX = 3 };

enum picture_format { PICTURE_JPEG, PICTURE_PNG };

struct picture_size {
    uint32_t width; /* pixels */
    uint32_t height;
    str bytes; /* a whole file */
};

struct picture_set {
    enum picture_format format;
    uint32_t colour; /* the dominant one, 0xRRGGBB: what fills the place until it is loaded */
    size_t count;    /* 1 to PICTURE_SIZES_MAX */
    struct picture_size sizes[PICTURE_SIZES_MAX]; /* the narrowest first */
    bool has_avif;
    struct picture_size avif[PICTURE_SIZES_MAX]; /* the same widths, when there are any */
};

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
