/* paper_write.h: a new PDF of drawn pages.
 *
 * Trusted code, in the house. A page is one picture of all of it, and over it, without ink, the
 * words that are seen there, each in its box: so that they can be found, selected and read aloud.
 * The same pages give the same bytes. gate/paper.h reads what this writes, and nothing else.
 *
 * What is lost: structure (headings, tables), links, and the order in which the words of one line
 * are read where they stand upright; those are squeezed into their box. */
#pragma once

#include "scrub/paper.h"
#include "scrub/picture_set.h"

struct paper_writer {
    struct arena *a;
    struct buf b;
    size_t page_count;
    size_t pages; /* so far */
    size_t *offsets;
    size_t offset_count;
};

enum { PAPER_FILE_BYTES_MAX = 256 << 20 };

/* Begins a PDF of so many pages, at most PAPER_FILE_BYTES_MAX long; it lives in `a`.
 * fails: ERR_NO_MEMORY. */
err paper_write_begin(struct paper_writer *writer, struct arena *a, size_t page_count) MUST_USE;

/* Packs bytes with deflate, in zlib's frame. owns: in `scratch`. fails: ERR_NO_MEMORY. */
err paper_pack(struct arena *scratch, str plain, str *ret_packed) MUST_USE;

/* A page's picture, as a PDF takes it. Print, with few colours, is packed without any loss; the
 * rest is the encoder's: a JPEG, or the packed rows of a PNG in RGB. */
enum paper_coding { PAPER_FEW_COLOURS, PAPER_JPEG, PAPER_ROWS };
enum { PAPER_COLOURS_MAX = 256 };
struct paper_picture {
    enum paper_coding coding;
    uint32_t width;
    uint32_t height;
    str bytes;
    uint32_t colours[PAPER_COLOURS_MAX]; /* 0xRRGGBB, of PAPER_FEW_COLOURS */
    size_t colour_count;
};

/* Packs a picture of at most PAPER_COLOURS_MAX colours. False: it has more.
 * owns: bytes live in `scratch`. fails: ERR_NO_MEMORY. */
err paper_picture_pack(struct arena *scratch, const struct pixels *pixels,
                       struct paper_picture *ret_picture, bool *ret_is_packed) MUST_USE;

/* Takes the widest picture of a set. owns: as above. fails: ERR_INVALID (a PNG that is not in RGB),
 * ERR_NO_MEMORY. */
err paper_picture_take(struct arena *scratch, const struct picture_set *set,
                       struct paper_picture *ret_picture) MUST_USE;

/* Adds the next page: its words and its picture. `scratch` holds what is needed for one page.
 * fails: ERR_LIMIT, ERR_NO_MEMORY. */
err paper_write_page(struct paper_writer *writer, struct arena *scratch,
                     const struct paper_page *page, const struct paper_picture *picture) MUST_USE;

/* After the last page: ends it. fails: ERR_LIMIT, ERR_NO_MEMORY. */
err paper_write_end(struct paper_writer *writer, str *ret_pdf) MUST_USE;
