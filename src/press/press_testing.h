/* press_testing.h: a small site to press, and what the tests of it ask. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "press/press.h"
#include "pressing/pressing.h"
#include "vault/vault.h"

enum { NOW = 1800000000, DAY = 86400 };

/* A site folder of its own, an archive in it, and keys that play the gate's part. */
struct house {
    struct sys sys;
    struct fault clock;
    struct arena a;
    char folder[64];
    struct archive *archive;
    int house; /* the folder itself */
    int media;
    int pressings;
    int theme;
    unsigned char public_key[VAULT_PUBLIC_BYTES];
    unsigned char secret_key[VAULT_SECRET_BYTES];
    unsigned clearances;
    int64_t story; /* ids */
    int64_t korean;
    int64_t picture; /* of the archive */
    struct press_report report;
    struct pressing *pressing;
};

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        err macro_result = (call);                                                                 \
        if (macro_result.kind != ERR_NONE)                                                         \
            fail_msg("%s:%d: %s", macro_result.file, macro_result.line, macro_result.message);     \
    } while (0)

static inline int open_folder(const struct house *h, const char *name) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s", h->folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Signs a clearance as the gate would. */
static inline str sign_in(struct house *h, const struct source *source, const char *road,
                          int64_t until, str language) {
    struct clearance_terms terms = {.key = source->key,
                                    .road = str_of(road),
                                    .language = language,
                                    .given = NOW - DAY,
                                    .until = until,
                                    .rules = 1};
    memset(terms.id, (int)++h->clearances, sizeof terms.id);
    assert_ok(source_hash(&h->a, source, terms.source));
    str message = {0};
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    assert_ok(clearance_message(&h->a, &terms, &message));
    vault_sign(h->secret_key, message, signature);
    struct buf bytes;
    buf_init(&bytes, &h->a, 8192);
    buf_add(&bytes, str_skip(message, sizeof "hanji clearance 1" - 1));
    buf_add(&bytes, (str){(const char *)signature, sizeof signature});
    str text = {0};
    assert_ok(buf_finish(&bytes, &text));
    return text;
}

static inline str sign(struct house *h, const struct source *source, const char *road,
                       int64_t until) {
    return sign_in(h, source, road, until, source->language);
}

static inline void clear_until(struct house *h, int64_t id, int64_t until) {
    struct archive_version version = {0};
    struct source source = {0};
    assert_ok(archive_version_load(h->archive, &h->a, id, &version));
    assert_ok(press_source(h->archive, &h->a, &version, &source));
    str bytes = sign(h, &source, "web", until);
    assert_ok(archive_clearance_put(h->archive, source.key, STR("web"), bytes));
}
static inline void clear(struct house *h, int64_t id) { clear_until(h, id, NOW + DAY); }

static inline void clear_site(struct house *h, const char *language) {
    struct source source = {0};
    assert_ok(press_site_source(h->archive, &h->a, str_of(language), &source));
    str bytes = sign(h, &source, "web", NOW + DAY);
    assert_ok(archive_clearance_put(h->archive, source.key, STR("web"), bytes));
}

static inline int64_t save(struct house *h, struct archive_version version) {
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    if (version.language.len == 0) version.language = STR("en");
    version.status = ARCHIVE_PUBLISHED;
    if (version.published == 0) version.published = NOW - 10 * DAY;
    version.updated = version.published;
    assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), &version, &saved));
    return version.id;
}

static inline int64_t add_picture(struct house *h, const char *content, const char *alt) {
    struct archive_variant variants[2] = {{.width = 480, .height = 320, .format = STR("jpeg")},
                                          {.width = 1200, .height = 800, .format = STR("jpeg")}};
    struct archive_media media = {
        .name = STR("IMG_1.jpg"), .alt = str_of(alt), .variants = variants, .variant_count = 2};
    for (size_t i = 0; i < 2; i++) {
        str bytes = {0};
        str hex = {0};
        assert_ok(arena_printf(&h->a, &bytes, "%s at %d", content, variants[i].width));
        vault_hash(bytes, variants[i].hash);
        variants[i].bytes = (int64_t)bytes.len;
        assert_ok(vault_hex(&h->a, variants[i].hash, 32, &hex));
        assert_ok(file_replace(&h->a, h->media, hex, bytes, 0600));
    }
    memcpy(media.original_hash, variants[0].hash, 32);
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    assert_ok(archive_media_put(h->archive, &h->a, &media, &saved));
    return media.id;
}

static inline void set(struct house *h, const char *key, const char *language, const char *value) {
    assert_ok(archive_setting_put(h->archive, str_of(key), str_of(language), str_of(value)));
}

static const char story_body[] = "It was *cold* <b>that</b> night.\n\n![A kettle](media:1 \"Hers\")"
                                 "\n\n## The river\n\n[Out](https://news.example/x) "
                                 "[bad](javascript:alert(1)) ![gone](media:99)\n";

static inline void fill(struct house *h) {
    set(h, "site.base", "", "https://house.example");
    set(h, "site.language", "", "en");
    set(h, "site.offset", "", "+09:00");
    set(h, "site.name", "en", "Paper & Ink");
    set(h, "site.name", "ko", "종이와 먹");
    set(h, "site.tagline", "en", "Stories <told> well");
    int64_t topic = 0;
    assert_ok(
        archive_topic_put(h->archive, &h->a, STR("rivers"), STR("en"), STR("Rivers"), &topic));
    assert_ok(archive_topic_put(h->archive, &h->a, STR("rivers"), STR("ko"), STR("강"), &topic));
    h->picture = add_picture(h, "kettle", "A kettle");
    assert_int_equal(h->picture, 1);
    int64_t report = save(h, (struct archive_version){.kind = ARCHIVE_REPORT,
                                                      .title = STR("A report"),
                                                      .body = STR("In short."),
                                                      .report = {.publisher = STR("Clinic"),
                                                                 .language = STR("en"),
                                                                 .pages = 24,
                                                                 .bytes = 1250000,
                                                                 .link = STR("https://c.example/"
                                                                             "r.pdf")}});
    struct archive_version held = {0};
    assert_ok(archive_version_load(h->archive, &h->a, report, &held));
    struct archive_contributor people[] = {{.name = STR("Writer Invented"), .role = STR("Officer")},
                                           {.role = STR("Speaker")}};
    h->story = save(
        h, (struct archive_version){.title = STR("The <Road> & me"),
                                    .deck = STR("How it was"),
                                    .body = str_of(story_body),
                                    .slug = STR("the-road"),
                                    .cover = {.media = h->picture, .caption = STR("The kettle")},
                                    .contributors = people,
                                    .contributor_count = 2,
                                    .topics = &topic,
                                    .topic_count = 1,
                                    .reports = &held.group,
                                    .report_count = 1});
    assert_ok(archive_version_load(h->archive, &h->a, h->story, &held));
    h->korean = save(h, (struct archive_version){.group = held.group,
                                                 .language = STR("ko"),
                                                 .title = STR("그 길"),
                                                 .body = STR("추웠다."),
                                                 .slug = STR("그-길")});
    int64_t page = save(h, (struct archive_version){
                               .kind = ARCHIVE_PAGE, .title = STR("About"), .slug = STR("about")});
    struct archive_block appeal = {.kind = ARCHIVE_BLOCK_APPEAL,
                                   .position = 1,
                                   .title = STR("Knock"),
                                   .label = STR("How"),
                                   .link = STR("/en/about/")};
    struct archive_block monthly = {.kind = ARCHIVE_BLOCK_MONTHLY,
                                    .position = 2,
                                    .title = STR("Nowhere"),
                                    .label = STR("Dead end"),
                                    .link = STR("/en/not-there/")};
    assert_ok(archive_block_put(h->archive, STR("en"), &appeal));
    assert_ok(archive_block_put(h->archive, STR("en"), &monthly));
    int64_t all[] = {report, h->story, h->korean, page};
    for (size_t i = 0; i < COUNT_OF(all); i++) clear(h, all[i]);
    clear_site(h, "en");
    clear_site(h, "ko");
}

static inline int house_open(void **state) {
    struct house *h = calloc(1, sizeof *h);
    assert_ok(vault_start());
    h->sys = fault_sys(&h->clock, 0);
    h->clock.now = NOW;
    snprintf(h->folder, sizeof h->folder, "/tmp/press-test-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    arena_init(&h->a, &h->sys, (size_t)1 << 30);
    vault_sign_pair(h->public_key, h->secret_key);
    h->house = open(h->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(h->house >= 0);
    h->media = open_folder(h, "media");
    h->pressings = open_folder(h, "pressings");
    h->theme = -1;
    char path[100];
    snprintf(path, sizeof path, "%s/archive.db", h->folder);
    assert_ok(
        archive_open(&h->sys, path, (struct archive_options){.may_create = true}, &h->archive));
    fill(h);
    *state = h;
    return 0;
}

static inline int forget(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline int house_close(void **state) {
    struct house *h = *state;
    pressing_close(&h->pressing);
    archive_close(&h->archive);
    arena_done(&h->a);
    close(h->house);
    close(h->media);
    close(h->pressings);
    fd_close(&h->theme);
    assert_int_equal(nftw(h->folder, forget, 10, FTW_DEPTH | FTW_PHYS), 0);
    free(h);
    return 0;
}

static inline err press_with(struct house *h, const struct sys *sys, struct arena *a) {
    const struct press_options options = {.archive = h->archive,
                                          .clearing_key = h->public_key,
                                          .media = h->media,
                                          .theme = h->theme,
                                          .pressings = h->pressings,
                                          .house = h->house};
    return press_site(sys, a, &options, &h->report);
}

static inline void press(struct house *h) {
    pressing_close(&h->pressing);
    assert_ok(press_with(h, &h->sys, &h->a));
    const struct pressing_place place = {.sys = &h->sys, .folder = h->pressings};
    assert_ok(pressing_open(&place, h->report.name, &h->pressing));
}

static inline struct pressing_page page_at(struct house *h, const char *path, unsigned status) {
    struct pressing_page page = {0};
    if (!pressing_find(h->pressing, str_of(path), &page)) fail_msg("nothing is at %s", path);
    assert_int_equal(page.status, status);
    return page;
}

static inline void assert_holds(struct house *h, const char *path, const char *text) {
    struct pressing_page page = page_at(h, path, 200);
    if (!str_contains(page.body, str_of(text)))
        fail_msg("%s lacks %s:\n" STR_FMT, path, text, STR_ARG(page.body));
}

/* No page, path, redirect or declared clearance holds these bytes. */
static inline void assert_nowhere(struct house *h, const char *text) {
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        bool is_there = str_contains(page.body, str_of(text)) ||
                        str_contains(page.path, str_of(text)) ||
                        str_contains(page.location, str_of(text));
        if (is_there) fail_msg("%s is at " STR_FMT, text, STR_ARG(page.path));
    }
}

/* The pressing knows a clearance by its hash; the archive has the clearance itself. */
static inline bool contains_clearance(struct house *h, const struct pressing_page *page, str key) {
    const struct clearance *clearance = NULL;
    unsigned char hash[CLEARANCE_HASH_BYTES];
    str bytes;
    assert_ok(archive_clearance_get(h->archive, &h->a, key, STR("web"), &bytes));
    assert_ok(clearance_read(&h->a, h->public_key, bytes, &clearance));
    clearance_hash(clearance, hash);
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        const unsigned char *other = pressing_clearance_at(h->pressing, page->clearances[i]);
        if (memcmp(hash, other, sizeof hash) == 0) return true;
    }
    return false;
}

static inline str key_of(struct house *h, int64_t id) {
    struct archive_version version = {0};
    str key = {0};
    assert_ok(archive_version_load(h->archive, &h->a, id, &version));
    assert_ok(archive_version_key(&h->a, &version, &key));
    return key;
}

static inline void put_theme_file(struct house *h, const char *name, const char *bytes) {
    if (h->theme < 0) {
        h->theme = open_folder(h, "theme");
        assert_ok(folder_make(&h->a, h->theme, STR("html"), 0700));
        assert_ok(folder_make(&h->a, h->theme, STR("words"), 0700));
        assert_ok(folder_make(&h->a, h->theme, STR("css"), 0700));
    }
    assert_ok(file_replace(&h->a, h->theme, str_of(name), str_of(bytes), 0600));
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, house_open, house_close)
