/* clearance_test.c: a clearance is the gate's word, for one thing, on one road, until then. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/fault.h"
#include "vault/vault.h"
#include "wire/clearance.h"

enum { ARENA_CAP = 4 << 20, GIVEN = 1000, UNTIL = 2000 };

struct bench {
    struct sys sys;
    struct arena arena;
    unsigned char key[VAULT_PUBLIC_BYTES];
    unsigned char secret[VAULT_SECRET_BYTES];
    struct clearance_terms terms;
};

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static int begin(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    bench->sys = sys_real();
    arena_init(&bench->arena, &bench->sys, ARENA_CAP);
    good(vault_start());
    vault_sign_pair(bench->key, bench->secret);
    bench->terms = (struct clearance_terms){.id = {9},
                                            .key = STR("12/en"),
                                            .road = STR("web"),
                                            .language = STR("en"),
                                            .source = {5, 6, 7},
                                            .given = GIVEN,
                                            .until = UNTIL,
                                            .rules = 1};
    *state = bench;
    return 0;
}

static int end(void **state) {
    struct bench *bench = *state;
    arena_done(&bench->arena);
    free(bench);
    return 0;
}

/* What the gate does, with a key of the test's. */
static err give(struct arena *a, const struct bench *bench, str *ret_bytes) {
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    struct buf bytes;
    str message;
    TRY(clearance_message(a, &bench->terms, &message));
    vault_sign(bench->secret, message, signature);
    buf_init(&bytes, a, ARENA_CAP);
    wire_pack(&bytes, &clearance_shape, &bench->terms);
    buf_add(&bytes, (str){(const char *)signature, sizeof signature});
    return buf_finish(&bytes, ret_bytes);
}

static str given(struct bench *bench) {
    str bytes = {0};
    good(give(&bench->arena, bench, &bytes));
    return bytes;
}

static const struct clearance *sound(struct bench *bench) {
    const struct clearance *clearance = NULL;
    good(clearance_read(&bench->arena, bench->key, given(bench), &clearance));
    return clearance;
}

static struct clearance_use use_of(const struct bench *bench) {
    return (struct clearance_use){
        .key = STR("12/en"), .road = STR("web"), .source = bench->terms.source, .now = GIVEN};
}

static void says_what_it_was_given_for(void **state) {
    struct bench *bench = *state;
    const struct clearance *clearance = sound(bench);
    const struct clearance_terms *terms = clearance_terms(clearance);
    assert_true(str_eq(terms->key, STR("12/en")));
    assert_int_equal(terms->until, UNTIL);
}

/* With the clearance in hand, or with its terms alone, as the gate keeps them. */
static void its_hash_is_the_hash_of_its_terms(void **state) {
    struct bench *bench = *state;
    unsigned char hash[CLEARANCE_HASH_BYTES];
    unsigned char other[CLEARANCE_HASH_BYTES];
    clearance_hash(sound(bench), hash);
    good(clearance_terms_hash(&bench->arena, &bench->terms, other));
    assert_memory_equal(hash, other, sizeof hash);
    bench->terms.until++;
    good(clearance_terms_hash(&bench->arena, &bench->terms, other));
    assert_memory_not_equal(hash, other, sizeof hash);
}

static void borrows_nothing_from_what_it_was_read_from(void **state) {
    struct bench *bench = *state;
    str bytes = given(bench);
    const struct clearance *clearance = NULL;
    char *lent = malloc(bytes.len);
    memcpy(lent, bytes.ptr, bytes.len);
    good(clearance_read(&bench->arena, bench->key, (str){lent, bytes.len}, &clearance));
    memset(lent, 'x', bytes.len);
    free(lent);
    assert_true(str_eq(clearance_terms(clearance)->key, STR("12/en")));
    unsigned char hash[CLEARANCE_HASH_BYTES];
    unsigned char other[CLEARANCE_HASH_BYTES];
    clearance_hash(clearance, hash);
    good(clearance_terms_hash(&bench->arena, &bench->terms, other));
    assert_memory_equal(hash, other, sizeof hash);
}

static void a_forged_one_is_refused(void **state) {
    struct bench *bench = *state;
    const struct clearance *clearance = NULL;
    str bytes = given(bench);
    unsigned char other[VAULT_PUBLIC_BYTES];
    unsigned char other_secret[VAULT_SECRET_BYTES];
    vault_sign_pair(other, other_secret);
    assert_int_equal(clearance_read(&bench->arena, other, bytes, &clearance).kind, ERR_DENIED);
    memcpy(bench->secret, other_secret, sizeof other_secret);
    assert_int_equal(clearance_read(&bench->arena, bench->key, given(bench), &clearance).kind,
                     ERR_DENIED);
    assert_null(clearance);
}

/* Without the fixed words before it, a signature over packed terms is not a clearance's. */
static void a_signature_made_for_something_else_does_not_fit(void **state) {
    struct bench *bench = *state;
    const struct clearance *clearance = NULL;
    str bytes = given(bench);
    size_t end_of_terms = bytes.len - CLEARANCE_SIGNATURE_BYTES;
    char *forged = arena_alloc(&bench->arena, bytes.len);
    unsigned char signature[VAULT_SIGNATURE_BYTES];
    memcpy(forged, bytes.ptr, bytes.len);
    vault_sign(bench->secret, str_slice(bytes, 0, end_of_terms), signature);
    memcpy(forged + end_of_terms, signature, sizeof signature);
    err e = clearance_read(&bench->arena, bench->key, (str){forged, bytes.len}, &clearance);
    assert_int_equal(e.kind, ERR_DENIED);
}

static void one_that_was_bent_or_cut_anywhere_is_refused(void **state) {
    struct bench *bench = *state;
    str bytes = given(bench);
    const struct clearance *clearance = NULL;
    char *bent = malloc(bytes.len + 1);
    memcpy(bent, bytes.ptr, bytes.len);
    bent[bytes.len] = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bent[i] = (char)(bent[i] ^ 1);
        err e = clearance_read(&bench->arena, bench->key, (str){bent, bytes.len}, &clearance);
        assert_true(e.kind == ERR_DENIED || e.kind == ERR_INVALID);
        bent[i] = (char)(bent[i] ^ 1);
        e = clearance_read(&bench->arena, bench->key, (str){bent, i}, &clearance);
        assert_true(e.kind == ERR_DENIED || e.kind == ERR_INVALID);
    }
    err e = clearance_read(&bench->arena, bench->key, (str){bent, bytes.len + 1}, &clearance);
    assert_int_not_equal(e.kind, ERR_NONE);
    assert_null(clearance);
    free(bent);
}

static void covers_its_own_use_alone(void **state) {
    struct bench *bench = *state;
    const struct clearance *clearance = sound(bench);
    const unsigned char edited[32] = {5, 6, 8};
    const struct {
        struct clearance_use use;
        const char *words; /* NULL: covered */
    } CASES[] = {
        {{STR("12/en"), STR("web"), bench->terms.source, GIVEN}, NULL},
        {{STR("12/en"), STR("web"), bench->terms.source, UNTIL - 1}, NULL},
        {{STR("12/en"), STR("web"), bench->terms.source, UNTIL}, "has ended"},
        {{STR("12/en"), STR("web"), bench->terms.source, INT64_MAX}, "has ended"},
        {{STR("12/en"), STR("web"), bench->terms.source, GIVEN - 1}, "has ended"},
        {{STR("12/ko"), STR("web"), bench->terms.source, GIVEN}, "not for 12/ko"},
        {{STR("12/e"), STR("web"), bench->terms.source, GIVEN}, "not for 12/e"},
        {{STR("12/en"), STR("mail"), bench->terms.source, GIVEN}, "not for mail"},
        {{STR("12/en"), STR(""), bench->terms.source, GIVEN}, "not for "},
        {{STR("12/en"), STR("web"), edited, GIVEN}, "was changed since"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        err e = clearance_covers(clearance, &CASES[i].use);
        assert_int_equal(e.kind, CASES[i].words == NULL ? ERR_NONE : ERR_DENIED);
        if (CASES[i].words == NULL) continue;
        assert_true(str_contains(str_of(e.message), str_of(CASES[i].words)));
    }
}

static err read_and_ask(const struct sys *sys, const struct bench *bench) {
    CLEANUP(arena_done) struct arena a;
    const struct clearance *clearance = NULL;
    struct clearance_use use = use_of(bench);
    str bytes = {0};
    arena_init(&a, sys, ARENA_CAP);
    TRY(give(&a, bench, &bytes));
    TRY(clearance_read(&a, bench->key, bytes, &clearance));
    return clearance_covers(clearance, &use);
}

static void every_failed_allocation_is_an_error(void **state) {
    struct bench *bench = *state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        if (fault_ended(&fault, read_and_ask(&sys, bench))) return;
    }
    fail_msg("no run was clean");
}

#define CLEARANCE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEARANCE_TEST(says_what_it_was_given_for),
        CLEARANCE_TEST(its_hash_is_the_hash_of_its_terms),
        CLEARANCE_TEST(borrows_nothing_from_what_it_was_read_from),
        CLEARANCE_TEST(a_forged_one_is_refused),
        CLEARANCE_TEST(a_signature_made_for_something_else_does_not_fit),
        CLEARANCE_TEST(one_that_was_bent_or_cut_anywhere_is_refused),
        CLEARANCE_TEST(covers_its_own_use_alone),
        CLEARANCE_TEST(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests_name("clearance", tests, NULL, NULL);
}
