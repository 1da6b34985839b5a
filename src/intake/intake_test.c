/* intake_test.c: whole imports into a real archive. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "intake/intake.h"
#include "intake/parser.h"

#define DATA "../shared/data/import/wxr/"

struct desk {
    struct sys sys;
    struct arena a;
    char folder[64];
    struct archive *archive;
    int media;
    int uploads;
    struct maker_spec maker;
    char scrubber[512];
    char encoder[512];
    struct intake_options options;
    int sealed;
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
    *ret_mark = 0;
    return OK;
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
    desk->sys = sys_real();
    arena_init(&desk->a, &desk->sys, (size_t)1 << 30);
    snprintf(desk->folder, sizeof desk->folder, "/tmp/intake-test-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    snprintf(path, sizeof path, "%s/archive.db", desk->folder);
    struct archive_options create = {.may_create = true};
    assert_ok(archive_open(&desk->sys, path, create, &desk->archive));
    desk->media = open_folder(desk, "media");
    desk->uploads = open_folder(desk, "uploads");
    const char *programs = getenv("HANJI_LIBEXEC");
    snprintf(desk->scrubber, sizeof desk->scrubber, "%s/scrubber",
             programs != NULL ? programs : "libexec/hanji");
    snprintf(desk->encoder, sizeof desk->encoder, "%s/encoder",
             programs != NULL ? programs : "libexec/hanji");
    desk->maker =
        (struct maker_spec){.encoder = desk->encoder, .scrub = {.program = desk->scrubber}};
    desk->options = (struct intake_options){.archive = desk->archive,
                                            .by = STR("A. Person"),
                                            .media_source = -1,
                                            .media_folder = desk->media,
                                            .maker = &desk->maker,
                                            .seal = count_seal,
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
    close(desk->uploads);
    arena_done(&desk->a);
    nftw(desk->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(desk);
    return 0;
}

/* --- Small things --- */

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

static size_t versions_in(struct desk *desk) {
    struct archive_filter all = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_version_ids(desk->archive, &desk->a, &all, &ids, &count));
    return count;
}

static struct archive_version load(struct desk *desk, const char *slug) {
    struct archive_version version = {0};
    int64_t id = 0;
    assert_ok(archive_version_find(desk->archive, &desk->a, str_of(slug), &id));
    assert_ok(archive_version_load(desk->archive, &desk->a, id, &version));
    return version;
}

static struct intake_type total(const struct intake_report *report) {
    struct intake_type sum = {0};
    assert_true(intake_report_sums(report));
    for (size_t i = 0; i < report->type_count; i++) {
        sum.found += report->types[i].found;
        sum.imported += report->types[i].imported;
        sum.updated += report->types[i].updated;
        sum.unchanged += report->types[i].unchanged;
        sum.skipped += report->types[i].skipped;
    }
    return sum;
}

static void assert_str(str text, const char *expected) {
    if (!str_eq(text, str_of(expected))) {
        fail_msg("\"" STR_FMT "\" instead of \"%s\"", STR_ARG(text), expected);
    }
}

static bool has_data(void) {
    if (access(DATA "wxr-simple.xml", R_OK) == 0) return true;
    print_message("# " DATA " is not here: this case proves nothing\n");
    return false;
}

#define WXR_HEAD                                                                                   \
    "<?xml version=\"1.0\"?><rss xmlns:wp=\"http://wordpress.org/export/1.2/\" "                   \
    "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "                                  \
    "xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>T</title>"                      \
    "<wp:wxr_version>1.2</wp:wxr_version><wp:base_blog_url>https://old.example</wp:base_blog_url>"
#define WXR_TAIL "</channel></rss>"
#define POST(number, slug, status, more)                                                           \
    "<item><title>Post " number "</title><link>https://old.example/2020/" slug "/</link>"          \
    "<wp:post_id>" number "</wp:post_id><wp:post_name>" slug "</wp:post_name>"                     \
    "<wp:post_type>post</wp:post_type><wp:status>" status "</wp:status>"                           \
    "<wp:post_date_gmt>2020-01-02 03:04:05</wp:post_date_gmt>" more "</item>"

static struct intake_report import(struct desk *desk, const char *wxr) {
    struct intake_report report;
    const char *path = put_file(desk, "export.xml", wxr);
    assert_ok(intake_wordpress(&desk->a, &desk->options, str_of(path), &report));
    return report;
}

/* --- Tests --- */

static void reconciles_every_valid_export_to_the_item(void **state) {
    static const struct {
        const char *name;
        uint64_t items;
    } files[] = {{"themeunittestdata.wordpress.xml", 186},
                 {"small-export.xml", 11},
                 {"valid-wxr-1.0.xml", 6},
                 {"valid-wxr-1.1.xml", 2},
                 {"wxr-simple.xml", 1},
                 {"wxr-utf-8-challenges.xml", 1},
                 {"slashes.xml", 1},
                 {"cdata-edge.xml", 1},
                 {"crazy-cdata-escaped.xml", 1},
                 {"missing-tags.xml", 1},
                 {"multiple-cdata.xml", 1},
                 {"namespace-edge-cases.xml", 6},
                 {"post-content-blank-lines.xml", 1}};
    struct desk *desk = *state;
    if (!has_data()) return;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[256];
        struct intake_report report;
        snprintf(path, sizeof path, DATA "%s", files[i].name);
        assert_ok(intake_wordpress(&desk->a, &desk->options, str_of(path), &report));
        struct intake_type sum = total(&report);
        if (sum.found != files[i].items) {
            fail_msg("%s: %llu", path, (unsigned long long)sum.found);
        }
        assert_int_equal(sum.skipped, report.skipped.count);
    }
}

static void imports_the_theme_unit_test_once_however_often(void **state) {
    struct desk *desk = *state;
    struct intake_report report;
    if (!has_data()) return;
    str path = STR(DATA "themeunittestdata.wordpress.xml");
    assert_ok(intake_wordpress(&desk->a, &desk->options, path, &report));
    struct intake_type sum = total(&report);
    assert_int_equal(sum.imported, 79); /* 58 posts and 21 pages */
    assert_int_equal(sum.skipped, 107); /* 37 attachments without a folder, 70 lines of menus */
    assert_int_equal(versions_in(desk), 79);
    assert_str(load(desk, "scheduled").title, "Scheduled");
    assert_int_equal(load(desk, "scheduled").status, ARCHIVE_SCHEDULED);
    assert_int_equal(load(desk, "template-password-protected").status, ARCHIVE_DRAFT);
    assert_int_equal(load(desk, "template-password-protected").origin.len, 0);
    assert_str(load(desk, "markup-title-with-markup").title, "Markup: Title With Markup");
    assert_ok(intake_wordpress(&desk->a, &desk->options, path, &report));
    sum = total(&report);
    assert_int_equal(sum.imported, 0);
    assert_int_equal(sum.updated, 0);
    assert_int_equal(sum.unchanged, 79);
    assert_int_equal(versions_in(desk), 79);
}

static void leaves_the_archive_alone_when_the_file_is_broken(void **state) {
    static const char *const files[] = {"malformed.xml", "malformed-simple.xml", "crazy-cdata.xml",
                                        "invalid-version-tag.xml", "missing-version-tag.xml"};
    struct desk *desk = *state;
    struct intake_report report;
    if (!has_data()) return;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[256];
        snprintf(path, sizeof path, DATA "%s", files[i]);
        err e = intake_wordpress(&desk->a, &desk->options, str_of(path), &report);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_true(str_contains(str_of(e.message), str_of(files[i])));
    }
    err e = intake_wordpress(&desk->a, &desk->options, STR(DATA "malformed.xml"), &report);
    assert_true(str_contains(str_of(e.message), STR("malformed.xml: line 90: ")));
    assert_int_equal(versions_in(desk), 0);
}

static void leaves_the_archive_alone_when_the_end_is_missing(void **state) {
    struct desk *desk = *state;
    struct intake_report report;
    const char *path = put_file(desk, "cut.xml", WXR_HEAD POST("1", "one", "publish", "") "<item>");
    err e = intake_wordpress(&desk->a, &desk->options, str_of(path), &report);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(versions_in(desk), 0);
}

static void makes_a_new_revision_of_what_changed(void **state) {
    struct desk *desk = *state;
    import(desk, WXR_HEAD POST("1", "one", "publish", "") POST("2", "two", "publish", "") WXR_TAIL);
    struct intake_report report = import(
        desk, WXR_HEAD POST("1", "one", "publish", "<content:encoded>new words</content:encoded>")
                  POST("2", "two", "publish", "") WXR_TAIL);
    struct intake_type sum = total(&report);
    assert_int_equal(sum.updated, 1);
    assert_int_equal(sum.unchanged, 1);
    assert_int_equal(versions_in(desk), 2);
    assert_str(load(desk, "one").body, "new words\n");
}

static void keeps_what_editors_did_to_what_did_not_change(void **state) {
    struct desk *desk = *state;
    const char *wxr = WXR_HEAD POST("1", "one", "publish", "") WXR_TAIL;
    import(desk, wxr);
    struct archive_version version = load(desk, "one");
    enum archive_saved saved;
    version.title = STR("Better title");
    assert_ok(archive_version_save(desk->archive, &desk->a, STR("An editor"), &version, &saved));
    struct intake_report report = import(desk, wxr);
    assert_int_equal(total(&report).unchanged, 1);
    assert_str(load(desk, "one").title, "Better title");
}

static void makes_drafts_of_what_was_not_public(void **state) {
    struct desk *desk = *state;
    import(desk, WXR_HEAD POST("1", "open", "publish", "") POST("2", "private", "private", "")
                     POST("3", "pending", "pending", "") POST("4", "late", "future", "")
                         POST("5", "locked", "publish", "<wp:post_password>x</wp:post_password>")
                             WXR_TAIL);
    assert_int_equal(load(desk, "open").status, ARCHIVE_PUBLISHED);
    assert_str(load(desk, "open").origin, "https://old.example/2020/open/");
    assert_int_equal(load(desk, "open").published, 1577934245);
    static const char *const drafts[] = {"private", "pending", "late", "locked"};
    for (size_t i = 0; i < COUNT_OF(drafts); i++) {
        struct archive_version version = load(desk, drafts[i]);
        assert_int_equal(version.status, ARCHIVE_DRAFT);
        assert_int_equal(version.origin.len, 0);
        assert_true(str_contains(version.notes, STR("status: ")));
    }
}

static void leads_links_between_items_to_their_new_place(void **state) {
    struct desk *desk = *state;
    struct intake_report report =
        import(desk, WXR_HEAD POST("1", "one", "publish",
                                   "<content:encoded>&lt;a href='http://www.old.example/2020/two#x'"
                                   "&gt;x&lt;/a&gt; &lt;a href='/gone/'&gt;y&lt;/a&gt; &lt;a href="
                                   "'https://old.example/wp-content/uploads/a.pdf'&gt;z&lt;/a&gt;"
                                   "</content:encoded>") POST("2", "two", "publish", "") WXR_TAIL);
    assert_str(load(desk, "one").body, "[x](/en/blog/two/) [y](/gone/) z\n");
    assert_int_equal(report.links_unknown, 1);
    assert_int_equal(report.links_removed.count, 1);
    assert_str(report.links_removed.first->what, "https://old.example/wp-content/uploads/a.pdf");
}

static void knows_items_by_names_of_any_length(void **state) {
    struct desk *desk = *state;
    char wxr[4096];
    char guid[1500];
    memset(guid, 'g', sizeof guid - 1);
    guid[sizeof guid - 1] = '\0';
    snprintf(wxr, sizeof wxr,
             WXR_HEAD "<item><title>T</title><guid>https://old.example/%s</guid><wp:post_type>post"
                      "</wp:post_type><wp:status>publish</wp:status></item>" WXR_TAIL,
             guid);
    struct intake_report report = import(desk, wxr);
    assert_int_equal(total(&report).imported, 1);
    report = import(desk, wxr);
    assert_int_equal(total(&report).unchanged, 1);
}

static err find_path(void *context, const struct archive_old_path *old) {
    struct archive_old_path *wanted = context;
    if (str_eq(old->path, wanted->path)) wanted->version = old->version;
    return OK;
}

static void remembers_old_addresses(void **state) {
    struct desk *desk = *state;
    import(desk, WXR_HEAD POST("1", "one", "publish",
                               "<wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>"
                               "uno</wp:meta_value></wp:postmeta>") WXR_TAIL);
    static const char *const paths[] = {"/2020/one/", "/2020/uno/"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct archive_old_path wanted = {.path = str_of(paths[i])};
        assert_ok(archive_old_paths_each(desk->archive, &desk->a, find_path, &wanted));
        assert_int_equal(wanted.version, load(desk, "one").id);
    }
}

/* A PNG of one pixel row, written by hand: header, IHDR, IDAT, IEND. */
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

#define ATTACHMENT(number, path)                                                                   \
    "<item><title>Kettle</title><wp:post_id>" number "</wp:post_id><wp:post_parent>1"              \
    "</wp:post_parent><wp:post_type>attachment</wp:post_type><wp:status>inherit</wp:status>"       \
    "<wp:attachment_url>https://old.example/wp-content/uploads/" path "</wp:attachment_url>"       \
    "<wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value>A kettle"      \
    "</wp:meta_value></wp:postmeta></item>"

static void brings_in_pictures_and_names_those_it_lacks(void **state) {
    struct desk *desk = *state;
    if (access(desk->scrubber, X_OK) != 0) {
        print_message("# no scrubber at %s: this case proves nothing\n", desk->scrubber);
        return;
    }
    put_picture(desk, "uploads/2020/01/kettle.png");
    put_file(desk, "uploads/2020/01/broken.jpg", "no picture");
    desk->options.media_source = desk->uploads;
    struct intake_report report = import(
        desk, WXR_HEAD ATTACHMENT("7", "2020/01/kettle.png") ATTACHMENT("8", "2020/01/broken.jpg")
                  ATTACHMENT("9", "../../../etc/passwd.png") ATTACHMENT("10", "2020/01/x.mp3")
                      POST("1", "one", "publish",
                           "<content:encoded>&lt;img src='https://old.example/wp-content/uploads/"
                           "2020/01/kettle-300x200.png'&gt;&lt;img src='https://old.example/"
                           "wp-content/uploads/2020/02/lost.jpg'&gt;</content:encoded><wp:postmeta>"
                           "<wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>7"
                           "</wp:meta_value></wp:postmeta>") WXR_TAIL);
    struct archive_version one = load(desk, "one");
    struct intake_type sum = total(&report);
    assert_int_equal(sum.found, 5);
    assert_int_equal(sum.imported, 2);
    assert_int_equal(report.pictures_found, 1);
    assert_int_equal(report.pictures_refused.count, 2);
    assert_int_equal(report.pictures_missing.count, 2);
    assert_int_equal(desk->sealed, 1);
    assert_true(one.cover.media > 0);
    assert_str(one.cover.alt, "A kettle");
    assert_true(str_contains(one.body, STR("alt: A kettle\n")));
    report = import(desk, WXR_HEAD ATTACHMENT("7", "2020/01/kettle.png") WXR_TAIL);
    assert_int_equal(total(&report).unchanged, 1);
    assert_int_equal(desk->sealed, 1);
}

static err die(void *context, int input, int socket) {
    (void)context, (void)input, (void)socket;
    abort();
}

static err babble(void *context, int input, int socket) {
    (void)context, (void)input;
    struct sys sys = sys_real();
    return file_write_all(&sys, socket, STR("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
}

/* What the sandbox is for: tells the parent what it could still do. */
static err misbehave(void *context, int input, int socket) {
    const struct desk *desk = context;
    (void)socket;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0) FAIL(ERR_EXISTS, "opened a file");
    if (openat(desk->media, ".", O_RDONLY | O_CLOEXEC) >= 0) FAIL(ERR_EXISTS, "opened a folder");
    if (fcntl(desk->media, F_GETFD) >= 0) FAIL(ERR_EXISTS, "holds a file of its parent");
    char byte = 0;
    if (read(input, &byte, 1) < 0) FAIL(ERR_EXISTS, "cannot read what it was given");
    FAIL(ERR_DENIED, "nothing");
}

static err run_parser(struct desk *desk, err (*run)(void *, int, int)) {
    const char *path = put_file(desk, "input", "x");
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    CLEANUP(parser_stop) struct parser parser = {0};
    struct parser_spec spec = {.run = run, .context = desk, .input = fd, .name = STR("input")};
    struct wire_message message = {0};
    bool is_end = false;
    TRY(parser_start(&spec, &parser));
    return parser_next(&parser, &desk->a, &message, &is_end);
}

static void survives_a_parser_that_dies_or_lies(void **state) {
    struct desk *desk = *state;
    err e = run_parser(desk, die);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(str_starts(str_of(e.message), STR("input: the parser ")));
    assert_int_not_equal(run_parser(desk, babble).kind, ERR_NONE);
}

static void gives_the_parser_no_file_and_no_folder(void **state) {
    struct desk *desk = *state;
    err e = run_parser(desk, misbehave);
    if (e.kind != ERR_DENIED) fail_msg("%s", e.message);
}

static void imports_a_folder_of_markdown(void **state) {
    struct desk *desk = *state;
    put_file(desk, "site/en/2020-05-01-the-road.md",
             "---\ntitle: The road\ndescription: A deck\ntags: [a, \"b c\"]\ngroup: road\n"
             "contributors: [{withheld: true, role: Told this}, {name: A. Person}]\n"
             "related: [later]\nurl: https://old.example/road/\nold_slugs: [path]\n---\n\nText "
             "[x](z-later.md) ![alt](none.png)\n");
    put_file(desk, "site/ko/the-road.md", "---\ntitle: \"\xEA\xB8\xB8\"\ngroup: road\n---\ntext\n");
    put_file(desk, "site/en/z-later.md",
             "---\ntitle: Later\ngroup: later\ndraft: false\nkind: page\n---\ntext\n");
    put_file(desk, "site/en/hidden.md", "---\ntitle: Hidden\ndraft: true\n---\ntext\n");
    char path[128];
    struct intake_report report;
    snprintf(path, sizeof path, "%s/site", desk->folder);
    assert_ok(intake_folder(&desk->a, &desk->options, str_of(path), &report));
    assert_int_equal(total(&report).imported, 4);
    struct archive_version road = load(desk, "en/the-road");
    assert_str(road.deck, "A deck");
    assert_str(road.body, "Text [x](/en/z-later/) alt\n");
    assert_str(road.origin, "https://old.example/road/");
    assert_int_equal(road.published, 1588291200);
    assert_int_equal(road.topic_count, 2);
    assert_int_equal(road.contributor_count, 2);
    assert_int_equal(road.contributors[0].name.len, 0);
    assert_int_equal(road.related_count, 1);
    assert_int_equal(road.group, load(desk, "ko/the-road").group);
    assert_int_equal(load(desk, "hidden").status, ARCHIVE_DRAFT);
    assert_int_equal(report.pictures_missing.count, 1);
    assert_ok(intake_folder(&desk->a, &desk->options, str_of(path), &report));
    assert_int_equal(total(&report).unchanged, 4);
}

static void names_file_and_line_of_bad_front_matter(void **state) {
    struct desk *desk = *state;
    put_file(desk, "site/good.md", "---\ntitle: Good\n---\n");
    put_file(desk, "site/zbad.md", "---\ntitle: x\nanchor: &a y\n---\n");
    char path[128];
    struct intake_report report;
    snprintf(path, sizeof path, "%s/site", desk->folder);
    err e = intake_folder(&desk->a, &desk->options, str_of(path), &report);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(str_starts(str_of(e.message), STR("zbad.md: line 3: ")));
    assert_int_equal(versions_in(desk), 0);
}

static void writes_its_report_for_people_and_programs(void **state) {
    struct desk *desk = *state;
    struct intake_report report =
        import(desk, WXR_HEAD POST("1", "one", "publish", "") ATTACHMENT("7", "a.png") WXR_TAIL);
    struct buf b;
    buf_init(&b, &desk->a, 1 << 20);
    intake_report_text(&b, &report);
    assert_true(str_contains(buf_text(&b), STR("attachment")));
    assert_true(str_contains(buf_text(&b), STR("no folder of media was given")));
    buf_init(&b, &desk->a, 1 << 20);
    intake_report_json(&b, &report);
    assert_true(str_contains(buf_text(&b), STR("{\"type\":\"post\",\"found\":1,\"imported\":1,")));
    assert_true(str_contains(buf_text(&b), STR("\"total\":{\"type\":\"all\",\"found\":2,")));
}

/* The n-th failure of memory or of a file, in whichever process it happens: the import fails
 * whole. What a child meets it tells its parent, so fault_ended cannot judge here. */
static void imports_all_or_nothing_whatever_fails(void **state) {
    struct desk *desk = *state;
    char path[256];
    snprintf(path, sizeof path, "%s",
             put_file(desk, "export.xml",
                      WXR_HEAD POST("1", "one", "publish", "<content:encoded>x</content:encoded>")
                          POST("2", "two", "draft", "") ATTACHMENT("7", "a.png") WXR_TAIL));
    for (int n = 1; n < 2000; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct arena a;
        struct intake_report report;
        arena_init(&a, &sys, (size_t)1 << 28);
        err e = intake_wordpress(&a, &desk->options, str_of(path), &report);
        arena_done(&a);
        assert_int_equal(fault.live, 0);
        assert_int_equal(versions_in(desk), e.kind == ERR_NONE ? 2 : 0);
        if (e.kind == ERR_NONE) {
            assert_true(n > 10);
            return;
        }
        bool is_named = e.kind == ERR_NO_MEMORY || e.kind == ERR_IO || e.kind == ERR_INVALID;
        if (!is_named) fail_msg("call %d: %s: %s", n, err_kind_name(e.kind), e.message);
    }
    fail();
}

/* A sanitizer keeps shadows of all memory, and what was freed: its build says nothing of ours. */
#if defined __SANITIZE_ADDRESS__
enum { PEAK_KB_MAX = 2 << 20 };
#elif defined __has_feature
#if __has_feature(address_sanitizer)
enum { PEAK_KB_MAX = 2 << 20 };
#else
enum { PEAK_KB_MAX = 64 << 10 };
#endif
#else
enum { PEAK_KB_MAX = 64 << 10 };
#endif

/* Peak memory of the children of a process that imports a large export: 100 MB here, against the
 * promise of a gigabyte in 64 MB. The parent is measured too. */
static void streams_a_large_export_in_little_memory(void **state) {
    struct desk *desk = *state;
    if (getenv("HANJI_LONG") == NULL) {
        print_message("# HANJI_LONG is not set: the large export is left out\n");
        return;
    }
    char path[128];
    snprintf(path, sizeof path, "%s/large.xml", desk->folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(WXR_HEAD, file);
    for (int i = 1; i <= 10000; i++) {
        fprintf(file,
                "<item><title>Post %d</title><wp:post_id>%d</wp:post_id><wp:post_name>post-%d"
                "</wp:post_name><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>"
                "<content:encoded>",
                i, i, i);
        for (int n = 0; n < 200; n++)
            fputs("&lt;p&gt;Some words of a long post.&lt;/p&gt;\n", file);
        fputs("</content:encoded></item>\n", file);
    }
    fputs(WXR_TAIL, file);
    fclose(file);
    pid_t pid = fork();
    if (pid == 0) {
        struct intake_report report;
        err e = intake_wordpress(&desk->a, &desk->options, str_of(path), &report);
        char line[200];
        long peak_kb = 0;
        FILE *status = fopen("/proc/self/status", "re");
        while (status != NULL && fgets(line, sizeof line, status) != NULL) {
            if (strncmp(line, "VmHWM:", 6) == 0) peak_kb = strtol(line + 6, NULL, 10);
        }
        struct rusage children;
        getrusage(RUSAGE_CHILDREN, &children);
        print_message("# peak %ld KB, of the parser %ld KB\n", peak_kb, children.ru_maxrss);
        if (peak_kb < children.ru_maxrss) peak_kb = children.ru_maxrss;
        bool is_fine = e.kind == ERR_NONE && total(&report).imported == 10000;
        _exit(!is_fine ? 1 : peak_kb > PEAK_KB_MAX ? 2 : 0);
    }
    int result = 0;
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(reconciles_every_valid_export_to_the_item),
        CASE(imports_the_theme_unit_test_once_however_often),
        CASE(leaves_the_archive_alone_when_the_file_is_broken),
        CASE(leaves_the_archive_alone_when_the_end_is_missing),
        CASE(makes_a_new_revision_of_what_changed),
        CASE(keeps_what_editors_did_to_what_did_not_change),
        CASE(makes_drafts_of_what_was_not_public),
        CASE(leads_links_between_items_to_their_new_place),
        CASE(knows_items_by_names_of_any_length),
        CASE(remembers_old_addresses),
        CASE(brings_in_pictures_and_names_those_it_lacks),
        CASE(survives_a_parser_that_dies_or_lies),
        CASE(gives_the_parser_no_file_and_no_folder),
        CASE(imports_a_folder_of_markdown),
        CASE(names_file_and_line_of_bad_front_matter),
        CASE(writes_its_report_for_people_and_programs),
        CASE(imports_all_or_nothing_whatever_fails),
        CASE(streams_a_large_export_in_little_memory),
    };
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
