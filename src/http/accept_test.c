/* accept_test.c: who comes in and as whom: networks and their share, proxies, a listener handed on,
 * ten thousand who wait; and what a warm server allocates, which is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "http/http.h"

enum { CLIENTS_MAX = 256, HEARD_MAX = 1 << 20, FILE_BYTES = 700000, IDLE_COUNT = 10000 };

struct place {
    struct fault fault;
    struct sys sys;
    struct http_server *server;
    struct http_server *successor;
    struct sockaddr_in address;
    int listener;
    int file;
    int released;
    int troubles;
    bool was_secure;
    struct http_peer peer;
    int clients[CLIENTS_MAX];
    char heard[HEARD_MAX];
};

static const char PAGE[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static struct place the_place;

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct place *place = ctx;
    place->peer = *request->peer;
    place->was_secure = request->is_secure;
    response->status = 200;
    response->body = STR("home");
    if (!str_eq(request->path, STR("/file"))) return;
    response->file = (struct http_file){place->file, 0, FILE_BYTES};
    response->token = place;
}

static void release(void *ctx, void *token) {
    struct place *place = ctx;
    assert_ptr_equal(token, place);
    place->released++;
}

static void trouble(void *ctx, err problem) {
    struct place *place = ctx;
    assert_int_equal(problem.kind, ERR_LIMIT);
    place->troubles++;
}

static void place_open(const struct http_options *options, const struct http_listening *how) {
    struct place *place = &the_place;
    memset(place, 0, sizeof *place);
    place->sys = fault_sys(&place->fault, 0);
    place->file = -1;
    for (size_t i = 0; i < CLIENTS_MAX; i++) place->clients[i] = -1;
    struct http_handler handler = {
        .ctx = place, .answer = answer, .release = release, .trouble = trouble};
    good(http_server_open(&place->sys, options, &handler, &place->server));
    place->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place->address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place->address;
    struct sockaddr *address = (struct sockaddr *)&place->address;
    assert_int_equal(bind(place->listener, address, size), 0);
    assert_int_equal(getsockname(place->listener, address, &size), 0);
    assert_int_equal(listen(place->listener, 4096), 0);
    good(http_server_listen_as(place->server, place->listener, how));
}

static void place_done(void) {
    http_server_close(&the_place.server);
    http_server_close(&the_place.successor);
    for (size_t i = 0; i < CLIENTS_MAX; i++) fd_close(&the_place.clients[i]);
    fd_close(&the_place.listener);
    fd_close(&the_place.file);
    assert_int_equal(the_place.fault.live, 0);
}

static void turn(void) {
    for (int i = 0; i < 4; i++) good(http_server_turn(the_place.server, 1));
    for (int i = 0; i < 4 && the_place.successor != NULL; i++) {
        good(http_server_turn(the_place.successor, 1));
    }
}

/* A client that comes from 127.0.0.`last`. */
static void dial(size_t client, unsigned last) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F000000 | last)};
    const struct sockaddr *address = (const struct sockaddr *)&the_place.address;
    assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, address, sizeof the_place.address), 0);
    int on = 1; /* bytes that are sent one by one leave one by one */
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    the_place.clients[client] = fd;
}

static void say(size_t client, str text) {
    assert_int_equal(send(the_place.clients[client], text.ptr, text.len, MSG_NOSIGNAL), text.len);
}

/* What has come: text, "nothing", "closed". */
static const char *hear(size_t client) {
    turn();
    ssize_t got = recv(the_place.clients[client], the_place.heard, HEARD_MAX - 1, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return "nothing";
    if (got <= 0) return "closed";
    the_place.heard[got] = '\0';
    return the_place.heard;
}

/* ---- Networks -------------------------------------------------------------------------------- */

static void gives_each_network_its_share(void **state) {
    (void)state;
    struct http_options options = http_options_default();
    options.per_network_max = 3;
    place_open(&options, &(struct http_listening){0});
    for (size_t i = 0; i < 4; i++) dial(i, 1);
    dial(4, 2);
    turn();
    say(2, str_of(PAGE));
    assert_non_null(strstr(hear(2), "home"));
    assert_ptr_equal(strstr(hear(3), "HTTP/1.1 503 "), the_place.heard);
    say(4, str_of(PAGE));
    assert_non_null(strstr(hear(4), "home"));
    assert_int_equal(http_server_counters(the_place.server).crowded, 1);
    fd_close(&the_place.clients[0]); /* who leaves makes place */
    turn();
    dial(5, 1);
    say(5, str_of(PAGE));
    assert_non_null(strstr(hear(5), "home"));
    place_done();
}

static void does_not_count_what_a_trusted_proxy_brings(void **state) {
    (void)state;
    struct http_options options = http_options_default();
    options.per_network_max = 1;
    good(http_networks_parse(STR("127.0.0.9"), &options.trusted));
    place_open(&options, &(struct http_listening){0});
    for (size_t i = 0; i < 5; i++) {
        dial(i, 9);
        say(i, str_of(PAGE));
        assert_non_null(strstr(hear(i), "home"));
    }
    place_done();
}

/* ---- Proxies --------------------------------------------------------------------------------- */

static void believes_forwarded_fields_of_trusted_proxies_alone(void **state) {
    (void)state;
    static const str FORWARDED = STR("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.1\r\n"
                                     "X-Forwarded-For: 198.51.100.4, 127.0.0.8\r\n"
                                     "X-Forwarded-Proto: http, https\r\n\r\n");
    char room[HTTP_ADDRESS_TEXT];
    struct http_options options = http_options_default();
    good(http_networks_parse(STR("127.0.0.8/31"), &options.trusted));
    place_open(&options, &(struct http_listening){0});
    dial(0, 9);
    say(0, FORWARDED);
    assert_non_null(strstr(hear(0), "home"));
    assert_true(str_eq(http_peer_text(&the_place.peer, room), STR("198.51.100.4")));
    assert_true(the_place.was_secure);
    dial(1, 1);
    say(1, FORWARDED);
    assert_non_null(strstr(hear(1), "home"));
    assert_true(str_eq(http_peer_text(&the_place.peer, room), STR("127.0.0.1")));
    assert_false(the_place.was_secure);
    place_done();
}

static void takes_proxy_headers_from_trusted_addresses_alone(void **state) {
    (void)state;
    static const str HEADER =
        STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x07\x7F\0\0\x01\x30\x39\x01\xBB");
    char room[HTTP_ADDRESS_TEXT];
    struct http_options options = http_options_default();
    options.per_network_max = 1;
    good(http_networks_parse(STR("127.0.0.9"), &options.trusted));
    place_open(&options, &(struct http_listening){.speaks_proxy = true});
    dial(0, 9);
    for (size_t i = 0; i < HEADER.len; i++) {
        say(0, str_slice(HEADER, i, i + 1));
        turn();
    }
    say(0, str_of(PAGE));
    assert_non_null(strstr(hear(0), "home"));
    assert_true(str_eq(http_peer_text(&the_place.peer, room), STR("192.0.2.7")));
    dial(1, 9); /* the client behind the proxy has its share, too */
    say(1, HEADER);
    assert_string_equal(hear(1), "closed");
    assert_int_equal(http_server_counters(the_place.server).crowded, 1);
    dial(2, 9);
    say(2, str_of(PAGE)); /* a trusted one without a header */
    assert_string_equal(hear(2), "closed");
    dial(3, 1);
    assert_string_equal(hear(3), "closed"); /* not trusted */
    place_done();
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void sends_a_file_whole_and_lets_it_go(void **state) {
    (void)state;
    static char bytes[FILE_BYTES];
    struct http_options options = http_options_default();
    place_open(&options, &(struct http_listening){0});
    for (size_t i = 0; i < FILE_BYTES; i++) bytes[i] = (char)('a' + i % 25);
    the_place.file = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(write(the_place.file, bytes, FILE_BYTES), FILE_BYTES);
    dial(0, 1);
    say(0, STR("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\nGET /file HTTP/1.1\r\nHost: a\r\n\r\n"
               "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    size_t len = 0;
    for (int i = 0; i < 500 && !str_ends((str){the_place.heard, len}, STR("\r\n\r\nhome")); i++) {
        turn();
        ssize_t got =
            recv(the_place.clients[0], the_place.heard + len, HEARD_MAX - 1 - len, MSG_DONTWAIT);
        if (got > 0) len += (size_t)got;
    }
    the_place.heard[len] = '\0';
    assert_int_equal(the_place.released, 2);
    const char *first = strstr(the_place.heard, "Content-Length: 700000\r\n");
    assert_non_null(first);
    const char *body = strstr(the_place.heard, "\r\n\r\nHTTP/1.1 200"); /* HEAD has none */
    assert_non_null(body);
    body = strstr(body + 4, "\r\n\r\n") + 4;
    assert_memory_equal(body, bytes, FILE_BYTES);
    assert_non_null(strstr(body + FILE_BYTES, "\r\n\r\nhome"));
    place_done();
}

static void closes_when_a_file_has_become_shorter(void **state) {
    (void)state;
    struct http_options options = http_options_default();
    place_open(&options, &(struct http_listening){0});
    the_place.file = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(ftruncate(the_place.file, 1000), 0);
    dial(0, 1);
    say(0, STR("GET /file HTTP/1.1\r\nHost: a\r\n\r\n"));
    turn();
    assert_int_equal(the_place.released, 1);
    assert_int_equal(http_server_counters(the_place.server).connections, 0);
    place_done();
}

/* ---- Many ------------------------------------------------------------------------------------ */

static void allocates_nothing_once_it_is_warm(void **state) {
    (void)state;
    struct http_options options = http_options_default();
    place_open(&options, &(struct http_listening){0});
    int warm = 0;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < 50; i++) {
            if (round == 0) dial(i, 1);
            say(i, str_of(PAGE));
        }
        for (size_t i = 0; i < 50; i++) assert_non_null(strstr(hear(i), "home"));
        if (round == 0) warm = the_place.fault.calls;
    }
    assert_int_equal(the_place.fault.calls, warm);
    place_done();
}

static void hands_its_listener_to_a_successor_without_a_refusal(void **state) {
    (void)state;
    enum { COUNT = 200 };
    struct http_options options = http_options_default();
    place_open(&options, &(struct http_listening){0});
    struct http_handler handler = {.ctx = &the_place, .answer = answer};
    for (size_t i = 0; i < COUNT; i++) {
        dial(i, 1);
        say(i, str_of(PAGE));
        if (i == COUNT / 4) {
            good(http_server_open(&the_place.sys, &options, &handler, &the_place.successor));
            good(http_server_listen(the_place.successor, the_place.listener));
        }
        if (i == COUNT / 2) http_server_drain(the_place.server);
        if (i % 7 == 0) turn();
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_non_null(strstr(hear(i), "home"));
    }
    assert_true(http_server_is_drained(the_place.server));
    assert_true(http_server_counters(the_place.successor).requests > COUNT / 4);
    place_done();
}

/* The clients of the next test, in a process of their own: each dials, asks once, reads the answer,
 * and all wait until `go` is closed. */
static int keep_idle(int go, int count) {
    static int fds[IDLE_COUNT];
    char room[512];
    for (int i = 0; i < count; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr *address = (const struct sockaddr *)&the_place.address;
        if (fds[i] < 0 || connect(fds[i], address, sizeof the_place.address) != 0) return 1;
        if (send(fds[i], PAGE, sizeof PAGE - 1, MSG_NOSIGNAL) < 0) return 1;
        if (recv(fds[i], room, sizeof room, 0) <= 0) return 1;
    }
    return read(go, room, 1) == 0 ? 0 : 1;
}

static void holds_ten_thousand_who_wait(void **state) {
    (void)state;
    struct rlimit before, wanted;
    int go[2];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    wanted = before;
    if (wanted.rlim_cur < IDLE_COUNT + 64) wanted.rlim_cur = IDLE_COUNT + 64;
    int count = IDLE_COUNT;
    if (wanted.rlim_cur > wanted.rlim_max || setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
        count = (int)before.rlim_cur - 64;
        print_message("# the limit of open files allows %d connections\n", count);
    }
    struct http_options options = http_options_default();
    options.per_network_max = 0;
    place_open(&options, &(struct http_listening){0});
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(go[1]);
        _exit(keep_idle(go[0], count));
    }
    close(go[0]);
    for (int i = 0; i < 20 * IDLE_COUNT; i++) {
        struct http_counters now = http_server_counters(the_place.server);
        if (now.requests == (uint64_t)count) break;
        good(http_server_turn(the_place.server, 1000));
    }
    struct http_counters counters = http_server_counters(the_place.server);
    assert_int_equal(counters.requests, count);
    assert_int_equal(counters.connections, count);
    uint64_t each = counters.bytes_held / (uint64_t)count;
    print_message("# %d idle connections hold %d bytes each\n", count, (int)each);
    assert_true(each <= 200);
    close(go[1]);
    int status = -1;
    for (int i = 0; i < 20 * IDLE_COUNT && waitpid(child, &status, WNOHANG) == 0; i++) {
        good(http_server_turn(the_place.server, 1));
    }
    assert_int_equal(status, 0);
    place_done();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void tells_who_comes_when_descriptors_run_out(void **state) {
    (void)state;
    struct rlimit before, few;
    struct http_options options = http_options_default();
    place_open(&options, &(struct http_listening){0});
    dial(0, 1);
    turn();
    dial(1, 1);
    int highest = dup(the_place.clients[1]); /* the next number, which the limit forbids */
    close(highest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){(rlim_t)highest, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_ptr_equal(strstr(hear(1), "HTTP/1.1 503 "), the_place.heard);
    assert_int_equal(http_server_counters(the_place.server).accept_failures, 1);
    assert_int_equal(the_place.troubles, 1);
    say(0, str_of(PAGE)); /* who is in is served */
    assert_non_null(strstr(hear(0), "home"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    place_done();
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_network_its_share),
        cmocka_unit_test(does_not_count_what_a_trusted_proxy_brings),
        cmocka_unit_test(believes_forwarded_fields_of_trusted_proxies_alone),
        cmocka_unit_test(takes_proxy_headers_from_trusted_addresses_alone),
        cmocka_unit_test(sends_a_file_whole_and_lets_it_go),
        cmocka_unit_test(closes_when_a_file_has_become_shorter),
        cmocka_unit_test(allocates_nothing_once_it_is_warm),
        cmocka_unit_test(hands_its_listener_to_a_successor_without_a_refusal),
        cmocka_unit_test(holds_ten_thousand_who_wait),
        cmocka_unit_test(tells_who_comes_when_descriptors_run_out),
    };
    return cmocka_run_group_tests_name("http accept", tests, NULL, NULL);
}
