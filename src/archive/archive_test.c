/* Opening, changing, verifying, and what a kill -9 leaves. */
#include "archive/archive_impl.h"
#include "archive/archive_testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int folder_only(void **state) {
    struct house *h = calloc(1, sizeof *h);
    house_folder(h);
    *state = h;
    return 0;
}

/* Runs SQL on the file behind the archive's back, as a stranger could. */
static void tamper(const struct house *h, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(h->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void put_file(const struct house *h, str bytes) {
    FILE *file = fopen(h->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    fclose(file);
}

static void makes_a_file_for_its_owner_alone_and_opens_it_again(void **state) {
    struct house *h = *state;
    struct stat status;
    str value = {0};
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    assert_ok(archive_setting_put(h->archive, STR("site.name"), (str){0}, STR("Paper")));
    assert_int_equal(stat(h->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    archive_close(&h->archive);
    assert_null(h->archive);
    archive_close(&h->archive);
    assert_ok(archive_open(&h->sys, h->path, (struct archive_options){0}, &h->archive));
    assert_ok(archive_setting_get(h->archive, &h->a, STR("site.name"), (str){0}, &value));
    assert_str(value, "Paper");
}

static void says_when_there_is_nothing_to_open(void **state) {
    struct house *h = *state;
    struct archive_options reading = {.read_only = true};
    char nowhere[128];
    snprintf(nowhere, sizeof nowhere, "%s/none/archive.db", h->folder);
    assert_fails(archive_open(&h->sys, h->path, (struct archive_options){0}, &h->archive),
                 ERR_NOT_FOUND);
    assert_fails(archive_open(&h->sys, h->path, reading, &h->archive), ERR_NOT_FOUND);
    assert_fails(archive_open(&h->sys, nowhere, writing, &h->archive), ERR_NOT_FOUND);
    assert_int_equal(access(h->path, F_OK), -1); /* and makes nothing by looking */
    put_file(h, STR(""));
    assert_fails(archive_open(&h->sys, h->path, (struct archive_options){0}, &h->archive),
                 ERR_INVALID);
    assert_null(h->archive);
}

static void refuses_a_foreign_file_and_leaves_it_as_it_was(void **state) {
    struct house *h = *state;
    char noise[8192];
    str before = {0};
    str after = {0};
    memset(noise, 'x', sizeof noise);
    const str foreign[] = {STR("short"), {noise, sizeof noise}, STR("SQLite format 3")};
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        put_file(h, foreign[i]);
        assert_fails(archive_open(&h->sys, h->path, writing, &h->archive), ERR_INVALID);
        assert_ok(file_read(&h->a, AT_FDCWD, str_of(h->path), 1 << 20, &after));
        assert_true(str_eq(after, foreign[i]));
    }
    const char *databases[] = {"CREATE TABLE t (x)", "DROP TABLE t; PRAGMA application_id = 1",
                               "PRAGMA application_id = 0; PRAGMA user_version = 1"};
    house_empty(h);
    for (size_t i = 0; i < COUNT_OF(databases); i++) {
        tamper(h, databases[i]);
        assert_ok(file_read(&h->a, AT_FDCWD, str_of(h->path), 1 << 20, &before));
        assert_fails(archive_open(&h->sys, h->path, writing, &h->archive), ERR_INVALID);
        assert_ok(file_read(&h->a, AT_FDCWD, str_of(h->path), 1 << 20, &after));
        assert_true(str_eq(before, after));
    }
}

static void brings_an_older_archive_up_to_date(void **state) {
    struct house *h = *state;
    const char *first = NULL;
    assert_ok(statement_file("migrate_0001.sql", &first));
    house_empty(h);
    tamper(h, first);
    tamper(h, "INSERT INTO media VALUES (7, zeroblob(32), 'a.jpg', '', '', '', 0);"
              "INSERT INTO variant VALUES (7, 0, 480, 320, 'jpeg', zeroblob(32), 9)");
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    struct archive_media media = {0};
    assert_ok(archive_media_load(h->archive, &h->a, 7, &media));
    assert_int_equal(media.variant_count, 1);
    assert_int_equal(media.variants[0].width, 480);
    assert_true(str_eq(media.variants[0].format, STR("jpeg")));
    assert_ok(archive_verify(h->archive, &h->a));
}

static void refuses_an_archive_of_a_newer_program(void **state) {
    struct house *h = *state;
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    archive_close(&h->archive);
    tamper(h, "PRAGMA user_version = 6");
    err e = archive_open(&h->sys, h->path, writing, &h->archive);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_non_null(strstr(e.message, "newer"));
}

static void stops_at_the_start_when_a_statement_does_not_fit(void **state) {
    struct house *h = *state;
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    archive_close(&h->archive);
    tamper(h, "ALTER TABLE setting RENAME COLUMN value TO worth");
    err e = archive_open(&h->sys, h->path, writing, &h->archive);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_non_null(strstr(e.message, "setting_"));
}

static void lets_a_reader_run_beside_the_writer(void **state) {
    struct house *h = *state;
    struct archive *reader = NULL;
    str value = {0};
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    assert_ok(archive_open(&h->sys, h->path, (struct archive_options){.read_only = true}, &reader));
    assert_ok(archive_begin(h->archive));
    assert_ok(archive_setting_put(h->archive, STR("k"), (str){0}, STR("v")));
    assert_fails(archive_setting_get(reader, &h->a, STR("k"), (str){0}, &value), ERR_NOT_FOUND);
    assert_ok(archive_commit(h->archive));
    assert_ok(archive_setting_get(reader, &h->a, STR("k"), (str){0}, &value));
    assert_fails(archive_setting_put(reader, STR("k"), (str){0}, STR("w")), ERR_IO);
    assert_ok(archive_verify(reader, &h->a));
    archive_close(&reader);
}

static void keeps_a_change_whole_or_not_at_all(void **state) {
    struct house *h = *state;
    str value = {0};
    struct archive_version v = english("A");
    struct archive_version bad = english("B");
    int64_t nothing = 77;
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    bad.topics = &nothing;
    bad.topic_count = 1;
    assert_ok(archive_begin(h->archive));
    assert_ok(archive_setting_put(h->archive, STR("k"), (str){0}, STR("v")));
    archive_rollback(h->archive);
    archive_rollback(h->archive);
    assert_fails(archive_setting_get(h->archive, &h->a, STR("k"), (str){0}, &value), ERR_NOT_FOUND);

    assert_ok(archive_begin(h->archive)); /* a part that fails is undone alone */
    save(h, &v, ARCHIVE_ADDED);
    assert_fails(archive_version_save(h->archive, &h->a, STR("E"), &bad, &saved), ERR_INVALID);
    assert_ok(archive_setting_put(h->archive, STR("k"), (str){0}, STR("v")));
    assert_ok(archive_commit(h->archive));
    int64_t *ids = NULL;
    size_t count = 0;
    assert_ok(archive_version_ids(h->archive, &h->a, &(struct archive_filter){0}, &ids, &count));
    assert_int_equal(count, 1);
    assert_ok(archive_setting_get(h->archive, &h->a, STR("k"), (str){0}, &value));

    assert_ok(archive_begin(h->archive)); /* what is open at the end is undone */
    assert_ok(archive_setting_put(h->archive, STR("k"), (str){0}, STR("lost")));
    archive_close(&h->archive);
    assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
    assert_ok(archive_setting_get(h->archive, &h->a, STR("k"), (str){0}, &value));
    assert_str(value, "v");
}

static void finds_every_kind_of_damage(void **state) {
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"UPDATE version SET title = 'forged'", "without a revision"},
        {"DROP TRIGGER audit_stays; UPDATE audit SET detail = 'forged' WHERE id = 2", "line 2"},
        {"DROP TRIGGER audit_keeps; DELETE FROM audit WHERE id = 2", "line 3"},
        {"UPDATE revision SET state = x'00'", "hash"},
        {"DELETE FROM revision", "no revision"},
        {"INSERT INTO old_path VALUES ('/x', 99)", "old_path"},
        {"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'version_by_date'",
         "damaged"},
    };
    struct house *h = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct archive_version v = english("A");
        house_empty(h);
        assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
        save(h, &v, ARCHIVE_ADDED);
        for (int line = 0; line < 3; line++) {
            assert_ok(archive_audit_add(h->archive, STR("A. Person"), STR("press"), (str){0},
                                        STR("web")));
        }
        assert_ok(archive_verify(h->archive, &h->a));
        archive_close(&h->archive);
        tamper(h, cases[i].sql);
        assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
        err e = archive_verify(h->archive, &h->a);
        if (e.kind != ERR_INVALID || strstr(e.message, cases[i].words) == NULL) {
            fail_msg("case %zu: %s", i, e.kind == ERR_NONE ? "nothing found" : e.message);
        }
        archive_close(&h->archive);
    }
}

/* ---- kill -9 -------------------------------------------------------------------------------- */

/* One call of a change that adds two versions and an audit line. */
static err write_step(struct archive *archive, struct arena *a, int step) {
    struct archive_version v = english("One");
    enum archive_saved saved = ARCHIVE_UNCHANGED;
    if (step == 0) return archive_begin(archive);
    if (step == 4) return archive_commit(archive);
    if (step == 3) return archive_audit_add(archive, STR("E"), STR("add"), (str){0}, (str){0});
    return archive_version_save(archive, a, STR("E"), &v, &saved);
}

/* Writes for as long as it lives and tells of each call before making it, so that the one who kills
 * it can choose the moment. */
static void write_until_killed(const struct house *h, int report) {
    struct arena a;
    struct archive *archive = NULL;
    arena_init(&a, &h->sys, (size_t)1 << 30);
    bool goes_on = archive_open(&h->sys, h->path, writing, &archive).kind == ERR_NONE;
    for (int i = 0; goes_on && i < 500000; i++) {
        goes_on = write(report, ".", 1) == 1 && write_step(archive, &a, i % 5).kind == ERR_NONE;
    }
    _exit(1); /* only the kill may end it */
}

static err count_line(void *context, const struct archive_audit *line) {
    (void)line;
    ++*(size_t *)context;
    return OK;
}

static void comes_up_whole_after_kill_9_at_any_moment(void **state) {
    struct house *h = *state;
    unsigned seed = 20261123;
    size_t most = 0;
    for (int round = 0; round < 40; round++) {
        int ends[2];
        char byte = 0;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) write_until_killed(h, ends[1]);
        close(ends[1]);
        seed = seed * 1103515245 + 12345;
        for (unsigned left = 1 + (seed >> 16) % 60; left > 0; left--) {
            assert_int_equal(read(ends[0], &byte, 1), 1);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        close(ends[0]);

        int64_t *ids = NULL;
        size_t count = 0;
        size_t lines = 0;
        assert_ok(archive_open(&h->sys, h->path, writing, &h->archive));
        assert_ok(archive_verify(h->archive, &h->a));
        assert_ok(
            archive_version_ids(h->archive, &h->a, &(struct archive_filter){0}, &ids, &count));
        assert_ok(archive_audit_each(h->archive, &h->a, count_line, &lines));
        assert_int_equal(count, 2 * lines); /* never half a change */
        assert_true(count >= most);         /* nothing that was kept is lost */
        most = count;
        archive_close(&h->archive);
    }
    assert_true(most > 0);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, folder_only, house_close)
    const struct CMUnitTest tests[] = {
        EACH(makes_a_file_for_its_owner_alone_and_opens_it_again),
        EACH(says_when_there_is_nothing_to_open),
        EACH(refuses_a_foreign_file_and_leaves_it_as_it_was),
        EACH(brings_an_older_archive_up_to_date),
        EACH(refuses_an_archive_of_a_newer_program),
        EACH(stops_at_the_start_when_a_statement_does_not_fit),
        EACH(lets_a_reader_run_beside_the_writer),
        cmocka_unit_test_setup_teardown(keeps_a_change_whole_or_not_at_all, house_open,
                                        house_close),
        EACH(finds_every_kind_of_damage),
        EACH(comes_up_whole_after_kill_9_at_any_moment),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
