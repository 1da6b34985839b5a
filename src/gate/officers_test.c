/* officers_test.c: whatever fails while slots change, whoever could open the ledger still can. */
#include "gate/gate_testing.h"
#include "gate/officers.h"

#include <string.h>

static err change(struct bench *bench, enum gate_officer_action action, str name) {
    const struct gate_officer_wish wish = {.action = action, .name = name, .by = STR("Officer")};
    err e = ledger_begin(bench->ledger);
    if (e.kind != ERR_NONE) return e;
    e = officers_change(bench->ledger, &bench->arena, &wish, STR("another passphrase"));
    if (e.kind == ERR_NONE) e = ledger_commit(bench->ledger);
    return e;
}

static struct gate_officers list(struct bench *bench) {
    struct gate_officers officers;
    good(officers_list(bench->ledger, &bench->arena, &officers));
    return officers;
}

static bool opens(struct bench *bench, str passphrase) {
    ledger_close(&bench->ledger);
    err e = ledger_open(&bench->sys, bench->folder, passphrase, &bench->ledger);
    bool does = e.kind == ERR_NONE;
    if (!does) {
        assert_int_equal(e.kind, ERR_DENIED);
        good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger));
    }
    return does;
}

static void a_second_officer_comes_and_goes(void **state) {
    struct bench *bench = *state;
    assert_int_equal(list(bench).count, 1);
    assert_int_equal(list(bench).officers[0].name.len, 0);
    good(change(bench, GATE_OFFICER_ADD, STR("Second")));
    assert_true(opens(bench, STR("another passphrase")));
    assert_true(str_eq(list(bench).officers[1].name, STR("Second")));
    good(change(bench, GATE_OFFICER_REMOVE, STR("Second")));
    assert_int_equal(list(bench).count, 1);
    assert_false(opens(bench, STR("another passphrase")));
    assert_true(opens(bench, BENCH_PASSPHRASE));
    err e = change(bench, GATE_OFFICER_REMOVE, list(bench).officers[0].slot);
    assert_int_equal(e.kind, ERR_DENIED);
}

/* A slot may be left that nobody recorded; none may be lost. */
static void every_failed_call_locks_nobody_out(void **state) {
    struct bench *bench = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = change(bench, GATE_OFFICER_ADD, STR("Second"));
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        if (e.kind == ERR_NONE) { /* no call failed, or one that may */
            assert_true(opens(bench, STR("another passphrase")));
            if (!met) return;
            good(change(bench, GATE_OFFICER_REMOVE, STR("Second")));
            continue;
        }
        assert_true(met);
        good(ledger_rollback(bench->ledger));
        assert_true(opens(bench, BENCH_PASSPHRASE));
        struct gate_officers left = list(bench);
        assert_int_equal(left.officers[0].name.len, 0);
        for (size_t i = left.count; i-- > 1;) {
            assert_int_equal(left.officers[i].name.len,
                             0); /* no event: a stranger's, to be removed */
            good(change(bench, GATE_OFFICER_REMOVE, left.officers[i].slot));
        }
    }
    fail_msg("no run was clean");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_officer_comes_and_goes, bench_begin, bench_end),
        cmocka_unit_test_setup_teardown(every_failed_call_locks_nobody_out, bench_begin, bench_end),
    };
    return cmocka_run_group_tests_name("gate/officers", tests, NULL, NULL);
}
