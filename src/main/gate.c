/* gate.c: the gate's process.
 *
 *     gate make|make-random|open
 *     gate papers
 *
 * is started by hanji with three open files: 3 the socket it is asked over, 4 the folder of the
 * ledger, 5 where the officer's passphrase is read from (a file, or the terminal, which it asks
 * itself, so that no other process ever holds the passphrase). It says how the opening went in its
 * first message, gives up every right but the one folder, and answers until the socket closes. Of
 * papers it needs to know nobody's name: it has the socket alone, and reads rebuilt PDFs. */
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "gate/ledger.h"
#include "gate/passphrase.h"
#include "gate/server.h"
#include "vault/vault.h"

enum { SOCKET = 3, FOLDER = 4, PASSPHRASE = 5 };

static const char *const CALLS[] = {
    /* messages and memory */
    "read",
    "write",
    "recvmsg",
    "sendmsg",
    "poll",
    "ppoll",
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
    size_t len = 0;
    TRY(vault_start());
    TRY(vault_secret(PASSPHRASE_MAX, &room));
    bool makes = str_starts(how, STR("make"));
    TRY(makes ? passphrase_read_new(
                    sys, PASSPHRASE,
                    STR("A passphrase for the protection officer (Enter alone: one is made, for "
                        "trying out): "),
                    room, &len)
              : passphrase_read(sys, PASSPHRASE, STR("The protection officer's passphrase: "), room,
                                &len));
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

static err start(const struct sys *sys, str how, struct ledger **ret_ledger) {
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    TRY(sandbox_no_dump()); /* before a secret is in memory */
    TRY(open_ledger(sys, how, &ledger));
    close(PASSPHRASE);
    TRY(enter_sandbox(1));
    *ret_ledger = ledger;
    ledger = NULL;
    return OK;
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

static int serve_papers(const struct sys *sys) {
    err e = enter_sandbox(0);
    err told = report(sys, e);
    if (e.kind != ERR_NONE || told.kind != ERR_NONE) return 1;
    return gate_serve_papers(sys, SOCKET).kind == ERR_NONE ? 0 : 1;
}

int main(int argc, char **argv) {
    const struct sys sys = sys_real();
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    str how = argc == 2 ? str_of(argv[1]) : (str){0};
    if (str_eq(how, STR("papers"))) return serve_papers(&sys);
    if (!str_eq(how, STR("make")) && !str_eq(how, STR("make-random")) &&
        !str_eq(how, STR("open"))) {
        fprintf(stderr, "gate: is started by hanji\n");
        return 64;
    }
    err e = start(&sys, how, &ledger);
    err told = report(&sys, e);
    if (e.kind != ERR_NONE || told.kind != ERR_NONE) return 1;
    return gate_serve(&sys, ledger, SOCKET).kind == ERR_NONE ? 0 : 1;
}
