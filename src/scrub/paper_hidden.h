/* paper_hidden.h: what a PDF says besides what it shows: behind the sandbox alone.
 *
 * Every string of every object is looked at, whoever refers to it or nobody: what is known by the
 * key it stands under is named, and what is not is PAPER_UNKNOWN. What it cannot see: words that a
 * picture shows, in the page or attached; text that is packed in a font, a colour profile or an
 * attachment of another kind; numbers and names that are a message. */
#pragma once

#include "scrub/paper.h"
#include "scrub/paper_object.h"

/* Collected by page and kind, in that order when finished. */
struct paper_finds {
    struct arena *a;
    struct buf *texts; /* [page_count + 1][PAPER_KIND_COUNT], made when first needed */
    bool *is_found;
    size_t page_count;
    size_t bytes; /* of all texts: at most PAPER_FINDS_BYTES */
};
enum { PAPER_FINDS_BYTES = 8 << 20 };

err paper_finds_init(struct paper_finds *finds, struct arena *a, size_t page_count) MUST_USE;
/* Notes a thing; what does not fit PAPER_TEXT_BYTES any more is cut. The same line twice is noted
 * once. fails: ERR_NO_MEMORY. */
err paper_finds_add(struct paper_finds *finds, size_t page, enum paper_kind kind,
                    str text) MUST_USE;
/* As a list; the texts are valid UTF-8 without control characters but line breaks.
 * fails: ERR_NO_MEMORY. */
err paper_finds_list(const struct paper_finds *finds, struct paper_hidden **ret_list,
                     size_t *ret_count) MUST_USE;

/* Looks through all objects. fails: ERR_NO_MEMORY. */
err paper_hidden_find(const struct paper_document *document, struct paper_finds *finds) MUST_USE;
