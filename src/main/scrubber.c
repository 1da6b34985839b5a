/* scrubber.c: the program that meets untrusted files, one process for one file.
 *
 *     scrubber picture MEMORY_BYTES CPU_SECONDS      file on 3, answer on 4
 *
 * It is started by the house (scrub/scrub.h) and by nobody else. What it has to say is in the
 * answer; the exit status says only whether there is one. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "scrub/read.h"

enum { PICTURE_FD = 3, ANSWER_FD = 4 };

int main(int argc, char **argv) {
    uint64_t memory_bytes = 0;
    uint64_t cpu_seconds = 0;
    if (argc != 4 || !str_eq(str_of(argv[1]), STR("picture")) ||
        !str_to_u64(str_of(argv[2]), &memory_bytes) || !str_to_u64(str_of(argv[3]), &cpu_seconds) ||
        cpu_seconds > UINT32_MAX) {
        fputs("scrubber: it is started by hanji, not by hand\n", stderr);
        return EX_USAGE;
    }
    struct scrub_task task = {.picture = PICTURE_FD,
                              .answer = ANSWER_FD,
                              .memory_bytes = memory_bytes,
                              .cpu_seconds = (unsigned)cpu_seconds};
    err e = scrub_read(&task);
    if (e.kind != ERR_NONE) {
        fprintf(stderr, "scrubber: %s\n", e.message);
        _exit(EX_SOFTWARE);
    }
    _exit(EX_OK); /* at once: what libraries do when a process ends needs rights that are gone */
}
