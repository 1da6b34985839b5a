/* http_fuzz.c: any bytes, in any pieces. The first byte says how the rest is cut; the server sees
 * them once cut so and once in one piece, and must say the same to both. What reaches the handler
 * must keep the promises of http.h. A POST's body goes to a consumer, which answers with a hash of
 * it; so chunks are cut in both ways too. */
#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/unicode.h"
#include "http/http.h"

enum { SAID_MAX = 1 << 18, INPUT_MAX = 6000, TURNS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    int peer;
    bool is_taking;
    uint64_t hash; /* of the body, FNV-1a */
    size_t said_len;
    char said[SAID_MAX];
};

static int64_t standing_still(void *ctx) {
    (void)ctx;
    return 1000;
}

static bool is_clean(str value) {
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\r' || value.ptr[i] == '\n' || value.ptr[i] == '\0') return false;
    }
    return true;
}

static bool take_piece(void *ctx, str piece) {
    struct run *run = ctx;
    assert(run->is_taking && piece.len > 0);
    for (size_t i = 0; i < piece.len; i++) {
        run->hash = (run->hash ^ (unsigned char)piece.ptr[i]) * 1099511628211U;
    }
    return true;
}

static void end_body(void *ctx, struct http_response *response) {
    struct run *run = ctx;
    assert(run->is_taking);
    run->is_taking = false;
    response->status = 200;
    response->body = (str){(const char *)&run->hash, sizeof run->hash};
    response->closes = true; /* the hash is read when the answer leaves: there is no second one */
}

static void abort_body(void *ctx) {
    struct run *run = ctx;
    assert(run->is_taking);
    run->is_taking = false;
}

/* A word to a waiting peer depends on how its bytes are cut: those have their body dropped. */
static bool takes_body(const struct http_request *request) {
    return request->method == HTTP_METHOD_POST &&
           http_request_field(request, STR("expect"), 0).ptr == NULL;
}

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct run *run = ctx;
    assert(!run->is_taking);
    assert(request->has_body == (request->body_bytes > 0));
    static const str NAMES[] = {STR("host"), STR("accept-encoding"), STR("if-none-match")};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        str value = http_request_field(request, NAMES[i], 0);
        assert(is_clean(value));
        unsigned weight = http_coding_quality(value, STR("gzip"));
        assert(weight <= 1000);
        if (http_etag_listed(value, STR("\"abc\""))) response->closes = true;
    }
    assert(http_request_field(request, STR("host"), 1).ptr == NULL);
    assert(is_clean(request->target) && is_clean(request->host));
    if (request->path.len > 0) {
        assert(request->path.ptr[0] == '/' && utf8_is_valid(request->path));
        assert(is_clean(request->path) && !str_contains(request->path, STR("//")));
        assert(!str_contains(request->path, STR("/../")) &&
               !str_contains(request->path, STR("/./")));
    } else {
        assert(request->method == HTTP_METHOD_OTHER);
    }
    if (takes_body(request)) {
        run->is_taking = true;
        run->hash = 14695981039346656037U;
        response->closes = false;
        response->consumer = (struct http_consumer){run, take_piece, end_body, abort_body};
        response->body_max = 2000;
        return;
    }
    response->status = 200;
    response->body = request->has_body ? STR("with a body") : STR("plain");
}

static void take(struct run *run) {
    ssize_t got = recv(run->peer, run->said + run->said_len, SAID_MAX - run->said_len, 0);
    if (got > 0) run->said_len += (size_t)got;
}

/* A connection to the server, through a listener that the kernel names (unix(7), autobind). */
static int dial(struct http_server *server, int *ret_listener) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(sa_family_t);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert(listener >= 0 && fd >= 0);
    assert(bind(listener, (struct sockaddr *)&address, size) == 0);
    size = sizeof address;
    assert(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    assert(listen(listener, 1) == 0);
    assert(http_server_listen(server, listener).kind == ERR_NONE);
    assert(connect(fd, (struct sockaddr *)&address, size) == 0);
    assert(http_server_turn(server, 0).kind == ERR_NONE);
    *ret_listener = listener;
    return fd;
}

static void feed(struct run *run, str bytes, size_t step) {
    struct sys sys = sys_real();
    sys.ticks_ns = sys.now_seconds = standing_still;
    struct http_options options = http_options_default();
    struct http_handler handler = {.ctx = run, .answer = answer};
    struct http_server *server = NULL;
    int listener = -1;
    options.head_bytes = 1024;
    run->said_len = 0;
    run->is_taking = false;
    err e = http_server_open(&sys, &options, &handler, &server);
    assert(e.kind == ERR_NONE);
    run->peer = dial(server, &listener);
    while (bytes.len > 0) {
        str piece = str_slice(bytes, 0, step);
        ssize_t put = send(run->peer, piece.ptr, piece.len, MSG_NOSIGNAL);
        if (put <= 0) break;
        bytes = str_skip(bytes, (size_t)put);
        e = http_server_turn(server, 0);
        assert(e.kind == ERR_NONE);
        take(run);
    }
    shutdown(run->peer, SHUT_WR);
    for (int i = 0; i < TURNS_MAX && http_server_counters(server).connections > 0; i++) {
        e = http_server_turn(server, 0);
        assert(e.kind == ERR_NONE);
        take(run);
    }
    assert(http_server_counters(server).connections == 0);
    take(run);
    assert(!run->is_taking);
    http_server_close(&server);
    close(run->peer);
    close(listener);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const str START = STR("HTTP/1.1 ");
    if (size < 2 || size > INPUT_MAX) return 0;
    struct run *whole = malloc(sizeof *whole);
    struct run *cut = malloc(sizeof *cut);
    assert(whole != NULL && cut != NULL);
    str bytes = {(const char *)data + 1, size - 1};
    feed(whole, bytes, SIZE_MAX);
    feed(cut, bytes, (size_t)data[0] + 1);
    assert(whole->said_len == cut->said_len);
    assert(memcmp(whole->said, cut->said, whole->said_len) == 0);
    assert(whole->said_len == 0 || str_starts((str){whole->said, whole->said_len}, START));
    free(whole);
    free(cut);
    return 0;
}
