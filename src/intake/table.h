/* table.h: finding a value by a text, for as many as a large export has. */
#pragma once

#include "base/base.h"

struct table_slot {
    str key;
    void *value; /* NULL: the slot is free */
};

struct table {
    struct arena *arena;
    struct table_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* Keys and values are borrowed and live as long as the arena. A key that is there already keeps its
 * value. fails: ERR_NO_MEMORY. */
err table_put(struct table *table, str key, void *value) MUST_USE;
void *table_get(const struct table *table, str key); /* NULL: not there */
