/* turn.c: see turn.h. */
#include "scrub/turn.h"

#include <stdbool.h>
#include <string.h>

/* The eight ways are three yes-or-no questions, asked of a pixel of the upright picture: are rows
 * and columns exchanged, is the source read from its right edge, from its bottom edge. */
struct way {
    bool exchanges;
    bool from_right;
    bool from_bottom;
};

static const struct way WAYS[9] = {
    [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
    [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, false, true},
    [7] = {true, true, true},    [8] = {true, true, false},
};

void turn_upright(const struct turn *turn, const uint8_t *from, uint8_t *to) {
    int orientation = turn->orientation >= 1 && turn->orientation <= 8 ? turn->orientation : 1;
    const struct way *way = &WAYS[orientation];
    uint32_t width = way->exchanges ? turn->height : turn->width;
    uint32_t height = way->exchanges ? turn->width : turn->height;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            uint32_t source_x = way->exchanges ? y : x;
            uint32_t source_y = way->exchanges ? x : y;
            if (way->from_right) source_x = turn->width - 1 - source_x;
            if (way->from_bottom) source_y = turn->height - 1 - source_y;
            size_t at = ((size_t)source_y * turn->width + source_x) * turn->bands;
            memcpy(to, from + at, turn->bands);
            to += turn->bands;
        }
    }
}
