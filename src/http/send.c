/* send.c: answers leave, as fast as their reader takes them. */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "http/http_impl.h"

/* What one reader may take in one turn; then the others have theirs. */
enum { SENDS_MAX = 16, FILE_BYTES_MAX = 1 << 20 };

static void let_go(struct http_server *server, struct output *output) {
    void *token = output->answers[output->answer_sent++].token;
    if (token != NULL) server->handler.release(server->handler.ctx, token);
}

void send_abandon(struct http_server *server, struct connection *c) {
    if (c->output == NULL) return;
    while (c->output->answer_sent < c->output->answer_count) let_go(server, c->output);
    output_give(server, c);
}

/* Strikes what the kernel took off the batch, and lets go of every body that is out. The file
 * belongs to the last answer. */
static void output_took(struct http_server *server, struct output *output, size_t bytes) {
    while (bytes > 0 && output->part_sent < output->part_count) {
        struct iovec *part = &output->parts[output->part_sent];
        if (bytes < part->iov_len) {
            part->iov_base = (char *)part->iov_base + bytes;
            part->iov_len -= bytes;
            break;
        }
        bytes -= part->iov_len;
        output->part_sent++;
    }
    if (output->part_sent == output->part_count) {
        output->file.at += bytes;
        output->file.len -= bytes;
    }
    while (output->answer_sent < output->answer_count &&
           output->answers[output->answer_sent].part_end <= output->part_sent) {
        bool is_last = output->answer_sent + 1 == output->answer_count;
        if (is_last && output->file.len > 0) break;
        let_go(server, output);
    }
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

void send_expires(struct http_server *server, struct connection *c) {
    if (taken_by(c) - c->taken >= server->options.write_bytes) {
        deadline_clear(server, c);
        wait_for_reader(server, c);
        return;
    }
    server->counters.late++;
    connection_close(server, c);
}

/* As the system calls: bytes taken, 0 when the file has become shorter, -1 and errno. What is about
 * to be followed by a file, or by the end of the connection, waits for that in the kernel: then
 * both leave in one packet. */
static ssize_t send_plain(struct connection *c) {
    struct output *output = c->output;
    if (output->part_sent < output->part_count) {
        struct msghdr message = {.msg_iov = output->parts + output->part_sent,
                                 .msg_iovlen = output->part_count - output->part_sent};
        bool has_more = output->file.len > 0 || c->is_closing;
        return sendmsg(c->source.fd, &message, has_more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL);
    }
    off_t at = (off_t)output->file.at;
    size_t size = output->file.len < FILE_BYTES_MAX ? (size_t)output->file.len : FILE_BYTES_MAX;
    return sendfile(c->source.fd, output->file.fd, &at, size);
}

enum step send_output(struct http_server *server, struct connection *c) {
    struct output *output = c->output;
    for (int i = 0; i < SENDS_MAX; i++) {
        if (output_is_out(output)) {
            output_give(server, c);
            return STEP_ON;
        }
        ssize_t sent = c->tls != NULL ? tls_send(server, c) : send_plain(c);
        if (sent > 0) {
            c->sent += (uint32_t)sent;
            output_took(server, output, (size_t)sent);
        } else if (sent < 0 && errno == EAGAIN && connection_watch_writable(server, c)) {
            wait_for_reader(server, c);
            return STEP_DONE;
        } else if (sent == 0 || errno != EINTR) {
            connection_close(server, c);
            return STEP_DONE;
        }
    }
    deadline_set(server, c, DEADLINE_AGAIN);
    return STEP_DONE;
}
