/* demo_scenes.h: each picture of the demo as one function that fills a clear canvas.
 * For demo_draw.c alone; the size of the canvas each expects stands in its table. */
#pragma once

#include "main/demo_paint.h"

/* The few inks of the house, 0xRRGGBB. */
enum {
    PAPER = 0xf4ecdd,
    LINEN = 0xe6d8bf,
    SAND = 0xd3bf9f,
    MIST = 0xc3cbcc,
    HAZE = 0x92a5b2,
    BLUE = 0x5b7593,
    INDIGO = 0x2e4369,
    NIGHT = 0x17233f,
    INK = 0x1c1f2b,
    PINE = 0x2c4c44,
    MOSS = 0x6e8a72,
    PERSIMMON = 0xd8602a,
    RUST = 0xa3401f,
    OCHRE = 0xcf9a48,
    WOOD = 0x8a5a35,
    BARK = 0x4e3326,
    LAMP = 0xf7c96b,
};

/* demo_outdoors.c */
void scene_bridge(struct canvas *c);
void scene_platform(struct canvas *c);
void scene_boat(struct canvas *c);
void scene_rain(struct canvas *c);
void scene_persimmons(struct canvas *c);
void scene_drying(struct canvas *c);
void scene_exchange(struct canvas *c);

/* demo_indoors.c */
void scene_window(struct canvas *c);
void scene_oil_lamp(struct canvas *c);
void scene_kettle(struct canvas *c);
void scene_radio(struct canvas *c);
void scene_desk(struct canvas *c);
void scene_hands(struct canvas *c);
void scene_microphones(struct canvas *c);

/* demo_draw.c uses these for its own marks as well. */
struct ink ink_raised(struct ink ink, float shadow); /* the same ink on a sheet laid on top */
struct ink ink_veil(uint32_t rgb, float alpha);      /* a thin wash without grain */
