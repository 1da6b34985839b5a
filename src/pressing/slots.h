/* slots.h: pages with places that are filled when somebody asks.
 *
 * A finished page may leave places open for what is known only when a reader asks: the words that
 * were typed, what was found. All of its own words are pressed, read and sealed like any page's;
 * the front has none. The marks are comments, which no escaped text can contain, for it has no `<`:
 *
 *     <!--=name-->                        a text, escaped
 *     <!--[name--> ... <!--]name-->       what is between, once for each item of a list
 *
 * A condition is a list of one item or none. A name is 1 to 32 of a-z, 0-9 and _. What an item does
 * not have is looked for in the one around it; what nobody has is nothing. Lists of one name do not
 * stand in one another. Any other comment stays as it is.
 *
 * Invariant: no byte of a slot's text reaches a page but through html_text. So it is safe between
 * tags and in a quoted attribute; in a link it must have been percent-encoded before. */
#pragma once

#include "base/base.h"

enum {
    SLOT_NAME_MAX = 32,
    SLOTS_PAGE_MAX = 4 << 20, /* bytes of a filled page */
};

struct slot {
    const char *name;
    str text;
};

struct slot_list {
    const char *name;
    const struct slot_scope *items;
    size_t count;
};

/* What is known in one place. */
struct slot_scope {
    const struct slot *slots;
    size_t slot_count;
    const struct slot_list *lists;
    size_t list_count;
};

/* Fills a page; an empty scope gives the page as it is before anybody asks.
 * owns:  *ret_filled lives in `a`.
 * fails: ERR_INVALID (marks that do not fit together), ERR_LIMIT, ERR_NO_MEMORY. */
err slots_fill(struct arena *a, str page, const struct slot_scope *scope, str *ret_filled) MUST_USE;
