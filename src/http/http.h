/* http.h: an HTTP/1.1 server for one thread (RFC 9110, RFC 9112), on llhttp and epoll.
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
 * What costs memory, and when: a connection that waits holds `struct connection` alone (under 100
 * bytes). A buffer for a head is lent to it while bytes of a request are there, and a batch for
 * answers while answers leave; both go back to a pool. Once the pools are warm nothing is
 * allocated. Answers to pipelined requests leave in one system call, heads and bodies gathered, and
 * a body is never copied.
 *
 * What a client cannot do: make a head longer than the limit, be slow beyond a deadline (for the
 * head as a whole, for taking an answer, for saying nothing), hide a second request inside the
 * first (two lengths, two hosts, folded lines, bare CR or LF and spaces before a colon are refused,
 * and after every refusal the connection ends), or name a file by a path with tricks in it.
 *
 * What it does not do: read bodies (a request that announces one is answered and its connection
 * ended), TLS, HTTP/2, logging. It knows no file and no address of a client. */
#pragma once

#include "base/base.h"

/* ---- Requests ------------------------------------------------------------------------------- */

enum http_method { HTTP_METHOD_GET, HTTP_METHOD_HEAD, HTTP_METHOD_OTHER };

/* A request whose head has been read and checked. Everything in it lives until the handler returns.
 * Invariant: `path` begins with '/' and has passed http_path; it is empty only where the target is
 * no path, which is so for some methods other than GET and HEAD ("OPTIONS *", CONNECT). */
struct http_request {
    enum http_method method;
    int minor_version; /* of HTTP/1: 0 or 1; a higher one is read as 1 */
    bool has_body;     /* a body was announced (or it is CONNECT); the connection ends after the
                          answer */
    str target;        /* as it was sent */
    str path;          /* decoded and normalised */
    str query;         /* as it was sent, without '?'; empty when there is none */
    str host;          /* of an absolute target or the Host field; empty in HTTP/1.0 without one */
    const struct http_head *head;
};

/* The value of the `nth` field (from 0) of that name; ptr is NULL when there is none. ASCII case is
 * folded in names. A value has no white space at its ends. */
str http_request_field(const struct http_request *request, str name, unsigned nth);

/* ---- Answers -------------------------------------------------------------------------------- */

enum { HTTP_LINES_MAX = 6144 };

/* What the handler fills in; it arrives zeroed. The server itself writes the status line, Date,
 * Content-Length and Connection, leaves the body out where there must be none (HEAD, 204, 304),
 * and ends the head. */
struct http_response {
    int status;  /* 200 to 599 */
    bool closes; /* end the connection after this answer */
    str lines;   /* further field lines, each with its CRLF, at most HTTP_LINES_MAX bytes; copied
                    when the handler returns */
    str body;    /* must stay readable until the token is released */
    void *token; /* not NULL: handed to `release` once, after the last byte of the body has left or
                    the connection has died */
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

enum { HTTP_FIELDS_MAX = 64 };

/* Every limit. http_options_default gives the values in brackets. */
struct http_options {
    unsigned connections_max; /* at most so many at once; one more closes the one that has been idle
                                 longest, or is answered 503 [16384] */
    unsigned head_bytes;      /* request line and fields together, 256 to 65535 [8192] */
    unsigned head_ms;         /* from the first byte of a head to its last [10000] */
    unsigned idle_ms;         /* between requests, and before the first [60000] */
    unsigned write_ms;        /* in which a reader must take write_bytes, or the rest [30000] */
    unsigned write_bytes;     /* [4096] */
    unsigned linger_ms;       /* how long a refused client's bytes are still taken, so that it can
                                 read why (RFC 9112, 9.6) [2000] */
    unsigned drain_ms;        /* how long a drain waits for answers under way [10000] */
    str error_lines;          /* field lines for the server's own answers (400, 408 ...) [none] */
};
struct http_options http_options_default(void);

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

/* Accepts connections from `listener`, a listening stream socket of the caller's; made
 * non-blocking. fails: ERR_LIMIT (more than 8), ERR_IO. */
err http_server_listen(struct http_server *server, int listener) MUST_USE;

/* Has `ready(ctx)` called in a turn whenever `fd`, which stays the caller's, can be read: for
 * signals and other things that share the loop. fails: ERR_LIMIT (more than 8), ERR_IO. */
err http_server_watch(struct http_server *server, int fd, void (*ready)(void *ctx),
                      void *ctx) MUST_USE;

/* ---- Running -------------------------------------------------------------------------------- */

/* Waits until something happens, at most `wait_ms` (-1: as long as no deadline falls), and does
 * what there is to do. Trouble with one connection ends that connection only.
 * fails: ERR_IO when the kernel's waiting itself fails; nothing can be served any more then. */
err http_server_turn(struct http_server *server, int wait_ms) MUST_USE;

/* Begins the end: nothing is accepted any more, idle connections end, every answer says that it is
 * the last; what is still under way after drain_ms is cut. http_server_is_drained tells when all is
 * over. A second call changes nothing. */
void http_server_drain(struct http_server *server);
bool http_server_is_drained(const struct http_server *server);

/* Sums since the start, none about anybody. */
struct http_counters {
    uint64_t accepted;        /* connections */
    uint64_t requests;        /* asked of the handler */
    uint64_t refused;         /* heads that were answered by the server itself */
    uint64_t late;            /* connections ended by a deadline of head or reader */
    uint64_t overflowed;      /* answered 503, or idle and closed for a newer one */
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
