/* server_test.c: the loop itself, over real sockets on loopback: who comes in when there is no
 * room, what an idle connection costs, how it all ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "http/http.h"

enum { CLIENTS_MAX = 1200, WAIT_MS = 20, ROUNDS_MAX = 500 };

static const int64_t MS = 1000000;

struct place {
    struct fault fault; /* first: the context of the standing clock */
    struct sys sys;
    int64_t ticks;
    struct http_server *server;
    struct sockaddr_in address;
    int listener;
    int clients[CLIENTS_MAX];
    int troubles;
    bool stops;
};

static int64_t standing_ticks(void *ctx) {
    const struct place *place = ctx;
    return place->ticks;
}

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static void say(struct place *place, size_t client, const char *text) {
    size_t len = strlen(text);
    assert_int_equal(send(place->clients[client], text, len, MSG_NOSIGNAL), len);
}

static const char PAGE[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct place *place = ctx;
    response->status = 200;
    response->body = request->path.len > 1 ? STR("page") : STR("home");
    if (!place->stops) return;
    place->stops = false;
    http_server_drain(place->server); /* as a signal would, at the worst moment */
    say(place, 1, PAGE);              /* and a request that epoll has not told of yet */
}

static void trouble(void *ctx, err problem) {
    struct place *place = ctx;
    assert_int_not_equal(problem.kind, ERR_NONE);
    place->troubles++;
}

static void place_open(struct place *place, unsigned connections_max) {
    *place = (struct place){.ticks = 5 * MS, .listener = -1};
    place->sys = fault_sys(&place->fault, 0);
    place->sys.ticks_ns = standing_ticks;
    for (size_t i = 0; i < CLIENTS_MAX; i++) place->clients[i] = -1;
    struct http_options options = http_options_default();
    options.connections_max = connections_max;
    struct http_handler handler = {.ctx = place, .answer = answer, .trouble = trouble};
    good(http_server_open(&place->sys, &options, &handler, &place->server));
    place->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place->address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place->address;
    struct sockaddr *address = (struct sockaddr *)&place->address;
    assert_int_equal(bind(place->listener, address, size), 0);
    assert_int_equal(getsockname(place->listener, address, &size), 0);
    assert_int_equal(listen(place->listener, 1024), 0);
    good(http_server_listen(place->server, place->listener));
}

static void place_done(struct place *place) {
    http_server_close(&place->server);
    for (size_t i = 0; i < CLIENTS_MAX; i++) fd_close(&place->clients[i]);
    fd_close(&place->listener);
    assert_int_equal(place->fault.live, 0);
}

/* Turns until nothing has happened for a moment: loopback needs no more. */
static void settle(struct place *place) {
    struct http_counters before = {0};
    for (int i = 0; i < ROUNDS_MAX; i++) {
        good(http_server_turn(place->server, WAIT_MS));
        struct http_counters now = http_server_counters(place->server);
        if (memcmp(&now, &before, sizeof now) == 0) return;
        before = now;
    }
}

static void dial(struct place *place, size_t client) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const struct sockaddr *address = (const struct sockaddr *)&place->address;
    assert_int_equal(connect(fd, address, sizeof place->address), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    place->clients[client] = fd;
}

/* What has come: "200 home", "503", "closed", "nothing". */
static const char *hear(struct place *place, size_t client, char room[4096]) {
    ssize_t got = recv(place->clients[client], room, 4095, 0);
    if (got < 0 && errno == EAGAIN) return "nothing";
    if (got <= 0) return "closed";
    room[got] = '\0';
    return room;
}

static void serves_a_thousand_connections_at_once(void **state) {
    (void)state;
    struct place place;
    char room[4096];
    place_open(&place, 16384);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    size_t count = limit.rlim_cur > 2100 ? 1000 : 400;
    for (size_t i = 0; i < count; i++) {
        dial(&place, i);
        if (i % 100 == 99) settle(&place); /* the queue of the listener holds no more than 1024 */
    }
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < count; i++) say(&place, i, PAGE);
        settle(&place);
        for (size_t i = 0; i < count; i++) {
            assert_non_null(strstr(hear(&place, i, room), "\r\n\r\nhome"));
        }
    }
    struct http_counters counters = http_server_counters(place.server);
    assert_int_equal(counters.requests, 3 * count);
    assert_int_equal(counters.connections, count);
    place_done(&place);
}

static void holds_an_idle_connection_in_two_hundred_bytes(void **state) {
    (void)state;
    struct place place;
    char room[4096];
    place_open(&place, 16384);
    enum { COUNT = 400 };
    for (size_t i = 0; i < COUNT; i++) {
        dial(&place, i);
        say(&place, i, PAGE);
        settle(&place);
        assert_non_null(strstr(hear(&place, i, room), "home"));
    }
    uint64_t held = http_server_counters(place.server).bytes_held;
    uint64_t lent = 2 * (32 << 10) + (9 << 10); /* what the pools keep: a batch and a head buffer */
    assert_true(held < COUNT * 200 + lent);
    place_done(&place);
}

static void closes_who_was_idle_longest_when_there_is_no_room(void **state) {
    (void)state;
    struct place place;
    char room[4096];
    place_open(&place, 3);
    for (size_t i = 0; i < 3; i++) {
        dial(&place, i);
        settle(&place);
        place.ticks += 10 * MS;
    }
    say(&place, 0, PAGE); /* so that 1 is idle longest */
    settle(&place);
    dial(&place, 3);
    settle(&place);
    say(&place, 3, PAGE);
    settle(&place);
    assert_non_null(strstr(hear(&place, 0, room), "home"));
    assert_string_equal(hear(&place, 1, room), "closed");
    assert_string_equal(hear(&place, 2, room), "nothing");
    assert_non_null(strstr(hear(&place, 3, room), "home"));
    assert_int_equal(http_server_counters(place.server).overflowed, 1);
    place_done(&place);
}

static void says_503_when_nobody_is_idle(void **state) {
    (void)state;
    struct place place;
    char room[4096];
    place_open(&place, 2);
    for (size_t i = 0; i < 2; i++) {
        dial(&place, i);
        say(&place, i, "GET / HT"); /* in the middle of a head */
    }
    settle(&place);
    dial(&place, 2);
    say(&place, 2, PAGE);
    settle(&place);
    const char *heard = hear(&place, 2, room);
    assert_ptr_equal(strstr(heard, "HTTP/1.1 503 "), heard);
    assert_non_null(strstr(heard, "Connection: close\r\n"));
    assert_string_equal(hear(&place, 2, room), "closed");
    say(&place, 0, "TP/1.1\r\nHost: a\r\n\r\n");
    settle(&place);
    assert_non_null(strstr(hear(&place, 0, room), "home"));
    place_done(&place);
}

static void survives_running_out_of_descriptors(void **state) {
    (void)state;
    struct place place;
    struct rlimit before, none;
    char room[4096];
    place_open(&place, 100);
    dial(&place, 0);
    settle(&place);
    dial(&place, 1); /* waits in the queue of the listener */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){3, before.rlim_max}; /* no number is left below the limit */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < 10; i++) good(http_server_turn(place.server, 0));
    struct http_counters counters = http_server_counters(place.server);
    assert_int_equal(counters.accept_failures, 1); /* it does not try without end */
    assert_int_equal(place.troubles, 1);
    say(&place, 0, PAGE); /* who is in is served */
    settle(&place);
    assert_non_null(strstr(hear(&place, 0, room), "home"));
    place.ticks += 1001 * MS;
    good(http_server_turn(place.server, 0));
    good(http_server_turn(place.server, 0));
    assert_int_equal(http_server_counters(place.server).accept_failures, 2);
    assert_int_equal(place.troubles, 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    place.ticks += 1001 * MS;
    say(&place, 1, PAGE);
    settle(&place);
    settle(&place);
    assert_non_null(strstr(hear(&place, 1, room), "home"));
    place_done(&place);
}

static void drains_without_dropping_what_was_sent(void **state) {
    (void)state;
    struct place place;
    char room[4096];
    place_open(&place, 100);
    for (size_t i = 0; i < 4; i++) dial(&place, i);
    settle(&place);
    say(&place, 0, PAGE);       /* sent before, read after the drain begins */
    say(&place, 1, "GET / HT"); /* begun */
    http_server_drain(place.server);
    settle(&place);
    say(&place, 2, PAGE); /* has just connected, and asks only now */
    settle(&place);
    for (size_t i = 0; i < 3; i += 2) {
        const char *heard = hear(&place, i, room);
        assert_non_null(strstr(heard, "Connection: close\r\n"));
        assert_non_null(strstr(heard, "home"));
        assert_string_equal(hear(&place, i, room), "closed");
    }
    place.ticks += 999 * MS;
    settle(&place);
    assert_int_equal(http_server_counters(place.server).connections, 2);
    place.ticks += 2 * MS;
    settle(&place);
    assert_string_equal(hear(&place, 3, room), "closed"); /* had nothing to ask */
    assert_false(http_server_is_drained(place.server));
    say(&place, 1, "TP/1.1\r\nHost: a\r\n\r\n");
    settle(&place);
    assert_non_null(strstr(hear(&place, 1, room), "home"));
    assert_true(http_server_is_drained(place.server));
    place_done(&place);
}

static void drains_in_bounded_time(void **state) {
    (void)state;
    struct place place;
    place_open(&place, 100);
    dial(&place, 0);
    say(&place, 0, "GET / HT");
    settle(&place);
    http_server_drain(place.server);
    for (int i = 0; i < 9; i++) {
        place.ticks += 1000 * MS;
        good(http_server_turn(place.server, 0));
        assert_false(http_server_is_drained(place.server));
    }
    place.ticks += 1100 * MS;
    good(http_server_turn(place.server, 0));
    assert_true(http_server_is_drained(place.server));
    place_done(&place);
}

static void may_be_told_to_drain_while_it_answers(void **state) {
    (void)state;
    struct place place;
    char room[4096];
    place_open(&place, 100);
    for (size_t i = 0; i < 2; i++) dial(&place, i);
    settle(&place);
    place.stops = true;
    say(&place, 0, PAGE);
    settle(&place);
    for (size_t i = 0; i < 2; i++) {
        const char *heard = hear(&place, i, room);
        assert_non_null(strstr(heard, "Connection: close\r\n"));
        assert_non_null(strstr(heard, "home"));
    }
    assert_true(http_server_is_drained(place.server));
    place_done(&place);
}

static void refuses_options_that_make_no_sense(void **state) {
    (void)state;
    struct sys sys = sys_real();
    struct http_handler handler = {.answer = answer};
    struct http_options good_ones = http_options_default();
    struct http_options rows[6];
    for (size_t i = 0; i < COUNT_OF(rows); i++) rows[i] = good_ones;
    rows[0].connections_max = 0;
    rows[1].head_bytes = 255;
    rows[2].head_bytes = 65536;
    rows[3].head_ms = 0;
    rows[4].write_bytes = 0;
    rows[5].error_lines.len = HTTP_LINES_MAX + 1;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_server *server = NULL;
        err e = http_server_open(&sys, &rows[i], &handler, &server);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_null(server);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_a_thousand_connections_at_once),
        cmocka_unit_test(holds_an_idle_connection_in_two_hundred_bytes),
        cmocka_unit_test(closes_who_was_idle_longest_when_there_is_no_room),
        cmocka_unit_test(says_503_when_nobody_is_idle),
        cmocka_unit_test(survives_running_out_of_descriptors),
        cmocka_unit_test(drains_without_dropping_what_was_sent),
        cmocka_unit_test(drains_in_bounded_time),
        cmocka_unit_test(may_be_told_to_drain_while_it_answers),
        cmocka_unit_test(refuses_options_that_make_no_sense),
    };
    return cmocka_run_group_tests_name("http server", tests, NULL, NULL);
}
