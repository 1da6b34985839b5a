/* proxy.h: the PROXY protocol, version 2, as a proxy speaks it before the first byte of its client
 * (haproxy's proxy-protocol.txt, 2.2).
 *
 *     signature (12) | version, command (1) | family (1) | length (2) | addresses | TLVs
 *
 * Only connections from trusted networks may be read so, and then all of them must: a header that
 * may be there or not lets a client write one. Version 1, which is a line of text, is refused.
 *
 * Pure: nothing is kept between calls, nothing allocated. */
#pragma once

#include "http/network.h"

enum {
    HTTP_PROXY_FIXED = 16, /* bytes up to the addresses */
    HTTP_PROXY_MAX = 2048, /* bytes of a header we accept; senders keep below 536, one segment,
                               unless they pass on a client's certificate */
};

enum http_proxy_step {
    HTTP_PROXY_MORE,    /* good so far: call again when there are more bytes */
    HTTP_PROXY_DONE,    /* *ret_header is whole */
    HTTP_PROXY_REFUSED, /* not this protocol, or broken: the connection must be closed */
};

struct http_proxy_header {
    size_t size;   /* bytes of it; the client's own begin there */
    bool is_local; /* the proxy speaks for itself (a health check): `client` is not known
                                and the connection's own address stands */
    struct http_peer
        client; /* who connected to the proxy; HTTP_FAMILY_NONE for what is not TCP over
                                IPv4 or IPv6, where the connection's own address stands too */
};

/* Reads the header at the start of `bytes`, which are all bytes of the connection so far. It never
 * asks for more than HTTP_PROXY_MAX bytes, and refuses at the first byte that is wrong. TLVs are
 * walked and skipped; where one is a CRC32c it must be right. */
enum http_proxy_step http_proxy_read(str bytes, struct http_proxy_header *ret_header);
