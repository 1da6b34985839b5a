/* wire.h: typed messages between our processes.
 *
 * A message is a C struct with a SHAPE beside it: a const table that says which members it has.
 * From the shape one pair of functions writes and reads every message, so there is one reader of
 * foreign bytes to get right, and the bytes of a struct are canonical: equal structs, equal bytes.
 * That makes the packed form fit for hashing and signing too.
 *
 * Packed form: the members in the order of the shape; numbers as eight bytes little-endian, a text
 * as its length (four bytes) and its bytes, a list as its count (four bytes) and its items, a fixed
 * run as its bytes. Nothing else: no tags, no gaps.
 *
 * On a socket each message is preceded by a head of eight bytes, length and type, and may carry
 * open files. Reading trusts nothing: lengths, counts, UTF-8 of texts, depth, and that nothing is
 * left. */
#pragma once

#include "base/base.h"

enum wire_kind {
    WIRE_NUMBER, /* int64_t */
    WIRE_TEXT,   /* str, UTF-8 */
    WIRE_BYTES,  /* str, any bytes */
    WIRE_FIXED,  /* an array of `max` bytes */
    WIRE_LIST,   /* pointer to items, and a size_t count */
    WIRE_NESTED, /* a struct inside the struct */
};

struct wire_shape;

struct wire_member {
    enum wire_kind kind;
    size_t offset;
    size_t max;                    /* bytes of a text, items of a list, bytes of a fixed run */
    size_t count_offset;           /* of a list */
    const struct wire_shape *item; /* of a list or a nested struct */
};

struct wire_shape {
    const char *name; /* for errors */
    size_t size;      /* sizeof the struct */
    const struct wire_member *members;
    size_t count;
};

/* For the tables: WIRE_M_TEXT(struct gate_person, pseudonym, LIMIT_NAME_BYTES). */
#define WIRE_M_NUMBER(type, member)                                                                \
    { .kind = WIRE_NUMBER, .offset = offsetof(type, member) }
#define WIRE_M_TEXT(type, member, limit)                                                           \
    { .kind = WIRE_TEXT, .offset = offsetof(type, member), .max = (limit) }
#define WIRE_M_BYTES(type, member, limit)                                                          \
    { .kind = WIRE_BYTES, .offset = offsetof(type, member), .max = (limit) }
#define WIRE_M_FIXED(type, member)                                                                 \
    { .kind = WIRE_FIXED, .offset = offsetof(type, member), .max = sizeof(((type *)0)->member) }
#define WIRE_M_LIST(type, member, counter, limit, shape)                                           \
    {                                                                                              \
        .kind = WIRE_LIST, .offset = offsetof(type, member), .max = (limit),                       \
        .count_offset = offsetof(type, counter), .item = (shape)                                   \
    }
#define WIRE_M_NESTED(type, member, shape)                                                         \
    { .kind = WIRE_NESTED, .offset = offsetof(type, member), .item = (shape) }
#define WIRE_SHAPE(type, table)                                                                    \
    { .name = #type, .size = sizeof(type), .members = (table), .count = COUNT_OF(table) }

/* Appends the packed form of `*message`. A failure shows in the buf; it is ERR_LIMIT when a text or
 * a list is longer than its shape allows. */
void wire_pack(struct buf *b, const struct wire_shape *shape, const void *message);

/* Reads all of `bytes` into `*ret_message` (a struct of shape->size bytes). Texts borrow from
 * `bytes`, lists live in `a`. fails: ERR_INVALID, ERR_LIMIT, ERR_NO_MEMORY; output undefined
 * then. */
err wire_unpack(struct arena *a, const struct wire_shape *shape, str bytes,
                void *ret_message) MUST_USE;

/* ---- On a socket ---------------------------------------------------------------------------- */

enum { WIRE_FILES_MAX = 208 }; /* an index and its packs; Linux allows 253 (SCM_MAX_FD) */

struct wire_message {
    uint32_t type;
    str bytes; /* packed */
    int files[WIRE_FILES_MAX];
    size_t file_count;
};

/* Sends one message whole; the files stay the caller's. fails: ERR_IO (the other side is gone). */
err wire_send(int socket, uint32_t type, str bytes, const int *files, size_t file_count) MUST_USE;

/* Receives one message, waiting at most `seconds` (0: for ever). Files received are the caller's to
 * close. fails: ERR_NOT_FOUND (the other side closed, between messages), ERR_IO, ERR_INVALID,
 * ERR_LIMIT, ERR_BUSY (nothing came in time), ERR_NO_MEMORY. */
err wire_receive(struct arena *a, int socket, unsigned seconds,
                 struct wire_message *ret_message) MUST_USE;
void wire_close_files(struct wire_message *message);

/* For who serves many sockets at once, and must wait for none of them: a message comes in and goes
 * out as far as the socket takes it now. Both structs begin as zeros and serve one message. */
struct wire_arrival {
    char head[8];
    size_t got; /* bytes of head and body together */
    char *body;
    size_t room;
    struct wire_message message; /* whole when *ret_is_whole; its files are the caller's to close */
};
/* fails: ERR_NOT_FOUND (the other side closed, wherever it was), ERR_IO, ERR_LIMIT,
 * ERR_NO_MEMORY. */
err wire_arrive(struct arena *a, int socket, struct wire_arrival *arrival,
                bool *ret_is_whole) MUST_USE;

struct wire_departure {
    uint32_t type;
    str bytes;   /* stay the caller's */
    size_t sent; /* of head and bytes together */
};
/* fails: ERR_IO (the other side is gone). */
err wire_depart(int socket, struct wire_departure *departure, bool *ret_is_sent) MUST_USE;
