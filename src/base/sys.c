/* sys.c: the real world, and the three things one does with files. See sys.h. */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

static void *real_alloc(void *ctx, size_t size) {
    (void)ctx;
    return malloc(size == 0 ? 1 : size);
}

static void real_free(void *ctx, void *block) {
    (void)ctx;
    free(block);
}

static int64_t real_now_seconds(void *ctx) {
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

static int64_t real_ticks_ns(void *ctx) {
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool real_random(void *ctx, void *block, size_t size) {
    (void)ctx;
    char *place = block;
    while (size > 0) {
        ssize_t got = getrandom(place, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        place += got;
        size -= (size_t)got;
    }
    return true;
}

static int real_open(void *ctx, int folder, const char *path, int flags, mode_t mode) {
    (void)ctx;
    return openat(folder, path, flags | O_CLOEXEC, mode);
}

static ssize_t real_read(void *ctx, int fd, void *block, size_t size) {
    (void)ctx;
    return read(fd, block, size);
}

static ssize_t real_write(void *ctx, int fd, const void *block, size_t size) {
    (void)ctx;
    return write(fd, block, size);
}

static int real_sync(void *ctx, int fd) {
    (void)ctx;
    return fsync(fd);
}

static int real_close(void *ctx, int fd) {
    (void)ctx;
    return close(fd);
}

static int real_rename(void *ctx, int folder, const char *from, const char *to) {
    (void)ctx;
    return renameat(folder, from, folder, to);
}

static int real_unlink(void *ctx, int folder, const char *path) {
    (void)ctx;
    return unlinkat(folder, path, 0);
}

static int real_make_folder(void *ctx, int folder, const char *path, mode_t mode) {
    (void)ctx;
    return mkdirat(folder, path, mode);
}

struct sys sys_real(void) {
    return (struct sys){
        .alloc = real_alloc,
        .free = real_free,
        .now_seconds = real_now_seconds,
        .ticks_ns = real_ticks_ns,
        .random = real_random,
        .open = real_open,
        .read = real_read,
        .write = real_write,
        .sync = real_sync,
        .close = real_close,
        .rename = real_rename,
        .unlink = real_unlink,
        .make_folder = real_make_folder,
    };
}

static enum err_kind kind_of_errno(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR: return ERR_NOT_FOUND;
    case EEXIST: return ERR_EXISTS;
    case EACCES:
    case EPERM: return ERR_DENIED;
    case ENOMEM: return ERR_NO_MEMORY;
    default: return ERR_IO;
    }
}

void fd_close(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

err file_open(struct arena *a, int folder, str path, int flags, int *ret_fd) {
    const char *name = NULL;
    TRY(arena_cstr(a, path, &name));
    int fd = a->sys->open(a->sys->ctx, folder, name, flags, 0600);
    if (fd < 0) FAIL(kind_of_errno(errno), "%s: cannot be opened: %s", name, strerror(errno));
    *ret_fd = fd;
    return OK;
}

err file_read(struct arena *a, int folder, str path, size_t max, str *ret_bytes) {
    CLEANUP(fd_close) int fd = -1;
    TRY(file_open(a, folder, path, O_RDONLY, &fd));
    size_t room = 0;
    size_t len = 0;
    char *bytes = NULL;
    struct stat about;
    size_t hint =
        4096; /* the file's size, where the system tells it, and one byte to see its end */
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        hint = (size_t)about.st_size + 1;
    for (;;) {
        if (len == room) {
            size_t more = room == 0 ? hint : room * 2;
            if (more > max + 1) more = max + 1; /* one byte more than allowed tells "too large" */
            bytes = arena_stretch(a, bytes, room, more);
            if (bytes == NULL) FAIL(ERR_NO_MEMORY, STR_FMT ": no memory to read it", STR_ARG(path));
            room = more;
        }
        ssize_t got = a->sys->read(a->sys->ctx, fd, bytes + len, room - len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) FAIL(ERR_IO, STR_FMT ": %s", STR_ARG(path), strerror(errno));
        if (got == 0) break;
        len += (size_t)got;
        if (len > max) {
            FAIL(ERR_LIMIT, STR_FMT ": larger than the limit of %zu bytes", STR_ARG(path), max);
        }
    }
    *ret_bytes = (str){bytes, len};
    return OK;
}

err file_write_all(const struct sys *sys, int fd, str bytes) {
    while (bytes.len > 0) {
        ssize_t put = sys->write(sys->ctx, fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) FAIL(ERR_IO, "writing failed: %s", strerror(errno));
        bytes = str_skip(bytes, (size_t)put);
    }
    return OK;
}

/* The name lasts only once the folder that holds it is synced too. */
static err sync_folder_of(struct arena *a, int folder, str path) {
    size_t slash = path.len;
    while (slash > 0 && path.ptr[slash - 1] != '/') slash--;
    str parent = slash == 0 ? STR(".") : str_slice(path, 0, slash);
    CLEANUP(fd_close) int fd = -1;
    TRY(file_open(a, folder, parent, O_RDONLY | O_DIRECTORY, &fd));
    if (a->sys->sync(a->sys->ctx, fd) != 0) FAIL(ERR_IO, "syncing a folder: %s", strerror(errno));
    return OK;
}

static err write_beside(struct arena *a, int folder, const char *name, str bytes, mode_t mode) {
    /* What a crash may have left there must not lend the new file its mode. Usually there is
     * nothing: a failure is benign, O_EXCL tells if it was not. */
    a->sys->unlink(a->sys->ctx, folder, name);
    CLEANUP(fd_close) int fd = -1;
    fd = a->sys->open(a->sys->ctx, folder, name, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0) FAIL(kind_of_errno(errno), "%s: cannot be made: %s", name, strerror(errno));
    err e = file_write_all(a->sys, fd, bytes);
    if (e.kind != ERR_NONE) return err_wrap(e, "%s", name);
    if (a->sys->sync(a->sys->ctx, fd) != 0) FAIL(ERR_IO, "%s: sync: %s", name, strerror(errno));
    return OK;
}

err file_replace(struct arena *a, int folder, str path, str bytes, mode_t mode) {
    const char *name = NULL;
    str beside;
    TRY(arena_cstr(a, path, &name));
    TRY(arena_printf(a, &beside, "%s.new", name));
    err e = write_beside(a, folder, beside.ptr, bytes, mode);
    if (e.kind == ERR_NONE && a->sys->rename(a->sys->ctx, folder, beside.ptr, name) != 0) {
        e = err_make(ERR_IO, __FILE__, __LINE__, "%s: renaming: %s", name, strerror(errno));
    }
    if (e.kind != ERR_NONE) {
        a->sys->unlink(a->sys->ctx, folder, beside.ptr);
        return e;
    }
    return sync_folder_of(a, folder, path);
}

err folder_make(struct arena *a, int folder, str path, mode_t mode) {
    const char *name = NULL;
    TRY(arena_cstr(a, path, &name));
    if (a->sys->make_folder(a->sys->ctx, folder, name, mode) != 0 && errno != EEXIST) {
        FAIL(kind_of_errno(errno), "%s: cannot be made: %s", name, strerror(errno));
    }
    return OK;
}
