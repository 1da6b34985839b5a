/* command_serve.c: hanji serve: a small parent that starts the front and keeps it running.
 *
 * The parent opens what the front needs (the listener, the folder of pressings) and hands it over;
 * afterwards it holds nothing but the child. It has no archive open while it waits. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/site.h"
#include "pressing/pressing.h"
#include "vault/vault.h"

enum { BACKLOG = 1024, DRAIN_SECONDS = 30, READY_MAX = 64, PAUSE_MS_MAX = 30000 };

static const struct option options[] = {
    {"listen", OPTION_TEXT, "ADDRESS", "as 127.0.0.1:8080; otherwise what hanji.ini says"},
};

struct serving {
    struct site *site;
    struct child front;
    int listener;
    int signals;
    str key;      /* clearing key in hex */
    str language; /* the site's own */
    str trusted;  /* proxies, as hanji.ini lists them */
};

/* ---- Listening ------------------------------------------------------------------------------ */

static err read_address(struct arena *a, str text, struct sockaddr_in *ret_address) {
    str host = text;
    uint64_t port = 0;
    const char *name = NULL;
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') colon--;
    *ret_address = (struct sockaddr_in){.sin_family = AF_INET};
    if (colon > 0) host = str_slice(text, 0, colon - 1);
    TRY(arena_cstr(a, host, &name));
    if (colon == 0 || !str_to_u64(str_skip(text, colon), &port) || port > 65535 ||
        inet_pton(AF_INET, name, &ret_address->sin_addr) != 1) {
        FAIL(ERR_INVALID,
             "'" STR_FMT "' is not an address to listen on; write it as 127.0.0.1:8080",
             STR_ARG(text));
    }
    ret_address->sin_port = htons((uint16_t)port);
    return OK;
}

static err listen_on(struct serving *serving, str text) {
    struct sockaddr_in address;
    int yes = 1;
    TRY(read_address(serving->site->run->a, text, &address));
    serving->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (serving->listener < 0) FAIL(ERR_IO, "a socket: %s", strerror(errno));
    setsockopt(serving->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(serving->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(serving->listener, BACKLOG) != 0) {
        FAIL(errno == EADDRINUSE ? ERR_BUSY : ERR_IO,
             "cannot listen on " STR_FMT ": %s; choose another with --listen", STR_ARG(text),
             strerror(errno));
    }
    return OK;
}

/* Says where we listen; with port 0 the system has chosen one. */
static err announce(const struct serving *serving) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    char host[INET_ADDRSTRLEN];
    if (getsockname(serving->listener, (struct sockaddr *)&address, &size) != 0 ||
        inet_ntop(AF_INET, &address.sin_addr, host, sizeof host) == NULL) {
        FAIL(ERR_IO, "the address: %s", strerror(errno));
    }
    TRY(print_format("Serving http://%s:%u/  (Ctrl-C stops)\n", host, ntohs(address.sin_port)));
    if (fflush(stdout) != 0) FAIL(ERR_IO, "the address could not be written");
    return OK;
}

/* ---- The front ------------------------------------------------------------------------------ */

/* The front says "ready" on its standard output, which is a pipe to us. */
static err wait_until_ready(int pipe_end) {
    char line[READY_MAX];
    ssize_t got = 0;
    do got = read(pipe_end, line, sizeof line);
    while (got < 0 && errno == EINTR);
    if (got <= 0 || !str_starts((str){line, (size_t)got}, STR("ready"))) {
        FAIL(ERR_IO, "the front did not start");
    }
    return OK;
}

static err start_front(struct serving *serving) {
    struct run *run = serving->site->run;
    str program;
    int ends[2];
    int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    TRY(arena_printf(run->a, &program, STR_FMT "/front", STR_ARG(run->programs)));
    if (kept < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        fd_close(&kept);
        FAIL(ERR_IO, "a pipe: %s", strerror(errno));
    }
    CLEANUP(fd_close) int reader = ends[0];
    const char *const argv[] = {"hanji-front", serving->key.ptr, serving->language.ptr,
                                serving->trusted.ptr, NULL};
    const int fds[] = {serving->listener, serving->site->pressings};
    struct child_spec spec = {.program = program.ptr, .argv = argv, .fds = fds, .fd_count = 2};
    dup2(ends[1], STDOUT_FILENO); /* what the child inherits as its standard output */
    err e = child_start(&spec, &serving->front);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(ends[1]);
    TRY(e);
    return wait_until_ready(reader);
}

static err watch_signals(struct serving *serving) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    serving->signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (serving->signals < 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    return OK;
}

/* Waits until the front ended (false) or we are asked to stop (true). */
static err wait_for_end(struct serving *serving, bool *ret_asked) {
    CLEANUP(fd_close) int handle = (int)syscall(SYS_pidfd_open, serving->front.pid, 0);
    if (handle < 0) FAIL(ERR_IO, "the front: %s", strerror(errno));
    struct pollfd events[] = {{.fd = serving->signals, .events = POLLIN},
                              {.fd = handle, .events = POLLIN}};
    while (poll(events, COUNT_OF(events), -1) < 0) {
        if (errno != EINTR) FAIL(ERR_IO, "waiting: %s", strerror(errno));
    }
    *ret_asked = (events[0].revents & POLLIN) != 0;
    return OK;
}

/* A pause that a signal ends: true when we are asked to stop. */
static bool pause_or_asked(const struct serving *serving, int pause_ms) {
    struct pollfd event = {.fd = serving->signals, .events = POLLIN};
    return poll(&event, 1, pause_ms) > 0;
}

static err drain(struct serving *serving) {
    int status = 0;
    kill(serving->front.pid, SIGTERM);
    return child_wait(serving->site->run->sys, &serving->front, DRAIN_SECONDS, &status);
}

/* Keeps a front running; one that ends by itself is started again, ever more slowly. */
static err supervise(struct serving *serving) {
    const struct sys *sys = serving->site->run->sys;
    int pause_ms = 100;
    for (;;) {
        bool is_asked = false;
        int status = 0;
        int64_t started = sys->ticks_ns(sys->ctx);
        TRY(wait_for_end(serving, &is_asked));
        if (is_asked) return drain(serving);
        waitpid(serving->front.pid, &status, 0);
        serving->front.pid = 0;
        if (sys->ticks_ns(sys->ctx) - started > 60000000000) pause_ms = 100;
        fprintf(stderr, "hanji serve: the front ended (status %d); it is started again\n", status);
        if (pause_or_asked(serving, pause_ms)) return OK;
        pause_ms = pause_ms * 2 > PAUSE_MS_MAX ? PAUSE_MS_MAX : pause_ms * 2;
        for (err e = start_front(serving); e.kind != ERR_NONE; e = start_front(serving)) {
            fprintf(stderr, "hanji serve: %s; it is tried again\n", e.message);
            child_kill(&serving->front);
            if (pause_or_asked(serving, pause_ms)) return OK;
        }
    }
}

static void serving_done(struct serving *serving) {
    child_kill(&serving->front);
    fd_close(&serving->listener);
    fd_close(&serving->signals);
}

static err read_trusted(struct serving *serving) {
    str text;
    const char *trusted = NULL;
    TRY(site_ini(serving->site, STR("trusted"), STR(""), &text));
    TRY(arena_cstr(serving->site->run->a, text, &trusted));
    serving->trusted = str_of(trusted);
    return OK;
}

static err run_serve(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    CLEANUP(serving_done) struct serving serving = {.site = &site, .listener = -1, .signals = -1};
    str address = option_text(run->arguments, "listen");
    str name;
    TRY(site_open(run, &site));
    TRY(site_archive(&site, true));
    TRY(archive_setting_get(site.archive, run->a, STR("site.language"), STR(""),
                            &serving.language));
    const char *language = NULL;
    TRY(arena_cstr(run->a, serving.language, &language));
    serving.language.ptr = language;
    archive_close(&site.archive);
    TRY(vault_hex(run->a, site.clearing_key, sizeof site.clearing_key, &serving.key));
    if (address.len == 0) TRY(site_ini(&site, STR("listen"), STR("127.0.0.1:8080"), &address));
    TRY(read_trusted(&serving));
    TRY(listen_on(&serving, address));
    TRY(watch_signals(&serving));
    TRY(start_front(&serving));
    if (pressing_current(run->a, site.pressings, &name).kind == ERR_NOT_FOUND) {
        fprintf(stderr,
                "hanji serve: nothing is pressed yet: readers get 503 until 'hanji press'\n");
    }
    TRY(announce(&serving));
    return supervise(&serving);
}

const struct command command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "serve the live pressing to readers",
    .details = "Runs until Ctrl-C or SIGTERM, then finishes what is under way.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run_serve,
};
