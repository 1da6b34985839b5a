/* scrub.h: asking the scrubber, from the trusted side.
 *
 * A picture that somebody gave us is never decoded in a process that holds anything. The scrubber
 * program is started once; it wakes its libraries, gives up its rights, and never reads a picture
 * itself: for each it is handed the open file and an empty memory file, and forks a child that
 * reads this one and ends. What comes back is pixels or a refusal; a child that crashed, hung or
 * lied is one refused picture and nothing more.
 *
 * The program's own half is serve.h, and read.h for the child. */
#pragma once

#include "base/sandbox.h"
#include "wire/pixels.h"
#include "wire/wire.h"

struct scrub_spec {
    const char *program;  /* path of libexec/hanji/scrubber */
    size_t memory_bytes;  /* address space of a child; 0: SCRUB_MEMORY_BYTES */
    unsigned seconds_max; /* until a child is killed; 0: LIMIT_SCRUB_SECONDS */
};

/* A scrubber at work. */
struct scrub {
    struct child child;
    int socket;
};

/* Address space of one child. A hundred megapixels of progressive JPEG, or of an interlaced PNG
 * with alpha, take 400 MB to decode; libvips and what it links take 200 MB before the first. */
enum { SCRUB_MEMORY_BYTES = 1 << 30 };

/* What is said on the socket: SCRUB_ASK with picture and memory file, and then SCRUB_END. */
enum scrub_message { SCRUB_ASK = 1, SCRUB_END };

struct scrub_end {
    int64_t status;  /* of the child, as of waitpid */
    int64_t is_late; /* it was killed after its time */
};

extern const struct wire_shape scrub_end_shape;

/* Starts the program. fails: ERR_NOT_FOUND (no such program), ERR_IO, ERR_NO_MEMORY. */
err scrub_start(const struct scrub_spec *spec, struct scrub *ret_scrub) MUST_USE;
void scrub_stop(struct scrub *scrub); /* fits CLEANUP; accepts one that was never started: {0} */

/* Has the scrubber behind `socket` read the picture in `reader`, a regular file opened for reading
 * alone, as the child gets it (its offset is neither used nor changed): turned upright, in
 * sRGB, reduced to at most LIMIT_PICTURE_WIDTH in width.
 * owns:  ret_pixels->bytes lives in `a`, at most PIXELS_ANSWER_BYTES_MAX, in practice some 7 MB.
 * fails: ERR_INVALID (refused; the message is for the person who brought the file), ERR_BUSY (over
 *        its time, killed), ERR_IO (the child died or its answer is no answer), ERR_NOT_FOUND (the
 *        scrubber itself is gone), ERR_NO_MEMORY. After the last two it must not be asked again. */
err scrub_picture(int socket, struct arena *a, int reader, struct pixels *ret_pixels) MUST_USE;

/* Opens the file in `fd` once more, for reading alone. /proc must be there. fails: ERR_IO. */
err scrub_reopen(const struct sys *sys, int fd, int *ret_reader) MUST_USE;

/* Copies the pixels out of a memory file with an answer. fails: as scrub_picture. */
err scrub_take(struct arena *a, int answer, struct pixels *ret_pixels) MUST_USE;
