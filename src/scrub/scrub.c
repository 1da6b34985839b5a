/* scrub.c: one question for one file, and a careful look at the answer. See scrub.h. */
#include "scrub/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_ARENA_BYTES = 4096 };

static const struct wire_member end_members[] = {
    WIRE_M_NUMBER(struct scrub_end, status),
    WIRE_M_NUMBER(struct scrub_end, is_late),
};
const struct wire_shape scrub_end_shape = WIRE_SHAPE(struct scrub_end, end_members);

/* The memory file for the answer: of full size, and sealed so that nobody can change that size. */
static err make_answer(int *ret_fd) {
    CLEANUP(fd_close) int fd = memfd_create("pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    if (ftruncate(fd, PIXELS_ANSWER_BYTES_MAX) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        FAIL(ERR_IO, "a memory file: %s", strerror(errno));
    }
    *ret_fd = fd;
    fd = -1;
    return OK;
}

err scrub_start(const struct scrub_spec *spec, struct scrub *ret_scrub) {
    char memory_text[24];
    char seconds_text[24];
    int ends[2];
    snprintf(memory_text, sizeof memory_text, "%zu",
             spec->memory_bytes != 0 ? spec->memory_bytes : (size_t)SCRUB_MEMORY_BYTES);
    snprintf(seconds_text, sizeof seconds_text, "%u",
             spec->seconds_max != 0 ? spec->seconds_max : (unsigned)LIMIT_SCRUB_SECONDS);
    const char *const argv[] = {"scrubber", memory_text, seconds_text, NULL};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        FAIL(ERR_IO, "a socket pair: %s", strerror(errno));
    }
    CLEANUP(fd_close) int ours = ends[0];
    CLEANUP(fd_close) int theirs = ends[1];
    struct child_spec child = {
        .program = spec->program, .argv = argv, .fds = &theirs, .fd_count = 1};
    TRY(child_start(&child, &ret_scrub->child));
    ret_scrub->socket = ours;
    ours = -1;
    return OK;
}

void scrub_stop(struct scrub *scrub) {
    if (scrub->child.pid > 0) close(scrub->socket);
    child_kill(&scrub->child);
}

err scrub_reopen(const struct sys *sys, int fd, int *ret_reader) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int reader = sys->open(sys->ctx, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (reader < 0) FAIL(ERR_IO, "the picture could not be opened again: %s", strerror(errno));
    *ret_reader = reader;
    return OK;
}

/* How the child ended, in words. */
static err judge_end(const struct scrub_end *end) {
    int status = (int)end->status;
    if (end->is_late != 0) FAIL(ERR_BUSY, "reading it took too long and was ended");
    if (WIFSIGNALED(status)) {
        FAIL(ERR_IO, "the scrubber was ended by %s: the picture was not read",
             strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        FAIL(ERR_IO, "the scrubber failed (%d): the picture was not read", WEXITSTATUS(status));
    }
    return OK;
}

/* Whatever goes wrong between the scrubber and us is wrong for every picture after this one too. */
static err gone(err e) {
    e = err_wrap(e, "the scrubber");
    if (e.kind != ERR_NO_MEMORY) e.kind = ERR_NOT_FOUND;
    return e;
}

static err have_it_read(int socket, const struct sys *sys, const int fds[2]) {
    CLEANUP(arena_done) struct arena a;
    struct wire_message message;
    struct scrub_end end;
    arena_init(&a, sys, MESSAGE_ARENA_BYTES);
    err e = wire_send(socket, SCRUB_ASK, (str){0}, fds, 2);
    if (e.kind != ERR_NONE) return gone(e);
    /* Without a deadline: the scrubber keeps its own, and closes the socket when it ends. */
    e = wire_receive(&a, socket, 0, &message);
    if (e.kind == ERR_NONE && message.type != SCRUB_END) {
        e = err_make(ERR_INVALID, __FILE__, __LINE__, "it said something else");
    }
    if (e.kind == ERR_NONE) e = wire_unpack(&a, &scrub_end_shape, message.bytes, &end);
    if (e.kind != ERR_NONE) return gone(e);
    return judge_end(&end);
}

static err read_exactly(const struct sys *sys, int fd, void *block, size_t size) {
    char *place = block;
    while (size > 0) {
        ssize_t got = sys->read(sys->ctx, fd, place, size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) FAIL(ERR_IO, "the scrubber's answer: %s", strerror(errno));
        if (got == 0) FAIL(ERR_IO, "the scrubber's answer ends too early");
        place += got;
        size -= (size_t)got;
    }
    return OK;
}

/* The answer is copied, not mapped: the child is dead, but a child of a child that came through
 * the sandbox might still hold the memory file, and must not change pixels once they are ours. */
err scrub_take(struct arena *a, int answer, struct pixels *ret_pixels) {
    struct pixels_header header;
    size_t size = 0;
    if (lseek(answer, 0, SEEK_SET) != 0) FAIL(ERR_IO, "the answer: %s", strerror(errno));
    TRY(read_exactly(a->sys, answer, &header, sizeof header));
    TRY(pixels_check(&header, &size));
    char *bytes = arena_alloc(a, size);
    if (bytes == NULL) FAIL(ERR_NO_MEMORY, "no memory for a picture of %zu bytes", size);
    TRY(read_exactly(a->sys, answer, bytes, size));
    *ret_pixels = (struct pixels){.format = (enum pixels_format)header.format,
                                  .width = header.width,
                                  .height = header.height,
                                  .bands = header.bands,
                                  .bytes = {bytes, size}};
    return OK;
}

err scrub_picture(int socket, struct arena *a, int reader, struct pixels *ret_pixels) {
    CLEANUP(fd_close) int answer = -1;
    TRY(make_answer(&answer));
    TRY(have_it_read(socket, a->sys, (const int[2]){reader, answer}));
    return scrub_take(a, answer, ret_pixels);
}
