/* picture.h: the gate's own reading of a finished picture.
 *
 * The encoder promises a file with pixels and nothing else. This reader, written apart from it and
 * from any picture library, holds it to that: it walks a JPEG, PNG or AVIF byte by byte and
 * knows a short list of parts that draw. Whatever else stands in the file is a finding, with its
 * place. It decodes no colour: a picture it passes may be ugly, but carries nothing beside its
 * pixels.
 *
 * What it cannot see: bits hidden in the pixels themselves, and, in a JPEG, bytes that stand after
 * the last block of a scan and look like entropy-coded data; in an AVIF, bytes inside a frame after
 * its last block.
 *
 * Every byte is taken as hostile; nothing is allocated, and time is linear in the size. */
#pragma once

#include "base/base.h"

enum { PICTURE_TEXT_MAX = 96 };

/* One thing in the file that has no place there. */
struct picture_finding {
    const char *rule; /* "R08" something beside pixels, "R24" not readable to the end; static */
    size_t offset;    /* of its first byte in the file */
    char text[PICTURE_TEXT_MAX]; /* in words, ended by NUL; holds no byte of the file */
};

/* Reads a picture. No finding means that it is a whole JPEG, PNG or AVIF with pixels and nothing
 * else. *ret_count findings are written, in the order of the file; reading stops when there is
 * no room for another, so `max` (1 or more) of them means "at least". fails: ERR_LIMIT (over
 * LIMIT_PICTURE_BYTES). */
err picture_check(str bytes, struct picture_finding *findings, size_t max,
                  size_t *ret_count) MUST_USE;
