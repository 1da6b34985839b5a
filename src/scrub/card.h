/* card.h: a card, the picture that stands for a page where it is shared and has no picture.
 *
 * Its words, set quietly on the theme's ground: a title, a row of stitches, a line below it. What
 * is drawn is text and never markup, whatever signs stand in it; it comes from our own archive, and
 * the gate has read the same words (press/press.h). The file is a PNG of one size with a palette of
 * 32 colours, and holds nothing but what draws.
 *
 * The same words, colours and fonts give the same bytes. */
#pragma once

#include "scrub/picture_set.h"

enum {
    CARD_WIDTH = 1200, /* pixels: what social sites ask for, 1.91 to 1 */
    CARD_HEIGHT = 630,
    CARD_TEXT_BYTES_MAX = 2000, /* of title and line each: more than there is room to draw */
};

struct card {
    str title;
    str line;     /* below the stitches: whose page it is; may be empty */
    str language; /* BCP 47: Han characters look otherwise in Korean than in Japanese */
    int64_t ground;
    int64_t ink;    /* of the title */
    int64_t accent; /* of stitches and line; each 0xRRGGBB */
};

/* The fonts of this machine: Debian's folders of them and no others, without anybody's own
 * settings. Opened once and used by one thread; what is opened is read when letters are first
 * drawn, so the folders must stay readable.
 * owns:  *ret_fonts, close with card_fonts_close.
 * fails: ERR_NOT_FOUND (there is no font), ERR_IO, ERR_NO_MEMORY. */
struct card_fonts;
err card_fonts_open(const struct sys *sys, struct card_fonts **ret_fonts) MUST_USE;
void card_fonts_close(struct card_fonts **fonts); /* accepts NULL; sets NULL */

/* The folders that it reads, ended by NULL: for whoever closes the others. */
extern const char *const card_font_folders[];

/* Draws a card. A title of more than four lines is set smaller, then cut with an ellipsis.
 * owns:  the one file of *ret_set lives in `a`.
 * fails: ERR_INVALID (a title of no letters), ERR_NOT_FOUND (no font here has its letters),
 *        ERR_IO, ERR_NO_MEMORY. */
err card_draw(struct arena *a, const struct card_fonts *fonts, const struct card *card,
              struct picture_set *ret_set) MUST_USE;
