/* serve.h: the scrubber program's loop: one forked child for one file.
 *
 * The process that loops holds libraries that are awake, and nothing else: it never reads a
 * picture, so no picture can turn it, and every child begins as the first one did. What a child
 * met ends with it. */
#pragma once

#include "scrub/read.h"

struct scrub_server {
    int socket; /* as scrub.h speaks on it */
    size_t memory_bytes;
    unsigned seconds;                           /* of processor time, and of any */
    err (*read)(const struct scrub_task *task); /* what a child does: scrub_read */
};

/* Answers until the other side closes. fails: ERR_IO, ERR_INVALID, ERR_NO_MEMORY. */
err scrub_serve(const struct sys *sys, const struct scrub_server *server) MUST_USE;
