/* encoder.c: the program that draws new files from pixels.
 *
 *     encoder      orders on 3, a scrubber's socket on 4
 *
 * It is started by the house (scrub/maker.h) and by nobody else. It is ours and trusted, but has no
 * business with files, programs or the network, and gives them up. It reads no picture: that is for
 * the scrubber, which it asks. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/unicode.h"
#include "scrub/encode.h"
#include "scrub/maker.h"

enum { ORDERS = 3, SCRUBBER = 4, ORDER_FILES = 2, MESSAGE_BYTES = 4096 };

/* What encoding needs: to be asked and to answer, to ask the scrubber, memory, the threads that
 * libvips and the AVIF encoder start. Nothing that opens, connects, starts a program or signals. */
static const char *const CALLS[] = {"recvmsg",
                                    "sendmsg",
                                    "poll",
                                    "ppoll",
                                    "read",
                                    "write",
                                    "lseek",
                                    "close",
                                    "ftruncate",
                                    "fcntl",
                                    "fstat",
                                    "newfstatat",
                                    "memfd_create",
                                    "mmap",
                                    "munmap",
                                    "mremap",
                                    "mprotect",
                                    "madvise",
                                    "brk",
                                    "futex",
                                    "clone",
                                    "clone3",
                                    "set_robust_list",
                                    "rseq",
                                    "rt_sigprocmask",
                                    "rt_sigaction",
                                    "rt_sigreturn",
                                    "restart_syscall",
                                    "sched_yield",
                                    "sched_getaffinity",
                                    "get_mempolicy",
                                    "set_mempolicy",
                                    "prctl",
                                    "gettid",
                                    "getpid",
                                    "clock_gettime",
                                    "getrandom",
                                    "exit",
                                    "exit_group",
                                    NULL};

/* One picture: pixels as they come, files as they leave. */
#define PICTURE_ARENA_BYTES (PIXELS_ANSWER_BYTES_MAX * 3 + ((size_t)256 << 20))

static err make(struct arena *a, const struct wire_message *message) {
    struct maker_order order;
    struct pixels pixels;
    struct picture_set set;
    TRY(wire_unpack(a, &maker_order_shape, message->bytes, &order));
    if (message->type == MAKER_FILE) {
        err e = scrub_picture(SCRUBBER, a, message->files[0], &pixels);
        if (e.kind == ERR_IO) e.kind = ERR_INVALID; /* a child that died is one refused picture */
        if (e.kind == ERR_NOT_FOUND) e.kind = ERR_IO;
        TRY(e);
    } else {
        TRY(scrub_take(a, message->files[0], &pixels));
    }
    TRY(picture_rebuild(a, &pixels, order.with_avif != 0, &set));
    return maker_put(a->sys, message->files[1], &set);
}

static err answer(struct arena *a, err made) {
    struct maker_failure failure = {.kind = (int64_t)made.kind, .message = str_of(made.message)};
    struct buf b;
    str packed;
    if (made.kind == ERR_NONE) return wire_send(ORDERS, MAKER_DONE, (str){0}, NULL, 0);
    if (!utf8_is_valid(failure.message)) failure.message = STR("unreadable");
    buf_init(&b, a, MESSAGE_BYTES);
    wire_pack(&b, &maker_failure_shape, &failure);
    TRY(buf_finish(&b, &packed));
    return wire_send(ORDERS, MAKER_FAILED, packed, NULL, 0);
}

static err one_order(const struct sys *sys, bool *ret_is_end) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(arena_done) struct arena words; /* has room also when the picture took all of its own */
    struct wire_message message;
    arena_init(&a, sys, PICTURE_ARENA_BYTES);
    arena_init(&words, sys, 4 * MESSAGE_BYTES);
    err e = wire_receive(&a, ORDERS, 0, &message);
    *ret_is_end = e.kind == ERR_NOT_FOUND;
    if (*ret_is_end) return OK;
    TRY(e);
    bool is_order = (message.type == MAKER_FILE || message.type == MAKER_PIXELS) &&
                    message.file_count == ORDER_FILES;
    if (is_order) e = answer(&words, make(&a, &message));
    wire_close_files(&message);
    if (!is_order) FAIL(ERR_INVALID, "not an order for an encoder");
    return e;
}

static err work(const struct sys *sys) {
    bool is_end = false;
    TRY(sandbox_no_dump());
    TRY(picture_ready()); /* which loads the part that writes AVIF */
    TRY(sandbox_landlock(NULL, 0, NULL, 0));
    TRY(sandbox_seccomp(CALLS));
    while (!is_end) TRY(one_order(sys, &is_end));
    return OK;
}

int main(int argc, char **argv) {
    struct sys sys = sys_real();
    (void)argv;
    if (argc != 1) {
        fputs("encoder: it is started by hanji, not by hand\n", stderr);
        return EX_USAGE;
    }
    err e = work(&sys);
    if (e.kind != ERR_NONE) {
        fprintf(stderr, "encoder: %s\n", e.message);
        _exit(EX_SOFTWARE);
    }
    _exit(EX_OK);
}
