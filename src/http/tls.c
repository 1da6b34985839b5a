/* tls.c: OpenSSL on our sockets. See http.h; nothing else in this room knows OpenSSL.
 *
 * A connection that waits should cost little: its SSL is made when the first byte has come, gives
 * its buffers back between records (SSL_MODE_RELEASE_BUFFERS), and no session is kept here: what a
 * client needs to come back quickly it carries itself, in a ticket. The tickets' keys live in the
 * process alone and change with the certificate. */
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "http/http_impl.h"

/* Forward secrecy and authenticated encryption alone; of TLS 1.3 all are such. */
static const char CIPHERS[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

enum { CHAIN_MAX = 16 };

struct http_tls {
    const struct sys *sys;
    SSL_CTX *context;
};

/* ---- A certificate and its key --------------------------------------------------------------- */

static err tls_error(const char *what) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    enum err_kind kind = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE ? ERR_NO_MEMORY : ERR_INVALID;
    err e = err_make(kind, __FILE__, __LINE__, "%s: %s", what,
                     reason != NULL ? reason : "it is not PEM, or not what it should be");
    ERR_clear_error();
    return e;
}

/* A key that needs a passphrase is refused; OpenSSL would ask at the terminal. */
static int no_passphrase(char *room, int size, int is_for_writing, void *ctx) {
    (void)room, (void)size, (void)is_for_writing, (void)ctx;
    return -1;
}

static err use_chain(SSL_CTX *context, BIO *text) {
    X509 *own = PEM_read_bio_X509(text, NULL, no_passphrase, NULL);
    if (own == NULL) return tls_error("the certificate");
    long used = SSL_CTX_use_certificate(context, own);
    X509_free(own);
    if (used != 1) return tls_error("the certificate");
    for (int i = 0; i < CHAIN_MAX; i++) {
        X509 *next = PEM_read_bio_X509(text, NULL, no_passphrase, NULL);
        if (next == NULL) break;
        used = SSL_CTX_add1_chain_cert(context, next);
        X509_free(next);
        if (used != 1) return tls_error("the certificate's chain");
    }
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!is_end) return tls_error("the certificate's chain");
    ERR_clear_error();
    return OK;
}

static err use_key(SSL_CTX *context, BIO *text) {
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, no_passphrase, NULL);
    if (key == NULL) return tls_error("the certificate's key");
    int used = SSL_CTX_use_PrivateKey(context, key);
    EVP_PKEY_free(key);
    if (used != 1 || SSL_CTX_check_private_key(context) != 1) {
        return tls_error("the certificate and its key");
    }
    return OK;
}

static err read_pem(SSL_CTX *context, str pem, err (*use)(SSL_CTX *context, BIO *text)) {
    if (pem.len > INT_MAX) FAIL(ERR_INVALID, "TLS: more than a certificate");
    BIO *text = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    if (text == NULL) return tls_error("TLS");
    err e = use(context, text);
    BIO_free(text);
    return e;
}

/* "http/1.1" when the client names it; a client that wants something else alone gets a clear no
 * (RFC 7301, 3.2). */
static int choose_protocol(SSL *tls, const unsigned char **ret_name, unsigned char *ret_len,
                           const unsigned char *names, unsigned size, void *ctx) {
    static const unsigned char OURS[] = "\x08http/1.1";
    (void)tls, (void)ctx;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, ret_len, OURS, sizeof OURS - 1, names, size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *ret_name = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static err set_up(SSL_CTX *context) {
    static const unsigned char ID[] = "http";
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_ENABLE_KTLS);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1); /* a record's head and body in one call */
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, CIPHERS) != 1 ||
        SSL_CTX_set_session_id_context(context, ID, sizeof ID - 1) != 1) {
        return tls_error("TLS");
    }
    return OK;
}

err http_tls_open(const struct sys *sys, str certificates, str key, struct http_tls **ret_tls) {
    CLEANUP(http_tls_close) struct http_tls *tls = sys->alloc(sys->ctx, sizeof *tls);
    if (tls == NULL) FAIL(ERR_NO_MEMORY, "no memory for a certificate");
    ERR_clear_error();
    *tls = (struct http_tls){.sys = sys, .context = SSL_CTX_new(TLS_server_method())};
    if (tls->context == NULL) return tls_error("TLS");
    TRY(set_up(tls->context));
    TRY(read_pem(tls->context, certificates, use_chain));
    TRY(read_pem(tls->context, key, use_key));
    *ret_tls = tls;
    tls = NULL;
    return OK;
}

void http_tls_close(struct http_tls **tls) {
    struct http_tls *t = *tls;
    *tls = NULL;
    if (t == NULL) return;
    SSL_CTX_free(t->context);
    t->sys->free(t->sys->ctx, t);
}

void http_server_use_tls(struct http_server *server, const struct http_tls *tls) {
    SSL_CTX_up_ref(tls->context);
    SSL_CTX_free(server->tls);
    server->tls = tls->context;
}

void tls_drop(struct http_server *server) {
    SSL_CTX_free(server->tls); /* accepts NULL */
    server->tls = NULL;
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* What a call that did not succeed says, as errno: EAGAIN to wait, another to end. */
static ssize_t fail_with(struct http_server *server, struct connection *c, int result) {
    int problem = SSL_get_error(c->tls, result);
    errno = EPROTO;
    if (problem == SSL_ERROR_WANT_READ) errno = EAGAIN;
    if (problem == SSL_ERROR_WANT_WRITE && connection_watch_writable(server, c)) errno = EAGAIN;
    /* After one of these OpenSSL must not be asked to say goodbye (SSL_get_error(3)). */
    if (problem == SSL_ERROR_SSL || problem == SSL_ERROR_SYSCALL) c->tls_is_broken = true;
    return -1;
}

/* Told of every call that OpenSSL makes on the socket (BIO_set_callback_ex(3)). A read that gave
 * less than there was room for has emptied it: it need not be read in vain to learn that. */
static long note_read(BIO *socket, int call, const char *bytes, size_t size, int argi, long argl,
                      int result, size_t *done) {
    (void)bytes, (void)argi, (void)argl;
    if (call == (BIO_CB_READ | BIO_CB_RETURN) && result > 0 && *done < size) {
        union {
            char *text;
            struct connection *connection; /* as it was given below */
        } whose = {.text = BIO_get_callback_arg(socket)};
        whose.connection->is_emptied = true;
    }
    return result;
}

static bool make_tls(struct http_server *server, struct connection *c) {
    union {
        struct connection *connection;
        char *text; /* OpenSSL hands it through */
    } whose = {.connection = c};
    c->tls = SSL_new(server->tls);
    if (c->tls == NULL || SSL_set_fd(c->tls, c->source.fd) != 1) return false;
    BIO_set_callback_arg(SSL_get_rbio(c->tls), whose.text);
    BIO_set_callback_ex(SSL_get_rbio(c->tls), note_read);
    return true;
}

enum tls_shaken tls_shake(struct http_server *server, struct connection *c) {
    if (server->tls == NULL) return TLS_FAILED;
    ERR_clear_error();
    if (c->tls == NULL && !make_tls(server, c)) return TLS_FAILED;
    int result = SSL_accept(c->tls);
    if (result == 1) return TLS_SHAKEN;
    if (fail_with(server, c, result) < 0 && errno == EAGAIN) return TLS_WAITS;
    if (ERR_GET_REASON(ERR_peek_error()) != SSL_R_HTTP_REQUEST) return TLS_FAILED;
    tls_free(c);
    return TLS_SPOKE_HTTP;
}

ssize_t tls_recv(struct http_server *server, struct connection *c, char *room, size_t size) {
    ERR_clear_error();
    c->is_emptied = false;
    int got = SSL_read(c->tls, room, size < INT_MAX ? (int)size : INT_MAX);
    if (got > 0) {
        bool has_more = !c->is_emptied || c->is_ended || SSL_has_pending(c->tls);
        c->is_readable = has_more;
        return got;
    }
    if (SSL_get_error(c->tls, got) == SSL_ERROR_ZERO_RETURN) return 0;
    return fail_with(server, c, got);
}

/* Copies what is next into one record: an answer's head and the begin of its body would else be two
 * records, each with its own cost. Asked again after EAGAIN it copies the same bytes, as OpenSSL
 * wants. 0 when there are no parts. */
static size_t gather(const struct output *output, char *room) {
    size_t used = 0;
    for (unsigned i = output->part_sent; i < output->part_count && used < TLS_ROOM_BYTES; i++) {
        const struct iovec *part = &output->parts[i];
        size_t size = TLS_ROOM_BYTES - used < part->iov_len ? TLS_ROOM_BYTES - used : part->iov_len;
        memcpy(room + used, part->iov_base, size);
        used += size;
    }
    return used;
}

ssize_t tls_send(struct http_server *server, struct connection *c) {
    const struct output *output = c->output;
    size_t size = gather(output, server->tls_room);
    ERR_clear_error();
    size_t left = TLS_ROOM_BYTES - size;
    if (left > output->file.len) left = (size_t)output->file.len;
    if (size == 0 && BIO_get_ktls_send(SSL_get_wbio(c->tls))) {
        ssize_t sent = SSL_sendfile(c->tls, output->file.fd, (off_t)output->file.at, left, 0);
        return sent >= 0 ? sent : fail_with(server, c, (int)sent);
    }
    if (left > 0) {
        ssize_t got = pread(output->file.fd, server->tls_room + size, left, (off_t)output->file.at);
        if (got <= 0) return got; /* it has become shorter, or cannot be read */
        size += (size_t)got;
    }
    int sent = SSL_write(c->tls, server->tls_room, (int)size);
    return sent > 0 ? sent : fail_with(server, c, sent);
}

void tls_say_goodbye(struct connection *c) {
    if (c->tls == NULL || c->tls_is_broken || !SSL_is_init_finished(c->tls)) return;
    ERR_clear_error();
    SSL_shutdown(c->tls); /* our half; whether the peer ever says its own does not matter */
}

void tls_free(struct connection *c) {
    SSL_free(c->tls); /* accepts NULL */
    c->tls = NULL;
}
