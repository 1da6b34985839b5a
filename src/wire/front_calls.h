/* front_calls.h: what `hanji serve` tells the front.
 *
 * The front opens nothing by itself: listeners, the folder of pressings and the files it appends to
 * are handed over as open files, the certificate and its key as bytes, on a socket that the two
 * share. FRONT_SETUP comes first and the front answers FRONT_READY once it has given up its rights;
 * FRONT_RENEW may come at any later time and is answered by whether its certificate was taken. The
 * front says nothing else on this socket. */
#pragma once

#include "wire/wire.h"

enum front_message {
    FRONT_SETUP = 1, /* struct front_setup, with files */
    FRONT_READY,
    FRONT_RENEW,   /* struct front_renewal, with files */
    FRONT_RENEWED, /* all of it was taken */
    FRONT_KEPT,    /* the certificate was refused: the one before it is served on */
};

enum front_listener_kind {
    FRONT_PLAIN,
    FRONT_TLS,
    FRONT_PROXY,   /* each connection begins with a PROXY v2 header */
    FRONT_METRICS, /* sums for the operator, to nobody else */
    FRONT_LISTENER_KIND_COUNT
};
struct front_listener {
    int64_t kind;
};

/* Logs, as they are handed over with a setup or a renewal. Each is an open file or is not there. */
struct front_logs {
    int64_t has_access; /* 1: a line for each request */
    int64_t has_counts; /* 1: sums by day and page */
    int64_t tells_addresses;
};

struct front_certificate {
    str chain; /* PEM; empty: there is none */
    str key;   /* PEM. Whoever held it wipes it */
};

/* Files: the folder of pressings; the listeners in their order; the access log; the counts. */
struct front_setup {
    unsigned char clearing_key[32]; /* Ed25519, public */
    str language;                   /* the site's own */
    str trusted;                    /* networks of proxies, separated by blanks */
    str onion;                      /* "http://....onion", or empty */
    str secure_base; /* "https://example.org": where plain requests are sent; empty: nowhere */
    struct front_listener *listeners;
    size_t listener_count;
    struct front_certificate certificate;
    struct front_logs logs;
};

/* Files: the access log; the counts. */
struct front_renewal {
    struct front_certificate certificate; /* empty: as before */
    struct front_logs logs;
};

enum { FRONT_LISTENERS_MAX = 8 };

extern const struct wire_shape front_setup_shape;
extern const struct wire_shape front_renewal_shape;
