/* sys.h: the world, as a table of functions.
 *
 * Memory, time, chance and files are asked of a `struct sys`. main makes the real one (sys_real)
 * once and passes it down; tests pass one that fails on purpose (fault.h) or whose clock stands
 * where they want it. Nothing below main reaches around it for these things.
 *
 * Time is asked each time it is needed and not kept: a stale stamp reverses cause and effect. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct sys {
    void *ctx;

    void *(*alloc)(void *ctx, size_t size); /* NULL when there is none; contents undefined */
    void (*free)(void *ctx, void *block);   /* accepts NULL */

    int64_t (*now_seconds)(void *ctx); /* since 1970 in UTC, without leap seconds */
    int64_t (*ticks_ns)(void *ctx);    /* a clock that never goes back, from any start */
    bool (*random)(void *ctx, void *block, size_t size); /* unguessable bytes */

    /* As the system calls of the same name: -1 and errno on failure. */
    int (*open)(void *ctx, int folder, const char *path, int flags, mode_t mode);
    ssize_t (*read)(void *ctx, int fd, void *block, size_t size);
    ssize_t (*write)(void *ctx, int fd, const void *block, size_t size);
    int (*sync)(void *ctx, int fd);
    int (*close)(void *ctx, int fd);
    int (*rename)(void *ctx, int folder, const char *from, const char *to);
    int (*unlink)(void *ctx, int folder, const char *path);
    int (*make_folder)(void *ctx, int folder, const char *path, mode_t mode);
};

/* The real world. The struct has no state and may be copied. */
struct sys sys_real(void);

/* Reads a whole file of at most `max` bytes; `folder` is an open folder or AT_FDCWD.
 * owns:  *ret_bytes lives in `a`.
 * fails: ERR_NOT_FOUND, ERR_LIMIT, ERR_IO, ERR_NO_MEMORY, ERR_INVALID (a NUL in the path). */
struct arena;
err file_read(struct arena *a, int folder, str path, size_t max, str *ret_bytes) MUST_USE;

/* Puts `bytes` where `path` says so that a crash at any moment leaves the old file or the new one,
 * whole: written beside it, synced, renamed, the folder synced. `mode` as for open(2).
 * fails: ERR_IO, ERR_NO_MEMORY, ERR_INVALID. */
err file_replace(struct arena *a, int folder, str path, str bytes, mode_t mode) MUST_USE;

/* Writes all of `bytes`, however often the system stops half way. fails: ERR_IO. */
err file_write_all(const struct sys *sys, int fd, str bytes) MUST_USE;

/* Opens `path` relative to `folder`. fails: ERR_NOT_FOUND, ERR_EXISTS, ERR_IO, ... */
err file_open(struct arena *a, int folder, str path, int flags, int *ret_fd) MUST_USE;

/* Makes one folder; that it is there already is fine. fails: ERR_IO, ... */
err folder_make(struct arena *a, int folder, str path, mode_t mode) MUST_USE;

/* Closes and sets to -1; accepts -1. Fits CLEANUP. For files that were only read: the one error of
 * close that matters, a late failure to write, is caught by sync before it. */
void fd_close(int *fd);
