/* http_impl.h: what the files of this room share.
 *
 *     listener --accept--> connection --bytes--> input (a head, parsed) --handler--> output -->
 * peer
 *
 * A connection is small and lives long; an input and an output are large and lent for a moment.
 *
 * Invariant: outside of connection_drive every open connection stands in exactly one deadline list,
 * the one of the thing it waits for. So there is no other register of connections. */
#pragma once

#include <llhttp.h>
#include <sys/uio.h>

#include "http/http.h"

/* ---- Sources of events: the first member of whatever epoll points to ------------------------- */

enum source_kind { SOURCE_CONNECTION, SOURCE_LISTENER, SOURCE_WATCH };

struct source {
    enum source_kind kind;
    int fd;
};

struct listener {
    struct source source;
    struct http_listening how;
};

/* ---- Heads ----------------------------------------------------------------------------------- */

/* A piece of the head that is being read, as offset from its first byte: heads move in memory. */
struct span {
    uint16_t at;
    uint16_t len;
};

/* How far a body has been read. */
struct body {
    bool is_chunked;
    uint8_t state;  /* enum chunk_state */
    uint8_t digits; /* of this chunk's size */
    uint16_t extension_bytes;
    uint16_t trailer_bytes;
    uint64_t left;  /* bytes of the body, or of this chunk */
    uint64_t taken; /* bytes of the body so far */
};

void body_begin(struct body *body, bool is_chunked, uint64_t bytes);

/* Reads on in `bytes`: 0 when there is more to come (call again with what is behind *ret_used), 200
 * when the body ends there, else the status to refuse with. *ret_piece, a part of `bytes`, may be
 * empty; what is behind *ret_used belongs to the next request once it is 200. */
int body_read(struct body *body, str bytes, size_t *ret_used, str *ret_piece);

/* What a request is read with: its head, and after it the state of its body. */
struct http_head {
    struct http_head *next; /* in the pool */
    llhttp_t parser;
    bool keeps_alive;  /* the peer would go on after this request */
    bool is_head;      /* the method is HEAD */
    bool is_old;       /* HTTP/1.0 */
    bool is_tunnel;    /* CONNECT: what follows is no HTTP */
    bool expects_word; /* "100 Continue", before it sends the body */
    bool in_body;      /* the head is answered or has a consumer: what comes belongs to the body */
    struct body body;
    struct http_consumer consumer; /* `end` is NULL: nobody wants it */
    uint64_t body_max;
    uint64_t body_mark;   /* bytes of the body when its deadline was set */
    int64_t body_ends_ns; /* when it must be whole */
    size_t start;         /* where the head being read begins in `bytes` */
    size_t parsed;        /* up to here the parser has seen it */
    size_t end;           /* up to here there are bytes */
    int refusal;          /* status chosen by a callback of the parser, or 0 */
    unsigned field_count;
    struct span target;
    struct {
        struct span name;
        struct span value;
    } fields[HTTP_FIELDS_MAX];
    char bytes[]; /* options.head_bytes of them */
};

/* Makes it empty; and ready for the next head when one has been used up. */
void head_reset(struct http_head *head);
void head_next(struct http_head *head);

/* Reads on in the bytes that are there: 0 when more are needed, 200 when *ret_request is whole,
 * else the status to refuse with. `room` takes the normalised path; it has head_bytes bytes. */
int head_parse(struct http_head *head, char *room, struct http_request *ret_request);

/* The status for a head that fills the whole buffer and is not finished. */
int head_overflow(const struct http_head *head);

/* ---- Answers on their way -------------------------------------------------------------------- */

enum {
    OUTPUT_ANSWERS = 16, /* leave in one system call */
    OUTPUT_HEAD_BYTES = 24 << 10,
    OUTPUT_PREFIX_MAX = 256, /* what the server itself writes into one head */
};

struct output {
    struct output *next; /* in the pool */
    unsigned answer_count;
    unsigned answer_sent;
    unsigned part_count;
    unsigned part_sent;
    size_t head_used;
    struct {
        void *token;
        unsigned part_end; /* this answer is out when so many parts are */
    } answers[OUTPUT_ANSWERS];
    struct http_file file; /* behind all parts: what is left of it. It ends the batch */
    struct iovec parts[2 * OUTPUT_ANSWERS + 1];
    char heads[OUTPUT_HEAD_BYTES];
};

/* Whether no further answer fits; and whether all of them have left. */
bool output_is_full(const struct output *output);
bool output_is_out(const struct output *output);

/* How an answer is framed: beside what the handler said. */
struct framing {
    bool omits_body;  /* the request was HEAD */
    bool closes;      /* say that the connection ends */
    bool keeps_alive; /* say that it does not: an HTTP/1.0 client asked for that */
    str date;         /* the Date line, with CRLF */
};
void output_add(struct output *output, const struct http_response *response,
                const struct framing *framing);

/* "100 Continue": send the body (RFC 9110, 15.2.1). */
void output_add_word(struct output *output);

/* ---- Connections ----------------------------------------------------------------------------- */

/* What a connection waits for; each has one length of time, so each list is in order of ending. */
enum deadline {
    DEADLINE_NONE,
    DEADLINE_AGAIN,  /* for its next turn: it has had its share of this one; no time */
    DEADLINE_HEAD,   /* for the rest of a head, of a handshake, of a PROXY header */
    DEADLINE_BODY,   /* for more of a body */
    DEADLINE_IDLE,   /* for a request */
    DEADLINE_WRITE,  /* for the peer to take bytes */
    DEADLINE_LINGER, /* for a refused peer to end */
    DEADLINE_COUNT
};

/* What a connection must do before its first request, in this order. */
enum entry { ENTRY_DONE, ENTRY_TLS, ENTRY_PROXY };

struct connection {
    struct source source;
    uint8_t deadline;    /* enum deadline: the list it stands in */
    uint8_t entry;       /* enum entry */
    bool needs_tls;      /* after the PROXY header */
    bool is_trusted;     /* the other end is a proxy whose word counts */
    bool is_counted;     /* among the connections of its network */
    bool is_watched;     /* epoll has it */
    bool is_readable;    /* the kernel may have bytes for us */
    bool is_ended;       /* the peer has said its last: reading must go on to the end */
    bool wants_writable; /* epoll has been asked to tell when the peer takes more */
    bool is_closing;     /* nothing is read any more; ends when the output is out */
    bool is_refused;     /* ... and then lingers */
    bool is_lingering;
    bool tls_is_broken; /* OpenSSL has met an error: it says no goodbye */
    bool is_emptied;    /* OpenSSL has read all that the kernel had */
    uint32_t sent;      /* bytes the kernel took from us, modulo 2^32 */
    uint32_t taken;     /* bytes the peer had taken when its write deadline was set */
    int64_t ends_ns;
    struct connection *newer;
    struct connection *older;
    struct http_head *head; /* lent while bytes of a request are there */
    struct output *output;  /* lent while answers are under way */
    struct ssl_st *tls;     /* OpenSSL's SSL; NULL when plain, and before the first byte came */
    struct http_peer peer;
};

/* What the steps of a drive tell: go on with the next, or this connection is done for now (it waits
 * in a deadline list, or it is gone). */
enum step { STEP_ON, STEP_DONE };

/* Does all that can be done now: sends, answers, reads, until the kernel has no more for either. */
void connection_drive(struct http_server *server, struct connection *c);
void connection_expire(struct http_server *server, struct connection *c);
void connection_close(struct http_server *server, struct connection *c);
/* Has epoll tell what happens to it; and when the peer takes more, which is asked for once in a
 * connection's life. */
bool connection_watch(struct http_server *server, struct connection *c);
bool connection_watch_writable(struct http_server *server, struct connection *c);
/* Counts it among those of its network, if those are counted; false when there are enough. */
bool connection_count(struct http_server *server, struct connection *c);

/* Sends what is under way (send.c). */
enum step send_output(struct http_server *server, struct connection *c);
/* The time for sending is over: goes on waiting for a reader that takes enough, or closes. */
void send_expires(struct http_server *server, struct connection *c);
/* Lets go of the answers that will not be sent. */
void send_abandon(struct http_server *server, struct connection *c);

/* Answers whole requests that are here, as many as one batch holds (answer.c). Whether anything was
 * answered is seen in c->output; false when there is no memory for a batch. */
bool answer_all(struct http_server *server, struct connection *c);
/* Puts an answer of the server's own behind what is under way and ends the connection after it.
 * False when there was no memory for it and the connection is gone. */
bool answer_refuse(struct http_server *server, struct connection *c, int status);
/* The time for a piece of body is over: goes on if it grew enough, or ends the connection. */
void answer_body_expires(struct http_server *server, struct connection *c);
/* Tells the consumer of a body under way that it will not be whole. */
void answer_abandon(struct http_server *server, struct connection *c);

/* PROXY header and handshake (entry.c). */
enum step entry_go(struct http_server *server, struct connection *c);

/* TLS (tls.c). As recv(2) and accept, with errno EAGAIN where one has to wait; tls_send takes from
 * the parts and the file of the output. 0 from tls_recv is the end of the peer's bytes. */
enum tls_shaken { TLS_SHAKEN, TLS_WAITS, TLS_FAILED, TLS_SPOKE_HTTP };
enum tls_shaken tls_shake(struct http_server *server, struct connection *c);
ssize_t tls_recv(struct http_server *server, struct connection *c, char *room, size_t size);
ssize_t tls_send(struct http_server *server, struct connection *c);
void tls_say_goodbye(struct connection *c);
void tls_free(struct connection *c);
void tls_drop(struct http_server *server);

/* ---- The server ------------------------------------------------------------------------------ */

enum {
    LISTENERS_MAX = 8,
    WATCHES_MAX = 8,
    EVENTS_MAX = 256,
    SLAB_CONNECTIONS = 64,
    TLS_ROOM_BYTES = 16 << 10
};

struct slab {
    struct slab *next;
    struct connection connections[SLAB_CONNECTIONS];
};

struct watch {
    struct source source;
    void (*ready)(void *ctx);
    void *ctx;
};

struct deadline_list {
    struct connection *oldest;
    struct connection *newest;
    int64_t length_ns;
};

struct http_server {
    const struct sys *sys;
    struct http_options options;
    struct http_handler handler;
    int epoll;
    bool is_draining;
    bool is_deaf;         /* the listeners are out of epoll: descriptors ran out, or draining */
    int64_t hears_at_ns;  /* when a deaf server listens again */
    int64_t told_ns;      /* when `trouble` was last called */
    int64_t idle_ends_ns; /* when a drain closes who asks nothing */
    int64_t drained_ns;   /* when a drain cuts what is left */
    int64_t now_ns;       /* asked once per turn */
    int64_t date_second;
    char date[64];          /* 37 of them used */
    int spare;              /* a descriptor kept for the day when there are no others */
    struct ssl_ctx_st *tls; /* OpenSSL's SSL_CTX for new connections, or NULL */
    struct listener listeners[LISTENERS_MAX];
    struct watch watches[WATCHES_MAX];
    unsigned listener_count;
    unsigned watch_count;
    struct deadline_list deadlines[DEADLINE_COUNT];
    struct slab *slabs;
    struct connection *unused; /* linked by `newer` */
    struct http_head *heads;   /* the pools */
    struct output *outputs;
    unsigned head_count; /* in the pools */
    unsigned output_count;
    struct http_counters counters;
    uint64_t crowd_seed;
    uint32_t *crowd; /* CROWD_ROWS rows of CROWD_COUNTS: connections by network */
    char *path_room; /* head_bytes of them */
    char *tls_room;  /* TLS_ROOM_BYTES: one record, gathered */
};

/* Connections by network (crowd.c). True, and counted, when the peer's network may have one
 * more. */
enum { CROWD_ROWS = 2, CROWD_COUNTS = 4096 };
bool crowd_enter(struct http_server *server, const struct http_peer *peer);
void crowd_leave(struct http_server *server, const struct http_peer *peer);

void deadline_set(struct http_server *server, struct connection *c, enum deadline kind);
void deadline_clear(struct http_server *server, struct connection *c);

/* The pools. The takers give NULL when the allocator refuses; the givers accept NULL inside. */
struct connection *connection_take(struct http_server *server);
void connection_give(struct http_server *server, struct connection *c);
bool head_take(struct http_server *server, struct connection *c);
void head_give(struct http_server *server, struct connection *c);
bool output_take(struct http_server *server, struct connection *c);
void output_give(struct http_server *server, struct connection *c);
void pools_free(struct http_server *server);

/* The Date line of this second, with CRLF (RFC 9110, 6.6.1). */
str server_date(struct http_server *server);

/* The loop (server.c). */
err epoll_add(struct http_server *server, struct source *source, uint32_t events) MUST_USE;

/* Who comes in (accept.c): takes what waits at a listener; stops and begins to listen; keeps a
 * descriptor in reserve. */
void accept_some(struct http_server *server, const struct listener *listener);
void accept_stop(struct http_server *server);
void accept_again(struct http_server *server);
void accept_keep_spare(struct http_server *server);
