/* paper_serve.h: the paper reader's half: behind the sandbox, a hostile PDF becomes pages.
 *
 * Runs in libexec/hanji/paper alone, one process for one file. See paper.h for what is asked. */
#pragma once

#include "base/base.h"

struct paper_server {
    int socket;
    size_t memory_bytes; /* address space, of the reader and of each tool */
    unsigned seconds;    /* of processor time, of a tool; the reader has more */
};

/* Gives up all rights but those for running the tools. fails: ERR_NOT_FOUND, ERR_DENIED, ERR_IO. */
err paper_wake(const struct paper_server *server) MUST_USE;

/* Answers until the other side closes. fails: ERR_IO, ERR_INVALID, ERR_NO_MEMORY. */
err paper_serve(const struct sys *sys, const struct paper_server *server) MUST_USE;

/* Without the tools: answers the one question with PAPER_TOOLS. fails: as paper_serve. */
err paper_refuse(const struct sys *sys, const struct paper_server *server) MUST_USE;
