/* front_matter.h: the YAML at the top of a Markdown file, as people write it there.
 *
 * A strict subset of YAML 1.2: a map of keys to scalars (plain, 'single' or "double" quoted, block
 * scalars with | and >), to lists of scalars or of flat maps (inline or one a line), comments.
 * Anchors, tags, documents, maps below maps, duplicate keys and tabs as indentation are refused
 * with the line, as is whatever else is not understood: a setting silently lost is worse.
 * Nothing is converted: "yes", 1 and 2026-01-01 are texts; who asks knows what they mean. */
#pragma once

#include "base/base.h"

struct front_entry {
    str key; /* empty in a list of scalars */
    str value;
    struct front_entry *next;
};

struct front_item { /* of a list: a scalar or a flat map */
    str value;
    struct front_entry *map;
    struct front_item *next;
};

struct front_field {
    str key;
    int64_t line;
    bool is_list;
    str value;                /* of a scalar */
    struct front_item *items; /* of a list */
    struct front_field *next;
};

struct front_matter {
    struct front_field *fields;
    str body;          /* what follows the closing --- */
    int64_t body_line; /* the line it begins at, from 1 */
};

/* Reads a whole file. Without a first line of "---" there are no fields and all is body.
 * owns:  texts borrow from `source` or live in `a`.
 * fails: ERR_INVALID ("line N: why"), ERR_LIMIT, ERR_NO_MEMORY. */
err front_matter_read(struct arena *a, str source, struct front_matter *ret_matter) MUST_USE;

/* The field of that name, or NULL. */
const struct front_field *front_find(const struct front_matter *matter, str key);
/* The value of a scalar, or the empty string. */
str front_text(const struct front_matter *matter, str key);
/* The value under `key` in a flat map, or the empty string. */
str front_of(const struct front_entry *map, str key);
