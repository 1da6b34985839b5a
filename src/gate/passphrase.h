/* passphrase.h: reading a passphrase, where no other process has it. */
#pragma once

#include "base/base.h"

enum { PASSPHRASE_MAX = 1024, PASSPHRASE_MIN = 8 /* characters of a new one */ };

/* Reads one line from an open file into `room`, memory of vault_secret of PASSPHRASE_MAX bytes. On
 * a terminal it asks `question` and does not show what is typed. An end without a line gives
 * length 0. fails: ERR_IO. */
err passphrase_read(const struct sys *sys, int file, str question, unsigned char *room,
                    size_t *ret_len) MUST_USE;

/* A new one: long enough, and on a terminal typed twice, for nobody sees what is typed.
 * fails: ERR_NOT_FOUND (none was given), ERR_INVALID (too short, or not the same twice), ERR_IO. */
err passphrase_read_new(const struct sys *sys, int file, str question, unsigned char *room,
                        size_t *ret_len) MUST_USE;
