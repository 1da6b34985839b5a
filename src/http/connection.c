/* connection.c: the life of one connection.
 *
 *                     +-----------------------------------+
 *                     v                                   |
 *     entry --> read -+-> parse --> handler --> batch --> send --> close
 *                             |                           ^
 *                             +--> refuse ----------------+--> linger --> close
 *
 * epoll tells edges: that something changed, once. So a connection is driven until the kernel has
 * nothing more to give or take, remembered in is_readable, and nothing is asked twice. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_impl.h"

/* Batches or reads of one connection in one turn; then the others have theirs. */
enum { ROUNDS_MAX = 16, TRASH_BYTES = 4096 };

void connection_close(struct http_server *server, struct connection *c) {
    send_abandon(server, c);
    answer_abandon(server, c);
    head_give(server, c);
    deadline_clear(server, c);
    if (c->is_counted) crowd_leave(server, &c->peer);
    tls_free(c);
    close(c->source.fd); /* this takes it out of epoll too */
    connection_give(server, c);
}

static bool watch(struct http_server *server, struct connection *c, uint32_t events) {
    struct epoll_event event = {.events = events | EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    int what = c->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    c->is_watched = true;
    return epoll_ctl(server->epoll, what, c->source.fd, &event) == 0;
}

bool connection_watch(struct http_server *server, struct connection *c) {
    return c->is_watched || watch(server, c, 0);
}

bool connection_watch_writable(struct http_server *server, struct connection *c) {
    if (c->wants_writable) return true;
    c->wants_writable = true;
    return watch(server, c, EPOLLOUT);
}

bool connection_count(struct http_server *server, struct connection *c) {
    bool is_free =
        server->options.per_network_max == 0 || c->is_trusted || c->peer.family == HTTP_FAMILY_NONE;
    if (is_free) return true;
    c->is_counted = crowd_enter(server, &c->peer);
    if (!c->is_counted) server->counters.crowded++;
    return c->is_counted;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

/* All is said. A refused peer may still be sending, and closing under it would make its kernel
 * throw our answer away: so only our half is closed, and the rest is read and dropped for a
 * while. */
static enum step end(struct http_server *server, struct connection *c) {
    tls_say_goodbye(c);
    if (!c->is_refused || shutdown(c->source.fd, SHUT_WR) != 0) {
        connection_close(server, c);
        return STEP_DONE;
    }
    tls_free(c);
    c->is_lingering = true;
    return STEP_ON;
}

static void linger(struct http_server *server, struct connection *c) {
    char trash[TRASH_BYTES];
    for (int round = 0; round < ROUNDS_MAX; round++) {
        ssize_t got = recv(c->source.fd, trash, sizeof trash, 0);
        if (got > 0 || (got < 0 && errno == EINTR)) continue;
        if (got < 0 && errno == EAGAIN) {
            if (c->deadline != DEADLINE_LINGER) deadline_set(server, c, DEADLINE_LINGER);
            return;
        }
        connection_close(server, c);
        return;
    }
    connection_close(server, c); /* a peer that still sends this much is not reading */
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Waits for the peer: between two requests, in the middle of a head, or of a body. A head has one
 * deadline for all of it, which more bytes of it do not renew; a body has one for each piece. */
static enum step rest(struct http_server *server, struct connection *c) {
    struct http_head *head = c->head;
    if (head == NULL && server->is_draining && server->now_ns >= server->idle_ends_ns) {
        connection_close(server, c);
    } else if (head == NULL) {
        deadline_set(server, c, DEADLINE_IDLE);
    } else if (head->in_body && c->deadline != DEADLINE_BODY) {
        head->body_mark = head->body.taken;
        deadline_set(server, c, DEADLINE_BODY);
    } else if (!head->in_body && c->deadline != DEADLINE_HEAD) {
        deadline_set(server, c, DEADLINE_HEAD);
    }
    return STEP_DONE;
}

/* Moves the head that is being read to the front, so that all of the buffer is behind it. */
static void make_room(struct http_head *head) {
    if (head->start == 0) return;
    memmove(head->bytes, head->bytes + head->start, head->end - head->start);
    head->parsed -= head->start;
    head->end -= head->start;
    head->start = 0;
}

static ssize_t receive(struct http_server *server, struct connection *c, size_t room) {
    char *place = c->head->bytes + c->head->end;
    if (c->tls != NULL) return tls_recv(server, c, place, room);
    ssize_t got = recv(c->source.fd, place, room, 0);
    /* Fewer bytes than there was room for: the kernel has no more, and will tell of new ones. */
    if (got > 0 && (size_t)got < room && !c->is_ended) c->is_readable = false;
    return got;
}

static enum step read_more(struct http_server *server, struct connection *c) {
    if (!c->is_readable) return rest(server, c);
    if (!head_take(server, c)) {
        connection_close(server, c);
        return STEP_DONE;
    }
    make_room(c->head);
    size_t room = server->options.head_bytes - c->head->end;
    if (room == 0) {
        server->counters.refused++;
        return answer_refuse(server, c, head_overflow(c->head)) ? STEP_ON : STEP_DONE;
    }
    ssize_t got = receive(server, c, room);
    if (got > 0) {
        c->head->end += (size_t)got;
        return STEP_ON;
    }
    if (got < 0 && errno == EINTR) return STEP_ON;
    if (got < 0 && errno == EAGAIN) {
        c->is_readable = false;
        if (c->head->start == c->head->end && !c->head->in_body) head_give(server, c);
        return rest(server, c);
    }
    connection_close(server, c);
    return STEP_DONE;
}

/* ---- Driving --------------------------------------------------------------------------------- */

void connection_drive(struct http_server *server, struct connection *c) {
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (c->is_lingering) {
            linger(server, c);
            return;
        }
        if (c->entry != ENTRY_DONE && entry_go(server, c) == STEP_DONE) return;
        if (c->output != NULL && send_output(server, c) == STEP_DONE) return;
        if (c->is_closing) {
            if (end(server, c) == STEP_DONE) return;
            continue;
        }
        if (!answer_all(server, c)) {
            connection_close(server, c);
            return;
        }
        if (c->output != NULL || c->is_closing) continue;
        if (read_more(server, c) == STEP_DONE) return;
    }
    deadline_set(server, c, DEADLINE_AGAIN);
}

static void head_expires(struct http_server *server, struct connection *c) {
    server->counters.late++;
    if (c->entry != ENTRY_DONE) {
        connection_close(server, c);
        return;
    }
    deadline_clear(server, c);
    head_give(server, c);
    if (answer_refuse(server, c, 408)) connection_drive(server, c);
}

void connection_expire(struct http_server *server, struct connection *c) {
    switch ((enum deadline)c->deadline) {
    case DEADLINE_AGAIN: connection_drive(server, c); return;
    case DEADLINE_HEAD: head_expires(server, c); return;
    case DEADLINE_BODY: answer_body_expires(server, c); return;
    case DEADLINE_WRITE: send_expires(server, c); return;
    case DEADLINE_NONE:
    case DEADLINE_IDLE:
    case DEADLINE_LINGER:
    case DEADLINE_COUNT: break;
    }
    connection_close(server, c);
}
