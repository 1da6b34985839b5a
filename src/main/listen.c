/* listen.c: see listen.h. */
#include "main/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static err read_host(struct arena *a, str host, union address *address) {
    const char *name = NULL;
    bool is_v6 = host.len > 2 && host.ptr[0] == '[' && str_ends(host, STR("]"));
    TRY(arena_cstr(a, is_v6 ? str_slice(host, 1, host.len - 1) : host, &name));
    address->any.sa_family = is_v6 ? AF_INET6 : AF_INET;
    void *place = is_v6 ? (void *)&address->v6.sin6_addr : (void *)&address->v4.sin_addr;
    if (inet_pton(address->any.sa_family, name, place) != 1)
        FAIL(ERR_INVALID, "'" STR_FMT "' is no address of a machine", STR_ARG(host));
    return OK;
}

static err read_address(struct arena *a, str text, union address *ret_address) {
    size_t colon = text.len;
    uint64_t port = 0;
    *ret_address = (union address){0};
    while (colon > 0 && text.ptr[colon - 1] != ':') colon--;
    err e = colon == 0 ? err_make(ERR_INVALID, __FILE__, __LINE__, "no port")
                       : read_host(a, str_slice(text, 0, colon - 1), ret_address);
    if (e.kind == ERR_NO_MEMORY) return e;
    if (e.kind != ERR_NONE || !str_to_u64(str_skip(text, colon), &port) || port > 65535) {
        FAIL(ERR_INVALID,
             "'" STR_FMT "' is not an address to listen on; write it as 127.0.0.1:8080 or "
             "[::1]:8080",
             STR_ARG(text));
    }
    if (ret_address->any.sa_family == AF_INET6)
        ret_address->v6.sin6_port = htons((uint16_t)port);
    else
        ret_address->v4.sin_port = htons((uint16_t)port);
    return OK;
}

err listen_on(struct arena *a, str address, int *ret_listener) {
    union address where;
    int yes = 1;
    TRY(read_address(a, address, &where));
    bool is_v6 = where.any.sa_family == AF_INET6;
    socklen_t size = is_v6 ? sizeof where.v6 : sizeof where.v4;
    CLEANUP(fd_close)
    int fd = socket(where.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) FAIL(ERR_IO, "a socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    /* Who connects speaks first, in all that we speak: the kernel keeps a connection to itself
     * until its first bytes are here, a second at most, and the front wakes once for both
     * (tcp(7), TCP_DEFER_ACCEPT). */
    setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &yes, sizeof yes);
    /* One address is one listener: that of IPv4 is named by itself. */
    if (is_v6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(fd, &where.any, size) != 0 || listen(fd, BACKLOG) != 0) {
        bool is_taken = errno == EADDRINUSE;
        FAIL(is_taken ? ERR_BUSY : ERR_IO, "cannot listen on " STR_FMT ": %s%s", STR_ARG(address),
             strerror(errno), is_taken ? "; name another with --listen or in hanji.ini" : "");
    }
    *ret_listener = fd;
    fd = -1;
    return OK;
}

bool listen_is_loopback(int listener) {
    union address where;
    socklen_t size = sizeof where;
    if (getsockname(listener, &where.any, &size) != 0) return false;
    switch (where.any.sa_family) {
    case AF_UNIX: return true;
    case AF_INET: return ntohl(where.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&where.v6.sin6_addr);
    default: return false;
    }
}

err listen_address(struct arena *a, int listener, str *ret_address) {
    union address where;
    socklen_t size = sizeof where;
    char host[INET6_ADDRSTRLEN];
    if (getsockname(listener, &where.any, &size) != 0)
        FAIL(ERR_IO, "the address: %s", strerror(errno));
    bool is_v6 = where.any.sa_family == AF_INET6;
    const void *place = is_v6 ? (const void *)&where.v6.sin6_addr : &where.v4.sin_addr;
    if (inet_ntop(where.any.sa_family, place, host, sizeof host) == NULL)
        FAIL(ERR_IO, "the address: %s", strerror(errno));
    return arena_printf(a, ret_address, is_v6 ? "[%s]:%u" : "%s:%u", host,
                        ntohs(is_v6 ? where.v6.sin6_port : where.v4.sin_port));
}
