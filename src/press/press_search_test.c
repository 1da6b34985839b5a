/* press_search_test.c: what is searched is what is cleared, whatever the way there. */
#include "press/press_testing.h"
#include "pressing/search.h"
#include "pressing/slots.h"

enum { EDITS = 60, STORIES = 24 };

/* Whether a page is a segment of that language. */
static bool is_segment(const struct pressing_page *page, const char *language) {
    char folder[32];
    snprintf(folder, sizeof folder, "/.search/%s/", language);
    bool is_it = page->type == PRESSING_SEARCH;
    assert_int_equal(is_it, str_starts(page->path, STR("/.search/")));
    return is_it && str_starts(page->path, str_of(folder));
}

static size_t segments_of(struct house *h, const char *language, str segments[SEARCH_SEGMENTS]) {
    size_t count = 0;
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        if (is_segment(&page, language)) segments[count++] = page.body;
    }
    return count;
}

/* Asks the segments of a language; gives how many answer and the path of the first. */
static size_t found(struct house *h, const char *language, const char *words, str *ret_path) {
    static str segments[SEARCH_SEGMENTS];
    struct search *search = NULL;
    struct search_result result = {0};
    size_t count = segments_of(h, language, segments);
    const struct search_query query = {.text = str_of(words)};
    assert_ok(search_open(&h->sys, segments, count, &search));
    assert_ok(search_find(search, &h->a, &query, &result));
    search_close(&search);
    *ret_path = result.count > 0 ? result.hits[0].path : (str){0};
    return result.is_any_word ? 0 : result.total;
}

static void finds_each_text_in_its_language_alone(void **state) {
    struct house *h = *state;
    static const struct {
        const char *language, *words, *path;
    } rows[] = {
        {"en", "cold night", "/en/blog/the-road/"},
        {"en", "hers", "/en/blog/the-road/"}, /* a caption */
        {"en", "officer", ""},                /* roles stand on the page alone */
        {"en", "Writer Invented", "/en/blog/the-road/"},
        {"en", "\"how it was\"", "/en/blog/the-road/"},
        {"en", "\"in short\"", "/en/reports/a-report/"},
        {"en", "about", "/en/about/"},
        {"ko", "추웠", "/ko/blog/그-길/"},
        {"en", "추웠", ""},
        {"ko", "cold", ""},
        {"en", "javascript", ""}, /* nor addresses */
    };
    press(h);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        str path = {0};
        found(h, rows[i].language, rows[i].words, &path);
        if (!str_eq(path, str_of(rows[i].path)))
            fail_msg("%s: " STR_FMT, rows[i].words, STR_ARG(path));
    }
}

static void names_the_clearance_of_each_text(void **state) {
    struct house *h = *state;
    size_t stories = 0;
    press(h);
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        if (page.type != PRESSING_SEARCH) continue;
        stories += page.clearance_count;
        assert_int_equal(page.gzip.len + page.brotli.len, 0);
        bool has_it = str_contains(page.body, STR("/ko/blog/"));
        assert_int_equal(contains_clearance(h, &page, key_of(h, h->korean)), has_it);
    }
    assert_int_equal(stories, 4);
}

/* ---- One by one and all at once ---------------------------------------------------------------*/

/* A hash over the segments of the pressing, with their paths. */
static str sum_of(struct house *h) {
    struct buf sums;
    str all = {0};
    str hex = {0};
    unsigned char hash[32];
    buf_init(&sums, &h->a, 1 << 20);
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(h->pressing, i, &page);
        if (page.type != PRESSING_SEARCH) continue;
        buf_add(&sums, page.path);
        buf_add(&sums, (str){(const char *)page.hash, sizeof page.hash});
    }
    assert_ok(buf_finish(&sums, &all));
    vault_hash(all, hash);
    assert_ok(vault_hex(&h->a, hash, sizeof hash, &hex));
    return hex;
}

static void press_anew(struct house *h) {
    const struct press_options options = {.archive = h->archive,
                                          .clearing_key = h->public_key,
                                          .media = h->media,
                                          .theme = h->theme,
                                          .pressings = h->pressings,
                                          .house = h->house,
                                          .is_anew = true};
    pressing_close(&h->pressing);
    assert_ok(press_site(&h->sys, &h->a, &options, &h->report));
    const struct pressing_place place = {.sys = &h->sys, .folder = h->pressings};
    assert_ok(pressing_open(&place, h->report.name, &h->pressing));
}

/* Seals and publishes, so that the next press finds it. */
static void publish(struct house *h) {
    struct pressing_seal seal = {.sealed_at = NOW, .rules = 1};
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    pressing_seal_message(&seal, pressing_index_bytes(h->pressing), message);
    vault_sign(h->secret_key, (str){(const char *)message, sizeof message}, seal.signature);
    assert_ok(pressing_attach_seal(&h->a, h->pressings, h->report.name, &seal));
    assert_ok(pressing_publish(&h->a, h->pressings, h->report.name));
}

/* Adds, edits, clears and takes away by chance; after each, what was kept is what would be made. */
static void random_edits_leave_what_a_press_from_nothing_makes(void **state) {
    struct house *h = *state;
    static int64_t ids[STORIES];
    uint64_t chance = 11;
    for (int round = 0; round < EDITS; round++) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        size_t at = (size_t)(chance >> 40) % STORIES;
        bool is_taken = ids[at] != 0 && (chance >> 36) % 3 == 0;
        struct archive_version version = {.id = ids[at]};
        enum archive_saved saved = ARCHIVE_UNCHANGED;
        if (ids[at] != 0) assert_ok(archive_version_load(h->archive, &h->a, ids[at], &version));
        version.language = STR("en");
        version.status = is_taken ? ARCHIVE_DRAFT : ARCHIVE_PUBLISHED;
        version.published = version.updated = NOW - 86400 * (int64_t)(1 + at % 7);
        version.title = STR("Kettle");
        assert_ok(arena_printf(&h->a, &version.body, "Round %d whistled.", round));
        assert_ok(archive_version_save(h->archive, &h->a, STR("A"), &version, &saved));
        ids[at] = version.id;
        if (!is_taken) clear(h, version.id);
        press(h);
        str kept = sum_of(h);
        publish(h);
        press_anew(h);
        assert_true(str_eq(kept, sum_of(h)));
        str path = {0};
        char words[32];
        snprintf(words, sizeof words, "\"round %d\"", round);
        assert_int_equal(found(h, "en", words, &path), is_taken ? 0 : 1);
    }
}

static void keeps_a_segment_where_it_lies(void **state) {
    struct house *h = *state;
    press(h);
    publish(h);
    struct pressing *before = h->pressing;
    h->pressing = NULL;
    h->clock.now++;
    press(h);
    size_t kept = 0;
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page = {0};
        size_t number = 0;
        pressing_page_at(h->pressing, i, &page);
        if (page.type != PRESSING_SEARCH) continue;
        assert_true(pressing_find_number(before, page.path, &number));
        assert_true(pressing_same_page((struct pressing_numbered){h->pressing, i},
                                       (struct pressing_numbered){before, number}));
        kept++;
    }
    assert_true(kept > 0);
    pressing_close(&before);
}

/* ---- The page -------------------------------------------------------------------------------- */

static void presses_a_page_to_ask_on(void **state) {
    struct house *h = *state;
    press(h);
    assert_holds(h, "/en/search/", "<form class=\"search\" role=\"search\" action=\"/en/search/\"");
    assert_holds(h, "/en/search/", "value=\"<!--=query-->\"");
    assert_holds(h, "/en/search/", "<meta name=\"robots\" content=\"noindex\">");
    assert_holds(h, "/en/search/", "<!--[month_3-->March<!--]month_3-->");
    assert_holds(h, "/en/search/", "<!--=count--> texts with “<!--=query-->”");
    assert_holds(h, "/ko/search/", "<!--=year-->년");
    assert_holds(h, "/en/blog/", "action=\"/en/search/\"");
    assert_holds(h, "/en/", "<a href=\"/en/search/\">Search</a>");
    struct pressing_page page = page_at(h, "/en/404", 404);
    assert_true(str_contains(page.body, STR("action=\"/en/search/\"")));
    assert_false(str_contains(page.body, STR("<!--="))); /* it is sent as it is */
    page = page_at(h, "/en/search/", 200);
    const struct slot_scope nothing = {0};
    str filled = {0};
    assert_ok(slots_fill(&h->a, page.body, &nothing, &filled));
    assert_false(str_contains(filled, STR("<!--")));
}

static void refuses_a_template_that_cannot_be_filled(void **state) {
    struct house *h = *state;
    struct press_report before = h->report;
    put_theme_file(h, "html/search.mustache", "<p><!--[hits--></p>");
    err e = press_with(h, &h->sys, &h->a);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_true(str_contains(str_of(e.message), STR("template search")));
    h->report = before;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(finds_each_text_in_its_language_alone),
        HOUSE_TEST(names_the_clearance_of_each_text),
        HOUSE_TEST(random_edits_leave_what_a_press_from_nothing_makes),
        HOUSE_TEST(keeps_a_segment_where_it_lies),
        HOUSE_TEST(presses_a_page_to_ask_on),
        HOUSE_TEST(refuses_a_template_that_cannot_be_filled),
    };
    return cmocka_run_group_tests_name("press_search", tests, NULL, NULL);
}
