/* pixels.h: how the scrubber hands over a picture it has read.
 *
 * The scrubber (one process for one untrusted file) writes one answer into a memory file that the
 * house made, sized and sealed for it: this header, then the pixels, row after row from the top,
 * 3 bytes (R G B) or 4 (R G B A, not premultiplied) each, in sRGB, nothing between rows. Integers
 * are the machine's own: both ends run on it, from one build.
 *
 * Whoever wrote the answer has just met hostile bytes and may be their puppet. So no word of it
 * reaches a person: it refuses with a number, and the words for it are here, on the trusted side.
 * pixels_check is the only door: nothing of an answer is used before it said yes. */
#pragma once

#include <assert.h>

#include "base/base.h"

enum {
    PIXELS_MAGIC = 0x58495048, /* "HPIX" in memory, on a little-endian machine */
    PIXELS_VERSION = 1,        /* one more whenever the layout or a meaning changes */
    PIXELS_BANDS_MAX = 4,      /* R G B A */
};

/* What a file is, by its first bytes. */
enum pixels_format {
    PIXELS_FORMAT_UNKNOWN,
    PIXELS_FORMAT_DRAWN, /* no file: our own code drew it */
    PIXELS_FORMAT_JPEG,
    PIXELS_FORMAT_PNG,
    PIXELS_FORMAT_GIF, /* this one and those below are known, but not read */
    PIXELS_FORMAT_WEBP,
    PIXELS_FORMAT_TIFF,
    PIXELS_FORMAT_BMP,
    PIXELS_FORMAT_HEIF, /* HEIC and AVIF share a container */
    PIXELS_FORMAT_JXL,
    PIXELS_FORMAT_PSD,
    PIXELS_FORMAT_PDF,
    PIXELS_FORMAT_SVG,
    PIXELS_FORMAT_COUNT
};

enum pixels_status {
    PIXELS_SILENT,     /* nothing was written: the scrubber died or never began */
    PIXELS_READ,       /* pixels follow */
    PIXELS_EMPTY,      /* refused: a file of no bytes */
    PIXELS_FILE_BYTES, /* refused: over LIMIT_PICTURE_BYTES */
    PIXELS_KIND,       /* refused: a kind of file that is not read */
    PIXELS_SIDE,       /* refused: wider or higher than LIMIT_PICTURE_SIDE; width, height say */
    PIXELS_COUNT,      /* refused: over LIMIT_PICTURE_PIXELS; width, height say */
    PIXELS_BROKEN,     /* refused: not decodable, or cut short */
    PIXELS_STATUS_COUNT
};

struct pixels_header {
    uint32_t magic;
    uint32_t version;
    uint32_t status; /* enum pixels_status */
    uint32_t format; /* enum pixels_format */
    uint32_t width;  /* pixels, of what follows; of the refused picture for SIDE and COUNT */
    uint32_t height;
    uint32_t bands;
};
static_assert(sizeof(struct pixels_header) == 28, "seven numbers, no padding");
static_assert(offsetof(struct pixels_header, bands) == 24, "in this order");

/* How many bytes the largest answer has: an unreduced strip as wide as we publish and as long as
 * we accept. The memory file has this size; what is not written takes no memory. */
enum {
    PIXELS_ANSWER_BYTES_MAX = (int)sizeof(struct pixels_header) +
                              LIMIT_PICTURE_WIDTH * LIMIT_PICTURE_SIDE * PIXELS_BANDS_MAX
};

/* A picture as pixels, checked: what the encoder takes. `bytes` borrows. */
struct pixels {
    enum pixels_format format;
    uint32_t width; /* 1 to LIMIT_PICTURE_SIDE */
    uint32_t height;
    uint32_t bands; /* 3 or 4 */
    str bytes;      /* width * height * bands of them */
};

/* The number of bytes in a picture of this size, or 0 when a side is 0 or too long, the bands are
 * neither 3 nor 4, or there are more pixels than LIMIT_PICTURE_PIXELS. */
size_t pixels_size(uint32_t width, uint32_t height, uint32_t bands);

/* Judges the header of an answer; only PIXELS_READ gives success, with how many bytes of pixels
 * follow. Refusals become sentences for the person who brought the file.
 * fails: ERR_INVALID (refused, with its reason), ERR_IO (not an answer: forged, torn, or none). */
err pixels_check(const struct pixels_header *header, size_t *ret_size) MUST_USE;

/* A format as people know it ("JPEG"), static. */
const char *pixels_format_name(enum pixels_format format);
