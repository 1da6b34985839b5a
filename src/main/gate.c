/* gate.c: the gate's process.
 *
 *     gate make|make-random|open
 *     gate stay SECONDS
 *     gate papers
 *
 * is started by hanji with three open files: 3 the socket it is asked over, 4 the folder of the
 * ledger, 5 where the officer's passphrase is read from (a file, or the terminal, which it asks
 * itself, so that no other process ever holds the passphrase). It says how the opening went in its
 * first message, gives up every right but the one folder, and answers until the socket closes.
 *
 * One that stays has two more: 6 the socket where commands come in, bound by hanji, 7 the site's
 * folder, by which it sees that its ledger is still the one in its place. It outlives the command
 * that started it, in a session of its own.
 *
 * Of papers it needs to know nobody's name: it has the socket alone, and reads rebuilt PDFs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "gate/ledger.h"
#include "gate/passphrase.h"
#include "gate/server.h"
#include "vault/vault.h"

enum { SOCKET = 3, FOLDER = 4, PASSPHRASE = 5, LISTENER = 6, SITE = 7 };
enum {
    WAITING_MAX = 64,    /* commands that come in while one is answered */
    PROBE_MAX = 64 << 20 /* bytes that are locked for a moment, to see whether it may be */
};

static const char *const CALLS[] = {
    /* messages and memory */
    "read",
    "write",
    "recvmsg",
    "sendmsg",
    "poll",
    "ppoll",
    "accept4",
    "getsockopt",
    "alarm",
    "setitimer",
    "close",
    "brk",
    "mmap",
    "munmap",
    "mremap",
    "mprotect",
    "madvise",
    "mlock",
    "munlock",
    "futex",
    "getrandom",
    /* the ledger's files */
    "openat",
    "open",
    "pread64",
    "pwrite64",
    "lseek",
    "fstat",
    "newfstatat",
    "stat",
    "lstat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "fcntl",
    "fsync",
    "fdatasync",
    "ftruncate",
    "unlink",
    "rename",
    "renameat",
    "renameat2",
    "unlinkat",
    "readlink",
    "readlinkat",
    "getcwd",
    "fchmod",
    "fchown",
    "geteuid",
    /* qsort asks how much memory there is */
    "sysinfo",
    /* the terminal, time, the end */
    "ioctl",
    "clock_gettime",
    "gettimeofday",
    "clock_nanosleep",
    "nanosleep",
    "getpid",
    "gettid",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "tgkill",
    "exit",
    "exit_group",
    "restart_syscall",
    NULL,
};

static err open_ledger(const struct sys *sys, str how, struct ledger **ret_ledger) {
    CLEANUP(vault_secret_free) unsigned char *room = NULL;
    const struct typing typing = {.sys = sys, .file = PASSPHRASE, .ending = -1};
    size_t len = 0;
    TRY(vault_start());
    TRY(vault_secret(PASSPHRASE_MAX, &room));
    bool makes = str_starts(how, STR("make"));
    TRY(makes ? passphrase_read_new(
                    &typing,
                    STR("A passphrase for the protection officer (Enter alone: one is made, for "
                        "trying out): "),
                    room, &len)
              : passphrase_read(&typing, STR("The protection officer's passphrase: "), room, &len));
    str passphrase = {(const char *)room, len};
    if (len == 0) FAIL(ERR_DENIED, "no passphrase was given");
    if (fchdir(FOLDER) != 0) FAIL(ERR_IO, "the folder of the ledger: %s", strerror(errno));
    if (makes) TRY(ledger_make(sys, FOLDER, passphrase, str_eq(how, STR("make-random"))));
    return ledger_open(sys, FOLDER, passphrase, ret_ledger);
}

static err enter_sandbox(size_t folder_count) {
    int folder = FOLDER;
    TRY(sandbox_no_dump());
    TRY(sandbox_landlock(NULL, 0, &folder, folder_count));
    return sandbox_seccomp(CALLS);
}

/* hanji took the lock before it started us, on this very open folder; it is ours until we end. */
static err lock_folder(bool stays) {
    if (flock(FOLDER, (stays ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return OK;
    FAIL(ERR_BUSY, "another gate has the ledger");
}

/* Whether more may be locked than the limit says, as by a process with CAP_IPC_LOCK. */
static bool passes_limit(size_t limit) {
    size_t size = limit + (size_t)sysconf(_SC_PAGESIZE);
    void *probe = limit > PROBE_MAX ? MAP_FAILED
                                    : mmap(NULL, size, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED) return false;
    bool does = mlock(probe, size) == 0;
    munmap(probe, size);
    return does;
}

/* Keeps memory from the disk as far as the limits allow. Under a limit, locking whatever comes
 * would fail what is asked for later: then the keys alone are locked, which libsodium does, or
 * tries. */
static enum gate_memory lock_memory(void) {
    struct rlimit limit = {0};
    unsigned char *probe = NULL;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return GATE_MEMORY_NONE;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_MEMLOCK, &limit);
    bool is_free = limit.rlim_cur == RLIM_INFINITY || passes_limit(limit.rlim_cur);
    if (is_free && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return GATE_MEMORY_ALL;
    err e = vault_secret(VAULT_KEY_BYTES, &probe);
    bool is_locked = e.kind == ERR_NONE && mlock(probe, VAULT_KEY_BYTES) == 0;
    vault_secret_free(&probe);
    return is_locked ? GATE_MEMORY_KEYS : GATE_MEMORY_NONE;
}

/* Out of the session of the command that started us, which may end with its terminal. */
static err settle(struct gate_post *post) {
    CLEANUP(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    if (null < 0 || setsid() < 0) FAIL(ERR_IO, "a session of its own: %s", strerror(errno));
    for (int fd = 0; fd < SOCKET; fd++) {
        if (dup2(null, fd) < 0) FAIL(ERR_IO, "/dev/null: %s", strerror(errno));
    }
    post->ending = sigprocmask(SIG_BLOCK, &signals, NULL) == 0
                       ? signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)
                       : -1;
    if (post->ending < 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    if (listen(LISTENER, WAITING_MAX) != 0) FAIL(ERR_IO, "listening: %s", strerror(errno));
    if (prctl(PR_SET_PDEATHSIG, 0) != 0) FAIL(ERR_IO, "staying: %s", strerror(errno));
    post->listener = LISTENER;
    post->site = SITE;
    post->memory = lock_memory();
    return OK;
}

static err start(const struct sys *sys, str how, uint64_t seconds, struct gate_post *post) {
    bool stays = seconds > 0;
    if (str_eq(how, STR("papers"))) return enter_sandbox(0);
    TRY(sandbox_no_dump());   /* before a secret is in memory */
    signal(SIGPIPE, SIG_IGN); /* whom a name is shown to may be gone */
    TRY(lock_folder(stays));
    TRY(open_ledger(sys, how, &post->ledger));
    close(PASSPHRASE);
    if (stays) {
        TRY(settle(post));
        post->until = sys->now_seconds(sys->ctx) + (int64_t)seconds;
    }
    return enter_sandbox(1);
}

/* The first message: an error of kind none says that the gate is open. */
static err report(const struct sys *sys, err e) {
    CLEANUP(arena_done) struct arena a;
    struct gate_error error = {.kind = e.kind,
                               .message = e.kind == ERR_NONE ? STR("open") : str_of(e.message)};
    struct buf packed;
    str bytes;
    arena_init(&a, sys, 1 << 16);
    buf_init(&packed, &a, LIMIT_FIELD_BYTES);
    wire_pack(&packed, &gate_error_shape, &error);
    TRY(buf_finish(&packed, &bytes));
    return wire_send(SOCKET, GATE_REPLY_ERROR, bytes, NULL, 0);
}

static bool read_arguments(int argc, char **argv, str *ret_how, uint64_t *ret_seconds) {
    static const char *const hows[] = {"make", "make-random", "open", "papers"};
    *ret_how = str_of(argc > 1 ? argv[1] : "");
    *ret_seconds = 0;
    if (argc == 3 && str_eq(*ret_how, STR("stay")))
        return str_to_u64(str_of(argv[2]), ret_seconds) && *ret_seconds > 0 &&
               *ret_seconds <= LIMIT_GATE_STAY_SECONDS;
    for (size_t i = 0; i < COUNT_OF(hows); i++) {
        if (argc == 2 && str_eq(*ret_how, str_of(hows[i]))) return true;
    }
    return false;
}

int main(int argc, char **argv) {
    const struct sys sys = sys_real();
    struct gate_post post = {.officer = SOCKET,
                             .listener = -1,
                             .ending = -1,
                             .site = -1,
                             .folder = FOLDER,
                             .patience_seconds = LIMIT_GATE_MESSAGE_SECONDS};
    uint64_t seconds = 0;
    str how;
    if (!read_arguments(argc, argv, &how, &seconds)) {
        fprintf(stderr, "gate: is started by hanji\n");
        return 64;
    }
    err e = start(&sys, how, seconds, &post);
    err told = report(&sys, e);
    if (e.kind == ERR_NONE) e = told;
    if (e.kind == ERR_NONE) e = gate_serve(&sys, &post);
    ledger_close(&post.ledger);
    return e.kind == ERR_NONE ? 0 : 1;
}
