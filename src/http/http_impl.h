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

/* ---- Heads ----------------------------------------------------------------------------------- */

/* A piece of the head that is being read, as offset from its first byte: heads move in memory. */
struct span {
    uint16_t at;
    uint16_t len;
};

struct http_head {
    struct http_head *next; /* in the pool */
    llhttp_t parser;
    size_t start;  /* where the head being read begins in `bytes` */
    size_t parsed; /* up to here the parser has seen it */
    size_t end;    /* up to here there are bytes */
    int refusal;   /* status chosen by a callback of the parser, or 0 */
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
    struct iovec parts[2 * OUTPUT_ANSWERS];
    char heads[OUTPUT_HEAD_BYTES];
};

bool output_is_full(const struct output *output);

/* How an answer is framed: beside what the handler said. */
struct framing {
    bool omits_body;  /* the request was HEAD */
    bool closes;      /* say that the connection ends */
    bool keeps_alive; /* say that it does not: an HTTP/1.0 client asked for that */
    str date;         /* the Date line, with CRLF */
};
void output_add(struct output *output, const struct http_response *response,
                const struct framing *framing);

/* ---- Connections ----------------------------------------------------------------------------- */

/* What a connection waits for; each has one length of time, so each list is in order of ending. */
enum deadline {
    DEADLINE_NONE,
    DEADLINE_AGAIN,  /* for its next turn: it has had its share of this one; no time */
    DEADLINE_HEAD,   /* for the rest of a head */
    DEADLINE_IDLE,   /* for a request */
    DEADLINE_WRITE,  /* for the peer to take bytes */
    DEADLINE_LINGER, /* for a refused peer to end */
    DEADLINE_COUNT
};

struct connection {
    struct source source;
    uint8_t deadline;    /* enum deadline: the list it stands in */
    bool is_readable;    /* the kernel may have bytes for us */
    bool is_ended;       /* the peer has said its last: reading must go on to the end */
    bool wants_writable; /* epoll has been asked to tell when the peer takes more */
    bool is_closing;     /* nothing is read any more; ends when the output is out */
    bool is_refused;     /* ... and then lingers */
    bool is_lingering;
    uint32_t sent;  /* bytes the kernel took from us, modulo 2^32 */
    uint32_t taken; /* bytes the peer had taken when its write deadline was set */
    int64_t ends_ns;
    struct connection *newer;
    struct connection *older;
    struct http_head *head; /* lent while bytes of a request are there */
    struct output *output;  /* lent while answers are under way */
};

/* Does all that can be done now: sends, answers, reads, until the kernel has no more for either. */
void connection_drive(struct http_server *server, struct connection *c);
void connection_expire(struct http_server *server, struct connection *c);
void connection_close(struct http_server *server, struct connection *c);
/* Puts an answer of the server's own behind what is under way and ends the connection after it. */
void connection_refuse(struct http_server *server, struct connection *c, int status);

/* ---- The server ------------------------------------------------------------------------------ */

enum { LISTENERS_MAX = 8, WATCHES_MAX = 8, EVENTS_MAX = 256, SLAB_CONNECTIONS = 64 };

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
    bool is_deaf;        /* the listeners are out of epoll: descriptors ran out, or draining */
    int64_t hears_at_ns; /* when a deaf server listens again */
    int64_t told_ns;     /* when `trouble` was last called */
    int64_t drained_ns;  /* when a drain cuts what is left */
    int64_t now_ns;      /* asked once per turn */
    int64_t date_second;
    char date[64]; /* 37 of them used */
    struct source listeners[LISTENERS_MAX];
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
    char *path_room; /* head_bytes of them */
};

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
