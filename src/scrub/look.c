/* look.c: see look.h. */
#include "scrub/look.h"

#include <string.h>

enum {
    FLAT_PERCENT = 60, /* drawings have 80 and more, photographs stay below 40 */
    BOX_BITS = 3,      /* of each channel: 8 x 8 x 8 boxes */
    BOX_COUNT = 1 << (3 * BOX_BITS),
    ALPHA_HALF = 128,
};

static size_t pixel_count(const struct pixels *pixels) {
    return (size_t)pixels->width * pixels->height;
}

bool look_is_opaque(const struct pixels *pixels) {
    if (pixels->bands != 4) return true;
    const uint8_t *bytes = (const uint8_t *)pixels->bytes.ptr;
    for (size_t i = 0; i < pixel_count(pixels); i++) {
        if (bytes[i * 4 + 3] != UINT8_MAX) return false;
    }
    return true;
}

/* How many pixels of a row are as their left neighbour. */
static size_t count_equal(const uint8_t *row, size_t width, size_t bands) {
    size_t equal = 0;
    for (const uint8_t *pixel = row + bands; pixel < row + width * bands; pixel += bands) {
        const uint8_t *left = pixel - bands;
        int difference = (pixel[0] ^ left[0]) | (pixel[1] ^ left[1]) | (pixel[2] ^ left[2]);
        if (bands == 4) difference |= pixel[3] ^ left[3];
        equal += difference == 0;
    }
    return equal;
}

bool look_is_flat(const struct pixels *pixels) {
    const uint8_t *bytes = (const uint8_t *)pixels->bytes.ptr;
    size_t equal = 0;
    for (size_t y = 0; y < pixels->height; y++) {
        size_t at = y * pixels->width * pixels->bands;
        equal += count_equal(bytes + at, pixels->width, pixels->bands);
    }
    size_t neighbours = (size_t)(pixels->width - 1) * pixels->height;
    return neighbours > 0 && equal * 100 >= neighbours * FLAT_PERCENT;
}

struct box {
    uint64_t count;
    uint64_t sum[3];
};

static size_t box_of(const uint8_t *pixel) {
    size_t box = 0;
    for (int i = 0; i < 3; i++) box = box << BOX_BITS | (size_t)pixel[i] >> (8 - BOX_BITS);
    return box;
}

uint32_t look_colour(const struct pixels *pixels) {
    struct box boxes[BOX_COUNT];
    memset(boxes, 0, sizeof boxes);
    const uint8_t *pixel = (const uint8_t *)pixels->bytes.ptr;
    for (size_t i = 0; i < pixel_count(pixels); i++, pixel += pixels->bands) {
        if (pixels->bands == 4 && pixel[3] < ALPHA_HALF) continue;
        struct box *box = &boxes[box_of(pixel)];
        box->count++;
        for (int c = 0; c < 3; c++) box->sum[c] += pixel[c];
    }
    const struct box *fullest = &boxes[0];
    for (size_t i = 1; i < BOX_COUNT; i++) {
        if (boxes[i].count > fullest->count) fullest = &boxes[i];
    }
    if (fullest->count == 0) return 0xFFFFFF;
    uint32_t colour = 0;
    for (int c = 0; c < 3; c++) {
        colour = colour << 8 | (uint32_t)((fullest->sum[c] + fullest->count / 2) / fullest->count);
    }
    return colour;
}
