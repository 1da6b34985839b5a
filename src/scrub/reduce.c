/* reduce.c: see reduce.h.
 *
 * Work goes in blocks of sixteen new rows. The first pass leaves them woven: sixteen numbers, one
 * of each row, for every byte of a row. So the second pass, too, works on sixteen neighbours at
 * once, which is what processors do quickly, and never has to take pixels apart. */
#include "scrub/reduce.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    LOBES = 3,
    WEIGHT_BITS = 14, /* weights are whole numbers that sum to 1 << WEIGHT_BITS */
    KEPT_BITS = 6,    /* beyond a byte, between the passes: with the overshoot it fits 16 bits */
    BLOCK_ROWS = 16,
    SLICE_BYTES = 64, /* of a row, summed up at once */
};

/* What one new pixel, row or column, is made of. */
struct taps {
    uint32_t first;
    uint32_t count;
    const int16_t *weights;
};

struct side {
    uint32_t from;
    uint32_t to;
};

static double lanczos(double x) {
    if (x == 0) return 1;
    if (fabs(x) >= LOBES) return 0;
    double t = M_PI * x;
    return LOBES * sin(t) * sin(t / LOBES) / (t * t);
}

static double scale_of(struct side side) { return (double)side.from / side.to; }

/* The most that one new pixel is made of. */
static size_t taps_max(struct side side) { return (size_t)ceil(2 * LOBES * scale_of(side)) + 2; }

/* Fills the weights of new pixel `i`. What lies beyond an edge counts for the edge. Rounding must
 * not make a white field grey: what is missing to the whole goes to the heaviest. */
static struct taps weigh(struct side side, uint32_t i, int16_t *weights) {
    double scale = scale_of(side);
    double centre = (i + 0.5) * scale - 0.5;
    long low = (long)ceil(centre - LOBES * scale);
    long high = (long)floor(centre + LOBES * scale);
    long first = low < 0 ? 0 : low;
    long last = high >= (long)side.from ? (long)side.from - 1 : high;
    double sum = 0;
    for (long k = low; k <= high; k++) sum += lanczos(((double)k - centre) / scale);
    long whole = 1 << WEIGHT_BITS;
    long heaviest = first;
    for (long k = first; k <= last; k++) {
        double weight = 0;
        long from = k == first ? low : k;
        long to = k == last ? high : k;
        for (long j = from; j <= to; j++) weight += lanczos(((double)j - centre) / scale);
        weights[k - first] = (int16_t)lround(weight / sum * (1 << WEIGHT_BITS));
        whole -= weights[k - first];
        if (weights[k - first] > weights[heaviest - first]) heaviest = k;
    }
    weights[heaviest - first] = (int16_t)(weights[heaviest - first] + whole);
    return (struct taps){(uint32_t)first, (uint32_t)(last - first + 1), weights};
}

/* One new row of a block out of the rows it covers, woven into the block as its row `at`. */
__attribute__((target_clones("avx2", "default"))) static void sum_rows(const struct taps *taps,
                                                                       const uint8_t *from,
                                                                       size_t row_bytes,
                                                                       int16_t *block, size_t at) {
    const uint8_t *top = from + taps->first * row_bytes;
    for (size_t x = 0; x < row_bytes; x += SLICE_BYTES) {
        int32_t sums[SLICE_BYTES] = {0};
        size_t len = row_bytes - x < SLICE_BYTES ? row_bytes - x : SLICE_BYTES;
        for (uint32_t k = 0; k < taps->count; k++) {
            const uint8_t *row = top + k * row_bytes + x;
            int32_t weight = taps->weights[k];
            if (len == SLICE_BYTES) {
                for (size_t j = 0; j < SLICE_BYTES; j++) sums[j] += weight * row[j];
            } else {
                for (size_t j = 0; j < len; j++) sums[j] += weight * row[j];
            }
        }
        for (size_t j = 0; j < len; j++) {
            block[(x + j) * BLOCK_ROWS + at] = (int16_t)(sums[j] >> (WEIGHT_BITS - KEPT_BITS));
        }
    }
}

/* One new pixel of each row of a block, woven like it. */
__attribute__((target_clones("avx2", "default"))) static void
sum_columns(const struct taps *taps, const int16_t *block, size_t bands, uint8_t ret_pixels[]) {
    for (size_t band = 0; band < bands; band++) {
        int32_t sums[BLOCK_ROWS] = {0};
        const int16_t *column = block + (taps->first * bands + band) * BLOCK_ROWS;
        for (uint32_t k = 0; k < taps->count; k++, column += bands * BLOCK_ROWS) {
            int32_t weight = taps->weights[k];
            for (size_t r = 0; r < BLOCK_ROWS; r++) sums[r] += weight * column[r];
        }
        for (size_t r = 0; r < BLOCK_ROWS; r++) {
            int32_t value =
                (sums[r] + (1 << (WEIGHT_BITS + KEPT_BITS - 1))) >> (WEIGHT_BITS + KEPT_BITS);
            ret_pixels[band * BLOCK_ROWS + r] = (uint8_t)(value < 0           ? 0
                                                          : value > UINT8_MAX ? UINT8_MAX
                                                                              : value);
        }
    }
}

/* Where things lie in the room: the taps of every column, their weights, the weights of one row,
 * and a block. */
struct room {
    struct taps *columns;
    int16_t *column_weights;
    int16_t *row_weights;
    int16_t *block;
};

static size_t aligned(size_t size) { return (size + 63) & ~(size_t)63; }

static size_t lay_out(const struct reduction *r, char *base, struct room *room) {
    struct side across = {r->from_width, r->width};
    struct side down = {r->from_height, r->height};
    size_t columns = aligned(r->width * sizeof(struct taps));
    size_t column_weights = aligned(r->width * taps_max(across) * sizeof(int16_t));
    size_t row_weights = aligned(taps_max(down) * sizeof(int16_t));
    size_t block = (size_t)r->from_width * r->bands * BLOCK_ROWS * sizeof(int16_t);
    if (room != NULL) {
        void *places[] = {base, base + columns, base + columns + column_weights,
                          base + columns + column_weights + row_weights};
        *room = (struct room){places[0], places[1], places[2], places[3]};
    }
    return columns + column_weights + row_weights + block;
}

size_t reduce_room(const struct reduction *reduction) { return lay_out(reduction, NULL, NULL); }

static void finish_block(const struct reduction *r, const struct room *room, size_t rows,
                         uint8_t *to) {
    uint8_t pixels[4 * BLOCK_ROWS];
    for (uint32_t x = 0; x < r->width; x++) {
        sum_columns(&room->columns[x], room->block, r->bands, pixels);
        for (size_t y = 0; y < rows; y++) {
            uint8_t *pixel = to + (y * r->width + x) * r->bands;
            for (size_t b = 0; b < r->bands; b++) pixel[b] = pixels[b * BLOCK_ROWS + y];
        }
    }
}

void reduce_picture(const struct reduction *r, const uint8_t *from, uint8_t *to, void *memory) {
    struct side across = {r->from_width, r->width};
    struct side down = {r->from_height, r->height};
    struct room room;
    assert(r->width >= 1 && r->width <= r->from_width && r->bands >= 1 && r->bands <= 4);
    assert(r->height >= 1 && r->height <= r->from_height);
    lay_out(r, memory, &room);
    for (uint32_t x = 0; x < r->width; x++) {
        room.columns[x] = weigh(across, x, room.column_weights + x * taps_max(across));
    }
    size_t row_bytes = (size_t)r->from_width * r->bands;
    memset(room.block, 0, row_bytes * BLOCK_ROWS * sizeof *room.block);
    for (uint32_t y = 0; y < r->height; y += BLOCK_ROWS) {
        size_t rows = r->height - y < BLOCK_ROWS ? r->height - y : BLOCK_ROWS;
        for (size_t i = 0; i < rows; i++) {
            struct taps taps = weigh(down, y + (uint32_t)i, room.row_weights);
            sum_rows(&taps, from, row_bytes, room.block, i);
        }
        finish_block(r, &room, rows, to + (size_t)y * r->width * r->bands);
    }
}

uint32_t reduce_height(uint32_t width, uint32_t height, uint32_t new_width) {
    uint64_t rounded = ((uint64_t)height * new_width + width / 2) / width;
    return rounded == 0 ? 1 : (uint32_t)rounded;
}
