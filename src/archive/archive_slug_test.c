#include "archive/archive_impl.h"
#include "archive/archive_testing.h"

static void makes_slugs_that_people_can_read(void **state) {
    struct house *h = *state;
    static const char *const cases[][2] = {
        {"The Road", "the-road"},
        {"  The -- road…  ", "the-road"},
        {"“Who’s there?” — said she", "who-s-there-said-she"},
        {"어머니의 주전자", "어머니의-주전자"},
        {"《북한》에서 온、편지。", "북한-에서-온-편지"},
        {"Ärger in Zürich", "Ärger-in-zürich"},
        {"ＡＢ！ＣＤ", "ＡＢ-ＣＤ"},
        {"a/b%2f?c#d", "a-b-2f-c-d"},
        {"in\xC2\xADvisible \xE2\x80\x8Bzero", "invisible-zero"},
        {"bad\xFF bytes", "bad-bytes"},
        {"", "untitled"},
        {"!!!", "untitled"},
        {"..", "untitled"},
        {"feed.xml", "feed-xml"},
        {"𝄞 한 글", "𝄞-한-글"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str slug = {0};
        assert_ok(slug_make(&h->a, str_of(cases[i][0]), &slug));
        if (!str_eq(slug, str_of(cases[i][1]))) {
            fail_msg("%s became " STR_FMT, cases[i][0], STR_ARG(slug));
        }
        str again = {0};
        assert_ok(slug_make(&h->a, slug, &again));
        assert_true(str_eq(slug, again));
    }
}

static void cuts_a_long_slug_between_characters(void **state) {
    struct house *h = *state;
    struct buf b;
    str text = {0};
    str slug = {0};
    buf_init(&b, &h->a, 4096);
    for (int i = 0; i < 100; i++) buf_add(&b, STR("길"));
    assert_ok(buf_finish(&b, &text));
    assert_ok(slug_make(&h->a, text, &slug));
    assert_int_equal(slug.len, 198); /* 66 syllables of three bytes */
    assert_ok(slug_number(&h->a, slug, 12, &slug));
    assert_int_equal(slug.len, 198); /* 65 and "-12" */
    assert_true(str_ends(slug, STR("길-12")));
    buf_init(&b, &h->a, 4096);
    for (int i = 0; i < 199; i++) buf_add_byte(&b, 'a');
    buf_add(&b, STR(" b"));
    assert_ok(buf_finish(&b, &text));
    assert_ok(slug_make(&h->a, text, &slug));
    assert_int_equal(slug.len, 199); /* no '-' at the end */
}

static void keeps_away_from_the_paths_of_the_site(void **state) {
    struct house *h = *state;
    const char *taken[] = {"404",  "410",     "Assets", "blog",  "media",
                           "Page", "reports", "search", "topics"};
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        struct archive_version v = english(taken[i]);
        v.kind = ARCHIVE_PAGE;
        save(h, &v, ARCHIVE_ADDED);
        assert_true(str_ends(v.slug, STR("-2")));
    }
}

static void gives_each_kind_its_public_path(void **state) {
    struct house *h = *state;
    struct archive_version v = {.language = STR("ko"), .slug = STR("길")};
    static const char *const expected[] = {"/ko/blog/길/", "/ko/blog/길/", "/ko/reports/길/",
                                           "/ko/길/"};
    for (int kind = 0; kind < ARCHIVE_KIND_COUNT; kind++) {
        str path = {0};
        v.kind = (enum archive_kind)kind;
        assert_ok(archive_public_path(&h->a, &v, &path));
        assert_true(str_eq(path, str_of(expected[kind])));
    }
}

static void knows_a_language_tag_by_its_shape(void **state) {
    (void)state;
    const char *good[] = {"en", "ko", "ko-KP", "zh-Hant-TW", "tok", "sl-rozaj-biske-1994"};
    const char *bad[] = {"",
                         "k",
                         "KO",
                         "Ko",
                         "ko-",
                         "-ko",
                         "ko--KP",
                         "ko_KP",
                         "ko-toolongsub",
                         "k0",
                         "languages",
                         "ko KP",
                         "ko-\xEA\xB0\x80",
                         "en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa"};
    for (size_t i = 0; i < COUNT_OF(good); i++) assert_ok(language_check(str_of(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (language_check(str_of(bad[i])).kind == ERR_NONE) fail_msg("%s", bad[i]);
    }
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, house_open, house_close)
    const struct CMUnitTest tests[] = {
        EACH(makes_slugs_that_people_can_read),      EACH(cuts_a_long_slug_between_characters),
        EACH(keeps_away_from_the_paths_of_the_site), EACH(gives_each_kind_its_public_path),
        EACH(knows_a_language_tag_by_its_shape),
    };
    return cmocka_run_group_tests_name("archive_slug", tests, NULL, NULL);
}
