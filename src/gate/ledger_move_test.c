/* ledger_move_test.c: a ledger of format 1, made here by what docs/LEDGER.md said of it, is written
 * anew: nothing is lost, and people have keys of their own. */
#include <sqlite3.h>
#include <string.h>

#include "gate/gate_testing.h"
#include "gate/ledger_impl.h"

/* A ledger of format 1 that is being made. */
struct old {
    struct bench *bench;
    sqlite3 *db;
    unsigned char key[VAULT_KEY_BYTES];
    unsigned char head[32];
    int64_t events;
};

static const char SCHEMA[] =
    "PRAGMA application_id = 1214344780; PRAGMA user_version = 1;"
    "CREATE TABLE event (id INTEGER PRIMARY KEY CHECK (id > 0), at INTEGER NOT NULL,"
    " kind TEXT NOT NULL, box BLOB NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
    "CREATE TRIGGER event_stays BEFORE UPDATE ON event"
    " BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;"
    "CREATE TRIGGER event_remains BEFORE DELETE ON event"
    " BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;";

static void old_append(struct old *old, enum ledger_event kind, const void *message) {
    struct arena *a = &old->bench->arena;
    sqlite3_stmt *add = NULL;
    struct buf packed;
    str plain;
    struct event_row row = {.id = old->events + 1,
                            .at = BENCH_NOW - 1000 + old->events,
                            .kind = str_of(ledger_event_name(kind))};
    buf_init(&packed, a, 1 << 20);
    wire_pack(&packed, ledger_event_shape(kind), message);
    good(buf_finish(&packed, &plain));
    const struct event_place place = ledger_place(1, old->head, &row);
    good(vault_box_seal(a, old->key, (str){(const char *)&place, sizeof place}, plain, &row.box));
    ledger_chain(&place, row.box, old->head);
    sqlite3_prepare_v2(old->db, "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5)", -1, &add, NULL);
    sqlite3_bind_int64(add, 1, row.id);
    sqlite3_bind_int64(add, 2, row.at);
    sqlite3_bind_text(add, 3, row.kind.ptr, (int)row.kind.len, SQLITE_STATIC);
    sqlite3_bind_blob(add, 4, row.box.ptr, (int)row.box.len, SQLITE_STATIC);
    sqlite3_bind_blob(add, 5, old->head, 32, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(add), SQLITE_DONE);
    sqlite3_finalize(add);
    old->events++;
}

/* Two people, linked by name; a consent with the second as interpreter; an item and a person called
 * back in one. */
static void tell_old_story(struct old *old) {
    struct event_born born = {0};
    struct gate_name link = {STR("Kettle")};
    struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), GATE_ALIAS};
    struct gate_appearance one = {.person = STR("p11111111"), .part = GATE_SUBJECT};
    const struct gate_person_record first = {
        .person = {.id = STR("p11111111"), .pseudonym = STR("Kettle"), .status = STR("detained")},
        .names = STR("A. Real Name")};
    const struct gate_person_record second = {.person = {.id = STR("p22222222"),
                                                         .pseudonym = STR("Lantern"),
                                                         .status = STR("free"),
                                                         .links = &link,
                                                         .link_count = 1}};
    const struct gate_consent consent = {.id = STR("c11111111"),
                                         .person = STR("p11111111"),
                                         .interpreter = STR("Lantern"),
                                         .informed = STR("Read aloud"),
                                         .scopes = &scope,
                                         .scope_count = 1,
                                         .from = 1,
                                         .until = BENCH_NOW + BENCH_MONTH};
    const struct gate_statement statement = {.key = STR("12/en"), .people = &one, .count = 1};
    const struct gate_withdraw withdrawal = {.key = STR("13/en"), .person = STR("p22222222")};
    vault_sign_pair(born.clearing_public, born.clearing_secret);
    vault_box_pair(born.originals_public, born.originals_secret);
    old_append(old, LEDGER_BORN, &born);
    old_append(old, LEDGER_PERSON, &first);
    old_append(old, LEDGER_PERSON, &second);
    old_append(old, LEDGER_CONSENT, &consent);
    old_append(old, LEDGER_STATEMENT, &statement);
    old_append(old, LEDGER_WITHDRAWAL, &withdrawal);
}

static int begin_old(void **state) {
    if (bench_empty(state) != 0) return -1;
    struct bench *bench = *state;
    struct old old = {.bench = bench, .key = {1, 2, 3}};
    unsigned char slot[VAULT_SLOT_BYTES];
    assert_int_equal(sqlite3_open("ledger.db", &old.db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(old.db, SCHEMA, NULL, NULL, NULL), SQLITE_OK);
    tell_old_story(&old);
    sqlite3_close(old.db);
    good(vault_slot_seal(BENCH_PASSPHRASE, true, old.key, slot));
    good(file_replace(&bench->arena, bench->folder, STR("keys"),
                      (str){(const char *)slot, sizeof slot}, 0600));
    return 0;
}

static err open_it(struct bench *bench) {
    return ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger);
}

static void check_story(struct bench *bench) {
    struct gate_status status;
    const struct ledger_person *kettle = ledger_person(bench->ledger, STR("Kettle"));
    const struct ledger_person *lantern = ledger_person(bench->ledger, STR("Lantern"));
    ledger_status(bench->ledger, &status);
    assert_int_equal(status.events, 8); /* one was two, and one tells that it was moved */
    assert_non_null(kettle);
    assert_non_null(lantern);
    assert_true(str_eq(kettle->names, STR("A. Real Name")));
    assert_true(str_eq(lantern->about.links[0].text, STR("p11111111")));
    assert_true(lantern->is_at_risk);
    assert_true(str_eq(kettle->consents->about.interpreter, STR("p22222222")));
    assert_int_equal(kettle->consents->about.from, 1);
    assert_true(ledger_is_withdrawn(bench->ledger, STR("13/en")));
}

static void nothing_is_lost(void **state) {
    struct bench *bench = *state;
    good(open_it(bench));
    check_story(bench);
    bench_reopen(bench);
    check_story(bench);
    add_person(bench, STR("Spoon"), STR("free"), STR("Kettle"));
}

static void who_was_moved_can_be_erased(void **state) {
    struct bench *bench = *state;
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    str before;
    str after;
    const struct gate_erase wish = {
        .person = STR("Kettle"), .by = STR("Officer"), .reason = STR("asked for it")};
    struct gate_erased erased;
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &before));
    good(open_it(bench));
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &after));
    good(file_replace(&bench->arena, bench->folder, STR("old.db"), before, 0600));
    assert_int_equal(sqlite3_open("old.db", &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT box FROM event", -1, &rows, NULL);
    while (sqlite3_step(rows) == SQLITE_ROW) { /* no box under the ledger key alone is left */
        str box = {sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0)};
        assert_true(str_contains(before, box));
        assert_false(str_contains(after, str_slice(box, 0, 32)));
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
    unlinkat(bench->folder, "old.db", 0);
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, ledger_erase_person(bench->ledger, &bench->arena, &wish, &erased)));
    bench_reopen(bench);
    assert_null(ledger_person(bench->ledger, STR("Kettle")));
    assert_true(ledger_is_withdrawn(bench->ledger, STR("12/en")));
    assert_true(ledger_person(bench->ledger, STR("Lantern"))->is_at_risk);
}

static void a_broken_chain_is_not_moved(void **state) {
    struct bench *bench = *state;
    sqlite3 *db = NULL;
    str before;
    str after;
    assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
    sqlite3_exec(db,
                 "DROP TRIGGER event_stays; UPDATE event SET at = at + 1 WHERE id = 4;"
                 "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT 1; END",
                 NULL, NULL, NULL);
    sqlite3_close(db);
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &before));
    err e = open_it(bench);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_non_null(strstr(e.message, "broken at event 4"));
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &after));
    assert_true(str_eq(before, after));
}

static void every_failed_call_leaves_the_old_or_the_new(void **state) {
    struct bench *bench = *state;
    str before;
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &before));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = open_it(bench);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_true(met || e.kind == ERR_NONE);
        if (e.kind != ERR_NONE) good(open_it(bench));
        check_story(bench);
        ledger_close(&bench->ledger);
        if (!met) return;
        good(file_replace(&bench->arena, bench->folder, STR("ledger.db"), before, 0600));
    }
    fail_msg("no run was clean");
}

#define MOVE_TEST(name) cmocka_unit_test_setup_teardown(name, begin_old, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        MOVE_TEST(nothing_is_lost),
        MOVE_TEST(who_was_moved_can_be_erased),
        MOVE_TEST(a_broken_chain_is_not_moved),
        MOVE_TEST(every_failed_call_leaves_the_old_or_the_new),
    };
    return cmocka_run_group_tests_name("gate/ledger_move", tests, NULL, NULL);
}
