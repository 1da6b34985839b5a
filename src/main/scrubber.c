/* scrubber.c: the program that meets untrusted files, one forked child for one file.
 *
 *     scrubber MEMORY_BYTES SECONDS      questions on 3
 *
 * It is started by the house (scrub/scrub.h) and by nobody else. What it has to say of a picture is
 * in the answer; the exit status says only whether it could begin. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "scrub/serve.h"

enum { QUESTIONS_FD = 3 };

int main(int argc, char **argv) {
    uint64_t memory_bytes = 0;
    uint64_t seconds = 0;
    struct sys sys = sys_real();
    if (argc != 3 || !str_to_u64(str_of(argv[1]), &memory_bytes) ||
        !str_to_u64(str_of(argv[2]), &seconds) || seconds > UINT32_MAX) {
        fputs("scrubber: it is started by hanji, not by hand\n", stderr);
        return EX_USAGE;
    }
    struct scrub_server server = {.socket = QUESTIONS_FD,
                                  .memory_bytes = memory_bytes,
                                  .seconds = (unsigned)seconds,
                                  .read = scrub_read};
    err e = scrub_wake();
    if (e.kind == ERR_NONE) e = scrub_serve(&sys, &server);
    if (e.kind != ERR_NONE) {
        fprintf(stderr, "scrubber: %s\n", e.message);
        _exit(EX_SOFTWARE);
    }
    _exit(EX_OK);
}
