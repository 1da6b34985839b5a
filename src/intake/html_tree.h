/* html_tree.h: HTML, as found in the wild, as a small tree.
 *
 * Reads what WordPress stores as the content of a post: HTML of any age and neatness, the block
 * editor's comments, and shortcodes ([caption ...]...[/caption]), which become elements whose name
 * begins with a bracket. It executes, fetches and expands nothing. It is not a browser's parser:
 * what matters here is that every visible character is kept and that no input is slow or deep.
 *
 * Invariants: the tree is at most LIMIT_DEPTH deep (deeper elements lose their nesting, never
 * their text); all text is valid UTF-8 without NUL; names are lower case. */
#pragma once

#include "base/base.h"

enum html_type { HTML_ELEMENT, HTML_TEXT, HTML_COMMENT };

struct html_attr {
    str name;
    str value; /* references decoded */
    struct html_attr *next;
};

struct html_node {
    enum html_type type;
    str name; /* of an element; the root's is empty */
    str text; /* of text (references decoded) or of a comment */
    struct html_attr *attrs;
    struct html_node *parent;
    struct html_node *first;
    struct html_node *last;
    struct html_node *next;
};

/* Parses `source`, which need not be valid in any way.
 * owns:  the tree lives in `a`; parts of it borrow from `source`.
 * fails: ERR_NO_MEMORY. */
err html_tree_parse(struct arena *a, str source, struct html_node **ret_root) MUST_USE;

/* The value of an attribute, or the empty string. */
str html_get(const struct html_node *node, str name);
bool html_is(const struct html_node *node, str name); /* an element of that name? */
bool html_has_class(const struct html_node *node, str word);

/* True for elements that stand in the flow of blocks rather than in a line of text. */
bool html_is_block(const struct html_node *node);

/* Appends all text below `node`, but none of scripts and styles. */
void html_add_text(struct buf *b, const struct html_node *node);

/* `source` as one line of plain text: markup dropped, references decoded, white space collapsed.
 * fails: ERR_NO_MEMORY, ERR_LIMIT. */
err html_plain(struct arena *a, str source, str *ret_text) MUST_USE;
