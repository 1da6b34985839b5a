/* encoder.c: the program that draws new files from pixels.
 *
 *     encoder      orders on 3, a scrubber's socket on 4
 *
 * It is started by the house (scrub/maker.h) and by nobody else. It is ours and trusted, but has no
 * business with programs, the network, or files other than the machine's fonts, and gives them up.
 * It reads no picture: that is for the scrubber, which it asks; for cards alone there is none. */
#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/unicode.h"
#include "scrub/encode.h"
#include "scrub/maker.h"

enum { ORDERS = 3, SCRUBBER = 4, ORDER_FILES = 2, MESSAGE_BYTES = 4096, FONT_FOLDERS_MAX = 4 };

/* What encoding needs: to be asked and to answer, to ask the scrubber, memory, the threads that
 * libvips and the AVIF encoder start. Nothing that connects, starts a program or signals. The last
 * ones find and open fonts: of files Landlock leaves it those of the fonts' folders, to read. */
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
                                    "openat",
                                    "pread64",
                                    "getdents64",
                                    "access",
                                    "faccessat2",
                                    "stat",
                                    "statfs",
                                    "fstatfs",
                                    "readlink",
                                    NULL};

/* One picture: pixels as they come, files as they leave. */
#define PICTURE_ARENA_BYTES (PIXELS_ANSWER_BYTES_MAX * 3 + ((size_t)256 << 20))

/* Fonts are opened for the first card, in a process that can open nothing else any more. */
static err make_card(struct arena *a, struct card_fonts **fonts,
                     const struct wire_message *message) {
    struct card card;
    struct picture_set set;
    TRY(wire_unpack(a, &card_shape, message->bytes, &card));
    if (*fonts == NULL) TRY(card_fonts_open(a->sys, fonts));
    TRY(card_draw(a, *fonts, &card, &set));
    return maker_put(a->sys, message->files[0], &set);
}

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

static err one_order(const struct sys *sys, struct card_fonts **fonts, bool *ret_is_end) {
    CLEANUP(arena_done) struct arena a;
    CLEANUP(arena_done) struct arena words; /* has room also when the picture took all of its own */
    struct wire_message message;
    arena_init(&a, sys, PICTURE_ARENA_BYTES);
    arena_init(&words, sys, 4 * MESSAGE_BYTES);
    err e = wire_receive(&a, ORDERS, 0, &message);
    *ret_is_end = e.kind == ERR_NOT_FOUND;
    if (*ret_is_end) return OK;
    TRY(e);
    bool is_card = message.type == MAKER_CARD && message.file_count == 1;
    bool is_order = (message.type == MAKER_FILE || message.type == MAKER_PIXELS) &&
                    message.file_count == ORDER_FILES;
    if (is_card) e = answer(&words, make_card(&a, fonts, &message));
    if (is_order) e = answer(&words, make(&a, &message));
    wire_close_files(&message);
    if (!is_order && !is_card) FAIL(ERR_INVALID, "not an order for an encoder");
    return e;
}

/* Nothing of the house lies in these: what can be read here is on every machine of the kind. */
static err keep_fonts_alone(const struct sys *sys) {
    CLEANUP(arena_done) struct arena a;
    int folders[FONT_FOLDERS_MAX];
    size_t count = 0;
    arena_init(&a, sys, MESSAGE_BYTES);
    for (size_t i = 0; card_font_folders[i] != NULL && count < FONT_FOLDERS_MAX; i++) {
        err e = file_open(&a, AT_FDCWD, str_of(card_font_folders[i]), O_RDONLY | O_DIRECTORY,
                          &folders[count]);
        count += e.kind == ERR_NONE;
    }
    err e = sandbox_landlock(folders, count, NULL, 0);
    for (size_t i = 0; i < count; i++) fd_close(&folders[i]);
    return e;
}

static err work(const struct sys *sys) {
    CLEANUP(card_fonts_close) struct card_fonts *fonts = NULL;
    bool is_end = false;
    TRY(sandbox_no_dump());
    TRY(picture_ready()); /* which loads the part that writes AVIF */
    TRY(keep_fonts_alone(sys));
    TRY(sandbox_seccomp(CALLS));
    while (!is_end) TRY(one_order(sys, &fonts, &is_end));
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
