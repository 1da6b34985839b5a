/* fault.c: see fault.h. */
#include "base/fault.h"

#include <assert.h>
#include <errno.h>

static bool fails_now(struct fault *fault) { return ++fault->calls == fault->fail_at; }

static void *fault_alloc(void *ctx, size_t size) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return NULL;
    void *block = fault->world.alloc(fault->world.ctx, size);
    if (block != NULL) fault->live++;
    return block;
}

static void fault_free(void *ctx, void *block) {
    struct fault *fault = ctx;
    if (block != NULL) fault->live--;
    fault->world.free(fault->world.ctx, block);
}

static int64_t fault_now_seconds(void *ctx) {
    struct fault *fault = ctx;
    return fault->now != 0 ? fault->now : fault->world.now_seconds(fault->world.ctx);
}

static int64_t fault_ticks_ns(void *ctx) {
    struct fault *fault = ctx;
    return fault->world.ticks_ns(fault->world.ctx);
}

static bool fault_random(void *ctx, void *block, size_t size) {
    struct fault *fault = ctx;
    return !fails_now(fault) && fault->world.random(fault->world.ctx, block, size);
}

static int refuse(int number) {
    errno = number;
    return -1;
}

static int fault_open(void *ctx, int folder, const char *path, int flags, mode_t mode) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return refuse(EMFILE);
    return fault->world.open(fault->world.ctx, folder, path, flags, mode);
}

static ssize_t fault_read(void *ctx, int fd, void *block, size_t size) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return refuse(EIO);
    return fault->world.read(fault->world.ctx, fd, block, size);
}

static ssize_t fault_write(void *ctx, int fd, const void *block, size_t size) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return refuse(ENOSPC);
    return fault->world.write(fault->world.ctx, fd, block, size > 1 ? size / 2 : size);
}

static int fault_sync(void *ctx, int fd) {
    struct fault *fault = ctx;
    return fails_now(fault) ? refuse(EIO) : fault->world.sync(fault->world.ctx, fd);
}

static int fault_close(void *ctx, int fd) {
    struct fault *fault = ctx;
    return fault->world.close(fault->world.ctx, fd);
}

static int fault_rename(void *ctx, int folder, const char *from, const char *to) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return refuse(EIO);
    return fault->world.rename(fault->world.ctx, folder, from, to);
}

static int fault_unlink(void *ctx, int folder, const char *path) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return refuse(EIO);
    return fault->world.unlink(fault->world.ctx, folder, path);
}

static int fault_make_folder(void *ctx, int folder, const char *path, mode_t mode) {
    struct fault *fault = ctx;
    if (fails_now(fault)) return refuse(ENOSPC);
    return fault->world.make_folder(fault->world.ctx, folder, path, mode);
}

struct sys fault_sys(struct fault *fault, int fail_at) {
    *fault = (struct fault){.world = sys_real(), .fail_at = fail_at};
    return (struct sys){
        .ctx = fault,
        .alloc = fault_alloc,
        .free = fault_free,
        .now_seconds = fault_now_seconds,
        .ticks_ns = fault_ticks_ns,
        .random = fault_random,
        .open = fault_open,
        .read = fault_read,
        .write = fault_write,
        .sync = fault_sync,
        .close = fault_close,
        .rename = fault_rename,
        .unlink = fault_unlink,
        .make_folder = fault_make_folder,
    };
}

bool fault_ended(const struct fault *fault, err e) {
    bool met = fault->fail_at > 0 && fault->calls >= fault->fail_at;
    assert(fault->live == 0);
    if (met) {
        bool is_named = e.kind == ERR_NONE || e.kind == ERR_NO_MEMORY || e.kind == ERR_IO;
        assert(is_named);
        return false;
    }
    assert(e.kind == ERR_NONE);
    return true;
}
