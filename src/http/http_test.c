/* http_test.c: what goes in, what comes out. Raw requests against one server over a socket pair,
 * each in one piece, cut in two at every place, and byte by byte: the answer must be the same. */
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
static int64_t standing_ticks(void *ctx) {
    const struct bench *bench = ctx;
    return bench->ticks;
}

static bool take_piece(void *ctx, str piece) {
    struct bench *bench = ctx;
    assert_true(piece.len > 0 && bench->body_len + piece.len <= sizeof bench->body);
    memcpy(bench->body + bench->body_len, piece.ptr, piece.len);
    bench->body_len += piece.len;
    return memchr(bench->body, '!', bench->body_len) == NULL;
}

static void end_body(void *ctx, struct http_response *response) {
    struct bench *bench = ctx;
    const char *mark = memchr(bench->body, '!', bench->body_len);
    bench->consumers--;
    response->status = 200;
    response->lines = STR("X-Test: yes\r\n");
    size_t len = mark != NULL ? (size_t)(mark - bench->body) + 1 : bench->body_len;
    response->body = (str){bench->body, len};
}

static void abort_body(void *ctx) {
    struct bench *bench = ctx;
    bench->consumers--;
    bench->aborted++;
}

static void take_body(struct bench *bench, struct http_response *response) {
    bench->consumers++;
    bench->body_len = 0;
    response->consumer = (struct http_consumer){bench, take_piece, end_body, abort_body};
    response->body_max = sizeof bench->body;
}

/* Answers with the path as body; "/big" with more than a socket takes, "/empty" with nothing. */
static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
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

static void release(void *ctx, void *token) {
    struct bench *bench = ctx;
    bench->tokens--;
    free(token);
}

/* A connection to the server, through a listener that the kernel names (unix(7), autobind). */
static int dial(struct http_server *server, int *ret_listener) {
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

static err bench_open(struct bench *bench, int fail_at) {
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

static void bench_done(struct bench *bench) {
    http_server_close(&bench->server);
    fd_close(&bench->peer);
    fd_close(&bench->listener);
    free(bench->received);
    assert_int_equal(bench->tokens, 0);
    assert_int_equal(bench->consumers, 0);
    assert_int_equal(bench->fault.live, 0);
}

static void turn(struct bench *bench) {
    err e = http_server_turn(bench->server, 0);
    assert_int_equal(e.kind, ERR_NONE);
}

/* Takes what has come, and runs the server as long as more comes. */
static void receive(struct bench *bench) {
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

static void send_quietly(struct bench *bench, str piece) {
    assert_int_equal(send(bench->peer, piece.ptr, piece.len, MSG_NOSIGNAL), piece.len);
}

static void send_piece(struct bench *bench, str piece) {
    /* After a refusal the server may be gone already: what is not taken is not missed. */
    if (send(bench->peer, piece.ptr, piece.len, MSG_NOSIGNAL) < 0) bench->is_closed = true;
    receive(bench);
}

/* ---- Answers in short ------------------------------------------------------------------------ */

/* "200 /a;405 /b;closed": statuses and bodies, read by the letter of their heads. A HEAD request's
 * answer has no body although it names a length, so the caller says where those are. */
static void summarise(const struct bench *bench, bool is_head, char *ret_text, size_t size) {
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

/* ---- The table ------------------------------------------------------------------------------- */

static const struct exchange {
    const char *what;
    str request;
    const char *answers;
} EXCHANGES[] = {
    {"a page", STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"), "200 /a;open"},
    {"two pipelined", STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
     "200 /a;200 /b;open"},
    {"an empty line before", STR("\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"), "200 /a;open"},
    {"a bare LF before", STR("\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"a bare CR before", STR("\rGET /a HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"close asked for", STR("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
     "200 /a;closed"},
    {"what follows a close is not read",
     STR("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: "
         "a\r\n\r\n"),
     "200 /a;closed"},
    {"HTTP/1.0 closes", STR("GET /a HTTP/1.0\r\n\r\n"), "200 /a;closed"},
    {"HTTP/1.0 keeps alive", STR("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
     "200 /a;open"},
    {"304 has no body",
     STR("GET /same HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
     "304;200 /b;open"},
    {"a query is kept apart", STR("GET /a?b=%2F HTTP/1.1\r\nHost: a\r\n\r\n"), "200 /ab=%2F;open"},
    {"an absolute target", STR("GET http://x.example/a HTTP/1.1\r\nHost: a\r\n\r\n"),
     "200 /a;open"},
    {"an absolute target without a path", STR("GET http://x.example HTTP/1.1\r\nHost: a\r\n\r\n"),
     "200 /;open"},
    {"OPTIONS *", STR("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "405;open"},
    {"GET *", STR("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"an empty Host", STR("GET /a HTTP/1.1\r\nHost:\r\n\r\n"), "200 /a;open"},
    {"an empty field", STR("GET /a HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\n\r\n"), "200 /a;open"},
    {"a length of nothing", STR("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
     "200 /a;open"},

    /* Bodies that nobody wants are dropped, and nothing in them is taken for a request. */
    {"POST with a body",
     STR("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\nGET /evil HTTP/1.1\r\nHost: "
         "evil\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
     "405 /a;200 /b;open"},
    {"a chunked body",
     STR("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n"
         "\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
     "200 /a;200 /b;open"},
    {"a large body that nobody wants",
     STR("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\nGET /evil"), "405 /a;closed"},
    {"a body whose sender waits for a word",
     STR("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
     "405 /a;closed"},
    {"bad chunks that nobody wants",
     STR("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nGET /b "
         "HTTP/1.1\r\n\r\n"),
     "405 /a;closed"},

    /* Bodies that are wanted: /take gives the body back, in at most 60 bytes. */
    {"a sized body",
     STR("POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n"
         "Host: a\r\n\r\n"),
     "200 hello;200 /b;open"},
    {"an empty body", STR("POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
     "200;open"},
    {"chunks, extensions, trailers",
     STR("POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
         "5;a=\"b\"\r\nhello\r\n00a\r\n wide worl\r\n1\r\nd\r\n0;x\r\nX-Sum: 1\r\nY:\r\n\r\n"
         "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
     "200 hello wide world;200 /b;open"},
    {"a sized body too large", STR("POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 61\r\n\r\n"),
     "413;closed"},
    {"chunks too large",
     STR("POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         "1e\r\n123456789012345678901234567890\r\n1f\r\n1234567890123456789012345678901\r\n"),
     "413;closed"},
    {"a body that is not wanted any more",
     STR("POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nenough! X"),
     "200 enough!;closed"},
    {"an unknown coding",
     STR("POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
     "501;closed"},
    {"chunks in HTTP/1.0",
     STR("POST /take HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400;closed"},
    {"CONNECT", STR("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
     "405;closed"},
    {"an upgrade is not taken up",
     STR("GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
     "200 /a;open"},

    /* Smuggling: two readers of one message must not differ. */
    {"two lengths",
     STR("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello"),
     "400;closed"},
    {"the same length twice",
     STR("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
     "400;closed"},
    {"length and chunked",
     STR("GET /a HTTP/1.1\r\nHost: a\r\n"
         "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     "400;closed"},
    {"a signed length", STR("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
     "400;closed"},
    {"a list of lengths", STR("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello"),
     "400;closed"},
    {"a length beyond 64 bits",
     STR("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\nx"),
     "400;closed"},
    {"a space before the colon", STR("GET /a HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"), "400;closed"},
    {"a space before the colon of Host", STR("GET /a HTTP/1.1\r\nHost : a\r\n\r\n"), "400;closed"},
    {"a folded line", STR("GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"), "400;closed"},
    {"a line folded by a tab", STR("GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n"),
     "400;closed"},
    {"a folded empty line", STR("GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n \r\n\r\n"), "400;closed"},
    {"a space before the first field", STR("GET /a HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n"),
     "400;closed"},
    {"bare LF", STR("GET /a HTTP/1.1\nHost: a\n\n"), "400;closed"},
    {"bare LF after a field", STR("GET /a HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"), "400;closed"},
    {"bare CR after a field", STR("GET /a HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"), "400;closed"},
    {"bare CR as the end", STR("GET /a HTTP/1.1\r\nHost: a\r\n\rGET /evil HTTP/1.1\r\n\r\n"),
     "400;closed"},
    {"NUL in a field", STR("GET /a HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"), "400;closed"},
    {"NUL in the target", STR("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"no Host", STR("GET /a HTTP/1.1\r\n\r\n"), "400;closed"},
    {"two Hosts", STR("GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), "400;closed"},
    {"two Hosts in 1.0", STR("GET /a HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"), "400;closed"},
    {"a Host with a space", STR("GET /a HTTP/1.1\r\nHost: a b\r\n\r\n"), "400;closed"},
    {"a Host with a path", STR("GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"), "400;closed"},
    {"a Host with a user", STR("GET /a HTTP/1.1\r\nHost: u@a\r\n\r\n"), "400;closed"},

    /* Nonsense. */
    {"no version", STR("GET /a\r\n\r\n"), "505;closed"},
    {"HTTP/2 preface", STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505;closed"},
    {"HTTP/2.0", STR("GET /a HTTP/2.0\r\nHost: a\r\n\r\n"), "505;closed"},
    {"HTTP/1.9", STR("GET /a HTTP/1.9\r\nHost: a\r\n\r\n"), "505;closed"},
    {"an unknown method", STR("BREW /a HTTP/1.1\r\nHost: a\r\n\r\n"), "501;closed"},
    {"a lower-case method", STR("get /a HTTP/1.1\r\nHost: a\r\n\r\n"), "501;closed"},
    {"another scheme", STR("GET ftp://x.example/a HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"a relative target", STR("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"a fragment", STR("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"two spaces before the version", STR("GET /a  HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"two spaces", STR("GET  /a HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"a space in the target", STR("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"a path that climbs", STR("GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"an encoded climb", STR("GET /a/%2e%2e/%2E./b HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"an encoded NUL", STR("GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"an encoded slash", STR("GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n"), "400;closed"},
    {"a good one, then a bad one", STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n"),
     "200 /a;400;closed"},
};

static void send_cut(const struct exchange *exchange, size_t first, size_t step) {
    struct bench bench;
    char text[400];
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_piece(&bench, str_slice(exchange->request, 0, first));
    for (size_t at = first; at < exchange->request.len && !bench.is_closed; at += step) {
        send_piece(&bench, str_slice(exchange->request, at, at + step));
    }
    receive(&bench);
    summarise(&bench, false, text, sizeof text);
    if (strcmp(text, exchange->answers) != 0) {
        fail_msg("%s, cut at %zu: expected \"%s\", got \"%s\"", exchange->what, first,
                 exchange->answers, text);
    }
    bench_done(&bench);
}

static void answers_each_request_as_the_table_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(EXCHANGES); i++) {
        send_cut(&EXCHANGES[i], EXCHANGES[i].request.len, 1);
    }
}

static void answers_the_same_however_the_bytes_are_cut(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(EXCHANGES); i++) {
        for (size_t at = 1; at < EXCHANGES[i].request.len; at++) {
            send_cut(&EXCHANGES[i], at, SIZE_MAX / 2);
        }
        send_cut(&EXCHANGES[i], 1, 1);
    }
}

/* ---- Single behaviours ----------------------------------------------------------------------- */

static void expect(const struct bench *bench, bool is_head, const char *wanted) {
    char text[400];
    summarise(bench, is_head, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void writes_a_head_to_the_letter(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_piece(&bench, STR("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    static const char WANTED[] = "HTTP/1.1 200 OK\r\n"
                                 "Date: Mon, 23 Nov 2026 06:27:21 GMT\r\n"
                                 "Content-Length: 2\r\n"
                                 "Connection: keep-alive\r\n"
                                 "X-Test: yes\r\n"
                                 "\r\n"
                                 "/a";
    assert_int_equal(bench.received_len, sizeof WANTED - 1);
    assert_memory_equal(bench.received, WANTED, sizeof WANTED - 1);
    bench_done(&bench);
}

static void sends_no_body_to_head_and_says_its_length(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_piece(&bench,
               STR("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\nHEAD /d HTTP/1.1\r\nHost: a\r\n\r\n"));
    expect(&bench, true, "200;200;open");
    str all = {bench.received, bench.received_len};
    assert_true(str_contains(all, STR("Content-Length: 4\r\n")));
    assert_true(str_contains(all, STR("Content-Length: 2\r\n")));
    bench_done(&bench);
}

/* One head of exactly `size` bytes, in which the target or a field is long. */
static void send_head_of(size_t size, bool is_target_long, const char *wanted) {
    static const str AFTER_TARGET = STR(" HTTP/1.1\r\nHost: a\r\n\r\n");
    static const str BEFORE_FIELD = STR("GET /a HTTP/1.1\r\nHost: a\r\nX: ");
    char head[HEAD_BYTES + 100];
    struct bench bench;
    assert_true(size <= sizeof head);
    memset(head, 'a', size);
    if (is_target_long) {
        memcpy(head, "GET /", 5);
        memcpy(head + size - AFTER_TARGET.len, AFTER_TARGET.ptr, AFTER_TARGET.len);
    } else {
        memcpy(head, BEFORE_FIELD.ptr, BEFORE_FIELD.len);
        memcpy(head + size - 4, "\r\n\r\n", 4);
    }
    for (size_t step = 1; step <= size; step += 63) {
        assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
        for (size_t at = 0; at < size && !bench.is_closed; at += step) {
            send_piece(&bench, str_slice((str){head, size}, at, at + step));
        }
        char text[400];
        summarise(&bench, false, text, sizeof text);
        assert_memory_equal(text, wanted, strlen(wanted));
        bench_done(&bench);
    }
}

static void takes_a_head_of_the_limit_and_refuses_one_byte_more(void **state) {
    (void)state;
    send_head_of(HEAD_BYTES, false, "200 /a;open");
    send_head_of(HEAD_BYTES + 1, false, "431;closed");
    send_head_of(HEAD_BYTES, true, "200 /aaa");
    send_head_of(HEAD_BYTES + 60, true, "414;closed");
}

static void refuses_more_fields_than_the_limit(void **state) {
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct bench bench;
        assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
        send_piece(&bench, STR("GET /a HTTP/1.1\r\nHost: a\r\n"));
        for (int i = 1; i < HTTP_FIELDS_MAX + extra; i++) send_piece(&bench, STR("a:b\r\n"));
        send_piece(&bench, STR("\r\n"));
        expect(&bench, false, extra == 0 ? "200 /a;open" : "431;closed");
        bench_done(&bench);
    }
}

static void answers_a_long_pipeline_in_order(void **state) {
    (void)state;
    struct bench bench;
    char request[64];
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    size_t sent = 0;
    for (int i = 0; i < 1000; i++) { /* unread answers pile up meanwhile: sent without receiving */
        int len = snprintf(request, sizeof request, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        ssize_t put = send(bench.peer, request, (size_t)len, MSG_NOSIGNAL);
        if (put != len) break;
        sent++;
    }
    assert_true(sent > 50);
    receive(&bench);
    str rest = {bench.received, bench.received_len};
    for (size_t i = 0; i < sent; i++) {
        char body[16];
        int len = snprintf(body, sizeof body, "/%zu", i);
        size_t at = str_find(rest, STR("\r\n\r\n"));
        assert_int_not_equal(at, STR_NONE);
        rest = str_skip(rest, at + 4);
        assert_true(str_starts(rest, (str){body, (size_t)len}));
        rest = str_skip(rest, (size_t)len);
    }
    assert_int_equal(rest.len, 0);
    bench_done(&bench);
}

static void sends_a_large_body_to_a_slow_reader_whole(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_quietly(&bench,
                 STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"));
    turn(&bench);
    assert_int_equal(bench.tokens, 2); /* the big body is held while it leaves */
    receive(&bench);
    assert_int_equal(bench.tokens, 0);
    assert_true(bench.received_len > 900000);
    assert_memory_equal(bench.received + bench.received_len - 2, "/a", 2);
    bench_done(&bench);
}

static void answers_a_peer_that_has_closed_its_half(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_quietly(&bench, STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(shutdown(bench.peer, SHUT_WR), 0);
    receive(&bench);
    expect(&bench, false, "200 /a;closed");
    assert_int_equal(http_server_counters(bench.server).connections, 0);
    bench_done(&bench);
}

static void lets_a_peer_whose_body_is_refused_read_why(void **state) {
    (void)state;
    struct bench bench;
    char body[4 * HEAD_BYTES];
    memset(body, 'x', sizeof body);
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_quietly(&bench, STR("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"));
    receive(&bench);
    expect(&bench, false, "405 /a;closed");
    send_quietly(&bench, (str){body, sizeof body}); /* taken and dropped for a while */
    turn(&bench);
    send_quietly(&bench, (str){body, sizeof body});
    shutdown(bench.peer, SHUT_WR);
    turn(&bench);
    assert_int_equal(http_server_counters(bench.server).connections, 0);
    bench_done(&bench);
}

static void lets_go_of_what_a_lost_peer_did_not_take(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_quietly(&bench, STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: "
                             "a\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n"));
    turn(&bench);
    assert_int_equal(bench.tokens, 2); /* the first is out, the big one half, the third waits */
    fd_close(&bench.peer);
    turn(&bench);
    assert_int_equal(bench.tokens, 0);
    assert_int_equal(http_server_counters(bench.server).connections, 0);
    bench_done(&bench);
}

/* ---- Deadlines ------------------------------------------------------------------------------- */

static void ends_a_slow_head_after_its_deadline_however_it_drips(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    for (int second = 0; second < 10; second++) {
        send_piece(&bench, second == 0 ? STR("GET /a HTTP/1.1\r\n") : STR("X: y\r\n"));
        expect(&bench, false, "open");
        bench.ticks += 999 * MS;
    }
    bench.ticks += 20 * MS;
    receive(&bench);
    expect(&bench, false, "408;closed");
    assert_int_equal(http_server_counters(bench.server).late, 1);
    bench_done(&bench);
}

static void gives_each_head_a_deadline_of_its_own(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_piece(&bench, STR("GET /a HT"));
    bench.ticks += 6000 * MS;
    send_piece(&bench, STR("TP/1.1\r\nHost: a\r\n\r\nGET /b HT"));
    bench.ticks += 6000 * MS;
    receive(&bench);
    expect(&bench, false, "200 /a;open");
    bench.ticks += 5000 * MS;
    receive(&bench);
    expect(&bench, false, "200 /a;408;closed");
    bench_done(&bench);
}

static void closes_an_idle_connection_without_a_word(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    turn(&bench);
    bench.ticks += 59000 * MS;
    send_piece(&bench, STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"));
    bench.ticks += 59000 * MS;
    receive(&bench);
    expect(&bench, false, "200 /a;open");
    bench.ticks += 2000 * MS;
    receive(&bench);
    expect(&bench, false, "200 /a;closed");
    bench_done(&bench);
}

static void cuts_a_reader_that_takes_too_little(void **state) {
    (void)state;
    struct bench bench;
    char some[2000];
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_quietly(&bench, STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
    turn(&bench);
    assert_int_equal(bench.tokens, 1);
    bench.ticks += 29000 * MS; /* takes 200 kB in time: goes on */
    for (int i = 0; i < 100; i++) {
        assert_true(recv(bench.peer, some, sizeof some, MSG_DONTWAIT) > 0);
        turn(&bench);
    }
    bench.ticks += 29000 * MS;
    turn(&bench);
    assert_int_equal(bench.tokens, 1);
    bench.ticks += 30000 * MS; /* takes nothing more for 30 s */
    turn(&bench);
    assert_int_equal(bench.tokens, 0);
    assert_int_equal(http_server_counters(bench.server).connections, 0);
    bench_done(&bench);
}

static void stops_taking_the_bytes_of_a_refused_peer(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    send_piece(&bench, STR("nonsense\r\n\r\n"));
    assert_true(bench.is_closed);
    assert_int_equal(http_server_counters(bench.server).connections, 1);
    bench.ticks += 2001 * MS;
    turn(&bench);
    assert_int_equal(http_server_counters(bench.server).connections, 0);
    bench_done(&bench);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static void survives_every_failing_allocation(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct bench bench;
        err e = bench_open(&bench, n);
        if (e.kind == ERR_NONE) {
            send_piece(
                &bench,
                STR("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: a\r\n\r\nGE"));
            bench.ticks += 20000 * MS;
            receive(&bench);
            if (bench.received_len > 0) assert_memory_equal(bench.received, "HTTP/1.1 ", 9);
            bench.is_closed = false;
        }
        struct fault *fault = &bench.fault;
        bool met = fault->calls >= n;
        bench_done(&bench);
        if (!met) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_each_request_as_the_table_says),
        cmocka_unit_test(answers_the_same_however_the_bytes_are_cut),
        cmocka_unit_test(writes_a_head_to_the_letter),
        cmocka_unit_test(sends_no_body_to_head_and_says_its_length),
        cmocka_unit_test(takes_a_head_of_the_limit_and_refuses_one_byte_more),
        cmocka_unit_test(refuses_more_fields_than_the_limit),
        cmocka_unit_test(answers_a_long_pipeline_in_order),
        cmocka_unit_test(sends_a_large_body_to_a_slow_reader_whole),
        cmocka_unit_test(answers_a_peer_that_has_closed_its_half),
        cmocka_unit_test(lets_a_peer_whose_body_is_refused_read_why),
        cmocka_unit_test(lets_go_of_what_a_lost_peer_did_not_take),
        cmocka_unit_test(ends_a_slow_head_after_its_deadline_however_it_drips),
        cmocka_unit_test(gives_each_head_a_deadline_of_its_own),
        cmocka_unit_test(closes_an_idle_connection_without_a_word),
        cmocka_unit_test(cuts_a_reader_that_takes_too_little),
        cmocka_unit_test(stops_taking_the_bytes_of_a_refused_peer),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
