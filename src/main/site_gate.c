/* site_gate.c: reaching the gate, the one that stays or one of our own. See site.h.
 *
 * The lock of the ledger's folder says who has the ledger: a gate that stays has it alone, gates
 * that commands start for themselves share it. hanji takes it on the open folder that the gate is
 * given, so that it lasts as long as the gate. */
#include "main/site.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char SOCKET_NAME[] = "gate.sock";

enum {
    LOCK_WAIT_MS = 5000, /* a gate that was just ended still holds the ledger for a moment */
    LOCK_STEP_MS = 20,
    LOCK_ANSWER_SECONDS = 5, /* of a gate that is told to lock; then it is ended */
};

/* *ret_fd stays -1 when there is none and no terminal to ask on. */
static err open_passphrase(struct site *site, int *ret_fd) {
    struct arena *a = site->run->a;
    const char *from_environment = getenv("HANJI_PASSPHRASE_FILE");
    str path = option_text(site->run->arguments, "passphrase-file");
    if (path.len == 0) path = str_of(from_environment);
    int flags = str_eq(path, STR("/dev/tty")) ? O_RDWR : O_RDONLY; /* a terminal is also asked */
    if (path.len > 0) return file_open(a, AT_FDCWD, path, flags, ret_fd);
    err e = file_open(a, site->folder, STR("keys/passphrase"), O_RDONLY, ret_fd);
    if (e.kind != ERR_NOT_FOUND) return e;
    e = file_open(a, AT_FDCWD, STR("/dev/tty"), O_RDWR, ret_fd);
    return e.kind == ERR_NO_MEMORY ? e : OK;
}

/* To open a gate of our own. */
static err open_to_unlock(struct site *site, int *ret_fd) {
    TRY(open_passphrase(site, ret_fd));
    site->run->is_locked = *ret_fd < 0;
    if (*ret_fd >= 0) return OK;
    FAIL(ERR_DENIED, "the gate is locked and there is no terminal to ask the protection officer "
                     "on: have it unlocked (hanji unlock), or give --passphrase-file or "
                     "$HANJI_PASSPHRASE_FILE");
}

err site_gate_passphrase(struct site *site, int *ret_fd) {
    TRY(open_passphrase(site, ret_fd));
    if (*ret_fd >= 0) return OK;
    FAIL(ERR_DENIED, "an officer's passphrase is asked for, and there is no terminal to ask on: "
                     "give --passphrase-file or $HANJI_PASSPHRASE_FILE");
}

/* ---- Starting one ---------------------------------------------------------------------------- */

static err lock_ledger(struct site *site, bool alone, int *ret_ledger) {
    const struct sys *sys = site->run->sys;
    CLEANUP(fd_close) int ledger = -1;
    int64_t deadline_ns = sys->ticks_ns(sys->ctx) + LOCK_WAIT_MS * 1000000LL;
    TRY(file_open(site->run->a, site->folder, STR("ledger"), O_RDONLY | O_DIRECTORY, &ledger));
    while (flock(ledger, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            FAIL(ERR_IO, "the ledger's folder: %s", strerror(errno));
        if (sys->ticks_ns(sys->ctx) > deadline_ns) {
            FAIL(ERR_BUSY, alone ? "another command has the gate open for itself: try again when "
                                   "it has ended"
                                 : "a gate is being unlocked, or does not answer: try again, or "
                                   "end it with 'hanji lock'");
        }
        poll(NULL, 0, LOCK_STEP_MS);
    }
    *ret_ledger = ledger;
    ledger = -1;
    return OK;
}

struct start {
    const char *how;
    const char *seconds; /* of one that stays; NULL: it is our own */
    int ledger;          /* its folder, locked; -1: it has none, and nothing but a socket */
    int passphrase;
    int listener;
    int folder; /* the site's */
};

static err start_gate(struct site *site, const struct start *start) {
    str program;
    int ends[2];
    size_t file_count = start->seconds != NULL ? 5 : start->ledger < 0 ? 1 : 3;
    TRY(arena_printf(site->run->a, &program, STR_FMT "/gate", STR_ARG(site->run->programs)));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        FAIL(ERR_IO, "a socket to the gate: %s", strerror(errno));
    }
    const char *const argv[] = {"hanji-gate", start->how, start->seconds, NULL};
    const int fds[] = {ends[1], start->ledger, start->passphrase, start->listener, start->folder};
    struct child_spec spec = {
        .program = program.ptr, .argv = argv, .fds = fds, .fd_count = file_count};
    err e = child_start(&spec, &site->gate);
    close(ends[1]);
    if (e.kind != ERR_NONE) {
        close(ends[0]);
        return e;
    }
    site->gate_socket = ends[0];
    site->stays = false;
    site->is_proven = true; /* by the passphrase that opens it */
    return OK;
}

/* The gate's first message says how the opening went. */
static err hear_gate(struct site *site) {
    struct wire_message message;
    struct gate_error error;
    err e = wire_receive(site->run->a, site->gate_socket, LIMIT_GATE_CALL_SECONDS, &message);
    if (e.kind == ERR_NOT_FOUND) e.kind = ERR_IO;
    if (e.kind != ERR_NONE) return err_wrap(e, "the gate did not open");
    wire_close_files(&message);
    TRY(wire_unpack(site->run->a, &gate_error_shape, message.bytes, &error));
    if (error.kind == ERR_NONE) return OK;
    if (error.kind < 0 || error.kind >= ERR_KIND_COUNT) error.kind = ERR_INVALID;
    FAIL((enum err_kind)error.kind, "the gate did not open: " STR_FMT, STR_ARG(error.message));
}

err site_gate_make(struct site *site, const char *how) {
    CLEANUP(fd_close) int passphrase = -1;
    CLEANUP(fd_close) int ledger = -1;
    TRY(open_to_unlock(site, &passphrase));
    TRY(lock_ledger(site, /* alone= */ false, &ledger));
    TRY(start_gate(site, &(struct start){.how = how, .ledger = ledger, .passphrase = passphrase}));
    return hear_gate(site);
}

err site_gate_for_papers(struct run *run, struct site *site) {
    site->run = run;
    TRY(start_gate(site, &(struct start){.how = "papers", .ledger = -1}));
    return hear_gate(site);
}

void site_gate_leave(struct site *site) {
    int status = 0;
    if (site->gate_socket < 0) return;
    fd_close(&site->gate_socket); /* our own ends when nobody can ask it any more */
    site->is_proven = false;
    if (site->gate.pid <= 0) return;
    err e = child_wait(site->run->sys, &site->gate, 10, &status);
    if (e.kind != ERR_NONE) child_kill(&site->gate);
}

/* ---- The one that stays ---------------------------------------------------------------------- */

/* A name in the site's folder is bound and connected to from inside it: a path may be longer than a
 * socket's name. */
static err at_socket(struct site *site, int socket, bool binds) {
    CLEANUP(fd_close) int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, SOCKET_NAME, sizeof SOCKET_NAME);
    if (before < 0 || fchdir(site->folder) != 0)
        FAIL(ERR_IO, STR_FMT ": %s", STR_ARG(site->path), strerror(errno));
    int result = binds ? bind(socket, (const struct sockaddr *)&name, sizeof name)
                       : connect(socket, (const struct sockaddr *)&name, sizeof name);
    int number = errno;
    if (fchdir(before) != 0) FAIL(ERR_IO, "the folder we came from: %s", strerror(errno));
    if (result == 0) return OK;
    bool is_stale = number == ECONNREFUSED || number == ENOENT;
    FAIL(is_stale           ? ERR_NOT_FOUND
         : number == EAGAIN ? ERR_BUSY
                            : ERR_IO,
         "%s: %s", SOCKET_NAME, strerror(number));
}

static err make_socket(int *ret_socket) {
    *ret_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*ret_socket < 0) FAIL(ERR_IO, "a socket: %s", strerror(errno));
    return OK;
}

/* Names go over it: it must be a process of our own user that listens. */
static err check_gate(int socket, pid_t *ret_pid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        FAIL(ERR_IO, "%s: %s", SOCKET_NAME, strerror(errno));
    if (peer.uid != geteuid()) FAIL(ERR_DENIED, "%s is another user's", SOCKET_NAME);
    *ret_pid = peer.pid;
    return OK;
}

err site_gate_staying(struct site *site) {
    CLEANUP(fd_close) int socket = -1;
    const struct timeval patience = {.tv_sec = LIMIT_GATE_MESSAGE_SECONDS};
    const struct timeval none = {0};
    pid_t pid = 0;
    TRY(make_socket(&socket));
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    TRY(at_socket(site, socket, /* binds= */ false));
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
    TRY(check_gate(socket, &pid));
    site->gate_socket = socket;
    site->stays = true;
    site->is_proven = false;
    socket = -1;
    return OK;
}

/* The ledger is ours alone by now: if there is a socket, nobody listens on it any more. */
static err bind_socket(struct site *site, int *ret_listener) {
    CLEANUP(fd_close) int listener = -1;
    TRY(make_socket(&listener));
    int flags = fcntl(listener, F_GETFL);
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fchmod(listener, 0600) != 0) {
        FAIL(ERR_IO, "a socket: %s", strerror(errno));
    }
    if (unlinkat(site->folder, SOCKET_NAME, 0) != 0 && errno != ENOENT)
        FAIL(ERR_IO, "%s: %s", SOCKET_NAME, strerror(errno));
    TRY(at_socket(site, listener, /* binds= */ true));
    *ret_listener = listener;
    listener = -1;
    return OK;
}

err site_gate_unlock(struct site *site, uint64_t seconds, struct gate_status *ret_status) {
    CLEANUP(fd_close) int passphrase = -1;
    CLEANUP(fd_close) int ledger = -1;
    CLEANUP(fd_close) int listener = -1;
    CLEANUP(fd_close) int folder = -1;
    const struct gate_nothing nothing = {0};
    str text;
    TRY(arena_printf(site->run->a, &text, "%llu", (unsigned long long)seconds));
    TRY(open_to_unlock(site, &passphrase));
    TRY(file_open(site->run->a, site->folder, STR("."), O_PATH | O_DIRECTORY, &folder));
    TRY(lock_ledger(site, /* alone= */ true, &ledger));
    TRY(bind_socket(site, &listener));
    const struct start start = {.how = "stay",
                                .seconds = text.ptr,
                                .ledger = ledger,
                                .passphrase = passphrase,
                                .listener = listener,
                                .folder = folder};
    err e = start_gate(site, &start);
    if (e.kind == ERR_NONE) e = hear_gate(site);
    if (e.kind == ERR_NONE) e = site_ask(site, GATE_STATUS, &nothing, ret_status);
    if (e.kind != ERR_NONE) unlinkat(site->folder, SOCKET_NAME, 0);
    if (e.kind == ERR_NONE) site->gate.pid = 0; /* no child of ours any more: it stays */
    return e;
}

/* Told to, it answers and ends; what does not answer is ended. */
static err end_gate(struct site *site, pid_t pid) {
    const struct gate_nothing nothing = {0};
    struct wire_message message;
    struct buf packed;
    str bytes;
    buf_init(&packed, site->run->a, LIMIT_NAME_BYTES);
    wire_pack(&packed, gate_call_of(GATE_LOCK)->request, &nothing);
    TRY(buf_finish(&packed, &bytes));
    err e = wire_send(site->gate_socket, GATE_LOCK, bytes, NULL, 0);
    while (e.kind == ERR_NONE) { /* its answer, then the end of the file: it is gone */
        e = wire_receive(site->run->a, site->gate_socket, LOCK_ANSWER_SECONDS, &message);
        if (e.kind == ERR_NONE) wire_close_files(&message);
    }
    if (e.kind == ERR_BUSY) kill(pid, SIGKILL);
    return OK;
}

err site_gate_lock(struct site *site, bool *ret_was_there) {
    CLEANUP(fd_close) int ledger = -1;
    pid_t pid = 0;
    err e = site_gate_staying(site);
    *ret_was_there = e.kind == ERR_NONE;
    if (e.kind != ERR_NONE && e.kind != ERR_NOT_FOUND) return e;
    if (e.kind == ERR_NONE) {
        TRY(check_gate(site->gate_socket, &pid));
        TRY(end_gate(site, pid));
    }
    site_gate_leave(site);
    /* What was left behind: with the lock, nobody listens there. */
    e = lock_ledger(site, /* alone= */ true, &ledger);
    if (e.kind == ERR_BUSY && !*ret_was_there) return OK; /* a command has one of its own */
    TRY(e);
    unlinkat(site->folder, SOCKET_NAME, 0);
    return OK;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* --as NAME, or whoever's passphrase it is. To our own gate it was given already. */
static err prove(struct site *site) {
    CLEANUP(fd_close) int passphrase = -1;
    const struct gate_proof proof = {.officer = option_text(site->run->arguments, "as")};
    struct gate_id name;
    if (!site->is_proven) TRY(site_gate_passphrase(site, &passphrase));
    const struct gate_request request = {
        .call = GATE_PROVE, .body = &proof, .files = &passphrase, .file_count = passphrase >= 0};
    TRY(gate_ask(site->run->a, site->gate_socket, &request, &name));
    site->is_proven = true;
    return OK;
}

err site_gate_unproven(struct site *site) {
    if (site->gate_socket >= 0) return OK;
    err e = site_gate_staying(site);
    return e.kind == ERR_NOT_FOUND ? site_gate_make(site, "open") : e;
}

err site_gate(struct site *site) {
    if (site->gate_socket >= 0) return OK;
    TRY(site_gate_unproven(site));
    return option_given(site->run->arguments, "as") ? prove(site) : OK;
}

err site_ask_with(struct site *site, const struct gate_request *request, void *ret_reply) {
    TRY(site_gate(site));
    if (!site->is_proven && gate_call_of(request->call)->is_for_officers) TRY(prove(site));
    return gate_ask(site->run->a, site->gate_socket, request, ret_reply);
}

err site_ask(struct site *site, enum gate_call call, const void *request, void *ret_reply) {
    struct gate_request asked = {.call = call, .body = request};
    return site_ask_with(site, &asked, ret_reply);
}
