/* arena.c: chunks that double, given out from the front. See arena.h. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ALIGNMENT = 16, CHUNK_MIN = 4096, CHUNK_MAX = 1 << 20 };

/* The header sits before the bytes it describes, so one allocation serves both. */
struct arena_chunk {
    struct arena_chunk *before;
    size_t size; /* bytes after the header */
    size_t used;
    size_t padding; /* keeps the bytes after the header aligned */
};
_Static_assert(sizeof(struct arena_chunk) % ALIGNMENT == 0, "what follows a header is aligned");

struct arena_cleanup {
    struct arena_cleanup *before;
    void (*run)(void *context);
    void *context;
};

static char *chunk_bytes(struct arena_chunk *chunk) { return (char *)(chunk + 1); }

static bool round_up(size_t size, size_t *ret_rounded) {
    if (__builtin_add_overflow(size, (size_t)ALIGNMENT - 1, ret_rounded)) return false;
    *ret_rounded &= ~((size_t)ALIGNMENT - 1);
    return true;
}

void arena_init(struct arena *a, const struct sys *sys, size_t cap) {
    *a = (struct arena){.sys = sys, .cap = cap};
}

static void run_cleanups(struct arena *a, const struct arena_cleanup *until) {
    while (a->cleanups != until) {
        struct arena_cleanup *cleanup = a->cleanups;
        a->cleanups = cleanup->before; /* first, so that a cleanup may itself tie something */
        cleanup->run(cleanup->context);
    }
}

void arena_done(struct arena *a) {
    run_cleanups(a, NULL);
    while (a->chunk != NULL) {
        struct arena_chunk *before = a->chunk->before;
        a->sys->free(a->sys->ctx, a->chunk);
        a->chunk = before;
    }
    a->used = 0;
}

/* A new chunk: twice the last one, but never less than what is asked for. */
static struct arena_chunk *add_chunk(struct arena *a, size_t need) {
    size_t size = a->chunk == NULL ? CHUNK_MIN : a->chunk->size * 2;
    if (size > CHUNK_MAX) size = CHUNK_MAX;
    if (size < need) size = need;
    size_t total = 0;
    if (__builtin_add_overflow(size, sizeof(struct arena_chunk), &total)) return NULL;
    struct arena_chunk *chunk = a->sys->alloc(a->sys->ctx, total);
    if (chunk == NULL) return NULL;
    *chunk = (struct arena_chunk){.before = a->chunk, .size = size};
    a->chunk = chunk;
    return chunk;
}

/* The same as arena_alloc, its bytes as they come: for who fills them all. */
static void *take(struct arena *a, size_t size) {
    size_t rounded = 0;
    if (!round_up(size == 0 ? 1 : size, &rounded)) return NULL;
    if (rounded > a->cap - a->used) return NULL;
    struct arena_chunk *chunk = a->chunk;
    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        chunk = add_chunk(a, rounded);
        if (chunk == NULL) return NULL;
    }
    char *place = chunk_bytes(chunk) + chunk->used;
    chunk->used += rounded;
    a->used += rounded;
    return place;
}

void *arena_alloc(struct arena *a, size_t size) {
    void *place = take(a, size);
    return place == NULL ? NULL : memset(place, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size) {
    size_t total = 0;
    return __builtin_mul_overflow(count, size, &total) ? NULL : arena_alloc(a, total);
}

/* In place when `old` is the last block given out and there is room behind it. */
static bool extend(struct arena *a, void *old, size_t held, size_t wanted) {
    struct arena_chunk *chunk = a->chunk;
    bool is_last =
        old != NULL && chunk != NULL && (char *)old + held == chunk_bytes(chunk) + chunk->used;
    if (!is_last || wanted - held > chunk->size - chunk->used || wanted - held > a->cap - a->used)
        return false;
    chunk->used += wanted - held;
    a->used += wanted - held;
    return true;
}

void *arena_stretch(struct arena *a, void *old, size_t old_size, size_t new_size) {
    assert(new_size >= old_size);
    size_t held = 0;
    size_t wanted = 0;
    if (!round_up(old_size == 0 ? 1 : old_size, &held) || !round_up(new_size, &wanted)) return NULL;
    if (wanted >= held && extend(a, old, held, wanted)) return old;
    void *fresh = take(a, new_size);
    if (fresh != NULL && old_size > 0) memcpy(fresh, old, old_size);
    return fresh;
}

void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size) {
    char *block = arena_stretch(a, old, old_size, new_size);
    if (block != NULL) memset(block + old_size, 0, new_size - old_size);
    return block;
}

err arena_copy(struct arena *a, str s, str *ret_copy) {
    char *copy = take(a, s.len);
    if (copy == NULL) FAIL(ERR_NO_MEMORY, "no memory for a text of %zu bytes", s.len);
    if (s.len > 0) memcpy(copy, s.ptr, s.len);
    *ret_copy = (str){copy, s.len};
    return OK;
}

err arena_cstr(struct arena *a, str s, const char **ret_cstr) {
    if (str_find_byte(s, '\0') != STR_NONE) FAIL(ERR_INVALID, "a name holds a NUL byte");
    char *copy = take(a, s.len + 1);
    if (copy == NULL) FAIL(ERR_NO_MEMORY, "no memory for a name of %zu bytes", s.len);
    if (s.len > 0) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    *ret_cstr = copy;
    return OK;
}

err arena_printf(struct arena *a, str *ret_text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0) FAIL(ERR_INVALID, "a format could not be applied");
    char *text = take(a, (size_t)len + 1);
    if (text == NULL) FAIL(ERR_NO_MEMORY, "no memory for a text of %d bytes", len);
    va_start(arguments, format);
    vsnprintf(text, (size_t)len + 1, format, arguments);
    va_end(arguments);
    *ret_text = (str){text, (size_t)len};
    return OK;
}

err arena_at_end(struct arena *a, void (*run)(void *context), void *context) {
    struct arena_cleanup *cleanup = arena_alloc(a, sizeof *cleanup);
    if (cleanup == NULL) FAIL(ERR_NO_MEMORY, "no memory to tie a cleanup to its arena");
    *cleanup = (struct arena_cleanup){.before = a->cleanups, .run = run, .context = context};
    a->cleanups = cleanup;
    return OK;
}

struct arena_mark arena_mark(const struct arena *a) {
    return (struct arena_mark){.chunk = a->chunk,
                               .cleanups = a->cleanups,
                               .chunk_used = a->chunk == NULL ? 0 : a->chunk->used,
                               .used = a->used};
}

void arena_reset(struct arena *a, struct arena_mark mark) {
    run_cleanups(a, mark.cleanups);
    while (a->chunk != mark.chunk) {
        struct arena_chunk *before = a->chunk->before;
        a->sys->free(a->sys->ctx, a->chunk);
        a->chunk = before;
    }
    if (a->chunk != NULL) a->chunk->used = mark.chunk_used;
    a->used = mark.used;
}
