/* What stands around the stories: pictures, sources, topics, settings, blocks, clearances, jobs and
 * the audit log. */
#include "archive/archive_testing.h"

#include <sys/wait.h>

/* ---- Pictures and sources ------------------------------------------------------------------- */

static struct archive_media picture(struct archive_variant *variants, size_t count) {
    static const int32_t widths[] = {1600, 400, 800};
    for (size_t i = 0; i < count; i++) {
        variants[i] = (struct archive_variant){
            .width = widths[i], .height = widths[i] / 2, .format = STR("jpeg"), .bytes = 10};
        memset(variants[i].hash, (int)i + 1, sizeof variants[i].hash);
    }
    return (struct archive_media){.original_hash = {1, 2, 3},
                                  .name = STR("kettle.jpg"),
                                  .colour = 0x8090A0,
                                  .variants = variants,
                                  .variant_count = count};
}

static void gives_a_picture_back_with_its_narrowest_form_first(void **state) {
    struct house *h = *state;
    struct archive_variant variants[3];
    struct archive_media media = picture(variants, 3);
    struct archive_media held = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    int64_t id = 0;
    assert_ok(archive_media_put(h->archive, &h->a, &media, &saved));
    assert_int_equal(saved, ARCHIVE_ADDED);
    assert_ok(archive_media_load(h->archive, &h->a, media.id, &held));
    assert_str(held.name, "kettle.jpg");
    assert_int_equal(held.colour, 0x8090A0);
    assert_memory_equal(held.original_hash, media.original_hash, 32);
    assert_int_equal(held.variant_count, 3);
    assert_int_equal(held.variants[0].width, 400);
    assert_int_equal(held.variants[0].height, 200);
    assert_int_equal(held.variants[0].hash[31], 2);
    assert_int_equal(held.variants[2].width, 1600);
    assert_ok(archive_media_by_original(h->archive, &h->a, media.original_hash, &id));
    assert_int_equal(id, media.id);
    assert_fails(archive_media_by_original(h->archive, &h->a, variants[0].hash, &id),
                 ERR_NOT_FOUND);
    assert_fails(archive_media_load(h->archive, &h->a, 99, &held), ERR_NOT_FOUND);
}

static void fills_what_a_picture_lacks_and_keeps_what_it_has(void **state) {
    struct house *h = *state;
    struct archive_variant variants[1];
    struct archive_media media = picture(variants, 1);
    struct archive_media again = picture(variants, 1);
    struct archive_media held = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    media.alt = STR("A kettle");
    media.variant_count = 0;
    assert_ok(archive_media_put(h->archive, &h->a, &media, &saved));
    again.alt = STR("Something else");
    again.caption = STR("The kettle");
    assert_ok(archive_media_put(h->archive, &h->a, &again, &saved));
    assert_int_equal(saved, ARCHIVE_CHANGED);
    assert_int_equal(again.id, media.id);
    assert_ok(archive_media_put(h->archive, &h->a, &again, &saved));
    assert_int_equal(saved, ARCHIVE_UNCHANGED);
    assert_ok(archive_media_load(h->archive, &h->a, media.id, &held));
    assert_str(held.alt, "A kettle");
    assert_str(held.caption, "The kettle");
    assert_int_equal(held.variant_count, 1);
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_media_ids(h->archive, &h->a, &ids, &count));
    assert_int_equal(count, 1);
}

static void refuses_a_picture_that_cannot_be(void **state) {
    struct house *h = *state;
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    for (int i = 0; i < 4; i++) {
        struct archive_variant variants[1];
        struct archive_media media = picture(variants, 1);
        if (i == 0) variants[0].format = STR("gif");
        if (i == 1) variants[0].width = 0;
        if (i == 2) media.colour = 0x1000000;
        if (i == 3) media.alt = STR("\xFF");
        assert_fails(archive_media_put(h->archive, &h->a, &media, &saved), ERR_INVALID);
    }
}

static void makes_importing_twice_importing_once(void **state) {
    struct house *h = *state;
    const str from = STR("wordpress:https://example.org");
    for (int run = 0; run < 2; run++) {
        for (int post = 0; post < 3; post++) {
            char name[16];
            snprintf(name, sizeof name, "post-%d", post);
            struct archive_version v = english("An imported post");
            int64_t media = 0;
            err e = archive_source_get(h->archive, from, str_of(name), &v.id, &media);
            assert_int_equal(e.kind, run == 0 ? ERR_NOT_FOUND : ERR_NONE);
            save(h, &v, run == 0 ? ARCHIVE_ADDED : ARCHIVE_UNCHANGED);
            assert_ok(archive_source_put(h->archive, from, str_of(name), v.id, 0));
        }
    }
    int64_t version = 0;
    int64_t media = 0;
    assert_fails(archive_source_get(h->archive, STR("other"), STR("post-0"), &version, &media),
                 ERR_NOT_FOUND);
    assert_fails(archive_source_put(h->archive, from, STR("x"), 0, 0), ERR_INVALID);
    assert_fails(archive_source_put(h->archive, from, STR("x"), 1, 1), ERR_INVALID);
    assert_fails(archive_source_put(h->archive, from, STR("x"), 99, 0), ERR_INVALID);
}

/* ---- Topics, settings, blocks --------------------------------------------------------------- */

static void names_a_topic_in_several_languages(void **state) {
    struct house *h = *state;
    struct archive_topic *topics = NULL;
    size_t count = 0;
    int64_t id = 0;
    int64_t same = 0;
    int64_t other = 0;
    assert_ok(archive_topic_put(h->archive, &h->a, (str){0}, STR("en"), STR("Water"), &id));
    assert_ok(archive_topic_put(h->archive, &h->a, STR("water"), STR("ko"), STR("물"), &same));
    assert_ok(archive_topic_put(h->archive, &h->a, (str){0}, STR("en"), STR("Fire"), &other));
    assert_int_equal(id, same);
    assert_int_not_equal(id, other);
    for (int i = 0; i < 3; i++) {
        struct archive_version v = english("x");
        v.language = i == 2 ? STR("en") : STR("ko");
        v.status = i == 1 ? ARCHIVE_DRAFT : ARCHIVE_PUBLISHED;
        v.topics = &id;
        v.topic_count = 1;
        save(h, &v, ARCHIVE_ADDED);
    }
    assert_ok(archive_topics(h->archive, &h->a, STR("ko"), &topics, &count));
    assert_int_equal(count, 2);
    assert_str(topics[0].name, "Fire"); /* not named in Korean */
    assert_str(topics[1].name, "물");
    assert_str(topics[1].slug, "water");
    assert_fails(archive_topic_put(h->archive, &h->a, (str){0}, STR("en"), (str){0}, &id),
                 ERR_INVALID);
    assert_fails(archive_topic_put(h->archive, &h->a, (str){0}, STR("x"), STR("y"), &id),
                 ERR_INVALID);
}

static void looks_a_setting_up_from_the_narrowest_language_to_all(void **state) {
    struct house *h = *state;
    str value = {0};
    const str key = STR("site.name");
    assert_fails(archive_setting_get(h->archive, &h->a, key, STR("ko-KP"), &value), ERR_NOT_FOUND);
    assert_ok(archive_setting_put(h->archive, key, (str){0}, STR("all")));
    assert_ok(archive_setting_get(h->archive, &h->a, key, STR("ko-KP"), &value));
    assert_str(value, "all");
    assert_ok(archive_setting_put(h->archive, key, STR("ko"), STR("한국어")));
    assert_ok(archive_setting_get(h->archive, &h->a, key, STR("ko-KP"), &value));
    assert_str(value, "한국어");
    assert_ok(archive_setting_put(h->archive, key, STR("ko-KP"), STR("")));
    assert_ok(archive_setting_get(h->archive, &h->a, key, STR("ko-KP"), &value));
    assert_str(value, "");
    assert_ok(archive_setting_put(h->archive, key, STR("ko"), STR("새")));
    assert_ok(archive_setting_get(h->archive, &h->a, key, STR("ko"), &value));
    assert_str(value, "새");
    assert_ok(archive_setting_get(h->archive, &h->a, key, STR("en"), &value));
    assert_str(value, "all");
    assert_fails(archive_setting_put(h->archive, (str){0}, (str){0}, value), ERR_INVALID);
    assert_fails(archive_setting_put(h->archive, key, STR("K"), value), ERR_INVALID);
    assert_fails(archive_setting_put(h->archive, key, (str){0}, STR("\xFF")), ERR_INVALID);
}

static void replaces_a_foot_block_and_keeps_their_order(void **state) {
    struct house *h = *state;
    struct archive_block_item items[] = {{STR("A"), STR("/a/"), 0}, {STR("B"), STR("/b/"), 0}};
    struct archive_block learn = {.kind = ARCHIVE_BLOCK_LEARN,
                                  .position = 2,
                                  .title = STR("Learn more"),
                                  .items = items,
                                  .item_count = 2};
    struct archive_block appeal = {.kind = ARCHIVE_BLOCK_APPEAL,
                                   .position = 1,
                                   .title = STR("Help"),
                                   .text = STR("text"),
                                   .label = STR("Button"),
                                   .link = STR("/en/help/")};
    struct archive_block *blocks = NULL;
    size_t count = 0;
    assert_ok(archive_block_put(h->archive, STR("en"), &learn));
    assert_ok(archive_block_put(h->archive, STR("en"), &appeal));
    learn.item_count = 1;
    assert_ok(archive_block_put(h->archive, STR("en"), &learn));
    assert_ok(archive_blocks(h->archive, &h->a, STR("en"), &blocks, &count));
    assert_int_equal(count, 2);
    assert_int_equal(blocks[0].kind, ARCHIVE_BLOCK_APPEAL);
    assert_str(blocks[0].link, "/en/help/");
    assert_str(blocks[0].label, "Button");
    assert_int_equal(blocks[1].kind, ARCHIVE_BLOCK_LEARN);
    assert_int_equal(blocks[1].position, 2);
    assert_int_equal(blocks[1].item_count, 1);
    assert_str(blocks[1].items[0].label, "A");
    items[0].media = 99;
    assert_fails(archive_block_put(h->archive, STR("en"), &learn), ERR_INVALID);
    assert_ok(archive_blocks(h->archive, &h->a, STR("ko"), &blocks, &count));
    assert_int_equal(count, 0);
}

/* ---- Clearances, jobs, audit ---------------------------------------------------------------- */

static void holds_one_clearance_for_each_key_and_road(void **state) {
    struct house *h = *state;
    str bytes = {0};
    assert_ok(archive_clearance_put(h->archive, STR("1/en"), STR("web"), STR("a\0b")));
    assert_ok(archive_clearance_put(h->archive, STR("1/en"), STR("mail"), STR("m")));
    assert_ok(archive_clearance_put(h->archive, STR("1/ko"), STR("web"), STR("k")));
    assert_ok(archive_clearance_get(h->archive, &h->a, STR("1/en"), STR("web"), &bytes));
    assert_true(str_eq(bytes, STR("a\0b")));
    assert_ok(archive_clearance_put(h->archive, STR("1/en"), STR("web"), STR("new")));
    assert_ok(archive_clearance_get(h->archive, &h->a, STR("1/en"), STR("web"), &bytes));
    assert_str(bytes, "new");
    assert_ok(archive_clearance_drop(h->archive, STR("1/en")));
    assert_ok(archive_clearance_drop(h->archive, STR("1/en")));
    assert_fails(archive_clearance_get(h->archive, &h->a, STR("1/en"), STR("web"), &bytes),
                 ERR_NOT_FOUND);
    assert_fails(archive_clearance_get(h->archive, &h->a, STR("1/en"), STR("mail"), &bytes),
                 ERR_NOT_FOUND);
    assert_ok(archive_clearance_get(h->archive, &h->a, STR("1/ko"), STR("web"), &bytes));
}

/* The number of a process that has ended. */
static int64_t a_process_that_is_gone(void) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void gives_a_job_out_once_and_again_when_its_taker_is_gone(void **state) {
    struct house *h = *state;
    struct archive_job job = {0};
    int64_t first = 0;
    int64_t second = 0;
    const str press = STR("press");
    assert_ok(archive_job_add(h->archive, press, STR("all"), 100, &first));
    assert_fails(archive_job_take(h->archive, &h->a, press, 99, getpid(), &job), ERR_NOT_FOUND);
    assert_fails(archive_job_take(h->archive, &h->a, STR("mail"), 100, getpid(), &job),
                 ERR_NOT_FOUND);
    assert_ok(archive_job_take(h->archive, &h->a, press, 100, a_process_that_is_gone(), &job));
    assert_int_equal(job.id, first);
    assert_int_equal(job.tries, 1);
    assert_ok(archive_job_take(h->archive, &h->a, press, 100, getpid(), &job));
    assert_int_equal(job.id, first);
    assert_int_equal(job.tries, 2);
    assert_int_equal(job.due, 100);
    assert_str(job.kind, "press");
    assert_str(job.detail, "all");
    assert_fails(archive_job_take(h->archive, &h->a, press, 100, 1, &job), ERR_NOT_FOUND);
    assert_ok(archive_job_add(h->archive, press, STR("all"), 200, &second));
    assert_int_not_equal(first, second); /* what changed meanwhile is pressed too */
    assert_ok(archive_job_done(h->archive, first));
    assert_ok(archive_job_take(h->archive, &h->a, press, 200, getpid(), &job));
    assert_int_equal(job.id, second);
}

static void keeps_equal_jobs_that_wait_as_one(void **state) {
    struct house *h = *state;
    struct archive_job job = {0};
    int64_t first = 0;
    int64_t second = 0;
    int64_t third = 0;
    const str press = STR("press");
    assert_ok(archive_job_add(h->archive, press, STR("all"), 100, &first));
    assert_ok(archive_job_add(h->archive, press, STR("all"), 50, &second));
    assert_ok(archive_job_add(h->archive, press, STR("one"), 300, &third));
    assert_int_equal(first, second);
    assert_int_not_equal(first, third);
    assert_ok(archive_job_take(h->archive, &h->a, press, 60, getpid(), &job)); /* the earlier due */
    assert_ok(archive_job_add(h->archive, press, STR("all"), 400, &second));
    assert_ok(archive_job_retry(h->archive, first, 70)); /* one of the two is enough */
    assert_ok(archive_job_take(h->archive, &h->a, press, 70, getpid(), &job));
    assert_int_equal(job.id, second);
    assert_ok(archive_job_retry(h->archive, second, 500));
    assert_fails(archive_job_take(h->archive, &h->a, press, 299, getpid(), &job), ERR_NOT_FOUND);
    assert_ok(archive_job_take(h->archive, &h->a, press, 500, getpid(), &job));
    assert_int_equal(job.id, third);
    assert_ok(archive_job_take(h->archive, &h->a, press, 500, getpid(), &job));
    assert_int_equal(job.id, second);
    assert_int_equal(job.tries, 2);
    assert_fails(archive_job_retry(h->archive, 99, 0), ERR_NOT_FOUND);
}

static err note_line(void *context, const struct archive_audit *line) {
    char *seen = context;
    size_t len = strlen(seen);
    snprintf(seen + len, 128 - len, "%lld:" STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT "@%lld ",
             (long long)line->id, STR_ARG(line->who), STR_ARG(line->what), STR_ARG(line->key),
             STR_ARG(line->detail), (long long)line->at);
    return OK;
}

static void keeps_the_audit_log_in_order(void **state) {
    struct house *h = *state;
    struct fault world;
    struct sys sys = fault_sys(&world, 0);
    char seen[128] = "";
    archive_close(&h->archive);
    world.now = 1700000000;
    assert_ok(archive_open(&sys, h->path, writing, &h->archive));
    assert_ok(archive_audit_add(h->archive, STR("A"), STR("press"), STR("1/en"), STR("web")));
    assert_ok(archive_audit_add(h->archive, STR("B"), STR("adopt"), (str){0}, (str){0}));
    assert_ok(archive_audit_each(h->archive, &h->a, note_line, seen));
    assert_string_equal(seen, "1:A:press:1/en:web@1700000000 2:B:adopt::@1700000000 ");
    assert_fails(archive_audit_add(h->archive, STR("\xFF"), STR("x"), (str){0}, (str){0}),
                 ERR_INVALID);
    assert_ok(archive_verify(h->archive, &h->a));
    archive_close(&h->archive);
    assert_int_equal(world.live, 0);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, house_open, house_close)
    const struct CMUnitTest tests[] = {
        EACH(gives_a_picture_back_with_its_narrowest_form_first),
        EACH(fills_what_a_picture_lacks_and_keeps_what_it_has),
        EACH(refuses_a_picture_that_cannot_be),
        EACH(makes_importing_twice_importing_once),
        EACH(names_a_topic_in_several_languages),
        EACH(looks_a_setting_up_from_the_narrowest_language_to_all),
        EACH(replaces_a_foot_block_and_keeps_their_order),
        EACH(holds_one_clearance_for_each_key_and_road),
        EACH(gives_a_job_out_once_and_again_when_its_taker_is_gone),
        EACH(keeps_equal_jobs_that_wait_as_one),
        EACH(keeps_the_audit_log_in_order),
    };
    return cmocka_run_group_tests_name("archive_around", tests, NULL, NULL);
}
