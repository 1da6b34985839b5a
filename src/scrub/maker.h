/* maker.h: having pictures made, from the trusted side, without holding what makes them.
 *
 * A maker is two programs of ours: a scrubber, which reads what somebody gave us, and an encoder,
 * which asks that scrubber and draws new files from the pixels, or cards (card.h) from words.
 * Whoever starts a maker links no decoder and no encoder, and never sees a pixel: files go in,
 * finished files come out.
 *
 *     house -- file --> encoder -- file --> scrubber -- fork --> child
 *       ^                 |  ^                                     |
 *       +--- new files ---+  +--------------- pixels --------------+
 *
 * One maker makes one picture at a time: give, take, give, take. For more at once, start more. */
#pragma once

#include "scrub/card.h"
#include "scrub/scrub.h"

struct maker_spec {
    const char *encoder;     /* path of libexec/hanji/encoder */
    struct scrub_spec scrub; /* a program of NULL: a maker that is given no file, cards alone */
};

struct maker {
    struct scrub scrub;
    struct child encoder;
    int socket; /* readable when there is something to take */
    int answer; /* the memory file of the picture that is being made; -1: none is */
};

/* What is said on the socket. MAKER_FILE and MAKER_PIXELS (in a memory file, as the scrubber
 * answers) bring two files, input and output; MAKER_CARD brings words (a packed struct card) and an
 * output; one of the others is the answer. */
enum maker_message { MAKER_FILE = 1, MAKER_PIXELS, MAKER_CARD, MAKER_DONE, MAKER_FAILED };

struct maker_order {
    int64_t with_avif;
};

struct maker_failure {
    int64_t kind; /* enum err_kind */
    str message;
};

extern const struct wire_shape maker_order_shape;
extern const struct wire_shape maker_failure_shape;
extern const struct wire_shape card_shape;

enum { MAKER_MESSAGE_BYTES = 8 << 10 }; /* the largest of them, a card */

/* What the output begins with; the files follow, sizes first, then AVIF. One build holds both. */
struct maker_head {
    uint32_t format;
    uint32_t colour;
    uint32_t count;
    uint32_t has_avif;
    struct {
        uint32_t width;
        uint32_t height;
        uint32_t bytes;
    } files[2 * PICTURE_SIZES_MAX];
};

/* All files of one picture; what is said to be larger is not believed. */
enum { MAKER_OUTPUT_BYTES_MAX = 512 << 20 };

/* Starts both programs. fails: ERR_NOT_FOUND (no such program), ERR_IO, ERR_NO_MEMORY. */
err maker_start(const struct maker_spec *spec, struct maker *ret_maker) MUST_USE;
void maker_stop(struct maker *maker); /* fits CLEANUP; accepts MAKER_STOPPED */

#define MAKER_STOPPED                                                                              \
    { .socket = -1, .answer = -1 }

/* Gives the maker a picture that somebody brought, an open regular file. It must have nothing
 * in hand. fails: ERR_IO (then the maker is of no more use). */
err maker_give(struct maker *maker, const struct sys *sys, int fd, bool with_avif) MUST_USE;

/* Gives it pixels that our own code drew. fails: ERR_IO. */
err maker_give_pixels(struct maker *maker, const struct sys *sys, const struct pixels *pixels,
                      bool with_avif) MUST_USE;

/* Gives it the words of a card; of longer ones than CARD_TEXT_BYTES_MAX the beginning.
 * fails: ERR_IO, ERR_NO_MEMORY. */
err maker_give_card(struct maker *maker, const struct sys *sys, const struct card *card) MUST_USE;

/* Waits for what was given last.
 * owns:  the files in *ret_set live in `a`.
 * fails: ERR_INVALID (refused; the message is for the person who brought the file), ERR_BUSY (it
 *        took too long to read), ERR_NOT_FOUND (a card, and no font that has its letters),
 *        ERR_IO (a program is gone; the maker is of no more use), ERR_NO_MEMORY. */
err maker_take(struct maker *maker, struct arena *a, struct picture_set *ret_set) MUST_USE;

/* Writes a finished set into a memory file: the encoder's half. fails: ERR_IO, ERR_LIMIT. */
err maker_put(const struct sys *sys, int answer, const struct picture_set *set) MUST_USE;
