/* sort.h: putting things in order. */
#pragma once

#include <stddef.h>

/* Sorts `count` things of `size` bytes, as qsort(3) does. What is in order already costs one
 * pass: most of what we sort was sorted when it was kept. `things` may be NULL when there are
 * none. */
void sort_things(void *things, size_t count, size_t size,
                 int (*order)(const void *one, const void *other));
