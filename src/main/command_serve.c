/* command_serve.c: hanji serve: a small parent that starts the front and keeps it running.
 *
 * The parent opens what the front needs (listeners, the folder of pressings, logs), reads the
 * certificate and its key, and hands all of it over on a socket (wire/front_calls.h). Afterwards it
 * waits: for the front to end, and for signals.
 *
 *     SIGTERM, SIGINT   finish what is under way, then end
 *     SIGHUP            read the certificate again, open the logs again
 *     SIGUSR2           start another front on the same listeners, and let the old one finish
 *
 * So a new certificate, a rotated log and a new version of the front cost no reader a request. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/listen.h"
#include "main/site.h"
#include "pressing/pressing.h"
#include "wire/front_calls.h"

enum {
    DRAIN_SECONDS = 30,
    READY_SECONDS = 120, /* the first pressing is read whole before it is served */
    PAUSE_MS_MIN = 100,
    PAUSE_MS_MAX = 30000,
    MESSAGE_BYTES = 4 << 20,
    FIRST_INHERITED = 3, /* sd_listen_fds(3) */
};

static const struct option options[] = {
    {"listen", OPTION_TEXT, "ADDRESS", "as 127.0.0.1:8080; otherwise what hanji.ini says"},
};

/* A running front and the socket it is told things on. */
struct front {
    struct child child;
    int control;
};

struct serving {
    struct site *site;
    struct front front;
    struct front old; /* finishing what it has under way; pid 0: there is none */
    int listeners[FRONT_LISTENERS_MAX];
    struct front_listener kinds[FRONT_LISTENERS_MAX];
    size_t listener_count;
    int signals;
    str language; /* the site's own */
    str base;     /* the site's address */
};

/* ---- Listening ------------------------------------------------------------------------------ */

static err add_listener(struct serving *serving, int fd, enum front_listener_kind kind) {
    if (serving->listener_count == FRONT_LISTENERS_MAX) {
        fd_close(&fd);
        FAIL(ERR_LIMIT, "more than %d addresses to listen on", FRONT_LISTENERS_MAX);
    }
    serving->listeners[serving->listener_count] = fd;
    serving->kinds[serving->listener_count++].kind = kind;
    return OK;
}

/* Addresses separated by blanks. */
static err listen_to(struct serving *serving, str addresses, enum front_listener_kind kind) {
    while (addresses.len > 0) {
        str address = {0};
        int fd = -1;
        str_cut(addresses, ' ', &address, &addresses);
        if (address.len == 0) continue;
        TRY(listen_on(serving->site->run->a, address, &fd));
        TRY(add_listener(serving, fd, kind));
    }
    return OK;
}

/* Sockets that whoever started us listens on already (systemd, sd_listen_fds(3)): plain ones, or
 * what their names say. Returns whether there are any. */
static err take_inherited(struct serving *serving, bool *ret_are_there) {
    uint64_t count = 0;
    uint64_t pid = 0;
    const char *fds = getenv("LISTEN_FDS");
    const char *whose = getenv("LISTEN_PID");
    const char *names = getenv("LISTEN_FDNAMES");
    str rest = names == NULL ? STR("") : str_of(names);
    *ret_are_there = fds != NULL && whose != NULL && str_to_u64(str_of(fds), &count) &&
                     str_to_u64(str_of(whose), &pid) && pid == (uint64_t)getpid() && count > 0;
    if (!*ret_are_there) return OK;
    for (uint64_t i = 0; i < count; i++) {
        str name = {0};
        str_cut(rest, ':', &name, &rest);
        enum front_listener_kind kind = str_eq(name, STR("tls"))       ? FRONT_TLS
                                        : str_eq(name, STR("proxy"))   ? FRONT_PROXY
                                        : str_eq(name, STR("metrics")) ? FRONT_METRICS
                                                                       : FRONT_PLAIN;
        int fd = FIRST_INHERITED + (int)i;
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
            FAIL(ERR_IO, "LISTEN_FDS: file %d: %s", fd, strerror(errno));
        TRY(add_listener(serving, fd, kind));
    }
    return OK;
}

static err listen_all(struct serving *serving) {
    struct site *site = serving->site;
    static const struct {
        const char *key;
        const char *otherwise;
        enum front_listener_kind kind;
    } rows[] = {{"listen", "127.0.0.1:8080", FRONT_PLAIN},
                {"listen_tls", "", FRONT_TLS},
                {"listen_proxy", "", FRONT_PROXY},
                {"metrics", "", FRONT_METRICS}};
    str wanted = option_text(site->run->arguments, "listen");
    bool are_inherited = false;
    TRY(take_inherited(serving, &are_inherited));
    for (size_t i = 0; i < COUNT_OF(rows) && !are_inherited; i++) {
        str addresses = {0};
        TRY(site_ini(site, str_of(rows[i].key), str_of(rows[i].otherwise), &addresses));
        if (rows[i].kind == FRONT_PLAIN && wanted.len > 0) addresses = wanted;
        if (str_eq(addresses, STR("none"))) continue;
        TRY(err_wrap(listen_to(serving, addresses, rows[i].kind), "%s", rows[i].key));
    }
    if (serving->listener_count == 0) FAIL(ERR_INVALID, "hanji.ini names no address to listen on");
    return OK;
}

/* Says where we listen; with port 0 the system has chosen one. */
static err announce(const struct serving *serving) {
    static const char *const what[FRONT_LISTENER_KIND_COUNT][2] = {
        [FRONT_PLAIN] = {"Serving http://", "/  (Ctrl-C stops)"},
        [FRONT_TLS] = {"Serving https://", "/"},
        [FRONT_PROXY] = {"Serving a proxy (PROXY v2) at ", ""},
        [FRONT_METRICS] = {"Metrics at http://", "/metrics"}};
    for (size_t i = 0; i < serving->listener_count; i++) {
        str address = {0};
        TRY(listen_address(serving->site->run->a, serving->listeners[i], &address));
        const char *const *words = what[serving->kinds[i].kind];
        TRY(print_format("%s" STR_FMT "%s\n", words[0], STR_ARG(address), words[1]));
    }
    if (fflush(stdout) != 0) FAIL(ERR_IO, "the address could not be written");
    return OK;
}

/* ---- What the front is told ------------------------------------------------------------------ */

/* Files that are handed over, and then closed here. */
struct handing {
    int files[2];
    size_t count;
};

static void handing_done(struct handing *handing) {
    for (size_t i = 0; i < handing->count; i++) fd_close(&handing->files[i]);
}

/* Opens a log that hanji.ini names, to append to; "-" is our own standard error. */
static err open_log(struct serving *serving, const char *key, struct handing *handing,
                    int64_t *ret_has) {
    struct site *site = serving->site;
    str name = {0};
    int fd = -1;
    TRY(site_ini(site, str_of(key), STR(""), &name));
    *ret_has = name.len > 0;
    if (name.len == 0) return OK;
    if (str_eq(name, STR("-"))) {
        fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FIRST_INHERITED);
        if (fd < 0) FAIL(ERR_IO, "%s: %s", key, strerror(errno));
    } else {
        TRY(err_wrap(file_open(site->run->a, site->folder, name,
                               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, &fd),
                     "hanji.ini: %s", key));
    }
    handing->files[handing->count++] = fd;
    return OK;
}

static err open_logs(struct serving *serving, struct handing *handing,
                     struct front_logs *ret_logs) {
    str tells = {0};
    TRY(open_log(serving, "access_log", handing, &ret_logs->has_access));
    TRY(open_log(serving, "counts", handing, &ret_logs->has_counts));
    TRY(site_ini(serving->site, STR("access_log_addresses"), STR("no"), &tells));
    ret_logs->tells_addresses = str_eq(tells, STR("yes"));
    if (ret_logs->tells_addresses == 0 && !str_eq(tells, STR("no")))
        FAIL(ERR_INVALID, "hanji.ini: access_log_addresses = " STR_FMT ": write yes or no",
             STR_ARG(tells));
    return OK;
}

/* Reads chain and key into `a`, whose owner wipes it (forget). */
static err read_certificate(struct serving *serving, struct arena *a,
                            struct front_certificate *ret_certificate) {
    struct site *site = serving->site;
    str chain = {0};
    str key = {0};
    TRY(site_ini(site, STR("certificate"), STR(""), &chain));
    TRY(site_ini(site, STR("certificate_key"), STR(""), &key));
    if (chain.len == 0 && key.len == 0) return OK;
    if (chain.len == 0 || key.len == 0)
        FAIL(ERR_INVALID, "hanji.ini: certificate and certificate_key go together");
    TRY(err_wrap(file_read(a, site->folder, chain, LIMIT_FIELD_BYTES * 16, &ret_certificate->chain),
                 "hanji.ini: certificate"));
    return err_wrap(file_read(a, site->folder, key, LIMIT_FIELD_BYTES * 16, &ret_certificate->key),
                    "hanji.ini: certificate_key");
}

/* Keys do not stay in our memory: neither as they were read nor as they were sent. */
static void forget(str bytes) {
    union {
        const char *read;
        void *plain; /* an arena's bytes: ours to write */
    } place = {.read = bytes.ptr};
    if (bytes.len > 0) sodium_memzero(place.plain, bytes.len);
}

struct telling {
    enum front_message type;
    const struct wire_shape *shape;
    const void *message;
    const int *files;
    size_t file_count;
};

static err tell(struct arena *a, int control, const struct telling *telling) {
    struct buf packed;
    str bytes = {0};
    buf_init(&packed, a, MESSAGE_BYTES);
    buf_reserve(&packed, MESSAGE_BYTES / 2); /* so that growing leaves no copy of a key behind */
    wire_pack(&packed, telling->shape, telling->message);
    err e = buf_finish(&packed, &bytes);
    if (e.kind == ERR_NONE)
        e = wire_send(control, telling->type, bytes, telling->files, telling->file_count);
    forget(bytes);
    return e;
}

/* What hanji.ini says beside listeners, certificate and logs. */
static err read_manners(struct serving *serving, struct front_setup *setup) {
    struct site *site = serving->site;
    str redirects = {0};
    TRY(site_ini(site, STR("trusted"), STR(""), &setup->trusted));
    TRY(site_ini(site, STR("onion"), STR(""), &setup->onion));
    TRY(site_ini(site, STR("redirect_to_tls"), STR("no"), &redirects));
    if (str_eq(redirects, STR("yes")))
        setup->secure_base = serving->base;
    else if (!str_eq(redirects, STR("no")))
        FAIL(ERR_INVALID, "hanji.ini: redirect_to_tls = " STR_FMT ": write yes or no",
             STR_ARG(redirects));
    if (setup->secure_base.len > 0 && !str_starts(serving->base, STR("https://")))
        FAIL(ERR_INVALID,
             "hanji.ini: redirect_to_tls: the site's own address is " STR_FMT
             ", which is not https",
             STR_ARG(serving->base));
    if (setup->onion.len > 0 && !str_starts(setup->onion, STR("http://")))
        FAIL(ERR_INVALID, "hanji.ini: onion: write it as http://....onion");
    return OK;
}

static err send_setup(struct serving *serving, struct arena *a, int control) {
    struct site *site = serving->site;
    struct front_setup setup = {.language = serving->language,
                                .listeners = serving->kinds,
                                .listener_count = serving->listener_count};
    CLEANUP(handing_done) struct handing logs = {0};
    int files[1 + FRONT_LISTENERS_MAX + COUNT_OF(logs.files)] = {site->pressings};
    size_t count = 1;
    memcpy(setup.clearing_key, site->clearing_key, sizeof setup.clearing_key);
    TRY(read_manners(serving, &setup));
    TRY(open_logs(serving, &logs, &setup.logs));
    TRY(read_certificate(serving, a, &setup.certificate));
    for (size_t i = 0; i < serving->listener_count; i++) files[count++] = serving->listeners[i];
    for (size_t i = 0; i < logs.count; i++) files[count++] = logs.files[i];
    err e =
        tell(a, control, &(struct telling){FRONT_SETUP, &front_setup_shape, &setup, files, count});
    forget(setup.certificate.key);
    return e;
}

/* Another certificate, other files of the logs. */
static err renew(struct serving *serving) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(handing_done) struct handing logs = {0};
    struct front_renewal renewal = {0};
    arena_init(&a, serving->site->run->sys, 2 * MESSAGE_BYTES);
    TRY(open_logs(serving, &logs, &renewal.logs));
    TRY(read_certificate(serving, &a, &renewal.certificate));
    err e = tell(
        &a, serving->front.control,
        &(struct telling){FRONT_RENEW, &front_renewal_shape, &renewal, logs.files, logs.count});
    forget(renewal.certificate.key);
    return e;
}

/* ---- The front ------------------------------------------------------------------------------ */

static void front_close(struct front *front) {
    child_kill(&front->child);
    fd_close(&front->control);
}

/* The front gives up its rights and says so, once it has read the live pressing. */
static err wait_until_ready(struct arena *a, int control) {
    struct wire_message message = {0};
    err e = wire_receive(a, control, READY_SECONDS, &message);
    if (e.kind == ERR_NO_MEMORY) return e;
    if (e.kind == ERR_NONE && message.type == FRONT_READY) return OK;
    wire_close_files(&message);
    FAIL(ERR_IO, "the front did not start");
}

static err start_front(struct serving *serving, struct front *ret_front) {
    struct run *run = serving->site->run;
    CLEANUP(arena_done) struct arena a;
    str program = {0};
    int ends[2];
    arena_init(&a, run->sys, 3 * MESSAGE_BYTES);
    TRY(arena_printf(&a, &program, STR_FMT "/front", STR_ARG(run->programs)));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        FAIL(ERR_IO, "a socket: %s", strerror(errno));
    CLEANUP(front_close) struct front front = {.control = ends[0]};
    const char *const argv[] = {"hanji-front", NULL};
    const struct child_spec spec = {
        .program = program.ptr, .argv = argv, .fds = &ends[1], .fd_count = 1};
    err e = child_start(&spec, &front.child);
    close(ends[1]);
    TRY(e);
    TRY(send_setup(serving, &a, front.control));
    TRY(wait_until_ready(&a, front.control));
    *ret_front = front;
    front = (struct front){.control = -1};
    return OK;
}

/* Asks a front to finish. Its listeners are ours too: who comes meanwhile waits for another. */
static void send_home(struct front *front) {
    if (front->child.pid > 0) kill(front->child.pid, SIGTERM);
}

/* Another front takes over; the old one answers what it has begun. */
static err replace_front(struct serving *serving) {
    struct front next = {.control = -1};
    TRY(start_front(serving, &next));
    front_close(&serving->old); /* one that is still there has had its time */
    serving->old = serving->front;
    serving->front = next;
    send_home(&serving->old);
    return OK;
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static err watch_signals(struct serving *serving) {
    static const int heard[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT_OF(heard); i++) sigaddset(&set, heard[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    serving->signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (serving->signals < 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    return OK;
}

/* A signal that waits, or 0. */
static uint32_t next_signal(const struct serving *serving) {
    struct signalfd_siginfo info;
    return read(serving->signals, &info, sizeof info) == sizeof info ? info.ssi_signo : 0;
}

/* Reaps a front that has ended. */
static bool has_ended(struct front *front, int *ret_status) {
    if (front->child.pid <= 0 || waitpid(front->child.pid, ret_status, WNOHANG) <= 0) return false;
    front->child.pid = 0;
    fd_close(&front->control);
    return true;
}

/* Waits until a front has ended or a signal came; *ret_signal is 0 for the former. */
static err wait_for_news(struct serving *serving, uint32_t *ret_signal) {
    CLEANUP(fd_close) int front = (int)syscall(SYS_pidfd_open, serving->front.child.pid, 0);
    CLEANUP(fd_close) int old = -1;
    if (serving->old.child.pid > 0) old = (int)syscall(SYS_pidfd_open, serving->old.child.pid, 0);
    if (front < 0) FAIL(ERR_IO, "the front: %s", strerror(errno));
    struct pollfd events[] = {{.fd = serving->signals, .events = POLLIN},
                              {.fd = front, .events = POLLIN},
                              {.fd = old, .events = POLLIN}};
    while (poll(events, COUNT_OF(events), -1) < 0) {
        if (errno != EINTR) FAIL(ERR_IO, "waiting: %s", strerror(errno));
    }
    *ret_signal = (events[0].revents & POLLIN) != 0 ? next_signal(serving) : 0;
    return OK;
}

static bool is_ending(uint32_t signal) { return signal == SIGTERM || signal == SIGINT; }

/* A pause that a signal ends: true when we are asked to stop. */
static bool pause_or_asked(const struct serving *serving, int pause_ms) {
    struct pollfd event = {.fd = serving->signals, .events = POLLIN};
    return poll(&event, 1, pause_ms) > 0 && is_ending(next_signal(serving));
}

/* Starts a front in the place of one that ended by itself, ever more slowly; *ret_asked is set
 * when we are asked to stop meanwhile. */
static void start_again(struct serving *serving, int *pause_ms, bool *ret_asked) {
    *ret_asked = false;
    for (;;) {
        if (pause_or_asked(serving, *pause_ms)) {
            *ret_asked = true;
            return;
        }
        *pause_ms = *pause_ms * 2 > PAUSE_MS_MAX ? PAUSE_MS_MAX : *pause_ms * 2;
        err e = start_front(serving, &serving->front);
        if (e.kind == ERR_NONE) return;
        fprintf(stderr, "hanji serve: %s; it is tried again\n", e.message);
    }
}

/* What a signal asks for, the ending ones apart. Whatever fails, what is served goes on. */
static void obey(struct serving *serving, uint32_t signal) {
    err e = OK;
    if (signal == SIGHUP) e = renew(serving);
    if (signal == SIGUSR2) e = replace_front(serving);
    if (e.kind != ERR_NONE) fprintf(stderr, "hanji serve: %s\n", e.message);
}

/* Keeps a front running until we are asked to stop. */
static err supervise(struct serving *serving) {
    const struct sys *sys = serving->site->run->sys;
    int pause_ms = PAUSE_MS_MIN;
    int64_t started = sys->ticks_ns(sys->ctx);
    for (;;) {
        uint32_t signal = 0;
        int status = 0;
        bool is_asked = false;
        TRY(wait_for_news(serving, &signal));
        if (is_ending(signal)) break;
        obey(serving, signal);
        has_ended(&serving->old, &status);
        if (!has_ended(&serving->front, &status)) continue;
        if (sys->ticks_ns(sys->ctx) - started > 60000000000) pause_ms = PAUSE_MS_MIN;
        fprintf(stderr, "hanji serve: the front ended (status %d); it is started again\n", status);
        start_again(serving, &pause_ms, &is_asked);
        if (is_asked) return OK;
        started = sys->ticks_ns(sys->ctx);
    }
    int status = 0;
    send_home(&serving->front);
    return child_wait(sys, &serving->front.child, DRAIN_SECONDS, &status);
}

static void serving_done(struct serving *serving) {
    front_close(&serving->front);
    front_close(&serving->old);
    for (size_t i = 0; i < serving->listener_count; i++) fd_close(&serving->listeners[i]);
    fd_close(&serving->signals);
}

static err read_site(struct serving *serving) {
    struct site *site = serving->site;
    struct arena *a = site->run->a;
    TRY(site_archive(site, true));
    TRY(archive_setting_get(site->archive, a, STR("site.language"), STR(""), &serving->language));
    TRY(archive_setting_get(site->archive, a, STR("site.base"), STR(""), &serving->base));
    archive_close(&site->archive);
    return OK;
}

static err run_serve(struct run *run, int *ret_exit) {
    (void)ret_exit;
    CLEANUP(site_close) struct site site = SITE_CLOSED;
    CLEANUP(serving_done)
    struct serving serving = {.site = &site, .front.control = -1, .old.control = -1, .signals = -1};
    str name;
    TRY(site_open(run, &site));
    TRY(read_site(&serving));
    TRY(listen_all(&serving));
    TRY(watch_signals(&serving));
    TRY(start_front(&serving, &serving.front));
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
    .details = "Runs until Ctrl-C or SIGTERM, then finishes what is under way. SIGHUP reads the\n"
               "certificate and opens the logs again; SIGUSR2 starts another front without a\n"
               "dropped request. Addresses, TLS and logs are named in hanji.ini.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run_serve,
};
