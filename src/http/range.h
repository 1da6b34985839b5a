/* range.h: parts of a file (RFC 9110, 14). Pure. */
#pragma once

#include "base/base.h"

struct http_range {
    uint64_t first;
    uint64_t size; /* at least 1 */
};

/* Reads a value of the Range field for a representation of `size` bytes.
 *
 * False: the field is ignored and all of it is sent with 200. That is so for another unit, bad
 * syntax, ranges that overlap, and more of them than `room_count`: RFC 9110, 14.2 allows it, and no
 * request can then ask for more bytes than there are.
 * True with *ret_count 0: nothing of what was asked is there: 416. Otherwise 206 with the ranges in
 * the order asked for; what is not there is left out, what is there in part is cut. */
bool http_ranges(str value, uint64_t size, struct http_range *room, unsigned room_count,
                 unsigned *ret_count);

/* The value of Content-Range: "bytes 0-9/100"; where `range` is NULL (416) an asterisk stands in
 * its place. The text lives in `room`. */
enum { HTTP_CONTENT_RANGE_TEXT = 72 };
str http_content_range(const struct http_range *range, uint64_t size,
                       char room[HTTP_CONTENT_RANGE_TEXT]);

/* Whether a value of If-Range lets Range stand: it is `etag`, and neither is weak (RFC 9110, 13.1.5
 * and 8.8.3.2). A date never does: it could only be compared with a Last-Modified, which is not
 * sent. */
bool http_if_range(str if_range, str etag);
