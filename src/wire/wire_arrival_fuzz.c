/* wire_arrival_fuzz.c: any bytes, in pieces of any length, as a sequence of messages. Whoever takes
 * them as they come, and whoever waits for each, hears the same. The first byte says how the bytes
 * are cut. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/wire.h"

enum { ARENA_CAP = 256 << 20, FUZZ_BYTES_MAX = 32 << 10 /* that much a socket holds at once */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next message as it comes in pieces; false: there is none that is whole. */
static bool next_in_pieces(struct arena *a, int ends[2], str *rest, size_t piece,
                           struct wire_message *ret_message) {
    struct wire_arrival arrival = {.got = 0};
    for (;;) {
        bool is_whole = false;
        if (wire_arrive(a, ends[1], &arrival, &is_whole).kind != ERR_NONE) return false;
        if (is_whole) {
            *ret_message = arrival.message;
            return true;
        }
        str some = str_slice(*rest, 0, piece);
        if (some.len == 0) return false;
        if (send(ends[0], some.ptr, some.len, 0) != (ssize_t)some.len) abort();
        *rest = str_skip(*rest, some.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct sys sys = sys_real();
    CLEANUP(arena_done) struct arena a;
    int pieces[2];
    int whole[2];
    arena_init(&a, &sys, ARENA_CAP);
    if (size < 1 || size > FUZZ_BYTES_MAX) return 0;
    str rest = {(const char *)data + 1, size - 1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pieces) != 0) abort();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, whole) != 0) abort();
    if (rest.len > 0 && send(whole[0], rest.ptr, rest.len, 0) != (ssize_t)rest.len) abort();
    shutdown(whole[0], SHUT_WR);
    for (;;) {
        struct wire_message one = {0};
        struct wire_message other = {0};
        bool is_there = next_in_pieces(&a, pieces, &rest, data[0] + 1U, &one);
        bool is_there_too = wire_receive(&a, whole[1], 5, &other).kind == ERR_NONE;
        if (is_there != is_there_too) abort();
        if (!is_there) break;
        if (one.type != other.type || !str_eq(one.bytes, other.bytes)) abort();
    }
    for (int i = 0; i < 2; i++) {
        close(pieces[i]);
        close(whole[i]);
    }
    return 0;
}
