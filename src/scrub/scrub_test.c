/* scrub_test.c: the scrubber, asked from outside, and children that are worse than its own.
 *
 * The program is looked for in $HANJI_LIBEXEC, or in libexec/hanji under the current folder. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <vips/vips.h>

#include "base/fault.h"
#include "base/sandbox.h"
#include "scrub/encode.h"
#include "scrub/read.h"
#include "scrub/scrub.h"
#include "scrub/serve.h"

enum { ARENA_CAP = 1 << 30, PATH_ROOM = 4096 };

struct bench {
    struct sys sys;
    struct arena arena;
    char program[PATH_ROOM];
    bool has_program;
};

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    const char *folder = getenv("HANJI_LIBEXEC");
    snprintf(bench->program, sizeof bench->program, "%s/scrubber",
             folder != NULL ? folder : "libexec/hanji");
    bench->has_program = access(bench->program, X_OK) == 0;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

/* How many threads ("task") or open files ("fd") a process has; . and .. not among them. */
static size_t count_entries(pid_t pid, const char *what) {
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    DIR *folder = opendir(path);
    if (folder == NULL) return 0; /* it lets nobody look: the other count is left */
    while (readdir(folder) != NULL) count++;
    closedir(folder);
    return count - 2;
}

/* cmocka's own skip counts as a failure under prove. */
static bool lacks_program(const struct bench *bench) {
    if (!bench->has_program) printf("# SKIP no scrubber at %s\n", bench->program);
    return !bench->has_program;
}

static int file_of(str bytes) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    return fd;
}

/* One question to a scrubber started for it. */
static err ask_for(struct bench *bench, const struct scrub_spec *spec, int fd,
                   struct pixels *ret_pixels) {
    CLEANUP(scrub_stop) struct scrub scrub = {0};
    TRY(scrub_start(spec, &scrub));
    return scrub_picture(scrub.socket, &bench->arena, fd, ret_pixels);
}

static err ask(struct bench *bench, str bytes, struct pixels *ret_pixels) {
    CLEANUP(fd_close) int fd = file_of(bytes);
    struct scrub_spec spec = {.program = bench->program};
    return ask_for(bench, &spec, fd, ret_pixels);
}

static void expect_refused(struct bench *bench, str bytes, const char *words) {
    struct pixels pixels = {.width = 77};
    err e = ask(bench, bytes, &pixels);
    if (e.kind != ERR_INVALID || !str_contains(str_of(e.message), str_of(words))) {
        fail_msg("wanted a refusal with \"%s\", got %s: %s", words, err_kind_name(e.kind),
                 e.kind == ERR_NONE ? "" : e.message);
    }
    assert_int_equal(pixels.width, 77);
}

/* A picture whose upper left quarter is red, upper right green, lower left blue, the rest white. */
static struct pixels quarters(struct bench *bench, uint32_t width, uint32_t height) {
    static const uint8_t COLOURS[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    size_t size = (size_t)width * height * 3;
    char *bytes = arena_alloc(&bench->arena, size);
    assert_non_null(bytes);
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            size_t quarter = (y >= height / 2 ? 2U : 0U) + (x >= width / 2 ? 1U : 0U);
            memcpy(bytes + ((size_t)y * width + x) * 3, COLOURS[quarter], 3);
        }
    }
    return (struct pixels){PIXELS_FORMAT_DRAWN, width, height, 3, {bytes, size}};
}

static VipsImage *image_of(const struct pixels *pixels) {
    assert_int_equal(vips_init("test"), 0);
    VipsImage *image =
        vips_image_new_from_memory(pixels->bytes.ptr, pixels->bytes.len, (int)pixels->width,
                                   (int)pixels->height, (int)pixels->bands, VIPS_FORMAT_UCHAR);
    assert_non_null(image);
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

/* Saves with the options given after the suffix (".jpg[Q=95]") and forgets the image. */
static str save(struct bench *bench, VipsImage *image, const char *suffix) {
    void *block = NULL;
    size_t size = 0;
    str file;
    assert_int_equal(vips_image_write_to_buffer(image, suffix, &block, &size, NULL), 0);
    assert_int_equal(arena_copy(&bench->arena, (str){block, size}, &file).kind, ERR_NONE);
    g_free(block);
    g_object_unref(image);
    return file;
}

static str quarters_file(struct bench *bench, uint32_t width, uint32_t height, const char *suffix) {
    struct pixels pixels = quarters(bench, width, height);
    return save(bench, image_of(&pixels), suffix);
}

static void expect_colour(const struct pixels *pixels, uint32_t x, uint32_t y, uint32_t colour) {
    const uint8_t *pixel =
        (const uint8_t *)pixels->bytes.ptr + ((size_t)y * pixels->width + x) * pixels->bands;
    for (int c = 0; c < 3; c++) {
        int wanted = (int)(colour >> (16 - 8 * c) & 0xFF);
        assert_in_range(pixel[c], wanted < 24 ? 0 : wanted - 24, wanted + 24);
    }
}

/* The four corners, clockwise from the upper left. */
static void expect_corners(const struct pixels *pixels, const uint32_t colours[4]) {
    uint32_t right = pixels->width - 1 - pixels->width / 8;
    uint32_t low = pixels->height - 1 - pixels->height / 8;
    expect_colour(pixels, pixels->width / 8, pixels->height / 8, colours[0]);
    expect_colour(pixels, right, pixels->height / 8, colours[1]);
    expect_colour(pixels, right, low, colours[2]);
    expect_colour(pixels, pixels->width / 8, low, colours[3]);
}

static const uint32_t UPRIGHT[4] = {0xFF0000, 0x00FF00, 0xFFFFFF, 0x0000FF};

static void reads_a_jpeg_and_a_png(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    struct pixels pixels;
    err e = ask(bench, quarters_file(bench, 320, 240, ".jpg[Q=95]"), &pixels);
    assert_int_equal(e.kind, ERR_NONE);
    assert_int_equal(pixels.format, PIXELS_FORMAT_JPEG);
    assert_int_equal(pixels.width, 320);
    assert_int_equal(pixels.height, 240);
    assert_int_equal(pixels.bands, 3);
    assert_int_equal(pixels.bytes.len, 320 * 240 * 3);
    expect_corners(&pixels, UPRIGHT);
    e = ask(bench, quarters_file(bench, 320, 240, ".png"), &pixels);
    assert_int_equal(e.kind, ERR_NONE);
    assert_int_equal(pixels.format, PIXELS_FORMAT_PNG);
    expect_corners(&pixels, UPRIGHT);
}

static void reduces_to_the_widest_we_publish(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    struct pixels pixels;
    str file = quarters_file(bench, 4000, 3000, ".jpg[Q=90]");
    assert_int_equal(ask(bench, file, &pixels).kind, ERR_NONE);
    assert_int_equal(pixels.width, LIMIT_PICTURE_WIDTH);
    assert_int_equal(pixels.height, 1200);
    expect_corners(&pixels, UPRIGHT);
    file = quarters_file(bench, 3000, 2000, ".jpg[Q=90,interlace]");
    assert_int_equal(ask(bench, file, &pixels).kind, ERR_NONE);
    assert_int_equal(pixels.width, LIMIT_PICTURE_WIDTH);
    expect_corners(&pixels, UPRIGHT);
    file = quarters_file(bench, 2000, 1000, ".png[interlace]");
    assert_int_equal(ask(bench, file, &pixels).kind, ERR_NONE);
    assert_int_equal(pixels.width, LIMIT_PICTURE_WIDTH);
    expect_corners(&pixels, UPRIGHT);
}

static void survives_pictures_of_one_row_or_column(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    static const struct {
        uint32_t width, height, width_read, height_read;
    } SHAPES[] = {{20000, 1, 1600, 1}, {1, 20000, 1, 20000}, {1, 1, 1, 1}, {1601, 2, 1600, 2}};
    static const char *const SUFFIXES[] = {".jpg", ".png"};
    for (size_t i = 0; i < COUNT_OF(SHAPES) * 2; i++) {
        struct pixels pixels;
        size_t shape = i / 2;
        str file = quarters_file(bench, SHAPES[shape].width, SHAPES[shape].height, SUFFIXES[i % 2]);
        assert_int_equal(ask(bench, file, &pixels).kind, ERR_NONE);
        assert_int_equal(pixels.width, SHAPES[shape].width_read);
        assert_int_equal(pixels.height, SHAPES[shape].height_read);
    }
}

static void reads_a_tall_strip_in_full(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    struct pixels pixels;
    str file = quarters_file(bench, 700, 9000, ".jpg");
    assert_int_equal(ask(bench, file, &pixels).kind, ERR_NONE);
    assert_int_equal(pixels.width, 700);
    assert_int_equal(pixels.height, 9000);
}

/* The file with an EXIF segment that says how the camera was held: TIFF 6.0, one entry, tag 274. */
static str with_orientation(struct bench *bench, str jpeg, uint8_t orientation) {
    uint8_t exif[] = {
        0xFF, 0xE1, 0,    34, /* APP1 */
        'E',  'x',  'i',  'f',         0, 0, 'I',
        'I',  '*',  0,    8,           0, 0, 0, /* little-endian TIFF */
        1,    0,    0x12, 0x01,        3, 0, 1,
        0,    0,    0,    orientation, 0, 0, 0, /* one SHORT */
        0,    0,    0,    0,                    /* no further directory */
    };
    struct buf file;
    str text;
    assert_int_equal(sizeof exif, 36);
    buf_init(&file, &bench->arena, jpeg.len + sizeof exif);
    buf_add(&file, str_slice(jpeg, 0, 2));
    buf_add(&file, (str){(const char *)exif, sizeof exif});
    buf_add(&file, str_skip(jpeg, 2));
    assert_int_equal(buf_finish(&file, &text).kind, ERR_NONE);
    return text;
}

static void turns_a_picture_the_way_its_camera_was_held(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    enum { R = 0xFF0000, G = 0x00FF00, W = 0xFFFFFF, B = 0x0000FF };
    static const uint32_t CORNERS[9][4] = {
        [1] = {R, G, W, B}, [2] = {G, R, B, W}, [3] = {W, B, R, G}, [4] = {B, W, G, R},
        [5] = {R, B, W, G}, [6] = {B, R, G, W}, [7] = {W, G, R, B}, [8] = {G, W, B, R},
    };
    str jpeg = quarters_file(bench, 320, 160, ".jpg[Q=95,strip]");
    for (uint8_t orientation = 1; orientation <= 8; orientation++) {
        struct pixels pixels;
        err e = ask(bench, with_orientation(bench, jpeg, orientation), &pixels);
        assert_int_equal(e.kind, ERR_NONE);
        assert_int_equal(pixels.width, orientation >= 5 ? 160 : 320);
        assert_int_equal(pixels.height, orientation >= 5 ? 320 : 160);
        expect_corners(&pixels, CORNERS[orientation]);
    }
}

static void limits_the_width_of_what_was_held_sideways(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    struct pixels pixels;
    str jpeg = quarters_file(bench, 4000, 2000, ".jpg[strip]");
    assert_int_equal(ask(bench, with_orientation(bench, jpeg, 6), &pixels).kind, ERR_NONE);
    assert_int_equal(pixels.width, LIMIT_PICTURE_WIDTH);
    assert_int_equal(pixels.height, 3200);
}

static void makes_srgb_of_grey_deep_and_printed_pictures(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    static const struct {
        VipsInterpretation space;
        const char *suffix;
        bool has_colour;
    } KINDS[] = {
        {VIPS_INTERPRETATION_B_W, ".jpg[Q=95]", false},
        {VIPS_INTERPRETATION_B_W, ".png", false},
        {VIPS_INTERPRETATION_GREY16, ".png", false},
        {VIPS_INTERPRETATION_RGB16, ".png", true},
        {VIPS_INTERPRETATION_CMYK, ".jpg[Q=95]", false},
        {VIPS_INTERPRETATION_sRGB, ".png[palette]", true},
        {VIPS_INTERPRETATION_sRGB, ".jpg[Q=95,profile=p3]", false},
    };
    struct pixels source = quarters(bench, 64, 64);
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        VipsImage *image = image_of(&source);
        VipsImage *other = NULL;
        assert_int_equal(vips_colourspace(image, &other, KINDS[i].space, NULL), 0);
        g_object_unref(image);
        struct pixels pixels;
        assert_int_equal(ask(bench, save(bench, other, KINDS[i].suffix), &pixels).kind, ERR_NONE);
        assert_int_equal(pixels.width, 64);
        assert_int_equal(pixels.bands, 3);
        expect_colour(&pixels, 60, 60, 0xFFFFFF); /* white is white in all of them */
        if (KINDS[i].has_colour) expect_corners(&pixels, UPRIGHT);
    }
}

static void keeps_what_can_be_seen_through(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    static const uint8_t SEEN[] = {255, 0, 0, 255, 0, 255, 0, 0, 0, 0, 255, 128, 9, 9, 9, 255};
    struct pixels source = {PIXELS_FORMAT_DRAWN, 2, 2, 4, {(const char *)SEEN, sizeof SEEN}};
    struct pixels pixels;
    assert_int_equal(ask(bench, save(bench, image_of(&source), ".png"), &pixels).kind, ERR_NONE);
    assert_int_equal(pixels.bands, 4);
    assert_memory_equal(pixels.bytes.ptr, SEEN, sizeof SEEN);
}

static void refuses_what_it_does_not_read_and_names_it(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    expect_refused(bench, STR(""), "empty");
    expect_refused(bench, STR("GIF89a and so on"), "not read yet: GIF");
    expect_refused(bench, STR("RIFF....WEBPVP8 "), "not read yet: WebP");
    expect_refused(bench, STR("<svg xmlns='...'/>"), "not read yet: SVG");
    expect_refused(bench, STR("a letter"), "not a kind of picture");
    expect_refused(bench, STR("\xFF\xD8\xFF"), "JPEG is broken");
    expect_refused(bench, STR("\x89PNG\r\n\x1A\n"), "PNG is broken");
}

static void refuses_a_picture_that_is_cut_short(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    static const char *const SUFFIXES[] = {".jpg", ".jpg[interlace]", ".png", ".png[interlace]"};
    for (size_t i = 0; i < COUNT_OF(SUFFIXES); i++) {
        str file = quarters_file(bench, 200, 200, SUFFIXES[i]);
        for (size_t part = 1; part < 8; part++) {
            expect_refused(bench, str_slice(file, 0, file.len * part / 8), "broken or cut short");
        }
        expect_refused(bench, str_slice(file, 0, file.len - 20), "broken or cut short");
    }
}

static void put_u32(char *place, uint32_t value) {
    for (int i = 0; i < 4; i++) place[i] = (char)(value >> (24 - 8 * i));
}

/* The CRC of a PNG chunk, from its definition (annex D). */
static uint32_t crc_of(const char *bytes, size_t len) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

/* A sound small PNG whose header says that it is as large as given. */
static str bomb(struct bench *bench, uint32_t width, uint32_t height) {
    str file = quarters_file(bench, 8, 8, ".png");
    char *bytes = arena_alloc(&bench->arena, file.len);
    memcpy(bytes, file.ptr, file.len);
    put_u32(bytes + 16, width);
    put_u32(bytes + 20, height);
    put_u32(bytes + 29, crc_of(bytes + 12, 17));
    return (str){bytes, file.len};
}

static void refuses_a_bomb_by_its_header(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    expect_refused(bench, bomb(bench, LIMIT_PICTURE_SIDE + 1, 1), "no side may pass 32767");
    expect_refused(bench, bomb(bench, 1, LIMIT_PICTURE_SIDE + 1), "no side may pass 32767");
    expect_refused(bench, bomb(bench, 20000, 20000), "20000 x 20000");
    expect_refused(bench, bomb(bench, 9000, 9000), "broken or cut short"); /* allowed, but a lie */
}

static void refuses_a_file_that_is_too_large(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    CLEANUP(fd_close) int fd = file_of(quarters_file(bench, 8, 8, ".jpg"));
    assert_int_equal(ftruncate(fd, LIMIT_PICTURE_BYTES + 1), 0);
    struct scrub_spec spec = {.program = bench->program};
    struct pixels pixels;
    err e = ask_for(bench, &spec, fd, &pixels);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(str_contains(str_of(e.message), STR("larger than 64 MB")));
}

static void reads_the_same_file_again_and_leaves_it_open(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    CLEANUP(fd_close) int fd = file_of(quarters_file(bench, 64, 48, ".png"));
    struct scrub_spec spec = {.program = bench->program};
    CLEANUP(scrub_stop) struct scrub scrub = {0};
    struct pixels first;
    struct pixels second;
    assert_int_equal(scrub_start(&spec, &scrub).kind, ERR_NONE);
    assert_int_equal(scrub_picture(scrub.socket, &bench->arena, fd, &first).kind, ERR_NONE);
    assert_int_equal(scrub_picture(scrub.socket, &bench->arena, fd, &second).kind, ERR_NONE);
    assert_true(str_eq(first.bytes, second.bytes));
}

/* True when /proc says that a filter of system calls stands before the process. */
static bool is_filtered(struct bench *bench, pid_t pid) {
    char path[64];
    str status;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    err e = file_read(&bench->arena, AT_FDCWD, str_of(path), 1 << 16, &status);
    assert_int_equal(e.kind, ERR_NONE);
    return str_contains(status, STR("\nSeccomp:\t2\n"));
}

/* The process that forks must stay what it was: one thread, no picture, no other file. */
static void stays_as_it_was_between_two_pictures(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    struct scrub_spec spec = {.program = bench->program};
    CLEANUP(scrub_stop) struct scrub scrub = {0};
    assert_int_equal(scrub_start(&spec, &scrub).kind, ERR_NONE);
    size_t files[2] = {0};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        CLEANUP(fd_close) int fd = file_of(quarters_file(bench, 64, 48, i == 0 ? ".png" : ".jpg"));
        struct pixels pixels;
        assert_int_equal(scrub_picture(scrub.socket, &bench->arena, fd, &pixels).kind, ERR_NONE);
        files[i] = count_entries(scrub.child.pid, "fd");
        if (sandbox_has_seccomp()) assert_int_equal(count_entries(scrub.child.pid, "task"), 1);
    }
    assert_int_equal(files[0], files[1]);
    if (sandbox_has_seccomp()) assert_true(is_filtered(bench, scrub.child.pid));
}

static void survives_a_scrubber_without_memory(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    CLEANUP(fd_close) int fd = file_of(quarters_file(bench, 3000, 3000, ".jpg[interlace]"));
    struct scrub_spec spec = {.program = bench->program, .memory_bytes = 1 << 20};
    struct pixels pixels;
    err e = ask_for(bench, &spec, fd, &pixels);
    /* a build with a sanitizer has no cap of address space (base/sandbox.h) */
    if (sandbox_has_seccomp()) assert_true(e.kind == ERR_IO || e.kind == ERR_INVALID);
}

/* Programs of the system that stand in for a scrubber gone wrong. */
static err ask_another(struct bench *bench, const char *program) {
    CLEANUP(fd_close) int fd = file_of(STR("x"));
    struct scrub_spec spec = {.program = program};
    struct pixels pixels = {.width = 77};
    err e = ask_for(bench, &spec, fd, &pixels);
    assert_int_equal(pixels.width, 77);
    return e;
}

static void reports_a_scrubber_that_ends_or_is_not_there(void **state) {
    struct bench *bench = *state;
    assert_int_equal(ask_another(bench, "/bin/false").kind, ERR_NOT_FOUND);
    assert_int_equal(ask_another(bench, "/bin/true").kind, ERR_NOT_FOUND);
    assert_int_equal(ask_another(bench, "/nowhere/scrubber").kind, ERR_NOT_FOUND);
}

/* A scrubber whose children do something else than read: the loop is the program's own. After the
 * child gone wrong comes a sound one, which must not feel it. */
static err ask_child(struct bench *bench, err (*read)(const struct scrub_task *)) {
    int ends[2];
    CLEANUP(fd_close) int file = file_of(STR("x"));
    CLEANUP(fd_close) int fd = -1;
    struct pixels pixels = {.width = 77};
    assert_int_equal(scrub_reopen(&bench->sys, file, &fd).kind, ERR_NONE);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct scrub_server server = {.socket = ends[1], .seconds = 1, .read = read};
        close(ends[0]);
        _exit(scrub_serve(&bench->sys, &server).kind == ERR_NONE ? 0 : 1);
    }
    CLEANUP(child_kill) struct child child = {.pid = pid};
    close(ends[1]);
    err e = scrub_picture(ends[0], &bench->arena, fd, &pixels);
    assert_int_equal(pixels.width, 77);
    assert_int_equal(scrub_picture(ends[0], &bench->arena, fd, &pixels).kind, e.kind);
    close(ends[0]);
    int status = 1;
    assert_int_equal(child_wait(&bench->sys, &child, 20, &status).kind, ERR_NONE);
    assert_int_equal(status, 0); /* its loop ended when nobody could ask any more, and well */
    return e;
}

static err read_nothing(const struct scrub_task *task) {
    (void)task;
    return OK;
}

static void takes_an_end_without_an_answer_for_a_failure(void **state) {
    err e = ask_child(*state, read_nothing);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("gave no answer")));
}

static err read_badly(const struct scrub_task *task) {
    (void)task;
    FAIL(ERR_IO, "no");
}

static void reports_a_child_that_fails(void **state) {
    err e = ask_child(*state, read_badly);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("the scrubber failed (1)")));
}

static err read_for_ever(const struct scrub_task *task) {
    (void)task;
    while (pause() < 0) continue;
    return OK;
}

static void kills_a_child_that_hangs(void **state) {
    assert_int_equal(ask_child(*state, read_for_ever).kind, ERR_BUSY);
}

static err read_and_crash(const struct scrub_task *task) {
    (void)task;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return OK;
}

static void reports_a_child_that_crashes(void **state) {
    err e = ask_child(*state, read_and_crash);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("ended by Segmentation fault")));
}

static err write_garbage(const struct scrub_task *task) {
    static const char TALE[] = "once upon a time there was a header that was none";
    return pwrite(task->answer, TALE, sizeof TALE, 0) > 0 ? OK : read_badly(task);
}

static void believes_no_garbage(void **state) {
    err e = ask_child(*state, write_garbage);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("is not one")));
}

static err write_forged_size(const struct scrub_task *task) {
    struct pixels_header header = {.magic = PIXELS_MAGIC,
                                   .version = PIXELS_VERSION,
                                   .status = PIXELS_READ,
                                   .format = PIXELS_FORMAT_JPEG,
                                   .width = UINT32_MAX,
                                   .height = UINT32_MAX,
                                   .bands = 3};
    return pwrite(task->answer, &header, sizeof header, 0) > 0 ? OK : read_badly(task);
}

static void believes_no_forged_size(void **state) {
    err e = ask_child(*state, write_forged_size);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("makes no sense")));
}

static err shrink_answer(const struct scrub_task *task) {
    return ftruncate(task->answer, 0) == 0 ? OK : read_badly(task);
}

static void cannot_be_cheated_by_shrinking_the_answer(void **state) {
    err e = ask_child(*state, shrink_answer);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("failed (1)")));
}

/* What a child might find to write to: the picture, and its parent's socket. */
static err touch_what_is_not_its_own(const struct scrub_task *task) {
    if (pwrite(task->picture, "y", 1, 0) >= 0) return OK;
    for (int fd = 3; fd < 256; fd++) {
        if (fd == task->picture || fd == task->answer) continue;
        if (send(fd, "y", 1, MSG_NOSIGNAL) >= 0) return OK;
    }
    return read_badly(task);
}

static void leaves_a_child_nothing_to_write_to_but_the_answer(void **state) {
    err e = ask_child(*state, touch_what_is_not_its_own);
    assert_int_equal(e.kind, ERR_IO);
    if (!str_contains(str_of(e.message), STR("failed (1)"))) fail_msg("%s", e.message);
}

/* Runs the scrubber's half in a child and then tries what an intruder in it would try. The exit
 * status counts what succeeded. */
static int try_after_reading(int picture, int answer) {
    struct scrub_task task = {.picture = picture, .answer = answer, .cpu_seconds = 10};
    if (scrub_wake().kind != ERR_NONE || scrub_read(&task).kind != ERR_NONE) return 100;
    int count = 0;
    count += open("/etc/passwd", O_RDONLY) >= 0;
    count += open("/tmp/hanji-scrub-test-made", O_WRONLY | O_CREAT, 0600) >= 0;
    count += open("/proc/self/environ", O_RDONLY) >= 0;
    if (!sandbox_has_seccomp()) return count;
    count += socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
    count += socket(AF_INET, SOCK_DGRAM, 0) >= 0;
    count += syscall(SYS_getppid) > 0;
    count += write(2, "# a word\n", 9) > 0;
    count += fork() >= 0;
    return count;
}

static void leaves_the_process_without_rights(void **state) {
    (void)state;
    CLEANUP(fd_close) int picture = file_of(STR("GIF89a"));
    CLEANUP(fd_close) int answer = file_of(STR(""));
    pid_t child = fork();
    if (child == 0) _exit(try_after_reading(picture, answer));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    struct pixels_header header;
    assert_int_equal(pread(answer, &header, sizeof header, 0), sizeof header);
    assert_int_equal(header.status, PIXELS_KIND);
    assert_int_equal(header.format, PIXELS_FORMAT_GIF);
}

static void walks_every_fault_of_asking(void **state) {
    struct bench *bench = *state;
    if (lacks_program(bench)) return;
    CLEANUP(fd_close) int fd = file_of(quarters_file(bench, 64, 64, ".png"));
    struct scrub_spec spec = {.program = bench->program};
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        CLEANUP(scrub_stop) struct scrub scrub = {0};
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena arena;
        struct pixels pixels = {.width = 77};
        arena_init(&arena, &sys, ARENA_CAP);
        assert_int_equal(scrub_start(&spec, &scrub).kind, ERR_NONE);
        err e = scrub_picture(scrub.socket, &arena, fd, &pixels);
        assert_true(e.kind == ERR_NONE || pixels.width == 77);
        arena_done(&arena);
        if (fault_ended(&fault, e)) break;
    }
}

static void names_a_file_by_its_first_bytes(void **state) {
    (void)state;
    assert_int_equal(scrub_sniff(STR("")), PIXELS_FORMAT_UNKNOWN);
    assert_int_equal(scrub_sniff(STR("\xFF\xD8")), PIXELS_FORMAT_UNKNOWN);
    assert_int_equal(scrub_sniff(STR("\xFF\xD8\xFF\xE0")), PIXELS_FORMAT_JPEG);
    assert_int_equal(scrub_sniff(STR("II*\0....")), PIXELS_FORMAT_TIFF);
    assert_int_equal(scrub_sniff(STR("\0\0\0\x1C"
                                     "ftypavif")),
                     PIXELS_FORMAT_HEIF);
    assert_int_equal(scrub_sniff(STR("%PDF-1.7")), PIXELS_FORMAT_PDF);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(leaves_the_process_without_rights), /* first: before libvips wakes in this process */
        TEST(reads_a_jpeg_and_a_png),
        TEST(reduces_to_the_widest_we_publish),
        TEST(survives_pictures_of_one_row_or_column),
        TEST(reads_a_tall_strip_in_full),
        TEST(turns_a_picture_the_way_its_camera_was_held),
        TEST(limits_the_width_of_what_was_held_sideways),
        TEST(makes_srgb_of_grey_deep_and_printed_pictures),
        TEST(keeps_what_can_be_seen_through),
        TEST(refuses_what_it_does_not_read_and_names_it),
        TEST(refuses_a_picture_that_is_cut_short),
        TEST(refuses_a_bomb_by_its_header),
        TEST(refuses_a_file_that_is_too_large),
        TEST(reads_the_same_file_again_and_leaves_it_open),
        TEST(survives_a_scrubber_without_memory),
        TEST(stays_as_it_was_between_two_pictures),
        TEST(reports_a_scrubber_that_ends_or_is_not_there),
        TEST(takes_an_end_without_an_answer_for_a_failure),
        TEST(reports_a_child_that_fails),
        TEST(kills_a_child_that_hangs),
        TEST(reports_a_child_that_crashes),
        TEST(leaves_a_child_nothing_to_write_to_but_the_answer),
        TEST(believes_no_garbage),
        TEST(believes_no_forged_size),
        TEST(cannot_be_cheated_by_shrinking_the_answer),
        TEST(walks_every_fault_of_asking),
        TEST(names_a_file_by_its_first_bytes),
    };
#undef TEST
    return cmocka_run_group_tests_name("scrub", tests, NULL, NULL);
}
