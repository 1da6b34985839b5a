/* server_impl.h: the two halves of the server: the loop (server.c) and the calls (calls.c). */
#pragma once

#include "gate/server.h"

/* Who asks. Whoever opened the ledger, or has proven it since, is an officer. */
struct gate_asker {
    bool is_officer;
    char name[LIMIT_NAME_BYTES];
    size_t name_len;
};

/* Handles one call as one change. The answer lives in `a`; *ret_ends says that the gate is to end
 * when it was sent. An error is packed as an answer too. fails: ERR_NO_MEMORY (not even that). */
struct gate_answering {
    const struct gate_post *post;
    struct gate_asker *asker;
    const struct wire_message *message;
};
struct gate_answered {
    uint32_t type;
    str bytes;
    bool ends;
    bool is_timed; /* to be told at a time that says nothing of what was found */
};
err gate_answer_call(struct arena *a, const struct gate_answering *answering,
                     struct gate_answered *ret_answered) MUST_USE;
