/* front.c: the process that faces the street.
 *
 *     front CLEARING-KEY LANGUAGE TRUSTED (started by `hanji serve`, not by hand)
 *
 * It is handed what it needs: 3 is a listening socket, 4 the open folder of pressings; CLEARING-KEY
 * is the gate's public key in hex, LANGUAGE the site's own ("en"). It gives up every other right,
 * prints "ready", and serves until SIGTERM or SIGINT, when it finishes what is under way and ends.
 *
 * init: may die.  loop: must not die.  finish: bounded in time. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vault/vault.h"
#include "web/web.h"

enum { FD_LISTENER = 3, FD_PRESSINGS = 4, EXIT_USAGE = 64, EXIT_FAILED = 70, FDS_BESIDE = 128 };

static void say(void *ctx, err problem) {
    (void)ctx;
    fprintf(stderr, "front: %s\n", problem.message);
}

/* ---- Init ------------------------------------------------------------------------------------ */

struct front {
    struct sys sys;
    unsigned char key[VAULT_PUBLIC_BYTES];
    int signals;
    struct web *web;
    struct http_server *server;
};

static void front_done(struct front *front) {
    http_server_close(&front->server); /* lets go of the answers under way */
    web_close(&front->web);
    fd_close(&front->signals);
}

static void stop(void *ctx) {
    struct front *front = ctx;
    struct signalfd_siginfo info;
    if (read(front->signals, &info, sizeof info) > 0) http_server_drain(front->server);
}

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

static err front_open(struct front *front, str key, str language, str trusted) {
    TRY(vault_start());
    TRY(vault_public_of_hex(key, front->key));
    struct web_options options = {
        .folder = FD_PRESSINGS, .clearing_key = front->key, .language = language, .trouble = say};
    TRY(web_open(&front->sys, &options, &front->web));
    struct http_options limits = http_options_default();
    TRY(raise_limits(&limits));
    TRY(err_wrap(http_networks_parse(trusted, &limits.trusted), "hanji.ini: trusted"));
    limits.error_lines = STR("Content-Type: text/plain; charset=utf-8\r\n"
                             "X-Content-Type-Options: nosniff\r\n");
    struct http_handler handler = web_handler(front->web);
    TRY(http_server_open(&front->sys, &limits, &handler, &front->server));
    TRY(http_server_listen(front->server, FD_LISTENER));
    TRY(http_server_watch(front->server, web_watch_fd(front->web), web_look, front->web));
    TRY(watch_signals(front));
    return web_sandbox(FD_PRESSINGS);
}

/* ---- Loop ------------------------------------------------------------------------------------ */

static err front_run(struct front *front) {
    while (!http_server_is_drained(front->server)) TRY(http_server_turn(front->server, -1));
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
    if (argc != 4) {
        fputs("front: started by 'hanji serve' (front CLEARING-KEY LANGUAGE TRUSTED)\n", stderr);
        return EXIT_USAGE;
    }
    CLEANUP(front_done) struct front front = {.sys = sys_real(), .signals = -1};
    err e = front_open(&front, str_of(argv[1]), str_of(argv[2]), str_of(argv[3]));
    if (e.kind == ERR_NONE) {
        printf("ready\n");
        fflush(stdout);
        e = front_run(&front);
    }
    if (e.kind != ERR_NONE)
        say(NULL, e);
    else
        tell_sums(&front);
    return e.kind == ERR_NONE ? 0 : EXIT_FAILED;
}
