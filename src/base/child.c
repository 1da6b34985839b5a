/* child.c: children of ours, started with nothing they do not need. See sandbox.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

enum { FIRST_FD = 3, FD_COUNT_MAX = 8, ENVIRONMENT_MAX = 8 };

/* What a child may see of our environment: nothing that could carry a secret. */
static const char *const KEPT[] = {
    "LANG=", "PATH=", "TZ=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS="};

static void copy_environment(char *ret_environment[ENVIRONMENT_MAX]) {
    size_t count = 0;
    for (char **entry = environ; *entry != NULL; entry++) {
        for (size_t i = 0; i < COUNT_OF(KEPT) && count < ENVIRONMENT_MAX - 1; i++) {
            if (strncmp(*entry, KEPT[i], strlen(KEPT[i])) == 0) ret_environment[count++] = *entry;
        }
    }
    ret_environment[count] = NULL;
}

/* Runs in the child, between fork and exec: only calls that are safe there. Reports errno. */
static void become(const struct child_spec *spec, char **environment, pid_t parent, int pipe_end) {
    int high[FD_COUNT_MAX];
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127); /* the parent died before the line above */
    sigemptyset(&none); /* a parent that waits for signals blocks them; exec would keep that */
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Out of the way first, so that no target number overwrites a source still needed. */
    int report = fcntl(pipe_end, F_DUPFD_CLOEXEC, FIRST_FD + 2 * FD_COUNT_MAX);
    if (report < 0) {
        report = pipe_end;
        goto failed;
    }
    for (size_t i = 0; i < spec->fd_count; i++) {
        high[i] = fcntl(spec->fds[i], F_DUPFD, FIRST_FD + FD_COUNT_MAX);
        if (high[i] < 0) goto failed;
    }
    for (size_t i = 0; i < spec->fd_count; i++) {
        if (dup2(high[i], FIRST_FD + (int)i) < 0) goto failed;
    }
    if (!spec->keeps_terminal) {
        int null = open("/dev/null", O_RDONLY);
        if (null < 0 || dup2(null, 0) < 0) goto failed;
    }
    unsigned above = FIRST_FD + (unsigned)spec->fd_count;
    if (syscall(SYS_close_range, above, (unsigned)report - 1, 0) != 0) goto failed;
    if (syscall(SYS_close_range, (unsigned)report + 1, ~0U, 0) != 0) goto failed;
    union {
        const char *const *given;
        char *const *wanted; /* execve promises not to write, its type cannot say so */
    } argv = {.given = spec->argv};
    execve(spec->program, argv.wanted, environment);
failed:;
    int number = errno;
    if (write(report, &number, sizeof number) < 0) _exit(126);
    _exit(127);
}

err child_start(const struct child_spec *spec, struct child *ret_child) {
    assert(spec->fd_count <= FD_COUNT_MAX);
    int ends[2];
    char *environment[ENVIRONMENT_MAX];
    copy_environment(environment);
    if (pipe2(ends, O_CLOEXEC) != 0) FAIL(ERR_IO, "a pipe: %s", strerror(errno));
    CLEANUP(fd_close) int reader = ends[0];
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) become(spec, environment, parent, ends[1]);
    int fork_errno = errno;
    close(ends[1]);
    if (pid < 0) FAIL(ERR_IO, "a process could not be started: %s", strerror(fork_errno));
    int number = 0;
    ssize_t got = 0; /* exec closes the pipe: nothing to read means it went well */
    do got = read(reader, &number, sizeof number);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        waitpid(pid, NULL, 0);
        FAIL(number == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot be started: %s", spec->program,
             strerror(number));
    }
    ret_child->pid = pid;
    return OK;
}

err child_wait(const struct sys *sys, struct child *child, unsigned seconds, int *ret_status) {
    int64_t deadline = sys->ticks_ns(sys->ctx) + (int64_t)seconds * 1000000000;
    CLEANUP(fd_close) int handle = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (handle < 0) FAIL(ERR_IO, "process %d: %s", (int)child->pid, strerror(errno));
    for (;;) {
        int64_t left_ms = (deadline - sys->ticks_ns(sys->ctx)) / 1000000;
        struct pollfd ended = {.fd = handle, .events = POLLIN};
        int count = left_ms <= 0 ? 0 : poll(&ended, 1, (int)left_ms);
        if (count < 0 && errno == EINTR) continue;
        if (count > 0) break;
        child_kill(child);
        FAIL(ERR_BUSY, "a process was ended after %u seconds", seconds);
    }
    int status = 0;
    if (waitpid(child->pid, &status, 0) != child->pid) FAIL(ERR_IO, "%s", strerror(errno));
    child->pid = 0;
    *ret_status = status;
    return OK;
}

void child_kill(struct child *child) {
    if (child->pid <= 0) return;
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    child->pid = 0;
}
