/* paper_words.h: which words of a page a person sees: behind the sandbox alone.
 *
 * pdftotext says which words a page has and where. Whether one is seen is asked of the page itself,
 * by drawing it three times: as it is, without any word (paper_twin.h), and as the bare ink of all
 * words. Where a word has ink, the first two drawings must differ enough: only then would the page
 * look different without the word. That holds for any way of hiding one, also for those nobody has
 * thought of; and for any part of a word: one with a letter that is not seen is not seen.
 *
 * What it cannot see:
 *   - words of a picture, as in a scan: they have no text, and are in the drawn page alone;
 *   - a font that draws other letters than it says: the text layer then says what the font says;
 *   - letters that are a window onto a picture: without them the whole picture shows, and no
 *     letter's pixels change. They are not taken for visible;
 *   - two words that lie on each other: both change the drawing. Neither is taken for visible;
 *   - words that poppler itself composes for a form field without an appearance: drawn with and
 *     without words alike, so not taken for visible. */
#pragma once

#include "scrub/paper.h"

struct paper_found {
    str text;
    double left, top, right, bottom; /* points on the page as shown, from its upper left */
    bool ends_line;
    bool is_layered; /* only there with every layer switched on */
};

/* The words of one page. */
struct paper_list {
    double width, height; /* points */
    struct paper_found *words;
    size_t count;
};

/* Reads what pdftotext -bbox-layout printed; `margin` is taken off every box and both sides of
 * every page. At most `pages_max` pages.
 * owns: texts live in `a`. fails: ERR_INVALID, ERR_LIMIT (LIMIT_PAPER_WORDS), ERR_NO_MEMORY. */
struct paper_printed {
    str xhtml;
    double margin;
    size_t pages_max;
};
err paper_words_read(struct arena *a, const struct paper_printed *printed,
                     struct paper_list **ret_pages, size_t *ret_count) MUST_USE;

/* A drawing: rows of pixels from the top, 3 bytes each or 1. */
struct paper_drawing {
    uint32_t width, height, bands;
    const uint8_t *bytes;
};

/* Reads a binary PPM or PGM as pdftoppm writes it, 8 bits a sample. False: it is none. */
bool paper_drawing_read(str bytes, struct paper_drawing *ret_drawing);

enum paper_sight {
    PAPER_SEEN,
    PAPER_BESIDE,    /* off the page */
    PAPER_TOO_SMALL, /* under PAPER_POINTS_MIN high */
    PAPER_UNSURE,    /* on another word */
    PAPER_UNSEEN,    /* for a reason that drawing it alone tells: paper_words_reason */
};
enum { PAPER_POINTS_MIN = 3 };

/* Judges each word of a page; `plain`, `blank` and `ink` have one size. ret_sights has a place for
 * each word. */
struct paper_sights {
    struct paper_drawing plain, blank, ink;
};
void paper_words_judge(const struct paper_list *page, const struct paper_sights *drawings,
                       enum paper_sight *ret_sights);

/* Why one is not seen, by drawings of all words and nothing else: as ink, as ink in their own mode,
 * and in their own colours too. All have one band. */
struct paper_reasons {
    struct paper_drawing ink, mode, alone;
};
enum paper_kind paper_words_reason(const struct paper_list *page, size_t word,
                                   const struct paper_reasons *drawings);
