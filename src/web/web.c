/* web.c: the live pressing and how it gives way to the next. See web.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "web/web_impl.h"

/* The name of the live pressing is short, its file the only one read into memory. */
enum {
    LOOK_BYTES = 64 << 10,
    LOOKS_MAX = 3,
    CHECK_BYTES = 1 << 20,
    PAUSE_MS_MIN = 1000,
    PAUSE_MS_MAX = 60000,
};

static const int64_t MS_NS = 1000000;

void edition_drop(struct web *web, struct edition *edition) {
    assert(edition->uses > 0);
    if (--edition->uses > 0) return;
    searched_close(web, edition);
    pressing_close(&edition->pressing);
    web->sys->free(web->sys->ctx, edition);
}

static void release(void *ctx, void *token) {
    if (*(const enum held *)token == HELD_FILLED)
        search_release(ctx, token);
    else
        edition_drop(ctx, token);
}

void web_trouble(struct web *web, err problem) {
    if (web->options.trouble != NULL) web->options.trouble(web->options.ctx, problem);
}

static void drop_next(struct web *web) {
    if (web->next != NULL) edition_drop(web, web->next);
    web->next = NULL;
}

/* Opens the pressing `name`, to be verified and to be the live one then. */
static err begin_next(struct web *web, str name) {
    drop_next(web);
    struct edition *edition = web->sys->alloc(web->sys->ctx, sizeof *edition);
    if (edition == NULL) FAIL(ERR_NO_MEMORY, "no memory for another pressing");
    *edition = (struct edition){.uses = 1};
    const struct pressing_place place = {.sys = web->sys,
                                         .folder = web->options.folder,
                                         .clearing_key = web->options.clearing_key,
                                         .earlier = web->live == NULL ? NULL : web->live->pressing};
    err e = pressing_open(&place, name, &edition->pressing);
    if (e.kind != ERR_NONE) {
        web->sys->free(web->sys->ctx, edition);
        return e;
    }
    web->next = edition;
    return OK;
}

static void take_next(struct web *web) {
    web_log_edition(web, web->next->pressing);
    if (web->live != NULL) edition_drop(web, web->live);
    web->live = web->next;
    web->next = NULL;
    web->again_ns = 0;
    web->pause_ms = 0;
}

/* Takes up the pressing that `current` names, if it is another than before. A name that was refused
 * is not tried again, so that what is wrong is told once. */
static err look_once(struct web *web, struct arena *a) {
    str name;
    TRY(pressing_current(a, web->options.folder, &name));
    if (str_eq(name, (str){web->name, web->name_len})) return OK;
    if (name.len > sizeof web->name) FAIL(ERR_LIMIT, "the name of a pressing is too long");
    err e = begin_next(web, name);
    if (e.kind == ERR_NONE || e.kind == ERR_INVALID || e.kind == ERR_DENIED) {
        memcpy(web->name, name.ptr, name.len);
        web->name_len = name.len;
    }
    return e;
}

/* A press that publishes twice in a row may unlink a pressing between its name and its files: then
 * the name is another one by now. */
static err look(struct web *web) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, web->sys, LOOK_BYTES);
    err e = OK;
    for (int attempt = 0; attempt < LOOKS_MAX; attempt++) {
        e = look_once(web, &a);
        if (e.kind != ERR_NOT_FOUND) break;
    }
    return e;
}

static int64_t now_ns(const struct web *web) { return web->sys->ticks_ns(web->sys->ctx); }

/* What is wrong with a pressing stays wrong; what is wrong with the machine (a disk that cannot be
 * read, no memory, no descriptor) may pass, and then nobody presses again to wake us: so it is
 * looked at again, ever more seldom. */
static void refuse(struct web *web, err e) {
    bool may_pass = e.kind == ERR_IO || e.kind == ERR_NO_MEMORY;
    if (may_pass) {
        web->name_len = 0;
        web->pause_ms = web->pause_ms == 0                 ? PAUSE_MS_MIN
                        : web->pause_ms * 2 > PAUSE_MS_MAX ? PAUSE_MS_MAX
                                                           : web->pause_ms * 2;
        web->again_ns = now_ns(web) + web->pause_ms * MS_NS;
    }
    web_trouble(web, err_wrap(e, web->live == NULL ? "there is nothing to serve yet"
                                 : may_pass        ? "the new pressing cannot be read now, the "
                                                     "old one stays and it is tried again"
                                            : "the new pressing is refused, the old one stays"));
}

void web_look(void *ctx) {
    struct web *web = ctx;
    char events[4096];
    while (read(web->watch, events, sizeof events) > 0) {
        /* Which file it was does not matter: the folder is looked at as it is now. */
    }
    err e = look(web);
    if (e.kind != ERR_NONE) refuse(web, e);
}

int web_wait_ms(const struct web *web) {
    if (web->next != NULL) return 0;
    if (web->again_ns == 0) return -1;
    int64_t left_ms = (web->again_ns - now_ns(web) + MS_NS - 1) / MS_NS;
    return left_ms < 0 ? 0 : (int)left_ms;
}

/* The seal vouches for the index, the index for the packs; that their bytes are the ones it hashes
 * is seen here, once for each pack, before the first of them is served. */
void web_work(struct web *web) {
    web_log_turn(web);
    if (web->next == NULL && web->again_ns != 0 && now_ns(web) >= web->again_ns) {
        web->again_ns = 0;
        web_look(web);
    }
    if (web->next == NULL) return;
    bool is_done = false;
    err e = pressing_verify_some(web->next->pressing, CHECK_BYTES, &is_done);
    if (e.kind != ERR_NONE) {
        drop_next(web);
        refuse(web, e);
    } else if (is_done) {
        take_next(web);
    }
}

/* inotify takes a path and has no form with a folder's descriptor, and /proc may not be mounted: so
 * for one call the folder becomes the working directory. */
static err watch_folder(struct web *web) {
    web->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (web->watch < 0)
        FAIL(ERR_IO, "the folder of pressings cannot be watched: %s", strerror(errno));
    CLEANUP(fd_close) int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fchdir(web->options.folder) != 0) FAIL(ERR_IO, "pressings: %s", strerror(errno));
    int id = inotify_add_watch(web->watch, ".", IN_MOVED_TO | IN_ONLYDIR);
    int number = errno;
    if (before >= 0 && fchdir(before) != 0) FAIL(ERR_IO, "working directory: %s", strerror(errno));
    if (id < 0) FAIL(ERR_IO, "the folder of pressings cannot be watched: %s", strerror(number));
    return OK;
}

err web_open(const struct sys *sys, const struct web_options *options, struct web **ret_web) {
    CLEANUP(web_close) struct web *web = sys->alloc(sys->ctx, sizeof *web);
    if (web == NULL) FAIL(ERR_NO_MEMORY, "no memory for the front");
    memset(web, 0, sizeof *web);
    web->sys = sys;
    web->options = *options;
    web->watch = -1;
    web->log.access = -1;
    web->log.sums = -1;
    TRY(watch_folder(web)); /* before the first look, so that no change falls between */
    web_look(web);
    while (web->next != NULL) web_work(web); /* nobody is served yet who could wait */
    *ret_web = web;
    web = NULL;
    return OK;
}

void web_close(struct web **web) {
    struct web *w = *web;
    *web = NULL;
    if (w == NULL) return;
    web_log_close(w);
    drop_next(w);
    if (w->live != NULL) {
        assert(w->live->uses == 1);
        edition_drop(w, w->live);
    }
    fd_close(&w->watch);
    w->sys->free(w->sys->ctx, w);
}

static void trouble(void *ctx, err problem) { web_trouble(ctx, problem); }

struct http_handler web_handler(struct web *web) {
    return (struct http_handler){
        .ctx = web, .answer = web_answer, .release = release, .trouble = trouble};
}

int web_watch_fd(const struct web *web) { return web->watch; }

/* ---- The sandbox ----------------------------------------------------------------------------- */

/* What serving takes: sockets that are open already, files below one folder, memory, time, and the
 * calls by which a program that is wrong about itself ends (abort, with its message). */
static const char *const CALLS[] = {
    /* readers, the loop */
    "accept4", "recvfrom", "sendmsg", "shutdown", "getsockopt", "epoll_wait", "epoll_pwait",
    "epoll_ctl", "close",
    /* pressings */
    "openat", "read", "write", "fstat", "newfstatat", "lseek",
    /* what the parent says: another certificate, other logs */
    "recvmsg", "poll", "ppoll",
    /* what http.h needs for files as bodies, TLS and the descriptor in reserve */
    "sendfile", "pread64", "setsockopt", "fcntl",
    /* memory, time, chance */
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex", "clock_gettime",
    "gettimeofday", "getrandom",
    /* signals, the end */
    "rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "restart_syscall", "getpid", "gettid",
    "tgkill", "exit_group", NULL};

err web_sandbox(int folder) {
    TRY(sandbox_no_dump());
    TRY(sandbox_landlock(&folder, 1, NULL, 0));
    return sandbox_seccomp(CALLS);
}
