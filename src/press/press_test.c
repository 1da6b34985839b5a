/* press_test.c: a small site, pressed whole; and what must not come out of it. */
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

static int open_folder(const struct house *h, const char *name) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s", h->folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Signs a clearance as the gate would. */
static str sign(struct house *h, const struct source *source, const char *road, int64_t until) {
    struct clearance_terms terms = {.key = source->key,
                                    .road = str_of(road),
                                    .language = source->language,
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

static void clear_until(struct house *h, int64_t id, int64_t until) {
    struct archive_version version = {0};
    struct source source = {0};
    assert_ok(archive_version_load(h->archive, &h->a, id, &version));
    assert_ok(press_source(h->archive, &h->a, &version, &source));
    str bytes = sign(h, &source, "web", until);
    assert_ok(archive_clearance_put(h->archive, source.key, STR("web"), bytes));
}
static void clear(struct house *h, int64_t id) { clear_until(h, id, NOW + DAY); }

static void clear_site(struct house *h, const char *language) {
    struct source source = {0};
    assert_ok(press_site_source(h->archive, &h->a, str_of(language), &source));
    str bytes = sign(h, &source, "web", NOW + DAY);
    assert_ok(archive_clearance_put(h->archive, source.key, STR("web"), bytes));
}

static int64_t save(struct house *h, struct archive_version version) {
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    if (version.language.len == 0) version.language = STR("en");
    version.status = ARCHIVE_PUBLISHED;
    if (version.published == 0) version.published = NOW - 10 * DAY;
    version.updated = version.published;
    assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), &version, &saved));
    return version.id;
}

static int64_t add_picture(struct house *h, const char *content, const char *alt) {
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

static void set(struct house *h, const char *key, const char *language, const char *value) {
    assert_ok(archive_setting_put(h->archive, str_of(key), str_of(language), str_of(value)));
}

static const char story_body[] = "It was *cold* <b>that</b> night.\n\n![A kettle](media:1 \"Hers\")"
                                 "\n\n## The river\n\n[Out](https://news.example/x) "
                                 "[bad](javascript:alert(1)) ![gone](media:99)\n";

static void fill(struct house *h) {
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

static int house_open(void **state) {
    struct house *h = calloc(1, sizeof *h);
    assert_ok(vault_start());
    h->sys = fault_sys(&h->clock, 0);
    h->clock.now = NOW;
    snprintf(h->folder, sizeof h->folder, "/tmp/press-test-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    arena_init(&h->a, &h->sys, (size_t)1 << 30);
    vault_sign_pair(h->public_key, h->secret_key);
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

static int forget(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static int house_close(void **state) {
    struct house *h = *state;
    pressing_close(&h->pressing);
    archive_close(&h->archive);
    arena_done(&h->a);
    close(h->media);
    close(h->pressings);
    fd_close(&h->theme);
    assert_int_equal(nftw(h->folder, forget, 10, FTW_DEPTH | FTW_PHYS), 0);
    free(h);
    return 0;
}

static err press_with(struct house *h, const struct sys *sys, struct arena *a) {
    const struct press_options options = {.archive = h->archive,
                                          .clearing_key = h->public_key,
                                          .media = h->media,
                                          .theme = h->theme,
                                          .pressings = h->pressings};
    return press_site(sys, a, &options, &h->report);
}

static void press(struct house *h) {
    pressing_close(&h->pressing);
    assert_ok(press_with(h, &h->sys, &h->a));
    assert_ok(pressing_open(&h->sys, h->pressings, h->report.name, NULL, &h->pressing));
}

static struct pressing_page page_at(struct house *h, const char *path, unsigned status) {
    struct pressing_page page = {0};
    if (!pressing_find(h->pressing, str_of(path), &page)) fail_msg("nothing is at %s", path);
    assert_int_equal(page.status, status);
    return page;
}

static void assert_holds(struct house *h, const char *path, const char *text) {
    struct pressing_page page = page_at(h, path, 200);
    if (!str_contains(page.body, str_of(text)))
        fail_msg("%s lacks %s:\n" STR_FMT, path, text, STR_ARG(page.body));
}

/* No page, path, redirect or declared clearance holds these bytes. */
static void assert_nowhere(struct house *h, const char *text) {
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        bool is_there = str_contains(page.body, str_of(text)) ||
                        str_contains(page.path, str_of(text)) ||
                        str_contains(page.location, str_of(text));
        if (is_there) fail_msg("%s is at " STR_FMT, text, STR_ARG(page.path));
    }
}

static bool contains_clearance(struct house *h, const struct pressing_page *page, str key) {
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        const struct clearance *clearance = NULL;
        str bytes = pressing_clearance_at(h->pressing, page->clearances[i]);
        assert_ok(clearance_read(&h->a, h->public_key, bytes, &clearance));
        if (str_eq(clearance_terms(clearance)->key, key)) return true;
    }
    return false;
}

static str key_of(struct house *h, int64_t id) {
    struct archive_version version = {0};
    str key = {0};
    assert_ok(archive_version_load(h->archive, &h->a, id, &version));
    assert_ok(archive_version_key(&h->a, &version, &key));
    return key;
}

/* ---- What comes out ------------------------------------------------------------------------- */

static void presses_a_story_with_all_that_belongs_to_it(void **state) {
    struct house *h = *state;
    press(h);
    static const char *const parts[] = {
        "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">",
        "<title>The &lt;Road&gt; &amp; me · Paper &amp; Ink</title>",
        "<link rel=\"canonical\" href=\"https://house.example/en/blog/the-road/\">",
        "hreflang=\"ko\" href=\"https://house.example/ko/blog/%EA%B7%B8-%EA%B8%B8/\"",
        "hreflang=\"x-default\" href=\"https://house.example/en/blog/the-road/\"",
        "<p>It was <em>cold</em> &lt;b&gt;that&lt;/b&gt; night.</p>",
        "<figcaption>Hers</figcaption></figure>",
        "<h2 id=\"the-river\">The river</h2>",
        "<a href=\"https://news.example/x\" rel=\"noopener noreferrer\">Out</a> bad",
        "<span class=\"person\">Name withheld</span>, Speaker",
        "1.2 MB",
        "24 pages",
        "<time datetime=\"2027-01-05\">5 January 2027</time>",
        "<a href=\"/en/topics/rivers/\">Rivers</a>",
        "<h2>Knock</h2>",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) assert_holds(h, "/en/blog/the-road/", parts[i]);
    assert_int_equal(h->report.pressed, 4);
    assert_int_equal(h->report.left_out_count, 0);
    assert_int_equal(h->report.note_count, 2); /* the bad link, the missing picture */
}

static void presses_the_pages_around_the_stories(void **state) {
    struct house *h = *state;
    press(h);
    assert_holds(h, "/en/", "href=\"/en/blog/the-road/\"");
    assert_holds(h, "/", "href=\"/en/blog/the-road/\"");
    assert_holds(h, "/ko/", "href=\"/ko/blog/%EA%B7%B8-%EA%B8%B8/\"");
    assert_holds(h, "/ko/blog/그-길/", "<html lang=\"ko\"");
    assert_holds(h, "/en/blog/", "How it was");
    assert_holds(h, "/en/reports/", "A report");
    assert_holds(h, "/en/topics/rivers/", "How it was");
    assert_holds(h, "/en/about/", "<h1>About</h1>");
    assert_holds(h, "/en/feed.xml", "<title>The &lt;Road&gt; &amp; me</title>");
    assert_holds(h, "/en/feed.xml",
                 "<guid isPermaLink=\"true\">https://house.example/en/blog/the-road/</guid>");
    assert_holds(h, "/sitemap.xml", "<loc>https://house.example/en/blog/the-road/</loc>");
    assert_holds(h, "/sitemap.xml",
                 "<xhtml:link rel=\"alternate\" hreflang=\"ko\" "
                 "href=\"https://house.example/ko/blog/%EA%B7%B8-%EA%B8%B8/\"/>");
    assert_holds(h, "/robots.txt", "Sitemap: https://house.example/sitemap.xml");
    page_at(h, "/en/404", 404);
    page_at(h, "/ko/410", 410);
}

static void leaves_no_dead_end_in_the_foot(void **state) {
    struct house *h = *state;
    press(h);
    assert_nowhere(h, "Dead end");
    struct pressing_page about = page_at(h, "/en/about/", 200);
    assert_false(str_contains(about.body, STR("Knock"))); /* the page it would lead to */
}

static void presses_pictures_of_cleared_items_alone(void **state) {
    struct house *h = *state;
    add_picture(h, "unused", "Unused");
    press(h);
    assert_int_equal(h->report.pictures, 2);
    assert_nowhere(h, "unused at");
    size_t found = 0;
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        if (page.type != PRESSING_JPEG) continue;
        found++;
        assert_true(str_starts(page.body, STR("kettle at ")));
        assert_true(contains_clearance(h, &page, key_of(h, h->story)));
        assert_int_equal(page.gzip.len, 0);
    }
    assert_int_equal(found, 2);
}

static void declares_the_clearances_a_page_contains(void **state) {
    struct house *h = *state;
    press(h);
    static const char *const with_story[] = {"/",
                                             "/en/",
                                             "/en/blog/",
                                             "/en/blog/the-road/",
                                             "/en/topics/rivers/",
                                             "/en/feed.xml",
                                             "/sitemap.xml",
                                             "/ko/blog/그-길/" /* it links there */};
    for (size_t i = 0; i < COUNT_OF(with_story); i++) {
        struct pressing_page page = page_at(h, with_story[i], 200);
        if (!contains_clearance(h, &page, key_of(h, h->story)))
            fail_msg("%s does not declare the story", with_story[i]);
    }
    struct pressing_page story = page_at(h, "/en/blog/the-road/", 200);
    assert_true(contains_clearance(h, &story, STR("site/en")));
    struct pressing_page korean = page_at(h, "/ko/", 200);
    assert_false(contains_clearance(h, &korean, key_of(h, h->story)));
}

static void gives_the_same_bytes_again(void **state) {
    struct house *h = *state;
    press(h);
    struct pressing *first = h->pressing;
    h->pressing = NULL;
    press(h);
    assert_int_equal(pressing_page_count(first), pressing_page_count(h->pressing));
    for (size_t i = 0; i < pressing_page_count(first); i++) {
        struct pressing_page a = {0};
        struct pressing_page b = {0};
        pressing_page_at(first, i, &a);
        pressing_page_at(h->pressing, i, &b);
        assert_true(str_eq(a.path, b.path) && str_eq(a.body, b.body) && str_eq(a.gzip, b.gzip));
        assert_int_equal(a.clearance_count, b.clearance_count);
        assert_memory_equal(a.clearances, b.clearances, a.clearance_count * sizeof(uint32_t));
    }
    pressing_close(&first);
}

static void divides_long_lists_into_pages(void **state) {
    struct house *h = *state;
    for (int i = 0; i < 45; i++) {
        str title = {0};
        assert_ok(arena_printf(&h->a, &title, "Post number %d", i));
        clear(h, save(h, (struct archive_version){.kind = ARCHIVE_POST,
                                                  .title = title,
                                                  .body = STR("Words."),
                                                  .published = NOW - (i + 20) * DAY}));
    }
    press(h);
    assert_holds(h, "/en/blog/", "Page 1 of 3");
    assert_holds(h, "/en/blog/", "href=\"/en/blog/page/2/\"");
    assert_holds(h, "/en/blog/page/2/", "class=\"newer\" href=\"/en/blog/\"");
    assert_holds(h, "/en/blog/page/2/", "<meta name=\"robots\" content=\"noindex\">");
    assert_holds(h, "/en/blog/page/3/", "Post number 44");
    struct pressing_page page = {0};
    assert_false(pressing_find(h->pressing, STR("/en/blog/page/4/"), &page));
}

static void put_theme_file(struct house *h, const char *name, const char *bytes) {
    if (h->theme < 0) {
        h->theme = open_folder(h, "theme");
        assert_ok(folder_make(&h->a, h->theme, STR("html"), 0700));
        assert_ok(folder_make(&h->a, h->theme, STR("words"), 0700));
        assert_ok(folder_make(&h->a, h->theme, STR("css"), 0700));
    }
    assert_ok(file_replace(&h->a, h->theme, str_of(name), str_of(bytes), 0600));
}

static void takes_the_sites_own_templates_words_and_styles(void **state) {
    struct house *h = *state;
    put_theme_file(h, "html/card.mustache", "[own card {{title}}]\n");
    put_theme_file(h, "words/en.words", "# ours\nnav.stories = Tales\n");
    put_theme_file(h, "css/site.css", "p { color: red }");
    press(h);
    assert_holds(h, "/en/blog/", "[own card The &lt;Road&gt; &amp; me]");
    assert_holds(h, "/en/blog/", ">Tales</a>");
    assert_holds(h, "/en/blog/", ">Reports</a>"); /* a word left out is the built-in one */
    str css = STR("/assets/site-");
    bool found = false;
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        found = found || (str_starts(page.path, css) && str_eq(page.body, STR("p { color: red }")));
    }
    assert_true(found);
}

static void says_what_is_wrong_in_a_theme(void **state) {
    struct house *h = *state;
    static const struct {
        const char *file;
        const char *bytes;
        const char *message;
    } wrong[] = {
        {"html/card.mustache", "a\n{{#x}}", "template card, line 2: a section is never closed"},
        {"words/en.words", "a = 1\nb", "words/en.words, line 2: no = between key and text"},
        {"words/en.words", "a = 1\na.b = 2", "the key a.b goes on where another ends"},
        {"words/en.words", "a. = 1", "the key \"a.\" has an end too many"},
        {"words/en.words", "a = \xFF", "theme/words/en.words is not UTF-8"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        put_theme_file(h, "html/card.mustache", "card");
        put_theme_file(h, wrong[i].file, wrong[i].bytes);
        err e = press_with(h, &h->sys, &h->a);
        assert_int_equal(e.kind, ERR_INVALID);
        if (strstr(e.message, wrong[i].message) == NULL) fail_msg("%s", e.message);
    }
}

static void checks_out_older_stories_on_the_same_topic_first(void **state) {
    struct house *h = *state;
    struct archive_version story = {0};
    struct archive_block block = {.kind = ARCHIVE_BLOCK_RELATED, .title = STR("Check these out")};
    assert_ok(archive_block_put(h->archive, STR("en"), &block));
    assert_ok(archive_version_load(h->archive, &h->a, h->story, &story));
    static const struct {
        const char *title;
        int days; /* younger than the story */
        bool on_topic;
    } others[] = {{"Younger one", 1, true},
                  {"Older other", -1, false},
                  {"Older stranger", -3, false},
                  {"Older same", -5, true}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        clear(h,
              save(h, (struct archive_version){.title = str_of(others[i].title),
                                               .published = story.published + others[i].days * DAY,
                                               .topics = story.topics,
                                               .topic_count = others[i].on_topic ? 1 : 0}));
    }
    clear_site(h, "en");
    press(h);
    struct pressing_page page = page_at(h, "/en/blog/the-road/", 200);
    size_t same = str_find(page.body, STR("Older same"));
    size_t other = str_find(page.body, STR("Older other"));
    size_t stranger = str_find(page.body, STR("Older stranger"));
    assert_true(same < other && other < stranger && stranger != STR_NONE);
    assert_false(str_contains(page.body, STR("Younger one")));
}

static void leaves_drafts_and_scheduled_items_alone(void **state) {
    struct house *h = *state;
    static const enum archive_status waiting[] = {ARCHIVE_DRAFT, ARCHIVE_REVIEW, ARCHIVE_SCHEDULED};
    for (size_t i = 0; i < COUNT_OF(waiting); i++) {
        int64_t id = save(h, (struct archive_version){.title = STR("Waitingword")});
        clear(h, id);
        assert_ok(archive_version_set_status(h->archive, id, waiting[i]));
    }
    press(h);
    assert_nowhere(h, "Waitingword");
    assert_int_equal(h->report.left_out_count, 0); /* nobody meant them to be out */
}

/* ---- What must not come out ----------------------------------------------------------------- */

static void assert_left_out(struct house *h, str key, const char *reason) {
    for (struct press_note *line = h->report.left_out; line != NULL; line = line->next) {
        if (!str_eq(line->key, key)) continue;
        if (!str_contains(line->text, str_of(reason)))
            fail_msg("left out because " STR_FMT, STR_ARG(line->text));
        return;
    }
    fail_msg(STR_FMT " is not among what was left out", STR_ARG(key));
}

static void leaves_out_what_is_not_cleared(void **state) {
    struct house *h = *state;
    int64_t id = save(h, (struct archive_version){.title = STR("Secretword"),
                                                  .body = STR("Hiddenword ![x](media:1)")});
    press(h);
    assert_left_out(h, key_of(h, id), "is not cleared for the web");
    assert_nowhere(h, "ecretword");
    assert_nowhere(h, "iddenword");
}

static void leaves_out_what_was_edited_after_clearing(void **state) {
    struct house *h = *state;
    struct archive_version version = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    assert_ok(archive_version_load(h->archive, &h->a, h->story, &version));
    version.deck = STR("How it wasnt");
    assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), &version, &saved));
    press(h);
    assert_left_out(h, key_of(h, h->story), "changed since it was cleared");
    assert_nowhere(h, "How it was");
    assert_nowhere(h, "the-road");
}

static void leaves_out_what_has_ended(void **state) {
    struct house *h = *state;
    clear_until(h, h->story, NOW);
    press(h);
    assert_left_out(h, key_of(h, h->story), "has ended");
    assert_nowhere(h, "How it was");
}

static void leaves_out_a_clearance_for_something_else(void **state) {
    struct house *h = *state;
    struct archive_version version = {0};
    struct source source = {0};
    str key = key_of(h, h->story);
    assert_ok(archive_version_load(h->archive, &h->a, h->story, &version));
    assert_ok(press_source(h->archive, &h->a, &version, &source));
    assert_ok(
        archive_clearance_put(h->archive, key, STR("web"), sign(h, &source, "mail", NOW + DAY)));
    press(h);
    assert_left_out(h, key, "cleared for the road mail");
    str korean = {0}; /* another item's */
    assert_ok(archive_clearance_get(h->archive, &h->a, key_of(h, h->korean), STR("web"), &korean));
    assert_ok(archive_clearance_put(h->archive, key, STR("web"), korean));
    press(h);
    assert_left_out(h, key, "the clearance is for ");
    source.language = STR("ko"); /* the right item in another language */
    assert_ok(
        archive_clearance_put(h->archive, key, STR("web"), sign(h, &source, "web", NOW + DAY)));
    press(h);
    assert_left_out(h, key, "changed since it was cleared");
    vault_sign_pair(h->public_key, h->secret_key); /* not this gate's */
    assert_ok(archive_clearance_put(h->archive, key, STR("web"), STR("nonsense")));
    err e = press_with(h, &h->sys, &h->a);
    assert_int_equal(e.kind, ERR_DENIED); /* then not even the site's own words are cleared */
    assert_nowhere(h, "How it was");
}

/* A world in which an editor saves the story just when the press asks for the icon: after it knows
 * which stories are cleared, before it renders them. */
static int open_and_edit(void *ctx, int folder, const char *path, int flags, mode_t mode) {
    struct house *h = (struct house *)((char *)ctx - offsetof(struct house, clock));
    struct archive_version version = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    if (strcmp(path, "css/icon.svg") == 0) {
        assert_ok(archive_version_load(h->archive, &h->a, h->story, &version));
        version.body = STR("Slipped in later.");
        assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), &version, &saved));
    }
    return h->clock.world.open(h->clock.world.ctx, folder, path, flags, mode);
}

static void stops_when_a_story_changes_while_the_site_is_pressed(void **state) {
    struct house *h = *state;
    put_theme_file(h, "html/ignored", "");
    struct sys sys = h->sys;
    sys.open = open_and_edit;
    struct arena arena;
    arena_init(&arena, &sys, (size_t)1 << 30);
    err e = press_with(h, &sys, &arena);
    arena_done(&arena);
    assert_int_equal(e.kind, ERR_BUSY);
    assert_non_null(strstr(e.message, "was changed while the site was pressed"));
    assert_null(h->report.name.ptr);
}

static void presses_no_language_whose_site_is_not_cleared(void **state) {
    struct house *h = *state;
    assert_ok(archive_clearance_drop(h->archive, STR("site/ko")));
    press(h);
    assert_left_out(h, STR("site/ko"), "is not cleared for the web");
    assert_nowhere(h, "/ko/");
    assert_nowhere(h, "추웠다");
}

static void answers_410_where_something_was_withdrawn(void **state) {
    struct house *h = *state;
    assert_ok(archive_old_path_add(h->archive, STR("/2019/05/road/"), h->story));
    assert_ok(archive_version_set_status(h->archive, h->story, ARCHIVE_WITHDRAWN));
    press(h);
    struct pressing_page gone = page_at(h, "/en/blog/the-road/", 410);
    struct pressing_page old = page_at(h, "/2019/05/road/", 410);
    assert_true(str_contains(gone.body, STR("There is nothing here")));
    assert_true(str_eq(gone.body, old.body));
    assert_nowhere(h, "How it was");
    assert_nowhere(h, "The &lt;Road&gt;");
    assert_nowhere(h, "kettle");
    assert_int_equal(h->report.gone, 2);
}

static void answers_301_where_something_has_moved(void **state) {
    struct house *h = *state;
    struct archive_version version = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    assert_ok(archive_version_load(h->archive, &h->a, h->story, &version));
    version.slug = STR("the-way");
    assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), &version, &saved));
    clear(h, h->story);
    assert_ok(archive_old_path_add(h->archive, STR("/2019/05/road/"), h->story));
    assert_ok(archive_old_path_add(h->archive, STR("/en/about/"), h->story)); /* lives still */
    press(h);
    assert_true(str_eq(page_at(h, "/en/blog/the-road/", 301).location, STR("/en/blog/the-way/")));
    assert_true(str_eq(page_at(h, "/2019/05/road/", 301).location, STR("/en/blog/the-way/")));
    assert_holds(h, "/en/about/", "<h1>About</h1>");
    assert_int_equal(h->report.moved, 2);
}

static void leaves_out_a_picture_that_was_swapped(void **state) {
    struct house *h = *state;
    struct archive_media media = {0};
    str hex = {0};
    assert_ok(archive_media_load(h->archive, &h->a, h->picture, &media));
    assert_ok(vault_hex(&h->a, media.variants[0].hash, 32, &hex));
    assert_ok(file_replace(&h->a, h->media, hex, STR("another face"), 0600));
    press(h);
    assert_nowhere(h, "another face");
    assert_int_equal(h->report.pictures, 1);
}

static void says_which_setting_is_missing(void **state) {
    struct house *h = *state;
    set(h, "site.base", "", "house.example");
    err e = press_with(h, &h->sys, &h->a);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_non_null(strstr(e.message, "site.base"));
}

static void survives_every_failing_call(void **state) {
    struct house *h = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        fault.now = NOW;
        struct arena arena;
        arena_init(&arena, &sys, (size_t)1 << 30);
        err e = press_with(h, &sys, &arena);
        arena_done(&arena);
        if (fault_ended(&fault, e)) break;
    }
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, house_open, house_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(presses_a_story_with_all_that_belongs_to_it),
        HOUSE_TEST(presses_the_pages_around_the_stories),
        HOUSE_TEST(leaves_no_dead_end_in_the_foot),
        HOUSE_TEST(presses_pictures_of_cleared_items_alone),
        HOUSE_TEST(declares_the_clearances_a_page_contains),
        HOUSE_TEST(gives_the_same_bytes_again),
        HOUSE_TEST(divides_long_lists_into_pages),
        HOUSE_TEST(takes_the_sites_own_templates_words_and_styles),
        HOUSE_TEST(says_what_is_wrong_in_a_theme),
        HOUSE_TEST(checks_out_older_stories_on_the_same_topic_first),
        HOUSE_TEST(leaves_drafts_and_scheduled_items_alone),
        HOUSE_TEST(leaves_out_what_is_not_cleared),
        HOUSE_TEST(leaves_out_what_was_edited_after_clearing),
        HOUSE_TEST(leaves_out_what_has_ended),
        HOUSE_TEST(leaves_out_a_clearance_for_something_else),
        HOUSE_TEST(stops_when_a_story_changes_while_the_site_is_pressed),
        HOUSE_TEST(presses_no_language_whose_site_is_not_cleared),
        HOUSE_TEST(answers_410_where_something_was_withdrawn),
        HOUSE_TEST(answers_301_where_something_has_moved),
        HOUSE_TEST(leaves_out_a_picture_that_was_swapped),
        HOUSE_TEST(says_which_setting_is_missing),
        HOUSE_TEST(survives_every_failing_call),
    };
    return cmocka_run_group_tests_name("press", tests, NULL, NULL);
}
