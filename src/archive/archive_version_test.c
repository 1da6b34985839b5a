#include "archive/archive_testing.h"

static struct archive_version everything(struct house *h) {
    static struct archive_contributor people[] = {
        {.name = STR("Haneul Invented"), .role = STR("writer"), .organisation = STR("Hanji")},
        {.role = STR("illustrator")},
    };
    static int64_t topics[2];
    static int64_t related[1];
    static int64_t reports[1];
    struct archive_variant variant = {
        .width = 400, .height = 300, .format = STR("jpeg"), .bytes = 1234};
    struct archive_media media = {.name = STR("a.jpg"), .variants = &variant, .variant_count = 1};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    struct archive_version other = english("Another");
    struct archive_version report = english("A report");
    report.kind = ARCHIVE_REPORT;
    save(h, &other, ARCHIVE_ADDED);
    save(h, &report, ARCHIVE_ADDED);
    assert_ok(archive_media_put(h->archive, &h->a, &media, &saved));
    for (int i = 0; i < 2; i++) {
        assert_ok(archive_topic_put(h->archive, &h->a, (str){0}, STR("en"),
                                    i == 0 ? STR("Water") : STR("Fire"), &topics[1 - i]));
    }
    related[0] = other.group;
    reports[0] = report.group;
    return (struct archive_version){
        .language = STR("en"),
        .kind = ARCHIVE_POST,
        .status = ARCHIVE_SCHEDULED,
        .slug = STR("the-road"),
        .title = STR("The road"),
        .deck = STR("A deck"),
        .body = STR("Text with ![k](media:1)\n"),
        .notes = STR("a note"),
        .published = 1700000000,
        .updated = 1700000001,
        .origin = STR("https://example.org/road"),
        .cover = {media.id, STR("alt"), STR("caption"), STR("credit")},
        .report = {STR("Press"), STR("ko-KP"), 12, 3456, STR("https://example.org/r.pdf")},
        .contributors = people,
        .contributor_count = 2,
        .topics = topics,
        .topic_count = 2,
        .related = related,
        .related_count = 1,
        .reports = reports,
        .report_count = 1,
    };
}

static void gives_back_every_field_it_was_given(void **state) {
    struct house *h = *state;
    struct archive_version v = everything(h);
    struct archive_version got = {0};
    save(h, &v, ARCHIVE_ADDED);
    assert_ok(archive_version_load(h->archive, &h->a, v.id, &got));
    assert_int_equal(got.group, v.group);
    assert_int_equal(got.kind, ARCHIVE_POST);
    assert_int_equal(got.status, ARCHIVE_SCHEDULED);
    assert_str(got.language, "en");
    assert_str(got.slug, "the-road");
    assert_str(got.title, "The road");
    assert_str(got.deck, "A deck");
    assert_str(got.body, "Text with ![k](media:1)\n");
    assert_str(got.notes, "a note");
    assert_int_equal(got.published, 1700000000);
    assert_int_equal(got.updated, 1700000001);
    assert_str(got.origin, "https://example.org/road");
    assert_int_equal(got.cover.media, v.cover.media);
    assert_str(got.cover.alt, "alt");
    assert_str(got.cover.caption, "caption");
    assert_str(got.cover.credit, "credit");
    assert_str(got.report.publisher, "Press");
    assert_str(got.report.language, "ko-KP");
    assert_int_equal(got.report.pages, 12);
    assert_int_equal(got.report.bytes, 3456);
    assert_str(got.report.link, "https://example.org/r.pdf");
    assert_int_equal(got.contributor_count, 2);
    assert_str(got.contributors[0].name, "Haneul Invented");
    assert_str(got.contributors[0].organisation, "Hanji");
    assert_str(got.contributors[1].name, "");
    assert_str(got.contributors[1].role, "illustrator");
    assert_int_equal(got.topic_count, 2);
    assert_memory_equal(got.topics, v.topics, sizeof(int64_t[2]));
    assert_int_equal(got.related_count, 1);
    assert_int_equal(got.related[0], v.related[0]);
    assert_int_equal(got.report_count, 1);
    assert_int_equal(got.reports[0], v.reports[0]);
    save(h, &got, ARCHIVE_UNCHANGED);
}

static void tells_a_change_in_any_field_from_none(void **state) {
    struct house *h = *state;
    struct archive_version v = everything(h);
    save(h, &v, ARCHIVE_ADDED);
    save(h, &v, ARCHIVE_UNCHANGED);
    v.title = STR("The long road");
    save(h, &v, ARCHIVE_CHANGED);
    v.status = ARCHIVE_PUBLISHED;
    save(h, &v, ARCHIVE_CHANGED);
    v.contributors[1].role = STR("printer");
    save(h, &v, ARCHIVE_CHANGED);
    v.contributor_count = 1;
    save(h, &v, ARCHIVE_CHANGED);
    int64_t swapped[2] = {v.topics[1], v.topics[0]};
    v.topics = swapped;
    save(h, &v, ARCHIVE_CHANGED);
    v.related_count = 0;
    save(h, &v, ARCHIVE_CHANGED);
    v.report.pages++;
    save(h, &v, ARCHIVE_CHANGED);
    v.kind = ARCHIVE_STORY;
    save(h, &v, ARCHIVE_CHANGED);
    save(h, &v, ARCHIVE_UNCHANGED);
}

static void numbers_a_slug_that_is_taken(void **state) {
    struct house *h = *state;
    struct archive_version v[4] = {english("The Road"), english("The road!"), english("the road"),
                                   english("The Road")};
    v[3].language = STR("ko");
    for (int i = 0; i < 4; i++) save(h, &v[i], ARCHIVE_ADDED);
    assert_str(v[0].slug, "the-road");
    assert_str(v[1].slug, "the-road-2");
    assert_str(v[2].slug, "the-road-3");
    assert_str(v[3].slug, "the-road"); /* another language */
    v[1].slug = STR("the-road");       /* what an importer would say again */
    save(h, &v[1], ARCHIVE_UNCHANGED);
    assert_str(v[1].slug, "the-road-2");
}

static void keeps_one_version_for_each_language_of_a_group(void **state) {
    struct house *h = *state;
    struct archive_version en = english("Kettle");
    save(h, &en, ARCHIVE_ADDED);
    struct archive_version ko = {.group = en.group, .language = STR("ko"), .title = STR("주전자")};
    save(h, &ko, ARCHIVE_ADDED);
    assert_int_equal(ko.group, en.group);
    assert_str(ko.slug, "주전자");
    struct archive_version again = {.group = en.group, .language = STR("ko")};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    assert_fails(archive_version_save(h->archive, &h->a, STR("E"), &again, &saved), ERR_EXISTS);
    assert_int_equal(again.id, 0);
    str key = {0};
    assert_ok(archive_version_key(&h->a, &ko, &key));
    assert_str(key, "1/ko");
}

static void refuses_what_a_version_cannot_say(void **state) {
    struct house *h = *state;
    struct archive_contributor nobody = {.name = STR("\xC3")};
    int64_t nothing[] = {77};
    char long_title[LIMIT_TITLE_BYTES + 1];
    memset(long_title, 'a', sizeof long_title);
    struct archive_version story = english("A story");
    save(h, &story, ARCHIVE_ADDED);
    struct {
        struct archive_version version;
        enum err_kind kind;
    } cases[] = {
        {{.language = STR("")}, ERR_INVALID},
        {{.language = STR("e")}, ERR_INVALID},
        {{.language = STR("EN")}, ERR_INVALID},
        {{.language = STR("en-")}, ERR_INVALID},
        {{.language = STR("en_US")}, ERR_INVALID},
        {{.language = STR("en/ko")}, ERR_INVALID},
        {{.language = STR("en"), .kind = ARCHIVE_KIND_COUNT}, ERR_INVALID},
        {{.language = STR("en"), .title = STR("\xFF")}, ERR_INVALID},
        {{.language = STR("en"), .body = STR("a\0b")}, ERR_INVALID},
        {{.language = STR("en"), .title = {long_title, sizeof long_title}}, ERR_LIMIT},
        {{.language = STR("en"), .group = 99}, ERR_INVALID},
        {{.language = STR("en"), .id = 99}, ERR_NOT_FOUND},
        {{.language = STR("ko"), .id = story.id}, ERR_INVALID},
        {{.language = STR("en"), .id = story.id, .group = 99}, ERR_INVALID},
        {{.language = STR("ko"), .group = story.group, .kind = ARCHIVE_PAGE}, ERR_INVALID},
        {{.language = STR("en"), .cover.media = 5}, ERR_INVALID},
        {{.language = STR("en"), .report.link = STR("http://example.org")}, ERR_INVALID},
        {{.language = STR("en"), .report.pages = -1}, ERR_INVALID},
        {{.language = STR("en"), .contributors = &nobody, .contributor_count = 1}, ERR_INVALID},
        {{.language = STR("en"), .topics = nothing, .topic_count = 1}, ERR_INVALID},
        {{.language = STR("en"), .topics = nothing, .topic_count = 1001}, ERR_LIMIT},
        {{.language = STR("en"), .related = nothing, .related_count = 1}, ERR_INVALID},
        {{.language = STR("en"), .reports = &story.group, .report_count = 1}, ERR_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum archive_saved saved = ARCHIVE_CHANGED;
        struct archive_version v = cases[i].version;
        err e = archive_version_save(h->archive, &h->a, STR("E"), &v, &saved);
        if (e.kind != cases[i].kind) fail_msg("case %zu: %s", i, err_kind_name(e.kind));
        assert_int_equal(saved, ARCHIVE_CHANGED);
        assert_int_equal(v.id, cases[i].version.id);
    }
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_version_ids(h->archive, &h->a, &(struct archive_filter){0}, &ids, &count));
    assert_int_equal(count, 1); /* no refusal left anything behind */
}

static void counts_what_is_named_twice_once(void **state) {
    struct house *h = *state;
    struct archive_version v = everything(h);
    int64_t twice[] = {v.topics[0], v.topics[1], v.topics[0]};
    v.topics = twice;
    v.topic_count = 3;
    save(h, &v, ARCHIVE_ADDED);
    save(h, &v, ARCHIVE_UNCHANGED);
    struct archive_version got = {0};
    assert_ok(archive_version_load(h->archive, &h->a, v.id, &got));
    assert_int_equal(got.topic_count, 2);
    assert_memory_equal(got.topics, twice, sizeof(int64_t[2]));
}

static void never_changes_what_was_withdrawn(void **state) {
    struct house *h = *state;
    struct archive_version v = english("Gone");
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    save(h, &v, ARCHIVE_ADDED);
    assert_ok(archive_version_set_status(h->archive, v.id, ARCHIVE_WITHDRAWN));
    assert_ok(archive_version_set_status(h->archive, v.id, ARCHIVE_WITHDRAWN));
    assert_fails(archive_version_set_status(h->archive, v.id, ARCHIVE_PUBLISHED), ERR_DENIED);
    assert_fails(archive_version_save(h->archive, &h->a, STR("E"), &v, &saved), ERR_DENIED);
    assert_fails(archive_version_set_status(h->archive, 99, ARCHIVE_DRAFT), ERR_NOT_FOUND);
    struct archive_version next = english("Gone");
    save(h, &next, ARCHIVE_ADDED);
    assert_str(next.slug, "gone-2"); /* the address keeps answering 410 */
}

static void finds_by_key_by_slug_and_by_language_and_slug(void **state) {
    struct house *h = *state;
    struct archive_version en = english("The road");
    struct archive_version ko = english("The road");
    struct archive_version one = english("길");
    int64_t id = 0;
    ko.language = STR("ko");
    save(h, &en, ARCHIVE_ADDED);
    save(h, &ko, ARCHIVE_ADDED);
    save(h, &one, ARCHIVE_ADDED);
    assert_ok(archive_version_find(h->archive, &h->a, STR("1/en"), &id));
    assert_int_equal(id, en.id);
    assert_ok(archive_version_find(h->archive, &h->a, STR("ko/the-road"), &id));
    assert_int_equal(id, ko.id);
    assert_ok(archive_version_find(h->archive, &h->a, STR("길"), &id));
    assert_int_equal(id, one.id);
    err e = archive_version_find(h->archive, &h->a, STR("the-road"), &id);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_non_null(strstr(e.message, "1/en, 2/ko"));
    const char *none[] = {"", "x", "9/en", "1/fr", "en/x", "/", "99999999999999999999/en", "\xFF"};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_fails(archive_version_find(h->archive, &h->a, str_of(none[i]), &id), ERR_NOT_FOUND);
    }
}

static err note(void *context, struct archive_version *version) {
    char *seen = context;
    size_t len = strlen(seen);
    snprintf(seen + len, 64 - len, "%lld ", (long long)version->id);
    return OK;
}

static err stop(void *context, struct archive_version *version) {
    TRY(note(context, version));
    FAIL(ERR_BUSY, "enough");
}

static void finds_what_is_due_the_earliest_first(void **state) {
    struct house *h = *state;
    const struct {
        int64_t published;
        enum archive_status status;
    } versions[] = {{30, ARCHIVE_SCHEDULED}, {20, ARCHIVE_SCHEDULED}, {31, ARCHIVE_SCHEDULED},
                    {10, ARCHIVE_PUBLISHED}, {10, ARCHIVE_DRAFT},     {10, ARCHIVE_WITHDRAWN}};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct archive_version v = english("x");
        v.published = versions[i].published;
        v.status = versions[i].status;
        save(h, &v, ARCHIVE_ADDED);
    }
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_versions_due(h->archive, &h->a, 30, &ids, &count));
    assert_int_equal(count, 2);
    assert_int_equal(ids[0], 2);
    assert_int_equal(ids[1], 1);
    assert_ok(archive_versions_due(h->archive, &h->a, 19, &ids, &count));
    assert_int_equal(count, 0);
}

static void walks_what_fits_a_filter_in_the_order_asked_for(void **state) {
    struct house *h = *state;
    int64_t topic = 0;
    assert_ok(archive_topic_put(h->archive, &h->a, (str){0}, STR("en"), STR("Water"), &topic));
    int64_t times[] = {4102444800, 10, 4102444800, -5};
    for (int i = 0; i < 4; i++) {
        struct archive_version v = english("x");
        v.published = times[i];
        v.status = i == 1 ? ARCHIVE_DRAFT : ARCHIVE_PUBLISHED;
        v.kind = i == 2 ? ARCHIVE_PAGE : ARCHIVE_STORY;
        v.language = i == 3 ? STR("ko") : STR("en");
        v.topics = &topic;
        v.topic_count = i % 2 == 0 ? 1 : 0;
        save(h, &v, ARCHIVE_ADDED);
    }
    struct {
        struct archive_filter filter;
        const char *expected;
    } cases[] = {
        {{.group = 0}, "1 2 3 4 "},
        {{.by_date = true}, "3 1 2 4 "},
        {{.language = STR("en")}, "1 2 3 "},
        {{.language = STR("ko-KP")}, ""},
        {{.group = 2}, "2 "},
        {{.topic = topic, .by_date = true}, "3 1 "},
        {{.only_kinds = {[ARCHIVE_PAGE] = true}}, "3 "},
        {{.only_statuses = {[ARCHIVE_DRAFT] = true, [ARCHIVE_REVIEW] = true}}, "2 "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char seen[64] = "";
        char listed[64] = "";
        int64_t *ids = NULL;
        size_t count = 0;
        assert_ok(archive_versions_each(h->archive, &h->a, &cases[i].filter, note, seen));
        assert_string_equal(seen, cases[i].expected);
        assert_ok(archive_version_ids(h->archive, &h->a, &cases[i].filter, &ids, &count));
        for (size_t k = 0; k < count; k++) note(listed, &(struct archive_version){.id = ids[k]});
        assert_string_equal(listed, cases[i].expected);
    }
    char seen[64] = "";
    struct archive_filter all = {0};
    assert_fails(archive_versions_each(h->archive, &h->a, &all, stop, seen), ERR_BUSY);
    assert_string_equal(seen, "1 ");
    str *languages = NULL;
    size_t count = 0;
    assert_ok(archive_languages(h->archive, &h->a, &languages, &count));
    assert_int_equal(count, 2);
    assert_str(languages[0], "en");
    assert_str(languages[1], "ko");
}

static err note_path(void *context, const struct archive_old_path *old) {
    char *seen = context;
    size_t len = strlen(seen);
    snprintf(seen + len, 256 - len, STR_FMT ">%lld ", STR_ARG(old->path), (long long)old->version);
    return OK;
}

static void remembers_old_addresses_but_not_the_live_one(void **state) {
    struct house *h = *state;
    struct archive_version v = english("One");
    char seen[256] = "";
    v.status = ARCHIVE_PUBLISHED;
    save(h, &v, ARCHIVE_ADDED);
    v.slug = STR("two");
    save(h, &v, ARCHIVE_CHANGED);
    v.slug = STR("three");
    save(h, &v, ARCHIVE_CHANGED);
    assert_ok(archive_old_path_add(h->archive, STR("/2019/05/길/"), v.id));
    assert_ok(archive_old_paths_each(h->archive, &h->a, note_path, seen));
    assert_string_equal(seen, "/2019/05/길/>1 /en/blog/one/>1 /en/blog/two/>1 ");
    v.slug = STR("one");
    save(h, &v, ARCHIVE_CHANGED);
    seen[0] = '\0';
    assert_ok(archive_old_paths_each(h->archive, &h->a, note_path, seen));
    assert_string_equal(seen, "/2019/05/길/>1 /en/blog/three/>1 /en/blog/two/>1 ");
    struct archive_version other = english("Other");
    save(h, &other, ARCHIVE_ADDED);
    assert_ok(archive_old_path_add(h->archive, STR("/en/blog/two/"), other.id));
    seen[0] = '\0';
    assert_ok(archive_old_paths_each(h->archive, &h->a, note_path, seen));
    assert_string_equal(seen, "/2019/05/길/>1 /en/blog/three/>1 /en/blog/two/>2 ");
    assert_fails(archive_old_path_add(h->archive, STR("x"), v.id), ERR_INVALID);
    assert_fails(archive_old_path_add(h->archive, STR("/\xFF"), v.id), ERR_INVALID);
    assert_fails(archive_old_path_add(h->archive, STR("/x"), 99), ERR_INVALID);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, house_open, house_close)
    const struct CMUnitTest tests[] = {
        EACH(gives_back_every_field_it_was_given),
        EACH(tells_a_change_in_any_field_from_none),
        EACH(numbers_a_slug_that_is_taken),
        EACH(keeps_one_version_for_each_language_of_a_group),
        EACH(refuses_what_a_version_cannot_say),
        EACH(counts_what_is_named_twice_once),
        EACH(never_changes_what_was_withdrawn),
        EACH(finds_by_key_by_slug_and_by_language_and_slug),
        EACH(finds_what_is_due_the_earliest_first),
        EACH(walks_what_fits_a_filter_in_the_order_asked_for),
        EACH(remembers_old_addresses_but_not_the_live_one),
    };
    return cmocka_run_group_tests_name("archive_version", tests, NULL, NULL);
}
