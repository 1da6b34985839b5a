/* network.c: see network.h. */
#include "http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { MAPPED_BYTES = 12, MAPPED_BITS = 96 };

/* ::ffff:0:0/96, where the addresses of IPv4 live (RFC 4291, 2.5.5.2). */
static const uint8_t MAPPED[MAPPED_BYTES] = {[10] = 0xFF, [11] = 0xFF};

static struct http_peer peer_of_v4(const void *four_bytes, uint16_t port) {
    struct http_peer peer = {.family = HTTP_FAMILY_V4, .port = port};
    memcpy(peer.address, MAPPED, MAPPED_BYTES);
    memcpy(peer.address + MAPPED_BYTES, four_bytes, 4);
    return peer;
}

/* Sixteen bytes as the kernel or a proxy gives them, which may be IPv4 in its IPv6 form. */
static struct http_peer peer_of_v6(const void *sixteen_bytes, uint16_t port) {
    struct http_peer peer = {.family = HTTP_FAMILY_V6, .port = port};
    memcpy(peer.address, sixteen_bytes, sizeof peer.address);
    if (memcmp(peer.address, MAPPED, MAPPED_BYTES) == 0) peer.family = HTTP_FAMILY_V4;
    return peer;
}

struct http_peer http_peer_of(const struct sockaddr *address, socklen_t size) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET && size >= sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        return peer_of_v4(&v4.sin_addr, ntohs(v4.sin_port));
    }
    if (address->sa_family == AF_INET6 && size >= sizeof v6) {
        memcpy(&v6, address, sizeof v6);
        return peer_of_v6(&v6.sin6_addr, ntohs(v6.sin6_port));
    }
    return (struct http_peer){0};
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* An address alone. inet_pton is as strict as network.h says, but wants a C string. */
static bool parse_address(str text, struct http_peer *ret_peer) {
    char room[HTTP_ADDRESS_TEXT];
    uint8_t bytes[16];
    if (text.len == 0 || text.len >= sizeof room || memchr(text.ptr, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(room, text.ptr, text.len);
    room[text.len] = '\0';
    if (inet_pton(AF_INET, room, bytes) == 1) {
        *ret_peer = peer_of_v4(bytes, 0);
    } else if (inet_pton(AF_INET6, room, bytes) == 1) {
        *ret_peer = peer_of_v6(bytes, 0);
    } else {
        return false;
    }
    return true;
}

/* Splits what is around the address off: brackets, and a port behind a colon. A colon alone does
 * not tell a port from a piece of an IPv6 address; a second one does. */
bool http_peer_parse(str text, struct http_peer *ret_peer) {
    bool is_bracketed = text.len > 0 && text.ptr[0] == '[';
    bool has_port = false;
    str after;
    if (is_bracketed) {
        if (!str_cut(str_skip(text, 1), ']', &text, &after)) return false;
        has_port = after.len > 0;
        if (has_port && after.ptr[0] != ':') return false;
        if (!str_contains(text, STR(":"))) return false; /* they belong around IPv6 alone */
        after = str_skip(after, 1);
    } else {
        str address;
        has_port = str_cut(text, ':', &address, &after) && !str_contains(after, STR(":"));
        if (has_port) text = address;
    }
    struct http_peer peer;
    uint64_t number = 0;
    if (has_port && (!str_to_u64(after, &number) || number > UINT16_MAX)) return false;
    if (!parse_address(text, &peer)) return false;
    peer.port = (uint16_t)number;
    *ret_peer = peer;
    return true;
}

str http_peer_text(const struct http_peer *peer, char room[HTTP_ADDRESS_TEXT]) {
    const char *text = NULL;
    switch ((enum http_family)peer->family) {
    case HTTP_FAMILY_NONE: return STR("-");
    case HTTP_FAMILY_V4:
        text = inet_ntop(AF_INET, peer->address + MAPPED_BYTES, room, HTTP_ADDRESS_TEXT);
        break;
    case HTTP_FAMILY_V6: text = inet_ntop(AF_INET6, peer->address, room, HTTP_ADDRESS_TEXT); break;
    }
    assert(text != NULL); /* the room is what the longest needs */
    return str_of(text);
}

/* ---- Networks -------------------------------------------------------------------------------- */

static void clear_behind(uint8_t address[16], unsigned bits) {
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8) address[i] &= (uint8_t)(0xFF00U >> kept);
    }
}

static struct http_network network_of(const struct http_peer *peer, unsigned bits) {
    struct http_network network = {.family = peer->family, .bits = (uint8_t)bits};
    memcpy(network.address, peer->address, sizeof network.address);
    clear_behind(network.address, bits);
    return network;
}

struct http_network http_peer_network(const struct http_peer *peer, unsigned v6_bits) {
    assert(v6_bits <= 128);
    return network_of(peer, peer->family == HTTP_FAMILY_V6 ? v6_bits : 128);
}

/* "10.0.0.0/8" or "10.0.0.1". */
static err parse_network(str text, struct http_network *ret_network) {
    struct http_peer peer;
    str address, length;
    uint64_t bits = 128;
    bool has_length = str_cut(text, '/', &address, &length);
    if (!parse_address(address, &peer)) {
        FAIL(ERR_INVALID, "\"" STR_FMT "\" is no address and no network", STR_ARG(text));
    }
    /* An IPv4 address in its IPv6 form would have its length counted either way. */
    bool is_v4 = peer.family == HTTP_FAMILY_V4;
    if (is_v4 && str_contains(address, STR(":"))) {
        FAIL(ERR_INVALID, "\"" STR_FMT "\" is IPv4: write it as such", STR_ARG(text));
    }
    unsigned offset = is_v4 ? MAPPED_BITS : 0;
    if (has_length && (!str_to_u64(length, &bits) || bits > 128 - offset)) {
        FAIL(ERR_INVALID, "\"" STR_FMT "\" has no length of 0 to %u behind its slash",
             STR_ARG(text), 128 - offset);
    }
    struct http_network network = network_of(&peer, has_length ? (unsigned)bits + offset : 128);
    if (memcmp(network.address, peer.address, sizeof peer.address) != 0) {
        FAIL(ERR_INVALID, "\"" STR_FMT "\" has bits behind its length: one address or a network?",
             STR_ARG(text));
    }
    *ret_network = network;
    return OK;
}

err http_networks_parse(str text, struct http_networks *ret_networks) {
    static const str BETWEEN = STR(", \t\r\n");
    struct http_networks networks = {0};
    while (text.len > 0) {
        size_t end = 0;
        while (end < text.len && str_find_byte(BETWEEN, text.ptr[end]) == STR_NONE) end++;
        if (end > 0) {
            if (networks.count == HTTP_NETWORKS_MAX) {
                FAIL(ERR_LIMIT, "more than %d networks", HTTP_NETWORKS_MAX);
            }
            TRY(parse_network(str_slice(text, 0, end), &networks.items[networks.count]));
            networks.count++;
        }
        text = str_skip(text, end + 1);
    }
    *ret_networks = networks;
    return OK;
}

static bool holds(const struct http_network *network, const struct http_peer *peer) {
    if (network->family != peer->family) return false;
    struct http_network theirs = network_of(peer, network->bits);
    return memcmp(theirs.address, network->address, sizeof theirs.address) == 0;
}

bool http_networks_hold(const struct http_networks *networks, const struct http_peer *peer) {
    for (unsigned i = 0; i < networks->count; i++) {
        if (holds(&networks->items[i], peer)) return true;
    }
    return false;
}

/* ---- X-Forwarded-For ------------------------------------------------------------------------- */

bool http_forwarded_for(const struct http_networks *trusted, str value, struct http_peer *peer) {
    while (http_networks_hold(trusted, peer)) {
        value = str_trim(value);
        if (value.len == 0) return true;
        size_t start = value.len;
        while (start > 0 && value.ptr[start - 1] != ',') start--;
        struct http_peer before;
        if (!http_peer_parse(str_trim(str_skip(value, start)), &before)) return false;
        *peer = before;
        value = str_slice(value, 0, start > 0 ? start - 1 : 0);
    }
    return false;
}
