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
};

/* Draws a picture anew in every width.
 * owns:  the files in *ret_set live in `a`.
 * fails: ERR_INVALID (pixels that do not fit their size), ERR_NO_MEMORY, ERR_IO (libvips failed).
 * Any thread; libvips uses threads of its own. */
err picture_rebuild(struct arena *a, const struct pixels *pixels,
                    struct picture_set *ret_set) MUST_USE;
