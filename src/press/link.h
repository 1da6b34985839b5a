/* link.h: which addresses a reader may be sent to.
 *
 * Texts come from people and from other systems' exports, so an address is judged by what a browser
 * would make of it (WHATWG URL: blanks and control characters are dropped, \ counts as /, letters
 * of a scheme have no case), not by how it looks. What is not plainly one of ours is refused. */
#pragma once

#include "base/base.h"

enum link_kind {
    LINK_REFUSED, /* javascript:, data:, anything not named below, and all that hides its scheme */
    LINK_INSIDE,  /* a path or fragment of this site, or an address that begins with its base */
    LINK_OUTSIDE, /* http, https, or //host */
    LINK_CONTACT  /* mailto, tel */
};

/* Judges an address, with references like &colon; already decoded. `base` is the site's own address
 * ("https://example.org"), or empty. */
enum link_kind link_judge(str address, str base);

/* Appends an address for use inside a quoted attribute: what may not stand in a URL (RFC 3986, 2)
 * is percent-encoded, escapes that are there stay, & is written as a reference. */
void link_attr(struct buf *b, str address);

/* Appends a path, percent-encoding all but its slashes: "/ko/blog/종이/" to "/ko/blog/%EC%A2...". */
void link_path(struct buf *b, str path);
