/* relink.h: new destinations for the pictures and links of a Markdown text.
 *
 * Not a parser of Markdown: it finds ![words](destination "title"), [words](destination) and the
 * line "media: destination" of a figure, outside code, and leaves every other byte as it is. */
#pragma once

#include "base/base.h"

enum relink_verdict {
    RELINK_KEEP,   /* with the destination answered */
    RELINK_REMOVE, /* the words stay, the link or picture goes */
};

struct relink {
    void *context;
    err (*answer)(void *context, bool is_picture, str destination, enum relink_verdict *ret_verdict,
                  str *ret_destination);
};

/* Appends `text` with its destinations answered. fails: what `answer` fails with; see buf. */
err relink(struct buf *b, str text, const struct relink *how) MUST_USE;
