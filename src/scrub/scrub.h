/* scrub.h: asking the scrubber, from the trusted side.
 *
 * A picture that somebody gave us is never decoded in a process that holds anything. scrub_picture
 * starts the scrubber program for this one file, hands it the open file and an empty memory file,
 * and waits. What comes back is pixels or a refusal; a scrubber that crashed, hung or lied is one
 * refused picture and nothing more.
 *
 * The program's own half, which runs behind the sandbox, is read.h. */
#pragma once

#include "wire/pixels.h"

struct scrub {
    const char *program;  /* path of libexec/hanji/scrubber */
    size_t memory_bytes;  /* address space of the child; 0: SCRUB_MEMORY_BYTES */
    unsigned seconds_max; /* until it is killed; 0: LIMIT_SCRUB_SECONDS */
};

/* Address space of one scrubber. A hundred megapixels of progressive JPEG, or of an interlaced PNG
 * with alpha, take 400 MB to decode; libvips and what it links take 200 MB before the first. */
enum { SCRUB_MEMORY_BYTES = 1 << 30 };

/* Reads the picture in `fd`, an open regular file (its offset is neither used nor changed; /proc
 * must be there, by which it is opened once more, for reading alone): turned upright, in sRGB,
 * reduced to at most LIMIT_PICTURE_WIDTH in width.
 * owns:  ret_pixels->bytes lives in `a`, at most PIXELS_ANSWER_BYTES_MAX, in practice some 7 MB.
 * fails: ERR_INVALID (refused; the message is for the person who brought the file), ERR_BUSY (over
 *        its time, killed), ERR_NOT_FOUND (no such program), ERR_IO (the scrubber died or its
 *        answer is no answer), ERR_NO_MEMORY. */
err scrub_picture(const struct scrub *scrub, struct arena *a, int fd,
                  struct pixels *ret_pixels) MUST_USE;
