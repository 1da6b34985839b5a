/* read.h: the scrubber's half: behind the sandbox, hostile bytes become pixels.
 *
 * Runs in the scrubber program alone. scrub_wake once, in the process that never reads a file;
 * scrub_read in a child of it, once, for one file. */
#pragma once

#include "wire/pixels.h"

struct scrub_task {
    int picture;         /* the file, open for reading */
    int answer;          /* the memory file, open for writing */
    size_t memory_bytes; /* address space this process may have */
    unsigned cpu_seconds;
};

/* Closes the file system off, wakes libvips, and keeps of the system calls those for being asked,
 * forking and reading. fails: ERR_DENIED, ERR_IO. */
err scrub_wake(void) MUST_USE;

/* Gives up what rights are left, reads the picture and writes the answer. A refusal is an answer
 * too. A right that cannot be given up ends it before the first byte is read.
 * fails: ERR_DENIED, ERR_IO, ERR_NO_MEMORY (and then there is no answer). */
err scrub_read(const struct scrub_task *task) MUST_USE;

/* Names a file by its first bytes; it is enough to have the first 16. */
enum pixels_format scrub_sniff(str bytes);
