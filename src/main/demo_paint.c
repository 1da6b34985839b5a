/* demo_paint.c: outlines, from a single line to a range of hills. See demo_paint.h. */
#include "main/demo_paint.h"

#include <assert.h>
#include <math.h>

/* Lines a curve is made of: a bend of 500 pixels shows no corner. */
enum { CURVE_STEPS = 28 };

static const float PI = 3.14159265f;

void paint_move(struct canvas *c, struct point to) {
    assert(c->outline == c->edge_count); /* the outline before this one was closed */
    c->first = c->last = to;
}

void paint_line(struct canvas *c, struct point to) {
    assert(c->edge_count < PAINT_EDGES_MAX);
    c->edges[c->edge_count++] = (struct edge){c->last, to};
    c->last = to;
}

static struct point on_curve(const struct point curve[4], float t) {
    float s = 1.0f - t;
    float k[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
    struct point p = {0, 0};
    for (size_t i = 0; i < 4; i++) {
        p.x += k[i] * curve[i].x;
        p.y += k[i] * curve[i].y;
    }
    return p;
}

void paint_curve(struct canvas *c, struct point near_from, struct point near_to, struct point to) {
    const struct point curve[4] = {c->last, near_from, near_to, to};
    for (int i = 1; i <= CURVE_STEPS; i++) {
        paint_line(c, on_curve(curve, (float)i / (float)CURVE_STEPS));
    }
}

/* Turns the outline so that it adds to the shape or, as a hole, takes away from it: pieces that
 * overlap then add up in one sense, whatever way round each was drawn. */
static void close_outline(struct canvas *c, bool hole) {
    paint_line(c, c->first);
    float area = 0;
    for (size_t i = c->outline; i < c->edge_count; i++) {
        const struct edge *e = &c->edges[i];
        area += (e->from.x - c->first.x) * (e->to.y - c->first.y) -
                (e->to.x - c->first.x) * (e->from.y - c->first.y);
    }
    if ((area < 0) != hole) {
        for (size_t i = c->outline; i < c->edge_count; i++) {
            c->edges[i] = (struct edge){c->edges[i].to, c->edges[i].from};
        }
    }
    c->outline = c->edge_count;
}

void paint_close(struct canvas *c) { close_outline(c, false); }
void paint_close_hole(struct canvas *c) { close_outline(c, true); }

void paint_polygon(struct canvas *c, const struct point *points, size_t count) {
    assert(count >= 3);
    paint_move(c, points[0]);
    for (size_t i = 1; i < count; i++) paint_line(c, points[i]);
    paint_close(c);
}

void paint_rect(struct canvas *c, struct point from, struct point to) {
    const struct point corners[] = {from, {to.x, from.y}, to, {from.x, to.y}};
    paint_polygon(c, corners, COUNT_OF(corners));
}

void paint_round_rect(struct canvas *c, struct point from, struct point to, float radius) {
    float r = radius;
    float k = r * 0.4477f; /* 1 - 0.5523: where a cubic comes nearest to a quarter circle */
    paint_move(c, at(from.x + r, from.y));
    paint_line(c, at(to.x - r, from.y));
    paint_curve(c, at(to.x - k, from.y), at(to.x, from.y + k), at(to.x, from.y + r));
    paint_line(c, at(to.x, to.y - r));
    paint_curve(c, at(to.x, to.y - k), at(to.x - k, to.y), at(to.x - r, to.y));
    paint_line(c, at(from.x + r, to.y));
    paint_curve(c, at(from.x + k, to.y), at(from.x, to.y - k), at(from.x, to.y - r));
    paint_line(c, at(from.x, from.y + r));
    paint_curve(c, at(from.x, from.y + k), at(from.x + k, from.y), at(from.x + r, from.y));
    paint_close(c);
}

static void ellipse_outline(struct canvas *c, struct point centre, float rx, float ry) {
    int steps = 24 + (int)((rx + ry) * 0.12f);
    paint_move(c, at(centre.x + rx, centre.y));
    for (int i = 1; i < steps; i++) {
        float angle = 2.0f * PI * (float)i / (float)steps;
        paint_line(c, at(centre.x + rx * cosf(angle), centre.y + ry * sinf(angle)));
    }
}

void paint_ellipse(struct canvas *c, struct point centre, float radius_x, float radius_y) {
    ellipse_outline(c, centre, radius_x, radius_y);
    paint_close(c);
}

void paint_ring(struct canvas *c, struct point centre, float outer, float inner) {
    ellipse_outline(c, centre, outer, outer);
    paint_close(c);
    ellipse_outline(c, centre, inner, inner);
    paint_close_hole(c);
}

/* The half circle that ends a stroke, from one of its sides to the other. */
static void round_end(struct canvas *c, struct point centre, struct point side) {
    enum { STEPS = 10 };
    for (int i = 1; i < STEPS; i++) {
        float angle = -PI * (float)i / STEPS;
        float x = side.x * cosf(angle) - side.y * sinf(angle);
        float y = side.x * sinf(angle) + side.y * cosf(angle);
        paint_line(c, at(centre.x + x, centre.y + y));
    }
}

static struct point normal(struct point from, struct point to) {
    float length = hypotf(to.x - from.x, to.y - from.y);
    if (length <= 0) return at(0, 0);
    return at((from.y - to.y) / length, (to.x - from.x) / length);
}

/* From the spine's point `i` to the stroke's left edge, where two pieces of it meet in a mitre. */
static struct point side_at(const struct point *spine, size_t count, size_t i, float half) {
    struct point before = normal(spine[i == 0 ? 0 : i - 1], spine[i == 0 ? 1 : i]);
    struct point after = i + 1 == count ? before : normal(spine[i], spine[i + 1]);
    float meet = 1 + before.x * after.x + before.y * after.y;
    if (meet < 0.35f) return at(before.x * half, before.y * half); /* too sharp to mitre */
    return at((before.x + after.x) / meet * half, (before.y + after.y) / meet * half);
}

/* One outline round it all, so that nothing overlaps and edges stay exact. */
static void stroke(struct canvas *c, const struct point *spine, size_t count,
                   const float widths[2]) {
    struct point sides[CURVE_STEPS + 1] = {{0, 0}};
    assert(count >= 2 && count <= COUNT_OF(sides));
    for (size_t i = 0; i < count; i++) {
        float t = (float)i / (float)(count - 1);
        sides[i] = side_at(spine, count, i, 0.5f * (widths[0] * (1 - t) + widths[1] * t));
    }
    paint_move(c, at(spine[0].x + sides[0].x, spine[0].y + sides[0].y));
    for (size_t i = 1; i < count; i++) {
        paint_line(c, at(spine[i].x + sides[i].x, spine[i].y + sides[i].y));
    }
    if (widths[1] > 2) round_end(c, spine[count - 1], sides[count - 1]);
    for (size_t i = count; i > 0; i--) {
        paint_line(c, at(spine[i - 1].x - sides[i - 1].x, spine[i - 1].y - sides[i - 1].y));
    }
    if (widths[0] > 2) round_end(c, spine[0], at(-sides[0].x, -sides[0].y));
    paint_close(c);
}

void paint_stroke(struct canvas *c, const struct point *points, size_t count, float width) {
    stroke(c, points, count, (const float[2]){width, width});
}

void paint_taper(struct canvas *c, struct point from, struct point to, float from_width,
                 float to_width) {
    const struct point spine[2] = {from, to};
    stroke(c, spine, 2, (const float[2]){from_width, to_width});
}

void paint_brush(struct canvas *c, const struct point curve[4], float from_width, float to_width) {
    struct point spine[CURVE_STEPS + 1];
    for (size_t i = 0; i < COUNT_OF(spine); i++) {
        spine[i] = on_curve(curve, (float)i / (float)CURVE_STEPS);
    }
    stroke(c, spine, COUNT_OF(spine), (const float[2]){from_width, to_width});
}

void paint_ridge(struct canvas *c, float y, float rise, float wave, uint32_t seed) {
    paint_move(c, at(-20, (float)c->height + 20));
    for (float x = -20; x <= (float)c->width + 20; x += 6) {
        float height = 0;
        float share = 0.62f;
        float length = wave;
        for (uint32_t octave = 0; octave < 4; octave++, share *= 0.4f, length *= 0.43f) {
            float place = (x + 4000.0f) / length;
            uint32_t cell = (uint32_t)place;
            float t = paint_smooth(place - (float)cell);
            height += share * (paint_chance(seed + octave, cell) * (1 - t) +
                               paint_chance(seed + octave, cell + 1) * t);
        }
        paint_line(c, at(x, y - rise * height));
    }
    paint_line(c, at((float)c->width + 20, (float)c->height + 20));
    paint_close(c);
}
