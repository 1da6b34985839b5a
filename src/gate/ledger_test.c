/* ledger_test.c: what was appended stays, in its order, as it was; whatever else is noticed. */
#include <sqlite3.h>
#include <sys/stat.h>

#include "gate/gate_testing.h"

/* Changes the ledger's file as somebody would who has the disk and no key. */
static void raw(const char *sql) {
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
    if (sqlite3_exec(db, "DROP TRIGGER event_stays; DROP TRIGGER event_remains", NULL, NULL,
                     NULL) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s", message == NULL ? "no triggers" : message);
    }
    sqlite3_close(db);
}

/* Four events behind the birth: two people, a consent, a withdrawal. */
static void tell_a_story(struct bench *bench) {
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    add_person(bench, STR("Lantern"), STR("free"), STR("Kettle"));
    add_consent(bench, STR("Kettle"), STR("12/en"), GATE_ALIAS);
    good(try_withdrawal(bench, STR("13/en"), STR("")));
}

static int64_t events_of(const struct bench *bench) {
    struct gate_status status;
    ledger_status(bench->ledger, &status);
    return status.events;
}

static err open_again(struct bench *bench) {
    ledger_close(&bench->ledger);
    return ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger);
}

/* ---- Making and opening --------------------------------------------------------------------- */

static void a_new_ledger_has_its_keys_and_nobody_in_it(void **state) {
    struct bench *bench = *state;
    struct gate_status status;
    struct stat about;
    static const unsigned char zeros[32];
    ledger_status(bench->ledger, &status);
    assert_int_equal(status.events, 1);
    assert_int_equal(status.people, 0);
    assert_memory_not_equal(status.clearing_key, zeros, 32);
    assert_memory_not_equal(status.originals_key, zeros, 32);
    assert_int_equal(fstatat(bench->folder, "keys", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void all_that_was_appended_is_there_after_opening_again(void **state) {
    struct bench *bench = *state;
    struct gate_status before;
    struct gate_status after;
    tell_a_story(bench);
    ledger_status(bench->ledger, &before);
    bench_reopen(bench);
    ledger_status(bench->ledger, &after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(after.events, 5);
    const struct ledger_person *kettle = ledger_person(bench->ledger, STR("Kettle"));
    assert_non_null(kettle);
    assert_ptr_equal(kettle, ledger_person(bench->ledger, kettle->about.id));
    assert_int_equal(kettle->consents->about.scopes[0].shows, GATE_ALIAS);
    assert_int_equal(kettle->consents->about.until, BENCH_NOW + 24 * BENCH_MONTH);
    assert_true(ledger_is_withdrawn(bench->ledger, STR("13/en")));
    assert_false(ledger_is_withdrawn(bench->ledger, STR("12/en")));
}

static void only_the_passphrase_opens_it(void **state) {
    struct bench *bench = *state;
    struct ledger *ledger = NULL;
    err e = ledger_open(&bench->sys, bench->folder, STR("the officers passphrase"), &ledger);
    assert_int_equal(e.kind, ERR_DENIED);
    assert_null(ledger);
}

static void a_damaged_slot_does_not_lock_out_the_others(void **state) {
    struct bench *bench = *state;
    str slot;
    str line;
    struct buf keys;
    good(file_read(&bench->arena, bench->folder, STR("keys"), 4096, &slot));
    buf_init(&keys, &bench->arena, 4096);
    for (size_t i = 0; i < slot.len; i++) buf_add_byte(&keys, 'x');
    buf_add(&keys, slot);
    good(buf_finish(&keys, &line));
    good(file_replace(&bench->arena, bench->folder, STR("keys"), line, 0600));
    good(open_again(bench));
    good(file_replace(&bench->arena, bench->folder, STR("keys"), str_slice(line, 0, slot.len),
                      0600));
    assert_int_equal(open_again(bench).kind, ERR_INVALID);
}

static void no_second_ledger_is_made_over_the_first(void **state) {
    struct bench *bench = *state;
    err e = ledger_make(&bench->sys, bench->folder, STR("another"), true);
    assert_int_equal(e.kind, ERR_EXISTS);
    assert_int_equal(unlinkat(bench->folder, "keys", 0), 0); /* they may lie in a backup */
    e = ledger_make(&bench->sys, bench->folder, STR("another"), true);
    assert_int_equal(e.kind, ERR_EXISTS);
    assert_int_equal(open_again(bench).kind, ERR_NOT_FOUND);
}

static void no_real_name_and_no_pseudonym_lies_open_on_the_disk(void **state) {
    struct bench *bench = *state;
    str bytes;
    tell_a_story(bench);
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &bytes));
    assert_false(str_contains(bytes, STR("Real Name")));
    assert_false(str_contains(bytes, STR("Kettle")));
}

/* ---- Somebody at the disk ------------------------------------------------------------------- */

static const char SWAP_TWO[] = "UPDATE event SET id = 99 WHERE id = 2;"
                               "UPDATE event SET id = 2 WHERE id = 3;"
                               "UPDATE event SET id = 3 WHERE id = 99";

/* Each of these keeps or breaks the hashes; none may be believed. */
static void what_was_changed_from_outside_is_noticed(void **state) {
    (void)state;
    static const char *const ATTACKS[] = {
        "UPDATE event SET at = 0 WHERE id = 5",
        "UPDATE event SET at = at - 1 WHERE id = 2",
        "UPDATE event SET kind = 'risk' WHERE id = 4",
        "UPDATE event SET kind = 'rumour' WHERE id = 4",
        "UPDATE event SET kind = 'much too long for any kind' WHERE id = 4",
        "UPDATE event SET box = zeroblob(length(box)) WHERE id = 3",
        "UPDATE event SET box = x'' WHERE id = 3",
        "UPDATE event SET hash = zeroblob(32) WHERE id = 3",
        "UPDATE event SET hash = zeroblob(32) WHERE id = 5",
        "DELETE FROM event WHERE id = 1",
        "DELETE FROM event WHERE id = 4",
        "DELETE FROM event",
        "UPDATE event SET id = 9 WHERE id = 5",
        SWAP_TWO,
        "UPDATE event SET box = (SELECT box FROM event WHERE id = 2) WHERE id = 3",
        "INSERT INTO event SELECT 6, at, kind, box, hash FROM event WHERE id = 5",
    };
    for (size_t i = 0; i < COUNT_OF(ATTACKS); i++) {
        void *own = NULL;
        assert_int_equal(bench_begin(&own), 0);
        struct bench *bench = own;
        tell_a_story(bench);
        raw(ATTACKS[i]);
        err e = open_again(bench);
        if (e.kind != ERR_INVALID && e.kind != ERR_DENIED) fail_msg("believed: %s", ATTACKS[i]);
        assert_null(bench->ledger);
        bench_end(&own);
    }
}

/* The hashes can be computed by anybody, so an attacker computes them: the boxes must not fit. */
static void hash_again(struct bench *bench) {
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    sqlite3_stmt *update = NULL;
    unsigned char head[32] = {0};
    assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT id, at, kind, box FROM event ORDER BY id", -1, &rows, NULL);
    sqlite3_prepare_v2(db, "UPDATE event SET hash = ?2 WHERE id = ?1", -1, &update, NULL);
    while (sqlite3_step(rows) == SQLITE_ROW) { /* as docs/LEDGER.md says it */
        struct buf text;
        str bytes;
        int64_t numbers[2] = {sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1)};
        char kind[16] = {0};
        memcpy(kind, sqlite3_column_blob(rows, 2), (size_t)sqlite3_column_bytes(rows, 2));
        buf_init(&text, &bench->arena, 1 << 20);
        buf_add(&text, STR("hanji ledger 2\0\0"));
        buf_add(&text, (str){(const char *)head, 32});
        buf_add(&text, (str){(const char *)numbers, sizeof numbers});
        buf_add(&text, (str){kind, sizeof kind});
        const void *box = sqlite3_column_blob(rows, 3);
        buf_add(&text, (str){box, (size_t)sqlite3_column_bytes(rows, 3)});
        good(buf_finish(&text, &bytes));
        vault_hash(bytes, head);
        sqlite3_bind_int64(update, 1, numbers[0]);
        sqlite3_bind_blob(update, 2, head, 32, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(update), SQLITE_DONE);
        sqlite3_reset(update);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(update);
    sqlite3_close(db);
}

static void hashes_made_anew_do_not_help(void **state) {
    (void)state;
    static const char *const ATTACKS[] = {
        "UPDATE event SET at = 0 WHERE id = 5", /* would undo a withdrawal */
        "UPDATE event SET kind = 'risk' WHERE id = 4",
        "UPDATE event SET box = (SELECT box FROM event WHERE id = 2) WHERE id = 3",
        "DELETE FROM event WHERE id = 4; UPDATE event SET id = 4 WHERE id = 5",
        SWAP_TWO,
    };
    for (size_t i = 0; i <= COUNT_OF(ATTACKS); i++) {
        void *own = NULL;
        assert_int_equal(bench_begin(&own), 0);
        struct bench *bench = own;
        tell_a_story(bench);
        raw(i < COUNT_OF(ATTACKS) ? ATTACKS[i] : "");
        hash_again(bench);
        err e = open_again(bench);
        enum err_kind expected = i < COUNT_OF(ATTACKS) ? ERR_DENIED : ERR_NONE;
        if (e.kind != expected)
            fail_msg("%s: %s", i < COUNT_OF(ATTACKS) ? ATTACKS[i] : "", e.message);
        bench_end(&own);
    }
}

/* Two histories under one key, as a restored backup makes them: nothing moves from one to the
 * other, though number and kind are the same. */
static void an_event_of_another_history_does_not_fit(void **state) {
    struct bench *bench = *state;
    str before;
    tell_a_story(bench);
    ledger_close(&bench->ledger);
    good(file_read(&bench->arena, bench->folder, STR("ledger.db"), 1 << 20, &before));
    good(open_again(bench));
    add_person(bench, STR("Here"), STR("free"), STR(""));
    add_person(bench, STR("After"), STR("free"), STR(""));
    raw("ATTACH 'other.db' AS other; CREATE TABLE other.event AS SELECT * FROM event");
    ledger_close(&bench->ledger);
    good(file_replace(&bench->arena, bench->folder, STR("ledger.db"), before, 0600));
    good(open_again(bench));
    add_person(bench, STR("There"), STR("free"), STR(""));
    add_person(bench, STR("Later"), STR("free"), STR(""));
    raw("ATTACH 'other.db' AS other;"
        "UPDATE event SET box = (SELECT box FROM other.event o WHERE o.id = 7) WHERE id = 7");
    unlinkat(bench->folder, "other.db", 0);
    hash_again(bench);
    assert_int_equal(open_again(bench).kind, ERR_DENIED);
}

static void a_foreign_database_is_not_a_ledger(void **state) {
    struct bench *bench = *state;
    raw("PRAGMA application_id = 7");
    assert_int_equal(open_again(bench).kind, ERR_INVALID);
}

static void a_newer_ledger_is_refused(void **state) {
    struct bench *bench = *state;
    raw("PRAGMA user_version = 3");
    assert_int_equal(open_again(bench).kind, ERR_INVALID);
}

/* ---- Two gates at once ---------------------------------------------------------------------- */

static void two_gates_append_to_one_chain(void **state) {
    struct bench *bench = *state;
    struct bench other = {.sys = bench->sys};
    good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &other.ledger));
    add_person(bench, STR("One"), STR("free"), STR(""));
    add_person(&other, STR("Two"), STR("free"), STR("One")); /* known there by now */
    add_person(bench, STR("Three"), STR("free"), STR("Two"));
    good(ledger_begin(other.ledger));
    assert_non_null(ledger_person(other.ledger, STR("Three")));
    good(ledger_commit(other.ledger));
    assert_int_equal(events_of(&other), 4);
    ledger_close(&other.ledger);
    bench_reopen(bench);
    assert_int_equal(events_of(bench), 4);
}

static void what_was_not_kept_is_forgotten(void **state) {
    struct bench *bench = *state;
    struct gate_person person = {.pseudonym = STR("Shadow"), .by = STR("Officer")};
    str id;
    good(ledger_begin(bench->ledger));
    good(ledger_add_person(bench->ledger, &person, STR(""), &id));
    assert_non_null(ledger_person(bench->ledger, STR("Shadow")));
    good(ledger_rollback(bench->ledger));
    assert_null(ledger_person(bench->ledger, STR("Shadow")));
    assert_int_equal(events_of(bench), 1);
    bench_reopen(bench);
    assert_null(ledger_person(bench->ledger, STR("Shadow")));
    add_person(bench, STR("Shadow"), STR("free"), STR("")); /* and the chain goes on */
}

/* ---- What is refused ------------------------------------------------------------------------ */

static void people_are_refused_for_a_reason(void **state) {
    struct bench *bench = *state;
    struct gate_name link = {STR("Nobody")};
    add_person(bench, STR("Kettle"), STR(""), STR(""));
    str id;
    good(arena_copy(&bench->arena, ledger_person(bench->ledger, STR("Kettle"))->about.id, &id));
    const struct {
        struct gate_person person;
        enum err_kind kind;
    } CASES[] = {
        {{.by = STR("Officer")}, ERR_INVALID},
        {{.pseudonym = STR("A")}, ERR_INVALID},
        {{.pseudonym = STR("A"), .by = STR("B"), .role = STR("hero")}, ERR_INVALID},
        {{.pseudonym = STR("A"), .by = STR("B"), .status = STR("happy")}, ERR_INVALID},
        {{.pseudonym = STR("Kettle"), .by = STR("B")}, ERR_EXISTS},
        {{.pseudonym = id, .by = STR("B")}, ERR_EXISTS},
        {{.pseudonym = STR("A"), .by = STR("B"), .links = &link, .link_count = 1}, ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_int_equal(try_person(bench, &CASES[i].person).kind, CASES[i].kind);
    }
    assert_int_equal(events_of(bench), 2);
}

static void consents_are_refused_for_a_reason(void **state) {
    struct bench *bench = *state;
    struct gate_scope sound = {STR("12/en"), STR("web"), STR("en"), 0};
    struct gate_scope vague = {STR("12/en"), STR(""), STR("en"), 0};
    struct gate_scope nothing = {STR("12"), STR("web"), STR("en"), 0};
    struct gate_scope beyond = {STR("*"), STR("web"), STR("en"), 1 << 8};
    str kettle = STR("Kettle");
    add_person(bench, kettle, STR("free"), STR(""));
    const struct {
        struct gate_consent consent;
        enum err_kind kind;
    } CASES[] = {
        {{.person = STR("Nobody"), .scopes = &sound, .scope_count = 1}, ERR_NOT_FOUND},
        {{.person = kettle}, ERR_INVALID},
        {{.person = kettle, .scopes = &vague, .scope_count = 1}, ERR_INVALID},
        {{.person = kettle, .scopes = &nothing, .scope_count = 1}, ERR_INVALID},
        {{.person = kettle, .scopes = &beyond, .scope_count = 1}, ERR_INVALID},
        {{.person = kettle, .scopes = &sound, .scope_count = 1, .given_by = STR("a friend")},
         ERR_INVALID},
        {{.person = kettle, .scopes = &sound, .scope_count = 1, .from = 5, .until = 5},
         ERR_INVALID},
        {{.person = kettle, .scopes = &sound, .scope_count = 1, .from = INT64_MAX}, ERR_INVALID},
        {{.person = kettle, .scopes = &sound, .scope_count = 1, .from = -1}, ERR_INVALID},
        {{.person = kettle, .scopes = &sound, .scope_count = 1, .until = INT64_MAX}, ERR_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_int_equal(try_consent(bench, &CASES[i].consent).kind, CASES[i].kind);
    }
    assert_int_equal(events_of(bench), 2);
}

static void giving_back_needs_two(void **state) {
    struct bench *bench = *state;
    struct gate_scope scope = {STR("12/en"), STR("web"), STR("en"), 0};
    struct gate_consent again = {.person = STR("Kettle"), .scopes = &scope, .scope_count = 1};
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    good(try_consent(bench, &again));
    good(try_withdrawal(bench, STR(""), STR("Kettle")));
    assert_int_equal(try_consent(bench, &again).kind, ERR_INVALID);
    again.witness = STR(" officer "); /* who took it is not a second person */
    assert_int_equal(try_consent(bench, &again).kind, ERR_INVALID);
    again.witness = STR("Director");
    good(try_consent(bench, &again));
}

static void statements_and_withdrawals_must_name_something(void **state) {
    struct bench *bench = *state;
    static const str BAD[] = {{"12", 2},  {"12/", 3},     {"/en", 3}, {"12/en ", 6}, {"m", 1},
                              {"m7x", 3}, {"12/en/x", 7}, {"**", 2},  {"*/en", 4},   {" ", 1}};
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        struct gate_statement statement = {.key = BAD[i]};
        assert_int_equal(try_statement(bench, &statement).kind, ERR_INVALID);
        assert_int_equal(try_withdrawal(bench, BAD[i], STR("")).kind, ERR_INVALID);
    }
    struct gate_statement whole_group = {.key = STR("12/*")};
    assert_int_equal(try_statement(bench, &whole_group).kind, ERR_INVALID);
    assert_int_equal(try_withdrawal(bench, STR(""), STR("")).kind, ERR_INVALID);
    assert_int_equal(try_withdrawal(bench, STR(""), STR("Nobody")).kind, ERR_NOT_FOUND);
    good(try_withdrawal(bench, STR("12/*"), STR("")));
    assert_true(ledger_is_withdrawn(bench->ledger, STR("12/ko")));
    assert_false(ledger_is_withdrawn(bench->ledger, STR("1/ko")));
    assert_false(ledger_is_withdrawn(bench->ledger, STR("123/ko")));
    assert_int_equal(events_of(bench), 2);
}

static void appearances_are_refused_for_a_reason(void **state) {
    struct bench *bench = *state;
    const struct {
        struct gate_appearance one;
        enum err_kind kind;
    } CASES[] = {
        {{.person = STR(""), .part = GATE_STAFF}, ERR_INVALID},
        {{.person = STR("A"), .part = GATE_PART_COUNT}, ERR_INVALID},
        {{.person = STR("A"), .part = -1}, ERR_INVALID},
        {{.person = STR("A"), .part = GATE_SUBJECT}, ERR_NOT_FOUND},
        {{.person = STR("A"), .part = GATE_PUBLIC}, ERR_INVALID},
        {{.person = STR("A"), .part = GATE_PUBLIC, .reason = STR("head of state")}, ERR_NONE},
        {{.person = STR("A"), .part = GATE_MENTIONED, .reason = STR(" ")}, ERR_INVALID},
        {{.person = STR("A"), .part = GATE_MENTIONED, .reason = STR("many such")}, ERR_NONE},
        {{.person = STR("A"), .part = GATE_STAFF}, ERR_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct gate_appearance one = CASES[i].one;
        struct gate_statement statement = {.key = STR("12/en"), .people = &one, .count = 1};
        assert_int_equal(try_statement(bench, &statement).kind, CASES[i].kind);
    }
}

static void a_risk_assessment_needs_two_people_and_a_past(void **state) {
    struct bench *bench = *state;
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    struct gate_risk risk = {.person = STR("Kettle"),
                             .author = STR("Officer"),
                             .second = STR("OFFICER "),
                             .remaining = STR("none known")};
    good(ledger_begin(bench->ledger));
    assert_int_equal(bench_finish(bench, ledger_add_risk(bench->ledger, &risk)).kind, ERR_INVALID);
    assert_int_equal(try_risk(bench, STR("Kettle"), BENCH_NOW + 1).kind, ERR_INVALID);
    assert_int_equal(try_risk(bench, STR("Kettle"), -1).kind, ERR_INVALID);
    assert_int_equal(try_risk(bench, STR("Nobody"), 0).kind, ERR_NOT_FOUND);
    good(try_risk(bench, STR("Kettle"), 0));
    good(try_risk(bench, STR("Kettle"), BENCH_NOW - 500)); /* entered later, made earlier */
    assert_int_equal(ledger_person(bench->ledger, STR("Kettle"))->risk->date, BENCH_NOW);
}

/* What a hostile caller may send is at most what the shapes hold; the ledger's own are narrower. */
static void an_event_too_large_for_its_shape_is_an_error(void **state) {
    struct bench *bench = *state;
    enum { MANY = 10 * LIMIT_LIST_ITEMS + 1 };
    struct source_file *files = arena_array(&bench->arena, MANY, sizeof *files);
    struct ledger_cleared cleared = {.key = STR("12/en"), .files = files, .file_count = MANY};
    struct clearance_terms terms = {.key = STR("12/en"), .road = STR("web")};
    str bytes;
    good(ledger_begin(bench->ledger));
    err e = ledger_add_clearance(bench->ledger, &bench->arena, &terms, &cleared, &bytes);
    assert_int_equal(bench_finish(bench, e).kind, ERR_LIMIT);
    assert_int_equal(events_of(bench), 1);
}

/* ---- Faults --------------------------------------------------------------------------------- */

static err make_and_open(const struct sys *sys, int folder) {
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    TRY(ledger_make(sys, folder, BENCH_PASSPHRASE, true));
    return ledger_open(sys, folder, BENCH_PASSPHRASE, &ledger);
}

static void every_failed_call_of_making_leaves_a_whole_ledger_or_none(void **state) {
    struct bench *bench = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        bool is_done = fault_ended(&fault, make_and_open(&sys, bench->folder));
        err e = ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger);
        assert_true(e.kind == ERR_NONE || e.kind == ERR_NOT_FOUND);
        ledger_close(&bench->ledger);
        if (is_done) return;
        unlinkat(bench->folder, "ledger.db", 0);
        unlinkat(bench->folder, "keys", 0);
    }
    fail_msg("no run was clean");
}

/* Appends with the n-th call failing: what the ledger says afterwards is what the disk says. */
static void every_failed_call_of_appending_is_forgotten_or_kept_whole(void **state) {
    struct bench *bench = *state;
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct gate_person person = {.by = STR("Officer")};
        str id;
        int64_t before = events_of(bench);
        good(arena_printf(&bench->arena, &person.pseudonym, "Person %d", n));
        good(ledger_begin(bench->ledger));
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = ledger_add_person(bench->ledger, &person, STR("Real"), &id);
        if (e.kind == ERR_NONE) e = ledger_commit(bench->ledger);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        if (e.kind != ERR_NONE) good(ledger_rollback(bench->ledger));
        assert_int_equal(events_of(bench), before + (e.kind == ERR_NONE));
        bool is_known = ledger_person(bench->ledger, person.pseudonym) != NULL;
        assert_int_equal(is_known, e.kind == ERR_NONE);
        bench_reopen(bench);
        assert_int_equal(ledger_person(bench->ledger, person.pseudonym) != NULL, is_known);
        if (!met) return;
    }
    fail_msg("no run was clean");
}

/* Should even undoing fail, nothing unkept is believed, and the next change begins well. */
static void a_rollback_that_fails_leaves_nothing_unkept_in_memory(void **state) {
    struct bench *bench = *state;
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct gate_person person = {.pseudonym = STR("Shadow"), .by = STR("Officer")};
        str id;
        good(ledger_begin(bench->ledger));
        good(ledger_add_person(bench->ledger, &person, STR(""), &id));
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = ledger_rollback(bench->ledger);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        assert_true(met == (e.kind != ERR_NONE));
        assert_null(ledger_person(bench->ledger, STR("Shadow")));
        good(ledger_begin(bench->ledger));
        assert_non_null(ledger_person(bench->ledger, STR("Kettle")));
        assert_null(ledger_person(bench->ledger, STR("Shadow")));
        good(ledger_commit(bench->ledger));
        if (!met) return;
    }
    fail_msg("no run was clean");
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_new_ledger_has_its_keys_and_nobody_in_it),
        LEDGER_TEST(all_that_was_appended_is_there_after_opening_again),
        LEDGER_TEST(only_the_passphrase_opens_it),
        LEDGER_TEST(a_damaged_slot_does_not_lock_out_the_others),
        LEDGER_TEST(no_second_ledger_is_made_over_the_first),
        LEDGER_TEST(no_real_name_and_no_pseudonym_lies_open_on_the_disk),
        cmocka_unit_test(what_was_changed_from_outside_is_noticed),
        cmocka_unit_test(hashes_made_anew_do_not_help),
        LEDGER_TEST(an_event_of_another_history_does_not_fit),
        LEDGER_TEST(a_foreign_database_is_not_a_ledger),
        LEDGER_TEST(a_newer_ledger_is_refused),
        LEDGER_TEST(two_gates_append_to_one_chain),
        LEDGER_TEST(what_was_not_kept_is_forgotten),
        LEDGER_TEST(people_are_refused_for_a_reason),
        LEDGER_TEST(consents_are_refused_for_a_reason),
        LEDGER_TEST(giving_back_needs_two),
        LEDGER_TEST(statements_and_withdrawals_must_name_something),
        LEDGER_TEST(appearances_are_refused_for_a_reason),
        LEDGER_TEST(a_risk_assessment_needs_two_people_and_a_past),
        LEDGER_TEST(an_event_too_large_for_its_shape_is_an_error),
        cmocka_unit_test_setup_teardown(every_failed_call_of_making_leaves_a_whole_ledger_or_none,
                                        bench_empty, bench_end),
        LEDGER_TEST(every_failed_call_of_appending_is_forgotten_or_kept_whole),
        LEDGER_TEST(a_rollback_that_fails_leaves_nothing_unkept_in_memory),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
