/* press_refuse_test.c: what must not come out of the press, whatever lies in the archive. */
#include "press/press_testing.h"

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
    str other = sign_in(h, &source, "web", NOW + DAY, STR("ko"));
    assert_ok(archive_clearance_put(h->archive, key, STR("web"), other));
    press(h);
    assert_left_out(h, key, "the clearance is for the language ko");
    vault_sign_pair(h->public_key, h->secret_key); /* not this gate's */
    assert_ok(archive_clearance_put(h->archive, key, STR("web"), STR("nonsense")));
    err e = press_with(h, &h->sys, &h->a);
    assert_int_equal(e.kind, ERR_DENIED); /* then not even the site's own words are cleared */
    assert_nowhere(h, "How it was");
}

/* How many cards the gate is shown with the version. */
static size_t cards_shown(struct house *h, const struct archive_version *version) {
    struct source source = {0};
    size_t count = 0;
    bool has_line = false;
    assert_ok(press_source(h->archive, &h->a, version, &source));
    for (size_t i = 0; i < source.picture_count; i++) {
        bool is_card = str_eq(source.pictures[i].place, STR("card"));
        if (is_card) assert_true(str_eq(source.pictures[i].alt, version->title));
        count += is_card;
    }
    for (size_t i = 0; i < source.text_count; i++)
        has_line = has_line || str_eq(source.texts[i].text, STR("Drawn below"));
    assert_int_equal(has_line, count > 0); /* every word that is drawn is shown as text */
    return count;
}

static void shows_no_card_of_another_title_or_beside_a_cover(void **state) {
    struct house *h = *state;
    struct archive_version version = {0};
    struct archive_card card = {.line = STR("Drawn below"), .hash = {7}};
    str key = key_of(h, h->story);
    assert_ok(archive_version_load(h->archive, &h->a, h->story, &version));
    version.cover.media = 0;
    card.title = version.title;
    assert_int_equal(cards_shown(h, &version), 0);
    assert_ok(archive_card_put(h->archive, key, &card));
    assert_int_equal(cards_shown(h, &version), 1);
    version.title = STR("Another title");
    assert_int_equal(cards_shown(h, &version), 0);
    version.title = card.title;
    version.cover.media = 1;
    assert_int_equal(cards_shown(h, &version), 0);
}

/* A world in which an editor saves the last story just when the press begins its first pack: after
 * it knows which stories are cleared, before it renders that one. */
static int open_and_edit(void *ctx, int folder, const char *path, int flags, mode_t mode) {
    struct house *h = (struct house *)((char *)ctx - offsetof(struct house, clock));
    struct archive_version version = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    if (str_ends(str_of(path), STR(".pack"))) {
        assert_ok(archive_version_load(h->archive, &h->a, h->story, &version));
        version.body = STR("Slipped in later.");
        assert_ok(archive_version_save(h->archive, &h->a, STR("A. Editor"), &version, &saved));
    }
    return h->clock.world.open(h->clock.world.ctx, folder, path, flags, mode);
}

static void stops_when_a_story_changes_while_the_site_is_pressed(void **state) {
    struct house *h = *state;
    struct sys sys = h->sys;
    for (int i = 0; i < 40; i++) { /* pages are written some pages after they were rendered */
        h->story = save(h, (struct archive_version){.title = STR("A post"), .body = STR("Words.")});
        clear(h, h->story);
    }
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
    for (size_t i = 0; i < pressing_page_count(h->pressing); i++) {
        struct pressing_page page;
        pressing_page_at(h->pressing, i, &page);
        assert_false(str_contains(page.path, STR("road"))); /* the address is a hash alone */
    }
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
    assert_ok(archive_old_path_add(h->archive, STR("/en/404"), h->story)); /* taken */
    press(h);
    assert_true(str_eq(page_at(h, "/en/blog/the-road/", 301).location, STR("/en/blog/the-way/")));
    assert_true(str_eq(page_at(h, "/2019/05/road/", 301).location, STR("/en/blog/the-way/")));
    page_at(h, "/en/404", 404);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(leaves_out_what_is_not_cleared),
        HOUSE_TEST(leaves_out_what_was_edited_after_clearing),
        HOUSE_TEST(leaves_out_what_has_ended),
        HOUSE_TEST(leaves_out_a_clearance_for_something_else),
        HOUSE_TEST(shows_no_card_of_another_title_or_beside_a_cover),
        HOUSE_TEST(stops_when_a_story_changes_while_the_site_is_pressed),
        HOUSE_TEST(presses_no_language_whose_site_is_not_cleared),
        HOUSE_TEST(answers_410_where_something_was_withdrawn),
        HOUSE_TEST(answers_301_where_something_has_moved),
        HOUSE_TEST(leaves_out_a_picture_that_was_swapped),
        HOUSE_TEST(says_which_setting_is_missing),
        HOUSE_TEST(survives_every_failing_call),
    };
    return cmocka_run_group_tests_name("press_refuse", tests, NULL, NULL);
}
