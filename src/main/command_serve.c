/* command_serve.c: hanji serve: the command, and the addresses it listens on. What it runs is in
 * serving.h.
 *
 * The parent opens what the front needs (listeners, the folder of pressings, logs), reads the
 * certificate and its key, and hands all of it over on a socket. Afterwards it waits: for the front
 * to end, and for signals.
 *
 *     SIGTERM, SIGINT   finish what is under way, then end
 *     SIGHUP            read the certificate again, open the logs again
 *     SIGUSR2           start another front on the same listeners, and let the old one finish
 *
 * So a new certificate, a rotated log and a new version of the front cost no reader a request. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "main/listen.h"
#include "main/serving.h"
#include "pressing/pressing.h"

enum { FIRST_INHERITED = 3 }; /* sd_listen_fds(3) */

static const struct option options[] = {
    {"listen", OPTION_TEXT, "ADDRESS", "as 127.0.0.1:8080; otherwise what hanji.ini says"},
};

/* ---- Listening ------------------------------------------------------------------------------ */

static err add_listener(struct serving *serving, int fd, enum front_listener_kind kind) {
    if (serving->listener_count == FRONT_LISTENERS_MAX) {
        fd_close(&fd);
        FAIL(ERR_LIMIT, "more than %d addresses to listen on", FRONT_LISTENERS_MAX);
    }
    if (kind == FRONT_METRICS && !listen_is_loopback(fd)) {
        fd_close(&fd);
        FAIL(ERR_INVALID, "metrics have no password: name an address of this machine alone, as "
                          "127.0.0.1:9090 or [::1]:9090");
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
    str name;
    static const char *const what[FRONT_LISTENER_KIND_COUNT][2] = {
        [FRONT_PLAIN] = {"Serving http://", "/  (Ctrl-C stops)"},
        [FRONT_TLS] = {"Serving https://", "/"},
        [FRONT_PROXY] = {"Serving a proxy (PROXY v2) at ", ""},
        [FRONT_METRICS] = {"Metrics at http://", "/metrics"}};
    if (pressing_current(serving->site->run->a, serving->site->pressings, &name).kind ==
        ERR_NOT_FOUND) {
        fprintf(stderr,
                "hanji serve: nothing is pressed yet: readers get 503 until 'hanji press'\n");
    }
    for (size_t i = 0; i < serving->listener_count; i++) {
        str address = {0};
        TRY(listen_address(serving->site->run->a, serving->listeners[i], &address));
        const char *const *words = what[serving->kinds[i].kind];
        TRY(print_format("%s" STR_FMT "%s\n", words[0], STR_ARG(address), words[1]));
    }
    if (fflush(stdout) != 0) FAIL(ERR_IO, "the address could not be written");
    return OK;
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
    struct serving serving = {
        .site = &site, .front = FRONT_NONE, .next = FRONT_NONE, .old = FRONT_NONE, .signals = -1};
    TRY(site_open(run, &site));
    TRY(read_site(&serving));
    TRY(listen_all(&serving));
    return serving_run(&serving, announce);
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
