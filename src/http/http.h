/* http.h: an HTTP/1.1 server for one thread (RFC 9110, RFC 9112), on llhttp, epoll and OpenSSL.
 *
 * The caller opens listening sockets and gives them to a server together with one function, the
 * handler. The server reads requests, checks them, asks the handler for an answer and sends it:
 *
 *     static void answer(void *ctx, const struct http_request *request,
 *                        struct http_response *response) {
 *         response->status = 200;
 *         response->lines = STR("Content-Type: text/plain\r\n");
 *         response->body = STR("Hello\n");
 *     }
 *     ...
 *     struct http_options options = http_options_default();
 *     struct http_handler handler = {.answer = answer};
 *     TRY(http_server_open(&sys, &options, &handler, &server));
 *     TRY(http_server_listen(server, listener));
 *     while (!done) TRY(http_server_turn(server, -1));
 *     http_server_close(&server);
 *
 * What costs memory, and when: a connection that waits holds `struct connection` alone (under 200
 * bytes; under TLS OpenSSL's state is added). A buffer for a head is lent to it while bytes of a
 * request are there, and a batch for answers while answers leave; both go back to a pool. Once the
 * pools are warm nothing is allocated. Answers to pipelined requests leave in one system call,
 * heads and bodies gathered, and a body is never copied (under TLS it is, into the record).
 *
 * What a client cannot do: make a head longer than the limit, be slow beyond a deadline (for the
 * head as a whole, for the body's rate, for taking an answer, for saying nothing), take more than
 * its network's share of connections, hide a second request inside the first (two lengths, a length
 * and chunks, two hosts, folded lines, bare CR or LF and spaces before a colon are refused, and
 * after every refusal the connection ends), or name a file by a path with tricks in it.
 *
 * What it does not do: HTTP/2, transfer codings other than chunked, logging.
 *
 * The caller ignores SIGPIPE: sendfile(2) and OpenSSL have no other way to be quiet about a peer
 * that went away. */
#pragma once

#include "base/base.h"
#include "http/network.h"

/* ---- Requests ------------------------------------------------------------------------------- */

enum http_method { HTTP_METHOD_GET, HTTP_METHOD_HEAD, HTTP_METHOD_POST, HTTP_METHOD_OTHER };

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* A request whose head has been read and checked. Everything in it lives until the handler returns.
 * Invariant: `path` begins with '/' and has passed http_path; it is empty only where the target is
 * no path, which is so for some methods other than GET, HEAD and POST ("OPTIONS *", CONNECT). */
struct http_request {
    enum http_method method;
    int minor_version;   /* of HTTP/1: 0 or 1; a higher one is read as 1 */
    bool has_body;       /* at least one byte of it, or chunks, were announced */
    bool is_secure;      /* came by TLS, or by a trusted proxy that says so (X-Forwarded-Proto) */
    uint64_t body_bytes; /* as announced; HTTP_LENGTH_UNKNOWN when it comes in chunks */
    str target;          /* as it was sent */
    str path;            /* decoded and normalised */
    str query;           /* as it was sent, without '?'; empty when there is none */
    str host; /* of an absolute target or the Host field; empty in HTTP/1.0 without one */
    const struct http_peer *peer; /* who asks: the connection's other end, or who a trusted proxy
                                     says is behind it */
    const struct http_head *head;
};

/* The value of the `nth` field (from 0) of that name; ptr is NULL when there is none. ASCII case is
 * folded in names. A value has no white space at its ends. */
str http_request_field(const struct http_request *request, str name, unsigned nth);

/* ---- Answers -------------------------------------------------------------------------------- */

enum { HTTP_LINES_MAX = 6144 };

struct http_response;

/* Who takes the body of a request. The server calls `take` with each piece as it comes (transfer
 * coding undone, trailers dropped) and then exactly one of the other two. */
struct http_consumer {
    void *ctx;
    bool (*take)(void *ctx, str piece); /* false: no more is wanted; `end` follows at once, and the
                                           connection ends after the answer */
    /* The body is whole: fill the answer in, as a handler does, without a consumer. */
    void (*end)(void *ctx, struct http_response *response);
    void (*abort)(void *ctx); /* it never will be: the peer went away, was too slow, sent more than
                                 `body_max` or nonsense; the server itself has answered */
};

/* A piece of a file as body. The file must have these bytes until the token is released; one that
 * was cut shorter meanwhile ends the connection. */
struct http_file {
    int fd;
    uint64_t at;
    uint64_t len; /* 0: no file, `body` is sent */
};

/* What the handler fills in; it arrives zeroed. The server itself writes the status line, Date,
 * Content-Length and Connection, leaves the body out where there must be none (HEAD, 204, 304),
 * and ends the head. A part of something (206) is sent by naming that part as body or file, with
 * range.h's Content-Range among the lines. */
struct http_response {
    int status;  /* 200 to 599 */
    bool closes; /* end the connection after this answer */
    str lines;   /* further field lines, each with its CRLF, at most HTTP_LINES_MAX bytes; copied
                    when the handler returns */
    str body;    /* must stay readable until the token is released */
    struct http_file file; /* instead of `body` */
    void *token; /* not NULL: handed to `release` once, after the last byte of the body has left or
                    the connection has died */

    /* Instead of all of the above: read the request's body first. With a consumer an "Expect:
     * 100-continue" is answered; without one the body is read and dropped if it is small
     * (unwanted_bytes), else the connection ends. */
    struct http_consumer consumer; /* there is one when `end` is not NULL */
    uint64_t body_max;             /* bytes; a longer body is answered 413 */
};

/* What the server asks of its owner. All run in the server's thread, inside http_server_turn, and
 * must neither block nor call the server, http_server_drain excepted. */
struct http_handler {
    void *ctx;
    void (*answer)(void *ctx, const struct http_request *request, struct http_response *response);
    void (*release)(void *ctx, void *token); /* may be NULL when no token is ever given */
    void (*trouble)(void *ctx, err problem); /* may be NULL: what the operator should know (no more
                                                descriptors), at most once a second */
};

/* ---- Options -------------------------------------------------------------------------------- */

enum {
    HTTP_FIELDS_MAX = 64,      /* in one head */
    HTTP_EXTENSIONS_MAX = 512, /* bytes of chunk extensions in one body; they mean nothing */
    HTTP_TRAILERS_MAX = 4096,  /* bytes of trailers of one body; they are checked and dropped */
};

/* Every limit. http_options_default gives the values in brackets. */
struct http_options {
    unsigned connections_max; /* at most so many at once; one more closes the one that has been idle
                                 longest, or is answered 503 [16384] */
    unsigned per_network_max; /* connections from one network; trusted ones are not counted; 0: no
                                 limit. Networks share 4096 counters: two may be held for one, but
                                 nobody gets more [1024] */
    unsigned network_v6_bits; /* of an IPv6 address that make a network; IPv4: all of it [64] */
    unsigned head_bytes;      /* request line and fields together, 256 to 65535 [8192] */
    unsigned head_ms;       /* from the first byte of a head to its last; for the TLS handshake, and
                                 for the PROXY header, from the connection's begin [10000] */
    unsigned body_ms;       /* in which a body must grow by body_bytes, or end [10000] */
    unsigned body_bytes;    /* [4096] */
    unsigned body_total_ms; /* for all of a body [600000] */
    unsigned unwanted_bytes; /* of a body that no consumer takes [65536] */
    unsigned idle_ms;        /* between requests, and before the first [60000] */
    unsigned write_ms;       /* in which a reader must take write_bytes, or the rest [30000] */
    unsigned write_bytes;    /* [4096] */
    unsigned linger_ms;      /* how long a refused client's bytes are still taken, so that it can
                                 read why (RFC 9112, 9.6) [2000] */
    unsigned drain_ms;       /* how long a drain waits for answers under way [10000] */
    unsigned drain_idle_ms;  /* how long it leaves idle connections, to answer what comes [1000] */
    str error_lines;         /* field lines for the server's own answers (400, 408 ...) [none] */
    struct http_networks trusted; /* proxies whose X-Forwarded-For, X-Forwarded-Proto and PROXY
                                     headers are believed [none] */
};
struct http_options http_options_default(void);

/* ---- TLS ------------------------------------------------------------------------------------ */

/* A certificate and its key, ready to be used: TLS 1.2 with forward secrecy and authenticated
 * ciphers, and TLS 1.3; session tickets; ALPN "http/1.1"; kTLS where the kernel has it. */
struct http_tls;

/* Reads the chain (the server's certificate first) and its key from PEM text, so that the process
 * which serves needs neither file.
 * owns:  *ret_tls, close with http_tls_close; a server that uses it, and its connections, hold it
 *        for themselves.
 * fails: ERR_INVALID (what is wrong with either, or they do not belong together), ERR_NO_MEMORY. */
err http_tls_open(const struct sys *sys, str certificates, str key,
                  struct http_tls **ret_tls) MUST_USE;
void http_tls_close(struct http_tls **tls);

/* ---- Life cycle ----------------------------------------------------------------------------- */

struct http_server;

/* Makes a server that listens to nothing yet. The options and the handler are copied; the strings
 * in the options, `sys` and the handler's context must outlive the server.
 * owns:  *ret_server, close with http_server_close.
 * fails: ERR_INVALID (an option out of its range), ERR_NO_MEMORY, ERR_IO. */
err http_server_open(const struct sys *sys, const struct http_options *options,
                     const struct http_handler *handler, struct http_server **ret_server) MUST_USE;

/* Ends every connection and frees everything; the listeners and watched files stay the caller's. */
void http_server_close(struct http_server **server);

/* Accepts plain connections from `listener`, a listening stream socket of the caller's, new or
 * inherited from a server that drains; made non-blocking.
 * fails: ERR_LIMIT (more than 8), ERR_IO. */
err http_server_listen(struct http_server *server, int listener) MUST_USE;

/* What else a listener may be. */
struct http_listening {
    bool speaks_tls;   /* http_server_use_tls comes before the first connection */
    bool speaks_proxy; /* each connection begins with a PROXY v2 header; from options.trusted alone,
                          others are closed */
};
err http_server_listen_as(struct http_server *server, int listener,
                          const struct http_listening *how) MUST_USE;

/* Uses `tls` for connections from now on; those that are there keep what they began with. So a
 * renewed certificate is another call. */
void http_server_use_tls(struct http_server *server, const struct http_tls *tls);

/* Has `ready(ctx)` called in a turn whenever `fd`, which stays the caller's, can be read: for
 * signals and other things that share the loop. fails: ERR_LIMIT (more than 8), ERR_IO. */
err http_server_watch(struct http_server *server, int fd, void (*ready)(void *ctx),
                      void *ctx) MUST_USE;

/* ---- Running -------------------------------------------------------------------------------- */

/* Waits until something happens, at most `wait_ms` (-1: as long as no deadline falls), and does
 * what there is to do. Trouble with one connection ends that connection only.
 * fails: ERR_IO when the kernel's waiting itself fails; nothing can be served any more then. */
err http_server_turn(struct http_server *server, int wait_ms) MUST_USE;

/* A descriptor that can be read while a turn has something to do: for running this server's turns
 * in another's loop (http_server_watch). */
int http_server_fd(const struct http_server *server);

/* Begins the end: nothing is accepted any more, every answer says that it is the last; connections
 * that ask nothing within drain_idle_ms end, and what is still under way after drain_ms is cut. So
 * who has just connected is answered, and who asks often learns of the end from an answer.
 * http_server_is_drained tells when all is over. The listeners stay open: whoever else holds one
 * (another process that inherited it, another server here) gets every connection that was not
 * accepted. A second call changes nothing. */
void http_server_drain(struct http_server *server);
bool http_server_is_drained(const struct http_server *server);

/* Sums since the start, none about anybody. */
struct http_counters {
    uint64_t accepted;   /* connections */
    uint64_t requests;   /* asked of the handler */
    uint64_t bodies;     /* that reached a consumer whole */
    uint64_t refused;    /* heads, bodies and handshakes that were answered by the server itself */
    uint64_t late;       /* connections ended by a deadline of head, body or reader */
    uint64_t overflowed; /* answered 503, or idle and closed for a newer one */
    uint64_t crowded;    /* turned away because their network has enough */
    uint64_t accept_failures; /* EMFILE and its kin */
    uint64_t connections;     /* open now */
    uint64_t bytes_held;      /* memory of connections, buffers and batches now */
};
struct http_counters http_server_counters(const struct http_server *server);

/* ---- Helpers for handlers (pure) ------------------------------------------------------------- */

/* Decodes and normalises the path of a request target (RFC 3986, 6.2.2): percent-encoding is
 * undone, empty and "." parts vanish, ".." takes the part before it, a final '/' stays. `room` has
 * at least raw.len bytes and may be raw's own memory.
 * False for what is refused: no '/' in front, an encoding that is none, NUL and other control
 * characters, a backslash, an encoded '/', bytes that are not UTF-8, ".." above the root. */
bool http_path(str raw, char *room, str *ret_path);

/* How much a client wants the content coding `coding` (lower case), 0 (not at all) to 1000, by one
 * value of Accept-Encoding (RFC 9110, 12.5.3). "identity" is acceptable unless refused. A field
 * that does not parse counts as absent for the part that does not. */
unsigned http_coding_quality(str accept_encoding, str coding);

/* Whether a value of If-None-Match names the entity tag `etag` (with its quotes) by weak
 * comparison, or is "*" (RFC 9110, 13.1.2). */
bool http_etag_listed(str if_none_match, str etag);
