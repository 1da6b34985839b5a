/* passphrase.h: what an officer types, read where no other process has it. */
#pragma once

#include "base/base.h"

enum { PASSPHRASE_MAX = 1024, PASSPHRASE_MIN = 8 /* characters of a new one */ };

/* A file that somebody handed over, to be read from. A gate that others wait for reads until a
 * deadline and no longer, and stops when it is to end; should it hang all the same, the system ends
 * it. */
struct typing {
    const struct sys *sys;
    int file;
    int64_t deadline_ns; /* of ticks_ns; 0: as long as it takes */
    int ending;          /* readable when the gate is to end; -1: nothing tells */
};
/* At most `max` bytes as they are there now. *ret_len is 0 at the end of the file.
 * fails: ERR_BUSY (nothing came in time), ERR_IO. */
err typing_read(const struct typing *typing, void *place, size_t max, size_t *ret_len) MUST_USE;

/* Reads one line into `room`, memory of vault_secret of PASSPHRASE_MAX bytes. On a terminal it asks
 * `question` and does not show what is typed. An end without a line gives length 0.
 * fails: as typing_read. */
err passphrase_read(const struct typing *typing, str question, unsigned char *room,
                    size_t *ret_len) MUST_USE;

/* A new one: long enough, and on a terminal typed twice, for nobody sees what is typed.
 * fails: ERR_NOT_FOUND (none was given), ERR_INVALID (too short, or not the same twice), and as
 * typing_read. */
err passphrase_read_new(const struct typing *typing, str question, unsigned char *room,
                        size_t *ret_len) MUST_USE;
