/* paper.h: having a PDF read, from the trusted side.
 *
 * A PDF is a program for a drawing machine with a hundred pockets. None of its bytes is passed on:
 * the paper reader (libexec/hanji/paper, one process for one file) reads it behind a sandbox, with
 * poppler's and qpdf's programs, and hands over what a person would see, page by page: pixels, and
 * the words that are really visible among them. What it found besides is handed over as text, to be
 * told and to be searched for names, and goes no further. paper_write.h makes a new file of the
 * pages; the gate reads that file again.
 *
 * The process has met hostile bytes and may be their puppet: it refuses with a number, for which
 * the words are here; its texts come without characters that could turn a terminal; its boxes lie
 * on the page. A process that crashes, hangs or lies is one refused file.
 *
 * The reader's own half is paper_serve.h. */
#pragma once

#include "base/sandbox.h"
#include "wire/pixels.h"
#include "wire/wire.h"

/* What a PDF can hide, by where. */
enum paper_kind {
    PAPER_INFO,       /* the document information: author, title, dates, program */
    PAPER_XMP,        /* the same again, as XML */
    PAPER_BOOKMARK,   /* titles in the outline */
    PAPER_ANNOTATION, /* notes, comments, stamps */
    PAPER_FORM,       /* fields and their values */
    PAPER_ATTACHMENT, /* files inside the file */
    PAPER_LAYER,      /* names of layers, and words on one that is switched off */
    PAPER_SPOKEN,     /* ActualText, Alt, E: said instead of what is seen */
    PAPER_SCRIPT,     /* JavaScript */
    PAPER_LINK,       /* addresses, and names of places in the document */
    PAPER_REVISION,   /* what an earlier state of the file says */
    PAPER_COVERED,    /* words under a box or a picture */
    PAPER_OVERLAID,   /* words that lie on each other: which of them is seen cannot be told */
    PAPER_OFF_PAGE,   /* words beside the page */
    PAPER_INVISIBLE,  /* words drawn without ink */
    PAPER_FAINT,      /* words in the colour of what is behind them, or nearly */
    PAPER_TINY,       /* words too small to be read */
    PAPER_THUMBNAIL,  /* a small picture of the page as it once was */
    PAPER_DAMAGE,     /* the file is damaged; what could be mended was read */
    PAPER_OUTSIDE,    /* bytes before or after the document */
    PAPER_UNKNOWN,    /* whatever else carries text */
    PAPER_KIND_COUNT
};

enum paper_status {
    PAPER_SILENT, /* nothing was said */
    PAPER_READ,
    PAPER_EMPTY,     /* refused: a file of no bytes */
    PAPER_TOO_LARGE, /* refused: over LIMIT_PAPER_BYTES */
    PAPER_NO_PDF,    /* refused: not a PDF */
    PAPER_LOCKED,    /* refused: it needs a passphrase */
    PAPER_BROKEN,    /* refused: no page can be found in it, or one cannot be drawn */
    PAPER_PAGES,     /* refused: over LIMIT_PAPER_PAGES */
    PAPER_SIDE,      /* refused: a page without size, or with a side over LIMIT_PAPER_SIDE */
    PAPER_BOMB,      /* refused: something in it unpacks to more than is read */
    PAPER_LATE,      /* refused: a tool took too long */
    PAPER_TOOLS,     /* a tool is not there */
    PAPER_STATUS_COUNT
};

/* One kind of hidden thing on one page, all of it. */
struct paper_hidden {
    int64_t page; /* from 1; 0: of the document */
    int64_t kind; /* enum paper_kind */
    str text;     /* what it says, a thing a line; empty when it says nothing in letters */
};

struct paper_opened {
    int64_t status;
    int64_t page_count;
    struct paper_hidden *hidden;
    size_t hidden_count;
};

/* A visible word and its box in pixels of the drawn page, from the upper left, in hundredths. */
struct paper_word {
    str text;
    int64_t x, y, width, height;
    int64_t ends_line; /* 1: the next word begins another line */
};

struct paper_page {
    int64_t status;
    int64_t width; /* pixels */
    int64_t height;
    int64_t paper_width; /* hundredths of a point */
    int64_t paper_height;
    struct paper_word *words;
    size_t word_count;
    struct paper_hidden *hidden;
    size_t hidden_count;
};

enum {
    PAPER_HUNDREDTHS = 100,
    PAPER_TEXT_BYTES = 64 << 10, /* of all things of one kind on one page; then it is cut */
    PAPER_WORD_BYTES = 1 << 10,
    PAPER_HIDDEN_MAX = LIMIT_PAPER_PAGES * PAPER_KIND_COUNT,
    PAPER_PIXELS_MAX = LIMIT_PAPER_WIDTH * LIMIT_PAPER_HEIGHT * 3,
};

/* What is said on the socket: PAPER_OPEN with the file and a memory file for pixels, answered by
 * PAPER_OPENED; PAPER_PAGE with a number, answered by PAPER_DRAWN. */
enum paper_message { PAPER_OPEN = 1, PAPER_OPENED, PAPER_DRAW, PAPER_DRAWN };
struct paper_draw {
    int64_t page;
};
extern const struct wire_shape paper_opened_shape;
extern const struct wire_shape paper_page_shape;
extern const struct wire_shape paper_draw_shape;

struct paper_spec {
    const char *program;  /* path of libexec/hanji/paper */
    unsigned seconds_max; /* until an answer is waited for no longer; 0: LIMIT_PAPER_SECONDS times
                             the tools that may run for it */
};

/* A paper reader at work on one file. */
struct paper {
    struct child child;
    int socket;
    int pixels; /* the memory file */
    unsigned seconds;
    int64_t page_count; /* 1 to LIMIT_PAPER_PAGES */
};

/* Starts a reader and has it open the file in `fd` (regular, open for reading).
 * owns:  *ret_paper is to be closed; the texts of *ret_opened live in `a`.
 * fails: ERR_INVALID (refused; the message is for who brought the file), ERR_BUSY (it took too
 *        long), ERR_IO (the reader died or its answer is none), ERR_NOT_FOUND (the program or a
 *        tool is not there), ERR_NO_MEMORY. */
err paper_open(const struct paper_spec *spec, struct arena *a, int fd, struct paper *ret_paper,
               struct paper_opened *ret_opened) MUST_USE;
void paper_close(struct paper *paper); /* fits CLEANUP; accepts PAPER_CLOSED */

#define PAPER_CLOSED                                                                               \
    { .socket = -1, .pixels = -1 }

/* Has a page drawn, from 1.
 * owns:  texts and pixels live in `a`. fails: as paper_open. */
err paper_draw(struct paper *paper, struct arena *a, int64_t page, struct paper_page *ret_page,
               struct pixels *ret_pixels) MUST_USE;

/* "a bookmark's title": what it is, in words; static. */
const char *paper_kind_words(enum paper_kind kind);
/* "bookmark": the same as one word, for programs. */
const char *paper_kind_name(enum paper_kind kind);
