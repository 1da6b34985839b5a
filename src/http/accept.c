/* accept.c: who comes in, and what happens when there is no place, no descriptor, no memory. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_impl.h"

enum {
    ACCEPTS_PER_EVENT = 64, /* then those who are in have a turn */
    REFUSED_EXTRA = 64,     /* connections beyond the maximum, for the time it takes to say 503 */
    UNSENT_BYTES_MAX = 128 << 10,
};

static const int64_t SECOND_NS = 1000000000;
static const int64_t DEAF_NS = SECOND_NS; /* without descriptors: before the next attempt */

/* ---- Listeners ------------------------------------------------------------------------------- */

err http_server_listen_as(struct http_server *server, int listener,
                          const struct http_listening *how) {
    if (server->listener_count == LISTENERS_MAX) FAIL(ERR_LIMIT, "http: too many listeners");
    int flags = fcntl(listener, F_GETFL);
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) != 0) {
        FAIL(ERR_IO, "http: a listener: %s", strerror(errno));
    }
    /* Handed on to accepted sockets. An answer leaves whole, so there is nothing to wait for; and
     * the kernel keeps little that it has not sent yet, or a reader who takes nothing would hold
     * megabytes there and we would not know that he is slow. That it fails on a Unix socket is
     * fine: there is no such waiting there. */
    int on = 1;
    int unsent = UNSENT_BYTES_MAX;
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    struct listener *place = &server->listeners[server->listener_count];
    *place = (struct listener){{SOURCE_LISTENER, listener}, *how};
    TRY(epoll_add(server, &place->source, EPOLLIN));
    server->listener_count++;
    return OK;
}

err http_server_listen(struct http_server *server, int listener) {
    return http_server_listen_as(server, listener, &(struct http_listening){0});
}

/* Takes the listeners out of the loop: with no descriptor to accept with, they would be ready for
 * ever and the loop would spin. */
void accept_stop(struct http_server *server) {
    for (unsigned i = 0; i < server->listener_count && !server->is_deaf; i++) {
        epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listeners[i].source.fd, NULL);
    }
    server->is_deaf = true;
    server->hears_at_ns = server->now_ns + DEAF_NS;
}

void accept_again(struct http_server *server) {
    accept_keep_spare(server);
    server->is_deaf = false;
    for (unsigned i = 0; i < server->listener_count; i++) {
        err e = epoll_add(server, &server->listeners[i].source, EPOLLIN);
        if (e.kind != ERR_NONE) { /* the kernel is out of memory: later, and all of them */
            while (i-- > 0) {
                epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listeners[i].source.fd, NULL);
            }
            server->is_deaf = true;
            server->hears_at_ns = server->now_ns + DEAF_NS;
            return;
        }
    }
}

static void tell(struct http_server *server, err problem) {
    bool is_new = server->told_ns == 0 || server->now_ns - server->told_ns >= SECOND_NS;
    if (server->handler.trouble == NULL || !is_new) return;
    server->told_ns = server->now_ns;
    server->handler.trouble(server->handler.ctx, problem);
}

/* ---- One connection -------------------------------------------------------------------------- */

/* What it has to do before its first request. The deadline of that runs from now on, but for TLS
 * alone, whose client may as well say nothing yet: then it is idle. */
static void set_entry(struct http_server *server, struct connection *c,
                      const struct http_listening *how) {
    if (how->speaks_tls) c->entry = ENTRY_TLS;
    if (how->speaks_proxy) {
        c->entry = ENTRY_PROXY;
        c->needs_tls = how->speaks_tls;
    }
    deadline_set(server, c, c->entry != ENTRY_DONE ? DEADLINE_HEAD : DEADLINE_IDLE);
}

/* Begins to serve `fd`, which is closed when that fails; NULL then. */
static struct connection *begin(struct http_server *server, int fd, const struct http_peer *peer,
                                const struct http_listening *how) {
    struct connection *c = connection_take(server);
    if (c == NULL) {
        close(fd);
        tell(server, err_make(ERR_NO_MEMORY, __FILE__, __LINE__, "a connection had no room"));
        return NULL;
    }
    c->source.fd = fd;
    c->peer = *peer;
    c->is_trusted = http_networks_hold(&server->options.trusted, peer);
    set_entry(server, c, how);
    server->counters.accepted++;
    return c;
}

static bool is_crowded(const struct http_server *server) {
    return server->counters.connections >= server->options.connections_max;
}

/* Makes place by ending the connection that has been idle longest. */
static void make_place(struct http_server *server) {
    struct connection *oldest = server->deadlines[DEADLINE_IDLE].oldest;
    if (!is_crowded(server) || oldest == NULL) return;
    server->counters.overflowed++;
    connection_close(server, oldest);
}

/* Who cannot come in is told so where that costs no handshake. */
static void turn_away(struct http_server *server, struct connection *c) {
    if (c->entry != ENTRY_DONE)
        connection_close(server, c);
    else if (answer_refuse(server, c, 503))
        connection_drive(server, c);
}

/* Where many come, their requests wait already when they are accepted: those are answered at once,
 * and a connection that ends with its answer is never made known to epoll. TLS waits for a first
 * byte, because it costs memory to look for one. */
static void go_on(struct http_server *server, struct connection *c) {
    if (c->entry == ENTRY_TLS) return;
    c->is_readable = true;
    connection_drive(server, c);
}

static void welcome(struct http_server *server, int fd, const struct http_peer *peer,
                    const struct http_listening *how) {
    make_place(server);
    bool has_place = !is_crowded(server);
    if (!has_place) server->counters.overflowed++;
    if (server->counters.connections >= server->options.connections_max + REFUSED_EXTRA) {
        close(fd);
        return;
    }
    struct connection *c = begin(server, fd, peer, how);
    if (c == NULL) return;
    if (how->speaks_proxy && !c->is_trusted) {
        server->counters.refused++;
        connection_close(server, c);
    } else if (!has_place || !connection_count(server, c)) {
        turn_away(server, c);
    } else {
        go_on(server, c);
    }
    bool is_here = c->source.fd >= 0; /* it stays in its slab when it is gone */
    if (is_here && !connection_watch(server, c)) connection_close(server, c);
}

/* ---- Without descriptors --------------------------------------------------------------------- */

void accept_keep_spare(struct http_server *server) {
    if (server->spare < 0) server->spare = fcntl(server->epoll, F_DUPFD_CLOEXEC, 0);
}

/* No descriptor is left. The spare one takes in who waits, to say that there is no place: a visitor
 * who is told goes away, one who is not waits and tries again. Then, for a second, nobody is heard:
 * what frees descriptors is that others end. */
static void go_without(struct http_server *server, int listener, int number) {
    static const char WORDS[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                                "Connection: close\r\nRetry-After: 5\r\n\r\n";
    err e = err_make(ERR_LIMIT, __FILE__, __LINE__,
                     "new connections have to wait: %s; raise the limit of open files",
                     strerror(number));
    server->counters.accept_failures++;
    fd_close(&server->spare);
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) break;
        send(fd, WORDS, sizeof WORDS - 1, MSG_NOSIGNAL); /* benign: it is gone without a word */
        close(fd);
    }
    accept_keep_spare(server);
    accept_stop(server);
    tell(server, e);
}

/* How many wait to be accepted, at most as many as are accepted in one event. Of a listener the
 * kernel tells that in place of the unacknowledged segments (ss(8) shows it as Recv-Q). To ask
 * costs less than to accept in vain at the end, for which a socket and its file are made first.
 * Where the kernel does not tell (a Unix socket) it is tried until nobody comes. */
static int count_waiting(int listener) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return ACCEPTS_PER_EVENT;
    return info.tcpi_unacked < ACCEPTS_PER_EVENT ? (int)info.tcpi_unacked : ACCEPTS_PER_EVENT;
}

void accept_some(struct http_server *server, const struct listener *listener) {
    int waiting = count_waiting(listener->source.fd);
    for (int i = 0; i < waiting; i++) {
        struct sockaddr_storage address;
        struct sockaddr *place = (struct sockaddr *)&address;
        socklen_t size = sizeof address;
        int fd = accept4(listener->source.fd, place, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            struct http_peer peer = http_peer_of(place, size);
            welcome(server, fd, &peer, &listener->how);
            continue;
        }
        if (errno == EAGAIN) return;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            go_without(server, listener->source.fd, errno);
            return;
        }
        /* Anything else is about that one connection, gone before it came (accept(2), NOTES). */
    }
}
