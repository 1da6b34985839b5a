/* front.c: the process that faces the street.
 *
 *     front (started by `hanji serve`, not by hand)
 *
 * It is handed one socket, as file 3, and hears there all that it needs (wire/front_calls.h): the
 * listeners, the folder of pressings, the gate's public key, a certificate. It gives up every other
 * right, says that it is ready, and serves until SIGTERM or SIGINT, when it finishes what is under
 * way and ends.
 *
 * init: may die.  loop: must not die.  finish: bounded in time. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vault/vault.h"
#include "web/metrics.h"
#include "web/web.h"
#include "wire/front_calls.h"

enum {
    FD_CONTROL = 3,
    EXIT_USAGE = 64,
    EXIT_FAILED = 70,
    FDS_BESIDE = 512, /* packs of the live pressing and of those still being sent */
    SETUP_SECONDS = 30,
    SETUP_BYTES = 8 << 20,
    METRICS_CONNECTIONS = 16,
};

static void say(void *ctx, err problem) {
    (void)ctx;
    fprintf(stderr, "front: %s\n", problem.message);
}

/* ---- What it holds -------------------------------------------------------------------------- */

struct front {
    struct sys sys;
    struct arena a; /* of the setup, whose texts are used as long as it serves */
    struct front_setup setup;
    int files[1 + FRONT_LISTENERS_MAX]; /* the folder of pressings, the listeners */
    int signals;
    struct http_tls *tls;
    struct web *web;
    struct http_server *server;
    struct http_server *metrics_server; /* NULL: nobody asked for it */
    struct metrics metrics;
    bool is_left; /* the parent has closed the socket */
};

static void front_done(struct front *front) {
    http_server_close(&front->metrics_server);
    http_server_close(&front->server); /* lets go of the answers under way */
    http_tls_close(&front->tls);
    web_close(&front->web);
    fd_close(&front->signals);
    fd_close(&front->metrics.statm);
    arena_done(&front->a);
}

/* ---- Hearing -------------------------------------------------------------------------------- */

/* What lies in an arena of ours, and no longer should. */
static void wipe(str bytes) {
    union {
        const char *read;
        void *plain;
    } place = {.read = bytes.ptr};
    if (bytes.len > 0) sodium_memzero(place.plain, bytes.len);
}

/* The certificate of a message, if it has one; the key does not stay in the message. */
static err take_certificate(struct front *front, const struct front_certificate *certificate) {
    struct http_tls *tls = NULL;
    if (certificate->chain.len == 0) return OK;
    err e = http_tls_open(&front->sys, certificate->chain, certificate->key, &tls);
    wipe(certificate->key);
    TRY(e);
    if (front->server != NULL) http_server_use_tls(front->server, tls);
    http_tls_close(&front->tls);
    front->tls = tls;
    return OK;
}

/* The logs are the last files of a message; from `at` on. */
static err take_logs(struct front *front, const struct front_logs *logs,
                     struct wire_message *message, size_t at) {
    size_t wanted = at + (logs->has_access != 0) + (logs->has_counts != 0);
    struct web_logs taken = {
        .access = -1, .counts = -1, .tells_addresses = logs->tells_addresses != 0};
    if (message->file_count != wanted) FAIL(ERR_INVALID, "a message without its files");
    if (logs->has_access != 0) taken.access = message->files[at++];
    if (logs->has_counts != 0) taken.counts = message->files[at++];
    web_use_logs(front->web, &taken);
    return OK;
}

static err renew(struct front *front, struct wire_message *message, struct arena *a) {
    struct front_renewal renewal;
    if (message->type != FRONT_RENEW) FAIL(ERR_INVALID, "a message that is none");
    TRY(wire_unpack(a, &front_renewal_shape, message->bytes, &renewal));
    TRY(take_logs(front, &renewal.logs, message, 0));
    message->file_count = 0; /* the logs are the web's now */
    return err_wrap(take_certificate(front, &renewal.certificate),
                    "the new certificate is refused, the old one stays");
}

/* No new connections; ends when what is under way is finished. */
static void drain(struct front *front) {
    http_server_drain(front->server);
    if (front->metrics_server != NULL) http_server_drain(front->metrics_server);
}

/* The parent has something to say. Whatever is wrong with it, what is served goes on. */
static void hear(void *ctx) {
    struct front *front = ctx;
    CLEANUP(arena_done) struct arena a;
    struct wire_message message = {0};
    if (front->is_left) return;
    arena_init(&a, &front->sys, SETUP_BYTES);
    err e = wire_receive(&a, FD_CONTROL, SETUP_SECONDS, &message);
    if (e.kind == ERR_NOT_FOUND ||
        e.kind == ERR_IO) { /* nobody is there who could start us again */
        front->is_left = true;
        drain(front);
        return;
    }
    if (e.kind == ERR_NONE) e = renew(front, &message, &a);
    wire_close_files(&message);
    if (e.kind != ERR_NONE) say(NULL, e);
    e = wire_send(FD_CONTROL, e.kind == ERR_NONE ? FRONT_RENEWED : FRONT_KEPT, (str){0}, NULL, 0);
    if (e.kind != ERR_NONE) say(NULL, e);
}

static void stop(void *ctx) {
    struct front *front = ctx;
    struct signalfd_siginfo info;
    if (read(front->signals, &info, sizeof info) > 0) drain(front);
}

/* ---- Init ----------------------------------------------------------------------------------- */

static err watch_signals(struct front *front) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    signal(SIGPIPE, SIG_IGN); /* whoever read our complaints may be gone */
    if (sigprocmask(SIG_BLOCK, &ending, NULL) != 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    front->signals = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    if (front->signals < 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    return http_server_watch(front->server, front->signals, stop, front);
}

/* As many connections as the system lets us have, up to the default; some descriptors are needed
 * for other things. */
static err raise_limits(struct http_options *options) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) FAIL(ERR_IO, "open files: %s", strerror(errno));
    rlim_t wanted = options->connections_max + FDS_BESIDE;
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) FAIL(ERR_IO, "open files: %s", strerror(errno));
    if (files.rlim_cur <= FDS_BESIDE) FAIL(ERR_LIMIT, "too few open files are allowed");
    options->connections_max = (unsigned)(files.rlim_cur - FDS_BESIDE);
    return OK;
}

static err receive_setup(struct front *front, struct wire_message *message) {
    TRY(wire_receive(&front->a, FD_CONTROL, SETUP_SECONDS, message));
    if (message->type != FRONT_SETUP) FAIL(ERR_INVALID, "the first message is no setup");
    TRY(wire_unpack(&front->a, &front_setup_shape, message->bytes, &front->setup));
    if (message->file_count < 1 + front->setup.listener_count)
        FAIL(ERR_INVALID, "a setup without its files");
    memcpy(front->files, message->files,
           (1 + front->setup.listener_count) * sizeof front->files[0]);
    return OK;
}

static void turn_metrics(void *ctx) {
    struct front *front = ctx;
    err e = http_server_turn(front->metrics_server, 0);
    if (e.kind != ERR_NONE) say(NULL, err_wrap(e, "metrics"));
}

static err listen_metrics(struct front *front, int listener) {
    struct http_options limits = http_options_default();
    struct http_handler handler = metrics_handler(&front->metrics);
    limits.connections_max = METRICS_CONNECTIONS;
    front->metrics = (struct metrics){.sys = &front->sys,
                                      .web = front->web,
                                      .server = front->server,
                                      .started = front->sys.now_seconds(front->sys.ctx),
                                      .statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)};
    TRY(http_server_open(&front->sys, &limits, &handler, &front->metrics_server));
    TRY(http_server_listen(front->metrics_server, listener));
    return http_server_watch(front->server, http_server_fd(front->metrics_server), turn_metrics,
                             front);
}

static err listen_to_all(struct front *front) {
    for (size_t i = 0; i < front->setup.listener_count; i++) {
        int listener = front->files[1 + i];
        struct http_listening how = {0};
        switch (front->setup.listeners[i].kind) {
        case FRONT_METRICS: TRY(listen_metrics(front, listener)); continue;
        case FRONT_TLS: how.speaks_tls = true; break;
        case FRONT_PROXY: how.speaks_proxy = true; break;
        default: break;
        }
        if (how.speaks_tls && front->tls == NULL)
            FAIL(ERR_INVALID, "there is no certificate for TLS");
        TRY(http_server_listen_as(front->server, listener, &how));
    }
    return OK;
}

static err open_server(struct front *front) {
    struct http_options limits = http_options_default();
    struct http_handler handler = web_handler(front->web);
    TRY(raise_limits(&limits));
    TRY(err_wrap(http_networks_parse(front->setup.trusted, &limits.trusted), "hanji.ini: trusted"));
    limits.error_lines = STR("Content-Type: text/plain; charset=utf-8\r\n"
                             "X-Content-Type-Options: nosniff\r\n");
    TRY(http_server_open(&front->sys, &limits, &handler, &front->server));
    if (front->tls != NULL) http_server_use_tls(front->server, front->tls);
    return listen_to_all(front);
}

static err front_open(struct front *front, struct wire_message *message) {
    TRY(vault_start());
    TRY(receive_setup(front, message));
    const struct front_setup *setup = &front->setup;
    struct web_options options = {.folder = front->files[0],
                                  .clearing_key = setup->clearing_key,
                                  .language = setup->language,
                                  .onion = setup->onion,
                                  .secure_base = setup->secure_base,
                                  .trouble = say};
    TRY(err_wrap(take_certificate(front, &setup->certificate), "the certificate"));
    TRY(web_open(&front->sys, &options, &front->web));
    TRY(take_logs(front, &setup->logs, message, 1 + setup->listener_count));
    TRY(open_server(front));
    TRY(http_server_watch(front->server, web_watch_fd(front->web), web_look, front->web));
    TRY(http_server_watch(front->server, FD_CONTROL, hear, front));
    TRY(watch_signals(front));
    return web_sandbox(front->files[0]);
}

static err tell_ready(void) { return wire_send(FD_CONTROL, FRONT_READY, (str){0}, NULL, 0); }

/* ---- Loop ----------------------------------------------------------------------------------- */

/* While a new pressing is being read the loop does not wait, and reads on between two turns. */
static err front_run(struct front *front) {
    while (!http_server_is_drained(front->server)) {
        TRY(http_server_turn(front->server, web_wait_ms(front->web)));
        web_work(front->web);
    }
    return OK;
}

/* The last word: sums that say nothing about anybody. */
static void tell_sums(const struct front *front) {
    struct http_counters sums = http_server_counters(front->server);
    fprintf(stderr,
            "front: ended after %" PRIu64 " requests on %" PRIu64 " connections; %" PRIu64
            " refused, %" PRIu64 " late, %" PRIu64 " too many\n",
            sums.requests, sums.accepted, sums.refused, sums.late, sums.overflowed);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc != 1) {
        fputs("front: started by 'hanji serve'\n", stderr);
        return EXIT_USAGE;
    }
    CLEANUP(front_done)
    struct front front = {.sys = sys_real(), .signals = -1, .metrics = {.statm = -1}};
    struct wire_message message = {0};
    arena_init(&front.a, &front.sys, SETUP_BYTES);
    err e = front_open(&front, &message);
    if (e.kind == ERR_NONE) e = tell_ready();
    if (e.kind == ERR_NONE) e = front_run(&front);
    if (e.kind != ERR_NONE)
        say(NULL, e);
    else
        tell_sums(&front);
    return e.kind == ERR_NONE ? 0 : EXIT_FAILED;
}
