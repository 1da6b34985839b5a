/* press_test.c: what comes out of the press. */
#include "press/press_testing.h"

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
    assert_holds(h, "/en/feed.xml", "<guid isPermaLink=\"false\">https://house.example/en/#");
    assert_holds(h, "/sitemap.xml", "<loc>https://house.example/sitemap-");
    assert_holds(h, "/sitemap-2027.xml",
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
                                             "/sitemap-2027.xml",
                                             "/en/atom.xml",
                                             "/en/feed.json",
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
    for (int i = 0; i < 65; i++) {
        str title = {0};
        assert_ok(arena_printf(&h->a, &title, "Post number %d", i));
        clear(h, save(h, (struct archive_version){.kind = ARCHIVE_POST,
                                                  .title = title,
                                                  .body = STR("Words."),
                                                  .published = NOW - (i + 20) * DAY}));
    }
    press(h);
    /* 66 with the one that is there: the oldest 20, the next 20, and the rest first */
    assert_holds(h, "/en/blog/", "class=\"older\" href=\"/en/blog/page/2/\"");
    assert_holds(h, "/en/blog/", "Post number 24<");
    assert_holds(h, "/en/blog/page/2/", "class=\"newer\" href=\"/en/blog/\"");
    assert_holds(h, "/en/blog/page/2/", "class=\"older\" href=\"/en/blog/page/1/\"");
    assert_holds(h, "/en/blog/page/2/", "12 November 2026 – 1 December 2026");
    assert_holds(h, "/en/blog/page/2/", "<meta name=\"robots\" content=\"noindex\">");
    assert_holds(h, "/en/blog/page/1/", "class=\"newer\" href=\"/en/blog/page/2/\"");
    assert_holds(h, "/en/blog/page/1/", "Post number 64<");
    struct pressing_page page = {0};
    assert_false(pressing_find(h->pressing, STR("/en/blog/page/3/"), &page));
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
    };
    return cmocka_run_group_tests_name("press", tests, NULL, NULL);
}
