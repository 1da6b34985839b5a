/* dirty_test.c: the whole way of a picture, with real files full of what must not leave.
 *
 * Every JPEG and PNG of ../shared/data/dirty goes through the scrubber and the encoder. What comes
 * out is judged by three who did not make it: the gate's reader, a search for the planted words,
 * and ExifTool where it is installed. The originals must be found dirty by the same judges. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sandbox.h"
#include "gate/picture.h"
#include "scrub/encode.h"
#include "scrub/scrub.h"

#define DIRTY "../shared/data/dirty"
#define EXIFTOOL "/usr/bin/exiftool"

enum { ARENA_CAP = 1 << 28, PATH_ROOM = 4096, FILES_MAX = 200, FINDINGS_MAX = 16 };

struct bench {
    struct sys sys;
    struct arena arena;
    char program[PATH_ROOM];
    bool is_ready;
    size_t count;
    str names[FILES_MAX];
};

static bool is_wanted(str name) {
    return str_ends(name, STR(".jpg")) || str_ends(name, STR(".png"));
}

/* Gathers the names. Without the files or the program there is nothing to test, and it says so. */
static int begin(void **state) {
    if (picture_ready().kind != ERR_NONE) return -1;
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    *state = bench;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    const char *folder = getenv("HANJI_LIBEXEC");
    snprintf(bench->program, sizeof bench->program, "%s/scrubber",
             folder != NULL ? folder : "libexec/hanji");
    DIR *files = opendir(DIRTY);
    if (files == NULL || access(bench->program, X_OK) != 0) {
        printf("# SKIP no %s\n", files == NULL ? DIRTY : bench->program);
        if (files != NULL) closedir(files);
        return 0;
    }
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        str name = str_of(entry->d_name);
        if (!is_wanted(name) || bench->count == FILES_MAX) continue;
        if (arena_copy(&bench->arena, name, &bench->names[bench->count++]).kind != ERR_NONE) {
            return -1;
        }
    }
    closedir(files);
    bench->is_ready = true;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

static str path_of(struct bench *bench, str name) {
    str path;
    err e = arena_printf(&bench->arena, &path, DIRTY "/" STR_FMT, STR_ARG(name));
    assert_int_equal(e.kind, ERR_NONE);
    return path;
}

/* False when the picture was refused, which is allowed, but only with a reason. */
static bool rebuild(struct bench *bench, str name, struct picture_set *ret_set) {
    CLEANUP(fd_close) int fd = -1;
    CLEANUP(scrub_stop) struct scrub scrub = {0};
    struct scrub_spec spec = {.program = bench->program};
    struct pixels pixels;
    err e = file_open(&bench->arena, AT_FDCWD, path_of(bench, name), O_RDONLY, &fd);
    assert_int_equal(e.kind, ERR_NONE);
    e = scrub_start(&spec, &scrub);
    assert_int_equal(e.kind, ERR_NONE);
    e = scrub_picture(scrub.socket, &bench->arena, fd, &pixels);
    if (e.kind == ERR_INVALID) {
        assert_true(e.message[0] != '\0');
        printf("# refused: " STR_FMT ": %s\n", STR_ARG(name), e.message);
        return false;
    }
    if (e.kind == ERR_NONE) e = picture_rebuild(&bench->arena, &pixels, true, ret_set);
    if (e.kind != ERR_NONE) fail_msg(STR_FMT ": %s", STR_ARG(name), e.message);
    return true;
}

static void finds_something_in_every_original(void **state) {
    struct bench *bench = *state;
    for (size_t i = 0; i < bench->count; i++) {
        str bytes;
        struct picture_finding findings[FINDINGS_MAX];
        size_t count = 0;
        err e = file_read(&bench->arena, AT_FDCWD, path_of(bench, bench->names[i]),
                          LIMIT_PICTURE_BYTES, &bytes);
        assert_int_equal(e.kind, ERR_NONE);
        assert_int_equal(picture_check(bytes, findings, FINDINGS_MAX, &count).kind, ERR_NONE);
        if (count == 0) fail_msg(STR_FMT " is found clean", STR_ARG(bench->names[i]));
    }
}

static void finds_nothing_in_what_was_rebuilt(void **state) {
    struct bench *bench = *state;
    for (size_t i = 0; i < bench->count; i++) {
        struct picture_set set;
        if (!rebuild(bench, bench->names[i], &set)) continue;
        for (size_t s = 0; s < set.count * (set.has_avif ? 2 : 1); s++) {
            struct picture_finding finding;
            size_t count = 0;
            str bytes = s < set.count ? set.sizes[s].bytes : set.avif[s - set.count].bytes;
            assert_int_equal(picture_check(bytes, &finding, 1, &count).kind, ERR_NONE);
            if (count > 0) {
                fail_msg(STR_FMT ": byte %zu: %s", STR_ARG(bench->names[i]), finding.offset,
                         finding.text);
            }
        }
    }
}

static void leaves_no_planted_word(void **state) {
    static const str WORDS[] = {
        {"PROTECTED-NAME", 14},
        {"Exif", 4},
        {"http://ns.adobe.com", 19},
        {"Photoshop", 9},
        {"ICC_PROFILE", 11},
        {"GIMP", 4},
        {"Canon", 5},
        {"OLYMPUS", 7},
        {"tEXt", 4},
        {"iTXt", 4},
        {"tIME", 4},
        {"pHYs", 4},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < bench->count; i++) {
        struct picture_set set;
        if (!rebuild(bench, bench->names[i], &set)) continue;
        for (size_t s = 0; s < set.count * COUNT_OF(WORDS); s++) {
            str word = WORDS[s % COUNT_OF(WORDS)];
            size_t size = s / COUNT_OF(WORDS);
            bool is_left = str_contains(set.sizes[size].bytes, word) ||
                           (set.has_avif && str_contains(set.avif[size].bytes, word));
            if (is_left) {
                fail_msg(STR_FMT " still holds " STR_FMT, STR_ARG(bench->names[i]), STR_ARG(word));
            }
        }
    }
}

/* What ExifTool says of a file, without what it derives from the file's own shape. */
static str ask_exiftool(struct bench *bench, const char *path) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const char *const argv[] = {"sh", "-c",
                                "exec " EXIFTOOL " -a -G1 -s -ee -n -x System:all"
                                " -x ExifTool:all -x Composite:all \"$0\" >&3",
                                path, NULL};
    struct child_spec spec = {.program = "/bin/sh", .argv = argv, .fds = &ends[1], .fd_count = 1};
    CLEANUP(child_kill) struct child child = {0};
    assert_int_equal(child_start(&spec, &child).kind, ERR_NONE);
    close(ends[1]);
    CLEANUP(fd_close) int reader = ends[0];
    struct buf text;
    buf_init(&text, &bench->arena, 1 << 20);
    char block[4096];
    ssize_t got = 0;
    while ((got = read(reader, block, sizeof block)) > 0) buf_add(&text, (str){block, (size_t)got});
    int status = 0;
    assert_int_equal(child_wait(&bench->sys, &child, 30, &status).kind, ERR_NONE);
    assert_true(WIFEXITED(status));
    return buf_text(&text);
}

/* A line is "[Group]  Tag  : value". These groups and tags are about drawing the file at all. */
static bool is_about_pixels(str line) {
    static const struct {
        str group;
        str tags;
    } ALLOWED[] = {
        {{"[JFIF]", 6}, {" JFIFVersion ResolutionUnit XResolution YResolution ", 52}},
        {{"[PNG]", 5},
         {" ImageWidth ImageHeight BitDepth ColorType Compression Filter Interlace ", 72}},
        {{"[File]", 6},
         {" FileType FileTypeExtension MIMEType ImageWidth ImageHeight EncodingProcess"
          " BitsPerSample ColorComponents YCbCrSubSampling ",
          123}},
    };
    str group;
    str tag;
    str_cut(line, ' ', &group, &tag);
    str_cut(str_trim(tag), ' ', &tag, &line);
    for (size_t i = 0; i < COUNT_OF(ALLOWED); i++) {
        size_t at = str_find(ALLOWED[i].tags, tag);
        if (str_eq(group, ALLOWED[i].group) && tag.len > 0 && at != STR_NONE && at > 0 &&
            ALLOWED[i].tags.ptr[at - 1] == ' ' && ALLOWED[i].tags.ptr[at + tag.len] == ' ') {
            return true;
        }
    }
    return false;
}

static size_t count_metadata(str lines, bool is_told) {
    size_t count = 0;
    str line;
    while (lines.len > 0) {
        str_cut(lines, '\n', &line, &lines);
        if (line.len == 0 || is_about_pixels(line)) continue;
        if (is_told) printf("# " STR_FMT "\n", STR_ARG(line));
        count++;
    }
    return count;
}

static void satisfies_exiftool(void **state) {
    struct bench *bench = *state;
    if (access(EXIFTOOL, X_OK) != 0) {
        printf("# SKIP no %s\n", EXIFTOOL);
        return;
    }
    size_t dirty = 0;
    for (size_t i = 0; i < bench->count; i++) {
        struct picture_set set;
        if (!rebuild(bench, bench->names[i], &set)) continue;
        char path[] = "/tmp/hanji-dirty-test-XXXXXX";
        CLEANUP(fd_close) int fd = mkostemp(path, O_CLOEXEC);
        assert_true(fd >= 0);
        str bytes = set.sizes[set.count - 1].bytes;
        assert_int_equal(file_write_all(&bench->sys, fd, bytes).kind, ERR_NONE);
        str answer = ask_exiftool(bench, path);
        unlink(path);
        assert_true(str_contains(answer, STR("ImageWidth")));
        if (count_metadata(answer, true) > 0) fail_msg(STR_FMT, STR_ARG(bench->names[i]));
        const char *original = NULL;
        str where = path_of(bench, bench->names[i]);
        assert_int_equal(arena_cstr(&bench->arena, where, &original).kind, ERR_NONE);
        dirty += count_metadata(ask_exiftool(bench, original), false) > 0;
    }
    /* the judge is awake: it finds most originals dirty (not what only stands after their end) */
    if (bench->is_ready) assert_true(dirty * 10 >= bench->count * 8);
}

/* Runs ExifTool over the file in place, with one thing to write. */
static void dirty_with(struct bench *bench, const char *what, const char *path) {
    const char *const argv[] = {"exiftool", "-q", "-overwrite_original", what, path, NULL};
    struct child_spec spec = {.program = EXIFTOOL, .argv = argv};
    CLEANUP(child_kill) struct child child = {0};
    int status = 1;
    assert_int_equal(child_start(&spec, &child).kind, ERR_NONE);
    assert_int_equal(child_wait(&bench->sys, &child, 30, &status).kind, ERR_NONE);
    assert_int_equal(status, 0);
}

/* An AVIF as we write it, of soft noise. */
static str clean_avif(struct bench *bench) {
    enum { WIDTH = 96, HEIGHT = 64 };
    size_t size = (size_t)WIDTH * HEIGHT * 3;
    uint8_t *bytes = arena_alloc(&bench->arena, size);
    uint32_t noise = 1;
    struct picture_set set;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525U + 1013904223U;
        bytes[i] = (uint8_t)(90 + i / 3 % WIDTH + (noise >> 28));
    }
    struct pixels pixels = {PIXELS_FORMAT_DRAWN, WIDTH, HEIGHT, 3, {(const char *)bytes, size}};
    assert_int_equal(picture_rebuild(&bench->arena, &pixels, true, &set).kind, ERR_NONE);
    assert_true(set.has_avif);
    return set.avif[0].bytes;
}

static void finds_what_exiftool_writes_into_an_avif_of_ours(void **state) {
    struct bench *bench = *state;
    static const char *const DIRT[] = {"-EXIF:UserComment=Greetings from the harbour",
                                       "-XMP:Description=Greetings from the harbour",
                                       "-EXIF:GPSLatitude=0.5", "-XMP:GPSLatitude=0.5",
                                       "-EXIF:Artist=A. Person"};
    if (access(EXIFTOOL, X_OK) != 0) {
        printf("# SKIP no %s\n", EXIFTOOL);
        return;
    }
    str clean = clean_avif(bench);
    struct picture_finding finding;
    size_t count = 0;
    assert_int_equal(picture_check(clean, &finding, 1, &count).kind, ERR_NONE);
    if (count > 0) fail_msg("clean, but: %s", finding.text);
    for (size_t i = 0; i < COUNT_OF(DIRT); i++) {
        char path[] = "/tmp/hanji-dirty-test-XXXXXX";
        CLEANUP(fd_close) int fd = mkostemp(path, O_CLOEXEC);
        str bytes;
        assert_true(fd >= 0);
        assert_int_equal(file_write_all(&bench->sys, fd, clean).kind, ERR_NONE);
        dirty_with(bench, DIRT[i], path);
        err e = file_read(&bench->arena, AT_FDCWD, str_of(path), LIMIT_PICTURE_BYTES, &bytes);
        unlink(path);
        assert_int_equal(e.kind, ERR_NONE);
        assert_false(str_eq(bytes, clean)); /* it was written */
        assert_int_equal(picture_check(bytes, &finding, 1, &count).kind, ERR_NONE);
        if (count == 0) fail_msg("nothing found of %s", DIRT[i]);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(finds_something_in_every_original),
        TEST(finds_nothing_in_what_was_rebuilt),
        TEST(leaves_no_planted_word),
        TEST(satisfies_exiftool),
        TEST(finds_what_exiftool_writes_into_an_avif_of_ours),
    };
#undef TEST
    return cmocka_run_group_tests_name("dirty pictures", tests, NULL, NULL);
}
