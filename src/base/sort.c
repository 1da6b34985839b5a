/* sort.c: see sort.h. */
#include "base/sort.h"

#include <stdbool.h>
#include <stdlib.h>

static bool is_in_order(const char *things, size_t count, size_t size,
                        int (*order)(const void *one, const void *other)) {
    for (size_t i = 1; i < count; i++) {
        if (order(things + (i - 1) * size, things + i * size) > 0) return false;
    }
    return true;
}

void sort_things(void *things, size_t count, size_t size,
                 int (*order)(const void *one, const void *other)) {
    if (count > 1 && !is_in_order(things, count, size, order)) qsort(things, count, size, order);
}
