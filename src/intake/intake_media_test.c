/* intake_media_test.c: the pictures of an import: their order, and what is left when it fails.
 *
 * The programs are looked for in $HANJI_LIBEXEC, or in libexec/hanji under the current folder. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "intake/intake.h"

struct desk {
    struct sys sys;
    struct arena a;
    char folder[64];
    struct archive *archive;
    int media;
    struct maker_spec maker;
    char scrubber[512];
    char encoder[512];
    struct intake_options options;
    int sealed;
    int unsealed;
    int seal_fails_at; /* the how-manieth; 0: none */
};

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        err assert_result = (call);                                                                \
        if (assert_result.kind != ERR_NONE) fail_msg("%s", assert_result.message);                 \
    } while (0)

static err count_seal(void *context, int fd, const unsigned char hash[32], uint64_t *ret_mark) {
    struct desk *desk = context;
    (void)fd, (void)hash;
    desk->sealed++;
    if (desk->sealed == desk->seal_fails_at) FAIL(ERR_IO, "the disk is full");
    *ret_mark = (uint64_t)desk->sealed;
    return OK;
}

static void count_unseal(void *context, const unsigned char hash[32], uint64_t mark) {
    struct desk *desk = context;
    (void)hash;
    assert_in_range(mark, 1, desk->sealed);
    desk->unsealed++;
}

static int open_folder(const struct desk *desk, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", desk->folder, name);
    mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int set_up(void **state) {
    struct desk *desk = calloc(1, sizeof *desk);
    char path[128];
    assert_non_null(desk);
    desk->sys = sys_real();
    arena_init(&desk->a, &desk->sys, (size_t)1 << 30);
    snprintf(desk->folder, sizeof desk->folder, "/tmp/intake-test-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    snprintf(path, sizeof path, "%s/archive.db", desk->folder);
    struct archive_options create = {.may_create = true};
    assert_ok(archive_open(&desk->sys, path, create, &desk->archive));
    desk->media = open_folder(desk, "media");
    const char *programs = getenv("HANJI_LIBEXEC");
    if (programs == NULL) programs = "libexec/hanji";
    snprintf(desk->scrubber, sizeof desk->scrubber, "%s/scrubber", programs);
    snprintf(desk->encoder, sizeof desk->encoder, "%s/encoder", programs);
    desk->maker =
        (struct maker_spec){.encoder = desk->encoder, .scrub = {.program = desk->scrubber}};
    desk->options = (struct intake_options){.archive = desk->archive,
                                            .by = STR("A. Person"),
                                            .media_source = -1,
                                            .media_folder = desk->media,
                                            .maker = &desk->maker,
                                            .seal = count_seal,
                                            .unseal = count_unseal,
                                            .seal_context = desk};
    *state = desk;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place) {
    (void)info, (void)type, (void)place;
    return remove(path);
}

static int tear_down(void **state) {
    struct desk *desk = *state;
    assert_ok(archive_verify(desk->archive, &desk->a));
    archive_close(&desk->archive);
    close(desk->media);
    arena_done(&desk->a);
    nftw(desk->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(desk);
    return 0;
}

static const char *put_file(struct desk *desk, const char *name, const char *text) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", desk->folder, name);
    for (char *slash = strchr(path + strlen(desk->folder) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_ok(file_write_all(&desk->sys, fd, str_of(text)));
    close(fd);
    return path;
}

static const unsigned char tiny_png[] = {
    0x89, 'P',  'N',  'G',  0x0D, 0x0A, 0x1A, 0x0A, 0,    0,    0,    13,   'I',  'H',
    'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    2,    0,    0,
    0,    0x90, 0x77, 0x53, 0xDE, 0,    0,    0,    12,   'I',  'D',  'A',  'T',  0x08,
    0xD7, 0x63, 0xF8, 0xCF, 0xC0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xDD, 0x8D,
    0xB0, 0,    0,    0,    0,    'I',  'E',  'N',  'D',  0xAE, 0x42, 0x60, 0x82};

static void put_picture(struct desk *desk, const char *name) {
    const char *path = put_file(desk, name, "");
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_ok(file_write_all(&desk->sys, fd, (str){(const char *)tiny_png, sizeof tiny_png}));
    close(fd);
}

static void assert_str(str text, const char *expected) {
    if (!str_eq(text, str_of(expected))) {
        fail_msg("\"" STR_FMT "\" instead of \"%s\"", STR_ARG(text), expected);
    }
}

static size_t versions_in(struct desk *desk) {
    struct archive_filter all = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_version_ids(desk->archive, &desk->a, &all, &ids, &count));
    return count;
}

/* Pictures that are the same to the eye, and no two the same file. */
static void put_pictures(struct desk *desk, int count) {
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "site/picture-%d.png", i);
        put_picture(desk, name);
        /* what is behind the end of a PNG is not drawn, but makes it another original */
        char path[192];
        snprintf(path, sizeof path, "%s/%s", desk->folder, name);
        CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        assert_int_equal(write(fd, &i, sizeof i), sizeof i);
    }
}

static size_t files_in(int folder) {
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fdopendir(copy);
    size_t count = 0;
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

static void leaves_no_file_when_it_fails(void **state) {
    struct desk *desk = *state;
    char path[128];
    struct intake_report report;
    if (access(desk->scrubber, X_OK) != 0) {
        print_message("# no scrubber at %s: this case proves nothing\n", desk->scrubber);
        return;
    }
    put_file(desk, "site/one.md",
             "---\ntitle: One\n---\n\n![a](picture-0.png) ![b](picture-1.png) ![c](none.png)\n");
    put_pictures(desk, 2);
    snprintf(path, sizeof path, "%s/site", desk->folder);
    desk->seal_fails_at = 2;
    err e = intake_folder(&desk->a, &desk->options, str_of(path), &report);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(str_contains(str_of(e.message), STR("picture-1.png: the disk is full")));
    assert_int_equal(desk->unsealed, 1); /* the second was never there */
    assert_int_equal(files_in(desk->media), 0);
    assert_int_equal(versions_in(desk), 0);
    desk->seal_fails_at = 0;
    assert_ok(intake_folder(&desk->a, &desk->options, str_of(path), &report));
    size_t kept = files_in(desk->media);
    assert_int_not_equal(kept, 0);
    /* and what an import before it had brought stays, also when it would bring the same */
    put_pictures(desk, 3);
    put_file(desk, "site/two.md", "---\ntitle: Two\n---\n\n![a](picture-2.png)\n");
    desk->seal_fails_at = desk->sealed + 1;
    e = intake_folder(&desk->a, &desk->options, str_of(path), &report);
    assert_int_equal(e.kind, ERR_IO);
    assert_int_equal(files_in(desk->media), kept);
}

static void keeps_pictures_in_the_order_of_the_source(void **state) {
    struct desk *desk = *state;
    enum { COUNT = 40 };
    char text[4096] = "---\ntitle: Many\n---\n\n";
    char path[128];
    struct intake_report report;
    if (access(desk->scrubber, X_OK) != 0) {
        print_message("# no scrubber at %s: this case proves nothing\n", desk->scrubber);
        return;
    }
    put_pictures(desk, COUNT);
    for (int i = 0; i < COUNT; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "![a](%s-%d.png)\n",
                 i % 5 == 3   ? "broken"
                 : i % 7 == 5 ? "none"
                              : "picture",
                 i);
        char name[64];
        snprintf(name, sizeof name, "site/broken-%d.png", i);
        if (i % 5 == 3) put_file(desk, name, "no picture");
    }
    put_file(desk, "site/many.md", text);
    snprintf(path, sizeof path, "%s/site", desk->folder);
    assert_ok(intake_folder(&desk->a, &desk->options, str_of(path), &report));
    int64_t last = 0;
    for (int i = 0; i < COUNT; i++) {
        char name[64];
        struct archive_media media;
        int64_t id = 0;
        if (i % 5 == 3 || i % 7 == 5) continue;
        snprintf(name, sizeof name, "picture-%d.png", i);
        id = last + 1;
        assert_ok(archive_media_load(desk->archive, &desk->a, id, &media));
        assert_str(media.name, name);
        last = id;
    }
    int at = 0;
    for (struct intake_line *line = report.pictures_refused.first; line != NULL;
         line = line->next) {
        char name[64];
        while (at % 5 != 3) at++;
        snprintf(name, sizeof name, "broken-%d.png", at++);
        assert_str(line->what, name);
    }
    assert_int_equal(report.pictures_refused.count, COUNT / 5);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(leaves_no_file_when_it_fails),
        CASE(keeps_pictures_in_the_order_of_the_source),
    };
#undef CASE
    return cmocka_run_group_tests_name("intake media", tests, NULL, NULL);
}
