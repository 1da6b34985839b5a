/* serving.c: fronts coming and going: see serving.h. */
#include "main/serving.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DRAIN_SECONDS = 30,
    READY_SECONDS = 120, /* the first pressing is read whole before it is served */
    ANSWER_SECONDS = 5,  /* for the rest of a message that has begun */
    ANSWER_BYTES = 64 << 10,
    PAUSE_MS_MIN = 100,
    PAUSE_MS_MAX = 30000,
    STEADY_SECONDS = 60, /* a front that lasted this long is started again at once */
};

static const int64_t SECOND_NS = 1000000000;
static const int64_t MS_NS = 1000000;

static int64_t now_ns(const struct serving *serving) {
    const struct sys *sys = serving->site->run->sys;
    return sys->ticks_ns(sys->ctx);
}

static void complain(err e) { fprintf(stderr, "hanji serve: %s\n", e.message); }

/* ---- One front ------------------------------------------------------------------------------ */

static bool is_there(const struct front *front) { return front->child.pid > 0; }

static void front_close(struct front *front) {
    child_kill(&front->child);
    fd_close(&front->ended);
    fd_close(&front->control);
    *front = FRONT_NONE;
}

/* Starts `next`, which is ready when it says so. */
static err begin_next(struct serving *serving) {
    struct run *run = serving->site->run;
    str program = {0};
    int ends[2];
    serving->again_at_ns = 0;
    serving->wants_another = false;
    TRY(arena_printf(run->a, &program, STR_FMT "/front", STR_ARG(run->programs)));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        FAIL(ERR_IO, "a socket: %s", strerror(errno));
    CLEANUP(front_close) struct front front = {.ended = -1, .control = ends[0]};
    const char *const argv[] = {"hanji-front", NULL};
    const struct child_spec spec = {
        .program = program.ptr, .argv = argv, .fds = &ends[1], .fd_count = 1};
    err e = child_start(&spec, &front.child);
    close(ends[1]);
    TRY(e);
    front.ended = (int)syscall(SYS_pidfd_open, front.child.pid, 0);
    if (front.ended < 0) FAIL(ERR_IO, "the front: %s", strerror(errno));
    TRY(serving_send_setup(serving, front.control));
    serving->next = front;
    serving->next_by_ns = now_ns(serving) + READY_SECONDS * SECOND_NS;
    front = FRONT_NONE;
    return OK;
}

/* Asks a front to finish. Its listeners are ours too: who comes meanwhile is for another. */
static void send_home(struct front *front) {
    if (is_there(front)) kill(front->child.pid, SIGTERM);
}

/* `next` takes over; the one before it answers what it has begun. */
static void take_over(struct serving *serving) {
    serving_settle_offer(serving, true);
    serving->takes_what_it_had = false;
    serving->has_served = true;
    if (is_there(&serving->front)) {
        serving->old = serving->front;
        send_home(&serving->old);
    }
    serving->front = serving->next;
    serving->next = FRONT_NONE;
    serving->started_ns = now_ns(serving);
}

/* A front that ended by itself is started again, ever more slowly. */
static void plan_another(struct serving *serving) {
    int64_t now = now_ns(serving);
    if (serving->started_ns != 0 && now - serving->started_ns > STEADY_SECONDS * SECOND_NS)
        serving->pause_ms = PAUSE_MS_MIN;
    serving->again_at_ns = now + serving->pause_ms * MS_NS;
    serving->pause_ms = serving->pause_ms * 2 > PAUSE_MS_MAX ? PAUSE_MS_MAX : serving->pause_ms * 2;
    serving->started_ns = 0;
}

/* `next` did not come to serve. What is served goes on; if nothing is, it is tried again, with the
 * certificate that was good before and then again with that of the disk. */
static void next_failed(struct serving *serving) {
    front_close(&serving->next);
    serving_settle_offer(serving, false);
    if (!serving->has_served) return; /* the first one: whoever starts us is told */
    if (is_there(&serving->front)) {
        fputs("hanji serve: the new front did not start; the old one goes on\n", stderr);
        return;
    }
    fputs("hanji serve: the front did not start; it is tried again\n", stderr);
    serving->takes_what_it_had = !serving->takes_what_it_had;
    plan_another(serving);
}

static void try_next(struct serving *serving) {
    err e = begin_next(serving);
    if (e.kind == ERR_NONE) return;
    complain(e);
    next_failed(serving);
}

/* ---- What they say -------------------------------------------------------------------------- */

/* A message of a front, which is there to be read; false when it has no more to say. */
static bool hear(const struct serving *serving, struct front *front,
                 struct wire_message *ret_message) {
    CLEANUP(arena_done) struct arena a;
    arena_init(&a, serving->site->run->sys, ANSWER_BYTES);
    *ret_message = (struct wire_message){0};
    err e = wire_receive(&a, front->control, ANSWER_SECONDS, ret_message);
    wire_close_files(ret_message); /* it has none to give */
    ret_message->bytes = (str){0}; /* they go with the arena; the type says it all */
    if (e.kind == ERR_NONE) return true;
    fd_close(&front->control);
    return false;
}

static void hear_next(struct serving *serving) {
    struct wire_message message;
    if (hear(serving, &serving->next, &message) && message.type == FRONT_READY)
        take_over(serving);
    else
        next_failed(serving);
}

static void hear_front(struct serving *serving) {
    struct wire_message message;
    if (!hear(serving, &serving->front, &message)) return;
    if (message.type == FRONT_RENEWED || message.type == FRONT_KEPT)
        serving_settle_offer(serving, message.type == FRONT_RENEWED);
}

/* ---- Signals -------------------------------------------------------------------------------- */

static err watch_signals(struct serving *serving) {
    static const int heard[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT_OF(heard); i++) sigaddset(&set, heard[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    serving->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (serving->signals < 0) FAIL(ERR_IO, "signals: %s", strerror(errno));
    return OK;
}

static void renew(struct serving *serving) {
    serving->takes_what_it_had = false; /* what lies on the disk may be good again */
    if (!is_there(&serving->front)) return;
    err e = serving_renew(serving);
    if (e.kind != ERR_NONE) complain(e);
}

/* Does what signals ask for; true when we are asked to stop. */
static bool obey(struct serving *serving) {
    struct signalfd_siginfo info;
    while (read(serving->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) return true;
        if (info.ssi_signo == SIGHUP) renew(serving);
        if (info.ssi_signo == SIGUSR2) serving->wants_another = true;
    }
    return false;
}

/* ---- Keeping one running --------------------------------------------------------------------- */

/* Reaps a front that has ended. */
static bool has_ended(struct front *front, int *ret_status) {
    if (!is_there(front) || waitpid(front->child.pid, ret_status, WNOHANG) <= 0) return false;
    front->child.pid = 0;
    front_close(front);
    return true;
}

static void look_who_ended(struct serving *serving) {
    int status = 0;
    has_ended(&serving->old, &status);
    if (!has_ended(&serving->front, &status)) return;
    fprintf(stderr, "hanji serve: the front ended (status %d); it is started again\n", status);
    serving_settle_offer(serving, false);
    if (!is_there(&serving->next)) plan_another(serving);
}

/* How long nothing has to be done, if nothing happens. */
static int quiet_ms(const struct serving *serving) {
    int64_t at = is_there(&serving->next)    ? serving->next_by_ns
                 : serving->again_at_ns != 0 ? serving->again_at_ns
                                             : 0;
    if (at == 0) return -1;
    int64_t left_ms = (at - now_ns(serving) + MS_NS - 1) / MS_NS;
    return left_ms < 0 ? 0 : (int)left_ms;
}

/* What time asks for. One comes or goes at a time: who wants another while that lasts gets it
 * afterwards, so that nobody's answer is cut. */
static void look_at_clock(struct serving *serving) {
    bool is_free = !is_there(&serving->next) && !is_there(&serving->old);
    if (is_there(&serving->next) && now_ns(serving) >= serving->next_by_ns) {
        next_failed(serving);
    } else if (serving->wants_another && is_free) {
        try_next(serving);
    } else if (serving->again_at_ns != 0 && now_ns(serving) >= serving->again_at_ns) {
        try_next(serving);
    }
}

/* Waits for news and acts on them; *ret_stops when we are asked to stop. */
static err turn(struct serving *serving, bool *ret_stops) {
    struct pollfd events[] = {
        {.fd = serving->signals, .events = POLLIN},
        {.fd = serving->next.control, .events = POLLIN},
        {.fd = serving->front.control, .events = POLLIN},
        {.fd = serving->front.ended, .events = POLLIN},
        {.fd = serving->old.ended, .events = POLLIN},
    };
    *ret_stops = false;
    if (poll(events, COUNT_OF(events), quiet_ms(serving)) < 0) {
        if (errno == EINTR) return OK;
        FAIL(ERR_IO, "waiting: %s", strerror(errno));
    }
    /* The front first: who takes over takes its place. */
    if (events[2].revents != 0) hear_front(serving);
    if (events[1].revents != 0) hear_next(serving);
    look_who_ended(serving);
    *ret_stops = events[0].revents != 0 && obey(serving);
    if (!*ret_stops) look_at_clock(serving);
    return OK;
}

/* Whether somebody asks once more, who does not want to wait. */
static bool is_asked_again(const struct serving *serving) {
    struct signalfd_siginfo info;
    while (read(serving->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) return true;
    }
    return false;
}

/* Sends everybody home and waits until they have gone, or until we are asked a second time; who is
 * still there then is ended by serving_done. */
static err finish(struct serving *serving) {
    int64_t by_ns = now_ns(serving) + DRAIN_SECONDS * SECOND_NS;
    front_close(&serving->next);
    send_home(&serving->old);
    send_home(&serving->front);
    while (is_there(&serving->old) || is_there(&serving->front)) {
        struct pollfd events[] = {
            {.fd = serving->signals, .events = POLLIN},
            {.fd = serving->old.ended, .events = POLLIN},
            {.fd = serving->front.ended, .events = POLLIN},
        };
        int status = 0;
        int64_t left_ms = (by_ns - now_ns(serving)) / MS_NS;
        if (left_ms <= 0) FAIL(ERR_BUSY, "the front did not finish in %d seconds", DRAIN_SECONDS);
        if (poll(events, COUNT_OF(events), (int)left_ms) < 0 && errno != EINTR)
            FAIL(ERR_IO, "waiting: %s", strerror(errno));
        if (is_asked_again(serving)) break;
        has_ended(&serving->old, &status);
        has_ended(&serving->front, &status);
    }
    return OK;
}

err serving_run(struct serving *serving, err (*announce)(const struct serving *serving)) {
    bool stops = false;
    serving->pause_ms = PAUSE_MS_MIN;
    TRY(watch_signals(serving));
    TRY(begin_next(serving));
    while (!stops && is_there(&serving->next)) TRY(turn(serving, &stops));
    if (!stops && !is_there(&serving->front)) FAIL(ERR_IO, "the front did not start");
    if (!stops) TRY(announce(serving));
    while (!stops) TRY(turn(serving, &stops));
    return finish(serving);
}

void serving_done(struct serving *serving) {
    front_close(&serving->next);
    front_close(&serving->front);
    front_close(&serving->old);
    kept_certificate_free(&serving->offered);
    kept_certificate_free(&serving->taken);
    for (size_t i = 0; i < serving->listener_count; i++) fd_close(&serving->listeners[i]);
    fd_close(&serving->signals);
}
