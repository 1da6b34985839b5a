/* gate_testing.h: a ledger in a folder of its own, with a clock that stands where a test wants it.
 * For tests of this room alone. */
#pragma once

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "gate/clearing.h"
#include "vault/vault.h"

enum { BENCH_ARENA_CAP = 256 << 20, BENCH_MONTH = LEDGER_MONTH_SECONDS };
static const int64_t BENCH_NOW = 1800000000; /* a morning in January 2027 */

struct bench {
    struct fault fault; /* its `now` is the clock */
    struct sys sys;
    struct arena arena;
    char path[32];
    int folder;
    struct ledger *ledger;
};

static inline void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static inline int bench_end(void **state) {
    struct bench *bench = *state;
    ledger_close(&bench->ledger);
    unlinkat(bench->folder, "ledger.db", 0);
    unlinkat(bench->folder, "ledger.db-journal", 0);
    unlinkat(bench->folder, "keys", 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(bench->path), 0);
    fd_close(&bench->folder);
    arena_done(&bench->arena);
    assert_int_equal(bench->fault.live, 0);
    free(bench);
    return 0;
}

/* A folder without a ledger. */
static inline int bench_empty(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return -1;
    *state = bench;
    bench->sys = fault_sys(&bench->fault, 0);
    bench->fault.now = BENCH_NOW;
    arena_init(&bench->arena, &bench->sys, BENCH_ARENA_CAP);
    good(vault_start());
    /* In memory where there is such a place: thousands of commits need no disk to be true. */
    bool has_memory = access("/dev/shm", W_OK) == 0;
    memcpy(bench->path, has_memory ? "/dev/shm/hanji-XXXXXX\0" : "/tmp/hanji-gate-XXXXXX", 23);
    if (mkdtemp(bench->path) == NULL || chdir(bench->path) != 0) return -1;
    bench->folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return bench->folder < 0 ? -1 : 0;
}

#define BENCH_PASSPHRASE STR("the officer's passphrase")

static inline int bench_begin(void **state) {
    if (bench_empty(state) != 0) return -1;
    struct bench *bench = *state;
    good(ledger_make(&bench->sys, bench->folder, BENCH_PASSPHRASE, true));
    good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger));
    return 0;
}

static inline void bench_reopen(struct bench *bench) {
    ledger_close(&bench->ledger);
    good(ledger_open(&bench->sys, bench->folder, BENCH_PASSPHRASE, &bench->ledger));
}

/* Ends a change that `e` is the outcome of. */
static inline err bench_finish(struct bench *bench, err e) {
    if (e.kind == ERR_NONE) return ledger_commit(bench->ledger);
    good(ledger_rollback(bench->ledger));
    return e;
}

/* ---- The calls, each as one change ---------------------------------------------------------- */

static inline err try_person(struct bench *bench, const struct gate_person *person) {
    str id;
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_add_person(bench->ledger, person, STR("A. Real Name"), &id));
}

/* `link` may be empty. */
static inline void add_person(struct bench *bench, str pseudonym, str status, str link) {
    struct gate_name links[] = {{link}};
    struct gate_person person = {.pseudonym = pseudonym,
                                 .status = status,
                                 .by = STR("Officer"),
                                 .links = links,
                                 .link_count = link.len > 0};
    good(try_person(bench, &person));
}

static inline err try_consent(struct bench *bench, const struct gate_consent *consent) {
    str id;
    struct gate_consent whole = *consent;
    if (whole.taken_by.len == 0) whole.taken_by = STR("Officer");
    if (whole.informed.len == 0) whole.informed = STR("read back, two days to think");
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_add_consent(bench->ledger, &whole, &id));
}

/* A consent of two years to one use, given by the person. */
static inline void add_consent(struct bench *bench, str person, str material, int64_t shows) {
    struct gate_scope scope = {
        .material = material, .road = STR("web"), .language = STR("en"), .shows = shows};
    struct gate_consent consent = {.person = person, .scopes = &scope, .scope_count = 1};
    good(try_consent(bench, &consent));
}

static inline err try_risk(struct bench *bench, str person, int64_t date) {
    struct gate_risk risk = {.person = person,
                             .date = date,
                             .author = STR("Officer"),
                             .second = STR("Director"),
                             .remaining = STR("a neighbour may guess")};
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_add_risk(bench->ledger, &risk));
}

static inline err try_statement(struct bench *bench, const struct gate_statement *statement) {
    struct gate_statement whole = *statement;
    if (whole.by.len == 0) whole.by = STR("Editor");
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_add_statement(bench->ledger, &whole));
}

/* States that one subject appears, showing `shows`; nobody when `person` is empty. */
static inline void state_one(struct bench *bench, str key, const unsigned char *source, str person,
                             int64_t shows) {
    struct gate_appearance one = {.person = person, .part = GATE_SUBJECT, .shows = shows};
    struct gate_statement statement = {.key = key, .people = &one, .count = person.len > 0};
    if (source != NULL) memcpy(statement.source, source, sizeof statement.source);
    good(try_statement(bench, &statement));
}

static inline err try_withdrawal(struct bench *bench, str key, str person) {
    struct gate_withdraw withdrawal = {.key = key, .person = person, .by = STR("Officer")};
    good(ledger_begin(bench->ledger));
    return bench_finish(bench, ledger_add_withdrawal(bench->ledger, &withdrawal));
}
