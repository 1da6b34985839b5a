/* demo_draw.h: the pictures of the demo, drawn when they are asked for.
 *
 * Fourteen prints in the manner of paper cuts and wood blocks, and the marks of three invented
 * newspapers. Nobody appears in them. Each has the name under which the demo's texts refer to it
 * (`pictures/NAME.png`); the same name gives the same bytes every time. */
#pragma once

#include "base/base.h"

struct demo_picture {
    uint32_t width, height; /* pixels */
    uint32_t bands;         /* 3: red, green, blue; 4: and alpha, not premultiplied */
    uint8_t *pixels;        /* width * height * bands bytes, row by row from the top, sRGB */
};

size_t demo_picture_count(void);

/* The name of picture `i`, below demo_picture_count(); static. */
const char *demo_picture_name(size_t i);

/* Draws the picture of that name. Works in up to 24 MB of `a`, which are given back, so that only
 * the pixels (about 5 MB) stay in use.
 * owns:  ret->pixels live in `a`. fails: ERR_NOT_FOUND, ERR_NO_MEMORY. */
err demo_picture_draw(struct arena *a, str name, struct demo_picture *ret) MUST_USE;
