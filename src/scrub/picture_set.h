/* picture_set.h: what a picture becomes: one file for each width, and what is told of it.
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

#include "base/base.h"

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
