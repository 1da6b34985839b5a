/* server.h: the gate's loop: a call comes in, is one change of the ledger, is answered. */
#pragma once

#include "gate/ledger.h"

/* Serves one socket until the other side closes it. Every call is a transaction of its own: what it
 * appended is on the disk before it is answered. fails: ERR_IO (the socket), ERR_NO_MEMORY. A call
 * that fails is answered with its error and does not end the loop. */
err gate_serve(const struct sys *sys, struct ledger *ledger, int socket) MUST_USE;

/* The same without a ledger, for whoever has a PDF and no site: GATE_PAPER is the one call that is
 * answered, and no name is looked for. fails: as gate_serve. */
err gate_serve_papers(const struct sys *sys, int socket) MUST_USE;
