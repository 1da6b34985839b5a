/* Every operation, with the n-th thing it asks of the world refused, until a run meets no refusal.
 *
 * Three worlds fail here: ours (sys: arenas, files we make), SQLite's memory and SQLite's files.
 * SQLite is reached as its own tests reach it: by its allocator (sqlite3_config) and by the system
 * calls of its VFS (xSetSystemCall). Neither takes a context, so the count is a static here. */
#include "archive/archive_testing.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

enum world { OUR_MEMORY, SQLITE_MEMORY, SQLITE_FILES, WORLD_COUNT };

static struct {
    int fail_at; /* the call that fails, from 1; 0 none */
    int calls;
    enum world world;
    sqlite3_mem_methods memory;
} injected;

static bool fails_now(enum world world) {
    return injected.world == world && injected.fail_at > 0 && ++injected.calls == injected.fail_at;
}

static void *failing_malloc(int size) {
    return fails_now(SQLITE_MEMORY) ? NULL : injected.memory.xMalloc(size);
}

static void *failing_realloc(void *block, int size) {
    return fails_now(SQLITE_MEMORY) ? NULL : injected.memory.xRealloc(block, size);
}

static int failing_open(const char *path, int flags, int mode) {
    if (!fails_now(SQLITE_FILES)) return open(path, flags, mode);
    errno = EIO;
    return -1;
}

static ssize_t failing_pread(int fd, void *block, size_t size, off_t at) {
    if (!fails_now(SQLITE_FILES)) return pread(fd, block, size, at);
    errno = EIO;
    return -1;
}

static ssize_t failing_pwrite(int fd, const void *block, size_t size, off_t at) {
    if (!fails_now(SQLITE_FILES)) return pwrite(fd, block, size, at);
    errno = ENOSPC;
    return -1;
}

static int failing_truncate(int fd, off_t size) {
    if (!fails_now(SQLITE_FILES)) return ftruncate(fd, size);
    errno = EIO;
    return -1;
}

static int install(void **state) {
    (void)state;
    sqlite3_mem_methods failing;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &injected.memory) != SQLITE_OK) return -1;
    failing = injected.memory;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK) return -1;
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    if (vfs == NULL || vfs->iVersion < 3) return -1;
    /* Whether a build of SQLite knows the 64 bit names depends on the machine: one of each pair
     * must be known. */
    const struct {
        const char *name;
        const char *other;
        sqlite3_syscall_ptr call;
    } calls[] = {
        {"open", "open", (sqlite3_syscall_ptr)failing_open},
        {"pread", "pread64", (sqlite3_syscall_ptr)failing_pread},
        {"pwrite", "pwrite64", (sqlite3_syscall_ptr)failing_pwrite},
        {"ftruncate", "ftruncate", (sqlite3_syscall_ptr)failing_truncate},
    };
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        int one = vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
        int other = vfs->xSetSystemCall(vfs, calls[i].other, calls[i].call);
        if (one != SQLITE_OK && other != SQLITE_OK) return -1;
    }
    return 0;
}

/* ---- What is tried -------------------------------------------------------------------------- */

static err save_new(struct archive *archive, struct arena *a) {
    struct archive_contributor who = {.name = STR("N"), .role = STR("writer")};
    struct archive_version v = english("The road");
    int64_t id = 1;
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    v.contributors = &who;
    v.contributor_count = 1;
    v.topics = &id;
    v.topic_count = 1;
    v.related = &id;
    v.related_count = 1;
    err e = archive_version_save(archive, a, STR("E"), &v, &saved);
    assert_true((e.kind == ERR_NONE) == (v.id != 0)); /* outputs untouched on failure */
    return e;
}

static err save_changed(struct archive *archive, struct arena *a) {
    struct archive_version v = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    TRY(archive_version_load(archive, a, 1, &v));
    v.slug = v.published % 2 == 0 ? STR("odd") : STR("even");
    v.published++;
    return archive_version_save(archive, a, STR("E"), &v, &saved);
}

static err set_status(struct archive *archive, struct arena *a) {
    struct archive_version v = {0};
    TRY(archive_version_load(archive, a, 1, &v));
    return archive_version_set_status(
        archive, 1, v.status == ARCHIVE_DRAFT ? ARCHIVE_PUBLISHED : ARCHIVE_DRAFT);
}

static err pass_version(void *context, struct archive_version *version) {
    (void)context;
    (void)version;
    return OK;
}

static err pass_old_path(void *context, const struct archive_old_path *old) {
    (void)context;
    (void)old;
    return OK;
}

static err pass_line(void *context, const struct archive_audit *line) {
    (void)context;
    (void)line;
    return OK;
}

static err list(struct archive *archive, struct arena *a) {
    struct archive_filter filter = {.by_date = true};
    int64_t *ids = NULL;
    str *languages = NULL;
    size_t count = 0;
    int64_t id = 0;
    TRY(archive_version_ids(archive, a, &filter, &ids, &count));
    TRY(archive_versions_each(archive, a, &filter, pass_version, NULL));
    TRY(archive_languages(archive, a, &languages, &count));
    TRY(archive_version_find(archive, a, STR("1/en"), &id));
    TRY(archive_old_path_add(archive, STR("/old/"), 1));
    return archive_old_paths_each(archive, a, pass_old_path, NULL);
}

static err around(struct archive *archive, struct arena *a) {
    struct archive_block_item item = {.label = STR("A"), .link = STR("/")};
    struct archive_block block = {
        .kind = ARCHIVE_BLOCK_LEARN, .title = STR("Learn"), .items = &item, .item_count = 1};
    struct archive_block *blocks = NULL;
    struct archive_topic *topics = NULL;
    size_t count = 0;
    int64_t id = 0;
    str value = {0};
    TRY(archive_topic_put(archive, a, STR("fire"), STR("en"), STR("Fire"), &id));
    TRY(archive_topics(archive, a, STR("en"), &topics, &count));
    TRY(archive_setting_put(archive, STR("k"), (str){0}, STR("v")));
    TRY(archive_setting_get(archive, a, STR("k"), STR("ko-KP"), &value));
    TRY(archive_block_put(archive, STR("en"), &block));
    return archive_blocks(archive, a, STR("en"), &blocks, &count);
}

static err pictures(struct archive *archive, struct arena *a) {
    struct archive_variant variant = {
        .width = 1, .height = 1, .format = STR("png"), .bytes = 1, .hash = {1}};
    struct archive_media media = {.name = STR("a"), .variants = &variant, .variant_count = 1};
    struct archive_media held = {0};
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    int64_t version = 0;
    int64_t id = 0;
    TRY(archive_media_put(archive, a, &media, &saved));
    TRY(archive_media_load(archive, a, media.id, &held));
    TRY(archive_source_put(archive, STR("s"), STR("n"), 0, media.id));
    return archive_source_get(archive, STR("s"), STR("n"), &version, &id);
}

static err logs(struct archive *archive, struct arena *a) {
    struct archive_job job = {0};
    str bytes = {0};
    int64_t id = 0;
    TRY(archive_clearance_put(archive, STR("1/en"), STR("web"), STR("bytes")));
    TRY(archive_clearance_get(archive, a, STR("1/en"), STR("web"), &bytes));
    TRY(archive_clearance_drop(archive, STR("1/en")));
    TRY(archive_job_add(archive, STR("press"), STR("all"), 1, &id));
    TRY(archive_job_retry(archive, id, 1));
    TRY(archive_job_take(archive, a, STR("press"), 1, getpid(), &job));
    TRY(archive_job_done(archive, job.id));
    TRY(archive_audit_add(archive, STR("E"), STR("press"), (str){0}, STR("web")));
    return archive_audit_each(archive, a, pass_line, NULL);
}

static err search(struct archive *archive, struct arena *a) {
    int64_t *ids = NULL;
    size_t count = 0;
    return archive_search(archive, a, STR("북한 letter"), 10, &ids, &count);
}

static err change(struct archive *archive, struct arena *a) {
    TRY(archive_begin(archive));
    err e = save_changed(archive, a);
    if (e.kind == ERR_NONE) e = archive_setting_put(archive, STR("c"), (str){0}, STR("1"));
    if (e.kind == ERR_NONE) return archive_commit(archive);
    archive_rollback(archive);
    return e;
}

/* An error in the middle is passed over: what the archive keeps must be sound all the same. */
static err careless_change(struct archive *archive, struct arena *a) {
    TRY(archive_begin(archive));
    err first = save_new(archive, a);
    err second = archive_audit_add(archive, STR("E"), STR("add"), (str){0}, (str){0});
    err e = archive_commit(archive);
    if (e.kind != ERR_NONE) return e;
    return first.kind != ERR_NONE ? first : second;
}

static err verify(struct archive *archive, struct arena *a) { return archive_verify(archive, a); }

static err (*const attempts[])(struct archive *, struct arena *) = {
    save_new, save_changed, set_status,      list,  around, pictures, logs,
    search,   change,       careless_change, verify};

/* ---- The loops ------------------------------------------------------------------------------ */

static void arm(struct fault *ours, enum world world, int fail_at) {
    ours->calls = 0;
    ours->fail_at = world == OUR_MEMORY ? fail_at : 0;
    injected.world = world;
    injected.calls = 0;
    injected.fail_at = fail_at;
}

/* Ends the injection; true when the refusal was met. */
static bool disarm(struct fault *ours) {
    bool met =
        ours->fail_at > 0 ? ours->calls >= ours->fail_at : injected.calls >= injected.fail_at;
    ours->fail_at = 0;
    injected.fail_at = 0;
    return met;
}

static void assert_a_fault(err e, enum world world) {
    bool is_named = e.kind == ERR_NONE || e.kind == ERR_IO || e.kind == ERR_NO_MEMORY;
    if (!is_named) fail_msg("%s: %s (%s:%d)", err_kind_name(e.kind), e.message, e.file, e.line);
    if (world == SQLITE_FILES) assert_int_not_equal(e.kind, ERR_NO_MEMORY);
}

/* A statement prepared, an index walked: thousands of allocations, much alike. After the first
 * hundred calls they are refused ever more sparsely, so that the loop ends within seconds. */
static int next_fault(int n) { return n > 100 ? n + n / 16 : n + 1; }

static void try_all(void **state, enum world world) {
    struct house *h = *state;
    /* Not on the stack: when an assertion jumps out, the archive is closed after us. */
    struct fault *ours = arena_alloc(&h->a, sizeof *ours);
    struct sys *sys = arena_alloc(&h->a, sizeof *sys);
    int64_t topic = 0;
    assert_true(ours != NULL && sys != NULL);
    *sys = fault_sys(ours, 0);
    assert_ok(archive_open(sys, h->path, writing, &h->archive));
    assert_ok(archive_topic_put(h->archive, &h->a, (str){0}, STR("en"), STR("Water"), &topic));
    struct archive_version v = english("First");
    save(h, &v, ARCHIVE_ADDED);
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        bool met = true;
        int runs = 0;
        for (int n = 1; met && n < FAULT_RUNS_MAX; n = next_fault(n)) {
            struct arena a;
            arena_init(&a, sys, (size_t)1 << 28);
            arm(ours, world, n);
            err e = attempts[i](h->archive, &a);
            met = disarm(ours);
            arena_done(&a);
            assert_a_fault(e, world);
            if (!met) assert_ok(e);
            assert_ok(archive_begin(h->archive)); /* nothing was left open */
            archive_rollback(h->archive);
            if (runs++ % 16 == 0) assert_ok(archive_verify(h->archive, &h->a));
        }
        assert_false(met);
        assert_ok(archive_verify(h->archive, &h->a));
        if (world != SQLITE_FILES) assert_true(runs > 1); /* reading may need no file */
    }
    archive_close(&h->archive);
    assert_int_equal(ours->live, 0);
}

static void survives_the_end_of_our_memory(void **state) { try_all(state, OUR_MEMORY); }
static void survives_the_end_of_sqlites_memory(void **state) { try_all(state, SQLITE_MEMORY); }
static void survives_a_full_or_failing_disk(void **state) { try_all(state, SQLITE_FILES); }

static void opens_or_fails_cleanly(void **state) {
    struct house *h = *state;
    for (enum world world = 0; world < WORLD_COUNT; world++) {
        for (int is_new = 0; is_new < 2; is_new++) {
            bool met = true;
            for (int n = 1; met && n < FAULT_RUNS_MAX; n = next_fault(n)) {
                struct fault ours;
                struct sys sys = fault_sys(&ours, 0);
                if (is_new) house_empty(h);
                arm(&ours, world, n);
                err e = archive_open(&sys, h->path, writing, &h->archive);
                met = disarm(&ours);
                assert_a_fault(e, world);
                assert_true((e.kind == ERR_NONE) == (h->archive != NULL));
                archive_close(&h->archive);
                assert_int_equal(ours.live, 0);
                assert_ok(archive_open(&sys, h->path, writing, &h->archive));
                archive_close(&h->archive);
            }
            assert_false(met);
        }
    }
}

static int folder_only(void **state) {
    struct house *h = calloc(1, sizeof *h);
    house_folder(h);
    *state = h;
    return 0;
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, folder_only, house_close)
    const struct CMUnitTest tests[] = {
        EACH(survives_the_end_of_our_memory),
        EACH(survives_the_end_of_sqlites_memory),
        EACH(survives_a_full_or_failing_disk),
        EACH(opens_or_fails_cleanly),
    };
    return cmocka_run_group_tests_name("archive_fault", tests, install, NULL);
}
