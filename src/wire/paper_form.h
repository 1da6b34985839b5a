/* paper_form.h: what every PDF of ours begins with, byte for byte.
 *
 * The house writes PDFs of drawn pages with the words that are seen on them (scrub/paper_write.h),
 * and the gate reads them again (gate/paper.h), each with code of its own. What is the same in all
 * of them stands here: the catalog, and the font of the words. The font has one letter, which is
 * blank: it is never drawn, and only carries which letters stand where. A code of two bytes is a
 * unit of UTF-16.
 *
 * No date, no number that tells one copy from another, no name of a program or a person. */
#pragma once

#include "base/base.h"

enum {
    PAPER_FORM_PAGES = 2, /* number of the object that lists the pages */
    PAPER_FORM_FONT = 3,
    PAPER_FORM_FIRST = 9, /* of the first page; then a page, its words, its picture */
    PAPER_FORM_STRIDE = 3,
    PAPER_FORM_ADVANCE = 500, /* thousandths of the font's size: how wide a letter is */
    PAPER_FORM_BELOW = 200,   /* thousandths: how much of a line stands below its foot */
    PAPER_FORM_BYTES_MAX = 8 << 10,
};

/* Appends the beginning. With `ret_offsets` also says where the objects 1 to 8 begin in it, but for
 * PAPER_FORM_PAGES, which is none of them; it has room for PAPER_FORM_FIRST. */
void paper_form_add(struct buf *b, size_t *ret_offsets);
