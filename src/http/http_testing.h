/* http_testing.h: one server over a socket pair, and a clock that stands: what its tests share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fault.h"
#include "http/http.h"

enum { HEAD_BYTES = 512, RECEIVED_MAX = 1 << 20, TURNS_MAX = 2000 };

static const int64_t MS = 1000000;

/* ---- A server, its peer, and a clock that stands --------------------------------------------- */

struct bench {
    struct fault fault;
    struct sys sys;
    int64_t ticks;
    int tokens; /* given to the server and not yet released */
    struct http_server *server;
    int listener;
    int peer;
    char *received;
    size_t received_len;
    bool is_closed; /* the server has closed its half */
    int consumers;  /* given to the server and neither ended nor aborted */
    int aborted;
    size_t body_len;
    char body[60];
};

/* The context of a fault's world is the fault, and that is where the bench begins. */
static inline int64_t standing_ticks(void *ctx) {
    const struct bench *bench = ctx;
    return bench->ticks;
}

static inline bool take_piece(void *ctx, str piece) {
    struct bench *bench = ctx;
    assert_true(piece.len > 0 && bench->body_len + piece.len <= sizeof bench->body);
    memcpy(bench->body + bench->body_len, piece.ptr, piece.len);
    bench->body_len += piece.len;
    return memchr(bench->body, '!', bench->body_len) == NULL;
}

static inline void end_body(void *ctx, struct http_response *response) {
    struct bench *bench = ctx;
    const char *mark = memchr(bench->body, '!', bench->body_len);
    bench->consumers--;
    response->status = 200;
    response->lines = STR("X-Test: yes\r\n");
    size_t len = mark != NULL ? (size_t)(mark - bench->body) + 1 : bench->body_len;
    response->body = (str){bench->body, len};
}

static inline void abort_body(void *ctx) {
    struct bench *bench = ctx;
    bench->consumers--;
    bench->aborted++;
}

static inline void take_body(struct bench *bench, struct http_response *response) {
    bench->consumers++;
    bench->body_len = 0;
    response->consumer = (struct http_consumer){bench, take_piece, end_body, abort_body};
    response->body_max = sizeof bench->body;
}

/* Answers with the path as body; "/big" with more than a socket takes, "/empty" with nothing. */
static inline void answer(void *ctx, const struct http_request *request,
                          struct http_response *response) {
    struct bench *bench = ctx;
    if (str_eq(request->path, STR("/take"))) {
        take_body(bench, response);
        return;
    }
    bool is_big = str_eq(request->path, STR("/big"));
    size_t size = is_big ? 900000 : request->path.len + request->query.len;
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memset(copy, 'b', size);
    if (!is_big && request->path.len > 0) memcpy(copy, request->path.ptr, request->path.len);
    if (!is_big && request->query.len > 0) {
        memcpy(copy + request->path.len, request->query.ptr, request->query.len);
    }
    bench->tokens++;
    response->status = request->method >= HTTP_METHOD_POST ? 405 : 200;
    if (str_eq(request->path, STR("/same"))) response->status = 304;
    response->lines = STR("X-Test: yes\r\n");
    response->body = (str){copy, size};
    response->token = copy;
}

static inline void release(void *ctx, void *token) {
    struct bench *bench = ctx;
    bench->tokens--;
    free(token);
}

/* A connection to the server, through a listener that the kernel names (unix(7), autobind). */
static inline int dial(struct http_server *server, int *ret_listener) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(sa_family_t);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0 && fd >= 0);
    assert_true(bind(listener, (struct sockaddr *)&address, size) == 0);
    size = sizeof address;
    assert_true(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    assert_true(listen(listener, 1) == 0);
    assert_true(http_server_listen(server, listener).kind == ERR_NONE);
    assert_true(connect(fd, (struct sockaddr *)&address, size) == 0);
    assert_true(http_server_turn(server, 0).kind == ERR_NONE);
    *ret_listener = listener;
    return fd;
}

static inline err bench_open(struct bench *bench, int fail_at) {
    *bench = (struct bench){.listener = -1, .peer = -1, .ticks = 5 * MS};
    bench->sys = fault_sys(&bench->fault, fail_at);
    bench->sys.ticks_ns = standing_ticks;
    bench->fault.now = 1795415241; /* Mon, 23 Nov 2026 06:27:21 */
    bench->received = malloc(RECEIVED_MAX);
    assert_non_null(bench->received);
    struct http_options options = http_options_default();
    options.head_bytes = HEAD_BYTES;
    struct http_handler handler = {.ctx = bench, .answer = answer, .release = release};
    TRY(http_server_open(&bench->sys, &options, &handler, &bench->server));
    bench->peer = dial(bench->server, &bench->listener);
    return OK;
}

static inline void bench_done(struct bench *bench) {
    http_server_close(&bench->server);
    fd_close(&bench->peer);
    fd_close(&bench->listener);
    free(bench->received);
    assert_int_equal(bench->tokens, 0);
    assert_int_equal(bench->consumers, 0);
    assert_int_equal(bench->fault.live, 0);
}

static inline void turn(struct bench *bench) {
    err e = http_server_turn(bench->server, 0);
    assert_int_equal(e.kind, ERR_NONE);
}

/* Takes what has come, and runs the server as long as more comes. */
static inline void receive(struct bench *bench) {
    for (int i = 0; i < TURNS_MAX && !bench->is_closed; i++) {
        turn(bench);
        ssize_t got = recv(bench->peer, bench->received + bench->received_len,
                           RECEIVED_MAX - bench->received_len, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0)
            bench->is_closed = true;
        else
            bench->received_len += (size_t)got;
    }
}

static inline void send_quietly(struct bench *bench, str piece) {
    assert_int_equal(send(bench->peer, piece.ptr, piece.len, MSG_NOSIGNAL), piece.len);
}

static inline void send_piece(struct bench *bench, str piece) {
    /* After a refusal the server may be gone already: what is not taken is not missed. */
    if (send(bench->peer, piece.ptr, piece.len, MSG_NOSIGNAL) < 0) bench->is_closed = true;
    receive(bench);
}

/* ---- Answers in short ------------------------------------------------------------------------ */

/* "200 /a;405 /b;closed": statuses and bodies, read by the letter of their heads. A HEAD request's
 * answer has no body although it names a length, so the caller says where those are. */
static inline void summarise(const struct bench *bench, bool is_head, char *ret_text, size_t size) {
    str rest = {bench->received, bench->received_len};
    size_t used = 0;
    while (rest.len > 0) {
        size_t end = str_find(rest, STR("\r\n\r\n"));
        assert_true(str_starts(rest, STR("HTTP/1.1 ")));
        assert_int_not_equal(end, STR_NONE);
        str head = str_slice(rest, 0, end + 2);
        uint64_t length = 0;
        size_t at = str_find(head, STR("Content-Length: "));
        if (at != STR_NONE) {
            str value = str_skip(head, at + 16);
            assert_true(str_to_u64(str_slice(value, 0, str_find_byte(value, '\r')), &length));
        }
        if (is_head) length = 0;
        str body = str_slice(rest, end + 4, end + 4 + length);
        assert_int_equal(body.len, length);
        bool is_own = !str_contains(head, STR("X-Test: yes")); /* the words of the server itself */
        used += (size_t)snprintf(
            ret_text + used, size - used, STR_FMT "%s" STR_FMT ";", STR_ARG(str_slice(head, 9, 12)),
            body.len > 0 && !is_own ? " " : "", STR_ARG(str_slice(body, 0, is_own ? 0 : 40)));
        rest = str_skip(rest, end + 4 + length);
    }
    snprintf(ret_text + used, size - used, "%s", bench->is_closed ? "closed" : "open");
}
