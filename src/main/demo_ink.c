/* demo_ink.c: shapes to cover, cover to ink, and the grain of block and paper. See demo_paint.h. */
#include "main/demo_paint.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    SIDE_MAX = 4096,
    TILE = 512, /* a power of two */
    SOFT = 4,   /* shadows are blurred at a quarter of the size */
};

struct colour colour_rgb(uint32_t rgb) {
    return colour_faded(rgb, 1.0f);
}

struct colour colour_faded(uint32_t rgb, float alpha) {
    return (struct colour){
        .r = (float)(rgb >> 16 & 0xff) / 255.0f,
        .g = (float)(rgb >> 8 & 0xff) / 255.0f,
        .b = (float)(rgb & 0xff) / 255.0f,
        .a = alpha,
    };
}

struct ink ink_flat(uint32_t rgb) {
    return (struct ink){.from = colour_rgb(rgb), .grain = 0.3f};
}

struct ink ink_down(uint32_t top, uint32_t bottom, float y_top, float y_bottom) {
    return (struct ink){
        .kind = INK_LINEAR,
        .from = colour_rgb(top),
        .to = colour_rgb(bottom),
        .start = at(0, y_top),
        .end = at(0, y_bottom),
        .grain = 0.3f,
    };
}

struct ink ink_glow(struct point centre, float radius, struct colour from, struct colour to) {
    return (struct ink){
        .kind = INK_RADIAL,
        .from = from,
        .to = to,
        .start = centre,
        .end = at(centre.x + radius, centre.y),
    };
}

/* The short functions below are `inline` because each runs for every pixel of every sheet: builds
 * that inline nothing of their own accord would draw at a third of the speed. */

/* -- Chance: an integer hash (xorshift and multiply, twice), never a generator with a state. -- */

static inline uint32_t mix(uint32_t h) {
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return h ^ h >> 16;
}

float paint_chance(uint32_t seed, uint32_t n) {
    return (float)(mix(seed * 0x9e3779b9u + mix(n)) >> 8) / 16777216.0f;
}

float paint_smooth(float t) { return t * t * (3.0f - 2.0f * t); }

/* Value noise on a grid of `columns` by `rows` that wraps around the tile; -1 to 1. */
static float tile_noise(uint32_t seed, uint32_t columns, uint32_t rows, struct point p) {
    float gx = p.x / (float)TILE * (float)columns;
    float gy = p.y / (float)TILE * (float)rows;
    uint32_t x = (uint32_t)gx;
    uint32_t y = (uint32_t)gy;
    float tx = paint_smooth(gx - (float)x);
    float ty = paint_smooth(gy - (float)y);
    uint32_t next_x = (x + 1) % columns;
    uint32_t next_y = (y + 1) % rows;
    float top = paint_chance(seed, y * columns + x) * (1 - tx) +
                paint_chance(seed, y * columns + next_x) * tx;
    float foot = paint_chance(seed, next_y * columns + x) * (1 - tx) +
                 paint_chance(seed, next_y * columns + next_x) * tx;
    return (top * (1 - ty) + foot * ty) * 2.0f - 1.0f;
}

/* Long fibres along x, cloudy unevenness where the ink was rubbed, and a fine tooth. */
static void fill_wood(int8_t *wood) {
    for (uint32_t y = 0; y < TILE; y++) {
        for (uint32_t x = 0; x < TILE; x++) {
            struct point p = at((float)x, (float)y);
            float bent = p.y + 5.0f * tile_noise(11, 3, 3, p);
            bent = bent < 0 ? bent + TILE : bent >= TILE ? bent - TILE : bent;
            float fibre = tile_noise(1, 4, 128, at(p.x, bent));
            float cloud = tile_noise(2, 6, 7, p);
            float tooth = paint_chance(3, y * TILE + x) * 2.0f - 1.0f;
            wood[y * TILE + x] = (int8_t)(127.0f * (0.45f * fibre + 0.3f * cloud + 0.25f * tooth));
        }
    }
}

static inline float wood_at(const struct canvas *c, uint32_t x, uint32_t y) {
    uint32_t column = (x + c->block) % TILE;
    uint32_t row = (y + (c->block >> 12)) % TILE;
    return (float)c->wood[row * TILE + column] * (1 / 127.0f);
}

err paint_init(struct arena *a, uint32_t width, uint32_t height, struct canvas *ret_canvas) {
    assert(width > 0 && width <= SIDE_MAX && height > 0 && height <= SIDE_MAX);
    size_t soft = (size_t)(width / SOFT + 2) * (height / SOFT + 2);
    struct canvas c = {
        .width = width,
        .height = height,
        .rgba = arena_array(a, (size_t)width * height, 4),
        .cover = arena_array(a, (size_t)(width + 2) * height, sizeof(float)),
        .soft = {arena_array(a, soft, sizeof(float)), arena_array(a, soft, sizeof(float))},
        .wood = arena_array(a, (size_t)TILE * TILE, 1),
        .edges = arena_array(a, PAINT_EDGES_MAX, sizeof(struct edge)),
    };
    if (c.rgba == NULL || c.cover == NULL || c.soft[0] == NULL || c.soft[1] == NULL ||
        c.wood == NULL || c.edges == NULL) {
        FAIL(ERR_NO_MEMORY, "no memory for a picture of %u by %u", width, height);
    }
    fill_wood(c.wood);
    *ret_canvas = c;
    return OK;
}

/* -- Cover: how much of each pixel lies inside, by the signed area to the right of each edge. --
 *
 * An edge that crosses a pixel adds, in that pixel, the share of it that lies to the edge's right,
 * and the rest of its height in the next pixel; the sum along a row from the left is then the
 * cover. Edges down add, edges up take away, so a closed outline ends at zero. */

struct box {
    uint32_t x0, y0, x1, y1; /* from, up to and without */
};

static inline float clamp(float v, float low, float high) {
    v = v > low ? v : low;
    return v < high ? v : high;
}

static inline void add_in_row(float *row, float xa, float xb, float height) {
    if (xa > xb) {
        float swap = xa;
        xa = xb;
        xb = swap;
    }
    uint32_t first = (uint32_t)xa;
    uint32_t last = (uint32_t)xb;
    for (uint32_t x = first; x <= last; x++) {
        float left = xa > (float)x ? xa : (float)x;
        float right = xb < (float)x + 1 ? xb : (float)x + 1;
        float share = xb > xa ? height * (right - left) / (xb - xa) : height;
        float middle = (left + right) / 2 - (float)x;
        row[x] += share * (1 - middle);
        row[x + 1] += share * middle;
    }
}

static void add_edge(struct canvas *c, const struct edge *e) {
    bool down = e->from.y < e->to.y;
    struct point top = down ? e->from : e->to;
    struct point foot = down ? e->to : e->from;
    float y_end = clamp(foot.y, 0, (float)c->height);
    float y = clamp(top.y, 0, (float)c->height);
    if (y >= y_end) return;
    float slope = (foot.x - top.x) / (foot.y - top.y);
    float x_max = (float)c->width;
    while (y < y_end) {
        uint32_t row = (uint32_t)y;
        float next = (float)row + 1 < y_end ? (float)row + 1 : y_end;
        float xa = clamp(top.x + (y - top.y) * slope, 0, x_max);
        float xb = clamp(top.x + (next - top.y) * slope, 0, x_max);
        add_in_row(&c->cover[(size_t)row * (c->width + 2)], xa, xb, down ? next - y : y - next);
        y = next;
    }
}

/* The pixels the shape can touch. */
static struct box bounds(const struct canvas *c) {
    float x0 = (float)c->width, y0 = (float)c->height, x1 = 0, y1 = 0;
    for (size_t i = 0; i < c->edge_count; i++) {
        struct point p = c->edges[i].from;
        x0 = fminf(x0, p.x);
        y0 = fminf(y0, p.y);
        x1 = fmaxf(x1, p.x);
        y1 = fmaxf(y1, p.y);
    }
    return (struct box){
        .x0 = (uint32_t)clamp(x0, 0, (float)c->width),
        .y0 = (uint32_t)clamp(y0, 0, (float)c->height),
        .x1 = (uint32_t)clamp(ceilf(x1), 0, (float)c->width),
        .y1 = (uint32_t)clamp(ceilf(y1), 0, (float)c->height),
    };
}

static void sum_cover(struct canvas *c, struct box box) {
    for (uint32_t y = box.y0; y < box.y1; y++) {
        float *row = &c->cover[(size_t)y * (c->width + 2)];
        float sum = 0;
        for (uint32_t x = box.x0; x < box.x1; x++) {
            sum += row[x];
            row[x] = clamp(fabsf(sum), 0, 1);
        }
    }
}

/* -- Shadow: the cover, made small, blurred twice by a running mean, laid down as darkness. -- */

static void blur_line(const float *from, float *to, size_t count, size_t step) {
    enum { REACH = 3 };
    float sum = from[0] * (REACH + 1);
    for (size_t i = 1; i <= REACH; i++) sum += from[(i < count ? i : count - 1) * step];
    for (size_t i = 0; i < count; i++) {
        size_t ahead = i + REACH + 1 < count ? i + REACH + 1 : count - 1;
        size_t behind = i > REACH ? i - REACH : 0;
        to[i * step] = sum / (2 * REACH + 1);
        sum += from[ahead * step] - from[behind * step];
    }
}

static void make_soft(struct canvas *c, struct box box) {
    size_t columns = c->width / SOFT + 2;
    size_t rows = c->height / SOFT + 2;
    float *soft = c->soft[0];
    float *spare = c->soft[1];
    memset(soft, 0, columns * rows * sizeof *soft);
    for (uint32_t y = box.y0; y < box.y1; y++) {
        const float *row = &c->cover[(size_t)y * (c->width + 2)];
        for (uint32_t x = box.x0; x < box.x1; x++) {
            soft[y / SOFT * columns + x / SOFT] += row[x] / (SOFT * SOFT);
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t y = 0; y < rows; y++)
            blur_line(soft + y * columns, spare + y * columns, columns, 1);
        for (size_t x = 0; x < columns; x++) blur_line(spare + x, soft + x, rows, columns);
    }
}

/* The small picture between its samples. */
static inline float soft_at(const struct canvas *c, float x, float y) {
    size_t columns = c->width / SOFT + 2;
    x = clamp(x / SOFT - 0.5f, 0, (float)(c->width / SOFT));
    y = clamp(y / SOFT - 0.5f, 0, (float)(c->height / SOFT));
    const float *p = &c->soft[0][(size_t)y * columns + (size_t)x];
    float tx = x - (float)(size_t)x;
    float ty = y - (float)(size_t)y;
    return (p[0] * (1 - tx) + p[1] * tx) * (1 - ty) +
           (p[columns] * (1 - tx) + p[columns + 1] * tx) * ty;
}

static inline uint8_t to_byte(float v) { return (uint8_t)(int)(clamp(v, 0, 1) * 255.0f + 0.5f); }

/* The light comes from the upper left. A shadow is never black: it keeps some of the blue. */
static void lay_shadow(struct canvas *c, struct box box, float height) {
    enum { REACH = 40 };
    make_soft(c, box);
    float strength = clamp(0.25f + height * 0.014f, 0, 0.6f);
    uint32_t y1 = box.y1 + REACH < c->height ? box.y1 + REACH : c->height;
    uint32_t x1 = box.x1 + REACH < c->width ? box.x1 + REACH : c->width;
    for (uint32_t y = box.y0 > REACH ? box.y0 - REACH : 0; y < y1; y++) {
        for (uint32_t x = box.x0 > REACH ? box.x0 - REACH : 0; x < x1; x++) {
            /* Under the sheet nobody sees it, and that is most of the picture. */
            if (c->cover[(size_t)y * (c->width + 2) + x] > 0.999f) continue;
            float dark = strength * soft_at(c, (float)x - 0.35f * height, (float)y - 0.5f * height);
            if (dark < 0.004f) continue;
            uint8_t *p = &c->rgba[((size_t)y * c->width + x) * 4];
            p[0] = (uint8_t)((float)p[0] * (1 - dark));
            p[1] = (uint8_t)((float)p[1] * (1 - dark * 0.96f));
            p[2] = (uint8_t)((float)p[2] * (1 - dark * 0.86f));
        }
    }
}

/* -- Ink -- */

/* How far from `start` to `end` a place lies, 0 to 1. `way`: that road over its length squared. */
static inline float ink_place(const struct ink *ink, struct point way, float x, float y) {
    x -= ink->start.x;
    y -= ink->start.y;
    if (ink->kind == INK_LINEAR) return clamp(x * way.x + y * way.y, 0, 1);
    return clamp(sqrtf((x * x + y * y) * (way.x * way.x + way.y * way.y)), 0, 1);
}

static inline uint8_t toward(uint8_t from, float to, float share) {
    float v = (float)from + (to * 255.0f - (float)from) * share + 0.5f;
    return (uint8_t)(int)(v < 255.0f ? v : 255.0f); /* grain may make it too bright, never dark */
}

static inline void mix_pixel(uint8_t *p, struct colour ink, float cover) {
    float share = cover;
    if (p[3] != 255) { /* on a clear ground, only as much of the old as there is */
        float all = cover + (float)p[3] * (1 / 255.0f) * (1 - cover);
        share = all > 0 ? cover / all : 0;
        p[3] = to_byte(all);
    }
    p[0] = toward(p[0], ink.r, share);
    p[1] = toward(p[1], ink.g, share);
    p[2] = toward(p[2], ink.b, share);
}

static inline struct colour between(struct colour a, struct colour b, float t) {
    return (struct colour){
        .r = a.r + (b.r - a.r) * t,
        .g = a.g + (b.g - a.g) * t,
        .b = a.b + (b.b - a.b) * t,
        .a = a.a + (b.a - a.a) * t,
    };
}

static void lay_row(struct canvas *c, const struct ink *ink, uint32_t y, struct box box) {
    float dx = ink->end.x - ink->start.x;
    float dy = ink->end.y - ink->start.y;
    float length2 = dx * dx + dy * dy;
    bool runs = ink->kind != INK_FLAT && length2 > 0;
    struct point way = runs ? at(dx / length2, dy / length2) : at(0, 0);
    const float *cover = &c->cover[(size_t)y * (c->width + 2)];
    for (uint32_t x = box.x0; x < box.x1; x++) {
        if (cover[x] < 0.002f) continue;
        struct colour colour = ink->from;
        if (runs) {
            float t = ink_place(ink, way, (float)x + 0.5f, (float)y + 0.5f);
            colour = between(ink->from, ink->to, t);
        }
        if (ink->grain > 0) {
            float light = 1 + 0.16f * ink->grain * wood_at(c, x, y);
            colour.r *= light; /* to_byte cuts what is too bright */
            colour.g *= light;
            colour.b *= light;
        }
        mix_pixel(&c->rgba[((size_t)y * c->width + x) * 4], colour, cover[x] * colour.a);
    }
}

void paint_lay(struct canvas *c, struct ink ink) {
    assert(c->outline == c->edge_count); /* every outline is closed */
    struct box box = bounds(c);
    for (size_t i = 0; i < c->edge_count; i++) add_edge(c, &c->edges[i]);
    sum_cover(c, box);
    if (ink.shadow > 0) lay_shadow(c, box, ink.shadow);
    c->block = mix(c->block + 1);
    for (uint32_t y = box.y0; y < box.y1; y++) lay_row(c, &ink, y, box);
    /* Some edges leave their share two columns past the box: the whole rows are wiped. */
    size_t stride = c->width + 2;
    memset(c->cover + box.y0 * stride, 0, (box.y1 - box.y0) * stride * sizeof *c->cover);
    c->edge_count = c->outline = 0;
}

void paint_ground(struct canvas *c, struct ink ink) {
    paint_rect(c, at(0, 0), at((float)c->width, (float)c->height));
    paint_lay(c, ink);
}

void paint_paper(struct canvas *c, float strength) {
    for (uint32_t y = 0; y < c->height; y++) {
        for (uint32_t x = 0; x < c->width; x++) {
            float tooth = (float)(mix(y * c->width + x) & 0xff) * (1 / 255.0f) - 0.5f;
            float light = 1 + strength * (0.012f * wood_at(c, y, x) + 0.06f * tooth);
            uint8_t *p = &c->rgba[((size_t)y * c->width + x) * 4];
            for (size_t i = 0; i < 3; i++) p[i] = to_byte((float)p[i] * (1 / 255.0f) * light);
        }
    }
}
