/* sandbox_test.c: what sandbox.h promises about giving up rights.
 *
 * Rights given up do not come back, so each test gives them up in a child of its own. The child
 * says by its exit status whether it saw what it should: 0, or the number of the check that
 * failed. */
#include "base/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder with a file in it. The parent makes it and takes it away, the child has it open. */
struct place {
    char path[64];
    int folder;
};
static void place_init(struct place *place) {
    snprintf(place->path, sizeof place->path, "/tmp/hanji-sandbox-test-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->folder = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(place->folder >= 0);
    int fd = openat(place->folder, "text", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "paper", 5), 5);
    close(fd);
}
static void place_done(struct place *place) {
    unlinkat(place->folder, "text", 0);
    unlinkat(place->folder, "made", 0);
    close(place->folder);
    rmdir(place->path);
}

/* What the child is given, and the first check of it that did not hold, counted from 1. */
struct witness {
    struct place readable;
    struct place writable;
    int checks;
    int failed;
};
static void check(struct witness *witness, bool holds) {
    witness->checks++;
    if (!holds && witness->failed == 0) witness->failed = witness->checks;
}

/* The status of a child that ran `body`. _exit, because a sanitizer's report at exit needs rights
 * that the child no longer has. */
static int status_of(void (*body)(struct witness *witness)) {
    struct witness witness = {0};
    place_init(&witness.readable);
    place_init(&witness.writable);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(30); /* no test may hang */
        body(&witness);
        _exit(witness.checks == 0 ? 200 : witness.failed);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    place_done(&witness.readable);
    place_done(&witness.writable);
    return status;
}

static void assert_all_hold(void (*body)(struct witness *witness)) {
    int status = status_of(body);
    if (WIFSIGNALED(status)) fail_msg("the child was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0) fail_msg("check %d did not hold", WEXITSTATUS(status));
}

static void body_no_dump(struct witness *w) {
    check(w, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
    check(w, sandbox_no_dump().kind == ERR_NONE);
    struct rlimit core = {1, 1};
    check(w, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    check(w, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    check(w, getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
}

static void a_process_without_dumps_leaves_no_core(void **state) {
    (void)state;
    assert_all_hold(body_no_dump);
}

static void body_limits(struct witness *w) {
    struct rlimit limit = {0, 0};
    check(w, sandbox_limits((size_t)256 << 20, 100, 16).kind == ERR_NONE);
    check(w, getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max == 100);
    check(w, getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max == 16);
    int fd = 0;
    while (fd >= 0 && fd < 16) fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    check(w, fd < 0 && errno == EMFILE);
    if (sandbox_has_seccomp()) { /* no cap of memory in sanitizer builds: sandbox.c says why */
        void *map = mmap(NULL, (size_t)512 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(w, map == MAP_FAILED && errno == ENOMEM);
    }
    check(w, sandbox_limits(0, 0, 0).kind == ERR_NONE); /* leaves them as they are */
    check(w, getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max == 16);
    if (geteuid() != 0) check(w, sandbox_limits(0, 0, 32).kind == ERR_IO);
}

static void limits_cap_memory_time_and_files(void **state) {
    (void)state;
    assert_all_hold(body_limits);
}

static bool opens(int folder, const char *path, int flags) {
    int fd = openat(folder, path, flags | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    close(fd);
    return true;
}

static void body_closed(struct witness *w) {
    CLEANUP(fd_close) int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    check(w, opens(AT_FDCWD, "/proc/self/status", O_RDONLY));
    check(w, sandbox_landlock(NULL, 0, NULL, 0).kind == ERR_NONE);
    check(w, !opens(AT_FDCWD, "/proc/self/status", O_RDONLY) && errno == EACCES);
    check(w, !opens(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY) && errno == EACCES);
    int place = w->writable.folder;
    check(w, !opens(place, "text", O_RDONLY) && errno == EACCES);
    check(w, !opens(place, "made", O_WRONLY | O_CREAT) && errno == EACCES);
    check(w, unlinkat(place, "text", 0) != 0 && errno == EACCES);
    check(w, renameat(place, "text", place, "made") != 0 && errno == EACCES);
    check(w, mkdirat(place, "made", 0700) != 0 && errno == EACCES);
    check(w, mkfifoat(place, "made", 0700) != 0 && errno == EACCES);
    check(w, symlinkat("text", place, "made") != 0 && errno == EACCES);
    check(w, write(null, "x", 1) == 1); /* what is open stays open */
}

static void landlock_with_no_folder_closes_the_file_system(void **state) {
    (void)state;
    assert_all_hold(body_closed);
}

static void body_folders(struct witness *w) {
    int readable = w->readable.folder;
    int writable = w->writable.folder;
    check(w, sandbox_landlock(&readable, 1, &writable, 1).kind == ERR_NONE);
    check(w, opens(readable, "text", O_RDONLY));
    check(w, !opens(readable, "text", O_WRONLY) && errno == EACCES);
    check(w, !opens(readable, "made", O_WRONLY | O_CREAT) && errno == EACCES);
    check(w, unlinkat(readable, "text", 0) != 0 && errno == EACCES);
    char path[sizeof w->readable.path + sizeof "/text"];
    snprintf(path, sizeof path, "%s/text", w->readable.path);
    check(w, truncate(path, 1) != 0 && errno == EACCES);
    check(w, opens(writable, "text", O_RDWR | O_TRUNC));
    check(w, opens(writable, "made", O_WRONLY | O_CREAT));
    check(w, renameat(writable, "made", writable, "text") == 0);
    check(w, !opens(readable, "..", O_RDONLY) && errno == EACCES);
    check(w, !opens(AT_FDCWD, "/etc/passwd", O_RDONLY) && errno == EACCES);
}

static void landlock_leaves_the_folders_it_was_given(void **state) {
    (void)state;
    assert_all_hold(body_folders);
}

static void body_network(struct witness *w) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U << 0);
    check(w, abi >= 1);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    union {
        const struct sockaddr_in *in;
        const struct sockaddr *any;
    } address = {.in = &here};
    int before = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(w, bind(before, address.any, sizeof here) == 0);
    check(w, sandbox_landlock(NULL, 0, NULL, 0).kind == ERR_NONE);
    int after = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    here.sin_port = htons(4);
    if (abi >= 4) check(w, bind(after, address.any, sizeof here) != 0 && errno == EACCES);
    if (abi >= 4) check(w, connect(after, address.any, sizeof here) != 0 && errno == EACCES);
}

static void landlock_refuses_tcp_where_the_kernel_knows_how(void **state) {
    (void)state;
    assert_all_hold(body_network);
}

static const char *const FEW_CALLS[] = {"write", "exit_group", "rt_sigreturn", NULL};

static void body_few_calls(struct witness *w) {
    check(w, sandbox_seccomp(FEW_CALLS).kind == ERR_NONE);
    errno = 0;
    check(w, syscall(SYS_getppid) == -1 && errno == EPERM);
    errno = 0;
    check(w, syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY) == -1 && errno == EPERM);
    errno = 0;
    check(w, syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM);
    check(w, write(STDERR_FILENO, "", 0) == 0);
}

static void seccomp_refuses_every_call_not_named(void **state) {
    (void)state;
    assert_all_hold(body_few_calls);
}

static void body_exec(struct witness *w) {
    check(w, sandbox_seccomp(FEW_CALLS).kind == ERR_NONE);
    char *const none[] = {NULL};
    execve("/proc/self/exe", none, none);
    check(w, false);
}
static void body_trace(struct witness *w) {
    check(w, sandbox_seccomp(FEW_CALLS).kind == ERR_NONE);
    syscall(SYS_ptrace, 0, 0, 0, 0);
    check(w, false);
}
static void body_unshare(struct witness *w) {
    check(w, sandbox_seccomp(FEW_CALLS).kind == ERR_NONE);
    syscall(SYS_unshare, 0);
    check(w, false);
}

static void seccomp_ends_whoever_starts_programs_or_traces(void **state) {
    (void)state;
    void (*const bodies[])(struct witness *) = {body_exec, body_trace, body_unshare};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        int status = status_of(bodies[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static void seccomp_refuses_a_name_that_is_no_call(void **state) {
    (void)state;
    static const char *const calls[] = {"write", "no_such_call", NULL};
    err e = sandbox_seccomp(calls);
    assert_int_equal(e.kind, ERR_IO);
    assert_string_equal(e.message, "seccomp: no system call is named no_such_call");
}

/* The tests of the filter are not run where there is none; this one says so in their place, and
 * that it is so in no build but a sanitizer's: only there do these functions exist. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
static void body_no_filter(struct witness *w) {
    check(w, sandbox_seccomp(FEW_CALLS).kind == ERR_NONE);
    check(w, syscall(SYS_getppid) > 0);
}
static void seccomp_is_left_out_of_sanitizer_builds(void **state) {
    (void)state;
    assert_true(__asan_init != NULL || __tsan_init != NULL);
    print_message("# the filter would break the sanitizer's own calls: not tested in this build\n");
    assert_all_hold(body_no_filter);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_without_dumps_leaves_no_core),
        cmocka_unit_test(limits_cap_memory_time_and_files),
        cmocka_unit_test(landlock_with_no_folder_closes_the_file_system),
        cmocka_unit_test(landlock_leaves_the_folders_it_was_given),
        cmocka_unit_test(landlock_refuses_tcp_where_the_kernel_knows_how),
        cmocka_unit_test(seccomp_refuses_every_call_not_named),
        cmocka_unit_test(seccomp_ends_whoever_starts_programs_or_traces),
        cmocka_unit_test(seccomp_refuses_a_name_that_is_no_call),
    };
    const struct CMUnitTest sanitized[] = {
        tests[0], tests[1], tests[2],
        tests[3], tests[4], cmocka_unit_test(seccomp_is_left_out_of_sanitizer_builds),
    };
    if (!sandbox_has_seccomp()) {
        return cmocka_run_group_tests_name("sandbox", sanitized, NULL, NULL);
    }
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
