/* err.h: how a function says that the world did not do as asked.
 *
 * Two kinds of wrong exist. Ours (a broken promise between functions) is an `assert`, on in every
 * build. The world's (a full disk, a malformed file, a refusal) is an `err`, returned by value:
 * a kind, for the caller that decides, and a message, for the person who reads it. A message says
 * what, where and what to do, holds no secret, and has no full stop, so that it can be wrapped.
 *
 *     TRY(archive_open(sys, path, &archive));
 *     if (size > LIMIT_STORY_BYTES) FAIL(ERR_LIMIT, "the story has %zu bytes", size);
 *
 * Invariant: a function that returns an error leaves its `ret_` outputs untouched. */
#pragma once

#include <stdarg.h>

enum err_kind {
    ERR_NONE,
    ERR_NO_MEMORY, /* the allocator refused, or an arena or buffer reached its limit of memory */
    ERR_IO,        /* a file, socket or process failed us */
    ERR_INVALID,   /* the bytes are not what they must be */
    ERR_NOT_FOUND, /* nothing has that name */
    ERR_EXISTS,    /* something has that name already */
    ERR_LIMIT,     /* larger, longer or deeper than we accept (limits.h) */
    ERR_DENIED,    /* understood and refused: a rule, a key or a right is missing */
    ERR_BUSY,      /* try again: somebody else holds it, or a deadline passed */
    ERR_KIND_COUNT
};

/* How many bytes a message may have with its closing NUL; a longer one is cut at a character. */
enum { ERR_MESSAGE_MAX = 480 };

typedef struct err {
    enum err_kind kind;
    int line;         /* where it was made, for developers */
    const char *file; /* static */
    char message[ERR_MESSAGE_MAX];
} err;

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, arguments_at)                                                       \
    __attribute__((format(printf, format_at, arguments_at)))

/* Success. Only `kind` is set: a function that succeeds must not pay for a message. */
static inline err err_ok(void) {
    err e;
    e.kind = ERR_NONE;
    return e;
}

err err_make(enum err_kind kind, const char *file, int line, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Puts words before the message on the way up: "edition 12: page 17: ...". Success stays so. */
err err_wrap(err inner, const char *format, ...) PRINTF_LIKE(2, 3);

/* The kind as one lower-case word ("io", "denied"), static. */
const char *err_kind_name(enum err_kind kind);

#define OK err_ok()
#define FAIL(kind, ...) return err_make((kind), __FILE__, __LINE__, __VA_ARGS__)
#define TRY(call)                                                                                  \
    do {                                                                                           \
        err try_result = (call);                                                                   \
        if (try_result.kind != ERR_NONE) return try_result;                                        \
    } while (0)
#define CLEANUP(close_function) __attribute__((cleanup(close_function)))
