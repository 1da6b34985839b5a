/* That every change is counted, whoever makes it, and can be asked for afterwards. */
#include "archive/archive_testing.h"

static struct archive_tick tick(struct house *h) {
    struct archive_tick now = {0};
    assert_ok(archive_tick_get(h->archive, &now));
    return now;
}

/* Exactly these versions were touched since the tick, which moves on. */
static void assert_touched(struct house *h, struct archive_tick *since, const int64_t *expected,
                           size_t count) {
    int64_t *ids = NULL;
    size_t found = 0;
    assert_ok(archive_touched(h->archive, &h->a, since->number, &ids, &found));
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(ids[i], expected[i]);
    *since = tick(h);
}

static struct archive_version add(struct house *h, const char *title) {
    struct archive_version v = english(title);
    save(h, &v, ARCHIVE_ADDED);
    return v;
}

static void tells_which_versions_were_saved(void **state) {
    struct house *h = *state;
    struct archive_tick since = tick(h);
    struct archive_version one = add(h, "One");
    struct archive_version two = add(h, "Two");
    assert_touched(h, &since, (int64_t[]){one.id, two.id}, 2);
    assert_touched(h, &since, NULL, 0);
    save(h, &two, ARCHIVE_UNCHANGED);
    assert_touched(h, &since, NULL, 0);
    two.deck = STR("More");
    save(h, &two, ARCHIVE_CHANGED);
    assert_touched(h, &since, &two.id, 1);
    assert_ok(archive_version_set_status(h->archive, one.id, ARCHIVE_PUBLISHED));
    assert_touched(h, &since, &one.id, 1);
}

static void counts_a_change_of_any_list(void **state) {
    struct house *h = *state;
    struct archive_version one = add(h, "One");
    struct archive_version two = add(h, "Two");
    struct archive_version report = english("Report");
    int64_t topic = 0;
    report.kind = ARCHIVE_REPORT;
    save(h, &report, ARCHIVE_ADDED);
    assert_ok(archive_topic_put(h->archive, &h->a, STR("t"), STR("en"), STR("T"), &topic));
    struct archive_contributor people[] = {{.name = STR("Writer Invented")}};
    struct archive_tick since = tick(h);
    one.contributors = people;
    one.contributor_count = 1;
    save(h, &one, ARCHIVE_CHANGED);
    assert_touched(h, &since, &one.id, 1);
    one.topics = &topic;
    one.topic_count = 1;
    save(h, &one, ARCHIVE_CHANGED);
    assert_touched(h, &since, &one.id, 1);
    one.related = &two.group;
    one.related_count = 1;
    save(h, &one, ARCHIVE_CHANGED);
    assert_touched(h, &since, &one.id, 1);
    one.reports = &report.group;
    one.report_count = 1;
    save(h, &one, ARCHIVE_CHANGED);
    assert_touched(h, &since, &one.id, 1);
}

static void counts_the_clearances_of_a_version(void **state) {
    struct house *h = *state;
    struct archive_version one = add(h, "One");
    struct archive_version korean = {
        .group = one.group, .language = STR("ko"), .title = STR("하나")};
    save(h, &korean, ARCHIVE_ADDED);
    str key = {0};
    assert_ok(archive_version_key(&h->a, &korean, &key));
    struct archive_tick since = tick(h);
    assert_ok(archive_clearance_put(h->archive, key, STR("web"), STR("word")));
    assert_touched(h, &since, &korean.id, 1);
    assert_ok(archive_clearance_put(h->archive, key, STR("web"), STR("another")));
    assert_touched(h, &since, &korean.id, 1);
    assert_ok(archive_clearance_drop(h->archive, key));
    assert_touched(h, &since, &korean.id, 1);
    assert_ok(archive_clearance_put(h->archive, STR("site/en"), STR("web"), STR("word")));
    assert_ok(archive_clearance_put(h->archive, STR("999/en"), STR("web"), STR("word")));
    assert_touched(h, &since, NULL, 0);
}

static void keeps_cards_and_counts_them(void **state) {
    struct house *h = *state;
    struct archive_version one = add(h, "One");
    struct archive_card card = {.title = STR("One"), .line = STR("House"), .hash = {7}};
    struct archive_card held = {.title = STR("untouched")};
    str key = {0};
    assert_ok(archive_version_key(&h->a, &one, &key));
    struct archive_tick since = tick(h);
    assert_int_equal(archive_card_get(h->archive, &h->a, key, &held).kind, ERR_NOT_FOUND);
    assert_true(str_eq(held.title, STR("untouched")));
    assert_ok(archive_card_put(h->archive, key, &card));
    assert_touched(h, &since, &one.id, 1);
    card.line = STR("Another house");
    card.hash[31] = 9;
    assert_ok(archive_card_put(h->archive, key, &card));
    assert_touched(h, &since, &one.id, 1);
    assert_ok(archive_card_get(h->archive, &h->a, key, &held));
    assert_true(str_eq(held.title, card.title) && str_eq(held.line, card.line));
    assert_memory_equal(held.hash, card.hash, sizeof held.hash);
    assert_ok(archive_card_put(h->archive, STR("site/en"), &card));
    assert_touched(h, &since, NULL, 0);
    card.title = STR("\xFF");
    assert_int_equal(archive_card_put(h->archive, key, &card).kind, ERR_INVALID);
    assert_ok(archive_verify(h->archive, &h->a));
}

static void counts_what_is_undone_as_never_done(void **state) {
    struct house *h = *state;
    struct archive_version one = add(h, "One");
    struct archive_tick since = tick(h);
    assert_ok(archive_begin(h->archive));
    one.title = STR("Other");
    save(h, &one, ARCHIVE_CHANGED);
    archive_rollback(h->archive);
    assert_touched(h, &since, NULL, 0);
}

static int64_t add_picture(struct house *h, int number, const char *alt) {
    struct archive_variant variant = {
        .width = 480, .height = 320, .format = STR("jpeg"), .bytes = 10};
    struct archive_media media = {
        .name = STR("a.jpg"), .alt = str_of(alt), .variants = &variant, .variant_count = 1};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    memset(media.original_hash, number, sizeof media.original_hash);
    assert_ok(archive_media_put(h->archive, &h->a, &media, &saved));
    return media.id;
}

static void counts_changes_of_pictures_that_were_there_at_the_mark(void **state) {
    struct house *h = *state;
    const unsigned char mark[ARCHIVE_MARK_BYTES] = {1};
    add_picture(h, 1, "");
    assert_int_equal(tick(h).pictures, 0); /* nobody knew of it */
    assert_ok(archive_mark_put(h->archive, mark));
    add_picture(h, 2, "");
    assert_int_equal(tick(h).pictures, 0);
    add_picture(h, 1, "A kettle");
    assert_int_equal(tick(h).pictures, tick(h).number);
    assert_true(tick(h).pictures > 0);
}

static void counts_changes_of_old_paths(void **state) {
    struct house *h = *state;
    struct archive_version one = add(h, "One");
    int64_t before = tick(h).addresses;
    assert_ok(archive_old_path_add(h->archive, STR("/2019/one/"), one.id));
    assert_true(tick(h).addresses > before);
    before = tick(h).addresses;
    one.slug = STR("the-one");
    save(h, &one, ARCHIVE_CHANGED); /* the old slug is an old path */
    assert_true(tick(h).addresses > before);
}

static void keeps_a_mark(void **state) {
    struct house *h = *state;
    const unsigned char none[ARCHIVE_MARK_BYTES] = {0};
    const unsigned char mark[ARCHIVE_MARK_BYTES] = {3, 1, 4};
    assert_memory_equal(tick(h).mark, none, sizeof none);
    assert_ok(archive_mark_put(h->archive, mark));
    archive_close(&h->archive);
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    assert_memory_equal(tick(h).mark, mark, sizeof mark);
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, house_open, house_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(tells_which_versions_were_saved),
        HOUSE_TEST(counts_a_change_of_any_list),
        HOUSE_TEST(counts_the_clearances_of_a_version),
        HOUSE_TEST(keeps_cards_and_counts_them),
        HOUSE_TEST(counts_what_is_undone_as_never_done),
        HOUSE_TEST(counts_changes_of_pictures_that_were_there_at_the_mark),
        HOUSE_TEST(counts_changes_of_old_paths),
        HOUSE_TEST(keeps_a_mark),
    };
    return cmocka_run_group_tests_name("archive_tick", tests, NULL, NULL);
}
