/* encode.c: see encode.h. */
#include "scrub/encode.h"

#include <string.h>
#include <vips/vips.h>

#include "scrub/look.h"
#include "scrub/reduce.h"

enum {
    JPEG_QUALITY = 82, /* above it files grow quickly and eyes see no difference */
    /* About what JPEG looks like at its own, in less than half the bytes. */
    AVIF_QUALITY = 60,
    /* 1600 x 1067 pixels: 0.24 CPU-seconds and 68.2 kB at 0, 0.74 s and 65.6 kB at 2, 3.6 s and
     * 65.9 kB at 4, with a structural similarity of 0.921, 0.924 and 0.929: not worth the wait. */
    AVIF_EFFORT = 0,
    PNG_COMPRESSION = 9,      /* zlib's best: a picture is written once and read for years */
    PNG_SIGNATURE_BYTES = 8,  /* PNG (third edition), 5.2 */
    PNG_CHUNK_BYTES_MIN = 12, /* length, type, CRC */
};

static void unref(VipsImage **image) { g_clear_object(image); }
static void free_block(void **block) { g_free(*block); }

static err failed(const char *what) {
    err e = err_make(ERR_IO, __FILE__, __LINE__, "%s: %s", what, vips_error_buffer());
    vips_error_clear();
    return e;
}

/* A view of pixels that stay where they are. */
static err borrow(const struct pixels *pixels, VipsImage **ret_image) {
    *ret_image =
        vips_image_new_from_memory(pixels->bytes.ptr, pixels->bytes.len, (int)pixels->width,
                                   (int)pixels->height, (int)pixels->bands, VIPS_FORMAT_UCHAR);
    if (*ret_image == NULL) return failed("pixels could not be taken");
    (*ret_image)->Type = VIPS_INTERPRETATION_sRGB; /* ours alone so far, so it may be written to */
    return OK;
}

static err copy_out(struct arena *a, VipsImage *image, struct pixels *ret_pixels) {
    CLEANUP(free_block) void *block = NULL;
    size_t size = 0;
    block = vips_image_write_to_memory(image, &size);
    if (block == NULL) return failed("a picture could not be reduced");
    struct pixels pixels = {.format = ret_pixels->format,
                            .width = (uint32_t)vips_image_get_width(image),
                            .height = (uint32_t)vips_image_get_height(image),
                            .bands = (uint32_t)vips_image_get_bands(image)};
    TRY(arena_copy(a, (str){block, size}, &pixels.bytes));
    *ret_pixels = pixels;
    return OK;
}

/* Colour under a transparent pixel must not bleed into its neighbours: weighed by alpha first. */
static int reduce_with_alpha(VipsImage *image, double scale, VipsImage **ret_image) {
    CLEANUP(unref) VipsImage *weighed = NULL;
    CLEANUP(unref) VipsImage *small = NULL;
    CLEANUP(unref) VipsImage *plain = NULL;
    if (vips_premultiply(image, &weighed, NULL) != 0 ||
        vips_resize(weighed, &small, scale, NULL) != 0 ||
        vips_unpremultiply(small, &plain, NULL) != 0) {
        return -1;
    }
    return vips_cast(plain, ret_image, VIPS_FORMAT_UCHAR, NULL);
}

/* The same picture `width` pixels wide. */
static err reduce_opaque(struct arena *a, const struct pixels *pixels, uint32_t width,
                         struct pixels *ret_small) {
    struct reduction reduction = {.from_width = pixels->width,
                                  .from_height = pixels->height,
                                  .width = width,
                                  .height = reduce_height(pixels->width, pixels->height, width),
                                  .bands = pixels->bands};
    size_t size = (size_t)reduction.width * reduction.height * reduction.bands;
    uint8_t *bytes = arena_alloc(a, size);
    void *room = arena_alloc(a, reduce_room(&reduction));
    if (bytes == NULL || room == NULL) FAIL(ERR_NO_MEMORY, "no memory to reduce a picture");
    reduce_picture(&reduction, (const uint8_t *)pixels->bytes.ptr, bytes, room);
    *ret_small = (struct pixels){pixels->format,
                                 reduction.width,
                                 reduction.height,
                                 pixels->bands,
                                 {(const char *)bytes, size}};
    return OK;
}

static err reduce(struct arena *a, const struct pixels *pixels, uint32_t width,
                  struct pixels *ret_small) {
    CLEANUP(unref) VipsImage *image = NULL;
    CLEANUP(unref) VipsImage *small = NULL;
    if (pixels->bands != 4) return reduce_opaque(a, pixels, width, ret_small);
    TRY(borrow(pixels, &image));
    if (reduce_with_alpha(image, (double)width / pixels->width, &small) != 0) {
        return failed("a picture could not be reduced");
    }
    struct pixels reduced = {.format = pixels->format};
    TRY(copy_out(a, small, &reduced));
    *ret_small = reduced;
    return OK;
}

/* The pixels without their fourth band, which says nothing when all of it is opaque. */
static err drop_alpha(struct arena *a, struct pixels *pixels) {
    size_t count = (size_t)pixels->width * pixels->height;
    char *bytes = arena_array(a, count, 3);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture of %zu pixels", count);
    for (size_t i = 0; i < count; i++) memcpy(bytes + i * 3, pixels->bytes.ptr + i * 4, 3);
    pixels->bands = 3;
    pixels->bytes = (str){bytes, count * 3};
    return OK;
}

static err encode_jpeg(struct arena *a, const struct pixels *pixels, bool is_flat, str *ret_file) {
    CLEANUP(unref) VipsImage *image = NULL;
    CLEANUP(free_block) void *block = NULL;
    size_t size = 0;
    TRY(borrow(pixels, &image));
    VipsForeignSubsample subsample =
        is_flat ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON;
    if (vips_jpegsave_buffer(image, &block, &size, "Q", JPEG_QUALITY, "interlace", TRUE,
                             "optimize_coding", TRUE, "subsample_mode", subsample, "strip", TRUE,
                             NULL) != 0) {
        return failed("a JPEG could not be written");
    }
    return arena_copy(a, (str){block, size}, ret_file);
}

static uint32_t big_endian(const char *bytes) {
    const uint8_t *b = (const uint8_t *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* libvips writes a density (pHYs) into every PNG, asked or not; only what draws is kept. */
static err keep_what_draws(struct arena *a, str png, str *ret_file) {
    struct buf kept;
    buf_init(&kept, a, png.len);
    buf_add(&kept, str_slice(png, 0, PNG_SIGNATURE_BYTES));
    str rest = str_skip(png, PNG_SIGNATURE_BYTES);
    while (rest.len >= PNG_CHUNK_BYTES_MIN) {
        str chunk = str_slice(rest, 0, (size_t)big_endian(rest.ptr) + PNG_CHUNK_BYTES_MIN);
        str type = str_slice(chunk, 4, 8);
        if (str_eq(type, STR("IHDR")) || str_eq(type, STR("IDAT")) || str_eq(type, STR("IEND"))) {
            buf_add(&kept, chunk);
        }
        rest = str_skip(rest, chunk.len);
    }
    return buf_finish(&kept, ret_file);
}

static err encode_png(struct arena *a, const struct pixels *pixels, bool is_flat, str *ret_file) {
    CLEANUP(unref) VipsImage *image = NULL;
    CLEANUP(free_block) void *block = NULL;
    size_t size = 0;
    TRY(borrow(pixels, &image));
    /* Filters help what varies softly and harm what repeats exactly. */
    VipsForeignPngFilter filter =
        is_flat ? VIPS_FOREIGN_PNG_FILTER_NONE : VIPS_FOREIGN_PNG_FILTER_ALL;
    if (vips_pngsave_buffer(image, &block, &size, "compression", PNG_COMPRESSION, "filter", filter,
                            "strip", TRUE, NULL) != 0) {
        return failed("a PNG could not be written");
    }
    return keep_what_draws(a, (str){block, size}, ret_file);
}

static err encode_avif(struct arena *a, const struct pixels *pixels,
                       struct picture_size *ret_size) {
    CLEANUP(unref) VipsImage *image = NULL;
    CLEANUP(free_block) void *block = NULL;
    size_t size = 0;
    TRY(borrow(pixels, &image));
    if (vips_heifsave_buffer(image, &block, &size, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
                             "encoder", VIPS_FOREIGN_HEIF_ENCODER_AOM, "Q", AVIF_QUALITY, "effort",
                             AVIF_EFFORT, "bitdepth", 8, "subsample_mode",
                             VIPS_FOREIGN_SUBSAMPLE_ON, "strip", TRUE, NULL) != 0) {
        return failed("an AVIF could not be written");
    }
    struct picture_size avif = {.width = pixels->width, .height = pixels->height};
    TRY(arena_copy(a, (str){block, size}, &avif.bytes));
    *ret_size = avif;
    return OK;
}

static err encode(struct arena *a, const struct pixels *pixels, enum picture_format format,
                  bool is_flat, struct picture_size *ret_size) {
    str file = {0};
    if (format == PICTURE_JPEG)
        TRY(encode_jpeg(a, pixels, is_flat, &file));
    else
        TRY(encode_png(a, pixels, is_flat, &file));
    *ret_size = (struct picture_size){pixels->width, pixels->height, file};
    return OK;
}

/* Decides the format of the set by its largest picture, and gives that picture's file. */
static err choose_format(struct arena *a, const struct pixels *pixels, bool is_flat,
                         enum picture_format *ret_format, struct picture_size *ret_size) {
    if (pixels->bands == 4) {
        *ret_format = PICTURE_PNG;
        return encode(a, pixels, PICTURE_PNG, is_flat, ret_size);
    }
    struct picture_size jpeg = {0};
    TRY(encode(a, pixels, PICTURE_JPEG, is_flat, &jpeg));
    struct picture_size png = {0};
    if (is_flat) TRY(encode(a, pixels, PICTURE_PNG, is_flat, &png));
    bool is_png = is_flat && png.bytes.len < jpeg.bytes.len;
    *ret_format = is_png ? PICTURE_PNG : PICTURE_JPEG;
    *ret_size = is_png ? png : jpeg;
    return OK;
}

/* The widths this picture is published in, the narrowest first. */
static size_t choose_widths(uint32_t width, uint32_t ret_widths[PICTURE_SIZES_MAX]) {
    static const uint32_t WIDTHS[PICTURE_SIZES_MAX] = {480, 960, LIMIT_PICTURE_WIDTH};
    size_t count = 0;
    while (count < PICTURE_SIZES_MAX - 1 && WIDTHS[count] < width) {
        ret_widths[count] = WIDTHS[count];
        count++;
    }
    ret_widths[count] = width < WIDTHS[count] ? width : WIDTHS[count];
    return count + 1;
}

err picture_ready(void) {
    if (vips_init("hanji") != 0) return failed("libvips does not start");
    vips_concurrency_set(1);
    vips_cache_set_max(0); /* no picture is worked on twice */
    return OK;
}

err picture_rebuild(struct arena *a, const struct pixels *pixels, bool with_avif,
                    struct picture_set *ret_set) {
    size_t size = pixels_size(pixels->width, pixels->height, pixels->bands);
    if (size == 0 || size != pixels->bytes.len) {
        FAIL(ERR_INVALID, "a picture of %u x %u pixels cannot have %zu bytes", pixels->width,
             pixels->height, pixels->bytes.len);
    }
    uint32_t widths[PICTURE_SIZES_MAX];
    struct picture_set set = {.count = choose_widths(pixels->width, widths)};
    struct pixels current = *pixels;
    if (current.bands == 4 && look_is_opaque(&current)) TRY(drop_alpha(a, &current));
    set.colour = look_colour(&current);
    bool is_flat = look_is_flat(&current);
    /* From the widest down, each reduced from the one before: one decode, little to read. */
    for (size_t i = set.count; i-- > 0;) {
        bool is_widest = i + 1 == set.count;
        if (widths[i] < current.width) TRY(reduce(a, &current, widths[i], &current));
        if (is_widest)
            TRY(choose_format(a, &current, is_flat, &set.format, &set.sizes[i]));
        else
            TRY(encode(a, &current, set.format, is_flat, &set.sizes[i]));
        if (is_widest) set.has_avif = with_avif && !is_flat && set.format == PICTURE_JPEG;
        if (set.has_avif) TRY(encode_avif(a, &current, &set.avif[i]));
        if (is_widest && set.avif[i].bytes.len >= set.sizes[i].bytes.len) set.has_avif = false;
    }
    *ret_set = set;
    return OK;
}
