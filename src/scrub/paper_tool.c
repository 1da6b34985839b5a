/* paper_tool.c: see paper_tool.h. */
#include "scrub/paper_tool.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

/* On a machine that has much else to do, a tool has more seconds than it works. */
enum { PROGRAMS_MAX = 8, FIRST_OTHER = 3, WALL_ROUNDS = 2 };

/* Where libraries, fonts and their tables lie: on every machine of the kind the same. */
static const char *const FOLDERS[] = {
    "/usr/lib",     "/usr/lib64",         "/usr/share/fonts",      "/usr/share/fontconfig",
    "/etc/fonts",   "/usr/share/poppler", "/var/cache/fontconfig", "/usr/local/share/fonts",
    "/usr/libexec",
};

#define TOOL_CALLS                                                                                 \
    "read", "write", "pread64", "pwrite64", "readv", "writev", "openat", "open", "close", "stat",  \
        "fstat", "newfstatat", "lstat", "statx", "lseek", "mmap", "mprotect", "munmap", "mremap",  \
        "madvise", "brk", "access", "faccessat", "faccessat2", "readlink", "readlinkat",           \
        "getdents64", "fcntl", "ioctl", "futex", "getrandom", "clock_gettime", "gettimeofday",     \
        "set_tid_address", "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask",            \
        "rt_sigreturn", "sigaltstack", "prlimit64", "getrlimit", "arch_prctl", "exit",             \
        "exit_group", "execve", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid",      \
        "sysinfo", "uname", "statfs", "fstatfs", "getcwd", "ftruncate", "times", "getrusage",      \
        "sched_getaffinity", "sched_yield", "tgkill", "restart_syscall", "fadvise64"

/* A tool, once it runs: nothing that connects, forks, signals others or writes to a folder. */
static const char *const CALLS[] = {TOOL_CALLS, NULL};

/* The reader itself besides: to be asked and to answer, to start tools, wait for them, end them. */
static const char *const SERVING_CALLS[] = {
    TOOL_CALLS, "recvmsg",    "sendmsg",      "poll",      "ppoll",  "clone",
    "clone3",   "fork",       "vfork",        "wait4",     "waitid", "kill",
    "dup2",     "dup3",       "close_range",  "setrlimit", "prctl",  "seccomp",
    "getppid",  "pidfd_open", "memfd_create", NULL,
};

/* ---- Rights ---------------------------------------------------------------------------------- */

/* The loader that starts this program starts the tools too. */
static int find_loader(struct dl_phdr_info *info, size_t size, void *context) {
    const char **ret_path = context;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_INTERP) continue;
        *ret_path = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    return 1; /* this program is the first; no other is of interest */
}

static void close_all(int *files, size_t count) {
    for (size_t i = 0; i < count; i++) fd_close(&files[i]);
}

static err open_programs(const char *const *programs, int *files, size_t *ret_count) {
    const char *loader = NULL;
    size_t count = 0;
    dl_iterate_phdr(find_loader, &loader);
    for (size_t i = 0; programs[i] != NULL && count < PROGRAMS_MAX; i++) {
        files[count] = open(programs[i], O_PATH | O_CLOEXEC);
        *ret_count = count;
        if (files[count] < 0) {
            FAIL(ERR_NOT_FOUND, "%s is not there: %s", programs[i], strerror(errno));
        }
        *ret_count = ++count;
    }
    if (loader != NULL) {
        files[count] = open(loader, O_PATH | O_CLOEXEC);
        *ret_count = count + (files[count] >= 0);
    }
    return OK;
}

err paper_tools_wake(const char *const *programs) {
    int files[PROGRAMS_MAX + 1];
    int folders[COUNT_OF(FOLDERS)];
    size_t file_count = 0;
    size_t folder_count = 0;
    TRY(sandbox_no_dump());
    err e = open_programs(programs, files, &file_count);
    for (size_t i = 0; i < COUNT_OF(FOLDERS); i++) {
        folders[folder_count] = open(FOLDERS[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        folder_count += folders[folder_count] >= 0;
    }
    if (e.kind == ERR_NONE) {
        e = sandbox_landlock_programs(folders, folder_count, files, file_count);
    }
    close_all(files, file_count);
    close_all(folders, folder_count);
    TRY(e);
    return sandbox_seccomp_starting(SERVING_CALLS);
}

/* ---- Running --------------------------------------------------------------------------------- */

/* In the child. What it cannot give up ends it. */
static void become(const struct paper_tool *tool, pid_t parent) {
    static const char *const ENVIRONMENT[] = {"LANG=C.UTF-8", "PATH=/usr/bin", NULL};
    struct rlimit bytes = {tool->bytes_max, tool->bytes_max};
    struct rlimit seconds = {LIMIT_PAPER_SECONDS, LIMIT_PAPER_SECONDS};
    unsigned last = PAPER_TOOL_FILE + (unsigned)tool->file_count;
    union {
        const char *const *given;
        char *const *wanted; /* execve promises not to write, its type cannot say so */
    } argv = {.given = tool->argv}, environment = {.given = ENVIRONMENT};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    if (tool->out >= 0 && dup2(tool->out, STDOUT_FILENO) < 0) _exit(126);
    for (size_t i = 0; i < tool->file_count; i++) {
        if (tool->files[i] >= PAPER_TOOL_FILE) _exit(126);
        if (dup2(tool->files[i], PAPER_TOOL_FILE + (int)i) < 0) _exit(126);
    }
    if (syscall(SYS_close_range, FIRST_OTHER, PAPER_TOOL_FILE - 1, 0) != 0 ||
        syscall(SYS_close_range, last, ~0U, 0) != 0 || setrlimit(RLIMIT_FSIZE, &bytes) != 0 ||
        setrlimit(RLIMIT_CPU, &seconds) != 0) {
        _exit(126);
    }
    if (sandbox_seccomp_starting(CALLS).kind != ERR_NONE) _exit(126);
    execve(tool->argv[0], argv.wanted, environment.wanted);
    _exit(127);
}

err paper_tool_run(const struct sys *sys, const struct paper_tool *tool, int *ret_code) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) become(tool, parent);
    if (pid < 0) FAIL(ERR_IO, "a tool could not be started: %s", strerror(errno));
    CLEANUP(child_kill) struct child child = {.pid = pid};
    int status = 0;
    TRY(child_wait(sys, &child, LIMIT_PAPER_SECONDS * WALL_ROUNDS, &status));
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGXFSZ) FAIL(ERR_LIMIT, "a tool wrote too much");
        if (WTERMSIG(status) == SIGXCPU) FAIL(ERR_BUSY, "a tool took too long");
        FAIL(ERR_IO, "a tool was ended by signal %d", WTERMSIG(status));
    }
    *ret_code = WEXITSTATUS(status);
    if (*ret_code >= 126) FAIL(ERR_IO, "a tool could not be started");
    return OK;
}
