/* uses_test.c: what a sealing lets out is entered once, what comes back is, and whose it was is
 * known for the time at which it was cleared. */
#include <string.h>

#include "gate/gate_testing.h"
#include "gate/uses.h"

static const unsigned char INDEX[32] = {7};

static void clear(struct bench *bench, str key, str picture) {
    struct gate_name media = {picture};
    struct ledger_cleared cleared = {.key = key,
                                     .road = STR("web"),
                                     .language = STR("en"),
                                     .by = STR("Editor"),
                                     .media = &media,
                                     .media_count = picture.len > 0};
    struct clearance_terms terms = {.key = key,
                                    .road = STR("web"),
                                    .language = STR("en"),
                                    .given = BENCH_NOW,
                                    .until = BENCH_NOW + BENCH_MONTH,
                                    .rules = LEDGER_RULES_VERSION};
    str bytes;
    good(ledger_begin(bench->ledger));
    good(bench_finish(
        bench, ledger_add_clearance(bench->ledger, &bench->arena, &terms, &cleared, &bytes)));
}

static const struct ledger_clearance *newest(const struct bench *bench, str key) {
    return ledger_item(bench->ledger, key)->clearance;
}

/* Seals what the newest clearances of these items cover. */
static err seal(struct bench *bench, const str *keys, size_t count) {
    const struct ledger_clearance *now[8] = {NULL};
    for (size_t i = 0; i < count; i++) now[i] = newest(bench, keys[i]);
    const struct ledger_outing outing = {
        .index = INDEX, .road = STR("web"), .now = now, .count = COUNT_OF(now)};
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_add_uses(bench->ledger, &outing));
}

static struct gate_uses list(struct bench *bench, str key, str person) {
    struct gate_uses uses;
    const struct gate_uses_of of = {.key = key, .person = person};
    good(uses_list(bench->ledger, &bench->arena, &of, &uses));
    return uses;
}

static const str TWO[] = {{"12/en", 5}, {"12/ko", 5}};

static void what_goes_out_is_entered_once_and_what_comes_back_too(void **state) {
    struct bench *bench = *state;
    struct gate_status before;
    struct gate_status after;
    clear(bench, TWO[0], STR("m7"));
    clear(bench, TWO[1], STR(""));
    assert_int_equal(list(bench, STR(""), STR("")).count, 0);
    good(seal(bench, TWO, 2));
    ledger_status(bench->ledger, &before);
    good(seal(bench, TWO, 2));
    ledger_status(bench->ledger, &after);
    assert_int_equal(before.events, after.events); /* nothing new, no event */
    assert_int_equal(list(bench, STR(""), STR("")).count, 2);
    assert_int_equal(list(bench, STR("12/en"), STR("")).count, 1);
    assert_int_equal(list(bench, STR("m7"), STR("")).count, 1);
    assert_int_equal(list(bench, STR("12/*"), STR("")).count, 2);
    assert_int_equal(list(bench, STR("1/*"), STR("")).count, 0);
    bench->fault.now += 60;
    good(seal(bench, TWO, 1));
    bench_reopen(bench);
    struct gate_uses uses = list(bench, STR("12/ko"), STR(""));
    assert_int_equal(uses.uses[0].out, BENCH_NOW);
    assert_int_equal(uses.uses[0].back, BENCH_NOW + 60);
    assert_int_equal(uses.uses[0].sealed_rules, LEDGER_RULES_VERSION);
    assert_memory_equal(uses.uses[0].pressing, INDEX, 32);
    assert_int_equal(list(bench, STR("12/en"), STR("")).uses[0].back, 0);
    bench->fault.now += 60;
    good(seal(bench, TWO, 2)); /* out again: another use */
    uses = list(bench, STR("12/ko"), STR(""));
    assert_int_equal(uses.count, 2);
    assert_int_equal(uses.uses[0].out, BENCH_NOW + 120);
    assert_int_equal(uses.uses[0].back, 0);
    assert_int_equal(uses.uses[1].back, BENCH_NOW + 60);
}

/* By the statement that stood when it was cleared; pictures count. */
static void whose_it_was_is_known_by_its_time(void **state) {
    struct bench *bench = *state;
    struct gate_uses uses;
    const struct gate_uses_of nobody = {.person = STR("Nobody")};
    add_person(bench, STR("Kettle"), STR("free"), STR(""));
    add_person(bench, STR("Lantern"), STR("free"), STR(""));
    state_one(bench, TWO[0], NULL, STR("Kettle"), 0);
    state_one(bench, STR("m7"), NULL, STR("Lantern"), 0);
    clear(bench, TWO[0], STR("m7"));
    good(seal(bench, TWO, 1));
    state_one(bench, TWO[0], NULL, STR(""), 0); /* nobody any more */
    clear(bench, TWO[0], STR(""));
    good(seal(bench, TWO, 1));
    assert_int_equal(list(bench, TWO[0], STR("")).count, 2);
    uses = list(bench, STR(""), STR("Kettle"));
    assert_int_equal(uses.count, 1);
    assert_int_not_equal(uses.uses[0].back, 0);
    assert_int_equal(list(bench, STR(""), STR("Lantern")).count, 1);
    assert_int_equal(uses_list(bench->ledger, &bench->arena, &nobody, &uses).kind, ERR_NOT_FOUND);
}

static void every_failed_call_enters_all_or_nothing(void **state) {
    struct bench *bench = *state;
    clear(bench, TWO[0], STR(""));
    clear(bench, TWO[1], STR(""));
    good(seal(bench, TWO, 1));
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        const struct ledger_clearance *now[] = {newest(bench, TWO[1])};
        const struct ledger_outing outing = {
            .index = INDEX, .road = STR("web"), .now = now, .count = 1};
        good(ledger_begin(bench->ledger));
        bench->fault.calls = 0;
        bench->fault.fail_at = n;
        err e = ledger_add_uses(bench->ledger, &outing);
        if (e.kind == ERR_NONE) e = ledger_commit(bench->ledger);
        bool met = bench->fault.calls >= n;
        bench->fault.fail_at = 0;
        if (e.kind != ERR_NONE) good(ledger_rollback(bench->ledger));
        bool is_entered = e.kind == ERR_NONE;
        assert_int_equal(list(bench, TWO[1], STR("")).count, is_entered);
        assert_int_equal(list(bench, TWO[0], STR("")).uses[0].back != 0, is_entered);
        if (is_entered) {
            assert_false(met);
            return;
        }
    }
    fail_msg("no run was clean");
}

#define USES_TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        USES_TEST(what_goes_out_is_entered_once_and_what_comes_back_too),
        USES_TEST(whose_it_was_is_known_by_its_time),
        USES_TEST(every_failed_call_enters_all_or_nothing),
    };
    return cmocka_run_group_tests_name("gate/uses", tests, NULL, NULL);
}
