/* demo_paint.h: a small flat painter for the demo's prints.
 *
 * It draws as a paper cutter works: cut a shape, ink it, lay it down, let it throw a shadow on
 * what lies below. A shape is a path of closed outlines (lines, curves, circles, strokes); to lay
 * it covers the canvas by the exact share of each pixel that it touches, so edges are smooth.
 * An ink is flat or runs between two colours, and takes the grain of a wood block.
 *
 * Invariants: the same calls give the same bytes; nothing is read but the arguments; all memory
 * comes from the arena given to paint_init. Lengths are pixels, y grows downwards. Drawing outside
 * the canvas is allowed and cut off. */
#pragma once

#include "base/base.h"

struct point {
    float x, y;
};

/* Red, green, blue and cover, each 0 to 1, not premultiplied. */
struct colour {
    float r, g, b, a;
};

enum ink_kind { INK_FLAT, INK_LINEAR, INK_RADIAL };

struct ink {
    enum ink_kind kind;
    struct colour from; /* at `start`, or everywhere when flat */
    struct colour to;   /* at `end`; radial: from `end`'s distance on outwards */
    struct point start, end;
    float grain;  /* how much of the block's wood shows, 0 to 1 */
    float shadow; /* how high the sheet lies over what is below, in pixels; 0: printed on it */
};

/* One straight piece of an outline, and how many a shape may have: the busiest one, rain, has a
 * tenth of these. */
struct edge {
    struct point from, to;
};
enum { PAINT_EDGES_MAX = 1 << 16 };

struct canvas {
    uint32_t width, height;
    uint8_t *rgba;  /* width * height * 4 bytes */
    float *cover;   /* width + 2 columns a row; how much of each pixel the shape touches */
    float *soft[2]; /* the cover at a quarter of its size, to be blurred into a shadow */
    int8_t *wood;   /* a tile of grain that repeats without a seam */
    struct edge *edges;
    size_t edge_count;
    size_t outline; /* the first edge of the outline being drawn */
    struct point first, last;
    uint32_t block; /* where in the wood this sheet was cut: each lies elsewhere */
};

static inline struct point at(float x, float y) { return (struct point){x, y}; }
struct colour colour_rgb(uint32_t rgb);                /* 0xRRGGBB, covering all */
struct colour colour_faded(uint32_t rgb, float alpha); /* the same, letting through 1 - alpha */

struct ink ink_flat(uint32_t rgb);
struct ink ink_down(uint32_t top, uint32_t bottom, float y_top, float y_bottom);
struct ink ink_glow(struct point centre, float radius, struct colour from, struct colour to);

/* A number from 0 up to 1 that depends on its arguments alone. */
float paint_chance(uint32_t seed, uint32_t n);

/* 0 to 1 as a soft step: it leaves and arrives without a corner. */
float paint_smooth(float t);

/* An empty (clear) canvas of at most 4096 pixels a side, with room to draw on.
 * owns:  its memory lives in `a`. fails: ERR_NO_MEMORY. */
err paint_init(struct arena *a, uint32_t width, uint32_t height,
               struct canvas *ret_canvas) MUST_USE;

/* Outlines. Each is closed by paint_close, as a piece of the shape, or by paint_close_hole, as an
 * opening in it; the direction in which it was drawn does not matter. */
void paint_move(struct canvas *c, struct point to);
void paint_line(struct canvas *c, struct point to);
void paint_curve(struct canvas *c, struct point near_from, struct point near_to, struct point to);
void paint_close(struct canvas *c);
void paint_close_hole(struct canvas *c);

/* Whole outlines, closed. */
void paint_polygon(struct canvas *c, const struct point *points, size_t count);
void paint_rect(struct canvas *c, struct point from, struct point to);
void paint_round_rect(struct canvas *c, struct point from, struct point to, float radius);
void paint_ellipse(struct canvas *c, struct point centre, float radius_x, float radius_y);
void paint_ring(struct canvas *c, struct point centre, float outer, float inner);
/* A line with round ends, as wide at its ends as said: a branch, a finger, a blade of grass. */
void paint_taper(struct canvas *c, struct point from, struct point to, float from_width,
                 float to_width);
/* The same along a cubic curve of four points. */
void paint_brush(struct canvas *c, const struct point curve[4], float from_width, float to_width);
/* The same through 2 to 29 points, of one width; no corner may be sharper than 50 degrees. */
void paint_stroke(struct canvas *c, const struct point *points, size_t count, float width);
/* Land: from a wavering line near `y`, `rise` high at most, down to the canvas's foot. */
void paint_ridge(struct canvas *c, float y, float rise, float wave, uint32_t seed);

/* Lays the shape down in this ink and begins a new, empty one. */
void paint_lay(struct canvas *c, struct ink ink);
/* Covers the whole canvas. */
void paint_ground(struct canvas *c, struct ink ink);
/* The last thing: the fibres of the paper, over all. */
void paint_paper(struct canvas *c, float strength);
