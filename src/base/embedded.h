/* embedded.h: a file that travels inside the program (tools/embed.c makes the tables). */
#pragma once

#include <stddef.h>

struct embedded {
    const char *name;           /* path below the folder it came from */
    const unsigned char *bytes; /* followed by a NUL that `size` does not count */
    size_t size;
};
