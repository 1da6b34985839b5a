/* gate.c: the gate's process.
 *
 *     gate make|make-random|open
 *
 * is started by hanji with three open files: 3 the socket it is asked over, 4 the folder of the
 * ledger, 5 where the officer's passphrase is read from (a file, or the terminal, which it asks
 * itself, so that no other process ever holds the passphrase). It says how the opening went in its
 * first message, gives up every right but the one folder, and answers until the socket closes. */
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "gate/ledger.h"
#include "gate/server.h"
#include "vault/vault.h"

enum { SOCKET = 3, FOLDER = 4, PASSPHRASE = 5, PASSPHRASE_MAX = 1024, PASSPHRASE_MIN = 8 };

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

/* Reads one line. On a terminal it asks for it and does not show what is typed. */
static err read_line(const struct sys *sys, str question, unsigned char *room, size_t *ret_len) {
    struct termios before;
    bool is_terminal = tcgetattr(PASSPHRASE, &before) == 0;
    size_t len = 0;
    if (is_terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(PASSPHRASE, TCSAFLUSH, &silent);
        TRY(file_write_all(sys, PASSPHRASE, question));
    }
    while (len < PASSPHRASE_MAX) {
        ssize_t got = read(PASSPHRASE, room + len, PASSPHRASE_MAX - len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        len += (size_t)got;
        if (room[len - 1] == '\n') break;
    }
    if (is_terminal) {
        tcsetattr(PASSPHRASE, TCSAFLUSH, &before);
        TRY(file_write_all(sys, PASSPHRASE, STR("\n")));
    }
    str line = {(const char *)room, len};
    str_cut(line, '\n', &line, &(str){0});
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    *ret_len = line.len;
    return OK;
}

/* A new passphrase is typed twice, for nobody sees what is typed. */
static err read_new_passphrase(const struct sys *sys, unsigned char *room, size_t *ret_len) {
    CLEANUP(vault_secret_free) unsigned char *again = NULL;
    size_t len = 0;
    TRY(read_line(sys,
                  STR("A passphrase for the protection officer (Enter alone: one is made, for "
                      "trying out): "),
                  room, ret_len));
    if (*ret_len == 0) FAIL(ERR_NOT_FOUND, "no passphrase was given");
    if (*ret_len < PASSPHRASE_MIN) {
        FAIL(ERR_INVALID, "the passphrase is shorter than %d characters", PASSPHRASE_MIN);
    }
    if (isatty(PASSPHRASE) != 1) return OK;
    TRY(vault_secret(PASSPHRASE_MAX, &again));
    TRY(read_line(sys, STR("The same again: "), again, &len));
    if (len != *ret_len || memcmp(room, again, len) != 0) {
        FAIL(ERR_INVALID, "the two passphrases are not the same");
    }
    return OK;
}

static err open_ledger(const struct sys *sys, str how, struct ledger **ret_ledger) {
    CLEANUP(vault_secret_free) unsigned char *room = NULL;
    size_t len = 0;
    TRY(vault_start());
    TRY(vault_secret(PASSPHRASE_MAX, &room));
    bool makes = str_starts(how, STR("make"));
    TRY(makes ? read_new_passphrase(sys, room, &len)
              : read_line(sys, STR("The protection officer's passphrase: "), room, &len));
    str passphrase = {(const char *)room, len};
    if (len == 0) FAIL(ERR_DENIED, "no passphrase was given");
    if (fchdir(FOLDER) != 0) FAIL(ERR_IO, "the folder of the ledger: %s", strerror(errno));
    if (makes) TRY(ledger_make(sys, FOLDER, passphrase, str_eq(how, STR("make-random"))));
    return ledger_open(sys, FOLDER, passphrase, ret_ledger);
}

static err enter_sandbox(void) {
    int folder = FOLDER;
    TRY(sandbox_no_dump());
    TRY(sandbox_landlock(NULL, 0, &folder, 1));
    return sandbox_seccomp(CALLS);
}

static err start(const struct sys *sys, str how, struct ledger **ret_ledger) {
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    TRY(sandbox_no_dump()); /* before a secret is in memory */
    TRY(open_ledger(sys, how, &ledger));
    close(PASSPHRASE);
    TRY(enter_sandbox());
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

int main(int argc, char **argv) {
    const struct sys sys = sys_real();
    CLEANUP(ledger_close) struct ledger *ledger = NULL;
    str how = argc == 2 ? str_of(argv[1]) : (str){0};
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
