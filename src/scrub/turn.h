/* turn.h: turning a picture the way its camera was held. */
#pragma once

#include <stdint.h>

struct turn {
    int orientation; /* EXIF 2.32, 4.6.4.A, tag 274: 1 to 8; anything else counts as 1 */
    uint32_t width;  /* pixels, before turning */
    uint32_t height;
    uint32_t bands; /* bytes in a pixel */
};

/* Copies the picture `from` to `to` upright. Both have width * height * bands bytes and do not
 * overlap. For orientations 5 to 8 the result is `height` wide and `width` high. */
void turn_upright(const struct turn *turn, const uint8_t *from, uint8_t *to);
