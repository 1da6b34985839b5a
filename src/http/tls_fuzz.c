/* tls_fuzz.c: any bytes on a connection where TLS is spoken, in any pieces.
 *
 * The first byte says how the rest is cut, the second where it comes: first of all, in the place of
 * a ClientHello; in the middle of a handshake; or as records behind a good one and a good request.
 * Nothing of it may reach the handler, whoever has not shaken hands is answered with an alert or in
 * plain words and never with a page, and every connection ends when its peer does. */
#include <assert.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http.h"

enum { INPUT_MAX = 6000, TURNS_MAX = 64, SAID_MAX = 1 << 16, PEM_MAX = 4096 };
enum when { AS_THE_FIRST, IN_THE_HANDSHAKE, BEHIND_A_REQUEST };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct sys sys;
    struct http_tls *tls;
    struct http_server *server;
    SSL_CTX *client;
    int listener;
    int peer;
    int requests;
    size_t said_len;
    char said[SAID_MAX];
};

static int64_t standing_still(void *ctx) {
    (void)ctx;
    return 1000;
}

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct run *run = ctx;
    assert(request->is_secure && str_eq(request->path, STR("/good")));
    run->requests++;
    response->status = 200;
    response->body = STR("a page");
}

/* ---- The place ------------------------------------------------------------------------------- */

static size_t as_pem(BIO *text, char room[PEM_MAX]) {
    int len = BIO_read(text, room, PEM_MAX);
    assert(len > 0);
    BIO_free(text);
    return (size_t)len;
}

/* A certificate for nobody, made once in the life of the fuzzer. */
static void make_tls(struct run *run) {
    char certificate[PEM_MAX], secret[PEM_MAX];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *paper = X509_new();
    BIO *paper_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    assert(key != NULL && paper != NULL && paper_text != NULL && key_text != NULL);
    ASN1_INTEGER_set(X509_get_serialNumber(paper), 1);
    X509_gmtime_adj(X509_getm_notBefore(paper), 0);
    X509_gmtime_adj(X509_getm_notAfter(paper), 3600);
    assert(X509_set_pubkey(paper, key) == 1 && X509_sign(paper, key, EVP_sha256()) > 0);
    assert(PEM_write_bio_X509(paper_text, paper) == 1);
    assert(PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1);
    str chain = {certificate, as_pem(paper_text, certificate)};
    str key_pem = {secret, as_pem(key_text, secret)};
    assert(http_tls_open(&run->sys, chain, key_pem, &run->tls).kind == ERR_NONE);
    X509_free(paper);
    EVP_PKEY_free(key);
    run->client = SSL_CTX_new(TLS_client_method());
    assert(run->client != NULL);
}

static struct run *the_run(void) {
    static struct run run;
    if (run.tls == NULL) {
        run.sys = sys_real();
        run.sys.ticks_ns = run.sys.now_seconds = standing_still;
        make_tls(&run);
    }
    return &run;
}

static void turn(struct run *run) { assert(http_server_turn(run->server, 0).kind == ERR_NONE); }

/* A server, and a connection to it through a listener that the kernel names (unix(7), autobind). */
static void open_place(struct run *run) {
    struct http_options options = http_options_default();
    struct http_handler handler = {.ctx = run, .answer = answer};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(sa_family_t);
    run->requests = 0;
    run->said_len = 0;
    assert(http_server_open(&run->sys, &options, &handler, &run->server).kind == ERR_NONE);
    http_server_use_tls(run->server, run->tls);
    run->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    run->peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert(run->listener >= 0 && run->peer >= 0);
    assert(bind(run->listener, (struct sockaddr *)&address, size) == 0);
    size = sizeof address;
    assert(getsockname(run->listener, (struct sockaddr *)&address, &size) == 0);
    assert(listen(run->listener, 1) == 0);
    struct http_listening how = {.speaks_tls = true};
    assert(http_server_listen_as(run->server, run->listener, &how).kind == ERR_NONE);
    assert(connect(run->peer, (struct sockaddr *)&address, size) == 0);
    turn(run);
}

static void close_place(struct run *run) {
    http_server_close(&run->server);
    close(run->peer);
    close(run->listener);
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static void take(struct run *run) {
    ssize_t got = recv(run->peer, run->said + run->said_len, SAID_MAX - run->said_len, 0);
    if (got > 0) run->said_len += (size_t)got;
}

static void feed(struct run *run, str bytes, size_t step) {
    while (bytes.len > 0) {
        str piece = str_slice(bytes, 0, step);
        ssize_t put = send(run->peer, piece.ptr, piece.len, MSG_NOSIGNAL);
        if (put <= 0) break;
        bytes = str_skip(bytes, (size_t)put);
        turn(run);
        take(run);
    }
    shutdown(run->peer, SHUT_WR);
    for (int i = 0; i < TURNS_MAX && http_server_counters(run->server).connections > 0; i++) {
        turn(run);
        take(run);
    }
    assert(http_server_counters(run->server).connections == 0);
    take(run);
}

/* Says hello, and with `is_whole` shakes hands and is served once. */
static void go_before(struct run *run, bool is_whole) {
    char heard[512];
    SSL *tls = SSL_new(run->client);
    assert(tls != NULL && SSL_set_fd(tls, run->peer) == 1);
    for (int i = 0; i < TURNS_MAX && SSL_connect(tls) != 1 && is_whole; i++) turn(run);
    if (is_whole) {
        static const char GOOD[] = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";
        int got = -1;
        assert(SSL_write(tls, GOOD, sizeof GOOD - 1) == sizeof GOOD - 1);
        for (int i = 0; i < TURNS_MAX && got <= 0; i++) {
            turn(run);
            got = SSL_read(tls, heard, sizeof heard);
        }
        assert(got > 0 && run->requests == 1);
    }
    SSL_free(tls);
}

/* Records of TLS (alert, handshake and the like: 20 to 23), or a refusal in plain words. What is in
 * them may be the peer's own bytes: a ServerHello gives the session's name back. */
static bool says_no_page(const struct run *run) {
    str said = {run->said, run->said_len};
    if (said.len == 0 || str_starts(said, STR("HTTP/1.1 400 "))) return true;
    return said.ptr[0] >= 20 && said.ptr[0] <= 23;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3 || size > INPUT_MAX) return 0;
    enum when when = data[1] % 3;
    struct run *run = the_run();
    open_place(run);
    if (when != AS_THE_FIRST) go_before(run, when == BEHIND_A_REQUEST);
    feed(run, (str){(const char *)data + 2, size - 2}, (size_t)data[0] + 1);
    assert(run->requests == (when == BEHIND_A_REQUEST ? 1 : 0));
    assert(says_no_page(run));
    close_place(run);
    return 0;
}
