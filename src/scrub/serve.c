/* serve.c: see serve.h. */
#include "scrub/serve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "scrub/scrub.h"

enum { QUESTION_FILES = 2, MESSAGE_ARENA_BYTES = 4096 };

/* Never returns. The socket goes first: a child has nobody to speak to. */
static void be_the_child(const struct scrub_server *server, const struct wire_message *question,
                         pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || close(server->socket) != 0) _exit(1);
    struct scrub_task task = {.picture = question->files[0],
                              .answer = question->files[1],
                              .memory_bytes = server->memory_bytes,
                              .cpu_seconds = server->seconds};
    err e = server->read(&task);
    _exit(e.kind == ERR_NONE ? 0 : 1); /* at once: what libraries do at an end needs rights */
}

static err one_child(const struct sys *sys, const struct scrub_server *server,
                     const struct wire_message *question, struct scrub_end *ret_end) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) be_the_child(server, question, parent);
    if (pid < 0) FAIL(ERR_IO, "a process could not be started: %s", strerror(errno));
    CLEANUP(child_kill) struct child child = {.pid = pid};
    int status = 0;
    err e = child_wait(sys, &child, server->seconds, &status);
    if (e.kind != ERR_NONE && e.kind != ERR_BUSY) return e;
    *ret_end = (struct scrub_end){.status = status, .is_late = e.kind == ERR_BUSY};
    return OK;
}

/* The question's files are closed before the answer leaves: whoever hears it may count on that. */
static err answer_one(const struct sys *sys, const struct scrub_server *server, struct arena *a,
                      struct wire_message *question) {
    struct scrub_end end;
    struct buf b;
    str packed;
    if (question->type != SCRUB_ASK || question->file_count != QUESTION_FILES) {
        FAIL(ERR_INVALID, "not a question for a scrubber");
    }
    TRY(one_child(sys, server, question, &end));
    wire_close_files(question);
    buf_init(&b, a, MESSAGE_ARENA_BYTES / 2);
    wire_pack(&b, &scrub_end_shape, &end);
    TRY(buf_finish(&b, &packed));
    return wire_send(server->socket, SCRUB_END, packed, NULL, 0);
}

err scrub_serve(const struct sys *sys, const struct scrub_server *server) {
    for (;;) {
        CLEANUP(arena_done) struct arena a;
        struct wire_message question;
        arena_init(&a, sys, MESSAGE_ARENA_BYTES);
        err e = wire_receive(&a, server->socket, 0, &question);
        if (e.kind == ERR_NOT_FOUND) return OK;
        TRY(e);
        e = answer_one(sys, server, &a, &question);
        wire_close_files(&question);
        TRY(e);
    }
}
