/* A few thousand operations chosen by chance (a fixed seed), done to the archive and to a simple
 * model in memory; now and then the two are compared whole. */
#include "archive/archive_testing.h"

enum { VERSIONS_MAX = 300, OLD_MAX = 2000, OPERATIONS = 4000, SLUG_BYTES = 32, PATH_BYTES = 64 };

struct model_version {
    int64_t group;
    int language;
    enum archive_status status;
    int64_t published;
    char slug[SLUG_BYTES];
};

struct model_old {
    char path[PATH_BYTES];
    int64_t version;
};

/* Version i has the id i + 1. */
struct model {
    struct model_version versions[VERSIONS_MAX];
    size_t count;
    int64_t groups;
    struct model_old old[OLD_MAX];
    size_t old_count;
    int64_t setting;
};

struct run {
    struct house *h;
    struct model now;
    struct model before; /* at the begin of the open change */
    bool in_change;
    uint32_t seed;
};

static const char *const languages[] = {"en", "ko", "ko-KP"};
static const char *const titles[] = {"road", "길", "kettle", "편지", "blog"};

static unsigned chance(struct run *r, unsigned below) {
    r->seed = r->seed * 1664525 + 1013904223;
    return (r->seed >> 8) % below;
}

static void path_of(const struct model_version *v, char path[PATH_BYTES]) {
    snprintf(path, PATH_BYTES, "/%s/blog/%s/", languages[v->language], v->slug);
}

/* The first of "road", "road-2", "road-3" ... that no other version of the language has. */
static void choose_slug(const struct model *m, size_t self, int language, const char *title,
                        char slug[SLUG_BYTES]) {
    for (int number = 1;; number++) {
        bool is_free = number > 1 || strcmp(title, "blog") != 0;
        if (number == 1)
            snprintf(slug, SLUG_BYTES, "%s", title);
        else
            snprintf(slug, SLUG_BYTES, "%s-%d", title, number);
        for (size_t i = 0; i < m->count && is_free; i++) {
            is_free = i == self || m->versions[i].language != language ||
                      strcmp(m->versions[i].slug, slug) != 0;
        }
        if (is_free) return;
    }
}

static void remember_old(struct model *m, const char *path, int64_t version) {
    size_t i = 0;
    while (i < m->old_count && strcmp(m->old[i].path, path) != 0) i++;
    if (i == m->old_count) m->old_count++;
    assert_true(i < OLD_MAX);
    snprintf(m->old[i].path, PATH_BYTES, "%s", path);
    m->old[i].version = version;
}

/* ---- Operations ----------------------------------------------------------------------------- */

static void add(struct run *r) {
    struct model *m = &r->now;
    if (m->count == VERSIONS_MAX) return;
    int language = (int)chance(r, COUNT_OF(languages));
    const char *title = titles[chance(r, COUNT_OF(titles))];
    int64_t group = m->groups > 0 && chance(r, 2) == 0 ? 1 + chance(r, (unsigned)m->groups) : 0;
    bool exists = false;
    for (size_t i = 0; i < m->count && group != 0; i++) {
        exists = exists || (m->versions[i].group == group && m->versions[i].language == language);
    }
    struct archive_version v = {.group = group,
                                .language = str_of(languages[language]),
                                .title = str_of(title),
                                .published = chance(r, 50)};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    err e = archive_version_save(r->h->archive, &r->h->a, STR("E"), &v, &saved);
    assert_int_equal(e.kind, exists ? ERR_EXISTS : ERR_NONE);
    if (exists) return;
    struct model_version *own = &m->versions[m->count];
    *own = (struct model_version){
        .group = group == 0 ? ++m->groups : group, .language = language, .published = v.published};
    choose_slug(m, m->count, language, title, own->slug);
    m->count++;
    assert_int_equal(v.id, m->count);
    assert_int_equal(v.group, own->group);
}

static void change_slug(struct run *r) {
    struct model *m = &r->now;
    if (m->count == 0) return;
    size_t i = chance(r, (unsigned)m->count);
    struct model_version *own = &m->versions[i];
    struct archive_version v = {0};
    enum archive_saved saved = ARCHIVE_ADDED;
    const char *title = titles[chance(r, COUNT_OF(titles))];
    assert_ok(archive_version_load(r->h->archive, &r->h->a, (int64_t)i + 1, &v));
    v.slug = str_of(title);
    err e = archive_version_save(r->h->archive, &r->h->a, STR("E"), &v, &saved);
    assert_int_equal(e.kind, own->status == ARCHIVE_WITHDRAWN ? ERR_DENIED : ERR_NONE);
    if (e.kind != ERR_NONE) return;
    struct model_version changed = *own;
    choose_slug(m, i, own->language, title, changed.slug);
    bool is_same = strcmp(changed.slug, own->slug) == 0;
    assert_int_equal(saved, is_same ? ARCHIVE_UNCHANGED : ARCHIVE_CHANGED);
    if (is_same) return;
    char path[PATH_BYTES];
    path_of(own, path);
    remember_old(m, path, (int64_t)i + 1);
    *own = changed;
}

static void change_status(struct run *r) {
    struct model *m = &r->now;
    if (m->count == 0) return;
    size_t i = chance(r, (unsigned)m->count);
    /* Withdrawing is for ever: seldom, or soon nothing else would be left. */
    enum archive_status status = (enum archive_status)chance(r, 4);
    if (chance(r, 20) == 0) status = ARCHIVE_WITHDRAWN;
    bool is_denied = m->versions[i].status == ARCHIVE_WITHDRAWN && status != ARCHIVE_WITHDRAWN;
    err e = archive_version_set_status(r->h->archive, (int64_t)i + 1, status);
    assert_int_equal(e.kind, is_denied ? ERR_DENIED : ERR_NONE);
    if (!is_denied) m->versions[i].status = status;
}

static void set_setting(struct run *r) {
    char value[16];
    r->now.setting = chance(r, 1000);
    snprintf(value, sizeof value, "%d", (int)r->now.setting);
    assert_ok(archive_setting_put(r->h->archive, STR("k"), (str){0}, str_of(value)));
}

static void begin_or_end(struct run *r) {
    if (!r->in_change) {
        assert_ok(archive_begin(r->h->archive));
        r->before = r->now;
    } else if (chance(r, 3) == 0) {
        archive_rollback(r->h->archive);
        r->now = r->before;
    } else {
        assert_ok(archive_commit(r->h->archive));
    }
    r->in_change = !r->in_change;
}

static void open_again(struct run *r) {
    archive_close(&r->h->archive);
    if (r->in_change) r->now = r->before;
    r->in_change = false;
    assert_ok(archive_open(&r->h->sys, r->h->path, writing, &r->h->archive));
}

/* ---- Comparing ------------------------------------------------------------------------------ */

static void compare_versions(struct run *r) {
    struct archive *archive = r->h->archive;
    struct arena *a = &r->h->a;
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_version_ids(archive, a, &(struct archive_filter){0}, &ids, &count));
    assert_int_equal(count, r->now.count);
    for (size_t i = 0; i < count; i++) {
        const struct model_version *own = &r->now.versions[i];
        struct archive_version v = {0};
        int64_t id = 0;
        str name = {0};
        assert_ok(archive_version_load(archive, a, ids[i], &v));
        assert_int_equal(v.id, i + 1);
        assert_int_equal(v.group, own->group);
        assert_int_equal(v.status, own->status);
        assert_int_equal(v.published, own->published);
        assert_true(str_eq(v.language, str_of(languages[own->language])));
        if (!str_eq(v.slug, str_of(own->slug))) {
            fail_msg(STR_FMT " instead of %s", STR_ARG(v.slug), own->slug);
        }
        assert_ok(arena_printf(a, &name, "%s/%s", languages[own->language], own->slug));
        assert_ok(archive_version_find(archive, a, name, &id));
        assert_int_equal(id, v.id);
    }
}

static void compare_list(struct run *r) {
    struct archive_filter filter = {
        .language = STR("ko"), .only_statuses = {[ARCHIVE_PUBLISHED] = true}, .by_date = true};
    int64_t *ids = NULL;
    size_t count = 0;
    size_t expected = 0;
    assert_ok(archive_version_ids(r->h->archive, &r->h->a, &filter, &ids, &count));
    for (size_t i = 0; i < r->now.count; i++) {
        const struct model_version *v = &r->now.versions[i];
        expected += v->language == 1 && v->status == ARCHIVE_PUBLISHED ? 1 : 0;
    }
    assert_int_equal(count, expected);
    for (size_t i = 1; i < count; i++) {
        int64_t newer = r->now.versions[ids[i - 1] - 1].published;
        int64_t older = r->now.versions[ids[i] - 1].published;
        assert_true(newer > older || (newer == older && ids[i - 1] > ids[i]));
    }
}

static bool is_live(const struct model *m, const char *path) {
    for (size_t i = 0; i < m->count; i++) {
        const struct model_version *v = &m->versions[i];
        char own[PATH_BYTES];
        path_of(v, own);
        bool is_public = v->status == ARCHIVE_PUBLISHED || v->status == ARCHIVE_WITHDRAWN;
        if (is_public && strcmp(own, path) == 0) return true;
    }
    return false;
}

struct seen {
    const struct model *model;
    size_t count;
};

static err check_old(void *context, const struct archive_old_path *old) {
    struct seen *seen = context;
    for (size_t i = 0; i < seen->model->old_count; i++) {
        const struct model_old *own = &seen->model->old[i];
        if (!str_eq(old->path, str_of(own->path))) continue;
        assert_int_equal(old->version, own->version);
        assert_false(is_live(seen->model, own->path));
        seen->count++;
        return OK;
    }
    FAIL(ERR_INVALID, "an old path nobody left");
}

static void compare(struct run *r) {
    struct seen seen = {.model = &r->now};
    size_t expected = 0;
    struct arena_mark mark = arena_mark(&r->h->a);
    str value = {0};
    char setting[16];
    compare_versions(r);
    compare_list(r);
    assert_ok(archive_old_paths_each(r->h->archive, &r->h->a, check_old, &seen));
    for (size_t i = 0; i < r->now.old_count; i++) {
        expected += is_live(&r->now, r->now.old[i].path) ? 0 : 1;
    }
    assert_int_equal(seen.count, expected);
    snprintf(setting, sizeof setting, "%d", (int)r->now.setting);
    assert_ok(archive_setting_get(r->h->archive, &r->h->a, STR("k"), (str){0}, &value));
    assert_true(str_eq(value, str_of(setting)));
    arena_reset(&r->h->a, mark);
}

static void does_what_a_simple_model_does(void **state) {
    struct house *h = *state;
    struct run *r = arena_alloc(&h->a, sizeof *r);
    assert_non_null(r);
    r->h = h;
    r->seed = 20261123;
    set_setting(r);
    for (int i = 0; i < OPERATIONS; i++) {
        struct arena_mark mark = arena_mark(&h->a);
        unsigned kind = chance(r, 100);
        if (kind < 15)
            add(r);
        else if (kind < 45)
            change_slug(r);
        else if (kind < 75)
            change_status(r);
        else if (kind < 80)
            set_setting(r);
        else if (kind < 99)
            begin_or_end(r);
        else
            open_again(r);
        arena_reset(&h->a, mark);
        if (i % 100 == 0) compare(r);
    }
    if (r->in_change) begin_or_end(r);
    compare(r);
    assert_true(r->now.count > 100 && r->now.old_count > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(does_what_a_simple_model_does, house_open, house_close),
    };
    return cmocka_run_group_tests_name("archive_model", tests, NULL, NULL);
}
