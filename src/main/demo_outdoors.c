/* demo_outdoors.c: river, railway, rain, tree, yard, and two shores. See demo_scenes.h. */
#include "main/demo_scenes.h"

#include <math.h>

/* Slivers of light on water: thin lenses, longer and further apart the nearer they are. */
static void lay_ripples(struct canvas *c, struct point from, struct point to, struct ink ink) {
    for (uint32_t i = 0; i < 46; i++) {
        float depth = paint_chance(71, i);
        float y = from.y + depth * depth * (to.y - from.y);
        float half = (24 + 90 * paint_chance(72, i)) * (0.4f + depth * 1.3f);
        float x = from.x + paint_chance(73, i) * (to.x - from.x);
        float thick = 2 + depth * 5;
        paint_move(c, at(x - half, y));
        paint_curve(c, at(x - half * 0.4f, y - thick), at(x + half * 0.4f, y - thick),
                    at(x + half, y));
        paint_curve(c, at(x + half * 0.3f, y + thick * 0.5f), at(x - half * 0.5f, y + thick * 0.5f),
                    at(x - half, y));
        paint_close(c);
    }
    paint_lay(c, ink);
}

static void lay_reeds(struct canvas *c, float x, float reach, uint32_t seed) {
    float foot = (float)c->height + 30;
    for (uint32_t i = 0; i < 26; i++) {
        float root = x + reach * (paint_chance(seed, i) - 0.5f);
        float height = 130 + 260 * paint_chance(seed + 1, i);
        float lean = 130 * (paint_chance(seed + 2, i) - 0.35f);
        const struct point blade[4] = {{root, foot},
                                       {root + lean * 0.1f, foot - height * 0.5f},
                                       {root + lean * 0.5f, foot - height * 0.85f},
                                       {root + lean, foot - height}};
        paint_brush(c, blade, 11, 1);
    }
    paint_lay(c, ink_raised(ink_flat(INK), 8));
}

void scene_bridge(struct canvas *c) {
    paint_ground(c, ink_down(0xf2dcc0, 0xf7eee0, 0, 620));
    paint_ellipse(c, at(1130, 318), 118, 118);
    paint_lay(c, ink_down(0xe2703a, 0xc94f22, 200, 436));
    paint_ridge(c, 520, 260, 620, 5);
    paint_lay(c, ink_raised(ink_down(0xb9c4c8, 0xdcdcd4, 300, 620), 10));
    paint_ridge(c, 560, 230, 480, 21);
    paint_lay(c, ink_raised(ink_down(HAZE, 0xb3c1c5, 380, 660), 12));
    paint_ridge(c, 590, 150, 390, 33);
    paint_lay(c, ink_raised(ink_down(BLUE, 0x8ba2b3, 480, 690), 12));
    paint_ridge(c, 640, 130, 300, 48);
    paint_lay(c, ink_raised(ink_down(PINE, 0x49685c, 580, 700), 14));

    paint_rect(c, at(0, 706), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0x7f9bb0, NIGHT, 706, 1067), 8));
    lay_ripples(c, at(0, 730), at(1600, 1060), ink_veil(0xf2dcc0, 0.42f));

    /* The bridge is the one white sheet in the picture. */
    paint_move(c, at(-30, 640));
    paint_curve(c, at(380, 556), at(1220, 556), at(1630, 640));
    paint_line(c, at(1630, 770));
    paint_line(c, at(-30, 770));
    paint_close(c);
    for (int i = 0; i < 5; i++) {
        float x = 160 + 320 * (float)i;
        float top = 566 + 22 * fabsf((float)i - 2);
        paint_move(c, at(x - 132, 770));
        paint_curve(c, at(x - 128, top), at(x + 128, top), at(x + 132, 770));
        paint_close_hole(c);
    }
    paint_lay(c, ink_raised(ink_down(0xfdf8ee, 0xe9dec8, 570, 770), 16));
    const struct point rail[4] = {{-30, 622}, {380, 536}, {1220, 536}, {1630, 622}};
    paint_brush(c, rail, 7, 7);
    for (int i = 0; i <= 26; i++) {
        float t = (float)i / 26;
        float y = 622 - 258 * t * (1 - t);
        paint_taper(c, at(-30 + 1660 * t, y), at(-30 + 1660 * t, y + 20), 6, 6);
    }
    paint_lay(c, ink_flat(RUST));
    for (int i = 0; i < 6; i++) {
        float x = 320 * (float)i;
        paint_rect(c, at(x - 30, 772), at(x + 30, 850 + 30 * paint_chance(9, (uint32_t)i)));
    }
    paint_lay(c, ink_veil(PAPER, 0.16f));
    lay_ripples(c, at(0, 790), at(1600, 1010), ink_veil(NIGHT, 0.28f));
    lay_reeds(c, 120, 320, 14);
    lay_reeds(c, 1530, 220, 27);
}

static void lay_stars(struct canvas *c, float foot, uint32_t seed) {
    for (uint32_t i = 0; i < 60; i++) {
        float r = 0.9f + 2.0f * paint_chance(seed, i) * paint_chance(seed + 1, i);
        struct point p =
            at(paint_chance(seed + 2, i) * (float)c->width, paint_chance(seed + 3, i) * foot);
        paint_ellipse(c, p, r, r);
    }
    paint_lay(c, ink_veil(PAPER, 0.75f));
}

static void lay_bench(struct canvas *c, float x, float y) {
    paint_round_rect(c, at(x, y), at(x + 330, y + 20), 6);
    for (int i = 0; i < 2; i++) {
        float top = y - 92 + 40 * (float)i;
        paint_round_rect(c, at(x + 4, top), at(x + 326, top + 26), 6);
    }
    paint_rect(c, at(x + 30, y - 92), at(x + 44, y + 88));
    paint_rect(c, at(x + 286, y - 92), at(x + 300, y + 88));
    paint_lay(c, ink_raised(ink_down(OCHRE, WOOD, y - 90, y + 80), 10));
}

static void lay_clock(struct canvas *c, struct point centre) {
    paint_ellipse(c, centre, 66, 66);
    paint_lay(c, ink_raised(ink_flat(INK), 12));
    paint_ellipse(c, centre, 55, 55);
    paint_lay(c, ink_flat(PAPER));
    for (int i = 0; i < 12; i++) {
        float angle = 0.5235988f * (float)i;
        struct point d = at(sinf(angle), -cosf(angle));
        paint_taper(c, at(centre.x + d.x * 49, centre.y + d.y * 49),
                    at(centre.x + d.x * 42, centre.y + d.y * 42), 4, 4);
    }
    paint_taper(c, centre, at(centre.x - 30, centre.y), 7, 5); /* nine o'clock */
    paint_taper(c, centre, at(centre.x, centre.y - 43), 5, 3);
    paint_lay(c, ink_flat(INK));
}

void scene_platform(struct canvas *c) {
    paint_ground(c, ink_down(0x101a33, 0x33507a, 0, 700));
    lay_stars(c, 420, 55);
    paint_ridge(c, 640, 190, 520, 61);
    paint_lay(c, ink_raised(ink_down(0x263a60, 0x2f4a73, 460, 660), 8));
    paint_ridge(c, 690, 120, 330, 77);
    paint_lay(c, ink_raised(ink_down(0x1b2b49, 0x22365a, 560, 700), 8));

    /* Rails behind the platform, with a signal a long way off. */
    paint_rect(c, at(0, 690), at(1600, 800));
    paint_lay(c, ink_raised(ink_down(0x1d2740, 0x141b2e, 690, 800), 6));
    paint_taper(c, at(-20, 722), at(1620, 722), 5, 5);
    paint_taper(c, at(-20, 752), at(1620, 752), 7, 7);
    paint_lay(c, ink_flat(HAZE));
    paint_taper(c, at(214, 560), at(214, 724), 7, 7);
    paint_round_rect(c, at(196, 520), at(232, 596), 12);
    paint_lay(c, ink_flat(INK));
    paint_ellipse(c, at(214, 542), 70, 70);
    paint_lay(
        c, ink_glow(at(214, 542), 70, colour_faded(PERSIMMON, 0.6f), colour_faded(PERSIMMON, 0)));
    paint_ellipse(c, at(214, 542), 11, 11);
    paint_lay(c, ink_flat(0xff8a4c));

    paint_rect(c, at(0, 800), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0x54627a, 0x2a3650, 800, 1067), 14));
    paint_rect(c, at(0, 812), at(1600, 830));
    paint_lay(c, ink_veil(PAPER, 0.55f));

    /* The cone of light and the pool it makes. */
    const struct point cone[] = {{836, 250}, {904, 250}, {1290, 930}, {450, 930}};
    struct ink light =
        ink_glow(at(870, 240), 760, colour_faded(LAMP, 0.62f), colour_faded(LAMP, 0.04f));
    paint_polygon(c, cone, COUNT_OF(cone));
    paint_lay(c, light);
    paint_ellipse(c, at(870, 930), 430, 82);
    paint_lay(
        c, ink_glow(at(870, 930), 430, colour_faded(0xffdf9a, 0.75f), colour_faded(LAMP, 0.12f)));

    lay_bench(c, 640, 846);
    /* The lamp hangs from the roof's edge; the pillar carries the clock. */
    const struct point roof[] = {{-10, -10}, {1620, -10}, {1620, 104}, {-10, 72}};
    paint_polygon(c, roof, COUNT_OF(roof));
    paint_lay(c, ink_raised(ink_down(0x2a1f22, BARK, 0, 150), 18));
    paint_rect(c, at(1290, 96), at(1338, 960));
    paint_rect(c, at(1270, 930), at(1358, 966));
    paint_lay(c, ink_raised(ink_down(BARK, 0x241a1c, 120, 960), 16));
    paint_taper(c, at(1314, 236), at(1440, 96), 16, 16);
    paint_taper(c, at(1314, 236), at(1188, 96), 16, 16);
    paint_lay(c, ink_flat(BARK));
    lay_clock(c, at(1314, 400));
    paint_taper(c, at(870, 88), at(870, 205), 6, 6);
    paint_move(c, at(800, 250));
    paint_curve(c, at(806, 196), at(934, 196), at(940, 250));
    paint_close(c);
    paint_lay(c, ink_raised(ink_flat(INK), 8));
    paint_ellipse(c, at(870, 252), 44, 17);
    paint_lay(c, ink_flat(0xfff0c4));
}

void scene_boat(struct canvas *c) {
    struct point moon = at(1080, 380);
    paint_ground(c, ink_down(0x3a4f73, 0xb9b7b0, 0, 640));
    paint_ellipse(c, moon, 420, 420);
    paint_lay(c, ink_glow(moon, 420, colour_faded(PAPER, 0.55f), colour_faded(PAPER, 0)));
    paint_ellipse(c, moon, 208, 208);
    paint_lay(c, ink_raised(ink_down(0xfdf5e2, 0xf1d9ae, 180, 590), 4));
    paint_ridge(c, 618, 120, 560, 90);
    paint_lay(c, ink_raised(ink_down(0x6d7f92, 0x93a0a8, 520, 640), 8));
    paint_ridge(c, 636, 60, 380, 103);
    paint_lay(c, ink_raised(ink_down(0x3f566f, 0x5a7083, 570, 650), 8));
    paint_rect(c, at(0, 632), at(1600, 1067));
    paint_lay(c, ink_down(0x9ba9ae, 0x1d2c4a, 632, 1067));

    for (uint32_t i = 0; i < 34; i++) {
        float depth = (float)i / 33;
        float half = 40 + 160 * depth * paint_chance(31, i) + 70 * paint_chance(32, i);
        float y = 646 + 400 * depth * depth;
        float x = 1080 + 90 * depth * (paint_chance(33, i) - 0.5f);
        paint_taper(c, at(x - half, y), at(x + half, y), 2 + 5 * depth, 2 + 5 * depth);
    }
    paint_lay(c, ink_veil(0xfbeccb, 0.7f));
    lay_ripples(c, at(0, 660), at(1600, 1060), ink_veil(NIGHT, 0.34f));

    /* Its reflection, the boat, its bent roof, and the bale of nets. */
    paint_ellipse(c, at(600, 858), 330, 44);
    paint_lay(c, ink_veil(0x0d1526, 0.55f));
    const struct point pole[4] = {{890, 470}, {868, 600}, {848, 740}, {836, 840}};
    paint_brush(c, pole, 9, 9);
    paint_lay(c, ink_flat(BARK));
    paint_ellipse(c, at(778, 772), 66, 52);
    paint_ellipse(c, at(840, 786), 44, 36);
    paint_lay(c, ink_raised(ink_down(MOSS, PINE, 720, 810), 6));
    paint_move(c, at(430, 800));
    paint_curve(c, at(428, 640), at(690, 640), at(700, 800));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(OCHRE, WOOD, 680, 800), 12));
    for (int i = 0; i < 5; i++) {
        float x = 470 + 46 * (float)i;
        float lift = 108 - 13 * fabsf((float)i - 2) * fabsf((float)i - 2) * 0.55f;
        const struct point rib[4] = {{x, 800}, {x, 760}, {x + 2, 730}, {x + 4, 800 - lift}};
        paint_brush(c, rib, 4, 3);
    }
    paint_lay(c, ink_veil(BARK, 0.7f));
    paint_move(c, at(250, 770));
    paint_curve(c, at(380, 812), at(800, 812), at(950, 752));
    paint_curve(c, at(920, 850), at(820, 868), at(600, 868));
    paint_curve(c, at(400, 868), at(300, 850), at(250, 770));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0x4a2f2a, 0x1d1a22, 770, 868), 14));
    const struct point gunwale[4] = {{250, 770}, {380, 812}, {800, 812}, {950, 752}};
    paint_brush(c, gunwale, 8, 8);
    paint_lay(c, ink_flat(RUST));
    lay_reeds(c, 60, 240, 140);
    lay_reeds(c, 1470, 380, 151);
}

void scene_rain(struct canvas *c) {
    paint_ground(c, ink_down(0x8c9aa3, 0xd9d9d2, 0, 700));
    paint_ridge(c, 470, 290, 560, 201);
    paint_lay(c, ink_raised(ink_down(0x98a8ae, 0xc6ccc9, 240, 560), 8));
    paint_ridge(c, 590, 260, 450, 214);
    paint_lay(c, ink_raised(ink_down(0x6f8791, 0xa9b7b8, 370, 680), 10));
    paint_ridge(c, 720, 240, 420, 226);
    paint_lay(c, ink_raised(ink_down(0x4a6a6d, 0x86a09c, 510, 800), 12));
    paint_ridge(c, 860, 190, 520, 238);
    paint_lay(c, ink_raised(ink_down(0x35564f, 0x5d7d70, 690, 930), 14));

    /* One roof, with a light on, under one tree. */
    paint_rect(c, at(968, 742), at(1160, 850));
    paint_lay(c, ink_raised(ink_down(LINEN, SAND, 740, 850), 8));
    paint_rect(c, at(1040, 774), at(1086, 822));
    paint_lay(c, ink_flat(LAMP));
    paint_taper(c, at(1063, 774), at(1063, 822), 4, 4);
    paint_taper(c, at(1040, 798), at(1086, 798), 4, 4);
    paint_lay(c, ink_flat(BARK));
    paint_move(c, at(926, 760));
    paint_curve(c, at(976, 740), at(1000, 712), at(1014, 676));
    paint_line(c, at(1114, 676));
    paint_curve(c, at(1128, 712), at(1152, 740), at(1202, 760));
    paint_curve(c, at(1120, 748), at(1008, 748), at(926, 760));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(RUST, 0x6f2c1a, 676, 760), 12));
    const struct point trunk[4] = {{1262, 880}, {1258, 780}, {1280, 690}, {1256, 580}};
    paint_brush(c, trunk, 34, 12);
    paint_lay(c, ink_raised(ink_flat(BARK), 8));
    for (uint32_t i = 0; i < 15; i++) {
        float x = 1250 + 330 * (paint_chance(251, i) - 0.5f);
        float y = 560 + 170 * (paint_chance(252, i) - 0.5f);
        paint_ellipse(c, at(x, y), 74, 52);
    }
    paint_lay(c, ink_raised(ink_down(0x3c5f52, 0x213d37, 460, 680), 14));
    paint_ridge(c, 1010, 150, 640, 263);
    paint_lay(c, ink_raised(ink_down(0x24403a, 0x16272a, 860, 1067), 16));

    for (uint32_t i = 0; i < 420; i++) {
        float near = paint_chance(271, i);
        float x = -250 + 2000 * paint_chance(272, i);
        float y = -120 + 1180 * paint_chance(273, i);
        float length = 50 + 130 * near;
        paint_taper(c, at(x + length * 0.3f, y), at(x, y + length), 1.0f, 1.4f + 2.0f * near);
    }
    paint_lay(c, ink_veil(PAPER, 0.5f));
}

static void lay_persimmon(struct canvas *c, struct point p, float r) {
    paint_move(c, at(p.x, p.y - r * 0.78f));
    paint_curve(c, at(p.x + r * 0.75f, p.y - r * 0.98f), at(p.x + r * 1.22f, p.y - r * 0.2f),
                at(p.x + r * 0.98f, p.y + r * 0.3f));
    paint_curve(c, at(p.x + r * 0.75f, p.y + r * 0.86f), at(p.x + r * 0.3f, p.y + r * 0.87f),
                at(p.x, p.y + r * 0.87f));
    paint_curve(c, at(p.x - r * 0.3f, p.y + r * 0.87f), at(p.x - r * 0.75f, p.y + r * 0.86f),
                at(p.x - r * 0.98f, p.y + r * 0.3f));
    paint_curve(c, at(p.x - r * 1.22f, p.y - r * 0.2f), at(p.x - r * 0.75f, p.y - r * 0.98f),
                at(p.x, p.y - r * 0.78f));
    paint_close(c);
    struct ink skin = ink_glow(at(p.x - r * 0.35f, p.y - r * 0.2f), r * 1.5f, colour_rgb(0xf08a3c),
                               colour_rgb(0xbb4418));
    skin.grain = 0.5f;
    paint_lay(c, ink_raised(skin, 14));
    for (int i = 0; i < 4; i++) {
        float side = i % 2 == 0 ? -1 : 1;
        float reach = i < 2 ? 0.62f : 0.3f;
        float y = p.y - r * 0.72f;
        const struct point leaf[4] = {{p.x, y},
                                      {p.x + side * r * reach * 0.4f, y - r * 0.14f},
                                      {p.x + side * r * reach * 0.8f, y - r * 0.04f},
                                      {p.x + side * r * reach, y + r * (i < 2 ? 0.12f : 0.3f)}};
        paint_brush(c, leaf, r * 0.26f, r * 0.05f);
    }
    paint_lay(c, ink_flat(0x5d6b45));
}

void scene_persimmons(struct canvas *c) {
    paint_ground(c, ink_down(0xa9bcc4, 0xf3e9d6, 0, 1500));
    paint_ridge(c, 1440, 230, 700, 301);
    paint_lay(c, ink_raised(ink_down(0xa7b5b4, 0xcdd0c6, 1180, 1500), 8));
    const struct point trunk[4] = {{-60, 330}, {260, 250}, {520, 420}, {760, 330}};
    const struct point reach[4] = {{760, 330}, {900, 280}, {1030, 320}, {1240, 190}};
    const struct point down[4] = {{430, 345}, {560, 480}, {600, 640}, {800, 760}};
    const struct point fork[4] = {{655, 660}, {640, 800}, {560, 900}, {420, 1010}};
    const struct point twig[4] = {{800, 760}, {880, 810}, {930, 900}, {1010, 930}};
    const struct point spur[4] = {{220, 295}, {260, 420}, {250, 560}, {200, 660}};
    const struct point stalk[4] = {{980, 300}, {1000, 310}, {1014, 330}, {1014, 372}};
    const struct point lift[4] = {{572, 362}, {600, 260}, {660, 160}, {640, 40}};
    paint_brush(c, trunk, 58, 34);
    paint_brush(c, reach, 34, 9);
    paint_brush(c, down, 30, 14);
    paint_brush(c, fork, 16, 7);
    paint_brush(c, twig, 14, 6);
    paint_brush(c, spur, 20, 7);
    paint_brush(c, lift, 14, 4);
    paint_brush(c, stalk, 9, 8);
    paint_lay(c, ink_raised(ink_down(0x3b2a26, 0x57392b, 0, 1100), 14));
    /* The last three leaves. */
    const struct point leaves[3][4] = {{{860, 300}, {850, 360}, {870, 420}, {860, 500}},
                                       {{360, 320}, {420, 240}, {440, 180}, {430, 110}},
                                       {{720, 700}, {790, 650}, {850, 640}, {920, 660}}};
    for (size_t i = 0; i < COUNT_OF(leaves); i++) {
        const struct point *p = leaves[i];
        float dx = (p[3].x - p[0].x) * 0.28f;
        float dy = (p[3].y - p[0].y) * 0.28f;
        paint_move(c, p[0]);
        paint_curve(c, at(p[1].x - dy, p[1].y + dx), at(p[2].x - dy, p[2].y + dx), p[3]);
        paint_curve(c, at(p[2].x + dy, p[2].y - dx), at(p[1].x + dy, p[1].y - dx), p[0]);
        paint_close(c);
    }
    paint_lay(c, ink_raised(ink_down(RUST, OCHRE, 100, 700), 8));
    lay_persimmon(c, at(200, 752), 104);
    lay_persimmon(c, at(806, 900), 132);
    lay_persimmon(c, at(420, 1118), 120);
    lay_persimmon(c, at(1030, 1034), 104);
    lay_persimmon(c, at(1014, 440), 112);
    lay_persimmon(c, at(560, 566), 96);
}

static void lay_sheet(struct canvas *c, struct point p, bool lifted) {
    float w = 212;
    float h = 262;
    paint_move(c, p);
    paint_line(c, at(p.x + w, p.y + 4));
    if (lifted) {
        paint_line(c, at(p.x + w - 4, p.y + h - 92));
        paint_line(c, at(p.x + w - 96, p.y + h));
    } else {
        paint_line(c, at(p.x + w - 2, p.y + h));
    }
    paint_line(c, at(p.x + 4, p.y + h - 3));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0xfbf5e8, 0xeee2ca, p.y, p.y + h), 7));
    if (!lifted) return;
    paint_move(c, at(p.x + w - 4, p.y + h - 92));
    paint_curve(c, at(p.x + w - 40, p.y + h - 120), at(p.x + w - 100, p.y + h - 104),
                at(p.x + w - 118, p.y + h - 70));
    paint_curve(c, at(p.x + w - 118, p.y + h - 50), at(p.x + w - 108, p.y + h - 20),
                at(p.x + w - 96, p.y + h));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0xd9c9aa, 0xf6ecd8, p.y + h - 110, p.y + h), 16));
}

void scene_drying(struct canvas *c) {
    paint_ground(c, ink_down(0xc8d3d2, 0xf0e6d2, 0, 640));
    paint_ridge(c, 520, 230, 620, 331);
    paint_lay(c, ink_raised(ink_down(HAZE, 0xc0cac8, 320, 600), 8));
    paint_ridge(c, 590, 150, 430, 344);
    paint_lay(c, ink_raised(ink_down(0x55766c, 0x8ea596, 440, 640), 10));
    /* A low wall with its tiles, and the yard. */
    paint_rect(c, at(0, 580), at(1600, 800));
    paint_lay(c, ink_raised(ink_down(0xe0cfae, 0xc5ab82, 580, 800), 10));
    for (int i = 0; i < 17; i++) paint_ellipse(c, at(100.0f * (float)i, 580), 54, 26);
    paint_rect(c, at(0, 552), at(1600, 576));
    paint_lay(c, ink_raised(ink_down(0x3d4c5d, 0x2a3444, 550, 606), 10));
    paint_rect(c, at(0, 790), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0xb08f63, 0x86663f, 790, 1067), 6));

    const struct point shade[] = {{1120, 960}, {1240, 936}, {1500, 1010}, {1120, 1030}};
    paint_polygon(c, shade, COUNT_OF(shade));
    paint_lay(c, ink_veil(BARK, 0.4f));
    const struct point board[] = {{356, 118}, {1140, 100}, {1156, 974}, {340, 986}};
    paint_polygon(c, board, COUNT_OF(board));
    paint_lay(c, ink_raised(ink_down(0x95653c, 0x6b4428, 100, 980), 26));
    for (int i = 1; i < 4; i++) {
        float x = 350 + 200 * (float)i;
        paint_taper(c, at(x + 4, 112), at(x, 980), 4, 4);
    }
    paint_lay(c, ink_veil(BARK, 0.55f));
    for (int row = 0; row < 2; row++) {
        for (int column = 0; column < 3; column++) {
            struct point p = at(398 + 246 * (float)column, 176 + 300 * (float)row);
            lay_sheet(c, p, row == 1 && column == 2);
        }
    }
    /* The brush that smooths them, and the basin. */
    paint_taper(c, at(392, 842), at(660, 812), 22, 20);
    paint_lay(c, ink_raised(ink_flat(OCHRE), 10));
    const struct point bristles[] = {{640, 796}, {712, 790}, {740, 852}, {636, 858}};
    paint_polygon(c, bristles, COUNT_OF(bristles));
    paint_lay(c, ink_raised(ink_down(BARK, INK, 790, 858), 10));
    paint_move(c, at(1250, 880));
    paint_curve(c, at(1262, 1000), at(1476, 1000), at(1490, 880));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(INDIGO, NIGHT, 880, 980), 16));
    paint_ellipse(c, at(1370, 880), 121, 34);
    paint_lay(c, ink_flat(0x3a5580));
    paint_ellipse(c, at(1370, 884), 104, 25);
    paint_lay(c, ink_down(0xd7dfdd, HAZE, 858, 908));
    const struct point branch[4] = {{1640, 110}, {1500, 130}, {1420, 230}, {1290, 220}};
    paint_brush(c, branch, 26, 6);
    paint_lay(c, ink_raised(ink_flat(BARK), 12));
    lay_persimmon(c, at(1410, 286), 46);
    lay_persimmon(c, at(1520, 236), 50);
    lay_persimmon(c, at(1316, 282), 40);
}

/* A shore is a wavering upright line with all that lies behind it. */
static void lay_shore(struct canvas *c, float x, float side, struct ink ink) {
    float back = side < 0 ? -60 : 1660;
    paint_move(c, at(back, -20));
    for (float y = -20; y <= 1090; y += 10) {
        float bend = 60 * sinf(y * 0.0062f + side) + 34 * sinf(y * 0.017f + 2 * side) +
                     14 * sinf(y * 0.041f + 4 * side);
        paint_line(c, at(x + bend, y));
    }
    paint_line(c, at(back, 1090));
    paint_close(c);
    paint_lay(c, ink);
}

void scene_exchange(struct canvas *c) {
    static const uint32_t left[] = {0x9f4a26, 0xb8592f, 0xcb7442, 0xd99562, 0xe6b88c};
    static const uint32_t right[] = {0x3e6358, 0x557a69, 0x77967f, 0x9db49b, 0xc5d0b8};
    paint_ground(c, ink_down(0x2c4368, 0x17233f, 0, 1067));
    for (int i = 0; i < 22; i++) {
        float y = 40 + 50 * (float)i;
        const struct point current[4] = {{0, y}, {600, y - 60}, {1000, y + 70}, {1600, y - 10}};
        paint_brush(c, current, 2, 2);
    }
    paint_lay(c, ink_veil(HAZE, 0.3f));
    /* Heights, from the water up: each sheet a little further from the shore. */
    for (size_t i = COUNT_OF(left); i > 0; i--) {
        float step = 92 * (float)(COUNT_OF(left) - i);
        lay_shore(c, 600 - step, -1, ink_raised(ink_flat(left[i - 1]), 12));
        lay_shore(c, 1010 + step, 1, ink_raised(ink_flat(right[i - 1]), 12));
    }
    for (int i = 1; i < 8; i++)
        paint_rect(c, at(200 * (float)i, 0), at(200 * (float)i + 1.5f, 1067));
    for (int i = 1; i < 6; i++)
        paint_rect(c, at(0, 178 * (float)i), at(1600, 178 * (float)i + 1.5f));
    paint_lay(c, ink_veil(PAPER, 0.25f));

    /* The road: dots that bend on the water and stop short of the far shore. */
    const struct point road[3][2] = {
        {{300, 830}, {560, 640}}, {{560, 640}, {760, 560}}, {{760, 560}, {904, 380}}};
    for (size_t leg = 0; leg < COUNT_OF(road); leg++) {
        struct point a = road[leg][0];
        struct point b = road[leg][1];
        int dots = (int)(hypotf(b.x - a.x, b.y - a.y) / 34);
        for (int i = 0; i < dots; i++) {
            float t = (float)i / (float)dots;
            paint_ellipse(c, at(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t), 9, 9);
        }
    }
    paint_lay(c, ink_raised(ink_flat(PAPER), 6));
    paint_ring(c, at(300, 830), 34, 22);
    paint_ring(c, at(1210, 236), 34, 22);
    paint_ring(c, at(1210, 236), 12, 0.5f);
    paint_lay(c, ink_raised(ink_flat(PAPER), 8));
    paint_taper(c, at(884, 340), at(944, 376), 9, 9); /* a bar across the road's end */
    paint_lay(c, ink_raised(ink_flat(0xff9a5c), 8));
    /* North. */
    const struct point needle[] = {{1440, 820}, {1466, 930}, {1440, 904}, {1414, 930}};
    paint_polygon(c, needle, COUNT_OF(needle));
    paint_ring(c, at(1440, 880), 84, 79);
    paint_lay(c, ink_raised(ink_flat(INK), 6));
}
