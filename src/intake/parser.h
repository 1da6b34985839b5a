/* parser.h: a child of this process that parses, and can do nothing else.
 *
 * Whatever somebody gave us to import is parsed in a child forked for it. Before it reads the first
 * byte the child closes every file but its own, gives up the file system (Landlock), the network
 * and every system call it does not need (seccomp), and can be neither traced nor dumped. It sends
 * typed items (item.h) through a socket and ends. When it crashes, hangs or lies, the import fails
 * with the name of the file, and nothing else happened. */
#pragma once

#include "intake/item.h"

struct parser_spec {
    /* Runs in the child: reads `input`, sends items to `socket`. What it returns is told to the
     * parent. It may look at all that the parent had in memory when parser_start was called. */
    err (*run)(void *context, int input, int socket);
    void *context;
    int input; /* the one file the child keeps; a folder: what is below it may be read */
    bool is_folder;
    str name; /* of the source, for messages */
};

struct parser {
    pid_t pid;
    int socket;
    str name;
};

/* fails: ERR_IO. Call from a process without other threads that hold locks of ours. */
err parser_start(const struct parser_spec *spec, struct parser *ret_parser) MUST_USE;

/* Waits for the next item. *ret_is_end: the source was read to its end, without failure.
 * fails: ERR_INVALID (the source, in the child's words; or the child died), ERR_LIMIT, ERR_BUSY,
 *        ERR_IO, ERR_NO_MEMORY. */
err parser_next(struct parser *parser, struct arena *a, struct wire_message *ret_message,
                bool *ret_is_end) MUST_USE;

/* Ends the child if it still runs; accepts a zeroed struct. Fits CLEANUP. */
void parser_stop(struct parser *parser);
