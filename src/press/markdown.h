/* markdown.h: the body of a story.
 *
 * The language is CommonMark with GFM's tables, strikethrough, task lists and bare addresses, with
 * raw HTML off (it is shown as text), pictures named media:N, and five blocks of our own, fenced by
 * three colons at the beginning of a line:
 *
 *     ::: quote
 *     by: Name withheld
 *     lang: ko
 *
 *     Any Markdown.
 *     :::
 *
 * Lines of `key: value` with a key the block knows stand at its top, up to the first line that is
 * anything else; an empty line after them is skipped. figure (media, alt, caption, credit), gallery
 * (pictures), quote (by, lang), note (title), action (label, link). docs/THEME.md shows the HTML.
 * Blocks do not nest, a block that nobody knows is shown as text, one that is never closed goes on
 * to the end, and fences inside code are code. A reference definition ([name]: address) counts
 * within its own block, or in the text between two blocks.
 *
 * Invariants: the HTML is balanced, has no script, no inline style, no event handler, and no link
 * but those link.h allows; headings begin at h2 and never skip a level; ids are unique.
 *
 * Memory: md4c, the parser, allocates for itself and frees it before these functions return. */
#pragma once

#include "base/base.h"

/* A picture as it is served. */
struct markdown_picture {
    str src;
    str srcset; /* may be empty */
    str avif;   /* srcset of its AVIF forms; may be empty */
    int32_t width;
    int32_t height;
    str alt;    /* when the text gives none */
    str credit; /* when the text gives none */
};

struct markdown_options {
    str base; /* the site's own address, so that its links are not "external"; may be empty */
    str table_label; /* what a screen reader calls a table that scrolls */

    /* Finds picture N. ERR_NOT_FOUND: it is left out and reported; any other error ends the work.
     * NULL: there are no pictures. What it gives must live until the call returns. */
    err (*picture)(void *context, int64_t number, struct markdown_picture *ret_picture);

    /* Is told in words what was left out or could not be understood; may be NULL. */
    void (*report)(void *context, str what);

    void *context;
};

/* Appends the HTML of a body to `out`; `a` holds what is needed on the way.
 * fails: ERR_LIMIT (a body of more than LIMIT_BODY_BYTES, or `out` is full), ERR_NO_MEMORY, and
 *        what `picture` gives. */
err markdown_html(struct arena *a, const struct markdown_options *options, str body,
                  struct buf *out) MUST_USE;

/* The words of a body without marks, a line for each paragraph, at most `max` bytes: for excerpts,
 * descriptions and search. Captions are in it, alternative texts are not.
 * owns:  *ret_text lives in `a`.
 * fails: ERR_LIMIT, ERR_NO_MEMORY. */
err markdown_text(struct arena *a, str body, size_t max, str *ret_text) MUST_USE;

/* The numbers of the pictures a body shows, ascending, each once; known to the archive or not.
 * owns:  *ret_numbers lives in `a`.
 * fails: ERR_LIMIT, ERR_NO_MEMORY. */
err markdown_media(struct arena *a, str body, int64_t **ret_numbers, size_t *ret_count) MUST_USE;
