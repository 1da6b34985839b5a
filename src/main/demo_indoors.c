/* demo_indoors.c: windows, lamps, tables, and what lies on them. See demo_scenes.h. */
#include "main/demo_scenes.h"

#include <math.h>

void scene_window(struct canvas *c) {
    paint_ground(c, ink_down(0x131d38, 0x22345a, 0, 1500));
    for (int i = 0; i < 12; i++) {
        float y = 60 + 128 * (float)i;
        paint_taper(c, at(-10, y), at(1210, y + 4), 3, 3);
    }
    paint_lay(c, ink_veil(0x0a1020, 0.6f));
    paint_ellipse(c, at(600, 760), 900, 900);
    paint_lay(c, ink_glow(at(600, 760), 760, colour_faded(LAMP, 0.34f), colour_faded(LAMP, 0)));

    paint_rect(c, at(286, 336), at(914, 1136));
    paint_lay(c, ink_raised(ink_down(0x6d4630, 0x4a2f25, 336, 1136), 18));
    paint_rect(c, at(322, 372), at(878, 1100));
    struct ink room = ink_glow(at(690, 800), 620, colour_rgb(0xffe3a0), colour_rgb(0xdb9242));
    room.grain = 0.3f;
    paint_lay(c, room);
    paint_rect(c, at(322, 1046), at(878, 1100));
    paint_lay(c, ink_down(0xb9743f, 0x8a5530, 1046, 1100)); /* the ledge within */
    /* The lamp: a shade, a stem, a foot; and the plant that stands there for her. */
    paint_rect(c, at(682, 850), at(698, 1030));
    paint_ellipse(c, at(690, 1040), 70, 20);
    paint_lay(c, ink_raised(ink_flat(BARK), 6));
    paint_ellipse(c, at(690, 790), 200, 180);
    paint_lay(c, ink_glow(at(690, 800), 190, colour_faded(0xfffbe6, 0.9f), colour_faded(LAMP, 0)));
    const struct point shade[] = {{636, 712}, {744, 712}, {804, 862}, {576, 862}};
    paint_polygon(c, shade, COUNT_OF(shade));
    paint_lay(c, ink_raised(ink_down(0xe4743a, 0xc0501f, 712, 862), 8));
    static const struct point tips[] = {{372, 800}, {404, 690}, {462, 650}, {510, 720}, {548, 836}};
    for (size_t i = 0; i < COUNT_OF(tips); i++) {
        float x = 462 + 8 * ((float)i - 2);
        const struct point stem[4] = {
            {x, 960}, {x, 890}, {(x + tips[i].x) / 2, tips[i].y + 40}, tips[i]};
        paint_brush(c, stem, 9, 6);
        for (int side = -1; side <= 1; side += 2) {
            const struct point leaf[4] = {{tips[i].x, tips[i].y},
                                          {tips[i].x + 20 * (float)side, tips[i].y - 10},
                                          {tips[i].x + 34 * (float)side, tips[i].y + 14},
                                          {tips[i].x + 40 * (float)side, tips[i].y + 44}};
            paint_brush(c, leaf, 34, 3);
        }
    }
    paint_lay(c, ink_raised(ink_down(0x3f6a50, 0x25473a, 640, 960), 7));
    const struct point pot[] = {{396, 944}, {530, 944}, {512, 1052}, {414, 1052}};
    paint_polygon(c, pot, COUNT_OF(pot));
    paint_lay(c, ink_raised(ink_down(RUST, 0x7a2f1a, 944, 1052), 8));
    /* Curtains, the cross of the frame, the sill. */
    for (int side = 0; side < 2; side++) {
        float edge = side == 0 ? 322 : 878;
        float way = side == 0 ? 1 : -1;
        paint_move(c, at(edge, 372));
        paint_line(c, at(edge + 190 * way, 372));
        paint_curve(c, at(edge + 150 * way, 520), at(edge + 60 * way, 640), at(edge, 870));
        paint_close(c);
    }
    paint_lay(c, ink_raised(ink_down(0xf7ead0, 0xe2c390, 372, 800), 10));
    paint_rect(c, at(592, 372), at(608, 1104));
    paint_rect(c, at(322, 614), at(878, 628));
    paint_lay(c, ink_raised(ink_flat(0x5a3a2a), 5));
    paint_rect(c, at(246, 1100), at(954, 1146));
    paint_lay(c, ink_raised(ink_down(0x8a5a3c, 0x5a3a2a, 1100, 1146), 20));
    const struct point spill[] = {{300, 1152}, {900, 1152}, {1060, 1500}, {140, 1500}};
    paint_polygon(c, spill, COUNT_OF(spill));
    paint_lay(c, ink_glow(at(600, 1120), 400, colour_faded(LAMP, 0.34f), colour_faded(LAMP, 0)));
    const struct point eave[] = {{-10, -10}, {1210, -10}, {1210, 120}, {600, 168}, {-10, 120}};
    paint_polygon(c, eave, COUNT_OF(eave));
    paint_lay(c, ink_raised(ink_down(0x0b1122, 0x182341, 0, 168), 26));
}

void scene_oil_lamp(struct canvas *c) {
    static const uint32_t rings[] = {0x2b1a1c, 0x43231f, 0x652f20, 0x8b4223,
                                     0xb35c2a, 0xd6823a, 0xeeab58};
    struct point flame = at(700, 700);
    paint_ground(c, ink_flat(0x1b1418));
    for (size_t i = 0; i < COUNT_OF(rings); i++) {
        float r = 900 - 116 * (float)i;
        paint_ellipse(c, flame, r, r * 1.04f);
        paint_lay(c, ink_raised(ink_flat(rings[i]), 9));
    }
    paint_ellipse(c, flame, 330, 330);
    paint_lay(c, ink_glow(flame, 330, colour_faded(0xfff2c6, 0.85f), colour_faded(LAMP, 0)));
    paint_rect(c, at(0, 1120), at(1200, 1500));
    paint_lay(c, ink_raised(ink_down(0x6f4429, 0x2a1a17, 1120, 1500), 16));
    paint_rect(c, at(0, 1120), at(1200, 1146));
    paint_lay(c,
              ink_glow(at(660, 1120), 640, colour_faded(0xffce86, 0.9f), colour_faded(WOOD, 0.3f)));

    /* The saucer on its foot, the wick that leans out of it. */
    paint_move(c, at(470, 1120));
    paint_curve(c, at(520, 1090), at(556, 1070), at(556, 1010));
    paint_line(c, at(644, 1010));
    paint_curve(c, at(644, 1070), at(680, 1090), at(730, 1120));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0x3a4c6c, 0x1c2740, 1010, 1120), 10));
    paint_move(c, at(352, 880));
    paint_curve(c, at(380, 1048), at(560, 1056), at(606, 1050));
    paint_curve(c, at(720, 1046), at(790, 980), at(800, 872));
    paint_curve(c, at(760, 850), at(720, 862), at(690, 884));
    paint_curve(c, at(600, 910), at(440, 910), at(352, 880));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0x5d7395, 0x22304e, 870, 1050), 14));
    const struct point rim[4] = {{352, 880}, {440, 912}, {600, 912}, {694, 884}};
    paint_brush(c, rim, 12, 12);
    paint_lay(c, ink_flat(0xa9bccd));
    const struct point wick[4] = {{560, 900}, {640, 880}, {690, 850}, {700, 806}};
    paint_brush(c, wick, 16, 11);
    paint_lay(c, ink_flat(LINEN));
    paint_move(c, at(700, 520));
    paint_curve(c, at(716, 620), at(786, 690), at(762, 778));
    paint_curve(c, at(748, 830), at(652, 830), at(638, 778));
    paint_curve(c, at(618, 700), at(692, 640), at(700, 520));
    paint_close(c);
    paint_lay(c, ink_down(0xffd977, 0xf0812c, 520, 820));
    paint_move(c, at(702, 640));
    paint_curve(c, at(710, 690), at(742, 730), at(730, 778));
    paint_curve(c, at(722, 806), at(680, 806), at(672, 778));
    paint_curve(c, at(662, 730), at(698, 700), at(702, 640));
    paint_close(c);
    paint_lay(c, ink_down(0xfffbe4, 0xffdf8a, 640, 800));
}

static void lay_bowl(struct canvas *c, struct point p, float w, uint32_t band) {
    float h = w * 0.52f;
    paint_rect(c, at(p.x - w * 0.2f, p.y + h - 8), at(p.x + w * 0.2f, p.y + h + 18));
    paint_lay(c, ink_raised(ink_flat(SAND), 8));
    paint_move(c, at(p.x - w / 2, p.y));
    paint_curve(c, at(p.x - w * 0.46f, p.y + h * 0.8f), at(p.x - w * 0.24f, p.y + h),
                at(p.x, p.y + h));
    paint_curve(c, at(p.x + w * 0.24f, p.y + h), at(p.x + w * 0.46f, p.y + h * 0.8f),
                at(p.x + w / 2, p.y));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0xfbf5e8, 0xd8c7a6, p.y, p.y + h), 14));
    const struct point stripe[4] = {{p.x - w * 0.475f, p.y + h * 0.27f},
                                    {p.x - w * 0.2f, p.y + h * 0.42f},
                                    {p.x + w * 0.2f, p.y + h * 0.42f},
                                    {p.x + w * 0.475f, p.y + h * 0.27f}};
    paint_brush(c, stripe, 14, 14);
    paint_lay(c, ink_flat(band));
    paint_ellipse(c, p, w / 2, w * 0.105f);
    paint_lay(c, ink_flat(0xfffaf0));
    paint_ellipse(c, at(p.x, p.y + 4), w * 0.46f, w * 0.083f);
    paint_lay(c, ink_down(0xbfa77e, 0x8b6f49, p.y - w * 0.08f, p.y + w * 0.08f));
}

static void lay_steam(struct canvas *c, struct point from, float height) {
    float x = from.x;
    float y = from.y;
    const struct point curl[4] = {
        {x, y}, {x + 110, y - height * 0.35f}, {x - 120, y - height * 0.6f}, {x + 30, y - height}};
    const struct point twin[4] = {{x + 26, y - 10},
                                  {x + 150, y - height * 0.3f},
                                  {x - 40, y - height * 0.55f},
                                  {x + 110, y - height * 0.82f}};
    paint_brush(c, curl, 26, 2);
    paint_lay(c, ink_veil(PAPER, 0.6f));
    paint_brush(c, twin, 16, 2);
    paint_lay(c, ink_veil(PAPER, 0.42f));
}

void scene_kettle(struct canvas *c) {
    paint_ground(c, ink_down(0x39584e, 0x5d7d6c, 0, 760));
    /* Morning on the wall: four panes of light. */
    for (int i = 0; i < 4; i++) {
        float x = 900 + 200 * (float)(i % 2);
        float y = 110 + 226 * (float)(i / 2);
        float lean = 0.16f;
        const struct point pane[] = {{x + (y - 110) * lean, y},
                                     {x + 180 + (y - 110) * lean, y},
                                     {x + 180 + (y + 96) * lean, y + 206},
                                     {x + (y + 96) * lean, y + 206}};
        paint_polygon(c, pane, COUNT_OF(pane));
    }
    paint_lay(c, ink_veil(0xffdf9e, 0.6f));
    paint_rect(c, at(0, 742), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0xb97a45, 0x7a4a2b, 742, 1067), 16));
    for (uint32_t i = 0; i < 9; i++) {
        float y = 772 + 33 * (float)i;
        const struct point vein[4] = {{-10, y},
                                      {500, y + 14 * paint_chance(5, i)},
                                      {1000, y - 16 * paint_chance(6, i)},
                                      {1610, y + 6}};
        paint_brush(c, vein, 2.5f, 2.5f);
    }
    paint_lay(c, ink_veil(BARK, 0.35f));
    paint_ellipse(c, at(640, 900), 330, 52);
    paint_ellipse(c, at(1110, 900), 170, 34);
    paint_ellipse(c, at(1390, 950), 160, 32);
    paint_lay(c, ink_veil(BARK, 0.45f));

    /* Handle behind, spout, body, lid. */
    const struct point handle[4] = {{402, 560}, {420, 250}, {800, 250}, {818, 560}};
    paint_brush(c, handle, 26, 26);
    paint_lay(c, ink_raised(ink_flat(BARK), 14));
    const struct point spout[4] = {{800, 790}, {900, 760}, {880, 600}, {968, 540}};
    paint_brush(c, spout, 104, 42);
    paint_lay(c, ink_raised(ink_down(0x3a5280, 0x22345a, 540, 820), 12));
    paint_ellipse(c, at(972, 532), 26, 17);
    paint_lay(c, ink_flat(INK));
    paint_move(c, at(420, 560));
    paint_curve(c, at(500, 488), at(720, 488), at(800, 560));
    paint_curve(c, at(880, 660), at(890, 800), at(800, 896));
    paint_curve(c, at(752, 944), at(468, 944), at(420, 896));
    paint_curve(c, at(330, 800), at(340, 660), at(420, 560));
    paint_close(c);
    struct ink body = ink_glow(at(520, 620), 480, colour_rgb(0x58759f), colour_rgb(0x1b2a4c));
    body.grain = 0.5f;
    paint_lay(c, ink_raised(body, 18));
    const struct point shine[4] = {{448, 620}, {400, 690}, {404, 770}, {440, 830}};
    paint_brush(c, shine, 18, 6);
    paint_lay(c, ink_veil(PAPER, 0.5f));
    paint_ellipse(c, at(610, 532), 150, 34);
    paint_lay(c, ink_raised(ink_down(0x46618d, 0x2a3f66, 500, 566), 10));
    paint_ellipse(c, at(610, 488), 30, 26);
    paint_lay(c, ink_raised(ink_flat(PERSIMMON), 6));
    lay_bowl(c, at(1110, 760), 300, INDIGO);
    lay_bowl(c, at(1390, 812), 280, PERSIMMON);
    lay_steam(c, at(990, 500), 380);
    lay_steam(c, at(1110, 740), 240);
}

/* The quilt, drawn up to the edge of the shelf. */
static void lay_quilt(struct canvas *c) {
    paint_move(c, at(-20, 1087));
    paint_line(c, at(-20, 700));
    paint_curve(c, at(120, 700), at(190, 860), at(330, 900));
    paint_curve(c, at(520, 950), at(640, 900), at(820, 1087));
    paint_close(c);
    paint_lay(c, ink_raised(ink_down(0x6f8f7c, 0x35574c, 700, 1067), 22));
    for (int i = 1; i < 5; i++) {
        float y = 84 * (float)i;
        const struct point slope[4] = {
            {-20, 700 + y}, {120, 700 + y}, {190, 860 + y}, {330, 900 + y}};
        const struct point foot[4] = {
            {330, 900 + y}, {520, 950 + y}, {640, 900 + y}, {820, 1087 + y}};
        paint_brush(c, slope, 5, 5);
        paint_brush(c, foot, 5, 5);
    }
    paint_lay(c, ink_veil(PAPER, 0.5f));
}

void scene_radio(struct canvas *c) {
    struct point source = at(620, 560);
    paint_ground(c, ink_flat(0x16223f));
    for (int i = 0; i < 9; i++) {
        float r = 1240 - 118 * (float)i;
        uint32_t step = (uint32_t)i;
        paint_ellipse(c, source, r, r);
        paint_lay(c, ink_raised(ink_flat(0x1a2848u + step * 0x050709u), 8));
    }
    paint_rect(c, at(0, 850), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0x8c5836, 0x4b2e22, 850, 1067), 18));
    paint_rect(c, at(0, 850), at(1600, 872));
    paint_lay(c, ink_veil(0xe4a868, 0.6f));

    const struct point antenna[4] = {{1080, 400}, {1130, 300}, {1180, 200}, {1240, 70}};
    paint_brush(c, antenna, 9, 5);
    paint_ellipse(c, at(1240, 70), 10, 10);
    paint_lay(c, ink_raised(ink_flat(HAZE), 8));
    paint_round_rect(c, at(330, 380), at(1200, 850), 46);
    paint_lay(c, ink_raised(ink_down(0xc9632f, 0x86351a, 380, 850), 24));
    paint_round_rect(c, at(366, 416), at(1164, 814), 26);
    paint_lay(c, ink_down(0xf1e3c8, 0xd9c199, 416, 814));
    /* The grille: slats of dark cloth. */
    paint_ellipse(c, at(596, 614), 172, 172);
    paint_lay(c, ink_raised(ink_flat(0x39241f), 6));
    for (int i = -5; i <= 5; i++) {
        float y = 614 + 29 * (float)i;
        float half = sqrtf(164.0f * 164.0f - (29.0f * (float)i) * (29.0f * (float)i)) - 6;
        paint_taper(c, at(596 - half, y), at(596 + half, y), 9, 9);
    }
    paint_lay(c, ink_flat(OCHRE));
    /* The dial: one window of light, marks, and a needle where it should not be. */
    paint_ellipse(c, at(966, 566), 132, 132);
    paint_lay(c, ink_raised(ink_flat(BARK), 8));
    paint_ellipse(c, at(966, 566), 116, 116);
    paint_lay(c, ink_glow(at(966, 566), 130, colour_rgb(0xfff0c0), colour_rgb(0xf0b85a)));
    for (int i = 0; i <= 16; i++) {
        float angle = -2.1f + 4.2f * (float)i / 16;
        float inner = i % 4 == 0 ? 78 : 92;
        struct point d = at(sinf(angle), -cosf(angle));
        paint_taper(c, at(966 + d.x * 104, 566 + d.y * 104),
                    at(966 + d.x * inner, 566 + d.y * inner), 5, 3);
    }
    paint_lay(c, ink_flat(BARK));
    paint_taper(c, at(966, 566), at(1040, 496), 8, 3);
    paint_ellipse(c, at(966, 566), 16, 16);
    paint_lay(c, ink_raised(ink_flat(RUST), 4));
    for (int i = 0; i < 3; i++) {
        paint_ellipse(c, at(886 + 80 * (float)i, 758), 27, 27);
    }
    paint_lay(c, ink_raised(ink_flat(BARK), 8));
    for (int i = 0; i < 3; i++) {
        float x = 886 + 80 * (float)i;
        paint_taper(c, at(x, 758), at(x + 12 - 12 * (float)i, 740), 5, 5);
    }
    paint_lay(c, ink_flat(LINEN));
    lay_quilt(c);
}

/* A word written with water (namu, a tree): its first half is drying while the second is wet. */
static void lay_wet_writing(struct canvas *c) {
    static const struct point strokes[][2] = {{{470, 240}, {466, 410}},   {{466, 410}, {580, 400}},
                                              {{640, 210}, {636, 450}},   {{640, 322}, {716, 318}},
                                              {{860, 226}, {858, 320}},   {{860, 226}, {1030, 220}},
                                              {{1030, 220}, {1026, 318}}, {{858, 320}, {1026, 318}},
                                              {{810, 380}, {1080, 372}},  {{944, 380}, {942, 466}}};
    for (size_t i = 0; i < COUNT_OF(strokes); i++) {
        float wet = 0.12f + 0.6f * (float)i / (float)COUNT_OF(strokes);
        paint_taper(c, strokes[i][0], strokes[i][1], 8 + 20 * wet, 6 + 16 * wet);
        paint_lay(c, ink_veil(0x12241f, wet));
    }
}

static void lay_stool(struct canvas *c) {
    const struct point legs[][2] = {{{1130, 840}, {1110, 1040}}, {{1330, 840}, {1350, 1040}}};
    for (size_t i = 0; i < COUNT_OF(legs); i++) paint_taper(c, legs[i][0], legs[i][1], 26, 20);
    paint_lay(c, ink_raised(ink_flat(0x5d3a26), 12));
    paint_round_rect(c, at(1080, 806), at(1380, 848), 14);
    paint_lay(c, ink_raised(ink_down(0xb57d49, 0x85542f, 806, 848), 12));
}

void scene_desk(struct canvas *c) {
    paint_ground(c, ink_down(0xeadcc1, 0xd9c49d, 0, 760));
    paint_rect(c, at(0, 760), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0x9c7350, 0x6a4a33, 760, 1067), 6));
    paint_rect(c, at(150, 110), at(1450, 590));
    paint_lay(c, ink_raised(ink_down(0x8a5a35, 0x5d3a26, 110, 590), 18));
    paint_rect(c, at(184, 144), at(1416, 556));
    paint_lay(c, ink_down(0x3c6256, 0x2c4c44, 144, 556));
    for (uint32_t i = 0; i < 9; i++) {
        float y = 176 + 40 * (float)i;
        const struct point wipe[4] = {{230, y},
                                      {600, y - 40 * paint_chance(8, i)},
                                      {1000, y + 40 * paint_chance(9, i)},
                                      {1380, y}};
        paint_brush(c, wipe, 22, 34);
    }
    paint_lay(c, ink_veil(MIST, 0.07f));
    lay_wet_writing(c);
    paint_rect(c, at(170, 586), at(1430, 612));
    paint_lay(c, ink_raised(ink_down(0x9a683f, 0x6b4428, 586, 612), 10));
    const struct point sun[] = {{1160, 0}, {1600, 0}, {1180, 1067}, {640, 1067}};
    paint_polygon(c, sun, COUNT_OF(sun));
    paint_lay(c, ink_veil(0xffe9b0, 0.16f));

    lay_stool(c);
    const struct point legs[][2] = {{{330, 800}, {300, 1080}}, {{940, 800}, {970, 1080}}};
    for (size_t i = 0; i < COUNT_OF(legs); i++) paint_taper(c, legs[i][0], legs[i][1], 34, 26);
    paint_lay(c, ink_raised(ink_flat(0x5d3a26), 14));
    paint_rect(c, at(300, 760), at(970, 846));
    paint_lay(c, ink_raised(ink_down(0x8a5a35, 0x6b4428, 760, 846), 12));
    const struct point top[] = {{300, 690}, {980, 690}, {1036, 770}, {240, 770}};
    paint_polygon(c, top, COUNT_OF(top));
    paint_lay(c, ink_raised(ink_down(0xd9a263, 0xb87c45, 690, 770), 18));
    /* A bowl of water, a stick wound with cloth, an open book. */
    lay_bowl(c, at(420, 650), 150, INDIGO);
    paint_taper(c, at(470, 640), at(610, 520), 14, 12);
    paint_lay(c, ink_raised(ink_flat(OCHRE), 8));
    paint_taper(c, at(474, 636), at(446, 662), 34, 26);
    paint_lay(c, ink_raised(ink_flat(PERSIMMON), 6));
    const struct point left[] = {{640, 742}, {670, 690}, {790, 700}, {788, 756}};
    const struct point right[] = {{788, 756}, {790, 700}, {900, 684}, {936, 736}};
    paint_polygon(c, left, COUNT_OF(left));
    paint_lay(c, ink_raised(ink_down(0xfdf7ea, 0xeadcc0, 690, 756), 9));
    paint_polygon(c, right, COUNT_OF(right));
    paint_lay(c, ink_raised(ink_down(0xf6ead2, 0xd9c7a4, 684, 756), 9));
}

/* One hand from the left; `way` -1 mirrors it to come from the right. Fingers go behind what is
 * held, the thumb before it: so a hand is laid in two goes. */
static struct point across(float x, float y, float way) { return at(800 + (x - 800) * way, y); }

static void lay_fingers(struct canvas *c, float way, struct ink skin) {
    static const struct point tips[] = {{792, 500}, {824, 566}, {816, 634}, {778, 696}};
    for (size_t i = 0; i < COUNT_OF(tips); i++) {
        float y = 520 + 56 * (float)i;
        const struct point finger[4] = {across(452, y + 20, way), across(560, y - 6, way),
                                        across(680, tips[i].y + 4, way),
                                        across(tips[i].x - 70, tips[i].y, way)};
        paint_brush(c, finger, 78, 46);
        paint_lay(c, ink_raised(skin, 8));
    }
}

static void lay_palm(struct canvas *c, float way, struct ink skin, struct ink sleeve) {
    paint_move(c, across(250, 560, way));
    paint_curve(c, across(330, 480, way), across(420, 460, way), across(490, 486, way));
    paint_curve(c, across(560, 520, way), across(560, 720, way), across(480, 760, way));
    paint_curve(c, across(400, 790, way), across(320, 770, way), across(250, 740, way));
    paint_close(c);
    const struct point thumb[4] = {across(430, 560, way), across(500, 470, way),
                                   across(560, 460, way), across(650, 486, way)};
    paint_brush(c, thumb, 110, 58);
    paint_lay(c, ink_raised(skin, 14));
    for (int i = 0; i < 3; i++) {
        float y = 590 + 52 * (float)i;
        const struct point crease[4] = {across(478, y + 12, way), across(500, y + 2, way),
                                        across(520, y, way), across(542, y + 2, way)};
        paint_brush(c, crease, 2, 5);
    }
    paint_lay(c, ink_veil(WOOD, 0.55f));
    paint_move(c, across(-40, 470, way));
    paint_line(c, across(290, 500, way));
    paint_curve(c, across(330, 600, way), across(330, 700, way), across(290, 800, way));
    paint_line(c, across(-40, 900, way));
    paint_close(c);
    paint_lay(c, ink_raised(sleeve, 18));
    const struct point hem[4] = {across(262, 506, way), across(300, 600, way),
                                 across(300, 700, way), across(262, 800, way)};
    paint_brush(c, hem, 14, 14);
    paint_lay(c, ink_flat(LINEN));
}

void scene_hands(struct canvas *c) {
    struct ink light = ink_down(0xf3d9bd, 0xd9ae88, 440, 800);
    struct ink dark = ink_down(0xe0b68f, 0xb98560, 440, 800);
    paint_ground(c, ink_down(0x2f4a45, 0x1f3634, 0, 1067));
    paint_ellipse(c, at(800, 560), 460, 460);
    paint_lay(c, ink_raised(ink_down(0xd8632d, 0xb2461f, 100, 1020), 14));
    paint_ellipse(c, at(800, 560), 372, 372);
    paint_lay(c, ink_raised(ink_down(0xe9894a, 0xc75b29, 188, 932), 10));
    lay_fingers(c, 1, light);
    lay_fingers(c, -1, dark);
    /* The letter: eight parts to a side, and one fold standing up. */
    const struct point sheet[] = {{560, 352}, {1040, 352}, {1052, 776}, {548, 776}};
    paint_polygon(c, sheet, COUNT_OF(sheet));
    paint_lay(c, ink_raised(ink_down(0xfffaf0, 0xeadfc8, 352, 776), 22));
    for (int i = 1; i < 4; i++) {
        float x = 560 + 120 * (float)i;
        float y = 352 + 106 * (float)i;
        paint_taper(c, at(x, 352), at(x + 4 * (float)(i - 2), 776), 3, 3);
        paint_taper(c, at(558, y), at(1044, y), 3, 3);
    }
    paint_lay(c, ink_veil(SAND, 0.9f));
    for (uint32_t i = 0; i < 7; i++) {
        if (i == 3) continue; /* the line that the water took */
        float y = 412 + 46 * (float)i;
        float end = 900 + 90 * paint_chance(77, i);
        const struct point line[4] = {{680, y}, {760, y - 5}, {840, y + 5}, {end, y}};
        paint_brush(c, line, 7, 5);
    }
    paint_lay(c, ink_veil(INDIGO, 0.75f));
    paint_ellipse(c, at(820, 550), 150, 22);
    paint_lay(c, ink_glow(at(820, 550), 150, colour_faded(BLUE, 0.4f), colour_faded(BLUE, 0)));
    lay_palm(c, 1, light, ink_down(INDIGO, NIGHT, 470, 900));
    lay_palm(c, -1, dark, ink_down(0xb9c3b2, MOSS, 470, 900));
}

static void lay_microphone(struct canvas *c, float x, float head, int kind) {
    const struct point neck[4] = {
        {x, 800}, {x, 720}, {x + (800 - x) * 0.12f, 650}, {x + (800 - x) * 0.16f, head}};
    struct point top = neck[3];
    paint_brush(c, neck, 15, 10);
    if (kind == 0) paint_ellipse(c, at(top.x, top.y - 44), 46, 58);
    if (kind == 1) paint_round_rect(c, at(top.x - 34, top.y - 112), at(top.x + 34, top.y + 6), 30);
    if (kind == 2) paint_round_rect(c, at(top.x - 50, top.y - 88), at(top.x + 50, top.y + 4), 12);
    paint_lay(c, ink_raised(ink_down(0x2a2e40, 0x14161f, head - 110, 800), 16));
    for (int i = 0; i < 4; i++) {
        float y = top.y - 82 + 18 * (float)i;
        float half = kind == 2 ? 38 : 24;
        paint_taper(c, at(top.x - half, y), at(top.x + half, y), 4, 4);
    }
    paint_lay(c, ink_veil(HAZE, 0.6f));
    if (kind == 2) paint_rect(c, at(top.x - 50, top.y - 8), at(top.x + 50, top.y + 14));
    if (kind != 2) paint_rect(c, at(top.x - 20, top.y + 8), at(top.x + 20, top.y + 22));
    paint_lay(c, ink_flat(kind == 0 ? OCHRE : LINEN));
}

void scene_microphones(struct canvas *c) {
    paint_ground(c, ink_down(0x7e2a18, 0xc2522a, 0, 900));
    /* The Hall of Windows. */
    for (int i = 0; i < 5; i++) {
        float x = 160 + 320 * (float)i;
        paint_move(c, at(x - 96, 720));
        paint_line(c, at(x - 96, 240));
        paint_curve(c, at(x - 96, 84), at(x + 96, 84), at(x + 96, 240));
        paint_line(c, at(x + 96, 720));
        paint_close(c);
    }
    paint_lay(c, ink_raised(ink_down(0x5f1d13, 0x8f3a20, 80, 720), 4));
    for (int i = 0; i < 5; i++) {
        float x = 160 + 320 * (float)i;
        paint_move(c, at(x - 74, 720));
        paint_line(c, at(x - 74, 246));
        paint_curve(c, at(x - 74, 116), at(x + 74, 116), at(x + 74, 246));
        paint_line(c, at(x + 74, 720));
        paint_close(c);
    }
    paint_lay(c, ink_down(0xf6d39b, 0xe58f4d, 110, 720));
    for (int i = 0; i < 5; i++) {
        float x = 160 + 320 * (float)i;
        paint_rect(c, at(x - 5, 140), at(x + 5, 720));
        paint_rect(c, at(x - 74, 300), at(x + 74, 310));
        paint_rect(c, at(x - 74, 500), at(x + 74, 510));
    }
    paint_lay(c, ink_flat(0x6f2415));
    paint_rect(c, at(0, 700), at(1600, 1067));
    paint_lay(c, ink_raised(ink_down(0x5a1c14, 0x2c1215, 700, 1067), 12));
    paint_ellipse(c, at(800, 560), 620, 520);
    paint_lay(c, ink_glow(at(800, 560), 560, colour_faded(0xffd79a, 0.4f), colour_faded(LAMP, 0)));

    lay_microphone(c, 560, 520, 0);
    lay_microphone(c, 680, 440, 1);
    lay_microphone(c, 800, 500, 2);
    lay_microphone(c, 920, 430, 0);
    lay_microphone(c, 1040, 530, 1);
    const struct point desk[] = {{440, 800}, {1160, 800}, {1100, 1100}, {500, 1100}};
    paint_polygon(c, desk, COUNT_OF(desk));
    paint_lay(c, ink_raised(ink_down(0x3b4f73, 0x1c2843, 800, 1067), 24));
    const struct point top[] = {{400, 768}, {1200, 768}, {1176, 822}, {424, 822}};
    paint_polygon(c, top, COUNT_OF(top));
    paint_lay(c, ink_raised(ink_down(0x6d83a3, 0x3d5378, 768, 822), 18));
    paint_ring(c, at(800, 946), 62, 54);
    const struct point star[] = {{800, 900}, {812, 934}, {846, 946}, {812, 958},
                                 {800, 992}, {788, 958}, {754, 946}, {788, 934}};
    paint_polygon(c, star, COUNT_OF(star));
    paint_lay(c, ink_raised(ink_flat(OCHRE), 5));
}
