/* ledger_erase_test.c: who was erased can be read by nobody any more, and what must remain does. */
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "gate/gate_testing.h"
#include "gate/ledger_impl.h"
#include "gate/watch.h"

static err erase(struct bench *bench, str person, str reason) {
    const struct gate_erase wish = {.person = person, .by = STR("Officer"), .reason = reason};
    struct gate_erased erased;
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_erase_person(bench->ledger, &bench->arena, &wish, &erased));
}

static str id_of(struct bench *bench, str name) {
    str id;
    good(arena_copy(&bench->arena, ledger_person(bench->ledger, name)->about.id, &id));
    return id;
}

static str file_bytes(struct bench *bench) {
    str bytes;
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 16 << 20, &bytes));
    return bytes;
}

/* Two linked people, a consent, a risk, a story and a picture of the first. */
static void tell_a_story(struct bench *bench) {
    add_person(bench, STR("Kettle"), STR("detained"), STR(""));
    add_person(bench, STR("Lantern"), STR("free"), STR("Kettle"));
    add_person(bench, STR("Spoon"), STR("free"), STR(""));
    add_consent(bench, STR("Kettle"), STR("12/en"), GATE_ALIAS);
    add_consent(bench, STR("Spoon"), STR("13/en"), GATE_ALIAS);
    good(try_risk(bench, STR("Kettle"), 0));
    state_one(bench, STR("12/en"), NULL, STR("Kettle"), 0);
    state_one(bench, STR("m7"), NULL, STR("Kettle"), 0);
    state_one(bench, STR("13/en"), NULL, STR("Spoon"), 0);
    good(try_withdrawal(bench, STR("14/en"), STR("Kettle")));
}

static void what_is_left_is_an_id_and_what_must_not_be_published(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    str id = id_of(bench, STR("Kettle"));
    good(erase(bench, STR("Kettle"), STR("asked for it")));
    for (int opened = 0; opened < 2; opened++) { /* in memory, and as the disk has it */
        const struct ledger_person *person = ledger_person(bench->ledger, id);
        assert_non_null(person);
        assert_int_equal(person->erased, BENCH_NOW);
        assert_true(str_eq(person->about.status, STR("erased")));
        assert_true(str_eq(person->about.by, STR("Officer")));
        assert_int_equal(person->about.pseudonym.len + person->names.len, 0);
        assert_null(person->consents);
        assert_null(person->risk);
        assert_null(ledger_person(bench->ledger, STR("Kettle")));
        assert_true(ledger_is_withdrawn(bench->ledger, STR("12/en")));
        assert_true(ledger_is_withdrawn(bench->ledger, STR("m7")));
        assert_true(ledger_is_withdrawn(bench->ledger, STR("14/en")));
        assert_false(ledger_is_withdrawn(bench->ledger, STR("13/en")));
        assert_true(ledger_person(bench->ledger, STR("Lantern"))->is_at_risk);
        assert_false(ledger_person(bench->ledger, STR("Spoon"))->is_at_risk);
        assert_non_null(ledger_person(bench->ledger, STR("Spoon"))->consents);
        bench_reopen(bench);
    }
    add_person(bench, STR("Kettle"), STR("free"), STR("")); /* the name is free again */
}

static void nothing_is_entered_of_somebody_erased(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    str id = id_of(bench, STR("Kettle"));
    good(erase(bench, STR("Kettle"), STR("asked for it")));
    struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), 0};
    struct gate_consent consent = {.person = id, .scopes = &scope, .scope_count = 1};
    struct gate_appearance one = {.person = id, .part = GATE_SUBJECT};
    struct gate_statement statement = {.key = STR("15/en"), .people = &one, .count = 1};
    struct gate_name link = {id};
    struct gate_person person = {
        .pseudonym = STR("Bowl"), .by = STR("Officer"), .links = &link, .link_count = 1};
    assert_int_equal(try_consent(bench, &consent).kind, ERR_DENIED);
    assert_int_equal(try_risk(bench, id, 0).kind, ERR_DENIED);
    assert_int_equal(try_withdrawal(bench, STR(""), id).kind, ERR_DENIED);
    assert_int_equal(try_statement(bench, &statement).kind, ERR_DENIED);
    assert_int_equal(try_person(bench, &person).kind, ERR_DENIED);
}

static void an_erasure_needs_a_reason_that_names_nobody(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    assert_int_equal(erase(bench, STR("Nobody"), STR("asked")).kind, ERR_NOT_FOUND);
    assert_int_equal(erase(bench, STR("Kettle"), STR(" ")).kind, ERR_INVALID);
    assert_int_equal(erase(bench, STR("Kettle"), STR("Kettle asked for it")).kind, ERR_INVALID);
    assert_int_equal(erase(bench, STR("Kettle"), STR("A. Real Name asked for it")).kind,
                     ERR_INVALID);
    assert_non_null(ledger_person(bench->ledger, STR("Kettle"))->consents);
}

static err see(void *context, const struct watch_hit *hit) {
    (void)hit;
    ++*(int *)context;
    return OK;
}

static void the_watch_list_forgets_the_name(void **state) {
    struct bench *bench = *state;
    struct watch_text text = {.text = STR("it was A. Real Name who came")};
    int hits = 0;
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    good(watch_read(bench->ledger, &bench->arena, &text, see, &hits));
    assert_int_equal(hits, 1);
    good(erase(bench, STR("Kettle"), STR("asked for it")));
    good(watch_read(bench->ledger, &bench->arena, &text, see, &hits));
    assert_int_equal(hits, 1);
}

/* ---- The key --------------------------------------------------------------------------------- */

static str box_of_key(struct bench *bench, str id) {
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    str box;
    assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT box FROM person_key WHERE person = ?1", -1, &row, NULL);
    sqlite3_bind_text(row, 1, id.ptr, (int)id.len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    good(arena_copy(&bench->arena,
                    (str){sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0)},
                    &box));
    sqlite3_finalize(row);
    sqlite3_close(db);
    return box;
}

static bool is_all_zero(str bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != 0) return false;
    }
    return true;
}

/* No part of the box with the key is in the file or in what was its journal. Many people, so that
 * pages of the database were split and hold old cells. */
static void no_byte_of_the_key_is_left(void **state) {
    struct bench *bench = *state;
    for (int i = 0; i < 300; i++) {
        str name;
        good(arena_printf(&bench->arena, &name, "Person %d", i));
        add_person(bench, name, STR("free"), STR(""));
    }
    str id = id_of(bench, STR("Person 150"));
    str box = box_of_key(bench, id);
    assert_true(str_contains(file_bytes(bench), box));
    unsigned char key[VAULT_KEY_BYTES];
    good(ledger_person_key_get(bench->ledger, id, key));
    const struct gate_erase wish = {
        .person = id, .by = STR("Officer"), .reason = STR("asked for it")};
    struct gate_erased erased;
    good(ledger_begin(bench->ledger));
    good(ledger_erase_person(bench->ledger, &bench->arena, &wish, &erased));
    int journal = open("ledger.db-journal", O_RDONLY | O_CLOEXEC);
    assert_true(journal >= 0);
    good(ledger_commit(bench->ledger));
    char room[4096];
    ssize_t got = 0;
    int64_t size = 0;
    while ((got = read(journal, room, sizeof room)) > 0) {
        assert_true(is_all_zero((str){room, (size_t)got}));
        size += got;
    }
    assert_true(size >= 4096); /* it had held the page with the box */
    fd_close(&journal);
    str bytes = file_bytes(bench);
    for (size_t at = 0; at + 8 <= box.len; at++) {
        assert_false(str_contains(bytes, str_slice(box, at, at + 8)));
    }
    assert_false(str_contains(bytes, (str){(const char *)key, sizeof key}));
    assert_int_equal(faccessat(bench->folder, "ledger.db-journal", F_OK, 0), -1);
    assert_int_equal(ledger_person_key_get(bench->ledger, id, key).kind, ERR_NOT_FOUND);
    bench_reopen(bench);
    assert_int_equal(ledger_person_key_get(bench->ledger, id, key).kind, ERR_NOT_FOUND);
    assert_non_null(ledger_person(bench->ledger, STR("Person 151")));
}

static void raw(const char *sql) {
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s", message);
    sqlite3_close(db);
}

/* Who has the disk and no key can take a person's key away, and is found out. */
static void a_key_that_nobody_destroyed_is_missed(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    ledger_close(&bench->ledger);
    raw("DELETE FROM person_key WHERE person = (SELECT min(person) FROM person_key)");
    err e = ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_non_null(strstr(e.message, "nobody erased this person"));
}

static void keys_cannot_be_exchanged(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    ledger_close(&bench->ledger);
    raw("UPDATE person_key SET box = (SELECT box FROM person_key ORDER BY person DESC LIMIT 1)"
        " WHERE person = (SELECT min(person) FROM person_key)");
    err e = ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger);
    assert_int_equal(e.kind, ERR_DENIED);
}

/* The key may come back from a copy of the disk: the erasure stands. */
static void a_key_that_comes_back_brings_nobody_back(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    str id = id_of(bench, STR("Kettle"));
    raw("ATTACH 'other.db' AS other; CREATE TABLE other.kept AS SELECT * FROM person_key");
    good(erase(bench, STR("Kettle"), STR("asked for it")));
    ledger_close(&bench->ledger);
    raw("ATTACH 'other.db' AS other; INSERT OR IGNORE INTO person_key SELECT * FROM other.kept");
    unlinkat(bench->folder, "other.db", 0);
    good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger));
    assert_null(ledger_person(bench->ledger, STR("Kettle")));
    assert_int_not_equal(ledger_person(bench->ledger, id)->erased, 0);
    assert_int_equal(ledger_person(bench->ledger, id)->names.len, 0);
}

static void every_failed_call_of_erasing_erases_or_does_not(void **state) {
    struct bench *bench = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        const struct gate_erase wish = {
            .person = STR("Kettle"), .by = STR("Officer"), .reason = STR("asked for it")};
        struct gate_erased erased;
        struct arena_mark mark = arena_mark(&bench->arena);
        if (ledger_person(bench->ledger, STR("Kettle")) == NULL)
            add_person(bench, STR("Kettle"), STR("free"), STR(""));
        str id = id_of(bench, STR("Kettle"));
        good(ledger_begin(bench->ledger));
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = ledger_erase_person(bench->ledger, &bench->arena, &wish, &erased);
        if (e.kind == ERR_NONE) e = ledger_commit(bench->ledger);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        if (e.kind != ERR_NONE) good(ledger_rollback(bench->ledger));
        bool is_erased = ledger_person(bench->ledger, id)->erased != 0;
        assert_true(is_erased || e.kind != ERR_NONE);
        bench_reopen(bench);
        assert_int_equal(ledger_person(bench->ledger, id)->erased != 0, is_erased);
        arena_reset(&bench->arena, mark);
        if (!met) {
            assert_true(is_erased);
            return;
        }
    }
    fail_msg("no run was clean");
}

#define ERASE_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ERASE_TEST(what_is_left_is_an_id_and_what_must_not_be_published),
        ERASE_TEST(nothing_is_entered_of_somebody_erased),
        ERASE_TEST(an_erasure_needs_a_reason_that_names_nobody),
        ERASE_TEST(the_watch_list_forgets_the_name),
        ERASE_TEST(no_byte_of_the_key_is_left),
        ERASE_TEST(a_key_that_nobody_destroyed_is_missed),
        ERASE_TEST(keys_cannot_be_exchanged),
        ERASE_TEST(a_key_that_comes_back_brings_nobody_back),
        ERASE_TEST(every_failed_call_of_erasing_erases_or_does_not),
    };
    return cmocka_run_group_tests_name("gate/ledger_erase", tests, NULL, NULL);
}
