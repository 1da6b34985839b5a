/* scrub.c: one child for one file, and a careful look at its answer. See scrub.h. */
#include "scrub/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

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

/* Only reading is handed on: the child could write through a descriptor opened for both. */
static err reopen_for_reading(const struct sys *sys, int fd, int *ret_fd) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int reader = sys->open(sys->ctx, AT_FDCWD, path, O_RDONLY, 0);
    if (reader < 0) FAIL(ERR_IO, "the picture could not be opened again: %s", strerror(errno));
    *ret_fd = reader;
    return OK;
}

static err run_child(const struct scrub *scrub, const struct sys *sys, const int fds[2]) {
    unsigned seconds = scrub->seconds_max != 0 ? scrub->seconds_max : LIMIT_SCRUB_SECONDS;
    char memory_text[24];
    char seconds_text[24];
    snprintf(memory_text, sizeof memory_text, "%zu",
             scrub->memory_bytes != 0 ? scrub->memory_bytes : (size_t)SCRUB_MEMORY_BYTES);
    snprintf(seconds_text, sizeof seconds_text, "%u", seconds);
    const char *const argv[] = {"scrubber", "picture", memory_text, seconds_text, NULL};
    struct child_spec spec = {.program = scrub->program, .argv = argv, .fds = fds, .fd_count = 2};
    CLEANUP(child_kill) struct child child = {0};
    TRY(child_start(&spec, &child));
    int status = 0;
    TRY(child_wait(sys, &child, seconds, &status));
    if (WIFSIGNALED(status)) {
        FAIL(ERR_IO, "the scrubber was ended by %s: the picture was not read",
             strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        FAIL(ERR_IO, "the scrubber failed (%d): the picture was not read", WEXITSTATUS(status));
    }
    return OK;
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
static err take_answer(struct arena *a, int answer, struct pixels *ret_pixels) {
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

err scrub_picture(const struct scrub *scrub, struct arena *a, int fd, struct pixels *ret_pixels) {
    CLEANUP(fd_close) int picture = -1;
    CLEANUP(fd_close) int answer = -1;
    TRY(reopen_for_reading(a->sys, fd, &picture));
    TRY(make_answer(&answer));
    TRY(run_child(scrub, a->sys, (const int[2]){picture, answer}));
    return take_answer(a, answer, ret_pixels);
}
