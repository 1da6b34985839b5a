/* press_steps_test.c: pressing one by one is pressing all. A site is edited at random; after each
 * step it is pressed upon what readers have and, beside that, from nothing. For every path both
 * must answer the same: status, type, redirect, body, clearances. */
#include "press/press_testing.h"

enum { STORIES_AT_FIRST = 90, STEPS = 60, SEEDS = 4, IDS_MAX = 1000 };

/* ---- A world with chances ------------------------------------------------------------------- */

struct game {
    struct house *h;
    uint64_t chance;
    int64_t ids[IDS_MAX];
    size_t id_count;
    int64_t topics[8];
    size_t topic_count;
    int64_t media[16];
    size_t media_count;
    unsigned serial; /* of words that were never there before */
    int64_t linked;  /* the story that a foot block leads to */
};

/* xorshift64: the same seed, the same game. */
static size_t below(struct game *g, size_t end) {
    g->chance ^= g->chance << 13;
    g->chance ^= g->chance >> 7;
    g->chance ^= g->chance << 17;
    return (size_t)(g->chance % end);
}

static str new_word(struct game *g, const char *like) {
    str word = {0};
    assert_ok(arena_printf(&g->h->a, &word, "%s %u", like, ++g->serial));
    return word;
}

static int64_t any_id(struct game *g) { return g->ids[below(g, g->id_count)]; }

static struct archive_version load(struct game *g, int64_t id) {
    struct archive_version version = {0};
    assert_ok(archive_version_load(g->h->archive, &g->h->a, id, &version));
    return version;
}

static void keep_id(struct game *g, int64_t id) {
    if (g->id_count < IDS_MAX) g->ids[g->id_count++] = id;
}

static void write_back(struct game *g, struct archive_version *version) {
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    err e = archive_version_save(g->h->archive, &g->h->a, STR("A. Editor"), version, &saved);
    if (e.kind != ERR_DENIED) assert_ok(e); /* it is withdrawn: nobody edits it */
}

static size_t press_both(struct house *h, const char *after);

/* ---- Steps ---------------------------------------------------------------------------------- */

static void add_story(struct game *g) {
    int64_t topic = g->topic_count > 0 ? g->topics[below(g, g->topic_count)] : 0;
    struct archive_version linked = load(g, any_id(g));
    str body = new_word(g, "Words, and ![a picture](media:2) and [a link](/en/about/). Number");
    static const enum archive_kind kinds[] = {ARCHIVE_STORY,  ARCHIVE_STORY, ARCHIVE_STORY,
                                              ARCHIVE_POST,   ARCHIVE_POST,  ARCHIVE_REPORT,
                                              ARCHIVE_REPORT, ARCHIVE_PAGE};
    struct archive_version version = {.kind = kinds[below(g, COUNT_OF(kinds))],
                                      .title = new_word(g, "Story"),
                                      .body = body,
                                      .topics = &topic,
                                      .topic_count = topic != 0 && below(g, 3) > 0,
                                      .related = &linked.group,
                                      .related_count = below(g, 2),
                                      .published = NOW - (int64_t)below(g, 800) * DAY};
    if (g->media_count > 0 && below(g, 2) == 0)
        version.cover.media = g->media[below(g, g->media_count)];
    if (linked.kind == ARCHIVE_REPORT) {
        version.reports = &linked.group;
        version.report_count = 1;
    }
    if (version.kind == ARCHIVE_REPORT)
        assert_ok(archive_public_path(&g->h->a, &linked, &version.report.link));
    int64_t id = save(g->h, version);
    clear(g->h, id);
    keep_id(g, id);
}

static void add_newest(struct game *g) {
    int64_t id = save(g->h, (struct archive_version){.title = new_word(g, "Newest"),
                                                     .body = STR("Short."),
                                                     .published = NOW + 40 * g->serial * DAY});
    clear(g->h, id);
    keep_id(g, id);
}

static void edit_one(struct game *g) {
    struct archive_version version = load(g, any_id(g));
    switch (below(g, 5)) {
    case 0: version.title = new_word(g, "Title"); break;
    case 1: version.deck = new_word(g, "Deck"); break;
    case 2: version.body = new_word(g, "Body [broken](javascript:x)"); break;
    case 3: /* twice, so that what leads on leads elsewhere */
        version.slug = new_word(g, "slug");
        write_back(g, &version);
        clear(g->h, version.id);
        press_both(g->h, "edit a slug");
        version = load(g, version.id);
        version.slug = new_word(g, "slug");
        break;
    case 4: version.published -= (int64_t)below(g, 400) * DAY; break;
    }
    write_back(g, &version);
    if (below(g, 4) > 0) clear(g->h, version.id);
}

static void edit(struct game *g) {
    for (int i = 0; i < 4; i++) edit_one(g);
}

static void translate(struct game *g) {
    struct archive_version version = load(g, any_id(g));
    struct archive_version korean = {.group = version.group,
                                     .kind = version.kind,
                                     .language = STR("ko"),
                                     .title = new_word(g, "이야기"),
                                     .body = STR("글."),
                                     .status = ARCHIVE_PUBLISHED,
                                     .published = version.published};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    err e = archive_version_save(g->h->archive, &g->h->a, STR("A. Editor"), &korean, &saved);
    if (e.kind == ERR_EXISTS) return; /* it has one */
    assert_ok(e);
    clear(g->h, korean.id);
    keep_id(g, korean.id);
}

static void take_back(struct game *g) {
    static const enum archive_status ends[] = {ARCHIVE_DRAFT, ARCHIVE_PUBLISHED, ARCHIVE_WITHDRAWN};
    int64_t id = g->linked != 0 && below(g, 3) == 0 ? g->linked : any_id(g);
    err e = archive_version_set_status(g->h->archive, id, ends[below(g, COUNT_OF(ends))]);
    if (e.kind != ERR_DENIED) assert_ok(e);
}

/* The oldest stories, so many at once that the lists keep their first pages. */
static void take_many_back(struct game *g) {
    struct archive_filter filter = {.language = STR("en"),
                                    .by_date = true,
                                    .only_kinds = {[ARCHIVE_STORY] = true, [ARCHIVE_POST] = true},
                                    .only_statuses = {[ARCHIVE_PUBLISHED] = true}};
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_version_ids(g->h->archive, &g->h->a, &filter, &ids, &count));
    for (size_t i = count > 20 ? count - 20 : count; i < count; i++) {
        err e = archive_version_set_status(g->h->archive, ids[i], ARCHIVE_DRAFT);
        if (e.kind != ERR_DENIED) assert_ok(e);
    }
}

static void drop_clearance(struct game *g) {
    assert_ok(archive_clearance_drop(g->h->archive, key_of(g->h, any_id(g))));
}

static void clear_for_a_while(struct game *g) {
    clear_until(g->h, any_id(g), g->h->clock.now + 1 + (int64_t)below(g, 3));
}

static void time_passes(struct game *g) { g->h->clock.now += (int64_t)below(g, 4); }

static void clear_sites(struct game *g) {
    clear_site(g->h, "en");
    clear_site(g->h, "ko");
}

static void add_topic(struct game *g) {
    if (g->topic_count == COUNT_OF(g->topics)) return;
    assert_ok(archive_topic_put(g->h->archive, &g->h->a, (str){0}, STR("en"), new_word(g, "Topic"),
                                &g->topics[g->topic_count]));
    int64_t page = save(g->h, (struct archive_version){.kind = ARCHIVE_PAGE,
                                                       .title = new_word(g, "Page"),
                                                       .topics = &g->topics[g->topic_count],
                                                       .topic_count = 1});
    clear(g->h, page); /* a topic that pages alone have is not listed */
    g->topic_count++;
    clear_sites(g);
}

static void change_setting(struct game *g) {
    static const char *const keys[] = {"site.tagline", "home.intro", "site.name"};
    str value = new_word(g, "Setting");
    assert_ok(archive_setting_put(g->h->archive, str_of(keys[below(g, COUNT_OF(keys))]), STR("en"),
                                  value));
    if (below(g, 3) > 0) clear_sites(g);
}

static void change_menu(struct game *g) {
    struct archive_version version = load(g, any_id(g));
    assert_ok(archive_setting_put(g->h->archive, STR("site.menu"), STR("en"), version.slug));
    clear_sites(g);
}

/* Its link may lead to what is not there, yet or no longer. */
static void change_block(struct game *g) {
    struct archive_version version = load(g, any_id(g));
    struct archive_block_item item = {.label = STR("More")};
    struct archive_block block = {.kind = ARCHIVE_BLOCK_LEARN,
                                  .position = 3,
                                  .title = new_word(g, "Learn"),
                                  .items = &item,
                                  .item_count = 1};
    if (below(g, 2) == 0)
        block =
            (struct archive_block){.kind = ARCHIVE_BLOCK_RELATED, .title = new_word(g, "Check")};
    assert_ok(archive_public_path(&g->h->a, &version, &item.link));
    block.link = item.link;
    assert_ok(archive_block_put(g->h->archive, STR("en"), &block));
    clear_sites(g);
}

static void change_theme(struct game *g) {
    static const char *const files[] = {"html/card.mustache", "words/en.words", "css/site.css"};
    size_t which = below(g, COUNT_OF(files));
    str text = new_word(g, which == 1 ? "story.withheld = Nobody" : "p { color: red } {{title}}");
    const char *bytes = NULL;
    assert_ok(arena_cstr(&g->h->a, text, &bytes));
    put_theme_file(g->h, files[which], bytes);
}

static void add_old_path(struct game *g) {
    str path = {0};
    assert_ok(arena_printf(&g->h->a, &path, "/old/%u/", ++g->serial));
    assert_ok(archive_old_path_add(g->h->archive, path, any_id(g)));
}

/* A new picture; the first of them has the number that stories named before it was there. */
static void add_media(struct game *g) {
    char content[32];
    if (g->media_count == COUNT_OF(g->media)) return;
    snprintf(content, sizeof content, "picture %u", ++g->serial);
    g->media[g->media_count++] = add_picture(g->h, content, "");
}

/* The same original again: it takes the words that it lacks. */
static void caption_media(struct game *g) {
    struct archive_media media = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    if (g->media_count == 0) return;
    assert_ok(
        archive_media_load(g->h->archive, &g->h->a, g->media[below(g, g->media_count)], &media));
    media.alt = new_word(g, "Alt");
    media.credit = new_word(g, "Credit");
    assert_ok(archive_media_put(g->h->archive, &g->h->a, &media, &saved));
}

static void nothing(struct game *g) { (void)g; }

static const struct {
    const char *name;
    void (*take)(struct game *g);
} steps[] = {
    {"add a story", add_story},
    {"add a story", add_story},
    {"add the newest", add_newest},
    {"add the newest", add_newest},
    {"edit", edit},
    {"edit", edit},
    {"translate", translate},
    {"take back", take_back},
    {"take many back", take_many_back},
    {"change a block", change_block},
    {"drop a clearance", drop_clearance},
    {"clear for a while", clear_for_a_while},
    {"time passes", time_passes},
    {"add a topic", add_topic},
    {"change a setting", change_setting},
    {"change the menu", change_menu},
    {"change a block", change_block},
    {"change the theme", change_theme},
    {"add an old path", add_old_path},
    {"add a picture", add_media},
    {"caption a picture", caption_media},
    {"nothing", nothing},
};

/* ---- Both presses --------------------------------------------------------------------------- */

static struct press_options options_of(struct house *h) {
    return (struct press_options){.archive = h->archive,
                                  .clearing_key = h->public_key,
                                  .media = h->media,
                                  .theme = h->theme,
                                  .pressings = h->pressings,
                                  .house = h->house};
}

static void open_unsealed(struct house *h, str name, struct pressing **ret_pressing) {
    const struct pressing_place place = {.sys = &h->sys, .folder = h->pressings};
    assert_ok(pressing_open(&place, name, ret_pressing));
}

/* Plays the gate's part, and makes it live. */
static void seal_and_publish(struct house *h, const struct pressing *pressing, str name) {
    struct pressing_seal seal = {.sealed_at = h->clock.now, .rules = 1};
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    pressing_seal_message(&seal, pressing_index_bytes(pressing), message);
    vault_sign(h->secret_key, (str){(const char *)message, sizeof message}, seal.signature);
    assert_ok(pressing_attach_seal(&h->a, h->pressings, name, &seal));
    assert_ok(pressing_publish(&h->a, h->pressings, name));
}

static bool has_clearance(const struct pressing *pressing, const struct pressing_page *page,
                          const unsigned char *hash) {
    for (uint32_t i = 0; i < page->clearance_count; i++) {
        if (memcmp(pressing_clearance_at(pressing, page->clearances[i]), hash, 32) == 0)
            return true;
    }
    return false;
}

static void assert_same_page(const struct pressing *one, const struct pressing *other,
                             size_t number, const char *after) {
    struct pressing_page a = {0};
    struct pressing_page b = {0};
    pressing_page_at(one, number, &a);
    pressing_page_at(other, number, &b);
    if (!str_eq(a.path, b.path))
        fail_msg("after '%s': " STR_FMT " beside " STR_FMT, after, STR_ARG(a.path),
                 STR_ARG(b.path));
    bool is_same = a.status == b.status && a.type == b.type && str_eq(a.location, b.location) &&
                   str_eq(a.body, b.body) && a.clearance_count == b.clearance_count;
    for (uint32_t i = 0; is_same && i < a.clearance_count; i++)
        is_same = has_clearance(other, &b, pressing_clearance_at(one, a.clearances[i]));
    if (!is_same)
        fail_msg("after '%s': " STR_FMT " is not the same:\n" STR_FMT "\n---- anew:\n" STR_FMT,
                 after, STR_ARG(a.path), STR_ARG(a.body), STR_ARG(b.body));
}

static void assert_same(const struct pressing *one, const struct pressing *other,
                        const char *after) {
    if (pressing_page_count(one) != pressing_page_count(other))
        print_error("after '%s': %zu pages beside %zu\n", after, pressing_page_count(one),
                    pressing_page_count(other));
    for (size_t i = 0; i < pressing_page_count(one) && i < pressing_page_count(other); i++)
        assert_same_page(one, other, i, after);
    assert_int_equal(pressing_page_count(one), pressing_page_count(other));
}

/* Presses both ways; returns how many pages were made anew when building on the live one. */
static size_t press_both(struct house *h, const char *after) {
    struct press_options options = options_of(h);
    struct press_report report = {0};
    struct press_report anew_report = {0};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    CLEANUP(pressing_close) struct pressing *anew = NULL;
    assert_ok(press_site(&h->sys, &h->a, &options, &report));
    open_unsealed(h, report.name, &pressing);
    seal_and_publish(h, pressing, report.name);
    assert_ok(press_remember(&h->sys, &options, &report));
    options.is_anew = true;
    assert_ok(press_site(&h->sys, &h->a, &options, &anew_report));
    open_unsealed(h, anew_report.name, &anew);
    assert_same(pressing, anew, after);
    assert_int_equal(report.pressed, anew_report.pressed);
    assert_int_equal(report.left_out_count, anew_report.left_out_count);
    assert_int_equal(report.note_count, anew_report.note_count);
    assert_int_equal(report.gone, anew_report.gone);
    assert_int_equal(report.moved, anew_report.moved);
    assert_int_equal(report.pictures, anew_report.pictures);
    assert_ok(pressing_sweep(&h->a, h->pressings));
    return report.pages - report.kept;
}

static void begin(struct game *g, struct house *h, uint64_t seed) {
    *g = (struct game){.h = h, .chance = seed * 0x9E3779B97F4A7C15U + 1};
    struct archive_block block = {.kind = ARCHIVE_BLOCK_RELATED, .title = STR("Check these out")};
    assert_ok(archive_block_put(h->archive, STR("en"), &block));
    keep_id(g, h->story);
    keep_id(g, h->korean);
    g->media[g->media_count++] = h->picture;
    add_topic(g);
    for (int i = 0; i < STORIES_AT_FIRST; i++) add_story(g);
}

static void play(uint64_t seed, size_t count) {
    void *state = NULL;
    struct game g;
    house_open(&state);
    begin(&g, state, seed);
    press_both(state, "the beginning");
    for (size_t i = 0; i < count; i++) {
        size_t step = below(&g, COUNT_OF(steps));
        steps[step].take(&g);
        press_both(state, steps[step].name);
    }
    house_close(&state);
}

/* PRESS_SEED plays one game again; HANJI_LONG plays longer ones, and many. */
static void one_by_one_is_all(void **state) {
    (void)state;
    const char *seed = getenv("PRESS_SEED");
    bool is_long = getenv("HANJI_LONG") != NULL;
    if (seed != NULL) return play(strtoul(seed, NULL, 10), 4 * STEPS);
    for (uint64_t i = 1; i <= (is_long ? 8 * SEEDS : SEEDS); i++)
        play(i, is_long ? 2 * STEPS : STEPS);
}

/* ---- How far it has come ---------------------------------------------------------------- */

struct told {
    size_t times;
    size_t done;
    size_t all;
};

static void hear_progress(void *ctx, size_t done, size_t all) {
    struct told *told = ctx;
    assert_true(done > told->done && done <= all);
    *told = (struct told){told->times + 1, done, all};
}

static void tells_how_far_it_has_come(void **state) {
    struct house *h = *state;
    struct told told = {0};
    struct press_options options = options_of(h);
    struct press_report report = {0};
    struct game g;
    begin(&g, h, 7);
    for (int i = 0; i < 150; i++) add_newest(&g);
    options.ctx = &told;
    options.progress = hear_progress;
    assert_ok(press_site(&h->sys, &h->a, &options, &report));
    assert_int_equal(told.done, told.all);
    assert_int_equal(told.all, report.pressed);
    assert_true(told.times >= 3);
}

/* ---- What a new story touches --------------------------------------------------------------- */

static void makes_only_what_a_new_story_touches(void **state) {
    struct house *h = *state;
    struct game g;
    begin(&g, h, 7);
    press_both(h, "the beginning");
    assert_int_equal(press_both(h, "nothing"), 5); /* style, icon, robots, manifest, map of maps */
    add_newest(&g); /* of another year: no page but the map of the years knows */
    size_t made = press_both(h, "one more");
    if (made > 20) fail_msg("%zu pages are made anew for one story", made);
}

static void forgets_what_it_cannot_rely_on(void **state) {
    struct house *h = *state;
    struct press_options options = options_of(h);
    struct press_report report = {0};
    const unsigned char other[ARCHIVE_MARK_BYTES] = {1};
    struct game g;
    begin(&g, h, 7);
    press_both(h, "the beginning");
    assert_true(press_both(h, "nothing") < 10);
    assert_ok(archive_mark_put(h->archive, other)); /* as an older copy of the archive has */
    assert_true(press_both(h, "another mark") > 10);
    assert_ok(file_replace(&h->a, h->house, STR("press.memo"), STR("HANJIPM1 and more"), 0600));
    assert_true(press_both(h, "a damaged memo") > 10);
    assert_int_equal(unlinkat(h->house, "press.memo", 0), 0);
    assert_true(press_both(h, "no memo") > 10);
    put_theme_file(h, "html/card.mustache", "card");
    assert_true(press_both(h, "a theme") > 10);
    assert_ok(press_site(&h->sys, &h->a, &options, &report)); /* pressed, never published */
    assert_true(press_both(h, "a refused pressing") < 10);
}

static err press_and_remember(struct house *h, const struct sys *sys) {
    const struct press_options options = options_of(h);
    CLEANUP(arena_done) struct arena arena;
    struct press_report report = {0};
    arena_init(&arena, sys, (size_t)1 << 30);
    TRY(press_site(sys, &arena, &options, &report));
    return press_remember(sys, &options, &report);
}

/* The memo that is left is of a pressing that never came to be live: it is not believed. */
static void survives_every_failing_call(void **state) {
    struct house *h = *state;
    struct game g = {.h = h};
    press_both(h, "the beginning");
    add_newest(&g);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        fault.now = NOW;
        if (fault_ended(&fault, press_and_remember(h, &sys))) break;
    }
    press_both(h, "many faults");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one_is_all),
        HOUSE_TEST(tells_how_far_it_has_come),
        HOUSE_TEST(makes_only_what_a_new_story_touches),
        HOUSE_TEST(forgets_what_it_cannot_rely_on),
        HOUSE_TEST(survives_every_failing_call),
    };
    return cmocka_run_group_tests_name("press_steps", tests, NULL, NULL);
}
