/* server.h: the gate's calls, and its loop: a call comes in, is one change of the ledger, is
 * answered.
 *
 * The loop waits for none of its clients: messages come in and answers go out as far as the sockets
 * take them, many side by side; the calls themselves are handled one after the other. Whoever is
 * slow in the middle of a message, or does not take an answer, is let go when its time is over. */
#pragma once

#include "gate/ledger.h"

/* Where a gate stands, and until when. */
struct gate_post {
    struct ledger *ledger; /* NULL: none; then GATE_PAPER is the one call, and nobody is known */
    int officer;           /* a socket that is open already, of whoever opened the ledger */
    int listener;  /* where more clients come in; -1: none do, and it ends with the one above */
    int ending;    /* readable when it is to end; -1 */
    int site;      /* the folder of `ledger` and `gate.sock`, opened with O_PATH; -1 */
    int folder;    /* of the ledger */
    int64_t until; /* of now_seconds; 0: no end */
    enum gate_memory memory;
    unsigned patience_seconds; /* for a message to arrive, or an answer to be taken */
};

/* Serves until there is nobody left to serve, the time is over, it is told to end, or the ledger's
 * folder, its database or the socket's name are not what they were. Every call is a transaction of
 * its own: what it appended is on the disk before it is answered. A call that fails is answered
 * with its error and does not end the loop. fails: ERR_IO, ERR_NO_MEMORY. */
err gate_serve(const struct sys *sys, const struct gate_post *post) MUST_USE;
