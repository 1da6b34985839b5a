/* serving.h: what stands behind `hanji serve`: a parent that keeps one front running.
 *
 *     command_serve.c   the command and its addresses
 *     serving_told.c    what a front is told: files, certificate, manners (wire/front_calls.h)
 *     serving.c         fronts coming and going
 *
 * The three fronts there can be at a time:
 *
 *     next  --ready-->  front  --a new one is ready-->  old  --has finished-->  (gone)
 *
 * The parent never waits for one of them: it hears signals, ends and answers in one place, so that
 * it can be asked to stop at any moment. */
#pragma once

#include "main/site.h"
#include "wire/front_calls.h"

/* A front and the socket it is told things on. */
struct front {
    struct child child; /* pid 0: there is none */
    int ended;          /* a pidfd: can be read when it has ended */
    int control;
};
#define FRONT_NONE                                                                                 \
    (struct front) { .ended = -1, .control = -1 }

/* A certificate with its key, in memory of libsodium's that is locked and left out of cores. The
 * parent keeps the last one that a front took, so that a file that went bad meanwhile does not keep
 * the site dark when the front has to be started again. */
struct kept_certificate {
    unsigned char *bytes; /* chain, then key; NULL: there is none */
    size_t chain_len;
    size_t key_len;
};

struct serving {
    struct site *site;
    struct front front;
    struct front next; /* getting ready */
    struct front old;  /* finishing what it has under way */
    int listeners[FRONT_LISTENERS_MAX];
    struct front_listener kinds[FRONT_LISTENERS_MAX];
    size_t listener_count;
    int signals;
    str language;                    /* the site's own */
    str base;                        /* the site's address */
    struct kept_certificate offered; /* what a front was told and has not answered yet */
    struct kept_certificate taken;   /* what a front has taken */
    bool takes_what_it_had;          /* what lies on the disk was refused: the next gets `taken` */
    bool has_served;                 /* a front has been ready */
    bool wants_another;              /* asked for while one was coming or going */
    int64_t next_by_ns;              /* when `next` has to be ready */
    int64_t again_at_ns;             /* when a front that ended is started again; 0: not planned */
    int64_t started_ns;
    int pause_ms;
};

/* ---- serving_told.c -------------------------------------------------------------------------- */

/* Tells a new front all it needs. */
err serving_send_setup(struct serving *serving, int control) MUST_USE;
/* Tells the front of other logs, and of another certificate; the logs also when the certificate
 * cannot be read, which is the error then. */
err serving_renew(struct serving *serving) MUST_USE;
/* The front has taken what it was offered, or not. */
void serving_settle_offer(struct serving *serving, bool is_taken);
void kept_certificate_free(struct kept_certificate *kept); /* wipes; accepts what is empty */

/* ---- serving.c ------------------------------------------------------------------------------- */

/* Starts a front and keeps one running until SIGTERM or SIGINT; then waits until what is under way
 * is finished. `announce` is called once, when the first one is ready.
 * fails: ERR_IO (the first front did not start, or the last had to be killed), what `announce`
 *        gives. */
err serving_run(struct serving *serving, err (*announce)(const struct serving *serving)) MUST_USE;
void serving_done(struct serving *serving); /* ends what still runs */
