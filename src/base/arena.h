/* arena.h: memory that dies together.
 *
 * An arena belongs to a lifetime: a process, a job, a request. What is allocated in it is freed by
 * arena_done, or by going back to a mark, never one by one. It has a cap in bytes, so no input can
 * make it grow without end. Things that are not memory (a statement, a file) can be tied to it.
 *
 * Invariants: memory is aligned for any type, and zeroed where nothing else is said; `used` never
 * passes `cap`. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "base/sys.h"

struct arena_chunk;
struct arena_cleanup;

struct arena {
    const struct sys *sys;
    struct arena_chunk *chunk;      /* the newest; each knows the one before it */
    struct arena_cleanup *cleanups; /* newest first */
    size_t used;                    /* bytes given out, with their padding */
    size_t cap;
};

/* Prepares an arena of at most `cap` bytes. Allocates nothing yet. `sys` must outlive it. */
void arena_init(struct arena *a, const struct sys *sys, size_t cap);

/* Runs the cleanups, newest first, and frees everything. Fits CLEANUP; may be called twice. */
void arena_done(struct arena *a);

/* `size` zeroed bytes (0 gives a valid address of none), or NULL when the allocator or the cap
 * refuses. They live until arena_done or a reset to an earlier mark. */
void *arena_alloc(struct arena *a, size_t size);

/* Room for `count` things of `size` bytes, or NULL; the product is checked. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* Makes the block `old` of `old_size` bytes `new_size` bytes long: in place when it is the last one
 * given out, by copying otherwise. The new bytes are zeroed. NULL leaves the old block as it
 * was. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size);
/* The same, the new bytes as they come: for who writes each before it is read. */
void *arena_stretch(struct arena *a, void *old, size_t old_size, size_t new_size);

/* Copies of a string: as a str, and as a NUL-ended C string for the operating system.
 * fails: ERR_NO_MEMORY; arena_cstr also ERR_INVALID when the string holds a NUL byte. */
err arena_copy(struct arena *a, str s, str *ret_copy) MUST_USE;
err arena_cstr(struct arena *a, str s, const char **ret_cstr) MUST_USE;

/* A formatted string. fails: ERR_NO_MEMORY. */
err arena_printf(struct arena *a, str *ret_text, const char *format, ...) MUST_USE
    PRINTF_LIKE(3, 4);

/* Has `run(context)` called at arena_done, or at a reset to an earlier mark, newest first.
 * When this fails (ERR_NO_MEMORY) nothing was tied and the caller still owns `context`. */
err arena_at_end(struct arena *a, void (*run)(void *context), void *context) MUST_USE;

/* A place to come back to: all that was allocated or tied after the mark ends at the reset. */
struct arena_mark {
    struct arena_chunk *chunk;
    struct arena_cleanup *cleanups;
    size_t chunk_used;
    size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark mark);
