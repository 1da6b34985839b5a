/* paper.h: the gate's own reading of a rebuilt PDF.
 *
 * The house promises a file of pages, each a picture of all of it and the words that are seen there
 * (wire/paper_form.h). This reader, written apart from the writer and from any PDF library, takes
 * exactly that: every byte is either one that must stand there, a number in its place, a word, or a
 * picture. It unpacks every stream, hands back the words and looks at every picture. Whatever else
 * is in a file, it is none of ours: R24, with the place where that shows.
 *
 * What it cannot see: words in the pictures, and whether the words are those in the pictures. */
#pragma once

#include "base/base.h"

enum { PAPER_REASON_MAX = 96 };

struct paper_words { /* of one page, in the order of the file, one space between two */
    str text;
};

struct paper_read {
    struct paper_words *pages;
    size_t count;                  /* 0: it is not a paper of ours */
    size_t offset;                 /* then: of the first byte that has no place in it */
    char reason[PAPER_REASON_MAX]; /* and in words; holds no byte of the file */
};

/* owns: texts live in `a`. fails: ERR_NO_MEMORY. What is wrong with the file is no error. */
err paper_read(struct arena *a, str bytes, struct paper_read *ret_read) MUST_USE;
