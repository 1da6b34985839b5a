/* source.h: what the gate is shown of an item.
 *
 * An item (a version "12/en", or "site/en" for what stands around the stories) is shown whole:
 * every text of it with its place, every picture with the hashes of the files that will leave. The
 * packed form is canonical, and its hash is what a clearance is bound to: whoever edits a comma,
 * swaps a picture or changes a slug has another source, and the clearance no longer fits. */
#pragma once

#include "wire/wire.h"

struct source_text {
    str place; /* "title", "deck", "body", "slug", "contributor 1 name", "card", ... */
    str text;
};

struct source_file {
    unsigned char hash[32]; /* BLAKE2b-256 of a rebuilt file, as pressed */
};

struct source_picture {
    int64_t media; /* its number in the archive; 0: the item's card, which has none */
    str place;     /* "cover", "body", "card" */
    str alt;
    str caption;
    str credit;
    struct source_file *files;
    size_t file_count;
};

struct source {
    str key;      /* "12/en" */
    str kind;     /* "story", "post", "report", "page", "site" */
    str language; /* BCP 47 */
    str origin;   /* the public address it had before, or empty */
    struct source_text *texts;
    size_t text_count;
    struct source_picture *pictures;
    size_t picture_count;
};

extern const struct wire_shape source_shape;

/* BLAKE2b-256 of the packed source. The arena holds the packed form for the time of the call.
 * fails: ERR_LIMIT, ERR_NO_MEMORY. */
err source_hash(struct arena *a, const struct source *source, unsigned char ret_hash[32]) MUST_USE;
