/* network.h: who is at the other end, and which networks are believed.
 *
 * A peer is an address and a port; a network is a range of addresses. Lists of networks are written
 * by the operator ("127.0.0.0/8, ::1") and name the proxies whose word about a client is taken.
 *
 * An IPv4 address is held in its IPv6 form, ::ffff:a.b.c.d, and its family says HTTP_FAMILY_V4, by
 * whatever road it came (a socket of either kind, text). So there is one way to compare two, and no
 * IPv6 network holds an IPv4 address by accident.
 *
 * Everything here is pure: nothing is allocated, nothing is looked up by name. */
#pragma once

#include <assert.h>
#include <sys/socket.h>

#include "base/base.h"

/* ---- Peers ---------------------------------------------------------------------------------- */

enum http_family {
    HTTP_FAMILY_NONE, /* a Unix socket, or not known; the address is zero and in no network */
    HTTP_FAMILY_V4,
    HTTP_FAMILY_V6,
};

struct http_peer {
    uint8_t family; /* enum http_family */
    uint16_t port;  /* 0 when not known */
    uint8_t address[16];
};

/* The peer that accept(2) or getpeername(2) told of; HTTP_FAMILY_NONE for other families. */
struct http_peer http_peer_of(const struct sockaddr *address, socklen_t size);

/* Reads "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80" (RFC
 * 4291, 2.2; RFC 3986, 3.2.2). False (output untouched) for anything else: no names, no zones, no
 * spaces, no IPv4 number with a leading zero or in fewer than four parts. */
bool http_peer_parse(str text, struct http_peer *ret_peer);

/* The address without its port, as RFC 5952 writes it; "-" for HTTP_FAMILY_NONE. The text lives in
 * `room`. */
enum { HTTP_ADDRESS_TEXT = 46 };
str http_peer_text(const struct http_peer *peer, char room[HTTP_ADDRESS_TEXT]);

/* ---- Networks ------------------------------------------------------------------------------- */

struct http_network {
    uint8_t family;      /* enum http_family */
    uint8_t bits;        /* of the 16 bytes: an IPv4 /8 has 104 */
    uint8_t address[16]; /* zero behind the bits */
};

enum { HTTP_NETWORKS_MAX = 32 };

struct http_networks {
    unsigned count;
    struct http_network items[HTTP_NETWORKS_MAX];
};

/* Reads a list of addresses and networks (RFC 4632, 3.1; RFC 4291, 2.3) with commas, spaces or line
 * ends between them. The empty text is the empty list.
 * fails: ERR_INVALID (which item is wrong, and why; so is "10.0.0.1/8", whose author meant either
 * 10.0.0.1 or 10.0.0.0/8), ERR_LIMIT (more than HTTP_NETWORKS_MAX). */
err http_networks_parse(str text, struct http_networks *ret_networks) MUST_USE;

/* Whether one of the networks holds the peer's address. */
bool http_networks_hold(const struct http_networks *networks, const struct http_peer *peer);

/* The network that a peer's use is counted under: the address itself for IPv4, its first `v6_bits`
 * bits (0 to 128; 64 is what one household or server gets) for IPv6. */
struct http_network http_peer_network(const struct http_peer *peer, unsigned v6_bits);

/* Equal networks have equal members and no padding between them: memcmp compares two. */
static_assert(sizeof(struct http_network) == 18, "a network is a key");

/* ---- What a proxy says about its client ------------------------------------------------------ */

/* Follows one X-Forwarded-For value ("client, proxy1, proxy2") from its right end. *peer is who is
 * known to speak so far, the connection's own address at first. As long as that is a trusted proxy,
 * its word is taken: the next address to the left is who spoke to it. What an untrusted peer wrote
 * is never believed, so a client that sends the field itself gains nothing. An item that is no
 * address ("unknown") ends the walk: the last address known stays.
 *
 * Where the field comes several times the last line was added last. True says that the walk used
 * the line up and goes on in the line before it:
 *
 *     for (unsigned n = line_count; n > 0; n--) {
 *         if (!http_forwarded_for(&trusted, line[n - 1], &peer)) break;
 *     }
 *
 * The Forwarded field (RFC 7239) is not read, nor is X-Real-IP: proxies add to one field and pass
 * the others on as the client sent them, so whoever reads two believes the client in one. */
bool http_forwarded_for(const struct http_networks *trusted, str value, struct http_peer *peer);
