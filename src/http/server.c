/* server.c: the loop: who is ready, who is late, who may come in. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "http/http_impl.h"

static const int64_t NS_PER_MS = 1000000;

struct http_options http_options_default(void) {
    return (struct http_options){
        .connections_max = 16384,
        .per_network_max = 1024,
        .network_v6_bits = 64,
        .head_bytes = 8192,
        .head_ms = 10000,
        .body_ms = 10000,
        .body_bytes = 4096,
        .body_total_ms = 600000,
        .unwanted_bytes = 65536,
        .idle_ms = 60000,
        .write_ms = 30000,
        .write_bytes = 4096,
        .linger_ms = 2000,
        .drain_ms = 10000,
        .drain_idle_ms = 1000,
    };
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static err check_options(const struct http_options *o) {
    if (o->connections_max == 0) FAIL(ERR_INVALID, "http: no connection would be allowed");
    if (o->head_bytes < 256 || o->head_bytes > UINT16_MAX) {
        FAIL(ERR_INVALID, "http: a head of %u bytes (256 to 65535)", o->head_bytes);
    }
    if (o->head_ms == 0 || o->idle_ms == 0 || o->write_ms == 0 || o->write_bytes == 0 ||
        o->body_ms == 0 || o->body_bytes == 0 || o->body_total_ms == 0) {
        FAIL(ERR_INVALID, "http: a deadline of nothing");
    }
    if (o->network_v6_bits > 128) FAIL(ERR_INVALID, "http: an IPv6 address has 128 bits");
    if (o->error_lines.len > HTTP_LINES_MAX) FAIL(ERR_INVALID, "http: too many error lines");
    return OK;
}

static err make_rooms(struct http_server *server) {
    const struct sys *sys = server->sys;
    size_t crowd_size = CROWD_ROWS * CROWD_COUNTS * sizeof *server->crowd;
    server->path_room = sys->alloc(sys->ctx, server->options.head_bytes);
    server->tls_room = sys->alloc(sys->ctx, TLS_ROOM_BYTES);
    server->crowd = sys->alloc(sys->ctx, crowd_size);
    if (server->path_room == NULL || server->tls_room == NULL || server->crowd == NULL) {
        FAIL(ERR_NO_MEMORY, "http: no memory for a server");
    }
    memset(server->crowd, 0, crowd_size);
    if (!sys->random(sys->ctx, &server->crowd_seed, sizeof server->crowd_seed)) {
        FAIL(ERR_IO, "http: the system has no random numbers");
    }
    return OK;
}

err http_server_open(const struct sys *sys, const struct http_options *options,
                     const struct http_handler *handler, struct http_server **ret_server) {
    TRY(check_options(options));
    CLEANUP(http_server_close) struct http_server *server = sys->alloc(sys->ctx, sizeof *server);
    if (server == NULL) FAIL(ERR_NO_MEMORY, "http: no memory for a server");
    *server = (struct http_server){
        .sys = sys,
        .options = *options,
        .handler = *handler,
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .spare = -1,
        .now_ns = sys->ticks_ns(sys->ctx),
        .date_second = -1,
        .deadlines[DEADLINE_HEAD].length_ns = options->head_ms * NS_PER_MS,
        .deadlines[DEADLINE_BODY].length_ns = options->body_ms * NS_PER_MS,
        .deadlines[DEADLINE_IDLE].length_ns = options->idle_ms * NS_PER_MS,
        .deadlines[DEADLINE_WRITE].length_ns = options->write_ms * NS_PER_MS,
        .deadlines[DEADLINE_LINGER].length_ns = options->linger_ms * NS_PER_MS,
    };
    if (server->epoll < 0) FAIL(ERR_IO, "http: epoll: %s", strerror(errno));
    TRY(make_rooms(server));
    accept_keep_spare(server);
    *ret_server = server;
    server = NULL;
    return OK;
}

static void close_all(struct http_server *server) {
    for (int kind = 0; kind < DEADLINE_COUNT; kind++) {
        struct deadline_list *list = &server->deadlines[kind];
        while (list->oldest != NULL) connection_close(server, list->oldest);
    }
}

void http_server_close(struct http_server **server) {
    struct http_server *s = *server;
    *server = NULL;
    if (s == NULL) return;
    close_all(s);
    pools_free(s);
    tls_drop(s);
    fd_close(&s->epoll);
    fd_close(&s->spare);
    s->sys->free(s->sys->ctx, s->path_room);
    s->sys->free(s->sys->ctx, s->tls_room);
    s->sys->free(s->sys->ctx, s->crowd);
    s->sys->free(s->sys->ctx, s);
}

err epoll_add(struct http_server *server, struct source *source, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, source->fd, &event) != 0) {
        FAIL(ERR_IO, "http: epoll: %s", strerror(errno));
    }
    return OK;
}

err http_server_watch(struct http_server *server, int fd, void (*ready)(void *ctx), void *ctx) {
    if (server->watch_count == WATCHES_MAX) FAIL(ERR_LIMIT, "http: too many watched files");
    struct watch *watch = &server->watches[server->watch_count];
    *watch = (struct watch){{SOURCE_WATCH, fd}, ready, ctx};
    TRY(epoll_add(server, &watch->source, EPOLLIN));
    server->watch_count++;
    return OK;
}

/* ---- The turn -------------------------------------------------------------------------------- */

str server_date(struct http_server *server) {
    int64_t now = server->sys->now_seconds(server->sys->ctx);
    if (now != server->date_second) {
        static const char DAYS[] = "SunMonTueWedThuFriSat";
        static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        struct date d = date_of(now);
        snprintf(server->date, sizeof server->date,
                 "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", DAYS + 3 * d.weekday,
                 d.day % 100, MONTHS + 3 * (d.month - 1), d.year % 10000, d.hour % 100,
                 d.minute % 100, d.second % 100);
        server->date_second = now;
    }
    return (str){server->date, 37};
}

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

/* How long to wait so that no deadline is missed: rounded up, or the loop would spin before it. */
static int wait_until_deadline(const struct http_server *server, int wait_ms) {
    int64_t soonest = INT64_MAX;
    for (int kind = 0; kind < DEADLINE_COUNT; kind++) {
        const struct connection *oldest = server->deadlines[kind].oldest;
        if (oldest != NULL) soonest = earlier(soonest, oldest->ends_ns);
    }
    if (server->is_draining && server->deadlines[DEADLINE_IDLE].oldest != NULL)
        soonest = earlier(soonest, server->idle_ends_ns);
    if (server->is_draining)
        soonest = earlier(soonest, server->drained_ns);
    else if (server->is_deaf)
        soonest = earlier(soonest, server->hears_at_ns);
    if (soonest == INT64_MAX) return wait_ms;
    int64_t left_ms = (soonest - server->now_ns + NS_PER_MS - 1) / NS_PER_MS;
    if (left_ms < 0) left_ms = 0;
    if (left_ms > 3600 * 1000) left_ms = 3600 * 1000;
    return wait_ms >= 0 && wait_ms < left_ms ? wait_ms : (int)left_ms;
}

static void handle_event(struct http_server *server, const struct epoll_event *event) {
    struct source *source = event->data.ptr;
    switch (source->kind) {
    case SOURCE_LISTENER:
        if (!server->is_deaf) accept_some(server, (const struct listener *)source);
        return;
    case SOURCE_WATCH: {
        struct watch *watch = (struct watch *)source;
        watch->ready(watch->ctx);
        return;
    }
    case SOURCE_CONNECTION: {
        struct connection *c = (struct connection *)source;
        if ((event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) c->is_ended = true;
        if ((event->events & ~(uint32_t)EPOLLOUT) != 0) c->is_readable = true;
        connection_drive(server, c);
        return;
    }
    }
}

/* Ends, or goes on with, whoever waited until now. One that starts to wait again in here ends later
 * than now, or (DEADLINE_AGAIN) stands behind `last`. */
static void expire(struct http_server *server) {
    for (int kind = 0; kind < DEADLINE_COUNT; kind++) {
        struct deadline_list *list = &server->deadlines[kind];
        const struct connection *last = list->newest;
        bool is_last = false;
        while (!is_last && list->oldest != NULL && list->oldest->ends_ns <= server->now_ns) {
            is_last = list->oldest == last;
            connection_expire(server, list->oldest);
        }
    }
}

/* Idle connections are left for a moment: one that has just come has yet to ask, and one that asks
 * often is asking now; both are answered, and told that this was the last. Then each is read once
 * more and closed if it holds nothing (connection.c, rest), which takes it out of the list either
 * way. */
static void drain_on(struct http_server *server) {
    struct deadline_list *idle = &server->deadlines[DEADLINE_IDLE];
    while (server->now_ns >= server->idle_ends_ns && idle->oldest != NULL) {
        idle->oldest->is_readable = true;
        connection_drive(server, idle->oldest);
    }
    if (server->now_ns >= server->drained_ns) close_all(server);
}

err http_server_turn(struct http_server *server, int wait_ms) {
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(server->epoll, events, EVENTS_MAX, wait_until_deadline(server, wait_ms));
    if (count < 0 && errno != EINTR) FAIL(ERR_IO, "http: epoll: %s", strerror(errno));
    server->now_ns = server->sys->ticks_ns(server->sys->ctx);
    for (int i = 0; i < count; i++) handle_event(server, &events[i]);
    expire(server);
    if (server->is_draining)
        drain_on(server);
    else if (server->is_deaf && server->now_ns >= server->hears_at_ns)
        accept_again(server);
    return OK;
}

/* ---- Draining -------------------------------------------------------------------------------- */

void http_server_drain(struct http_server *server) {
    if (server->is_draining) return;
    accept_stop(server);
    server->is_draining = true;
    server->idle_ends_ns = server->now_ns + server->options.drain_idle_ms * NS_PER_MS;
    server->drained_ns = server->now_ns + server->options.drain_ms * NS_PER_MS;
}

bool http_server_is_drained(const struct http_server *server) {
    return server->is_draining && server->counters.connections == 0;
}

int http_server_fd(const struct http_server *server) { return server->epoll; }

struct http_counters http_server_counters(const struct http_server *server) {
    return server->counters;
}
