/* entry.c: what comes before the first request: a proxy's word about its client, and the TLS
 * handshake. Both share one deadline, from the connection's begin. */
#include <errno.h>
#include <sys/socket.h>

#include "http/http_impl.h"
#include "http/proxy.h"

static enum step give_up(struct http_server *server, struct connection *c) {
    server->counters.refused++;
    connection_close(server, c);
    return STEP_DONE;
}

/* Waits for bytes, with the deadline that was set at the begin. */
static enum step wait_for_more(struct connection *c) {
    c->is_readable = false;
    return STEP_DONE;
}

/* The header is looked at where it is and taken only once it is whole and its length known: what
 * follows may be TLS, whose bytes OpenSSL reads for itself. */
static enum step read_proxy(struct http_server *server, struct connection *c) {
    char room[HTTP_PROXY_MAX];
    struct http_proxy_header header;
    ssize_t got = recv(c->source.fd, room, sizeof room, MSG_PEEK);
    if (got < 0 && errno == EINTR) return STEP_ON;
    if (got < 0 && errno == EAGAIN) return wait_for_more(c);
    if (got <= 0) return give_up(server, c);
    switch (http_proxy_read((str){room, (size_t)got}, &header)) {
    case HTTP_PROXY_MORE: return c->is_ended ? give_up(server, c) : wait_for_more(c);
    case HTTP_PROXY_REFUSED: return give_up(server, c);
    case HTTP_PROXY_DONE: break;
    }
    if (recv(c->source.fd, room, header.size, 0) != (ssize_t)header.size) {
        return give_up(server, c);
    }
    /* From here on the other end is the client, whose own word about others does not count. */
    if (!header.is_local && header.client.family != HTTP_FAMILY_NONE) {
        c->peer = header.client;
        c->is_trusted = http_networks_hold(&server->options.trusted, &c->peer);
        if (!connection_count(server, c)) return give_up(server, c);
    }
    c->entry = c->needs_tls ? ENTRY_TLS : ENTRY_DONE;
    return STEP_ON;
}

static enum step shake(struct http_server *server, struct connection *c) {
    if (!c->is_readable && c->tls == NULL) return STEP_DONE; /* says nothing: costs nothing */
    switch (tls_shake(server, c)) {
    case TLS_SHAKEN: c->entry = ENTRY_DONE; return STEP_ON;
    case TLS_WAITS: return wait_for_more(c);
    case TLS_FAILED: return give_up(server, c);
    case TLS_SPOKE_HTTP:
        c->entry = ENTRY_DONE;
        server->counters.refused++;
        return answer_refuse(server, c, 400) ? STEP_ON : STEP_DONE;
    }
    return give_up(server, c);
}

enum step entry_go(struct http_server *server, struct connection *c) {
    for (int i = 0; i < 8 && c->entry == ENTRY_PROXY; i++) {
        if (read_proxy(server, c) == STEP_DONE) return STEP_DONE;
    }
    if (c->entry == ENTRY_PROXY) return give_up(server, c); /* interrupted without end */
    if (c->entry == ENTRY_TLS) return shake(server, c);
    return STEP_ON;
}
