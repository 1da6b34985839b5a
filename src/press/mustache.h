/* mustache.h: logic-less templates.
 *
 * The language is Mustache as its specification 1.x has it (mustache.github.io): variables escaped
 * unless {{{raw}}} or {{&raw}}, sections, inverted sections, partials with their indentation,
 * comments, changed delimiters, dotted names, the implicit iterator {{.}}. No lambdas and no
 * inheritance. A partial that is not in the set prints nothing.
 *
 * A set of templates is compiled once: each becomes a flat array of steps, names are split and
 * partials found in advance. After that it is read only, and any number of pages can be rendered
 * from it.
 *
 * Rendering always ends: depth, steps and output have limits, whatever template and view say. */
#pragma once

#include "press/view.h"

struct mustache;

struct mustache_source {
    str name; /* as partials call it: "card" */
    str text;
};

/* Compiles `count` templates that may include each other. Of two with one name the first is used.
 * owns:  *ret_set lives in `a` and borrows the sources' bytes.
 * fails: ERR_INVALID, with the template's name, the line and what is wrong there; ERR_LIMIT
 *        (sections deeper than LIMIT_DEPTH, a template of 4 GB); ERR_NO_MEMORY. */
err mustache_compile(struct arena *a, const struct mustache_source *sources, size_t count,
                     const struct mustache **ret_set) MUST_USE;

/* Appends the template `name`, filled from `root`, to `out`.
 * fails: ERR_NOT_FOUND (no such template), ERR_LIMIT (deeper than LIMIT_DEPTH, too many steps, or
 *        `out` is full), ERR_NO_MEMORY. `out` may then hold a part of the page. */
err mustache_render(const struct mustache *set, str name, const struct value *root,
                    struct buf *out) MUST_USE;
