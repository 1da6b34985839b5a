/* fault.h: a world that fails on purpose, for tests alone.
 *
 * Wraps the real world, counts every call that may fail (memory, chance, files) and makes the n-th
 * one fail. A test runs its body with n = 1, 2, 3 ... until one run meets no fault: then every
 * fallible path has been walked.
 *
 *     for (int n = 1; n < FAULT_RUNS_MAX; n++) {
 *         struct fault fault;
 *         struct sys sys = fault_sys(&fault, n);
 *         err e = body(&sys);
 *         if (fault_ended(&fault, e)) break;   // asserts: nothing leaked, the error has a kind
 *     }
 *
 * Whoever finds a call whose failure is benign (a cleanup, a lost cache) says so at the call. */
#pragma once

#include "base/sys.h"

enum { FAULT_RUNS_MAX = 100000 };

struct fault {
    struct sys world;
    int fail_at; /* the call that fails, from 1; 0 never */
    int calls;   /* fallible calls so far */
    int live;    /* blocks of memory not yet given back */
    int64_t now; /* when not 0, where the clock stands, in seconds */
};

struct sys fault_sys(struct fault *fault, int fail_at);

/* True when the run was clean: no fault was met and `e` is success. Asserts that nothing is live,
 * that a run without a fault succeeded, and that an error is one of the kinds a fault gives. */
bool fault_ended(const struct fault *fault, err e);
