/* markdown_impl.h: what the parts of markdown.h share: the cut into blocks, and texts of md4c. */
#pragma once

#include <md4c.h>

#include "press/markdown.h"

enum block_kind {
    BLOCK_MARKDOWN,
    BLOCK_FIGURE,
    BLOCK_GALLERY,
    BLOCK_QUOTE,
    BLOCK_NOTE,
    BLOCK_ACTION,
    BLOCK_KIND_COUNT
};

enum attribute {
    ATTRIBUTE_MEDIA,
    ATTRIBUTE_ALT,
    ATTRIBUTE_CAPTION,
    ATTRIBUTE_CREDIT,
    ATTRIBUTE_BY,
    ATTRIBUTE_LANG,
    ATTRIBUTE_TITLE,
    ATTRIBUTE_LABEL,
    ATTRIBUTE_LINK,
    ATTRIBUTE_COUNT
};

struct block {
    enum block_kind kind;
    str text; /* Markdown, without the attributes */
    str attributes[ATTRIBUTE_COUNT];
    bool is_open;     /* nobody closed it */
    bool has_inner;   /* another block's fences stand in it, as text */
    str unknown_name; /* of BLOCK_MARKDOWN: a fence in it has a name nobody knows */
};

/* A body as the parser takes it: valid UTF-8, lines ended by \n, no control characters. Borrows
 * from `body` when that is so already, else lives in `a`.
 * fails: ERR_LIMIT, ERR_NO_MEMORY. */
err markdown_clean(struct arena *a, str body, str *ret_clean) MUST_USE;

/* Takes the next block off the front of *rest. False at the end. */
bool markdown_next_block(str *rest, struct block *ret_block);

/* Runs md4c in our dialect. fails: ERR_NO_MEMORY when the parser failed by itself; a callback that
 * returned non-zero is no failure, whoever wrote it knows why. */
err markdown_parse(str text, MD_PARSER callbacks, void *context) MUST_USE;

/* Appends the character a reference like &eacute; or &#233; stands for, or the text as it is. */
void markdown_add_entity(struct buf *b, str entity);

/* Appends an attribute of md4c (an address, a title) with its references decoded. */
void markdown_add_attribute(struct buf *b, const MD_ATTRIBUTE *attribute);

/* The N of "media:N". False for anything else. */
bool markdown_media_number(str address, int64_t *ret_number);
