/* parser.c: see parser.h. */
#include "intake/parser.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/unicode.h"

enum {
    PARSER_CPU_SECONDS = 900,  /* a gigabyte of posts takes about a minute */
    PARSER_WAIT_SECONDS = 300, /* for one item */
    PARSER_FILES = 64,
};
/* Address space of the child, which begins with what the parent has mapped: libraries alone take
 * some hundred megabytes. */
#define PARSER_MEMORY_BYTES ((size_t)2 << 30)

/* The first few are for reading a folder, of which Landlock says what lies below it; the parser of
 * a single file does without them. */
enum { CALLS_FOR_FOLDERS = 3 };
static const char *const CALLS[] = {
    "openat", "getdents64", "fcntl", /* these three */
    "read",   "pread64",    "lseek",         "fstat",          "newfstatat",   "statx",
    "write",  "sendmsg",    "sendto",        "poll",           "ppoll",        "close",
    "brk",    "mmap",       "munmap",        "mremap",         "mprotect",     "madvise",
    "futex",  "getrandom",  "clock_gettime", "rt_sigprocmask", "rt_sigreturn", "rt_sigaction",
    "getpid", "gettid",     "tgkill",        "exit",           "exit_group",   NULL};

/* Keeps `input` and `socket`, and standard error where a sanitizer may want to speak. */
static err close_the_rest(int input, int socket) {
    int low = input < socket ? input : socket;
    int high = input < socket ? socket : input;
    int first = sandbox_has_seccomp() ? 0 : 3;
    assert(low >= 3);
    bool is_good =
        low == first || syscall(SYS_close_range, (unsigned)first, (unsigned)low - 1, 0) == 0;
    if (high > low + 1) {
        is_good =
            syscall(SYS_close_range, (unsigned)low + 1, (unsigned)high - 1, 0) == 0 && is_good;
    }
    is_good = syscall(SYS_close_range, (unsigned)high + 1, ~0U, 0) == 0 && is_good;
    if (!is_good) FAIL(ERR_IO, "files could not be closed: %s", strerror(errno));
    return OK;
}

static err give_up_rights(const struct parser_spec *spec, int input, int socket) {
    TRY(close_the_rest(input, socket));
    TRY(sandbox_no_dump());
    TRY(sandbox_limits(PARSER_MEMORY_BYTES, PARSER_CPU_SECONDS, PARSER_FILES));
    err e = sandbox_landlock(&input, spec->is_folder ? 1 : 0, NULL, 0);
    if (e.kind != ERR_NONE && e.kind != ERR_DENIED) return e;
    /* Without Landlock (kernels before 5.13) seccomp alone keeps a single file's parser from the
     * file system; a folder's parser needs to open files and so is not run without it. */
    if (e.kind == ERR_DENIED && spec->is_folder) return e;
    return sandbox_seccomp(spec->is_folder ? CALLS : CALLS + CALLS_FOR_FOLDERS);
}

static void tell_failure(int socket, err e) {
    struct sys sys = sys_real();
    struct arena a;
    arena_init(&a, &sys, 64 << 10);
    str message = str_of(e.message);
    if (!utf8_is_valid(message)) message = STR("unreadable");
    struct item_failure failure = {.kind = (int64_t)e.kind, .message = message};
    err sent = item_send(&a, socket, ITEM_FAILED, &item_failure_shape, &failure);
    arena_done(&a);
    if (sent.kind != ERR_NONE) _exit(2); /* the parent is gone: nobody is left to be told */
}

static void be_the_child(const struct parser_spec *spec, int socket, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    /* Above standard input, output and error, so that these can be closed as one range. */
    int input = fcntl(spec->input, F_DUPFD_CLOEXEC, 3);
    int line = fcntl(socket, F_DUPFD_CLOEXEC, 3);
    if (input < 0 || line < 0) _exit(1);
    err e = give_up_rights(spec, input, line);
    if (e.kind == ERR_NONE) e = spec->run(spec->context, input, line);
    if (e.kind == ERR_NONE) {
        struct sys sys = sys_real();
        struct arena a;
        arena_init(&a, &sys, 4096);
        e = item_send(&a, line, ITEM_END, NULL, NULL);
        arena_done(&a);
    }
    if (e.kind != ERR_NONE) tell_failure(line, e);
    _exit(0);
}

err parser_start(const struct parser_spec *spec, struct parser *ret_parser) {
    int ends[2];
    xmlInitParser(); /* its tables, while memory of every size may still be had */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        FAIL(ERR_IO, "a socket pair: %s", strerror(errno));
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) be_the_child(spec, ends[1], parent);
    int fork_errno = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        FAIL(ERR_IO, "a process could not be started: %s", strerror(fork_errno));
    }
    *ret_parser = (struct parser){.pid = pid, .socket = ends[0], .name = spec->name};
    return OK;
}

/* The child closed its end without a last word: says how it died. */
static err died(struct parser *parser) {
    int status = 0;
    while (waitpid(parser->pid, &status, 0) < 0 && errno == EINTR) {
    }
    parser->pid = 0;
    if (WIFSIGNALED(status)) {
        FAIL(ERR_INVALID, STR_FMT ": the parser died of it (signal %d); nothing was imported",
             STR_ARG(parser->name), WTERMSIG(status));
    }
    FAIL(ERR_INVALID, STR_FMT ": the parser ended early; nothing was imported",
         STR_ARG(parser->name));
}

err parser_next(struct parser *parser, struct arena *a, struct wire_message *ret_message,
                bool *ret_is_end) {
    struct wire_message message = {0};
    err e = wire_receive(a, parser->socket, PARSER_WAIT_SECONDS, &message);
    if (e.kind == ERR_NOT_FOUND) return died(parser);
    TRY(e);
    if (message.file_count > 0) {
        wire_close_files(&message);
        FAIL(ERR_INVALID, STR_FMT ": the parser sent files", STR_ARG(parser->name));
    }
    if (message.type == ITEM_FAILED) {
        struct item_failure failure = {0};
        TRY(wire_unpack(a, &item_failure_shape, message.bytes, &failure));
        bool is_kind = failure.kind > ERR_NONE && failure.kind < ERR_KIND_COUNT;
        FAIL(is_kind ? (enum err_kind)failure.kind : ERR_INVALID, STR_FMT,
             STR_ARG(failure.message));
    }
    *ret_is_end = message.type == ITEM_END;
    *ret_message = message;
    return OK;
}

void parser_stop(struct parser *parser) {
    if (parser->pid > 0) {
        kill(parser->pid, SIGKILL); /* fine when it has ended: it is ours until it is waited for */
        while (waitpid(parser->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        close(parser->socket);
    } else if (parser->socket > 0) {
        close(parser->socket);
    }
    *parser = (struct parser){0};
}
