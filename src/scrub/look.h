/* look.h: three things one look over the pixels tells. Pure. */
#pragma once

#include "wire/pixels.h"

/* True when the picture has no alpha, or all of it is opaque. */
bool look_is_opaque(const struct pixels *pixels);

/* True for something drawn: most pixels are exactly the colour of their left neighbour. In a
 * photograph noise makes that rare, also after it was reduced. */
bool look_is_flat(const struct pixels *pixels);

/* The dominant colour, 0xRRGGBB: the mean of the fullest of 512 boxes of similar colours; pixels
 * that are more than half transparent do not count. White when none does. */
uint32_t look_colour(const struct pixels *pixels);
