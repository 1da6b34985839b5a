/* tls_test.c: TLS with OpenSSL as client too, in one thread: both sides take turns. Certificates
 * are made here, for names that are nobody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "http/http.h"

enum { ROUNDS_MAX = 4000, HEARD_MAX = 1 << 20, PEM_MAX = 4096, BIG = 300000 };

static const int64_t MS = 1000000;

struct pair { /* a certificate and its key, as PEM */
    char certificate[PEM_MAX];
    char key[PEM_MAX];
};

struct place {
    struct fault fault; /* first: the context of the standing clock */
    struct sys sys;
    int64_t ticks;
    struct http_server *server;
    struct http_tls *tls;
    struct sockaddr_in address;
    int listener;
    int file;
    int taken; /* bytes of bodies */
    bool was_secure;
    struct http_peer peer;
    char big[BIG];
};

struct client {
    int fd;
    SSL_CTX *context;
    SSL *tls;
    size_t heard_len;
    char heard[HEARD_MAX];
};

/* ---- Certificates -------------------------------------------------------------------------- */

static void make_pair(struct pair *pair, const char *name, const char *passphrase) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    assert_non_null(key);
    assert_non_null(x);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME *subject = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, subject);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    BIO *text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(text, x);
    int len = BIO_read(text, pair->certificate, PEM_MAX - 1);
    pair->certificate[len > 0 ? len : 0] = '\0';
    const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_256_cbc() : NULL;
    unsigned char word[64];
    size_t word_len = passphrase != NULL ? strlen(passphrase) : 0;
    memcpy(word, passphrase != NULL ? passphrase : "", word_len);
    PEM_write_bio_PrivateKey(text, key, cipher, word, (int)word_len, NULL, NULL);
    len = BIO_read(text, pair->key, PEM_MAX - 1);
    pair->key[len > 0 ? len : 0] = '\0';
    BIO_free(text);
    X509_free(x);
    EVP_PKEY_free(key);
}

static err open_pair(const struct sys *sys, const struct pair *pair, struct http_tls **ret_tls) {
    return http_tls_open(sys, str_of(pair->certificate), str_of(pair->key), ret_tls);
}

/* ---- A server -------------------------------------------------------------------------------- */

static int64_t standing_ticks(void *ctx) {
    const struct place *place = ctx;
    return place->ticks;
}

static void good(err e) {
    if (e.kind != ERR_NONE) fail_msg("%s", e.message);
}

static bool take(void *ctx, str piece) {
    struct place *place = ctx;
    place->taken += (int)piece.len;
    return true;
}

static void end(void *ctx, struct http_response *response) {
    (void)ctx;
    response->status = 200;
    response->body = STR("taken");
}

static void abort_body(void *ctx) { (void)ctx; }

static void answer(void *ctx, const struct http_request *request, struct http_response *response) {
    struct place *place = ctx;
    place->was_secure = request->is_secure;
    place->peer = *request->peer;
    if (request->method == HTTP_METHOD_POST) {
        response->consumer = (struct http_consumer){place, take, end, abort_body};
        response->body_max = 1 << 20;
        return;
    }
    response->status = 200;
    if (str_eq(request->path, STR("/big"))) {
        response->body = (str){place->big, BIG};
    } else if (str_eq(request->path, STR("/file"))) {
        response->status = 206;
        response->file = (struct http_file){place->file, 1000, BIG - 1000};
    } else {
        response->body = STR("home");
    }
}

static void place_open(struct place *place, const struct pair *pair, bool speaks_proxy) {
    memset(place, 0, sizeof *place);
    place->ticks = 5 * MS;
    place->sys = fault_sys(&place->fault, 0);
    place->sys.ticks_ns = standing_ticks;
    for (size_t i = 0; i < BIG; i++) place->big[i] = (char)('a' + i % 26 + i / 26 % 2);
    place->file = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(write(place->file, place->big, BIG), BIG);
    struct http_options options = http_options_default();
    good(http_networks_parse(STR("127.0.0.0/8"), &options.trusted));
    struct http_handler handler = {.ctx = place, .answer = answer};
    good(http_server_open(&place->sys, &options, &handler, &place->server));
    good(open_pair(&place->sys, pair, &place->tls));
    http_server_use_tls(place->server, place->tls);
    place->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place->address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place->address;
    struct sockaddr *address = (struct sockaddr *)&place->address;
    assert_int_equal(bind(place->listener, address, size), 0);
    assert_int_equal(getsockname(place->listener, address, &size), 0);
    assert_int_equal(listen(place->listener, 1024), 0);
    struct http_listening how = {.speaks_tls = true, .speaks_proxy = speaks_proxy};
    good(http_server_listen_as(place->server, place->listener, &how));
}

static void place_done(struct place *place) {
    http_server_close(&place->server);
    http_tls_close(&place->tls);
    fd_close(&place->listener);
    fd_close(&place->file);
    assert_int_equal(place->fault.live, 0);
}

static void turn(struct place *place) { good(http_server_turn(place->server, 1)); }

/* ---- A client -------------------------------------------------------------------------------- */

static void client_dial(struct client *client, const struct place *place, int version) {
    memset(client, 0, sizeof *client);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr *address = (const struct sockaddr *)&place->address;
    assert_int_equal(connect(client->fd, address, sizeof place->address), 0);
    assert_int_equal(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
    client->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(client->context, 0);
    SSL_CTX_set_min_proto_version(client->context, version);
    SSL_CTX_set_max_proto_version(client->context, version);
    client->tls = SSL_new(client->context);
    SSL_set_fd(client->tls, client->fd);
}

static void client_done(struct client *client) {
    SSL_free(client->tls);
    SSL_CTX_free(client->context);
    fd_close(&client->fd);
}

static bool shake(struct client *client, struct place *place) {
    for (int i = 0; i < ROUNDS_MAX; i++) {
        ERR_clear_error();
        int result = SSL_connect(client->tls);
        if (result == 1) return true;
        int problem = SSL_get_error(client->tls, result);
        if (problem != SSL_ERROR_WANT_READ && problem != SSL_ERROR_WANT_WRITE) return false;
        turn(place);
    }
    return false;
}

static void say(struct client *client, const char *text) {
    int len = (int)strlen(text);
    assert_int_equal(SSL_write(client->tls, text, len), len);
}

/* Reads until `len` bytes have come, or the end; 0 for the end said properly (close_notify). */
static int hear(struct client *client, struct place *place, size_t len) {
    client->heard_len = 0;
    for (int i = 0; i < ROUNDS_MAX && client->heard_len < len; i++) {
        ERR_clear_error();
        int got = SSL_read(client->tls, client->heard + client->heard_len,
                           (int)(HEARD_MAX - 1 - client->heard_len));
        if (got > 0) {
            client->heard_len += (size_t)got;
            continue;
        }
        int problem = SSL_get_error(client->tls, got);
        if (problem == SSL_ERROR_ZERO_RETURN) return 0;
        if (problem != SSL_ERROR_WANT_READ) return -1;
        turn(place);
    }
    client->heard[client->heard_len] = '\0';
    return 1;
}

static const char PAGE[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static void expect_home(struct client *client, struct place *place) {
    say(client, PAGE);
    assert_int_equal(hear(client, place, 60), 1);
    assert_ptr_equal(strstr(client->heard, "HTTP/1.1 200 OK\r\n"), client->heard);
    assert_non_null(strstr(client->heard, "\r\n\r\nhome"));
    assert_true(place->was_secure);
}

/* ---- Behaviours ------------------------------------------------------------------------------ */

static struct place the_place;
static struct client the_client, the_other;
static struct pair the_pair, the_next;

static void serves_both_versions_and_keeps_the_connection(void **state) {
    (void)state;
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT_OF(VERSIONS); i++) {
        place_open(&the_place, &the_pair, false);
        client_dial(&the_client, &the_place, VERSIONS[i]);
        assert_true(shake(&the_client, &the_place));
        assert_int_equal(SSL_version(the_client.tls), VERSIONS[i]);
        for (int n = 0; n < 3; n++) expect_home(&the_client, &the_place);
        assert_int_equal(http_server_counters(the_place.server).requests, 3);
        client_done(&the_client);
        place_done(&the_place);
    }
}

static void sends_large_bodies_and_files_whole(void **state) {
    (void)state;
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_true(shake(&the_client, &the_place));
    say(&the_client, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(hear(&the_client, &the_place, BIG + 50), 1);
    char *body = strstr(the_client.heard, "\r\n\r\n");
    assert_non_null(body);
    assert_memory_equal(body + 4, the_place.big, BIG);
    say(&the_client, "GET /file HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(hear(&the_client, &the_place, BIG - 1000 + 170), 1);
    body = strstr(the_client.heard, "\r\n\r\n");
    assert_non_null(body);
    assert_memory_equal(body + 4, the_place.big + 1000, BIG - 1000);
    assert_non_null(strstr(body + 4 + BIG - 1000, "\r\n\r\nhome"));
    client_done(&the_client);
    place_done(&the_place);
}

static void takes_a_body(void **state) {
    (void)state;
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_true(shake(&the_client, &the_place));
    say(&the_client, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    for (int sent = 0; sent < 100000;) {
        int put = SSL_write(the_client.tls, the_place.big, 10000);
        if (put > 0) sent += put;
        turn(&the_place);
    }
    assert_int_equal(hear(&the_client, &the_place, 60), 1);
    assert_non_null(strstr(the_client.heard, "\r\n\r\ntaken"));
    assert_int_equal(the_place.taken, 100000);
    client_done(&the_client);
    place_done(&the_place);
}

static void says_goodbye_when_it_closes(void **state) {
    (void)state;
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_true(shake(&the_client, &the_place));
    say(&the_client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_int_equal(hear(&the_client, &the_place, HEARD_MAX - 1), 0);
    client_done(&the_client);
    place_done(&the_place);
}

static void refuses_old_versions_and_other_protocols(void **state) {
    (void)state;
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_1_VERSION);
    assert_false(shake(&the_client, &the_place));
    client_done(&the_client);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_int_equal(SSL_set_alpn_protos(the_client.tls, (const unsigned char *)"\x02h2", 3), 0);
    assert_false(shake(&the_client, &the_place));
    client_done(&the_client);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_int_equal(
        SSL_set_alpn_protos(the_client.tls, (const unsigned char *)"\x02h2\x08http/1.1", 12), 0);
    assert_true(shake(&the_client, &the_place));
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(the_client.tls, &chosen, &len);
    assert_int_equal(len, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
    client_done(&the_client);
    for (int i = 0; i < 10; i++) turn(&the_place);
    assert_int_equal(http_server_counters(the_place.server).connections, 0);
    place_done(&the_place);
}

static void answers_plain_http_in_plain_words(void **state) {
    (void)state;
    char heard[600];
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_int_equal(send(the_client.fd, PAGE, sizeof PAGE - 1, MSG_NOSIGNAL), sizeof PAGE - 1);
    ssize_t got = -1;
    for (int i = 0; i < ROUNDS_MAX && got < 0; i++) {
        turn(&the_place);
        got = recv(the_client.fd, heard, sizeof heard, MSG_DONTWAIT);
    }
    assert_true(got > 12);
    assert_memory_equal(heard, "HTTP/1.1 400", 12);
    assert_int_equal(http_server_counters(the_place.server).requests, 0);
    client_done(&the_client);
    place_done(&the_place);
}

static void survives_bytes_that_are_nothing(void **state) {
    (void)state;
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_int_equal(send(the_client.fd, "\x16\x03\x01\x00\x05hello", 10, MSG_NOSIGNAL), 10);
    for (int i = 0; i < 20; i++) turn(&the_place);
    assert_int_equal(http_server_counters(the_place.server).connections, 0);
    client_done(&the_client);
    place_done(&the_place);
}

static void name_of_peer(const struct client *client, char *room, int size) {
    X509 *x = SSL_get1_peer_certificate(client->tls);
    assert_non_null(x);
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, room, size);
    X509_free(x);
}

static void renews_the_certificate_under_open_connections(void **state) {
    (void)state;
    char name[64];
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_true(shake(&the_client, &the_place));
    http_tls_close(&the_place.tls);
    good(open_pair(&the_place.sys, &the_next, &the_place.tls));
    http_server_use_tls(the_place.server, the_place.tls);
    expect_home(&the_client, &the_place);
    client_dial(&the_other, &the_place, TLS1_3_VERSION);
    assert_true(shake(&the_other, &the_place));
    expect_home(&the_other, &the_place);
    name_of_peer(&the_client, name, sizeof name);
    assert_string_equal(name, "one.example");
    name_of_peer(&the_other, name, sizeof name);
    assert_string_equal(name, "two.example");
    client_done(&the_client);
    client_done(&the_other);
    place_done(&the_place);
}

static void resumes_with_a_ticket(void **state) {
    (void)state;
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    place_open(&the_place, &the_pair, false);
    for (size_t i = 0; i < COUNT_OF(VERSIONS); i++) {
        client_dial(&the_client, &the_place, VERSIONS[i]);
        assert_true(shake(&the_client, &the_place));
        expect_home(&the_client, &the_place); /* 1.3 sends tickets with the first bytes */
        SSL_SESSION *session = SSL_get1_session(the_client.tls);
        SSL_shutdown(the_client.tls);
        client_done(&the_client);
        client_dial(&the_client, &the_place, VERSIONS[i]);
        SSL_set_session(the_client.tls, session);
        assert_true(shake(&the_client, &the_place));
        assert_int_equal(SSL_session_reused(the_client.tls), 1);
        SSL_SESSION_free(session);
        client_done(&the_client);
    }
    place_done(&the_place);
}

static void ends_a_handshake_that_takes_too_long(void **state) {
    (void)state;
    place_open(&the_place, &the_pair, false);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_int_equal(send(the_client.fd, "\x16\x03\x01", 3, MSG_NOSIGNAL), 3);
    for (int i = 0; i < 5; i++) turn(&the_place);
    assert_int_equal(http_server_counters(the_place.server).connections, 1);
    the_place.ticks += 10001 * MS;
    for (int i = 0; i < 5; i++) turn(&the_place);
    assert_int_equal(http_server_counters(the_place.server).connections, 0);
    assert_int_equal(http_server_counters(the_place.server).late, 1);
    client_done(&the_client);
    place_done(&the_place);
}

static void reads_a_proxys_header_before_the_handshake(void **state) {
    (void)state;
    static const char HEADER[] =
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x07\x7F\0\0\x01\x30\x39\x01\xBB";
    char room[HTTP_ADDRESS_TEXT];
    place_open(&the_place, &the_pair, true);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    for (size_t i = 0; i < sizeof HEADER - 1; i++) { /* byte by byte */
        assert_int_equal(send(the_client.fd, HEADER + i, 1, MSG_NOSIGNAL), 1);
        turn(&the_place);
    }
    assert_true(shake(&the_client, &the_place));
    expect_home(&the_client, &the_place);
    str text = http_peer_text(&the_place.peer, room);
    assert_true(str_eq(text, STR("192.0.2.7")));
    assert_int_equal(the_place.peer.port, 12345);
    client_done(&the_client);
    client_dial(&the_client, &the_place, TLS1_3_VERSION);
    assert_false(shake(&the_client, &the_place)); /* without a header */
    client_done(&the_client);
    place_done(&the_place);
}

static void costs_little_while_it_waits(void **state) {
    (void)state;
    enum { COUNT = 100 };
    static struct client clients[2];
    int fds[COUNT];
    SSL *tls[COUNT];
    place_open(&the_place, &the_pair, false);
    client_dial(&clients[0], &the_place, TLS1_3_VERSION); /* warms the pools */
    assert_true(shake(&clients[0], &the_place));
    expect_home(&clients[0], &the_place);
    size_t server_bytes = 0;
    for (int i = 0; i < COUNT; i++) {
        client_dial(&clients[1], &the_place, TLS1_3_VERSION);
        assert_true(shake(&clients[1], &the_place));
        expect_home(&clients[1], &the_place);
        fds[i] = clients[1].fd;
        tls[i] = clients[1].tls;
        SSL_CTX_free(clients[1].context);
    }
    for (int i = 0; i < 10; i++) turn(&the_place);
    struct mallinfo2 before = mallinfo2();
    http_server_close(&the_place.server);
    struct mallinfo2 after = mallinfo2();
    server_bytes = before.uordblks - after.uordblks;
    print_message("# an idle TLS connection holds %zu bytes\n", server_bytes / COUNT);
    /* A sanitizer's allocator tells mallinfo nothing, which passes too. */
    assert_true(server_bytes / COUNT < 16000);
    for (int i = 0; i < COUNT; i++) {
        SSL_free(tls[i]);
        close(fds[i]);
    }
    client_done(&clients[0]);
    place_done(&the_place);
}

static void refuses_what_is_no_certificate_or_no_key_to_it(void **state) {
    (void)state;
    static struct pair locked;
    struct sys sys = sys_real();
    make_pair(&locked, "locked.example", "a passphrase");
    char half[PEM_MAX];
    snprintf(half, sizeof half, "%.200s", the_pair.certificate);
    char broken_chain[2 * PEM_MAX];
    snprintf(broken_chain, sizeof broken_chain, "%s%s", the_pair.certificate, half);
    const struct {
        const char *certificate;
        const char *key;
    } rows[] = {
        {"", the_pair.key},           {"nonsense", the_pair.key},
        {half, the_pair.key},         {the_pair.certificate, ""},
        {the_pair.key, the_pair.key}, {the_pair.certificate, the_next.key},
        {broken_chain, the_pair.key}, {locked.certificate, locked.key},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_tls *tls = NULL;
        err e = http_tls_open(&sys, str_of(rows[i].certificate), str_of(rows[i].key), &tls);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_null(tls);
    }
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    for (int n = 1; n < FAULT_RUNS_MAX; n++) {
        struct fault fault;
        struct sys sys = fault_sys(&fault, n);
        struct http_tls *tls = NULL;
        err e = open_pair(&sys, &the_pair, &tls);
        http_tls_close(&tls);
        if (fault_ended(&fault, e)) return;
    }
    fail();
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    make_pair(&the_pair, "one.example", NULL);
    make_pair(&the_next, "two.example", NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_both_versions_and_keeps_the_connection),
        cmocka_unit_test(sends_large_bodies_and_files_whole),
        cmocka_unit_test(takes_a_body),
        cmocka_unit_test(says_goodbye_when_it_closes),
        cmocka_unit_test(refuses_old_versions_and_other_protocols),
        cmocka_unit_test(answers_plain_http_in_plain_words),
        cmocka_unit_test(survives_bytes_that_are_nothing),
        cmocka_unit_test(renews_the_certificate_under_open_connections),
        cmocka_unit_test(resumes_with_a_ticket),
        cmocka_unit_test(ends_a_handshake_that_takes_too_long),
        cmocka_unit_test(reads_a_proxys_header_before_the_handshake),
        cmocka_unit_test(costs_little_while_it_waits),
        cmocka_unit_test(refuses_what_is_no_certificate_or_no_key_to_it),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests_name("http tls", tests, NULL, NULL);
}
