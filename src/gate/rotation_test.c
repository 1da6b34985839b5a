/* rotation_test.c: after a rotation the old key opens nothing new; cut off anywhere, the old slots
 * or the new ones open the whole ledger. */
#include <sqlite3.h>
#include <string.h>

#include "gate/gate_testing.h"
#include "gate/ledger_impl.h"
#include "gate/officers.h"
#include "gate/rotation.h"

#define SECOND STR("the second's passphrase")

static err try_rotation(struct bench *bench, const str *passphrases, size_t count,
                        struct gate_rotated *ret_rotated) {
    const struct rotation wish = {.by = STR("Officer"), .passphrases = passphrases, .count = count};
    err e = ledger_begin(bench->ledger);
    if (e.kind != ERR_NONE) return e;
    return rotation_run(bench->ledger, &bench->arena, &wish, ret_rotated);
}

static struct gate_rotated rotate(struct bench *bench, const str *passphrases, size_t count) {
    struct gate_rotated rotated;
    good(bench_finish(bench, try_rotation(bench, passphrases, count, &rotated)));
    return rotated;
}

static const str FIRST_ALONE[] = {{"the officer's passphrase", 24}};

static void add_officer(struct bench *bench, str name, str passphrase) {
    const struct gate_officer_wish wish = {
        .action = GATE_OFFICER_ADD, .name = name, .by = STR("Officer")};
    good(ledger_begin(bench->ledger));
    good(bench_finish(bench, officers_change(bench->ledger, &bench->arena, &wish, passphrase)));
}

static err open_with(struct bench *bench, str passphrase) {
    ledger_close(&bench->ledger);
    return ledger_open(&bench->sys, bench->folder, passphrase, &bench->ledger);
}

static void check_people(struct bench *bench) {
    const struct ledger_person *kettle = ledger_person(bench->ledger, STR("Kettle"));
    assert_non_null(kettle);
    assert_true(str_eq(kettle->names, STR("A. Real Name")));
    assert_non_null(kettle->consents);
}

static void tell_a_story(struct bench *bench) {
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    add_consent(bench, STR("Kettle"), STR("12/en"), GATE_ALIAS);
}

static void everything_stays_and_goes_on(void **state) {
    struct bench *bench = *state;
    tell_a_story(bench);
    for (int i = 0; i < 3; i++) {
        rotate(bench, FIRST_ALONE, 1);
        check_people(bench);
        str name;
        good(arena_printf(&bench->arena, &name, "After %d", i));
        add_person(bench, name, STR("free"), STR("Kettle"));
        good(open_with(bench, BENCH_PASSPHRASE));
        check_people(bench);
        assert_non_null(ledger_person(bench->ledger, name));
        assert_int_equal(faccessat(bench->folder, "keys.next", F_OK, 0), -1);
    }
    assert_int_equal(bench->ledger->key_count, 4);
}

static void who_is_there_stays_and_who_is_not_is_named(void **state) {
    struct bench *bench = *state;
    const str both[] = {FIRST_ALONE[0], SECOND};
    const str stranger[] = {FIRST_ALONE[0], STR("nobody's passphrase")};
    struct gate_rotated rotated;
    struct gate_officers officers;
    tell_a_story(bench);
    add_officer(bench, STR("Second"), SECOND);
    add_officer(bench, STR("Third"), STR("the third's passphrase"));
    err e = bench_finish(bench, try_rotation(bench, stranger, 2, &rotated));
    assert_int_equal(e.kind, ERR_DENIED);
    good(open_with(bench, STR("the third's passphrase")));
    rotated = rotate(bench, both, 2);
    assert_int_equal(rotated.kept, 2);
    assert_int_equal(rotated.dropped_count, 1);
    assert_true(str_eq(rotated.dropped[0].name, STR("Third")));
    good(officers_list(bench->ledger, &bench->arena, &officers));
    assert_int_equal(officers.count, 2);
    assert_true(str_eq(officers.officers[1].name, STR("Second")));
    assert_int_equal(open_with(bench, STR("the third's passphrase")).kind, ERR_DENIED);
    good(open_with(bench, SECOND));
    check_people(bench);
    add_officer(bench, STR("Third"), STR("the third's passphrase"));
    good(open_with(bench, STR("the third's passphrase")));
    check_people(bench);
}

/* Somebody has the slots from before, their passphrase, and the file of today. */
static void the_old_slots_do_not_open_the_new_file(void **state) {
    struct bench *bench = *state;
    str slots;
    tell_a_story(bench);
    good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &slots));
    rotate(bench, FIRST_ALONE, 1);
    ledger_close(&bench->ledger);
    good(file_replace(&bench->arena, bench->folder, STR("keys"), slots, 0600));
    err e = ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger);
    assert_int_equal(e.kind, ERR_DENIED);
    assert_non_null(strstr(e.message, "not those of this ledger.db"));
}

/* Nor does the old key open any key in it, or lie in the file. */
static void the_old_key_opens_no_key(void **state) {
    struct bench *bench = *state;
    unsigned char old[VAULT_KEY_BYTES];
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    struct buf all;
    str before;
    str after;
    tell_a_story(bench);
    memcpy(old, bench->ledger->secrets->ledger_key, sizeof old);
    assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT box FROM ledger_key UNION ALL SELECT box FROM person_key", -1,
                       &rows, NULL);
    buf_init(&all, &bench->arena, 1 << 20);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        buf_add(&all, (str){sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0)});
    }
    good(buf_finish(&all, &before));
    sqlite3_finalize(rows);
    sqlite3_close(db);
    rotate(bench, FIRST_ALONE, 1);
    assert_memory_not_equal(old, bench->ledger->secrets->ledger_key, sizeof old);
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &after));
    for (size_t at = 0; at + 16 <= before.len; at += 16) {
        assert_false(str_contains(after, str_slice(before, at, at + 16)));
    }
    memcpy(bench->ledger->secrets->ledger_key, old, sizeof old);
    assert_int_equal(ledger_keys_load(bench->ledger).kind, ERR_DENIED);
}

/* A gate that was open meanwhile has the old key: it changes nothing any more. */
static void another_gate_is_told(void **state) {
    struct bench *bench = *state;
    struct bench other = {.sys = bench->sys};
    tell_a_story(bench);
    good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &other.ledger));
    rotate(bench, FIRST_ALONE, 1);
    assert_int_equal(ledger_begin(other.ledger).kind, ERR_BUSY);
    ledger_close(&other.ledger);
    check_people(bench);
}

/* Two gates found the slots without their name; the first gave it. The second must not touch them,
 * nor what a third rotation left that was cut off before it was kept. */
static void slots_are_named_once(void **state) {
    struct bench *bench = *state;
    struct bench other = {.sys = bench->sys};
    str old;
    str slots;
    str now;
    tell_a_story(bench);
    good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &old));
    rotate(bench, FIRST_ALONE, 1);
    good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &slots));
    good(file_replace(&bench->arena, bench->folder, STR("keys"), old, 0600));
    good(file_replace(&bench->arena, bench->folder, STR("keys.next"), slots, 0600));
    good(open_with(bench, BENCH_PASSPHRASE));
    good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &other.ledger));
    good(ledger_begin(bench->ledger));
    good(ledger_commit(bench->ledger));
    for (int round = 0; round < 2; round++) {
        good(ledger_begin(other.ledger));
        good(ledger_commit(other.ledger));
        good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &now));
        assert_true(str_eq(now, slots));
        if (round == 0) {
            other.ledger->slots_are_next = true;
            good(file_replace(&bench->arena, bench->folder, STR("keys.next"), old, 0600));
        }
    }
    ledger_close(&other.ledger);
    good(open_with(bench, BENCH_PASSPHRASE));
    check_people(bench);
    good(ledger_begin(bench->ledger));
    good(ledger_commit(bench->ledger));
    assert_int_equal(faccessat(bench->folder, "keys.next", F_OK, 0), -1);
}

/* As a kill between the commit and the renaming leaves it, and one before the commit. */
static void slots_without_their_name_are_found(void **state) {
    struct bench *bench = *state;
    str old;
    str slots;
    tell_a_story(bench);
    good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &old));
    rotate(bench, FIRST_ALONE, 1);
    good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &slots));
    good(file_replace(&bench->arena, bench->folder, STR("keys"), old, 0600));
    good(file_replace(&bench->arena, bench->folder, STR("keys.next"), slots, 0600));
    good(open_with(bench, BENCH_PASSPHRASE));
    check_people(bench);
    add_person(bench, STR("Lantern"), STR("free"), STR("")); /* the first change names them */
    assert_int_equal(faccessat(bench->folder, "keys.next", F_OK, 0), -1);
    good(file_replace(&bench->arena, bench->folder, STR("keys.next"), old, 0600));
    good(file_replace(&bench->arena, bench->folder, STR("keys.next.new"), old, 0600));
    good(open_with(bench, BENCH_PASSPHRASE));
    add_person(bench, STR("Spoon"), STR("free"), STR(""));
    assert_int_equal(faccessat(bench->folder, "keys.next", F_OK, 0), -1);
    assert_int_equal(faccessat(bench->folder, "keys.next.new", F_OK, 0), -1);
    good(open_with(bench, BENCH_PASSPHRASE));
    check_people(bench);
}

/* Each time from the same ledger: one that was rotated has more to do. */
static void every_failed_call_leaves_the_old_or_the_new_whole(void **state) {
    struct bench *bench = *state;
    str keys;
    str database;
    tell_a_story(bench);
    good(ledger_slots(&bench->arena, bench->folder, STR("keys"), &keys));
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &database));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct arena_mark mark = arena_mark(&bench->arena);
        struct gate_rotated rotated;
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = try_rotation(bench, FIRST_ALONE, 1, &rotated);
        if (e.kind == ERR_NONE) e = ledger_commit(bench->ledger);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_true(met || e.kind == ERR_NONE);
        if (e.kind != ERR_NONE) good(ledger_rollback(bench->ledger));
        check_people(bench);
        good(open_with(bench, BENCH_PASSPHRASE));
        check_people(bench);
        if (e.kind == ERR_NONE) assert_int_equal(bench->ledger->key_count, 2);
        good(ledger_begin(bench->ledger)); /* and it goes on */
        good(ledger_commit(bench->ledger));
        assert_int_equal(faccessat(bench->folder, "keys.next", F_OK, 0), -1);
        if (!met) return;
        ledger_close(&bench->ledger);
        good(file_replace(&bench->arena, bench->folder, STR("keys"), keys, 0600));
        good(file_replace(&bench->arena, bench->folder, STR("ledger.db"), database, 0600));
        arena_reset(&bench->arena, mark);
        good(open_with(bench, BENCH_PASSPHRASE));
    }
    fail_msg("no run was clean");
}

#define ROTATION_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROTATION_TEST(everything_stays_and_goes_on),
        ROTATION_TEST(who_is_there_stays_and_who_is_not_is_named),
        ROTATION_TEST(the_old_slots_do_not_open_the_new_file),
        ROTATION_TEST(the_old_key_opens_no_key),
        ROTATION_TEST(another_gate_is_told),
        ROTATION_TEST(slots_without_their_name_are_found),
        ROTATION_TEST(slots_are_named_once),
        ROTATION_TEST(every_failed_call_leaves_the_old_or_the_new_whole),
    };
    return cmocka_run_group_tests_name("gate/rotation", tests, NULL, NULL);
}
