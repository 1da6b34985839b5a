/* paper_twin.h: the same document, drawn with something left out: behind the sandbox alone.
 *
 * What a page shows is found by drawing it several times. A TWIN is the document with other pages,
 * forms and notes appended as an update (ISO 32000-1, 7.5.6); poppler draws it as it draws any.
 * In none of them does ActualText speak for what is drawn: it could say anything. */
#pragma once

#include "scrub/paper_object.h"

enum paper_twin {
    PAPER_PLAIN, /* as a reader sees it; the page is its visible box */
    PAPER_WIDE,  /* for reading words: with every layer, every note, and room around the page */
    PAPER_BLANK, /* without any word */
    PAPER_INK,   /* every word in black and nothing else, whatever its colour, mode or clip */
    PAPER_MODE,  /* the same, but words that are drawn without ink have none */
    PAPER_ALONE, /* every word in its own colour and mode, and nothing else */
    PAPER_TWIN_COUNT
};

enum { PAPER_MARGIN = 10000 }; /* points around the page in PAPER_WIDE */

/* Writes a twin. *ret_bytes lives in the arena of `b`. fails: ERR_NO_MEMORY, ERR_LIMIT. */
err paper_twin_write(struct buf *b, const struct paper_document *document, enum paper_twin twin,
                     str *ret_bytes) MUST_USE;

/* Leaves out of what an object draws what the twin leaves out, by writing spaces over it. */
void paper_twin_edit(char *drawing, size_t len, enum paper_twin twin, bool is_glyph);
