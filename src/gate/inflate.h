/* inflate.h: reading a zlib stream without keeping it.
 *
 * The gate must know that a stream of a picture holds as many bytes as the picture needs, ends
 * where it says, and is followed by nothing. It needs none of the bytes afterwards, so this reader
 * gives them to a function one by one, and keeps the 32 KB that the format may refer back to.
 * RFC 1950 (zlib) and RFC 1951 (deflate). Input comes in pieces, as a PNG has it. */
#pragma once

#include "base/base.h"

struct inflate_source {
    /* Sets *ret_piece to the next bytes of the stream; false when there are no more. */
    bool (*next)(void *context, str *ret_piece);
    /* Takes one byte that came out; false ends the reading. */
    bool (*take)(void *context, uint8_t byte);
    void *context;
};

enum inflate_result {
    INFLATE_DONE,     /* a whole stream with a sound checksum, and nothing after it */
    INFLATE_TRAILING, /* a whole stream, but bytes follow it */
    INFLATE_BROKEN,   /* not a stream, cut short, or a wrong checksum */
    INFLATE_STOPPED,  /* `take` said no */
};

/* Reads one stream to its end. Allocates nothing; some 40 KB of stack. */
enum inflate_result inflate_read(const struct inflate_source *source);
