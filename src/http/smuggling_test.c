/* smuggling_test.c: requests that two readers may understand in two ways. Each file of the folder
 * smuggling is one connection's bytes, sent in one piece and byte by byte to a real server:
 *
 *     # where the rule stands, and what the trick is
 *     # expect: 200 /a 5; 200 /b; open
 *     POST /a HTTP/1.1\r\n
 *     ...
 *
 * In the bytes the file's own line ends count for nothing; \r \n \t \0 \\ and \xHH are one byte,
 * \(80)y is eighty "y". Expected are the answers: the status, and for those of the handler the path
 * and how many bytes of body it took; then whether the connection stays open. The handler must
 * never see a path with "hidden" in it, whatever the file expects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http.h"

#define FOLDER "src/http/smuggling"
enum { BYTES_MAX = 16384, HEAD_BYTES = 1024, BODY_MAX = 1000, CASES_MIN = 80, TURNS_MAX = 64 };

/* ---- Files ----------------------------------------------------------------------------------- */

struct tale {
    const char *name;
    str expected;
    size_t len;
    char bytes[BYTES_MAX];
};

static void put(struct tale *tale, size_t count, char byte) {
    assert_in_range(count, 1, BYTES_MAX - tale->len);
    memset(tale->bytes + tale->len, byte, count);
    tale->len += count;
}

/* One escape, behind its backslash; what is left. */
static str put_escape(struct tale *tale, str text) {
    static const str LETTERS = STR("rnt0\\"), MEANT = STR("\r\n\t\0\\");
    assert_int_not_equal(text.len, 0);
    size_t letter = str_find_byte(LETTERS, text.ptr[0]);
    if (letter != STR_NONE) {
        put(tale, 1, MEANT.ptr[letter]);
        return str_skip(text, 1);
    }
    if (text.ptr[0] == 'x') {
        char digits[3] = {text.ptr[1], text.ptr[2], '\0'};
        put(tale, 1, (char)strtoul(digits, NULL, 16));
        return str_skip(text, 3);
    }
    str number;
    uint64_t count = 0;
    assert_int_equal(text.ptr[0], '(');
    assert_true(str_cut(str_skip(text, 1), ')', &number, &text));
    assert_true(str_to_u64(number, &count));
    put(tale, count, text.ptr[0]);
    return str_skip(text, 1);
}

static void read_tale(struct arena *a, const char *name, struct tale *tale) {
    str path, text, line;
    assert_int_equal(arena_printf(a, &path, FOLDER "/%s", name).kind, ERR_NONE);
    assert_int_equal(file_read(a, AT_FDCWD, path, BYTES_MAX, &text).kind, ERR_NONE);
    tale->name = name;
    tale->len = 0;
    tale->expected = (str){0};
    while (str_starts(text, STR("# "))) {
        str_cut(text, '\n', &line, &text);
        if (str_starts(line, STR("# expect: "))) tale->expected = str_skip(line, 10);
    }
    if (tale->expected.len == 0) fail_msg("%s expects nothing", name);
    while (text.len > 0) {
        char byte = text.ptr[0];
        text = str_skip(text, 1);
        if (byte == '\\')
            text = put_escape(tale, text);
        else if (byte != '\n')
            put(tale, 1, byte);
    }
}

/* ---- A server and its peer ------------------------------------------------------------------- */

struct place {
    const char *name; /* of the tale, for the handler's own judgement */
    struct http_server *server;
    int listener;
    int peer;
    bool is_closed;
    size_t body_bytes;
    size_t path_len;
    char path[HEAD_BYTES];
    size_t heard_len;
    char heard[BYTES_MAX];
};

static int64_t standing_still(void *ctx) {
    (void)ctx;
    return 1000;
}

static bool take_body(void *ctx, str piece) {
    struct place *place = ctx;
    place->body_bytes += piece.len;
    return true;
}

/* Says the path, and how much of a body was taken. Several answers may be under way at once. */
static void say(str path, size_t body_bytes, struct http_response *response) {
    size_t size = path.len + 32;
    char *text = malloc(size);
    assert_non_null(text);
    int len = body_bytes > 0 ? snprintf(text, size, STR_FMT " %zu", STR_ARG(path), body_bytes)
                             : snprintf(text, size, STR_FMT, STR_ARG(path));
    response->status = path.len > 0 ? 200 : 405;
    response->lines = STR("X-By: handler\r\n");
    response->body = (str){text, (size_t)len};
    response->token = text;
}

static void end_body(void *ctx, struct http_response *response) {
    const struct place *place = ctx;
    say((str){place->path, place->path_len}, place->body_bytes, response);
}

static void release(void *ctx, void *token) {
    (void)ctx;
    free(token);
}

static void abort_body(void *ctx) { (void)ctx; }

/* Takes the body of a POST, answers all else at once. */
static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct place *place = ctx;
    if (str_contains(request->path, STR("hidden"))) fail_msg("%s: was let through", place->name);
    place->body_bytes = 0;
    if (request->method == HTTP_METHOD_POST && request->has_body) {
        place->path_len = request->path.len;
        memcpy(place->path, request->path.ptr, request->path.len);
        response->consumer = (struct http_consumer){place, take_body, end_body, abort_body};
        response->body_max = BODY_MAX;
        return;
    }
    say(request->path, 0, response);
}

/* A connection to the server, through a listener that the kernel names (unix(7), autobind). */
static void dial(struct place *place) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(sa_family_t);
    place->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place->peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(place->listener >= 0 && place->peer >= 0);
    assert_int_equal(bind(place->listener, (struct sockaddr *)&address, size), 0);
    size = sizeof address;
    assert_int_equal(getsockname(place->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(place->listener, 1), 0);
    assert_int_equal(http_server_listen(place->server, place->listener).kind, ERR_NONE);
    assert_int_equal(connect(place->peer, (struct sockaddr *)&address, size), 0);
}

static void turn(struct place *place) {
    assert_int_equal(http_server_turn(place->server, 0).kind, ERR_NONE);
}

/* Runs the server until it has no more to say. */
static void hear(struct place *place) {
    for (int i = 0; i < TURNS_MAX && !place->is_closed; i++) {
        turn(place);
        ssize_t got = recv(place->peer, place->heard + place->heard_len,
                           sizeof place->heard - place->heard_len, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0)
            place->is_closed = true;
        else
            place->heard_len += (size_t)got;
    }
}

static void tell(const struct tale *tale, size_t step, struct place *place) {
    struct sys sys = sys_real();
    sys.ticks_ns = standing_still;
    struct http_options options = http_options_default();
    options.head_bytes = HEAD_BYTES;
    struct http_handler handler = {.ctx = place, .answer = answer, .release = release};
    *place = (struct place){.name = tale->name};
    assert_int_equal(http_server_open(&sys, &options, &handler, &place->server).kind, ERR_NONE);
    dial(place);
    hear(place);
    for (str rest = {tale->bytes, tale->len}; rest.len > 0; rest = str_skip(rest, step)) {
        str piece = str_slice(rest, 0, step);
        /* After a refusal the server may be gone: what it does not take is not missed. */
        if (send(place->peer, piece.ptr, piece.len, MSG_NOSIGNAL) < 0) break;
        hear(place);
    }
    hear(place);
    http_server_close(&place->server);
    close(place->peer);
    close(place->listener);
}

/* ---- Answers in short ------------------------------------------------------------------------ */

/* "200 /a 5; 400; closed": as the files have it. */
static void summarise(const struct place *place, struct buf *b) {
    str rest = {place->heard, place->heard_len};
    while (rest.len > 0) {
        size_t end = str_find(rest, STR("\r\n\r\n"));
        if (!str_starts(rest, STR("HTTP/1.1 ")) || end == STR_NONE) {
            fail_msg("%s: no answer: " STR_FMT, place->name, STR_ARG(rest));
        }
        str head = str_slice(rest, 0, end + 2);
        uint64_t length = 0;
        size_t at = str_find(head, STR("Content-Length: "));
        if (at != STR_NONE) {
            str value = str_skip(head, at + 16);
            assert_true(str_to_u64(str_slice(value, 0, str_find_byte(value, '\r')), &length));
        }
        bool is_handlers = str_contains(head, STR("X-By: handler")) && length > 0;
        buf_add(b, str_slice(head, 9, 12));
        if (is_handlers) buf_add(b, STR(" "));
        if (is_handlers) buf_add(b, str_slice(rest, end + 4, end + 4 + length));
        buf_add(b, STR("; "));
        rest = str_skip(rest, end + 4 + length);
    }
    buf_add(b, place->is_closed ? STR("closed") : STR("open"));
}

static void judge(struct arena *a, const struct tale *tale, size_t step) {
    static struct place place; /* large, and made anew by each telling */
    struct buf b;
    tell(tale, step, &place);
    buf_init(&b, a, BYTES_MAX);
    summarise(&place, &b);
    str said = buf_text(&b);
    if (!str_eq(said, tale->expected)) {
        fail_msg("%s, %s: " STR_FMT ", not " STR_FMT, tale->name, step == 1 ? "cut" : "whole",
                 STR_ARG(said), STR_ARG(tale->expected));
    }
}

/* Each file as a test of its own, so that a new one needs nothing but its file. */
static void is_understood_in_one_way(void **state) {
    const char *name = *state;
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, &sys, 1 << 20);
    struct tale *tale = arena_alloc(&a, sizeof *tale);
    assert_non_null(tale);
    read_tale(&a, name, tale);
    judge(&a, tale, SIZE_MAX);
    judge(&a, tale, 1);
}

static int is_tale(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int main(void) {
    struct dirent **entries = NULL;
    int count = scandir(FOLDER, &entries, is_tale, alphasort);
    if (count < CASES_MIN) {
        printf("1..1\nnot ok 1 - the requests are in %s of the project's folder\n", FOLDER);
        return 1;
    }
    struct CMUnitTest *tests = calloc((size_t)count, sizeof *tests);
    if (tests == NULL) return 1;
    for (int i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){.name = entries[i]->d_name,
                                       .test_func = is_understood_in_one_way,
                                       .initial_state = entries[i]->d_name};
    }
    /* The function behind cmocka's macros, which only count arrays. */
    int failed = _cmocka_run_group_tests("smuggling", tests, (size_t)count, NULL, NULL);
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    free(tests);
    return failed;
}
