/* proxy.c: see proxy.h. Offsets are those of proxy-protocol.txt, 2.2. */
#include "http/proxy.h"

#include <netinet/in.h>
#include <string.h>

enum {
    SIGNATURE_BYTES = 12,
    V4_BYTES = 12, /* two addresses and two ports */
    V6_BYTES = 36,
    UNIX_BYTES = 216,
    TLV_HEAD = 3,
    TLV_CRC32C = 0x03,
};

static const unsigned char SIGNATURE[SIGNATURE_BYTES] = {'\r', '\n', '\r', '\n', 0,   '\r',
                                                         '\n', 'Q',  'U',  'I',  'T', '\n'};

static uint16_t read_u16(const unsigned char *p) { return (uint16_t)(p[0] << 8 | p[1]); }

/* CRC-32C (RFC 3720, 12.1 and appendix B.4) of the bytes, with four of them counted as zero. Bit by
 * bit: a header is short, and few proxies send the sum. */
static uint32_t crc32c_without(const unsigned char *bytes, size_t size, size_t hole) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= i >= hole && i < hole + 4 ? 0 : bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
    }
    return ~crc;
}

/* Walks the TLVs from `at` to `size`, the end of the header: they must fill it, and a checksum must
 * be right. */
static bool tlvs_are_good(const unsigned char *bytes, size_t at, size_t size) {
    while (at < size) {
        if (size - at < TLV_HEAD) return false;
        unsigned type = bytes[at];
        size_t len = read_u16(bytes + at + 1);
        at += TLV_HEAD;
        if (len > size - at) return false;
        if (type == TLV_CRC32C) {
            if (len != 4) return false;
            uint32_t sum = (uint32_t)read_u16(bytes + at) << 16 | read_u16(bytes + at + 2);
            if (sum != crc32c_without(bytes, size, at)) return false;
        }
        at += len;
    }
    return true;
}

/* The size of the address block of a family and transport, or -1 for one that is not defined. */
static int address_bytes(unsigned family) {
    switch (family) {
    case 0x00: return 0; /* not specified: what follows is to be skipped */
    case 0x11:           /* TCP, UDP over IPv4 */
    case 0x12: return V4_BYTES;
    case 0x21: /* ... over IPv6 */
    case 0x22: return V6_BYTES;
    case 0x31: /* Unix sockets */
    case 0x32: return UNIX_BYTES;
    default: return -1;
    }
}

/* The source address, of TCP alone: the others are no client of HTTP. */
static struct http_peer client_of(unsigned family, const unsigned char *addresses) {
    if (family == 0x11) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        memcpy(&v4.sin_addr, addresses, 4);
        memcpy(&v4.sin_port, addresses + 8, 2);
        return http_peer_of((const struct sockaddr *)&v4, sizeof v4);
    }
    if (family == 0x21) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        memcpy(&v6.sin6_addr, addresses, 16);
        memcpy(&v6.sin6_port, addresses + 32, 2);
        return http_peer_of((const struct sockaddr *)&v6, sizeof v6);
    }
    return (struct http_peer){0};
}

enum http_proxy_step http_proxy_read(str text, struct http_proxy_header *ret_header) {
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t seen = text.len < SIGNATURE_BYTES ? text.len : SIGNATURE_BYTES;
    if (seen == 0) return HTTP_PROXY_MORE;
    if (memcmp(bytes, SIGNATURE, seen) != 0) return HTTP_PROXY_REFUSED;
    if (text.len > 12 && bytes[12] != 0x20 && bytes[12] != 0x21) return HTTP_PROXY_REFUSED;
    bool is_local = text.len > 12 && bytes[12] == 0x20; /* then the family says nothing either */
    int addresses = text.len > 13 && !is_local ? address_bytes(bytes[13]) : 0;
    if (addresses < 0) return HTTP_PROXY_REFUSED;
    if (text.len < HTTP_PROXY_FIXED) return HTTP_PROXY_MORE;

    size_t size = HTTP_PROXY_FIXED + (size_t)read_u16(bytes + 14);
    size_t tlvs = HTTP_PROXY_FIXED + (size_t)addresses;
    if (size > HTTP_PROXY_MAX || size < tlvs) return HTTP_PROXY_REFUSED;
    if (text.len < size) return HTTP_PROXY_MORE;

    struct http_proxy_header header = {.size = size, .is_local = is_local};
    if (!is_local) {
        bool has_tlvs = bytes[13] != 0; /* behind no address nothing tells where they begin */
        if (has_tlvs && !tlvs_are_good(bytes, tlvs, size)) return HTTP_PROXY_REFUSED;
        header.client = client_of(bytes[13], bytes + HTTP_PROXY_FIXED);
    }
    *ret_header = header;
    return HTTP_PROXY_DONE;
}
