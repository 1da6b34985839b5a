/* sealing_search_test.c: a search segment says what the pages say, and nothing else. */
#include "gate/gate_testing.h"
#include "gate/sealing.h"
#include "pressing/pressing.h"
#include "pressing/search.h"

enum { STORIES = 3 };

/* Stories with a page each, all of them cleared, and what stands around them. */
struct scene {
    struct bench *bench;
    str clearances[STORIES + 1]; /* the last one is the site's */
    struct search_story stories[STORIES];
};

/* States that nobody appears, and clears. */
static str clear(struct bench *bench, str key, const char *kind) {
    unsigned char hash[32];
    const struct source source = {.key = key, .kind = str_of(kind), .language = STR("en")};
    struct gate_examine request = {.source = source, .road = STR("web"), .by = STR("Editor")};
    struct clearing_wish wish = {.examine = &request, .gives = true};
    struct gate_answer answer = {0};
    good(source_hash(&bench->arena, &source, hash));
    state_one(bench, key, hash, STR(""), 0);
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, clearing_examine(bench->ledger, &bench->arena, &wish, &answer)));
    assert_true(answer.clearance.len > 0);
    return answer.clearance;
}

static void set_scene(struct bench *bench, struct scene *scene) {
    *scene = (struct scene){.bench = bench};
    for (size_t i = 0; i < STORIES; i++) {
        struct search_story *s = &scene->stories[i];
        str key;
        good(arena_printf(&bench->arena, &key, "%zu/en", i + 1));
        good(arena_printf(&bench->arena, &s->path, "/en/blog/story-%zu/", i));
        *s = (struct search_story){
            .path = s->path, .title = STR("A kettle"), .body = STR("It whistled, and she left.")};
        scene->clearances[i] = clear(bench, key, "story");
    }
    scene->clearances[STORIES] = clear(bench, STR("site/en"), "site");
}

static int open_file(const struct bench *bench, str name, const char *suffix) {
    char path[64];
    snprintf(path, sizeof path, STR_FMT "%s", STR_ARG(name), suffix);
    int fd = openat(bench->folder, path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    unlinkat(bench->folder, path, 0);
    return fd;
}

static void open_files(const struct bench *bench, str name, int files[2]) {
    const struct pressing_place place = {.sys = &bench->sys, .folder = bench->folder};
    CLEANUP(pressing_close) struct pressing *pressing = NULL;
    good(pressing_open(&place, name, &pressing));
    assert_int_equal(pressing_pack_count(pressing), 1);
    files[0] = open_file(bench, name, ".index");
    files[1] = open_file(bench, pressing_pack_name(pressing, 0), ".pack");
}

/* What is wrong with a scene's pressing. */
struct wrong {
    bool is_without_page;  /* of the last story */
    bool is_gone;          /* it is there and answers 410 */
    size_t named;          /* how many clearances of stories the segment names */
    bool has_foreign_page; /* the last story's page names the first one's clearance alone */
    str segment;           /* in place of the true one */
};

static void press(const struct scene *scene, const struct wrong *wrong, int files[2]) {
    struct bench *bench = scene->bench;
    CLEANUP(pressing_writer_close) struct pressing_writer *writer = NULL;
    uint32_t numbers[STORIES + 1];
    str name;
    str segment = wrong->segment;
    good(pressing_writer_open(&bench->sys, bench->folder, NULL, &writer));
    for (size_t i = 0; i <= STORIES; i++) {
        unsigned char hash[CLEARANCE_HASH_BYTES];
        str bytes = scene->clearances[i];
        vault_hash(str_slice(bytes, 0, bytes.len - CLEARANCE_SIGNATURE_BYTES), hash);
        good(pressing_writer_clearance(writer, hash, &numbers[i]));
    }
    for (size_t i = 0; i < STORIES; i++) {
        bool is_last = i + 1 == STORIES;
        uint32_t names[] = {numbers[STORIES], numbers[is_last && wrong->has_foreign_page ? 0 : i]};
        struct pressing_page page = {.path = scene->stories[i].path,
                                     .status = is_last && wrong->is_gone ? 410 : 200,
                                     .body = scene->stories[i].body,
                                     .clearances = names,
                                     .clearance_count = 2};
        if (!is_last || !wrong->is_without_page) good(pressing_writer_page(writer, &page));
    }
    if (segment.len == 0) good(search_build(&bench->arena, scene->stories, STORIES, &segment));
    struct pressing_page page = {.path = STR("/.search/en/1/0"),
                                 .status = 200,
                                 .type = PRESSING_SEARCH,
                                 .body = segment,
                                 .clearances = numbers,
                                 .clearance_count = (uint32_t)wrong->named};
    uint32_t with_site[STORIES + 1] = {numbers[STORIES]};
    if (wrong->named < STORIES) { /* the site's in its place: a name, but no story's */
        memcpy(with_site + 1, numbers, wrong->named * sizeof *numbers);
        page.clearances = with_site;
        page.clearance_count++;
    }
    good(pressing_writer_page(writer, &page));
    good(pressing_writer_finish(writer, &bench->arena, &name));
    open_files(bench, name, files);
}

static struct gate_seal_reply seal(const struct scene *scene, const struct wrong *wrong) {
    struct bench *bench = scene->bench;
    struct gate_seal_reply reply;
    int files[2] = {-1, -1};
    press(scene, wrong, files);
    const struct sealing_wish wish = {
        .files = {.index = files[0], .packs = files + 1, .pack_count = 1},
        .live = -1,
        .by = STR("Editor"),
    };
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, sealing_read(bench->ledger, &bench->arena, &wish, &reply)));
    close(files[0]);
    close(files[1]);
    return reply;
}

static void expect_refused(const struct gate_seal_reply *reply, const char *rule,
                           const char *words) {
    assert_int_equal(reply->sealed, 0);
    if (reply->count == 0) fail_msg("sealed; wanted %s %s", rule, words);
    for (size_t i = 0; i < reply->count; i++) {
        const struct gate_finding *found = &reply->findings[i];
        bool is_it = str_eq(found->rule, str_of(rule)) &&
                     str_eq(found->place, STR("/.search/en/1/0")) &&
                     str_contains(found->text, str_of(words));
        if (is_it) return;
    }
    fail_msg("not said: %s %s; said: " STR_FMT, rule, words, STR_ARG(reply->findings[0].text));
}

static void a_segment_of_what_is_shown_is_sealed(void **state) {
    struct scene scene;
    set_scene(*state, &scene);
    struct gate_seal_reply reply = seal(&scene, &(struct wrong){.named = STORIES});
    if (reply.count > 0) fail_msg(STR_FMT, STR_ARG(reply.findings[0].text));
    assert_int_equal(reply.sealed, 1);
}

static void a_segment_with_a_story_of_no_page_is_refused(void **state) {
    struct scene scene;
    set_scene(*state, &scene);
    struct gate_seal_reply reply =
        seal(&scene, &(struct wrong){.named = STORIES, .is_without_page = true});
    expect_refused(&reply, "R26", "would find /en/blog/story-2/");
    expect_refused(&reply, "R26", "3/en, which no page shows");
    reply = seal(&scene, &(struct wrong){.named = STORIES, .is_gone = true});
    expect_refused(&reply, "R26", "would find /en/blog/story-2/");
    reply = seal(&scene, &(struct wrong){.named = STORIES - 1, .is_gone = true});
    expect_refused(&reply, "R26", "would find /en/blog/story-2/");
}

static void a_segment_that_names_too_few_clearances_is_refused(void **state) {
    struct scene scene;
    set_scene(*state, &scene);
    struct gate_seal_reply reply = seal(&scene, &(struct wrong){.named = STORIES - 1});
    expect_refused(&reply, "R26", "more texts than it names clearances");
    expect_refused(&reply, "R26", "would find /en/blog/story-2/");
    reply = seal(&scene, &(struct wrong){.named = STORIES - 1, .has_foreign_page = true});
    expect_refused(&reply, "R26", "more texts than it names clearances");
    reply = seal(&scene, &(struct wrong){.named = 0}); /* the site's alone */
    expect_refused(&reply, "R26", "would find /en/blog/story-0/");
}

/* In the texts, in the index, behind the last page, in place of all of it. */
static void a_segment_with_something_hidden_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    str segment;
    set_scene(bench, &scene);
    good(search_build(&bench->arena, scene.stories, STORIES, &segment));
    char *bytes = arena_alloc(&bench->arena, segment.len + 1);
    for (size_t i = 0; i < 40; i++) {
        memcpy(bytes, segment.ptr, segment.len);
        bytes[(i * 2654435761U + 200) % segment.len] ^= 0x41;
        struct gate_seal_reply reply =
            seal(&scene, &(struct wrong){.named = STORIES, .segment = {bytes, segment.len}});
        assert_int_equal(reply.sealed, 0);
        assert_true(reply.count > 0);
    }
    memcpy(bytes, segment.ptr, segment.len);
    bytes[segment.len] = 'x';
    struct gate_seal_reply reply =
        seal(&scene, &(struct wrong){.named = STORIES, .segment = {bytes, segment.len + 1}});
    expect_refused(&reply, "R24", "no search segment");
    reply = seal(&scene, &(struct wrong){.named = STORIES, .segment = STR("a name")});
    expect_refused(&reply, "R24", "no search segment");
}

static void a_segment_whose_story_was_called_back_is_refused(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    set_scene(bench, &scene);
    good(try_withdrawal(bench, STR("3/en"), STR("")));
    struct gate_seal_reply reply = seal(&scene, &(struct wrong){.named = STORIES});
    assert_int_equal(reply.sealed, 0);
    reply = seal(&scene, &(struct wrong){.named = STORIES - 1,
                                         .is_without_page = true}); /* the name alone is gone */
    expect_refused(&reply, "R26", "would find /en/blog/story-2/");
}

static void every_failed_call_is_an_error_or_no_seal(void **state) {
    struct bench *bench = *state;
    struct scene scene;
    int files[2];
    set_scene(bench, &scene);
    press(&scene, &(struct wrong){.named = STORIES}, files);
    const struct sealing_wish wish = {
        .files = {.index = files[0], .packs = files + 1, .pack_count = 1},
        .live = -1,
        .by = STR("Editor"),
    };
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        CLEANUP(arena_done) struct arena a;
        struct gate_seal_reply reply = {0};
        arena_init(&a, &bench->sys, BENCH_ARENA_CAP);
        good(ledger_begin(bench->ledger));
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = sealing_read(bench->ledger, &a, &wish, &reply);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_int_equal(e.kind != ERR_NONE, met);
        assert_int_equal(reply.sealed, !met);
        assert_int_equal(bench_finish(bench, e).kind, e.kind);
        if (!met) break;
    }
    close(files[0]);
    close(files[1]);
}

#define SEARCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        SEARCH_TEST(a_segment_of_what_is_shown_is_sealed),
        SEARCH_TEST(a_segment_with_a_story_of_no_page_is_refused),
        SEARCH_TEST(a_segment_that_names_too_few_clearances_is_refused),
        SEARCH_TEST(a_segment_with_something_hidden_is_refused),
        SEARCH_TEST(a_segment_whose_story_was_called_back_is_refused),
        SEARCH_TEST(every_failed_call_is_an_error_or_no_seal),
    };
    return cmocka_run_group_tests_name("sealing of segments", tests, NULL, NULL);
}
