/* demo_draw.c: the table of pictures, the marks, and the way from a canvas to pixels. */
#include "main/demo_draw.h"

#include "main/demo_scenes.h"

#include <math.h>
#include <string.h>

struct ink ink_raised(struct ink ink, float shadow) {
    ink.shadow = shadow;
    return ink;
}

struct ink ink_veil(uint32_t rgb, float alpha) {
    return (struct ink){.from = colour_faded(rgb, alpha)};
}

/* -- Marks: an emblem and a name in letters of one stroke, on nothing, in a grey-blue that can be
 * read on white and on near-black alike. -- */

enum { MARK = 0x6f7a92, MARK_WARM = 0xc0622f, LETTER_POINTS = 12 };

/* A letter on a grid 4 wide and 6 high, as points joined by lines; -1 lifts the pen. */
struct letter {
    char name;
    int8_t points[LETTER_POINTS * 2 + 1];
};
enum { UP = -1, END = -2 };
static const struct letter letters[] = {
    {'A', {0, 6, 2, 0, UP, 2, 0, 4, 6, UP, 1, 4, 3, 4, END}},
    {'C', {4, 1, 3, 0, 1, 0, 0, 1, 0, 5, 1, 6, 3, 6, 4, 5, END}},
    {'D', {0, 0, 0, 6, 2, 6, 4, 4, 4, 2, 2, 0, 0, 0, END}},
    {'E', {4, 0, 0, 0, 0, 6, 4, 6, UP, 0, 3, 3, 3, END}},
    {'F', {4, 0, 0, 0, 0, 6, UP, 0, 3, 3, 3, END}},
    {'H', {0, 0, 0, 6, UP, 4, 0, 4, 6, UP, 0, 3, 4, 3, END}},
    {'I', {2, 0, 2, 6, END}},
    {'L', {0, 0, 0, 6, 4, 6, END}},
    {'N', {0, 6, 0, 0, UP, 0, 0, 4, 6, UP, 4, 6, 4, 0, END}},
    {'O', {1, 0, 3, 0, 4, 1, 4, 5, 3, 6, 1, 6, 0, 5, 0, 1, 1, 0, END}},
    {'P', {0, 6, 0, 0, 3, 0, 4, 1, 4, 2, 3, 3, 0, 3, END}},
    {'R', {0, 6, 0, 0, 3, 0, 4, 1, 4, 2, 3, 3, 0, 3, UP, 2, 3, 4, 6, END}},
    {'S', {4, 1, 3, 0, 1, 0, 0, 1, 0, 2, 1, 3, 3, 3, 4, 4, 4, 5, 3, 6, 1, 6, 0, 5, END}},
    {'T', {0, 0, 4, 0, UP, 2, 0, 2, 6, END}},
    {'V', {0, 0, 2, 6, UP, 2, 6, 4, 0, END}},
    {'W', {0, 0, 1, 6, UP, 1, 6, 2, 2, UP, 2, 2, 3, 6, UP, 3, 6, 4, 0, END}},
    {'Y', {0, 0, 2, 3, 4, 0, UP, 2, 3, 2, 6, END}},
};

static void write_letter(struct canvas *c, const struct letter *letter, struct point place,
                         float unit) {
    struct point line[LETTER_POINTS];
    size_t count = 0;
    for (const int8_t *p = letter->points;;) {
        if (*p == UP || *p == END) {
            paint_stroke(c, line, count, unit * 0.85f);
            if (*p == END) return;
            count = 0;
            p++;
        } else {
            line[count++] = at(place.x + (float)p[0] * unit, place.y + (float)p[1] * unit);
            p += 2;
        }
    }
}

static void write_words(struct canvas *c, const char *words, struct point place, float unit) {
    for (; *words != '\0'; words++, place.x += unit * 6.1f) {
        for (size_t i = 0; i < COUNT_OF(letters); i++) {
            if (letters[i].name == *words) write_letter(c, &letters[i], place, unit);
        }
    }
    paint_lay(c, ink_veil(MARK, 1));
}

static void mark_ferry(struct canvas *c) {
    const struct point hull[] = {{52, 184}, {268, 184}, {224, 236}, {100, 236}};
    const struct point sail[] = {{152, 68}, {152, 168}, {72, 168}};
    const struct point jib[] = {{168, 92}, {168, 168}, {236, 168}};
    paint_polygon(c, hull, COUNT_OF(hull));
    paint_lay(c, ink_veil(MARK, 1));
    paint_polygon(c, sail, COUNT_OF(sail));
    paint_polygon(c, jib, COUNT_OF(jib));
    paint_lay(c, ink_veil(MARK_WARM, 1));
    struct point wave[28];
    for (size_t i = 0; i < COUNT_OF(wave); i++) {
        wave[i] = at(52 + 8 * (float)i, 262 + 8 * sinf((float)i * 0.6981317f));
    }
    paint_stroke(c, wave, COUNT_OF(wave), 10);
    paint_lay(c, ink_veil(MARK, 1));
    write_words(c, "THE FERRY", at(340, 88), 9.2f);
    write_words(c, "POST", at(340, 180), 9.2f);
}

static void mark_lantern(struct canvas *c) {
    paint_round_rect(c, at(104, 100), at(216, 232), 40);
    paint_lay(c, ink_veil(MARK_WARM, 1));
    paint_rect(c, at(120, 76), at(200, 92));
    paint_rect(c, at(120, 240), at(200, 256));
    paint_taper(c, at(160, 44), at(160, 76), 10, 10);
    for (float reach = 92; reach <= 128; reach += 36) {
        float y = reach * 0.62f;
        const struct point left[4] = {{160 - reach * 0.8f, 166 - y},
                                      {160 - reach * 1.15f, 166 - y * 0.4f},
                                      {160 - reach * 1.15f, 166 + y * 0.4f},
                                      {160 - reach * 0.8f, 166 + y}};
        struct point right[4];
        for (size_t i = 0; i < 4; i++) right[i] = at(320 - left[i].x, left[i].y);
        paint_brush(c, left, 10, 10);
        paint_brush(c, right, 10, 10);
    }
    paint_lay(c, ink_veil(MARK, 1));
    write_words(c, "RADIO", at(360, 88), 9.2f);
    write_words(c, "LANTERN", at(360, 180), 9.2f);
}

static void mark_orchard(struct canvas *c) {
    paint_ellipse(c, at(160, 176), 92, 84);
    paint_lay(c, ink_veil(MARK_WARM, 1));
    for (int i = 0; i < 4; i++) {
        float side = i % 2 == 0 ? -1 : 1;
        float reach = i < 2 ? 68 : 32;
        const struct point leaf[4] = {{160, 100},
                                      {160 + side * reach * 0.4f, 84},
                                      {160 + side * reach * 0.8f, 92},
                                      {160 + side * reach, 116}};
        paint_brush(c, leaf, 28, 8);
    }
    paint_taper(c, at(160, 100), at(176, 48), 12, 10);
    paint_lay(c, ink_veil(MARK, 1));
    write_words(c, "ORCHARD", at(320, 88), 9.2f);
    write_words(c, "REVIEW", at(320, 180), 9.2f);
}

/* -- The table -- */

static const struct scene {
    const char *name;
    uint32_t width, height, bands;
    void (*draw)(struct canvas *c);
} scenes[] = {
    {"bridge-river", 1600, 1067, 3, scene_bridge},
    {"window-lamp", 1200, 1500, 3, scene_window},
    {"oil-lamp", 1200, 1500, 3, scene_oil_lamp},
    {"kettle-bowls", 1600, 1067, 3, scene_kettle},
    {"platform-night", 1600, 1067, 3, scene_platform},
    {"radio", 1600, 1067, 3, scene_radio},
    {"rain-hills", 1600, 1067, 3, scene_rain},
    {"school-desk", 1600, 1067, 3, scene_desk},
    {"hands-letter", 1600, 1067, 3, scene_hands},
    {"boat", 1600, 1067, 3, scene_boat},
    {"persimmons", 1200, 1500, 3, scene_persimmons},
    {"paper-drying", 1600, 1067, 3, scene_drying},
    {"exchange-map", 1600, 1067, 3, scene_exchange},
    {"microphones", 1600, 1067, 3, scene_microphones},
    {"logo-ferry", 960, 320, 4, mark_ferry},
    {"logo-lantern", 960, 320, 4, mark_lantern},
    {"logo-orchard", 960, 320, 4, mark_orchard},
};

size_t demo_picture_count(void) { return COUNT_OF(scenes); }

const char *demo_picture_name(size_t i) { return i < COUNT_OF(scenes) ? scenes[i].name : NULL; }

err demo_picture_draw(struct arena *a, str name, struct demo_picture *ret) {
    const struct scene *scene = NULL;
    for (size_t i = 0; i < COUNT_OF(scenes); i++) {
        if (str_eq(name, str_of(scenes[i].name))) scene = &scenes[i];
    }
    if (scene == NULL) FAIL(ERR_NOT_FOUND, "no picture is called \"" STR_FMT "\"", STR_ARG(name));
    size_t count = (size_t)scene->width * scene->height;
    uint8_t *pixels = arena_array(a, count, scene->bands);
    if (pixels == NULL) FAIL(ERR_NO_MEMORY, "no memory for the picture %s", scene->name);

    struct arena_mark mark = arena_mark(a);
    struct canvas c;
    TRY(paint_init(a, scene->width, scene->height, &c));
    scene->draw(&c);
    if (scene->bands == 3) paint_paper(&c, 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(pixels + i * scene->bands, c.rgba + i * 4, scene->bands);
    }
    arena_reset(a, mark);
    *ret = (struct demo_picture){scene->width, scene->height, scene->bands, pixels};
    return OK;
}
