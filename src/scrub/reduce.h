/* reduce.h: making a picture smaller.
 *
 * Lanczos with three lobes, stretched over what one new pixel covers, in whole numbers: the same
 * pixels give the same bytes on every machine. Between the two passes (down the columns, then along
 * the rows) six bits more than a byte are kept. Beyond an edge the edge goes on.
 *
 * Pure; for the scrubber's child and the encoder. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct reduction {
    uint32_t from_width; /* pixels */
    uint32_t from_height;
    uint32_t width; /* at least 1, at most as wide as it was; so the height */
    uint32_t height;
    uint32_t bands; /* bytes in a pixel, each reduced by itself: no alpha */
};

/* How many bytes of room reduce_picture needs beside the two pictures. */
size_t reduce_room(const struct reduction *reduction);

/* Reduces `from` into `to`; pixels lie row after row with nothing between. `room` has reduce_room
 * bytes, aligned as malloc aligns. */
void reduce_picture(const struct reduction *reduction, const uint8_t *from, uint8_t *to,
                    void *room);

/* The height that belongs to a new width, at least 1. */
uint32_t reduce_height(uint32_t width, uint32_t height, uint32_t new_width);
