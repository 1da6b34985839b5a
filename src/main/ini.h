/* ini.h: `key = value` lines, `[sections]`, and # comments. */
#pragma once

#include "base/base.h"

struct ini_entry {
    str section; /* "" before the first; "person haneul" of [person haneul] */
    str key;
    str value;
    size_t line;
};
struct ini {
    struct ini_entry *entries;
    size_t count;
};

/* Borrows from `text`. fails: ERR_INVALID (names the line), ERR_NO_MEMORY. */
err ini_parse(struct arena *a, str text, struct ini *ret_ini) MUST_USE;

/* The last value of a key in a section, or the empty str. */
str ini_get(const struct ini *ini, str section, str key);
