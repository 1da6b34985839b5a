/* connection.c: the life of one connection.
 *
 *            +------------------------------------------+
 *            v                                          |
 *     read --+--> parse --> handler --> batch --> send -+--> close
 *                   |                                   ^
 *                   +--> refuse ------------------------+--> linger --> close
 *
 * epoll tells edges: that something changed, once. So a connection is driven until the kernel has
 * nothing more to give or take, remembered in is_readable, and nothing is asked twice. */
#include <assert.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_impl.h"

/* Batches or reads of one connection in one turn; then the others have theirs. */
enum { ROUNDS_MAX = 16, TRASH_BYTES = 4096 };

/* What the steps of a drive tell: go on with the next, or this connection is done for now (it waits
 * in a deadline list, or it is gone). */
enum step { STEP_ON, STEP_DONE };

static void release_from(struct http_server *server, struct output *output, unsigned answer) {
    for (; answer < output->answer_count; answer++) {
        void *token = output->answers[answer].token;
        if (token != NULL) server->handler.release(server->handler.ctx, token);
    }
}

void connection_close(struct http_server *server, struct connection *c) {
    if (c->output != NULL) release_from(server, c->output, c->output->answer_sent);
    output_give(server, c);
    head_give(server, c);
    deadline_clear(server, c);
    close(c->source.fd); /* this takes it out of epoll too */
    connection_give(server, c);
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* Strikes what the kernel took off the batch, and lets go of every body that is out. */
static void output_took(struct http_server *server, struct output *output, size_t bytes) {
    while (bytes > 0) {
        struct iovec *part = &output->parts[output->part_sent];
        if (bytes < part->iov_len) {
            part->iov_base = (char *)part->iov_base + bytes;
            part->iov_len -= bytes;
            break;
        }
        bytes -= part->iov_len;
        output->part_sent++;
    }
    while (output->answer_sent < output->answer_count &&
           output->answers[output->answer_sent].part_end <= output->part_sent) {
        void *token = output->answers[output->answer_sent++].token;
        if (token != NULL) server->handler.release(server->handler.ctx, token);
    }
}

/* Has epoll tell when the peer takes more; asked for once in a connection's life. */
static bool watch_writable(struct http_server *server, struct connection *c) {
    if (c->wants_writable) return true;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    c->wants_writable = true;
    return epoll_ctl(server->epoll, EPOLL_CTL_MOD, c->source.fd, &event) == 0;
}

/* How much the peer has taken since the connection began, modulo 2^32. What the kernel took from us
 * says little: its buffer may hold megabytes and accept more only when a third of them is gone. TCP
 * knows what was acknowledged; other sockets have small buffers, and there ours is good enough. */
static uint32_t taken_by(const struct connection *c) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(c->source.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) {
        return c->sent;
    }
    return (uint32_t)info.tcpi_bytes_acked;
}

/* A reader has write_ms for the next write_bytes, and again as long as it takes them in time. */
static void wait_for_reader(struct http_server *server, struct connection *c) {
    if (c->deadline == DEADLINE_WRITE) return;
    c->taken = taken_by(c);
    deadline_set(server, c, DEADLINE_WRITE);
}

static void reader_expires(struct http_server *server, struct connection *c) {
    if (taken_by(c) - c->taken >= server->options.write_bytes) {
        deadline_clear(server, c);
        wait_for_reader(server, c);
        return;
    }
    server->counters.late++;
    connection_close(server, c);
}

static enum step flush(struct http_server *server, struct connection *c) {
    struct output *output = c->output;
    if (output == NULL) return STEP_ON;
    while (output->part_sent < output->part_count) {
        struct msghdr message = {.msg_iov = output->parts + output->part_sent,
                                 .msg_iovlen = output->part_count - output->part_sent};
        ssize_t sent = sendmsg(c->source.fd, &message, MSG_NOSIGNAL);
        if (sent >= 0) {
            c->sent += (uint32_t)sent;
            output_took(server, output, (size_t)sent);
        } else if (errno == EAGAIN && watch_writable(server, c)) {
            wait_for_reader(server, c);
            return STEP_DONE;
        } else if (errno != EINTR) {
            connection_close(server, c);
            return STEP_DONE;
        }
    }
    output_give(server, c);
    return STEP_ON;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

/* All is said. A refused peer may still be sending, and closing under it would make its kernel
 * throw our answer away: so only our half is closed, and the rest is read and dropped for a
 * while. */
static enum step end(struct http_server *server, struct connection *c) {
    if (!c->is_refused || shutdown(c->source.fd, SHUT_WR) != 0) {
        connection_close(server, c);
        return STEP_DONE;
    }
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

/* ---- Answering ------------------------------------------------------------------------------- */

static void add_answer(struct http_server *server, struct connection *c,
                       const struct http_response *response, struct framing framing) {
    framing.date = server_date(server);
    output_add(c->output, response, &framing);
    if (framing.closes) c->is_closing = true;
}

static str words_of(int status) {
    switch (status) {
    case 408: return STR("The request did not arrive in time.\n");
    case 414: return STR("The address is too long.\n");
    case 431: return STR("The header fields are too large.\n");
    case 501: return STR("The method is not known here.\n");
    case 503: return STR("Too many visitors at this moment. Please try again soon.\n");
    case 505: return STR("Only HTTP/1.1 is spoken here.\n");
    default: return STR("The request is not well formed.\n");
    }
}

void connection_refuse(struct http_server *server, struct connection *c, int status) {
    if (!output_take(server, c)) {
        connection_close(server, c);
        return;
    }
    assert(!output_is_full(c->output));
    struct http_response response = {
        .status = status, .lines = server->options.error_lines, .body = words_of(status)};
    add_answer(server, c, &response, (struct framing){.closes = true});
    c->is_refused = true;
}

static void ask_handler(struct http_server *server, struct connection *c,
                        const struct http_request *request) {
    struct http_response response = {0};
    bool wants_more = llhttp_should_keep_alive(&c->head->parser) != 0;
    server->counters.requests++;
    server->handler.answer(server->handler.ctx, request, &response);
    struct framing framing = {
        .omits_body = request->method == HTTP_METHOD_HEAD,
        .closes = response.closes || request->has_body || !wants_more || server->is_draining,
    };
    framing.keeps_alive = !framing.closes && request->minor_version == 0;
    if (request->has_body) c->is_refused = true;
    add_answer(server, c, &response, framing);
}

/* Answers whole heads that are here, as many as one batch holds. Whether anything was answered is
 * seen in c->output; false when there is no memory for a batch. */
static bool answer_all(struct http_server *server, struct connection *c) {
    while (c->head != NULL && c->head->parsed < c->head->end && !c->is_closing) {
        if (!output_take(server, c)) return false;
        if (output_is_full(c->output)) return true;
        struct http_request request;
        int status = head_parse(c->head, server->path_room, &request);
        if (status == 0) break;
        if (c->deadline == DEADLINE_HEAD) deadline_clear(server, c); /* the next has its own time */
        if (status == 200) {
            ask_handler(server, c, &request);
            head_next(c->head);
        } else {
            server->counters.refused++;
            connection_refuse(server, c, status);
        }
    }
    if (c->is_closing && c->head != NULL && c->head->parsed < c->head->end) c->is_refused = true;
    if (c->is_closing || (c->head != NULL && c->head->start == c->head->end)) head_give(server, c);
    if (c->output != NULL && c->output->answer_count == 0) output_give(server, c);
    return true;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Waits for the peer: between two heads, or in the middle of one. A head has one deadline for all
 * of it, which more bytes of it do not renew. */
static enum step rest(struct http_server *server, struct connection *c) {
    bool is_between = c->head == NULL;
    if (is_between && server->is_draining)
        connection_close(server, c);
    else if (is_between)
        deadline_set(server, c, DEADLINE_IDLE);
    else if (c->deadline != DEADLINE_HEAD)
        deadline_set(server, c, DEADLINE_HEAD);
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
        connection_refuse(server, c, head_overflow(c->head));
        return STEP_ON;
    }
    ssize_t got = recv(c->source.fd, c->head->bytes + c->head->end, room, 0);
    if (got > 0) {
        c->head->end += (size_t)got;
        /* Fewer bytes than there was room for: the kernel has no more, and will tell of new
         * ones. */
        if ((size_t)got < room && !c->is_ended) c->is_readable = false;
        return STEP_ON;
    }
    if (got < 0 && errno == EINTR) return STEP_ON;
    if (got < 0 && errno == EAGAIN) {
        c->is_readable = false;
        if (c->head->start == c->head->end) head_give(server, c);
        return rest(server, c);
    }
    connection_close(server, c);
    return STEP_DONE;
}

void connection_drive(struct http_server *server, struct connection *c) {
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (c->is_lingering) {
            linger(server, c);
            return;
        }
        if (flush(server, c) == STEP_DONE) return;
        if (c->is_closing) {
            if (end(server, c) == STEP_DONE) return;
            continue;
        }
        if (!answer_all(server, c)) {
            connection_close(server, c);
            return;
        }
        if (c->output != NULL) continue;
        if (read_more(server, c) == STEP_DONE) return;
    }
    deadline_set(server, c, DEADLINE_AGAIN);
}

void connection_expire(struct http_server *server, struct connection *c) {
    switch ((enum deadline)c->deadline) {
    case DEADLINE_AGAIN: connection_drive(server, c); return;
    case DEADLINE_HEAD:
        server->counters.late++;
        deadline_clear(server, c);
        head_give(server, c);
        connection_refuse(server, c, 408);
        connection_drive(server, c);
        return;
    case DEADLINE_WRITE: reader_expires(server, c); return;
    case DEADLINE_NONE:
    case DEADLINE_IDLE:
    case DEADLINE_LINGER:
    case DEADLINE_COUNT: break;
    }
    connection_close(server, c);
}
