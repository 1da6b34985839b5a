/* pixels.c: judging what the scrubber wrote. See pixels.h. */
#include "wire/pixels.h"

#include <string.h>

static const char *const FORMAT_NAMES[PIXELS_FORMAT_COUNT] = {
    [PIXELS_FORMAT_UNKNOWN] = "unknown",   [PIXELS_FORMAT_DRAWN] = "drawn",
    [PIXELS_FORMAT_JPEG] = "JPEG",         [PIXELS_FORMAT_PNG] = "PNG",
    [PIXELS_FORMAT_GIF] = "GIF",           [PIXELS_FORMAT_WEBP] = "WebP",
    [PIXELS_FORMAT_TIFF] = "TIFF",         [PIXELS_FORMAT_BMP] = "BMP",
    [PIXELS_FORMAT_HEIF] = "HEIC or AVIF", [PIXELS_FORMAT_JXL] = "JPEG XL",
    [PIXELS_FORMAT_PSD] = "Photoshop",     [PIXELS_FORMAT_PDF] = "PDF",
    [PIXELS_FORMAT_SVG] = "SVG",
};

const char *pixels_format_name(enum pixels_format format) { return FORMAT_NAMES[format]; }

size_t pixels_size(uint32_t width, uint32_t height, uint32_t bands) {
    if (width == 0 || width > LIMIT_PICTURE_SIDE) return 0;
    if (height == 0 || height > LIMIT_PICTURE_SIDE) return 0;
    if (bands != 3 && bands != 4) return 0;
    size_t count = 0;
    size_t size = 0;
    if (__builtin_mul_overflow((size_t)width, (size_t)height, &count)) return 0;
    if (count > LIMIT_PICTURE_PIXELS) return 0;
    if (__builtin_mul_overflow(count, (size_t)bands, &size)) return 0;
    return size;
}

static err refused_kind(enum pixels_format format) {
    if (format == PIXELS_FORMAT_UNKNOWN) {
        FAIL(ERR_INVALID, "this is not a kind of picture that is read: save it as JPEG or PNG");
    }
    FAIL(ERR_INVALID, "this kind of file is not read yet: %s: save it as JPEG or PNG",
         pixels_format_name(format));
}

static err accepted(const struct pixels_header *header, size_t *ret_size) {
    bool is_readable = header->format == PIXELS_FORMAT_JPEG || header->format == PIXELS_FORMAT_PNG;
    size_t size = pixels_size(header->width, header->height, header->bands);
    if (!is_readable || size == 0 || header->width > LIMIT_PICTURE_WIDTH) {
        FAIL(ERR_IO, "the scrubber's answer makes no sense: the picture was not read");
    }
    *ret_size = size;
    return OK;
}

err pixels_check(const struct pixels_header *header, size_t *ret_size) {
    static const struct pixels_header NOTHING = {0};
    if (memcmp(header, &NOTHING, sizeof NOTHING) == 0) {
        FAIL(ERR_IO, "the scrubber gave no answer: the picture was not read");
    }
    if (header->magic != PIXELS_MAGIC || header->version != PIXELS_VERSION ||
        header->status >= PIXELS_STATUS_COUNT || header->format >= PIXELS_FORMAT_COUNT) {
        FAIL(ERR_IO, "the scrubber's answer is not one: the picture was not read");
    }
    switch ((enum pixels_status)header->status) {
    case PIXELS_READ: return accepted(header, ret_size);
    case PIXELS_EMPTY: FAIL(ERR_INVALID, "the file is empty");
    case PIXELS_FILE_BYTES:
        FAIL(ERR_INVALID, "the file is larger than %d MB: make it smaller first",
             LIMIT_PICTURE_BYTES >> 20);
    case PIXELS_KIND: return refused_kind((enum pixels_format)header->format);
    case PIXELS_SIDE:
        FAIL(ERR_INVALID, "the picture says it has %u x %u pixels: no side may pass %d",
             header->width, header->height, LIMIT_PICTURE_SIDE);
    case PIXELS_COUNT:
        FAIL(ERR_INVALID, "the picture says it has %u x %u pixels: at most %d million are read",
             header->width, header->height, LIMIT_PICTURE_PIXELS / 1000000);
    case PIXELS_BROKEN:
        FAIL(ERR_INVALID, "the %s is broken or cut short",
             pixels_format_name((enum pixels_format)header->format));
    case PIXELS_SILENT:
    case PIXELS_STATUS_COUNT: break;
    }
    FAIL(ERR_IO, "the scrubber's answer is not one: the picture was not read");
}
