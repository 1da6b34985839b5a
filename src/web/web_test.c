/* web_test.c: a small pressing, served; another in its place; a false one refused; and what the
 * front's process can no longer do once it has given up its rights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/sandbox.h"
#include "pressing/pressing.h"
#include "vault/vault.h"
#include "web/web.h"

enum { TURNS_MAX = 4000, RECEIVED_MAX = 4 << 20, BIG = 1 << 20 };

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

/* ---- A folder of pressings ------------------------------------------------------------------- */

struct house {
    struct sys sys;
    struct arena arena;
    char path[64];
    int folder;
    unsigned char public_key[VAULT_PUBLIC_BYTES];
    unsigned char secret_key[VAULT_SECRET_BYTES];
    char *big;
};

static void house_open(struct house *house) {
    *house = (struct house){.sys = sys_real()};
    good(vault_start());
    arena_init(&house->arena, &house->sys, 1 << 20);
    snprintf(house->path, sizeof house->path, "/tmp/hanji-web-test-XXXXXX");
    assert_non_null(mkdtemp(house->path));
    house->folder = open(house->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(house->folder >= 0);
    vault_sign_pair(house->public_key, house->secret_key);
    house->big = malloc(BIG);
    assert_non_null(house->big);
}

static void house_done(struct house *house) {
    str name;
    if (pressing_current(&house->arena, house->folder, &name).kind == ERR_NONE) {
        unlinkat(house->folder, "current", 0);
        good(pressing_sweep(&house->arena, house->folder));
    }
    assert_int_equal(rmdir(house->path), 0);
    close(house->folder);
    free(house->big);
    arena_done(&house->arena);
}

static void press_pages(struct house *house, struct pressing_writer *writer, char fill) {
    memset(house->big, fill, BIG);
    const struct pressing_page pages[] = {
        {.path = STR("/en/"),
         .status = 200,
         .body = STR("home"),
         .gzip = STR("packed"),
         .brotli = STR("tight")},
        {.path = STR("/en/plain/"), .status = 200, .body = STR("plain")},
        {.path = STR("/en/404"), .status = 404, .body = STR("none here")},
        {.path = STR("/ko/404"), .status = 404, .body = STR("없음")},
        {.path = STR("/en/410"), .status = 410, .body = STR("taken back")},
        {.path = STR("/en/gone/"), .status = 410},
        {.path = STR("/en/old/"), .status = 301, .location = STR("/en/new%20one/")},
        {.path = STR("/ko/종이/"), .status = 200, .body = STR("종이")},
        {.path = STR("/assets/site-1.css"),
         .status = 200,
         .type = PRESSING_CSS,
         .body = STR("p{}")},
        {.path = STR("/media/big.jpg"),
         .status = 200,
         .type = PRESSING_JPEG,
         .body = {house->big, BIG}},
    };
    for (size_t i = 0; i < COUNT_OF(pages); i++) good(pressing_writer_page(writer, &pages[i]));
}

/* Writes, seals (with a signature that is wrong if so asked) and publishes. */
static void press(struct house *house, char fill, bool is_false) {
    struct pressing_writer *writer = NULL;
    struct pressing *pressing = NULL;
    str name;
    good(pressing_writer_open(&house->sys, house->folder, NULL, &writer));
    press_pages(house, writer, fill);
    good(pressing_writer_finish(writer, &house->arena, &name));
    pressing_writer_close(&writer);
    const struct pressing_place place = {.sys = &house->sys, .folder = house->folder};
    good(pressing_open(&place, name, &pressing));
    struct pressing_seal seal = {.sealed_at = 1795415241, .rules = 1};
    unsigned char message[PRESSING_SEAL_MESSAGE_BYTES];
    pressing_seal_message(&seal, pressing_index_bytes(pressing), message);
    vault_sign(house->secret_key, (str){(const char *)message, sizeof message}, seal.signature);
    if (is_false) seal.signature[7] ^= 1;
    pressing_close(&pressing);
    good(pressing_attach_seal(&house->arena, house->folder, name, &seal));
    good(pressing_publish(&house->arena, house->folder, name));
}

/* ---- A front, and a reader ------------------------------------------------------------------- */

struct front {
    struct web *web;
    struct http_server *server;
    int reader;
    int listener;
    char *received;
    size_t received_len;
    int troubles;
    enum err_kind trouble;
};

static void note_trouble(void *ctx, err problem) {
    struct front *front = ctx;
    front->troubles++;
    front->trouble = problem.kind;
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

static err front_open(struct front *front, const struct sys *sys, const struct house *house) {
    *front = (struct front){.reader = -1, .listener = -1};
    struct web_options options = {.folder = house->folder,
                                  .clearing_key = house->public_key,
                                  .language = STR("en"),
                                  .ctx = front,
                                  .trouble = note_trouble};
    TRY(web_open(sys, &options, &front->web));
    struct http_options limits = http_options_default();
    struct http_handler handler = web_handler(front->web);
    TRY(http_server_open(sys, &limits, &handler, &front->server));
    TRY(http_server_watch(front->server, web_watch_fd(front->web), web_look, front->web));
    front->reader = dial(front->server, &front->listener);
    front->received = malloc(RECEIVED_MAX);
    assert_non_null(front->received);
    return OK;
}

static void front_done(struct front *front) {
    http_server_close(&front->server);
    web_close(&front->web);
    fd_close(&front->reader);
    fd_close(&front->listener);
    free(front->received);
}

static void turn(struct front *front) {
    good(http_server_turn(front->server, 0));
    do web_work(front->web);
    while (web_wait_ms(front->web) == 0); /* a new pressing is read to its end */
}

/* By sendmsg, one of the calls that the sandbox leaves. A connection that a fault has ended takes
 * nothing, and then nothing is received. */
static void ask(struct front *front, const char *request) {
    char bytes[2048];
    size_t len = strlen(request);
    assert_true(len < sizeof bytes);
    memcpy(bytes, request, len);
    struct iovec part = {bytes, len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent = sendmsg(front->reader, &message, MSG_NOSIGNAL);
    assert_true(sent == (ssize_t)len || errno == EPIPE);
    front->received_len = 0;
}

static void receive(struct front *front) {
    for (int i = 0; i < TURNS_MAX; i++) {
        turn(front);
        ssize_t got = recv(front->reader, front->received + front->received_len,
                           RECEIVED_MAX - front->received_len, 0);
        if (got <= 0) return;
        front->received_len += (size_t)got;
    }
}

/* Asks for `target` and gives the whole answer, borrowed until the next one. */
static str get(struct front *front, const char *target, const char *fields) {
    char request[2048];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, fields);
    ask(front, request);
    receive(front);
    return (str){front->received, front->received_len};
}

static str head_of(str answer) {
    size_t end = str_find(answer, STR("\r\n\r\n"));
    assert_int_not_equal(end, STR_NONE);
    return str_slice(answer, 0, end + 2);
}

static str body_of(str answer) { return str_skip(answer, head_of(answer).len + 2); }

/* ---- What is answered ------------------------------------------------------------------------ */

static const struct {
    const char *target;
    const char *fields;
    const char *status;
    const char *line; /* that the head must have */
    const char *body;
} ANSWERS[] = {
    {"/en/", "", "200", "Vary: Accept-Encoding", "home"},
    {"/en/", "Accept-Encoding: gzip, deflate\r\n", "200", "Content-Encoding: gzip", "packed"},
    {"/en/", "Accept-Encoding: gzip, br\r\n", "200", "Content-Encoding: br", "tight"},
    {"/en/", "Accept-Encoding: br;q=0.9, gzip\r\n", "200", "Content-Encoding: gzip", "packed"},
    {"/en/", "Accept-Encoding: gzip;q=0\r\n", "200", "Vary: Accept-Encoding", "home"},
    {"/en/", "Accept-Encoding: gzip;q=0.5\r\n", "200", "Vary: Accept-Encoding", "home"},
    {"/en/", "Accept-Encoding: *\r\n", "200", "Content-Encoding: br", "tight"},
    {"/en/plain/", "Accept-Encoding: gzip, br\r\n", "200", "Cache-Control: no-cache", "plain"},
    {"/en/plain/?from=letter", "", "200", "Content-Type: text/html; charset=utf-8", "plain"},
    {"//en/./plain/", "", "200", "Referrer-Policy: no-referrer", "plain"},
    {"/ko/%EC%A2%85%EC%9D%B4/", "", "200", "X-Content-Type-Options: nosniff", "종이"},
    {"/ko/%EC%A2%85%EC%9D%B4", "", "301", "Location: /ko/%EC%A2%85%EC%9D%B4/", ""},
    {"/en/old/", "", "301", "Location: /en/new%20one/", ""},
    {"/en/gone/", "", "410", "Content-Type: text/html; charset=utf-8", "taken back"},
    {"/en/404", "", "404", "Cache-Control: no-cache", "none here"},
    {"/en/nothing", "", "404", "Cache-Control: no-cache", "none here"},
    {"/ko/nothing/", "", "404", "Cache-Control: no-cache", "없음"},
    {"/xx/nothing", "", "404", "Cache-Control: no-cache", "none here"},
    {"/", "", "404", "Cache-Control: no-cache", "none here"},
    {"/assets/site-1.css", "", "200", "Cache-Control: public, max-age=31536000, immutable", "p{}"},
    {"/assets/none.css", "", "404", "Cache-Control: no-cache", "none here"},
    {"/en/plain/", "Range: bytes=1-3\r\n", "206", "Content-Range: bytes 1-3/5", "lai"},
    {"/en/plain/", "Range: bytes=-2\r\n", "206", "Content-Range: bytes 3-4/5", "in"},
    {"/en/plain/", "Range: bytes=9-\r\n", "416", "Content-Range: bytes */5", ""},
    {"/en/plain/", "Range: bytes=0-1,3-4\r\n", "200", "Accept-Ranges: bytes", "plain"},
    {"/en/plain/", "Range: bytes=1-3\r\nIf-Range: \"old\"\r\n", "200", "Accept-Ranges: bytes",
     "plain"},
    {"/en/", "Range: bytes=0-1\r\nAccept-Encoding: gzip\r\n", "206", "Content-Range: bytes 0-1/6",
     "pa"},
    {"/en/", "Range: bytes=-2\r\nAccept-Encoding: br\r\n", "206", "Content-Range: bytes 3-4/5",
     "ht"},
    {"/en/nothing", "Range: bytes=0-1\r\n", "404", "Cache-Control: no-cache", "none here"},
    {"/healthz", "", "200", "Cache-Control: no-store", "ok\n"},
};

/* Each form with each quality, beside the rule in its plainest words. */
static void sends_the_form_that_is_liked_best(void **state) {
    (void)state;
    static const char *const codings[] = {"br", "gzip", "identity"};
    static const char *const bodies[] = {"tight", "packed", "home"};
    static const char *const qualities[] = {NULL, "0", "0.3", "0.6", "1"};
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    for (size_t n = 0; n < 125; n++) {
        const size_t q[] = {n % 5, n / 5 % 5, n / 25};
        char fields[200] = "Accept-Encoding: x;q=0.1";
        size_t best = 2;                     /* nobody refuses the plain one with success */
        size_t liked = q[2] == 0 ? 4 : q[2]; /* not named is as good as any */
        for (size_t i = 0; i < 3; i++) {
            if (q[i] == 0) continue;
            size_t len = strlen(fields);
            snprintf(fields + len, sizeof fields - len, ", %s;q=%s", codings[i], qualities[q[i]]);
        }
        for (size_t i = 2; i-- > 0;) {
            if (q[i] < 2 || q[i] < liked) continue;
            best = i;
            liked = q[i];
        }
        snprintf(fields + strlen(fields), sizeof fields - strlen(fields), "\r\n");
        str answer = get(&front, "/en/", fields);
        if (!str_eq(body_of(answer), str_of(bodies[best])))
            fail_msg("%s gives " STR_FMT, fields, STR_ARG(answer));
    }
    front_done(&front);
    house_done(&house);
}

static void answers_each_path_as_the_table_says(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    for (size_t i = 0; i < COUNT_OF(ANSWERS); i++) {
        char line[128];
        str answer = get(&front, ANSWERS[i].target, ANSWERS[i].fields);
        snprintf(line, sizeof line, "\r\n%s\r\n", ANSWERS[i].line);
        bool is_right = str_eq(str_slice(answer, 9, 12), str_of(ANSWERS[i].status)) &&
                        str_contains(head_of(answer), str_of(line)) &&
                        str_eq(body_of(answer), str_of(ANSWERS[i].body));
        if (!is_right) fail_msg("%s: " STR_FMT, ANSWERS[i].target, STR_ARG(answer));
    }
    front_done(&front);
    house_done(&house);
}

static void lets_a_page_do_nothing_but_be_read(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    static const char *const TARGETS[] = {"/en/", "/en/gone/", "/en/nothing"};
    for (size_t i = 0; i < COUNT_OF(TARGETS); i++) {
        str head = head_of(get(&front, TARGETS[i], ""));
        assert_true(str_contains(head, STR("\r\nContent-Security-Policy: default-src 'none'; "
                                           "img-src 'self'; style-src 'self'; "
                                           "manifest-src 'self'; form-action 'self'; "
                                           "base-uri 'none'; frame-ancestors 'none'\r\n")));
        assert_true(str_contains(head, STR("\r\nReferrer-Policy: no-referrer\r\n")));
        assert_true(str_contains(head, STR("\r\nX-Content-Type-Options: nosniff\r\n")));
        assert_true(str_contains(head, STR("\r\nCross-Origin-Opener-Policy: same-origin\r\n")));
        assert_false(str_contains(head, STR("Set-Cookie")));
        assert_false(str_contains(head, STR("\r\nServer:")));
    }
    front_done(&front);
    house_done(&house);
}

/* The value of the ETag line. */
static str etag_of(str answer) {
    str head = head_of(answer);
    size_t at = str_find(head, STR("\r\nETag: "));
    assert_int_not_equal(at, STR_NONE);
    str value = str_skip(head, at + 8);
    return str_slice(value, 0, str_find_byte(value, '\r'));
}

static void says_304_to_a_reader_who_has_the_page(void **state) {
    (void)state;
    struct house house;
    struct front front;
    char plain[64], packed[64], fields[256];
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    snprintf(plain, sizeof plain, STR_FMT, STR_ARG(etag_of(get(&front, "/en/", ""))));
    str answer = get(&front, "/en/", "Accept-Encoding: gzip\r\n");
    snprintf(packed, sizeof packed, STR_FMT, STR_ARG(etag_of(answer)));
    assert_string_not_equal(plain, packed); /* strong tags name bytes */
    const struct {
        const char *tag, *encoding, *status;
    } rows[] = {{plain, "", "304"},  {packed, "Accept-Encoding: gzip\r\n", "304"},
                {packed, "", "200"}, {plain, "Accept-Encoding: gzip\r\n", "200"},
                {"*", "", "304"},    {"\"other\"", "", "200"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(fields, sizeof fields, "If-None-Match: \"x\"\r\nIf-None-Match: %s\r\n%s",
                 rows[i].tag, rows[i].encoding);
        answer = get(&front, "/en/", fields);
        assert_true(str_eq(str_slice(answer, 9, 12), str_of(rows[i].status)));
        bool is_304 = strcmp(rows[i].status, "304") == 0;
        assert_int_equal(body_of(answer).len == 0, is_304);
        assert_true(str_contains(head_of(answer), STR("\r\nVary: Accept-Encoding\r\n")));
    }
    answer = get(&front, "/en/nothing", "If-None-Match: *\r\n"); /* there is nothing to have */
    assert_true(str_eq(str_slice(answer, 9, 12), STR("404")));
    front_done(&front);
    house_done(&house);
}

static void refuses_what_is_no_reading(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    ask(&front, "DELETE /en/ HTTP/1.1\r\nHost: a\r\n\r\n"
                "GET /en/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    receive(&front);
    str answer = {front.received, front.received_len};
    assert_true(str_starts(answer, STR("HTTP/1.1 405 ")));
    assert_true(str_contains(head_of(answer), STR("\r\nAllow: GET, HEAD\r\n")));
    assert_true(str_contains(answer, STR("HTTP/1.1 413 ")));
    assert_false(str_contains(answer, STR("home")));
    front_done(&front);
    house_done(&house);
}

/* ---- Swapping -------------------------------------------------------------------------------- */

static void count_letters(str body, char letter) {
    assert_int_equal(body.len, BIG);
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] != letter) fail_msg("byte %zu is %c", i, body.ptr[i]);
    }
}

static void finishes_an_old_page_while_new_ones_are_served(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    for (char round = 'b'; round < 'z'; round++) {
        ask(&front, "GET /media/big.jpg HTTP/1.1\r\nHost: a\r\n\r\n");
        turn(&front); /* part of the old picture is out, the rest waits for its reader */
        press(&house, round, false);
        turn(&front);
        receive(&front);
        count_letters(body_of((str){front.received, front.received_len}), (char)(round - 1));
        count_letters(body_of(get(&front, "/media/big.jpg", "")), round);
    }
    assert_int_equal(front.troubles, 0);
    front_done(&front);
    house_done(&house);
}

static void serves_the_old_while_the_new_is_read(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    press(&house, 'b', false);
    good(http_server_turn(front.server, 0));
    assert_int_equal(web_wait_ms(front.web), 0);
    web_work(front.web); /* a piece of it */
    assert_int_equal(web_wait_ms(front.web), 0);
    ask(&front, "GET /media/big.jpg HTTP/1.1\r\nHost: a\r\n\r\n");
    good(http_server_turn(front.server, 0));
    press(&house, 'c', false); /* the one that is being read is old already */
    turn(&front);
    receive(&front);
    count_letters(body_of((str){front.received, front.received_len}), 'a');
    count_letters(body_of(get(&front, "/media/big.jpg", "")), 'c');
    assert_int_equal(front.troubles, 0);
    front_done(&front);
    house_done(&house);
}

/* A system whose memory can run out and come back, under a clock that stands. */
struct scarce {
    struct sys sys;
    struct sys real;
    int64_t ticks;
    bool is_out;
};

static void *scarce_alloc(void *ctx, size_t size) {
    const struct scarce *scarce = ctx;
    return scarce->is_out ? NULL : scarce->real.alloc(scarce->real.ctx, size);
}

static int64_t scarce_ticks(void *ctx) {
    const struct scarce *scarce = ctx;
    return scarce->ticks;
}

static void looks_again_where_reading_failed(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    struct scarce scarce = {.sys = house.sys, .real = house.sys, .ticks = 1};
    scarce.sys.ctx = &scarce; /* the calls of the real one look at no context */
    scarce.sys.alloc = scarce_alloc;
    scarce.sys.ticks_ns = scarce_ticks;
    press(&house, 'a', false);
    good(front_open(&front, &scarce.sys, &house));
    press(&house, 'b', false);
    scarce.is_out = true;
    web_look(front.web);
    assert_int_equal(front.troubles, 1);
    assert_int_equal(front.trouble, ERR_NO_MEMORY);
    assert_int_equal(web_wait_ms(front.web), 1000);
    scarce.ticks += 1000 * (int64_t)1000000;
    assert_int_equal(web_wait_ms(front.web), 0);
    web_work(front.web); /* still none */
    assert_int_equal(front.troubles, 2);
    assert_int_equal(web_wait_ms(front.web), 2000);
    scarce.is_out = false;
    count_letters(body_of(get(&front, "/media/big.jpg", "")), 'a');
    scarce.ticks += 2000 * (int64_t)1000000;
    turn(&front);
    count_letters(body_of(get(&front, "/media/big.jpg", "")), 'b');
    assert_int_equal(web_wait_ms(front.web), -1);
    assert_int_equal(front.troubles, 2);
    front_done(&front);
    house_done(&house);
}

static void goes_on_with_the_old_when_the_new_is_not_sealed(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    press(&house, 'a', false);
    good(front_open(&front, &house.sys, &house));
    press(&house, 'b', true);
    turn(&front);
    turn(&front);
    assert_int_equal(front.troubles, 1);
    assert_int_equal(front.trouble, ERR_DENIED);
    close(openat(house.folder, "old", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(renameat(house.folder, "old", house.folder, "other"), 0);
    turn(&front); /* looks again, and is told nothing new */
    assert_int_equal(unlinkat(house.folder, "other", 0), 0);
    assert_int_equal(front.troubles, 1);
    count_letters(body_of(get(&front, "/media/big.jpg", "")), 'a');
    press(&house, 'c', false);
    turn(&front);
    count_letters(body_of(get(&front, "/media/big.jpg", "")), 'c');
    assert_int_equal(front.troubles, 1);
    front_done(&front);
    house_done(&house);
}

static void waits_with_503_for_the_first_pressing(void **state) {
    (void)state;
    struct house house;
    struct front front;
    house_open(&house);
    good(front_open(&front, &house.sys, &house));
    assert_int_equal(front.trouble, ERR_NOT_FOUND);
    assert_true(str_starts(get(&front, "/healthz", ""), STR("HTTP/1.1 503 ")));
    press(&house, 'a', false);
    turn(&front);
    assert_true(str_starts(get(&front, "/healthz", ""), STR("HTTP/1.1 200 ")));
    front_done(&front);
    house_done(&house);
}

/* ---- Rights ---------------------------------------------------------------------------------- */

/* Runs in a child that gives up its rights: 0 when all is as it must be, else which was not. The
 * pressing that the front has not seen yet must still be found. */
static int try_everything(struct front *front, const struct house *house, const char *archive) {
    if (web_sandbox(house->folder).kind != ERR_NONE) return 1;
    turn(front);
    str body = body_of(get(front, "/media/big.jpg", ""));
    if (body.len != BIG || body.ptr[0] != 'b' || body.ptr[BIG - 1] != 'b') return 12;
    if (open(archive, O_RDONLY | O_CLOEXEC) >= 0) return 2;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0) return 3;
    if (openat(house->folder, "../..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0) return 4;
    if (openat(house->folder, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0) return 5;
    if (openat(house->folder, "current", O_WRONLY | O_CLOEXEC) >= 0) return 6;
    int current = openat(house->folder, "current", O_RDONLY | O_CLOEXEC);
    if (current < 0) return 7; /* the one thing that must work */
    if (sandbox_has_seccomp()) {
        if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM) return 8;
        if (unlinkat(house->folder, "current", 0) == 0) return 9;
        if (fork() >= 0) return 10;
        if (kill(getppid(), 0) == 0) return 11;
    }
    return 0;
}

static void opens_neither_archive_nor_ledger_nor_anything_else(void **state) {
    (void)state;
    struct house house;
    char archive[128];
    house_open(&house);
    snprintf(archive, sizeof archive, "%s-archive.db", house.path); /* beside the folder */
    int file = open(archive, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
    for (int starts_program = 0; starts_program < 2; starts_program++) {
        struct front front;
        press(&house, 'a', false);
        good(front_open(&front, &house.sys, &house));
        press(&house, 'b', false);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            int wrong = try_everything(&front, &house, archive);
            char *const argv[] = {archive, NULL};
            if (starts_program != 0) execve("/bin/true", argv, argv + 1); /* ends us with SIGSYS */
            _exit(wrong);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        bool is_killed = starts_program != 0 && sandbox_has_seccomp();
        assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, is_killed ? SIGSYS : 0);
        if (!is_killed) assert_int_equal(WEXITSTATUS(status), 0);
        front_done(&front);
    }
    assert_int_equal(unlink(archive), 0);
    house_done(&house);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static void survives_every_failing_call(void **state) {
    (void)state;
    struct house house;
    house_open(&house);
    press(&house, 'a', false);
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct front front;
        struct sys sys = fault_sys(&fault, n);
        err e = front_open(&front, &sys, &house);
        bool has_page = false;
        if (e.kind == ERR_NONE) {
            str answer = get(&front, "/en/", "");
            has_page = str_starts(answer, STR("HTTP/1.1 200 "));
            bool is_known = has_page || answer.len == 0 || str_starts(answer, STR("HTTP/1.1 503 "));
            assert_true(is_known);
        }
        front_done(&front);
        if (fault_ended(&fault, e)) {
            assert_true(has_page);
            house_done(&house);
            return;
        }
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_each_path_as_the_table_says),
        cmocka_unit_test(sends_the_form_that_is_liked_best),
        cmocka_unit_test(lets_a_page_do_nothing_but_be_read),
        cmocka_unit_test(says_304_to_a_reader_who_has_the_page),
        cmocka_unit_test(refuses_what_is_no_reading),
        cmocka_unit_test(finishes_an_old_page_while_new_ones_are_served),
        cmocka_unit_test(serves_the_old_while_the_new_is_read),
        cmocka_unit_test(looks_again_where_reading_failed),
        cmocka_unit_test(goes_on_with_the_old_when_the_new_is_not_sealed),
        cmocka_unit_test(waits_with_503_for_the_first_pressing),
        cmocka_unit_test(opens_neither_archive_nor_ledger_nor_anything_else),
        cmocka_unit_test(survives_every_failing_call),
    };
    return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
