/* paper.c: the program that meets an untrusted PDF, one process for one file.
 *
 *     paper MEMORY_BYTES SECONDS      questions on 3
 *
 * It is started by the house (scrub/paper.h) and by nobody else. It has qpdf's and poppler's
 * programs read the file, which see no other file of this machine but libraries and fonts. */
#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "scrub/paper_serve.h"

enum { QUESTIONS_FD = 3 };

/* What tools print would carry words of the file to a terminal or a log. */
static bool hush(void) {
    CLEANUP(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (null < 0 || dup2(null, fd) < 0) return false;
    }
    return true;
}

int main(int argc, char **argv) {
    uint64_t memory_bytes = 0;
    uint64_t seconds = 0;
    struct sys sys = sys_real();
    if (argc != 3 || !str_to_u64(str_of(argv[1]), &memory_bytes) ||
        !str_to_u64(str_of(argv[2]), &seconds) || seconds > UINT32_MAX) {
        fputs("paper: it is started by hanji, not by hand\n", stderr);
        return EX_USAGE;
    }
    struct paper_server server = {
        .socket = QUESTIONS_FD, .memory_bytes = memory_bytes, .seconds = (unsigned)seconds};
    if (!hush()) _exit(EX_OSERR);
    err e = paper_wake(&server);
    if (e.kind == ERR_NOT_FOUND)
        e = paper_refuse(&sys, &server);
    else if (e.kind == ERR_NONE)
        e = paper_serve(&sys, &server);
    _exit(e.kind == ERR_NONE ? EX_OK : EX_SOFTWARE);
}
