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

bool look_is_flat(const struct pixels *pixels) {
    size_t bands = pixels->bands;
    size_t equal = 0;
    for (size_t y = 0; y < pixels->height; y++) {
        const char *row = pixels->bytes.ptr + y * pixels->width * bands;
        for (size_t x = 1; x < pixels->width; x++) {
            equal += memcmp(row + x * bands, row + (x - 1) * bands, bands) == 0;
        }
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
