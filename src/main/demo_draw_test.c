/* demo_draw_test.c: what demo_draw.h promises, and what a painter must get right. */
#include "main/demo_draw.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/fault.h"
#include "main/demo_paint.h"

enum { CAP = 64 << 20 };

static uint8_t alpha_at(const struct canvas *c, uint32_t x, uint32_t y) {
    return c->rgba[((size_t)y * c->width + x) * 4 + 3];
}

/* The covered area of a canvas that was clear, in pixels. */
static double covered(const struct canvas *c) {
    double sum = 0;
    for (size_t i = 0; i < (size_t)c->width * c->height; i++) sum += c->rgba[i * 4 + 3];
    return sum / 255.0;
}

static struct ink black(void) { return (struct ink){.from = colour_rgb(0)}; }

static void covers_the_exact_share_of_each_pixel(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct canvas c;
    assert_int_equal(paint_init(&a, 64, 64, &c).kind, ERR_NONE);
    paint_rect(&c, at(10.25f, 10.5f), at(20, 20));
    paint_lay(&c, black());
    assert_int_equal(alpha_at(&c, 15, 15), 255);
    assert_int_equal(alpha_at(&c, 10, 15), 191); /* three quarters */
    assert_int_equal(alpha_at(&c, 15, 10), 128); /* a half */
    assert_int_equal(alpha_at(&c, 20, 15), 0);
    assert_int_equal(alpha_at(&c, 9, 15), 0);
}

static void draws_a_ring_of_the_right_area_round_its_hole(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct canvas c;
    assert_int_equal(paint_init(&a, 200, 200, &c).kind, ERR_NONE);
    paint_ring(&c, at(100, 100), 80, 40);
    paint_lay(&c, black());
    double area = 3.14159265 * (80 * 80 - 40 * 40);
    assert_true(covered(&c) > area * 0.98 && covered(&c) < area * 1.005);
    assert_int_equal(alpha_at(&c, 100, 100), 0); /* the hole */
    assert_int_equal(alpha_at(&c, 100, 40), 255);
}

static void counts_overlapping_pieces_once(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct canvas c;
    assert_int_equal(paint_init(&a, 100, 100, &c).kind, ERR_NONE);
    const struct point backwards[] = {{20, 20}, {20, 60}, {60, 60}, {60, 20}};
    paint_rect(&c, at(40, 40), at(80, 80));
    paint_polygon(&c, backwards, COUNT_OF(backwards));
    paint_lay(&c, black());
    assert_int_equal(alpha_at(&c, 50, 50), 255); /* the two did not undo each other */
    assert_true(covered(&c) > 2799 && covered(&c) < 2801);
}

static void cuts_off_what_lies_outside_and_keeps_nothing_of_it(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct canvas c;
    assert_int_equal(paint_init(&a, 50, 40, &c).kind, ERR_NONE);
    paint_ellipse(&c, at(-500, 20), 100, 100);
    paint_ellipse(&c, at(900, -700), 100, 100);
    paint_lay(&c, black());
    assert_true(covered(&c) < 0.5);
    paint_rect(&c, at(-1000, -1000), at(1000, 1000));
    paint_lay(&c, black());
    assert_true(covered(&c) > 1999.5);
    for (size_t i = 0; i < (size_t)(c.width + 2) * c.height; i++) assert_true(c.cover[i] == 0);
}

/* A picture is neither empty nor one colour: its darkest and lightest tenth lie well apart. For a
 * print that is asked of its green, for a mark of its alpha. */
static bool has_light_and_dark(const struct demo_picture *p) {
    size_t count = (size_t)p->width * p->height;
    size_t tones[256] = {0};
    for (size_t i = 0; i < count; i++) tones[p->pixels[i * p->bands + (p->bands == 4 ? 3 : 1)]]++;
    size_t dark = 0;
    size_t light = 255;
    for (size_t sum = tones[0]; sum < count / 10; sum += tones[++dark]) {
    }
    for (size_t sum = tones[255]; sum < count / 10; sum += tones[--light]) {
    }
    return light > dark + 40;
}

static void draws_every_picture_twice_the_same_with_light_and_dark_in_it(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    for (size_t i = 0; i < demo_picture_count(); i++) {
        CLEANUP(arena_done) struct arena a;
        arena_init(&a, &sys, CAP);
        str name = str_of(demo_picture_name(i));
        struct demo_picture first = {0};
        struct demo_picture second = {0};
        assert_int_equal(demo_picture_draw(&a, name, &first).kind, ERR_NONE);
        assert_int_equal(demo_picture_draw(&a, name, &second).kind, ERR_NONE);
        size_t size = (size_t)first.width * first.height * first.bands;
        assert_true(first.pixels != second.pixels);
        assert_int_equal(second.bands, first.bands);
        assert_memory_equal(first.pixels, second.pixels, size);
        assert_true(has_light_and_dark(&first));
        assert_true(a.used < 2 * size + 1024); /* the painter's own memory was given back */
    }
}

static void names_each_picture_once(void **state) {
    (void)state;
    assert_true(demo_picture_count() >= 14);
    assert_null(demo_picture_name(demo_picture_count()));
    for (size_t i = 0; i < demo_picture_count(); i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(demo_picture_name(i), demo_picture_name(k));
        }
    }
}

static void refuses_a_name_it_does_not_know(void **state) {
    (void)state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, CAP);
    struct demo_picture p = {.width = 7};
    assert_int_equal(demo_picture_draw(&a, STR("bridge-rive"), &p).kind, ERR_NOT_FOUND);
    assert_int_equal(demo_picture_draw(&a, STR(""), &p).kind, ERR_NOT_FOUND);
    assert_int_equal(p.width, 7);
}

static err draw_mark(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, sys, CAP);
    struct demo_picture p = {.width = 7};
    err e = demo_picture_draw(&a, STR("logo-ferry"), &p);
    assert_true(e.kind == ERR_NONE ? p.width == 960 : p.width == 7);
    return e;
}

static void fails_cleanly_when_memory_runs_out(void **state) {
    (void)state;
    int n = 1;
    for (; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        err e = draw_mark(&sys);
        if (fault_ended(&fault, e)) break;
        assert_int_equal(e.kind, ERR_NO_MEMORY);
    }
    assert_true(n > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_the_exact_share_of_each_pixel),
        cmocka_unit_test(draws_a_ring_of_the_right_area_round_its_hole),
        cmocka_unit_test(counts_overlapping_pieces_once),
        cmocka_unit_test(cuts_off_what_lies_outside_and_keeps_nothing_of_it),
        cmocka_unit_test(draws_every_picture_twice_the_same_with_light_and_dark_in_it),
        cmocka_unit_test(names_each_picture_once),
        cmocka_unit_test(refuses_a_name_it_does_not_know),
        cmocka_unit_test(fails_cleanly_when_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
