/* body_test.c: bodies over time: what a consumer is told, deadlines, words in between, faults; and
 * chunks cut at every place. What bytes are refused stands in http_test.c's table. */
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
#include "http/http_impl.h"

enum { HEARD_MAX = 4096, BODY_MAX = 100000 };

static const int64_t MS = 1000000;

struct bench {
    struct fault fault; /* first: the context of the standing clock */
    struct sys sys;
    int64_t ticks;
    struct http_server *server;
    int listener;
    int peer;
    int ended;
    int aborted;
    size_t taken;
    char heard[HEARD_MAX];
};

static int64_t standing_ticks(void *ctx) {
    const struct bench *bench = ctx;
    return bench->ticks;
}

static bool take(void *ctx, str piece) {
    struct bench *bench = ctx;
    bench->taken += piece.len;
    return true;
}

static void end(void *ctx, struct http_response *response) {
    struct bench *bench = ctx;
    bench->ended++;
    response->status = 200;
    response->body = STR("taken");
}

static void abort_body(void *ctx) {
    struct bench *bench = ctx;
    bench->aborted++;
}

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    (void)request;
    response->consumer = (struct http_consumer){ctx, take, end, abort_body};
    response->body_max = BODY_MAX;
}

static err bench_open(struct bench *bench, int fail_at) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(sa_family_t);
    *bench = (struct bench){.listener = -1, .peer = -1, .ticks = 5 * MS};
    bench->sys = fault_sys(&bench->fault, fail_at);
    bench->sys.ticks_ns = standing_ticks;
    struct http_options options = http_options_default();
    struct http_handler handler = {.ctx = bench, .answer = answer};
    TRY(http_server_open(&bench->sys, &options, &handler, &bench->server));
    bench->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bench->peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(bench->listener, (struct sockaddr *)&address, size), 0);
    size = sizeof address;
    assert_int_equal(getsockname(bench->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(bench->listener, 1), 0);
    TRY(http_server_listen(bench->server, bench->listener));
    assert_int_equal(connect(bench->peer, (struct sockaddr *)&address, size), 0);
    return http_server_turn(bench->server, 0);
}

static void bench_done(struct bench *bench) {
    http_server_close(&bench->server);
    fd_close(&bench->peer);
    fd_close(&bench->listener);
    assert_int_equal(bench->fault.live, 0);
}

static void turn(struct bench *bench) {
    err e = http_server_turn(bench->server, 0);
    assert_int_equal(e.kind, ERR_NONE);
}

static void say(struct bench *bench, str text) {
    if (send(bench->peer, text.ptr, text.len, MSG_NOSIGNAL) < 0) return;
    for (int i = 0; i < 3; i++) turn(bench);
}

/* What has come: text, "" for nothing yet, "closed". */
static const char *hear(struct bench *bench) {
    for (int i = 0; i < 3; i++) turn(bench);
    ssize_t got = recv(bench->peer, bench->heard, HEARD_MAX - 1, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return "";
    if (got <= 0) return "closed";
    bench->heard[got] = '\0';
    return bench->heard;
}

#define POST_100 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"

static void sends_the_word_that_is_waited_for(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    say(&bench, STR(POST_100 "Expect: 100-continue\r\n\r\n"));
    assert_string_equal(hear(&bench), "HTTP/1.1 100 Continue\r\n\r\n");
    char body[100] = {0};
    say(&bench, (str){body, sizeof body});
    assert_non_null(strstr(hear(&bench), "\r\n\r\ntaken"));
    assert_int_equal(bench.ended, 1);
    /* Whose body is here already is told nothing. */
    say(&bench, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                    "\r\nhi"));
    const char *heard = hear(&bench);
    assert_ptr_equal(strstr(heard, "HTTP/1.1 200 "), heard);
    bench_done(&bench);
}

static void tells_the_consumer_when_the_peer_is_gone(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    say(&bench, STR(POST_100 "\r\nhalf"));
    assert_int_equal(bench.taken, 4);
    fd_close(&bench.peer);
    turn(&bench);
    assert_int_equal(bench.aborted, 1);
    assert_int_equal(bench.ended, 0);
    assert_int_equal(http_server_counters(bench.server).connections, 0);
    bench_done(&bench);
}

static void tells_the_consumer_when_the_server_closes(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    say(&bench, STR(POST_100 "\r\nhalf"));
    http_server_close(&bench.server);
    assert_int_equal(bench.aborted, 1);
    bench_done(&bench);
}

static void ends_a_body_that_is_too_slow(void **state) {
    (void)state;
    struct bench bench;
    char some[4096] = {0};
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    say(&bench, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n"));
    for (int i = 0; i < 5; i++) { /* as slow as is allowed */
        say(&bench, (str){some, sizeof some});
        bench.ticks += 10001 * MS;
        turn(&bench);
        assert_int_equal(bench.aborted, 0);
    }
    say(&bench, (str){some, 4095}); /* one byte too slow */
    bench.ticks += 10001 * MS;
    turn(&bench);
    assert_int_equal(bench.aborted, 1);
    assert_ptr_equal(strstr(hear(&bench), "HTTP/1.1 408 "), bench.heard);
    assert_int_equal(http_server_counters(bench.server).late, 1);
    bench_done(&bench);
}

static void ends_a_body_that_goes_on_for_ever(void **state) {
    (void)state;
    struct bench bench;
    char some[4096] = {0};
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    bench.server->options.body_total_ms = 30000;
    say(&bench, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n"));
    for (int i = 0; i < 3; i++) {
        say(&bench, (str){some, sizeof some});
        assert_int_equal(bench.aborted, 0);
        bench.ticks += 10001 * MS;
        turn(&bench);
    }
    assert_int_equal(bench.aborted, 1);
    bench_done(&bench);
}

static void gives_each_body_a_time_of_its_own(void **state) {
    (void)state;
    struct bench bench;
    assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
    for (int i = 0; i < 3; i++) {
        say(&bench, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh"));
        bench.ticks += 9000 * MS;
        say(&bench, STR("iPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh"));
        bench.ticks += 9000 * MS;
        say(&bench, STR("i"));
    }
    assert_int_equal(bench.ended, 6);
    assert_int_equal(bench.aborted, 0);
    bench_done(&bench);
}

static void limits_extensions_and_trailers(void **state) {
    (void)state;
    static const struct {
        const char *before;
        const char *repeated;
        int count;
        const char *answer;
    } ROWS[] = {
        {"1;", "x", HTTP_EXTENSIONS_MAX + 1, "HTTP/1.1 400 "},
        {"0\r\nA: ", "x", HTTP_TRAILERS_MAX, "HTTP/1.1 431 "},
        {"", "1;x\r\na\r\n", HTTP_EXTENSIONS_MAX + 1, "HTTP/1.1 400 "},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct bench bench;
        assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
        say(&bench, STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
        say(&bench, str_of(ROWS[i].before));
        for (int n = 0; n < ROWS[i].count; n++) say(&bench, str_of(ROWS[i].repeated));
        assert_ptr_equal(strstr(hear(&bench), ROWS[i].answer), bench.heard);
        assert_int_equal(bench.aborted, 1);
        bench_done(&bench);
    }
}

/* The body that a decoder sees when the bytes are cut into pieces of `first`, then `step`. */
static int decode(str bytes, size_t first, size_t step, char *room, size_t *ret_len,
                  size_t *ret_end) {
    struct body body;
    size_t len = 0, at = 0, limit = first;
    int status = 0;
    body_begin(&body, true, 0);
    while (status == 0 && at < bytes.len) {
        if (at == limit) limit = at + step < bytes.len ? at + step : bytes.len;
        str piece;
        size_t used;
        status = body_read(&body, str_slice(bytes, at, limit), &used, &piece);
        if (piece.len > 0) memcpy(room + len, piece.ptr, piece.len);
        len += piece.len;
        at += used;
    }
    *ret_len = len;
    *ret_end = at;
    return status;
}

static void reads_chunks_the_same_however_they_are_cut(void **state) {
    (void)state;
    static const str BYTES =
        STR("5;a=b;c=\"d e\"\r\nhello\r\n0000A\r\n wide worl\r\n1\r\nd\r\n000;x\r\nX-Sum: 1\r\n"
            "Y:\t\r\n\r\nGET / HTTP/1.1\r\n");
    char room[200];
    size_t len, end_at;
    for (size_t first = 1; first <= BYTES.len; first++) {
        for (size_t step = 1; step < 5; step++) {
            assert_int_equal(decode(BYTES, first, step, room, &len, &end_at), 200);
            assert_true(str_eq((str){room, len}, STR("hello wide world")));
            assert_int_equal(end_at, BYTES.len - 16);
        }
    }
}

static void refuses_chunks_that_two_readers_may_read_in_two_ways(void **state) {
    (void)state;
    static const str ROWS[] = {
        STR("x\r\n"),
        STR("\r\n"),
        STR("00000000000000001\r\na\r\n"),
        STR("0x1\r\na\r\n"),
        STR("+1\r\na\r\n"),
        STR(" 1\r\na\r\n"),
        STR("1 \r\na\r\n"),
        STR("1\t;x\r\na\r\n"),
        STR("1_0\r\na\r\n"),
        STR("1\na\r\n"),
        STR("1\ra\r\n"),
        STR("1;a\na\r\n"),
        STR("1;a\r\r\na\r\n"),
        STR("1;\0\r\na\r\n"),
        STR("1\r\nab\r\n"),
        STR("1\r\na\n0\r\n"),
        STR("1\r\na\r0\r\n"),
        STR("0\r\nA: b\r\n c\r\n\r\n"),
        STR("0\r\nA : b\r\n\r\n"),
        STR("0\r\n: b\r\n\r\n"),
        STR("0\r\nA: b\n\r\n"),
        STR("0\r\nA: b\rc\r\n\r\n"),
        STR("0\r\nA: \0\r\n\r\n"),
        STR("0\r\n\n"),
        STR("0\r\n\rX"),
    };
    char room[100];
    size_t len, end_at;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        for (size_t first = 1; first <= ROWS[i].len; first++) {
            assert_int_equal(decode(ROWS[i], first, 1, room, &len, &end_at), 400);
        }
    }
}

/* Bodies of old peers, and of such as will not go on: how many are taken, and whether the
 * connection is kept. What follows a close is nobody's request. */
static const struct {
    const char *what;
    str request;
    int taken;
    bool is_kept;
} ENDINGS[] = {
    {"HTTP/1.0", STR("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"), 1, false},
    {"HTTP/1.0, what follows",
     STR("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nhPOST / HTTP/1.0\r\nContent-Length: "
         "0\r\n\r\n"),
     1, false},
    {"HTTP/1.0, kept alive",
     STR("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"
         "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nh"),
     2, true},
    {"a close",
     STR("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
     1, false},
    {"chunks and a close",
     STR("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n0\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
     1, false},
    {"no close", STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), 1, true},
};

static void keeps_or_ends_a_connection_as_its_head_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ENDINGS); i++) {
        struct bench bench;
        assert_int_equal(bench_open(&bench, 0).kind, ERR_NONE);
        say(&bench, ENDINGS[i].request);
        int answers = 0;
        for (const char *at = hear(&bench); (at = strstr(at, "\r\n\r\ntaken")) != NULL; at++) {
            answers++;
        }
        bool is_kept = strcmp(hear(&bench), "") == 0;
        bool is_right = bench.ended == ENDINGS[i].taken && answers == ENDINGS[i].taken &&
                        is_kept == ENDINGS[i].is_kept && bench.aborted == 0;
        if (!is_right) {
            fail_msg("%s: %d taken, %d answers, %d aborted, %s", ENDINGS[i].what, bench.ended,
                     answers, bench.aborted, is_kept ? "kept" : "closed");
        }
        bench_done(&bench);
    }
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct bench bench;
        err e = bench_open(&bench, n);
        if (e.kind == ERR_NONE) {
            say(&bench, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" POST_100
                            "Expect: 100-continue\r\n\r\n"));
            bench.ticks += 20000 * MS;
            turn(&bench);
            turn(&bench);
            say(&bench, STR(POST_100 "\r\nhalf"));
        }
        bool met = bench.fault.calls >= n;
        if (!met) assert_int_equal(bench.ended + bench.aborted, 2);
        bench_done(&bench);
        if (!met) return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_the_word_that_is_waited_for),
        cmocka_unit_test(tells_the_consumer_when_the_peer_is_gone),
        cmocka_unit_test(tells_the_consumer_when_the_server_closes),
        cmocka_unit_test(ends_a_body_that_is_too_slow),
        cmocka_unit_test(ends_a_body_that_goes_on_for_ever),
        cmocka_unit_test(gives_each_body_a_time_of_its_own),
        cmocka_unit_test(limits_extensions_and_trailers),
        cmocka_unit_test(reads_chunks_the_same_however_they_are_cut),
        cmocka_unit_test(refuses_chunks_that_two_readers_may_read_in_two_ways),
        cmocka_unit_test(keeps_or_ends_a_connection_as_its_head_says),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("http bodies", tests, NULL, NULL);
}
