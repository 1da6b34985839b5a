/* read.c: from hostile bytes to pixels, with no rights and no thread but this one. See read.h.
 *
 * libvips makes threads when it fills a whole picture; asked region by region it works on the
 * thread that asks. So the filter below can refuse clone, and everything after the loaders is
 * pulled through one region, strip by strip. Turning upright, which cannot be done in one pass from
 * the top, comes last, on the small picture, in code of our own. */
#include "scrub/read.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

#include "base/sandbox.h"
#include "scrub/reduce.h"
#include "scrub/turn.h"

enum {
    STRIP_ROWS = 64,
    LARGE_PAGE_BYTES = 2 << 20,
    FIRST_SIDEWAYS = 5, /* EXIF orientations from this one on exchange width and height */
};

/* What reading needs once libvips is awake: memory, locks that nobody contends for, the size of the
 * file (which is mapped), the answer, and the end. Nothing that opens, connects, starts, signals or
 * prints: not even on standard error, so no word of a hostile file reaches a terminal or a log. */
static const char *const CALLS[] = {
    "pwrite64", "fstat", "newfstatat",    "mmap",      "munmap",      "mremap",     "madvise",
    "brk",      "futex", "clock_gettime", "getrandom", "sched_yield", "exit_group", NULL,
};

/* What the process that forks needs beside these: to be asked and to answer, to start a child, wait
 * for it and end it; and what a child does before it has given up the rest. */
static const char *const SERVING_CALLS[] = {
    "recvmsg", "sendmsg",        "poll",         "ppoll",        "close",
    "clone",   "clone3",         "fork",         "wait4",        "waitid",
    "kill",    "pidfd_open",     "prctl",        "getpid",       "getppid",
    "gettid",  "prlimit64",      "setrlimit",    "seccomp",      "set_robust_list",
    "rseq",    "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "restart_syscall",
    "write",   "mprotect",       "pwrite64",     "fstat",        "newfstatat",
    "mmap",    "munmap",         "mremap",       "madvise",      "brk",
    "futex",   "clock_gettime",  "getrandom",    "sched_yield",  "exit_group",
    NULL,
};

enum pixels_format scrub_sniff(str bytes) {
    static const struct {
        size_t at;
        str mark;
        enum pixels_format format;
    } MARKS[] = {
        {0, {"\xFF\xD8\xFF", 3}, PIXELS_FORMAT_JPEG},
        {0, {"\x89PNG\r\n\x1A\n", 8}, PIXELS_FORMAT_PNG},
        {0, {"GIF8", 4}, PIXELS_FORMAT_GIF},
        {8, {"WEBP", 4}, PIXELS_FORMAT_WEBP},
        {0, {"II*\0", 4}, PIXELS_FORMAT_TIFF},
        {0, {"MM\0*", 4}, PIXELS_FORMAT_TIFF},
        {0, {"BM", 2}, PIXELS_FORMAT_BMP},
        {4, {"ftyp", 4}, PIXELS_FORMAT_HEIF},
        {0, {"\xFF\x0A", 2}, PIXELS_FORMAT_JXL},
        {4, {"JXL ", 4}, PIXELS_FORMAT_JXL},
        {0, {"8BPS", 4}, PIXELS_FORMAT_PSD},
        {0, {"%PDF", 4}, PIXELS_FORMAT_PDF},
        {0, {"<svg", 4}, PIXELS_FORMAT_SVG},
        {0, {"<?xml", 5}, PIXELS_FORMAT_SVG},
    };
    for (size_t i = 0; i < COUNT_OF(MARKS); i++) {
        if (str_starts(str_skip(bytes, MARKS[i].at), MARKS[i].mark)) return MARKS[i].format;
    }
    return PIXELS_FORMAT_UNKNOWN;
}

static void unref(VipsImage **image) { g_clear_object(image); }
static void unref_region(VipsRegion **region) { g_clear_object(region); }

struct block {
    uint8_t *bytes;
    size_t size;
};

static void free_block(struct block *block) { free(block->bytes); }

/* Memory for a picture, in large pages where the kernel has them: a child has one picture, and
 * would spend a tenth of its time on being given small ones. NULL: there is none. */
static uint8_t *new_block(size_t size) {
    if (size < LARGE_PAGE_BYTES) return malloc(size);
    void *bytes = NULL;
    size_t whole = (size + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES * LARGE_PAGE_BYTES;
    if (posix_memalign(&bytes, LARGE_PAGE_BYTES, whole) != 0) return NULL;
    madvise(bytes, whole, MADV_HUGEPAGE); /* only advice: without it, it is slower */
    return bytes;
}

/* The answer while it is being made. */
struct answer {
    struct pixels_header header;
    struct block pixels;
};

static err write_at(int fd, const void *block, size_t size, size_t at) {
    const char *place = block;
    while (size > 0) {
        ssize_t put = pwrite(fd, place, size, (off_t)at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) FAIL(ERR_IO, "the answer cannot be written: %s", strerror(errno));
        place += put;
        at += (size_t)put;
        size -= (size_t)put;
    }
    return OK;
}

/* The header goes last: an answer is one only when it is whole. */
static err write_answer(int fd, const struct answer *answer) {
    const struct pixels_header *header = &answer->header;
    if (header->status == PIXELS_READ) {
        TRY(write_at(fd, answer->pixels.bytes, answer->pixels.size, sizeof *header));
    }
    return write_at(fd, header, sizeof *header, 0);
}

/* Opens a file for reading from the top down. Nothing is decoded until pixels are asked for, but
 * width, height, orientation and profile are there. JPEG can leave out what `shrink` (1, 2, 4, 8)
 * makes superfluous. Whatever libjpeg or libpng call an error, a missing end included, is one. */
static int open_picture(str bytes, enum pixels_format format, int shrink, VipsImage **ret_image) {
    union {
        const char *given;
        void *wanted; /* libvips only reads it, its type cannot say so */
    } block = {.given = bytes.ptr};
    if (format == PIXELS_FORMAT_JPEG) {
        return vips_jpegload_buffer(block.wanted, bytes.len, ret_image, "shrink", shrink, "access",
                                    VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    }
    return vips_pngload_buffer(block.wanted, bytes.len, ret_image, "access", VIPS_ACCESS_SEQUENTIAL,
                               "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

/* Pulls a whole picture of 8-bit samples into memory, through one region, strip by strip, on this
 * thread. */
static int pull(VipsImage *image, struct block *ret_block) {
    CLEANUP(unref_region) VipsRegion *region = vips_region_new(image);
    int width = vips_image_get_width(image);
    int height = vips_image_get_height(image);
    size_t row_bytes = (size_t)width * (size_t)vips_image_get_bands(image);
    CLEANUP(free_block) struct block block = {.size = row_bytes * (size_t)height};
    block.bytes = new_block(block.size);
    if (block.bytes == NULL) return -1;
    uint8_t *place = block.bytes;
    for (int top = 0; top < height; top += STRIP_ROWS) {
        int rows = height - top < STRIP_ROWS ? height - top : STRIP_ROWS;
        VipsRect strip = {.left = 0, .top = top, .width = width, .height = rows};
        if (vips_region_prepare(region, &strip) != 0) return -1;
        /* What was prepared is the whole width, but may begin above the strip. */
        const uint8_t *row = region->data + (size_t)(top - region->valid.top) * (size_t)region->bpl;
        for (int y = 0; y < rows; y++) {
            memcpy(place, row, row_bytes);
            place += row_bytes;
            row += region->bpl;
        }
    }
    *ret_block = block;
    block.bytes = NULL;
    return 0;
}

/* Decodes the file, and no more: 8 bits a sample, its own colours. The decoders are asked without
 * any other operation between, because those that keep lines for reuse (a reduction does) turn a
 * decoder's error into black lines. `ret_image` uses the block; what it knows of the file beside
 * pixels (the profile) is still tied to it. */
static int decode(VipsImage *file, struct block *ret_block, VipsImage **ret_image) {
    CLEANUP(unref) VipsImage *bytes = NULL;
    CLEANUP(unref) VipsImage *plain = NULL;
    if (vips_cast(file, &bytes, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL) != 0) return -1;
    if (pull(bytes, ret_block) != 0) return -1;
    plain = vips_image_new_from_memory(ret_block->bytes, ret_block->size,
                                       vips_image_get_width(bytes), vips_image_get_height(bytes),
                                       vips_image_get_bands(bytes), VIPS_FORMAT_UCHAR);
    if (plain == NULL) return -1;
    plain->Type = bytes->Type;
    if (bytes->Type == VIPS_INTERPRETATION_GREY16) plain->Type = VIPS_INTERPRETATION_B_W;
    if (bytes->Type == VIPS_INTERPRETATION_RGB16) plain->Type = VIPS_INTERPRETATION_sRGB;
    const void *profile = NULL;
    size_t size = 0;
    if (vips_image_get_typeof(file, VIPS_META_ICC_NAME) != 0 &&
        vips_image_get_blob(file, VIPS_META_ICC_NAME, &profile, &size) == 0) {
        vips_image_set_blob_copy(plain, VIPS_META_ICC_NAME, profile, size);
    }
    *ret_image = plain;
    plain = NULL;
    return 0;
}

/* A picture without alpha of which all pixels are in `block`, by code of ours. The new image uses
 * the block that replaces it. */
static int reduce_opaque(VipsImage *in, double scale, struct block *block, VipsImage **ret_image) {
    uint32_t width = (uint32_t)vips_image_get_width(in);
    uint32_t height = (uint32_t)vips_image_get_height(in);
    struct reduction how = {.from_width = width,
                            .from_height = height,
                            .width = (uint32_t)lround(width * scale),
                            .height = (uint32_t)lround(height * scale),
                            .bands = (uint32_t)vips_image_get_bands(in)};
    if (how.width == 0) how.width = 1;
    if (how.height == 0) how.height = 1;
    CLEANUP(free_block) struct block small = {.size = (size_t)how.width * how.height * how.bands};
    CLEANUP(free_block) struct block room = {.size = reduce_room(&how)};
    small.bytes = new_block(small.size);
    room.bytes = malloc(room.size);
    if (small.bytes == NULL || room.bytes == NULL) return -1;
    reduce_picture(&how, block->bytes, small.bytes, room.bytes);
    VipsImage *image =
        vips_image_new_from_memory(small.bytes, small.size, (int)how.width, (int)how.height,
                                   (int)how.bands, VIPS_FORMAT_UCHAR);
    if (image == NULL) return -1;
    image->Type = in->Type;
    const void *profile = NULL;
    size_t size = 0;
    if (vips_image_get_typeof(in, VIPS_META_ICC_NAME) != 0 &&
        vips_image_get_blob(in, VIPS_META_ICC_NAME, &profile, &size) == 0) {
        vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, size);
    }
    *ret_image = image;
    free_block(block);
    *block = small;
    small = (struct block){0};
    return 0;
}

/* Colour under a transparent pixel must not bleed into its neighbours: weighed by alpha first. */
static int reduce(VipsImage *in, double scale, struct block *block, VipsImage **ret_image) {
    if (scale >= 1) return vips_copy(in, ret_image, NULL);
    if (!vips_image_hasalpha(in)) return reduce_opaque(in, scale, block, ret_image);
    CLEANUP(unref) VipsImage *weighed = NULL;
    CLEANUP(unref) VipsImage *small = NULL;
    CLEANUP(unref) VipsImage *plain = NULL;
    if (vips_premultiply(in, &weighed, NULL) != 0 ||
        vips_resize(weighed, &small, scale, NULL) != 0 ||
        vips_unpremultiply(small, &plain, NULL) != 0) {
        return -1;
    }
    return vips_cast(plain, ret_image, VIPS_FORMAT_UCHAR, NULL);
}

/* Colours to sRGB by the picture's own profile; without one, or with one that makes no sense, by
 * what its kind of pixel usually means. */
static int to_srgb(VipsImage *in, VipsImage **ret_image) {
    CLEANUP(unref) VipsImage *srgb = NULL;
    CLEANUP(unref) VipsImage *bytes = NULL;
    bool has_profile = vips_image_get_typeof(in, VIPS_META_ICC_NAME) != 0;
    if (!has_profile || vips_icc_transform(in, &srgb, "srgb", "embedded", TRUE, "intent",
                                           VIPS_INTENT_RELATIVE, "depth", 8, NULL) != 0) {
        vips_image_remove(in, VIPS_META_ICC_NAME);
        if (vips_colourspace(in, &srgb, VIPS_INTERPRETATION_sRGB, NULL) != 0) return -1;
    }
    if (vips_cast(srgb, &bytes, VIPS_FORMAT_UCHAR, NULL) != 0) return -1;
    int bands = vips_image_get_bands(bytes);
    if (bands < 3) return -1;
    return vips_extract_band(bytes, ret_image, 0, "n",
                             bands < PIXELS_BANDS_MAX ? bands : PIXELS_BANDS_MAX, NULL);
}

/* True when the pixels are in the colours of the answer as they are. */
static bool is_srgb(VipsImage *image) {
    return vips_image_get_interpretation(image) == VIPS_INTERPRETATION_sRGB &&
           vips_image_get_bands(image) == 3 &&
           vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0;
}

/* Puts the picture upright into the answer. `orientation` is EXIF's, 1 to 8. `pixels` are the
 * image's, where they are at hand; they are taken. */
static int turn(VipsImage *image, struct block *pixels, int orientation, struct answer *answer) {
    CLEANUP(free_block) struct block lying = *pixels;
    *pixels = (struct block){0};
    if (lying.bytes == NULL && pull(image, &lying) != 0) return -1;
    struct pixels_header *header = &answer->header;
    struct turn how = {.orientation = orientation,
                       .width = (uint32_t)vips_image_get_width(image),
                       .height = (uint32_t)vips_image_get_height(image),
                       .bands = (uint32_t)vips_image_get_bands(image)};
    bool is_sideways = orientation >= FIRST_SIDEWAYS;
    header->width = is_sideways ? how.height : how.width;
    header->height = is_sideways ? how.width : how.height;
    header->bands = how.bands;
    if (pixels_size(header->width, header->height, header->bands) != lying.size) return -1;
    if (orientation < 2 || orientation > 8) { /* upright as it is */
        answer->pixels = lying;
        lying = (struct block){0};
        return 0;
    }
    answer->pixels.bytes = new_block(lying.size);
    answer->pixels.size = lying.size;
    if (answer->pixels.bytes == NULL) return -1;
    turn_upright(&how, lying.bytes, answer->pixels.bytes);
    return 0;
}

/* How much a JPEG decoder may leave out so that `width` stays at least what is published, and
 * `height` something: libvips ends the process over a picture without rows. */
static int shrink_for(int width, int height) {
    int shrink = 8;
    while (shrink > 1 && (width / shrink < LIMIT_PICTURE_WIDTH || height < shrink)) shrink /= 2;
    return shrink;
}

/* `header` is the opened file, of which only the header was read. */
static int make_pixels(str bytes, VipsImage *header, struct answer *answer) {
    CLEANUP(free_block) struct block block = {0};
    CLEANUP(unref) VipsImage *file = NULL;
    CLEANUP(unref) VipsImage *image = NULL;
    CLEANUP(unref) VipsImage *small = NULL;
    CLEANUP(unref) VipsImage *srgb = NULL;
    int orientation = vips_image_get_orientation(header);
    bool is_sideways = orientation >= FIRST_SIDEWAYS; /* its height will be the width */
    int width = is_sideways ? vips_image_get_height(header) : vips_image_get_width(header);
    int height = is_sideways ? vips_image_get_width(header) : vips_image_get_height(header);
    enum pixels_format format = (enum pixels_format)answer->header.format;
    if (open_picture(bytes, format, shrink_for(width, height), &file) != 0) return -1;
    if (decode(file, &block, &image) != 0) return -1;
    width = is_sideways ? vips_image_get_height(image) : vips_image_get_width(image);
    if (reduce(image, (double)LIMIT_PICTURE_WIDTH / width, &block, &small) != 0) return -1;
    if (is_srgb(small)) return turn(small, &block, orientation, answer);
    if (to_srgb(small, &srgb) != 0) return -1;
    return turn(srgb, &(struct block){0}, orientation, answer);
}

/* Everything that can be refused is refused here; what remains is decoded. */
static enum pixels_status judge(str bytes, struct answer *answer) {
    struct pixels_header *header = &answer->header;
    enum pixels_format format = scrub_sniff(bytes);
    header->format = format;
    if (format != PIXELS_FORMAT_JPEG && format != PIXELS_FORMAT_PNG) return PIXELS_KIND;
    CLEANUP(unref) VipsImage *image = NULL;
    if (open_picture(bytes, format, 1, &image) != 0) return PIXELS_BROKEN;
    uint32_t width = (uint32_t)vips_image_get_width(image);
    uint32_t height = (uint32_t)vips_image_get_height(image);
    header->width = width;
    header->height = height;
    if (width > LIMIT_PICTURE_SIDE || height > LIMIT_PICTURE_SIDE) return PIXELS_SIDE;
    if ((uint64_t)width * height > LIMIT_PICTURE_PIXELS) return PIXELS_COUNT;
    return make_pixels(bytes, image, answer) == 0 ? PIXELS_READ : PIXELS_BROKEN;
}

static err read_picture(const struct scrub_task *task, struct answer *answer) {
    struct stat status;
    if (fstat(task->picture, &status) != 0 || !S_ISREG(status.st_mode)) {
        FAIL(ERR_IO, "what should be a picture is not a file");
    }
    if (status.st_size == 0) {
        answer->header.status = PIXELS_EMPTY;
        return OK;
    }
    if (status.st_size > LIMIT_PICTURE_BYTES) {
        answer->header.status = PIXELS_FILE_BYTES;
        return OK;
    }
    size_t size = (size_t)status.st_size;
    void *block = mmap(NULL, size, PROT_READ, MAP_PRIVATE, task->picture, 0);
    if (block == MAP_FAILED) FAIL(ERR_IO, "the picture cannot be mapped: %s", strerror(errno));
    answer->header.status = judge((str){block, size}, answer);
    munmap(block, size);
    return OK;
}

/* Warnings of the libraries would carry words of the file. */
static void say_nothing(const char *domain, GLogLevelFlags level, const char *message,
                        void *context) {
    (void)domain;
    (void)level;
    (void)message;
    (void)context;
}

/* libvips looks for plug-ins while it wakes: with the file system closed it finds none, so none of
 * the other decoders is even in memory. Of the loaders that are linked in, two are left open. */
static err wake_libvips(void) {
    g_log_set_default_handler(say_nothing, NULL);
    if (vips_init("scrubber") != 0) FAIL(ERR_IO, "libvips does not start");
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    return OK;
}

err scrub_wake(void) {
    TRY(sandbox_no_dump());
    TRY(sandbox_landlock(NULL, 0, NULL, 0));
    TRY(wake_libvips());
    return sandbox_seccomp(SERVING_CALLS);
}

err scrub_read(const struct scrub_task *task) {
    struct answer answer = {.header = {.magic = PIXELS_MAGIC, .version = PIXELS_VERSION}};
    TRY(sandbox_limits(task->memory_bytes, task->cpu_seconds, 0));
    TRY(sandbox_seccomp(CALLS));
    err e = read_picture(task, &answer);
    if (e.kind == ERR_NONE) e = write_answer(task->answer, &answer);
    free_block(&answer.pixels);
    return e;
}
