/* press_compress.c: the compressed forms of finished pages, made by all the processors there are.
 *
 * Compressing costs more than all else a press does. So pages go into a ring on their way to the
 * writer: whoever is free takes the oldest that waits, a worker thread or, when the ring is full,
 * the press itself. They leave in the order they came, so the pressing has the same bytes however
 * many worked on it. Memory is that of the ring.
 *
 * Threads see jobs alone. What a job holds was allocated by the press before the job was given
 * away, and is freed by it after the job came back; the mutex is between the two. */
#include <brotli/encode.h>
#include <libdeflate.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "press/press_impl.h"

enum {
    GZIP_LEVEL = 6,     /* 9 costs a quarter more and saves half a percent */
    BROTLI_QUALITY = 5, /* 4 is larger by a twenty-fifth, 6 slower for nothing */
    BROTLI_WINDOW_MIN = 16,
    BROTLI_WINDOW_MAX = 22,
    BROTLI_WINDOW_GAP = 16, /* RFC 7932, 9.1: a window reaches so many bytes less far */
    RING = 16,
    WORKERS_MAX = 7,
    JOB_BYTES_MAX = 4 * PRESSING_BODY_MAX,
};

enum job_state { JOB_WAITS, JOB_TAKEN, JOB_DONE };

struct job {
    struct arena arena;
    struct pressing_page page; /* all of it in the arena, but its path */
    struct libdeflate_compressor *gzip;
    bool wants_forms;
    char *gzip_room;
    size_t gzip_size;
    char *brotli_room;
    size_t brotli_size;
    enum job_state state;
};

struct compressing {
    const struct sys *sys;
    struct pressing_writer *writer;
    struct job jobs[RING];
    size_t first; /* the oldest; the others follow, round the ring */
    size_t count;
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    pthread_cond_t has_result;
    bool is_ending;
    pthread_t workers[WORKERS_MAX];
    size_t worker_count;
};

/* ---- One page ------------------------------------------------------------------------------- */

static int window_for(size_t size) {
    int window = BROTLI_WINDOW_MIN;
    while (window < BROTLI_WINDOW_MAX && ((size_t)1 << window) - BROTLI_WINDOW_GAP < size) window++;
    return window;
}

/* A form that is no smaller than the page helps nobody. */
static str smaller(const char *form, size_t size, str body) {
    return size > 0 && size < body.len ? (str){form, size} : (str){0};
}

struct libdeflate_compressor *form_gzip_tool(void) {
    return libdeflate_alloc_compressor(GZIP_LEVEL);
}

size_t form_gzip(struct libdeflate_compressor *tool, str body, char *room, size_t size) {
    return libdeflate_gzip_compress(tool, body.ptr, body.len, room, size);
}

size_t form_brotli(str body, char *room, size_t size) {
    /* why: the library reads and writes bytes, which it calls by another name than we */
    bool is_made =
        BrotliEncoderCompress(BROTLI_QUALITY, window_for(body.len), BROTLI_MODE_GENERIC, body.len,
                              (const uint8_t *)body.ptr, &size, (uint8_t *)room) != BROTLI_FALSE;
    return is_made ? size : 0;
}

static void squeeze(struct job *job) {
    str body = job->page.body;
    if (!job->wants_forms) return;
    size_t gzip = form_gzip(job->gzip, body, job->gzip_room, job->gzip_size);
    size_t brotli = form_brotli(body, job->brotli_room, job->brotli_size);
    job->page.gzip = smaller(job->gzip_room, gzip, body);
    job->page.brotli = smaller(job->brotli_room, brotli, body);
}

/* ---- The ring ------------------------------------------------------------------------------- */

static struct job *nth(struct compressing *c, size_t number) {
    return &c->jobs[(c->first + number) % RING];
}

/* The oldest job that waits, taken; NULL: none does. The lock is held. */
static struct job *take(struct compressing *c) {
    for (size_t i = 0; i < c->count; i++) {
        struct job *job = nth(c, i);
        if (job->state != JOB_WAITS) continue;
        job->state = JOB_TAKEN;
        return job;
    }
    return NULL;
}

/* Works on a job that was taken. The lock is held, but not while the work is done. */
static void work(struct compressing *c, struct job *job) {
    pthread_mutex_unlock(&c->lock);
    squeeze(job);
    pthread_mutex_lock(&c->lock);
    job->state = JOB_DONE;
    pthread_cond_signal(&c->has_result);
}

static void *run_worker(void *context) {
    struct compressing *c = context;
    pthread_mutex_lock(&c->lock);
    while (!c->is_ending) {
        struct job *job = take(c);
        if (job != NULL)
            work(c, job);
        else
            pthread_cond_wait(&c->has_work, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* Waits for the oldest job, helping meanwhile. */
static void finish_oldest(struct compressing *c) {
    pthread_mutex_lock(&c->lock);
    while (nth(c, 0)->state != JOB_DONE) {
        struct job *job = take(c);
        if (job != NULL)
            work(c, job);
        else
            pthread_cond_wait(&c->has_result, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
}

static err write_oldest(struct compressing *c) {
    finish_oldest(c);
    struct job *job = nth(c, 0);
    err e = pressing_writer_page(c->writer, &job->page);
    pthread_mutex_lock(&c->lock);
    c->first = (c->first + 1) % RING;
    c->count--;
    pthread_mutex_unlock(&c->lock);
    arena_done(&job->arena);
    return e;
}

/* Copies the page into the job, with room for its forms. */
static err fill(struct job *job, const struct pressing_page *page) {
    job->page = *page;
    TRY(arena_copy(&job->arena, page->body, &job->page.body));
    TRY(arena_copy(&job->arena, page->location, &job->page.location));
    size_t size = page->clearance_count * sizeof *page->clearances;
    str clearances = {0};
    TRY(arena_copy(&job->arena, (str){(const char *)page->clearances, size}, &clearances));
    job->page.clearances = (const uint32_t *)(const void *)clearances.ptr; /* why: it is aligned */
    if (!job->wants_forms) return OK;
    job->gzip_size = libdeflate_gzip_compress_bound(job->gzip, page->body.len);
    job->brotli_size = BrotliEncoderMaxCompressedSize(page->body.len);
    job->gzip_room = arena_stretch(&job->arena, NULL, 0, job->gzip_size);
    job->brotli_room = arena_stretch(&job->arena, NULL, 0, job->brotli_size);
    if (job->gzip_room == NULL || job->brotli_room == NULL)
        FAIL(ERR_NO_MEMORY, "no memory to compress %zu bytes", page->body.len);
    return OK;
}

err compressing_page(struct compressing *c, const struct pressing_page *page, bool wants_forms) {
    if (c->count == RING) TRY(write_oldest(c));
    struct job *job = nth(c, c->count);
    arena_init(&job->arena, c->sys, JOB_BYTES_MAX);
    job->wants_forms = wants_forms && page->body.len > 0;
    err e = fill(job, page);
    if (e.kind != ERR_NONE) {
        arena_done(&job->arena);
        return e;
    }
    pthread_mutex_lock(&c->lock);
    job->state = job->wants_forms ? JOB_WAITS : JOB_DONE;
    c->count++;
    if (job->wants_forms) pthread_cond_signal(&c->has_work);
    pthread_mutex_unlock(&c->lock);
    return OK;
}

err compressing_flush(struct compressing *c) {
    while (c->count > 0) TRY(write_oldest(c));
    return OK;
}

/* ---- Life cycle ----------------------------------------------------------------------------- */

/* One fewer than there are processors, for the press itself works as well. Workers take no signals:
 * those are for the thread that watches for them. A worker that cannot be had costs time alone. */
static void start_workers(struct compressing *c, size_t wanted) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return;
    while (c->worker_count < wanted && c->worker_count < WORKERS_MAX &&
           pthread_create(&c->workers[c->worker_count], NULL, run_worker, c) == 0)
        c->worker_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

size_t compressing_workers(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 1 ? (size_t)processors - 1 : 0;
}

err compressing_open(const struct sys *sys, struct pressing_writer *writer, size_t workers,
                     struct compressing **ret_compressing) {
    CLEANUP(compressing_close) struct compressing *c = sys->alloc(sys->ctx, sizeof *c);
    if (c == NULL) FAIL(ERR_NO_MEMORY, "no memory to compress pages");
    *c = (struct compressing){.sys = sys, .writer = writer};
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->has_work, NULL);
    pthread_cond_init(&c->has_result, NULL);
    for (size_t i = 0; i < RING; i++) {
        c->jobs[i].gzip = form_gzip_tool();
        if (c->jobs[i].gzip == NULL) FAIL(ERR_NO_MEMORY, "no memory to compress pages");
    }
    start_workers(c, workers);
    *ret_compressing = c;
    c = NULL;
    return OK;
}

void compressing_close(struct compressing **closed) {
    struct compressing *c = *closed;
    *closed = NULL;
    if (c == NULL) return;
    pthread_mutex_lock(&c->lock);
    c->is_ending = true;
    pthread_cond_broadcast(&c->has_work);
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < c->worker_count; i++) pthread_join(c->workers[i], NULL);
    for (size_t i = 0; i < c->count; i++) arena_done(&nth(c, i)->arena);
    for (size_t i = 0; i < RING; i++) libdeflate_free_compressor(c->jobs[i].gzip);
    pthread_cond_destroy(&c->has_result);
    pthread_cond_destroy(&c->has_work);
    pthread_mutex_destroy(&c->lock);
    c->sys->free(c->sys->ctx, c);
}
