/* child_test.c: what sandbox.h promises about children.
 *
 * The child is this program itself, called with the name of a role: it looks at the world it was
 * given and reports through its first handed file, number 3. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sandbox.h"

enum { REPORT = 3, ANSWER_MAX = 4096 };

/* Roles: what this program does when it is the child. */

static int list_files(void) {
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) dprintf(REPORT, "%d ", fd);
    }
    return 0;
}

static int echo_files(void) { /* 4 and 5 hold a text each */
    char text[16];
    ssize_t len = 0;
    for (int fd = 4; fd <= 5; fd++) {
        if ((len = read(fd, text, sizeof text)) > 0) dprintf(REPORT, "%.*s ", (int)len, text);
    }
    return 0;
}

static int list_environment(void) {
    for (char **entry = environ; *entry != NULL; entry++) dprintf(REPORT, "%s\n", *entry);
    return 0;
}

static int tell_signals(void) {
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    dprintf(REPORT, "%s", sigismember(&blocked, SIGTERM) ? "blocked" : "open");
    return 0;
}

static int tell_input(void) {
    char byte;
    dprintf(REPORT, "%d", (int)read(0, &byte, 1));
    return 0;
}

static int hang(void) {
    dprintf(REPORT, "up");
    while (pause() < 0) {
    }
    return 0;
}

static int end_with_7(void) { return 7; }

static const struct {
    const char *name;
    int (*run)(void);
} ROLES[] = {
    {"list-files", list_files},
    {"echo-files", echo_files},
    {"list-environment", list_environment},
    {"tell-signals", tell_signals},
    {"tell-input", tell_input},
    {"hang", hang},
    {"end-with-7", end_with_7},
};

/* A pipe whose far end the child gets as number 3. */
struct ear {
    int near;
    int far;
};
static void ear_init(struct ear *ear) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    *ear = (struct ear){.near = ends[0], .far = ends[1]};
}
static void ear_done(struct ear *ear) {
    fd_close(&ear->near);
    fd_close(&ear->far);
}

static err start(const char *role, const int *fds, size_t count, struct child *ret_child) {
    const char *argv[] = {"child", role, NULL};
    struct child_spec spec = {
        .program = "/proc/self/exe", .argv = argv, .fds = fds, .fd_count = count};
    return child_start(&spec, ret_child);
}

/* Reads until the child closes its end or ten seconds pass. Closes our copy of the far end. */
static void listen_to(struct ear *ear, char ret_answer[ANSWER_MAX]) {
    size_t len = 0;
    fd_close(&ear->far);
    for (;;) {
        struct pollfd ready = {.fd = ear->near, .events = POLLIN};
        assert_true(poll(&ready, 1, 10000) == 1);
        ssize_t got = read(ear->near, ret_answer + len, ANSWER_MAX - 1 - len);
        if (got <= 0) break;
        len += (size_t)got;
    }
    ret_answer[len] = '\0';
}

static int wait_for(struct child *child) {
    const struct sys sys = sys_real();
    int status = -1;
    assert_int_equal(child_wait(&sys, child, 10, &status).kind, ERR_NONE);
    assert_int_equal(child->pid, 0);
    return status;
}

static void ask(const char *role, char ret_answer[ANSWER_MAX]) {
    CLEANUP(ear_done) struct ear ear;
    struct child child;
    ear_init(&ear);
    assert_int_equal(start(role, &ear.far, 1, &child).kind, ERR_NONE);
    listen_to(&ear, ret_answer);
    assert_int_equal(wait_for(&child), 0);
}

static void gets_its_files_and_no_other(void **state) {
    (void)state;
    int strays[40]; /* open, inheritable, in the way of the numbers the child is to see */
    for (size_t i = 0; i < COUNT_OF(strays); i++) strays[i] = open("/dev/null", O_RDONLY);
    char answer[ANSWER_MAX];
    ask("list-files", answer);
    for (size_t i = 0; i < COUNT_OF(strays); i++) close(strays[i]);
    assert_string_equal(answer, "0 1 2 3 ");
    ask("list-files", answer);
    assert_string_equal(answer, "0 1 2 3 ");
}

/* The numbers asked for are in use, crosswise: 5 is to become 4 and 4 to become 5. */
static void gets_its_files_in_the_order_given(void **state) {
    (void)state;
    CLEANUP(ear_done) struct ear ear;
    CLEANUP(ear_done) struct ear one;
    CLEANUP(ear_done) struct ear two;
    ear_init(&ear);
    ear_init(&one);
    ear_init(&two);
    assert_int_equal(write(one.far, "one", 3), 3);
    assert_int_equal(write(two.far, "two", 3), 3);
    for (int turn = 0; turn < 2; turn++) {
        if (turn == 1) { /* what was read is written again */
            assert_int_equal(write(one.far, "two", 3), 3);
            assert_int_equal(write(two.far, "one", 3), 3);
        }
        CLEANUP(ear_done) struct ear answer_ear;
        ear_init(&answer_ear);
        int fds[] = {answer_ear.far, turn == 0 ? one.near : two.near,
                     turn == 0 ? two.near : one.near};
        struct child child;
        assert_int_equal(start("echo-files", fds, 3, &child).kind, ERR_NONE);
        char answer[ANSWER_MAX];
        listen_to(&answer_ear, answer);
        assert_string_equal(answer, "one two ");
        assert_int_equal(wait_for(&child), 0);
    }
}

static void sees_nothing_of_our_environment_but_what_is_harmless(void **state) {
    (void)state;
    assert_int_equal(setenv("HANJI_PASSPHRASE_FILE", "/secret", 1), 0);
    assert_int_equal(setenv("LD_PRELOAD_NOT", "x", 1), 0);
    assert_int_equal(setenv("LANG", "C.UTF-8", 1), 0);
    assert_int_equal(setenv("LANGUAGE", "ko", 1), 0);
    char answer[ANSWER_MAX];
    ask("list-environment", answer);
    assert_null(strstr(answer, "HANJI"));
    assert_null(strstr(answer, "LD_"));
    assert_null(strstr(answer, "LANGUAGE"));
    assert_null(strstr(answer, "HOME="));
    assert_non_null(strstr(answer, "LANG=C.UTF-8\n"));
}

static void starts_with_no_signal_blocked(void **state) {
    (void)state;
    sigset_t term;
    sigset_t before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &term, &before), 0);
    char answer[ANSWER_MAX];
    ask("tell-signals", answer);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    assert_string_equal(answer, "open");
}

static void reads_nothing_from_a_terminal(void **state) {
    (void)state;
    char answer[ANSWER_MAX];
    ask("tell-input", answer);
    assert_string_equal(answer, "0"); /* the end of /dev/null */
}

static void gives_back_its_status(void **state) {
    (void)state;
    struct child child;
    assert_int_equal(start("end-with-7", NULL, 0, &child).kind, ERR_NONE);
    int status = wait_for(&child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    child_kill(&child); /* has ended already */
    const struct sys sys = sys_real();
    assert_int_equal(child_wait(&sys, &child, 1, &status).kind, ERR_IO);
}

static void says_when_there_is_no_such_program(void **state) {
    (void)state;
    const char *argv[] = {"child", NULL};
    struct child child = {.pid = 77};
    struct child_spec spec = {.program = "/proc/self/no-such-program", .argv = argv};
    err e = child_start(&spec, &child);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(e.message, "no-such-program"));
    assert_int_equal(child.pid, 77);
    spec.program = "/";
    assert_int_equal(child_start(&spec, &child).kind, ERR_IO);
    spec.program = "/proc/self/exe";
    spec.fds = (const int[]){-1};
    spec.fd_count = 1;
    assert_int_equal(child_start(&spec, &child).kind, ERR_IO);      /* no such file to hand over */
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* and none was left behind */
}

static void is_ended_when_it_hangs(void **state) {
    (void)state;
    CLEANUP(ear_done) struct ear ear;
    struct child child;
    ear_init(&ear);
    assert_int_equal(start("hang", &ear.far, 1, &child).kind, ERR_NONE);
    const struct sys sys = sys_real();
    int status = 77;
    assert_int_equal(child_wait(&sys, &child, 1, &status).kind, ERR_BUSY);
    assert_int_equal(status, 77);
    assert_int_equal(child.pid, 0);
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* reaped */
    char answer[ANSWER_MAX];
    listen_to(&ear, answer);
    assert_string_equal(answer, "up");
}

static void a_wait_of_no_seconds_ends_at_once(void **state) {
    (void)state;
    CLEANUP(ear_done) struct ear ear;
    struct child child;
    ear_init(&ear);
    assert_int_equal(start("hang", &ear.far, 1, &child).kind, ERR_NONE);
    const struct sys sys = sys_real();
    int status = 77;
    assert_int_equal(child_wait(&sys, &child, 0, &status).kind, ERR_BUSY);
    assert_int_equal(child.pid, 0);
}

/* A process that capped its own files leaves no room to put a child's in order. */
static void is_refused_where_too_few_files_may_be_open(void **state) {
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = 16, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct child child = {.pid = 77};
    err e = start("end-with-7", NULL, 0, &child);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(e.kind, ERR_IO);
    assert_int_equal(child.pid, 77);
}

static void dies_with_its_parent(void **state) {
    (void)state;
    CLEANUP(ear_done) struct ear ear;
    ear_init(&ear);
    pid_t middle = fork();
    assert_true(middle >= 0);
    if (middle == 0) {
        struct child child;
        if (start("hang", &ear.far, 1, &child).kind != ERR_NONE) _exit(1);
        fd_close(&ear.far); /* the grandchild alone holds the far end now */
        while (pause() < 0) {
        }
    }
    fd_close(&ear.far);
    char answer[3] = "";
    assert_int_equal(read(ear.near, answer, 2), 2); /* it is up */
    assert_int_equal(kill(middle, SIGKILL), 0);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    struct pollfd ended = {.fd = ear.near, .events = POLLIN};
    assert_int_equal(poll(&ended, 1, 10000), 1);
    assert_int_equal(read(ear.near, answer, 1), 0); /* nobody is left to write */
}

static void killing_accepts_what_is_not_there(void **state) {
    (void)state;
    struct child none = {0};
    child_kill(&none);
    struct child child;
    CLEANUP(ear_done) struct ear ear;
    ear_init(&ear);
    assert_int_equal(start("hang", &ear.far, 1, &child).kind, ERR_NONE);
    child_kill(&child);
    assert_int_equal(child.pid, 0);
    child_kill(&child);
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 2 && i < COUNT_OF(ROLES); i++) {
        if (strcmp(argv[1], ROLES[i].name) == 0) return ROLES[i].run();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_its_files_and_no_other),
        cmocka_unit_test(gets_its_files_in_the_order_given),
        cmocka_unit_test(sees_nothing_of_our_environment_but_what_is_harmless),
        cmocka_unit_test(starts_with_no_signal_blocked),
        cmocka_unit_test(reads_nothing_from_a_terminal),
        cmocka_unit_test(gives_back_its_status),
        cmocka_unit_test(says_when_there_is_no_such_program),
        cmocka_unit_test(is_ended_when_it_hangs),
        cmocka_unit_test(a_wait_of_no_seconds_ends_at_once),
        cmocka_unit_test(is_refused_where_too_few_files_may_be_open),
        cmocka_unit_test(dies_with_its_parent),
        cmocka_unit_test(killing_accepts_what_is_not_there),
    };
    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
