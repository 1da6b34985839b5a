/* photos.c: photographs that nobody took, the same for everybody.
 *
 *     photos FOLDER COUNT
 *
 * writes COUNT JPEG files (0001.jpg ...) into FOLDER, as an organisation has them: from a telephone
 * of twelve megapixels, from an older camera, from its last web site. Each is a landscape: detail
 * at every scale, about as unevenly spread as in a photograph, hard edges where one hill stands
 * before the next, and the grain of a sensor. Integers alone decide, so a number gives the same
 * pixels on every machine. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <vips/vips.h>

enum {
    SIDE_MAX = 4096, /* of the field a picture is cut from: a power of two */
    COARSEST = 16,   /* points on a side of the first, coarse field */
    STRENGTH = 9000, /* how far a point of it may lie from the middle */
    HILLS = 5,
    BANDS = 3,
    QUALITY = 92,
    COUNT_MAX = 9999,
};

static const struct {
    int width;
    int height;
} SHAPES[] = {{4032, 3024}, {2560, 1920}, {3000, 2000}, {1920, 1280}};

struct field {
    int16_t at[SIDE_MAX][SIDE_MAX];
};

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t draw(uint64_t *chance) {
    uint64_t z = *chance += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* -strength to strength. */
static int around(uint64_t *chance, int strength) {
    return (int)(draw(chance) >> 40) % (2 * strength + 1) - strength;
}

/* Twice as many points on a side: old ones keep their height, new ones lie between their neighbours
 * and get detail of their own. From the last point back, in place. */
static void refine(struct field *field, int side, int strength, uint64_t *chance) {
    for (int y = side * 2 - 1; y >= 0; y--) {
        for (int x = side * 2 - 1; x >= 0; x--) {
            int right = (x + 1) / 2 < side ? (x + 1) / 2 : side - 1;
            int below = (y + 1) / 2 < side ? (y + 1) / 2 : side - 1;
            int between = (field->at[y / 2][x / 2] + field->at[y / 2][right] +
                           field->at[below][x / 2] + field->at[below][right]) /
                          4;
            field->at[y][x] = (int16_t)(between + around(chance, strength));
        }
    }
}

/* Detail of every size, each size two thirds as strong as the one above it. */
static void grow(struct field *field, uint64_t *chance) {
    int strength = STRENGTH;
    for (int y = 0; y < COARSEST; y++) {
        for (int x = 0; x < COARSEST; x++) field->at[y][x] = (int16_t)around(chance, strength);
    }
    for (int side = COARSEST; side < SIDE_MAX; side *= 2) {
        strength = strength * 2 / 3;
        refine(field, side, strength, chance);
    }
}

static uint8_t clamp(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

/* Draws a landscape: sky above, hills from the farthest to the nearest below it. Each is the field
 * seen from another place, in a colour of its own; a skyline is a row of the field as well. */
static void paint(const struct field *field, int width, int height, uint64_t chance,
                  uint8_t *pixels) {
    int tints[HILLS + 1][BANDS];
    for (int i = 0; i < (HILLS + 1) * BANDS; i++) {
        tints[i / BANDS][i % BANDS] = 120 + around(&chance, 60);
    }
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int hill = 0;
            while (hill < HILLS && y > (hill + 2) * height / (HILLS + 3) +
                                           field->at[hill * 331][x] * height / 160000) {
                hill++;
            }
            int grey = field->at[(y + hill * 517) % SIDE_MAX][x] / 150;
            int warmth = field->at[y / 4][x / 4] / 900;
            int grain = (int)(draw(&chance) & 7);
            *pixels++ = clamp(tints[hill][0] + grey + warmth + grain);
            *pixels++ = clamp(tints[hill][1] + grey + grain);
            *pixels++ = clamp(tints[hill][2] + grey - warmth + grain);
        }
    }
}

static int write_photo(struct field *field, const char *folder, unsigned number) {
    int width = SHAPES[number % 4].width;
    int height = SHAPES[number % 4].height;
    size_t size = (size_t)width * (size_t)height * BANDS;
    uint64_t chance = number;
    uint8_t *pixels = malloc(size);
    char path[4096];
    if (pixels == NULL) return -1;
    grow(field, &chance);
    paint(field, width, height, chance, pixels);
    VipsImage *image =
        vips_image_new_from_memory(pixels, size, width, height, BANDS, VIPS_FORMAT_UCHAR);
    snprintf(path, sizeof path, "%s/%04u.jpg", folder, number);
    int result = image == NULL ? -1 : vips_jpegsave(image, path, "Q", QUALITY, NULL);
    if (image != NULL) g_object_unref(image);
    free(pixels);
    return result;
}

int main(int argc, char **argv) {
    unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (count == 0 || count > COUNT_MAX) {
        fputs("usage: photos FOLDER COUNT\n", stderr);
        return 64;
    }
    struct field *field = malloc(sizeof *field);
    if (field == NULL || vips_init(argv[0]) != 0) return 70;
    for (unsigned number = 1; number <= count; number++) {
        if (write_photo(field, argv[1], number) != 0) {
            fprintf(stderr, "photos: %s\n", vips_error_buffer());
            return 70;
        }
    }
    free(field);
    return 0;
}
